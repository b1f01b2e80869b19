"""Kinds of follow-up and the receipt of a transfer"""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
