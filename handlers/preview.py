"""What a file shows that somebody wants to import: its preview, or a question that only a person can answer."""

import base64
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from handlers.answer import Answer, File, Key, column, key
from models import importparts, importword, intake, missing
from models.act import Act, Refused
from models.intake import Preview
from models.platformdraw import WhichTask
from models.rows import Table
from templates import columns, sheets, workbook
from templates.columns import KIND_NAMES
from templates.sheets import Limits, MissingColumns, SheetError, UnclearKind
from templates.texts import Html, lines, say

CANCEL = key("取消", "cancel")

_SHOWN = 10
# At most so many columns or words are asked about at once.
_ASKED = 12


@dataclass(frozen=True)
class Dropped:
    """A file as it is held until 确认: its name, its bytes' SHA-256 in hex, and what is known of it."""

    name: str
    digest: str
    kind: str | None = None
    task: int | None = None

    @classmethod
    def of(cls, held: dict[str, Any]) -> "Dropped":
        """The file of an open form (`held`)."""
        return cls(held["name"], held["digest"], held.get("kind"), held.get("task"))

    @property
    def mark(self) -> str:
        """What its buttons carry to be told from those of older files."""
        return self.digest[:16]

    @property
    def short(self) -> str:
        """The digest as a button can carry it."""
        return base64.urlsafe_b64encode(bytes.fromhex(self.digest)).decode().rstrip("=")

    def held(self, **more: Any) -> dict[str, Any]:
        """What the open form keeps of it."""
        known = {"digest": self.digest, "name": self.name, "kind": self.kind, "task": self.task} | more
        return {what: value for what, value in known.items() if value is not None}


@dataclass(frozen=True)
class Shown:
    """What a file shows, what the open form holds for the next press (None where none is open), whether it is kept."""

    answer: Answer
    held: dict[str, Any] | None = None
    kept: bool = True


def read(act: Act, file: Dropped, data: bytes, limits: Limits | None = None) -> Table:
    """The table in a file, with what was once said of its headers; refused with the reader's sentence."""
    try:
        return sheets.read(file.name, data, file.kind, limits, learnt=importword.headers(act.session))
    except (UnclearKind, MissingColumns):
        raise
    except SheetError as error:
        raise Refused(str(error)) from error


def shown(act: Act, file: Dropped, data: bytes) -> Shown:
    """Read and judge a file; writes nothing, so that a large one can be looked at beside the chat."""
    try:
        table = read(act, file, data)
        return _preview(act, file, table, intake.preview(act, table, task_id=file.task))
    except UnclearKind as unclear:
        keys = [key(KIND_NAMES[each], "import_kind", file.mark, each) for each in unclear.kinds]
        answer = Answer(say("registers.which_kind", sentence=str(unclear)), column(*keys, CANCEL))
        return Shown(answer, Dropped(file.name, file.digest).held())
    except MissingColumns as missing:
        return _which_column(act, file, missing)
    except WhichTask as which:
        keys = [
            key(f"{each.plan_no or each.task_no} {each.name}"[:40], "import_task", file.mark, each.id or 0)
            for each in which.tasks
        ]
        answer = Answer(say("registers.which_task", sentence=which.sentence), column(*keys, CANCEL))
        return Shown(answer, Dropped(file.name, file.digest, "platform").held())


def _preview(act: Act, file: Dropped, table: Table, ready: Preview) -> Shown:
    """The preview, with 确认 where something would be written, and the marked copy where something is refused."""
    words = list(dict.fromkeys((each.asks, each.value) for each in ready.refused if each.asks and each.value))[:_ASKED]
    keys: list[tuple[Key, ...]] = []
    if ready.new or ready.changed:
        keys.append((key("确认", "import_yes", file.mark), CANCEL))
    keys.extend(
        column(*(key(f"「{word[:12]}」是什么", "import_word", file.mark, n) for n, (_, word) in enumerate(words)))
    )
    if table.unknown:
        keys.append((key("指定列", "import_columns", file.mark),))
    held = None
    if keys:
        if not (ready.new or ready.changed):
            keys.append((CANCEL,))
        held = Dropped(file.name, file.digest, ready.kind, file.task).held(
            counts=importparts.counts(ready),
            unknown=list(table.unknown[:_ASKED]),
            words=[list(each) for each in words],
        )
    lacks = ready.gone > 0 and ready.kind in missing.KINDS
    if lacks:
        # Not of the open form: nothing needs to be open for a look at what the file lacks.
        keys.append(
            (key(f"看不在文件里的 {ready.gone:,} 条", "gone_file", file.short, missing.KINDS.index(ready.kind)),)
        )
    answer = Answer(_summary(file.name, table, ready), tuple(keys))
    if ready.refused:
        marked = workbook.marked_copy(table, [(r.row, r.column, r.reason) for r in ready.refused], now=act.now)
        stem = PurePath(file.name).stem or KIND_NAMES[ready.kind]
        answer = Answer(say("registers.copy"), file=File(f"{stem}-标注.xlsx", marked), also=(answer,))
    return Shown(answer, held, kept=lacks or held is not None)


def _which_column(act: Act, file: Dropped, missing: MissingColumns) -> Shown:
    """A key column that the header lacks: one of those that nobody knows may be it."""
    intake.may_import(act, missing.kind)
    if not missing.unknown:
        raise Refused(str(missing)) from missing
    field = missing.fields[0]
    keys = [
        key(f"「{_short(title)}」", "import_column", file.mark, n, field)
        for n, title in enumerate(missing.unknown[:_ASKED])
    ]
    text = say("registers.which_column", sentence=str(missing), column=columns.title(missing.kind, field))
    held = Dropped(file.name, file.digest, missing.kind).held(unknown=list(missing.unknown[:_ASKED]))
    return Shown(Answer(text, column(*keys, CANCEL)), held)


def _short(title: str) -> str:
    return title if len(title) <= 16 else title[:15] + "…"


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
            place = f" {refusal.column}" if refusal.column else ""
            parts.append(say("registers.refused_line", row=refusal.row, column=place, reason=refusal.reason))
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
