"""Tables to fill in (下载模板): a kind's columns, drop-down lists, and one example row that an import skips."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from templates import columns, samples, workbook

# A list inside a cell's rule may have this many characters; longer ones stand on a hidden sheet.
_LONGEST = 250
# How many rows under the header offer the lists.
_ROWS = 2000

_FIXED: dict[str, dict[str, Sequence[str]]] = {
    "plan": {"kind": ("不定向抽查", "定向抽查")},
    "item": {"category": ("一般", "重点")},
    "entity": {"state": ("存续", "停业", "吊销", "注销", "迁出")},
    "inspector": {"sex": ("男", "女"), "state": ("在岗", "离岗")},
    "recusal": {},
    "expert": {"state": ("在库", "退出")},
    "platform": {},
    "holidays": {"working": ("放假", "上班")},
    "people": {"roles": ("管理员", "工作人员", "检查人员", "联络员", "领导", "复核人", "专家", "见证人")},
}

_EXPERT = {
    "label": "Z001",
    "name": "示例专家",
    "field": "民爆",
    "title": "高级工程师",
    "employer": "示例研究院",
    "phone": "00000000000",
    "valid_until": "2028-12-31",
    "state": "在库",
}
_DAY = {
    "day": "2027-01-01",
    "working": "放假",
    "name": "元旦",
    "source": "示例：国务院办公厅关于2027年部分节假日安排的通知",
}
_PERSON = {"name": "示例姓名", "unit": "示例处室", "roles": "工作人员、复核人", "label": "", "phone": "00000000000"}


def _visit() -> dict[str, str]:
    entity, people = samples.entities()[0], samples.inspectors()[:2]
    return {
        "plan_no": "2026001",
        "task_no": "001",
        "task_name": "示例任务",
        "drawn_on": "2026-03-02",
        "entity": entity["label"],
        "entity_name": entity["name"],
        "inspectors": "、".join(each["name"] for each in people),
        "certificates": "、".join(each["label"] for each in people),
        "due": "2026-05-29",
    }


def example(kind: str) -> dict[str, str]:
    """One filled row of a kind; it can belong to nobody."""
    rows = {
        "plan": lambda: samples.plan()["row"][0],
        "item": lambda: samples.items()[0],
        "entity": lambda: samples.entities()[0] | {"as_of": "2026-01-01"},
        "inspector": lambda: samples.inspectors()[0],
        "recusal": lambda: samples.recusals()[0],
        "people": lambda: _PERSON,
        "expert": lambda: _EXPERT,
        "platform": _visit,
        "holidays": lambda: _DAY,
    }
    return dict(rows[kind]())


def blank(kind: str, lists: Mapping[str, Sequence[str]], *, now: datetime | None = None) -> bytes:
    """A table of a kind to fill in, as .xlsx. `lists` adds the office's own words (field name → words to choose from).

    Nothing that is typed beside a list is refused here: the importer says what it cannot take.
    """
    from openpyxl import load_workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    shape = columns.SHAPES[kind]
    filled = example(kind)
    line = [columns.EXAMPLE, *(filled.get(column.name, "") for column in shape)]
    data = workbook.xlsx(["序号", *(c.title for c in shape)], [line], [8, *(c.width for c in shape)], now=now)
    book = load_workbook(io.BytesIO(data))
    sheet = book.active
    assert sheet is not None
    for cell in sheet[2]:
        cell.font = Font(italic=True, color="FF808080")
    wanted = _FIXED[kind] | dict(lists)
    for index, column in enumerate(shape, start=2):
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].number_format = "@"
        words = list(wanted.get(column.name, ()))
        if not words:
            continue
        offered = f'"{",".join(words)}"'
        if len(offered) > _LONGEST or any("," in word or '"' in word for word in words):
            offered = _listed(book, letter, words)
        rule = DataValidation(type="list", formula1=offered, allow_blank=True, showErrorMessage=False)
        rule.add(f"{letter}2:{letter}{_ROWS}")
        sheet.add_data_validation(rule)
    return workbook.saved(book, now)


def _listed(book: Any, letter: str, words: Sequence[str]) -> str:
    """Put words into a column of the hidden sheet of lists; returns where they stand."""
    if columns.CHOICES not in book.sheetnames:
        book.create_sheet(columns.CHOICES).sheet_state = "hidden"
    sheet = book[columns.CHOICES]
    for at, word in enumerate(words, start=1):
        sheet[f"{letter}{at}"].value = word
        sheet[f"{letter}{at}"].data_type = "s"
    return f"{columns.CHOICES}!${letter}$1:${letter}${len(words)}"
