"""Progress on the terminal: one line on standard error that comes when work takes long and goes when it is done."""

import sys
import time
from types import TracebackType

PATIENCE = 2.0
"""Seconds that somebody waits without wondering."""

EVERY = 0.5


class Progress:
    """Says how far a long piece of work is; silent where standard error is no terminal, so that scripts see answers."""

    def __init__(self, what: str, patience: float = PATIENCE) -> None:
        self._what = what
        self._next = time.monotonic() + patience
        self._on_terminal = sys.stderr.isatty()
        self._shown = False

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away: what is printed now is the answer."""
        if self._shown:
            self._write("")
            self._shown = False

    def share(self, done: int, of: int) -> None:
        """So much of so much is done."""
        if self._on_terminal and time.monotonic() >= self._next:
            self._write(f"{self._what}：{100 * done // max(of, 1)}%")

    def say(self, text: str) -> None:
        """What is being done now, which may take long by itself."""
        if self._on_terminal and (self._shown or time.monotonic() >= self._next):
            self._write(f"{self._what}：{text}")

    def _write(self, line: str) -> None:
        # Back to the start of the line, the line, and the rest of it cleared (ECMA-48 EL).
        sys.stderr.write(f"\r{line}\x1b[K")
        sys.stderr.flush()
        self._shown = True
        self._next = time.monotonic() + EVERY
