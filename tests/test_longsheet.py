"""Long lists as .xlsx: text stays text, the same bytes each time, a sheet for each name; values side by side."""

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook
from sqlmodel import SQLModel

from models import tables
from models.base import SHANGHAI
from models.called import called_by
from models.intake import _TOUCHED
from models.judge import PLAN_FIELDS
from templates import fields, longsheet
from templates.longsheet import Head, long_list

HEAD = Head("某名录库导入明细", "说明", (("编号", 24), ("名称", 10)))
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


def test_text_stays_text_and_the_bytes_are_the_same_each_time() -> None:
    rows = [("检查对象", ("0012", "=1+1")), ("检查组", ("", "http://示例")), ("检查对象", ("9" * 20, "甲" * 40_000))]
    data, many = long_list(HEAD, rows, now=NOW)
    assert (data, many) == long_list(HEAD, rows, now=NOW)
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["检查对象", "检查组"] and many == 3
    sheet = book["检查对象"]
    assert [cell.value for cell in sheet[3]] == ["编号", "名称"]
    assert [(cell.value, cell.data_type) for cell in sheet[4]] == [("0012", "s"), ("=1+1", "s")]
    assert sheet.freeze_panes == "A4" and sheet.auto_filter.ref == "A3:B5"
    assert len(sheet["B5"].value) == 32_767, "as much as a cell of Excel takes"
    assert sheet.row_dimensions[4].height is None and sheet.row_dimensions[5].height == 405


def test_a_list_without_rows_has_its_header_and_a_long_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    data, many = long_list(HEAD, [])
    assert many == 0 and load_workbook(io.BytesIO(data))["Sheet1"].max_row == 3
    monkeypatch.setattr(longsheet, "LONGEST", 2)
    data, many = long_list(HEAD, (("名单", (str(n), "")) for n in range(5)))
    assert many == 2 and load_workbook(io.BytesIO(data))["名单"].max_row == 5


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("A", "B", ("A", "B")),
        ("", "B", ("（空）", "B")),
        ("a\n  b", "", ("a b", "（空）")),
        ("某路" * 10 + "1号", "某路" * 10 + "2号", ("…路某路1号", "…路某路2号")),
        ("某路" * 10, "", ("某路某路某路某路某路某…", "（空）")),
        ("甲" * 20, "乙" * 20, ("甲" * 11 + "…", "乙" * 11 + "…")),
        ("甲" * 5, "甲" * 20, ("甲" * 5, "甲" * 11 + "…")),
    ],
)
def test_long_values_are_shown_from_where_they_differ(before: str, after: str, shown: tuple[str, str]) -> None:
    assert fields.side_by_side(before, after, 12, "（空）") == shown


def test_every_column_that_an_import_may_change_has_a_title() -> None:
    assert tables
    places = {"entity", *(place for touched in _TOUCHED.values() for place in touched)}
    for place in places:
        assert place in fields.PLACES
        columns = {column.name for column in SQLModel.metadata.tables[place].columns if not column.primary_key}
        if place == "task":
            # The other columns are what 补全 decides.
            columns = {*PLAN_FIELDS, "starts", "ends", "state", "completed_at"}
        for name in columns - {"id_hash", "key", "at"}:
            assert not fields.title(place, name).isascii(), f"{place}.{name} has no title"


def test_a_row_that_is_gone_is_called_by_what_was_kept() -> None:
    assert called_by("item", {"code": "S001", "name": "某事项"}) == ("S001", "某事项")
    assert called_by("plan", {"year": 2026, "title": "某计划"}) == ("2026", "某计划")
    assert called_by("person", {"label": "检查人员1", "name": "某人"}) == ("", "某人")
    assert called_by("entity", {}) == ("", "")
