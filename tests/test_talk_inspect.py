"""From the card to the closed task in the chat: answers, leaves, results, confirmation, review, follow-up (item 6)."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from bot.chat.client import ChatPerson
from models import attachment, result
from models.followup import Followup
from models.inspector import Inspector
from models.people import Grant, Person
from models.plan import Task, TaskUnit
from models.result import Result
from models.visit import Seat, Visit
from models.words import Role, SeatState, TaskState, VisitState
from tests.talk import PHOTO, Message, Talk, buttons, cards, data_of, words


async def test_receipts_and_leaves_show_on_the_card(talk: Talk) -> None:
    """收到, 全部收到, twice; 申请回避 refused, 无法参加 agreed and substituted; the card says each state."""
    clerk, group = talk.clerk, talk.group
    team = await talk.dispatches(number(talk, "001"))
    listed = [person for person in team if len(cards(newest(person))) > 1]
    single = [person for person in team if person not in listed]
    assert listed and single, "four entities, six people: some have two visits, some one"

    several, one = listed[0], single[0]
    card = newest(several)
    assert "您有 2 户检查任务" in words(card) and words(card).count("未收到") == 2 and "廉洁纪律" in words(card)
    done = await several.presses("全部收到", message=card)
    assert done["text"] == "已登记收到 2 户。"
    card = await face(several, card, "待检查")
    assert words(card).count("待检查") == 2 and "全部收到" not in [b["text"] for b in buttons(card)]
    again = await several.presses("", message=card, data=f"1.accept_all.{draw_id(talk)}", stale=True)
    assert again["text"] == "都已经登记过收到，不用重复。"

    card = newest(one)
    for wanted in ("未收到", "联系人", "事项：", "依据：", "同组：", "廉洁纪律", "现场照片请直接回复本条发送"):
        assert wanted in words(card)
    labels = [b["text"] for b in buttons(card)]
    assert labels == ["收到", "录入结果", "文书", "申请回避", "无法参加", "对象已不在"]
    assert (await one.presses("收到", message=card))["text"] == "已收到，谢谢。"
    twice = await one.presses("", message=card, data=data_of(card, "accept"), stale=True)
    assert twice["text"] == "已经登记过收到，不用重复。"
    await face(one, card, "待检查")

    # 申请回避: cancelled, then asked, refused; the task stands.
    await one.presses("申请回避", message=card)
    asked = await one.until("请直接写明理由")
    await one.presses("取消", message=asked)
    await face(one, asked, "已取消")
    await one.presses("申请回避", message=card)
    asked = await one.until("请直接写明理由", after=asked)
    await one.sends_file(PHOTO, kind="photo", name="a.png")
    await one.until("请用文字写明理由", after=asked)
    await one.says("帮助 过该企业申报项目")
    await one.until("申请已送达派发任务的工作人员")
    request = await clerk.until(f"{one.name} 申请回避：")
    assert "理由：帮助 过该企业申报项目" in words(request), "a reason that begins with a command's word is a reason"
    twice = await one.presses("", message=card, data=data_of(card, "absent"), stale=True)
    assert "已经提出过申请，正在等工作人员答复" in twice["text"]
    early = await one.presses("录入结果", message=card)
    assert "申请回避还没有答复" in early["text"] and early["show_alert"]
    pressed = await one.presses("", message=card, data=data_of(card, "result"))
    assert pressed["show_alert"]
    await clerk.presses("不同意", message=request)
    await face(clerk, request, f"已答复 {one.name}：不同意，任务不变。")
    told = await one.until("没有获得同意，请按原任务检查")
    assert [b["text"] for b in buttons(told)] == ["查看任务"]

    # 无法参加: agreed, thrown, substituted.
    await one.presses("无法参加", message=card)
    await one.until("无法参加「")
    await one.says("住院")
    request = await clerk.until("无法参加：")
    await clerk.presses("同意", message=request)
    await face(clerk, request, "第 2 号递补公告已发布到工作群")
    twice = await clerk.presses("", message=request, data=data_of(request, "change_yes"), stale=True)
    assert "已经同意，递补公告正在工作群里等待掷骰" in twice["text"]
    twice = await clerk.presses("", message=request, data=data_of(request, "change_no"), stale=True)
    assert "不能改为不同意" in twice["text"]
    notice = await clerk.until("递补公告", group)
    assert one.name not in words(notice) and "住院" not in words(notice), "no names in the group"
    await talk.throws(notice, 2)
    result_ = await clerk.until("递补完成", group)
    assert one.name not in words(result_)
    await one.until("已由其他检查人员接替，您不用再去")
    await talk.settled()
    late = await one.presses("", message=card, data=data_of(card, "accept"), stale=True)
    assert late["text"] == "这一户已由其他检查人员接替，您不用再办理。"
    with talk.reading() as session:
        seats = session.exec(select(Seat).where(Seat.visit_id == visit_on(card))).all()
        newcomer = next(seat for seat in seats if seat.since == 2)
        name = session.get_one(Inspector, newcomer.inspector_id).name
    assert sorted(seat.state for seat in seats).count(SeatState.LEFT) == 1 and len(seats) == 3
    await talk[name].until(lambda m: any(visit == visit_on(card) for _, visit in cards(m)))
    listed_ = await talk.answer(one, "/tasks")
    assert words(listed_) == "您现在没有待办的检查任务。"


async def test_a_result_with_problems_to_the_closed_task(talk: Talk) -> None:
    """Several categories, measures mandatory, findings, photos, objection, return, review, publication, 销号."""
    clerk, group = talk.clerk, talk.group
    team = await talk.dispatches(number(talk, "008"))
    first, second = team
    visits = [visit for _, visit in cards(newest(first))]
    visit, others = visits[0], visits[1:]
    listed = newest(first)

    async def opened(who: ChatPerson) -> Message:
        if any(b.get("callback_data") == f"1.result.{visit}" for b in buttons(newest(who))):
            return newest(who)
        await who.presses("", message=listed_of[who.name], data=f"1.visit.{visit}")
        return await who.until(lambda m: f"1.result.{visit}" in json.dumps(buttons(m)))

    listed_of = {first.name: listed, second.name: newest(second)}
    card = await opened(first)

    # A photo in reply to the card attaches itself, whatever else is open.
    photo = await first.sends_file(PHOTO, kind="photo", name="a.png", reply_to=card)
    await first.until("已存到「", after=photo)

    await first.presses("录入结果", message=card)
    form = await first.until("请选择检查结果")
    empty = await first.presses("下一步", message=form)
    assert empty["text"] == "请至少选择一项检查结果。"
    typed = await first.says("有问题")
    await first.until("请用上面的按钮继续", after=typed)
    await taps(first, "☐ 违反本部门相关规定", form)
    await taps(first, "☐ 发现问题经责令已改正", form)
    await taps(first, "☐ 未按规定公示应当公示的信息", form)
    await taps(first, "☑ 未按规定公示应当公示的信息", form)
    labels = [b["text"] for b in buttons(first.seen[first.id][form["message_id"]])]
    assert "☑ 违反本部门相关规定" in labels and "☑ 发现问题经责令已改正" in labels
    assert "☐ 未按规定公示应当公示的信息" in labels
    await taps(first, "下一步", form)
    await face(first, form, "请选择核查方式")
    await taps(first, "☐ 书面检查", form)
    await taps(first, "下一步", form)
    await face(first, form, "请选择后续处置措施")
    refused = await first.presses("下一步", message=form)
    assert "必须选择后续处置措施" in refused["text"] and refused["show_alert"]
    await taps(first, "☐ 无需后续处置", form)
    assert "必须选择后续处置措施" in (await first.presses("下一步", message=form))["text"]
    await taps(first, "☐ 责令改正，后续跟踪", form)
    await taps(first, "下一步", form)
    await face(first, form, "请直接写明发现了什么问题")
    # Two more photos while the form waits for words; then the words.
    for _ in range(2):
        photo = await first.sends_file(PHOTO, kind="photo", name="b.png")
        await first.until("已存到「", after=photo)
    wrote = await first.says("公示 栏缺少 <警示标志> & 台账")
    summary = await first.until("请核对", after=wrote)
    for wanted in (
        "结果：违反本部门相关规定；发现问题经责令已改正",
        "方式：实地检查；书面检查",
        "处置：责令改正，后续跟踪",
        "情况：公示 栏缺少 <警示标志> & 台账",
        "照片和文件 3 份",
    ):
        assert wanted in words(summary), wanted
    # Changed once more before 提交: the words stay.
    await taps(first, "修改结果", summary)
    await taps(first, "☑ 发现问题经责令已改正", summary)
    for _ in range(3):
        await taps(first, "下一步", summary)
    await taps(first, "情况不改", summary)
    assert "责令已改正" not in words(await face(first, summary, "请核对"))
    done = await first.presses("提交", message=summary)
    assert done["text"] == "已提交"
    await face(first, summary, f"等 {second.name} 确认。")
    twice = await first.presses("", message=summary, data=f"1.r_submit.{visit}", stale=True)
    assert "已经提交或者取消" in twice["text"]
    again = await first.presses("", message=card, data=f"1.result.{visit}")
    assert "已经提交，不能再录入" in again["text"]

    # The enterer cannot confirm; the colleague objects; entered again.
    asked = await second.until("请确认检查结果：")
    assert "栏缺少 <警示标志> & 台账" in words(asked) and f"录入：{first.name}" in words(asked)
    await second.presses("有异议", message=asked)
    await second.until("请直接写明有什么异议")
    await second.says("标志已经补齐")
    await second.until("异议已告知录入人和派发任务的工作人员")
    objection = await first.until("有异议：标志已经补齐")
    await clerk.until("有异议：标志已经补齐")
    late = await second.presses("确认", message=asked)
    assert "现在不需要确认" in late["text"]
    await enters(first, objection, "重新录入", ["违反本部门相关规定"], ["责令改正，后续跟踪"], "台账缺失")
    asked = await second.until("台账缺失", after=asked)
    await second.presses("确认", message=asked)
    await face(second, asked, "✅ 已确认，转复核。")
    twice = await second.presses("", message=asked, data=data_of(asked, "confirm"), stale=True)
    assert "现在不需要确认" in twice["text"]

    # Review: returned with a reason, entered again, passed; twice is once.
    reviewer = talk["复核人甲"]
    to_review = await reviewer.until("请复核检查结果：")
    listed = await talk.answer(reviewer, "待复核")
    assert "待复核 1 户" in words(listed)
    await reviewer.presses("退回", message=to_review)
    await reviewer.until("请直接写明退回的理由")
    await reviewer.says("缺少整改期限")
    await reviewer.until("已退回录入人")
    returned = await first.until("的结果被退回：缺少整改期限")
    late = await talk["复核人乙"].presses("通过", message=await talk["复核人乙"].until("请复核检查结果："))
    assert "已经复核过，或者还没有确认" in late["text"]
    await enters(first, returned, "重新录入", ["违反本部门相关规定"], ["责令改正，后续跟踪"], "台账缺失，限 10 日补齐")
    await second.presses("确认", message=await second.until("限 10 日补齐"))
    to_review = await reviewer.until("限 10 日补齐")
    # Who sits on the team cannot pass, though a reviewer by role.
    with talk.writing() as session:
        person = session.exec(select(Person).where(Person.name == second.name)).one()
        unit = session.exec(select(Grant.unit_id).where(Grant.role == Role.REVIEWER)).first()
        session.add(Grant(person_id=person.id or 0, unit_id=unit or 0, role=Role.REVIEWER))
    none = await talk.answer(second, "/review")
    assert words(none) == "现在没有待复核的结果。"
    await reviewer.presses("通过", message=to_review)
    await face(reviewer, to_review, "已通过")
    other = await talk["复核人乙"].presses("通过", message=await talk["复核人乙"].until("限 10 日补齐"))
    assert "已经复核过" in other["text"]

    for each in others:
        await passes_clean(talk, each, first, second)
    await clerk.until("检查全部完成并复核")
    await clerk.until("公布公开码", group)

    # 公示: a link that is none, then registered; the open follow-up keeps the task from closing.
    pending = await talk.answer(clerk, "公示")
    assert f"{len(visits)} 户" in words(pending)
    await clerk.presses(f"{number(talk, '008')} 登记公示", message=pending)
    channels = await clerk.until("在哪里公示", after=pending)
    await clerk.presses(buttons(channels)[0]["text"], message=channels)
    wrong = await clerk.says("官网首页")
    await clerk.until("链接应以 http:// 或者 https:// 开头", after=wrong)
    right = await clerk.says("https://example.gov.cn/1")
    answer = await clerk.until("已登记公示", after=right)
    assert "还有 1 项后续处置没有销号，任务暂不办结。办理请发送 /followup。" in words(answer)
    twice = await clerk.presses("没有链接", message=channels)
    assert "已经完成或者取消" in twice["text"]
    assert "抽查结果" not in words(await talk.answer(clerk, "/publish"))
    assert task_state(talk, "008") == TaskState.DRAWN

    seen = await talk.answer(first, "/followup")
    assert "责令改正" in words(seen)
    await first.presses(buttons(seen)[0]["text"], message=seen)
    seen = await first.until("状态：", after=seen)
    assert [b["text"] for b in buttons(seen)] == ["文书"], "inspectors see it; staff close it"
    todo = await talk.answer(clerk, "/followup")
    assert "后续处置 1 项" in words(todo)
    await rectified(talk, todo)
    await clerk.presses("销号", message=await clerk.until("已录入：复查合格", after=todo))
    await clerk.until("请直接写明处置结果", after=todo)
    note = await clerk.says("已补齐，现场复查合格")
    closed = await clerk.until("已销号。", after=note)
    assert "任务已办结" in words(closed)
    await clerk.until(f"📁 {number(talk, '008')}", group)
    assert task_state(talk, "008") == TaskState.CLOSED
    with talk.reading() as session:
        rows = session.exec(select(Result).where(Result.visit_id == visit).order_by(col(Result.version))).all()
        assert [row.version for row in rows] == [1, 2, 3]
        assert session.exec(select(Followup)).one().note == "已补齐，现场复查合格"
        assert len(attachment.of(session, "visit", visit)) == 3
    progress = await talk.answer(clerk, "/progress")
    assert f"{number(talk, '008')}" in words(progress) and f"已公示 {len(visits)}" in words(progress)


async def test_a_joint_task_needs_one_confirmation_of_each_unit(talk: Talk) -> None:
    """Two departments with two people each: the enterer's own unit and the other must both confirm."""
    with talk.writing() as session:
        task = session.exec(select(Task).where(Task.plan_no == number(talk, "003"))).one()
        for line in session.exec(select(TaskUnit).where(TaskUnit.task_id == task.id)):
            line.count = 2
            session.add(line)
    await talk.dispatches(number(talk, "003"))
    with talk.reading() as session:
        visit = session.exec(select(Visit).order_by(col(Visit.order))).first()
        assert visit is not None
        team: dict[int, list[str]] = {}
        for seat, inspector in result.visit.team(session, visit.id or 0):
            team.setdefault(seat.unit_id, []).append(inspector.name)
    (enterer, own), (other, another) = ([talk[name] for name in names] for names in team.values())
    await enters_clean(enterer, visit.id or 0, talk)
    await talk.settled()
    asked = {who.name: await who.until("请确认检查结果：") for who in (own, other, another)}
    await other.presses("确认", message=asked[other.name])
    await face(other, asked[other.name], "您已确认，等其他单位的同组人员确认")
    twice = await other.presses("", message=asked[other.name], data=f"1.confirm.{visit.id}", stale=True)
    assert twice["text"] == "您已经表示过意见了。"
    assert visit_state(talk, visit.id or 0) == VisitState.ENTERED
    await own.presses("确认", message=asked[own.name])
    await face(own, asked[own.name], "✅ 已确认，转复核。")
    assert visit_state(talk, visit.id or 0) == VisitState.CONFIRMED
    await talk["复核人甲"].until("请复核检查结果：")


async def test_a_task_by_classes_shows_each_layer(talk: Talk) -> None:
    """The preview of a draw by risk classes: each layer with its ratio and quota, and the sum, which is then drawn."""
    clerk, group = talk.clerk, talk.group
    listed = await talk.answer(clerk, "/draw", group)
    label = next(b["text"] for b in buttons(listed) if b["text"].startswith(number(talk, "004")))
    assert label.endswith("分层")
    await clerk.presses(label, group, message=listed)
    preview = words(await face(clerk, listed, "预览", group))
    sums = 0
    for layer, ratio in (("A", "2%"), ("B", "5%"), ("C", "10%"), ("D", "100%")):
        line = next(each for each in preview.splitlines() if each.strip().startswith(f"{layer} 级"))
        assert f"× {ratio} = " in line
        sums += int(line.rpartition("= ")[2])
    assert f"合计 {sums} 户" in preview and "每一户都能派出人员" in preview
    await clerk.presses("发布公告", group, message=listed)
    announcement = await clerk.until("公告 第 1 号", group)
    await talk.throws(announcement)
    done = await clerk.until("抽取完成", group)
    assert f"抽中 {sums} 户" in words(done)
    # Seven people with many visits each: one list card, which still fits one message.
    await clerk.presses("派发任务", group, message=done)
    await clerk.until(f"任务已派发：{sums} 户", group)
    await talk.settled()
    progress = await talk.answer(clerk, "@qiantong_bot 进度", group)
    assert f"待检查 {sums}" in words(progress)
    leader = await talk.answer(talk["领导甲"], "进度")
    assert words(leader) == words(progress)


async def test_by_time_alone_people_are_reminded_and_what_lapsed_can_be_announced_again(
    talk_on: Callable[..., AbstractAsyncContextManager[Talk]], tmp_path: Path
) -> None:
    """No 收到: a reminder, then the dispatcher is told. An event without throws lapses and is asked again."""
    clock = tmp_path / "clock"
    now = datetime.now().astimezone().replace(hour=10, minute=0, second=0, microsecond=0)
    clock.write_text(now.isoformat(), "ascii")
    async with talk_on(clock=clock) as talk:

        def later(hours: int) -> None:
            nonlocal now
            now += timedelta(hours=hours)
            clock.write_text(now.isoformat(), "ascii")
            talk.office.tick.once()

        clerk, group = talk.clerk, talk.group
        team = await talk.dispatches(number(talk, "001"))
        prompt, *silent = team
        card = newest(prompt)
        await prompt.presses("全部收到" if len(cards(card)) > 1 else "收到", message=card)
        later(25)
        await talk.settled()
        assert not any("提醒" in words(m) for m in prompt.messages())
        for who in silent:
            await who.until("户检查任务没有确认收到")
        later(25)
        told = await clerk.until(f"{len(silent)} 人经提醒仍没有确认收到任务")
        assert all(f"{who.name}（" in words(told) for who in silent) and prompt.name not in words(told)
        assert sum("经提醒" in words(m) for m in clerk.messages()) == 1, "one message for all"
        late = silent[0]
        reminder = await late.until("没有确认收到")
        assert any("visit" in str(b.get("callback_data")) for b in buttons(reminder))

        # A substitution: dice beside its notice do not count, and by the deadline it lapses.
        await talk.admin.change(group, promote=[int(talk.office.application.bot.id)])
        visit = cards(newest(prompt))[0][1]
        if len(cards(card)) > 1:
            await prompt.presses("", message=newest(prompt), data=f"1.visit.{visit}")
        own = await prompt.until(lambda m: any(b.get("callback_data") == f"1.absent.{visit}" for b in buttons(m)))
        await prompt.presses("无法参加", message=own)
        if len(cards(card)) > 1:
            which = await prompt.until("您在本次抽取还有其他任务，请选择", after=own)
            await prompt.presses("仅此一户", message=which)
        await prompt.until("无法参加「")
        await prompt.says("借调外地")
        request = await clerk.until("无法参加：")
        await clerk.presses("同意", message=request)
        notice = await clerk.until("递补公告", group)
        witness = talk.witnesses[0]
        loose = await witness.throws("🎰", group)
        await witness.until("没有回复递补公告，不计入", group, after=loose)
        wrong = await witness.throws("🎲", group, reply_to=notice)
        await witness.until("公告要求掷 🎰，这次不计入", group, after=wrong)
        await witness.throws("🎰", group, reply_to=notice)
        await witness.until("第 1/2 次", group, after=notice)
        later(9)
        lapsed = await clerk.until("到截止时间掷骰不够，已经失效，人员没有变动")
        after = await witness.throws("🎰", group, reply_to=notice)
        await witness.until("这次递补的掷骰已经结束，这次不计入", group, after=after)
        await clerk.presses("重新公告", message=lapsed)
        again = await clerk.until("📣 递补公告", group, after=after)
        await talk.throws(again, 2)
        await clerk.until("递补完成", group)
        await prompt.until("已由其他检查人员接替")


async def test_more_tasks_than_one_message_holds(talk: Talk) -> None:
    """A list shows thirty visits; the rest is one button away, numbered on, and none is left out."""
    with talk.writing() as session:
        task = session.exec(select(Task).where(Task.plan_no == number(talk, "008"))).one()
        task.scope, task.strata = {"kinds": ["无线电设台用户"]}, {"*": "70"}
        session.add(task)
    who, _ = await talk.dispatches(number(talk, "008"))
    card = newest(who)
    assert "您有 70 户检查任务" in words(card)
    seen = [visit for _, visit in cards(card)]
    for label in ("后面 40 户", "后面 10 户"):
        await who.presses(label, message=card)
        card = await who.until("您有 70 户检查任务", after=card)
        seen += [visit for _, visit in cards(card)]
    assert len(seen) == len(set(seen)) == 70
    assert [line.split("\u3000")[0] for line in words(card).splitlines()[1:11]] == [str(n) for n in range(61, 71)]
    # Photos in reply to a card with several visits: asked once which they belong to, and none is lost.
    first = await who.sends_file(PHOTO, kind="photo", name="a.png", reply_to=card)
    which = await who.until("这份文件属于哪一户", after=first)
    assert len(buttons(which)) == 11, "the ten visits of that card, and 取消"
    second = await who.sends_file(PHOTO, kind="photo", name="b.png", reply_to=card)
    await who.until("已收到 2 份，请在上面选择它们属于哪一户", after=second)
    await who.presses("", message=which, data=f"1.photo_for.{seen[-1]}")
    await face(who, which, "2 份文件已存到「")
    with talk.reading() as session:
        assert len(attachment.of(session, "visit", seen[-1])) == 2
    await who.presses("全部收到", message=card)
    listed = await talk.answer(who, "录入结果")
    assert "待录入 70 户" in words(listed) and "另有 30 户" in words(listed)
    assert len(cards(listed)) == 40


# --- pieces ----------------------------------------------------------------------------------------------------------


def number(talk: Talk, serial: str) -> str:
    return f"{talk.office.clock().year}{serial}"


def newest(who: ChatPerson) -> Message:
    """The newest card."""
    return next(message for message in reversed(who.messages()) if cards(message))


async def face(who: ChatPerson, message: Message, wanted: str, chat: int | None = None) -> Message:
    """A message as it stands once it says what is wanted."""
    number = message["message_id"]
    return await who.until(lambda m: m["message_id"] == number and wanted in words(m), chat)


async def taps(who: ChatPerson, label: str, message: Message) -> None:
    """Press, and wait for the message's new face."""
    number = message["message_id"]
    await who.look()
    before = who.seen[who.id][number]
    await who.presses(label, message=message)
    await who.until(lambda m: m["message_id"] == number and m != before)


def visit_on(card: Message) -> int:
    return cards(card)[0][1]


def draw_id(talk: Talk) -> int:
    with talk.reading() as session:
        return int(session.exec(select(Visit.draw_id)).first() or 0)


def task_state(talk: Talk, serial: str) -> str:
    with talk.reading() as session:
        return session.exec(select(Task.state).where(Task.plan_no == number(talk, serial))).one()


def visit_state(talk: Talk, visit: int) -> str:
    with talk.reading() as session:
        return session.get_one(Visit, visit).state


async def enters(
    who: ChatPerson, start: Message, label: str, categories: list[str], measures: list[str], findings: str
) -> None:
    """The whole form, from a button to 提交."""
    await who.presses(label, message=start)
    form = await who.until("请选择检查结果", after=start)
    for each in categories:
        await taps(who, f"☐ {each}", form)
    await taps(who, "下一步", form)
    await taps(who, "下一步", form)
    for each in measures:
        await taps(who, f"☐ {each}", form)
    await taps(who, "下一步", form)
    wrote = await who.says(findings)
    summary = await who.until("请核对", after=wrote)
    await who.presses("提交", message=summary)
    await who.until("已提交", after=wrote)


async def enters_clean(who: ChatPerson, visit: int, talk: Talk) -> None:
    """Three taps: 录入结果, 未发现问题, 提交."""
    listed = await talk.answer(who, "录入结果")
    await who.presses("", message=listed, data=f"1.result.{visit}")
    form = await who.until("请选择检查结果", after=listed)
    await who.presses("未发现问题", message=form)
    await face(who, form, "请核对")
    await who.presses("提交", message=form)
    await who.until("已提交", after=listed)


async def rectified(talk: Talk, listed: Message) -> None:
    """The first follow-up of a list: its term, its 整改报告 on paper and the recheck, up to 销号."""
    clerk = talk.clerk
    taps_ = [
        (buttons(listed)[0]["text"], "状态：待定期限"),
        ("定期限", "整改期限定到哪一天"),
        ("5 个工作日", "已定期限"),
        ("登记整改报告", "哪一天收到的"),
        ("今天", "请发来整改报告"),
        ("纸质报告存卷", "已登记整改报告"),
        ("录入复查结果", "哪一天复查的"),
        ("今天", "由谁复查的"),
        ("选好了", "复查是否合格"),
        ("合格", "复查看到的情况"),
        ("台账已补齐", "请发来复查的照片"),
        ("没有照片", "已录入：复查合格"),
    ]
    at = listed
    for label, wanted in taps_:
        found = [b["text"] for b in buttons(at) if b["text"].startswith(label)]
        if found:
            await clerk.presses(found[0], message=at)
        else:
            await clerk.says(label)
        at = await clerk.until(
            lambda m, at=at, wanted=wanted: m["message_id"] >= at["message_id"] and wanted in words(m)
        )


async def passes_clean(talk: Talk, visit: int, enterer: ChatPerson, colleague: ChatPerson) -> None:
    """A clean visit from entry to 通过."""
    await enters_clean(enterer, visit, talk)
    asked = await colleague.until(has(f"1.confirm.{visit}"))
    await colleague.presses("确认", message=asked)
    reviewer = talk["复核人乙"]
    await reviewer.presses("通过", message=await reviewer.until(has(f"1.pass.{visit}")))


def has(data: str) -> Any:
    """Whether a message has a button with this data."""
    return lambda message: any(b.get("callback_data") == data for b in buttons(message))


async def test_whose_visits_the_colleagues_have_finished_is_told_so(talk: Talk) -> None:
    await talk.dispatches(f"{talk.office.clock().year}001")
    who, card = next(
        (person, message)
        for person in talk.inspectors
        for message in person.messages()
        if any(button["text"] == "全部收到" for button in buttons(message))
    )
    with talk.writing() as session:
        for each in session.exec(select(Visit)):
            each.state = VisitState.PASSED
            session.add(each)
    answer = await who.presses("全部收到", message=card)
    assert "都已经办完" in str(answer)
