"""后续处置: what a result with problems leads to; what needs one cannot be closed without (S4: 后续处置无例外)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from models import holidays, step, visit
from models.act import Act, Refused, key
from models.base import Instant
from models.plan import Task
from models.policy import FollowupKind, Policy
from models.step import Step
from models.visit import Visit
from models.words import PROBLEMS, Category, Measure, Outcome, Role, Stage, StepKind, VisitState, chinese

STAFF = frozenset({Role.STAFF, Role.ADMIN})
# Kinds of a profile that are steps of another one and are never chosen by themselves.
STEPS = ("rectify_report", "recheck", "closure")
RECHECK = "recheck"
# Kinds that are handed to another office, and what may be a crime among them.
TRANSFERS, JUDICIAL = ("transfer", "judicial"), "judicial"
# Kinds that are an entry or a notice somewhere: which list, which record, which channel has to be named.
PLACES = ("listing", "credit_record", "publicity", "exposure")
# Working days for a measure whose profile names no period.
_DAYS = 20
# What a kind needs where the profile does not have it.
_USUAL: dict[str, tuple[str, ...]] = {"rectify": ("due_date",), "transfer": ("receiver", "receipt")}
_LACKS = {
    Stage.TERM: "还没有定期限",
    Stage.CORRECTING: "还没有复查合格",
    Stage.REPORTED: "还没有复查合格",
    Stage.APPOINTED: "还没有复查合格",
    Stage.FAILED: "复查不合格，请另定期限或者转为另一种处置",
    Stage.RECEIVER: "还没有写明接收单位",
    Stage.SEND: "还没有登记送出",
    Stage.RECEIPT: "还没有登记回执",
    Stage.APPROVAL: "还没有登记审批",
    Stage.PLACE: "还没有写明列入或者公开在哪里",
    Stage.FILE: "还没有存入文件",
}


class Followup(SQLModel, table=True):
    """One measure after a visit: due, and closed (销号) with a note."""

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    # The code of its kind: of the profile, or a `Measure`.
    measure: str
    # The profile's words for the kind, as they were when it was opened; empty: those of the `Measure`.
    label: str = ""
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    # By when somebody has to do something next; reminders count back from here.
    due: date
    # By when the entity has to put things right; None: not fixed yet.
    term: date | None = None
    opened_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    note: str = ""
    outcome: str = Outcome.SETTLED
    # The follow-up that led to this one.
    after_id: int | None = Field(default=None, foreign_key="followup.id")
    # To whom a 移送 goes; empty: not named yet.
    receiver: str = ""
    # The list, record or channel of an entry or a notice; empty: not named yet.
    place: str = ""
    # The rule that seems broken, and the law under which the measure is taken; empty: written in by hand.
    rule: str = ""
    basis: str = ""


# --- kinds -----------------------------------------------------------------------------------------------------------


def words_of(row: Followup) -> str:
    """The kind of a follow-up, as the office calls it."""
    return row.label or chinese(Measure(row.measure))


def choices(policy: Policy) -> list[FollowupKind]:
    """The kinds that staff can choose from; recheck and 销号 are steps and not among them."""
    return [each for each in policy.followups if each.code not in STEPS]


def next_choices(policy: Policy, row: Followup) -> list[FollowupKind]:
    """What a follow-up may lead to by the profile, its recheck included; every kind where the profile does not say."""
    kinds = [policy.followup(row.measure)]
    if is_rechecked(policy, row.measure):
        kinds.append(policy.followup(RECHECK))
    codes = dict.fromkeys(code for each in kinds if each for code in each.leads_to)
    return [each for each in choices(policy) if each.code in codes] or choices(policy)


def is_rechecked(policy: Policy, code: str) -> bool:
    """Whether this kind ends with a recheck (整改报告 → 复查 → 销号)."""
    kind = policy.followup(code)
    return code == Measure.RECTIFY if kind is None else bool({"rectify_report", RECHECK} & set(kind.leads_to))


def needs(policy: Policy, row: Followup) -> tuple[str, ...]:
    """What a follow-up must have before it is closed, as codes of `policy.NEEDS`."""
    kind = policy.followup(row.measure)
    return _USUAL.get(row.measure, ()) if kind is None else kind.needs


def stage(policy: Policy, row: Followup, steps: Sequence[Step]) -> Stage:
    """What has to be done next, from the steps taken and the profile's needs."""
    if row.closed_at is not None:
        return Stage.CLOSED if row.outcome == Outcome.SETTLED else Stage.LED_ON
    wanted, done = needs(policy, row), {each.kind for each in steps}
    if "due_date" in wanted and row.term is None:
        return Stage.TERM
    if "approval" in wanted and StepKind.APPROVED not in done:
        return Stage.APPROVAL
    if "receiver" in wanted and not row.receiver:
        return Stage.RECEIVER
    if "receipt" in wanted and (at := _sending_stage(steps)):
        return at
    if row.measure in PLACES and not row.place:
        return Stage.PLACE
    if is_rechecked(policy, row.measure):
        return _recheck_stage(steps)
    if {"file", "photo"} & set(wanted) and not any(each.digests or each.kind == StepKind.FILED for each in steps):
        return Stage.FILE
    return Stage.READY


def _sending_stage(steps: Sequence[Step]) -> Stage | None:
    """Where the newest sending stands; None once it was accepted. One that is not accepted goes to another office."""
    newest = step.last(steps, StepKind.SENT, StepKind.RECEIPT)
    if newest is not None and newest.kind == StepKind.SENT:
        return Stage.RECEIPT
    return None if newest is not None and newest.passed else Stage.SEND


def _recheck_stage(steps: Sequence[Step]) -> Stage:
    """Where the newest round of 整改报告 and 复查 stands; a new term begins a new round."""
    newest = step.last(steps, StepKind.TERM, StepKind.REPORT, StepKind.APPOINTED, StepKind.RECHECKED)
    if newest is None or newest.kind == StepKind.TERM:
        return Stage.CORRECTING
    if newest.kind == StepKind.RECHECKED:
        return Stage.READY if newest.passed else Stage.FAILED
    return Stage.APPOINTED if newest.kind == StepKind.APPOINTED else Stage.REPORTED


# --- opening ---------------------------------------------------------------------------------------------------------


def open_for(act: Act, found: Visit, measures: Iterable[str], categories: Iterable[str]) -> list[Followup]:
    """Open what a passed result demands, and ask the staff to settle it; nothing for one without problems."""
    if not any(Category(each) in PROBLEMS for each in categories):
        return []
    opened = []
    for measure in measures:
        if measure == Measure.NONE:
            continue
        kind = act.policy.followup(measure)
        opened.append(_open(act, found, kind or FollowupKind(measure, "", (), (), None)))
    for person in visit.deciders(act.session, found):
        act.tell("followups_opened", f"followups_opened:{opened[0].id}:{person.id}", person=person, visit=key(found))
    return opened


def may_add(act: Act, visit_id: int) -> Visit:
    """A visit to which staff can add follow-ups: its result was passed and is not clean."""
    found = visit.get(act.session, visit_id)
    require_staff(act, found)
    if found.state not in {VisitState.PASSED, VisitState.PUBLISHED}:
        raise Refused("检查结果复核通过以后，才能确定后续处置。")
    return found


def add(act: Act, visit_id: int, codes: Sequence[str], after: Followup | None = None) -> list[Followup]:
    """Open one follow-up of each chosen kind; one that is open already is not opened twice."""
    found = may_add(act, visit_id)
    kinds = [act.policy.followup(code) for code in codes]
    if not kinds or any(each is None or each.code in STEPS for each in kinds):
        raise Refused("请至少选择一种后续处置。")
    _not_twice(act, visit_id, codes, after)
    return [_open(act, found, each, after) for each in kinds if each]


def _not_twice(act: Act, visit_id: int, codes: Sequence[str], leaving: Followup | None) -> None:
    """Refused where one of the kinds waits already; the one that is being left does not count."""
    rows = [each for each in of_visit(act.session, visit_id) if each.closed_at is None]
    standing = {each.measure: words_of(each) for each in rows if leaving is None or each.id != leaving.id}
    if twice := [standing[code] for code in codes if code in standing]:
        raise Refused(f"这一户已经有没办完的「{'」「'.join(twice)}」，请先办完，或者不再选它。")


def _open(act: Act, found: Visit, kind: FollowupKind, after: Followup | None = None) -> Followup:
    due = holidays.calendar(act.session).add(act.now.date(), kind.workdays or _DAYS)
    row = Followup(
        visit_id=key(found),
        measure=kind.code,
        label=kind.label,
        owner_id=found.dispatcher_id,
        due=due.date,
        opened_at=act.now,
        after_id=after.id if after else None,
    )
    act.session.add(row)
    act.session.flush()
    act.record("open_followup", "followup", row.id, after={"visit": found.id, "measure": kind.code})
    return row


# --- what is written in ----------------------------------------------------------------------------------------------


def get(act: Act, followup_id: int) -> Followup:
    """An open follow-up, for staff of the task's unit."""
    row = act.session.get(Followup, followup_id)
    if row is None:
        raise Refused("没有找到这项后续处置，请重新发送 /followup。")
    require_staff(act, visit.get(act.session, row.visit_id))
    if row.closed_at is not None:
        raise Refused("这项后续处置已经销号或者转为另一种，不能再改。")
    return row


def require_staff(act: Act, found: Visit) -> None:
    """NoRight for whoever is no staff of the task's unit."""
    act.require(STAFF, act.session.get_one(Task, found.task_id).unit_id or 0)


def set_term(act: Act, followup_id: int, day: date, reason: str = "") -> Followup:
    """定期限: by when the entity has to put things right; another one later needs its reason (延期)."""
    row = get(act, followup_id)
    if day <= act.now.date():
        raise Refused(f"{day.month} 月 {day.day} 日已经到了，期限请写今天以后的日期。")
    if row.term is not None and not reason.strip():
        raise Refused("改期限请写明理由，例如：企业书面申请延期，已经同意。")
    row.term = row.due = day
    act.session.add(row)
    taken = step.take(act, followup_id, StepKind.TERM, act.now.date(), text=reason.strip(), due=day)
    act.record("fix_term", "followup", followup_id, after=step.said(taken))
    return row


def name_place(act: Act, followup_id: int, place: str) -> Followup:
    """Which list, record or channel an entry or a notice goes to."""
    row = get(act, followup_id)
    if row.measure not in PLACES:
        raise Refused(f"「{words_of(row)}」不需要写明列入或者公开在哪里。")
    if not 2 <= len(place.strip()) <= 60:
        raise Refused("请写全称，2 到 60 个字，例如：经营异常名录库。")
    row.place = place.strip()
    act.session.add(row)
    taken = step.take(act, followup_id, StepKind.PLACE, act.now.date(), text=row.place)
    act.record("name_place", "followup", followup_id, after=step.said(taken))
    return row


def approve(act: Act, followup_id: int, by: str, day: date, files: Sequence[dict[str, Any]], paper: str) -> Followup:
    """审批: which organ or leader decided it and on which day, with the paper or where it lies."""
    row = get(act, followup_id)
    if not 2 <= len(by.strip()) <= 60:
        raise Refused("请写明由哪个机关或者哪位负责人批准，2 到 60 个字。")
    text = f"{by.strip()}批准" + (f"；{paper.strip()}" if paper.strip() else "")
    _demand_paper(files, paper)
    taken = step.take(act, followup_id, StepKind.APPROVED, step.past(act, day), files, text=text)
    act.record("approve_followup", "followup", followup_id, after=step.said(taken))
    return row


def keep_file(act: Act, followup_id: int, files: Sequence[dict[str, Any]], paper: str) -> Followup:
    """存入文件: a decision or another paper of a follow-up."""
    row = get(act, followup_id)
    _demand_paper(files, paper)
    taken = step.take(act, followup_id, StepKind.FILED, act.now.date(), files, text=paper.strip())
    act.record("file_followup", "followup", followup_id, after=step.said(taken))
    return row


def name_receiver(act: Act, followup_id: int, receiver: str) -> Followup:
    """To whom a 移送 goes, named by staff before its letter is made; it may be named again until it is sent."""
    row = act.session.get(Followup, followup_id)
    if row is None or "receiver" not in needs(act.policy, row):
        raise Refused("没有找到这项移送，请重新发送 /followup。")
    require_staff(act, visit.get(act.session, row.visit_id))
    if row.closed_at is not None:
        raise Refused("这项移送已经销号，不能再改接收单位。")
    if _sending_stage(step.of(act.session, followup_id)) != Stage.SEND:
        raise Refused("已经登记送出，接收单位不能再改。对方不受理的，请在登记回执时写明，然后改送别的单位。")
    if not 2 <= len(receiver.strip()) <= 60:
        raise Refused("请写接收单位的全称，例如：示例市公安局。")
    before, row.receiver = row.receiver, receiver.strip()
    act.session.add(row)
    act.record("name_receiver", "followup", row.id, before={"receiver": before}, after={"receiver": row.receiver})
    return row


def write_law(act: Act, followup_id: int, rule: str, basis: str) -> Followup:
    """Which rule is broken and under which law the measure is taken, as staff write it for the papers."""
    row = get(act, followup_id)
    if not rule.strip() or max(len(rule), len(basis)) > 300:
        raise Refused("请写法律、法规、规章的名称和条款，每行不超过300字。")
    before = {"rule": row.rule, "basis": row.basis}
    row.rule, row.basis = rule.strip(), basis.strip()
    act.session.add(row)
    act.record("write_law", "followup", row.id, before=before, after={"rule": row.rule, "basis": row.basis})
    return row


def _demand_paper(files: Sequence[dict[str, Any]], paper: str) -> None:
    if not files and len(paper.strip()) < 2:
        raise Refused("请发来照片或者文件；没有电子件的，请写明纸质件存在哪里。")


# --- ending ----------------------------------------------------------------------------------------------------------


def close(act: Act, followup_id: int, note: str) -> Followup:
    """销号, with a note of what was done and seen; refused while something that its kind needs is lacking."""
    row = get(act, followup_id)
    at = stage(act.policy, row, step.of(act.session, followup_id))
    if at in _LACKS:
        raise Refused(f"「{words_of(row)}」{_LACKS[at]}，不能销号。")
    if not note.strip():
        raise Refused("请写明处置结果，例如：已整改，4月9日现场复查合格。")
    _end(act, row, Outcome.SETTLED, note.strip())
    taken = step.take(act, followup_id, StepKind.CLOSED, act.now.date(), text=row.note)
    act.record("close_followup", "followup", followup_id, after=step.said(taken))
    return row


def lead_on(act: Act, followup_id: int, code: str, reason: str) -> Followup:
    """转为另一种: this one ends, not settled, and another kind is opened in its place; returns the new one.

    After a failed recheck that is its next step (S4: 停产停业整顿 → 吊销 → 提请关闭); before, another choice.
    """
    row = get(act, followup_id)
    kind = act.policy.followup(code)
    if kind is None or code in STEPS:
        raise Refused("没有这一种后续处置，请重新选择。")
    if not reason.strip():
        raise Refused("请写明为什么转为另一种处置。")
    failed = stage(act.policy, row, step.of(act.session, followup_id)) == Stage.FAILED
    if code == row.measure and not failed:
        raise Refused(f"现在就是「{words_of(row)}」，请选择另一种。")
    _not_twice(act, row.visit_id, [code], row)
    _end(act, row, Outcome.FAILED if failed else Outcome.CHANGED, reason.strip())
    act.session.flush()
    (made,) = add(act, row.visit_id, [code], after=row)
    taken = step.take(act, followup_id, StepKind.LED_ON, act.now.date(), text=f"{words_of(made)}：{row.note}")
    act.record("lead_on", "followup", followup_id, after=step.said(taken))
    return made


def _end(act: Act, row: Followup, outcome: Outcome, note: str) -> None:
    row.closed_at, row.outcome, row.note = act.now, outcome, note[:500]
    act.session.add(row)


# --- lists -----------------------------------------------------------------------------------------------------------


def of_visit(session: Session, visit_id: int) -> list[Followup]:
    """The follow-ups of a visit, oldest first."""
    return list(session.exec(select(Followup).where(Followup.visit_id == visit_id).order_by(col(Followup.id))))


def led_to(session: Session, followup_id: int) -> Followup | None:
    """The follow-up that took the place of one."""
    return session.exec(select(Followup).where(Followup.after_id == followup_id).order_by(col(Followup.id))).first()


def may_see(act: Act, found: Visit) -> bool:
    """Staff of the unit, and the visit's own team."""
    task = act.session.get_one(Task, found.task_id)
    if act.may(STAFF, task.unit_id or 0):
        return True
    own = visit.inspector_of(act.session, act.person_id)
    return own is not None and own.id in visit.ever_on(act.session, key(found))


def pending(session: Session, draw_id: int | None = None) -> list[tuple[Followup, Visit]]:
    """Open follow-ups, the most urgent first; of one draw where it is named."""
    found = (
        select(Followup, Visit)
        .join(Visit, col(Visit.id) == col(Followup.visit_id))
        .where(col(Followup.closed_at).is_(None))
        .order_by(col(Followup.due), col(Followup.id))
    )
    if draw_id is not None:
        found = found.where(Visit.draw_id == draw_id)
    return [(row, visit) for row, visit in session.exec(found)]
