"""导入 as runs that are kept: what each changed, sealed, so that it can be undone the same day (撤销导入)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Date, Table, delete, insert, update
from sqlmodel import Field, Session, SQLModel, col, func, select

from models.act import Act, Refused, key
from models.audit import Audit
from models.base import Instant, Sealed
from models.rows import KIND_NAMES

METADATA = SQLModel.metadata

# Changed rows in one sealed text, ids in one statement.
_CHUNK = 5_000
_IDS = 500


class RunState(StrEnum):
    """Where a run stands. Only what is written, or put back, in parts (importparts) is ever seen on the way."""

    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    UNDOING = "undoing"


_UNDER_WAY = (RunState.WRITING, RunState.UNDOING)


class ImportRun(SQLModel, table=True):
    """One import that wrote something. `digest` is the file's SHA-256, hex; `audit_id` its newest row of 留痕.

    Of one in parts `asked` is what was confirmed (importparts.counts), `total` the rows to be written, `new` and
    `changed` those that are in so far, `left` those that others entered or changed meanwhile and that stay as they are,
    `done` how many are done with, written or put back; `audit_id` is the row of its beginning, `wrote_at` the time of
    the newest part. `attempt` grows each time somebody (`holder`) takes the work up: only who took it up last may go
    on; `tries` says how often that was since it was asked for, `reason` why it was stopped.
    """

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    at: datetime = Field(sa_type=Instant, index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    source: str
    digest: str
    new: int
    changed: int
    audit_id: int
    undone_at: datetime | None = Field(default=None, sa_type=Instant)
    undone_by: int | None = Field(default=None, foreign_key="person.id")
    name: str = ""
    state: str = RunState.DONE
    asked: list[int] = Field(default_factory=list, sa_type=JSON)
    total: int = 0
    done: int = 0
    left: int = 0
    attempt: int = 0
    tries: int = 0
    holder: str = ""
    wrote_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str = ""


class ImportChange(SQLModel, table=True):
    """Rows of one table that a run changed: JSON `[[id, before, after], …]`, sealed since it holds personal data.

    `put_back` once they are as they were before.
    """

    __tablename__ = "import_change"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="import_run.id", index=True)
    place: str
    rows: str = Field(sa_type=Sealed)
    put_back: bool = False


@dataclass(frozen=True)
class Change:
    """One row of a table: `before` None for a new row, `after` None where what was written is not kept."""

    place: str
    id: int | str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None = None


class Watch:
    """The rows of some small tables before an import, to be held against those after it."""

    def __init__(self, session: Session, places: Iterable[str]) -> None:
        session.flush()
        self._session = session
        self._before = {place: rows_of(session, place) for place in places}

    def changes(self) -> list[Change]:
        """What is new and what is changed since; of a changed row only the columns that differ."""
        self._session.flush()
        return [each for place, before in self._before.items() for each in self._of(place, before)]

    def _of(self, place: str, before: dict[Any, dict[str, Any]]) -> Iterator[Change]:
        for row_id, row in rows_of(self._session, place).items():
            old = before.get(row_id)
            if old is None:
                yield Change(place, row_id, None, row)
            elif differing := [name for name in row if row[name] != old[name]]:
                yield Change(place, row_id, {n: old[n] for n in differing}, {n: row[n] for n in differing})


def rows_of(session: Session, place: str, ids: Iterable[Any] | None = None) -> dict[Any, dict[str, Any]]:
    """The rows of a table as plain JSON values by id; all of them where no ids are named."""
    table = METADATA.tables[place]
    own = _id(table)
    found: dict[Any, dict[str, Any]] = {}
    for wanted in [None] if ids is None else _parts(list(ids)):
        statement = table.select() if wanted is None else table.select().where(own.in_(_typed(own, wanted)))
        for row in session.execute(statement).mappings():
            found[plain(row[own])] = {c.name: plain(row[c]) for c in table.columns if c.name != own.name}
    return found


def keep(
    act: Act, kind: str, changes: list[Change], *, new: int, changed: int, digest: str = "", name: str = ""
) -> ImportRun:
    """Keep a run with what it changed. The rows and the audit entry are written already."""
    act.session.flush()
    run = ImportRun(
        kind=kind,
        at=act.now,
        person_id=act.actor.id if act.actor else None,
        source=act.source,
        digest=digest,
        name=name,
        new=new,
        changed=changed,
        audit_id=act.session.exec(select(func.max(Audit.id))).one() or 0,
    )
    act.session.add(run)
    act.session.flush()
    keep_changes(act.session, key(run), changes)
    return run


def keep_changes(session: Session, run_id: int, changes: list[Change]) -> None:
    """Keep what a run, or one part of it, changed."""
    by_place: dict[str, list[Change]] = {}
    for each in changes:
        by_place.setdefault(each.place, []).append(each)
    chunks = [
        {"run_id": run_id, "place": place, "rows": _sealable(rows[at : at + _CHUNK])}
        for place, rows in by_place.items()
        for at in range(0, len(rows), _CHUNK)
    ]
    if chunks:
        session.execute(insert(ImportChange), chunks)


def changes_of(session: Session, run_id: int) -> list[Change]:
    """What a run changed."""
    found = session.exec(select(ImportChange).where(ImportChange.run_id == run_id).order_by(col(ImportChange.id)))
    return [each for chunk in found for each in opened(chunk)]


def opened(chunk: ImportChange) -> list[Change]:
    """The changes in one sealed text."""
    return [Change(chunk.place, *row) for row in json.loads(chunk.rows)]


def get(session: Session, run_id: int) -> ImportRun:
    """The run, or a polite refusal."""
    found = session.get(ImportRun, run_id)
    if found is None:
        raise Refused("没有找到这次导入。")
    return found


def idle(session: Session, kind: str | None = None) -> None:
    """Refused while an import, of this kind where one is named, is being written or undone in parts."""
    found = select(ImportRun).where(col(ImportRun.state).in_(_UNDER_WAY))
    busy = session.exec(found if kind is None else found.where(ImportRun.kind == kind)).first()
    if busy is None:
        return
    what = "撤销导入" if busy.state == RunState.UNDOING else "写入导入的"
    done = f"（{busy.done:,}/{busy.total:,} 行）" if busy.state == RunState.WRITING else ""
    raise Refused(f"正在{what}{KIND_NAMES[busy.kind]}{done}，请等它完成以后再办。没有改动。")


def under_way(session: Session) -> list[ImportRun]:
    """Runs that are being written or undone in parts, the oldest first."""
    found = select(ImportRun).where(col(ImportRun.state).in_(_UNDER_WAY))
    return list(session.exec(found.order_by(col(ImportRun.id))))


def of_today(session: Session, today: date) -> list[ImportRun]:
    """Runs of a day that wrote something and were not undone, the newest first."""
    found = session.exec(
        select(ImportRun)
        .where(col(ImportRun.undone_at).is_(None), col(ImportRun.state).not_in(_UNDER_WAY))
        .where(ImportRun.new + ImportRun.changed > 0)
        .order_by(col(ImportRun.id).desc())
    )
    return [run for run in found.fetchmany(200) if run.at.date() == today]


def undo(act: Act, run: ImportRun, obstacles: Callable[[Act, ImportRun, list[Change]], list[str]]) -> ImportRun:
    """撤销导入: every row as it was before. Refused after its day, twice, or where something was built on it.

    `obstacles` names the later acts that stand in the way. The caller checks the right.
    """
    may_undo(act, run)
    changes = changes_of(act.session, key(run))
    in_the_way(obstacles(act, run, changes))
    put_back(act.session, changes)
    return undone(act, run)


def may_undo(act: Act, run: ImportRun) -> None:
    """Refused after the day of a run, twice, and while some import is under way."""
    if run.undone_at is not None:
        raise Refused("这次导入已经撤销过了，没有再改动。")
    if run.at.date() != act.now.date():
        raise Refused("只有当天的导入可以撤销。请把改正后的表格重新导入，或者在 /find 里逐条更正。")
    idle(act.session)


def in_the_way(obstacles: list[str]) -> None:
    """Refused where something was built on a run."""
    if obstacles:
        shown = "；".join(obstacles[:5]) + (f"；另有 {len(obstacles) - 5} 项" if len(obstacles) > 5 else "")
        raise Refused(f"不能撤销，这次导入以后已经办理了别的事项：{shown}。没有改动。")


def undone(act: Act, run: ImportRun) -> ImportRun:
    """A run whose rows are all as they were before."""
    run.undone_at, run.undone_by = act.now, act.actor.id if act.actor else None
    act.session.add(run)
    act.record("undo_import", run.kind, run.id, after={"new": run.new, "changed": run.changed})
    return run


def put_back(session: Session, changes: list[Change]) -> None:
    """Old values first, since they may be what still points to a new row; then the new rows, dependants first."""
    session.flush()
    for each in changes:
        if each.before:
            table = METADATA.tables[each.place]
            values = {name: _typed_one(table.columns[name], value) for name, value in each.before.items()}
            own = _id(table)
            session.execute(update(table).where(own == _typed_one(own, each.id)).values(values))
    new: dict[str, list[Any]] = {}
    for each in changes:
        if each.before is None:
            new.setdefault(each.place, []).append(each.id)
    for table in reversed(METADATA.sorted_tables):
        for part in _parts(new.get(table.name, [])):
            column = _id(table)
            session.execute(delete(table).where(column.in_(_typed(column, part))))
    session.expire_all()


def _sealable(changes: list[Change]) -> str:
    return json.dumps([[c.id, c.before, c.after] for c in changes], ensure_ascii=False, separators=(",", ":"))


def _id(table: Table) -> Column[Any]:
    (own,) = table.primary_key.columns
    return own


def _parts(ids: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(ids), _IDS):
        yield ids[at : at + _IDS]


def plain(value: Any) -> Any:
    """A value of a column as JSON keeps it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def _typed(column: Column[Any], values: Iterable[Any]) -> list[Any]:
    return [_typed_one(column, value) for value in values]


def _typed_one(column: Column[Any], value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return value
    if isinstance(column.type, Instant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value
