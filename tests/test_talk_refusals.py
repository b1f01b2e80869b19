"""What bad input gets in the chat: a clear sentence where it happened, and nothing half done (issue 2)."""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from bot.chat.client import ChatPerson
from models import draw
from models.draw import Draw, Thrown
from models.entity import Entity
from models.inspector import Inspector, Recusal
from models.plan import Task, TaskUnit
from models.visit import Seat
from models.words import DrawState, EntityState, InspectorState, SeatState, TaskState
from tests.talk import Message, Talk, buttons, cards, data_of, words

TalkOn = Callable[..., AbstractAsyncContextManager[Talk]]


# --- what cannot be drawn --------------------------------------------------------------------------------------------


def _nothing_in_scope(session: Session, task: Task) -> None:
    task.scope = {"kinds": ["没有这一类"]}


def _all_closed(session: Session, task: Task) -> None:
    for entity in session.exec(select(Entity).where(Entity.kind == "民爆企业")):
        entity.state = EntityState.CLOSED
        session.add(entity)


def _quota_nothing(session: Session, task: Task) -> None:
    task.strata = {"*": "0"}


def _without_ratio(session: Session, task: Task) -> None:
    task.strata = {}


def _platform(session: Session, task: Task) -> None:
    task.mode = "platform"


def _written(session: Session, task: Task) -> None:
    task.state = TaskState.WRITTEN


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_nothing_in_scope, "抽查范围内没有可以抽取的检查对象（名录库中没有符合范围的检查对象），请检查范围"),
        (_all_closed, "没有可以抽取的检查对象（未列入：已注销"),
        (_quota_nothing, "户数「0」抽不出检查对象，不能抽取。请在 /plan 中改成 5%、1/20 或者 9 这样的数"),
        (_without_ratio, "没有抽查比例，不能抽取。请在 /plan 中补上比例或者户数"),
        (_written, "还没有补全，不能抽取。请先在 /plan 中补全"),
        (_platform, "在省平台抽取，请在平台抽取后把名单导入本助手"),
    ],
    ids=["nothing in scope", "all closed", "quota 0", "no ratio", "not completed", "platform"],
)
async def test_a_task_that_cannot_be_drawn_says_why(
    talk: Talk, change: Callable[[Session, Task], None], sentence: str
) -> None:
    """Changed behind the list's back, so that the button is still there: the press says what is wrong."""
    listed = await talk.answer(talk.clerk, "/draw", talk.group)
    with talk.writing() as session:
        task = of(session, "001")
        change(session, task)
        session.add(task)
    said = await talk.clerk.presses(f"{year(talk)}001", talk.group, message=listed)
    assert sentence in said["text"] and said["show_alert"]
    await talk.settled()
    assert talk.clerk.messages(talk.group)[-1] == listed, "the list stands as it was"
    assert draws(talk) == 0


async def test_the_list_names_what_waits_for_completion(talk: Talk) -> None:
    """A plan row without ratio, or not 补全, is no button; the line counts it."""
    with talk.writing() as session:
        for serial in ("001", "003", "004", "008"):
            task = of(session, serial)
            task.state = TaskState.WRITTEN
            session.add(task)
    answer = await talk.answer(talk.clerk, "/draw", talk.group)
    assert words(answer) == "现在没有可以抽取的任务。待补全 15 项，请先在 /plan 中补全。"
    assert buttons(answer) == []


def _one_entity_recused(session: Session, task: Task) -> None:
    entity = session.exec(select(Entity).where(Entity.kind == "民爆企业", Entity.state == "active")).first()
    assert entity is not None
    own = session.exec(select(TaskUnit).where(TaskUnit.task_id == task.id)).one()
    for inspector in session.exec(select(Inspector).where(Inspector.unit_id == own.unit_id)):
        known = select(Recusal).where(Recusal.entity_id == entity.id, Recusal.inspector_id == inspector.id)
        if session.exec(known).first() is None:
            session.add(Recusal(entity_id=entity.id or 0, inspector_id=inspector.id or 0, reason="亲属关系"))


def _one_inspector_left(session: Session, task: Task) -> None:
    own = session.exec(select(TaskUnit).where(TaskUnit.task_id == task.id)).one()
    for inspector in session.exec(select(Inspector).where(Inspector.unit_id == own.unit_id)).all()[1:]:
        inspector.state = InspectorState.LEFT
        session.add(inspector)


def _certificates_end(session: Session, task: Task) -> None:
    for inspector in session.exec(select(Inspector)):
        inspector.valid_until = date(2000, 1, 1)
        session.add(inspector)


@pytest.mark.parametrize(
    ("change", "people", "reason"),
    [
        (_one_entity_recused, "6 人", "1 户派不出检查组"),
        (_one_inspector_left, "1 人", "户派不出检查组"),
        (_certificates_end, "0 人", "户派不出检查组"),
    ],
    ids=["nobody for one entity", "one certified", "no certificate valid"],
)
async def test_where_nobody_can_be_sent_nothing_is_announced(
    talk: Talk, change: Callable[[Session, Task], None], people: str, reason: str
) -> None:
    """The preview says how many, an example with the reason, and the ways out; 发布公告 is not offered, nor obeyed."""
    listed = await talk.answer(talk.clerk, "/draw", talk.group)
    await talk.clerk.presses(f"{year(talk)}001", talk.group, message=listed)
    preview = await talk.clerk.until("预览", talk.group, after=listed["message_id"] - 1)
    announce = data_of(preview, "announce_all")
    with talk.writing() as session:
        change(session, of(session, "001"))
    refused = await talk.clerk.presses("", message=preview, data=announce)
    assert "没有发布" in refused["text"] and reason in refused["text"] and refused["show_alert"]

    listed = await talk.answer(talk.clerk, "/draw", talk.group)
    await talk.clerk.presses(f"{year(talk)}001", talk.group, message=listed)
    preview = await talk.clerk.until("不能抽取", talk.group, after=listed["message_id"] - 1)
    assert f"持证在岗 {people}" in words(preview) and reason in words(preview)
    assert "可以：" in words(preview) and "借调" in words(preview)
    labels = [b["text"] for b in buttons(preview)]
    assert "发布公告" not in labels and {"查看未列入", "换比例", "取消"} <= set(labels)
    with talk.reading() as session:
        labels = session.exec(select(Entity.label)).all()
    assert not any(label in words(preview) for label in labels), "entities stay out of the group"
    assert draws(talk) == 0


# --- who may, and twice ----------------------------------------------------------------------------------------------


async def test_buttons_ask_who_presses_and_whether_it_is_still_time(talk: Talk) -> None:
    """A person without the right, a press twice, two at once, a finished draw's buttons: a sentence, and one draw."""
    clerk, other, group = talk.clerk, talk["工作人员乙"], talk.group
    witness, inspector = talk["见证人甲"], talk["检查人员01"]

    said = await talk.answer(inspector, "/draw", group)
    assert words(said) == "「抽取」由工作人员办理，您没有这项权限。"

    first = await talk.answer(clerk, "/draw", group)
    second = await talk.answer(other, "/draw", group)
    task = f"{year(talk)}001"
    for who in (witness, inspector):
        assert "没有办理这项工作的权限" in (await who.presses(task, group, message=first))["text"]
        kept = await who.presses("取消", group, message=first)
        assert kept["show_alert"] and "这是示例工作人员甲正在办理的事项" in kept["text"]
    for who, listed in ((clerk, first), (other, second)):
        await who.presses(task, group, message=listed)
    await talk.settled()
    previews = [shown(clerk, group, listed) for listed in (first, second)]
    assert all("预览" in words(each) for each in previews)
    announce = data_of(previews[0], "announce_all")
    assert "没有办理这项工作的权限" in (await witness.presses("", message=previews[0], data=announce))["text"]

    # Two people start the same draw at the same moment: one announcement, and a sentence for the other.
    answers = await asyncio.gather(
        clerk.presses("发布公告", message=previews[0]), other.presses("发布公告", message=previews[1])
    )
    texts = sorted(str(answer.get("text")) for answer in answers)
    assert "公告已发布" in texts
    assert any("已经发布公告（第 1 号），正在等待掷骰，不能重复发布" in text for text in texts)
    again = await clerk.presses("", message=previews[0], data=announce, stale=True)
    assert "不能重复发布" in again["text"]
    listed = await talk.answer(clerk, "/draw", group)
    assert "不能重复发布" in (await clerk.presses(task, group, message=listed))["text"]
    assert draws(talk) == 1

    announcement = await clerk.until("公告 第 1 号", group)
    assert "没有办理这项工作的权限" in (await witness.presses("撤回公告", group, message=announcement))["text"]
    await talk.throws(announcement)
    result = await clerk.until("抽取完成", group)

    # Buttons of a draw that is made.
    for label in ("撤回公告",):
        late = await clerk.presses(label, group, message=announcement)
        assert "已经结束，不能撤回" in late["text"] and late["show_alert"]
    late = await clerk.presses("", message=previews[0], data=announce, stale=True)
    assert f"任务 {task} 已经抽取（公告第 1 号）" in late["text"]
    assert "没有办理这项工作的权限" in (await witness.presses("派发任务", group, message=result))["text"]
    await clerk.presses("派发任务", group, message=result)
    twice = await clerk.presses("派发任务", group, message=result)
    assert "已经派发过了" in twice["text"] and twice["show_alert"]
    await talk.settled()
    assert sum("任务已派发" in words(m) for m in clerk.messages(group)) == 1
    assert draws(talk) == 1


async def test_an_unknown_person_reads_one_sentence_in_private_and_nothing_in_the_group(talk: Talk) -> None:
    """A stranger: one polite sentence, silence in the group, an alert on a press; their dice do not count."""
    stranger = await talk.admin.person("路人")
    await talk.admin.change(talk.group, add=[stranger.id])
    await stranger.starts("qiantong_bot")
    hello = await stranger.until("您的账号还没有绑定，请向本单位管理员要一个绑定链接")
    asked = await stranger.says("/draw")
    await stranger.until("您的账号还没有绑定", after=asked)
    assert len(hello["text"].split("。")) <= 3

    announcement = await talk.announces(f"{year(talk)}001")
    pressed = await stranger.presses("这是什么", talk.group, message=announcement)
    assert pressed["show_alert"] and "没有绑定" in pressed["text"]
    await stranger.says("/draw", talk.group)
    await stranger.says("@qiantong_bot 抽取", talk.group)
    last = await stranger.throws("🎰", talk.group, reply_to=announcement)
    await talk.settled()
    await stranger.look()
    assert stranger.messages(talk.group)[-1]["message_id"] == last["message_id"], "silence in the group"
    assert thrown(talk) == []
    await stranger.aclose()


# --- dice that do not count ------------------------------------------------------------------------------------------


async def test_dice_that_the_bot_cannot_see_never_count(talk: Talk) -> None:
    """Not an administrator, the bot sees only replies to it: other dice get no receipt and no answer."""
    early = await talk["见证人甲"].throws("🎰", talk.group)
    announcement = await talk.announces(f"{year(talk)}001")
    assert "没有回复本条、转发、更早或者过时的骰子不计入" in words(announcement)
    await talk["见证人甲"].throws("🎰", talk.group)
    await talk["见证人甲"].throws("🎰", talk.group, reply_to=early)
    last = await talk["见证人甲"].forwards(early, talk.group)
    await talk.settled()
    assert talk.clerk.messages(talk.group)[-1]["message_id"] == last["message_id"]
    assert thrown(talk) == []


async def test_dice_that_the_administrator_bot_sees_are_told_why_they_do_not_count(talk: Talk) -> None:
    """As an administrator the bot sees every die of the group, and says in one line why it does not count."""
    witness, group = talk["见证人甲"], talk.group
    await talk.admin.change(group, promote=[bot_id(talk)])

    early = await witness.throws("🎰", group)
    told = await witness.until("不计入", group, after=early)
    assert "现在没有等待掷骰的公告" in words(told) and told["reply_to_message"]["message_id"] == early["message_id"]

    announcement = await talk.announces(f"{year(talk)}001")
    loose = await witness.throws("🎰", group)
    told = await witness.until("没有回复公告第 1 号，不计入", group, after=loose)
    assert told["reply_to_message"]["message_id"] == loose["message_id"]
    answered = await witness.throws("🎰", group, reply_to=early)
    await witness.until("没有回复公告第 1 号，不计入", group, after=answered)
    again = await witness.forwards(early, group)
    await witness.until("转发的骰子不计入。请回复公告，亲自掷一次。", group, after=again)
    assert thrown(talk) == []

    # A stranger's die gets silence even there.
    stranger = await talk.admin.person("路人")
    await talk.admin.change(group, add=[stranger.id])
    last = await stranger.throws("🎰", group, reply_to=announcement)
    await talk.settled()
    assert witness.messages(group)[-1]["message_id"] == last["message_id"]
    assert thrown(talk) == []
    await stranger.aclose()

    # And the draw goes on as if nothing had been.
    await talk.throws(announcement)
    await talk.clerk.until("抽取完成", group)
    assert len(thrown(talk)) == 6


async def test_replies_that_do_not_count_are_told_why_and_the_rest_still_does(talk: Talk) -> None:
    """Wrong emoji; then too many: the surplus throws get a sentence, no receipt, and change nothing."""
    first, second = talk.witnesses
    announcement = await talk.announces(f"{year(talk)}001")
    wrong = await first.throws("🎲", talk.group, reply_to=announcement)
    told = await first.until("公告要求掷 🎰，这次不计入。请回复公告，重新掷 🎰。", talk.group, after=wrong)
    assert told["reply_to_message"]["message_id"] == wrong["message_id"]
    assert thrown(talk) == []

    # Six by one witness are bits enough, but not witnesses enough: the receipts say so.
    for _ in range(6):
        await first.throws("🎰", talk.group, reply_to=announcement)
    await first.until("还需要至少 1 次 🎰", talk.group, after=announcement)
    await talk.settled()
    assert not any("抽取完成" in words(m) for m in first.messages(talk.group))
    await second.throws("🎰", talk.group, reply_to=announcement)
    await first.until("抽取完成", talk.group)
    late = await second.throws("🎰", talk.group, reply_to=announcement)
    await second.until("这份公告的掷骰已经结束，这次不计入。", talk.group, after=late)
    await talk.settled()
    assert len(thrown(talk)) == 7
    receipts = next(m for m in reversed(first.messages(talk.group)) if "第 1/" in words(m))
    assert f"消息 {late['message_id']}" not in words(receipts)


async def test_a_late_throw_gets_a_sentence_and_the_announcement_lapses(talk_on: TalkOn, tmp_path: Path) -> None:
    """After the deadline nothing counts; the lapse stays on the record with its code, and the next attempt says 2."""
    clock = tmp_path / "clock"
    now = datetime.now().astimezone().replace(microsecond=0)
    clock.write_text(now.isoformat(), "ascii")
    async with talk_on(clock=clock) as talk:
        task = f"{year(talk)}001"
        announcement = await talk.announces(task)
        assert "🔸 模拟时间，仅供测试。" in words(announcement)
        await talk["见证人甲"].throws("🎰", talk.group, reply_to=announcement)
        await talk.clerk.until("第 1/6 次", talk.group)
        with talk.reading() as session:
            deadline = session.exec(select(Draw.deadline)).one()
        clock.write_text(deadline.isoformat(), "ascii")
        # The clock is read at the tick; the throw's own date decides, even before the announcement has lapsed.
        clock_of(talk)
        late = await talk["见证人乙"].throws("🎰", talk.group, reply_to=announcement)
        told = await talk.clerk.until("已经过了截止时间，这次不计入。", talk.group, after=late)
        assert told["reply_to_message"]["message_id"] == late["message_id"]
        assert len(thrown(talk)) == 1

        talk.office.tick.once()
        lapsed = await talk.clerk.until("已经失效，没有抽取。可以重新发布", talk.group, after=announcement)
        assert "公开码" in words(lapsed)
        later = await talk["见证人乙"].throws("🎰", talk.group, reply_to=announcement)
        await talk.clerk.until("这份公告的掷骰已经结束，这次不计入。", talk.group, after=later)
        again = await talk.announces(task)
        assert "公告 第 2 号（本任务第 2 次）" in words(again)
        with talk.reading() as session:
            first, second = session.exec(select(Draw).order_by(col(Draw.serial))).all()
        assert (first.state, second.state) == (DrawState.LAPSED, DrawState.OPEN)
        assert f'"previous":"{first.digest}"' in second.announcement


async def test_withdrawn_before_the_first_throw_and_never_after(talk: Talk) -> None:
    """撤回 stays visible; after a throw it is refused; another task's draw goes on beside, chained by serial."""
    clerk, group = talk.clerk, talk.group
    announcement = await talk.announces(f"{year(talk)}001")
    done = await clerk.presses("撤回公告", group, message=announcement)
    assert done["text"] == "第 1 号公告已撤回"
    await clerk.until(f"公告第 1 号（{year(talk)}001）已撤回，没有抽取", group)
    assert "已经结束，不能撤回" in (await clerk.presses("撤回公告", group, message=announcement))["text"]
    late = await talk["见证人甲"].throws("🎰", group, reply_to=announcement)
    await clerk.until("这份公告的掷骰已经结束，这次不计入。", group, after=late)

    second = await talk.announces(f"{year(talk)}001")
    assert "公告 第 2 号（本任务第 2 次）" in words(second)
    third = await talk.announces(f"{year(talk)}003")
    assert "公告 第 3 号（本任务第 1 次）" in words(third)
    await talk["见证人甲"].throws("🎰", group, reply_to=second)
    await clerk.until("第 1/6 次", group, after=second)
    refused = await clerk.presses("撤回公告", group, message=second)
    assert "已经有人掷骰，公告不能撤回；到截止时间次数不够会自动失效。" in refused["text"] and refused["show_alert"]
    # A throw counts for the announcement that it answers, and for no other.
    await talk.throws(third)
    await clerk.until("抽取完成", group, after=third)
    with talk.reading() as session:
        made = session.exec(select(Draw).order_by(col(Draw.serial))).all()
        counted = [len(draw.thrown(session, each.id or 0, 1)) for each in made]
    assert [each.state for each in made] == [DrawState.WITHDRAWN, DrawState.OPEN, DrawState.DRAWN]
    assert counted == [0, 1, 6]
    for before, after in itertools.pairwise(made):
        assert f'"previous":"{before.digest}"' in after.announcement


# --- the county with two people --------------------------------------------------------------------------------------


async def test_a_county_with_two_people_is_told_the_ways_out_and_the_request_stays(talk: Talk) -> None:
    """The draw works; a recusal finds nobody left: the answer names the ways out, and the request waits."""
    team = await talk.dispatches(f"{year(talk)}008")
    assert {person.name for person in team} == {"示例检查人员27", "示例检查人员28"}
    leaver, card = await one_card(talk, team[0])
    await leaver.presses("申请回避", message=card)
    await leaver.until("请直接写明理由")
    await leaver.says("与企业负责人是亲属")
    await leaver.until("申请已送达")
    asked = await talk.clerk.until("申请回避：")
    refused = await talk.clerk.presses("同意", message=asked)
    assert "没有可以递补的持证人员，申请仍然保留" in refused["text"] and refused["show_alert"]
    told = await talk.clerk.until("没有可以递补的持证人员", after=asked)
    for way in ("借调", "另约时间", "不同意"):
        assert way in words(told), "the ways out are whole"
    await talk.settled()
    assert not any("递补公告" in words(m) for m in talk.clerk.messages(talk.group))
    with talk.reading() as session:
        states = set(session.exec(select(Seat.state)))
        held = session.exec(select(func.count()).select_from(Recusal).where(Recusal.reason == "申请回避")).one()
    assert SeatState.RECUSAL_ASKED in states and held == 0

    # The request can still be answered.
    await talk.clerk.presses("不同意", message=asked)
    await leaver.until("没有获得同意，请按原任务检查")
    late = await talk.clerk.presses("", message=asked, data=data_of(asked, "change_yes"), stale=True)
    assert "这项申请已经办理过了" in late["text"]


# --- pieces ----------------------------------------------------------------------------------------------------------


def year(talk: Talk) -> int:
    return talk.office.clock().year


def of(session: Session, serial: str) -> Task:
    """The task with this serial of the year."""
    return session.exec(select(Task).where(col(Task.plan_no).endswith(serial), col(Task.unit_id).is_not(None))).one()


def draws(talk: Talk) -> int:
    with talk.reading() as session:
        return session.exec(select(func.count()).select_from(Draw)).one()


def thrown(talk: Talk) -> list[Thrown]:
    with talk.reading() as session:
        return list(session.exec(select(Thrown)))


def shown(who: ChatPerson, chat: int, message: Message) -> Message:
    """A message as it stands now."""
    return who.seen[chat][message["message_id"]]


def bot_id(talk: Talk) -> int:
    return int(talk.office.application.bot.id)


def clock_of(talk: Talk) -> None:
    """Let the running office read its clock file, without a tick."""
    talk.office.clock.refresh()


async def one_card(talk: Talk, who: ChatPerson) -> tuple[ChatPerson, Message]:
    """The newest card, opened where it is a list."""
    card = next(message for message in reversed(who.messages()) if cards(message))
    if any(".recuse." in b.get("callback_data", "") for b in buttons(card)):
        return who, card
    await who.presses("", message=card, data=f"1.visit.{cards(card)[0][1]}")
    return who, await who.until(lambda m: any(".recuse." in b.get("callback_data", "") for b in buttons(m)))
