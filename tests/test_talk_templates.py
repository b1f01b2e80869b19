"""自有模板 in the chat: dropped, checked, tried, kept in versions, put to use and taken out of use again."""

from bot.chat.client import ChatPerson
from templates import word
from templates.paper import LETTER, control, package, text
from tests.talk import Message, Talk, buttons, data_of, words
from tests.test_talk_letters import a_visit, papers, press, signed_notice
from tests.test_word import whole_text
from tests.test_word_check import changed, with_part

OWN = changed(word.shipped("notice"), "现将有关事项通知如下：", "现把有关事项通知如下（本局版本）：")


async def drops(who: ChatPerson, data: bytes, name: str = "我们的模板.docx") -> Message:
    """Drop a file into the private chat; the bot's next message."""
    sent = await who.sends_file(data, None, name=name)
    return await who.until(lambda m: m.get("from", {}).get("is_bot", False), after=sent)


def labelled(message: Message, label: str) -> str:
    """The data of the button with a label."""
    return next(each["callback_data"] for each in buttons(message) if each["text"] == label)


async def test_an_own_template_is_tried_used_and_taken_out_of_use(talk: Talk) -> None:
    visit = await a_visit(talk)
    clerk = talk.clerk
    menu = await papers(clerk, visit)
    before = await clerk.file(await press(clerk, menu, data_of(menu, "doc_notice")))
    asked = await drops(clerk, OWN)
    assert buttons(asked)[0]["text"] == "检查通知书", "the kind whose fields are the most alike comes first"
    await press(clerk, asked, labelled(asked, "检查通知书"))
    trial = await clerk.until(lambda message: "document" in message, after=asked)
    page = whole_text(await clerk.file(trial))
    assert "本局版本" in page and "示例某某有限公司" in page and "示例数据" in page
    told = await clerk.until("检查通过", after=asked)
    assert "第 1 版" in words(told)
    # Nothing changes before 启用.
    assert await clerk.file(await press(clerk, menu, data_of(menu, "doc_notice"))) == before
    used = await press(clerk, told, data_of(told, "template_use"))
    assert "已启用" in words(used)
    signed = await signed_notice(clerk, menu)
    own = await clerk.file(signed)
    assert "本局版本" in whole_text(own)
    restored = await press(clerk, used, data_of(used, "template_restore"))
    assert "已经恢复用自带模板" in words(restored)
    # What was signed stays as it was signed.
    again = await press(clerk, menu, data_of(menu, "doc_notice"))
    assert await clerk.file(again) == own and "签发以后数据或者模板有了变动" in words(again)


async def test_versions_are_kept_and_each_can_be_used_and_fetched_again(talk: Talk) -> None:
    clerk = talk.clerk
    second = changed(OWN, "本局版本", "本局第二版")
    for data in (OWN, second):
        asked = await drops(clerk, data)
        await press(clerk, asked, labelled(asked, "检查通知书"))
        told = await clerk.until("检查通过", after=asked)
        await press(clerk, told, data_of(told, "template_use"))
    listed = await talk.answer(clerk, "发文")
    kinds = await press(clerk, listed, data_of(listed, "templates"))
    assert "检查通知书：自有模板第 2 版" in words(kinds)
    page = await press(clerk, kinds, labelled(kinds, "★ 检查通知书"))
    assert "第 1 版" in words(page) and "第 2 版" in words(page)
    first = await press(clerk, page, labelled(page, "第 1 版：取文件"))
    assert await clerk.file(first) == OWN
    shipped = await press(clerk, page, labelled(page, "取自带模板"))
    assert await clerk.file(shipped) == word.shipped("notice")
    used = await press(clerk, page, labelled(page, "第 1 版：启用"))
    assert "第 1 版" in words(used)


async def test_a_template_that_cannot_be_used_is_answered_with_what_to_change(talk: Talk) -> None:
    clerk = talk.clerk
    asked = await drops(clerk, changed(word.shipped("notice"), "{{ 频次 }}", "{{ 频率 }}"))
    told = await press(clerk, asked, labelled(asked, "检查通知书"))
    assert "没有“频率”这个字段" in words(told) and "「检查频次：{{ 频率 }}。」" in words(told)
    # The same question still stands, also for another kind.
    await clerk.presses("", message=asked, data=data_of(asked, "template_more"))
    await clerk.until(lambda m: m["message_id"] == asked["message_id"] and len(buttons(m)) > 20)
    reaching = package(text("{{ ''.__class__ }}{{ 发文字号 }}") + control("if 1") + control("endif"), LETTER, "试验")
    asked = await drops(clerk, reaching)
    told = await press(clerk, asked, labelled(asked, buttons(asked)[0]["text"]))
    assert "不能用“__class__”" in words(told)


async def test_an_unsafe_file_is_not_opened_and_others_have_no_say_in_templates(talk: Talk) -> None:
    told = await drops(talk.clerk, with_part("word/vbaProject.bin", b"x"), "带宏.docm")
    assert "文档里有宏" in words(told)
    told = await drops(talk["联络员甲"] if "联络员甲" in talk.people else talk.witnesses[0], OWN)
    assert "由本单位的工作人员管理" in words(told)
