"""The register of entities held by columns against plain rows of a file: what it has of them, and what they change."""

import json
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, MutableSequence, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain, compress
from typing import Any

from sqlalchemy import JSON, LargeBinary, Select, Text, cast, func, select, type_coerce
from sqlmodel import Session

from models.base import KEYRING, Sealed
from models.columnwise import Plain
from models.comparison import differs
from models.entity import Entity

# A row as it is read: id, label and the other columns of the file.
_Row = Any

# Rows held against each other at once (few enough to stay in the processor), and labels in one statement.
_PART, _LABELS = 1_000, 500
# A file of so many times fewer rows than the register is looked up in it; otherwise the register is read through.
_FEWER = 3

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
    place_of: dict[str, int] = {}
    after = 0
    ids = array("q", bytes(8 * len(plain.labels)))
    before: dict[str, dict[int, Any]] = {name: {} for name in plain.values if name != "label"}
    meant: set[int] = set()
    lacking: list[int] = []
    for part in parts:
        columns: list[Any] = list(zip(*part, strict=True))
        own, labels = columns[:2]
        if few:
            meant.update(own)
        places: Sequence[Any] = range(after, after + len(labels))
        # Mostly the register stands in the order of the file; the rows are looked for where it does not.
        if list(labels) != plain.labels[after : after + len(labels)]:
            place_of = place_of or dict(zip(plain.labels, range(len(plain.labels)), strict=True))
            places = list(map(place_of.get, labels))
            if None in places:
                both = [at is not None for at in places]
                lacking.extend(
                    row_id
                    for row_id, label, there in zip(own, labels, both, strict=True)
                    if not there and label not in others
                )
                places, *columns = (list(compress(each, both)) for each in (places, *columns))
        if places:
            _compare(plain, places, columns, ids, before)
            after = places[-1] + 1
    if few:
        lacking = [row_id for row_id in _ids(session, count) if row_id not in meant]
    return replace(plain, ids=ids, before=before), sorted(lacking)


def speaking(plain: Plain) -> set[int]:
    """The places of rows that change something of which a word is to be said: the risk class (comparison)."""
    return {place for place, old in plain.before.get("risk_class", {}).items() if old}


def rows(session: Session, labels: Sequence[str]) -> dict[tuple[str, ...], Entity]:
    """The register's rows with these labels, by key."""
    return {(row.label,): row for (row,) in chain.from_iterable(_looked_up(session, labels, select(Entity)))}


def _ids(session: Session, count: int) -> Iterable[int]:
    """The ids of the register, which has `count` rows; mostly it has no holes, and they need not be read."""
    first, last = (session.scalars(select(each(_COLUMNS.id))).one() for each in (func.min, func.max))
    return range(first, last + 1) if last - first + 1 == count else session.scalars(select(_COLUMNS.id))


def _compare(
    plain: Plain,
    places: Sequence[int],
    columns: Sequence[Sequence[Any]],
    ids: MutableSequence[int],
    before: dict[str, dict[int, Any]],
) -> None:
    """Hold columns of the register (ids, labels and the others) against the rows at `places`, noting what differs."""
    for place, row_id in zip(places, columns[0], strict=True):
        ids[place] = row_id
    for (name, old), cells in zip(before.items(), columns[2:], strict=True):
        was, now = _MEANINGS.get(name, tuple)(cells), _at(plain.values[name], places)
        if was != now:
            old.update(
                (at, one) for at, one, new in zip(places, was, now, strict=True) if one != new and differs(one, new)
            )


def _at(column: Sequence[Any], places: Sequence[int]) -> tuple[Any, ...]:
    """The cells at these places."""
    if isinstance(places, range):
        return tuple(column[places.start : places.stop])
    return tuple(map(column.__getitem__, places))


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
        if part := session.execute(statement.where(_COLUMNS.label.in_(labels[at : at + _LABELS]))).all():
            yield part


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
