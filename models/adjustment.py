"""计划调整: rows that are added, changed or withdrawn, checked when asked for and again when made (DESIGN §4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, func, select

from models import draw, publication, visit
from models.act import Act, Refused, key
from models.draw import Draw
from models.inspector import Inspector
from models.people import Person
from models.period import read_period
from models.plan import COLUMNS, Plan, Task
from models.quota import parse_ratio
from models.visit import Visit
from models.words import DrawMode, DrawState, TaskState, VisitState

ADD, CHANGE, WITHDRAW = "add", "change", "withdraw"

HOW = {ADD: "新增", CHANGE: "变更", WITHDRAW: "取消"}
"""What each kind of edit is called."""

_NOT_DRAWN = (TaskState.WRITTEN, TaskState.COMPLETED)
# Nobody has been to the entity, or reported on it: such a visit ends with its task.
_NOT_VISITED = (VisitState.DRAWN, VisitState.SENT)


@dataclass(frozen=True)
class Edit:
    """One row's adjustment: `fields` are the columns (names of `plan.COLUMNS`) that it sets; `task_id` None adds one.

    `before` is filled in when the edit is stored, so that a version can be read without the rows of today.
    """

    how: str
    task_id: int | None = None
    fields: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)

    def stored(self, session: Session) -> dict[str, Any]:
        """As a version keeps it: how, task, plan_no, name, and each field with its text before and after."""
        task = session.get(Task, self.task_id) if self.task_id else None
        before = {name: getattr(task, name) for name in self.fields} if task else {}
        return {
            "how": self.how,
            "task": self.task_id,
            "plan_no": task.plan_no if task else self.fields.get("plan_no", ""),
            "task_no": task.task_no if task else self.fields.get("task_no", ""),
            "name": task.name if task else self.fields.get("name", ""),
            "fields": {name: [before.get(name, ""), text] for name, text in self.fields.items()},
        }

    @classmethod
    def restored(cls, stored: dict[str, Any]) -> "Edit":
        """The edit that a version keeps."""
        texts = stored["fields"].items()
        return cls(
            stored["how"],
            stored["task"],
            {name: after for name, (_, after) in texts},
            {name: before for name, (before, _) in texts},
        )


def check(act: Act, plan: Plan, edits: Sequence[Edit]) -> None:
    """Refused with the reason where one of the edits cannot stand with the rows as they are now."""
    tasks = act.session.exec(select(Task).where(Task.plan_id == plan.id)).all()
    known = {key(task): task for task in tasks}
    numbers = {(task.plan_no, task.task_no) for task in tasks}
    touched: set[int] = set()
    for edit in edits:
        if edit.how == ADD:
            number = (edit.fields.get("plan_no", ""), edit.fields.get("task_no", ""))
            missing = [name for name in COLUMNS if name != "joint_text" and not edit.fields.get(name, "").strip()]
            if missing:
                raise Refused("新增的任务没有写全，十一列里除联合处室以外都要填写。")
            if number in numbers:
                raise Refused(f"抽查计划编号「{number[0]}」、任务编号「{number[1]}」已经有了，请换一个编号。")
            numbers.add(number)
            continue
        task = known.get(edit.task_id or 0)
        if task is None:
            raise Refused("要调整的任务已经不在这份计划里，请重新选择。")
        if task.id in touched:
            raise Refused(f"任务 {task.plan_no} 在这次调整里写了两次，请只保留一处。")
        touched.add(key(task))
        _checked(act.session, task, edit)


def make(act: Act, plan: Plan, edits: Sequence[Edit]) -> None:
    """Make approved edits; they are checked again, because rows may have been drawn meanwhile."""
    check(act, plan, edits)
    last = act.session.exec(select(func.max(Task.row)).where(Task.plan_id == plan.id)).one() or 0
    for edit in edits:
        if edit.how == ADD:
            last += 1
            values = {name: edit.fields.get(name, "") for name in COLUMNS} | _days(plan, edit.fields)
            act.session.add(Task(plan_id=key(plan), row=last, mode=act.policy.draw_mode, **values))
            continue
        task = act.session.get_one(Task, edit.task_id)
        if edit.how == CHANGE:
            for name, text in (edit.fields | _days(plan, edit.fields)).items():
                setattr(task, name, text)
            # What 补全 decided was decided about other words.
            task.state, task.completed_at = TaskState.WRITTEN, None
            act.session.add(task)
        else:
            _withdraw(act, task)
    act.session.flush()


def next_numbers(session: Session, plan: Plan) -> tuple[str, str]:
    """抽查计划编号 and 抽查任务编号 for a new row: three digits, one above the highest."""
    serials = [0]
    for number in session.exec(select(Task.plan_no).where(Task.plan_id == plan.id)):
        head, tail = number[:4], number[4:]
        if head == str(plan.year) and tail.isdigit():
            serials.append(int(tail))
    serial = max(serials) + 1
    return f"{plan.year}{serial:03d}", f"{serial:03d}"


def _checked(session: Session, task: Task, edit: Edit) -> None:
    open_ = select(Draw).where(Draw.task_id == task.id, Draw.state == DrawState.OPEN)
    if (found := session.exec(open_).first()) is not None:
        raise Refused(f"任务 {task.plan_no} 正在公告（第 {found.serial} 号），请等掷骰完成或者撤回公告以后再调整。")
    if task.state in {TaskState.CLOSED, TaskState.WITHDRAWN}:
        raise Refused(f"任务 {task.plan_no} 已经办结或者取消，不能再调整。")
    if edit.how == CHANGE:
        if task.state not in _NOT_DRAWN:
            raise Refused(f"任务 {task.plan_no} 已经抽取，内容不能再改，只能增加批次或者取消。")
        if not edit.fields or all(getattr(task, name) == text for name, text in edit.fields.items()):
            raise Refused(f"任务 {task.plan_no} 没有改动。")
        if edit.before and any(getattr(task, name) != text for name, text in edit.before.items()):
            raise Refused(f"任务 {task.plan_no} 在送审以后又有改动，请退回后重新送审。")


def understood(plan: Plan, name: str, text: str) -> list[str]:
    """How a cell is understood where that is not plain, as clauses; Refused where a ratio or period says nothing."""
    try:
        if name == "ratio_text":
            return list(parse_ratio(text).remarks)
        if name == "period_text":
            meant = read_period(text, plan.year).meant
            return [f"「{text}」{meant}"] if meant else []
    except ValueError as error:
        raise Refused(str(error)) from error
    return []


def _days(plan: Plan, fields: dict[str, str]) -> dict[str, Any]:
    """First and last day where the period is among the fields; blank where it must be asked for in 补全."""
    if "period_text" not in fields:
        return {}
    try:
        found = read_period(fields["period_text"], plan.year)
    except ValueError:
        return {"starts": None, "ends": None}
    return {"starts": found.first, "ends": found.last}


def _withdraw(act: Act, task: Task) -> None:
    """取消 a row. Visits that nobody has made end with it, and their inspectors are told; what is done stays."""
    before, task.state = task.state, TaskState.WITHDRAWN
    act.session.add(task)
    # A visit that no draw made has a reason of its own, and goes on.
    drawn_visits = (each for each in visit.of_task(act.session, key(task)) if each.draw_id is not None)
    cancelled = [each for each in drawn_visits if each.state in _NOT_VISITED]
    for each in cancelled:
        each.state = VisitState.CANCELLED
        act.session.add(each)
    act.session.flush()
    _tell(act, task, cancelled)
    drawn = act.session.exec(select(Draw).where(Draw.task_id == task.id, Draw.state == DrawState.DRAWN)).all()
    for one in drawn:
        if draw.finished(act, key(one)) and publication.try_to_close(act, key(one)):
            task.state = TaskState.WITHDRAWN
            act.session.add(task)
    after = {"state": str(task.state), "cancelled": len(cancelled)}
    act.record("withdraw_task", "task", task.id, before={"state": before}, after=after)


def _tell(act: Act, task: Task, cancelled: Iterable[Visit]) -> None:
    """One message for each inspector who had been sent out; what does not arrive is told to whoever sent them."""
    if task.mode == DrawMode.REHEARSAL:
        return
    found: dict[int, list[Visit]] = {}
    for one in cancelled:
        if one.sent_at is not None:
            for _, inspector in visit.team(act.session, key(one)):
                found.setdefault(key(inspector), []).append(one)
    for inspector_id, visits in sorted(found.items()):
        inspector = act.session.get_one(Inspector, inspector_id)
        person = act.session.get(Person, inspector.person_id) if inspector.person_id else None
        sender = act.session.get(Person, visits[0].dispatcher_id) if visits[0].dispatcher_id else None
        if person is not None:
            act.tell(
                "task_withdrawn",
                f"task_withdrawn:{task.id}:{inspector_id}",
                person=person,
                dispatcher=sender or act.actor,
                task=task.id,
                visits=len(visits),
            )


def numbered(session: Session, plan: Plan) -> list[Task]:
    """The rows that can still be adjusted at all, in the plan's order."""
    adjustable = (*_NOT_DRAWN, TaskState.DRAWN)
    found = select(Task).where(Task.plan_id == plan.id, col(Task.state).in_(adjustable))
    return list(session.exec(found.order_by(col(Task.row), col(Task.id))))
