"""A large table is read and judged beside the chat: first a word that it is being read, then what it would change."""

import pytest
from sqlmodel import col, func, select

from bot.chat.client import ChatPerson, Message, words
from handlers import registers
from models import codes
from models.entity import Entity
from templates import workbook
from tests.talk import Talk

CODES = [codes.make_credit_code(number) for number in range(6001, 6005)]


@pytest.fixture(autouse=True)
def every_file_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "LARGE", 1)


def table(*rows: tuple[str, str]) -> bytes:
    return workbook.write_xlsx("entity", [{"label": label, "name": name, "kind": "食盐企业"} for label, name in rows])


async def drops(person: ChatPerson, data: bytes, expecting: str) -> Message:
    sent = await person.sends_file(data, name="名录.xlsx")
    return await person.until(expecting, after=sent)


def there(talk: Talk, *labels: str) -> int:
    with talk.reading() as session:
        return session.exec(select(func.count()).where(col(Entity.label).in_(labels))).one()


async def test_preview_and_writing_come_when_they_are_done(talk: Talk) -> None:
    preview = await drops(talk.clerk, table((CODES[0], "示例新企业"), (CODES[1], "示例又一家")), "预览 · ")
    assert there(talk, *CODES) == 0
    await talk.clerk.presses("确认", message=preview)
    done = await talk.clerk.until("已导入检查对象名录库", after=preview)
    assert there(talk, *CODES) == 2
    assert "正在写入" not in words(done)
    await talk.settled()


async def test_a_second_press_writes_nothing_twice(talk: Talk) -> None:
    preview = await drops(talk.clerk, table((CODES[0], "示例新企业")), "预览 · ")
    await talk.clerk.presses("确认", message=preview)
    await talk.clerk.until("已导入检查对象名录库", after=preview)
    again = await talk.clerk.presses("确认", message=preview)
    assert "已经确认" in str(again) and there(talk, CODES[0]) == 1


async def test_what_cannot_be_read_is_said_in_place_of_the_wait(talk: Talk) -> None:
    await drops(talk.clerk, b"PK\x03\x04 and no more", "不完整或者已经损坏")


async def test_a_preview_that_was_overtaken_is_shown_anew(talk: Talk) -> None:
    preview = await drops(talk.clerk, table((CODES[0], "示例新企业")), "预览 · ")
    with talk.writing() as session:
        session.add(Entity(label=CODES[0], name="示例新企业", kind="食盐企业", as_of=talk.office.clock().date()))
    await talk.clerk.presses("确认", message=preview)
    await talk.clerk.until("请按新的预览重新确认", after=preview)


async def test_others_are_answered_while_it_is_read(talk: Talk) -> None:
    data = table(*((codes.make_credit_code(number), f"示例企业{number}") for number in range(7000, 10_000)))
    sent = await talk.clerk.sends_file(data, name="名录.xlsx")
    await talk.clerk.until("正在读取", after=sent)
    other = talk.inspectors[0]
    asked = await other.says("/help")
    await other.until(lambda m: m.get("from", {}).get("is_bot", False), after=asked)
    before = [words(each) for each in talk.clerk.messages()]
    assert not any("3,000 行" in each for each in before)
    await talk.clerk.until("3,000 行", after=sent)
