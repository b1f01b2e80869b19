"""Who can be sent: in post, certified to the last day, and there on at least one day of the task (S4, PROTOCOL §2)."""

from datetime import date

import pytest

from models.inspector import Inspector, available
from models.words import InspectorState

FIRST, LAST = date(2022, 9, 1), date(2022, 9, 30)


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({}, True),
        ({"valid_until": date(2022, 9, 30)}, True),
        ({"valid_until": date(2022, 9, 29)}, False),
        ({"state": InspectorState.LEFT}, False),
        ({"away_from": date(2022, 9, 1), "away_to": date(2022, 9, 30)}, False),
        ({"away_from": date(2022, 8, 1), "away_to": None}, False),
        ({"away_from": date(2022, 9, 2), "away_to": date(2022, 9, 30)}, True),
        ({"away_from": date(2022, 8, 1), "away_to": date(2022, 9, 29)}, True),
    ],
)
def test_who_is_available(changes: dict[str, object], sent: bool) -> None:
    row = Inspector(label="990000001", name="示例", unit_id=1, valid_until=date(2030, 1, 1))
    for name, value in changes.items():
        setattr(row, name, value)
    assert available(row, FIRST, LAST) is sent
