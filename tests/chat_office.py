"""A small office on a real local chat, for the tests of the chat itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.chat.client import ChatAdmin, ChatPerson
from bot.chat.server import Served, build, serve
from tests import api_reference

ADMIN_KEY = "the-admin-key"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000010802000000"
    "7b40e8dd0000000f49444154789c63f8cfc000420c0c0000070201fe3a2e0b9d0000000049454e44ae426082"
)


@dataclass
class Clock:
    """A clock that is moved by hand."""

    at: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **much: float) -> None:
        """Move on."""
        self.at += timedelta(**much)


@dataclass
class Machine:
    """A bot that is played by hand: each call is one HTTP request."""

    id: int
    token: str
    username: str
    http: httpx.AsyncClient
    offset: int = 0

    async def call(self, method: str, /, **params: Any) -> dict[str, Any]:
        """The whole answer to a call with a JSON body."""
        response = await self.http.post(f"/bot{self.token}/{method}", json=params)
        body: dict[str, Any] = response.json()
        assert response.status_code == body.get("error_code", 200)
        return body

    async def does(self, method: str, /, **params: Any) -> Any:
        """The result of a call that must succeed."""
        body = await self.call(method, **params)
        assert body["ok"], body
        return body["result"]

    async def refused(self, method: str, /, **params: Any) -> tuple[int, str]:
        """Code and description of a call that must fail."""
        body = await self.call(method, **params)
        assert not body["ok"], body
        return body["error_code"], body["description"]

    async def news(self, seconds: int = 0, **params: Any) -> list[dict[str, Any]]:
        """The updates since the last look, confirmed at the next."""
        found = await self.does("getUpdates", offset=self.offset, timeout=seconds, **params)
        if found:
            self.offset = found[-1]["update_id"] + 1
        return list(found)

    async def heard(self) -> list[str]:
        """The words of the messages since the last look."""
        return [one["message"]["text"] for one in await self.news() if "text" in one.get("message", {})]


@dataclass
class Office:
    """A bot, two people and their group."""

    served: Served
    admin: ChatAdmin
    http: httpx.AsyncClient
    clock: Clock
    bot: Machine
    li: ChatPerson
    wang: ChatPerson
    group: int
    problems: list[str] = field(default_factory=list)

    async def machine(self, username: str, *, privacy: bool = True) -> Machine:
        """A further bot."""
        made = await self.admin.bot(username, username, privacy=privacy)
        return Machine(made["id"], made["token"], username, self.http)


@asynccontextmanager
async def served(
    data: Path, clock: Clock | None = None, *, sample: bool = False, test: bool = True
) -> AsyncIterator[tuple[Served, list[str]]]:
    """A chat on a free port; every answer to a bot is held against the reference where that is at hand."""
    app = build(data, admin_key=ADMIN_KEY, sample=sample, test=test, clock=clock or Clock())
    problems: list[str] = []
    if api_reference.FILE.exists():
        app.add_middleware(api_reference.Checked, problems=problems)
    running = await serve(app, "127.0.0.1", 0)
    try:
        yield running, problems
    finally:
        await running.stop()
    assert problems == []


@asynccontextmanager
async def office(data: Path, *, type: str = "group") -> AsyncIterator[Office]:
    """The office: qiantong_bot (privacy on), 李 and 王, started and in one group; what led there is confirmed."""
    clock = Clock()
    async with served(data, clock) as (running, problems):
        admin = ChatAdmin(running.address, ADMIN_KEY)
        http = httpx.AsyncClient(base_url=running.address, trust_env=False, timeout=60)
        made = await admin.bot("qiantong_bot", "签筒")
        bot = Machine(made["id"], made["token"], "qiantong_bot", http)
        li = await admin.person("李", username="li_example")
        wang = await admin.person("王")
        group = await admin.group("双随机工作群", [li, wang], [bot.id], type=type)
        await li.starts("qiantong_bot")
        await wang.starts("qiantong_bot")
        await bot.news()
        await bot.news()  # asking again confirms
        try:
            yield Office(running, admin, http, clock, bot, li, wang, group, problems)
        finally:
            for one in (admin, li, wang):
                await one.aclose()
            await http.aclose()
