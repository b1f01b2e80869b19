"""年度抽查比例: whether the year's 5 % will be reached at the pace so far, and a warning in time to the staff."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlmodel import Session, col, func, select

from models import figures, people
from models.act import Act, key
from models.base import SHANGHAI
from models.figures import Reached
from models.holidays import calendar
from models.outbox import Outbox
from models.people import Unit
from models.plan import Plan, Task
from models.policy import Policy
from models.words import DrawMode, Role, TaskState

# Before so much of the year is over, a pace says nothing: offices draw from March on.
FROM_MONTH = 4
_UNDRAWN = (TaskState.WRITTEN, TaskState.COMPLETED)


@dataclass(frozen=True)
class Outlook:
    """The yearly ratio at the pace so far, in whole entities: `projected` by the year's end, of `needed`.

    `days` of `of_days` of the year are over. `undrawn` tasks of the plan are still to be drawn. `monthly` is how many
    a month from now on reach it, this month included.
    """

    reached: Reached
    days: int
    of_days: int
    projected: int
    needed: int
    undrawn: int
    monthly: int

    @property
    def short(self) -> bool:
        """Whether the target will be missed at this pace."""
        return self.projected < self.needed


def outlook(session: Session, policy: Policy, unit_ids: set[int], today: date) -> Outlook | None:
    """The outlook of the profile's `ratio` target; None where it has none or the register is empty.

    Linear and exact: what was drawn so far, divided by the days of the year that are over and multiplied by all of
    them, cut off to whole entities. What is reached already stays reached.
    """
    target = policy.target("ratio")
    if target is None:
        return None
    part, whole = figures.yearly(session, unit_ids, today.year)
    if not whole:
        return None
    reached = Reached(target, part, whole, policy.clause("targets.ratio"))
    of_days = (date(today.year + 1, 1, 1) - date(today.year, 1, 1)).days
    days = (today - date(today.year, 1, 1)).days + 1
    undrawn = session.exec(
        select(func.count())
        .select_from(Task)
        .join(Plan, col(Plan.id) == col(Task.plan_id))
        .where(Plan.year == today.year, col(Task.unit_id).in_(unit_ids) | col(Task.unit_id).is_(None))
        .where(col(Task.state).in_(_UNDRAWN), Task.mode != DrawMode.REHEARSAL)
    ).one()
    needed = part + reached.missing
    months = 13 - today.month
    return Outlook(
        reached=reached,
        days=days,
        of_days=of_days,
        projected=int(Fraction(part * of_days, days)),
        needed=needed,
        undrawn=undrawn,
        monthly=-(-reached.missing // months),
    )


def tick(act: Act) -> int:
    """Warn the staff of each office of the profile once a month, from April on, while the ratio will be missed.

    On working days from the profile's hour on; returns how many were told.
    """
    now = act.now.astimezone(SHANGHAI)
    today, rules = now.date(), act.policy.reminders
    if today.month < FROM_MONTH or now.hour < rules.hour or rules.is_quiet(now.time()):
        return 0
    if not calendar(act.session).is_working(today):
        return 0
    told = 0
    for office in act.session.exec(select(Unit).where(Unit.policy == act.policy.name).order_by(col(Unit.id))).all():
        staff = people.holders(act.session, Role.STAFF, key(office))
        marks = {key(each): f"shortfall:{office.id}:{each.id}:{today:%Y-%m}" for each in staff}
        if not staff or all(_said(act.session, mark) for mark in marks.values()):
            continue
        found = outlook(act.session, act.policy, people.below(act.session, key(office)), today)
        if found is None or not found.short:
            continue
        for person in staff:
            told += act.tell("shortfall", marks[key(person)], person=person, unit=office.id, day=today.isoformat())
    return told


def _said(session: Session, mark: str) -> bool:
    return session.exec(select(Outbox.id).where(Outbox.key == mark)).first() is not None
