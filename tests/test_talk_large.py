"""A large draw is made beside the chat: others are answered meanwhile, and whatever dies, the draw is made once."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from sqlmodel import col, select

from bot.chat.client import Message, words
from models import draw, making
from models.draw import Draw
from models.verify import verify
from models.visit import Seat, Visit
from tests.talk import Talk

Again = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture(autouse=True)
def every_draw_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "LARGE", 1)


async def at_work(talk: Talk) -> None:
    """Until a process makes a draw."""
    async with asyncio.timeout(20):
        while talk.office.worker.process is None or talk.office.worker.process.pid is None:
            await asyncio.sleep(0.001)


async def at_rest(talk: Talk) -> None:
    """Until no process makes a draw any more."""
    async with asyncio.timeout(20):
        while talk.office.worker.process is not None:
            await asyncio.sleep(0.001)


async def result(talk: Talk, announcement: Message) -> Message:
    return await talk.clerk.until("抽取完成", talk.group, after=announcement)


def only(talk: Talk) -> tuple[Draw, int, int, bool]:
    """The draw, its visits and seats, and whether its record holds."""
    with talk.reading() as session:
        found = session.exec(select(Draw).order_by(col(Draw.serial).desc())).first()
        assert found is not None
        visits = session.exec(select(Visit.id).where(Visit.draw_id == found.id)).all()
        seats = session.exec(select(Seat.id).where(col(Seat.visit_id).in_(visits))).all()
        holds = found.state == "drawn" and all(
            check.result == "ok"
            for check in verify(draw.record_of(found), draw.files_of(session, found), [found.digest])
        )
        return found, len(visits), len(seats), holds


def year(talk: Talk) -> str:
    return f"{talk.office.clock():%Y}"


def receipts(talk: Talk) -> str:
    return next(words(message) for message in talk.clerk.messages(talk.group) if "随机数已定" in words(message))


async def test_it_is_made_in_a_process_and_the_message_says_so_while_it_lasts(talk: Talk) -> None:
    announcement = await talk.announces(f"{year(talk)}004")
    await talk.throws(announcement)
    waiting = await talk.clerk.until("正在抽取，请稍候，不用再掷", talk.group, after=announcement)
    drawn = await result(talk, announcement)
    assert "派发任务" in str(drawn)
    await talk.settled()
    assert "随机数已定" in words(waiting) and "正在抽取" not in receipts(talk)
    found, visits, seats, holds = only(talk)
    assert holds and visits == json.loads(found.draws[0])["selected"]["count"] and seats >= 2 * visits


async def test_a_process_that_dies_leaves_an_open_draw_which_the_tick_takes_up(talk: Talk) -> None:
    announcement = await talk.announces(f"{year(talk)}004")
    await talk.throws(announcement)
    await at_work(talk)
    talk.office.worker.process.kill()
    await at_rest(talk)
    assert only(talk)[0].state == "open" and only(talk)[1] == 0
    # Who throws now is told that it is enough, and nothing is withdrawn or entered.
    late = await talk.witnesses[0].throws("🎰", talk.group, reply_to=announcement)
    await talk.clerk.until("掷骰已经够了，正在抽取，这次不计入", talk.group, after=late)
    talk.office.tick.once()
    await result(talk, announcement)
    await talk.settled()
    found, visits, _, holds = only(talk)
    assert holds and visits
    with talk.reading() as session:
        assert len(draw.thrown(session, found.id or 0, 1)) == 6


async def test_a_deadline_that_passes_meanwhile_changes_nothing(talk: Talk) -> None:
    announcement = await talk.announces(f"{year(talk)}004")
    await talk.throws(announcement)
    await at_work(talk)
    talk.office.worker.process.kill()
    await at_rest(talk)
    with talk.writing() as session:
        found = session.exec(select(Draw)).one()
        found.deadline = found.announced_at
        session.add(found)
    talk.office.tick.once()
    await result(talk, announcement)
    assert only(talk)[0].state == "drawn"


async def test_an_office_that_ends_meanwhile_makes_the_draw_after_its_next_start(talk_on: Again) -> None:
    async with talk_on() as talk:
        announcement = await talk.announces(f"{year(talk)}004")
        await talk.throws(announcement)
        await at_work(talk)
        process = talk.office.worker.process
    # The process does not outlive its office.
    assert process.exitcode is not None
    async with talk_on() as talk:
        await result(talk, announcement)
        await talk.settled()
        _, visits, _, holds = only(talk)
        assert holds and visits


async def test_a_ceremony_of_several_is_made_one_after_the_other(talk: Talk) -> None:
    first = await talk.announces(f"{year(talk)}004")
    second = await talk.announces(f"{year(talk)}001")
    await talk.throws(first)
    await talk.throws(second)
    await result(talk, first)
    await talk.clerk.until(
        lambda m: "抽取完成" in words(m) and f"{year(talk)}001" in words(m), talk.group, after=second
    )
