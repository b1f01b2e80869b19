"""The updates a bot has not yet confirmed: queued in the file, handed out by long polling."""

import asyncio
import json
import time
from typing import Any

from bot.chat.accounts import Person
from bot.chat.store import Store
from bot.chat.wire import ApiError, dump

# What Telegram leaves out unless a bot asks for it by name.
ON_REQUEST = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
CONFLICT_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


def queue(store: Store, bot_id: int, kind: str, content: dict[str, Any]) -> None:
    """Add an update of this kind for a bot, unless it asked not to get the kind."""
    row = store.db.execute("SELECT allowed FROM person WHERE id = ?", (bot_id,)).fetchone()
    allowed = json.loads(row["allowed"]) if row["allowed"] else None
    if (kind not in allowed) if allowed else (kind in ON_REQUEST):
        return
    update_id = store.db.execute("UPDATE person SET seq = seq + 1 WHERE id = ? RETURNING seq", (bot_id,)).fetchone()[0]
    body = f'{{"update_id":{update_id},"{kind}":{dump(content)}}}'
    store.db.execute("INSERT INTO update_row VALUES (?, ?, ?)", (bot_id, update_id, body))
    store.news(bot_id)


def pending(store: Store, bot_id: int) -> int:
    """How many updates wait."""
    return int(store.db.execute("SELECT count(*) FROM update_row WHERE bot_id = ?", (bot_id,)).fetchone()[0])


def drop(store: Store, bot_id: int) -> None:
    """Forget all updates that wait."""
    with store.write() as db:
        db.execute("DELETE FROM update_row WHERE bot_id = ?", (bot_id,))


def allow(store: Store, bot_id: int, kinds: Any) -> None:
    """Remember which kinds a bot wants; None keeps what was said before, an empty list is the default."""
    if not isinstance(kinds, list):
        return
    wanted = json.dumps([str(kind) for kind in kinds]) if kinds else None
    row = store.one("SELECT allowed FROM person WHERE id = ?", bot_id)
    if row is not None and row["allowed"] != wanted:
        with store.write() as db:
            db.execute("UPDATE person SET allowed = ? WHERE id = ?", (wanted, bot_id))


def confirm(store: Store, bot_id: int, before: int) -> None:
    """Forget the updates with an id below `before`."""
    if store.one("SELECT 1 FROM update_row WHERE bot_id = ? AND update_id < ? LIMIT 1", bot_id, before):
        with store.write() as db:
            db.execute("DELETE FROM update_row WHERE bot_id = ? AND update_id < ?", (bot_id, before))


def first(store: Store, bot_id: int, limit: int) -> list[str]:
    """The oldest updates as JSON texts."""
    rows = store.db.execute(
        "SELECT body FROM update_row WHERE bot_id = ? ORDER BY update_id LIMIT ?", (bot_id, limit)
    ).fetchall()
    return [row["body"] for row in rows]


class Polls:
    """The one long poll each bot may have; a newer one ends the older with 409."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.turn: dict[int, int] = {}

    def interrupt(self, bot_id: int) -> None:
        """End the poll a bot has open, if any."""
        self.turn[bot_id] = self.turn.get(bot_id, 0) + 1
        self.store.wake(bot_id)

    async def poll(self, bot: Person, *, offset: int, limit: int, seconds: float) -> list[str]:
        """Updates as JSON texts, after waiting up to `seconds` for the first.

        A positive offset confirms all below it, a negative one all but the last few. Raises ApiError 409 when a
        newer poll took over.
        """
        self.interrupt(bot.id)
        mine = self.turn[bot.id]
        if offset < 0:
            row = self.store.one("SELECT seq FROM person WHERE id = ?", bot.id)
            offset = max(int(row["seq"]) + 1 + offset, 0) if row else 0
        if offset > 0:
            confirm(self.store, bot.id, offset)
        end = time.monotonic() + seconds
        with self.store.waiting(bot.id) as news:
            while True:
                news.clear()
                if self.turn[bot.id] != mine:
                    raise ApiError(409, CONFLICT)
                found = first(self.store, bot.id, limit)
                left = end - time.monotonic()
                if found or left <= 0 or self.store.stopping:
                    return found
                try:
                    await asyncio.wait_for(news.wait(), left)
                except TimeoutError:
                    continue
