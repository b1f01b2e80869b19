"""Kinds of follow-up and the receipt of a transfer"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

import models.base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WORDS = ("label", "place", "outcome")


def upgrade() -> None:
    text = AutoString()
    with op.batch_alter_table("followup") as batch_op:
        for name in _WORDS:
            batch_op.add_column(sa.Column(name, text, nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("term", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("after_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_followup_after_id", "followup", ["after_id"], ["id"])
    op.create_table(
        "followup_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("followup_id", sa.Integer(), nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", models.base.Instant(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", text, nullable=False),
        sa.Column("number", text, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["followup_id"], ["followup.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("followup_step") as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_step_followup_id"), ["followup_id"], unique=False)
    with op.batch_alter_table("result") as batch_op:
        for name in ("external_kind", "external_number", "external_digest"):
            batch_op.add_column(sa.Column(name, text, nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("external_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("result") as batch_op:
        for name in ("external_on", "external_digest", "external_number", "external_kind"):
            batch_op.drop_column(name)
    op.drop_table("followup_step")
    with op.batch_alter_table("followup") as batch_op:
        batch_op.drop_constraint("fk_followup_after_id", type_="foreignkey")
        for name in ("after_id", "term", *reversed(_WORDS)):
            batch_op.drop_column(name)
