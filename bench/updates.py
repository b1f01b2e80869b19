"""Updates handled per second through the whole application, against a bare echo bot on the same local server."""

import asyncio
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench import hall
from bench.figure import Figure
from bot.chat import server
from bot.chat.client import ChatAdmin

TARGET = 0.5
_COUNT = 1200
# The first answers open connections and fill caches in both bots.
_WARM = 100


@dataclass(frozen=True)
class Pace:
    """How fast a bot answered what was waiting: updates a second by the clock, and its own seconds for each."""

    per_second: float
    seconds_each: float


def measure(work: Path) -> list[Figure]:
    """The same messages wait for each bot; what counts is the time from its first answers to its last."""
    waiting = work / "waiting"
    hall.make(waiting)
    asyncio.run(_say(waiting))
    rounds = []
    for number in range(3):
        rounds.append((_run(work, waiting, f"echo{number}"), _run(work, waiting, f"office{number}")))
    rounds.sort(key=lambda pair: pair[1].per_second / pair[0].per_second)
    echo, office = rounds[len(rounds) // 2]
    ratio = office.per_second / echo.per_second
    best = min(pair[1].seconds_each for pair in rounds), min(pair[0].seconds_each for pair in rounds)
    return [
        Figure(
            "updates per second, whole application / bare echo bot",
            f"{ratio:.2f}",
            f"at least {TARGET}",
            ratio >= TARGET,
            f"median of 3: {office.per_second:.0f}/s against {echo.per_second:.0f}/s; processor time for each "
            f"{best[0] * 1000:.2f} ms against {best[1] * 1000:.2f} ms; in private, half questions "
            f"(/help, /tasks) and half acts that write (/import, /cancel), each answered after its commit; chat in a "
            f"process of its own, store in SQLite",
        )
    ]


async def _say(data: Path) -> None:
    """Several people ask, while no bot is there to answer."""
    app = server.build(
        data / "chat", admin_key=hall.ADMIN_KEY, sample=True, test=False, clock=lambda: datetime.now(UTC)
    )
    served = await server.serve(app, "127.0.0.1", 0)
    people = await ChatAdmin(served.address.rstrip("/"), hall.ADMIN_KEY).sample()
    asking = [person for name, person in people.items() if "检查人员" in name][:8]
    clerk = people["示例工作人员甲"]
    for number in range(_COUNT):
        kind, turn = number % 4, number // 4
        # Half of them write: a form is opened, and put away again.
        who = asking[turn % len(asking)] if kind < 2 else clerk
        await who.says(("/help", "/tasks", "/import", "/cancel")[kind])
    for person in people.values():
        await person.aclose()
    await served.stop()


def _run(work: Path, waiting: Path, name: str) -> Pace:
    """Let one bot answer everything that waits, on a copy of the folder."""
    data = work / name
    shutil.copytree(waiting, data)
    chat = {"QIANTONG_CHAT_SAMPLE": "1"}
    surroundings = hall.environment(data)
    serve = ["-m", "bot.chat", "--address", "127.0.0.1:0", "--data", str(data / "chat")]
    with hall.process(serve, surroundings | chat, data) as server_, hall.chat_file(data) as messages:
        assert server_.stdout is not None
        address = server_.stdout.readline().strip().rstrip("/")
        bot_id, token = hall.bot_of(messages)
        before = hall.said_by(messages, bot_id)
        if name.startswith("echo"):
            command, extra = ["-m", "bench.echo", token, f"{address}/bot"], {}
        else:
            command = ["-m", "bot", "run"]
            extra = {"QIANTONG_TELEGRAM_TOKEN": token, "QIANTONG_TELEGRAM_BASE_URL": f"{address}/bot"}
        with hall.process(command, surroundings | extra, data) as bot:
            process = psutil.Process(bot.pid)
            hall.until("the first answers", lambda: hall.said_by(messages, bot_id) >= before + _WARM)
            first, at, spent = hall.said_by(messages, bot_id), time.perf_counter(), _spent(process)
            hall.until("the last answer", lambda: hall.said_by(messages, bot_id) >= before + _COUNT)
            seconds, used = time.perf_counter() - at, _spent(process) - spent
    shutil.rmtree(data)
    answered = before + _COUNT - first
    return Pace(answered / seconds, used / answered)


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
