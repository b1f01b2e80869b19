"""/publish in the chat: one list, whatever is owed to the public, and one way to register it."""

from sqlmodel import select

from bot.chat.client import words
from models import byhand, publishing
from models.audit import Audit
from models.publication import Publication
from models.visit import Visit
from models.words import VisitState
from tests.talk import Talk
from tests.test_talk_byhand import arranged
from tests.test_talk_plan import labels
from tests.test_talk_planlife import adjusting, goes, sent_up, year


async def owing(talk: Talk) -> None:
    """A complaint that was checked, an adjusted plan, a drawn task."""
    made, _ = await arranged(talk)
    with talk.writing() as session:
        one = session.get_one(Visit, made.id)
        one.state = VisitState.PASSED
        session.add(one)
        session.add(Publication(subject="visit", subject_id=made.id or 0, due=talk.office.clock().date()))
    form = await adjusting(talk)
    form = await goes(talk.clerk, form, "取消一项", "取消哪一项")
    form = await goes(talk.clerk, form, f"{year(talk)}002", "还可以继续写")
    await talk["领导甲"].presses("通过", message=await sent_up(talk, form))
    await talk.draws(f"{year(talk)}001")
    await talk.settled()


async def test_the_list_holds_plans_work_plans_and_visits_by_hand(talk: Talk) -> None:
    await owing(talk)
    shown = await talk.answer(talk.clerk, "/publish")
    told = words(shown)
    assert "抽查以外的检查结果　" in told and "（举报）　1 户　" in told
    assert "年度计划　" in told and "第 2 版　1 份　" in told
    assert f"工作方案　{year(talk)}001 " in told
    assert {"计划第 2 版 计划表 .docx", "计划第 2 版 登记公示"} <= set(labels(shown))
    assert f"{year(talk)}001 工作方案 .docx" in labels(shown) and f"{year(talk)}001 方案 登记公示" in labels(shown)


async def test_whatever_it_is_it_is_registered_in_the_same_way(talk: Talk) -> None:
    await owing(talk)
    clerk = talk.clerk
    for kind in (publishing.BY_HAND, publishing.PLAN, publishing.WORK_PLAN):
        shown = await talk.answer(clerk, "/publish")
        with talk.reading() as session:
            before = len(session.exec(select(Audit)).all())
        data = next(
            button["callback_data"]
            for row in shown["reply_markup"]["inline_keyboard"]
            for button in row
            if button.get("callback_data", "").endswith(f".{kind}")
        )
        await clerk.presses("登记公示", message=shown, data=data)
        where = await clerk.until("在哪里公示的", after=shown)
        await clerk.presses(labels(where)[0], message=where)
        link = await clerk.until("请发来公示页面的链接", after=shown)
        wrong = await clerk.says("官网首页")
        await clerk.until("链接应以 http:// 或者 https:// 开头", after=wrong)
        right = await clerk.says("https://example.gov.cn/1")
        done = await clerk.until("已登记公示", after=right)
        assert publishing.NAMES[kind] in words(done)
        late = await clerk.presses("没有链接", message=link)
        assert "已经完成或者取消" in late["text"]
        with talk.reading() as session:
            assert len(session.exec(select(Audit)).all()) == before + 1
    assert words(await talk.answer(clerk, "/publish")) == "现在没有待公示的内容。"
    with talk.reading() as session:
        rows = session.exec(select(Publication).where(Publication.link == "https://example.gov.cn/1")).all()
        assert sorted(row.subject for row in rows) == ["plan_change", "visit", "work_plan"]
        visit = session.exec(select(Visit).where(Visit.origin.in_(byhand.ORIGINS))).one()  # type: ignore[attr-defined]
        assert visit.state == VisitState.PUBLISHED


async def test_deadlines_show_what_is_to_be_published_beside_results(talk: Talk) -> None:
    await owing(talk)
    await talk.answer(talk.clerk, "/publish")
    shown = words(await talk.answer(talk.clerk, "/deadlines"))
    assert "工作方案 1 份待公示" in shown and "年度计划 1 份待公示" in shown


async def test_a_version_of_the_plan_that_is_not_published_says_why(talk: Talk) -> None:
    await owing(talk)
    clerk = talk.clerk
    shown = await talk.answer(clerk, "/publish")
    await clerk.presses("计划第 2 版 登记公示", message=shown)
    where = await clerk.until("第 2 版在哪里公示的", after=shown)
    await clerk.presses("不公示，写明理由", message=where)
    await clerk.until("为什么不公示", after=shown)
    said = await clerk.says("涉密，依据某某规定（示例）")
    await clerk.until("年度计划 1 份不公示：涉密", after=said)
    assert "年度计划" not in words(await talk.answer(clerk, "/publish"))
    assert "不公示：涉密" in words(await talk.answer(clerk, "/plan"))
    # It can still be published later.
    plan = await talk.answer(clerk, "/plan")
    await clerk.presses("历次版本", message=plan)
    listed = await clerk.until("历次版本：", after=plan)
    await clerk.presses("第 2 版", message=listed)
    assert "登记公示" in labels(await clerk.until("共 14 项任务", after=listed))
