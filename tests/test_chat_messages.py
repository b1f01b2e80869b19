"""What people and bots say to each other in the local chat, and what each of them gets to see."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.client import ChatPerson, ChatRefused
from tests.chat_office import PNG, Office, office


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as made:
        yield made


def keyboard(*labels: str) -> dict[str, object]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label}] for label in labels]}


async def test_a_person_speaks_and_the_bot_answers(room: Office) -> None:
    said = await room.li.says("你好")
    [update] = await room.bot.news()
    assert update["message"] == said
    assert (said["chat"], said["from"]["id"]) == (
        {"id": room.li.id, "type": "private", "first_name": "李", "username": "li_example"},
        room.li.id,
    )
    sent = await room.bot.does(
        "sendMessage",
        chat_id=room.li.id,
        text="<b>您好</b> &amp; 再见",
        parse_mode="HTML",
        reply_parameters={"message_id": said["message_id"]},
    )
    assert sent["text"] == "您好 & 再见"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert sent["message_id"] == said["message_id"] + 1
    seen = await room.li.until("再见")
    assert seen["reply_to_message"]["text"] == "你好"
    assert await room.wang.look() and room.wang.last() == "/start"


async def test_commands_and_mentions_are_marked_in_utf_16(room: Office) -> None:
    said = await room.li.says("😀 @qiantong_bot 看 /draw", room.group)
    assert said["entities"] == [
        {"type": "mention", "offset": 3, "length": 13},
        {"type": "bot_command", "offset": 19, "length": 5},
    ]


async def test_a_deep_link_carries_its_payload(room: Office) -> None:
    await room.li.starts("qiantong_bot", "bind_17-a")
    assert await room.bot.heard() == ["/start bind_17-a"]
    with pytest.raises(ChatRefused, match="链接里的参数不对"):
        await room.li.starts("qiantong_bot", "有空 格")
    with pytest.raises(ChatRefused) as refused:
        await room.li.starts("nobody_bot")
    assert refused.value.code == 404


async def test_edits_reach_the_other_side(room: Office) -> None:
    said = await room.li.says("/draw 5")
    await room.bot.news()
    room.clock.forward(seconds=5)
    await room.li.edits(said, "/draw 6")
    [update] = await room.bot.news()
    assert update["edited_message"]["text"] == "/draw 6"
    assert update["edited_message"]["edit_date"] == said["date"] + 5
    sent = await room.bot.does("sendMessage", chat_id=room.li.id, text="一", reply_markup=keyboard("收到"))
    with pytest.raises(ChatRefused, match="只能修改自己写的消息"):
        await room.li.edits(sent, "二")
    edited = await room.bot.does("editMessageText", chat_id=room.li.id, message_id=sent["message_id"], text="二")
    assert "reply_markup" not in edited
    assert (await room.li.until("二"))["message_id"] == sent["message_id"]
    assert [event["type"] for event in room.li.happened][-2:] == ["message", "edited"]


async def test_a_pressed_button_is_answered_once_and_in_time(room: Office) -> None:
    sent = await room.bot.does("sendMessage", chat_id=room.group, text="任务", reply_markup=keyboard("收到", "同意"))
    pressing = asyncio.create_task(room.li.presses("收到", room.group))
    [update] = await room.bot.news(20)
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]) == ("收到", room.li.id, sent)
    await room.bot.does("answerCallbackQuery", callback_query_id=query["id"], text="好", show_alert=True)
    assert await pressing == {"answered": True, "text": "好", "show_alert": True}
    too_old = (400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    assert await room.bot.refused("answerCallbackQuery", callback_query_id=query["id"]) == too_old
    await room.li.look()
    assert room.li.happened[-1]["answer"]["text"] == "好"
    assert not [event for event in await room.wang.events() if event["type"] == "answer"]

    assert await room.wang.presses("同意", room.group, wait=0) == {"answered": False}
    [update] = await room.bot.news()
    await room.admin.limits(answer_within=0)
    assert await room.bot.refused("answerCallbackQuery", callback_query_id=update["callback_query"]["id"]) == too_old


async def test_a_button_that_is_gone_is_pressed_only_as_stale(room: Office) -> None:
    sent = await room.bot.does("sendMessage", chat_id=room.group, text="任务", reply_markup=keyboard("收到"))
    place = {"chat_id": room.group, "message_id": sent["message_id"]}
    await room.bot.does("editMessageReplyMarkup", **place, reply_markup=keyboard("同意"))
    with pytest.raises(ChatRefused, match="没有这个按钮"):
        await room.li.presses("收到", message=sent, data="收到")
    assert await room.li.presses("", message=sent, data="收到", stale=True, wait=0) == {"answered": False}
    with pytest.raises(ChatRefused, match="没有这个按钮"):
        await room.li.presses("", message=sent, data="别的", stale=True)
    [update] = await room.bot.news()
    assert update["callback_query"]["data"] == "收到"
    assert update["callback_query"]["message"]["reply_markup"] == keyboard("同意")
    await room.li.look()
    with pytest.raises(LookupError):
        await room.li.presses("没有的按钮", room.group)


async def test_dice_fall_by_chance_and_show_every_face(room: Office) -> None:
    announced = await room.bot.does("sendMessage", chat_id=room.group, text="公告")
    values = set()
    for _ in range(100):
        thrown = await room.li.throws("🎲", room.group, reply_to=announced)
        values.add(thrown["dice"]["value"])
    assert values == {1, 2, 3, 4, 5, 6}
    assert len(await room.bot.news()) == 100  # replies to the bot's own message are not private
    assert (await room.bot.does("sendDice", chat_id=room.group, emoji="🎰"))["dice"]["value"] in range(1, 65)
    wished = await room.http.post(
        "/user/dice",
        json={"chat_id": room.group, "emoji": "🎲", "value": 7},
        headers={"Authorization": f"Bearer {room.li.key}"},
    )
    assert wished.json()["result"]["dice"]["value"] in values
    with pytest.raises(ChatRefused, match="没有这种骰子"):
        await room.li.throws("🃏", room.group)


async def test_a_forward_names_who_first_said_it(room: Office) -> None:
    thrown = await room.li.throws("🎲", room.group)
    room.clock.forward(minutes=3)
    passed_on = await room.wang.forwards(thrown, room.wang.id)
    again = await room.wang.forwards(passed_on, room.group)
    assert again["dice"] == thrown["dice"]
    assert again["forward_origin"] == {"type": "user", "sender_user": thrown["from"], "date": thrown["date"]}
    with pytest.raises(ChatRefused, match="不是您的对话"):
        await room.li.forwards(passed_on, room.group)


async def test_files_go_both_ways(room: Office) -> None:
    sent = await room.li.sends_file(b"a,b\n", room.group, name="../名录.csv", caption="@qiantong_bot 名录")
    assert sent["document"]["file_name"] == "名录.csv"
    [update] = await room.bot.news()
    found = await room.bot.does("getFile", file_id=update["message"]["document"]["file_id"])
    fetched = await room.http.get(f"/file/bot{room.bot.token}/{found['file_path']}")
    assert fetched.content == b"a,b\n"
    again = await room.bot.does("sendDocument", chat_id=room.wang.id, document=found["file_id"])
    assert await room.wang.file(again) == b"a,b\n"

    photo = await room.http.post(
        f"/bot{room.bot.token}/sendPhoto", data={"chat_id": str(room.wang.id)}, files={"photo": ("p.png", PNG)}
    )
    [size] = photo.json()["result"]["photo"]
    assert (size["width"], size["height"]) == (2, 1)
    assert await room.wang.file(size["file_id"]) == PNG
    with pytest.raises(ChatRefused) as refused:
        await room.li.file(size["file_id"])
    assert refused.value.code == 404
    with pytest.raises(ChatRefused, match="不是能识别的照片"):
        await room.li.sends_file(b"no picture", room.group, kind="photo")
    with pytest.raises(ChatRefused, match="文件是空的"):
        await room.li.sends_file(b"", room.group)


async def test_a_page_sent_as_a_file_is_never_shown_as_a_page(room: Office) -> None:
    sent = await room.li.sends_file(b"<script>alert(1)</script>", room.group, name="x.html")
    answer = await room.li.http.get(f"/user/file/{sent['document']['file_id']}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_over_20_mb_cannot_be_fetched_and_one_over_50_mb_not_be_sent(room: Office) -> None:
    sent = await room.li.sends_file(bytes(20 * 1024 * 1024 + 1), room.li.id, name="big.bin")
    file_id = sent["document"]["file_id"]
    assert await room.bot.refused("getFile", file_id=file_id) == (400, "Bad Request: file is too big")
    with pytest.raises(ChatRefused) as refused:
        await room.li.sends_file(bytes(52 * 1024 * 1024), room.li.id, name="huge.bin")
    assert refused.value.code == 413
    files = {"document": ("huge.bin", bytes(52 * 1024 * 1024))}
    answer = await room.http.post(f"/bot{room.bot.token}/sendDocument", data={"chat_id": room.li.id}, files=files)
    assert (answer.status_code, answer.json()["description"]) == (413, "Request Entity Too Large")


async def test_an_album_is_one_group_of_messages(room: Office) -> None:
    media = (
        '[{"type":"photo","media":"attach://a","caption":"<i>一</i>","parse_mode":"HTML"},'
        '{"type":"photo","media":"attach://b"}]'
    )
    answer = await room.http.post(
        f"/bot{room.bot.token}/sendMediaGroup",
        data={"chat_id": str(room.group), "media": media},
        files={"a": ("a.png", PNG), "b": ("b.png", PNG)},
    )
    first, second = answer.json()["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert first["caption_entities"] == [{"type": "italic", "offset": 0, "length": 1}]
    one = await room.li.sends_file(PNG, room.li.id, kind="photo", name="1.png", media_group_id="7")
    assert one["media_group_id"] == "7"


async def test_deleted_messages_are_gone_for_all(room: Office) -> None:
    sent = await room.bot.does("sendMessage", chat_id=room.group, text="秘密")
    await room.li.look()
    await room.bot.does("deleteMessage", chat_id=room.group, message_id=sent["message_id"])
    await room.li.look()
    assert room.li.happened[-1]["type"] == "deleted"
    assert "秘密" not in str(await room.wang.events())


async def test_blocking_a_bot_stops_it_and_tells_it(room: Office) -> None:
    await room.li.blocks("qiantong_bot")
    [update] = await room.bot.news()
    change = update["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    blocked = (403, "Forbidden: bot was blocked by the user")
    assert await room.bot.refused("sendMessage", chat_id=room.li.id, text="?") == blocked
    with pytest.raises(ChatRefused, match="已停用这个机器人"):
        await room.li.says("你好")
    await room.li.blocks("qiantong_bot", blocked=False)
    assert (await room.bot.does("sendMessage", chat_id=room.li.id, text="!"))["text"] == "!"


async def test_a_bot_cannot_speak_first(room: Office) -> None:
    zhao = await room.admin.person("赵")
    refused = await room.bot.refused("sendMessage", chat_id=zhao.id, text="?")
    assert refused == (403, "Forbidden: bot can't initiate conversation with a user")
    [stranger] = await zhao.chats()
    assert stranger["started"] is False
    await zhao.aclose()


async def test_members_come_and_go(room: Office) -> None:
    zhao = await room.admin.person("赵")
    with pytest.raises(ChatRefused, match="您不在这个群里") as refused:
        await zhao.says("在吗", room.group)
    assert refused.value.code == 403
    await room.admin.change(room.group, add=[zhao.id])
    await zhao.says("/draw", room.group)
    await room.admin.change(room.group, remove=[zhao.id])
    kinds = [update["message"] for update in await room.bot.news()]
    assert [one["id"] for one in kinds[0]["new_chat_members"]] == [zhao.id]
    assert kinds[1]["text"] == "/draw" and kinds[2]["left_chat_member"]["id"] == zhao.id
    standings = [event["member"]["status"] for event in await zhao.events() if event["type"] == "member"]
    assert standings == ["member", "left"]
    await zhao.aclose()


async def test_a_bot_that_was_removed_or_left_is_told_so(room: Office) -> None:
    await room.admin.change(room.group, remove=[room.bot.id])
    assert (await room.bot.news())[-1]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    kicked = (403, "Forbidden: bot was kicked from the group chat")
    assert await room.bot.refused("sendMessage", chat_id=room.group, text="?") == kicked
    await room.admin.change(room.group, add=[room.bot.id])
    await room.bot.does("leaveChat", chat_id=room.group)
    left = (403, "Forbidden: bot is not a member of the group chat")
    assert await room.bot.refused("sendMessage", chat_id=room.group, text="?") == left


async def test_a_group_becomes_a_supergroup(room: Office) -> None:
    new = await room.admin.migrate(room.group)
    assert str(new).startswith("-100")
    moved = [update["message"] for update in await room.bot.news()]
    assert moved[0]["migrate_to_chat_id"] == new and moved[0]["chat"]["id"] == room.group
    assert moved[1]["migrate_from_chat_id"] == room.group and moved[1]["chat"]["type"] == "supergroup"
    answer = await room.bot.call("sendMessage", chat_id=room.group, text="?")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": new}
    with pytest.raises(ChatRefused) as refused:
        await room.li.says("/draw", room.group)
    assert refused.value.parameters == {"migrate_to_chat_id": new}
    await room.li.says("/draw", new)
    assert await room.bot.heard() == ["/draw"]
    assert [chat["id"] for chat in await room.li.chats()] == [room.li.id, new]


async def test_events_come_as_a_stream_too(room: Office) -> None:
    await room.li.look()
    stream = room.li.stream(room.li.after)
    coming = asyncio.create_task(anext(stream))
    await room.bot.does("sendMessage", chat_id=room.li.id, text="消息")
    event = await asyncio.wait_for(coming, 10)
    assert (event["type"], event["message"]["text"]) == ("message", "消息")
    await stream.aclose()


async def test_events_are_waited_for_and_numbered_per_person(room: Office) -> None:
    await room.li.look()
    waiting = asyncio.create_task(room.li.look(wait=20))
    await room.wang.says("/progress", room.group)
    [event] = await waiting
    assert event["message"]["text"] == "/progress"
    numbers = [event["seq"] for event in room.li.happened]
    assert numbers == sorted(set(numbers)) and numbers[0] == 1
    assert await room.li.events(0, chat=room.group) == [
        one for one in room.li.happened if one.get("message", one)["chat"]["id"] == room.group
    ]


async def test_unread_messages_are_counted_until_read(room: Office) -> None:
    await room.bot.does("sendMessage", chat_id=room.group, text="一")
    last = await room.bot.does("sendMessage", chat_id=room.group, text="二")

    async def unread(person: ChatPerson) -> int:
        return next(int(chat["unread"]) for chat in await person.chats() if chat["id"] == room.group)

    before = await unread(room.wang)
    await room.bot.does("sendMessage", chat_id=room.group, text="三")
    assert await unread(room.wang) == before + 1
    await room.wang.post("/user/read", chat_id=room.group, message_id=last["message_id"])
    assert await unread(room.wang) == 1


async def test_a_reply_keyboard_is_shown_to_people_only(room: Office) -> None:
    markup = {"keyboard": [["抽取", "进度"]], "resize_keyboard": True}
    sent = await room.bot.does("sendMessage", chat_id=room.li.id, text="请选", reply_markup=markup)
    assert "reply_markup" not in sent
    seen = await room.li.until("请选")
    assert seen["reply_markup"]["keyboard"] == [[{"text": "抽取"}, {"text": "进度"}]]


async def test_two_bots_do_not_share_a_private_chat(room: Office) -> None:
    other = await room.machine("other_bot")
    first = await room.bot.does("sendMessage", chat_id=room.li.id, text="一")
    await room.li.starts("other_bot")
    await room.li.says("给另一个")
    await room.li.says("给签筒", bot="qiantong_bot")
    assert await other.heard() == ["/start", "给另一个"]
    assert await room.bot.heard() == ["给签筒"]
    place = {"chat_id": room.li.id, "message_id": first["message_id"]}
    gone = (400, "Bad Request: message to edit not found")
    assert await other.refused("editMessageText", **place, text="二") == gone
