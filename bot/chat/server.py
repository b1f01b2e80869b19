"""The local chat as a web application on loopback, and its start and stop inside any event loop."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.chat import page
from bot.chat.admin import Admin
from bot.chat.auth import Auth
from bot.chat.botapi import BotApi
from bot.chat.faults import Calls, Faults
from bot.chat.limits import Limits
from bot.chat.personal import Personal
from bot.chat.store import Store
from bot.chat.wire import ApiError, refusal

log = logging.getLogger("qiantong.chat")

TITLE = "签筒"


def build(
    data: Path,
    *,
    admin_key: str,
    sample: bool,
    test: bool,
    clock: Callable[[], datetime],
    last_tick: Callable[[], datetime | None] = lambda: None,
    title: str = TITLE,
    hosts: Sequence[str] = (),
) -> Starlette:
    """The chat's application on a data folder, which is made if missing.

    `sample` lets visitors choose whom to be, `test` opens the paths for faults and limits. `clock` gives the time the
    chat lives at (aware), `last_tick` when the office last looked at it. `hosts` are further names under which a
    proxy in front reaches it. `app.state.store` is the Store.
    """
    if not admin_key:
        raise ValueError("the admin key is empty")
    store = Store(data, clock, keep_keys=sample)
    limits, faults, calls = Limits(), Faults(), Calls(on=test)
    bots = BotApi(store, limits, faults, calls)
    admin = Admin(
        store,
        admin_key=admin_key,
        sample=sample,
        test=test,
        limits=limits,
        faults=faults,
        calls=calls,
        last_tick=last_tick,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        bots.webhooks.start_all()
        yield
        store.stop()
        await bots.webhooks.stop_all()
        store.close()

    app = Starlette(
        routes=[
            *bots.routes(),
            *Personal(store, limits).routes(),
            *admin.routes(),
            *Auth(store, sample=sample, title=title).routes(),
            *page.routes(),
        ],
        lifespan=lifespan,
        exception_handlers={HTTPException: _not_found, Exception: _broken},
    )
    app.add_middleware(Guard, hosts=frozenset(hosts))
    app.state.store = store
    app.state.webhooks = bots.webhooks
    return app


async def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    names = {404: "Not Found", 405: "Method Not Allowed"}
    return refusal(ApiError(status, names.get(status, "Bad Request")))


async def _broken(request: Request, error: Exception) -> Response:
    # The request line of a bot holds its token, so the path stays out of the log.
    log.error("a request failed", exc_info=error)
    return refusal(ApiError(500, "Internal Server Error"))


class Guard:
    """Turns away requests that a foreign web page made in a visitor's browser.

    The Host header must name this machine (no DNS rebinding), and a request that tells its origin must come from the
    chat's own page. No CORS header is ever sent.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host = origin = ""
        for name, value in scope["headers"]:
            if name == b"host":
                host = value.decode("latin-1").lower()
            elif name == b"origin":
                origin = value.decode("latin-1").lower()
        if not self.known(host):
            await refusal(ApiError(421, "Misdirected Request: open the chat by its loopback address"))(
                scope, receive, send
            )
        elif origin and origin not in (f"http://{host}", f"https://{host}"):
            await refusal(ApiError(403, "Forbidden: requests from other pages are not accepted"))(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def known(self, host: str) -> bool:
        """Whether a Host header names this machine."""
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        name = name.strip("[]")
        if name == "localhost" or name in self.hosts:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


class Connection(H11Protocol):
    """A connection that lets a request find its own transport, so that an ordered fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server(uvicorn.Server):
    """A server that leaves the process's signals alone: they belong to whoever started it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield


@dataclass
class Served:
    """A running chat."""

    address: str
    port: int
    server: Server
    task: "asyncio.Task[None]"
    store: Store

    async def stop(self) -> None:
        """End all waiting, let running calls finish, close the door and the store."""
        self.store.stop()
        self.server.should_exit = True
        await self.task


async def serve(app: Starlette, host: str = "127.0.0.1", port: int = 8086) -> Served:
    """Serve the chat on a loopback address; port 0 takes a free one.

    Raises ValueError for an address that is not on loopback, OSError if the port is taken.
    """
    name = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(f"the local chat listens on loopback only, not on {host}")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; without, each answer waits 40 ms for an ACK.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((name.strip("[]"), port))
    except OSError:
        door.close()
        raise
    taken = int(door.getsockname()[1])
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[door]))
    while not server.started:
        if task.done():
            await task
            raise RuntimeError("the local chat did not start")
        await asyncio.sleep(0.005)
    shown = f"[{name.strip('[]')}]" if family == socket.AF_INET6 else name
    return Served(f"http://{shown}:{taken}/", taken, server, task, app.state.store)
