"""Everyday edits in the chat: state, leave, certificate, recusal and basis, from the cards of 查找 (DESIGN §4)."""

from collections.abc import Callable
from typing import Any, TypeVar

from handlers.answer import Answer, column, key, rows
from handlers.registry import Ask, button, form
from models import chatdays, dialogue, lookup, upkeep, visit
from models.act import Refused
from models.inspector import Recusal
from models.plan import Task
from models.spellings import last_day
from models.words import EntityState, InspectorState, chinese
from templates.texts import lines, say

T = TypeVar("T")
_CANCEL = key("取消", "cancel")


# --- state -----------------------------------------------------------------------------------------------------------


@button("state")
def states(ask: Ask) -> Answer | None:
    """变更状态 of an entity: to which."""
    found, _ = lookup.of_entity(ask.act, ask.number())
    keys = [
        key(f"改为{chinese(each)}", "state_ask", found.id or 0, each) for each in EntityState if each != found.state
    ]
    text = say("find.state_which", name=found.name, state=chinese(EntityState(found.state)))
    return Answer(text, (*rows(keys, 2), (_CANCEL,)))


@button("state_ask")
def sure(ask: Ask) -> Answer | None:
    """变更状态, once more in full before it is done."""
    found, _ = lookup.of_entity(ask.act, ask.number())
    state = EntityState(ask.args[1])
    if found.state == state:
        raise upkeep.same_state(found.name, state)
    text = say("find.state_sure", name=found.name, old=chinese(EntityState(found.state)), new=chinese(state))
    waiting = upkeep.awaiting(ask.act.session, found.id or 0) if state != EntityState.ACTIVE else 0
    text = lines(text, say("find.state_visits", n=waiting) if waiting else "")
    return Answer(text, ((key("确认", "state_yes", found.id or 0, state), _CANCEL),), edit=True)


@button("state_yes")
def changed(ask: Ask) -> Answer | None:
    """变更状态 is done."""
    found = upkeep.change_state(ask.act, ask.number(), EntityState(ask.args[1]))
    return Answer(say("find.state_done", name=found.name, state=chinese(EntityState(found.state))), edit=True)


@button("post_ask")
def post(ask: Ask) -> Answer | None:
    """离岗 or 在岗 of an inspector, once more before it is done."""
    found, _ = lookup.of_inspector(ask.act, ask.number())
    state = InspectorState(ask.args[1])
    if found.state == state:
        raise upkeep.same_state(found.name, state)
    if state == InspectorState.ACTIVE:
        text = say("find.post_back_sure", name=found.name)
    else:
        waiting = upkeep.in_hand(ask.act.session, found)
        text = lines(say("find.post_sure", name=found.name), say("find.post_visits", n=waiting) if waiting else "")
    return Answer(text, ((key("确认", "post_yes", found.id or 0, state), _CANCEL),))


@button("post_yes")
def posted(ask: Ask) -> Answer | None:
    """离岗 or 在岗 is done."""
    found = upkeep.change_post(ask.act, ask.number(), InspectorState(ask.args[1]))
    return Answer(say("find.state_done", name=found.name, state=chinese(InspectorState(found.state))), edit=True)


@button("expert_ask")
def term(ask: Ask) -> Answer | None:
    """退出 or 在库 of an expert, once more before it is done."""
    found, _ = lookup.of_expert(ask.act, ask.number())
    active = ask.number(1)
    text = say("find.expert_sure", name=found.name, state="在库" if active else "退出")
    return Answer(text, ((key("确认", "expert_yes", found.id or 0, active), _CANCEL),))


@button("expert_yes")
def termed(ask: Ask) -> Answer | None:
    """退出 or 在库 is done."""
    found = upkeep.change_expert(ask.act, ask.number(), bool(ask.number(1)))
    return Answer(say("find.state_done", name=found.name, state="在库" if found.active else "退出"), edit=True)


# --- leave and certificate -------------------------------------------------------------------------------------------


@button("away")
def leave(ask: Ask) -> Answer | None:
    """请假: asks from when to when."""
    found, _ = lookup.of_inspector(ask.act, ask.number())
    _open(ask, "away", {"inspector": found.id})
    return Answer(say("find.leave_when", name=found.name), column(_CANCEL))


@form("away")
def leave_days(ask: Ask) -> Answer | None:
    """The days of a leave."""
    first, last = _read(chatdays.span, _text(ask), ask.act.now.date())
    number = int(_data(ask)["inspector"])
    before = lookup.of_inspector(ask.act, number)[0]
    old_first, old_last = before.away_from, before.away_to
    found, effect = upkeep.leave(ask.act, number, first, last)
    _close(ask)
    tasks = say("find.leave_tasks", tasks="、".join(effect.tasks)) if effect.tasks else say("find.leave_no_task")
    visits = say("find.leave_visits", n=effect.visits) if effect.visits else ""
    done = say("find.leave_done", name=found.name, first=first.isoformat(), last=last.isoformat())
    instead = ""
    if old_first is not None:
        until = old_last.isoformat() if old_last else "（没有写明）"
        instead = say("find.leave_instead", first=old_first.isoformat(), last=until)
    return Answer(lines(done, instead, tasks, visits))


@button("away_end")
def leave_end(ask: Ask) -> Answer | None:
    """取消请假."""
    found = upkeep.end_leave(ask.act, ask.number())
    return Answer(say("find.leave_ended", name=found.name), toast="已取消请假")


@button("renew")
def renew(ask: Ask) -> Answer | None:
    """换证: asks until when the new certificate holds."""
    found, _ = lookup.of_inspector(ask.act, ask.number())
    _open(ask, "renew", {"inspector": found.id})
    return Answer(say("find.renew_when", name=found.name), column(_CANCEL))


@form("renew")
def renewed(ask: Ask) -> Answer | None:
    """Until when the new certificate holds."""
    until = _read(last_day, _text(ask))
    if until is None:
        raise Refused("请写明新执法证的有效期到哪一天，例如 2030-12-31。")
    found = upkeep.renew(ask.act, int(_data(ask)["inspector"]), until)
    _close(ask)
    return Answer(say("find.renew_done", name=found.name, until=found.valid_until.isoformat()))


# --- recusal ---------------------------------------------------------------------------------------------------------


@button("bar")
def recuse(ask: Ask) -> Answer | None:
    """登记回避 from an entity's or an inspector's card: asks for the other side."""
    side, number = ask.args[0], ask.number(1)
    name = _name(ask, side, number)
    _open(ask, "recuse", {side: number, "step": "whom"})
    return Answer(say(f"find.recuse_whom_{side}", name=name), column(_CANCEL))


@button("bar_with")
def recuse_with(ask: Ask) -> Answer | None:
    """The other side, chosen among several."""
    return _chosen(ask, dict(_data(ask)), ask.number())


@form("recuse")
def recuse_text(ask: Ask) -> Answer | None:
    """The other side by name, then the reason."""
    data, text = dict(_data(ask)), _text(ask)
    if data["step"] == "whom":
        other = "inspector" if "entity" in data else "entity"
        found = lookup.search(ask.act, text, (other,))
        if not found:
            return Answer(say("find.recuse_none", text=text[:40]), column(_CANCEL))
        if len(found) == 1:
            return _chosen(ask, data, found[0].id)
        keys = [key(f"{each.name[:30]} · {each.label[-6:]}", "bar_with", each.id) for each in found]
        return Answer(say("find.recuse_which"), column(*keys, _CANCEL))
    data.update(reason=text[:200], step="how_long")
    _open(ask, "recuse", data)
    tasks = upkeep.tasks_for_recusal(ask.act)
    keys = [key(f"只限 {task.plan_no} {task.name[:14]}", "bar_done", task.id or 0) for task in tasks[:15]]
    said = say("find.recuse_how_long", **_names(ask, data), reason=data["reason"])
    return Answer(said, column(key("长期有效", "bar_done", 0), *keys, _CANCEL))


@button("bar_done")
def recused(ask: Ask) -> Answer | None:
    """Standing or for one task: registered."""
    data = _data(ask)
    if data["step"] != "how_long":
        raise Refused(say("find.recuse_gone"))
    together = upkeep.recuse(ask.act, data["entity"], data["inspector"], data["reason"], ask.number() or None)
    _close(ask)
    tasks = {each.id: ask.act.session.get_one(Task, each.task_id).plan_no for each in together}
    labels = "、".join(f"任务 {tasks[each.id]} {visit.label(each)}" for each in together)
    warning = say("find.recuse_together", visits=labels) if together else ""
    return Answer(lines(say("find.recuse_done", **_names(ask, data)), warning), edit=True)


@button("lift")
def lift(ask: Ask) -> Answer | None:
    """解除回避, once more before it is done."""
    row = ask.act.session.get(Recusal, ask.number())
    if row is None:
        raise Refused("这条回避已经解除。")
    names = _names(ask, {"entity": row.entity_id, "inspector": row.inspector_id})
    text = say("find.lift_sure", **names, reason=row.reason)
    return Answer(text, ((key("确认", "lift_yes", ask.number()), _CANCEL),))


@button("lift_yes")
def lifted(ask: Ask) -> Answer | None:
    """解除回避 is done."""
    upkeep.lift(ask.act, ask.number())
    return Answer(say("find.lift_done"), edit=True)


# --- items -----------------------------------------------------------------------------------------------------------


@button("basis")
def basis(ask: Ask) -> Answer | None:
    """补上依据: asks for it."""
    found = lookup.of_item(ask.act, ask.number())
    _open(ask, "basis", {"item": found.id})
    return Answer(say("find.basis_what", name=found.name), column(_CANCEL))


@form("basis")
def basis_text(ask: Ask) -> Answer | None:
    """The basis of an item."""
    found = upkeep.give_basis(ask.act, int(_data(ask)["item"]), _text(ask))
    _close(ask)
    keys = column(key("登记今天公布", "item_public", found.id or 0))
    return Answer(say("find.basis_done", name=found.name, version=found.version), keys)


@button("item_public")
def item_public(ask: Ask) -> Answer | None:
    """登记今天公布."""
    found = upkeep.publish_item(ask.act, ask.number())
    return Answer(say("find.item_published", name=found.name), toast="已登记公布")


# --- what the forms share --------------------------------------------------------------------------------------------


def _open(ask: Ask, name: str, data: dict[str, Any]) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, name, data, ask.act.now)


def _close(ask: Ask) -> None:
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)


def _data(ask: Ask) -> dict[str, Any]:
    """The open form; a button of one that is done says so."""
    if ask.dialogue is None or ask.dialogue.form not in {"recuse", "away", "renew", "basis"}:
        raise Refused(say("find.recuse_gone"))
    return ask.dialogue.data


def _text(ask: Ask) -> str:
    if ask.file is not None or not ask.text.strip():
        raise Refused(say("find.use_text"))
    return ask.text.strip()


def _read(reader: Callable[..., T], *given: object) -> T:
    """What a reader makes of a text; its ValueError is the sentence."""
    try:
        return reader(*given)
    except ValueError as error:
        raise Refused(str(error)) from error


def _chosen(ask: Ask, data: dict[str, Any], number: int) -> Answer:
    if data.get("step") != "whom":
        raise Refused(say("find.recuse_gone"))
    data["inspector" if "entity" in data else "entity"] = number
    data["step"] = "why"
    _open(ask, "recuse", data)
    return Answer(say("find.recuse_why", **_names(ask, data)), column(_CANCEL))


def _name(ask: Ask, side: str, number: int) -> str:
    found = lookup.of_entity(ask.act, number) if side == "entity" else lookup.of_inspector(ask.act, number)
    return found[0].name


def _names(ask: Ask, data: dict[str, Any]) -> dict[str, str]:
    return {side: _name(ask, side, data[side]) for side in ("entity", "inspector")}
