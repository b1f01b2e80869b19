"""The rules of 后续处置: what each kind needs, in which order, by whom; nothing dropped or settled too early."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from models import followup, recheck, result, step, tally, taskdue, transfer, visit
from models.act import Act, NoRight, Refused
from models.followup import Followup
from models.inspector import Inspector
from models.step import Step
from models.words import Outcome, Stage, StepKind
from templates.policies import load
from tests.sample_office import NOW, SampleOffice

NAMES = ("hebei-gxt-2020", "qinhuangdao-2022", "xiping-2020", "tangshan-gaoxin-2017", "sjz-yingji-2024")
DAY = date(2026, 3, 2)
FILE = {"kind": "photo", "digest": "0" * 64, "size": 10}
PROBLEM = {
    "categories": ["own_rules"],
    "methods": ["on_site"],
    "measures": ["rectify", "transfer"],
    "findings": "警示标志缺失",
}


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    return SampleOffice.opened(tmp_path)


def opened(office: SampleOffice) -> dict[str, int]:
    """Follow-ups of a passed visit with problems, by kind."""
    visits = office.checked(office.dispatched("001"), **PROBLEM)
    with office.read() as session:
        return {each.measure: each.id or 0 for each in followup.of_visit(session, visits[0].id or 0)}


def stage(act: Act, number: int) -> Stage:
    return followup.stage(act.policy, act.session.get_one(Followup, number), step.of(act.session, number))


def team(act: Act, number: int) -> list[int]:
    row = act.session.get_one(Followup, number)
    return [inspector.id or 0 for _, inspector in visit.team(act.session, row.visit_id)]


def figures(office: SampleOffice) -> dict[str, int]:
    with office.read() as session:
        units = session.exec(select(Inspector.unit_id)).all()
        return tally.counts(session, {*units, office.made.office_id}, date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("name", NAMES)
def test_steps_of_another_kind_are_never_chosen_by_themselves(name: str) -> None:
    policy = load(name)
    codes = [each.code for each in followup.choices(policy)]
    assert codes and not {"recheck", "closure", "rectify_report"} & set(codes)
    assert followup.is_rechecked(policy, "rectify") and not followup.is_rechecked(policy, "transfer")


def test_what_a_passed_result_demands_is_due_by_the_profile(office: SampleOffice) -> None:
    numbers = opened(office)
    with office.read() as session:
        rows = {name: session.get_one(Followup, number) for name, number in numbers.items()}
    # 5 working days for a transfer (S1, assumed), 20 where the term is still to be fixed.
    assert (rows["transfer"].due, rows["rectify"].due) == (date(2026, 3, 9), date(2026, 3, 30))
    assert {name: row.label for name, row in rows.items()} == {"rectify": "责令改正", "transfer": "移送其他部门"}
    assert [row.data["visit"] for row in office.said("followups_opened")] == [rows["rectify"].visit_id]


def test_an_order_is_not_settled_before_its_recheck(office: SampleOffice) -> None:
    number = opened(office)["rectify"]
    with office.act("staff1") as act:
        today = act.now.date()
        members = team(act, number)
        assert stage(act, number) == Stage.TERM
        with pytest.raises(Refused, match="还没有定整改期限"):
            recheck.enter(act, number, today, "好", (), passed=True, inspectors=members)
        with pytest.raises(Refused, match="已经到了"):
            followup.set_term(act, number, today)
        followup.set_term(act, number, today + timedelta(days=10))
        with pytest.raises(Refused, match="写明理由"):
            followup.set_term(act, number, today + timedelta(days=20))
        assert stage(act, number) == Stage.CORRECTING
        with pytest.raises(Refused, match="整改期限（3 月 12 日）也没有到"):
            recheck.appoint(act, number, today, members)
        with pytest.raises(Refused, match="纸质报告存在哪里"):
            recheck.report(act, number, today, (), " ")
        with pytest.raises(Refused, match="还没有到"):
            recheck.report(act, number, today + timedelta(days=1), (FILE,), "")
        recheck.report(act, number, today, (FILE,), "")
        assert (stage(act, number), act.session.get_one(Followup, number).due) == (Stage.REPORTED, date(2026, 3, 16))
        with pytest.raises(Refused, match="至少要 2 名"):
            recheck.appoint(act, number, today, members[:1])
        with pytest.raises(Refused, match="至少要 2 名"):
            recheck.appoint(act, number, today, [members[0], members[0]])
        with pytest.raises(Refused, match="还没有复查合格，不能销号"):
            followup.close(act, number, "已整改")
        recheck.enter(act, number, today, "已设置", (), passed=True, inspectors=members)
        assert stage(act, number) == Stage.READY
        followup.close(act, number, "已整改")
    assert figures(office)["rectified"] == 1


def test_without_a_report_the_recheck_waits_for_the_end_of_the_term(office: SampleOffice) -> None:
    number = opened(office)["rectify"]
    with office.act("staff1") as act:
        members = team(act, number)
        followup.set_term(act, number, act.now.date() + timedelta(days=2))
    office.later(days=2)
    with office.act("staff1") as act:
        recheck.appoint(act, number, act.now.date(), members)
        assert stage(act, number) == Stage.APPOINTED
    assert len(office.said("recheck")) == 2, "each of those who are sent is told"


def test_who_may_enter_a_recheck(office: SampleOffice) -> None:
    number = opened(office)["rectify"]
    with office.act("staff1") as act:
        today = act.now.date()
        followup.set_term(act, number, today + timedelta(days=2))
        recheck.report(act, number, today, (FILE,), "")
        own = set(team(act, number))
        others = [each for each in recheck.candidates(act, number, today) if each.id not in own][:2]
        recheck.appoint(act, number, today, [each.id or 0 for each in others])
        visit_id = act.session.get_one(Followup, number).visit_id
    sent = office.who(others[0].person_id)
    with office.act(sent) as act:
        assert [row.id for row, _, _ in recheck.of_inspector(act, others[0].id or 0)] == [number]
    for who in (office.team(visit_id)[0], "witness1", "leader1"):
        with office.act(who) as act, pytest.raises(NoRight):
            recheck.enter(act, number, today, "好", (), passed=True)
    with office.act(sent) as act:
        with pytest.raises(Refused, match="看到的情况"):
            recheck.enter(act, number, today, " ", (), passed=False)
        recheck.enter(act, number, today, "标志仍缺", (), passed=False)
        with pytest.raises(Refused, match="现在不需要复查"):
            recheck.enter(act, number, today, "标志仍缺", (), passed=False)
    assert [row.data["followup"] for row in office.said("rechecked")] == [number]


def test_a_photo_of_the_recheck_where_the_profile_asks_for_one(office: SampleOffice) -> None:
    number = opened(office)["rectify"]
    with office.act("staff1") as act:
        act = replace(act, policy=load("sjz-yingji-2024"))
        today = act.now.date()
        followup.set_term(act, number, today + timedelta(days=2))
        recheck.report(act, number, today, (FILE,), "")
        with pytest.raises(Refused, match="须留存照片"):
            recheck.enter(act, number, today, "已设置", (), passed=True, inspectors=team(act, number))


def test_a_failed_recheck_is_no_correction(office: SampleOffice) -> None:
    """Closed as failed, with another kind in its place; not counted as 已整改, and not dropped."""
    number = opened(office)["rectify"]
    with office.act("staff1") as act:
        today = act.now.date()
        followup.set_term(act, number, today + timedelta(days=2))
        recheck.report(act, number, today, (), "存卷")
        recheck.enter(act, number, today, "未改", (), passed=False, inspectors=team(act, number))
        with pytest.raises(Refused, match="复查不合格，请另定期限"):
            followup.close(act, number, "算了")
        with pytest.raises(Refused, match="写明为什么"):
            followup.lead_on(act, number, "judicial", " ")
        with pytest.raises(Refused, match="没有这一种"):
            followup.lead_on(act, number, "closure", "未改")
        with pytest.raises(Refused, match="没办完的「移送其他部门」"):
            followup.lead_on(act, number, "transfer", "未改")
    with office.act("staff1") as act:
        made = followup.lead_on(act, number, "judicial", "未改，涉嫌犯罪")
        old = act.session.get_one(Followup, number)
        assert (old.outcome, old.note, made.after_id) == (Outcome.FAILED, "未改，涉嫌犯罪", number)
    counted = figures(office)
    assert (counted["ordered"], counted["rectified"], counted["transfers"]) == (1, 0, 2)


def test_what_was_chosen_wrongly_is_changed_and_never_counted(office: SampleOffice) -> None:
    number = opened(office)["rectify"]
    with office.act("staff1") as act:
        with pytest.raises(Refused, match="现在就是「责令改正」"):
            followup.lead_on(act, number, "rectify", "再来")
        followup.lead_on(act, number, "credit_record", "不属于责令改正")
    counted = figures(office)
    assert (counted["ordered"], counted["rectified"]) == (0, 0)


def test_a_transfer_is_open_until_its_receipt(office: SampleOffice) -> None:
    number = opened(office)["transfer"]
    with office.act("staff1") as act:
        today = act.now.date()
        with pytest.raises(Refused, match="先写明接收单位"):
            transfer.send(act, number, today)
        followup.name_receiver(act, number, "示例市公安局")
        with pytest.raises(Refused, match="还没有登记送出，不能销号"):
            followup.close(act, number, "已移送")
        with pytest.raises(Refused, match="还没有登记送出"):
            transfer.receive(act, number, today, "", (FILE,), "", accepted=True)
        transfer.send(act, number, today, "示例移〔2026〕1号")
        with pytest.raises(Refused, match="接收单位不能再改"):
            followup.name_receiver(act, number, "示例市检察院")
        with pytest.raises(Refused, match="还没有登记回执，不能销号"):
            followup.close(act, number, "已移送")
    assert [row.id for row, _ in _pending(office)].count(number) == 1
    office.later(days=10)
    with office.act("staff1") as act:
        today = act.now.date()
        assert act.session.get_one(Followup, number).due < today, "chased like every other"
        with pytest.raises(Refused, match="不能早于送出日期"):
            transfer.receive(act, number, date(2026, 3, 1), "", (FILE,), "", accepted=True)
        with pytest.raises(Refused, match="纸质回执由谁收到"):
            transfer.receive(act, number, today, "", (), "", accepted=True)
        transfer.receive(act, number, today, "公收〔2026〕3号", (FILE,), "", accepted=True)
        taken = step.of(act.session, number)[-1]
        assert (taken.kind, taken.number, taken.day, taken.passed) == (StepKind.RECEIPT, "公收〔2026〕3号", today, True)
        followup.close(act, number, "已受理")


def test_what_waits_is_reminded_of_by_the_day_on_which_the_office_must_act(office: SampleOffice) -> None:
    """The term while the entity corrects, ten working days for the recheck after its report, then the day arranged."""
    number = opened(office)["rectify"]

    def owed() -> set[date]:
        with office.read() as session:
            last = date(2026, 12, 31)
            return {each.due for each in taskdue.until(session, last, last) if each.kind == taskdue.Kind.FOLLOWUP}

    transfer_due = date(2026, 3, 9)
    with office.act("staff1") as act:
        followup.set_term(act, number, date(2026, 3, 12))
    assert owed() == {transfer_due, date(2026, 3, 12)}
    with office.act("staff1") as act:
        recheck.report(act, number, DAY, (FILE,), "")
    assert owed() == {transfer_due, date(2026, 3, 16)}
    with office.act("staff1") as act:
        recheck.appoint(act, number, date(2026, 3, 4), team(act, number))
    assert owed() == {transfer_due, date(2026, 3, 4)}
    with office.act("staff1") as act:
        recheck.enter(act, number, DAY, "已设置", (), passed=True)
        followup.close(act, number, "已整改")
    assert owed() == {transfer_due}


def _pending(office: SampleOffice) -> list[tuple[Followup, visit.Visit]]:
    with office.read() as session:
        return followup.pending(session)


CHOICES = [(name, kind.code) for name in NAMES for kind in followup.choices(load(name))]
# The steps that each need of a profile waits for; a recheck is the need of every kind that ends with one.
_MEANS = {"receipt": StepKind.RECEIPT, "approval": StepKind.APPROVED}


@given(st.sampled_from(CHOICES), st.lists(st.tuples(st.sampled_from(StepKind), st.booleans()), max_size=8), st.data())
def test_nothing_is_ready_to_be_settled_while_a_need_is_open(
    choice: tuple[str, str], taken: list[tuple[StepKind, bool]], data: st.DataObject
) -> None:
    """Whatever steps were taken in whatever order, 待销号 means that all the profile asks for is there."""
    policy, code = load(choice[0]), choice[1]
    row = Followup(visit_id=1, measure=code, due=DAY, opened_at=NOW)
    row.term = data.draw(st.sampled_from([None, DAY]))
    row.receiver, row.place = (
        data.draw(st.sampled_from(["", "示例市公安局"])),
        data.draw(st.sampled_from(["", "名录库"])),
    )
    steps = [Step(followup_id=1, kind=kind, day=DAY, at=NOW, by_id=1, passed=passed) for kind, passed in taken]
    if followup.stage(policy, row, steps) != Stage.READY:
        return
    wanted, done = followup.needs(policy, row), {kind for kind, _ in taken}
    assert "due_date" not in wanted or row.term
    assert "receiver" not in wanted or row.receiver
    assert code not in followup.PLACES or row.place
    assert {means for need, means in _MEANS.items() if need in wanted} <= done
    rounds = [
        each for each in taken if each[0] in (StepKind.TERM, StepKind.REPORT, StepKind.APPOINTED, StepKind.RECHECKED)
    ]
    assert not followup.is_rechecked(policy, code) or rounds[-1] == (StepKind.RECHECKED, True)
    sendings = [each for each in taken if each[0] in (StepKind.SENT, StepKind.RECEIPT)]
    assert "receipt" not in wanted or sendings[-1] == (StepKind.RECEIPT, True)


@pytest.mark.parametrize("who", ["witness1", "liaison1", "leader1", "inspector07"])
def test_only_staff_of_the_unit_change_a_follow_up(office: SampleOffice, who: str) -> None:
    numbers = opened(office)
    order, letter = numbers["rectify"], numbers["transfer"]
    with office.act(who) as act:
        today = act.now.date()
        visit_id = act.session.get_one(Followup, order).visit_id
        for refused in (
            lambda: followup.set_term(act, order, today + timedelta(days=3)),
            lambda: followup.add(act, visit_id, ["credit_record"]),
            lambda: followup.lead_on(act, order, "credit_record", "改"),
            lambda: followup.close(act, order, "好"),
            lambda: followup.approve(act, order, "局长", today, (FILE,), ""),
            lambda: followup.keep_file(act, order, (FILE,), ""),
            lambda: followup.name_place(act, order, "名录库"),
            lambda: followup.name_receiver(act, letter, "示例市公安局"),
            lambda: transfer.send(act, letter, today),
            lambda: transfer.receive(act, letter, today, "", (FILE,), "", accepted=True),
            lambda: recheck.report(act, order, today, (FILE,), ""),
            lambda: recheck.appoint(act, order, today, [1, 2]),
        ):
            with pytest.raises(NoRight):
                refused()


def test_the_visits_that_can_get_another_kind_are_those_with_problems(office: SampleOffice) -> None:
    numbers = opened(office)
    with office.act("staff1") as act:
        ((one, entity, labels),) = result.with_problems(act, 30)
        assert labels == "责令改正、移送其他部门" and entity.name
        assert one.id == act.session.get_one(Followup, numbers["rectify"]).visit_id
    with office.act("witness1") as act:
        assert result.with_problems(act, 30) == []
