"""补全: the form that makes a row of the plan drawable, step by step (DESIGN §4)."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

from handlers.answer import Answer, Key, column, key, rows
from handlers.pages import PAGE, turns
from handlers.registry import Ask, button, form
from models import completion, dialogue, people, plan
from models.act import Act, Refused
from models.item import Item
from models.people import Unit
from models.plan import Task
from models.pool import BLACKLIST
from models.quota import percent
from models.words import DrawMode, Role, TaskState, chinese
from templates.texts import Html, lines, say

_FORM = "plan"
_STAFF = frozenset({Role.STAFF, Role.ADMIN})
_OPEN = (TaskState.WRITTEN, TaskState.COMPLETED)
_CANCEL = key("取消", "cancel")

# In order; the reason is asked only where the profile wants one, the districts only where the register has some.
_STEPS = ("unit", "kinds", "districts", "ratio", "items", "people", "period", "mode", "reason", "summary")


@button("plan_row")
def begin(ask: Ask) -> Answer | None:
    """补全 of one row: opened anew, or where it was left."""
    if not ask.private:
        raise Refused("请在与我的私聊里补全任务。")
    task = _task(ask.act, ask.number())
    if ask.dialogue is not None and ask.dialogue.form == _FORM and ask.dialogue.data["task"] == task.id:
        return _face(ask, deepcopy(ask.dialogue.data), edit=False)
    return _face(ask, _proposal(ask.act, task), edit=False)


@button("plan_pick")
def pick(ask: Ask) -> Answer | None:
    """One option of a step: marks it where several may be chosen, else takes it and goes on."""
    data = _data(ask)
    step, at = ask.args[1], ask.number(2)
    if step != data["step"]:
        return _face(ask, data)
    value = data["options"][at]
    if step in {"kinds", "districts", "items"}:
        _toggle(data[step], value)
        if step == "kinds":
            data["districts"] = []
    elif step == "tags":
        _toggle(data["lines"][data["line"]]["tags"], value)
    elif step == "unit":
        if data["unit"] != value:
            data.update(unit=value, lines=[])
        _go(ask.act, data, 1)
    elif step == "ratio":
        if value == BLACKLIST:
            data["blacklist"] = not data["blacklist"]
        else:
            data["strata"] = _strata(ask.act, data, value)
            _go(ask.act, data, 1)
    elif step == "joint":
        data["lines"].append({"unit": value, "count": 1, "tags": []})
        data["step"] = "people"
    elif step == "period":
        _keep_days(ask.act, data, *(date.fromisoformat(day) for day in value))
        _go(ask.act, data, 1)
    elif step == "mode":
        data["mode"] = value
        _go(ask.act, data, 1)
    return _face(ask, data)


@button("plan_go")
def go(ask: Ask) -> Answer | None:
    """下一步, 上一步, another page of options, back to the first step."""
    data = _data(ask)
    step, action = ask.args[1], ask.args[2]
    if step != data["step"]:
        return _face(ask, data)
    if action == "next":
        _check(ask.act, data)
        _go(ask.act, data, 1)
    elif action == "back":
        _go(ask.act, data, -1)
    elif action == "first":
        data.update(step=_STEPS[0], page=0)
    else:
        data["page"] = int(action)
    return _face(ask, data)


@button("plan_team")
def team(ask: Ask) -> Answer | None:
    """One line of 派出单位: one person more or less, its specialties, leave it out; or a further unit."""
    data = _data(ask)
    if data["step"] != "people":
        return _face(ask, data)
    action, at = ask.args[1], ask.number(2)
    if action == "joint":
        data.update(step="joint", page=0)
        return _face(ask, data)
    if at >= len(data["lines"]):
        return _face(ask, data)
    line = data["lines"][at]
    if action == "more":
        line["count"] = min(line["count"] + 1, 20)
    elif action == "less":
        line["count"] = max(line["count"] - 1, 1)
    elif action == "drop":
        data["lines"].pop(at)
    elif action == "tags":
        data.update(step="tags", line=at, page=0)
    return _face(ask, data)


@form(_FORM)
def words(ask: Ask) -> Answer | None:
    """Text while the form is open: a ratio, a period or a reason, where one is asked for."""
    data = _data(ask)
    act, step = ask.act, data["step"]
    if ask.file is not None or step not in {"ratio", "period", "reason"}:
        return Answer(say("plan.use_buttons"))
    if step == "ratio":
        found = completion.quota(ask.text)
        if found is None:
            return Answer(say("plan.ratio_unreadable"))
        data["strata"] = {"*": completion.stored(found)}
    elif step == "period":
        first, last = completion.days(ask.text, act.now.year)
        _keep_days(act, data, first, last)
    else:
        data["reason"] = ask.text[:500]
    _go(act, data, 1)
    return _face(ask, data, edit=False)


@button("plan_yes")
def confirm(ask: Ask) -> Answer | None:
    """确认补全."""
    data = _data(ask)
    if data["step"] != "summary":
        return _face(ask, data)
    session, task = ask.act.session, _task(ask.act, data["task"])
    strata = dict(data["strata"])
    if data["blacklist"] and ask.act.policy.blacklist_ratio is not None:
        ratio = ask.act.policy.blacklist_ratio
        strata[BLACKLIST] = f"{ratio.numerator}/{ratio.denominator}"
    plan.complete(
        ask.act,
        task,
        unit=session.get_one(Unit, data["unit"]),
        mode=DrawMode(data["mode"]),
        reason=data["reason"] if data["mode"] == DrawMode.BOT else "",
        scope=_scope(data),
        strata=strata,
        items=[session.get_one(Item, each) for each in data["items"]],
        demands=[(session.get_one(Unit, each["unit"]), each["count"], each["tags"]) for each in data["lines"]],
        starts=date.fromisoformat(data["starts"]),
        ends=date.fromisoformat(data["ends"]),
    )
    dialogue.end(session, ask.chat_id, ask.act.person_id)
    after = say("plan.next_platform" if data["mode"] == DrawMode.PLATFORM else "plan.next_bot")
    keys = column(key("返回计划", "plan_list", 0))
    told = lines(*_told(ask.act, task, data), say("plan.done", no=task.plan_no), after)
    return Answer(told, keys, edit=True, toast="已补全")


# --- the form ----------------------------------------------------------------------------------------------------


def _task(act: Act, number: int) -> Task:
    task = act.session.get(Task, number)
    if task is None:
        raise Refused("没有找到这项任务，请重新发送 /plan。")
    if task.state not in _OPEN:
        raise Refused(f"任务 {task.plan_no}（{chinese(TaskState(task.state))}）已经抽取或者撤销，不能再改。")
    return task


def _proposal(act: Act, task: Task) -> dict[str, Any]:
    """The form as it opens: what was decided before, else what the row's own words probably mean."""
    session = act.session
    data: dict[str, Any] = {
        "task": task.id,
        "step": _STEPS[0],
        "page": 0,
        "options": [],
        "unit": task.unit_id,
        "lines": [],
        "blacklist": BLACKLIST in task.strata,
        "strata": {name: text for name, text in task.strata.items() if name != BLACKLIST},
        "starts": task.starts.isoformat() if task.starts else "",
        "ends": task.ends.isoformat() if task.ends else "",
        "mode": str(task.mode),
        "reason": task.mode_reason,
    }
    if task.state == TaskState.COMPLETED:
        data["kinds"] = list(task.scope.get("kinds", ()))
        data["districts"] = list(task.scope.get("districts", ()))
        data["items"] = [item.id for item in plan.items_of(session, task.id or 0)]
        data["lines"] = [
            {"unit": line.unit_id, "count": line.count, "tags": list(line.tags)}
            for line in plan.units_of(session, task.id or 0)
        ]
        return data
    kinds = [value for value, _ in completion.spread(session, "kinds", {})]
    items = {item.name: item.id for item in completion.items(session)}
    data["kinds"] = completion.mentioned(task.scope_text, kinds)
    data["districts"] = []
    data["items"] = [items[name] for name in completion.mentioned(task.item_text, items)]
    return data


def _data(ask: Ask) -> dict[str, Any]:
    """The open form. A button of a form that was finished or given up says so."""
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused("这份补全已经确认或者取消。请重新发送 /plan。")
    # A copy to the bottom: what is changed inside the row's own value would not be written.
    data = deepcopy(ask.dialogue.data)
    if ask.args and ask.number() != data["task"]:
        raise Refused("您正在补全另一项任务，请先确认或者取消那一份。")
    return data


def _toggle(chosen: list[Any], value: Any) -> None:
    if value in chosen:
        chosen.remove(value)
    else:
        chosen.append(value)


def _scope(data: dict[str, Any]) -> dict[str, list[str]]:
    return {name: list(data[name]) for name in ("kinds", "districts") if data[name]}


def _go(act: Act, data: dict[str, Any], by: int) -> None:
    """To the next step or the one before it, past those that have nothing to ask."""
    data["page"] = 0
    if data["step"] in {"tags", "joint"}:
        data["step"] = "people"
        return
    at = _STEPS.index(data["step"]) + by
    while 0 < at < len(_STEPS) - 1 and not _asks(act, data, _STEPS[at]):
        at += by
    data["step"] = _STEPS[max(0, at)]


def _asks(act: Act, data: dict[str, Any], step: str) -> bool:
    if step == "districts":
        return bool(completion.spread(act.session, "districts", _scope(data)))
    if step == "reason":
        return data["mode"] == DrawMode.BOT and act.policy.bot_draw == "with_reason"
    return True


def _check(act: Act, data: dict[str, Any]) -> None:
    """What must be settled before the next step."""
    step = data["step"]
    if step in {"kinds", "districts"} and not completion.count(act.session, _scope(data)):
        raise Refused("名录库里没有符合这个范围的存续对象。请改选，或者先导入检查对象名录库。")
    if step == "items" and not data["items"]:
        raise Refused("请至少选择一项抽查事项。")
    if step == "people" and sum(line["count"] for line in data["lines"]) < act.policy.team_size:
        raise Refused(f"每户至少派出 {act.policy.team_size} 名持证人员，请增加人数或者单位。")
    missing = {"unit": data["unit"], "ratio": data["strata"], "period": data["starts"], "reason": data["reason"]}
    if step in missing and not missing[step]:
        raise Refused("请先填写这一步。")
    if step == "period":
        _keep_days(act, data, date.fromisoformat(data["starts"]), date.fromisoformat(data["ends"]))


def _keep_days(act: Act, data: dict[str, Any], first: date, last: date) -> None:
    if last < act.now.date():
        raise Refused(f"抽查时间到 {last.isoformat()} 已经结束，请直接写明新的起止时间。")
    data.update(starts=first.isoformat(), ends=last.isoformat())


def _strata(act: Act, data: dict[str, Any], choice: str) -> dict[str, str]:
    if choice == "classes":
        return {each.code: f"{each.ratio.numerator}/{each.ratio.denominator}" for each in act.policy.classes}
    found = completion.written_ratio(_task(act, data["task"]))
    if found is None:
        raise Refused(str(say("plan.ratio_unreadable")))
    return {"*": completion.stored(found)}


def _modes(act: Act) -> list[DrawMode]:
    """What the profile lets a task be drawn by, its own default first."""
    found = [DrawMode.PLATFORM] if act.policy.draw_mode == "platform" else []
    if act.policy.bot_draw != "refused":
        found.append(DrawMode.BOT)
    return [*found, DrawMode.REHEARSAL]


def _face(ask: Ask, data: dict[str, Any], *, edit: bool = True) -> Answer:
    """The form as filled in so far with the current step's question and buttons; kept as it is shown."""
    task = _task(ask.act, data["task"])
    text, keys = _QUESTIONS[data["step"]](ask.act, task, data)
    number = task.id or 0
    step = data["step"]
    steps: list[Key] = []
    if step != _STEPS[0]:
        steps.append(key("上一步", "plan_go", number, step, "back"))
    if step in {"kinds", "districts", "items", "people", "tags"} or (step in _settled(data)):
        steps.append(key("选好了" if step == "tags" else "下一步", "plan_go", number, step, "next"))
    steps.append(_CANCEL)
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)
    return Answer(lines(*_told(ask.act, task, data), text), (*keys, tuple(steps)), edit=edit)


def _settled(data: dict[str, Any]) -> set[str]:
    """Single-choice steps that have an answer already and may be passed by."""
    found = {"unit": data["unit"], "ratio": data["strata"], "period": data["starts"], "reason": data["reason"]}
    return {step for step, value in found.items() if value}


def _told(act: Act, task: Task, data: dict[str, Any]) -> list[Html]:
    """What is settled before the current step."""
    step = data["step"]
    at = _STEPS.index("people" if step in {"tags", "joint"} else step)
    session = act.session
    told = [say("plan.head", no=task.plan_no, name=task.name)]
    if at > 0:
        told.append(say("plan.unit", text=session.get_one(Unit, data["unit"]).name))
        told.append(
            say(
                "plan.scope",
                kinds="、".join(data["kinds"]) or "不限类别",
                districts="、".join(data["districts"]) or "不限区县",
                n=completion.count(session, _scope(data)),
            )
        )
    if at > _STEPS.index("ratio"):
        told.append(say("plan.ratio", text=_ratio(act, data)))
        told.append(_floor(act, data))
    if at > _STEPS.index("items"):
        told.append(say("plan.items", text="、".join(session.get_one(Item, each).name for each in data["items"])))
    if at > _STEPS.index("people"):
        team_ = "、".join(
            f"{session.get_one(Unit, line['unit']).name} {line['count']} 人{_tags(line)}" for line in data["lines"]
        )
        told.append(say("plan.team", text=team_))
    if at > _STEPS.index("period"):
        told.append(say("plan.period", first=data["starts"], last=data["ends"]))
    if at > _STEPS.index("mode"):
        told.append(say("plan.mode", text=chinese(DrawMode(data["mode"]))))
    if at > _STEPS.index("reason") and data["mode"] == DrawMode.BOT and data["reason"]:
        told.append(say("plan.reason", text=data["reason"]))
    return told


def _ratio(act: Act, data: dict[str, Any]) -> str:
    shown = [
        f"{'' if name == '*' else f'{name} '}{plan.stratum_quota(text).text}" for name, text in data["strata"].items()
    ]
    if data["blacklist"] and act.policy.blacklist_ratio is not None:
        shown.append(f"{BLACKLIST} {percent(act.policy.blacklist_ratio)}")
    return "、".join(shown)


def _floor(act: Act, data: dict[str, Any]) -> Html:
    found = plan.stratum_quota(data["strata"]["*"]).ratio if "*" in data["strata"] else None
    if found is None or found >= act.policy.ratio_floor:
        return Html("")
    return say("plan.below_floor", floor=percent(act.policy.ratio_floor))


def _tags(line: dict[str, Any]) -> str:
    return f"（{'、'.join(line['tags'])}）" if line["tags"] else ""


# --- the questions, one for each step ----------------------------------------------------------------------------

_Keys = tuple[tuple[Key, ...], ...]
_Question = tuple[Html, _Keys]


def _choices(data: dict[str, Any], options: list[tuple[Any, str]], chosen: list[Any] | None = None) -> _Keys:
    """Options as buttons, a page at a time; with `chosen`, each shows whether it is marked."""
    data["options"] = [value for value, _ in options]
    number, step, first = data["task"], data["step"], data["page"]
    found = []
    for at, (value, label) in list(enumerate(options))[first : first + PAGE]:
        mark = "" if chosen is None else "☑ " if value in chosen else "☐ "
        found.append((key(f"{mark}{label}", "plan_pick", number, step, at),))
    beside = turns(len(options), first, lambda at: ("plan_go", number, step, at))
    return (*found, beside) if beside else tuple(found)


def _written(text: str) -> Html:
    return say("plan.written", text=text) if text else Html("")


def _ask_unit(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    found = _own_units(act)
    meant = completion.named(task.lead_text, found)
    options = [(unit.id, f"{unit.name}（计划所写）") for unit in meant]
    options += [(unit.id, unit.name) for unit in found if unit not in meant]
    return lines(_written(task.lead_text), say("plan.ask_unit")), _choices(data, options)


def _ask_kinds(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    found = completion.spread(act.session, "kinds", {})
    options = [(value, f"{value} {n:,} 户") for value, n in found]
    return lines(_written(task.scope_text), say("plan.ask_kinds")), _choices(data, options, data["kinds"])


def _ask_districts(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    found = completion.spread(act.session, "districts", _scope(data))
    options = [(value, f"{value} {n:,} 户") for value, n in found]
    return lines(_written(task.scope_text), say("plan.ask_districts")), _choices(data, options, data["districts"])


def _ask_ratio(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    written = completion.written_ratio(task)
    options: list[tuple[Any, str]] = []
    if written is not None:
        options.append(("written", f"按计划：{written.text}"))
    if act.policy.classes:
        each = "、".join(f"{one.code} {percent(one.ratio)}" for one in act.policy.classes)
        options.append(("classes", f"按风险等级：{each}"))
    blacklist = act.policy.blacklist_ratio
    if blacklist is not None and (n := completion.tagged(act.session, _scope(data), BLACKLIST)):
        mark = "☑" if data["blacklist"] else "☐"
        options.append((BLACKLIST, f"{mark} {BLACKLIST} {n} 户另按 {percent(blacklist)}"))
    base = say("plan.ratio_base") if written is None and task.ratio_text else Html("")
    return lines(_written(task.ratio_text), base, say("plan.ask_ratio")), _choices(data, options)


def _ask_items(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    found = completion.items(act.session)
    if not found:
        raise Refused("还没有抽查事项清单。请先把清单发到与我的私聊导入，再继续补全。")
    options = [(item.id, f"{item.code} {item.name[:24]}") for item in found]
    return lines(_written(task.item_text), say("plan.ask_items")), _choices(data, options, data["items"])


def _ask_people(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    session, size = act.session, act.policy.team_size
    if not data["lines"]:
        joint = [unit for unit in completion.named(task.joint_text, _all_units(act)) if unit.id != data["unit"]]
        own = max(1, size - len(joint))
        data["lines"] = [{"unit": data["unit"], "count": own, "tags": []}]
        data["lines"] += [{"unit": unit.id, "count": 1, "tags": []} for unit in joint]
    number = task.id or 0
    first = date.fromisoformat(data["starts"]) if data["starts"] else act.now.date()
    last = date.fromisoformat(data["ends"]) if data["ends"] else act.now.date()
    told, keys = [], []
    for at, line in enumerate(data["lines"]):
        unit = session.get_one(Unit, line["unit"])
        hands = completion.hands(session, unit.id or 0, line["tags"], first, max(first, last))
        told.append(say("plan.team_line", unit=unit.name, n=line["count"], tags=_tags(line), hands=hands))
        row = [
            key(f"{unit.name[:8]} ＋1", "plan_team", number, "more", at),
            key("－1", "plan_team", number, "less", at),
            key("专长", "plan_team", number, "tags", at),
        ]
        if len(data["lines"]) > 1:
            row.append(key("去掉", "plan_team", number, "drop", at))
        keys.append(tuple(row))
    keys.append((key("增加联合单位", "plan_team", number, "joint", 0),))
    return lines(_written(task.joint_text), *told, say("plan.ask_people", n=size)), tuple(keys)


def _ask_joint(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    taken = {line["unit"] for line in data["lines"]}
    found = [unit for unit in _all_units(act) if unit.id not in taken]
    meant = completion.named(task.joint_text, found)
    options = [(unit.id, unit.name) for unit in [*meant, *(unit for unit in found if unit not in meant)]]
    return lines(_written(task.joint_text), say("plan.ask_joint")), _choices(data, options)


def _ask_tags(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    line = data["lines"][data["line"]]
    options = [(tag, tag) for tag in completion.tags(act.session, line["unit"])]
    name = act.session.get_one(Unit, line["unit"]).name
    return say("plan.ask_tags", unit=name), _choices(data, options, line["tags"])


def _ask_period(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    found = completion.period(task, act.now.year)
    options = [([day.isoformat() for day in found], f"{found[0]:%Y-%m-%d} 至 {found[1]:%Y-%m-%d}")] if found else []
    return lines(_written(task.period_text), say("plan.ask_period")), _choices(data, options)


def _ask_mode(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    return say("plan.ask_mode"), _choices(data, [(str(mode), chinese(mode)) for mode in _modes(act)])


def _ask_reason(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    return say("plan.ask_reason"), ()


def _ask_summary(act: Act, task: Task, data: dict[str, Any]) -> _Question:
    number = task.id or 0
    keys = rows([key("确认补全", "plan_yes", number), key("从头修改", "plan_go", number, "summary", "first")], 2)
    return say("plan.summary"), keys


def _own_units(act: Act) -> list[Unit]:
    """The units for which the asker may complete a row."""
    tops = [people.unit_of_role(act.session, act.person_id, role) for role in _STAFF]
    found: list[Unit] = []
    for top in filter(None, tops):
        found += [unit for unit in completion.units(act.session, top.id or 0) if unit not in found]
    return found


def _all_units(act: Act) -> list[Unit]:
    root = people.root(act.session)
    return completion.units(act.session, root.id or 0) if root else []


_QUESTIONS: dict[str, Callable[[Act, Task, dict[str, Any]], _Question]] = {
    "unit": _ask_unit,
    "kinds": _ask_kinds,
    "districts": _ask_districts,
    "ratio": _ask_ratio,
    "items": _ask_items,
    "people": _ask_people,
    "joint": _ask_joint,
    "tags": _ask_tags,
    "period": _ask_period,
    "mode": _ask_mode,
    "reason": _ask_reason,
    "summary": _ask_summary,
}
