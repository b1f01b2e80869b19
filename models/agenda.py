"""日程: one person's deadlines and visits as days with stable names, for a calendar of the person's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import col, func, or_, select

from models import duty, visit
from models.act import Act
from models.base import SHANGHAI
from models.duty import Deadline, DeadlineState
from models.people import Grant, Unit
from models.plan import Task
from models.visit import Seat, Visit
from models.words import DrawMode, Role, SeatState

# What was done so lately is still in the file, as cancelled, so that a calendar drops it.
_BACK = timedelta(days=90)


@dataclass(frozen=True)
class Entry:
    """One day: `uid` never changes, whatever else does; `done` says that nothing is owed any more."""

    uid: str
    day: date
    what: str
    where: str
    limit: date | None
    estimated: bool
    done: bool


def entries(act: Act) -> list[Entry]:
    """The actor's own reports as 联络员 and own visits, by day. Entities are not named: calendars leave the office."""
    found = [*_reports(act), *_visits(act)]
    return sorted(found, key=lambda each: (each.day, each.uid))


def _reports(act: Act) -> Iterator[Entry]:
    since = act.now.astimezone(SHANGHAI).date() - _BACK
    mine = select(Grant.unit_id).where(Grant.person_id == act.person_id, Grant.role == Role.LIAISON)
    found = (
        select(Deadline, Unit.name)
        .join(Unit, col(Unit.id) == col(Deadline.unit_id))
        .where(col(Deadline.unit_id).in_(mine))
        .where(or_(Deadline.state == DeadlineState.OPEN, col(Deadline.limit) >= since))
    )
    for row, unit in act.session.exec(found):
        what = f"{row.title}（{duty.period_text(row)}）"
        done = row.state != DeadlineState.OPEN
        yield Entry(f"deadline-{row.id}", row.aim, what, unit, row.limit, row.estimated, done)


def _visits(act: Act) -> Iterator[Entry]:
    """One entry for each task and last day; done once no visit of it is left for the person."""
    own = visit.inspector_of(act.session, act.person_id)
    if own is None:
        return
    since = act.now.astimezone(SHANGHAI).date() - _BACK
    found = (
        select(Task, col(Visit.due), col(Visit.state), func.count())
        .join(Visit, col(Visit.task_id) == col(Task.id))
        .join(Seat, col(Seat.visit_id) == col(Visit.id))
        .where(Seat.inspector_id == own.id, Seat.state != SeatState.LEFT, col(Visit.sent_at).is_not(None))
        .where(Visit.due >= since, Task.mode != DrawMode.REHEARSAL)
        .group_by(col(Task.id), col(Visit.due), col(Visit.state))
    )
    counts: dict[tuple[int, date], tuple[Task, int, int]] = {}
    for task, due, state, count in act.session.exec(found):
        _, open_, all_ = counts.get((task.id or 0, due), (task, 0, 0))
        counts[task.id or 0, due] = (task, open_ + count * (state in visit.OPEN), all_ + count)
    for (task_id, due), (task, open_, all_) in counts.items():
        what = f"检查任务「{task.name}」{open_ or all_} 户"
        yield Entry(f"visits-{task_id}-{due.isoformat()}-{own.id}", due, what, "", None, False, not open_)
