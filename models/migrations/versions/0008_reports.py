"""Report forms and their versions"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from models.base import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "report_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("code", text(), nullable=False),
        sa.Column("period", text(), nullable=False),
        sa.Column("form", text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("file", sa.JSON(), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("unit_id", "code", "period"),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), sa.ForeignKey("submission.id"), nullable=False),
        sa.Column("deadline_id", sa.Integer(), sa.ForeignKey("deadline.id"), nullable=False),
        sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("code", text(), nullable=False),
        sa.Column("period", text(), nullable=False),
        sa.Column("form", text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("judged_by", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("judged_at", Instant(timezone=True), nullable=True),
        sa.Column("judgement", text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submission_id"),
    )
    op.create_index("ix_report_deadline_id", "report", ["deadline_id"])
    op.create_index("ix_report_unit_id", "report", ["unit_id"])
    op.create_index("ix_report_code_period_state", "report", ["code", "period", "state"])
    op.create_index("ix_deadline_alike", "deadline", ["state", "limit", "code", "period", "aim", "unit_id"])
    op.create_index("ix_publication_open", "publication", ["subject", "done_on", "due"])
    op.create_table(
        "report_figure",
        sa.Column("report_id", sa.Integer(), sa.ForeignKey("report.id"), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("now", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "name"),
    )


def downgrade() -> None:
    op.drop_index("ix_publication_open", "publication")
    op.drop_index("ix_deadline_alike", "deadline")
    op.drop_table("report_figure")
    op.drop_table("report")
    op.drop_table("report_draft")
