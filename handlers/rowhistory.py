"""历次变更 of one row of a register: the newest on its card, all of them on asking (DESIGN §4)."""

from collections.abc import Callable
from dataclasses import replace

from handlers.answer import Answer, Key, key
from handlers.outside import Outside, ticking
from handlers.registry import Ask, button
from models import lookup, rowhistory
from models.act import Act, Refused
from models.importlog import Cell
from models.rowhistory import History, Step
from templates import fields
from templates.texts import Html, lines, say

_SHOWN = 5
# A longer value is cut: a line is to be read at a glance.
_VALUE = 30

# How the name of a row is looked up; what is no register of the search has no history.
_CARDS: dict[str, Callable[[Act, int], str]] = {
    "entity": lambda act, row_id: lookup.of_entity(act, row_id)[0].name,
    "inspector": lambda act, row_id: lookup.of_inspector(act, row_id)[0].name,
    "item": lambda act, row_id: lookup.of_item(act, row_id).name,
}


def on_card(act: Act, place: str, row_id: int) -> tuple[list[Html], list[Key]]:
    """The newest changes of a row as lines of its card, and the button to all of them where there are more."""
    found = rowhistory.of_row(act, place, row_id)
    more = [key("历次变更", "row_history", place, row_id)]
    told = [_step(place, step) for step in found.steps[:_SHOWN]]
    until = _until(found)
    if not told and not until:
        return [], []
    head = [say("rowhistory.head")] if told else []
    return [*head, *told, *until], more if until or len(found.steps) > _SHOWN else []


@button("row_history")
def whole(ask: Ask) -> Answer | None:
    """All changes of a row; where there are many imports they are gone through beside the chat."""
    if not ask.private:
        raise Refused(say("registers.export_private"))
    place, row_id = ask.args[0], ask.number(1)
    if place not in _CARDS:
        raise Refused(say("common.button_old"))
    name = _CARDS[place](ask.act, row_id)
    found = rowhistory.of_row(ask.act, place, row_id)
    if found.until is None:
        return _all(name, place, found)
    act = Outside(ask.act).act

    def work(tell: Callable[[Html], None]) -> tuple[Answer, ...]:
        tick = ticking(tell, "rowhistory.looking_since")
        return (replace(_all(name, place, ask.kit.apart(_everything, act, place, row_id, tick)), edit=True),)

    return Answer(say("rowhistory.looking"), work=work)


def _everything(act: Act, place: str, row_id: int) -> History:
    return rowhistory.of_row(act, place, row_id, within=None)


def _all(name: str, place: str, found: History) -> Answer:
    told = [_step(place, step) for step in found.steps] or [say("rowhistory.all_none")]
    limit = say("rowhistory.all_limit", n=rowhistory.LIMIT) if len(found.steps) == rowhistory.LIMIT else ""
    return Answer(lines(say("rowhistory.all_head", name=name), *told, limit))


def _until(found: History) -> list[Html]:
    return [say("rowhistory.until", day=f"{found.until:%Y-%m-%d}")] if found.until else []


def _step(place: str, step: Step) -> Html:
    """One change on one line."""
    imported = step.verb == rowhistory.IMPORT
    what = say("rowhistory.import") if imported else say(f"audit.verb_{step.verb}")
    cells = (
        say("rowhistory.new") if step.new and imported else Html("；".join(_cell(place, each) for each in step.cells))
    )
    return say(
        "rowhistory.step",
        at=f"{step.at:%Y-%m-%d}",
        what=what,
        cells=say("rowhistory.said", cells=cells) if cells else "",
        reason=say("rowhistory.reason", reason=step.reason) if step.reason else "",
        who=step.who,
        undone=say("rowhistory.undone") if step.undone else "",
    )


def _cell(place: str, cell: Cell) -> Html:
    before, after = fields.side_by_side(cell.before, cell.after, _VALUE, say("importlog.empty"))
    return say("rowhistory.cell", title=fields.title(place, cell.name), before=before, after=after)
