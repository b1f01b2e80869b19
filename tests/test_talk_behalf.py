"""各户 in the chat: staff adjust a team with a second of the staff, and act for others with paper (代办, DESIGN §3)."""

from sqlmodel import col, select

from models import attachment, draw, verify, visit
from models.audit import Audit
from models.draw import Draw
from models.entity import Entity
from models.people import Grant, Person
from models.visit import Seat, Visit
from models.words import SeatState
from tests.talk import PHOTO, Message, Talk, buttons, data_of, words
from tests.test_talk_events import bound, face, plan_no, team_names, visits_of


async def test_staff_take_somebody_off_before_the_cards_go_out(talk: Talk) -> None:
    """调整 before 派发: another of the staff decides; at 派发 the newcomer has the card and the leaver none."""
    clerk, second, group = talk.clerk, talk["工作人员乙"], talk.group
    result = await talk.draws(plan_no(talk, "001"))
    first = visits_of(talk)[0]
    leaver = next(name for name in team_names(talk, first) if name in bound(talk))
    card = await opened(talk, first)
    member = await member_of(talk, card, leaver)
    assert [b["text"] for b in buttons(member)] == [
        "代申请回避",
        "代无法参加",
        "调整：回避",
        "调整：不能参加",
        "返回",
    ]
    await clerk.presses("调整：回避", message=member)
    asked = await clerk.until("请直接写明理由", after=card)
    await clerk.says("经核实持有该企业股份")
    await clerk.until("已提出，须由", after=asked)
    request = await second.until(f"{leaver} 申请回避：")
    assert "由 示例工作人员甲 提出，须由另一位工作人员答复。" in words(request)
    # Nobody decides what they asked for themselves, whichever button they find.
    listed = await opened(talk, first)
    own = await clerk.presses("同意", message=listed)
    assert "不能批准自己的申请，请由其他工作人员办理" in own["text"] and own["show_alert"]
    await second.presses("同意", message=request)
    notice = await clerk.until("📣 递补公告", group)
    await talk.throws(notice, 2)
    await clerk.until("递补完成", group, after=notice)
    names = team_names(talk, first)
    assert leaver not in names
    await clerk.presses("派发任务", group, message=result)
    await clerk.until("任务已派发", group, after=result)
    await talk.settled()
    with talk.reading() as session:
        entity = session.get_one(Entity, session.get_one(Visit, first).entity_id).name
    for name in names:
        if name in bound(talk):
            await talk[name].until(entity)
    assert not any(entity in words(m) for m in talk[leaver].messages())
    holds(talk)


async def test_what_comes_on_paper_is_done_for_the_person_and_audited_so(talk: Talk) -> None:
    """代办: 收到 and 申请回避 with a photo of the paper; the filer does not decide; the record names both."""
    clerk, second, group = talk.clerk, talk["工作人员乙"], talk.group
    await talk.dispatches(plan_no(talk, "001"))
    first = visits_of(talk)[0]
    who = team_names(talk, first)[0]
    card = await opened(talk, first)
    member = await member_of(talk, card, who)
    await clerk.presses("代收到", message=member)
    asked = await clerk.until("请发来本人签字的纸质材料的照片", after=card)
    said = await clerk.says("他说收到了")
    await clerk.until("请发照片（或者扫描件），不是文字", after=said)
    sent = await clerk.sends_file(PHOTO, kind="photo", name="a.png")
    done = await clerk.until(f"已代 {who} 登记收到。", after=sent)
    assert asked and state_of(talk, first, who) == SeatState.ACCEPTED
    await clerk.presses("返回", message=done)
    card = await clerk.until("第 1 户 ·", after=done)
    assert f"{who}　已收到" in words(card)

    member = await member_of(talk, card, who)
    await clerk.presses("代申请回避", message=member)
    await clerk.until("「申请回避」：请发来", after=card)
    sent = await clerk.sends_file(PHOTO, kind="photo", name="b.png")
    reason = await clerk.until("材料已收到。请写明理由", after=sent)
    await clerk.says("与负责人是同胞兄弟")
    await clerk.until(f"已代 {who} 提出申请回避，", after=reason)
    request = await second.until(f"{who} 申请回避：")
    assert "代办：由 示例工作人员甲 凭纸质材料代为提出。" in words(request)
    assert not any("申请回避：" in words(m) for m in clerk.messages() if buttons(m) and "同意" in str(buttons(m)))
    own = await clerk.presses("同意", message=await opened(talk, first))
    assert "不能批准自己的申请" in own["text"], "four eyes are those of the people who act"
    await second.presses("同意", message=request)
    notice = await clerk.until("📣 递补公告", group)
    await talk.throws(notice, 2)
    await clerk.until("递补完成", group, after=notice)
    assert who not in team_names(talk, first)
    holds(talk)
    with talk.reading() as session:
        people = {each.id: each.name for each in session.exec(select(Person))}
        rows = session.exec(select(Audit).where(col(Audit.verb).in_(["accept", "ask_recusal"])).order_by(col(Audit.id)))
        acts = [(each.verb, people[each.actor_id], people.get(each.behalf_id)) for each in rows]
        seat = session.exec(select(Seat).where(Seat.visit_id == first, Seat.state == SeatState.LEFT)).one()
        papers = attachment.of(session, "seat", seat.id or 0)
    assert acts == [("accept", clerk.name, who), ("ask_recusal", clerk.name, who)]
    assert [each.kind for each in papers] == ["photo", "photo"]


async def test_leaders_look_and_the_right_is_that_of_the_moment(talk: Talk) -> None:
    """A leader sees 各户 without a button; who is no longer staff is refused at the next press of any of them."""
    clerk = talk.clerk
    await talk.dispatches(plan_no(talk, "001"))
    first = visits_of(talk)[0]
    leader = talk["领导甲"]
    shown = await talk.answer(leader, "/progress")
    await leader.presses(f"{plan_no(talk, '001')} 各户", message=shown)
    listed = await leader.until("公告第 1 号", after=shown)
    await leader.presses("", message=listed, data=f"1.team.{first}")
    card = await leader.until("第 1 户 ·", after=listed)
    assert buttons(card) == []

    card = await opened(talk, first)
    labels = [b["text"] for b in buttons(card)]
    assert labels[-3:] == ["对象已不在", "另约时间", "撤回检查"] and len(labels) == 5
    with talk.writing() as session:
        for grant in session.exec(select(Grant).join(Person).where(Person.name == clerk.name)):
            session.delete(grant)
    for label in labels:
        said = await clerk.presses(label, message=card)
        assert said["show_alert"], label
        assert "没有办理这项工作的权限" in said["text"] or "不能代为办理" in said["text"]


# --- pieces ----------------------------------------------------------------------------------------------------------


def state_of(talk: Talk, number: int, name: str) -> str:
    with talk.reading() as session:
        return next(seat.state for seat, who in visit.team(session, number) if who.name == name)


def holds(talk: Talk) -> None:
    with talk.reading() as session:
        drawn = session.exec(select(Draw)).one()
        found = verify.verify(draw.record_of(drawn), draw.files_of(session, drawn), [drawn.digest])
    assert [each for each in found if each.result != "ok"] == []


async def opened(talk: Talk, number: int) -> Message:
    """/progress, 各户, the visit: its card for staff."""
    clerk = talk.clerk
    shown = await talk.answer(clerk, "/progress")
    await clerk.presses("各户", message=shown, data=data_of(shown, "visits"))
    listed = await clerk.until("公告第", after=shown)
    await clerk.presses("", message=listed, data=f"1.team.{number}")
    return await clerk.until("户 ·", after=listed)


async def member_of(talk: Talk, card: Message, name: str) -> Message:
    """The card of one member of a team."""
    await talk.clerk.presses(f"{name}…", message=card)
    return await face(talk.clerk, card, "本人没有账号")
