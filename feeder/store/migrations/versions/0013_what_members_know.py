"""Which steps the programs of processes know, how they are set up, and whether their clocks are right.

From here on the database says which programs may use it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
kind = "before"


def upgrade() -> None:
    for column in ("revision", "engine", "setup"):
        op.add_column("members", sa.Column(column, sa.Text(), server_default="", nullable=False))
    op.add_column("members", sa.Column("ahead", sa.Double()))
    op.add_column("alembic_version", sa.Column("oldest", sa.String(32)))
