"""查找: an entity or an inspector by part of the name or code, and what happened with it (DESIGN §4)."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from models import people, result
from models.act import Act, NoRight, Refused, key
from models.entity import Entity
from models.inspector import Inspector
from models.plan import Task
from models.visit import Seat, Visit
from models.words import Category, EntityState, Role, SeatState, VisitState, chinese

LIMIT = 20
"""At most so many of each register are found at once."""


@dataclass(frozen=True)
class Found:
    """One hit: `kind` is entity or inspector."""

    kind: str
    id: int
    name: str
    label: str


@dataclass(frozen=True)
class Past:
    """One visit: when it was drawn (ISO date), by which task, where it stands, and its result so far."""

    drawn: str
    task: str
    other: str
    state: str
    result: str


def search(act: Act, text: str) -> list[Found]:
    """Whatever has the text in its name or code, entities first; Refused where there is nothing to look for."""
    may_look(act)
    wanted = "".join(text.split())
    if not wanted:
        raise Refused("请写明要查找的名称或者代码，写一部分也可以。")
    found = []
    for kind, model in (("entity", Entity), ("inspector", Inspector)):
        table: Any = model
        within = table.name.contains(wanted, autoescape=True) | table.label.contains(wanted.upper(), autoescape=True)
        rows = select(table.id, table.name, table.label).where(within).order_by(table.label).limit(LIMIT)
        found += [Found(kind, *row) for row in act.session.exec(rows)]
    return found


def of_entity(act: Act, entity_id: int) -> tuple[Entity, list[Past]]:
    """An entity and its visits, newest first."""
    may_look(act)
    entity = act.session.get(Entity, entity_id)
    if entity is None:
        raise Refused("没有找到这个检查对象，请重新查找。")
    return entity, _past(act, select(Visit, Task).where(Visit.entity_id == entity_id), "entity")


def of_inspector(act: Act, inspector_id: int) -> tuple[Inspector, list[Past]]:
    """An inspector and the visits on whose team they are, newest first."""
    may_look(act)
    inspector = act.session.get(Inspector, inspector_id)
    if inspector is None:
        raise Refused("没有找到这名检查人员，请重新查找。")
    seated = select(Seat.visit_id).where(Seat.inspector_id == inspector_id, Seat.state != SeatState.LEFT)
    return inspector, _past(act, select(Visit, Task).where(col(Visit.id).in_(seated)), "inspector")


def change_state(act: Act, entity_id: int, state: EntityState) -> Entity:
    """变更状态 of an entity; Refused where it has this state already."""
    may_look(act)
    entity, _ = of_entity(act, entity_id)
    if entity.state == state:
        raise Refused(f"「{entity.name}」已经是{chinese(state)}状态，没有改动。")
    before, entity.state = entity.state, state
    act.session.add(entity)
    act.record("change_state", "entity", entity.id, before={"state": before}, after={"state": str(state)})
    return entity


def may_look(act: Act) -> None:
    """NoRight for whoever is no staff of the office."""
    office = people.root(act.session)
    if office is None or not act.may({Role.STAFF, Role.ADMIN}, key(office)):
        raise NoRight


def masked(text: str | None) -> str:
    """A name or number of which only the ends are shown."""
    plain = text or ""
    if len(plain) < 7:
        return plain[:1] + "*" * (len(plain) - 1)
    return f"{plain[:3]}{'*' * (len(plain) - 5)}{plain[-2:]}"


def _past(act: Act, statement: Any, kind: str) -> list[Past]:
    rows = statement.join(Task, col(Task.id) == col(Visit.task_id)).order_by(col(Visit.drawn_at).desc(), col(Visit.id))
    found = []
    for visit, task in act.session.exec(rows.limit(LIMIT)):
        last = result.latest(act.session, key(visit))
        said = "、".join(chinese(Category(each)) for each in last.categories) if last else ""
        other = "" if kind == "entity" else act.session.get_one(Entity, visit.entity_id).name
        found.append(Past(visit.drawn_at.date().isoformat(), task.name, other, chinese(VisitState(visit.state)), said))
    return found
