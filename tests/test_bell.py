"""The bell: heard by a loop that does nothing else, whoever rings it and when."""

import asyncio
import threading

from bot.bell import Bell


async def test_it_wakes_an_idle_loop_from_another_thread() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.heard())
    await asyncio.sleep(0)
    ringer = threading.Thread(target=bell.ring)
    ringer.start()
    ringer.join()
    async with asyncio.timeout(5):
        await waiting


async def test_rung_before_it_is_heard_once() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    async with asyncio.timeout(5):
        await bell.heard()
    waiting = asyncio.create_task(bell.heard())
    await asyncio.sleep(0)
    assert not waiting.done()
    bell.ring()
    async with asyncio.timeout(5):
        await waiting
