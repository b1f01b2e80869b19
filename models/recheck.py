"""整改报告 and 复查: received, arranged, made, and what comes of it (S4: 接到整改报告后，组织现场复查)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from models import byhand, followup, holidays, step, visit
from models.act import Act, NoRight, Refused, key
from models.entity import Entity
from models.followup import Followup
from models.inspector import Inspector
from models.people import Person
from models.plan import Task
from models.step import Step
from models.visit import Visit
from models.words import Stage, StepKind

# Working days from the 整改报告 to the recheck where the profile names none.
_DAYS = 10
# Stages in which a recheck can be arranged or made.
_OPEN = (Stage.CORRECTING, Stage.REPORTED, Stage.APPOINTED)


def report(act: Act, followup_id: int, day: date, files: Sequence[dict[str, Any]], paper: str) -> Followup:
    """收到整改报告: with the file or where the paper lies; the recheck is due from then on."""
    row = _get(act, followup_id)
    followup.require_staff(act, visit.get(act.session, row.visit_id))
    if not files and len(paper.strip()) < 2:
        raise Refused("请发来整改报告的照片或者文件；没有电子件的，请写明纸质报告存在哪里。")
    kind = act.policy.followup(followup.RECHECK)
    days = (kind.workdays if kind else None) or _DAYS
    row.due = holidays.calendar(act.session).add(step.past(act, day), days).date
    act.session.add(row)
    taken = step.take(act, followup_id, StepKind.REPORT, day, files, text=paper.strip(), due=row.due)
    act.record("report_rectified", "followup", followup_id, after=step.said(taken))
    return row


def candidates(act: Act, followup_id: int, day: date) -> list[Inspector]:
    """Who can recheck: certified, in post and not recused on that day; the visit's own team first."""
    found, task, entity = _about(act, _get(act, followup_id))
    own = {inspector.id for _, inspector in visit.team(act.session, key(found))}
    able = byhand.eligible(act, entity, task, day)
    return sorted(able, key=lambda each: each.id not in own)


def appoint(act: Act, followup_id: int, day: date, inspectors: Sequence[int]) -> Step:
    """安排复查: on which day, by whom; each of them is told."""
    row = _get(act, followup_id)
    followup.require_staff(act, visit.get(act.session, row.visit_id))
    _may_recheck(act, row, step.of(act.session, followup_id))
    if day < act.now.date():
        raise Refused(f"{day.month} 月 {day.day} 日已经过去，复查请安排在今天以后。已经查过的，请直接录入复查结果。")
    team = _team(act, followup_id, day, inspectors)
    row.due = day
    act.session.add(row)
    taken = step.take(
        act, followup_id, StepKind.APPOINTED, day, text="、".join(each.name for each in team), people=list(inspectors)
    )
    act.record("appoint_recheck", "followup", followup_id, after=step.said(taken))
    for each in team:
        person = act.session.get(Person, each.person_id) if each.person_id else None
        if person is not None:
            told = f"recheck:{taken.id}:{person.id}"
            act.tell("recheck", told, person=person, dispatcher=act.actor, followup=followup_id, step=key(taken))
    return taken


def may_enter(act: Act, followup_id: int) -> Followup:
    """A follow-up whose recheck the actor may enter: one of those who were sent, or the staff (代办)."""
    row = _get(act, followup_id)
    steps = step.of(act.session, followup_id)
    sent = step.last(steps, StepKind.APPOINTED)
    own = visit.inspector_of(act.session, act.person_id)
    among = sent is not None and own is not None and own.id in sent.people
    found = visit.get(act.session, row.visit_id)
    task = act.session.get_one(Task, found.task_id)
    if not among and not act.may(followup.STAFF, task.unit_id or 0):
        raise NoRight("复查结果由安排的复查人员或者工作人员录入，您不能录入。")
    _may_recheck(act, row, steps)
    return row


def enter(
    act: Act,
    followup_id: int,
    day: date,
    text: str,
    files: Sequence[dict[str, Any]],
    *,
    passed: bool,
    inspectors: Sequence[int] = (),
) -> Step:
    """录入复查结果: when, by whom, what was seen, whether it passes. Staff are told what to decide next."""
    row = may_enter(act, followup_id)
    steps = step.of(act.session, followup_id)
    sent = appointed(act, row, steps)
    people = list(inspectors) or (sent.people if sent else [])
    team = _team(act, followup_id, step.past(act, day), people)
    if not text.strip():
        raise Refused("请写明复查看到的情况。")
    kind = act.policy.followup(followup.RECHECK)
    if kind is not None and "photo" in kind.needs and not files:
        raise Refused("现场复查须留存照片，请先发来照片。")
    taken = step.take(act, followup_id, StepKind.RECHECKED, day, files, text=text.strip(), passed=passed, people=people)
    act.record("recheck", "followup", followup_id, after=step.said(taken))
    found = visit.get(act.session, row.visit_id)
    names = "、".join(each.name for each in team)
    for person in visit.deciders(act.session, found, without={act.person_id}):
        told = f"rechecked:{taken.id}:{person.id}"
        act.tell("rechecked", told, person=person, followup=followup_id, step=key(taken), names=names)
    return taken


def appointed(act: Act, row: Followup, steps: Sequence[Step]) -> Step | None:
    """The recheck that is arranged and not made yet."""
    at = followup.stage(act.policy, row, steps)
    return step.last(steps, StepKind.APPOINTED) if at == Stage.APPOINTED else None


def of_inspector(act: Act, inspector_id: int) -> list[tuple[Followup, Visit, Step]]:
    """The rechecks that wait for an inspector, the earliest first."""
    pending = followup.pending(act.session)
    steps = step.of_many(act.session, [key(row) for row, _ in pending])
    found = []
    for row, seen in pending:
        sent = appointed(act, row, steps[key(row)])
        if sent is not None and inspector_id in sent.people:
            found.append((row, seen, sent))
    return sorted(found, key=lambda each: each[2].day)


def people_of(session: Session, taken: Step) -> list[Inspector]:
    """The inspectors of a recheck, as they were named."""
    return [session.get_one(Inspector, each) for each in taken.people]


def _get(act: Act, followup_id: int) -> Followup:
    row = act.session.get(Followup, followup_id)
    if row is None or not followup.is_rechecked(act.policy, row.measure):
        raise Refused("没有找到这项整改，请重新发送 /followup。")
    if row.closed_at is not None:
        raise Refused("这项整改已经销号或者转为另一种处置。")
    return row


def _may_recheck(act: Act, row: Followup, steps: Sequence[Step]) -> None:
    """Refused before its time: without a 整改报告 a recheck waits until the term is over."""
    at = followup.stage(act.policy, row, steps)
    if at == Stage.TERM:
        raise Refused("还没有定整改期限，请先定期限。")
    if at not in _OPEN:
        raise Refused("这一项现在不需要复查。")
    if at == Stage.CORRECTING and row.term is not None and row.term > act.now.date():
        raise Refused(
            f"还没有收到整改报告，整改期限（{row.term.month} 月 {row.term.day} 日）也没有到。"
            "收到整改报告后请先登记，再复查。"
        )


def _team(act: Act, followup_id: int, day: date, inspectors: Sequence[int]) -> list[Inspector]:
    """The people of a recheck: as many as a visit needs, and all of them able to go."""
    able = {key(each): each for each in candidates(act, followup_id, day)}
    if len(set(inspectors)) < act.policy.team_size:
        raise Refused(f"复查至少要 {act.policy.team_size} 名持证人员，请再选。")
    if any(each not in able for each in inspectors):
        raise Refused("选中的人员里有人当天不在岗、执法证到期、请假或者应当回避，请另选。")
    return [able[each] for each in inspectors]


def _about(act: Act, row: Followup) -> tuple[Visit, Task, Entity]:
    found = visit.get(act.session, row.visit_id)
    task = act.session.get_one(Task, found.task_id)
    return found, task, act.session.get_one(Entity, found.entity_id)
