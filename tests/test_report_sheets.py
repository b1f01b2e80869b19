"""Report forms as files: what goes out comes back the same, slips are named, the 汇总表 recomputes to our figures."""

import io
import re
import subprocess
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from models.report_form import NAMES, SHARES, Pair, added
from models.report_papers import counted
from models.views_report import MonthlyView, SummaryView, UnitFiguresView
from templates import report_sheets, word
from templates.report_sheets import Head, RollupLine, form, lines_form, read, rollup
from templates.sheets import SheetError

HEAD = Head(
    "2022年4月月报表",
    "盐业处",
    date(2022, 3, 20),
    date(2022, 4, 12),
    "本月",
    ("monthly_report", "2022-04", 7),
)
counts = st.integers(0, 10**6)
full = st.fixed_dictionaries({name: st.tuples(counts, counts) for name in NAMES})


def numbered() -> dict[str, Pair]:
    """Each figure another one, so that none can be taken for its neighbour."""
    return {name: (at + 1, 100 + at) for at, name in enumerate(NAMES)}


@settings(max_examples=15, deadline=None)
@given(full)
def test_a_form_comes_back_as_it_went(values: dict[str, Pair]) -> None:
    back = read("月报.xlsx", form(HEAD, values, ()))
    assert (back.values, back.faults, back.mark) == (values, [], HEAD.mark)


def test_the_same_rows_give_the_same_bytes() -> None:
    assert form(HEAD, numbered(), ("trainings",)) == form(HEAD, numbered(), ("trainings",))


def test_the_word_forms_come_back_as_they_went() -> None:
    values = numbered()
    both = UnitFiguresView(unit="盐业处", now=counted(values, 0), total=counted(values, 1))
    head = {"office": "示例市双随机办", "sample": True, "rehearsal": False, "unit": "盐业处"}
    days = {"first": HEAD.first, "last": HEAD.last}
    for sums in (None, UnitFiguresView(unit="合计", now=counted(values, 0), total=counted(values, 1))):
        nothing = UnitFiguresView(unit="示例科", now=counted({}, 0), total=counted({}, 1))
        monthly = MonthlyView(
            **head,
            **days,
            scope="市有关部门",
            year=2022,
            month=4,
            total_from=date(2022, 1, 1),
            rows=(nothing, both) if sums else (both,),
            sums=sums,
            filled_by="",
            checked_by="",
            phone="",
            filled_on=None,
            note="",
            estimated=False,
        )
        assert read("月报.docx", word.fill(monthly)).values == values
    summary = SummaryView(
        **head,
        **days,
        number="",
        number_word="",
        issued=None,
        to="示例市双随机办",
        period="2022年第一季度",
        period_word="本季度",
        now=both.now,
        total=both.total,
        targets=(),
        doings=(),
        problems=(),
        next_steps=(),
        contact_name="",
        contact_phone="",
    )
    assert read("总结.docx", word.fill(summary)).values == values


def sheet(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TITLES = ("序号", "项目", "单位", "本月", "累计")


@pytest.mark.parametrize(
    ("cell", "value", "fault"),
    [
        (5, 5, None),
        ("5", 5, None),
        ("5户", 5, None),
        ("1,234", 1234, None),
        ("—", None, None),
        ("", None, None),
        ("5.5", None, "「已检查户数」本期写的是「5.5」，应是不小于 0 的整数。"),
        (-3, None, "「已检查户数」本期写的是「-3」，应是不小于 0 的整数。"),
        ("约五户", None, "「已检查户数」本期写的是「约五户」，应是不小于 0 的整数。"),
        (99999999, None, "「已检查户数」本期写的是「99999999」，应是不小于 0 的整数。"),
    ],
)
def test_a_cell_is_read_or_named(cell: object, value: int | None, fault: str | None) -> None:
    back = read("月报.xlsx", sheet(TITLES, (1, "已检查户数", "户", cell, 9)))
    assert back.values["checked"] == (value, 9)
    assert back.faults == ([fault] if fault else [])


@pytest.mark.parametrize("data", [sheet(("姓名", "电话"), ("甲", "1")), sheet(TITLES)])
def test_another_table_is_not_taken_for_a_form(data: bytes) -> None:
    with pytest.raises(SheetError, match="没有认出表里的内容"):
        read("别的.xlsx", data)
    assert report_sheets.mark_of("别的.xlsx", data) is None


def test_lines_come_back_and_a_line_without_its_key_is_named() -> None:
    rows = [
        {"when": "3月上旬", "topic": "执法业务", "people": "全体执法人员", "count": "30"},
        {"when": "6月", "topic": "系统操作", "how": "线上"},
    ]
    back = read("培训.xlsx", lines_form(HEAD, "training", rows), "training")
    assert [{name: text for name, text in line.items() if text} for line in back.lines] == rows
    assert back.faults == []
    titles = ("序号", "培训时间", "培训内容", "人数")
    odd = sheet(titles, (1, "3月", "", 20), (2, "4月", "业务", "三十"), (3, "5月", "法制", "40"))
    back = read("培训.xlsx", odd, "training")
    assert back.faults == ["「3月」这一行没有填培训内容。", "「业务」的人数写的是「三十」，应是整数。"]
    assert [line["topic"] for line in back.lines] == ["法制"]


# --- the 汇总表 ----------------------------------------------------------------------------------------------------


def recomputed(data: bytes, at: int) -> dict[str, list[object]]:
    """Every row of a sheet by its unit, its formulas worked out anew from the cells that they name."""
    sheet_ = load_workbook(io.BytesIO(data)).worksheets[at]
    cells = {cell.coordinate: cell.value for row in sheet_.iter_rows() for cell in row}

    def number(name: str) -> int:
        value = worked(cells[name.replace("$", "")])
        return value if isinstance(value, int) else 0

    def worked(value: object) -> object:
        if not isinstance(value, str) or not value.startswith("="):
            return value
        if found := re.fullmatch(r'=SUMIF\(\$D\$(\d+):\$D\$(\d+),"是",([A-Z]+)\$\1:\3\$\2\)', value):
            return sum(
                number(f"{found[3]}{row}")
                for row in range(int(found[1]), int(found[2]) + 1)
                if cells[f"D{row}"] == "是"
            )
        found = re.fullmatch(r'=IF\(N\(([A-Z]+\d+)\)=0,"—",QUOTIENT\(([A-Z]+\d+)\*1000,\1\)/1000\)', value)
        assert found is not None, value
        whole, part = number(found[1]), number(found[2])
        return Fraction(part * 1000 // whole, 1000) if whole else "—"

    rows: dict[str, list[object]] = {}
    for row in sheet_.iter_rows(min_row=4):
        unit = row[1].value or row[0].value
        if unit and row[4].value is not None:
            rows[str(unit)] = [worked(cell.value) for cell in row[4:]]
    return rows


def shares(values: dict[str, Pair] | dict[str, tuple[int, int]], at: int) -> list[object]:
    """What we show as shares, cut off to a tenth of a percent."""
    found = [each.of(values, at) for each in SHARES]
    return ["—" if each is None else Fraction(each.numerator * 1000 // each.denominator, 1000) for each in found]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(full, st.booleans()), min_size=1, max_size=5))
def test_the_rollup_recomputes_to_our_figures(units: list[tuple[dict[str, Pair], bool]]) -> None:
    rows = [RollupLine(f"单位{n}", "报送", values, take) for n, (values, take) in enumerate(units)]
    sums = added([values for values, take in units if take])
    data = rollup("2022年4月汇总表", "制表", "本月", rows, sums, "说明")
    for at in (0, 1):
        found = recomputed(data, at)
        assert found["合计"] == [*(sums[name][at] for name in NAMES), *shares(sums, at)]
        for row in rows:
            assert found[row.unit] == [*(row.values[name][at] for name in NAMES), *shares(dict(row.values), at)]


def test_the_values_beside_the_formulas_are_ours_and_a_unit_with_nothing_has_0() -> None:
    values = numbered()
    rows = [RollupLine("盐业处", "4月12日报送", values, True), RollupLine("示例县", "未报送", {}, False)]
    data = rollup("表", "制表", "本月", rows, added([values]), "")
    shown = load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
    last = [cell.value for cell in shown[6]]
    assert last[0] == "合计"
    assert last[4 : 4 + len(NAMES)] == [values[name][0] for name in NAMES]
    nothing = [cell.value for cell in shown[5]]
    assert nothing[1:4] == ["示例县", "未报送", "否"]
    assert nothing[4 : 4 + len(NAMES)] == [0] * len(NAMES)
    assert nothing[4 + len(NAMES) :] == ["—"] * len(SHARES)


def test_text_of_people_is_never_a_formula() -> None:
    rows = [RollupLine("=1+1", "=2+2", {}, False)]
    shown = load_workbook(io.BytesIO(rollup("=3", "=4", "本月", rows, added([]), "=5"))).worksheets[0]
    texts = {shown["A1"].data_type, shown["B4"].data_type, shown["C4"].data_type}
    assert texts == {"s"}


@pytest.mark.needs("calc")
def test_libreoffice_recomputes_the_rollup_to_our_figures(tmp_path: Path) -> None:
    """The values beside the formulas are taken out first: what comes back is what the program worked out itself."""
    values = numbered()
    rows = [RollupLine("盐业处", "报送", values, True), RollupLine("示例县", "未报送", {}, False)]
    rows += [RollupLine("示例二县", "报送", values, True)]
    sums = added([values, values])
    book = load_workbook(io.BytesIO(rollup("2022年4月汇总表", "制表", "本月", rows, sums, "")))
    given, back = tmp_path / "given.xlsx", tmp_path / "back"
    book.save(given)
    assert all(cell.value is None for cell in load_workbook(given, data_only=True).worksheets[0][7][4:6])
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(back), str(given)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for at in (0, 1):
        shown = load_workbook(back / "given.xlsx", data_only=True).worksheets[at]
        last = next(row for row in shown.iter_rows(min_row=4, values_only=True) if row[0] == "合计")
        assert list(last[4 : 4 + len(NAMES)]) == [sums[name][at] for name in NAMES]
        cut = [each if isinstance(each, str) else Fraction(round(each * 1000), 1000) for each in last[4 + len(NAMES) :]]
        assert cut == shares(sums, at)


def test_a_large_table_is_not_looked_through_for_the_mark_of_a_form() -> None:
    mark = "表号：month 2026-03 1"
    assert report_sheets.mark_of("月报.xlsx", sheet(TITLES, (mark,))) == ("month", "2026-03", 1)
    rows = [(f"示例企业{number}", f"示例大街{number}号", number) for number in range(20_000)]
    assert report_sheets.mark_of("名录.xlsx", sheet(TITLES, (mark,), *rows)) is None
