"""The sender: takes rows of the outbox, paces, and leaves each sent, failed or uncertain (DESIGN §8, TOOLBOX)."""

import asyncio
import contextlib
import logging
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx
from sqlalchemy import Engine
from sqlmodel import Session
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.bell import Bell
from handlers import render
from handlers.answer import Answer
from models import outbox, people
from models.act import Act
from models.base import reading, writing
from models.outbox import Outbox
from models.people import Account, Group, Person
from models.policy import Policy
from templates.texts import lines, say

log = logging.getLogger("qiantong.sender")

# Nothing of the request left this machine: sending again cannot double it.
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# How many rows may be taken and not finished at a time.
_UNDER_WAY = 100
# What another process took and did not finish in this time is taken to be left behind by its death.
_LEFT_BEHIND = timedelta(minutes=10)
# How long a stop waits for the answers to what went out, in seconds.
_FINISH = 5.0


class Pace:
    """Slots held for a while after the answer: a second over all and per chat, a minute per group (TOOLBOX)."""

    def __init__(
        self,
        *,
        overall: int = 30,
        per_chat: int = 1,
        per_group: int = 20,
        second: float = 1.0,
        minute: float = 60.0,
    ) -> None:
        self._overall = asyncio.Semaphore(overall)
        self._chats: dict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_chat))
        self._groups: dict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_group))
        self._second, self._minute = second, minute

    @asynccontextmanager
    async def slot(self, chat_id: int) -> AsyncIterator[None]:
        """Wait for a free slot of each kind, and hold it for its time after the work inside."""
        wanted = [(self._chats[chat_id], self._second), (self._overall, self._second)]
        if chat_id < 0:
            wanted.insert(0, (self._groups[chat_id], self._minute))
        held: list[tuple[asyncio.Semaphore, float]] = []
        try:
            for semaphore, seconds in wanted:
                await semaphore.acquire()
                held.append((semaphore, seconds))
            yield
        finally:
            loop = asyncio.get_running_loop()
            for semaphore, seconds in held:
                loop.call_later(seconds, semaphore.release)


@dataclass(frozen=True)
class _Ready:
    """A row that is rendered: its chat, its messages, and the message that it rewrites or answers."""

    chat_id: int
    pieces: list[Answer]
    there: int | None

    @property
    def text(self) -> str:
        return "\n".join(piece.text for piece in self.pieces)


class Sender:
    """Sends what is queued, in order within each chat."""

    def __init__(
        self,
        *,
        engine: Engine,
        bot: Bot,
        clock: Callable[[], datetime],
        policy: Callable[[str], Policy],
        chat: str,
        simulated: bool,
        paced: bool,
        pace: Callable[[], Pace] = Pace,
    ) -> None:
        self._engine, self._bot, self._clock, self._policy = engine, bot, clock, policy
        self._chat, self._simulated = chat, simulated
        self._make_pace = pace
        self._pace = pace() if paced else None
        self._bell = Bell()
        self._lanes: set[asyncio.Task[None]] = set()
        self._taken = 0
        self._stopping = False

    def wake(self) -> None:
        """Something may have been queued. May be called from any thread."""
        self._bell.ring()

    def recover(self) -> int:
        """At start: rows that were under way when the process died; returns how many may or may not have arrived."""
        # Several processes share one PostgreSQL: what another one is sending now is not left behind.
        alone = self._engine.dialect.name == "sqlite" or self._simulated
        now = self._clock()
        with writing(self._engine) as session:
            return outbox.recover(session, now, None if alone else now - _LEFT_BEHIND)

    async def run(self) -> None:
        """Send until cancelled; what has gone out by then is still waited for."""
        loop = asyncio.get_running_loop()
        look = loop.time() + _LEFT_BEHIND.total_seconds()
        try:
            while True:
                while self._take():
                    pass
                with contextlib.suppress(TimeoutError):
                    # Not wait_for: until Python 3.12 it could swallow the cancellation that ends us.
                    async with asyncio.timeout(1.0):
                        await self._bell.heard()
                for lane in [lane for lane in self._lanes if lane.done()]:
                    self._lanes.discard(lane)
                    lane.result()
                if loop.time() > look and self._engine.dialect.name != "sqlite":
                    self.recover()
                    look = loop.time() + _LEFT_BEHIND.total_seconds()
        finally:
            self._stopping = True
            if self._lanes:
                await asyncio.wait(self._lanes, timeout=_FINISH)
            for lane in self._lanes:
                lane.cancel()
            await asyncio.gather(*self._lanes, return_exceptions=True)

    def _take(self) -> int:
        """Take one batch and begin to send it; returns how many rows it took."""
        room = _UNDER_WAY - self._taken
        if room <= 0 or (self._pace is None and self._taken):
            return 0
        with writing(self._engine) as session:
            rows = outbox.claim(session, self._clock(), min(room, 50))
        lanes: dict[tuple[int | None, int | None], list[Outbox]] = defaultdict(list)
        for row in rows:
            # Without pacing one after the other is the fastest (TOOLBOX, concurrent_updates).
            lanes[(row.person_id, row.group_id) if self._pace else (None, None)].append(row)
        self._taken += len(rows)
        for lane in lanes.values():
            self._lanes.add(asyncio.get_running_loop().create_task(self._send_lane(lane)))
        return len(rows)

    async def _send_lane(self, rows: list[Outbox]) -> None:
        """Send rows in order. One that must wait keeps the later ones of its chat behind it."""
        held: set[tuple[int | None, int | None]] = set()
        left: list[int] = []
        try:
            for row in rows:
                place = (row.person_id, row.group_id)
                if self._stopping or place in held:
                    left.append(outbox.key_of(row))
                elif not await self._deliver(row):
                    held.add(place)
        finally:
            if left:
                with writing(self._engine) as session:
                    outbox.release(session, left)
            self._taken -= len(rows)
            self._bell.ring()

    async def _deliver(self, row: Outbox) -> bool:
        """Send a row and write down what became of it; False where it was put back."""
        ready: _Ready | None = None
        message_id = at = 0
        while ready is None or at < len(ready.pieces):
            try:
                async with self._slot(row):
                    if ready is None and (ready := self._ready(row)) is None:
                        return True
                    message_id = await self._send(row, ready, at)
                at += 1
            except RetryAfter as error:
                if self._pace is None:
                    # A local chat whose server was told to limit (DESIGN §8).
                    self._pace = self._make_pace()
                wait = error.retry_after if isinstance(error.retry_after, int) else error.retry_after.total_seconds()
                if at == 0:
                    return await self._later(row, wait, "聊天服务要求稍候")
                await asyncio.sleep(wait)
            except NetworkError as error:
                # BadRequest is a NetworkError, but a final one (TOOLBOX).
                if isinstance(error, BadRequest) or not isinstance(error.__cause__, _NOTHING_SENT):
                    return await self._refused(row, ready, error)
                if at == 0:
                    return await self._later(row, min(60, 2 ** min(row.attempts, 6)), "连不上聊天服务")
                await asyncio.sleep(1)
            except Exception as error:
                return await self._refused(row, ready, error)
        with writing(self._engine) as session:
            outbox.sent(
                session,
                outbox.key_of(row),
                now=self._clock(),
                chat_id=ready.chat_id,
                message_id=ready.there if row.edits and ready.there else message_id,
                text=ready.text,
            )
        return True

    def _slot(self, row: Outbox) -> AbstractAsyncContextManager[None]:
        if self._pace is None:
            return nullcontext()
        with reading(self._engine) as session:
            chat_id, _ = self._where(session, row)
        return self._pace.slot(chat_id) if chat_id else nullcontext()

    def _ready(self, row: Outbox) -> _Ready | None:
        """Render a row and note that it goes out now; None where there is nothing to send, and why is written down."""
        try:
            with writing(self._engine) as session:
                chat_id, reason = self._where(session, row)
                answer = None if reason else render.notice(self._act(session, row), row)
                if answer is None:
                    self._lost(session, row, reason or "内容已经过时，没有发送", tell=bool(reason))
                    return None
                there = outbox.face(session, row)
                if row.reason == outbox.MAYBE_SENT and not (row.edits and there):
                    answer = replace(answer, text=lines(say("start.sent_again"), answer.text))
                outbox.sending(session, outbox.key_of(row), self._clock())
        except Exception:
            log.exception("cannot render row=%s kind=%s", row.id, row.kind)
            with writing(self._engine) as session:
                self._lost(session, row, "生成内容时出错")
            return None
        row.attempts += 1
        return _Ready(chat_id, render.pieces(answer), there)

    async def _send(self, row: Outbox, ready: _Ready, at: int) -> int:
        if row.edits and ready.there and at == 0:
            await render.rewrite(self._bot, ready.chat_id, ready.there, ready.pieces[0])
            return ready.there
        reply_to = ready.there if row.replies else None
        return (await render.post_piece(self._bot, ready.chat_id, ready.pieces[at], reply_to=reply_to)).message_id

    async def _refused(self, row: Outbox, ready: _Ready | None, error: Exception) -> bool:
        """What becomes of a row that the chat did not take; False where it was put back."""
        chat_id, text = (ready.chat_id, ready.text) if ready else (0, None)
        if isinstance(error, InvalidToken):
            log.error("the chat does not know the token")
            return await self._later(row, 60, "聊天服务不认识令牌")
        with writing(self._engine) as session:
            if isinstance(error, ChatMigrated):
                people.move_chat(session, chat_id, error.new_chat_id)
                outbox.again(session, outbox.key_of(row), now=self._clock(), seconds=0, reason=row.reason)
                return False
            if isinstance(error, Forbidden):
                people.unreachable(session, chat_id)
                self._lost(session, row, "对方停用了本助手，或者本助手已不在群里", text=text)
                log.info("forbidden row=%s: %s", row.id, error)
            elif isinstance(error, BadRequest):
                self._lost(session, row, f"聊天服务没有接受：{error.message}", text=text)
            elif isinstance(error, NetworkError):
                log.warning("no answer row=%s error=%s", row.id, type(error).__name__)
                reason = "发出后没有收到回音，是否送达不明"
                if not outbox.doubtful(session, row, now=self._clock(), reason=reason, text=text):
                    return False
            elif isinstance(error, TelegramError):
                self._lost(session, row, f"聊天服务出错：{error.message}", text=text)
            else:
                log.error("cannot send row=%s kind=%s", row.id, row.kind, exc_info=error)
                self._lost(session, row, "发送时出错", text=text)
        self._bell.ring()
        return True

    def _where(self, session: Session, row: Outbox) -> tuple[int, str]:
        """The chat of a row, or the reason why there is none."""
        if row.group_id is not None:
            group = session.get(Group, row.group_id)
            return (group.chat_id, "") if group else (0, "群已经解除绑定")
        account: Account | None = people.account_of(session, row.person_id or 0)
        if account is None:
            return 0, "还没有绑定账号"
        if not account.reachable:
            return 0, "对方停用了本助手"
        return account.user_id, ""

    def _act(self, session: Session, row: Outbox) -> Act:
        person = session.get(Person, row.person_id) if row.person_id else None
        group = session.get(Group, row.group_id) if row.group_id else None
        unit_id = group.unit_id if group else person.unit_id if person else 0
        return Act(
            session=session,
            now=self._clock(),
            actor=person,
            policy=self._policy(people.policy_name(session, unit_id) or ""),
            entropy=secrets.token_bytes,
            source=f"outbox:{row.id}",
            chat=self._chat,
            simulated=self._simulated,
        )

    async def _later(self, row: Outbox, seconds: float, reason: str) -> bool:
        # That it may have arrived once already stays known until it is sent.
        kept = outbox.MAYBE_SENT if row.reason == outbox.MAYBE_SENT else reason
        wait = seconds
        if self._simulated:
            # The clock stands still and would never reach the time: wait here.
            await asyncio.sleep(min(seconds, _FINISH))
            wait = 0.0
        with writing(self._engine) as session:
            outbox.again(session, outbox.key_of(row), now=self._clock(), seconds=wait, reason=kept)
        return False

    def _lost(self, session: Session, row: Outbox, reason: str, *, text: str | None = None, tell: bool = True) -> None:
        outbox.failed(session, outbox.key_of(row), reason=reason, text=text)
        if tell:
            outbox.tell_undelivered(session, row, self._clock())
