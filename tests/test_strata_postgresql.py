"""Strata, their counts and what is owed to the public, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from bot import migrate, settings
from models import completion, pool, publishing, taskdue
from models.base import open_store
from models.entity import Entity
from tests.sample_office import KEY, SampleOffice, founded

pytestmark = pytest.mark.needs("postgresql")


@pytest.fixture
def engine(postgres_url: str, tmp_path: Path) -> Iterator[Engine]:
    made = open_store(postgres_url)
    migrate.upgrade(made, settings.load(data=tmp_path, database_url=postgres_url, key=KEY))
    yield made
    made.dispose()


def test_strata_are_counted_kept_in_their_order_and_frozen(engine: Engine) -> None:
    office = SampleOffice(engine, founded(engine))
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        found = act.session.exec(
            select(Entity).where(Entity.kind == task.scope["kinds"][0]).order_by(Entity.label)
        ).all()
        active = [each for each in found if each.state == "active"]
        for each in active[:4]:
            each.tags = ["投诉举报多"]
        active[0].tags = ["投诉举报多", "重点管理"]
        act.session.flush()
        pool.change_strata(act, task, "重点管理 100%；投诉举报多 50%；其余 5%")
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        assert task.strata_order == ["重点管理", "投诉举报多"]
        kinds = list(completion.marked(act.session, task.scope))
        assert dict(completion.marks(kinds))["投诉举报多"] == 4
        sizes = completion.layered(kinds, ["重点管理", "投诉举报多", "*"])
        assert (sizes["重点管理"], sizes["投诉举报多"], sizes["*"]) == (1, 3, len(active) - 4)
        frozen = pool.build(act, task, already=set())
        assert [(each.name, each.quota) for each in frozen.strata][:2] == [("重点管理", 1), ("投诉举报多", 2)]


def test_what_is_owed_to_the_public_is_listed(engine: Engine) -> None:
    office = SampleOffice(engine, founded(engine))
    office.draw("001")
    with office.act("staff1") as act:
        assert (publishing.owe(act), publishing.owe(act)) == (1, 0)
        (owed,) = publishing.pending(act)
        assert owed.kind == publishing.WORK_PLAN
        kinds = {each.kind for each in taskdue.until(act.session, owed.due, owed.due)}
        assert taskdue.Kind.WORK_PLAN_PUBLICATION in kinds
        assert publishing.register(act, owed.kind, owed.group, channel="平台", link="") == (1, False)
