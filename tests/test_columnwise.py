"""Entities judged by whole columns: the same preview and the same register as row by row, whatever the table holds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import col, select

from models import codes, columnwise, intake, office, tables
from models.act import Act
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.entity import Entity
from models.intake import Preview
from models.rows import Lines, Table
from templates.policies import load

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
CODES = [codes.make_credit_code(number) for number in range(6)]
WRONG = CODES[0][:-1] + ("0" if CODES[0][-1] != "0" else "1")
SCIENTIFIC = "12345678901234E123"
TITLES = {
    "label": "统一社会信用代码",
    "register_no": "名录库编号",
    "name": "名称",
    "kind": "类别",
    "address": "地址",
    "phone": "电话",
    "risk_class": "等级",
    "tags": "标签",
    "state": "状态",
    "as_of": "截止日期",
}
ODD = ["", "无", "—", "n /a", " ", "e\u0301", "ﬁ", "Ａ", "甲\n乙", " 甲", "\u200b", "=1", "\u0301", "가"]
CELLS = {
    "label": [*CODES, CODES[1].lower(), f" {CODES[2]}", WRONG, SCIENTIFIC, "9" * 18, "9" * 17, "Ｉ" * 18, *ODD],
    "register_no": ["A1", "A2", "1E5", *ODD],
    "name": ["示例甲公司", "示例 乙", *ODD],
    "kind": ["食盐企业", *ODD],
    "address": ["示例路1号", *ODD],
    "phone": ["0335-1234567", "1E10", "转8", *ODD],
    "risk_class": ["A", "a级", "Z", *ODD],
    "tags": ["重点、新", "无", "#坏", *ODD],
    "state": ["存续", "停业", "睡着了", *ODD],
    "as_of": ["2026-01-01", "2026年13月1日", "长期", "46000", *ODD],
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An office that has two entities already."""
    KEYRING.use("the key of the tests")
    made = open_store(f"sqlite:///{tmp_path_factory.mktemp('columnwise') / 'office.db'}")
    tables.METADATA.create_all(made)
    with writing(made) as session:
        office.establish(act_in(session), name="某市双随机办", policy="qinhuangdao-2022", admin="管理员")
        session.add(Entity(label=CODES[0], name="示例甲公司", kind="食盐企业", risk_class="B"))
        session.add(Entity(label=CODES[5], name="示例旧公司"))
    yield made
    made.dispose()


def act_in(session: Any) -> Act:
    return Act(session, NOW, None, load("qinhuangdao-2022"), bytes, "cli")


def table(rows: list[dict[str, str]], flaws: dict[int, dict[str, str]] | None = None) -> Table:
    """A sheet with a header and these rows; its columns are those of the first row."""
    names = list(rows[0])
    grid = [[TITLES[name] for name in names], *([row[name] for name in names] for row in rows)]
    places = {name: at for at, name in enumerate(names)}
    lines = Lines(grid, range(2, len(grid) + 1), places, flaws or {})
    return Table("entity", {name: TITLES[name] for name in names}, lines, grid=grid, columns=places)


@st.composite
def messy(draw: st.DrawFn) -> Table:
    names = [
        "label",
        "name",
        *draw(st.lists(st.sampled_from([n for n in TITLES if n not in ("label", "name")]), unique=True)),
    ]

    def cell(name: str) -> st.SearchStrategy[str]:
        # Mostly good, so that rows of both sorts stand in one table.
        return st.one_of(st.sampled_from(CELLS[name][:2]), st.sampled_from(CELLS[name]), st.text(max_size=3))

    rows = draw(st.lists(st.fixed_dictionaries({name: cell(name) for name in names}), min_size=1, max_size=12))
    for row in rows:
        if draw(st.booleans()):
            row["label"] = codes.make_credit_code(draw(st.integers(0, 40)))
    flawed = draw(st.sets(st.integers(2, len(rows) + 1), max_size=2))
    return table(rows, {number: {draw(st.sampled_from(names)): "这一格是公式。"} for number in flawed})


def both(engine: Engine, given_table: Table) -> tuple[Preview, Preview]:
    """The preview by columns and the one row by row."""
    with reading(engine) as session:
        act = act_in(session)
        by_columns = intake.preview(act, given_table)
        by_rows = intake.preview(act, replace(given_table, rows=tuple(given_table.rows)))
    return replace(by_columns, taken=tuple(by_columns.taken)), replace(by_rows, taken=tuple(by_rows.taken))


@given(messy())
@settings(max_examples=300, deadline=None)
def test_columns_say_what_rows_say(engine: Engine, given_table: Table) -> None:
    by_columns, by_rows = both(engine, given_table)
    assert by_columns == by_rows


@given(st.lists(st.one_of(st.sampled_from(CELLS["label"]), st.text(codes.CREDIT_ALPHABET, min_size=18, max_size=18))))
def test_not_credit_codes_is_credit_code_of_each(texts: list[str]) -> None:
    def stays(text: str) -> bool:
        try:
            return codes.credit_code(text) == text
        except ValueError:
            return False

    assert codes.not_credit_codes(texts) == {at for at, text in enumerate(texts) if not stays(text)}


def test_good_rows_are_not_judged_one_by_one(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"label": codes.make_credit_code(n), "name": f"示例{n}", "state": "存续"} for n in range(100, 2100)]
    rows[7]["label"] = WRONG
    seen: list[int] = []
    whole = columnwise.judge.entity
    monkeypatch.setattr(columnwise.judge, "entity", lambda t, k: seen.append(len(t.rows)) or whole(t, k))
    by_columns, _ = both(engine, table(rows))
    assert (by_columns.new, by_columns.refused_rows) == (1999, 1)
    assert seen[:2] == [1, 1]  # the one text of 状态, the one wrong row


def test_a_whole_row_of_good_cells_needs_no_word(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    good = {name: texts[0] for name, texts in CELLS.items()}
    rows = [good | {"label": codes.make_credit_code(n), "name": f"示例（{n}）公司"} for n in range(100, 200)]
    judged: list[str] = []
    whole = columnwise.judge.entity

    def entity(given_table: Table, known: Any) -> list[Any]:
        judged.extend(row.get("name") for row in given_table.rows)
        return whole(given_table, known)

    monkeypatch.setattr(columnwise.judge, "entity", entity)
    with reading(engine) as session:
        assert intake.preview(act_in(session), table(rows)).new == 100
    assert not [name for name in judged if "（" in name]


def test_what_is_written_is_the_same(tmp_path: Path) -> None:
    rows = [{"label": code, "name": "示例甲公司", "phone": "0335-1", "tags": "重点"} for code in CODES]
    rows[3] |= {"label": CODES[3].lower(), "name": "示例\n乙"}
    rows[4]["phone"] = "1E10"
    found = []
    for name, plain in (("columns", False), ("rows", True)):
        engine = open_store(f"sqlite:///{tmp_path / name}.db")
        tables.METADATA.create_all(engine)
        KEYRING.use("the key of the tests")
        made = table(rows)
        with writing(engine) as session:
            act = act_in(session)
            office.establish(act, name="某市双随机办", policy="qinhuangdao-2022", admin="管理员")
            ready = intake.preview(act, replace(made, rows=tuple(made.rows)) if plain else made)
            done = intake.write(act, ready)
            assert (done.new, ready.refused_rows) == (5, 1)
        with reading(engine) as session:
            found.append([each.model_dump() for each in session.exec(select(Entity).order_by(col(Entity.id)))])
        with writing(engine) as session:
            intake.undo(act_in(session), intake.undoable(act_in(session))[0].id or 0)
            assert session.exec(select(Entity)).all() == []
        engine.dispose()
    assert found[0] == found[1] and len(found[0]) == 5
