"""A large register: preview and announcement are prepared beside the chat, and published only if nothing changed."""

import asyncio
import json
import multiprocessing
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from bot import apart
from bot.chat.client import Message, buttons, words
from handlers import draw_large
from models import draw, making, plan
from models.act import Act
from models.base import writing
from models.draw import Draw
from models.entity import Entity
from models.plan import Task
from models.verify import verify
from models.visit import Visit
from models.words import EntityState
from tests.talk import Talk, data_of, talking

Again = Callable[..., AbstractAsyncContextManager[Talk]]
WAIT = "名录库较大，正在准备"


@pytest.fixture(autouse=True)
def every_register_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "LARGE", 1)


def number(talk: Talk, end: str) -> str:
    return f"{talk.office.clock():%Y}{end}"


def draws(talk: Talk) -> list[Draw]:
    with talk.reading() as session:
        return list(session.exec(select(Draw).order_by(col(Draw.serial))))


async def listed(talk: Talk) -> Message:
    return await talk.answer(talk.clerk, "/draw", talk.group)


async def previewed(talk: Talk, end: str = "001") -> Message:
    """The preview, as it stands in the message that was pressed."""
    found = await listed(talk)
    await talk.clerk.presses(number(talk, end), talk.group, message=found)
    return await at(talk, found, "预览 ·")


async def at(talk: Talk, message: Message, text: str) -> Message:
    """The same message once it says this."""
    there = message["message_id"]
    return await talk.clerk.until(
        lambda m: m["message_id"] == there and text in words(m), talk.group, after=there - 1, within=30
    )


async def test_the_message_asks_to_wait_and_becomes_what_it_is_with_a_small_register(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await listed(talk)
    pressed = await talk.clerk.presses(number(talk, "001"), talk.group, message=found)
    assert not pressed.get("text")
    large = await at(talk, found, "预览 ·")
    monkeypatch.setattr(making, "LARGE", 10**6)
    small = await previewed(talk)
    assert words(large) == words(small)
    assert [each["text"] for each in buttons(large)] == [each["text"] for each in buttons(small)]


async def test_others_are_answered_while_it_is_prepared(talk: Talk) -> None:
    found = await listed(talk)
    await talk.clerk.presses(number(talk, "001"), talk.group, message=found)
    waiting = await at(talk, found, WAIT)
    assert not buttons(waiting), "nobody presses 发布公告 of what is not there yet"
    helped = await talk.answer(talk["检查人员01"], "/help")
    assert words(helped)
    assert "发布公告" in [each["text"] for each in buttons(await at(talk, found, "预览 ·"))]


async def test_what_is_announced_holds_and_the_press_says_so_in_its_message(talk: Talk) -> None:
    preview = await previewed(talk)
    await talk.clerk.presses("发布公告", talk.group, message=preview)
    said = await at(talk, preview, "已发布公告第 1 号")
    assert not buttons(said)
    announcement = await talk.clerk.until("公告 第", talk.group, after=preview)
    await talk.throws(announcement)
    await talk.clerk.until("抽取完成", talk.group, after=announcement)
    await talk.settled()
    (made,) = draws(talk)
    with talk.reading() as session:
        checks = verify(draw.record_of(made), draw.files_of(session, made), [made.digest])
        assert {each.result for each in checks} == {"ok"}
        visits = session.exec(select(Visit).where(Visit.draw_id == made.id)).all()
        assert visits and {each.drawn_at for each in visits} == {made.drawn_at}
        assert {(each.state, each.origin, each.since) for each in visits} == {("drawn", "抽取", 1)}


async def test_who_may_not_draw_and_who_comes_late_leave_the_message_as_it_is(talk: Talk) -> None:
    preview = await previewed(talk)
    announce = data_of(preview, "announce_all")
    refused = await talk["检查人员01"].presses("", message=preview, data=announce)
    assert "没有办理这项工作的权限" in refused["text"] and refused["show_alert"]
    await talk.settled()
    assert "发布公告" in [each["text"] for each in buttons(await at(talk, preview, "预览 ·"))]
    await talk.clerk.presses("发布公告", talk.group, message=preview)
    await talk.clerk.until("公告 第", talk.group, after=preview)
    late = await talk.clerk.presses("", message=preview, data=announce, stale=True)
    assert "已经发布公告（第 1 号），正在等待掷骰，不能重复发布" in late["text"]
    assert len(draws(talk)) == 1


async def test_two_who_press_at_once_make_one_announcement(talk: Talk) -> None:
    preview = await previewed(talk)
    announce = data_of(preview, "announce_all")
    await asyncio.gather(
        *(talk.clerk.presses("", message=preview, data=announce, stale=True) for _ in range(2)),
    )
    await talk.clerk.until("公告 第", talk.group, after=preview)
    await at(talk, preview, "不能重复发布")
    assert len(draws(talk)) == 1


def _between(monkeypatch: pytest.MonkeyPatch, change: Callable[[Act], None]) -> None:
    """Something happens once, after the files were made and before they are published."""
    run, waiting = apart.run, [change]

    def changed(engine: Engine, work: Callable[..., Any], act: Act, *args: Any) -> Any:
        found = run(engine, work, act, *args)
        if work is draw_large._freeze and waiting:
            with writing(engine) as session:
                waiting.pop()(replace(act, session=session))
        return found

    monkeypatch.setattr(apart, "run", changed)


def _gone(act: Act) -> None:
    """An entity of the task is struck off."""
    task = next(each for each in act.session.exec(select(Task)) if each.plan_no.endswith("001"))
    entity = act.session.get_one(Entity, plan.in_scope(act.session, task.scope)[0].id)
    entity.state = EntityState.SUSPENDED
    act.session.add(entity)
    act.record("change_state", "entity", entity.id)


async def test_a_register_that_changed_meanwhile_is_previewed_again(
    talk_on: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    _between(monkeypatch, _gone)
    async with talk_on() as talk:
        preview = await previewed(talk)
        await talk.clerk.presses("发布公告", talk.group, message=preview)
        moved = await at(talk, preview, "公告没有发布。请重新预览，核对后再发布")
        assert draws(talk) == []
        await talk.clerk.presses("重新预览", talk.group, message=moved)
        again = await at(talk, preview, "预览 ·")
        assert "未列入 3 户" in words(preview) and "未列入 4 户" in words(again)
        told = await talk.clerk.presses("查看未列入", talk.group, message=again)
        assert told["text"] == "准备好后私信发给您"
        await talk.clerk.until("未列入抽取范围的 4 户", talk.clerk.id)
        await talk.clerk.presses("发布公告", talk.group, message=again)
        await talk.clerk.until("公告 第", talk.group, after=preview)
        assert len(draws(talk)) == 1


async def test_blocks_hold_what_the_list_holds(talk: Talk) -> None:
    """Also where tags are asked for, which the store cannot answer."""
    with talk.writing() as session:
        for at, entity in enumerate(session.exec(select(Entity).order_by(Entity.label))):
            entity.tags = [["黑名单"], ["重点", "专项"], []][at % 3]
            session.add(entity)
        session.flush()
        kinds = sorted(set(session.exec(select(Entity.kind))))
        for scope in ({}, {"kinds": kinds[:1]}, {"tags": ["专项"]}, {"tags": ["没有"]}):
            blocks = [row for block in plan.blocks_in_scope(session, scope) for row in block]
            whole = plan.in_scope(session, scope)
            assert [tuple(row[:3]) for row in blocks] == [(each.id, each.label, each.risk_class) for each in whole]
            assert [json.loads(row[3]) for row in blocks] == [each.tags for each in whole]
            assert [row[5] for row in blocks] == [f"{each.as_of or ''}" for each in whole]
            assert plan.at_least(session, {"kinds": kinds}, 1) and not plan.at_least(session, {}, 10**6)


async def test_an_act_that_changes_nothing_of_the_draw_does_not_stop_it(
    talk_on: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    _between(monkeypatch, lambda act: act.record("acknowledge", "reminder", 1))
    async with talk_on() as talk:
        await talk.announces(number(talk, "001"))
        assert len(draws(talk)) == 1


async def test_a_reason_against_it_that_only_the_registers_show_stands_in_the_message(
    talk_on: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(act: Act) -> None:
        task = next(each for each in act.session.exec(select(Task)) if each.plan_no.endswith("001"))
        task.scope = {"kinds": ["没有这一类"]}
        act.session.add(task)
        act.record("complete", "task", task.id)

    _between(monkeypatch, nobody)
    async with talk_on() as talk:
        preview = await previewed(talk)
        await talk.clerk.presses("发布公告", talk.group, message=preview)
        moved = await at(talk, preview, "公告没有发布")
        again = await talk.clerk.presses("重新预览", talk.group, message=moved)
        assert "抽查范围内没有可以抽取的检查对象" in again["text"] and again["show_alert"]


async def test_an_office_that_ends_meanwhile_has_announced_nothing_and_announces_after_its_next_start(
    talk_on: Again,
) -> None:
    async with talk_on() as talk:
        preview = await previewed(talk)
        await talk.clerk.presses("发布公告", talk.group, message=preview)
        await at(talk, preview, "正在准备抽取文件")
    async with talk_on() as talk:
        assert draws(talk) == []
        await talk.announces(number(talk, "001"))
        assert [each.serial for each in draws(talk)] == [1]
    assert not multiprocessing.active_children()


async def test_several_tasks_and_what_is_left_out_are_prepared_beside_the_chat_too(talk: Talk) -> None:
    found = await listed(talk)
    await talk.clerk.presses("合并抽取多项", talk.group, message=found)
    for end in ("001", "004"):
        await talk.clerk.presses(
            next(each["text"] for each in buttons(await at(talk, found, "")) if number(talk, end) in each["text"]),
            talk.group,
            message=found,
        )
        await talk.settled()
    await talk.clerk.presses("预览所选 2 项", talk.group, message=found)
    both = await at(talk, found, "预览 ·")
    assert words(both).count("预览 ·") == 2
    await talk.clerk.presses(f"调整 {number(talk, '001')}", talk.group, message=both)
    one = await at(talk, found, "每一户都能派出人员")
    await talk.clerk.presses("返回", talk.group, message=one)
    await talk.settled()
    both = await at(talk, found, "预览 ·")
    await talk.clerk.presses("发布公告", talk.group, message=both)
    await talk.clerk.until("公告 第", talk.group, after=found)
    assert len(draws(talk)) == 2


@pytest.mark.needs("postgresql")
async def test_the_other_store_is_read_beside_the_chat_too(tmp_path: Path, postgres_url: str) -> None:
    async with talking(tmp_path / "data", database_url=postgres_url) as talk:
        await talk.draws(number(talk, "004"))
        await talk.settled()
        (made,) = draws(talk)
        with talk.reading() as session:
            visits = session.exec(select(Visit).where(Visit.draw_id == made.id)).all()
            assert visits and {each.drawn_at for each in visits} == {made.drawn_at}
