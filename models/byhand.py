"""举报、交办、专项: a visit without a draw, with its reason; outside the draw's figures, inside the yearly cap."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import col, func, or_, select

from models import holidays, people, plan, visit
from models.act import Act, Refused, key
from models.entity import Entity
from models.inspector import Inspector, Recusal, available
from models.people import Person
from models.plan import Task
from models.publication import Publication, of
from models.visit import Seat, Visit
from models.words import EntityState, Role, TaskState, VisitState, chinese

ORIGINS = ("举报", "交办", "专项")
"""Why a visit is made without a draw."""

_STAFF = frozenset({Role.STAFF, Role.ADMIN})
_TASKS = (TaskState.COMPLETED, TaskState.DRAWN)


def tasks(act: Act) -> list[Task]:
    """The tasks under whose items a visit can be made by hand: those of the actor's units that stand."""
    standing = select(Task).where(col(Task.state).in_(_TASKS)).order_by(col(Task.plan_no))
    return [task for task in act.session.exec(standing) if act.may(_STAFF, task.unit_id or 0)]


def may_visit(act: Act, entity: Entity, task: Task, origin: str) -> None:
    """Refused where the entity may not be inspected, or nothing of the list covers the visit."""
    act.require(_STAFF, task.unit_id or 0)
    if origin not in ORIGINS:
        raise Refused(f"来源应是{'、'.join(ORIGINS)}中的一种。")
    if task.state not in _TASKS:
        raise Refused(f"任务 {task.plan_no} 没有补全或者已经办结，不能按它的事项检查。")
    plan.may_be_drawn(act.session, task)
    if entity.state != EntityState.ACTIVE:
        raise Refused(f"「{entity.name}」是{chinese(EntityState(entity.state))}状态，不能检查。")
    waiting = select(Visit).where(
        Visit.entity_id == entity.id, Visit.task_id == task.id, col(Visit.state).in_([*visit.OPEN, VisitState.DRAWN])
    )
    if act.session.exec(waiting).first() is not None:
        raise Refused(f"「{entity.name}」在任务 {task.plan_no} 里已经有一次检查没有办完，请先办完那一次。")
    scheme = act.policy.risk_class(entity.risk_class)
    count = visit.counted(act.session, act.now.year).get(key(entity), 0)
    if scheme is not None and scheme.yearly_cap is not None and count >= scheme.yearly_cap:
        raise Refused(f"「{entity.name}」今年已检查 {count} 次，达到年度上限 {scheme.yearly_cap} 次，不能再检查。")


def eligible(act: Act, entity: Entity, task: Task, due: date) -> list[Inspector]:
    """Who can be sent: in post, certified and not away on the day, not recused; the task's own unit first."""
    barred = select(Recusal.inspector_id).where(
        Recusal.entity_id == entity.id, or_(col(Recusal.task_id).is_(None), Recusal.task_id == task.id)
    )
    office = people.root(act.session)
    units = people.below(act.session, key(office)) if office else set()
    found = select(Inspector).where(col(Inspector.id).not_in(barred), col(Inspector.unit_id).in_(units))
    ordered = found.order_by(
        col(Inspector.unit_id) != (task.unit_id or 0), col(Inspector.unit_id), col(Inspector.label)
    )
    return [each for each in act.session.exec(ordered) if available(each, due, due)]


def arrange(
    act: Act, entity: Entity, task: Task, *, origin: str, reason: str, inspectors: Sequence[Inspector], due: date
) -> Visit:
    """登记一次检查: the visit with its team, sent out at once; each of the team is told."""
    may_visit(act, entity, task, origin)
    if not reason.strip():
        raise Refused("请写明为什么检查，例如举报的编号、交办的文件。")
    if due < act.now.date():
        raise Refused(f"{due.isoformat()} 已经过去，请写今天以后的日期。")
    if len({each.id for each in inspectors}) < act.policy.team_size:
        raise Refused(f"每户至少派出 {act.policy.team_size} 名持证人员，请再选。")
    able = {each.id for each in eligible(act, entity, task, due)}
    if unable := [each.name for each in inspectors if each.id not in able]:
        raise Refused(f"{'、'.join(unable)}不能派出：不在岗、执法证到期、请假或者应当回避。请另选。")
    earlier = select(func.count()).select_from(Visit).where(Visit.task_id == task.id, col(Visit.draw_id).is_(None))
    made = Visit(
        task_id=key(task),
        entity_id=key(entity),
        origin=origin,
        reason=reason.strip()[:500],
        order=act.session.exec(earlier).one() + 1,
        stratum="",
        state=VisitState.SENT,
        due=due,
        drawn_at=act.now,
        dispatcher_id=act.person_id,
        sent_at=act.now,
    )
    act.session.add(made)
    act.session.flush()
    for each in inspectors:
        act.session.add(
            Seat(visit_id=key(made), unit_id=each.unit_id, inspector_id=key(each), reason="", sent_at=act.now)
        )
    act.session.flush()
    after = {"origin": origin, "entity": entity.label, "inspectors": sorted(each.label for each in inspectors)}
    act.record("arrange_visit", "visit", made.id, after=after)
    for each in inspectors:
        person = act.session.get(Person, each.person_id) if each.person_id else None
        if person is not None:
            name = f"visit_by_hand:{made.id}:{each.id}"
            act.tell("visit_by_hand", name, person=person, dispatcher=act.actor, visit=made.id)
    return made


def unpublished(act: Act) -> list[tuple[Visit, Entity, Publication]]:
    """Passed results of visits by hand that wait for their publication, in the actor's units."""
    found = (
        select(Visit, Entity, Publication, Task.unit_id)
        .join(Entity, col(Entity.id) == col(Visit.entity_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .join(Publication, (col(Publication.subject) == "visit") & (col(Publication.subject_id) == col(Visit.id)))
        .where(col(Visit.draw_id).is_(None), Visit.state == VisitState.PASSED, col(Publication.done_on).is_(None))
        .order_by(col(Publication.due), col(Visit.id))
    )
    return [
        (one, entity, owed) for one, entity, owed, unit_id in act.session.exec(found) if act.may(_STAFF, unit_id or 0)
    ]


def published(act: Act, visit_id: int, *, channel: str, link: str) -> Publication:
    """登记公示 of one visit by hand."""
    found = visit.get(act.session, visit_id)
    task = act.session.get_one(Task, found.task_id)
    act.require(_STAFF, task.unit_id or 0)
    row = of(act.session, "visit", visit_id)
    if found.draw_id is not None or row is None or found.state != VisitState.PASSED:
        raise Refused("这次检查没有待公示的结果：可能已经登记，或者还没有复核。")
    row.done_on, row.channel, row.link, row.registered_at = act.now.date(), channel.strip(), link.strip(), act.now
    found.state = VisitState.PUBLISHED
    act.session.add(row)
    act.session.add(found)
    act.record("publish", "visit", visit_id, after={"channel": channel, "link": link})
    return row


def usual_day(act: Act) -> date:
    """Ten working days from today, to begin with."""
    return holidays.calendar(act.session).add(act.now.date(), 10).date
