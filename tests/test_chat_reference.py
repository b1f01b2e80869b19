"""What the local chat answers is valid by Telegram's official reference, and the check would notice if not."""

from pathlib import Path

import pytest

from bot.chat.methods import METHODS
from tests.api_reference import Reference
from tests.chat_office import PNG, office

pytestmark = pytest.mark.needs("api_reference")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference()


def test_every_method_is_one_of_telegrams(reference: Reference) -> None:
    assert set(METHODS) <= set(reference.methods)


@pytest.mark.parametrize(
    ("kinds", "value", "problem"),
    [
        (["Boolean"], 1, "result is no Boolean: 1"),
        (["Integer"], True, "result is no Integer: True"),
        (["MessageId"], {}, "result.message_id is missing in MessageId"),
        (["MessageId"], {"message_id": 1, "text": "x"}, "result.text is unknown in MessageId"),
        (["Array of User"], [{"id": 1, "is_bot": False, "first_name": 5}], "result[0].first_name is no String: 5"),
    ],
)
def test_the_check_finds_what_is_wrong(reference: Reference, kinds: list[str], value: object, problem: str) -> None:
    assert reference.problems(kinds, value) == [problem]


async def test_messages_and_updates_of_every_kind_are_valid(tmp_path: Path, reference: Reference) -> None:
    async with office(tmp_path) as room:
        await room.admin.change(room.group, promote=[room.bot.id])
        first = await room.li.says("#标签 https://example.cn 你好", room.group)
        await room.li.edits(first, "/draw@qiantong_bot")
        await room.li.throws("🎯", room.group, reply_to=first)
        await room.li.sends_file(PNG, room.group, kind="photo", name="p.png", caption="@qiantong_bot")
        await room.li.sends_file(b"video", room.group, kind="video", name="v.mp4", media_group_id="1")
        await room.li.forwards(await room.li.sends_file(b"x", room.group, name="x.pdf"), room.li.id)
        marked = [{"type": "bold", "offset": 0, "length": 1}, {"type": "italic", "offset": 0, "length": 99}]
        button = {"inline_keyboard": [[{"text": "收到", "callback_data": "1"}, {"text": "网", "url": "https://a.cn"}]]}
        sent = await room.bot.does(
            "sendMessage",
            chat_id=room.group,
            text="公告",
            entities=marked,
            reply_markup=button,
            link_preview_options={"is_disabled": True},
            reply_parameters={"message_id": first["message_id"]},
        )
        assert sent["entities"] == marked[:1]
        await room.li.presses("收到", room.group, wait=0)
        await room.bot.does("pinChatMessage", chat_id=room.group, message_id=sent["message_id"])
        await room.li.blocks("qiantong_bot")
        zhao = await room.admin.person("赵")
        await room.admin.change(room.group, add=[zhao.id], remove=[room.wang.id])
        await zhao.aclose()
        await room.bot.does("getUpdates", allowed_updates=["chat_member", "message", "my_chat_member"])
        await room.admin.change(room.group, remove=[zhao.id])
        await room.admin.migrate(room.group)
        found = await room.bot.news()
        assert reference.problems(["Array of Update"], found) == []
        kinds = {key for update in found for key in update if key != "update_id"}
        assert kinds == {"message", "edited_message", "callback_query", "my_chat_member", "chat_member"}
    assert room.problems == []
