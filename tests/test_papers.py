"""Papers of the sample office: each view as the rows have it, on the page, and for nobody who may not have it."""

import hashlib
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from handlers import catalog, registry
from handlers.answer import Answer
from handlers.registry import Ask
from models import announcement, draw, duty, followup, papers, people, publication, visit
from models.act import NoRight, Refused
from models.audit import Audit
from models.base import SHANGHAI
from models.duty import Deadline
from models.entity import Entity
from models.followup import Followup
from models.people import Person
from models.plan import Task
from models.views import PaperView
from models.visit import Visit
from models.words import DrawMode
from templates.word import file_name, fill
from tests.sample_office import NOW, SampleOffice
from tests.test_word import LEFT_OUT, squeezed, values, whole_text

PROBLEM = {"categories": ["own_rules"], "methods": ["on_site"], "measures": ["rectify"], "findings": "警示标志缺失"}


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    return SampleOffice.opened(tmp_path)


def on_paper(kind: str, view: PaperView) -> str:
    """The text of the document, which holds every value of the view and is the same each time."""
    data = fill(view)
    assert data == fill(view)
    page = squeezed(whole_text(data))
    shown = [squeezed(one) for one in values(view, LEFT_OUT[kind]) if one.strip("0")]
    # Of evidence and substitutions the page has the first 16 digits.
    missing = [one for one in shown if one not in page and not (len(one) == 64 and one[:16] in page)]
    assert missing == []
    assert "示例数据" in page
    return page


def first_of(office: SampleOffice, draw_id: int) -> Visit:
    return office.visits(draw_id)[0]


def entity_of(office: SampleOffice, found: Visit) -> Entity:
    with office.read() as session:
        return session.get_one(Entity, found.entity_id)


# --- the draw --------------------------------------------------------------------------------------------------------


def test_the_announcement_says_what_is_fixed(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        drawn = announcement.announce(act, office.task(act.session, "004"))
    with office.act("witness1") as act:
        view = papers.announcement(act, drawn.id or 0)
    page = on_paper("announcement", view)
    assert (view.serial, view.attempt, view.task.batch) == (1, 1, 1)
    assert [(each.name, each.rule, each.quota) for each in view.strata] == [
        ("A", "2%", 11),
        ("B", "5%", 8),
        ("C", "10%", 6),
        ("D", "100%", 15),
    ]
    assert {each.reason: each.count for each in view.excluded} == {"已注销": 14, "已停业": 6}
    assert view.team_rule == "每户派出执法检查人员2名：频率台站与监督检查处2名（具备无线电专长）"
    assert (view.inspectors, view.recusals, view.randomness.throws) == (7, 2, 6)
    assert view.digest == drawn.digest and view.contact_name == "频率台站与监督检查处"
    assert "示例工作人员甲" not in page, "people stand under their labels in what is public"
    assert file_name(view) == "抽取公告-004-第1号.docx"


def test_a_joint_task_names_both_units(office: SampleOffice) -> None:
    draw_id = office.announce("003")
    with office.act("witness1") as act:
        view = papers.announcement(act, draw_id)
    assert (view.task.unit, view.task.joint_units) == ("盐业处", ("政策法规处",))
    assert view.team_rule == "每户派出执法检查人员2名：政策法规处1名（具备法制专长）、盐业处1名（具备盐业专长）"


def test_the_record_without_names_names_nobody_and_withholds_the_code(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    found = first_of(office, draw_id)
    leaver = office.team(found.id or 0)[0]
    office.substituted(found.id or 0, leaver)
    with office.act("witness3") as act:
        view = papers.draw_record(act, draw_id, names=False)
        code = draw.code(draw.get(act.session, draw_id), 1).hex()
    page = on_paper("draw_record", view)
    with office.read() as session:
        secret = [entity.name for entity in session.exec(select(Entity))]
        secret += [person.name for person in session.exec(select(Person))]
    assert [name for name in secret if squeezed(name) in page] == []
    assert (view.code, view.prk, view.secret, view.selected) == ("", "", "", ())
    assert squeezed(code) not in page and "尚未公布" in page
    assert [(each.k, each.reason, len(each.changes)) for each in view.substitutions] == [(2, "检查人员申请回避", 1)]
    assert view.witnesses == tuple(dict.fromkeys(each.by for each in view.throws)) and len(view.witnesses) == 2


def test_the_record_with_names_is_for_those_who_answer_for_the_task(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    found = first_of(office, draw_id)
    leaver, stays = office.team(found.id or 0)
    office.substituted(found.id or 0, leaver)
    for who in ("witness1", leaver, "reviewer1", "liaison1"):
        with office.act(who) as act, pytest.raises(NoRight):
            papers.draw_record(act, draw_id, names=True)
    with office.act("leader1") as act:
        view = papers.draw_record(act, draw_id, names=True)
    page = on_paper("draw_record", view)
    assert len(view.selected) == 4
    assert view.selected[0].name == entity_of(office, found).name
    assert set(view.selected[0].team) == {office.made.names[leaver], office.made.names[stays]}, "as it was drawn"
    change = view.substitutions[0].changes[0]
    assert change.out == office.made.names[leaver] and change.into not in view.selected[0].team
    assert f"{view.host}" == "工作人员1（示例工作人员甲）" and "示例见证人甲" in page


def test_the_code_is_on_the_record_once_it_is_published_and_the_secret_once_closed(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    office.checked(draw_id)
    with office.act("staff1") as act:
        view = papers.draw_record(act, draw_id, names=True)
        assert view.code == draw.code(draw.get(act.session, draw_id), 1).hex() and view.secret == ""
        assert all(each.position for each in view.selected) and len(view.prk) == 64
        publication.register(act, draw_id, channel="门户网站", link="")
    with office.act("staff1") as act:
        closed = papers.draw_record(act, draw_id, names=False)
    on_paper("draw_record", closed)
    assert closed.state == "已办结" and len(closed.secret) == 64


@pytest.mark.parametrize(("change", "sentence"), [("open", "还在等待掷骰"), ("withdrawn", "已经撤回")])
def test_there_is_no_record_of_what_was_not_drawn(office: SampleOffice, change: str, sentence: str) -> None:
    draw_id = office.announce("001")
    with office.act("staff1") as act:
        if change == "withdrawn":
            draw.withdraw(act, draw_id)
        with pytest.raises(Refused, match=sentence):
            papers.draw_record(act, draw_id, names=False)


def test_a_rehearsal_is_marked_on_every_paper(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        task.mode = DrawMode.REHEARSAL
        act.session.add(task)
    draw_id = office.draw("001")
    with office.act("staff1") as act:
        for view in (papers.announcement(act, draw_id), papers.draw_record(act, draw_id, names=True)):
            assert view.rehearsal and file_name(view).startswith("演练-")


# --- the team --------------------------------------------------------------------------------------------------------


def test_an_assignment_lists_the_inspectors_own_visits(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    who = office.team(first_of(office, draw_id).id or 0)[0]
    own = [each for each in office.visits(draw_id) if who in office.team(each.id or 0)]
    with office.act(who) as act:
        inspector = visit.inspector_of(act.session, act.person_id)
        assert inspector is not None
        view = papers.assignment(act, draw_id, inspector.id or 0)
    page = on_paper("assignment", view)
    assert [each.order for each in view.entities] == [each.order for each in own]
    assert {each.name for each in view.entities} == {entity_of(office, each).name for each in own}
    assert all(office.made.names[who] in each.colleagues and len(each.colleagues) == 2 for each in view.entities)
    assert view.inspectors[0].certificate == inspector.label
    assert [each.code for each in view.items] == ["MB-01", "MB-02"]
    assert view.issued == NOW.date() and view.reply_by > office.now
    assert view.result_due > own[0].due and view.publish_due > view.result_due
    assert view.contact_name == "示例工作人员甲"
    assert (view.starts, view.ends) == (NOW.date(), own[0].due)
    assert view.number_word == "", "the sample office borrows nobody's 机关代字"
    others = {entity_of(office, each).name for each in office.visits(draw_id)} - {each.name for each in view.entities}
    assert [name for name in others if squeezed(name) in page] == []
    numbers = set()
    for each in ("inspector01", "inspector02", "inspector03", "inspector04", "inspector05", "inspector06"):
        with office.act("staff1") as act:
            theirs = office.inspector(act.session, each)
            numbers.add(papers.assignment(act, draw_id, theirs.id or 0).serial)
    assert numbers == {1, 2, 3, 4, 5, 6}, "the file names differ"


def test_an_assignment_is_nobody_elses(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    one, other = office.team(first_of(office, draw_id).id or 0)
    with office.read() as session:
        inspector_id = office.inspector(session, one).id or 0
    for who in (other, "witness1", "reviewer1"):
        with office.act(who) as act, pytest.raises(NoRight):
            papers.assignment(act, draw_id, inspector_id)
    for who in (one, "staff1", "leader1"):
        with office.act(who) as act:
            assert papers.assignment(act, draw_id, inspector_id).entities
    with office.act("inspector20") as act, pytest.raises(Refused, match="没有派发给这位"):
        papers.assignment(act, draw_id, office.inspector(act.session, "inspector20").id or 0)


def test_before_the_tasks_are_sent_out_no_paper_tells_of_them(office: SampleOffice) -> None:
    draw_id = office.draw("001")
    found = first_of(office, draw_id)
    who = office.team(found.id or 0)[0]
    with office.act(who) as act:
        inspector = visit.inspector_of(act.session, act.person_id)
        assert inspector is not None
        with pytest.raises(Refused, match="没有派发"):
            papers.assignment(act, draw_id, inspector.id or 0)
        for paper in (papers.notice, papers.check_form):
            with pytest.raises(Refused, match="还没有派发"):
                paper(act, found.id or 0)


def test_a_notice_tells_the_entity_who_comes_and_how_often(office: SampleOffice) -> None:
    draw_id = office.dispatched("004")
    found = first_of(office, draw_id)
    entity = entity_of(office, found)
    with office.act(office.team(found.id or 0)[0]) as act:
        view = papers.notice(act, found.id or 0)
        cap = act.policy.risk_class(entity.risk_class)
    page = on_paper("notice", view)
    assert view.entity.name == entity.name and view.entity.code == entity.label
    assert cap is not None and view.frequency == f"本年度第1次检查，年度上限{cap.yearly_cap}次"
    assert len(view.inspectors) == 2 and all(each.certificate.startswith("99") for each in view.inspectors)
    assert (view.number, view.issued) == ("", None), "number and date are given at signing"
    assert "有管辖权的人民法院" in page and "《中华人民共和国无线电管理条例》" in page
    assert view.serial == 1 and file_name(view) == "检查通知书-004-01.docx"


@pytest.mark.parametrize("who", ["witness1", "inspector20", "liaison1"])
def test_papers_of_a_visit_are_for_its_team(office: SampleOffice, who: str) -> None:
    draw_id = office.dispatched("001")
    found = first_of(office, draw_id)
    with office.act(who) as act:
        for paper in (papers.notice, papers.check_form):
            with pytest.raises(NoRight):
                paper(act, found.id or 0)
    for allowed in (*office.team(found.id or 0), "staff1", "staff2", "admin", "reviewer1", "leader1"):
        with office.act(allowed) as act:
            assert papers.check_form(act, found.id or 0).serial == 1


def test_who_left_the_team_no_longer_gets_its_papers(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    found = first_of(office, draw_id)
    leaver = office.team(found.id or 0)[0]
    office.substituted(found.id or 0, leaver)
    with office.act(leaver) as act, pytest.raises(NoRight):
        papers.notice(act, found.id or 0)
    with office.act(office.team(found.id or 0)[0]) as act:
        assert office.made.names[leaver] not in {each.name for each in papers.notice(act, found.id or 0).inspectors}


def test_a_check_form_is_blank_first_and_filled_after(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    found = first_of(office, draw_id)
    number = found.id or 0
    one, other = office.team(number)
    with office.act(one) as act:
        blank = papers.check_form(act, number)
    on_paper("blank_form", blank)
    assert (blank.checked_on, blank.results, blank.notes, blank.evidence) == (None, (), "", ())
    office.photo(number, other, "gate")
    office.submit(number, one, **PROBLEM)
    office.confirm(number)
    office.review(number)
    with office.act(other) as act:
        view = papers.check_form(act, number)
        due = act.session.exec(select(Followup.due)).one()
    page = on_paper("check_form", view)
    assert view.checked_on == NOW.date()
    assert view.results == ("违反本部门相关规定",) and view.disposals == ("责令改正，后续跟踪",)
    assert view.rectify_by == due and view.notes == "警示标志缺失"
    assert [each.name for each in view.evidence] == ["照片1", "照片2"]
    assert view.evidence[0].sha256 == hashlib.sha256(f"gate {number}".encode()).hexdigest()
    assert office.made.names[other] in view.leader_opinion and "示例复核人甲" in view.publication_opinion
    assert {(each.finding, each.measure) for each in view.items} == {("见检查情况说明", "见后续处置措施")}
    assert "☑违反本部门相关规定" in page and "□未发现问题" in page


def test_a_clean_visit_says_so_at_every_item(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    found = first_of(office, draw_id)
    office.submit(found.id or 0)
    with office.act("staff1") as act:
        view = papers.check_form(act, found.id or 0)
    assert {(each.finding, each.measure) for each in view.items} == {("未发现问题", "")}
    assert (view.leader_opinion, view.publication_opinion) == ("", "")


# --- publication and chasing -----------------------------------------------------------------------------------------


def test_the_publication_lists_what_was_passed(office: SampleOffice) -> None:
    draw_id = office.dispatched("003")
    with office.act("staff1") as act, pytest.raises(Refused, match="还没有复核通过"):
        papers.publication(act, draw_id)
    visits = office.checked(draw_id, **PROBLEM)
    with office.act("staff1") as act:
        view = papers.publication(act, draw_id)
    page = on_paper("publication", view)
    assert [each.name for each in view.rows] == [entity_of(office, each).name for each in visits]
    assert {each.agencies for each in view.rows} == {("盐业处", "政策法规处")}
    assert view.rows[0].result == "违反本部门相关规定" and view.rows[0].disposal == "责令改正"
    assert {each.result for each in view.rows[1:]} == {"未发现问题"}
    assert (view.published_on, view.due, view.due_estimated) == (None, date(2026, 3, 30), False)
    assert len(view.code) == 64, "the last visit is done, so the code is public"
    with office.read() as session:
        names = [each.name for each in session.exec(select(Person))]
    assert [name for name in names if squeezed(name) in page] == []
    for who in ("inspector07", "witness1", "reviewer1"):
        with office.act(who) as act, pytest.raises(NoRight):
            papers.publication(act, draw_id)


def test_a_published_table_carries_its_date_its_channel_and_what_was_closed(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    office.checked(draw_id, **PROBLEM)
    office.later(days=3)
    with office.act("staff1") as act:
        publication.register(act, draw_id, channel="示例市门户网站", link="")
        owed, _ = followup.pending(act.session, draw_id)[0]
    office.rectified(owed.id or 0)
    with office.act("staff1") as act:
        view = papers.publication(act, draw_id)
    on_paper("publication", view)
    assert view.published_on == date(2026, 3, 5) and view.channels == ("示例市门户网站",)
    assert view.rows[0].disposal == "责令改正（已办结）"


def test_a_chase_names_what_is_missing(office: SampleOffice) -> None:
    with office.act(None) as act:
        duty.plan_year(act, 2026)
        unit = people.unit_named(act.session, "盐业处")
        assert unit is not None
        row = act.session.exec(select(Deadline).where(Deadline.unit_id == unit.id).order_by("aim")).first()
        assert row is not None
    office.now = datetime.combine(row.limit, datetime.min.time(), SHANGHAI).replace(hour=10)
    office.later(days=1)
    with office.act("staff1") as act:
        view = papers.chase(act, row.id or 0)
    on_paper("chase", view)
    assert view.unit == "盐业处" and row.title in view.missing[0].name
    with office.act("liaison2") as act:
        with pytest.raises(NoRight):
            papers.chase(act, row.id or 0)
        with pytest.raises(Refused, match="没有找到"):
            papers.chase(act, 999999)


# --- handing out -----------------------------------------------------------------------------------------------------


def pressed(office: SampleOffice, who: str, button: str, number: int, *, private: bool = True) -> Answer:
    """A press on a button, as the desk hands it on."""
    assert catalog.load()
    with office.act(who) as act:
        ask = Ask(act=act, chat_id=1 if private else -1001, private=private, message_id=1, args=(str(number),))
        answer = registry.BUTTONS[button](ask)
        assert answer is not None
        return answer


def test_in_the_group_only_what_is_public_is_handed_out(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    found = first_of(office, draw_id)
    one = office.team(found.id or 0)[0]
    for who, button, number, openly in (
        ("witness1", "doc_announcement", draw_id, True),
        ("staff1", "doc_record", draw_id, True),
        (one, "doc_assignment", draw_id, False),
        (one, "doc_notice", found.id or 0, False),
        (one, "doc_form", found.id or 0, False),
        (one, "papers", found.id or 0, False),
    ):
        answer = pressed(office, who, button, number, private=False)
        assert answer.privately is not openly, button
    openly_given = pressed(office, "staff1", "doc_record", draw_id, private=False)
    quietly_given = pressed(office, "staff1", "doc_record", draw_id)
    assert openly_given.file is not None and quietly_given.file is not None
    name = squeezed(entity_of(office, found).name)
    assert name not in squeezed(whole_text(openly_given.file.data))
    assert name in squeezed(whole_text(quietly_given.file.data))


def test_what_was_handed_out_to_whom_is_on_the_record(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    one = office.team(first_of(office, draw_id).id or 0)[0]
    answer = pressed(office, one, "doc_assignment", draw_id)
    assert answer.file is not None and answer.file.name == "任务通知书-001-01.docx"
    with office.read() as session:
        row = session.exec(select(Audit).where(Audit.verb == "hand_out")).one()
    assert (row.actor_id, row.subject, row.subject_id) == (office.made.people[one], "draw", draw_id)
    assert row.after == {
        "document": "assignment",
        "sha256": hashlib.sha256(answer.file.data).hexdigest(),
        "private": True,
    }


def test_the_menu_offers_what_the_presser_may_have(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    number = first_of(office, draw_id).id or 0
    one = office.team(number)[0]

    def offered(who: str) -> list[str]:
        return [key.name for row in pressed(office, who, "papers", number).keys for key in row]

    team = ["doc_notice", "doc_form", "doc_assignment", "doc_announcement", "doc_record"]
    assert offered(one) == team
    assert offered("staff1") == [name for name in team if name != "doc_assignment"]
    with pytest.raises(Refused, match="属于该户的检查组"):
        offered("inspector20")
    office.checked(draw_id)
    assert offered("staff1")[-1] == "doc_publication"
    for who in (one, "staff1"):
        for row in pressed(office, who, "papers", number).keys:
            for key in row:
                assert pressed(office, who, key.name, int(key.args[0])).file is not None


def test_whoever_is_no_inspector_is_told_so(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    with pytest.raises(Refused, match="不在执法检查人员名录库"):
        pressed(office, "staff1", "doc_assignment", draw_id)


def test_a_task_row_without_a_number_of_its_own_is_called_by_its_plan_number(office: SampleOffice) -> None:
    draw_id = office.announce("001")
    with office.act("staff1") as act:
        drawn = draw.get(act.session, draw_id)
        task = act.session.get_one(Task, drawn.task_id)
        task.task_no = ""
        act.session.add(task)
        view = papers.announcement(act, draw_id)
        assert view.task.no == "2026001"
        stranger = replace(act, actor=None)
        with pytest.raises(NoRight):
            papers.announcement(stranger, draw_id)
