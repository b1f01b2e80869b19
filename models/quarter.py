"""季度总结 of the office itself, for the leader to sign: figures of the rows, targets, and what the lists say."""

from dataclasses import fields
from datetime import date, timedelta

from models import figures, people, summary, tally
from models.act import Act, Refused, key
from models.base import SHANGHAI
from models.subject import quarter_text
from models.views_plan import TargetView
from models.views_report import FiguresView, SummaryView

# So long after its end a quarter is still the one to be summed up.
_STILL = timedelta(days=30)


def number_of(day: date) -> int:
    """Year and quarter as one number (20261 is 2026年第一季度): the one that ended lately, else the running one."""
    before = day - _STILL
    meant = before if (before.year, _quarter(before)) != (day.year, _quarter(day)) else day
    return meant.year * 10 + _quarter(meant)


def view(act: Act, number: int) -> SummaryView:
    """The letter to the office above. NoRight for whoever looks after no unit; what nobody can know stays blank."""
    units = summary.units_of(act)
    office = people.root(act.session)
    if office is None:
        raise Refused("还没有建立单位。")
    year, quarter = divmod(number, 10)
    if not 1 <= quarter <= 4 or not 2000 <= year <= 2100:
        raise Refused("没有这个季度。")
    today = act.now.astimezone(SHANGHAI).date()
    first = date(year, 3 * quarter - 2, 1)
    last = date(year + quarter // 4, 3 * quarter % 12 + 1, 1) - timedelta(days=1)
    if first > today:
        raise Refused("这个季度还没有开始。")
    until = min(last, today)
    below = set(people.below(act.session, key(office))) & units
    return SummaryView(
        office=office.name,
        sample=office.sample,
        rehearsal=False,
        number="",
        number_word="",
        issued=today,
        unit=office.name,
        to=act.policy.office.superior,
        period=quarter_text(number),
        period_word="本季度",
        first=first,
        last=until,
        now=_counts(act, below, first, until),
        total=_counts(act, below, date(year, 1, 1), until),
        targets=tuple(
            TargetView(
                name=f"{each.unit}{each.target.label}",
                at_least=figures.shown(each.target.at_least),
                reached="" if each.figure is None else figures.shown(each.figure),
                holds=each.reached,
                clause=each.clause,
            )
            for each in figures.targets(act.session, act.policy, below, until)
        ),
        doings=(),
        problems=_problems(act),
        next_steps=_next(act),
        contact_name="",
        contact_phone="",
    )


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _counts(act: Act, units: set[int], first: date, last: date) -> FiguresView:
    known = tally.counts(act.session, units, first, last)
    return FiguresView(**{each.name: known.get(each.name) for each in fields(FiguresView)})


def _problems(act: Act) -> tuple[str, ...]:
    """What is overdue now, by kind; one sentence where nothing is."""
    late: dict[str, int] = {}
    for each in summary.owed(act)[0]:
        late[each.kind] = late.get(each.kind, 0) + each.count
    if not late:
        return ("截至目前，没有逾期事项。",)
    return ("截至目前，逾期未办结的有：" + "，".join(f"{kind} {n} 项" for kind, n in late.items()) + "。",)


def _next(act: Act) -> tuple[str, ...]:
    """What falls due within sixty days, each kind once with its first day."""
    found: dict[str, tuple[date, int]] = {}
    today = act.now.astimezone(SHANGHAI).date()
    for each in summary.ahead(act, 60):
        if each.due >= today:
            day, count = found.get(each.what, (each.due, 0))
            found[each.what] = (min(day, each.due), count + each.count)
    if not found:
        return ()
    steps = [f"{what} {n} 项（最早 {day.month} 月 {day.day} 日到期）" for what, (day, n) in list(found.items())[:8]]
    return ("今后两个月重点办理：" + "；".join(steps) + "。",)
