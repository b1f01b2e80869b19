"""汇总: one short text for leaders and staff, with the lists behind its buttons; to leaders also once a day."""

from dataclasses import replace
from datetime import date
from html import unescape

from sqlmodel import select

from handlers import issue
from handlers.answer import Answer, File, Key, column, key, rows
from handlers.deadline import day_text, what_text
from handlers.registry import Ask, button, command, notice
from models import audit, figures, people, planversion, quarter, reminder, subject, summary
from models.act import Act, NoRight, Refused
from models.base import SHANGHAI
from models.figures import Figures, Reached
from models.outbox import Outbox
from models.people import Unit
from models.plan import Task
from models.summary import Owed
from models.words import Role, chinese
from templates import picture
from templates.texts import Html, lines, say

# A message holds so many lines of a list, a keyboard so many buttons; a short text names so many units.
_LINES, _KEYS, _UNITS = 30, 20, 6


@command("summary", "汇总", "查看逾期、将到期、待批和各项目标", roles={Role.LEADER, Role.STAFF}, who="领导、工作人员")
def show(ask: Ask) -> Answer | None:
    """The short text; in a group without buttons, since the lists behind them name people and tasks."""
    return _overview(ask.act, private=ask.private)


@notice("summary")
def daily(act: Act, row: Outbox) -> Answer | None:
    """The day's summary; its last line is the head of the audit chain (DESIGN §9). An old day's is not sent late."""
    if row.data["day"] != act.now.astimezone(SHANGHAI).date().isoformat():
        return None
    answer = _overview(act, private=True)
    chased = _escalated(act)
    text = lines(answer.text, chased, say("summary.head", digest=audit.head(act.session)))
    keys = (*answer.keys, (key("知道了", "sum_seen", row.id or 0),)) if chased else answer.keys
    return replace(answer, text=text, keys=keys)


@button("sum_seen")
def seen(ask: Ask) -> Answer | None:
    """知道了 of the reports that a leader was told of; the message stays as it is."""
    row = ask.act.session.get(Outbox, ask.number())
    if row is None or row.kind != "summary" or row.person_id != ask.act.person_id:
        raise NoRight
    day = date.fromisoformat(row.data["day"])
    reminder.acknowledge(ask.act, [each.deadline.id or 0 for each in reminder.escalated(ask.act, day)])
    return Answer(toast=str(say("report.seen_toast")))


def _escalated(act: Act) -> Html:
    """The reports that are overdue long enough for the leader, several units that owe the same in one line."""
    found: dict[tuple[str, str, date], list[reminder.Escalated]] = {}
    for each in reminder.escalated(act, act.now.astimezone(SHANGHAI).date()):
        row = each.deadline
        found.setdefault((row.code, row.period, row.limit), []).append(each)
    if not found:
        return Html()
    told = []
    for (_, _, limit), group in found.items():
        what = what_text(group[0].deadline, [each.unit for each in group], len(group), set())
        told.append(say("report.leader_line", what=what, limit=day_text(limit), late=group[0].late))
    return lines(say("report.leader"), *told)


@button("sum_quarter")
def quarterly(ask: Ask) -> Answer | None:
    """季度总结 .docx, for the leader to sign."""
    _alone(ask)
    number = ask.number()
    text = say("summary.quarter", period=subject.quarter_text(number))
    return issue.hand_out(ask, quarter.view(ask.act, number), "quarter", number, text)


@button("sum_late")
def late(ask: Ask) -> Answer | None:
    """逾期: with whom, what, since when."""
    return _owed(ask, summary.owed(ask.act)[0], "summary.late_title", "summary.late_line")


@button("sum_soon")
def soon(ask: Ask) -> Answer | None:
    """将到期: the next working days."""
    return _owed(ask, summary.owed(ask.act)[1], "summary.soon_title", "summary.soon_line")


@button("sum_wait")
def waiting(ask: Ask) -> Answer | None:
    """待批: each request with its buttons for whoever may decide it; plans, reports and results to be judged."""
    _alone(ask)
    asked, plans = summary.leaves(ask.act), planversion.pending(ask.act)
    reports, (results, own) = summary.reports(ask.act), summary.reviews(ask.act)
    if not (asked or plans or reports or results):
        return Answer(say("summary.wait_none"))
    shown: list[Html] = []
    keys: list[tuple[Key, ...]] = []
    for n, each in enumerate(plans[:_KEYS], start=1):
        shown.append(say("summary.wait_plan", n=n, title=each.title, what=each.what, by=each.asked_by))
        keys.append((key(f"{n} 查看计划", "plan_request", each.version_id),))
    for n, leave in enumerate(asked[:_KEYS], start=len(keys) + 1):
        values = {"name": leave.name, "what": chinese(leave.what), "entity": leave.entity, "task": leave.task}
        shown.append(say("summary.wait_leave", n=n, **values))
        if leave.may:
            keys.append(
                (key(f"{n} 同意", "change_yes", leave.change_id), key(f"{n} 不同意", "change_no", leave.change_id))
            )
    left_out = max(0, len(asked) - _KEYS) + max(0, len(plans) - _KEYS)
    if left_out:
        shown.append(say("summary.more", n=left_out))
    if reports:
        shown.append(say("summary.wait_reports", n=reports))
    if results:
        shown.append(say("summary.wait_results", n=results))
    if own:
        shown.append(say("summary.wait_own", n=own))
    return Answer(lines(say("summary.wait_title"), *shown), tuple(keys))


@button("sum_units")
def units(ask: Ask) -> Answer | None:
    """各单位, in the order of the tree and never of figures (国办发〔2024〕54号); one with nothing is there with 0."""
    _alone(ask)
    first, last, today = _year(ask.act)
    found = figures.of_units(ask.act.session, summary.units_of(ask.act), first, last, today)
    names = {each.id: each.name for each in ask.act.session.exec(select(Unit))}
    shown = [_figures("summary.unit_line", names[unit_id], each) for unit_id, each in found.items()]
    keys = [key(names[unit_id], "sum_unit", unit_id) for unit_id, each in found.items() if each.tasks][:_KEYS]
    return Answer(lines(say("summary.units_title", year=first.year), *shown), rows(keys, 2))


@button("sum_unit")
def unit(ask: Ask) -> Answer | None:
    """One unit's tasks with their counts."""
    _alone(ask)
    if ask.number() not in summary.units_of(ask.act):
        raise NoRight
    first, last, today = _year(ask.act)
    found = figures.of_tasks(ask.act.session, [ask.number()], first, last, today)
    tasks = sorted((ask.act.session.get_one(Task, task_id) for task_id in found), key=lambda task: task.plan_no)
    shown = [_figures("summary.task_line", f"{task.plan_no} {task.name}", found[task.id or 0]) for task in tasks]
    title = say("summary.unit_title", unit=ask.act.session.get_one(Unit, ask.number()).name, year=first.year)
    return Answer(lines(title, *shown[:_LINES], _more(len(shown))), column(key("返回", "sum_units")))


def _overview(act: Act, *, private: bool) -> Answer:
    over, due = summary.owed(act)
    waits = summary.waiting(act)
    n_over, n_due = (sum(each.count for each in found) for found in (over, due))
    reached = figures.targets(act.session, act.policy, summary.units_of(act), _year(act)[2])
    counts = {"late": n_over, "days": summary.SOON, "soon": n_due, "waiting": waits}
    text = lines(say("summary.points", whom=_whom(over), **counts), *(_target(each) for each in reached))
    if not private:
        return Answer(text)
    keys = [key(f"逾期 {n_over}", "sum_late")] if over else []
    keys += [key(f"将到期 {n_due}", "sum_soon")] if due else []
    keys += [key(f"待批 {waits}", "sum_wait")] if waits else []
    file = File("summary.png", _picture(act, reached, str(say("summary.points", whom="", **counts))), photo=True)
    keys += [key("各单位", "sum_units"), key("季度总结 .docx", "sum_quarter", quarter.number_of(_year(act)[2]))]
    return Answer(text, rows(keys, 2), file=file)


def _picture(act: Act, reached: list[Reached], points: str) -> bytes:
    """The one picture: targets against figures, and the coming deadlines as a strip."""
    today, office = _year(act)[2], people.root(act.session)
    bars = [
        picture.Bar(
            f"{each.unit} {each.target.label}".strip(),
            each.figure,
            each.target.at_least,
            f"{each.part}/{each.whole}" if each.whole else "",
        )
        for each in reached
    ]
    marks = [
        picture.Mark(each.due, each.what, each.count, each.estimated) for each in summary.ahead(act, picture.STRIP_DAYS)
    ]
    title = say(
        "summary.picture", office=office.name if office else "", day=f"{today.year}年{today.month}月{today.day}日"
    )
    return picture.draw(unescape(title), today, unescape(points), bars, marks)


def _whom(over: list[Owed]) -> str:
    """`（盐业处 后续处置 1，…）`: the units with what is overdue, the first few."""
    counts: dict[tuple[str, str], int] = {}
    for each in over:
        counts[each.unit, each.kind] = counts.get((each.unit, each.kind), 0) + each.count
    named = [f"{unit} {kind} {count}" for (unit, kind), count in counts.items()]
    if not named:
        return ""
    return f"（{'，'.join(named[:_UNITS])}{'等' if len(named) > _UNITS else ''}）"


def _target(each: Reached) -> Html:
    label = f"{each.unit} {each.target.label}" if each.unit else each.target.label
    aim = figures.shown(each.target.at_least)
    if each.figure is None:
        return say("summary.target_none", label=label, aim=aim)
    values = {"label": label, "figure": figures.shown(each.figure), "part": each.part, "whole": each.whole, "aim": aim}
    clause = say("summary.clause", clause=each.clause) if each.clause else Html()
    if each.reached:
        return lines(say("summary.target_reached", **values), clause)
    return lines(say("summary.target_short", missing=each.missing, **values), clause)


def _owed(ask: Ask, found: list[Owed], title: str, line: str) -> Answer:
    _alone(ask)
    if not found:
        return Answer(say("summary.owed_none"))
    shown = [
        say(
            line,
            unit=each.unit,
            kind=each.kind,
            what=each.what,
            due=f"{each.due.month}月{each.due.day}日",
            n=each.count,
        )
        for each in found[:_LINES]
    ]
    return Answer(lines(say(title, n=sum(each.count for each in found)), *shown, _more(len(found))))


def _figures(text: str, name: str, each: Figures) -> Html:
    return say(
        text,
        name=name,
        tasks=each.tasks,
        entities=each.entities,
        due=each.due,
        checked=each.checked,
        entered=each.entered,
        published=each.published,
        late=each.unpublished_late,
        completion=figures.shown(each.completion),
        closure=figures.shown(each.closure),
    )


def _more(count: int) -> Html:
    return say("summary.more", n=count - _LINES) if count > _LINES else Html()


def _year(act: Act) -> tuple[date, date, date]:
    """This year's first and last day, and today."""
    today = act.now.astimezone(SHANGHAI).date()
    return date(today.year, 1, 1), date(today.year, 12, 31), today


def _alone(ask: Ask) -> None:
    summary.units_of(ask.act)
    if not ask.private:
        raise Refused("请在与我的私聊里查看明细。")
