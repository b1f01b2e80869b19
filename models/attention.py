"""What of the registers and the plan needs somebody's attention, case by case, each with the row to see to."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from models import byhand, people, planversion, upkeep, visit
from models.act import Act, NoRight, key
from models.audit import Audit
from models.entity import Entity
from models.importrun import ImportRun
from models.inspector import Inspector
from models.item import Item
from models.people import Account
from models.plan import Task, matching
from models.words import EntityState, InspectorState, Role, TaskState, chinese

CERTIFICATE_DAYS = 60
"""A certificate is named this many days before it expires."""


LEAVE_DAYS = 30
"""A leave is named this many days before it begins."""


@dataclass(frozen=True)
class Case:
    """One row that needs attention: what there is to say, and which row of which register (`kind` empty: none)."""

    text: str
    kind: str = ""
    id: int = 0
    name: str = ""


@dataclass(frozen=True)
class Need:
    """One kind of thing that needs attention: its name in the code, and its cases."""

    name: str
    cases: tuple[Case, ...]


def needs(act: Act) -> list[Need]:
    """What needs attention now, without the kinds of which there is no case; NoRight for whoever is no staff."""
    office = people.root(act.session)
    if office is None or not act.may({Role.STAFF, Role.ADMIN}, key(office)):
        raise NoRight
    session, today = act.session, act.now.date()
    found = (
        Need("certificates", _certificates(session, today)),
        Need("accounts", _without_account(session)),
        Need("away", _away(session, today)),
        Need("gone", _gone(session)),
        Need("basis", _items(session, without_basis=True)),
        Need("unpublished", _items(session, without_basis=False)),
        Need("cap", _at_cap(act)),
        Need("class", _class_changed(session)),
        Need("unbound", tuple(Case(person.name) for person in people.unbound(session))),
        Need("plan", _plans(act)),
        Need("byhand", _by_hand(act)),
    )
    return [need for need in found if need.cases]


def _certificates(session: Session, today: date) -> tuple[Case, ...]:
    found = session.exec(
        select(Inspector)
        .where(
            Inspector.state == InspectorState.ACTIVE,
            Inspector.valid_until <= today + timedelta(days=CERTIFICATE_DAYS),
        )
        .order_by(col(Inspector.valid_until), col(Inspector.label))
    )
    return tuple(
        _person(each, f"{each.valid_until.isoformat()} {'已到期' if each.valid_until < today else '到期'}")
        for each in found
    )


def _without_account(session: Session) -> tuple[Case, ...]:
    """Inspectors in post whom no task can reach by the chat."""
    found = session.exec(
        select(Inspector)
        .join(Account, col(Account.person_id) == col(Inspector.person_id), isouter=True)
        .where(Inspector.state == InspectorState.ACTIVE, col(Account.id).is_(None))
        .order_by(col(Inspector.label))
    )
    return tuple(_person(each) for each in found)


def _away(session: Session, today: date) -> tuple[Case, ...]:
    """Inspectors in post who are away, or will be soon, with the visits in hand that fall due meanwhile."""
    found = session.exec(
        select(Inspector)
        .where(
            Inspector.state == InspectorState.ACTIVE,
            col(Inspector.away_from) <= today + timedelta(days=LEAVE_DAYS),
            col(Inspector.away_to).is_(None) | (col(Inspector.away_to) >= today),
        )
        .order_by(col(Inspector.away_from), col(Inspector.label))
    )
    cases = []
    for each in found:
        visits = upkeep.effect(session, each).visits
        last = each.away_to.isoformat() if each.away_to else "没有写明"
        due = f"，手里有 {visits} 户在此期间到期" if visits else ""
        cases.append(_person(each, f"{each.away_from} 至 {last}{due}"))
    return tuple(cases)


def _person(each: Inspector, said: str = "") -> Case:
    return Case(f"{each.name}（{each.label}）{said}", "inspector", key(each), each.name)


def _gone(session: Session) -> tuple[Case, ...]:
    """Entities that cannot be inspected and lie within the scope of a task that waits to be drawn."""
    found: dict[int, Case] = {}
    for task in session.exec(select(Task).where(Task.state == TaskState.COMPLETED).order_by(col(Task.plan_no))):
        listed = matching(task.scope).where(col(Entity.state) != EntityState.ACTIVE)
        wanted = set(task.scope.get("tags", ()))
        columns = (col(Entity.id), col(Entity.name), col(Entity.state), col(Entity.tags))
        for id_, name, state, tags in session.execute(listed.with_only_columns(*columns)):
            if not wanted or wanted & set(tags):
                found[id_] = Case(f"{name} {chinese(EntityState(state))}", "entity", id_, name)
    return tuple(found.values())


def _items(session: Session, *, without_basis: bool) -> tuple[Case, ...]:
    """Items in force that have no basis, or that have one and were never published."""
    active = session.exec(select(Item).where(col(Item.active)).order_by(col(Item.code)))
    return tuple(
        Case(f"{item.code} {item.name}", "item", key(item), item.name)
        for item in active
        if (not item.basis.strip() if without_basis else item.basis.strip() and item.published_on is None)
    )


def _at_cap(act: Act) -> tuple[Case, ...]:
    """Entities that may not be inspected again this year by the cap of their class, those beyond it first."""
    caps = {each.code: each.yearly_cap for each in act.policy.classes if each.yearly_cap is not None}
    counts = visit.counted(act.session, act.now.year)
    found = []
    for entity_id, count in sorted(counts.items()):
        name, risk_class = act.session.exec(select(Entity.name, Entity.risk_class).where(Entity.id == entity_id)).one()
        cap = caps.get(risk_class)
        if cap is not None and count >= cap:
            over = "，已超过" if count > cap else ""
            found.append(
                (count <= cap, Case(f"{name} 今年 {count} 次，上限 {cap} 次{over}", "entity", entity_id, name))
            )
    return tuple(case for _, case in sorted(found, key=lambda each: each[0]))


def _class_changed(session: Session) -> tuple[Case, ...]:
    """Entities whose risk class the newest import of the register changed (S1: 基于信用风险指数变化的预警)."""
    undone = select(ImportRun.audit_id).where(col(ImportRun.undone_at).is_not(None))
    newest = select(Audit).where(Audit.verb == "import", Audit.subject == "entity", col(Audit.id).not_in(undone))
    last = session.exec(newest.order_by(col(Audit.id).desc()).limit(1)).first()
    if last is None or not last.before:
        return ()
    now = (last.after or {}).get("rows", {})
    changed = {
        label: (values["risk_class"], now.get(label, {}).get("risk_class", ""))
        for label, values in last.before.items()
        if values.get("risk_class")
    }
    found = session.exec(select(Entity.id, Entity.label, Entity.name).where(col(Entity.label).in_(changed)))
    return tuple(
        Case(f"{name} {changed[label][0]} → {changed[label][1] or '（空）'}", "entity", id_ or 0, name)
        for id_, label, name in sorted(found, key=lambda each: each[1])
    )


def _plans(act: Act) -> tuple[Case, ...]:
    """Versions of the plan that the profile wants published and that are not."""
    return tuple(
        Case(f"{plan.title} 第 {row.number} 版，{owed.due.isoformat()} 前", "plan", key(row), f"第 {row.number} 版")
        for row, plan, owed in planversion.unpublished(act)
    )


def _by_hand(act: Act) -> tuple[Case, ...]:
    """Results of visits without a draw that wait for their publication."""
    return tuple(
        Case(f"{entity.name}（{one.origin}）{owed.due.isoformat()} 前", "entity", key(entity), entity.name)
        for one, entity, owed in byhand.unpublished(act)
    )
