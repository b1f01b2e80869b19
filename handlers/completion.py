"""补全: the form that makes a row of the plan drawable, step by step (DESIGN §4)."""

from copy import deepcopy
from datetime import date
from typing import Any

from handlers import ratios
from handlers.answer import Answer, Key, column, key
from handlers.questions import ASIDE, MARKED, QUESTIONS, STEPS, modes, scope_of, task_of, told_of
from handlers.registry import Ask, button, form
from models import completion, dialogue, plan, scenario, strata
from models.act import Act, Refused
from models.item import Item
from models.people import Unit
from models.plan import Task
from models.quota import Quota
from models.scenario import Scenario
from models.strata import BLACKLIST, REST
from models.words import DrawMode, TaskState
from templates.texts import lines, say

_FORM = "plan"
_CANCEL = key("取消", "cancel")


@button("plan_row")
def begin(ask: Ask) -> Answer | None:
    """补全 of one row: opened anew, or where it was left."""
    if not ask.private:
        raise Refused("请在与我的私聊里补全任务。")
    task = task_of(ask.act, ask.number())
    if ask.dialogue is not None and ask.dialogue.form == _FORM and ask.dialogue.data["task"] == task.id:
        return _face(ask, _as_now(deepcopy(ask.dialogue.data)), edit=False)
    return _face(ask, _proposal(ask.act, task), edit=False)


@button("plan_pick")
def pick(ask: Ask) -> Answer | None:
    """One option of a step: marks it where several may be chosen, else takes it and goes on."""
    data = _data(ask)
    step, at = ask.args[1], ask.number(2)
    if step != data["step"]:
        return _face(ask, data)
    value = data["options"][at]
    if step == "tags":
        _toggle(data["lines"][data["line"]]["tags"], value)
    elif step in MARKED:
        _toggle(data[step], value)
        if step == "kinds":
            data.update(districts=[], industries=[], labels=[])
    elif step == "unit":
        if str(value).startswith("scenario "):
            _take_over(ask.act, data, int(value.split()[1]))
        elif data["unit"] != value:
            data.update(unit=value, lines=[])
        _go(ask.act, data, 1)
    elif step == "ratio":
        if ratios.pick(ask.act, task_of(ask.act, data["task"]), data, value):
            _go(ask.act, data, 1)
    elif step == "strata":
        ratios.pick_layer(data, value)
    elif step == "layer":
        ratios.give(ask.act, data, value)
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
    """下一步, 上一步, a filter that is rarely wanted, how often, another page, the first step, the last."""
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
        data.update(step=STEPS[0], page=0)
    elif action == "last":
        # Last year's days are over: they are the one thing to ask for.
        over = not data["ends"] or date.fromisoformat(data["ends"]) < ask.act.now.date()
        data.update(step="period" if over else STEPS[-1], page=0)
    elif action in {"industries", "labels", "strata"}:
        data.update(step=action, aside=step, page=0)
        if action == "strata":
            ratios.begin(ask.act, task_of(ask.act, data["task"]), data)
    elif action in {"more", "less"}:
        data["times"] = min(12, max(1, data["times"] + (1 if action == "more" else -1)))
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
        data.update(step="joint", aside="people", page=0)
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
        data.update(step="tags", aside="people", line=at, page=0)
    return _face(ask, data)


@form(_FORM)
def words(ask: Ask) -> Answer | None:
    """Text while the form is open: a ratio, its base, a period or a reason, where one is asked for."""
    data = _data(ask)
    act, step = ask.act, data["step"]
    if ask.file is not None or step not in {"ratio", "strata", "layer", "base", "period", "reason"}:
        return Answer(say("plan.use_buttons"))
    if step in {"ratio", "strata"}:
        found = completion.ratio(ask.text)
        if found is None or found.rest:
            return Answer(say("plan.ratio_unreadable"))
        data.update(base=None, base_reason="")
        if not ratios.take(act, data, found):
            return _face(ask, data, edit=False)
    elif step == "layer":
        ratios.give(act, data, ask.text)
        return _face(ask, data, edit=False)
    elif step == "base":
        _take_base(act, data, ask.text)
    elif step == "period":
        first, last = completion.days(ask.text, completion.year_of(act.session, task_of(act, data["task"])))
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
    session, task = ask.act.session, task_of(ask.act, data["task"])
    ratios.check(ask.act, data)
    plan.complete(
        ask.act,
        task,
        unit=session.get_one(Unit, data["unit"]),
        mode=DrawMode(data["mode"]),
        reason=data["reason"] if data["mode"] == DrawMode.BOT else "",
        scope=scope_of(data),
        strata=data["strata"],
        strata_order=strata.ordered(data["strata"], data["order"]),
        items=[session.get_one(Item, each) for each in data["items"]],
        demands=[(session.get_one(Unit, each["unit"]), each["count"], each["tags"]) for each in data["lines"]],
        starts=date.fromisoformat(data["starts"]),
        ends=date.fromisoformat(data["ends"]),
        base=data["base"],
        base_reason=data["base_reason"],
        times=data["times"],
        scenario_id=data["scenario"],
    )
    for word, names in data["words"].items():
        if set(names) <= set(data["strata"]):
            completion.learn(ask.act, word, names)
    dialogue.end(session, ask.chat_id, ask.act.person_id)
    after = say("plan.next_platform" if data["mode"] == DrawMode.PLATFORM else "plan.next_bot")
    keys = column(key("工作方案 .docx", "doc_work_plan", task.id or 0), key("返回计划", "plan_list", 0))
    if len(data["lines"]) > 1:
        keys = (*keys, (key("存为一业一查", "scenario", task.id or 0),))
    told = lines(*told_of(ask.act, task, data), say("plan.done", no=task.plan_no), after)
    return Answer(told, keys, edit=True, toast="已补全")


# --- 一业一查 ------------------------------------------------------------------------------------------------------


@button("scenario")
def keep(ask: Ask) -> Answer | None:
    """存为一业一查: asks for its name."""
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")
    data = {"task": ask.number(), "name": ""}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "scenario", data, ask.act.now)
    return Answer(say("plan.scenario_name"), column(_CANCEL))


@form("scenario")
def keep_text(ask: Ask) -> Answer | None:
    """The name of the scenario, then its guide."""
    if ask.dialogue is None or not ask.text.strip():
        return Answer(say("plan.scenario_name"), column(_CANCEL))
    data = dict(ask.dialogue.data)
    if not data["name"]:
        data["name"] = ask.text.strip()[:60]
        dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "scenario", data, ask.act.now)
        return Answer(say("plan.scenario_guide", name=data["name"]), ((key("没有指引", "scenario_bare"), _CANCEL),))
    return _kept(ask, ask.text)


@button("scenario_bare")
def keep_bare(ask: Ask) -> Answer | None:
    """Kept without a guide."""
    return _kept(ask, "")


def _kept(ask: Ask, guide: str) -> Answer:
    if ask.dialogue is None or ask.dialogue.form != "scenario" or not ask.dialogue.data["name"]:
        raise Refused("这一份已经保存或者取消。")
    data = dict(ask.dialogue.data)
    task = ask.act.session.get_one(Task, data["task"])
    row = scenario.keep(ask.act, task, data["name"], guide)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("plan.scenario_kept", name=row.name, items=len(row.items), units=len(row.lines)))


def _take_over(act: Act, data: dict[str, Any], number: int) -> None:
    """All that a scenario says, in place of what the row's words probably mean."""
    found = act.session.get(Scenario, number)
    if found is None:
        raise Refused("没有找到这个一业一查，请重新选择。")
    data.update(
        scenario=found.id,
        unit=found.unit_id,
        kinds=list(found.scope.get("kinds", ())),
        districts=list(found.scope.get("districts", ())),
        industries=list(found.scope.get("industries", ())),
        labels=list(found.scope.get("tags", ())),
        items=[item.id for item in scenario.items_of(act.session, found)],
        lines=[dict(each) for each in found.lines],
    )


# --- the form ------------------------------------------------------------------------------------------------------


def _proposal(act: Act, task: Task) -> dict[str, Any]:
    """The form as it opens: what was decided before, else what was decided for rows of the same wording, else what
    the row's own words probably mean. `from` says by which task a step is filled in."""
    data: dict[str, Any] = {
        "task": task.id,
        "step": STEPS[0],
        "page": 0,
        "options": [],
        "aside": "",
        "from": {},
        "scenario": task.scenario_id,
        "unit": task.unit_id,
        "lines": [],
        "base": task.base,
        "base_reason": task.base_reason,
        "times": task.times if task.state == TaskState.COMPLETED else completion.times(task),
        "strata": {},
        "order": [],
        "asked": [],
        "words": {},
        "layer": "",
        "starts": task.starts.isoformat() if task.starts else "",
        "ends": task.ends.isoformat() if task.ends else "",
        "mode": str(task.mode),
        "reason": task.mode_reason,
    }
    _same_scope(data, task)
    _same_ratio(data, task)
    if task.state == TaskState.COMPLETED:
        data["items"] = [item.id for item in plan.items_of(act.session, task.id or 0)]
        data["lines"] = _same_lines(act, task)
        return data
    kinds = [value for value, _ in completion.spread(act.session, "kinds", {})]
    items = {item.name: item.id for item in completion.items(act.session)}
    data["kinds"] = completion.mentioned(task.scope_text, kinds)
    data["items"] = [items[name] for name in completion.mentioned(task.item_text, items)]
    _remember(act, task, data)
    return data


def _remember(act: Act, task: Task, data: dict[str, Any]) -> None:
    """Fill in what was mapped once for the same words."""

    def before(step: str, *columns: str) -> Task | None:
        found = completion.remembered(act.session, task, *columns)
        if found is not None:
            data["from"][step] = found.plan_no
        return found

    if found := before("unit", "lead_text"):
        data.update(unit=found.unit_id)
        if DrawMode(found.mode) in modes(act):
            data.update(mode=str(found.mode), reason=found.mode_reason)
            data["from"]["reason"] = found.plan_no
    if found := before("kinds", "scope_text"):
        _same_scope(data, found)
        data["from"]["districts"] = found.plan_no
    if (found := completion.remembered(act.session, task, "ratio_text")) and found.base is None:
        _same_ratio(data, found)
        data["from"]["ratio"] = found.plan_no
    if found := before("items", "item_text"):
        data["items"] = [item.id for item in plan.items_of(act.session, found.id or 0) if item.active]
    if found := before("people", "lead_text", "joint_text", "scope_text"):
        data["lines"] = _same_lines(act, found)


def _same_scope(data: dict[str, Any], task: Task) -> None:
    for name, chosen in (
        ("kinds", "kinds"),
        ("districts", "districts"),
        ("industries", "industries"),
        ("tags", "labels"),
    ):
        data[chosen] = list(task.scope.get(name, ()))


def _same_ratio(data: dict[str, Any], task: Task) -> None:
    data["strata"] = dict(task.strata)
    data["order"] = [name for name in strata.ordered(task.strata, task.strata_order) if name != REST]


def _same_lines(act: Act, task: Task) -> list[dict[str, Any]]:
    return [
        {"unit": line.unit_id, "count": line.count, "tags": list(line.tags)}
        for line in plan.units_of(act.session, task.id or 0)
    ]


def _data(ask: Ask) -> dict[str, Any]:
    """The open form. A button of a form that was finished or given up says so."""
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused("这份补全已经确认或者取消。请重新发送 /plan。")
    # A copy to the bottom: what is changed inside the row's own value would not be written.
    data = _as_now(deepcopy(ask.dialogue.data))
    if ask.args and ask.number() != data["task"]:
        raise Refused("您正在补全另一项任务，请先确认或者取消那一份。")
    return data


def _as_now(data: dict[str, Any]) -> dict[str, Any]:
    """A form that a former version opened, with what it did not know yet."""
    for name, empty in {"order": [], "asked": [], "words": {}, "layer": ""}.items():
        data.setdefault(name, deepcopy(empty))
    if data.pop("blacklist", False):
        data["strata"].setdefault(BLACKLIST, "1/5")
    return data


def _toggle(chosen: list[Any], value: Any) -> None:
    if value in chosen:
        chosen.remove(value)
    else:
        chosen.append(value)


def _go(act: Act, data: dict[str, Any], by: int) -> None:
    """To the next step or the one before it, past those that have nothing to ask."""
    data["page"] = 0
    if data["step"] in ASIDE:
        # A base that was given leads on, like any other ratio.
        on = data["step"] in {"base", "strata"} and by > 0
        data.update(step=data["aside"] or ASIDE[data["step"]], aside="")
        if not on:
            return
    at = STEPS.index(data["step"]) + by
    while 0 < at < len(STEPS) - 1 and not _asks(act, data, STEPS[at]):
        at += by
    data["step"] = STEPS[max(0, at)]


def _asks(act: Act, data: dict[str, Any], step: str) -> bool:
    if step == "districts":
        return bool(completion.spread(act.session, "districts", scope_of(data)))
    if step == "reason":
        return data["mode"] == DrawMode.BOT and act.policy.bot_draw == "with_reason"
    return True


def _check(act: Act, data: dict[str, Any]) -> None:
    """What must be settled before the next step."""
    step = data["step"]
    if step in {"kinds", "districts", "industries", "labels"} and not completion.count(act.session, scope_of(data)):
        raise Refused("名录库里没有符合这个范围的存续对象。请改选，或者先导入检查对象名录库。")
    if step == "items" and not data["items"]:
        raise Refused("请至少选择一项抽查事项。")
    if step == "people" and sum(line["count"] for line in data["lines"]) < act.policy.team_size:
        raise Refused(f"每户至少派出 {act.policy.team_size} 名持证人员，请增加人数或者单位。")
    if step in {"ratio", "strata"}:
        ratios.check(act, data)
    missing = {"unit": data["unit"], "period": data["starts"], "reason": data["reason"]}
    if step in missing and not missing[step]:
        raise Refused("请先填写这一步。")
    if step == "period":
        _keep_days(act, data, date.fromisoformat(data["starts"]), date.fromisoformat(data["ends"]))


def _keep_days(act: Act, data: dict[str, Any], first: date, last: date) -> None:
    if last < act.now.date():
        raise Refused(f"抽查时间到 {last.isoformat()} 已经结束，请直接写明新的起止时间。")
    data.update(starts=first.isoformat(), ends=last.isoformat())


def _take_base(act: Act, data: dict[str, Any], text: str) -> None:
    """The typed base of the row's ratio with its reason: the stratum then holds the count that comes of it."""
    number, reason = completion.base(text)
    written = completion.typed(task_of(act, data["task"]))
    if written is None or written.quota is None:
        raise Refused(str(say("plan.ratio_unreadable")))
    count = Quota(count=written.quota.of(number))
    data.update(strata={REST: completion.stored(count)}, order=[], base=number, base_reason=reason)


def _face(ask: Ask, data: dict[str, Any], *, edit: bool = True) -> Answer:
    """The form as filled in so far with the current step's question and buttons; kept as it is shown."""
    task = task_of(ask.act, data["task"])
    text, keys = QUESTIONS[data["step"]](ask.act, task, data)
    number = task.id or 0
    step = data["step"]
    steps: list[Key] = []
    if step == STEPS[0] and data["from"] and _ready(data):
        keys = (*keys, (key("都和上次一样，直接核对", "plan_go", number, step, "last"),))
    if step != STEPS[0]:
        steps.append(key("上一步", "plan_go", number, step, "back"))
    if step in MARKED or step == "people" or step in _settled(data):
        steps.append(key("选好了" if step in ASIDE else "下一步", "plan_go", number, step, "next"))
    steps.append(_CANCEL)
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)
    return Answer(lines(*told_of(ask.act, task, data), text), (*keys, tuple(steps)), edit=edit)


def _settled(data: dict[str, Any]) -> set[str]:
    """Single-choice steps that have an answer already and may be passed by."""
    found = {
        "unit": data["unit"],
        "ratio": data["strata"],
        "strata": data["strata"],
        "period": data["starts"],
        "reason": data["reason"],
    }
    return {step for step, value in found.items() if value}


def _ready(data: dict[str, Any]) -> bool:
    """Whether every step but the days is filled in already, so that it need only be checked."""
    return all((data["unit"], data["strata"], data["items"], data["lines"]))
