"""递补 in the chat: entities gone, one cause with many places, lent people, lapses, waived throws (PROTOCOL §7)."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from bot.__main__ import main
from bot.chat.client import ChatPerson
from handlers import archive
from models import draw, figures, verify, visit
from models.act import Act
from models.base import SHANGHAI
from models.draw import Draw
from models.entity import Entity
from models.event import Event
from models.inspector import Inspector
from models.people import Account, Person
from models.plan import Task
from models.visit import Seat, Visit
from models.words import Ended, SeatState, VisitState
from templates import policies
from tests.talk import PHOTO, Message, Talk, buttons, cards, data_of, unpacked, words


async def test_the_county_with_two_certified_people_lends_one(talk: Talk, tmp_path: Path) -> None:
    """A recusal where nobody is left: the ways out, a list posted before the event, fresh throws, and it verifies."""
    clerk, group = talk.clerk, talk.group
    team = await talk.dispatches(plan_no(talk, "008"))
    assert len(team) == 2, "exactly two certified people"
    leaver, stays = team
    first = visits_of(talk)[0]
    request = await asks(talk, leaver, first, "申请回避", "负责人是我的姐夫")
    pressed = await clerk.presses("同意", message=request)
    assert pressed["text"] == "没有可以递补的持证人员，申请仍然保留。" and pressed["show_alert"]
    ways = await clerk.until("可以这样办", after=request)
    assert [b["text"] for b in buttons(ways)] == ["借调人员", "另约时间", "撤回检查", "不同意"]
    assert name_of(talk, first) in words(ways)
    assert not any("递补" in words(m) for m in clerk.messages(group)), "nothing is announced that cannot be filled"
    frozen = files(talk)["inspectors.tsv"]

    # Who is offered is certified, of another unit, and able to take the place.
    await clerk.presses("借调人员", message=ways)
    offered = await clerk.until("请选择从哪里借谁", after=ways)
    assert {"☐ 示例乙县 · 示例检查人员29", "☐ 示例乙县 · 示例检查人员30"} <= {b["text"] for b in buttons(offered)}
    assert not any("示例甲县" in b["text"] for b in buttons(offered))
    empty = await clerk.presses("下一步", message=offered)
    assert empty["text"] == "请至少选择一名人员。"
    lent = {"示例检查人员16": "频率台站与监督检查处", "示例检查人员29": "示例乙县"}
    for number, (each, home) in enumerate(lent.items(), start=1):
        await clerk.presses(f"☐ {home} · {each}", message=offered)
        offered = await face(clerk, offered, f"已选 {number} 人")
    await clerk.presses("下一步", message=offered)
    asked = await face(clerk, offered, "请写明借调的原因")
    await clerk.says("本县仅 2 名持证人员，其中 1 人回避")
    await clerk.until("已借调 2 人，名单已公布。", after=asked)

    # In the group: the list first, then the event that it completes; no names in either.
    posted = await clerk.until("📎 补充人员名单", group)
    assert "借调 2 人，来自频率台站与监督检查处、示例乙县；批准人 工作人员1。原人员名单不变。" in words(posted)
    notice = await clerk.until("📣 递补公告", group)
    assert posted["message_id"] < notice["message_id"] and "补充人员名单 1 份，已先公布。" in words(notice)
    for message in (posted, notice):
        assert "示例检查人员" not in words(message) and "姐夫" not in words(message)
    await talk.throws(notice, 2)
    done = await clerk.until("递补完成", group, after=notice)
    await leaver.until("已由其他检查人员接替，您不用再去")
    await talk.settled()

    names = team_names(talk, first)
    assert stays.name in names and leaver.name not in names
    newcomer = next(name for name in names if name != stays.name)
    assert newcomer in lent
    assert files(talk)["inspectors.tsv"] == frozen, "the roster that was announced never changes"
    record = record_of(talk)
    entry = record["draws"][1]
    assert [each["from"] for each in entry["addenda"][0]["people"]] == list(lent.values())
    assert entry["notice"]["recusals"][0]["reason"] == "申请回避"
    posted_digests = [digest_in(each) for each in (posted, notice, done)]
    holds(talk, posted_digests)

    # The archive that those who supervise take, by the command line, with every digest seen in the group.
    with talk.writing() as session:
        staff = person(session, clerk.name)
        one = act(talk, session, staff)
        named = unpacked(archive.full_archive(one, session.exec(select(Draw)).one()).data)
    for name, data in named.items():
        (tmp_path / name).write_bytes(data)
    seen = [each for digest in posted_digests for each in ("--posted", digest)]
    assert main(["verify", str(tmp_path / "record.json"), *seen]) == 0
    # The lent person can be recused in turn, and the other one takes the place.
    request = await asks(talk, talk[newcomer], first, "申请回避", "曾在该单位任职")
    notice = await agrees(talk, request)
    await talk.throws(notice, 2)
    await clerk.until("递补完成", group, after=notice)
    await talk.settled()
    (other,) = set(lent) - {newcomer}
    assert set(team_names(talk, first)) == {stays.name, other}
    holds(talk)


async def test_a_place_that_nobody_can_take_gets_another_date_or_is_withdrawn(talk: Talk) -> None:
    """另约时间 keeps the recused person off; 撤回检查 is a named state with its reason, told to everybody."""
    clerk, group = talk.clerk, talk.group
    leaver, stays = await talk.dispatches(plan_no(talk, "008"))
    first, second, third = visits_of(talk)
    ways = await no_way(talk, await asks(talk, leaver, first, "无法参加", "住院", button="仅此一户"))
    await clerk.presses("另约时间", message=ways)
    await clerk.until("请写新的日期和原因", after=ways)
    last = task_of(talk, "008").ends
    assert last is not None
    for wrong, why in (
        ("下周三", "没有看懂日期"),
        (f"{last.year + 1}年12月30日 停产", "需要更晚的，请先调整抽查计划"),
        ("2020-01-01 停产", "已经过去"),
    ):
        said = await clerk.says(wrong)
        await clerk.until(why, after=said)
    day = talk.office.clock().date() + timedelta(days=10)
    said = await clerk.says(f"{day.month}月{day.day}日 企业停产检修")
    await clerk.until(f"已改约到 {day.month} 月 {day.day} 日", after=said)
    for who in (leaver, stays):
        told = await who.until("的检查改约到")
        assert f"{day.month} 月 {day.day} 日前。原因：企业停产检修" in words(told)
    assert row(talk, Visit, first).due == day
    assert set(team_names(talk, first)) == {leaver.name, stays.name}
    late = await clerk.presses("", message=ways, data=data_of(ways, "change_no"), stale=True)
    assert "这项申请已经办理过了" in late["text"]

    # Of a recusal the request stays, though the date moves.
    ways = await no_way(talk, await asks(talk, leaver, second, "申请回避", "亲属"))
    await clerk.presses("另约时间", message=ways)
    asked = await clerk.until("请写新的日期和原因", after=ways)
    await clerk.says(f"{day.month}月{day.day}日 等人员补齐")
    kept = await clerk.until("申请保留", after=asked)
    assert [b["text"] for b in buttons(kept)] == ["同意", "不同意"]
    ways = await no_way(talk, kept)
    await clerk.presses("撤回检查", message=ways)
    asked = await clerk.until("请直接写明原因", after=ways)
    await clerk.says("本县没有其他持证人员")
    await clerk.until("已撤回 1 户检查", after=asked)
    said = await clerk.until("⚠️ 撤回检查：公告第 1 号，1 户抽中后不再检查（第 2 户）", group)
    assert name_of(talk, second) not in words(said)
    for who in (leaver, stays):
        await who.until("的检查已撤回，不用再去。原因：本县没有其他持证人员")
    withdrawn = row(talk, Visit, second)
    assert (withdrawn.state, withdrawn.ended) == (VisitState.CANCELLED, Ended.WITHDRAWN)
    assert withdrawn.ended_reason == "本县没有其他持证人员"
    shown = words(await talk.answer(clerk, "/progress"))
    assert "共 3 户" in shown and "已撤回检查 1 户" in shown
    assert len(record_of(talk)["draws"]) == 1 and third
    holds(talk)


async def test_an_entity_that_is_gone_is_replaced_from_its_stratum(talk: Talk) -> None:
    """Reported on the card, agreed, thrown: another entity with its own team; the old visit stays, as replaced."""
    clerk, group = talk.clerk, talk.group
    team = await talk.dispatches(plan_no(talk, "003"))
    drawn = visits_of(talk)
    gone = drawn[2]
    reporter = next(who for who in team if who.name in team_names(talk, gone))
    others = [who for who in team if who.name in team_names(talk, gone) and who is not reporter]
    request = await asks(talk, reporter, gone, "对象已不在", "现场已搬空，物业证明去年底退租")
    assert words(request).startswith(f"{reporter.name} 报告检查对象已不在：{name_of(talk, gone)}")
    early = await opens(reporter, gone)
    said = await reporter.presses("录入结果", message=early)
    assert "已报告对象不在，还没有答复，不能录入结果" in said["text"]
    twice = await reporter.presses("对象已不在", message=early)
    assert "正在等待答复" in twice["text"]
    notice = await agrees(talk, request)
    assert "检查对象已不在，从同一类未抽中的" in words(notice) and "搬空" not in words(notice)
    assert name_of(talk, gone) not in words(notice)
    await talk.throws(notice, 2)
    done = await clerk.until("✅ 递补完成", group, after=notice)
    assert "1 户已更换为同一类的另一户，检查组已随机匹配" in words(done)
    for who in (reporter, *others):
        await who.until("经核实已不在，不用再去；已从同一类里另抽一户")
    await talk.settled()

    old, new = row(talk, Visit, gone), row(talk, Visit, visits_of(talk)[-1])
    assert (old.state, old.ended, old.replaced_by) == (VisitState.CANCELLED, Ended.REPLACED, new.id)
    assert (new.order, new.since, new.stratum, new.state) == (len(drawn) + 1, 2, old.stratum, VisitState.SENT)
    assert new.due == old.due and new.entity_id not in {row(talk, Visit, each).entity_id for each in drawn}
    newcomers = team_names(talk, new.id or 0)
    assert len(newcomers) == 2
    for name in newcomers:
        if name in bound(talk):
            await talk[name].until(lambda m: any(each == new.id for _, each in cards(m)))
    first = record_of(talk)["draws"][1]["changes"][0]
    assert first["out"] == label_of(talk, gone) and first["in"] == label_of(talk, new.id or 0)
    holds(talk, [digest_in(notice), digest_in(done)])

    # What was selected is never erased: staff see both, and the figures count one.
    shown = await talk.answer(clerk, "/progress")
    assert f"共 {len(drawn)} 户" in words(shown) and "已更换 1 户" in words(shown)
    await clerk.presses(f"{plan_no(talk, '003')} 各户", message=shown)
    listed = await clerk.until("公告第 1 号", after=shown)
    assert f"3　{name_of(talk, gone)}" in words(listed) and "已更换" in words(listed)
    await clerk.presses("", message=listed, data=f"1.team.{gone}")
    card = await clerk.until("第 3 户 ·", after=listed)
    assert "已更换：现场已搬空，物业证明去年底退租" in words(card) and f"由第 {new.order} 户接替" in words(card)
    with talk.reading() as session:
        task = session.exec(select(Task).where(Task.plan_no == plan_no(talk, "003"))).one()
        today = talk.office.clock().date()
        found = figures.of_tasks(session, {task.unit_id or 0}, today, today, today)[task.id or 0]
    assert (found.entities, found.due) == (len(drawn), len(drawn))
    # The team of what is gone can do nothing there any more.
    late = await reporter.presses("", message=early, data=data_of(early, "recuse"), stale=True)
    assert "已经取消，不用再办理" in late["text"]


async def test_where_the_stratum_has_nobody_left_the_place_stays_empty_and_is_said(talk: Talk) -> None:
    """A class of which all were drawn: no throws for nothing, a named state, and a record that holds."""
    clerk, group = talk.clerk, talk.group
    team = await talk.dispatches(plan_no(talk, "004"))
    whole = next(each["name"] for each in record_of(talk)["announcement"]["strata"] if each["size"] == each["quota"])
    with talk.reading() as session:
        gone = session.exec(select(Visit.id).where(Visit.stratum == whole)).first() or 0
    reporter = next(who for who in team if who.name in team_names(talk, gone))
    request = await asks(talk, reporter, gone, "对象已不在", "已注销")
    await clerk.presses("同意", message=request)
    await face(clerk, request, "同一类里没有可以另抽的检查对象，这个名额空缺")
    notice = await clerk.until("📣 递补公告", group)
    assert "同一类里没有未抽中的检查对象，名额空缺" in words(notice) and "掷" not in words(notice)
    await clerk.until("⚠️ 名额空缺：公告第 1 号，1 户检查对象已不在", group, after=notice)
    await reporter.until("经核实已不在，不用再去。谢谢。")
    found = row(talk, Visit, gone)
    assert (found.ended, found.replaced_by) == (Ended.UNFILLED, None)
    assert "名额空缺 1 户" in words(await talk.answer(clerk, "/progress"))
    entry = record_of(talk)["draws"][1]
    assert entry["changes"] == [{"stratum": whole, "out": label_of(talk, gone), "in": "", "position": ""}]
    assert entry["notice"]["places"][0]["eligible"] == 0
    holds(talk)


async def test_one_cause_takes_all_places_of_one_person(talk: Talk) -> None:
    """无法参加, 本次抽取全部: one request, one event, filled in draw order; he steps in nowhere else."""
    clerk, group = talk.clerk, talk.group
    team = await talk.dispatches(plan_no(talk, "003"))
    loads = {who: [each for each in visits_of(talk) if who.name in team_names(talk, each)] for who in team}
    leaver, own = max(loads.items(), key=lambda pair: len(pair[1]))
    assert len(own) > 1
    request = await asks(talk, leaver, own[0], "无法参加", "借调外地三个月", button=f"本次抽取全部（{len(own)} 户）")
    assert f"（共 {len(own)} 户）" in words(request)
    for each in own:
        seats = [seat for seat in seats_of(talk, each) if seat.state == SeatState.ABSENCE_ASKED]
        assert len(seats) == 1
    notice = await agrees(talk, request)
    assert f"{len(own)} 个岗位需要递补" in words(notice)
    await talk.throws(notice, 2)
    done = await clerk.until("递补完成", group, after=notice)
    assert f"{len(own)} 个岗位已由新的检查人员接替" in words(done)
    told = await leaver.until("已由其他检查人员接替")
    assert all(name_of(talk, each) in words(told) for each in own), "one message for all"
    entry = record_of(talk)["draws"][1]
    assert [each["entity"] for each in entry["changes"]] == [label_of(talk, each) for each in own], "in draw order"
    assert all(leaver.name not in team_names(talk, each) for each in own)
    holds(talk)

    # Somebody else leaves later: who cannot go anywhere is not among those eligible.
    other = next(who for who in team if who is not leaver and loads[who])
    left = next(each for each in loads[other] if other.name in team_names(talk, each))
    request = await asks(talk, other, left, "无法参加", "住院", button="仅此一户")
    notice = await agrees(talk, request)
    made = json.loads(newest_event(talk).notice)
    with talk.reading() as session:
        certificate = session.exec(select(Inspector.label).where(Inspector.name == leaver.name)).one()
    assert certificate in made["away"] and certificate not in made["places"][0]["eligible"]
    await talk.throws(notice, 2)
    await clerk.until("递补完成", group, after=notice)
    holds(talk)


async def test_a_second_substitution_of_the_same_entity_and_one_after_others_are_done(talk: Talk) -> None:
    """Who stepped in is recused too; meanwhile another visit is finished: loads count it, and the record holds."""
    clerk, group = talk.clerk, talk.group
    team = await talk.dispatches(plan_no(talk, "001"))
    first, second, *_ = visits_of(talk)
    done_by = next(who for who in team if who.name in team_names(talk, second))
    listed = await talk.answer(done_by, "录入结果")
    early = await opens(done_by, second)
    await done_by.sends_file(PHOTO, kind="photo", name="a.png", reply_to=early)
    await done_by.presses("", message=listed, data=f"1.result.{second}", stale=True)
    entry_form = await done_by.until("请选择检查结果", after=listed)
    await done_by.presses("未发现问题", message=entry_form)
    await face(done_by, entry_form, "请核对")
    await done_by.presses("提交", message=entry_form)
    await done_by.until("已提交")
    refused = await done_by.presses("", message=early, data=f"1.gone.{second}", stale=True)
    assert "请在检查结果里写明" in refused["text"]

    was = set()
    for k in (2, 3):
        leaver = next(talk[name] for name in team_names(talk, first) if name in bound(talk) and name not in was)
        was.add(leaver.name)
        request = await asks(talk, leaver, first, "申请回避", "亲属")
        notice = await agrees(talk, request)
        assert f"第 {k} 号公开码" in words(notice)
        await talk.throws(notice, 2)
        await clerk.until("递补完成", group, after=notice)
        await talk.settled()
        eligible = json.loads(newest_event(talk).notice)["places"][0]["eligible"]
        assert eligible and not was & set(team_names(talk, first))
    holds(talk)


async def test_a_notice_without_enough_throws_leaves_its_trace(
    talk_on: Callable[..., AbstractAsyncContextManager[Talk]], tmp_path: Path
) -> None:
    """Lapsed, announced again under the same number: both stand in the record, and the posted digests are known."""
    clock = tmp_path / "clock"
    now = datetime.now(SHANGHAI).replace(microsecond=0)
    clock.write_text(now.isoformat(), "ascii")
    async with talk_on(clock=clock) as talk:
        clerk, group = talk.clerk, talk.group
        team = await talk.dispatches(plan_no(talk, "001"))
        first = visits_of(talk)[0]
        leaver = next(who for who in team if who.name in team_names(talk, first))
        request = await asks(talk, leaver, first, "申请回避", "亲属")
        lapsing = await agrees(talk, request)
        await talk.witnesses[0].throws("🎰", group, reply_to=lapsing)
        await clerk.until("还需要至少 1 次", group, after=lapsing)
        clock.write_text((now + timedelta(hours=8)).isoformat(), "ascii")
        talk.office.tick.once()
        void = await clerk.until("⌛ 公告第 1 号的递补公告", group, after=lapsing)
        assert "这份公告和已掷的 1 次都留在记录里；公开码没有使用" in words(void)
        told = await clerk.until("到截止时间掷骰不够，已经失效，人员没有变动")
        assert [b["text"] for b in buttons(told)] == ["重新公告", "不同意"]
        trace = record_of(talk)["lapsed"]
        assert [each["k"] for each in trace] == [2] and len(trace[0]["throws"]) == 1
        holds(talk, [digest_in(lapsing)])

        await clerk.presses("重新公告", message=told)
        again = await clerk.until("第 2 次公告：前 1 次到期掷骰不够", group, after=void)
        # A late die in reply to the first notice counts nowhere.
        late = await talk.witnesses[1].throws("🎰", group, reply_to=lapsing)
        await clerk.until("这次递补的掷骰已经结束，这次不计入", group, after=late)
        await talk.throws(again, 2)
        await clerk.until("递补完成", group, after=again)
        record = record_of(talk)
        assert record["draws"][1]["notice"]["attempt"] == 2 and len(record["draws"][1]["throws"]) == 2
        holds(talk, [digest_in(lapsing), digest_in(again)])
        # Left out, it is missed: by its number, and by whoever saw its digest.
        del record["lapsed"]
        with talk.reading() as session:
            found = verify.verify(
                record, draw.files_of(session, session.exec(select(Draw)).one()), [digest_in(lapsing)]
            )
        assert [each.name for each in found if each.result == "failed"] == ["群里公布的摘要", "失效的递补公告"]


async def test_where_throws_are_waived_the_group_is_told_what_that_means(
    talk_on: Callable[..., AbstractAsyncContextManager[Talk]], tmp_path: Path
) -> None:
    """The record says `operator could foresee`, and the group says it in plain words."""
    own = tmp_path / "policies"
    own.mkdir()
    shipped = Path(policies.__file__).with_name("policies") / "qinhuangdao-2022.toml"
    head, name, rest = shipped.read_text("utf-8").partition("[substitute_throws]")
    (own / shipped.name).write_text(head + name + rest.replace("true", "false", 1), "utf-8")
    async with talk_on(policies=own) as talk:
        clerk, group = talk.clerk, talk.group
        team = await talk.dispatches(plan_no(talk, "001"))
        first = visits_of(talk)[0]
        leaver = next(who for who in team if who.name in team_names(talk, first))
        request = await asks(talk, leaver, first, "申请回避", "亲属")
        assert "运营者事先能够推知结果，记录里会写明" in words(request)
        await clerk.presses("同意", message=request)
        await face(clerk, request, "已同意，接替人员已经确定并收到任务。")
        notice = await clerk.until("📣 递补公告", group)
        assert "递补不另行掷骰：结果由公告和公开码决定，掌握密钥的运营者事先能够推知" in words(notice)
        done = await clerk.until("✅ 递补完成", group, after=notice)
        assert "未另行掷骰，运营者事先能够推知。" in words(done)
        entry = record_of(talk)["draws"][1]
        assert (entry["waived"], entry["throws"]) == ("operator could foresee", [])
        assert leaver.name not in team_names(talk, first)
        holds(talk, [digest_in(notice), digest_in(done)])


# --- pieces ----------------------------------------------------------------------------------------------------------


def plan_no(talk: Talk, serial: str) -> str:
    return f"{talk.office.clock().year}{serial}"


def person(session: Session, name: str) -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def act(talk: Talk, session: Session, who: Person | None) -> Act:
    return Act(session, talk.office.clock(), who, policies.load("qinhuangdao-2022"), bytes, "test")


def task_of(talk: Talk, serial: str) -> Task:
    with talk.reading() as session:
        return session.exec(select(Task).where(Task.plan_no == plan_no(talk, serial))).one()


def row(talk: Talk, table: Any, number: int) -> Any:
    with talk.reading() as session:
        return session.get_one(table, number)


def visits_of(talk: Talk) -> list[int]:
    with talk.reading() as session:
        return [each or 0 for each in session.exec(select(Visit.id).order_by(col(Visit.order)))]


def seats_of(talk: Talk, number: int) -> list[Seat]:
    with talk.reading() as session:
        return list(session.exec(select(Seat).where(Seat.visit_id == number)))


def team_names(talk: Talk, number: int) -> list[str]:
    with talk.reading() as session:
        return [who.name for _, who in visit.team(session, number)]


def name_of(talk: Talk, number: int) -> str:
    with talk.reading() as session:
        return session.get_one(Entity, session.get_one(Visit, number).entity_id).name


def label_of(talk: Talk, number: int) -> str:
    with talk.reading() as session:
        return session.get_one(Entity, session.get_one(Visit, number).entity_id).label


def bound(talk: Talk) -> set[str]:
    """Who has an account."""
    with talk.reading() as session:
        return set(session.exec(select(Person.name).join(Account, col(Account.person_id) == col(Person.id))))


def newest_event(talk: Talk) -> Event:
    with talk.reading() as session:
        return session.exec(select(Event).order_by(col(Event.id).desc()).limit(1)).one()


def record_of(talk: Talk) -> dict[str, Any]:
    with talk.reading() as session:
        return draw.record_of(session.exec(select(Draw)).one())


def files(talk: Talk) -> dict[str, bytes]:
    with talk.reading() as session:
        return draw.files_of(session, session.exec(select(Draw)).one())


def digest_in(message: Message) -> str:
    """The digest that a message of the group shows."""
    return "".join(words(message).rpartition("摘要 ")[2].split())


def holds(talk: Talk, posted: Sequence[str] = ()) -> None:
    """The full record, against its files and the digests seen in the group, holds in every check."""
    with talk.reading() as session:
        drawn = session.exec(select(Draw)).one()
        found = verify.verify(draw.record_of(drawn), draw.files_of(session, drawn), [drawn.digest, *posted])
    assert [f"{each.name}：{each.detail}" for each in found if each.result != "ok"] == []


async def face(who: ChatPerson, message: Message, wanted: str, chat: int | None = None) -> Message:
    """A message as it stands once it says what is wanted."""
    number = message["message_id"]
    return await who.until(lambda m: m["message_id"] == number and wanted in words(m), chat)


async def opens(who: ChatPerson, number: int) -> Message:
    """The card of a visit, from /tasks."""
    said = await who.says("/tasks")
    listed = await who.until(lambda m: m["from"]["is_bot"], after=said)
    await who.presses("", message=listed, data=f"1.visit.{number}", stale=True)
    return await who.until("现场照片请直接回复本条发送", after=listed)


async def asks(talk: Talk, who: ChatPerson, number: int, label: str, reason: str, *, button: str = "") -> Message:
    """申请回避, 无法参加 or 对象已不在 from the card, with the reason; the request as whoever decides sees it."""
    card = await opens(who, number)
    await who.presses(label, message=card)
    if button:
        which = await who.until("您在本次抽取还有其他任务，请选择", after=card)
        await who.presses(button, message=which)
    asked = await who.until("请直接写明理由" if label != "对象已不在" else "请写明怎样核实的", after=card)
    await talk.clerk.look()
    last = max((m["message_id"] for m in talk.clerk.messages()), default=0)
    said = await who.says(reason)
    await who.until("答复后会通知您", after=said)
    assert asked
    return await talk.clerk.until(f"{reason}", after=last)


async def agrees(talk: Talk, request: Message) -> Message:
    """同意; the notice as it stands in the group."""
    last = talk.clerk.messages(talk.group)[-1]
    await talk.clerk.presses("同意", message=request)
    await face(talk.clerk, request, "号递补公告已发布到工作群")
    return await talk.clerk.until("📣 递补公告", talk.group, after=last)


async def no_way(talk: Talk, request: Message) -> Message:
    """同意 where nobody is left; the ways out."""
    await talk.clerk.presses("同意", message=request)
    return await talk.clerk.until("可以这样办", after=request)
