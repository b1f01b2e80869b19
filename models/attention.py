"""What of the registers and the plan needs somebody's attention, case by case, each with the row to see to."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models import byhand, people, planversion, upkeep, visit
from models.act import Act, NoRight, Refused, key
from models.audit import Audit
from models.entity import Entity
from models.expert import Expert
from models.importrun import ImportRun
from models.inspector import Inspector
from models.item import Item
from models.people import Account, Grant, Person
from models.plan import Task, matching
from models.words import EntityState, InspectorState, Role, TaskState, chinese

CERTIFICATE_DAYS = 60
"""A certificate is named this many days before it expires."""


LEAVE_DAYS = 30
"""A leave is named this many days before it begins."""

CLASS_DAYS = 90
"""A class that an import changed is named for so long."""

NOTABLE = frozenset({"away", "gone", "cap", "class"})
"""What need not be put right: once somebody has noted a case (知道了) it is named again only when it is another one."""


@dataclass(frozen=True)
class Case:
    """One row that needs attention: what there is to say, and which row of which register (`kind` empty: none)."""

    text: str
    kind: str = ""
    id: int = 0
    name: str = ""
    # Who is to get an account.
    person_id: int | None = None


@dataclass(frozen=True)
class Need:
    """One kind of thing that needs attention: its name in the code, and its cases."""

    name: str
    cases: tuple[Case, ...]
    # Whether there may be more cases than are known: of a large import the record lists a part by name.
    partly: bool = False


def needs(act: Act) -> list[Need]:
    """What needs attention now, without the kinds of which there is no case; NoRight for whoever is no staff."""
    _may(act, {Role.STAFF, Role.ADMIN})
    session, today = act.session, act.now.date()
    found = [_open(session, need) for need in _all(act, session, today)]
    return [need for need in found if need.cases]


def note(act: Act, name: str, shown: int, seen: str) -> Need:
    """知道了 of the first `shown` cases of a kind; `seen` is their fingerprint. Returns what is left of the kind.

    Refused where the cases are no longer those that were shown.
    """
    need = next((each for each in needs(act) if each.name == name), Need(name, ()))
    cases = need.cases[:shown]
    if name not in NOTABLE or not cases or fingerprint(cases) != seen:
        raise Refused("情况有变化，请重新打开这一项看过再点。")
    act.record("note_need", _NOTED, None, after={"need": name, "cases": {_place(each): each.text for each in cases}})
    return replace(need, cases=need.cases[shown:])


def fingerprint(cases: Sequence[Case]) -> str:
    """A short digest of cases as they were shown."""
    return hashlib.sha256("\n".join(each.text for each in cases).encode()).hexdigest()[:12]


def may_invite(act: Act) -> bool:
    """Whether the actor hands out links to accounts."""
    office = people.root(act.session)
    return office is not None and act.may({Role.ADMIN}, key(office))


def inviters(session: Session) -> list[str]:
    """Names of those who do."""
    office = people.root(session)
    held = select(Grant.person_id).where(Grant.role == Role.ADMIN, Grant.unit_id == (office.id if office else None))
    found = select(Person.name).where(col(Person.id).in_(held), col(Person.active)).order_by(col(Person.id))
    return list(session.exec(found))


_NOTED = "attention"


def _may(act: Act, roles: Iterable[Role]) -> None:
    office = people.root(act.session)
    if office is None or not act.may(roles, key(office)):
        raise NoRight


def _place(case: Case) -> str:
    return f"{case.kind}:{case.id}"


def _open(session: Session, need: Need) -> Need:
    """A need without the cases that somebody has noted as they are."""
    if need.name not in NOTABLE or not need.cases:
        return need
    noted: dict[str, str] = {}
    rows = select(Audit.after).where(Audit.subject == _NOTED, Audit.verb == "note_need").order_by(col(Audit.id))
    for after in session.exec(rows):
        if after and after["need"] == need.name:
            noted |= after["cases"]
    return replace(need, cases=tuple(each for each in need.cases if noted.get(_place(each)) != each.text))


def _all(act: Act, session: Session, today: date) -> tuple[Need, ...]:
    without = _without_account(session)
    inspectors = {each.person_id for each in without}
    unbound = [each for each in people.unbound(session) if each.id not in inspectors]
    return (
        Need("certificates", _certificates(session, today)),
        Need("experts", _experts(session, today)),
        Need("accounts", without),
        Need("away", _away(session, today)),
        Need("gone", _gone(session)),
        Need("basis", _items(session, without_basis=True)),
        Need("unpublished", _items(session, without_basis=False)),
        Need("cap", _at_cap(act)),
        _class_changed(session, today),
        Need("unbound", tuple(Case(person.name, name=person.name, person_id=person.id) for person in unbound)),
        Need("plan", _plans(act)),
        Need("byhand", _by_hand(act)),
    )


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


def _experts(session: Session, today: date) -> tuple[Case, ...]:
    """Experts whose term ends, or has ended."""
    found = session.exec(
        select(Expert)
        .where(col(Expert.active), col(Expert.valid_until) <= today + timedelta(days=CERTIFICATE_DAYS))
        .order_by(col(Expert.valid_until), col(Expert.label))
    )
    return tuple(
        Case(
            f"{each.name}（{each.label}）{each.valid_until} {'已届满' if each.valid_until < today else '届满'}",
            "expert",
            key(each),
            each.name,
        )
        for each in found
        if each.valid_until is not None
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
    return Case(f"{each.name}（{each.label}）{said}", "inspector", key(each), each.name, each.person_id)


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
    least = min(caps.values(), default=0)
    counts = {id_: n for id_, n in visit.counted(act.session, act.now.year).items() if caps and n >= least}
    found = []
    for id_, name, risk_class in _named(act.session, Entity.id, sorted(counts), Entity.name, Entity.risk_class):
        count, cap = counts[id_], caps.get(risk_class)
        if cap is not None and count >= cap:
            over = "，已超过" if count > cap else ""
            said = f"{name} {act.now.year} 年已检查 {count} 次，上限 {cap} 次{over}"
            found.append((count <= cap, id_, Case(said, "entity", id_, name)))
    return tuple(case for _, _, case in sorted(found, key=lambda each: each[:2]))


def _named(session: Session, among: Any, wanted: Sequence[Any], *columns: Any) -> Iterator[Any]:
    """These columns of the entities whose `among` is one of `wanted`, a few hundred at a time; `among` comes first."""
    for at in range(0, len(wanted), _PART):
        part = wanted[at : at + _PART]
        yield from session.exec(select(among, *columns).where(col(among).in_(part)))


_PART = 500


def _class_changed(session: Session, today: date) -> Need:
    """Entities whose class is what an import of late has made it (S1: 基于信用风险指数变化的预警)."""
    undone = select(ImportRun.audit_id).where(col(ImportRun.undone_at).is_not(None))
    imports = select(Audit).where(Audit.verb == "import", Audit.subject == "entity", col(Audit.id).not_in(undone))
    changed: dict[str, tuple[str, str]] = {}
    partly = False
    for each in session.exec(imports.order_by(col(Audit.id).desc())):
        if each.at.date() <= today - timedelta(days=CLASS_DAYS):
            break
        rows = (each.after or {}).get("rows", {})
        partly = partly or (each.after or {}).get("changed", 0) > len(rows)
        for label, values in (each.before or {}).items():
            if values.get("risk_class"):
                changed.setdefault(label, (values["risk_class"], rows.get(label, {}).get("risk_class", "")))
    found = _named(session, Entity.label, sorted(changed), Entity.id, Entity.name, Entity.risk_class)
    cases = tuple(
        Case(f"{name} {changed[label][0]} → {now or '（空）'}", "entity", id_ or 0, name)
        for label, id_, name, now in sorted(found, key=lambda each: each[0])
        if now == changed[label][1]
    )
    return Need("class", cases, partly)


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
