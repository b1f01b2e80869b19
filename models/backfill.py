"""平台回填: what was found must be entered on the platform too where the platform drew, each with its due date (S4)."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models import holidays, people, result, visit
from models.act import Act, Refused, key
from models.base import SHANGHAI, Instant
from models.entity import Entity
from models.followup import Followup, words_of
from models.people import Person
from models.plan import Task
from models.visit import Visit
from models.words import Category, DrawMode, Measure, Role, VisitState, chinese, method_word

RESULT = "visit"
FOLLOWUP = "followup"


class Backfill(SQLModel, table=True):
    """One result (`visit`) or one closed measure (`followup`) that must be entered on the platform by `due`."""

    __table_args__ = (UniqueConstraint("subject", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str
    subject_id: int
    visit_id: int = Field(foreign_key="visit.id", index=True)
    due: date
    # The calendar of that year is not published yet: 暂估.
    estimated: bool = False
    done_on: date | None = None
    done_by: int | None = Field(default=None, foreign_key="person.id")
    registered_at: datetime | None = Field(default=None, sa_type=Instant)


def owe(act: Act) -> list[Backfill]:
    """Write down what is owed and was not yet: passed results and closed measures of tasks drawn on the platform.

    Due so many working days after the day on which the result was passed or the measure closed (profile,
    `backfill_days`); nothing where the profile has no platform. Safe to repeat; returns what is new.
    """
    days = act.policy.backfill_days
    if days is None:
        return []
    units = _units(act)
    known = set(act.session.exec(select(Backfill.subject, Backfill.subject_id)))
    calendar = holidays.calendar(act.session)
    made = []
    for subject, subject_id, visit_id, unit_id, since in (*_passed(act.session), *_closed(act.session)):
        if (subject, subject_id) in known or unit_id not in units:
            continue
        day = calendar.add(since.astimezone(SHANGHAI).date(), days)
        row = Backfill(subject=subject, subject_id=subject_id, visit_id=visit_id, due=day.date, estimated=day.estimated)
        act.session.add(row)
        made.append(row)
    act.session.flush()
    return made


def pending(act: Act) -> list[tuple[Backfill, Visit, Task, Entity]]:
    """What waits to be entered on the platform, of the tasks that the actor may see, the most urgent first."""
    found = act.session.exec(
        select(Backfill, Visit, Task, Entity)
        .join(Visit, col(Visit.id) == col(Backfill.visit_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .join(Entity, col(Entity.id) == col(Visit.entity_id))
        .where(col(Backfill.done_on).is_(None))
        .order_by(col(Backfill.due), col(Backfill.id))
    )
    staff = {Role.STAFF, Role.ADMIN}
    return [(row, seen, task, who) for row, seen, task, who in found if act.may(staff, task.unit_id or 0)]


def get(act: Act, backfill_id: int) -> tuple[Backfill, Visit, Task]:
    """One of them, for staff of the task's unit."""
    row = act.session.get(Backfill, backfill_id)
    if row is None:
        raise Refused("没有找到这项回填。")
    found = visit.get(act.session, row.visit_id)
    task = act.session.get_one(Task, found.task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    return row, found, task


def done(act: Act, backfill_id: int) -> Backfill:
    """已回填: it stands on the platform now."""
    row, _, _ = get(act, backfill_id)
    if row.done_on is not None:
        raise Refused("这一项已经登记为回填，没有再改动。")
    row.done_on, row.done_by, row.registered_at = act.now.date(), act.person_id, act.now
    act.session.add(row)
    act.record("backfill", row.subject, row.subject_id, after={"due": row.due.isoformat()})
    return row


def values(session: Session, found: Visit, followup_id: int | None = None) -> dict[str, str]:
    """What the platform asks for, as text by field (templates.columns.RESULT); of one measure where it is named."""
    task = session.get_one(Task, found.task_id)
    entity = session.get_one(Entity, found.entity_id)
    row = result.latest(session, key(found))
    members = [inspector for _, inspector in visit.team(session, key(found))]
    measures = list(session.exec(select(Followup).where(Followup.visit_id == found.id).order_by(col(Followup.id))))
    shown = [each for each in measures if followup_id is None or each.id == followup_id]
    return {
        "plan_no": task.plan_no,
        "task_no": task.task_no,
        "task_name": task.name,
        "label": entity.label,
        "name": entity.name,
        "inspectors": "、".join(each.name for each in members),
        "certificates": "、".join(each.label for each in members),
        "checked_on": row.checked_on.isoformat() if row else "",
        "findings": row.findings if row else "",
        "methods": "；".join(map(method_word, row.methods)) if row else "",
        "categories": _words(Category, row.categories) if row else "",
        "measures": _measures(row.measures if row else [], shown),
        "state": _state(found, measures),
        "closed": "；".join(f"{each.closed_at:%Y-%m-%d} {each.note}" for each in shown if each.closed_at),
    }


def _measures(measures: Iterable[str], followups: list[Followup]) -> str:
    if followups:
        return "；".join(words_of(each) for each in followups)
    return _words(Measure, measures)


def _state(found: Visit, measures: list[Followup]) -> str:
    """未完结 or 已完结, as the platform has it: without a measure it is done at once (DOMAIN §2.2)."""
    if found.state not in {VisitState.PASSED, VisitState.PUBLISHED}:
        return ""
    return "未完结" if any(each.closed_at is None for each in measures) else "已完结"


def _words(kind: type[Category] | type[Measure], given: Iterable[str]) -> str:
    return "；".join(chinese(kind(each)) for each in given)


def _units(act: Act) -> set[int | None]:
    """Units that follow the act's profile: each profile has days of its own."""
    ids = act.session.exec(select(Task.unit_id).where(Task.mode == DrawMode.PLATFORM).distinct()).all()
    names = {unit_id: people.policy_name(act.session, unit_id) if unit_id else None for unit_id in ids}
    return {unit_id for unit_id, name in names.items() if name in (None, act.policy.name)}


_Owed = tuple[str, int, int, int | None, datetime]


def _passed(session: Session) -> list[_Owed]:
    found = session.exec(
        select(Visit.id, Task.unit_id, Visit.passed_at)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(Task.mode == DrawMode.PLATFORM, col(Visit.passed_at).is_not(None), Visit.state != VisitState.CANCELLED)
        .order_by(col(Visit.id))
    )
    return [(RESULT, visit_id or 0, visit_id or 0, unit_id, at) for visit_id, unit_id, at in found if at is not None]


def _closed(session: Session) -> list[_Owed]:
    found = session.exec(
        select(Followup.id, Followup.visit_id, Task.unit_id, Followup.closed_at)
        .join(Visit, col(Visit.id) == col(Followup.visit_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(Task.mode == DrawMode.PLATFORM, col(Followup.closed_at).is_not(None))
        .order_by(col(Followup.id))
    )
    return [(FOLLOWUP, row_id or 0, visit_id, unit_id, at) for row_id, visit_id, unit_id, at in found if at is not None]


def dispatcher(session: Session, found: Visit) -> Person | None:
    """Whoever sent the task out enters it on the platform."""
    return session.get(Person, found.dispatcher_id) if found.dispatcher_id else None
