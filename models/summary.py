"""汇总: what is overdue and with whom, what falls due, what waits for a decision; told to leaders once a day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import col, func, select

from models import change, people, result
from models.act import Act, NoRight, key
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
from models.visit import Visit
from models.words import ChangeKind, ChangeState, DrawMode, Role, VisitState

WHO = frozenset({Role.LEADER, Role.STAFF, Role.ADMIN})
# How many working days ahead something is falling due.
SOON = 3
_TO_VISIT = (VisitState.DRAWN, VisitState.SENT, VisitState.RETURNED, VisitState.DISPUTED)


@dataclass(frozen=True)
class Owed:
    """So many of one kind (报送、检查、公示、后续处置) that a unit owes by a day, and of which report or task."""

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
        .where(Visit.state == VisitState.CONFIRMED, col(Task.unit_id).in_(units_of(act)))
    )
    return act.session.exec(found).one(), len(result.waiting_for_review(act))


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
        if any(owed(own)) or leaves(own) or reviews(own)[0]:
            added += act.tell("summary", name, person=leader, day=today.isoformat())
    return added


def _owed(act: Act, units: set[int], until: date) -> Iterator[Owed]:
    names = {unit.id: unit.name for unit in act.session.exec(select(Unit))}
    reports = (
        select(col(Deadline.unit_id), col(Deadline.title), col(Deadline.limit), func.count())
        .where(Deadline.state == DeadlineState.OPEN, Deadline.limit <= until, col(Deadline.unit_id).in_(units))
        .group_by(col(Deadline.unit_id), col(Deadline.title), col(Deadline.limit))
    )
    for unit_id, title, due, count in act.session.exec(reports):
        yield Owed(names[unit_id], "报送", title, due, count)
    scope = (col(Task.unit_id).in_(units), Task.mode != DrawMode.REHEARSAL)
    visits = select(col(Visit.task_id), col(Visit.due), func.count()).join(Task, col(Task.id) == col(Visit.task_id))
    published = (col(Publication.subject) == "visit") & (col(Publication.subject_id) == col(Visit.id))
    of_task = col(Task.id) == col(Visit.task_id)
    kinds = (
        (
            "检查",
            visits.where(*scope, col(Visit.state).in_(_TO_VISIT), Visit.due <= until).group_by(
                col(Visit.task_id), col(Visit.due)
            ),
        ),
        (
            "公示",
            select(col(Visit.task_id), col(Publication.due), func.count())
            .join(Task, of_task)
            .join(Publication, published)
            .where(*scope, Visit.state == VisitState.PASSED, Publication.due <= until)
            .where(col(Publication.done_on).is_(None))
            .group_by(col(Visit.task_id), col(Publication.due)),
        ),
        (
            "后续处置",
            select(col(Visit.task_id), col(Followup.due), func.count())
            .join(Task, of_task)
            .join(Followup, col(Followup.visit_id) == col(Visit.id))
            .where(*scope, col(Followup.closed_at).is_(None), Followup.due <= until)
            .group_by(col(Visit.task_id), col(Followup.due)),
        ),
    )
    for kind, statement in kinds:
        for task_id, due, count in act.session.exec(statement):
            task = act.session.get_one(Task, task_id)
            yield Owed(names[task.unit_id], kind, task.name, due, count)
