"""How a person gets a key: a personal link opened once, a PIN from then on."""

import asyncio
import hashlib
import hmac
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chat import accounts, keys
from bot.chat.accounts import Person
from bot.chat.store import Store
from bot.chat.wire import ApiError, Params, answer, parameters, refusal

PIN_LENGTHS = range(4, 13)
MOST_MISSES = 5
LOCK_SECONDS = 15 * 60


class Auth:
    """The paths by which the page gets a key."""

    def __init__(self, store: Store, *, sample: bool, title: str) -> None:
        self.store = store
        self.sample = sample
        self.title = title

    def routes(self) -> list[Route]:
        """The paths of signing in."""
        return [
            Route("/auth/mode", self.mode, methods=["GET"]),
            Route("/auth/link", self.link, methods=["POST"]),
            Route("/auth/pin", self.pin, methods=["POST"]),
        ]

    async def mode(self, request: Request) -> Response:
        """Whether this is the sample office, and what it is called."""
        return answer({"sample": self.sample, "title": self.title})

    async def link(self, request: Request) -> Response:
        """Use a personal link up: its PIN is set and a key given."""
        try:
            params = Params((await parameters(request))[0])
            token, pin = params.text("token"), params.text("pin")
            if keys.linked(self.store, token) is None:
                raise ApiError(403, "这个链接已经用过或已过期，请向管理员要一个新的链接。")
            if not pin.isascii() or not pin.isdigit() or len(pin) not in PIN_LENGTHS:
                raise ApiError(400, "请设一个 4 到 12 位数字的 PIN。")
            hidden = await asyncio.to_thread(_hide, pin)
            with self.store.write() as db:
                # Looked up again: another opening of the same link may have come first meanwhile.
                person = keys.linked(self.store, token)
                if person is None:
                    raise ApiError(403, "这个链接已经用过或已过期，请向管理员要一个新的链接。")
                db.execute("DELETE FROM link WHERE person_id = ?", (person.id,))
                # A new link is what one asks for after losing a telephone: what was signed in before is out.
                db.execute("DELETE FROM access WHERE person_id = ? AND readable IS NULL", (person.id,))
                db.execute("UPDATE person SET pin = ?, misses = 0, locked_until = 0 WHERE id = ?", (hidden, person.id))
                return self._admit(person)
        except ApiError as error:
            return refusal(error)

    async def pin(self, request: Request) -> Response:
        """Give a key for a PIN; after five misses the person has to wait a quarter of an hour."""
        try:
            params = Params((await parameters(request))[0])
            person = self._named(params)
            row = self.store.one(
                "SELECT pin, misses, locked_until FROM person WHERE id = ?", person.id if person else 0
            )
            if person is None or row is None or not row["pin"]:
                raise ApiError(403, "编号、姓名或 PIN 不对；如果还没有设 PIN，请先打开您的个人链接。")
            left = row["locked_until"] - self.store.now()
            if left > 0:
                minutes = -(-left // 60)
                raise ApiError(429, f"PIN 错了太多次，请 {minutes} 分钟后再试。", {"retry_after": left})
            # Counted before it is checked, so that many tries at once are not many free tries.
            with self.store.write() as db:
                misses = row["misses"] + 1
                until = self.store.now() + LOCK_SECONDS if misses >= MOST_MISSES else 0
                db.execute(
                    "UPDATE person SET misses = ?, locked_until = ? WHERE id = ?",
                    (0 if until else misses, until, person.id),
                )
            if not await asyncio.to_thread(_fits, params.text("pin")[:64], row["pin"]):
                raise ApiError(403, "编号、姓名或 PIN 不对；如果还没有设 PIN，请先打开您的个人链接。")
            with self.store.write() as db:
                db.execute("UPDATE person SET misses = 0, locked_until = 0 WHERE id = ?", (person.id,))
                return self._admit(person)
        except ApiError as error:
            return refusal(error)

    def _named(self, params: Params) -> Person | None:
        if params.has("id"):
            person = accounts.find(self.store, params.integer("id"))
            return None if person is None or person.is_bot else person
        wanted = params.text("name").replace(" ", "")
        found = [one for one in accounts.everyone(self.store) if one.name.replace(" ", "") == wanted]
        return found[0] if len(found) == 1 else None

    def _admit(self, person: Person) -> Response:
        shown: dict[str, Any] = {"key": keys.new_key(self.store, person.id), "id": person.id, "name": person.name}
        return answer(shown)


def _scrypt(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=1 << 14, r=8, p=1)


def _hide(pin: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_scrypt(pin, salt).hex()}"


def _fits(pin: str, hidden: str) -> bool:
    salt, _, digest = hidden.partition(":")
    return hmac.compare_digest(_scrypt(pin, bytes.fromhex(salt)).hex(), digest)
