"""Keys and personal links: what proves who someone is."""

import hashlib
import secrets

from bot.chat.accounts import Person, find, person_of
from bot.chat.store import Store

LINK_SECONDS = 14 * 86400


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key(store: Store, person_id: int) -> str:
    """A further key for a person; only its hash is stored, except in the sample office."""
    key = secrets.token_urlsafe(32)
    with store.write() as db:
        db.execute(
            "INSERT INTO access VALUES (?, ?, ?, ?)",
            (_hash(key), person_id, store.now(), key if store.keep_keys else None),
        )
    return key


def readable_key(store: Store, person_id: int) -> str | None:
    """A key the sample office may hand out; None elsewhere."""
    if not store.keep_keys:
        return None
    row = store.one(
        "SELECT readable FROM access WHERE person_id = ? AND readable IS NOT NULL ORDER BY made LIMIT 1", person_id
    )
    return None if row is None else row["readable"]


def by_key(store: Store, key: str) -> Person | None:
    """The person a key belongs to."""
    row = store.one(
        "SELECT person.* FROM access JOIN person ON person.id = access.person_id WHERE access.hash = ?", _hash(key)
    )
    return None if row is None else person_of(row)


def personal_link(store: Store, person_id: int) -> str:
    """The path of a new personal link, good for one opening within 14 days; earlier ones are void."""
    token = secrets.token_urlsafe(24)
    with store.write() as db:
        db.execute("DELETE FROM link WHERE person_id = ?", (person_id,))
        db.execute("INSERT INTO link VALUES (?, ?, ?)", (_hash(token), person_id, store.now()))
    return f"/link/{token}"


def linked(store: Store, token: str) -> Person | None:
    """The person an unused personal link belongs to."""
    row = store.one("SELECT person_id, made FROM link WHERE hash = ?", _hash(token))
    if row is None or store.now() - row["made"] > LINK_SECONDS:
        return None
    return find(store, row["person_id"])
