"""导出: a register, the list or the plan as the rows that an import would take (DESIGN §4)."""

from collections.abc import Callable
from datetime import date

from sqlmodel import Session, col, select

from models import backfill, holidays, intake, people, platformdraw, result, staff
from models.act import Act, Refused, key
from models.codes import credit_code
from models.entity import Entity
from models.expert import Expert
from models.inspector import Inspector, Recusal
from models.item import Item
from models.judge import PLAN_FIELDS, WITNESS
from models.people import Unit
from models.plan import Plan, Task
from models.visit import Visit
from models.words import DrawMode, EntityState, InspectorState, Role, TaskState, VisitState, chinese

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
    """The newest version of the newest year's plan; what was withdrawn is none of its rows any more."""
    root = people.root(session)
    newest = select(Plan).where(Plan.unit_id == (root.id if root else None))
    plan = session.exec(newest.order_by(col(Plan.year).desc(), col(Plan.version).desc())).first()
    if plan is None:
        return []
    standing = (Task.plan_id == plan.id, Task.state != TaskState.WITHDRAWN)
    tasks = session.exec(select(Task).where(*standing).order_by(col(Task.row), col(Task.id)))
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


def _experts(session: Session) -> list[Record]:
    units = _units(session)
    return [
        {
            "label": each.label,
            "name": each.name,
            "field": each.field,
            "title": each.title,
            "employer": each.employer,
            "phone": each.phone or "",
            "valid_until": _day(each.valid_until),
            "unit": units.get(each.unit_id or 0, ""),
            "state": "在库" if each.active else "退出",
        }
        for each in session.exec(select(Expert).order_by(col(Expert.id)))
    ]


def _platform(session: Session) -> list[Record]:
    """The visits that came from a platform, as its list says them now."""
    found = session.exec(
        select(Visit, Task, Entity)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .join(Entity, col(Entity.id) == col(Visit.entity_id))
        .where(Task.mode == DrawMode.PLATFORM, Visit.state != VisitState.CANCELLED, col(Visit.draw_id).is_not(None))
        .order_by(col(Visit.task_id), col(Visit.draw_id), col(Visit.order))
    ).all()
    teams = platformdraw.teams(session, {key(task) for _, task, _ in found})
    return [
        {
            "plan_no": task.plan_no,
            "task_no": task.task_no,
            "task_name": task.name,
            "drawn_on": each.drawn_at.date().isoformat(),
            "entity": entity.label,
            "entity_name": entity.name,
            "inspectors": "、".join(inspector.name for inspector in teams[key(each)]),
            "certificates": "、".join(inspector.label for inspector in teams[key(each)]),
            "due": _day(each.due),
        }
        for each, task, entity in found
    ]


def _holidays(session: Session) -> list[Record]:
    return [
        {"day": day, "working": "上班" if entered.working else "放假", "source": entered.source}
        for (day,), entered in sorted(holidays.entered(session).items())
    ]


def _results(session: Session) -> list[Record]:
    """Every entered result in the platform's column order, so that nobody types twice."""
    found = session.exec(
        select(Visit)
        .where(col(Visit.id).in_(select(result.Result.visit_id)))
        .order_by(col(Visit.task_id), col(Visit.id))
    )
    return [backfill.values(session, each) for each in found if each.state != VisitState.CANCELLED]


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
    "expert": _experts,
    "platform": _platform,
    "holidays": _holidays,
    "result": _results,
}
