"""Files as offices send them: what is read, what is refused and in which words, and what goes out again."""

import io
import zipfile
from datetime import date
from typing import Any

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from templates import columns, samples, sheets, workbook
from templates.sheets import Limits, SheetError

HEADER = ["统一社会信用代码", "企业名称", "风险等级"]
CODE = "919900000000000192"


def book(*rows: list[Any], then: Any = None) -> bytes:
    """An .xlsx with these rows; `then` may change the sheet."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if then is not None:
        then(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def document(*tables: list[list[str]]) -> bytes:
    """A .docx with these tables and a line of text after each."""
    made = docx.Document()
    for rows in tables:
        table = made.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        made.add_paragraph("编制处室：政策法规处")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def cells(filename: str, data: bytes, **options: Any) -> list[dict[str, str]]:
    return [dict(row.cells) for row in sheets.read(filename, data, **options).rows]


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plan-2020.docx", "plan-2020.xlsx"])
def test_the_real_plan_is_read_whole_with_its_slips(name: str) -> None:
    table = sheets.read(name, samples.read(name))
    assert table.kind == "plan"
    assert len(table.rows) == 15
    assert list(table.titles.values()) == columns.titles("plan")
    by_no = {row.get("plan_no"): row for row in table.rows}
    assert "202009" in by_no
    assert by_no["2020011"].get("task_no") == "011号"
    assert by_no["2020001"].get("name") == "2020年民爆安省工业和信息化厅全生产随机抽查"
    assert by_no["2020002"].get("item_text").split("\n") == [
        "1.履约基础管理作",
        "2.核查资料准备作",
        "3贯彻《条例》情况",
    ]
    assert by_no["202009"].get("joint_text") == "唐山局监督检查科\n监测站"


def test_the_header_is_found_below_titles_with_breaks_blanks_and_synonyms() -> None:
    data = book(
        ["某局检查对象名录库"],
        ["填报日期：2026年3月1日"],
        ["序号", "社会信用\n代码", " 企业 名称 ", "信用风险分类（A-D）", "备注"],
        [1, CODE, "示例甲公司", "A", "新增"],
        [None, None, None],
        ["合计", 1],
        ["填表人：示例"],
        then=lambda sheet: sheet.merge_cells("A1:E1"),
    )
    table = sheets.read("a.xlsx", data)
    assert (table.kind, table.header_row) == ("entity", 3)
    assert [row.number for row in table.rows] == [4]
    assert table.rows[0].cells == {"label": CODE, "name": "示例甲公司", "risk_class": "A"}
    assert table.title("label") == "社会信用代码"
    # Nothing is dropped silently.
    assert any("备注" in note for note in table.notes)
    assert any("第 6 行" in note and "合计" in note for note in table.notes)
    assert any("第 7 行" in note and "填表人" in note for note in table.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_comes_in_every_usual_encoding(encoding: str, mark: str) -> None:
    text = "\r\n".join([mark.join(HEADER), mark.join([CODE, '"示例""甲""\n公司"', "A"])])
    assert cells("a.csv", text.encode(encoding)) == [{"label": CODE, "name": '示例"甲"\n公司', "risk_class": "A"}]


def test_text_kept_as_text_in_a_csv_is_unwrapped() -> None:
    text = f'{",".join(HEADER)}\n"=""{CODE}""",\'=示例,A'
    assert cells("a.csv", text.encode()) == [{"label": CODE, "name": "=示例", "risk_class": "A"}]


def test_numbers_stored_as_numbers_read_as_people_see_them() -> None:
    def formats(sheet: Any) -> None:
        sheet["A2"].number_format = "000"
        sheet["C2"].number_format = "0%"
        sheet["C3"].number_format = "0.0%"

    header = ["任务编号", "任务名称", "抽查比例", "抽查时间"]
    rows = [
        [7, "甲", 0.07, date(2026, 3, 1)],
        [8.0, "乙", 0.025, "全年"],
        [12.5, "丙", 1, True],
    ]
    read = cells("a.xlsx", book(header, *rows, then=formats))
    assert [row["task_no"] for row in read] == ["007", "8", "12.5"]
    assert [row["ratio_text"] for row in read] == ["7%", "2.5%", "1"]
    assert [row["period_text"] for row in read] == ["2026-03-01", "全年", "是"]


def test_a_code_that_lost_digits_shows_it() -> None:
    read = cells("a.xlsx", book(HEADER, [911300000000000000, "示例甲公司", "A"]))
    assert read[0]["label"] == "9.113E+17"


def test_formulas_and_error_values_are_flaws_of_their_cells() -> None:
    def broken(sheet: Any) -> None:
        sheet["A2"] = '="9"&"1"'
        sheet["C2"] = "#N/A"
        sheet["C2"].data_type = "e"

    row = sheets.read("a.xlsx", book(HEADER, ["", "示例甲公司", ""], then=broken)).rows[0]
    assert "公式" in row.flaws["label"]
    assert "错误值" in row.flaws["risk_class"]
    assert set(row.flaws) == {"label", "risk_class"}


def test_cells_merged_downwards_count_for_every_row() -> None:
    header = ["抽查计划编号", "抽查任务编号", "抽查任务名称", "抽查比例", "抽查时间"]
    data = book(
        header,
        ["2026001", "001", "甲", "5%", "全年"],
        [None, "002", "乙", None, "全年"],
        then=lambda sheet: (sheet.merge_cells("A2:A3"), sheet.merge_cells("D2:D3")),
    )
    assert [row["plan_no"] for row in cells("a.xlsx", data)] == ["2026001", "2026001"]
    assert [row["ratio_text"] for row in cells("a.xlsx", data)] == ["5%", "5%"]


def test_a_header_of_two_rows_is_read_by_its_lower_one() -> None:
    def merged(sheet: Any) -> None:
        for area in ("A1:E1", "A2:A3", "B2:C2", "D2:E2"):
            sheet.merge_cells(area)

    data = book(
        ["某局双随机抽查结果"],
        ["任务编号", "检查对象", None, "检查情况", None],
        [None, "统一社会信用代码", "企业名称", "检查人员", "执法证号"],
        ["001", CODE, "示例甲公司", "张三、李四", "990001、990002"],
        then=merged,
    )
    table = sheets.read("a.xlsx", data)
    assert (table.kind, table.header_row) == ("platform", 3)
    assert table.rows[0].cells == {
        "task_no": "001",
        "entity": CODE,
        "entity_name": "示例甲公司",
        "inspectors": "张三、李四",
        "certificates": "990001、990002",
    }


@pytest.mark.parametrize("below", ["", "merged"])
def test_titles_over_titles_are_read_together(below: str) -> None:
    """抽查事项 over 类别 and 名称, with the other titles merged downwards or left blank below."""
    top = ["序号", "抽查事项", "", "抽查依据", "抽查主体", "抽查比例\n及频次"]
    low = ["", "类别", "名称", "", "", ""]
    if below:
        low = [top[0], "类别", "名称", *top[3:]]
    rows = [["某局随机抽查事项清单"], top, low, ["1", "重点", "食盐检查", "某条例第二条", "盐业处", "5%；1次/年"]]
    table = sheets.read("a.docx", document([[*row, *[""] * (6 - len(row))] for row in rows]))
    assert (table.kind, table.header_row, len(table.rows)) == ("item", 3, 1)
    assert table.rows[0].cells == {
        "category": "重点",
        "name": "食盐检查",
        "basis": "某条例第二条",
        "subject": "盐业处",
        "ratio": "5%；1次/年",
    }
    assert table.titles["name"] == "抽查事项名称"


def test_a_blank_title_does_not_swallow_the_first_row_of_data() -> None:
    for header, row in (
        (["统一社会信用代码", "企业名称", ""], [CODE, "示例甲", "x"]),
        (["企业名称", "", "统一社会信用代码"], ["示例甲", "分店", CODE]),
        (["序号", "", "企业名称", "统一社会信用代码"], ["1", "甲", "示例甲", CODE]),
    ):
        table = sheets.read("a.xlsx", book(header, row))
        assert (table.header_row, [each.get("label") for each in table.rows]) == (1, [CODE])


def test_hidden_and_further_sheets_are_named_and_not_read() -> None:
    def more(sheet: Any) -> None:
        sheet.parent.create_sheet("旧表").append(["不要"])
        hidden = sheet.parent.create_sheet("藏着")
        hidden.append(HEADER)
        hidden.sheet_state = "hidden"

    table = sheets.read("a.xlsx", book(HEADER, [CODE, "甲", "A"], then=more))
    assert len(table.rows) == 1
    assert any("旧表" in note for note in table.notes)
    assert any("藏着" in note for note in table.notes)


def test_a_table_cut_in_two_by_a_page_goes_on_below() -> None:
    header = ["抽查计划编号", "抽查任务名称", "抽查比例", "抽查时间"]
    first = [header, ["2026001", "甲", "5%", "全年"]]
    bare = [["2026002", "乙", "5%", "全年"]]
    repeated = [header, ["2026003", "丙", "5%", "全年"]]
    assert [row["name"] for row in cells("a.docx", document(first, bare, repeated))] == ["甲", "乙", "丙"]


def test_a_kind_is_recognised_by_its_own_export() -> None:
    record = {"label": "990000001", "name": "示例"}
    for kind in columns.SHAPES:
        filled = {column.name: "示例" for column in columns.SHAPES[kind]} | record
        assert sheets.read("a.xlsx", workbook.write_xlsx(kind, [filled])).kind == kind


# --- what is refused --------------------------------------------------------------------------------------------------


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info.filename))
        new.writestr(name, content)
    return out.getvalue()


GOOD = book(HEADER, [CODE, "甲", "A"])
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
WIDE = book(HEADER, [CODE, "甲", "A"], then=lambda sheet: sheet.cell(2, 16_384, "远"))
DEEP = book(HEADER, [CODE, "甲", "A"], then=lambda sheet: sheet.cell(1_048_576, 1, "远"))


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.xlsx", b"", "文件是空的"),
        ("a.xlsx", b"hello", "扩展名是 .xlsx，内容却不是 .xlsx 表格"),
        ("a.xlsx", b"<html><table></table></html>", "其实是网页"),
        ("a.docx", b"hello", "扩展名是 .docx"),
        ("a.xlsx", zipped(a_DOT_txt=b"x"), "是压缩包，里面没有表格"),
        ("a.xlsx", GOOD[: len(GOOD) // 2], "损坏"),
        ("a.xls", OLD, "旧格式的 .xls 文件"),
        ("a.xls", OLD, "另存为"),
        ("a.doc", OLD, "旧格式的 .doc 文件"),
        ("a.xlsx", OLD + "EncryptedPackage".encode("utf-16-le"), "加了打开密码"),
        ("a.pdf", b"%PDF-1.7 ...", "这是 PDF 文件"),
        ("a.xlsm", with_part(GOOD, "xl/vbaProject.bin", b"x"), "带有宏"),
        ("a.xlsb", zipped(xl__workbook_DOT_bin=b"x"), ".xlsb"),
        ("a.ods", zipped(mimetype=b"x", content_DOT_xml=b"x"), ".ods"),
        ("a.csv", b"\x00\x01\x02\x03", "不是能读的表格"),
        ("a.csv", "只有一列\n数据".encode(), "没有找到能认出的表头"),
        ("a.csv", "企业名称,信用风险等级,住所\n甲,A,某地".encode(), "缺少：统一社会信用代码或者名录库编号"),
        ("a.csv", ",".join(HEADER).encode(), "下面没有数据"),
        ("a.docx", document([["甲", "乙"]]), "没有找到能认出的表头"),
        ("a.xlsx", WIDE, "第 16,384 列，超过 200 列的上限"),
        ("a.xlsx", DEEP, "第 1,048,576 行，超过 200,000 行的上限"),
        ("a.csv", (",".join(HEADER) + "\n" + "," * 300).encode(), "超过 200 列"),
        ("a.xlsx", with_part(GOOD, "xl/workbook.xml", b"<!DOCTYPE x><x/>"), "实体定义"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_that_says_what_to_do(name: str, data: bytes, says: str) -> None:
    with pytest.raises(SheetError) as refusal:
        sheets.read(name, data)
    assert says in str(refusal.value)


def test_a_document_without_a_table_says_so() -> None:
    made = docx.Document()
    made.add_paragraph("没有表格")
    out = io.BytesIO()
    made.save(out)
    with pytest.raises(SheetError, match="里没有表格"):
        sheets.read("a.docx", out.getvalue())


def test_a_zip_bomb_is_refused_by_what_it_declares_and_by_what_comes_out() -> None:
    bomb = with_part(GOOD, "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 3_000_000)
    assert len(bomb) < 20_000
    with pytest.raises(SheetError, match="解压后超过"):
        sheets.read("a.xlsx", bomb, limits=Limits(unpacked=2_000_000))
    # A declared size that lies: the directory says 10 bytes, 3 MB come out.
    lying = bytearray(bomb)
    true_size = (3_000_011).to_bytes(4, "little")
    at = lying.find(true_size)
    while at >= 0:
        lying[at : at + 4] = (10).to_bytes(4, "little")
        at = lying.find(true_size)
    with pytest.raises(SheetError, match=r"损坏|解压后超过"):
        sheets.read("a.xlsx", bytes(lying), limits=Limits(unpacked=2_000_000))


def test_a_file_over_the_limit_is_refused_by_its_size() -> None:
    with pytest.raises(SheetError, match="超过了 20 MB 的上限"):
        sheets.read("a.xlsx", bytes(30 * 1024 * 1024))


@pytest.mark.parametrize("name", ["plan-2020.xlsx", "plan-2020.docx"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_never_anything_else(name: str, data: st.DataObject) -> None:
    damaged = bytearray(samples.read(name))
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.just(len(damaged)) | st.integers(0, len(damaged)))
    try:
        assert sheets.read(name, bytes(damaged[:end])).rows
    except SheetError as refusal:
        assert str(refusal).endswith("。")


def test_too_many_rows_are_refused_in_numbers() -> None:
    text = "\n".join([",".join(HEADER), *[f"{CODE},甲,A"] * 60])
    with pytest.raises(SheetError, match="超过 20 行"):
        sheets.read("a.csv", text.encode(), limits=Limits(rows=20))


def test_a_million_empty_formatted_columns_are_no_harm() -> None:
    def styled(sheet: Any) -> None:
        sheet["XFD1"].number_format = "0%"

    assert len(sheets.read("a.xlsx", book(HEADER, [CODE, "甲", "A"], then=styled)).rows) == 1


# --- what goes out ----------------------------------------------------------------------------------------------------

TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=20
)
WRITERS = {"a.xlsx": workbook.write_xlsx, "a.csv": workbook.write_csv, "a.docx": workbook.write_docx}


@pytest.mark.parametrize("name", list(WRITERS))
@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(
        st.sampled_from(["=1+1", "-5", "+5", "@x", "007", "9.1E+17", "a;b", '"q"', "甲\n乙"]) | TEXT,
        min_size=3,
        max_size=3,
    )
)
def test_what_is_written_reads_back_the_same(name: str, values: list[str]) -> None:
    record = dict(zip(("label", "name", "district"), values, strict=True)) | {"address": "=cmd|x"}
    row = sheets.read(name, WRITERS[name]("entity", [record]), kind="entity").rows[0]
    assert {field: row.get(field) for field in record} == record
    assert not row.flaws


def test_nothing_written_is_ever_a_formula() -> None:
    data = workbook.write_xlsx("entity", [{"label": CODE, "name": "=HYPERLINK(1)"}], title="=1")
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert b"\n919900000000000192,,'=HYPERLINK" in workbook.write_csv(
        "entity", [{"label": CODE, "name": "=HYPERLINK(1)"}]
    )


@pytest.mark.parametrize("write", [workbook.write_xlsx, workbook.write_docx])
def test_same_rows_same_bytes(write: Any) -> None:
    assert write("plan", samples.plan()["row"]) == write("plan", samples.plan()["row"])


def test_the_marked_copy_keeps_every_cell_in_its_place_and_says_why() -> None:
    table = sheets.read("a.xlsx", book(["标题"], HEADER, ["1", "甲", "A"], [CODE, "乙", "B"]))
    marked = workbook.marked_copy(table, [(3, "统一社会信用代码", "有 1 位"), (3, "", "整行不对")])
    sheet = load_workbook(io.BytesIO(marked)).active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["标题", None, None, None],
        [*HEADER, "未导入原因"],
        ["1", "甲", "A", "有 1 位\n整行不对"],
        [CODE, "乙", "B", None],
    ]
    assert "有 1 位" in sheet["A3"].comment.text
    assert sheet["A3"].fill.fgColor.rgb.endswith("FFC7CE")
    assert sheet["B4"].fill.fgColor.rgb != sheet["A3"].fill.fgColor.rgb
    # The copy can be put right and sent back as it is.
    assert [row.get("name") for row in sheets.read("b.xlsx", marked).rows] == ["甲", "乙"]


def test_a_large_marked_copy_holds_the_refused_rows_alone() -> None:
    table = sheets.read("a.xlsx", book(HEADER, *[[CODE, f"第{n}家", "A"] for n in range(50)]))
    marked = workbook.marked_copy(table, [(31, "企业名称", "不对")], only_refused_from=20)
    assert [row.get("name") for row in sheets.read("b.xlsx", marked).rows] == ["第29家"]
