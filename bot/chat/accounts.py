"""People, bots and chats: who there is, and who belongs where."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from bot.chat.store import Store

PRESENT = ("creator", "administrator", "member")


@dataclass(frozen=True)
class Person:
    """A person or a bot."""

    id: int
    is_bot: bool
    first_name: str
    last_name: str | None
    username: str | None
    privacy: bool
    unit: str
    roles: tuple[str, ...]

    @property
    def name(self) -> str:
        """First and last name; without a space where both are Chinese."""
        if not self.last_name:
            return self.first_name
        return f"{self.first_name} {self.last_name}"

    def json(self) -> dict[str, Any]:
        """The Bot API's User."""
        user: dict[str, Any] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        if not self.is_bot:
            user["language_code"] = "zh-hans"
        return user


@dataclass(frozen=True)
class Chat:
    """A chat; in a private one `bot_id` is the bot at the other end and the id is the person's."""

    id: int
    type: str
    title: str | None
    migrated_to: int | None = None
    bot_id: int | None = None


def person_of(row: sqlite3.Row) -> Person:
    """A person or bot from its row."""
    return Person(
        id=row["id"],
        is_bot=bool(row["is_bot"]),
        first_name=row["first_name"],
        last_name=row["last_name"],
        username=row["username"],
        privacy=bool(row["privacy"]),
        unit=row["unit"],
        roles=tuple(json.loads(row["roles"])),
    )


def find(store: Store, person_id: int) -> Person | None:
    """A person or bot by id."""
    return _known(store, "id", person_id)


def get(store: Store, person_id: int) -> Person:
    """A person or bot that must exist; KeyError otherwise."""
    person = find(store, person_id)
    if person is None:
        raise KeyError(person_id)
    return person


def by_username(store: Store, username: str) -> Person | None:
    """A person or bot by @name, with or without the @, in any case of letters."""
    row = store.one("SELECT * FROM person WHERE lower(username) = lower(?)", username.lstrip("@"))
    return None if row is None else person_of(row)


def bot_by_token(store: Store, token: str) -> Person | None:
    """The bot a token belongs to."""
    return _known(store, "token", token)


def _known(store: Store, column: str, value: int | str) -> Person | None:
    person: Person | None = store.known.get(value)
    if person is None:
        row = store.one(f"SELECT * FROM person WHERE {column} = ?", value)  # noqa: S608
        if row is not None:
            person = store.known[value] = person_of(row)
    return person


def everyone(store: Store) -> list[Person]:
    """All people, bots left out, in the order they came."""
    return [person_of(row) for row in store.all("SELECT * FROM person WHERE NOT is_bot ORDER BY id")]


def find_chat(store: Store, chat_id: int, bot_id: int | None = None) -> Chat | None:
    """A chat by id; `bot_id` names the other end of a private one."""
    if chat_id > 0:
        person = find(store, chat_id)
        return None if person is None or person.is_bot else Chat(chat_id, "private", None, bot_id=bot_id)
    row = store.one("SELECT * FROM chat WHERE id = ?", chat_id)
    return None if row is None else Chat(row["id"], row["type"], row["title"], row["migrated_to"])


def chat_json(store: Store, chat: Chat) -> dict[str, Any]:
    """The Bot API's Chat."""
    if chat.type != "private":
        return {"id": chat.id, "type": chat.type, "title": chat.title}
    person = get(store, chat.id)
    shown: dict[str, Any] = {"id": chat.id, "type": "private", "first_name": person.first_name}
    if person.last_name:
        shown["last_name"] = person.last_name
    if person.username:
        shown["username"] = person.username
    return shown


def status(store: Store, chat_id: int, person_id: int) -> str:
    """creator, administrator, member, left or kicked."""
    row = store.one("SELECT status FROM member WHERE chat_id = ? AND person_id = ?", chat_id, person_id)
    return "left" if row is None else row["status"]


def members(store: Store, chat_id: int) -> list[tuple[Person, str]]:
    """Those who are in a group now, bots too, with their status."""
    rows = store.all(
        "SELECT person.*, member.status AS status FROM member JOIN person ON person.id = member.person_id"
        " WHERE member.chat_id = ? AND member.status IN ('creator', 'administrator', 'member') ORDER BY person.id",
        chat_id,
    )
    return [(person_of(row), row["status"]) for row in rows]


def owner(store: Store, chat_id: int) -> Person | None:
    """The creator of a group, or else its first person, or else its first bot."""
    present = members(store, chat_id)
    ranked = sorted(present, key=lambda pair: (pair[1] != "creator", pair[0].is_bot))
    return ranked[0][0] if ranked else None


def member_json(person: Person, standing: str) -> dict[str, Any]:
    """The Bot API's ChatMember of the kind the status names."""
    shown: dict[str, Any] = {"status": standing, "user": person.json()}
    if standing == "creator":
        shown["is_anonymous"] = False
    elif standing == "kicked":
        shown["until_date"] = 0
    elif standing == "administrator":
        shown["can_be_edited"] = False
        shown.update(ADMINISTRATOR_RIGHTS)
    return shown


ADMINISTRATOR_RIGHTS = {
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_pin_messages": True,
}


def dialog(store: Store, person_id: int, bot_id: int) -> sqlite3.Row | None:
    """The private chat of a person and a bot, once it was opened."""
    return store.one("SELECT * FROM dialog WHERE person_id = ? AND bot_id = ?", person_id, bot_id)


def open_private(store: Store, person_id: int, bot_id: int) -> None:
    """Open the private chat of a person and a bot, as pressing Start does, without a message."""
    with store.write() as db:
        db.execute(
            "INSERT INTO dialog (person_id, bot_id, used) VALUES (?, ?, ?)"
            " ON CONFLICT (person_id, bot_id) DO UPDATE SET used = excluded.used",
            (person_id, bot_id, store.next("dialog")),
        )


def current_bot(store: Store, person_id: int) -> int | None:
    """The bot at the other end of a person's private chat: the one opened last."""
    row = store.one("SELECT bot_id FROM dialog WHERE person_id = ? ORDER BY used DESC LIMIT 1", person_id)
    return None if row is None else row["bot_id"]
