"""A list drawn on a platform becomes visits with their teams, as after a draw here; a changed team is transcribed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlmodel import Session, col, func, select

from models import change, people, pool, visit
from models.act import Act, Refused, key
from models.base import KEYRING, SHANGHAI
from models.draw import Draw
from models.entity import Entity
from models.importrun import Change
from models.inspector import Inspector, Recusal
from models.people import Person
from models.plan import Task
from models.platformlist import Numbered
from models.visit import Seat, Visit
from models.words import (
    DrawMode,
    DrawState,
    EntityState,
    InspectorState,
    Role,
    SeatState,
    TaskState,
    VisitState,
    chinese,
)

# The team can still be another one: nobody has entered a result.
_CHANGEABLE = (VisitState.DRAWN, VisitState.SENT)
_LISTED = (TaskState.COMPLETED, TaskState.DRAWN, TaskState.CLOSED)
_LEFT = "平台调整"


class WhichTask(Refused):
    """The list does not say which task it belongs to; `tasks` are those that wait for one."""

    def __init__(self, tasks: list[Numbered]) -> None:
        named = "、".join(task.plan_no or task.task_no for task in tasks[:10])
        super().__init__(f"这份名单没有写明是哪一项任务。等待平台抽取结果的任务有：{named}。请指明是哪一项。")
        self.tasks = tasks


@dataclass(frozen=True)
class Standing:
    """A visit that is there already, as a row of a list would say it."""

    id: int
    task_id: int
    state: str
    people: list[str]
    due: date


def waiting(act: Act) -> list[Task]:
    """Tasks drawn on the platform that have a list or can take one, of units where the actor may import."""
    found = act.session.exec(
        select(Task)
        .where(Task.mode == DrawMode.PLATFORM, col(Task.state).in_(_LISTED))
        .order_by(col(Task.plan_no), col(Task.task_no))
    )
    every = act.actor is None
    return [task for task in found if every or act.may({Role.STAFF, Role.ADMIN}, task.unit_id or 0)]


def numbered(tasks: Iterable[Task]) -> list[Numbered]:
    """Tasks as a list may name them."""
    return [Numbered(key(task), task.plan_no, task.task_no, task.name) for task in tasks]


def open_ones(tasks: Iterable[Task]) -> list[Numbered]:
    """Those that can still take visits."""
    return numbered(task for task in tasks if task.state != TaskState.CLOSED)


def why_none(session: Session) -> str:
    """Why no task can take a list, as a sentence."""
    written = session.exec(
        select(func.count()).select_from(Task).where(Task.mode == DrawMode.PLATFORM, Task.state == TaskState.WRITTEN)
    ).one()
    if written:
        return f"有 {written} 项平台抽取的任务还没有补全。请先在 /plan 补全，再导入平台抽取结果。"
    return "没有在平台抽取的任务。请先导入计划，在 /plan 补全时选「平台抽取」。"


def unfit(act: Act) -> dict[tuple[str, int], str]:
    """Entities that are gone and inspectors who cannot be sent now, with the reason."""
    found: dict[tuple[str, int], str] = {}
    for entity_id, state in act.session.exec(select(Entity.id, Entity.state).where(Entity.state != EntityState.ACTIVE)):
        found["entity", entity_id or 0] = f"「{chinese(EntityState(state))}」"
    today = act.now.date()
    for inspector in act.session.exec(select(Inspector)):
        if inspector.state != InspectorState.ACTIVE:
            found["inspector", key(inspector)] = "已经离岗"
        elif inspector.valid_until < today:
            found["inspector", key(inspector)] = f"的执法证已在 {inspector.valid_until.isoformat()} 到期"
    return found


def recusals(session: Session) -> frozenset[tuple[int | None, int]]:
    """Who may not meet whom, standing."""
    return frozenset(
        session.exec(select(Recusal.entity_id, Recusal.inspector_id).where(col(Recusal.task_id).is_(None))).all()
    )


def standing(session: Session, task_ids: set[int]) -> dict[tuple[str, ...], Standing]:
    """The visits of some tasks by (task id, label)."""
    teams_ = teams(session, task_ids)
    rows = session.exec(
        select(Visit, Entity.label)
        .join(Entity, col(Entity.id) == col(Visit.entity_id))
        .where(col(Visit.task_id).in_(task_ids), Visit.state != VisitState.CANCELLED)
    ).all()
    found: dict[tuple[str, ...], Standing] = {}
    for each, label in rows:
        team = [inspector.label for inspector in teams_[key(each)]]
        found[str(each.task_id), label] = Standing(key(each), each.task_id, each.state, team, each.due)
    return found


def teams(session: Session, task_ids: set[int]) -> dict[int, list[Inspector]]:
    """The present team of every visit of some tasks, by certificate; those that nobody goes to are there too."""
    found: dict[int, list[Inspector]] = {
        visit_id or 0: [] for visit_id in session.exec(select(Visit.id).where(col(Visit.task_id).in_(task_ids)))
    }
    rows = session.exec(
        select(Seat.visit_id, Inspector)
        .join(Visit, col(Visit.id) == col(Seat.visit_id))
        .join(Inspector, col(Inspector.id) == col(Seat.inspector_id))
        .where(col(Visit.task_id).in_(task_ids), Seat.state != SeatState.LEFT)
        .order_by(col(Inspector.label))
    )
    for visit_id, inspector in rows:
        found[visit_id].append(inspector)
    return found


def fixed(state: str) -> bool:
    """Whether a visit's team can no longer be another one."""
    return VisitState(state) not in _CHANGEABLE


def closed(act: Act, task_id: int) -> bool:
    """Whether a task takes no further visits."""
    return act.session.get_one(Task, task_id).state == TaskState.CLOSED


def write(
    act: Act, new: Sequence[Mapping[str, Any]], altered: Sequence[tuple[int, Mapping[str, Any]]]
) -> tuple[list[Draw], list[Change]]:
    """Write new visits, a draw for each task, and other teams of visits that are there; returns what was changed."""
    changes: list[Change] = []
    drawn = []
    by_task: dict[int, list[Mapping[str, Any]]] = {}
    for values in new:
        by_task.setdefault(values["task_id"], []).append(values)
    for task_id, rows in by_task.items():
        drawn.append(_draw(act, act.session.get_one(Task, task_id), rows, changes))
    for visit_id, values in altered:
        _transcribe(act, visit.get(act.session, visit_id), values, changes)
    return drawn, changes


def _draw(act: Act, task: Task, rows: list[Mapping[str, Any]], changes: list[Change]) -> Draw:
    batches = act.session.exec(select(func.count()).select_from(Draw).where(Draw.task_id == task.id)).one()
    labels = sorted(row["label"] for row in rows)
    made = {
        "mode": "platform",
        "plan_no": task.plan_no,
        "task_no": task.task_no,
        "task_name": task.name,
        "batch": batches + 1,
        "list_sha256": hashlib.sha256("\n".join(labels).encode()).hexdigest(),
        "announced_at": act.now.isoformat(),
    }
    text = json.dumps(made, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    row = Draw(
        task_id=key(task),
        # Nothing was announced here.
        group_id=None,  # type: ignore[arg-type]
        serial=None,  # type: ignore[arg-type]
        batch=batches + 1,
        attempt=1,
        state=DrawState.DRAWN,
        announcement=text,
        digest=digest,
        head=digest,
        secret=KEYRING.seal(b""),
        announced_by=key(_responsible(act, task)),
        announced_at=act.now,
        deadline=act.now,
        reveal_by=act.now,
        revealed_at=act.now,
        drawn_at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    changes.append(Change("draw", key(row), None))
    last = pool.last_day(act, task)
    inspectors = _inspectors(act.session, rows)
    for order, values in enumerate(sorted(rows, key=lambda each: each["order"]), start=1):
        found = Visit(
            draw_id=row.id,
            task_id=key(task),
            entity_id=values["entity_id"],
            order=order,
            stratum="*",
            due=values["due"] or last,
            drawn_at=_moment(act, values["drawn_on"]),
        )
        act.session.add(found)
        act.session.flush()
        changes.append(Change("visit", key(found), None))
        for label in values["people"]:
            changes.append(_seat(act, found, inspectors[label], since=1))
    before = task.state
    task.state = TaskState.DRAWN
    act.session.add(task)
    if before != task.state:
        changes.append(Change("task", key(task), {"state": before}, {"state": str(task.state)}))
    act.record("platform_draw", "draw", row.id, after={"task": task.plan_no, "visits": len(rows), "digest": digest})
    return row


def _transcribe(act: Act, found: Visit, values: Mapping[str, Any], changes: list[Change]) -> None:
    """Another team or another date, as the platform has it now."""
    if values.get("due") and values["due"] != found.due:
        old = found.due
        found.due = values["due"]
        changes.append(Change("visit", key(found), {"due": old.isoformat()}, {"due": found.due.isoformat()}))
        act.session.add(found)
    present = {inspector.label: (seat, inspector) for seat, inspector in visit.team(act.session, key(found))}
    wanted = _inspectors(act.session, [values])
    since = 1 + max((seat.since for seat in _all_seats(act.session, key(found))), default=1)
    left = [each for label, each in present.items() if label not in wanted]
    for seat, _ in left:
        before = {"state": seat.state, "reason": seat.reason}
        seat.state, seat.reason = SeatState.LEFT, _LEFT
        act.session.add(seat)
        changes.append(Change("seat", key(seat), before, {"state": str(seat.state), "reason": seat.reason}))
    fresh = [inspector for label, inspector in wanted.items() if label not in present]
    for inspector in fresh:
        changes.append(_seat(act, found, inspector, since=since))
    act.session.flush()
    for seat, _ in left:
        asked = change.of_seat(act.session, key(seat))
        if asked is not None and asked.decided_at is None:
            change.settle(act, asked)
    act.record(
        "platform_change",
        "visit",
        found.id,
        before={"team": sorted(present)},
        after={"team": sorted(wanted), "due": found.due.isoformat()},
    )
    if found.state == VisitState.SENT and found.draw_id is not None:
        for inspector in fresh:
            visit.send_cards(act, found.draw_id, inspector, since=since)
        for seat, inspector in left:
            _tell_left(act, found, seat, inspector, since)


def _tell_left(act: Act, found: Visit, seat: Seat, inspector: Inspector, since: int) -> None:
    """Whoever no longer goes must know it before the day."""
    person = act.session.get(Person, inspector.person_id) if inspector.person_id else None
    if person is not None:
        act.tell(
            "platform_left",
            f"platform_left:{seat.id}:{since}",
            person=person,
            dispatcher=act.actor,
            visit=found.id,
        )


def _seat(act: Act, found: Visit, inspector: Inspector, *, since: int) -> Change:
    """A seat, or the one that the inspector left before."""
    old = act.session.exec(select(Seat).where(Seat.visit_id == found.id, Seat.inspector_id == inspector.id)).first()
    sent_at = act.now if found.state == VisitState.SENT else None
    if old is not None:
        before = {"state": old.state, "reason": old.reason}
        old.state, old.reason, old.since, old.sent_at = SeatState.WAITING, "", since, sent_at
        act.session.add(old)
        return Change("seat", key(old), before)
    made = Seat(
        visit_id=key(found), unit_id=inspector.unit_id, inspector_id=key(inspector), since=since, sent_at=sent_at
    )
    act.session.add(made)
    act.session.flush()
    return Change("seat", key(made), None)


def _inspectors(session: Session, rows: list[Mapping[str, Any]]) -> dict[str, Inspector]:
    labels = {label for row in rows for label in row["people"]}
    return {each.label: each for each in session.exec(select(Inspector).where(col(Inspector.label).in_(labels)))}


def _all_seats(session: Session, visit_id: int) -> list[Seat]:
    return list(session.exec(select(Seat).where(Seat.visit_id == visit_id)))


def _moment(act: Act, day: date | None) -> datetime:
    """Noon of the day on which the platform drew; now where the list does not say it."""
    return datetime.combine(day, time(12), SHANGHAI) if day is not None and day < act.now.date() else act.now


def _responsible(act: Act, task: Task) -> Person:
    """Who is told what becomes of it: whoever imports, or on the command line the unit's first staff."""
    if act.actor is not None:
        return act.actor
    for role in (Role.STAFF, Role.ADMIN):
        for person in people.holders(act.session, role, task.unit_id or 0):
            return person
    raise Refused("这个单位还没有工作人员，名单没有人负责。请先增加工作人员。")
