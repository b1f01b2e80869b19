"""Making people, bots and groups, for the process that runs the chat and for the administrator's paths."""

import json
import secrets
from collections.abc import Sequence

from bot.chat import groups
from bot.chat.accounts import PRESENT, by_username, open_private, status
from bot.chat.keys import new_key, personal_link, readable_key
from bot.chat.store import Store
from bot.chat.wire import bad

__all__ = ["add_user", "ensure_bot", "ensure_chat", "ensure_user", "open_private", "personal_link"]

FIRST_BOT = 7_000_000_001
FIRST_USER = 600_000_001
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def ensure_bot(store: Store, username: str, first_name: str, privacy: bool = True) -> tuple[int, str]:
    """The id and token of the bot with this username, made if it is missing."""
    with store.write() as db:
        row = store.one("SELECT id, token, is_bot FROM person WHERE lower(username) = lower(?)", username)
        if row is not None:
            if not row["is_bot"]:
                raise bad(f"the username {username} belongs to a person")
            store.known.clear()
            db.execute(
                "UPDATE person SET first_name = ?, privacy = ? WHERE id = ?", (first_name, int(privacy), row["id"])
            )
            return row["id"], row["token"]
        bot_id = store.next("bot", FIRST_BOT)
        token = f"{bot_id}:{''.join(secrets.choice(LETTERS) for _ in range(35))}"
        db.execute(
            "INSERT INTO person (id, is_bot, first_name, username, token, privacy) VALUES (?, 1, ?, ?, ?, ?)",
            (bot_id, first_name, username, token, int(privacy)),
        )
        return bot_id, token


def ensure_user(
    store: Store,
    first_name: str,
    last_name: str | None = None,
    username: str | None = None,
    *,
    unit: str = "",
    roles: Sequence[str] = (),
) -> tuple[int, str]:
    """The id and key of a person, made if missing; known by username, or else by names and unit.

    The key of a person who is there already is the readable one where keys are kept (the sample office), and
    "" elsewhere: the store knows only its hash.
    """
    with store.write() as db:
        if username:
            row = store.one("SELECT id FROM person WHERE lower(username) = lower(?) AND NOT is_bot", username)
        else:
            row = store.one(
                "SELECT id FROM person WHERE first_name = ? AND last_name IS ? AND unit = ? AND NOT is_bot"
                " AND username IS NULL",
                first_name,
                last_name,
                unit,
            )
        if row is not None:
            store.known.clear()
            db.execute(
                "UPDATE person SET first_name = ?, last_name = ?, unit = ?, roles = ? WHERE id = ?",
                (first_name, last_name, unit, json.dumps(list(roles)), row["id"]),
            )
            return row["id"], readable_key(store, row["id"]) or ""
        return add_user(store, first_name, last_name, username, unit=unit, roles=roles)


def add_user(
    store: Store,
    first_name: str,
    last_name: str | None = None,
    username: str | None = None,
    *,
    unit: str = "",
    roles: Sequence[str] = (),
) -> tuple[int, str]:
    """A new person's id and key. Raises ApiError 400 where the username is taken."""
    with store.write() as db:
        if username and by_username(store, username):
            raise bad(f"the username {username} is taken")
        person_id = store.next("user", FIRST_USER)
        db.execute(
            "INSERT INTO person (id, is_bot, first_name, last_name, username, unit, roles)"
            " VALUES (?, 0, ?, ?, ?, ?, ?)",
            (person_id, first_name, last_name, username, unit, json.dumps(list(roles))),
        )
        return person_id, new_key(store, person_id)


def ensure_chat(store: Store, type: str, title: str, members: Sequence[int], bots: Sequence[int]) -> int:
    """The id of the group with this title, made if missing; whoever is missing in it is added."""
    row = store.one("SELECT id FROM chat WHERE title = ? AND migrated_to IS NULL ORDER BY id DESC LIMIT 1", title)
    if row is None:
        return groups.create(store, type, title, members, bots)
    missing = [one for one in [*members, *bots] if status(store, row["id"], one) not in PRESENT]
    if missing:
        groups.add(store, row["id"], missing)
    return int(row["id"])
