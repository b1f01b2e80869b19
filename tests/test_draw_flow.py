"""A task from announcement to close in the sample office, and every way in which it may not go."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from models import announcement, audit, change, draw, event, followup, plan, publication, record, result, tables, visit
from models.act import NoRight, Refused
from models.base import KEYRING
from models.draw import Draw, Thrown
from models.entity import Entity
from models.event import Event
from models.followup import Followup
from models.inspector import Inspector, Recusal
from models.office import bind
from models.people import Grant, Person, Unit
from models.verify import Check, verify
from models.words import DrawMode, DrawState, EntityState, Role, SeatState, TaskState, VisitState
from tests.sample_office import CLEAN, NOW, OTHER_KEY, SampleOffice, policy

PROBLEM = {
    "categories": ["own_rules"],
    "methods": ["on_site"],
    "measures": ["rectify"],
    "findings": "警示标志缺失",
}


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    assert tables.ROOMS
    return SampleOffice.opened(tmp_path)


def not_ok(checks: list[Check]) -> list[str]:
    return [f"{each.name}：{each.result}：{each.detail}" for each in checks if each.result != "ok"]


def checks_of(office: SampleOffice, draw_id: int) -> list[Check]:
    """The record against its files and against the digests that the group saw."""
    with office.read() as session:
        drawn = draw.get(session, draw_id)
        made = draw.record_of(drawn)
        posted = [drawn.digest, *(record.digest_of(each) for each in made.get("draws", ()))]
        posted += session.exec(select(Event.digest).where(Event.draw_id == draw_id, Event.state == "done")).all()
        return verify(made, draw.files_of(session, drawn), posted)


def whole_chain(office: SampleOffice) -> list[tuple[int, str]]:
    with office.read() as session:
        return list(audit.check(session))


# --- the straight way ------------------------------------------------------------------------------------------------


def test_from_announcement_to_close_with_a_recusal_on_the_way(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first, *rest = office.visits(draw_id)
    leaver = office.team(first.id or 0)[0]
    done = office.substituted(first.id or 0, leaver)
    assert (done.k, done.state) == (2, "done")
    assert leaver not in office.team(first.id or 0) and len(office.team(first.id or 0)) == 2
    states = [seat.state for seat in office.seats(first.id or 0)]
    assert states.count(SeatState.LEFT) == 1 and len(states) == 3
    newcomer = next(seat for seat in office.seats(first.id or 0) if seat.since == 2)
    with office.read() as session:
        person_id = session.get_one(Inspector, newcomer.inspector_id).person_id
    assert [row.data["since"] for row in office.said("cards") if row.person_id == person_id][-1] == 2
    assert not_ok(checks_of(office, draw_id)) == []

    with office.act("staff1") as act, pytest.raises(Refused, match="公开码还没有公布"):
        draw.public_edition(act, draw.get(act.session, draw_id))
    checked = office.checked(draw_id, **PROBLEM)
    assert {each.state for each in checked} == {VisitState.PASSED}
    assert len(office.said("code_published")) == 1 and len(office.said("all_checked")) == 1
    with office.act("staff1") as act:
        edition, files = draw.public_edition(act, draw.get(act.session, draw_id))
    failed = [each for each in verify(edition, files) if each.result == "failed"]
    assert failed == []
    assert "inspectors.tsv" not in files and "selected.tsv" not in files

    office.later(days=7)
    with office.act("staff1") as act:
        assert publication.register(act, draw_id, channel="门户网站", link="https://example.org/1") == (4, False)
    with office.read() as session:
        owed, _ = followup.pending(session, draw_id)[0]
    office.rectified(owed.id or 0)
    with office.act("staff1") as act:
        assert publication.try_to_close(act, draw_id)
    with office.read() as session:
        drawn = draw.get(session, draw_id)
        assert drawn.state == DrawState.CLOSED
        assert office.task(session, "001").state == TaskState.CLOSED
        assert "secret" in draw.record_of(drawn)
    assert not_ok(checks_of(office, draw_id)) == []
    assert whole_chain(office) == []
    assert len(rest) == 3


@pytest.mark.parametrize(("number", "visits", "units"), [("001", 4, 1), ("003", 8, 2), ("004", 40, 1), ("008", 3, 1)])
def test_each_task_of_the_sample_office_can_be_drawn_and_verified(
    office: SampleOffice, number: str, visits: int, units: int
) -> None:
    draw_id = office.draw(number)
    found = office.visits(draw_id)
    assert len(found) == visits and [each.order for each in found] == list(range(1, visits + 1))
    for each in found:
        with office.read() as session:
            team = visit.team(session, each.id or 0)
            assert len(team) == 2 and len({seat.unit_id for seat, _ in team}) == units
    assert not_ok(checks_of(office, draw_id)) == []


@pytest.mark.parametrize("shows", [True, False])
def test_the_public_edition_shows_the_pool_where_the_profile_says_so(office: SampleOffice, shows: bool) -> None:
    draw_id = office.dispatched("003")
    first = office.visits(draw_id)[0]
    office.substituted(first.id or 0, office.team(first.id or 0)[0])
    office.checked(draw_id)
    with office.act("staff1") as act:
        chosen = replace(act, policy=replace(act.policy, public_shows_pool=shows))
        edition, files = draw.public_edition(chosen, draw.get(act.session, draw_id))
        again, same = draw.public_edition(chosen, draw.get(act.session, draw_id))
    assert (edition, files) == (again, same), "asked for twice, it is the same edition"
    assert ("pool.tsv" in files) is shows
    assert [each for each in verify(edition, files) if each.result == "failed"] == []
    with office.read() as session:
        certificates = session.exec(select(Inspector.label)).all()
    whole = b"".join(files.values()).decode() + json.dumps(edition, ensure_ascii=False)
    assert [each for each in certificates if each in whole] == [], "inspectors are numbers in what is public"


def test_nobody_meets_whom_they_must_not_meet(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        everybody = act.session.exec(select(Inspector).order_by(col(Inspector.label))).all()
        third = next(each for each in everybody if each.label == "990000003")
        entities = plan.in_scope(act.session, office.task(act.session, "001").scope)
        for entity in entities:
            act.session.add(Recusal(entity_id=entity.id or 0, inspector_id=third.id or 0, reason="示例"))
    draw_id = office.draw("001")
    assert all("inspector03" not in office.team(each.id or 0) for each in office.visits(draw_id))
    assert not_ok(checks_of(office, draw_id)) == []


def test_two_draws_are_chained_by_their_announcements(office: SampleOffice) -> None:
    first, second = office.draw("001"), office.draw("008")
    with office.read() as session:
        one, two = draw.get(session, first), draw.get(session, second)
        assert (one.serial, two.serial) == (1, 2)
        assert draw.record_of(two)["announcement"]["previous"] == one.digest


# --- what cannot be announced ----------------------------------------------------------------------------------------


def test_an_empty_pool_is_refused_with_the_reason(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        for entity in act.session.exec(plan.matching(office.task(act.session, "001").scope)).all():
            entity.state = EntityState.CLOSED
            act.session.add(entity)
    with office.act("staff1") as act, pytest.raises(Refused, match=r"没有可以抽取的检查对象.*已注销"):
        announcement.preview(act, office.task(act.session, "001"))


@pytest.mark.parametrize("text", ["0", "0%", "0/5", "120%", "许多"])
def test_a_quota_of_nothing_is_refused_where_it_is_typed(office: SampleOffice, text: str) -> None:
    with office.act("staff1") as act:
        task = office.task(act.session, "002")
        unit = act.session.exec(select(Unit).where(Unit.name == "安全生产处")).one()
        with pytest.raises(Refused, match="抽取"):
            plan.complete(
                act,
                task,
                unit=unit,
                mode=DrawMode.BOT,
                reason="示例",
                scope={},
                strata={"*": text},
                items=plan.items_of(act.session, office.task(act.session, "001").id or 0),
                demands=[(unit, 2, [])],
                starts=NOW.date(),
                ends=NOW.date() + timedelta(days=30),
            )
        assert task.state == TaskState.WRITTEN


def test_an_entity_that_cannot_be_manned_stops_the_announcement(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        entity = plan.in_scope(act.session, office.task(act.session, "008").scope)[0]
        label = entity.label
        theirs = office.inspector(act.session, "inspector27")
        act.session.add(Recusal(entity_id=entity.id or 0, inspector_id=theirs.id or 0, reason="亲属"))
    with pytest.raises(Refused, match=f"没有发布：1 户派不出检查组.*{label}.*借调"):
        office.announce("008")
    with office.read() as session:
        assert session.exec(select(Draw)).all() == []


def test_fewer_than_two_certified_people_stop_the_announcement(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        theirs = office.inspector(act.session, "inspector28")
        theirs.valid_until = NOW.date() + timedelta(days=10)
        act.session.add(theirs)
    with pytest.raises(Refused, match="没有发布：56 户派不出检查组"):
        office.announce("008")


@pytest.mark.parametrize("label", ["91990000\t1", "=1", "", " 1"])
def test_a_code_that_no_file_can_hold_is_named(office: SampleOffice, label: str) -> None:
    with office.act("staff1") as act:
        entity = act.session.get_one(Entity, plan.in_scope(act.session, office.task(act.session, "001").scope)[5].id)
        name, entity.label = entity.name, label
        act.session.add(entity)
    with pytest.raises(Refused, match=f"「{name}」的编号.*请更正编号"):
        office.announce("001")


def test_a_recusal_whose_reason_runs_over_lines_can_be_frozen(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        one = plan.in_scope(act.session, office.task(act.session, "001").scope)[0]
        theirs = office.inspector(act.session, "inspector02")
        for reason in ("近亲属\n（配偶）\t任职", ""):
            act.session.add(Recusal(entity_id=one.id or 0, inspector_id=theirs.id or 0, reason=reason))
    assert not_ok(checks_of(office, office.draw("001"))) == []


@pytest.mark.parametrize(("no_bind", "roster"), [("on_behalf", 6), ("left_out", 2)])
def test_who_has_no_account_is_left_out_where_the_profile_says_so(
    office: SampleOffice, no_bind: str, roster: int
) -> None:
    with office.act("admin") as act:
        for number, who in enumerate(("inspector01", "inspector04"), start=1):
            bind(act, act.session.get_one(Person, office.made.people[who]), 7000 + number)
    with office.act("staff1") as act:
        strict = replace(act, policy=replace(act.policy, no_bind=no_bind))
        assert len(announcement.preview(strict, office.task(act.session, "001")).inspectors) == roster


def test_one_open_announcement_per_task(office: SampleOffice) -> None:
    office.announce("001")
    with pytest.raises(Refused, match="已经发布公告（第 1 号）"):
        office.announce("001")


@pytest.mark.parametrize("who", ["witness1", "inspector01", "leader1", "reviewer1", "liaison1"])
def test_only_staff_announce_and_dispatch(office: SampleOffice, who: str) -> None:
    with pytest.raises(NoRight):
        office.announce("001", who=who)
    draw_id = office.draw("001")
    with office.act(who) as act, pytest.raises(NoRight):
        visit.dispatch(act, draw_id)


# --- throws ----------------------------------------------------------------------------------------------------------


def test_throws_that_do_not_count_are_refused_with_the_reason(office: SampleOffice) -> None:
    draw_id = office.announce("001")
    with pytest.raises(Refused, match="转发"):
        office.throw(draw_id, "witness1", 7, forwarded=True)
    with pytest.raises(Refused, match="要求掷 🎰"):
        office.throw(draw_id, "witness1", 3, emoji="🎲")
    office.throw(draw_id, "witness1", 7)
    office.messages = iter([1003])
    with pytest.raises(Refused, match="已经登记过"):
        office.throw(draw_id, "witness1", 7)
    office.messages = iter(range(2000, 3000))
    office.later(hours=policy().throws.deadline_hours)
    with pytest.raises(Refused, match="过了截止时间"):
        office.throw(draw_id, "witness2", 9)
    with office.read() as session:
        assert [each.value for each in session.exec(select(Thrown))] == [7]


def test_the_announcer_alone_is_not_enough_witness(office: SampleOffice) -> None:
    draw_id = office.announce("001", who="staff1")
    assert not any(office.throw(draw_id, "staff1", n + 1) for n in range(8))
    assert not office.throw(draw_id, "witness1", 20)
    assert office.throw(draw_id, "witness2", 21)
    assert not_ok(checks_of(office, draw_id)) == []
    with pytest.raises(Refused, match="已经结束"):
        office.throw(draw_id, "witness3", 22)


def test_too_few_throws_lapse_and_the_next_attempt_says_so(office: SampleOffice) -> None:
    draw_id = office.announce("001")
    office.throw(draw_id, "witness1", 7)
    office.later(hours=policy().throws.deadline_hours)
    with office.act(None) as act:
        assert draw.tick(act) == 1
    with office.act(None) as act:
        assert draw.tick(act) == 0
    with office.read() as session:
        drawn = draw.get(session, draw_id)
        assert drawn.state == DrawState.LAPSED and draw.record_of(drawn)["code"] == draw.code(drawn, 1).hex()
    assert [each for each in checks_of(office, draw_id) if each.result == "failed"] == []
    again = office.draw("001")
    with office.read() as session:
        announced = draw.record_of(draw.get(session, again))["announcement"]
        assert (announced["attempt"], announced["serial"]) == (2, 2)


def test_a_lost_key_is_named_and_does_not_stop_the_office(office: SampleOffice) -> None:
    draw_id = office.announce("001")
    office.later(hours=policy().throws.deadline_hours)
    KEYRING.use(OTHER_KEY)
    with office.act(None) as act:
        assert draw.tick(act) == 1
    with office.read() as session:
        drawn = draw.get(session, draw_id)
        assert drawn.state == DrawState.LOST
        assert draw.record_of(drawn)["state"] == "lost"


def test_withdrawing_is_for_the_time_before_the_first_throw(office: SampleOffice) -> None:
    draw_id = office.announce("001")
    with office.act("staff2") as act:
        assert draw.withdraw(act, draw_id).state == DrawState.WITHDRAWN
    with pytest.raises(Refused, match="已经结束"):
        office.throw(draw_id, "witness1", 7)
    again = office.announce("001")
    office.throw(again, "witness1", 7)
    with office.act("staff2") as act, pytest.raises(Refused, match="已经有人掷骰"):
        draw.withdraw(act, again)
    assert [each for each in checks_of(office, draw_id) if each.result == "failed"] == []


def test_the_code_is_published_by_its_date_at_the_latest(office: SampleOffice) -> None:
    draw_id = office.draw("001")
    office.later(days=62)
    with office.act(None) as act:
        assert draw.tick(act) == 1
    with office.act(None) as act:
        assert draw.tick(act) == 0
    with office.read() as session:
        assert draw.get(session, draw_id).revealed_at == office.now


# --- leaving a team --------------------------------------------------------------------------------------------------


def test_who_cannot_come_is_replaced_without_becoming_recused(office: SampleOffice) -> None:
    draw_id = office.dispatched("003")
    first = office.visits(draw_id)[0]
    leaver = office.team(first.id or 0)[1]
    with office.read() as session:
        before = len(session.exec(select(Recusal)).all())
    office.substituted(first.id or 0, leaver, recusal=False)
    with office.read() as session:
        drawn = draw.get(session, draw_id)
        assert draw.record_of(drawn)["draws"][1]["reason"] == "unable"
        assert len(session.exec(select(Recusal)).all()) == before
        units = [seat.unit_id for seat, _ in visit.team(session, first.id or 0)]
        assert len(set(units)) == 2, "the substitute comes from the unit that the seat belongs to"
    assert not_ok(checks_of(office, draw_id)) == []


def test_a_county_with_two_people_is_told_the_ways_out(office: SampleOffice) -> None:
    draw_id = office.dispatched("008")
    first = office.visits(draw_id)[0]
    seat_id = office.ask_to_leave(first.id or 0, "inspector27")
    with pytest.raises(Refused, match=r"没有可以递补的持证人员.*借调.*另约时间.*不同意"):
        office.approve(seat_id)
    assert office.team(first.id or 0) == ["inspector27", "inspector28"]
    assert office.seats(first.id or 0)[0].state == SeatState.RECUSAL_ASKED, "the request stays open"
    with office.read() as session:
        assert session.exec(select(Event)).all() == []
        assert session.exec(select(Recusal).where(col(Recusal.task_id).is_not(None))).all() == []


def test_a_refused_request_leaves_the_team_as_it_is(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    leaver = office.team(first.id or 0)[0]
    seat_id = office.ask_to_leave(first.id or 0, leaver)
    with office.act(leaver) as act, pytest.raises(Refused, match="已经提出过申请"):
        change.ask_to_leave(act, [first.id or 0], recusal=False, reason="出差")
    with office.act("staff2") as act:
        event.refuse(act, seat_id)
    assert leaver in office.team(first.id or 0)
    assert len(office.said("leave_refused")) == 1
    with pytest.raises(Refused, match="已经办理过"):
        office.approve(seat_id)


def test_nobody_approves_their_own_request(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    leaver = office.team(first.id or 0)[0]
    with office.act("admin") as act:
        act.session.add(Grant(person_id=office.made.people[leaver], unit_id=office.made.office_id, role=Role.STAFF))
    seat_id = office.ask_to_leave(first.id or 0, leaver)
    with pytest.raises(NoRight, match="自己的申请"):
        office.approve(seat_id, who=leaver)


def test_one_substitution_at_a_time_and_a_lapsed_one_can_be_announced_again(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first, second, *_ = office.visits(draw_id)
    leaver = office.team(first.id or 0)[0]
    seat_id = office.ask_to_leave(first.id or 0, leaver)
    lapsing = office.approve(seat_id)
    other = office.ask_to_leave(second.id or 0, office.team(second.id or 0)[0])
    with pytest.raises(Refused, match="前一次递补还没有掷完骰"):
        office.approve(other)
    office.throw_for(lapsing, "witness1", 5)
    office.later(hours=policy().throws.deadline_hours)
    with pytest.raises(Refused, match="截止时间"):
        office.throw_for(lapsing, "witness2", 6)
    with office.act(None) as act:
        assert event.tick(act) == 1
    assert len(office.said("event_lapsed")) == 1
    again = office.approve(seat_id)
    office.later(minutes=1)
    assert [office.throw_for(again, who, 9) for who in ("witness1", "witness2")] == [False, True]
    with office.read() as session:
        done = event.get(session, again)
        assert (done.k, done.attempt) == (2, 2)
        held = session.exec(select(Recusal).where(Recusal.entity_id == first.entity_id)).all()
        assert len(held) == 1, "one recusal, though it was announced twice"
        assert [each["value"] for each in draw.record_of(draw.get(session, draw_id))["draws"][1]["throws"]] == [9, 9]
    assert not_ok(checks_of(office, draw_id)) == []
    office.later(minutes=1)
    third = office.approve(other)
    assert [office.throw_for(third, who, 30) for who in ("witness3", "witness1")] == [False, True]
    assert not_ok(checks_of(office, draw_id)) == []


def test_while_somebody_asks_to_leave_no_result_is_entered(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    leaver, stays = office.team(first.id or 0)
    seat_id = office.ask_to_leave(first.id or 0, leaver, recusal=False, reason="出差")
    for who in (leaver, stays):
        with office.act(who) as act, pytest.raises(Refused, match="无法参加还没有答复"):
            result.may_enter(act, first.id or 0)
    office.approve(seat_id)
    with office.act("staff2") as act, pytest.raises(Refused, match="已经同意"):
        event.refuse(act, seat_id)
    assert office.seats(first.id or 0)[0].state == SeatState.ABSENCE_ASKED


def test_where_the_profile_waives_throws_the_result_is_posted_at_once(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    seat_id = office.ask_to_leave(first.id or 0, office.team(first.id or 0)[0])
    with office.act("staff2") as act:
        done = event.approve(replace(act, policy=replace(act.policy, substitute_throws=False)), seat_id)
        assert done.state == "done"
    assert [row.data for row in office.said("event_result")] == [{"event": done.id}]
    assert not_ok(checks_of(office, draw_id)) == []


def test_after_a_lapse_another_request_may_take_its_turn(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first, second, *_ = office.visits(draw_id)
    one = office.ask_to_leave(first.id or 0, office.team(first.id or 0)[0])
    other = office.ask_to_leave(second.id or 0, office.team(second.id or 0)[1])
    office.approve(one)
    office.later(hours=policy().throws.deadline_hours)
    with office.act(None) as act:
        event.tick(act)
    second_try = office.approve(other)
    office.later(minutes=1)
    assert [office.throw_for(second_try, who, 9) for who in ("witness1", "witness2")] == [False, True]
    with office.read() as session:
        recused = session.exec(select(Recusal.entity_id).where(col(Recusal.task_id).is_not(None))).all()
        assert set(recused) == {first.entity_id, second.entity_id}
    assert not_ok(checks_of(office, draw_id)) == []


def test_after_the_result_nobody_leaves(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    one, other = office.team(first.id or 0)
    office.submit(first.id or 0, one)
    with pytest.raises(Refused, match="已经录入结果"):
        office.ask_to_leave(first.id or 0, other)


def test_a_stranger_presses_in_vain(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    with office.act("inspector20") as act:
        with pytest.raises(Refused, match="不能代为办理"):
            visit.accept(act, [first.id or 0])
        with pytest.raises(Refused, match="不能代为办理"):
            result.submit(act, first.id or 0, CLEAN)


def test_no_receipt_is_reminded_once_and_then_told_to_the_dispatcher(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    people = {who for each in office.visits(draw_id) for who in office.team(each.id or 0)}
    ready, *_ = sorted(people)
    with office.act(ready) as act:
        own = [each.id or 0 for each in office.visits(draw_id) if ready in office.team(each.id or 0)]
        assert visit.accept(act, own) == len(own)
        assert visit.accept(act, own) == 0
    hours = policy().waits.receipt_hours

    def remind() -> int:
        with office.act(None) as act:
            return visit.remind(act)

    assert remind() == 0
    office.later(hours=hours)
    assert remind() == len(people) - 1 and remind() == 0
    assert office.made.people[ready] not in {row.person_id for row in office.said("receipt_reminder")}
    office.later(hours=hours)
    assert remind() == 1 and remind() == 0, "the dispatcher hears of all in one message"
    assert {row.person_id for row in office.said("receipt_missing")} == {office.made.people["staff1"]}


def test_whoever_steps_in_has_the_whole_time_to_answer(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    leaver = office.team(first.id or 0)[0]
    office.later(hours=policy().waits.receipt_hours - 1)
    office.substituted(first.id or 0, leaver)
    (fresh,) = [seat for seat in office.seats(first.id or 0) if seat.since == 2]
    office.later(hours=2)
    with office.act(None) as act:
        visit.remind(act)
    assert next(seat for seat in office.seats(first.id or 0) if seat.id == fresh.id).reminded_at is None
    office.later(hours=policy().waits.receipt_hours)
    with office.act(None) as act:
        visit.remind(act)
    assert next(seat for seat in office.seats(first.id or 0) if seat.id == fresh.id).reminded_at is not None


# --- results ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"measures": []}, "必须选择后续处置措施"),
        ({"measures": ["none"]}, "必须选择后续处置措施"),
        ({"findings": "  "}, "请写明发现了什么问题"),
        ({"categories": []}, "至少选择一项"),
        ({"categories": ["no_problem", "own_rules"]}, "不能与其他结果同时选择"),
    ],
)
def test_a_result_that_cannot_stand_is_refused(office: SampleOffice, changed: dict[str, object], sentence: str) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    who = office.team(first.id or 0)[0]
    office.photo(first.id or 0, who)
    with office.act(who) as act, pytest.raises(Refused, match=sentence):
        result.submit(act, first.id or 0, PROBLEM | changed)
    assert office.visits(draw_id)[0].state == VisitState.SENT


def test_disputed_returned_and_passed_in_the_end(office: SampleOffice) -> None:
    draw_id = office.dispatched("003")
    first = office.visits(draw_id)[0]
    number = first.id or 0
    one, other = office.team(number)
    with office.act(one) as act:
        visit.accept(act, [number])
    office.submit(number, one)
    with office.act(one) as act, pytest.raises(Refused, match="另一位检查人员确认"):
        result.confirm(act, number)
    with office.act(other) as act:
        result.dispute(act, number, "数量不对")
    assert office.visits(draw_id)[0].state == VisitState.DISPUTED
    assert {row.data["reason"] for row in office.said("disputed")} == {"数量不对"}
    office.submit(number, one)
    office.confirm(number)
    assert not office.review(number, passes=False, reason="照片不清")
    assert office.visits(draw_id)[0].state == VisitState.RETURNED
    office.submit(number, other, **PROBLEM)
    office.confirm(number)
    office.review(number)
    with pytest.raises(Refused, match="已经复核过"):
        office.review(number, who="reviewer2")
    with office.read() as session:
        latest = result.latest(session, number)
        assert latest is not None and latest.version == 3
        assert [each.measure for each in session.exec(select(Followup))] == ["rectify"]
        owed = publication.of(session, "visit", number)
        assert owed is not None and owed.due.isoformat() == "2026-03-30", "20 working days after 2 March 2026"


def test_the_reviewer_is_outside_the_team_also_after_having_left_it(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    leaver, stays = office.team(first.id or 0)
    office.substituted(first.id or 0, leaver)
    with office.act("admin") as act:
        for who in (leaver, stays):
            person_id = office.made.people[who]
            act.session.add(Grant(person_id=person_id, unit_id=office.made.office_id, role=Role.REVIEWER))
    office.submit(first.id or 0, stays)
    office.confirm(first.id or 0)
    for who in (leaver, stays):
        with pytest.raises(NoRight, match="复核人不能是检查组成员"):
            office.review(first.id or 0, who=who)
    with pytest.raises(NoRight):
        office.review(first.id or 0, who="staff1")
    office.review(first.id or 0, who="reviewer2")


def test_what_needs_a_followup_cannot_be_closed_without(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    office.checked(draw_id, **PROBLEM)
    with office.act("staff1") as act:
        assert publication.register(act, draw_id, channel="门户网站", link="") == (4, False)
    with office.act("staff1") as act:
        assert not publication.try_to_close(act, draw_id)
        owed, _ = followup.pending(act.session, draw_id)[0]
        with pytest.raises(Refused, match="还没有定期限，不能销号"):
            followup.close(act, owed.id or 0, "已整改")
    with pytest.raises(Refused, match="写明处置结果"):
        office.rectified(owed.id or 0, note=" ")
    with office.act("staff1") as act, pytest.raises(Refused, match="没有待公示的结果"):
        publication.register(act, draw_id, channel="门户网站", link="")


def test_a_clean_task_closes_with_its_publication(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    office.checked(draw_id)
    with office.act("staff1") as act:
        assert [(row[0], row[2]) for row in publication.pending(act)] == [(draw_id, 4)]
        assert publication.register(act, draw_id, channel="门户网站", link="") == (4, True)
    with office.act("staff1") as act:
        assert publication.pending(act) == []
    assert len(office.said("closed")) == 1
    with office.act("staff1") as act:
        edition, files = draw.public_edition(act, draw.get(act.session, draw_id))
    assert [each for each in verify(edition, files) if each.result == "failed"] == []


def test_nothing_is_entered_before_it_is_sent_out(office: SampleOffice) -> None:
    draw_id = office.draw("001")
    first = office.visits(draw_id)[0]
    with office.act(office.team(first.id or 0)[0]) as act, pytest.raises(Refused, match="还没有派发"):
        result.submit(act, first.id or 0, CLEAN)


# --- rehearsals and caps ---------------------------------------------------------------------------------------------


def test_a_rehearsal_says_so_and_counts_for_nobody(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        task.mode = DrawMode.REHEARSAL
        act.session.add(task)
    draw_id = office.draw("001")
    with office.read() as session:
        assert draw.record_of(draw.get(session, draw_id))["announcement"]["mode"] == "rehearsal"
        assert visit.counted(session, 2026) == {}


def test_an_entity_at_its_yearly_cap_is_left_out_and_said_so(office: SampleOffice) -> None:
    draw_id = office.draw("004")
    caps = {each.code: each.yearly_cap for each in policy().classes}
    with office.act("staff1") as act:
        task = office.task(act.session, "008")
        task.scope = office.task(act.session, "004").scope
        act.session.add(task)
        drawn = [act.session.get_one(Entity, each.entity_id) for each in visit.of_draw(act.session, draw_id)]
        capped = {each.label for each in drawn if caps.get(each.risk_class) == 1}
        frozen = announcement.preview(act, task)
        assert capped and {label for label, why in frozen.excluded if why == "达到年度检查上限"} == capped


def test_an_act_on_the_simulated_clock_is_marked(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        made = announcement.announce(replace(act, simulated=True), office.task(act.session, "001"))
        assert draw.record_of(made)["announcement"]["clock"] == "simulated"
