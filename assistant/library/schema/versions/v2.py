"""Version 2: what pages share."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, Text

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Add the tables of conversations, feedback and processes."""
    op.create_table("assistant_owners", Column("key", Text, primary_key=True), Column("visitor", Text, nullable=False))
    op.create_table(
        "assistant_conversations",
        Column("key", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("whole", LargeBinary, nullable=False),
        Column("asked", Text, nullable=False),
        Column("changed", DateTime(timezone=True), nullable=False),
        Column("removed", DateTime(timezone=True)),
    )
    op.create_table(
        "assistant_feedback",
        Column("number", BigInteger, Identity(), primary_key=True),
        Column("whole", Text, nullable=False),
    )
    op.create_table(
        "assistant_pages",
        Column("address", Text, primary_key=True),
        Column("machine", Text, primary_key=True),
        Column("mark", Text, nullable=False, unique=True),
    )
    op.execute("UPDATE assistant_format SET number = 2")
