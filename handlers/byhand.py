"""登记一次检查: 举报, 交办 or 专项, with items, people and day by hand; its card and publication."""

from datetime import date
from typing import Any

from handlers.answer import Answer, Key, column, key, rows
from handlers.registry import Ask, button, form, notice
from models import byhand, chatdays, dialogue, lookup, plan, visit
from models.act import Act, Refused
from models.entity import Entity
from models.inspector import Inspector
from models.outbox import Outbox
from models.people import Unit
from models.plan import Task
from templates.texts import Html, lines, say

_FORM = "byhand"
_CANCEL = key("取消", "cancel")
_SHOWN = 30


@button("hand")
def begin(ask: Ask) -> Answer | None:
    """登记一次检查 of an entity: why."""
    if not ask.private:
        raise Refused(say("registers.export_private"))
    found, _ = lookup.of_entity(ask.act, ask.number())
    data: dict[str, Any] = {"entity": found.id, "origin": "", "task": 0, "people": [], "due": "", "reason": ""}
    data["step"] = "origin"
    return _face(ask, data, edit=False)


@button("hand_pick")
def pick(ask: Ask) -> Answer | None:
    """One option of the step that is open."""
    data = _data(ask)
    step, number = ask.args[0], ask.number(1)
    if step != data["step"]:
        return _face(ask, data)
    if step == "origin":
        data.update(origin=byhand.ORIGINS[number], step="task")
    elif step == "task":
        task = ask.act.session.get_one(Task, number)
        byhand.may_visit(ask.act, _entity(ask.act, data), task, data["origin"])
        data.update(task=number, step="due")
    elif step == "due":
        data.update(due=byhand.usual_day(ask.act).isoformat(), step="people")
    elif step == "people":
        chosen = data["people"]
        data["people"] = [each for each in chosen if each != number] if number in chosen else [*chosen, number]
    return _face(ask, data)


@button("hand_on")
def on(ask: Ask) -> Answer | None:
    """选好了: from the people to the reason."""
    data = _data(ask)
    if data["step"] == "people":
        if len(data["people"]) < ask.act.policy.team_size:
            raise Refused(f"每户至少派出 {ask.act.policy.team_size} 名持证人员，请再选。")
        data["step"] = "reason"
    return _face(ask, data)


@form(_FORM)
def given(ask: Ask) -> Answer | None:
    """The day, then the reason."""
    data, text = _data(ask), ask.text.strip()
    if ask.file is None and text and data["step"] == "due":
        try:
            due = chatdays.day(text, ask.act.now.date())
        except ValueError as error:
            raise Refused(str(error)) from error
        if due < ask.act.now.date():
            raise Refused(f"{due.isoformat()} 已经过去，请写今天以后的日期。")
        data.update(due=due.isoformat(), step="people")
    elif ask.file is None and text and data["step"] == "reason":
        data.update(reason=text[:500], step="summary")
    else:
        return Answer(say("plan.use_buttons"))
    return _face(ask, data, edit=False)


@button("hand_yes")
def confirm(ask: Ask) -> Answer | None:
    """登记并派发."""
    data, act = _data(ask), ask.act
    if data["step"] != "summary":
        return _face(ask, data)
    made = byhand.arrange(
        act,
        _entity(act, data),
        act.session.get_one(Task, data["task"]),
        origin=data["origin"],
        reason=data["reason"],
        inspectors=[act.session.get_one(Inspector, each) for each in data["people"]],
        due=date.fromisoformat(data["due"]),
    )
    dialogue.end(act.session, ask.chat_id, act.person_id)
    unreached = [each.name for _, each in visit.team(act.session, made.id or 0) if each.person_id is None]
    warning = say("find.hand_unreached", names="、".join(unreached)) if unreached else ""
    return Answer(lines(*_told(act, data), say("find.hand_done"), warning), edit=True, toast="已派发")


@notice("visit_by_hand")
def card(act: Act, row: Outbox) -> Answer | None:
    """To each of the team: what the visit is and why, with 收到 and the whole card."""
    one = visit.get(act.session, int(row.data["visit"]))
    if one.state not in visit.OPEN:
        return None
    entity = act.session.get_one(Entity, one.entity_id)
    text = say("find.hand_card", origin=one.origin, name=entity.name, reason=one.reason, due=one.due.isoformat())
    keys = ((key("收到", "accept", one.id or 0), key("查看任务", "visit", one.id or 0)),)
    return Answer(lines(text, say("visit.discipline", text=act.policy.discipline)), keys)


@button("hand_publish")
def publish(ask: Ask) -> Answer | None:
    """登记公示 of a visit by hand: through which channel."""
    if not ask.private:
        raise Refused(say("registers.export_private"))
    channels = ask.act.policy.publication.channels
    keys = [key(name, "hand_public", ask.number(), at) for at, name in enumerate(channels)]
    return Answer(say("find.hand_where"), column(*keys, _CANCEL))


@button("hand_public")
def published(ask: Ask) -> Answer | None:
    """登记公示 is done; the link can be added on the channel's own page."""
    channel = ask.act.policy.publication.channels[ask.number(1)]
    byhand.published(ask.act, ask.number(), channel=channel, link="")
    return Answer(say("adjust.published", channel=channel), edit=True, toast="已登记公示")


def publish_keys(act: Act, entity_id: int) -> list[Key]:
    """For an entity's card: 登记公示 of its visits by hand that wait for it."""
    return [
        key(f"登记公示：{one.origin} {one.drawn_at:%m-%d}", "hand_publish", one.id or 0)
        for one, entity, _ in byhand.unpublished(act)
        if entity.id == entity_id
    ]


def _face(ask: Ask, data: dict[str, Any], *, edit: bool = True) -> Answer:
    act, step = ask.act, data["step"]
    dialogue.begin(act.session, ask.chat_id, act.person_id, _FORM, data, act.now)
    keys: list[Key] = []
    last: list[Key] = [_CANCEL]
    if step == "origin":
        keys = [key(name, "hand_pick", "origin", at) for at, name in enumerate(byhand.ORIGINS)]
    elif step == "task":
        keys = [
            key(f"{task.plan_no} {task.name[:20]}", "hand_pick", "task", task.id or 0) for task in byhand.tasks(act)
        ]
        if not keys:
            raise Refused("还没有补全的任务，没有可以检查的事项。请先在 /plan 中补全任务。")
    elif step == "due":
        day = byhand.usual_day(act)
        keys = [key(f"{day.month} 月 {day.day} 日前", "hand_pick", "due", 0)]
    elif step == "people":
        keys = [_person(act, each, data) for each in _eligible(act, data)[:_SHOWN]]
        last.insert(0, key("选好了", "hand_on"))
    elif step == "summary":
        last.insert(0, key("登记并派发", "hand_yes"))
    layout = rows(keys, 2) if step == "people" else column(*keys)
    return Answer(lines(*_told(act, data), say(f"find.hand_{step}")), (*layout, tuple(last)), edit=edit)


def _told(act: Act, data: dict[str, Any]) -> list[Html]:
    """What is settled so far."""
    told = [say("find.hand_head", name=_entity(act, data).name)]
    if data["origin"]:
        told.append(say("find.hand_origin_is", origin=data["origin"]))
    if data["task"]:
        items = plan.items_of(act.session, data["task"])
        told.append(say("plan.items", text="、".join(item.name for item in items)))
    if data["due"]:
        told.append(say("find.hand_due_is", due=data["due"]))
    if data["people"]:
        names = "、".join(act.session.get_one(Inspector, each).name for each in data["people"])
        told.append(say("find.hand_people_are", names=names))
    if data["reason"]:
        told.append(say("plan.reason", text=data["reason"]))
    return told


def _person(act: Act, each: Inspector, data: dict[str, Any]) -> Key:
    mark = "☑" if each.id in data["people"] else "☐"
    unit = act.session.get_one(Unit, each.unit_id).name
    return key(f"{mark} {each.name} {unit[:8]}", "hand_pick", "people", each.id or 0)


def _eligible(act: Act, data: dict[str, Any]) -> list[Inspector]:
    task = act.session.get_one(Task, data["task"])
    return byhand.eligible(act, _entity(act, data), task, date.fromisoformat(data["due"]))


def _entity(act: Act, data: dict[str, Any]) -> Entity:
    return lookup.of_entity(act, data["entity"])[0]


def _data(ask: Ask) -> dict[str, Any]:
    """The open form. A button of one that is done says so."""
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused(say("find.recuse_gone"))
    return dict(ask.dialogue.data)
