"""递补 as staff and the group see it: requests answered, the ways out, notices and results (PROTOCOL §7)."""

import json
import re
from datetime import date
from typing import Any

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, form, notice
from models import change, dialogue, draw, event, replacement, visit
from models.act import Act, Refused
from models.addendum import Addendum
from models.base import SHANGHAI
from models.change import Change
from models.draw import Draw
from models.entity import Entity
from models.event import Event, NobodyLeft
from models.form import Json
from models.inspector import Inspector
from models.outbox import Outbox
from models.people import Person
from models.plan import Task
from models.visit import Visit
from models.words import ChangeKind, ChangeState, Ended, chinese
from templates.texts import Html, lines, say

# So many names stand in one message, and so many people under one question.
_NAMES = 10
_CHOICES = 40
_CANCEL = key("取消", "cancel")


# --- requests ----------------------------------------------------------------------------------------------------


@notice("leave_asked")
def asked(act: Act, row: Outbox) -> Answer | None:
    """A request, to whoever decides."""
    found = _of_row(act, row)
    if found is None or found.state != ChangeState.ASKED:
        return None
    return Answer(_request(act, found), _request_keys(found))


@button("change_yes")
def agree(ask: Ask) -> Answer | None:
    """同意: the substitution is announced in the group, where fresh throws decide."""
    return _approved(ask, ask.number())


@button("change_no")
def disagree(ask: Ask) -> Answer | None:
    """不同意: everything stays, and whoever asked is told."""
    found = event.refuse(ask.act, ask.number())
    return Answer(say("event.refused_staff", name=_asker(ask.act, found)), edit=True, toast="已答复")


@button("leave_yes")
def agree_to_seat(ask: Ask) -> Answer | None:
    """同意 under a message of an older version, which names the seat."""
    return _approved(ask, _by_seat(ask))


@button("leave_no")
def disagree_to_seat(ask: Ask) -> Answer | None:
    """不同意 under a message of an older version."""
    return disagree(ask.with_args(str(_by_seat(ask))))


@notice("leave_refused")
def refused(act: Act, row: Outbox) -> Answer | None:
    """To whoever asked: the request was turned down."""
    if "visit" in row.data:
        # Queued before requests were rows of their own.
        places = [visit.get(act.session, int(row.data["visit"]))]
        return Answer(
            say("event.refused", entity=_names(act, places)), column(key("查看任务", "visit", places[0].id or 0))
        )
    found = change.get(act.session, int(row.data["change"]))
    places = [each for each, _ in change.places(act.session, found.id or 0)]
    keys = column(key("查看任务", "visit", places[0].id or 0)) if len(places) == 1 and found.inspector_id else ()
    return Answer(say("event.refused", entity=_names(act, places)), keys)


def _approved(ask: Ask, change_id: int) -> Answer:
    try:
        made = event.approve(ask.act, change_id)
    except NobodyLeft as nobody:
        # Nothing was changed; the ways out stay readable after the dialog is closed.
        return Answer(
            _ways_out(ask.act, nobody),
            _way_keys(nobody),
            toast="没有可以递补的持证人员，申请仍然保留。",
            alert=True,
        )
    return Answer(_after_approval(ask.act, made), edit=True, toast="已同意")


def _after_approval(act: Act, made: Event) -> Html:
    if made.state != "done":
        return say("event.agreed", k=made.k)
    if event.unfilled(made):
        return say("event.done_unfilled")
    gone = change.get(act.session, made.change_id).kind == ChangeKind.GONE
    return say("event.done_at_once_gone" if gone else "event.done_at_once")


def _ways_out(act: Act, nobody: NobodyLeft) -> Html:
    found = change.get(act.session, nobody.change_id)
    if nobody.gone:
        why = list(nobody.why)
    else:
        visits = [visit.get(act.session, each) for each in nobody.visit_ids]
        why = [say("event.why_seat", entity=_names(act, [each])) for each in visits]
    return lines(
        say("event.nobody_left"),
        *why[:_NAMES],
        say("event.ways"),
        "" if nobody.gone else say(f"event.way_rebook_{ChangeKind(found.kind)}"),
        say("event.way_withdraw"),
        say("event.way_refuse_gone" if nobody.gone else "event.way_refuse"),
    )


def _way_keys(nobody: NobodyLeft) -> tuple[tuple[Key, ...], ...]:
    number = nobody.change_id
    ways = [key("借调人员", "lend", number)]
    if not nobody.gone:
        ways.append(key("另约时间", "rebook", number))
    return (tuple(ways), (key("撤回检查", "drop", number), key("不同意", "change_no", number)))


# --- 借调 ---------------------------------------------------------------------------------------------------------


@button("lend")
def lend(ask: Ask) -> Answer | None:
    """借调人员: who is certified elsewhere and could take one of the places."""
    _alone(ask)
    found = event.case(ask.act, ask.number())
    people = event.lendable(ask.act, found)
    if not people:
        task = ask.act.session.get_one(Task, found.drawn.task_id)
        raise Refused(str(say("event.lend_none", until=_day(task.ends or ask.act.now.date()))))
    dialogue.begin(
        ask.act.session,
        ask.chat_id,
        ask.act.person_id,
        "lend",
        {"change": ask.number(), "chosen": []},
        ask.act.now,
    )
    return _lend_step(ask, found, [])


@button("lend_pick")
def pick(ask: Ask) -> Answer | None:
    """☐ or ☑ of one person."""
    data = _open_form(ask, "lend")
    number, chosen = ask.number(), list(data["chosen"])
    chosen = [each for each in chosen if each != number] if number in chosen else [*chosen, number]
    _keep(ask, {**data, "chosen": chosen})
    answer = _lend_step(ask, event.case(ask.act, int(data["change"])), chosen)
    return Answer(answer.text, answer.keys, edit=True)


@button("lend_next")
def lend_reason(ask: Ask) -> Answer | None:
    """下一步: the reason."""
    data = _open_form(ask, "lend")
    if not data["chosen"]:
        return Answer(toast="请至少选择一名人员。", alert=True)
    _keep(ask, {**data, "ready": True})
    return Answer(say("event.lend_reason"), column(_CANCEL), edit=True)


@form("lend")
def lent(ask: Ask) -> Answer | None:
    """The reason of the loan: the list is posted, and the event announced."""
    data = _open_form(ask, "lend")
    if not ask.text or not data.get("ready"):
        return Answer(say("event.lend_reason") if data.get("ready") else say("event.use_buttons"))
    made = event.lend(ask.act, int(data["change"]), [int(each) for each in data["chosen"]], ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(lines(say("event.lent", n=len(data["chosen"])), _after_approval(ask.act, made)))


def _lend_step(ask: Ask, found: event.Case, chosen: list[int]) -> Answer:
    people = event.lendable(ask.act, found)[:_CHOICES]
    keys = [
        (
            key(
                f"{'☑' if (each.id or 0) in chosen else '☐'} {unit} · {each.name}",
                "lend_pick",
                each.id or 0,
            ),
        )
        for each, unit in people
    ]
    places = [visit.get(ask.act.session, each) for each in _short(found)]
    text = lines(
        say("event.lend", entities=_names(ask.act, places), n=len(chosen)),
        *(
            say("event.lend_line", unit=unit, name=each.name, tags="、".join(each.specialties) or "—")
            for each, unit in people
            if (each.id or 0) in chosen
        ),
    )
    return Answer(text, (*keys, (key("下一步", "lend_next"), _CANCEL)))


# --- 另约时间, 撤回检查 -----------------------------------------------------------------------------------------------


@button("rebook")
def rebook(ask: Ask) -> Answer | None:
    """另约时间 for the places of a request that nobody can take."""
    found = event.case(ask.act, ask.number())
    return _ask_for(ask, "rebook", _short(found), ask.number())


@button("rebook_visit")
def rebook_visit(ask: Ask) -> Answer | None:
    """另约时间 of one visit, from its card."""
    return _ask_for(ask, "rebook", [ask.number()], 0)


@form("rebook")
def rebooked(ask: Ask) -> Answer | None:
    """The new date and the reason."""
    data = _open_form(ask, "rebook")
    day, reason = _dated(ask.text, ask.act.now.date())
    if day is None or not reason:
        return Answer(say("event.rebook_bad"), column(_CANCEL))
    change_id = int(data["change"])
    if change_id:
        event.no_open_event(ask.act, change_id)
    found = change.decidable(ask.act, change_id) if change_id else None
    visit.reschedule(ask.act, [int(each) for each in data["visits"]], day, reason)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    if found is not None and found.kind == ChangeKind.RECUSAL:
        # He must not go on another day either: the request waits for somebody who can.
        return Answer(
            say("event.rebooked_kept", month=day.month, day=day.day),
            (_request_keys(found)[0],),
        )
    if found is not None:
        change.settle(ask.act, found)
    return Answer(say("event.rebooked", month=day.month, day=day.day))


@notice("rescheduled")
def rescheduled(act: Act, row: Outbox) -> Answer | None:
    """To the team: another date."""
    one = visit.get(act.session, int(row.data["visit"]))
    return Answer(
        say(
            "event.rescheduled",
            entity=_names(act, [one]),
            month=one.due.month,
            day=one.due.day,
            reason=row.data["reason"],
        ),
        column(key("查看任务", "visit", one.id or 0)),
    )


@button("drop")
def drop(ask: Ask) -> Answer | None:
    """撤回检查 of the places of a request that nobody can take."""
    found = event.case(ask.act, ask.number())
    return _ask_for(ask, "withdraw", _short(found), ask.number())


@button("drop_visit")
def drop_visit(ask: Ask) -> Answer | None:
    """撤回检查 of one visit, from its card."""
    return _ask_for(ask, "withdraw", [ask.number()], 0)


@form("withdraw")
def dropped(ask: Ask) -> Answer | None:
    """The reason of the withdrawal."""
    data = _open_form(ask, "withdraw")
    if not ask.text:
        return Answer(say("visit.reason_as_text"))
    change_id, visits = int(data["change"]), [int(each) for each in data["visits"]]
    open_ = [each for number in visits for each in change.standing(ask.act.session, number)]
    for each in open_:
        event.no_open_event(ask.act, each.id or 0)
        change.decidable(ask.act, each.id or 0)
    made = replacement.withdraw(ask.act, visits, ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    for each in open_:
        if change.remains(ask.act, each) and each.id == change_id:
            return Answer(
                lines(say("event.withdrawn_staff", n=len(made)), _request(ask.act, each)), _request_keys(each)
            )
    return Answer(say("event.withdrawn_staff", n=len(made)))


@notice("visit_ended")
def visit_ended(act: Act, row: Outbox) -> Answer | None:
    """To the team: nobody needs to go."""
    one = visit.get(act.session, int(row.data["visit"]))
    return Answer(
        say(f"event.ended_{Ended(one.ended)}", entity=_names(act, [one]), reason=one.ended_reason)
        if one.ended == Ended.WITHDRAWN
        else say(f"event.ended_{Ended(one.ended)}", entity=_names(act, [one]))
    )


@notice("visits_withdrawn")
def visits_withdrawn(act: Act, row: Outbox) -> Answer | None:
    """To the group: so many drawn entities will not be visited; numbers alone."""
    drawn = draw.get(act.session, int(row.data["draw"]))
    visits = [visit.get(act.session, int(each)) for each in row.data["visits"]]
    orders = "、".join(str(each.order) for each in visits)
    return Answer(say("event.withdrawn", serial=drawn.serial, n=len(visits), orders=orders))


# --- the group ---------------------------------------------------------------------------------------------------


@notice("addendum")
def lent_list(act: Act, row: Outbox) -> Answer | None:
    """The roster addendum, posted before the event that it completes; no names in the group."""
    found = act.session.get_one(Addendum, int(row.data["addendum"]))
    drawn, made = draw.get(act.session, found.draw_id), json.loads(found.body)
    homes = "、".join(dict.fromkeys(each["from"] for each in made["people"]))
    return Answer(
        say(
            "event.addendum",
            serial=drawn.serial,
            k=found.k,
            n=len({each["label"] for each in made["people"]}),
            homes=homes,
            by=made["approved_by"],
            digest=_groups(found.digest),
        )
    )


@notice("event_notice")
def event_notice(act: Act, row: Outbox) -> Answer | None:
    """A substitution event, announced before its throws; no names in the group."""
    found, drawn, made = _event(act, row)
    rule, places = made["randomness"], made["places"]
    gone = made["reason"] == ChangeKind.GONE
    head = {"serial": drawn.serial, "k": found.k, "places": len(places), "by": made["approved_by"]}
    if gone and event.unfilled(found):
        parts = [say("event.notice_unfilled", **head)]
    elif gone:
        parts = [say("event.notice_gone", **head, left=max(each["eligible"] for each in places))]
    else:
        parts = [say("event.notice", **head, why=made["explanation"])]
    if found.attempt > 1:
        parts.append(say("event.notice_again", attempt=found.attempt, before=found.attempt - 1))
    if made["addenda"]:
        parts.append(say("event.notice_lent", n=len(made["addenda"])))
    if rule["kind"] != "waived":
        parts.append(
            say(
                "draw.throw_please",
                emoji=rule["emoji"],
                n=draw.needed(rule),
                witnesses=rule["min_witnesses"],
                deadline=_moment(act, found),
            )
        )
    elif not event.unfilled(found):
        parts.append(say("event.notice_waived"))
    parts.append(say("event.notice_digest", digest=_groups(found.digest)))
    return Answer(lines(*parts))


@notice("event_result")
def event_result(act: Act, row: Outbox) -> Answer | None:
    """The substitution is made; its digest is posted."""
    found, drawn, _ = _event(act, row)
    entry = json.loads(drawn.draws[found.k - 1])
    changes = entry["changes"]
    replaced = [each for each in changes if "stratum" in each]
    empty = sum(not each["in"] for each in replaced)
    head = {"serial": drawn.serial, "k": found.k}
    parts = []
    if replaced and len(replaced) > empty:
        parts.append(say("event.done_gone", **head, n=len(replaced) - empty))
    if empty:
        parts.append(say("event.unfilled", serial=drawn.serial, n=empty))
    if not replaced:
        parts.append(say("event.done", **head, n=len(changes)))
    if "waived" in entry and not empty:
        parts.append(say("event.done_waived"))
    return Answer(lines(*parts, say("event.done_digest", digest=_groups(draw.posted_digest(entry)))))


@notice("event_void")
def event_void(act: Act, row: Outbox) -> Answer | None:
    """To the group: the notice lapsed, which stays on the record."""
    found, drawn, _ = _event(act, row)
    thrown = draw.thrown(act.session, drawn.id or 0, found.k, found.attempt)
    return Answer(say("event.void", serial=drawn.serial, k=found.k, attempt=found.attempt, n=len(thrown)))


@notice("event_lapsed")
def event_lapsed(act: Act, row: Outbox) -> Answer | None:
    """Too few throws for a substitution: the approver can announce it again."""
    found, drawn, _ = _event(act, row)
    again = column(key("重新公告", "change_yes", found.change_id), key("不同意", "change_no", found.change_id))
    return Answer(say("event.lapsed", serial=drawn.serial, k=found.k), again)


# --- pieces ------------------------------------------------------------------------------------------------------


def _event(act: Act, row: Outbox) -> tuple[Event, Draw, Json]:
    found = event.get(act.session, int(row.data["event"]))
    return found, draw.get(act.session, found.draw_id), json.loads(found.notice)


def _of_row(act: Act, row: Outbox) -> Change | None:
    """The request of a queued message; one of an older version names the seat."""
    if "change" in row.data:
        return change.get(act.session, int(row.data["change"]))
    return change.of_seat(act.session, int(row.data["seat"]))


def _by_seat(ask: Ask) -> int:
    found = change.of_seat(ask.act.session, ask.number())
    if found is None:
        raise Refused("没有找到这项申请。")
    return found.id or 0


def _request(act: Act, found: Change) -> Html:
    places = [each for each, _ in change.places(act.session, found.id or 0, live=True)]
    task = act.session.get_one(Task, places[0].task_id)
    gone = found.kind == ChangeKind.GONE
    text = say(
        "event.asked_gone" if gone else "event.asked",
        name=_asker(act, found),
        what=chinese(ChangeKind(found.kind)),
        entities=_names(act, places),
        task=task.name,
        reason=found.reason,
    )
    real = act.session.get(Person, found.asked_by) if found.asked_by else None
    by = ""
    if found.behalf_id is not None and real is not None:
        by = say("event.asked_behalf", by=real.name)
    elif real is not None and not gone and real.id != _leaver_person(act, found):
        by = say("event.asked_by_staff", by=real.name)
    then = "event.then_throws_gone" if gone else "event.then_throws"
    return lines(text, by, say(then if act.policy.substitute_throws else "event.then_waived"))


def _request_keys(found: Change) -> tuple[tuple[Key, ...], ...]:
    return ((key("同意", "change_yes", found.id or 0), key("不同意", "change_no", found.id or 0)),)


def _leaver_person(act: Act, found: Change) -> int | None:
    leaver = act.session.get(Inspector, found.inspector_id) if found.inspector_id else None
    return leaver.person_id if leaver is not None else None


def _asker(act: Act, found: Change) -> str:
    """Whom the request is about, or who reported."""
    leaver = act.session.get(Inspector, found.inspector_id) if found.inspector_id else None
    if leaver is not None:
        return leaver.name
    person = act.session.get(Person, found.behalf_id or found.asked_by)
    return person.name if person is not None else "—"


def _short(found: event.Case) -> list[int]:
    """The visits of a request that nobody left can take; all of them where somebody could."""
    return found.short() or list(found.visits.values())


def _ask_for(ask: Ask, name: str, visit_ids: list[int], change_id: int) -> Answer:
    """Ask for what a way out needs; the visits and the request are kept while it is written."""
    _alone(ask)
    visits = [visit.get(ask.act.session, each) for each in visit_ids]
    ask.act.require(change.STAFF, ask.act.session.get_one(Task, visits[0].task_id).unit_id or 0)
    dialogue.begin(
        ask.act.session,
        ask.chat_id,
        ask.act.person_id,
        name,
        {"visits": visit_ids, "change": change_id},
        ask.act.now,
    )
    return Answer(say(f"event.ask_{name}", entities=_names(ask.act, visits)), column(_CANCEL))


def _open_form(ask: Ask, name: str) -> dict[str, Any]:
    if ask.dialogue is None or ask.dialogue.form != name:
        raise Refused("这一步已经结束，请从申请的消息里重新开始。")
    return ask.dialogue.data


def _keep(ask: Ask, data: dict[str, object]) -> None:
    if ask.dialogue is not None:
        dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, ask.dialogue.form, data, ask.act.now)


def _alone(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")


def _names(act: Act, visits: list[Visit]) -> str:
    """The entities of visits, as many as fit."""
    names = [act.session.get_one(Entity, each.entity_id).name for each in visits]
    if len(names) == 1:
        return names[0]
    shown = "、".join(names[:_NAMES]) + ("…" if len(names) > _NAMES else "")
    return str(say("event.entities_many", names=Html(shown), n=len(names)))


def _dated(text: str, today: date) -> tuple[date | None, str]:
    """A date in front and the rest behind it: 4月20日 …, 2026-04-20 …, 4-20 …; of a month without year the next one."""
    found = re.match(r"(?:(\d{4})\s*[年./-]\s*)?(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*[日号]?[\s,，;；、]*(.*)", text, re.S)
    if found is None:
        return None, ""
    year, month, day, rest = found.groups()
    try:
        made = date(int(year or today.year), int(month), int(day))
        if year is None and made < today:
            made = date(today.year + 1, int(month), int(day))
    except ValueError:
        return None, ""
    return made, " ".join(rest.split())


def _groups(digest: str) -> str:
    """A digest in groups of four, as people compare it."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def _day(day: date) -> str:
    return f"{day.month} 月 {day.day} 日"


def _moment(act: Act, found: Event) -> str:
    """今天 18:00 or 3 月 2 日 18:00."""
    local = found.deadline.astimezone(SHANGHAI)
    day = "今天" if local.date() == act.now.astimezone(SHANGHAI).date() else _day(local.date())
    return f"{day} {local:%H:%M}"
