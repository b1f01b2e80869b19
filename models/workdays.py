"""Working-day arithmetic on a day table that is handed in; where the table ends, the weekday rule, marked estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

_DAY = timedelta(days=1)
FRIDAY = 4


@dataclass(frozen=True)
class Day:
    """A date that was counted to. `estimated` says that a day on the way is not in the published table (暂估)."""

    date: date
    estimated: bool

    def __str__(self) -> str:
        return f"{self.date.isoformat()} 暂估" if self.estimated else self.date.isoformat()


@dataclass(frozen=True)
class Working:
    """Whether a date is a working day; true in a condition if it is."""

    working: bool
    estimated: bool

    def __bool__(self) -> bool:
        return self.working


@dataclass(frozen=True)
class Calendar:
    """Working days by the yearly notices.

    `days` holds what the notices change (date → working?); other days from `known_from` to `known_until` follow the
    weekday rule and are certain. Outside that span the weekday rule is an estimate, except for days that are in `days`.
    """

    days: Mapping[date, bool]
    known_from: date
    known_until: date

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", MappingProxyType(dict(self.days)))

    def is_working(self, day: date) -> Working:
        """Whether people work on that date."""
        if day in self.days:
            return Working(self.days[day], False)
        return Working(day.weekday() <= FRIDAY, not self.known_from <= day <= self.known_until)

    def add(self, start: date, n: int) -> Day:
        """The n-th working day after `start`, which itself does not count; n = 0 is `start`. ValueError for n < 0."""
        if n < 0:
            raise ValueError("工作日数不能是负数。")
        return self._walk(start, n, _DAY)

    def back(self, end: date, n: int) -> Day:
        """The n-th working day before `end`, which itself does not count; n = 0 is `end`. ValueError for n < 0."""
        if n < 0:
            raise ValueError("工作日数不能是负数。")
        return self._walk(end, n, -_DAY)

    def before(self, day: date) -> Day:
        """The last working day strictly before a date: the aim of 「20日前」."""
        return self._walk(day, 1, -_DAY)

    def until(self, day: date) -> Day:
        """The last working day up to and including a date."""
        here = self.is_working(day)
        if here:
            return Day(day, here.estimated)
        before = self.before(day)
        return Day(before.date, before.estimated or here.estimated)

    def count(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative where `end` lies before `start`."""
        if end < start:
            return -self.count(end, start)
        return sum(1 for n in range(1, (end - start).days + 1) if self.is_working(start + n * _DAY))

    def _walk(self, day: date, n: int, step: timedelta) -> Day:
        estimated = False
        while n > 0:
            try:
                day += step
            except OverflowError:
                raise ValueError("日期超出了可以计算的范围。") from None
            here = self.is_working(day)
            estimated = estimated or here.estimated
            n -= here.working
        return Day(day, estimated)
