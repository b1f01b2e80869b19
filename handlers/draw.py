"""抽取: choose one task or several, preview, decide how the randomness is got, announce (DESIGN §5.1)."""

from dataclasses import replace
from fractions import Fraction

from handlers import draw_large
from handlers.answer import Answer, Key, column, key
from handlers.phrases import day, dice_name, moment, source, stratum_name
from handlers.registry import Ask, button, command, form
from models import announcement, ceremony, dialogue, draw, expert, lottery, people, plan, pool, strata, throws
from models.act import Act, NoRight, Refused
from models.ceremony import Ceremony
from models.draw import Draw
from models.plan import Task
from models.words import DrawMode, Role, TaskState
from templates.texts import Html, lines, say

_STAFF = {Role.STAFF, Role.ADMIN}
_LOTTERY = "draw_lottery"
_REST = "draw_rest"
_RATIOS = "draw_ratios"
# Faces of the dice that can be thrown in the room.
_SIDES = (6, 10, 20)
_SHARES = (1, 2, 3, 4)
_SHARE_WORDS = {1: "全部", 2: "二分之一", 3: "三分之一", 4: "四分之一"}
_MOST_EXPERTS = 5


@command("draw", "抽取", "从计划中选一项任务，抽取检查对象、匹配检查人员", roles=_STAFF, who="工作人员")
def choose(ask: Ask) -> Answer | None:
    """The tasks that can be drawn, one button each."""
    ready, waiting, elsewhere = _tasks(ask)
    outside = say("draw.on_platform", n=elsewhere) if elsewhere else ""
    if not ready:
        return Answer(lines(say("draw.none", waiting=waiting), outside))
    keys = [
        key(f"{task.plan_no} {_short(task)} · {_ratio(ask.act, task)}", "draw_task", task.id or 0) for task in ready
    ]
    if len(ready) > 1:
        keys.append(key("合并抽取多项", "draw_many"))
    return Answer(lines(say("draw.choose", n=len(ready), waiting=waiting), outside), column(*keys, _cancel(ask)))


@button("draw_task")
def one(ask: Ask) -> Answer | None:
    """A task by itself: its preview."""
    task = _task(ask, ask.number())
    return _face(ask, ceremony.alone(ask.act, task.id or 0))


@button("draw_many")
def many(ask: Ask) -> Answer | None:
    """合并抽取多项: the same list with a mark for each."""
    return _marks(ask, ceremony.draft(ask.act, []))


@button("draw_mark")
def mark(ask: Ask) -> Answer | None:
    """Take a task in, or out."""
    row = ceremony.still_draft(ask.act.session, ask.number())
    ceremony.mark(ask.act, row, _task(ask, ask.number(1)).id or 0)
    return _marks(ask, row)


@button("draw_marks")
def marks_again(ask: Ask) -> Answer | None:
    """Back to the marks."""
    return _marks(ask, ceremony.still_draft(ask.act.session, ask.number()))


@button("draw_show")
def show(ask: Ask) -> Answer | None:
    """The preview of all that is marked, or of the one task."""
    row = _row(ask)
    if not row.tasks:
        raise Refused("还没有选任务，请先点选要合并抽取的任务。")
    return _face(ask, row)


@button("draw_one")
def adjust(ask: Ask) -> Answer | None:
    """One task of several: its own choices."""
    row = ceremony.still_draft(ask.act.session, ask.number())
    return draw_large.shown(ask, row, _adjusted)


@button("draw_excluded")
def excluded(ask: Ask) -> Answer | None:
    """Who is left out and why, in private: names stay out of the group."""
    row, _ = _of(ask)
    return draw_large.shown(ask, row, _left_out, privately=True)


def _left_out(ask: Ask, row: Ceremony) -> Answer:
    frozen = announcement.chosen(ask.act, row, _task(ask, ask.number(1)))
    shown = [f"{label}　{reason}" for label, reason in frozen.excluded[:60]]
    more = say("draw.excluded_more", n=len(frozen.excluded) - 60) if len(frozen.excluded) > 60 else ""
    text = lines(say("draw.excluded_list", n=len(frozen.excluded)), *shown, more)
    return Answer(text, privately=True, toast="" if ask.private else "名单已私信发给您")


# --- what staff may choose -------------------------------------------------------------------------------------------


@button("draw_batch")
def batch(ask: Ask) -> Answer | None:
    """分批: which part of what is due this batch takes."""
    row, task = _of(ask)
    keys = [key(_SHARE_WORDS[each], "draw_share", row.id or 0, task.id or 0, each) for each in _SHARES]
    return Answer(say("draw.batch_ask", no=task.plan_no), (*column(*keys), _back(row, task)), edit=True)


@button("draw_share")
def share(ask: Ask) -> Answer | None:
    """The part is taken."""
    row, task = _of(ask)
    part = ask.number(2)
    ceremony.choose(ask.act, row, task.id or 0, "share", str(Fraction(1, part)) if part in _SHARES else "")
    return _after(ask, row, task)


@button("draw_experts")
def experts(ask: Ask) -> Answer | None:
    """How many experts are drawn along."""
    row, task = _of(ask)
    most = min(_MOST_EXPERTS, len(_experts_at_hand(ask.act, task)))
    words = ["不抽专家", *(f"{n} 名" for n in range(1, most + 1))]
    keys = [key(word, "draw_expert", row.id or 0, task.id or 0, n) for n, word in enumerate(words)]
    return Answer(say("draw.experts_ask", no=task.plan_no), (*column(*keys), _back(row, task)), edit=True)


@button("draw_expert")
def expert_number(ask: Ask) -> Answer | None:
    """The number of experts is taken."""
    row, task = _of(ask)
    ceremony.choose(ask.act, row, task.id or 0, "experts", min(ask.number(2), _MOST_EXPERTS))
    return _after(ask, row, task)


@button("draw_source")
def source_ask(ask: Ask) -> Answer | None:
    """换随机数来源: those that the profile allows."""
    row = _row(ask)
    ids, keys = _ids(row), []
    for kind in ask.act.policy.throws.sources:
        if kind == "dice":
            keys.append(key("见证人在群里掷骰", "draw_dice", *ids))
        elif kind == "lottery":
            keys += [key(f"公开彩票：{each.name}", "draw_game", *ids, at) for at, each in enumerate(lottery.GAMES)]
        else:
            keys += [
                key(f"现场掷{dice_name(f'd{each}')} {_hand(ask.act, each)} 次", "draw_hand", *ids, each)
                for each in _SIDES
            ]
    return Answer(say("draw.source_ask"), (*column(*keys), (key("返回", "draw_show", *ids),)), edit=True)


@button("draw_dice")
def dice(ask: Ask) -> Answer | None:
    """Dice in the chat, by the profile's rule."""
    row = _row(ask)
    if "dice" not in ask.act.policy.throws.sources:
        raise Refused("本单位的规定不允许用这种方式取得随机数。")
    ceremony.ask_for(ask.act, row, {})
    return _face(ask, row)


@button("draw_hand")
def hand(ask: Ask) -> Answer | None:
    """Real dice in the room."""
    row, sides = _row(ask), ask.number(2)
    if sides not in _SIDES:
        raise Refused("没有这种骰子，请重新选择。")
    ceremony.ask_for(ask.act, row, {"kind": "hand", "dice": f"d{sides}", "count": _hand(ask.act, sides)})
    return _face(ask, row)


@button("draw_game")
def game(ask: Ask) -> Answer | None:
    """A lottery: which issue, and when it is drawn, is asked by a form."""
    row = _row(ask)
    of = lottery.GAMES[ask.number(2) % len(lottery.GAMES)]
    data = {"ceremony": _ids(row), "game": of.name}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _LOTTERY, data, ask.act.now)
    reply = "" if ask.private else say("draw.reply_to_this")
    return Answer(lines(say("draw.lottery_ask", game=of.name), reply), ((_cancel(ask),),))


@form(_LOTTERY)
def issue(ask: Ask) -> Answer | None:
    """Issue and time, as one line of text."""
    if ask.dialogue is None or ask.file is not None:
        return Answer(say("draw.lottery_again"))
    row = _row(ask, *ask.dialogue.data["ceremony"])
    rule, opens_at = lottery.issue(str(ask.dialogue.data["game"]), ask.text, ask.act.now)
    ceremony.ask_for(ask.act, row, rule, opens_at)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return _face(ask, row, edit=False)


@button("draw_ratios")
def ratios(ask: Ask) -> Answer | None:
    """换分层比例: ratios and counts mixed, one for each stratum."""
    row, task = _of(ask)
    data = {"ceremony": _ids(row), "task": task.id}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _RATIOS, data, ask.act.now)
    order = strata.ordered(task.strata, task.strata_order)
    now = "；".join(f"{stratum_name(name, alone=len(order) == 1)} {_rule(task.strata[name])}" for name in order)
    reply = "" if ask.private else say("draw.reply_to_this")
    return Answer(lines(say("draw.ratios_ask", no=task.plan_no, now=now), reply), ((_cancel(ask),),))


@form(_RATIOS)
def ratios_given(ask: Ask) -> Answer | None:
    """The ratios as text, kept in the task with an entry in the record."""
    if ask.dialogue is None or ask.file is not None:
        return Answer(say("draw.ratios_again"))
    row = _row(ask, *ask.dialogue.data["ceremony"])
    task = _task(ask, int(ask.dialogue.data["task"]))
    pool.change_strata(ask.act, task, ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return _face(ask, row, edit=False)


@button("draw_rest")
def rest(ask: Ask) -> Answer | None:
    """不再抽取: what is left for further batches is given up, with a reason."""
    row, task = _of(ask)
    if draw_large.needed(ask.act, row.tasks):
        left = announcement.left(ask.act.session, task)
    else:
        frozen = announcement.chosen(ask.act, row, task)
        left = frozen.due - frozen.drawn
    data = {"task": task.id}
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _REST, data, ask.act.now)
    reply = "" if ask.private else say("draw.reply_to_this")
    return Answer(lines(say("draw.rest_ask", no=task.plan_no, n=left), reply), ((_cancel(ask),),))


@form(_REST)
def rest_given(ask: Ask) -> Answer | None:
    """The reason: the task closes once its batches are."""
    if ask.dialogue is None or ask.file is not None:
        return Answer(say("draw.rest_again"))
    task = _task(ask, int(ask.dialogue.data["task"]))
    left = announcement.drop_rest(ask.act, task, ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("draw.rest_done", no=task.plan_no, n=left))


# --- announcing ------------------------------------------------------------------------------------------------------


@button("announce_all")
def announce(ask: Ask) -> Answer | None:
    """发布公告: freeze and commit; the announcement itself is a message of its own in the bound group."""
    row = _any(ask)
    if row.announced_at is None and draw_large.needed(ask.act, row.tasks):
        return draw_large.announced(ask, row, _announced)
    return _announced(ask, *announcement.announce_all(ask.act, row))


def _announced(ask: Ask, made: list[Draw], left_out: dict[int, str]) -> Answer:
    group = draw.group_of(ask.act.session, made[0])
    serials = "、".join(str(each.serial) for each in made)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    how = "draw.announced" if group.chat_id == ask.chat_id else "draw.announced_elsewhere"
    text = say(how, serial=serials, group=group.title, do=_do(draw.rule_of(made[0])))
    return Answer(lines(text, *left_out.values()), edit=True, toast="公告已发布")


@button("withdraw")
def withdraw(ask: Ask) -> Answer | None:
    """撤回 an announcement before the first throw."""
    made = draw.withdraw(ask.act, ask.number())
    return Answer(toast=f"第 {made.serial} 号公告已撤回")


@button("withdraw_all")
def withdraw_all(ask: Ask) -> Answer | None:
    """撤回 all announcements of one message."""
    made = draw.withdraw_all(ask.act, ask.number())
    return Answer(toast=f"第 {'、'.join(str(each.serial) for each in made)} 号公告已撤回")


@button("explain")
def explain(ask: Ask) -> Answer | None:
    """这是什么: how the draw works, for whoever sees it the first time."""
    return Answer(say("draw.explain"), privately=True, toast="" if ask.private else "说明已私信发给您")


@button("dispatch")
def dispatch(ask: Ask) -> Answer | None:
    """派发任务: the private cards go out."""
    visits, inspectors, missing = draw.dispatch(ask.act, ask.number())
    note = Answer(say("draw.no_account", names="、".join(missing)), privately=True) if missing else None
    text = say("draw.dispatched", visits=visits, inspectors=inspectors)
    return Answer(text, toast="任务已派发", also=(note,) if note else ())


# --- pieces ------------------------------------------------------------------------------------------------------


def _cancel(ask: Ask) -> Key:
    """取消 for whoever asked: in the group nobody clears another's preview away."""
    return key("取消", "cancel", ask.act.person_id)


def _tasks(ask: Ask) -> tuple[list[Task], int, int]:
    """Tasks that the asker can draw now; how many rows still wait for 补全, and how many are drawn on the platform."""
    act = ask.act
    unit = people.unit_of_role(act.session, act.person_id, Role.STAFF) or people.unit_of_role(
        act.session, act.person_id, Role.ADMIN
    )
    units = people.below(act.session, unit.id or 0) if unit else set()
    states = {TaskState.WRITTEN, TaskState.COMPLETED, TaskState.DRAWN}
    found = plan.tasks_for(act.session, units, states)
    open_ = [
        task
        for task in found
        if task.state == TaskState.COMPLETED
        or (task.state == TaskState.DRAWN and announcement.ready_for(act.session, task))
    ]
    ready = [task for task in open_ if task.mode != DrawMode.PLATFORM]
    return ready, sum(task.state == TaskState.WRITTEN for task in found), len(open_) - len(ready)


def _task(ask: Ask, task_id: int) -> Task:
    task = ask.act.session.get(Task, task_id)
    if task is None:
        raise Refused("没有找到这项任务，请重新发送 /draw。")
    return task


def _row(ask: Ask, *ids: int) -> Ceremony:
    """The draft that a button names. One task by itself is kept only once something is chosen for it."""
    found = _any(ask, *ids)
    if found.announced_at is not None:
        raise Refused("这次抽取的公告已经发布，不能再改。")
    return found


def _any(ask: Ask, *ids: int) -> Ceremony:
    row_id, task_id = ids or (ask.number(), ask.number(1))
    return ceremony.get(ask.act.session, row_id) if row_id else ceremony.alone(ask.act, task_id)


def _ids(row: Ceremony) -> list[int]:
    """How buttons and forms name a draft: by its number, or where it was not kept yet by its only task."""
    return [row.id or 0, row.tasks[0] if len(row.tasks) == 1 else 0]


def _of(ask: Ask) -> tuple[Ceremony, Task]:
    """The draft and the task that a button names."""
    return _row(ask), _task(ask, ask.number(1))


def _back(row: Ceremony, task: Task) -> tuple[Key, ...]:
    if len(row.tasks) == 1:
        return (key("返回", "draw_show", *_ids(row)),)
    return (key("返回", "draw_one", row.id or 0, task.id or 0),)


def _after(ask: Ask, row: Ceremony, task: Task) -> Answer:
    """The face again after a choice for one task."""
    if len(row.tasks) == 1:
        return _face(ask, row)
    return draw_large.shown(ask, row, _adjusted)


def _adjusted(ask: Ask, row: Ceremony) -> Answer:
    """One of several tasks with what can be chosen for it."""
    text, keys, _ = _choices(ask, row, _task(ask, ask.number(1)))
    return Answer(text, (*keys, (key("返回", "draw_show", *_ids(row)),)), edit=True)


def _marks(ask: Ask, row: Ceremony) -> Answer:
    """The list of tasks with a mark before those that are taken in."""
    ready, _, _ = _tasks(ask)
    keys = [
        key(
            f"{'☑' if task.id in row.tasks else '☐'} {task.plan_no} {_short(task)} · {_ratio(ask.act, task)}",
            "draw_mark",
            row.id or 0,
            task.id or 0,
        )
        for task in ready
    ]
    if row.tasks:
        keys.append(key(f"预览所选 {len(row.tasks)} 项", "draw_show", row.id or 0, 0))
    return Answer(say("draw.mark", n=len(row.tasks)), column(*keys, _cancel(ask)), edit=True)


def _face(ask: Ask, row: Ceremony, *, edit: bool = True) -> Answer:
    """The preview of a draft, where the register is large once it is ready."""
    return replace(draw_large.shown(ask, row, _previewed, edit=edit), edit=edit)


def _previewed(ask: Ask, row: Ceremony) -> Answer:
    """The preview of a draft, one block for each task, with what can be done about it."""
    if len(row.tasks) == 1:
        text, keys, can = _choices(ask, row, _task(ask, row.tasks[0]))
    else:
        text, keys, can = _several(ask, row)
    sources = ask.act.policy.throws.sources
    settled = bool(row.rule) or sources[0] == "dice"
    first: list[Key] = [key("发布公告", "announce_all", *_ids(row))] if can and settled else []
    if can and sources != ("dice",):
        first.append(key("换随机数来源" if settled else "选随机数来源", "draw_source", *_ids(row)))
    shown = tuple(each for each in (tuple(first), *keys, (_cancel(ask),)) if each)
    return Answer(lines(text, _how(ask.act, row)), shown)


def _several(ask: Ask, row: Ceremony) -> tuple[Html, tuple[tuple[Key, ...], ...], bool]:
    """All previews one below the other; one that cannot be drawn does not stop the others."""
    blocks: list[Html] = []
    cannot = 0
    for at in row.tasks:
        task = _task(ask, at)
        try:
            block, _, good = _block(ask, row, task)
        except NoRight:
            raise
        except Refused as refused:
            block, good = lines(_title(ask, task), say("draw.cannot", why=refused.sentence)), False
        blocks.append(block)
        cannot += not good
    can = cannot < len(row.tasks)
    if cannot and can:
        blocks.append(say("draw.others_go_on", n=cannot))
    number = row.id or 0
    keys = [(key(f"调整 {_task(ask, at).plan_no}", "draw_one", number, at),) for at in row.tasks]
    return Html("\n\n".join(blocks)), (*keys, (key("改选任务", "draw_marks", number),)), can


def _title(ask: Ask, task: Task) -> Html:
    batch = announcement.next_batch(ask.act.session, task.id or 0)
    return say("draw.preview", no=task.plan_no, name=task.name, batch=batch)


def _block(ask: Ask, row: Ceremony, task: Task) -> tuple[Html, pool.Pool, bool]:
    """The preview of one task (pool, exclusions, strata, people, experts), and whether every entity can be manned."""
    frozen = announcement.chosen(ask.act, row, task)
    unmannable = frozen.unmannable()
    parts = [
        _title(ask, task),
        say("draw.rehearsal") if task.mode == DrawMode.REHEARSAL else "",
        say("draw.pool", size=len(frozen.pool) + len(frozen.excluded), as_of=day(frozen.as_of)),
        say("draw.excluded", n=len(frozen.excluded), why=_reasons(frozen)) if frozen.excluded else "",
        _strata(frozen),
        say("draw.in_all", due=frozen.due, drawn=frozen.drawn, now=frozen.quota, left=frozen.left)
        if frozen.drawn or frozen.left
        else "",
        say("draw.people", n=len(frozen.inspectors), recusals=len(frozen.recusals), team=_team(ask.act, task)),
        _experts(ask.act, row, task, frozen),
    ]
    if unmannable:
        label, reason = next(iter(unmannable.items()))
        parts.append(say("draw.unmannable", n=len(unmannable), label=_masked(ask, label), reason=str(reason)))
    else:
        parts.append(say("draw.mannable", load=_load(frozen)))
    return lines(*parts), frozen, not unmannable


def _choices(ask: Ask, row: Ceremony, task: Task) -> tuple[Html, tuple[tuple[Key, ...], ...], bool]:
    """The preview of one task with the buttons of what can be chosen for it."""
    text, frozen, can = _block(ask, row, task)
    ids = (row.id or 0, task.id or 0)
    keys = []
    if frozen.excluded:
        keys.append(key("查看未列入", "draw_excluded", *ids))
    if task.mode != DrawMode.REHEARSAL and frozen.due > 1:
        keys.append(key("分批抽取", "draw_batch", *ids))
    if not frozen.drawn:
        keys.append(key("换比例", "draw_ratios", *ids))
    else:
        keys.append(key("不再抽取剩余", "draw_rest", *ids))
    if _experts_at_hand(ask.act, task):
        keys.append(key("随行专家", "draw_experts", *ids))
    return text, tuple(tuple(keys[at : at + 2]) for at in range(0, len(keys), 2)), can


def _experts_at_hand(act: Act, task: Task) -> list[expert.Expert]:
    units = [line.unit_id for line in plan.units_of(act.session, task.id or 0)]
    return expert.at_hand(act.session, units, task.ends) if task.ends else []


def _experts(act: Act, row: Ceremony, task: Task, frozen: pool.Pool) -> Html:
    if frozen.expert_quota:
        return say("draw.experts", size=len(frozen.experts), n=frozen.expert_quota)
    wanted = row.choices.get(str(task.id), {}).get("experts")
    if act.policy.expert_pool and wanted is None:
        return say("draw.no_experts")
    return Html()


def _how(act: Act, row: Ceremony) -> Html:
    """How the randomness will be got."""
    rule = act.policy.throws
    if not row.rule:
        if rule.sources[0] != "dice":
            return say("draw.source_missing")
        asked = throws.dice(rule.emoji, rule.min_bits, rule.min_witnesses)
        return say("draw.by_dice", emoji=rule.emoji, n=draw.needed(asked), witnesses=rule.min_witnesses)
    if row.rule["kind"] == "lottery" and row.opens_at is not None:
        return say("draw.by_lottery", source=source(row.rule), at=moment(act, row.opens_at))
    return say("draw.by_hand", source=source(row.rule))


def _do(rule: dict[str, object]) -> str:
    """What is to be done now in the group."""
    if rule["kind"] in throws.CHAT_DICE:
        return "请见证人在群里回复公告掷骰"
    return "开奖后请录入号码" if rule["kind"] == "lottery" else "请在现场掷骰并录入点数"


def _hand(act: Act, sides: int) -> int:
    """How many throws of a real die carry the profile's bits."""
    count = 1
    while sides**count < 2**act.policy.throws.min_bits:
        count += 1
    return count


def _short(task: Task) -> str:
    name = task.name.removeprefix(f"{task.plan_no[:4]}年")
    return name if len(name) <= 18 else name[:17] + "…"


def _ratio(act: Act, task: Task) -> str:
    if task.state == TaskState.DRAWN:
        return f"第 {announcement.next_batch(act.session, task.id or 0)} 批"
    if set(task.strata) == {"*"}:
        return _rule(task.strata["*"])
    return "分层" if task.strata else task.ratio_text or "无比例"


def _rule(text: str) -> str:
    try:
        return plan.stratum_quota(text).text
    except ValueError:
        return text


def _strata(frozen: pool.Pool) -> Html:
    total = say("draw.total", n=frozen.quota)
    if [each.name for each in frozen.strata] == ["*"]:
        only = frozen.strata[0]
        return lines(say("draw.plain", size=only.size, rule=only.rule, quota=only.quota))
    shown = [
        say("draw.layer", name=stratum_name(each.name, alone=False), size=each.size, rule=each.rule, quota=each.quota)
        for each in frozen.strata
        if each.size
    ]
    return lines(say("draw.layers"), *shown, total)


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
