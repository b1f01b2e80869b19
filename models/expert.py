"""专家库: third-party experts who accompany inspectors and never replace one (DESIGN §4, S0)."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models.base import Sealed


class Expert(SQLModel, table=True):
    """One expert; `label` is the register's own number and what is drawn (PROTOCOL §1). The phone is sealed."""

    id: int | None = Field(default=None, primary_key=True)
    label: str = Field(unique=True)
    name: str
    # 专业领域, e.g. 民爆、无线电.
    field: str = ""
    # 职称, e.g. 高级工程师.
    title: str = ""
    # 工作单位.
    employer: str = ""
    phone: str | None = Field(default=None, sa_type=Sealed)
    # 聘期至; None: no end was written down.
    valid_until: date | None = None
    active: bool = True
    # Whose 专家库 it is: of a unit and those below it. None: of the whole office.
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")


class DrawnExpert(SQLModel, table=True):
    """One expert of one draw, in draw order from 1."""

    __tablename__ = "drawn_expert"
    __table_args__ = (UniqueConstraint("draw_id", "expert_id"),)

    id: int | None = Field(default=None, primary_key=True)
    draw_id: int = Field(foreign_key="draw.id", index=True)
    expert_id: int = Field(foreign_key="expert.id")
    order: int


def at_hand(session: Session, unit_ids: Iterable[int], last: date) -> list[Expert]:
    """The experts of some units (and of the whole office) whose term lasts to a day, by label."""
    wanted = set(unit_ids)
    found = session.exec(select(Expert).where(col(Expert.active)).order_by(col(Expert.label)))
    return [
        each
        for each in found
        if (each.unit_id is None or each.unit_id in wanted) and (each.valid_until is None or each.valid_until >= last)
    ]


def of_draw(session: Session, draw_id: int) -> list[Expert]:
    """The experts that a draw selected, in draw order."""
    found = select(Expert).join(DrawnExpert, col(DrawnExpert.expert_id) == col(Expert.id))
    return list(session.exec(found.where(DrawnExpert.draw_id == draw_id).order_by(col(DrawnExpert.order))))
