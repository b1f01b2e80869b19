"""Imports that are written in parts"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import models.base

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", text, nullable=False, server_default=""))
        batch_op.add_column(sa.Column("state", text, nullable=False, server_default="done"))
        batch_op.add_column(sa.Column("asked", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("total", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("done", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("left", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("attempt", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("holder", text, nullable=False, server_default=""))
        batch_op.add_column(sa.Column("wrote_at", models.base.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reason", text, nullable=False, server_default=""))
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("put_back", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.drop_column("put_back")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        for name in (
            "reason",
            "wrote_at",
            "holder",
            "tries",
            "attempt",
            "left",
            "done",
            "total",
            "asked",
            "state",
            "name",
        ):
            batch_op.drop_column(name)
