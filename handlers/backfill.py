"""平台: what must be entered there, each as text to copy in its own order (回填), and whom it has taken off a team."""

from handlers.answer import Answer, column, key
from handlers.registry import Ask, button, notice
from models import backfill, visit
from models.act import Act, Refused
from models.backfill import FOLLOWUP, Backfill
from models.entity import Entity
from models.outbox import Outbox
from models.visit import Visit
from templates import columns
from templates.texts import Html, lines, say

_SHOWN = 20


@button("backfills")
def pending(ask: Ask) -> Answer | None:
    """What waits to be entered, the most urgent first."""
    _private(ask)
    backfill.owe(ask.act)
    found = backfill.pending(ask.act)
    if not found:
        raise Refused(say("backfill.none"))
    shown = found[:_SHOWN]
    told = [
        say(
            "backfill.line",
            no=task.plan_no or task.task_no,
            name=entity.name,
            what=_what(row),
            due=row.due.isoformat(),
            late=str(say("backfill.late")) if row.due < ask.act.now.date() else "",
        )
        for row, _, task, entity in shown
    ]
    keys = [key(f"{entity.name[:20]} · {_what(row)}", "backfill", row.id or 0) for row, _, _, entity in shown]
    more = say("backfill.more", n=len(found) - _SHOWN) if len(found) > _SHOWN else ""
    return Answer(lines(say("backfill.head", n=len(found)), *told, more), column(*keys))


@button("backfill")
def one(ask: Ask) -> Answer | None:
    """One of them as text to copy, with 已回填."""
    _private(ask)
    row, found, _ = backfill.get(ask.act, ask.number())
    keys = column(key("已回填", "backfill_done", row.id or 0), key("返回", "backfills")) if row.done_on is None else ()
    head = say("backfill.one", what=_what(row), due=row.due.isoformat(), late=_estimate(row))
    return Answer(lines(head, copied(ask, row, found)), keys)


@button("backfill_done")
def done(ask: Ask) -> Answer | None:
    """已回填."""
    row = backfill.done(ask.act, ask.number())
    return Answer(say("backfill.done", what=_what(row)), column(key("其余待回填", "backfills")), edit=True)


@notice("platform_left")
def left(act: Act, row: Outbox) -> Answer | None:
    """To an inspector whom the platform has taken off a team."""
    found = visit.get(act.session, int(row.data["visit"]))
    entity = act.session.get_one(Entity, found.entity_id)
    return Answer(say("backfill.left", name=entity.name))


def copied(ask: Ask, row: Backfill, found: Visit) -> Html:
    """The fields in the platform's order, one a line; empty ones are left out."""
    values = backfill.values(ask.act.session, found, row.subject_id if row.subject == FOLLOWUP else None)
    told = [f"{each.title}：{values[each.name]}" for each in columns.EXPORTS["result"] if values.get(each.name)]
    return say("backfill.copy", text="\n".join(told))


def _what(row: Backfill) -> str:
    return "后续处置" if row.subject == FOLLOWUP else "检查结果"


def _estimate(row: Backfill) -> str:
    return "（暂估）" if row.estimated else ""


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused(say("registers.export_private"))
