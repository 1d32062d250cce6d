"""What Alembic runs around the scripts of `versions/`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="assistant_version")
with context.begin_transaction():
    context.run_migrations()
