"""查找 in the chat: part of a name, code or initials, a card with history, and what is kept true from it."""

from sqlmodel import col, select

from models import draw, plan
from models.audit import Audit
from models.draw import Draw
from models.entity import Entity
from models.expert import Expert
from models.inspector import Inspector
from models.item import Item
from models.plan import Task
from models.visit import Seat, Visit
from models.words import EntityState
from tests.talk import Message, Talk, buttons, words


async def test_an_entity_is_found_by_part_of_its_name_or_code(talk: Talk) -> None:
    with talk.reading() as session:
        entity = session.exec(select(Entity).where(Entity.state == EntityState.ACTIVE)).first()
    assert entity is not None
    card = await talk.answer(talk.clerk, f"/find {entity.label[2:]}")
    assert entity.name in words(card) and "没有抽查记录" in words(card)
    assert f"电话 {entity.phone}" not in words(card) and "电话 000******01" in words(card)
    assert entity.contact not in words(card)
    listed = await talk.answer(talk.clerk, f"查找 {entity.name[:4]}")
    assert len(buttons(listed)) == 20 and "只列出每个名录库的前 20 个" in words(listed)
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


async def test_whoever_changes_the_state_of_a_drawn_entity_is_told_of_its_visit(talk: Talk) -> None:
    await talk.draws(f"{talk.office.clock().year}001")
    with talk.reading() as session:
        visit = session.exec(select(Visit).order_by(col(Visit.id))).first()
        assert visit is not None
        label = session.get_one(Entity, visit.entity_id).label
    menu = await on_card(talk, label, "变更状态", "改为：")
    await talk.clerk.presses("改为注销", message=menu)
    await talk.clerk.until("有 1 次检查还没有办")


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


async def test_people_and_entities_are_found_by_pinyin_initials(talk: Talk) -> None:
    with talk.writing() as session:
        entity = session.exec(select(Entity)).first()
        inspector = session.exec(select(Inspector)).first()
        assert entity is not None and inspector is not None
        entity.name, inspector.name = "重庆（示例）乐器厂", "示例曾某"
        session.add_all([entity, inspector])
        label = entity.label
    assert label in words(await talk.answer(talk.clerk, "/find cqslyq"))
    assert label in words(await talk.answer(talk.clerk, "/find zqsl")), "whatever the reading"
    assert "示例曾某" in words(await talk.answer(talk.clerk, "/find ＳＬＺＭ")), "full width too"


async def test_an_item_is_found_and_gets_its_basis_and_is_published(talk: Talk) -> None:
    with talk.writing() as session:
        item = session.exec(select(Item).where(Item.code == "MB-01")).one()
        item.basis, version = "", item.version
        session.add(item)
    card = await talk.answer(talk.clerk, "/find MB-01")
    assert "没有依据的事项不得检查" in words(card)
    asked = await talk.clerk.says("/draw", talk.group)
    listed = await talk.clerk.until("可以抽取的任务", talk.group, after=asked)
    refused = await talk.clerk.presses(f"{talk.office.clock().year}001", talk.group, message=listed)
    assert "没有检查依据，不得检查" in refused["text"]
    await talk.clerk.presses("补上依据", message=card)
    await talk.clerk.until("请写明事项", after=card)
    said = await talk.clerk.says("《民用爆炸物品安全管理条例》第四条")
    done = await talk.clerk.until(f"为第 {version + 1} 版", after=said)
    await talk.clerk.presses("登记今天公布", message=done)
    await talk.clerk.until("已登记公布", after=done)
    await talk.announces(f"{talk.office.clock().year}001")


async def on_card(talk: Talk, label: str, button: str, then: str) -> Message:
    """Find a card, press one of its buttons, and wait for what it asks."""
    card = await talk.answer(talk.clerk, f"/find {label}")
    await talk.clerk.presses(button, message=card)
    return await talk.clerk.until(then, after=card)


async def test_a_recusal_is_registered_from_either_side_and_holds_from_the_next_draw_on(talk: Talk) -> None:
    number = f"{talk.office.clock().year}001"
    with talk.reading() as session:
        task = session.exec(select(Task).where(Task.plan_no == number)).one()
        entity = session.exec(select(Entity).where(Entity.kind == "民爆企业", Entity.state == "active")).first()
        unit = plan.units_of(session, task.id or 0)[0].unit_id
        inspector = session.exec(select(Inspector).where(Inspector.unit_id == unit)).first()
        assert entity is not None and inspector is not None
    asked = await on_card(talk, entity.label, "登记回避", "要与哪名检查人员回避")
    said = await talk.clerk.says("没有这个人")
    await talk.clerk.until("没有找到", after=said)
    said = await talk.clerk.says(inspector.label)
    await talk.clerk.until(f"{inspector.name}与{entity.name}为什么回避", after=asked)
    said = await talk.clerk.says("与负责人是亲属")
    how_long = await talk.clerk.until("长期有效，还是只限一项任务", after=said)
    assert any(button["text"].startswith(f"只限 {number}") for button in buttons(how_long))
    await talk.clerk.presses("长期有效", message=how_long)
    await talk.clerk.until("下一次抽取和递补就不会安排在一起", after=said)
    announced = await talk.announces(number)
    assert announced
    with talk.reading() as session:
        drawn = session.exec(select(Draw)).one()
        frozen = draw.files_of(session, drawn)["recusals.tsv"].decode()
        assert f"{entity.label}\t{inspector.label}\t与负责人是亲属" in frozen
        row = session.exec(select(Audit).where(Audit.verb == "recuse")).one()
        assert row.after == {"entity": entity.label, "inspector": inspector.label, "task": None}
    card = await talk.answer(talk.clerk, f"/find {inspector.label}")
    assert f"回避：{entity.name}　与负责人是亲属" in words(card)
    await talk.clerk.presses("登记回避", message=card)
    asked = await talk.clerk.until("要与哪家检查对象回避", after=card)
    said = await talk.clerk.says(entity.label)
    await talk.clerk.until("为什么回避", after=said)
    said = await talk.clerk.says("亲属")
    how_long = await talk.clerk.until("长期有效，还是只限一项任务", after=said)
    twice = await talk.clerk.presses("长期有效", message=how_long)
    assert "已经登记过回避" in twice["text"]
    card = await talk.answer(talk.clerk, f"/find {entity.label}")
    await talk.clerk.presses("解除回避", message=card)
    sure = await talk.clerk.until("的回避？", after=card)
    await talk.clerk.presses("确认", message=sure)
    await talk.clerk.until("回避已经解除", after=card)


async def test_leave_is_marked_from_and_to_and_keeps_out_of_draws_that_lie_within_it(talk: Talk) -> None:
    number = f"{talk.office.clock().year}001"
    with talk.reading() as session:
        task = session.exec(select(Task).where(Task.plan_no == number)).one()
        unit = plan.units_of(session, task.id or 0)[0].unit_id
        person = session.exec(select(Inspector).where(Inspector.unit_id == unit)).first()
        assert person is not None and task.starts and task.ends
    await on_card(talk, person.label, "请假", "从哪天请假到哪天")
    said = await talk.clerk.says("下周")
    wrong = await talk.clerk.until("看不懂", after=said)
    assert "抽查时间" not in words(wrong)
    # What a plan may leave open, a leave may not: it keeps somebody out of draws.
    for text in ("适时", "全年", "11月底前"):
        assert "请写起止" in words(await talk.answer(talk.clerk, text))
    said = await talk.clerk.says(f"{task.starts:%Y年%m月%d日}至{task.ends:%Y年%m月%d日}")
    done = await talk.clerk.until("请假：", after=said)
    assert f"抽取时不会派出：{number}" in words(done) and "由这一次代替" not in words(done)
    await on_card(talk, person.label, "请假", "从哪天请假到哪天")
    done = await talk.answer(talk.clerk, f"{task.starts:%Y-%m-%d}至{task.ends:%Y-%m-%d}")
    assert f"原来登记的请假 {task.starts} 至 {task.ends} 由这一次代替" in words(done)
    await talk.announces(number)
    with talk.reading() as session:
        drawn = session.exec(select(Draw)).one()
        assert person.label not in draw.files_of(session, drawn)["inspectors.tsv"].decode()
    card = await talk.answer(talk.clerk, f"/find {person.label}")
    assert "🏖 请假" in words(card)
    await talk.clerk.presses("取消请假", message=card)
    await talk.clerk.until("的请假已经取消", after=card)
    with talk.reading() as session:
        verbs = session.exec(
            select(Audit.verb).where(Audit.subject == "inspector").order_by(col(Audit.id).desc())
        ).all()
        assert verbs[:2] == ["end_leave", "mark_leave"]


async def test_a_certificate_is_renewed_and_somebody_leaves_the_post(talk: Talk) -> None:
    with talk.reading() as session:
        person = session.exec(select(Inspector)).first()
        assert person is not None
    await on_card(talk, person.label, "换证", "新执法证有效期到哪一天")
    said = await talk.clerk.says("2020年1月1日")
    await talk.clerk.until("已经过去", after=said)
    for text, sentence in (
        ("明年底", "日期「明年底」看不懂"),
        ("3031-12-31", "离现在超过 30 年"),
        ("12月31日", "看不懂"),
        ("无", "请写明新执法证的有效期"),
    ):
        wrong = words(await talk.answer(talk.clerk, text))
        assert sentence in wrong and "全年" not in wrong
    said = await talk.clerk.says("2031年12月31日")
    await talk.clerk.until("有效期改为 2031-12-31", after=said)
    card = await talk.answer(talk.clerk, f"/find {person.label}")
    await talk.clerk.presses("改为离岗", message=card)
    sure = await talk.clerk.until("离岗的人以后的抽取不会派出", after=card)
    assert "手里还有" not in words(sure)
    await talk.clerk.presses("确认", message=sure)
    await talk.clerk.until("已改为离岗")
    refused = await talk.clerk.presses("改为离岗", message=card)
    assert "已经是离岗，没有改动" in refused["text"]
    with talk.reading() as session:
        found = session.get_one(Inspector, person.id)
        assert (found.state, found.valid_until.isoformat()) == ("left", "2031-12-31")


async def test_an_expert_is_found_corrected_and_taken_out_of_the_register(talk: Talk) -> None:
    today = talk.office.clock().date()
    with talk.writing() as session:
        session.add(Expert(label="Z001", name="示例专家甲", field="民爆", phone="13900001111", valid_until=today))
    shown = await talk.answer(talk.clerk, "/registers")
    assert "专家聘期 60 天内届满或者已经届满　1" in words(shown)
    await talk.clerk.presses("查看：专家聘期", message=shown)
    listed = await talk.clerk.until("续聘的按姓名", after=shown)
    await talk.clerk.presses("示例专家甲", message=listed)
    card = await talk.clerk.until("专家编号 Z001", after=listed)
    assert "13900001111" not in words(card)
    await talk.clerk.presses("更正", message=card)
    menu = await talk.clerk.until("要更正哪一项", after=card)
    await talk.clerk.presses("聘期至", message=menu)
    await talk.clerk.until("请写正确的「聘期至」", after=menu)
    sure = await talk.answer(talk.clerk, f"{today.year + 3}-12-31")
    await talk.clerk.presses("确认", message=sure)
    await talk.clerk.until("已更正", after=menu)
    assert "专家聘期" not in words(await talk.answer(talk.clerk, "/registers"))
    card = await talk.answer(talk.clerk, "/find slzjj")
    assert "示例专家甲" in words(card) and "没有抽查记录" in words(card)
    await talk.clerk.presses("改为退出", message=card)
    sure = await talk.clerk.until("退出的专家以后不再抽取", after=card)
    await talk.clerk.presses("确认", message=sure)
    await talk.clerk.until("示例专家甲已改为退出", after=card)
    with talk.reading() as session:
        assert session.exec(select(Expert)).one().active is False


async def test_a_name_with_a_blank_in_it_is_found_as_it_is_written(talk: Talk) -> None:
    with talk.writing() as session:
        entity = session.exec(select(Entity).order_by(col(Entity.id))).first()
        assert entity is not None
        entity.name = "示例 Trading 商行"
        session.add(entity)
        label = entity.label
    for text in ("示例 Trading", "示例　Trading 商行", f"{label[:8]} {label[8:]}"):
        assert label in words(await talk.answer(talk.clerk, f"/find {text}"))
