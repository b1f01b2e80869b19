"""A large import written, or undone, in parts: each a short transaction of its own, so that others write in between."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import compress
from typing import Any

from sqlalchemy import Dialect, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from models import builton, bulk, importrun, intake, people
from models.act import Act, Refused, key
from models.audit import last
from models.columnwise import Taken
from models.comparison import Entry
from models.entity import Entity
from models.importrun import Change, ImportChange, ImportRun, RunState
from models.intake import Preview
from models.people import Person
from models.words import Role

KINDS = frozenset({"entity"})
"""Registers that grow so large; the others hold people, items and plans."""

PART = 4000
"""New rows in one transaction: less than a tenth of a second, which is what others wait at most."""

_CHANGED = 250
"""Changed rows in one transaction: each is held against what it is by then."""

TOLD = "import_run"
"""The kind of message to whoever imported: how far it is, and what became of it."""

OFFICE, COMMAND = "office", "command"
"""Who writes a run: the running office, or a command that somebody waits for."""

# A run that was not written for so long is written by nobody any more.
_SILENT = timedelta(seconds=60)
# So often a run is taken up where the process that wrote it ended.
_TRIES = 5

_GIVEN_UP = "这次导入已经由别的程序接着办，或者已经中断。"


@dataclass(frozen=True)
class Rows:
    """What is to be written: new rows as columns of equal length by name, and changed rows."""

    new: dict[str, Any]
    changed: Sequence[Entry]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self.new["label"]) + len(self.changed)


@dataclass(frozen=True)
class Altered:
    """Rows of which the same columns change, ready to be written, and what each was and becomes."""

    changes: list[Change]
    ready: bulk.Ready


@dataclass(frozen=True)
class Part:
    """Rows of one transaction: the labels of new ones, these ready to go in, and changed ones by what changes."""

    labels: Sequence[str] = ()
    new: bulk.Ready | None = None
    altered: Sequence[Altered] = ()

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.labels) + sum(len(each.changes) for each in self.altered)


def needed(ready: Preview) -> bool:
    """Whether what is to be written is too much for one transaction."""
    return ready.kind in KINDS and ready.new + ready.changed > PART


def too_many(run: ImportRun) -> bool:
    """Whether a run is too large to be undone in one transaction."""
    return run.kind in KINDS and run.new + run.changed > PART


def counts(ready: Preview) -> list[int]:
    """What of a preview was shown and confirmed."""
    return [ready.new, ready.changed, ready.same, ready.refused_rows]


def begin(act: Act, kind: str, asked: list[int], *, digest: str, name: str) -> ImportRun:
    """A run before its first part, of what was confirmed (`counts`). Refused while another of its kind is under way."""
    intake.may_import(act, kind)
    importrun.idle(act.session, kind)
    act.record("begin_import", kind, None, after={"new": asked[0], "changed": asked[1]})
    run = ImportRun(
        kind=kind,
        at=act.now,
        person_id=act.actor.id if act.actor else None,
        source=act.source,
        digest=digest,
        name=name,
        new=0,
        changed=0,
        audit_id=last(act.session),
        state=RunState.WRITING,
        total=asked[0] + asked[1],
        asked=asked,
    )
    act.session.add(run)
    act.session.flush()
    tell_progress(act, key(run), 0)
    return run


def resume(act: Act, kind: str, digest: str) -> int | None:
    """The run of the command line that a command was writing from the same file when it ended; None where none is.

    One from another file that nobody writes any more is stopped, so that a new one can begin.
    """
    for run in importrun.under_way(act.session):
        if run.kind != kind or run.source != "cli" or run.state != RunState.WRITING:
            continue
        if run.digest == digest:
            run.wrote_at = None
            act.session.add(run)
            return key(run)
        if run.wrote_at is not None and act.now - run.wrote_at > _SILENT:
            stop(act, key(run), run.attempt, "写入的命令中途结束")
    return None


def begin_undo(act: Act, run: ImportRun) -> None:
    """撤销导入 of a large run, before its first part. The caller checks the right; refused as by importrun.may_undo."""
    importrun.may_undo(act, run)
    run.state, run.done, run.tries, run.wrote_at = RunState.UNDOING, 0, 0, None
    act.session.add(run)
    act.session.flush()
    tell_progress(act, key(run), 0)


def waiting(act: Act, *, alone: bool) -> list[int]:
    """Runs that are to be taken up: new ones, and those whose writer is gone.

    `alone` where only one office runs on the store: what an office has taken up is then its own.
    """
    return [key(run) for run in importrun.under_way(act.session) if _free(act, run, alone)]


def claim(act: Act, run_id: int, holder: str, *, alone: bool) -> int | None:
    """Take a run up as OFFICE or COMMAND: only who has this number may write it now. None where somebody else has it.

    One that was taken up too often is stopped.
    """
    run = act.session.get_one(ImportRun, run_id, with_for_update=True, populate_existing=True)
    if run.state not in (RunState.WRITING, RunState.UNDOING) or not _free(act, run, alone):
        return None
    if run.tries >= _TRIES:
        stop(act, run_id, run.attempt, "程序几次异常结束，请联系管理员")
        return None
    run.attempt, run.tries, run.holder, run.wrote_at = run.attempt + 1, run.tries + 1, holder, act.now
    act.session.add(run)
    return run.attempt


def _free(act: Act, run: ImportRun, alone: bool) -> bool:
    if run.wrote_at is None or (alone and run.holder == OFFICE):
        return True
    return act.now - run.wrote_at > _SILENT


def rows(act: Act, ready: Preview) -> Rows:
    """The rows of a preview of a kind in KINDS."""
    taken, defaults = ready.taken, intake.defaults_of(Entity)
    if isinstance(taken, Taken):
        defaults["as_of"] = act.now.date()
        return Rows({name: taken.new(name, default) for name, default in defaults.items()}, taken.changed)
    changed = [entry for entry in taken if entry.change == "changed"]
    fresh = [defaults | intake.columns_of(act, ready.kind, each) for each in taken if each.change == "new"]
    return Rows({name: [row[name] for row in fresh] for name in defaults}, changed)


def parts(act: Act, dialect: Dialect, given: Rows) -> Iterator[Part]:
    """What each transaction writes, the new rows first. Sealing needs no transaction: others write meanwhile."""
    for start in range(0, len(given.new["label"]), PART):
        part = {name: values[start : start + PART] for name, values in given.new.items()}
        yield Part(part["label"], bulk.ready(act, dialect, Entity, part))
    for start in range(0, len(given.changed), _CHANGED):
        yield Part(altered=_altered(act, dialect, given.changed[start : start + _CHANGED]))


def _altered(act: Act, dialect: Dialect, entries: Sequence[Entry]) -> list[Altered]:
    found: dict[tuple[str, ...], list[tuple[Entry, dict[str, Any]]]] = {}
    for each in entries:
        values = intake.columns_of(act, "entity", each, altering=True)
        found.setdefault(tuple(values), []).append((each, values))
    made = []
    for names, rows in found.items():
        columns = {name: [values[name] for _, values in rows] for name in names}
        ready = bulk.ready_changes(act, dialect, Entity, {**columns, "id": [each.id for each, _ in rows]})
        changes = [
            Change("entity", each.id or 0, _plain(each.before, names), _plain(values, names)) for each, values in rows
        ]
        made.append(Altered(changes, ready))
    return made


def _plain(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: importrun.plain(values[name]) for name in names}


def write(act: Act, run_id: int, attempt: int, part: Part) -> int:
    """Write one part; returns how many rows of the run are done.

    What somebody else entered or changed since the preview stays as it is, and is counted. Refused where the run was
    given up or taken up by somebody else.
    """
    _hold(act, run_id, attempt, RunState.WRITING)
    inserted = _insert(act, part) if part.new is not None else []
    altered = _alter(act.session, part.altered)
    importrun.keep_changes(act.session, run_id, inserted + altered)
    wrote = len(inserted) + len(altered)
    run = act.session.get_one(ImportRun, run_id, populate_existing=True)
    run.new, run.changed = run.new + len(inserted), run.changed + len(altered)
    run.left, run.done = run.left + part.size - wrote, run.done + part.size
    act.session.add(run)
    return run.done


def _hold(act: Act, run_id: int, attempt: int, state: RunState) -> None:
    """Go on only as who took the run up last; the row stays locked until the transaction ends."""
    mine = update(ImportRun).where(
        col(ImportRun.id) == run_id, col(ImportRun.attempt) == attempt, col(ImportRun.state) == state
    )
    mine = mine.values(wrote_at=act.now).execution_options(synchronize_session=False)
    if act.session.execute(mine).rowcount != 1:  # type: ignore[attr-defined]
        raise Refused(_GIVEN_UP)


def _insert(act: Act, part: Part) -> list[Change]:
    session = act.session
    before = session.exec(select(func.max(Entity.id))).one() or 0
    there = _there(session, part.labels)
    assert part.new is not None
    new = part.new
    if there:
        fresh = [row for row, label in zip(new.rows, part.labels, strict=True) if label not in there]
        new = bulk.Ready(new.statement, fresh)
    if not new.rows:
        return []
    bulk.put_ready(session, new)
    wanted = set(part.labels) - there
    found = session.execute(select(Entity.id, Entity.label).where(col(Entity.id) > before).order_by(col(Entity.id)))
    return [Change("entity", row_id, None) for row_id, label in found if label in wanted]


def _there(session: Session, labels: Sequence[str]) -> set[str]:
    """Which of the labels the register has."""
    found: set[str] = set()
    for at in range(0, len(labels), 500):
        found.update(session.exec(select(Entity.label).where(col(Entity.label).in_(labels[at : at + 500]))))
    return found


def _alter(session: Session, groups: Sequence[Altered]) -> list[Change]:
    """Change what still is as it was when it was judged."""
    ids = [change.id for each in groups for change in each.changes]
    present = importrun.rows_of(session, "entity", ids) if ids else {}
    done = []
    for each in groups:
        same = [
            change.before == {n: present.get(change.id, {}).get(n) for n in change.before or ()}
            for change in each.changes
        ]
        changes = list(compress(each.changes, same))
        if changes:
            bulk.put_ready(session, bulk.Ready(each.ready.statement, list(compress(each.ready.rows, same))))
        done += changes
    return done


def finish(act: Act, run_id: int, attempt: int, ready: Preview, given: Rows) -> ImportRun:
    """The run is done: recorded with what it wrote, and whoever imported is told."""
    _hold(act, run_id, attempt, RunState.WRITING)
    run = act.session.get_one(ImportRun, run_id, populate_existing=True)
    run.state, run.wrote_at = RunState.DONE, act.now
    act.session.add(run)
    intake.record(act, ready, given.changed, run=run)
    _tell_end(act, run, "done")
    return run


def stop(act: Act, run_id: int, attempt: int, reason: str) -> None:
    """The run is given up where it stands, for a reason that whoever imported is told; nothing if it is not one's own.

    Where nothing of it was put back yet, an undoing that is given up leaves the run as it was.
    """
    run = act.session.get_one(ImportRun, run_id, populate_existing=True)
    if run.attempt != attempt or run.state not in (RunState.WRITING, RunState.UNDOING):
        return
    undoing = run.state == RunState.UNDOING
    whole = run.new + run.changed + run.left >= run.total
    run.state = RunState.DONE if undoing and whole and not run.done else RunState.STOPPED
    run.reason = reason
    act.session.add(run)
    after = {"new": run.new, "changed": run.changed, "total": run.total, "done": run.done, "reason": reason}
    act.record("stop_undo_import" if undoing else "stop_import", run.kind, run.id, after=after)
    _tell_end(act, run, "undo_stopped" if undoing else "stopped")


def obstacles(act: Act, run_id: int) -> None:
    """Refused where something was built on a run that is about to be undone; one begun before goes on."""
    run = importrun.get(act.session, run_id)
    begun = select(ImportChange.id).where(ImportChange.run_id == run_id, col(ImportChange.put_back).is_(True))
    if act.session.exec(begun.limit(1)).first() is None:
        importrun.in_the_way(builton.obstacles(act, run, importrun.changes_of(act.session, run_id)))


def undo(act: Act, run_id: int, attempt: int) -> int | None:
    """Put one part back; returns how many rows are, None where no part is left. What is in use by now stays."""
    _hold(act, run_id, attempt, RunState.UNDOING)
    todo = (
        select(ImportChange)
        .where(ImportChange.run_id == run_id, col(ImportChange.put_back).is_(False))
        .order_by(col(ImportChange.id).desc())
    )
    chunk = act.session.exec(todo.limit(1)).first()
    if chunk is None:
        return None
    changes = importrun.opened(chunk)
    back = len(changes) - _put_back(act, changes)
    chunk.put_back = True
    run = act.session.get_one(ImportRun, run_id, populate_existing=True)
    run.done += back
    act.session.add_all([chunk, run])
    return run.done


def _put_back(act: Act, changes: list[Change]) -> int:
    """Put rows back; where one of them is in use, all others. Returns how many stay."""
    try:
        with act.session.begin_nested():
            importrun.put_back(act.session, changes)
        return 0
    except IntegrityError:
        if len(changes) == 1:
            return 1
    middle = len(changes) // 2
    return _put_back(act, changes[:middle]) + _put_back(act, changes[middle:])


def finish_undo(act: Act, run_id: int, attempt: int) -> ImportRun:
    """Everything is as it was before the run: recorded, and whoever imported is told."""
    _hold(act, run_id, attempt, RunState.UNDOING)
    run = act.session.get_one(ImportRun, run_id, populate_existing=True)
    run.state = RunState.DONE
    importrun.undone(act, run)
    _tell_end(act, run, "undone")
    return run


def tell_progress(act: Act, run_id: int, done: int) -> None:
    """How far a run is, in one message to whoever imported; what was imported by the command line is shown there."""
    run = importrun.get(act.session, run_id)
    person = _importer(act, run)
    if person is None:
        return
    first = f"{TOLD}:{run.id}:{run.state}"
    added = act.tell(TOLD, first, person=person, run=run.id, said=run.state, done=done)
    if not added:
        name = f"{first}:{run.attempt}:{done}"
        act.tell(TOLD, name, person=person, edits=first, run=run.id, said=run.state, done=done)


def _tell_end(act: Act, run: ImportRun, said: str) -> None:
    """The message that told how far it was says how far it came; what became of it is a message of its own."""
    person = _importer(act, run)
    if person is None and "stopped" in said:
        # What a command began and nobody goes on with is somebody's to know.
        root = people.root(act.session)
        person = next(iter(people.holders(act.session, Role.ADMIN, key(root))), None) if root else None
    if person is None:
        return
    state = RunState.WRITING if said in ("done", "stopped") else RunState.UNDOING
    first = f"{TOLD}:{run.id}:{state}"
    if run.person_id:
        act.tell(TOLD, f"{first}:{run.attempt}:end", person=person, edits=first, run=run.id, said=state, done=run.done)
    act.tell(TOLD, f"{TOLD}:{run.id}:{said}:{run.attempt}", person=person, run=run.id, said=said)


def _importer(act: Act, run: ImportRun) -> Person | None:
    return act.session.get(Person, run.person_id) if run.person_id else None
