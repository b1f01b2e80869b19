"""Figures of a period counted from the rows: tasks, visits, publication, follow-ups, and targets against them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import String, and_, case, cast, exists, literal_column, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models import people
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
# Somebody was there and said what was found.
_CHECKED = (VisitState.ENTERED, VisitState.DISPUTED, VisitState.CONFIRMED, VisitState.RETURNED, *_PASSED)
# What nearly all results say, as it is stored: told apart before any word is looked for.
_CLEAN = f'["{Category.NO_PROBLEM}"]'


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
    return _grouped(session, col(Task.id), unit_ids, first, last, today)


def of_units(session: Session, unit_ids: Iterable[int], first: date, last: date, today: date) -> dict[int, Figures]:
    """Figures of each of these units, by id in the order of the tree's rows; one with nothing is there with 0."""
    wanted = set(unit_ids)
    ids = [unit_id for unit_id in session.exec(select(Unit.id).order_by(col(Unit.id))) if unit_id in wanted]
    found = _grouped(session, col(Task.unit_id), wanted, first, last, today)
    return {unit_id: found.get(unit_id, Figures()) for unit_id in ids if unit_id is not None}


def _grouped(
    session: Session, by: Any, unit_ids: Iterable[int], first: date, last: date, today: date
) -> dict[int, Figures]:
    """Figures of what was drawn from `first` to `last` for each value of a column, or of all under 0."""
    start = datetime.combine(first, time(), SHANGHAI)
    end = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
    scope = (
        people.among(session, col(Task.unit_id), unit_ids),
        Task.mode != DrawMode.REHEARSAL,
        # What staff add by hand is no part of the draw's figures.
        Visit.origin == "抽取",
        # Of an entity that was gone, the visit that took its place is counted instead.
        Visit.ended != Ended.REPLACED,
        Visit.drawn_at >= start,
        Visit.drawn_at < end,
    )
    several = select(TaskUnit.task_id).group_by(col(TaskUnit.task_id))
    joint = col(Task.id).in_(several.having(func.count(func.distinct(TaskUnit.unit_id)) > 1))
    strata, kinds = cast(col(Task.strata), String), cast(col(Result.categories), String)
    by_class = and_(strata != "{}", strata.not_like('%"*"%'))
    state = col(Visit.state)
    waits = exists().where(col(Followup.visit_id) == col(Visit.id), col(Followup.closed_at).is_(None))
    published = (col(Publication.subject) == "visit") & (col(Publication.subject_id) == col(Visit.id))
    over = and_(col(Publication.done_on).is_(None), col(Publication.due) < today)
    open_ = col(Followup.closed_at).is_(None)
    newer = aliased(Result)
    latest = ~exists().where(col(newer.visit_id) == col(Result.visit_id), col(newer.version) > col(Result.version))
    bad = or_(*(kinds.like(f'%"{each}"%') for each in (*PROBLEMS, Category.CORRECTED)))
    visits = {
        "tasks": func.count(func.distinct(Task.id)),
        "joint_tasks": func.count(func.distinct(case((joint, col(Task.id))))),
        "credit_tasks": func.count(func.distinct(case((by_class, col(Task.id))))),
        "entities": func.count(),
        "joint_entities": func.count().filter(joint),
        "due": func.count().filter(state != VisitState.CANCELLED),
        "checked": func.count().filter(state.in_(_CHECKED)),
        "entered": func.count().filter(state.in_(_PASSED)),
        "published": func.count().filter(state == VisitState.PUBLISHED),
        "finished": func.count().filter(state == VisitState.PUBLISHED, ~waits),
    }
    late, problems = {"unpublished_late": func.count()}, {"problems": func.count()}
    measures = {
        "followups": func.count(),
        "followups_closed": func.count().filter(~open_),
        "followups_late": func.count().filter(open_, col(Followup.due) < today),
    }
    counts: dict[int, dict[str, int]] = {}

    def add(wanted: dict[str, Any], *where: Any, via: Any = None, on: Any = None) -> None:
        found = (
            select(literal_column("0") if by is None else by, *wanted.values())
            .select_from(Visit)
            .join(Task, col(Task.id) == col(Visit.task_id))
        )
        found = found.join(via, on) if via is not None else found
        found = found.where(*scope, *where)
        for value, *row in session.execute(found if by is None else found.group_by(by)):
            counts.setdefault(value, {}).update(zip(wanted, row, strict=True))

    add(visits)
    add(late, state == VisitState.PASSED, over, via=Publication, on=published)
    passed = state.in_(_PASSED)
    add(problems, passed, kinds != _CLEAN, bad, latest, via=Result, on=col(Result.visit_id) == col(Visit.id))
    add(measures, via=Followup, on=col(Followup.visit_id) == col(Visit.id))
    return {value: Figures(**found) for value, found in counts.items() if found.get("entities")}


def _whole(session: Session, unit_ids: Iterable[int], first: date, last: date, today: date) -> Figures:
    """Figures of all these units together."""
    return _grouped(session, None, unit_ids, first, last, today).get(0, Figures())


def total(figures: Iterable[Figures]) -> Figures:
    """The sum."""
    return sum(figures, Figures())


def yearly(session: Session, unit_ids: Iterable[int], year: int) -> tuple[int, int]:
    """年度抽查比例: distinct entities drawn in the year, and the register with those of them that left it since."""
    start, end = (datetime(each, 1, 1, tzinfo=SHANGHAI) for each in (year, year + 1))
    drawn = (
        select(Visit.entity_id)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(
            people.among(session, col(Task.unit_id), unit_ids), Task.mode != DrawMode.REHEARSAL, Visit.origin == "抽取"
        )
        .where(Visit.drawn_at >= start, Visit.drawn_at < end, Visit.ended != Ended.REPLACED)
        .distinct()
        .subquery()
    )
    gone = func.count().filter(col(Entity.state) != EntityState.ACTIVE)
    part, left = session.exec(
        select(func.count(), gone).select_from(drawn).join(Entity, col(Entity.id) == drawn.c.entity_id)
    ).one()
    active = session.exec(select(func.count()).select_from(Entity).where(Entity.state == EntityState.ACTIVE)).one()
    return part, active + left


def targets(session: Session, policy: Policy, unit_ids: Iterable[int], today: date) -> list[Reached]:
    """The profile's targets against this year's figures, in its order; those of each unit once for each that drew."""
    ids = set(unit_ids)
    first, last = date(today.year, 1, 1), date(today.year, 12, 31)
    units = of_units(session, ids, first, last, today) if any(each.per == "unit" for each in policy.targets) else {}
    whole = total(units.values()) if units else _whole(session, ids, first, last, today)
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
