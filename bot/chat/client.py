"""The people and the administrator of a local chat, played from Python over its HTTP paths."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

Message = dict[str, Any]


class ChatRefused(Exception):
    """The chat said no: `code` is its error code, `description` its words, `parameters` what goes with them."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.parameters = parameters or {}


class _Caller:
    """Calls with one key; the connection is opened at the first call and closed by aclose."""

    def __init__(self, address: str, key: str) -> None:
        self.address = address
        self.key = key
        self._http: httpx.AsyncClient | None = None

    @property
    def http(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                base_url=self.address,
                headers={"Authorization": f"Bearer {self.key}"},
                trust_env=False,
                # Loading certificates takes 40 ms a person, and plain http has no use for them.
                verify=self.address.startswith("https:"),
                timeout=httpx.Timeout(90, connect=10),
            )
        return self._http

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """The result of one call. Raises ChatRefused."""
        response = await self.http.request(method, path, **options)
        try:
            body = response.json()
        except ValueError:
            raise ChatRefused(response.status_code, response.text[:200]) from None
        if not body.get("ok"):
            raise ChatRefused(body["error_code"], body["description"], body.get("parameters"))
        return body["result"]

    async def get(self, path: str, **params: Any) -> Any:
        """GET with query parameters; None is left out."""
        return await self.call("GET", path, params={key: value for key, value in params.items() if value is not None})

    async def post(self, path: str, **values: Any) -> Any:
        """POST with a JSON body; None is left out."""
        return await self.call("POST", path, json={key: value for key, value in values.items() if value is not None})

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def buttons(message: Message) -> list[dict[str, Any]]:
    """The inline buttons of a message, row by row."""
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


def words(message: Message) -> str:
    """The text of a message, or the caption under its file; "" for neither."""
    return str(message.get("text") or message.get("caption") or "")


class ChatPerson(_Caller):
    """A person in the chat: says, presses, throws, and sees what is said.

    What the person has seen is kept in `seen` (message by chat and id, as it stands now) and `happened` (every event
    in order); `look` fetches what is new, `until` waits for it. A chat is named by its id; where none is given, it
    is the private chat with the bot.
    """

    def __init__(self, address: str, key: str, *, id: int = 0, name: str = "") -> None:
        super().__init__(address, key)
        self.id = id
        self.name = name
        self.after = 0
        self.happened: list[dict[str, Any]] = []
        self.seen: dict[int, dict[int, Message]] = {}
        self._looking = asyncio.Lock()

    async def me(self) -> dict[str, Any]:
        """Who this is; fills id and name."""
        found: dict[str, Any] = await self.get("/user/me")
        self.id, self.name = found["id"], found["name"]
        return found

    async def chats(self) -> list[dict[str, Any]]:
        """The chats this person is in."""
        found: list[dict[str, Any]] = await self.get("/user/chats")
        return found

    async def starts(self, bot: str, payload: str | None = None) -> Message:
        """Open the private chat with a bot, as a deep link does."""
        return await self._said("/user/start", bot=bot, payload=payload)

    async def says(
        self, text: str, chat: int | None = None, *, reply_to: int | Message | None = None, bot: str | None = None
    ) -> Message:
        """Say something; `reply_to` is a message or its id."""
        return await self._said("/user/send", chat_id=chat or self.id, text=text, reply_to=_id(reply_to), bot=bot)

    async def edits(self, message: Message, text: str) -> Message:
        """Change an own message."""
        return await self._said(
            "/user/edit", chat_id=message["chat"]["id"], message_id=message["message_id"], text=text
        )

    async def throws(
        self, emoji: str = "🎲", chat: int | None = None, *, reply_to: int | Message | None = None
    ) -> Message:
        """Throw a die."""
        return await self._said("/user/dice", chat_id=chat or self.id, emoji=emoji, reply_to=_id(reply_to))

    async def forwards(self, message: Message, chat: int | None = None) -> Message:
        """Forward a message to another chat."""
        return await self._said(
            "/user/forward",
            from_chat_id=message["chat"]["id"],
            message_id=message["message_id"],
            chat_id=chat or self.id,
        )

    async def sends_file(
        self,
        file: Path | bytes,
        chat: int | None = None,
        *,
        kind: str = "document",
        name: str | None = None,
        caption: str | None = None,
        reply_to: int | Message | None = None,
        media_group_id: str | None = None,
    ) -> Message:
        """Send a file as document, photo or video; bytes need a name."""
        content = file if isinstance(file, bytes) else await asyncio.to_thread(file.read_bytes)
        shown = name or (file.name if isinstance(file, Path) else "file")
        values = {
            "chat_id": str(chat or self.id),
            "kind": kind,
            "caption": caption,
            "reply_to": None if reply_to is None else str(_id(reply_to)),
            "media_group_id": media_group_id,
        }
        fields = {key: value for key, value in values.items() if value is not None}
        sent: Message = await self.call("POST", "/user/file", data=fields, files={"file": (shown, content)})
        return sent

    async def presses(
        self,
        label: str,
        chat: int | None = None,
        *,
        message: Message | None = None,
        data: str | None = None,
        stale: bool = False,
        wait: float = 10,
    ) -> dict[str, Any]:
        """Press the button with this label, or with `data`; the bot's answer: {answered, text?, show_alert?, url?}.

        Without a message it is the newest one that has such a button, in the chat or anywhere; the label may be the
        beginning of the button's. With `stale` the data must be given. Raises LookupError where no such button is
        in sight.
        """
        if message is None or data is None:
            await self.look()
        if message is None:
            message, found = self.button(label, chat)
            data = data or found
        elif data is None:
            current = self.seen.get(message["chat"]["id"], {}).get(message["message_id"], message)
            data = _pick(current, label)
            if data is None:
                raise LookupError(f"no button {label!r} under {words(current)!r}")
        answer: dict[str, Any] = await self.post(
            "/user/press",
            chat_id=message["chat"]["id"],
            message_id=message["message_id"],
            data=data,
            stale=stale or None,
            wait=wait,
        )
        return answer

    def button(self, label: str, chat: int | None = None) -> tuple[Message, str]:
        """The newest message seen that has a button with this label, and the button's data."""
        for message in sorted(self._all(chat), key=lambda one: (one["date"], one["message_id"]), reverse=True):
            data = _pick(message, label)
            if data is not None:
                return message, data
        labels = [button["text"] for message in self._all(chat) for button in buttons(message)]
        raise LookupError(f"no button {label!r}; there are {labels}")

    async def blocks(self, bot: str, blocked: bool = True) -> None:
        """Stop a bot from writing, or let it again."""
        await self.post("/user/block", bot=bot, blocked=blocked)

    async def file(self, message_or_id: Message | str) -> bytes:
        """The bytes of a message's file."""
        file_id = message_or_id if isinstance(message_or_id, str) else file_id_of(message_or_id)
        response = await self.http.get(f"/user/file/{file_id}")
        if response.status_code != 200:
            body = response.json()
            raise ChatRefused(body["error_code"], body["description"])
        return response.content

    async def events(self, after: int = 0, wait: float = 0, chat: int | None = None) -> list[dict[str, Any]]:
        """The events after a number, as the server gives them; `look` keeps count by itself."""
        found: list[dict[str, Any]] = await self.get("/user/events", after=after, wait=wait, chat_id=chat)
        return found

    async def stream(self, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """The events after a number as they come, by server-sent events."""
        headers = {"Accept": "text/event-stream"}
        async with self.http.stream("GET", "/user/events", params={"after": after}, headers=headers) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line[6:])

    async def look(self, wait: float = 0) -> list[dict[str, Any]]:
        """Fetch what is new, waiting up to so many seconds for the first; the new events."""
        async with self._looking:
            fresh: list[dict[str, Any]] = []
            while True:
                found = await self.events(self.after, 0 if fresh else wait)
                if not found:
                    return fresh
                for event in found:
                    self._note(event)
                fresh += found
                if len(found) < 1000:
                    return fresh

    def _note(self, event: dict[str, Any]) -> None:
        self.after = event["seq"]
        self.happened.append(event)
        if "message" in event:
            message = event["message"]
            known = self.seen.setdefault(message["chat"]["id"], {})
            if event["type"] == "deleted":
                known.pop(message["message_id"], None)
            else:
                known[message["message_id"]] = message

    def _all(self, chat: int | None) -> Iterable[Message]:
        if chat is not None:
            return list(self.seen.get(chat, {}).values())
        return [message for known in self.seen.values() for message in known.values()]

    def messages(self, chat: int | None = None) -> list[Message]:
        """The messages of a chat as they stand, oldest first, from what was looked at so far."""
        return [message for _, message in sorted(self.seen.get(chat or self.id, {}).items())]

    def last(self, chat: int | None = None) -> str:
        """The words of the last message of a chat, from what was looked at so far."""
        found = self.messages(chat)
        return words(found[-1]) if found else ""

    async def until(
        self,
        wanted: str | Callable[[Message], bool],
        chat: int | None = None,
        *,
        after: int | Message | None = None,
        within: float = 10,
    ) -> Message:
        """The newest message of a chat, as it stands, that holds these words or fits; waited for.

        `after` leaves out messages up to that id. Raises TimeoutError that tells the last words.
        """
        place = chat or self.id
        floor = _id(after) or 0
        end = time.monotonic() + within
        while True:
            await self.look()
            for message in reversed(self.messages(place)):
                if message["message_id"] > floor and (
                    wanted in words(message) if isinstance(wanted, str) else wanted(message)
                ):
                    return message
            left = end - time.monotonic()
            if left <= 0:
                said = [words(message) for message in self.messages(place)[-3:]]
                raise TimeoutError(f"{self.name or self.id} did not see {wanted!r}; the last were {said}")
            await self.look(wait=left)

    async def _said(self, path: str, **values: Any) -> Message:
        message: Message = await self.post(path, **values)
        return message


def _id(message: int | Message | None) -> int | None:
    return message["message_id"] if isinstance(message, dict) else message


def _pick(message: Message, label: str) -> str | None:
    """The data of the button with this label, or else of the first that begins with it."""
    found = [button for button in buttons(message) if "callback_data" in button]
    exact = [button["callback_data"] for button in found if button["text"] == label]
    begun = [button["callback_data"] for button in found if label and button["text"].startswith(label)]
    return next(iter(exact + begun), None)


def file_id_of(message: Message) -> str:
    """The id of a message's document, video or largest photo."""
    media = message.get("document") or message.get("video") or message["photo"][-1]
    return str(media["file_id"])


class ChatAdmin(_Caller):
    """The administrator of a chat: makes bots, people and groups, orders faults and reads the log of calls."""

    async def bot(self, username: str, first_name: str, *, privacy: bool = True) -> dict[str, Any]:
        """A bot: {id, token}."""
        found: dict[str, Any] = await self.post(
            "/admin/bots", username=username, first_name=first_name, privacy=privacy
        )
        return found

    async def person(
        self,
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
        *,
        unit: str | None = None,
        roles: list[str] | None = None,
    ) -> ChatPerson:
        """A new person, ready to act."""
        made = await self.post(
            "/admin/users", first_name=first_name, last_name=last_name, username=username, unit=unit, roles=roles
        )
        name = f"{first_name} {last_name}" if last_name else first_name
        return ChatPerson(self.address, made["key"], id=made["id"], name=name)

    async def group(
        self, title: str, members: Iterable[int | ChatPerson], bots: Iterable[int], *, type: str = "group"
    ) -> int:
        """A new group's id."""
        ids = [member.id if isinstance(member, ChatPerson) else member for member in members]
        made = await self.post("/admin/chats", type=type, title=title, members=ids, bots=list(bots))
        return int(made["id"])

    async def change(
        self, chat: int, *, add: Iterable[int] = (), remove: Iterable[int] = (), promote: Iterable[int] = ()
    ) -> None:
        """Add, remove and promote members."""
        await self.post(f"/admin/chats/{chat}/members", add=list(add), remove=list(remove), promote=list(promote))

    async def migrate(self, chat: int) -> int:
        """Turn a group into a supergroup; its new id."""
        return int((await self.post(f"/admin/chats/{chat}/migrate"))["new_id"])

    async def link(self, person: int) -> str:
        """The path of a new personal link."""
        return str((await self.post(f"/admin/users/{person}/link"))["path"])

    async def fault(
        self, method: str, kind: str, *, times: int = 1, chat: int | None = None, seconds: float | None = None
    ) -> None:
        """Order a fault for the next calls of a method."""
        await self.post("/admin/faults", method=method, kind=kind, times=times, chat_id=chat, seconds=seconds)

    async def limits(self, **windows: float) -> None:
        """Set per_second, per_chat_second, per_group_minute; what is not named is lifted."""
        await self.post("/admin/limits", **windows)

    async def calls(self, after: int = 0, method: str | None = None) -> list[dict[str, Any]]:
        """What bots asked, or only the calls of one method."""
        found: list[dict[str, Any]] = await self.get("/admin/calls", after=after)
        return [call for call in found if method is None or call["method"].lower() == method.lower()]

    async def clock(self) -> dict[str, Any]:
        """{now, last_tick}."""
        found: dict[str, Any] = await self.get("/admin/clock")
        return found

    async def sample(self) -> dict[str, ChatPerson]:
        """The people of the sample office by name."""
        found = await self.get("/sample/people")
        return {one["name"]: ChatPerson(self.address, one["key"], id=one["id"], name=one["name"]) for one in found}
