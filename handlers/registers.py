"""导入: a table dropped into the private chat → preview with every row that cannot be taken → 确认 writes it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from handlers import registry
from handlers.answer import Answer, File, Key, column, key
from handlers.registry import Ask, Incoming, button, command, files, form
from models import audit, dialogue, importword, intake, people
from models.act import Refused
from models.base import reading, writing
from models.importrun import ImportRun
from models.intake import Preview, Written
from models.platformdraw import WhichTask
from models.rows import Table
from models.words import Role
from templates import columns, sheets, workbook
from templates.columns import KIND_NAMES
from templates.sheets import MissingColumns, SheetError, UnclearKind
from templates.texts import Html, lines, say

IMPORTERS = frozenset({Role.STAFF, Role.ADMIN})

# What a person drops when a table is meant; anything else is left to the other conversations.
TABLES = frozenset({".xlsx", ".csv", ".docx", ".xls", ".xlsm", ".xlsb", ".ods", ".et", ".tsv", ".txt", ".doc"})

_SHOWN = 10
# At most so many columns or words are asked about at once.
_ASKED = 12
CANCEL = key("取消", "cancel")

LARGE = 1_000_000
"""Bytes from which on a file is read beside the chat: about a second's work, some 20,000 rows."""


@command("import", "导入", "导入名录库、事项清单或者年度计划", roles=IMPORTERS, who="工作人员")
def import_(ask: Ask) -> Answer | None:
    """Ask for the file; it may as well be dropped without asking."""
    if not ask.private:
        raise Refused(say("registers.private_only"))
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "import", {}, ask.act.now)
    return Answer(say("registers.ask_file"), column(CANCEL))


@files
def dropped(ask: Ask) -> Answer | None:
    """A table dropped into the private chat by somebody who may import, and not as an answer to anything."""
    file = ask.file
    if file is None or not ask.private or ask.reply_to is not None or not _is_table(file):
        return None
    if not people.roles(ask.act.session, ask.act.person_id) & IMPORTERS:
        return None
    return look(ask, file.name, file.data)


@form("import")
def given(ask: Ask) -> Answer | None:
    """A table while the import is open: looked at, in place of one before it. Other files go where they belong."""
    if ask.file is not None and _is_table(ask.file):
        return look(ask, ask.file.name, ask.file.data)
    if ask.file is not None:
        for run in registry.FILES:
            answer = run(ask)
            if answer is not None:
                return answer
    waiting = ask.dialogue is not None and ask.dialogue.data.get("counts")
    return Answer(say("registers.want_answer" if waiting else "registers.want_file"), column(CANCEL))


@button("import_kind")
def chosen(ask: Ask) -> Answer | None:
    """The person says which of several kinds the file is."""
    name, data = kept(ask)
    return look(ask, name, data, kind=ask.args[1])


@button("import_task")
def task(ask: Ask) -> Answer | None:
    """The person says which task a list drawn on a platform belongs to."""
    name, data = kept(ask)
    return look(ask, name, data, kind="platform", task=ask.number(1))


@button("import_yes")
def confirmed(ask: Ask) -> Answer | None:
    """确认: judged once more against what is there now, and written if it is still what was shown."""
    name, data = kept(ask)
    assert ask.dialogue is not None
    held = ask.dialogue.data
    if len(data) >= LARGE:
        return Answer(say("registers.writing", name=name), work=_beside(ask, partial(_confirm_later, name, data, held)))
    ready = intake.preview(ask.act, _read(ask, name, data, held["kind"]), task_id=held.get("task"))
    return _confirm(ask, name, data, held, ready)


def _confirm(ask: Ask, name: str, data: bytes, held: dict[str, Any], ready: Preview) -> Answer:
    """Write what was judged, if it is still what was shown."""
    if _counts(ready) != held.get("counts"):
        again = look(ask, name, data, kind=ready.kind, task=held.get("task"))
        return Answer(say("registers.moved_on"), also=(again,))
    done = intake.write(ask.act, ready, digest=held["digest"])
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(_said_done(done, ready), column(*_next_keys(done)), edit=True)


def _confirm_later(name: str, data: bytes, held: dict[str, Any], outside: "_Outside") -> Answer:
    """The same beside the chat: read and judged outside any transaction that writes."""
    with outside.reading() as ask:
        at = audit.head(ask.act.session)
        ready = intake.preview(ask.act, _read(ask, name, data, held["kind"]), task_id=held.get("task"))
    with outside.writing() as ask:
        if ask.dialogue is None or ask.dialogue.data != held:
            raise Refused(say("registers.expired"))
        if audit.head(ask.act.session) != at:
            # Something was written meanwhile, perhaps to the same register: it is judged against what is there now.
            ready = intake.preview(ask.act, _read(ask, name, data, held["kind"]), task_id=held.get("task"))
        return _confirm(ask, name, data, held, ready)


def _said_done(done: Written, ready: Preview) -> Html:
    return lines(
        say("registers.done", kind=KIND_NAMES[done.kind], new=f"{done.new:,}", changed=f"{done.changed:,}"),
        say("registers.done_refused", n=ready.refused_rows) if ready.refused else "",
        say("registers.done_plan") if done.kind == "plan" else "",
        say("registers.done_people", n=done.enrolled) if done.enrolled else "",
        say("registers.done_platform") if done.draws else "",
    )


def _next_keys(done: Written) -> list[Key]:
    """What follows an import: sending the drawn tasks out, and undoing it."""
    keys = [key("派发任务", "dispatch", each.id or 0) for each in done.draws]
    return [*keys, undo_key(done.run)] if done.run is not None else keys


def undo_key(run: ImportRun, label: str = "撤销导入") -> Key:
    """撤销导入 of one run."""
    return key(label, "import_undo", run.id or 0)


def _is_table(file: Incoming) -> bool:
    return file.kind == "document" and PurePath(file.name).suffix.lower() in TABLES


def _read(ask: Ask, name: str, data: bytes, kind: str | None) -> Table:
    """The table in a file, with what was once said of its headers."""
    try:
        return sheets.read(name, data, kind, learnt=importword.headers(ask.act.session))
    except (UnclearKind, MissingColumns):
        raise
    except SheetError as error:
        raise Refused(str(error)) from error


def kept(ask: Ask) -> tuple[str, bytes]:
    """The file of the open preview; refused where the button belongs to an older one."""
    open_ = ask.dialogue
    if open_ is None or open_.form != "import" or open_.data.get("digest", "")[:16] != ask.args[0]:
        raise Refused(say("registers.expired"))
    try:
        return open_.data["name"], ask.kit.read_file(open_.data["digest"])
    except FileNotFoundError as error:
        raise Refused(say("registers.file_gone")) from error


def look(ask: Ask, name: str, data: bytes, *, kind: str | None = None, task: int | None = None) -> Answer:
    """Read and judge a file, keep it for 确认, and show what would happen; or ask what only a person can say.

    A large file is read and judged beside the chat, and shown when that is done.
    """
    if len(data) >= LARGE:
        return Answer(
            say("registers.reading", name=name), work=_beside(ask, partial(_look_later, name, data, kind, task))
        )
    return _found(ask, name, data, _judged(ask, name, data, kind, task), task)


def _look_later(name: str, data: bytes, kind: str | None, task: int | None, outside: "_Outside") -> Answer:
    with outside.reading() as ask:
        found = _judged(ask, name, data, kind, task)
    with outside.writing() as ask:
        return _found(ask, name, data, found, task)


_Question = UnclearKind | MissingColumns | WhichTask


def _judged(ask: Ask, name: str, data: bytes, kind: str | None, task: int | None) -> tuple[Table, Preview] | _Question:
    """A file read and judged, which writes nothing; or what only a person can say."""
    try:
        table = _read(ask, name, data, kind)
        return table, intake.preview(ask.act, table, task_id=task)
    except (UnclearKind, MissingColumns, WhichTask) as question:
        return question


def _found(ask: Ask, name: str, data: bytes, found: tuple[Table, Preview] | _Question, task: int | None) -> Answer:
    if isinstance(found, UnclearKind):
        mark = _keep(ask, name, data)
        keys = [key(KIND_NAMES[each], "import_kind", mark, each) for each in found.kinds]
        return Answer(say("registers.which_kind", sentence=str(found)), column(*keys, CANCEL))
    if isinstance(found, MissingColumns):
        return _which_column(ask, name, data, found)
    if isinstance(found, WhichTask):
        mark = _keep(ask, name, data, kind="platform")
        keys = [
            key(f"{each.plan_no or each.task_no} {each.name}"[:40], "import_task", mark, each.id or 0)
            for each in found.tasks
        ]
        return Answer(say("registers.which_task", sentence=found.sentence), column(*keys, CANCEL))
    return _shown(ask, name, data, *found, task)


class _Outside:
    """What was asked, in transactions of its own: for work that goes on when the asker's has ended."""

    def __init__(self, ask: Ask) -> None:
        engine = ask.act.session.get_bind()
        assert isinstance(engine, Engine)
        self._engine, self._ask = engine, replace(ask, act=replace(ask.act, session=Session()), dialogue=None)

    @contextmanager
    def reading(self) -> Iterator[Ask]:
        """In a transaction that writes nothing and keeps nobody waiting."""
        with reading(self._engine) as session:
            yield self._within(session)

    @contextmanager
    def writing(self) -> Iterator[Ask]:
        """In a transaction that writes: everybody else's waits for its end."""
        with writing(self._engine) as session:
            yield self._within(session)

    def _within(self, session: Session) -> Ask:
        act = replace(self._ask.act, session=session)
        return replace(self._ask, act=act, dialogue=dialogue.current(session, self._ask.chat_id, act.person_id))


def _beside(ask: Ask, work: Callable[[_Outside], Answer]) -> Callable[[Callable[[Html], None]], tuple[Answer, ...]]:
    """Work on a large file as it goes on in a thread, once the answer that announces it was sent."""
    outside = _Outside(ask)

    def run(tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        answer = work(outside)
        answers = [replace(answer, also=()), *answer.also]
        # What was waited for takes the place of the message that asked to wait; a document needs one of its own.
        at = next((n for n, each in enumerate(answers) if each.file is None), None)
        if at is not None:
            answers[at] = replace(answers[at], edit=True)
        return tuple(answers)

    return run


def _shown(ask: Ask, name: str, data: bytes, table: Table, ready: Preview, task: int | None) -> Answer:
    """The preview, with 确认 where something would be written, and the marked copy where something is refused."""
    words = list(dict.fromkeys((each.asks, each.value) for each in ready.refused if each.asks and each.value))
    asks = {"unknown": list(table.unknown[:_ASKED]), "words": [list(each) for each in words[:_ASKED]]}
    keys: list[tuple[Key, ...]] = []
    if ready.new or ready.changed or words or table.unknown:
        mark = _keep(ask, name, data, kind=ready.kind, task=task, counts=_counts(ready), **asks)
        if ready.new or ready.changed:
            keys.append((key("确认", "import_yes", mark), CANCEL))
        keys.extend(
            column(
                *(key(f"「{word[:12]}」是什么", "import_word", mark, n) for n, (_, word) in enumerate(words[:_ASKED]))
            )
        )
        if table.unknown:
            keys.append((key("指定列", "import_columns", mark),))
        if not (ready.new or ready.changed):
            keys.append((CANCEL,))
    else:
        dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    shown = Answer(_summary(name, table, ready), tuple(keys))
    if not ready.refused:
        return shown
    marked = workbook.marked_copy(table, [(r.row, r.column, r.reason) for r in ready.refused], now=ask.act.now)
    stem = PurePath(name).stem or KIND_NAMES[ready.kind]
    return Answer(say("registers.copy"), file=File(f"{stem}-标注.xlsx", marked), also=(shown,))


def _which_column(ask: Ask, name: str, data: bytes, missing: MissingColumns) -> Answer:
    """A key column that the header lacks: one of those that nobody knows may be it."""
    intake.may_import(ask.act, missing.kind)
    if not missing.unknown:
        raise Refused(str(missing)) from missing
    mark = _keep(ask, name, data, kind=missing.kind, unknown=list(missing.unknown[:_ASKED]))
    field = missing.fields[0]
    keys = [
        key(f"「{_short(title)}」", "import_column", mark, n, field) for n, title in enumerate(missing.unknown[:_ASKED])
    ]
    text = say("registers.which_column", sentence=str(missing), column=columns.title(missing.kind, field))
    return Answer(text, column(*keys, CANCEL))


def _keep(ask: Ask, name: str, data: bytes, **more: object) -> str:
    """Keep a file for the next press; returns what its buttons carry to be told from older ones."""
    digest = ask.kit.keep_file(data)
    held = {"digest": digest, "name": name} | {what: value for what, value in more.items() if value is not None}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "import", held, ask.act.now)
    return digest[:16]


def _short(title: str) -> str:
    return title if len(title) <= 16 else title[:15] + "…"


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
