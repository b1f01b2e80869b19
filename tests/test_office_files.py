"""What offices send, file by file: what is read of it, what is said of it, and what is refused with what to do."""

import codecs
import io
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from docx.oxml.ns import qn
from openpyxl import load_workbook
from openpyxl.comments import Comment

from models import codes
from models.rows import Table
from templates import columns, sheets, workbook
from templates.sheets import SheetError
from tests.office_files import (
    STRICT,
    book,
    document,
    inline,
    merged,
    raw,
    with_part,
    word_xml,
    written,
    zipped,
)

HEADER = ("统一社会信用代码", "企业名称", "信用风险等级", "截止日期")
C = [codes.make_credit_code(n) for n in range(100, 130)]
ROW = (C[0], "示例甲", "A", "2026-01-01")
READ = {"label": C[0], "name": "示例甲", "risk_class": "A", "as_of": "2026-01-01"}


def lines(*rows: Sequence[str], mark: str = ",", end: str = "\r\n", encoding: str = "utf-8") -> bytes:
    """A .csv of cells as they are."""
    return end.join(mark.join(row) for row in rows).encode(encoding)


def below(table: Table) -> list[dict[str, str]]:
    """The rows without what is empty."""
    return [{name: text for name, text in row.cells.items() if text} for row in table.rows]


# --- one good row, written in all the ways there are ------------------------------------------------------------------


def _prefixed() -> str:
    plain = inline(HEADER, ROW).replace("<", "<x:").replace("<x:/", "</x:")
    return f'<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{plain}</x:worksheet>'


def _rich(sheet: Any, made: Any) -> None:
    bold = made.add_format({"bold": True})
    sheet.write_row(0, 0, HEADER)
    sheet.write_rich_string(1, 0, bold, C[0][:5], C[0][5:])
    sheet.write_rich_string(1, 1, "示例", bold, "甲")
    sheet.write_row(1, 2, ROW[2:])
    sheet.write_comment(1, 0, "批注不是内容")


def _linked(sheet: Any, made: Any) -> None:
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ROW)
    sheet.write_url(1, 1, "https://example.invalid/", string="示例甲")


def _of_1904(sheet: Any, made: Any) -> None:
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ROW[:3])
    sheet.write_datetime(1, 3, datetime(2026, 1, 1), made.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001


def _filtered(sheet: Any, made: Any) -> None:
    sheet.add_table(0, 0, 1, 3, {"columns": [{"header": title} for title in HEADER], "data": [ROW]})


def _others(sheet: Any) -> None:
    sheet.parent.create_chartsheet("图")
    hidden = sheet.parent.create_sheet("字典")
    hidden.append(["是", "否"])
    hidden.sheet_state = "veryHidden"


WAYS: dict[str, tuple[str, bytes]] = {
    "cells without places": ("a.xlsx", raw(inline(HEADER, ROW))),
    "a dimension that lies": ("a.xlsx", raw('<dimension ref="A1:XFD1048576"/>' + inline(HEADER, ROW))),
    "a million empty columns": (
        "a.xlsx",
        raw('<cols><col min="1" max="16384" width="9" style="1"/></cols>' + inline(HEADER, ROW), formats=[9]),
    ),
    "strict Open XML": ("a.xlsx", raw(inline(HEADER, ROW), spaces=STRICT)),
    "names with a prefix": ("a.xlsx", raw(_prefixed())),
    "rich text and comments": ("a.xlsx", written(_rich)),
    "hyperlinks": ("a.xlsx", written(_linked)),
    "dates since 1904": ("a.xlsx", written(_of_1904, date_1904=True)),
    "a table with a filter": ("a.xlsx", written(_filtered)),
    "charts and hidden sheets": ("a.xlsx", book(HEADER, ROW, then=_others)),
    "an .xlsx called .et": ("a.et", book(HEADER, ROW)),
    "no extension": ("表格", book(HEADER, ROW)),
    "blanks and breaks in titles": (
        "a.xlsx",
        book(["统一社会\n信用 代码", " 企业\u3000名称", "信用风险等级\n（A-D）", "截止日期*"], ROW),
    ),
    "numbered titles": (
        "a.xlsx",
        book(["1.统一社会信用代码", "（2）企业名称", "3、信用风险等级", "四、截止日期"], ROW),
    ),
    "a comment above and a signature below": (
        "a.xlsx",
        book(["某局名录库"], ["填报单位：某局", None, "2026年3月1日"], HEADER, ROW, ["填表人：", None, "审核人：某某"]),
    ),
    "three rows of titles": (
        "a.xlsx",
        book(
            ["名录库"],
            ["序号", "主体信息", None, "监管信息"],
            [None, *HEADER],
            [1, *ROW],
            then=merged("A1:E1", "A2:A3", "B2:C2", "D2:E2"),
        ),
    ),
    "full-width digits": ("a.csv", lines(HEADER, (C[0].translate({n: n + 0xFEE0 for n in range(33, 127)}), *ROW[1:]))),
    "invisible characters": ("a.csv", lines(HEADER, (f"\u200b{C[0]}\u00a0", "\ufeff示例甲\u3000", " A", ROW[3]))),
    "utf-8 with its mark": ("a.csv", codecs.BOM_UTF8 + lines(HEADER, ROW)),
    "GB18030": ("a.csv", lines(HEADER, ROW, encoding="gb18030")),
    "UTF-16 with tabs": ("a.txt", codecs.BOM_UTF16_LE + lines(HEADER, ROW, mark="\t", encoding="utf-16-le")),
    "UTF-16 without its mark": ("a.csv", lines(HEADER, ROW, encoding="utf-16-le")),
    "old Mac line ends": ("a.csv", lines(HEADER, ROW, end="\r")),
    "Chinese commas": ("a.csv", lines(HEADER, ROW, mark="，")),
    "bars": ("a.csv", lines(HEADER, ROW, mark="|")),
    "a word on the separator": ("a.csv", b"sep=;\r\n" + lines(HEADER, ROW, mark=";")),
    "codes wrapped to stay text": ("a.csv", lines(HEADER, (f'="{C[0]}"', *ROW[1:]))),
    "an end-of-file mark": ("a.csv", lines(HEADER, ROW) + b"\r\n\x1a"),
    "a vertical tab": ("a.csv", lines(HEADER, (C[0], "\x0b示例甲", *ROW[2:]))),
    "empty columns to the right": ("a.csv", lines((*HEADER, *[""] * 30), (*ROW, *[""] * 30))),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_row_is_read_however_it_is_written(way: str) -> None:
    table = sheets.read(*WAYS[way])
    found = below(table)
    found[0]["label"] = codes.plain_code(found[0]["label"])
    assert (table.kind, found) == ("entity", [READ])
    assert not table.rows[0].flaws


# --- cells ------------------------------------------------------------------------------------------------------------

# Number format (a built-in's number or a code), value as stored, text as a person reads it.
SHOWN = [
    (14, 46082, "2026-03-01"),
    (31, 46082, "2026-03-01"),
    ("yyyy/m/d h:mm", 46082.75, "2026-03-01 18:00:00"),
    ('[$-804]yyyy"年"m"月"d"日";@', 46082, "2026-03-01"),
    ('[DBNum1][$-804]yyyy"年"m"月"d"日"', 46082, "2026-03-01"),
    # Typed as 2026年3月, which the spreadsheet takes for the first of March and shows as it was typed.
    (57, 46082, "2026年3月"),
    (27, 46082, "2026年3月"),
    ('yyyy"年"m"月"', 46082, "2026年3月"),
    ('[$-804]yyyy"年"m"月";@', 46082, "2026年3月"),
    ("yyyy\\-mm", 46082, "2026年3月"),
    ("yyyy.mm", 46082, "2026年3月"),
    (0, 46082, "46082"),
    (9, 0.05, "5%"),
    (10, 0.025, "2.5%"),
    ("0.0%;[Red]-0.0%", 0.125, "12.5%"),
    (9, 1, "100%"),
    (0, 0.05, "0.05"),
    ("000", 7, "007"),
    ("00000000", 123, "00000123"),
    (0, 911300000000000000, "9.113E+17"),
    (0, 13800138000, "13800138000"),
    (0, 0.1 + 0.2, "0.3"),
]


@pytest.mark.parametrize(("shown", "value", "text"), SHOWN)
def test_a_number_is_read_as_it_is_shown(shown: int | str, value: float, text: str) -> None:
    sheet = (
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>任务名称</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>抽查比例</t></is></c><c r="C1" t="inlineStr"><is><t>抽查时间</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>甲</t></is></c>'
        f'<c r="B2" t="inlineStr"><is><t>5%</t></is></c><c r="C2" s="1"><v>{value!r}</v></c></row></sheetData>'
    )
    assert sheets.read("a.xlsx", raw(sheet, formats=[shown])).rows[0].get("period_text") == text


def test_a_formula_in_a_merged_cell_is_one_in_every_row() -> None:
    def fill(sheet: Any, made: Any) -> None:
        sheet.write_row(0, 0, ["计划编号", "任务名称", "抽查比例", "抽查时间"])
        sheet.merge_range(1, 2, 2, 2, "")
        sheet.write_formula(1, 2, "=1/20", value=0.05)
        sheet.write_row(1, 0, ["2026001", "甲"])
        sheet.write_row(2, 0, ["2026002", "乙"])

    for row in sheets.read("a.xlsx", written(fill)).rows:
        assert "公式" in row.flaws["ratio_text"]


# --- rows that are none -----------------------------------------------------------------------------------------------

SECOND = (C[1], "示例乙", "B", "2026-01-01")
# What stands between or below two rows, and what is said of it; empty where nothing needs to be said.
BETWEEN: dict[str, tuple[list[list[Any]], str]] = {
    "a blank row": ([[None], [" ", "\u3000"]], ""),
    "the header again": ([["序号", *HEADER]], ""),
    "a sum": ([["合计", None, "2户"]], "合计 2户"),
    "a sum spaced out": ([["合　　计", None, "2户"]], "合　　计 2户"),
    "a sum in the second column": ([[None, "总计", "2户"]], "总计 2户"),
    "a signature": ([["填表人：某某", None, "审核人：", None, "电话：0"]], "填表人：某某"),
    "a remark and its second line": ([["注：1.名单不含注销的"], ["2.请于3月前报送"]], "2.请于3月前报送"),
    "a heading of a group": ([["一、危险化学品企业"], ["（二）民爆企业"]], "（二）民爆企业"),
    "numbers printed in advance": ([[2], [3], [4]], "3 行只填了序号"),
    "an example": ([["例", *SECOND]], "标着「例」"),
    "an example in brackets": ([["（示例）", *SECOND]], "标着「（示例）」"),
}


@pytest.mark.parametrize("what", BETWEEN)
@pytest.mark.parametrize("spread", [False, True], ids=["one cell", "merged"])
def test_what_is_no_row_is_left_out_and_said(what: str, spread: bool) -> None:
    between, said = BETWEEN[what]

    def spans(sheet: Any) -> None:
        for number, row in enumerate(between, start=3):
            if spread and len(row) == 1 and isinstance(row[0], str):
                sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=5)

    table = sheets.read("a.xlsx", book(["序号", *HEADER], [1, *ROW], *between, [2, *SECOND], then=spans))
    assert [row.get("label") for row in table.rows] == [C[0], C[1]]
    assert said in " ".join(table.notes)
    assert bool(table.notes) == bool(said)


def test_rows_that_are_hidden_come_in_and_it_is_said() -> None:
    def fill(sheet: Any, made: Any) -> None:
        for number, row in enumerate((HEADER, ROW, SECOND)):
            sheet.write_row(number, 0, row)
        sheet.autofilter("A1:D3")
        sheet.set_row(2, None, None, {"hidden": True})

    table = sheets.read("a.xlsx", written(fill))
    assert len(table.rows) == 2
    assert table.notes == ("有 1 行是隐藏的（筛选或者手工隐藏），也一起读入了。只要看得见的行时，请复制到新表再发。",)


def test_a_column_that_is_there_twice_is_named_for_what_it_is() -> None:
    header = [*HEADER[:2], "联系电话", "手机号码", "备注"]
    table = sheets.read("a.xlsx", book(header, [*ROW[:2], "1", "2", "3"]))
    assert below(table)[0]["phone"] == "1"
    assert "「手机号码」没有导入：联系电话已经取自「联系电话」这一列。" in table.notes
    assert "不认识的列没有导入：备注。" in table.notes


def test_further_tables_are_named_with_what_to_do() -> None:
    def more(sheet: Any) -> None:
        other = sheet.parent.create_sheet("2月")
        other.append(HEADER)
        other.append(SECOND)

    (note,) = sheets.read("a.xlsx", book(HEADER, ROW, then=more)).notes
    assert note == "「2月」没有导入：一次只导入一张表。需要时请把它单独存成文件再发。"


# --- text -------------------------------------------------------------------------------------------------------------

# A .csv, and the names read of it.
NAMES: dict[str, tuple[bytes, list[str]]] = {
    "semicolons, and commas in cells": (
        lines(HEADER, (C[0], "甲,一,二,三,四,五", "", ""), (C[1], "乙", "", ""), mark=";"),
        ["甲,一,二,三,四,五", "乙"],
    ),
    "commas, and semicolons in cells": (
        lines((*HEADER, "标签"), (C[0], "甲", "", "", "民爆；危化；盐业；食品；燃气；建筑"), (C[1], "乙", "", "", "")),
        ["甲", "乙"],
    ),
    "ragged lines": (lines(HEADER, (C[0], "甲"), (C[1], "乙", "A", "", "x", "y")), ["甲", "乙"]),
    "a break in quotes": (lines(HEADER, (C[0], '"甲\r\n公司"', "A", "")), ["甲\n公司"]),
    "doubled quotes": (lines(HEADER, (C[0], '"甲""一""公司"', "A", "")), ['甲"一"公司']),
    "quotes inside": (lines(HEADER, (C[0], '甲"一"公司', "A", ""), (C[1], "乙", "", "")), ['甲"一"公司', "乙"]),
    "an apostrophe that keeps text": (lines(HEADER, (C[0], "'=甲", "", ""), (C[1], "''=乙", "", "")), ["=甲", "'=乙"]),
}


@pytest.mark.parametrize("what", NAMES)
def test_cells_of_a_csv(what: str) -> None:
    data, names = NAMES[what]
    assert [row.get("name") for row in sheets.read("a.csv", data).rows] == names


def test_a_quote_that_never_ends_is_refused_and_swallows_no_rows() -> None:
    data = lines(HEADER, (C[0], "甲", "", ""), (C[1], '"乙', "", ""), (C[2], "丙", "", ""))
    with pytest.raises(SheetError, match=r"第 3 行.*引号"):
        sheets.read("a.csv", data)


# --- tables in documents ----------------------------------------------------------------------------------------------

PLAN = columns.titles("plan")


def task(number: int, **cells: str) -> list[str]:
    """A row of a plan as it stands in a document."""
    row = {
        "plan_no": f"2026{number:03d}",
        "plan_name": f"2026年示例{number}抽查",
        "task_no": f"{number:03d}",
        "name": f"2026年示例{number}抽查",
        "kind": "不定向抽查",
        "ratio_text": "5%",
        "item_text": "事项",
        "scope_text": "范围",
        "lead_text": "监督科",
        "joint_text": "无",
        "period_text": "2026年3月-11月",
    } | cells
    return list(row.values())


def _into(element: Any, holder: Any, at: str) -> None:
    """Put an element where it stands into a holder's innermost part."""
    parent = element.getparent()
    place = list(parent).index(element)
    parent.remove(element)
    holder.find(f".//{qn(at)}").append(element)
    parent.insert(place, holder)


def _tracked(made: Any) -> None:
    cell = made.tables[0].cell(1, 5).paragraphs[0]._p
    for run in list(cell.iter(qn("w:r"))):
        cell.remove(run)
    cell.append(word_xml('<w:del w:id="1" w:author="a"><w:r><w:delText>3%</w:delText></w:r></w:del>'))
    cell.append(word_xml('<w:ins w:id="2" w:author="a"><w:r><w:t>5%</w:t></w:r></w:ins>'))
    other = made.tables[0].cell(1, 8).paragraphs[0]._p
    other.append(word_xml('<w:moveFrom w:id="3" w:author="a"><w:r><w:t>旧科</w:t></w:r></w:moveFrom>'))


def _controls(made: Any) -> None:
    holder = "<w:sdt><w:sdtPr/><w:sdtContent/></w:sdt>"
    table = made.tables[0]
    rows = [row._tr for row in table.rows]
    _into(rows[1].findall(qn("w:tc"))[0], word_xml(holder), "w:sdtContent")
    _into(rows[2], word_xml(holder), "w:sdtContent")


def _boxed(made: Any) -> None:
    text = "<w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent>"
    made.tables[0].cell(1, 6).paragraphs[0]._p.append(
        word_xml(
            '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>'
            f"{text}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{text}</v:textbox></w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )


def _in_a_box(made: Any) -> None:
    table = made.tables[0]._tbl
    box = "<w:p><w:r><w:drawing><wps:txbx><w:txbxContent/></wps:txbx></w:drawing></w:r></w:p>"
    _into(table, word_xml(box), "w:txbxContent")


def _laid_out(made: Any) -> None:
    inner = made.tables[0]._tbl
    holder = made.add_table(1, 1)
    inner.getparent().remove(inner)
    holder.cell(0, 0)._tc.insert(0, inner)


def _joined_down(made: Any) -> None:
    table = made.tables[0]
    table.cell(1, 8).merge(table.cell(2, 8))


def _shifted(made: Any) -> None:
    row = made.tables[0].rows[2]._tr
    row.remove(row.findall(qn("w:tc"))[0])
    row.get_or_add_trPr().append(word_xml('<w:gridBefore w:val="1"/>'))


def _hidden(made: Any) -> None:
    paragraph = made.tables[0].cell(1, 6).paragraphs[0]._p
    paragraph.append(word_xml("<w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r>"))


# Two tasks in a document, what is done to it, and what differs in the rows read.
DOCUMENTS: dict[str, tuple[Callable[[], bytes], list[dict[str, str]]]] = {
    "as it is": (lambda: document([PLAN, task(1), task(2)]), [{}, {}]),
    "cut by a page": (lambda: document([PLAN, task(1)], [task(2)]), [{}, {}]),
    "cut, with the header again": (lambda: document([PLAN, task(1)], [PLAN, task(2)]), [{}, {}]),
    "a title inside the table": (
        lambda: document([["年度计划", *[""] * 10], PLAN, task(1), task(2)]),
        [{}, {}],
    ),
    "a table of signatures": (lambda: document([PLAN, task(1), task(2)], [["编制处室：某处", "2026年1月"]]), [{}, {}]),
    "tracked changes": (lambda: document([PLAN, task(1), task(2)], then=_tracked), [{}, {}]),
    "content controls": (lambda: document([PLAN, task(1), task(2)], then=_controls), [{}, {}]),
    "a text box in a cell": (
        lambda: document([PLAN, task(1), task(2)], then=_boxed),
        [{"item_text": "事项\n框内"}, {}],
    ),
    "the table in a text box": (lambda: document([PLAN, task(1), task(2)], then=_in_a_box), [{}, {}]),
    "the table in a frame of one cell": (lambda: document([PLAN, task(1), task(2)], then=_laid_out), [{}, {}]),
    "cells joined downwards": (
        lambda: document([PLAN, task(1), task(2, lead_text="")], then=_joined_down),
        [{}, {}],
    ),
    "a row that begins later": (
        lambda: document([PLAN, task(1), task(2)], then=_shifted),
        [{}, {"plan_no": ""}],
    ),
    "hidden text": (lambda: document([PLAN, task(1), task(2)], then=_hidden), [{}, {}]),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_tables_in_documents(what: str) -> None:
    make, differs = DOCUMENTS[what]
    table = sheets.read("a.docx", make())
    names = [column.name for column in columns.PLAN]
    wanted = [dict(zip(names, task(n), strict=True)) | each for n, each in enumerate(differs, start=1)]
    assert [dict(row.cells) for row in table.rows] == wanted


def test_a_number_that_the_word_processor_counts_is_refused_with_what_to_do() -> None:
    def counted(made: Any) -> None:
        cell = made.tables[0].cell(1, 2)
        cell.text = ""
        properties = cell.paragraphs[0]._p.get_or_add_pPr()
        properties.append(word_xml('<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'))

    (first, second) = sheets.read("a.docx", document([PLAN, task(1), task(2)], then=counted)).rows
    assert first.flaws == {"task_no": "这一格是自动编号，读不到号码。请改成手工输入的号码。"}
    assert not second.flaws


# --- headers as offices write them ------------------------------------------------------------------------------------

# Kind, header, and the fields in its order; `-` for what is no field.
HEADERS = [
    ("entity", "序号|企业信用代码|单位全称|所属县区|经营地址|法定代表人/负责人|手机号码|信用风险分类结果|备注", "- label name district address contact phone risk_class -"),  # noqa: E501
    ("entity", "统一社会信用代码（必填）|被检查单位名称|行业领域|属地|主要负责人|联系人电话|企业风险等级", "label name industry district contact phone risk_class"),  # noqa: E501
    ("entity", "专项库|标签|统一社会信用代码|名称|许可证名称|资质", "kind tags label name licences -"),
    ("entity", "档案编号|设台单位|所在地址|联络员|办公电话", "register_no name address contact phone"),
    ("entity", "统一代码|市场主体|县（市、区）|登记住所|营业状态|统计截止日期", "label name district address state as_of"),  # noqa: E501
    ("inspector", "单位工号|姓名|性别|身份证号|手机号|学历|执法事项范围|层级|担任职务|所在业务部门|是否专家|执法证编号|执法证有效期|执法人员状态", "- name sex id_number phone - kind - post unit - label valid_until state"),  # noqa: E501
    ("inspector", "行政执法证件号码|执法检查人员|所属处室|执法类别|证件到期日期", "label name unit kind valid_until"),
    ("inspector", "单位名称|姓 名|证件号|有效期限|业务特长", "unit name label valid_until specialties"),
    ("item", "序号|检查项目|设定依据|检查内容和方法|责任科室|事项类型|年度抽查比例|抽查频率", "- name basis content subject category ratio frequency"),  # noqa: E501
    ("item", "随机抽查事项名称|法律法规依据|抽查机关|检查方法", "name basis subject method"),
    ("expert", "聘书编号|专家姓名|专业方向|专业技术职称|现工作单位|聘期截止日期", "label name field title employer valid_until"),  # noqa: E501
    ("recusal", "回避人员|行政执法证号|被检查单位|企业信用代码|申请回避理由", "inspector_name inspector entity_name entity reason"),  # noqa: E501
    ("people", "姓名|所在科室|用户角色|手机号码", "name unit roles phone"),
    ("plan", "序号|检查主体|年度计划名称|检查内容|计划开展时间|股室|抽查比例|抽查频次|抽查数量", "- lead_text plan_name item_text period_text - ratio_text - -"),  # noqa: E501
    ("plan", "任务名称|牵头科室|配合科室|抽查对象及范围|抽查检查事项|抽查比例及数量|抽查时间安排", "name lead_text joint_text scope_text item_text ratio_text period_text"),  # noqa: E501
    ("plan", "抽查计划编号|任务名称|抽查类型|抽查对象|发起部门|参与部门|抽查比例(数量)|检查方式|起止时间|抽查事项", "plan_no name kind scope_text lead_text joint_text ratio_text - period_text item_text"),  # noqa: E501
    ("platform", "任务编号|统一社会信用代码/注册号|被检查对象名称|检查组长|检查组成员|检查完成时限", "task_no entity entity_name leader inspectors due"),  # noqa: E501
    ("platform", "抽查任务|企业名称|企业信用代码|执法检查人员姓名|行政执法证件号|摇号日期", "task_name entity_name entity inspectors certificates drawn_on"),  # noqa: E501
    ("holidays", "节假日名称|放假起止时间|调休日期|天数", "name off work -"),
    ("holidays", "年月日|日期类型|说明|文号", "day working name source"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "header", "fields"), HEADERS)
def test_headers_as_offices_write_them(kind: str, header: str, fields: str) -> None:
    titles, wanted = header.split("|"), fields.split()
    table = sheets.read("a.xlsx", book(["某局"], titles, [f"值{n}" for n in range(len(titles))]))
    assert table.kind == kind
    assert [{n: name for name, n in table.columns.items()}.get(n, "-") for n in range(len(titles))] == wanted


# --- what is no table -------------------------------------------------------------------------------------------------

GOOD = book(HEADER, ROW)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
PROTECTED = OLE + "EncryptedPackage".encode("utf-16-le")
HTML = '<html xmlns:o="urn:schemas-microsoft-com:office:office"><table><tr><td>企业</td></tr></table></html>'.encode()

REFUSED = [
    ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(99), "这是图片"),
    ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(99), "这是图片"),
    ("a.xlsx", b"\xff\xd8\xff\xe0" + bytes(99), "这是图片"),
    ("a.heic", b"\x00\x00\x00\x18ftypheic" + bytes(99), "这是图片"),
    ("a.pdf", b"%PDF-1.7", "这是 PDF 文件"),
    ("a.ofd", zipped({"OFD.xml": "x"}), "这是 OFD 文件"),
    ("a.rar", b"Rar!\x1a\x07\x00" + bytes(50), "这是压缩包"),
    ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50), "这是压缩包"),
    ("a.csv.gz", b"\x1f\x8b\x08" + bytes(50), "这是压缩包"),
    ("a.zip", zipped({"名单.xlsx": GOOD}), "压缩包"),
    ("a.xls", HTML, "其实是网页"),
    ("a.xlsx", HTML, "其实是网页"),
    ("a.csv", HTML, "其实是网页"),
    ("a.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "其实是 XML"),
    ("a.xls", "企业\t代码".encode("gb18030"), "扩展名是 .xls，内容却不是"),
    ("a.numbers", zipped({"Index/Document.iwa": "x"}), "这是 Numbers 表格"),
    ("a.pages", zipped({"Index/Document.iwa": "x"}), "这是 Pages 文稿"),
    ("a.pptx", zipped({"ppt/presentation.xml": "x"}), "这是演示文稿"),
    ("a.rtf", b"{\\rtf1 x}", "这是 RTF"),
    ("a.doc", b"{\\rtf1 x}", "这是 RTF"),
    ("a.ods", zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "x"}), ".ods"),
    ("a.odt", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}), ".odt"),
    ("a.xlsb", zipped({"xl/workbook.bin": "x"}), ".xlsb"),
    ("a.et", OLE, ".et"),
    ("a.wps", OLE, ".wps"),
    ("a.doc", OLE, ".doc"),
    ("a.xls", OLE, ".xls"),
    ("a.xlsx", PROTECTED, "加了打开密码"),
    ("a.docx", PROTECTED, "加了打开密码"),
    ("a.docm", with_part(document([PLAN, task(1)]), "word/vbaProject.bin", b"x"), "不带宏的 .docx"),
    ("a.csv", bytes(range(256)) * 9, "不是能读的表格"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "says"), REFUSED, ids=[f"{n}-{each[0]}" for n, each in enumerate(REFUSED)])
def test_what_is_no_table_is_called_by_its_name_with_what_to_do(name: str, data: bytes, says: str) -> None:
    with pytest.raises(SheetError) as refusal:
        sheets.read(name, data)
    sentence = str(refusal.value)
    assert says in sentence
    assert "请" in sentence and sentence.endswith("。")
    # Where a table is inside, the way to .xlsx or .docx is told.
    assert any(word in sentence for word in (".xlsx", ".docx"))


def test_a_name_that_begins_like_a_sum_is_a_row() -> None:
    header = ["企业名称", "统一社会信用代码"]
    table = sheets.read("a.xlsx", book(header, ["总计科技有限公司", C[0]], ["小计（2户）", None]))
    assert [row.get("name") for row in table.rows] == ["总计科技有限公司"]


# --- files made to keep a machine busy --------------------------------------------------------------------------------

CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'


@pytest.mark.parametrize(
    "sheet",
    [
        f"<sheetData>{CELL}" + '<c r="A1"><f>' * 40_000,
        f"<sheetData>{CELL}<f>1</f>" + "<c r=A1 " * 40_000 + "</sheetData>",
        f"<sheetData>{CELL}" + "<row hidden=" * 40_000,
        f"<sheetData>{CELL}" + "<c r='AAAAAAAA9999999' " * 40_000,
    ],
    ids=["formula", "cell", "row", "place"],
)
def test_a_broken_sheet_is_refused_in_a_moment(sheet: str) -> None:
    began = time.process_time()
    with pytest.raises(SheetError):
        sheets.read("a.xlsx", raw(sheet))
    assert time.process_time() - began < 5


FAR = '<c{} t="inlineStr"><is><t>x</t></is></c>'
# Cells very far away, for which a careless reader would make room: more than any machine has.
PLACES = [
    ("<row>" + FAR.format(' r="XFD1048576"') + "</row>", "列"),
    ("<row>" + FAR.format(' r = "XFD1048576"') + "</row>", "损坏"),
    ("<row>" + FAR.format(" r='XFD1048576'") + "</row>", "列"),
    ("<row>" + FAR.format(' r="xfd1048576"') + "</row>", "损坏"),
    ("<row>" + FAR.format(' r="$XFD$1048576"') + "</row>", "损坏"),
    ("<row>" + FAR.format(' r="&#88;FD1048576"') + "</row>", "损坏"),
    ("<row>" + FAR.format(' r="A99999999"') + "</row>", "损坏"),
    ('<row r="99999999">' + FAR.format("") + "</row>", "损坏"),
    ('<row r="1048576">' + FAR.format("") + "</row>", "行"),
    ("<row>" + FAR.format(' r="A1048576"') + "</row>", "行"),
]


@pytest.mark.parametrize(("row", "says"), PLACES)
def test_a_cell_far_away_is_refused_before_room_is_made(row: str, says: str) -> None:
    with pytest.raises(SheetError, match=says):
        sheets.read("a.xlsx", raw(f"<sheetData>{CELL}{row}</sheetData>"))


def test_an_empty_row_with_a_format_far_below_is_no_harm() -> None:
    sheet = inline(HEADER, ROW).replace("</sheetData>", '<row r="1048576" ht="20"></row></sheetData>')
    assert len(sheets.read("a.xlsx", raw(sheet)).rows) == 1


def test_cells_merged_over_and_over_are_refused() -> None:
    areas = "".join('<mergeCell ref="B2:B1048576"/>' for _ in range(100_000))
    with pytest.raises(SheetError, match="损坏"):
        sheets.read("a.xlsx", raw(inline(HEADER, *[ROW] * 50) + f"<mergeCells>{areas}</mergeCells>"))


def test_a_number_beyond_all_dates_is_refused_with_what_to_do() -> None:
    sheet = inline(HEADER, ROW).replace(
        "</row></sheetData>", '<c s="1"><v>-911300000000000000</v></c></row></sheetData>'
    )
    with pytest.raises(SheetError, match="日期格式（显示为 ####）"):
        sheets.read("a.xlsx", raw(sheet, formats=[14]))


def test_a_document_that_unpacks_to_gigabytes_is_refused_before_it_is_opened() -> None:
    data = document([PLAN, task(1)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("word/document.xml")
    long = text.replace(b"<w:sectPr", b"<w:p/>" * 6_000_000 + b"<w:sectPr", 1)
    with pytest.raises(SheetError, match="解压后超过 30 MB"):
        sheets.read("a.docx", with_part(data, "word/document.xml", long))


# --- the marked copy --------------------------------------------------------------------------------------------------


def test_a_marked_copy_is_the_file_as_it_was_sent_and_comes_back() -> None:
    def dressed(sheet: Any) -> None:
        sheet.title = "名单"
        sheet.merge_cells("A1:D1")
        sheet.merge_cells("C3:C4")
        sheet.column_dimensions["B"].width = 44
        sheet["D3"].number_format = "yyyy/m/d"
        sheet["B4"].comment = Comment("本单位的批注", "某某")
        sheet.parent.create_sheet("说明").append(["别的内容"])

    data = book(["某局名单"], HEADER, [*ROW[:3], datetime(2026, 1, 1)], ["1", "乙", None, None], then=dressed)  # noqa: DTZ001
    table = sheets.read("a.xlsx", data)
    marked = workbook.marked_copy(
        table, [(4, "统一社会信用代码", "有 1 位"), (4, "企业名称", "太短"), (4, "信用风险等级", "没有这个等级")]
    )
    made = load_workbook(io.BytesIO(marked))
    sheet = made["名单"]
    assert made.sheetnames == ["名单", "说明"]
    assert sheet["A4"].fill.fgColor.rgb.endswith("FFC7CE") and sheet["A4"].comment.text == "有 1 位"
    assert sheet["B4"].comment.text == "本单位的批注\n太短"
    assert sheet["C3"].comment.text == "没有这个等级"  # the cell that shows of the merged ones
    assert not sheet["A3"].fill.fgColor.rgb.endswith("FFC7CE")
    assert [sheet["E2"].value, sheet["E3"].value] == ["未导入原因", None]
    assert sheet["E4"].value == "有 1 位\n太短\n没有这个等级"
    assert (sheet.column_dimensions["B"].width, sheet["D3"].number_format) == (44, "yyyy/m/d")
    # Put right and sent back, it is read like the first, and marked anew without the old marks.
    sheet["A4"] = C[1]
    out = io.BytesIO()
    made.save(out)
    again = sheets.read("b.xlsx", out.getvalue())
    assert [row.get("label") for row in again.rows] == [C[0], C[1]]
    assert again.notes == ("「说明」没有导入：一次只导入一张表。需要时请把它单独存成文件再发。",)
    assert again.unknown == ()
    anew = load_workbook(io.BytesIO(workbook.marked_copy(again, [(3, "企业名称", "太长")])))["名单"]
    assert anew["A4"].comment is None and not anew["A4"].fill.fgColor.rgb.endswith("FFC7CE")
    assert [anew["E3"].value, anew["E4"].value, anew["F2"].value] == ["太长", None, None]


def test_a_file_that_only_its_reader_takes_is_marked_as_text() -> None:
    table = sheets.read("a.xlsx", raw(_prefixed()))
    broken = replace(table, file=table.file[:-40])
    sheet = load_workbook(io.BytesIO(workbook.marked_copy(broken, [(2, "企业名称", "不对")]))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == [*ROW, "不对"]
