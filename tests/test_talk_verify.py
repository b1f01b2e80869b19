"""复核网页 in the chat: withheld with the code, then for anyone; the full one for those who supervise."""

import base64
import re
from typing import Any

import pytest
from sqlmodel import select

from bot.chat.client import ChatPerson
from handlers import archive
from models.act import Act, NoRight
from models.draw import Draw
from models.form import load
from models.people import Account, Person
from models.verify import summary, verify
from templates import policies
from tests.talk import Message, Talk, buttons, data_of


def carried(page: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The record and the files that a page carries."""
    blocks = dict(re.findall(rb'<script type="application/json" id="(\w+)">(.*?)</script>', page, re.DOTALL))
    files = load(blocks[b"embedded"])
    return blocks[b"record"], {name: base64.b64decode(each["base64"]) for name, each in files.items()}


def act(talk: Talk, session: Any, who: ChatPerson) -> Act:
    """An act of one person, as if a button had been made up."""
    account = session.exec(select(Account).where(Account.user_id == who.id)).one()
    person = session.get_one(Person, account.person_id)
    policy = policies.load("hebei-gxt-2020")
    return Act(session, talk.office.clock(), person, policy, entropy=lambda n: bytes(n), source="test")


async def checks(talk: Talk, who: ChatPerson) -> Message:
    """/verify, the only draw: the answer with its buttons."""
    listed = await talk.answer(who, "/verify")
    await who.presses("", message=listed, data=data_of(listed, "verify"))
    return await who.until("复核 · 公告第", after=listed)


async def page_of(who: ChatPerson, message: Message, label: str, name: str) -> bytes:
    """Press a button and take the page that comes, in private."""
    await who.presses(label, message=message)
    sent = await who.until(lambda m: m.get("document", {}).get("file_name") == name)
    return await who.file(sent)


def labels(message: Message) -> list[str]:
    return [each["text"] for each in buttons(message)]


async def test_the_page_of_a_draw(talk: Talk) -> None:
    result = await talk.draws(f"{talk.office.clock().year}001")
    witness, clerk = talk.witnesses[0], talk.clerk

    # The code is withheld: no page for the public, one with everything for staff in private.
    assert labels(await checks(talk, witness)) == []
    answered = await checks(talk, clerk)
    assert "全部版复核网页" in labels(answered) and "复核网页" not in labels(answered)
    record, files = carried(await page_of(clerk, answered, "全部版复核网页", "复核-全部-第1号.html"))
    assert summary(verify(record, files)).startswith("核验通过") and "teams.tsv" in files

    with talk.reading() as session, pytest.raises(NoRight):
        archive.full_page(act(talk, session, witness), session.get_one(Draw, 1))

    # The day of reveal_by comes: anyone takes the page of the public edition, also from the group.
    with talk.writing() as session:
        session.get_one(Draw, 1).reveal_by = talk.office.clock()
    talk.office.tick.once()
    published = await clerk.until("公布公开码", talk.group, after=result)
    assert "复核网页" in labels(published)
    record, files = carried(await page_of(witness, published, "复核网页", "复核-第1号.html"))
    assert {check.result for check in verify(record, files)} <= {"ok", "unchecked"}
    assert "public" in load(record) and "teams.tsv" not in files and "inspectors.tsv" not in files
    await clerk.look()
    assert not [m for m in clerk.messages(talk.group) if "复核-第1号.html" in str(m.get("document"))]


async def test_the_page_of_an_announcement_that_lapsed(talk: Talk) -> None:
    await talk.announces(f"{talk.office.clock().year}001")
    with talk.writing() as session:
        session.get_one(Draw, 1).deadline = talk.office.clock()
    talk.office.tick.once()
    await talk.clerk.until("已经失效", talk.group)
    witness = talk.witnesses[0]
    answered = await checks(talk, witness)
    assert labels(answered) == ["复核网页"]
    record, files = carried(await page_of(witness, answered, "复核网页", "复核-第1号.html"))
    assert files == {} and load(record)["state"] == "lapsed"
