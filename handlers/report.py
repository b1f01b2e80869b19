"""Deadlines and reporting: /deadlines, /report and /collect, reminders and their buttons, files and receipts."""

from collections.abc import Container, Iterable, Sequence
from datetime import date
from itertools import groupby

from sqlmodel import col, select

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, command, form, notice
from models import collection, dialogue, duty, holidays, publication, visit
from models.act import Act, Refused
from models.base import SHANGHAI
from models.duty import Deadline, DeadlineState, Due, Gathered, Receipt, Way
from models.outbox import Outbox
from models.people import Grant, Person, Unit
from models.words import Role, VisitState
from templates.texts import Html, lines, say

DAYS = 60
# A message that people read on a phone holds so many lines of one kind, and a keyboard so many buttons.
_LINES, _KEYS, _UNITS = 12, 6, 5
_FORM = "report_file"
_SUFFIXES = (".xlsx", ".xls", ".csv", ".docx", ".doc", ".wps", ".pdf", ".ofd", ".zip", ".jpg", ".jpeg", ".png")


# --- looking ---------------------------------------------------------------------------------------------------------


@command("deadlines", "期限", "查看将到期的报送和任务", who="已绑定人员")
def deadlines(ask: Ask) -> Answer | None:
    """What falls due within 60 days: reports of the asker's units, own visits, results to be published."""
    own = _own_units(ask.act)
    reports = _reports(duty.gathered(ask.act, DAYS, names=_UNITS), own)
    body = lines(lines(say("report.reports"), reports) if reports else "", _visits(ask.act), _publications(ask.act))
    if not body:
        return Answer(say("report.nothing", days=DAYS))
    mine = duty.upcoming(ask.act, DAYS, units=own) if ask.private else []
    return Answer(lines(say("report.title", days=DAYS), body), column(*_report_keys(each.deadline for each in mine)))


@command("collect", "报送情况", "查看谁已报送、谁未报送，催报", roles={Role.STAFF, Role.ADMIN}, who="工作人员")
def collect(ask: Ask) -> Answer | None:
    """Who has handed in and who has not; those who have not can be chased, by message or by letter."""
    found = collection.collection(ask.act)
    if not found:
        return Answer(say("report.collect_nothing"))
    today = ask.act.now.astimezone(SHANGHAI).date()
    text: list[Html] = []
    missing: dict[str, int] = {}
    for each in found[:_LINES]:
        total = len(each.reported) + len(each.missing)
        what = say("report.own", title=each.title, period=each.period)
        aim = Html(_day(each.aim) + (say("report.estimated") if each.estimated else ""))
        limit, done = _day(each.limit), len(each.reported)
        head = say("report.collect_head", what=what, aim=aim, limit=limit, done=done, total=total)
        names = "、".join(name for name, _ in each.missing[:_LINES])
        rest = say("report.units_more", units=names) if len(each.missing) > _LINES else names
        late = [name for name, _, days in each.reported if days]
        text.append(head)
        if each.missing:
            text.append(say("report.collect_late" if today > each.limit else "report.collect_missing", units=rest))
        if late:
            text.append(say("report.collect_was_late", units="、".join(late[:_LINES])))
        if each.near:
            missing = dict(each.missing) | missing
    keys: list[Key] = []
    if missing and ask.private:
        keys.append(key("催报（未报送的全部提醒）", "chase"))
        keys += [key(f"催报通知 · {name}", "doc_chase", number) for name, number in list(missing.items())[:_KEYS]]
    return Answer(lines(say("report.collect_title"), *text), column(*keys))


@button("chase")
def chase(ask: Ask) -> Answer | None:
    """One press reminds all who have not handed in, once a day."""
    told = collection.chase(ask.act)
    names = "、".join(person.name for person in told[:_LINES])
    if len(told) > _LINES:
        names = say("report.units_more", units=names)
    return Answer(say("report.chased", n=len(told), names=names) if told else say("report.chased_none"))


@command("report", "报送", "报送月报表、工作总结等", roles={Role.LIAISON}, who="联络员")
def report(ask: Ask) -> Answer | None:
    """What the liaison's own unit owes, each with a button to hand it in."""
    if not ask.private:
        raise Refused("请在与我的私聊里报送。")
    own = _own_units(ask.act)
    due = duty.upcoming(ask.act, DAYS, units=own)
    if not due:
        return Answer(say("report.no_report"))
    text = _reports([Gathered(each, (each.unit,), 1) for each in due], own)
    return Answer(lines(say("report.report_title"), text), column(*_report_keys(each.deadline for each in due)))


def _reports(found: list[Gathered], own: set[int]) -> Html:
    """One line for each report and period; several units that owe the same are one line."""
    text = [_line(each.due, _what(each.due.deadline, each.units, each.count, own)) for each in found[:_LINES]]
    if len(found) > _LINES:
        text.append(say("report.line_more", n=len(found) - _LINES))
    return lines(*text)


def _line(due: Due, what: Html) -> Html:
    row, limit = due.deadline, _day(due.deadline.limit)
    if due.late:
        return say("report.line_late", what=what, limit=limit, late=due.late)
    left = say("report.left_many", n=due.left) if due.left > 0 else say("report.left_today")
    if due.left < 0:
        left = say("report.left_past")
    estimated = say("report.estimated") if row.estimated else Html()
    return say("report.line_open", aim=_day(row.aim), what=what, limit=limit, estimated=estimated, left=left)


def _what(row: Deadline, units: Sequence[str], count: int, own: set[int]) -> Html:
    """`月报表（2022年4月）`, with the unit, or the first few of many, where it is not plainly the reader's own."""
    title, period = row.title, duty.period_text(row)
    if count == 1:
        if row.unit_id in own and len(own) == 1:
            return say("report.own", title=title, period=period)
        return say("report.one_unit", title=title, period=period, unit=units[0])
    names = "、".join(units[:_UNITS])
    if count > _UNITS:
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
        found.append(say(text, due=_day(due), n=len(list(rows))))
    return lines(say("report.visits"), *found[:_LINES]) if found else Html()


def _publications(act: Act) -> Html:
    """Results that wait to be published, for those who answer for the task."""
    today = act.now.astimezone(SHANGHAI).date()
    known = holidays.calendar(act.session).known_until
    found = []
    for _, task, count, due in sorted(publication.pending(act), key=lambda row: row[3]):
        text = "report.line_publication_late" if due < today else "report.line_publication"
        estimated = say("report.estimated") if due > known else Html()
        found.append(say(text, due=Html(_day(due) + estimated), task=task.name, n=count))
    return lines(say("report.publications"), *found[:_LINES]) if found else Html()


def _report_keys(rows: Iterable[Deadline]) -> list[Key]:
    open_ = [row for row in rows if row.state == DeadlineState.OPEN]
    return [key(f"已报送 · {row.title} {duty.period_text(row)}", "reported", row.id or 0) for row in open_[:_KEYS]]


# --- being reminded --------------------------------------------------------------------------------------------------


@notice("reminder")
def reminder(act: Act, row: Outbox) -> Answer | None:
    """What one person is reminded of; nothing where everything was handed in or said anew meanwhile."""
    # A row that waited (nobody could be reached for days) leaves to newer ones what they say again.
    newer = act.session.exec(
        select(Outbox).where(Outbox.kind == "reminder", Outbox.person_id == row.person_id, col(Outbox.id) > row.id)
    )
    return _reminder(act, row, said={item["deadline"] for each in newer for item in each.data["items"]})


def _reminder(act: Act, row: Outbox, *, said: Container[int] = (), seen: Html = Html()) -> Answer | None:
    own = _own_units(act)
    calendar, today = holidays.calendar(act.session), act.now.astimezone(SHANGHAI).date()
    mine: list[tuple[Deadline, Html]] = []
    theirs: dict[tuple[str, str, date], list[tuple[Deadline, str]]] = {}
    for item in row.data["items"]:
        deadline = act.session.get(Deadline, item["deadline"])
        if deadline is None or deadline.state != DeadlineState.OPEN or deadline.id in said:
            continue
        unit = act.session.get_one(Unit, deadline.unit_id).name
        late = calendar.count(deadline.limit, today) if today > deadline.limit else 0
        if item["as"] == "leader":
            theirs.setdefault((deadline.code, deadline.period, deadline.limit), []).append((deadline, unit))
        else:
            left = calendar.count(today, deadline.aim)
            mine.append((deadline, _line(Due(deadline, unit, left, late), _what(deadline, [unit], 1, own))))
    parts: list[Html] = []
    if mine:
        head = say("report.reminder_one") if len(mine) == 1 else say("report.reminder_many", n=len(mine))
        parts += [head, *(line for _, line in mine)]
    if theirs:
        parts.append(say("report.leader"))
        for (_, _, limit), group in theirs.items():
            what = _what(group[0][0], [unit for _, unit in group], len(group), set())
            late = calendar.count(limit, today)
            parts.append(say("report.leader_line", what=what, limit=_day(limit), late=late))
    if not parts:
        return None
    keys = _report_keys(deadline for deadline, _ in mine)
    if not seen:
        keys.append(key("知道了", "seen", row.id or 0))
    return Answer(lines(*parts, seen), column(*keys))


@button("seen")
def seen(ask: Ask) -> Answer | None:
    """知道了: kept with its time; the message shows it and keeps its other buttons."""
    row = ask.act.session.get(Outbox, ask.number())
    if row is None or row.kind != "reminder":
        raise Refused("没有找到这条提醒。")
    if row.person_id != ask.act.person_id:
        owner = ask.act.session.get(Person, row.person_id)
        raise Refused(str(say("report.not_yours", name=owner.name if owner else "")), alert=True)
    duty.acknowledge(ask.act, [item["deadline"] for item in row.data["items"]])
    at = f"{ask.act.now.astimezone(SHANGHAI):%H:%M}"
    answer = _reminder(ask.act, row, seen=say("report.seen", at=at))
    toast = str(say("report.seen_toast"))
    return Answer(answer.text, answer.keys, edit=True, toast=toast) if answer else Answer(toast=toast)


@notice("deadlines_recomputed")
def recomputed(act: Act, row: Outbox) -> Answer | None:
    """Aims that changed because a year's notice became known."""
    own = _own_units(act)
    found = []
    for item in row.data["items"]:
        deadline = act.session.get(Deadline, item["deadline"])
        if deadline is not None and deadline.state == DeadlineState.OPEN:
            unit = act.session.get_one(Unit, deadline.unit_id).name
            found.append(
                say(
                    "report.recomputed_line",
                    what=_what(deadline, [unit], 1, own),
                    before=_day(date.fromisoformat(item["before"])),
                    after=_day(deadline.aim),
                    limit=_day(deadline.limit),
                )
            )
    return Answer(lines(say("report.recomputed"), *found)) if found else None


# --- handing in ------------------------------------------------------------------------------------------------------


@button("reported")
def reported(ask: Ask) -> Answer | None:
    """已报送: asks for the file, or for the way in which it was handed in."""
    row = _open_deadline(ask)
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, {"deadline": row.id}, ask.act.now)
    return Answer(say("report.ask_file", what=_name(ask.act, row)), _ways(row))


@form(_FORM)
def given(ask: Ask) -> Answer | None:
    """The file of a report; the form stays open until there is one or the person says how it was handed in."""
    deadline_id = int(ask.dialogue.data["deadline"]) if ask.dialogue else 0
    if ask.file is None:
        row = ask.act.session.get_one(Deadline, deadline_id)
        return Answer(say("report.ask_file_again"), _ways(row))
    if not ask.file.data:
        raise Refused(str(say("report.empty_file")))
    if ask.file.kind == "document" and not ask.file.name.lower().endswith(_SUFFIXES):
        raise Refused(str(say("report.wrong_file", name=ask.file.name[:60] or "没有文件名")))
    digest = ask.kit.keep_file(ask.file.data) or ask.file.digest
    receipt = duty.report(ask.act, deadline_id, (ask.file.kind, digest, ask.file.size))
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(_receipt(receipt))


@button("report_zero")
def zero(ask: Ask) -> Answer | None:
    """零报告 in one tap."""
    return _without_file(ask, Way.ZERO)


@button("report_other")
def other(ask: Ask) -> Answer | None:
    """已用其他方式报送: by mail, fax or on the platform."""
    return _without_file(ask, Way.ELSEWHERE)


def _without_file(ask: Ask, way: Way) -> Answer:
    receipt = duty.report(ask.act, ask.number(), way=way)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(_receipt(receipt), edit=True)


def _open_deadline(ask: Ask) -> Deadline:
    row = ask.act.session.get(Deadline, ask.number())
    if row is None:
        raise Refused("没有找到这一项期限，请发送 /deadlines 查看。")
    ask.act.require(duty.REPORTERS, row.unit_id)
    return row


def _ways(row: Deadline) -> tuple[tuple[Key, ...], ...]:
    return (
        (key("零报告", "report_zero", row.id or 0), key("已用其他方式报送", "report_other", row.id or 0)),
        (key("取消", "cancel"),),
    )


def _receipt(receipt: Receipt) -> Html:
    return say(
        "report.receipt",
        number=receipt.number,
        title=receipt.title,
        period=receipt.period,
        unit=receipt.unit,
        way=receipt.way,
        at=f"{receipt.at.month}月{receipt.at.day}日 {receipt.at:%H:%M}",
        version=say("report.receipt_version", n=receipt.version) if receipt.version > 1 else Html(),
        late=say("report.receipt_late", n=receipt.late) if receipt.late else Html(),
    )


def _name(act: Act, row: Deadline) -> Html:
    return _what(row, [act.session.get_one(Unit, row.unit_id).name], 1, _own_units(act))


def _own_units(act: Act) -> set[int]:
    """The units for which the person is 联络员."""
    found = select(Grant.unit_id).where(Grant.person_id == act.person_id, col(Grant.role) == Role.LIAISON)
    return set(act.session.exec(found))


def _day(day: date) -> str:
    """`4月20日（周三）`."""
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"
