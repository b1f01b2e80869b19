"""Report forms as files: the sheet and the document that go out, and what comes back in either."""

import hashlib
import re

from handlers import issue
from handlers.answer import File
from handlers.registry import Incoming, Kit
from models.act import Act, Refused
from models.report import Filled, period_text
from models.report_papers import NOW
from models.report_papers import paper as paper_view
from templates import report_sheets, sheets, word
from templates.report_sheets import Head, Returned
from templates.texts import say

SUFFIXES = (".xlsx", ".xls", ".csv", ".docx", ".doc", ".wps", ".pdf", ".ofd", ".zip", ".jpg", ".jpeg", ".png")
# What the sheet of a form is called where it is only part of the report.
_TABLES = {"quarter": "工作总结数据表", "year": "工作总结数据表", "plan": "计划申报表"}
_READABLE = (".xlsx", ".csv", ".docx")


def check(file: Incoming) -> None:
    """Refuse what is no report: an empty file, or one of a kind that nobody could open."""
    if not file.data:
        raise Refused(str(say("report.empty_file")))
    if file.kind == "document" and not file.name.lower().endswith(SUFFIXES):
        raise Refused(str(say("report.wrong_file", name=file.name[:60] or "没有文件名")))


def readable(file: Incoming) -> bool:
    """Whether its figures may be read."""
    return file.kind == "document" and file.name.lower().endswith(_READABLE)


def read(file: Incoming, lines: str) -> Returned | str:
    """What a file says, or the sentence why it cannot be read."""
    try:
        return report_sheets.read(file.name, file.data, lines)
    except sheets.SheetError as error:
        return str(error)


def mark(file: Incoming) -> tuple[str, str, int] | None:
    """The mark of a form of ours."""
    return report_sheets.mark_of(file.name, file.data) if readable(file) else None


def sheet(found: Filled) -> File:
    """The form as .xlsx."""
    row, shape = found.draft, found.form
    head = Head(
        title=f"{period_text(shape, row.period)}“双随机、一公开”监管{_TABLES.get(shape.code, shape.title)}",
        unit=found.unit.name,
        first=found.first,
        last=found.last,
        now=NOW.get(shape.code, "本期"),
        mark=(row.code, row.period, row.unit_id),
    )
    if shape.lines:
        data = report_sheets.lines_form(head, shape.lines, row.lines)
    else:
        data = report_sheets.form(head, found.values, found.asked)
    return File(f"{found.title}-{_safe(found.unit.name)}.xlsx", data)


def paper(act: Act, found: Filled, kit: Kit | None = None) -> File:
    """The form as .docx, on the template in use where `kit` can read one; its digest is kept for 核验."""
    view = paper_view(act, found)
    data = issue.made(act, kit, view, None)[0] if kit else word.fill(view)
    subject, number = ("deadline", found.deadline.id) if found.deadline else ("unit", found.unit.id)
    issue.register(act, data, subject, number or 0, title=word.file_name(view).removesuffix(".docx"))
    return File(word.file_name(view), data)


def digest(data: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(data).hexdigest()


def training_lines(text: str) -> list[dict[str, str]]:
    """Typed lines `3月，执法业务培训，全体执法人员，30`; the number of people may be missing. Raises Refused."""
    found = []
    for line in text.splitlines():
        parts = [each.strip() for each in re.split(r"[，,；;、|｜\t]", line) if each.strip()]
        if not parts:
            continue
        if len(parts) < 3 or len(parts) > 4 or (len(parts) == 4 and not re.fullmatch(r"\d{1,6}人?", parts[3])):
            raise Refused(
                f"「{line.strip()[:30]}」没有看懂。请写成「3月，执法业务培训，全体执法人员，30」（时间，内容，对象，人数）。"
            )
        found.append(dict(zip(("when", "topic", "people", "count"), (*parts, "")[:4], strict=True)))
    return found


def _safe(name: str) -> str:
    return re.sub(r"[\s/\\:*?\"<>|]+", "_", name)[:40]
