"""Numbers, own templates and made documents"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import models.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    with op.batch_alter_table("letter") as batch_op:
        for name in ("paper", "title", "recipient", "digest"):
            batch_op.add_column(sa.Column(name, _TEXT(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("part", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE letter SET paper = kind")
    live = sa.text("void_at IS NULL")
    columns = ["paper", "subject", "subject_id", "part"]
    op.create_index("ix_letter_live", "letter", columns, unique=True, sqlite_where=live, postgresql_where=live)
    op.create_table(
        "issued",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", _TEXT(), nullable=False),
        sa.Column("digest", _TEXT(), nullable=False),
        sa.Column("words", _TEXT(), nullable=False),
        sa.Column("title", _TEXT(), nullable=False),
        sa.Column("subject", _TEXT(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("made_at", models.base.Instant(), nullable=False),
        sa.Column("maker_id", sa.Integer(), nullable=True),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["maker_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_issued_mark", "issued", ["mark"], unique=False)
    op.create_index("ix_issued_subject_id", "issued", ["subject_id"], unique=False)
    op.create_table(
        "own_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", _TEXT(), nullable=False),
        sa.Column("digest", _TEXT(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", models.base.Instant(), nullable=False),
        sa.Column("used_since", models.base.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "version"),
    )
    op.create_index("ix_own_template_kind", "own_template", ["kind"], unique=False)


def downgrade() -> None:
    op.drop_table("own_template")
    op.drop_table("issued")
    op.drop_index("ix_letter_live", table_name="letter")
    with op.batch_alter_table("letter") as batch_op:
        for name in ("part", "digest", "recipient", "title", "paper"):
            batch_op.drop_column(name)
