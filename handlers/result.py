"""录入结果 in the private chat: a form of a few taps, with photos; shown whole before 提交 (DESIGN §5.3)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, command, files, form
from models import attachment, conclusion, dialogue, outbox, result, visit
from models.act import Act, Refused
from models.entity import Entity
from models.people import Person
from models.plan import Task
from models.result import Result
from models.visit import Visit
from models.words import PROBLEMS, Category, Measure, Method, Role, VisitState, chinese, method_word
from templates.texts import Html, lines, say

_FORM = "result"
# While an outside conclusion is being written in, the same answers are kept under this form.
EXTERNAL = "result_external"
_KINDS: dict[str, type[Category] | type[Measure]] = {"categories": Category, "measures": Measure}


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
    first = result.methods_of(ask.act.policy)[:1]
    data: dict[str, Any] = {"visit": one.id, "categories": [], "methods": first, "measures": []}
    save(ask, data)
    return Answer(_face(ask.act, data, "result.step_category"), _category_keys(data))


@button("r_none")
def no_problem(ask: Ask) -> Answer | None:
    """未发现问题: straight to the summary."""
    data = form_data(ask)
    data.update(categories=[Category.NO_PROBLEM], measures=[Measure.NONE], findings="")
    return summary(ask, data)


@button("r_cat")
def category(ask: Ask) -> Answer | None:
    """Mark or unmark one category; several may apply. Without an argument, show the step."""
    data = form_data(ask)
    if len(ask.args) > 1:
        _toggle(data, "categories", list(Category)[ask.number(1)])
    if len(data["categories"]) > 1 and Category.NO_PROBLEM in data["categories"]:
        data["categories"].remove(Category.NO_PROBLEM)
    save(ask, data)
    return Answer(_face(ask.act, data, "result.step_category"), _category_keys(data), edit=True)


@button("r_method")
def method(ask: Ask) -> Answer | None:
    """Mark or unmark a method; without an argument, show the step."""
    data = form_data(ask)
    data.pop("draft", None)
    if len(ask.args) > 1:
        choices = offered(ask.act, data)
        if ask.number(1) >= len(choices):
            raise Refused(str(say("common.button_old")))
        _toggle(data, "methods", choices[ask.number(1)])
        if not data["methods"]:
            raise Refused("请至少选择一种检查方式。")
        if Method.OTHER_AUTHORITY not in data["methods"]:
            data.pop("external", None)
    save(ask, data)
    return _choices(ask, data, "method", offered(ask.act, data))


@button("r_measure")
def measure(ask: Ask) -> Answer | None:
    """Mark or unmark a follow-up measure; without an argument, show the step."""
    data = form_data(ask)
    if len(ask.args) > 1:
        _toggle(data, "measures", list(Measure)[ask.number(1)])
        if len(data["measures"]) > 1 and Measure.NONE in data["measures"]:
            data["measures"].remove(Measure.NONE)
        save(ask, data)
    return _choices(ask, data, "measure", list(Measure))


@button("r_next")
def next_step(ask: Ask) -> Answer | None:
    """From one step to the next: categories → method → measures → findings → summary."""
    data, step = form_data(ask), ask.args[1]
    if step == "category":
        if not data["categories"]:
            raise Refused("请至少选择一项检查结果。")
        return method(ask.with_args(str(data["visit"])))
    if step == "method" and _has_problem(data):
        return measure(ask.with_args(str(data["visit"])))
    if step == "measure" and not [each for each in data["measures"] if each != Measure.NONE]:
        raise Refused("发现问题待后续处理的，必须选择后续处置措施（后续处置无例外）。")
    if data["categories"] == [Category.NO_PROBLEM]:
        return summary(ask, data)
    if step == "findings" and data.get("findings"):
        data["step"] = ""
        return summary(ask, data)
    data["step"] = "findings"
    save(ask, data)
    kept = [key("情况不改", "r_next", data["visit"], "findings")] if data.get("findings") else []
    return Answer(_face(ask.act, data, "result.step_findings"), column(*kept, key("取消", "cancel")), edit=True)


@form(_FORM)
def words_or_files(ask: Ask) -> Answer | None:
    """While the form is open: text is the findings, photos and files belong to the visit."""
    data = form_data(ask)
    if ask.file is not None:
        named = _visits_replied_to(ask)
        return _attach(ask, named.pop() if len(named) == 1 else int(data["visit"]))
    if data.get("step") != "findings":
        return Answer(say("result.use_buttons"))
    data["findings"] = ask.text[:2000]
    data["step"] = ""
    return summary(ask, data, edit=False)


@button("r_submit")
def submit(ask: Ask) -> Answer | None:
    """提交: the third tap."""
    data = form_data(ask)
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


def form_data(ask: Ask) -> dict[str, Any]:
    """The open form. A button of a form that was finished or given up says so."""
    if ask.dialogue is None or ask.dialogue.form not in (_FORM, EXTERNAL):
        raise Refused("这份录入已经提交或者取消。请重新点「录入结果」。")
    data = dict(ask.dialogue.data)
    if ask.args and int(ask.args[0]) != data["visit"]:
        raise Refused("您正在录入另一户的结果，请先提交或者取消那一份。")
    return data


def save(ask: Ask, data: dict[str, Any]) -> None:
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)


def _toggle(data: dict[str, Any], name: str, value: str) -> None:
    chosen = list(data[name])
    if value in chosen:
        chosen.remove(value)
    else:
        chosen.append(value)
    data[name] = chosen


def offered(act: Act, data: dict[str, Any]) -> list[str]:
    """The methods to choose from: the profile's, and what else is marked already (an outside conclusion)."""
    own = result.methods_of(act.policy)
    return [*own, *(each for each in data["methods"] if each not in own)]


def _mark(data: dict[str, Any], name: str, value: str, run: str, number: int) -> Key:
    word = method_word(value) if name == "methods" else chinese(_KINDS[name](value))
    return key(f"{'☑' if value in data[name] else '☐'} {word}", run, data["visit"], number)


def _choices(ask: Ask, data: dict[str, Any], step: str, values: Sequence[str]) -> Answer:
    """A step in which several words can be marked, and what leads on from it."""
    keys = [_mark(data, f"{step}s", each, f"r_{step}", n) for n, each in enumerate(values)]
    if step == "method" and ask.act.policy.external_conclusions:
        given = bool(data.get("external"))
        keys.append(key("改写外部结论" if given else "采用外部结论", "r_external", data["visit"]))
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


def summary(ask: Ask, data: dict[str, Any], *, edit: bool = True) -> Answer:
    """Everything once more before 提交."""
    save(ask, data)
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
        say("result.methods", text=methods_text(data["methods"])) if data["categories"] else "",
        _external(data.get("external") or {}),
        say("result.measures", text=_words(Measure, data["measures"])) if data["measures"] else "",
        say("result.findings", text=data["findings"]) if data.get("findings") else "",
        _photos(act, int(data["visit"])),
        say(step),
    )


def methods_text(methods: Sequence[str]) -> str:
    """Methods in words: ours and a profile's own."""
    return "；".join(map(method_word, methods))


def _external(given: dict[str, Any]) -> Html:
    """采用外部结论 as filled in so far."""
    if not given:
        return Html("")
    day = date.fromisoformat(given["day"])
    return say("result.external", text=conclusion.text(given["source"], day, given["number"]))


def _words(kind: type[Category] | type[Measure], values: list[str]) -> str:
    return "；".join(chinese(kind(each)) for each in values)


def told(act: Act, one: Visit, found: Result) -> Html:
    """A result as colleague and reviewer see it."""
    entity = act.session.get_one(Entity, one.entity_id)
    task = act.session.get_one(Task, one.task_id)
    enterer = act.session.get_one(Person, found.entered_by)
    return lines(
        say("result.told", order=one.order, entity=entity.name, no=task.plan_no),
        say("result.categories", text=_words(Category, found.categories)),
        say("result.methods", text=methods_text(found.methods)),
        say("result.external", text=outside) if (outside := result.external_text(found)) else "",
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
