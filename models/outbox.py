"""What must be said: one row per message, written with the fact it reports (DESIGN §8)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, and_, or_, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from models import people
from models.base import Instant
from models.people import Group, Person
from models.words import OutboxState, Role

UNDELIVERED = "undelivered"
MAYBE_SENT = "可能已经发送过一次"
"""Reason of a row that goes out again though it may have arrived: the sender marks it."""

_UNDER_WAY = (OutboxState.TAKEN, OutboxState.SENDING)
# After so many doubtful tries a row is left alone.
_TRIES = 3

_ADDED = "qiantong_queued"


class Outbox(SQLModel, table=True):
    """One message to one person or one group; rendered when first sent and kept as sent."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    group_id: int | None = Field(default=None, foreign_key="group_chat.id", index=True)
    # Whoever is told when this message cannot be delivered.
    dispatcher_id: int | None = Field(default=None, foreign_key="person.id")
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    # The key of an earlier row whose message this one rewrites, or answers.
    edits: str | None = None
    replies: str | None = None
    state: str = Field(default=OutboxState.QUEUED, index=True)
    created_at: datetime = Field(sa_type=Instant)
    not_before: datetime = Field(sa_type=Instant)
    attempts: int = 0
    reason: str = ""
    text: str | None = None
    chat_id: int | None = Field(default=None, sa_type=BigInteger)
    message_id: int | None = Field(default=None, sa_type=BigInteger)
    # While a row is under way: since when.
    sent_at: datetime | None = Field(default=None, sa_type=Instant)


def put(session: Session, row: Outbox) -> bool:
    """Add a row unless one with its key is there already; tells whether it was added."""
    session.flush()
    values = row.model_dump(exclude={"id"})
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    done = session.execute(
        insert(Outbox).values(**values).on_conflict_do_nothing(index_elements=["key"]).returning(col(Outbox.id))
    )
    if done.first() is None:
        return False
    session.info[_ADDED] = True
    return True


def added(session: Session) -> bool:
    """Whether rows were added in this session, so that the sender need not look for nothing."""
    return bool(session.info.get(_ADDED))


def by_key(session: Session, key: str) -> Outbox | None:
    """The row with this key."""
    return session.exec(select(Outbox).where(Outbox.key == key)).first()


def by_message(session: Session, chat_id: int, message_id: int) -> Outbox | None:
    """The row that was first sent as this message of this chat (rewrites of it are later rows)."""
    found = select(Outbox).where(Outbox.chat_id == chat_id, Outbox.message_id == message_id)
    return session.exec(found.order_by(col(Outbox.id))).first()


def face(session: Session, row: Outbox) -> int | None:
    """The message that a row rewrites or answers, where it arrived in the row's chat.

    Where the first one did not arrive, the rewrite that took its place counts.
    """
    name = row.edits or row.replies
    if name is None:
        return None
    found = (
        select(Outbox.message_id)
        .where(or_(col(Outbox.key) == name, col(Outbox.edits) == name), Outbox.state == OutboxState.SENT)
        .where(_same(Outbox.person_id, row.person_id), _same(Outbox.group_id, row.group_id))
        .order_by(col(Outbox.id).desc())
    )
    return session.exec(found.limit(1)).first()


def claim(session: Session, now: datetime, limit: int = 50) -> list[Outbox]:
    """Take the next due rows, oldest first. Two senders never take the same row, nor rows of one chat at one time.

    A chat in which something is being sent, or waits to be tried again, keeps its later rows: they stay in order.
    """
    if session.get_bind().dialect.name == "postgresql":
        # One sender after the other: a row that another one takes just now would not be seen as taken.
        session.execute(text("SELECT pg_advisory_xact_lock(7269)"))
    busy = session.exec(
        select(Outbox.person_id, Outbox.group_id)
        .where(
            or_(
                col(Outbox.state).in_(_UNDER_WAY),
                and_(col(Outbox.state) == OutboxState.QUEUED, col(Outbox.attempts) > 0, col(Outbox.not_before) > now),
            )
        )
        .distinct()
    ).all()
    due = (
        select(Outbox)
        .where(Outbox.state == OutboxState.QUEUED, Outbox.not_before <= now)
        .where(_none_of(Outbox.person_id, [person for person, _ in busy]))
        .where(_none_of(Outbox.group_id, [group for _, group in busy]))
        .order_by(col(Outbox.id))
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    rows = list(session.exec(due))
    for row in rows:
        row.state, row.sent_at = OutboxState.TAKEN, now
    session.flush()
    return rows


def sending(session: Session, row_id: int, now: datetime) -> None:
    """The request goes out now: from here on nobody knows whether the message arrived until the chat answers."""
    _finish(session, row_id, state=OutboxState.SENDING, attempts=Outbox.attempts + 1, sent_at=now)


def release(session: Session, row_ids: Iterable[int]) -> None:
    """Back into the queue, untried."""
    session.execute(
        update(Outbox)
        .where(col(Outbox.id).in_(list(row_ids)), col(Outbox.state) == OutboxState.TAKEN)
        .values(state=OutboxState.QUEUED, sent_at=None)
        .execution_options(synchronize_session=False)
    )


def sent(session: Session, row_id: int, *, now: datetime, chat_id: int, message_id: int, text: str) -> None:
    """The chat took the message."""
    values = {"sent_at": now, "chat_id": chat_id, "message_id": message_id, "text": text, "reason": ""}
    _finish(session, row_id, state=OutboxState.SENT, **values)


def failed(session: Session, row_id: int, *, reason: str, text: str | None = None) -> None:
    """The chat refused the message for good."""
    _finish(session, row_id, state=OutboxState.FAILED, reason=reason, text=text)


def again(session: Session, row_id: int, *, now: datetime, seconds: float, reason: str) -> None:
    """Nothing went out: back into the queue, not before some seconds from now."""
    _finish(
        session,
        row_id,
        state=OutboxState.QUEUED,
        not_before=now + timedelta(seconds=seconds),
        sent_at=None,
        reason=reason,
    )


def doubtful(session: Session, row: Outbox, *, now: datetime, reason: str, text: str | None = None) -> bool:
    """The request went out and no answer came: the message may have arrived (TOOLBOX).

    One to a person is left uncertain, and whoever sent it out is told. A group's messages carry the work of everybody
    and a rewrite can be done twice: these go out again, marked if they are new messages, and so does what nobody
    would be told of. Returns whether the row is done with.
    """
    teller = dispatcher(session, row)
    if row.attempts < _TRIES and (row.group_id is not None or row.edits is not None or teller is None):
        again(session, key_of(row), now=now, seconds=0, reason=MAYBE_SENT)
        return False
    _finish(session, key_of(row), state=OutboxState.UNCERTAIN, reason=reason, text=text)
    tell_undelivered(session, row, now)
    return True


def recover(session: Session, now: datetime, before: datetime | None = None) -> int:
    """What was under way when a process died: untried rows are queued again, the others are doubtful.

    At start it is everything; where several processes share a store, only what was taken at `before` or earlier.
    Returns how many were doubtful.
    """
    found = select(Outbox).where(col(Outbox.state).in_(_UNDER_WAY)).order_by(col(Outbox.id))
    if before is not None:
        found = found.where(col(Outbox.sent_at) <= before)
    rows = session.exec(found).all()
    release(session, [key_of(row) for row in rows if row.state == OutboxState.TAKEN])
    lost = [row for row in rows if row.state == OutboxState.SENDING]
    for row in lost:
        doubtful(session, row, now=now, reason="发送时程序中断，是否送达不明")
    return len(lost)


def dispatcher(session: Session, row: Outbox) -> Person | None:
    """Who is told when a row does not arrive: whoever sent it out, or else the 工作人员 there; never its receiver."""
    if row.kind == UNDELIVERED:
        return None
    if row.dispatcher_id is not None and row.dispatcher_id != row.person_id:
        return session.get(Person, row.dispatcher_id)
    place = session.get(Group, row.group_id) if row.group_id is not None else session.get(Person, row.person_id)
    if place is None:
        return None
    without = [row.person_id] if row.person_id is not None else []
    return next(iter(people.holders(session, Role.STAFF, place.unit_id, without=without)), None)


def tell_undelivered(session: Session, row: Outbox, now: datetime) -> bool:
    """Queue the message to the dispatcher that a row did not arrive, or may not have; once for each row."""
    person = dispatcher(session, row)
    if person is None:
        return False
    told = Outbox(
        key=f"{UNDELIVERED}:{row.id}",
        kind=UNDELIVERED,
        person_id=person.id,
        data={"row": row.id},
        created_at=now,
        not_before=now,
    )
    return put(session, told)


def key_of(row: Outbox) -> int:
    """The id of a row that is in the store."""
    if row.id is None:
        raise ValueError("the row was not written yet")
    return row.id


def _same(column: Any, value: int | None) -> Any:
    return column.is_(None) if value is None else column == value


def _none_of(column: Any, values: Iterable[int | None]) -> Any:
    """The column is empty or none of the values; NOT IN alone loses the empty ones."""
    return or_(column.is_(None), column.not_in([value for value in values if value is not None]))


def _finish(session: Session, row_id: int, **values: Any) -> None:
    session.execute(
        update(Outbox).where(col(Outbox.id) == row_id).values(**values).execution_options(synchronize_session=False)
    )
