"""抽取: one announcement, its throws, the draw they make, and what of it is public when (PROTOCOL §§3–5, 8)."""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, UniqueConstraint, insert
from sqlmodel import Field, Session, SQLModel, col, func, select

from models import form, pool, positions, record, throws, visit
from models.act import Act, Refused, key
from models.base import KEYRING, SHANGHAI, Instant, WrongKey
from models.entity import Entity
from models.form import Json
from models.inspector import Inspector
from models.people import Group, Person, Unit, group_for
from models.plan import Task
from models.throws import Throw
from models.visit import Seat, Visit
from models.words import DrawMode, DrawState, Role, TaskState, VisitState


class Draw(SQLModel, table=True):
    """One announcement and what became of it; never deleted, whatever its state."""

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id", index=True)
    group_id: int = Field(foreign_key="group_chat.id")
    # The message that carried it, with others perhaps; None in draws of before there were ceremonies.
    ceremony_id: int | None = Field(default=None, foreign_key="ceremony.id", index=True)
    serial: int = Field(unique=True)
    batch: int
    # Entities that are due and left for further batches.
    left: int = 0
    attempt: int
    state: str = Field(default=DrawState.OPEN, index=True)
    # Canonical JSON; its digest is what was posted.
    announcement: str
    digest: str = Field(unique=True)
    head: str = Field(unique=True)
    # Sealed with the office's key; opened only when a code is needed.
    secret: bytes
    public_salts: list[str] = Field(default_factory=list, sa_type=JSON)
    announced_by: int = Field(foreign_key="person.id")
    announced_at: datetime = Field(sa_type=Instant)
    deadline: datetime = Field(sa_type=Instant)
    reveal_by: datetime = Field(sa_type=Instant)
    drawn_at: datetime | None = Field(default=None, sa_type=Instant)
    # Canonical JSON of the record's `randomness` and of each of its draws.
    randomness: str | None = None
    draws: list[str] = Field(default_factory=list, sa_type=JSON)
    revealed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class DrawFile(SQLModel, table=True):
    """One of the plain files of a draw, byte for byte (PROTOCOL §2)."""

    __table_args__ = (UniqueConstraint("draw_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int = Field(foreign_key="draw.id", index=True)
    name: str
    body: bytes


@dataclass(frozen=True)
class Die:
    """A die as the chat reports it; `at` is the message's own date."""

    emoji: str
    value: int
    message_id: int
    at: datetime
    forwarded: bool = False


class Thrown(SQLModel, table=True):
    """One valid throw: for the draw (k = 1) or for a substitution event (k ≥ 2)."""

    __table_args__ = (UniqueConstraint("draw_id", "k", "message_id"),)

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int = Field(foreign_key="draw.id", index=True)
    k: int = 1
    person_id: int = Field(foreign_key="person.id")
    label: str
    message_id: int = Field(sa_type=BigInteger)
    value: int
    at: datetime = Field(sa_type=Instant)


def preview(act: Act, task: Task) -> pool.Pool:
    """What would be announced now; refused with the reason where nothing could be."""
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    standing_open(act.session, task)
    frozen = pool.build(act, task, already=_already(act.session, key(task)))
    if not frozen.pool:
        raise Refused(f"任务 {task.plan_no} 的抽查范围内没有可以抽取的检查对象（{_left_out(frozen)}），请检查范围。")
    if not frozen.quota:
        raise Refused(f"任务 {task.plan_no} 按现在的比例应抽 0 户，不能抽取。请调整比例或者抽查范围。")
    return frozen


def standing_open(session: Session, task: Task) -> None:
    """One open announcement per task: refuse while one stands."""
    found = session.exec(select(Draw).where(Draw.task_id == task.id, Draw.state == DrawState.OPEN)).first()
    if found is not None:
        raise Refused(f"这项任务已经发布公告（第 {found.serial} 号），正在等待掷骰，不能重复发布。")
    drawn = session.exec(select(Draw).where(Draw.task_id == task.id, Draw.state == DrawState.DRAWN)).first()
    if drawn is not None:
        raise Refused(f"任务 {task.plan_no} 已经抽取（公告第 {drawn.serial} 号），检查完成之前不能再抽。")


def announce(act: Act, task: Task) -> Draw:
    """发布公告: freeze the pool, commit to a secret, and post the digest before any randomness exists."""
    frozen = preview(act, task)
    if unmannable := frozen.unmannable():
        label, reason = next(iter(unmannable.items()))
        raise Refused(
            f"没有发布：{len(unmannable)} 户派不出检查组。例如 {label}：{reason}。"
            "可以补充或者借调持证人员、调整专长要求，然后重新抽取。"
        )
    group = group_for(act.session, task.unit_id or 0)
    if group is None:
        raise Refused("还没有绑定工作群，公告无处发布。请管理员在工作群里发送 /bind。")
    if act.chat == "telegram" and not str(group.chat_id).startswith("-100"):
        raise Refused("工作群还不是超级群，掷骰无法作为凭证。请在群设置中升级为超级群。")
    rule = act.policy.throws
    announced_at = act.now.replace(microsecond=0)
    deadline = announced_at + timedelta(hours=rule.deadline_hours)
    last = task.ends or act.now.date()
    reveal_by = max(datetime.combine(last, time(23, 59, 59), SHANGHAI), deadline + timedelta(days=1))
    salts = iter([act.entropy(record.SALT_BYTES) for _ in record.NAMES])
    files = record.Files(
        pool=record.table(frozen.pool, next(salts)),
        inspectors=record.table(frozen.inspectors, next(salts)),
        demands=record.table(frozen.demands, next(salts)),
        recusals=record.table(frozen.recusals, next(salts)),
        excluded=record.table(frozen.excluded, next(salts)),
    )
    serial, previous = _next_serial(act.session)
    secret = act.entropy(32)
    attempts = act.session.exec(select(func.count()).select_from(Draw).where(Draw.task_id == task.id)).one()
    batch = 1 + len(_batches(act.session, key(task)))
    made = record.announcement(
        files=files,
        strata=frozen.quotas,
        secret=secret,
        mode="rehearsal" if task.mode == DrawMode.REHEARSAL else "bot",
        chat=act.chat,
        serial=serial,
        previous=previous,
        plan_no=task.plan_no,
        task_no=task.task_no,
        task_name=task.name,
        batch=batch,
        attempt=attempts + 1,
        as_of=frozen.as_of,
        announced_by=act.person.label,
        announced_at=form.stamp(announced_at),
        deadline=form.stamp(deadline),
        reveal_by=form.stamp(reveal_by),
        randomness=throws.dice(rule.emoji, rule.min_bits, rule.min_witnesses, local=act.chat == "local"),
        simulated_clock=act.simulated,
    )
    draw = Draw(
        task_id=key(task),
        group_id=key(group),
        serial=serial,
        batch=batch,
        attempt=attempts + 1,
        announcement=form.canonical(made).decode(),
        digest=form.digest_of(made),
        head=made["chain"]["head"],
        secret=KEYRING.seal(secret),
        public_salts=[act.entropy(32).hex(), act.entropy(32).hex()],
        announced_by=act.person_id,
        announced_at=announced_at,
        deadline=deadline,
        reveal_by=reveal_by,
    )
    act.session.add(draw)
    act.session.flush()
    for name, body in (
        ("pool.tsv", files.pool),
        ("inspectors.tsv", files.inspectors),
        ("demands.tsv", files.demands),
        ("recusals.tsv", files.recusals),
        ("excluded.tsv", files.excluded),
    ):
        act.session.add(DrawFile(draw_id=key(draw), name=name, body=body))
    act.record("announce", "draw", draw.id, after={"serial": serial, "digest": draw.digest, "task": task.plan_no})
    act.tell("announcement", f"announce:{draw.id}", group=group, dispatcher=act.actor, draw=draw.id)
    return draw


def withdraw(act: Act, draw_id: int) -> Draw:
    """撤回: only before the first valid throw."""
    draw = get(act.session, draw_id)
    task = act.session.get_one(Task, draw.task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    if draw.state != DrawState.OPEN:
        raise Refused("这份公告已经结束，不能撤回。")
    if thrown(act.session, draw_id, 1):
        raise Refused("已经有人掷骰，公告不能撤回；到截止时间次数不够会自动失效。")
    draw.state = DrawState.WITHDRAWN
    act.session.add(draw)
    act.record("withdraw", "draw", draw.id)
    act.tell("withdrawn", f"withdrawn:{draw.id}", group=group_of(act.session, draw), draw=draw.id)
    return draw


def get(session: Session, draw_id: int) -> Draw:
    """The draw, or a polite refusal."""
    found = session.get(Draw, draw_id)
    if found is None:
        raise Refused("没有找到这次抽取。")
    return found


def group_of(session: Session, draw: Draw) -> Group:
    """Where it was announced."""
    return session.get_one(Group, draw.group_id)


def thrown(session: Session, draw_id: int, k: int, since: datetime | None = None) -> list[Thrown]:
    """The valid throws so far, by message id; of an event that was announced again, those `since` then."""
    found = select(Thrown).where(Thrown.draw_id == draw_id, Thrown.k == k)
    if since is not None:
        found = found.where(Thrown.at >= since)
    return list(session.exec(found.order_by(col(Thrown.message_id))))


def rule_of(draw: Draw) -> Json:
    """The randomness that the announcement asks for."""
    rule: Json = json.loads(draw.announcement)["randomness"]
    return rule


def check_throw(die: Die, *, rule: Json, deadline: datetime) -> None:
    """Refuse a throw that does not count, with the reason (PROTOCOL §4)."""
    if die.forwarded:
        raise forwarded()
    if die.emoji != rule["emoji"]:
        raise Refused(f"公告要求掷 {rule['emoji']}，这次不计入。请回复公告，重新掷 {rule['emoji']}。")
    if die.at >= deadline:
        raise Refused("已经过了截止时间，这次不计入。")


def forwarded() -> Refused:
    """What a forwarded die is told, whatever it answers."""
    return Refused("转发的骰子不计入。请回复公告，亲自掷一次。")


def throw(act: Act, draw_id: int, die: Die) -> bool:
    """A witness's throw in reply to the announcement; tells whether the draw was made by it."""
    draw = get(act.session, draw_id)
    if draw.state != DrawState.OPEN:
        raise Refused("这份公告的掷骰已经结束，这次不计入。")
    check_throw(die, rule=rule_of(draw), deadline=draw.deadline)
    keep_throw(act, draw, 1, die)
    made = False
    if counting(act.session, draw, 1, rule_of(draw), announcer(draw)) is not None:
        _make(act, draw)
        made = True
    group, number = group_of(act.session, draw), len(thrown(act.session, draw_id, 1))
    target = f"receipts:{draw.id}:1"
    first = number == 1
    act.tell(
        "receipts",
        target if first else f"{target}:{number}",
        group=group,
        edits=None if first else target,
        replies=f"announce:{draw.id}" if first else None,
        draw=draw.id,
        k=1,
        number=number,
    )
    if made:
        act.tell("draw_result", f"drawn:{draw.id}", group=group, dispatcher=_announcer_person(act, draw), draw=draw.id)
    return made


def keep_throw(act: Act, draw: Draw, k: int, die: Die) -> None:
    """Write a valid throw down, once."""
    known = select(Thrown).where(Thrown.draw_id == draw.id, Thrown.k == k, Thrown.message_id == die.message_id)
    if act.session.exec(known).first() is not None:
        raise Refused("这次掷骰已经登记过了。")
    act.session.add(
        Thrown(
            draw_id=key(draw),
            k=k,
            person_id=act.person_id,
            label=act.person.label,
            message_id=die.message_id,
            value=die.value,
            at=die.at,
        )
    )
    act.session.flush()
    act.record("throw", "draw", draw.id, after={"k": k, "message": die.message_id, "value": die.value})


def counting(
    session: Session, draw: Draw, k: int, rule: Json, announced_by: str, since: datetime | None = None
) -> list[Throw] | None:
    """The counting throws of an announcement or a notice, once there are enough."""
    return throws.counting(
        [_as_throw(each) for each in thrown(session, key(draw), k, since)],
        emoji=rule["emoji"],
        min_bits=rule["min_bits"],
        min_witnesses=rule["min_witnesses"],
        announcer=announced_by,
    )


def needed(rule: Json) -> int:
    """The fewest throws that are enough."""
    return throws.throws_needed(rule["emoji"], rule["min_bits"])


def announcer(draw: Draw) -> str:
    """The public label of who announced."""
    return str(json.loads(draw.announcement)["announced_by"])


def files_of(session: Session, draw: Draw) -> dict[str, bytes]:
    """All files of a draw by name."""
    return {each.name: each.body for each in session.exec(select(DrawFile).where(DrawFile.draw_id == draw.id))}


def frozen_files(session: Session, draw: Draw) -> record.Files:
    """The five files of the announcement."""
    named = files_of(session, draw)
    return record.Files(
        pool=named["pool.tsv"],
        inspectors=named["inspectors.tsv"],
        demands=named["demands.tsv"],
        recusals=named["recusals.tsv"],
        excluded=named["excluded.tsv"],
    )


def code(draw: Draw, k: int) -> bytes:
    """Code k; WrongKey where the office's key is not the one that sealed the secret."""
    length = json.loads(draw.announcement)["chain"]["length"]
    return positions.code(KEYRING.open(draw.secret), length, k)


def record_of(draw: Draw) -> Json:
    """The full edition of the record, for those who supervise: it carries the codes used from the draw on."""
    state = DrawState(draw.state)
    return record.record(
        json.loads(draw.announcement),
        state=str(state),
        randomness=json.loads(draw.randomness) if draw.randomness else None,
        draws=[json.loads(each) for each in draw.draws],
        code=code(draw, 1) if state == DrawState.LAPSED else None,
        secret=KEYRING.open(draw.secret) if state == DrawState.CLOSED else None,
    )


def public_edition(act: Act, draw: Draw) -> tuple[Json, dict[str, bytes]]:
    """The public edition; refused while the code is withheld."""
    if draw.revealed_at is None:
        raise Refused("公开码还没有公布，最后一户检查完成后才有公开版。")
    return record.public_edition(
        record_of(draw),
        files_of(act.session, draw),
        show_pool=act.policy.public_shows_pool,
        salts=[bytes.fromhex(each) for each in draw.public_salts],
    )


def finished(act: Act, draw_id: int) -> bool:
    """After each passed visit: once the last one is done, the code is published and the staff told."""
    draw = get(act.session, draw_id)
    if any(each.state not in visit.FINISHED for each in visit.of_draw(act.session, draw_id)):
        return False
    reveal(act, draw)
    person = _announcer_person(act, draw)
    act.tell("all_checked", f"all_checked:{draw.id}", person=person, draw=draw.id)
    return True


def reveal(act: Act, draw: Draw) -> None:
    """Publish code 1, once."""
    if draw.revealed_at is not None:
        return
    draw.revealed_at = act.now
    act.session.add(draw)
    act.record("reveal", "draw", draw.id, after={"code": code(draw, 1).hex()})
    act.tell("code_published", f"code:{draw.id}", group=group_of(act.session, draw), draw=draw.id)


def close(act: Act, draw_id: int) -> None:
    """办结: the secret is published, and the task is closed once its last draw is."""
    draw = get(act.session, draw_id)
    if draw.state != DrawState.DRAWN:
        return
    reveal(act, draw)
    draw.state, draw.closed_at = DrawState.CLOSED, act.now
    act.session.add(draw)
    task = act.session.get_one(Task, draw.task_id)
    task.state, task.closed_at = TaskState.CLOSED, act.now
    act.session.add(task)
    act.record("close", "draw", draw.id, after={"secret": KEYRING.open(draw.secret).hex()})
    act.tell("closed", f"closed:{draw.id}", group=group_of(act.session, draw), draw=draw.id)


def tick(act: Act) -> int:
    """By time alone: announcements lapse at their deadline, codes are published at `reveal_by`."""
    changed = 0
    for draw in act.session.exec(select(Draw).where(Draw.state == DrawState.OPEN, Draw.deadline <= act.now)).all():
        try:
            code(draw, 1)
            draw.state = DrawState.LAPSED
            draw.revealed_at = act.now
        except WrongKey:
            draw.state = DrawState.LOST
        act.session.add(draw)
        act.record(draw.state, "draw", draw.id)
        act.tell("lapsed", f"lapsed:{draw.id}", group=group_of(act.session, draw), draw=draw.id)
        changed += 1
    due = select(Draw).where(Draw.state == DrawState.DRAWN, Draw.reveal_by <= act.now, col(Draw.revealed_at).is_(None))
    for draw in act.session.exec(due).all():
        reveal(act, draw)
        changed += 1
    return changed


def of_units(session: Session, unit_ids: set[int], limit: int = 20) -> list[tuple[Draw, Task]]:
    """The newest draws of some units' tasks."""
    found = session.exec(
        select(Draw, Task)
        .join(Task, col(Task.id) == col(Draw.task_id))
        .where(col(Task.unit_id).in_(list(unit_ids)))
        .order_by(col(Draw.serial).desc())
        .limit(limit)
    )
    return [(draw, task) for draw, task in found]


def open_in(session: Session, group_id: int) -> list[Draw]:
    """Open announcements of a group."""
    return list(session.exec(select(Draw).where(Draw.group_id == group_id, Draw.state == DrawState.OPEN)))


def newest(session: Session, limit: int = 10) -> list[tuple[Draw, Task]]:
    """The office's newest draws."""
    found = select(Draw, Task).join(Task, col(Task.id) == col(Draw.task_id)).order_by(col(Draw.serial).desc())
    return [(draw, task) for draw, task in session.exec(found.limit(limit))]


def next_batch(session: Session, task_id: int) -> int:
    """The number of the batch that would be drawn now."""
    return 1 + len(_batches(session, task_id))


def randomness_text(enough: list[Throw]) -> str:
    """The public randomness as its string."""
    return throws.randomness(enough)


def posted_digest(entry: Json) -> str:
    """What is posted of a draw or an event."""
    return form.digest_of(entry)


def _make(act: Act, draw: Draw) -> None:
    """Make the draw from the counting throws: selection, teams, visits; all in the act's transaction."""
    announced = json.loads(draw.announcement)
    enough = counting(act.session, draw, 1, announced["randomness"], announced["announced_by"])
    if enough is None:
        raise ValueError("not enough throws")
    drawn = record.make_draw(
        announced,
        frozen_files(act.session, draw),
        code=code(draw, 1),
        throws=enough,
        drawn_at=form.stamp(act.now),
        salts=[act.entropy(32), act.entropy(32)],
    )
    draw.state, draw.drawn_at = DrawState.DRAWN, act.now
    draw.randomness = form.canonical(drawn.randomness).decode()
    draw.draws = [form.canonical(drawn.entry).decode()]
    act.session.add(draw)
    for name, body in drawn.named().items():
        act.session.add(DrawFile(draw_id=key(draw), name=name, body=body))
    task = act.session.get_one(Task, draw.task_id)
    task.state = TaskState.DRAWN
    act.session.add(task)
    _seat(act, draw, task, drawn)
    act.record("draw", "draw", draw.id, after={"digest": drawn.digest, "selected": len(drawn.selected)})


def _seat(act: Act, draw: Draw, task: Task, drawn: record.Drawn) -> None:
    """Visits and seats as drawn."""
    labels = [row.label for row in drawn.selected]
    entities = {
        label: entity_id
        for entity_id, label in act.session.exec(select(Entity.id, Entity.label).where(col(Entity.label).in_(labels)))
    }
    teams = drawn.teams.rows()
    inspectors = ids_of(act.session, Inspector, {inspector for _, _, inspector in teams})
    units = {
        unit.name: key(unit)
        for unit in act.session.exec(select(Unit).where(col(Unit.name).in_({unit for _, unit, _ in teams})))
    }
    due = pool.last_day(act, task)
    rows = [
        {
            "draw_id": draw.id,
            "task_id": task.id,
            "entity_id": entities[row.label],
            "order": order,
            "stratum": row.stratum,
            "due": due,
            "drawn_at": act.now,
        }
        for order, row in enumerate(drawn.selected, start=1)
    ]
    # In one statement each: a draw of thousands is made while everybody watches.
    made = act.session.execute(
        insert(Visit).returning(col(Visit.entity_id), col(Visit.id), sort_by_parameter_order=True), rows
    )
    visits = {each.entity_id: each.id for each in made}
    seats = [
        {"visit_id": visits[entities[entity]], "unit_id": units[unit], "inspector_id": inspectors[inspector]}
        for entity, unit, inspector in teams
    ]
    act.session.execute(insert(Seat), seats)


def ids_of(session: Session, table: Any, labels: set[str]) -> dict[str, int]:
    """Ids by label."""
    return {
        label: row_id for row_id, label in session.exec(select(table.id, table.label).where(table.label.in_(labels)))
    }


def _as_throw(each: Thrown) -> Throw:
    return Throw(by=each.label, message=each.message_id, value=each.value, at=form.stamp(each.at))


def _announcer_person(act: Act, draw: Draw) -> Person:
    return act.session.get_one(Person, draw.announced_by)


def _already(session: Session, task_id: int) -> set[int]:
    """Entities drawn in earlier batches of the task."""
    found = select(Visit.entity_id).where(Visit.task_id == task_id, Visit.state != VisitState.CANCELLED)
    return set(session.exec(found))


def _batches(session: Session, task_id: int) -> set[int]:
    """Numbers of the batches that were drawn."""
    drawn = (DrawState.DRAWN, DrawState.CLOSED)
    return set(session.exec(select(Draw.batch).where(Draw.task_id == task_id, col(Draw.state).in_(drawn))))


def _next_serial(session: Session) -> tuple[int, str]:
    """The next serial of the office, and the digest of the announcement before."""
    last = session.exec(select(Draw).order_by(col(Draw.serial).desc()).limit(1)).first()
    return (last.serial + 1, last.digest) if last else (1, record.NO_PREVIOUS)


def _left_out(frozen: pool.Pool) -> str:
    counts = "、".join(f"{reason} {count} 户" for reason, count in frozen.reasons.items())
    return f"未列入：{counts}" if counts else "名录库中没有符合范围的检查对象"
