"""The methods of the Bot API, one function each, by name."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from bot.chat import accounts, dice, files, groups, messages
from bot.chat.accounts import Chat
from bot.chat.call import Call
from bot.chat.store import Store
from bot.chat.wire import Params, bad, dump

Method = Callable[[Call], Any]
METHODS: dict[str, Method] = {}
# The methods that put a message before people and so count against the rate limits.
SENDING = frozenset(
    name.lower()
    for name in [
        "sendMessage",
        "sendDocument",
        "sendPhoto",
        "sendVideo",
        "sendMediaGroup",
        "sendDice",
        "forwardMessage",
        "forwardMessages",
        "copyMessage",
        "copyMessages",
        "editMessageText",
        "editMessageCaption",
        "editMessageMedia",
        "editMessageReplyMarkup",
    ]
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
ACTIONS = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
]
TWO_DAYS = 48 * 3600


def method(name: str) -> Callable[[Method], Method]:
    """Enter a function under a method's name; names are found in any case of letters."""

    def enter(function: Method) -> Method:
        METHODS[name.lower()] = function
        return function

    return enter


@method("getMe")
def get_me(call: Call) -> Any:
    """The bot itself."""
    return {
        **call.bot.json(),
        "can_join_groups": True,
        "can_read_all_group_messages": not call.bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("sendMessage")
def send_message(call: Call) -> Any:
    """Send a text."""
    chat = call.chat()
    content, markup = call.words(), call.keyboard()
    return messages.post(call.store, chat, call.bot, content, reply_to=call.reply_to(chat), markup=markup)


@method("sendDice")
def send_dice(call: Call) -> Any:
    """Throw a die; its value comes from the system's entropy."""
    chat = call.chat()
    emoji = call.params.text("emoji") or "🎲"
    if emoji not in dice.FACES:
        raise bad("invalid dice emoji specified")
    markup, reply_to = call.keyboard(), call.reply_to(chat)
    return messages.post(call.store, chat, call.bot, {"dice": dice.throw(emoji)}, reply_to=reply_to, markup=markup)


def _send_media(call: Call, kind: str) -> Any:
    chat = call.chat()
    caption, markup, reply_to = call.caption(), call.keyboard(), call.reply_to(chat)
    media = call.media(kind, call.params.values.get(kind), call.params)
    return messages.post(call.store, chat, call.bot, {kind: media, **caption}, reply_to=reply_to, markup=markup)


@method("sendDocument")
def send_document(call: Call) -> Any:
    """Send a file."""
    return _send_media(call, "document")


@method("sendPhoto")
def send_photo(call: Call) -> Any:
    """Send a picture."""
    return _send_media(call, "photo")


@method("sendVideo")
def send_video(call: Call) -> Any:
    """Send a video."""
    return _send_media(call, "video")


@method("sendMediaGroup")
def send_media_group(call: Call) -> Any:
    """Send an album of 2–10 files."""
    chat = call.chat()
    wanted = call.params.json("media")
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise bad("can't parse media JSON object")
    if len(wanted) < 2:
        raise bad("there must be at least 2 messages in an album")
    if len(wanted) > 10:
        raise bad("too many messages to send as an album")
    kinds = {str(one.get("type")) for one in wanted}
    if not kinds <= set(messages.MEDIA):
        raise bad("wrong type of media in the album")
    if "document" in kinds and len(kinds) > 1:
        raise bad("document can't be mixed with other media types")
    reply_to = call.reply_to(chat)
    captions = [call.caption(Params(one)) for one in wanted]
    group = str(call.store.next("media group", 13_000_000_000_000_001))
    sent = []
    with call.store.write():
        for one, caption in zip(wanted, captions, strict=True):
            media = call.media(one["type"], one.get("media"), Params(one))
            content = {one["type"]: media, "media_group_id": group, **caption}
            sent.append(messages.post(call.store, chat, call.bot, content, reply_to=reply_to))
    return sent


def _own(call: Call, chat: Chat, message_id: int) -> dict[str, Any]:
    row = messages.row_of(call.store, chat, message_id)
    if row is None:
        raise bad("message to edit not found")
    if row["sender_id"] != call.bot.id:
        raise bad("message can't be edited")
    body: dict[str, Any] = json.loads(row["body"])
    if "forward_origin" in body:
        raise bad("message can't be edited")
    return body


def _edited(call: Call, chat: Chat, message_id: int, content: dict[str, Any], markup: dict[str, Any] | None) -> Any:
    edited = messages.edit(call.store, chat, call.bot, message_id, content, markup)
    if edited is None:
        raise bad(NOT_MODIFIED)
    return edited


@method("editMessageText")
def edit_message_text(call: Call) -> Any:
    """Change the words and the keyboard of an own message."""
    chat, message_id = call.chat(), call.message_id()
    content, markup = call.words(), call.keyboard(inline_only=True)
    if "text" not in _own(call, chat, message_id):
        raise bad("there is no text in the message to edit")
    return _edited(call, chat, message_id, content, markup)


@method("editMessageCaption")
def edit_message_caption(call: Call) -> Any:
    """Change the words under an own file, and its keyboard."""
    chat, message_id = call.chat(), call.message_id()
    content, markup = call.caption(), call.keyboard(inline_only=True)
    if not any(kind in _own(call, chat, message_id) for kind in messages.MEDIA):
        raise bad("there is no caption in the message to edit")
    return _edited(call, chat, message_id, {"caption": "", **content}, markup)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Any:
    """Change or take away the keyboard of an own message."""
    chat, message_id = call.chat(), call.message_id()
    markup = call.keyboard(inline_only=True)
    _own(call, chat, message_id)
    return _edited(call, chat, message_id, {}, markup)


@method("editMessageMedia")
def edit_message_media(call: Call) -> Any:
    """Put another file in the place of an own one."""
    chat, message_id = call.chat(), call.message_id()
    markup = call.keyboard(inline_only=True)
    wanted = call.params.json("media")
    if not isinstance(wanted, dict) or wanted.get("type") not in messages.MEDIA:
        raise bad("wrong type of media")
    body = _own(call, chat, message_id)
    if "text" in body or "dice" in body:
        raise bad("there is no media in the message to edit")
    source = Params(wanted)
    caption = call.caption(source)
    media = call.media(wanted["type"], wanted.get("media"), source)
    return _edited(call, chat, message_id, {wanted["type"]: media, **caption}, markup)


def _deletable(call: Call, chat: Chat, message_id: int) -> bool:
    row = messages.row_of(call.store, chat, message_id)
    if row is None:
        raise bad("message to delete not found")
    if call.store.now() - row["date"] > TWO_DAYS:
        raise bad("message can't be deleted for everyone")
    if row["sender_id"] != call.bot.id and chat.type != "private":
        standing = accounts.status(call.store, chat.id, call.bot.id)
        if standing not in ("creator", "administrator"):
            raise bad("message can't be deleted")
    return True


@method("deleteMessage")
def delete_message(call: Call) -> Any:
    """Take a message away: an own one, any in a private chat, any where the bot is administrator."""
    chat, message_id = call.chat(), call.message_id()
    _deletable(call, chat, message_id)
    messages.delete(call.store, chat, message_id)
    return True


@method("deleteMessages")
def delete_messages(call: Call) -> Any:
    """Take up to 100 messages away; those that cannot be found are passed over."""
    chat, wanted = call.chat(), call.params.integers("message_ids")
    if not wanted:
        raise bad("message identifiers are not specified")
    if len(wanted) > 100:
        raise bad("too many message identifiers specified")
    with call.store.write():
        for message_id in wanted:
            if messages.row_of(call.store, chat, message_id) is not None:
                _deletable(call, chat, message_id)
                messages.delete(call.store, chat, message_id)
    return True


def _passed_on(call: Call, message_id: int, name: str) -> tuple[Chat, dict[str, Any]]:
    source = call.known_chat("from_chat_id")
    message = messages.load(call.store, source, message_id)
    if message is None:
        raise bad(f"message to {name} not found")
    if not messages.copied(message):
        raise bad(f"message can't be {'forwarded' if name == 'forward' else 'copied'}")
    return source, message


@method("forwardMessage")
def forward_message(call: Call) -> Any:
    """Forward a message of any kind."""
    chat = call.chat()
    _, message = _passed_on(call, call.message_id(), "forward")
    content = {"forward_origin": messages.origin(message), **messages.copied(message)}
    return messages.post(call.store, chat, call.bot, content)


@method("forwardMessages")
def forward_messages(call: Call) -> Any:
    """Forward several messages; those that cannot be found are passed over."""
    return _each(call, forward_message)


@method("copyMessage")
def copy_message(call: Call) -> Any:
    """Send a message's content again as the bot's own."""
    chat = call.chat()
    _, message = _passed_on(call, call.message_id(), "copy")
    content = messages.copied(message)
    if "text" not in content and "dice" not in content and "caption" in call.params.values:
        content = {key: content[key] for key in content if not key.startswith("caption")} | call.caption()
    if "dice" in content:
        content["dice"] = dice.throw(str(content["dice"]["emoji"]))
    markup, reply_to = call.keyboard(), call.reply_to(chat)
    sent = messages.post(call.store, chat, call.bot, content, reply_to=reply_to, markup=markup)
    return {"message_id": sent["message_id"]}


@method("copyMessages")
def copy_messages(call: Call) -> Any:
    """Copy several messages; those that cannot be found are passed over."""
    return _each(call, copy_message)


def _each(call: Call, one: Method) -> Any:
    wanted = call.params.integers("message_ids")
    if not wanted:
        raise bad("message identifiers are not specified")
    source = call.known_chat("from_chat_id")
    sent = []
    with call.store.write():
        for message_id in wanted:
            message = messages.load(call.store, source, message_id)
            if message is not None and messages.copied(message):
                call.params.values["message_id"] = message_id
                sent.append({"message_id": one(call)["message_id"]})
    if not sent:
        raise bad("there are no messages to forward" if one is forward_message else "there are no messages to copy")
    return sent


@method("answerCallbackQuery")
def answer_callback_query(call: Call) -> Any:
    """Answer a pressed button, once and in time."""
    query_id = call.params.text("callback_query_id")
    press = call.store.presses.get(query_id)
    if press is None or press.bot_id != call.bot.id or time.monotonic() - press.made > call.limits.answer_within:
        raise bad(TOO_OLD)
    text, url = call.params.text("text"), call.params.text("url")
    if len(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    if url and not re.match(rf"(https?://t\.me/|tg://resolve\?domain=){call.bot.username}\b", url, re.IGNORECASE):
        raise bad("URL_INVALID")
    given: dict[str, Any] = {"show_alert": call.params.flag("show_alert")}
    if text:
        given["text"] = text
    if url:
        given["url"] = url
    with call.store.write():
        shown = {"chat_id": press.chat_id, "message_id": press.message_id, "data": press.data, **given}
        messages.tell(call.store, [press.person_id], "answer", press.chat_id, press.message_id, dump(shown))
    del call.store.presses[query_id]
    if not press.answer.done():
        press.answer.set_result(given)
    return True


@method("getFile")
def get_file(call: Call) -> Any:
    """Where to fetch a file of at most 20 MB from."""
    row = files.for_bot(call.store, call.params.text("file_id"), call.bot.id)
    if row is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if row["size"] > files.DOWNLOAD_BYTES:
        raise bad("file is too big")
    return {
        "file_id": row["file_id"],
        "file_unique_id": row["unique_id"],
        "file_size": row["size"],
        "file_path": row["path"],
    }


@method("getChat")
def get_chat(call: Call) -> Any:
    """All about a chat."""
    chat = call.known_chat()
    if chat.type == "private" and accounts.dialog(call.store, chat.id, call.bot.id) is None:
        raise bad("chat not found")
    shown = {
        **accounts.chat_json(call.store, chat),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        ),
    }
    row = call.store.one("SELECT pinned FROM chat WHERE id = ?", chat.id)
    if row is not None and row["pinned"]:
        pinned = messages.load(call.store, chat, row["pinned"])
        if pinned is not None:
            shown["pinned_message"] = pinned
    return shown


def _group(call: Call) -> Chat:
    chat = call.known_chat()
    if chat.type == "private":
        raise bad("there are no administrators in the private chat")
    return chat


@method("getChatMember")
def get_chat_member(call: Call) -> Any:
    """What someone is in a group."""
    chat = call.known_chat()
    person = accounts.find(call.store, call.params.integer("user_id"))
    if person is None:
        raise bad("PARTICIPANT_ID_INVALID")
    if chat.type == "private":
        if person.id not in (chat.id, call.bot.id):
            raise bad("member not found")
        return accounts.member_json(person, "member")
    return accounts.member_json(person, accounts.status(call.store, chat.id, person.id))


@method("getChatAdministrators")
def get_chat_administrators(call: Call) -> Any:
    """The creator and the administrators of a group; other bots are left out."""
    present = accounts.members(call.store, _group(call).id)
    return [
        accounts.member_json(person, standing)
        for person, standing in present
        if standing in ("creator", "administrator") and (not person.is_bot or person.id == call.bot.id)
    ]


@method("getChatMemberCount")
def get_chat_member_count(call: Call) -> Any:
    """How many are in a chat."""
    chat = call.known_chat()
    return 2 if chat.type == "private" else len(accounts.members(call.store, chat.id))


@method("leaveChat")
def leave_chat(call: Call) -> Any:
    """Leave a group."""
    chat = call.known_chat()
    if chat.type == "private":
        raise bad("chat member status can't be changed in private chats")
    groups.remove(call.store, chat.id, [call.bot.id], actor=call.bot)
    return True


@method("sendChatAction")
def send_chat_action(call: Call) -> Any:
    """Say that something is being done; the local chat checks it and shows nothing."""
    call.chat()
    if call.params.text("action") not in ACTIONS:
        raise bad("wrong parameter action in request")
    return True


@method("pinChatMessage")
def pin_chat_message(call: Call) -> Any:
    """Pin a message, with a service message that says so; in groups for administrator bots."""
    chat, message_id = call.chat(), call.message_id()
    _may_pin(call, chat)
    message = messages.load(call.store, chat, message_id)
    if message is None:
        raise bad("message to pin not found")
    with call.store.write() as db:
        db.execute("UPDATE chat SET pinned = ? WHERE id = ?", (message_id, chat.id))
        shown = {key: message[key] for key in message if key != "reply_to_message"}
        messages.post(call.store, chat, call.bot, {"pinned_message": shown})
    return True


def _may_pin(call: Call, chat: Chat) -> None:
    if chat.type == "supergroup" and accounts.status(call.store, chat.id, call.bot.id) == "member":
        raise bad("not enough rights to manage pinned messages in the chat")


@method("unpinChatMessage")
def unpin_chat_message(call: Call) -> Any:
    """Take a pin away."""
    chat = call.chat()
    _may_pin(call, chat)
    with call.store.write() as db:
        db.execute("UPDATE chat SET pinned = NULL WHERE id = ?", (chat.id,))
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(call: Call) -> Any:
    """Take all pins away."""
    return unpin_chat_message(call)


SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


def _scope(call: Call) -> str:
    wanted = call.params.json("scope") or {"type": "default"}
    if not isinstance(wanted, dict) or wanted.get("type") not in SCOPES:
        raise bad("can't parse BotCommandScope: unsupported type specified")
    parts = [wanted["type"]]
    for key in SCOPES[wanted["type"]]:
        params = Params({"chat_id": wanted.get(key)})
        if key == "chat_id":
            parts.append(str(Call(call.store, call.polls, call.limits, call.bot, params).known_chat().id))
        else:
            parts.append(str(params.integer("chat_id")))
    return " ".join(parts)


def _language(call: Call) -> str:
    language = call.params.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return language


@method("setMyCommands")
def set_my_commands(call: Call) -> Any:
    """Set the menu of commands for a scope and a language."""
    wanted = call.params.json("commands")
    if not isinstance(wanted, list):
        raise bad("can't parse commands JSON object")
    if len(wanted) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for one in wanted:
        name = str(one.get("command", "")).removeprefix("/") if isinstance(one, dict) else ""
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", "")).strip()) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": str(one["description"]).strip()})
    with call.store.write() as db:
        db.execute(
            "INSERT OR REPLACE INTO command_list VALUES (?, ?, ?, ?)",
            (call.bot.id, _scope(call), _language(call), dump(kept)),
        )
    return True


@method("getMyCommands")
def get_my_commands(call: Call) -> Any:
    """The menu set for exactly this scope and language."""
    row = call.store.one(
        "SELECT commands FROM command_list WHERE bot_id = ? AND scope = ? AND language = ?",
        call.bot.id,
        _scope(call),
        _language(call),
    )
    return [] if row is None else json.loads(row["commands"])


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> Any:
    """Take the menu of a scope and language away."""
    with call.store.write() as db:
        db.execute(
            "DELETE FROM command_list WHERE bot_id = ? AND scope = ? AND language = ?",
            (call.bot.id, _scope(call), _language(call)),
        )
    return True


@method("setChatMenuButton")
def set_chat_menu_button(call: Call) -> Any:
    """Remember which menu button a private chat shows."""
    button = call.params.json("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("default", "commands", "web_app"):
        raise bad("can't parse menu button")
    call.store.set(call.bot.id, f"menu button {call.params.integer('chat_id')}", button)
    return True


@method("getChatMenuButton")
def get_chat_menu_button(call: Call) -> Any:
    """The menu button of a private chat, or the default one."""
    own = call.store.setting(call.bot.id, f"menu button {call.params.integer('chat_id')}")
    return own or call.store.setting(call.bot.id, "menu button 0") or {"type": "commands"}


def menu(store: Store, bot_id: int, chat: Chat, person_id: int) -> list[dict[str, str]]:
    """The commands a person is shown in a chat: the narrowest scope that is set wins, as in Telegram."""
    if chat.type == "private":
        order = [f"chat {chat.id}", "all_private_chats", "default"]
    else:
        chief = accounts.status(store, chat.id, person_id) in ("creator", "administrator")
        order = [f"chat_member {chat.id} {person_id}"]
        order += [f"chat_administrators {chat.id}"] if chief else []
        order += [f"chat {chat.id}"]
        order += ["all_chat_administrators"] if chief else []
        order += ["all_group_chats", "default"]
    for scope in order:
        for language in ("zh", ""):
            row = store.one(
                "SELECT commands FROM command_list WHERE bot_id = ? AND scope = ? AND language = ?",
                bot_id,
                scope,
                language,
            )
            if row is not None:
                return list(json.loads(row["commands"]))
    return []
