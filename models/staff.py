"""人员表: the office's people with their units and roles, taken in from one table (DESIGN §3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from models import office, people
from models.act import Act, Refused, key
from models.inspector import Inspector
from models.judge import Judged
from models.people import Grant, Person, Unit
from models.words import Role

# How units are named that report to a city's office from below.
_COUNTY = ("县", "区", "市", "旗")


@dataclass(frozen=True)
class Standing:
    """Somebody who is in the office already, as a row of the table would say it."""

    id: int
    name: str
    unit: str
    roles: list[str]
    label: str
    phone: str


def everybody(session: Session) -> list[Standing]:
    """Everybody in the office, in the order in which they came, with roles in whatever unit and certificate."""
    units = {key(unit): unit.name for unit in session.exec(select(Unit))}
    certificates = dict(
        session.exec(select(Inspector.person_id, Inspector.label).where(col(Inspector.person_id).is_not(None))).all()
    )
    granted: dict[int, set[str]] = {}
    for row in session.exec(select(Grant)):
        granted.setdefault(row.person_id, set()).add(row.role)
    return [
        Standing(
            id=key(person),
            name=person.name,
            unit=units[person.unit_id],
            roles=sorted(granted.get(key(person), ())),
            label=certificates.get(key(person), ""),
            phone=person.phone or "",
        )
        for person in session.exec(select(Person).where(col(Person.active)).order_by(col(Person.id)))
    ]


def standing(session: Session, judged: Iterable[Judged]) -> dict[tuple[str, ...], Standing]:
    """Everybody in the office, each under the key of the row that means them: by certificate, else by unit and name.

    Roles, certificate and phone that a person has and a row lacks are kept: the rows' values are completed by them.
    """
    # A certificate that the register lacks changes nothing yet.
    owners = set(session.exec(select(Inspector.label)))
    present = everybody(session)
    by_label = {each.label: each for each in present if each.label}
    by_name: dict[tuple[str, str], list[Standing]] = {}
    for each in present:
        by_name.setdefault((each.unit, each.name), []).append(each)
    found: dict[tuple[str, ...], Standing] = {}
    meant: set[int] = set()
    for one in judged:
        unit, name, label = one.key
        same = [each for each in by_name.get((unit, name), []) if each.id not in meant]
        free = [each for each in same if not label or not each.label]
        who = by_label.get(label) or next(iter(free), None)
        if who is None or who.id in meant:
            continue
        meant.add(who.id)
        found[one.key] = who
        one.values["roles"] = sorted({*who.roles, *one.values["roles"]})
        one.values["label"] = label if label in owners else who.label
        if "phone" in one.values:
            one.values["phone"] = one.values["phone"] or who.phone
    for each in present:
        if each.id not in meant:
            found["", str(each.id), ""] = each
    return found


def take(act: Act, person_id: int | None, values: Mapping[str, Any]) -> Person:
    """Write one row: the unit if it is missing, the person, the roles that are new, the certificate."""
    unit = people.unit_named(act.session, values["unit"]) or _made(act, values["unit"])
    roles = [Role(role) for role in values["roles"]]
    if person_id is None:
        person = office.add_person(act, name=values["name"], unit=unit, roles=roles)
    else:
        person = act.session.get_one(Person, person_id)
        if person.unit_id != unit.id:
            raise Refused(f"「{person.name}」已经在别的单位，没有导入。请先核对所在单位。")
        for role in roles:
            if role not in people.roles(act.session, person_id):
                office.grant(act, person, unit, role)
    if values.get("phone"):
        person.phone = values["phone"]
        act.session.add(person)
    if values["label"]:
        _link(act, values["label"], person)
    act.session.flush()
    return person


def _made(act: Act, name: str) -> Unit:
    root = people.root(act.session)
    if root is None:
        raise Refused("这里还没有建立办公室。")
    return office.add_unit(act, name=name, parent=root, kind="county" if name.endswith(_COUNTY) else "department")


def _link(act: Act, label: str, person: Person) -> None:
    """Say which person a certificate belongs to; nothing to do before the register knows it."""
    found = act.session.exec(select(Inspector).where(Inspector.label == label)).first()
    if found is None or found.person_id == person.id:
        return
    before, found.person_id = found.person_id, key(person)
    act.session.add(found)
    act.record("link", "inspector", found.id, before={"person": before}, after={"person": person.id})
