"""How one row of a register became what it is: what imports and edits in the chat changed in it, the newest first."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, type_coerce
from sqlmodel import Session, col, func, select

from models import lookup
from models.act import Act
from models.audit import Audit
from models.called import Wording
from models.importlog import Cell, by_hand, cells, who
from models.importrun import Change, ImportChange, ImportRun
from models.statechange import concerning

AT_ONCE = 16_000_000
"""Bytes of sealed changes that are opened while somebody waits: half a tenth of a second."""

LIMIT = 40
"""Steps of one row at most."""

IMPORT = "import"
"""The verb of a step that is an import."""

# Acts of the record that changed one row of a register, each with what its values before and after mean.
_EDITS = frozenset(
    {"change_state", "change_post", "mark_leave", "end_leave", "renew", "give_basis", "publish_item", "link"}
)
_LEAVES = frozenset({"mark_leave", "end_leave"})
# How the record names a column, where not as the table does.
_COLUMNS = {"person": "person_id"}


@dataclass(frozen=True)
class Step:
    """One change of a row: `verb` as the record has it, `new` where it made the row, `undone` where it was undone."""

    at: datetime
    verb: str
    who: str
    cells: tuple[Cell, ...] = ()
    new: bool = False
    undone: bool = False
    reason: str = ""


@dataclass(frozen=True)
class History:
    """The steps of a row; imports older than `until` were not looked through (None: all were)."""

    steps: tuple[Step, ...]
    until: datetime | None = None


def of_row(act: Act, place: str, row_id: int, *, within: int | None = AT_ONCE) -> History:
    """The newest LIMIT steps of a row of entity, inspector or item; NoRight for whoever may not look.

    No more than `within` bytes of sealed changes are opened (None: all there are): they have no index by row.
    """
    lookup.may_look(act)
    wording = Wording(act.session)
    imported, until = _imports(act.session, wording, place, row_id, within)
    steps = [*imported, *_edits(act.session, wording, place, row_id)]
    if place == "entity":
        steps += _together(act.session, wording, row_id)
    steps.sort(key=lambda step: step.at, reverse=True)
    return History(tuple(steps[:LIMIT]), until)


def _imports(
    session: Session, wording: Wording, place: str, row_id: int, within: int | None
) -> tuple[list[Step], datetime | None]:
    size = func.length(type_coerce(col(ImportChange.rows), LargeBinary))
    texts = (
        select(ImportChange.id, ImportRun, size)
        .join(ImportRun, col(ImportRun.id) == col(ImportChange.run_id))
        .where(ImportChange.place == place)
        .order_by(col(ImportChange.run_id).desc(), col(ImportChange.id))
    )
    steps: list[Step] = []
    opened, found_in = 0, 0
    for number, run, bytes_ in session.exec(texts).all():
        # A row occurs once in a run: what is left of the run need not be opened.
        if run.id == found_in:
            continue
        opened += bytes_
        if within is not None and opened > within:
            return steps, run.at
        change = row_in(session.exec(select(ImportChange.rows).where(ImportChange.id == number)).one(), place, row_id)
        if change is not None:
            found_in = run.id or 0
            steps.append(_imported(session, wording, run, change))
        if len(steps) == LIMIT:
            break
    return steps, None


def row_in(text: str, place: str, row_id: int) -> Change | None:
    """The change of one row in a text of some thousand, without reading the others where that can be told."""
    start = f"[{row_id},"
    at = 1 if text.startswith(f"[{start}") else text.find(f"],{start}") + 2
    if at == 1 and not text.startswith(f"[{start}"):
        return None
    # It stands in no text of a person where the number of quotes before it is even and none of them is escaped.
    if "\\" not in text and not text.count('"', 0, at) & 1:
        found, _ = json.JSONDecoder().raw_decode(text, at)
        if len(found) == 3 and all(each is None or isinstance(each, dict) for each in found[1:]):
            return Change(place, *found)
    return next((Change(place, *row) for row in json.loads(text) if row[0] == row_id), None)


def _imported(session: Session, wording: Wording, run: ImportRun, change: Change) -> Step:
    typed = "enter" if change.before is None else "correct"
    return Step(
        at=run.at,
        verb=typed if by_hand(run) else IMPORT,
        who=who(session, run.person_id),
        cells=cells(wording, change),
        new=change.before is None,
        undone=run.undone_at is not None,
    )


def _edits(session: Session, wording: Wording, place: str, row_id: int) -> Iterator[Step]:
    """What was changed in the chat, one row at a time."""
    own = select(Audit).where(Audit.subject == place, Audit.subject_id == row_id, col(Audit.verb).in_(_EDITS))
    for row in session.exec(own.order_by(col(Audit.id).desc()).limit(LIMIT)):
        before, after = row.before or {}, row.after or {}
        if row.verb in _LEAVES:
            changed: tuple[Cell, ...] = (Cell("away", _leave(before), _leave(after)),)
        else:
            changed = tuple(_cell(wording, place, name, before, after) for name in {**before, **after})
        yield Step(row.at, row.verb, who(session, row.actor_id), changed)


def _together(session: Session, wording: Wording, row_id: int) -> Iterator[Step]:
    """Changes of state of many entities at once."""
    for row, old, new in concerning(session, row_id):
        cell = Cell("state", wording.text("entity", "state", old), wording.text("entity", "state", new))
        yield Step(row.at, row.verb, who(session, row.actor_id), (cell,), reason=(row.after or {}).get("reason", ""))


def _cell(wording: Wording, place: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Cell:
    column = _COLUMNS.get(name, name)
    old, new = (wording.text(place, column, values.get(name)) for values in (before, after))
    return Cell(column, old, new)


def _leave(values: Mapping[str, Any]) -> str:
    return f"{values['from']} 至 {values.get('to') or '（没有写明）'}" if values.get("from") else ""
