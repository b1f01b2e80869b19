"""The sender: takes rows of the outbox, paces, and leaves each sent, failed or uncertain (DESIGN §8, TOOLBOX)."""

import asyncio
import contextlib
import logging
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
from sqlalchemy import Engine
from sqlmodel import Session
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from handlers import render
from handlers.answer import Answer
from models import outbox, people
from models.act import Act
from models.base import writing
from models.outbox import Outbox
from models.people import Account, Group, Person
from models.policy import Policy

log = logging.getLogger("qiantong.sender")

# Slots a second over all, a second a chat, a minute a group; each is held from the answer on (TOOLBOX, pacing).
_OVERALL, _CHAT, _GROUP = 30, 1, 20
# Nothing of the request left this machine: sending again cannot double it.
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Pace:
    """Slots that are held for a while after the answer, over all, per chat and per group."""

    def __init__(self) -> None:
        self._overall = asyncio.Semaphore(_OVERALL)
        self._chats: dict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_CHAT))
        self._groups: dict[int, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_GROUP))

    @asynccontextmanager
    async def slot(self, chat_id: int) -> AsyncIterator[None]:
        """Wait for a free slot of each kind, and hold it for its time after the work inside."""
        held = [(self._chats[chat_id], 1.0), (self._overall, 1.0)]
        if chat_id < 0:
            held.insert(0, (self._groups[chat_id], 60.0))
        for semaphore, _ in held:
            await semaphore.acquire()
        try:
            yield
        finally:
            loop = asyncio.get_running_loop()
            for semaphore, seconds in held:
                loop.call_later(seconds, semaphore.release)


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
    ) -> None:
        self._engine, self._bot, self._clock, self._policy = engine, bot, clock, policy
        self._chat, self._simulated = chat, simulated
        self._pace = Pace() if paced else None
        self._awake = asyncio.Event()
        self._lanes: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def wake(self) -> None:
        """Something may have been queued."""
        self._awake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._awake.clear()
            while await self.round():
                pass
            with contextlib.suppress(TimeoutError):
                # Not wait_for: until Python 3.12 it could swallow the cancellation that ends us.
                async with asyncio.timeout(1.0):
                    await self._awake.wait()

    async def round(self) -> int:
        """Take and send one batch; returns how many rows it took."""
        with writing(self._engine) as session:
            rows = outbox.claim(session, self._clock())
        if self._pace is None:
            for row in rows:
                await self._deliver(row)
        else:
            await asyncio.gather(*(self._in_lane(row) for row in rows))
        return len(rows)

    async def _in_lane(self, row: Outbox) -> None:
        async with self._lanes[row.group_id or -(row.person_id or 0)]:
            await self._deliver(row)

    async def _deliver(self, row: Outbox) -> None:
        """Render, send, and write down what became of it."""
        row_id = row.id or 0
        try:
            with writing(self._engine) as session:
                chat_id, reason = self._where(session, row)
                answer = None if reason else render.notice(self._act(session, row), row)
                target = outbox.by_key(session, row.edits or row.replies or "")
                if answer is None:
                    self._lost(session, row, reason or "内容已经过时，没有发送", tell=bool(reason))
                    return
        except Exception:
            log.exception("cannot render row=%s kind=%s", row_id, row.kind)
            with writing(self._engine) as session:
                self._lost(session, row, "生成内容时出错")
            return
        try:
            if self._pace is None:
                message_id = await self._send(row, chat_id, answer, target)
            else:
                async with self._pace.slot(chat_id):
                    message_id = await self._send(row, chat_id, answer, target)
        except RetryAfter as error:
            wait = error.retry_after if isinstance(error.retry_after, int) else error.retry_after.total_seconds()
            self._later(row, wait, "聊天服务要求稍候")
            await asyncio.sleep(min(wait, 60))
            return
        except ChatMigrated as error:
            with writing(self._engine) as session:
                people.move_chat(session, chat_id, error.new_chat_id)
            self._later(row, 0, "群已升级")
            return
        except Forbidden as error:
            with writing(self._engine) as session:
                people.unreachable(session, chat_id)
                self._lost(session, row, "对方停用了本助手，或者本助手已不在群里", text=answer.text)
            log.info("forbidden row=%s: %s", row_id, error)
            return
        except BadRequest as error:
            with writing(self._engine) as session:
                self._lost(session, row, f"聊天服务没有接受：{error.message}", text=answer.text)
            return
        except (TimedOut, NetworkError) as error:
            if isinstance(error.__cause__, _NOTHING_SENT):
                self._later(row, min(60, 2 ** min(row.attempts, 6)), "连不上聊天服务")
                await asyncio.sleep(0)
                return
            with writing(self._engine) as session:
                outbox.uncertain(
                    session, row_id, reason="发出后没有收到回音，是否送达不明", chat_id=chat_id, text=answer.text
                )
                self._tell_dispatcher(session, row)
            return
        except TelegramError as error:
            with writing(self._engine) as session:
                self._lost(session, row, f"聊天服务出错：{error.message}", text=answer.text)
            return
        with writing(self._engine) as session:
            outbox.sent(
                session, row_id, now=self._clock(), chat_id=chat_id, message_id=message_id, text=str(answer.text)
            )

    async def _send(self, row: Outbox, chat_id: int, answer: Answer, target: Outbox | None) -> int:
        there = target.message_id if target is not None and target.chat_id == chat_id else None
        if row.edits and there is not None:
            await render.rewrite(self._bot, chat_id, there, answer)
            return there
        message = await render.post(self._bot, chat_id, answer, reply_to=there if row.replies else None)
        return message.message_id

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

    def _later(self, row: Outbox, seconds: float, reason: str) -> None:
        with writing(self._engine) as session:
            outbox.again(session, row.id or 0, now=self._clock(), seconds=seconds, reason=reason)

    def _lost(self, session: Session, row: Outbox, reason: str, *, text: str | None = None, tell: bool = True) -> None:
        outbox.failed(session, row.id or 0, reason=reason, text=text)
        if tell:
            self._tell_dispatcher(session, row)

    def _tell_dispatcher(self, session: Session, row: Outbox) -> None:
        """Whoever sent it out learns once that it did not arrive, or may not have."""
        if row.dispatcher_id is None or row.kind == "undelivered" or row.dispatcher_id == row.person_id:
            return
        outbox.put(session, outbox.undelivered(row, self._clock()))
        self.wake()
