"""Everyday edits of the registers: state, leave, certificate, recusal, basis; each with its right and on the record."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from models import lookup, visit
from models.act import Act, Refused
from models.entity import Entity
from models.expert import Expert
from models.inspector import Inspector, Recusal
from models.item import Item
from models.plan import Task, TaskUnit
from models.visit import Seat, Visit
from models.words import EntityState, InspectorState, SeatState, TaskState, VisitState, chinese

_CERTIFIED = 30
"""No certificate is given for more years at once: a year beyond is a typing error."""
_NOT_VISITED = (VisitState.DRAWN, VisitState.SENT)


@dataclass(frozen=True)
class Effect:
    """What a leave means: tasks whose draw leaves the inspector out, and visits in hand that fall due meanwhile."""

    tasks: tuple[str, ...]
    visits: int


def change_state(act: Act, entity_id: int, state: EntityState) -> Entity:
    """变更状态 of an entity; Refused where it has this state already."""
    entity, _ = lookup.of_entity(act, entity_id)
    if entity.state == state:
        raise same_state(entity.name, state)
    before, entity.state = entity.state, state
    act.session.add(entity)
    act.record("change_state", "entity", entity.id, before={"state": before}, after={"state": str(state)})
    return entity


def change_post(act: Act, inspector_id: int, state: InspectorState) -> Inspector:
    """在岗 or 离岗 of an inspector; Refused where it is so already."""
    inspector, _ = lookup.of_inspector(act, inspector_id)
    if inspector.state == state:
        raise same_state(inspector.name, state)
    before, inspector.state = inspector.state, state
    act.session.add(inspector)
    act.record("change_post", "inspector", inspector.id, before={"state": before}, after={"state": str(state)})
    return inspector


def leave(act: Act, inspector_id: int, first: date, last: date) -> tuple[Inspector, Effect]:
    """请假 from one day to another, both included, in place of a leave that was marked before."""
    inspector, _ = lookup.of_inspector(act, inspector_id)
    if last < act.now.date():
        raise Refused(f"到 {last.isoformat()} 的请假已经过去，没有登记。")
    before = _away(inspector)
    inspector.away_from, inspector.away_to = first, last
    act.session.add(inspector)
    act.session.flush()
    act.record("mark_leave", "inspector", inspector.id, before=before, after=_away(inspector))
    return inspector, effect(act.session, inspector)


def end_leave(act: Act, inspector_id: int) -> Inspector:
    """取消请假."""
    inspector, _ = lookup.of_inspector(act, inspector_id)
    if inspector.away_from is None:
        raise Refused(f"「{inspector.name}」没有登记请假。")
    before = _away(inspector)
    inspector.away_from = inspector.away_to = None
    act.session.add(inspector)
    act.record("end_leave", "inspector", inspector.id, before=before, after=_away(inspector))
    return inspector


def effect(session: Session, inspector: Inspector) -> Effect:
    """What the leave of an inspector means for draws to come and for visits in hand."""
    first, last = inspector.away_from, inspector.away_to
    if first is None:
        return Effect((), 0)
    waiting = (
        select(Task)
        .join(TaskUnit, col(TaskUnit.task_id) == col(Task.id))
        .where(Task.state == TaskState.COMPLETED, TaskUnit.unit_id == inspector.unit_id)
        .order_by(col(Task.plan_no))
        .distinct()
    )
    tasks = tuple(
        task.plan_no
        for task in session.exec(waiting)
        if task.starts and task.ends and first <= task.starts and (last is None or last >= task.ends)
    )
    due = _waiting(inspector).where(Visit.due >= first)
    if last is not None:
        due = due.where(Visit.due <= last)
    return Effect(tasks, session.exec(due).one())


def in_hand(session: Session, inspector: Inspector) -> int:
    """How many visits wait for an inspector."""
    return int(session.exec(_waiting(inspector)).one())


def awaiting(session: Session, entity_id: int) -> int:
    """How many visits of an entity are still to be made."""
    found = select(func.count()).where(Visit.entity_id == entity_id, col(Visit.state).in_(_NOT_VISITED))
    return session.exec(found).one()


def _waiting(inspector: Inspector) -> Any:
    return (
        select(func.count())
        .select_from(Seat)
        .join(Visit, col(Visit.id) == col(Seat.visit_id))
        .where(
            Seat.inspector_id == inspector.id,
            Seat.state != SeatState.LEFT,
            col(Visit.state).in_(_NOT_VISITED),
        )
    )


def same_state(name: str, state: EntityState | InspectorState) -> Refused:
    """What somebody is told who would change nothing: a card of before shows the buttons of then."""
    return Refused(f"「{name}」已经是{chinese(state)}，没有改动。")


def renew(act: Act, inspector_id: int, until: date) -> Inspector:
    """换证: the certificate holds until another day."""
    inspector, _ = lookup.of_inspector(act, inspector_id)
    if until <= act.now.date():
        raise Refused(f"{until.isoformat()} 已经过去，请核对新执法证的有效期。")
    if until != date.max and until.year - act.now.year > _CERTIFIED:
        raise Refused(f"{until.isoformat()} 离现在超过 {_CERTIFIED} 年，请核对新执法证的有效期。")
    before, inspector.valid_until = inspector.valid_until, until
    act.session.add(inspector)
    after = {"valid_until": until.isoformat()}
    act.record("renew", "inspector", inspector.id, before={"valid_until": before.isoformat()}, after=after)
    return inspector


def recuse(act: Act, entity_id: int, inspector_id: int, reason: str, task_id: int | None = None) -> list[Visit]:
    """登记回避: the two must not meet, from the next draw and substitution on; standing, or for one task.

    Returns the visits on which they are together already: nothing is changed there, whoever is told decides.
    """
    entity, _ = lookup.of_entity(act, entity_id)
    inspector, _ = lookup.of_inspector(act, inspector_id)
    if not reason.strip():
        raise Refused("请写明回避的理由，例如：与该企业负责人是亲属。")
    if task_id is not None:
        task = act.session.get(Task, task_id)
        if task is None or task.state in {TaskState.CLOSED, TaskState.WITHDRAWN}:
            raise Refused("这项任务已经办结或者取消，请重新选择。")
    known = select(Recusal).where(Recusal.entity_id == entity_id, Recusal.inspector_id == inspector_id)
    for row in act.session.exec(known):
        if row.task_id is None or row.task_id == task_id:
            raise Refused(f"「{inspector.name}」与「{entity.name}」已经登记过回避。")
    row = Recusal(entity_id=entity_id, inspector_id=inspector_id, reason=reason.strip()[:200], task_id=task_id)
    act.session.add(row)
    act.session.flush()
    after = {"entity": entity.label, "inspector": inspector.label, "task": task_id}
    act.record("recuse", "recusal", row.id, after=after)
    together = (
        select(Visit)
        .join(Seat, col(Seat.visit_id) == col(Visit.id))
        .where(
            Visit.entity_id == entity_id,
            Seat.inspector_id == inspector_id,
            Seat.state != SeatState.LEFT,
            col(Visit.state).in_([*visit.OPEN, VisitState.DRAWN]),
        )
    )
    if task_id is not None:
        together = together.where(Visit.task_id == task_id)
    return list(act.session.exec(together))


def lift(act: Act, recusal_id: int) -> Recusal:
    """解除回避: it no longer holds for draws to come; what was announced with it stays as it was."""
    lookup.may_look(act)
    row = act.session.get(Recusal, recusal_id)
    if row is None:
        raise Refused("这条回避已经解除。")
    before = {"entity": row.entity_id, "inspector": row.inspector_id, "reason": row.reason, "task": row.task_id}
    act.record("lift_recusal", "recusal", row.id, before=before)
    act.session.delete(row)
    act.session.flush()
    return row


def change_expert(act: Act, expert_id: int, active: bool) -> Expert:
    """退出 of an expert, or 在库 again; Refused where it is so already."""
    expert, _ = lookup.of_expert(act, expert_id)
    if expert.active == active:
        raise Refused(f"「{expert.name}」已经是{'在库' if active else '退出'}，没有改动。")
    expert.active = active
    act.session.add(expert)
    act.record("change_expert", "expert", expert.id, before={"active": not active}, after={"active": active})
    return expert


def give_basis(act: Act, item_id: int, basis: str) -> Item:
    """补依据 of an item: a new version of it, to be published again (S0: 动态调整，及时向社会公布)."""
    item = lookup.of_item(act, item_id)
    if not basis.strip():
        raise Refused("请写明检查依据：法律、法规、规章的名称和条款。")
    before = {"basis": item.basis, "version": item.version}
    item.basis, item.published_on = basis.strip()[:2000], None
    item.version += 1
    act.session.add(item)
    after = {"basis": item.basis, "version": item.version}
    act.record("give_basis", "item", item.id, before=before, after=after)
    return item


def publish_item(act: Act, item_id: int) -> Item:
    """登记公布 of an item, today."""
    item = lookup.of_item(act, item_id)
    if not item.basis.strip():
        raise Refused(f"事项「{item.name}」没有检查依据，不能公布。请先补上依据。")
    if item.published_on is not None:
        raise Refused(f"事项「{item.name}」已经于 {item.published_on.isoformat()} 公布。")
    item.published_on = act.now.date()
    act.session.add(item)
    act.record("publish_item", "item", item.id, after={"published_on": item.published_on.isoformat()})
    return item


def tasks_for_recusal(act: Act) -> list[Task]:
    """The tasks for which alone a recusal can be registered: those to be drawn, and those being inspected."""
    lookup.may_look(act)
    states = (TaskState.COMPLETED, TaskState.DRAWN)
    return list(act.session.exec(select(Task).where(col(Task.state).in_(states)).order_by(col(Task.plan_no))))


def _away(inspector: Inspector) -> dict[str, str | None]:
    first, last = inspector.away_from, inspector.away_to
    return {"from": first.isoformat() if first else None, "to": last.isoformat() if last else None}
