"""待公示: plans, work plans, results, disposals and items in one list, owed once, registered and reminded of."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from models import followup, holidays, publication, publishing, reminder, summary, taskdue
from models.act import NoRight, Refused
from models.item import Item
from models.outbox import Outbox
from models.publication import Publication
from models.taskdue import Kind
from tests.sample_office import SampleOffice, policy
from tests.test_draw_flow import PROBLEM


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    """A copy of the sample office."""
    return SampleOffice.opened(tmp_path)


def listed(office: SampleOffice, who: str = "staff1") -> dict[str, list[tuple[str, int]]]:
    """待公示 by kind: title and count."""
    found: dict[str, list[tuple[str, int]]] = {}
    with office.act(who) as act:
        publishing.owe(act)
        for each in publishing.pending(act):
            found.setdefault(each.kind, []).append((each.title, each.count))
    return found


def test_a_work_plan_is_owed_from_the_first_draw_on_and_once(office: SampleOffice) -> None:
    assert publishing.WORK_PLAN not in listed(office)
    office.draw("001")
    with office.act("staff1") as act:
        assert publishing.owe(act) == 1
        (owed,) = [each for each in publishing.pending(act) if each.kind == publishing.WORK_PLAN]
        task = office.task(act.session, "001")
        assert (owed.group, owed.title) == (task.id, f"{task.plan_no} {task.name}")
        assert owed.due == holidays.calendar(act.session).add(act.now.date(), act.policy.publication.days).date
        assert publishing.owe(act) == 0
    with office.act("staff1") as act:
        assert publishing.register(act, publishing.WORK_PLAN, owed.group, channel="平台", link="") == (1, False)
        with pytest.raises(Refused, match="可能已经登记"):
            publishing.register(act, publishing.WORK_PLAN, owed.group, channel="平台", link="")
    assert publishing.WORK_PLAN not in listed(office)


def test_what_became_of_a_result_is_owed_when_it_is_settled(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    office.checked(draw_id, **PROBLEM)
    assert set(listed(office)) == {publishing.RESULTS, publishing.WORK_PLAN}
    with office.act("staff1") as act:
        assert publishing.register(act, publishing.RESULTS, draw_id, channel="门户网站", link="") == (4, False)
        owed, _ = followup.pending(act.session, draw_id)[0]
    assert publishing.DISPOSALS not in listed(office), "nothing is settled yet"
    office.rectified(owed.id or 0)
    with office.act("staff1") as act:
        assert publication.close_after(act, owed.visit_id)
        title = f"2026001 {office.task(act.session, '001').name}"
    assert listed(office)[publishing.DISPOSALS] == [(title, 1)]
    with office.act("staff1") as act:
        group = office.task(act.session, "001").id or 0
        assert publishing.named(act, publishing.DISPOSALS, group) == f"{title}的处理结果"
        assert publishing.register(act, publishing.DISPOSALS, group, channel="门户网站", link="") == (1, False)
    assert publishing.DISPOSALS not in listed(office)
    with office.read() as session:
        row = session.exec(select(Publication).where(Publication.subject == publishing.DISPOSALS)).one()
        assert (row.done_on, row.channel) == (office.now.date(), "门户网站")


def test_items_are_owed_while_they_are_not_published_and_again_after_a_change(office: SampleOffice) -> None:
    of_items = replace(policy(), publication=replace(policy().publication, subjects=("items",)))
    with office.act("staff1") as act:
        for item in act.session.exec(select(Item)):
            item.published_on = date(2026, 1, 5)
        changed = act.session.exec(select(Item).order_by(Item.code)).first()
        changed.published_on = None
        own = replace(act, policy=of_items)
        assert (publishing.owe(own), publishing.owe(own)) == (1, 0)
        (owed,) = [each for each in publishing.pending(own) if each.kind == publishing.ITEMS]
        assert (owed.title, owed.count) == ("抽查事项清单", 1)
        assert publishing.register(own, publishing.ITEMS, owed.group, channel="门户网站", link="") == (1, False)
        assert changed.published_on == act.now.date()
    office.later(days=30)
    with office.act("staff1") as act:
        own = replace(act, policy=of_items)
        assert publishing.owe(own) == 0
        item = act.session.get_one(Item, changed.id)
        item.published_on, item.version = None, 2
        act.session.flush()
        assert publishing.owe(own) == 1
        (owed,) = publishing.beside_results(act.session, kind=publishing.ITEMS)
        assert owed.due > act.now.date()
        # Published elsewhere in the chat, it is owed no longer.
        item.published_on = act.now.date()
        act.session.flush()
        assert publishing.beside_results(act.session, kind=publishing.ITEMS) == []


def test_who_has_no_right_sees_and_registers_nothing(office: SampleOffice) -> None:
    office.draw("001")
    assert publishing.WORK_PLAN in listed(office)
    with office.act("witness1") as act:
        assert publishing.pending(act) == []
        group = office.task(act.session, "001").id or 0
        for kind in (publishing.WORK_PLAN, publishing.RESULTS):
            with pytest.raises(NoRight):
                publishing.named(act, kind, group)
        with pytest.raises(NoRight):
            publishing.register(act, publishing.WORK_PLAN, group, channel="平台", link="")
    with office.act("staff1") as act, pytest.raises(Refused, match="在哪里公示"):
        publishing.register(act, publishing.WORK_PLAN, group, channel=" ", link="")


def test_a_profile_that_names_no_such_subject_owes_none(office: SampleOffice) -> None:
    office.draw("001")
    with office.act(None) as act:
        none = replace(policy(), publication=replace(policy().publication, subjects=("results",)))
        assert publishing.owe(replace(act, policy=none)) == 0


def test_owed_publications_are_reminded_of_and_told_to_leaders(office: SampleOffice) -> None:
    office.draw("001")
    listed(office)
    with office.act(None) as act:
        (owed,) = publishing.beside_results(act.session, kind=publishing.WORK_PLAN)
        (due,) = [
            each for each in taskdue.until(act.session, owed.due, owed.due) if each.kind == Kind.WORK_PLAN_PUBLICATION
        ]
        assert (due.subject_id, due.count, due.due, due.what) == (owed.group, 1, owed.due, owed.title)
    office.later(days=(owed.due - office.now.date()).days)
    office.now = office.now.replace(hour=10)
    with office.act(None) as act:
        assert reminder.tick(act)
        items = [
            each
            for row in act.session.exec(select(Outbox).where(Outbox.kind == "reminder"))
            for each in row.data["items"]
        ]
        mine = [each for each in items if each.get("kind") == "work_plan_publication"]
        assert mine and {each["subject"] for each in mine} == {owed.group}
        what, count, _ = taskdue.open_count(act.session, Kind.WORK_PLAN_PUBLICATION, owed.group, owed.due, 0)
        assert (what, count) == (owed.title, 1)
    with office.act("leader1") as act:
        late, soon = summary.owed(act)
        assert ("工作方案公示", owed.title) in {(each.kind, each.what) for each in (*late, *soon)}
        assert any(f"工作方案公示：{owed.title}" == each.what for each in summary.ahead(act, 3))
    with office.act("staff1") as act:
        publishing.register(act, publishing.WORK_PLAN, owed.group, channel="平台", link="")
        assert taskdue.open_count(act.session, Kind.WORK_PLAN_PUBLICATION, owed.group, owed.due, 0)[1] == 0


def test_what_is_not_published_at_all_has_its_reason_but_results_always_are(office: SampleOffice) -> None:
    draw_id = office.draw("001")
    with office.act("staff1") as act:
        publishing.owe(act)
        (owed,) = publishing.pending(act)
        with pytest.raises(Refused, match="写明不公示的理由"):
            publishing.waive(act, owed.kind, owed.group, " ")
        with pytest.raises(Refused, match="应当全部公示"):
            publishing.waive(act, publishing.RESULTS, draw_id, "不想公示")
    with office.act("witness1") as act, pytest.raises(NoRight):
        publishing.waive(act, owed.kind, owed.group, "涉密")
    with office.act("staff1") as act:
        assert publishing.waive(act, owed.kind, owed.group, "涉及商业秘密，依据某某规定") == 1
        assert (publishing.pending(act), publishing.owe(act)) == ([], 0)
        assert taskdue.open_count(act.session, Kind.WORK_PLAN_PUBLICATION, owed.group, owed.due, 0)[1] == 0
        with pytest.raises(Refused, match="可能已经登记"):
            publishing.waive(act, owed.kind, owed.group, "涉密")
