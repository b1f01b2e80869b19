"""Large imports beside the chat: written, and undone, part by part in a process of their own."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from bot import apart
from bot.bell import Bell
from handlers import import_large
from models import importparts, importrun, people
from models.act import Act, Refused
from models.base import reading, writing
from models.importrun import ImportRun, RunState
from models.people import Person
from models.policy import Policy
from templates.grid import LARGE

log = logging.getLogger("qiantong.importer")

_EVERY = 3.0
"""Seconds between two edits of the message that shows how far an import is."""


class _Closing(Exception):
    """The office closes: the process is ended, and the run is taken up at the next start."""


class Importer:
    """Takes up what waits to be written or undone, one after the other.

    What waits is asked from the store at each wake, so nothing is lost where the process ends in the middle: parts that
    are in are in, and the first tick after the start goes on with the others.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Callable[[], datetime],
        policy: Callable[[str], Policy],
        chat: str,
        simulated: bool,
        read_file: Callable[[str], bytes],
        after: Callable[[], None],
    ) -> None:
        self._engine, self._clock, self._policy = engine, clock, policy
        self._chat, self._simulated = chat, simulated
        self._read_file, self._after = read_file, after
        # Several processes share one PostgreSQL: there somebody else may be writing what waits here.
        self._alone = engine.dialect.name == "sqlite" or simulated
        self._bell = Bell()
        self._closing = False

    def wake(self) -> None:
        """Look whether there is something to take up. May be called from any thread."""
        self._bell.ring()

    async def run(self) -> None:
        """Work until cancelled; a part that is being written then is not in."""
        while True:
            await self._bell.heard()
            try:
                await self._take_up_all()
            except Exception:
                # It waits, with what is in, and is taken up again at the next tick.
                log.exception("import not taken up")

    async def _take_up_all(self) -> None:
        with reading(self._engine) as session:
            waiting = importparts.waiting(self._act(session), alone=self._alone)
        for run_id in waiting:
            work = asyncio.create_task(asyncio.to_thread(self._take_up, run_id))
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                self._closing = True
                await asyncio.wait({work})
                raise
            self._after()

    def _take_up(self, run_id: int) -> None:
        with writing(self._engine) as session:
            attempt = importparts.claim(self._act(session), run_id, importparts.OFFICE, alone=self._alone)
        if attempt is None:
            return
        try:
            self._go_on(run_id, attempt)
        except _Closing:
            log.info("import goes on at the next start run=%s", run_id)
        except Refused as refused:
            self._stop(run_id, attempt, refused.sentence)
        except FileNotFoundError:
            self._stop(run_id, attempt, "原文件已经不在服务器上，请重新发送文件。")
        except Exception:
            log.exception("import stopped run=%s", run_id)
            self._stop(run_id, attempt, f"程序出错（编号 {run_id}），请告诉管理员。")

    def _go_on(self, run_id: int, attempt: int) -> None:
        with reading(self._engine) as session:
            run = importrun.get(session, run_id)
            act = self._act(session, run)
            state, digest, limits = run.state, run.digest, LARGE if run.source == "cli" else None
        told = 0.0

        def tick(done: int | None) -> None:
            nonlocal told
            if self._closing:
                raise _Closing
            if done is not None and time.monotonic() - told >= _EVERY:
                told = time.monotonic()
                with writing(self._engine) as session:
                    importparts.tell_progress(self._act(session), run_id, done)
                self._after()

        if state == RunState.UNDOING:
            apart.run(self._engine, import_large.undone, act, run_id, attempt, tick)
        else:
            data = self._read_file(digest)
            apart.run(self._engine, import_large.written, act, run_id, attempt, data, limits, tick)

    def _stop(self, run_id: int, attempt: int, reason: str) -> None:
        with writing(self._engine) as session:
            act = self._act(session, importrun.get(session, run_id))
            importparts.stop(act, run_id, attempt, reason)

    def _act(self, session: Session, run: ImportRun | None = None) -> Act:
        """An act of whoever imported, by the profile of the unit; of nobody where no run is named."""
        person = session.get(Person, run.person_id) if run is not None and run.person_id else None
        root = people.root(session)
        own = people.policy_name(session, person.unit_id) if person is not None else None
        return Act(
            session=session,
            now=self._clock(),
            actor=person,
            policy=self._policy(own or (root.policy or "" if root else "")),
            entropy=secrets.token_bytes,
            source=run.source if run is not None else "import",
            chat=self._chat,
            simulated=self._simulated,
        )
