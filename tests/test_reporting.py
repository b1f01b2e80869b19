"""Reports as rules: filled in from the rows, versions that stay, accepted or sent back, and their sum."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from models import collection, duty, figures, people, report, report_papers, rollup
from models.act import Act, NoRight, Refused
from models.base import SHANGHAI
from models.duty import Deadline, DeadlineState, Way
from models.outbox import Outbox
from models.people import Grant, Unit
from models.policy import DueRule, Duty, Policy
from models.report import Doubtful, Draft, Report, ReportFigure, ReportState
from models.report_form import FORMS, NAMES
from models.report_papers import paper
from models.words import Role
from templates import word
from templates.policies import load
from tests.sample_office import SampleOffice, policy

SALT, SAFETY, COUNTY = "盐业处", "安全生产处", "示例甲县"
REST = {"plan_changes": (0, None), "trainings": (2, None), "revisits": (1, None)}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SampleOffice]:
    made = SampleOffice.opened(tmp_path)
    with made.act("admin") as act:
        duty.plan_year(replace(act, actor=None), 2026)
    yield made
    made.engine.dispose()


def liaison_of(office: SampleOffice, unit: str) -> str:
    with office.read() as session:
        found = select(Grant.person_id).where(Grant.unit_id == office.made.units[unit], Grant.role == Role.LIAISON)
        return office.who(session.exec(found).one())


def owed(act: Act, unit: str, period: str = "2026-03", code: str = "monthly_report") -> Deadline:
    row = report.deadline_of(act.session, code, period, people.unit_named(act.session, unit).id or 0)
    assert row is not None
    return row


def fill(act: Act, unit: str, period: str = "2026-03", **changed: tuple[int, int | None]) -> Draft:
    row = report.begin(act, owed(act, unit, period).id or 0)
    return report.give(act, row.id or 0, REST | changed)


def hand_in(office: SampleOffice, unit: str, period: str = "2026-03", **changed: tuple[int, int | None]) -> int:
    """A whole report by the unit's 联络员, whatever is odd about it; the id of the version."""
    with office.act(liaison_of(office, unit)) as act:
        report.submit(act, fill(act, unit, period, **changed).id or 0, sure=True, reason="更正")
        return report.versions(act.session, owed(act, unit, period).id or 0)[-1][0].id or 0


def accept(office: SampleOffice, *ids: int) -> None:
    for report_id in ids:
        with office.act("staff1") as act:
            rollup.accept(act, report_id)


def summed(office: SampleOffice, period: str = "2026-03") -> rollup.Rollup:
    with office.act("staff1") as act:
        return rollup.rollup(act, "monthly_report", period)


# --- which days ------------------------------------------------------------------------------------------------------


def with_rule(rule: DueRule, form: str, covers: str) -> Policy:
    return replace(policy(), duties=(Duty("some", "某表", "liaison", rule, "file", "", form, covers),))


MONTHLY, QUARTERS = DueRule("monthly", day=20), DueRule("dates", dates=((4, 2), (7, 2), (10, 9), (12, 20)))


@pytest.mark.parametrize(
    ("rule", "covers", "form", "period", "first", "last"),
    [
        (MONTHLY, "to_limit", "monthly", "2022-01", "2022-01-01", "2022-01-19"),
        (MONTHLY, "to_limit", "monthly", "2022-04", "2022-03-20", "2022-04-19"),
        (MONTHLY, "to_limit", "monthly", "2022-12", "2022-11-20", "2022-12-19"),
        (replace(MONTHLY, inclusive=True), "to_limit", "monthly", "2022-04", "2022-03-21", "2022-04-20"),
        (MONTHLY, "period", "monthly", "2022-02", "2022-02-01", "2022-02-28"),
        (MONTHLY, "period", "monthly", "2024-02", "2024-02-01", "2024-02-29"),
        (MONTHLY, "period", "monthly", "2022-12", "2022-12-01", "2022-12-31"),
        (QUARTERS, "period", "quarter", "2022-1", "2022-01-01", "2022-03-31"),
        (QUARTERS, "period", "quarter", "2022-3", "2022-07-01", "2022-09-30"),
        (QUARTERS, "to_limit", "quarter", "2022-2", "2022-04-02", "2022-07-01"),
        (QUARTERS, "period", "year", "2022-4", "2022-01-01", "2022-12-31"),
    ],
)
def test_which_days_a_report_is_of(
    office: SampleOffice, rule: DueRule, covers: str, form: str, period: str, first: str, last: str
) -> None:
    with office.act("staff1") as act:
        own = replace(act, policy=with_rule(rule, "monthly", covers))
        found = report.span(own, FORMS[form], "some", period)
    assert found == (date.fromisoformat(first), date.fromisoformat(last))


def test_the_months_of_a_year_leave_no_day_out_up_to_the_last_limit(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        own = replace(act, policy=with_rule(MONTHLY, "monthly", "to_limit"))
        spans = [report.span(own, FORMS["monthly"], "some", f"2026-{month:02d}") for month in range(1, 13)]
    assert spans[0][0] == date(2026, 1, 1)
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize(("period", "form"), [("2026-1", "quarter"), ("2026-3", "quarter"), ("2026-4", "year")])
def test_the_last_summary_of_the_year_is_of_the_whole_year(office: SampleOffice, period: str, form: str) -> None:
    with office.act("staff1") as act:
        row = Deadline(
            code="summary_report",
            title="",
            unit_id=1,
            year=2026,
            period=period,
            aim=date(2026, 1, 1),
            limit=date(2026, 1, 1),
        )
        assert report.form_of(act, row) is FORMS[form]
        row.code = "platform_setup"
        assert report.form_of(act, row) is None


# --- filled in from the rows -----------------------------------------------------------------------------------------


def test_a_form_is_filled_in_with_what_happened(office: SampleOffice) -> None:
    office.checked(office.dispatched("001"))
    office.draw("003")
    with office.act(liaison_of(office, SAFETY)) as act:
        found = report.filled(act, report.begin(act, owed(act, SAFETY).id or 0))
        units = people.below(act.session, office.made.units[SAFETY])
        counted = figures.total(
            figures.of_units(act.session, units, date(2026, 1, 1), date(2026, 12, 31), found.last).values()
        )
    assert (found.first, found.last) == (date(2026, 2, 20), date(2026, 3, 2))
    for name in ("tasks", "joint_tasks", "entities", "due", "checked", "entered", "published"):
        assert found.values[name] == (getattr(counted, name),) * 2, name
    assert found.values["person_times"] == (2 * counted.checked,) * 2
    assert found.asked == ("plan_changes", "trainings", "revisits")
    with office.act(liaison_of(office, SALT)) as act:
        found = report.filled(act, report.begin(act, owed(act, SALT).id or 0))
    assert (found.values["tasks"], found.values["joint_tasks"]) == ((1, 1), (1, 1))


def test_what_happens_after_an_early_report_is_in_the_next_one(office: SampleOffice) -> None:
    hand_in(office, SAFETY)
    office.later(days=3)
    office.draw("001")
    office.now = datetime(2026, 4, 10, 9, tzinfo=SHANGHAI)
    with office.act(liaison_of(office, SAFETY)) as act:
        found = report.filled(act, report.begin(act, owed(act, SAFETY, "2026-04").id or 0))
    assert (found.first, found.last) == (date(2026, 3, 3), date(2026, 4, 10))
    assert found.values["tasks"] == (1, 1)
    assert found.values["trainings"] == (None, None)


def test_the_year_so_far_goes_on_from_the_last_report(office: SampleOffice) -> None:
    hand_in(office, SAFETY, checked=(9, 30))
    office.now = datetime(2026, 4, 10, 9, tzinfo=SHANGHAI)
    with office.act(liaison_of(office, SAFETY)) as act:
        found = report.filled(act, fill(act, SAFETY, "2026-04", checked=(4, None)))
    assert found.values["checked"] == (4, 34)
    assert found.values["trainings"] == (2, 4)
    assert not any("累计" in each and "上期累计" in each for each in found.doubts)


def test_figures_of_a_year_are_the_years(office: SampleOffice) -> None:
    office.draw("001")
    with office.act(liaison_of(office, SAFETY)) as act:
        found = report.filled(act, report.begin(act, owed(act, SAFETY, "2026-4", "summary_report").id or 0))
    assert found.title == "2026年度总结"
    assert found.values["tasks"] == (1, 1)


# --- versions --------------------------------------------------------------------------------------------------------


def test_what_is_not_filled_in_is_named(office: SampleOffice) -> None:
    with office.act(liaison_of(office, SALT)) as act:
        row = report.begin(act, owed(act, SALT).id or 0)
        with pytest.raises(Refused, match="还有 3 项没有填：计划调整次数、培训次数、回访户数"):
            report.submit(act, row.id or 0)
        report.give(act, row.id or 0, {"trainings": (2, None)})
        with pytest.raises(Refused, match="还有 2 项没有填"):
            report.submit(act, row.id or 0)


def test_what_is_odd_is_asked_and_goes_out_when_somebody_is_sure(office: SampleOffice) -> None:
    with office.act(liaison_of(office, SALT)) as act:
        row = fill(act, SALT, checked=(5, None))
        with pytest.raises(Doubtful, match="累计已检查户数 5 多于应检查户数 0"):
            report.submit(act, row.id or 0)
        assert owed(act, SALT).state == DeadlineState.OPEN
        report.submit(act, row.id or 0, sure=True)
        [(version, submission)] = report.versions(act.session, owed(act, SALT).id or 0)
        assert version.doubts == ["累计已检查户数 5 多于应检查户数 0。"]
        assert (submission.way, version.counted, version.state) == (Way.FORM, True, ReportState.HANDED)
        assert act.session.get(Draft, row.id) is None


def test_a_nil_report_is_asked_about_where_the_rows_know_better(office: SampleOffice) -> None:
    office.draw("001")
    with office.act(liaison_of(office, SAFETY)) as act:
        row = report.begin(act, owed(act, SAFETY).id or 0)
        with pytest.raises(Doubtful, match="抽查任务数 1"):
            report.submit(act, row.id or 0, way=Way.ZERO)
    with office.act(liaison_of(office, SALT)) as act:
        row = report.begin(act, owed(act, SALT).id or 0)
        receipt = report.submit(act, row.id or 0, way=Way.ZERO)
        [(version, _)] = report.versions(act.session, owed(act, SALT).id or 0)
        assert set(report.figures_of(act.session, version.id or 0).values()) == {(0, 0)}
    assert (receipt.way, receipt.by) == ("零报告", "示例联络员02")


def test_a_correction_needs_its_reason_and_both_versions_stay(office: SampleOffice) -> None:
    first = hand_in(office, SALT, trainings=(2, None))
    office.now = datetime(2026, 3, 23, 9, tzinfo=SHANGHAI)
    with office.act(liaison_of(office, SALT)) as act:
        row = report.begin_again(act, owed(act, SALT).id or 0)
        assert report.filled(act, row).values["trainings"] == (2, 2)
        report.give(act, row.id or 0, {"trainings": (3, None)})
        with pytest.raises(Refused, match="更正请写明原因"):
            report.submit(act, row.id or 0)
        receipt = report.submit(act, row.id or 0, reason="漏报一次培训")
        assert (receipt.version, receipt.late) == (2, 3)
        both = report.versions(act.session, owed(act, SALT).id or 0)
        assert [(each.state, each.reason) for each, _ in both] == [
            (ReportState.REPLACED, "更正"),
            (ReportState.HANDED, "漏报一次培训"),
        ]
        old = report.figures_of(act.session, first)
        assert (old["trainings"], report.figures_of(act.session, both[1][0].id or 0)["trainings"]) == ((2, 2), (3, 3))


def test_only_the_unit_itself_and_the_staff_above_fill_in(office: SampleOffice) -> None:
    with office.act(liaison_of(office, SALT)) as act:
        row = fill(act, SALT)
    for who in (liaison_of(office, SAFETY), "leader1", "reviewer1"):
        with office.act(who) as act:
            for forbidden in (
                lambda act=act: report.draft(act, row.id or 0),
                lambda act=act: report.submit(act, row.id or 0),
                lambda act=act: report.give(act, row.id or 0, {"trainings": (1, None)}),
                lambda act=act: report.begin(act, owed(act, SALT).id or 0),
                lambda act=act: report.begin_other(act, office.made.units[SALT], "training"),
            ):
                with pytest.raises(NoRight):
                    forbidden()
    with office.act("staff1") as act:
        assert report.submit(act, row.id or 0).by == "示例工作人员甲"


def test_forms_that_nobody_asked_for(office: SampleOffice) -> None:
    with office.act(liaison_of(office, SALT)) as act:
        row = report.begin_other(act, office.made.units[SALT], "training")
        with pytest.raises(Refused, match="培训计划还没有内容"):
            report.submit(act, row.id or 0)
        report.put_lines(act, row.id or 0, [{"when": "3月", "topic": "执法业务", "people": "全体", "count": "30"}])
        receipt = report.submit(act, row.id or 0)
        assert (receipt.title, receipt.late) == ("培训计划", 0)
        [(version, _)] = report.versions(act.session, owed(act, SALT, "2026", "training").id or 0)
        assert version.lines[0]["topic"] == "执法业务"
        with pytest.raises(Refused, match="没有这种表"):
            report.begin_other(act, office.made.units[SALT], "monthly")


def test_a_summary_wants_its_passages_or_a_file(office: SampleOffice) -> None:
    with office.act(liaison_of(office, SALT)) as act:
        row = report.begin(act, owed(act, SALT, "2026-1", "summary_report").id or 0)
        report.give(act, row.id or 0, REST)
        with pytest.raises(Refused, match="还没有写：主要做法、存在问题、下一步打算"):
            report.submit(act, row.id or 0)
        for passage in FORMS["quarter"].passages:
            report.write(act, row.id or 0, passage.name, f"{passage.label}若干。")
        view = paper(act, report.filled(act, row))
        assert word.fill(view)[:2] == b"PK"
        assert report.submit(act, row.id or 0).version == 1


@pytest.mark.parametrize("code", ["monthly_report", "summary_report", "work_plan"])
@pytest.mark.parametrize("unit", [SALT, COUNTY])
def test_every_form_can_be_put_on_paper_before_it_is_filled_in(office: SampleOffice, code: str, unit: str) -> None:
    with office.act(liaison_of(office, unit)) as act:
        rows = act.session.exec(select(Deadline).where(Deadline.code == code).order_by(col(Deadline.period))).all()
        mine = [each for each in rows if each.unit_id == office.made.units[unit]]
        for row in [*mine[:1], *mine[-1:]]:
            view = paper(act, report.filled(act, report.begin(act, row.id or 0)))
            assert word.fill(view)[:2] == b"PK"
            assert word.file_name(view).endswith(".docx")
        for other in ("training", "plan", "work_plan"):
            view = paper(act, report.filled(act, report.begin_other(act, office.made.units[unit], other)))
            assert word.fill(view)[:2] == b"PK"


# --- accepting -------------------------------------------------------------------------------------------------------


def test_the_city_is_the_sum_of_what_was_accepted(office: SampleOffice) -> None:
    one, two = hand_in(office, SALT, checked=(5, 8)), hand_in(office, SAFETY, checked=(7, 20))
    assert summed(office).sums["checked"] == (0, 0)
    accept(office, one)
    assert summed(office).sums["checked"] == (5, 8)
    accept(office, two)
    found = summed(office)
    assert found.sums["checked"] == (12, 28)
    assert found.sums == {
        name: tuple(sum(line.values[name][at] or 0 for line in found.lines if line.counted) for at in (0, 1))
        for name in NAMES
    }
    assert (found.counted, found.missing) == (2, 6)


def test_a_correction_counts_only_once_it_is_accepted(office: SampleOffice) -> None:
    first = hand_in(office, SALT, checked=(5, 8))
    accept(office, first)
    second = hand_in(office, SALT, checked=(6, 9))
    assert summed(office).sums["checked"] == (5, 8)
    [told] = office.said("report_corrected")
    assert office.who(told.person_id) == "staff1"
    accept(office, second)
    assert summed(office).sums["checked"] == (6, 9)
    with office.act("staff1") as act, pytest.raises(Refused, match="已由新的一版代替"):
        rollup.accept(act, first)


def test_sent_back_with_a_reason_it_is_owed_again_with_what_was_given(office: SampleOffice) -> None:
    report_id = hand_in(office, SALT, checked=(5, 8))
    with office.act("staff1") as act, pytest.raises(Refused, match="退回要写明原因"):
        rollup.send_back(act, report_id, " ")
    with office.act("staff1") as act:
        rollup.send_back(act, report_id, "请核对已检查户数")
        assert owed(act, SALT).state == DeadlineState.OPEN
        assert owed(act, SALT).id in [number for each in collection.collection(act) for _, number in each.missing]
    [told] = office.said("report_returned")
    assert office.who(told.person_id) == liaison_of(office, SALT)
    with office.act(liaison_of(office, SALT)) as act:
        row = report.begin(act, owed(act, SALT).id or 0)
        assert report.filled(act, row).values["checked"] == (5, 8)
        report.give(act, row.id or 0, {"checked": (0, 0)})
        assert report.submit(act, row.id or 0).version == 2
    with office.act("staff1") as act, pytest.raises(Refused, match="已由示例工作人员甲退回"):
        rollup.accept(act, report_id)


def test_an_accepted_one_may_still_be_sent_back_and_leaves_the_sum(office: SampleOffice) -> None:
    report_id = hand_in(office, SALT, checked=(5, 8))
    accept(office, report_id)
    with office.act("staff2") as act:
        rollup.send_back(act, report_id, "数据有误")
    assert summed(office).sums["checked"] == (0, 0)


def test_nobody_accepts_the_own_units_report(office: SampleOffice) -> None:
    report_id = hand_in(office, COUNTY)
    with office.act("staff2") as act:
        act.session.add(
            Grant(person_id=office.made.people["reviewer1"], unit_id=office.made.units[COUNTY], role=Role.STAFF)
        )
    for who in (liaison_of(office, COUNTY), "leader1", "reviewer1"):
        with office.act(who) as act:
            for judge in (rollup.accept, lambda act, number: rollup.send_back(act, number, "理由")):
                with pytest.raises(NoRight):
                    judge(act, report_id)


def test_all_that_are_plain_are_accepted_in_one_press(office: SampleOffice) -> None:
    with office.act(liaison_of(office, SALT)) as act:
        report.submit(act, report.begin(act, owed(act, SALT).id or 0).id or 0, way=Way.ZERO)
    hand_in(office, SAFETY, checked=(5, 5))
    with office.act("staff1") as act:
        assert rollup.accept_all(act, "monthly_report", "2026-03") == 1
        assert [each.unit for each in rollup.waiting(act)] == [SAFETY]
    assert [line.state for line in summed(office).lines if line.unit in {SALT, SAFETY}] == ["待审核", "零报告"]


def test_a_report_without_figures_is_said_to_have_none(office: SampleOffice) -> None:
    with office.act(liaison_of(office, SALT)) as act:
        report.submit(act, report.begin(act, owed(act, SALT).id or 0).id or 0, way=Way.ELSEWHERE)
    with office.act("staff1") as act:
        [waits] = rollup.waiting(act)
        assert (waits.empty, rollup.plain(waits)) == (True, False)
        rollup.accept(act, waits.report_id)
    line = next(each for each in summed(office).lines if each.unit == SALT)
    assert (line.values, line.counted) == ({}, False)
    assert line.state.endswith("报送，没有数据")


def test_what_a_department_reports_is_in_its_countys_report(office: SampleOffice) -> None:
    with office.act("admin") as act:
        county = act.session.get_one(Unit, office.made.units[COUNTY])
        below = act.session.get_one(Unit, office.made.units[SALT])
        below.parent_id = county.id
        act.session.add(below)
    lower = hand_in(office, SALT, checked=(5, 8))
    accept(office, lower)
    with office.act(liaison_of(office, COUNTY)) as act:
        filled_in = report.filled(act, report.begin(act, owed(act, COUNTY).id or 0))
        assert filled_in.values["checked"] == (5, 8)
        assert filled_in.values["trainings"] == (2, 2)
    upper = hand_in(office, COUNTY, checked=(9, 12))
    assert summed(office).sums["checked"] == (5, 8)
    accept(office, upper)
    found = summed(office)
    assert found.sums["checked"] == (9, 12)
    assert [(line.unit, line.counted) for line in found.lines if line.values] == [(COUNTY, True), (SALT, False)]
    assert next(line for line in found.lines if line.unit == SALT).state.endswith("，已计入上级单位")


def test_units_stand_in_the_order_of_the_tree_whatever_their_figures(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        names = [act.session.get_one(Unit, each).name for each in sorted(office.made.units.values())]
    expected = [name for name in names if name != "示例市双随机办"]
    for n, unit in enumerate((SALT, SAFETY, COUNTY)):
        accept(office, hand_in(office, unit, checked=(900 - 100 * n, None), problems=(n * 50, None)))
        found = summed(office)
        assert [line.unit for line in found.lines] == expected
    with office.act("staff1") as act:
        view = report_papers.rollup_view(act, found, "示例市双随机办", True, "示例工作人员甲")
        assert [row.unit for row in view.rows] == expected
        assert "不排名次" in view.note


def test_staff_see_how_each_period_stands(office: SampleOffice) -> None:
    accept(office, hand_in(office, SALT))
    hand_in(office, SALT, trainings=(3, None))
    hand_in(office, SAFETY)
    with office.act("staff1") as act:
        standing = rollup.standings(act)["monthly_report", "2026-03"]
    assert (standing.handed, standing.accepted, standing.returned) == (2, 0, 0)
    assert SALT in standing.corrected


def test_versions_and_figures_are_never_rewritten(office: SampleOffice) -> None:
    first = hand_in(office, SALT, checked=(5, 8))
    with office.read() as session:
        before = sorted((row.name, row.now, row.total) for row in session.exec(select(ReportFigure)))
    accept(office, first)
    hand_in(office, SALT, checked=(6, 9))
    with office.read() as session:
        rows = session.exec(select(ReportFigure).where(ReportFigure.report_id == first))
        assert sorted((row.name, row.now, row.total) for row in rows) == before
        assert len(session.exec(select(Report)).all()) == 2
        assert session.exec(select(Outbox.id).where(Outbox.kind == "report_returned")).first() is None


def test_the_profile_names_the_forms_of_its_duties() -> None:
    forms = {each.code: (each.form, each.covers) for each in load("qinhuangdao-2022").duties if each.form}
    assert forms == {
        "monthly_report": ("monthly", "to_limit"),
        "summary_report": ("summary", "period"),
        "work_plan": ("work_plan", "period"),
    }
