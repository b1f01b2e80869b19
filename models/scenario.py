"""一业一查: a line of business inspected jointly in one visit, with its items, units, filter and guide (DESIGN §4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from models import people, plan
from models.act import Act, Refused, key
from models.base import Instant
from models.item import Item
from models.plan import Task
from models.words import Role, TaskState


class Scenario(SQLModel, table=True):
    """What a joint task of one line of business always means; a plan row takes all of it over at once.

    `lines` are dicts of `unit` (id), `count` and `tags`, as a demand line of a task; `items` are codes.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    scope: dict[str, list[str]] = Field(default_factory=dict, sa_type=JSON)
    items: list[str] = Field(default_factory=list, sa_type=JSON)
    lines: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    # 检查指引: what inspectors look at, in which order.
    guide: str = ""
    made_at: datetime = Field(sa_type=Instant)


def keep(act: Act, task: Task, name: str, guide: str) -> Scenario:
    """Keep what 补全 decided for a joint task as a scenario of that name; the same name again replaces it."""
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    lines = plan.units_of(act.session, key(task))
    if task.state == TaskState.WRITTEN or len({line.unit_id for line in lines}) < 2:
        raise Refused("「一业一查」是几个单位联合的抽查。请先补全一项由两个以上单位派人的任务，再保存。")
    if not name.strip():
        raise Refused("请写明是哪一业，例如：餐饮。")
    named = act.session.exec(select(Scenario).where(Scenario.name == name.strip()[:60])).first()
    row = named or Scenario(name=name.strip()[:60], unit_id=task.unit_id or 0, made_at=act.now)
    if named is not None:
        act.require({Role.STAFF, Role.ADMIN}, row.unit_id)
    row.scope = dict(task.scope)
    row.items = [item.code for item in plan.items_of(act.session, key(task))]
    row.lines = [{"unit": line.unit_id, "count": line.count, "tags": list(line.tags)} for line in lines]
    row.guide, row.made_at = guide.strip()[:2000], act.now
    act.session.add(row)
    act.session.flush()
    act.record("keep_scenario", "scenario", row.id, after={"name": row.name, "items": row.items, "task": task.plan_no})
    return row


def of_units(session: Session, unit_ids: set[int]) -> list[Scenario]:
    """The scenarios of some units and of those above them, by name."""
    above = {key(unit) for each in unit_ids for unit in people.lineage(session, each)}
    found = select(Scenario).where(col(Scenario.unit_id).in_(list(unit_ids | above))).order_by(col(Scenario.name))
    return list(session.exec(found))


def guide_of(session: Session, task: Task) -> str:
    """The guide that the inspectors of a task follow; empty where it is of no scenario."""
    found = session.get(Scenario, task.scenario_id) if task.scenario_id else None
    return found.guide if found else ""


def items_of(session: Session, scenario: Scenario) -> list[Item]:
    """Its items that are still in force, by code."""
    found = select(Item).where(col(Item.code).in_(scenario.items), col(Item.active)).order_by(col(Item.code))
    return list(session.exec(found))
