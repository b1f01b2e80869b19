"""导入记录: the imports that were kept, the newest first, and what each of them changed row by row (DESIGN §4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlmodel import Session, col, func, or_, select

from models import importrun, intake, people
from models.act import Act, NoRight, key
from models.called import MASK as MASK
from models.called import Wording, called, called_by
from models.importrun import Change, ImportChange, ImportRun, RunState
from models.people import Person
from models.rows import KIND_NAMES
from models.words import Role

PAGE = 10
"""Runs shown at once."""

CLI = "命令行"
"""Who did what nobody of the office did in the chat."""

NOT_KEPT = "（没有记录）"
"""What a value became where only the old one was kept."""

# Sealed texts that are opened for the few rows shown in a message: each holds some thousand rows.
_LOOKED_AT = 4

# What follows from other columns and says nothing by itself.
_FOLLOWS = frozenset({"id_hash", "key", "at"})


@dataclass(frozen=True)
class Logged:
    """One run: `undone` is when it was taken back and by whom; `state` and `reason` are as `ImportRun` has them."""

    id: int
    at: datetime
    kind: str
    name: str
    new: int
    changed: int
    total: int
    who: str
    state: str
    reason: str
    undone_at: datetime | None
    undone_by: str

    @property
    def rows(self) -> int:
        """Rows that it wrote."""
        return self.new + self.changed


@dataclass(frozen=True)
class Page:
    """Some of the runs; `number` counts from 0, `first` is the place of the first among all, from 1, of `many`."""

    runs: tuple[Logged, ...]
    number: int
    pages: int
    first: int
    many: int


@dataclass(frozen=True)
class Cell:
    """One value of a row as it was and as it became, in words; `name` is the column's name in its table."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One row that a run made (`new`) or changed; number and name are those of today, else those that were kept."""

    place: str
    label: str
    name: str
    new: bool
    cells: tuple[Cell, ...] = ()


def page(act: Act, number: int = 0) -> Page:
    """One page of the imports that the actor may see, the newest first; NoRight for whoever may not import."""
    seen = select(ImportRun).where(
        col(ImportRun.kind).in_(_kinds(act)), or_(ImportRun.digest != "", ImportRun.name == "")
    )
    many = act.session.exec(select(func.count()).select_from(seen.subquery())).one()
    pages = max(1, -(-many // PAGE))
    number = min(max(0, number), pages - 1)
    found = act.session.exec(seen.order_by(col(ImportRun.id).desc()).offset(number * PAGE).limit(PAGE))
    return Page(tuple(_logged(act.session, run) for run in found), number, pages, number * PAGE + 1, many)


def some(act: Act) -> bool:
    """Whether there is any run that the actor may see."""
    return bool(page(act).runs)


def run(act: Act, run_id: int) -> Logged:
    """One run; refused where there is none, NoRight for whoever may not import its kind."""
    found = importrun.get(act.session, run_id)
    intake.may_import(act, found.kind)
    return _logged(act.session, found)


def lines(act: Act, run_id: int, limit: int | None = None) -> Iterator[Line]:
    """What a run changed, in the order in which it was kept, at most `limit` rows; a few thousand in memory at once."""
    run(act, run_id)
    return islice(_lines(act.session, run_id), limit)


def shown(act: Act, run_id: int, limit: int) -> tuple[list[Line], int]:
    """A few of the rows of a run and how many there are; changed ones first, which tell more than new ones.

    Of a run of more than some ten thousand rows they are taken from its end.
    """
    found, session = run(act, run_id), act.session
    numbers = _chunks(session, run_id)
    changes = [change for number in numbers[-_LOOKED_AT:] for change in _changes(session, number)]
    changes.sort(key=lambda change: change.before is None)
    wording = Wording(session)
    few = [line for change in changes[:limit] for line in _told(session, wording, change.place, [change])]
    return few, len(changes) if len(numbers) <= _LOOKED_AT else max(found.rows, len(changes))


def cells(wording: Wording, change: Change) -> tuple[Cell, ...]:
    """The values of a changed row that became others; empty for a new row."""
    if change.before is None:
        return ()
    return tuple(
        Cell(
            name,
            wording.text(change.place, name, old),
            wording.text(change.place, name, change.after.get(name)) if change.after is not None else NOT_KEPT,
        )
        for name, old in change.before.items()
        if name not in _FOLLOWS
    )


def taken_out(act: Act, run_id: int, rows: int) -> None:
    """The record of a list of changes that left the office as a file."""
    found = run(act, run_id)
    act.record("export", "import_run", found.id, after={"kind": found.kind, "rows": rows})


def _lines(session: Session, run_id: int) -> Iterator[Line]:
    wording = Wording(session)
    for number in _chunks(session, run_id):
        changes = _changes(session, number)
        if changes:
            yield from _told(session, wording, changes[0].place, changes)


def _chunks(session: Session, run_id: int) -> Sequence[int]:
    own = select(ImportChange.id).where(ImportChange.run_id == run_id).order_by(col(ImportChange.id))
    return [number or 0 for number in session.exec(own)]


def _changes(session: Session, number: int) -> list[Change]:
    """What is in one sealed text, which is not kept in memory."""
    chunk = session.get_one(ImportChange, number)
    session.expunge(chunk)
    return importrun.opened(chunk)


def _told(session: Session, wording: Wording, place: str, changes: list[Change]) -> Iterator[Line]:
    """Changes of one table in words."""
    names = called(session, place, [change.id for change in changes])
    for change in changes:
        kept = {**(change.before or {}), **(change.after or {})}
        label, name = names.get(change.id) or called_by(place, kept)
        yield Line(place, label, name, change.before is None, cells(wording, change))


def _kinds(act: Act) -> list[str]:
    """The kinds that the actor may import; NoRight where there is none."""
    office = people.root(act.session)
    if office is None or not act.may({Role.STAFF, Role.ADMIN}, key(office)):
        raise NoRight
    return [kind for kind in KIND_NAMES if kind != "people" or act.may({Role.ADMIN}, key(office))]


def _logged(session: Session, row: ImportRun) -> Logged:
    return Logged(
        id=key(row),
        at=row.at,
        kind=row.kind,
        name=row.name,
        new=row.new,
        changed=row.changed,
        total=row.total,
        who=who(session, row.person_id),
        state=RunState(row.state),
        reason=row.reason,
        undone_at=row.undone_at,
        undone_by=who(session, row.undone_by) if row.undone_at else "",
    )


def by_hand(row: ImportRun) -> bool:
    """Whether a run is one row entered or corrected in the chat, kept like an import: it has a name and no file."""
    return bool(row.name) and not row.digest


def who(session: Session, person_id: int | None) -> str:
    """Whoever did it, by name."""
    return session.get_one(Person, person_id).name if person_id else CLI
