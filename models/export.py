"""导出: a register, the list or the plan as the rows that an import would take (DESIGN §4)."""

from collections.abc import Callable
from datetime import date

from sqlmodel import Session, col, select

from models import intake, people, staff
from models.act import Act, Refused, key
from models.codes import credit_code
from models.entity import Entity
from models.inspector import Inspector, Recusal
from models.item import Item
from models.judge import PLAN_FIELDS, WITNESS
from models.people import Unit
from models.plan import Plan, Task
from models.words import EntityState, InspectorState, Role, chinese

SEALED = frozenset({"id_number", "phone", "contact"})
"""Fields that never leave by the chat: a file without these columns changes nothing in them when it comes back."""

Record = dict[str, str]


def records(act: Act, kind: str) -> list[Record]:
    """Every row of a kind as text under the names of its columns; NoRight for whoever may not import it.

    Through the chat the fields in SEALED are left out; on the server they are there. Refused where there is nothing.
    """
    intake.may_import(act, kind)
    found = _READERS[kind](act.session)
    if not found:
        raise Refused("这里还没有内容，没有可以导出的。可以先下载模板，填好后导入。")
    if act.source != "cli":
        found = [{name: text for name, text in record.items() if name not in SEALED} for record in found]
    act.record("export", kind, None, after={"rows": len(found), "sealed": act.source == "cli"})
    return found


def _plan(session: Session) -> list[Record]:
    """The newest version of the newest year's plan."""
    root = people.root(session)
    newest = select(Plan).where(Plan.unit_id == (root.id if root else None))
    plan = session.exec(newest.order_by(col(Plan.year).desc(), col(Plan.version).desc())).first()
    if plan is None:
        return []
    tasks = session.exec(select(Task).where(Task.plan_id == plan.id).order_by(col(Task.row), col(Task.id)))
    return [{name: getattr(task, name) for name in PLAN_FIELDS} for task in tasks]


def _items(session: Session) -> list[Record]:
    names = ("code", "name", "category", "subject", "basis", "content", "method", "ratio", "frequency")
    more = ("superior_code", "guide", "form")
    return [
        {name: getattr(item, name) for name in (*names, *more)} | {"published_on": _day(item.published_on)}
        for item in session.exec(select(Item).order_by(col(Item.code)))
    ]


def _entities(session: Session) -> list[Record]:
    names = ("name", "kind", "industry", "district", "address", "contact", "phone", "risk_class", "licences")
    found = []
    for entity in session.exec(select(Entity).order_by(col(Entity.id))):
        record = {name: getattr(entity, name) for name in names}
        record["label" if _is_credit_code(entity.label) else "register_no"] = entity.label
        record["tags"] = "、".join(entity.tags)
        record["state"] = chinese(EntityState(entity.state))
        record["as_of"] = _day(entity.as_of)
        found.append(record)
    return found


def _inspectors(session: Session) -> list[Record]:
    units = _units(session)
    return [
        {
            "label": each.label,
            "name": each.name,
            "sex": each.sex,
            "id_number": each.id_number or "",
            "kind": each.kind,
            "post": each.post,
            "unit": units[each.unit_id],
            "specialties": "、".join(each.specialties),
            "phone": each.phone or "",
            "valid_until": _day(each.valid_until),
            "away_from": _day(each.away_from),
            "away_to": _day(each.away_to),
            "state": chinese(InspectorState(each.state)),
        }
        for each in session.exec(select(Inspector).order_by(col(Inspector.id)))
    ]


def _recusals(session: Session) -> list[Record]:
    """The standing ones; what was agreed for one task belongs to its draw."""
    columns = (Entity.label, Entity.name, Inspector.label, Inspector.name, Recusal.reason)
    found = session.execute(
        select(*columns)  # type: ignore[call-overload]
        .select_from(Recusal)
        .join(Entity, col(Entity.id) == col(Recusal.entity_id))
        .join(Inspector, col(Inspector.id) == col(Recusal.inspector_id))
        .where(col(Recusal.task_id).is_(None))
        .order_by(col(Recusal.id))
    )
    names = ("entity", "entity_name", "inspector", "inspector_name", "reason")
    return [dict(zip(names, row, strict=True)) for row in found]


def _people(session: Session) -> list[Record]:
    return [
        {
            "name": each.name,
            "unit": each.unit,
            "roles": "、".join(chinese(Role(role)) for role in each.roles) or WITNESS,
            "label": each.label,
            "phone": each.phone,
        }
        for each in staff.everybody(session)
    ]


def _units(session: Session) -> dict[int, str]:
    return {key(unit): unit.name for unit in session.exec(select(Unit))}


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _is_credit_code(label: str) -> bool:
    try:
        return credit_code(label) == label
    except ValueError:
        return False


_READERS: dict[str, Callable[[Session], list[Record]]] = {
    "plan": _plan,
    "item": _items,
    "entity": _entities,
    "inspector": _inspectors,
    "recusal": _recusals,
    "people": _people,
}
