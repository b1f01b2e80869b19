"""汇总: what is overdue and with whom, what falls due, what waits for a decision; told to leaders once a day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy
from sqlalchemy import case
from sqlmodel import col, func, select

from models import change, people, planversion, publishing, result
from models.act import Act, NoRight, key
from models.backfill import Backfill
from models.base import SHANGHAI
from models.change import Change
from models.duty import Deadline, DeadlineState
from models.entity import Entity
from models.followup import Followup
from models.holidays import calendar
from models.inspector import Inspector
from models.outbox import Outbox
from models.people import Grant, Person, Unit
from models.plan import Task
from models.publication import Publication
from models.report import Report, ReportState
from models.visit import Visit
from models.words import ChangeKind, ChangeState, DrawMode, Role, VisitState

WHO = frozenset({Role.LEADER, Role.STAFF, Role.ADMIN})
# How many working days ahead something is falling due.
SOON = 3
_TO_VISIT = (VisitState.DRAWN, VisitState.SENT, VisitState.RETURNED, VisitState.DISPUTED)


@dataclass(frozen=True)
class Owed:
    """So many of one kind (报送、检查、公示、后续处置 …) that a unit owes by a day, and of which report or task."""

    unit: str
    kind: str
    what: str
    due: date
    count: int


@dataclass(frozen=True)
class Leave:
    """A request to leave a team that nobody has decided; `may` says whether the actor can."""

    change_id: int
    name: str
    what: ChangeKind
    entity: str
    task: str
    may: bool


def units_of(act: Act) -> set[int]:
    """The units that the actor looks after, with all below them; NoRight where there are none."""
    granted = act.session.exec(
        select(Grant.unit_id).where(Grant.person_id == act.person_id, col(Grant.role).in_(WHO)).distinct()
    )
    found = {unit_id for top in granted for unit_id in people.below(act.session, top)}
    if not found:
        raise NoRight
    return found


def owed(act: Act) -> tuple[list[Owed], list[Owed]]:
    """What is overdue, and what falls due within `SOON` working days, each by day and unit. Rehearsals are left out."""
    today = act.now.astimezone(SHANGHAI).date()
    soon = calendar(act.session).add(today, SOON).date
    found = sorted(_owed(act, units_of(act), soon), key=lambda each: (each.due, each.unit, each.kind, each.what))
    return [each for each in found if each.due < today], [each for each in found if each.due >= today]


@dataclass(frozen=True)
class Ahead:
    """So many of one kind that fall due on one day over all units; `estimated` marks a day that is 暂估."""

    due: date
    what: str
    count: int
    estimated: bool = False


def ahead(act: Act, days: int) -> list[Ahead]:
    """What is overdue or falls due within so many days, one entry for each report or kind and day, by day."""
    until = act.now.astimezone(SHANGHAI).date() + timedelta(days=days)
    units = units_of(act)
    reports = (
        select(col(Deadline.limit), col(Deadline.title), func.count(), func.max(case((col(Deadline.estimated), 1))))
        .where(
            Deadline.state == DeadlineState.OPEN,
            Deadline.limit <= until,
            people.among(act.session, col(Deadline.unit_id), units),
        )
        .group_by(col(Deadline.limit), col(Deadline.title))
    )
    found = [Ahead(due, title, n, bool(guess)) for due, title, n, guess in act.session.exec(reports)]
    for kind, (due, statement) in _of_tasks(act, units, until).items():
        tasks, name = func.count(col(Task.id).distinct()), func.min(Task.name)
        counted = statement.with_only_columns(due, tasks, name, func.count()).group_by(due)
        for day, how_many, first, n in act.session.execute(counted):
            found.append(Ahead(day, f"{kind}：{first}{f'等 {how_many} 项任务' if how_many > 1 else ''}", n))
    for each in publishing.beside_results(act.session, until):
        if each.unit_id in units:
            found.append(
                Ahead(each.due, f"{publishing.NAMES[each.kind]}公示：{each.title}", each.count, each.estimated)
            )
    return sorted(found, key=lambda each: (each.due, each.what))


def leaves(act: Act) -> list[Leave]:
    """待批: requests to change who goes or who is visited in the actor's units, the oldest first."""
    units = units_of(act)
    found = []
    asked = select(Change).where(Change.state == ChangeState.ASKED).order_by(col(Change.asked_at), col(Change.id))
    for each in act.session.exec(asked):
        visits = [one for one, _ in change.places(act.session, key(each), live=True)]
        task = act.session.get_one(Task, visits[0].task_id)
        if task.unit_id not in units:
            continue
        leaver = act.session.get(Inspector, each.inspector_id) if each.inspector_id else None
        person = act.session.get(Person, each.behalf_id or each.asked_by)
        first = act.session.get_one(Entity, visits[0].entity_id).name
        found.append(
            Leave(
                change_id=key(each),
                name=leaver.name if leaver is not None else person.name if person is not None else "—",
                what=ChangeKind(each.kind),
                entity=first if len(visits) == 1 else f"{first}等 {len(visits)} 户",
                task=task.name,
                may=act.person_id not in {each.asked_by, leaver.person_id if leaver is not None else None}
                and act.may({Role.STAFF, Role.ADMIN}, task.unit_id or 0),
            )
        )
    return found


def reviews(act: Act) -> tuple[int, int]:
    """待复核: how many results wait in the actor's units, and how many of all the actor may review."""
    found = (
        select(func.count())
        .select_from(Visit)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(Visit.state == VisitState.CONFIRMED, people.among(act.session, col(Task.unit_id), units_of(act)))
    )
    return act.session.exec(found).one(), len(result.waiting_for_review(act))


def reports(act: Act) -> int:
    """How many reports of the actor's units are handed in and not judged yet."""
    handed = (Report.state == ReportState.HANDED, people.among(act.session, col(Report.unit_id), units_of(act)))
    return act.session.exec(select(func.count()).select_from(Report).where(*handed)).one()


def waiting(act: Act) -> int:
    """待批: how much waits for a decision in the actor's units. Reports are the staff's daily work: they are listed,
    and no leader is told each morning that they are not through yet.
    """
    return len(leaves(act)) + len(planversion.pending(act)) + reviews(act)[0]


def tick(act: Act) -> int:
    """Queue today's summary for each leader of the profile: on working days from its hour on, once, if there is reason.

    Returns how many were added. At most one a day by the message's key, whatever restarts or doubled ticks there are.
    """
    now = act.now.astimezone(SHANGHAI)
    today, rules = now.date(), act.policy.reminders
    if now.hour < rules.hour or rules.is_quiet(now.time()) or not calendar(act.session).is_working(today):
        return 0
    added = 0
    for leader in people.with_role(act.session, Role.LEADER):
        name = f"summary:{leader.id}:{today.isoformat()}"
        if people.policy_name(act.session, leader.unit_id) not in (None, act.policy.name):
            continue
        if act.session.exec(select(Outbox.id).where(Outbox.key == name)).first() is not None:
            continue
        own = replace(act, actor=leader)
        if any(owed(own)) or waiting(own):
            added += act.tell("summary", name, person=leader, day=today.isoformat())
    return added


def _owed(act: Act, units: set[int], until: date) -> Iterator[Owed]:
    names = dict(act.session.exec(select(Unit.id, Unit.name)).all())
    reports = (
        select(col(Deadline.unit_id), col(Deadline.title), col(Deadline.limit), func.count())
        .where(
            Deadline.state == DeadlineState.OPEN,
            Deadline.limit <= until,
            people.among(act.session, col(Deadline.unit_id), units),
        )
        .group_by(col(Deadline.unit_id), col(Deadline.title), col(Deadline.limit))
    )
    for unit_id, title, due, count in act.session.exec(reports):
        yield Owed(names[unit_id], "报送", title, due, count)
    for kind, (due, statement) in _of_tasks(act, units, until).items():
        task = (col(Task.id), col(Task.unit_id), col(Task.name))
        counted = statement.with_only_columns(*task, due, func.count()).group_by(*task, due)
        for _, unit_id, name, day, count in act.session.execute(counted):
            yield Owed(names[unit_id], kind, name, day, count)
    for each in publishing.beside_results(act.session, until):
        if each.unit_id in units:
            kind = publishing.NAMES[each.kind] + "公示"
            yield Owed(names[each.unit_id], kind, each.title, each.due, each.count)


def _of_tasks(act: Act, units: set[int], until: date) -> dict[str, tuple[Any, Any]]:
    """What tasks owe by a day, by kind: the column of the day, and what is open. Rehearsals owe nothing."""
    of_task = sqlalchemy.select(Task).join(Visit, col(Visit.task_id) == col(Task.id))
    of_task = of_task.where(people.among(act.session, col(Task.unit_id), units), col(Task.mode) != DrawMode.REHEARSAL)
    published = (col(Publication.subject) == "visit") & (col(Publication.subject_id) == col(Visit.id))
    return {
        "检查": (col(Visit.due), of_task.where(col(Visit.state).in_(_TO_VISIT), col(Visit.due) <= until)),
        "公示": (
            col(Publication.due),
            of_task.join(Publication, published)
            .where(col(Visit.state) == VisitState.PASSED, col(Publication.due) <= until)
            .where(col(Publication.done_on).is_(None)),
        ),
        "平台回填": (
            col(Backfill.due),
            of_task.join(Backfill, col(Backfill.visit_id) == col(Visit.id)).where(
                col(Backfill.done_on).is_(None), col(Backfill.due) <= until
            ),
        ),
        "后续处置": (
            col(Followup.due),
            of_task.join(Followup, col(Followup.visit_id) == col(Visit.id)).where(
                col(Followup.closed_at).is_(None), col(Followup.due) <= until
            ),
        ),
    }
