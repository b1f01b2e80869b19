"""What tasks and people owe by a date beside the reports: visits, publications, follow-ups, backfill, certificates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, case, select
from sqlmodel import Session, col, func

from models import publishing
from models.backfill import Backfill
from models.followup import Followup
from models.inspector import Inspector
from models.plan import Task
from models.publication import Publication
from models.visit import Seat, Visit
from models.words import DrawMode, InspectorState, SeatState, VisitState

# A visit is owed by its inspectors until its result is handed in.
TO_VISIT = (VisitState.SENT, VisitState.RETURNED, VisitState.DISPUTED)
_ON_TEAM = (SeatState.WAITING, SeatState.ACCEPTED)


class Kind(StrEnum):
    """What is owed."""

    VISIT = "visit"
    PUBLICATION = "publication"
    FOLLOWUP = "followup"
    BACKFILL = "backfill"
    CERTIFICATE = "certificate"
    # What is published beside the results of visits, by the group in which it is registered (models.publishing).
    PLAN_PUBLICATION = "plan_publication"
    WORK_PLAN_PUBLICATION = "work_plan_publication"
    DISPOSAL_PUBLICATION = "disposal_publication"
    ITEM_PUBLICATION = "item_publication"


_PUBLISHED = {
    Kind.PLAN_PUBLICATION: publishing.PLAN,
    Kind.WORK_PLAN_PUBLICATION: publishing.WORK_PLAN,
    Kind.DISPOSAL_PUBLICATION: publishing.DISPOSALS,
    Kind.ITEM_PUBLICATION: publishing.ITEMS,
}


@dataclass(frozen=True)
class TaskDue:
    """So many of one kind by a day: `subject_id` is the task's id (of a certificate the inspector's, of a plan the
    version's, of items the office's).

    `person_id` is who owes it; None says that the staff of the unit do. `estimated` marks a day that is 暂估.
    """

    kind: Kind
    subject_id: int
    unit_id: int
    due: date
    what: str
    count: int
    person_id: int | None = None
    estimated: bool = False


def until(session: Session, last: date, last_certificate: date) -> list[TaskDue]:
    """All that is open and falls due up to `last`, certificates up to `last_certificate`. Rehearsals owe nothing."""
    found = [*_visits(session, last), *_publications(session, last), *_followups(session, last)]
    found += [*_backfills(session, last), *_certificates(session, last_certificate)]
    return found + [each for kind in _PUBLISHED for each in _published(session, kind, last)]


def open_count(session: Session, kind: Kind, subject_id: int, due: date, person_id: int) -> tuple[str, int, bool]:
    """What it is about, how many are still open, and whether the day is an estimate; (…, 0, …) once all is done.

    A visit counts for the person alone, a follow-up for the person or, where nobody owns it, for the staff.
    """
    if kind in _PUBLISHED:
        mine = [each for each in _published(session, kind, due, subject_id) if each.due == due]
        return _said(mine)
    rows = {
        Kind.VISIT: _visits,
        Kind.PUBLICATION: _publications,
        Kind.FOLLOWUP: _followups,
        Kind.BACKFILL: _backfills,
        Kind.CERTIFICATE: _certificates,
    }[kind](session, due, subject_id)
    mine = [each for each in rows if each.due == due and each.person_id in (None, person_id)]
    if kind == Kind.CERTIFICATE:
        mine = [each for each in rows if each.due == due]
    return _said(mine)


def _said(mine: list[TaskDue]) -> tuple[str, int, bool]:
    what = mine[0].what if mine else ""
    return what, sum(each.count for each in mine), any(each.estimated for each in mine)


def _published(session: Session, kind: Kind, last: date, group: int | None = None) -> Iterator[TaskDue]:
    for each in publishing.beside_results(session, last, _PUBLISHED[kind], group):
        yield TaskDue(kind, each.group, each.unit_id, each.due, each.title, each.count, estimated=each.estimated)


def _visits(session: Session, last: date, task_id: int | None = None) -> Iterator[TaskDue]:
    found = (
        select(col(Task.id), col(Task.unit_id), col(Task.name), col(Visit.due), col(Inspector.person_id), func.count())
        .join(Visit, col(Visit.task_id) == col(Task.id))
        .join(Seat, col(Seat.visit_id) == col(Visit.id))
        .join(Inspector, col(Inspector.id) == col(Seat.inspector_id))
        .where(col(Visit.state).in_(TO_VISIT), col(Visit.due) <= last, col(Task.mode) != DrawMode.REHEARSAL)
        .where(col(Seat.state).in_(_ON_TEAM), col(Inspector.person_id).is_not(None), *_only(Task.id, task_id))
        .group_by(col(Task.id), col(Task.unit_id), col(Task.name), col(Visit.due), col(Inspector.person_id))
    )
    for task, unit_id, name, due, person_id, count in session.execute(found):
        yield TaskDue(Kind.VISIT, task, unit_id, due, name, count, person_id)


def _publications(session: Session, last: date, task_id: int | None = None) -> Iterator[TaskDue]:
    estimated = func.max(case((col(Publication.estimated), 1), else_=0))
    found = (
        select(col(Task.id), col(Task.unit_id), col(Task.name), col(Publication.due), func.count(), estimated)
        .join(Visit, col(Visit.task_id) == col(Task.id))
        .join(Publication, (col(Publication.subject) == "visit") & (col(Publication.subject_id) == col(Visit.id)))
        .where(col(Visit.state) == VisitState.PASSED, col(Publication.done_on).is_(None), col(Publication.due) <= last)
        .where(col(Task.mode) != DrawMode.REHEARSAL, *_only(Task.id, task_id))
        .group_by(col(Task.id), col(Task.unit_id), col(Task.name), col(Publication.due))
    )
    for task, unit_id, name, due, count, guessed in session.execute(found):
        yield TaskDue(Kind.PUBLICATION, task, unit_id, due, name, count, estimated=bool(guessed))


def _followups(session: Session, last: date, task_id: int | None = None) -> Iterator[TaskDue]:
    found = (
        select(col(Task.id), col(Task.unit_id), col(Task.name), col(Followup.due), col(Followup.owner_id), func.count())
        .join(Visit, col(Visit.task_id) == col(Task.id))
        .join(Followup, col(Followup.visit_id) == col(Visit.id))
        .where(col(Followup.closed_at).is_(None), col(Followup.due) <= last, col(Task.mode) != DrawMode.REHEARSAL)
        .where(*_only(Task.id, task_id))
        .group_by(col(Task.id), col(Task.unit_id), col(Task.name), col(Followup.due), col(Followup.owner_id))
    )
    for task, unit_id, name, due, owner, count in session.execute(found):
        yield TaskDue(Kind.FOLLOWUP, task, unit_id, due, name, count, owner)


def _backfills(session: Session, last: date, task_id: int | None = None) -> Iterator[TaskDue]:
    estimated = func.max(case((col(Backfill.estimated), 1), else_=0))
    found = (
        select(col(Task.id), col(Task.unit_id), col(Task.name), col(Backfill.due), func.count(), estimated)
        .join(Visit, col(Visit.task_id) == col(Task.id))
        .join(Backfill, col(Backfill.visit_id) == col(Visit.id))
        .where(col(Backfill.done_on).is_(None), col(Backfill.due) <= last, *_only(Task.id, task_id))
        .group_by(col(Task.id), col(Task.unit_id), col(Task.name), col(Backfill.due))
    )
    for task, unit_id, name, due, count, guessed in session.execute(found):
        yield TaskDue(Kind.BACKFILL, task, unit_id, due, name, count, estimated=bool(guessed))


def _certificates(session: Session, last: date, inspector_id: int | None = None) -> Iterator[TaskDue]:
    found = select(Inspector).where(col(Inspector.valid_until) <= last, *_only(Inspector.id, inspector_id))
    for row in session.scalars(found.where(col(Inspector.state) == InspectorState.ACTIVE).order_by(col(Inspector.id))):
        yield TaskDue(Kind.CERTIFICATE, row.id or 0, row.unit_id, row.valid_until, row.name, 1, row.person_id)


def _only(column: object, wanted: int | None) -> list[ColumnElement[bool]]:
    return [] if wanted is None else [col(column) == wanted]
