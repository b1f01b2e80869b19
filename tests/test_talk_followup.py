"""后续处置 in the chat: kinds, terms, 整改报告, 复查, 移送 with its receipt, 销号 and what comes next."""

import re

import pytest
from sqlmodel import select

from bot.chat.client import ChatPerson
from models import dialogue, followup, people
from models.entity import Entity
from models.people import Unit
from models.visit import Visit
from tests.talk import PHOTO, Message, Talk, buttons, cards, words
from tests.test_talk_inspect import enters, has, newest, number, taps


async def found(talk: Talk, measure: str = "责令改正，后续跟踪", name: str = "") -> tuple[ChatPerson, ChatPerson, int]:
    """A visit of which the review passed a problem, under a profile; its two inspectors and its id."""
    first, second = await talk.dispatches(number(talk, "008"))
    if name:
        profile(talk, name)
    visit = cards(newest(first))[0][1]
    listed = await talk.answer(first, "录入结果")
    await first.presses("", message=listed, data=f"1.result.{visit}")
    form = await first.until("请选择检查结果", after=listed)
    await sent(first, "已存到「")
    await first.presses("取消", message=form)
    start = await talk.answer(first, "录入结果")
    label = next(b["text"] for b in buttons(start) if b["callback_data"] == f"1.result.{visit}")
    await enters(first, start, label, ["违反本部门相关规定"], [measure], "台站巡检记录缺失")
    await second.presses("确认", message=await second.until(has(f"1.confirm.{visit}")))
    reviewer = talk["复核人甲"]
    await reviewer.presses("通过", message=await reviewer.until(has(f"1.pass.{visit}")))
    await talk.settled()
    return first, second, visit


def profile(talk: Talk, name: str) -> None:
    """The office follows another profile."""
    with talk.writing() as session:
        for unit in session.exec(select(Unit)):
            unit.policy = name
            session.add(unit)


async def pressed(who: ChatPerson, message: Message, label: str, wanted: str) -> Message:
    """Press a button and wait for what stands there then: a new message, or the same with a new face."""
    await who.presses(label, message=message)
    return await who.until(lambda m: m["message_id"] >= message["message_id"] and wanted in words(m))


async def said(who: ChatPerson, text: str, wanted: str) -> Message:
    """Say something and wait for the answer to it."""
    return await who.until(wanted, after=await who.says(text))


async def sent(who: ChatPerson, wanted: str) -> Message:
    """Send a photo and wait for the answer to it."""
    return await who.until(wanted, after=await who.sends_file(PHOTO, kind="photo", name="a.png"))


def labels(message: Message) -> list[str]:
    return [each["text"] for each in buttons(message)]


async def test_an_order_to_correct_goes_from_its_term_to_the_recheck_and_is_settled(talk: Talk) -> None:
    """定期限, 整改报告, 安排复查, the recheck by those who were sent, 销号: each with its day and who wrote it in."""
    clerk = talk.clerk
    first, second, _ = await found(talk)
    told = await clerk.until("需要后续处置 1 项")
    assert "检查情况：台站巡检记录缺失" in words(told) and labels(told) == ["办理：责令改正", "增加处置种类"]
    card = await pressed(clerk, told, "办理：责令改正", "状态：待定期限")
    assert labels(card) == ["定期限", "转为另一种处置", "文书"]

    asked = await pressed(clerk, card, "定期限", "整改期限定到哪一天")
    wrong = await said(clerk, "尽快", "「尽快」看不懂是哪一天")
    assert "3月16日" in words(wrong)
    card = await pressed(clerk, asked, labels(asked)[1], "已定期限")
    assert "状态：整改中，待整改报告" in words(card)

    asked = await pressed(clerk, card, "登记整改报告", "哪一天收到的")
    asked = await pressed(clerk, asked, "今天", "请发来整改报告")
    asked = await sent(clerk, "已收到 1 份")
    card = await pressed(clerk, asked, "发完了", "已登记整改报告")
    assert "状态：已收整改报告，待复查" in words(card) and "收到整改报告　照片和文件 1 份" in words(card)

    asked = await pressed(clerk, card, "安排复查", "哪一天复查？")
    asked = await pressed(clerk, asked, "今天", "由谁复查")
    assert {label for label in labels(asked) if label.startswith("☑")} == {f"☑ {first.name}", f"☑ {second.name}"}
    card = await pressed(clerk, asked, "选好了", "已安排复查")
    assert "状态：已安排复查" in words(card)
    listed = await talk.answer(second, "/tasks")
    assert "待复查 1 户" in words(listed)

    task = await second.until("复查 · ")
    assert "检查情况：台站巡检记录缺失" in words(task) and "廉洁纪律" in words(task)
    asked = await pressed(second, task, "录入复查结果", "哪一天复查的")
    asked = await pressed(second, asked, "今天", "复查是否合格")
    asked = await pressed(second, asked, "合格", "复查看到的情况")
    asked = await said(second, "巡检记录已补齐 <三年>", "请发来复查的照片")
    asked = await sent(second, "已收到 1 份")
    done = await pressed(second, asked, "发完了", "已录入：复查合格")
    assert labels(done) == ["文书"], "the inspectors recheck; the staff settle it"
    told = await clerk.until("的复查结果：")
    asked = await pressed(clerk, told, "销号", "写明处置结果")
    done = await said(clerk, "已整改，复查合格", "✅ 已销号。")
    assert "任务暂不办结" in words(done) and "状态：已销号" in words(done)
    steps = [line.split("\u3000")[1] for line in words(done).splitlines() if re.match(r"\d\d-\d\d\u3000", line)]
    assert steps == ["定期限", "收到整改报告", "安排复查", "复查：合格", "销号"]
    late = await second.presses("录入复查结果", message=task)
    assert "已经销号" in late["text"]
    assert words(await talk.answer(clerk, "/followup")) == "现在没有待办的后续处置。"


async def test_what_fails_its_recheck_gets_another_term_or_another_kind(talk: Talk) -> None:
    """S4: 复查不合格 → 停产停业整顿 → 吊销 → 提请关闭, each a follow-up of its own that waits in the list."""
    clerk = talk.clerk
    first, _, visit = await found(talk, name="sjz-yingji-2024")
    (number_,) = opened(talk, visit)
    await corrected(talk, number_, passed=False)
    card = await talk_card(talk, number_)
    assert "状态：复查不合格，待定下一步" in words(card) and labels(card) == ["另定期限", "转为另一种处置", "文书"]

    # Another term needs its reason and begins another round.
    asked = await pressed(clerk, card, "另定期限", "整改期限定到哪一天")
    asked = await pressed(clerk, asked, labels(asked)[0], "请写明改期限的理由")
    card = await said(clerk, "企业书面申请延期，已经同意", "已定期限")
    assert "状态：整改中，待整改报告" in words(card)
    await corrected(talk, number_, passed=False, term=False)

    # Another kind: what the profile lets a failed recheck lead to.
    card = await talk_card(talk, number_)
    asked = await pressed(clerk, card, "转为另一种处置", "转为哪一种处置")
    assert labels(asked) == ["责令改正", "停产停业整顿", "依法处罚", "移送其他部门", "移送司法机关", "取消"]
    asked = await pressed(clerk, asked, "停产停业整顿", "请写明理由")
    card = await said(clerk, "两次复查标志仍未设置", "已转为「停产停业整顿」")
    assert "由「责令改正」转来" in words(card) and "状态：待定期限" in words(card)
    rows = opened(talk, visit)
    assert len(rows) == 1, "the failed one is closed, the new one waits"
    await corrected(talk, rows[0], passed=False)
    asked = await pressed(clerk, await talk_card(talk, rows[0]), "转为另一种处置", "转为哪一种处置")
    assert "依法吊销有关证照" in labels(asked) and "提请当地政府予以关闭" not in labels(asked)
    asked = await pressed(clerk, asked, "依法吊销有关证照", "请写明理由")
    card = await said(clerk, "停产停业整顿后仍不具备安全生产条件", "已转为「依法吊销有关证照」")

    # 吊销 needs who decided it and its paper.
    assert "状态：待审批" in words(card)
    asked = await pressed(clerk, card, "登记审批", "由哪个机关")
    asked = await said(clerk, "示例市应急管理局，示例罚〔2026〕1号", "哪一天批准的")
    asked = await pressed(clerk, asked, "今天", "请发来审批件")
    card = await said(clerk, "原件存法规科案卷", "已登记审批")
    assert "状态：待存入文件" in words(card)
    asked = await pressed(clerk, card, "存入文件", "请发来决定书")
    asked = await sent(clerk, "已收到 1 份")
    card = await pressed(clerk, asked, "发完了", "已存入")
    asked = await pressed(clerk, card, "销号", "写明处置结果")
    card = await said(clerk, "已吊销安全生产许可证", "✅ 已销号。")

    # What the decision leads to is chosen next: 提请关闭 with its receiver and receipt.
    asked = await pressed(clerk, card, "增加处置种类", "请选择后续处置的种类")
    await taps(clerk, "☐ 提请当地政府予以关闭", asked)
    card = await pressed(clerk, asked, "确定", "需要后续处置 1 项")
    assert "待写明接收单位" in words(card)
    with talk.reading() as session:
        rows_ = followup.of_visit(session, visit)
        assert [(each.measure, each.outcome) for each in rows_] == [
            ("rectify", "failed"),
            ("shutdown", "failed"),
            ("revoke", ""),
            ("close_down", ""),
        ]
    seen = await talk.answer(first, "/followup")
    assert "提请当地政府予以关闭" in words(seen)

    # The entity's history keeps them all, and leads to the steps of each.
    with talk.reading() as session:
        name = session.get_one(Entity, session.get_one(Visit, visit).entity_id).name
    found_ = await talk.answer(clerk, f"/find {name}")
    past = await pressed(clerk, found_, "历次检查", "后续处置：")
    assert re.search("责令改正（[0-9-]+ 复查不合格）、停产停业整顿（[0-9-]+ 复查不合格）", words(past))
    card = await pressed(clerk, past, "处置经过 · 责令改正", "状态：已转为另一种处置")
    assert words(card).count("复查：不合格") == 2 and "转为另一种处置　停产停业整顿：两次复查标志仍未设置" in words(
        card
    )


async def test_a_transfer_waits_for_its_receipt(talk: Talk) -> None:
    """移送: receiver, letter, sent, not accepted, another receiver, sent again, receipt, 销号."""
    clerk = talk.clerk
    _, _, visit = await found(talk, "抄告或者移送其他部门")
    (number_,) = opened(talk, visit)
    card = await talk_card(talk, number_)
    assert "移送其他部门 · " in words(card) and "状态：待写明接收单位" in words(card)
    asked = await pressed(clerk, card, "写明接收单位", "移送给哪个单位")
    await said(clerk, "示例市市场监督管理局", "致示例市市场监督管理局的移送函")
    card = await talk_card(talk, number_)
    assert "状态：待送出" in words(card)
    asked = await pressed(clerk, card, "登记送出", "哪一天送出的")
    asked = await pressed(clerk, asked, "今天", "文号是什么")
    card = await pressed(clerk, asked, "没有编号", "没有回执的会继续提醒")
    assert "状态：已送出，待回执" in words(card) and labels(card) == ["登记回执", "转为另一种处置", "文书"]
    listed = await talk.answer(clerk, "/followup")
    assert "已送出，待回执" in words(listed)

    asked = await pressed(clerk, card, "登记回执", "对方是否受理")
    asked = await pressed(clerk, asked, "对方不受理", "回执是哪一天的")
    asked = await pressed(clerk, asked, "今天", "回执的编号")
    asked = await pressed(clerk, asked, "没有编号", "请发来回执")
    card = await said(clerk, "纸质回执存办公室，称不属其职权", "对方不受理")
    assert "状态：待写明接收单位" in words(card) and "收到回执：不受理" in words(card)
    await pressed(clerk, card, "写明接收单位", "移送给哪个单位")
    await said(clerk, "示例市交通运输局", "致示例市交通运输局的移送函")
    card = await talk_card(talk, number_)
    asked = await pressed(clerk, card, "登记送出", "哪一天送出的")
    asked = await pressed(clerk, asked, "今天", "文号是什么")
    card = await said(clerk, "示例移〔2026〕2号", "已登记送出")
    asked = await pressed(clerk, card, "登记回执", "对方是否受理")
    asked = await pressed(clerk, asked, "对方受理", "回执是哪一天的")
    asked = await pressed(clerk, asked, "今天", "回执的编号")
    asked = await said(clerk, "交收〔2026〕7号", "请发来回执")
    asked = await sent(clerk, "已收到 1 份")
    card = await pressed(clerk, asked, "发完了", "已登记回执，可以销号")
    assert "收到回执：受理　示例市交通运输局，交收〔2026〕7号，照片和文件 1 份" in words(card)
    await pressed(clerk, card, "销号", "写明处置结果")
    await said(clerk, "已由示例市交通运输局受理", "✅ 已销号。")


@pytest.mark.parametrize(
    ("name", "kind", "place"),
    [
        ("hebei-gxt-2020", "列入经营异常名录库或严重违法违规名录库", "经营异常名录库"),
        ("qinhuangdao-2022", "纳入信用记录", "示例市信用信息共享平台"),
        ("xiping-2020", "公开惩处信息", "示例县政府网站"),
        ("xiping-2020", "录入诚信档案", "示例县诚信档案"),
        ("sjz-yingji-2024", "典型案例曝光或通报", "示例市应急管理局通报第3期"),
    ],
)
async def test_staff_choose_the_kinds_of_their_profile(talk: Talk, name: str, kind: str, place: str) -> None:
    """A clause's own kind is added beside the order to correct; each is settled by itself, with what it needs."""
    clerk = talk.clerk
    first, _, visit = await found(talk, name=name)
    told = await clerk.until("需要后续处置 1 项")
    asked = await pressed(clerk, told, "增加处置种类", "请选择后续处置的种类")
    assert "正在办理：责令改正" in words(asked)
    assert not {"☐ 复查", "☐ 现场复查", "☐ 销号", "☐ 整改报告"} & set(labels(asked))
    nothing = await clerk.presses("确定", message=asked)
    assert "请至少选择一种后续处置" in nothing["text"]
    await taps(clerk, f"☐ {kind}", asked)
    done = await pressed(clerk, asked, "确定", "需要后续处置 1 项")
    assert kind in words(done)
    card = await pressed(clerk, done, f"办理：{kind}"[:27], "状态：")
    if "登记审批" in labels(card):
        await pressed(clerk, card, "登记审批", "由哪个机关")
        asked = await said(clerk, "示例市局局长办公会", "哪一天批准的")
        await pressed(clerk, asked, "今天", "请发来审批件")
        card = await said(clerk, "会议纪要存办公室", "已登记审批")
    asked = await pressed(clerk, card, "写明列入、公开在哪里", "请写全称")
    if place in labels(asked):
        card = await pressed(clerk, asked, place, "已写明")
    else:
        card = await said(clerk, place, "已写明")
    assert f"列入、公开在：{place}" in words(card)
    await pressed(clerk, card, "销号", "写明处置结果")
    done = await said(clerk, "已录入", "✅ 已销号。")
    assert len(opened(talk, visit)) == 1, "the order to correct is still open"
    # Inspectors see it and can do nothing but take papers.
    seen = await talk.answer(first, "/followup")
    card = await pressed(first, seen, labels(seen)[0], "状态：")
    assert labels(card) == ["文书"]


async def test_a_note_asked_for_before_an_update_closes_nothing_and_says_so(talk: Talk) -> None:
    clerk = talk.clerk
    _, _, visit = await found(talk)
    (number_,) = opened(talk, visit)
    with talk.writing() as session:
        person = people.of_account(session, clerk.id)
        assert person is not None and person.id is not None
        data = {"followup": number_}
        dialogue.begin(session, clerk.id, person.id, "close_followup", data, talk.office.clock())
    card = await said(clerk, "已整改", "刚才的文字没有保存")
    assert "状态：待定期限" in words(card) and opened(talk, visit) == [number_]


# --- pieces ----------------------------------------------------------------------------------------------------------


def opened(talk: Talk, visit: int) -> list[int]:
    """The open follow-ups of a visit."""
    with talk.reading() as session:
        return [each.id or 0 for each in followup.of_visit(session, visit) if each.closed_at is None]


async def talk_card(talk: Talk, number_: int) -> Message:
    """/followup and the card of one."""
    listed = await talk.answer(talk.clerk, "/followup")
    await talk.clerk.presses("", message=listed, data=f"1.followup.{number_}")
    return await talk.clerk.until("状态：", after=listed)


async def corrected(talk: Talk, number_: int, *, passed: bool, term: bool = True) -> None:
    """Term, 整改报告 and recheck of one, by the staff with the paper in hand."""
    clerk = talk.clerk
    card = await talk_card(talk, number_)
    if term:
        asked = await pressed(clerk, card, "定期限", "整改期限定到哪一天")
        card = await pressed(clerk, asked, labels(asked)[0], "已定期限")
    asked = await pressed(clerk, card, "登记整改报告", "哪一天收到的")
    asked = await pressed(clerk, asked, "今天", "请发来整改报告")
    card = await said(clerk, "纸质报告存卷", "已登记整改报告")
    asked = await pressed(clerk, card, "录入复查结果", "哪一天复查的")
    asked = await pressed(clerk, asked, "今天", "由谁复查的")
    asked = await pressed(clerk, asked, "选好了", "复查是否合格")
    asked = await pressed(clerk, asked, "合格" if passed else "不合格", "复查看到的情况")
    asked = await said(clerk, "标志仍未设置", "请发来复查的照片")
    asked = await sent(clerk, "已收到 1 份")
    await pressed(clerk, asked, "发完了", "已录入：复查")
