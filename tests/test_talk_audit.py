"""留痕 in the chat: the chain checked now, the last acts in Chinese, by task; every verb of the code has its word."""

import ast
from pathlib import Path

from sqlalchemy import text

from models import audit
from models.words import DrawState
from templates.texts import names
from tests.talk import Talk, buttons, words

ROOT = Path(__file__).resolve().parent.parent


def verbs() -> set[str]:
    """The first argument of every `act.record(…)`; constants, and both sides of a choice."""
    found = {DrawState.LAPSED.value, DrawState.LOST.value}
    for path in [*ROOT.glob("models/*.py"), *ROOT.glob("handlers/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("act.record"):
                first = node.args[0]
                for each in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                    if isinstance(each, ast.Constant):
                        found.add(str(each.value))
                    else:
                        assert ast.unparse(each) == "draw.state", f"{path.name}:{node.lineno} records what nobody knows"
    return found


def test_every_verb_has_its_word_and_no_word_is_left_over() -> None:
    words_ = {name.removeprefix("audit.verb_") for name in names() if name.startswith("audit.verb_")}
    assert verbs() == words_


async def test_the_leader_sees_a_whole_chain_and_what_was_done_for_a_task(talk: Talk) -> None:
    number = f"{talk.office.clock().year}001"
    await talk.announces(number)
    shown = await talk.answer(talk["领导甲"], "留痕")
    with talk.reading() as session:
        assert audit.head(session) in words(shown)
    assert "留痕完整" in words(shown) and "发布公告" in words(shown)
    label = next(button["text"] for button in buttons(shown) if button["text"].startswith(number))
    await talk["领导甲"].presses(label, message=shown)
    of_task = words(await talk["领导甲"].until("补全任务", after=shown))
    assert "发布公告" in of_task and "增加人员" not in of_task


async def test_a_changed_row_is_said(talk: Talk) -> None:
    with talk.writing() as session:
        session.execute(text("UPDATE audit SET verb = 'grant' WHERE id = 3"))
    shown = await talk.answer(talk["领导甲"], "/audit")
    assert "留痕不完整" in words(shown) and "第 3 条的内容与它的摘要不一致" in words(shown)


async def test_nobody_else_may_look(talk: Talk) -> None:
    assert "没有这项权限" in words(await talk.answer(talk["检查人员01"], "/audit"))
    asked = await talk["领导甲"].says("/audit", talk.group)
    await talk["领导甲"].until("请在与我的私聊里查看", talk.group, after=asked)
