"""What follows 录入结果: the colleague's 确认 or 有异议, the reviewer's 通过 or 退回 (DESIGN §5.3)."""

from typing import Any

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, command, form, notice
from handlers.result import told
from models import dialogue, result, visit
from models.act import Act, Refused
from models.entity import Entity
from models.outbox import Outbox
from models.result import Result
from models.visit import Visit
from models.words import Role, VisitState
from templates.texts import lines, say


@notice("confirm")
def ask_colleague(act: Act, row: Outbox) -> Answer | None:
    """请确认, to each colleague."""
    one, found = _current(act, row)
    if found is None or one.state != VisitState.ENTERED:
        return None
    text = lines(say("result.please_confirm"), told(act, one, found))
    return Answer(text, ((key("确认", "confirm", one.id or 0), key("有异议", "dispute", one.id or 0)),))


@button("result_show")
def show_result(ask: Ask) -> Answer | None:
    """查看结果: what was entered, for the team; a colleague who has not spoken yet can confirm here too."""
    one = visit.get(ask.act.session, ask.number())
    visit.seat_of(ask.act, ask.number())
    found = result.latest(ask.act.session, ask.number())
    if found is None:
        raise Refused("这项检查还没有录入结果。")
    own = found.entered_by == ask.act.person_id
    if one.state != VisitState.ENTERED or own:
        return Answer(told(ask.act, one, found))
    text = lines(say("result.please_confirm"), told(ask.act, one, found))
    return Answer(text, ((key("确认", "confirm", one.id or 0), key("有异议", "dispute", one.id or 0)),))


@button("confirm")
def confirm(ask: Ask) -> Answer | None:
    """确认 by a colleague."""
    whole = result.confirm(ask.act, ask.number())
    one = visit.get(ask.act.session, ask.number())
    found = result.latest(ask.act.session, ask.number())
    if found is None:
        return None
    note = say("result.confirmed") if whole else say("result.confirmed_partly")
    return Answer(lines(told(ask.act, one, found), note), edit=True, toast="已确认")


@button("dispute")
def dispute(ask: Ask) -> Answer | None:
    """有异议: asks for the reason."""
    visit.seat_of(ask.act, ask.number())
    return _ask_reason(ask, "dispute", "result.ask_dispute")


@form("dispute")
def dispute_reason(ask: Ask) -> Answer | None:
    """The colleague's objection."""
    return _with_reason(ask, lambda number, text: result.dispute(ask.act, number, text), "result.dispute_sent")


@notice("disputed")
def disputed(act: Act, row: Outbox) -> Answer | None:
    """To the enterer and the dispatcher."""
    one = visit.get(act.session, int(row.data["visit"]))
    entity = act.session.get_one(Entity, one.entity_id)
    text = say("result.disputed", entity=entity.name, by=row.data["by"], reason=row.data["reason"])
    own = act.actor and visit.inspector_of(act.session, act.person_id)
    return Answer(text, column(key("重新录入", "result", one.id or 0)) if own else ())


@notice("nobody_confirms")
def nobody_confirms(act: Act, row: Outbox) -> Answer | None:
    """No colleague has an account: the dispatcher must see to it."""
    one = visit.get(act.session, int(row.data["visit"]))
    return Answer(say("result.nobody_confirms_staff", entity=act.session.get_one(Entity, one.entity_id).name))


@notice("nobody_reviews")
def nobody_reviews(act: Act, row: Outbox) -> Answer | None:
    """No reviewer outside the team: the dispatcher must see to it."""
    one = visit.get(act.session, int(row.data["visit"]))
    return Answer(say("result.nobody_reviews_staff", entity=act.session.get_one(Entity, one.entity_id).name))


@command("review", "待复核", "复核检查结果", roles={Role.REVIEWER}, who="复核人")
def reviews(ask: Ask) -> Answer | None:
    """What waits for this reviewer."""
    found = result.waiting_for_review(ask.act)
    if not found:
        return Answer(say("result.no_reviews"), privately=not ask.private)
    keys = [key(ask.act.session.get_one(Entity, one.entity_id).name[:20], "review", one.id or 0) for one in found[:40]]
    more = say("result.more", n=len(found) - 40) if len(found) > 40 else ""
    return Answer(lines(say("result.reviews", n=len(found)), more), column(*keys), privately=not ask.private)


@notice("review")
def ask_reviewer(act: Act, row: Outbox) -> Answer | None:
    """请复核, to each reviewer outside the team."""
    one, found = _current(act, row)
    if found is None or one.state != VisitState.CONFIRMED:
        return None
    return Answer(lines(say("result.please_review"), told(act, one, found)), _review_keys(one))


@button("review")
def show_review(ask: Ask) -> Answer | None:
    """One result whole, for the reviewer."""
    one = visit.get(ask.act.session, ask.number())
    found = result.latest(ask.act.session, ask.number())
    if found is None or one.id not in {each.id for each in result.waiting_for_review(ask.act)}:
        raise Refused("这项结果现在不需要您复核。")
    return Answer(lines(say("result.please_review"), told(ask.act, one, found)), _review_keys(one))


@button("pass")
def pass_(ask: Ask) -> Answer | None:
    """通过."""
    whole = result.review(ask.act, ask.number(), passes=True)
    one = visit.get(ask.act.session, ask.number())
    found = result.latest(ask.act.session, ask.number())
    if found is None:
        return None
    note = say("result.passed_all") if whole else say("result.passed")
    return Answer(lines(told(ask.act, one, found), note), edit=True, toast="已通过")


@button("return")
def return_(ask: Ask) -> Answer | None:
    """退回: asks for the reason."""
    one = visit.get(ask.act.session, ask.number())
    if one.id not in {each.id for each in result.waiting_for_review(ask.act)}:
        raise Refused("这项结果现在不需要您复核。")
    return _ask_reason(ask, "return", "result.ask_return")


@form("return")
def return_reason(ask: Ask) -> Answer | None:
    """Why a result goes back."""
    return _with_reason(
        ask, lambda number, text: result.review(ask.act, number, passes=False, reason=text), "result.return_sent"
    )


@notice("returned")
def returned(act: Act, row: Outbox) -> Answer | None:
    """To the enterer."""
    one = visit.get(act.session, int(row.data["visit"]))
    entity = act.session.get_one(Entity, one.entity_id)
    text = say("result.returned", entity=entity.name, reason=row.data["reason"])
    return Answer(text, column(key("重新录入", "result", one.id or 0)))


# --- pieces ------------------------------------------------------------------------------------------------------


def _current(act: Act, row: Outbox) -> tuple[Visit, Result | None]:
    """The visit of a message and its result, if it is still the version that the message is about."""
    one = visit.get(act.session, int(row.data["visit"]))
    found = result.latest(act.session, one.id or 0)
    return one, found if found and found.version == int(row.data["version"]) else None


def _review_keys(one: Visit) -> tuple[tuple[Key, ...], ...]:
    number = one.id or 0
    return ((key("通过", "pass", number), key("退回", "return", number)), (key("文书", "papers", number),))


def _ask_reason(ask: Ask, form_name: str, text: str) -> Answer:
    if not ask.private:
        raise Refused("请在与我的私聊里办理。")
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, form_name, {"visit": ask.number()}, ask.act.now)
    return Answer(say(text), column(key("取消", "cancel")))


def _with_reason(ask: Ask, run: Any, done: str) -> Answer:
    if ask.dialogue is None or not ask.text or ask.file is not None:
        return Answer(say("visit.reason_as_text"))
    run(int(ask.dialogue.data["visit"]), ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say(done))
