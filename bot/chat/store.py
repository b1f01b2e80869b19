"""The local chat's memory: one SQLite file and a folder of files, and the waking of those who wait for news."""

import asyncio
import json
import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS person (
    id INTEGER PRIMARY KEY, is_bot INTEGER NOT NULL, first_name TEXT NOT NULL, last_name TEXT, username TEXT,
    token TEXT, privacy INTEGER NOT NULL DEFAULT 1, unit TEXT NOT NULL DEFAULT '', roles TEXT NOT NULL DEFAULT '[]',
    seq INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, allowed TEXT,
    webhook TEXT, pin TEXT, misses INTEGER NOT NULL DEFAULT 0, locked_until INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS person_username ON person (lower(username));
CREATE UNIQUE INDEX IF NOT EXISTS person_token ON person (token);
CREATE TABLE IF NOT EXISTS access (
    hash TEXT PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person, made INTEGER NOT NULL, readable TEXT);
CREATE TABLE IF NOT EXISTS link (
    hash TEXT PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person, made INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS chat (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, title TEXT NOT NULL, migrated_to INTEGER, pinned INTEGER);
CREATE TABLE IF NOT EXISTS member (
    chat_id INTEGER NOT NULL REFERENCES chat, person_id INTEGER NOT NULL REFERENCES person, status TEXT NOT NULL,
    PRIMARY KEY (chat_id, person_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_person ON member (person_id);
CREATE TABLE IF NOT EXISTS dialog (
    person_id INTEGER NOT NULL REFERENCES person, bot_id INTEGER NOT NULL REFERENCES person,
    blocked INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (person_id, bot_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL, bot_id INTEGER, sender_id INTEGER NOT NULL,
    date INTEGER NOT NULL, body TEXT NOT NULL, keyboard TEXT, offered TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (chat_id, message_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS happening (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, chat_id INTEGER, message_id INTEGER, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS happening_message ON happening (chat_id, message_id);
CREATE TABLE IF NOT EXISTS event (
    person_id INTEGER NOT NULL, seq INTEGER NOT NULL, happening_id INTEGER NOT NULL REFERENCES happening,
    PRIMARY KEY (person_id, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
    person_id INTEGER NOT NULL, chat_id INTEGER NOT NULL, bot_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
    PRIMARY KEY (person_id, chat_id, bot_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS update_row (
    bot_id INTEGER NOT NULL, update_id INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (bot_id, update_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    file_id TEXT PRIMARY KEY, unique_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT, mime TEXT, size INTEGER NOT NULL,
    width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0, duration INTEGER NOT NULL DEFAULT 0,
    path TEXT NOT NULL UNIQUE, disk TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file_chat (
    file_id TEXT NOT NULL REFERENCES file, chat_id INTEGER NOT NULL, bot_id INTEGER NOT NULL,
    PRIMARY KEY (file_id, chat_id, bot_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS command_list (
    bot_id INTEGER NOT NULL, scope TEXT NOT NULL, language TEXT NOT NULL, commands TEXT NOT NULL,
    PRIMARY KEY (bot_id, scope, language)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (bot_id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (bot_id, name)) WITHOUT ROWID;
"""


@dataclass
class Press:
    """A pressed button that waits for the bot's answer."""

    person_id: int
    bot_id: int
    chat_id: int
    message_id: int
    data: str
    made: float
    answer: "asyncio.Future[dict[str, Any]]"


class Store:
    """Everything the chat remembers.

    The paths run in one event loop; each change is one short transaction, committed before the answer goes out. The
    process around the chat may make changes from other threads too: one transaction is open at a time.
    keep_keys holds personal keys readable too, which the sample office needs and no other may have.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime], *, keep_keys: bool = False) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.clock = clock
        self.keep_keys = keep_keys
        self.files = folder / "files"
        self.files.mkdir(mode=0o700, exist_ok=True)
        path = folder / "chat.db"
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        self.db.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.executescript(SCHEMA)
        self.presses: dict[str, Press] = {}
        # People change seldom and are looked up several times in each call; whoever changes one clears this.
        self.known: dict[int | str, Any] = {}
        self.stopping = False
        self._depth = 0
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._news: set[int] = set()
        self._waiting: dict[int, set[asyncio.Event]] = defaultdict(set)

    def now(self) -> int:
        """The chat's time in whole seconds since 1970."""
        return int(self.clock().timestamp())

    def close(self) -> None:
        """Close the file; unconfirmed updates stay in it."""
        self.db.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction; an inner one joins the outer. Whoever got news is woken after the commit."""
        with self._lock:
            if self._depth:
                yield self.db
                return
            news = yield from self._transaction()
        for person in news:
            self.wake(person)

    def _transaction(self) -> Generator[sqlite3.Connection, None, set[int]]:
        self.db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            self._news.clear()
            self.known.clear()
            raise
        else:
            self.db.execute("COMMIT")
        finally:
            self._depth = 0
        news, self._news = self._news, set()
        return news

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        row: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.db.execute(sql, values).fetchall()

    def next(self, name: str, first: int = 1) -> int:
        """The next number of a counter, which outlives restarts; the first call gives `first`."""
        row = self.db.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name, first),
        ).fetchone()
        return int(row[0])

    def setting(self, bot_id: int, name: str) -> Any:
        """A remembered setting of a bot, or None."""
        row = self.one("SELECT value FROM setting WHERE bot_id = ? AND name = ?", bot_id, name)
        return None if row is None else json.loads(row["value"])

    def set(self, bot_id: int, name: str, value: Any) -> None:
        """Remember a setting of a bot; None forgets it."""
        with self.write() as db:
            db.execute("DELETE FROM setting WHERE bot_id = ? AND name = ?", (bot_id, name))
            if value is not None:
                db.execute("INSERT INTO setting VALUES (?, ?, ?)", (bot_id, name, json.dumps(value)))

    def news(self, person: int) -> None:
        """Say that a person or a bot has news; they are woken when the transaction is done."""
        self._news.add(person)

    def wake(self, person: int) -> None:
        """Wake all who wait for this person's or bot's news; from any thread."""
        if self._loop is None or person not in self._waiting:
            return
        if threading.get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.wake, person)
            return
        for event in self._waiting.get(person, ()):
            event.set()

    @contextmanager
    def waiting(self, person: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever the person or bot has news, or the server stops."""
        event = asyncio.Event()
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._waiting[person].add(event)
        if self.stopping:
            event.set()
        try:
            yield event
        finally:
            self._waiting[person].discard(event)
            if not self._waiting[person]:
                del self._waiting[person]

    def stop(self) -> None:
        """End all waiting at once."""
        self.stopping = True
        for events in list(self._waiting.values()):
            for event in events:
                event.set()
        for press in self.presses.values():
            if not press.answer.done():
                press.answer.cancel()
