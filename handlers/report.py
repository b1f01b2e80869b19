"""报送: /report, what a unit owes and what it handed in; reports without a form of their own, by file."""

from handlers import report_form
from handlers.answer import Answer, Key, column, key
from handlers.deadline import DAYS, listed, own_units, what_text
from handlers.registry import Ask, button, command, form
from handlers.report_file import check
from handlers.report_offer import keys as offered
from models import dialogue, duty, report
from models.act import Act, Refused
from models.base import SHANGHAI
from models.duty import Deadline, DeadlineState, Gathered, Receipt, Way
from models.people import Unit
from models.report import ReportState
from models.report_form import FORMS
from models.words import Role
from templates.texts import Html, lines, say

_FORM = "report_file"
_KEYS = 8
_STATES = {
    ReportState.HANDED: "待审核",
    ReportState.ACCEPTED: "已通过",
    ReportState.RETURNED: "已退回",
    ReportState.REPLACED: "已由新版代替",
}


# --- looking ---------------------------------------------------------------------------------------------------------


@command("report", "报送", "报送月报表、工作总结等", roles={Role.LIAISON}, who="联络员")
def owed(ask: Ask) -> Answer | None:
    """What the liaison's own unit owes, each with its form; what was handed in; forms that have no deadline."""
    if not ask.private:
        raise Refused("请在与我的私聊里报送。")
    own = own_units(ask.act)
    due = duty.upcoming(ask.act, DAYS, units=own)
    more = (key("已报送的、更正", "rp_done"), key("其他表", "rp_other"))
    if not due:
        return Answer(say("report.no_report"), (more,))
    text = listed([Gathered(each, (each.unit,), 1) for each in due], own)
    keys = [_key(ask.act, each.deadline, each.unit, len(own) > 1) for each in due[:_KEYS]]
    return Answer(lines(say("report.report_title"), text), (*column(*keys), more))


def _key(act: Act, row: Deadline, unit: str, several: bool) -> Key:
    (first, *_), *_ = offered(act, [row, row])
    return key(f"{first.label} {unit}" if several else first.label, first.name, *first.args)


@button("rp_done")
def done(ask: Ask) -> Answer | None:
    """What was handed in this year, how it stands, and 更正."""
    found = report.handed_in(ask.act, own_units(ask.act))
    if not found:
        return Answer(say("fill.done_none"))
    text, keys = [], []
    for row, submission, unit in found[:_KEYS]:
        at, shape = submission.at.astimezone(SHANGHAI), FORMS[row.form]
        title = report.title_of(shape, row.period)
        text.append(
            say(
                "fill.done_line",
                title=f"{title} · {unit.name}",
                at=f"{at.month}月{at.day}日",
                n=submission.version,
                state=_STATES[ReportState(row.state)],
                reason=f"：{row.judgement}" if row.judgement else "",
            )
        )
        keys.append(key(f"更正 · {title}", "rp_again", row.deadline_id))
    return Answer(lines(say("fill.done_list"), *text), column(*keys))


@button("rp_again")
def correct(ask: Ask) -> Answer | None:
    """更正: the form once more, with what was handed in."""
    row = ask.act.session.get(Deadline, ask.number())
    if row is None:
        raise Refused("没有找到这一项，请发送 /report 查看。")
    report.begin_again(ask.act, ask.number())
    return report_form.open_form(ask)


@button("rp_other")
def other_forms(ask: Ask) -> Answer | None:
    """Forms that no deadline asks for: of which unit first, where there are several."""
    own = sorted(own_units(ask.act))
    if not own:
        raise Refused("您不是联络员，不能报送。")
    if not ask.args and len(own) > 1:
        names = {unit_id: ask.act.session.get_one(Unit, unit_id).name for unit_id in own}
        keys = [key(names[unit_id], "rp_other", unit_id) for unit_id in own[:_KEYS]]
        return Answer(say("fill.choose_unit"), column(*keys))
    unit_id = ask.number() if ask.args else own[0]
    keys = [key(shape.title, "rf_other", unit_id, shape.code) for shape in FORMS.values() if not shape.figures]
    return Answer(say("fill.choose_form"), column(*keys))


# --- handing in what has no form -------------------------------------------------------------------------------------


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
    check(ask.file)
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
    if row.state == DeadlineState.REPORTED and report.form_of(ask.act, row) is not None:
        raise Refused("这一项已经报送，更正请发送 /report。")
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
        by=receipt.by,
        version=say("report.receipt_version", n=receipt.version) if receipt.version > 1 else Html(),
        late=say("report.receipt_late", n=receipt.late) if receipt.late else Html(),
    )


def _name(act: Act, row: Deadline) -> Html:
    return what_text(row, [act.session.get_one(Unit, row.unit_id).name], 1, own_units(act))
