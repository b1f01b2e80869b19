"""No call, however odd, makes the local chat fail; and the program that starts it alone."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat import entities, people
from bot.chat.__main__ import main
from bot.chat.client import ChatAdmin, ChatPerson
from bot.chat.methods import METHODS
from bot.chat.wire import ApiError
from tests.chat_office import Office, office

NAMES = [
    *("chat_id", "from_chat_id", "message_id", "message_ids", "text", "caption", "parse_mode", "entities"),
    *("reply_markup", "reply_parameters", "media", "document", "photo", "emoji", "commands", "scope"),
    *("language_code", "user_id", "action", "file_id", "callback_query_id", "offset", "limit", "allowed_updates"),
    *("link_preview_options", "menu_button"),
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["\ud800", "attach://x", "HTML", "{", "[1]", '{"type":"chat"}', "<b>", "NaN", "🎲", "typing"]),
    st.lists(st.one_of(st.integers(), st.dictionaries(st.sampled_from(["type", "offset", "text"]), st.integers()))),
    st.dictionaries(
        st.sampled_from(["inline_keyboard", "keyboard", "type", "chat_id", "message_id", "media"]),
        st.one_of(st.integers(), st.text(max_size=5), st.lists(st.lists(st.dictionaries(st.text(), st.text())))),
    ),
)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as made:
        yield made


async def post(room: Office, path: str, values: dict[str, Any]) -> dict[str, Any]:
    headers = {"content-type": "application/json", "authorization": f"Bearer {room.li.key}"}
    answer: dict[str, Any] = (await room.http.post(path, content=json.dumps(values), headers=headers)).json()
    return answer


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from([*METHODS, "getupdates", "setwebhook", "getwebhookinfo"]),
    params=st.dictionaries(st.sampled_from(NAMES), ODD, max_size=6),
    home=st.sampled_from(["private", "group", None]),
)
async def test_odd_parameters_are_refused_and_never_break_a_method(
    room: Office, method: str, params: dict[str, Any], home: str | None
) -> None:
    if home:
        params = {**params, "chat_id": room.li.id if home == "private" else room.group}
    # The standard encoder writes lone surrogates and infinities, which a client library would not send.
    answer = await post(room, f"/bot{room.bot.token}/{method}", {**params, "timeout": 0})
    assert answer["ok"] or answer["error_code"] in (400, 403, 404)
    if method == "leavechat" and answer["ok"]:
        await room.admin.change(room.group, add=[room.bot.id])


@given(st.text(alphabet="ab<>/&;#= \"'\n😀字b", max_size=60))
def test_any_text_as_html_is_parsed_or_refused(source: str) -> None:
    try:
        text, found = entities.read(source, "HTML", None)
    except ApiError as refused:
        assert refused.status == 400 and "can't parse entities" in refused.description
        return
    assert text == text.strip()
    for entity in found:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= entities.units(text)


@given(st.text(max_size=200))
def test_marks_lie_where_their_words_are(text: str) -> None:
    for entity in entities.detect(f"{text} @some_bot /cmd"):
        words = entities.part(f"{text} @some_bot /cmd", entity)
        assert words.startswith({"mention": "@", "bot_command": "/", "hashtag": "#", "url": "http"}[entity["type"]])


async def test_odd_calls_of_people_are_refused(room: Office) -> None:
    for path, values in (
        ("/user/send", {"chat_id": room.group, "text": "\ud800"}),
        ("/user/send", {"chat_id": 2**80, "text": "x"}),
        ("/user/press", {"chat_id": room.group, "message_id": 1, "data": "x"}),
        ("/user/forward", {"from_chat_id": room.group, "message_id": 2**61, "chat_id": room.group}),
        ("/user/file", {"chat_id": room.group}),
    ):
        answer = await post(room, path, values)
        assert answer["error_code"] in (400, 404), (path, answer)


async def test_the_process_around_may_make_people_from_another_thread(room: Office) -> None:
    store = room.served.store

    def make() -> list[int]:
        return [
            people.ensure_chat(
                store, "group", f"群 {number}", [people.ensure_user(store, f"人 {number}")[0], room.li.id], []
            )
            for number in range(30)
        ]

    await room.li.look()
    waiting = asyncio.create_task(room.li.look(wait=20))
    making = asyncio.create_task(asyncio.to_thread(make))
    sent = [await room.bot.does("sendMessage", chat_id=room.wang.id, text=str(number)) for number in range(30)]
    made = await making
    assert await waiting
    assert [chat["id"] for chat in await room.li.chats()][2:] == made
    assert [one["message_id"] for one in sent] == list(range(sent[0]["message_id"], sent[0]["message_id"] + 30))


async def test_the_chat_starts_alone(tmp_path: Path) -> None:
    environment = {**os.environ, "QIANTONG_CHAT_TEST": "1"}
    environment.pop("QIANTONG_CHAT_ADMIN_KEY", None)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.chat",
        "--address",
        "127.0.0.1:0",
        "--data",
        str(tmp_path / "chat"),
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    address = (await process.stdout.readline()).decode().strip()
    key = tmp_path / "chat" / "admin.key"
    assert key.stat().st_mode & 0o777 == 0o600
    async with ChatAdmin(address, key.read_text().strip()) as admin:
        assert (await admin.bot("qiantong_bot", "签筒"))["token"].partition(":")[0].isdigit()
        port = address.rstrip("/").rpartition(":")[2]
        taken = ["--address", f"127.0.0.1:{port}", "--data", str(tmp_path / "other")]
        assert await asyncio.to_thread(main, taken) == 2
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_what_was_accepted_outlives_a_kill(tmp_path: Path) -> None:
    environment = {**os.environ, "QIANTONG_CHAT_ADMIN_KEY": "k"}
    command = (sys.executable, "-m", "bot.chat", "--address", "127.0.0.1:0", "--data", str(tmp_path))

    async def start() -> tuple[asyncio.subprocess.Process, str]:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
        assert process.stdout is not None
        return process, (await process.stdout.readline()).decode().strip()

    process, address = await start()
    async with ChatAdmin(address, "k") as admin:
        await admin.bot("qiantong_bot", "签筒")
        li = await admin.person("李")
        await li.starts("qiantong_bot")
        said = await li.says("最后一句")
    process.kill()
    await asyncio.gather(process.wait(), li.aclose())
    process, address = await start()
    async with ChatPerson(address, li.key, id=li.id) as again:
        assert await again.until("最后一句") == said
    process.terminate()
    assert await process.wait() == 0


def test_a_clock_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIANTONG_CLOCK", str(tmp_path / "missing"))
    assert main(["--address", "127.0.0.1:0", "--data", str(tmp_path)]) == 2
    assert "QIANTONG_CLOCK" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:x", "127.0.0.1:99999", "192.0.2.1:0"])
def test_a_wrong_address_is_one_sentence(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--address", address, "--data", str(tmp_path)]) == 2
    assert "127.0.0.1" in capsys.readouterr().err
