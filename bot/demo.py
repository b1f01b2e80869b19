"""The demonstration: one draw from announcement to close, played over the local chat's own paths (DESIGN §11)."""

import asyncio
import io
import json
import logging
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bot.chat.client import ChatAdmin, ChatPerson, buttons, words

Message = dict[str, Any]

# A photo of one grey pixel: what an inspector would take with a phone.
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63680000008200812bd0d2570000000049454e44ae426082"
)
PATIENCE = 20.0


@dataclass
class Stage:
    """The people on stage, the folder that the files go to, and the transcript as it grows."""

    out: Path
    people: Mapping[str, ChatPerson]
    group: int
    shown: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    steps: int = 0

    def scene(self, title: str) -> None:
        """A heading, with progress."""
        self.steps += 1
        self._line(f"\n## {self.steps}. {title}\n")

    def did(self, who: ChatPerson, what: str, where: int | None = None) -> None:
        """What a person did."""
        self._line(f"**{who.name}**（{'群' if where == self.group else '私聊'}）　{what}")

    def said(self, message: Message, whom: ChatPerson | None = None) -> None:
        """What the bot said."""
        head = "签筒" if whom is None else f"签筒 ⟶ {whom.name}"
        text = words(message).replace("\n", "\n> ")
        labels = " ".join(f"[{button['text']}]" for button in buttons(message))
        file = f"\n> 📎 {message['document']['file_name']}" if "document" in message else ""
        self._line(f"> **{head}**　{text}{file}" + (f"\n> {labels}" if labels else ""))

    async def says(self, who: ChatPerson, text: str, where: int | None = None) -> Message:
        """A person says something."""
        self.did(who, text, where)
        return await who.says(text, where)

    async def presses(self, who: ChatPerson, label: str, where: int | None = None, **choice: Any) -> None:
        """A person presses a button; the short answer over the chat is part of the play."""
        self.did(who, f"按［{label}］", where)
        answer = await who.presses(label, where, **choice)
        if answer.get("show_alert"):
            raise RuntimeError(f"the chat refused {label}: {answer.get('text')}")

    async def hears(
        self, who: ChatPerson, wanted: Any, where: int | None = None, after: Message | None = None
    ) -> Message:
        """A person waits for what the bot says."""
        message = await who.until(wanted, where, after=after, within=PATIENCE)
        self.said(message, None if where == self.group else who)
        return message

    async def takes(self, who: ChatPerson, label: str, where: int | None = None, **choice: Any) -> bytes:
        """A person presses for a document and keeps it."""
        before = max(who.seen.get(who.id, {0: {}}), default=0)
        in_chat = max(who.seen.get(where or who.id, {0: {}}), default=0)
        await self.presses(who, label, where, **choice)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            await who.look(wait=1)
            for chat, floor in ((who.id, before), (where or who.id, in_chat)):
                for number, message in sorted(who.seen.get(chat, {}).items()):
                    if number > floor and "document" in message:
                        self.said(message, who)
                        return await self.keeps(who, message)
        raise TimeoutError(f"no document after {label}")

    async def keeps(self, who: ChatPerson, message: Message) -> bytes:
        """Save a document into the folder; archives are unpacked by whoever asked for them."""
        data = await who.file(message)
        name = message["document"]["file_name"]
        if name.endswith(".docx"):
            (self.out / "documents").mkdir(exist_ok=True)
            (self.out / "documents" / name).write_bytes(data)
        return data

    def _line(self, text: str) -> None:
        self.shown.append(text)
        print(text, flush=True)


def play(folder: str) -> int:
    """Play the demonstration into a folder; exit code 0, or 2 where the folder is not empty."""
    out = Path(folder)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        print(f"文件夹 {folder} 不是空的，没有改动。请换一个新的文件夹。", file=sys.stderr)
        return 2
    out.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.WARNING)
    try:
        with tempfile.TemporaryDirectory(prefix="qiantong-demo-") as data:
            return asyncio.run(_play(out, Path(data)))
    finally:
        logging.disable(logging.NOTSET)


async def _play(out: Path, data: Path) -> int:
    from bot import run, settings

    began = time.monotonic()
    print("# 签筒演示：示例市双随机办的一次抽取", flush=True)
    found = settings.load(
        data=data,
        database_url="",
        telegram_token="",
        chat_address="127.0.0.1:0",
        chat_admin_key="",
        key="",
        clock=None,
        tick_seconds=1.0,
    )
    async with run.office(found) as office:
        address = office.address.rstrip("/")
        people = await ChatAdmin(address, "visitor").sample()
        clerk = people["示例工作人员甲"]
        chats = await clerk.chats()
        group = next(chat["id"] for chat in chats if chat["type"] == "supergroup")
        stage = Stage(out, people, group)
        try:
            await _story(stage)
        finally:
            for person in people.values():
                await person.aclose()
    from models.verify import verify

    checks = verify(stage.files["record.json"], stage.files)
    holds = all(each.result == "ok" for each in checks)
    stage.scene("复核")
    for each in checks:
        stage._line(f"- {'✓' if each.result == 'ok' else '✗'} {each.name}：{each.detail}")
    (out / "transcript.md").write_text(
        "# 签筒演示：示例市双随机办的一次抽取\n" + "\n".join(stage.shown) + "\n", "utf-8"
    )
    print(
        f"\n全程 {time.monotonic() - began:.0f} 秒；记录复核{'全部相符' if holds else '不相符'}。结果在 {out}。",
        flush=True,
    )
    return 0 if holds else 1


async def _story(stage: Stage) -> None:
    """The whole way, one scene after another."""
    clerk, group = stage.people["示例工作人员甲"], stage.group
    witnesses = [person for name, person in stage.people.items() if "见证人" in name][:2]

    stage.scene("抽取：预览与公告")
    await stage.says(clerk, "/draw", group)
    await stage.hears(clerk, "可以抽取的任务", group)
    plain = next(b["text"] for b in buttons((clerk.messages(group))[-1]) if b["text"].split()[0].endswith("001"))
    await stage.presses(clerk, plain, group)
    await stage.hears(clerk, "预览", group)
    await stage.presses(clerk, "发布公告", group)
    announcement = await stage.hears(clerk, "公告 第", group)
    await stage.takes(clerk, "公告全文", group)

    stage.scene("见证人掷骰，自动抽取")
    for number in range(6):
        who = witnesses[number % 2]
        die = await who.throws("🎰", group, reply_to=announcement)
        stage.did(who, f"回复公告掷 🎰：{die['dice']['value']}", group)
        await clerk.until(f"第 {number + 1}/6 次：{die['dice']['value']}", group, within=PATIENCE)
    await stage.hears(clerk, "随机数已定", group)
    result = await stage.hears(clerk, "抽取完成", group)

    stage.scene("派发任务，检查人员收到")
    await stage.presses(clerk, "派发任务", group, message=result)
    await stage.hears(clerk, "任务已派发", group)
    inspectors = await _with_cards(stage)
    for who in inspectors:
        await _accepts(stage, who)

    stage.scene("一人申请回避，见证人重新掷骰，由他人接替")
    leaver = inspectors[0]
    left = await _opens(stage, leaver, 0)
    await stage.presses(leaver, "申请回避", message=left)
    await stage.hears(leaver, "请直接写明理由")
    await stage.says(leaver, "与该单位负责人是亲属")
    await stage.hears(leaver, "申请已送达")
    await stage.hears(clerk, "申请回避：")
    await stage.presses(clerk, "同意")
    notice = await stage.hears(clerk, "递补公告", group)
    for who in witnesses:
        die = await who.throws("🎰", group, reply_to=notice)
        stage.did(who, f"回复递补公告掷 🎰：{die['dice']['value']}", group)
    await stage.hears(clerk, "递补完成", group)
    await stage.hears(leaver, "已由其他检查人员接替")
    await _substitute_accepts(stage)

    stage.scene("检查：照片、录入、同组确认、复核")
    await _inspect(stage, await _with_cards(stage))

    stage.scene("公示、办结")
    await stage.hears(clerk, "检查全部完成并复核")
    await stage.hears(clerk, "公布公开码", group)
    await stage.takes(clerk, "公示表")
    await stage.presses(clerk, "登记公示")
    await stage.hears(clerk, "在哪里公示")
    await stage.presses(clerk, _last_label(clerk))
    await stage.hears(clerk, "请发来公示页面的链接")
    await stage.presses(clerk, "没有链接")
    await stage.hears(clerk, "任务已办结")
    await stage.hears(clerk, "已办结：结果全部公示", group)
    await stage.takes(clerk, "抽取记录", group, message=result)

    stage.scene("取走记录，任何人都可以复核")
    await stage.says(clerk, "/verify")
    await stage.hears(clerk, "请选择要复核的抽取")
    await stage.presses(clerk, _last_label(clerk))
    await stage.hears(clerk, "复核 · 公告第")
    stage.files = _unpack(await stage.takes(clerk, "取全部文件"), stage.out)
    _unpack(await stage.takes(clerk, "取公开版文件"), stage.out / "public")
    page = await stage.takes(clerk, "复核网页")
    (stage.out / "public" / "verify.html").write_bytes(page)


async def _with_cards(stage: Stage) -> list[ChatPerson]:
    """The inspectors who have something in their private chat."""
    found = []
    for name, person in stage.people.items():
        if "检查人员" in name:
            await person.look()
            if any(_visits(message) for message in person.messages()):
                found.append(person)
    return found


def _visits(message: Message) -> list[tuple[str, int]]:
    """Label and visit of each button that opens or enters a visit."""
    found = []
    for button in buttons(message):
        _, _, rest = str(button.get("callback_data", "")).partition(".")
        name, _, number = rest.partition(".")
        if name in {"visit", "result"}:
            found.append((button["text"], int(number)))
    return found


async def _accepts(stage: Stage, who: ChatPerson) -> None:
    card = next(message for message in who.messages() if _visits(message))
    stage.said(card, who)
    label = next(b["text"] for b in buttons(card) if "收到" in b["text"])
    await stage.presses(who, label, message=card)


async def _opens(stage: Stage, who: ChatPerson, at: int) -> Message:
    """Open one visit of the person's card as a message of its own."""
    card = next(message for message in reversed(who.messages()) if _visits(message))
    label, number = _visits(card)[at]
    if any(b.get("callback_data", "").startswith("1.result.") for b in buttons(card)):
        return card
    await stage.presses(who, label, message=card, data=f"1.visit.{number}")
    return await stage.hears(who, lambda message: f"1.result.{number}" in json.dumps(buttons(message)), after=card)


async def _substitute_accepts(stage: Stage) -> None:
    """Whoever stepped in has one fresh card with 收到 on it."""
    for _ in range(100):
        for name, person in stage.people.items():
            if "检查人员" not in name:
                continue
            await person.look()
            for message in person.messages():
                if any(b["text"] in {"收到", "全部收到"} for b in buttons(message)):
                    stage.said(message, person)
                    label = next(b["text"] for b in buttons(message) if b["text"] in {"收到", "全部收到"})
                    await stage.presses(person, label, message=message)
                    return
        await person.look(wait=0.2)
    raise TimeoutError("nobody stepped in")


async def _inspect(stage: Stage, inspectors: list[ChatPerson]) -> None:
    """Every visit: one of its team enters, the colleague confirms, a reviewer passes."""
    entered: set[int] = set()
    for who in inspectors:
        asked = await stage.says(who, "/tasks")
        listed = await who.until(lambda m: _visits(m) != [] or "没有待办" in words(m), after=asked, within=PATIENCE)
        for label, number in _visits(listed):
            if number in entered:
                continue
            entered.add(number)
            await stage.presses(who, label, message=listed, data=f"1.visit.{number}")
            wanted = f"1.result.{number}"
            card = await who.until(partial(_offers, wanted), after=listed, within=PATIENCE)
            stage.said(card, who)
            photo = await who.sends_file(PHOTO, kind="photo", name="photo.png", reply_to=card)
            stage.did(who, "回复任务卡片发来一张照片")
            await _chooses_visit(stage, who, number, photo)
            if len(entered) == 1:
                await _takes_papers(stage, who, card)
            await stage.presses(who, "录入结果", message=card)
            await stage.hears(who, "请选择检查结果", after=card)
            await stage.presses(who, "未发现问题")
            await stage.hears(who, "请核对")
            await stage.presses(who, "提交")
            await stage.hears(who, "已提交")
            await _confirmed(stage, number, who)


async def _takes_papers(stage: Stage, who: ChatPerson, card: Message) -> None:
    """文书 of one visit: what the team takes along."""
    await stage.presses(who, "文书", message=card)
    menu = await stage.hears(who, lambda m: any(b["text"] == "检查通知书" for b in buttons(m)), after=card)
    for name in ("任务通知书", "检查通知书", "检查记录表"):
        await stage.takes(who, name, message=menu)


async def _chooses_visit(stage: Stage, who: ChatPerson, number: int, photo: Message) -> None:
    """A photo in reply to a card attaches itself; where several visits are open the bot asks which one."""
    answer = await who.until(lambda m: "属于哪一户" in words(m) or "已存到" in words(m), after=photo, within=PATIENCE)
    if "属于哪一户" in words(answer):
        label = next(b["text"] for b in buttons(answer) if b["callback_data"] == f"1.photo_for.{number}")
        await stage.presses(who, label, message=answer, data=f"1.photo_for.{number}")
        await who.until("已存到", after=answer["message_id"] - 1, within=PATIENCE)


async def _confirmed(stage: Stage, number: int, enterer: ChatPerson) -> None:
    """The colleague confirms, then a reviewer passes."""
    colleague = await _who_has(stage, f"1.confirm.{number}", "检查人员", without=enterer)
    await stage.presses(colleague, "确认", data=f"1.confirm.{number}", message=_with(colleague, f"1.confirm.{number}"))
    reviewer = await _who_has(stage, f"1.pass.{number}", "复核人")
    await stage.presses(reviewer, "通过", data=f"1.pass.{number}", message=_with(reviewer, f"1.pass.{number}"))


async def _who_has(stage: Stage, data: str, title: str, without: ChatPerson | None = None) -> ChatPerson:
    """The first person with a button in sight."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for name, person in stage.people.items():
            if title in name and person is not without:
                await person.look()
                if (message := _with(person, data)) is not None:
                    stage.said(message, person)
                    return person
        await next(iter(stage.people.values())).look(wait=0.1)
    raise TimeoutError(f"nobody has the button {data}")


def _with(person: ChatPerson, data: str) -> Message | None:
    for message in reversed(person.messages()):
        if any(b.get("callback_data") == data for b in buttons(message)):
            return message
    return None


def _offers(data: str, message: Message) -> bool:
    """Whether a message has the button with this data."""
    return any(b.get("callback_data") == data for b in buttons(message))


def _last_label(who: ChatPerson) -> str:
    """The first button of the newest message that has any."""
    message = next(each for each in reversed(who.messages()) if buttons(each))
    return str(buttons(message)[0]["text"])


def _unpack(data: bytes, folder: Path) -> dict[str, bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {Path(name).name: archive.read(name) for name in archive.namelist()}
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return files
