"""计划调整: reason code, grounds, and the rows to add, change or withdraw, one by one or from a table; then 送审."""

from copy import deepcopy
from typing import Any

from handlers.answer import Answer, Key, column, key, rows
from handlers.edits import TITLES, edit_line
from handlers.pages import PAGE, turns
from handlers.registry import Ask, button, form
from models import adjustment, dialogue, intake, planversion
from models.act import Act, Refused
from models.adjustment import ADD, CHANGE, WITHDRAW, Edit
from models.plan import COLUMNS, Plan, Task
from models.words import PlanState, Role, TaskState
from templates import sheets
from templates.sheets import SheetError
from templates.texts import Html, lines, say

_FORM = "adjust"
_CANCEL = key("取消", "cancel")
# What a new row is asked for, in order; its numbers are given.
_ASKED = ("name", "kind", "ratio_text", "item_text", "scope_text", "lead_text", "joint_text", "period_text")
# What can be changed in a row: its numbers stay, because letters and records name it by them.
_CHANGEABLE = tuple(name for name in COLUMNS if name not in {"plan_no", "task_no"})


@button("adjust")
def begin(ask: Ask) -> Answer | None:
    """调整计划: begins with the reason; an adjustment that is open goes on where it was."""
    if not ask.private:
        raise Refused("请在与我的私聊里调整计划。")
    plan = ask.act.session.get(Plan, ask.number())
    if plan is None:
        raise Refused("没有找到这份计划，请重新发送 /plan。")
    ask.act.require({Role.STAFF, Role.ADMIN}, plan.unit_id)
    if plan.state != PlanState.PUBLISHED:
        raise Refused("计划还是草案，请直接修改后重新导入，不用调整。")
    if planversion.open_request(ask.act.session, plan.id or 0) is not None:
        raise Refused("这份计划已经有一份在等领导批准，批准或者撤回以后才能再调整。")
    if ask.dialogue is not None and ask.dialogue.form == _FORM and ask.dialogue.data["plan"] == plan.id:
        return _face(ask, deepcopy(ask.dialogue.data), edit=False)
    data: dict[str, Any] = {
        "plan": plan.id,
        "step": "code",
        "code": "",
        "reason": "",
        "edits": [],
        "page": 0,
        "task": 0,
        "column": "",
    }
    return _face(ask, data, edit=False)


@button("adjust_code")
def code(ask: Ask) -> Answer | None:
    """The reason code."""
    data = _data(ask)
    data.update(code=ask.act.policy.adjust_reasons[ask.number()], step="reason")
    return _face(ask, data)


@button("adjust_do")
def do(ask: Ask) -> Answer | None:
    """What to write next, another page, the last edit away again, back."""
    data = _data(ask)
    action = ask.args[0]
    if action in {"change", "drop"}:
        data.update(step=action, page=0)
    elif action == "add":
        plan_no, task_no = _next(ask.act, data)
        name = f"{_plan(ask.act, data).year}年度抽查计划"
        data["new"] = {"plan_no": plan_no, "task_no": task_no, "plan_name": name}
        data["step"] = "add"
    elif action == "none" and data["step"] == "add":
        return _added(ask, data, "无")
    elif action == "undo":
        data["edits"] = data["edits"][:-1]
    elif action == "back":
        data["step"] = "edits" if data["step"] != "column" else "change"
    elif action.isdigit():
        data["page"] = int(action)
    return _face(ask, data)


@button("adjust_row")
def row(ask: Ask) -> Answer | None:
    """The row to change or to withdraw."""
    data, number = _data(ask), ask.number()
    if data["step"] == "drop":
        _put(ask.act, data, Edit(WITHDRAW, number))
        data["step"] = "edits"
    elif data["step"] == "change":
        task = ask.act.session.get_one(Task, number)
        if task.state not in {TaskState.WRITTEN, TaskState.COMPLETED}:
            raise Refused(f"任务 {task.plan_no} 已经抽取，内容不能再改，只能增加批次或者取消。")
        data.update(task=number, step="column")
    return _face(ask, data)


@button("adjust_column")
def which(ask: Ask) -> Answer | None:
    """The column to change."""
    data = _data(ask)
    data.update(column=_CHANGEABLE[ask.number()], step="text")
    return _face(ask, data)


@form(_FORM)
def given(ask: Ask) -> Answer | None:
    """The grounds, a cell's new text, a new row's next cell, or a whole table."""
    data = _data(ask)
    step, text = data["step"], ask.text.strip()
    if ask.file is not None:
        return _from_table(ask, data)
    if step == "reason" and text:
        data.update(reason=text[:500], step="edits")
    elif step == "text" and text:
        note = _understood(ask.act, data, data["column"], text[:500])
        _put(ask.act, data, Edit(CHANGE, data["task"], {data["column"]: text[:500]}))
        data["step"] = "edits"
        return _face(ask, data, edit=False, note=note)
    elif step == "add" and text:
        return _added(ask, data, text[:500])
    else:
        return Answer(say("adjust.use_buttons"))
    return _face(ask, data, edit=False)


@button("adjust_send")
def send(ask: Ask) -> Answer | None:
    """送审."""
    data = _data(ask)
    edits = [Edit(each["how"], each["task"], each["fields"]) for each in data["edits"]]
    found = planversion.ask(ask.act, _plan(ask.act, data), code=data["code"], reason=data["reason"], edits=edits)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    keys = column(key("撤回送审", "plan_drop", found.id or 0))
    return Answer(lines(_head(data), *map(edit_line, found.changes), say("adjust.asked")), keys, edit=True)


def _face(ask: Ask, data: dict[str, Any], *, edit: bool = True, note: str = "") -> Answer:
    """The adjustment so far with the current step's question; kept as it is shown."""
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)
    step = data["step"]
    if step == "code":
        reasons = ask.act.policy.adjust_reasons
        keys = column(*(key(name, "adjust_code", at) for at, name in enumerate(reasons)), _CANCEL)
        return Answer(say("adjust.code"), keys, edit=edit)
    if step == "reason":
        return Answer(say("adjust.reason"), column(_CANCEL), edit=edit)
    stored = [Edit(each["how"], each["task"], each["fields"]).stored(ask.act.session) for each in data["edits"]]
    told = lines(_head(data), *map(edit_line, stored), note)
    back = key("返回", "adjust_do", "back")
    if step in {"change", "drop"}:
        return Answer(lines(told, say(f"adjust.which_{step}")), (*_tasks(ask.act, data), (back, _CANCEL)), edit=edit)
    if step == "column":
        task = ask.act.session.get_one(Task, data["task"])
        names = [key(TITLES[name], "adjust_column", at) for at, name in enumerate(_CHANGEABLE)]
        text = say("adjust.which_column", no=task.plan_no, name=task.name)
        return Answer(lines(told, text), (*rows(names, 3), (back, _CANCEL)), edit=edit)
    if step == "text":
        task = ask.act.session.get_one(Task, data["task"])
        now = getattr(task, data["column"]) or "（空）"
        text = say("adjust.new_text", title=TITLES[data["column"]], text=now)
        return Answer(lines(told, text), ((back, _CANCEL),), edit=edit)
    if step == "add":
        name = _ASKED[len(data["new"]) - 3]
        text = say("adjust.add_text", no=data["new"]["plan_no"], title=TITLES[name])
        none = [key(say("adjust.add_none"), "adjust_do", "none")] if name == "joint_text" else []
        return Answer(lines(told, text), ((*none, back, _CANCEL),), edit=edit)
    ways = [
        key("变更一项", "adjust_do", "change"),
        key("取消一项", "adjust_do", "drop"),
        key("新增一项", "adjust_do", "add"),
    ]
    last = [key("送审", "adjust_send"), key("去掉最后一处", "adjust_do", "undo")] if stored else []
    text = say("adjust.what") if stored else say("adjust.empty")
    return Answer(lines(told, text), (tuple(ways), (*last, _CANCEL)), edit=edit)


def _added(ask: Ask, data: dict[str, Any], text: str) -> Answer:
    """One more cell of a new row; with the last one the row stands among the edits."""
    new = data["new"]
    note = _understood(ask.act, data, _ASKED[len(new) - 3], text)
    new[_ASKED[len(new) - 3]] = text
    if len(new) == len(COLUMNS):
        data["edits"].append({"how": ADD, "task": None, "fields": new})
        data.update(step="edits", new={})
        adjustment.check(ask.act, _plan(ask.act, data), _edits(data))
    return _face(ask, data, edit=False, note=note)


def _understood(act: Act, data: dict[str, Any], name: str, text: str) -> Html:
    """How a typed ratio or period is understood, where that is not plain."""
    found = adjustment.understood(_plan(act, data), name, text)
    return lines(*(say("plan.remark", text=each) for each in found))


def _from_table(ask: Ask, data: dict[str, Any]) -> Answer:
    """A changed plan as a table: what differs becomes the edits, in place of what was written so far."""
    if data["step"] == "code" or ask.file is None:
        return Answer(say("adjust.use_buttons"))
    try:
        table = sheets.read(ask.file.name, ask.file.data, "plan")
    except SheetError as error:
        raise Refused(str(error)) from error
    if table.kind != "plan":
        raise Refused(say("adjust.not_plan"))
    plan, ready = _plan(ask.act, data), intake.preview(ask.act, table, adjusting=True)
    if ready.year != plan.year:
        raise Refused(f"这份表是 {ready.year} 年的计划，正在调整的是 {plan.year} 年的。请核对后重新发送。")
    edits: list[dict[str, Any]] = []
    for entry in ready.taken:
        if entry.change == "new":
            edits.append({"how": ADD, "task": None, "fields": {name: entry.values[name] for name in COLUMNS}})
        elif entry.change == "changed":
            edits.append({"how": CHANGE, "task": entry.id, "fields": {n: entry.values[n] for n in entry.before}})
    refused = (
        say("adjust.from_file_refused", n=ready.refused_rows, first=ready.refused[0].reason) if ready.refused else ""
    )
    if not edits:
        return Answer(lines(say("adjust.from_file_same"), refused))
    data.update(edits=edits, step="edits" if data["reason"] else "reason")
    adjustment.check(ask.act, plan, _edits(data))
    told = say("adjust.from_file", new=ready.new, changed=ready.changed)
    return _face(ask, data, edit=False, note=lines(told, refused))


def _put(act: Act, data: dict[str, Any], edit: Edit) -> None:
    """Write an edit down; another column of a row that is changed already joins it."""
    kept = [each for each in data["edits"] if each["task"] != edit.task_id]
    same = next((each for each in data["edits"] if each["task"] == edit.task_id and each["how"] == edit.how), None)
    fields = {**(same["fields"] if same else {}), **edit.fields}
    data["edits"] = [*kept, {"how": edit.how, "task": edit.task_id, "fields": fields}]
    adjustment.check(act, _plan(act, data), _edits(data))


def _edits(data: dict[str, Any]) -> list[Edit]:
    return [Edit(each["how"], each["task"], each["fields"]) for each in data["edits"]]


def _next(act: Act, data: dict[str, Any]) -> tuple[str, str]:
    """Numbers for a new row, past those that this adjustment gives already."""
    plan = _plan(act, data)
    plan_no, task_no = adjustment.next_numbers(act.session, plan)
    more = sum(each["how"] == ADD for each in data["edits"])
    return f"{int(plan_no) + more}", f"{int(task_no) + more:03d}"


def _tasks(act: Act, data: dict[str, Any]) -> tuple[tuple[Key, ...], ...]:
    found = adjustment.numbered(act.session, _plan(act, data))
    if data["step"] == "change":
        found = [task for task in found if task.state != TaskState.DRAWN]
    first = data["page"]
    keys = [(key(f"{task.plan_no} {task.name[:20]}", "adjust_row", task.id or 0),) for task in found[first:][:PAGE]]
    more = turns(len(found), first, lambda at: ("adjust_do", at))
    return (*keys, more) if more else tuple(keys)


def _head(data: dict[str, Any]) -> str:
    return say("adjust.head", code=data["code"], reason=data["reason"] or "—")


def _plan(act: Act, data: dict[str, Any]) -> Plan:
    return act.session.get_one(Plan, data["plan"])


def _data(ask: Ask) -> dict[str, Any]:
    """The open adjustment. A button of one that was sent or given up says so."""
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused(say("adjust.gone"))
    return deepcopy(ask.dialogue.data)
