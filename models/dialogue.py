"""Half-filled forms and seen updates: what a restart must not lose or do twice (DESIGN §8)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint, delete
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import Instant


class Dialogue(SQLModel, table=True):
    """The form that a person is filling in a chat; one at a time."""

    __table_args__ = (UniqueConstraint("chat_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    chat_id: int
    person_id: int = Field(foreign_key="person.id")
    form: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime = Field(sa_type=Instant)


class Seen(SQLModel, table=True):
    """An update that was handled: the chat may deliver it again after a crash."""

    update_id: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)


def current(session: Session, chat_id: int, person_id: int) -> Dialogue | None:
    """The open form of a person in a chat."""
    found = select(Dialogue).where(Dialogue.chat_id == chat_id, Dialogue.person_id == person_id)
    return session.exec(found).first()


def begin(
    session: Session, chat_id: int, person_id: int, form: str, data: dict[str, Any], now: datetime
) -> Dialogue:
    """Open a form, in place of whatever was open there."""
    row = current(session, chat_id, person_id) or Dialogue(
        chat_id=chat_id, person_id=person_id, form=form, updated_at=now
    )
    row.form, row.data, row.updated_at = form, data, now
    session.add(row)
    session.flush()
    return row


def end(session: Session, chat_id: int, person_id: int) -> bool:
    """Close the open form; tells whether there was one."""
    row = current(session, chat_id, person_id)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def seen(session: Session, update_id: int, now: datetime) -> bool:
    """Note an update; True where it was handled before."""
    if session.get(Seen, update_id) is not None:
        return True
    session.add(Seen(update_id=update_id, at=now))
    session.flush()
    return False


def forget(session: Session, before: datetime) -> None:
    """Drop notes of updates older than the chat would ever deliver again."""
    session.execute(delete(Seen).where(col(Seen.at) < before))
