"""库中有、文件里没有的: the list as message and file, and 变更状态 of all of them, with a reason and undoable."""

import base64
import html
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.answer import Answer, File, Key, column, key
from handlers.outside import Outside, ticking
from handlers.registry import Ask, button, form
from models import dialogue, missing, statechange
from models.act import Act, Refused
from models.missing import Missing
from models.statechange import Considered
from models.words import EntityState, chinese
from templates import longsheet
from templates.columns import KIND_NAMES
from templates.longsheet import Head
from templates.texts import Html, lines, say

LARGE = 5_000
"""Rows from which on the list is made in another process: about half a second's work."""

_SHOWN = 10
_COLUMNS = (("编号", 24), ("名称", 44), ("状态", 10), ("最近一次抽查", 16))
_FORM = "states"
_CANCEL = key("取消", "cancel")

# A file that lacks more than one row in so many of the register is perhaps not the whole list.
_DOUBTFUL = 5


@dataclass(frozen=True)
class Made:
    """A list as it is shown: its first rows, how many there are, of each state, in the register, and all as a file."""

    few: tuple[Missing, ...]
    many: int
    states: dict[str, int]
    register: int
    data: bytes


def gone_answer(ask: Ask, kind: str, ids: Sequence[int]) -> Answer:
    """The rows of a register that a file lacks, first in the message and all in a file, with the ways to go on.

    A long list is made beside the chat. Whoever is there already calls `made`, then `listed` in a transaction that
    writes.
    """
    _private(ask)
    missing.may_list(ask.act, kind)
    if len(ids) < LARGE:
        return listed(ask, kind, ids, made(ask.act, kind, ids))
    outside, wanted = Outside(ask.act), list(ids)

    def work(tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        ready = ask.kit.apart(made, outside.act, kind, wanted, ticking(tell, "gone.making_since"))
        with outside.writing() as act:
            found = listed(replace(ask, act=act), kind, wanted, ready)
        tell(say("gone.made"))
        return (found,)

    return Answer(say("gone.making", n=f"{len(ids):,}"), work=work)


def made(act: Act, kind: str, ids: Sequence[int]) -> Made:
    """The list of these rows; reads only, NoRight for whoever may not import the kind."""
    found = missing.missing_rows(act, kind, ids)
    said = say("gone.said", at=f"{act.now:%Y-%m-%d %H:%M}", n=f"{len(found):,}")
    head = Head(say("gone.title", kind=KIND_NAMES[kind]), said, _COLUMNS)
    data, _ = longsheet.long_list(head, _rows(found), now=act.now)
    states = dict(Counter(each.state for each in found))
    return Made(tuple(found[:_SHOWN]), len(found), states, missing.register_size(act, kind), data)


def listed(ask: Ask, kind: str, ids: Sequence[int], ready: Made) -> Answer:
    """The list as an answer, on the record as every other that leaves the office."""
    if not ready.many:
        raise Refused(say("gone.none"))
    missing.taken_out(ask.act, kind, ready.many)
    keys: tuple[tuple[Key, ...], ...] = ()
    if kind == "entity" and ready.many <= statechange.MOST:
        mark = _kept(ask, ids)
        keys = column(*(key(f"全部改为{chinese(each)}", "gone_set", each, mark) for each in statechange.GONE))
    counts = "　".join(say("gone.state", state=state, n=f"{n:,}") for state, n in ready.states.items())
    share = 100 * ready.many // max(1, ready.register)
    text = lines(
        say("gone.head", kind=KIND_NAMES[kind], n=f"{ready.many:,}", states=Html(counts)),
        say("gone.doubtful", share=share) if ready.many * _DOUBTFUL > ready.register else "",
        *(_line(each) for each in ready.few),
        say("gone.more", n=f"{ready.many - len(ready.few):,}") if ready.many > len(ready.few) else "",
        say("gone.kept"),
        say("gone.ways") if keys else "",
        say("gone.too_many", most=f"{statechange.MOST:,}") if kind == "entity" and not keys else "",
    )
    name = f"{KIND_NAMES[kind]}-文件里没有-{ask.act.now:%Y%m%d}.xlsx"
    return Answer(text, keys, file=File(name, ready.data))


def _rows(found: list[Missing]) -> Iterator[tuple[str, Sequence[str]]]:
    for each in found:
        yield "名单", (each.label, each.name, each.state, each.last.isoformat() if each.last else "")


def _line(each: Missing) -> Html:
    last = say("gone.last", day=each.last.isoformat()) if each.last else say("gone.never")
    return say("gone.line", label=each.label, name=each.name, state=each.state, last=last)


# --- all of them 注销 or 迁出 -----------------------------------------------------------------------------------------


@button("gone_set")
def why(ask: Ask) -> Answer | None:
    """What it would change, and the question why."""
    _private(ask)
    if ask.dialogue is not None and ask.dialogue.form == "import" and any(ask.dialogue.data.get("counts", [])[:2]):
        raise Refused(say("gone.import_first"), alert=True)
    state, mark = _state(ask.args[0]), ask.args[1]
    found = statechange.consider(ask.act, _ids(ask, mark), state)
    if not found.many:
        raise Refused(f"没有可以改的。{html.unescape(_kept_as(found))}")
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
    ids, state = _ids(ask, data["mark"]), _state(data["state"])
    found, number = statechange.change(ask.act, ids, state, data["reason"])
    if found.many != data["many"]:
        raise Refused(say("gone.changed_meanwhile"))
    _close(ask)
    text = lines(say("gone.done", n=f"{found.many:,}", state=chinese(state)), _kept_as(found))
    return Answer(text, column(key("撤销这次变更", "gone_undo", number)), edit=True)


@button("gone_past")
def past(ask: Ask) -> Answer | None:
    """The last changes of many states, each with a button that undoes it."""
    _private(ask)
    found = statechange.past(ask.act)
    if not found:
        raise Refused(say("gone.no_past"))
    told = [
        say(
            "gone.past_line",
            at=f"{each.at:%Y-%m-%d %H:%M}",
            n=f"{each.many:,}",
            state=chinese(each.state),
            who=each.who,
            reason=each.reason,
            undone=say("gone.past_undone") if each.undone else "",
        )
        for each in found
    ]
    keys = [
        key(f"撤销 {each.at:%m-%d %H:%M} {each.many:,} 户", "gone_undo", each.id) for each in found if not each.undone
    ]
    return Answer(lines(say("gone.past"), *told), column(*keys))


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
