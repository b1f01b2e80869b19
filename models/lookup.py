"""查找: an entity, inspector, expert or item by part of the name, code or pinyin initials, and what became of it."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, or_, select

from models import followup, initials, people, publication, result, visit
from models.act import Act, NoRight, Refused, key
from models.draw import Draw
from models.entity import Entity
from models.expert import DrawnExpert, Expert
from models.inspector import Inspector, Recusal
from models.item import Item
from models.plan import Task
from models.visit import Seat, Visit
from models.words import Category, Outcome, Role, SeatState, VisitState, chinese

LIMIT = 20
"""At most so many of each register are found at once."""


_SOUNDING = 400
"""Of so many that sound like the text the first by code are shown; more are too vague to choose from."""


@dataclass(frozen=True)
class Found:
    """One hit: `kind` is entity, inspector, expert or item; of an item `label` is its code."""

    kind: str
    id: int
    name: str
    label: str


@dataclass(frozen=True)
class Past:
    """One visit: when it was drawn (ISO date), by which task and announcement, where it stands, its result so far.

    `origin` is 抽取 or why it was made without a draw; `serial` is None then.
    """

    drawn: str
    task: str
    serial: int | None
    origin: str
    other: str
    state: str
    result: str


@dataclass(frozen=True)
class Handled:
    """One follow-up of a visit: its kind, when it ended (ISO, else empty), and how: settled, failed, or changed."""

    id: int
    kind: str
    closed: str
    outcome: Outcome


@dataclass(frozen=True)
class Whole:
    """One visit with all that came of it.

    `ended` says why a cancelled visit ended; days are ISO dates, empty where there are none.
    """

    past: Past
    team: str
    checked: str
    findings: str
    followups: tuple[Handled, ...]
    published: str
    ended: str


@dataclass(frozen=True)
class Barred:
    """One recusal as the register has it: the other side, why, and the task for which alone it holds."""

    id: int
    other: str
    reason: str
    task: str


_TABLES: dict[str, Any] = {"entity": Entity, "inspector": Inspector, "expert": Expert, "item": Item}


def search(act: Act, text: str, kinds: tuple[str, ...] = tuple(_TABLES)) -> list[Found]:
    """Whatever has the text in its name or code, or is named with these pinyin initials, `LIMIT` of each kind.

    Entities come first, and what has the text itself before what only sounds so. Refused where nothing is asked for.
    """
    may_look(act)
    parts = unicodedata.normalize("NFKC", text).split()
    wanted = "".join(parts)
    if not wanted:
        raise Refused("请写明要查找的名称或者代码，写一部分也可以。")
    found = []
    for kind in kinds:
        table = _TABLES[kind]
        code = table.code if kind == "item" else table.label
        columns = select(table.id, table.name, code).order_by(code)
        within = or_(
            *(
                table.name.contains(each, autoescape=True) | code.contains(each.upper(), autoescape=True)
                # A name may have blanks in it, or they may have come in with what was copied.
                for each in dict.fromkeys((wanted, " ".join(parts)))
            )
        )
        hits = [Found(kind, *row) for row in act.session.exec(columns.where(within).limit(LIMIT))]
        if len(hits) < LIMIT and initials.written(wanted):
            # Ids and names alone: of a large register the index of names has both, and the rows stay where they are.
            names = act.session.connection().execute(select(table.id, table.name))
            ids = set(initials.matching(wanted, ((row[0], row[1]) for row in names), _SOUNDING))
            ids -= {each.id for each in hits}
            same = columns.where(table.id.in_(ids)).limit(LIMIT - len(hits))
            hits += [Found(kind, *row) for row in act.session.exec(same)]
        found += hits
    return found


def of_entity(act: Act, entity_id: int) -> tuple[Entity, list[Past]]:
    """An entity and its visits, newest first."""
    may_look(act)
    entity = act.session.get(Entity, entity_id)
    if entity is None:
        raise Refused("没有找到这个检查对象，请重新查找。")
    return entity, _past(act, "entity", entity_id)


def of_inspector(act: Act, inspector_id: int) -> tuple[Inspector, list[Past]]:
    """An inspector and the visits on whose team they are, newest first."""
    may_look(act)
    inspector = act.session.get(Inspector, inspector_id)
    if inspector is None:
        raise Refused("没有找到这名检查人员，请重新查找。")
    return inspector, _past(act, "inspector", inspector_id)


def visits(act: Act, kind: str, row_id: int, first: int, limit: int) -> tuple[list[Whole], int]:
    """Some visits of an entity or an inspector in whole, newest first, from `first` (0) on, and how many there are."""
    row = of_entity(act, row_id)[0] if kind == "entity" else of_inspector(act, row_id)[0]
    own = _visits_of(kind, key(row))
    total = act.session.exec(select(func.count()).select_from(own.subquery())).one()
    ordered = own.order_by(col(Visit.drawn_at).desc(), col(Visit.id)).offset(first).limit(limit)
    return [_whole(act, one, task, kind) for one, task in act.session.exec(ordered)], total


def of_expert(act: Act, expert_id: int) -> tuple[Expert, list[tuple[Draw, Task]]]:
    """An expert and the draws in which they were drawn, newest first."""
    may_look(act)
    expert = act.session.get(Expert, expert_id)
    if expert is None:
        raise Refused("没有找到这名专家，请重新查找。")
    drawn = (
        select(Draw, Task)
        .join(DrawnExpert, col(DrawnExpert.draw_id) == col(Draw.id))
        .join(Task, col(Task.id) == col(Draw.task_id))
        .where(DrawnExpert.expert_id == expert_id)
        .order_by(col(Draw.id).desc())
        .limit(LIMIT)
    )
    return expert, [(draw, task) for draw, task in act.session.exec(drawn)]


def of_item(act: Act, item_id: int) -> Item:
    """An item of the list."""
    may_look(act)
    item = act.session.get(Item, item_id)
    if item is None:
        raise Refused("没有找到这个事项，请重新查找。")
    return item


def barred(act: Act, *, entity_id: int | None = None, inspector_id: int | None = None) -> list[Barred]:
    """The recusals of an entity or of an inspector, as they were registered."""
    may_look(act)
    other = Inspector if entity_id else Entity
    found = (
        select(Recusal, col(other.name), col(Task.plan_no))
        .join(other, col(other.id) == (Recusal.inspector_id if entity_id else Recusal.entity_id))
        .join(Task, col(Task.id) == col(Recusal.task_id), isouter=True)
        .order_by(col(Recusal.id))
    )
    found = found.where(Recusal.entity_id == entity_id if entity_id else Recusal.inspector_id == inspector_id)
    return [Barred(key(row), name, row.reason, number or "") for row, name, number in act.session.exec(found)]


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


def _visits_of(kind: str, row_id: int) -> Any:
    """Visits with their tasks: of an entity, or those on whose team an inspector is."""
    found = select(Visit, Task).join(Task, col(Task.id) == col(Visit.task_id))
    if kind == "entity":
        return found.where(Visit.entity_id == row_id)
    seated = select(Seat.visit_id).where(Seat.inspector_id == row_id, Seat.state != SeatState.LEFT)
    return found.where(col(Visit.id).in_(seated))


def _past(act: Act, kind: str, row_id: int) -> list[Past]:
    found = _visits_of(kind, row_id).order_by(col(Visit.drawn_at).desc(), col(Visit.id)).limit(LIMIT)
    return [_one(act, one, task, kind) for one, task in act.session.exec(found)]


def _one(act: Act, one: Visit, task: Task, kind: str) -> Past:
    last = result.latest(act.session, key(one))
    said = "、".join(chinese(Category(each)) for each in last.categories) if last else ""
    if last and (outside := result.external_text(last)):
        said += f"（采用{outside}）"
    other = "" if kind == "entity" else act.session.get_one(Entity, one.entity_id).name
    drawn = act.session.get(Draw, one.draw_id) if one.draw_id else None
    return Past(
        drawn=one.drawn_at.date().isoformat(),
        task=task.name,
        serial=drawn.serial if drawn else None,
        origin=one.origin,
        other=other,
        state=chinese(VisitState(one.state)),
        result=said,
    )


def _whole(act: Act, one: Visit, task: Task, kind: str) -> Whole:
    session = act.session
    last = result.latest(session, key(one))
    owed = publication.of(session, "visit", key(one))
    return Whole(
        past=_one(act, one, task, kind),
        team="、".join(each.name for _, each in visit.team(session, key(one))),
        checked=last.checked_on.isoformat() if last else "",
        findings=last.findings if last else "",
        followups=tuple(
            Handled(
                id=key(row),
                kind=followup.words_of(row),
                closed=row.closed_at.date().isoformat() if row.closed_at else "",
                outcome=Outcome(row.outcome),
            )
            for row in followup.of_visit(session, key(one))
        ),
        published=owed.done_on.isoformat() if owed and owed.done_on else "",
        ended=one.ended_reason if one.state == VisitState.CANCELLED else "",
    )
