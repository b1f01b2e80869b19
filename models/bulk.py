"""Puts many rows into one table, or changes them, with all that can be worked out before worked out before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, bindparam, column, insert, table, update
from sqlmodel import Session

from models.act import Act
from models.base import KEYRING, Sealed

_PART = 5_000


@dataclass(frozen=True)
class Ready:
    """Rows as the driver takes them: nothing of them is left to be worked out while others wait."""

    statement: str
    rows: Sequence[Any]


def put(act: Act, model: Any, values: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows given as columns of equal length, by name; every column that must not be null is among them."""
    act.session.flush()
    for start in range(0, len(next(iter(values.values()))), _PART):
        part = {name: texts[start : start + _PART] for name, texts in values.items()}
        put_ready(act.session, ready(act, act.session.get_bind().dialect, model, part))


def ready(act: Act, dialect: Dialect, model: Any, values: Mapping[str, Sequence[Any]]) -> Ready:
    """New rows made ready for the driver of a dialect, sealed columns sealed together; touches no transaction."""
    names = tuple(values)
    # The driver's own values go in as they are: columns without a type.
    compiled = insert(table(model.__tablename__, *map(column, names))).compile(dialect=dialect)
    return Ready(str(compiled), _rows(dialect, names, _bound(act, dialect, model, values)))


def ready_changes(act: Act, dialect: Dialect, model: Any, values: Mapping[str, Sequence[Any]]) -> Ready:
    """The same of rows that are there: columns of equal length, `id` among them, the others are set."""
    place = table(model.__tablename__, *map(column, values))
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in values if name != "id"}
    compiled = update(place).where(place.c.id == bindparam("new_id")).values(changed).compile(dialect=dialect)
    names = [f"new_{name}" for name in (*changed, "id")]
    order = {name: at for at, name in enumerate(f"new_{name}" for name in values)}
    bound = _bound(act, dialect, model, values)
    return Ready(str(compiled), _rows(dialect, names, [bound[order[name]] for name in names]))


def _rows(dialect: Dialect, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[Any]:
    rows: Iterable[Any] = zip(*columns, strict=True)
    return list(rows) if dialect.positional else [dict(zip(names, row, strict=True)) for row in rows]


def _bound(act: Act, dialect: Dialect, model: Any, values: Mapping[str, Sequence[Any]]) -> list[Sequence[Any]]:
    types = {each.name: each.type for each in model.__table__.columns}
    return [
        KEYRING.seal_all(texts, act.now, act.entropy)
        if isinstance(types[name], Sealed)
        else _processed(types[name].dialect_impl(dialect).bind_processor(dialect), texts)
        for name, texts in values.items()
    ]


def put_ready(session: Session, part: Ready) -> None:
    """Insert or change what was made ready."""
    session.connection().exec_driver_sql(part.statement, part.rows)


def _processed(process: Callable[[Any], Any] | None, values: Sequence[Any]) -> Sequence[Any]:
    """The values of a column as the driver takes them; the same value again and again is worked out once."""
    if process is None:
        return values
    known: dict[int, Any] = {}
    made = []
    for value in values:
        # By identity: lists cannot be looked up, and all values stay alive meanwhile.
        if id(value) not in known:
            known[id(value)] = process(value)
        made.append(known[id(value)])
    return made
