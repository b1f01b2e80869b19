"""办理 one step of a follow-up: each asks for what it needs, one thing after the other, and then does it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from handlers import followup as cards
from handlers.answer import Answer, Key, column, key, rows
from handlers.followup_paper import ask_receiver
from handlers.registry import Ask, button, form
from models import dialogue, followup, holidays, publication, recheck, step, transfer, visit
from models.act import Refused
from models.base import SHANGHAI
from models.entity import Entity
from models.followup import Followup
from models.period import parse_period
from models.words import Stage
from templates.texts import Html, lines, say

_FORM = "followup_do"
_CANCEL = key("取消", "cancel")
_TERMS = (5, 10, 15, 30)
_LISTS = ("经营异常名录库", "严重违法违规名录库")
_MOST_FILES = 9
# What each step asks for, in order.
_FIELDS: dict[str, tuple[str, ...]] = {
    "term": ("day", "text"),
    "place": ("text",),
    "approve": ("text", "day", "files"),
    "keep": ("files",),
    "send": ("day", "number"),
    "receipt": ("verdict", "day", "number", "files"),
    "report": ("day", "files"),
    "appoint": ("day", "people"),
    "recheck": ("day", "people", "verdict", "text", "files"),
    "lead": ("kind", "text"),
    "close": ("text",),
}
# Days of these steps lie ahead; all others are days on which something was done.
_AHEAD = ("term", "appoint")
_VERDICTS = {"receipt": ("对方受理", "对方不受理"), "recheck": ("合格", "不合格")}


@button("followup_do")
def begin(ask: Ask) -> Answer | None:
    """Begin a step; what stands already is not asked again."""
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")
    number, name = ask.number(), ask.args[1]
    if name == "receiver":
        return ask_receiver(ask.with_args(str(number)))
    if name not in _FIELDS:
        raise Refused(str(say("common.button_old")))
    row = recheck.may_enter(ask.act, number) if name == "recheck" else followup.get(ask.act, number)
    values: dict[str, Any] = {}
    if name == "term" and row.term is None:
        values["text"] = ""
    if name == "send" and (signed := transfer.number_of_letter(ask.act, number)):
        values["number"] = signed[0]
    sent = recheck.appointed(ask.act, row, step.of(ask.act.session, number)) if name == "recheck" else None
    if sent is not None:
        values["people"] = sent.people
    if name == "close":
        _closable(ask, row)
    return _next(ask, {"followup": number, "step": name, "values": values}, edit=False)


@button("followup_put")
def put(ask: Ask) -> Answer | None:
    """One button of the question that is open."""
    data = _data(ask)
    field, value = ask.args[0], ask.number(1)
    if field != _open_field(data):
        raise Refused("这个问题已经回答过了，请继续下面的一步。")
    values, name = data["values"], data["step"]
    if field == "day":
        values["day"] = _offered(ask, name)[value][1].isoformat()
    elif field == "verdict":
        values["verdict"] = value == 1
    elif field == "number":
        values["number"] = ""
    elif field == "kind":
        row = followup.get(ask.act, int(data["followup"]))
        values["kind"] = followup.next_choices(ask.act.policy, row)[value].code
    elif field == "text":
        values["text"] = _LISTS[value]
    elif field == "files":
        values["files"] = values.pop("kept", [])
    elif field == "people":
        marked = values.get("marked", [])
        values["marked"] = [each for each in marked if each != value] if value in marked else [*marked, value]
    return _next(ask, data)


@button("followup_people")
def people(ask: Ask) -> Answer | None:
    """选好了: the people of a recheck."""
    data = _data(ask)
    values = data["values"]
    if _open_field(data) == "people":
        if len(values.get("marked", [])) < ask.act.policy.team_size:
            raise Refused(f"复查至少要 {ask.act.policy.team_size} 名持证人员，请再选。")
        values["people"] = values.pop("marked")
    return _next(ask, data)


@form(_FORM)
def given(ask: Ask) -> Answer | None:
    """A text or a file for the question that is open."""
    data = _data(ask)
    field, values, text = _open_field(data), data["values"], ask.text.strip()
    if ask.file is not None:
        if field != "files":
            return Answer(lines(say("followup.not_now"), _question(ask, data)), _buttons(ask, data))
        return _keep(ask, data)
    if field == "day" and text:
        values["day"] = single_day(
            text, ask.act.now.astimezone(SHANGHAI).date(), ahead=data["step"] in _AHEAD
        ).isoformat()
    elif field in ("text", "number") and text:
        values[field] = text
    elif field == "files" and text and data["step"] != "recheck":
        values["files"], values["paper"] = values.pop("kept", []), text
    else:
        return Answer(lines(say("followup.use_buttons"), _question(ask, data)), _buttons(ask, data))
    return _next(ask, data, edit=False)


# --- doing it --------------------------------------------------------------------------------------------------------


def _term(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    row = followup.set_term(ask.act, number, date.fromisoformat(values["day"]), values["text"])
    return say("followup.done_term", day=f"{row.due.month} 月 {row.due.day} 日")


def _place(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    return say("followup.done_place", text=followup.name_place(ask.act, number, values["text"]).place)


def _approve(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    day = date.fromisoformat(values["day"])
    followup.approve(ask.act, number, values["text"], day, values["files"], values.get("paper", ""))
    return say("followup.done_approve")


def _filed(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    followup.keep_file(ask.act, number, values["files"], values.get("paper", ""))
    return say("followup.done_keep")


def _send(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    row = transfer.send(ask.act, number, date.fromisoformat(values["day"]), values["number"])
    return say("followup.done_send", receiver=row.receiver, due=f"{row.due.month} 月 {row.due.day} 日")


def _receipt(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    transfer.receive(
        ask.act,
        number,
        date.fromisoformat(values["day"]),
        values["number"],
        values["files"],
        values.get("paper", ""),
        accepted=values["verdict"],
    )
    return say("followup.done_receipt" if values["verdict"] else "followup.done_refused")


def _report(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    row = recheck.report(ask.act, number, date.fromisoformat(values["day"]), values["files"], values.get("paper", ""))
    return say("followup.done_report", due=f"{row.due.month} 月 {row.due.day} 日")


def _appoint(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    taken = recheck.appoint(ask.act, number, date.fromisoformat(values["day"]), values["people"])
    unreached = [each.name for each in recheck.people_of(ask.act.session, taken) if each.person_id is None]
    return lines(
        say("followup.done_appoint"),
        say("followup.unreached", names="、".join(unreached)) if unreached else "",
    )


def _recheck(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    recheck.enter(
        ask.act,
        number,
        date.fromisoformat(values["day"]),
        values["text"],
        values["files"],
        passed=values["verdict"],
        inspectors=values["people"],
    )
    return say("followup.done_passed" if values["verdict"] else "followup.done_failed")


def _lead(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    made = followup.lead_on(ask.act, number, values["kind"], values["text"])
    return say("followup.done_lead", label=followup.words_of(made))


def _close(ask: Ask, number: int, values: dict[str, Any]) -> Html:
    row = followup.close(ask.act, number, values["text"])
    one = visit.get(ask.act.session, row.visit_id)
    if publication.close_after(ask.act, row.visit_id):
        return lines(say("followup.closed"), say("publication.closed"))
    unpublished, measures = publication.left(ask.act.session, one.draw_id) if one.draw_id else (0, 0)
    return lines(
        say("followup.closed"),
        say("publication.left_visits", n=unpublished) if unpublished else "",
        say("publication.left_followups", n=measures) if measures else "",
    )


_DOES: dict[str, Callable[[Ask, int, dict[str, Any]], Html]] = {
    "term": _term,
    "place": _place,
    "approve": _approve,
    "keep": _filed,
    "send": _send,
    "receipt": _receipt,
    "report": _report,
    "appoint": _appoint,
    "recheck": _recheck,
    "lead": _lead,
    "close": _close,
}


# --- pieces ----------------------------------------------------------------------------------------------------------


def _next(ask: Ask, data: dict[str, Any], *, edit: bool = True) -> Answer:
    """The next question, or the step itself once everything is known: its card then says where it stands."""
    act = ask.act
    if _open_field(data):
        _prepare(ask, data)
        dialogue.begin(act.session, ask.chat_id, act.person_id, _FORM, data, act.now)
        return Answer(_question(ask, data), _buttons(ask, data), edit=edit)
    done = _DOES[data["step"]](ask, int(data["followup"]), data["values"])
    dialogue.end(act.session, ask.chat_id, act.person_id)
    # 转为另一种: what goes on is the new one.
    made = followup.led_to(act.session, int(data["followup"])) if data["step"] == "lead" else None
    return cards.card(ask, (made.id or 0) if made else int(data["followup"]), note=done)


def _prepare(ask: Ask, data: dict[str, Any]) -> None:
    """The visit's own team is marked when the people of a recheck are asked for."""
    values = data["values"]
    if _open_field(data) == "people" and "marked" not in values:
        row = ask.act.session.get_one(Followup, int(data["followup"]))
        own = {inspector.id for _, inspector in visit.team(ask.act.session, row.visit_id)}
        able = recheck.candidates(ask.act, int(data["followup"]), date.fromisoformat(values["day"]))
        values["marked"] = [each.id for each in able if each.id in own]


def _open_field(data: dict[str, Any]) -> str:
    """The first thing that is not known yet."""
    return next((each for each in _FIELDS[data["step"]] if each not in data["values"]), "")


def _question(ask: Ask, data: dict[str, Any]) -> Html:
    row = ask.act.session.get_one(Followup, int(data["followup"]))
    one = visit.get(ask.act.session, row.visit_id)
    entity = ask.act.session.get_one(Entity, one.entity_id)
    name, field = data["step"], _open_field(data)
    texts = say("followup.head", label=followup.words_of(row), entity=entity.name)
    kept = len(data["values"].get("kept", []))
    if kept and field == "files":
        return lines(texts, say("followup.kept", n=kept))
    return lines(texts, say(f"followup.ask_{name}_{field}"))


def _buttons(ask: Ask, data: dict[str, Any]) -> tuple[tuple[Key, ...], ...]:
    name, field, values = data["step"], _open_field(data), data["values"]
    layout: tuple[tuple[Key, ...], ...] = ()
    if field == "day":
        layout = rows([key(label, "followup_put", "day", n) for n, (label, _) in enumerate(_offered(ask, name))], 2)
    elif field == "verdict":
        yes, no = _VERDICTS[name]
        layout = ((key(yes, "followup_put", "verdict", 1), key(no, "followup_put", "verdict", 0)),)
    elif field == "number":
        layout = ((key("没有编号", "followup_put", "number", 0),),)
    elif field == "kind":
        row = followup.get(ask.act, int(data["followup"]))
        found = followup.next_choices(ask.act.policy, row)
        layout = column(*(key(each.label, "followup_put", "kind", n) for n, each in enumerate(found)))
    elif field == "people":
        able = recheck.candidates(ask.act, int(data["followup"]), date.fromisoformat(values["day"]))
        marks = [(each, "☑" if each.id in values.get("marked", []) else "☐") for each in able[:40]]
        keys = [key(f"{mark} {each.name}", "followup_put", "people", each.id or 0) for each, mark in marks]
        layout = (*rows(keys, 2), (key("选好了", "followup_people"),))
    elif field == "files" and (values.get("kept") or (name == "recheck" and not _photo_needed(ask))):
        layout = ((key("发完了" if values.get("kept") else "没有照片", "followup_put", "files", 0),),)
    elif field == "text" and name == "place" and _is_listing(ask, data):
        layout = column(*(key(each, "followup_put", "text", n) for n, each in enumerate(_LISTS)))
    return (*layout, (_CANCEL,))


def _offered(ask: Ask, name: str) -> list[tuple[str, date]]:
    """Days as buttons: working days ahead for a term or a recheck, else today."""
    today = ask.act.now.astimezone(SHANGHAI).date()
    if name not in _AHEAD:
        return [("今天", today)]
    calendar = holidays.calendar(ask.act.session)
    found = []
    for count in _TERMS if name == "term" else _TERMS[:2]:
        day = calendar.add(today, count)
        guess = "，暂估" if day.estimated else ""
        found.append((f"{count} 个工作日（{day.date:%m-%d}{guess}）", day.date))
    return [("今天", today), *found] if name == "appoint" else found


def _photo_needed(ask: Ask) -> bool:
    kind = ask.act.policy.followup(followup.RECHECK)
    return kind is not None and "photo" in kind.needs


def _is_listing(ask: Ask, data: dict[str, Any]) -> bool:
    return ask.act.session.get_one(Followup, int(data["followup"])).measure == "listing"


def _closable(ask: Ask, row: Followup) -> None:
    at = followup.stage(ask.act.policy, row, step.of(ask.act.session, row.id or 0))
    if at != Stage.READY:
        raise Refused("这一项还不能销号，请先办完前面的步骤。")


def _keep(ask: Ask, data: dict[str, Any]) -> Answer:
    """Keep a photo or file until the step is done; more may come."""
    if ask.file is None:
        raise Refused("没有收到文件，请重新发送。")
    kept = data["values"].get("kept", [])
    if len(kept) >= _MOST_FILES:
        raise Refused(f"一次最多发 {_MOST_FILES} 份，请点「发完了」，其余的以后再补。")
    digest = ask.kit.keep_file(ask.file.data)
    data["values"]["kept"] = [*kept, {"kind": ask.file.kind, "digest": digest, "size": ask.file.size}]
    return _next(ask, data, edit=False)


def _data(ask: Ask) -> dict[str, Any]:
    """The open form. A button of one that is done says so."""
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused("这一步已经办完或者取消。请重新发送 /followup 查看。")
    data = dict(ask.dialogue.data)
    return data | {"values": dict(data["values"])}


def single_day(text: str, today: date, *, ahead: bool) -> date:
    """A single day as people write it; without a year, the one that is nearest in the direction meant."""
    try:
        first, last = parse_period(text, today.year)
    except ValueError:
        first = last = date.min
    if first != last or first == date.min:
        raise Refused(f"「{text[:20]}」看不懂是哪一天，请写成「3月16日」。")
    apart = (first - today).days
    if abs(apart) > 180 and str(first.year) not in text:
        year = first.year + (1 if ahead and apart < 0 else -1 if not ahead and apart > 0 else 0)
        return parse_period(text, year)[0]
    return first
