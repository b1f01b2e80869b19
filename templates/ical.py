"""Calendar files (RFC 5545): days of one person that any calendar program takes in, and replaces on the next time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, vDate

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Day:
    """One whole day with a text; `uid` names it for ever, `cancelled` takes it back."""

    uid: str
    day: date
    summary: str
    description: str
    cancelled: bool


def calendar(days: Iterable[Day], *, name: str, office: str, now: datetime) -> bytes:
    """The file as bytes; `office` makes the uids of two offices differ.

    The sequence number is the minute in which the file was made, so that a later file wins over an earlier one
    (RFC 5545 §3.8.7.4, RFC 5546 §2.1.4).
    """
    made = Calendar()
    made.add("PRODID", "-//qiantong//签筒//ZH")
    made.add("VERSION", "2.0")
    made.add("METHOD", "PUBLISH")
    made.add("X-WR-CALNAME", name)
    for each in days:
        event = Event()
        event.add("UID", f"{each.uid}@{office}.qiantong")
        event.add("DTSTAMP", now.astimezone(UTC))
        event.add("SEQUENCE", int((now - _EPOCH).total_seconds()) // 60)
        event.add("DTSTART", vDate(each.day))
        event.add("DTEND", vDate(each.day + timedelta(days=1)))
        event.add("SUMMARY", each.summary)
        event.add("DESCRIPTION", each.description)
        event.add("STATUS", "CANCELLED" if each.cancelled else "CONFIRMED")
        event.add("TRANSP", "TRANSPARENT")
        made.add_component(event)
    return bytes(made.to_ical())
