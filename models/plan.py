"""年度抽查计划: rows as offices write them, and the completion (补全) that makes a row drawable (DESIGN §4)."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import JSON, String, UniqueConstraint, cast, func
from sqlmodel import Field, Session, SQLModel, col, select

from models import quota
from models.act import Act, Refused, key
from models.base import Instant
from models.entity import Entity
from models.item import Item
from models.people import Unit
from models.words import DrawMode, PlanState, Role, TaskState

COLUMNS = (
    "plan_no",
    "plan_name",
    "task_no",
    "name",
    "kind",
    "ratio_text",
    "item_text",
    "scope_text",
    "lead_text",
    "joint_text",
    "period_text",
)
"""The eleven columns of S0, in its order."""

# Rows read together: enough to be fast, few enough to be no burden.
_BLOCK = 10_000


class Plan(SQLModel, table=True):
    """A year's plan of a unit. `version` is the number of the version in force, 1 while it is a draft.

    Its rows are the tasks as they stand now; what each version said is kept by models.planversion.
    """

    __table_args__ = (UniqueConstraint("unit_id", "year", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    year: int
    version: int = 1
    title: str = ""
    state: str = PlanState.DRAFT
    made_at: datetime = Field(sa_type=Instant)


class Task(SQLModel, table=True):
    """One row of the plan: the eleven columns as written, then what 补全 adds."""

    __table_args__ = (UniqueConstraint("plan_id", "plan_no", "task_no"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id", index=True)
    row: int
    # The eleven columns of S0, as written.
    plan_no: str
    plan_name: str
    task_no: str
    name: str
    kind: str
    ratio_text: str
    item_text: str
    scope_text: str
    lead_text: str
    joint_text: str
    period_text: str
    # 补全.
    state: str = Field(default=TaskState.WRITTEN, index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    mode: str = DrawMode.PLATFORM
    mode_reason: str = ""
    # What 补全 chose from the register: lists under kinds, districts, industries, tags; a missing key means any.
    scope: dict[str, list[str]] = Field(default_factory=dict, sa_type=JSON)
    # Stratum name (a risk class or a tag, models.strata) → `p/q` or a count as text; `*` alone for a plain draw.
    strata: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    # In which order an entity is asked whether it belongs to them.
    strata_order: list[str] = Field(default_factory=list, sa_type=JSON)
    # The typed base of a ratio that is not one of the register (年度监管任务的5%), with where the number comes from.
    base: int | None = None
    base_reason: str = ""
    # 频次: so many times a year; each time is a batch.
    times: int = 1
    # 一业一查: the scenario whose guide the inspectors follow.
    scenario_id: int | None = Field(default=None, foreign_key="scenario.id")
    starts: date | None = None
    ends: date | None = None
    completed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class TaskUnit(SQLModel, table=True):
    """How many people of which unit, holding which tags, go to each entity (a demand line, PROTOCOL §2)."""

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    count: int
    tags: list[str] = Field(default_factory=list, sa_type=JSON)


class TaskItem(SQLModel, table=True):
    """An item that the task inspects."""

    __table_args__ = (UniqueConstraint("task_id", "item_id"),)

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id", index=True)
    item_id: int = Field(foreign_key="item.id")


def matching(scope: dict[str, list[str]]) -> Any:
    """The register's entities within a scope, as a statement over Entity by label."""
    statement = select(Entity).order_by(col(Entity.label))
    for name, column in (("kinds", Entity.kind), ("districts", Entity.district), ("industries", Entity.industry)):
        if scope.get(name):
            statement = statement.where(col(column).in_(scope[name]))
    return statement


class Listed(NamedTuple):
    """What a draw needs to know of an entity: to unseal the contacts of a register takes longer than all the rest."""

    id: int
    label: str
    name: str
    risk_class: str
    tags: list[str]
    state: str
    as_of: date | None


def in_scope(session: Session, scope: dict[str, list[str]]) -> list[Listed]:
    """The register's entities within a scope; those with any of the tags where tags are named."""
    wanted = set(scope.get("tags", ()))
    columns = [getattr(Entity, name) for name in Listed._fields]
    found = (Listed(*row) for row in session.execute(matching(scope).with_only_columns(*columns)))
    return [each for each in found if not wanted or wanted & set(each.tags)]


Row = tuple[int, str, str, str, str, str]
"""Id, label, class, tags as JSON, state, and the date of the register or nothing."""


def blocks_in_scope(session: Session, scope: dict[str, list[str]]) -> Iterator[list[Row]]:
    """The same entities in blocks, by label, as plain tuples: for registers of a million rows."""
    wanted = set(scope.get("tags", ()))
    fits: dict[str, bool] = {}
    columns = (
        col(Entity.id),
        col(Entity.label),
        col(Entity.risk_class),
        # As text: to take a million lists and dates apart takes longer than to read them.
        cast(col(Entity.tags), String),
        col(Entity.state),
        func.coalesce(cast(col(Entity.as_of), String), ""),
    )
    found = session.execute(matching(scope).with_only_columns(*columns), execution_options={"yield_per": _BLOCK})
    for block in found.partitions():
        rows: list[Any] = list(block)
        if wanted:
            for tags in {row[3] for row in rows} - fits.keys():
                fits[tags] = bool(wanted & set(json.loads(tags)))
            rows = [row for row in rows if fits[row[3]]]
        if rows:
            yield rows


def at_least(session: Session, scope: dict[str, list[str]], many: int) -> bool:
    """Whether the register has so many entities within a scope, tags aside; counts no further than that."""
    rows = matching(scope).with_only_columns(col(Entity.id)).order_by(None).limit(many).subquery()
    return bool(session.execute(select(func.count()).select_from(rows)).scalar_one() >= many)


def stratum_quota(text: str) -> quota.Quota:
    """`1/20` or `5%` is a ratio, `9` a count."""
    if "/" in text:
        return quota.Quota(count=None, ratio=Fraction(text))
    if text.endswith("%"):
        return quota.Quota(count=None, ratio=Fraction(text[:-1]) / 100)
    return quota.Quota(count=int(text), ratio=None)


def complete(
    act: Act,
    task: Task,
    *,
    unit: Unit,
    mode: DrawMode,
    scope: dict[str, list[str]],
    strata: dict[str, str],
    items: list[Item],
    demands: list[tuple[Unit, int, list[str]]],
    starts: date,
    ends: date,
    reason: str = "",
    strata_order: Sequence[str] = (),
    base: int | None = None,
    base_reason: str = "",
    times: int = 1,
    scenario_id: int | None = None,
) -> None:
    """补全: fix what a row means, so that it can be drawn. Refused where the profile or the clauses forbid it.

    `strata_order` is the order in which an entity with several marks is asked (models.strata.ordered).
    `base` is a typed base of the ratio with the reason for it (then the strata hold the count that comes of it);
    `times` is 频次, so many times a year.
    """
    act.require({Role.STAFF, Role.ADMIN}, key(unit))
    if task.state not in {TaskState.WRITTEN, TaskState.COMPLETED}:
        raise Refused(f"任务 {task.plan_no} 已经抽取，不能再改。需要调整时请先撤销抽取或者另增批次。")
    if not items or any(not item.basis.strip() for item in items):
        raise Refused("没有检查依据的事项不得检查，请先在事项清单中补上依据。")
    if sum(count for _, count, _ in demands) < act.policy.team_size:
        raise Refused(f"每户至少派出 {act.policy.team_size} 名持证人员，请调整派出单位和人数。")
    if ends < starts:
        raise Refused("抽查时间的起止颠倒了，请重新填写。")
    if base is not None and (base < 1 or not base_reason.strip()):
        raise Refused("比例的基数不是名录库的，请写明数目和依据，例如：240，2026年度监管任务清单。")
    if not 1 <= times <= 12:
        raise Refused("频次应是每年 1 到 12 次。")
    if mode == DrawMode.BOT and act.policy.bot_draw == "refused":
        raise Refused(f"本单位规定「平台之外无抽查」（{act.policy.clause('bot_draw')}），只能设为平台抽取或者演练。")
    if mode == DrawMode.BOT and act.policy.bot_draw == "with_reason" and not reason.strip():
        raise Refused("本单位规定在平台抽取。设为在本群抽取，请写明理由。")
    for text in strata.values():
        try:
            stratum_quota(text)
        except (ValueError, ZeroDivisionError) as error:
            raise Refused(f"抽取比例或者户数「{text}」不正确，请写成 5%、1/20 或者 9 这样的数。") from error
    task.unit_id, task.mode, task.mode_reason = unit.id, mode, reason
    task.scope, task.strata, task.starts, task.ends = scope, strata, starts, ends
    task.strata_order = [name for name in strata_order if name in strata]
    task.base, task.base_reason, task.times, task.scenario_id = base, base_reason.strip(), times, scenario_id
    task.state, task.completed_at = TaskState.COMPLETED, act.now
    act.session.add(task)
    for table in (TaskUnit, TaskItem):
        for old in act.session.exec(select(table).where(col(table.task_id) == task.id)):
            act.session.delete(old)
    act.session.flush()
    for demand_unit, count, tags in demands:
        act.session.add(TaskUnit(task_id=key(task), unit_id=key(demand_unit), count=count, tags=sorted(tags)))
    for item in items:
        act.session.add(TaskItem(task_id=key(task), item_id=key(item)))
    act.record(
        "complete",
        "task",
        task.id,
        after={
            "mode": mode,
            "reason": reason,
            "scope": scope,
            "strata": strata,
            "strata_order": task.strata_order,
            "base": base,
            "base_reason": base_reason,
            "times": times,
            "ends": ends.isoformat(),
        },
    )


def may_be_drawn(session: Session, task: Task) -> None:
    """Refuse a draw from a draft, and one whose items have no basis any more or are out of force (S3).

    A rehearsal inspects nobody, so it may be made from a draft.
    """
    plan = session.get_one(Plan, task.plan_id)
    if plan.state == PlanState.DRAFT and task.mode != DrawMode.REHEARSAL:
        raise Refused("年度抽查计划还是草案，批准以后才能抽取。请在 /plan 中送领导审批，或者登记已经印发的文件。")
    for item in items_of(session, key(task)):
        if not item.basis.strip():
            raise Refused(f"事项「{item.name}」没有检查依据，不得检查。请在 /registers 中补上依据，再来抽取。")
        if not item.active:
            raise Refused(f"事项「{item.name}」已经停用，不得检查。请在 /plan 中改选事项，再来抽取。")


def open_to_import(plan: Plan) -> None:
    """Refuse to write a table over a published plan: it changes by adjustment alone (S1, S4: 严格履行相关工作程序)."""
    if plan.state == PlanState.PUBLISHED:
        raise Refused(
            f"{plan.year} 年度抽查计划已经发布，改动要经领导批准。"
            "请发送 /plan，按「调整计划」，选好原因以后再把这份表发来。"
        )


def items_of(session: Session, task_id: int) -> list[Item]:
    """The items of a task, by code."""
    found = select(Item).join(TaskItem, col(TaskItem.item_id) == col(Item.id)).where(TaskItem.task_id == task_id)
    return list(session.exec(found.order_by(col(Item.code))))


def units_of(session: Session, task_id: int) -> list[TaskUnit]:
    """The demand lines of a task."""
    return list(session.exec(select(TaskUnit).where(TaskUnit.task_id == task_id).order_by(col(TaskUnit.id))))


def drawn_for(session: Session, unit_ids: set[int]) -> list[Task]:
    """Tasks of some units that were drawn, the open ones first."""
    found = session.exec(
        select(Task)
        .where(col(Task.state).in_([TaskState.DRAWN, TaskState.CLOSED]), col(Task.unit_id).in_(list(unit_ids)))
        .order_by(col(Task.closed_at).is_not(None), col(Task.plan_no))
    )
    return list(found)


def tasks_for(session: Session, unit_ids: set[int], states: set[TaskState]) -> list[Task]:
    """Tasks in some states: the written ones of the whole plan, the completed ones of the units."""
    found = session.exec(select(Task).where(col(Task.state).in_(list(states))).order_by(col(Task.plan_no)))
    return [task for task in found if task.unit_id is None or task.unit_id in unit_ids]
