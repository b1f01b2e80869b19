"""执法检查人员名录库: the certified people who can be sent, and whom they may not inspect (DESIGN §4)."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from models.act import Act, Refused, key
from models.base import Sealed
from models.people import Person
from models.words import InspectorState, Role


class Inspector(SQLModel, table=True):
    """One certified inspector; `label` is the 执法证号. ID number and phone are sealed (DESIGN §9)."""

    id: int | None = Field(default=None, primary_key=True)
    label: str = Field(unique=True)
    name: str
    sex: str = ""
    id_number: str | None = Field(default=None, sa_type=Sealed)
    # Keyed hash of the ID number: unique without being readable.
    id_hash: str | None = Field(default=None, unique=True)
    phone: str | None = Field(default=None, sa_type=Sealed)
    # 执法种类.
    kind: str = ""
    post: str = ""
    unit_id: int = Field(foreign_key="unit.id", index=True)
    specialties: list[str] = Field(default_factory=list, sa_type=JSON)
    valid_until: date
    away_from: date | None = None
    away_to: date | None = None
    state: str = InspectorState.ACTIVE
    person_id: int | None = Field(default=None, foreign_key="person.id", unique=True)


class Expert(SQLModel, table=True):
    """专家: accompanies inspectors and never replaces one (S0)."""

    id: int | None = Field(default=None, primary_key=True)
    label: str = Field(unique=True)
    name: str
    field: str = ""
    employer: str = ""
    active: bool = True
    person_id: int | None = Field(default=None, foreign_key="person.id")


class Recusal(SQLModel, table=True):
    """A person and an entity who must not meet, with the reason; standing, or for one task."""

    id: int | None = Field(default=None, primary_key=True)
    entity_id: int = Field(foreign_key="entity.id", index=True)
    inspector_id: int = Field(foreign_key="inspector.id", index=True)
    reason: str
    task_id: int | None = Field(default=None, foreign_key="task.id")


def available(inspector: Inspector, first: date, last: date) -> bool:
    """In post, certified to the task's last day, and not away on all of its days (PROTOCOL §2)."""
    away = (
        inspector.away_from is not None
        and inspector.away_from <= first
        and (inspector.away_to is None or inspector.away_to >= last)
    )
    return inspector.state == InspectorState.ACTIVE and inspector.valid_until >= last and not away


def at_hand(session: Session, unit_ids: Iterable[int], first: date, last: date) -> list[Inspector]:
    """The inspectors of these units who can be sent between two days, by certificate."""
    found = session.exec(
        select(Inspector).where(col(Inspector.unit_id).in_(list(unit_ids))).order_by(col(Inspector.label))
    )
    return [inspector for inspector in found if available(inspector, first, last)]


def link(act: Act, label: str, person: Person) -> Inspector:
    """Say which person of the office a certificate belongs to, so that tasks reach that person's chat."""
    found = act.session.exec(select(Inspector).where(Inspector.label == label)).first()
    if found is None:
        raise Refused(f"人员名录库里没有执法证号「{label}」，请先导入执法检查人员名录库。")
    act.require({Role.ADMIN, Role.STAFF}, found.unit_id)
    if found.name != person.name:
        raise Refused(f"执法证号「{label}」在名录库中是「{found.name}」，不是「{person.name}」，请核对。")
    before, found.person_id = found.person_id, key(person)
    act.session.add(found)
    act.session.flush()
    act.record("link", "inspector", found.id, before={"person": before}, after={"person": person.id})
    return found
