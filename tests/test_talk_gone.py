"""库中有、文件里没有的: listed with state and last visit, given a state together with a reason, and taken back."""

import io
from collections.abc import Callable, Sequence
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from bot.chat.client import ChatPerson, Message
from handlers import gone, registers, registry
from handlers.registry import Command
from models import missing, statechange
from models.act import Refused
from models.audit import Audit
from models.entity import Entity
from models.expert import DrawnExpert, Expert
from models.inspector import Inspector
from models.item import Item
from models.people import Grant, Person
from models.plan import Task, TaskItem
from models.visit import Seat, Visit
from models.words import DrawMode, EntityState, SeatState, VisitState
from templates import workbook
from templates.columns import SHAPES
from tests.talk import Talk, buttons, words
from tests.test_talk_planlife import act_of

Lists = Callable[[str, Sequence[int]], None]


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Lists:
    """Makes /gone answer as the preview of an import does whose file lacks these rows."""

    def of(kind: str, ids: Sequence[int]) -> None:
        def run(ask: registry.Ask) -> registry.Answer:
            return gone.gone_answer(ask, kind, ids)

        command = Command("gone", "没有的", registry.EVERYONE, "工作人员", "", run)
        monkeypatch.setitem(registry.COMMANDS, "gone", command)

    return of


def standing(talk: Talk, many: int) -> list[Entity]:
    with talk.reading() as session:
        return list(session.exec(select(Entity).where(Entity.state == "active").order_by(col(Entity.id)).limit(many)))


def states(talk: Talk, entities: Sequence[Entity]) -> list[str]:
    with talk.reading() as session:
        return [session.get_one(Entity, each.id).state for each in entities]


async def listed(talk: Talk) -> Message:
    said = await talk.clerk.says("/gone")
    return await talk.clerk.until("文件里没有的", after=said)


async def asked_to_confirm(talk: Talk, shown: Message, button: str = "全部改为注销") -> Message:
    await talk.clerk.presses(button, message=shown)
    why = await talk.clerk.until("请写明理由", after=shown)
    said = await talk.clerk.says("省平台名单中已经没有，经核实已注销")
    sure = await talk.clerk.until("请核对", after=said)
    assert why["message_id"] < sure["message_id"]
    return sure


@pytest.mark.parametrize("large", [False, True])
async def test_from_a_file_to_the_state_of_what_it_lacks(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    if large:
        monkeypatch.setattr(registers, "LARGE", 1)
    with talk.reading() as session:
        register = session.exec(select(Entity).order_by(col(Entity.id))).all()
    missing_ = standing(talk, 2)
    wanted = [each for each in register if each.id not in {one.id for one in missing_}]
    rows = [{"label": each.label, "name": each.name, "risk_class": each.risk_class} for each in wanted]
    rows[0]["risk_class"] = "D" if rows[0]["risk_class"] != "D" else "C"
    without = {each.name for each in SHAPES["entity"]} - {"label", "name", "risk_class"}
    sent = await talk.clerk.sends_file(workbook.write_xlsx("entity", rows, without=without), name="名录.xlsx")
    preview = await talk.clerk.until("库中另有 2 条", after=sent)
    await talk.clerk.presses("看不在文件里的 2 条", message=preview)
    shown = await talk.clerk.until("文件里没有的 2 条", after=preview)
    assert all(each.label in words(shown) for each in missing_)
    refused = await talk.clerk.presses("全部改为注销", message=shown)
    assert "请先在预览里按「确认」写入" in refused["text"]
    await talk.clerk.presses("确认", message=preview)
    await talk.clerk.until("已导入", after=sent)
    await talk.clerk.presses("确认改为注销", message=await asked_to_confirm(talk, shown))
    await talk.clerk.until("已把 2 户改为注销", after=shown)
    assert states(talk, missing_) == ["closed"] * 2
    await talk.settled()


async def test_what_a_file_lacks_is_listed_with_state_and_last_visit(talk: Talk, lists: Lists) -> None:
    await talk.draws(f"{talk.office.clock().year}001")
    with talk.reading() as session:
        visited = session.exec(select(Visit).order_by(col(Visit.id))).first()
        assert visited is not None
        drawn = session.get_one(Entity, visited.entity_id)
    others = [each for each in standing(talk, 30) if each.id != drawn.id][:14]
    lists("entity", [drawn.id or 0, *(each.id or 0 for each in others)])
    shown = await listed(talk)
    assert "库中有、文件里没有的 15 条\n存续 15" in words(shown) and "……另有 5 条，见附件" in words(shown)
    sheet = load_workbook(io.BytesIO(await talk.clerk.file(shown)))["名单"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert lines[0] == ["编号", "名称", "状态", "最近一次抽查"] and len(lines) == 16
    assert [drawn.label, drawn.name, "存续", visited.drawn_at.date().isoformat()] in lines
    assert [others[0].label, others[0].name, "存续", None] in lines
    with talk.reading() as session:
        row = session.exec(select(Audit).order_by(col(Audit.id).desc())).first()
    assert row is not None and (row.verb, row.subject, row.after) == (
        "export",
        "entity",
        {"rows": 15, "missing": True},
    )


@pytest.mark.parametrize(("kind", "model"), [("inspector", Inspector), ("item", Item), ("expert", Expert)])
async def test_other_registers_are_listed_without_a_way_to_change_them(
    talk: Talk, lists: Lists, kind: str, model: type
) -> None:
    with talk.writing() as session:
        session.add(Expert(label="Z001", name="示例专家"))
        session.flush()
        ids = session.exec(select(model.id).limit(3)).all()  # type: ignore[attr-defined]
    lists(kind, ids)
    shown = await listed(talk)
    assert f"{len(ids)} 条" in words(shown) and buttons(shown) == []
    assert "没有抽查过" in words(shown)


async def test_the_last_visit_is_that_of_the_team_and_of_the_tasks_items(talk: Talk) -> None:
    await talk.draws(f"{talk.office.clock().year}001")
    today = talk.office.clock().date()
    with talk.writing() as session:
        act = act_of(talk, session, "工作人员甲")
        first, second = session.exec(select(Seat).order_by(col(Seat.id)).limit(2))
        task = session.get_one(Task, session.get_one(Visit, first.visit_id).task_id)
        item = session.exec(select(TaskItem.item_id).where(TaskItem.task_id == task.id)).first()

        def last(kind: str, row_id: int | None) -> date | None:
            return missing.missing_rows(act, kind, [row_id or 0])[0].last

        assert last("inspector", first.inspector_id) == last("item", item) == today
        for seat in session.exec(select(Seat).where(Seat.inspector_id == second.inspector_id)):
            seat.state = SeatState.LEFT
            session.add(seat)
        assert last("inspector", second.inspector_id) is None, "somebody else went"
        task.mode = DrawMode.REHEARSAL
        session.add(task)
        assert last("inspector", first.inspector_id) is last("item", item) is None, "a rehearsal is no visit"
        task.mode = DrawMode.BOT
        for visited in session.exec(select(Visit)):
            visited.state = VisitState.CANCELLED
            session.add(visited)
        assert last("entity", session.get_one(Visit, first.visit_id).entity_id) is None
        expert = Expert(label="Z001", name="示例专家")
        session.add(expert)
        session.flush()
        drawn = session.exec(select(Visit.draw_id)).first()
        session.add(DrawnExpert(draw_id=drawn or 0, expert_id=expert.id or 0, order=1))
        assert last("expert", expert.id) == today


async def test_all_of_them_get_a_state_with_a_reason_and_back_again(talk: Talk, lists: Lists) -> None:
    entities = standing(talk, 3)
    lists("entity", [each.id or 0 for each in entities])
    shown = await listed(talk)
    sure = await asked_to_confirm(talk, shown)
    assert "把 3 户改为注销（现在存续 3 户）" in words(sure) and "理由：省平台名单中已经没有" in words(sure)
    assert states(talk, entities) == ["active"] * 3
    await talk.clerk.presses("确认改为注销", message=sure)
    done = await talk.clerk.until("已把 3 户改为注销", after=shown)
    assert states(talk, entities) == ["closed"] * 3
    with talk.reading() as session:
        row = session.exec(select(Audit).order_by(col(Audit.id).desc())).first()
        assert row is not None and row.verb == "change_states"
        assert row.before == {"active": [each.id for each in entities]}
        assert row.after == {"state": "closed", "reason": "省平台名单中已经没有，经核实已注销", "kept": 0}
    card = await talk.answer(talk.clerk, f"/find {entities[0].label}")
    assert "批量变更检查对象状态：状态 存续 → 注销　省平台名单中已经没有，经核实已注销（示例工作人员甲）" in words(card)
    # Somebody else corrects one of them: that stays.
    with talk.writing() as session:
        other = session.get_one(Entity, entities[1].id)
        other.state = EntityState.SUSPENDED
        session.add(other)
    await talk.clerk.presses("撤销这次变更", message=done)
    again = await talk.clerk.until("撤销这次批量变更？把 3 户", after=done)
    await talk.clerk.presses("确认撤销", message=again)
    back = await talk.clerk.until("已恢复 2 户", after=done)
    assert f"没有动：{entities[1].name}" in words(back)
    assert states(talk, entities) == ["active", "suspended", "active"]
    refused = await talk.clerk.presses("撤销这次变更", message=done)
    assert "已经撤销过了" in refused["text"]
    card = await talk.answer(talk.clerk, f"/find {entities[0].label}")
    assert "撤销批量变更状态：状态 注销 → 存续（示例工作人员甲）" in words(card)


async def test_who_is_being_inspected_is_named_and_stays(talk: Talk, lists: Lists) -> None:
    await talk.dispatches(f"{talk.office.clock().year}001")
    with talk.reading() as session:
        visited = session.exec(select(Visit.entity_id).where(Visit.state == VisitState.SENT)).first()
        busy = session.get_one(Entity, visited)
    free = next(each for each in standing(talk, 60) if each.id not in visits(talk))
    lists("entity", [busy.id or 0, free.id or 0])
    shown = await listed(talk)
    sure = await asked_to_confirm(talk, shown, "全部改为迁出")
    assert "把 1 户改为迁出" in words(sure) and f"有没办完的检查，不改：{busy.name}。" in words(sure)
    await talk.clerk.presses("确认改为迁出", message=sure)
    await talk.clerk.until("已把 1 户改为迁出", after=shown)
    assert states(talk, [busy, free]) == ["active", "moved"]
    lists("entity", [busy.id or 0, free.id or 0])
    refused = await talk.clerk.presses("全部改为迁出", message=await listed(talk))
    assert "没有可以改的" in refused["text"] and busy.name in refused["text"]


def visits(talk: Talk) -> set[int]:
    with talk.reading() as session:
        return set(session.exec(select(Visit.entity_id)))


async def test_what_changed_after_it_was_shown_is_shown_again(talk: Talk, lists: Lists) -> None:
    entities = standing(talk, 3)
    lists("entity", [each.id or 0 for each in entities])
    shown = await listed(talk)
    sure = await asked_to_confirm(talk, shown)
    with talk.writing() as session:
        one = session.get_one(Entity, entities[0].id)
        one.state, one.name = EntityState.CLOSED, "示例甲&乙公司"
        session.add(one)
    refused = await talk.clerk.presses("确认改为注销", message=sure)
    assert "核对以后有检查对象变动了" in refused["text"]
    assert states(talk, entities) == ["closed", "active", "active"]
    await talk.clerk.presses("确认改为注销", message=await asked_to_confirm(talk, shown))
    await talk.clerk.until("已把 2 户改为注销", after=shown)


async def test_an_open_preview_is_not_lost_over_it(talk: Talk, lists: Lists) -> None:
    entities = standing(talk, 2)
    lists("entity", [each.id or 0 for each in entities])
    shown = await listed(talk)
    row = {"label": entities[0].label, "name": entities[0].name, "kind": "食盐企业"}
    sent = await talk.clerk.sends_file(workbook.write_xlsx("entity", [row]), name="名录.xlsx")
    preview = await talk.clerk.until("预览 · ", after=sent)
    refused = await talk.clerk.presses("全部改为注销", message=shown)
    assert "请先在预览里按「确认」写入" in refused["text"]
    await talk.clerk.presses("取消", message=preview)
    await talk.clerk.until("已取消", after=sent)
    await asked_to_confirm(talk, shown)


async def test_a_long_list_and_its_change_go_on_beside_the_chat(
    talk: Talk, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "LARGE", 1)
    entities = standing(talk, 12)
    lists("entity", [each.id or 0 for each in entities])
    said = await talk.clerk.says("/gone")
    shown = await talk.clerk.until("存续 12", after=said)
    sure = await asked_to_confirm(talk, shown)
    await talk.clerk.presses("确认改为注销", message=sure)
    await talk.clerk.until("已把 12 户改为注销", after=shown)
    assert states(talk, entities) == ["closed"] * 12
    await talk.settled()
    assert "正在" not in "".join(words(each) for each in talk.clerk.messages()), "what was waited for is there"


async def test_the_record_of_changes_undoes_them_too(talk: Talk, lists: Lists) -> None:
    entities = standing(talk, 2)
    row = {"label": entities[0].label, "name": entities[0].name, "kind": "食盐企业"}
    sent = await talk.clerk.sends_file(workbook.write_xlsx("entity", [row]), name="名录.xlsx")
    preview = await talk.clerk.until("预览 · ", after=sent)
    await talk.clerk.presses("确认", message=preview)
    await talk.clerk.until("已导入", after=sent)
    lists("entity", [each.id or 0 for each in entities])
    shown = await listed(talk)
    await talk.clerk.presses("确认改为注销", message=await asked_to_confirm(talk, shown))
    await talk.clerk.until("已把 2 户改为注销", after=shown)
    registers = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("导入记录", message=registers)
    log = await talk.clerk.until("导入记录", after=registers)
    await talk.clerk.presses("批量变更状态的记录", message=log)
    past = await talk.clerk.until("批量变更状态的记录", after=log)
    assert "2 户 → 注销　示例工作人员甲　省平台名单中已经没有，经核实已注销" in words(past)
    await talk.clerk.presses("撤销", message=past)
    again = await talk.clerk.until("撤销这次批量变更？", after=past)
    await talk.clerk.presses("确认撤销", message=again)
    await talk.clerk.until("已恢复 2 户", after=past)
    assert states(talk, entities) == ["active"] * 2
    await talk.clerk.presses("批量变更状态的记录", message=log)
    past = await talk.clerk.until("批量变更状态的记录", after=again)
    assert "　已撤销" in words(past) and buttons(past) == []


async def test_a_file_that_lacks_much_is_doubted_and_nothing_is_changed_from_it(
    talk: Talk, lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    with talk.reading() as session:
        every = [each or 0 for each in session.exec(select(Entity.id))]
    lists("entity", every)
    shown = await listed(talk)
    assert "占名录库的 100%，请先核对文件是不是完整的名单" in words(shown)
    monkeypatch.setattr(statechange, "MOST", 5)
    refused = await talk.clerk.presses("全部改为注销", message=shown)
    assert "一次最多改 5 户" in refused["text"]
    lists("entity", every)
    again = await listed(talk)
    assert buttons(again) == [] and "改好「状态」一列再导入" in words(again)
    assert "占名录库" not in await doubted(talk, lists, every[:3])


async def doubted(talk: Talk, lists: Lists, ids: Sequence[int]) -> str:
    lists("entity", ids)
    return words(await listed(talk))


async def test_only_staff_in_private_and_checked_at_each_press(talk: Talk, lists: Lists) -> None:
    entities = standing(talk, 2)
    lists("entity", [each.id or 0 for each in entities])
    inspector: ChatPerson = talk.inspectors[0]
    assert "没有办理这项工作的权限" in words(await talk.answer(inspector, "/gone"))
    asked = await talk.clerk.says("/gone", talk.group)
    await talk.clerk.until("请在与我的私聊里办理", talk.group, after=asked)
    sure = await asked_to_confirm(talk, await listed(talk))
    with talk.writing() as session:
        clerk = session.exec(select(Person).where(Person.name == "示例工作人员甲")).one()
        for grant in session.exec(select(Grant).where(Grant.person_id == clerk.id)):
            session.delete(grant)
    refused = await talk.clerk.presses("确认改为注销", message=sure)
    assert "没有办理这项工作的权限" in refused["text"]
    assert states(talk, entities) == ["active"] * 2


async def test_a_change_without_reason_or_for_another_state_is_refused(talk: Talk) -> None:
    entities = standing(talk, 2)
    ids = [each.id or 0 for each in entities]
    with talk.writing() as session:
        act = act_of(talk, session, "工作人员甲")
        with pytest.raises(Refused, match="请写明变更状态的理由"):
            statechange.change(act, ids, EntityState.CLOSED, "  ")
        with pytest.raises(Refused, match="只能改为注销或者迁出"):
            statechange.consider(act, ids, EntityState.ACTIVE)
        with pytest.raises(Refused, match="不列出文件里没有的"):
            missing.missing_rows(act, "plan", ids)
        with pytest.raises(Refused, match="没有找到这次批量变更"):
            statechange.changed(act, 1)


@pytest.mark.parametrize("large", [False, True])
async def test_the_preview_of_a_list_leads_to_what_it_lacks(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    if large:
        monkeypatch.setattr(registers, "LARGE", 1)
    kept, *others = standing(talk, 1_000_000)
    with talk.reading() as session:
        many = len(session.exec(select(Entity.id)).all())
    data = workbook.write_xlsx("entity", [{"label": kept.label, "name": kept.name, "kind": kept.kind}])
    sent = await talk.clerk.sends_file(data, name="名录.xlsx")
    preview = await talk.clerk.until("预览 · ", after=sent)
    await talk.clerk.presses(f"看不在文件里的 {many - 1:,} 条", message=preview)
    shown = await talk.clerk.until("文件里没有的", after=preview, within=30)
    assert f"{many - 1:,}" in words(shown)
    sheet = load_workbook(io.BytesIO(await talk.clerk.file(shown))).active
    assert sheet is not None
    labels = {str(row[0].value) for row in sheet.iter_rows()}
    assert kept.label not in labels and {each.label for each in others} <= labels
