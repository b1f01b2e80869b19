"""The result form under each profile: its own ways of checking, and 采用外部结论 with its source and document."""

import pytest
from sqlmodel import select

from models.result import Result
from models.words import Method
from tests.talk import Message, Talk, buttons, cards, words
from tests.test_talk_followup import labels, pressed, profile, said, sent
from tests.test_talk_inspect import has, newest, number, taps

SOURCE = "示例市消防救援支队"


async def form_of(talk: Talk, name: str) -> tuple[Message, int]:
    """The result form of the first visit of a sent draw, under a profile, and the visit."""
    first, _ = await talk.dispatches(number(talk, "008"))
    profile(talk, name)
    visit = cards(newest(first))[0][1]
    listed = await talk.answer(first, "录入结果")
    await first.presses("", message=listed, data=f"1.result.{visit}")
    return await first.until("请选择检查结果", after=listed), visit


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("xiping-2020", ["☑ 实地巡查", "☐ 档案检查", "☐ 受理举报"]),
        ("tangshan-gaoxin-2017", ["☑ 实地检查", "☐ 书面检查", "采用外部结论"]),
        ("hebei-gxt-2020", ["☑ 实地检查", "☐ 书面检查", "☐ 网络监测", "☐ 检验检测"]),
    ],
)
async def test_the_form_offers_the_profiles_own_methods(talk: Talk, name: str, offered: list[str]) -> None:
    form, visit = await form_of(talk, name)
    first = next(who for who in talk.inspectors if any(cards(m) for m in who.messages()))
    await taps(first, "☐ 发现问题经责令已改正", form)
    asked = await pressed(first, form, "下一步", "核查方式")
    assert labels(asked) == [*offered, "下一步", "取消"]
    refused = await first.presses(offered[0], message=asked)
    assert refused["text"] == "请至少选择一种检查方式。"
    await taps(first, offered[1], asked)
    await pressed(first, asked, "下一步", "请直接写明发现了什么问题")
    shown = await said(first, "已当场改正", "请核对")
    assert f"方式：{offered[0][2:]}；{offered[1][2:]}" in words(shown)
    done = await first.presses("提交", message=shown)
    if name == "xiping-2020":
        assert "实地巡查须留存影像资料" in done["text"]
        await sent(first, "已存到「")
        done = await first.presses("提交", message=shown)
    assert done["text"] == "已提交"
    with talk.reading() as session:
        row = session.exec(select(Result).where(Result.visit_id == visit)).one()
    if name == "xiping-2020":
        assert row.methods == ["实地巡查", "档案检查"]
    else:
        assert row.methods == [Method.ON_SITE, Method.WRITTEN]


async def test_an_outside_conclusion_is_taken_as_the_result_and_shown_as_such(talk: Talk) -> None:
    """Source, number, day and document; in the form, for colleague and reviewer, and never without its document."""
    form, visit = await form_of(talk, "tangshan-gaoxin-2017")
    first, second = [who for who in talk.inspectors if any(cards(m) for m in who.messages())]
    await first.presses("未发现问题", message=form)
    shown = await first.until("请核对", after=form["message_id"] - 1)
    asked = await pressed(first, shown, "修改方式", "请选择核查方式")
    asked = await pressed(first, asked, "采用外部结论", "采用哪一种结论")
    assert labels(asked) == ["其他部门的检查、核查结果", "专业机构的专业结论", "返回", "取消"]
    asked = await pressed(first, asked, "其他部门的检查、核查结果", "哪个部门或者机构作出的")
    early = await first.sends_file(b"%PDF-1.4", kind="document", name="a.pdf")
    await first.until("请按上面的问题回答", after=early)
    asked = await said(first, SOURCE, "结论文书的编号")
    asked = await said(first, "示例消检〔2026〕5号", "哪一天作出的")
    day = talk.office.clock()
    await said(first, f"{day.year + 1}年1月5日", "还没有到")
    await said(first, f"{day.month}月{day.day}日", "请发来结论文书")
    await said(first, "没有", "请按上面的问题回答")
    asked = await sent(first, "请选择核查方式")
    assert labels(asked)[:4] == ["☐ 实地检查", "☐ 书面检查", "☑ 行政部门检查结果或专业意见", "改写外部结论"]
    text = f"采用外部结论：{SOURCE}{day.year}年{day.month}月{day.day}日的结论（示例消检〔2026〕5号）"
    assert text in words(asked)
    shown = await pressed(first, asked, "下一步", "请核对")
    assert text in words(shown)
    assert (await first.presses("提交", message=shown))["text"] == "已提交"

    asked = await second.until(has(f"1.confirm.{visit}"))
    assert text in words(asked) and "行政部门检查结果或专业意见" in words(asked)
    await second.presses("确认", message=asked)
    reviewer = talk["复核人甲"]
    asked = await reviewer.until(has(f"1.pass.{visit}"))
    assert text in words(asked)
    await reviewer.presses("文书", message=asked)
    menu = await reviewer.until("文书 ·", after=asked)
    assert any("检查记录表" in each["text"] for each in buttons(menu))
    await reviewer.presses("通过", message=asked)
    await talk.settled()
    with talk.reading() as session:
        row = session.exec(select(Result).where(Result.visit_id == visit)).one()
        assert (row.external_kind, row.external_source, row.external_on) == ("authority", SOURCE, day.date())
        assert len(row.external_digest) == 64


async def test_an_outside_conclusion_that_is_given_up_leaves_the_ways_of_checking(talk: Talk) -> None:
    form, _ = await form_of(talk, "tangshan-gaoxin-2017")
    first = next(who for who in talk.inspectors if any(cards(m) for m in who.messages()))
    await first.presses("未发现问题", message=form)
    shown = await first.until("请核对", after=form["message_id"] - 1)
    asked = await pressed(first, shown, "修改方式", "请选择核查方式")
    asked = await pressed(first, asked, "采用外部结论", "采用哪一种结论")
    asked = await pressed(first, asked, "专业机构的专业结论", "哪个部门或者机构作出的")
    back = await pressed(first, asked, "返回", "请选择核查方式")
    assert "☑ 实地检查" in labels(back) and "采用外部结论" in labels(back)
    shown = await pressed(first, back, "下一步", "请核对")
    assert "采用外部结论" not in words(shown)
