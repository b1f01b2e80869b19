"""Polling that loses nothing: an update is confirmed only after it was handled (TOOLBOX, update acknowledgement)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut

log = logging.getLogger("qiantong.poll")

UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER]
_WAIT = 25
_LONGEST_PAUSE = 60.0


class Stopped(Exception):
    """Polling cannot go on: the chat does not know the token any more."""


async def poll(bot: Bot, handle: Callable[[Update], Awaitable[None]]) -> None:
    """Fetch and handle updates until cancelled.

    The library's own updater confirms a batch before it is handled, so that a kill loses what was queued. Here the next
    request confirms what was handled; what a kill interrupts is delivered again, and is known by its id.
    """
    offset, pause = 0, 1.0
    while True:
        try:
            updates = await bot.get_updates(offset=offset, timeout=_WAIT, allowed_updates=UPDATES)
            pause = 1.0
        except TimedOut:
            continue
        except InvalidToken as error:
            raise Stopped("聊天服务不再认识这个令牌") from error
        except RetryAfter as error:
            wait = error.retry_after
            await asyncio.sleep(wait if isinstance(wait, int) else wait.total_seconds())
            continue
        except TelegramError as error:
            if isinstance(error, Conflict):
                log.error("another process polls with this token, or a webhook is set")
            else:
                log.warning("polling failed: %s", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            continue
        for update in updates:
            work = asyncio.ensure_future(handle(update))
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                # A stop in the middle: what is committed is still answered.
                await work
                raise
            offset = update.update_id + 1
