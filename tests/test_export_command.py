"""`python -m bot export`: what goes out comes in again and changes nothing; 下载模板 with its example."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlmodel import select

from bot.__main__ import main
from models import audit, export, intake
from models.act import Act, Refused
from models.plan import Task
from models.rows import Table
from models.words import DrawMode, Role, TaskState
from templates import blanks, columns, samples, sheets, workbook
from tests.test_intake import Office, act_of, bureau, plan_row
from tests.test_sheets import TEXT

__all__ = ["bureau"]

TRICKY = "=HYPERLINK(1)"


def filled(bureau: Office) -> Office:
    """An office with something of every kind, and with cells that a spreadsheet would spoil."""
    entities = [
        *samples.entities()[:5],
        {"register_no": "档-007", "name": TRICKY, "address": "-1\n二楼", "phone": "+86 1"},
    ]
    inspectors = [each | {"unit": "盐业处"} for each in samples.inspectors()[:3]]
    people = [
        {"name": "示例甲", "unit": "某市双随机办", "roles": "工作人员、复核人", "label": "", "phone": "0001"},
        {"name": "示例乙", "unit": "示例新处", "roles": "见证人", "label": "", "phone": ""},
    ]
    recusals = [
        {"entity": entities[1]["label"], "inspector": inspectors[0]["label"], "reason": "示例：近亲属"},
        {"entity": "档-007", "inspector": inspectors[1]["label"], "reason": TRICKY},
    ]
    for kind, rows in (
        ("plan", samples.plan()["row"]),
        ("item", samples.items()),
        ("entity", entities),
        ("inspector", inspectors),
        ("recusal", recusals),
        ("people", people),
        ("expert", [blanks.example("expert"), {"label": "Z002", "name": TRICKY, "field": "盐业", "state": "退出"}]),
        ("holidays", [blanks.example("holidays"), {"day": "2027-02-06", "working": "上班", "source": TRICKY}]),
        ("platform", [drawn(entities[0]["label"], inspectors), drawn("档-007", inspectors[1:])]),
    ):
        if kind == "platform":
            completed(bureau, "2020001")
        with bureau.act() as act:
            as_cli = act_of(act)
            ready = intake.preview(as_cli, sheets.read("a.csv", workbook.write_csv(kind, rows), kind))
            assert not ready.refused, ready.refused
            intake.write(as_cli, ready)
    return bureau


def drawn(label: str, inspectors: list[dict[str, str]]) -> dict[str, str]:
    """A row of a platform's list, with the names alone."""
    return {
        "plan_no": "2020001",
        "task_no": "001",
        "entity": label,
        "inspectors": "、".join(each["name"] for each in inspectors),
        "due": "2020-10-30",
    }


def completed(bureau: Office, plan_no: str) -> None:
    """A task that is drawn on the platform and waits for its list."""
    with bureau.act() as act:
        task = act.session.exec(select(Task).where(Task.plan_no == plan_no)).one()
        task.unit_id, task.state, task.mode = bureau.root_id, TaskState.COMPLETED, DrawMode.PLATFORM
        act.session.add(task)


def read(kind: str, data: bytes) -> Table:
    return sheets.read("out.xlsx" if data[:2] == b"PK" else "out.csv", data, kind)


@pytest.mark.parametrize("write", [workbook.write_xlsx, workbook.write_csv], ids=["xlsx", "csv"])
@pytest.mark.parametrize("through_chat", [False, True])
@pytest.mark.parametrize("kind", columns.SHAPES)
def test_importing_an_export_changes_nothing(
    bureau: Office, kind: str, through_chat: bool, write: Callable[..., bytes]
) -> None:
    filled(bureau)
    with bureau.act() as act:
        # People belong to the administrator, whom this office has not: without the sealed columns all the same.
        asker = act_as(act, "chat:1/1") if through_chat and kind != "people" else act_of(act)
        data = write(kind, export.records(asker, kind), without=export.SEALED if through_chat else ())
        again = intake.preview(act_of(act), read(kind, data))
    assert again.refused == ()
    assert (again.new, again.changed, again.gone) == (0, 0, 0)
    assert again.same > 0


FREE = {
    "item": ({"code": "X1"}, ("name", "basis", "subject", "content", "method", "frequency", "guide")),
    "entity": ({"register_no": "档-1"}, ("name", "kind", "industry", "district", "address", "contact", "licences")),
    "inspector": (
        {"label": "990000001", "unit": "盐业处", "valid_until": "2030-12-31"},
        ("name", "kind", "post"),
    ),
    "expert": ({"label": "Z001"}, ("name", "field", "title", "employer")),
    "plan": (plan_row(), ("plan_name", "name", "kind", "item_text", "scope_text", "lead_text", "joint_text")),
    "people": ({"unit": "盐业处", "roles": "工作人员"}, ("name",)),
    "holidays": ({"day": "2027-01-01", "working": "放假"}, ("source",)),
}
ODD = [
    *("=1+1", "-5", "+1", "@x", "\t=1", "=cmd|' /C calc'!A0", "'=1", "''-x", "'007", "007", "9.1E+17", "1E5", "0.10"),
    *("123456789012345678", "5%", "46082", "2026-03-01", "TRUE", "#N/A", "１２", '"', '","', '\'a"b', "sep=;"),
    *("甲\n乙", "\r\n甲", "甲\x0b乙", "甲\u00a0乙", "甲\u200b乙", "\u3000甲", "甲  乙", "甲，乙", "a;b、c", "_x0041_"),
    *("<&amp;", "_x000D_", "无", "—", "示例", "（示例）", "例", "合计", "合计（2户）", "注：x", "填表人：某", "一、甲"),
    *("编号", "统一社会信用代码", "未导入原因", "\ue000", "𠮷", "e\u0301", "ﬁ", "x" * 300),
]  # fmt: skip
WORDS = (
    st.sampled_from(ODD)
    | TEXT
    | st.text(max_size=12)
    | st.lists(st.sampled_from(ODD), min_size=2, max_size=3).map("".join)
)


@pytest.mark.parametrize("write", [workbook.write_xlsx, workbook.write_csv], ids=["xlsx", "csv"])
@pytest.mark.parametrize("kind", FREE)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_was_taken_in_goes_out_and_in_again_unchanged(
    bureau: Office, kind: str, write: Callable[..., bytes], data: st.DataObject
) -> None:
    fixed, free = FREE[kind]
    row = dict(fixed) | {name: data.draw(WORDS, label=name) for name in free}
    with bureau.act() as act:
        try:
            table = read(kind, workbook.write_xlsx(kind, [row]))
        except sheets.SheetError:
            return  # a row like 合计 is none
        taken = intake.preview(act_of(act), table)
        if not taken.taken:
            return  # refused with a sentence; nothing to bring back
        intake.write(act_of(act), taken)
        exported = write(kind, export.records(act_of(act), kind))
        again = intake.preview(act_of(act), read(kind, exported))
        act.session.rollback()
    assert (again.new, again.changed, again.gone, again.refused) == (0, 0, 0, ())
    assert not _calculated(exported)


def _calculated(exported: bytes) -> list[str]:
    """Cells that a spreadsheet would calculate."""
    if exported[:2] == b"PK":
        sheet = load_workbook(io.BytesIO(exported)).active
        assert sheet is not None
        return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value and cell.data_type != "s"]
    rows = csv.reader(io.StringIO(exported.decode("utf-8-sig"), newline=""))
    return [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r")]


def test_what_was_withdrawn_is_no_row_of_the_plan_that_goes_out(bureau: Office) -> None:
    filled(bureau)
    with bureau.act() as act:
        task = act.session.exec(select(Task).where(Task.plan_no == "2020002")).one()
        task.state = TaskState.WITHDRAWN
        act.session.add(task)
        act.session.flush()
        records = export.records(act_of(act), "plan")
        again = intake.preview(act_of(act), read("plan", workbook.write_xlsx("plan", records)))
    assert len(records) == len(samples.plan()["row"]) - 1
    assert all(record["plan_no"] != "2020002" for record in records)
    assert (again.new, again.changed, again.refused) == (0, 0, ())


def act_as(act: Act, source: str) -> Act:
    """The same, as from another place."""
    return replace(act, source=source)


@pytest.mark.parametrize("kind", ["entity", "inspector"])
def test_the_chat_s_export_has_no_id_number_and_no_phone(bureau: Office, kind: str) -> None:
    filled(bureau)
    with bureau.act() as act:
        records = export.records(act_as(act, "chat:1/1"), kind)
        whole = export.records(act_of(act), kind)
    assert not any(export.SEALED & record.keys() for record in records)
    assert any(record["phone"] for record in whole)
    with bureau.act() as act:
        last = bureau.all(audit.Audit)[-1]
    assert (last.verb, last.subject, last.after["sealed"]) == ("export", kind, True)


def test_only_who_may_import_may_export(bureau: Office) -> None:
    filled(bureau)
    for who, kind in (("检查人员", "entity"), ("工作人员", "people")):
        with pytest.raises(Refused), bureau.act(who) as act:
            export.records(act_as(act, "chat:1/1"), kind)


def test_an_empty_register_is_refused_with_what_to_do(bureau: Office) -> None:
    with pytest.raises(Refused, match="下载模板"), bureau.act() as act:
        export.records(act, "entity")


def test_nothing_in_an_export_is_calculated(bureau: Office) -> None:
    filled(bureau)
    with bureau.act() as act:
        data = workbook.write_xlsx("entity", export.records(act_of(act), "entity"))
        comma = workbook.write_csv("entity", export.records(act_of(act), "entity"))
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert f"'{TRICKY}".encode() in comma


@pytest.mark.parametrize("kind", columns.SHAPES)
def test_a_blank_table_has_an_example_that_is_skipped(kind: str) -> None:
    data = blanks.blank(kind, {"unit": ["盐业处"]})
    with pytest.raises(sheets.SheetError, match="下面没有数据"):
        sheets.read("a.xlsx", data)
    book = load_workbook(io.BytesIO(data))
    sheet = book.active
    assert sheet is not None
    assert sheet["A2"].value == columns.EXAMPLE
    for index, column in enumerate(columns.SHAPES[kind], start=2):
        sheet.cell(3, index).value = blanks.example(kind).get(column.name, "") or None
    out = io.BytesIO()
    book.save(out)
    table = sheets.read("a.xlsx", out.getvalue())
    assert table.kind == kind
    assert [row.number for row in table.rows] == [3]
    assert table.notes == ("第 2 行标着「示例」，没有导入。",)


def test_a_blank_table_offers_lists() -> None:
    lists = {"unit": ["盐业处", "安全生产处"]}
    sheet = load_workbook(io.BytesIO(blanks.blank("people", lists))).active
    assert sheet is not None
    offered = {str(rule.sqref).partition(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert offered["C2"] == '"盐业处,安全生产处"'
    assert all(str(role) not in offered["D2"] for role in Role) and "复核人" in offered["D2"]


def test_long_lists_stand_on_a_hidden_sheet_of_which_an_import_says_nothing() -> None:
    units = [f"示例很长很长的单位名称{n}，第{n}科" for n in range(60)]
    book = load_workbook(io.BytesIO(blanks.blank("people", {"unit": units})))
    sheet = book.worksheets[0]
    offered = {str(rule.sqref).partition(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    where, _, cells = offered["C2"].partition("!")
    assert book[where].sheet_state == "hidden"
    assert [cell.value for (cell,) in book[where][cells.replace("$", "")]] == units
    sheet.append([1, "示例甲", units[3], "工作人员"])
    out = io.BytesIO()
    book.save(out)
    table = sheets.read("a.xlsx", out.getvalue())
    assert table.rows[0].get("unit") == units[3]
    assert table.notes == ("第 2 行标着「示例」，没有导入。",)


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_writes_what_import_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANTONG_DATA", str(tmp_path / "data"))
    assert main(["export", "--kind", "plan", "--out", "a.xlsx"]) == 2
    assert "init" in capsys.readouterr().err
    assert main(["init", "--policy", "xiping-2020", "--unit", "某县科工局", "--admin", "某某"]) == 0
    assert main(["export", "--kind", "plan", "--out", "a.xlsx"]) == 2
    assert "没有内容" in capsys.readouterr().err
    (tmp_path / "plan.docx").write_bytes(samples.read("plan-2020.docx"))
    assert main(["import", "plan.docx", "--yes"]) == 0
    capsys.readouterr()
    for name in ("a.xlsx", "a.csv"):
        assert main(["export", "--kind", "plan", "--out", name, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"kind": "plan", "rows": 15, "file": name}
        assert main(["import", name, "--json"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert (data["new"], data["changed"], len(data["rows"]), data["gone"]) == (0, 0, 15, 0)
    assert main(["export", "--kind", "plan", "--out", "a.pdf"]) == 2
    assert "扩展名" in capsys.readouterr().err
    assert main(["export", "--kind", "plan", "--out", "nowhere/a.csv"]) == 2
    assert "写不进去：没有这个文件夹。请" in capsys.readouterr().err
    (tmp_path / "folder.csv").mkdir()
    assert main(["export", "--kind", "plan", "--out", "folder.csv"]) == 2
    assert "写不进去：这是一个文件夹。请" in capsys.readouterr().err
