"""/deadlines, /summary and /collect of a province beside 1/100 of it: a year of reports, 50,000 tasks."""

import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import Session, select

from bench.figure import Figure
from handlers import catalog, registry
from handlers.registry import Ask
from models import duty, tables
from models.act import Act
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.duty import Deadline, Submission
from models.entity import Entity
from models.people import Grant, Person, Unit
from models.plan import Plan, Task, TaskUnit
from models.publication import Publication
from models.report import Report, ReportFigure
from models.report_form import NAMES
from models.result import Result
from models.visit import Visit
from models.words import DrawMode, Role, TaskState, VisitState
from templates.policies import load

COUNTIES, DEPARTMENTS, TASKS = 170, 20, 50_000
SHARE = 100
TARGET = 3.0
NOW = datetime(2022, 12, 12, 10, tzinfo=SHANGHAI)
POLICY = "qinhuangdao-2022"


def measure(work: Path) -> list[Figure]:
    """Medians of five answers each, in processor time, and their ratio to those of an office of 1/100."""
    catalog.load()
    KEYRING.use("the key of the bench")
    small = _answers(work / "small.db", max(1, COUNTIES // SHARE), DEPARTMENTS, TASKS // SHARE)
    large = _answers(work / "large.db", COUNTIES, DEPARTMENTS, TASKS)
    figures = []
    for name, wanted in (("deadlines", True), ("summary", True), ("collect", False)):
        ratio = large[name] / small[name]
        figures.append(
            Figure(
                f"/{name} of {COUNTIES * DEPARTMENTS:,} departments, 12 months of reports and {TASKS:,} tasks",
                f"{ratio:.1f} × its time at 1/{SHARE}",
                f"at most {TARGET:.0f} ×" if wanted else "",
                ratio <= TARGET if wanted else None,
                f"{large[name] * 1000:.0f} ms against {small[name] * 1000:.0f} ms",
            )
        )
    return figures


def _answers(path: Path, counties: int, departments: int, tasks: int) -> dict[str, float]:
    """Seconds that each command takes the staff of such an office, the median of five."""
    engine = open_store(f"sqlite:///{path}")
    tables.METADATA.create_all(engine)
    with writing(engine) as session:
        staff = build(session, counties, departments, tasks)

    def timed(run: Callable[[Ask], object]) -> float:
        taken = []
        for _ in range(6):
            with reading(engine) as session:
                person = session.get_one(Person, staff)
                act = Act(session, NOW, person, load(POLICY), bytes, "bench")
                at = time.process_time()
                run(Ask(act=act, chat_id=1, private=True, message_id=1))
                taken.append(time.process_time() - at)
        return statistics.median(taken[1:])

    found = {name: timed(registry.COMMANDS[name].run) for name in ("deadlines", "summary", "collect")}
    engine.dispose()
    return found


def build(session: Session, counties: int, departments: int, tasks: int) -> int:
    """An office with so many counties of so many departments, a year of accepted reports, tasks of one visit each.

    The last month is open. Returns the id of one of its staff.
    """
    root = Unit(name="示例省双随机办", kind="office", policy=POLICY, sample=True)
    session.add(root)
    session.flush()
    above = [{"name": f"示例{n}县", "kind": "county", "parent_id": root.id, "sample": True} for n in range(counties)]
    session.execute(insert(Unit), above)
    ids = list(session.exec(select(Unit.id).where(Unit.kind == "county").order_by(Unit.id)))
    lower = [
        {"name": f"示例{n}县{d}局", "kind": "department", "parent_id": county, "sample": True}
        for n, county in enumerate(ids)
        for d in range(departments)
    ]
    session.execute(insert(Unit), lower)
    units = list(session.exec(select(Unit.id).where(Unit.kind == "department").order_by(Unit.id)))
    session.add(Person(key="staff", name="示例工作人员", label="示例工作人员", unit_id=root.id or 0))
    people = [
        {"key": f"l{n}", "name": f"示例联络员{n}", "label": f"联络员{n}", "unit_id": u} for n, u in enumerate(units)
    ]
    session.flush()
    session.execute(insert(Person), [each | {"active": True} for each in people])
    found = dict(session.exec(select(Person.unit_id, Person.id)).all())
    staff = found[root.id or 0] or 0
    session.add(Grant(person_id=staff, unit_id=root.id or 0, role=Role.STAFF))
    session.execute(
        insert(Grant), [{"person_id": found[unit], "unit_id": unit, "role": Role.LIAISON.value} for unit in units]
    )
    act = Act(session, NOW.replace(month=1, day=1), None, load(POLICY), bytes, "bench")
    duty.plan_year(act, 2022)
    _reports(session, staff)
    _tasks(session, root.id or 0, units, tasks)
    session.flush()
    return staff


def _reports(session: Session, staff: int) -> None:
    """All reports that were due before now are in and accepted."""
    done = session.exec(select(Deadline).where(Deadline.limit < NOW.date()).order_by(Deadline.id)).all()
    for row in done:
        row.state, row.reported_at = duty.DeadlineState.REPORTED, datetime.combine(row.aim, NOW.timetz())
        session.add(row)
    session.flush()
    session.execute(
        insert(Submission),
        [{"deadline_id": r.id, "version": 1, "way": "form", "by": staff, "at": NOW, "late": 0} for r in done],
    )
    submissions = dict(session.exec(select(Submission.deadline_id, Submission.id)).all())
    monthly = [row for row in done if row.code == "monthly_report"]
    session.execute(
        insert(Report),
        [
            {
                "submission_id": submissions[row.id or 0],
                "deadline_id": row.id,
                "unit_id": row.unit_id,
                "code": row.code,
                "period": row.period,
                "form": "monthly",
                "first": row.limit - timedelta(days=30),
                "last": row.aim,
                "state": "accepted",
                "counted": True,
                "reason": "",
                "doubts": [],
                "texts": {},
                "lines": [],
                "judgement": "",
            }
            for row in monthly
        ],
    )
    figures = {name: {"name": name, "now": 3, "total": 30} for name in NAMES}
    ids = list(session.exec(select(Report.id)))
    for start in range(0, len(ids), 1000):
        part = [each | {"report_id": number} for number in ids[start : start + 1000] for each in figures.values()]
        session.execute(insert(ReportFigure), part)


def _tasks(session: Session, root: int, units: list[int | None], count: int) -> None:
    """Tasks of the year, one visit each: nine of ten are published, one is still to be visited."""
    plan = Plan(unit_id=root, year=2022, made_at=NOW, title="示例计划", state="published")
    session.add(plan)
    session.flush()
    empty = dict.fromkeys(
        ("kind", "ratio_text", "item_text", "scope_text", "lead_text", "joint_text", "period_text"), ""
    )
    session.execute(
        insert(Task),
        [
            empty
            | {
                "plan_id": plan.id,
                "row": n,
                "plan_no": f"2022{n:06d}",
                "plan_name": "示例计划",
                "task_no": "",
                "name": f"示例任务{n}",
                "state": (TaskState.CLOSED if n % 10 else TaskState.DRAWN).value,
                "unit_id": units[n % len(units)],
                "mode": DrawMode.BOT.value,
                "mode_reason": "",
                "scope": {},
                "strata": {"*": "1/20"} if n % 5 else {"A": "1/50"},
            }
            for n in range(count)
        ],
    )
    ids = list(session.exec(select(Task.id).order_by(Task.id)))
    # One in four is a joint one, of two departments.
    demands = [(task, units[(n + k) % len(units)]) for n, task in enumerate(ids) for k in range(1 + (n % 4 == 0))]
    session.execute(
        insert(TaskUnit), [{"task_id": task, "unit_id": unit, "count": 1, "tags": []} for task, unit in demands]
    )
    entities = [
        {"label": f"9113{n:014d}", "name": f"示例企业{n}", "kind": "", "industry": "", "district": "", "address": ""}
        | {"contact": "", "phone": "", "risk_class": "", "tags": [], "licences": "", "state": "active"}
        for n in range(count)
    ]
    session.execute(insert(Entity), entities)
    whom = list(session.exec(select(Entity.id).order_by(Entity.id)))
    session.execute(
        insert(Visit),
        [
            {
                "task_id": task,
                "entity_id": whom[n],
                "origin": "抽取",
                "reason": "",
                "order": 1,
                "stratum": "*",
                "state": (VisitState.PUBLISHED if n % 10 else VisitState.SENT).value,
                "due": date(2022, 12, 14) if n % 20 == 0 else date(2022, 12, 30),
                "drawn_at": NOW - timedelta(days=n % 300),
            }
            for n, task in enumerate(ids)
        ],
    )
    visits = [(v, n) for n, v in enumerate(session.exec(select(Visit.id).order_by(Visit.id))) if n % 10]
    session.execute(
        insert(Result),
        [
            {"visit_id": v, "version": 1, "categories": ["no_problem"], "methods": [], "measures": [], "findings": ""}
            | {"external_source": "", "checked_on": NOW.date(), "entered_by": 1, "entered_at": NOW}
            for v, _ in visits
        ],
    )
    session.execute(
        insert(Publication),
        [
            {"subject": "visit", "subject_id": v, "due": NOW.date(), "done_on": NOW.date(), "channel": "网站"}
            | {"estimated": False, "link": "", "reason": ""}
            for v, _ in visits
        ],
    )
