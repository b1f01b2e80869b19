"""Long work beside the chat: in a thread, with its progress in the message that announced it."""

import asyncio
import logging
from collections.abc import Callable

from telegram import Bot
from telegram.error import TelegramError

from handlers import render
from handlers.answer import Answer
from models.act import Refused
from templates.texts import Html, say

log = logging.getLogger("qiantong.aside")

Work = Callable[[Callable[[Html], None]], tuple[Answer, ...]]

# The chat lets a message be rewritten about once in this many seconds.
_EVERY = 2.0

_RUNNING: set[asyncio.Task[None]] = set()


class GivenUp(Exception):
    """The office closes: raised in the work when it next tells how far it is."""


def begin(bot: Bot, chat_id: int, message_id: int, work: Work, after: Callable[[], None] | None = None) -> None:
    """Start work whose progress stands in a message; it goes on by itself until it is done or the office closes.

    `after` is called when it is done: it may have left messages for others.
    """
    task = asyncio.get_running_loop().create_task(_go_on(bot, chat_id, message_id, work, after))
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)


def running() -> int:
    """How much is going on."""
    return len(_RUNNING)


async def end() -> None:
    """Give up what is still going on: whoever asked can ask again."""
    for task in list(_RUNNING):
        task.cancel()
    await asyncio.gather(*_RUNNING, return_exceptions=True)


async def _go_on(bot: Bot, chat_id: int, message_id: int, work: Work, after: Callable[[], None] | None) -> None:
    told: list[Html] = []
    closing = False

    def tell(text: Html) -> None:
        if closing:
            raise GivenUp
        told.append(text)

    done = asyncio.get_running_loop().create_task(asyncio.to_thread(work, tell))
    shown: Html | None = None
    while not done.done():
        try:
            await asyncio.wait({done}, timeout=_EVERY)
        except asyncio.CancelledError:
            closing = True
            done.cancel()
            raise
        if told and told[-1] != shown and not done.done():
            shown = told[-1]
            await _rewrite(bot, chat_id, message_id, shown)
        # What was said before is of no use any more.
        del told[:-1]
    try:
        answers = done.result()
    except Refused as refused:
        await _rewrite(bot, chat_id, message_id, say("common.refused", sentence=refused.sentence))
        return
    except Exception:
        log.exception("work failed chat=%s message=%s", chat_id, message_id)
        await _rewrite(bot, chat_id, message_id, say("common.broken", number=message_id))
        return
    if after is not None:
        after()
    if told and not any(each.edit for each in answers):
        await _rewrite(bot, chat_id, message_id, told[-1])
    for each in answers:
        try:
            if each.edit:
                await render.rewrite(bot, chat_id, message_id, each)
            else:
                await render.post(bot, chat_id, each)
        except TelegramError as error:
            log.warning("answer lost chat=%s error=%s", chat_id, type(error).__name__)


async def _rewrite(bot: Bot, chat_id: int, message_id: int, text: Html) -> None:
    try:
        await render.rewrite(bot, chat_id, message_id, Answer(text))
    except TelegramError as error:
        log.info("progress not shown: %s", type(error).__name__)
