"""登记一次检查 in the chat: 举报, 交办 or 专项 with its reason, outside the draw's figures, inside the yearly cap."""

from sqlmodel import col, select

from bot.chat.client import Message, buttons, words
from models import figures, plan, visit
from models.audit import Audit
from models.entity import Entity
from models.inspector import Inspector, Recusal
from models.people import Unit
from models.plan import Task
from models.publication import Publication
from models.visit import Visit
from models.words import VisitState
from tests.talk import Talk


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


def found(talk: Talk) -> tuple[Task, Entity, list[Inspector]]:
    """A completed task, an entity of its scope, and the people of its unit."""
    with talk.reading() as session:
        task = session.exec(select(Task).where(Task.plan_no == f"{talk.office.clock().year}001")).one()
        entity = session.exec(select(Entity).where(Entity.kind == "民爆企业", Entity.state == "active")).first()
        unit = plan.units_of(session, task.id or 0)[0].unit_id
        people = session.exec(
            select(Inspector)
            .where(Inspector.unit_id == unit, Inspector.state == "active")
            .order_by(col(Inspector.label))
        ).all()
    assert entity is not None
    return task, entity, list(people)


async def goes(talk: Talk, message: Message, label: str, then: str) -> Message:
    """Press, and wait until the form asks this."""
    await talk.clerk.presses(label, message=message)
    return await talk.clerk.until(lambda m: then in words(m) and m["message_id"] >= message["message_id"])


async def up_to_people(talk: Talk, task: Task, entity: Entity) -> Message:
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    form = await goes(talk, card, "登记一次检查", "为什么检查")
    form = await goes(talk, form, "举报", "按哪项任务的事项检查")
    form = await goes(talk, form, task.plan_no, "什么时间以前检查")
    return await goes(talk, form, labels(form)[0], "派谁去")


async def arranged(talk: Talk) -> tuple[Visit, list[Inspector]]:
    """A complaint about an entity: two people are sent."""
    task, entity, people = found(talk)
    form = await up_to_people(talk, task, entity)
    sent = people[:2]
    for each in sent:
        form = await goes(talk, form, f"☐ {each.name}", f"{each.name}")
    await talk.clerk.presses("选好了", message=form)
    await talk.clerk.until("请写明依据，例如举报的编号")
    said = await talk.clerk.says("群众举报第 12 号（示例）")
    form = await talk.clerk.until("登记并派发", after=said)
    assert "来源：举报" in words(form) and "群众举报第 12 号" in words(form)
    await talk.clerk.presses("登记并派发", message=form)
    await talk.clerk.until("任务已发给检查人员")
    await talk.settled()
    with talk.reading() as session:
        one = session.exec(select(Visit)).one()
    return one, sent


async def test_a_complaint_is_visited_without_a_draw_and_counts_in_the_cap_alone(talk: Talk) -> None:
    one, sent = await arranged(talk)
    assert (one.draw_id, one.origin, one.reason, one.state) == (
        None,
        "举报",
        "群众举报第 12 号（示例）",
        VisitState.SENT,
    )
    today = talk.office.clock().date()
    with talk.reading() as session:
        units = [unit.id or 0 for unit in session.exec(select(Unit))]
        assert figures.of_tasks(session, units, today, today, today) == {}, "outside the draw's figures"
        assert visit.counted(session, today.year) == {one.entity_id: 1}, "inside the yearly cap"
        assert session.exec(select(Audit).where(Audit.verb == "arrange_visit")).one().subject_id == one.id
    person = next(each for name, each in talk.people.items() if name == sent[0].name)
    card = next(message for message in person.messages() if "不经抽取" in words(message))
    assert {"收到", "查看任务"} <= set(labels(card))
    await person.presses("收到", message=card)
    whole = await person.until("同组：")
    assert "来源：举报，群众举报第 12 号" in words(whole)
    task, entity, _ = found(talk)
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    assert "举报" in words(card) and "待检查" in words(card)
    form = await goes(talk, card, "登记一次检查", "为什么检查")
    form = await goes(talk, form, "举报", "按哪项任务的事项检查")
    twice = await talk.clerk.presses(task.plan_no, message=form)
    assert "已经有一次检查没有办完" in twice["text"]


async def test_its_result_is_published_from_the_card(talk: Talk) -> None:
    one, _ = await arranged(talk)
    with talk.writing() as session:
        row = session.get_one(Visit, one.id)
        row.state = VisitState.PASSED
        session.add(row)
        session.add(Publication(subject="visit", subject_id=row.id or 0, due=talk.office.clock().date()))
    shown = await talk.answer(talk.clerk, "/registers")
    assert "举报、交办、专项检查的结果待公示　1" in words(shown)
    _, entity, _ = found(talk)
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    where = await goes(talk, card, "登记公示：举报", "在哪里公示的")
    await goes(talk, where, labels(where)[0], "已登记公示")
    with talk.reading() as session:
        assert session.get_one(Visit, one.id).state == VisitState.PUBLISHED


async def test_nobody_goes_who_is_recused_or_away_and_one_is_not_enough(talk: Talk) -> None:
    task, entity, people = found(talk)
    with talk.writing() as session:
        session.add(Recusal(entity_id=entity.id or 0, inspector_id=people[0].id or 0, reason="亲属"))
        away = session.get_one(Inspector, people[1].id)
        away.away_from = talk.office.clock().date()
        session.add(away)
    form = await up_to_people(talk, task, entity)
    offered = " ".join(labels(form))
    assert people[0].name not in offered and people[1].name not in offered and people[2].name in offered
    form = await goes(talk, form, f"☐ {people[2].name}", f"派出：{people[2].name}")
    few = await talk.clerk.presses("选好了", message=form)
    assert "每户至少派出 2 名" in few["text"]
