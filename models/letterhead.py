"""What every paper of a task bears alike: the office, the task, its items, its people, whom to call."""

from typing import TypedDict

from sqlmodel import Session, col, func, select

from models import people, plan
from models.act import Act, NoRight, Refused, key
from models.inspector import Inspector
from models.item import Item
from models.people import Person, Unit
from models.plan import Task, TaskUnit
from models.views import InspectorView, ItemView, TaskView
from models.visit import Visit
from models.words import DrawMode, Role

STAFF = frozenset({Role.STAFF, Role.ADMIN})
OVERSEERS = STAFF | {Role.LEADER}


class Head(TypedDict):
    """The fields of every paper (models.views.PaperView)."""

    office: str
    sample: bool
    rehearsal: bool


def head(session: Session, task: Task) -> Head:
    """Office and marks: a 演练 is marked on every page, and so is sample data."""
    office = root_of(session, task)
    return {"office": office.name, "sample": office.sample, "rehearsal": task.mode == DrawMode.REHEARSAL}


def root_of(session: Session, task: Task) -> Unit:
    """The office that a task belongs to."""
    above = people.lineage(session, task.unit_id) if task.unit_id else []
    found = above[-1] if above else people.root(session)
    if found is None:
        raise Refused("还没有建立办公室，不能出具文书。")
    return found


def number_word(act: Act, task: Task) -> str:
    """机关代字, printed before the blanks of the number; the sample office has none of its own."""
    return "" if root_of(act.session, task).sample else act.policy.office.letter_code


def task_view(session: Session, task: Task, batch: int) -> TaskView:
    """A task as every paper names it; a row without its own 任务编号 is called by its plan number."""
    lead = lead_unit(session, task)
    others = session.exec(
        select(Unit.name)
        .join(TaskUnit, col(TaskUnit.unit_id) == col(Unit.id))
        .where(TaskUnit.task_id == task.id, col(Unit.id) != task.unit_id)
        .order_by(col(TaskUnit.id))
    )
    return TaskView(
        plan_no=task.plan_no,
        plan_name=task.plan_name,
        no=task.task_no or task.plan_no,
        name=task.name,
        kind=task.kind,
        unit=lead,
        joint_units=tuple(dict.fromkeys(others)),
        batch=batch,
    )


def lead_unit(session: Session, task: Task) -> str:
    """发起单位: the unit of the completed task, else as the plan has it."""
    unit = session.get(Unit, task.unit_id) if task.unit_id else None
    return unit.name if unit else task.lead_text


def items(session: Session, task: Task) -> tuple[ItemView, ...]:
    """The items of a task, each with its basis."""
    return tuple(
        ItemView(code=each.code, name=each.name, basis=each.basis, content=each.content, method=each.method)
        for each in plan.items_of(session, key(task))
    )


def methods(act: Act, of: list[Item] | tuple[ItemView, ...]) -> tuple[str, ...]:
    """How the items are inspected, each way once; the profile's ways where the items name none."""
    named = dict.fromkeys(way.strip() for each in of for way in each.method.split("、") if way.strip())
    return tuple(named) or act.policy.methods


def inspector_view(session: Session, found: Inspector) -> InspectorView:
    """One of a team; teams have no roles within."""
    unit = session.get_one(Unit, found.unit_id)
    return InspectorView(name=found.name, certificate=found.label, unit=unit.name, role="")


def contact(session: Session, person_id: int | None) -> tuple[str, str]:
    """Name and telephone of whoever sent a task out: for papers that go to the team or to the entity alone."""
    person = session.get(Person, person_id) if person_id else None
    return (person.name, person.phone or "") if person else ("", "")


def number_in_task(session: Session, visit: Visit) -> int:
    """A visit's number within its task, from 1, over all batches."""
    found = select(func.count()).select_from(Visit).where(Visit.task_id == visit.task_id, col(Visit.id) <= key(visit))
    return session.exec(found).one()


def require_bound(act: Act) -> None:
    """What is public within the office: anybody whose account is bound."""
    if act.actor is None:
        raise NoRight
