"""递补: one substitution event of a draw, from the approval through fresh throws to who steps in (PROTOCOL §7)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models import addendum, change, draw, form, match, positions, record, replacement, substitution, throws
from models.act import Act, Refused, key
from models.base import Instant
from models.change import Change
from models.draw import Die, Draw
from models.drawfiles import Pool
from models.entity import Entity
from models.form import Json
from models.inspector import Inspector, Recusal, available
from models.people import Person, Unit
from models.plan import Task
from models.visit import Visit
from models.words import ChangeKind, ChangeState, DrawMode, DrawState, VisitState

_LEAVING = {
    ChangeKind.RECUSAL: "检查人员申请回避",
    ChangeKind.UNABLE: "检查人员无法参加",
}


class Event(SQLModel, table=True):
    """One event: one cause, one open at a time; `notice` is canonical JSON and its digest is what was posted."""

    __table_args__ = (UniqueConstraint("draw_id", "k", "attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int = Field(foreign_key="draw.id", index=True)
    k: int
    # A notice that lapsed is followed by another attempt under the same k.
    attempt: int = 1
    change_id: int = Field(foreign_key="visit_change.id", index=True)
    notice: str
    digest: str
    state: str = Field(default="open", index=True)
    approved_by: int = Field(foreign_key="person.id")
    announced_at: datetime = Field(sa_type=Instant)
    deadline: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)


class NobodyLeft(Refused):
    """Nobody can step in: the request stays, and whoever decides is told the ways out.

    `visit_ids` are the visits concerned, `why` a sentence for each of them, or for each entity that might come in.
    """

    def __init__(self, change_id: int, visit_ids: Sequence[int], why: Sequence[str], *, gone: bool) -> None:
        self.change_id, self.visit_ids, self.why, self.gone = change_id, tuple(visit_ids), tuple(why), gone
        ways = "可以：从其他单位借调持证人员；" + (
            "撤回检查，名额空缺；或者不同意这项申请。" if gone else "与企业另约时间；撤回检查；或者不同意这项申请。"
        )
        super().__init__("没有可以递补的持证人员，申请仍然保留。" + "".join(self.why[:3]) + ways)


@dataclass(frozen=True)
class Case:
    """All that decides an event: the draw, its record and files, who sits where, and the places to be filled."""

    change: Change
    drawn: Draw
    made: Json
    files: record.Files
    selected_tsv: bytes
    standing: substitution.Standing
    addenda: list[Json]
    places: list[substitution.Place]
    # Ids of the visits by the entity's label.
    visits: dict[str, int]
    away: set[str]
    recusals: list[tuple[str, str, str]]

    @property
    def k(self) -> int:
        """The number of the code that the event will use."""
        return len(self.made["draws"]) + 1

    def lacking(self, more: Sequence[Json] = ()) -> list[str]:
        """Why the places cannot be filled whatever is thrown, with the people of further addenda; [] if they can."""
        standing = substitution.enlarged(self.standing, more)
        pairs = {(entity, inspector) for entity, inspector, _ in self.recusals}
        return substitution.lacking_places(standing, Pool(self.files.pool), self.places, self.away, pairs)

    def lines(self) -> list[match.Demand]:
        """The demand lines that nobody left can fill: of the seats, or of whatever entity may come in."""
        if self.change.kind == ChangeKind.GONE:
            stratum = self.standing.selected[self.places[0].entity]
            return [line for line in self.standing.demands.all() if line.entity == f"={stratum}"]
        pairs = {(entity, inspector) for entity, inspector, _ in self.recusals}
        short = substitution.short(self.standing, self.places, self.away, pairs)
        return [
            self.standing.seat(place.entity, place.inspector)[0]
            for place in self.places
            if place.inspector and place.entity in short
        ]

    def short(self) -> list[int]:
        """The visits whose places nobody left can fill."""
        if self.change.kind == ChangeKind.GONE:
            return list(self.visits.values())
        pairs = {(entity, inspector) for entity, inspector, _ in self.recusals}
        return [self.visits[each] for each in substitution.short(self.standing, self.places, self.away, pairs)]


def approve(act: Act, change_id: int) -> Event:
    """同意: the event is announced; fresh throws then decide who steps in, or which entity takes the place."""
    found = case(act, change_id)
    waiting = open_event(act.session, key(found.drawn))
    if waiting is not None and waiting.change_id == change_id:
        raise Refused("这项申请已经同意，递补公告正在工作群里等待掷骰，不用再点。")
    if waiting is not None:
        raise Refused("前一次递补还没有掷完骰，请等它完成后再办理这一项。")
    if why := found.lacking():
        raise NobodyLeft(change_id, found.short(), why, gone=found.change.kind == ChangeKind.GONE)
    rule = act.policy.throws
    announced_at = act.now.replace(microsecond=0)
    deadline = announced_at + timedelta(hours=rule.deadline_hours)
    attempts = act.session.exec(select(Event).where(Event.draw_id == found.drawn.id, Event.k == found.k)).all()
    made = substitution.notice(
        found.standing,
        Pool(found.files.pool),
        announcement_sha256=found.made["announcement_sha256"],
        previous=form.digest_of(found.made["draws"][-1]),
        k=found.k,
        places=found.places,
        reason=found.change.kind,
        explanation=_explanation(found.change),
        approved_by=act.person.label,
        announced_by=act.person.label,
        announced_at=form.stamp(announced_at),
        deadline=form.stamp(deadline),
        randomness=_randomness(act, found),
        salt=act.entropy(record.SALT_BYTES),
        away=found.away,
        recusals=found.recusals,
        addenda=found.addenda,
        attempt=1 + sum(entry["k"] == found.k for entry in found.made.get("lapsed", ())),
    )
    event = Event(
        draw_id=key(found.drawn),
        k=found.k,
        attempt=len(attempts) + 1,
        change_id=change_id,
        notice=form.canonical(made).decode(),
        digest=form.digest_of(made),
        approved_by=act.person_id,
        announced_at=announced_at,
        deadline=deadline,
    )
    act.session.add(event)
    if found.change.kind == ChangeKind.RECUSAL:
        for place, _ in change.places(act.session, change_id, live=True):
            _recuse(act, place, found.change)
    act.session.flush()
    act.record("approve_leave", "change", change_id, after={"event": event.id, "digest": event.digest})
    group = draw.group_of(act.session, found.drawn)
    act.tell("event_notice", notice_key(event), group=group, dispatcher=act.actor, event=event.id)
    if made["randomness"]["kind"] == "waived":
        _carry_out(act, found.drawn, event, [])
        _tell_done(act, found.drawn, event)
    return event


def refuse(act: Act, change_id: int) -> Change:
    """不同意, unless it was agreed to already and only the throws are missing."""
    no_open_event(act, change_id)
    return change.refuse(act, change_id)


def no_open_event(act: Act, change_id: int) -> None:
    """Refuse to decide otherwise what was agreed to and waits for its throws."""
    waiting = select(Event).where(Event.change_id == change_id, Event.state == "open")
    if act.session.exec(waiting).first() is not None:
        raise Refused("这项申请已经同意，正在等待掷骰递补，不能改为不同意。")


def case(act: Act, change_id: int) -> Case:
    """What decides an event for a request, for somebody who may decide it."""
    found = change.decidable(act, change_id)
    if found.draw_id is None:
        raise Refused("这项检查不是抽取产生的，请直接调整人员。")
    drawn = draw.get(act.session, found.draw_id)
    if act.session.get_one(Task, drawn.task_id).mode == DrawMode.PLATFORM:
        raise Refused(
            "这项任务在省平台抽取：请先在平台上调整，再把名单重新导入，申请随之办结；不调整的，请答复不同意。"
        )
    if drawn.state != DrawState.DRAWN:
        raise Refused("这次抽取已经办结，不能再递补。")
    places: list[substitution.Place] = []
    visits: dict[str, int] = {}
    for place, seat in change.places(act.session, change_id, live=True):
        if place.state not in (VisitState.DRAWN, VisitState.SENT):
            raise Refused("申请之后这一户已经录入结果，不能再递补，请答复不同意。")
        entity = act.session.get_one(Entity, place.entity_id).label
        visits[entity] = key(place)
        leaver = act.session.get_one(Inspector, seat.inspector_id).label if seat is not None else None
        places.append(substitution.Place(entity, leaver))
    files, made = draw.frozen_files(act.session, drawn), draw.record_of(drawn)
    selected_tsv = draw.files_of(act.session, drawn)["selected.tsv"]
    addenda = addendum.of_event(act.session, key(drawn), len(made["draws"]) + 1)
    standing = substitution.enlarged(record.standing(made, files, selected_tsv), addenda)
    recusals = _recusals(act, drawn, files, standing)
    if found.kind == ChangeKind.RECUSAL:
        leaver = act.session.get_one(Inspector, found.inspector_id).label
        known = {(entity, inspector) for entity, inspector, _ in recusals}
        recusals += [
            (each.entity, leaver, "申请回避")
            for each in places
            if (each.entity, leaver) not in known | standing.recused
        ]
    return Case(
        found,
        drawn,
        made,
        files,
        selected_tsv,
        standing,
        addenda,
        places,
        visits,
        _away(act, drawn, standing),
        recusals,
    )


def lendable(act: Act, found: Case) -> list[tuple[Inspector, str]]:
    """Certified people of the register who could take one of the places and are not on the roster, with their unit."""
    lines = found.lines()
    task = act.session.get_one(Task, found.drawn.task_id)
    last = max(task.ends or act.now.date(), act.now.date())
    rows = act.session.exec(
        select(Inspector, Unit.name)
        .join(Unit, col(Unit.id) == col(Inspector.unit_id))
        .order_by(col(Inspector.unit_id), col(Inspector.label))
    )
    known = {(person.label, person.unit) for person in found.standing.people}
    held = (
        select(Entity.label, Inspector.label)
        .select_from(Recusal)
        .join(Entity, col(Entity.id) == col(Recusal.entity_id))
        .join(Inspector, col(Inspector.id) == col(Recusal.inspector_id))
        .where(col(Recusal.task_id).is_(None) | (col(Recusal.task_id) == found.drawn.task_id))
    )
    barred = found.standing.ever | found.standing.recused | set(act.session.exec(held))
    return [
        (inspector, unit)
        for inspector, unit in rows
        if available(inspector, act.now.date(), last)
        and inspector.label not in found.away
        and any(
            line.tags <= set(inspector.specialties)
            and (inspector.label, line.unit) not in known
            and (line.entity, inspector.label) not in barred
            for line in lines
        )
    ]


def lend(act: Act, change_id: int, inspector_ids: Sequence[int], reason: str) -> Event:
    """借调: the list of lent people is posted first, then the event that they complete is announced."""
    found = case(act, change_id)
    if open_event(act.session, key(found.drawn)) is not None:
        raise Refused("有一次递补还没有掷完骰，请等它完成后再借调。")
    text = " ".join(reason.split())
    if not text:
        raise Refused("请写明借调的原因，例如：本县仅 2 名持证人员，其中 1 人回避。")
    chosen = {key(each): (each, home) for each, home in lendable(act, found)}
    if not inspector_ids or any(each not in chosen for each in inspector_ids):
        raise Refused("请至少选择一名可以借调的持证人员。")
    units = {(line.unit, line.tags) for line in found.lines()}
    lent = {
        (each.label, unit): (match.Person(each.label, unit, frozenset(each.specialties)), home)
        for each, home in (chosen[number] for number in inspector_ids)
        for unit, tags in units
        if tags <= set(each.specialties)
    }
    announced_at = act.now.replace(microsecond=0)
    made = substitution.addendum(
        announcement_sha256=found.made["announcement_sha256"],
        k=found.k,
        people=[(person, positions.as_label(home)) for person, home in lent.values()],
        reason=text[:500],
        approved_by=act.person.label,
        announced_by=act.person.label,
        announced_at=form.stamp(announced_at),
        salt=act.entropy(record.SALT_BYTES),
    )
    if why := found.lacking([made]):
        raise Refused("借调所选的人员以后仍然派不出人：" + "".join(why[:2]) + "请再选一些人员。")
    row = addendum.Addendum(
        draw_id=key(found.drawn),
        k=found.k,
        body=form.canonical(made).decode(),
        digest=form.digest_of(made),
        approved_by=act.person_id,
        announced_at=announced_at,
    )
    act.session.add(row)
    act.session.flush()
    act.record("lend", "draw", found.drawn.id, after={"k": found.k, "digest": row.digest, "people": len(inspector_ids)})
    group = draw.group_of(act.session, found.drawn)
    act.tell("addendum", f"addendum:{row.id}", group=group, dispatcher=act.actor, addendum=row.id)
    return approve(act, change_id)


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


def of_draw(session: Session, draw_id: int) -> list[Event]:
    """The events of a draw that were carried out."""
    found = select(Event).where(Event.draw_id == draw_id, Event.state == "done").order_by(col(Event.k))
    return list(session.exec(found))


def throw(act: Act, event_id: int, die: Die) -> bool:
    """A witness's throw in reply to the event's notice; tells whether the substitution was made by it."""
    event = get(act.session, event_id)
    if event.state != "open":
        raise Refused("这次递补的掷骰已经结束，这次不计入。")
    drawn = draw.get(act.session, event.draw_id)
    notice: Json = json.loads(event.notice)
    rule = notice["randomness"]
    draw.check_throw(die, rule=rule, deadline=event.deadline)
    draw.keep_throw(act, drawn, event.k, die, event.attempt)
    enough = draw.counting(act.session, drawn, event.k, rule, notice["announced_by"], event.attempt)
    if enough is not None:
        _carry_out(act, drawn, event, enough)
    number = len(draw.thrown(act.session, key(drawn), event.k, event.attempt))
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
    """A notice whose deadline passed with too few throws lapses and stays on the record; it can be announced again."""
    changed = 0
    for event in act.session.exec(select(Event).where(Event.state == "open", Event.deadline <= act.now)).all():
        event.state = "lapsed"
        act.session.add(event)
        drawn = draw.get(act.session, event.draw_id)
        _leave_trace(act, drawn, event)
        act.record("lapse_event", "draw", event.draw_id, after={"k": event.k, "digest": event.digest})
        group = draw.group_of(act.session, drawn)
        act.tell("event_void", f"event_void:{event.id}", group=group, event=event.id)
        person = act.session.get_one(Person, event.approved_by)
        act.tell("event_lapsed", f"event_lapsed:{event.id}", person=person, event=event.id)
        changed += 1
    return changed


def _leave_trace(act: Act, drawn: Draw, event: Event) -> None:
    """The lapsed notice and the throws that there were, for the record (docs/protocol.md §8)."""
    thrown = draw.throws_of(act.session, drawn, event.k, event.attempt)
    notice = json.loads(event.notice)
    entry = record.lapsed_notice(notice, thrown, addendum.of_event(act.session, key(drawn), event.k))
    drawn.lapsed = [*drawn.lapsed, form.canonical(entry).decode()]
    act.session.add(drawn)


def _carry_out(act: Act, drawn: Draw, event: Event, enough: list[throws.Throw]) -> None:
    """Make the substitution, change seats and visits, and tell whom it concerns."""
    made = record.make_substitution(
        draw.record_of(drawn),
        draw.frozen_files(act.session, drawn),
        json.loads(event.notice),
        code=draw.code(drawn, event.k),
        throws=enough,
        addenda=addendum.of_event(act.session, key(drawn), event.k),
        selected_tsv=draw.files_of(act.session, drawn)["selected.tsv"],
    )
    drawn.draws = [*drawn.draws, form.canonical(made.entry).decode()]
    event.state, event.done_at = "done", act.now
    act.session.add(drawn)
    act.session.add(event)
    found = change.get(act.session, event.change_id)
    replacement.carry_out(act, drawn, found, event.k, event.approved_by, made)
    found.state, found.decided_by, found.decided_at = ChangeState.DONE, event.approved_by, act.now
    act.session.add(found)
    act.record("substitute", "draw", drawn.id, after={"k": event.k, "digest": made.digest})


def _tell_done(act: Act, drawn: Draw, event: Event) -> None:
    """The event's digest goes to the group, after the receipts of its throws."""
    group = draw.group_of(act.session, drawn)
    act.tell("event_result", f"event_result:{drawn.id}:{event.k}", group=group, event=event.id)


def _explanation(found: Change) -> str:
    """What the notice says of the cause: of people no more than the kind, of an entity what was found."""
    kind = ChangeKind(found.kind)
    return _LEAVING.get(kind) or f"检查对象已不在：{found.reason}"


def _recuse(act: Act, found: Visit, asked: Change) -> None:
    """The two must not meet in this task again; once, though an event that lapsed is announced again."""
    held = select(Recusal).where(
        Recusal.entity_id == found.entity_id,
        Recusal.inspector_id == asked.inspector_id,
        Recusal.task_id == found.task_id,
    )
    if act.session.exec(held).first() is None and asked.inspector_id is not None:
        act.session.add(
            Recusal(
                entity_id=found.entity_id,
                inspector_id=asked.inspector_id,
                reason="申请回避",
                task_id=found.task_id,
            )
        )


def _away(act: Act, drawn: Draw, standing: substitution.Standing) -> set[str]:
    """Who cannot step in now: left, away, certificate run out, or unable to go anywhere in this draw."""
    task = act.session.get_one(Task, drawn.task_id)
    last = max(task.ends or act.now.date(), act.now.date())
    labels = {person.label for person in standing.people}
    known = {each.label: each for each in act.session.exec(select(Inspector).where(col(Inspector.label).in_(labels)))}
    unable = set(
        act.session.exec(
            select(Change.inspector_id).where(
                Change.draw_id == drawn.id,
                col(Change.whole),
                col(Change.state).in_([ChangeState.ASKED, ChangeState.DONE]),
            )
        )
    )
    return {
        label
        for label in labels
        if label not in known or known[label].id in unable or not available(known[label], act.now.date(), last)
    }


def _recusals(
    act: Act, drawn: Draw, files: record.Files, standing: substitution.Standing
) -> list[tuple[str, str, str]]:
    """Recusals that the register learned since the announcement, of entities of the pool and people who may step in."""
    labels = {person.label for person in standing.people}
    rows = act.session.exec(
        select(Recusal, Entity.label, Inspector.label)
        .join(Entity, col(Entity.id) == col(Recusal.entity_id))
        .join(Inspector, col(Inspector.id) == col(Recusal.inspector_id))
        .where(col(Recusal.task_id).is_(None) | (col(Recusal.task_id) == drawn.task_id))
    )
    fresh = {
        (entity, inspector): positions.as_label(row.reason or "回避")
        for row, entity, inspector in rows
        if inspector in labels and (entity, inspector) not in standing.recused
    }
    if not fresh:
        return []
    about = {entity for entity, _ in fresh}
    pool = {label for label, _ in Pool(files.pool) if label in about}
    return sorted((entity, who, why) for (entity, who), why in fresh.items() if entity in pool)


def _randomness(act: Act, found: Case) -> Json:
    """Fresh throws, unless the profile waives them or nothing is left for them to decide."""
    rule = act.policy.throws
    nothing = found.change.kind == ChangeKind.GONE and not any(
        found.standing.left_in(found.standing.selected[place.entity], Pool(found.files.pool)) for place in found.places
    )
    if not act.policy.substitute_throws or nothing:
        return {"kind": "waived"}
    return throws.dice(rule.emoji, rule.substitute_bits, rule.min_witnesses, local=act.chat == "local")


def unfilled(event: Event) -> bool:
    """Whether a notice about an entity that is gone has nobody to take its place."""
    places = json.loads(event.notice)["places"]
    return all("stratum" in place and not place["eligible"] for place in places)
