"""一次上门: one visit to one entity, its team, and what each inspector answers (DESIGN §5.2)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import UniqueConstraint, update
from sqlmodel import Field, Session, SQLModel, col, select

from models import people
from models.act import Act, Refused
from models.base import Instant
from models.entity import Entity
from models.inspector import Inspector
from models.people import Person, Unit
from models.plan import Task
from models.words import DrawMode, Ended, Role, SeatState, VisitState

# A visit that still wants something from its team.
OPEN = (VisitState.SENT, VisitState.RETURNED, VisitState.DISPUTED, VisitState.ENTERED)
# The inspectors' part is over.
FINISHED = (VisitState.PASSED, VisitState.PUBLISHED, VisitState.CANCELLED)


class Visit(SQLModel, table=True):
    """One entity of one draw, in draw order. Only a visit of origin 抽取 counts in the draw's figures."""

    __table_args__ = (UniqueConstraint("draw_id", "entity_id"),)

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int | None = Field(default=None, foreign_key="draw.id", index=True)
    task_id: int = Field(foreign_key="task.id", index=True)
    entity_id: int = Field(foreign_key="entity.id", index=True)
    origin: str = "抽取"
    reason: str = ""
    order: int
    stratum: str
    state: str = Field(default=VisitState.DRAWN, index=True)
    due: date
    drawn_at: datetime = Field(sa_type=Instant)
    dispatcher_id: int | None = Field(default=None, foreign_key="person.id")
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    passed_at: datetime | None = Field(default=None, sa_type=Instant)
    # The number of the code that selected the entity: 1 for the draw, 2 and up where it replaced one that was gone.
    since: int = 1
    # Of a cancelled visit that was drawn: how it ended, why, and which visit took its place.
    ended: str = ""
    ended_reason: str = ""
    replaced_by: int | None = Field(default=None, foreign_key="visit.id")


class Seat(SQLModel, table=True):
    """One inspector of one team. Seats are never deleted: who left stays on the record with the reason."""

    __table_args__ = (UniqueConstraint("visit_id", "inspector_id"),)

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    inspector_id: int = Field(foreign_key="inspector.id", index=True)
    state: str = SeatState.WAITING
    # The number of the code that brought the inspector in: 1 for the draw, 2 and up for substitutions.
    since: int = 1
    # When the inspector was told; the wait for 收到 counts from here.
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str = ""
    asked_at: datetime | None = Field(default=None, sa_type=Instant)
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    reminded_at: datetime | None = Field(default=None, sa_type=Instant)


def get(session: Session, visit_id: int) -> Visit:
    """The visit, or a polite refusal."""
    found = session.get(Visit, visit_id)
    if found is None:
        raise Refused("没有找到这项检查，请重新发送 /tasks 查看。")
    return found


def team(session: Session, visit_id: int) -> list[tuple[Seat, Inspector]]:
    """The present team of a visit, by unit and certificate."""
    found = session.exec(
        select(Seat, Inspector)
        .join(Inspector, col(Inspector.id) == col(Seat.inspector_id))
        .where(Seat.visit_id == visit_id, Seat.state != SeatState.LEFT)
        .order_by(col(Seat.unit_id), col(Inspector.label))
    )
    return [(seat, inspector) for seat, inspector in found]


def ever_on(session: Session, visit_id: int) -> set[int]:
    """Ids of all inspectors who are or were on the team."""
    return set(session.exec(select(Seat.inspector_id).where(Seat.visit_id == visit_id)))


def inspector_of(session: Session, person_id: int) -> Inspector | None:
    """The register's row of a person."""
    return session.exec(select(Inspector).where(Inspector.person_id == person_id)).first()


def seat_of(act: Act, visit_id: int) -> Seat:
    """The actor's own seat; refused for anybody else (who pressed is checked every time)."""
    members = team(act.session, visit_id)
    if act.behalf is not None:
        return _seat_behalf(act, visit_id, act.behalf, members)
    for seat, inspector in members:
        if inspector.person_id == act.person_id:
            return seat
    own = inspector_of(act.session, act.person_id)
    if own is not None and own.id in ever_on(act.session, visit_id):
        raise Refused("这一户已由其他检查人员接替，您不用再办理。", alert=True)
    names = "、".join(inspector.name for _, inspector in members)
    raise Refused(f"这个按钮属于{names or '该检查组'}，您不能代为办理。", alert=True)


def _seat_behalf(act: Act, visit_id: int, behalf: Person, members: list[tuple[Seat, Inspector]]) -> Seat:
    """代办: staff of the unit act for somebody of the team."""
    task = act.session.get_one(Task, get(act.session, visit_id).task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    for seat, inspector in members:
        if inspector.person_id == behalf.id:
            return seat
    raise Refused(f"{behalf.name}不在这一户的检查组里，不能代办。")


def of_inspector(
    session: Session, inspector_id: int, states: Iterable[VisitState] = OPEN, draw_id: int | None = None
) -> list[tuple[Visit, Seat, Entity]]:
    """An inspector's visits in some states, by due date."""
    found = (
        select(Visit, Seat, Entity)
        .join(Seat, col(Seat.visit_id) == col(Visit.id))
        .join(Entity, col(Entity.id) == col(Visit.entity_id))
        .where(Seat.inspector_id == inspector_id, Seat.state != SeatState.LEFT, col(Visit.state).in_(list(states)))
        .order_by(col(Visit.due), col(Visit.task_id), col(Visit.order))
    )
    if draw_id is not None:
        found = found.where(Visit.draw_id == draw_id)
    return [(visit, seat, entity) for visit, seat, entity in session.exec(found)]


def of_draw(session: Session, draw_id: int) -> list[Visit]:
    """All visits of a draw, in draw order."""
    return list(session.exec(select(Visit).where(Visit.draw_id == draw_id).order_by(col(Visit.order))))


def of_task(session: Session, task_id: int) -> list[Visit]:
    """All visits of a task."""
    return list(session.exec(select(Visit).where(Visit.task_id == task_id).order_by(col(Visit.id))))


def counted(session: Session, year: int) -> dict[int, int]:
    """Visits of each entity in a year, cancelled ones and rehearsals left out: what the yearly cap is held against."""
    counts: dict[int, int] = {}
    for entity_id, drawn_at in session.exec(
        select(Visit.entity_id, Visit.drawn_at)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(Visit.state != VisitState.CANCELLED, Task.mode != DrawMode.REHEARSAL)
    ):
        if drawn_at.year == year:
            counts[entity_id] = counts.get(entity_id, 0) + 1
    return counts


def dispatch(act: Act, draw_id: int) -> tuple[int, int, list[str]]:
    """派发任务: send the team cards. Returns visits, inspectors, and the names of those who have no account row."""
    visits = of_draw(act.session, draw_id)
    if not visits:
        raise Refused("这次抽取还没有结果，不能派发。")
    task = act.session.get_one(Task, visits[0].task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    waiting = [visit for visit in visits if visit.state == VisitState.DRAWN]
    if not waiting:
        raise Refused("这次抽取的任务已经派发过了。查看进度请发送 /progress。")
    for visit in waiting:
        visit.state, visit.sent_at, visit.dispatcher_id = VisitState.SENT, act.now, act.person_id
        act.session.add(visit)
    act.session.flush()
    # Asked for by what was just written: a province's draw has more visits than a statement takes values.
    sent = select(Visit.id).where(Visit.draw_id == draw_id, Visit.sent_at == act.now, Visit.state == VisitState.SENT)
    of_waiting = (col(Seat.visit_id).in_(sent), col(Seat.state) != SeatState.LEFT)
    act.session.execute(update(Seat).where(*of_waiting).values(sent_at=act.now))
    seated = select(Seat.inspector_id).where(*of_waiting)
    inspectors = list(
        act.session.exec(select(Inspector).where(col(Inspector.id).in_(seated)).order_by(col(Inspector.label)))
    )
    missing = [inspector.name for inspector in inspectors if not send_cards(act, draw_id, inspector, since=1)]
    act.record("dispatch", "draw", draw_id, after={"visits": len(waiting), "inspectors": len(inspectors)})
    return len(waiting), len(inspectors), missing


def send_cards(act: Act, draw_id: int, inspector: Inspector, *, since: int) -> bool:
    """Queue an inspector's cards of a draw; False where the register knows no person to send them to."""
    person = act.session.get(Person, inspector.person_id) if inspector.person_id else None
    if person is None:
        return False
    act.tell(
        "cards",
        f"cards:{draw_id}:{inspector.id}:{since}",
        person=person,
        dispatcher=act.actor,
        draw=draw_id,
        inspector=inspector.id,
        since=since,
    )
    return True


def accept(act: Act, visit_ids: Iterable[int]) -> int:
    """收到: returns how many visits were newly accepted."""
    fresh = 0
    for visit_id in visit_ids:
        seat = seat_of(act, visit_id)
        if seat.state == SeatState.WAITING:
            seat.state, seat.accepted_at = SeatState.ACCEPTED, act.now
            act.session.add(seat)
            act.record("accept", "visit", visit_id)
            fresh += 1
    return fresh


def deciders(session: Session, visit: Visit, without: Iterable[int] = ()) -> list[Person]:
    """Who decides on a visit: whoever sent the task out, else the unit's staff, else its administrators."""
    left_out = set(without)
    sender = session.get(Person, visit.dispatcher_id) if visit.dispatcher_id else None
    if sender is not None and sender.active and sender.id not in left_out:
        return [sender]
    unit_id = session.get_one(Task, visit.task_id).unit_id or 0
    return people.holders(session, Role.STAFF, unit_id, without=left_out) or people.holders(
        session, Role.ADMIN, unit_id, without=left_out
    )


def reschedule(act: Act, visit_ids: Iterable[int], day: date, reason: str) -> list[Visit]:
    """另约时间: visits get another date within the task's days, and their teams are told."""
    found = [get(act.session, visit_id) for visit_id in visit_ids]
    task = act.session.get_one(Task, found[0].task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    if not reason.strip():
        raise Refused("请写明另约时间的原因，例如：4月20日 企业停产检修。")
    if day < act.now.date():
        raise Refused(f"{day.month} 月 {day.day} 日已经过去，请写今天以后的日期。")
    if task.ends is not None and day > task.ends:
        raise Refused(
            f"这项任务的抽查时间到 {task.ends.month} 月 {task.ends.day} 日为止，不能约到 {day.month} 月 {day.day} 日。"
            "需要更晚的，请先调整抽查计划。"
        )
    for each in found:
        if each.state not in (VisitState.DRAWN, VisitState.SENT):
            raise Refused(f"{label(each)}已经录入结果或者取消，不能另约时间。")
        before, each.due = each.due, day
        act.session.add(each)
        act.record(
            "reschedule",
            "visit",
            each.id,
            before={"due": before.isoformat()},
            after={"due": day.isoformat(), "reason": reason},
        )
        if each.sent_at is not None:
            tell_team(act, each, "rescheduled", f"rescheduled:{each.id}:{day.isoformat()}", reason=reason.strip())
    return found


def tell_team(act: Act, visit: Visit, kind: str, name: str, **data: Any) -> None:
    """One message to each member of a team who has an account."""
    for _, inspector in team(act.session, visit.id or 0):
        person = act.session.get(Person, inspector.person_id) if inspector.person_id else None
        if person is not None:
            act.tell(kind, f"{name}:{person.id}", person=person, dispatcher=act.actor, visit=visit.id, **data)


def remind(act: Act) -> int:
    """No 收到 in time: the inspector is reminded once, and then the dispatcher is told. Returns new messages.

    Only visits of units that follow the act's profile: each profile has waits of its own.
    """
    wait = timedelta(hours=act.policy.waits.receipt_hours)
    found = act.session.exec(
        select(Seat, Visit, Task.unit_id)
        .join(Visit, col(Visit.id) == col(Seat.visit_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(
            Seat.state == SeatState.WAITING,
            Visit.state == VisitState.SENT,
            col(Seat.sent_at) <= act.now - wait,
        )
        .order_by(col(Visit.draw_id), col(Seat.inspector_id))
    ).all()
    units = {unit_id for _, _, unit_id in found}
    profiles = {unit_id: people.policy_name(act.session, unit_id) if unit_id else None for unit_id in units}
    told = 0
    for seat, visit, unit_id in found:
        if profiles[unit_id] not in (None, act.policy.name):
            continue
        inspector = act.session.get_one(Inspector, seat.inspector_id)
        person = act.session.get(Person, inspector.person_id) if inspector.person_id else None
        if seat.reminded_at is None:
            seat.reminded_at = act.now
            act.session.add(seat)
            if person is not None:
                told += act.tell(
                    "receipt_reminder",
                    f"receipt:{visit.draw_id}:{inspector.id}:{seat.since}:{seat.sent_at:%Y%m%d}",
                    person=person,
                    draw=visit.draw_id,
                    inspector=inspector.id,
                )
        elif seat.reminded_at <= act.now - wait:
            for person in deciders(act.session, visit):
                told += act.tell(
                    "receipt_missing",
                    # All who were reminded together are one message.
                    f"receipt_missing:{visit.draw_id}:{person.id}:{seat.reminded_at:%Y%m%d%H%M}",
                    person=person,
                    draw=visit.draw_id,
                )
    return told


def unanswered(session: Session, draw_id: int) -> dict[str, int]:
    """Who was reminded and still has not said 收到, by name, with the number of visits."""
    found: dict[str, int] = {}
    for name in session.exec(
        select(Inspector.name)
        .join(Seat, col(Seat.inspector_id) == col(Inspector.id))
        .join(Visit, col(Visit.id) == col(Seat.visit_id))
        .where(
            Visit.draw_id == draw_id,
            Visit.state == VisitState.SENT,
            Seat.state == SeatState.WAITING,
            col(Seat.reminded_at).is_not(None),
        )
        .order_by(col(Inspector.label))
    ):
        found[name] = found.get(name, 0) + 1
    return found


def counts(session: Session, task_id: int) -> dict[VisitState, int]:
    """Visits of a task by state, in the order of the states; one that was replaced counts as its successor."""
    found = dict.fromkeys(VisitState, 0)
    for state in session.exec(select(Visit.state).where(Visit.task_id == task_id, Visit.ended != Ended.REPLACED)):
        found[VisitState(state)] += 1
    return found


def ends(session: Session, task_id: int) -> dict[Ended, int]:
    """How many drawn visits of a task ended without being made, by how."""
    found = dict.fromkeys(Ended, 0)
    for ended in session.exec(select(Visit.ended).where(Visit.task_id == task_id, Visit.ended != "")):
        found[Ended(ended)] += 1
    return found


def draws_of(session: Session, task_id: int) -> list[int]:
    """The draws that gave a task its visits, oldest first."""
    found = select(Visit.draw_id).where(Visit.task_id == task_id, col(Visit.draw_id).is_not(None)).distinct()
    return sorted(each for each in session.exec(found) if each is not None)


def overdue(session: Session, task_id: int, today: date) -> int:
    """Visits of a task that should have been made and are not entered yet."""
    waiting = (VisitState.DRAWN, VisitState.SENT, VisitState.RETURNED, VisitState.DISPUTED)
    found = select(Visit.id).where(Visit.task_id == task_id, col(Visit.state).in_(list(waiting)), Visit.due < today)
    return len(session.exec(found).all())


def loads(session: Session, draw_id: int) -> dict[int, int]:
    """Visits of each inspector of a draw who has any."""
    found: dict[int, int] = {}
    for inspector_id in session.exec(
        select(Seat.inspector_id)
        .join(Visit, col(Visit.id) == col(Seat.visit_id))
        .where(Visit.draw_id == draw_id, Seat.state != SeatState.LEFT, Visit.state != VisitState.CANCELLED)
    ):
        found[inspector_id] = found.get(inspector_id, 0) + 1
    return found


def named(session: Session, draw_id: int, limit: int | None = None) -> list[tuple[Visit, str]]:
    """The visits of a draw with the entities' names, in draw order; the first `limit` of them."""
    found = select(Visit, Entity.name).join(Entity, col(Entity.id) == col(Visit.entity_id))
    ordered = found.where(Visit.draw_id == draw_id).order_by(col(Visit.order)).limit(limit)
    return [(visit, name) for visit, name in session.exec(ordered)]


def replaced(session: Session, visit: Visit) -> Visit | None:
    """The visit whose place this one took."""
    return session.exec(select(Visit).where(Visit.replaced_by == visit.id)).first()


def unit_names(session: Session, visit_id: int) -> list[str]:
    """Names of the units on a team, each once."""
    ids = dict.fromkeys(seat.unit_id for seat, _ in team(session, visit_id))
    return [session.get_one(Unit, unit_id).name for unit_id in ids]


def label(visit: Visit) -> str:
    """How a visit is called in messages: its number in draw order."""
    return f"第 {visit.order} 户"
