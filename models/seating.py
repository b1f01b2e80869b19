"""What follows from a draw that was made: its visits and seats, as rows to be written in one go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from models import pool, record
from models.act import key
from models.entity import Entity
from models.expert import DrawnExpert, Expert
from models.inspector import Inspector
from models.people import Unit
from models.visit import Seat, Visit

# SQLite takes some ten thousand values in a statement at most, a province's draw has more.
_BLOCK = 5000


@dataclass(frozen=True)
class Seating:
    """Rows of visits, and the seats of each by its entity."""

    visits: list[dict[str, Any]]
    seats: list[tuple[int, dict[str, Any]]]

    def write(self, session: Session, draw_id: int) -> None:
        """In two statements: everybody waits for the transaction that this is part of."""
        session.execute(insert(Visit), self.visits)
        drawn = select(Visit.entity_id, Visit.id).where(Visit.draw_id == draw_id)
        visits = dict(session.exec(drawn).all())
        session.execute(insert(Seat), [seat | {"visit_id": visits[entity_id]} for entity_id, seat in self.seats])


def seating(
    session: Session, drawn: record.Drawn, *, draw_id: int, task_id: int, due: date, drawn_at: datetime
) -> Seating:
    """Who is visited in which order and who goes there, with the ids of the registers."""
    entities = ids_of(session, Entity, [row.label for row in drawn.selected])
    teams = drawn.teams.rows()
    inspectors = ids_of(session, Inspector, {inspector for _, _, inspector in teams})
    names = {unit for _, unit, _ in teams}
    units = {unit.name: key(unit) for unit in session.exec(select(Unit).where(col(Unit.name).in_(names)))}
    return Seating(
        [
            {
                "draw_id": draw_id,
                "task_id": task_id,
                "entity_id": entities[row.label],
                "order": order,
                "stratum": row.stratum,
                "due": due,
                "drawn_at": drawn_at,
            }
            for order, row in enumerate(drawn.selected, start=1)
        ],
        [
            (entities[entity], {"unit_id": units[unit], "inspector_id": inspectors[inspector]})
            for entity, unit, inspector in teams
        ],
    )


def seat_experts(session: Session, draw_id: int, drawn: record.Drawn) -> None:
    """The experts drawn along, in draw order."""
    labels = [label for _, label in drawn.lists.get(pool.EXPERTS, ())]
    ids = ids_of(session, Expert, labels)
    for order, label in enumerate(labels, start=1):
        session.add(DrawnExpert(draw_id=draw_id, expert_id=ids[label], order=order))


def ids_of(session: Session, table: Any, labels: Collection[str]) -> dict[str, int]:
    """Ids by label."""
    return by_label(session, table, table.id, labels)


def by_label(session: Session, table: Any, column: Any, labels: Collection[str]) -> dict[str, Any]:
    """One column of a table with labels, by label; asked for in blocks."""
    found: dict[str, Any] = {}
    wanted = list(labels)
    for at in range(0, len(wanted), _BLOCK):
        block = select(table.label, column).where(table.label.in_(wanted[at : at + _BLOCK]))
        found.update(session.exec(block).all())
    return found
