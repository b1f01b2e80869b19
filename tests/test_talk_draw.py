"""The straight way in the chat, from /draw to the closed task (DESIGN §5.1–5.3, 5.5)."""

import json
from pathlib import Path

import pytest

from bot.chat.client import ChatPerson
from models import audit
from models.verify import verify
from tests.talk import PHOTO, Message, Talk, buttons, cards, data_of, talking, unpacked, words


async def test_whole_way(talk: Talk) -> None:
    """On the store that comes with Python."""
    await goes_its_whole_way(talk)


@pytest.mark.needs("postgresql")
async def test_whole_way_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    """The sample office made in a PostgreSQL database, and the same conversation."""
    async with talking(tmp_path / "data", database_url=postgres_url) as talk:
        assert talk.office.engine.dialect.name == "postgresql"
        await goes_its_whole_way(talk)
        with talk.reading() as session:
            assert list(audit.check(session)) == []
    assert not (tmp_path / "data" / "office.db").exists()


async def goes_its_whole_way(talk: Talk) -> None:
    """Draw, throws with receipts, cards, recusal and substitute, photo, confirm, review, publication, close."""
    clerk, group = talk.clerk, talk.group
    announcement = await talk.announces(number(talk, "001"))
    assert "回复本条" in words(announcement) and "公告摘要" in words(announcement)

    first, second = talk.witnesses
    die = await first.throws("🎰", group, reply_to=announcement)
    receipt = await clerk.until(f"第 1/6 次：{die['dice']['value']}", group)
    assert f"消息 {die['message_id']}" in words(receipt)
    for who in (second, first, second, first, second):
        await who.throws("🎰", group, reply_to=announcement)
    result = await clerk.until("抽取完成", group)
    assert "抽中 4 户" in words(result)
    await clerk.until("随机数已定", group)

    await clerk.presses("派发任务", group, message=result)
    await clerk.until("任务已派发", group)
    await talk.settled()
    team = [person for person in talk.inspectors if any(cards(message) for message in person.messages())]
    assert len(team) == 6

    for person in team:
        card = person.messages()[-1]
        await person.presses(next(b["text"] for b in buttons(card) if "收到" in b["text"]), message=card)

    # 申请回避 → 同意 → event → fresh throws → substitute.
    leaver = team[0]
    card = await opens(leaver)
    await leaver.presses("申请回避", message=card)
    await leaver.until("请直接写明理由")
    await leaver.says("与该单位负责人是亲属")
    await leaver.until("申请已送达")
    asked = await clerk.until("申请回避：")
    await clerk.presses("同意", message=asked)
    notice = await clerk.until("递补公告", group)
    await talk.throws(notice, 2)
    await clerk.until("递补完成", group)
    await leaver.until("已由其他检查人员接替")

    await talk.settled()
    await inspects_everything(talk)

    await clerk.until("检查全部完成并复核")
    code = await clerk.until("公布公开码", group)
    assert "🔓" in words(code)
    await publishes(talk)
    await clerk.until("已办结：结果全部公示", group)

    record, files = await takes_record(talk)
    checks = verify(json.dumps(record).encode(), files)
    assert {check.result for check in checks} == {"ok"}, checks
    assert record["state"] == "closed" and len(record["draws"]) == 2


def number(talk: Talk, serial: str) -> str:
    """The plan number of this year's task."""
    return f"{talk.office.clock().year}{serial}"


async def opens(who: ChatPerson, at: int = 0) -> Message:
    """One visit of the newest card, as a card of its own."""
    card = next(message for message in reversed(who.messages()) if cards(message))
    label, visit = cards(card)[at]
    if any(".result." in b.get("callback_data", "") for b in buttons(card)):
        return card
    await who.presses(label, message=card, data=f"1.visit.{visit}")
    return await who.until(lambda m: f"1.result.{visit}" in json.dumps(buttons(m)), after=card)


async def enters(talk: Talk, who: ChatPerson, visit: int) -> None:
    """A photo in reply, then three taps: 录入结果, 未发现问题, 提交."""
    listed = await talk.answer(who, "/tasks")
    label = next(label for label, known in cards(listed) if known == visit)
    await who.presses(label, message=listed, data=f"1.visit.{visit}")
    card = await who.until(lambda m: f"1.result.{visit}" in json.dumps(buttons(m)), after=listed)
    photo = await who.sends_file(PHOTO, kind="photo", name="photo.png", reply_to=card)
    answer = await who.until(lambda m: "属于哪一户" in words(m) or "已存到" in words(m), after=photo)
    if "属于哪一户" in words(answer):
        await who.presses("", message=answer, data=f"1.photo_for.{visit}")
    await who.presses("录入结果", message=card)
    chosen = await who.until("请选择检查结果", after=photo)
    await who.presses("未发现问题", message=chosen)
    await who.until("请核对", after=photo)
    await who.presses("提交", message=chosen)
    await who.until("已提交", after=photo)


async def inspects_everything(talk: Talk) -> None:
    """Every open visit: entered by one, confirmed by the colleague, passed by a reviewer."""
    done: set[int] = set()
    for who in talk.inspectors:
        listed = await talk.answer(who, "/tasks")
        for _, visit in cards(listed):
            if visit in done:
                continue
            done.add(visit)
            await enters(talk, who, visit)
            await talk.settled()
            await presses_somebody(talk, "检查人员", "确认", f"1.confirm.{visit}", without=who)
            await talk.settled()
            await presses_somebody(talk, "复核人", "通过", f"1.pass.{visit}")
            await talk.settled()


async def presses_somebody(talk: Talk, title: str, label: str, data: str, *, without: ChatPerson | None = None) -> None:
    """The first person in sight of a button presses it."""
    for name, person in talk.people.items():
        if title in name and person is not without:
            for message in reversed(person.messages()):
                if any(b.get("callback_data") == data for b in buttons(message)):
                    await person.presses(label, message=message, data=data)
                    return
    raise AssertionError(f"nobody sees {data}")


async def publishes(talk: Talk) -> None:
    """登记公示 in the clerk's private chat."""
    clerk = talk.clerk
    await clerk.presses("登记公示")
    channels = await clerk.until("在哪里公示")
    await clerk.presses(buttons(channels)[0]["text"], message=channels)
    await clerk.until("请发来公示页面的链接")
    await clerk.presses("没有链接", message=channels)
    await clerk.until("任务已办结")


async def takes_record(talk: Talk) -> tuple[dict[str, object], dict[str, bytes]]:
    """The full record by /verify, as staff may take it."""
    clerk = talk.clerk
    listed = await talk.answer(clerk, "/verify")
    await clerk.presses("", message=listed, data=data_of(listed, "verify"))
    checked = await clerk.until("复核 · 公告第", after=listed)
    await clerk.presses("取全部文件", message=checked)
    sent = await clerk.until(lambda m: "document" in m, after=checked)
    files = unpacked(await clerk.file(sent))
    return json.loads(files["record.json"]), files
