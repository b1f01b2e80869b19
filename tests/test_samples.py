"""The sample office: its files are what the code builds, it is whole, marked as invented, and can be drawn from."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, func, select

from bot import sample
from models import audit, codes, intake, people, plan, pool, tables
from models.act import Act, Refused
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.entity import Entity
from models.inspector import Inspector
from models.item import Item
from models.people import Grant, Person
from models.plan import Task
from models.words import DrawMode, EntityState, Role, TaskState
from templates import samples, sheets
from templates.policies import load

NOW = datetime(2027, 5, 6, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    assert tables
    KEYRING.use("a key for tests only")
    engine = open_store(f"sqlite:///{tmp_path_factory.mktemp('sample') / 'office.db'}")
    SQLModel.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def made(engine: Engine) -> sample.Sample:
    with writing(engine) as session:
        return sample.build(session, NOW, load("qinhuangdao-2022"))


@pytest.fixture
def session(engine: Engine, made: sample.Sample) -> Iterator[Session]:
    with reading(engine) as session:
        yield session


# --- the files --------------------------------------------------------------------------------------------------------


def parts(data: bytes) -> dict[str, bytes]:
    """What is inside an office file: compression may differ between machines, the content may not."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", list(samples.build()))
def test_the_shipped_file_is_what_the_code_builds(name: str) -> None:
    assert parts(samples.read(name)) == parts(samples.build()[name]), "run `python -m templates.samples`"


def test_nothing_lies_in_the_folder_that_is_not_known() -> None:
    made = {*samples.build(), "office.toml", "items.toml", "plan-2020.toml"}
    assert {path.name for path in Path(samples.FOLDER).iterdir()} == made


def test_what_is_invented_can_belong_to_nobody() -> None:
    for entity in samples.entities():
        assert codes.credit_code(entity["label"])[2:4] == codes.SAMPLE_REGION
        assert entity["name"].startswith("示例")
        assert entity["contact"].startswith("示例")
        assert entity["phone"].startswith("0000000")
    for inspector in samples.inspectors():
        assert inspector["name"].startswith("示例")
        assert "示例" in (codes.id_number_doubt(inspector["id_number"]) or "")
        assert inspector["phone"].startswith("0000001")
    assert all(person["name"].startswith("示例") for person in samples.office()["person"])


def test_the_numbers_of_the_sample_registers() -> None:
    entities = samples.entities()
    assert len(entities) == len({entity["label"] for entity in entities}) == 1200
    assert set(Counter(entity["risk_class"] for entity in entities)) == set("ABCD")
    assert min(Counter(entity["risk_class"] for entity in entities).values()) >= 10
    assert any(entity["state"] == "注销" for entity in entities)
    assert any("黑名单" in entity["tags"] for entity in entities)
    assert len(samples.inspectors()) == 30
    assert all(inspector["specialties"] for inspector in samples.inspectors())
    assert Counter(inspector["unit"] for inspector in samples.inspectors())["示例甲县"] == 2
    assert all(item["basis"] for item in samples.items())


# --- the office -------------------------------------------------------------------------------------------------------


def test_units_people_and_roles(session: Session, made: sample.Sample) -> None:
    kinds = Counter(unit.kind for unit in session.exec(select(people.Unit)))
    assert kinds == {"office": 1, "department": 6, "county": 2}
    assert all(unit.sample for unit in session.exec(select(people.Unit)))
    assert set(session.exec(select(Grant.role))) == set(Role)
    liaisons = session.exec(select(Grant.unit_id).where(Grant.role == Role.LIAISON)).all()
    assert set(liaisons) == set(made.units.values()) - {made.office_id}
    assert {"admin", "staff1", "leader1", "reviewer1", "witness1", "inspector01", "inspector30"} <= made.people.keys()
    assert len(made.unbound) == 2
    assert all(key.startswith("inspector") for key in made.unbound)
    by_key = {person.key: person.id for person in session.exec(select(Person))}
    assert by_key == made.people


def test_every_inspector_is_a_person_of_the_office(session: Session, made: sample.Sample) -> None:
    for inspector in session.exec(select(Inspector)):
        person = session.get_one(Person, inspector.person_id)
        assert (person.name, person.unit_id) == (inspector.name, inspector.unit_id)
    assert session.exec(select(func.count()).select_from(Entity)).one() == 1200
    assert session.exec(select(func.count()).select_from(Item)).one() == len(samples.items())


def test_the_plan_lives_in_the_current_year_and_keeps_its_slips(session: Session, made: sample.Sample) -> None:
    tasks = session.exec(select(Task).order_by(col(Task.row))).all()
    assert len(tasks) == 15
    assert "202709" in made.tasks
    assert {task.plan_no[:4] for task in tasks} == {"2027"}
    assert not any("2020" in f"{task.plan_name}{task.name}{task.scope_text}{task.period_text}" for task in tasks)
    said = "\n".join(made.warnings)
    assert "可能是「2027009」" in said
    assert "「011号」与其他行的写法不同，可能是「011」" in said
    states = Counter(task.state for task in tasks)
    assert states == {TaskState.COMPLETED: 4, TaskState.WRITTEN: 11}


def test_four_tasks_can_be_drawn_each_in_its_own_way(session: Session, made: sample.Sample) -> None:
    assert made.completed == ("2027001", "2027003", "2027004", "2027008")
    act = Act(session, NOW, None, load("qinhuangdao-2022"), lambda n: bytes(n), "test")
    pools = {}
    for number in made.completed:
        task = session.get_one(Task, made.tasks[number])
        assert (task.mode, task.starts, task.ends) == (DrawMode.BOT, NOW.date(), NOW.date() + timedelta(days=60))
        assert task.mode_reason
        assert plan.items_of(session, task.id or 0)
        pools[number] = pool.build(act, task, already=set())
        assert pools[number].unmannable() == {}
    plain, joint, classes, county = (pools[number] for number in made.completed)
    assert [stratum.rule for stratum in plain.strata] == ["5%"]
    assert [stratum.name for stratum in classes.strata] == ["A", "B", "C", "D"]
    assert all(stratum.quota for stratum in classes.strata)
    assert {(unit, count, tags) for _, unit, count, tags in joint.demands} == {
        ("盐业处", "1", "盐业"),
        ("政策法规处", "1", "法制"),
    }
    assert len(county.inspectors) == 2
    assert county.recusals == ()
    assert any(each.recusals for each in (plain, joint, classes))
    closed = session.exec(select(func.count()).select_from(Entity).where(Entity.state == EntityState.CLOSED)).one()
    assert closed == sum(entity["state"] == "注销" for entity in samples.entities())


def test_everything_is_on_the_record(session: Session) -> None:
    assert list(audit.check(session)) == []
    verbs = Counter(session.exec(select(audit.Audit.verb)))
    assert (verbs["establish"], verbs["import"], verbs["complete"], verbs["enrol"]) == (1, 5, 4, 1)


@pytest.mark.parametrize("name", ["items.xlsx", "entities.xlsx", "inspectors.xlsx", "recusals.xlsx"])
def test_the_same_file_again_changes_nothing(session: Session, made: sample.Sample, name: str) -> None:
    act = Act(session, NOW, None, load("qinhuangdao-2022"), lambda n: bytes(n), "cli")
    ready = intake.preview(act, sheets.read(name, samples.read(name)))
    assert (ready.new, ready.changed, ready.gone, ready.refused) == (0, 0, 0, ())
    assert ready.same == len(ready.taken) > 0


def test_a_second_office_is_refused(engine: Engine, made: sample.Sample) -> None:
    with writing(engine) as session, pytest.raises(Refused, match="已经有一个办公室"):
        sample.build(session, NOW, load("qinhuangdao-2022"))


def test_the_year_moves_cell_by_cell() -> None:
    moved = sample.moved(sheets.read("plan-2020.xlsx", samples.read("plan-2020.xlsx")), 2031)
    numbers = [row.get("plan_no") for row in moved.rows]
    assert numbers[8:10] == ["203109", "2031010"]
    assert moved.rows[3].get("scope_text").startswith("2031年11月30日前")


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29)])
def test_the_office_can_be_made_on_any_day(tmp_path: Path, day: date) -> None:
    KEYRING.use("a key for tests only")
    engine = open_store(f"sqlite:///{tmp_path / 'office.db'}")
    SQLModel.metadata.create_all(engine)
    with writing(engine) as session:
        made = sample.build(
            session, datetime(day.year, day.month, day.day, 23, 59, tzinfo=SHANGHAI), load("qinhuangdao-2022")
        )
    assert made.completed[0] == f"{day.year}001"
    engine.dispose()
