"""What a paper or an act is about, as the audit names it: which unit answers for it, and how it is called."""

from sqlmodel import Session

from models import people
from models.act import key
from models.draw import Draw
from models.duty import Deadline
from models.entity import Entity
from models.followup import Followup
from models.people import Unit
from models.plan import Task
from models.visit import Visit


def task_of(session: Session, subject: str, subject_id: int) -> Task | None:
    """The task that a row belongs to; None where it belongs to none."""
    if subject == "followup":
        followup = session.get(Followup, subject_id)
        subject, subject_id = "visit", followup.visit_id if followup else 0
    if subject == "visit":
        visit = session.get(Visit, subject_id)
        subject, subject_id = "task", visit.task_id if visit else 0
    if subject == "draw":
        drawn = session.get(Draw, subject_id)
        subject, subject_id = "task", drawn.task_id if drawn else 0
    return session.get(Task, subject_id) if subject == "task" else None


def unit_of(session: Session, subject: str, subject_id: int) -> int:
    """The unit that answers for a row; the office where no unit is nearer."""
    task = task_of(session, subject, subject_id)
    if task is not None and task.unit_id:
        return task.unit_id
    if subject == "deadline":
        deadline = session.get(Deadline, subject_id)
        if deadline is not None:
            return deadline.unit_id
    if subject == "unit" and session.get(Unit, subject_id) is not None:
        return subject_id
    root = people.root(session)
    return key(root) if root else 0


def named(session: Session, subject: str, subject_id: int) -> str:
    """A row in words: 第 3 号抽取（2026001 民爆物品生产企业抽查）, with the entity where it is a visit."""
    task = task_of(session, subject, subject_id)
    words = f"{task.plan_no} {task.name}" if task else ""
    if subject == "draw":
        drawn = session.get(Draw, subject_id)
        return f"第 {drawn.serial} 号抽取（{words}）" if drawn and drawn.serial else words
    if subject in ("visit", "followup"):
        followup = session.get(Followup, subject_id) if subject == "followup" else None
        visit = session.get(Visit, followup.visit_id if followup else subject_id)
        entity = session.get(Entity, visit.entity_id) if visit else None
        return f"{words}，检查对象：{entity.name}" if entity else words
    if subject == "deadline":
        deadline = session.get(Deadline, subject_id)
        return deadline.title if deadline else ""
    if subject == "unit":
        unit = session.get(Unit, subject_id)
        return unit.name if unit else ""
    if subject == "quarter":
        return f"{quarter_text(subject_id)}总结"
    return words


def quarter_text(number: int) -> str:
    """`2026年第一季度`, of year and quarter as one number (20261)."""
    year, quarter = divmod(number, 10)
    return f"{year}年第{'一二三四'[quarter - 1]}季度" if 1 <= quarter <= 4 else str(number)
