"""Puts many new rows into one table, a few thousand at a time, sealed columns sealed together."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import LargeBinary, column, insert, table
from sqlmodel import Session

from models.act import Act
from models.base import KEYRING, Sealed

_PART = 5_000

Rows = list[dict[str, Any]]


def put(act: Act, model: Any, values: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows given as columns of equal length, by name; every column that must not be null is among them."""
    act.session.flush()
    for start in range(0, len(next(iter(values.values()))), _PART):
        put_ready(act.session, model, ready(act, model, values, start, start + _PART))


def ready(act: Act, model: Any, values: Mapping[str, Sequence[Any]], start: int, stop: int) -> Rows:
    """The rows from `start` to `stop` as they go in, sealed; touches no transaction."""
    types = _types(model)
    part = [
        KEYRING.seal_all(texts[start:stop], act.now, act.entropy)
        if isinstance(types[name], Sealed)
        else texts[start:stop]
        for name, texts in values.items()
    ]
    names = tuple(values)
    return [dict(zip(names, row, strict=True)) for row in zip(*part, strict=True)]


def put_ready(session: Session, model: Any, rows: Rows) -> None:
    """Insert rows that `ready` made."""
    types = _types(model)
    # What is sealed already goes in as it is.
    place = table(
        model.__tablename__,
        *(column(name, LargeBinary() if isinstance(types[name], Sealed) else types[name]) for name in rows[0]),
    )
    session.connection().execute(insert(place), rows)


def _types(model: Any) -> dict[str, Any]:
    return {each.name: each.type for each in model.__table__.columns}
