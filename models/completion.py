"""What 补全 offers: what the register holds for a scope, and what a plan row's own words probably mean (DESIGN §4)."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import String, cast
from sqlmodel import Session, col, func, select

from models import importword, people, strata
from models.act import Act, Refused, key
from models.entity import Entity
from models.inspector import Inspector
from models.inspector import at_hand as certified
from models.item import Item
from models.judge import units_in
from models.people import Unit
from models.period import Period, read_period
from models.plan import Plan, Task, matching
from models.quota import PlanRatio, Quota, parse_ratio
from models.words import EntityState, InspectorState

_COLUMNS: dict[str, Any] = {"kinds": Entity.kind, "districts": Entity.district, "industries": Entity.industry}
Marked = tuple[str, list[str], int]
"""A risk class and tags that entities have together, and how many."""
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
    if scope.get("tags"):
        return sum(n for _, _, n in marked(session, scope))
    active = matching(scope).where(col(Entity.state) == EntityState.ACTIVE).order_by(None)
    return int(session.execute(active.with_only_columns(func.count())).scalar_one())


def labels(session: Session, scope: dict[str, list[str]]) -> list[tuple[str, int]]:
    """The tags that active entities in scope carry, with counts, largest first; the scope's own tags do not narrow."""
    wide = {name: values for name, values in scope.items() if name != "tags"}
    counts: Counter[str] = Counter()
    for _, tags, n in marked(session, wide):
        counts.update(dict.fromkeys(tags, n))
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def tagged(session: Session, scope: dict[str, list[str]], tag: str) -> int:
    """How many active entities in scope carry a tag."""
    return sum(n for _, tags, n in marked(session, scope) if tag in tags)


def marks(found: Iterable[Marked]) -> list[tuple[str, int]]:
    """What strata can be made of: the tags, then the risk classes, with counts."""
    tags: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    for risk_class, each, n in found:
        tags.update(dict.fromkeys(each, n))
        classes[risk_class] += n
    named = [(name, tags[name]) for name in sorted(tags, key=lambda name: (-tags[name], name))]
    named += [(name, classes[name]) for name in sorted(classes) if name not in tags]
    return [(name, n) for name, n in named if name and name != strata.REST]


def layered(found: Iterable[Marked], names: Sequence[str]) -> Counter[str | None]:
    """How many entities each stratum holds, asked in the order of `names`; under None those of none."""
    sizes: Counter[str | None] = Counter()
    for risk_class, tags, n in found:
        sizes[strata.of(names, risk_class, tags)] += n
    return sizes


def marked(session: Session, scope: dict[str, list[str]]) -> Iterator[Marked]:
    """The active entities in scope by class and tags: a few kinds also where the register holds a million."""
    wanted = set(scope.get("tags", ()))
    columns = (col(Entity.risk_class), cast(col(Entity.tags), String))
    active = matching(scope).where(col(Entity.state) == EntityState.ACTIVE).order_by(None)
    for risk_class, text, n in session.execute(active.with_only_columns(*columns, func.count()).group_by(*columns)):
        tags = json.loads(text)
        if not wanted or wanted & set(tags):
            yield risk_class, tags, n


STRATUM = "stratum"
"""Where it is kept what a plan's words for its strata mean (models.importword)."""


def meant(act: Act, scope: dict[str, list[str]], word: str) -> list[str]:
    """The classes or tags that a plan's word means, as far as that is clear or somebody has said it before."""
    classes = {each.code: each.label for each in act.policy.classes}
    tags = [name for name, _ in marks(marked(act.session, scope)) if name not in classes]
    return strata.meant(word, classes, tags, importword.meanings(act.session, STRATUM))


def learn(act: Act, word: str, names: Sequence[str]) -> None:
    """Remember which classes or tags a plan's word meant, so that it is proposed next time."""
    if importword.meanings(act.session, STRATUM).get(importword.folded(word)) != "、".join(names):
        importword.learn(act, STRATUM, word, "、".join(names))


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


def written_ratio(task: Task) -> PlanRatio | None:
    """What the row's ratio says of the register; None where it names no ratio, or another base."""
    return ratio(task.ratio_text)


def ratio(text: str) -> PlanRatio | None:
    """What a text as people write it says of the register; None where it names no ratio at all."""
    try:
        found = parse_ratio(text)
    except ValueError:
        return None
    return found if found.base == "register" and (found.quota or found.parts) else None


def quota(text: str) -> Quota | None:
    """The one ratio or count of a text as people write it, of the register; None where it says none, or several."""
    found = ratio(text)
    return None if found is None or found.parts or found.rest else found.quota


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
    """So many times a year as the row's ratio says (`3%；2次/年`), 12 at most; 1 where it says nothing."""
    try:
        return min(12, parse_ratio(task.ratio_text).times_per_year or 1)
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
        found = read_period(text, year)
    except ValueError as error:
        raise Refused(str(error)) from error
    return found.first, found.last


def period(task: Task, year: int) -> Period | None:
    """The first and last day that the row itself names, and how it was understood."""
    try:
        return read_period(task.period_text, year)
    except ValueError:
        return None
