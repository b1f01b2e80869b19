"""公示: whatever must be made public, with its due date and proof, or the reason why not (DESIGN §5.5)."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models import draw, followup, holidays, visit
from models.act import Act, Refused, key
from models.base import Instant
from models.plan import Task
from models.visit import Visit
from models.words import Role, VisitState


class Publication(SQLModel, table=True):
    """One subject that must be published: by when, and where it then was."""

    __table_args__ = (
        UniqueConstraint("subject", "subject_id"),
        # What is still to be published is few among all that ever was.
        Index("ix_publication_open", "subject", "done_on", "due"),
    )

    id: int | None = Field(default=None, primary_key=True)
    subject: str
    subject_id: int
    due: date
    # The calendar of that year is not published yet: 暂估.
    estimated: bool = False
    done_on: date | None = None
    channel: str = ""
    link: str = ""
    reason: str = ""
    registered_at: datetime | None = Field(default=None, sa_type=Instant)


def owe(act: Act, found: Visit, checked_on: date) -> Publication:
    """A passed result is due within the profile's working days from its anchor."""
    anchor = checked_on
    if act.policy.publication.anchor == "task_done":
        anchor = max(checked_on, found.due)
    day = holidays.calendar(act.session).add(anchor, act.policy.publication.days)
    row = of(act.session, "visit", key(found)) or Publication(subject="visit", subject_id=key(found), due=day.date)
    row.due, row.estimated = day.date, day.estimated
    act.session.add(row)
    act.session.flush()
    return row


def of(session: Session, subject: str, subject_id: int) -> Publication | None:
    """What is owed for a subject."""
    found = select(Publication).where(Publication.subject == subject, Publication.subject_id == subject_id)
    return session.exec(found).first()


def pending(act: Act) -> list[tuple[int, Task, int, date]]:
    """待公示 by draw: (draw id, task, passed visits, earliest due), for the units of the actor."""
    counts: dict[int, tuple[Task, int, date]] = {}
    rows = act.session.exec(
        select(Visit, Publication)
        .join(Publication, (col(Publication.subject) == "visit") & (col(Publication.subject_id) == col(Visit.id)))
        .where(Visit.state == VisitState.PASSED, col(Publication.done_on).is_(None))
    )
    for found, row in rows:
        task = act.session.get_one(Task, found.task_id)
        if found.draw_id is None or not act.may({Role.STAFF, Role.ADMIN, Role.LEADER}, task.unit_id or 0):
            continue
        _, count, due = counts.get(found.draw_id, (task, 0, row.due))
        counts[found.draw_id] = (task, count + 1, min(due, row.due))
    return [(draw_id, task, count, due) for draw_id, (task, count, due) in sorted(counts.items())]


def register(act: Act, draw_id: int, *, channel: str, link: str) -> tuple[int, bool]:
    """登记公示 of all passed results of a draw; returns how many, and whether the task is closed by it."""
    visits = visit.of_draw(act.session, draw_id)
    if not visits:
        raise Refused("没有找到这次抽取。")
    task = act.session.get_one(Task, visits[0].task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    ready = [each for each in visits if each.state == VisitState.PASSED]
    if not ready:
        raise Refused("没有待公示的结果：可能已经登记，或者还没有复核。")
    if not channel.strip():
        raise Refused("请写明在哪里公示。")
    for each in ready:
        row = of(act.session, "visit", key(each))
        if row is None:
            raise Refused(f"{visit.label(each)}没有公示期限，请联系管理员。")
        row.done_on, row.channel, row.link, row.registered_at = act.now.date(), channel.strip(), link.strip(), act.now
        each.state = VisitState.PUBLISHED
        act.session.add(row)
        act.session.add(each)
    act.session.flush()
    act.record("publish", "draw", draw_id, after={"visits": len(ready), "channel": channel, "link": link})
    return len(ready), try_to_close(act, draw_id)


def close_after(act: Act, visit_id: int) -> bool:
    """After a follow-up is closed: whether that closes the task too."""
    found = visit.get(act.session, visit_id)
    return found.draw_id is not None and try_to_close(act, found.draw_id)


def left(session: Session, draw_id: int) -> tuple[int, int]:
    """What keeps a draw's task open: visits without publication, and follow-ups without 销号."""
    done = {VisitState.PUBLISHED, VisitState.CANCELLED}
    visits = [each for each in visit.of_draw(session, draw_id) if each.state not in done]
    return len(visits), len(followup.pending(session, draw_id))


def try_to_close(act: Act, draw_id: int) -> bool:
    """Close the task once everything is published and every follow-up is done."""
    if left(act.session, draw_id) != (0, 0):
        return False
    draw.close(act, draw_id)
    return True
