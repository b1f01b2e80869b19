"""Imports beyond the registers, as people talk them: undoing, what a header means, a platform's list, days off."""

import io
from datetime import date
from typing import Any

from openpyxl import Workbook
from sqlmodel import col, select

from models import backfill, codes, holidays, people
from models.entity import Entity
from models.expert import Expert
from models.importrun import ImportRun
from models.inspector import Inspector
from models.people import Unit
from models.plan import Plan, Task
from models.visit import Visit
from models.words import DrawMode, TaskState, VisitState
from templates import samples, workbook
from tests.talk import Message, Talk, buttons, words

NEW = [codes.make_credit_code(n) for n in range(8001, 8010)]


def book(*rows: list[Any]) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


async def drop(talk: Talk, name: str, data: bytes, says: str = "预览") -> Message:
    sent = await talk.clerk.sends_file(data, name=name)
    return await talk.clerk.until(says, after=sent)


async def press(talk: Talk, label: str, message: Message, says: str) -> Message:
    """Press and wait for the next message, or for the message to change."""
    await talk.clerk.presses(label, message=message)
    return await talk.clerk.until(says, after=message["message_id"] - 1)


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


def stored(talk: Talk, label: str) -> Entity | None:
    with talk.reading() as session:
        return session.exec(select(Entity).where(Entity.label == label)).first()


# --- 撤销导入 ---------------------------------------------------------------------------------------------------------


async def test_an_import_is_undone_by_its_own_button(talk: Talk) -> None:
    old = samples.entities()[0]
    data = workbook.write_csv("entity", [old | {"phone": "0009", "tags": ""}, {"label": NEW[0], "name": "示例新企业"}])
    preview = await drop(talk, "a.csv", data)
    done = await press(talk, "确认", preview, "✅ 已导入检查对象名录库：新增 1，变更 1")
    assert labels(done) == ["撤销导入"]
    sure = await press(talk, "撤销导入", done, "撤销这次导入？")
    assert "新增 1，变更 1　示例工作人员甲" in words(sure)
    await press(talk, "确认撤销", sure, "✅ 已撤销检查对象名录库的导入：删去 1 条，恢复 1 条。")
    assert stored(talk, NEW[0]) is None
    back = stored(talk, old["label"])
    assert back is not None and back.phone == old["phone"]
    twice = await talk.clerk.presses("撤销导入", message=done, stale=True)
    assert "已经撤销过了" in twice["text"]


async def test_registers_lists_today_s_imports_and_says_what_stands_in_the_way(talk: Talk) -> None:
    preview = await drop(talk, "a.csv", workbook.write_csv("entity", [{"label": NEW[1], "name": "示例被改企业"}]))
    await press(talk, "确认", preview, "✅ 已导入")
    found = stored(talk, NEW[1])
    assert found is not None
    card = await talk.answer(talk.clerk, "/find 示例被改企业")
    await talk.clerk.presses("变更状态", message=card)
    states = await talk.clerk.until("改为", after=card)
    await talk.clerk.presses("改为停业", message=states)
    sure = await talk.clerk.until("由存续改为停业", after=card)
    await talk.clerk.presses("确认", message=sure)
    await talk.clerk.until("已改为停业", after=card)

    shown = await talk.answer(talk.clerk, "/registers")
    assert "撤销导入" in labels(shown)
    listed = await press(talk, "撤销导入", shown, "今天的导入")
    (label,) = [each for each in labels(listed) if each.endswith("检查对象名录库")]
    sure = await press(talk, label, listed, "撤销这次导入？")
    refused = await talk.clerk.presses("确认撤销", message=sure)
    assert refused["text"].startswith("不能撤销，这次导入以后已经办理了别的事项：「示例被改企业」已于")
    assert stored(talk, NEW[1]) is not None


async def test_who_is_no_longer_staff_cannot_undo(talk: Talk) -> None:
    preview = await drop(talk, "a.csv", workbook.write_csv("entity", [{"label": NEW[2], "name": "示例新企业"}]))
    done = await press(talk, "确认", preview, "✅ 已导入")
    with talk.writing() as session:
        person = people.of_account(session, talk.clerk.id)
        assert person is not None
        for grant in session.exec(select(people.Grant).where(people.Grant.person_id == person.id)):
            session.delete(grant)
    refused = await talk.clerk.presses("撤销导入", message=done)
    assert "没有办理这项工作的权限" in refused["text"]
    with talk.reading() as session:
        assert session.exec(select(ImportRun.undone_at).order_by(col(ImportRun.id).desc())).first() is None


# --- what a word of the file means ------------------------------------------------------------------------------------


async def test_a_header_that_nobody_knows_is_told_once_and_known_the_next_time(talk: Talk) -> None:
    header = ["主体代码", "主体全称", "监管级别"]
    first = book(header, [NEW[3], "示例企业三", "较差"])
    asked = await drop(talk, "底册.xlsx", first, "没有找到能认出的表头")
    asked = await press(talk, "检查对象名录库", asked, "但表头里缺少：统一社会信用代码或者名录库编号、检查对象名称")
    assert labels(asked) == ["「主体代码」", "「主体全称」", "「监管级别」", "取消"]
    asked = await press(talk, "「主体代码」", asked, "但表头里缺少：检查对象名称")
    preview = await press(talk, "「主体全称」", asked, "预览")
    assert "不认识的列没有导入：监管级别" in words(preview)
    titles = await press(talk, "指定列", preview, "要指定哪一列？")
    fields = await press(talk, "「监管级别」", titles, "「监管级别」是哪一列？")
    preview = await press(talk, "信用风险等级", fields, "信用风险等级「较差」不在本单位的等级")
    classes = await press(talk, "「较差」是什么", preview, "「较差」是哪一级？")
    preview = await press(talk, next(each for each in labels(classes) if each.startswith("D")), classes, "新增 1")
    await press(talk, "确认", preview, "✅ 已导入")
    found = stored(talk, NEW[3])
    assert found is not None and (found.name, found.risk_class) == ("示例企业三", "D")

    again = await drop(talk, "底册2.xlsx", book(header, [NEW[4], "示例企业四", "较差"]))
    assert "新增 1" in words(again)
    assert "「主体代码」按以前的选择作为「统一社会信用代码」导入。" in words(again)
    assert labels(again) == ["确认", "取消", "看不在文件里的 1,201 条"]


async def test_a_column_may_be_left_out_for_good(talk: Talk) -> None:
    rows = (["统一社会信用代码", "企业名称", "内部批注"], [NEW[5], "示例企业五", "x"])
    preview = await drop(talk, "a.xlsx", book(*rows))
    titles = await press(talk, "指定列", preview, "要指定哪一列？")
    fields = await press(talk, "「内部批注」", titles, "是哪一列？")
    preview = await press(talk, "不导入这一列", fields, "新增 1")
    assert "指定列" not in labels(preview)
    assert "不认识的列没有导入：内部批注" in words(preview)


async def test_a_unit_s_other_name_is_told_once(talk: Talk) -> None:
    header = ["执法证号", "姓名", "单位", "有效期至"]
    preview = await drop(talk, "人员.xlsx", book(header, ["990077001", "示例新人", "盐业科", "2030-1-1"]))
    units = await press(talk, "「盐业科」是什么", preview, "「盐业科」是哪个单位？")
    preview = await press(talk, "盐业处", units, "新增 1")
    await press(talk, "确认", preview, "✅ 已导入执法检查人员名录库：新增 1")
    with talk.reading() as session:
        found = session.exec(select(Inspector).where(Inspector.label == "990077001")).one()
        assert session.get_one(Unit, found.unit_id).name == "盐业处"


async def test_a_file_of_no_known_header_is_asked_for(talk: Talk) -> None:
    asked = await drop(talk, "a.xlsx", book(["甲", "乙"], [NEW[6], "示例企业六"]), "没有找到能认出的表头")
    assert "检查对象名录库" in labels(asked)
    column = await press(talk, "检查对象名录库", asked, "下面有一列就是「统一社会信用代码」吗")
    column = await press(talk, "「甲」", column, "下面有一列就是「检查对象名称」吗")
    preview = await press(talk, "「乙」", column, "预览")
    assert "新增 1" in words(preview)


# --- a platform's list ------------------------------------------------------------------------------------------------


def platform_task(talk: Talk) -> tuple[str, list[str]]:
    """A task of the published plan that is drawn on the platform; its number, and two inspectors with accounts."""
    with talk.writing() as session:
        task = session.exec(select(Task).where(Task.state == TaskState.COMPLETED).order_by(col(Task.plan_no))).first()
        assert task is not None and session.get_one(Plan, task.plan_id)
        task.mode = DrawMode.PLATFORM
        session.add(task)
        found = session.exec(select(Inspector).order_by(col(Inspector.label))).all()
        return task.plan_no, [each.name for each in found[:2]]


async def test_a_platforms_list_is_sent_out_and_its_results_are_owed_back(talk: Talk) -> None:
    number, names = platform_task(talk)
    entity = samples.entities()[0]
    rows = [["2026年双随机抽查结果"], ["序号", "抽查任务编号", "统一社会信用代码", "企业名称", "检查人员"]]
    data = book(*rows, [1, number, entity["label"], entity["name"], "、".join(names)])
    preview = await drop(talk, "抽查结果.xlsx", data)
    assert "预览 · 平台抽取结果" in words(preview)
    assert "新增 1" in words(preview)
    done = await press(talk, "确认", preview, "✅ 已导入平台抽取结果：新增 1")
    assert labels(done) == ["派发任务", "撤销导入"]
    await talk.clerk.presses("派发任务", message=done)
    await talk.clerk.until("任务已派发", after=done)
    await talk.settled()
    inspector = talk[names[0]]
    card = await inspector.until(entity["name"])
    assert "收到" in labels(card)
    await inspector.presses("收到", message=card)
    with talk.writing() as session:
        visit = session.exec(select(Visit).order_by(col(Visit.id).desc())).first()
        assert visit is not None
        visit.state, visit.passed_at = VisitState.PASSED, talk.office.clock()
        session.add(visit)
    listed = await talk.answer(talk.clerk, "/publish")
    waiting = await press(talk, "平台回填", listed, "待回填平台　1 项")
    one = await press(
        talk, next(each for each in labels(waiting) if each.endswith("检查结果")), waiting, "可以整段复制"
    )
    assert f"检查人员：{'、'.join(names)}" in words(one)
    await press(talk, "已回填", one, "✅ 检查结果已登记回填。")
    with talk.reading() as session:
        assert session.exec(select(backfill.Backfill)).one().done_on == talk.office.clock().date()


async def test_a_list_without_a_task_asks_which(talk: Talk) -> None:
    number, names = platform_task(talk)
    entity = samples.entities()[3]
    data = book(["信用代码", "检查人员"], [entity["label"], "、".join(names)])
    asked = await drop(talk, "名单.xlsx", data, "没有写明是哪一项任务")
    label = next(each for each in labels(asked) if each.startswith(number))
    preview = await press(talk, label, asked, "预览 · 平台抽取结果")
    await press(talk, "确认", preview, "✅ 已导入平台抽取结果：新增 1")


# --- experts and days off ---------------------------------------------------------------------------------------------


async def test_experts_come_in_with_their_field_and_term(talk: Talk) -> None:
    header = ["专家库编号", "专家姓名", "从事专业", "职称", "单位", "联系方式", "聘期至"]
    preview = await drop(
        talk,
        "专家库.xlsx",
        book(["某局专家库"], header, ["Z07", "示例专家", "民爆", "高工", "某大学", "1", "2030年1月1日"]),
    )
    await press(talk, "确认", preview, "✅ 已导入专家库：新增 1")
    with talk.reading() as session:
        found = session.exec(select(Expert).where(Expert.label == "Z07")).one()
    assert (found.field, found.title, found.employer, found.valid_until) == ("民爆", "高工", "某大学", date(2030, 1, 1))


async def test_a_notice_of_days_off_makes_its_year_known(talk: Talk) -> None:
    year = talk.office.clock().date().year + 1
    rows = (
        [f"国务院办公厅关于{year}年部分节假日安排的通知（示例）"],
        ["节日", "放假时间", "调休上班日期", "放假天数"],
        ["元旦", "1月1日（周五）至3日（周日）放假调休，共3天", "无", 3],
        ["春节", "2月5日至11日", "2月14日（周日）、2月20日（周六）上班", 7],
        ["国庆节", "10月1日至7日", "10月9日（周六）", 7],
    )
    preview = await drop(talk, "放假安排.xlsx", book(*rows))
    assert "新增 20　变更 0　不变 0　不能导入 0" in words(preview)
    assert f"{year} 年的放假安排是完整的，导入后这一年的日期不再标「暂估」。" in words(preview)
    done = await press(talk, "确认", preview, "✅ 已导入放假安排：新增 20")
    with talk.reading() as session:
        found = holidays.calendar(session)
    assert found.known_until >= date(year, 12, 31)
    assert (found.is_working(date(year, 2, 20)).working, found.is_working(date(year, 2, 8)).working) == (True, False)
    again = await drop(talk, "放假安排.xlsx", book(*rows))
    assert "与库中完全一致" in words(again)
    sure = await press(talk, "撤销导入", done, "撤销这次导入？")
    await press(talk, "确认撤销", sure, "✅ 已撤销放假安排的导入：删去 20 条")
    with talk.reading() as session:
        assert session.exec(select(holidays.CalendarDay)).all() == []
        assert session.exec(select(holidays.CalendarYear)).all() == []


async def test_single_days_are_corrections_and_say_what_they_change(talk: Talk) -> None:
    data = "日期,是否上班,来源\n2026-12-31,否,示例通知\n2026年12月26日,调休,示例通知\n".encode("gb18030")
    preview = await drop(talk, "更正.csv", data)
    assert "2026-12-31 现在是上班，导入后改为放假" in words(preview) or "新增 1" in words(preview)
    assert "「调休」看不出是放假还是上班。请写「放假」或者「上班」。" in words(preview)
    assert "2026 年的只是部分日期，作为个别更正导入。" in words(preview)
