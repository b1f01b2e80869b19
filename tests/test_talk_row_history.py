"""查找 shows how a row of a register became what it is: by imports and by edits in the chat, the newest first."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from bot.chat.client import Message
from models import rowhistory
from models.entity import Entity
from models.inspector import Inspector
from models.item import Item
from models.people import Grant, Person
from templates import workbook
from templates.columns import SHAPES
from tests.talk import Talk, buttons, words


def file_of(kind: str, *rows: dict[str, str]) -> bytes:
    """A file that has just the columns of these rows."""
    names = {name for row in rows for name in row}
    return workbook.write_xlsx(kind, rows, without={each.name for each in SHAPES[kind]} - names)


async def imports(talk: Talk, data: bytes) -> Message:
    sent = await talk.clerk.sends_file(data, name="名录.xlsx")
    preview = await talk.clerk.until("预览 · ", after=sent)
    await talk.clerk.presses("确认", message=preview)
    return await talk.clerk.until("已导入", after=sent)


async def some_entity(talk: Talk) -> Entity:
    with talk.reading() as session:
        found = session.exec(select(Entity).where(Entity.risk_class == "A", Entity.state == "active")).first()
    assert found is not None
    return found


async def test_imports_and_edits_of_an_entity_stand_on_its_card(talk: Talk) -> None:
    entity = await some_entity(talk)
    await imports(
        talk, file_of("entity", {"label": entity.label, "name": entity.name, "risk_class": "B", "phone": "1"})
    )
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    today = f"{talk.office.clock():%Y-%m-%d}"
    assert f"{today}　导入：联系电话 *** → ***；信用风险等级 A → B（示例工作人员甲）" in words(card)
    await talk.clerk.presses("变更状态", message=card)
    menu = await talk.clerk.until("改为：", after=card)
    await talk.clerk.presses("改为停业", message=menu)
    sure = await talk.clerk.until("由存续改为停业？", after=card)
    await talk.clerk.presses("确认", message=sure)
    await talk.clerk.until("已改为停业", after=card)
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    first, second = words(card).split("登记内容的变化：\n")[1].splitlines()
    assert first == f"{today}　变更检查对象状态：状态 存续 → 停业（示例工作人员甲）"
    assert second.startswith(f"{today}　导入：")


async def test_an_import_that_was_undone_says_so(talk: Talk) -> None:
    entity = await some_entity(talk)
    done = await imports(talk, file_of("entity", {"label": entity.label, "name": entity.name, "risk_class": "B"}))
    await talk.clerk.presses("撤销导入", message=done)
    sure = await talk.clerk.until("撤销这次导入？", after=done)
    await talk.clerk.presses("确认撤销", message=sure)
    await talk.clerk.until("已撤销", after=done)
    assert "A → B（示例工作人员甲）　当天已撤销" in words(await talk.answer(talk.clerk, f"/find {entity.label}"))


async def test_an_inspectors_leave_and_an_items_basis_are_steps_too(talk: Talk) -> None:
    with talk.reading() as session:
        person = session.exec(select(Inspector).order_by(col(Inspector.label))).first()
        item = session.exec(select(Item).order_by(col(Item.code))).first()
    assert person is not None and item is not None
    card = await talk.answer(talk.clerk, f"/find {person.label}")
    await talk.clerk.presses("请假", message=card)
    await talk.clerk.until("从哪天请假到哪天", after=card)
    first = talk.office.clock().date() + timedelta(days=1)
    said = await talk.clerk.says(f"{first:%Y年%m月%d日}")
    await talk.clerk.until("请假：", after=said)
    card = await talk.answer(talk.clerk, f"/find {person.label}")
    assert f"登记请假：请假 （空） → {first} 至 {first}（示例工作人员甲）" in words(card)
    card = await talk.answer(talk.clerk, f"/find {item.code}")
    await talk.clerk.presses("改写依据", message=card)
    await talk.clerk.until("请写明事项", after=card)
    said = await talk.clerk.says("《示例条例》第一条")
    await talk.clerk.until("的依据已经补上", after=said)
    card = await talk.answer(talk.clerk, f"/find {item.code}")
    assert f"→ 《示例条例》第一条；版本 {item.version} → {item.version + 1}" in words(card)


async def test_more_than_a_card_holds_is_a_press_away(talk: Talk) -> None:
    entity = await some_entity(talk)
    for level in "BCDABCD":
        await imports(talk, file_of("entity", {"label": entity.label, "name": entity.name, "risk_class": level}))
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    assert words(card).count("信用风险等级 ") == 1 + 5
    await talk.clerk.presses("历次变更", message=card)
    whole = await talk.clerk.until("历次变更（从新到旧）", after=card)
    assert words(whole).count("信用风险等级 ") == 7
    assert "A → B" in words(whole).splitlines()[-1]


async def test_a_card_says_where_it_stopped_and_the_rest_is_looked_up_beside_the_chat(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    entity = await some_entity(talk)
    await imports(talk, file_of("entity", {"label": entity.label, "name": entity.name, "risk_class": "B"}))
    monkeypatch.setattr(rowhistory.of_row, "__kwdefaults__", {"within": 10})
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    assert f"{talk.office.clock():%Y-%m-%d} 以前的导入没有在这里查" in words(card)
    await talk.clerk.presses("历次变更", message=card)
    whole = await talk.clerk.until("历次变更（从新到旧）", after=card)
    assert "A → B" in words(whole)
    await talk.settled()


async def test_who_may_not_look_gets_no_history(talk: Talk) -> None:
    entity = await some_entity(talk)
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    for level in "BCDABC":
        await imports(talk, file_of("entity", {"label": entity.label, "name": entity.name, "risk_class": level}))
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    assert "历次变更" in [button["text"] for button in buttons(card)]
    with talk.writing() as session:
        clerk = session.exec(select(Person).where(Person.name == "示例工作人员甲")).one()
        for grant in session.exec(select(Grant).where(Grant.person_id == clerk.id)):
            session.delete(grant)
    refused = await talk.clerk.presses("历次变更", message=card)
    assert "没有办理这项工作的权限" in refused["text"]


TEXTS = st.text(st.sampled_from('[]{},:"\\ 01234null甲'), max_size=12)
ROWS = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.none() | st.dictionaries(TEXTS, TEXTS, max_size=2),
        st.none() | st.dictionaries(TEXTS, TEXTS | st.lists(st.integers(1, 40), max_size=3), max_size=2),
    ),
    max_size=12,
    unique_by=lambda row: row[0],
)


@given(rows=ROWS, wanted=st.integers(1, 40))
def test_a_row_is_found_in_a_text_whatever_people_wrote_into_it(rows: list[tuple], wanted: int) -> None:
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    found = rowhistory.row_in(text, "entity", wanted)
    expected = next((row for row in rows if row[0] == wanted), None)
    assert (found and (found.id, found.before, found.after)) == expected
