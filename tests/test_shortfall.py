"""The warning that the year's ratio will be missed: exact, in time, once a month, and it says how it was worked out."""

from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from handlers import registry, shortfall
from models import figures, people
from models import shortfall as rule
from models.base import SHANGHAI
from models.entity import Entity
from models.figures import Reached
from models.policy import Target
from models.shortfall import Outlook
from models.words import EntityState, Role
from tests.sample_office import SampleOffice, policy

RATIO = Target("ratio", "年度抽查比例", Fraction(5, 100))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SampleOffice]:
    made = SampleOffice.opened(tmp_path)
    yield made
    made.engine.dispose()


def at(office: SampleOffice, text: str) -> int:
    office.now = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    with office.act(None) as act:
        return rule.tick(act)


def staff(office: SampleOffice) -> int:
    with office.read() as session:
        return len(people.holders(session, Role.STAFF, office.made.office_id))


def seen(office: SampleOffice, day: str) -> Outlook:
    with office.read() as session:
        units = people.below(session, office.made.office_id)
        found = rule.outlook(session, policy(), units, date.fromisoformat(day))
    assert found is not None
    return found


def test_the_pace_is_exact(office: SampleOffice) -> None:
    office.draw("001")
    found = seen(office, "2026-04-10")
    assert (found.days, found.of_days) == (100, 365)
    part, whole = found.reached.part, found.reached.whole
    assert found.projected == part * 365 // 100
    assert found.needed == -(-5 * whole // 100)
    assert found.monthly == -(-(found.needed - part) // 9)
    assert found.undrawn > 0


@pytest.mark.parametrize(
    ("day", "days", "of_days"), [("2026-01-01", 1, 365), ("2024-12-31", 366, 366), ("2024-03-01", 61, 366)]
)
def test_days_of_the_year(office: SampleOffice, day: str, days: int, of_days: int) -> None:
    found = seen(office, day)
    assert (found.days, found.of_days) == (days, of_days)


def test_what_is_reached_is_never_short(office: SampleOffice) -> None:
    office.draw("001")
    with office.act("staff1") as act:
        drawn = figures.yearly(act.session, people.below(act.session, office.made.office_id), 2026)[0]
        rows = act.session.exec(select(Entity).where(Entity.state == EntityState.ACTIVE)).all()
        for row in rows[20 * drawn :]:
            row.state = EntityState.CLOSED
            act.session.add(row)
    found = seen(office, "2026-12-31")
    assert found.reached.missing == 0
    assert not found.short
    assert at(office, "2026-12-31T09:00") == 0


def test_staff_are_warned_once_a_month_from_april_on_working_days(office: SampleOffice) -> None:
    office.draw("001")
    assert at(office, "2026-03-31T10:00") == 0  # too early in the year
    assert at(office, "2026-04-01T08:59") == 0  # before the hour
    assert at(office, "2026-04-01T09:00") == staff(office)
    assert at(office, "2026-04-01T09:01") == 0
    assert at(office, "2026-04-30T10:00") == 0
    assert at(office, "2026-05-01T10:00") == 0  # a holiday
    assert at(office, "2026-05-06T10:00") == staff(office)
    keys = {row.key for row in office.said("shortfall")}
    assert len(keys) == 2 * staff(office)


def test_the_warning_says_how_it_was_worked_out(office: SampleOffice) -> None:
    assert shortfall
    office.draw("001")
    assert at(office, "2026-04-01T09:00") == staff(office)
    row = office.said("shortfall")[0]
    with office.act("staff1") as act:
        answer = registry.NOTICES["shortfall"](act, row)
    assert answer is not None
    part = seen(office, "2026-04-01").reached.part
    assert f"（{part} × 365 ÷ 91）" in answer.text
    assert "这项提醒每月最多一次" in answer.text
    assert "还差" in answer.text


def test_a_warning_that_waited_until_it_was_untrue_is_not_sent(office: SampleOffice) -> None:
    office.draw("001")
    assert at(office, "2026-04-01T09:00") == staff(office)
    with office.act("staff1") as act:
        for row in act.session.exec(select(Entity)).all()[40:]:
            row.state = EntityState.CLOSED
            act.session.add(row)
    with office.act("staff1") as act:
        assert registry.NOTICES["shortfall"](act, office.said("shortfall")[0]) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 12))
def test_so_many_a_month_reach_it_and_one_less_does_not(part: int, whole: int, month: int) -> None:
    reached = Reached(RATIO, min(part, whole), whole, "")
    left = 13 - month
    monthly = -(-reached.missing // left)
    assert Fraction(reached.part + monthly * left, whole) >= RATIO.at_least or reached.missing > whole - reached.part
    if monthly:
        assert (monthly - 1) * left < reached.missing


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_what_is_missing_is_the_least_that_reaches_the_target(part: int, whole: int) -> None:
    reached = Reached(RATIO, part, whole, "")
    assert Fraction(part + reached.missing, whole) >= RATIO.at_least
    assert reached.missing == 0 or Fraction(part + reached.missing - 1, whole) < RATIO.at_least
