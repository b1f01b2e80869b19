"""报送情况: who has handed in and who has not, chasing those who have not, and the letter that says so."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, select

from models import duty, people, reminder
from models.act import Act, NoRight, Refused, key
from models.audit import Audit
from models.base import SHANGHAI
from models.duty import Deadline, DeadlineState
from models.holidays import calendar
from models.people import Grant, Person, Unit
from models.views import ChaseView, MissingReportView
from models.words import Role

# What staff still look at after its limit, and how far ahead.
_BACK, _AHEAD = timedelta(days=45), timedelta(days=31)
STAFF = frozenset({Role.STAFF, Role.ADMIN})


@dataclass(frozen=True)
class Collected:
    """One report of one period over all units: `reported` (unit, when, days late), `missing` (unit, deadline id)."""

    code: str
    title: str
    period: str
    aim: date
    limit: date
    estimated: bool
    reported: tuple[tuple[str, datetime, int], ...]
    missing: tuple[tuple[str, int], ...]
    # Whether it is time to chase: the aim is past or within the first stage of the reminders.
    near: bool
    # One of its deadlines, and its period as the rows have it.
    deadline_id: int = 0
    raw_period: str = ""


def collection(act: Act) -> list[Collected]:
    """Who has and who has not, for each report around today, by limit; every unit that owes it is listed."""
    today = act.now.astimezone(SHANGHAI).date()
    rows = act.session.exec(
        select(Deadline, Unit.name)
        .join(Unit, col(Unit.id) == col(Deadline.unit_id))
        .where(people.among(act.session, col(Deadline.unit_id), units_of(act)))
        .where(Deadline.limit >= today - _BACK, Deadline.limit <= today + _AHEAD)
        .order_by(col(Deadline.limit), col(Deadline.code), col(Deadline.unit_id))
    )
    groups: dict[tuple[date, str, str], list[tuple[Deadline, str]]] = {}
    for row, unit in rows:
        groups.setdefault((row.limit, row.code, row.period), []).append((row, unit))
    soon = _soon(act)
    return [_collected(group, soon) for group in groups.values()]


def _collected(group: list[tuple[Deadline, str]], soon: date) -> Collected:
    first = group[0][0]
    reported, missing = [], []
    for row, unit in group:
        if row.state == DeadlineState.REPORTED and row.reported_at is not None:
            at = row.reported_at.astimezone(SHANGHAI)
            reported.append((unit, at, max(0, (at.date() - row.limit).days)))
        else:
            missing.append((unit, key(row)))
    return Collected(
        code=first.code,
        title=first.title,
        period=duty.period_text(first),
        aim=first.aim,
        limit=first.limit,
        estimated=any(row.estimated for row, _ in group),
        reported=tuple(reported),
        missing=tuple(missing),
        near=first.aim <= soon,
        deadline_id=key(first),
        raw_period=first.period,
    )


def chase(act: Act) -> list[Person]:
    """催报: a message to the 联络员 of each unit that owes a report whose aim is near or past; once a day each.

    Returns who is told now. Those who have handed in are not.
    """
    today = act.now.astimezone(SHANGHAI).date()
    soon = _soon(act)
    told: list[Person] = []
    units = units_of(act)
    for unit_id, rows in _owing(act, units, soon).items():
        for person in duty.liaisons(act.session, unit_id):
            items = [{"deadline": key(row), "stage": "chase", "as": "liaison"} for row in rows]
            mark = f"chase:{unit_id}:{person.id}:{today.isoformat()}"
            if act.tell(
                "reminder",
                mark,
                person=person,
                dispatcher=act.actor,
                not_before=reminder.awake(act),
                day=today.isoformat(),
                items=items,
            ):
                told.append(person)
                act.record("chase", "unit", unit_id, after={"deadlines": [key(row) for row in rows]})
    return told


def chase_letter(act: Act, unit_id: int) -> ChaseView:
    """催报通知 to one unit; refused where it owes nothing. The letter's number is left to be given at signing."""
    act.require(STAFF, unit_id)
    today = act.now.astimezone(SHANGHAI).date()
    days = calendar(act.session)
    unit = act.session.get_one(Unit, unit_id)
    rows = _owing(act, {unit_id}, _soon(act)).get(unit_id, [])
    if not rows:
        raise Refused(f"{unit.name}没有要催报的事项。")
    root = people.lineage(act.session, unit_id)[-1]
    office = act.policy.office
    clauses = dict.fromkeys(act.policy.clause(f"duties.{row.code}") for row in rows if act.policy.duty(row.code))
    # Taken again on one day it is the same letter: reminders are counted by their days.
    asked = act.session.exec(select(Audit.at).where(Audit.verb == "chase_letter", Audit.subject_id == unit_id))
    before = {each.astimezone(SHANGHAI).date() for each in asked}
    if today not in before:
        act.record("chase_letter", "unit", unit_id, after={"deadlines": [key(row) for row in rows]})
    return ChaseView(
        office=root.name,
        sample=root.sample,
        rehearsal=False,
        number="",
        number_word="" if root.sample else office.letter_code,
        issued=today,
        unit=unit.name,
        times=len(before - {today}) + 1,
        basis="；".join(clause for clause in clauses if clause) or str(act.policy.source),
        missing=tuple(
            MissingReportView(
                name=f"{duty.period_text(row)}{row.title}",
                period=duty.period_text(row),
                due=row.limit,
                estimated=row.estimated,
                overdue_workdays=days.count(row.limit, today) if today > row.limit else 0,
            )
            for row in rows
        ),
        reply_by=days.add(today, 1).date,
        channel="本助手的私聊",
        zero_allowed=True,
        contact_name=act.person.name,
        contact_phone="",
    )


def _soon(act: Act) -> date:
    """The last aim that is chased today: as many working days ahead as the first reminder."""
    today = act.now.astimezone(SHANGHAI).date()
    return calendar(act.session).add(today, max(act.policy.reminders.stages)).date


def units_of(act: Act) -> set[int]:
    """The units for whose collection the actor answers; NoRight where there are none."""
    granted = act.session.exec(
        select(Grant.unit_id).where(Grant.person_id == act.person_id, col(Grant.role).in_(STAFF)).distinct()
    )
    found = {unit_id for top in granted for unit_id in people.below(act.session, top)}
    if not found:
        raise NoRight
    return found


def _owing(act: Act, units: set[int], soon: date) -> dict[int, list[Deadline]]:
    """Open deadlines by unit whose aim is not after `soon`."""
    found: dict[int, list[Deadline]] = {}
    for row in act.session.exec(
        select(Deadline)
        .where(Deadline.state == DeadlineState.OPEN, Deadline.aim <= soon, col(Deadline.unit_id).in_(units))
        .order_by(col(Deadline.unit_id), col(Deadline.limit), col(Deadline.code))
    ):
        found.setdefault(row.unit_id, []).append(row)
    return found
