"""One step in a follow-up: what was done, on which day, by whom, with which paper (S4: 整改报告, 复查, 销号)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from models import attachment
from models.act import Act, Refused, key
from models.base import SHANGHAI, Instant
from models.words import StepKind

_LONGEST = 500


class Step(SQLModel, table=True):
    """Steps are only ever added: what was written wrongly is followed by another one."""

    __tablename__ = "followup_step"

    id: int | None = Field(default=None, primary_key=True)
    followup_id: int = Field(foreign_key="followup.id", index=True)
    kind: str
    # The day on which it happened (a future one where a recheck is arranged), not the day on which it was written in.
    day: date
    at: datetime = Field(sa_type=Instant)
    by_id: int = Field(foreign_key="person.id")
    text: str = ""
    # 文号 or number of a paper; empty: it has none.
    number: str = ""
    # Of a recheck: whether it passed.
    passed: bool | None = None
    # The new day by which something is due.
    due: date | None = None
    # Inspectors who recheck, by id.
    people: list[int] = Field(default_factory=list, sa_type=JSON)
    digests: list[str] = Field(default_factory=list, sa_type=JSON)


def of(session: Session, followup_id: int) -> list[Step]:
    """The steps of a follow-up, oldest first."""
    return list(session.exec(select(Step).where(Step.followup_id == followup_id).order_by(col(Step.id))))


def of_many(session: Session, followup_ids: Sequence[int]) -> dict[int, list[Step]]:
    """The steps of several follow-ups by follow-up, oldest first."""
    found: dict[int, list[Step]] = {each: [] for each in followup_ids}
    rows = select(Step).where(col(Step.followup_id).in_(list(followup_ids))).order_by(col(Step.id))
    for row in session.exec(rows):
        found[row.followup_id].append(row)
    return found


def take(
    act: Act, followup_id: int, kind: StepKind, day: date, files: Sequence[dict[str, Any]] = (), **values: Any
) -> Step:
    """Write a step down with its files. The caller has checked the right, and records the act (`said`).

    `files` are kind, digest and size of each; `values` are columns of `Step`. Refused for a text that is too long.
    """
    if len(values.get("text", "")) > _LONGEST or len(values.get("number", "")) > 60:
        raise Refused(f"文字太长：说明不超过 {_LONGEST} 字，编号不超过 60 字。")
    for each in files:
        attachment.attach(act, "followup", followup_id, **each)
    row = Step(
        followup_id=followup_id,
        kind=kind,
        day=day,
        at=act.now,
        by_id=act.person_id,
        digests=[str(each["digest"]) for each in files],
        **values,
    )
    act.session.add(row)
    act.session.flush()
    return row


def said(row: Step) -> dict[str, Any]:
    """A step as the audit keeps it."""
    told: dict[str, Any] = {
        "text": row.text,
        "number": row.number,
        "people": row.people,
        "due": row.due.isoformat() if row.due else "",
    }
    kept = {name: value for name, value in told.items() if value}
    if row.passed is not None:
        kept["passed"] = row.passed
    return {"step": key(row), "day": row.day.isoformat(), "files": len(row.digests)} | kept


def past(act: Act, day: date) -> date:
    """The day, refused where it is still to come."""
    if day > act.now.astimezone(SHANGHAI).date():
        raise Refused(f"{day.month} 月 {day.day} 日还没有到，请写实际办理的日期。")
    return day


def last(steps: Sequence[Step], *kinds: StepKind) -> Step | None:
    """The newest step of some kinds."""
    return next((each for each in reversed(steps) if each.kind in kinds), None)
