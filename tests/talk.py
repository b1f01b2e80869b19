"""Talking to a running office: people say, press and throw, and wait for what the bot answers."""

import asyncio
import shutil
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from bot import run, settings
from bot.chat.client import ChatAdmin, ChatPerson, Message, buttons, words
from models.base import reading, writing
from templates.gongwen_check import check

__all__ = ["Message", "Talk", "buttons", "make_sample", "talking", "words"]

ADMIN_KEY = "the-admin-key-of-the-tests"
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63680000008200812bd0d2570000000049454e44ae426082"
)


@dataclass
class Talk:
    """A running office and the people of its chat, by name."""

    office: run.Office
    people: Mapping[str, ChatPerson]
    admin: ChatAdmin
    group: int
    _names: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> ChatPerson:
        """A person by name; 示例 in front may be left out."""
        return self.people.get(name) or self.people[f"示例{name}"]

    @property
    def clerk(self) -> ChatPerson:
        """The first of the staff."""
        return self["工作人员甲"]

    @property
    def witnesses(self) -> list[ChatPerson]:
        """Two people who witness."""
        return [self["见证人甲"], self["见证人乙"]]

    def reading(self) -> Any:
        """A session to look into the office's store."""
        return reading(self.office.engine)

    def writing(self) -> Any:
        """A session to put something into the office's store."""
        return writing(self.office.engine)

    async def announces(self, number: str, *, who: ChatPerson | None = None) -> Message:
        """/draw, the task, 发布公告: the announcement as it stands in the group."""
        clerk = who or self.clerk
        asked = await clerk.says("/draw", self.group)
        listed = await clerk.until("可以抽取的任务", self.group, after=asked)
        label = next(button["text"] for button in buttons(listed) if button["text"].startswith(number))
        await clerk.presses(label, self.group, message=listed)
        preview = await clerk.until("预览", self.group, after=asked)
        await clerk.presses("发布公告", self.group, message=preview)
        return await clerk.until("公告 第", self.group, after=preview)

    async def throws(self, announcement: Message, times: int = 6) -> None:
        """The witnesses throw in turn, in reply to an announcement."""
        for number in range(times):
            await self.witnesses[number % 2].throws("🎰", self.group, reply_to=announcement)

    async def draws(self, number: str) -> Message:
        """A whole draw; the result as it stands in the group."""
        announcement = await self.announces(number)
        await self.throws(announcement)
        return await self.clerk.until("抽取完成", self.group, after=announcement)

    async def dispatches(self, number: str) -> list[ChatPerson]:
        """A whole draw and 派发任务; the inspectors who got cards, each with the card already seen."""
        result = await self.draws(number)
        await self.clerk.presses("派发任务", self.group, message=result)
        await self.clerk.until("任务已派发", self.group, after=result)
        await self.settled()
        return [person for person in self.inspectors if any(cards(message) for message in person.messages())]

    @property
    def inspectors(self) -> list[ChatPerson]:
        """All inspectors whose account is bound."""
        from sqlmodel import select

        from models.people import Account

        with self.reading() as session:
            bound = set(session.exec(select(Account.user_id)))
        return [person for name, person in self.people.items() if "检查人员" in name and person.id in bound]

    async def settled(self, within: float = 20) -> None:
        """Until the bot has answered everything and the outbox is empty; everybody has then looked."""
        from sqlmodel import col, select

        from models.outbox import Outbox
        from models.words import OutboxState

        end = asyncio.get_running_loop().time() + within
        while True:
            with self.reading() as session:
                waiting = session.exec(
                    select(Outbox.id).where(
                        col(Outbox.state).in_([OutboxState.QUEUED, OutboxState.TAKEN, OutboxState.SENDING]),
                        Outbox.not_before <= self.office.clock(),
                    )
                ).first()
            # The bot confirms an update after it was handled, and the chat then forgets it.
            handled = self.office.chat_store.one("SELECT 1 FROM update_row LIMIT 1") is None
            if waiting is None and handled:
                break
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError("the bot is still busy")
            self.office.sender.wake()
            await asyncio.sleep(0.02)
        await asyncio.gather(*(person.look() for person in self.people.values()))

    async def answer(self, who: ChatPerson, text: str, chat: int | None = None) -> Message:
        """Say something and wait for the bot's next message in that chat."""
        said = await who.says(text, chat)
        return await who.until(lambda m: m.get("from", {}).get("is_bot", False), chat, after=said)

    async def aclose(self) -> None:
        """Close everybody's connections."""
        for person in self.people.values():
            await person.aclose()
        await self.admin.aclose()


def cards(message: Message) -> list[tuple[str, int]]:
    """Label and visit number of the buttons that open a visit or enter its result."""
    found = []
    for button in buttons(message):
        parts = str(button.get("callback_data", "")).split(".")
        if len(parts) == 3 and parts[1] in {"visit", "result"}:
            found.append((button["text"], int(parts[2])))
    return found


def data_of(message: Message, name: str) -> str:
    """The data of the button that does `name`."""
    return next(b["callback_data"] for b in buttons(message) if b.get("callback_data", "").split(".")[1] == name)


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an archive by name."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def of(data: Path, **changes: object) -> settings.Settings:
    """Settings of an office on a free port, for tests."""
    values: dict[str, object] = {
        "data": data,
        "chat_address": "127.0.0.1:0",
        "chat_admin_key": ADMIN_KEY,
        "chat_test": True,
        "tick_seconds": 3600.0,
    }
    return settings.load(**(values | changes))


def make_sample(folder: Path) -> Path:
    """Make the sample office once; returns its data folder."""
    data = folder / "data"

    async def once() -> None:
        async with run.office(of(data)):
            pass

    asyncio.run(once())
    shutil.rmtree(data / "files", ignore_errors=True)
    return data


async def hold_to_the_standard(talk: Talk) -> None:
    """Every document that anybody got from the bot keeps to GB/T 9704, unless the office's own template made it."""
    from sqlmodel import select

    from models.own_template import OwnTemplate

    with talk.reading() as session:
        if session.exec(select(OwnTemplate.id)).first() is not None:
            return
    seen: set[str] = set()
    for person in talk.people.values():
        for message in person.messages():
            name = message.get("document", {}).get("file_name", "")
            mark = message.get("document", {}).get("file_unique_id", "")
            if not name.endswith(".docx") or not message["from"].get("is_bot") or mark in seen:
                continue
            seen.add(mark)
            # Many letters in one file to print are no one letter; tests/test_talk_batch.py checks each.
            if "合并打印" in name:
                continue
            assert check(await person.file(message)).breaks == (), name


@asynccontextmanager
async def talking(data: Path, **changes: object) -> AsyncIterator[Talk]:
    """Run the office on a data folder and meet its people."""
    async with run.office(of(data, **changes)) as office:
        admin = ChatAdmin(office.address.rstrip("/"), ADMIN_KEY)
        people = await admin.sample() if office.sample else {}
        group = 0
        for person in list(people.values())[:1]:
            group = next((chat["id"] for chat in await person.chats() if chat["type"] == "supergroup"), 0)
        talk = Talk(office, people, admin, group)
        try:
            yield talk
            await hold_to_the_standard(talk)
        finally:
            await talk.aclose()
