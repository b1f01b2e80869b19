"""What must be said: one row per message, written with the fact it reports (DESIGN §8)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import Instant
from models.words import OutboxState

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
    chat_id: int | None = None
    message_id: int | None = None
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
    """The row that was sent as this message of this chat (rewrites of it are other rows)."""
    return session.exec(
        select(Outbox)
        .where(Outbox.chat_id == chat_id, Outbox.message_id == message_id, col(Outbox.edits).is_(None))
        .order_by(col(Outbox.id))
    ).first()


def claim(session: Session, now: datetime, limit: int = 50) -> list[Outbox]:
    """Take the next due rows, oldest first, and mark them as being sent. Two senders never take the same row."""
    due = (
        select(Outbox.id)
        .where(Outbox.state == OutboxState.QUEUED, Outbox.not_before <= now)
        .order_by(col(Outbox.id))
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    ids = list(session.exec(due))
    if not ids:
        return []
    session.execute(
        update(Outbox)
        .where(col(Outbox.id).in_(ids))
        .values(state=OutboxState.SENDING, attempts=Outbox.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return list(session.exec(select(Outbox).where(col(Outbox.id).in_(ids)).order_by(col(Outbox.id))))


def sent(session: Session, row_id: int, *, now: datetime, chat_id: int, message_id: int, text: str) -> None:
    """The chat took the message."""
    _finish(session, row_id, state=OutboxState.SENT, sent_at=now, chat_id=chat_id, message_id=message_id, text=text)


def failed(session: Session, row_id: int, *, reason: str, text: str | None = None) -> None:
    """The chat refused the message for good."""
    _finish(session, row_id, state=OutboxState.FAILED, reason=reason, text=text)


def uncertain(session: Session, row_id: int, *, reason: str, chat_id: int, text: str) -> None:
    """The request went out and no answer came: it may have arrived. Sent again only on request (TOOLBOX)."""
    _finish(session, row_id, state=OutboxState.UNCERTAIN, reason=reason, chat_id=chat_id, text=text)


def again(session: Session, row_id: int, *, now: datetime, seconds: float, reason: str) -> None:
    """Nothing went out: back into the queue, not before some seconds from now."""
    _finish(
        session,
        row_id,
        state=OutboxState.QUEUED,
        not_before=now + timedelta(seconds=seconds),
        reason=reason,
    )


def recover(session: Session) -> int:
    """At start: rows that were being sent when the process died may have arrived. Returns how many there were."""
    done = session.execute(
        update(Outbox)
        .where(col(Outbox.state) == OutboxState.SENDING)
        .values(state=OutboxState.UNCERTAIN, reason="发送时程序中断，是否送达不明")
        .returning(col(Outbox.id))
    )
    return len(done.all())


def untold(session: Session) -> list[Outbox]:
    """Rows that failed or are uncertain and have somebody who must hear of it; those already told are harmless."""
    return list(
        session.exec(
            select(Outbox)
            .where(
                col(Outbox.state).in_([OutboxState.UNCERTAIN]),
                col(Outbox.dispatcher_id).is_not(None),
                Outbox.kind != "undelivered",
            )
            .order_by(col(Outbox.id))
        )
    )


def undelivered(row: Outbox, now: datetime) -> Outbox:
    """The message to the dispatcher that a row did not arrive, or may not have; once for each row."""
    return Outbox(
        key=f"undelivered:{row.id}",
        kind="undelivered",
        person_id=row.dispatcher_id,
        data={"row": row.id},
        created_at=now,
        not_before=now,
    )


def _finish(session: Session, row_id: int, **values: Any) -> None:
    session.execute(
        update(Outbox).where(col(Outbox.id) == row_id).values(**values).execution_options(synchronize_session=False)
    )
