"""Long work beside the chat: its progress stands in the message, others are answered, and what fails is said."""

import threading
from collections.abc import Callable

from handlers import aside, render
from handlers.answer import Answer
from models.act import Refused
from templates.texts import Html
from tests.talk import Talk, words

Tell = Callable[[Html], None]


async def begun(talk: Talk, work: aside.Work) -> int:
    """Start work in the clerk's private chat; the id of the message that announces it."""
    bot = talk.office.application.bot
    posted = await render.post(bot, talk.clerk.id, Answer(Html("正在办理")))
    aside.begin(bot, talk.clerk.id, posted.message_id, work)
    return int(posted.message_id)


async def test_progress_is_rewritten_and_the_chat_goes_on(talk: Talk) -> None:
    gate = threading.Event()

    def work(tell: Tell) -> tuple[Answer, ...]:
        for at in range(40, 51):
            tell(Html(f"办到 {at}／100"))
        assert gate.wait(30)
        tell(Html("办到 100／100"))
        return Answer(Html("办完了")), Answer(Html("还有一件"))

    number = await begun(talk, work)
    shown = await talk.clerk.until("办到 50／100")
    assert shown["message_id"] == number
    assert "发文登记" in words(await talk.answer(talk.clerk, "发文"))
    gate.set()
    await talk.clerk.until("还有一件")
    assert words(await talk.clerk.until(lambda m: m["message_id"] == number)) == "办到 100／100"
    assert "办完了" in [words(each) for each in talk.clerk.messages()]


async def test_what_refuses_and_what_breaks_is_said_in_the_same_message(talk: Talk) -> None:
    def refuses(tell: Tell) -> tuple[Answer, ...]:
        raise Refused("没有 <可以> 出具的文书。")

    def breaks(tell: Tell) -> tuple[Answer, ...]:
        raise ValueError("not for people")

    first = await begun(talk, refuses)
    assert words(await talk.clerk.until("没有 <可以> 出具的文书。"))
    second = await begun(talk, breaks)
    said = await talk.clerk.until("没有办成")
    assert said["message_id"] == second != first and "not for people" not in words(said)


async def test_an_office_that_closes_gives_up_what_is_going_on(talk: Talk) -> None:
    gate = threading.Event()

    def work(tell: Tell) -> tuple[Answer, ...]:
        gate.wait(30)
        return (Answer(Html("太晚了")),)

    await begun(talk, work)
    await aside.end()
    gate.set()
    assert aside.running() == 0
