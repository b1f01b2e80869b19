"""The sample office at work: a copy for each test, people acting under their keys, the clock and the dice in hand."""

import hashlib
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from bot import sample
from models import announcement, change, drawing, event, followup, office, outbox, recheck, result, tables, visit
from models.act import Act
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.draw import Die
from models.event import Event
from models.inspector import Inspector
from models.people import Person, Unit
from models.plan import Task
from models.policy import Policy
from models.visit import Seat, Visit
from templates.policies import load

KEY = "the key of the tests"
OTHER_KEY = "another key than that"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
WITNESSES = ("witness1", "witness2")
CLEAN: dict[str, Any] = {"categories": ["no_problem"], "methods": ["on_site"]}


def policy() -> Policy:
    """The sample office's profile."""
    return load("qinhuangdao-2022")


def founded(engine: Engine) -> sample.Sample:
    """The sample office with its group, made in a store that has its tables."""
    KEYRING.use(KEY)
    with writing(engine) as session:
        made = sample.build(session, NOW, policy())
        admin = session.get_one(Person, made.people["admin"])
        act = Act(session, NOW, admin, policy(), bytes, "test")
        office.bind_group(act, chat_id=-1001, title=made.group_title, unit=session.get_one(Unit, made.office_id))
    return made


@cache
def _master() -> tuple[Path, sample.Sample]:
    """The office, made once; each test works on a copy."""
    path = Path(tempfile.mkdtemp(prefix="qiantong-")) / "office.db"
    engine = open_store(f"sqlite:///{path}")
    tables.METADATA.create_all(engine)
    made = founded(engine)
    # Closing the last connection brings everything into the one file.
    engine.dispose()
    return path, made


@dataclass
class SampleOffice:
    """One test's office; `now` moves as the test says."""

    engine: Engine
    made: sample.Sample
    now: datetime = NOW
    messages: Iterator[int] = field(default_factory=lambda: itertools.count(1001))
    drops: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    def opened(cls, folder: Path) -> "SampleOffice":
        """A fresh copy in a folder."""
        path, made = _master()
        KEYRING.use(KEY)
        shutil.copy(path, folder / "office.db")
        return cls(open_store(f"sqlite:///{folder / 'office.db'}"), made)

    def entropy(self, size: int) -> bytes:
        """Bytes that differ each time and are the same in each run."""
        return hashlib.shake_256(b"%d" % next(self.drops)).digest(size)

    @contextmanager
    def act(self, who: str | None) -> Iterator[Act]:
        """One act of somebody, in a transaction of its own."""
        with writing(self.engine) as session:
            actor = session.get_one(Person, self.made.people[who]) if who else None
            yield Act(session, self.now, actor, policy(), self.entropy, "test")

    def read(self) -> AbstractContextManager[Session]:
        """A look at the rows."""
        return reading(self.engine)

    def later(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)

    def task(self, session: Session, number: str) -> Task:
        """A task by its plan number's last digits."""
        return session.get_one(Task, self.made.tasks[f"2026{number}"])

    def who(self, person_id: int | None) -> str:
        """The key of a person."""
        return next(key for key, known in self.made.people.items() if known == person_id)

    # --- the straight way ------------------------------------------------------------------------------------------

    def announce(self, number: str = "001", who: str = "staff1") -> int:
        """发布公告; the id of the draw."""
        with self.act(who) as act:
            return announcement.announce(act, self.task(act.session, number)).id or 0

    def throw(self, draw_id: int, who: str, value: int, *, emoji: str = "🎰", forwarded: bool = False) -> bool:
        """A throw in reply to the announcement."""
        with self.act(who) as act:
            return drawing.throw(act, draw_id, self.die(value, emoji=emoji, forwarded=forwarded))

    def draw(self, number: str = "001") -> int:
        """Announced, and thrown by two witnesses in turn until the draw is made."""
        draw_id = self.announce(number)
        made = [self.throw(draw_id, WITNESSES[n % 2], 7 * n + 3) for n in range(6)]
        assert made == [False] * 5 + [True]
        return draw_id

    def dispatched(self, number: str = "001") -> int:
        """Drawn and sent out."""
        draw_id = self.draw(number)
        with self.act("staff1") as act:
            visit.dispatch(act, draw_id)
        return draw_id

    def visits(self, draw_id: int) -> list[Visit]:
        """The visits in draw order."""
        with self.read() as session:
            return visit.of_draw(session, draw_id)

    def team(self, visit_id: int) -> list[str]:
        """Keys of the people on a team now."""
        with self.read() as session:
            return [self.who(each.person_id) for _, each in visit.team(session, visit_id)]

    def ask_to_leave(self, visit_id: int, who: str, *, recusal: bool = True, reason: str = "亲属") -> int:
        """申请回避 or 无法参加; the id of the request."""
        with self.act(who) as act:
            return change.ask_to_leave(act, [visit_id], recusal=recusal, reason=reason).id or 0

    def approve(self, change_id: int, who: str = "staff2") -> int:
        """同意; the id of the event."""
        with self.act(who) as act:
            return event.approve(act, change_id).id or 0

    def throw_for(self, event_id: int, who: str, value: int) -> bool:
        """A throw in reply to an event's notice."""
        with self.act(who) as act:
            return event.throw(act, event_id, self.die(value))

    def substituted(self, visit_id: int, who: str, *, recusal: bool = True) -> Event:
        """Asked, approved, thrown: somebody else steps in."""
        event_id = self.approve(self.ask_to_leave(visit_id, who, recusal=recusal))
        self.later(minutes=1)
        assert [self.throw_for(event_id, each, value) for each, value in zip(WITNESSES, (11, 47), strict=True)] == [
            False,
            True,
        ]
        with self.read() as session:
            return session.get_one(Event, event_id)

    def photo(self, visit_id: int, who: str, name: str = "photo") -> str:
        """A photo for a visit; its digest."""
        from models import attachment

        digest = hashlib.sha256(f"{name} {visit_id}".encode()).hexdigest()
        with self.act(who) as act:
            attachment.attach(act, "visit", visit_id, kind="photo", digest=digest, size=1000)
        return digest

    def submit(self, visit_id: int, who: str | None = None, **fields: Any) -> None:
        """录入结果 by one of the team, with the photo that the profile asks for."""
        who = who or self.team(visit_id)[0]
        self.photo(visit_id, who)
        with self.act(who) as act:
            result.submit(act, visit_id, fields or CLEAN)

    def confirm(self, visit_id: int) -> None:
        """确认 by everybody who did not enter it."""
        with self.read() as session:
            row = result.latest(session, visit_id)
            assert row is not None
            enterer = self.who(row.entered_by)
        for who in self.team(visit_id):
            if who != enterer:
                with self.act(who) as act:
                    result.confirm(act, visit_id)

    def review(self, visit_id: int, who: str = "reviewer1", *, passes: bool = True, reason: str = "") -> bool:
        """通过 or 退回; whether the draw is checked by it."""
        with self.act(who) as act:
            return result.review(act, visit_id, passes=passes, reason=reason)

    def checked(self, draw_id: int, **first: Any) -> list[Visit]:
        """All visits entered, confirmed and passed; `first` is the result of the first one."""
        visits = self.visits(draw_id)
        for number, each in enumerate(visits):
            self.submit(each.id or 0, **(first if number == 0 else {}))
            self.confirm(each.id or 0)
            self.review(each.id or 0)
        return self.visits(draw_id)

    def rectified(self, followup_id: int, who: str = "staff1", note: str = "已整改，现场复查合格") -> None:
        """An order to correct the whole way: term, 整改报告, 复查 by the visit's own team, 销号."""
        with self.act(who) as act:
            day = act.now.date()
            row = followup.set_term(act, followup_id, day + timedelta(days=7))
            recheck.report(act, followup_id, day, (), "纸质报告存卷")
            team = [inspector.id or 0 for _, inspector in visit.team(act.session, row.visit_id)]
            recheck.enter(act, followup_id, day, "已设置，符合要求", (), passed=True, inspectors=team)
            followup.close(act, followup_id, note)

    def die(self, value: int, *, emoji: str = "🎰", forwarded: bool = False) -> Die:
        """A die as the chat reports it, to the second."""
        return Die(
            emoji=emoji,
            value=value,
            message_id=next(self.messages),
            at=self.now.replace(microsecond=0),
            forwarded=forwarded,
        )

    # --- what was said -----------------------------------------------------------------------------------------------

    def said(self, kind: str) -> list[outbox.Outbox]:
        """Messages of a kind, oldest first."""
        with self.read() as session:
            return list(session.exec(select(outbox.Outbox).where(outbox.Outbox.kind == kind).order_by("id")))

    def inspector(self, session: Session, who: str) -> Inspector:
        """The register's row of somebody."""
        return session.exec(select(Inspector).where(Inspector.person_id == self.made.people[who])).one()

    def seats(self, visit_id: int) -> list[Seat]:
        """All seats there ever were on a visit."""
        with self.read() as session:
            return list(session.exec(select(Seat).where(Seat.visit_id == visit_id).order_by("id")))
