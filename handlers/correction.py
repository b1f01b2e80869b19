"""更正 of one field from a card of 查找: the new value, before → after, 确认, and 撤回 the same day (DESIGN §4)."""

from typing import Any

from handlers.answer import Answer, Key, key, rows
from handlers.registry import Ask, button, form
from models import dialogue, singlerow
from models.act import Act, Refused
from templates.columns import SHAPES
from templates.texts import Html, lines, say

_FORM = "fix"
_CANCEL = key("取消", "cancel")

TITLES = {kind: {each.name: each.title for each in SHAPES[kind]} for kind in singlerow.CORRECTED}
"""What the fields of a register are called, by register."""


@button("fix")
def which(ask: Ask) -> Answer | None:
    """更正 of an entity, an inspector or an item: which field."""
    _private(ask)
    kind, number = ask.args[0], ask.number(1)
    fields = singlerow.CORRECTED[kind]
    name, _ = singlerow.value(ask.act, kind, number, fields[0])
    keys = [key(TITLES[kind][field], "fix_what", kind, number, at) for at, field in enumerate(fields)]
    return Answer(say("single.fix_which", name=name), (*rows(keys, 2), (_CANCEL,)))


@button("fix_what")
def what(ask: Ask) -> Answer | None:
    """The field is chosen: asks for its new value, with the usual ones to choose from."""
    _private(ask)
    kind, number = ask.args[0], ask.number(1)
    field = singlerow.CORRECTED[kind][ask.number(2)]
    name, now = singlerow.value(ask.act, kind, number, field)
    offered = singlerow.options(ask.act, kind, field)
    data = {"kind": kind, "id": number, "field": field, "options": offered, "sealed": ""}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)
    keys = [key(each[:20], "fix_to", at) for at, each in enumerate(offered)]
    last = [key("清空", "fix_to", -1), _CANCEL] if now and field not in _required(kind) else [_CANCEL]
    text = say("single.fix_what", name=name, title=TITLES[kind][field], now=now or "（空）")
    return Answer(text, (*rows(keys, 2), tuple(last)))


@button("fix_to")
def chosen(ask: Ask) -> Answer | None:
    """One of the usual values, or none at all."""
    offered = _data(ask)["options"]
    at = ask.number()
    return _sure(ask, "" if at < 0 else offered[at])


@form(_FORM)
def written(ask: Ask) -> Answer | None:
    """The new value as it is written."""
    if ask.file is not None or not ask.text.strip():
        raise Refused(say("find.use_text"))
    return _sure(ask, ask.text.strip()[:500])


@button("fix_yes")
def confirm(ask: Ask) -> Answer | None:
    """确认: the value is corrected."""
    data = _data(ask)
    if not data["sealed"]:
        raise Refused(say("single.fix_gone"))
    kind, field = data["kind"], data["field"]
    text = singlerow.unseal(data["sealed"])[field]
    found, run = singlerow.correct(ask.act, kind, data["id"], field, text, TITLES[kind])
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    done = say(
        "single.fixed", name=found.name, title=TITLES[kind][field], before=found.before or "（空）", after=_after(found)
    )
    again = say("single.fixed_item") if kind == "item" else ""
    if kind == "entity" and field in singlerow.SCOPED:
        again = in_scope(ask.act, data["id"])
    keys = (key("撤回更正", "row_back", run.id or 0), key("看卡片", f"find_{kind}", data["id"]))
    return Answer(lines(done, again), (keys,), edit=True, toast="已更正")


@button("row_back")
def take_back(ask: Ask) -> Answer | None:
    """撤回 of what was corrected or entered, the same day."""
    _private(ask)
    run = singlerow.take_back(ask.act, ask.number())
    return Answer(say("single.entered_back" if run.new else "single.fix_back"), edit=True, toast="已撤回")


def in_scope(act: Act, entity_id: int) -> Html:
    """In the scope of which tasks an entity lies: one whose class or district is missing is never drawn."""
    tasks = singlerow.waiting_tasks(act, entity_id)
    return say("single.in_scope", tasks="、".join(tasks)) if tasks else say("single.out_of_scope")


def _sure(ask: Ask, text: str) -> Answer:
    """What would change, once more before it is done."""
    data = _data(ask)
    kind, field = data["kind"], data["field"]
    found = singlerow.correction(ask.act, kind, data["id"], field, text, TITLES[kind])
    # A telephone number that waits for 确认 is sealed as it will be in the register.
    data["sealed"] = singlerow.seal({field: text})
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)
    shown = say(
        "single.fix_sure",
        name=found.name,
        title=TITLES[kind][field],
        before=found.before or "（空）",
        after=_after(found),
    )
    keys: tuple[Key, ...] = (key("确认", "fix_yes"), _CANCEL)
    return Answer(lines(shown, *(say("single.doubt", said=each) for each in found.doubts)), (keys,))


def _after(found: singlerow.Correction) -> str:
    return found.after or "（空）"


def _required(kind: str) -> tuple[str, ...]:
    return singlerow.REQUIRED.get(kind, ("name", "category"))


def _data(ask: Ask) -> dict[str, Any]:
    """The open form; a button of one that is done says so."""
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused(say("single.fix_gone"))
    return dict(ask.dialogue.data)


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))
