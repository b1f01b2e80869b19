"""From the preview to the posted result on a register of 10,000 entities; the throws themselves are left out."""

import asyncio
import time
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import select

from bench import hall
from bench.figure import Figure
from bot import run
from bot.chat.client import ChatAdmin, buttons
from models.base import writing
from models.entity import Entity
from models.plan import Task

TARGET = 1.0
ENTITIES = 10_000
_THROWS = 6


def measure(work: Path) -> list[Figure]:
    """The plain task of the sample office, 5 % of 10,000, drawn in the group as people do."""
    preview, announce, draw = asyncio.run(_draw(work / "data"))
    total = preview + announce + draw
    return [
        Figure(
            f"/draw on {ENTITIES:,} entities, preview to posted result without the throws",
            f"{total:.2f} s",
            f"under {TARGET:.0f} s",
            total < TARGET,
            f"preview {preview:.2f} s, announcement {announce:.2f} s, last throw to posted result {draw:.2f} s; "
            "by the clock of whoever watches in the chat",
        )
    ]


async def _draw(data: Path) -> tuple[float, float, float]:
    async with run.office(hall.of(data)) as office:
        _fill(office)
        people = await ChatAdmin(office.address.rstrip("/"), hall.ADMIN_KEY).sample()
        clerk = people["示例工作人员甲"]
        witnesses = [people["示例见证人甲"], people["示例见证人乙"]]
        group = next(chat["id"] for chat in await clerk.chats() if chat["type"] == "supergroup")
        asked = await clerk.says("/draw", group)
        listed = await clerk.until("可以抽取的任务", group, after=asked)
        label = next(each["text"] for each in buttons(listed) if each["text"].split()[0].endswith("001"))

        at = time.perf_counter()
        await clerk.presses(label, group, message=listed)
        shown = await clerk.until("预览", group, after=asked, within=hall.PATIENCE)
        preview = time.perf_counter() - at

        at = time.perf_counter()
        await clerk.presses("发布公告", group, message=shown)
        announcement = await clerk.until("公告 第", group, after=shown, within=hall.PATIENCE)
        announce = time.perf_counter() - at

        for number in range(_THROWS - 1):
            await witnesses[number % 2].throws("🎰", group, reply_to=announcement)
        await clerk.until(f"第 {_THROWS - 1}/{_THROWS} 次", group, within=hall.PATIENCE)
        at = time.perf_counter()
        await witnesses[1].throws("🎰", group, reply_to=announcement)
        await clerk.until("抽取完成", group, after=announcement, within=hall.PATIENCE)
        draw = time.perf_counter() - at
        for person in people.values():
            await person.aclose()
        return preview, announce, draw


def _fill(office: run.Office) -> None:
    """More entities of the kind that the task is about, up to 10,000."""
    with writing(office.engine) as session:
        task = next(each for each in session.exec(select(Task)) if each.plan_no.endswith("001"))
        kind = task.scope["kinds"][0]
        there = len(session.exec(select(Entity.id).where(Entity.kind == kind)).all())
        today = office.clock().date()
        session.execute(
            insert(Entity),
            [
                {"label": f"BENCH{number:06d}", "name": f"示例企业 {number}", "kind": kind, "as_of": today}
                for number in range(ENTITIES - there)
            ],
        )
