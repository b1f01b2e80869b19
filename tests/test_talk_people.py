"""A real office fills itself through the chat: personal links, the 人员表, the registers, a row completed and drawn."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from bot.chat.client import ChatPerson, Message, buttons, words
from models import audit, people
from models.inspector import Inspector
from models.people import Person
from models.words import Role
from templates import workbook
from tests.real_office import (
    ADMIN,
    CERTIFICATES,
    ENTITIES,
    INSPECTORS,
    PEOPLE,
    UNIT,
    fill,
    found,
    free_address,
    group_of,
    imports,
    link_for,
    pressed_link,
    signs_in,
)
from tests.talk import Talk, talking


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[tuple[Talk, ChatPerson]]:
    """A fresh office of another profile, its administrator signed in by the link of the first start."""
    assert found(tmp_path / "data") == 0
    async with talking(tmp_path / "data") as talk:
        admin = await signs_in(dict(talk.office.personal)[ADMIN])
        yield talk, admin
        await admin.aclose()


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


async def test_the_administrator_enters_by_personal_link_and_binds_the_group(real: tuple[Talk, ChatPerson]) -> None:
    talk, admin = real
    assert not talk.people, "nobody picks whom to be in a real office"
    assert admin.name == ADMIN
    group = await group_of(admin)
    said = await admin.says("/bind", group)
    await admin.until(f"本群已绑定「{UNIT}」", group, after=said)


async def test_a_link_opens_once_and_a_lost_one_is_printed_again_at_the_next_start(tmp_path: Path) -> None:
    assert found(tmp_path / "data") == 0
    async with talking(tmp_path / "data") as talk:
        lost = dict(talk.office.personal)[ADMIN]
    async with talking(tmp_path / "data") as talk:
        link = dict(talk.office.personal)[ADMIN]
        assert link != lost
        await (await signs_in(link)).aclose()
        with pytest.raises(PermissionError, match="已经用过"):
            await signs_in(link)
    async with talking(tmp_path / "data") as talk:
        assert talk.office.personal == [], "who has signed in keeps the PIN"


async def test_people_come_in_by_a_table_with_units_and_roles(real: tuple[Talk, ChatPerson]) -> None:
    talk, admin = real
    preview, done = await imports(admin, "people", PEOPLE, "人员表")
    assert "新增 8" in preview and "不能导入 0" in preview
    assert "还没有单位「政策法规股」，导入时新增" in preview
    assert "新增 8，变更 0" in done and "其中 8 人是新人员" in done
    with talk.reading() as session:
        unit = people.unit_named(session, "工业运行股")
        assert unit is not None and unit.kind == "department"
        clerk = session.exec(select(Person).where(Person.name == "经办员")).one()
        assert people.roles(session, clerk.id or 0) == {Role.STAFF, Role.LIAISON}
        assert clerk.unit_id == unit.id
        witness = session.exec(select(Person).where(Person.name == "见证人一")).one()
        assert people.roles(session, witness.id or 0) == set()
        assert list(audit.check(session)) == []
    again = await admin.sends_file(workbook.write_xlsx("people", PEOPLE), name="人员.xlsx")
    await admin.until("与库中完全一致", after=again)


async def test_a_later_table_adds_roles_and_takes_none_away(real: tuple[Talk, ChatPerson]) -> None:
    talk, admin = real
    await imports(admin, "people", PEOPLE, "人员表")
    more = [{"name": "法规审核员", "unit": UNIT, "roles": "工作人员"}]
    preview, _ = await imports(admin, "people", more, "变更 1")
    assert "新增 0" in preview
    with talk.reading() as session:
        person = session.exec(select(Person).where(Person.name == "法规审核员")).one()
        assert people.roles(session, person.id or 0) == {Role.REVIEWER, Role.STAFF}


@pytest.mark.parametrize("people_first", [True, False])
async def test_certificates_find_their_people_whichever_table_comes_first(
    real: tuple[Talk, ChatPerson], people_first: bool
) -> None:
    talk, admin = real
    if not people_first:
        units = [{"name": "经办员", "unit": "工业运行股", "roles": "工作人员"}, PEOPLE[7]]
        await imports(admin, "people", units, "人员表")
    tables = [("people", PEOPLE, "人员表"), ("inspector", INSPECTORS, "执法检查人员名录库")]
    for kind, records, expecting in tables if people_first else reversed(tables):
        await imports(admin, kind, records, expecting)
    with talk.reading() as session:
        linked = {row.label: row.person_id for row in session.exec(select(Inspector))}
        names = {person.id: person.name for person in session.exec(select(Person))}
        assert [names[linked[label]] for label in CERTIFICATES[:4]] == ["检查员一", "检查员二", "检查员三", "检查员四"]
        assert sorted(names.values()) == sorted([ADMIN, "检查员四", *(each["name"] for each in PEOPLE)])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"name": "甲", "unit": "一股", "roles": "局长"}, "角色「局长」看不懂。请填写管理员、工作人员"),
        ({"name": "甲", "unit": "一股", "roles": ""}, "没有写角色"),
        ({"name": "甲", "unit": "", "roles": "工作人员"}, "没有写所在单位"),
        ({"name": "", "unit": "一股", "roles": "工作人员"}, "没有姓名"),
        ({"name": "甲", "unit": "一股", "roles": "检查人员", "label": "4.1E+10"}, "科学计数法"),
    ],
)
async def test_a_wrong_row_of_people_is_refused_with_its_reason(
    real: tuple[Talk, ChatPerson], row: dict[str, str], says: str
) -> None:
    _, admin = real
    good = {"name": "乙", "unit": "一股", "roles": "工作人员"}
    sent = await admin.sends_file(workbook.write_xlsx("people", [good, row]), name="人员.xlsx")
    preview = await admin.until("预览", after=sent)
    assert "新增 1" in words(preview) and "不能导入 1" in words(preview)
    assert says in words(preview)


async def test_a_certificate_of_somebody_else_is_refused(real: tuple[Talk, ChatPerson]) -> None:
    talk, admin = real
    await fill(talk, admin, talk.office.clock().year)
    wrong = [
        {"name": "检查员二", "unit": "工业运行股", "roles": "检查人员", "label": CERTIFICATES[0]},
        {"name": "检查员三", "unit": "工业运行股", "roles": "检查人员", "label": CERTIFICATES[2]},
    ]
    sent = await admin.sends_file(workbook.write_xlsx("people", wrong), name="人员.xlsx")
    preview = words(await admin.until("预览", after=sent))
    assert "在名录库中是「检查员一」，不是「检查员二」" in preview
    assert "的「检查员三」在「政策法规股」，这里写的是「工业运行股」" in preview


async def test_only_an_administrator_imports_people(real: tuple[Talk, ChatPerson]) -> None:
    _, admin = real
    await imports(admin, "people", PEOPLE, "人员表")
    clerk = await signs_in(await link_for(admin, "经办员"))
    sent = await clerk.sends_file(workbook.write_xlsx("people", PEOPLE[:1]), name="人员.xlsx")
    await clerk.until("人员表由管理员导入，您没有这项权限。", after=sent)
    said = await clerk.says("/people")
    await clerk.until("「人员」由管理员办理", after=said)
    await clerk.aclose()


async def test_a_link_handed_out_while_the_office_runs_lets_the_person_in(real: tuple[Talk, ChatPerson]) -> None:
    talk, admin = real
    await imports(admin, "people", PEOPLE, "人员表")
    link = await link_for(admin, "见证人一")
    assert link.startswith(talk.office.address.rstrip("/"))
    witness = await signs_in(link)
    assert witness.name == "见证人一"
    assert await group_of(witness) == await group_of(admin), "in the office's group at once"
    said = await witness.says("/help")
    await witness.until("您可以办理", after=said)
    asked = await admin.says("/people")
    listed = await admin.until("发链接", after=asked)
    assert not any(label.startswith("见证人一") for label in labels(listed))
    await admin.presses("已绑定人员", message=listed)
    bound = await admin.until("已绑定 2 人", after=listed)
    fresh = await pressed_link(admin, bound, "见证人一")
    again = await signs_in(fresh)
    assert again.id == witness.id, "a new link leads to the same account"
    for person in (witness, again):
        await person.aclose()


async def test_in_the_sample_office_a_token_is_handed_out_instead(talk: Talk) -> None:
    admin = talk["管理员"]
    said = await admin.says("/people")
    listed = await admin.until("还有 2 人没有绑定账号", after=said)
    label = labels(listed)[0]
    await admin.presses(label, message=listed)
    told = words(await admin.until("私聊本助手发送", after=listed))
    token = next(line for line in told.splitlines() if line.startswith("/start "))
    name = label.partition(" · ")[0]
    newcomer = talk.people[name]
    await newcomer.starts("qiantong_bot", token.removeprefix("/start "))
    await newcomer.until("账号已经绑定")
    bad = await newcomer.starts("qiantong_bot", "not-a-token")
    await newcomer.until("已经用过、过期或者不正确", after=bad)


async def test_a_real_office_completes_a_row_and_draws_it_across_restarts(tmp_path: Path) -> None:
    """Another profile, another pool, nothing but the chat: each room of the way in a process of its own."""
    data, address = tmp_path / "data", free_address()
    assert found(data) == 0
    everybody: dict[str, ChatPerson] = {}
    async with talking(data, chat_address=address) as talk:
        year = talk.office.clock().year
        admin = everybody["管理员"] = await signs_in(dict(talk.office.personal)[ADMIN])
        group = await group_of(admin)
        said = await admin.says("/bind", group)
        await admin.until("本群已绑定", group, after=said)
        await fill(talk, admin, year)
        for name in ("经办员", "见证人一", "见证人二", "检查员一", "检查员二", "检查员三", "检查员四", "法规审核员"):
            everybody[name] = await signs_in(await link_for(admin, name))
    clerk = everybody["经办员"]
    async with talking(data, chat_address=address):
        said = await clerk.says("/plan")
        listed = await clerk.until("2 项，待补全 2 项", after=said)
        await clerk.presses(f"补全 {year}001", message=listed)
        for label, then in (
            ("工业运行股（计划所写）", "抽查哪几类检查对象"),
            ("下一步", "抽查哪些区县"),
            ("下一步", "按什么比例抽取"),
            ("按计划：10%", "检查哪些事项"),
            ("下一步", "每户派出哪些单位"),
            ("下一步", "什么时间检查"),
            (f"{year}-01-01", "在哪里抽取"),
            ("本群抽取", "请直接写明理由"),
        ):
            await clerk.presses(label)
            await clerk.until(then)
    async with talking(data, chat_address=address) as talk:
        reason = await clerk.says("平台没有开通食盐事项")
        summary = await clerk.until("请核对", after=reason)
        assert "范围：食盐经营户；不限区县，现有 24 户" in words(summary)
        assert "每户派出：工业运行股 2 人" in words(summary)
        await clerk.presses("确认补全", message=summary)
        await clerk.until("已补全")
        asked = await clerk.says("/draw", group)
        offered = await clerk.until("可以抽取的任务", group, after=asked)
        await clerk.presses(f"{year}001", group, message=offered)
        preview = await clerk.until("24 户 × 10% = 3 户", group)
        await clerk.presses("发布公告", group, message=preview)
        announcement = await clerk.until("公告 第", group, after=preview)
    async with talking(data, chat_address=address) as talk:
        for n in range(6):
            await everybody["见证人一" if n % 2 else "见证人二"].throws("🎰", group, reply_to=announcement)
        result = await clerk.until("抽取完成", group, after=announcement)
        await clerk.presses("派发任务", group, message=result)
        await clerk.until("任务已派发", group, after=result)
        await talk.settled()
    async with talking(data, chat_address=address) as talk:
        sent = 0
        for name in ("检查员一", "检查员二", "检查员四"):
            person = everybody[name]
            said = await person.says("/tasks")
            tasks = words(await person.until("检查任务", after=said))
            sent += "您有" in tasks
            assert ("您有" in tasks) == any("收到" in label for each in person.messages() for label in labels(each))
        assert sent >= 2
        with talk.reading() as session:
            assert list(audit.check(session)) == []
    for person in everybody.values():
        await person.aclose()


async def test_a_profile_without_draws_outside_the_platform_does_not_offer_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert found(data, "sjz-yingji-2024", "示例应急管理局") == 0
    async with talking(data) as talk:
        admin = await signs_in(dict(talk.office.personal)[ADMIN])
        said = await admin.says("/plan")
        await admin.until("还没有年度抽查计划", after=said)
        await fill(talk, admin, talk.office.clock().year)
        said = await admin.says("/plan")
        listed = await admin.until("待补全 2 项", after=said)
        await admin.presses("补全", message=listed)
        for label, then in (
            ("工业运行股", "抽查哪几类检查对象"),
            ("下一步", "抽查哪些区县"),
            ("下一步", "按什么比例抽取"),
            ("按计划", "检查哪些事项"),
            ("下一步", "每户派出哪些单位"),
            ("下一步", "什么时间检查"),
            ("20", "在哪里抽取"),
        ):
            await admin.presses(label)
            asked = await admin.until(then)
        assert labels(asked)[:2] == ["平台抽取", "演练"]
        await admin.presses("平台抽取", message=asked)
        summary = await admin.until("请核对")
        await admin.presses("确认补全", message=summary)
        await admin.until("请在省平台抽取")
        await admin.aclose()


async def test_nobody_gets_a_link_for_a_person_of_another_unit(real: tuple[Talk, ChatPerson]) -> None:
    _, admin = real
    rows = [*PEOPLE, {"name": "股室管理员", "unit": "工业运行股", "roles": "管理员"}]
    await imports(admin, "people", rows, "人员表")
    own = await signs_in(await link_for(admin, "股室管理员"))
    said = await own.says("/people")
    listed = await own.until("没有绑定账号", after=said)
    assert {label.partition(" · ")[0] for label in labels(listed)} >= {"经办员", "检查员一", "检查员二"}
    assert not any(label.startswith("法规审核员") for label in labels(listed))
    await own.aclose()


async def test_without_a_key_the_chat_lets_nobody_in(real: tuple[Talk, ChatPerson]) -> None:
    talk, _ = real
    async with httpx.AsyncClient(base_url=talk.office.address, trust_env=False) as http:
        assert (await http.get("/sample/people")).status_code in {403, 404}
        assert (await http.get("/user/me")).status_code == 401
    assert len(ENTITIES) == 30
