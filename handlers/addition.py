"""新增 of one entity or one inspector in the chat, without a file: field by field, judged as an import (DESIGN §4)."""

from typing import Any

from handlers.answer import Answer, Key, column, key, rows
from handlers.correction import TITLES, in_scope
from handlers.registry import Ask, button, form
from models import attention, dialogue, lookup, singlerow
from models.act import Refused
from models.singlerow import Draft
from templates.columns import match
from templates.texts import Html, lines, say

_FORM = "new"
_CANCEL = key("取消", "cancel")
_OWN_NUMBER = "register_no"
# So many fields of a register are asked for one after the other; the others wait under 改写一项.
_ASKED = {"entity": 8, "inspector": 6}
_EXAMPLES = {
    "entity": "统一社会信用代码：…\n检查对象名称：…\n地址：…",
    "inspector": "执法证号：…\n姓名：…\n证件有效期至：2030-12-31",
}


@button("new")
def begin(ask: Ask) -> Answer | None:
    """新增检查对象 or 新增检查人员: asks for the first field."""
    if not ask.private:
        raise Refused(say("registers.export_private"))
    lookup.may_look(ask.act)
    kind = ask.args[0]
    if kind not in singlerow.ENTERED:
        raise Refused(say("common.button_old"))
    data = {"kind": kind, "sealed": singlerow.seal({}), "passed": [], "at": "", "options": []}
    return _face(ask, data)


@button("new_to")
def chosen(ask: Ask) -> Answer | None:
    """One of the usual values of the field that is asked for."""
    data = _data(ask)
    at = ask.number()
    if ask.args[1] != data["at"] or at >= len(data["options"]):
        return _face(ask, data, edit=True)
    return _taken(ask, data, {data["at"]: data["options"][at]}, edit=True)


@button("new_pass")
def passed(ask: Ask) -> Answer | None:
    """跳过 of a field, or 没有信用代码: then the register's own number is asked for."""
    data = _data(ask)
    if ask.args[0] == data["at"] == "label" and data["kind"] == "entity":
        data["at"] = _OWN_NUMBER
    elif ask.args[0] == data["at"] and data["at"] not in singlerow.REQUIRED[data["kind"]]:
        data |= {"passed": [*data["passed"], data["at"]], "at": ""}
    return _face(ask, data, edit=True)


@button("new_more")
def more(ask: Ask) -> Answer | None:
    """改写一项: any field, also those that were not asked for."""
    data = _data(ask)
    titles = TITLES[data["kind"]]
    keys = [key(titles[field], "new_at", at) for at, field in enumerate(singlerow.ENTERED[data["kind"]])]
    return Answer(say("single.new_more_which"), (*rows(keys, 2), (_CANCEL,)), edit=True)


@button("new_at")
def back(ask: Ask) -> Answer | None:
    """The field to be written anew."""
    data = _data(ask)
    data["at"] = singlerow.ENTERED[data["kind"]][ask.number()]
    return _face(ask, data, edit=True)


@form(_FORM)
def written(ask: Ask) -> Answer | None:
    """The field that is asked for, or several lines of 栏目：内容."""
    if ask.file is not None or not ask.text.strip():
        raise Refused(say("find.use_text"))
    data, text = _data(ask), ask.text.strip()[:2000]
    cells = _lines(data["kind"], text)
    if not cells and not data["at"]:
        raise Refused(say("plan.use_buttons"))
    return _taken(ask, data, cells or {data["at"]: text})


@button("new_yes")
def confirm(ask: Ask) -> Answer | None:
    """确认新增: the row is in the register."""
    data = _data(ask)
    kind = data["kind"]
    row, run = singlerow.enter(ask.act, kind, singlerow.unseal(data["sealed"]), TITLES[kind])
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    if kind == "entity":
        told = lines(say("single.new_done", name=row.name, label=row.label), in_scope(ask.act, row.id))
    else:
        told = lines(say("single.new_done_inspector", name=row.name, label=row.label), say("single.new_unbound"))
    keys = [key("撤回新增", "row_back", run.id or 0), key("看卡片", f"find_{kind}", row.id)]
    if kind == "inspector" and attention.may_invite(ask.act):
        keys.append(key("发绑定链接", "invite", row.person_id))
    return Answer(told, rows(keys, 2), edit=True, toast="已新增")


def _taken(ask: Ask, data: dict[str, Any], cells: dict[str, str], *, edit: bool = False) -> Answer:
    """Cells as they were written: kept if they can be taken, else said what is wrong with the first."""
    kind, known = data["kind"], singlerow.unseal(data["sealed"])
    if "label" in cells:
        known.pop(_OWN_NUMBER, None)
    if _OWN_NUMBER in cells:
        known.pop("label", None)
    found = singlerow.draft(ask.act, kind, known | cells, TITLES[kind])
    wrong: dict[str, str] = {}
    for field, reason in found.refused:
        if field in cells:
            wrong.setdefault(field, reason)
    numbered = {"label", _OWN_NUMBER} & cells.keys()
    there: list[Key] = []
    if found.there is not None and numbered and not numbered & wrong.keys():
        name, label = _called(ask, kind, found.there)
        wrong |= dict.fromkeys(numbered, str(say("single.new_there", name=name, label=label)))
        there = [key("看卡片", f"find_{kind}", found.there)]
    kept = {field: text for field, text in cells.items() if field not in wrong}
    data["sealed"] = singlerow.seal(known | kept)
    if wrong:
        data["at"] = next(iter(wrong))
        return _face(ask, data, wrong=wrong, there=there, edit=edit)
    if data["at"] in kept:
        data["at"] = ""
    return _face(ask, data, edit=edit)


def _face(
    ask: Ask,
    data: dict[str, Any],
    *,
    wrong: dict[str, str] | None = None,
    there: list[Key] | None = None,
    edit: bool = False,
) -> Answer:
    """What is filled in so far, and the next field or the summary."""
    kind, cells = data["kind"], singlerow.unseal(data["sealed"])
    field = data["at"] = data["at"] or _next(kind, cells, data["passed"])
    data["options"] = singlerow.options(ask.act, kind, field) if field else []
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)
    titles = TITLES[kind]
    order = [_OWN_NUMBER, *singlerow.ENTERED[kind]]
    filled = [
        say("single.new_line", title=titles[each], value=singlerow.shown(each, cells[each]))
        for each in order
        if cells.get(each)
    ]
    told: list[Html] = [say("single.new_head", kind=_KINDS[kind]), *filled]
    told += [say("single.new_refused", reason=reason) for reason in (wrong or {}).values()]
    if not field:
        found = singlerow.draft(ask.act, kind, cells, titles)
        told += [*_doubts(found), say("single.new_summary")]
        last = [key("确认新增", "new_yes"), key("改写一项", "new_more"), _CANCEL]
        return Answer(lines(*told), (tuple(last),), edit=edit)
    told.append(_asked(kind, field, first=field == "label" and not cells and not wrong, choose=bool(data["options"])))
    keys = [key(each[:20], "new_to", at, field) for at, each in enumerate(data["options"])]
    last = [_CANCEL]
    if field == "label" and kind == "entity":
        last.insert(0, key("没有信用代码", "new_pass", field))
    elif field not in (*singlerow.REQUIRED[kind], _OWN_NUMBER):
        last.insert(0, key("跳过", "new_pass", field))
    return Answer(lines(*told), (*column(*(there or [])), *rows(keys, 2), tuple(last)), edit=edit)


_KINDS = {"entity": "检查对象", "inspector": "检查人员"}


def _asked(kind: str, field: str, *, first: bool, choose: bool) -> Html:
    title = TITLES[kind][field]
    if first:
        return say("single.new_ask_first", title=title, example=_EXAMPLES[kind])
    return say("single.new_ask_choose" if choose else "single.new_ask", title=title)


def _doubts(found: Draft) -> list[Html]:
    return [say("single.doubt", said=each.rstrip("。")) for each in found.doubts]


def _next(kind: str, cells: dict[str, str], passed: list[str]) -> str:
    """The first field that still has to be asked for; empty where all were."""
    done = {*cells, *passed} | ({"label"} if _OWN_NUMBER in cells else set())
    return next((field for field in singlerow.ENTERED[kind][: _ASKED[kind]] if field not in done), "")


def _lines(kind: str, text: str) -> dict[str, str]:
    """Fields of lines like 地址：…, by their titles or usual synonyms; {} where it is a value by itself."""
    parts = [line.replace("：", ":", 1).partition(":") for line in text.splitlines() if line.strip()]
    titles = [name.strip() for name, _, _ in parts]
    places = match(kind, titles)
    allowed = {*singlerow.ENTERED[kind], *((_OWN_NUMBER,) if kind == "entity" else ())}
    found = {field: parts[at][2].strip() for field, at in places.items() if field in allowed and parts[at][1]}
    if len(parts) == 1 or len(found) == len(parts):
        return found
    unknown = next(title for at, title in enumerate(titles) if at not in {places.get(field) for field in found})
    named = "、".join(TITLES[kind][field] for field in singlerow.ENTERED[kind])
    raise Refused(say("single.new_unknown", title=unknown[:20], titles=named))


def _data(ask: Ask) -> dict[str, Any]:
    """The open form; a button of one that is done says so."""
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused(say("single.new_gone"))
    return dict(ask.dialogue.data)


def _called(ask: Ask, kind: str, number: int) -> tuple[str, str]:
    found = lookup.of_entity(ask.act, number)[0] if kind == "entity" else lookup.of_inspector(ask.act, number)[0]
    return found.name, found.label


def ways_in() -> list[Key]:
    """The buttons by which a new row begins."""
    return [key(f"新增{name}", "new", kind) for kind, name in _KINDS.items()]
