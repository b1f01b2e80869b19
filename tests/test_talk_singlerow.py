"""One row by hand in the chat: a typo corrected, one company and one inspector added, and taken back the same day."""

import pytest
from sqlmodel import col, select

from models import people
from models.audit import Audit
from models.codes import credit_check_character
from models.entity import Entity
from models.inspector import Inspector
from models.item import Item
from models.people import Person, Unit
from tests.talk import Message, Talk, buttons, words


def labels(message: Message) -> list[str]:
    """The texts of all buttons."""
    return [each["text"] for each in buttons(message)]


async def pressed(talk: Talk, label: str, message: Message, then: str) -> Message:
    """Press a button and wait for what comes of it, in place or below."""
    await talk.clerk.presses(label, message=message)
    return await talk.clerk.until(then)


async def test_a_typo_is_corrected_after_before_and_after_were_shown(talk: Talk) -> None:
    with talk.reading() as session:
        entity = session.exec(select(Entity).order_by(col(Entity.id))).first()
        assert entity is not None
    old = entity.address
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    menu = await pressed(talk, "更正", card, "要更正哪一项")
    assert {"检查对象名称", "地址", "联系电话", "信用风险等级"} <= set(labels(menu))
    assert "统一社会信用代码" not in labels(menu), "draws know the row by it"
    await pressed(talk, "地址", menu, f"「地址」现在是：{old or '（空）'}")
    said = await talk.clerk.says("示例市示例区改正路 1 号")
    sure = await talk.clerk.until(f"地址：{old or '（空）'} → 示例市示例区改正路 1 号", after=said)
    with talk.reading() as session:
        assert session.get_one(Entity, entity.id).address == old
    done = await pressed(talk, "确认", sure, "已更正")
    with talk.reading() as session:
        assert session.get_one(Entity, entity.id).address == "示例市示例区改正路 1 号"
        row = session.exec(select(Audit).where(Audit.verb == "correct")).one()
        assert (row.subject_id, row.before) == (entity.id, {"address": old})
    await pressed(talk, "撤回更正", done, "更正已经撤回")
    with talk.reading() as session:
        assert session.get_one(Entity, entity.id).address == old


async def test_a_telephone_number_is_corrected_without_being_shown(talk: Talk) -> None:
    with talk.reading() as session:
        inspector = session.exec(select(Inspector).order_by(col(Inspector.label))).first()
        assert inspector is not None
    card = await talk.answer(talk.clerk, f"/find {inspector.label}")
    menu = await pressed(talk, "更正", card, "要更正哪一项")
    await pressed(talk, "联系电话", menu, "请写正确的「联系电话」")
    wrong = await talk.answer(talk.clerk, "1.3E+10")
    assert "科学计数法" in words(wrong)
    odd = words(await talk.answer(talk.clerk, "138"))
    assert "有 3 位数字，不像完整的号码" in odd and "138" not in odd
    sure = await talk.answer(talk.clerk, "13800001234")
    assert "不像完整的号码" not in words(sure)
    assert "138******34" in words(sure) and "13800001234" not in words(sure)
    await pressed(talk, "确认", sure, "已更正")
    with talk.reading() as session:
        assert session.get_one(Inspector, inspector.id).phone == "13800001234"
        row = session.exec(select(Audit).where(Audit.verb == "correct")).one()
        assert row.after == {"phone": "***"}


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("证件有效期至", "明年", "日期「明年」看不懂"),
        ("证件有效期至", "2031-02-30", "不存在"),
        ("所在单位", "没有这个科", "没有名为「没有这个科」的单位"),
        ("身份证号码", "1234", "身份证号码"),
        ("执法专长", "食\u200b品", "标签"),
    ],
)
async def test_what_an_import_would_refuse_is_refused_with_the_same_sentence(
    talk: Talk, field: str, text: str, said: str
) -> None:
    with talk.reading() as session:
        inspector = session.exec(select(Inspector).order_by(col(Inspector.label))).first()
        assert inspector is not None
    card = await talk.answer(talk.clerk, f"/find {inspector.label}")
    menu = await pressed(talk, "更正", card, "要更正哪一项")
    await pressed(talk, field, menu, f"请写正确的「{field}」")
    assert said in words(await talk.answer(talk.clerk, text))
    with talk.reading() as session:
        assert session.exec(select(Audit).where(Audit.verb == "correct")).first() is None


async def test_a_class_is_chosen_and_what_does_not_change_is_said(talk: Talk) -> None:
    with talk.reading() as session:
        entity = session.exec(select(Entity).where(Entity.risk_class == "A")).first()
        assert entity is not None
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    menu = await pressed(talk, "更正", card, "要更正哪一项")
    asked = await pressed(talk, "信用风险等级", menu, "请写正确的「信用风险等级」")
    assert "本来就是这样" in words(await talk.answer(talk.clerk, "A"))
    assert "不在本单位的等级" in words(await talk.answer(talk.clerk, "特优"))
    sure = await pressed(talk, "C", asked, "信用风险等级：A → C")
    await pressed(talk, "确认", sure, "已更正")


async def test_an_inspector_s_corrected_name_is_that_of_the_person_too(talk: Talk) -> None:
    with talk.reading() as session:
        inspector = session.exec(select(Inspector).where(col(Inspector.person_id).is_not(None))).first()
        assert inspector is not None
    card = await talk.answer(talk.clerk, f"/find {inspector.label}")
    menu = await pressed(talk, "更正", card, "要更正哪一项")
    await pressed(talk, "姓名", menu, "请写正确的「姓名」")
    sure = await talk.answer(talk.clerk, "示例改名")
    done = await pressed(talk, "确认", sure, "已更正")
    with talk.reading() as session:
        assert session.get_one(Person, inspector.person_id).name == "示例改名"
    await pressed(talk, "撤回更正", done, "更正已经撤回")
    with talk.reading() as session:
        assert session.get_one(Person, inspector.person_id).name == inspector.name


async def test_a_corrected_item_is_a_new_version_to_be_published(talk: Talk) -> None:
    with talk.reading() as session:
        item = session.exec(select(Item).where(Item.code == "MB-01")).one()
    card = await talk.answer(talk.clerk, "/find MB-01")
    menu = await pressed(talk, "更正", card, "要更正哪一项")
    await pressed(talk, "抽查内容", menu, "请写正确的「抽查内容」")
    sure = await talk.answer(talk.clerk, "生产、销售和储存情况")
    await pressed(talk, "确认", sure, "重新向社会公布")
    with talk.reading() as session:
        found = session.get_one(Item, item.id)
        assert (found.version, found.published_on) == (item.version + 1, None)


async def test_a_new_company_is_added_field_by_field(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    asked = await pressed(talk, "新增检查对象", shown, "请写「统一社会信用代码」")
    assert "校验码不对" in words(await talk.answer(talk.clerk, "911301000000000000"))
    assert "应当是 18 位" in words(await talk.answer(talk.clerk, "9113"))
    code = credit_code()
    asked = await talk.answer(talk.clerk, code)
    assert "请写「检查对象名称」" in words(asked)
    asked = await talk.answer(talk.clerk, "示例新开业商贸有限公司")
    assert "请选「对象类别」" in words(asked)
    asked = await pressed(talk, "民爆企业", asked, "请选「所在区县」")
    asked = await pressed(talk, "跳过", asked, "请写「地址」")
    asked = await talk.answer(talk.clerk, "示例市示例路 8 号")
    asked = await pressed(talk, "B", asked, "请写「联系人」")
    asked = await pressed(talk, "跳过", asked, "请写「联系电话」")
    summary = await talk.answer(talk.clerk, "0311-0000000")
    assert "请核对" in words(summary) and "0311-0000000" not in words(summary)
    with talk.reading() as session:
        assert session.exec(select(Entity).where(Entity.label == code)).first() is None
    done = await pressed(talk, "确认新增", summary, "已新增")
    with talk.reading() as session:
        found = session.exec(select(Entity).where(Entity.label == code)).one()
        assert (found.risk_class, found.phone, found.as_of) == ("B", "0311-0000000", talk.office.clock().date())
    assert f"待抽取任务的范围内：{talk.office.clock().year}" in words(done)
    assert "没有抽查记录" in words(await pressed(talk, "看卡片", done, code))
    await pressed(talk, "撤回新增", done, "新增已经撤回")
    with talk.reading() as session:
        assert session.exec(select(Entity).where(Entity.label == code)).first() is None


async def test_several_fields_are_taken_from_one_message(talk: Talk) -> None:
    code = credit_code()
    shown = await talk.answer(talk.clerk, "/find 示例新开业商贸")
    assert "没有找到" in words(shown)
    await pressed(talk, "新增检查对象", shown, "请写「统一社会信用代码」")
    wrong = await talk.answer(talk.clerk, f"信用代码：{code}\n名字呢：甲")
    assert "「名字呢」不是这里的栏目" in words(wrong)
    asked = await talk.answer(
        talk.clerk, f"信用代码：{code}\n企业名称：示例新开业商贸有限公司\n住所：示例路 9 号\n风险等级：特"
    )
    assert "不在本单位的等级" in words(asked) and "地址：示例路 9 号" in words(asked)
    assert "请选「信用风险等级」" in words(asked)


async def test_a_company_that_is_there_is_not_added_again(talk: Talk) -> None:
    with talk.reading() as session:
        entity = session.exec(select(Entity).order_by(col(Entity.id))).first()
        assert entity is not None
    shown = await talk.answer(talk.clerk, "/registers")
    await pressed(talk, "新增检查对象", shown, "请写「统一社会信用代码」")
    there = await talk.answer(talk.clerk, entity.label.lower())
    assert f"名录库里已经有「{entity.name}」" in words(there)
    card = await pressed(talk, "看卡片", there, "状态")
    assert entity.name in words(card)
    await talk.answer(talk.clerk, credit_code())
    summary = await talk.answer(talk.clerk, entity.name)
    for _ in range(6):
        summary = await skipped(talk, summary)
    assert f"名录库里另有一家「{entity.name}」" in words(summary)


async def skipped(talk: Talk, message: Message) -> Message:
    """跳过 the field that is asked for."""
    before = words(message)
    await talk.clerk.presses("跳过", message=message)
    return await talk.clerk.until(lambda m: m["message_id"] == message["message_id"] and words(m) != before)


async def test_a_company_of_no_class_lies_in_no_scope_which_is_said(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    await pressed(talk, "新增检查对象", shown, "请写「统一社会信用代码」")
    asked = await talk.answer(talk.clerk, f"信用代码：{credit_code()}\n名称：示例甲厂")
    for _ in range(6):
        asked = await skipped(talk, asked)
    done = await pressed(talk, "确认新增", asked, "已新增")
    assert "不在任何一项待抽取任务的范围内" in words(done)
    card = await pressed(talk, "看卡片", done, "状态 存续")
    menu = await pressed(talk, "更正", card, "要更正哪一项")
    asked = await pressed(talk, "对象类别", menu, "请写正确的「对象类别」")
    sure = await pressed(talk, "民爆企业", asked, "对象类别：（空） → 民爆企业")
    assert "待抽取任务的范围内：" in words(await pressed(talk, "确认", sure, "已更正"))


async def test_a_register_without_credit_codes_uses_its_own_numbers(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    asked = await pressed(talk, "新增检查对象", shown, "请写「统一社会信用代码」")
    await pressed(talk, "没有信用代码", asked, "请写「名录库编号」")
    asked = await talk.answer(talk.clerk, "WX-2026-001")
    assert "请写「检查对象名称」" in words(asked)


async def test_a_new_inspector_is_a_person_of_the_office_at_once(talk: Talk) -> None:
    with talk.reading() as session:
        unit = session.exec(select(Unit).join(Inspector, col(Inspector.unit_id) == col(Unit.id))).first()
        assert unit is not None
    shown = await talk.answer(talk.clerk, "/registers")
    await pressed(talk, "新增检查人员", shown, "请写「执法证号」")
    asked = await talk.answer(talk.clerk, "执法证号：SL9999001\n姓名：示例新人")
    assert unit.name[:20] in labels(asked) and "跳过" not in labels(asked), "the unit must be said"
    await pressed(talk, unit.name[:20], asked, "请写「证件有效期至」")
    assert "看不懂" in words(await talk.answer(talk.clerk, "很久"))
    asked = await talk.answer(talk.clerk, "2031年12月31日")
    asked = await skipped(talk, asked)
    summary = await skipped(talk, asked)
    done = await pressed(talk, "确认新增", summary, "已新增")
    assert "还没有账号" in words(done)
    with talk.reading() as session:
        found = session.exec(select(Inspector).where(Inspector.label == "SL9999001")).one()
        assert found.person_id is not None and session.get_one(Person, found.person_id).name == "示例新人"
    await pressed(talk, "撤回新增", done, "新增已经撤回")
    with talk.reading() as session:
        assert session.exec(select(Inspector).where(Inspector.label == "SL9999001")).first() is None
        assert session.exec(select(Person).where(Person.name == "示例新人")).first() is None


async def test_a_typo_in_the_summary_is_rewritten(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    await pressed(talk, "新增检查对象", shown, "请写「统一社会信用代码」")
    asked = await talk.answer(talk.clerk, f"信用代码：{credit_code()}\n名称：示例甲厂")
    for _ in range(6):
        asked = await skipped(talk, asked)
    menu = await pressed(talk, "改写一项", asked, "要填写或者改写哪一项")
    await pressed(talk, "检查对象名称", menu, "请写「检查对象名称」")
    summary = await talk.answer(talk.clerk, "示例乙厂")
    assert "检查对象名称：示例乙厂" in words(summary) and "确认新增" in labels(summary)


async def test_buttons_serve_nobody_who_is_no_longer_staff(talk: Talk) -> None:
    with talk.reading() as session:
        entity = session.exec(select(Entity).order_by(col(Entity.id))).first()
        assert entity is not None
    shown = await talk.answer(talk.clerk, "/registers")
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    menu = await pressed(talk, "更正", card, "要更正哪一项")
    await pressed(talk, "地址", menu, "请写正确的「地址」")
    sure = await talk.answer(talk.clerk, "示例路 2 号")
    with talk.writing() as session:
        person = people.of_account(session, talk.clerk.id)
        assert person is not None
        for grant in session.exec(select(people.Grant).where(people.Grant.person_id == person.id)):
            session.delete(grant)
    for message, label in (
        (sure, "确认"),
        (menu, "地址"),
        (card, "更正"),
        (shown, "新增检查对象"),
        (shown, "新增检查人员"),
    ):
        refused = await talk.clerk.presses(label, message=message)
        assert "没有办理这项工作的权限" in refused["text"], label
    with talk.reading() as session:
        assert session.get_one(Entity, entity.id).address == entity.address


async def test_the_administrator_hands_a_new_inspector_the_link_at_once(talk: Talk) -> None:
    admin = talk["管理员"]
    shown = await talk.answer(admin, "/registers")
    await admin.presses("新增检查人员", message=shown)
    await admin.until("请写「执法证号」", after=shown)
    asked = await talk.answer(admin, "执法证号：SL9999002\n姓名：示例新人\n单位：安全生产处\n有效期至：2031-12-31")
    for _ in range(2):
        await admin.presses("跳过", message=asked)
    await admin.until("请核对", after=shown)
    await admin.presses("确认新增", message=asked)
    done = await admin.until("已新增", after=shown)
    await admin.presses("发绑定链接", message=done)
    await admin.until("请 示例新人 私聊本助手发送", after=done)


def credit_code() -> str:
    """A code of nobody: the sample region, with its check character."""
    first = "91990000MA0TUE2DA"
    return first + credit_check_character(first)
