"""The tick: APScheduler wakes one job, the rows decide what is due (TOOLBOX)."""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine, text
from sqlmodel import Session

from bot.settings import Clock, SettingError
from models import (
    backfill,
    dialogue,
    draw,
    duty,
    event,
    people,
    publishing,
    reminder,
    shortfall,
    summary,
    visit,
    year,
)
from models.act import Act
from models.base import SHANGHAI, reading, writing
from models.policy import Policy

log = logging.getLogger("qiantong.tick")

# Telegram keeps what was not fetched for a day; two are enough to know a repeated update.
_REMEMBER = timedelta(days=2)
_LOCK = 7268

Part = Callable[[Act], object]
_ONCE: tuple[Part, ...] = (draw.tick, event.tick)
_PER_PROFILE: tuple[Part, ...] = (
    backfill.owe,
    publishing.owe,
    reminder.tick,
    year.tick,
    visit.remind,
    shortfall.tick,
    summary.tick,
)


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
        try:
            self._clock.refresh()
        except SettingError as error:
            log.error("the clock file cannot be read; time stands still: %s", error)
        for part, name in self._parts():
            try:
                with writing(self._engine) as session:
                    if not _leads(session):
                        break
                    part(self._act(session, name))
            except Exception:
                log.exception("tick failed part=%s profile=%s", part.__module__, name)
        try:
            with writing(self._engine) as session:
                dialogue.forget(session, self._clock() - _REMEMBER)
        except Exception:
            log.exception("tick failed part=dialogue")
        self.last = self._clock()
        self._after()

    def _parts(self) -> list[tuple[Part, str]]:
        """What is to be done, each with the name of its profile; nothing before there is an office."""
        with reading(self._engine) as session:
            office = people.root(session)
            if office is None:
                return []
            # Units may follow a profile of their own, and what hangs on a profile is done for each (DESIGN §2).
            own = office.policy or ""
            names = [own, *(name for name in duty.profiles(session) if name != own)]
        return [(part, own) for part in _ONCE] + [(part, name) for name in names for part in _PER_PROFILE]

    def _act(self, session: Session, policy: str) -> Act:
        return Act(
            session=session,
            now=self._clock(),
            actor=None,
            policy=self._policy(policy),
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
