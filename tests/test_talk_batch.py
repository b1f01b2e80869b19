"""成批出具: all notices of a draw as an archive and one file to print, numbered in one go, beside the chat."""

import asyncio
import hashlib
import io
import time
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document
from sqlmodel import col, func, select

from bot.chat.client import ChatPerson
from handlers.batch import _Run
from handlers.registry import Kit
from models import audit, batch, draw, letter, papers, tables
from models.base import open_store
from models.issued import Issued
from models.letter import Letter
from models.visit import Visit
from templates import word, word_batch, word_mark
from templates.gongwen_check import check
from templates.texts import Html
from tests.sample_office import SampleOffice, founded
from tests.talk import Message, Talk, data_of, unpacked, words
from tests.test_talk_letters import press
from tests.test_word import whole_text


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    made = SampleOffice.opened(tmp_path)
    tables.METADATA.create_all(made.engine)
    return made


def test_the_views_of_a_whole_draw_are_those_of_its_visits(office: SampleOffice) -> None:
    draw_id = office.dispatched("003")
    first = office.visits(draw_id)[0].id or 0
    office.substituted(first, office.team(first)[0])
    with office.act("staff1") as act:
        found = list(batch.notices(act, draw_id))
        assert [number for number, _ in found] == [each.id for each in office.visits(draw_id)]
        for number, view in found:
            assert view == papers.notice(act, number)


def test_numbers_of_a_batch_follow_on_without_a_gap_and_are_given_once(office: SampleOffice) -> None:
    draw_id = office.dispatched("003")
    third = office.visits(draw_id)[2].id or 0
    with office.act("staff1") as act:
        letter.sign(act, papers.notice(act, third), "visit", third, "检查通知书")
    for _ in range(2):
        with office.act("staff2") as act:
            views = [(number, view, word.file_name(view)) for number, view in batch.notices(act, draw_id)]
            held = batch.sign_all(act, draw_id, views)
    order = [each.id or 0 for each in office.visits(draw_id)]
    assert [held[number].serial for number in order] == [2, 3, 1, *range(4, len(order) + 1)]
    with office.read() as session:
        assert session.exec(select(func.count()).select_from(Letter)).one() == len(order)
        assert list(audit.check(session)) == []


@pytest.mark.needs("postgresql")
def test_a_batch_on_postgresql(postgres_url: str) -> None:
    engine = open_store(postgres_url)
    tables.METADATA.create_all(engine)
    office = SampleOffice(engine, founded(engine))
    draw_id = office.dispatched("003")
    files: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        files[digest] = data
        return digest

    kit = Kit(read_file=files.__getitem__, keep_file=keep)
    with office.act("staff1") as act:
        run = _Run(engine, replace(act), kit, draw_id, sign=True)
    told: list[Html] = []
    first, again = run(told.append), run(told.append)
    assert [each.file for each in first if each.file] == [each.file for each in again if each.file]
    assert len(told) >= 4
    with office.read() as session:
        rows = session.exec(select(Letter).order_by(col(Letter.serial))).all()
        assert [each.serial for each in rows] == list(range(1, len(office.visits(draw_id)) + 1))
        assert {each.digest for each in rows} == set(files)
        assert session.exec(select(func.count()).select_from(Issued)).one() == len(rows) + 1
        assert list(audit.check(session)) == []
    engine.dispose()


def test_archives_stay_under_the_limit_and_lose_nothing() -> None:
    files = [("检查通知书.docx", bytes([at]) * 1000) for at in range(10)]
    made = list(word_batch.archives(iter(files), limit=4000))
    assert all(len(data) <= 4000 for data, _ in made) and sum(n for _, n in made) == 10
    inside = [data for each, _ in made for data in unpacked(each).values()]
    assert sorted(inside) == sorted(data for _, data in files)
    with pytest.raises(ValueError, match="太大"):
        list(word_batch.archives([("甲.docx", bytes(5000))], limit=4000))


async def files_of(who: ChatPerson, after: Message) -> dict[str, bytes]:
    """The files that came after a message, once the last word was said."""
    await who.until("已经出具，用时", after=after, within=60)
    sent = [m for m in who.messages() if "document" in m and m["message_id"] > after["message_id"]]
    return {m["document"]["file_name"]: await who.file(m) for m in sent}


async def test_all_notices_of_a_draw_come_as_an_archive_and_one_file_to_print(talk: Talk) -> None:
    year = talk.office.clock().year
    await talk.dispatches(f"{year}001")
    listed = await talk.answer(talk.clerk, "发文")
    shown = await press(talk.clerk, listed, data_of(listed, "batch"))
    menu = await press(talk.clerk, shown, data_of(shown, "batch_of"))
    assert "0 户的检查通知书已经签发" in words(menu)
    asked = await press(talk.clerk, menu, data_of(menu, "batch_sign"))
    assert "编号以后不能收回" in words(asked)
    started = await press(talk.clerk, asked, data_of(asked, "batch_signed"))
    files = await files_of(talk.clerk, started)
    with talk.reading() as session:
        visits = session.exec(select(Visit).order_by(col(Visit.id))).all()
        rows = {each.subject_id: each for each in session.exec(select(Letter))}
        digests = set(session.exec(select(Issued.digest)))
    (packed,) = (unpacked(data) for name, data in files.items() if name.endswith(".zip"))
    (merged,) = (data for name, data in files.items() if name.endswith("合并打印.docx"))
    assert len(packed) == len(visits) == len(rows)
    assert len(Document(io.BytesIO(merged)).sections) == len(visits)
    assert [name for name, data in packed.items() if check(data).breaks] == []
    pages = {name: whole_text(data) for name, data in packed.items()}
    for each in rows.values():
        assert sum(each.number in page for page in pages.values()) == 1
        assert each.number in whole_text(merged)
    found = {word_mark.printed(data) for data in (*packed.values(), merged)}
    assert {each.digest for each in found if each} <= digests
    assert {each.digest for each in rows.values()} <= digests
    # One of them taken by itself is the same file.
    one = await press(talk.clerk, menu, data_of(menu, "batch_visits"))
    number = visits[0].id or 0
    paper = await press(talk.clerk, one, f"1.papers.{number}")
    again = await press(talk.clerk, paper, f"1.doc_notice.{number}")
    assert await talk.clerk.file(again) in packed.values()
    # What was done is rewritten in the message that announced it; a second run hands out the same bytes.
    later = await press(talk.clerk, menu, data_of(menu, "batch_notices"))
    assert await files_of(talk.clerk, later) == files


async def test_others_are_answered_while_thousands_are_made(talk: Talk) -> None:
    await talk.dispatches(f"{talk.office.clock().year}001")
    listed = await talk.answer(talk.clerk, "发文")
    shown = await press(talk.clerk, listed, data_of(listed, "batch"))
    menu = await press(talk.clerk, shown, data_of(shown, "batch_of"))
    await talk.clerk.presses("", message=menu, data=data_of(menu, "batch_notices"))
    began = time.monotonic()
    await asyncio.gather(*(talk.answer(each, "/help") for each in talk.witnesses))
    assert time.monotonic() - began < 5
    await talk.clerk.until("已经出具，用时", after=menu, within=60)


def test_what_cannot_be_made_is_said_and_nothing_is_noted(office: SampleOffice) -> None:
    draw_id = office.dispatched("003")
    with office.act("staff1") as act:
        run = _Run(office.engine, replace(act), Kit(), draw_id, sign=False)
        drawn = draw.get(act.session, draw_id)
        for each in office.visits(draw_id):
            row = act.session.get_one(Visit, each.id)
            row.state = "cancelled"
            act.session.add(row)
    told: list[Html] = []
    with pytest.raises(Exception, match="还没有派发"):
        run(told.append)
    with office.read() as session:
        assert session.exec(select(Issued)).all() == []
    assert drawn.id == draw_id
