"""历次检查 of an entity or an inspector: each visit with team, result, follow-ups and publication (DESIGN §4)."""

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button
from models import lookup
from models.act import Refused
from models.lookup import Past, Whole
from models.words import Outcome
from templates.texts import Html, lines, say

_ON_CARD = 5
_PAGE = 6
# A longer finding is cut: the paper of the visit has it whole.
_FINDING = 80
_ENDED = {Outcome.SETTLED: "销号", Outcome.FAILED: "复查不合格", Outcome.CHANGED: "改为另一种处置"}


def on_card(kind: str, row_id: int, past: list[Past]) -> tuple[list[Html], list[Key]]:
    """The newest visits as lines of a card, and the button to all of them in whole."""
    if not past:
        return [say("find.no_history")], []
    more = [say("find.history_more")] if len(past) > _ON_CARD else []
    return [*map(_line, past[:_ON_CARD]), *more], [key("历次检查", "past", kind, row_id, 0)]


@button("past")
def whole(ask: Ask) -> Answer | None:
    """Some visits in whole, and the button to the older ones."""
    if not ask.private:
        raise Refused(say("registers.export_private"))
    kind, row_id, first = ask.args[0], ask.number(1), max(0, ask.number(2))
    if kind not in ("entity", "inspector"):
        raise Refused(say("common.button_old"))
    row = lookup.of_entity(ask.act, row_id)[0] if kind == "entity" else lookup.of_inspector(ask.act, row_id)[0]
    found, total = lookup.visits(ask.act, kind, row_id, first, _PAGE)
    if not found:
        raise Refused(say("find.no_history"))
    shown = [_whole(each) for each in found]
    head = say("find.past_head", name=row.name, n=total, first=first + 1, last=first + len(found))
    older = first + len(found)
    steps = [key(f"处置经过 · {row.kind[:20]}", "followup", row.id) for each in found for row in each.followups]
    keys = [*steps, key("更早的", "past", kind, row_id, older)] if older < total else steps
    return Answer(lines(head, *shown), column(*keys))


def _line(past: Past) -> Html:
    return say(
        "find.history",
        drawn=past.drawn,
        task=past.task,
        other=f"　{past.other}" if past.other else "",
        origin=say("find.history_drawn", serial=past.serial) if past.serial else past.origin,
        state=past.state,
        said=f"　{past.result}" if past.result else "",
    )


def _whole(each: Whole) -> Html:
    followups = "、".join(
        f"{row.kind}（{row.closed} {_ENDED[row.outcome]}）" if row.closed else f"{row.kind}（没有销号）"
        for row in each.followups
    )
    findings = each.findings[:_FINDING] + ("……" if len(each.findings) > _FINDING else "")
    return lines(
        say("find.past", line=_line(each.past)),
        say("find.past_team", team=each.team or "—", checked=f"，{each.checked} 检查" if each.checked else ""),
        say("find.past_findings", text=findings) if findings else "",
        say("find.past_followups", text=followups) if followups else "",
        say("find.past_public", day=each.published) if each.published else "",
        say("find.past_ended", text=each.ended) if each.ended else "",
    )
