"""Who may look at a summary, and that ticks make each leader's once a day however often they come."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from models import duty, summary
from models.act import NoRight
from models.base import SHANGHAI
from tests.sample_office import SampleOffice


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SampleOffice]:
    found = SampleOffice.opened(tmp_path)
    yield found
    found.engine.dispose()


@pytest.mark.parametrize("look", [summary.owed, summary.leaves, summary.reviews, summary.units_of])
def test_a_witness_sees_no_summary(office: SampleOffice, look: object) -> None:
    assert callable(look)
    with office.act("witness1") as act, pytest.raises(NoRight):
        look(act)


def test_doubled_ticks_and_restarts_add_nothing(office: SampleOffice) -> None:
    with office.act(None) as act:
        duty.plan_year(act, 2026)
    office.now = datetime(2026, 3, 19, 9, tzinfo=SHANGHAI)
    added = []
    for _ in range(3):
        with office.act(None) as act:
            added.append(summary.tick(act))
    assert added[0] > 0 and added[1:] == [0, 0]
    told = [row.person_id for row in office.said("summary")]
    assert len(told) == len(set(told)) == added[0]
