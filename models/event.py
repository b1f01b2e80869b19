"""递补: one substitution event of a draw, from the approval through fresh throws to the new team (PROTOCOL §7)."""

import json
from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models import draw, form, match, record, substitution, throws, visit
from models.act import Act, Refused, key
from models.base import Instant
from models.draw import Die, Draw
from models.entity import Entity
from models.form import Json
from models.inspector import Inspector, Recusal
from models.people import Person, Unit
from models.visit import Seat, Visit
from models.words import DrawState, SeatState


class Event(SQLModel, table=True):
    """One event: one cause, one open at a time; `notice` is canonical JSON and its digest is what was posted."""

    __table_args__ = (UniqueConstraint("draw_id", "k", "attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int = Field(foreign_key="draw.id", index=True)
    k: int
    attempt: int = 1
    seat_id: int = Field(foreign_key="seat.id")
    notice: str
    digest: str
    state: str = Field(default="open", index=True)
    approved_by: int = Field(foreign_key="person.id")
    announced_at: datetime = Field(sa_type=Instant)
    deadline: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)


class NobodyLeft(Refused):
    """Nobody can step in: the request stays, and whoever decides is told the ways out."""


def approve(act: Act, seat_id: int) -> Event:
    """同意 a recusal or an absence: the event is announced; fresh throws then decide who steps in."""
    seat, found, inspector = visit.asked_seat(act, seat_id)
    if found.draw_id is None:
        raise Refused("这项检查不是抽取产生的，请直接调整人员。")
    drawn = draw.get(act.session, found.draw_id)
    if drawn.state != DrawState.DRAWN:
        raise Refused("这次抽取已经办结，不能再递补。")
    waiting = open_event(act.session, key(drawn))
    if waiting is not None and waiting.seat_id == seat_id:
        raise Refused("这项申请已经同意，递补公告正在工作群里等待掷骰，不用再点。")
    if waiting is not None:
        raise Refused("前一次递补还没有掷完骰，请等它完成后再办理这一项。")
    entity = act.session.get_one(Entity, found.entity_id)
    recusal = seat.state == SeatState.RECUSAL_ASKED
    rule = act.policy.throws
    announced_at = act.now.replace(microsecond=0)
    deadline = announced_at + timedelta(hours=rule.deadline_hours)
    try:
        made = record.event_notice(
            draw.record_of(drawn),
            draw.frozen_files(act.session, drawn),
            places=[substitution.Place(entity.label, inspector.label)],
            reason="recusal" if recusal else "unable",
            explanation="检查人员申请回避" if recusal else "检查人员无法参加",
            approved_by=act.person.label,
            announced_by=act.person.label,
            announced_at=form.stamp(announced_at),
            deadline=form.stamp(deadline),
            randomness=_randomness(act),
            salt=act.entropy(record.SALT_BYTES),
            recusals=[(entity.label, inspector.label, "申请回避")] if recusal else (),
            selected_tsv=draw.files_of(act.session, drawn)["selected.tsv"],
        )
    except match.Unmatchable as error:
        raise NobodyLeft(
            f"没有可以递补的持证人员，申请仍然保留。{error}"
            "可以：借调持证人员登记到人员名录库，供下一次抽取使用；与企业另约时间，仍由原人员检查；或者不同意这项申请。"
        ) from error
    k = made["k"]
    attempts = act.session.exec(select(Event).where(Event.draw_id == drawn.id, Event.k == k)).all()
    event = Event(
        draw_id=key(drawn),
        k=k,
        attempt=len(attempts) + 1,
        seat_id=key(seat),
        notice=form.canonical(made).decode(),
        digest=form.digest_of(made),
        approved_by=act.person_id,
        announced_at=announced_at,
        deadline=deadline,
    )
    act.session.add(event)
    if recusal:
        _recuse(act, found, seat)
    act.session.flush()
    act.record("approve_leave", "visit", found.id, after={"event": event.id, "digest": event.digest})
    group = draw.group_of(act.session, drawn)
    act.tell("event_notice", notice_key(event), group=group, dispatcher=act.actor, event=event.id)
    if made["randomness"]["kind"] == "waived":
        _carry_out(act, drawn, event, [])
        _tell_done(act, drawn, event)
    return event


def refuse(act: Act, seat_id: int) -> Inspector:
    """不同意, unless it was agreed to already and only the throws are missing."""
    waiting = select(Event).where(Event.seat_id == seat_id, Event.state == "open")
    if act.session.exec(waiting).first() is not None:
        raise Refused("这项申请已经同意，正在等待掷骰递补，不能改为不同意。")
    return visit.refuse_leave(act, seat_id)


def notice_key(event: Event) -> str:
    """The key of the group message that witnesses reply to."""
    return f"event:{event.draw_id}:{event.k}:{event.attempt}"


def open_event(session: Session, draw_id: int) -> Event | None:
    """The event that waits for throws."""
    return session.exec(select(Event).where(Event.draw_id == draw_id, Event.state == "open")).first()


def waiting_in(session: Session, group_id: int) -> bool:
    """Whether an event of this group waits for throws."""
    found = select(Event.id).join(Draw, col(Draw.id) == col(Event.draw_id))
    return session.exec(found.where(Draw.group_id == group_id, Event.state == "open")).first() is not None


def get(session: Session, event_id: int) -> Event:
    """The event, or a polite refusal."""
    found = session.get(Event, event_id)
    if found is None:
        raise Refused("没有找到这次递补。")
    return found


def throw(act: Act, event_id: int, die: Die) -> bool:
    """A witness's throw in reply to the event's notice; tells whether the substitution was made by it."""
    event = get(act.session, event_id)
    if event.state != "open":
        raise Refused("这次递补的掷骰已经结束，这次不计入。")
    drawn = draw.get(act.session, event.draw_id)
    notice: Json = json.loads(event.notice)
    rule = notice["randomness"]
    draw.check_throw(die, rule=rule, deadline=event.deadline)
    draw.keep_throw(act, drawn, event.k, die)
    enough = draw.counting(act.session, drawn, event.k, rule, notice["announced_by"], event.announced_at)
    if enough is not None:
        _carry_out(act, drawn, event, enough)
    number = len(draw.thrown(act.session, key(drawn), event.k, event.announced_at))
    target = f"receipts:{drawn.id}:{event.k}:{event.attempt}"
    act.tell(
        "receipts",
        target if number == 1 else f"{target}:{number}",
        group=draw.group_of(act.session, drawn),
        edits=None if number == 1 else target,
        replies=notice_key(event) if number == 1 else None,
        draw=drawn.id,
        k=event.k,
        number=number,
        event=event.id,
    )
    if enough is not None:
        _tell_done(act, drawn, event)
    return enough is not None


def tick(act: Act) -> int:
    """A notice whose deadline passed with too few throws lapses; whoever approved is told and can approve again."""
    changed = 0
    for event in act.session.exec(select(Event).where(Event.state == "open", Event.deadline <= act.now)).all():
        event.state = "lapsed"
        act.session.add(event)
        act.record("lapse_event", "draw", event.draw_id, after={"k": event.k, "digest": event.digest})
        person = act.session.get_one(Person, event.approved_by)
        act.tell("event_lapsed", f"event_lapsed:{event.id}", person=person, event=event.id)
        changed += 1
    return changed


def _carry_out(act: Act, drawn: Draw, event: Event, enough: list[throws.Throw]) -> None:
    """Make the substitution, change the seats, and tell both inspectors."""
    made = record.make_substitution(
        draw.record_of(drawn),
        draw.frozen_files(act.session, drawn),
        json.loads(event.notice),
        code=draw.code(drawn, event.k),
        throws=enough,
        selected_tsv=draw.files_of(act.session, drawn)["selected.tsv"],
    )
    drawn.draws = [*drawn.draws, form.canonical(made.entry).decode()]
    event.state, event.done_at = "done", act.now
    act.session.add(drawn)
    act.session.add(event)
    for change in made.changes:
        _change_seat(act, drawn, event, change)
    act.record("substitute", "draw", drawn.id, after={"k": event.k, "digest": made.digest})


def _tell_done(act: Act, drawn: Draw, event: Event) -> None:
    """The event's digest goes to the group, after the receipts of its throws."""
    group = draw.group_of(act.session, drawn)
    act.tell("event_result", f"event_result:{drawn.id}:{event.k}", group=group, event=event.id)


def _change_seat(act: Act, drawn: Draw, event: Event, change: Json) -> None:
    entity_id = draw.ids_of(act.session, Entity, {change["entity"]})[change["entity"]]
    ids = draw.ids_of(act.session, Inspector, {change["out"], change["in"]})
    found = act.session.exec(select(Visit).where(Visit.draw_id == drawn.id, Visit.entity_id == entity_id)).one()
    old = act.session.exec(select(Seat).where(Seat.visit_id == found.id, Seat.inspector_id == ids[change["out"]])).one()
    recusal = old.state == SeatState.RECUSAL_ASKED
    old.state = SeatState.LEFT
    act.session.add(old)
    unit = act.session.exec(select(Unit).where(Unit.name == change["unit"])).one()
    told_at = act.now if found.sent_at is not None else None
    act.session.add(
        Seat(
            visit_id=key(found),
            unit_id=key(unit),
            inspector_id=ids[change["in"]],
            since=event.k,
            sent_at=told_at,
        )
    )
    act.session.flush()
    leaver = act.session.get_one(Inspector, old.inspector_id)
    stepping_in = act.session.get_one(Inspector, ids[change["in"]])
    approver = act.session.get_one(Person, event.approved_by)
    person = act.session.get(Person, leaver.person_id) if leaver.person_id else None
    if person is not None:
        act.tell("left", f"left:{old.id}:{event.k}", person=person, visit=found.id, recusal=recusal)
    if found.sent_at is None:
        return
    sent = act.session.get(Person, stepping_in.person_id) if stepping_in.person_id else None
    if sent is None:
        act.tell(
            "no_account",
            f"no_account:{found.id}:{stepping_in.id}",
            person=approver,
            visit=found.id,
            inspector=stepping_in.id,
        )
        return
    act.tell(
        "cards",
        f"cards:{drawn.id}:{stepping_in.id}:{event.k}",
        person=sent,
        dispatcher=approver,
        draw=drawn.id,
        inspector=stepping_in.id,
        since=event.k,
    )


def _recuse(act: Act, found: Visit, seat: Seat) -> None:
    """The two must not meet in this task again; once, though an event that lapsed is announced again."""
    held = select(Recusal).where(
        Recusal.entity_id == found.entity_id,
        Recusal.inspector_id == seat.inspector_id,
        Recusal.task_id == found.task_id,
    )
    if act.session.exec(held).first() is None:
        act.session.add(
            Recusal(
                entity_id=found.entity_id,
                inspector_id=seat.inspector_id,
                reason="申请回避",
                task_id=found.task_id,
            )
        )


def _randomness(act: Act) -> Json:
    rule = act.policy.throws
    if not act.policy.substitute_throws:
        return {"kind": "waived"}
    return throws.dice(rule.emoji, rule.substitute_bits, rule.min_witnesses, local=act.chat == "local")


def of_draw(session: Session, draw_id: int) -> list[Event]:
    """The events of a draw that were carried out."""
    found = select(Event).where(Event.draw_id == draw_id, Event.state == "done").order_by(col(Event.k))
    return list(session.exec(found))
