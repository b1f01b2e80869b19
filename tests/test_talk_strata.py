"""分层 in 补全 as staff talk it: a plan's second ratio, tags and classes with their own, drawn and verified."""

import json
from pathlib import Path

from sqlmodel import select

from bot.__main__ import main
from bot.chat.client import buttons, words
from models import importword
from models.completion import STRATUM
from models.entity import Entity
from models.plan import Task
from models.verify import verify
from models.words import EntityState
from tests.talk import Talk
from tests.test_talk_ceremony import takes_full_record
from tests.test_talk_plan import Form, labels, row_of
from tests.test_talk_sources import preview

KIND = "民爆企业"
RATIO = "5%（重点企业100%，投诉举报多20%）"


def marked(talk: Talk, ratio: str = RATIO) -> tuple[Task, int]:
    """A row with two more ratios in brackets, three 重点管理 and ten 投诉举报多, one of them both; and how many."""
    with talk.writing() as session:
        found = session.exec(
            select(Entity).where(Entity.kind == KIND, Entity.state == EntityState.ACTIVE).order_by(Entity.label)
        ).all()
        for at, each in enumerate(found):
            each.tags = sorted((["重点管理"] if at < 3 else []) + (["投诉举报多"] if 2 <= at < 12 else []))
            session.add(each)
        row = session.get_one(Task, row_of(talk).id)
        row.ratio_text = ratio
        session.add(row)
        size = len(found)
    return row_of(talk), size


async def at_the_ratio(talk: Talk, row: Task) -> Form:
    form = await Form.open(talk.clerk, row)
    await form.presses("安全生产处", "抽查哪几类检查对象")
    await form.marks(KIND)
    await form.presses("下一步", "抽查哪些区县")
    await form.presses("下一步", "按什么比例抽取")
    return form


async def to_the_end(form: Form) -> str:
    await form.marks("MB-01")
    await form.presses("下一步", "每户派出哪些单位")
    await form.presses("下一步", "什么时间检查")
    await form.says("2026年3月1日至2027年12月20日", "在哪里抽取")
    await form.presses("本群抽取", "请直接写明理由")
    shown = await form.says("平台没有开通这类事项", "请核对")
    await form.presses("确认补全", "已补全")
    return shown


async def test_a_second_ratio_of_the_plan_becomes_strata_with_live_counts(talk: Talk, tmp_path: Path) -> None:
    """The plan's own words: one is found among the tags, the other is asked; drawn, and verified from the record."""
    row, size = marked(talk)
    form = await at_the_ratio(talk, row)
    assert "另写了「重点企业 100%」、「投诉举报多 20%」，请选定是哪些对象" in words(form.message)
    shown = await form.presses("按计划：5%，重点企业 100%，投诉举报多 20%", "是哪些对象")
    assert "计划里的「重点企业 100%」是哪些对象" in shown
    assert "投诉举报多　20%　现有 10 户，抽 2 户" in shown
    refused = await talk.clerk.presses("选好了", message=form.message)
    assert "请先选定计划里的「重点企业」是哪些对象" in refused["text"]
    shown = await form.presses("重点管理 3 户", "要加一层")
    # Of the one that is both, the stricter ratio decides: nine are left for the other.
    assert "1. 重点管理　100%　现有 3 户，抽 3 户" in shown and "2. 投诉举报多　20%　现有 9 户，抽 2 户" in shown
    assert f"其余　5%　现有 {size - 12} 户，抽 {-(-(size - 12) // 20)} 户" in shown
    shown = await form.presses("上移", "1. 投诉举报多")
    assert "1. 投诉举报多　20%　现有 10 户，抽 2 户" in shown and "2. 重点管理　100%　现有 2 户，抽 2 户" in shown
    await form.presses("上移", "1. 重点管理")
    await form.presses("选好了", "检查哪些事项")
    told = await to_the_end(form)
    assert "比例：重点管理 100%、投诉举报多 20%、其余 5%" in told
    with talk.reading() as session:
        done = session.get_one(Task, row.id)
        assert done.strata == {"重点管理": "1/1", "投诉举报多": "1/5", "*": "1/20"}
        assert done.strata_order[:2] == ["重点管理", "投诉举报多"]
        assert importword.meanings(session, STRATUM) == {"重点企业": "重点管理", "投诉举报多": "投诉举报多"}
    said = await talk.announces(row.plan_no)
    assert "重点管理 3 户，抽 3 户" in words(said) and f"其余 {size - 12} 户" in words(said)
    await talk.throws(said)
    await talk.clerk.until("抽取完成", talk.group, after=said)
    record, files = await takes_full_record(talk, 1)
    strata = {each["name"]: each for each in json.loads(record)["announcement"]["strata"]}
    assert {name: each["ratio"] for name, each in strata.items()} == {
        "重点管理": "1/1",
        "投诉举报多": "1/5",
        "*": "1/20",
    }
    assert {name: each["quota"] for name, each in strata.items()} == {
        "重点管理": 3,
        "投诉举报多": 2,
        "*": -(-(size - 12) // 20),
    }
    assert {check.result for check in verify(record, files)} == {"ok"}
    (tmp_path / "record.json").write_bytes(record)
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    assert main(["verify", str(tmp_path / "record.json"), "--files", str(tmp_path)]) == 0


async def test_strata_are_written_by_hand_changed_and_taken_away(talk: Talk) -> None:
    row, size = marked(talk, "5%")
    form = await at_the_ratio(talk, row)
    shown = await form.presses("分层：给某类对象单独的比例", "要加一层")
    assert f"其余　5%　现有 {size} 户" in shown
    await form.presses("＋ 重点管理 3 户", "「重点管理」3 户按什么比例抽取")
    for wrong in ("若干", "100%；其余5%"):
        said = await talk.clerk.says(wrong)
        await talk.clerk.until("没有看懂", after=said)
    shown = await form.says("2户", "要加一层")
    assert "1. 重点管理　2户　现有 3 户，抽 2 户" in shown
    await form.presses("重点管理", "按什么比例抽取")
    shown = await form.presses("100%", "要加一层")
    assert "1. 重点管理　100%　现有 3 户，抽 3 户" in shown
    await form.presses("＋ D 级", "「D 级」")
    shown = await form.presses("50%", "2. D 级")
    assert "2. D 级　50%　现有" in shown
    # Without a ratio for the rest nobody would be told what becomes of it.
    away = [button["callback_data"] for button in buttons(form.message) if button["text"] == "去掉"][-1]
    await talk.clerk.presses("去掉", message=form.message, data=away)
    await talk.settled()
    form.message = talk.clerk.messages()[-1]
    assert "不属于任何一层，不会抽到" in words(form.message)
    refused = await talk.clerk.presses("选好了", message=form.message)
    assert "不属于任何一层，请给「其余的」写比例" in refused["text"]
    await form.presses("＋ 其余的", "其余的按什么比例抽取")
    await form.says("10%", "要加一层")
    await form.presses("选好了", "检查哪些事项")
    assert "比例：重点管理 100%、D 级 50%、其余 10%" in await to_the_end(form)


async def test_strata_are_proposed_next_time_for_the_same_wording_and_the_same_word(talk: Talk) -> None:
    first, _ = marked(talk, "5%（重点企业100%）")
    form = await at_the_ratio(talk, first)
    await form.presses("按计划：5%，重点企业 100%", "是哪些对象")
    await form.presses("重点管理 3 户", "要加一层")
    await form.presses("选好了", "检查哪些事项")
    await to_the_end(form)
    same, _ = marked(talk, "5%（重点企业 100%）")
    form = await at_the_ratio(talk, same)
    assert f"（按任务 {first.plan_no} 同样写法时的选择填好）" in words(form.message)
    await form.presses("下一步", "检查哪些事项")
    assert "比例：重点管理 100%、其余 5%" in words(form.message)
    await talk.answer(talk.clerk, "/cancel")
    other, _ = marked(talk, "重点企业50%、一般企业3%")
    form = await at_the_ratio(talk, other)
    shown = await form.presses("按计划：3%，重点企业 50%", "要加一层")
    assert "1. 重点管理　50%　现有 3 户，抽 2 户" in shown and "其余　3%" in shown


async def test_what_is_not_drawn_apart_is_said_and_left_to_the_rest(talk: Talk) -> None:
    row, size = marked(talk, "5%（重点企业100%）")
    form = await at_the_ratio(talk, row)
    await form.presses("按计划：5%，重点企业 100%", "是哪些对象")
    shown = await form.presses("「重点企业」不单独抽取", "要加一层")
    assert f"其余　5%　现有 {size} 户" in shown
    await form.presses("选好了", "检查哪些事项")
    assert "比例：5%" in await to_the_end(form)
    with talk.reading() as session:
        assert session.get_one(Task, row.id).strata == {"*": "1/20"}


async def test_strata_are_changed_before_the_draw_by_words(talk: Talk) -> None:
    """换比例 at the preview takes tags too."""
    row, size = marked(talk, "5%")
    form = await at_the_ratio(talk, row)
    await form.says("重点管理100%，其余5%", "要加一层")
    await form.presses("选好了", "检查哪些事项")
    await to_the_end(form)
    shown = await preview(talk, row.plan_no[4:])
    await talk.clerk.presses("换比例", talk.group, message=shown)
    asked = await talk.clerk.until("逐项写明", talk.group, after=shown)
    assert "重点管理 100%；其余 5%" in words(asked)
    said = await talk.clerk.says("投诉举报多 20%；重点管理 100%", talk.group, reply_to=asked)
    await talk.clerk.until("请给没有写到的对象也写一个比例", talk.group, after=said)
    await talk.clerk.says("投诉举报多 20%；重点管理 100%；其余 3户", talk.group, reply_to=asked)
    shown = await talk.clerk.until("投诉举报多　10 户", talk.group, after=said)
    assert "投诉举报多　10 户 × 20% = 2" in words(shown) and "重点管理　2 户 × 100% = 2" in words(shown)
    assert f"其余　{size - 12} 户 × 3户 = 3" in words(shown)


async def test_a_period_without_a_beginning_is_offered_with_how_it_was_understood(talk: Talk) -> None:
    row, _ = marked(talk, "5%，不少于5户")
    with talk.writing() as session:
        kept = session.get_one(Task, row.id)
        kept.period_text = "11月底前"
        session.add(kept)
    form = await at_the_ratio(talk, row)
    # 5 % of 77 are four.
    await form.presses("按计划：5户", "检查哪些事项")
    assert "比例：5户" in words(form.message)
    await form.marks("MB-01")
    await form.presses("下一步", "每户派出哪些单位")
    shown = await form.presses("下一步", "什么时间检查")
    year = row.plan_no[:4]
    assert "计划原文：11月底前" in shown
    assert f"没有写从哪天开始，按 {year}-01-01 至 {year}-11-30 理解" in shown
    assert any(label.startswith(f"{year}-01-01 至 {year}-11-30") for label in labels(form.message))
