"""The papers of plan, follow-ups and registers, as they are taken in the chat."""

import re
from datetime import date

import pytest
from sqlmodel import select

from bot.chat.client import ChatPerson
from models.expert import Expert
from models.followup import Followup
from models.inspector import Inspector
from models.item import Item
from models.plan import COLUMNS, Plan, Task
from models.result import Result
from models.visit import Visit
from models.words import Category, Measure, Method, TaskState
from templates.gongwen_check import check
from tests.talk import Message, Talk, buttons, data_of, words
from tests.test_word import squeezed, whole_text

FOUND = "1座基站的执照 <过期>\n台站巡检 & 维护记录缺失"


async def takes(who: ChatPerson, message: Message, name: str) -> tuple[str, str, Message]:
    """Press a document's button: the file's name, its text, and its message. The document holds to its clauses."""
    last = max(each["message_id"] for each in who.messages())
    await who.presses("", message=message, data=data_of(message, name))
    sent = await who.until(lambda m: m["message_id"] > last and "document" in m)
    data = await who.file(sent)
    assert check(data).breaks == ()
    return sent["document"]["file_name"], squeezed(whole_text(data)), sent


async def open_followups(talk: Talk, *measures: Measure) -> list[int]:
    """A visit whose result was passed with findings, and a follow-up for each measure."""
    await talk.dispatches(f"{talk.office.clock().year}001")
    now = talk.office.clock()
    with talk.writing() as session:
        visit = session.exec(select(Visit)).first()
        assert visit is not None and visit.id is not None
        enterer = session.exec(select(Inspector).where(Inspector.person_id.is_not(None))).first()  # type: ignore[union-attr]
        assert enterer is not None and enterer.person_id is not None
        session.add(
            Result(
                visit_id=visit.id,
                version=1,
                categories=[Category.OWN_RULES],
                methods=[Method.ON_SITE],
                measures=[str(each) for each in measures],
                findings=FOUND,
                checked_on=now.date(),
                entered_by=enterer.person_id,
                entered_at=now,
            )
        )
        rows = [
            Followup(visit_id=visit.id, measure=each, owner_id=visit.dispatcher_id, due=date(2031, 3, 5), opened_at=now)
            for each in measures
        ]
        session.add_all(rows)
        session.flush()
        return [each.id or 0 for each in rows]


async def papers_of(talk: Talk, number: int) -> Message:
    """/followup, one of them and its 文书: the menu of its papers."""
    todo = await talk.answer(talk.clerk, "/followup")
    await talk.clerk.presses("", message=todo, data=f"1.followup.{number}")
    card = await talk.clerk.until("状态：", after=todo)
    await talk.clerk.presses("文书", message=card)
    return await talk.clerk.until("文书 ·", after=card)


async def test_an_order_to_correct_and_its_recheck_come_with_the_findings(talk: Talk) -> None:
    (number,) = await open_followups(talk, Measure.RECTIFY)
    menu = await papers_of(talk, number)
    name, page, _ = await takes(talk.clerk, menu, "doc_rectification")
    assert name.startswith("责令改正通知书-001-")
    assert "1.问题：1座基站的执照<过期>。" in page and "2.问题：台站巡检&维护记录缺失。" in page
    assert "2031年3月5日前改正" in page and "陈述申辩" in page and "行政复议" in page
    name, page, _ = await takes(talk.clerk, menu, "doc_recheck")
    assert name.startswith("复查意见书-001-") and "□经复查" in page
    with talk.writing() as session:
        row = session.get_one(Followup, number)
        row.closed_at, row.note = talk.office.clock(), "已整改，现场复查合格"
        session.add(row)
    _, page, _ = await takes(talk.clerk, menu, "doc_recheck")
    assert "验收合格，予以销号" in page and page.count("已整改，现场复查合格") == 2 and "□经复查" not in page


async def test_the_law_is_written_once_and_stands_in_the_order(talk: Talk) -> None:
    (number,) = await open_followups(talk, Measure.RECTIFY)
    menu = await papers_of(talk, number)
    await talk.clerk.presses("补写依据", message=menu)
    asked = await talk.clerk.until("请分两行写", after=menu)
    await talk.clerk.says("《示例条例》第二十七条 <甲>\n《示例条例》第七十条")
    done = await talk.clerk.until("已写入文书", after=asked)
    _, page, sent = await takes(talk.clerk, done, "doc_rectification")
    assert page.count("涉及的规定：《示例条例》第二十七条<甲>。") == 2 and "根据《示例条例》第七十条，责令" in page
    await takes(talk.clerk, sent, "sign")
    refused = await talk.clerk.presses("补写依据", message=menu)
    assert "已经签发，依据不能再改" in refused["text"]


async def test_a_signed_order_is_named_in_its_recheck(talk: Talk) -> None:
    (number,) = await open_followups(talk, Measure.RECTIFY)
    menu = await papers_of(talk, number)
    _, _, sent = await takes(talk.clerk, menu, "doc_rectification")
    _, page, signed = await takes(talk.clerk, sent, "sign")
    assert "责改〔" in words(signed) and "1号" in page
    _, page, _ = await takes(talk.clerk, menu, "doc_recheck")
    assert re.search("《责令改正通知书》（示例责改〔[0-9]{4}〕1号）", page)


async def test_a_transfer_goes_to_whom_staff_name(talk: Talk) -> None:
    (number,) = await open_followups(talk, Measure.TRANSFER)
    menu = await papers_of(talk, number)
    await talk.clerk.presses("移送函", message=menu)
    asked = await talk.clerk.until("移送给哪个单位", after=menu)
    said = await talk.clerk.says("示例市公安局")
    sent = await talk.clerk.until(lambda m: "document" in m, after=said)
    data = await talk.clerk.file(sent)
    page = squeezed(whole_text(data))
    assert check(data).breaks == () and asked
    assert "示例市公安局：" in page and "涉嫌犯罪，应当由司法机关处理" in page and "移送回执" in page
    menu = await papers_of(talk, number)
    assert [each["text"] for each in buttons(menu)] == ["移送函", "补写依据", "改接收单位"]


async def test_the_plan_goes_out_as_the_office_wrote_it(talk: Talk) -> None:
    listed = await talk.answer(talk.clerk, "/plan")
    name, page, _ = await takes(talk.clerk, listed, "doc_plan")
    assert name.startswith("年度抽查计划表-") and "抽查计划编号" in page and "联合处室" in page
    with talk.reading() as session:
        plan = session.exec(select(Plan)).one()
        for task in session.exec(select(Task).where(Task.plan_id == plan.id)):
            assert [squeezed(getattr(task, column)) in page for column in COLUMNS] == [True] * 11


async def test_a_work_plan_is_offered_for_each_completed_task(talk: Talk) -> None:
    listed = await talk.answer(talk.clerk, "/plan")
    await talk.clerk.presses("", message=listed, data=data_of(listed, "work_plans"))
    menu = await talk.clerk.until("工作方案", after=listed)
    with talk.reading() as session:
        completed = session.exec(select(Task).where(Task.state == TaskState.COMPLETED)).all()
    assert sum("doc_work_plan" in each["callback_data"] for each in buttons(menu)) == len(completed)
    name, page, _ = await takes(talk.clerk, menu, "doc_work_plan")
    task = completed[0]
    assert name.startswith("工作方案-") and squeezed(task.name) in page and squeezed(task.scope_text) in page
    assert "回避" in page and "陈述申辩" in page and "工作日内" in page


async def test_the_rules_follow_the_profile(talk: Talk) -> None:
    letters = await talk.answer(talk.clerk, "/letters")
    name, page, _ = await takes(talk.clerk, letters, "doc_rules")
    assert name.startswith("实施细则-") and "第十八条" in page
    assert "每户派出执法检查人员不少于2名" in page and "年度抽查比例不低于5%" in page


@pytest.mark.parametrize(
    ("button", "title"),
    [
        ("doc_item_list", "抽查事项清单"),
        ("doc_entity_list", "检查对象名录库"),
        ("doc_inspector_list", "执法检查人员名录库"),
        ("doc_expert_list", "专家库"),
    ],
)
async def test_each_register_is_handed_out_on_paper(talk: Talk, button: str, title: str) -> None:
    start = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("导出", message=start)
    choices = await talk.clerk.until("要导出", after=start)
    await talk.clerk.presses("Word 表格（打印、公示用）", message=choices)
    menu = await talk.clerk.until("要哪一份", after=choices)
    if button == "doc_expert_list":
        with talk.writing() as session:
            session.add(Expert(label="ZJ001", name="示例专家𠮷", field="民爆 & 无线电", employer="示例大学"))
    name, page, _ = await takes(talk.clerk, menu, button)
    assert name.startswith(f"{title}-")
    with talk.reading() as session:
        people = session.exec(select(Inspector)).all()
        items = session.exec(select(Item).where(Item.active)).all()
    if button == "doc_item_list":
        assert [squeezed(each.name) in page and squeezed(each.basis) in page for each in items] == [True] * len(items)
    if button == "doc_inspector_list":
        assert all(squeezed(each.name) in page for each in people)
        assert not any(each.id_number and each.id_number in page for each in people)
        assert not any(each.phone and each.phone in page for each in people)
