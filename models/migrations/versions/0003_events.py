"""What gone entities and lent people add"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString as _TEXT

import models.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("visit") as batch_op:
        batch_op.add_column(sa.Column("since", sa.Integer(), nullable=False, server_default=sa.text("1")))
        batch_op.add_column(sa.Column("ended", _TEXT(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("ended_reason", _TEXT(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("replaced_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_visit_replaced_by_visit", "visit", ["replaced_by"], ["id"])
    with op.batch_alter_table("draw") as batch_op:
        batch_op.add_column(sa.Column("lapsed", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    with op.batch_alter_table("thrown") as batch_op:
        batch_op.add_column(sa.Column("attempt", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.execute(
        "UPDATE thrown SET attempt = coalesce((SELECT max(event.attempt) FROM event"
        " WHERE event.draw_id = thrown.draw_id AND event.k = thrown.k AND event.announced_at <= thrown.at), 1)"
        " WHERE k > 1"
    )
    op.create_table(
        "visit_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=True),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("inspector_id", sa.Integer(), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("reason", _TEXT(), nullable=False),
        sa.Column("state", _TEXT(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("behalf_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", models.base.Instant(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", models.base.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["behalf_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"]),
        sa.ForeignKeyConstraint(["inspector_id"], ["inspector.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("visit_change") as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_change_draw_id"), ["draw_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_change_state"), ["state"], unique=False)
    op.create_table(
        "change_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["visit_change.id"]),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("change_id", "visit_id"),
    )
    with op.batch_alter_table("change_place") as batch_op:
        batch_op.create_index(batch_op.f("ix_change_place_change_id"), ["change_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_place_seat_id"), ["seat_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_change_place_visit_id"), ["visit_id"], unique=False)
    op.create_table(
        "addendum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("body", _TEXT(), nullable=False),
        sa.Column("digest", _TEXT(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=False),
        sa.Column("announced_at", models.base.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    with op.batch_alter_table("addendum") as batch_op:
        batch_op.create_index(batch_op.f("ix_addendum_draw_id"), ["draw_id"], unique=False)
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("change_id", sa.Integer(), nullable=True))
    _carry_requests()
    with op.batch_alter_table("event") as batch_op:
        batch_op.alter_column("change_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_index(batch_op.f("ix_event_change_id"), ["change_id"], unique=False)
        batch_op.create_foreign_key("fk_event_change_id_visit_change", "visit_change", ["change_id"], ["id"])
        _drop_foreign_key(batch_op, "event", "seat_id")
        batch_op.drop_column("seat_id")


def _carry_requests() -> None:
    """A request of its own for each seat that asked to leave, or was replaced by an event."""
    store = op.get_bind()
    rows = store.execute(
        sa.text(
            "SELECT seat.id, seat.visit_id, seat.inspector_id, seat.state, seat.reason, visit.draw_id,"
            " coalesce(seat.asked_at, visit.drawn_at), event.id, event.notice, event.state, inspector.person_id"
            " FROM seat JOIN visit ON visit.id = seat.visit_id JOIN inspector ON inspector.id = seat.inspector_id"
            " LEFT JOIN event ON event.seat_id = seat.id"
            " WHERE event.id IS NOT NULL OR seat.state IN ('recusal_asked', 'absence_asked') ORDER BY seat.id, event.id"
        )
    ).all()
    made: dict[int, int] = {}
    for seat, visit, inspector, state, reason, draw, asked_at, event, notice, _, person in rows:
        if seat not in made:
            recusal = state == "recusal_asked" or '"reason":"recusal"' in (notice or "")
            made[seat] = number = len(made) + 1
            store.execute(
                sa.text(
                    "INSERT INTO visit_change"
                    " (id, draw_id, kind, inspector_id, whole, reason, state, asked_by, asked_at) "
                    "VALUES (:id, :draw, :kind, :inspector, :whole, :reason, :state, :person, :at)"
                ),
                {
                    "id": number,
                    "draw": draw,
                    "kind": "recusal" if recusal else "unable",
                    "inspector": inspector,
                    "whole": False,
                    "reason": reason,
                    "state": "asked" if state in ("recusal_asked", "absence_asked") else "done",
                    "person": person,
                    "at": asked_at,
                },
            )
            store.execute(
                sa.text("INSERT INTO change_place (id, change_id, visit_id, seat_id) VALUES (:id, :id, :visit, :seat)"),
                {"id": number, "visit": visit, "seat": seat},
            )
        if event is not None:
            store.execute(
                sa.text("UPDATE event SET change_id = :change WHERE id = :event"),
                {"change": made[seat], "event": event},
            )
    if made and store.dialect.name == "postgresql":
        for table in ("visit_change", "change_place"):
            store.execute(
                sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), :last)"), {"last": len(made)}
            )


def _drop_foreign_key(batch_op: object, table: str, column: str) -> None:
    """PostgreSQL named the constraint itself; SQLite's has no name and goes with the column."""
    if op.get_bind().dialect.name == "postgresql":
        batch_op.drop_constraint(f"{table}_{column}_fkey", type_="foreignkey")  # type: ignore[attr-defined]


def downgrade() -> None:
    store = op.get_bind()
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("seat_id", sa.Integer(), nullable=True))
    store.execute(
        sa.text(
            "UPDATE event SET seat_id = (SELECT min(seat_id) FROM change_place"
            " WHERE change_place.change_id = event.change_id)"
        )
    )
    # The older schema knows no event about an entity: the draw's record keeps it.
    store.execute(sa.text("DELETE FROM event WHERE seat_id IS NULL"))
    with op.batch_alter_table("event") as batch_op:
        batch_op.alter_column("seat_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key("event_seat_id_fkey", "seat", ["seat_id"], ["id"])
        batch_op.drop_constraint("fk_event_change_id_visit_change", type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_event_change_id"))
        batch_op.drop_column("change_id")
    op.drop_table("addendum")
    op.drop_table("change_place")
    op.drop_table("visit_change")
    with op.batch_alter_table("thrown") as batch_op:
        batch_op.drop_column("attempt")
    with op.batch_alter_table("draw") as batch_op:
        batch_op.drop_column("lapsed")
    with op.batch_alter_table("visit") as batch_op:
        batch_op.drop_constraint("fk_visit_replaced_by_visit", type_="foreignkey")
        for name in ("replaced_by", "ended_reason", "ended", "since"):
            batch_op.drop_column(name)
