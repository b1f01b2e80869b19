"""What an event changes: who sits where, which entity takes the place of one that is gone, and visits withdrawn."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, func, select

from models import draw, plan, publication, seating, visit
from models.act import Act, Refused, key
from models.change import STAFF, Change
from models.draw import Draw
from models.entity import Entity
from models.form import Json
from models.inspector import Inspector
from models.people import Person, Unit
from models.plan import Task
from models.record import Substituted
from models.visit import Seat, Visit
from models.words import ChangeKind, Ended, SeatState, VisitState


def carry_out(act: Act, drawn: Draw, change: Change, k: int, approver_id: int, made: Substituted) -> None:
    """Make the changes of event k in the rows, and tell whom they concern."""
    approver = act.session.get_one(Person, approver_id)
    visits = _visits_by_label(act.session, drawn)
    cards: dict[int, None] = {}
    for entry in made.changes:
        if "stratum" in entry:
            old = visits[entry["out"]]
            new = _replace(act, drawn, old, entry, k, change.reason)
            if new is not None:
                visits[entry["in"]] = new
        elif entry["out"]:
            cards |= dict.fromkeys(_change_seat(act, drawn, visits[entry["entity"]], entry, k, change))
        else:
            cards |= dict.fromkeys(_take_seat(act, drawn, visits[entry["entity"]], entry, k))
    for inspector_id in cards:
        _send_card(act, drawn, act.session.get_one(Inspector, inspector_id), k, approver)
    if change.kind == ChangeKind.GONE:
        _after_end(act, drawn)


def withdraw(act: Act, visit_ids: Iterable[int], reason: str) -> list[Visit]:
    """撤回检查: drawn visits are not made, with the reason; they stay visible, and the group is told how many."""
    found = [visit.get(act.session, visit_id) for visit_id in visit_ids]
    task = act.session.get_one(Task, found[0].task_id)
    act.require(STAFF, task.unit_id or 0)
    text = " ".join(reason.split())[:500]
    if not text:
        raise Refused("请写明撤回检查的原因，例如：本县没有其他持证人员，无法组成检查组。")
    for each in found:
        if each.state == VisitState.CANCELLED:
            raise Refused(f"{visit.label(each)}已经取消，不用再撤回。")
        if each.state not in (VisitState.DRAWN, VisitState.SENT):
            raise Refused(f"{visit.label(each)}已经录入结果，不能撤回。")
        _end(act, each, Ended.WITHDRAWN, text)
        act.record("withdraw_visit", "visit", each.id, after={"reason": text})
        if each.sent_at is not None:
            visit.tell_team(act, each, "visit_ended", f"visit_ended:{each.id}")
    act.session.flush()
    if found[0].draw_id is not None:
        drawn = draw.get(act.session, found[0].draw_id)
        ids = [key(each) for each in found]
        act.tell(
            "visits_withdrawn",
            f"visits_withdrawn:{ids[0]}",
            group=draw.group_of(act.session, drawn),
            dispatcher=act.actor,
            draw=drawn.id,
            visits=ids,
        )
        _after_end(act, drawn)
    return found


def _replace(act: Act, drawn: Draw, old: Visit, entry: Json, k: int, reason: str) -> Visit | None:
    """One entity that is gone: its visit ends, and that of the next of its stratum begins, if there is one."""
    if not entry["in"]:
        _end(act, old, Ended.UNFILLED, reason)
    else:
        _end(act, old, Ended.REPLACED, reason)
    act.session.flush()
    if old.sent_at is not None:
        visit.tell_team(act, old, "visit_ended", f"visit_ended:{old.id}")
    act.record("end_visit", "visit", old.id, after={"ended": old.ended, "k": k})
    if not entry["in"]:
        return None
    entity_id = seating.ids_of(act.session, Entity, {entry["in"]})[entry["in"]]
    last = act.session.exec(select(func.max(Visit.order)).where(Visit.draw_id == drawn.id)).one()
    task = act.session.get_one(Task, old.task_id)
    made = Visit(
        draw_id=drawn.id,
        task_id=old.task_id,
        entity_id=entity_id,
        order=last + 1,
        stratum=old.stratum,
        # In draw order after all others, and in the same state as the one whose place it takes.
        state=VisitState.SENT if old.sent_at is not None else VisitState.DRAWN,
        due=_due(act, old, task),
        drawn_at=act.now,
        dispatcher_id=old.dispatcher_id,
        sent_at=act.now if old.sent_at is not None else None,
        since=k,
    )
    act.session.add(made)
    act.session.flush()
    old.replaced_by = made.id
    act.session.add(old)
    return made


def _due(act: Act, old: Visit, task: Task) -> date:
    """The date of the visit whose place is taken, unless it has passed."""
    return old.due if old.due >= act.now.date() else max(task.ends or act.now.date(), act.now.date())


def _end(act: Act, found: Visit, ended: Ended, reason: str) -> None:
    found.state, found.ended, found.ended_reason = VisitState.CANCELLED, ended, reason
    act.session.add(found)


def _after_end(act: Act, drawn: Draw) -> None:
    """The last open visit may have been the one that ended."""
    act.session.flush()
    draw.finished(act, key(drawn))
    publication.try_to_close(act, key(drawn))


def _change_seat(act: Act, drawn: Draw, found: Visit, entry: Json, k: int, change: Change) -> list[int]:
    """One seat changes hands; the leaver is told. Returns whom to send a card."""
    ids = seating.ids_of(act.session, Inspector, {entry["out"]})
    old = act.session.exec(select(Seat).where(Seat.visit_id == found.id, Seat.inspector_id == ids[entry["out"]])).one()
    old.state = SeatState.LEFT
    act.session.add(old)
    leaver = act.session.get_one(Inspector, old.inspector_id)
    person = act.session.get(Person, leaver.person_id) if leaver.person_id else None
    if person is not None and (found.sent_at is not None or change.asked_by == person.id):
        # One message for all places that he leaves by this event.
        act.tell("left", f"left:{change.id}:{k}", person=person, change=change.id, visit=found.id)
    return _take_seat(act, drawn, found, entry, k)


def _take_seat(act: Act, drawn: Draw, found: Visit, entry: Json, k: int) -> list[int]:
    inspector_id = seating.ids_of(act.session, Inspector, {entry["in"]})[entry["in"]]
    act.session.add(
        Seat(
            visit_id=key(found),
            unit_id=_unit_id(act.session, drawn, entry["unit"]),
            inspector_id=inspector_id,
            since=k,
            sent_at=act.now if found.sent_at is not None else None,
        )
    )
    act.session.flush()
    return [inspector_id] if found.sent_at is not None else []


def _unit_id(session: Session, drawn: Draw, name: str) -> int:
    """The unit of the task's demands with this name; names elsewhere in the tree may be the same."""
    for line in plan.units_of(session, drawn.task_id):
        if session.get_one(Unit, line.unit_id).name == name:
            return line.unit_id
    return key(session.exec(select(Unit).where(Unit.name == name).order_by(col(Unit.id))).one())


def _send_card(act: Act, drawn: Draw, stepping_in: Inspector, k: int, approver: Person) -> None:
    person = act.session.get(Person, stepping_in.person_id) if stepping_in.person_id else None
    if person is None:
        act.tell(
            "no_account",
            f"no_account:{drawn.id}:{k}:{stepping_in.id}",
            person=approver,
            draw=drawn.id,
            since=k,
            inspector=stepping_in.id,
        )
        return
    act.tell(
        "cards",
        f"cards:{drawn.id}:{stepping_in.id}:{k}",
        person=person,
        dispatcher=approver,
        draw=drawn.id,
        inspector=stepping_in.id,
        since=k,
    )


def _visits_by_label(session: Session, drawn: Draw) -> dict[str, Visit]:
    found = select(Entity.label, Visit).join(Visit, col(Visit.entity_id) == col(Entity.id))
    return dict(session.exec(found.where(Visit.draw_id == drawn.id)).all())
