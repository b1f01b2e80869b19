"""Puts many new rows into one table, a few thousand at a time, sealed columns sealed together."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import LargeBinary, column, insert, table

from models.act import Act
from models.base import KEYRING, Sealed

_PART = 5_000


def put(act: Act, model: Any, values: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows given as columns of equal length, by name; every column that must not be null is among them."""
    act.session.flush()
    types = {each.name: each.type for each in model.__table__.columns}
    sealed = {name for name in values if isinstance(types[name], Sealed)}
    # What is sealed already goes in as it is.
    place = table(
        model.__tablename__, *(column(name, LargeBinary() if name in sealed else types[name]) for name in values)
    )
    statement, connection = insert(place), act.session.connection()
    names = tuple(values)
    for start in range(0, len(values[names[0]]), _PART):
        part = [
            KEYRING.seal_all(texts[start : start + _PART], act.now, act.entropy)
            if name in sealed
            else texts[start : start + _PART]
            for name, texts in values.items()
        ]
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in zip(*part, strict=True)])
