"""提醒: what falls due is said in stages, once, folded into one message a person and a day (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import UniqueConstraint, update
from sqlmodel import Field, Session, SQLModel, col, select

from models import duty, taskdue
from models.act import Act, key
from models.base import SHANGHAI, Instant
from models.duty import Deadline, DeadlineState
from models.holidays import calendar
from models.people import Grant, Person, Unit
from models.policy import Reminders
from models.taskdue import Kind, TaskDue
from models.words import Role
from models.workdays import Calendar

# A certificate takes weeks to renew: working days before it ends.
CERTIFICATE_STAGES = (40, 20, 5, 0)
Item = dict[str, str | int]


class Reminder(SQLModel, table=True):
    """One reminder of a report that was made: unique, so that no restart and no second tick makes it again."""

    __table_args__ = (UniqueConstraint("deadline_id", "due", "stage", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    deadline_id: int = Field(foreign_key="deadline.id", index=True)
    due: date
    stage: str
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime = Field(sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)


class TaskReminder(SQLModel, table=True):
    """One reminder of what a task owes, unique in the same way; `subject_id` is the task's or the inspector's id."""

    __tablename__ = "task_reminder"
    __table_args__ = (UniqueConstraint("kind", "subject_id", "due", "stage", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject_id: int
    due: date
    stage: str
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class Escalated:
    """A report that a leader is told of: overdue since `limit` by `late` working days."""

    deadline: Deadline
    unit: str
    late: int


def stage_on(aim: date, limit: date, today: date, stages: Iterable[int], days: Calendar) -> str | None:
    """Which reminder is the current one on a day: `5`, `3`, `1`, `0` before the aim, `+1`, `+2`, … past the limit."""
    if today > limit:
        late = days.count(limit, today)
        return f"+{late}" if late else None
    passed = [stage for stage in stages if days.back(aim, stage).date <= today]
    return str(min(passed)) if passed else None


def tick(act: Act) -> int:
    """Queue every reminder that is due at `act.now`; returns how many messages were added.

    A reminder goes out from the profile's hour on, outside the quiet hours. Of several stages that were missed only the
    current one is sent. On a day of rest a missed one waits for the next working day, unless the limit is nearer.
    What a leader is told of is only marked here: the day's summary says it, so that a leader gets one message a day.
    """
    now = act.now.astimezone(SHANGHAI)
    today, rules = now.date(), act.policy.reminders
    for year in sorted({today.year, (today + timedelta(days=60)).year}):
        duty.plan_year(act, year)
    if not speaks(rules, now):
        return 0
    days = calendar(act.session)
    if _newly_known(act.session, days, today):
        duty.recompute(act)
    crew = _Crew(act)
    folded: dict[int, tuple[Person, list[Item]]] = {}
    for person, item in [*_reports(act, crew, days, today), *_tasks(act, crew, days, today)]:
        folded.setdefault(key(person), (person, []))[1].append(item)
    for person, items in folded.values():
        staff = [each for each in crew.holders(Role.STAFF, person.unit_id) if each.id != person.id]
        first = items[0]
        name = f"{first.get('deadline') or '{kind}:{subject}:{due}'.format(**first)}:{first['stage']}"
        act.tell(
            "reminder",
            f"reminder:{person.id}:{today.isoformat()}:{name}",
            person=person,
            dispatcher=staff[0] if staff else None,
            day=today.isoformat(),
            items=items,
        )
    return len(folded)


def speaks(rules: Reminders, now: datetime) -> bool:
    """Whether reminders go out at a local time: from the profile's hour on, outside the quiet hours."""
    return now.hour >= rules.hour and not rules.is_quiet(now.time())


def awake(act: Act) -> datetime:
    """Now, or the end of the quiet hours where it is quiet."""
    rules, now = act.policy.reminders, act.now.astimezone(SHANGHAI)
    if not rules.is_quiet(now.time()):
        return now
    end = datetime.combine(now.date(), rules.quiet_until, SHANGHAI)
    return end if end > now else end + timedelta(days=1)


def acknowledge(act: Act, deadline_ids: Iterable[int]) -> int:
    """知道了: the person has read the reminders so far; later stages still come. Returns how many were marked."""
    done = act.session.execute(
        update(Reminder)
        .where(
            col(Reminder.person_id) == act.person_id,
            col(Reminder.deadline_id).in_(list(deadline_ids)),
            col(Reminder.acknowledged_at).is_(None),
        )
        .values(acknowledged_at=act.now)
        .returning(col(Reminder.id))
    )
    marked = sorted(row.id for row in done)
    if marked:
        act.record("acknowledge", "reminder", marked[0], after={"reminders": marked})
    return len(marked)


def escalated(act: Act, day: date) -> list[Escalated]:
    """What the actor, a leader, is told of on a day and nobody has handed in yet, the longest overdue first."""
    found = (
        select(Deadline, Unit.name)
        .join(Reminder, col(Reminder.deadline_id) == col(Deadline.id))
        .join(Unit, col(Unit.id) == col(Deadline.unit_id))
        .where(Reminder.person_id == act.person_id, col(Reminder.stage).startswith("+"), Reminder.at >= _start(day))
        .where(Deadline.state == DeadlineState.OPEN, Reminder.at < _start(day + timedelta(days=1)))
        .order_by(col(Deadline.limit), col(Deadline.code), col(Deadline.unit_id))
    )
    days = calendar(act.session)
    return [Escalated(row, unit, days.count(row.limit, day)) for row, unit in act.session.exec(found)]


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _reports(act: Act, crew: _Crew, days: Calendar, today: date) -> Iterator[tuple[Person, Item]]:
    """Who is reminded now of which report, each for the first time at this stage; leaders are marked only."""
    rules = act.policy.reminders
    wanted: dict[tuple[int, str, int], tuple[Deadline, Person, str]] = {}
    for aim, limit in _open_dates(act.session, days.add(today, max(rules.stages)).date):
        stage = _stage_now(aim, limit, today, rules.stages, days)
        if stage is None:
            continue
        overdue = int(stage) if stage.startswith("+") else 0
        for row in _not_yet(act.session, aim, limit, stage):
            if not crew.follows(row.unit_id):
                continue
            for person in crew.liaisons(row.unit_id):
                wanted.setdefault((key(row), stage, key(person)), (row, person, "liaison"))
            if overdue >= rules.leader_after:
                for person in crew.holders(Role.LEADER, row.unit_id):
                    wanted.setdefault((key(row), stage, key(person)), (row, person, "leader"))
    for mark in _remember(act, wanted):
        row, person, role = wanted[mark]
        if role != "leader":
            yield person, {"deadline": key(row), "stage": mark[1]}


def _tasks(act: Act, crew: _Crew, days: Calendar, today: date) -> Iterator[tuple[Person, Item]]:
    """Who is reminded now of what a task owes, each for the first time at this stage."""
    stages = act.policy.reminders.stages
    horizon, far = (days.add(today, max(each)).date for each in (stages, CERTIFICATE_STAGES))
    wanted: dict[tuple[str, int, date, str, int], tuple[TaskDue, Person, str]] = {}
    for each in taskdue.until(act.session, horizon, far):
        own = CERTIFICATE_STAGES if each.kind == Kind.CERTIFICATE else stages
        stage = _stage_now(days.until(each.due).date, each.due, today, own, days)
        if stage is None or not crew.follows(each.unit_id):
            continue
        # An expired certificate is among what needs attention in the register; nobody is told of it each day.
        if each.kind == Kind.CERTIFICATE and stage.startswith("+"):
            continue
        for person in crew.owing(each):
            wanted.setdefault((each.kind, each.subject_id, each.due, stage, key(person)), (each, person, stage))
    fields = ("kind", "subject_id", "due", "stage", "person_id")
    rows = [dict(zip(fields, mark, strict=True)) | {"at": act.now} for mark in wanted]
    added = set(duty.insert_new(act.session, TaskReminder, rows, list(fields)))
    if not added:
        return
    fresh = {
        (row.kind, row.subject_id, row.due, row.stage, row.person_id)
        for row in act.session.exec(select(TaskReminder).where(TaskReminder.at == act.now))
        if row.id in added
    }
    for mark, (each, person, stage) in wanted.items():
        if mark in fresh:
            yield (
                person,
                {"kind": each.kind.value, "subject": each.subject_id, "due": each.due.isoformat(), "stage": stage},
            )


def _stage_now(aim: date, limit: date, today: date, stages: Iterable[int], days: Calendar) -> str | None:
    """The stage to be said today; on a day of rest None, unless nothing could be said in time afterwards."""
    if not days.is_working(today) and (today > limit or days.add(today, 1).date <= limit):
        return None
    return stage_on(aim, limit, today, stages, days)


class _Crew:
    """Who is told for which unit, looked up once in a tick: thousands of units fall due on the same day."""

    def __init__(self, act: Act) -> None:
        self.policy = act.policy.name
        self.units = {unit.id: unit for unit in act.session.exec(select(Unit))}
        self.people: dict[int | None, Person] = {}
        self.granted: dict[tuple[str, int], list[Person]] = {}
        for person in act.session.exec(select(Person).where(col(Person.active)).order_by(col(Person.id))):
            self.people[person.id] = person
        found = select(Grant).where(col(Grant.role).in_([Role.LIAISON, Role.STAFF, Role.LEADER]))
        for grant in act.session.exec(found.order_by(col(Grant.person_id))):
            if grant.person_id in self.people:
                self.granted.setdefault((grant.role, grant.unit_id), []).append(self.people[grant.person_id])

    def lineage(self, unit_id: int) -> Iterator[Unit]:
        """The unit and all above it."""
        current: int | None = unit_id
        while current is not None and (unit := self.units.get(current)) is not None:
            yield unit
            current = unit.parent_id

    def follows(self, unit_id: int) -> bool:
        """Whether the unit follows the act's profile; one that lost its 联络员 still owes what was planned."""
        return next((unit.policy for unit in self.lineage(unit_id) if unit.policy), self.policy) == self.policy

    def holders(self, role: Role, unit_id: int) -> list[Person]:
        """Those with the role in the unit, or in the nearest one above that has any."""
        return next((found for unit in self.lineage(unit_id) if (found := self.granted.get((role, key(unit))))), [])

    def liaisons(self, unit_id: int) -> list[Person]:
        """See `duty.liaisons`."""
        return self.granted.get((Role.LIAISON, unit_id)) or self.holders(Role.STAFF, unit_id)

    def owing(self, each: TaskDue) -> list[Person]:
        """Who owes it, or, where that is nobody who can be told, the staff; of a certificate both hear."""
        own = self.people.get(each.person_id) if each.person_id is not None else None
        if each.kind == Kind.CERTIFICATE:
            staff = self.holders(Role.STAFF, each.unit_id)
            return [*([own] if own else []), *(person for person in staff if person is not own)]
        return [own] if own else self.holders(Role.STAFF, each.unit_id)


def _newly_known(session: Session, days: Calendar, today: date) -> bool:
    """Whether there is an open deadline that was estimated and whose year is known by now."""
    found = select(Deadline.id).where(
        col(Deadline.estimated),
        Deadline.state == DeadlineState.OPEN,
        col(Deadline.moved).is_(None),
        Deadline.limit >= today,
        Deadline.limit <= days.known_until,
    )
    return session.exec(found.limit(1)).first() is not None


def _open_dates(session: Session, horizon: date) -> list[tuple[date, date]]:
    """Each aim and limit of what is open and may be reminded of, the nearest first."""
    found = select(col(Deadline.aim), col(Deadline.limit)).where(
        Deadline.state == DeadlineState.OPEN, Deadline.aim <= horizon
    )
    return list(session.exec(found.distinct().order_by(col(Deadline.aim), col(Deadline.limit))))


def _not_yet(session: Session, aim: date, limit: date, stage: str) -> list[Deadline]:
    """The open deadlines of these dates of which nobody was reminded at this stage."""
    made = select(Reminder.id).where(
        Reminder.deadline_id == Deadline.id, Reminder.due == Deadline.aim, Reminder.stage == stage
    )
    found = select(Deadline).where(
        Deadline.state == DeadlineState.OPEN, Deadline.aim == aim, Deadline.limit == limit, ~made.exists()
    )
    return list(session.exec(found.order_by(col(Deadline.code), col(Deadline.unit_id))))


def _remember(act: Act, wanted: dict[tuple[int, str, int], tuple[Deadline, Person, str]]) -> list[tuple[int, str, int]]:
    """Write the reminders down; returns those that no other process wrote before, in the given order."""
    rows = [
        {"deadline_id": deadline_id, "due": row.aim, "stage": stage, "person_id": person_id, "at": act.now}
        for (deadline_id, stage, person_id), (row, _, _) in wanted.items()
    ]
    added = duty.insert_new(act.session, Reminder, rows, ["deadline_id", "due", "stage", "person_id"])
    fresh = set()
    for start in range(0, len(added), 2000):
        found = select(Reminder).where(col(Reminder.id).in_(added[start : start + 2000]))
        fresh |= {(row.deadline_id, row.stage, row.person_id) for row in act.session.exec(found)}
    return [mark for mark in wanted if mark in fresh]
