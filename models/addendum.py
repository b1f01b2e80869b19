"""补充人员名单: people lent for an event, announced before it; the frozen roster never changes (PROTOCOL §7)."""

import json
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from models.base import Instant
from models.form import Json


class Addendum(SQLModel, table=True):
    """One list of people added for event k; `body` is canonical JSON and its digest is what was posted."""

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int = Field(foreign_key="draw.id", index=True)
    k: int
    body: str
    digest: str = Field(unique=True)
    approved_by: int = Field(foreign_key="person.id")
    announced_at: datetime = Field(sa_type=Instant)


def of_event(session: Session, draw_id: int, k: int) -> list[Json]:
    """The addenda posted for event k, in the order in which they were."""
    found = select(Addendum.body).where(Addendum.draw_id == draw_id, Addendum.k == k).order_by(col(Addendum.id))
    return [json.loads(body) for body in session.exec(found)]
