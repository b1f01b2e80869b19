"""The turn of the year: the administrator sees the coming year's dates and confirms them once (DESIGN §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Field, Session, SQLModel, col, func, select

from models import duty, people, reminder
from models.act import Act, Refused, key
from models.base import SHANGHAI, Instant
from models.duty import Deadline
from models.holidays import calendar
from models.words import Role

# From this day on the next year's dates are put before the administrator; the year's notice is usually out by then.
ASKED_FROM = (12, 10)


class ConfirmedYear(SQLModel, table=True):
    """The dates of a year, confirmed for an office and all below it."""

    __tablename__ = "confirmed_year"

    unit_id: int = Field(primary_key=True, foreign_key="unit.id")
    year: int = Field(primary_key=True)
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True)
class YearDate:
    """One date of a year's duties, owed by `units` units; `aim` is the working day to aim at, `estimated` is 暂估."""

    title: str
    aim: date
    limit: date
    estimated: bool
    moved: bool
    units: int


def dates(session: Session, year: int) -> list[YearDate]:
    """The dates of a year over all units, by limit; what some units have otherwise is a line of its own."""
    same = (col(Deadline.limit), col(Deadline.title), col(Deadline.aim))
    found = select(func.min(Deadline.id), func.count()).where(Deadline.year == year).group_by(*same).order_by(*same)
    shown = []
    for first, count in session.exec(found):
        row = session.get_one(Deadline, first)
        shown.append(YearDate(row.title, row.aim, row.limit, row.estimated, row.moved is not None, count))
    return shown


def confirmed(session: Session, year: int) -> ConfirmedYear | None:
    """Who confirmed the year for the office, and when."""
    office = people.root(session)
    return session.get(ConfirmedYear, (office.id, year)) if office else None


def confirm(act: Act, year: int) -> int:
    """确认全年期限, by an administrator of the office; returns how many dates there are."""
    office = people.root(act.session)
    if office is None:
        raise Refused("还没有建立单位。")
    act.require({Role.ADMIN}, key(office))
    found = dates(act.session, year)
    if not found:
        raise Refused(f"{year} 年还没有排出期限，不需要确认。")
    done = confirmed(act.session, year)
    if done is not None:
        raise Refused(f"{year} 年的期限已经确认过。个别期限要变动时，请发送 /deadlines 后按「调整期限」。")
    act.session.add(ConfirmedYear(unit_id=key(office), year=year, by=act.person_id, at=act.now))
    act.session.flush()
    act.record("confirm_year", "year", year, after={"dates": len(found), "estimated": sum(d.estimated for d in found)})
    return len(found)


def tick(act: Act) -> int:
    """Put the coming year's dates before each administrator of the office, once; once more in January if need be."""
    now = act.now.astimezone(SHANGHAI)
    today = now.date()
    year = today.year + 1 if (today.month, today.day) >= ASKED_FROM else today.year
    office = people.root(act.session)
    asks = year > today.year or today.month == 1
    if office is None or not asks or not calendar(act.session).is_working(today):
        return 0
    if not reminder.speaks(act.policy.reminders, now) or confirmed(act.session, year) is not None:
        return 0
    duty.plan_year(act, year)
    if not dates(act.session, year):
        return 0
    turn = "before" if year > today.year else "begun"
    asked = people.holders(act.session, Role.ADMIN, key(office))
    return sum(act.tell("year_dates", f"year:{year}:{turn}:{each.id}", person=each, year=year) for each in asked)
