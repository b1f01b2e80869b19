"""What ceremonies, batches and other sources of randomness add"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import models.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("expert") as batch_op:
        batch_op.add_column(
            sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=sa.text("''"))
        )
        batch_op.add_column(sa.Column("phone", models.base.Sealed(), nullable=True))
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_expert_unit_id"), ["unit_id"], unique=False)
        batch_op.create_foreign_key("fk_expert_unit_id_unit", "unit", ["unit_id"], ["id"])
    op.create_table(
        "ceremony",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", models.base.Instant(), nullable=False),
        sa.Column("announced_at", models.base.Instant(), nullable=True),
        sa.Column("tasks", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("opens_at", models.base.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["group_chat.id"]),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("ceremony") as batch_op:
        batch_op.create_index(batch_op.f("ix_ceremony_made_by"), ["made_by"], unique=False)
    op.create_table(
        "entered",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ceremony_id", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", models.base.Instant(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", models.base.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["ceremony_id"], ["ceremony.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("entered") as batch_op:
        batch_op.create_index(batch_op.f("ix_entered_ceremony_id"), ["ceremony_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entered_state"), ["state"], unique=False)
    op.create_table(
        "drawn_expert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"]),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("draw_id", "expert_id"),
    )
    with op.batch_alter_table("drawn_expert") as batch_op:
        batch_op.create_index(batch_op.f("ix_drawn_expert_draw_id"), ["draw_id"], unique=False)
    with op.batch_alter_table("draw") as batch_op:
        batch_op.add_column(sa.Column("ceremony_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("left", sa.Integer(), nullable=False, server_default=sa.text("0")))
        batch_op.create_index(batch_op.f("ix_draw_ceremony_id"), ["ceremony_id"], unique=False)
        batch_op.create_foreign_key("fk_draw_ceremony_id_ceremony", "ceremony", ["ceremony_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("draw") as batch_op:
        batch_op.drop_constraint("fk_draw_ceremony_id_ceremony", type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_draw_ceremony_id"))
        batch_op.drop_column("left")
        batch_op.drop_column("ceremony_id")
    op.drop_table("drawn_expert")
    op.drop_table("entered")
    op.drop_table("ceremony")
    with op.batch_alter_table("expert") as batch_op:
        batch_op.drop_constraint("fk_expert_unit_id_unit", type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_expert_unit_id"))
        for name in ("unit_id", "valid_until", "phone", "title"):
            batch_op.drop_column(name)
