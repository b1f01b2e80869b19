"""The administrator's side: people, bots and groups; in test mode faults, limits and the log of calls."""

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chat import accounts, groups, keys, people
from bot.chat.faults import Calls, Fault, Faults
from bot.chat.limits import Limits
from bot.chat.personal import bearer
from bot.chat.store import Store
from bot.chat.wire import ApiError, Params, answer, bad, parameters, refusal

Handler = Callable[[Request, Params], Awaitable[Any]]


class Admin:
    """The ADMIN and SAMPLE paths."""

    def __init__(
        self,
        store: Store,
        *,
        admin_key: str,
        sample: bool,
        test: bool,
        limits: Limits,
        faults: Faults,
        calls: Calls,
        last_tick: Callable[[], datetime | None],
    ) -> None:
        self.store = store
        self.admin_key = admin_key
        self.sample = sample
        self.test = test
        self.limits = limits
        self.faults = faults
        self.calls = calls
        self.last_tick = last_tick

    def routes(self) -> list[Route]:
        """The paths; those for tests exist in test mode only."""

        def route(path: str, handler: Handler, method: str) -> Route:
            return Route(path, self._guarded(handler), methods=[method])

        always = [
            route("/admin/bots", self.bots, "POST"),
            route("/admin/users", self.users, "POST"),
            route("/admin/users/{id:int}/link", self.link, "POST"),
            route("/admin/users/{id:int}/key", self.key, "POST"),
            route("/admin/chats", self.chats, "POST"),
            Route("/admin/chats/{id}/members", self._guarded(self.members), methods=["POST"]),
            Route("/admin/chats/{id}/migrate", self._guarded(self.migrate), methods=["POST"]),
        ]
        if self.sample:
            always.append(Route("/sample/people", self.sample_people, methods=["GET"]))
        if self.test:
            always += [
                route("/admin/faults", self.order_fault, "POST"),
                route("/admin/limits", self.set_limits, "POST"),
                route("/admin/calls", self.list_calls, "GET"),
                route("/admin/clock", self.clock, "GET"),
            ]
        return always

    def _guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                if not hmac.compare_digest(bearer(request).encode(), self.admin_key.encode()):
                    raise ApiError(401, "Unauthorized")
                params = Params((await parameters(request))[0])
                return answer(await handler(request, params))
            except ApiError as error:
                return refusal(error)

        return endpoint

    @staticmethod
    def _required(params: Params, name: str) -> str:
        value = params.text(name).strip()
        if not value:
            raise bad(f"{name} is missing")
        return value

    async def bots(self, request: Request, params: Params) -> Any:
        """A bot by its username, made if missing."""
        username = self._required(params, "username")
        bot_id, token = people.ensure_bot(
            self.store, username, self._required(params, "first_name"), params.flag("privacy", True)
        )
        return {"id": bot_id, "token": token}

    async def users(self, request: Request, params: Params) -> Any:
        """A new person."""
        person_id, key = people.add_user(
            self.store,
            self._required(params, "first_name"),
            params.text("last_name") or None,
            params.text("username") or None,
            unit=params.text("unit"),
            roles=[str(role) for role in params.json("roles") or []],
        )
        return {"id": person_id, "key": key}

    async def link(self, request: Request, params: Params) -> Any:
        """A new personal link for a person."""
        person = groups.known(self.store, [request.path_params["id"]], bots=False)[0]
        return {"path": keys.personal_link(self.store, person.id)}

    async def key(self, request: Request, params: Params) -> Any:
        """A further key for a person."""
        person = groups.known(self.store, [request.path_params["id"]], bots=False)[0]
        return {"id": person.id, "key": keys.new_key(self.store, person.id)}

    async def chats(self, request: Request, params: Params) -> Any:
        """A new group."""
        chat_id = groups.create(
            self.store,
            params.text("type") or "group",
            self._required(params, "title"),
            params.integers("members"),
            params.integers("bots"),
        )
        return {"id": chat_id}

    @staticmethod
    def _chat_id(request: Request) -> int:
        try:
            return int(request.path_params["id"])
        except ValueError:
            raise ApiError(404, "Not Found: no such chat") from None

    async def members(self, request: Request, params: Params) -> Any:
        """Add, remove and promote members of a group."""
        chat_id = self._chat_id(request)
        with self.store.write():
            groups.add(self.store, chat_id, params.integers("add"))
            groups.remove(self.store, chat_id, params.integers("remove"))
            groups.promote(self.store, chat_id, params.integers("promote"))
        return True

    async def migrate(self, request: Request, params: Params) -> Any:
        """Turn a group into a supergroup."""
        return {"new_id": groups.migrate(self.store, self._chat_id(request))}

    async def order_fault(self, request: Request, params: Params) -> Any:
        """Order a fault."""
        self.faults.order(
            Fault(
                method=self._required(params, "method"),
                kind=params.text("kind"),
                times=params.integer("times", 1),
                chat_id=params.integer("chat_id") if params.has("chat_id") else None,
                seconds=params.number("seconds", 1.0),
            )
        )
        return True

    async def set_limits(self, request: Request, params: Params) -> Any:
        """Set the rate limits; what is not named is lifted."""
        self.limits.per_second = params.integer("per_second")
        self.limits.per_chat_second = params.integer("per_chat_second")
        self.limits.per_group_minute = params.integer("per_group_minute")
        self.limits.answer_within = params.number("answer_within", ANSWER_WITHIN)
        self.limits.sent.clear()
        return True

    async def list_calls(self, request: Request, params: Params) -> Any:
        """What bots asked after a number."""
        return self.calls.after(params.integer("after"))

    async def clock(self, request: Request, params: Params) -> Any:
        """The chat's time and when the office last looked at it."""
        last = self.last_tick()
        return {"now": self.store.clock().isoformat(), "last_tick": last.isoformat() if last else None}

    async def sample_people(self, request: Request) -> Response:
        """The people of the sample office, with their keys."""
        return answer(
            [
                {
                    "id": person.id,
                    "name": person.name,
                    "unit": person.unit,
                    "roles": list(person.roles),
                    "key": keys.readable_key(self.store, person.id),
                }
                for person in accounts.everyone(self.store)
            ]
        )


ANSWER_WITHIN = Limits().answer_within
