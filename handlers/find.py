"""查找: an entity or an inspector by part of the name or code, its card with history, and 变更状态 (DESIGN §12)."""

from handlers.answer import Answer, column, key, rows
from handlers.registry import Ask, button, command, form
from models import dialogue, lookup
from models.act import Refused
from models.lookup import Past
from models.words import EntityState, InspectorState, Role, chinese
from templates.texts import Html, lines, say

_CANCEL = key("取消", "cancel")


@command("find", "查找", "按名称或者代码查找检查对象和检查人员", roles={Role.STAFF, Role.ADMIN}, who="工作人员")
def find(ask: Ask) -> Answer | None:
    """Look at once where the words come along, else ask for them."""
    if not ask.private:
        raise Refused(say("registers.export_private"))
    if ask.text:
        return _search(ask)
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "find", {}, ask.act.now)
    return Answer(say("registers.find_what"), column(_CANCEL))


@form("find")
def given(ask: Ask) -> Answer | None:
    """What is to be found."""
    if ask.file is not None:
        return Answer(say("registers.find_what"), column(_CANCEL))
    answer = _search(ask)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return answer


@button("find_entity")
def entity(ask: Ask) -> Answer | None:
    """The card of an entity."""
    return _entity(ask, ask.number())


@button("find_inspector")
def inspector(ask: Ask) -> Answer | None:
    """The card of an inspector."""
    return _inspector(ask, ask.number())


@button("state")
def states(ask: Ask) -> Answer | None:
    """变更状态: to which."""
    found, _ = lookup.of_entity(ask.act, ask.number())
    keys = [
        key(f"改为{chinese(each)}", "state_ask", found.id or 0, each) for each in EntityState if each != found.state
    ]
    return Answer(
        say("registers.state_which", name=found.name, state=chinese(EntityState(found.state))),
        (*rows(keys, 2), (_CANCEL,)),
    )


@button("state_ask")
def sure(ask: Ask) -> Answer | None:
    """变更状态, once more in full before it is done."""
    found, _ = lookup.of_entity(ask.act, ask.number())
    state = EntityState(ask.args[1])
    text = say("registers.state_sure", name=found.name, old=chinese(EntityState(found.state)), new=chinese(state))
    return Answer(text, ((key("确认", "state_yes", found.id or 0, state), _CANCEL),), edit=True)


@button("state_yes")
def changed(ask: Ask) -> Answer | None:
    """变更状态 is done."""
    found = lookup.change_state(ask.act, ask.number(), EntityState(ask.args[1]))
    return Answer(say("registers.state_done", name=found.name, state=chinese(EntityState(found.state))), edit=True)


def _search(ask: Ask) -> Answer:
    found = lookup.search(ask.act, ask.text)
    if not found:
        return Answer(say("registers.find_nothing", text=ask.text[:40]))
    if len(found) == 1:
        return (_entity if found[0].kind == "entity" else _inspector)(ask, found[0].id)
    keys = [key(f"{each.name} · {each.label[-6:]}", f"find_{each.kind}", each.id) for each in found]
    return Answer(say("registers.find_several", n=len(found), limit=lookup.LIMIT), column(*keys))


def _entity(ask: Ask, number: int) -> Answer:
    found, past = lookup.of_entity(ask.act, number)
    text = say(
        "registers.entity_card",
        name=found.name,
        label=found.label,
        kind=found.kind or "—",
        district=found.district or "—",
        address=found.address or "—",
        risk=found.risk_class or "—",
        state=chinese(EntityState(found.state)),
        contact=lookup.masked(found.contact) or "—",
        phone=lookup.masked(found.phone) or "—",
    )
    return Answer(lines(text, *_history(past)), column(key("变更状态", "state", found.id or 0)))


def _inspector(ask: Ask, number: int) -> Answer:
    found, past = lookup.of_inspector(ask.act, number)
    text = say(
        "registers.inspector_card",
        name=found.name,
        label=found.label,
        state=chinese(InspectorState(found.state)),
        tags="、".join(found.specialties) or "—",
        until=found.valid_until.isoformat(),
        phone=lookup.masked(found.phone) or "—",
    )
    return Answer(lines(text, *_history(past)))


def _history(past: list[Past]) -> list[Html]:
    if not past:
        return [say("registers.no_history")]
    return [
        say(
            "registers.history",
            drawn=p.drawn,
            task=p.task,
            other=f"　{p.other}" if p.other else "",
            state=p.state,
            said=f"　{p.result}" if p.result else "",
        )
        for p in past
    ]
