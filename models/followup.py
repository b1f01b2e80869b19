"""后续处置: what a result with problems leads to; what needs one cannot be closed without (S4: 后续处置无例外)."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Field, Session, SQLModel, col, select

from models import holidays, visit
from models.act import Act, Refused, key
from models.base import Instant
from models.plan import Task
from models.visit import Visit
from models.words import PROBLEMS, Category, Measure, Role

# Working days for a measure whose profile names no period.
_DAYS = 20


class Followup(SQLModel, table=True):
    """One measure after a visit: due, and closed (销号) with a note."""

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    measure: str
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    due: date
    opened_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    note: str = ""
    # To whom a 移送 goes; empty: not named yet.
    receiver: str = ""
    # The rule that seems broken, and the law under which the measure is taken; empty: written in by hand.
    rule: str = ""
    basis: str = ""


def open_for(act: Act, found: Visit, measures: Iterable[str], categories: Iterable[str]) -> list[Followup]:
    """Open what a passed result demands; nothing for one without problems."""
    if not any(Category(each) in PROBLEMS for each in categories):
        return []
    opened = []
    for measure in measures:
        if measure == Measure.NONE:
            continue
        due = holidays.calendar(act.session).add(act.now.date(), _DAYS)
        row = Followup(
            visit_id=key(found), measure=measure, owner_id=found.dispatcher_id, due=due.date, opened_at=act.now
        )
        act.session.add(row)
        act.session.flush()
        act.record("open_followup", "followup", row.id, after={"visit": found.id, "measure": measure})
        opened.append(row)
    return opened


def close(act: Act, followup_id: int, note: str) -> Followup:
    """销号, with a note of what was done and seen."""
    row = act.session.get(Followup, followup_id)
    if row is None:
        raise Refused("没有找到这项后续处置。")
    task = act.session.get_one(Task, act.session.get_one(Visit, row.visit_id).task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    if row.closed_at is not None:
        raise Refused("这项后续处置已经销号。")
    if not note.strip():
        raise Refused("请写明处置结果，例如：已整改，4月9日现场复查合格。")
    row.closed_at, row.note = act.now, note.strip()
    act.session.add(row)
    act.record("close_followup", "followup", row.id, after={"note": row.note})
    return row


def name_receiver(act: Act, followup_id: int, receiver: str) -> Followup:
    """To whom a 移送 goes, named by staff before its letter is made; it may be named again until it is closed."""
    row = act.session.get(Followup, followup_id)
    if row is None or row.measure != Measure.TRANSFER:
        raise Refused("没有找到这项移送，请重新发送 /followup。")
    task = act.session.get_one(Task, act.session.get_one(Visit, row.visit_id).task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    if row.closed_at is not None:
        raise Refused("这项移送已经销号，不能再改接收单位。")
    if not 2 <= len(receiver.strip()) <= 60:
        raise Refused("请写接收单位的全称，例如：示例市公安局。")
    before, row.receiver = row.receiver, receiver.strip()
    act.session.add(row)
    act.record("name_receiver", "followup", row.id, before={"receiver": before}, after={"receiver": row.receiver})
    return row


def write_law(act: Act, followup_id: int, rule: str, basis: str) -> Followup:
    """Which rule is broken and under which law the measure is taken, as staff write it for the papers."""
    row = act.session.get(Followup, followup_id)
    if row is None:
        raise Refused("没有找到这项后续处置，请重新发送 /followup。")
    task = act.session.get_one(Task, act.session.get_one(Visit, row.visit_id).task_id)
    act.require({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
    if row.closed_at is not None:
        raise Refused("这项后续处置已经销号，不能再改。")
    if not rule.strip() or max(len(rule), len(basis)) > 300:
        raise Refused("请写法律、法规、规章的名称和条款，每行不超过300字。")
    before = {"rule": row.rule, "basis": row.basis}
    row.rule, row.basis = rule.strip(), basis.strip()
    act.session.add(row)
    act.record("write_law", "followup", row.id, before=before, after={"rule": row.rule, "basis": row.basis})
    return row


def of_visit(session: Session, visit_id: int) -> list[Followup]:
    """The follow-ups of a visit, oldest first."""
    return list(session.exec(select(Followup).where(Followup.visit_id == visit_id).order_by(col(Followup.id))))


def may_see(act: Act, found: Visit) -> bool:
    """Staff of the unit, and the visit's own team."""
    task = act.session.get_one(Task, found.task_id)
    if act.may({Role.STAFF, Role.ADMIN}, task.unit_id or 0):
        return True
    own = visit.inspector_of(act.session, act.person_id)
    return own is not None and own.id in visit.ever_on(act.session, key(found))


def pending(session: Session, draw_id: int | None = None) -> list[tuple[Followup, Visit]]:
    """Open follow-ups, the most urgent first; of one draw where it is named."""
    found = (
        select(Followup, Visit)
        .join(Visit, col(Visit.id) == col(Followup.visit_id))
        .where(col(Followup.closed_at).is_(None))
        .order_by(col(Followup.due), col(Followup.id))
    )
    if draw_id is not None:
        found = found.where(Visit.draw_id == draw_id)
    return [(row, visit) for row, visit in session.exec(found)]
