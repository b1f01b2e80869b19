"""Who can be drawn and who can be sent: a task's pool, exclusions, roster and demands, as the draw freezes them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models import holidays, inspector, match, people, plan, positions, visit
from models.act import Act, Refused, key
from models.inspector import Inspector, Recusal
from models.people import Unit
from models.plan import Task
from models.quota import Quota
from models.words import DrawMode, EntityState, TaskState, chinese

BLACKLIST = "黑名单"
# A recusal whose reason was not written down.
RECUSED = "回避"


@dataclass(frozen=True)
class Stratum:
    """One stratum of a task: how many there are, by which rule, and how many will be taken."""

    name: str
    size: int
    rule: str
    quota: int


@dataclass(frozen=True)
class Pool:
    """Everything that an announcement freezes (PROTOCOL §2), before salts."""

    as_of: date
    pool: tuple[tuple[str, str], ...]
    excluded: tuple[tuple[str, str], ...]
    inspectors: tuple[tuple[str, str, str], ...]
    demands: tuple[tuple[str, str, str, str], ...]
    recusals: tuple[tuple[str, str, str], ...]
    strata: tuple[Stratum, ...]
    quotas: Mapping[str, Quota]

    @property
    def quota(self) -> int:
        """Entities to be taken over all strata."""
        return sum(stratum.quota for stratum in self.strata)

    @property
    def seats(self) -> int:
        """People needed for one entity."""
        return sum(int(count) for _, _, count, _ in self.demands) // max(1, len(self.strata))

    @property
    def reasons(self) -> Counter[str]:
        """How many were left out, by reason."""
        return Counter(reason for _, reason in self.excluded)

    def unmannable(self) -> dict[str, match.Unmannable]:
        """Entities that could not be manned if they were drawn alone (PROTOCOL §3)."""
        return match.unmannable(
            self.pool,
            [
                match.Demand(entity, unit, int(count), frozenset(filter(None, tags.split(","))))
                for entity, unit, count, tags in self.demands
            ],
            [
                match.Person(label, unit, frozenset(filter(None, tags.split(","))))
                for label, unit, tags in self.inspectors
            ],
            {(entity, person) for entity, person, _ in self.recusals},
        )


def drawable(act: Act, task: Task) -> None:
    """Refuse what cannot be drawn here at all, each with its reason and the way out."""
    if task.state == TaskState.WRITTEN:
        raise Refused(f"任务 {task.plan_no} 还没有补全，不能抽取。请先在 /plan 中补全抽查范围、单位、人员和事项。")
    if task.mode == DrawMode.PLATFORM:
        raise Refused(f"任务 {task.plan_no} 在省平台抽取，请在平台抽取后把名单导入本助手。")
    if task.state in {TaskState.CLOSED, TaskState.WITHDRAWN}:
        raise Refused(f"任务 {task.plan_no} 已经办结，不能再抽取。")
    if not task.strata:
        raise Refused(f"任务 {task.plan_no} 没有抽查比例，不能抽取。请在 /plan 中补上比例或者户数。")


def build(act: Act, task: Task, *, already: set[int]) -> Pool:
    """The pool of a task now; `already` are the entities drawn in its earlier batches."""
    drawable(act, task)
    if task.starts is None or task.ends is None:
        raise Refused(f"任务 {task.plan_no} 没有抽查时间，请在 /plan 中补上。")
    session = act.session
    entities = plan.in_scope(session, task.scope)
    visited = visit.counted(session, act.now.year)
    caps = {each.code: each.yearly_cap for each in act.policy.classes}
    pool: list[tuple[str, str]] = []
    excluded: list[tuple[str, str]] = []
    as_of = None
    for entity in entities:
        as_of = max(filter(None, (as_of, entity.as_of)), default=None)
        stratum = _stratum(task, entity.risk_class, entity.tags)
        cap = caps.get(entity.risk_class)
        if (fault := positions.valid_label(entity.label)) is not None:
            # Such a code can stand in no file of the draw, so the entity could not even be listed as left out.
            raise Refused(f"名录库里「{entity.name}」的编号{fault}，不能抽取。请更正编号后再试。")
        if entity.state != EntityState.ACTIVE:
            excluded.append((entity.label, f"已{chinese(EntityState(entity.state)).removeprefix('已')}"))
        elif entity.id in already:
            excluded.append((entity.label, "本任务已抽"))
        elif cap is not None and visited.get(entity.id, 0) >= cap:
            excluded.append((entity.label, "达到年度检查上限"))
        elif stratum is None:
            excluded.append((entity.label, "没有标注本次抽查的风险等级"))
        else:
            pool.append((entity.label, stratum))
    labels = {entity.id: entity.label for entity in entities}
    sizes = Counter(stratum for _, stratum in pool)
    quotas = {name: _quota(task, text) for name, text in task.strata.items()}
    units, roster, demands = _roster(act, task, list(quotas))
    return Pool(
        as_of=as_of or act.now.date(),
        pool=tuple(pool),
        excluded=tuple(excluded),
        inspectors=tuple(
            (person.label, units[person.unit_id], ",".join(sorted(person.specialties, key=str.encode)))
            for person in roster
        ),
        demands=demands,
        recusals=_recusals(session, key(task), labels, {person.id: person.label for person in roster}),
        strata=tuple(
            Stratum(name, sizes[name], quota.text, quota.of(sizes[name])) for name, quota in sorted(quotas.items())
        ),
        quotas=quotas,
    )


def _quota(task: Task, text: str) -> Quota:
    try:
        return plan.stratum_quota(text)
    except (ValueError, ZeroDivisionError) as error:
        raise Refused(
            f"任务 {task.plan_no} 的抽取比例或者户数「{text}」抽不出检查对象，不能抽取。"
            "请在 /plan 中改成 5%、1/20 或者 9 这样的数。"
        ) from error


def last_day(act: Act, task: Task) -> date:
    """By when visits are to be made: the task's last day, or the last working day before it where it is none."""
    if task.ends is None:
        raise Refused("这项任务没有抽查时间。")
    calendar = holidays.calendar(act.session)
    return task.ends if calendar.is_working(task.ends).working else calendar.before(task.ends).date


def _stratum(task: Task, risk_class: str, tags: list[str]) -> str | None:
    if BLACKLIST in task.strata and BLACKLIST in tags:
        return BLACKLIST
    if "*" in task.strata:
        return "*"
    return risk_class if risk_class in task.strata else None


def _roster(
    act: Act, task: Task, strata: list[str]
) -> tuple[dict[int, str], list[Inspector], tuple[tuple[str, str, str, str], ...]]:
    """Units by id, the people at hand, and one demand line for each stratum and unit of the task."""
    session = act.session
    lines = plan.units_of(session, key(task))
    units = {line.unit_id: session.get_one(Unit, line.unit_id).name for line in lines}
    if task.starts is None or task.ends is None:
        raise Refused("这项任务没有抽查时间。")
    roster = inspector.at_hand(session, units, task.starts, task.ends)
    if act.policy.no_bind == "left_out":
        roster = [each for each in roster if each.person_id and people.account_of(session, each.person_id)]
    demands = tuple(
        (f"={stratum}", units[line.unit_id], str(line.count), ",".join(sorted(line.tags, key=str.encode)))
        for stratum in sorted(strata)
        for line in lines
    )
    return units, roster, demands


def _recusals(
    session: Session, task_id: int, entities: Mapping[int, str], people: Mapping[int | None, str]
) -> tuple[tuple[str, str, str], ...]:
    found = session.exec(select(Recusal).where(col(Recusal.task_id).is_(None) | (col(Recusal.task_id) == task_id)))
    return tuple(
        sorted(
            (entities[row.entity_id], people[row.inspector_id], positions.as_label(row.reason or RECUSED))
            for row in found
            if row.entity_id in entities and row.inspector_id in people
        )
    )
