"""年度抽查比例预警: the warning to the staff that the year's ratio will be missed, with how that was worked out."""

from handlers.answer import Answer, column, key
from handlers.registry import notice
from models import figures, people, shortfall
from models.act import Act
from models.base import SHANGHAI
from models.outbox import Outbox
from templates.texts import Html, lines, say


@notice("shortfall")
def warned(act: Act, row: Outbox) -> Answer | None:
    """The outlook as it stands when it is said; nothing where the target can be reached meanwhile."""
    today = act.now.astimezone(SHANGHAI).date()
    found = shortfall.outlook(act.session, act.policy, people.below(act.session, row.data["unit"]), today)
    if found is None or not found.short:
        return None
    reached = found.reached
    text = say(
        "shortfall.warning",
        label=reached.target.label,
        today=f"{today.month}月{today.day}日",
        whole=reached.whole,
        part=reached.part,
        figure=figures.shown(reached.figure),
        aim=figures.shown(reached.target.at_least),
        missing=reached.missing,
        days=found.days,
        of_days=found.of_days,
        projected=found.projected,
        needed=found.needed,
        monthly=found.monthly,
        undrawn=say("shortfall.undrawn", n=found.undrawn) if found.undrawn else Html(),
    )
    clause = say("shortfall.clause", clause=reached.clause) if reached.clause else ""
    return Answer(lines(text, clause, say("shortfall.once")), column(key("各单位", "sum_units")))
