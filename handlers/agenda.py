"""日历文件: a person's own deadlines and visits for the calendar on the phone or the desk."""

import hashlib

from handlers.answer import Answer, File
from handlers.registry import Ask, button
from models import agenda, people
from models.agenda import Entry
from models.base import SHANGHAI
from templates import ical
from templates.texts import say


@button("calendar")
def calendar(ask: Ask) -> Answer | None:
    """The file; taken again later, it replaces what the calendar has."""
    found = agenda.entries(ask.act)
    if not found:
        return Answer(say("agenda.none"), privately=True)
    office = people.root(ask.act.session)
    # Two offices on one phone must not overwrite each other; the name itself need not leave.
    mark = hashlib.sha256((office.name if office else "").encode()).hexdigest()[:12]
    data = ical.calendar([_day(each) for each in found], name=str(say("agenda.name")), office=mark, now=ask.act.now)
    today = ask.act.now.astimezone(SHANGHAI).date()
    open_ = sum(not each.done for each in found)
    return Answer(
        say("agenda.text", n=open_), file=File(f"日程-{today.isoformat()}.ics", data), privately=not ask.private
    )


def _day(each: Entry) -> ical.Day:
    name = "agenda.report" if each.limit else "agenda.visits"
    limit = f"{each.limit.month}月{each.limit.day}日" if each.limit else ""
    return ical.Day(
        uid=each.uid,
        day=each.day,
        summary=each.what + ("（暂估）" if each.estimated else ""),
        description=str(say(name, unit=each.where, limit=limit)),
        cancelled=each.done,
    )
