"""The papers of an office as views: who may have which, and what the rows put on it. Reads only.

An empty text is a blank: `models.views` says how each is printed.
"""

import json
from datetime import timedelta

from sqlmodel import col, func, select

from models import attachment, collection, draw, holidays, letterhead, result, visit
from models import publication as publications
from models.act import Act, NoRight, Refused, key
from models.duty import Deadline, due_after
from models.entity import Entity
from models.followup import Followup, words_of
from models.inspector import Inspector
from models.letterhead import OVERSEERS, STAFF
from models.minutes import announcement as announcement
from models.minutes import draw_record as draw_record
from models.plan import Task
from models.result import Result
from models.views import (
    DISPOSALS,
    RESULTS,
    AssignedView,
    AssignmentView,
    ChaseView,
    CheckFormView,
    CheckItemView,
    EntityView,
    EvidenceView,
    ItemView,
    NoticeView,
    PublicationRowView,
    PublicationView,
)
from models.visit import Seat, Visit
from models.words import Category, DrawState, Measure, Method, Outcome, Role, VisitState, chinese, method_word

SEES_VISITS = OVERSEERS | {Role.REVIEWER}
EVIDENCE = {"photo": "照片", "video": "视频", "document": "文件"}
DRAWN_BY_PLAN = "年度抽查计划，经随机抽取、随机匹配确定"


def assignment(act: Act, draw_id: int, inspector_id: int) -> AssignmentView:
    """任务通知书 of one inspector for one draw: the inspector's own, or for staff and leaders of the task's unit."""
    session = act.session
    drawn = draw.get(session, draw_id)
    task = session.get_one(Task, drawn.task_id)
    inspector = session.get(Inspector, inspector_id)
    if inspector is None:
        raise Refused("名录库里没有这位检查人员。")
    if inspector.person_id != act.person_id:
        act.require(OVERSEERS, task.unit_id or 0)
    if drawn.state not in {DrawState.DRAWN, DrawState.CLOSED}:
        raise Refused("这次抽取还没有结果，没有任务通知书。")
    states = [state for state in VisitState if state not in {VisitState.DRAWN, VisitState.CANCELLED}]
    rows = visit.of_inspector(session, inspector_id, states, draw_id)
    if not rows:
        raise Refused("这次抽取没有派发给这位检查人员的任务，没有任务通知书。")
    visits = sorted((found for found, _, _ in rows), key=lambda each: each.order)
    sent = min(each.sent_at or each.drawn_at for each in visits)
    last = max(each.due for each in visits)
    first = max(task.starts or sent.date(), sent.date())
    name, phone = letterhead.contact(session, visits[0].dispatcher_id or drawn.announced_by)
    items = letterhead.items(session, task)
    calendar = holidays.calendar(session)
    entry = act.policy.duty("result_entry")
    return AssignmentView(
        **letterhead.head(session, task),
        number="",
        number_word=letterhead.number_word(act, task),
        issued=sent.date(),
        task=letterhead.task_view(session, task, drawn.batch),
        serial=_inspector_number(act, task, inspector_id),
        inspectors=(letterhead.inspector_view(session, inspector),),
        origin=DRAWN_BY_PLAN,
        starts=first,
        ends=last,
        items=items,
        entities=tuple(_assigned(act, each) for each in visits),
        methods=letterhead.methods(act, items),
        reply_by=sent + timedelta(hours=act.policy.waits.receipt_hours),
        result_due=due_after(entry.rule, last, calendar).date if entry and entry.rule.kind == "workdays" else last,
        publish_due=calendar.add(last, act.policy.publication.days).date,
        record_digest=draw.posted_digest(json.loads(drawn.draws[0])) if drawn.announced else "",
        contact_name=name,
        contact_phone=phone,
    )


def notice(act: Act, visit_id: int) -> NoticeView:
    """检查通知书 to one entity, for the team, staff and reviewers. Its number and date are given at signing."""
    session = act.session
    found, task = _sent(act, visit_id)
    entity = session.get_one(Entity, found.entity_id)
    items = letterhead.items(session, task)
    name, phone = letterhead.contact(session, found.dispatcher_id)
    sent = found.sent_at or found.drawn_at
    return NoticeView(
        **letterhead.head(session, task),
        number="",
        number_word=letterhead.number_word(act, task),
        issued=None,
        task=letterhead.task_view(session, task, batch_of(act, found)),
        serial=letterhead.number_in_task(session, found),
        entity=entity_view(entity),
        items=items,
        origin=origin_text(found),
        frequency=_frequency(act, found, entity),
        starts=max(task.starts or sent.date(), sent.date()),
        ends=found.due,
        methods=letterhead.methods(act, items),
        materials=(),
        inspectors=tuple(letterhead.inspector_view(session, each) for _, each in visit.team(session, visit_id)),
        contact_name=name,
        contact_phone=phone,
        complaint_phone="",
        review_organ="",
        court="",
    )


def check_form(act: Act, visit_id: int) -> CheckFormView:
    """检查记录表, for the team, staff and reviewers: blank until a result is entered, then filled from it."""
    session = act.session
    found, task = _sent(act, visit_id)
    row = result.latest(session, visit_id)
    measures = [Measure(each) for each in row.measures] if row else []
    said = result.opinions(session, key(row)) if row else []
    return CheckFormView(
        **letterhead.head(session, task),
        task=letterhead.task_view(session, task, batch_of(act, found)),
        serial=letterhead.number_in_task(session, found),
        entity=entity_view(session.get_one(Entity, found.entity_id)),
        items=_check_items(letterhead.items(session, task), row),
        inspectors=tuple(letterhead.inspector_view(session, each) for _, each in visit.team(session, visit_id)),
        checked_on=row.checked_on if row else None,
        place="",
        method_options=act.policy.methods
        + ((chinese(Method.OTHER_AUTHORITY),) if act.policy.external_conclusions else ()),
        methods=tuple(map(method_word, row.methods)) if row else (),
        result_options=RESULTS,
        results=tuple(chinese(Category(each)) for each in row.categories) if row else (),
        disposal_options=DISPOSALS,
        disposals=tuple(chinese(each) for each in measures),
        rectify_by=next(
            (each.term or each.due for each in _followups(act, visit_id) if each.measure == Measure.RECTIFY), None
        ),
        external_source=result.external_text(row) if row else "",
        notes=row.findings if row else "",
        evidence=_evidence(act, visit_id),
        entity_opinion="",
        leader_opinion="；".join(_opinion(act, each, "同组确认") for each in said if each.kind == "confirm"),
        publication_opinion="；".join(_opinion(act, each, "复核通过") for each in said if each.kind == "review"),
    )


def publication(act: Act, draw_id: int) -> PublicationView:
    """结果公示表 of a draw: every passed or published visit, for staff of the task's unit. Names no inspector."""
    session = act.session
    drawn = draw.get(session, draw_id)
    task = session.get_one(Task, drawn.task_id)
    act.require(STAFF, task.unit_id or 0)
    ready = [
        each
        for each in visit.of_draw(session, draw_id)
        if each.state in {VisitState.PASSED, VisitState.PUBLISHED} and each.origin == "抽取"
    ]
    owed = [row for each in ready if (row := publications.of(session, "visit", key(each)))]
    if not owed:
        raise Refused("这次抽取还没有复核通过的结果，没有可以公示的内容。")
    names = tuple(each.name for each in letterhead.items(session, task))
    due = min((row for row in owed if row.done_on is None), key=lambda row: row.due, default=owed[0])
    done = [row.done_on for row in owed if row.done_on is not None]
    used = dict.fromkeys(row.channel for row in owed if row.channel)
    return PublicationView(
        **letterhead.head(session, task),
        task=letterhead.task_view(session, task, drawn.batch),
        starts=task.starts or drawn.announced_at.date(),
        ends=task.ends or max(each.due for each in ready),
        rows=tuple(_published(act, each, names) for each in ready),
        channels=tuple(used) or act.policy.publication.channels,
        published_on=max(done) if len(done) == len(owed) else None,
        due=due.due,
        due_estimated=due.estimated,
        announcement_digest=drawn.digest if drawn.announced else "",
        record_digest=draw.posted_digest(json.loads(drawn.draws[0])) if drawn.announced else "",
        code=draw.code(drawn, 1).hex() if drawn.announced and drawn.revealed_at is not None else "",
        contact_name=letterhead.lead_unit(session, task),
        contact_phone="",
    )


def chase(act: Act, deadline_id: int) -> ChaseView:
    """催报通知 to the unit of a deadline, over all that it owes by now; for staff (models.collection)."""
    row = act.session.get(Deadline, deadline_id)
    if row is None:
        raise Refused("没有找到这一项期限，请用 /deadlines 查看。")
    return collection.chase_letter(act, row.unit_id)


# --- pieces ----------------------------------------------------------------------------------------------------------


def _sent(act: Act, visit_id: int) -> tuple[Visit, Task]:
    """A visit that was sent out, for its present team, and for staff and reviewers of the task's unit."""
    found = visit.get(act.session, visit_id)
    task = act.session.get_one(Task, found.task_id)
    own = {each.person_id for _, each in visit.team(act.session, visit_id)}
    if act.person_id not in own and not act.may(SEES_VISITS, task.unit_id or 0):
        raise NoRight("这份文书属于该户的检查组，您不能领取。")
    if found.state == VisitState.DRAWN:
        raise Refused("这项检查还没有派发，没有文书可以领取。")
    if found.state == VisitState.CANCELLED:
        raise Refused("这项检查已经取消，没有文书可以领取。")
    return found, task


def batch_of(act: Act, found: Visit) -> int:
    """Which batch of its task a visit belongs to; 1 where it was not drawn here."""
    return draw.get(act.session, found.draw_id).batch if found.draw_id else 1


def origin_text(found: Visit) -> str:
    """任务来源 of a visit, with its reason where it was not drawn."""
    if found.origin == "抽取":
        return DRAWN_BY_PLAN
    return f"{found.origin}：{found.reason}" if found.reason else found.origin


def entity_view(entity: Entity) -> EntityView:
    """An entity as papers name it. The register keeps one person to turn to; 法定代表人 is written in on the spot."""
    return EntityView(
        name=entity.name,
        code=entity.label,
        address=entity.address,
        legal_person="",
        legal_person_phone="",
        liaison=entity.contact,
        liaison_phone=entity.phone,
    )


def _frequency(act: Act, found: Visit, entity: Entity) -> str:
    """检查频次, as 国办发〔2024〕54号 wants it said: which visit of the year this is, and the class's cap."""
    same = act.session.exec(
        select(Visit).where(
            Visit.entity_id == found.entity_id, Visit.state != VisitState.CANCELLED, col(Visit.id) <= key(found)
        )
    )
    return frequency_text(act, sum(each.drawn_at.year == found.drawn_at.year for each in same), entity)


def frequency_text(act: Act, nth: int, entity: Entity) -> str:
    """The `nth` visit of the year, and the yearly cap of the entity's class."""
    held = act.policy.risk_class(entity.risk_class)
    cap = f"，年度上限{held.yearly_cap}次" if held and held.yearly_cap else ""
    return f"本年度第{nth}次检查{cap}"


def _inspector_number(act: Act, task: Task, inspector_id: int) -> int:
    """An inspector's number within the task, from 1, by first seat: seats are never deleted, so it never changes."""
    firsts = act.session.exec(
        select(Seat.inspector_id, func.min(Seat.id))
        .join(Visit, col(Visit.id) == col(Seat.visit_id))
        .where(Visit.task_id == task.id)
        .group_by(col(Seat.inspector_id))
    )
    order = [each for each, _ in sorted(firsts, key=lambda row: row[1] or 0)]
    return order.index(inspector_id) + 1


def _assigned(act: Act, found: Visit) -> AssignedView:
    entity = act.session.get_one(Entity, found.entity_id)
    return AssignedView(
        order=letterhead.number_in_task(act.session, found),
        name=entity.name,
        code=entity.label,
        address=entity.address,
        contact=entity.contact,
        phone=entity.phone,
        colleagues=tuple(each.name for _, each in visit.team(act.session, key(found))),
        until=found.due,
    )


def _check_items(items: tuple[ItemView, ...], row: Result | None) -> tuple[CheckItemView, ...]:
    """What was found stands with the item where there is one; else the form points to where it stands as a whole."""
    finding = measure = ""
    if row is not None:
        measure = "、".join(chinese(Measure(each)) for each in row.measures if each != Measure.NONE)
        if row.categories == [Category.NO_PROBLEM]:
            finding = chinese(Category.NO_PROBLEM)
        elif len(items) == 1:
            finding = row.findings
        else:
            finding, measure = "见检查情况说明", "见后续处置措施" if measure else ""
    return tuple(
        CheckItemView(name=each.name, basis=each.basis, content=each.content, finding=finding, measure=measure)
        for each in items
    )


def _evidence(act: Act, visit_id: int) -> tuple[EvidenceView, ...]:
    counts: dict[str, int] = {}
    found = []
    for each in attachment.of(act.session, "visit", visit_id):
        word = EVIDENCE.get(each.kind, "文件")
        counts[word] = counts.get(word, 0) + 1
        found.append(EvidenceView(name=f"{word}{counts[word]}", at=each.at, sha256=each.digest))
    return tuple(found)


def _opinion(act: Act, said: result.Opinion, agreed: str) -> str:
    name, _ = letterhead.contact(act.session, said.person_id)
    words = agreed if said.agrees else f"{'有异议' if said.kind == 'confirm' else '退回'}：{said.reason}"
    return f"{words}（{name}，{said.at.year}年{said.at.month}月{said.at.day}日）"


def _followups(act: Act, visit_id: int) -> list[Followup]:
    found = select(Followup).where(Followup.visit_id == visit_id).order_by(col(Followup.id))
    return list(act.session.exec(found))


def _disposal(row: Followup) -> str:
    """A follow-up as the public reads it."""
    if row.closed_at is None:
        return words_of(row)
    return words_of(row) + ("（已办结）" if row.outcome == Outcome.SETTLED else "（复查不合格）")


def _published(act: Act, found: Visit, items: tuple[str, ...]) -> PublicationRowView:
    entity = act.session.get_one(Entity, found.entity_id)
    row = result.latest(act.session, key(found))
    if row is None:
        raise Refused(f"{visit.label(found)}没有检查结果，不能公示，请联系管理员。")
    disposals = [_disposal(each) for each in _followups(act, key(found)) if each.outcome != Outcome.CHANGED]
    return PublicationRowView(
        name=entity.name,
        code=entity.label,
        items=items,
        agencies=tuple(visit.unit_names(act.session, key(found))),
        checked_on=row.checked_on,
        result="、".join(chinese(Category(each)) for each in row.categories),
        external=result.external_text(row),
        disposal="、".join(disposals) or chinese(Measure.NONE),
    )
