"""Version 1: the library."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, Text, func

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make the tables of an empty database."""
    op.create_table("assistant_format", Column("number", Integer, primary_key=True, autoincrement=False))
    op.execute("INSERT INTO assistant_format VALUES (1)")
    op.create_table(
        "assistant_generations",
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        *(Column(name, Text, nullable=False) for name in ("mark", "fingerprint", "embedder", "made_by")),
        *(Column(name, BigInteger, nullable=False) for name in ("papers", "chunks")),
        Column("anew", Boolean, nullable=False),
        Column("published", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
    op.create_table(
        "assistant_papers",
        Column("id", Text, primary_key=True),
        Column("place", BigInteger, nullable=False, unique=True),
        Column("whole", LargeBinary, nullable=False),
        Column("chunks", Integer, nullable=False),
        Column("sum", LargeBinary, nullable=False),
        Column("generation", BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "assistant_chunks",
        Column("id", Text, primary_key=True),
        Column("paper", Text, nullable=False, index=True),
        *(Column(name, Integer, nullable=False) for name in ("start", "end", "width")),
        *(Column(name, LargeBinary, nullable=False) for name in ("vector", "spans", "sentences", "tokens", "sum")),
    )
    op.create_table(
        "assistant_gone",
        Column("id", Text, primary_key=True),
        Column("generation", BigInteger, nullable=False, index=True),
        Column("removed", Boolean, nullable=False),
    )
