"""导入 as people talk it: a file dropped into the private chat, a preview, 确认; played through the local chat."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest
import pytest_asyncio
from openpyxl import Workbook, load_workbook
from sqlmodel import col, func, select

from bot.chat.client import ChatAdmin, ChatPerson, Message, buttons, words
from bot.local import admin_key
from bot.run import Office, office
from bot.settings import load
from models import codes, dialogue
from models.base import reading
from models.entity import Entity
from models.plan import Plan, Task
from templates import samples, sheets, workbook
from tests.talk import PHOTO, Talk

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRESH = [codes.make_credit_code(n) for n in range(5001, 5010)]


@dataclass
class Play:
    """The running sample office and its people, by name."""

    office: Office
    people: dict[str, ChatPerson]

    @property
    def clerk(self) -> ChatPerson:
        return self.people["示例工作人员甲"]

    def entities(self) -> int:
        with reading(self.office.engine) as session:
            return session.exec(select(func.count()).select_from(Entity)).one()

    def named(self, name: str) -> Entity | None:
        with reading(self.office.engine) as session:
            return session.exec(select(Entity).where(Entity.name == name)).first()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Play]:
    settings = load(data=tmp_path_factory.mktemp("import"), chat_address="127.0.0.1:0", tick_seconds=3600)
    async with office(settings) as running, ChatAdmin(running.address, admin_key(settings)) as admin:
        people = await admin.sample()
        yield Play(running, people)
        for person in people.values():
            await person.aclose()


def entities(*rows: tuple[str, str]) -> bytes:
    records = [{"label": label, "name": name, "kind": "食盐企业", "risk_class": "A"} for label, name in rows]
    return workbook.write_xlsx("entity", records)


async def drops(person: ChatPerson, name: str, data: bytes, expecting: str, chat: int | None = None) -> Message:
    """Drop a file and wait for the answer that holds these words."""
    sent = await person.sends_file(data, chat, name=name)
    return await person.until(expecting, chat, after=sent)


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


async def test_a_register_goes_in_after_a_preview_and_a_confirmation(play: Play) -> None:
    before = play.entities()
    preview = await drops(
        play.clerk, "新增企业.xlsx", entities((FRESH[0], "示例新企业一"), (FRESH[1], "示例新企业二")), "预览"
    )
    assert "检查对象名录库" in words(preview)
    assert "新增 2" in words(preview)
    assert "不能导入 0" in words(preview)
    assert "1,200 条不在这个文件里，保持不动" in words(preview)
    assert [each[:6] for each in labels(preview)] == ["确认", "取消", "看不在文件里"]
    assert play.entities() == before, "nothing is written before 确认"
    await play.clerk.presses("确认", message=preview)
    await play.clerk.until("✅ 已导入检查对象名录库：新增 2，变更 0。")
    assert play.entities() == before + 2


async def test_the_command_asks_for_the_file_and_cancel_leaves_everything(play: Play) -> None:
    asked = await play.clerk.says("导入")
    answer = await play.clerk.until("请把表格发到这里", after=asked)
    assert labels(answer)[-1] == "取消"
    hint = await play.clerk.says("在哪里？")
    await play.clerk.until("正在等您发表格", after=hint)
    photo = await play.clerk.sends_file(PHOTO, kind="photo", name="a.png")
    await play.clerk.until("正在等您发表格", after=photo)
    before = play.entities()
    preview = await drops(play.clerk, "a.xlsx", entities((FRESH[2], "示例新企业三")), "新增 1")
    await play.clerk.presses("取消", message=preview)
    await play.clerk.until("取消", after=hint)
    late = await play.clerk.presses("确认", message=preview, data=_data(preview, "确认"), stale=True)
    assert "已经确认、取消或者被新的文件代替" in late["text"]
    assert play.entities() == before


async def test_a_wrong_row_is_refused_alone_with_a_marked_copy_that_can_be_sent_back(play: Play) -> None:
    data = entities((FRESH[3], "示例新企业四"), ("9.113E+17", "示例新企业五"), (FRESH[3], "示例新企业六"))
    preview = await drops(play.clerk, "企业.xlsx", data, "预览")
    assert "新增 1" in words(preview)
    assert "不能导入 2" in words(preview)
    assert "第 3 行 统一社会信用代码" in words(preview)
    assert "「9.113E+17」是科学计数法，后几位已经丢失。请把该列设为文本后重新粘贴。" in words(preview)
    assert f"第 4 行 统一社会信用代码　「{FRESH[3]}」与第 2 行重复" in words(preview)
    copy = await play.clerk.until("标注副本")
    assert copy["document"]["file_name"] == "企业-标注.xlsx"
    sheet = load_workbook(io.BytesIO(await play.clerk.file(copy))).active
    assert sheet is not None
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment}
    assert marked == {"A3", "A4"}
    await play.clerk.presses("确认", message=preview)
    await play.clerk.until("有 2 行没有导入")
    assert play.named("示例新企业四") is not None
    assert play.named("示例新企业五") is None

    sheet["A3"], sheet["A4"] = FRESH[4], FRESH[5]
    out = io.BytesIO()
    assert sheet.parent is not None
    sheet.parent.save(out)
    again = await drops(play.clerk, "企业-标注.xlsx", out.getvalue(), "新增 2")
    assert "不变 1" in words(again)
    await play.clerk.presses("确认", message=again)
    await play.clerk.until("新增 2，变更 0", after=again["message_id"] - 1)
    assert play.named("示例新企业五") is not None


async def test_the_real_plan_comes_in_and_its_slips_are_reported(play: Play) -> None:
    preview = await drops(play.clerk, "plan-2020.docx", samples.read("plan-2020.docx"), "预览")
    assert "年度抽查计划" in words(preview)
    assert "新增 15" in words(preview)
    assert "计划编号「202009」与其他行的写法不同，可能是「2020009」" in words(preview)
    assert "任务编号「011号」与其他行的写法不同，可能是「011」" in words(preview)
    assert "可能是「2020年省工业和信息化厅民爆安全生产随机抽查」" in words(preview)
    await play.clerk.presses("确认", message=preview)
    await play.clerk.until("✅ 已导入年度抽查计划：新增 15")
    with reading(play.office.engine) as session:
        plan = session.exec(select(Plan).where(Plan.year == 2020)).one()
        numbers = session.exec(select(Task.plan_no).where(Task.plan_id == plan.id).order_by(col(Task.row))).all()
    assert numbers[8] == "202009", "irregular numbers are reported, never fixed"
    # The same rows from the other file change nothing.
    same = await drops(play.clerk, "plan-2020.xlsx", samples.read("plan-2020.xlsx"), "预览")
    assert "完全一致" in words(same)
    assert labels(same) == []


async def test_a_plan_row_without_ratio_is_named(play: Play) -> None:
    row = {**samples.plan()["row"][0], "plan_no": "2020099", "task_no": "099", "ratio_text": ""}
    preview = await drops(play.clerk, "计划.xlsx", workbook.write_xlsx("plan", [row]), "不能导入 1")
    assert "第 2 行 抽查比例　没有写抽查比例，请补上" in words(preview)
    assert "没有可以导入的行" in words(preview)
    assert labels(preview) == []


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("名录.xlsx", b"this is no workbook", "扩展名是 .xlsx，内容却不是 .xlsx 表格"),
        ("名录.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "类型选「Excel 工作簿 (*.xlsx)」"),
        ("名录.csv", "甲,乙\n1,2".encode("gb18030"), "没有找到能认出的表头"),
    ],
)
async def test_a_file_that_is_no_table_gets_a_sentence(play: Play, name: str, data: bytes, says: str) -> None:
    answer = await drops(play.clerk, name, data, says)
    assert "请" in words(answer)


async def test_a_file_of_30_mb_is_refused_without_fetching_it(play: Play) -> None:
    answer = await drops(play.clerk, "名录.xlsx", bytes(30 * 1024 * 1024), "超过 20 MB")
    assert "拆成几份" in words(answer)


async def test_formulas_are_refused_where_they_stand(play: Play) -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for line in (["统一社会信用代码", "企业名称"], [FRESH[6], '="示例"&"七"']):
        sheet.append(line)
    out = io.BytesIO()
    made.save(out)
    preview = await drops(play.clerk, "公式.xlsx", out.getvalue(), "不能导入 1")
    assert "第 2 行 企业名称　这一格是公式" in words(preview)


async def test_who_has_no_right_cannot_import(play: Play) -> None:
    inspector = play.people["示例检查人员01"]
    said = await inspector.says("/import")
    await inspector.until("「导入」由工作人员办理，您没有这项权限。", after=said)
    before = play.entities()
    await drops(inspector, "a.xlsx", entities((FRESH[7], "示例新企业八")), "没有保存")
    assert play.entities() == before


async def test_registers_are_not_imported_in_a_group(play: Play) -> None:
    group = next(chat["id"] for chat in await play.clerk.chats() if chat["type"] == "supergroup")
    said = await play.clerk.says("/import", group)
    await play.clerk.until("请在与我的私聊里导入", group, after=said)


async def test_a_register_that_changed_meanwhile_is_previewed_again(play: Play) -> None:
    other = play.people["示例工作人员乙"]
    data = entities((FRESH[8], "示例新企业九"))
    first = await drops(play.clerk, "a.xlsx", data, "新增 1")
    second = await drops(other, "b.xlsx", data, "新增 1")
    await other.presses("确认", message=second)
    await other.until("✅ 已导入")
    await play.clerk.presses("确认", message=first)
    await play.clerk.until("预览之后库里的数据有变动")
    again = await play.clerk.until("完全一致", after=first)
    assert [each[:6] for each in labels(again)] == ["看不在文件里"]
    with reading(play.office.engine) as session:
        assert session.exec(select(func.count()).select_from(Entity).where(Entity.label == FRESH[8])).one() == 1
        assert session.exec(select(dialogue.Dialogue).where(dialogue.Dialogue.form == "import")).all() == []


async def test_confirming_twice_writes_once(play: Play) -> None:
    label = codes.make_credit_code(5100)
    preview = await drops(play.clerk, "a.xlsx", entities((label, "示例新企业十")), "新增 1")
    data = _data(preview, "确认")
    await play.clerk.presses("确认", message=preview, data=data)
    twice = await play.clerk.presses("确认", message=preview, data=data, stale=True)
    assert "已经确认、取消或者被新的文件代替" in twice["text"]
    assert play.named("示例新企业十") is not None


async def test_the_file_that_was_kept_is_the_one_that_is_written(play: Play) -> None:
    first = entities((codes.make_credit_code(5200), "示例先发"))
    second = entities((codes.make_credit_code(5201), "示例后发"))
    older = await drops(play.clerk, "a.xlsx", first, "新增 1")
    newer = await drops(play.clerk, "b.xlsx", second, "b.xlsx")
    stale = await play.clerk.presses("确认", message=older, data=_data(older, "确认"))
    assert "被新的文件代替" in stale["text"]
    await play.clerk.presses("确认", message=newer)
    await play.clerk.until("新增 1，变更 0", after=newer["message_id"] - 1)
    assert play.named("示例先发") is None
    assert play.named("示例后发") is not None
    assert sheets.read("b.xlsx", second).kind == "entity"


def _data(message: Message, label: str) -> str:
    return next(str(button["callback_data"]) for button in buttons(message) if button["text"] == label)


@pytest.mark.asyncio(loop_scope="function")
async def test_a_preview_survives_a_restart(talk_on: Callable[[], AbstractAsyncContextManager[Talk]]) -> None:
    name = "示例重启之后"
    async with talk_on() as before:
        preview = await drops(before.clerk, "a.xlsx", entities((codes.make_credit_code(5300), name)), "新增 1")
        await before.settled()
    async with talk_on() as after:
        await after.clerk.presses("确认", message=preview, data=_data(preview, "确认"))
        await after.clerk.until("✅ 已导入检查对象名录库：新增 1")
        with after.reading() as session:
            assert session.exec(select(Entity).where(Entity.name == name)).one()
