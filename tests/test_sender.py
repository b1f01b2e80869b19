"""The sender on a real chat: order, pacing, splitting, and what becomes of a message that does not arrive."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sender import Pace
from handlers import catalog, registry
from models.words import OutboxState
from templates.texts import names
from tests.post import Post, opened

SENT_AGAIN = "（刚才网络或程序中断，这一条可能重复，内容以此为准。）"


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with opened(tmp_path, "staff1", "staff2", "inspector01", "inspector02") as ready:
        yield ready


def quick() -> Pace:
    """Slots that are free again at once, so that only their number matters."""
    return Pace(overall=30, per_chat=1, per_group=20, second=0.01, minute=0.05)


@pytest.mark.parametrize("paced", [False, True])
async def test_messages_arrive_in_order_in_each_chat(paced: bool, post: Post) -> None:
    for at in range(5):
        for who in ("inspector01", "inspector02", ""):
            post.put(f"{who}:{at}", f"第 {at} 条", to=who)
    async with post.sending(paced=paced, pace=quick):
        await post.done()
    said = [f"第 {at} 条" for at in range(5)]
    assert post.heard("inspector01") == post.heard("inspector02") == post.heard("staff1", post.group) == said
    row = post.row("inspector01:0")
    assert (row.state, row.text, row.attempts, row.reason) == (OutboxState.SENT, "第 0 条", 1, "")


async def test_what_is_queued_while_it_runs_goes_out_at_once(post: Post) -> None:
    async with post.sending() as sender:
        await post.done()
        began = time.monotonic()
        post.put("a", "现在", to="staff1")
        sender.wake()
        await post.people["staff1"].until("现在")
    assert time.monotonic() - began < 0.9


async def test_no_limit_of_the_chat_is_ever_touched(tmp_path: Path) -> None:
    """60 messages to 40 people and a group, under Telegram's own limits."""
    keys = [
        "staff1",
        *(f"inspector{at:02d}" for at in range(1, 31)),
        *(f"liaison{at}" for at in range(1, 9)),
        "leader1",
    ]
    async with opened(tmp_path, *keys) as post:
        await post.admin.limits(per_second=30, per_chat_second=1, per_group_minute=20)
        for at in range(60):
            to = "" if at % 15 == 14 else keys[at % 40]
            post.put(f"m:{at}", f"第 {at} 条", to=to)
        began = time.monotonic()
        async with post.sending(paced=True):
            await post.done()
        took = time.monotonic() - began
        sends = await post.admin.calls(method="sendMessage")
        assert Counter(call["status"] for call in sends) == {200: 60}
        assert took < 8
        assert post.heard("staff1", post.group) == [f"第 {at} 条" for at in (14, 29, 44, 59)]


async def test_slots_are_held_after_the_answer() -> None:
    """In no window of its length does a chat, a group or the whole get more than its share."""
    pace = Pace(overall=8, per_chat=1, per_group=3, second=0.05, minute=0.3)
    sent: list[tuple[float, int]] = []

    async def send(chat: int) -> None:
        async with pace.slot(chat):
            await asyncio.sleep(0.002)
            sent.append((time.monotonic(), chat))

    chats = [-1] * 7 + [at % 12 + 1 for at in range(48)]
    await asyncio.gather(*(send(chat) for chat in chats))

    def most(times: list[float], window: float) -> int:
        # The loop's timer is exact to about a millisecond.
        return max(sum(start <= each < start + window - 0.002 for each in times) for start in times)

    assert len(sent) == len(chats)
    assert most([at for at, _ in sent], 0.05) <= 8
    assert most([at for at, chat in sent if chat == -1], 0.3) <= 3
    for chat in range(1, 13):
        assert most([at for at, one in sent if one == chat], 0.05) == 1


async def test_a_wait_that_is_broken_off_gives_its_slots_back() -> None:
    pace = Pace(overall=1, per_chat=1, second=0.01)
    async with pace.slot(1):
        waiting = asyncio.create_task(pace.slot(2).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
    async with asyncio.timeout(1), pace.slot(2):
        pass


async def test_a_local_chat_that_limits_is_obeyed_from_its_first_no(post: Post) -> None:
    await post.admin.limits(per_chat_second=1)
    for at in range(3):
        post.put(f"a:{at}", f"第 {at} 条", to="inspector01")
    async with post.sending():
        await post.done()
    assert post.heard("inspector01") == ["第 0 条", "第 1 条", "第 2 条"]
    statuses = [call["status"] for call in await post.admin.calls(method="sendMessage")]
    assert statuses.count(429) == 1


async def test_429_keeps_the_later_messages_of_that_chat_behind_and_no_others(post: Post) -> None:
    await post.admin.fault("sendMessage", "429", chat=post.people["inspector01"].id, seconds=1)
    for at in range(3):
        post.put(f"a:{at}", f"第 {at} 条", to="inspector01")
    post.put("b", "不用等", to="inspector02")
    async with post.sending(paced=True, pace=quick):
        await post.people["inspector02"].until("不用等")
        assert post.heard("inspector01") == []
        assert post.row("a:0").reason == "聊天服务要求稍候"
        await post.done()
    assert post.heard("inspector01") == ["第 0 条", "第 1 条", "第 2 条"]


async def test_a_text_that_is_too_long_becomes_several_messages(post: Post) -> None:
    lines = [f"第 {at:04d} 行：{'一' * 30}" for at in range(220)]
    # Even where the chat asks to wait in the middle, no part goes out twice.
    post.put("long", "\n".join(lines), to="inspector01")
    post.put("next", "后一条", to="inspector01")
    await post.admin.limits(per_chat_second=1)
    async with post.sending(paced=True, pace=quick):
        await post.done()
    *parts, last = post.heard("inspector01")
    assert len(parts) == 3 and all(len(part) <= 4096 for part in parts)
    assert "\n".join(parts).split("\n") == lines
    assert last == "后一条"
    assert post.row("long").text == "\n".join(lines)
    assert 429 in [call["status"] for call in await post.admin.calls(method="sendMessage")]


async def test_rewrites_and_answers_follow_their_message(post: Post) -> None:
    post.put("a", "第 1 次")
    post.put("b", "第 2 次", edits="a")
    post.put("c", "回复", replies="a")
    async with post.sending():
        await post.done()
    first, answer = [m for m in post.people["staff1"].messages(post.group) if m["from"]["id"] == post.bot.id]
    assert first["text"] == "第 2 次"
    assert answer["reply_to_message"]["message_id"] == first["message_id"]
    assert post.row("b").message_id == post.row("a").message_id == first["message_id"]


async def test_the_rewrite_of_a_message_that_never_arrived_is_said_anew(post: Post) -> None:
    await post.admin.fault("sendMessage", "403", chat=post.group)
    post.put("a", "第 1 次")
    post.put("b", "第 2 次", edits="a")
    post.put("c", "第 3 次", edits="a")
    post.put("d", "回复", replies="a")
    async with post.sending():
        await post.done()
    assert post.heard("staff1", post.group) == ["第 3 次", "回复"]
    assert post.row("a").state == OutboxState.FAILED
    assert "双随机工作群" in post.heard("staff1")[0]


async def test_whoever_is_not_bound_is_named_to_the_dispatcher(post: Post) -> None:
    post.put("a", "任务", to="inspector03", dispatcher="staff2")
    post.put("b", "任务", to="inspector03", dispatcher="staff2")
    async with post.sending():
        await post.done()
    assert (post.row("a").state, post.row("a").reason) == (OutboxState.FAILED, "还没有绑定账号")
    heard = post.heard("staff2")
    assert len(heard) == 2 and "示例检查人员03 没有收到一条消息：还没有绑定账号" in heard[0]


async def test_a_doubtful_message_to_a_person_is_told_and_not_sent_again(post: Post) -> None:
    await post.admin.fault("sendMessage", "reset_after", chat=post.people["inspector01"].id)
    post.put("a", "任务", to="inspector01")
    async with post.sending():
        await post.done()
    assert post.heard("inspector01") == ["任务"]
    assert post.row("a").state == OutboxState.UNCERTAIN
    assert len(post.heard("staff1")) == 1 and "是否送达不明" in post.heard("staff1")[0]


async def test_a_doubtful_message_to_a_group_is_sent_again_with_a_mark(post: Post) -> None:
    await post.admin.fault("sendMessage", "reset_after", chat=post.group)
    post.put("a", "公告")
    post.put("b", "改过的公告", edits="a")
    async with post.sending():
        await post.done()
    assert post.heard("staff1", post.group) == ["公告", "改过的公告"]
    seen = [event["message"].get("text") for event in post.people["staff1"].happened if "message" in event]
    assert f"{SENT_AGAIN}\n公告" in seen
    assert post.row("a").state == OutboxState.SENT and post.heard("staff1") == []


async def test_a_doubtful_rewrite_is_done_again_without_a_mark(post: Post) -> None:
    await post.admin.fault("editMessageText", "reset_after", chat=post.group)
    post.put("a", "第 1 次")
    post.put("b", "第 2 次", edits="a")
    async with post.sending():
        await post.done()
    assert post.heard("staff1", post.group) == ["第 2 次"]


async def test_what_cannot_be_rendered_fails_alone(post: Post) -> None:
    post.put("a", "boom", to="inspector01")
    post.put("b", "gone", to="inspector01")
    post.put("c", "<b>没有收尾", to="inspector01")
    post.put("d", "好的", to="inspector01")
    async with post.sending():
        await post.done()
    assert post.heard("inspector01") == ["好的"]
    assert [post.row(key).reason.split("：")[0] for key in "abc"] == [
        "生成内容时出错",
        "内容已经过时，没有发送",
        "聊天服务没有接受",
    ]
    assert {post.row(key).state for key in "abc"} == {OutboxState.FAILED}
    # What is out of date is nothing that anybody missed.
    assert len(post.heard("staff1")) == 2


async def test_while_the_chat_is_out_of_reach_everything_waits(post: Post, tmp_path: Path) -> None:
    from bot import run, settings

    nobody = settings.load(data=tmp_path, telegram_token="1:x", telegram_base_url="http://127.0.0.1:9")
    away = run.build(nobody, "1:x", "").bot
    there, post.bot = post.bot, away
    post.put("a", "第 1 条", to="inspector01")
    post.put("b", "第 2 条", to="inspector01")
    async with post.sending():
        async with asyncio.timeout(5):
            while post.row("a").reason != "连不上聊天服务":
                await asyncio.sleep(0.01)
    assert (post.row("a").state, post.row("b").state, post.row("b").attempts) == ("queued", "queued", 0)
    post.bot = there
    async with post.sending():
        await post.done()
    assert post.heard("inspector01") == ["第 1 条", "第 2 条"]


async def test_a_stop_waits_for_what_has_gone_out_and_leaves_the_rest(post: Post) -> None:
    await post.admin.fault("sendMessage", "delay", seconds=0.3)
    post.put("a", "第 1 条", to="inspector01")
    post.put("b", "第 2 条", to="inspector01")
    async with post.sending():
        async with asyncio.timeout(5):
            while post.row("a").state != OutboxState.SENDING:
                await asyncio.sleep(0.005)
    assert (post.row("a").state, post.row("b").state) == (OutboxState.SENT, OutboxState.QUEUED)


def test_each_kind_of_message_has_a_plain_name() -> None:
    catalog.load()
    kinds = set(registry.NOTICES) - {"undelivered"}
    assert {f"start.kind_{kind}" for kind in kinds} <= names()
    assert {name.removeprefix("start.kind_") for name in names() if name.startswith("start.kind_")} == {*kinds, "other"}
