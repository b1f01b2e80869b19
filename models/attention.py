"""What of the registers needs somebody's attention: certificates, accounts, entities gone, items, caps, classes."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from models import people, visit
from models.act import Act, NoRight, key
from models.audit import Audit
from models.entity import Entity
from models.inspector import Inspector
from models.item import Item
from models.people import Account
from models.plan import Task, matching
from models.words import EntityState, InspectorState, Role, TaskState, chinese

CERTIFICATE_DAYS = 60
"""A certificate is named this many days before it expires."""


@dataclass(frozen=True)
class Need:
    """One kind of thing that needs attention: its name in the code, and a line of text for each case."""

    name: str
    cases: tuple[str, ...]


def needs(act: Act) -> list[Need]:
    """What needs attention now, without the kinds of which there is no case; NoRight for whoever is no staff."""
    office = people.root(act.session)
    if office is None or not act.may({Role.STAFF, Role.ADMIN}, key(office)):
        raise NoRight
    session, today = act.session, act.now.date()
    found = (
        Need("certificates", _certificates(session, today)),
        Need("accounts", _without_account(session)),
        Need("gone", _gone(session)),
        Need("basis", _items(session, without_basis=True)),
        Need("unpublished", _items(session, without_basis=False)),
        Need("cap", _at_cap(act)),
        Need("class", _class_changed(session)),
        Need("unbound", tuple(person.name for person in people.unbound(session))),
    )
    return [need for need in found if need.cases]


def _certificates(session: Session, today: date) -> tuple[str, ...]:
    found = session.exec(
        select(Inspector)
        .where(
            Inspector.state == InspectorState.ACTIVE,
            Inspector.valid_until <= today + timedelta(days=CERTIFICATE_DAYS),
        )
        .order_by(col(Inspector.valid_until), col(Inspector.label))
    )
    return tuple(
        f"{each.name}（{each.label}）{each.valid_until.isoformat()} {'已到期' if each.valid_until < today else '到期'}"
        for each in found
    )


def _without_account(session: Session) -> tuple[str, ...]:
    """Inspectors in post whom no task can reach by the chat."""
    found = session.exec(
        select(Inspector)
        .join(Account, col(Account.person_id) == col(Inspector.person_id), isouter=True)
        .where(Inspector.state == InspectorState.ACTIVE, col(Account.id).is_(None))
        .order_by(col(Inspector.label))
    )
    return tuple(f"{each.name}（{each.label}）" for each in found)


def _gone(session: Session) -> tuple[str, ...]:
    """Entities that cannot be inspected and lie within the scope of a task that waits to be drawn."""
    found: dict[str, str] = {}
    for task in session.exec(select(Task).where(Task.state == TaskState.COMPLETED).order_by(col(Task.plan_no))):
        listed = matching(task.scope).where(col(Entity.state) != EntityState.ACTIVE)
        wanted = set(task.scope.get("tags", ()))
        columns = (col(Entity.label), col(Entity.name), col(Entity.state), col(Entity.tags))
        for label, name, state, tags in session.execute(listed.with_only_columns(*columns)):
            if not wanted or wanted & set(tags):
                found[label] = f"{name} {chinese(EntityState(state))}"
    return tuple(found.values())


def _items(session: Session, *, without_basis: bool) -> tuple[str, ...]:
    """Items in force that have no basis, or that have one and were never published."""
    active = session.exec(select(Item).where(col(Item.active)).order_by(col(Item.code)))
    return tuple(
        f"{item.code} {item.name}"
        for item in active
        if (not item.basis.strip() if without_basis else item.basis.strip() and item.published_on is None)
    )


def _at_cap(act: Act) -> tuple[str, ...]:
    """Entities that may not be inspected again this year by the profile's cap for their class."""
    caps = {each.code: each.yearly_cap for each in act.policy.classes if each.yearly_cap is not None}
    counts = visit.counted(act.session, act.now.year)
    found = []
    for entity_id, count in sorted(counts.items()):
        row = act.session.exec(select(Entity.name, Entity.risk_class).where(Entity.id == entity_id)).one()
        cap = caps.get(row[1])
        if cap is not None and count >= cap:
            found.append(f"{row[0]} 今年 {count} 次，上限 {cap} 次")
    return tuple(found)


def _class_changed(session: Session) -> tuple[str, ...]:
    """Entities whose risk class the newest import of the register changed (S1: 基于信用风险指数变化的预警)."""
    newest = select(Audit).where(Audit.verb == "import", Audit.subject == "entity")
    last = session.exec(newest.order_by(col(Audit.id).desc()).limit(1)).first()
    if last is None or not last.before:
        return ()
    now = (last.after or {}).get("rows", {})
    changed = {
        label: (values["risk_class"], now.get(label, {}).get("risk_class", ""))
        for label, values in last.before.items()
        if values.get("risk_class")
    }
    found = session.exec(select(Entity.label, Entity.name).where(col(Entity.label).in_(changed)))
    return tuple(f"{name} {changed[label][0]} → {changed[label][1] or '（空）'}" for label, name in sorted(found))
