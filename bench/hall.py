"""A sample office to measure on: its data folder, its settings, and the process that it runs in."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot import run, settings

ROOT = Path(__file__).resolve().parent.parent
KEY = "the-key-of-the-measurements"
ADMIN_KEY = "the-admin-key-of-the-measurements"
PATIENCE = 120.0


def of(data: Path, **changes: object) -> settings.Settings:
    """Settings of an office on a free port, apart from whatever is set outside."""
    values: dict[str, object] = {
        "data": data,
        "database_url": "",
        "telegram_token": "",
        "key": KEY,
        "chat_address": "127.0.0.1:0",
        "chat_admin_key": ADMIN_KEY,
        "clock": None,
        "tick_seconds": 20.0,
    }
    return settings.load(**(values | changes))


def make(data: Path) -> None:
    """Make the sample office in a data folder, and stop it again."""

    async def once() -> None:
        async with run.office(of(data)):
            pass

    asyncio.run(once())


def environment(data: Path, **changes: str) -> dict[str, str]:
    """What `python -m bot run` needs in its environment to run on a data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QIANTONG_")}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "QIANTONG_DATA": str(data),
        "QIANTONG_KEY": KEY,
        "QIANTONG_CHAT_ADMIN_KEY": ADMIN_KEY,
        "QIANTONG_CHAT_ADDRESS": "127.0.0.1:0",
        **changes,
    }


@contextmanager
def process(command: list[str], surroundings: Mapping[str, str], folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A Python process, ended at the end; what it wrote to standard error is in the folder."""
    with (folder / "stderr.txt").open("a") as errors:
        running = subprocess.Popen(
            [sys.executable, *command],
            env=dict(surroundings),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield running
        finally:
            running.terminate()
            running.wait(30)
            if running.stdout is not None:
                running.stdout.close()


@contextmanager
def chat_file(data: Path) -> Iterator[sqlite3.Connection]:
    """The chat's own memory, to look into while a process works on it."""
    connection = sqlite3.connect(f"file:{data / 'chat' / 'chat.db'}?mode=ro", uri=True, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def bot_of(chat: sqlite3.Connection) -> tuple[int, str]:
    """Id and token of the chat's bot."""
    number, token = chat.execute("SELECT id, token FROM person WHERE is_bot").fetchone()
    return int(number), str(token)


def said_by(chat: sqlite3.Connection, sender: int) -> int:
    """How many messages somebody has sent."""
    return int(chat.execute("SELECT count(*) FROM message WHERE sender_id = ?", (sender,)).fetchone()[0])


def until(what: str, holds: Callable[[], bool], within: float = PATIENCE) -> None:
    """Wait in small steps; TimeoutError that tells what was waited for."""
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
