"""What tasks owe is reminded of like reports: results to be published, follow-ups, backfill, certificates that end."""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest
from sqlmodel import SQLModel, col, select

from models.backfill import Backfill
from models.base import KEYRING, SHANGHAI, open_store, writing
from models.entity import Entity
from models.followup import Followup
from models.inspector import Inspector
from models.outbox import Outbox
from models.people import Unit
from models.plan import Plan, Task
from models.publication import Publication
from models.reminder import TaskReminder
from models.visit import Visit
from models.words import DrawMode, Role, VisitState
from tests.test_duty import Office

DUE = date(2022, 4, 20)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    KEYRING.use("a key for tests alone")
    engine = open_store(f"sqlite:///{tmp_path / 'office.db'}")
    SQLModel.metadata.create_all(engine)
    made = Office(engine, {}, profile="xiping-2020")
    with writing(engine) as session:
        root = Unit(name="示例市双随机办", kind="office", policy="xiping-2020")
        session.add(root)
        session.flush()
        made.ids[root.name] = root.id or 0
        plan = Plan(unit_id=root.id or 0, year=2022, made_at=at(date(2022, 1, 4)), title="示例计划")
        session.add(plan)
        session.flush()
        texts = dict.fromkeys(
            (
                "plan_name",
                "task_no",
                "kind",
                "ratio_text",
                "item_text",
                "scope_text",
                "lead_text",
                "joint_text",
                "period_text",
            ),
            "",
        )
        task = Task(
            mode=DrawMode.BOT, plan_id=plan.id or 0, row=1, plan_no="2022001", name="示例任务", unit_id=root.id, **texts
        )
        entity = Entity(label="91990000000000001X", name="示例单位")
        session.add_all([task, entity])
        session.flush()
        made.ids["task"] = task.id or 0
        visit = Visit(
            task_id=task.id or 0,
            entity_id=entity.id or 0,
            order=1,
            stratum="*",
            due=date(2022, 3, 1),
            drawn_at=at(date(2022, 2, 1)),
            state=VisitState.PASSED,
        )
        session.add(visit)
        session.flush()
        made.ids["visit"] = visit.id or 0
    made.hire("工作人员", "示例市双随机办", Role.STAFF)
    made.hire("检查人员", "示例市双随机办", Role.INSPECTOR)
    yield made
    engine.dispose()


def at(day: date) -> datetime:
    return datetime.combine(day, time(9), SHANGHAI)


def owes(office: Office, kind: str) -> SQLModel:
    """A row that makes the office owe something by the 20th."""
    row: SQLModel
    if kind == "publication":
        row = Publication(subject="visit", subject_id=office.ids["visit"], due=DUE)
    elif kind == "backfill":
        row = Backfill(subject="visit", subject_id=office.ids["visit"], visit_id=office.ids["visit"], due=DUE)
    else:
        row = Followup(visit_id=office.ids["visit"], measure="rectify", due=DUE, opened_at=at(date(2022, 3, 2)))
    with writing(office.engine) as session:
        session.add(row)
    return row


def told(office: Office) -> list[tuple[str, str, str]]:
    """Day, kind and stage of each reminder, in order."""
    with office.read() as session:
        rows = session.exec(select(Outbox).where(Outbox.kind == "reminder").order_by(col(Outbox.id))).all()
    return [(row.data["day"], item["kind"], item["stage"]) for row in rows for item in row.data["items"]]


@pytest.mark.parametrize("kind", ["publication", "backfill", "followup"])
def test_staff_are_reminded_in_stages_until_it_is_done(office: Office, kind: str) -> None:
    row = owes(office, kind)
    # The 20th is a Wednesday; the working days before it are 19, 18, 15, 14, 13.
    office.live(date(2022, 4, 6), date(2022, 4, 18))
    assert told(office) == [("2022-04-13", kind, "5"), ("2022-04-15", kind, "3")]
    office.live(date(2022, 4, 19), date(2022, 4, 21))
    assert told(office)[2:] == [("2022-04-19", kind, "1"), ("2022-04-20", kind, "0"), ("2022-04-21", kind, "+1")]
    with writing(office.engine) as session:
        session.add(row)
        setattr(row, "closed_at" if kind == "followup" else "done_on", at(DUE) if kind == "followup" else DUE)
    office.live(date(2022, 4, 22), date(2022, 4, 29))
    assert len(told(office)) == 5


def test_doubled_ticks_and_a_rehearsal_add_nothing(office: Office) -> None:
    owes(office, "publication")
    assert [office.tick(at(date(2022, 4, 13))) for _ in range(3)] == [1, 0, 0]
    with writing(office.engine) as session:
        task = session.get_one(Task, office.ids["task"])
        task.mode = DrawMode.REHEARSAL
        session.add(task)
    assert office.tick(at(date(2022, 4, 15))) == 0
    with office.read() as session:
        assert len(session.exec(select(TaskReminder)).all()) == 1


def test_a_certificate_is_told_to_its_holder_and_to_staff_while_there_is_time_to_renew_it(office: Office) -> None:
    with writing(office.engine) as session:
        session.add(
            Inspector(
                label="990000001",
                name="检查人员",
                unit_id=office.ids["示例市双随机办"],
                valid_until=date(2022, 6, 30),
                person_id=office.ids["检查人员"],
            )
        )
    office.live(date(2022, 4, 1), date(2022, 7, 8))
    with office.read() as session:
        rows = session.exec(select(TaskReminder).order_by(col(TaskReminder.id))).all()
    whom = {office.ids["检查人员"], office.ids["工作人员"]}
    assert {(row.stage, row.person_id) for row in rows} == {(s, who) for s in ("40", "20", "5", "0") for who in whom}
