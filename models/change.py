"""申请: a request to change who goes (回避、无法参加) or who is visited (对象已不在): one cause, any visits."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models import visit
from models.act import Act, NoRight, Refused, key
from models.base import Instant
from models.inspector import Inspector
from models.people import Person
from models.plan import Task
from models.visit import Seat, Visit
from models.words import ChangeKind, ChangeState, Role, SeatState, VisitState, chinese

STAFF = frozenset({Role.STAFF, Role.ADMIN})
# What still can change: nobody has entered a result.
_CHANGEABLE = (VisitState.DRAWN, VisitState.SENT)
_ASKED = {ChangeKind.RECUSAL: SeatState.RECUSAL_ASKED, ChangeKind.UNABLE: SeatState.ABSENCE_ASKED}
_LONGEST = 500


class Change(SQLModel, table=True):
    """One request; it stands until somebody else decides it."""

    __tablename__ = "visit_change"

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int | None = Field(default=None, foreign_key="draw.id", index=True)
    kind: str
    # Who leaves; None where the entity is gone.
    inspector_id: int | None = Field(default=None, foreign_key="inspector.id")
    # 本次抽取全部: he steps in nowhere else of this draw either.
    whole: bool = False
    reason: str
    state: str = Field(default=ChangeState.ASKED, index=True)
    # Whoever really asked, and the person for whom it was asked with paper (代办).
    asked_by: int | None = Field(default=None, foreign_key="person.id")
    behalf_id: int | None = Field(default=None, foreign_key="person.id")
    asked_at: datetime = Field(sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)


class ChangePlace(SQLModel, table=True):
    """One visit of a request, with the seat that is left where somebody leaves."""

    __tablename__ = "change_place"
    __table_args__ = (UniqueConstraint("change_id", "visit_id"),)

    id: int | None = Field(default=None, primary_key=True)
    change_id: int = Field(foreign_key="visit_change.id", index=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    seat_id: int | None = Field(default=None, foreign_key="seat.id", index=True)


def get(session: Session, change_id: int) -> Change:
    """The request, or a polite refusal."""
    found = session.get(Change, change_id)
    if found is None:
        raise Refused("没有找到这项申请。")
    return found


def places(session: Session, change_id: int, *, live: bool = False) -> list[tuple[Visit, Seat | None]]:
    """The visits of a request in draw order, with the seats that are left; `live` without those withdrawn since."""
    found = (
        select(Visit, Seat)
        .select_from(ChangePlace)
        .join(Visit, col(Visit.id) == col(ChangePlace.visit_id))
        .join(Seat, col(Seat.id) == col(ChangePlace.seat_id), isouter=True)
        .where(ChangePlace.change_id == change_id)
        .order_by(col(Visit.order), col(Visit.id))
    )
    return [(each, seat) for each, seat in session.exec(found) if not (live and each.state == VisitState.CANCELLED)]


def of_seat(session: Session, seat_id: int) -> Change | None:
    """The newest request about a seat."""
    found = select(Change).join(ChangePlace, col(ChangePlace.change_id) == col(Change.id))
    return session.exec(found.where(ChangePlace.seat_id == seat_id).order_by(col(Change.id).desc())).first()


def standing(session: Session, visit_id: int) -> list[Change]:
    """The requests about a visit that nobody has decided."""
    found = select(Change).join(ChangePlace, col(ChangePlace.change_id) == col(Change.id))
    wanted = found.where(ChangePlace.visit_id == visit_id, Change.state == ChangeState.ASKED)
    return list(session.exec(wanted.order_by(col(Change.id))))


def leavable(act: Act, visit_id: int) -> list[int]:
    """The visits of the same draw that the inspector of this seat could leave now, this one first."""
    own = visit.seat_of(act, visit_id)
    found = visit.get(act.session, visit_id)
    others = (
        select(Visit.id)
        .join(Seat, col(Seat.visit_id) == col(Visit.id))
        .where(
            Visit.draw_id == found.draw_id,
            Visit.id != visit_id,
            col(Visit.state).in_(_CHANGEABLE),
            Seat.inspector_id == own.inspector_id,
            col(Seat.state).in_([SeatState.WAITING, SeatState.ACCEPTED]),
        )
        .order_by(col(Visit.order))
    )
    return [visit_id, *(each for each in act.session.exec(others) if each and not standing(act.session, each))]


def may_leave(act: Act, visit_id: int) -> Seat:
    """The seat that can be left now: the actor's own, or with 代办 that of the person acted for."""
    found, seat = visit.get(act.session, visit_id), visit.seat_of(act, visit_id)
    _may_change(found, "这项检查已经录入结果，不能再申请回避或者调整。请联系派发任务的工作人员。")
    if seat.state in {SeatState.RECUSAL_ASKED, SeatState.ABSENCE_ASKED}:
        raise Refused("您已经提出过申请，正在等工作人员答复。")
    _not_gone(act, found)
    return seat


def ask_to_leave(act: Act, visit_ids: Iterable[int], *, recusal: bool, reason: str, whole: bool = False) -> Change:
    """申请回避 or 无法参加 of one or several visits of a draw: nothing changes before somebody else agrees.

    `whole` says that he cannot go anywhere in this draw.
    """
    wanted = list(dict.fromkeys(visit_ids))
    seats = [may_leave(act, visit_id) for visit_id in wanted]
    kind = ChangeKind.RECUSAL if recusal else ChangeKind.UNABLE
    for seat in seats:
        seat.state, seat.reason, seat.asked_at = _ASKED[kind], _said(reason, kind), act.now
        act.session.add(seat)
    places_ = [(visit_id, key(seat)) for visit_id, seat in zip(wanted, seats, strict=True)]
    return _ask(act, kind, places_, reason, inspector_id=seats[0].inspector_id, whole=whole)


def ask_to_remove(act: Act, seat_id: int, *, recusal: bool, reason: str) -> Change:
    """Staff ask that an inspector leaves a team, before or after 派发: another of the staff decides."""
    seat = act.session.get(Seat, seat_id)
    if seat is None:
        raise Refused("没有找到这个检查岗位。")
    found = visit.get(act.session, seat.visit_id)
    _require_staff(act, found)
    _may_change(found, "这项检查已经录入结果，不能再调整人员。")
    if seat.state in {SeatState.RECUSAL_ASKED, SeatState.ABSENCE_ASKED}:
        raise Refused("这名检查人员的申请正在等待答复，请先办理那一项。")
    if seat.state == SeatState.LEFT:
        raise Refused("这名检查人员已经不在检查组里。")
    _not_gone(act, found)
    kind = ChangeKind.RECUSAL if recusal else ChangeKind.UNABLE
    seat.state, seat.reason, seat.asked_at = _ASKED[kind], _said(reason, kind), act.now
    act.session.add(seat)
    return _ask(act, kind, [(key(found), seat_id)], reason, inspector_id=seat.inspector_id)


def may_report_gone(act: Act, visit_id: int) -> Visit:
    """The visit whose entity the actor, one of its team or of the staff, may report as gone."""
    found = visit.get(act.session, visit_id)
    task = act.session.get_one(Task, found.task_id)
    if act.behalf is not None or not act.may(STAFF, task.unit_id or 0):
        visit.seat_of(act, visit_id)
    _may_change(found, "这项检查已经录入结果。对象已关闭或者无法联系的，请在检查结果里写明。")
    waiting = standing(act.session, visit_id)
    if waiting:
        raise Refused(f"这一户有一项申请（{chinese(ChangeKind(waiting[0].kind))}）正在等待答复，请先等那一项办完。")
    return found


def ask_gone(act: Act, visit_id: int, reason: str) -> Change:
    """对象已不在: the entity turns out to be gone; another of its stratum is drawn once somebody else agrees."""
    found = may_report_gone(act, visit_id)
    return _ask(act, ChangeKind.GONE, [(key(found), None)], reason)


def decidable(act: Act, change_id: int) -> Change:
    """A request that is still open, for somebody who may decide it: neither who asked nor whom it is about."""
    found = get(act.session, change_id)
    first, _ = places(act.session, change_id)[0]
    _require_staff(act, first)
    leaver = act.session.get(Inspector, found.inspector_id) if found.inspector_id else None
    if act.person_id == found.asked_by or (leaver is not None and leaver.person_id == act.person_id):
        raise NoRight("不能批准自己的申请，请由其他工作人员办理。")
    if found.state != ChangeState.ASKED:
        raise Refused("这项申请已经办理过了。")
    return found


def refuse(act: Act, change_id: int) -> Change:
    """不同意: everything stays as it is, and whoever asked is told."""
    found = decidable(act, change_id)
    _back(act, found)
    close(act, found, ChangeState.REFUSED)
    act.record("refuse_leave", "change", found.id, before={"kind": found.kind, "visits": _visit_ids(act, found)})
    for person in concerned(act.session, found):
        act.tell("leave_refused", f"leave_refused:{found.id}:{person.id}", person=person, change=found.id)
    return found


def settle(act: Act, change: Change) -> None:
    """Another way out was taken: the request is over, the seats stand as before."""
    _back(act, change)
    close(act, change, ChangeState.SETTLED)


def remains(act: Act, change: Change) -> bool:
    """After visits were withdrawn: whether anything of a request is left; one of which nothing is left is settled."""
    if places(act.session, key(change), live=True):
        return True
    settle(act, change)
    return False


def close(act: Act, change: Change, state: ChangeState) -> None:
    """Write down that a request was decided."""
    change.state, change.decided_at = state, act.now
    change.decided_by = key(act.actor) if act.actor else None
    act.session.add(change)


def concerned(session: Session, change: Change) -> list[Person]:
    """Who hears of a decision: whoever asked and whom it is about, each once."""
    leaver = session.get(Inspector, change.inspector_id) if change.inspector_id else None
    ids = dict.fromkeys([change.asked_by, leaver.person_id if leaver else None])
    found = [session.get(Person, person_id) for person_id in ids if person_id]
    return [person for person in found if person is not None and person.active]


def deciders(session: Session, change: Change) -> list[Person]:
    """Who decides it: whoever sent the task out, else the unit's staff; never who asked or whom it is about."""
    first, _ = places(session, key(change))[0]
    without = {person.id or 0 for person in concerned(session, change)}
    return visit.deciders(session, first, without)


def tell_deciders(act: Act, change: Change) -> list[Person]:
    """Ask whoever decides; NoRight's opposite is silence, so nobody at all is refused."""
    found = deciders(act.session, change)
    for person in found:
        act.tell(
            "leave_asked", f"change:{change.id}:{person.id}", person=person, dispatcher=act.actor, change=change.id
        )
    if not found:
        raise Refused("没有其他工作人员可以答复这项申请。请管理员先增加一名工作人员。")
    return found


def _ask(
    act: Act,
    kind: ChangeKind,
    of: Sequence[tuple[int, int | None]],
    reason: str,
    *,
    inspector_id: int | None = None,
    whole: bool = False,
) -> Change:
    first = visit.get(act.session, of[0][0])
    made = Change(
        draw_id=first.draw_id,
        kind=kind,
        inspector_id=inspector_id,
        whole=whole,
        reason=_said(reason, kind),
        asked_by=act.person_id,
        behalf_id=act.behalf.id if act.behalf else None,
        asked_at=act.now,
    )
    act.session.add(made)
    act.session.flush()
    for visit_id, seat_id in of:
        act.session.add(ChangePlace(change_id=key(made), visit_id=visit_id, seat_id=seat_id))
    act.session.flush()
    for visit_id, seat_id in of:
        after = {"change": made.id, "seat": seat_id}
        if kind == ChangeKind.GONE:
            act.record("ask_gone", "visit", visit_id, after=after)
        else:
            act.record("ask_recusal" if kind == ChangeKind.RECUSAL else "ask_absence", "visit", visit_id, after=after)
    tell_deciders(act, made)
    return made


def _back(act: Act, change: Change) -> None:
    """The seats of a request as they were before it."""
    for _, seat in places(act.session, key(change)):
        if seat is not None and seat.state in {SeatState.RECUSAL_ASKED, SeatState.ABSENCE_ASKED}:
            seat.state = SeatState.ACCEPTED if seat.accepted_at else SeatState.WAITING
            act.session.add(seat)


def _visit_ids(act: Act, change: Change) -> list[int]:
    return [key(each) for each, _ in places(act.session, key(change))]


def _require_staff(act: Act, found: Visit) -> None:
    task = act.session.get_one(Task, found.task_id)
    act.require(STAFF, task.unit_id or 0)


def _may_change(found: Visit, sentence: str) -> None:
    if found.state == VisitState.CANCELLED:
        raise Refused("这项检查已经取消，不用再办理。")
    if found.state not in _CHANGEABLE:
        raise Refused(sentence)


def _not_gone(act: Act, found: Visit) -> None:
    if any(each.kind == ChangeKind.GONE for each in standing(act.session, key(found))):
        raise Refused("这一户已报告对象不在，正在等工作人员答复，人员先不调整。")


def _said(reason: str, kind: ChangeKind) -> str:
    text = " ".join(reason.split())[:_LONGEST]
    if not text:
        example = "现场已搬空，物业证明去年底退租" if kind == ChangeKind.GONE else "与该企业负责人是亲属"
        raise Refused(f"请写明理由，例如：{example}。")
    return text
