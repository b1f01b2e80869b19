"""报送情况: who has handed in and who has not, one button to chase, 审核 of what came in, the 汇总表."""

from sqlmodel import select

from handlers import issue
from handlers.answer import Answer, File, Key, column, key
from handlers.deadline import LINES, day_text
from handlers.registry import Ask, button, command, form
from handlers.report_form import grouped
from models import attachment, collection, dialogue, people, report, rollup
from models.act import Act, Refused
from models.base import SHANGHAI
from models.collection import Collected
from models.duty import Deadline, Submission
from models.people import Person, Unit
from models.report_form import FORMS
from models.report_papers import NOW, handed_paper, rollup_note, rollup_title, rollup_view
from models.rollup import Handed, Rollup
from models.words import Role
from templates import report_sheets
from templates.report_sheets import RollupLine
from templates.texts import Html, lines, say

_KEYS, _PERIODS = 6, 3
_RETURN = "report_return"


@command(
    "collect", "报送情况", "查看谁已报送、谁未报送，催报，审核，汇总", roles={Role.STAFF, Role.ADMIN}, who="工作人员"
)
def collect(ask: Ask) -> Answer | None:
    """Who has handed in and who has not; those who have not can be chased, what came in can be accepted."""
    found = collection.collection(ask.act)
    if not found:
        return Answer(say("collect.nothing"))
    standing = rollup.standings(ask.act)
    text: list[Html] = []
    missing: dict[str, int] = {}
    for each in found[:LINES]:
        text += _period(ask.act, each, standing.get((each.code, each.raw_period), rollup.Standing()))
        if each.near:
            missing = dict(each.missing) | missing
    if len(found) > LINES:
        text.append(say("collect.more", n=len(found) - LINES))
    keys: list[Key] = []
    if ask.private:
        keys += _period_keys(ask.act, found, standing)
        if missing:
            keys.append(key("催报（未报送的全部提醒）", "chase"))
            keys += [key(f"催报通知 · {name}", "doc_chase", number) for name, number in list(missing.items())[:_KEYS]]
    return Answer(lines(say("collect.title"), *text), column(*keys))


def _period(act: Act, each: Collected, standing: rollup.Standing) -> list[Html]:
    """One report of one period: how many have, who has not, who was late, who corrected."""
    what = say("report.own", title=each.title, period=each.period)
    aim = Html(day_text(each.aim) + (say("report.estimated") if each.estimated else ""))
    total = len(each.reported) + len(each.missing)
    text = [say("collect.head", what=what, aim=aim, limit=day_text(each.limit), done=len(each.reported), total=total)]
    if standing != rollup.Standing():
        values = {"handed": standing.handed, "accepted": standing.accepted, "returned": standing.returned}
        text.append(say("collect.standing", **values))
    if each.missing:
        over = act.now.astimezone(SHANGHAI).date() > each.limit
        text.append(
            say("collect.late" if over else "collect.missing", units=_names([name for name, _ in each.missing]))
        )
    if late := [name for name, _, days in each.reported if days]:
        text.append(say("collect.was_late", units=_names(late)))
    if standing.corrected:
        text.append(say("collect.corrected", units=_names(list(standing.corrected))))
    return text


def _names(names: list[str]) -> str:
    shown_ = "、".join(names[:LINES])
    return str(say("report.units_more", units=shown_)) if len(names) > LINES else shown_


def _period_keys(act: Act, found: list[Collected], standing: dict[tuple[str, str], rollup.Standing]) -> list[Key]:
    """审核 and 汇总 of the periods that have something to look at, the most recent ones."""
    keys: list[Key] = []
    for each in found:
        held = standing.get((each.code, each.raw_period))
        row = act.session.get(Deadline, each.deadline_id)
        if held is None or row is None:
            continue
        if held.handed:
            keys.append(key(f"审核 · {each.title} {each.period}（{held.handed}）", "rc_wait", each.deadline_id))
        shape = report.form_of(act, row)
        if shape is not None and shape.figures:
            keys.append(key(f"汇总 · {each.title} {each.period}", "rc_sum", each.deadline_id))
    return keys[: 2 * _PERIODS]


@button("chase")
def chase(ask: Ask) -> Answer | None:
    """One press reminds all who have not handed in, once a day."""
    told = collection.chase(ask.act)
    names = _names([person.name for person in told])
    return Answer(say("collect.chased", n=len(told), names=names) if told else say("collect.chased_none"))


# --- accepting -------------------------------------------------------------------------------------------------------


@button("rc_wait")
def waiting(ask: Ask) -> Answer | None:
    """待审核 of one period: each to be looked at, and one press for all that have nothing odd about them."""
    _alone(ask)
    row = _handle(ask)
    found = rollup.waiting(ask.act, row.code, row.period)
    if not found:
        return Answer(say("collect.wait_none"))
    text = [
        say("collect.wait_line", n=n, unit=each.unit, title=each.title, way=each.way, marks=_marks(each))
        for n, each in enumerate(found[:LINES], start=1)
    ]
    if len(found) > LINES:
        text.append(say("collect.more", n=len(found) - LINES))
    keys = [key(f"{n}　{each.unit}", "rc_one", each.report_id) for n, each in enumerate(found[:LINES], start=1)]
    plain = [each for each in found if rollup.plain(each)]
    if len(plain) > 1:
        keys.append(key(f"全部通过（没有疑问的 {len(plain)} 份）", "rc_all", row.id or 0))
    return Answer(lines(say("collect.wait_title", n=len(found)), *text), column(*keys))


def _marks(each: Handed) -> Html:
    parts = [
        say("collect.mark_version", n=each.version) if each.version > 1 else Html(),
        say("collect.mark_late", n=each.late) if each.late else Html(),
        say("collect.mark_reason", reason=each.reason) if each.reason else Html(),
        say("collect.mark_doubts", n=len(each.doubts)) if each.doubts else Html(),
        say("collect.mark_empty") if each.empty else Html(),
    ]
    return Html("".join(parts))


@button("rc_one")
def one(ask: Ask) -> Answer | None:
    """One report: what it says, what was odd about it; 通过 or 退回."""
    _alone(ask)
    each = rollup.handed(ask.act, ask.number())
    row = rollup.get(ask.act, each.report_id)
    submission = ask.act.session.get_one(Submission, row.submission_id)
    at = submission.at.astimezone(SHANGHAI)
    by = ask.act.session.get(Person, submission.by)
    text = [
        say(
            "collect.one",
            unit=each.unit,
            title=each.title,
            way=each.way,
            at=f"{at.month}月{at.day}日 {at:%H:%M}",
            by=by.name if by else "",
            marks=_marks(each),
        )
    ]
    values = report.figures_of(ask.act.session, each.report_id)
    if values:
        text += grouped(values)
    text += [
        say("collect.one_text", label=passage.label, text=row.texts[passage.name][:500])
        for passage in FORMS[row.form].passages
        if row.texts.get(passage.name)
    ]
    text += [say("fill.line", n=n, text="，".join(filter(None, line.values()))) for n, line in enumerate(row.lines, 1)]
    text += [say("collect.one_doubt", text=doubt) for doubt in each.doubts]
    if each.empty:
        text.append(say("collect.one_empty"))
    keys: tuple[tuple[Key, ...], ...] = ()
    if row.state == report.ReportState.HANDED:
        keys = ((key("通过", "rc_yes", each.report_id), key("退回", "rc_no", each.report_id)),)
    elif row.state == report.ReportState.ACCEPTED:
        keys = ((key("退回", "rc_no", each.report_id),),)
    keys = (*keys, (key("Word", "rc_paper", each.report_id), *_file_key(ask, row.submission_id)))
    if each.empty:
        keys = (*keys, (key("补录数据", "rf_open", row.deadline_id),))
    return Answer(lines(*text), keys)


def _file_key(ask: Ask, submission_id: int) -> list[Key]:
    there = attachment.of(ask.act.session, "submission", submission_id)
    return [key("原文件", "rc_file", submission_id)] if there else []


@button("rc_yes")
def accept(ask: Ask) -> Answer | None:
    """通过: in the sum from now on."""
    each = rollup.handed(ask.act, ask.number())
    rollup.accept(ask.act, each.report_id)
    return Answer(say("collect.accepted", unit=each.unit, title=each.title), edit=True)


@button("rc_all")
def accept_all(ask: Ask) -> Answer | None:
    """全部通过: those without doubts; the others stay to be looked at."""
    row = _handle(ask)
    n = rollup.accept_all(ask.act, row.code, row.period)
    left = len(rollup.waiting(ask.act, row.code, row.period))
    return Answer(say("collect.accepted_all", n=n, left=left), edit=True)


@button("rc_no")
def send_back(ask: Ask) -> Answer | None:
    """退回: asks for the reason."""
    _alone(ask)
    each = rollup.handed(ask.act, ask.number())
    data = {"report": each.report_id}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _RETURN, data, ask.act.now)
    return Answer(say("collect.ask_reason", unit=each.unit, title=each.title), column(key("取消", "cancel")))


@form(_RETURN)
def reason(ask: Ask) -> Answer | None:
    """The reason of a 退回."""
    number = int(ask.dialogue.data["report"]) if ask.dialogue else 0
    each = rollup.handed(ask.act, number)
    if ask.file is not None:
        return Answer(say("collect.ask_reason", unit=each.unit, title=each.title), column(key("取消", "cancel")))
    rollup.send_back(ask.act, number, ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("collect.sent_back", unit=each.unit, title=each.title, reason=ask.text.strip()))


@button("rc_paper")
def paper(ask: Ask) -> Answer | None:
    """What was handed in as a Word document."""
    _alone(ask)
    row = rollup.get(ask.act, ask.number())
    view = handed_paper(ask.act, row)
    each = rollup.handed(ask.act, ask.number())
    text = say("collect.one_text", label=each.unit, text=each.title)
    return Answer(text, file=issue.paper(ask, view, "report", ask.number()))


@button("rc_file")
def original(ask: Ask) -> Answer | None:
    """The file as it came in."""
    _alone(ask)
    submission = ask.act.session.get(Submission, ask.number())
    owed = ask.act.session.get(Deadline, submission.deadline_id) if submission else None
    if submission is None or owed is None:
        raise Refused("没有找到这份报送，请发送 /collect 重新查看。")
    unit = ask.act.session.get_one(Unit, owed.unit_id)
    ask.act.require(collection.STAFF, unit.parent_id or owed.unit_id)
    kept = attachment.of(ask.act.session, "submission", ask.number())
    if not kept:
        raise Refused("这份报送没有附文件。")
    data = ask.kit.read_file(kept[-1].digest)
    name = f"{owed.title}-{unit.name}-第{submission.version}版{_suffix(data)}"
    return Answer(say("collect.one_text", label=unit.name, text=owed.title), file=File(name, data))


def _suffix(data: bytes) -> str:
    """What a kept file most likely is, by its first bytes; its own name was not kept."""
    if data[:4] == b"PK\x03\x04":
        return ".docx" if b"word/" in data else ".xlsx" if b"xl/" in data else ".zip"
    known = {b"%PDF": ".pdf", b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"\xd0\xcf\x11\xe0": ".doc"}
    return next((suffix for head, suffix in known.items() if data.startswith(head)), ".csv")


# --- summing up ------------------------------------------------------------------------------------------------------


@button("rc_sum")
def sums(ask: Ask) -> Answer | None:
    """汇总: the sum of the accepted reports, with the sheet and the document to take along."""
    _alone(ask)
    row = _handle(ask)
    found = rollup.rollup(ask.act, row.code, row.period)
    text = [say("collect.rollup", title=rollup_title(found), note=rollup_note(found))]
    text += grouped(found.sums)
    number = row.id or 0
    return Answer(lines(*text), ((key("汇总表 .xlsx", "rc_sheet", number), key("汇总表 .docx", "rc_word", number)),))


@button("rc_sheet")
def sum_sheet(ask: Ask) -> Answer | None:
    """汇总表 as .xlsx."""
    _alone(ask)
    row = _handle(ask)
    found = rollup.rollup(ask.act, row.code, row.period)
    title = rollup_title(found)
    return Answer(say("collect.rollup_sheet", title=title), file=File(f"{title}.xlsx", rollup_file(ask.act, found)))


def rollup_file(act: Act, found: Rollup) -> bytes:
    """汇总表 as .xlsx, with formulas that recompute."""
    today = act.now.astimezone(SHANGHAI).date()
    made = (
        f"统计期间：{day_text(found.first)}至{day_text(found.last)}　制表：{act.person.name}　"
        f"{today.year}年{today.month}月{today.day}日"
    )
    rows = [RollupLine(each.unit, each.state, each.values, each.counted) for each in found.lines]
    word_ = NOW[found.form.code]
    return report_sheets.rollup(rollup_title(found), made, word_, rows, found.sums, rollup_note(found))


@button("rc_word")
def sum_word(ask: Ask) -> Answer | None:
    """汇总表 as .docx."""
    _alone(ask)
    row = _handle(ask)
    found = rollup.rollup(ask.act, row.code, row.period)
    root = people.root(ask.act.session)
    view = rollup_view(ask.act, found, root.name if root else "", bool(root and root.sample), ask.act.person.name)
    text = say("collect.one_text", label=view.office, text=view.title)
    return Answer(text, file=issue.paper(ask, view, "deadline", row.id or 0))


def _handle(ask: Ask) -> Deadline:
    """The report and period that a button means, by one of its deadlines."""
    row = ask.act.session.exec(select(Deadline).where(Deadline.id == ask.number())).first()
    if row is None or row.unit_id not in collection.units_of(ask.act):
        raise Refused("没有找到这一期报送，请发送 /collect 重新查看。")
    return row


def _alone(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")
