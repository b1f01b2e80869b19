"""发文 in the chat: 签发 gives the number, the same bytes come again, 作废 keeps it, 发文登记 shows them all."""

import io
import re

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bot.chat.client import ChatPerson
from models import letter, people
from models import papers as papers_of
from models.act import Act, NoRight
from models.entity import Entity
from models.visit import Visit
from models.words import Role
from tests.sample_office import policy
from tests.talk import Message, Talk, buttons, cards, data_of, words
from tests.test_word import squeezed, whole_text


async def press(who: ChatPerson, message: Message, data: str) -> Message:
    """Press a button by its data; the next message of the bot in private."""
    last = max(each["message_id"] for each in who.messages())
    await who.presses("", message=message, data=data)
    return await who.until(lambda m: m["message_id"] > last and m.get("from", {}).get("is_bot", False))


async def a_visit(talk: Talk) -> int:
    """A visit that was sent out."""
    await talk.dispatches(f"{talk.office.clock().year}001")
    with talk.reading() as session:
        return session.exec(select(Visit.id)).first() or 0


async def papers(who: ChatPerson, visit: int) -> Message:
    """文书 of a visit, as staff reach it: 发文, 成批出具, the draw, 逐户取文书, the entity."""
    said = await who.says("发文")
    shown = await who.until("发文登记", after=said)
    for step in ("batch", "batch_of", "batch_visits"):
        shown = await press(who, shown, data_of(shown, step))
    return await press(who, shown, f"1.papers.{visit}")


async def signed_notice(who: ChatPerson, menu: Message) -> Message:
    """检查通知书 taken and signed."""
    sent = await press(who, menu, data_of(menu, "doc_notice"))
    return await press(who, sent, data_of(sent, "sign"))


async def test_signing_gives_the_number_once_and_the_same_bytes_come_again(talk: Talk) -> None:
    visit = await a_visit(talk)
    year = talk.office.clock().year
    menu = await papers(talk.clerk, visit)
    before = await press(talk.clerk, menu, data_of(menu, "doc_notice"))
    assert "还没有签发" in words(before)
    assert f"示例检通〔{year}〕" not in whole_text(await talk.clerk.file(before))
    signed = await press(talk.clerk, before, data_of(before, "sign"))
    assert f"示例检通〔{year}〕1号" in words(signed)
    first = await talk.clerk.file(signed)
    page = whole_text(first)
    now = talk.office.clock()
    assert f"示例检通〔{year}〕1号" in page and f"{now.year}年{now.month}月{now.day}日" in page
    again = await press(talk.clerk, menu, data_of(menu, "doc_notice"))
    assert await talk.clerk.file(again) == first
    assert "sign" not in {each.get("callback_data", "").split(".")[1] for each in buttons(again)}
    listed = await talk.answer(talk.clerk, "发文")
    assert "已编号 1 件" in words(listed) and f"示例检通〔{year}〕1号" in words(listed)


async def test_a_void_number_stays_in_the_register_and_the_next_one_is_given(talk: Talk) -> None:
    visit = await a_visit(talk)
    year = talk.office.clock().year
    menu = await papers(talk.clerk, visit)
    signed = await signed_notice(talk.clerk, menu)
    asked = await press(talk.clerk, signed, data_of(signed, "void"))
    assert "请用一句话写明原因" in words(asked)
    done = await talk.answer(talk.clerk, "印错了<日期>")
    assert "已经作废" in words(done)
    again = await signed_notice(talk.clerk, menu)
    assert f"示例检通〔{year}〕2号" in words(again)
    listed = await talk.answer(talk.clerk, "/letters")
    assert "其中作废 1 件" in words(listed) and "作废：印错了<日期>" in words(listed)
    book = await press(talk.clerk, listed, data_of(listed, "letters_book"))
    sheet = load_workbook(io.BytesIO(await talk.clerk.file(book))).worksheets[0]
    rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(min_row=3, values_only=True)]
    assert [(row[0], row[5], row[7]) for row in rows] == [
        (f"示例检通〔{year}〕1号", "作废", "印错了<日期>"),
        (f"示例检通〔{year}〕2号", "有效", ""),
    ]


async def test_whoever_may_not_sign_is_offered_no_button_and_refused(talk: Talk) -> None:
    one, *_ = await talk.dispatches(f"{talk.office.clock().year}001")
    card = next(message for message in one.messages() if cards(message))
    _, visit = cards(card)[0]
    shown = await press(one, card, f"1.visit.{visit}") if len(cards(card)) > 1 else card
    menu = await press(one, shown, f"1.papers.{visit}")
    sent = await press(one, menu, data_of(menu, "doc_notice"))
    assert "document" in sent and buttons(sent) == []
    with talk.writing() as session:
        act = Act(session, talk.office.clock(), people.of_account(session, one.id), policy(), bytes, "test")
        view = papers_of.notice(act, visit)
        with pytest.raises(NoRight):
            letter.sign(act, view, "visit", visit, "检查通知书")
    assert "还没有编过号" in words(await talk.answer(talk.clerk, "/letters"))
    assert "由工作人员、领导办理" in words(await talk.answer(one, "/letters"))


async def test_what_changed_after_signing_is_said_and_the_signed_paper_stays(talk: Talk) -> None:
    visit = await a_visit(talk)
    menu = await papers(talk.clerk, visit)
    signed = await signed_notice(talk.clerk, menu)
    first = await talk.clerk.file(signed)
    with talk.writing() as session:
        entity = session.get_one(Entity, session.get_one(Visit, visit).entity_id)
        entity.address = "示例市新地址 99 号"
        session.add(entity)
    again = await press(talk.clerk, menu, data_of(menu, "doc_notice"))
    assert "签发以后数据或者模板有了变动" in words(again)
    assert await talk.clerk.file(again) == first and "新地址" not in whole_text(first)


async def test_a_leader_signs_what_staff_ask_for_and_they_are_told(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = await a_visit(talk)
    monkeypatch.setattr(letter, "signers", lambda act: frozenset({Role.LEADER}))
    menu = await papers(talk.clerk, visit)
    sent = await press(talk.clerk, menu, data_of(menu, "doc_notice"))
    asked = await press(talk.clerk, sent, data_of(sent, "sign_ask"))
    assert "已经发给" in words(asked)
    await talk.settled()
    leader = next(each for name, each in talk.people.items() if name in words(asked))
    note = next(m for m in leader.messages() if "请签发" in words(m))
    read = await press(leader, note, data_of(note, "doc_notice"))
    assert squeezed("检查通知书") in squeezed(whole_text(await leader.file(read)))
    signed = await press(leader, note, data_of(note, "sign_for"))
    assert re.search(r"示例检通〔\d+〕1号", words(signed))
    told = await talk.clerk.until("已由", after=asked)
    copy = await press(talk.clerk, told, data_of(told, "doc_notice"))
    assert await talk.clerk.file(copy) == await leader.file(signed)
