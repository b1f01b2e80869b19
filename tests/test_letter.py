"""发文字号: one sequence for each unit, kind and year, without gaps, once, also with several writers at a time."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from models import audit, letter, tables
from models.act import NoRight, Refused
from models.base import open_store
from models.letter import Letter
from tests import postgres
from tests.sample_office import SampleOffice, founded

NOTICE = {"kind": "检查通知书", "code": "示工信检通", "subject": "visit"}


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    made = SampleOffice.opened(tmp_path)
    tables.METADATA.create_all(made.engine)
    return made


def given(office: SampleOffice, subject_id: int, **other: str) -> str:
    with office.act("staff1") as act:
        return letter.give(act, unit_id=office.made.office_id, subject_id=subject_id, **(NOTICE | other)).number


def test_numbers_follow_each_other_and_each_letter_keeps_its_own(office: SampleOffice) -> None:
    assert [given(office, each) for each in (5, 6, 5, 7)] == [f"示工信检通〔2026〕{n}号" for n in (1, 2, 1, 3)]
    assert given(office, 5, kind="责令改正通知书", code="示工信责改") == "示工信责改〔2026〕1号"
    office.now += timedelta(days=365)
    assert given(office, 8) == "示工信检通〔2027〕1号"
    with office.read() as session:
        assert list(audit.check(session)) == []


def test_a_void_number_is_kept_and_never_given_again(office: SampleOffice) -> None:
    given(office, 5)
    with office.act("staff1") as act:
        row = letter.of(act, "检查通知书", "visit", 5)
        assert row is not None
        with pytest.raises(Refused, match="原因"):
            letter.void(act, row.id or 0, " ")
        letter.void(act, row.id or 0, "印错")
    with office.act("staff1") as act, pytest.raises(Refused, match="已经作废"):
        letter.void(act, row.id or 0, "印错")
    assert given(office, 5) == "示工信检通〔2026〕2号"
    with office.read() as session:
        rows = session.exec(select(Letter).order_by(col(Letter.serial))).all()
        assert [(each.serial, each.void_reason) for each in rows] == [(1, "印错"), (2, "")]


def test_only_staff_give_numbers_and_only_with_a_word(office: SampleOffice) -> None:
    with office.act("witness1") as act, pytest.raises(NoRight):
        letter.give(act, unit_id=office.made.office_id, subject_id=1, **NOTICE)
    with pytest.raises(Refused, match="机关代字"):
        given(office, 1, code="")


def rushed(office: SampleOffice) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda each: given(office, each), [each // 2 for each in range(60)]))
    serials = sorted({int(re.findall(r"(\d+)号", each)[0]) for each in numbers})
    assert serials == list(range(1, 31))


def test_many_at_once_leave_no_gap_and_give_none_twice(office: SampleOffice) -> None:
    rushed(office)


@pytest.fixture
def address() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.mark.needs("postgresql")
def test_postgresql_gives_them_one_after_the_other_too(address: str) -> None:
    engine = open_store(address)
    tables.METADATA.create_all(engine)
    rushed(SampleOffice(engine, founded(engine)))
    engine.dispose()
