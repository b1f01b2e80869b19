"""What everyday edits mean for draws and substitutions that come after them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from models import plan, upkeep, visit
from models.act import NoRight, Refused
from models.inspector import Inspector
from models.visit import Visit
from models.words import EntityState, SeatState
from tests.sample_office import SampleOffice


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    return SampleOffice.opened(tmp_path)


def could_step_in(office: SampleOffice, first: Visit) -> list[Inspector]:
    """The people of the unit with the task's tags who are not on the visit."""
    with office.read() as session:
        line = plan.units_of(session, first.task_id)[0]
        found = session.exec(select(Inspector).where(Inspector.unit_id == line.unit_id, Inspector.state == "active"))
        on = visit.ever_on(session, first.id or 0)
        return [each for each in found if set(line.tags) <= set(each.specialties) and each.id not in on]


def test_a_recusal_and_a_leave_after_the_draw_hold_in_the_next_substitution(office: SampleOffice) -> None:
    first = office.visits(office.dispatched("001"))[0]
    leaver = office.team(first.id or 0)[0]
    others = could_step_in(office, first)
    assert len(others) >= 3, "somebody to bar, somebody away, and one who is left"
    left = others[-1]
    with office.act("staff1") as act:
        for each in others[:-2]:
            assert upkeep.recuse(act, first.entity_id, each.id or 0, "亲属") == []
        _, effect = upkeep.leave(act, others[-2].id or 0, office.now.date(), office.now.date() + timedelta(days=400))
        assert effect.visits >= 0
    office.substituted(first.id or 0, leaver)
    with office.read() as session:
        now = {each.id for _, each in visit.team(session, first.id or 0)}
    assert left.id in now and not now & {each.id for each in others[:-1]}


def test_a_recusal_between_two_who_are_together_names_the_visit_and_changes_nothing(office: SampleOffice) -> None:
    first = office.visits(office.dispatched("001"))[0]
    seats = [each for each in office.seats(first.id or 0) if each.state != SeatState.LEFT]
    with office.act("staff1") as act:
        together = upkeep.recuse(act, first.entity_id, seats[0].inspector_id, "亲属")
        assert [each.id for each in together] == [first.id]
    assert [each.state for each in office.seats(first.id or 0)] == [each.state for each in seats]


def test_each_edit_is_staff_s_alone_and_says_what_is_wrong(office: SampleOffice) -> None:
    with office.read() as session:
        person = session.exec(select(Inspector)).first()
        assert person is not None
    yesterday = office.now.date() - timedelta(days=1)
    with pytest.raises(NoRight), office.act("reviewer1") as act:
        upkeep.leave(act, person.id or 0, office.now.date(), office.now.date())
    with pytest.raises(NoRight), office.act("inspector01") as act:
        upkeep.change_state(act, 1, EntityState.CLOSED)
    with pytest.raises(Refused, match="已经过去"), office.act("staff1") as act:
        upkeep.leave(act, person.id or 0, yesterday, yesterday)
    with pytest.raises(Refused, match="没有登记请假"), office.act("staff1") as act:
        upkeep.end_leave(act, person.id or 0)
    with pytest.raises(Refused, match="请写明回避的理由"), office.act("staff1") as act:
        upkeep.recuse(act, 1, person.id or 0, "  ")
    with pytest.raises(Refused, match="这条回避已经解除"), office.act("staff1") as act:
        upkeep.lift(act, 999)


def test_visits_in_hand_are_counted_when_somebody_leaves_the_post(office: SampleOffice) -> None:
    first = office.visits(office.dispatched("001"))[0]
    member = office.team(first.id or 0)[0]
    with office.read() as session:
        inspector = office.inspector(session, member)
        mine = [each for each in office.visits(first.draw_id or 0) if member in office.team(each.id or 0)]
        assert upkeep.in_hand(session, inspector) == len(mine) > 0
    office.submit(first.id or 0, member)
    with office.read() as session:
        assert upkeep.in_hand(session, inspector) == len(mine) - 1
