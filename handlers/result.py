"""录入结果 in the private chat, the colleague's 确认, the reviewer's 通过 or 退回 (DESIGN §5.3)."""

from typing import Any

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, command, files, form, notice
from models import attachment, dialogue, outbox, result, visit
from models.act import Act, Refused
from models.entity import Entity
from models.outbox import Outbox
from models.people import Person
from models.plan import Task
from models.result import Result
from models.visit import Visit
from models.words import PROBLEMS, Category, Measure, Method, Role, VisitState, chinese
from templates.texts import Html, lines, say

_FORM = "result"


@command("result", "录入结果", "录入检查结果", roles={Role.INSPECTOR}, who="检查人员")
def choose(ask: Ask) -> Answer | None:
    """Which visit's result."""
    own = visit.inspector_of(ask.act.session, ask.act.person_id)
    states = (VisitState.SENT, VisitState.RETURNED, VisitState.DISPUTED)
    found = visit.of_inspector(ask.act.session, own.id or 0, states) if own else []
    if not found:
        return Answer(say("result.none"), privately=not ask.private)
    keys = [key(f"{entity.name[:20]}", "result", one.id or 0) for one, _, entity in found[:40]]
    more = say("result.more", n=len(found) - 40) if len(found) > 40 else ""
    return Answer(lines(say("result.choose", n=len(found)), more), column(*keys), privately=not ask.private)


@button("result")
def begin(ask: Ask) -> Answer | None:
    """Open the form; 未发现问题 is one tap from here."""
    if not ask.private:
        raise Refused("请在与我的私聊里录入结果。")
    one = result.may_enter(ask.act, ask.number())
    data: dict[str, Any] = {"visit": one.id, "categories": [], "methods": [Method.ON_SITE], "measures": []}
    _save(ask, data)
    return Answer(_face(ask.act, data, "result.step_category"), _category_keys(data))


@button("r_none")
def no_problem(ask: Ask) -> Answer | None:
    """未发现问题: straight to the summary."""
    data = _data(ask)
    data.update(categories=[Category.NO_PROBLEM], measures=[Measure.NONE], findings="")
    return _summary(ask, data)


@button("r_cat")
def category(ask: Ask) -> Answer | None:
    """Mark or unmark one category; several may apply. Without an argument, show the step."""
    data = _data(ask)
    if len(ask.args) > 1:
        _toggle(data, "categories", list(Category)[ask.number(1)])
    if len(data["categories"]) > 1 and Category.NO_PROBLEM in data["categories"]:
        data["categories"].remove(Category.NO_PROBLEM)
    _save(ask, data)
    return Answer(_face(ask.act, data, "result.step_category"), _category_keys(data), edit=True)


@button("r_method")
def method(ask: Ask) -> Answer | None:
    """Mark or unmark a method; without an argument, show the step."""
    data = _data(ask)
    if len(ask.args) > 1:
        _toggle(data, "methods", list(Method)[ask.number(1)])
        _save(ask, data)
    return _choices(ask, data, "method", Method)


@button("r_measure")
def measure(ask: Ask) -> Answer | None:
    """Mark or unmark a follow-up measure; without an argument, show the step."""
    data = _data(ask)
    if len(ask.args) > 1:
        _toggle(data, "measures", list(Measure)[ask.number(1)])
        if len(data["measures"]) > 1 and Measure.NONE in data["measures"]:
            data["measures"].remove(Measure.NONE)
        _save(ask, data)
    return _choices(ask, data, "measure", Measure)


@button("r_next")
def next_step(ask: Ask) -> Answer | None:
    """From one step to the next: categories → method → measures → findings → summary."""
    data, step = _data(ask), ask.args[1]
    if step == "category":
        if not data["categories"]:
            raise Refused("请至少选择一项检查结果。")
        return method(ask.with_args(str(data["visit"])))
    if step == "method" and _has_problem(data):
        return measure(ask.with_args(str(data["visit"])))
    if step == "measure" and not [each for each in data["measures"] if each != Measure.NONE]:
        raise Refused("发现问题待后续处理的，必须选择后续处置措施（后续处置无例外）。")
    if data["categories"] == [Category.NO_PROBLEM]:
        return _summary(ask, data)
    if step == "findings" and data.get("findings"):
        data["step"] = ""
        return _summary(ask, data)
    data["step"] = "findings"
    _save(ask, data)
    kept = [key("情况不改", "r_next", data["visit"], "findings")] if data.get("findings") else []
    return Answer(_face(ask.act, data, "result.step_findings"), column(*kept, key("取消", "cancel")), edit=True)


@form(_FORM)
def words_or_files(ask: Ask) -> Answer | None:
    """While the form is open: text is the findings, photos and files belong to the visit."""
    data = _data(ask)
    if ask.file is not None:
        named = _visits_replied_to(ask)
        return _attach(ask, named.pop() if len(named) == 1 else int(data["visit"]))
    if data.get("step") != "findings":
        return Answer(say("result.use_buttons"))
    data["findings"] = ask.text[:2000]
    data["step"] = ""
    return _summary(ask, data, edit=False)


@button("r_submit")
def submit(ask: Ask) -> Answer | None:
    """提交: the third tap."""
    data = _data(ask)
    row = result.submit(ask.act, int(data["visit"]), data)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    one = visit.get(ask.act.session, row.visit_id)
    names = "、".join(person.name for _, person in result.colleagues(ask.act.session, one, row))
    photos = _photos(ask.act, row.visit_id)
    waiting = say("result.waiting", names=names) if names else say("result.nobody_confirms")
    return Answer(lines(say("result.submitted"), waiting, photos), edit=True, toast="已提交")


@files
def photo_in_reply(ask: Ask) -> Answer | None:
    """A photo or file sent in reply to a card attaches itself."""
    if ask.file is None or ask.reply_to is None or not ask.private:
        return None
    row = outbox.by_message(ask.act.session, ask.chat_id, ask.reply_to)
    own = visit.inspector_of(ask.act.session, ask.act.person_id)
    if own is None:
        return None
    named = _visits_replied_to(ask)
    if named:
        found = [each for each in visit.of_inspector(ask.act.session, own.id or 0) if each[0].id in named]
        if not found:
            raise Refused("这项检查已经结束或者不由您办理，文件没有保存。需要补充时，请复核人退回后再发。")
    elif row is not None and row.kind == "cards":
        found = visit.of_inspector(ask.act.session, own.id or 0, visit.OPEN, int(row.data["draw"]))
    else:
        found = visit.of_inspector(ask.act.session, own.id or 0)
    if len(found) == 1:
        return _attach(ask, found[0][0].id or 0)
    if not found:
        return None
    # Several visits stand on that card: keep the file and ask which one it belongs to.
    keys = [key(entity.name[:20], "photo_for", one.id or 0) for one, _, entity in found[:30]]
    _keep_photo(ask, [])
    return Answer(say("result.which_visit"), column(*keys, key("取消", "cancel")))


@form("photo")
def more_photos(ask: Ask) -> Answer | None:
    """Only the buttons answer which visit the photos belong to; more photos may come before that."""
    if ask.file is not None and ask.dialogue is not None:
        kept = [*ask.dialogue.data["files"]]
        _keep_photo(ask, kept)
        return Answer(say("result.more_photos", n=len(kept) + 1))
    return Answer(say("result.which_visit_first"))


@button("photo_for")
def photo_for(ask: Ask) -> Answer | None:
    """The visit that a photo belongs to."""
    visit.seat_of(ask.act, ask.number())
    if ask.dialogue is None or ask.dialogue.form != "photo":
        raise Refused("这张照片已经处理过了。")
    kept = list(ask.dialogue.data["files"])
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    row = [attachment.attach(ask.act, "visit", ask.number(), **each) for each in kept][-1]
    one = visit.get(ask.act.session, ask.number())
    entity = ask.act.session.get_one(Entity, one.entity_id)
    text = say("result.attached_to", entity=entity.name, at=f"{row.at:%H:%M}", digest=row.digest[:8])
    if len(kept) > 1:
        text = say("result.attached_many", n=len(kept), entity=entity.name)
    return Answer(text, column(key("录入结果", "result", ask.number())), edit=True)


@notice("confirm")
def ask_colleague(act: Act, row: Outbox) -> Answer | None:
    """请确认, to each colleague."""
    one, found = _current(act, row)
    if found is None or one.state != VisitState.ENTERED:
        return None
    text = lines(say("result.please_confirm"), _told(act, one, found))
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
        return Answer(_told(ask.act, one, found))
    text = lines(say("result.please_confirm"), _told(ask.act, one, found))
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
    return Answer(lines(_told(ask.act, one, found), note), edit=True, toast="已确认")


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
    return Answer(lines(say("result.please_review"), _told(act, one, found)), _review_keys(one))


@button("review")
def show_review(ask: Ask) -> Answer | None:
    """One result whole, for the reviewer."""
    one = visit.get(ask.act.session, ask.number())
    found = result.latest(ask.act.session, ask.number())
    if found is None or one.id not in {each.id for each in result.waiting_for_review(ask.act)}:
        raise Refused("这项结果现在不需要您复核。")
    return Answer(lines(say("result.please_review"), _told(ask.act, one, found)), _review_keys(one))


@button("pass")
def pass_(ask: Ask) -> Answer | None:
    """通过."""
    whole = result.review(ask.act, ask.number(), passes=True)
    one = visit.get(ask.act.session, ask.number())
    found = result.latest(ask.act.session, ask.number())
    if found is None:
        return None
    note = say("result.passed_all") if whole else say("result.passed")
    return Answer(lines(_told(ask.act, one, found), note), edit=True, toast="已通过")


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


def _visits_replied_to(ask: Ask) -> set[int]:
    """The visits that stand on the card which a message answers."""
    parts = (each.split(".") for each in ask.reply_data)
    return {int(each[2]) for each in parts if len(each) == 3 and each[1] in {"visit", "result"}}


def _keep_photo(ask: Ask, before: list[dict[str, Any]]) -> None:
    """Keep a file until somebody says which visit it belongs to."""
    if ask.file is None:
        raise Refused("没有收到文件，请重新发送。")
    digest = ask.kit.keep_file(ask.file.data)
    files_ = [*before, {"kind": ask.file.kind, "digest": digest, "size": ask.file.size}]
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, "photo", {"files": files_}, ask.act.now)


def _data(ask: Ask) -> dict[str, Any]:
    """The open form. A button of a form that was finished or given up says so."""
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused("这份录入已经提交或者取消。请重新点「录入结果」。")
    data = dict(ask.dialogue.data)
    if ask.args and int(ask.args[0]) != data["visit"]:
        raise Refused("您正在录入另一户的结果，请先提交或者取消那一份。")
    return data


def _save(ask: Ask, data: dict[str, Any]) -> None:
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)


def _toggle(data: dict[str, Any], name: str, value: str) -> None:
    chosen = list(data[name])
    if value in chosen:
        chosen.remove(value)
    else:
        chosen.append(value)
    data[name] = chosen


def _mark(data: dict[str, Any], name: str, value: Any, run: str, number: int) -> Key:
    return key(f"{'☑' if value in data[name] else '☐'} {chinese(value)}", run, data["visit"], number)


def _choices(ask: Ask, data: dict[str, Any], step: str, kind: type[Method] | type[Measure]) -> Answer:
    """A step in which several words can be marked, and what leads on from it."""
    keys = [_mark(data, f"{step}s", each, f"r_{step}", n) for n, each in enumerate(kind)]
    return Answer(
        _face(ask.act, data, f"result.step_{step}"),
        column(*keys, key("下一步", "r_next", data["visit"], step), key("取消", "cancel")),
        edit=True,
    )


def _has_problem(data: dict[str, Any]) -> bool:
    return any(each in PROBLEMS for each in data["categories"])


def _category_keys(data: dict[str, Any]) -> tuple[tuple[Key, ...], ...]:
    others = [
        _mark(data, "categories", each, "r_cat", n) for n, each in enumerate(Category) if each != Category.NO_PROBLEM
    ]
    first = key(chinese(Category.NO_PROBLEM), "r_none", data["visit"])
    return column(first, *others, key("下一步", "r_next", data["visit"], "category"), key("取消", "cancel"))


def _summary(ask: Ask, data: dict[str, Any], *, edit: bool = True) -> Answer:
    """Everything once more before 提交."""
    _save(ask, data)
    keys = (
        (key("提交", "r_submit", data["visit"]),),
        (key("修改结果", "r_cat", data["visit"]), key("修改方式", "r_method", data["visit"])),
        (key("取消", "cancel"),),
    )
    return Answer(_face(ask.act, data, "result.step_summary"), keys, edit=edit)


def _face(act: Act, data: dict[str, Any], step: str) -> Html:
    """The form as filled in so far, and what comes next."""
    one = visit.get(act.session, int(data["visit"]))
    entity = act.session.get_one(Entity, one.entity_id)
    return lines(
        say("result.title", entity=entity.name),
        say("result.categories", text=_words(Category, data["categories"])) if data["categories"] else "",
        say("result.methods", text=_words(Method, data["methods"])) if data["categories"] else "",
        say("result.measures", text=_words(Measure, data["measures"])) if data["measures"] else "",
        say("result.findings", text=data["findings"]) if data.get("findings") else "",
        _photos(act, int(data["visit"])),
        say(step),
    )


def _words(kind: type[Category] | type[Method] | type[Measure], values: list[str]) -> str:
    return "；".join(chinese(kind(each)) for each in values)


def _told(act: Act, one: Visit, found: Result) -> Html:
    """A result as colleague and reviewer see it."""
    entity = act.session.get_one(Entity, one.entity_id)
    task = act.session.get_one(Task, one.task_id)
    enterer = act.session.get_one(Person, found.entered_by)
    return lines(
        say("result.told", order=one.order, entity=entity.name, no=task.plan_no),
        say("result.categories", text=_words(Category, found.categories)),
        say("result.methods", text=_words(Method, found.methods)),
        say("result.measures", text=_words(Measure, found.measures)),
        say("result.findings", text=found.findings) if found.findings else "",
        _photos(act, one.id or 0),
        say("result.entered", by=enterer.name, at=f"{found.entered_at:%m-%d %H:%M}"),
    )


def _photos(act: Act, visit_id: int) -> Html:
    kept = attachment.of(act.session, "visit", visit_id)
    if not kept:
        return Html("")
    return say("result.photos", n=len(kept), at=f"{kept[-1].at:%H:%M}", digest=kept[-1].digest[:8])


def _attach(ask: Ask, visit_id: int) -> Answer:
    if ask.file is None:
        raise Refused("没有收到文件，请重新发送。")
    visit.seat_of(ask.act, visit_id)
    digest = ask.kit.keep_file(ask.file.data)
    row = attachment.attach(ask.act, "visit", visit_id, kind=ask.file.kind, digest=digest, size=ask.file.size)
    entity = ask.act.session.get_one(Entity, visit.get(ask.act.session, visit_id).entity_id)
    return Answer(say("result.attached_to", entity=entity.name, at=f"{row.at:%H:%M}", digest=row.digest[:8]))


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
