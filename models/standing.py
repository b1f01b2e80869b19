"""The register of entities held by columns against plain rows of a file: what it has of them, and what they change."""

import json
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, MutableSequence, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, LargeBinary, Select, Text, cast, func, select, type_coerce
from sqlmodel import Session

from models.base import KEYRING, Sealed
from models.columnwise import Plain
from models.comparison import differs
from models.entity import Entity

# A row as it is read: id, label and the other columns of the file.
_Row = Any

# Rows held against each other at once, and labels in one statement.
_PART, _LABELS = 5_000, 500
# A file of so many times fewer rows than the register is looked up in it; otherwise the register is read through.
_FEWER = 20

_COLUMNS = Entity.__table__.c  # type: ignore[attr-defined]


def held(session: Session, plain: Plain, others: Collection[str]) -> tuple[Plain, list[int]]:
    """The rows with what the register has of them, and the ids of rows of the register that the file lacks, in order.

    `others` are the labels of the file's other rows. What is sealed is opened: WrongKey with another key.
    """
    count = session.execute(select(func.count()).select_from(Entity)).scalar_one()
    if not count:
        return plain, []
    few = (len(plain.labels) + len(others)) * _FEWER < count
    statement = _statement(plain)
    parts = _looked_up(session, [*plain.labels, *others], statement) if few else _read_through(session, statement)
    place_of = dict(zip(plain.labels, range(len(plain.labels)), strict=True))
    ids = array("q", bytes(8 * len(plain.labels)))
    before: dict[str, dict[int, Any]] = {name: {} for name in plain.values if name != "label"}
    meant: set[int] = set()
    lacking: list[int] = []
    for part in parts:
        if few:
            meant.update(row[0] for row in part)
        places = [place_of.get(row[1]) for row in part]
        both = part
        if None in places:
            lacking.extend(row[0] for row, at in zip(part, places, strict=True) if at is None and row[1] not in others)
            both = [row for row, at in zip(part, places, strict=True) if at is not None]
        _compare(plain, [at for at in places if at is not None], both, ids, before)
    if few:
        lacking = [row_id for row_id in session.scalars(select(_COLUMNS.id)) if row_id not in meant]
    return replace(plain, ids=ids, before=before), sorted(lacking)


def speaking(plain: Plain) -> set[int]:
    """The places of rows that change something of which a word is to be said: the risk class (comparison)."""
    return {place for place, old in plain.before.get("risk_class", {}).items() if old}


def rows(session: Session, labels: Sequence[str]) -> dict[tuple[str, ...], Entity]:
    """The register's rows with these labels, by key."""
    return {(row.label,): row for (row,) in chain.from_iterable(_looked_up(session, labels, select(Entity)))}


def _compare(
    plain: Plain,
    places: Sequence[int],
    part: Sequence[_Row],
    ids: MutableSequence[int],
    before: dict[str, dict[int, Any]],
) -> None:
    """Hold rows of the register against those at `places`, noting their ids and what would change."""
    if not places:
        return
    own, _, *stored = zip(*part, strict=True)
    for place, row_id in zip(places, own, strict=True):
        ids[place] = row_id
    pick = itemgetter(*places, places[0])
    for (name, old), cells in zip(before.items(), stored, strict=True):
        was, now = _MEANINGS.get(name, tuple)(cells), pick(plain.values[name])[:-1]
        if was != now:
            old.update((at, one) for at, one, other in zip(places, was, now, strict=True) if differs(one, other))


def _statement(plain: Plain) -> Select[Any]:
    """Ids, labels and the columns that the file has; what is sealed or a list is read as it lies there."""
    return select(_COLUMNS.id, _COLUMNS.label, *(_as_it_lies(name) for name in plain.values if name != "label"))


def _as_it_lies(name: str) -> Any:
    column = _COLUMNS[name]
    if isinstance(column.type, Sealed):
        return type_coerce(column, LargeBinary)
    return cast(column, Text) if isinstance(column.type, JSON) else column


def _read_through(session: Session, statement: Select[Any]) -> Iterator[Sequence[_Row]]:
    return session.execute(statement.execution_options(yield_per=_PART)).partitions()


def _looked_up(session: Session, labels: Sequence[str], statement: Select[Any]) -> Iterator[Sequence[_Row]]:
    for at in range(0, len(labels), _LABELS):
        yield session.execute(statement.where(_COLUMNS.label.in_(labels[at : at + _LABELS]))).all()


# Few different texts.
_listed = lru_cache(maxsize=4096)(json.loads)


def _opened(cells: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(KEYRING.open_all(list(cells)))


def _lists(cells: Iterable[str]) -> tuple[Any, ...]:
    return tuple(map(_listed, cells))


# What the cells of a column mean that were read as they lie there.
_MEANINGS: dict[str, Callable[[Iterable[Any]], tuple[Any, ...]]] = {
    column.name: _opened if isinstance(column.type, Sealed) else _lists
    for column in _COLUMNS
    if isinstance(column.type, Sealed | JSON)
}
