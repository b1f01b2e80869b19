"""From `python -m bot run` on a folder that has been used before to the first answer in the chat."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import hall
from bench.figure import Figure
from bot.chat import server
from bot.chat.client import ChatAdmin

TARGET = 3.0
_TIMES = 3


def measure(work: Path) -> list[Figure]:
    """A question waits in the chat; the process starts, opens its page and answers."""
    data = work / "data"
    hall.make(data)
    took = []
    for _ in range(_TIMES):
        asyncio.run(_ask(data))
        took.append(_start(data))
    took.sort(key=lambda pair: pair[1])
    page, answer = took[len(took) // 2]
    return [
        Figure(
            "second start to first answer",
            f"{answer:.2f} s",
            f"under {TARGET:.0f} s",
            answer < TARGET,
            f"median of {_TIMES}; the page is open after {page:.2f} s",
        )
    ]


async def _ask(data: Path) -> None:
    app = server.build(
        data / "chat", admin_key=hall.ADMIN_KEY, sample=True, test=False, clock=lambda: datetime.now(UTC)
    )
    served = await server.serve(app, "127.0.0.1", 0)
    people = await ChatAdmin(served.address.rstrip("/"), hall.ADMIN_KEY).sample()
    await people["示例工作人员甲"].says("/help")
    for person in people.values():
        await person.aclose()
    await served.stop()


def _start(data: Path) -> tuple[float, float]:
    """Seconds to the line with the address, and to the answer."""
    with hall.chat_file(data) as chat:
        bot_id, _ = hall.bot_of(chat)
        before = hall.said_by(chat, bot_id)
        at = time.perf_counter()
        with hall.process(["-m", "bot", "run"], hall.environment(data), data) as office:
            assert office.stdout is not None
            office.stdout.readline()
            page = time.perf_counter() - at
            hall.until("the first answer", lambda: hall.said_by(chat, bot_id) > before)
            return page, time.perf_counter() - at
