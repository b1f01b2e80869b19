"""发文字号: one sequence for each unit, kind and year, given at signing, without gaps, once (DESIGN §7)."""

import re
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, SQLModel, UniqueConstraint, col, func, select

from models.act import Act, Refused, key
from models.base import SHANGHAI, Instant
from models.letterhead import STAFF
from models.people import Unit

_LOCK = 7268  # PostgreSQL's advisory lock for giving numbers


class Letter(SQLModel, table=True):
    """One number that was given. A void one stays, so that the sequence has no gap that nobody can explain."""

    __table_args__ = (UniqueConstraint("unit_id", "kind", "year", "serial"),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    kind: str  # what has a sequence of its own: 检查通知书
    year: int
    serial: int
    code: str  # 机关代字
    subject: str  # of which row it is the letter, as in the audit
    subject_id: int = Field(index=True)
    given_at: datetime = Field(sa_type=Instant)
    giver_id: int = Field(foreign_key="person.id")
    void_at: datetime | None = Field(default=None, sa_type=Instant)
    void_reason: str = ""

    @property
    def number(self) -> str:
        """As it is printed: 秦双随机办〔2026〕3号."""
        return f"{self.code}〔{self.year}〕{self.serial}号"


def of(act: Act, kind: str, subject: str, subject_id: int) -> Letter | None:
    """The number that a letter has, if one was given and is not void."""
    found = select(Letter).where(
        Letter.kind == kind,
        Letter.subject == subject,
        Letter.subject_id == subject_id,
        col(Letter.void_at).is_(None),
    )
    return act.session.exec(found).first()


def give(act: Act, *, unit_id: int, kind: str, code: str, subject: str, subject_id: int) -> Letter:
    """Give a letter that is being signed the next number of its unit, kind and year; once: it keeps the one it has.

    For staff of the unit. Raises Refused for a 机关代字 that is none.
    """
    act.require(STAFF, unit_id)
    if not re.fullmatch(r"[^\s〔〕\[\]0-9]{2,20}", code):
        raise Refused("还没有设置机关代字，不能编号。请在政策配置里写明，例如“秦双随机办”。")
    session = act.session
    if session.get_bind().dialect.name == "postgresql":
        # SQLite's writers begin one after the other; PostgreSQL's must wait for each other here.
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    had = of(act, kind, subject, subject_id)
    if had is not None:
        return had
    session.get_one(Unit, unit_id)
    year = act.now.astimezone(SHANGHAI).year
    same = (Letter.unit_id == unit_id, Letter.kind == kind, Letter.year == year)
    last = session.exec(select(func.max(Letter.serial)).where(*same)).one()
    row = Letter(
        unit_id=unit_id,
        kind=kind,
        year=year,
        serial=(last or 0) + 1,
        code=code,
        subject=subject,
        subject_id=subject_id,
        given_at=act.now,
        giver_id=act.person_id,
    )
    session.add(row)
    session.flush()
    act.record("number", subject, subject_id, after={"letter": key(row), "kind": kind, "number": row.number})
    return row


def void(act: Act, letter_id: int, reason: str) -> Letter:
    """Mark a number as void: it is kept and never given again. For staff of the unit, with the reason."""
    row = act.session.get(Letter, letter_id)
    if row is None:
        raise Refused("没有找到这个发文字号。")
    act.require(STAFF, row.unit_id)
    if row.void_at is not None:
        raise Refused(f"{row.number} 已经作废，不能再作废一次。")
    if not reason.strip():
        raise Refused("请写明作废的原因。")
    row.void_at, row.void_reason = act.now, reason.strip()
    act.session.add(row)
    act.session.flush()
    after = {"letter": letter_id, "number": row.number, "reason": row.void_reason}
    act.record("void_number", row.subject, row.subject_id, after=after)
    return row
