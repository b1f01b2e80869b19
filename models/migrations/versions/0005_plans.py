"""Versions, approval and adjustment of the plan"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import models.base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = (
    "plan_no",
    "plan_name",
    "task_no",
    "name",
    "kind",
    "ratio_text",
    "item_text",
    "scope_text",
    "lead_text",
    "joint_text",
    "period_text",
    "state",
)


def upgrade() -> None:
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", models.base.Instant(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", models.base.Instant(timezone=True), nullable=True),
        sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("paper", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("plan_id", "number"),
    )
    with op.batch_alter_table("plan_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_version_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_version_state"), ["state"], unique=False)
    op.create_table(
        "scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("guide", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("made_at", models.base.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    with op.batch_alter_table("scenario", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scenario_unit_id"), ["unit_id"], unique=False)
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("base", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("base_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("times", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("scenario_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("task_scenario_id_fkey", "scenario", ["scenario_id"], ["id"])
    _first_versions()


def _first_versions() -> None:
    """Plans from before there was an approval were drawn from: each is a published one, as it stands."""
    connection = op.get_bind()
    instant = models.base.Instant(timezone=True)
    plan = sa.table("plan", sa.column("id"), sa.column("made_at", instant), sa.column("state"), sa.column("version"))
    task = sa.table("task", sa.column("id"), sa.column("plan_id"), sa.column("row"), *map(sa.column, _COLUMNS))
    version = sa.table(
        "plan_version",
        *map(sa.column, ("plan_id", "number", "state", "code", "reason", "answer", "paper")),
        *(sa.column(name, sa.JSON()) for name in ("changes", "rows")),
        *(sa.column(name, instant) for name in ("asked_at", "decided_at")),
    )
    for plan_id, made_at in connection.execute(sa.select(plan.c.id, plan.c.made_at)).all():
        wanted = sa.select(*(task.c[name] for name in _COLUMNS)).where(task.c.plan_id == plan_id)
        rows = connection.execute(wanted.order_by(task.c.row, task.c.id)).mappings()
        connection.execute(
            version.insert().values(
                plan_id=plan_id,
                number=1,
                state="approved",
                code="",
                reason="",
                answer="",
                paper="",
                changes=[],
                rows=[dict(row) for row in rows if row["state"] != "withdrawn"],
                asked_at=made_at,
                decided_at=made_at,
            )
        )
    connection.execute(plan.update().values(state="published", version=1))


def downgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_constraint("task_scenario_id_fkey", type_="foreignkey")
        batch_op.drop_column("scenario_id")
        batch_op.drop_column("times")
        batch_op.drop_column("base_reason")
        batch_op.drop_column("base")
    op.drop_table("scenario")
    op.drop_table("plan_version")
