"""The store, on SQLite and on PostgreSQL alike: migrated as the tables say, and shared without harm."""

import shutil
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, Engine, inspect, text
from sqlmodel import Session, SQLModel, func, select

from bot import migrate, settings
from bot.settings import Clock, Settings
from bot.tick import Tick
from models import audit, dialogue, outbox, tables
from models.act import Act
from models.base import KEYRING, SHANGHAI, WrongKey, open_store, reading, writing
from models.duty import Deadline
from models.entity import Entity
from models.outbox import Outbox
from models.people import Person
from models.reminder import Reminder
from models.words import OutboxState
from templates.policies import load
from tests.sample_office import KEY, NOW, SampleOffice, founded, policy

STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))]


@pytest.fixture(params=STORES)
def found(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings that name an empty store."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return settings.load(data=tmp_path, database_url=url, key=KEY)


@pytest.fixture
def engine(found: Settings) -> Iterator[Engine]:
    """The store with its tables."""
    KEYRING.use(KEY)
    made = open_store(found.store_url)
    migrate.upgrade(made, found)
    yield made
    made.dispose()


def together(*jobs: Callable[[], object]) -> None:
    """Run jobs at the same time; the first error is raised."""
    errors: list[BaseException] = []
    ready = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        try:
            ready.wait()
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


# --- migrations -------------------------------------------------------------------------------------------------------


def test_the_migrations_make_what_the_tables_say(engine: Engine, found: Settings) -> None:
    for _ in range(2):
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, tables.METADATA) == []
        migrate.upgrade(engine, found)
    assert set(inspect(engine).get_table_names()) == {*tables.METADATA.tables, "alembic_version"}


def test_the_chats_own_numbers_have_room() -> None:
    """Telegram's ids of people and groups need 52 bits, and PostgreSQL's integer has 32."""
    names = {"chat_id", "user_id", "message_id", "update_id"}
    columns = [column for table in tables.METADATA.tables.values() for column in table.columns if column.name in names]
    assert columns
    assert [str(column) for column in columns if not isinstance(column.type, BigInteger)] == []


def test_the_way_back_leaves_nothing(engine: Engine, found: Settings) -> None:
    command.downgrade(migrate.config(engine), "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate.upgrade(engine, found)
    assert set(inspect(engine).get_table_names()) == {*tables.METADATA.tables, "alembic_version"}


@pytest.mark.needs("postgresql")
def test_two_processes_that_start_at_once_migrate_once(postgres_url: str, tmp_path: Path) -> None:
    found = settings.load(data=tmp_path, database_url=postgres_url, key=KEY)
    engines = [open_store(postgres_url) for _ in range(2)]
    together(*(lambda one=one: migrate.upgrade(one, found) for one in engines))
    assert set(inspect(engines[0]).get_table_names()) == {*tables.METADATA.tables, "alembic_version"}
    for one in engines:
        one.dispose()


def test_a_copy_of_the_file_is_taken_before_it_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings.load(data=tmp_path / "data", key=KEY)
    found.data.mkdir()
    engine = open_store(found.store_url)
    migrate.upgrade(engine, found)
    head = migrate.ScriptDirectory.from_config(migrate.config(engine)).get_current_head()
    assert list(found.data.glob("office.db.before-*")) == []
    # The next version of the program.
    scripts = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, scripts)
    (scripts / "versions" / "9999_next.py").write_text(
        f"from alembic import op\nrevision = '9999'\ndown_revision = {head!r}\n"
        "def upgrade():\n    op.execute('DELETE FROM seen')\n"
    )
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    with writing(engine) as session:
        assert dialogue.note(session, 1, NOW)
    migrate.upgrade(engine, found)
    copy = open_store(f"sqlite:///{found.data / 'office.db.before-9999'}")
    for store, updates in ((engine, 0), (copy, 1)):
        with reading(store) as session:
            assert session.exec(select(func.count()).select_from(dialogue.Seen)).one() == updates
        store.dispose()


def test_a_table_made_anew_keeps_what_refers_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings.load(data=tmp_path / "data", key=KEY)
    found.data.mkdir()
    engine = open_store(found.store_url)
    migrate.upgrade(engine, found)
    founded(engine)
    head = migrate.ScriptDirectory.from_config(migrate.config(engine)).get_current_head()
    scripts = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, scripts)
    (scripts / "versions" / "9999_next.py").write_text(
        f"from alembic import op\nrevision = '9999'\ndown_revision = {head!r}\n"
        "def upgrade():\n    with op.batch_alter_table('unit', recreate='always'):\n        pass\n"
    )
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    with reading(engine) as session:
        before = session.exec(select(func.count()).select_from(Person)).one()
    migrate.upgrade(engine, found)
    with reading(engine) as session:
        assert session.exec(select(func.count()).select_from(Person)).one() == before > 0
        assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()


# --- types and transactions -------------------------------------------------------------------------------------------


def test_instants_and_sealed_text_come_back_as_they_went_in(engine: Engine) -> None:
    founded(engine)
    moment = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)
    with writing(engine) as session:
        person = session.exec(select(Person)).first()
        assert person is not None
        person.phone = "示例电话"
        assert dialogue.note(session, 1, moment)
    with reading(engine) as session:
        kept = session.get_one(dialogue.Seen, 1).at
        assert kept == moment and kept.tzinfo == SHANGHAI
        assert session.get_one(Person, person.id).phone == "示例电话"
        raw = session.execute(text("SELECT phone FROM person WHERE id = :id"), {"id": person.id}).scalar_one()
        assert "示例".encode() not in bytes(raw)
    KEYRING.use("another key than that")
    with reading(engine) as session, pytest.raises(WrongKey, match="QIANTONG_KEY"):
        session.get_one(Person, person.id)
    KEYRING.use(KEY)


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(Exception, match="time zone"), writing(engine) as session:
        dialogue.note(session, 1, datetime(2026, 3, 2))  # noqa: DTZ001


def test_a_transaction_that_reads_first_and_writes_later_waits_its_turn(engine: Engine) -> None:
    """Two writers at once on SQLite would fail at once if they began as readers (TOOLBOX)."""
    founded(engine)

    def job(number: int) -> None:
        for at in range(10):
            with writing(engine) as session:
                assert session.exec(select(func.count()).select_from(Entity)).one() > 0
                assert dialogue.note(session, number * 100 + at, NOW)

    together(*(lambda number=number: job(number) for number in range(4)))
    with reading(engine) as session:
        assert session.exec(select(func.count()).select_from(dialogue.Seen)).one() == 40


# --- shared by several processes --------------------------------------------------------------------------------------


def test_one_chain_is_written_by_all(engine: Engine) -> None:
    founded(engine)
    with reading(engine) as session:
        before = audit.size(session)

    def job(number: int) -> None:
        for at in range(15):
            with writing(engine) as session:
                act = Act(session, NOW, None, policy(), bytes, "test")
                act.record("count", "test", number * 100 + at)

    together(job_of(job, 1), job_of(job, 2), job_of(job, 3))
    with reading(engine) as session:
        assert list(audit.check(session)) == []
        assert audit.size(session) == before + 45


def test_no_message_is_taken_twice_and_each_chat_keeps_its_order(engine: Engine) -> None:
    """200 rows to 25 people, four senders."""
    made = founded(engine)
    people = list(made.people.values())[:25]
    with writing(engine) as session:
        for at in range(200):
            outbox.put(session, _row(at, people[at % 25]))
    taken: Counter[str] = Counter()
    order: dict[int, list[int]] = defaultdict(list)
    guard = threading.Lock()

    def left() -> bool:
        with reading(engine) as session:
            waiting = [OutboxState.QUEUED, OutboxState.TAKEN, OutboxState.SENDING]
            return session.exec(select(Outbox.id).where(Outbox.state.in_(waiting))).first() is not None  # type: ignore[attr-defined]

    def job() -> None:
        while left():
            with writing(engine) as session:
                rows = outbox.claim(session, NOW, 7)
            with guard:
                for row in rows:
                    taken[row.key] += 1
                    order[row.person_id or 0].append(row.id or 0)
            with writing(engine) as session:
                for row in rows:
                    outbox.sending(session, row.id or 0, NOW)
                    outbox.sent(session, row.id or 0, now=NOW, chat_id=1, message_id=row.id or 0, text="")

    together(job, job, job, job)
    assert len(taken) == 200 and set(taken.values()) == {1}
    assert all(ids == sorted(ids) for ids in order.values())


def test_an_update_is_noted_by_one_of_two(engine: Engine) -> None:
    noted: list[bool] = []

    def job() -> None:
        for number in range(20):
            with writing(engine) as session:
                noted.append(dialogue.note(session, number, NOW))

    together(job, job)
    assert noted.count(True) == 20 and noted.count(False) == 20


def test_two_processes_tick_as_one(engine: Engine, found: Settings, tmp_path: Path) -> None:
    """Reminders, receipts and codes that fall due: the same rows as from one tick."""
    office = SampleOffice(engine, founded(engine))
    office.dispatched("003")
    clock = tmp_path / "clock"
    clock.write_text(datetime(2026, 3, 17, 9, tzinfo=SHANGHAI).isoformat())
    second = open_store(found.store_url)
    ticks = [
        Tick(engine=one, clock=Clock(clock), policy=load, chat="local", seconds=60, after=lambda: None)
        for one in (engine, second)
    ]
    together(*(tick.once for tick in ticks), *(tick.once for tick in ticks))

    def rows(session: Session) -> dict[str, int]:
        counted: list[type[SQLModel]] = [Outbox, Reminder, Deadline, audit.Audit]
        return {table.__name__: session.exec(select(func.count()).select_from(table)).one() for table in counted}

    # Whoever found the lock taken left its turn to the other: one more tick by each, and nothing is missing or double.
    for tick in ticks:
        tick.once()
    with reading(engine) as session:
        after = rows(session)
        assert after["Reminder"] > 0 and after["Deadline"] > 0
        told = session.exec(select(Outbox.person_id).where(Outbox.kind == "reminder")).all()
        assert len(told) == len(set(told))
        assert list(audit.check(session)) == []
    for tick in ticks:
        tick.once()
    with reading(engine) as session:
        assert rows(session) == after
    second.dispose()


@pytest.mark.needs("postgresql")
def test_what_another_process_may_still_be_sending_is_not_recovered(postgres_url: str, tmp_path: Path) -> None:
    found = settings.load(data=tmp_path, database_url=postgres_url, key=KEY)
    engine = open_store(postgres_url)
    migrate.upgrade(engine, found)
    people = list(founded(engine).people.values())
    with writing(engine) as session:
        for at in range(2):
            outbox.put(session, _row(at, people[at]))
    for at in range(2):
        with writing(engine) as session:
            assert len(outbox.claim(session, NOW + timedelta(minutes=at * 9), 1)) == 1
    with writing(engine) as session:
        outbox.recover(session, NOW + timedelta(minutes=12), before=NOW + timedelta(minutes=2))
        assert [row.state for row in session.exec(select(Outbox).order_by(Outbox.key))] == ["queued", "taken"]
    engine.dispose()


def job_of(job: Callable[[int], None], number: int) -> Callable[[], None]:
    """A job with its number."""
    return lambda: job(number)


def _row(at: int, person_id: int) -> Outbox:
    return Outbox(key=f"m:{at:03d}", kind="left", person_id=person_id, created_at=NOW, not_before=NOW)
