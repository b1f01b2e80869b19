"""What a reminder and /report offer for each report: its form, 零报告 in one tap, the sheet, another way."""

from collections.abc import Iterable

from handlers import report_file, report_form
from handlers.answer import Answer, File, Key, column, key
from handlers.registry import Ask, button
from models import duty, report
from models.act import Act
from models.duty import Deadline, DeadlineState

KEYS = 6


def keys(act: Act, rows: Iterable[Deadline]) -> tuple[tuple[Key, ...], ...]:
    """Buttons for what is open: all there is for one report, one for each of several."""
    open_ = [row for row in rows if row.state == DeadlineState.OPEN]
    if len(open_) == 1 and (form := report.form_of(act, open_[0])) is not None:
        number = open_[0].id or 0
        first = [key("开始填报", "rf_open", number)]
        if form.figures or form.lines:
            first.append(key("零报告", "rp_nil", number))
        sheet = ("下载表格 .xlsx", "rp_sheet") if form.figures or form.lines else ("下载 Word", "rp_paper")
        return tuple(first), (key(*sheet, number), key("已用其他方式报送", "rp_elsewhere", number))
    found = []
    for row in open_[:KEYS]:
        form = report.form_of(act, row)
        if form is None:
            found.append(key(f"已报送 · {row.title} {duty.period_text(row)}", "reported", row.id or 0))
        else:
            found.append(key(f"填报 · {form.title} {report.period_text(form, row.period)}", "rf_open", row.id or 0))
    return column(*found)


def file(act: Act, row: Deadline) -> File | None:
    """The form of a report filled in with what is known, for the first reminder; None where it has no form."""
    found = report.preview(act, row)
    if found is None:
        return None
    if found.form.figures or found.form.lines:
        return report_file.sheet(found)
    return report_file.paper(act, found)


@button("rp_nil")
def nil(ask: Ask) -> Answer | None:
    """零报告 in one tap."""
    return report_form.nil(ask.with_args(str(report.begin(ask.act, ask.number()).id)))


@button("rp_sheet")
def sheet(ask: Ask) -> Answer | None:
    """The form as .xlsx."""
    return report_form.sheet(ask.with_args(str(report.begin(ask.act, ask.number()).id)))


@button("rp_paper")
def paper(ask: Ask) -> Answer | None:
    """The form as .docx."""
    return report_form.paper(ask.with_args(str(report.begin(ask.act, ask.number()).id)))


@button("rp_elsewhere")
def elsewhere(ask: Ask) -> Answer | None:
    """已用其他方式报送."""
    return report_form.elsewhere(ask.with_args(str(report.begin(ask.act, ask.number()).id)))
