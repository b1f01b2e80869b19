"""Half-filled forms and seen updates: what a restart must not lose or do twice (DESIGN §8)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, UniqueConstraint, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import Instant


class Dialogue(SQLModel, table=True):
    """The form that a person is filling in a chat; one at a time."""

    __table_args__ = (UniqueConstraint("chat_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    chat_id: int = Field(sa_type=BigInteger)
    person_id: int = Field(foreign_key="person.id")
    form: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime = Field(sa_type=Instant)


class Seen(SQLModel, table=True):
    """An update that changed something: the chat may deliver it again after a crash, and it must not count twice."""

    update_id: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)


# These run for every update, so they are put together once; what is noted needs no object.
_CURRENT = select(Dialogue).where(
    Dialogue.chat_id == bindparam("chat_id"), Dialogue.person_id == bindparam("person_id")
)
_SEEN = SQLModel.metadata.tables["seen"]
_NOTED = select(_SEEN.c.update_id).where(_SEEN.c.update_id == bindparam("update_id"))


def current(session: Session, chat_id: int, person_id: int) -> Dialogue | None:
    """The open form of a person in a chat."""
    return session.exec(_CURRENT, params={"chat_id": chat_id, "person_id": person_id}).first()


def begin(session: Session, chat_id: int, person_id: int, form: str, data: dict[str, Any], now: datetime) -> Dialogue:
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


def seen(session: Session, update_id: int) -> bool:
    """Whether an update was handled before."""
    return session.execute(_NOTED, {"update_id": update_id}).first() is not None


def note(session: Session, update_id: int, now: datetime) -> bool:
    """Note an update as handled; False where another process has handled it meanwhile."""
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    noted = insert(_SEEN).values(update_id=update_id, at=now).on_conflict_do_nothing().returning(_SEEN.c.update_id)
    return session.execute(noted).first() is not None


def forget(session: Session, before: datetime) -> None:
    """Drop notes of updates older than the chat would ever deliver again."""
    session.execute(delete(Seen).where(col(Seen.at) < before))
