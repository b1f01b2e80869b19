"""Randomness from a public lottery or from real dice: chosen at the preview, entered by one, confirmed by another."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.chat.client import ChatPerson
from models import lottery
from models.act import Refused
from models.base import SHANGHAI
from models.draw import Draw
from models.source import Entered
from models.verify import verify
from models.words import DrawState
from templates import policies
from tests.talk import Message, Talk, unpacked, words
from tests.test_talk_ceremony import holds_by_command, labels, sees, takes_full_record, year

RED_AND_BLUE = "03 08 15 22 28 31 + 09"


async def preview(talk: Talk, number: str) -> Message:
    """/draw and one task."""
    clerk, group = talk.clerk, talk.group
    listed = await talk.answer(clerk, "/draw", group)
    label = next(each for each in labels(listed) if each.startswith(f"{year(talk)}{number}"))
    await clerk.presses(label, group, message=listed)
    return await sees(clerk, listed, "预览", group)


async def chooses(talk: Talk, shown: Message, source: str) -> Message:
    """换随机数来源, and the one wanted."""
    clerk, group = talk.clerk, talk.group
    await clerk.presses("换随机数来源", group, message=shown)
    asked = await sees(clerk, shown, "请选择随机数的来源", group)
    label = next(each for each in labels(asked) if source in each)
    await clerk.presses(label, group, message=asked)
    return asked


def tomorrow(talk: Talk) -> str:
    """The evening of the next day, as people write it."""
    day = (talk.office.clock() + timedelta(days=1)).astimezone(SHANGHAI)
    return f"{day.month}月{day.day}日 21:15"


async def announces_lottery(talk: Talk, number: str, issue: str = "2026031") -> Message:
    """A draw by 双色球, announced in the group before the issue is drawn."""
    clerk, group = talk.clerk, talk.group
    shown = await preview(talk, number)
    await chooses(talk, shown, "双色球")
    asked = await clerk.until("请写明双色球的期号和开奖时间", group, after=shown)
    await clerk.says(f"{issue} {tomorrow(talk)}", group, reply_to=asked)
    again = await clerk.until(f"随机数：双色球第 {issue} 期开奖号码", group, after=asked)
    await clerk.presses("发布公告", group, message=again)
    return await clerk.until("公告 第", group, after=again)


def drawn_on(talk: Talk) -> None:
    """The issue is drawn: what was to come lies behind."""
    from models.ceremony import Ceremony

    with talk.writing() as session:
        for each in session.exec(select(Ceremony).where(col(Ceremony.opens_at).is_not(None))):
            each.opens_at = talk.office.clock() - timedelta(minutes=5)
            session.add(each)


async def enters(talk: Talk, who: ChatPerson, announcement: Message, text: str, label: str) -> Message:
    """The button under the announcement, then the numbers in private; what the group sees of it."""
    answered = await who.presses(label, talk.group, message=announcement)
    assert answered["text"] == "请在与我的私聊里录入"
    asked = await who.until("请发送")
    said = await who.says(text)
    await who.until("已录入", after=said)
    assert asked["message_id"] < said["message_id"]
    return await talk.clerk.until(lambda m: "确认" in labels(m), talk.group, after=announcement)


def of(talk: Talk, serial: int = 1) -> Draw:
    with talk.reading() as session:
        return session.exec(select(Draw).where(Draw.serial == serial)).one()


async def test_a_draw_by_lottery_with_two_people(talk: Talk, tmp_path: Path) -> None:
    """Named before it is drawn; wrong numbers are refused by the other and entered anew; then the draw makes itself."""
    clerk, other, group = talk.clerk, talk["工作人员乙"], talk.group
    announcement = await announces_lottery(talk, "001")
    said = words(announcement)
    assert "随机数采用双色球第 2026031 期开奖号码" in said and "本公告发布时尚未开奖" in said
    assert "本群的骰子由本机产生" not in said and "掷 🎰" not in said
    assert "录入开奖号码" in labels(announcement)
    assert json.loads(of(talk).announcement)["randomness"] == {"kind": "lottery", "game": "双色球", "issue": "2026031"}

    # Nobody throws, nobody enters before it is drawn.
    thrown = await talk.witnesses[0].throws("🎰", group, reply_to=announcement)
    await clerk.until("这次抽取用录入的号码，不在群里掷骰，这次不计入。", group, after=thrown)
    early = await clerk.presses("录入开奖号码", group, message=announcement)
    assert "还没有开奖" in early["text"] and early["show_alert"]
    drawn_on(talk)
    assert (
        "没有办理这项工作的权限"
        in (await talk.witnesses[0].presses("录入开奖号码", group, message=announcement))["text"]
    )

    wrong = await enters(talk, clerk, announcement, "3 8 15 22 28 30 9", "录入开奖号码")
    assert f"双色球第 2026031 期开奖号码\n3 8 15 22 28 30 + 9\n工作人员1录入　公告 {of(talk).digest[:16]}" in words(
        wrong
    )
    own = await clerk.presses("确认", group, message=wrong)
    assert "号码是您录入的，请由另一人" in own["text"] and own["show_alert"]
    busy = await other.presses("录入开奖号码", group, message=announcement)
    assert "正在等待另一人确认" in busy["text"]
    await other.presses("不同意", group, message=wrong)
    refused = await sees(clerk, wrong, "不同意，这份号码不采用，请重新录入", group)
    assert labels(refused) == ["重新录入"]

    right = await enters(talk, other, announcement, RED_AND_BLUE, "录入开奖号码")
    late = await clerk.presses("撤回公告", group, message=announcement)
    assert "已经开奖，公告不能撤回" in late["text"]
    # Anybody bound may confirm: the numbers are public.
    await talk.witnesses[0].presses("确认", group, message=right)
    await sees(clerk, right, "见证人1已确认。随机数已定，自动抽取。", group)
    result = await clerk.until("抽取完成", group, after=right)
    assert "本群的骰子" not in words(result)
    assert "已经确认" in (await other.presses("", group, message=right, data=f"1.numbers_no.{2}", stale=True))["text"]

    found = json.loads(str(of(talk).randomness))
    assert found["value"] == "3.8.15.22.28.31./9./"
    assert found["sources"] == [
        {"numbers": [3, 8, 15, 22, 28, 31], "entered_by": "工作人员2", "confirmed_by": "见证人1"},
        {"numbers": [9], "entered_by": "工作人员2", "confirmed_by": "见证人1"},
    ]
    with talk.reading() as session:
        assert [each.state for each in session.exec(select(Entered).order_by(col(Entered.id)))] == [
            "refused",
            "confirmed",
        ]
    record, files = await takes_full_record(talk, 1)
    assert {check.result for check in verify(record, files, [of(talk).digest])} == {"ok"}
    assert "核验通过" in holds_by_command({"record.json": record, **files}, tmp_path / "full")


async def test_real_dice_in_the_room(talk: Talk, tmp_path: Path) -> None:
    """A named kind and count, entered in the order thrown, confirmed by somebody else who was there."""
    clerk, group = talk.clerk, talk.group
    shown = await preview(talk, "008")
    await chooses(talk, shown, "现场掷六面骰子 14 次")
    shown = await sees(clerk, shown, "随机数：现场掷六面骰子 14 次，一人录入、另一人确认", group)
    await clerk.presses("发布公告", group, message=shown)
    announcement = await clerk.until("公告 第 1 号", group, after=shown)
    assert "请当着见证人的面现场掷六面骰子 14 次" in words(announcement)
    assert json.loads(of(talk).announcement)["randomness"] == {"kind": "hand", "dice": "d6", "count": 14}

    await clerk.presses("录入点数", group, message=announcement)
    await clerk.until("按掷出的顺序写全 14 个 1 到 6 的数")
    for text, sentence in (
        ("3 6 1", "应有 14 次点数，收到 3 次"),
        ("3 6 1 2 5 5 4 6 1 1 2 3 4 7", "点数 7 不对，应在 1 到 6 之间"),
        ("没有", "应有 14 次点数，收到 0 次"),
    ):
        said = await clerk.says(text)
        await clerk.until(sentence, after=said)
    said = await clerk.says("36125 54611 2345")
    await clerk.until("收到 3 次", after=said)
    await clerk.says("36125546112345")
    entered = await clerk.until(lambda m: "确认" in labels(m), group)
    assert "3 6 1 2 5 5 4 6 1 1 2 3 4 5" in words(entered) and "请另一位在场的人逐个核对" in words(entered)
    refused = await clerk.presses("撤回公告", group, message=announcement)
    assert "已经有人录入号码，公告不能撤回" in refused["text"]
    await talk.witnesses[1].presses("确认", group, message=entered)
    await clerk.until("抽取完成", group, after=entered)
    assert json.loads(str(of(talk).randomness))["value"] == "3.6.1.2.5.5.4.6.1.1.2.3.4.5./"
    record, files = await takes_full_record(talk, 1)
    assert {check.result for check in verify(record, files)} == {"ok"}
    holds_by_command({"record.json": record, **files}, tmp_path / "full")


async def test_a_lottery_without_numbers_in_time_lapses(talk: Talk) -> None:
    """Numbers that nobody confirmed decide nothing; the announcement stays on the record with its code."""
    clerk, group = talk.clerk, talk.group
    announcement = await announces_lottery(talk, "001")
    made = of(talk)
    assert made.deadline.astimezone(SHANGHAI).time() == time(18) and made.deadline > talk.office.clock()
    drawn_on(talk)
    entered = await enters(talk, clerk, announcement, RED_AND_BLUE, "录入开奖号码")
    with talk.writing() as session:
        row = session.exec(select(Draw)).one()
        row.deadline = talk.office.clock()
        session.add(row)
    talk.office.tick.once()
    lapsed = await clerk.until("已经失效，没有抽取", group, after=entered)
    assert "号码没有录入或者没有经另一人确认" in words(lapsed) and "公开码" in words(lapsed)
    late = await talk.witnesses[0].presses("确认", group, message=entered)
    assert "这份公告已经结束" in late["text"]
    assert of(talk).state == DrawState.LAPSED
    again = await talk.announces(f"{year(talk)}001")
    assert "公告 第 2 号（本任务第 2 次）" in words(again)


async def test_an_issue_that_cannot_be_read_or_was_drawn_already(talk: Talk) -> None:
    """One sentence each; the form stays open."""
    clerk, group = talk.clerk, talk.group
    shown = await preview(talk, "001")
    await chooses(talk, shown, "快乐8")
    asked = await clerk.until("请写明快乐8的期号和开奖时间", group, after=shown)
    past = (talk.office.clock() - timedelta(days=2)).astimezone(SHANGHAI)
    for text, sentence in (
        ("下一期", "看不懂期号和开奖时间"),
        (f"2026031 {past.month}月{past.day}日 21:15", "在公告之前已经开奖，不能再用来抽取"),
        ("2026031 2月31日 21:15", "没有这个日期"),
    ):
        said = await clerk.says(text, group, reply_to=asked)
        await clerk.until(sentence, group, after=said)
    await clerk.says(f"2026031 {tomorrow(talk)}", group, reply_to=asked)
    await clerk.until("随机数：快乐8第 2026031 期", group, after=asked)


async def test_one_lottery_decides_a_whole_ceremony(talk: Talk) -> None:
    """Several tasks wait for the same numbers; one confirmation draws them all."""
    from tests.test_talk_ceremony import marks

    clerk, group = talk.clerk, talk.group
    shown = await marks(talk, "001", "008")
    await chooses(talk, shown, "大乐透")
    asked = await clerk.until("请写明大乐透的期号", group, after=shown)
    await clerk.says(f"26031 {tomorrow(talk)}", group, reply_to=asked)
    again = await clerk.until("随机数：大乐透第 26031 期", group, after=asked)
    await clerk.presses("发布公告", group, message=again)
    said = await clerk.until("合并抽取 · 公告 第 1–2 号", group, after=again)
    drawn_on(talk)
    entered = await enters(talk, clerk, said, "1 9 17 25 33  02 11", "录入开奖号码")
    await talk["工作人员乙"].presses("确认", group, message=entered)
    for serial in (1, 2):
        await clerk.until(f"（公告第 {serial} 号）", group, after=entered)
        assert json.loads(str(of(talk, serial).randomness))["value"] == "1.9.17.25.33./2.11./"


async def test_on_paper_and_on_the_page(talk: Talk) -> None:
    """公告, 抽取记录 and 复核网页 name the lottery, and both people who handled its numbers."""
    clerk, group = talk.clerk, talk.group
    announcement = await announces_lottery(talk, "001")
    await clerk.presses("公告全文 .docx", group, message=announcement)
    sent = await clerk.until(lambda m: "抽取公告" in str(m.get("document", {}).get("file_name")), group)
    text = unpacked(await clerk.file(sent))["word/document.xml"].decode()
    assert "采用公开彩票“双色球第2026031期”的开奖号码，该期在本公告发布时尚未开奖" in text
    drawn_on(talk)
    entered = await enters(talk, clerk, announcement, RED_AND_BLUE, "录入开奖号码")
    await talk.witnesses[0].presses("确认", group, message=entered)
    result = await clerk.until("抽取完成", group, after=entered)
    await clerk.presses("抽取记录 .docx", group, message=result)
    sent = await clerk.until(lambda m: "抽取记录" in str(m.get("document", {}).get("file_name")), group)
    text = unpacked(await clerk.file(sent))["word/document.xml"].decode()
    assert "采用公开彩票“双色球第2026031期”的开奖号码，由一人录入、另一人确认" in text
    assert "3 8 15 22 28 31" in text and "见证人1" in text and "（见证人1" in text and "确认）" in text


async def test_a_profile_that_fixes_the_lottery_takes_no_dice(
    talk_on: Callable[..., AbstractAsyncContextManager[Talk]], tmp_path: Path
) -> None:
    """Nothing is announced before game and issue are named, and dice are not among the choices."""
    own = tmp_path / "policies"
    own.mkdir()
    text = (policies.FOLDER / "qinhuangdao-2022.toml").read_text("utf-8")
    (own / "qinhuangdao-2022.toml").write_text(text.replace('["dice", "lottery", "hand"]', '["lottery"]'), "utf-8")
    async with talk_on(policies=own) as talk:
        clerk, group = talk.clerk, talk.group
        shown = await preview(talk, "001")
        assert "本单位规定用公开彩票或者现场掷骰" in words(shown) and "发布公告" not in labels(shown)
        await clerk.presses("选随机数来源", group, message=shown)
        asked = await sees(clerk, shown, "请选择随机数的来源", group)
        assert labels(asked) == ["公开彩票：双色球", "公开彩票：大乐透", "公开彩票：快乐8", "返回"]
        await clerk.presses("公开彩票：快乐8", group, message=asked)
        form = await clerk.until("请写明快乐8的期号", group, after=shown)
        await clerk.says(f"2026031 {tomorrow(talk)}", group, reply_to=form)
        again = await clerk.until("随机数：快乐8第 2026031 期", group, after=form)
        await clerk.presses("发布公告", group, message=again)
        await clerk.until("随机数采用快乐8第 2026031 期开奖号码", group, after=again)


NOW = datetime(2026, 12, 30, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026151 12月31日 21:15", datetime(2026, 12, 31, 21, 15, tzinfo=SHANGHAI)),
        ("第2026151期，2026-12-31 21:15", datetime(2026, 12, 31, 21, 15, tzinfo=SHANGHAI)),
        ("２０２６１５１ １２月３１日 ２１：１５", datetime(2026, 12, 31, 21, 15, tzinfo=SHANGHAI)),
        ("2027001 1月3日 21时15分", datetime(2027, 1, 3, 21, 15, tzinfo=SHANGHAI)),
    ],
)
def test_issue_and_time_as_people_write_them(text: str, at: datetime) -> None:
    rule, opens = lottery.issue("双色球", text, NOW)
    assert opens == at and rule["kind"] == "lottery" and rule["issue"].startswith("202")


@pytest.mark.parametrize("text", ["", "2026151", "12月31日 21:15", "2026151 13月31日 21:15", "2026151 12月29日 21:15"])
def test_issue_and_time_that_cannot_be_taken(text: str) -> None:
    with pytest.raises(Refused):
        lottery.issue("双色球", text, NOW)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 2 3", "应有 7 个号码"),
        ("1 2 3 4 5 34 1", "红球没有 34 这个号码"),
        ("1 2 3 4 5 6 17", "蓝球没有 17 这个号码"),
        ("1 2 3 4 5 5 16", "红球的号码有重复"),
    ],
)
def test_numbers_that_no_issue_can_have(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        lottery.read(lottery.GAMES[0], text)


def test_every_lottery_carries_enough_and_reads_its_own_numbers_in_any_order() -> None:
    for game in lottery.GAMES:
        assert game.bits >= 24
        groups = [list(range(each.low, each.low + each.count)) for each in game.groups]
        backwards = " + ".join("，".join(str(n) for n in reversed(group)) for group in groups)
        assert lottery.read(game, backwards) == groups


async def test_a_restart_loses_no_half_done_choice(talk_on: Callable[..., AbstractAsyncContextManager[Talk]]) -> None:
    """The form of the issue, the draft, the form of the numbers and the numbers themselves outlive the program."""
    async with talk_on() as talk:
        shown = await preview(talk, "001")
        await chooses(talk, shown, "双色球")
        asked = await talk.clerk.until("请写明双色球的期号和开奖时间", talk.group, after=shown)
        await talk.settled()
    async with talk_on() as talk:
        clerk, group = talk.clerk, talk.group
        await clerk.says(f"2026031 {tomorrow(talk)}", group, reply_to=asked)
        again = await clerk.until("随机数：双色球第 2026031 期开奖号码", group, after=asked)
        await talk.settled()
    async with talk_on() as talk:
        clerk, group = talk.clerk, talk.group
        await clerk.presses("发布公告", group, message=again)
        announcement = await clerk.until("公告 第 1 号", group, after=again)
        drawn_on(talk)
        await clerk.presses("录入开奖号码", group, message=announcement)
        await clerk.until("请发送双色球")
        await talk.settled()
    async with talk_on() as talk:
        await talk.clerk.says(RED_AND_BLUE)
        entered = await talk.clerk.until(lambda m: "确认" in labels(m), talk.group)
        await talk.settled()
    async with talk_on() as talk:
        await talk.witnesses[0].presses("确认", talk.group, message=entered)
        await talk.clerk.until("抽取完成", talk.group, after=entered)
