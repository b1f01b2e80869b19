"""导入记录: past imports page by page, what one of them changed row by row, and all of it as a file (DESIGN §4)."""

from collections.abc import Callable, Iterator, Sequence

from handlers.answer import Answer, File, Key, column, key, rows
from handlers.outside import Outside, ticking
from handlers.registry import Ask, button
from models import importlog, statechange
from models.act import Act, Refused
from models.importlog import Cell, Line, Logged
from models.importrun import RunState
from templates import fields, longsheet
from templates.columns import KIND_NAMES
from templates.longsheet import Head
from templates.texts import Html, lines, say

LARGE = 2_000
"""Rows of a run from which on its list is made in another process: about half a second's work."""

_SHOWN = 10
_AT_REST = (RunState.DONE, RunState.STOPPED)
# A longer value is cut in a message; the file has it whole.
_VALUE = 60

_COLUMNS = (("编号", 24), ("名称", 36), ("列", 18), ("原值", 34), ("新值", 34))


@button("import_log")
def log(ask: Ask) -> Answer | None:
    """One page of the runs; a button for each."""
    _private(ask)
    page = importlog.page(ask.act, ask.number() if ask.args else 0)
    if not page.runs:
        raise Refused(say("importlog.none"))
    told = [_line(page.first + at, each) for at, each in enumerate(page.runs)]
    numbers = [key(str(page.first + at), "import_one", each.id) for at, each in enumerate(page.runs)]
    turn = [
        *([key("上一页", "import_log", page.number - 1)] if page.number else []),
        *([key("下一页", "import_log", page.number + 1)] if page.number + 1 < page.pages else []),
    ]
    head = say("importlog.head", n=page.many, page=page.number + 1, pages=page.pages)
    others = [key("批量变更状态的记录", "gone_past")] if statechange.past(ask.act) else []
    keys = (*rows(numbers, 4), *((tuple(turn),) if turn else ()), *column(*others))
    return Answer(lines(head, *told, say("importlog.how")), keys, edit=bool(ask.args))


@button("import_one")
def one(ask: Ask) -> Answer | None:
    """One run: what it changed, the first rows in the message."""
    _private(ask)
    run = importlog.run(ask.act, ask.number())
    found, many = importlog.shown(ask.act, run.id, _SHOWN)
    text = lines(
        say("importlog.one", kind=KIND_NAMES[run.kind], at=_at(run), who=run.who, what=_what(run), state=_state(run)),
        say("importlog.file_name", name=run.name) if run.name else "",
        say("importlog.reason", reason=run.reason) if run.state == RunState.STOPPED and run.reason else "",
        say("importlog.undone", at=f"{run.undone_at:%Y-%m-%d %H:%M}", who=run.undone_by) if run.undone_at else "",
        *(_row(each) for each in found),
        "" if found else say("importlog.nothing_kept"),
        say("importlog.more", n=f"{many - len(found):,}") if many > len(found) else "",
        say("importlog.masked") if any(_is_masked(cell) for each in found for cell in each.cells) else "",
    )
    keys = [key("全部明细（Excel）", "import_file", run.id)] if found else []
    if run.undone_at is None and run.rows and run.at.date() == ask.act.now.date() and run.state in _AT_REST:
        keys.append(key("撤销导入", "import_undo", run.id))
    return Answer(text, column(*keys, key("返回", "import_log", 0)))


@button("import_file")
def file(ask: Ask) -> Answer | None:
    """All that one run changed, as a file; of a large one it is made beside the chat."""
    _private(ask)
    run = importlog.run(ask.act, ask.number())
    if run.rows < LARGE:
        data, many = workbook_of(ask.act, run.id)
        return _out(ask.act, run, data, many)
    outside = Outside(ask.act)

    def work(tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        data, many = ask.kit.apart(workbook_of, outside.act, run.id, ticking(tell, "importlog.making_since"))
        with outside.writing() as act:
            found = _out(act, run, data, many)
        tell(say("importlog.made"))
        return (found,)

    return Answer(say("importlog.making"), work=work)


def workbook_of(act: Act, run_id: int) -> tuple[bytes, int]:
    """The file of one run, a row for each changed value and each new row, and how many rows it has."""
    run = importlog.run(act, run_id)
    said = say(
        "importlog.file_said",
        at=_at(run),
        who=run.who,
        new=f"{run.new:,}",
        changed=f"{run.changed:,}",
        state=_state(run),
    )
    head = Head(f"{KIND_NAMES[run.kind]}导入明细", said, _COLUMNS)
    return longsheet.long_list(head, _cells(importlog.lines(act, run_id)), now=act.now)


def _cells(found: Iterator[Line]) -> Iterator[tuple[str, Sequence[str]]]:
    for line in found:
        sheet, name = fields.PLACES.get(line.place, line.place), line.name or say("importlog.nameless")
        if line.new:
            yield sheet, (line.label, name, "（新增）", "", "")
        for cell in line.cells:
            yield sheet, (line.label, name, fields.title(line.place, cell.name), cell.before, cell.after)


def _out(act: Act, run: Logged, data: bytes, many: int) -> Answer:
    """The file, on the record as every other that leaves the office."""
    importlog.taken_out(act, run.id, many)
    rest = say("importlog.file_rest", n=f"{many:,}") if many == longsheet.LONGEST else ""
    text = say("importlog.file", kind=KIND_NAMES[run.kind], at=_at(run), n=f"{many:,}", rest=rest)
    return Answer(text, file=File(f"{KIND_NAMES[run.kind]}-导入明细-{run.at:%Y%m%d-%H%M}.xlsx", data))


def _line(number: int, run: Logged) -> Html:
    return say(
        "importlog.line",
        n=number,
        at=_at(run),
        kind=KIND_NAMES[run.kind],
        what=_what(run),
        who=run.who,
        state=_state(run),
    )


def _what(run: Logged) -> Html:
    return say("importlog.what", new=f"{run.new:,}", changed=f"{run.changed:,}")


def _state(run: Logged) -> Html:
    """What is out of the ordinary with a run."""
    if run.undone_at is not None:
        return say("importlog.state_undone")
    counts = {"done": f"{run.rows:,}", "total": f"{run.total:,}"}
    if run.state == RunState.WRITING:
        return say("importlog.state_writing", **counts)
    if run.state == RunState.UNDOING:
        return say("importlog.state_undoing")
    return say("importlog.state_stopped", **counts) if run.state == RunState.STOPPED else Html("")


def _row(line: Line) -> Html:
    head = say(
        "importlog.added" if line.new else "importlog.changed",
        label=line.label,
        name=line.name or say("importlog.nameless"),
    )
    return lines(head, *(_cell(line.place, each) for each in line.cells))


def _cell(place: str, cell: Cell) -> Html:
    """One value as it was and as it became."""
    before, after = fields.side_by_side(cell.before, cell.after, _VALUE, say("importlog.empty"))
    return say("importlog.cell", title=fields.title(place, cell.name), before=before, after=after)


def _is_masked(cell: Cell) -> bool:
    return importlog.MASK in (cell.before, cell.after)


def _at(run: Logged) -> str:
    return f"{run.at:%Y-%m-%d %H:%M}"


def log_keys(act: Act) -> list[Key]:
    """The button of 导入记录, where there is anything to see."""
    return [key("导入记录", "import_log")] if importlog.some(act) else []


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))
