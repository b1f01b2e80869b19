"""递补 by its rules: who may ask, decide, lend, reschedule and withdraw; what counts then; what an update carries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import col, select

from bot import migrate, settings
from models import announcement, change, draw, event, figures, form, record, replacement, tables, verify, visit
from models.act import Act, NoRight, Refused
from models.base import KEYRING, open_store
from models.change import Change
from models.draw import Draw
from models.entity import Entity
from models.event import Event, NobodyLeft
from models.inspector import Inspector, Recusal
from models.people import Grant, Person
from models.plan import Task
from models.visit import Visit
from models.words import ChangeState, DrawMode, Ended, InspectorState, Role, SeatState, VisitState
from tests.sample_office import KEY, WITNESSES, SampleOffice, founded, policy


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    assert tables.ROOMS
    return SampleOffice.opened(tmp_path)


def holds(office: SampleOffice, draw_id: int) -> bool:
    """Whether the record holds in every check."""
    with office.read() as session:
        drawn = draw.get(session, draw_id)
        found = verify.verify(draw.record_of(drawn), draw.files_of(session, drawn), [drawn.digest])
    assert [f"{each.name}：{each.detail}" for each in found if each.result != "ok"] == []
    return True


def thrown(office: SampleOffice, event_id: int) -> Event:
    """Two throws that are enough."""
    office.later(minutes=1)
    for who, value in zip(WITNESSES, (11, 47), strict=True):
        office.throw_for(event_id, who, value)
    with office.read() as session:
        return session.get_one(Event, event_id)


# --- who may ---------------------------------------------------------------------------------------------------------


Deed = Callable[[Act, int, int, int], object]
DEEDS: dict[str, Deed] = {
    "remove": lambda act, visit_id, seat_id, change_id: change.ask_to_remove(act, seat_id, recusal=True, reason="股东"),
    "gone": lambda act, visit_id, seat_id, change_id: change.ask_gone(act, visit_id, "已搬空"),
    "approve": lambda act, visit_id, seat_id, change_id: event.approve(act, change_id),
    "refuse": lambda act, visit_id, seat_id, change_id: event.refuse(act, change_id),
    "lend": lambda act, visit_id, seat_id, change_id: event.lend(act, change_id, [1], "人员不足"),
    "rebook": lambda act, visit_id, seat_id, change_id: visit.reschedule(
        act, [visit_id], act.now.date() + timedelta(days=3), "停产"
    ),
    "withdraw": lambda act, visit_id, seat_id, change_id: replacement.withdraw(act, [visit_id], "无法组队"),
    "behalf": lambda act, visit_id, seat_id, change_id: visit.accept(
        replace(act, behalf=_first_of(act, visit_id)), [visit_id]
    ),
}


def _first_of(act: Act, visit_id: int) -> Person:
    return act.session.get_one(Person, visit.team(act.session, visit_id)[0][1].person_id)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("who", ["witness1", "inspector20", "leader1", "reviewer1", "liaison1"])
def test_only_staff_of_the_unit_change_who_goes_where(office: SampleOffice, who: str, deed: str) -> None:
    draw_id = office.dispatched("001")
    first, second, *_ = office.visits(draw_id)
    change_id = office.ask_to_leave(second.id or 0, office.team(second.id or 0)[0])
    seat_id = office.seats(first.id or 0)[0].id or 0
    with office.act(who) as act, pytest.raises((NoRight, Refused)) as refused:
        DEEDS[deed](act, first.id or 0, seat_id, change_id)
    assert isinstance(refused.value, NoRight) or "不能代为办理" in refused.value.sentence
    with office.read() as session:
        assert session.get_one(Visit, first.id).state == VisitState.SENT
        assert len(session.exec(select(Change)).all()) == 1 and not session.exec(select(Event)).all()


def test_who_asks_for_a_change_does_not_decide_it(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    with office.act("staff1") as act:
        asked = change.ask_to_remove(act, office.seats(first.id or 0)[0].id or 0, recusal=False, reason="借调外地")
    told = [row.person_id for row in office.said("leave_asked")]
    assert told and office.made.people["staff1"] not in told, "though staff1 sent the task out"
    with office.act("staff1") as act, pytest.raises(NoRight, match="自己的申请"):
        event.approve(act, asked.id or 0)
    with office.act("staff1") as act, pytest.raises(NoRight, match="自己的申请"):
        event.refuse(act, asked.id or 0)
    assert thrown(office, office.approve(asked.id or 0)).state == "done"
    assert holds(office, draw_id)


def test_where_there_is_nobody_else_to_decide_the_request_is_not_taken(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    with office.act("admin") as act:
        for grant in act.session.exec(select(Grant).where(col(Grant.role).in_([Role.STAFF, Role.ADMIN]))).all():
            if grant.person_id != office.made.people["staff1"]:
                act.session.delete(grant)
    with office.act("staff1") as act, pytest.raises(Refused, match="没有其他工作人员可以答复"):
        change.ask_gone(act, first.id or 0, "已搬空")


def test_what_the_platform_drew_is_changed_on_the_platform(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    change_id = office.ask_to_leave(first.id or 0, office.team(first.id or 0)[0])
    with office.act("admin") as act:
        task = office.task(act.session, "001")
        task.mode = DrawMode.PLATFORM
        act.session.add(task)
    with office.act("staff2") as act:
        for deed in (lambda: event.approve(act, change_id), lambda: event.lend(act, change_id, [1], "人员不足")):
            with pytest.raises(Refused, match="请先在平台上调整，再把名单重新导入"):
                deed()
        assert event.refuse(act, change_id).state == ChangeState.REFUSED


def test_what_is_gone_and_who_leaves_do_not_get_in_each_others_way(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first, second, *_ = office.visits(draw_id)
    one, other = office.team(first.id or 0)
    with office.act(one) as act:
        change.ask_gone(act, first.id or 0, "已搬空")
    with pytest.raises(Refused, match="已报告对象不在"):
        office.ask_to_leave(first.id or 0, other)
    office.ask_to_leave(second.id or 0, office.team(second.id or 0)[0])
    with office.act(office.team(second.id or 0)[1]) as act, pytest.raises(Refused, match="正在等待答复"):
        change.ask_gone(act, second.id or 0, "已搬空")


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_no_change_without_a_reason(office: SampleOffice, reason: str) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0].id or 0
    who = office.team(first)[0]
    with office.act(who) as act, pytest.raises(Refused, match="请写明理由"):
        change.ask_gone(act, first, reason)
    with office.act("staff1") as act:
        with pytest.raises(Refused, match="请写明撤回检查的原因"):
            replacement.withdraw(act, [first], reason)
        with pytest.raises(Refused, match="请写明另约时间的原因"):
            visit.reschedule(act, [first], act.now.date() + timedelta(days=2), reason)


# --- who is eligible -------------------------------------------------------------------------------------------------


def test_who_left_or_is_recused_since_the_announcement_does_not_step_in(office: SampleOffice) -> None:
    """The notice names them: away, and recusals that the register learned meanwhile."""
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]
    team = office.team(first.id or 0)
    with office.act("admin") as act:
        drawn = draw.get(act.session, draw_id)
        names = [
            each.label for each in record.standing(draw.record_of(drawn), draw.frozen_files(act.session, drawn)).people
        ]
        others = [
            each
            for each in act.session.exec(select(Inspector).where(col(Inspector.label).in_(names)))
            if office.who(each.person_id) not in team
        ]
        left, recused = others[:2]
        left.state = InspectorState.LEFT
        act.session.add(left)
        act.session.add(Recusal(entity_id=first.entity_id, inspector_id=recused.id or 0, reason="曾任\n职"))
        out = left.label, recused.label
    done = thrown(office, office.approve(office.ask_to_leave(first.id or 0, team[0], recusal=False)))
    with office.read() as session:
        notice = draw.record_of(draw.get(session, draw_id))["draws"][1]["notice"]
        stepped_in = visit.team(session, first.id or 0)
    assert notice["away"] == [out[0]] and [each["inspector"] for each in notice["recusals"]] == [out[1]]
    assert not set(out) & set(notice["places"][0]["eligible"])
    assert not set(out) & {each.label for _, each in stepped_in} and done.state == "done"
    assert holds(office, draw_id)


def test_lending_offers_and_takes_only_who_could_go(office: SampleOffice) -> None:
    draw_id = office.dispatched("008")
    first = office.visits(draw_id)[0]
    change_id = office.ask_to_leave(first.id or 0, "inspector27")
    with office.act("staff2") as act:
        offered = event.lendable(act, event.case(act, change_id))
        assert offered and all("无线电" in each.specialties for each, _ in offered)
        assert {office.who(each.person_id) for each, _ in offered}.isdisjoint({"inspector27", "inspector28"})
        chosen = offered[0][0]
        lacking = next(
            each
            for each in act.session.exec(select(Inspector).order_by(Inspector.label))
            if "无线电" not in each.specialties
        )
        for wrong in ([], [lacking.id or 0], [chosen.id or 0, 99999]):
            with pytest.raises(Refused, match="请至少选择一名可以借调"):
                event.lend(act, change_id, wrong, "人员不足")
        with pytest.raises(Refused, match="请写明借调的原因"):
            event.lend(act, change_id, [chosen.id or 0], " ")
    with office.act("admin") as act:
        row = act.session.get_one(Inspector, chosen.id)
        row.valid_until = office.now.date()
        act.session.add(row)
    with office.act("staff2") as act:
        assert chosen.id not in {each.id for each, _ in event.lendable(act, event.case(act, change_id))}


def test_a_lent_person_counts_with_his_label_and_serves_further_events(office: SampleOffice) -> None:
    draw_id = office.dispatched("008")
    first, second, third = office.visits(draw_id)
    change_id = office.ask_to_leave(first.id or 0, "inspector27")
    with office.act("staff2") as act:
        offered = event.lendable(act, event.case(act, change_id))
        lent = [each.id or 0 for each, _ in offered[:2]]
        event_id = event.lend(act, change_id, lent, "本县仅 2 人").id or 0
    assert [row.kind for row in office.said("addendum") + office.said("event_notice")] == ["addendum", "event_notice"]
    thrown(office, event_id)
    # For the next place nobody needs to be lent again.
    thrown(office, office.approve(office.ask_to_leave(second.id or 0, "inspector27")))
    with office.read() as session:
        made = draw.record_of(draw.get(session, draw_id))
    assert "addenda" in made["draws"][1] and "addenda" not in made["draws"][2]
    assert {office.team(each.id or 0)[0] for each in (first, second)} | {"inspector28"}
    assert "inspector27" in office.team(third.id or 0) and holds(office, draw_id)


def test_a_list_that_was_posted_for_a_notice_that_lapsed_serves_the_next(office: SampleOffice) -> None:
    draw_id = office.dispatched("008")
    first = office.visits(draw_id)[0]
    change_id = office.ask_to_leave(first.id or 0, "inspector27")
    with office.act("staff2") as act:
        lent = event.lendable(act, event.case(act, change_id))[0][0]
        event.lend(act, change_id, [lent.id or 0], "本县仅 2 人")
    office.later(hours=policy().throws.deadline_hours)
    with office.act(None) as act:
        assert event.tick(act) == 1
    done = thrown(office, office.approve(change_id))
    with office.read() as session:
        made = draw.record_of(draw.get(session, draw_id))
    assert (done.attempt, done.state) == (2, "done")
    assert made["lapsed"][0]["addenda"] == made["draws"][1]["addenda"]
    assert len(office.said("addendum")) == 1 and holds(office, draw_id)
    assert lent.label in {change_["in"] for change_ in made["draws"][1]["changes"]}


# --- what counts afterwards ------------------------------------------------------------------------------------------


def test_the_draw_is_finished_when_what_is_left_of_it_is(office: SampleOffice) -> None:
    """Three checked, the fourth withdrawn: the code is published, and the task closes with the publication."""
    draw_id = office.dispatched("001")
    *others, last = office.visits(draw_id)
    for each in others:
        office.submit(each.id or 0)
        office.confirm(each.id or 0)
        office.review(each.id or 0)
    assert office.said("code_published") == []
    with office.act("staff1") as act:
        replacement.withdraw(act, [last.id or 0], "企业已停产检修到年底")
    assert len(office.said("code_published")) == 1 and len(office.said("visits_withdrawn")) == 1
    with office.read() as session:
        found = session.get_one(Visit, last.id)
        assert (found.state, found.ended) == (VisitState.CANCELLED, Ended.WITHDRAWN)
    with office.act("staff1") as act, pytest.raises(Refused, match="已经取消"):
        replacement.withdraw(act, [last.id or 0], "再撤一次")
    assert holds(office, draw_id)


def test_what_was_gone_is_not_drawn_again_for_the_task_and_what_was_withdrawn_can_be(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first, second, *_ = office.visits(draw_id)
    with office.act(office.team(first.id or 0)[0]) as act:
        gone = change.ask_gone(act, first.id or 0, "已搬空").id or 0
    thrown(office, office.approve(gone))
    with office.act("staff1") as act:
        replacement.withdraw(act, [second.id or 0], "停产")
        already = announcement._already(act.session, first.task_id)
    assert first.entity_id in already and second.entity_id not in already
    new = office.visits(draw_id)[-1]
    assert new.entity_id in already and new.order == 5 and holds(office, draw_id)
    with office.read() as session:
        loads = visit.loads(session, draw_id)
        counts = visit.counts(session, first.task_id)
    assert sum(loads.values()) == 2 * 3 and sum(counts.values()) == 4
    assert counts[VisitState.CANCELLED] == 1


def test_an_entity_that_could_come_in_but_cannot_be_manned_stops_the_event(office: SampleOffice) -> None:
    """No throw may make an event impossible: whoever might be drawn is looked at before."""
    draw_id = office.dispatched("008")
    first = office.visits(draw_id)[0]
    with office.act("admin") as act:
        drawn = {each.entity_id for each in office.visits(draw_id)}
        pool = [
            line.split("\t")[0]
            for line in draw.frozen_files(act.session, draw.get(act.session, draw_id)).pool.decode().splitlines()[1:]
        ]
        free = next(
            each for each in act.session.exec(select(Entity).where(col(Entity.label).in_(pool))) if each.id not in drawn
        )
        theirs = office.inspector(act.session, "inspector27")
        act.session.add(Recusal(entity_id=free.id or 0, inspector_id=theirs.id or 0, reason="亲属"))
        label = free.label
    with office.act("inspector27") as act:
        change_id = change.ask_gone(act, first.id or 0, "已搬空").id or 0
    with office.act("staff1") as act, pytest.raises(NobodyLeft, match=f"可能递补的检查对象“{label}”派不出检查组") as no:
        event.approve(act, change_id)
    assert no.value.gone and "另约时间" not in no.value.sentence
    with office.act("staff1") as act:
        lent = event.lendable(act, event.case(act, change_id))[0][0].id or 0
        event_id = event.lend(act, change_id, [lent], "可能的检查对象派不出人").id or 0
    assert thrown(office, event_id).state == "done" and holds(office, draw_id)


# --- an update of the assistant --------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))])
def test_requests_and_events_of_an_older_store_are_carried_over(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Back to revision 0002 and forth again: each seat that asked has its request, each event its cause."""
    KEYRING.use(KEY)
    url = request.getfixturevalue("postgres_url") if store == "postgresql" else ""
    found = settings.load(data=tmp_path, database_url=url, key=KEY)
    engine = open_store(found.store_url)
    migrate.upgrade(engine, found)
    office = SampleOffice(engine, founded(engine))
    draw_id = office.dispatched("001")
    first, second, third, _ = office.visits(draw_id)
    done = office.substituted(first.id or 0, office.team(first.id or 0)[0])
    waiting = office.ask_to_leave(second.id or 0, office.team(second.id or 0)[0], recusal=False, reason="住院")
    lapsing = office.approve(waiting)
    office.throw_for(lapsing, "witness1", 5)
    office.later(hours=policy().throws.deadline_hours)
    with office.act(None) as act:
        assert event.tick(act) == 1
    again = office.approve(waiting)
    office.later(minutes=1)
    office.throw_for(again, "witness1", 6)

    command.downgrade(migrate.config(engine), "0002")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM event WHERE seat_id IS NOT NULL")).scalar() == 3
    migrate.upgrade(engine, found)
    with office.read() as session:
        changes = session.exec(select(Change).order_by(col(Change.id))).all()
        events = {each.id: each.change_id for each in session.exec(select(Event))}
        seats = [[seat.state for _, seat in change.places(session, each.id or 0) if seat] for each in changes]
    assert [(each.kind, each.state) for each in changes] == [("recusal", "done"), ("unable", "asked")]
    assert seats == [[SeatState.LEFT], [SeatState.ABSENCE_ASKED]]
    assert events == {done.id: changes[0].id, lapsing: changes[1].id, again: changes[1].id}
    # The open event goes on where it stood: one throw more is enough.
    assert office.throw_for(again, "witness2", 7)
    with office.read() as session:
        assert session.get_one(Change, changes[1].id).state == ChangeState.DONE
        made = draw.record_of(session.get_one(Draw, draw_id))
    assert [each["value"] for each in made["draws"][2]["throws"]] == [6, 7]
    assert office.ask_to_leave(third.id or 0, office.team(third.id or 0)[0]) == len(changes) + 1
    engine.dispose()


# --- what the public sees --------------------------------------------------------------------------------------------


def test_the_public_edition_of_a_draw_with_all_kinds_of_events(office: SampleOffice) -> None:
    """Gone, lapsed, lent, withdrawn: no name and no explanation in it, and nothing in it fails."""
    draw_id = office.dispatched("008")
    first, second, third = office.visits(draw_id)
    with office.act("inspector27") as act:
        asked = change.ask_gone(act, first.id or 0, "现场已搬空").id or 0
    office.approve(asked)
    office.later(hours=policy().throws.deadline_hours)
    with office.act(None) as act:
        assert event.tick(act) == 1
    thrown(office, office.approve(asked))
    change_id = office.ask_to_leave(second.id or 0, "inspector27")
    with office.act("staff2") as act:
        lent = event.lendable(act, event.case(act, change_id))[0][0]
        event_id = event.lend(act, change_id, [lent.id or 0], "本县仅 2 人").id or 0
    thrown(office, event_id)
    with office.act("staff1") as act:
        replacement.withdraw(act, [third.id or 0], "停产")
    assert holds(office, draw_id)
    for each in office.visits(draw_id):
        if each.state == VisitState.SENT:
            with office.act("staff1") as act:
                replacement.withdraw(act, [each.id or 0], "停产")
    with office.act("staff1") as act:
        drawn = draw.get(act.session, draw_id)
        assert drawn.closed_at is not None, "nothing is left to be done"
        edition, files = draw.public_edition(act, drawn)
        names = act.session.exec(select(Inspector.label)).all()
    whole = form.canonical(edition).decode() + b"".join(files.values()).decode()
    assert [name for name in [*names, "现场已搬空", "本县仅"] if name in whole] == []
    checks = {each.name: each.result for each in verify.verify(edition, files)}
    assert "failed" not in checks.values() and checks["失效的递补公告"] == "unchecked"
    assert edition["lapsed"][0]["attempt"] == 1 and edition["draws"][1]["attempt"] == 2


def test_an_entity_that_was_gone_and_its_substitute_are_one_in_every_figure(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.visits(draw_id)[0]

    def counted() -> tuple[int, int, int]:
        with office.read() as session:
            task = session.get_one(Task, first.task_id)
            today, units = office.now.date(), {task.unit_id or 0}
            found = figures.of_tasks(session, units, today, today, today)[task.id or 0]
            return found.entities, found.due, figures.yearly(session, units, today.year)[0]

    assert counted() == (4, 4, 4)
    with office.act(office.team(first.id or 0)[0]) as act:
        asked = change.ask_gone(act, first.id or 0, "已搬空").id or 0
    thrown(office, office.approve(asked))
    assert len(office.visits(draw_id)) == 5 and counted() == (4, 4, 4)
    with office.act("staff1") as act:
        replacement.withdraw(act, [office.visits(draw_id)[1].id or 0], "停产")
    assert counted() == (4, 3, 4), "drawn, and no longer due"
