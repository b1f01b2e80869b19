"""To whom a transfer goes, and the law behind a follow-up"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = AutoString()
    with op.batch_alter_table("followup") as batch_op:
        for name in ("receiver", "rule", "basis"):
            batch_op.add_column(sa.Column(name, text, nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    with op.batch_alter_table("followup") as batch_op:
        for name in ("basis", "rule", "receiver"):
            batch_op.drop_column(name)
