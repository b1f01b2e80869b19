"""公告: what would be drawn now, and the announcements of one task or of several in one message (PROTOCOL §3)."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from sqlmodel import Session, col, select

from models import audit, ceremony, draw, form, holidays, importrun, people, pool, record, throws
from models.act import Act, NoRight, Refused, key
from models.announcement_form import NO_PREVIOUS
from models.base import KEYRING, SHANGHAI
from models.ceremony import Ceremony
from models.draw import Draw, DrawFile
from models.form import Json
from models.people import Group
from models.plan import Task
from models.quota import Quota
from models.visit import Visit
from models.words import DrawMode, DrawState, Ended, Role, VisitState

# By when the numbers of a lottery are confirmed, on the first working day after it was drawn.
_NUMBERS_BY = time(18, 0)
# Acts that change nothing of what is drawn from, who can be sent, or by which rule. Any other since then may.
_NO_MATTER = frozenset(
    {
        *("accept", "accept_report", "acknowledge", "arrange_visit", "attach", "backfill", "chase", "chase_letter"),
        *(
            "confirm",
            "dispatch",
            "export",
            "hand_out",
            "hand_out_record",
            "number",
            "publish",
            "report",
            "return_report",
        ),
        *("submit", "throw", "void_number"),
    }
)
_OVER = (DrawState.WITHDRAWN, DrawState.LAPSED, DrawState.LOST)


def allowed(act: Act, task: Task, *, alone: bool = True) -> None:
    """Refuse at once what `preview` would refuse without a look at the registers; of several tasks only the right."""
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    # What is drawn from is there as a whole: a large import comes in parts.
    importrun.idle(act.session, "entity")
    if alone:
        standing_open(act.session, task)
        pool.drawable(act, task)


def preview(act: Act, task: Task, *, share: Fraction | None = None, experts: int | None = None) -> pool.Pool:
    """What would be announced now (arguments as of `pool.build`); refused with the reason where nothing could be."""
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    standing_open(act.session, task)
    already, drawn = _already(act.session, key(task)), _drawn_so_far(act.session, key(task))
    frozen = pool.build(act, task, already=already, drawn=drawn, share=share, experts=experts)
    made = _made(act.session, key(task))
    if made and (not frozen.quota or not made[-1].left):
        serials = "、".join(str(each.serial) for each in made)
        rest = "没有可以再抽的" if frozen.drawn >= frozen.due else "没有留待以后批次抽取的"
        raise Refused(
            f"任务 {task.plan_no} 已经抽取（公告第 {serials} 号）："
            f"应抽 {frozen.due} 户，已抽 {frozen.drawn} 户，{rest}。"
        )
    if not frozen.pool:
        raise Refused(f"任务 {task.plan_no} 的抽查范围内没有可以抽取的检查对象（{_left_out(frozen)}），请检查范围。")
    if not frozen.quota:
        raise Refused(f"任务 {task.plan_no} 按现在的比例应抽 0 户，不能抽取。请调整比例或者抽查范围。")
    return frozen


def chosen(act: Act, row: Ceremony, task: Task) -> pool.Pool:
    """The preview of a task with what staff chose for it in a draft."""
    choice = row.choices.get(str(task.id), {})
    share = Fraction(choice["share"]) if choice.get("share") else None
    return preview(act, task, share=share, experts=choice.get("experts"))


def standing_open(session: Session, task: Task) -> None:
    """One open announcement per task: refuse while one stands."""
    found = session.exec(select(Draw).where(Draw.task_id == task.id, Draw.state == DrawState.OPEN)).first()
    if found is not None:
        waits = "掷骰" if draw.rule_of(found)["kind"] in throws.CHAT_DICE else "录入号码"
        raise Refused(f"这项任务已经发布公告（第 {found.serial} 号），正在等待{waits}，不能重复发布。")


def unmanned(frozen: pool.Pool) -> str:
    """Why a pool cannot be announced: entities that no team could be sent to; empty where all can be manned."""
    reasons = frozen.unmannable()
    if not reasons:
        return ""
    label, reason = next(iter(reasons.items()))
    return (
        f"{len(reasons)} 户派不出检查组。例如 {label}：{reason}。可以补充或者借调持证人员、调整专长要求，然后重新抽取。"
    )


def announce(act: Act, task: Task) -> Draw:
    """发布公告 of one task by itself, all that is due, by the profile's dice."""
    made, _ = announce_all(act, ceremony.alone(act, key(task)))
    return made[0]


def announce_all(act: Act, row: Ceremony) -> tuple[list[Draw], dict[int, str]]:
    """发布公告: freeze each pool, commit to a secret for each, post the digests before any randomness exists.

    One that cannot be drawn does not stop the others; returns the announcements, and by task id why one was left out.
    """
    if row.announced_at is not None:
        for task_id in row.tasks:
            # Says of each what became of it: open, or drawn with nothing left.
            preview(act, act.session.get_one(Task, task_id))
        raise Refused("这次抽取的公告已经发布过。要重新发布，请再发送 /draw。")
    return _publish(act, row, freeze(act, row))


@dataclass(frozen=True)
class Frozen:
    """What an announcement freezes of one task: its files, what they hold, and what is left for later batches."""

    task_id: int
    files: record.Files
    checked: record.Checked
    quotas: Mapping[str, Quota]
    as_of: date
    left: int
    expert_quota: int


@dataclass(frozen=True)
class Ready:
    """What would be announced, by task id why one is left out, and the last act in the record that it knows of."""

    frozen: tuple[Frozen, ...]
    left_out: Mapping[int, str]
    as_known: int
    tasks: tuple[int, ...]
    choices: Json


def freeze(act: Act, row: Ceremony) -> Ready:
    """What 发布公告 would freeze now. Writes nothing, so that a large one can be made beside the chat."""
    as_known = audit.last(act.session)
    ready: list[Frozen] = []
    left_out: dict[int, str] = {}
    for task_id in row.tasks:
        task = act.session.get_one(Task, task_id)
        try:
            found = chosen(act, row, task)
            if reason := unmanned(found):
                raise Refused(
                    f"没有发布：任务 {task.plan_no} 有 {reason}" if len(row.tasks) > 1 else f"没有发布：{reason}"
                )
            _group(act, task)
        except NoRight:
            raise
        except Refused as refused:
            left_out[task_id] = refused.sentence
        else:
            ready.append(_frozen(act, task_id, found))
    return Ready(tuple(ready), left_out, as_known, tuple(row.tasks), dict(row.choices))


def announce_ready(act: Act, row: Ceremony, ready: Ready) -> tuple[list[Draw], dict[int, str]] | None:
    """The same as `announce_all` of what was frozen beside the chat; None where what it rests on changed since."""
    for each in ready.frozen:
        task = act.session.get_one(Task, each.task_id)
        act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
        standing_open(act.session, task)
    as_drafted = row.announced_at is None and (tuple(row.tasks), row.choices) == (ready.tasks, ready.choices)
    if not as_drafted or audit.verbs_since(act.session, ready.as_known) - _NO_MATTER:
        return None
    return _publish(act, row, ready)


def _publish(act: Act, row: Ceremony, ready: Ready) -> tuple[list[Draw], dict[int, str]]:
    importrun.idle(act.session, "entity")
    groups: dict[int | None, Group] = {}
    for each in ready.frozen:
        group = _group(act, act.session.get_one(Task, each.task_id))
        groups[group.id] = group
    left_out = dict(ready.left_out)
    if not ready.frozen:
        raise Refused(next(iter(left_out.values()), "还没有选任务，请重新发送 /draw。"))
    if len(groups) > 1:
        titles = "、".join(f"「{each.title}」" for each in groups.values())
        raise Refused(f"所选任务的公告要发布到不同的工作群（{titles}），不能合并，请分别抽取。")
    (group,) = groups.values()
    row.group_id, row.announced_at = key(group), act.now.replace(microsecond=0)
    rule, deadline = _randomness(act, row), _deadline(act, row)
    ceremony.keep(act, row)
    made = [_announce(act, each, row, rule, deadline) for each in ready.frozen]
    first = made[0]
    act.tell("announcement", f"announce:{first.id}", group=group, dispatcher=act.actor, draw=first.id)
    return made, left_out


def next_batch(session: Session, task_id: int) -> int:
    """The number of the batch that would be drawn now."""
    return 1 + len({each.batch for each in _of_mode(session, task_id, "bot") if each.state not in (*_OVER, "open")})


def ready_for(session: Session, task: Task) -> bool:
    """Whether a task that was drawn already has entities left for another batch."""
    return any(each.left for each in _made(session, key(task))[-1:])


def left(session: Session, task: Task) -> int:
    """How many entities the last batch of a task left for those after it."""
    return sum(each.left for each in _made(session, key(task))[-1:])


def drop_rest(act: Act, task: Task, reason: str) -> int:
    """不再抽取 what is left of a task for further batches, with the reason; returns how many entities that are."""
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    standing_open(act.session, task)
    found = _made(act.session, key(task))[-1:]
    if not any(each.left for each in found):
        raise Refused(f"任务 {task.plan_no} 没有留待以后批次抽取的检查对象。")
    if not reason.strip():
        raise Refused("请写明不再抽取的理由，例如：本年度抽查计划已调整。")
    left = 0
    for each in found:
        left, each.left = left + each.left, 0
        act.session.add(each)
    act.session.flush()
    act.record("drop_rest", "task", task.id, before={"left": left}, after={"reason": reason.strip()[:500]})
    draw.close_task(act, task)
    return left


def _frozen(act: Act, task_id: int, found: pool.Pool) -> Frozen:
    """The files of a pool, each with its salt, gone through once more as whoever checks them will."""
    salts = iter([act.entropy(record.SALT_BYTES) for _ in record.NAMES])
    experts = {pool.EXPERTS: [(label,) for label in found.experts]} if found.expert_quota else {}
    files = record.Files(
        pool=record.table(found.pool, next(salts)),
        inspectors=record.table(found.inspectors, next(salts)),
        demands=record.table(found.demands, next(salts)),
        recusals=record.table(found.recusals, next(salts)),
        excluded=record.table(found.excluded, next(salts)),
        lists={name: record.table(rows, act.entropy(record.SALT_BYTES)) for name, rows in experts.items()},
    )
    checked = record.Checked.of(files)
    return Frozen(task_id, files, checked, dict(found.quotas), found.as_of, found.left, found.expert_quota)


def _announce(act: Act, frozen: Frozen, row: Ceremony, rule: Json, deadline: datetime) -> Draw:
    task, files = act.session.get_one(Task, frozen.task_id), frozen.files
    announced_at = row.announced_at or act.now
    last = task.ends or act.now.date()
    reveal_by = max(datetime.combine(last, time(23, 59, 59), SHANGHAI), deadline + timedelta(days=1))
    serial, previous = _next_serial(act.session)
    secret = act.entropy(32)
    mode = "rehearsal" if task.mode == DrawMode.REHEARSAL else "bot"
    batch = next_batch(act.session, key(task))
    failed = [each for each in _of_mode(act.session, key(task), mode) if each.batch == batch and each.state in _OVER]
    made = record.announcement(
        files=files,
        checked=frozen.checked,
        strata=frozen.quotas,
        secret=secret,
        mode=mode,
        chat=act.chat,
        serial=serial,
        previous=previous,
        plan_no=task.plan_no,
        task_no=task.task_no,
        task_name=task.name,
        batch=batch,
        attempt=len(failed) + 1,
        as_of=frozen.as_of,
        announced_by=act.person.label,
        announced_at=form.stamp(announced_at),
        deadline=form.stamp(deadline),
        reveal_by=form.stamp(reveal_by),
        randomness=rule,
        lists={pool.EXPERTS: frozen.expert_quota} if files.lists else None,
        simulated_clock=act.simulated,
    )
    found = Draw(
        task_id=key(task),
        group_id=row.group_id or 0,
        ceremony_id=row.id,
        serial=serial,
        batch=batch,
        left=frozen.left,
        attempt=len(failed) + 1,
        announcement=form.canonical(made).decode(),
        digest=form.digest_of(made),
        head=made["chain"]["head"],
        secret=KEYRING.seal(secret),
        public_salts=[act.entropy(32).hex(), act.entropy(32).hex()],
        announced_by=act.person_id,
        announced_at=announced_at,
        deadline=deadline,
        reveal_by=reveal_by,
    )
    act.session.add(found)
    act.session.flush()
    for name, body in files.named().items():
        act.session.add(DrawFile(draw_id=key(found), name=name, body=body))
    act.session.flush()
    act.record("announce", "draw", found.id, after={"serial": serial, "digest": found.digest, "task": task.plan_no})
    return found


def _group(act: Act, task: Task) -> Group:
    group = people.group_for(act.session, task.unit_id or 0)
    if group is None:
        raise Refused("还没有绑定工作群，公告无处发布。请管理员在工作群里发送 /bind。")
    if act.chat == "telegram" and not str(group.chat_id).startswith("-100"):
        raise Refused("工作群还不是超级群，掷骰无法作为凭证。请在群设置中升级为超级群。")
    return group


def _randomness(act: Act, row: Ceremony) -> Json:
    """What the announcements ask for: what staff chose, else the profile's dice in the chat."""
    rule = act.policy.throws
    kind = row.rule.get("kind", rule.sources[0])
    if kind not in rule.sources:
        raise Refused("本单位的规定不允许用这种方式取得随机数，请换一种。")
    if kind == "dice":
        return throws.dice(rule.emoji, rule.min_bits, rule.min_witnesses, local=act.chat == "local")
    if not row.rule:
        raise Refused("本单位规定用彩票号码或者现场掷骰，请先选好再发布公告。")
    if kind == "lottery" and (row.opens_at is None or row.opens_at <= act.now):
        raise Refused("这一期彩票已经开奖，不能再用来抽取。请换还没有开奖的一期。")
    return dict(row.rule)


def _deadline(act: Act, row: Ceremony) -> datetime:
    """Dice within the profile's hours; a lottery's numbers by the evening of the first working day after it."""
    if row.rule.get("kind") != "lottery" or row.opens_at is None:
        return (row.announced_at or act.now) + timedelta(hours=act.policy.throws.deadline_hours)
    drawn_on = row.opens_at.astimezone(SHANGHAI).date()
    day = holidays.calendar(act.session).add(drawn_on, 1).date
    return datetime.combine(day, _NUMBERS_BY, SHANGHAI)


def _already(session: Session, task_id: int) -> set[int]:
    """Entities drawn in earlier batches of the task."""
    # What turned out to be gone was drawn too; only what was withdrawn can be drawn again.
    left = (col(Visit.state) != VisitState.CANCELLED) | col(Visit.ended).in_([Ended.REPLACED, Ended.UNFILLED])
    return set(session.exec(select(Visit.entity_id).where(Visit.task_id == task_id, left)))


def _drawn_so_far(session: Session, task_id: int) -> Mapping[str, int]:
    """How many earlier batches drew, by stratum; who replaced a gone entity counts, the gone one does not."""
    found = select(Visit.stratum).where(
        Visit.task_id == task_id, col(Visit.draw_id).is_not(None), Visit.state != VisitState.CANCELLED
    )
    return Counter(session.exec(found))


def _of_mode(session: Session, task_id: int, mode: str) -> list[Draw]:
    """The draws of a task in one mode: what was rehearsed is neither a batch nor an attempt of the draw itself."""
    found = session.exec(select(Draw).where(Draw.task_id == task_id).order_by(col(Draw.serial)))
    return [each for each in found if json.loads(each.announcement)["mode"] == mode]


def _made(session: Session, task_id: int) -> list[Draw]:
    """The draws of a task that were made, its batches; what the last one left is what is left."""
    return [each for each in _of_mode(session, task_id, "bot") if each.state in (DrawState.DRAWN, DrawState.CLOSED)]


def _next_serial(session: Session) -> tuple[int, str]:
    """The next serial of the office, and the digest of the announcement before."""
    numbered = select(Draw).where(col(Draw.serial).is_not(None))
    last = session.exec(numbered.order_by(col(Draw.serial).desc()).limit(1)).first()
    return (last.serial + 1, last.digest) if last else (1, NO_PREVIOUS)


def _left_out(frozen: pool.Pool) -> str:
    counts = "、".join(f"{reason} {count} 户" for reason, count in frozen.reasons.items())
    return f"未列入：{counts}" if counts else "名录库中没有符合范围的检查对象"
