"""责令改正通知书, 复查意见书 and 移送函 of a follow-up as views: who may have them, what the rows put on them.

A law that the rows do not name is a blank to be written: none is made up. Reads only.
"""

from typing import TypedDict

from models import attachment, followup, letter, letterhead, papers, result, step, visit
from models import recheck as recheck_
from models.act import Act, NoRight, Refused, key
from models.base import SHANGHAI
from models.entity import Entity
from models.followup import Followup
from models.letterhead import Head
from models.papers import EVIDENCE
from models.plan import Task
from models.result import Result
from models.step import Step
from models.views import EntityView, InspectorView, TaskView
from models.views_followup import (
    MaterialView,
    ProblemView,
    RecheckRowView,
    RecheckView,
    RectificationView,
    TransferView,
)
from models.visit import Visit
from models.words import Measure, StepKind

# To whom what may be a crime is handed over.
JUDICIAL = ("公安", "检察", "监察", "法院")


class _Common(Head):
    number: str
    number_word: str
    task: TaskView
    serial: int
    entity: EntityView
    inspectors: tuple[InspectorView, ...]
    contact_name: str
    contact_phone: str


class _Remedy(TypedDict):
    complaint_phone: str
    review_organ: str
    court: str


# The rows hold neither: the law's own words are printed in their place, or a blank.
_REMEDY: _Remedy = {"complaint_phone": "", "review_organ": "", "court": ""}


def kinds(row: Followup) -> tuple[str, ...]:
    """Which papers a follow-up has, by the names of their templates."""
    if row.measure in followup.TRANSFERS:
        return ("transfer",)
    return ("rectification", "recheck") if row.measure == Measure.RECTIFY else ()


def get(act: Act, followup_id: int) -> tuple[Followup, Visit]:
    """A follow-up and its visit, for staff of the unit and the visit's own team."""
    row = act.session.get(Followup, followup_id)
    if row is None:
        raise Refused("没有找到这项后续处置，请重新发送 /followup。")
    found = visit.get(act.session, row.visit_id)
    if not followup.may_see(act, found):
        raise NoRight("这份文书属于该户的检查组和工作人员，您不能领取。")
    return row, found


def rectification(act: Act, followup_id: int) -> RectificationView:
    """责令改正通知书: the findings as problems, one a line."""
    row, found, last = _of(act, followup_id, "rectification")
    return RectificationView(
        **_common(act, found),
        issued=None,
        checked_on=last.checked_on,
        problems=tuple(ProblemView(found=each, rule=row.rule, demand="") for each in _findings(last)),
        basis=row.basis,
        rectify_by=row.term or row.due,
        report_to="",
        **_REMEDY,
    )


def recheck(act: Act, followup_id: int) -> RecheckView:
    """复查意见书: to be written on, or, once the recheck was entered, with what was seen then and what comes next."""
    row, found, last = _of(act, followup_id, "recheck")
    order = letter.of(act, "Rectification", "followup", followup_id)
    steps = step.of(act.session, followup_id)
    reported = step.last(steps, StepKind.REPORT)
    made = _recheck_made(steps)
    people = made or recheck_.appointed(act, row, steps)
    team = recheck_.people_of(act.session, people) if people and people.people else None
    common = _common(act, found)
    if team is not None:
        common["inspectors"] = tuple(letterhead.inspector_view(act.session, each) for each in team)
    # Closed before rechecks were steps of their own: the note says what was seen.
    closed = row.closed_at.astimezone(SHANGHAI).date() if row.closed_at and made is None else None
    passed = made.passed if made else True if closed else None
    seen = made.text if made else row.note if closed else ""
    led_to = followup.led_to(act.session, followup_id)
    return RecheckView(
        **common,
        issued=None,
        checked_on=last.checked_on,
        order_number=order.number if order else "",
        order_date=order.given_at.astimezone(SHANGHAI).date() if order else None,
        rectify_by=row.term or row.due,
        reported_on=reported.day if reported else None,
        rechecked_on=made.day if made else closed,
        rows=tuple(
            RecheckRowView(problem=each, demand="", found=seen, done=_done(passed, len(_findings(last))))
            for each in _findings(last)
        ),
        passed=passed,
        next_step=followup.words_of(led_to) if led_to else "",
        **_REMEDY,
    )


def _done(passed: bool | None, problems: int) -> bool | None:
    """Whether one problem is put right; which of several is not, is ticked by hand."""
    return None if passed is False and problems > 1 else passed


def _recheck_made(steps: list[Step]) -> Step | None:
    """The recheck that stands: the newest, unless another round has begun since."""
    newest = step.last(steps, StepKind.TERM, StepKind.REPORT, StepKind.APPOINTED, StepKind.RECHECKED)
    return newest if newest is not None and newest.kind == StepKind.RECHECKED else None


def transfer(act: Act, followup_id: int) -> TransferView:
    """移送函 to whoever was named as its receiver, with form and evidence as materials."""
    row, found, last = _of(act, followup_id, "transfer")
    if not row.receiver:
        raise Refused("还没有写明移送给哪个单位。")
    kept: dict[str, int] = {}
    materials = [MaterialView(name="检查记录表", count="1份", note="")]
    for each in attachment.of(act.session, "visit", key(found)):
        word = EVIDENCE.get(each.kind, "文件")
        kept[word] = kept.get(word, 0) + 1
        materials.append(MaterialView(name=f"{word}{kept[word]}", count="1份", note=f"摘要 {each.digest[:16]}"))
    return TransferView(
        **_common(act, found),
        issued=None,
        checked_on=last.checked_on,
        receiver=row.receiver,
        criminal=row.measure == followup.JUDICIAL or any(word in row.receiver for word in JUDICIAL),
        facts="；".join(_findings(last)),
        basis=row.basis,
        suspected=row.rule,
        materials=tuple(materials),
        reply_by=row.due,
    )


def _of(act: Act, followup_id: int, kind: str) -> tuple[Followup, Visit, Result]:
    row, found = get(act, followup_id)
    if kind not in kinds(row):
        raise Refused("这项后续处置没有这种文书。")
    last = result.latest(act.session, key(found))
    if last is None:
        raise Refused(f"{visit.label(found)}没有检查结果，不能出具文书。")
    return row, found, last


def _findings(last: Result) -> list[str]:
    return [line.strip() for line in last.findings.splitlines() if line.strip()] or [""]


def _common(act: Act, found: Visit) -> _Common:
    session = act.session
    task = session.get_one(Task, found.task_id)
    name, phone = letterhead.contact(session, found.dispatcher_id)
    return _Common(
        **letterhead.head(session, task),
        number="",
        number_word=letterhead.number_word(act, task),
        task=letterhead.task_view(session, task, papers.batch_of(act, found)),
        serial=letterhead.number_in_task(session, found),
        entity=papers.entity_view(session.get_one(Entity, found.entity_id)),
        inspectors=tuple(letterhead.inspector_view(session, each) for _, each in visit.team(session, key(found))),
        contact_name=name,
        contact_phone=phone,
    )
