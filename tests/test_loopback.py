"""The way to a server on this machine: kept connections, every form of answer, and errors that tell what went out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from telegram import Bot, InputFile
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import RequestData

from bot import run
from bot.loopback import LoopbackRequest, is_loopback
from tests.talk import Talk, of

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NO = b'{"ok": false, "error_code": 400, "description": "Bad Request: no"}'
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(NO), NO)


class Server:
    """Answers each request with the next of the given answers; None closes the connection without one."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []
        self.connections = 0
        self.address = ""
        self.tasks: list[asyncio.Task[None] | None] = []
        self.gone = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ),
                0,
            )
            self.asked.append(head + await reader.readexactly(length))
            answer = self.answers.pop(0)
            writer.write(answer or b"")
            if answer is None or b"Connection: close" in answer or not self.answers:
                break
        writer.close()
        self.gone.set()


@asynccontextmanager
async def serving(*answers: bytes | None) -> AsyncIterator[tuple[Server, LoopbackRequest]]:
    """A server with its answers, and the way to it."""
    server = Server(*answers)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/bot1:x/getMe"
    request = LoopbackRequest()
    try:
        yield server, request
    finally:
        await request.shutdown()
        listening.close()
        await asyncio.gather(*filter(None, server.tasks))


async def test_requests_share_a_connection() -> None:
    """One connection serves one request after another."""
    async with serving(OK, OK, OK) as (server, request):
        for _ in range(3):
            assert await request.do_request(server.address, "POST") == (200, b"ok")
        assert server.connections == 1


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    """Servers close what was idle for long; the next request opens a new connection and nobody notices."""
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", OK, OK) as (
        server,
        request,
    ):
        assert await request.do_request(server.address, "POST") == (200, b"ok")
        assert await request.do_request(server.address, "POST") == (200, b"ok")
        server.answers.clear()
    async with serving(OK) as (server, request):
        await request.do_request(server.address, "POST")
        # The server had one answer only and has closed by now.
        await server.gone.wait()
        server.answers.append(OK)
        assert await request.do_request(server.address, "POST") == (200, b"ok")
        assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nwhy", (404, b"why")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n",
            (200, b"abcde"),
        ),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end", (200, b"to the end")),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz", (200, b"z")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
    ],
)
async def test_forms_of_an_answer(answer: bytes, wanted: tuple[int, bytes]) -> None:
    """With a length, in chunks, to the end, after a preliminary answer, and empty."""
    async with serving(answer) as (server, request):
        assert await request.do_request(server.address, "GET") == wanted


async def test_values_are_urlencoded_and_files_go_as_multipart() -> None:
    """As the Bot API wants both."""
    async with serving(REFUSED, REFUSED) as (server, request):
        base = server.address.removesuffix("1:x/getMe")
        bot = Bot("1:x", base_url=base, request=request)
        for send in (
            lambda: bot.send_message(5, "总 & 结", disable_notification=True),
            lambda: bot.send_document(5, InputFile(b"%PDF", filename="公告.docx"), caption="一"),
        ):
            with pytest.raises(BadRequest):
                await send()
        text, file = server.asked
        assert b"text=%E6%80%BB+%26+%E7%BB%93" in text and b"disable_notification=true" in text
        assert b"multipart/form-data; boundary=" in file and b"%PDF" in file and "公告.docx".encode() in file


@pytest.mark.parametrize("broken", [None, b"nonsense", b"SMTP 1\r\n\r\n", OK[:-1], OK[:-8]])
async def test_a_lost_answer_is_no_connect_error(broken: bytes | None) -> None:
    """The request went out: the sender must not take it for one that did not."""
    async with serving(broken) as (server, request):
        with pytest.raises(NetworkError) as caught:
            await request.do_request(server.address, "POST")
        assert not isinstance(caught.value.__cause__, httpx.ConnectError)


async def test_nobody_there_is_a_connect_error() -> None:
    """Nothing went out, and the sender may send again."""
    async with serving(OK) as (server, _):
        address = server.address
    with pytest.raises(NetworkError) as caught:
        await LoopbackRequest().do_request(address, "POST")
    assert isinstance(caught.value.__cause__, httpx.ConnectError)


async def test_an_answer_that_does_not_come_is_timed_out() -> None:
    """After the seconds that were asked for."""
    async with serving(OK[:-1], OK) as (server, request):
        with pytest.raises(TimedOut):
            await request.do_request(server.address, "POST", read_timeout=0.05)


async def test_what_was_cancelled_leaves_its_connection_to_nobody() -> None:
    """A late answer belongs to no other request."""
    late = asyncio.Event()

    class Late(Server):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not self.connections:
                self.connections = 1
                await reader.readuntil(b"\r\n\r\n")
                late.set()
                await reader.read()
                writer.close()
            else:
                await super().serve(reader, writer)

    server = Late(OK)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    request = LoopbackRequest()
    first = asyncio.create_task(request.do_request(address, "POST"))
    await late.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await request.do_request(address, "POST", RequestData([])) == (200, b"ok")
    assert server.connections == 2
    await request.shutdown()
    listening.close()


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("http://127.0.0.1:8086/bot", True),
        ("http://localhost:8086/bot", True),
        ("http://[::1]:8086/bot", True),
        ("https://127.0.0.1/bot", False),
        ("http://127.0.0.1.example.org/bot", False),
        ("http://localhost.example.org/bot", False),
        ("https://api.telegram.org/bot", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(address: str, near: bool, tmp_path: Path) -> None:
    """Whatever leaves the machine keeps the library's transport, which knows TLS and proxies."""
    assert is_loopback(address) is near
    application = run.build(of(tmp_path, telegram_base_url=address), "1:x", "")
    assert isinstance(application.bot.request, LoopbackRequest) is near


async def test_files_come_and_go_on_it(talk: Talk) -> None:
    """The running office is on it: a file that a person sends is fetched whole."""
    assert isinstance(talk.office.application.bot.request, LoopbackRequest)
    sent = await talk.clerk.sends_file(bytes(range(256)) * 4096, name="大文件.bin")
    file = await talk.office.application.bot.get_file(sent["document"]["file_id"])
    assert bytes(await file.download_as_bytearray()) == bytes(range(256)) * 4096
