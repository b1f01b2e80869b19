"""发文字号: one sequence for each unit, kind and year, without gaps, once, also with several writers at a time."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from bot.sample import Sample
from models import audit, letter, papers, tables, visit
from models.act import NoRight, Refused
from models.base import open_store, reading
from models.letter import Letter
from models.policy import PolicyError
from tests.sample_office import SampleOffice, founded, policy

ROOT = Path(__file__).resolve().parent.parent
NOTICE: dict[str, Any] = {"kind": "检查通知书", "code": "示工信检通", "subject": "visit"}


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


SIGNER = """
import sys
from datetime import datetime
from models import letter, tables
from models.act import Act
from models.base import KEYRING, SHANGHAI, open_store, writing
from models.people import Person
from tests.sample_office import KEY, policy

url, person, unit, first, count = sys.argv[1], *map(int, sys.argv[2:])
KEYRING.use(KEY)
engine = open_store(url)
for subject_id in range(first, first + count):
    with writing(engine) as session:
        now = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
        act = Act(session, now, session.get_one(Person, person), policy(), bytes, "test")
        letter.give(act, unit_id=unit, kind="检查通知书", code="示工信检通", subject="visit", subject_id=subject_id)
"""


def processes(url: str, made: Sample) -> None:
    """Four processes sign forty letters each, two of them the same ones."""
    person, unit = str(made.people["staff1"]), str(made.office_id)
    started = [
        subprocess.Popen([sys.executable, "-c", SIGNER, url, person, unit, str(first), "40"], cwd=ROOT)
        for first in (1, 1, 41, 81)
    ]
    assert [each.wait(timeout=120) for each in started] == [0, 0, 0, 0]
    engine = open_store(url)
    with reading(engine) as session:
        rows = session.exec(select(Letter).order_by(col(Letter.serial))).all()
        assert [each.serial for each in rows] == list(range(1, 121))
        assert sorted(each.subject_id for each in rows) == list(range(1, 121))
        assert list(audit.check(session)) == []
    engine.dispose()


def test_several_processes_on_one_file_give_each_number_once(office: SampleOffice) -> None:
    processes(office.engine.url.render_as_string(hide_password=False), office.made)


@pytest.mark.needs("postgresql")
def test_postgresql_gives_them_one_after_the_other_too(postgres_url: str) -> None:
    engine = open_store(postgres_url)
    tables.METADATA.create_all(engine)
    rushed(SampleOffice(engine, founded(engine)))
    engine.dispose()


@pytest.mark.needs("postgresql")
def test_several_processes_on_postgresql_give_each_number_once(postgres_url: str) -> None:
    engine = open_store(postgres_url)
    tables.METADATA.create_all(engine)
    made = founded(engine)
    engine.dispose()
    processes(postgres_url, made)


def test_the_store_itself_holds_one_number_for_each_letter(office: SampleOffice) -> None:
    given(office, 5)
    with pytest.raises(IntegrityError), office.act("staff1") as act:
        row = letter.of(act, "检查通知书", "visit", 5)
        assert row is not None
        act.session.add(Letter(**row.model_dump(exclude={"id", "serial"}), serial=2))
        act.session.flush()


def test_who_may_sign_is_the_profile_s(office: SampleOffice) -> None:
    only = replace(policy(), office=replace(policy().office, signers=("leader",)))
    with office.act("staff1") as act, pytest.raises(NoRight):
        letter.give(replace(act, policy=only), unit_id=office.made.office_id, subject_id=1, **NOTICE)
    with office.act("leader1") as act:
        row = letter.give(replace(act, policy=only), unit_id=office.made.office_id, subject_id=1, **NOTICE)
        assert row.number == "示工信检通〔2026〕1号"
    with pytest.raises(PolicyError, match="签发人"):
        replace(policy().office, signers=())


def test_a_rehearsal_is_never_numbered(office: SampleOffice) -> None:
    draw_id = office.dispatched("003")
    number = office.visits(draw_id)[0].id or 0
    with office.act("staff1") as act, pytest.raises(Refused, match="演练"):
        view = replace(papers.notice(act, number), rehearsal=True)
        letter.sign(act, view, "visit", number, "检查通知书")


def test_letters_of_one_row_and_of_several_kinds_are_told_apart(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    found = set()
    for who in ("inspector01", "inspector02", "inspector03", "inspector04", "inspector05", "inspector06"):
        with office.act("staff1") as act:
            own = office.inspector(act.session, who)
            if not visit.of_inspector(act.session, own.id or 0, draw_id=draw_id):
                continue
            view = papers.assignment(act, draw_id, own.id or 0)
            numbered, row = letter.sign(act, view, "draw", draw_id, "任务通知书")
            assert numbered.number == row.number and numbered.issued == office.now.date()
            found.add(row.number)
    with office.act("staff1") as act:
        public, row = letter.sign(act, papers.announcement(act, draw_id), "draw", draw_id, "抽取公告")
        assert public.number == "示例抽公〔2026〕1号" and letter.registered(act, 2026)[0].id == row.id
    assert found == {f"示例任通〔2026〕{n}号" for n in range(1, len(found) + 1)} and len(found) > 1


def test_no_two_sequences_share_a_word(office: SampleOffice) -> None:
    words = [word for _, word in (*letter.SERIES.values(), letter.GENERAL)]
    assert len(set(words)) == len(words)
    assert len({kind for kind, _ in (*letter.SERIES.values(), letter.GENERAL)}) == len(words)


def test_the_register_of_the_office_is_its_staff_s_and_leaders(office: SampleOffice) -> None:
    given(office, 5)
    for who, seen in (("staff1", 1), ("staff2", 1), ("leader1", 1), ("witness1", 0)):
        with office.act(who) as act:
            assert len(letter.registered(act, 2026)) == seen, who
            assert letter.registered(act, 2025) == []
