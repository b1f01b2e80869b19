"""库中有、表中没有的: rows of a register that a new list lacks, with their state and when they were last inspected."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from models import intake
from models.act import Act, Refused
from models.called import Wording, parts
from models.draw import Draw
from models.entity import Entity
from models.expert import DrawnExpert, Expert
from models.inspector import Inspector
from models.item import Item
from models.plan import Task, TaskItem
from models.visit import Seat, Visit
from models.words import DrawMode, SeatState, VisitState

KINDS = ("entity", "inspector", "item", "expert")
"""The registers of which missing rows are listed."""


@dataclass(frozen=True)
class Missing:
    """One row: number, name, state in words, and the day on which it was last drawn for a visit."""

    id: int
    label: str
    name: str
    state: str
    last: date | None


def missing_rows(act: Act, kind: str, ids: Iterable[int]) -> list[Missing]:
    """The rows of these ids that are in the register now, by state and number; NoRight for whoever may not import it.

    Refused for kinds other than KINDS.
    """
    may_list(act, kind)
    model, number, state = _TABLES[kind]
    wording, last = Wording(act.session), _LAST[kind]
    found: list[Missing] = []
    wanted = sorted(set(ids))
    for part in parts(wanted):
        columns = select(model.id, getattr(model, number), model.name, getattr(model, state))
        days = last(act.session, part)
        found += [
            Missing(row_id, label, name, wording.text(kind, state, value), _day(days.get(row_id)))
            for row_id, label, name, value in act.session.exec(columns.where(col(model.id).in_(part)))
        ]
    often = Counter(each.state for each in found)
    return sorted(found, key=lambda each: (-often[each.state], each.state, each.label))


def may_list(act: Act, kind: str) -> None:
    """NoRight for whoever may not import the kind; refused for kinds of which nothing is listed."""
    intake.may_import(act, kind)
    if kind not in KINDS:
        raise Refused("这一种表不列出文件里没有的内容。")


def register_size(act: Act, kind: str) -> int:
    """How many rows the register has."""
    return act.session.exec(select(func.count()).select_from(_TABLES[kind][0])).one()


def taken_out(act: Act, kind: str, rows: int) -> None:
    """The record of such a list that left the office as a file."""
    act.record("export", kind, None, after={"rows": rows, "missing": True})


def _day(at: datetime | None) -> date | None:
    return at.date() if at is not None else None


_Days = dict[int, datetime]


def _visited(column: Any, *joins: Any) -> Callable[[Session, Sequence[int]], _Days]:
    """When visits were last drawn, by a column that leads to them; cancelled ones and rehearsals do not count."""

    def look(session: Session, ids: Sequence[int]) -> _Days:
        found: Any = (
            select(column, func.max(Visit.drawn_at)).select_from(Visit).join(Task, col(Task.id) == Visit.task_id)
        )
        for table, on in joins:
            found = found.join(table, on)
        found = found.where(Visit.state != VisitState.CANCELLED, Task.mode != DrawMode.REHEARSAL)
        if joins and joins[0][0] is Seat:
            found = found.where(Seat.state != SeatState.LEFT)
        return dict(session.exec(found.where(col(column).in_(ids)).group_by(column)).all())

    return look


def _drawn(session: Session, ids: Sequence[int]) -> _Days:
    """When experts were last drawn."""
    expert = col(DrawnExpert.expert_id)
    found: Any = select(expert, func.max(Draw.drawn_at)).join(Draw, col(Draw.id) == DrawnExpert.draw_id)
    return {row_id: at for row_id, at in session.exec(found.where(expert.in_(ids)).group_by(expert)) if at is not None}


# Table, number and state of each register.
_TABLES: dict[str, tuple[Any, str, str]] = {
    "entity": (Entity, "label", "state"),
    "inspector": (Inspector, "label", "state"),
    "item": (Item, "code", "active"),
    "expert": (Expert, "label", "active"),
}

_LAST: dict[str, Callable[[Session, Sequence[int]], _Days]] = {
    "entity": _visited(Visit.entity_id),
    "inspector": _visited(Seat.inspector_id, (Seat, col(Seat.visit_id) == col(Visit.id))),
    "item": _visited(TaskItem.item_id, (TaskItem, col(TaskItem.task_id) == col(Visit.task_id))),
    "expert": _drawn,
}
