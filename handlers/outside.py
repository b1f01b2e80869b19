"""What was asked, in transactions of its own: for work that goes on when the asker's has ended."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Dialect, Engine
from sqlmodel import Session

from models.act import Act
from models.base import reading, writing
from templates.texts import Html, say


class Outside:
    """An act whose transactions are opened one by one, each at the time that it has become by then."""

    def __init__(self, act: Act) -> None:
        engine = act.session.get_bind()
        assert isinstance(engine, Engine)
        self._engine, self._began = engine, time.monotonic()
        self._act = replace(act, session=Session())

    @classmethod
    def instead(cls, act: Act) -> "Outside":
        """The same, with the act's own transaction ended: it has only read."""
        made = cls(act)
        act.session.close()
        return made

    @property
    def dialect(self) -> Dialect:
        """What kind of store it is."""
        return self._engine.dialect

    @property
    def act(self) -> Act:
        """The act as it is now, in no transaction."""
        if self._act.simulated:
            return self._act
        return replace(self._act, now=self._act.now + timedelta(seconds=time.monotonic() - self._began))

    @contextmanager
    def reading(self) -> Iterator[Act]:
        """In a transaction that writes nothing and keeps nobody waiting."""
        with reading(self._engine) as session:
            yield replace(self.act, session=session)

    @contextmanager
    def writing(self) -> Iterator[Act]:
        """In a transaction that writes: everybody else's waits for its end."""
        with writing(self._engine) as session:
            yield replace(self.act, session=session)


def ticking(tell: Callable[[Html], None], text: str, /, **values: object) -> Callable[[object], None]:
    """Says a text, with the seconds that have gone by, in the message that asked to wait: `kit.apart` calls it."""
    began = time.monotonic()
    return lambda _: tell(say(text, seconds=round(time.monotonic() - began), **values))
