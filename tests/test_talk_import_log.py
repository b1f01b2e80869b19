"""导入记录 in the chat: past imports page by page, one row by row, all of it as a file; in private, for staff."""

import io

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from bot.chat.client import Message
from handlers import importlog as conversation
from models import codes, importrun
from models.audit import Audit
from models.entity import Entity
from models.importrun import RunState
from models.people import Grant, Person
from templates import workbook
from templates.columns import SHAPES
from tests.talk import Talk, buttons, words
from tests.test_talk_planlife import act_of

CODES = [codes.make_credit_code(number) for number in range(6101, 6141)]


def entities(*rows: dict[str, str]) -> bytes:
    names = {name for row in rows for name in row}
    return workbook.write_xlsx("entity", rows, without={each.name for each in SHAPES["entity"]} - names)


async def imports(talk: Talk, data: bytes, name: str = "名录.xlsx") -> Message:
    """A table dropped into the chat and confirmed."""
    sent = await talk.clerk.sends_file(data, name=name)
    preview = await talk.clerk.until("预览 · ", after=sent)
    await talk.clerk.presses("确认", message=preview)
    return await talk.clerk.until("已导入", after=sent)


async def logged(talk: Talk) -> Message:
    registers = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("导入记录", message=registers)
    return await talk.clerk.until("共", after=registers)


async def test_a_run_is_listed_and_told_row_by_row(talk: Talk) -> None:
    with talk.reading() as session:
        old = session.exec(select(Entity).where(Entity.risk_class == "A")).first()
    assert old is not None
    await imports(
        talk,
        entities(
            {"label": old.label, "name": old.name, "risk_class": "B", "phone": "000111222"},
            {"label": CODES[0], "name": "示例新来公司", "risk_class": "A", "phone": "000333444"},
        ),
    )
    log = await logged(talk)
    assert "1. " in words(log) and "检查对象名录库\n　　新增 1，变更 1　示例工作人员甲" in words(log)
    await talk.clerk.presses("1", message=log)
    one = words(await talk.clerk.until("导入 · 检查对象名录库", after=log))
    assert f"变更　{old.label}　{old.name}" in one
    assert "信用风险等级：A → B" in one and "联系电话：*** → ***" in one and "只显示 ***" in one
    assert f"新增　{CODES[0]}　示例新来公司" in one
    assert "000111222" not in one and "000333444" not in one


async def test_the_file_holds_every_change_and_is_on_the_record(talk: Talk) -> None:
    with talk.reading() as session:
        olds = session.exec(select(Entity).order_by(col(Entity.id)).limit(15)).all()
    await imports(
        talk,
        entities(
            *({"label": each.label, "name": each.name, "district": "示例新区"} for each in olds),
            {"label": CODES[0], "name": "=1+1公司", "district": "示例新区"},
        ),
    )
    log = await logged(talk)
    await talk.clerk.presses("1", message=log)
    one = await talk.clerk.until("导入 · 检查对象名录库", after=log)
    assert "……另有 6 条" in words(one)
    await talk.clerk.presses("全部明细（Excel）", message=one)
    sent = await talk.clerk.until("全部明细，16 行", after=one)
    sheet = load_workbook(io.BytesIO(await talk.clerk.file(sent)))["检查对象"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert lines[0] == ["编号", "名称", "列", "原值", "新值"]
    assert [CODES[0], "=1+1公司", "（新增）", None, None] in lines
    assert [olds[14].label, olds[14].name, "所在区县", olds[14].district, "示例新区"] in lines
    assert sheet.cell(4, 2).data_type == "s", "nothing is calculated"
    with talk.reading() as session:
        row = session.exec(select(Audit).order_by(col(Audit.id).desc())).first()
    assert row is not None and (row.verb, row.subject, row.after) == (
        "export",
        "import_run",
        {"kind": "entity", "rows": 16},
    )


async def test_a_large_run_is_written_out_beside_the_chat(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "LARGE", 1)
    await imports(
        talk, entities({"label": CODES[0], "name": "示例新来公司"}, {"label": CODES[1], "name": "示例又一家"})
    )
    log = await logged(talk)
    await talk.clerk.presses("1", message=log)
    one = await talk.clerk.until("导入 · 检查对象名录库", after=log)
    await talk.clerk.presses("全部明细（Excel）", message=one)
    sent = await talk.clerk.until("全部明细，2 行", after=one)
    assert load_workbook(io.BytesIO(await talk.clerk.file(sent)))["检查对象"].max_row == 5
    await talk.settled()
    with talk.reading() as session:
        assert session.exec(select(Audit).where(Audit.subject == "import_run")).one().after == {
            "kind": "entity",
            "rows": 2,
        }


async def test_pages_are_turned_and_say_what_is_out_of_the_ordinary(talk: Talk) -> None:
    with talk.writing() as session:
        act = act_of(talk, session, "工作人员甲")
        runs = [importrun.keep(act, "entity", [], new=n, changed=0, digest="0") for n in range(12)]
        runs[11].state, runs[11].total = RunState.WRITING, 5_000
        runs[10].state, runs[10].total, runs[10].reason = RunState.STOPPED, 5_000, "磁盘已满"
        runs[9].undone_at, runs[9].undone_by = act.now, act.person_id
        session.add_all(runs)
    log = await logged(talk)
    assert "共 12 次，第 1/2 页" in words(log)
    assert "正在写入（11/5,000 行）" in words(log) and "中途停止（写入 10/5,000 行）" in words(log)
    assert words(log).splitlines()[6] == "　　新增 9，变更 0　示例工作人员甲　已撤销"
    await talk.clerk.presses("2", message=log)
    stopped = await talk.clerk.until("导入 · ", after=log)
    assert "停止的原因：磁盘已满" in words(stopped)
    await talk.clerk.presses("下一页", message=log)
    second = await talk.clerk.until("第 2/2 页")
    assert second["message_id"] == log["message_id"]
    assert "11. " in words(second) and "下一页" not in [button["text"] for button in buttons(second)]
    await talk.clerk.presses("12", message=second)
    one = await talk.clerk.until("导入 · ", after=stopped)
    assert "没有留下逐条的内容" in words(one)
    await talk.clerk.presses("返回", message=one)
    await talk.clerk.until("第 1/2 页", after=second)


async def test_an_import_of_the_day_is_undone_from_its_screen_too(talk: Talk) -> None:
    await imports(talk, entities({"label": CODES[0], "name": "示例新来公司"}))
    log = await logged(talk)
    await talk.clerk.presses("1", message=log)
    one = await talk.clerk.until("导入 · ", after=log)
    await talk.clerk.presses("撤销导入", message=one)
    sure = await talk.clerk.until("撤销这次导入？", after=one)
    await talk.clerk.presses("确认撤销", message=sure)
    await talk.clerk.until("已撤销检查对象名录库的导入", after=one)
    await talk.clerk.presses("1", message=log)
    again = await talk.clerk.until("由示例工作人员甲撤销", after=sure)
    assert "（已不在库中）" in words(again) and "撤销导入" not in [button["text"] for button in buttons(again)]


async def test_the_right_is_checked_at_each_press(talk: Talk) -> None:
    await imports(talk, entities({"label": CODES[0], "name": "示例新来公司"}))
    log = await logged(talk)
    await talk.clerk.presses("1", message=log)
    one = await talk.clerk.until("导入 · ", after=log)
    with talk.writing() as session:
        clerk = session.exec(select(Person).where(Person.name == "示例工作人员甲")).one()
        for grant in session.exec(select(Grant).where(Grant.person_id == clerk.id)):
            session.delete(grant)
    for label, message in (("1", log), ("全部明细（Excel）", one), ("返回", one)):
        refused = await talk.clerk.presses(label, message=message)
        assert "没有办理这项工作的权限" in refused["text"]


async def test_without_any_import_there_is_nothing_to_open(talk: Talk) -> None:
    registers = await talk.answer(talk.clerk, "/registers")
    assert "导入记录" not in [button["text"] for button in buttons(registers)]
