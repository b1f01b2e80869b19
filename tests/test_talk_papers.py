"""文书 in the chat: public ones to the group, the others in private."""

from bot.chat.client import ChatPerson
from tests.talk import Message, Talk, buttons, cards, data_of
from tests.test_word import squeezed, whole_text


async def takes(who: ChatPerson, message: Message, name: str, chat: int | None = None) -> tuple[str, str]:
    """Press a document's button; the file's name and its text."""
    await who.presses("", message=message, data=data_of(message, name))
    sent = await who.until(lambda m: "document" in m, chat, after=message)
    return sent["document"]["file_name"], squeezed(whole_text(await who.file(sent)))


def offers(message: Message, visit: int) -> bool:
    """Whether a message has the button 文书 of a visit."""
    return f"1.papers.{visit}" in {each.get("callback_data") for each in buttons(message)}


async def test_the_group_gets_announcement_and_record_without_names(talk: Talk) -> None:
    number = f"{talk.office.clock().year}001"
    announcement = await talk.announces(number)
    name, page = await takes(talk.witnesses[0], announcement, "doc_announcement", talk.group)
    assert name == "抽取公告-001-第1号.docx" and "附件固定文件及其摘要" in page
    await talk.throws(announcement)
    result = await talk.clerk.until("抽取完成", talk.group, after=announcement)
    name, page = await takes(talk.clerk, result, "doc_record", talk.group)
    assert name == "抽取记录-001-第1号.docx" and "尚未公布" in page
    assert [person for person in talk.people if squeezed(person) in page] == []


async def test_an_inspector_gets_the_papers_of_a_visit(talk: Talk) -> None:
    one, *_ = await talk.dispatches(f"{talk.office.clock().year}001")
    card = next(message for message in one.messages() if cards(message))
    _, visit = cards(card)[0]
    if not offers(card, visit):
        # Several visits came as a list: each opens as a card of its own.
        await one.presses("", message=card, data=f"1.visit.{visit}")
        card = await one.until(lambda m: offers(m, visit), after=card)
    await one.presses("文书", message=card)
    menu = await one.until("文书", after=card)
    for button, expected in (
        ("doc_notice", "检查通知书"),
        ("doc_form", "检查记录表"),
        ("doc_assignment", "任务通知书"),
        ("doc_announcement", "抽取公告"),
    ):
        await one.presses("", message=menu, data=data_of(menu, button))
        sent = await one.until(
            lambda m, expected=expected: m.get("document", {}).get("file_name", "").startswith(expected)
        )
        assert squeezed(expected) in squeezed(whole_text(await one.file(sent)))
