"""A bell that wakes a job of the event loop, and may be rung from any thread."""

import asyncio


class Bell:
    """Rung before somebody waits, it is heard when he does; rung twice, it is heard once."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ring(self) -> None:
        """Wake whoever waits."""
        if self._loop is None or self._loop.is_closed():
            self._rung.set()
        else:
            # From another thread an event alone would not wake the loop (asyncio, Concurrency and Multithreading).
            self._loop.call_soon_threadsafe(self._rung.set)

    async def heard(self) -> None:
        """Wait until it is rung."""
        self._loop = asyncio.get_running_loop()
        await self._rung.wait()
        self._rung.clear()
