"""导入: a table dropped into the private chat → preview with every row that cannot be taken → 确认 writes it."""

from collections import Counter
from pathlib import PurePath

from handlers import registry
from handlers.answer import Answer, File, Key, column, key
from handlers.registry import Ask, Incoming, button, command, files, form
from models import dialogue, intake, people
from models.act import Refused
from models.intake import Preview
from models.rows import Table
from models.words import Role
from templates import sheets, workbook
from templates.columns import KIND_NAMES
from templates.sheets import SheetError, UnclearKind
from templates.texts import Html, lines, say

IMPORTERS = frozenset({Role.STAFF, Role.ADMIN})

# What a person drops when a table is meant; anything else is left to the other conversations.
TABLES = frozenset({".xlsx", ".csv", ".docx", ".xls", ".xlsm", ".xlsb", ".ods", ".et", ".tsv", ".txt", ".doc"})

_SHOWN = 10
_CANCEL = key("取消", "cancel")


@command("import", "导入", "导入名录库、事项清单或者年度计划", roles=IMPORTERS, who="工作人员")
def import_(ask: Ask) -> Answer | None:
    """Ask for the file; it may as well be dropped without asking."""
    if not ask.private:
        raise Refused(say("registers.private_only"))
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "import", {}, ask.act.now)
    return Answer(say("registers.ask_file"), column(_CANCEL))


@files
def dropped(ask: Ask) -> Answer | None:
    """A table dropped into the private chat by somebody who may import, and not as an answer to anything."""
    file = ask.file
    if file is None or not ask.private or ask.reply_to is not None or not _is_table(file):
        return None
    if not people.roles(ask.act.session, ask.act.person_id) & IMPORTERS:
        return None
    return _preview(ask, file.name, file.data, None)


@form("import")
def given(ask: Ask) -> Answer | None:
    """A table while the import is open: looked at, in place of one before it. Other files go where they belong."""
    if ask.file is not None and _is_table(ask.file):
        return _preview(ask, ask.file.name, ask.file.data, None)
    if ask.file is not None:
        for run in registry.FILES:
            answer = run(ask)
            if answer is not None:
                return answer
    waiting = ask.dialogue is not None and ask.dialogue.data.get("counts")
    return Answer(say("registers.want_answer" if waiting else "registers.want_file"), column(_CANCEL))


@button("import_kind")
def chosen(ask: Ask) -> Answer | None:
    """The person says which of several kinds the file is."""
    name, data = _kept(ask)
    return _preview(ask, name, data, ask.args[1])


@button("import_yes")
def confirmed(ask: Ask) -> Answer | None:
    """确认: judged once more against what is there now, and written if it is still what was shown."""
    name, data = _kept(ask)
    session, act = ask.act.session, ask.act
    assert ask.dialogue is not None
    table = _read(name, data, ask.dialogue.data["kind"])
    ready = intake.preview(act, table)
    if _counts(ready) != ask.dialogue.data.get("counts"):
        again = _preview(ask, name, data, ready.kind)
        return Answer(say("registers.moved_on"), also=(again,))
    done = intake.write(act, ready)
    dialogue.end(session, ask.chat_id, act.person_id)
    return Answer(
        lines(
            say("registers.done", kind=KIND_NAMES[done.kind], new=done.new, changed=done.changed),
            say("registers.done_refused", n=ready.refused_rows) if ready.refused else "",
            say("registers.done_plan") if done.kind == "plan" else "",
            say("registers.done_people", n=done.enrolled) if done.enrolled else "",
        ),
        edit=True,
    )


def _is_table(file: Incoming) -> bool:
    return file.kind == "document" and PurePath(file.name).suffix.lower() in TABLES


def _read(name: str, data: bytes, kind: str | None) -> Table:
    try:
        return sheets.read(name, data, kind)
    except UnclearKind:
        raise
    except SheetError as error:
        raise Refused(str(error)) from error


def _kept(ask: Ask) -> tuple[str, bytes]:
    """The file of the open preview; refused where the button belongs to an older one."""
    open_ = ask.dialogue
    if open_ is None or open_.form != "import" or open_.data.get("digest", "")[:16] != ask.args[0]:
        raise Refused(say("registers.expired"))
    try:
        return open_.data["name"], ask.kit.read_file(open_.data["digest"])
    except FileNotFoundError as error:
        raise Refused(say("registers.file_gone")) from error


def _preview(ask: Ask, name: str, data: bytes, kind: str | None) -> Answer:
    """Read and judge a file, keep it for 确认, and show what would happen."""
    act = ask.act
    try:
        table = _read(name, data, kind)
    except UnclearKind as unclear:
        digest = ask.kit.keep_file(data)
        dialogue.begin(act.session, ask.chat_id, act.person_id, "import", {"digest": digest, "name": name}, act.now)
        choices = [key(KIND_NAMES[each], "import_kind", digest[:16], each) for each in unclear.kinds]
        return Answer(say("registers.which_kind", sentence=str(unclear)), column(*choices, _CANCEL))
    ready = intake.preview(act, table)
    keys: tuple[tuple[Key, ...], ...] = ()
    if ready.new or ready.changed:
        digest = ask.kit.keep_file(data)
        kept = {"digest": digest, "name": name, "kind": ready.kind, "counts": _counts(ready)}
        dialogue.begin(act.session, ask.chat_id, act.person_id, "import", kept, act.now)
        keys = ((key("确认", "import_yes", digest[:16]), _CANCEL),)
    else:
        dialogue.end(act.session, ask.chat_id, act.person_id)
    shown = Answer(_summary(name, table, ready), keys)
    if not ready.refused:
        return shown
    marked = workbook.marked_copy(table, [(r.row, r.column, r.reason) for r in ready.refused], now=act.now)
    stem = PurePath(name).stem or KIND_NAMES[ready.kind]
    return Answer(say("registers.copy"), file=File(f"{stem}-标注.xlsx", marked), also=(shown,))


def _counts(ready: Preview) -> list[int]:
    return [ready.new, ready.changed, ready.same, ready.refused_rows]


def _summary(name: str, table: Table, ready: Preview) -> Html:
    """Figures first, then what cannot be taken, then what is odd."""
    parts: list[str] = [
        say(
            "registers.preview",
            kind=KIND_NAMES[ready.kind],
            name=name,
            rows=f"{len(table.rows):,}",
            new=f"{ready.new:,}",
            changed=f"{ready.changed:,}",
            same=f"{ready.same:,}",
            refused=f"{ready.refused_rows:,}",
        )
    ]
    if ready.gone:
        parts.append(say("registers.gone", n=f"{ready.gone:,}"))
    if ready.refused:
        parts.append(say("registers.refused_head"))
        for refusal in ready.refused[:_SHOWN]:
            parts.append(
                say("registers.refused_line", row=refusal.row, column=f" {refusal.column}", reason=refusal.reason)
            )
        if len(ready.refused) > _SHOWN:
            parts.append(say("registers.refused_more", n=len(ready.refused) - _SHOWN))
    if ready.warnings:
        parts.append(say("registers.warnings_head"))
        parts.extend(_warnings(ready))
    parts.extend(ready.notes)
    if not ready.taken:
        parts.append(say("registers.nothing"))
    elif not ready.new and not ready.changed:
        parts.append(say("registers.all_same"))
    return lines(*parts)


def _warnings(ready: Preview) -> list[Html]:
    """Doubts one a line; the same doubt about many rows is said once, with their number."""
    often = Counter((doubt.column, doubt.sentence) for doubt in ready.warnings)
    shown: dict[tuple[str, str], Html] = {}
    for doubt in ready.warnings:
        what = (doubt.column, doubt.sentence)
        place = f" {doubt.column}" if doubt.column else ""
        if often[what] > 1:
            shown[what] = say("registers.warning_many", n=often[what], column=place, sentence=doubt.sentence)
        else:
            shown[what] = say("registers.warning_line", row=doubt.row, column=place, sentence=doubt.sentence)
    found = list(shown.values())
    more = [say("registers.warnings_more", n=len(found) - 2 * _SHOWN)] if len(found) > 2 * _SHOWN else []
    return [*found[: 2 * _SHOWN], *more]
