"""The tick: APScheduler wakes one job, the rows decide what is due (TOOLBOX)."""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine, text
from sqlmodel import Session

from bot.settings import Clock
from models import dialogue, draw, duty, event, people, visit
from models.act import Act
from models.base import SHANGHAI, writing
from models.policy import Policy

log = logging.getLogger("qiantong.tick")

# Telegram keeps what was not fetched for a day; two are enough to know a repeated update.
_REMEMBER = timedelta(days=2)
_LOCK = 7268


class Tick:
    """What happens by time alone: reminders, lapsed announcements, codes that fall due."""

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Clock,
        policy: Callable[[str], Policy],
        chat: str,
        seconds: float,
        after: Callable[[], None],
    ) -> None:
        self._engine, self._clock, self._policy, self._chat, self._after = engine, clock, policy, chat, after
        self.last: datetime | None = None
        self._scheduler = AsyncIOScheduler(timezone=SHANGHAI)
        self._scheduler.add_job(
            self.once, IntervalTrigger(seconds=seconds), coalesce=True, max_instances=1, misfire_grace_time=None
        )

    def start(self) -> None:
        """Tick now and from now on."""
        self.once()
        self._scheduler.start()

    def stop(self) -> None:
        """No more ticks."""
        self._scheduler.shutdown(wait=False)

    def once(self) -> None:
        """One tick. A fault in one part is logged and does not keep the others from their turn."""
        self._clock.refresh()
        for part in (duty.tick, draw.tick, event.tick, visit.remind):
            try:
                with writing(self._engine) as session:
                    if not _leads(session):
                        return
                    act = self._act(session)
                    if act is not None:
                        part(act)
            except Exception:
                log.exception("tick failed part=%s", part.__module__)
        with writing(self._engine) as session:
            dialogue.forget(session, self._clock() - _REMEMBER)
        self.last = self._clock()
        self._after()

    def _act(self, session: Session) -> Act | None:
        office = people.root(session)
        if office is None:
            return None
        return Act(
            session=session,
            now=self._clock(),
            actor=None,
            policy=self._policy(office.policy or ""),
            entropy=secrets.token_bytes,
            source="tick",
            chat=self._chat,
            simulated=self._clock.simulated,
        )


def _leads(session: Session) -> bool:
    """Of several processes on one PostgreSQL, one ticks (TOOLBOX); the lock ends with the transaction."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.execute(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")).scalar())
