"""The rules of Telegram that the local chat keeps: privacy, refusals, limits, faults, keys and durability."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.chat import entities, people
from bot.chat.accounts import Person
from bot.chat.client import ChatAdmin, ChatPerson, ChatRefused
from bot.chat.privacy import sees
from bot.chat.server import build, serve
from bot.chat.wire import ApiError
from tests.chat_office import ADMIN_KEY, Clock, Machine, Office, office, served


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as made:
        yield made


# Privacy

BOT = Person(7, True, "签筒", None, "qiantong_bot", True, "", ())
PRIVACY = [
    ("你好", {}, False),
    ("/draw", {}, True),
    ("/draw@qiantong_bot 5", {}, True),
    ("/draw@QianTong_Bot", {}, True),
    ("/draw@other_bot", {}, False),
    ("请看 /draw", {}, False),
    ("请 @qiantong_bot 抽取", {}, True),
    ("请 @other_bot 抽取", {}, False),
    ("收到", {"reply_to_message": {"from": {"id": 7}}}, True),
    ("收到", {"reply_to_message": {"from": {"id": 8}}}, False),
    ("", {"new_chat_members": []}, True),
    ("", {"migrate_to_chat_id": -1}, True),
    ("", {"dice": {"emoji": "🎲", "value": 1}}, False),
]


@pytest.mark.parametrize(("text", "more", "seen"), PRIVACY)
def test_what_a_bot_sees_in_a_group(text: str, more: dict[str, Any], seen: bool) -> None:
    message = {"text": text, "entities": entities.detect(text), **more}
    assert sees(BOT, "member", message) is seen
    assert sees(BOT, "administrator", message)
    assert sees(Person(7, True, "签筒", None, "qiantong_bot", False, "", ()), "member", message)


async def test_privacy_holds_on_the_wire(room: Office) -> None:
    open_bot = await room.machine("open_bot", privacy=False)
    await room.admin.change(room.group, add=[open_bot.id])
    await open_bot.news()
    await room.bot.news()
    await room.li.says("大家好", room.group)
    await room.li.says("/draw", room.group)
    assert await room.bot.heard() == ["/draw"]
    assert await open_bot.heard() == ["大家好", "/draw"]
    await room.admin.change(room.group, promote=[room.bot.id])
    assert (await room.bot.news())[0]["my_chat_member"]["new_chat_member"]["status"] == "administrator"
    await room.li.says("现在都能看见", room.group)
    assert await room.bot.heard() == ["现在都能看见"]
    assert (await room.bot.does("getMe"))["can_read_all_group_messages"] is False


# Text

HTML = [
    ("<b>粗</b>", "粗", [("bold", 0, 1)]),
    ("<b>一<i>二</i></b>", "一二", [("bold", 0, 2), ("italic", 1, 1)]),
    ("😀<u>x</u>", "😀x", [("underline", 2, 1)]),
    ("a &lt;b&gt; &amp; &quot; &#65; &nbsp;", 'a <b> & " A &nbsp;', []),
    ("  <code> x </code>  ", "x", [("code", 0, 1)]),
    ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
    ('<a href="https://example.cn/">看</a>', "看", [("text_link", 0, 1)]),
    ("<blockquote>引</blockquote>", "引", [("blockquote", 0, 1)]),
    ('<span class="tg-spoiler">密</span>', "密", [("spoiler", 0, 1)]),
]
BROKEN = [
    ("<b>粗", 'Can\'t find end tag corresponding to start tag "b"'),
    ("粗</b>", "Unexpected end tag at byte offset 3"),
    ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("<div>x</div>", 'Unsupported start tag "div" at byte offset 0'),
    ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
]


@pytest.mark.parametrize(("source", "text", "marks"), HTML)
def test_html_becomes_text_and_entities(source: str, text: str, marks: list[tuple[str, int, int]]) -> None:
    found, parsed = entities.read(source, "HTML", None)
    assert (found, [(one["type"], one["offset"], one["length"]) for one in parsed]) == (text, marks)


@pytest.mark.parametrize(("source", "reason"), BROKEN)
def test_broken_html_is_refused_with_its_place(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        entities.read(source, "HTML", None)
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


# Refusals

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def button(data: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "按钮", "callback_data": data}]]}


REFUSED = [
    ("sendMessage", {"text": "x"}, 400, "Bad Request: chat_id is empty"),
    ("sendMessage", {"chat_id": 1, "text": "x"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": -1, "text": "x"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, 400, "Bad Request: chat not found"),
    ("sendMessage", {"chat_id": "LI", "text": " \n"}, 400, "Bad Request: message text is empty"),
    ("sendMessage", {"chat_id": "LI", "text": "字" * 4097}, 400, "Bad Request: message is too long"),
    ("sendMessage", {"chat_id": "LI", "text": "x", "parse_mode": "Wiki"}, 400, "Bad Request: unsupported parse_mode"),
    (
        "sendMessage",
        {"chat_id": "LI", "text": "x", "reply_parameters": {"message_id": 999}},
        400,
        "Bad Request: message to be replied not found",
    ),
    (
        "sendMessage",
        {"chat_id": "LI", "text": "x", "reply_to_message_id": 999},
        400,
        "Bad Request: message to be replied not found",
    ),
    (
        "sendMessage",
        {"chat_id": "LI", "text": "x", "reply_markup": button("字" * 22)},
        400,
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    (
        "sendMessage",
        {"chat_id": "LI", "text": "x", "reply_markup": button("")},
        400,
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    (
        "sendMessage",
        {"chat_id": "LI", "text": "x", "reply_markup": "nonsense"},
        400,
        "Bad Request: can't parse reply markup JSON object",
    ),
    (
        "editMessageText",
        {"chat_id": "LI", "message_id": 999, "text": "x"},
        400,
        "Bad Request: message to edit not found",
    ),
    ("editMessageText", {"chat_id": "LI", "text": "x"}, 400, "Bad Request: message identifier is not specified"),
    ("editMessageText", {"chat_id": "LI", "message_id": "MINE", "text": "原文"}, 400, f"Bad Request: {NOT_MODIFIED}"),
    ("editMessageText", {"chat_id": "LI", "message_id": 1, "text": "x"}, 400, "Bad Request: message can't be edited"),
    (
        "editMessageCaption",
        {"chat_id": "LI", "message_id": "MINE", "caption": "x"},
        400,
        "Bad Request: there is no caption in the message to edit",
    ),
    ("deleteMessage", {"chat_id": "LI", "message_id": 999}, 400, "Bad Request: message to delete not found"),
    ("deleteMessage", {"chat_id": "GROUP", "message_id": 1}, 400, "Bad Request: message can't be deleted"),
    (
        "forwardMessage",
        {"chat_id": "LI", "from_chat_id": "LI", "message_id": 999},
        400,
        "Bad Request: message to forward not found",
    ),
    (
        "copyMessage",
        {"chat_id": "LI", "from_chat_id": "LI", "message_id": 999},
        400,
        "Bad Request: message to copy not found",
    ),
    ("sendDocument", {"chat_id": "LI"}, 400, "Bad Request: there is no document in the request"),
    (
        "sendDocument",
        {"chat_id": "LI", "document": "nothing"},
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
    ),
    (
        "sendDocument",
        {"chat_id": "LI", "document": "attach://a"},
        400,
        "Bad Request: wrong file attached: a is missing",
    ),
    (
        "sendMediaGroup",
        {"chat_id": "LI", "media": [{"type": "photo", "media": "x"}] * 11},
        400,
        "Bad Request: too many messages to send as an album",
    ),
    ("sendDice", {"chat_id": "LI", "emoji": "🃏"}, 400, "Bad Request: invalid dice emoji specified"),
    ("getFile", {"file_id": "nothing"}, 400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ),
    ("setMyCommands", {"commands": [{"command": "抽取", "description": "x"}]}, 400, "Bad Request: BOT_COMMAND_INVALID"),
    ("pleaseDo", {}, 404, "Not Found: method not found"),
]


@pytest.mark.parametrize(("method", "params", "code", "description"), REFUSED)
async def test_a_bot_is_refused_in_telegrams_words(
    room: Office, method: str, params: dict[str, Any], code: int, description: str
) -> None:
    mine = await room.bot.does("sendMessage", chat_id=room.li.id, text="原文")
    names = {"LI": room.li.id, "GROUP": room.group, "MINE": mine["message_id"]}
    filled = {key: names.get(value, value) if isinstance(value, str) else value for key, value in params.items()}
    assert await room.bot.refused(method, **filled) == (code, description)


async def test_a_reply_to_what_is_gone_may_be_sent_without_it(room: Office) -> None:
    wanted = {"message_id": 999, "allow_sending_without_reply": True}
    sent = await room.bot.does("sendMessage", chat_id=room.li.id, text="x", reply_parameters=wanted)
    assert "reply_to_message" not in sent


async def test_wrong_tokens_and_foreign_pages_are_turned_away(room: Office) -> None:
    http = room.http
    assert (await http.get("/bot1:unknown/getMe")).json() == {
        "ok": False,
        "error_code": 401,
        "description": "Unauthorized",
    }
    assert (await http.get("/botnonsense/getMe")).json()["description"] == "Not Found"
    path = f"/bot{room.bot.token}/getMe"
    assert (await http.get(path, headers={"Host": "evil.example:80"})).status_code == 421
    assert (await http.get(path, headers={"Origin": "http://evil.example"})).status_code == 403
    assert (await http.get(path, headers={"Origin": room.served.address.rstrip("/")})).status_code == 200
    assert (await http.get("/user/me")).status_code == 401
    assert (await http.post("/admin/users", json={"first_name": "x"})).status_code == 401
    assert (await http.get("/sample/people")).status_code == 404  # this is no sample office


async def test_all_forms_of_a_call_are_taken(room: Office) -> None:
    path = f"/bot{room.bot.token}/sendMessage"
    text = {"chat_id": str(room.li.id), "text": "x"}
    for answer in (
        await room.http.get(path, params=text),
        await room.http.post(path, data=text),
        await room.http.post(path, json=text),
        await room.http.post(path, data=text, files={"unused": ("a", b"b")}),
        await room.http.post(path.replace("sendMessage", "sendmessage"), params=text),
    ):
        assert answer.json()["result"]["text"] == "x"
    broken = await room.http.post(path, content=b"{", headers={"content-type": "application/json"})
    assert broken.json()["description"] == "Bad Request: can't parse request body as JSON object"
    assert (await room.http.post(path, data={"text": "x" * 2_000_000})).status_code == 413


# Updates


async def test_a_second_poller_ends_the_first(room: Office) -> None:
    first = asyncio.create_task(room.bot.refused("getUpdates", offset=room.bot.offset, timeout=30))
    while room.bot.id not in room.served.store._waiting:
        await asyncio.sleep(0)
    second = asyncio.create_task(room.bot.news(30))
    conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    assert await first == (409, conflict)
    await room.li.says("你好")
    assert (await second)[0]["message"]["text"] == "你好"


async def test_updates_come_again_until_they_are_confirmed(room: Office) -> None:
    for text in ("一", "二", "三"):
        await room.li.says(text)
    assert [one["message"]["text"] for one in await room.bot.does("getUpdates", limit=2)] == ["一", "二"]
    [last] = await room.bot.does("getUpdates", offset=-1)
    assert last["message"]["text"] == "三"
    assert await room.bot.does("getUpdates", offset=last["update_id"] + 1) == []
    await room.bot.does("getUpdates", allowed_updates=["callback_query"])
    await room.li.says("四")
    assert await room.bot.does("getUpdates") == []


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    async with served(tmp_path, clock) as (running, _), ChatAdmin(running.address, ADMIN_KEY) as admin:
        made = await admin.bot("qiantong_bot", "签筒")
        li = await admin.person("李")
        group = await admin.group("群", [li], [made["id"]])
        await li.starts("qiantong_bot")
        said = await li.says("/draw", group)
        sent = await li.sends_file(b"bytes", group, name="a.txt")
        before = await li.events()
        await li.aclose()
    async with served(tmp_path, clock) as (running, _):
        again = ChatPerson(running.address, li.key)
        assert (await again.me())["id"] == li.id
        assert await again.events() == before
        assert await again.file(sent) == b"bytes"
        async with httpx.AsyncClient(base_url=running.address, trust_env=False) as http:
            bot = Machine(made["id"], made["token"], "qiantong_bot", http)
            waiting = await bot.news()
            assert waiting[-1]["message"] == said
            assert (await again.says("/draw", group))["message_id"] == sent["message_id"] + 1
            assert [one["update_id"] for one in await bot.news()] == [waiting[-1]["update_id"] + 1]
        await again.aclose()
    assert (tmp_path / "chat.db").stat().st_mode & 0o077 == 0
    assert li.key.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("chat.db*"))


async def test_a_stop_ends_long_polls_at_once(tmp_path: Path) -> None:
    app = build(tmp_path, admin_key=ADMIN_KEY, sample=False, test=False, clock=Clock())
    bot_id, token = people.ensure_bot(app.state.store, "qiantong_bot", "签筒")
    li, key = people.ensure_user(app.state.store, "李", unit="办公室")
    running = await serve(app, "127.0.0.1", 0)
    async with httpx.AsyncClient(base_url=running.address, trust_env=False, timeout=60) as http:
        polling = asyncio.create_task(http.get(f"/bot{token}/getUpdates", params={"timeout": 50}))
        person = ChatPerson(running.address, key)
        looking = asyncio.create_task(person.look(wait=50))
        stream = person.stream()
        streaming = asyncio.create_task(anext(stream, None))
        while bot_id not in running.store._waiting or len(running.store._waiting.get(li, ())) < 2:
            await asyncio.sleep(0)
        started = time.monotonic()
        await running.stop()
        assert time.monotonic() - started < 3
        assert (await polling).json() == {"ok": True, "result": []}
        assert await looking == []
        assert await streaming is None
        await person.aclose()


async def test_a_webhook_gets_updates_with_its_secret_and_again_after_an_error(room: Office) -> None:
    got: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
    answers = [500, 200, 200]

    async def hook(request: Request) -> Response:
        got.put_nowait((request.headers["x-telegram-bot-api-secret-token"], await request.json()))
        reply = {"method": "sendMessage", "chat_id": room.li.id, "text": "由回应发送"}
        return JSONResponse(reply, status_code=answers.pop(0))

    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=[Route("/hook", hook, methods=["POST"])]), port=0, log_config=None, lifespan="off"
        )
    )
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    await room.bot.does("setWebhook", url=f"http://127.0.0.1:{port}/hook", secret_token="s3cret")
    await room.li.says("你好")
    first, second = await got.get(), await got.get()
    assert first == second and first[0] == "s3cret"
    assert first[1]["message"]["text"] == "你好"
    assert await room.li.until("由回应发送")
    info = await room.bot.does("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    assert (await room.bot.refused("getUpdates"))[0] == 409
    await room.bot.does("deleteWebhook")
    assert (await room.bot.does("getWebhookInfo"))["url"] == ""
    server.should_exit = True
    await running


# Limits and faults


async def test_the_limit_over_all_holds_in_any_second(room: Office) -> None:
    await room.admin.limits(per_second=3)
    send = {"chat_id": room.li.id, "text": "x"}
    answers = [await room.bot.call("sendMessage", **send) for _ in range(4)]
    assert [one["ok"] for one in answers] == [True, True, True, False]
    assert answers[3]["error_code"] == 429
    assert answers[3]["description"] == "Too Many Requests: retry after 1"
    assert answers[3]["parameters"] == {"retry_after": 1}
    await room.admin.limits()
    assert (await room.bot.call("sendMessage", **send))["ok"]


async def test_the_limits_of_a_chat_and_of_a_group(room: Office) -> None:
    await room.admin.limits(per_chat_second=1)
    assert (await room.bot.call("sendMessage", chat_id=room.li.id, text="x"))["ok"]
    assert (await room.bot.call("sendMessage", chat_id=room.wang.id, text="x"))["ok"]
    assert (await room.bot.refused("sendMessage", chat_id=room.li.id, text="x"))[0] == 429
    await room.admin.limits(per_second=2)
    first = await room.bot.does("sendMessage", chat_id=room.li.id, text="x")
    copy = {"chat_id": room.li.id, "from_chat_id": room.li.id, "message_ids": [first["message_id"]] * 2}
    assert (await room.bot.refused("copyMessages", **copy))[0] == 429  # each message counts
    await room.admin.limits(per_group_minute=2)
    for _ in range(2):
        await room.bot.does("sendMessage", chat_id=room.group, text="x")
    answer = await room.bot.call("sendDice", chat_id=room.group)
    assert 55 <= answer["parameters"]["retry_after"] <= 60
    assert (await room.bot.call("sendMessage", chat_id=room.li.id, text="x"))["ok"]


@pytest.mark.parametrize(
    ("kind", "code", "description"),
    [
        ("429", 429, "Too Many Requests: retry after 7"),
        ("403", 403, "Forbidden: bot was blocked by the user"),
        ("500", 500, "Internal Server Error"),
    ],
)
async def test_faults_come_as_often_as_ordered(room: Office, kind: str, code: int, description: str) -> None:
    await room.admin.fault("sendMessage", kind, times=2, chat=room.li.id, seconds=7)
    assert (await room.bot.call("sendMessage", chat_id=room.wang.id, text="x"))["ok"]
    for _ in range(2):
        assert await room.bot.refused("sendMessage", chat_id=room.li.id, text="x") == (code, description)
    assert (await room.bot.call("sendMessage", chat_id=room.li.id, text="x"))["ok"]


@pytest.mark.parametrize(("kind", "arrived"), [("reset_before", []), ("reset_after", ["摇号"])])
async def test_a_cut_connection_leaves_the_caller_in_doubt(room: Office, kind: str, arrived: list[str]) -> None:
    await room.li.look()
    await room.admin.fault("sendMessage", kind)
    with pytest.raises(httpx.TransportError):
        await room.bot.call("sendMessage", chat_id=room.li.id, text="摇号")
    new = await room.li.look()
    assert [event["message"]["text"] for event in new] == arrived
    assert (await room.bot.call("sendMessage", chat_id=room.li.id, text="再来"))["ok"]


async def test_a_delayed_call_arrives_late(room: Office) -> None:
    await room.admin.fault("sendMessage", "delay", seconds=0.2)
    started = time.monotonic()
    await room.bot.does("sendMessage", chat_id=room.li.id, text="x")
    assert time.monotonic() - started >= 0.2
    with pytest.raises(ChatRefused, match="kind is one of"):
        await room.admin.fault("sendMessage", "flood")


async def test_the_log_tells_what_bots_asked(room: Office) -> None:
    await room.bot.does("sendMessage", chat_id=room.li.id, text="x")
    await room.bot.refused("sendMessage", chat_id=1, text="x")
    good, wrong = await room.admin.calls(method="sendMessage")
    assert (good["status"], good["params"]["text"], good["bot_id"]) == (200, "x", room.bot.id)
    assert good["message_id"] and wrong["status"] == 400
    assert await room.admin.calls(after=wrong["seq"]) == []
    assert (await room.admin.clock())["now"] == room.clock.at.isoformat()


async def test_without_test_mode_there_are_no_test_paths(tmp_path: Path) -> None:
    async with served(tmp_path, test=False) as (running, _), ChatAdmin(running.address, ADMIN_KEY) as admin:
        for path in ("/admin/calls", "/admin/clock"):
            with pytest.raises(ChatRefused) as refused:
                await admin.get(path)
            assert refused.value.code == 404


# Signing in


async def test_a_personal_link_is_good_once_and_then_the_pin(room: Office) -> None:
    path = await room.admin.link(room.li.id)
    assert (await room.http.get(path)).headers["content-type"].startswith("text/html")
    token = path.removeprefix("/link/")

    async def sign_in(path: str, **values: Any) -> tuple[int, dict[str, Any]]:
        body = (await room.http.post(path, json=values)).json()
        return body.get("error_code", 200), body.get("result", {})

    assert (await sign_in("/auth/link", token=token, pin="12"))[0] == 400
    code, first = await sign_in("/auth/link", token=token, pin="4711")
    assert (code, first["id"], first["name"]) == (200, room.li.id, "李")
    assert (await sign_in("/auth/link", token=token, pin="4711"))[0] == 403
    code, second = await sign_in("/auth/pin", id=room.li.id, pin="4711")
    assert code == 200 and second["key"] != first["key"]
    person = ChatPerson(room.served.address, second["key"])
    assert (await person.me())["id"] == room.li.id
    await person.aclose()
    assert (await sign_in("/auth/pin", name="李", pin="4711"))[0] == 200
    assert (await sign_in("/auth/pin", id=room.wang.id, pin="4711"))[0] == 403
    assert [(await sign_in("/auth/pin", id=room.li.id, pin="0000"))[0] for _ in range(5)] == [403] * 5
    assert (await sign_in("/auth/pin", id=room.li.id, pin="4711"))[0] == 429
    room.clock.forward(minutes=15)
    assert (await sign_in("/auth/pin", id=room.li.id, pin="4711"))[0] == 200
    late = (await room.admin.link(room.li.id)).removeprefix("/link/")
    room.clock.forward(days=15)
    assert (await sign_in("/auth/link", token=late, pin="4711"))[0] == 403


async def test_the_sample_office_lets_visitors_choose(tmp_path: Path) -> None:
    async with served(tmp_path, sample=True) as (running, _):
        store = running.store
        bot, token = people.ensure_bot(store, "qiantong_bot", "签筒")
        li, key = people.ensure_user(store, "李明", unit="示例市市场监管局", roles=["staff"])
        group = people.ensure_chat(store, "group", "示例群", [li], [bot])
        assert people.ensure_bot(store, "qiantong_bot", "签筒") == (bot, token)
        assert people.ensure_user(store, "李明", unit="示例市市场监管局", roles=["leader"]) == (li, key)
        assert people.ensure_chat(store, "group", "示例群", [li], [bot]) == group
        async with ChatAdmin(running.address, ADMIN_KEY) as admin:
            [one] = await admin.get("/sample/people")
            assert one == {"id": li, "name": "李明", "unit": "示例市市场监管局", "roles": ["leader"], "key": key}
            assert await admin.get("/auth/mode") == {"sample": True, "title": "签筒"}
            chosen = (await admin.sample())["李明"]
            await chosen.says("/draw", group)
            await chosen.aclose()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.cn"])
async def test_the_chat_listens_on_loopback_only(tmp_path: Path, host: str) -> None:
    app = build(tmp_path, admin_key=ADMIN_KEY, sample=False, test=False, clock=Clock())
    with pytest.raises(ValueError, match="loopback only"):
        await serve(app, host, 0)
    app.state.store.close()
