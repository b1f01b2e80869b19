"""The way to a server on this machine: plain HTTP/1.1 on kept connections, past every proxy (TOOLBOX, transport)."""

import asyncio
import ipaddress
import select
from collections import defaultdict
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

# Seconds; an upload is given longer to be read, as by the library's own transport.
_CONNECT, _READ, _UPLOAD = 5.0, 5.0, 20.0
_HEAD = 64 * 1024

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def is_loopback(base_url: str) -> bool:
    """Whether an address is one of this machine, in plain HTTP."""
    place = urlsplit(base_url)
    return place.scheme == "http" and (place.hostname == "localhost" or _is_own(place.hostname or ""))


def _is_own(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class LoopbackRequest(BaseRequest):
    """Requests of a bot to a server on loopback.

    The library's own transport takes more of the processor for each call than the call itself, and asks the
    environment for proxies. Whatever leaves this machine goes through it all the same: it knows TLS and proxies.
    """

    def __init__(self) -> None:
        self._idle: dict[str, list[_Connection]] = defaultdict(list)

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer unless told otherwise."""
        return _READ

    async def initialize(self) -> None:
        """Nothing to prepare: connections are opened when they are needed."""

    async def shutdown(self) -> None:
        """Close the connections that are not in use."""
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()
        self._idle.clear()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body. Raises TimedOut and NetworkError; their cause tells whether anything was sent."""
        place = urlsplit(url)
        head, body = _request(place, method, request_data)
        upload = bool(request_data and request_data.multipart_data)
        wait = _seconds(read_timeout, _UPLOAD if upload else _READ)
        connection = await self._connect(place, _seconds(connect_timeout, _CONNECT))
        reader, writer = connection
        try:
            async with asyncio.timeout(wait):
                writer.write(head + body)
                if len(body) > _HEAD:
                    await writer.drain()
                status, answer, keep = await _answer(reader)
        except TimeoutError as error:
            writer.close()
            raise TimedOut from error
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            writer.close()
            raise NetworkError(f"{type(error).__name__}: {error}") from error
        except BaseException:
            # Cancelled half-way: what is still to come belongs to no other request.
            writer.close()
            raise
        if keep:
            self._idle[place.netloc].append(connection)
        else:
            writer.close()
        return status, answer

    async def _connect(self, place: SplitResult, seconds: float | None) -> _Connection:
        """A kept connection that the server has not closed, or a new one."""
        idle = self._idle[place.netloc]
        while idle:
            reader, writer = idle.pop()
            if _open(reader, writer):
                return reader, writer
            writer.close()
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.open_connection(place.hostname, place.port or 80, limit=_HEAD)
        except TimeoutError as error:
            raise TimedOut from httpx.ConnectTimeout(str(error))
        except OSError as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from httpx.ConnectError(str(error))


def _open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether a kept connection still stands. The loop may not have read yet that the server has closed it."""
    if reader.at_eof() or writer.is_closing():
        return False
    waiting = select.poll()
    waiting.register(writer.get_extra_info("socket").fileno(), select.POLLIN)
    return not waiting.poll(0)


def _seconds(given: Any, usual: float) -> float | None:
    return usual if given is BaseRequest.DEFAULT_NONE else given


def _request(place: SplitResult, method: str, data: RequestData | None) -> tuple[bytes, bytes]:
    """Head and body of a request: urlencoded, or multipart once there is a file."""
    body, kind = b"", ""
    if data is not None and data.multipart_data:
        form: Any = httpx.Request(method, place.geturl(), data=data.json_parameters, files=data.multipart_data)
        body, kind = form.read(), form.headers["content-type"]
    elif data is not None:
        body, kind = urlencode(data.json_parameters).encode(), "application/x-www-form-urlencoded"
    target = f"{place.path or '/'}?{place.query}" if place.query else place.path or "/"
    lines = [f"{method} {target} HTTP/1.1", f"Host: {place.netloc}", f"User-Agent: {BaseRequest.USER_AGENT}"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii"), body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status and body of an answer, and whether the connection stays open (RFC 9112)."""
    status, fields = 100, {}
    while status < 200:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
        version, number = first.split(" ", 2)[:2]
        if not version.startswith("HTTP/1."):
            raise ValueError(f"not an HTTP answer: {first[:40]!r}")
        status = int(number)
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    keep = fields.get("connection", "").lower() != "close"
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return status, await _chunks(reader), keep
    if "content-length" in fields:
        return status, await reader.readexactly(int(fields["content-length"])), keep
    if status in (204, 304):
        return status, b"", keep
    return status, await reader.read(), False


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """The body of an answer that comes in chunks (RFC 9112 §7.1)."""
    parts: list[bytes] = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return b"".join(parts)
