"""镜像: the day's figures as plain text for other channels, and the word to the administrator where one failed."""

from datetime import date
from html import unescape

from handlers.answer import Answer
from handlers.registry import notice
from models import figures, people, summary
from models.act import Act
from models.base import SHANGHAI
from models.outbox import Outbox
from templates.texts import lines, say


def text(act: Act) -> str:
    """Figures only: no unit, person, entity or task is named."""
    over, due = summary.owed(act)
    today = act.now.astimezone(SHANGHAI).date()
    office = people.root(act.session)
    reached = [
        say(
            "mirror.target",
            label=each.target.label,
            figure=figures.shown(each.figure),
            aim=figures.shown(each.target.at_least),
        )
        for each in figures.targets(act.session, act.policy, summary.units_of(act), today)
        if not each.unit
    ]
    shown = lines(
        say("mirror.title", office=office.name if office else "", day=f"{today.year}年{today.month}月{today.day}日"),
        say(
            "mirror.counts",
            late=sum(each.count for each in over),
            days=summary.SOON,
            soon=sum(each.count for each in due),
            waiting=summary.waiting(act),
        ),
        *reached,
    )
    return unescape(str(shown))


@notice("mirror_failed")
def failed(act: Act, row: Outbox) -> Answer | None:
    """Which channel did not take the figures, and why."""
    day = date.fromisoformat(row.data["day"])
    when = f"{day.month}月{day.day}日"
    return Answer(say("mirror.failed", name=row.data["name"], day=when, reason=row.data["error"]))
