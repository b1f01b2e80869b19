"""The people's side: what the owner of a key may see and do."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.chat import accounts, dice, files, messages, updates
from bot.chat.accounts import PRESENT, Chat, Person
from bot.chat.entities import detect
from bot.chat.keys import by_key
from bot.chat.limits import Limits
from bot.chat.methods import menu
from bot.chat.store import Press, Store
from bot.chat.wire import ApiError, Params, answer, parameters, raw_answer, refusal

LONGEST_WAIT = 60.0
HEARTBEAT = 15.0
PAGE = 1000
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/webm")

Handler = Callable[[Request, Person], Awaitable[Response]]


def bearer(request: Request) -> str:
    """The key a request carries; empty if none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


class Personal:
    """The USER paths."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self.store = store
        self.limits = limits

    def routes(self) -> list[Route]:
        """The paths of the people's side."""

        def route(path: str, handler: Handler, method: str) -> Route:
            return Route(path, self._owned(handler), methods=[method])

        return [
            route("/user/me", self.me, "GET"),
            route("/user/chats", self.chats, "GET"),
            route("/user/commands", self.commands, "GET"),
            route("/user/events", self.events, "GET"),
            route("/user/start", self.start, "POST"),
            route("/user/send", self.send, "POST"),
            route("/user/edit", self.edit, "POST"),
            route("/user/dice", self.throw, "POST"),
            route("/user/forward", self.forward, "POST"),
            route("/user/file", self.upload, "POST"),
            route("/user/press", self.press, "POST"),
            route("/user/block", self.block, "POST"),
            route("/user/read", self.read, "POST"),
            route("/user/file/{file_id}", self.download, "GET"),
        ]

    def _owned(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                key = bearer(request)
                person = by_key(self.store, key) if key else None
                if person is None:
                    raise ApiError(401, "请用您自己的链接登录：没有钥匙，或钥匙不对。")
                return await handler(request, person)
            except ApiError as error:
                return refusal(error)
            except UnicodeEncodeError:
                return refusal(ApiError(400, "内容里有无法识别的字符，请删掉后再试。"))

        return endpoint

    def _chat(self, person: Person, params: Params, name: str = "chat_id", about: str = "") -> Chat:
        """A chat of this person. Raises ApiError 404 if there is none, 403 if the person is not in it.

        With several bots all private chats have one id: meant is the bot that `bot` names, or else that of the
        message which the parameter `about` names, or else the one opened last.
        """
        chat_id = params.integer(name)
        if chat_id == person.id:
            bot_id = accounts.current_bot(self.store, person.id)
            if about and params.has(about):
                number = params.integer(about)
                row = self.store.one("SELECT bot_id FROM message WHERE chat_id = ? AND message_id = ?", chat_id, number)
                bot_id = bot_id if row is None else row["bot_id"]
            if params.has("bot"):
                bot = accounts.by_username(self.store, params.text("bot"))
                bot_id = bot.id if bot and accounts.dialog(self.store, person.id, bot.id) else None
            if bot_id is None:
                raise ApiError(404, "还没有和机器人的对话，请先点“开始”。")
            return Chat(person.id, "private", None, bot_id=bot_id)
        chat = accounts.find_chat(self.store, chat_id) if chat_id < 0 else None
        if chat is None:
            if accounts.find(self.store, chat_id):
                raise ApiError(403, "这不是您的对话。")
            raise ApiError(404, "没有这个对话。")
        if accounts.status(self.store, chat.id, person.id) not in PRESENT:
            raise ApiError(403, "您不在这个群里。")
        return chat

    def _open_chat(self, person: Person, params: Params, about: str = "") -> Chat:
        """A chat this person may write to."""
        chat = self._chat(person, params, about=about)
        if chat.migrated_to is not None:
            raise ApiError(400, "这个群已升级，请到新群里发言。", {"migrate_to_chat_id": chat.migrated_to})
        if chat.bot_id is not None:
            opened = accounts.dialog(self.store, person.id, chat.bot_id)
            if opened is not None and opened["blocked"]:
                raise ApiError(403, "您已停用这个机器人，请先恢复再发言。")
        return chat

    def _message(self, chat: Chat, message_id: int) -> dict[str, Any]:
        message = messages.load(self.store, chat, message_id)
        if message is None:
            raise ApiError(404, "没有这条消息，可能已被删除。")
        return message

    def _reply_to(self, chat: Chat, params: Params) -> int | None:
        if not params.has("reply_to"):
            return None
        return int(self._message(chat, params.integer("reply_to"))["message_id"])

    async def me(self, request: Request, person: Person) -> Response:
        """Who the owner of the key is."""
        return answer({**person.json(), "name": person.name, "unit": person.unit, "roles": list(person.roles)})

    async def chats(self, request: Request, person: Person) -> Response:
        """This person's chats: private ones by bot, then groups."""
        found: list[dict[str, Any]] = []
        for row in self.store.all(
            "SELECT person.*, dialog.blocked FROM dialog JOIN person ON person.id = bot_id WHERE person_id = ?"
            " ORDER BY used DESC",
            person.id,
        ):
            bot = accounts.person_of(row)
            chat = Chat(person.id, "private", None, bot_id=bot.id)
            found.append(
                {
                    "id": person.id,
                    "type": "private",
                    "title": bot.name,
                    "unread": messages.unread(self.store, person.id, chat),
                    "bot": bot.username,
                    "blocked": bool(row["blocked"]),
                }
            )
        for row in self.store.all(
            "SELECT chat.* FROM member JOIN chat ON chat.id = chat_id WHERE person_id = ? AND migrated_to IS NULL"
            " AND status IN ('creator', 'administrator', 'member') ORDER BY chat.id DESC",
            person.id,
        ):
            chat = Chat(row["id"], row["type"], row["title"])
            present = accounts.members(self.store, chat.id)
            found.append(
                {
                    "id": chat.id,
                    "type": chat.type,
                    "title": chat.title,
                    "unread": messages.unread(self.store, person.id, chat),
                    "members": len(present),
                    "bots": [one.username for one, _ in present if one.is_bot],
                }
            )
        for row in self.store.all(
            "SELECT * FROM person WHERE is_bot AND id NOT IN (SELECT bot_id FROM dialog WHERE person_id = ?)", person.id
        ):
            found.append(
                {
                    "id": person.id,
                    "type": "private",
                    "title": row["first_name"],
                    "unread": 0,
                    "bot": row["username"],
                    "blocked": False,
                    "started": False,
                }
            )
        return answer(found)

    async def commands(self, request: Request, person: Person) -> Response:
        """The commands this person is shown in a chat."""
        chat = self._chat(person, Params(dict(request.query_params)))
        if chat.bot_id is not None:
            return answer(menu(self.store, chat.bot_id, chat, person.id))
        found: list[dict[str, str]] = []
        for member, _ in accounts.members(self.store, chat.id):
            if member.is_bot:
                found += menu(self.store, member.id, chat, person.id)
        return answer(found)

    def _events(self, person: Person, after: int, chat_id: int | None, limit: int = PAGE) -> list[tuple[int, str, str]]:
        rows = self.store.db.execute(
            "SELECT seq, type, body FROM event JOIN happening ON happening.id = happening_id WHERE person_id = ?"
            " AND seq > ? AND (? IS NULL OR chat_id = ?) ORDER BY seq LIMIT ?",
            (person.id, after, chat_id, chat_id, limit),
        ).fetchall()
        found = []
        for seq, kind, body in rows:
            if kind == "member":
                found.append((seq, kind, f'{{"seq":{seq},"type":"member",{body[1:]}'))
            else:
                name = "answer" if kind == "answer" else "message"
                found.append((seq, kind, f'{{"seq":{seq},"type":"{kind}","{name}":{body}}}'))
        return found

    async def events(self, request: Request, person: Person) -> Response:
        """What happened after a number: as a list, waited for up to `wait` seconds, or as a stream."""
        params = Params(dict(request.query_params))
        after = params.integer("after")
        chat_id = params.integer("chat_id") if params.has("chat_id") else None
        if "text/event-stream" in request.headers.get("accept", ""):
            last = request.headers.get("last-event-id", "")
            after = int(last) if last.isdigit() else after
            return StreamingResponse(
                self._stream(person, after, chat_id),
                media_type="text/event-stream",
                headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            )
        limit = min(max(params.integer("limit", PAGE), 1), PAGE)
        end = time.monotonic() + min(max(params.number("wait", 0), 0), LONGEST_WAIT)
        with self.store.waiting(person.id) as news:
            while True:
                news.clear()
                found = self._events(person, after, chat_id, limit)
                left = end - time.monotonic()
                if found or left <= 0 or self.store.stopping:
                    return raw_answer(f"[{','.join(body for _, _, body in found)}]")
                try:
                    await asyncio.wait_for(news.wait(), left)
                except TimeoutError:
                    continue

    async def _stream(self, person: Person, after: int, chat_id: int | None) -> AsyncIterator[str]:
        with self.store.waiting(person.id) as news:
            yield ": hello\n\n"
            while not self.store.stopping:
                news.clear()
                found = self._events(person, after, chat_id)
                for seq, kind, body in found:
                    after = seq
                    yield f"id: {seq}\nevent: {kind}\ndata: {body}\n\n"
                if found:
                    continue
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"

    async def start(self, request: Request, person: Person) -> Response:
        """Open the private chat with a bot, as a deep link does."""
        params = Params((await parameters(request))[0])
        bot = accounts.by_username(self.store, params.text("bot"))
        if bot is None or not bot.is_bot:
            raise ApiError(404, "没有这个机器人。")
        payload = params.text("payload")
        if len(payload) > 64 or not all(one.isascii() and (one.isalnum() or one in "_-") for one in payload):
            raise ApiError(400, "链接里的参数不对：只能是 64 个以内的字母、数字、“_”和“-”。")
        with self.store.write():
            self._unblock(person, bot)
            accounts.open_private(self.store, person.id, bot.id)
            chat = Chat(person.id, "private", None, bot_id=bot.id)
            text = f"/start {payload}".strip()
            return answer(self._say(person, chat, text, None))

    def _say(self, person: Person, chat: Chat, text: str, reply_to: int | None) -> dict[str, Any]:
        content: dict[str, Any] = {"text": text}
        entities = detect(text)
        if entities:
            content["entities"] = entities
        return messages.post(self.store, chat, person, content, reply_to=reply_to)

    @staticmethod
    def _words(params: Params) -> str:
        text = params.text("text").strip()
        if not text:
            raise ApiError(400, "消息是空的，请先写点什么。")
        if len(text) > messages.TEXT_LIMIT:
            raise ApiError(400, f"消息太长，最多 {messages.TEXT_LIMIT} 个字，请分几条发。")
        return text

    async def send(self, request: Request, person: Person) -> Response:
        """Say something."""
        params = Params((await parameters(request))[0])
        chat = self._open_chat(person, params, "reply_to")
        return answer(self._say(person, chat, self._words(params), self._reply_to(chat, params)))

    async def edit(self, request: Request, person: Person) -> Response:
        """Change an own message; of a file, the words under it."""
        params = Params((await parameters(request))[0])
        chat = self._open_chat(person, params, "message_id")
        message = self._message(chat, params.integer("message_id"))
        if message["from"]["id"] != person.id or "forward_origin" in message or "dice" in message:
            raise ApiError(400, "只能修改自己写的消息。")
        text = self._words(params)
        words, marks = ("text", "entities") if "text" in message else ("caption", "caption_entities")
        content: dict[str, Any] = {words: text}
        if entities := detect(text):
            content[marks] = entities
        edited = messages.edit(self.store, chat, person, message["message_id"], content, None)
        return answer(edited or message)

    async def throw(self, request: Request, person: Person) -> Response:
        """Throw a die; its value comes from the system's entropy."""
        params = Params((await parameters(request))[0])
        chat = self._open_chat(person, params, "reply_to")
        emoji = params.text("emoji") or "🎲"
        if emoji not in dice.FACES:
            raise ApiError(400, f"没有这种骰子，请用其中之一：{' '.join(dice.FACES)}。")
        reply_to = self._reply_to(chat, params)
        return answer(messages.post(self.store, chat, person, {"dice": dice.throw(emoji)}, reply_to=reply_to))

    async def forward(self, request: Request, person: Person) -> Response:
        """Forward a message from one of the person's chats to another."""
        params = Params((await parameters(request))[0])
        source = self._chat(person, params, "from_chat_id", "message_id")
        message = self._message(source, params.integer("message_id"))
        chat = self._open_chat(person, params)
        content = messages.copied(message)
        if not content:
            raise ApiError(400, "这条消息不能转发。")
        return answer(messages.post(self.store, chat, person, {"forward_origin": messages.origin(message), **content}))

    async def upload(self, request: Request, person: Person) -> Response:
        """Send a document, a photo or a video."""
        values, uploads = await parameters(request)
        params = Params(values)
        chat = self._open_chat(person, params, "reply_to")
        kind = params.text("kind") or "document"
        if kind not in messages.MEDIA or "file" not in uploads:
            raise ApiError(400, "请选择一个文件，并说明是文件、照片还是视频。")
        caption = params.text("caption").strip()
        if len(caption) > messages.CAPTION_LIMIT:
            raise ApiError(400, f"说明太长，最多 {messages.CAPTION_LIMIT} 个字。")
        reply_to = self._reply_to(chat, params)
        taken = await files.take(self.store, uploads["file"])
        await uploads["file"].close()
        try:
            with self.store.write():
                try:
                    content: dict[str, Any] = {kind: files.keep(self.store, taken, kind)}
                except ApiError as error:
                    raise ApiError(400, UPLOAD_ERRORS.get(error.description, "这个文件不能作为照片发送。")) from error
                if caption:
                    content["caption"] = caption
                    if entities := detect(caption):
                        content["caption_entities"] = entities
                if params.has("media_group_id"):
                    content["media_group_id"] = params.text("media_group_id")[:64]
                return answer(messages.post(self.store, chat, person, content, reply_to=reply_to))
        finally:
            files.discard(self.store, taken)

    async def press(self, request: Request, person: Person) -> Response:
        """Press a button and wait for the bot's answer."""
        params = Params((await parameters(request))[0])
        chat = self._chat(person, params, about="message_id")
        row = messages.row_of(self.store, chat, params.integer("message_id"))
        if row is None:
            raise ApiError(404, "没有这条消息，可能已被删除。")
        message, data = json.loads(row["body"]), params.text("data")
        known = json.loads(row["offered"]) if params.flag("stale") else messages.offered(message.get("reply_markup"))
        if data not in known:
            raise ApiError(400, "这条消息上没有这个按钮。")
        query_id = str(secrets.randbelow(1 << 63))
        bot_id = row["sender_id"]
        press = Press(
            person.id,
            bot_id,
            chat.id,
            row["message_id"],
            data,
            time.monotonic(),
            asyncio.get_running_loop().create_future(),
        )
        for key in [key for key, old in self.store.presses.items() if press.made - old.made > 600]:
            del self.store.presses[key]
        self.store.presses[query_id] = press
        with self.store.write():
            updates.queue(
                self.store,
                bot_id,
                "callback_query",
                {
                    "id": query_id,
                    "from": person.json(),
                    "message": message,
                    "chat_instance": str(chat.id * 1_000_003),
                    "data": data,
                },
            )
        wait = min(max(params.number("wait", 10), 0), LONGEST_WAIT)
        done, _ = await asyncio.wait([press.answer], timeout=wait)
        if not done or press.answer.cancelled():
            return answer({"answered": False})
        return answer({"answered": True, **press.answer.result()})

    def _unblock(self, person: Person, bot: Person) -> None:
        opened = accounts.dialog(self.store, person.id, bot.id)
        if opened is not None and opened["blocked"]:
            self._set_blocked(person, bot, False)

    def _set_blocked(self, person: Person, bot: Person, blocked: bool) -> None:
        with self.store.write() as db:
            db.execute(
                "UPDATE dialog SET blocked = ? WHERE person_id = ? AND bot_id = ?", (int(blocked), person.id, bot.id)
            )
            before, after = ("member", "kicked") if blocked else ("kicked", "member")
            change = {
                "chat": accounts.chat_json(self.store, Chat(person.id, "private", None, bot_id=bot.id)),
                "from": person.json(),
                "date": self.store.now(),
                "old_chat_member": accounts.member_json(bot, before),
                "new_chat_member": accounts.member_json(bot, after),
            }
            updates.queue(self.store, bot.id, "my_chat_member", change)

    async def block(self, request: Request, person: Person) -> Response:
        """Stop a bot from writing, or let it again."""
        params = Params((await parameters(request))[0])
        bot = accounts.by_username(self.store, params.text("bot"))
        opened = accounts.dialog(self.store, person.id, bot.id) if bot else None
        if bot is None or opened is None:
            raise ApiError(404, "还没有和这个机器人的对话。")
        blocked = params.flag("blocked", True)
        if bool(opened["blocked"]) != blocked:
            self._set_blocked(person, bot, blocked)
        return answer({"blocked": blocked})

    async def read(self, request: Request, person: Person) -> Response:
        """Note that a chat has been read up to a message."""
        params = Params((await parameters(request))[0])
        chat = self._chat(person, params)
        with self.store.write():
            messages.mark_read(self.store, person.id, chat, params.integer("message_id"))
        return answer(True)

    async def download(self, request: Request, person: Person) -> Response:
        """A file's bytes; only pictures and videos are shown in place, never a page."""
        row = files.for_person(self.store, request.path_params["file_id"], person.id)
        if row is None:
            raise ApiError(404, "没有这个文件。")
        shown = row["mime"] in PICTURES and row["kind"] != "document"
        return FileResponse(
            self.store.files / row["disk"],
            media_type=row["mime"] if shown else "application/octet-stream",
            filename=row["name"],
            content_disposition_type="inline" if shown else "attachment",
            headers={
                "x-content-type-options": "nosniff",
                "content-security-policy": "sandbox; default-src 'none'",
                "cache-control": "private, max-age=86400",
            },
        )


UPLOAD_ERRORS = {
    "Bad Request: file must be non-empty": "文件是空的，请另选一个。",
    "Bad Request: IMAGE_PROCESS_FAILED": "这不是能识别的照片，请改用“文件”发送。",
    "Bad Request: PHOTO_INVALID_DIMENSIONS": "这张照片太长或太大，请改用“文件”发送。",
}
