"""How rows of the registers are called: number and name by id, many at once, and what their values say in words."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.base import Sealed
from models.draw import Draw
from models.entity import Entity
from models.expert import Expert
from models.importrun import METADATA
from models.inspector import Inspector, Recusal
from models.intake import PERSONAL
from models.item import Item
from models.people import Grant, Person, Unit
from models.plan import Plan, Task
from models.visit import Seat, Visit
from models.words import (
    CHINESE,
    DrawMode,
    DrawState,
    EntityState,
    InspectorState,
    PlanState,
    Role,
    SeatState,
    TaskState,
    VisitState,
)

MASK = "***"
"""What stands for a personal value."""

_IDS = 500

# Which vocabulary a column of states is written in.
_STATES: dict[tuple[str, str], type] = {
    ("entity", "state"): EntityState,
    ("inspector", "state"): InspectorState,
    ("task", "state"): TaskState,
    ("task", "mode"): DrawMode,
    ("plan", "state"): PlanState,
    ("visit", "state"): VisitState,
    ("seat", "state"): SeatState,
    ("draw", "state"): DrawState,
    ("role_grant", "role"): Role,
}

# How yes and no read where they are a state.
_YES_NO = {
    ("expert", "active"): ("在库", "退出"),
    ("item", "active"): ("有效", "停用"),
    ("person", "active"): ("在用", "停用"),
    ("calendar_day", "working"): ("上班", "放假"),
}

# Columns that hold another row's id: the table whose rows it means.
_MEANS = {"unit_id": "unit", "person_id": "person", "entity_id": "entity", "inspector_id": "inspector"}


def called(session: Session, place: str, ids: Iterable[Any]) -> dict[Any, tuple[str, str]]:
    """Number and name of rows of a table by id; rows that are gone are missing, tables without names are empty."""
    name = _NAMES.get(place)
    found: dict[Any, tuple[str, str]] = {}
    if name is not None:
        for part in parts(list(ids)):
            found.update(name(session, part))
    return found


def called_by(place: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Number and name by the values that were kept of a row which is gone; empty where they do not say it."""
    number = next((values[name] for name in ("label", "code", "plan_no", "day", "year") if values.get(name)), "")
    name = values.get("title") if place == "plan" else values.get("name")
    return ("" if place in {"person", "unit"} else str(number)), str(name or "")


def parts(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """As many ids at a time as one statement takes."""
    for at in range(0, len(ids), _IDS):
        yield ids[at : at + _IDS]


@dataclass
class Wording:
    """Puts stored values into words; names of units, people and entities are looked up once."""

    session: Session
    _known: dict[tuple[str, Any], str] = field(default_factory=dict)

    def text(self, place: str, name: str, value: Any) -> str:
        """A value as people read it, as JSON keeps it or as the row has it; `***` for what is personal."""
        if value is None or value == "" or value == []:
            return ""
        if personal(place, name):
            return MASK
        if (place, name) in _STATES:
            return CHINESE.get((_STATES[place, name], str(value)), str(value))
        if isinstance(value, bool):
            yes, no = _YES_NO.get((place, name), ("是", "否"))
            return yes if value else no
        if isinstance(value, list):
            return "、".join(map(str, value))
        if isinstance(value, dict):
            return "；".join(f"{key} {self.text('', '', each)}" for key, each in value.items())
        if name in _MEANS:
            return self._name(_MEANS[name], value)
        return _moment(str(value))

    def _name(self, place: str, row_id: Any) -> str:
        if (place, row_id) not in self._known:
            self._known[place, row_id] = called(self.session, place, [row_id]).get(row_id, ("", f"第 {row_id} 号"))[1]
        return self._known[place, row_id]


def personal(place: str, name: str) -> bool:
    """Whether a column holds what is shown to nobody."""
    table = METADATA.tables.get(place)
    return name in PERSONAL or (table is not None and name in table.columns and isinstance(table.c[name].type, Sealed))


def _moment(text: str) -> str:
    """An instant to the minute; anything else as it is."""
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}" if "T" in text else text
    except ValueError:
        return text


_Names = dict[Any, tuple[str, str]]


def _columns(model: Any, number: str, name: str = "name") -> Callable[[Session, Sequence[Any]], _Names]:
    """Number and name straight from two columns of a table; no number where `number` is empty."""

    def look(session: Session, ids: Sequence[Any]) -> _Names:
        columns = (model.id, getattr(model, number or name), getattr(model, name))
        found = session.exec(select(*columns).where(col(model.id).in_(ids)))
        return {row_id: (str(first) if number else "", text) for row_id, first, text in found}

    return look


def _grants(session: Session, ids: Sequence[Any]) -> _Names:
    found = session.exec(
        select(Grant, Person.name, Unit.name)
        .join(Person, col(Person.id) == col(Grant.person_id))
        .join(Unit, col(Unit.id) == col(Grant.unit_id))
        .where(col(Grant.id).in_(ids))
    )
    return {row.id: ("", f"{person}：{CHINESE[Role, row.role]}（{unit}）") for row, person, unit in found}


def _recusals(session: Session, ids: Sequence[Any]) -> _Names:
    found = session.exec(
        select(Recusal.id, Entity.label, Entity.name, Inspector.name)
        .join(Entity, col(Entity.id) == col(Recusal.entity_id))
        .join(Inspector, col(Inspector.id) == col(Recusal.inspector_id))
        .where(col(Recusal.id).in_(ids))
    )
    return {row_id: (label, f"{entity}　{inspector}") for row_id, label, entity, inspector in found}


def _visits(session: Session, ids: Sequence[Any]) -> _Names:
    found = session.exec(
        select(Visit.id, Entity.label, Entity.name)
        .join(Entity, col(Entity.id) == col(Visit.entity_id))
        .where(col(Visit.id).in_(ids))
    )
    return {row_id: (label, name) for row_id, label, name in found}


def _seats(session: Session, ids: Sequence[Any]) -> _Names:
    found = session.exec(
        select(Seat.id, Entity.label, Entity.name, Inspector.name)
        .join(Visit, col(Visit.id) == col(Seat.visit_id))
        .join(Entity, col(Entity.id) == col(Visit.entity_id))
        .join(Inspector, col(Inspector.id) == col(Seat.inspector_id))
        .where(col(Seat.id).in_(ids))
    )
    return {row_id: (label, f"{entity}　{inspector}") for row_id, label, entity, inspector in found}


def _draws(session: Session, ids: Sequence[Any]) -> _Names:
    found = session.exec(
        select(Draw.id, Task.plan_no, Task.name)
        .join(Task, col(Task.id) == col(Draw.task_id))
        .where(col(Draw.id).in_(ids))
    )
    return {row_id: (number, name) for row_id, number, name in found}


def _as_ids(session: Session, ids: Sequence[Any]) -> _Names:
    """Days and years are called by themselves."""
    return {row_id: (str(row_id), "") for row_id in ids}


_NAMES: dict[str, Callable[[Session, Sequence[Any]], _Names]] = {
    "entity": _columns(Entity, "label"),
    "inspector": _columns(Inspector, "label"),
    "item": _columns(Item, "code"),
    "expert": _columns(Expert, "label"),
    "person": _columns(Person, ""),
    "unit": _columns(Unit, ""),
    "plan": _columns(Plan, "year", "title"),
    "task": _columns(Task, "plan_no"),
    "role_grant": _grants,
    "recusal": _recusals,
    "visit": _visits,
    "seat": _seats,
    "draw": _draws,
    "calendar_day": _as_ids,
    "calendar_year": _as_ids,
}
