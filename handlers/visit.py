"""The inspectors' side: task cards, 收到, 申请回避, 无法参加, and the progress that staff see (DESIGN §5.2)."""

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, command, form, notice
from models import change, dialogue, followup, people, plan, recheck, scenario, visit
from models.act import Act, Refused
from models.entity import Entity
from models.followup import Followup
from models.inspector import Inspector
from models.outbox import Outbox
from models.plan import Task
from models.step import Step
from models.visit import Seat, Visit
from models.words import Role, SeatState, VisitState, chinese
from templates.texts import Html, lines, say

# A list shows so many visits; the rest is behind a button.
_SHOWN = 30


@command("tasks", "我的任务", "查看我的检查任务", roles={Role.INSPECTOR}, who="检查人员")
def mine(ask: Ask) -> Answer | None:
    """All open visits of the inspector, one button each."""
    own = visit.inspector_of(ask.act.session, ask.act.person_id)
    found = visit.of_inspector(ask.act.session, own.id or 0) if own else []
    rechecks = recheck.of_inspector(ask.act, own.id or 0) if own else []
    if not found and not rechecks:
        return Answer(say("visit.none"), privately=True)
    text = lines(_list(ask.act, found) if found else "", *_rechecks(ask.act, rechecks))
    keys = [
        key(f"复查　{ask.act.session.get_one(Entity, one.entity_id).name[:16]}", "followup", row.id or 0)
        for row, one, _ in rechecks
    ]
    return Answer(text, (*_list_keys(found, None), *column(*keys)), privately=not ask.private)


@button("tasks_from")
def further(ask: Ask) -> Answer | None:
    """The visits after the first ones of a list; of one draw where it is named."""
    own = visit.inspector_of(ask.act.session, ask.act.person_id)
    draw_id = ask.number(1) if len(ask.args) > 1 else None
    found = visit.of_inspector(ask.act.session, own.id or 0, visit.OPEN, draw_id) if own else []
    first = ask.number()
    if first >= len(found):
        raise Refused("后面没有待办的任务了。全部任务请发送 /tasks 查看。")
    return Answer(_list(ask.act, found, first), _list_keys(found, draw_id, first))


@notice("cards")
def cards(act: Act, row: Outbox) -> Answer | None:
    """The card that comes with 派发任务: one visit whole, or a list."""
    inspector_id, draw_id = int(row.data["inspector"]), int(row.data["draw"])
    found = [
        each
        for each in visit.of_inspector(act.session, inspector_id, visit.OPEN, draw_id)
        # What 派发任务 sends is all that is open then, also what an event before it changed.
        if int(row.data["since"]) in (1, each[1].since)
    ]
    if not found:
        return None
    if len(found) == 1:
        one, seat, entity = found[0]
        return Answer(_card(act, one, seat, entity), _card_keys(one, seat))
    return Answer(
        lines(_list(act, found), say("visit.discipline", text=act.policy.discipline)), _list_keys(found, draw_id)
    )


@button("visit")
def show(ask: Ask) -> Answer | None:
    """One visit whole, for its own team."""
    one = visit.get(ask.act.session, ask.number())
    seat = visit.seat_of(ask.act, ask.number())
    entity = ask.act.session.get_one(Entity, one.entity_id)
    return Answer(_card(ask.act, one, seat, entity), _card_keys(one, seat))


@button("accept")
def accept(ask: Ask) -> Answer | None:
    """收到 of one visit."""
    fresh = visit.accept(ask.act, [ask.number()])
    one = visit.get(ask.act.session, ask.number())
    seat = visit.seat_of(ask.act, ask.number())
    entity = ask.act.session.get_one(Entity, one.entity_id)
    toast = "已收到，谢谢。" if fresh else "已经登记过收到，不用重复。"
    return Answer(_card(ask.act, one, seat, entity), _card_keys(one, seat), edit=True, toast=toast)


@button("accept_all")
def accept_all(ask: Ask) -> Answer | None:
    """全部收到 of a draw's visits."""
    own = visit.inspector_of(ask.act.session, ask.act.person_id)
    found = visit.of_inspector(ask.act.session, own.id or 0, visit.OPEN, ask.number()) if own else []
    if not found:
        over = visit.of_inspector(ask.act.session, own.id or 0, visit.FINISHED, ask.number()) if own else []
        raise Refused("您在这批任务里的检查都已经办完，不用再按收到。" if over else "这批任务里没有您的检查任务。")
    fresh = visit.accept(ask.act, [one.id or 0 for one, _, _ in found])
    found = visit.of_inspector(ask.act.session, own.id or 0 if own else 0, visit.OPEN, ask.number())
    text = lines(_list(ask.act, found), say("visit.discipline", text=ask.act.policy.discipline))
    toast = f"已登记收到 {fresh} 户。" if fresh else "都已经登记过收到，不用重复。"
    return Answer(text, _list_keys(found, ask.number()), edit=True, toast=toast)


@button("recuse")
def recuse(ask: Ask) -> Answer | None:
    """申请回避: asks for the reason."""
    return _ask_reason(ask, recusal=True)


@button("absent")
def absent(ask: Ask) -> Answer | None:
    """无法参加: of this visit or of all in the draw; then asks for the reason."""
    visits = change.leavable(ask.act, ask.number())
    if len(visits) == 1:
        return _ask_reason(ask, recusal=False)
    change.may_leave(ask.act, ask.number())
    keys = (
        key("仅此一户", "absent_one", ask.number()),
        key(f"本次抽取全部（{len(visits)} 户）", "absent_all", ask.number()),
        key("取消", "cancel"),
    )
    return Answer(say("visit.ask_which"), column(*keys), privately=not ask.private)


@button("absent_one")
def absent_one(ask: Ask) -> Answer | None:
    """无法参加, 仅此一户."""
    return _ask_reason(ask, recusal=False, visits=[ask.number()])


@button("absent_all")
def absent_all(ask: Ask) -> Answer | None:
    """无法参加, 本次抽取全部."""
    return _ask_reason(ask, recusal=False, visits=change.leavable(ask.act, ask.number()), whole=True)


@button("gone")
def gone(ask: Ask) -> Answer | None:
    """对象已不在: asks how that was found."""
    if not ask.private:
        raise Refused("请在与我的私聊里报告。")
    one = change.may_report_gone(ask.act, ask.number())
    entity = ask.act.session.get_one(Entity, one.entity_id)
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "gone", {"visit": one.id}, ask.act.now)
    return Answer(say("event.gone_reason", entity=entity.name), column(key("取消", "cancel")))


@form("gone")
def gone_reason(ask: Ask) -> Answer | None:
    """How it was found; then staff decide."""
    if ask.dialogue is None or not ask.text:
        return Answer(say("visit.reason_as_text"))
    made = change.ask_gone(ask.act, int(ask.dialogue.data["visit"]), ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("event.gone_asked", to=_deciders(ask.act, made)))


@form("leave")
def reason(ask: Ask) -> Answer | None:
    """The reason, in the inspector's words; then staff decide."""
    if ask.dialogue is None or not ask.text:
        return Answer(say("visit.reason_as_text"))
    data = ask.dialogue.data
    # A form that was opened before an update of the assistant names one visit.
    visits = [int(each) for each in data.get("visits", [data.get("visit")])]
    change.ask_to_leave(
        ask.act, visits, recusal=bool(data["recusal"]), reason=ask.text, whole=bool(data.get("whole", False))
    )
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("visit.leave_sent"))


@notice("left")
def left(act: Act, row: Outbox) -> Answer | None:
    """To the inspector who was replaced, of all places of one request."""
    visits = [visit.get(act.session, int(row.data["visit"]))]
    if "change" in row.data:
        visits = [each for each, _ in change.places(act.session, int(row.data["change"]), live=True)]
    names = [act.session.get_one(Entity, each.entity_id).name for each in visits]
    if len(names) == 1:
        return Answer(say("visit.left", entity=names[0]))
    return Answer(say("visit.left_many", entities="、".join(f"「{name}」" for name in names)))


@notice("no_account")
def no_account(act: Act, row: Outbox) -> Answer | None:
    """To the approver: whoever steps in has no account and must be told otherwise."""
    inspector_id = int(row.data["inspector"])
    if "visit" in row.data:
        ids = [visit.get(act.session, int(row.data["visit"])).entity_id]
    else:
        found = visit.of_inspector(act.session, inspector_id, visit.OPEN, int(row.data["draw"]))
        ids = [one.entity_id for one, seat, _ in found if seat.since == int(row.data["since"])]
    names = "」「".join(act.session.get_one(Entity, each).name for each in ids)
    return Answer(
        say("visit.no_account", name=act.session.get_one(Inspector, inspector_id).name, entity=names),
        column(key("各户", "visits", int(row.data["draw"]))) if "draw" in row.data else (),
    )


@notice("receipt_reminder")
def receipt_reminder(act: Act, row: Outbox) -> Answer | None:
    """No 收到 yet: one reminder."""
    found = visit.of_inspector(act.session, int(row.data["inspector"]), (VisitState.SENT,), int(row.data["draw"]))
    waiting = [each for each in found if each[1].state == SeatState.WAITING]
    if not waiting:
        return None
    return Answer(say("visit.receipt_reminder", n=len(waiting)), _list_keys(waiting, int(row.data["draw"])))


@notice("receipt_missing")
def receipt_missing(act: Act, row: Outbox) -> Answer | None:
    """Still no 收到 after the reminder: the dispatcher is told, of all in one message."""
    silent = visit.unanswered(act.session, int(row.data["draw"]))
    if not silent:
        return None
    names = "、".join(f"{name}（{n} 户）" for name, n in silent.items())
    return Answer(say("visit.receipt_missing", n=len(silent), names=names))


@command(
    "progress",
    "进度",
    "查看各项任务办到哪一步",
    roles={Role.STAFF, Role.ADMIN, Role.LEADER},
    who="工作人员、领导",
)
def progress(ask: Ask) -> Answer | None:
    """Each drawn task with its visits by state; figures only, so that it may stand in the group."""
    session = ask.act.session
    unit = next(
        filter(
            None,
            (people.unit_of_role(session, ask.act.person_id, role) for role in (Role.STAFF, Role.ADMIN, Role.LEADER)),
        ),
        None,
    )
    tasks = plan.drawn_for(session, people.below(session, unit.id or 0) if unit else set())
    if not tasks:
        return Answer(say("visit.no_progress"))
    shown, keys = [], []
    for task in tasks:
        ends = visit.ends(session, task.id or 0)
        keys += [
            key(f"{task.plan_no} 各户" + (f"（第 {at} 批）" if at > 1 else ""), "visits", draw_id)
            for at, draw_id in enumerate(visit.draws_of(session, task.id or 0), start=1)
        ]
        counts = visit.counts(session, task.id or 0)
        states = "　".join(f"{chinese(state)} {n}" for state, n in counts.items() if n)
        late = visit.overdue(session, task.id or 0, ask.act.now.date())
        shown.append(
            lines(
                say("visit.progress", no=task.plan_no, name=task.name, n=sum(counts.values()), states=states),
                say("visit.progress_late", n=late) if late else "",
                say("visit.progress_ended", ends="、".join(f"{chinese(each)} {n} 户" for each, n in ends.items() if n))
                if any(ends.values())
                else "",
            )
        )
    return Answer(lines(*shown), column(*keys))


# --- pieces ------------------------------------------------------------------------------------------------------


def _ask_reason(ask: Ask, *, recusal: bool, visits: list[int] | None = None, whole: bool = False) -> Answer:
    if not ask.private:
        raise Refused("请在与我的私聊里申请。")
    wanted = visits or [ask.number()]
    for each in wanted:
        change.may_leave(ask.act, each)
    names = [ask.act.session.get_one(Entity, visit.get(ask.act.session, each).entity_id).name for each in wanted]
    dialogue.begin(
        ask.act.session,
        ask.chat_id,
        ask.act.person_id,
        "leave",
        {"visits": wanted, "recusal": recusal, "whole": whole},
        ask.act.now,
    )
    text = say("visit.ask_recusal" if recusal else "visit.ask_absence", entity="」「".join(names))
    return Answer(text, column(key("取消", "cancel")))


def _list(act: Act, found: list[tuple[Visit, Seat, Entity]], first: int = 0) -> Html:
    tasks = {one.task_id: act.session.get_one(Task, one.task_id) for one, _, _ in found}
    title = "、".join(f"{task.plan_no} {task.name}" for task in tasks.values())
    shown = [
        say(
            "visit.line",
            n=n,
            name=entity.name,
            district=entity.district or "—",
            due=_day(one),
            colleagues=_colleagues(act, one, seat),
            state=_state(one, seat),
        )
        for n, (one, seat, entity) in enumerate(found[first : first + _SHOWN], start=first + 1)
    ]
    return lines(say("visit.list", n=len(found), task=title), *shown)


def _rechecks(act: Act, found: list[tuple[Followup, Visit, Step]]) -> list[Html]:
    """The rechecks that an inspector is sent to, the earliest first."""
    if not found:
        return []
    shown = [
        say(
            "visit.recheck_line",
            name=act.session.get_one(Entity, one.entity_id).name,
            label=followup.words_of(row),
            day=f"{sent.day.month} 月 {sent.day.day} 日",
        )
        for row, one, sent in found
    ]
    return [say("visit.rechecks", n=len(found)), *shown]


def _list_keys(
    found: list[tuple[Visit, Seat, Entity]], draw_id: int | None, first: int = 0
) -> tuple[tuple[Key, ...], ...]:
    rows: list[tuple[Key, ...]] = []
    if draw_id is not None and any(seat.state == SeatState.WAITING for _, seat, _ in found):
        rows.append((key("全部收到", "accept_all", draw_id),))
    rows += [
        (key(f"{n}　{entity.name[:16]}", "visit", one.id or 0),)
        for n, (one, _, entity) in enumerate(found[first : first + _SHOWN], first + 1)
    ]
    rest = len(found) - first - _SHOWN
    if rest > 0:
        of_draw = () if draw_id is None else (draw_id,)
        rows.append((key(f"后面 {rest} 户", "tasks_from", first + _SHOWN, *of_draw),))
    if draw_id is not None:
        rows.append((key("任务通知书 .docx", "doc_assignment", draw_id),))
    return tuple(rows)


def _card(act: Act, one: Visit, seat: Seat, entity: Entity) -> Html:
    task = act.session.get_one(Task, one.task_id)
    items = plan.items_of(act.session, task.id or 0)
    return lines(
        say("visit.card", order=one.order, name=entity.name, state=_state(one, seat)),
        say("visit.where", label=entity.label, address=entity.address or "—"),
        say("visit.contact", contact=_masked_name(entity.contact), phone=_masked_phone(entity.phone)),
        say("visit.task", no=task.plan_no, name=task.name),
        say("visit.origin", origin=one.origin, reason=one.reason) if one.draw_id is None and one.reason else "",
        say("visit.items", items="；".join(item.name for item in items)),
        say("visit.basis", basis="；".join(dict.fromkeys(item.basis for item in items))),
        say("visit.guide", text=guide) if (guide := scenario.guide_of(act.session, task)) else "",
        say("visit.with", colleagues=_colleagues(act, one, seat), due=_day(one)),
        say("visit.discipline", text=act.policy.discipline),
        say("visit.photo_hint"),
    )


def _card_keys(one: Visit, seat: Seat) -> tuple[tuple[Key, ...], ...]:
    number = one.id or 0
    rows: list[tuple[Key, ...]] = []
    if seat.state == SeatState.WAITING and one.state == VisitState.SENT:
        rows.append((key("收到", "accept", number),))
    if one.state in {VisitState.SENT, VisitState.RETURNED, VisitState.DISPUTED}:
        rows.append((key("录入结果", "result", number), key("文书", "papers", number)))
    elif one.state == VisitState.ENTERED:
        rows.append((key("查看结果", "result_show", number), key("文书", "papers", number)))
    else:
        rows.append((key("文书", "papers", number),))
    if one.state == VisitState.SENT and seat.state in {SeatState.WAITING, SeatState.ACCEPTED}:
        rows.append((key("申请回避", "recuse", number), key("无法参加", "absent", number)))
        rows.append((key("对象已不在", "gone", number),))
    return tuple(rows)


def _deciders(act: Act, made: change.Change) -> str:
    """Who answers a request, by name."""
    return "、".join(person.name for person in change.deciders(act.session, made)) or "工作人员"


def _state(one: Visit, seat: Seat) -> str:
    """What the inspector has to know of a visit's state."""
    if one.state == VisitState.SENT and seat.state != SeatState.ACCEPTED:
        return chinese(SeatState(seat.state))
    return chinese(VisitState(one.state))


def _colleagues(act: Act, one: Visit, seat: Seat) -> str:
    names = [inspector.name for other, inspector in visit.team(act.session, one.id or 0) if other.id != seat.id]
    return "、".join(names) or "—"


def _day(one: Visit) -> str:
    return f"{one.due.month} 月 {one.due.day} 日前"


def _masked_name(name: str) -> str:
    return f"{name[0]}{'*' * (len(name) - 1)}" if name else "—"


def _masked_phone(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else phone or "—"
