"""What the strata of a task are made of"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """The order in which an entity with several marks is given to one stratum."""
    with op.batch_alter_table("task") as table:
        table.add_column(sa.Column("strata_order", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("task") as table:
        table.drop_column("strata_order")
