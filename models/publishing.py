"""待公示: all that is owed to the public in one list, and its 登记公示 (S1: 年度计划、实施方案、抽查结果及处理结果)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlmodel import Session, col, func
from sqlmodel import select as rows_of

from models import byhand, draw, holidays, people, planversion, publication, upkeep, visit
from models.act import Act, Refused, key
from models.base import SHANGHAI
from models.entity import Entity
from models.followup import Followup
from models.item import Item
from models.people import Unit
from models.plan import Plan, Task
from models.planversion import PlanVersion
from models.publication import Publication
from models.visit import Visit
from models.words import DrawMode, Outcome, Role, TaskState

RESULTS, BY_HAND, PLAN, WORK_PLAN, DISPOSALS, ITEMS = "results", "by_hand", "plan", "work_plan", "disposals", "items"

NAMES = {
    RESULTS: "抽查结果",
    BY_HAND: "抽查以外的检查结果",
    PLAN: "年度计划",
    WORK_PLAN: "工作方案",
    DISPOSALS: "处理结果",
    ITEMS: "抽查事项清单",
}
"""What each kind is called."""

UNITS = {RESULTS: "户", BY_HAND: "户", PLAN: "份", WORK_PLAN: "份", DISPOSALS: "项", ITEMS: "项"}
"""What is counted of each kind."""

# Whose id the group of each kind is, as the audit calls it.
_RECORDED = {WORK_PLAN: "task", DISPOSALS: "task", ITEMS: "unit"}
GONE = "这一项没有待公示的内容，可能已经登记。请重新发送 /publish。"
_STAFF = frozenset({Role.STAFF, Role.ADMIN})
# Subjects as the rows have them: the profile's words, but for the results, whose rows are visits.
_PLANS = ("plan", "plan_change")


@dataclass(frozen=True)
class Owed:
    """So many of one kind that are published together by a day.

    `group` is by what they are registered: a draw, a visit, a version of the plan, a task, the office's unit.
    """

    kind: str
    group: int
    unit_id: int
    title: str
    count: int
    due: date
    estimated: bool = False


def owe(act: Act) -> int:
    """Write down what the profile wants published and was not owed yet; how many. Safe to repeat.

    工作方案 are owed from a task's first draw on, 处理结果 from the day on which the measure was settled, items while
    they are not published since their last change; each due within the profile's working days. Results and plans
    are owed by whoever passes and approves them (publication.owe, planversion).
    """
    wanted: dict[str, Callable[[Act], Iterator[tuple[int, datetime]]]] = {
        WORK_PLAN: _work_plans,
        DISPOSALS: _disposals,
        ITEMS: _items,
    }
    calendar, made = holidays.calendar(act.session), 0
    for subject, found in wanted.items():
        if subject not in act.policy.publication.subjects:
            continue
        for subject_id, since in list(found(act)):
            day = calendar.add(since.astimezone(SHANGHAI).date(), act.policy.publication.days)
            before = publication.of(act.session, subject, subject_id)
            row = before or Publication(subject=subject, subject_id=subject_id, due=day.date)
            row.due, row.estimated = day.date, day.estimated
            row.done_on, row.channel, row.link, row.registered_at = None, "", "", None
            act.session.add(row)
            made += 1
    act.session.flush()
    return made


def pending(act: Act) -> list[Owed]:
    """待公示 in the actor's units, the most urgent first."""
    calendar = holidays.calendar(act.session)
    found = [
        Owed(RESULTS, draw_id, task.unit_id or 0, f"{task.plan_no} {task.name}", n, due, due > calendar.known_until)
        for draw_id, task, n, due in publication.pending(act)
    ]
    found += [
        Owed(BY_HAND, key(one), 0, f"{entity.name}（{one.origin}）", 1, owed.due, owed.estimated)
        for one, entity, owed in byhand.unpublished(act)
    ]
    may: dict[int, bool] = {}
    for each in beside_results(act.session):
        if may.setdefault(each.unit_id, act.may(_STAFF | {Role.LEADER}, each.unit_id)):
            found.append(each)
    together: dict[tuple[str, int], Owed] = {}
    for each in sorted(found, key=lambda owed: (owed.due, list(NAMES).index(owed.kind), owed.title)):
        first = together.get((each.kind, each.group), each)
        count = each.count + (first.count if first is not each else 0)
        together[each.kind, each.group] = Owed(
            first.kind, first.group, first.unit_id, first.title, count, first.due, first.estimated
        )
    return list(together.values())


def named(act: Act, kind: str, group: int) -> str:
    """How a group is called, for staff who may register it; NoRight for others, Refused where there is none."""
    if kind == RESULTS:
        task = act.session.get_one(Task, draw.get(act.session, group).task_id)
        act.require(_STAFF, task.unit_id or 0)
        return f"{task.plan_no} 的结果"
    if kind == BY_HAND:
        found = visit.get(act.session, group)
        act.require(_STAFF, act.session.get_one(Task, found.task_id).unit_id or 0)
        return f"{act.session.get_one(Entity, found.entity_id).name}的检查结果"
    if kind == PLAN:
        row = planversion.get(act.session, group)
        plan = act.session.get_one(Plan, row.plan_id)
        act.require(_STAFF, plan.unit_id)
        return f"{plan.title} 第 {row.number} 版"
    waiting = beside_results(act.session, kind=kind, group=group)
    if not waiting:
        raise Refused(GONE)
    act.require(_STAFF, waiting[0].unit_id)
    return NAMES[kind] if kind == ITEMS else f"{waiting[0].title}的{NAMES[kind]}"


def register(act: Act, kind: str, group: int, *, channel: str, link: str) -> tuple[int, bool]:
    """登记公示 of a group; returns how many, and whether a task is closed by it. Refused where nothing of it waits."""
    if kind == RESULTS:
        return publication.register(act, group, channel=channel, link=link)
    if kind == BY_HAND:
        byhand.published(act, group, channel=channel, link=link)
        return 1, False
    if kind == PLAN:
        planversion.published(act, group, channel=channel, link=link)
        return 1, False
    named(act, kind, group)
    if not channel.strip():
        raise Refused("请写明在哪里公示。")
    ready = [row for at, row in _rows(act.session, kind) if at.group == group]
    for row in ready:
        row.done_on, row.channel, row.link, row.registered_at = act.now.date(), channel.strip(), link.strip(), act.now
        act.session.add(row)
        if kind == ITEMS:
            upkeep.publish_item(act, row.subject_id)
    act.session.flush()
    after = {"publications": len(ready), "channel": channel, "link": link}
    act.record("publish", _RECORDED[kind], group, after={"kind": kind} | after)
    return len(ready), False


def waive(act: Act, kind: str, group: int, reason: str) -> int:
    """不公示 of a group, with the reason; how many. Results are always published (S0: 100％公示)."""
    if kind in (RESULTS, BY_HAND):
        raise Refused("检查结果应当全部公示，不能登记为不公示。")
    named(act, kind, group)
    if not reason.strip():
        raise Refused("请写明不公示的理由和依据，例如涉及商业秘密。")
    ready = [row for at, row in _rows(act.session, kind) if at.group == group]
    if not ready:
        raise Refused(GONE)
    for row in ready:
        row.reason, row.registered_at = reason.strip()[:300], act.now
        act.session.add(row)
    act.session.flush()
    after = {"kind": kind, "publications": len(ready), "reason": reason.strip()[:300]}
    if kind == PLAN:
        version = planversion.get(act.session, group)
        act.record("waive_publication", "plan", version.plan_id, after=after | {"version": version.number})
    else:
        act.record("waive_publication", _RECORDED[kind], group, after=after)
    return len(ready)


def beside_results(session: Session, last: date = date.max, kind: str = "", group: int | None = None) -> list[Owed]:
    """What is owed beside the results of visits and falls due up to `last`, by group and day, whoever asks."""
    together: dict[tuple[str, int, date], Owed] = {}
    for name in (PLAN, WORK_PLAN, DISPOSALS, ITEMS):
        if kind not in ("", name):
            continue
        for each, _ in _rows(session, name):
            if each.due > last or (group is not None and each.group != group):
                continue
            first = together.get((each.kind, each.group, each.due))
            count = 1 + (first.count if first else 0)
            together[each.kind, each.group, each.due] = Owed(
                each.kind, each.group, each.unit_id, each.title, count, each.due, each.estimated
            )
    return sorted(together.values(), key=lambda owed: (owed.due, owed.kind, owed.group))


def _rows(session: Session, kind: str) -> Iterator[tuple[Owed, Publication]]:
    """The open rows of one kind, each as one owed."""
    for row, group, unit_id, title in _OPEN[kind](session):
        yield Owed(kind, group, unit_id, title, 1, row.due, row.estimated), row


_Open = tuple[Publication, int, int, str]


def _waiting(*subjects: str) -> Any:
    return and_(
        col(Publication.subject).in_(subjects), col(Publication.done_on).is_(None), col(Publication.reason) == ""
    )


def _open_plans(session: Session) -> Iterator[_Open]:
    found = (
        rows_of(Publication, PlanVersion, Plan)
        .join(PlanVersion, col(PlanVersion.id) == col(Publication.subject_id))
        .join(Plan, col(Plan.id) == col(PlanVersion.plan_id))
        .where(_waiting(*_PLANS))
    )
    for row, version, plan in session.exec(found):
        yield row, key(version), plan.unit_id, f"{plan.title} 第 {version.number} 版"


def _open_work_plans(session: Session) -> Iterator[_Open]:
    found = rows_of(Publication, Task).join(Task, col(Task.id) == col(Publication.subject_id))
    for row, task in session.exec(found.where(_waiting(WORK_PLAN), Task.state != TaskState.WITHDRAWN)):
        yield row, key(task), task.unit_id or 0, f"{task.plan_no} {task.name}"


def _open_disposals(session: Session) -> Iterator[_Open]:
    found = (
        rows_of(Publication, Task)
        .join(Followup, col(Followup.id) == col(Publication.subject_id))
        .join(Visit, col(Visit.id) == col(Followup.visit_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(_waiting(DISPOSALS))
    )
    for row, task in session.exec(found):
        yield row, key(task), task.unit_id or 0, f"{task.plan_no} {task.name}"


def _open_items(session: Session) -> Iterator[_Open]:
    office = people.root(session)
    # An item that was published elsewhere in the chat, or is out of force, waits no longer.
    found = rows_of(Publication, Item).join(Item, col(Item.id) == col(Publication.subject_id))
    for row, _ in session.exec(found.where(_waiting(ITEMS), col(Item.published_on).is_(None), col(Item.active))):
        yield row, key(office) if office else 0, key(office) if office else 0, NAMES[ITEMS]


_OPEN: dict[str, Callable[[Session], Iterator[_Open]]] = {
    PLAN: _open_plans,
    WORK_PLAN: _open_work_plans,
    DISPOSALS: _open_disposals,
    ITEMS: _open_items,
}


def _follows(act: Act) -> Callable[[int | None], bool]:
    """Whether a unit follows the act's profile: each has subjects and days of its own."""
    known: dict[int | None, str | None] = {}

    def follows(unit_id: int | None) -> bool:
        if unit_id not in known:
            known[unit_id] = people.policy_name(act.session, unit_id) if unit_id else None
        return known[unit_id] in (None, act.policy.name)

    return follows


def _work_plans(act: Act) -> Iterator[tuple[int, datetime]]:
    """Tasks that are drawn and whose work plan was never owed, each with its first draw."""
    first = func.min(Visit.drawn_at)
    found = (
        select(col(Task.id), col(Task.unit_id), first)
        .join(Visit, col(Visit.task_id) == col(Task.id))
        .where(
            col(Task.state) == TaskState.DRAWN, col(Task.mode) != DrawMode.REHEARSAL, col(Visit.draw_id).is_not(None)
        )
        .where(~_known(WORK_PLAN, Task.id))
        .group_by(col(Task.id), col(Task.unit_id))
    )
    follows = _follows(act)
    for task_id, unit_id, since in act.session.execute(found):
        if follows(unit_id):
            yield task_id, since


def _disposals(act: Act) -> Iterator[tuple[int, datetime]]:
    """Measures settled this year whose result was never owed; one that led to another is told of with that."""
    year = datetime(act.now.astimezone(SHANGHAI).year, 1, 1, tzinfo=SHANGHAI)
    found = (
        select(col(Followup.id), col(Task.unit_id), col(Followup.closed_at))
        .join(Visit, col(Visit.id) == col(Followup.visit_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .where(col(Followup.closed_at) >= year, col(Followup.outcome) == Outcome.SETTLED)
        .where(col(Task.mode) != DrawMode.REHEARSAL)
        .where(~_known(DISPOSALS, Followup.id))
    )
    follows = _follows(act)
    for followup_id, unit_id, since in act.session.execute(found):
        if follows(unit_id):
            yield followup_id, since


def _items(act: Act) -> Iterator[tuple[int, datetime]]:
    """Items in force that are not published, or not since they changed; each from now on."""
    office: Unit | None = people.root(act.session)
    if office is None or not _follows(act)(key(office)):
        return
    elsewhere = rows_of(Publication, Item).join(Item, col(Item.id) == col(Publication.subject_id))
    for row, item in act.session.exec(elsewhere.where(_waiting(ITEMS), col(Item.published_on).is_not(None))):
        row.done_on = item.published_on
        act.session.add(row)
    waits = (col(Item.active), col(Item.published_on).is_(None), Item.basis != "")
    for item in act.session.exec(rows_of(Item).where(*waits).order_by(col(Item.id))):
        before = publication.of(act.session, ITEMS, key(item))
        if before is None or before.done_on is not None:
            yield key(item), act.now


def _known(subject: str, column: Any) -> Any:
    """Whether a row stands for a subject already."""
    own = rows_of(Publication.id).where(Publication.subject == subject, col(Publication.subject_id) == col(column))
    return own.exists()
