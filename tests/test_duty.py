"""Deadlines live through a year: planned, reminded in stages, escalated, answered, never twice."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from models import collection, duty, holidays, letter, reminder
from models.act import Act, NoRight, Refused
from models.audit import Audit
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.duty import Deadline, DeadlineState, Way
from models.outbox import Outbox
from models.people import Grant, Person, Unit
from models.reminder import Reminder
from models.words import Role
from templates.policies import load, names


@dataclass
class Office:
    """A city office with two departments and a county; the clock is an argument."""

    engine: Engine
    ids: dict[str, int]
    profile: str = "qinhuangdao-2022"

    @contextmanager
    def act(self, now: datetime, who: str | None = None) -> Iterator[Act]:
        with writing(self.engine) as session:
            actor = session.get(Person, self.ids[who]) if who else None
            yield Act(session, now, actor, load(self.profile), lambda n: bytes(n), "test")

    def tick(self, now: datetime) -> int:
        with self.act(now) as act:
            return reminder.tick(act)

    def read(self) -> AbstractContextManager[Session]:
        return reading(self.engine)

    def hire(self, who: str, unit: str, role: Role) -> None:
        with writing(self.engine) as session:
            person = Person(key=who, name=who, label=who, unit_id=self.ids[unit])
            session.add(person)
            session.flush()
            session.add(Grant(person_id=person.id, unit_id=self.ids[unit], role=role))
            self.ids[who] = person.id or 0

    def said(self) -> dict[str, dict[date, list[str]]]:
        """Reminders as they were queued: person → day → `code period stage`, in the order of the message."""
        found: dict[str, dict[date, list[str]]] = defaultdict(lambda: defaultdict(list))
        with self.read() as session:
            for row in session.exec(select(Outbox).where(Outbox.kind == "reminder").order_by(col(Outbox.id))):
                person = session.get(Person, row.person_id)
                assert person is not None
                assert row.data["day"] not in found[person.name], "two messages to one person on one day"
                for item in row.data["items"]:
                    deadline = session.get(Deadline, item["deadline"])
                    assert deadline is not None
                    what = f"{deadline.code} {deadline.period} {item['stage']}"
                    found[person.name][date.fromisoformat(row.data["day"])].append(what)
        return found

    def escalated(self, who: str) -> dict[date, list[str]]:
        """What a leader is told of in the day's summary: day → `code period stage`."""
        found: dict[date, list[str]] = defaultdict(list)
        with self.read() as session:
            rows = select(Reminder, Deadline).join(Deadline, col(Deadline.id) == col(Reminder.deadline_id))
            for row, owed in session.exec(rows.where(Reminder.person_id == self.ids[who]).order_by(col(Reminder.id))):
                found[row.at.astimezone(SHANGHAI).date()].append(f"{owed.code} {owed.period} {row.stage}")
        return found

    def deadline(self, code: str, period: str, unit: str = "盐业处") -> Deadline:
        with self.read() as session:
            return session.exec(
                select(Deadline).where(
                    Deadline.code == code, Deadline.period == period, Deadline.unit_id == self.ids[unit]
                )
            ).one()

    def live(self, first: date, last: date, clock: time = time(9, 0)) -> None:
        """One tick a day."""
        day = first
        while day <= last:
            self.tick(at(day, clock))
            day += timedelta(days=1)


def at(day: date, clock: time = time(9, 0)) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """示例市双随机办 with 盐业处, 无线电处 and 示例县; one 联络员 in 盐业处 alone until a test hires more."""
    KEYRING.use("0123456789abcdef")
    engine = open_store(f"sqlite:///{tmp_path / 'office.db'}")
    SQLModel.metadata.create_all(engine)
    made = Office(engine, {})
    with writing(engine) as session:
        root = Unit(name="示例市双随机办", kind="office", policy="qinhuangdao-2022")
        session.add(root)
        session.flush()
        made.ids[root.name] = root.id or 0
        for name in ("盐业处", "无线电处", "示例县"):
            unit = Unit(name=name, parent_id=root.id)
            session.add(unit)
            session.flush()
            made.ids[name] = unit.id or 0
    made.hire("工作人员", "示例市双随机办", Role.STAFF)
    made.hire("领导", "示例市双随机办", Role.LEADER)
    made.hire("联络员", "盐业处", Role.LIAISON)
    return made


# --- what is owed ----------------------------------------------------------------------------------------------------


def test_a_year_of_a_unit_is_planned_with_aim_and_outer_limit(office: Office) -> None:
    with office.act(at(date(2022, 1, 1))) as act:
        assert duty.plan_year(act, 2022) == 12 + 4 + 1 + 1
    with office.read() as session:
        found = {(d.code, d.period): (d.aim, d.limit) for d in session.exec(select(Deadline))}
    month = {
        n: (date(2022, n, aim), date(2022, n, 20))
        for n, aim in enumerate([19, 18, 18, 19, 19, 17, 19, 19, 19, 19, 18, 19], start=1)
    }
    assert found == {
        **{("monthly_report", f"2022-{n:02d}"): dates for n, dates in month.items()},
        # 4-2 is itself a make-up working day, 7-2 a Saturday off, 10-8 and 10-9 make-up working days
        ("summary_report", "2022-1"): (date(2022, 4, 1), date(2022, 4, 2)),
        ("summary_report", "2022-2"): (date(2022, 7, 1), date(2022, 7, 2)),
        ("summary_report", "2022-3"): (date(2022, 10, 8), date(2022, 10, 9)),
        ("summary_report", "2022-4"): (date(2022, 12, 19), date(2022, 12, 20)),
        ("work_plan", "2022"): (date(2022, 2, 14), date(2022, 2, 15)),
        ("platform_setup", "2022"): (date(2022, 3, 31), date(2022, 3, 31)),
    }


def test_planning_again_adds_nothing(office: Office) -> None:
    for expected in (18, 0, 0):
        with office.act(at(date(2022, 1, 1))) as act:
            assert duty.plan_year(act, 2022) == expected


def test_what_was_past_when_the_office_began_is_not_asked_for(office: Office) -> None:
    with office.act(at(date(2022, 11, 21))) as act:
        duty.plan_year(act, 2022)
    with office.read() as session:
        assert {(d.code, d.period) for d in session.exec(select(Deadline))} == {
            ("monthly_report", "2022-12"),
            ("summary_report", "2022-4"),
        }


def test_a_unit_that_gets_a_liaison_later_is_planned_at_the_next_tick(office: Office) -> None:
    office.tick(at(date(2022, 6, 1)))
    office.hire("县联络员", "示例县", Role.LIAISON)
    office.tick(at(date(2022, 6, 2)))
    assert office.deadline("monthly_report", "2022-06", "示例县").aim == date(2022, 6, 17)


@pytest.mark.parametrize(
    ("profile", "codes"),
    [
        ("qinhuangdao-2022", {"monthly_report", "summary_report", "work_plan", "platform_setup"}),
        ("hebei-gxt-2020", set()),
        ("xiping-2020", set()),
        ("tangshan-gaoxin-2017", set()),
        ("sjz-yingji-2024", set()),
    ],
)
def test_only_the_profile_whose_document_asks_for_reports_gets_them(
    office: Office, profile: str, codes: set[str]
) -> None:
    office.profile = profile
    with writing(office.engine) as session:
        root = session.get(Unit, office.ids["示例市双随机办"])
        assert root is not None
        root.policy = profile
        session.add(root)
    with office.act(at(date(2022, 1, 1))) as act:
        duty.plan_year(act, 2022)
    with office.read() as session:
        assert set(session.exec(select(Deadline.code))) == codes
    assert profile in names()


def test_a_unit_with_a_profile_of_its_own_owes_by_that_one(office: Office) -> None:
    office.hire("县联络员", "示例县", Role.LIAISON)
    with writing(office.engine) as session:
        county = session.get_one(Unit, office.ids["示例县"])
        county.policy = "sjz-yingji-2024"
        session.add(county)
    office.live(date(2022, 4, 12), date(2022, 4, 12))
    with office.read() as session:
        assert duty.profiles(session) == ["qinhuangdao-2022", "sjz-yingji-2024"]
        assert set(session.exec(select(Deadline.unit_id))) == {office.ids["盐业处"]}
    assert set(office.said()) == {"联络员"}


# --- reminding -------------------------------------------------------------------------------------------------------


def test_a_liaison_lives_through_2022(office: Office) -> None:
    """February and April of one 联络员, every expected message written out by hand."""
    hand_in = {  # code, period → the day on which it is reported, after that day's tick
        ("monthly_report", "2022-01"): date(2022, 1, 12),
        ("work_plan", "2022"): date(2022, 2, 11),
        ("monthly_report", "2022-02"): date(2022, 2, 22),
        ("monthly_report", "2022-03"): date(2022, 3, 11),
        ("platform_setup", "2022"): date(2022, 3, 24),
        ("summary_report", "2022-1"): date(2022, 4, 1),
    }
    day = date(2022, 1, 1)
    while day <= date(2022, 4, 30):
        office.tick(at(day))
        for (code, period), when in hand_in.items():
            if when == day:
                with office.act(at(day, time(10)), "联络员") as act:
                    duty.report(act, office.deadline(code, period).id or 0)
        day += timedelta(days=1)
    said = office.said()["联络员"]
    # 2022-02: holidays 1-31 to 2-6; 2-14 Mon is the aim of the work plan, 2-18 Fri of the report, 2-20 a Sunday
    assert {d: what for d, what in said.items() if d.month == 2} == {
        date(2022, 2, 7): ["work_plan 2022 5"],
        date(2022, 2, 9): ["work_plan 2022 3"],
        date(2022, 2, 11): ["work_plan 2022 1", "monthly_report 2022-02 5"],
        date(2022, 2, 15): ["monthly_report 2022-02 3"],
        date(2022, 2, 17): ["monthly_report 2022-02 1"],
        date(2022, 2, 18): ["monthly_report 2022-02 0"],
        date(2022, 2, 21): ["monthly_report 2022-02 +1"],
        date(2022, 2, 22): ["monthly_report 2022-02 +2"],
    }
    # 2022-04: 4-1 is the aim of the summary (4-2 works), 4-3 to 4-5 are off; the report's aim is 4-19, its limit 4-20;
    # 4-24 is a working Sunday, 4-30 a day off
    assert {d: what for d, what in said.items() if d.month == 4} == {
        date(2022, 4, 1): ["summary_report 2022-1 0"],
        date(2022, 4, 12): ["monthly_report 2022-04 5"],
        date(2022, 4, 14): ["monthly_report 2022-04 3"],
        date(2022, 4, 18): ["monthly_report 2022-04 1"],
        date(2022, 4, 19): ["monthly_report 2022-04 0"],
        date(2022, 4, 21): ["monthly_report 2022-04 +1"],
        date(2022, 4, 22): ["monthly_report 2022-04 +2"],
        date(2022, 4, 24): ["monthly_report 2022-04 +3"],
        date(2022, 4, 25): ["monthly_report 2022-04 +4"],
        date(2022, 4, 26): ["monthly_report 2022-04 +5"],
        date(2022, 4, 27): ["monthly_report 2022-04 +6"],
        date(2022, 4, 28): ["monthly_report 2022-04 +7"],
        date(2022, 4, 29): ["monthly_report 2022-04 +8"],
    }


def test_a_whole_year_in_time_has_four_reminders_for_each_deadline_at_most(office: Office) -> None:
    """Reported on each aim day: the stages and nothing else, all on working days."""
    days = holidays.calendar()
    day = date(2022, 1, 1)
    while day <= date(2022, 12, 31):
        office.tick(at(day))
        with office.act(at(day, time(15)), "联络员") as act:
            for due in duty.upcoming(act, 0) + duty.upcoming(act, 7):
                if due.deadline.aim == day and due.deadline.state == DeadlineState.OPEN:
                    duty.report(act, due.deadline.id or 0, way=Way.ZERO)
        day += timedelta(days=1)
    stages: dict[str, list[str]] = defaultdict(list)
    said = office.said()["联络员"]
    for when, what in said.items():
        assert days.is_working(when)
        for line in what:
            name, _, stage = line.rpartition(" ")
            stages[name].append(stage)
    assert len([name for name in stages if " 2022" in name]) == 18
    for name, found in stages.items():
        if " 2022" in name:
            assert found == ["5", "3", "1", "0"], name
    assert office.escalated("领导") == {}


def test_ticking_every_hour_and_twice_at_once_adds_nothing(office: Office) -> None:
    one, two = at(date(2022, 4, 12)), at(date(2022, 4, 12), time(11))
    assert [office.tick(one), office.tick(one), office.tick(two)] == [1, 0, 0]
    with office.read() as session:
        assert len(session.exec(select(Outbox)).all()) == 1
        assert len(session.exec(select(Reminder)).all()) == 1


def test_nothing_goes_out_before_nine_nor_in_the_quiet_hours(office: Office) -> None:
    day = date(2022, 4, 12)
    assert [office.tick(at(day, clock)) for clock in (time(0), time(8, 59), time(20), time(23, 59))] == [0, 0, 0, 0]
    assert office.tick(at(day, time(19, 59))) == 1


def test_the_hour_is_that_of_shanghai(office: Office) -> None:
    assert office.tick(datetime(2022, 4, 12, 0, 59, tzinfo=UTC)) == 0
    assert office.tick(datetime(2022, 4, 12, 1, 0, tzinfo=UTC)) == 1


def test_after_a_week_down_one_message_catches_up(office: Office) -> None:
    office.live(date(2022, 4, 6), date(2022, 4, 11))
    office.live(date(2022, 4, 19), date(2022, 4, 19))
    said = office.said()["联络员"]
    assert said == {date(2022, 4, 19): ["monthly_report 2022-04 0"]}


def test_a_week_down_past_several_limits_is_one_folded_message(office: Office) -> None:
    office.live(date(2022, 3, 30), date(2022, 3, 30))
    before = len(office.said()["联络员"])
    office.live(date(2022, 4, 6), date(2022, 4, 6))
    said = office.said()["联络员"]
    assert len(said) == before + 1
    # 4-2 was a working day, 4-3 to 4-5 were not
    assert said[date(2022, 4, 6)] == ["platform_setup 2022 +3", "summary_report 2022-1 +1"]


def test_a_missed_reminder_waits_on_a_day_of_rest_unless_the_limit_is_nearer(office: Office) -> None:
    office.live(date(2022, 3, 10), date(2022, 3, 16))
    # down from Thursday to Friday; the limit is Sunday 3-20
    office.live(date(2022, 3, 19), date(2022, 3, 20))
    assert office.said()["联络员"][date(2022, 3, 19)] == ["monthly_report 2022-03 0"]
    # down on Friday 4-8; its stage would be 5 on Monday: nothing on the weekend
    office.live(date(2022, 4, 9), date(2022, 4, 10))
    assert not [day for day in office.said()["联络员"] if day in (date(2022, 4, 9), date(2022, 4, 10))]


def test_several_for_one_person_on_one_day_are_one_message(office: Office) -> None:
    office.live(date(2022, 12, 12), date(2022, 12, 12))
    assert office.said()["联络员"] == {date(2022, 12, 12): ["monthly_report 2022-12 5", "summary_report 2022-4 5"]}


def test_the_leader_hears_from_the_first_overdue_day_and_of_all_units_at_once(office: Office) -> None:
    office.hire("县联络员", "示例县", Role.LIAISON)
    office.live(date(2022, 4, 6), date(2022, 4, 22))
    assert "领导" not in office.said()
    assert office.escalated("领导") == {
        date(2022, 4, 21): ["monthly_report 2022-04 +1"] * 2,
        date(2022, 4, 22): ["monthly_report 2022-04 +2"] * 2,
    }


def test_the_profile_says_from_which_overdue_day_the_leader_hears(office: Office) -> None:
    policy = load("qinhuangdao-2022")
    patient = replace(policy, reminders=replace(policy.reminders, leader_after=3))
    for day in range(18, 28):
        with office.act(at(date(2022, 4, day))) as act:
            reminder.tick(replace(act, policy=patient))
    assert min(office.escalated("领导")) == date(2022, 4, 24)


def test_who_has_reported_is_not_reminded_while_others_are(office: Office) -> None:
    office.hire("县联络员", "示例县", Role.LIAISON)
    office.live(date(2022, 4, 6), date(2022, 4, 12))
    with office.act(at(date(2022, 4, 12), time(10)), "联络员") as act:
        duty.report(act, office.deadline("monthly_report", "2022-04").id or 0)
    office.live(date(2022, 4, 13), date(2022, 4, 14))
    assert max(office.said()["联络员"]) == date(2022, 4, 12)
    assert max(office.said()["县联络员"]) == date(2022, 4, 14)


def test_a_unit_that_lost_its_liaison_is_not_forgotten(office: Office) -> None:
    office.live(date(2022, 4, 6), date(2022, 4, 6))
    with writing(office.engine) as session:
        gone = session.get(Person, office.ids["联络员"])
        assert gone is not None
        gone.active = False
        session.add(gone)
    office.live(date(2022, 4, 12), date(2022, 4, 12))
    assert office.said()["工作人员"] == {date(2022, 4, 12): ["monthly_report 2022-04 5"]}


def test_acknowledging_is_kept_and_later_stages_still_come(office: Office) -> None:
    office.live(date(2022, 4, 12), date(2022, 4, 12))
    deadline = office.deadline("monthly_report", "2022-04").id or 0
    with office.act(at(date(2022, 4, 12), time(10)), "联络员") as act:
        assert reminder.acknowledge(act, [deadline]) == 1
        assert reminder.acknowledge(act, [deadline]) == 0
    office.live(date(2022, 4, 13), date(2022, 4, 14))
    assert max(office.said()["联络员"]) == date(2022, 4, 14)


# --- reporting -------------------------------------------------------------------------------------------------------


def test_a_report_with_a_file_gets_a_receipt_and_a_correction_is_the_next_version(office: Office) -> None:
    office.tick(at(date(2022, 4, 12)))
    deadline = office.deadline("monthly_report", "2022-04").id or 0
    with office.act(at(date(2022, 4, 19), time(10)), "联络员") as act:
        first = duty.report(act, deadline, ("document", "a" * 64, 1200))
    with office.act(at(date(2022, 4, 22), time(10)), "联络员") as act:
        second = duty.report(act, deadline, ("document", "b" * 64, 1300))
    assert (first.title, first.unit, first.period, first.version, first.late) == ("月报表", "盐业处", "2022年4月", 1, 0)
    assert (second.version, second.late) == (2, 2)
    assert first.number != second.number
    with office.read() as session:
        assert [s.digest for s in duty.submissions(session, deadline)] == ["a" * 64, "b" * 64]
        assert len(session.exec(select(Audit).where(Audit.verb == "report")).all()) == 2


def test_pressing_twice_without_a_file_says_when_it_was_reported(office: Office) -> None:
    office.tick(at(date(2022, 4, 12)))
    deadline = office.deadline("monthly_report", "2022-04").id or 0
    with office.act(at(date(2022, 4, 13)), "联络员") as act:
        assert duty.report(act, deadline).way == "已用其他方式报送"
    with office.act(at(date(2022, 4, 14)), "联络员") as act, pytest.raises(Refused, match="4 月 13 日"):
        duty.report(act, deadline)


def test_only_those_who_answer_for_the_unit_may_report(office: Office) -> None:
    office.hire("县联络员", "示例县", Role.LIAISON)
    office.hire("检查人员", "盐业处", Role.INSPECTOR)
    office.tick(at(date(2022, 4, 12)))
    deadline = office.deadline("monthly_report", "2022-04").id or 0
    for who in ("县联络员", "检查人员", "领导"):
        with office.act(at(date(2022, 4, 13)), who) as act, pytest.raises(NoRight):
            duty.report(act, deadline)
    with office.act(at(date(2022, 4, 13)), "工作人员") as act:
        assert duty.report(act, deadline, ("photo", "c" * 64, 9)).unit == "盐业处"


def test_upcoming_shows_a_liaison_the_own_unit_and_staff_all(office: Office) -> None:
    office.hire("县联络员", "示例县", Role.LIAISON)
    office.tick(at(date(2022, 4, 6)))
    office.live(date(2022, 4, 22), date(2022, 4, 22))
    with office.act(at(date(2022, 4, 22), time(10)), "联络员") as act:
        mine = duty.upcoming(act)
    with office.act(at(date(2022, 4, 22), time(10)), "工作人员") as act:
        all_units = duty.upcoming(act)
    assert [(d.unit, d.deadline.period, d.late, d.left) for d in mine] == [
        ("盐业处", "2022-04", 2, -3),
        ("盐业处", "2022-05", 0, 18),
        ("盐业处", "2022-06", 0, 38),
    ]
    assert len(all_units) == 2 * len(mine)


def test_staff_move_a_deadline_with_a_reason(office: Office) -> None:
    office.tick(at(date(2022, 3, 1)))
    deadline = office.deadline("platform_setup", "2022").id or 0
    with office.act(at(date(2022, 3, 2)), "工作人员") as act:
        with pytest.raises(Refused, match="理由"):
            duty.move(act, deadline, date(2022, 4, 30), " ")
        moved = duty.move(act, deadline, date(2022, 4, 30), "「4月前」按 4 月底执行")
    assert (moved.aim, moved.limit) == (date(2022, 4, 29), date(2022, 4, 30))
    with office.act(at(date(2022, 3, 2)), "联络员") as act, pytest.raises(NoRight):
        duty.move(act, deadline, date(2022, 5, 1), "改")


# --- a year that no notice has set -----------------------------------------------------------------------------------


def test_next_year_is_estimated_until_its_notice_is_entered_and_then_told(office: Office) -> None:
    office.tick(at(date(2026, 12, 24)))
    february = office.deadline("monthly_report", "2027-02")
    assert (february.aim, february.estimated) == (date(2027, 2, 19), True)
    # an invented notice for the test: 2-12 to 2-19 off, 2-20 (Saturday) works
    notice = {date(2027, 2, n): False for n in range(12, 20)} | {date(2027, 2, 20): True}
    with office.act(at(date(2026, 12, 25)), "工作人员") as act:
        holidays.set_year(act, 2027, notice, "测试用的放假安排")
    office.tick(at(date(2026, 12, 25), time(9, 1)))
    plan, after = office.deadline("work_plan", "2027"), office.deadline("monthly_report", "2027-02")
    assert (after.aim, after.estimated) == (date(2027, 2, 11), False)
    with office.read() as session:
        told = session.exec(select(Outbox).where(Outbox.kind == "deadlines_recomputed")).all()
        assert [row.data["items"] for row in told] == [
            [
                {"deadline": plan.id, "before": "2027-02-12"},
                {"deadline": after.id, "before": "2027-02-19"},
            ]
        ]
    assert not plan.estimated


def test_an_empty_notice_is_no_notice(office: Office) -> None:
    with office.act(at(date(2026, 12, 1)), "工作人员") as act, pytest.raises(Refused, match="空的"):
        holidays.set_year(act, 2027, {}, "测试")


# --- who has and who has not -----------------------------------------------------------------------------------------


def test_staff_see_who_has_and_who_has_not(office: Office) -> None:
    office.hire("县联络员", "示例县", Role.LIAISON)
    office.tick(at(date(2022, 4, 6)))
    with office.act(at(date(2022, 4, 22)), "联络员") as act:
        duty.report(act, office.deadline("monthly_report", "2022-04").id or 0)
    with office.act(at(date(2022, 4, 25)), "工作人员") as act:
        april, may = collection.collection(act)
    assert (april.period, april.missing) == (
        "2022年4月",
        (("示例县", office.deadline("monthly_report", "2022-04", "示例县").id),),
    )
    assert [(unit, late) for unit, _, late in april.reported] == [("盐业处", 2)]
    assert [unit for unit, _ in may.missing] == ["盐业处", "示例县"]
    with office.act(at(date(2022, 4, 25)), "联络员") as act, pytest.raises(NoRight):
        collection.collection(act)


def test_only_those_who_have_not_are_chased_and_once_a_day(office: Office) -> None:
    office.hire("县联络员", "示例县", Role.LIAISON)
    office.tick(at(date(2022, 4, 6)))
    with office.act(at(date(2022, 4, 13)), "联络员") as act:
        duty.report(act, office.deadline("monthly_report", "2022-04").id or 0)
    for expected in (["县联络员"], []):
        with office.act(at(date(2022, 4, 13), time(22)), "工作人员") as act:
            assert [person.name for person in collection.chase(act)] == expected
    with office.read() as session:
        row = session.exec(select(Outbox).where(col(Outbox.key).startswith("chase:"))).one()
    assert row.not_before == at(date(2022, 4, 14), time(8))


def test_the_letter_names_clause_report_and_how_late(office: Office) -> None:
    office.tick(at(date(2022, 4, 6)))
    with office.act(at(date(2022, 4, 25)), "工作人员") as act:
        view = collection.chase_letter(act, office.ids["盐业处"])
        again = collection.chase_letter(act, office.ids["盐业处"])
        with pytest.raises(Refused, match="没有要催报"):
            collection.chase_letter(act, office.ids["无线电处"])
    with office.act(at(date(2022, 4, 26)), "工作人员") as act:
        later = collection.chase_letter(act, office.ids["盐业处"])
    assert again == view, "taken twice on one day it is the same letter"
    assert (view.unit, view.times, later.times) == ("盐业处", 1, 2)
    owed = office.deadline("monthly_report", "2022-04").id or 0
    with office.act(at(date(2022, 4, 26)), "工作人员") as act:
        numbers = [letter.sign(act, each, "deadline", owed, "催报通知")[1].number for each in (view, again, later)]
    # 公文 without a word of its own; each reminder is a letter by itself.
    assert numbers == ["秦双随机办〔2022〕1号", "秦双随机办〔2022〕1号", "秦双随机办〔2022〕2号"]
    assert [(m.name, m.due, m.overdue_workdays) for m in view.missing] == [("2022年4月月报表", date(2022, 4, 20), 4)]
    assert "秦双随机办〔2022〕1号 三、（三）：“于每月20日前将月报表" in view.basis
    assert view.reply_by == date(2022, 4, 26)
