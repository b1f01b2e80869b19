"""No stage set: another profile, another pool, a kill after every single message — the same conversation completes."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.chat.client import ChatPerson, Message, buttons, words
from models.base import SHANGHAI
from templates import workbook
from tests import real_office
from tests.mortal import MortalOffice, pressing
from tests.talk import PHOTO, cards, data_of, unpacked
from tests.test_talk_draw import enters as enters_result
from tests.test_talk_draw import opens, presses_somebody

YEAR = datetime.now(SHANGHAI).year


async def test_killed_after_every_message(tmp_path: Path) -> None:
    """From `init` to the closed task in an office of its own, killed each time somebody has said something."""
    data = tmp_path / "data"
    assert real_office.found(data, policy="xiping-2020") == 0
    office = MortalOffice(data)
    try:
        await office.start()
        await story(office, tmp_path / "record")
        assert office.deaths > 50
    finally:
        await office.kill()


async def story(office: MortalOffice, out: Path) -> None:
    """The whole conversation; leaves the record in a folder and checks it from the files alone."""
    admin = await real_office.signs_in(await office.personal_link(real_office.ADMIN))
    office.people["admin"] = admin
    for kind, records, title in (
        ("people", real_office.PEOPLE, "人员表"),
        ("item", real_office.ITEMS, "抽查事项清单"),
        ("entity", real_office.ENTITIES, "检查对象名录库"),
        ("inspector", real_office.INSPECTORS, "执法检查人员名录库"),
        ("plan", real_office.plan(YEAR), "年度抽查计划"),
    ):
        await imports(office, admin, kind, records, title)
    await issues(office, admin)
    await meets(office, admin)
    group = await real_office.group_of(admin)
    await office.hears(lambda: admin.says("/bind", group), admin, any_of("已绑定", "已经绑定"), group)
    await completes(office, office.people["经办员"])
    await draws(office, group)
    await inspects(office)
    await publishes(office, group)
    await takes(office, out)


async def imports(office: MortalOffice, who: ChatPerson, kind: str, records: list[dict[str, str]], title: str) -> None:
    """A table in the private chat, and 确认."""
    file = workbook.write_xlsx(kind, records)
    preview = await office.hears(lambda: who.sends_file(file, name=f"{kind}.xlsx"), who, title)
    assert preview is not None
    await office.hears(pressing(who, "确认", preview), who, "✅ 已导入")


async def issues(office: MortalOffice, admin: ChatPerson) -> None:
    """The plan was approved on paper: its document is registered, and it can be drawn from."""
    listed = await office.hears(lambda: admin.says("/plan"), admin, "现在是草案")
    await office.hears(pressing(admin, "登记已经印发", some(listed)), admin, "文件名称和文号")
    await office.hears(lambda: admin.says("关于印发年度抽查计划的通知（示例）"), admin, "为第 1 版")


async def meets(office: MortalOffice, admin: ChatPerson) -> None:
    """Everybody else gets a personal link from the administrator and signs in."""
    names = dict.fromkeys(each["name"] for each in [*real_office.PEOPLE, *real_office.INSPECTORS])
    for name in names:
        listed = await office.hears(lambda: admin.says("/people"), admin, is_list)
        assert listed is not None
        answer = await office.hears(
            pressing(admin, f"{name} · 发链接", listed), admin, f"{name} 的个人登录链接", done="\0"
        )
        assert answer is not None
        link = next(line for line in words(answer).splitlines() if "/link/" in line)
        office.people[name] = await real_office.signs_in(link.strip())


def is_list(message: Message) -> bool:
    """The list of people with a button for each."""
    return any("发链接" in button["text"] for button in buttons(message))


async def completes(office: MortalOffice, clerk: ChatPerson) -> None:
    """补全 of the first row, step by step."""
    row = f"{YEAR}001"
    listed = await office.hears(lambda: clerk.says("/plan"), clerk, "待补全")
    face = await office.hears(pressing(clerk, f"补全 {row}", some(listed)), clerk, "由哪个单位发起")
    face = await office.hears(pressing(clerk, "工业运行股", some(face)), clerk, "抽查哪几类检查对象") or face
    face = await office.hears(pressing(clerk, "☐ 食盐批发企业", some(face)), clerk, marked) or face
    for question in ("抽查哪些", "按什么比例抽取"):
        face = await office.hears(pressing(clerk, "下一步", some(face)), clerk, question) or face
    await office.hears(lambda: clerk.says("2户"), clerk, "检查哪些事项")
    face = clerk.messages()[-1]
    face = await office.hears(pressing(clerk, "☐ SY-1", some(face)), clerk, marked) or face
    face = await office.hears(pressing(clerk, "下一步", some(face)), clerk, "每户派出哪些单位") or face
    face = await office.hears(pressing(clerk, "下一步", some(face)), clerk, "什么时间检查") or face
    period = f"{YEAR}年1月1日至{YEAR + 1}年12月20日"
    await office.hears(lambda: clerk.says(period), clerk, "在哪里抽取")
    face = clerk.messages()[-1]
    face = (
        await office.hears(
            pressing(clerk, "本群抽取", some(face)), clerk, lambda m: "理由" in words(m) or "核对" in words(m)
        )
        or face
    )
    if "理由" in words(some(face)) and "核对" not in words(some(face)):
        await office.hears(lambda: clerk.says("本县没有接入平台，在本群抽取"), clerk, "核对")
        face = clerk.messages()[-1]
    await office.hears(pressing(clerk, "确认补全", some(face)), clerk, "已补全")


def any_of(*wanted: str) -> Callable[[Message], bool]:
    """A message with one of these words."""
    return lambda message: any(each in words(message) for each in wanted)


def offering(data: str) -> Callable[[Message], bool]:
    """A message with the button that has this data."""
    return lambda message: data in [button.get("callback_data") for button in buttons(message)]


def marked(message: Message) -> bool:
    """A step with a mark set."""
    return any(button["text"].startswith("☑") for button in buttons(message))


async def draws(office: MortalOffice, group: int) -> None:
    """/draw, preview, announcement, throws, result, 派发任务."""
    clerk = office.people["经办员"]
    listed = await office.hears(lambda: clerk.says("/draw", group), clerk, "可以抽取的任务", group)
    label = buttons(some(listed))[0]["text"]
    preview = await office.hears(pressing(clerk, label, some(listed)), clerk, "预览", group)
    announcement = await office.hears(pressing(clerk, "发布公告", some(preview)), clerk, "公告 第", group)
    witnesses = [office.people["见证人一"], office.people["见证人二"]]
    for at in range(6):
        who = witnesses[at % 2]
        wanted = f"第 {at + 1}/6 次"
        await thrown(office, who, group, some(announcement), wanted)
    result = await clerk.until("抽取完成", group)
    await office.hears(pressing(clerk, "派发任务", result), clerk, "任务已派发", group)


async def thrown(office: MortalOffice, who: ChatPerson, group: int, announcement: Message, wanted: str) -> None:
    """One throw, thrown once: its receipt comes although the process dies at that instant."""
    await who.throws("🎰", group, reply_to=announcement)
    await office.dies()
    await who.until(wanted, group, within=20)


async def inspects(office: MortalOffice) -> None:
    """Every visit: 收到, photo, result, the colleague's 确认, 通过."""
    team = [person for name, person in office.people.items() if name.startswith("检查员")]
    done: set[str] = set()
    for who in team:
        await who.look()
        card = next((m for m in who.messages() if any("收到" in b["text"] for b in buttons(m))), None)
        if card is None:
            continue
        label = next(b["text"] for b in buttons(card) if "收到" in b["text"])
        await office.hears(pressing(who, label, card), who, "已收到")
        while True:
            listed = await office.hears(
                lambda who=who: who.says("/tasks"), who, lambda m: "您有" in words(m) or "没有待办" in words(m)
            )
            waiting = [b for b in buttons(some(listed)) if b.get("callback_data", "").split(".")[1] == "visit"]
            waiting = [b for b in waiting if b["callback_data"] not in done]
            if not waiting:
                break
            done.add(waiting[0]["callback_data"])
            await enters(office, who, some(listed), waiting[0])


async def enters(office: MortalOffice, who: ChatPerson, listed: Message, button: dict[str, str]) -> None:
    """One result, from the card to 通过."""
    visit = button["callback_data"].split(".")[2]
    card = await office.hears(
        pressing(who, button["text"], listed, button["callback_data"]),
        who,
        offering(f"1.result.{visit}"),
    )
    answer = await office.hears(
        lambda: who.sends_file(PHOTO, kind="photo", name="photo.png", reply_to=card),
        who,
        any_of("已存到", "属于哪一户"),
    )
    if "属于哪一户" in words(some(answer)):
        await office.hears(pressing(who, "", some(answer), f"1.photo_for.{visit}"), who, "已存到")
    form = await office.hears(pressing(who, "录入结果", some(card)), who, "请选择检查结果")
    await office.hears(pressing(who, "未发现问题", some(form)), who, "请核对")
    await office.hears(pressing(who, "提交", some(form)), who, "已提交")
    for name, data, label, wanted in (
        ("检查员", f"1.confirm.{visit}", "确认", "已确认"),
        ("法规审核员", f"1.pass.{visit}", "通过", "已通过"),
    ):
        other, message = await holder(office, name, data, who)
        await office.hears(pressing(other, label, message, data), other, wanted)


async def holder(office: MortalOffice, name: str, data: str, without: ChatPerson) -> tuple[ChatPerson, Message]:
    """Who has a button, and under which message; what a kill left undelivered is asked for, as people would."""
    for tries in range(60):
        if tries == 20:
            await asks(office, name, data)
        for known, person in office.people.items():
            if known.startswith(name) and person is not without:
                await person.look(wait=0.1)
                for message in person.messages():
                    if data in [b.get("callback_data") for b in buttons(message)]:
                        return person, message
    raise AssertionError(f"nobody has {data}")


async def asks(office: MortalOffice, name: str, data: str) -> None:
    """The reviewer's /review, and the colleagues' 查看结果, bring the buttons back."""
    visit = data.split(".")[2]
    for known, person in office.people.items():
        if known.startswith(name):
            listed = await person.says("/review" if ".pass." in data else "/tasks")
            answer = await person.until(lambda m: m["from"]["is_bot"], after=listed, within=20)
            for label, then in (("review", None), ("visit", f"1.result_show.{visit}")):
                if f"1.{label}.{visit}" in [b.get("callback_data") for b in buttons(answer)]:
                    await person.presses("", message=answer, data=f"1.{label}.{visit}")
                    if then is not None:
                        card = await person.until(offering(then), after=answer, within=20)
                        await person.presses("", message=card, data=then)


async def publishes(office: MortalOffice, group: int) -> None:
    """登记公示, and the task is closed."""
    clerk = office.people["经办员"]
    ready = await clerk.until("检查全部完成并复核")
    where = await office.hears(pressing(clerk, "登记公示", ready), clerk, "在哪里公示")
    face = await office.hears(
        pressing(clerk, buttons(some(where))[0]["text"], some(where)), clerk, "请发来公示页面的链接"
    )
    await office.hears(pressing(clerk, "没有链接", some(face or where)), clerk, "任务已办结")
    await clerk.until("已办结：结果全部公示", group)


async def takes(office: MortalOffice, out: Path) -> None:
    """The record's files, checked on their own by the command line, in a process that knows no office."""
    clerk = office.people["经办员"]
    listed = await office.hears(lambda: clerk.says("/verify"), clerk, "请选择要复核的抽取")
    data = data_of(some(listed), "verify")
    checked = await office.hears(pressing(clerk, "", some(listed), data), clerk, "复核 · 公告第", done="\0")
    sent = await office.hears(pressing(clerk, "取全部文件", some(checked)), clerk, lambda m: "document" in m, done="\0")
    out.mkdir()
    for name, body in unpacked(await clerk.file(some(sent))).items():
        (out / name).write_bytes(body)
    checked_by = subprocess.run(
        [sys.executable, "-m", "bot", "verify", str(out / "record.json")], capture_output=True, text=True, cwd=out
    )
    assert checked_by.returncode == 0, checked_by.stdout + checked_by.stderr
    record = json.loads((out / "record.json").read_text())
    assert record["state"] == "closed" and record["draws"][0]["selected"]["count"] == 2


def some(message: Message | None) -> Message:
    """A message that must be there."""
    assert message is not None
    return message


async def test_every_half_filled_form_survives_a_restart(talk_on: Callable[..., Any]) -> None:
    """The reason of a recusal, its event between two throws, and the reason of a return: each goes on afterwards."""
    async with talk_on() as talk:
        leaver = (await talk.dispatches(f"{YEAR}001"))[0]
        name = leaver.name
        card = await opens(leaver)
        await leaver.presses("申请回避", message=card)
        await leaver.until("请直接写明理由")
        visit = int(data_of(card, "recuse").split(".")[2])
    async with talk_on() as talk:
        await talk[name].says("与负责人是亲属")
        await talk[name].until("申请已送达")
        asked = await talk.clerk.until("申请回避：")
    async with talk_on() as talk:
        await talk.clerk.look()
        await talk.clerk.presses("同意", message=asked)
        notice = await talk.clerk.until("递补公告", talk.group)
        await talk.witnesses[0].throws("🎰", talk.group, reply_to=notice)
        await talk.clerk.until("还需要至少 1 次", talk.group)
    async with talk_on() as talk:
        await talk.witnesses[1].throws("🎰", talk.group, reply_to=notice)
        await talk.clerk.until("递补完成", talk.group)
        await talk.settled()
        team = [
            who for who in talk.inspectors if any(number == visit for m in who.messages() for _, number in cards(m))
        ]
        enterer = next(who for who in team if who.name != name)
        await enters_result(talk, enterer, visit)
        await talk.settled()
        await presses_somebody(talk, "检查人员", "确认", f"1.confirm.{visit}", without=enterer)
        await talk.settled()
        reviewer = talk["复核人甲"]
        await reviewer.presses("退回", message=await reviewer.until("请复核检查结果"))
        await reviewer.until("请直接写明退回的理由")
    async with talk_on() as talk:
        await talk["复核人甲"].says("照片不清楚")
        await talk["复核人甲"].until("已退回录入人")
        await talk[enterer.name].until("照片不清楚")
