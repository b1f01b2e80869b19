"""The tick: what falls due by time alone, once for each profile, and the same rows however often it comes."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel, col, func, select

from bot.settings import Clock
from bot.tick import Tick
from models import audit, dialogue, draw
from models.base import SHANGHAI, open_store, writing
from models.dialogue import Seen
from models.draw import Draw
from models.duty import Deadline
from models.event import Event
from models.outbox import Outbox
from models.people import Person, Unit
from models.policy import Policy
from models.reminder import Reminder
from models.words import DrawState
from templates.policies import load, names
from tests.sample_office import NOW, SampleOffice

COUNTY = "liaison7"
OTHER = "xiping-2020"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SampleOffice]:
    opened = SampleOffice.opened(tmp_path)
    yield opened
    opened.engine.dispose()


class Ticking:
    """A tick whose clock is a file."""

    def __init__(self, office: SampleOffice, folder: Path) -> None:
        self.file = folder / "clock"
        self.profiles: dict[str, Policy] = {}
        self.came = 0
        self.set(office.now)
        self.tick = Tick(
            engine=office.engine,
            clock=Clock(self.file),
            policy=lambda name: self.profiles.get(name) or load(name),
            chat="local",
            seconds=0.02,
            after=self._after,
        )

    def set(self, at: datetime) -> None:
        self.file.write_text(at.isoformat())

    def at(self, at: datetime) -> None:
        self.set(at)
        self.tick.once()

    def _after(self) -> None:
        self.came += 1


@pytest.fixture
def ticking(office: SampleOffice, tmp_path: Path) -> Ticking:
    return Ticking(office, tmp_path)


def rows(office: SampleOffice) -> dict[str, int]:
    """How many rows there are of everything that a tick may add."""
    tables: list[type[SQLModel]] = [Outbox, audit.Audit, Reminder, Deadline]
    with office.read() as session:
        return {table.__name__: session.exec(select(func.count()).select_from(table)).one() for table in tables}


def kinds(office: SampleOffice) -> set[str]:
    with office.read() as session:
        return set(session.exec(select(Outbox.kind)))


def test_an_announcement_without_throws_lapses_at_its_deadline(office: SampleOffice, ticking: Ticking) -> None:
    draw_id = office.announce()
    with office.read() as session:
        deadline = draw.get(session, draw_id).deadline
    ticking.at(deadline - timedelta(seconds=1))
    assert office.said("lapsed") == []
    ticking.at(deadline)
    ticking.at(deadline)
    with office.read() as session:
        assert session.get_one(Draw, draw_id).state == DrawState.LAPSED
    assert len(office.said("lapsed")) == 1


def test_a_substitution_without_throws_lapses_and_whoever_approved_is_told(
    office: SampleOffice, ticking: Ticking
) -> None:
    number = office.visits(office.dispatched("003"))[0].id or 0
    event_id = office.approve(office.ask_to_leave(number, office.team(number)[0]))
    with office.read() as session:
        deadline = session.get_one(Event, event_id).deadline
    ticking.at(deadline)
    ticking.at(deadline + timedelta(minutes=1))
    assert [office.who(row.person_id) for row in office.said("event_lapsed")] == ["staff2"]


def test_a_code_is_published_on_its_day_even_if_nobody_does_anything(office: SampleOffice, ticking: Ticking) -> None:
    draw_id = office.dispatched("003")
    with office.read() as session:
        reveal_by = draw.get(session, draw_id).reveal_by
    ticking.at(reveal_by - timedelta(seconds=1))
    with office.read() as session:
        assert draw.get(session, draw_id).revealed_at is None
    ticking.at(reveal_by)
    ticking.at(reveal_by)
    with office.read() as session:
        assert draw.get(session, draw_id).revealed_at == reveal_by
    assert len(office.said("code_published")) == 1


def test_without_a_receipt_the_inspector_is_reminded_once_and_then_the_dispatcher_hears(
    office: SampleOffice, ticking: Ticking
) -> None:
    office.dispatched("003")
    wait = timedelta(hours=load("qinhuangdao-2022").waits.receipt_hours)
    ticking.at(NOW + wait - timedelta(seconds=1))
    assert not kinds(office) & {"receipt_reminder", "receipt_missing"}
    for late in (timedelta(), timedelta(seconds=1), wait - timedelta(seconds=1)):
        ticking.at(NOW + wait + late)
    reminded = [row.person_id for row in office.said("receipt_reminder")]
    assert len(reminded) == len(set(reminded)) > 0 and office.said("receipt_missing") == []
    for late in (timedelta(), timedelta(hours=1), wait):
        ticking.at(NOW + 2 * wait + late)
    assert len(office.said("receipt_reminder")) == len(reminded)
    missing = [office.who(row.person_id) for row in office.said("receipt_missing")]
    assert missing and len(missing) == len(set(missing))
    assert set(missing) <= {"admin", "staff1", "staff2"}


def test_units_with_a_profile_of_their_own_have_its_duties(office: SampleOffice, ticking: Ticking) -> None:
    with writing(office.engine) as session:
        county = session.get_one(Person, office.made.people[COUNTY]).unit_id
        session.get_one(Unit, county).policy = OTHER
    ticking.at(datetime(2026, 1, 5, 10, tzinfo=SHANGHAI))
    with office.read() as session:
        own = set(session.exec(select(Deadline.code).where(Deadline.unit_id == county)))
        others = set(session.exec(select(Deadline.code).where(Deadline.unit_id != county)))

    def duties(name: str) -> set[str]:
        return {duty.code for duty in load(name).duties if duty.who == "liaison" and duty.rule.kind != "workdays"}

    assert own == duties(OTHER) and others == duties("qinhuangdao-2022") and own != others
    before = rows(office)
    ticking.tick.once()
    assert rows(office) == before


def test_waits_are_those_of_the_profile_of_whoever_sent_out(office: SampleOffice, ticking: Ticking) -> None:
    with writing(office.engine) as session:
        session.get_one(Unit, session.get_one(Person, office.made.people[COUNTY]).unit_id).policy = OTHER
    impatient = load(OTHER)
    ticking.profiles[OTHER] = replace(impatient, waits=replace(impatient.waits, receipt_hours=1))
    office.dispatched("003")
    ticking.at(NOW + timedelta(hours=2))
    assert office.said("receipt_reminder") == []


def test_a_fault_in_one_part_keeps_no_other_from_its_turn(
    office: SampleOffice, ticking: Ticking, caplog: pytest.LogCaptureFixture
) -> None:
    assert "nowhere" not in names()
    with writing(office.engine) as session:
        session.get_one(Unit, session.get_one(Person, office.made.people[COUNTY]).unit_id).policy = "nowhere"
    office.dispatched("003")
    with office.read() as session:
        late = max(row.reveal_by for row in session.exec(select(Draw)))
    ticking.at(late.replace(hour=10) + timedelta(days=1))
    assert {"code_published", "receipt_reminder"} <= kinds(office)
    with office.read() as session:
        assert session.exec(select(Deadline)).first() is not None
    failed = [record.getMessage() for record in caplog.records if record.name == "qiantong.tick"]
    assert failed and all("profile=nowhere" in line for line in failed)
    assert ticking.came == 1


def test_a_broken_clock_file_stops_the_time_and_nothing_else(office: SampleOffice, ticking: Ticking) -> None:
    ticking.tick.once()
    ticking.file.write_text("soon")
    ticking.tick.once()
    assert ticking.tick.last == NOW and ticking.came == 2


def test_before_there_is_an_office_nothing_is_due(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    SQLModel.metadata.create_all(engine)
    ticked: list[int] = []
    tick = Tick(engine=engine, clock=Clock(None), policy=load, chat="local", seconds=1, after=lambda: ticked.append(1))
    tick.once()
    assert ticked == [1]
    engine.dispose()


def test_updates_are_remembered_for_two_days(office: SampleOffice, ticking: Ticking) -> None:
    with writing(office.engine) as session:
        for number, hours in ((1, 49), (2, 47)):
            assert dialogue.note(session, number, NOW - timedelta(hours=hours))
    ticking.at(NOW)
    with office.read() as session:
        assert session.exec(select(Seen.update_id).order_by(col(Seen.update_id))).all() == [2]


def test_two_ticks_at_once_end_in_the_same_rows(office: SampleOffice, ticking: Ticking, tmp_path: Path) -> None:
    """A second process, or a slow tick that the next one overtakes."""
    office.dispatched("003")
    due = datetime(2026, 3, 17, 9, tzinfo=SHANGHAI)
    ticking.set(due)
    other = SampleOffice(open_store(f"sqlite:///{tmp_path / 'office.db'}"), office.made, due)
    together = [ticking.tick, Ticking(other, tmp_path).tick]
    threads = [threading.Thread(target=tick.once) for tick in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    added = rows(office)
    assert added["Reminder"] > 0
    ticking.tick.once()
    assert rows(office) == added
    with office.read() as session:
        assert list(audit.check(session)) == []
    other.engine.dispose()


async def test_it_ticks_at_the_start_and_from_then_on(office: SampleOffice, ticking: Ticking) -> None:
    ticking.tick.start()
    assert ticking.came == 1
    async with asyncio.timeout(5):
        while ticking.came < 3:
            await asyncio.sleep(0.01)
    ticking.tick.stop()
