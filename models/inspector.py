"""执法检查人员名录库: the certified people who can be sent, and whom they may not inspect (DESIGN §4)."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, func, select

from models.act import Act, key
from models.base import Sealed
from models.people import Grant, Person
from models.words import InspectorState, Role, chinese


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


def enrol(act: Act) -> int:
    """Make every inspector in post a person of the office, so that tasks can reach them; returns how many are new.

    Somebody of the same unit and name who is there already is that person. The new ones have no account yet: the
    administrator finds them among those who are not bound and hands out their links. The caller checks the right.
    """
    session = act.session
    waiting = session.exec(
        select(Inspector)
        .where(col(Inspector.person_id).is_(None), Inspector.state == InspectorState.ACTIVE)
        .order_by(col(Inspector.id))
    ).all()
    linked = set(session.exec(select(Inspector.person_id).where(col(Inspector.person_id).is_not(None))))
    known: dict[tuple[int, str], list[Person]] = {}
    for person in session.exec(select(Person).where(col(Person.active)).order_by(col(Person.id))):
        if person.id not in linked:
            known.setdefault((person.unit_id, person.name), []).append(person)
    title = chinese(Role.INSPECTOR)
    labels = session.exec(select(func.count()).where(col(Person.label).startswith(title))).one()
    people = session.exec(select(func.count()).select_from(Person)).one()
    fresh = 0
    for found in waiting:
        same = known.get((found.unit_id, found.name))
        if same:
            person = same.pop(0)
        else:
            fresh += 1
            person = Person(
                key=f"p{people + fresh}", name=found.name, label=f"{title}{labels + fresh}", unit_id=found.unit_id
            )
            session.add(person)
            session.flush()
        held = select(Grant.id).where(
            Grant.person_id == person.id, Grant.unit_id == found.unit_id, Grant.role == Role.INSPECTOR
        )
        if session.exec(held).first() is None:
            session.add(Grant(person_id=key(person), unit_id=found.unit_id, role=Role.INSPECTOR))
        found.person_id = person.id
        session.add(found)
    session.flush()
    if waiting:
        act.record("enrol", "inspector", None, after={"linked": len(waiting) - fresh, "new": fresh})
    return fresh
