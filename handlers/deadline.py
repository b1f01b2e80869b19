"""期限: /deadlines, and the reminders of what falls due with their buttons."""

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

from sqlmodel import col, select

from handlers import report_offer
from handlers.answer import Answer, File, Key, key
from handlers.registry import Ask, button, command, notice
from models import duty, holidays, people, publishing, taskdue, visit
from models import reminder as reminders
from models.act import Act, Refused
from models.base import SHANGHAI
from models.duty import Deadline, DeadlineState, Due, Gathered
from models.outbox import Outbox
from models.people import Grant, Person, Unit
from models.words import Role, VisitState
from models.workdays import Calendar
from templates.texts import Html, lines, say

DAYS = 60
# A message that people read on a phone holds so many lines of one kind, and a keyboard so many buttons.
LINES, KEYS, UNITS = 12, 6, 5
_TASKS = {
    "visit": "deadline.visit",
    "publication": "deadline.publication",
    "followup": "deadline.followup",
    "backfill": "deadline.backfill",
    "certificate": "deadline.certificate",
    "plan_publication": "deadline.plan_publication",
    "work_plan_publication": "deadline.work_plan_publication",
    "disposal_publication": "deadline.disposal_publication",
    "item_publication": "deadline.item_publication",
}


@command("deadlines", "期限", "查看将到期的报送和任务", who="已绑定人员")
def deadlines(ask: Ask) -> Answer | None:
    """What falls due within 60 days: reports of the asker's units, own visits, results to be published."""
    own = own_units(ask.act)
    reports = listed(duty.gathered(ask.act, DAYS, names=UNITS), own)
    body = lines(lines(say("report.reports"), reports) if reports else "", _visits(ask.act), _publications(ask.act))
    keys = _more_keys(ask)
    if not body:
        return Answer(say("report.nothing", days=DAYS), keys)
    mine = duty.upcoming(ask.act, DAYS, units=own) if ask.private else []
    shown = report_offer.keys(ask.act, [each.deadline for each in mine])
    return Answer(lines(say("report.title", days=DAYS), body), (*shown, *keys))


def _more_keys(ask: Ask) -> tuple[tuple[Key, ...], ...]:
    """In private: the dates as a calendar file, and, for those who set dates, the way to do so."""
    if not ask.private:
        return ()
    office = people.root(ask.act.session)
    keys = [key("日历文件 .ics", "calendar")]
    if office is not None and ask.act.may({Role.STAFF, Role.ADMIN}, office.id or 0):
        keys.append(key("调整期限与放假安排", "dates"))
    return (tuple(keys),)


def listed(found: list[Gathered], own: set[int]) -> Html:
    """One line for each report and period; several units that owe the same are one line."""
    text = [line(each.due, what_text(each.due.deadline, each.units, each.count, own)) for each in found[:LINES]]
    if len(found) > LINES:
        text.append(say("report.line_more", n=len(found) - LINES))
    return lines(*text)


def line(due: Due, what: Html) -> Html:
    row, limit = due.deadline, day_text(due.deadline.limit)
    if due.late:
        return say("report.line_late", what=what, limit=limit, late=due.late)
    left = say("report.left_many", n=due.left) if due.left > 0 else say("report.left_today")
    if due.left < 0:
        left = say("report.left_past")
    estimated = say("report.estimated") if row.estimated else Html()
    return say("report.line_open", aim=day_text(row.aim), what=what, limit=limit, estimated=estimated, left=left)


def what_text(row: Deadline, units: Sequence[str], count: int, own: set[int]) -> Html:
    """`月报表（2022年4月）`, with the unit, or the first few of many, where it is not plainly the reader's own."""
    title, period = row.title, duty.period_text(row)
    if count == 1:
        if row.unit_id in own and len(own) == 1:
            return say("report.own", title=title, period=period)
        return say("report.one_unit", title=title, period=period, unit=units[0])
    names = "、".join(units[:UNITS])
    if count > UNITS:
        names = say("report.units_more", units=names)
    return say("report.many_units", title=title, period=period, n=count, units=names)


def _visits(act: Act) -> Html:
    """The asker's own visits by their last day."""
    inspector = visit.inspector_of(act.session, act.person_id)
    if inspector is None or inspector.id is None:
        return Html()
    today = act.now.astimezone(SHANGHAI).date()
    open_ = visit.of_inspector(act.session, inspector.id, (VisitState.SENT, VisitState.RETURNED, VisitState.DISPUTED))
    found = []
    for due, rows in groupby(open_, key=lambda row: row[0].due):
        text = "report.line_visits_late" if due < today else "report.line_visits"
        found.append(say(text, due=day_text(due), n=len(list(rows))))
    return lines(say("report.visits"), *found[:LINES]) if found else Html()


def _publications(act: Act) -> Html:
    """What waits to be published, for those who answer for it."""
    today = act.now.astimezone(SHANGHAI).date()
    found = []
    for each in publishing.pending(act):
        text = "report.line_publication_late" if each.due < today else "report.line_publication"
        estimated = say("report.estimated") if each.estimated else Html()
        due = Html(day_text(each.due) + estimated)
        kind, unit = publishing.NAMES[each.kind], publishing.UNITS[each.kind]
        found.append(say(text, due=due, kind=kind, what=each.title, n=each.count, unit=unit))
    return lines(say("report.publications"), *found[:LINES]) if found else Html()


# --- being reminded --------------------------------------------------------------------------------------------------


@notice("reminder")
def reminder(act: Act, row: Outbox) -> Answer | None:
    """What one person is reminded of; nothing where everything was handed in or said anew meanwhile."""
    # A row that waited (nobody could be reached for days) leaves to newer ones what they say again.
    newer = act.session.exec(
        select(Outbox).where(Outbox.kind == "reminder", Outbox.person_id == row.person_id, col(Outbox.id) > row.id)
    )
    return _reminder(
        act, row, said={item["deadline"] for each in newer for item in each.data["items"] if "deadline" in item}
    )


def _reminder(act: Act, row: Outbox, *, said: Container[int] = (), seen: Html = Html()) -> Answer | None:
    own = own_units(act)
    calendar, today = holidays.calendar(act.session), act.now.astimezone(SHANGHAI).date()
    mine: list[tuple[Deadline, Html]] = []
    tasks: list[Html] = []
    for item in row.data["items"]:
        if "kind" in item:
            tasks += _task_line(act, item, row.person_id or 0, calendar)
            continue
        # A leader's items of former versions stand in the summary now.
        deadline = None if item.get("as") == "leader" else act.session.get(Deadline, item["deadline"])
        if deadline is None or deadline.state != DeadlineState.OPEN or deadline.id in said:
            continue
        unit = act.session.get_one(Unit, deadline.unit_id).name
        late = calendar.count(deadline.limit, today) if today > deadline.limit else 0
        left = calendar.count(today, deadline.aim)
        mine.append((deadline, line(Due(deadline, unit, left, late), what_text(deadline, [unit], 1, own))))
    if not mine and not tasks:
        return None
    head = say("deadline.reminder_tasks") if tasks else say("report.reminder_one")
    if len(mine) + len(tasks) > 1:
        head = say("deadline.reminder_many" if tasks else "report.reminder_many", n=len(mine) + len(tasks))
    keys = report_offer.keys(act, [deadline for deadline, _ in mine])
    text = lines(head, *(text for _, text in mine), *tasks, seen)
    if seen:
        return Answer(text, keys, edit=True, caption=True)
    keys = (*keys, (key("知道了", "seen", row.id or 0),))
    return Answer(text, keys, file=_form_of(act, row, mine[0][0]) if len(mine) == 1 and not tasks else None)


def _form_of(act: Act, row: Outbox, deadline: Deadline) -> File | None:
    """The first reminder of one report brings its form, filled in."""
    stages = {item.get("stage") for item in row.data["items"]}
    return report_offer.file(act, deadline) if stages == {str(max(act.policy.reminders.stages))} else None


def _task_line(act: Act, item: dict[str, Any], person_id: int, calendar: Calendar) -> list[Html]:
    """One line on what a task owes, as it stands now; none where it was done meanwhile."""
    due, today = date.fromisoformat(item["due"]), act.now.astimezone(SHANGHAI).date()
    what, count, estimated = taskdue.open_count(
        act.session, taskdue.Kind(item["kind"]), item["subject"], due, person_id
    )
    if not count:
        return []
    if today > due:
        left = say("deadline.late", n=calendar.count(due, today))
    else:
        days = calendar.count(today, due)
        left = say("report.left_many", n=days) if days > 0 else say("deadline.today")
    day = Html(day_text(due) + (say("report.estimated") if estimated else ""))
    return [say(_TASKS[item["kind"]], what=what, n=count, due=day, left=left)]


@button("seen")
def seen(ask: Ask) -> Answer | None:
    """知道了: kept with its time; the message shows it and keeps its other buttons."""
    row = ask.act.session.get(Outbox, ask.number())
    if row is None or row.kind != "reminder":
        raise Refused("没有找到这条提醒。")
    if row.person_id != ask.act.person_id:
        owner = ask.act.session.get(Person, row.person_id)
        raise Refused(str(say("report.not_yours", name=owner.name if owner else "")), alert=True)
    reminders.acknowledge(ask.act, [item["deadline"] for item in row.data["items"] if "deadline" in item])
    at = f"{ask.act.now.astimezone(SHANGHAI):%H:%M}"
    answer = _reminder(ask.act, row, seen=say("report.seen", at=at))
    toast = str(say("report.seen_toast"))
    return replace(answer, toast=toast) if answer else Answer(toast=toast)


@notice("deadlines_recomputed")
def recomputed(act: Act, row: Outbox) -> Answer | None:
    """Aims that changed because a year's notice became known."""
    own = own_units(act)
    found = []
    for item in row.data["items"]:
        deadline = act.session.get(Deadline, item["deadline"])
        if deadline is not None and deadline.state == DeadlineState.OPEN:
            unit = act.session.get_one(Unit, deadline.unit_id).name
            found.append(
                say(
                    "report.recomputed_line",
                    what=what_text(deadline, [unit], 1, own),
                    before=day_text(date.fromisoformat(item["before"])),
                    after=day_text(deadline.aim),
                    limit=day_text(deadline.limit),
                )
            )
    return Answer(lines(say("report.recomputed"), *found)) if found else None


def own_units(act: Act) -> set[int]:
    """The units for which the person is 联络员."""
    found = select(Grant.unit_id).where(Grant.person_id == act.person_id, col(Grant.role) == Role.LIAISON)
    return set(act.session.exec(found))


def day_text(day: date) -> str:
    """`4月20日（周三）`."""
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"
