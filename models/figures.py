"""Figures of a period counted from the rows: tasks, visits, publication, follow-ups, and targets against them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from sqlmodel import Session, col, func, select

from models.base import SHANGHAI
from models.entity import Entity
from models.followup import Followup
from models.people import Unit
from models.plan import Task, TaskUnit
from models.policy import Policy, Target
from models.publication import Publication
from models.result import Result
from models.visit import Visit
from models.words import PROBLEMS, Category, DrawMode, Ended, EntityState, VisitState

# The result stands: reviewed and passed. What waits for a word or was returned is 录入中 (DOMAIN §2.7).
_PASSED = (VisitState.PASSED, VisitState.PUBLISHED)


@dataclass(frozen=True)
class Figures:
    """Counts of what was drawn in a period. They add up: a whole is the sum of its units. Rehearsals are not in them.

    `tasks` were drawn then, `joint_tasks` of them by several units, `credit_tasks` by risk class. `entities` is
    抽查户数; `due` are to be inspected, `checked` have a result, `entered` a passed one, `published` are public,
    `unpublished_late` are past their day; `finished` are public with every follow-up closed (完结数).
    """

    tasks: int = 0
    joint_tasks: int = 0
    credit_tasks: int = 0
    entities: int = 0
    joint_entities: int = 0
    due: int = 0
    checked: int = 0
    entered: int = 0
    published: int = 0
    unpublished_late: int = 0
    problems: int = 0
    followups: int = 0
    followups_closed: int = 0
    followups_late: int = 0
    finished: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def joint_share(self) -> Fraction | None:
        """联合抽查任务占比."""
        return share(self.joint_tasks, self.tasks)

    @property
    def joint_entity_share(self) -> Fraction | None:
        """联合抽查户数占比."""
        return share(self.joint_entities, self.entities)

    @property
    def credit_share(self) -> Fraction | None:
        """运用信用风险任务占比."""
        return share(self.credit_tasks, self.tasks)

    @property
    def published_share(self) -> Fraction | None:
        """公示率: published of the results that stand."""
        return share(self.published, self.entered)

    @property
    def completion(self) -> Fraction | None:
        """完成率 = 已公示 / 应检查 (DOMAIN §2.7)."""
        return share(self.published, self.due)

    @property
    def closure(self) -> Fraction | None:
        """完结率 = 完结数 / 已公示 (DOMAIN §2.7)."""
        return share(self.finished, self.published)


@dataclass(frozen=True)
class Reached:
    """One target of the profile against its figure: `part` of `whole`; `unit` where each unit has to reach it.

    `missing` is how much more of the part reaches it with the whole as it is; `clause` is empty where it is assumed.
    """

    target: Target
    part: int
    whole: int
    clause: str
    unit: str = ""

    @property
    def figure(self) -> Fraction | None:
        """The exact share; None where there is nothing to count yet."""
        return share(self.part, self.whole)

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is nothing to count yet."""
        return None if self.figure is None else self.figure >= self.target.at_least

    @property
    def missing(self) -> int:
        """How many more are needed: the smallest whole number that reaches the target."""
        wanted = self.target.at_least * self.whole
        return max(0, -(-wanted.numerator // wanted.denominator) - self.part)


def share(part: int, whole: int) -> Fraction | None:
    """`part` of `whole`, exactly; None of nothing."""
    return Fraction(part, whole) if whole else None


def shown(ratio: Fraction | None) -> str:
    """A share for people, to one decimal, cut off and never rounded up, so that 99.96 % does not read as 100 %."""
    if ratio is None:
        return "—"
    tenths = ratio.numerator * 1000 // ratio.denominator
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def of_tasks(session: Session, unit_ids: Iterable[int], first: date, last: date, today: date) -> dict[int, Figures]:
    """Figures of each task of these units with an entity drawn from `first` to `last`, by task id."""
    start = datetime.combine(first, time(), SHANGHAI)
    end = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
    scope = (
        col(Task.unit_id).in_(list(unit_ids)),
        Task.mode != DrawMode.REHEARSAL,
        # What staff add by hand is no part of the draw's figures.
        Visit.origin == "抽取",
        # The visit that took its place is counted instead.
        Visit.ended != Ended.REPLACED,
        Visit.drawn_at >= start,
        Visit.drawn_at < end,
    )
    of_task = col(Task.id) == col(Visit.task_id)
    counts: dict[int, dict[str, int]] = {}

    def add(task_id: int, **more: int) -> None:
        row = counts.setdefault(task_id, {})
        for name, count in more.items():
            row[name] = row.get(name, 0) + count

    states = select(Visit.task_id, Visit.state, func.count()).join(Task, of_task).where(*scope)
    for task_id, state, count in session.exec(states.group_by(col(Visit.task_id), col(Visit.state))):
        due = count if state != VisitState.CANCELLED else 0
        passed = count if state in _PASSED else 0
        add(task_id, entities=count, due=due, entered=passed, published=count if state == VisitState.PUBLISHED else 0)

    late = (
        select(Visit.task_id, func.count())
        .join(Task, of_task)
        .join(Publication, (col(Publication.subject) == "visit") & (col(Publication.subject_id) == col(Visit.id)))
        .where(*scope, Visit.state == VisitState.PASSED, col(Publication.done_on).is_(None), Publication.due < today)
    )
    for task_id, count in session.exec(late.group_by(col(Visit.task_id))):
        add(task_id, unpublished_late=count)

    problems = {str(each) for each in (*PROBLEMS, Category.CORRECTED)}
    newest = select(Result.visit_id, func.max(Result.version).label("version")).group_by(col(Result.visit_id))
    latest = newest.subquery()
    results = (
        select(Visit.task_id, Visit.state, Result.categories)
        .join(Task, of_task)
        .join(Result, col(Result.visit_id) == col(Visit.id))
        .join(latest, (latest.c.visit_id == Result.visit_id) & (latest.c.version == Result.version))
        .where(*scope, Visit.state != VisitState.CANCELLED)
    )
    for task_id, state, categories in session.exec(results):
        add(task_id, checked=1, problems=int(state in _PASSED and bool(problems & set(categories))))

    open_ = dict[int, int]()
    measures = (
        select(col(Visit.task_id), col(Visit.id), col(Followup.due), col(Followup.closed_at))
        .join(Task, of_task)
        .join(Followup, col(Followup.visit_id) == col(Visit.id))
        .where(*scope)
    )
    for task_id, visit_id, due_on, closed_at in session.exec(measures):
        waits = closed_at is None
        add(task_id, followups=1, followups_closed=int(not waits), followups_late=int(waits and due_on < today))
        if waits and visit_id is not None:
            open_[visit_id] = task_id
    unfinished: dict[int, int] = {}
    public = select(Visit.id).join(Task, of_task).where(*scope, Visit.state == VisitState.PUBLISHED)
    if open_:
        for visit_id in session.exec(public):
            if visit_id in open_:
                unfinished[open_[visit_id]] = unfinished.get(open_[visit_id], 0) + 1

    units: dict[int, set[int]] = {}
    demands = select(TaskUnit.task_id, TaskUnit.unit_id).join(Task, col(Task.id) == col(TaskUnit.task_id))
    for task_id, unit_id in session.exec(demands.where(col(Task.unit_id).in_(list(unit_ids)))):
        units.setdefault(task_id, set()).add(unit_id)
    by_class = {
        task_id: bool(set(strata) - {"*"})
        for task_id, strata in session.exec(
            select(Task.id, Task.strata).where(col(Task.unit_id).in_(list(unit_ids)), Task.mode != DrawMode.REHEARSAL)
        )
    }
    found = {}
    for task_id, row in counts.items():
        joint = len(units.get(task_id, ())) > 1
        found[task_id] = Figures(
            **row,
            tasks=1,
            joint_tasks=int(joint),
            credit_tasks=int(by_class[task_id]),
            joint_entities=row["entities"] if joint else 0,
            finished=row["published"] - unfinished.get(task_id, 0),
        )
    return found


def of_units(session: Session, unit_ids: Iterable[int], first: date, last: date, today: date) -> dict[int, Figures]:
    """Figures of each of these units, by id in the order of the tree's rows; one with nothing is there with 0."""
    wanted = set(unit_ids)
    ids = [unit_id for unit_id in session.exec(select(Unit.id).order_by(col(Unit.id))) if unit_id in wanted]
    found = {unit_id: Figures() for unit_id in ids if unit_id is not None}
    tasks = of_tasks(session, wanted, first, last, today)
    for task_id, unit_id in session.exec(select(Task.id, Task.unit_id).where(col(Task.unit_id).in_(wanted))):
        if task_id in tasks and unit_id is not None:
            found[unit_id] += tasks[task_id]
    return found


def total(figures: Iterable[Figures]) -> Figures:
    """The sum."""
    return sum(figures, Figures())


def yearly(session: Session, unit_ids: Iterable[int], year: int) -> tuple[int, int]:
    """年度抽查比例: distinct entities drawn in the year, and the register with those of them that left it since."""
    start, end = (datetime(each, 1, 1, tzinfo=SHANGHAI) for each in (year, year + 1))
    drawn = (
        select(Visit.entity_id)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(col(Task.unit_id).in_(list(unit_ids)), Task.mode != DrawMode.REHEARSAL, Visit.origin == "抽取")
        .where(Visit.drawn_at >= start, Visit.drawn_at < end, Visit.ended != Ended.REPLACED)
        .distinct()
    )
    part = session.exec(select(func.count()).select_from(drawn.subquery())).one()
    register = (col(Entity.state) == EntityState.ACTIVE) | col(Entity.id).in_(drawn)
    return part, session.exec(select(func.count()).select_from(Entity).where(register)).one()


def targets(session: Session, policy: Policy, unit_ids: Iterable[int], today: date) -> list[Reached]:
    """The profile's targets against this year's figures, in its order; those of each unit once for each that drew."""
    ids = set(unit_ids)
    units = of_units(session, ids, date(today.year, 1, 1), date(today.year, 12, 31), today)
    whole = total(units.values())
    found = []
    for target in policy.targets:
        clause = policy.clause(f"targets.{target.code}")
        if target.code == "ratio":
            found.append(Reached(target, *yearly(session, ids, today.year), clause))
        elif target.per == "unit":
            for unit_id, figures in units.items():
                if figures.tasks:
                    name = session.get_one(Unit, unit_id).name
                    found.append(Reached(target, *_measured(target.code, figures), clause, name))
        else:
            found.append(Reached(target, *_measured(target.code, whole), clause))
    return found


def _measured(code: str, figures: Figures) -> tuple[int, int]:
    """Part and whole of a target's figure. The codes are those of `models.policy.TARGETS`."""
    return {
        "published": (figures.published, figures.entered),
        "joint_tasks": (figures.joint_tasks, figures.tasks),
        "joint_entities": (figures.joint_entities, figures.entities),
        "credit_risk": (figures.credit_tasks, figures.tasks),
    }[code]
