"""What Alembic runs: the steps, on the connection it was given."""

from alembic import context

from feeder.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
