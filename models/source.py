"""Numbers of a lottery or of real dice, as one person entered them and another confirmed or refused (PROTOCOL §4)."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import Instant


class Entered(SQLModel, table=True):
    """Numbers as one person entered them for a ceremony; never deleted, also where another did not agree."""

    id: int | None = Field(default=None, primary_key=True)
    ceremony_id: int = Field(foreign_key="ceremony.id", index=True)
    # One list for each source, e.g. red and blue balls.
    numbers: list[list[int]] = Field(sa_type=JSON)
    # `waiting`, `confirmed` or `refused`.
    state: str = Field(default="waiting", index=True)
    entered_by: int = Field(foreign_key="person.id")
    entered_at: datetime = Field(sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
