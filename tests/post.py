"""A post office for tests: the sample office's people on a real chat server, and the real sender between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select
from telegram import Bot

from bot import run, settings
from bot.chat import server
from bot.chat.client import ChatAdmin, ChatPerson
from bot.sender import Pace, Sender
from handlers import catalog, registry
from handlers.answer import Answer
from models import outbox
from models.act import Act
from models.base import writing
from models.outbox import Outbox
from models.people import Account, Group
from models.words import OutboxState
from templates import policies
from templates.texts import Html
from tests.sample_office import NOW, SampleOffice

ADMIN_KEY = "the-admin-key-of-the-tests"
WORDS = "words"
"""The kind of row that says what its data says; `boom` in it breaks the rendering, `gone` has nothing to say."""


def _says(act: Act, row: Outbox) -> Answer | None:
    text = str(row.data["text"])
    if text == "boom":
        raise ValueError("no such thing")
    return None if text == "gone" else Answer(Html(text))


@dataclass
class Post:
    """The store, the chat, its people by their keys, and a sender that is started by each test."""

    office: SampleOffice
    admin: ChatAdmin
    bot: Bot
    people: dict[str, ChatPerson]
    group: int

    @asynccontextmanager
    async def sending(self, *, paced: bool = False, pace: Callable[[], Pace] = Pace) -> AsyncIterator[Sender]:
        """The sender at work."""
        sender = Sender(
            engine=self.office.engine,
            bot=self.bot,
            # Time goes on in the queue: what is to be tried again becomes due.
            clock=lambda: NOW + timedelta(seconds=asyncio.get_running_loop().time()),
            policy=policies.load,
            chat="telegram",
            simulated=False,
            paced=paced,
            pace=pace,
        )
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def put(self, key: str, text: str, *, to: str = "", dispatcher: str | None = "staff1", **values: object) -> None:
        """Queue a message to somebody, or to the group."""
        known = self.office.made.people
        made = Outbox(
            key=key,
            kind=WORDS,
            person_id=known[to] if to else None,
            group_id=None if to else 1,
            dispatcher_id=known[dispatcher] if dispatcher else None,
            data={"text": text},
            created_at=NOW,
            not_before=NOW,
            **values,
        )
        with writing(self.office.engine) as session:
            assert outbox.put(session, made)

    def row(self, key: str) -> Outbox:
        """A row as it stands."""
        with self.office.read() as session:
            found = outbox.by_key(session, key)
        assert found is not None, key
        return found

    def told(self, key: str) -> Outbox:
        """The message to the dispatcher about a row."""
        return self.row(f"undelivered:{self.row(key).id}")

    async def done(self, within: float = 15) -> None:
        """Until nothing is queued or under way."""
        open_states = [OutboxState.QUEUED, OutboxState.TAKEN, OutboxState.SENDING]
        async with asyncio.timeout(within):
            while True:
                with self.office.read() as session:
                    if session.exec(select(Outbox.id).where(col(Outbox.state).in_(open_states))).first() is None:
                        break
                await asyncio.sleep(0.01)
        await asyncio.gather(*(person.look() for person in self.people.values()))

    def heard(self, who: str, chat: int | None = None) -> list[str]:
        """What the bot said to somebody, or in the group, oldest first."""
        return [
            str(message.get("text"))
            for message in self.people[who].messages(chat)
            if message["from"]["id"] == self.bot.id
        ]


@asynccontextmanager
async def opened(folder: Path, *keys: str) -> AsyncIterator[Post]:
    """The post office with these people of the sample office bound, and all of them in the group."""
    catalog.load()
    office = SampleOffice.opened(folder)
    app = server.build(folder / "chat", admin_key=ADMIN_KEY, sample=False, test=True, clock=lambda: NOW)
    served = await server.serve(app, "127.0.0.1", 0)
    address = served.address.rstrip("/")
    admin = ChatAdmin(address, ADMIN_KEY)
    made = await admin.bot("post_bot", "签筒")
    people = {key: await admin.person(key) for key in keys}
    group = await admin.group("双随机工作群", people.values(), [made["id"]], type="supergroup")
    with writing(office.engine) as session:
        session.get_one(Group, 1).chat_id = group
        for key, person in people.items():
            account = Account(user_id=person.id, person_id=office.made.people[key], bound_at=NOW)
            session.add(account)
    for person in people.values():
        await person.starts("post_bot")
    found = settings.load(data=folder, telegram_token=made["token"], telegram_base_url=address)
    application = run.build(found, made["token"], "")
    registry.NOTICES[WORDS] = _says
    await application.initialize()
    try:
        yield Post(office, admin, application.bot, people, group)
    finally:
        del registry.NOTICES[WORDS]
        await application.shutdown()
        for person in [*people.values(), admin]:
            await person.aclose()
        await served.stop()
        office.engine.dispose()
