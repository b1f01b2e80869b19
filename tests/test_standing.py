"""A register held by columns against a file: the same preview as row by row, whatever either of them holds."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event
from sqlmodel import Session, col, select

from models import codes, columnwise, intake, office, standing, tables
from models.base import KEYRING, Keyring, WrongKey, open_store, writing
from models.entity import Entity
from models.intake import Preview
from models.judge import JUDGES
from models.rows import Table
from models.words import EntityState
from tests.test_columnwise import act_in, messy, table

STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))]
# What a column of the register may hold where it is not what the file says.
OTHERS: dict[str, list[Any]] = {
    "name": ["示例甲公司", "示例别名公司"],
    "kind": ["", "食盐企业"],
    "address": ["", "示例路1号", "\u200b"],
    "contact": ["", "示例联系人"],
    "phone": ["", "0335-1234567"],
    "risk_class": ["", "A", "B", "Z"],
    "tags": [[], ["新", "重点"], ["重点", "新"]],
    "state": [EntityState.ACTIVE, EntityState.SUSPENDED, ""],
    "as_of": [None, date(2026, 1, 1)],
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An empty office; the register is read in parts of three and looked up by two labels at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standing, "_PART", 3)
        patch.setattr(standing, "_LABELS", 2)
        patch.setattr(standing, "_FEWER", 2)
        made = founded(f"sqlite:///{tmp_path_factory.mktemp('standing') / 'office.db'}")
        yield made
        made.dispose()


def founded(url: str) -> Engine:
    """An office without entities."""
    KEYRING.use("the key of the tests")
    made = open_store(url)
    tables.METADATA.create_all(made)
    with writing(made) as session:
        office.establish(act_in(session), name="某市双随机办", policy="qinhuangdao-2022", admin="管理员")
    return made


@st.composite
def file_and_register(draw: st.DrawFn) -> tuple[Table, list[Entity]]:
    """A table and a register that has much of it, some of that as the table says it."""
    given_table = draw(messy())
    with_known = intake.Known(today=date(2026, 3, 2), classes={each: f"{each}级" for each in "ABCD"})
    register: dict[str, Entity] = {}
    for each in JUDGES["entity"](given_table, with_known):
        label = each.values["label"]
        if not label or label in register or draw(st.integers(0, 3)) == 0:
            continue
        says = {name: each.values[name] for name in OTHERS if each.values.get(name) is not None}
        for name in draw(st.sets(st.sampled_from(sorted(OTHERS)), max_size=2)):
            says[name] = draw(st.sampled_from(OTHERS[name]))
        register[label] = Entity(label=label, **({"name": "-"} | says))
    # Enough of them that a small file is looked up in the register.
    for number in range(draw(st.sampled_from([0, 2, 30]))):
        label = codes.make_credit_code(1_000 + number)
        register[label] = Entity(label=label, name=f"示例旧{number}", risk_class="A")
    return given_table, draw(st.permutations(list(register.values())))


def both(session: Session, given_table: Table) -> tuple[Preview, Preview]:
    """The preview by columns and the one row by row."""
    act = act_in(session)
    by_columns = intake.preview(act, given_table)
    by_rows = intake.preview(act, replace(given_table, rows=tuple(given_table.rows)))
    return replace(by_columns, taken=tuple(by_columns.taken)), replace(by_rows, taken=tuple(by_rows.taken))


def enter(session: Session, entities: list[Entity]) -> None:
    session.execute(delete(Entity))
    session.add_all(entities)
    session.flush()
    session.expunge_all()


@given(file_and_register())
@settings(max_examples=300, deadline=None)
def test_columns_say_of_a_register_what_rows_say(engine: Engine, given_both: tuple[Table, list[Entity]]) -> None:
    given_table, register = given_both
    with Session(engine) as session:
        enter(session, register)
        by_columns, by_rows = both(session, given_table)
        stored = dict(session.exec(select(Entity.id, Entity.label)).all())
        session.rollback()
    assert by_columns == by_rows
    meant = {each.values["label"] for each in JUDGES["entity"](given_table, intake.Known(today=date(2026, 3, 2)))}
    assert by_columns.gone_ids == tuple(sorted(key or 0 for key, label in stored.items() if label not in meant))
    counts = [by_columns.new, by_columns.changed, by_columns.same]
    assert counts == [sum(e.change == how for e in by_columns.taken) for how in ("new", "changed", "same")]


def rows(count: int, **more: str) -> list[dict[str, str]]:
    return [
        {"label": codes.make_credit_code(n), "name": f"示例{n}", "phone": f"0335-{n}", "tags": "新", **more}
        for n in range(count)
    ]


def entities(count: int, **more: Any) -> list[Entity]:
    return [
        Entity(**({"label": r["label"], "name": r["name"], "phone": r["phone"], "tags": ["新"]} | more))
        for r in rows(count)
    ]


@pytest.mark.parametrize("store", STORES)
def test_every_store_is_read_alike(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/office.db" if store == "sqlite" else request.getfixturevalue("postgres_url")
    made = founded(url)
    listed = rows(40, risk_class="B", as_of="2026-01-01", state="存续", address="示例路1号")
    with Session(made) as session:
        old = [
            *entities(30, risk_class="A", as_of=date(2025, 1, 1), address="示例路1号"),
            *entities(50)[45:],
        ]
        old[3].risk_class, old[4].tags, old[5].phone = "B", ["新", "重点"], ""
        enter(session, old)
        by_columns, by_rows = both(session, table(listed))
        labels = dict(session.exec(select(Entity.id, Entity.label)).all())
        assert by_columns == by_rows
        assert [labels[each] for each in by_columns.gone_ids if isinstance(each, int)] == [e.label for e in old[30:]]
        assert (by_columns.new, by_columns.changed, by_columns.same, by_columns.gone) == (10, 30, 0, 5)
        assert by_columns.taken[3].before == {"as_of": date(2025, 1, 1)}
        assert by_columns.taken[5].before == {"phone": "", "risk_class": "A", "as_of": date(2025, 1, 1)}
        assert len(by_columns.warnings) == 29
        few, few_rows = both(session, table(listed[:1]))
        assert few == few_rows and few.gone == 34
        session.rollback()
    made.dispose()


def test_what_stays_or_changes_without_a_word_is_not_judged_row_by_row(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(engine) as session:
        enter(session, entities(300, as_of=date(2025, 1, 1), risk_class="A"))
        listed = rows(300, as_of="2026-01-01", risk_class="A")
        listed[7]["risk_class"] = "B"
        seen: list[int] = []
        whole = columnwise.judge.entity
        monkeypatch.setattr(columnwise.judge, "entity", lambda t, k: seen.append(len(t.rows)) or whole(t, k))
        ready = intake.preview(act_in(session), table(listed))
        session.rollback()
    assert (ready.changed, [doubt.row for doubt in ready.warnings]) == (300, [9])
    assert sorted(seen) == [0, 1, 1, 1, 2], "the words of 等级, 标签 and 截止日期, the row whose class changed"


def test_numbers_of_the_register_s_own_need_no_word(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        {"label": "", "register_no": number, "name": "示例设台用户"}
        for number in ("HB-001", "HB002", "冀台-0007", "1E5", " HB3", "ＨＢ４", "HB-001", "")
    ]
    listed.append({"label": codes.make_credit_code(1), "register_no": "HB-001", "name": "示例公司"})
    with Session(engine) as session:
        enter(session, [Entity(label="HB002", name="示例设台用户"), Entity(label="HB9", name="示例")])
        by_columns, by_rows = both(session, table(listed))
        assert by_columns == by_rows
        assert (by_columns.new, by_columns.same, by_columns.gone, by_columns.refused_rows) == (5, 1, 1, 3)
        without = [{name: each[name] for name in ("register_no", "name")} for each in listed[:3]]
        monkeypatch.setattr(
            columnwise.judge, "entity", lambda t, k: [] if not t.rows else pytest.fail("judged row by row")
        )
        assert intake.preview(act_in(session), table(without)).new == 2
        session.rollback()


@pytest.mark.parametrize("at_once", [1, 2])
def test_changed_rows_come_lazily_and_in_order(engine: Engine, at_once: int) -> None:
    with Session(engine) as session:
        enter(session, entities(10)[: 9 - at_once])
        listed = rows(10)
        for at in (1, 4):
            listed[at]["phone"] = "0335-9"
        listed[2]["name"], listed[8]["name"] = "示例\n丙", "示例\n丁"
        taken = intake.preview(act_in(session), table(listed)).taken
        session.rollback()
    assert isinstance(taken, columnwise.Taken)
    assert [each.number for each in taken] == list(range(2, 12)) == [taken[at].number for at in range(10)]
    assert [taken[-1], *taken[3:5]] == [list(taken)[9], *list(taken)[3:5]]
    with pytest.raises(IndexError):
        taken[10]
    assert [(each.number, each.change) for each in taken.entries] == [
        (3, "changed"),
        (4, "changed"),
        (6, "changed"),
        (10, "new"),
    ]
    changed = [each for each in taken if each.change == "changed"]
    assert list(taken.changed) == taken.changed[:3] == changed and len(taken.changed) == 3
    new = [each.key[0] for each in taken if each.change == "new"]
    assert list(taken.new("label", "")) == new and len(new) == 1 + at_once
    assert list(taken.new("industry", "")) == [""] * len(new)


def test_a_register_of_another_key_is_not_taken_for_changed(tmp_path: Path) -> None:
    made = founded(f"sqlite:///{tmp_path}/office.db")
    with Session(made) as session:
        enter(session, entities(3))
        other = Keyring()
        other.use("the key of another office")
        KEYRING.take(other)
        try:
            with pytest.raises(WrongKey):
                intake.preview(act_in(session), table(rows(3)))
        finally:
            KEYRING.use("the key of the tests")
        session.rollback()
    made.dispose()


@pytest.mark.parametrize("holes", [0, 1])
def test_a_small_file_does_not_read_the_register_through(engine: Engine, holes: int) -> None:
    read: list[str] = []
    with Session(engine) as session:
        enter(session, entities(300))
        ids = [each.id for each in session.exec(select(Entity).order_by(col(Entity.id)))]
        session.execute(delete(Entity).where(col(Entity.id).in_(ids[150 : 150 + holes])))
        listen: Callable[..., None] = lambda *args: read.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        ready = intake.preview(act_in(session), table(rows(2)))
        event.remove(engine, "before_cursor_execute", listen)
        session.rollback()
    assert ready.same == 2
    assert ready.gone_ids == tuple(ids[2:150] + ids[150 + holes :])
    through = [each.split()[1] for each in read if "FROM entity" in each and "WHERE" not in each and "(" not in each]
    assert through == ["entity.id"] * holes, "at most the ids of all"
