"""库中有、文件里没有的: the list as message and file, and 变更状态 of all of them, with a reason and undoable."""

import base64
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from handlers.answer import Answer, File, column, key
from handlers.registry import Ask, button, form
from models import dialogue, missing, statechange
from models.act import Act, Refused
from models.base import writing
from models.missing import Missing
from models.statechange import Considered
from models.words import EntityState, chinese
from templates import longsheet
from templates.columns import KIND_NAMES
from templates.longsheet import Head
from templates.texts import Html, lines, say

LARGE = 5_000
"""Rows from which on the list is made, and the state changed, beside the chat: about half a second's work."""

_SHOWN = 10
_COLUMNS = (("编号", 24), ("名称", 44), ("状态", 10), ("最近一次抽查", 16))
_FORM = "states"
_CANCEL = key("取消", "cancel")

Made = tuple[list[Missing], int, dict[str, int], bytes]
"""The first rows, how many there are, how many of each state, and the file of all."""


def gone_answer(ask: Ask, kind: str, ids: Sequence[int], *, beside: bool = False) -> Answer:
    """The rows of a register that a file lacks, first in the message and all in a file, with the ways to go on.

    `beside`: the caller works beside the chat already, so that a long list is not put off once more.
    """
    _private(ask)
    if kind not in missing.KINDS:
        raise Refused(say("gone.unfit"))
    mark = _kept(ask, ids) if kind == "entity" else ""
    if len(ids) < LARGE:
        return _listed(ask.act, kind, mark, _made(ask.act, kind, ids))
    engine = ask.act.session.get_bind()
    assert isinstance(engine, Engine)
    act, wanted, began = replace(ask.act, session=Session()), list(ids), time.monotonic()
    if beside:
        return _listed(ask.act, kind, mark, ask.kit.apart(_made, act, kind, wanted, lambda *_: None))

    def work(tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        def tick(*_: object) -> None:
            tell(say("gone.making_since", seconds=round(time.monotonic() - began)))

        made = ask.kit.apart(_made, act, kind, wanted, tick)
        with writing(engine) as session:
            found = _listed(replace(act, session=session), kind, mark, made)
        tell(say("gone.made"))
        return (found,)

    return Answer(say("gone.making", n=f"{len(ids):,}"), work=work)


def _made(act: Act, kind: str, ids: Sequence[int]) -> Made:
    found = missing.missing_rows(act, kind, ids)
    said = say("gone.said", at=f"{act.now:%Y-%m-%d %H:%M}", n=f"{len(found):,}")
    head = Head(say("gone.title", kind=KIND_NAMES[kind]), said, _COLUMNS)
    data, _ = longsheet.long_list(head, _rows(found), now=act.now)
    return found[:_SHOWN], len(found), dict(Counter(each.state for each in found)), data


def _rows(found: list[Missing]) -> Iterator[tuple[str, Sequence[str]]]:
    for each in found:
        yield "名单", (each.label, each.name, each.state, each.last.isoformat() if each.last else "")


def _listed(act: Act, kind: str, mark: str, made: Made) -> Answer:
    few, many, states, data = made
    if not many:
        raise Refused(say("gone.none"))
    missing.taken_out(act, kind, many)
    counts = "　".join(say("gone.state", state=state, n=f"{n:,}") for state, n in states.items())
    keys = [key(f"全部改为{chinese(each)}", "gone_set", each, mark) for each in statechange.GONE] if mark else []
    text = lines(
        say("gone.head", kind=KIND_NAMES[kind], n=f"{many:,}", states=Html(counts)),
        *(_line(each) for each in few),
        say("gone.more", n=f"{many - len(few):,}") if many > len(few) else "",
        say("gone.kept"),
        say("gone.ways") if keys else "",
    )
    return Answer(text, column(*keys), file=File(f"{KIND_NAMES[kind]}-文件里没有-{act.now:%Y%m%d}.xlsx", data))


def _line(each: Missing) -> Html:
    last = say("gone.last", day=each.last.isoformat()) if each.last else say("gone.never")
    return say("gone.line", label=each.label, name=each.name, state=each.state, last=last)


# --- all of them 注销 or 迁出 -----------------------------------------------------------------------------------------


@button("gone_set")
def why(ask: Ask) -> Answer | None:
    """What it would change, and the question why."""
    _private(ask)
    if ask.dialogue is not None and ask.dialogue.form == "import" and ask.dialogue.data.get("counts"):
        raise Refused(say("gone.import_first"), alert=True)
    state, mark = _state(ask.args[0]), ask.args[1]
    found = statechange.consider(ask.act, _ids(ask, mark), state)
    if not found.many:
        raise Refused(f"没有可以改的。{_kept_as(found)}")
    _open(ask, {"state": str(state), "mark": mark})
    text = lines(say("gone.why", n=f"{found.many:,}", state=chinese(state)), _kept_as(found), say("gone.why_reason"))
    return Answer(text, column(_CANCEL))


@form(_FORM)
def reason(ask: Ask) -> Answer | None:
    """The reason; then everything once more before it is done."""
    if ask.file is not None or not ask.text.strip():
        return Answer(say("gone.want_reason"), column(_CANCEL))
    data = _data(ask)
    data["reason"] = ask.text.strip()[: statechange.LONGEST_REASON]
    found = statechange.consider(ask.act, _ids(ask, data["mark"]), _state(data["state"]))
    data["many"] = found.many
    _open(ask, data)
    standing = "、".join(
        say("gone.from_one", state=chinese(EntityState(old)), n=f"{len(ids):,}") for old, ids in found.ids.items()
    )
    sure = say("gone.sure", n=f"{found.many:,}", state=chinese(found.state), standing=standing, reason=data["reason"])
    text = lines(sure, _kept_as(found), say("gone.sure_then"))
    return Answer(text, ((key(f"确认改为{chinese(found.state)}", "gone_yes", found.many), _CANCEL),))


@button("gone_yes")
def done(ask: Ask) -> Answer | None:
    """The change is made, if it is still what was shown."""
    _private(ask)
    data = _data(ask)
    if "reason" not in data or data["many"] != ask.number():
        raise Refused(say("gone.moved_on"))
    if ask.number() < LARGE:
        return _change(ask, data)
    engine = ask.act.session.get_bind()
    assert isinstance(engine, Engine)
    act = replace(ask.act, session=Session())

    def work(tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        with writing(engine) as session:
            open_ = dialogue.current(session, ask.chat_id, act.person_id)
            return (_change(replace(ask, act=replace(act, session=session), dialogue=open_), data),)

    return Answer(say("gone.changing", n=f"{ask.number():,}"), edit=True, work=work)


def _change(ask: Ask, data: dict[str, Any]) -> Answer:
    if _data(ask) != data:
        raise Refused(say("gone.moved_on"))
    ids, state = _ids(ask, data["mark"]), _state(data["state"])
    found, number = statechange.change(ask.act, ids, state, data["reason"])
    _close(ask)
    text = lines(say("gone.done", n=f"{found.many:,}", state=chinese(state)), _kept_as(found))
    return Answer(text, column(key("撤销这次变更", "gone_undo", number)), edit=True)


@button("gone_undo")
def undo_sure(ask: Ask) -> Answer | None:
    """Undoing, once more before it is done."""
    _private(ask)
    row, many = statechange.changed(ask.act, ask.number())
    state = chinese(EntityState((row.after or {})["state"]))
    text = say("gone.undo_sure", n=f"{many:,}", state=state)
    return Answer(text, ((key("确认撤销", "gone_undo_yes", ask.number()), _CANCEL),))


@button("gone_undo_yes")
def undone(ask: Ask) -> Answer | None:
    """All who still have the state that was given have their former one again."""
    _private(ask)
    found = statechange.restore(ask.act, ask.number())
    return Answer(
        lines(
            say("gone.undone", n=f"{found.many:,}"),
            say("gone.undone_left", names=_named(found.left)) if found.left else "",
            say("gone.undone_lost", n=f"{found.lost:,}") if found.lost else "",
        ),
        edit=True,
    )


def _kept_as(found: Considered) -> Html:
    """Whom it leaves as they are, and why."""
    return Html(
        "".join(
            [
                say("gone.kept_open", names=_named(found.open)) if found.open else "",
                say("gone.kept_same", state=chinese(found.state), n=f"{found.same:,}") if found.same else "",
                say("gone.kept_lost", n=f"{found.lost:,}") if found.lost else "",
            ]
        )
    )


def _named(names: Sequence[str]) -> Html:
    shown = "、".join(names[:_SHOWN])
    return say("gone.kept_more", names=shown, n=f"{len(names):,}") if len(names) > _SHOWN else lines(shown)


def _state(text: str) -> EntityState:
    if text not in statechange.GONE:
        raise Refused(say("common.button_old"))
    return EntityState(text)


# --- the ids between two presses --------------------------------------------------------------------------------------


def _kept(ask: Ask, ids: Sequence[int]) -> str:
    """Keep the ids as a file; its digest is what the buttons carry."""
    digest = ask.kit.keep_file(json.dumps({"gone": sorted(ids)}, separators=(",", ":")).encode())
    return base64.urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")


def _ids(ask: Ask, mark: str) -> list[int]:
    """The ids that a button belongs to."""
    try:
        kept = json.loads(ask.kit.read_file(base64.urlsafe_b64decode(f"{mark}=").hex()))
    except (FileNotFoundError, ValueError) as error:
        raise Refused(say("gone.list_gone")) from error
    ids = kept.get("gone") if isinstance(kept, dict) else None
    if not isinstance(ids, list) or not all(isinstance(each, int) for each in ids):
        raise Refused(say("gone.list_gone"))
    return ids


def _open(ask: Ask, data: dict[str, Any]) -> None:
    dialogue.begin(ask.act.session, ask.chat_id, ask.act.person_id, _FORM, data, ask.act.now)


def _close(ask: Ask) -> None:
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)


def _data(ask: Ask) -> dict[str, Any]:
    if ask.dialogue is None or ask.dialogue.form != _FORM:
        raise Refused(say("gone.moved_on"))
    return dict(ask.dialogue.data)


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))
