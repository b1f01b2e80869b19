"""A draw of 1,000,000 entities through the chat, and how long somebody else waits for /help meanwhile."""

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import insert
from sqlmodel import Session, select

from bench import hall
from bench.figure import Figure
from bot.chat.client import ChatAdmin, ChatPerson, buttons, words
from models.base import open_store, writing
from models.entity import Entity
from models.plan import Task

TARGET = 0.5
ENTITIES = 1_000_000
_RATIO = "1%"
_THROWS = 6

T = TypeVar("T")


def measure(work: Path) -> list[Figure]:
    """The plain task of the sample office, 1 % of 1,000,000; the office is a process of its own, as people run it."""
    data = work / "data"
    hall.make(data)
    fill(data, ENTITIES, _RATIO)
    with hall.process(["-m", "bot", "run"], hall.environment(data), work) as office:
        assert office.stdout is not None
        address = office.stdout.readline().strip()
        found = asyncio.run(_draw(address.rstrip("/")))
    figures = []
    for step, (seconds, waits, shown) in found.items():
        middle = sorted(waits)[len(waits) // 2]
        figures.append(
            Figure(
                f"longest wait of another person for /help while {ENTITIES:,} entities: {step}",
                f"{max(waits):.2f} s",
                f"at most {TARGET} s",
                max(waits) <= TARGET,
                f"{step} took {seconds:.1f} s; asked {len(waits)} times, in the middle {middle:.3f} s"
                + (f"; progress shown {shown} times" if shown else ""),
            )
        )
    return figures


def fill(data: Path, entities: int, ratio: str) -> None:
    """More entities of the kind that the task is about, and fewer of them to be drawn."""
    engine = open_store(f"sqlite:///{data / 'office.db'}")
    with writing(engine) as session:
        task = _task(session)
        kind = task.scope["kinds"][0]
        task.strata = {"*": ratio}
        session.add(task)
        there = len(session.exec(select(Entity.id).where(Entity.kind == kind)).all())
        today = session.exec(select(Entity.as_of)).first()
        for start in range(0, entities - there, 50_000):
            session.execute(
                insert(Entity),
                [
                    {"label": f"BENCH{number:08d}", "name": f"示例企业 {number}", "kind": kind, "as_of": today}
                    for number in range(start, min(start + 50_000, entities - there))
                ],
            )
    engine.dispose()


def _task(session: Session) -> Task:
    return next(each for each in session.exec(select(Task)) if each.plan_no.endswith("001"))


async def _draw(address: str) -> dict[str, tuple[float, list[float], int]]:
    """Seconds, waits for /help, and how often progress was seen, of each step."""
    people = await ChatAdmin(address, hall.ADMIN_KEY).sample()
    clerk, other = people["示例工作人员甲"], next(each for name, each in people.items() if "检查人员" in name)
    witnesses = [people["示例见证人甲"], people["示例见证人乙"]]
    group = next(chat["id"] for chat in await clerk.chats() if chat["type"] == "supergroup")
    asked = await clerk.says("/draw", group)
    listed = await clerk.until("可以抽取的任务", group, after=asked)
    label = next(each["text"] for each in buttons(listed) if each["text"].split()[0].endswith("001"))
    found = {}

    await clerk.presses(label, group, message=listed, wait=0)
    preview, found["preview"] = await meanwhile(
        other, clerk.until("预览 ·", group, after=asked, within=hall.PATIENCE), (clerk, group), "已用"
    )
    await clerk.presses("发布公告", group, message=preview, wait=0)
    announcement, found["announcement"] = await meanwhile(
        other, clerk.until("公告 第", group, after=preview, within=hall.PATIENCE), (clerk, group), "已用"
    )
    for number in range(_THROWS):
        await witnesses[number % 2].throws("🎰", group, reply_to=announcement)
    _, found["draw"] = await meanwhile(
        other, clerk.until("抽取完成", group, after=announcement, within=hall.PATIENCE), (clerk, group), "不用再掷"
    )
    for person in people.values():
        await person.aclose()
    return found


async def meanwhile(
    other: ChatPerson, wanted: Awaitable[T], watched: tuple[ChatPerson, int], progress: str
) -> tuple[T, tuple[float, list[float], int]]:
    """Ask for /help again and again until something has come."""
    begun, waits, shown = time.perf_counter(), [], set()
    coming = asyncio.ensure_future(wanted)
    while not coming.done():
        at = time.perf_counter()
        said = await other.says("/help")
        await other.until(lambda m: m.get("from", {}).get("is_bot", False), after=said, within=hall.PATIENCE)
        waits.append(time.perf_counter() - at)
        shown |= {words(m) for m in watched[0].messages(watched[1]) if progress in words(m)}
        await asyncio.sleep(0.05)
    return coming.result(), (time.perf_counter() - begun, waits, len(shown))
