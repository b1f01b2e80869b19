"""Long work beside the chat: large draws are made in a process of their own and written in one short transaction."""

import asyncio
import logging
import multiprocessing
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from bot import maker
from bot.bell import Bell
from models import draw, drawing, people
from models.act import Act
from models.base import reading, writing
from models.making import Making
from models.policy import Policy
from models.record import Drawn

log = logging.getLogger("qiantong.work")

_EVERY = 3.0
"""Seconds between two edits of the message that shows how far a draw is; a group takes 20 messages a minute."""

_FRESH = multiprocessing.get_context("spawn")


class Worker:
    """Makes what waits to be made, one draw after the other.

    What waits is asked from the store at each wake, so nothing is lost where the process ends in the middle: the draw
    still has its throws, and the first tick after the start takes it up.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Callable[[], datetime],
        policy: Callable[[str], Policy],
        chat: str,
        simulated: bool,
        after: Callable[[], None],
    ) -> None:
        self._engine, self._clock, self._policy = engine, clock, policy
        self._chat, self._simulated, self._after = chat, simulated, after
        self._bell = Bell()
        self.process: Any = None
        """The process at work, as tests see it."""

    def wake(self) -> None:
        """Look whether there is something to make. May be called from any thread."""
        self._bell.ring()

    async def run(self) -> None:
        """Work until cancelled; a process that is still at work then is ended."""
        while True:
            await self._bell.heard()
            for draw_id in self._waiting():
                try:
                    await self._make(draw_id)
                except Exception:
                    # It waits, with its throws, and is tried again at the next tick.
                    log.exception("draw not made draw=%s", draw_id)

    def _waiting(self) -> list[int]:
        with reading(self._engine) as session:
            return draw.all_under_way(session)

    async def _make(self, draw_id: int) -> None:
        given = await asyncio.to_thread(self._prepare, draw_id)
        if given is None:
            return
        made = await self._computed(given)
        self._tell(draw_id, "keep")
        await asyncio.to_thread(self._keep, given, made)
        self._after()

    def _prepare(self, draw_id: int) -> Making | None:
        with reading(self._engine) as session:
            return drawing.prepared(self._act(session), draw.get(session, draw_id))

    async def _computed(self, given: Making) -> Drawn:
        """The draw, made in a fresh process: in a thread, HMACs of short labels would hold the interpreter's lock."""
        ours, theirs = _FRESH.Pipe()
        process = self.process = _FRESH.Process(target=maker.make, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        loop = asyncio.get_running_loop()
        told = loop.time()
        try:
            await asyncio.to_thread(ours.send, given)
            while True:
                answer = await asyncio.to_thread(_answer, ours)
                if isinstance(answer, Drawn):
                    return answer
                if isinstance(answer, Exception):
                    raise answer
                if answer is not None and loop.time() - told >= _EVERY:
                    told = loop.time()
                    self._tell(given.draw_id, "select", answer)
        finally:
            process.kill()
            ours.close()
            await asyncio.to_thread(process.join)
            self.process = None

    def _tell(self, draw_id: int, step: str, done: int = 0) -> None:
        with writing(self._engine) as session:
            drawing.tell_progress(self._act(session), draw.get(session, draw_id), step, done)
        self._after()

    def _keep(self, given: Making, made: Drawn) -> None:
        with reading(self._engine) as session:
            # Everything that can be looked up before is: the transaction that writes keeps everybody waiting.
            seats = drawing.seated(self._act(session), draw.get(session, given.draw_id), given, made)
        with writing(self._engine) as session:
            act, drawn = self._act(session), draw.get(session, given.draw_id)
            if drawing.keep_made(act, drawn, given, made, seats):
                drawing.tell_progress(act, drawn, "made")
                drawing.tell_result(act, drawn)

    def _act(self, session: Session) -> Act:
        root = people.root(session)
        return Act(
            session=session,
            now=self._clock(),
            actor=None,
            policy=self._policy(root.policy or "" if root else ""),
            entropy=secrets.token_bytes,
            source="work",
            chat=self._chat,
            simulated=self._simulated,
        )


def _answer(connection: Any) -> Drawn | Exception | int | None:
    """The next word of the process, or None where it says nothing for a while; EOFError where it ended."""
    return connection.recv() if connection.poll(0.2) else None
