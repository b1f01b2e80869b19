"""留痕: every act as one row, chained by hash, so that a rewritten past is noticed (DESIGN §9)."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, text
from sqlmodel import Field, Session, SQLModel, col, func, select

from models.base import SHANGHAI, Instant

START = "0" * 64


class Audit(SQLModel, table=True):
    """One act: who, for whom, what, when, from which message, before, after."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    behalf_id: int | None = Field(default=None, foreign_key="person.id")
    verb: str
    subject: str = Field(index=True)
    subject_id: int | None = Field(default=None, index=True)
    source: str = ""
    clock: str = "real"
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    previous: str
    digest: str = Field(unique=True)


def digest_of(row: Audit) -> str:
    """SHA-256 over the canonical JSON of everything in the row but its id and its digest."""
    fields = {
        "at": row.at.astimezone(SHANGHAI).isoformat(),
        "actor": row.actor_id,
        "behalf": row.behalf_id,
        "verb": row.verb,
        "subject": row.subject,
        "subject_id": row.subject_id,
        "source": row.source,
        "clock": row.clock,
        "before": row.before,
        "after": row.after,
        "previous": row.previous,
    }
    text_ = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text_.encode()).hexdigest()


def head(session: Session) -> str:
    """Digest of the newest row; zeros before the first."""
    return session.exec(select(Audit.digest).order_by(col(Audit.id).desc()).limit(1)).first() or START


def last(session: Session) -> int:
    """Number of the newest row; 0 before the first."""
    return session.exec(select(func.max(Audit.id))).one() or 0


def verbs_since(session: Session, number: int) -> set[str]:
    """What was done after a row."""
    return set(session.exec(select(Audit.verb).where(col(Audit.id) > number)))


def size(session: Session) -> int:
    """How many rows there are; their numbers may have gaps, since an act that failed leaves its number unused."""
    return session.exec(select(func.count()).select_from(Audit)).one()


def append(session: Session, row: Audit) -> None:
    """Chain the row to the newest one and add it. The caller's transaction writes, so the order is total."""
    if session.get_bind().dialect.name == "postgresql":
        # Two processes must not chain to the same row; the lock ends with the transaction.
        session.execute(text("SELECT pg_advisory_xact_lock(7267)"))
    session.flush()
    row.previous = head(session)
    row.digest = digest_of(row)
    session.add(row)
    session.flush()


def missing(session: Session, posted: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Heads that were posted and are no longer in the chain: the only trace of a tail that was cut off."""
    for digest in posted:
        if digest != START and session.exec(select(Audit.id).where(Audit.digest == digest)).first() is None:
            yield 0, f"公布过的末条摘要 {digest} 不在留痕里：它和它以后的记录被删除或者改过"


def check(session: Session) -> Iterator[tuple[int, str]]:
    """Walk the chain; yield (row number, Chinese sentence) for each break."""
    previous, last = START, 0
    for row in session.exec(select(Audit).order_by(col(Audit.id)).execution_options(yield_per=1000)):
        number = row.id or 0
        if row.previous != previous:
            yield number, f"第 {number} 条没有接在第 {last} 条之后：中间有记录被删除、插入或者调换"
        if digest_of(row) != row.digest:
            yield number, f"第 {number} 条的内容与它的摘要不一致：这条记录被改过"
        previous, last = row.digest, number
