"""A plan from before there was an approval: the revision makes it a published one, and keeps its words."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import col, select

from bot import migrate, settings
from models import planversion, tables
from models.base import KEYRING, open_store, reading
from models.plan import Plan, Task
from models.words import PlanState, RequestState
from tests.sample_office import KEY

OLD = "2026-01-09 08:00:00"
STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))]


@pytest.mark.parametrize("store", STORES)
def test_a_plan_that_was_drawn_from_is_a_published_one(
    store: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    assert tables
    KEYRING.use(KEY)
    url = request.getfixturevalue("postgres_url") if store == "postgresql" else ""
    engine = open_store(settings.load(data=tmp_path, database_url=url, key=KEY).store_url)
    command.upgrade(migrate.config(engine), "0004")
    cells = (
        "plan_no, plan_name, task_no, name, kind, ratio_text, item_text, scope_text, lead_text, joint_text, period_text"
    )
    words = "'甲计划', '001', '抽查', '不定向', '5%', '事项', '全部', '处', '无', '3月至11月'"
    rest = f"plan_id, row, {cells}, state, mode, mode_reason, scope, strata"
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO unit (id, name, kind, sample) VALUES (1, '局', 'office', false)"))
        plan = f"1, 1, 2026, 1, '计划', 'draft', '{OLD}'"
        connection.execute(
            text(f"INSERT INTO plan (id, unit_id, year, version, title, state, made_at) VALUES ({plan})")
        )
        for number, state in (("2026001", "drawn"), ("2026002", "withdrawn")):
            values = f"1, {number[-1]}, '{number}', {words}, '{state}', 'bot', '', '{{}}', '{{}}'"
            connection.execute(text(f"INSERT INTO task ({rest}) VALUES ({values})"))
    command.upgrade(migrate.config(engine), "head")
    with reading(engine) as session:
        assert session.exec(select(Plan)).one().state == PlanState.PUBLISHED
        (version,) = planversion.of_plan(session, 1)
        assert (version.number, version.state, version.asked_by) == (1, RequestState.APPROVED, None)
        assert [row["plan_no"] for row in version.rows] == ["2026001"], "a withdrawn row is none of the plan's"
        assert version.rows[0]["ratio_text"] == "5%"
        first = session.exec(select(Task).order_by(col(Task.row))).first()
        assert first is not None and (first.times, first.base, first.scenario_id) == (1, None, None)
    engine.dispose()
