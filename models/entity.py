"""检查对象名录库: the entities that can be drawn (DESIGN §4)."""

from datetime import date

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from models.base import Sealed
from models.words import EntityState


class Entity(SQLModel, table=True):
    """One entity; `label` is its 统一社会信用代码, or the register's own number (PROTOCOL §1)."""

    id: int | None = Field(default=None, primary_key=True)
    label: str = Field(unique=True)
    name: str = Field(index=True)
    kind: str = Field(default="", index=True)
    industry: str = ""
    district: str = Field(default="", index=True)
    address: str = ""
    contact: str = Field(default="", sa_type=Sealed)
    phone: str = Field(default="", sa_type=Sealed)
    risk_class: str = Field(default="", index=True)
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    licences: str = ""
    state: str = Field(default=EntityState.ACTIVE, index=True)
    as_of: date | None = None
