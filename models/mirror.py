"""镜像: the day's figures outside the chat, once a day and channel; what failed is a state and is told."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, Session, SQLModel, select

from models import people, reminder
from models.act import Act, key
from models.base import SHANGHAI, Instant
from models.holidays import calendar
from models.people import Person
from models.words import Role


class MirrorState(StrEnum):
    """What became of one day's figures on one channel."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    # The process ended while they went out: never sent again, since they may have arrived.
    UNCERTAIN = "uncertain"


class Mirrored(SQLModel, table=True):
    """One day's figures on one channel; `channel` is a digest of its address, which holds a token."""

    day: date = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    state: str = MirrorState.SENDING
    at: datetime = Field(sa_type=Instant)
    reason: str = ""


def due(act: Act) -> date | None:
    """Today, where the figures go out now: on a working day from the profile's hour on, outside the quiet hours."""
    now = act.now.astimezone(SHANGHAI)
    speaks = reminder.speaks(act.policy.reminders, now) and calendar(act.session).is_working(now.date())
    return now.date() if speaks else None


def take(act: Act, day: date, channel: str) -> bool:
    """Take a day's figures for sending, once; False where that was done before."""
    if act.session.get(Mirrored, (day, channel)) is not None:
        return False
    act.session.add(Mirrored(day=day, channel=channel, at=act.now))
    act.session.flush()
    return True


def settle(act: Act, day: date, channel: str, *, name: str, error: str) -> None:
    """Write down that they went out, or why not; the administrators are told of the latter."""
    row = act.session.get_one(Mirrored, (day, channel))
    row.state, row.reason = (MirrorState.FAILED, error[:200]) if error else (MirrorState.SENT, "")
    act.session.add(row)
    if error:
        _tell(act, row, name, error)


def recover(act: Act, names: dict[str, str]) -> int:
    """What was on its way when the process ended is uncertain; returns how many there were."""
    found = act.session.exec(select(Mirrored).where(Mirrored.state == MirrorState.SENDING)).all()
    for row in found:
        row.state = MirrorState.UNCERTAIN
        act.session.add(row)
        _tell(act, row, names.get(row.channel, "?"), "发送时程序中断，不知道对方是否收到")
    return len(found)


def sender(session: Session) -> Person | None:
    """For whom the figures are put together: a leader of the office, or an administrator."""
    office = people.root(session)
    if office is None:
        return None
    found = people.holders(session, Role.LEADER, key(office)) or people.holders(session, Role.ADMIN, key(office))
    return found[0] if found else None


def _tell(act: Act, row: Mirrored, name: str, error: str) -> None:
    office = people.root(act.session)
    for each in people.holders(act.session, Role.ADMIN, key(office)) if office else []:
        told = f"mirror:{row.day.isoformat()}:{row.channel}:{each.id}"
        act.tell("mirror_failed", told, person=each, name=name, error=error[:200], day=row.day.isoformat())
