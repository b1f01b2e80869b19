"""The same office on PostgreSQL: migrated, drawn, substituted, checked, published, closed, and found healthy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot import doctor, migrate, settings
from models import audit, draw, papers, publication, visit
from models.base import open_store
from models.verify import verify
from models.words import DrawState
from templates.word import fill
from tests.sample_office import KEY, SampleOffice, founded

pytestmark = pytest.mark.needs("postgresql")


@pytest.fixture
def engine(postgres_url: str, tmp_path: Path) -> Iterator[Engine]:
    made = open_store(postgres_url)
    migrate.upgrade(made, settings.load(data=tmp_path, database_url=postgres_url, key=KEY))
    yield made
    made.dispose()


def test_a_task_goes_its_whole_way(engine: Engine, postgres_url: str, tmp_path: Path) -> None:
    office = SampleOffice(engine, founded(engine))
    draw_id = office.dispatched("003")
    first = office.visits(draw_id)[0]
    number = first.id or 0
    leaver = office.team(number)[0]
    office.substituted(number, leaver)
    office.checked(draw_id)
    who = office.team(number)[0]
    with office.act("staff1") as act:
        inspector = office.inspector(act.session, who)
        for view in (
            papers.announcement(act, draw_id),
            papers.draw_record(act, draw_id, names=True),
            papers.assignment(act, draw_id, inspector.id or 0),
            papers.notice(act, number),
            papers.check_form(act, number),
            papers.publication(act, draw_id),
        ):
            assert len(fill(view)) > 5000
        assert publication.register(act, draw_id, channel="门户网站", link="") == (8, True)
    with office.read() as session:
        drawn = draw.get(session, draw_id)
        assert drawn.state == DrawState.CLOSED
        checks = verify(draw.record_of(drawn), draw.files_of(session, drawn))
        assert [each for each in checks if each.result != "ok"] == []
        assert list(audit.check(session)) == []
        assert len(visit.counted(session, 2026)) == 8
    found = settings.load(data=tmp_path, database_url=postgres_url, key=KEY, chat_address="127.0.0.1:0")
    wrong = {each.name: each.detail for each in doctor.examine(found) if not each.ok}
    # The messages of this office wait: nobody runs it. Its days are those of the test, the doctor's those of today.
    assert set(wrong) <= {"消息", "工作日"}
