"""What 补全 offers: what the register holds for a scope, and what a plan row's own words probably mean (DESIGN §4)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from models import people
from models.act import Refused, key
from models.entity import Entity
from models.inspector import Inspector
from models.inspector import at_hand as certified
from models.item import Item
from models.judge import units_in
from models.people import Unit
from models.period import parse_period
from models.plan import Plan, Task, matching
from models.quota import PlanRatio, Quota, parse_ratio
from models.words import EntityState, InspectorState

_COLUMNS: dict[str, Any] = {"kinds": Entity.kind, "districts": Entity.district, "industries": Entity.industry}
# Another year in the same wording is the same wording.
_YEAR = re.compile(r"20\d\d年?度?")
_BASE = re.compile(
    r"(?:共|约|计)?(\d{1,3}(?:[,，]\d{3})+|\d{1,7})\s*(?:户|家|个|项|次|处|所|人)?\s*[,，、;；:：。\s]\s*(\S.*)", re.S
)


def plans(session: Session) -> list[Plan]:
    """The office's plans, the newest year first."""
    root = people.root(session)
    found = select(Plan).where(Plan.unit_id == (root.id if root else None))
    return list(session.exec(found.order_by(col(Plan.year).desc(), col(Plan.version).desc())))


def current(found: list[Plan], year: int) -> Plan | None:
    """Of some plans, newest first, that of a year, or of the newest before it; else the earliest that there is."""
    return next((each for each in found if each.year <= year), found[-1] if found else None)


def year_of(session: Session, task: Task) -> int:
    """The year of the plan that a row belongs to."""
    return session.get_one(Plan, task.plan_id).year


def of_plan(session: Session, plan_id: int) -> list[Task]:
    """The rows of a plan, in order."""
    return list(session.exec(select(Task).where(Task.plan_id == plan_id).order_by(col(Task.row), col(Task.id))))


def spread(session: Session, name: str, scope: dict[str, list[str]]) -> list[tuple[str, int]]:
    """Values for a scope's list (`kinds`, `districts`) among the active entities, with counts, largest first."""
    column = col(_COLUMNS[name])
    wide = {each: values for each, values in scope.items() if each != name}
    found = matching(wide).with_only_columns(column, func.count()).where(col(Entity.state) == EntityState.ACTIVE)
    counted = session.execute(found.order_by(None).group_by(column)).all()
    return sorted(((value, n) for value, n in counted if value), key=lambda each: (-each[1], each[0]))


def count(session: Session, scope: dict[str, list[str]]) -> int:
    """How many active entities a scope holds."""
    active = matching(scope).where(col(Entity.state) == EntityState.ACTIVE).order_by(None)
    wanted = set(scope.get("tags", ()))
    if wanted:
        return sum(bool(wanted & set(tags)) for (tags,) in session.execute(active.with_only_columns(col(Entity.tags))))
    return int(session.execute(active.with_only_columns(func.count())).scalar_one())


def labels(session: Session, scope: dict[str, list[str]]) -> list[tuple[str, int]]:
    """The tags that active entities in scope carry, with counts, largest first; the scope's own tags do not narrow."""
    active = matching(scope).where(col(Entity.state) == EntityState.ACTIVE).order_by(None)
    counts = Counter(tag for (tags,) in session.execute(active.with_only_columns(col(Entity.tags))) for tag in tags)
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def tagged(session: Session, scope: dict[str, list[str]], tag: str) -> int:
    """How many active entities in scope carry a tag."""
    active = matching(scope).where(col(Entity.state) == EntityState.ACTIVE).order_by(None)
    wanted = set(scope.get("tags", ()))
    rows_ = (set(tags) for (tags,) in session.execute(active.with_only_columns(col(Entity.tags))))
    return sum(tag in tags and (not wanted or bool(wanted & tags)) for tags in rows_)


def units(session: Session, top: int) -> list[Unit]:
    """A unit and all below it, in the order in which they were made."""
    found = session.exec(select(Unit).where(col(Unit.id).in_(people.below(session, top))))
    return sorted(found, key=lambda unit: key(unit))


def named(text: str, found: Iterable[Unit]) -> list[Unit]:
    """The units that a cell like `监督检查科、监测站` means: by their whole name, else by a part of it either way."""
    known = list(found)
    meant: list[Unit] = []
    for name in units_in(text):
        exact = [unit for unit in known if unit.name == name]
        near = [unit for unit in known if name in unit.name or unit.name in name]
        meant += [unit for unit in (exact or near)[:1] if unit not in meant]
    return meant


def mentioned(text: str, values: Iterable[str]) -> list[str]:
    """Those values that a cell mentions, or that mention the whole of it."""
    plain = "".join(text.split())
    return [value for value in values if plain and (value in plain or plain in value)]


def items(session: Session) -> list[Item]:
    """The items in force, by code."""
    return list(session.exec(select(Item).where(col(Item.active)).order_by(col(Item.code))))


def tags(session: Session, unit_id: int) -> list[str]:
    """The specialties that inspectors of a unit have."""
    found = session.exec(
        select(Inspector.specialties).where(Inspector.unit_id == unit_id, Inspector.state == InspectorState.ACTIVE)
    )
    return sorted({tag for each in found for tag in each})


def hands(session: Session, unit_id: int, wanted: list[str], first: date, last: date) -> int:
    """How many certified people of a unit are at hand between two days and hold all these tags."""
    return sum(set(wanted) <= set(each.specialties) for each in certified(session, [unit_id], first, last))


def written_ratio(task: Task) -> Quota | None:
    """The ratio or count that the row itself names, of the register; None where it names none, or another base."""
    return quota(task.ratio_text)


def quota(text: str) -> Quota | None:
    """The ratio or count of a text as people write it, of the register; None where it says none."""
    try:
        found = parse_ratio(text)
    except ValueError:
        return None
    return found.quota if found.base == "register" else None


def typed(task: Task) -> PlanRatio | None:
    """What the row says of a base that is not the register (年度监管任务的5%); None where it names none."""
    try:
        found = parse_ratio(task.ratio_text)
    except ValueError:
        return None
    return found if found.base == "typed" and found.quota is not None and found.quota.ratio is not None else None


def base(text: str) -> tuple[int, str]:
    """`240，2026年度监管任务清单` as number and reason; Refused where one of the two is missing."""
    found = _BASE.fullmatch(text.strip())
    if found is None or (number := int(re.sub("[,，]", "", found[1]))) < 1:
        raise Refused("请先写数目，再写依据，中间用逗号隔开，例如：240，2026年度监管任务清单。")
    return number, found[2].strip()[:300]


def times(task: Task) -> int:
    """So many times a year as the row's ratio says (`3%；2次/年`); 1 where it says nothing."""
    try:
        return parse_ratio(task.ratio_text).times_per_year or 1
    except ValueError:
        return 1


def same_wording(text: str) -> str:
    """A cell as it is compared with those of other rows and years: without spaces, widths and the year."""
    return _YEAR.sub("", "".join(unicodedata.normalize("NFKC", text).split()))


def remembered(session: Session, task: Task, *columns: str) -> Task | None:
    """The task that was completed last of those whose cells in these columns are worded the same; None for blanks."""
    wanted = [same_wording(getattr(task, name)) for name in columns]
    if not any(wanted):
        return None
    known = select(Task).where(col(Task.completed_at).is_not(None), Task.id != task.id)
    for each in session.exec(known.order_by(col(Task.completed_at).desc(), col(Task.id).desc())):
        if [same_wording(getattr(each, name)) for name in columns] == wanted:
            return each
    return None


def stored(wanted: Quota) -> str:
    """A quota as a task keeps it: `1/20` or `9`."""
    if wanted.ratio is not None:
        return f"{wanted.ratio.numerator}/{wanted.ratio.denominator}"
    return str(wanted.count)


def days(text: str, year: int) -> tuple[date, date]:
    """The first and last day of a period as people write it; Refused with what could not be read."""
    try:
        return parse_period(text, year)
    except ValueError as error:
        raise Refused(str(error)) from error


def period(task: Task, year: int) -> tuple[date, date] | None:
    """The first and last day that the row itself names."""
    try:
        return parse_period(task.period_text, year)
    except ValueError:
        return None
