"""What 补全 asks at each step, with its options, and what it tells of the steps before (DESIGN §4)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from handlers.answer import Key, key, rows
from handlers.pages import PAGE, turns
from handlers.phrases import stratum_name
from models import completion, people, plan, scenario, strata
from models.act import Act, Refused
from models.item import Item
from models.people import Unit
from models.plan import Task
from models.quota import percent
from models.strata import REST
from models.words import DrawMode, Role, TaskState, chinese
from templates.texts import Html, lines, say

# In order; the reason is asked only where the profile wants one, the districts only where the register has some.
STEPS = ("unit", "kinds", "districts", "ratio", "items", "people", "period", "mode", "reason", "summary")

ASIDE = {
    "tags": "people",
    "joint": "people",
    "industries": "districts",
    "labels": "districts",
    "base": "ratio",
    "strata": "ratio",
    "layer": "ratio",
}
"""Steps that are no part of the way: whence each was opened and where it leads back."""

MARKED = frozenset({"kinds", "districts", "items", "tags", "industries", "labels"})
"""Steps of which several options may be marked."""

OPEN = (TaskState.WRITTEN, TaskState.COMPLETED)
STAFF = frozenset({Role.STAFF, Role.ADMIN})


def task_of(act: Act, number: int) -> Task:
    """A row that can still be completed."""
    task = act.session.get(Task, number)
    if task is None:
        raise Refused("没有找到这项任务，请重新发送 /plan。")
    if task.state not in OPEN:
        raise Refused(f"任务 {task.plan_no}（{chinese(TaskState(task.state))}）已经抽取或者撤销，不能再改。")
    return task


def scope_of(data: dict[str, Any]) -> dict[str, list[str]]:
    """The filter as chosen so far; what is left open is no key of it."""
    named = {"kinds": "kinds", "districts": "districts", "industries": "industries", "tags": "labels"}
    return {name: list(data[chosen]) for name, chosen in named.items() if data[chosen]}


def told_of(act: Act, task: Task, data: dict[str, Any]) -> list[Html]:
    """What is settled before the current step."""
    step = data["step"]
    at = STEPS.index(ASIDE.get(step, step))
    session = act.session
    told = [say("plan.head", no=task.plan_no, name=task.name)]
    if at > 0:
        told.append(say("plan.unit", text=session.get_one(Unit, data["unit"]).name))
        told.append(
            say(
                "plan.scope",
                kinds="、".join(data["kinds"]) or "不限类别",
                districts="、".join(data["districts"]) or "不限区县",
                n=completion.count(session, scope_of(data)),
            )
        )
        told.append(say("plan.industries", text="、".join(data["industries"])) if data["industries"] else Html(""))
        told.append(say("plan.labels", text="、".join(data["labels"])) if data["labels"] else Html(""))
    if at > STEPS.index("ratio"):
        told.append(say("plan.ratio", text=_ratio(data)))
        told.append(_floor(act, data))
    if at > STEPS.index("items"):
        told.append(say("plan.items", text="、".join(session.get_one(Item, each).name for each in data["items"])))
    if at > STEPS.index("people"):
        team_ = "、".join(
            f"{session.get_one(Unit, line['unit']).name} {line['count']} 人{_tags(line)}" for line in data["lines"]
        )
        told.append(say("plan.team", text=team_))
    if at > STEPS.index("period"):
        told.append(say("plan.period", first=data["starts"], last=data["ends"], n=data["times"]))
    if at > STEPS.index("mode"):
        told.append(say("plan.mode", text=chinese(DrawMode(data["mode"]))))
    if at > STEPS.index("reason") and data["mode"] == DrawMode.BOT and data["reason"]:
        told.append(say("plan.reason", text=data["reason"]))
    return told


def _ratio(data: dict[str, Any]) -> str:
    """`重点 100%、其余 5%`; of a plain draw the ratio alone."""
    order = strata.ordered(data["strata"], data["order"])
    rules = [plan.stratum_quota(data["strata"][name]).text for name in order]
    named = zip(order, rules, strict=True)
    shown = rules if order == [REST] else [f"{stratum_name(name, alone=False)} {rule}" for name, rule in named]
    base = f"（按 {data['base']:,} 计算：{data['base_reason']}）" if data["base"] else ""
    return "、".join(shown) + base


def _floor(act: Act, data: dict[str, Any]) -> Html:
    found = plan.stratum_quota(data["strata"][REST]).ratio if REST in data["strata"] else None
    if found is None or found >= act.policy.ratio_floor:
        return Html("")
    return say("plan.below_floor", floor=percent(act.policy.ratio_floor))


def _tags(line: dict[str, Any]) -> str:
    return f"（{'、'.join(line['tags'])}）" if line["tags"] else ""


# --- the questions, one for each step ----------------------------------------------------------------------------

Keys = tuple[tuple[Key, ...], ...]
Question = tuple[Html, Keys]


def choices(data: dict[str, Any], options: list[tuple[Any, str]], chosen: list[Any] | None = None) -> Keys:
    """Options as buttons, a page at a time; with `chosen`, each shows whether it is marked."""
    data["options"] = [value for value, _ in options]
    number, step, first = data["task"], data["step"], data["page"]
    found = []
    for at, (value, label) in list(enumerate(options))[first : first + PAGE]:
        mark = "" if chosen is None else "☑ " if value in chosen else "☐ "
        found.append((key(f"{mark}{label}", "plan_pick", number, step, at),))
    beside = turns(len(options), first, lambda at: ("plan_go", number, step, at))
    return (*found, beside) if beside else tuple(found)


def written(data: dict[str, Any], text: str) -> Html:
    """The row's own words, and by which row of the same wording this step is filled in already."""
    before = data["from"].get(data["step"], "")
    return lines(say("plan.written", text=text) if text else "", say("plan.remembered", no=before) if before else "")


def _ask_unit(act: Act, task: Task, data: dict[str, Any]) -> Question:
    found = _own_units(act)
    meant = completion.named(task.lead_text, found)
    options: list[tuple[Any, str]] = [(unit.id, f"{unit.name}（计划所写）") for unit in meant]
    options += [(unit.id, unit.name) for unit in found if unit not in meant]
    known = scenario.of_units(act.session, {unit.id or 0 for unit in found})
    options += [(f"scenario {each.id}", f"一业一查：{each.name}") for each in known]
    return lines(written(data, task.lead_text), say("plan.ask_unit")), choices(data, options)


def _ask_kinds(act: Act, task: Task, data: dict[str, Any]) -> Question:
    found = completion.spread(act.session, "kinds", {})
    options = [(value, f"{value} {n:,} 户") for value, n in found]
    keys = (*choices(data, options, data["kinds"]), *(() if _has_districts(act, data) else _further(act, task, data)))
    return lines(written(data, task.scope_text), say("plan.ask_kinds")), keys


def _ask_districts(act: Act, task: Task, data: dict[str, Any]) -> Question:
    found = completion.spread(act.session, "districts", scope_of(data))
    options = [(value, f"{value} {n:,} 户") for value, n in found]
    keys = (*choices(data, options, data["districts"]), *_further(act, task, data))
    return lines(written(data, task.scope_text), say("plan.ask_districts")), keys


def _has_districts(act: Act, data: dict[str, Any]) -> bool:
    return bool(completion.spread(act.session, "districts", scope_of(data)))


def _further(act: Act, task: Task, data: dict[str, Any]) -> Keys:
    """The ways to the filters that are rarely wanted, where the register has any."""
    wide = {name: values for name, values in scope_of(data).items() if name not in {"industries", "tags"}}
    number, step, found = task.id or 0, data["step"], []
    if completion.spread(act.session, "industries", wide):
        found.append(key("按行业筛选", "plan_go", number, step, "industries"))
    if completion.labels(act.session, wide):
        found.append(key("按标签筛选", "plan_go", number, step, "labels"))
    return (tuple(found),) if found else ()


def _ask_industries(act: Act, task: Task, data: dict[str, Any]) -> Question:
    options = [
        (value, f"{value} {n:,} 户") for value, n in completion.spread(act.session, "industries", scope_of(data))
    ]
    return lines(written(data, task.scope_text), say("plan.ask_industries")), choices(data, options, data["industries"])


def _ask_labels(act: Act, task: Task, data: dict[str, Any]) -> Question:
    options = [(value, f"{value} {n:,} 户") for value, n in completion.labels(act.session, scope_of(data))]
    return lines(written(data, task.scope_text), say("plan.ask_labels")), choices(data, options, data["labels"])


def _ask_base(act: Act, task: Task, data: dict[str, Any]) -> Question:
    before = completion.remembered(act.session, task, "ratio_text")
    last = (
        say("plan.last_base", n=before.base, reason=before.base_reason, no=before.plan_no)
        if before and before.base
        else ""
    )
    return lines(written(data, task.ratio_text), last, say("plan.ask_base")), ()


def _ask_items(act: Act, task: Task, data: dict[str, Any]) -> Question:
    found = completion.items(act.session)
    if not found:
        raise Refused("还没有抽查事项清单。请先把清单发到与我的私聊导入，再继续补全。")
    options = [(item.id, f"{item.code} {item.name[:24]}") for item in found]
    return lines(written(data, task.item_text), say("plan.ask_items")), choices(data, options, data["items"])


def _ask_people(act: Act, task: Task, data: dict[str, Any]) -> Question:
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
    return lines(written(data, task.joint_text), *told, say("plan.ask_people", n=size)), tuple(keys)


def _ask_joint(act: Act, task: Task, data: dict[str, Any]) -> Question:
    taken = {line["unit"] for line in data["lines"]}
    found = [unit for unit in _all_units(act) if unit.id not in taken]
    meant = completion.named(task.joint_text, found)
    options = [(unit.id, unit.name) for unit in [*meant, *(unit for unit in found if unit not in meant)]]
    return lines(written(data, task.joint_text), say("plan.ask_joint")), choices(data, options)


def _ask_tags(act: Act, task: Task, data: dict[str, Any]) -> Question:
    line = data["lines"][data["line"]]
    options = [(tag, tag) for tag in completion.tags(act.session, line["unit"])]
    name = act.session.get_one(Unit, line["unit"]).name
    return say("plan.ask_tags", unit=name), choices(data, options, line["tags"])


def _ask_period(act: Act, task: Task, data: dict[str, Any]) -> Question:
    found = completion.period(task, completion.year_of(act.session, task))
    days = (found.first, found.last) if found else ()
    options = [([day.isoformat() for day in days], " 至 ".join(f"{day:%Y-%m-%d}" for day in days))] if found else []
    number, n = task.id or 0, data["times"]
    often = (
        key(f"每年 {n} 次 ＋1", "plan_go", number, "period", "more"),
        key("－1", "plan_go", number, "period", "less"),
    )
    remark = say("plan.remark", text=found.meant.replace("补全时", "")) if found and found.meant else ""
    text = lines(written(data, task.period_text), remark, say("plan.ask_period", n=n))
    return text, (*choices(data, options), often)


def modes(act: Act) -> list[DrawMode]:
    """What the profile lets a task be drawn by, its own default first."""
    found = [DrawMode.PLATFORM] if act.policy.draw_mode == "platform" else []
    if act.policy.bot_draw != "refused":
        found.append(DrawMode.BOT)
    return [*found, DrawMode.REHEARSAL]


def _ask_mode(act: Act, task: Task, data: dict[str, Any]) -> Question:
    return say("plan.ask_mode"), choices(data, [(str(mode), chinese(mode)) for mode in modes(act)])


def _ask_reason(act: Act, task: Task, data: dict[str, Any]) -> Question:
    return say("plan.ask_reason"), ()


def _ask_summary(act: Act, task: Task, data: dict[str, Any]) -> Question:
    number = task.id or 0
    keys = rows([key("确认补全", "plan_yes", number), key("从头修改", "plan_go", number, "summary", "first")], 2)
    return say("plan.summary"), keys


def _own_units(act: Act) -> list[Unit]:
    """The units for which the asker may complete a row."""
    tops = [people.unit_of_role(act.session, act.person_id, role) for role in STAFF]
    found: list[Unit] = []
    for top in filter(None, tops):
        found += [unit for unit in completion.units(act.session, top.id or 0) if unit not in found]
    return found


def _all_units(act: Act) -> list[Unit]:
    root = people.root(act.session)
    return completion.units(act.session, root.id or 0) if root else []


QUESTIONS: dict[str, Callable[[Act, Task, dict[str, Any]], Question]] = {
    "unit": _ask_unit,
    "kinds": _ask_kinds,
    "districts": _ask_districts,
    "items": _ask_items,
    "people": _ask_people,
    "joint": _ask_joint,
    "industries": _ask_industries,
    "labels": _ask_labels,
    "base": _ask_base,
    "tags": _ask_tags,
    "period": _ask_period,
    "mode": _ask_mode,
    "reason": _ask_reason,
    "summary": _ask_summary,
}
