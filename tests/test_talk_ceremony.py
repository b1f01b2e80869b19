"""Several tasks in one ceremony, as the group lives it: marks, one message, shared throws, each result (§5.1)."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

from sqlmodel import col, select

from bot.chat.client import ChatPerson
from models import plan
from models.announcement_form import broken_links
from models.draw import Draw
from models.inspector import Inspector, Recusal
from models.outbox import Outbox
from models.people import Unit
from models.plan import Task
from models.verify import verify
from models.words import DrawState, EntityState
from tests.talk import Message, Talk, buttons, data_of, unpacked, words


def year(talk: Talk) -> int:
    return talk.office.clock().year


def labels(message: Message) -> list[str]:
    return [each["text"] for each in buttons(message)]


def draws(talk: Talk) -> list[Draw]:
    with talk.reading() as session:
        return list(session.exec(select(Draw).order_by(col(Draw.serial))))


async def sees(who: ChatPerson, message: Message, text: str, chat: int | None) -> Message:
    """The same message, once it has this text."""
    number = message["message_id"]
    return await who.until(lambda m: m["message_id"] == number and text in words(m), chat)


async def marks(talk: Talk, *numbers: str) -> Message:
    """/draw, 合并抽取多项, one press for each task, and the preview of them all."""
    clerk, group = talk.clerk, talk.group
    listed = await talk.answer(clerk, "/draw", group)
    await clerk.presses("合并抽取多项", group, message=listed)
    for n, number in enumerate(numbers, start=1):
        shown = await sees(clerk, listed, f"已选 {n - 1} 项", group)
        label = next(each for each in labels(shown) if f" {year(talk)}{number} " in each)
        assert label.startswith("☐")
        await clerk.presses(label, group, message=shown)
    shown = await sees(clerk, listed, f"已选 {len(numbers)} 项", group)
    await clerk.presses(f"预览所选 {len(numbers)} 项", group, message=shown)
    return await sees(clerk, listed, "预览 · ", group)


async def takes_full_record(talk: Talk, serial: int) -> tuple[bytes, dict[str, bytes]]:
    """/verify in private: the record of one announcement with all files."""
    clerk = talk.clerk
    listed = await talk.answer(clerk, "/verify")
    label = next(each for each in labels(listed) if each.startswith(f"第 {serial} 号 "))
    await clerk.presses(label, message=listed)
    checked = await clerk.until(f"复核 · 公告第 {serial} 号", after=listed)
    await clerk.presses("取全部文件", message=checked)
    sent = await clerk.until(lambda m: "document" in m, after=checked)
    files = unpacked(await clerk.file(sent))
    return files.pop("record.json"), files


def holds_by_command(archive: dict[str, bytes], folder: Path) -> str:
    """What `python -m bot verify` says of an unpacked archive; it must hold."""
    folder.mkdir(parents=True)
    for name, body in archive.items():
        (folder / name).write_bytes(body)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "verify", str(folder / "record.json")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_three_tasks_are_announced_in_one_message_and_drawn_by_the_same_throws(
    talk: Talk, tmp_path: Path
) -> None:
    """Each has its own announcement, chain and result; receipts show H of the concatenated digests."""
    clerk, group = talk.clerk, talk.group
    preview = await marks(talk, "001", "003", "008")
    assert words(preview).count("预览 · ") == 3 and words(preview).count("每一户都能派出人员") == 3
    await clerk.presses("发布公告", group, message=preview)
    said = await clerk.until("合并抽取 · 公告 第 1–3 号", group)
    made = draws(talk)
    assert [each.serial for each in made] == [1, 2, 3] and len({each.ceremony_id for each in made}) == 1
    assert len({each.head for each in made}) == 3, "one chain each"
    assert broken_links([json.loads(each.announcement) for each in made]) == []
    for each in made:
        spaced = " ".join(each.digest[at : at + 4] for at in range(0, 64, 4))
        assert spaced in words(said), "every digest stands in the one message"

    await talk.throws(said)
    receipts = await clerk.until("随机数已定", group)
    digest = hashlib.sha256(b"".join(bytes.fromhex(each.digest) for each in made)).hexdigest()
    assert words(receipts).count(f"公告 {digest[:16]}") == 6 and f"回执所列摘要 {digest[:16]}" in words(said)
    for each in made:
        await clerk.until(f"（公告第 {each.serial} 号）", group, after=said)

    values = {json.loads(str(each.randomness))["value"] for each in draws(talk)}
    assert len(values) == 1, "the same throws for each"
    codes = {json.loads(each.draws[0])["code"] for each in draws(talk)}
    assert len(codes) == 3, "and a code of its own for each"
    for each in made:
        record, files = await takes_full_record(talk, each.serial)
        assert {check.result for check in verify(record, files, [each.digest])} == {"ok"}
        holds_by_command({"record.json": record, **files}, tmp_path / str(each.serial))


async def test_what_cannot_be_manned_is_named_and_does_not_stop_the_others(talk: Talk) -> None:
    """In the preview and again when the announcement goes out; staff may also choose other tasks."""
    clerk, group = talk.clerk, talk.group
    with talk.writing() as session:
        task = session.exec(select(Task).where(Task.plan_no == f"{year(talk)}008")).one()
        entity = next(each for each in plan.in_scope(session, task.scope) if each.state == EntityState.ACTIVE)
        unit = session.exec(select(Unit).where(Unit.name == "示例甲县")).one()
        for each in session.exec(select(Inspector).where(Inspector.unit_id == unit.id)):
            session.add(Recusal(entity_id=entity.id, inspector_id=each.id or 0, reason="亲属"))
    preview = await marks(talk, "001", "008")
    assert "不能抽取：1 户派不出检查组" in words(preview) and "其中 1 项不能抽取，发布时不列入" in words(preview)
    assert {"发布公告", f"调整 {year(talk)}008", "改选任务", "取消"} <= set(labels(preview))
    await clerk.presses("发布公告", group, message=preview)
    told = await sees(clerk, preview, "已发布公告第 1 号", group)
    assert f"没有发布：任务 {year(talk)}008 有 1 户派不出检查组" in words(told)
    await clerk.until("公告 第 1 号", group, after=preview)
    assert [each.serial for each in draws(talk)] == [1]


async def test_one_of_several_is_withdrawn_and_the_others_are_drawn(talk: Talk) -> None:
    """撤回 of one before the first throw; afterwards of none. The digest in the receipts stays that of the message."""
    clerk, group = talk.clerk, talk.group
    preview = await marks(talk, "001", "003")
    await clerk.presses("发布公告", group, message=preview)
    said = await clerk.until("合并抽取 · 公告 第 1–2 号", group)
    done = await clerk.presses("撤回第 1 号", group, message=said)
    assert done["text"] == "第 1 号公告已撤回"
    await clerk.until(f"公告第 1 号（{year(talk)}001）已撤回，没有抽取", group)
    await talk.witnesses[0].throws("🎰", group, reply_to=said)
    await clerk.until("第 1/6 次", group, after=said)
    refused = await clerk.presses("全部撤回", group, message=said)
    assert "已经有人掷骰，公告不能撤回" in refused["text"]
    await talk.throws(said)
    receipts = await clerk.until("随机数已定", group)
    made = draws(talk)
    digest = hashlib.sha256(b"".join(bytes.fromhex(each.digest) for each in made)).hexdigest()
    assert f"公告 {digest[:16]}" in words(receipts)
    assert [each.state for each in made] == [DrawState.WITHDRAWN, DrawState.DRAWN]
    with talk.reading() as session:
        results = session.exec(select(Outbox).where(Outbox.kind == "draw_result")).all()
    assert len(results) == 1

    # What was withdrawn is drawn anew; every announcement stays in sight, with its state.
    again = await talk.announces(f"{year(talk)}001")
    assert "公告 第 3 号（本任务第 2 次）" in words(again)
    listed = await talk.answer(clerk, "/verify")
    assert labels(listed)[:3] == [
        f"第 3 号 · {year(talk)}001 · 公告中",
        f"第 2 号 · {year(talk)}003 · 已抽取",
        f"第 1 号 · {year(talk)}001 · 已撤回",
    ]
    assert "第 1 号至第 3 号公告首尾相接，没有缺号" in words(listed)


async def test_all_of_a_ceremony_are_withdrawn_at_once(talk: Talk) -> None:
    """全部撤回 leaves each on the record, and a late throw counts for none."""
    clerk, group = talk.clerk, talk.group
    preview = await marks(talk, "001", "003", "008")
    await clerk.presses("发布公告", group, message=preview)
    said = await clerk.until("合并抽取 · 公告 第 1–3 号", group)
    witness = talk.witnesses[0]
    assert "没有办理这项工作的权限" in (await witness.presses("全部撤回", group, message=said))["text"]
    done = await clerk.presses("全部撤回", group, message=said)
    assert done["text"] == "第 1、2、3 号公告已撤回"
    late = await witness.throws("🎰", group, reply_to=said)
    await clerk.until("这份公告的掷骰已经结束，这次不计入。", group, after=late)
    assert {each.state for each in draws(talk)} == {DrawState.WITHDRAWN}


async def test_only_whoever_opened_a_list_marks_in_it(talk: Talk) -> None:
    """Others get a sentence; nothing marked, nothing to preview; a mark is taken away by a second press."""
    clerk, other, group = talk.clerk, talk["工作人员乙"], talk.group
    listed = await talk.answer(clerk, "/draw", group)
    await clerk.presses("合并抽取多项", group, message=listed)
    shown = await sees(clerk, listed, "已选 0 项", group)
    first = labels(shown)[0]
    refused = await other.presses(first, group, message=shown)
    assert "您不能代为更改" in refused["text"] and refused["show_alert"]
    await clerk.presses(first, group, message=shown)
    shown = await sees(clerk, listed, "已选 1 项", group)
    assert "预览所选 1 项" in labels(shown)
    await clerk.presses(labels(shown)[0], group, message=shown)
    shown = await sees(clerk, listed, "已选 0 项", group)
    assert not any(each.startswith("预览所选") for each in labels(shown))


async def test_a_ceremony_without_enough_throws_lapses_each(talk: Talk) -> None:
    """Each is told by itself, with its own code."""
    clerk, group = talk.clerk, talk.group
    preview = await marks(talk, "001", "003")
    await clerk.presses("发布公告", group, message=preview)
    said = await clerk.until("合并抽取 · 公告 第 1–2 号", group)
    await talk.witnesses[0].throws("🎰", group, reply_to=said)
    await clerk.until("第 1/6 次", group, after=said)
    with talk.writing() as session:
        for each in session.exec(select(Draw)):
            each.deadline = talk.office.clock()
            session.add(each)
    talk.office.tick.once()
    for serial in (1, 2):
        lapsed = await clerk.until(f"公告第 {serial} 号（", group, after=said)
        assert "到截止时间掷骰不够，已经失效，没有抽取" in words(lapsed)
    again = await marks(talk, "001", "003")
    await clerk.presses("发布公告", group, message=again)
    second = await clerk.until("合并抽取 · 公告 第 3–4 号", group)
    assert words(second).count("（本任务第 2 次）") == 2


async def test_a_page_and_the_public_archive_of_each_after_the_code_is_out(talk: Talk, tmp_path: Path) -> None:
    """The public edition of one of several holds by the command line too, as far as it can be checked."""
    clerk, group = talk.clerk, talk.group
    preview = await marks(talk, "001", "008")
    await clerk.presses("发布公告", group, message=preview)
    said = await clerk.until("合并抽取 · 公告 第 1–2 号", group)
    await talk.throws(said)
    await clerk.until("（公告第 2 号）", group, after=said)
    with talk.writing() as session:
        for each in session.exec(select(Draw)):
            each.reveal_by = talk.office.clock()
            session.add(each)
    talk.office.tick.once()
    told = await clerk.until("公布公开码", group, after=said)
    await clerk.presses("", group, message=told, data=data_of(told, "record_public"))
    sent = await clerk.until(lambda m: "document" in m)
    with zipfile.ZipFile(io.BytesIO(await clerk.file(sent))) as archive:
        named = {name: archive.read(name) for name in archive.namelist()}
    record = named.pop("record.json")
    results = {check.name: check.result for check in verify(record, named)}
    assert "failed" not in results.values() and results["掷骰或号码"] == "ok" and results["公开版"] == "ok"
    said = holds_by_command({"record.json": record, **named}, tmp_path / "public")
    assert "未检查" in said and "不能断定整份记录属实" in said
