"""填报: a report form filled in step by step, by typed figures, by a file that comes back, or 零报告 in one tap."""

from collections.abc import Mapping, Sequence
from datetime import date

from handlers import report_file
from handlers.answer import Answer, Key, column, key, rows
from handlers.registry import Ask, button, files, form, notice, replies
from models import dialogue, duty, report, tally
from models.act import Act, Refused
from models.duty import Deadline, Receipt, Way
from models.figures import shown
from models.outbox import Outbox
from models.people import Person, Unit, below
from models.report import Doubtful, Draft, Filled, Report, ReportState
from models.report_form import BY_NAME, FIGURES, FORMS, SHARES, Figure, Pair, typed
from models.report_papers import NOW, plan_lines
from templates.texts import Html, lines, say

FORM = "report_form"
_GROUPS = (
    ("任务", ("tasks", "joint_tasks", "credit_tasks")),
    ("户数", ("entities", "joint_entities")),
    ("检查", ("due", "checked", "entered", "published", "unpublished_late", "person_times")),
    ("处置", ("problems", "ordered", "rectified", "cases", "transfers", "listed")),
    ("回填", ("backfill_due", "backfilled", "backfill_late")),
    ("其他", ("plan_changes", "trainings", "revisits")),
)
_SHOWN, _TEXT = 8, 60


# --- the form as it stands -------------------------------------------------------------------------------------------


@button("rf_open")
def open_form(ask: Ask) -> Answer | None:
    """填报 of a deadline: the form filled in from the rows, with what is still to be given."""
    _alone(ask)
    return _face(ask, report.begin(ask.act, ask.number()))


@button("rf_other")
def open_other(ask: Ask) -> Answer | None:
    """A form that no deadline asks for, of one unit."""
    _alone(ask)
    return _face(ask, report.begin_other(ask.act, ask.number(), ask.args[1]))


@button("rf_face")
def again(ask: Ask) -> Answer | None:
    """返回: the form again."""
    return _face(ask, report.draft(ask.act, ask.number()), edit=True)


def _face(ask: Ask, row: Draft, *, edit: bool = False, said: Html = Html()) -> Answer:
    """The whole form in one message; typed figures and files go to it from here on."""
    if row.form == "plan" and not row.lines:
        row = report.put_lines(ask.act, row.id or 0, plan_lines(ask.act, row.unit_id, int(row.period[:4])))
    _wait(ask, row)
    found = report.filled(ask.act, row)
    text = lines(said, _returned(ask.act, found), _head(ask.act, found), *_content(found), _hint(found))
    return Answer(text, _keys(found), edit=edit and not said)


def _head(act: Act, found: Filled) -> Html:
    again_ = say("fill.again", n=found.version) if found.corrects else Html()
    if not found.form.figures:
        return say("fill.face_plain", title=found.title, unit=found.unit.name, again=again_)
    if found.asked:
        labels = "、".join(BY_NAME[name].label for name in found.asked)
        state = say("fill.state_asked", known=len(FIGURES) - len(found.asked), n=len(found.asked), labels=labels)
    else:
        state = say("fill.state_full")
    head = say(
        "fill.face",
        title=found.title,
        unit=found.unit.name,
        again=again_,
        first=_day(found.first),
        last=_day(found.last),
        state=state,
    )
    untouched = not found.draft.figures and found.previous is None
    if untouched and not tally.has_rows(act.session, below(act.session, found.draft.unit_id), found.last.year):
        return lines(head, say("fill.no_rows"))
    return head


def _content(found: Filled) -> list[Html]:
    """Figures by group, passages, lines: what would go out now."""
    text: list[Html] = []
    if found.form.figures:
        text += grouped(found.values)
    for passage in found.form.passages:
        written = found.draft.texts.get(passage.name, "")
        name = "fill.passage_done" if written else "fill.passage_open"
        text.append(say(name, label=passage.label, n=len(written)) if written else say(name, label=passage.label))
    if found.form.lines:
        text.append(say("fill.lines_some", n=len(found.draft.lines)) if found.draft.lines else say("fill.lines_none"))
        for n, line in enumerate(found.draft.lines[:_SHOWN], start=1):
            text.append(say("fill.line", n=n, text="，".join(each for each in line.values() if each)[:_TEXT]))
        if len(found.draft.lines) > _SHOWN:
            text.append(say("fill.lines_more", n=len(found.draft.lines) - _SHOWN))
    if found.draft.file:
        text.append(say("fill.file_there"))
    return text


def grouped(values: Mapping[str, Pair]) -> list[Html]:
    """Figures in groups, a line each, and the shares, the year so far in brackets; how many others are 0."""
    some = {name for name, pair in values.items() if pair != (0, 0)}
    text: list[Html] = []
    for name, members in _GROUPS:
        figures = "、".join(f"{BY_NAME[each].label} {_pair(values[each])}" for each in members if each in some)
        text += [say("fill.group", name=name, figures=figures)] if figures else []
    shares = "、".join(
        f"{each.label} {shown(each.of(values, 0))}（{shown(each.of(values, 1))}）"
        for each in SHARES
        if each.of(values, 1) is not None
    )
    text += [say("fill.group", name="占比", figures=shares)] if shares else []
    if len(some) < len(values):
        text.append(say("fill.zeros" if some else "fill.all_zero", n=len(values) - len(some)))
    return [*text, say("fill.legend")] if some else text


def _hint(found: Filled) -> Html:
    if found.form.figures and found.asked:
        return say(
            "fill.hint_figures", example=" ".join("520134"[: len(found.asked)]) if len(found.asked) < 7 else "5 2 0 …"
        )
    if found.form.lines:
        return say("fill.hint_training" if found.form.lines == "training" else "fill.hint_plan")
    if found.unwritten:
        return say("fill.hint_passages")
    return say("fill.hint_check" if found.form.figures else "fill.hint_draft")


def _keys(found: Filled) -> tuple[tuple[Key, ...], ...]:
    number = found.draft.id or 0
    steps = bool(found.form.figures or found.form.passages)
    todo = bool(found.asked or found.unwritten) and not (found.draft.file and not found.asked)
    first = [key("开始填报", "rf_next", number)] if steps and todo else [key("提交", "rf_send", number)]
    if not steps and not found.form.lines and not found.draft.file:
        first = [key("按草稿报送", "rf_as_it_is", number)]
    if found.form.figures or found.form.lines:
        first.append(key("零报告", "rf_nil", number))
    if found.form.figures:
        first.append(key("修改", "rf_edit", number))
    sheet = [key("下载表格 .xlsx", "rf_sheet", number)] if found.form.figures or found.form.lines else []
    last = [key("已用其他方式报送", "rf_elsewhere", number)]
    if found.draft.file and todo:
        last.append(key("只报送文件", "rf_file", number))
    last += [key("从台账重填", "rf_drop", number)] if _touched(found.draft) else []
    return (
        tuple(first),
        (*sheet, key("下载 Word", "rf_paper", number)),
        tuple(last),
        (key("以后再填", "cancel"),),
    )


def _touched(row: Draft) -> bool:
    return bool(row.figures or row.texts or row.file)


def _returned(act: Act, found: Filled) -> Html:
    """Why the last version was sent back, as long as it is the last one."""
    if found.deadline is None:
        return Html()
    last = report.versions(act.session, found.deadline.id or 0)[-1:]
    if last and last[0][0].state == ReportState.RETURNED:
        return say("fill.returned", reason=last[0][0].judgement)
    return Html()


# --- step by step ----------------------------------------------------------------------------------------------------


@button("rf_next")
def next_step(ask: Ask) -> Answer | None:
    """开始填报: the first thing that is still to be given."""
    return _next(ask, report.draft(ask.act, ask.number()), edit=True)


def _next(ask: Ask, row: Draft, *, edit: bool = False) -> Answer:
    found = report.filled(ask.act, row)
    if found.asked:
        return _ask_figure(ask, found, BY_NAME[found.asked[0]], edit=edit)
    if found.unwritten:
        passage = found.unwritten[0]
        _wait(ask, row, passage=passage.name)
        text = say("fill.ask_passage", label=passage.label, hint=passage.hint)
        return Answer(text, column(key("返回", "rf_face", row.id or 0)), edit=edit)
    return _face(ask, row, edit=edit)


def _ask_figure(ask: Ask, found: Filled, figure: Figure, *, edit: bool = False) -> Answer:
    row, number = found.draft, found.draft.id or 0
    _wait(ask, row, figure=figure.name)
    of = len(found.asked)
    at = found.asked.index(figure.name) + 1 if figure.name in found.asked else 0
    last = (found.previous or {}).get(figure.name, (None, None))[0]
    text = say(
        "fill.ask_figure",
        step=say("fill.step", at=at, n=of) if at and of > 1 else Html(),
        label=figure.label,
        word="现在" if figure.stock else NOW.get(row.form, "本期"),
        unit=figure.unit,
        last=say("fill.ask_last", n=last) if last is not None else Html(),
    )
    usual = [*range(4), *([last] if last is not None and last > 3 else [])]
    keys = [key(str(each), "rf_set", number, figure.name, each) for each in usual]
    return Answer(text, (tuple(keys), (key("返回", "rf_face", number),)), edit=edit)


@button("rf_edit")
def edit(ask: Ask) -> Answer | None:
    """修改: every figure with what it is now."""
    row = report.draft(ask.act, ask.number())
    found = report.filled(ask.act, row)
    keys = [key(f"{each.label} {_pair(found.values[each.name])}", "rf_one", row.id or 0, each.name) for each in FIGURES]
    return Answer(say("fill.edit"), (*rows(keys, 2), (key("返回", "rf_face", row.id or 0),)), edit=True)


@button("rf_one")
def one(ask: Ask) -> Answer | None:
    """One figure to be given anew."""
    row = report.draft(ask.act, ask.number())
    return _ask_figure(ask, report.filled(ask.act, row), _figure(ask.args[1]), edit=True)


@button("rf_set")
def set_figure(ask: Ask) -> Answer | None:
    """A figure by a tap; then the next one that is missing."""
    row = report.give(ask.act, ask.number(), {_figure(ask.args[1]).name: (ask.number(2), None)})
    return _next(ask, row, edit=True)


def _figure(name: str) -> Figure:
    if name not in BY_NAME:
        raise Refused("表里没有这一项，请发送 /report 重新打开。")
    return BY_NAME[name]


# --- what people write and send --------------------------------------------------------------------------------------


@form(FORM)
def given(ask: Ask) -> Answer | None:
    """A text or a file for the form that is open."""
    data = ask.dialogue.data if ask.dialogue else {}
    row = ask.act.session.get(Draft, int(data.get("draft", 0)))
    if row is None:
        dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
        raise Refused("这份表已经报送或者取消，请发送 /report 查看。")
    row = report.draft(ask.act, row.id or 0)
    if ask.file is not None:
        return _file(ask, row)
    text = ask.text.strip()
    if data.get("reason"):
        return _submit(ask, row, reason=text, sure=bool(data.get("sure")), way=Way(data.get("way", Way.FORM)))
    if passage := data.get("passage"):
        return _next(ask, report.write(ask.act, row.id or 0, str(passage), text))
    return _text(ask, row, text, [str(data["figure"])] if data.get("figure") else None)


def _text(ask: Ask, row: Draft, text: str, asked: Sequence[str] | None) -> Answer:
    """Figures, or lines of a plan, as somebody types them."""
    shape = FORMS[row.form]
    number = row.id or 0
    if shape.lines == "training":
        return _face(ask, report.put_lines(ask.act, number, report_file.training_lines(text), more=True))
    if not shape.figures:
        return _face(ask, row)
    if asked is None:
        asked = report.filled(ask.act, row).asked
    try:
        values = typed(text, asked)
    except ValueError as error:
        raise Refused(str(error)) from None
    return _next(ask, report.give(ask.act, number, values))


def _file(ask: Ask, row: Draft) -> Answer:
    """A file that came back: its figures or lines are taken over; what cannot be read goes along as it is."""
    file, number = ask.file, row.id or 0
    if file is None:
        return _face(ask, row)
    report_file.check(file)
    digest = ask.kit.keep_file(file.data) or file.digest
    back = key("返回", "rf_face", number)
    if not report_file.readable(file):
        report.put_file(ask.act, number, (file.kind, digest, file.size))
        _wait(ask, row)
        if FORMS[row.form].figures:
            return Answer(say("fill.only_file"), column(key("只报送文件", "rf_file", number), back))
        return _face(ask, row)
    shape = FORMS[row.form]
    if not (shape.figures or shape.lines):
        report.put_file(ask.act, number, (file.kind, digest, file.size))
        return _face(ask, row)
    read = report_file.read(file, shape.lines)
    if isinstance(read, str):
        report.put_file(ask.act, number, (file.kind, digest, file.size))
        _wait(ask, row)
        return Answer(say("fill.unread", sentence=read), column(key("只报送文件", "rf_file", number), back))
    if read.mark is not None and read.mark != (row.code, row.period, row.unit_id):
        raise Refused(_wrong(ask, read.mark, row))
    if read.faults:
        named = [say("fill.fault", text=each) for each in read.faults[:_SHOWN]]
        return Answer(lines(say("fill.faults"), *named), column(back))
    before = report.filled(ask.act, row)
    if shape.lines:
        row = report.put_lines(ask.act, number, read.lines)
        said = say("fill.took_lines", n=len(read.lines))
    else:
        row = report.give(ask.act, number, read.values)
        other = [name for name, pair in read.values.items() if _known_differs(before.known.get(name), pair)]
        labels = "、".join(BY_NAME[name].label for name in other)
        said = lines(
            say("fill.took", n=len(read.values)), say("fill.differs", n=len(other), labels=labels) if other else ""
        )
    row = report.put_file(ask.act, number, (file.kind, digest, file.size))
    return _face(ask, row, said=said)


def _known_differs(known: Pair | None, pair: Pair) -> bool:
    return known is not None and pair[0] is not None and known[0] != pair[0]


def _wrong(ask: Ask, mark: tuple[str, str, int], row: Draft) -> str:
    owed = ask.act.policy.duty(mark[0])
    unit = ask.act.session.get(Unit, mark[2])
    title = f"{unit.name if unit else '其他单位'}{mark[1]}期{owed.title if owed else ''}"
    return str(say("fill.wrong_form", title=title, now=report.filled(ask.act, row).title))


@files
def dropped(ask: Ask) -> Answer | None:
    """A form of ours that comes back without a question, or a file in reply to a reminder of one report."""
    if ask.file is None or not ask.private:
        return None
    deadline_id = _replied_to(ask)
    if deadline_id is None and (mark := report_file.mark(ask.file)) is not None:
        deadline_id = _deadline_of(ask.act, mark)
    if deadline_id is None:
        return None
    return _file(ask, report.begin(ask.act, deadline_id))


@replies
def answered(ask: Ask) -> Answer | None:
    """Figures in reply to the reminder of one report, or to the form itself."""
    waits = ask.dialogue is not None and ask.dialogue.form == FORM and len(ask.dialogue.data) > 1
    deadline_id = _replied_to(ask) if ask.private and not waits else None
    if deadline_id is None:
        return None
    row = report.begin(ask.act, deadline_id)
    return _text(ask, row, ask.text.strip(), None)


def _replied_to(ask: Ask) -> int | None:
    """The one deadline whose form the message that is answered offers."""
    offered = {int(parts[2]) for data in ask.reply_data if (parts := data.split("."))[1] == "rf_open"}
    of_draft = {int(parts[2]) for data in ask.reply_data if (parts := data.split("."))[1] in {"rf_send", "rf_next"}}
    for number in of_draft:
        row = ask.act.session.get(Draft, number)
        found = report.filled(ask.act, row).deadline if row else None
        offered |= {found.id or 0} if found else set()
    return offered.pop() if len(offered) == 1 else None


def _deadline_of(act: Act, mark: tuple[str, str, int]) -> int | None:
    row = report.deadline_of(act.session, *mark)
    return row.id if row and act.may(duty.REPORTERS, row.unit_id) else None


# --- files out -------------------------------------------------------------------------------------------------------


@button("rf_sheet")
def sheet(ask: Ask) -> Answer | None:
    """The form as .xlsx, to be filled in and sent back."""
    row = report.draft(ask.act, ask.number())
    _wait(ask, row)
    found = report.filled(ask.act, row)
    text = say("fill.sheet_lines" if found.form.lines else "fill.sheet", title=found.title)
    return Answer(text, file=report_file.sheet(found))


@button("rf_paper")
def paper(ask: Ask) -> Answer | None:
    """The form as a Word document."""
    row = report.draft(ask.act, ask.number())
    _wait(ask, row)
    found = report.filled(ask.act, row)
    return Answer(say("fill.paper", title=found.title), file=report_file.paper(ask.act, found, ask.kit))


# --- handing in ------------------------------------------------------------------------------------------------------


@button("rf_send")
def send(ask: Ask) -> Answer | None:
    """提交; what looks odd is asked about first."""
    return _submit(ask, report.draft(ask.act, ask.number()), sure=len(ask.args) > 1)


@button("rf_nil")
def nil(ask: Ask) -> Answer | None:
    """零报告 in one tap, unless the rows know better: then it is asked."""
    return _submit(ask, report.draft(ask.act, ask.number()), sure=len(ask.args) > 1, way=Way.ZERO)


@button("rf_file")
def file_alone(ask: Ask) -> Answer | None:
    """Only the file, whose figures staff will have to enter."""
    return _submit(ask, report.draft(ask.act, ask.number()), way=Way.FILE)


@button("rf_elsewhere")
def elsewhere(ask: Ask) -> Answer | None:
    """已用其他方式报送: by mail, fax or on the platform."""
    return _submit(ask, report.draft(ask.act, ask.number()), way=Way.ELSEWHERE)


@button("rf_as_it_is")
def as_it_is(ask: Ask) -> Answer | None:
    """按草稿报送: the document as it was made."""
    row = report.draft(ask.act, ask.number())
    made = report_file.paper(ask.act, report.filled(ask.act, row), ask.kit)
    digest = ask.kit.keep_file(made.data) or report_file.digest(made.data)
    return _submit(ask, report.put_file(ask.act, row.id or 0, ("document", digest, len(made.data))))


@button("rf_drop")
def drop(ask: Ask) -> Answer | None:
    """从台账重填: what was given is thrown away."""
    row = report.draft(ask.act, ask.number())
    code, period, unit_id = row.code, row.period, row.unit_id
    report.drop(ask.act, ask.number())
    owed = report.deadline_of(ask.act.session, code, period, unit_id)
    if owed is not None and report.form_of(ask.act, owed) is not None:
        return _face(ask, report.begin(ask.act, owed.id or 0), edit=True)
    return _face(ask, report.begin_other(ask.act, unit_id, code), edit=True)


def _submit(ask: Ask, row: Draft, *, reason: str = "", sure: bool = False, way: Way = Way.FORM) -> Answer:
    found, number = report.filled(ask.act, row), row.id or 0
    if found.corrects and not reason:
        _wait(ask, row, reason=True, sure=sure, way=str(way))
        return Answer(say("fill.ask_reason", title=found.title), column(key("返回", "rf_face", number)))
    with_file = bool(row.file) and way != Way.ZERO
    try:
        receipt = report.submit(ask.act, number, way=way, reason=reason, sure=sure)
    except Doubtful as odd:
        zero = way == Way.ZERO
        text = lines(
            say("fill.nil_doubts" if zero else "fill.doubts"), *(say("fill.fault", text=each) for each in odd.doubts)
        )
        sure_ = key("确实是零报告", "rf_nil", number, 1) if zero else key("核对无误，仍然报送", "rf_send", number, 1)
        _wait(ask, row)
        return Answer(text, ((sure_,), (key("修改", "rf_edit", number), key("返回", "rf_face", number))))
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    doubts = len(found.doubts) if way == Way.FORM else 0
    return Answer(_receipt(receipt, found, way, with_file, doubts))


def _receipt(receipt: Receipt, found: Filled, way: Way, with_file: bool, doubts: int) -> Html:
    """What was taken, when, from whom, as which version."""
    taken = Html(receipt.way)
    if way == Way.FORM and found.form.figures:
        taken = say("fill.taken_figures", way=receipt.way, n=len(found.values))
        taken = Html(taken + (say("fill.taken_doubts", n=doubts) if doubts else ""))
    if with_file:
        taken = Html(taken + say("fill.taken_file"))
    return say(
        "fill.receipt",
        number=receipt.number,
        title=found.title,
        unit=receipt.unit,
        taken=taken,
        at=f"{receipt.at.month}月{receipt.at.day}日 {receipt.at:%H:%M}",
        by=receipt.by,
        version=say("fill.received_version", n=receipt.version) if receipt.version > 1 else Html(),
        late=say("fill.received_late", n=receipt.late) if receipt.late else Html(),
    )


# --- what others are told --------------------------------------------------------------------------------------------


@notice("report_returned")
def sent_back(act: Act, row: Outbox) -> Answer | None:
    """退回, with the reason and the way back into the form; nothing once a newer version is there."""
    found = act.session.get(Report, row.data["report"])
    if found is None:
        return None
    owed = act.session.get_one(Deadline, found.deadline_id)
    newest = report.versions(act.session, found.deadline_id)[-1][0]
    if newest.id != found.id:
        return None
    judge = act.session.get(Person, found.judged_by) if found.judged_by else None
    text = say("fill.sent_back", title=_title(found), reason=found.judgement, by=judge.name if judge else "工作人员")
    return Answer(text, column(key("更正", "rf_open", owed.id or 0)))


@notice("report_corrected")
def corrected(act: Act, row: Outbox) -> Answer | None:
    """A version that somebody accepted has a newer one."""
    found = act.session.get(Report, row.data["report"])
    if found is None or found.state == ReportState.REPLACED:
        return None
    newest = report.versions(act.session, found.deadline_id)[-1][0]
    unit = act.session.get_one(Unit, found.unit_id)
    return Answer(say("fill.corrected", title=_title(found), unit=unit.name, reason=newest.reason))


def _title(found: Report) -> str:
    return report.title_of(FORMS[found.form], found.period)


def _wait(ask: Ask, row: Draft, **what: str | bool) -> None:
    """Whatever this person writes next in this chat is for the form; a restart keeps it."""
    data = {"draft": row.id, **what}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, FORM, data, ask.act.now)


def _alone(ask: Ask) -> None:
    if not ask.private:
        raise Refused(str(say("fill.not_here")))


def _pair(pair: Pair) -> str:
    now, total = ("—" if each is None else str(each) for each in pair)
    return f"{now}（{total}）"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
