"""What follows from a draw that was made: its visits and seats, as rows to be written in one go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, insert
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
        _insert(session, Visit, self.visits, ("entity_id", "order", "stratum"))
        drawn = select(Visit.entity_id, Visit.id).where(Visit.draw_id == draw_id)
        visits = dict(session.exec(drawn).all())
        seats = [seat | {"visit_id": visits[entity_id]} for entity_id, seat in self.seats]
        _insert(session, Seat, seats, ("visit_id", "unit_id", "inspector_id"))


def _insert(session: Session, table: Any, rows: list[dict[str, Any]], varying: tuple[str, ...]) -> None:
    """Many new rows that differ in few columns, of numbers and text: the rest stands in the statement itself.

    Less than half the time that `insert` with a list takes, which looks at each value of each row.
    """
    if not rows:
        return
    columns = table.__table__.columns
    same = {each.name: each.default.arg for each in columns if each.default is not None and each.default.is_scalar}
    same |= {name: value for name, value in rows[0].items() if name not in varying}
    values = {
        name: bindparam(f"same_{name}", value, type_=columns[name].type, literal_execute=True)
        for name, value in same.items()
    } | {name: bindparam(name, None, type_=columns[name].type) for name in varying}
    session.flush()
    connection = session.connection()
    statement = insert(table.__table__).values(values)
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    if compiled.positiontup is not None:
        connection.exec_driver_sql(str(compiled), list(map(itemgetter(*compiled.positiontup), rows)))
    else:
        connection.exec_driver_sql(str(compiled), [{name: row[name] for name in varying} for row in rows])


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
