"""各户: a draw's visits as staff see them: teams, what changed and why, adjusting them, and 代办."""

from dataclasses import replace

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, form
from models import attachment, change, dialogue, draw, visit
from models.act import Act, Refused
from models.entity import Entity
from models.inspector import Inspector
from models.people import Person, Unit
from models.plan import Task
from models.visit import Seat, Visit
from models.words import ChangeKind, Ended, Role, SeatState, VisitState, chinese
from templates.texts import Html, lines, say

# So many visits stand in one message.
_SHOWN = 30
_SEES = change.STAFF | {Role.LEADER}
_CANCEL = key("取消", "cancel")
_OPEN = (VisitState.DRAWN, VisitState.SENT)


@button("visits")
def visits(ask: Ask) -> Answer | None:
    """The visits of a draw with their teams and states; names stay out of the group."""
    drawn = draw.get(ask.act.session, ask.number())
    task = ask.act.session.get_one(Task, drawn.task_id)
    ask.act.require(_SEES, task.unit_id or 0)
    found = visit.named(ask.act.session, drawn.id or 0)
    first = ask.number(1) if len(ask.args) > 1 else 0
    shown = found[first : first + _SHOWN]
    rest = len(found) - first - len(shown)
    keys = [key(f"{each.order}　{name[:16]}", "team", each.id or 0) for each, name in shown]
    if rest > 0:
        keys.append(key(f"后面 {rest} 户", "visits", drawn.id or 0, first + _SHOWN))
    return Answer(
        lines(
            say("event.visits", no=task.plan_no, name=task.name, serial=drawn.serial, n=len(found)),
            *(
                say(
                    "event.visit_line",
                    order=each.order,
                    entity=name,
                    team="、".join(who.name for _, who in visit.team(ask.act.session, each.id or 0)),
                    state=_state(each),
                )
                for each, name in shown
            ),
        ),
        column(*keys),
        privately=True,
        toast="" if ask.private else "已私信发给您",
    )


@button("team")
def card(ask: Ask) -> Answer | None:
    """One visit as staff see it, with what can be done."""
    return _card(ask, ask.number())


@button("seat")
def seat(ask: Ask) -> Answer | None:
    """One member of a team: what staff may do about him or for him."""
    found, one, who = _seat(ask)
    number = found.id or 0
    text = say(
        "event.seat",
        name=who.name,
        order=one.order,
        entity=_entity(ask.act, one),
        state=chinese(SeatState(found.state)),
    )
    rows: list[tuple[Key, ...]] = []
    if found.state == SeatState.WAITING and one.state == VisitState.SENT:
        rows.append((key("代收到", "behalf", number, "accept"),))
    if found.state in {SeatState.WAITING, SeatState.ACCEPTED} and one.state in _OPEN:
        rows.append((key("代申请回避", "behalf", number, "recusal"), key("代无法参加", "behalf", number, "unable")))
        rows.append((key("调整：回避", "remove", number, "recusal"), key("调整：不能参加", "remove", number, "unable")))
    rows.append((key("返回", "team", one.id or 0),))
    return Answer(text, tuple(rows), edit=True)


@button("remove")
def remove(ask: Ask) -> Answer | None:
    """调整 of a team by the office itself: the reason first, another of the staff decides."""
    found, one, who = _seat(ask)
    kind = ChangeKind(ask.args[1])
    _alone(ask)
    dialogue.begin(
        ask.act.session, ask.chat_id, ask.act.person_id, "remove", {"seat": found.id, "kind": kind}, ask.act.now
    )
    what = "回避" if kind == ChangeKind.RECUSAL else "不能参加"
    return Answer(say("event.remove_reason", what=what, name=who.name, entity=_entity(ask.act, one)), column(_CANCEL))


@form("remove")
def removed(ask: Ask) -> Answer | None:
    """The reason; then another of the staff decides."""
    if ask.dialogue is None or not ask.text:
        return Answer(say("visit.reason_as_text"))
    data = ask.dialogue.data
    made = change.ask_to_remove(ask.act, int(data["seat"]), recusal=data["kind"] == ChangeKind.RECUSAL, reason=ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("event.removal_asked", to=_deciders(ask.act, made)))


# --- 代办 ---------------------------------------------------------------------------------------------------------


@button("behalf")
def behalf(ask: Ask) -> Answer | None:
    """代办: what an inspector of the team says on paper; the photo of it comes first."""
    found, one, who = _seat(ask)
    what = ask.args[1]
    _alone(ask)
    act = _for(ask.act, who)
    if what == "accept":
        if found.state != SeatState.WAITING or one.state != VisitState.SENT:
            raise Refused("这一户不用再登记收到。")
    else:
        change.may_leave(act, one.id or 0)
    dialogue.begin(
        ask.act.session,
        ask.chat_id,
        ask.act.person_id,
        "behalf",
        {"seat": found.id, "what": what, "paper": ""},
        ask.act.now,
    )
    return Answer(say("event.paper", name=who.name, what=_WHAT[what]), column(_CANCEL))


@form("behalf")
def on_behalf(ask: Ask) -> Answer | None:
    """The photo of the paper, then the reason where one is needed."""
    if ask.dialogue is None:
        return None
    data = dict(ask.dialogue.data)
    found, one, who = _seat(ask.with_args(str(data["seat"])))
    act = _for(ask.act, who)
    if ask.file is not None:
        digest = ask.kit.keep_file(ask.file.data)
        attachment.attach(act, "seat", found.id or 0, kind=ask.file.kind, digest=digest, size=ask.file.size)
        data["paper"] = digest
    if not data["paper"]:
        return Answer(say("event.paper_wanted"))
    if data["what"] == "accept":
        visit.accept(act, [one.id or 0])
        dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
        return Answer(say("event.accepted_behalf", name=who.name), column(key("返回", "team", one.id or 0)))
    if not ask.text:
        dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "behalf", data, ask.act.now)
        return Answer(say("event.paper_reason"))
    made = change.ask_to_leave(act, [one.id or 0], recusal=data["what"] == "recusal", reason=ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("event.asked_behalf_done", name=who.name, what=_WHAT[data["what"]], to=_deciders(ask.act, made)))


_WHAT = {"accept": "收到", "recusal": "申请回避", "unable": "无法参加"}


def _for(act: Act, who: Inspector) -> Act:
    """The act of the staff for somebody of the register."""
    person = act.session.get(Person, who.person_id) if who.person_id else None
    if person is None:
        raise Refused(f"{who.name}在名录库里没有对应的人员，不能代办。请管理员在 /people 中补上，或者用「调整」。")
    return replace(act, behalf=person)


# --- pieces ------------------------------------------------------------------------------------------------------


def _card(ask: Ask, visit_id: int) -> Answer:
    act = ask.act
    one = visit.get(act.session, visit_id)
    task = act.session.get_one(Task, one.task_id)
    act.require(_SEES, task.unit_id or 0)
    members = visit.team(act.session, visit_id)
    parts: list[Html] = [say("event.card", order=one.order, entity=_entity(act, one), state=_state(one))]
    if one.draw_id is not None:
        serial = draw.get(act.session, one.draw_id).serial
        parts.append(say("event.card_due", due=f"{one.due.month} 月 {one.due.day} 日", serial=serial))
    if one.since > 1:
        before = visit.replaced(act.session, one)
        if before is not None:
            parts.append(say("event.card_since", k=one.since, order=before.order))
    if one.ended:
        parts.append(say("event.card_ended", ended=chinese(Ended(one.ended)), reason=one.ended_reason))
        if one.replaced_by is not None:
            parts.append(say("event.card_replaced", order=visit.get(act.session, one.replaced_by).order))
    for member, who in members:
        unit = act.session.get_one(Unit, member.unit_id).name
        parts.append(say("event.card_seat", unit=unit, name=who.name, state=chinese(SeatState(member.state))))
    waiting = change.standing(act.session, visit_id)
    parts += [say("event.card_asked", what=chinese(ChangeKind(each.kind)), reason=each.reason) for each in waiting]
    rows: list[tuple[Key, ...]] = []
    if act.may(change.STAFF, task.unit_id or 0) and one.state in _OPEN:
        rows += [(key(f"{who.name}…", "seat", member.id or 0),) for member, who in members]
        rows += [
            (key("同意", "change_yes", each.id or 0), key("不同意", "change_no", each.id or 0)) for each in waiting
        ]
        if not waiting:
            rows.append((key("对象已不在", "gone", visit_id),))
        rows.append((key("另约时间", "rebook_visit", visit_id), key("撤回检查", "drop_visit", visit_id)))
    return Answer(lines(*parts), tuple(rows), privately=not ask.private)


def _seat(ask: Ask) -> tuple[Seat, Visit, Inspector]:
    """A seat of a team, for staff of the unit."""
    found = ask.act.session.get(Seat, ask.number())
    if found is None:
        raise Refused("没有找到这个检查岗位。")
    one = visit.get(ask.act.session, found.visit_id)
    ask.act.require(change.STAFF, ask.act.session.get_one(Task, one.task_id).unit_id or 0)
    return found, one, ask.act.session.get_one(Inspector, found.inspector_id)


def _deciders(act: Act, made: change.Change) -> str:
    return "、".join(person.name for person in change.deciders(act.session, made)) or "工作人员"


def _entity(act: Act, one: Visit) -> str:
    return act.session.get_one(Entity, one.entity_id).name


def _state(one: Visit) -> str:
    """The named state of a visit; of one that ended unmade, how."""
    return chinese(Ended(one.ended)) if one.ended else chinese(VisitState(one.state))


def _alone(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")
