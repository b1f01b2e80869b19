"""The day table: the State Council's yearly notices as shipped, and what the office has entered since (DOMAIN §4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from chinese_calendar import constants
from sqlmodel import Field, Session, SQLModel, select

from models import people
from models.act import Act, Refused, key
from models.base import Instant
from models.words import Role
from models.workdays import Calendar


class CalendarDay(SQLModel, table=True):
    """One day as a notice sets it: wins over the shipped data (amendments within the year happen)."""

    __tablename__ = "calendar_day"

    day: date = Field(primary_key=True)
    working: bool
    source: str
    at: datetime = Field(sa_type=Instant)


class CalendarYear(SQLModel, table=True):
    """A year whose notice has been entered whole: it is no longer an estimate."""

    __tablename__ = "calendar_year"

    year: int = Field(primary_key=True)
    source: str
    at: datetime = Field(sa_type=Instant)


class Entered(NamedTuple):
    """A day as a row of a list would say it; `id` is the day in ISO form."""

    id: str
    day: date
    working: bool
    source: str


@cache
def shipped() -> Calendar:
    """The calendar of `chinesecalendar`: from its first to its last year, whole years."""
    years = [day.year for day in constants.holidays]
    days = dict.fromkeys(constants.holidays, False) | dict.fromkeys(constants.workdays, True)
    return Calendar(days, date(min(years), 1, 1), date(max(years), 12, 31))


def calendar(session: Session | None = None) -> Calendar:
    """The shipped calendar with the office's own days and years over it; without a session the shipped one."""
    base = shipped()
    if session is None:
        return base
    days = {row.day: row.working for row in session.exec(select(CalendarDay))}
    years = set(session.exec(select(CalendarYear.year)))
    if not days and not years:
        return base
    until = base.known_until
    # A year counts once all before it are known too: a span may cross several.
    while until.year + 1 in years:
        until = date(until.year + 1, 12, 31)
    return Calendar({**base.days, **days}, base.known_from, until)


def set_day(act: Act, day: date, working: bool, source: str) -> None:
    """Enter one day by hand, with the notice that says so."""
    _require(act)
    _store(act, {day: working}, source)


def set_year(act: Act, year: int, days: Mapping[date, bool], source: str) -> None:
    """Enter the notice of a year: the days that differ from the weekday rule. An empty notice is no notice."""
    _require(act)
    if not days:
        raise Refused(f"{year} 年的放假安排是空的，没有导入。公布后请重新导入。")
    # A notice may reach into the last days of the year before and the first of the next.
    first, last = date(year, 1, 1) - timedelta(days=10), date(year, 12, 31) + timedelta(days=10)
    if strangers := sorted(day for day in days if not first <= day <= last):
        raise Refused(f"{year} 年的放假安排里有别的年份的日期：{strangers[0].isoformat()}。请检查文件。")
    if not source.strip():
        raise Refused("请写明放假安排的来源，例如国务院办公厅通知的名称或者文号。")
    _store(act, days, source)
    row = act.session.get(CalendarYear, year) or CalendarYear(year=year, source=source, at=act.now)
    row.source, row.at = source, act.now
    act.session.add(row)
    act.session.flush()
    act.record("calendar_year", "calendar", year, after={"days": len(days), "source": source})


def entered(session: Session) -> dict[tuple[str, ...], Entered]:
    """The days that the office has entered, by ISO date, as rows of a list would say them."""
    return {
        (row.day.isoformat(),): Entered(row.day.isoformat(), row.day, row.working, row.source)
        for row in session.exec(select(CalendarDay))
    }


def whole_years(days: Mapping[date, bool]) -> list[int]:
    """Years of which a list of days is the whole notice: New Year's Day and the National Day are off in every one."""
    years = sorted({day.year for day in days})
    return [y for y in years if days.get(date(y, 1, 1)) is False and days.get(date(y, 10, 1)) is False]


def said_of(days: Mapping[date, bool]) -> list[str]:
    """What a list of days will do, year by year."""
    if not days:
        return []
    whole = whole_years(days)
    parts = sorted({day.year for day in days} - set(whole))
    found = [f"{year} 年的放假安排是完整的，导入后这一年的日期不再标「暂估」。" for year in whole]
    return found + [f"{year} 年的只是部分日期，作为个别更正导入。" for year in parts]


def take(act: Act, days: Mapping[date, tuple[bool, str]]) -> None:
    """Enter the days of an imported list, each with its source; a year that is whole is known from then on.

    The caller checks the right.
    """
    by_source: dict[str, dict[date, bool]] = {}
    for day, (working, source) in days.items():
        by_source.setdefault(source, {})[day] = working
    for source, some in by_source.items():
        _store(act, some, source)
    for year in whole_years({day: working for day, (working, _) in days.items()}):
        source = days[date(year, 10, 1)][1]
        row = act.session.get(CalendarYear, year) or CalendarYear(year=year, source=source, at=act.now)
        row.source, row.at = source, act.now
        act.session.add(row)
    act.session.flush()


def _require(act: Act) -> None:
    office = people.root(act.session)
    if office is None:
        raise Refused("还没有建立单位。")
    act.require({Role.ADMIN, Role.STAFF}, key(office))


def _store(act: Act, days: Mapping[date, bool], source: str) -> None:
    before: dict[str, bool | None] = {}
    for day, working in sorted(days.items()):
        row = act.session.get(CalendarDay, day)
        before[day.isoformat()] = row.working if row else None
        row = row or CalendarDay(day=day, working=working, source=source, at=act.now)
        row.working, row.source, row.at = working, source, act.now
        act.session.add(row)
    act.session.flush()
    after = {day.isoformat(): working for day, working in sorted(days.items())}
    act.record("calendar_days", "calendar", None, before=before, after={**after, "source": source})
