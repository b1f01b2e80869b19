"""计划: the rows of the year's plan, its way from draft to published version, and its versions (DESIGN §4)."""

from typing import Any

from handlers import registry
from handlers.answer import Answer, Key, column, key, rows
from handlers.edits import edit_line
from handlers.pages import PAGE, turns
from handlers.registry import Ask, button, command, form, notice
from models import completion, dialogue, planversion, publishing
from models.act import Act, NoRight, Refused
from models.base import SHANGHAI
from models.outbox import Outbox
from models.plan import Plan, Task
from models.planversion import PlanVersion
from models.words import PlanState, RequestState, Role, TaskState, chinese
from templates.texts import Html, lines, say

_STAFF = frozenset({Role.STAFF, Role.ADMIN})
_OPEN = (TaskState.WRITTEN, TaskState.COMPLETED)
_CANCEL = key("取消", "cancel")
# A message holds so many edits in words; the paper has them all.
_SHOWN = 15


@command("plan", "计划", "查看年度抽查计划，补全任务，送审和调整", roles=_STAFF, who="工作人员")
def show(ask: Ask) -> Answer | None:
    """The rows of this year's plan with their state, a button for each that can be completed, and the way on."""
    return _list(ask, 0)


@button("plan_list")
def page(ask: Ask) -> Answer | None:
    """Further rows of this year's plan."""
    return _list(ask, ask.number())


@button("plan_year")
def another(ask: Ask) -> Answer | None:
    """The plan of another year: next year's draft, or an old one."""
    return _list(ask, ask.number(1), _plan(ask.act, ask.number()))


# --- approval ------------------------------------------------------------------------------------------------------


@button("plan_ask")
def send_up(ask: Ask) -> Answer | None:
    """送领导审批 of a draft."""
    row = planversion.ask(ask.act, _plan(ask.act, ask.number()))
    return Answer(say("adjust.asked"), column(key("撤回送审", "plan_drop", row.id or 0)), toast="已送领导审批")


@button("plan_drop")
def take_back(ask: Ask) -> Answer | None:
    """撤回送审."""
    planversion.drop(ask.act, ask.number())
    return Answer(say("adjust.dropped"), edit=True, toast="已撤回")


@button("plan_issued")
def issued(ask: Ask) -> Answer | None:
    """登记印发: asks by which document."""
    _private(ask)
    data = {"plan": _plan(ask.act, ask.number()).id}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "plan_issued", data, ask.act.now)
    return Answer(say("adjust.issued_by"), column(_CANCEL))


@form("plan_issued")
def issued_by(ask: Ask) -> Answer | None:
    """The document by which the plan was approved."""
    if ask.dialogue is None or not ask.text:
        return Answer(say("adjust.issued_by"), column(_CANCEL))
    row = planversion.adopt(ask.act, _plan(ask.act, int(ask.dialogue.data["plan"])), ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(lines(say("adjust.adopted", paper=row.paper), _due(ask.act, row)), _version_keys(ask.act, row))


@notice("plan_asked")
def asked(act: Act, row: Outbox) -> Answer | None:
    """To each leader: what is to be approved, with 通过 and 退回. Nothing once it is decided."""
    found = planversion.get(act.session, int(row.data["version"]))
    if found.state != RequestState.ASKED:
        return None
    return Answer(_request(act, found), (_decision(found), *rows(_papers(found), 2)))


@button("plan_request")
def request(ask: Ask) -> Answer | None:
    """One request of the 待批 list, with its buttons for whoever may decide it."""
    _private(ask)
    found = planversion.get(ask.act.session, ask.number())
    plan = ask.act.session.get_one(Plan, found.plan_id)
    if not ask.act.may({Role.LEADER, *_STAFF}, plan.unit_id):
        raise NoRight
    decides = found.state == RequestState.ASKED and ask.act.may({Role.LEADER}, plan.unit_id)
    keys = rows(_papers(found), 2)
    return Answer(_request(ask.act, found), (_decision(found), *keys) if decides else keys)


def _decision(found: PlanVersion) -> tuple[Key, ...]:
    return (key("通过", "plan_pass", found.id or 0), key("退回", "plan_return", found.id or 0))


@button("plan_pass")
def passed(ask: Ask) -> Answer | None:
    """通过 by a leader."""
    row = planversion.decide(ask.act, ask.number(), approves=True)
    return Answer(lines(_request(ask.act, row), say("adjust.passed", n=row.number)), edit=True, toast="已通过")


@button("plan_return")
def sent_back(ask: Ask) -> Answer | None:
    """退回: asks why."""
    _private(ask)
    row = planversion.get(ask.act.session, ask.number())
    planversion.may_decide(ask.act, row, ask.act.session.get_one(Plan, row.plan_id))
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "plan_return", {"version": row.id}, ask.act.now)
    return Answer(say("adjust.return_why"), column(_CANCEL))


@form("plan_return")
def return_reason(ask: Ask) -> Answer | None:
    """Why a request goes back."""
    if ask.dialogue is None or not ask.text:
        return Answer(say("adjust.return_why"), column(_CANCEL))
    row = planversion.decide(ask.act, int(ask.dialogue.data["version"]), approves=False, answer=ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("adjust.returned", answer=row.answer))


@notice("plan_decided")
def decided(act: Act, row: Outbox) -> Answer | None:
    """To whoever asked: approved, with what to do next, or sent back with the reason."""
    found = planversion.get(act.session, int(row.data["version"]))
    plan = act.session.get_one(Plan, found.plan_id)
    who = planversion.name_of(act.session, found.decided_by)
    if found.state == RequestState.RETURNED:
        return Answer(say("adjust.told_returned", title=plan.title, who=who, answer=found.answer))
    text = say("adjust.told_passed", title=plan.title, who=who, n=found.number)
    return Answer(lines(text, _due(act, found)), _version_keys(act, found))


@notice("task_withdrawn")
def withdrawn(act: Act, row: Outbox) -> Answer | None:
    """To an inspector: the visits of a withdrawn task need not be made."""
    task = act.session.get_one(Task, int(row.data["task"]))
    return Answer(say("adjust.told_withdrawn", no=task.plan_no, name=task.name, n=row.data["visits"]))


# --- versions ------------------------------------------------------------------------------------------------------


@button("plan_versions")
def versions(ask: Ask) -> Answer | None:
    """历次版本."""
    _private(ask)
    plan = _plan(ask.act, ask.number())
    found = planversion.of_plan(ask.act.session, plan.id or 0)
    shown = [_version_line(ask.act, row) for row in found]
    keys = [key(f"第 {row.number} 版", "plan_version", row.id or 0) for row in found[:30]]
    return Answer(lines(say("adjust.versions", title=plan.title), *shown), rows(keys, 3))


@button("plan_version")
def version(ask: Ask) -> Answer | None:
    """One version: why, what changed, where it is published."""
    _private(ask)
    row = planversion.get(ask.act.session, ask.number())
    _plan(ask.act, row.plan_id)
    text = lines(_version_line(ask.act, row), *_edits(row), say("adjust.rows", n=len(row.rows)), _due(ask.act, row))
    return Answer(text, _version_keys(ask.act, row))


# --- the list ------------------------------------------------------------------------------------------------------


def _list(ask: Ask, first: int, plan: Plan | None = None) -> Answer:
    act = ask.act
    plans = completion.plans(act.session)
    found = plan or completion.current(plans, act.now.year)
    tasks = completion.of_plan(act.session, found.id or 0) if found else []
    if found is None or not tasks:
        return Answer(say("plan.none"), privately=not ask.private)
    shown = tasks[first : first + PAGE]
    waiting = sum(task.state == TaskState.WRITTEN for task in tasks)
    keys: list[tuple[Key, ...]] = [
        (
            key(
                f"{'补全' if task.state == TaskState.WRITTEN else '修改'} {task.plan_no} {task.name[:16]}",
                "plan_row",
                task.id or 0,
            ),
        )
        for task in shown
        if task.state in _OPEN
    ]
    keys.append(turns(len(tasks), first, lambda at: ("plan_year", found.id or 0, at)))
    life, ways = _life(act, found)
    ways += [key(f"{each.year} 年计划", "plan_year", each.id or 0, 0) for each in plans[:4] if each.id != found.id]
    text = lines(
        say("plan.list", title=found.title, n=len(tasks), waiting=waiting),
        life,
        *(
            say(
                "plan.line",
                no=task.plan_no,
                name=task.name,
                ratio=task.ratio_text,
                state=chinese(TaskState(task.state)),
            )
            for task in shown
        ),
        say("plan.choose"),
    )
    return Answer(text, (*(row for row in keys if row), *rows(ways, 2)), privately=not ask.private)


def _life(act: Act, plan: Plan) -> tuple[Html, list[Key]]:
    """Where the plan stands between draft and publication, and the buttons that lead on."""
    number = plan.id or 0
    papers = [*_known("计划表 .docx", "doc_plan", number), *_known("工作方案 .docx", "work_plans", number)]
    waiting = planversion.open_request(act.session, number)
    if waiting is not None:
        text = say("adjust.waits", who=planversion.name_of(act.session, waiting.asked_by), day=_day(waiting.asked_at))
        ways = [key("撤回送审", "plan_drop", waiting.id or 0), *papers]
        if plan.state == PlanState.DRAFT:
            ways.insert(0, key("登记已经印发", "plan_issued", number))
        return text, ways
    if plan.state == PlanState.DRAFT:
        ways = [key("送领导审批", "plan_ask", number), key("登记已经印发", "plan_issued", number), *papers]
        return say("adjust.draft"), ways
    ways = [key("调整计划", "adjust", number), key("历次版本", "plan_versions", number), *papers]
    newest = planversion.of_plan(act.session, number)
    return (_version_line(act, newest[0]) if newest else Html("")), ways


def _request(act: Act, row: PlanVersion) -> Html:
    """A request in words: whose plan, why, which edits."""
    plan = act.session.get_one(Plan, row.plan_id)
    who = planversion.name_of(act.session, row.asked_by)
    if not row.code:
        tasks = completion.of_plan(act.session, plan.id or 0)
        named = [say("plan.line", no=t.plan_no, name=t.name, ratio=t.ratio_text, state="") for t in tasks[:_SHOWN]]
        more = say("adjust.more", n=len(tasks) - _SHOWN) if len(tasks) > _SHOWN else ""
        return lines(say("adjust.request_first", title=plan.title, who=who, n=len(tasks)), *named, more)
    head = say("adjust.request", title=plan.title, who=who, code=row.code, reason=row.reason)
    return lines(head, *_edits(row))


def _edits(row: PlanVersion) -> list[Html]:
    shown = [edit_line(each) for each in row.changes[:_SHOWN]]
    if len(row.changes) > _SHOWN:
        shown.append(say("adjust.more", n=len(row.changes) - _SHOWN))
    return shown


def _version_line(act: Act, row: PlanVersion) -> Html:
    """`第 2 版　3 月 2 日　安全生产大检查：…　批准：领导甲` or, of the first one, by which paper."""
    how = planversion.name_of(act.session, row.decided_by) or row.paper or "—"
    why = f"{row.code}：{row.reason}" if row.code else "首次发布"
    owed = planversion.publication_of(act.session, row)
    public = f"，{_day_of(owed.done_on)}在{owed.channel}公示" if owed and owed.done_on else ""
    public = f"，不公示：{owed.reason}" if owed and owed.reason else public
    day = _day(row.decided_at or row.asked_at)
    return say("adjust.version", n=row.number, day=day, why=why, how=how, public=public)


def _due(act: Act, row: PlanVersion) -> Html:
    """By when a version must be public, where the profile asks for it and it is not."""
    owed = planversion.publication_of(act.session, row)
    if owed is None or owed.done_on is not None or owed.reason:
        return Html("")
    mark = "（暂估）" if owed.estimated else ""
    return say("adjust.due", day=f"{_day_of(owed.due)}{mark}")


def _version_keys(act: Act, row: PlanVersion) -> tuple[tuple[Key, ...], ...]:
    owed = planversion.publication_of(act.session, row)
    keys = list(_papers(row))
    if owed is None or owed.done_on is None:
        keys.append(key("登记公示", "publish", row.id or 0, publishing.PLAN))
    return rows(keys, 2)


def _papers(row: PlanVersion) -> list[Key]:
    """计划表 of a version, and its 计划调整, as far as these papers are made."""
    table = _known("计划表 .docx", "doc_plan_version", row.id or 0) if row.rows else []
    return [*table, *(_known("计划调整 .docx", "doc_plan_change", row.id or 0) if row.code else [])]


def _known(label: str, name: str, number: int) -> list[Key]:
    return [key(label, name, number)] if name in registry.BUTTONS else []


def _plan(act: Act, number: int) -> Plan:
    """The plan, for its staff."""
    found = act.session.get(Plan, number)
    if found is None:
        raise Refused("没有找到这份计划，请重新发送 /plan。")
    act.require(_STAFF, found.unit_id)
    return found


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理计划。")


def _day(at: Any) -> str:
    return _day_of(at.astimezone(SHANGHAI).date())


def _day_of(day: Any) -> str:
    return f"{day.month} 月 {day.day} 日"
