"""名录库 in the chat: what needs attention with counts, 导出 and 下载模板, all in private and for staff alone."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from models import export, intake, people
from models.entity import Entity
from models.inspector import Inspector
from models.item import Item
from models.publication import Publication
from models.words import EntityState
from templates import sheets, workbook
from templates.columns import KIND_NAMES, SHAPES
from tests.talk import Talk, buttons, words


async def test_what_needs_attention_is_counted_and_named(talk: Talk) -> None:
    today = talk.office.clock().date()
    with talk.writing() as session:
        first, second = session.exec(select(Inspector).order_by(col(Inspector.label)).limit(2))
        first.valid_until, second.valid_until = today + timedelta(days=60), today + timedelta(days=61)
        item = session.exec(select(Item)).first()
        assert item is not None
        item.published_on = None
        session.add_all([first, second, item])
        named, late, unpublished = first.name, second.name, item.name
        gone = session.exec(select(Entity.name).where(Entity.state == EntityState.CLOSED)).all()
    shown = await talk.answer(talk.clerk, "名录库")
    assert "执法证 60 天内到期或者已经到期　1" in words(shown)
    assert "抽查事项没有公布　1" in words(shown)
    assert "不是存续状态" in words(shown)
    assert "没有依据" not in words(shown)
    assert {"导出", "下载模板"} <= {button["text"] for button in buttons(shown)}
    await talk.clerk.presses("查看：执法证 60 天内到期或者已经到期", message=shown)
    listed = await talk.clerk.until("请通知本人换证", after=shown)
    assert named in words(listed) and late not in words(listed)
    await talk.clerk.presses("查看：抽查事项没有公布", message=shown)
    assert unpublished in words(await talk.clerk.until("公布以后", after=listed))
    await talk.clerk.presses("查看：待抽取任务范围内的检查对象不是存续状态", message=shown)
    closed = await talk.clerk.until("抽取时不会列入", after=listed)
    assert any(name in words(closed) for name in gone)
    # Each case leads to its card, where it can be seen to.
    await talk.clerk.presses(named, message=listed)
    card = await talk.clerk.until("执法证号", after=closed)
    assert "换证" in [button["text"] for button in buttons(card)]


async def test_who_is_away_and_which_version_is_unpublished_are_named(talk: Talk) -> None:
    today = talk.office.clock().date()
    with talk.writing() as session:
        person = session.exec(select(Inspector).order_by(col(Inspector.label))).first()
        assert person is not None
        person.away_from, person.away_to = today, today + timedelta(days=3)
        session.add(person)
        owed = session.exec(select(Publication).where(Publication.subject == "plan")).one()
        owed.done_on = None
        session.add(owed)
    shown = await talk.answer(talk.clerk, "名录库")
    assert "检查人员请假（30 天内）　1" in words(shown) and "年度计划没有登记公示　1" in words(shown)
    await talk.clerk.presses("查看：检查人员请假", message=shown)
    listed = await talk.clerk.until("取消请假", after=shown)
    assert f"{person.name}（{person.label}）{today} 至" in words(listed)
    await talk.clerk.presses("查看：年度计划没有登记公示", message=shown)
    plans = await talk.clerk.until("请在规定的渠道公开", after=listed)
    await talk.clerk.presses("第 1 版", message=plans)
    await talk.clerk.until("共 15 项任务", after=plans)


async def test_a_class_that_the_last_import_changed_is_shown(talk: Talk) -> None:
    with talk.reading() as session:
        entity = session.exec(select(Entity).where(Entity.risk_class == "A")).first()
    assert entity is not None
    assert "信用风险等级有变化" not in words(await talk.answer(talk.clerk, "/registers"))
    data = workbook.write_xlsx(
        "entity", [{"label": entity.label, "name": entity.name, "risk_class": "C"}], without=REST
    )
    sent = await talk.clerk.sends_file(data, name="a.xlsx")
    preview = await talk.clerk.until("变更 1", after=sent)
    await talk.clerk.presses("确认", message=preview)
    await talk.clerk.until("✅ 已导入")
    shown = await talk.answer(talk.clerk, "/registers")
    assert "信用风险等级有变化（90 天内的导入）　1" in words(shown)
    await talk.clerk.presses("查看：信用风险等级有变化", message=shown)
    assert f"{entity.name} A → C" in words(await talk.clerk.until("请核对是否需要调整", after=shown))


async def imported(talk: Talk, *rows: dict[str, str]) -> None:
    """A list of entities comes in."""
    sent = await talk.clerk.sends_file(workbook.write_xlsx("entity", list(rows), without=REST), name="a.xlsx")
    preview = await talk.clerk.until("预览", after=sent)
    await talk.clerk.presses("确认", message=preview)
    await talk.clerk.until("✅ 已导入", after=sent)


async def test_a_changed_class_is_named_until_somebody_has_noted_it(talk: Talk) -> None:
    with talk.reading() as session:
        first, second, third = session.exec(select(Entity).where(Entity.risk_class == "A").limit(3))
    for each in (first, second):
        await imported(talk, {"label": each.label, "name": each.name, "risk_class": "C"})
    # An import that changes no class does not make one forget the former.
    await imported(talk, {"label": third.label, "name": f"{third.name}（改名）", "risk_class": "A"})
    shown = await talk.answer(talk.clerk, "/registers")
    assert "信用风险等级有变化（90 天内的导入）　2" in words(shown)
    await talk.clerk.presses("查看：信用风险等级有变化", message=shown)
    listed = await talk.clerk.until("请核对是否需要调整", after=shown)
    assert f"{first.name} A → C" in words(listed) and f"{second.name} A → C" in words(listed)
    await talk.clerk.presses("知道了", message=listed)
    await talk.clerk.until("2 项已看过", after=shown)
    assert "信用风险等级有变化" not in words(await talk.answer(talk.clerk, "/registers"))
    await imported(talk, {"label": second.label, "name": second.name, "risk_class": "D"})
    shown = await talk.answer(talk.clerk, "/registers")
    assert "信用风险等级有变化（90 天内的导入）　1" in words(shown), "another change is another case"


async def test_a_part_of_a_large_import_is_said_to_be_one(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_LISTED", 1)
    with talk.reading() as session:
        first, second = session.exec(select(Entity).where(Entity.risk_class == "A").limit(2))
    await imported(talk, *({"label": each.label, "name": each.name, "risk_class": "C"} for each in (first, second)))
    shown = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("查看：信用风险等级有变化", message=shown)
    assert "只核对了其中一部分" in words(await talk.clerk.until("请核对是否需要调整", after=shown))


async def test_what_was_not_shown_is_not_noted(talk: Talk) -> None:
    today = talk.office.clock().date()
    with talk.writing() as session:
        first = session.exec(select(Inspector).order_by(col(Inspector.label)).limit(1)).one()
        first.away_from, first.away_to = today, today + timedelta(days=3)
        session.add(first)
    shown = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("查看：检查人员请假", message=shown)
    listed = await talk.clerk.until("取消请假", after=shown)
    with talk.writing() as session:
        first = session.get_one(Inspector, first.id)
        first.away_to = today + timedelta(days=9)
        session.add(first)
    refused = await talk.clerk.presses("知道了", message=listed)
    assert "情况有变化，请重新打开" in refused["text"]
    assert "检查人员请假（30 天内）　1" in words(await talk.answer(talk.clerk, "/registers"))


async def test_a_long_list_is_noted_page_by_page(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    title = "待抽取任务范围内的检查对象不是存续状态"
    number = next(line for line in words(shown).splitlines() if line.startswith(title)).rpartition("　")[2]
    assert int(number) > 30
    await talk.clerk.presses(f"查看：{title}", message=shown)
    listed = await talk.clerk.until("抽取时不会列入", after=shown)
    await talk.clerk.presses("知道了（这 30 项）", message=listed)
    left = await talk.clerk.until("30 项已看过", after=shown)
    await talk.clerk.presses(f"看其余 {int(number) - 30} 项", message=left)
    await talk.clerk.until(f"{title}　{int(number) - 30}", after=shown)
    with talk.writing() as session:
        for row in session.exec(select(Entity).where(Entity.state != EntityState.ACTIVE)):
            row.name = f"{row.name}甲"
            session.add(row)
    shown = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses(f"查看：{title}", message=shown)
    listed = await talk.clerk.until("抽取时不会列入", after=shown)
    await talk.clerk.presses("全部知道了", message=listed)
    await talk.clerk.until("项已看过", after=shown)
    assert title not in words(await talk.answer(talk.clerk, "/registers"))


async def test_whoever_has_no_account_gets_a_link_from_the_administrator(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    assert "检查人员没有绑定账号　2" in words(shown)
    assert "其他人员没有绑定账号" not in words(shown), "nobody is named twice"
    await talk.clerk.presses("查看：检查人员没有绑定账号", message=shown)
    told = await talk.clerk.until("请管理员（示例管理员）", after=shown)
    assert not any("发链接" in button["text"] for button in buttons(told))
    admin = talk["管理员"]
    shown = await talk.answer(admin, "/registers")
    await admin.presses("查看：检查人员没有绑定账号", message=shown)
    listed = await admin.until("转交本人", after=shown)
    await admin.presses("示例检查人员26 · 发链接", message=listed)
    await admin.until("请 示例检查人员26 私聊本助手发送", after=listed)


REST = frozenset(column.name for column in SHAPES["entity"]) - {"label", "name", "risk_class"}


async def test_an_export_comes_in_private_without_phones_and_changes_nothing(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("导出", message=shown)
    menu = await talk.clerk.until("要导出哪一种", after=shown)
    offered = {button["text"] for button in buttons(menu)} - {"取消"}
    assert set(KIND_NAMES.values()) - {"人员表"} <= offered
    assert "人员表" not in offered, "the table of people is the administrator's"
    await talk.clerk.presses(KIND_NAMES["inspector"], message=menu)
    sent = await talk.clerk.until(lambda m: "document" in m, after=menu)
    data = await talk.clerk.file(sent)
    table = sheets.read(sent["document"]["file_name"], data)
    assert (table.kind, len(table.rows)) == ("inspector", 30)
    assert not export.SEALED & table.titles.keys()
    dropped = await talk.clerk.sends_file(data, name="a.xlsx")
    await talk.clerk.until("与库中完全一致", after=dropped)


async def test_a_template_comes_with_an_example_that_is_skipped(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("下载模板", message=shown)
    menu = await talk.clerk.until("要哪一种模板", after=shown)
    await talk.clerk.presses(KIND_NAMES["entity"], message=menu)
    sent = await talk.clerk.until(lambda m: "document" in m, after=menu)
    assert sent["document"]["file_name"] == "检查对象名录库-模板.xlsx"
    dropped = await talk.clerk.sends_file(await talk.clerk.file(sent), name="a.xlsx")
    await talk.clerk.until("下面没有数据", after=dropped)


async def test_only_staff_and_only_in_private(talk: Talk) -> None:
    assert "没有这项权限" in words(await talk.answer(talk["检查人员01"], "/registers"))
    asked = await talk.clerk.says("/registers", talk.group)
    await talk.clerk.until("请在与我的私聊里办理", talk.group, after=asked)


async def test_buttons_serve_nobody_who_is_no_longer_staff(talk: Talk) -> None:
    shown = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("导出", message=shown)
    menu = await talk.clerk.until("要导出哪一种", after=shown)
    with talk.writing() as session:
        person = people.of_account(session, talk.clerk.id)
        assert person is not None
        for grant in session.exec(select(people.Grant).where(people.Grant.person_id == person.id)):
            session.delete(grant)
    for message, label in ((shown, "查看"), (shown, "导出"), (shown, "下载模板"), (menu, KIND_NAMES["entity"])):
        refused = await talk.clerk.presses(label, message=message)
        assert "没有办理这项工作的权限" in refused["text"], label
