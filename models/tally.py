"""What happened in a period, counted from the rows by the day it happened: what the ledger knows for a report."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import String, and_, cast, or_
from sqlmodel import Session, col, func, select

from models.backfill import FOLLOWUP, Backfill
from models.base import SHANGHAI
from models.followup import Followup
from models.plan import Plan, Task, TaskUnit
from models.planversion import PlanVersion
from models.publication import Publication
from models.result import Result
from models.visit import Seat, Visit
from models.words import PROBLEMS, Category, DrawMode, Outcome, SeatState, VisitState

# Which measures count where; profiles name their own kinds by these codes.
ORDERED, CASES = ("rectify",), ("case",)
TRANSFERS, LISTED = ("transfer", "judicial"), ("listing",)
_PASSED = (VisitState.PASSED, VisitState.PUBLISHED)


def counts(session: Session, unit_ids: Collection[int], first: date, last: date) -> dict[str, int]:
    """Figures of `models.report_form` for these units from `first` to `last`, both included; what no row can tell is
    left out. What is late is counted as of `last`. Rehearsals and visits that no draw made are not in them.
    """
    start = datetime.combine(first, time(), SHANGHAI)
    end = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
    ids = list(unit_ids)
    found = _drawn(session, ids, start, end)
    found |= _inspected(session, ids, first, last, start, end)
    return found | _followed(session, ids, last, start, end) | _planned(session, ids, start, end)


def has_rows(session: Session, unit_ids: Collection[int], year: int) -> bool:
    """Whether any task of these units was drawn or is planned in a year: else its figures stand elsewhere."""
    found = select(Task.id).join(Plan, col(Plan.id) == col(Task.plan_id))
    found = found.where(col(Task.unit_id).in_(list(unit_ids)), Plan.year == year, Task.mode != DrawMode.REHEARSAL)
    return session.exec(found.limit(1)).first() is not None


def _scope(ids: list[int]) -> tuple[Any, ...]:
    return col(Task.unit_id).in_(ids), col(Task.mode) != DrawMode.REHEARSAL, col(Visit.origin) == "抽取"


def _within(column: Any, start: Any, end: Any) -> Any:
    return and_(column >= start, column < end)


def _some(condition: Any) -> Any:
    return func.count().filter(condition)


def _drawn(session: Session, ids: list[int], start: datetime, end: datetime) -> dict[str, int]:
    """Tasks by the day of their first draw, entities by their own."""
    first_drawn = (
        select(col(Visit.task_id).label("task_id"), func.min(Visit.drawn_at).label("at"))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(*_scope(ids))
        .group_by(col(Visit.task_id))
        .subquery()
    )
    several = select(TaskUnit.task_id).group_by(col(TaskUnit.task_id))
    several = several.having(func.count(func.distinct(TaskUnit.unit_id)) > 1)
    strata = cast(col(Task.strata), String)
    tasks, joint, credit = session.exec(
        select(func.count(), _some(col(Task.id).in_(several)), _some(and_(strata != "{}", strata.not_like('%"*"%'))))
        .select_from(Task)
        .join(first_drawn, first_drawn.c.task_id == col(Task.id))
        .where(_within(first_drawn.c.at, start, end))
    ).one()
    entities, joint_entities, due = session.exec(
        select(func.count(), _some(col(Visit.task_id).in_(several)), _some(Visit.state != VisitState.CANCELLED))
        .select_from(Visit)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(*_scope(ids), _within(col(Visit.drawn_at), start, end))
    ).one()
    names = ("tasks", "joint_tasks", "credit_tasks", "entities", "joint_entities", "due")
    return dict(zip(names, (tasks, joint, credit, entities, joint_entities, due), strict=True))


def _inspected(
    session: Session, ids: list[int], first: date, last: date, start: datetime, end: datetime
) -> dict[str, int]:
    """Visits by the day they were made, passed and published, and the people who went."""
    newest = select(Result.visit_id, func.max(Result.version).label("version")).group_by(col(Result.visit_id))
    latest = newest.subquery()
    made = (
        select(col(Visit.id).label("id"))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .join(Result, col(Result.visit_id) == col(Visit.id))
        .join(latest, (latest.c.visit_id == Result.visit_id) & (latest.c.version == Result.version))
        .where(*_scope(ids), Visit.state != VisitState.CANCELLED, Result.checked_on >= first, Result.checked_on <= last)
        .subquery()
    )
    checked = session.exec(select(func.count()).select_from(made)).one()
    people = session.exec(
        select(func.count())
        .select_from(Seat)
        .join(made, made.c.id == col(Seat.visit_id))
        .where(Seat.state != SeatState.LEFT)
    ).one()
    kinds = cast(col(Result.categories), String)
    bad = or_(*(kinds.like(f'%"{each}"%') for each in (*PROBLEMS, Category.CORRECTED)))
    entered, problems = session.exec(
        select(func.count(), _some(bad))
        .select_from(Visit)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .join(Result, col(Result.visit_id) == col(Visit.id))
        .join(latest, (latest.c.visit_id == Result.visit_id) & (latest.c.version == Result.version))
        .where(*_scope(ids), col(Visit.state).in_(_PASSED), _within(col(Visit.passed_at), start, end))
    ).one()
    waits = and_(col(Publication.done_on).is_(None), col(Publication.due) < last, col(Visit.state) == VisitState.PASSED)
    published, late = session.exec(
        select(_some(and_(col(Publication.done_on) >= first, col(Publication.done_on) <= last)), _some(waits))
        .select_from(Visit)
        .join(Task, col(Task.id) == col(Visit.task_id))
        .join(Publication, (col(Publication.subject) == "visit") & (col(Publication.subject_id) == col(Visit.id)))
        .where(*_scope(ids))
    ).one()
    names = ("checked", "entered", "published", "unpublished_late", "person_times", "problems")
    return dict(zip(names, (checked, entered, published, late, people, problems), strict=True))


def _followed(session: Session, ids: list[int], last: date, start: datetime, end: datetime) -> dict[str, int]:
    """后续处置 by the day it was opened and closed, and what of it was to be entered on the platform (回填)."""
    opened, closed = (_within(col(each), start, end) for each in (Followup.opened_at, Followup.closed_at))
    measure = col(Followup.measure)
    kinds = {"ordered": ORDERED, "cases": CASES, "transfers": TRANSFERS, "listed": LISTED}
    # What was changed for another kind was never made; what failed its recheck was not put right.
    made, settled = col(Followup.outcome) != Outcome.CHANGED, col(Followup.outcome) == Outcome.SETTLED
    wanted = {name: and_(opened, made, measure.in_(codes)) for name, codes in kinds.items()}
    wanted["rectified"] = and_(closed, settled, measure.in_(ORDERED))
    row = session.exec(
        select(*(_some(each) for each in wanted.values()))
        .select_from(Followup)
        .join(Visit, col(Visit.id) == col(Followup.visit_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(*_scope(ids))
    ).one()
    due, done = col(Backfill.due), col(Backfill.done_on)
    first = start.astimezone(SHANGHAI).date()
    entered = {
        "backfill_due": and_(due >= first, due <= last),
        "backfilled": and_(done >= first, done <= last),
        "backfill_late": and_(done.is_(None), due < last),
    }
    filled = session.exec(
        select(*(_some(each) for each in entered.values()))
        .select_from(Backfill)
        .join(Visit, col(Visit.id) == col(Backfill.visit_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(*_scope(ids), Backfill.subject == FOLLOWUP)
    ).one()
    return dict(zip(wanted, row, strict=True)) | dict(zip(entered, filled, strict=True))


def _planned(session: Session, ids: list[int], start: datetime, end: datetime) -> dict[str, int]:
    """计划调整: versions after the first of these units' own plans; a unit without a plan of its own is asked."""
    if session.exec(select(Plan.id).where(col(Plan.unit_id).in_(ids)).limit(1)).first() is None:
        return {}
    changes = session.exec(
        select(func.count())
        .select_from(PlanVersion)
        .join(Plan, col(Plan.id) == col(PlanVersion.plan_id))
        .where(col(Plan.unit_id).in_(ids), col(PlanVersion.number) > 1)
        .where(_within(col(PlanVersion.decided_at), start, end))
    ).one()
    return {"plan_changes": changes}
