"""A large register through the chat: written beside it in parts, told as it goes, gone on with after a restart."""

import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from bot.chat.client import Message, buttons, words
from bot.files import Files
from handlers import import_large
from handlers.outside import Outside
from models import codes, importparts, intake
from models.act import Act, key
from models.audit import Audit
from models.entity import Entity
from models.importrun import ImportRun, RunState
from models.people import Person
from templates import sheets
from templates.policies import load
from tests.talk import Talk, data_of
from tests.test_talk_large_import import drops, table

CODES = [codes.make_credit_code(number) for number in range(6101, 6110)]
FILE = table(*((code, f"示例分批企业{n}") for n, code in enumerate(CODES)))


@pytest.fixture
def every_import_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every import is taken to be one: its own process has the usual size of parts."""
    monkeypatch.setattr(importparts, "PART", 0)


def there(talk: Talk, labels: list[str] = CODES) -> int:
    with talk.reading() as session:
        return session.exec(select(func.count()).where(col(Entity.label).in_(labels))).one()


def newest(talk: Talk) -> ImportRun:
    with talk.reading() as session:
        return session.exec(select(ImportRun).order_by(col(ImportRun.id).desc())).first() or pytest.fail("no run")


async def confirms(talk: Talk, data: bytes = FILE) -> Message:
    preview = await drops(talk.clerk, data, "预览 · ")
    await talk.clerk.presses("确认", message=preview)
    return preview


async def undoes(talk: Talk, message: Message) -> None:
    await talk.clerk.presses("撤销导入", message=message)
    sure = await talk.clerk.until("撤销这次导入", after=message)
    await talk.clerk.presses("确认撤销", message=sure)


async def test_six_thousand_rows_go_in_and_out_again_while_others_are_answered(talk: Talk) -> None:
    many = [codes.make_credit_code(number) for number in range(20_000, 26_000)]
    data = table(*((code, f"示例企业{code}") for code in many))
    preview = await drops(talk.clerk, data, "预览 · ")
    assert "新增 6,000" in words(preview)
    await talk.clerk.presses("确认", message=preview)
    other = talk.inspectors[0]
    asked = await other.says("/help")
    await other.until(lambda m: m.get("from", {}).get("is_bot", False), after=asked)
    done = await talk.clerk.until("已导入检查对象名录库：新增 6,000，变更 0", after=preview, within=60)
    await talk.clerk.until("共 6,000 行，处理了 6,000 行", after=preview)
    assert not any("正在写入" in words(each) for each in talk.clerk.messages())
    assert there(talk, many[:500]) == 500 and newest(talk).state == RunState.DONE
    await undoes(talk, done)
    await talk.clerk.until("删去 6,000 条，恢复 0 条", after=done, within=60)
    assert there(talk, many[:500]) == 0
    with talk.reading() as session:
        verbs = session.exec(select(Audit.verb).order_by(col(Audit.id).desc()).limit(3)).all()
    assert verbs == ["undo_import", "import", "begin_import"]


@pytest.mark.usefixtures("every_import_is_large")
async def test_a_preview_that_was_overtaken_is_not_written_and_shown_anew(talk: Talk) -> None:
    preview = await drops(talk.clerk, FILE, "预览 · ")
    with talk.writing() as session:
        session.add(Entity(label=CODES[0], name="示例他人录入", as_of=talk.office.clock().date()))
    await talk.clerk.presses("确认", message=preview)
    said = await talk.clerk.until("没有写入：预览之后库里的数据有变动", after=preview)
    assert there(talk) == 1 and newest(talk).state == RunState.STOPPED
    await talk.clerk.presses("重新预览", message=said)
    anew = await talk.clerk.until("预览 · ", after=said)
    assert "新增 8" in words(anew) and "变更 1" in words(anew)
    await talk.clerk.presses("确认", message=anew)
    await talk.clerk.until("新增 8，变更 1", after=anew)
    assert there(talk) == 9


@pytest.mark.usefixtures("every_import_is_large")
async def test_a_second_press_begins_nothing_twice(talk: Talk) -> None:
    preview = await confirms(talk)
    await talk.clerk.until("已导入检查对象名录库", after=preview)
    data = data_of(preview, "import_yes")
    again = await talk.clerk.presses("确认", message=preview, data=data, stale=True)
    assert "已经确认" in str(again)
    with talk.reading() as session:
        assert len(session.exec(select(ImportRun)).all()) == 1


async def test_a_file_that_is_gone_is_said(talk: Talk) -> None:
    begun(talk, "0" * 64)
    talk.office.tick.once()
    said = await talk.clerk.until("检查对象名录库没有写入：原文件已经不在服务器上")
    assert there(talk) == 0 and newest(talk).state == RunState.STOPPED
    refused = await talk.clerk.presses("重新预览", message=said)
    assert "原文件已经不在服务器上" in str(refused)


@pytest.mark.usefixtures("every_import_is_large")
async def test_what_was_built_on_it_keeps_it_from_being_undone(talk: Talk) -> None:
    preview = await confirms(talk)
    done = await talk.clerk.until("已导入检查对象名录库", after=preview)
    with talk.writing() as session:
        act = acting(talk, session)
        company = session.exec(select(Entity).where(Entity.label == CODES[2])).one()
        company.name = "示例更正以后"
        session.add(company)
        act.record("change_state", "entity", company.id)
    await undoes(talk, done)
    said = await talk.clerk.until("的导入没有撤销：不能撤销，这次导入以后已经办理了别的事项", after=done)
    assert "示例更正以后" in words(said) and there(talk) == 9
    assert newest(talk).undone_at is None


async def test_nothing_is_announced_and_no_such_register_begun_while_one_is_written(talk: Talk) -> None:
    asked = await talk.clerk.says("/draw", talk.group)
    listed = await talk.clerk.until("可以抽取的任务", talk.group, after=asked)
    await talk.clerk.presses(buttons(listed)[0]["text"], talk.group, message=listed)
    shown = await talk.clerk.until("预览", talk.group, after=asked)
    preview = await drops(talk.clerk, FILE, "预览 · ")
    begun(talk, "0" * 64, importparts.COMMAND)
    for label, group, message in (("发布公告", talk.group, shown), ("确认", None, preview)):
        refused = await talk.clerk.presses(label, group, message=message)
        assert "正在写入导入的检查对象名录库（0/9 行），请等它完成以后再办" in str(refused)


async def test_after_a_restart_the_rest_is_written(
    talk_on: Callable[..., AbstractAsyncContextManager[Talk]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importparts, "PART", 4)
    async with talk_on() as talk:
        digest = Files(tmp_path / "data" / "files").keep(FILE)
        with talk.reading() as session:
            ready = intake.preview(acting(talk, session), sheets.read("名录.xlsx", FILE, "entity"))
        run_id = begun(talk, digest, None)
        with talk.writing() as session:
            act = acting(talk, session)
            attempt = importparts.claim(act, run_id, importparts.OFFICE, alone=True) or 0
            outside = Outside(act)
        parts = import_large.put(outside, run_id, attempt, ready)
        assert [next(parts), next(parts)] == [4, 8]
        parts.close()
        assert there(talk) == 8
    async with talk_on() as talk:
        talk.office.tick.once()
        await talk.clerk.until("已导入检查对象名录库：新增 9，变更 0", within=60)
        await talk.settled()
        run = newest(talk)
        assert (there(talk), run.attempt, run.state) == (9, 2, RunState.DONE)
        assert sum("已导入检查对象名录库" in words(each) for each in talk.clerk.messages()) == 1


async def test_an_office_that_closes_in_the_middle_goes_on_when_it_opens(
    talk_on: Callable[..., AbstractAsyncContextManager[Talk]],
) -> None:
    many = [codes.make_credit_code(number) for number in range(30_000, 42_000)]
    async with talk_on() as talk:
        preview = await drops(talk.clerk, table(*((code, f"示例企业{code}") for code in many)), "预览 · ")
        await talk.clerk.presses("确认", message=preview)
        await talk.clerk.until("正在写入", after=preview)
    async with talk_on() as talk:
        talk.office.tick.once()
        await talk.clerk.until("已导入检查对象名录库：新增 12,000，变更 0", within=60)
        assert there(talk, many[-500:]) == 500 and newest(talk).state == RunState.DONE


def acting(talk: Talk, session: Session) -> Act:
    """An act of the clerk in a transaction of the test's."""
    person = session.exec(select(Person).where(Person.name == "示例工作人员甲")).one()
    return Act(session, talk.office.clock(), person, load("qinhuangdao-2022"), secrets.token_bytes, "test")


def begun(talk: Talk, digest: str, holder: str | None = None) -> int:
    """A run of nine rows that was confirmed, and taken up by somebody where one is named."""
    with talk.writing() as session:
        act = acting(talk, session)
        run = importparts.begin(act, "entity", [9, 0, 0, 0], digest=digest, name="名录.xlsx")
        if holder is not None:
            importparts.claim(act, key(run), holder, alone=False)
    return key(run)
