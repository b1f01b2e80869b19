"""采用外部结论 in the result form: whose, its number, its day, and the document that shows it (S3)."""

from typing import Any

from handlers.answer import Answer, Key, column, key
from handlers.followup_step import single_day
from handlers.registry import Ask, button, form
from handlers.result import EXTERNAL, form_data, method, save
from models import attachment, dialogue, visit
from models.act import Refused
from models.base import SHANGHAI
from models.words import External, Method, chinese
from templates.texts import lines, say

_FIELDS = ("kind", "source", "number", "day", "file")


@button("r_external")
def begin(ask: Ask) -> Answer | None:
    """采用外部结论: of which sort."""
    data = form_data(ask)
    if not ask.act.policy.external_conclusions:
        raise Refused("本单位的规定里没有采用外部结论这一项，请按实际的检查方式录入。")
    return _next(ask, data | {"draft": {}}, edit=True)


@button("r_ext_kind")
def kind(ask: Ask) -> Answer | None:
    """Another office's, or an institution's."""
    data = _open(ask)
    return _next(ask, _with(data, "kind", list(External)[ask.number(1)].value), edit=True)


@button("r_ext_none")
def no_number(ask: Ask) -> Answer | None:
    """没有编号."""
    data = _open(ask)
    return _next(ask, _with(data, "number", "") if _field(data) == "number" else data, edit=True)


@form(EXTERNAL)
def given(ask: Ask) -> Answer | None:
    """A text for the question that is open, or the document."""
    data = _open(ask)
    field, text = _field(data), ask.text.strip()
    if ask.file is not None:
        if field != "file":
            return Answer(lines(say("result.external_step"), say(f"result.external_{field}")), _keys(data))
        visit.seat_of(ask.act, int(data["visit"]))
        digest = ask.kit.keep_file(ask.file.data)
        attachment.attach(ask.act, "visit", int(data["visit"]), kind=ask.file.kind, digest=digest, size=ask.file.size)
        return _done(ask, data | {"external": data["draft"] | {"digest": digest}})
    if field in ("source", "number") and text:
        return _next(ask, _with(data, field, text[:200]))
    if field == "day" and text:
        today = ask.act.now.astimezone(SHANGHAI).date()
        day = single_day(text, today, ahead=False)
        if day > today:
            raise Refused(f"{day.month} 月 {day.day} 日还没有到，请写结论作出的日期。")
        return _next(ask, _with(data, "day", day.isoformat()))
    return Answer(lines(say("result.external_step"), say(f"result.external_{field}")), _keys(data))


def _done(ask: Ask, data: dict[str, Any]) -> Answer | None:
    """Back to the form's ways of checking: this is the one now; another is marked beside it where it was used too."""
    data["methods"] = [Method.OTHER_AUTHORITY.value]
    save(ask, data)
    return method(ask.with_args(str(data["visit"])))


def _next(ask: Ask, data: dict[str, Any], *, edit: bool = False) -> Answer:
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, EXTERNAL, data, ask.act.now)
    return Answer(say(f"result.external_{_field(data)}"), _keys(data), edit=edit)


def _keys(data: dict[str, Any]) -> tuple[tuple[Key, ...], ...]:
    number, field = data["visit"], _field(data)
    keys: list[Key] = []
    if field == "kind":
        keys = [key(chinese(each), "r_ext_kind", number, n) for n, each in enumerate(External)]
    elif field == "number":
        keys = [key("没有编号", "r_ext_none", number)]
    return column(*keys, key("返回", "r_method", number), key("取消", "cancel"))


def _field(data: dict[str, Any]) -> str:
    """The first thing that is not known yet."""
    return next((each for each in _FIELDS if each not in data["draft"]), "file")


def _with(data: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    return data | {"draft": data["draft"] | {name: value}}


def _open(ask: Ask) -> dict[str, Any]:
    """The open questions. A button of ones that are answered says so."""
    if ask.dialogue is None or ask.dialogue.form != EXTERNAL:
        raise Refused("这个问题已经回答过了，请继续下面的一步。")
    return form_data(ask)
