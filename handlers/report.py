"""Reporting: /report and /collect, files and receipts; who has handed in and who has not."""

from handlers.answer import Answer, Key, column, key
from handlers.deadline import DAYS, KEYS, LINES, day_text, listed, own_units, report_keys, what_text
from handlers.registry import Ask, button, command, form
from models import collection, dialogue, duty
from models.act import Act, Refused
from models.base import SHANGHAI
from models.duty import Deadline, Gathered, Receipt, Way
from models.people import Unit
from models.words import Role
from templates.texts import Html, lines, say

_FORM = "report_file"
_SUFFIXES = (".xlsx", ".xls", ".csv", ".docx", ".doc", ".wps", ".pdf", ".ofd", ".zip", ".jpg", ".jpeg", ".png")


# --- looking ---------------------------------------------------------------------------------------------------------


@command("collect", "报送情况", "查看谁已报送、谁未报送，催报", roles={Role.STAFF, Role.ADMIN}, who="工作人员")
def collect(ask: Ask) -> Answer | None:
    """Who has handed in and who has not; those who have not can be chased, by message or by letter."""
    found = collection.collection(ask.act)
    if not found:
        return Answer(say("report.collect_nothing"))
    today = ask.act.now.astimezone(SHANGHAI).date()
    text: list[Html] = []
    missing: dict[str, int] = {}
    for each in found[:LINES]:
        total = len(each.reported) + len(each.missing)
        what = say("report.own", title=each.title, period=each.period)
        aim = Html(day_text(each.aim) + (say("report.estimated") if each.estimated else ""))
        limit, done = day_text(each.limit), len(each.reported)
        head = say("report.collect_head", what=what, aim=aim, limit=limit, done=done, total=total)
        names = "、".join(name for name, _ in each.missing[:LINES])
        rest = say("report.units_more", units=names) if len(each.missing) > LINES else names
        late = [name for name, _, days in each.reported if days]
        text.append(head)
        if each.missing:
            text.append(say("report.collect_late" if today > each.limit else "report.collect_missing", units=rest))
        if late:
            text.append(say("report.collect_was_late", units="、".join(late[:LINES])))
        if each.near:
            missing = dict(each.missing) | missing
    keys: list[Key] = []
    if missing and ask.private:
        keys.append(key("催报（未报送的全部提醒）", "chase"))
        keys += [key(f"催报通知 · {name}", "doc_chase", number) for name, number in list(missing.items())[:KEYS]]
    return Answer(lines(say("report.collect_title"), *text), column(*keys))


@button("chase")
def chase(ask: Ask) -> Answer | None:
    """One press reminds all who have not handed in, once a day."""
    told = collection.chase(ask.act)
    names = "、".join(person.name for person in told[:LINES])
    if len(told) > LINES:
        names = say("report.units_more", units=names)
    return Answer(say("report.chased", n=len(told), names=names) if told else say("report.chased_none"))


@command("report", "报送", "报送月报表、工作总结等", roles={Role.LIAISON}, who="联络员")
def report(ask: Ask) -> Answer | None:
    """What the liaison's own unit owes, each with a button to hand it in."""
    if not ask.private:
        raise Refused("请在与我的私聊里报送。")
    own = own_units(ask.act)
    due = duty.upcoming(ask.act, DAYS, units=own)
    if not due:
        return Answer(say("report.no_report"))
    text = listed([Gathered(each, (each.unit,), 1) for each in due], own)
    return Answer(lines(say("report.report_title"), text), column(*report_keys(each.deadline for each in due)))


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
    return what_text(row, [act.session.get_one(Unit, row.unit_id).name], 1, own_units(act))
