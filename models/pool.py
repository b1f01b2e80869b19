"""Who can be drawn and who can be sent: a task's pool, exclusions, roster and demands, as the draw freezes them."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlmodel import Session, col, select

from models import (
    completion,
    expert,
    holidays,
    inspector,
    making,
    manning,
    match,
    people,
    plan,
    positions,
    quota,
    strata,
    visit,
)
from models.act import Act, Refused, key
from models.drawfiles import PLAIN
from models.entity import Entity
from models.inspector import Inspector, Recusal
from models.people import Unit
from models.plan import Task
from models.positions import LONGEST_LABEL
from models.quota import Quota
from models.strata import BLACKLIST as BLACKLIST
from models.strata import REST
from models.words import DrawMode, EntityState, Role, TaskState, chinese

# A recusal whose reason was not written down.
RECUSED = "回避"
UNMARKED = "没有标注本次抽查的风险等级"
# The same where strata are made of tags too.
OUTSIDE = "不属于本次抽查的任何一层"
# Why an entity of a stratum from which earlier batches took all that is due is left out.
TAKEN = "所在类别已抽足"
EXPERTS = "experts"
"""The name of the experts' list in an announcement."""


@dataclass(frozen=True)
class Stratum:
    """One stratum of a task: how many are left to draw from, by which rule, and how many will be taken now.

    `due` are those to be drawn in all, `drawn` those of earlier batches.
    """

    name: str
    size: int
    rule: str
    quota: int
    due: int
    drawn: int


@dataclass(frozen=True)
class Pool:
    """Everything that an announcement freezes (PROTOCOL §2), before salts."""

    as_of: date
    pool: tuple[tuple[str, str], ...]
    excluded: tuple[tuple[str, str], ...]
    inspectors: tuple[tuple[str, str, str], ...]
    demands: tuple[tuple[str, str, str, str], ...]
    recusals: tuple[tuple[str, str, str], ...]
    strata: tuple[Stratum, ...]
    # As announced: the task's own ratio or count, or where a batch takes a part of what is due the count of it.
    quotas: Mapping[str, Quota]
    experts: tuple[str, ...] = ()
    expert_quota: int = 0

    @property
    def quota(self) -> int:
        """Entities to be taken over all strata."""
        return sum(stratum.quota for stratum in self.strata)

    @property
    def due(self) -> int:
        """Entities to be drawn in all batches together."""
        return sum(stratum.due for stratum in self.strata)

    @property
    def drawn(self) -> int:
        """Entities that earlier batches drew."""
        return sum(stratum.drawn for stratum in self.strata)

    @property
    def left(self) -> int:
        """Entities that are due and left for batches after this one."""
        return sum(max(0, stratum.due - stratum.drawn - stratum.quota) for stratum in self.strata)

    @property
    def seats(self) -> int:
        """People needed for one entity."""
        named = {entity for entity, _, _, _ in self.demands}
        return sum(int(count) for _, _, count, _ in self.demands) // max(1, len(named))

    @property
    def reasons(self) -> Counter[str]:
        """How many were left out, by reason."""
        return Counter(reason for _, reason in self.excluded)

    def unmannable(self) -> dict[str, manning.Unmannable]:
        """Entities that could not be manned if they were drawn alone (PROTOCOL §3)."""
        return manning.unmannable(
            self.pool,
            [
                match.Demand(entity, unit, int(count), frozenset(filter(None, tags.split(","))))
                for entity, unit, count, tags in self.demands
            ],
            [
                match.Person(label, unit, frozenset(filter(None, tags.split(","))))
                for label, unit, tags in self.inspectors
            ],
            {(entity, person) for entity, person, _ in self.recusals},
        )


def drawable(act: Act, task: Task) -> None:
    """Refuse what cannot be drawn here at all, each with its reason and the way out."""
    if task.state == TaskState.WRITTEN:
        raise Refused(f"任务 {task.plan_no} 还没有补全，不能抽取。请先在 /plan 中补全抽查范围、单位、人员和事项。")
    if task.mode == DrawMode.PLATFORM:
        raise Refused(
            f"任务 {task.plan_no} 在省平台抽取，请在平台抽取后把名单导入本助手。"
            + ("" if act.policy.bot_draw == "refused" else "确需在本群抽取的，先在 /plan 中改为本群抽取并写明理由。")
        )
    if task.mode == DrawMode.BOT and act.policy.bot_draw == "refused":
        raise Refused(
            f"本单位规定「平台之外无抽查」（{act.policy.clause('bot_draw')}），任务 {task.plan_no} 不能在本群抽取。"
            "请在 /plan 中改为平台抽取；只想练习的，改为演练。"
        )
    if task.mode == DrawMode.BOT and act.policy.bot_draw == "with_reason" and not task.mode_reason.strip():
        raise Refused(f"本单位规定在平台抽取，任务 {task.plan_no} 没有写明在本群抽取的理由。请在 /plan 中补上。")
    if task.state in {TaskState.CLOSED, TaskState.WITHDRAWN}:
        raise Refused(f"任务 {task.plan_no} 已经办结，不能再抽取。")
    if not task.strata:
        raise Refused(f"任务 {task.plan_no} 没有抽查比例，不能抽取。请在 /plan 中补上比例或者户数。")
    plan.may_be_drawn(act.session, task)


def large(session: Session, task: Task) -> bool:
    """Whether so many entities may be in a task's scope that its pool is built beside the chat."""
    return plan.at_least(session, task.scope, making.LARGE)


def build(
    act: Act,
    task: Task,
    *,
    already: set[int],
    drawn: Mapping[str, int] | None = None,
    share: Fraction | None = None,
    experts: int | None = None,
) -> Pool:
    """The pool of a task now; `already` are the entities of its earlier batches, `drawn` how many by stratum.

    `share` is the part of all that is due which this batch takes; None: all that is left, or, where the task is drawn
    several times a year, one time's part. `experts` are to be drawn along; None: one where the profile wants experts.
    """
    drawable(act, task)
    if task.starts is None or task.ends is None:
        raise Refused(f"任务 {task.plan_no} 没有抽查时间，请在 /plan 中补上。")
    session = act.session
    visited = visit.counted(session, act.now.year)
    caps = {each.code: each.yearly_cap for each in act.policy.classes}
    layers = strata.ordered(task.strata, task.strata_order)
    unmarked = UNMARKED if set(layers) <= set(caps) else OUTSIDE
    recused = _recused(session, key(task))
    # Of all others only the label is kept, and what becomes of them depends on three columns.
    named = already | set(visited) | {row.entity_id for row in recused}
    usual: dict[tuple[str, str, str], tuple[str, str | None]] = {}
    labels: dict[int, str] = {}
    pool: list[tuple[str, str]] = []
    excluded: list[tuple[str, str]] = []
    days: set[str] = set()
    for block in plan.blocks_in_scope(session, task.scope):
        _require_labels(session, [row[1] for row in block])
        days.update({row[5] for row in block})
        for entity_id, label, risk_class, tags, state, _ in block:
            if (fate := usual.get((state, risk_class, tags))) is None:
                fate = usual[state, risk_class, tags] = _fate(layers, state, risk_class, json.loads(tags))
            out, stratum = fate
            if entity_id in named:
                labels[entity_id] = label
                cap = caps.get(risk_class)
                if not out and entity_id in already:
                    out, stratum = "本任务已抽", None
                elif not out and cap is not None and visited.get(entity_id, 0) >= cap:
                    out, stratum = "达到年度检查上限", None
            if stratum is None:
                excluded.append((label, out or unmarked))
            else:
                pool.append((label, stratum))
    sizes = Counter(stratum for _, stratum in pool)
    shares, quotas = batch(task, sizes, drawn or {}, share)
    taken = {each.name for each in shares if not each.quota}
    if taken:
        excluded.extend((label, TAKEN) for label, stratum in pool if stratum in taken)
        pool = [row for row in pool if row[1] not in taken]
    units, roster, demands = _roster(act, task, list(quotas))
    known = expert.at_hand(session, units, task.ends) if experts != 0 else []
    wanted = (1 if act.policy.expert_pool else 0) if experts is None else experts
    return Pool(
        as_of=max(map(date.fromisoformat, days - {""}), default=act.now.date()),
        pool=tuple(pool),
        excluded=tuple(excluded),
        inspectors=tuple(
            (person.label, units[person.unit_id], ",".join(sorted(person.specialties, key=str.encode)))
            for person in roster
        ),
        demands=demands,
        recusals=_recusals(recused, labels, {person.id: person.label for person in roster}),
        strata=shares,
        quotas=quotas,
        experts=tuple(each.label for each in known) if wanted else (),
        expert_quota=min(wanted, len(known)),
    )


def batch(
    task: Task, sizes: Mapping[str, int], drawn: Mapping[str, int], share: Fraction | None
) -> tuple[tuple[Stratum, ...], dict[str, Quota]]:
    """What each stratum is due, has had and gets now; and the quotas of those that get something, as announced.

    The quota of a batch is what is due in all less what was drawn so far (DESIGN §4). A whole draw at once is
    announced by the task's own rule; a batch by the count that it takes.
    """
    if share is None and task.times > 1:
        share = Fraction(1, task.times)
    shares, quotas = [], {}
    for name in strata.ordered(task.strata, task.strata_order):
        rule = _quota(task, task.strata[name])
        whole, had = sizes.get(name, 0) + drawn.get(name, 0), drawn.get(name, 0)
        due = min(whole, rule.of(_base(task, whole)) * max(1, task.times))
        rest = max(0, due - had)
        now = rest if share is None else min(rest, -(-due * share.numerator // share.denominator))
        shares.append(Stratum(name, sizes.get(name, 0), rule.text, now, due, had))
        if now:
            quotas[name] = rule if now == rule.of(sizes.get(name, 0)) else Quota(count=now)
    return tuple(shares), quotas


def _base(task: Task, whole: int) -> int:
    """Of how many the ratio is taken: of the register, or of a number that was typed with its reason."""
    return task.base if task.base is not None and len(task.strata) == 1 else whole


def change_strata(act: Act, task: Task, text: str) -> None:
    """换比例: `A 2%；投诉举报多 20%；其余 5%`, ratios and counts mixed, or one alone for all; refused once drawn.

    The strata are risk classes and tags of the register; whoever has several marks belongs to the first that is
    written.
    """
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    if task.state != TaskState.COMPLETED:
        raise Refused(f"任务 {task.plan_no} 已经抽取，比例不能再改。")
    classes = {each.code for each in act.policy.classes}
    tags = {name for name, _ in completion.labels(act.session, task.scope)}
    known = (classes | tags | set(task.strata) | {BLACKLIST}) - {REST}
    found: dict[str, str] = {}
    for part in (part.strip() for part in re.split(r"[;；\n]", text) if part.strip()):
        written = re.fullmatch(r"(?:(?P<name>.+?)\s*级?[\s:：]+)?(?P<rule>[^\s:：]+)", part)
        name = (written["name"] or REST) if written else ""
        name = REST if name in _EVERYBODY_ELSE else name
        if written is None or (name != REST and name not in known):
            words = "、".join(sorted(known))
            raise Refused(f"「{part[:40]}」里的类别看不懂。可以写：{words}；不分层的只写一个比例。")
        if name in found:
            raise Refused(f"类别「{'其余' if name == REST else name}」写了两次，请核对。")
        try:
            wanted = quota.parse_ratio(written["rule"]).quota
        except ValueError as error:
            raise Refused(str(error)) from error
        if wanted is None:
            raise Refused(f"「{part[:40]}」没有写比例或者户数，请写成 5%、1/20 或者 9户。")
        ratio = wanted.ratio
        found[name] = f"{ratio.numerator}/{ratio.denominator}" if ratio is not None else str(wanted.count)
    if not found:
        raise Refused("请写明比例，例如：A 2%；D 9户。")
    if REST not in found and set(found) - classes:
        raise Refused("请给没有写到的对象也写一个比例，例如：投诉举报多 20%；其余 5%。")
    before = {"strata": dict(task.strata), "strata_order": list(task.strata_order)}
    task.strata, task.strata_order = found, [name for name in found if name != REST]
    act.session.add(task)
    act.session.flush()
    after = {"strata": found, "strata_order": task.strata_order}
    act.record("change_strata", "task", task.id, before=before, after=after)


_EVERYBODY_ELSE = frozenset({"全部", "其余", "其他", "其它"})


def _quota(task: Task, text: str) -> Quota:
    try:
        return plan.stratum_quota(text)
    except (ValueError, ZeroDivisionError) as error:
        raise Refused(
            f"任务 {task.plan_no} 的抽取比例或者户数「{text}」抽不出检查对象，不能抽取。"
            "请在 /plan 中改成 5%、1/20 或者 9 这样的数。"
        ) from error


def last_day(act: Act, task: Task) -> date:
    """By when visits are to be made: the task's last day, or the last working day before it where it is none."""
    if task.ends is None:
        raise Refused("这项任务没有抽查时间。")
    calendar = holidays.calendar(act.session)
    return task.ends if calendar.is_working(task.ends).working else calendar.before(task.ends).date


def _require_labels(session: Session, labels: list[str]) -> None:
    """Refuse a code that can stand in no file of the draw: its entity could not even be listed as left out."""
    plain = all(labels) and not "".join(labels).encode().translate(None, PLAIN)
    if plain and len(max(labels, key=len)) <= LONGEST_LABEL:
        return
    for label in labels:
        if (fault := positions.valid_label(label)) is not None:
            name = session.exec(select(Entity.name).where(Entity.label == label)).one()
            raise Refused(f"名录库里「{name}」的编号{fault}，不能抽取。请更正编号后再试。")


def _fate(layers: list[str], state: str, risk_class: str, tags: list[str]) -> tuple[str, str | None]:
    """Why an entity is left out whatever else is known of it, or its stratum, or neither."""
    if state != EntityState.ACTIVE:
        return f"已{chinese(EntityState(state)).removeprefix('已')}", None
    return "", strata.of(layers, risk_class, tags)


def _roster(
    act: Act, task: Task, strata: list[str]
) -> tuple[dict[int, str], list[Inspector], tuple[tuple[str, str, str, str], ...]]:
    """Units by id, the people at hand, and one demand line for each stratum and unit of the task."""
    session = act.session
    lines = plan.units_of(session, key(task))
    units = {line.unit_id: session.get_one(Unit, line.unit_id).name for line in lines}
    if task.starts is None or task.ends is None:
        raise Refused("这项任务没有抽查时间。")
    roster = inspector.at_hand(session, units, task.starts, task.ends)
    if act.policy.no_bind == "left_out":
        roster = [each for each in roster if each.person_id and people.account_of(session, each.person_id)]
    demands = tuple(
        (f"={stratum}", units[line.unit_id], str(line.count), ",".join(sorted(line.tags, key=str.encode)))
        for stratum in sorted(strata)
        for line in lines
    )
    return units, roster, demands


def _recused(session: Session, task_id: int) -> list[Recusal]:
    """Recusals of this task and of all."""
    mine = col(Recusal.task_id).is_(None) | (col(Recusal.task_id) == task_id)
    return list(session.exec(select(Recusal).where(mine)))


def _recusals(
    found: list[Recusal], entities: Mapping[int, str], people: Mapping[int | None, str]
) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        sorted(
            (entities[row.entity_id], people[row.inspector_id], positions.as_label(row.reason or RECUSED))
            for row in found
            if row.entity_id in entities and row.inspector_id in people
        )
    )
