"""Messages: sent, edited, deleted and forwarded, with the news of it for people and bots in one transaction."""

import json
import sqlite3
from typing import Any

from bot.chat import accounts, privacy, updates
from bot.chat.accounts import PRESENT, Chat, Person
from bot.chat.store import Store
from bot.chat.wire import ApiError, dump

Message = dict[str, Any]
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
MEDIA = ("document", "photo", "video")


def post(
    store: Store,
    chat: Chat,
    sender: Person,
    content: Message,
    *,
    reply_to: int | None = None,
    markup: dict[str, Any] | None = None,
) -> Message:
    """Put a message into a chat and tell everyone who may know; the Message as the Bot API shows it.

    `reply_to` must exist in the chat. A keyboard other than an inline one is shown to people only.
    """
    with store.write() as db:
        message_id = store.next(f"message {chat.id}")
        body: Message = {
            "message_id": message_id,
            "from": sender.json(),
            "chat": accounts.chat_json(store, chat),
            "date": store.now(),
            **content,
        }
        if reply_to is not None:
            answered = load(store, chat, reply_to)
            if answered is not None:
                body["reply_to_message"] = {key: answered[key] for key in answered if key != "reply_to_message"}
        keyboard = None
        if markup and "inline_keyboard" in markup:
            body["reply_markup"] = markup
        elif markup:
            keyboard = markup
        text = dump(body)
        db.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                chat.id,
                message_id,
                chat.bot_id,
                sender.id,
                body["date"],
                text,
                dump(keyboard) if keyboard else None,
                dump(offered(markup)),
            ),
        )
        for kind in MEDIA:
            if kind in content:
                media = content[kind][-1] if kind == "photo" else content[kind]
                db.execute(
                    "INSERT OR IGNORE INTO file_chat VALUES (?, ?, ?)",
                    (media["file_id"], chat.id, chat.bot_id or 0),
                )
        shown = dump({**body, "reply_markup": keyboard}) if keyboard else text
        tell_people(store, chat, "message", shown, message_id)
        tell_bots(store, chat, sender, "message", body)
        if not sender.is_bot:
            mark_read(store, sender.id, chat, message_id)
    return body


def offered(markup: dict[str, Any] | None) -> list[str]:
    """The data of all buttons of an inline keyboard."""
    rows = (markup or {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


def tell_people(store: Store, chat: Chat, kind: str, body: str, message_id: int | None = None) -> None:
    """Write an event for every person in the chat. `body` is JSON."""
    if chat.type == "private":
        tell(store, [chat.id], kind, chat.id, message_id, body)
    else:
        rows = store.db.execute(
            "SELECT person_id FROM member JOIN person ON person.id = person_id AND NOT is_bot"
            " WHERE chat_id = ? AND status IN ('creator', 'administrator', 'member')",
            (chat.id,),
        ).fetchall()
        tell(store, [row[0] for row in rows], kind, chat.id, message_id, body)


def tell(store: Store, person_ids: list[int], kind: str, chat_id: int, message_id: int | None, body: str) -> None:
    """Write one event for each of these accounts. `body` is JSON."""
    happening = store.db.execute(
        "INSERT INTO happening (type, chat_id, message_id, body) VALUES (?, ?, ?, ?)",
        (kind, chat_id, message_id, body),
    ).lastrowid
    rows = store.db.execute(
        "UPDATE person SET seq = seq + 1 WHERE id IN (SELECT value FROM json_each(?)) RETURNING id, seq",
        (json.dumps(person_ids),),
    ).fetchall()
    store.db.executemany("INSERT INTO event VALUES (?, ?, ?)", [(*row, happening) for row in rows])
    for person_id in person_ids:
        store.news(person_id)


def tell_bots(store: Store, chat: Chat, sender: Person, kind: str, body: Message) -> None:
    """Queue an update for every bot that may see the message; bots never see what bots say."""
    if chat.type == "private":
        if not sender.is_bot and chat.bot_id is not None:
            updates.queue(store, chat.bot_id, kind, body)
        return
    service = not privacy.SERVICE.isdisjoint(body)
    if sender.is_bot and not service:
        return
    for row in store.db.execute(
        "SELECT person.*, status FROM member JOIN person ON person.id = person_id AND is_bot WHERE chat_id = ?",
        (chat.id,),
    ).fetchall():
        bot = accounts.person_of(row)
        left = body.get("left_chat_member", {}).get("id") == bot.id
        if row["status"] in PRESENT and not left and bot.id != sender.id and privacy.sees(bot, row["status"], body):
            updates.queue(store, bot.id, kind, body)


def row_of(store: Store, chat: Chat, message_id: int) -> sqlite3.Row | None:
    """The stored row of a message; in a private chat only if it belongs to the same bot."""
    row = store.one("SELECT * FROM message WHERE chat_id = ? AND message_id = ?", chat.id, message_id)
    if row is not None and chat.type == "private" and chat.bot_id is not None and row["bot_id"] != chat.bot_id:
        return None
    return row


def load(store: Store, chat: Chat, message_id: int) -> Message | None:
    """A message as it stands, or None."""
    row = row_of(store, chat, message_id)
    return None if row is None else json.loads(row["body"])


def edit(
    store: Store, chat: Chat, editor: Person, message_id: int, content: Message, markup: dict[str, Any] | None
) -> Message | None:
    """Give a message new content; None if it would be the same as before.

    `content` holds the new text or caption with entities, or media; `markup` is the new inline keyboard, none takes
    it away. The message must exist.
    """
    with store.write() as db:
        row = row_of(store, chat, message_id)
        if row is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        before: Message = json.loads(row["body"])
        body = {key: value for key, value in before.items() if key != "reply_markup"}
        if "text" in content:
            body.pop("entities", None)
        if "caption" in content or not MEDIA_KEYS.isdisjoint(content):
            body.pop("caption_entities", None)
            body.pop("caption", None)
        if not MEDIA_KEYS.isdisjoint(content):
            for key in MEDIA_KEYS:
                body.pop(key, None)
        body.update(content)
        if body.get("caption") == "":
            del body["caption"]
        if markup:
            body["reply_markup"] = markup
        if body == before:
            return None
        only_markup = {**body, "reply_markup": None} == {**before, "reply_markup": None}
        if not only_markup:
            body["edit_date"] = store.now()
        known = json.loads(row["offered"])
        known += [data for data in offered(markup) if data not in known]
        text = dump(body)
        db.execute(
            "UPDATE message SET body = ?, offered = ? WHERE chat_id = ? AND message_id = ?",
            (text, dump(known), chat.id, message_id),
        )
        for kind in MEDIA:
            if kind in content:
                media = content[kind][-1] if kind == "photo" else content[kind]
                db.execute(
                    "INSERT OR IGNORE INTO file_chat VALUES (?, ?, ?)",
                    (media["file_id"], chat.id, chat.bot_id or 0),
                )
        tell_people(store, chat, "edited", text, message_id)
        tell_bots(store, chat, editor, "edited_message", body)
    return body


MEDIA_KEYS = frozenset(MEDIA)


def delete(store: Store, chat: Chat, message_id: int) -> None:
    """Take a message away, from what people can look back on too."""
    with store.write() as db:
        gone = {"message_id": message_id, "chat": accounts.chat_json(store, chat)}
        db.execute("DELETE FROM message WHERE chat_id = ? AND message_id = ?", (chat.id, message_id))
        past = "SELECT id FROM happening WHERE chat_id = ? AND message_id = ? AND type IN ('message', 'edited')"
        db.execute(f"DELETE FROM event WHERE happening_id IN ({past})", (chat.id, message_id))  # noqa: S608
        db.execute(f"DELETE FROM happening WHERE id IN ({past})", (chat.id, message_id))  # noqa: S608
        tell_people(store, chat, "deleted", dump(gone), message_id)


def mark_read(store: Store, person_id: int, chat: Chat, message_id: int) -> None:
    """Remember up to which message a person has read a chat."""
    store.db.execute(
        "INSERT INTO seen VALUES (?, ?, ?, ?) ON CONFLICT (person_id, chat_id, bot_id)"
        " DO UPDATE SET message_id = max(message_id, excluded.message_id)",
        (person_id, chat.id, chat.bot_id or 0, message_id),
    )


def unread(store: Store, person_id: int, chat: Chat) -> int:
    """How many messages of others a person has not read yet."""
    row = store.db.execute(
        "SELECT count(*) FROM message WHERE chat_id = ? AND (bot_id IS ? OR ? IS NULL) AND sender_id != ?"
        " AND message_id > coalesce("
        "(SELECT message_id FROM seen WHERE person_id = ? AND chat_id = ? AND bot_id = ?), 0)",
        (chat.id, chat.bot_id, chat.bot_id, person_id, person_id, chat.id, chat.bot_id or 0),
    ).fetchone()
    return int(row[0])


def copied(message: Message) -> Message:
    """What a forward or a copy takes along: words and media, no keyboard and no reply."""
    keys = ("text", "entities", "caption", "caption_entities", "document", "photo", "video", "dice")
    return {key: message[key] for key in keys if key in message}


def origin(message: Message) -> Message:
    """The Bot API's MessageOrigin of a message about to be forwarded: who first said it, and when."""
    if "forward_origin" in message:
        return dict(message["forward_origin"])
    return {"type": "user", "sender_user": message["from"], "date": message["date"]}
