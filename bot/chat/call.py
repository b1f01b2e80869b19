"""One call of a bot: who asks, what was handed over, and where it goes."""

from dataclasses import dataclass, field
from typing import Any

from bot.chat import accounts, files, groups, messages
from bot.chat.accounts import PRESENT, Chat, Person
from bot.chat.entities import Entity, read
from bot.chat.files import Taken
from bot.chat.limits import Limits
from bot.chat.markup import check
from bot.chat.store import Store
from bot.chat.updates import Polls
from bot.chat.wire import ApiError, Params, bad


@dataclass
class Call:
    """A bot's call with its parameters and uploads; the methods read what they need from it."""

    store: Store
    polls: Polls
    limits: Limits
    bot: Person
    params: Params
    uploads: dict[str, Taken] = field(default_factory=dict)

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat a message may go to. Raises ApiError 400 or 403 with Telegram's reason."""
        chat = self.known_chat(name)
        if chat.type == "private":
            opened = accounts.dialog(self.store, chat.id, self.bot.id)
            if opened is None:
                raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
            if opened["blocked"]:
                raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat

    def known_chat(self, name: str = "chat_id") -> Chat:
        """A chat the bot may ask about: a person's, or a group it is in."""
        if not self.params.has(name):
            raise bad(f"{name} is empty")
        text = self.params.text(name)
        try:
            chat_id = int(text)
        except ValueError:
            raise bad("chat not found") from None
        if abs(chat_id) >= 1 << 62:
            raise bad("chat not found")
        if chat_id > 0:
            person = accounts.find(self.store, chat_id)
            if person is not None and person.is_bot:
                raise ApiError(403, "Forbidden: bots can't send messages to bots")
        chat = accounts.find_chat(self.store, chat_id, self.bot.id)
        if chat is None:
            raise bad("chat not found")
        if chat.type != "private":
            standing = self.store.one(
                "SELECT status FROM member WHERE chat_id = ? AND person_id = ?", chat.id, self.bot.id
            )
            if standing is None:
                raise bad("chat not found")
            if chat.migrated_to is not None:
                raise groups.migrated(chat.migrated_to)
            if standing["status"] == "kicked":
                raise ApiError(403, f"Forbidden: bot was kicked from the {chat.type} chat")
            if standing["status"] not in PRESENT:
                raise ApiError(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        return chat

    def message_id(self, name: str = "message_id") -> int:
        """The id of a message. Raises ApiError 400 where there is none."""
        if not self.params.has(name):
            raise bad("message identifier is not specified")
        return self.params.integer(name)

    def text(self) -> tuple[str, list[Entity]]:
        """The text of a message, 1–4096 characters after parsing, and its entities."""
        text, entities = read(
            self.params.text("text"), self.params.text("parse_mode") or None, self.params.json("entities")
        )
        if not text:
            raise bad("message text is empty")
        if len(text) > messages.TEXT_LIMIT:
            raise bad("message is too long")
        return text, entities

    def words(self) -> dict[str, Any]:
        """The text of a message as part of a Message."""
        text, entities = self.text()
        content: dict[str, Any] = {"text": text}
        if entities:
            content["entities"] = entities
        preview = self.params.json("link_preview_options")
        if isinstance(preview, dict) and preview:
            content["link_preview_options"] = preview
        return content

    def caption(self, source: Params | None = None) -> dict[str, Any]:
        """The caption under a file as part of a Message; nothing where it is empty."""
        params = source or self.params
        text, entities = read(
            params.text("caption"), params.text("parse_mode") or None, params.json("caption_entities")
        )
        if len(text) > messages.CAPTION_LIMIT:
            raise bad("message caption is too long")
        content: dict[str, Any] = {}
        if text:
            content["caption"] = text
        if text and entities:
            content["caption_entities"] = entities
        if text and params.flag("show_caption_above_media"):
            content["show_caption_above_media"] = True
        return content

    def keyboard(self, *, inline_only: bool = False) -> dict[str, Any] | None:
        """The keyboard under a message."""
        return check(self.params.json("reply_markup"), inline_only=inline_only)

    def reply_to(self, chat: Chat) -> int | None:
        """The message that is answered. Raises ApiError 400 if it is gone and no leave was given to send anyway."""
        wanted = self.params.json("reply_parameters")
        if isinstance(wanted, dict):
            source = Params(wanted)
        else:
            source = Params(
                {
                    "message_id": self.params.values.get("reply_to_message_id"),
                    "allow_sending_without_reply": self.params.values.get("allow_sending_without_reply"),
                }
            )
        message_id = source.integer("message_id")
        if not message_id:
            return None
        elsewhere = source.has("chat_id") and source.integer("chat_id") != chat.id
        if not elsewhere and messages.row_of(self.store, chat, message_id) is not None:
            return message_id
        if source.flag("allow_sending_without_reply"):
            return None
        raise bad("message to be replied not found")

    def media(self, kind: str, value: Any, source: Params) -> Any:
        """The media object for an upload, an attach:// name or a file_id."""
        upload: Taken | None = None
        if isinstance(value, str) and value.startswith("attach://"):
            upload = self.uploads.get(value.removeprefix("attach://"))
            if upload is None:
                raise bad(f"wrong file attached: {value.removeprefix('attach://')} is missing")
        elif value in (None, "") and kind in self.uploads:
            upload = self.uploads[kind]
        if upload is not None:
            sizes = {name: source.integer(name) for name in ("width", "height", "duration")}
            return files.keep(self.store, upload, kind, **sizes)
        if not isinstance(value, str) or not value:
            raise bad(f"there is no {kind} in the request")
        if "://" in value:
            raise bad("wrong type of the web page content")
        if files.for_bot(self.store, value, self.bot.id) is None:
            raise bad("wrong file identifier/HTTP URL specified")
        return files.media(self.store, value, kind)
