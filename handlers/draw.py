"""抽取 in the group: choose a task, preview, announce, take the witnesses' throws, show the result (DESIGN §5.1)."""

import json
from datetime import datetime

from handlers import archive
from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, command, dice, notice
from models import draw, event, outbox, people, plan, pool, visit
from models.act import Act, Refused
from models.base import SHANGHAI
from models.draw import Die, Draw
from models.outbox import Outbox
from models.plan import Task
from models.words import DrawMode, DrawState, Role, TaskState, chinese
from templates.texts import Html, lines, say

_STAFF = {Role.STAFF, Role.ADMIN}


@command("draw", "抽取", "从计划中选一项任务，抽取检查对象、匹配检查人员", roles=_STAFF, who="工作人员")
def choose(ask: Ask) -> Answer | None:
    """The tasks that can be drawn, one button each."""
    ready, waiting = _tasks(ask)
    if not ready:
        return Answer(say("draw.none", waiting=waiting))
    keys = [key(f"{task.plan_no} {_short(task)} · {_ratio(task)}", "draw_task", task.id or 0) for task in ready]
    return Answer(say("draw.choose", n=len(ready), waiting=waiting), column(*keys, _cancel(ask)))


@button("draw_task")
def show(ask: Ask) -> Answer | None:
    """Preview: pool, exclusions, strata, people, and whether every entity can be manned."""
    task = _task(ask)
    frozen = draw.preview(ask.act, task)
    unmannable = frozen.unmannable()
    parts = [
        say("draw.preview", no=task.plan_no, name=task.name, batch=_batch(ask.act, task)),
        say("draw.rehearsal") if task.mode == DrawMode.REHEARSAL else "",
        say("draw.pool", size=len(frozen.pool) + len(frozen.excluded), as_of=_day(frozen.as_of)),
        say("draw.excluded", n=len(frozen.excluded), why=_reasons(frozen)) if frozen.excluded else "",
        _strata(frozen),
        say("draw.people", n=len(frozen.inspectors), recusals=len(frozen.recusals), team=_team(ask.act, task)),
    ]
    if unmannable:
        label, reason = next(iter(unmannable.items()))
        parts.append(say("draw.unmannable", n=len(unmannable), label=_masked(ask, label), reason=str(reason)))
        keys = column(key("查看未列入", "draw_excluded", task.id or 0), _cancel(ask))
        return Answer(lines(*parts), keys, edit=True)
    parts.append(say("draw.mannable", load=_load(frozen)))
    rows = [[key("发布公告", "announce", task.id or 0)]]
    if frozen.excluded:
        rows[0].append(key("查看未列入", "draw_excluded", task.id or 0))
    rows.append([_cancel(ask)])
    return Answer(lines(*parts), tuple(tuple(row) for row in rows), edit=True)


@button("draw_excluded")
def excluded(ask: Ask) -> Answer | None:
    """Who is left out and why, in private: names stay out of the group."""
    frozen = draw.preview(ask.act, _task(ask))
    shown = [f"{label}　{reason}" for label, reason in frozen.excluded[:60]]
    more = say("draw.excluded_more", n=len(frozen.excluded) - 60) if len(frozen.excluded) > 60 else ""
    text = lines(say("draw.excluded_list", n=len(frozen.excluded)), *shown, more)
    return Answer(text, privately=True, toast="" if ask.private else "名单已私信发给您")


@button("announce")
def announce(ask: Ask) -> Answer | None:
    """发布公告: freeze and commit; the announcement itself is a message of its own in the bound group."""
    made = draw.announce(ask.act, _task(ask))
    group = draw.group_of(ask.act.session, made)
    if group.chat_id == ask.chat_id:
        text = say("draw.announced", serial=made.serial)
    else:
        text = say("draw.announced_elsewhere", serial=made.serial, group=group.title)
    return Answer(text, edit=True, toast="公告已发布")


@button("withdraw")
def withdraw(ask: Ask) -> Answer | None:
    """撤回 an announcement before the first throw."""
    made = draw.withdraw(ask.act, ask.number())
    return Answer(toast=f"第 {made.serial} 号公告已撤回")


@button("explain")
def explain(ask: Ask) -> Answer | None:
    """这是什么: how the draw works, for whoever sees it the first time."""
    return Answer(say("draw.explain"), privately=True, toast="" if ask.private else "说明已私信发给您")


@dice
def take(ask: Ask) -> Answer | None:
    """A die in a bound group: counts if it answers an announcement; else one sentence says why it does not."""
    if ask.thrown is None or ask.group is None:
        return None
    # What answers no announcement is seen only where the bot is an administrator, or where it answers another message.
    session = ask.act.session
    target = outbox.by_message(session, ask.chat_id, ask.reply_to) if ask.reply_to else None
    thrown = Die(
        emoji=ask.thrown.emoji,
        value=ask.thrown.value,
        message_id=ask.thrown.message_id,
        at=datetime.fromtimestamp(ask.thrown.date, SHANGHAI),
        forwarded=ask.thrown.forwarded,
    )
    if target is not None and target.kind == "announcement":
        draw.throw(ask.act, int(target.data["draw"]), thrown)
        return None
    if target is not None and target.kind == "event_notice":
        event.throw(ask.act, int(target.data["event"]), thrown)
        return None
    if thrown.forwarded:
        raise draw.forwarded()
    waiting = draw.open_in(session, ask.group.id or 0)
    if waiting:
        return Answer(say("draw.no_reply", serial=waiting[-1].serial))
    if event.waiting_in(session, ask.group.id or 0):
        return Answer(say("draw.no_reply_event"))
    return Answer(say("draw.no_announcement"))


@button("dispatch")
def dispatch(ask: Ask) -> Answer | None:
    """派发任务: the private cards go out."""
    visits, inspectors, missing = visit.dispatch(ask.act, ask.number())
    note = Answer(say("draw.no_account", names="、".join(missing)), privately=True) if missing else None
    text = say("draw.dispatched", visits=visits, inspectors=inspectors)
    return Answer(text, toast="任务已派发", also=(note,) if note else ())


@command("verify", "复核抽取", "查看每次抽取的摘要，当场复核，取走记录文件", who="已绑定人员")
def verify_list(ask: Ask) -> Answer | None:
    """The newest draws, one button each."""
    found = draw.newest(ask.act.session)
    if not found:
        return Answer(say("draw.nothing_drawn"))
    keys = [
        key(f"第 {each.serial} 号 · {task.plan_no} · {chinese(DrawState(each.state))}", "verify", each.id or 0)
        for each, task in found
    ]
    return Answer(say("draw.verify_choose"), column(*keys))


@button("verify")
def verify(ask: Ask) -> Answer | None:
    """Check a record now, line by line."""
    from models.verify import verify as check

    drawn = draw.get(ask.act.session, ask.number())
    checks = check(draw.record_of(drawn), draw.files_of(ask.act.session, drawn), [drawn.digest])
    marks = {"ok": "✓", "failed": "✗", "unchecked": "－"}
    supervises = ask.private and ask.act.may({*_STAFF, Role.LEADER}, _task_of(ask.act, drawn).unit_id or 0)
    # What a failed check says may name an entity or the code: only those who supervise read it.
    shown = [
        f"{marks[each.result]} {each.name}" + (f"：{each.detail}" if supervises or each.result == "ok" else "")
        for each in checks
    ]
    result = "draw.verified" if all(each.result == "ok" for each in checks) else "draw.not_verified"
    text = lines(say("draw.verify_head", serial=drawn.serial, digest=_groups(drawn.digest)), *shown, say(result))
    keys = _public_keys(drawn) if drawn.revealed_at is not None else []
    if supervises:
        keys.append(key("全部版复核网页", "verify_page_full", drawn.id or 0))
        keys.append(key("取全部文件", "record_full", drawn.id or 0))
    return Answer(text, column(*keys))


@button("verify_page")
def verify_page(ask: Ask) -> Answer | None:
    """复核网页: the public edition as a page that recomputes it wherever it is opened."""
    drawn = draw.get(ask.act.session, ask.number())
    return Answer(
        say("draw.verify_page", serial=drawn.serial),
        file=archive.public_page(ask.act, drawn),
        privately=True,
        toast="" if ask.private else "复核网页已私信发给您",
    )


@button("verify_page_full")
def verify_page_full(ask: Ask) -> Answer | None:
    """The same with everything in it, for those who supervise; it never goes to a group."""
    drawn = draw.get(ask.act.session, ask.number())
    file = archive.full_page(ask.act, drawn)
    ask.act.record("hand_out_record", "draw", drawn.id)
    return Answer(say("draw.verify_page_full", serial=drawn.serial), file=file, privately=True)


@button("record_public")
def record_public(ask: Ask) -> Answer | None:
    """The public edition as one archive: record and files."""
    drawn = draw.get(ask.act.session, ask.number())
    file = archive.public_archive(ask.act, drawn)
    return Answer(say("draw.public_files", serial=drawn.serial), file=file, privately=True)


@button("record_full")
def record_full(ask: Ask) -> Answer | None:
    """The full edition, for those who supervise; it holds names and the code, so it never goes to a group."""
    drawn = draw.get(ask.act.session, ask.number())
    file = archive.full_archive(ask.act, drawn)
    ask.act.record("hand_out_record", "draw", drawn.id)
    return Answer(say("draw.full_files", serial=drawn.serial), file=file, privately=True)


# --- notices -----------------------------------------------------------------------------------------------------


@notice("announcement")
def announcement(act: Act, row: Outbox) -> Answer | None:
    """The announcement in the group: what witnesses do, and the digest."""
    drawn, task = _drawn(act, row)
    made = json.loads(drawn.announcement)
    rule = made["randomness"]
    parts = [
        say("draw.announcement", serial=drawn.serial, attempt=drawn.attempt),
        say("draw.rehearsal") if made["mode"] == "rehearsal" else "",
        say("draw.announcement_task", no=task.plan_no, name=task.name, batch=drawn.batch),
        lines(
            *(
                say("draw.stratum", name=_stratum_name(each["name"]), size=each["size"], quota=each["quota"])
                for each in made["strata"]
            )
        ),
        say(
            "draw.throw_please",
            emoji=rule["emoji"],
            n=draw.needed(rule),
            witnesses=rule["min_witnesses"],
            deadline=_moment(act, drawn.deadline),
        ),
        say("draw.local") if made["chat"] == "local" else "",
        say("draw.simulated") if made.get("clock") == "simulated" else "",
        say("draw.digest", digest=_groups(drawn.digest)),
    ]
    keys = (
        (key("公告全文 .docx", "doc_announcement", drawn.id or 0), key("这是什么", "explain")),
        (key("撤回公告", "withdraw", drawn.id or 0),),
    )
    return Answer(lines(*parts), keys)


@notice("receipts")
def receipts(act: Act, row: Outbox) -> Answer | None:
    """One message that is edited as throws come in: each throw's receipt, and the randomness once it is fixed."""
    drawn, _ = _drawn(act, row)
    k, upto = int(row.data["k"]), int(row.data["number"])
    if k == 1:
        rule, announced_by, digest, since = draw.rule_of(drawn), draw.announcer(drawn), drawn.digest, None
    else:
        found = event.get(act.session, int(row.data["event"]))
        made = json.loads(found.notice)
        rule, announced_by, digest, since = (
            made["randomness"],
            made["announced_by"],
            found.digest,
            found.announced_at,
        )
    all_thrown = draw.thrown(act.session, drawn.id or 0, k, since)[:upto]
    total = max(draw.needed(rule), len(all_thrown))
    shown = [
        say(
            "draw.receipt",
            n=n,
            total=total,
            value=each.value,
            by=each.label,
            message=each.message_id,
            digest=digest[:16],
        )
        for n, each in enumerate(all_thrown, start=1)
    ]
    enough = draw.counting(act.session, drawn, k, rule, announced_by, since)
    if enough is not None and upto >= len(enough):
        shown.append(say("draw.fixed", randomness=draw.randomness_text(enough)))
    else:
        shown.append(say("draw.still", n=_missing(rule, all_thrown, announced_by), emoji=rule["emoji"]))
    return Answer(lines(*shown))


@notice("draw_result")
def draw_result(act: Act, row: Outbox) -> Answer | None:
    """The result in the group: figures and the digest; names as the profile allows."""
    drawn, task = _drawn(act, row)
    entry = json.loads(drawn.draws[0])
    visits = visit.of_draw(act.session, drawn.id or 0)
    loads = visit.loads(act.session, drawn.id or 0)
    parts = [
        say("draw.done", no=task.plan_no, name=task.name),
        say("draw.rehearsal") if task.mode == DrawMode.REHEARSAL else "",
        say(
            "draw.figures",
            n=len(visits),
            people=len(loads),
            low=min(loads.values(), default=0),
            high=max(loads.values(), default=0),
        ),
        say("draw.result_digest", digest=_groups(draw.posted_digest(entry))),
        say("draw.code_later", reveal_by=_day(drawn.reveal_by)),
    ]
    if act.policy.group_shows_names:
        parts.append(lines(*(f"{each.order}　{name}" for each, name in visit.named(act.session, drawn.id or 0))))
    keys = (
        (key("派发任务", "dispatch", drawn.id or 0), key("抽取记录 .docx", "doc_record", drawn.id or 0)),
        (key("怎样复核", "verify_how", drawn.id or 0),),
    )
    return Answer(lines(*parts), keys)


@button("verify_how")
def verify_how(ask: Ask) -> Answer | None:
    """怎样复核."""
    drawn = draw.get(ask.act.session, ask.number())
    return Answer(
        say("draw.verify_how", serial=drawn.serial, digest=drawn.digest),
        column(key("现在复核", "verify", drawn.id or 0)),
        privately=True,
        toast="" if ask.private else "说明已私信发给您",
    )


@notice("withdrawn")
def withdrawn(act: Act, row: Outbox) -> Answer | None:
    """A withdrawn announcement stays on the record and is said so."""
    drawn, task = _drawn(act, row)
    return Answer(say("draw.withdrawn", serial=drawn.serial, no=task.plan_no))


@notice("lapsed")
def lapsed(act: Act, row: Outbox) -> Answer | None:
    """An announcement whose deadline passed with too few throws: its code is published."""
    drawn, task = _drawn(act, row)
    if drawn.state == DrawState.LOST:
        return Answer(say("draw.lost", serial=drawn.serial, no=task.plan_no))
    return Answer(say("draw.lapsed", serial=drawn.serial, no=task.plan_no, code=draw.code(drawn, 1).hex()))


@notice("code_published")
def code_published(act: Act, row: Outbox) -> Answer | None:
    """The code, once the last visit is done."""
    drawn, task = _drawn(act, row)
    text = say("draw.code", serial=drawn.serial, no=task.plan_no, code=draw.code(drawn, 1).hex())
    return Answer(text, column(key("现在复核", "verify", drawn.id or 0), *_public_keys(drawn)))


@notice("closed")
def closed(act: Act, row: Outbox) -> Answer | None:
    """The task is closed: everything is published, the secret included."""
    drawn, task = _drawn(act, row)
    return Answer(
        say("draw.closed", serial=drawn.serial, no=task.plan_no, name=task.name),
        column(key("复核抽取", "verify", drawn.id or 0)),
    )


@notice("event_notice")
def event_notice(act: Act, row: Outbox) -> Answer | None:
    """A substitution event, announced before its throws; no names in the group."""
    found = event.get(act.session, int(row.data["event"]))
    drawn = draw.get(act.session, found.draw_id)
    made = json.loads(found.notice)
    rule = made["randomness"]
    parts = [
        say(
            "draw.event",
            serial=drawn.serial,
            k=found.k,
            places=len(made["places"]),
            why=made["explanation"],
            by=made["approved_by"],
        )
    ]
    if rule["kind"] == "waived":
        parts.append(say("draw.event_waived"))
    else:
        parts.append(
            say(
                "draw.throw_please",
                emoji=rule["emoji"],
                n=draw.needed(rule),
                witnesses=rule["min_witnesses"],
                deadline=_moment(act, found.deadline),
            )
        )
    parts.append(say("draw.event_digest", digest=_groups(found.digest)))
    return Answer(lines(*parts))


@notice("event_result")
def event_result(act: Act, row: Outbox) -> Answer | None:
    """The substitution is made; its digest is posted."""
    found = event.get(act.session, int(row.data["event"]))
    drawn = draw.get(act.session, found.draw_id)
    entry = json.loads(drawn.draws[found.k - 1])
    return Answer(
        say(
            "draw.event_done",
            serial=drawn.serial,
            k=found.k,
            n=len(entry["changes"]),
            digest=_groups(draw.posted_digest(entry)),
        )
    )


@notice("event_lapsed")
def event_lapsed(act: Act, row: Outbox) -> Answer | None:
    """Too few throws for a substitution: the approver can announce it again."""
    found = event.get(act.session, int(row.data["event"]))
    drawn = draw.get(act.session, found.draw_id)
    return Answer(
        say("draw.event_lapsed", serial=drawn.serial, k=found.k), column(key("重新公告", "leave_yes", found.seat_id))
    )


# --- pieces ------------------------------------------------------------------------------------------------------


def _public_keys(drawn: Draw) -> list[Key]:
    """What anyone may take once the code is published; of a lapsed announcement there are no files."""
    keys = [key("复核网页", "verify_page", drawn.id or 0)]
    if drawn.state != DrawState.LAPSED:
        keys.append(key("取公开版文件", "record_public", drawn.id or 0))
    return keys


def _cancel(ask: Ask) -> Key:
    """取消 for whoever asked: in the group nobody clears another's preview away."""
    return key("取消", "cancel", ask.act.person_id)


def _tasks(ask: Ask) -> tuple[list[Task], int]:
    """Tasks that the asker can draw now, and how many rows still wait for 补全."""
    unit = people.unit_of_role(ask.act.session, ask.act.person_id, Role.STAFF) or people.unit_of_role(
        ask.act.session, ask.act.person_id, Role.ADMIN
    )
    units = people.below(ask.act.session, unit.id or 0) if unit else set()
    found = plan.tasks_for(ask.act.session, units, {TaskState.WRITTEN, TaskState.COMPLETED})
    ready = [task for task in found if task.state == TaskState.COMPLETED and task.mode != DrawMode.PLATFORM]
    return ready, sum(task.state == TaskState.WRITTEN for task in found)


def _task(ask: Ask) -> Task:
    task = ask.act.session.get(Task, ask.number())
    if task is None:
        raise Refused("没有找到这项任务，请重新发送 /draw。")
    return task


def _drawn(act: Act, row: Outbox) -> tuple[Draw, Task]:
    drawn = draw.get(act.session, int(row.data["draw"]))
    return drawn, act.session.get_one(Task, drawn.task_id)


def _task_of(act: Act, drawn: Draw) -> Task:
    return act.session.get_one(Task, drawn.task_id)


def _batch(act: Act, task: Task) -> int:
    return draw.next_batch(act.session, task.id or 0)


def _short(task: Task) -> str:
    name = task.name.removeprefix(f"{task.plan_no[:4]}年")
    return name if len(name) <= 18 else name[:17] + "…"


def _ratio(task: Task) -> str:
    if set(task.strata) == {"*"}:
        try:
            return plan.stratum_quota(task.strata["*"]).text
        except ValueError:
            return task.strata["*"]
    return "分层" if task.strata else task.ratio_text or "无比例"


def _strata(frozen: pool.Pool) -> Html:
    total = say("draw.total", n=frozen.quota)
    if [each.name for each in frozen.strata] == ["*"]:
        only = frozen.strata[0]
        return lines(say("draw.plain", size=only.size, rule=only.rule, quota=only.quota))
    shown = [
        say("draw.layer", name=_stratum_name(each.name), size=each.size, rule=each.rule, quota=each.quota)
        for each in frozen.strata
        if each.size
    ]
    return lines(say("draw.layers"), *shown, total)


def _stratum_name(name: str) -> str:
    return "全部" if name == "*" else f"{name} 级" if len(name) == 1 else name


def _reasons(frozen: pool.Pool) -> str:
    return "、".join(f"{reason} {n}" for reason, n in frozen.reasons.most_common())


def _team(act: Act, task: Task) -> str:
    parts = []
    for line in plan.units_of(act.session, task.id or 0):
        unit = act.session.get_one(people.Unit, line.unit_id)
        tags = f"（{'、'.join(line.tags)}）" if line.tags else ""
        parts.append(f"{unit.name} {line.count} 人{tags}")
    return "、".join(parts)


def _load(frozen: pool.Pool) -> str:
    """Roughly how many visits each person gets."""
    seats, people_ = frozen.quota * frozen.seats, max(1, len(frozen.inspectors))
    low, high = seats // people_, -(-seats // people_)
    return str(low) if low == high else f"{low}–{high}"


def _masked(ask: Ask, label: str) -> str:
    """In the group only the head of a code: an entity that may be drawn is not named there."""
    return label if ask.private else f"{label[:4]}…{label[-2:]}"


def _groups(digest: str) -> str:
    """A digest in groups of four, as people compare it."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def _missing(rule: dict[str, object], thrown: list[draw.Thrown], announced_by: str) -> int:
    """How many more throws are needed at least."""
    witnesses = {each.label for each in thrown} - {announced_by}
    return max(draw.needed(rule) - len(thrown), int(str(rule["min_witnesses"])) - len(witnesses), 1)


def _day(day: object) -> str:
    month, number = getattr(day, "month", 0), getattr(day, "day", 0)
    return f"{month} 月 {number} 日"


def _moment(act: Act, at: datetime) -> str:
    """今天 18:00 or 3 月 2 日 18:00."""
    local = at.astimezone(SHANGHAI)
    day = "今天" if local.date() == act.now.astimezone(SHANGHAI).date() else _day(local)
    return f"{day} {local:%H:%M}"
