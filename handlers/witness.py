"""见证 in the group: the announcement, its throws with receipts, numbers entered and confirmed, the result (§5.1)."""

import json
from datetime import datetime

from handlers.answer import Answer, Key, column, key
from handlers.phrases import day, groups, marks, moment, source, stratum_name
from handlers.registry import Ask, button, dice, form, notice
from models import dialogue, draw, drawing, entering, event, expert, outbox, visit
from models.act import Act
from models.base import SHANGHAI
from models.ceremony import Ceremony
from models.draw import Die, Draw
from models.drawfiles import loads
from models.entity import Entity
from models.form import Json
from models.outbox import Outbox
from models.people import Person
from models.plan import Task
from models.throws import CHAT_DICE
from models.words import DrawState
from templates.texts import Html, lines, say

_NUMBERS = "numbers"
_NAMES = 200


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
        drawing.throw(ask.act, int(target.data["draw"]), thrown)
        return None
    if target is not None and target.kind == "event_notice":
        event.throw(ask.act, int(target.data["event"]), thrown)
        return None
    if thrown.forwarded:
        raise draw.forwarded()
    waiting = [each for each in draw.open_in(session, ask.group.id or 0) if draw.rule_of(each)["kind"] in CHAT_DICE]
    if waiting:
        return Answer(say("draw.no_reply", serial=waiting[-1].serial))
    if event.waiting_in(session, ask.group.id or 0):
        return Answer(say("draw.no_reply_event"))
    return Answer(say("draw.no_announcement"))


# --- numbers of a lottery, or of dice in the room --------------------------------------------------------------------


@button("numbers_enter")
def ask_numbers(ask: Ask) -> Answer | None:
    """录入号码: the form opens in the private chat of whoever pressed."""
    row = entering.may_enter(ask.act, ask.number())
    data = {"ceremony": row.id}
    dialogue.begin(ask.act.session, ask.user_id, ask.act.person_id, _NUMBERS, data, ask.act.now)
    toast = "" if ask.private else "请在与我的私聊里录入"
    return Answer(_wanted(row), column(key("取消", "cancel")), privately=True, toast=toast)


@form(_NUMBERS)
def numbers_given(ask: Ask) -> Answer | None:
    """The numbers as text; they go to the group, where somebody else confirms them."""
    if ask.dialogue is None or ask.file is not None:
        return Answer(say("draw.numbers_text"))
    made = entering.enter(ask.act, int(ask.dialogue.data["ceremony"]), ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("draw.numbers_kept", numbers=_numbers(made.numbers)))


@button("numbers_yes")
def confirm(ask: Ask) -> Answer | None:
    """确认 by somebody else: the draw is made."""
    entering.confirm(ask.act, ask.number(), ask.group.id if ask.group else None)
    return Answer(_entered(ask.act, ask.number()), edit=True, toast="已确认，自动抽取")


@button("numbers_no")
def refuse(ask: Ask) -> Answer | None:
    """不同意: to be entered anew."""
    found = entering.refuse(ask.act, ask.number(), ask.group.id if ask.group else None)
    again = column(key("重新录入", "numbers_enter", found.ceremony_id))
    return Answer(_entered(ask.act, ask.number()), again, edit=True, toast="已退回，请重新录入")


@notice("numbers")
def numbers(act: Act, row: Outbox) -> Answer | None:
    """Numbers that were entered, for somebody else to compare and confirm."""
    found = entering.get(act.session, int(row.data["entered"]))
    keys = ((key("确认", "numbers_yes", found.id or 0), key("不同意", "numbers_no", found.id or 0)),)
    return Answer(_entered(act, found.id or 0), keys if found.state == "waiting" else ())


def _entered(act: Act, entered_id: int) -> Html:
    found = entering.get(act.session, entered_id)
    row = act.session.get_one(Ceremony, found.ceremony_id)
    label = act.session.get_one(Person, found.entered_by).label
    digest = draw.shown_digest(entering.announced(act.session, found.ceremony_id))[:16]
    text = say("draw.numbers", source=source(row.rule), numbers=_numbers(found.numbers), by=label, digest=digest)
    if found.state == "waiting":
        how = "draw.numbers_ask_hand" if row.rule["kind"] == "hand" else "draw.numbers_ask"
        return lines(text, say(how))
    decider = act.session.get_one(Person, found.decided_by).label
    return lines(text, say(f"draw.numbers_{found.state}", by=decider))


def _wanted(row: Ceremony) -> Html:
    """What is to be typed in."""
    if row.rule["kind"] == "hand":
        return say("draw.hand_numbers", source=source(row.rule), n=row.rule["count"], most=row.rule["dice"][1:])
    from models.lottery import game

    of = game(row.rule["game"])
    return say("draw.lottery_numbers", source=source(row.rule), how=of.how if of else "")


def _numbers(found: list[list[int]]) -> str:
    return " + ".join(" ".join(str(each) for each in group) for group in found)


# --- notices ---------------------------------------------------------------------------------------------------------


@notice("announcement")
def announcement(act: Act, row: Outbox) -> Answer | None:
    """What one message announces, one task or several: what witnesses do, and the digest of each."""
    drawn = draw.get(act.session, int(row.data["draw"]))
    carried = draw.together(act.session, drawn)
    made: Json = json.loads(drawn.announcement)
    several = len(carried) > 1
    parts: list[Html] = []
    if several:
        serials = f"{carried[0].serial}–{carried[-1].serial}"
        parts.append(say("draw.ceremony", serials=serials, n=len(carried)))
    for each in carried:
        parts.append(Html(f"\n{_announced(act, each)}\n") if several else _announced(act, each))
    # A message of several may hold a rehearsal beside a draw: that mark stands with its own announcement.
    parts += [mark for mark in marks(made, advise=True) if not several or mark != say("draw.rehearsal")]
    parts.append(_to_do(act, drawn, made))
    if several:
        parts.append(say("draw.shared_digest", digest=draw.shown_digest(carried)[:16]))
    return Answer(lines(*parts), _announcement_keys(made, carried))


def _announced(act: Act, drawn: Draw) -> Html:
    task = act.session.get_one(Task, drawn.task_id)
    made: Json = json.loads(drawn.announcement)
    several = len(draw.together(act.session, drawn)) > 1
    return lines(
        say("draw.announcement", serial=drawn.serial, attempt=drawn.attempt),
        say("draw.rehearsal") if several and made["mode"] == "rehearsal" else "",
        say("draw.announcement_task", no=task.plan_no, name=task.name, batch=drawn.batch),
        *(
            say(
                "draw.stratum",
                name=stratum_name(each["name"], alone=len(made["strata"]) == 1),
                size=each["size"],
                quota=each["quota"],
            )
            for each in made["strata"]
        ),
        *(say("draw.listed", size=each["size"], quota=each["quota"]) for each in made.get("lists", ())),
        say("draw.digest", digest=groups(drawn.digest)),
    )


def _to_do(act: Act, drawn: Draw, made: Json) -> Html:
    rule, deadline = made["randomness"], moment(act, drawn.deadline)
    if rule["kind"] in CHAT_DICE:
        n, witnesses = draw.needed(rule), rule["min_witnesses"]
        return say("draw.throw_please", emoji=rule["emoji"], n=n, witnesses=witnesses, deadline=deadline)
    if rule["kind"] == "hand":
        return say("draw.hand_please", source=source(rule), deadline=deadline)
    row = act.session.get_one(Ceremony, drawn.ceremony_id)
    opens = moment(act, row.opens_at) if row.opens_at else ""
    return say("draw.lottery_please", source=source(rule), opens=opens, deadline=deadline)


def _announcement_keys(made: Json, carried: list[Draw]) -> tuple[tuple[Key, ...], ...]:
    first = carried[0].id or 0
    keys: list[tuple[Key, ...]] = []
    if made["randomness"]["kind"] not in CHAT_DICE:
        by_hand = made["randomness"]["kind"] == "hand"
        enter = key("录入点数" if by_hand else "录入开奖号码", "numbers_enter", carried[0].ceremony_id or 0)
        keys.append((enter,))
    if len(carried) == 1:
        keys.append((key("公告全文 .docx", "doc_announcement", first), key("这是什么", "explain")))
        keys.append((key("撤回公告", "withdraw", first),))
        return tuple(keys)
    for each in carried:
        serial, number = each.serial, each.id or 0
        keys.append(
            (key(f"第 {serial} 号全文", "doc_announcement", number), key(f"撤回第 {serial} 号", "withdraw", number))
        )
    keys.append((key("全部撤回", "withdraw_all", first), key("这是什么", "explain")))
    return tuple(keys)


@notice("receipts")
def receipts(act: Act, row: Outbox) -> Answer | None:
    """One message that is edited as throws come in: each throw's receipt, and the randomness once it is fixed."""
    drawn = draw.get(act.session, int(row.data["draw"]))
    k, upto = int(row.data["k"]), int(row.data["number"])
    if k == 1:
        rule, announced_by, attempt = draw.rule_of(drawn), draw.announcer(drawn), 1
        digest = draw.shown_digest(draw.together(act.session, drawn))
    else:
        found = event.get(act.session, int(row.data["event"]))
        made = json.loads(found.notice)
        rule, announced_by, digest, attempt = made["randomness"], made["announced_by"], found.digest, found.attempt
    all_thrown = draw.thrown(act.session, drawn.id or 0, k, attempt)[:upto]
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
    enough = draw.counting(act.session, drawn, k, rule, announced_by, attempt)
    if enough is not None and upto >= len(enough):
        shown.append(say("draw.fixed", randomness=draw.randomness_text(enough)))
        if k == 1:
            shown += _making(act, draw.together(act.session, drawn), row)
    else:
        shown.append(say("draw.still", n=_missing(rule, all_thrown, announced_by), emoji=rule["emoji"]))
    return Answer(lines(*shown))


def _making(act: Act, carried: list[Draw], row: Outbox) -> list[Html]:
    """How far the large ones are that are being made beside the chat."""
    shown = []
    for each in carried:
        if draw.under_way(act.session, each):
            size = sum(stratum["size"] for stratum in json.loads(each.announcement)["strata"])
            own = row.data if row.data.get("making") == each.id else {}
            step, done = str(own.get("step", "wait")), int(own.get("done", 0))
            shown.append(say(f"draw.making_{step}", serial=each.serial, size=size, done=done))
    return shown


@notice("draw_result")
def draw_result(act: Act, row: Outbox) -> Answer | None:
    """The result in the group: figures and the digest; names as the profile allows."""
    drawn, task = _drawn(act, row)
    made, entry = json.loads(drawn.announcement), json.loads(drawn.draws[0])
    each_has = loads(draw.file_of(act.session, drawn, "teams.tsv"))
    number = drawn.id or 0
    parts = [
        say("draw.done", no=task.plan_no, name=task.name, serial=drawn.serial),
        *marks(made),
        say(
            "draw.figures",
            n=entry["selected"]["count"],
            people=len(each_has),
            low=min(each_has, default=0),
            high=max(each_has, default=0),
        ),
        _experts(act, drawn, entry),
        say("draw.more_batches", left=drawn.left, batch=drawn.batch + 1) if drawn.left else "",
        say("draw.result_digest", digest=groups(draw.posted_digest(entry))),
    ]
    if made["mode"] == "rehearsal":
        parts.append(say("draw.rehearsed", code=draw.code(drawn, 1).hex()))
        keys = column(
            key("现在复核", "verify", number), *public_keys(drawn), key("抽取记录 .docx", "doc_record", number)
        )
        return Answer(lines(*parts), keys)
    parts.append(say("draw.code_later", reveal_by=day(drawn.reveal_by)))
    if act.policy.group_shows_names:
        # A province's draw has more names than a group can read; all of them stand in the record.
        parts.append(lines(*(f"{each.order}　{name}" for each, name in visit.named(act.session, number, limit=_NAMES))))
        if entry["selected"]["count"] > _NAMES:
            parts.append(say("draw.more_names", n=entry["selected"]["count"] - _NAMES))
    return Answer(
        lines(*parts),
        (
            (key("派发任务", "dispatch", number), key("抽取记录 .docx", "doc_record", number)),
            (key("怎样复核", "verify_how", number),),
        ),
    )


def _experts(act: Act, drawn: Draw, entry: Json) -> Html:
    """How many experts, and who where the profile shows names in the group."""
    count = sum(each["count"] for each in entry.get("lists", ()))
    if not count:
        return Html()
    names = "、".join(each.name for each in expert.of_draw(act.session, drawn.id or 0))
    return say("draw.experts_drawn", n=count, names=f"：{names}" if names and act.policy.group_shows_names else "")


@notice("expert_card")
def expert_card(act: Act, row: Outbox) -> Answer | None:
    """What an expert who was drawn along is told, in private."""
    drawn, task = _drawn(act, row)
    found = [
        say(
            "draw.expert_visit",
            order=each.order,
            name=entity.name,
            district=entity.district,
            team=team,
            due=day(each.due),
        )
        for each, entity, team in _visits(act, drawn)
    ]
    caller = act.session.get(Person, row.dispatcher_id) if row.dispatcher_id else None
    text = lines(
        say("draw.expert", no=task.plan_no, name=task.name, batch=drawn.batch, n=len(found)),
        *found[:60],
        say("draw.expert_more", n=len(found) - 60) if len(found) > 60 else "",
        say("draw.expert_duty", contact=caller.name if caller else "工作人员"),
    )
    return Answer(text)


def _visits(act: Act, drawn: Draw) -> list[tuple[visit.Visit, Entity, str]]:
    found = []
    for each in visit.of_draw(act.session, drawn.id or 0):
        team = "、".join(inspector.name for _, inspector in visit.team(act.session, each.id or 0))
        found.append((each, act.session.get_one(Entity, each.entity_id), team))
    return found


@notice("withdrawn")
def withdrawn(act: Act, row: Outbox) -> Answer | None:
    """A withdrawn announcement stays on the record and is said so."""
    drawn, task = _drawn(act, row)
    return Answer(say("draw.withdrawn", serial=drawn.serial, no=task.plan_no))


@notice("lapsed")
def lapsed(act: Act, row: Outbox) -> Answer | None:
    """An announcement whose deadline passed with too few throws, or without numbers: its code is published."""
    drawn, task = _drawn(act, row)
    if drawn.state == DrawState.LOST:
        return Answer(say("draw.lost", serial=drawn.serial, no=task.plan_no))
    why = "掷骰不够" if draw.rule_of(drawn)["kind"] in CHAT_DICE else "号码没有录入或者没有经另一人确认"
    return Answer(say("draw.lapsed", serial=drawn.serial, no=task.plan_no, why=why, code=draw.code(drawn, 1).hex()))


@notice("code_published")
def code_published(act: Act, row: Outbox) -> Answer | None:
    """The code, once the last visit is done."""
    drawn, task = _drawn(act, row)
    text = say("draw.code", serial=drawn.serial, no=task.plan_no, code=draw.code(drawn, 1).hex())
    return Answer(text, column(key("现在复核", "verify", drawn.id or 0), *public_keys(drawn)))


@notice("closed")
def closed(act: Act, row: Outbox) -> Answer | None:
    """The draw is closed: everything is published, the secret included."""
    drawn, task = _drawn(act, row)
    left = say("draw.more_batches", left=drawn.left, batch=drawn.batch + 1) if drawn.left else ""
    return Answer(
        lines(say("draw.closed", serial=drawn.serial, no=task.plan_no, name=task.name), left),
        column(key("复核抽取", "verify", drawn.id or 0)),
    )


def public_keys(drawn: Draw) -> list[Key]:
    """What anyone may take once the code is published; of a lapsed announcement there are no files."""
    keys = [key("复核网页", "verify_page", drawn.id or 0)]
    if drawn.state != DrawState.LAPSED:
        keys.append(key("取公开版文件", "record_public", drawn.id or 0))
    return keys


def _drawn(act: Act, row: Outbox) -> tuple[Draw, Task]:
    drawn = draw.get(act.session, int(row.data["draw"]))
    return drawn, act.session.get_one(Task, drawn.task_id)


def _missing(rule: dict[str, object], thrown: list[draw.Thrown], announced_by: str) -> int:
    """How many more throws are needed at least."""
    witnesses = {each.label for each in thrown} - {announced_by}
    return max(draw.needed(rule) - len(thrown), int(str(rule["min_witnesses"])) - len(witnesses), 1)
