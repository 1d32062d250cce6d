"""The versions of the tables of a group's database, and the way from an older version to the newest. The only user of Alembic.

`versions/` holds a script for each version, which the wheel carries. Whoever writes brings the tables to the newest version, in
one transaction and under the lock of those who write.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, func, select

FORMAT = 2
"""The newest version. It stands in the table `assistant_format` too, by which programs of another version refuse the tables."""


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest version, within the transaction of a connection.

    Args:
        connection: has a transaction open; its user may make tables.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    there = [connection.scalar(select(func.to_regclass(name))) for name in ("assistant_format", "assistant_version")]
    if there[0] and not there[1]:  # made before Alembic came
        command.stamp(config, "1")
    command.upgrade(config, "head")
