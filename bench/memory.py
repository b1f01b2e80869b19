"""Resident memory of the running office: as it opens, and after a draw, a Word document and an imported table."""

import asyncio
from pathlib import Path

import psutil

from bench import hall
from bench.figure import Figure
from bot.chat.client import ChatAdmin, buttons
from templates import samples

TARGET = 200
_MEGA = 1_000_000


def measure(work: Path) -> list[Figure]:
    """The office runs in a process of its own, as `make run` starts it; people work in its chat."""
    data = work / "data"
    hall.make(data)
    with hall.process(["-m", "bot", "run"], hall.environment(data), data) as office:
        assert office.stdout is not None
        address = office.stdout.readline().strip().rstrip("/")
        process = psutil.Process(office.pid)
        opened = process.memory_info().rss / _MEGA
        drawn = asyncio.run(_work(address, process))
    most = max(opened, *drawn)
    return [
        Figure(
            "resident memory of the running office",
            f"{most:.0f} MB",
            f"under {TARGET} MB",
            most < TARGET,
            f"opened {opened:.0f} MB, after a draw {drawn[0]:.0f} MB, after its Word document {drawn[1]:.0f} MB, "
            f"after a table of 1,200 entities was read {drawn[2]:.0f} MB",
        )
    ]


async def _work(address: str, process: psutil.Process) -> tuple[float, float, float]:
    people = await ChatAdmin(address, hall.ADMIN_KEY).sample()
    clerk = people["示例工作人员甲"]
    witnesses = [people["示例见证人甲"], people["示例见证人乙"]]
    group = next(chat["id"] for chat in await clerk.chats() if chat["type"] == "supergroup")
    asked = await clerk.says("/draw", group)
    listed = await clerk.until("可以抽取的任务", group, after=asked)
    label = next(each["text"] for each in buttons(listed) if each["text"].split()[0].endswith("001"))
    await clerk.presses(label, group, message=listed)
    shown = await clerk.until("预览", group, after=asked)
    await clerk.presses("发布公告", group, message=shown)
    announcement = await clerk.until("公告 第", group, after=shown, within=hall.PATIENCE)
    for number in range(6):
        await witnesses[number % 2].throws("🎰", group, reply_to=announcement)
    result = await clerk.until("抽取完成", group, after=announcement, within=hall.PATIENCE)
    drawn = process.memory_info().rss / _MEGA
    label = next(each["text"] for each in buttons(result) if "抽取记录" in each["text"])
    await clerk.presses(label, group, message=result)
    for _ in range(100):
        await clerk.look(wait=0.2)
        if any("document" in message for known in clerk.seen.values() for message in known.values()):
            break
    else:
        raise TimeoutError("no document came")
    written = process.memory_info().rss / _MEGA
    asked = await clerk.says("/import")
    await clerk.until(lambda message: message["from"]["is_bot"], after=asked)
    table = await clerk.sends_file(samples.read("entities.xlsx"), name="entities.xlsx")
    await clerk.until(lambda message: message["from"]["is_bot"], after=table, within=hall.PATIENCE)
    read = process.memory_info().rss / _MEGA
    for person in people.values():
        await person.aclose()
    return drawn, written, read
