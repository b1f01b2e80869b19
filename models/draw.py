"""抽取: one announcement, its throws, and what of it is public when (PROTOCOL §§3, 4, 8)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import JSON, BigInteger, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from models import announcement_form, expert, form, positions, record, throws, visit
from models import public_edition as edition
from models.act import Act, Refused, key
from models.base import KEYRING, Instant, WrongKey
from models.ceremony import Ceremony
from models.drawfiles import list_file
from models.form import Json
from models.people import Group, Person
from models.plan import Task
from models.source import Entered
from models.throws import CHAT_DICE, Source, Throw
from models.words import DrawState, Role, TaskState


class Draw(SQLModel, table=True):
    """One announcement and what became of it; never deleted, whatever its state."""

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id", index=True)
    # Group and serial are NULL in a list that was drawn on a platform (models.platform): nothing was announced.
    group_id: int = Field(foreign_key="group_chat.id", nullable=True)
    # The message that carried it, with others perhaps; None in draws of before there were ceremonies.
    ceremony_id: int | None = Field(default=None, foreign_key="ceremony.id", index=True)
    serial: int = Field(unique=True, nullable=True)
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
    # Canonical JSON of each notice of an event that lapsed, oldest first.
    lapsed: list[str] = Field(default_factory=list, sa_type=JSON)
    revealed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def announced(self) -> bool:
        """Drawn here, with a record that can be checked; else its list came from a platform."""
        return self.serial is not None


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
    # Of the notice of event k that it answers: one that lapsed is announced again under the same k.
    attempt: int = 1
    person_id: int = Field(foreign_key="person.id")
    label: str
    message_id: int = Field(sa_type=BigInteger)
    value: int
    at: datetime = Field(sa_type=Instant)


def withdraw(act: Act, draw_id: int) -> Draw:
    """撤回: only before the first valid throw; with a lottery only before it is drawn."""
    draw = get(act.session, draw_id)
    task = act.session.get_one(Task, draw.task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    if draw.state != DrawState.OPEN:
        raise Refused("这份公告已经结束，不能撤回。")
    if thrown(act.session, draw_id, 1) or under_way(act.session, draw):
        raise Refused("已经有人掷骰，公告不能撤回；到截止时间次数不够会自动失效。")
    row = act.session.get(Ceremony, draw.ceremony_id) if draw.ceremony_id else None
    if row is not None and row.opens_at is not None and act.now >= row.opens_at:
        raise Refused("这一期彩票已经开奖，公告不能撤回；到截止时间没有录入号码会自动失效。")
    entered = select(Entered.id).where(Entered.ceremony_id == draw.ceremony_id)
    if row is not None and act.session.exec(entered).first() is not None:
        raise Refused("已经有人录入号码，公告不能撤回；到截止时间没有确认会自动失效。")
    draw.state = DrawState.WITHDRAWN
    act.session.add(draw)
    act.record("withdraw", "draw", draw.id)
    act.tell("withdrawn", f"withdrawn:{draw.id}", group=group_of(act.session, draw), draw=draw.id)
    return draw


def withdraw_all(act: Act, draw_id: int) -> list[Draw]:
    """撤回 everything that one message announced and that still stands."""
    standing = [each for each in together(act.session, get(act.session, draw_id)) if each.state == DrawState.OPEN]
    return [withdraw(act, key(each)) for each in standing] or [withdraw(act, draw_id)]


def together(session: Session, draw: Draw) -> list[Draw]:
    """All that was announced in the same message, itself included, by serial (PROTOCOL §4)."""
    if draw.ceremony_id is None:
        return [draw]
    found = select(Draw).where(Draw.ceremony_id == draw.ceremony_id).order_by(col(Draw.serial))
    return list(session.exec(found))


def shown_digest(draws: Sequence[Draw]) -> str:
    """What receipts show the beginning of: the announcement's digest, or H of the digests of all in the message."""
    if len(draws) == 1:
        return draws[0].digest
    return sha256(b"".join(bytes.fromhex(each.digest) for each in draws)).hexdigest()


def get(session: Session, draw_id: int) -> Draw:
    """The draw, or a polite refusal."""
    found = session.get(Draw, draw_id)
    if found is None:
        raise Refused("没有找到这次抽取。")
    return found


def group_of(session: Session, draw: Draw) -> Group:
    """Where it was announced."""
    return session.get_one(Group, draw.group_id)


def thrown(session: Session, draw_id: int, k: int, attempt: int = 1) -> list[Thrown]:
    """The valid throws so far, by message id; `attempt` counts the notices of event k."""
    found = select(Thrown).where(Thrown.draw_id == draw_id, Thrown.k == k, Thrown.attempt == attempt)
    return list(session.exec(found.order_by(col(Thrown.message_id))))


def rule_of(draw: Draw) -> Json:
    """The randomness that the announcement asks for."""
    rule: Json = json.loads(draw.announcement)["randomness"]
    return rule


def check_throw(die: Die, *, rule: Json, deadline: datetime) -> None:
    """Refuse a throw that does not count, with the reason (PROTOCOL §4)."""
    if rule["kind"] not in CHAT_DICE:
        raise Refused("这次抽取用录入的号码，不在群里掷骰，这次不计入。")
    if die.forwarded:
        raise forwarded()
    if die.emoji != rule["emoji"]:
        raise Refused(f"公告要求掷 {rule['emoji']}，这次不计入。请回复公告，重新掷 {rule['emoji']}。")
    if die.at >= deadline:
        raise Refused("已经过了截止时间，这次不计入。")


def forwarded() -> Refused:
    """What a forwarded die is told, whatever it answers."""
    return Refused("转发的骰子不计入。请回复公告，亲自掷一次。")


def keep_throw(act: Act, draw: Draw, k: int, die: Die, attempt: int = 1) -> None:
    """Write a valid throw down, once."""
    known = select(Thrown).where(Thrown.draw_id == draw.id, Thrown.k == k, Thrown.message_id == die.message_id)
    if act.session.exec(known).first() is not None:
        raise Refused("这次掷骰已经登记过了。")
    act.session.add(
        Thrown(
            draw_id=key(draw),
            k=k,
            attempt=attempt,
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
    session: Session, draw: Draw, k: int, rule: Json, announced_by: str, attempt: int = 1
) -> list[Throw] | None:
    """The counting throws of an announcement or a notice, once there are enough."""
    return throws.counting(
        [_as_throw(each) for each in thrown(session, key(draw), k, attempt)],
        emoji=rule["emoji"],
        min_bits=rule["min_bits"],
        min_witnesses=rule["min_witnesses"],
        announcer=announced_by,
    )


def throws_of(session: Session, draw: Draw, k: int, attempt: int = 1) -> list[Throw]:
    """The valid throws so far as they stand in a record."""
    return [_as_throw(each) for each in thrown(session, key(draw), k, attempt)]


def needed(rule: Json) -> int:
    """The fewest throws that are enough."""
    return throws.throws_needed(rule["emoji"], rule["min_bits"])


def announcer(draw: Draw) -> str:
    """The public label of who announced."""
    return str(json.loads(draw.announcement)["announced_by"])


def files_of(session: Session, draw: Draw) -> dict[str, bytes]:
    """All files of a draw by name."""
    return {each.name: each.body for each in session.exec(select(DrawFile).where(DrawFile.draw_id == draw.id))}


def file_of(session: Session, draw: Draw, name: str) -> bytes:
    """One file of a draw, the others left where they are."""
    return session.exec(select(DrawFile.body).where(DrawFile.draw_id == draw.id, DrawFile.name == name)).one()


def frozen_files(session: Session, draw: Draw) -> record.Files:
    """The five files of the announcement and its other lists."""
    require_announced(draw)
    named = files_of(session, draw)
    return record.Files(
        pool=named["pool.tsv"],
        inspectors=named["inspectors.tsv"],
        demands=named["demands.tsv"],
        recusals=named["recusals.tsv"],
        excluded=named["excluded.tsv"],
        lists={each["name"]: named[list_file(each["name"])] for each in lists_of(draw)},
    )


def lists_of(draw: Draw) -> list[Json]:
    """The other lists of an announcement, e.g. of experts."""
    found: list[Json] = json.loads(draw.announcement).get("lists", [])
    return found


def code(draw: Draw, k: int) -> bytes:
    """Code k; WrongKey where the office's key is not the one that sealed the secret."""
    require_announced(draw)
    length = json.loads(draw.announcement)["chain"]["length"]
    return positions.code(KEYRING.open(draw.secret), length, k)


def record_of(draw: Draw) -> Json:
    """The full edition of the record, for those who supervise: it carries the codes used from the draw on."""
    require_announced(draw)
    state = DrawState(draw.state)
    return record.record(
        json.loads(draw.announcement),
        state=str(state),
        randomness=json.loads(draw.randomness) if draw.randomness else None,
        draws=[json.loads(each) for each in draw.draws],
        lapsed=[json.loads(each) for each in draw.lapsed],
        code=code(draw, 1) if state == DrawState.LAPSED else None,
        secret=KEYRING.open(draw.secret) if state == DrawState.CLOSED else None,
    )


def require_announced(draw: Draw) -> None:
    """Refuse what only a draw of our own has."""
    if not draw.announced:
        raise Refused("这项任务在平台抽取，这里没有公告和抽取记录。要调整人员，请在平台调整后重新导入抽取结果。")


def public_edition(act: Act, draw: Draw) -> tuple[Json, dict[str, bytes]]:
    """The public edition; refused while the code is withheld."""
    if draw.revealed_at is None:
        raise Refused("公开码还没有公布，最后一户检查完成后才有公开版。")
    return edition.public_edition(
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
    """办结: the secret is published, and the task is closed once its last batch is."""
    draw = get(act.session, draw_id)
    if draw.state != DrawState.DRAWN:
        return
    reveal(act, draw)
    draw.state, draw.closed_at = DrawState.CLOSED, act.now
    act.session.add(draw)
    act.session.flush()
    close_task(act, act.session.get_one(Task, draw.task_id))
    act.record("close", "draw", draw.id, after={"secret": KEYRING.open(draw.secret).hex()})
    if draw.announced:
        act.tell("closed", f"closed:{draw.id}", group=group_of(act.session, draw), draw=draw.id)


def close_task(act: Act, task: Task) -> None:
    """Close a task whose batches are all closed and leave nothing to be drawn."""
    draws = act.session.exec(select(Draw).where(Draw.task_id == task.id).order_by(col(Draw.serial))).all()
    made = [each for each in draws if each.state in (DrawState.DRAWN, DrawState.CLOSED) and not is_rehearsal(each)]
    standing = any(each.state in (DrawState.OPEN, DrawState.DRAWN) for each in draws)
    if standing or not made or made[-1].left or task.state == TaskState.CLOSED:
        return
    task.state, task.closed_at = TaskState.CLOSED, act.now
    act.session.add(task)


def is_rehearsal(draw: Draw) -> bool:
    """Whether it was announced as 演练; what a task's mode was changed to since does not matter."""
    return bool(json.loads(draw.announcement)["mode"] == "rehearsal")


def tick(act: Act) -> int:
    """By time alone: announcements lapse at their deadline, codes are published at `reveal_by`."""
    changed = 0
    for draw in act.session.exec(select(Draw).where(Draw.state == DrawState.OPEN, Draw.deadline <= act.now)).all():
        try:
            code(draw, 1)
            if under_way(act.session, draw):
                # Enough throws came in time: it is still to be made.
                continue
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
        .where(col(Task.unit_id).in_(list(unit_ids)), col(Draw.serial).is_not(None))
        .order_by(col(Draw.serial).desc())
        .limit(limit)
    )
    return [(draw, task) for draw, task in found]


def open_in(session: Session, group_id: int) -> list[Draw]:
    """Open announcements of a group."""
    return list(session.exec(select(Draw).where(Draw.group_id == group_id, Draw.state == DrawState.OPEN)))


def newest(session: Session, limit: int = 10, before: int | None = None) -> list[tuple[Draw, Task]]:
    """The office's newest announcements, whatever became of them; `before` a serial, to go on from there."""
    found = select(Draw, Task).join(Task, col(Task.id) == col(Draw.task_id)).order_by(col(Draw.serial).desc())
    found = found.where(col(Draw.serial).is_not(None))
    if before is not None:
        found = found.where(Draw.serial < before)
    return [(draw, task) for draw, task in session.exec(found.limit(limit))]


def latest(session: Session, limit: int = 10) -> list[tuple[Draw, Task]]:
    """The office's newest draws, lists drawn on a platform too."""
    found = select(Draw, Task).join(Task, col(Task.id) == col(Draw.task_id)).order_by(col(Draw.id).desc())
    return [(draw, task) for draw, task in session.exec(found.limit(limit))]


def last_serial(session: Session) -> int:
    """The serial of the newest announcement; 0 where there is none."""
    return session.exec(select(func.max(Draw.serial))).one() or 0


def broken_links(session: Session) -> list[str]:
    """What is wrong with the chain of the office's announcements, in Chinese sentences; [] if it is whole."""
    announced = select(Draw.announcement).where(col(Draw.serial).is_not(None))
    return announcement_form.broken_links(json.loads(each) for each in session.exec(announced))


def randomness_text(enough: list[Throw]) -> str:
    """The public randomness as its string."""
    return throws.randomness(enough)


def posted_digest(entry: Json) -> str:
    """What is posted of a draw or an event."""
    return form.digest_of(entry)


def given(session: Session, draw: Draw, announced: Json) -> tuple[list[Throw], list[Source]]:
    """The counting throws, or the numbers that were confirmed; nothing while there are too few."""
    if announced["randomness"]["kind"] in CHAT_DICE:
        return counting(session, draw, 1, announced["randomness"], announced["announced_by"]) or [], []
    confirmed = select(Entered).where(Entered.ceremony_id == draw.ceremony_id, Entered.state == "confirmed")
    found = session.exec(confirmed).first()
    if found is None:
        return [], []
    by, with_ = (session.get_one(Person, each).label for each in (found.entered_by, found.decided_by))
    return [], [Source(numbers=tuple(each), entered_by=by, confirmed_by=with_) for each in found.numbers]


def under_way(session: Session, draw: Draw) -> bool:
    """Whether there are enough throws for an open draw, so that it is being made: a large one, beside the chat."""
    return draw.state == DrawState.OPEN and any(given(session, draw, json.loads(draw.announcement)))


def all_under_way(session: Session) -> list[int]:
    """Ids of the draws that wait to be made beside the chat, oldest first."""
    waiting = session.exec(select(Draw).where(Draw.state == DrawState.OPEN).order_by(col(Draw.serial))).all()
    return [key(draw) for draw in waiting if under_way(session, draw)]


def dispatch(act: Act, draw_id: int) -> tuple[int, int, list[str]]:
    """派发任务: the teams' cards, and a message to each expert (see visit.dispatch for what is returned)."""
    if is_rehearsal(get(act.session, draw_id)):
        raise Refused("演练只演到抽取，不派发任务。")
    visits, inspectors, missing = visit.dispatch(act, draw_id)
    for each in expert.of_draw(act.session, draw_id):
        person = act.session.get(Person, each.person_id) if each.person_id else None
        if person is None:
            missing.append(f"{each.name}（专家）")
            continue
        name = f"expert:{draw_id}:{each.id}"
        act.tell("expert_card", name, person=person, dispatcher=act.actor, draw=draw_id, expert=each.id)
    return visits, inspectors, missing


def _as_throw(each: Thrown) -> Throw:
    return Throw(by=each.label, message=each.message_id, value=each.value, at=form.stamp(each.at))


def _announcer_person(act: Act, draw: Draw) -> Person:
    return act.session.get_one(Person, draw.announced_by)
