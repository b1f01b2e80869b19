"""The bots' side: a call comes in by token and method name and gets Telegram's answer."""

import asyncio
import json
import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bot.chat import accounts, files, updates
from bot.chat.accounts import Person
from bot.chat.call import Call
from bot.chat.faults import Calls, Fault, Faults
from bot.chat.files import Taken
from bot.chat.limits import Limits, too_many
from bot.chat.methods import METHODS, SENDING
from bot.chat.store import Store
from bot.chat.webhook import Webhooks
from bot.chat.wire import ApiError, Cut, Params, bad, dump, parameters, raw_answer, refusal

log = logging.getLogger("qiantong.chat")

LONGEST_POLL = 50


class BotApi:
    """All bots' calls: token, faults, limits, method, log."""

    def __init__(self, store: Store, limits: Limits, faults: Faults, calls: Calls) -> None:
        self.store = store
        self.limits = limits
        self.faults = faults
        self.calls = calls
        self.polls = updates.Polls(store)
        self.webhooks = Webhooks(store, self.from_webhook)

    def routes(self) -> list[Route]:
        """The paths of the bots' side."""
        return [
            Route("/bot{token}/{method}", self.endpoint, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self.download, methods=["GET"]),
        ]

    def bot(self, token: str) -> Person:
        """The bot of a token. Raises ApiError 404 for what is no token, 401 for one that is unknown."""
        number, colon, letters = token.partition(":")
        if not colon or not number.isdigit() or not letters:
            raise ApiError(404, "Not Found")
        bot = accounts.bot_by_token(self.store, token)
        if bot is None:
            raise ApiError(401, "Unauthorized")
        return bot

    async def endpoint(self, request: Request) -> Response:
        """One call over HTTP."""
        taken: dict[str, Taken] = {}
        try:
            bot = self.bot(request.path_params["token"])
            values, uploads = await parameters(request)
            for name, upload in uploads.items():
                taken[name] = await files.take(self.store, upload)
                await upload.close()
            return await self.answer(bot, request.path_params["method"], Params(values), taken)
        except ApiError as error:
            return refusal(error)
        finally:
            for one in taken.values():
                files.discard(self.store, one)

    async def from_webhook(self, bot: Person, method: str, values: dict[str, Any]) -> None:
        """A call that came as the answer to a webhook delivery; its own answer goes nowhere."""
        await self.answer(bot, method, Params(values), {})

    async def answer(self, bot: Person, method: str, params: Params, taken: dict[str, Taken]) -> Response:
        """Carry a call out, with the fault that is due, and note it."""
        chat_id = params.values.get("chat_id")
        digits = str(chat_id)
        target = int(digits) if digits.removeprefix("-").isdecimal() and len(digits) < 20 else None
        fault = self.faults.take(method, target) if self.faults.waiting else None
        result = "null"
        try:
            if fault is not None:
                await self._before(fault)
            if fault is not None and fault.kind == "reset_before":
                self._note(bot, method, params, taken, 0, None)
                return Cut()
            result = await self._carry_out(bot, method, params, taken, target)
        except ApiError as error:
            self._note(bot, method, params, taken, error.status, None)
            return refusal(error)
        except UnicodeEncodeError:
            self._note(bot, method, Params({}), taken, 400, None)
            return refusal(bad("strings must be encoded in UTF-8"))
        except Exception:
            log.exception("method %.64r failed", method)
            self._note(bot, method, params, taken, 500, None)
            return refusal(ApiError(500, "Internal Server Error"))
        self._note(bot, method, params, taken, 200, result)
        if fault is not None and fault.kind == "reset_after":
            return Cut()
        return raw_answer(result)

    async def _before(self, fault: Fault) -> None:
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "429":
            raise too_many(int(fault.seconds))
        elif fault.kind == "403":
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        elif fault.kind == "500":
            raise ApiError(500, "Internal Server Error")

    async def _carry_out(
        self, bot: Person, method: str, params: Params, taken: dict[str, Taken], target: int | None
    ) -> str:
        name = method.lower()
        if name == "getupdates":
            return await self._get_updates(bot, params)
        if name in ("setwebhook", "deletewebhook", "getwebhookinfo"):
            return dump(await self._webhook(bot, name, params))
        function = METHODS.get(name)
        if function is None:
            log.warning("unknown method %.64r", method)
            raise ApiError(404, "Not Found: method not found")
        if name in SENDING and target is not None:
            self.limits.take(bot.id, target, _messages(params))
        return dump(function(Call(self.store, self.polls, self.limits, bot, params, taken)))

    async def _get_updates(self, bot: Person, params: Params) -> str:
        if self.webhooks.url(bot.id):
            raise ApiError(409, updates.CONFLICT_WEBHOOK)
        updates.allow(self.store, bot.id, params.json("allowed_updates"))
        found = await self.polls.poll(
            bot,
            offset=params.integer("offset"),
            limit=min(max(params.integer("limit", 100), 1), 100),
            seconds=min(max(params.number("timeout", 0), 0), LONGEST_POLL),
        )
        return f"[{','.join(found)}]"

    async def _webhook(self, bot: Person, name: str, params: Params) -> Any:
        if name == "getwebhookinfo":
            return self.webhooks.info(bot.id)
        if params.flag("drop_pending_updates"):
            updates.drop(self.store, bot.id)
        if name == "deletewebhook":
            await self.webhooks.remove(bot.id)
            return True
        url = params.text("url")
        if not url:
            await self.webhooks.remove(bot.id)
            return True
        secret = params.text("secret_token")
        if secret and not (len(secret) <= 256 and secret.replace("-", "").replace("_", "").isalnum()):
            raise bad("secret token contains unallowed characters")
        updates.allow(self.store, bot.id, params.json("allowed_updates"))
        await self.webhooks.set(bot.id, url, secret, params.integer("max_connections", 40))
        self.polls.interrupt(bot.id)
        return True

    def _note(
        self, bot: Person, method: str, params: Params, taken: dict[str, Taken], status: int, result: str | None
    ) -> None:
        if not self.calls.on:
            return
        found = json.loads(result) if result else None
        message_id = found.get("message_id") if isinstance(found, dict) else None
        shown = dict(params.values)
        shown.update({name: {"file_name": one.name, "file_size": one.size} for name, one in taken.items()})
        self.calls.add(
            at=self.store.clock().isoformat(),
            bot_id=bot.id,
            method=method,
            params=shown,
            status=status,
            **({"message_id": message_id} if message_id is not None else {}),
        )

    async def download(self, request: Request) -> Response:
        """A file's bytes, by the path getFile gave."""
        try:
            bot = self.bot(request.path_params["token"])
            row = self.store.one("SELECT * FROM file WHERE path = ?", request.path_params["path"])
            if row is None or files.for_bot(self.store, row["file_id"], bot.id) is None:
                raise ApiError(404, "Not Found")
            if row["size"] > files.DOWNLOAD_BYTES:
                raise bad("file is too big")
        except ApiError as error:
            return refusal(error)
        return FileResponse(self.store.files / row["disk"], media_type="application/octet-stream")


def _messages(params: Params) -> int:
    """How many messages a call would send: each of an album and of a list counts."""
    for name in ("media", "message_ids"):
        if isinstance(wanted := params.json(name), list):
            return max(len(wanted), 1)
    return 1
