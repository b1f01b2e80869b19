"""查找 in the chat: part of a name or code, a card with masked contact and history, 变更状态 after a confirmation."""

from sqlmodel import col, select

from models.audit import Audit
from models.entity import Entity
from models.inspector import Inspector
from models.visit import Seat, Visit
from models.words import EntityState
from tests.talk import Talk, buttons, words


async def test_an_entity_is_found_by_part_of_its_name_or_code(talk: Talk) -> None:
    with talk.reading() as session:
        entity = session.exec(select(Entity).where(Entity.state == EntityState.ACTIVE)).first()
    assert entity is not None
    card = await talk.answer(talk.clerk, f"/find {entity.label[2:]}")
    assert entity.name in words(card) and "没有抽查记录" in words(card)
    assert f"电话 {entity.phone}" not in words(card) and "电话 000******01" in words(card)
    assert entity.contact not in words(card)
    listed = await talk.answer(talk.clerk, f"查找 {entity.name[:4]}")
    assert len(buttons(listed)) == 20
    await talk.clerk.presses(entity.name, message=listed)
    await talk.clerk.until(entity.label, after=listed)
    assert "没有找到「没有这家」" in words(await talk.answer(talk.clerk, "/find 没有这家"))
    assert "没有找到「%」" in words(await talk.answer(talk.clerk, "/find %")), "no wildcard gets through"


async def test_the_history_of_both_sides_shows_a_draw(talk: Talk) -> None:
    await talk.draws(f"{talk.office.clock().year}001")
    with talk.reading() as session:
        visit = session.exec(select(Visit).order_by(col(Visit.id))).first()
        assert visit is not None
        entity = session.get_one(Entity, visit.entity_id)
        seat = session.exec(select(Seat).where(Seat.visit_id == visit.id)).first()
        assert seat is not None
        inspector = session.get_one(Inspector, seat.inspector_id)
    card = words(await talk.answer(talk.clerk, f"/find {entity.label}"))
    assert "待派发" in card and visit.drawn_at.date().isoformat() in card
    card = words(await talk.answer(talk.clerk, f"/find {inspector.label}"))
    assert entity.name in card and f"电话 {inspector.phone}" not in card


async def test_a_state_is_changed_after_a_confirmation_and_on_the_record(talk: Talk) -> None:
    with talk.reading() as session:
        entity = session.exec(select(Entity).where(Entity.state == EntityState.ACTIVE)).first()
    assert entity is not None
    asked = await talk.answer(talk.clerk, "/find")
    said = await talk.clerk.says(entity.label)
    card = await talk.clerk.until(entity.name, after=said)
    assert asked["message_id"] < card["message_id"]
    await talk.clerk.presses("变更状态", message=card)
    menu = await talk.clerk.until("改为：", after=card)
    await talk.clerk.presses("改为停业", message=menu)
    sure = await talk.clerk.until("由存续改为停业？", after=card)
    with talk.reading() as session:
        assert session.get_one(Entity, entity.id).state == EntityState.ACTIVE
    await talk.clerk.presses("确认", message=sure)
    await talk.clerk.until("已改为停业", after=card)
    with talk.reading() as session:
        assert session.get_one(Entity, entity.id).state == EntityState.SUSPENDED
        row = session.exec(select(Audit).order_by(col(Audit.id).desc())).first()
        assert row is not None and (row.verb, row.before) == ("change_state", {"state": "active"})


async def test_only_staff_and_only_in_private(talk: Talk) -> None:
    assert "没有这项权限" in words(await talk.answer(talk["检查人员01"], "/find 示例"))
    asked = await talk.clerk.says("/find 示例", talk.group)
    await talk.clerk.until("请在与我的私聊里办理", talk.group, after=asked)
