"""The ratio in 补全: as the plan writes it, by class, or with strata of its own for some kinds of entities (S0)."""

from typing import Any

from handlers.answer import key
from handlers.phrases import stratum_name
from handlers.questions import QUESTIONS, Keys, Question, choices, scope_of, written
from models import completion, plan, strata
from models.act import Act, Refused
from models.plan import Task
from models.quota import PlanRatio, Quota, percent
from models.strata import BLACKLIST, REST
from templates.texts import Html, lines, say

# Quick answers to what part of a stratum is drawn.
_USUAL = ("100%", "50%", "20%", "10%")
_MOST = 20


def asked(act: Act, task: Task, data: dict[str, Any]) -> Question:
    """The step: what the row writes, the profile's classes, 黑名单, and the way to strata."""
    found = completion.written_ratio(task)
    options: list[tuple[Any, str]] = []
    if found is not None:
        options.append(("written", f"按计划：{_short(found, found.of(_size(act, data)))}"))
    if (typed := completion.typed(task)) is not None:
        options.append(("base", f"填写基数：{typed.text}"))
    if act.policy.classes:
        each = "、".join(f"{one.code} {percent(one.ratio)}" for one in act.policy.classes)
        options.append(("classes", f"按风险等级：{each}"))
    blacklist = act.policy.blacklist_ratio
    if blacklist is not None and (n := completion.tagged(act.session, scope_of(data), BLACKLIST)):
        mark = "☑" if BLACKLIST in data["strata"] else "☐"
        options.append((BLACKLIST, f"{mark} {BLACKLIST} {n} 户另按 {percent(blacklist)}"))
    base = say("plan.ratio_base") if found is None and typed is not None else Html("")
    remarks = [say("plan.remark", text=each.replace("补全时", "")) for each in (found or typed or _NOTHING).remarks]
    further = key("分层：给某类对象单独的比例", "plan_go", task.id or 0, "ratio", "strata")
    text = lines(written(data, task.ratio_text), *remarks, base, say("plan.ask_ratio"))
    return text, (*choices(data, options), (further,))


_NOTHING = PlanRatio(None, "register", False, None, "")


def begin(act: Act, task: Task, data: dict[str, Any]) -> None:
    """Opens the page of strata: what the row writes for all stands as the rest where nothing is chosen yet."""
    found = completion.written_ratio(task)
    if not data["strata"] and found is not None:
        take(act, data, found)


def page(act: Act, task: Task, data: dict[str, Any]) -> Question:
    """分层: the strata in the order in which an entity is asked, with live counts; what else could be one."""
    found, order = _marked(act, data), strata.ordered(data["strata"], data["order"])
    sizes = completion.layered(found, order)
    told, total = [], 0
    for at, name in enumerate(order, 1):
        wanted = plan.stratum_quota(data["strata"][name])
        total += wanted.of(sizes[name])
        shown = stratum_name(name, alone=False) if name == REST else f"{at}. {stratum_name(name)}"
        values = {"name": shown, "rule": wanted.text, "n": sizes[name], "taken": wanted.of(sizes[name])}
        told.append(say("plan.layer", **values))
    if order:
        told.append(say("plan.layers_total", n=total))
    if order and sizes[None]:
        told.append(say("plan.layers_none", n=sizes[None]))
    head = lines(written(data, task.ratio_text), say("plan.layers"), *told)
    marks = completion.marks(found)
    if data["asked"]:
        name, text = data["asked"][0]
        options: list[tuple[Any, str]] = [(["is", each], f"{stratum_name(each)} {n:,} 户") for each, n in marks]
        options.append((["skip", name], f"「{name[:16]}」不单独抽取"))
        ask = say("plan.ask_meant", name=name, ratio=plan.stratum_quota(text).text)
        return lines(head, ask), choices(data, options)
    return lines(head, say("plan.ask_layers")), _layer_keys(data, order, marks)


def _layer_keys(data: dict[str, Any], order: list[str], marks: list[tuple[str, int]]) -> Keys:
    """For each stratum its ratio, its place and its end; then what can be added, a page at a time."""
    number, rows = data["task"], []
    for at, name in enumerate(order):
        row = [("ratio", "其余" if name == REST else stratum_name(name)[:12])]
        row += [("up", "上移")] if at and name != REST else []
        rows.append([*row, ("drop", "去掉")])
    more: list[tuple[Any, str]] = [] if REST in order else [(["ratio", REST], "＋ 其余的")]
    more += [(["ratio", name], f"＋ {stratum_name(name)} {n:,} 户") for name, n in marks if name not in order]
    found = choices(data, more)
    # The strata's own buttons follow in the list of options, so that pages turn over what can be added.
    keys = []
    for name, row in zip(order, rows, strict=True):
        first = len(data["options"])
        data["options"] += [[how, name] for how, _ in row]
        keys.append(tuple(key(label, "plan_pick", number, "strata", first + n) for n, (_, label) in enumerate(row)))
    return (*keys, *found)


def layer(act: Act, task: Task, data: dict[str, Any]) -> Question:
    """The ratio of one stratum."""
    name = data["layer"]
    usual = [percent(each.ratio) for each in act.policy.classes if each.code == name]
    usual += [percent(act.policy.blacklist_ratio)] if name == BLACKLIST and act.policy.blacklist_ratio else []
    usual += ["5%"] if name == REST else []
    names = list(dict.fromkeys([*usual, *(_USUAL if name != REST else ())]))
    n = dict(completion.marks(_marked(act, data))).get(name)
    text = say("plan.ask_layer_rest") if n is None else say("plan.ask_layer", name=stratum_name(name), n=n)
    return text, choices(data, [(each, each) for each in names])


QUESTIONS.update(ratio=asked, strata=page, layer=layer)


# --- what is chosen --------------------------------------------------------------------------------------------------


def pick(act: Act, task: Task, data: dict[str, Any], value: Any) -> bool:
    """An option of the step; True where the step is answered by it."""
    if value == BLACKLIST:
        if BLACKLIST in data["strata"]:
            drop(data, BLACKLIST)
        else:
            _put(data, BLACKLIST, Quota(ratio=act.policy.blacklist_ratio))
        return False
    if value == "base":
        data.update(step="base", aside="ratio", page=0)
        return False
    data.update(base=None, base_reason="")
    if value == "classes":
        _clear(act, data)
        for each in act.policy.classes:
            _put(data, each.code, Quota(ratio=each.ratio))
        return True
    found = completion.written_ratio(task)
    if found is None:
        raise Refused(str(say("plan.ratio_unreadable")))
    return take(act, data, found)


def take(act: Act, data: dict[str, Any], found: PlanRatio) -> bool:
    """A ratio with its parts, in place of what was chosen; True where nothing is left to be said of the parts."""
    _clear(act, data)
    if (whole := found.of(_size(act, data))) is not None:
        _put(data, REST, whole)
    for name, wanted in found.parts:
        meant = completion.meant(act, scope_of(data), name)
        for each in meant:
            _put(data, each, wanted)
        if meant:
            data["words"][name] = meant
        else:
            data["asked"].append([name, completion.stored(wanted)])
    if found.parts:
        data.update(step="strata", aside="ratio", page=0)
    return not found.parts


def pick_layer(data: dict[str, Any], value: list[str]) -> None:
    """A button of the page of strata."""
    how, name = value
    if how == "is":
        word, text = data["asked"].pop(0)
        _put(data, name, plan.stratum_quota(text))
        data["words"][word] = [name]
        data["page"] = 0
    elif how == "skip":
        data["asked"].pop(0)
        data["page"] = 0
    elif how == "ratio":
        if name not in data["strata"] and len(data["strata"]) >= _MOST:
            raise Refused(f"最多分 {_MOST} 层，请先去掉几层。")
        data.update(step="layer", aside="strata", layer=name, page=0)
    elif how == "up":
        order = [each for each in strata.ordered(data["strata"], data["order"]) if each != REST]
        at = order.index(name)
        order.insert(max(0, at - 1), order.pop(at))
        data["order"] = order
    else:
        drop(data, name)


def give(act: Act, data: dict[str, Any], text: str) -> None:
    """The ratio of the stratum that is asked for, and back to the page of strata."""
    wanted = completion.quota(text)
    if wanted is None:
        raise Refused(str(say("plan.ratio_unreadable")))
    _put(data, data["layer"], wanted)
    data.update(step="strata", aside="ratio", page=0)


def drop(data: dict[str, Any], name: str) -> None:
    """Away with a stratum: its entities belong to another or to the rest."""
    data["strata"].pop(name, None)
    data["order"] = [each for each in data["order"] if each != name]


def check(act: Act, data: dict[str, Any]) -> None:
    """Refused while something of the strata is open: a word of the plan, or what becomes of the others."""
    if data["asked"]:
        raise Refused(f"请先选定计划里的「{data['asked'][0][0]}」是哪些对象，或者按「不单独抽取」。")
    if not data["strata"]:
        raise Refused("请先填写这一步。")
    classes = {each.code for each in act.policy.classes}
    if REST in data["strata"] or set(data["strata"]) <= classes:
        return
    order = strata.ordered(data["strata"], data["order"])
    if n := completion.layered(_marked(act, data), order)[None]:
        raise Refused(f"还有 {n:,} 户不属于任何一层，请给「其余的」写比例；不抽的，请在范围里按标签筛选。")


def _put(data: dict[str, Any], name: str, wanted: Quota) -> None:
    known = {each: plan.stratum_quota(text) for each, text in data["strata"].items()}
    data["order"] = strata.put(known, data["order"], name, wanted)
    data["strata"][name] = completion.stored(wanted)


def _clear(act: Act, data: dict[str, Any]) -> None:
    """Away with classes and the rest; strata of tags stay beside whatever is chosen now."""
    for name in (REST, *(each.code for each in act.policy.classes)):
        drop(data, name)
    data["asked"] = []


def _marked(act: Act, data: dict[str, Any]) -> list[completion.Marked]:
    return list(completion.marked(act.session, scope_of(data)))


def _size(act: Act, data: dict[str, Any]) -> int:
    return completion.count(act.session, scope_of(data))


def _short(found: PlanRatio, whole: Quota | None) -> str:
    """`5%，重点企业 100%`, as it fits on a button."""
    named = [f"{name[:10]} {each.text}" for name, each in found.parts]
    text = "，".join([*([whole.text] if whole else []), *named])
    return text if len(text) <= 40 else f"{text[:39]}…"
