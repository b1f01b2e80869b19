"""Who may what in the chat: links, /help by role, words and mentions, /bind, /people, /cancel (DESIGN §3, §12)."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.chat.client import ChatPerson
from handlers import catalog, registry
from models.dialogue import Dialogue
from models.draw import Draw
from models.people import Account, Group, Invitation, Person
from tests.talk import Talk, buttons, cards, words

assert catalog.load()

BOT = "qiantong_bot"

# DESIGN §12: who may use which command beside those that every bound person may.
EVERYBODY = {"start", "help", "cancel", "deadlines", "verify"}
STAFF = {
    "draw",
    "progress",
    "plan",
    "registers",
    "import",
    "find",
    "collect",
    "publish",
    "followup",
    "summary",
    "letters",
}
MAY = {
    "见证人甲": EVERYBODY,
    "检查人员01": EVERYBODY | {"tasks", "result", "followup"},
    "复核人甲": EVERYBODY | {"review"},
    "联络员01": EVERYBODY | {"report"},
    "领导甲": EVERYBODY | {"progress", "summary", "audit", "letters"},
    "工作人员甲": EVERYBODY | STAFF,
    "管理员": EVERYBODY | STAFF | {"people", "bind", "audit"},
}
WORDS = {
    "start": "开始", "help": "帮助", "cancel": "取消", "draw": "抽取", "progress": "进度", "plan": "计划",
    "registers": "名录库", "import": "导入", "find": "查找", "people": "人员", "bind": "绑定", "tasks": "我的任务",
    "result": "录入结果", "review": "待复核", "deadlines": "期限", "report": "报送", "collect": "报送情况",
    "publish": "公示", "followup": "后续处置", "summary": "汇总", "audit": "留痕", "verify": "复核抽取",
    "letters": "发文",
}  # fmt: skip


async def test_help_lists_what_each_role_may_and_the_rest_is_refused(talk: Talk) -> None:
    """Each line of /help works for its reader; what is not there is refused with who does it."""
    assert {name: each.word for name, each in registry.COMMANDS.items()}.items() <= WORDS.items()
    for name, may in MAY.items():
        who = talk[name]
        answer = await talk.answer(who, "帮助")
        listed = {line.split()[0].removeprefix("/") for line in words(answer).splitlines() if line.startswith("/")}
        assert listed == may & set(registry.COMMANDS), name
        for command in ("draw", "review", "people", "tasks", "publish", "progress"):
            if command not in may:
                refused = await talk.answer(who, f"/{command}")
                assert words(refused).startswith(f"「{WORDS[command]}」由"), (name, command)
                assert "您没有这项权限。" in words(refused)
    titled = words(await talk.answer(talk["见证人甲"], "/help"))
    assert titled.startswith("示例见证人甲（见证人），您可以办理：")
    assert words(await talk.answer(talk["管理员"], "/help")).startswith("示例管理员（管理员、工作人员）")


async def test_words_in_private_mentions_and_replies_in_the_group(talk: Talk) -> None:
    """The plain word in private; in the group after @bot or as a reply to the bot, and silence otherwise."""
    clerk, group = talk.clerk, talk.group
    assert "可以抽取的任务" in words(await talk.answer(clerk, "抽取"))
    named = await talk.answer(clerk, f"@{BOT} 抽取", group)
    assert "可以抽取的任务" in words(named)
    said = await clerk.says("进度", group, reply_to=named)
    await clerk.until("还没有抽取过任务。抽取请发送 /draw。", group, after=said)
    other = await clerk.says(f"/draw@{BOT}", group)
    await clerk.until("可以抽取的任务", group, after=other)
    unknown = await clerk.says(f"@{BOT} 抽签", group)
    told = await clerk.until("没有看懂这句话。发送 /help", group, after=unknown)
    assert told["reply_to_message"]["message_id"] == unknown["message_id"]
    for silent in ("抽取", "大家好", "/draw@another_bot", "/nonsense"):
        last = await clerk.says(silent, group)
    last = await clerk.says("收到", group, reply_to=named)
    await talk.settled()
    assert clerk.messages(group)[-1]["message_id"] == last["message_id"], "nothing else is the bot's business"
    assert words(await talk.answer(clerk, "/nonsense")).startswith("没有这个命令。发送 /help")
    assert words(await talk.answer(clerk, "你好")).startswith("没有看懂这句话。发送 /help")


async def test_a_link_binds_once(talk: Talk) -> None:
    """/people hands out a link; used it is used up; expired, foreign and wrong ones get a sentence."""
    admin, fresh, other = talk["管理员"], talk["检查人员26"], talk["检查人员30"]
    hello = await first_words(fresh)
    assert "您的账号还没有绑定，请向本单位管理员要一个绑定链接" in hello

    listed = await talk.answer(admin, "人员")
    assert "还有 2 人没有绑定账号，消息无法送达" in words(listed)
    assert [b["text"] for b in buttons(listed)][:2] == ["示例检查人员26 · 发链接", "示例检查人员30 · 发链接"]
    refused = await talk.answer(admin, "/people", talk.group)
    assert words(refused) == "请在与我的私聊里办理：链接不能发在群里。"

    old = await token(admin, "示例检查人员26")
    new = await token(admin, "示例检查人员26")
    for wrong in (old, "nonsense"):
        said = await fresh.starts(BOT, wrong)
        await fresh.until("已经用过、过期或者不正确。请向管理员要一个新的链接。", after=said)
    # Somebody who is bound already does not become another person by a link.
    said = await talk.clerk.starts(BOT, new)
    await talk.clerk.until("您的账号已经绑定为「示例工作人员甲」。如需更换，请联系管理员。", after=said)
    with talk.writing() as session:
        assert session.exec(select(Account.id).join(Person).where(Person.name == fresh.name)).first() is None
    said = await fresh.starts(BOT, new)
    bound = await fresh.until("示例检查人员26，您好！账号已经绑定。您可以办理：", after=said)
    assert "/tasks 我的任务" in words(bound)
    said = await other.starts(BOT, new)
    await other.until("已经用过、过期或者不正确", after=said)
    said = await fresh.starts(BOT)
    await fresh.until("示例检查人员26，您好！您可以办理：", after=said)

    late = await token(admin, "示例检查人员30")
    with talk.writing() as session:
        for row in session.exec(select(Invitation)):
            row.expires_at = talk.office.clock() - timedelta(seconds=1)
            session.add(row)
    said = await other.starts(BOT, late)
    await other.until("已经用过、过期或者不正确", after=said)
    # The word works as the command does.
    again = await token(admin, "示例检查人员30")
    said = await other.says(f"开始 {again}")
    await other.until("账号已经绑定", after=said)
    assert "所有人员都已绑定账号" in words(await talk.answer(admin, "/people"))


async def test_only_an_administrator_binds_and_the_group_bound_last_is_used(talk: Talk) -> None:
    """/bind by an administrator in the group; staff may not, private is told where; announcements follow."""
    admin, clerk = talk["管理员"], talk.clerk
    assert words(await talk.answer(admin, "/bind")) == "请在要绑定的群里发送 /bind。"
    assert "已经绑定「示例市双随机办」，不用再绑定" in words(await talk.answer(admin, "/bind", talk.group))
    bot = int(talk.office.application.bot.id)
    members = [admin, clerk, *talk.witnesses]
    group = await talk.admin.group("新的工作群", members, [bot], type="supergroup")
    refused = await talk.answer(clerk, "/bind", group)
    assert words(refused) == "「绑定」由管理员办理，您没有这项权限。"
    assert words(await talk.answer(admin, f"@{BOT} 绑定", group)).startswith("本群已绑定「示例市双随机办」。")
    with talk.reading() as session:
        assert session.exec(select(Group).where(Group.chat_id == group)).one().title == "新的工作群"

    listed = await talk.answer(clerk, "/draw")
    await clerk.presses(f"{talk.office.clock().year}001", message=listed)
    await clerk.until("预览", after=listed["message_id"] - 1)
    await clerk.presses("发布公告", message=listed)
    await clerk.until(
        "公告第 1 号已发布到工作群「新的工作群」，请见证人在群里回复公告掷骰。", after=listed["message_id"] - 1
    )
    announcement = await clerk.until("公告 第 1 号", group)
    await talk.witnesses[0].throws("🎰", group, reply_to=announcement)
    await clerk.until("第 1/6 次", group)

    plain = await talk.admin.group("普通群", [admin], [bot], type="group")
    assert "本群还不是超级群" in words(await talk.answer(admin, "/bind", plain))


async def test_cancel_leaves_any_form(talk: Talk) -> None:
    """取消 by command, word or button ends whatever is being filled in, and changes nothing else."""
    for who in (talk["见证人甲"], talk.clerk):
        assert words(await talk.answer(who, "/cancel")) == "现在没有正在填写的内容。"
    preview = await talk.answer(talk.clerk, "/draw")
    await talk.clerk.presses("取消", message=preview)
    number = preview["message_id"]
    await talk.clerk.until(lambda m: m["message_id"] == number and words(m) == "已取消。")

    team = await talk.dispatches(f"{talk.office.clock().year}008")
    who = team[0]
    listed = await talk.answer(who, "我的任务")
    visit = cards(listed)[0][1]
    await who.presses("", message=listed, data=f"1.visit.{visit}")
    card = await who.until("现场照片请直接回复本条发送", after=listed)
    for label, asks in (("申请回避", "请直接写明理由"), ("无法参加", "无法参加「"), ("录入结果", "请选择检查结果")):
        pressed = who.messages()[-1]
        await who.presses(label, message=card)
        if label == "无法参加":
            which = await who.until("您在本次抽取还有其他任务，请选择", after=pressed)
            assert forms(talk) == 0
            await who.presses("仅此一户", message=which)
        await who.until(asks, after=pressed)
        assert forms(talk) == 1
        for word in ("/cancel", "取消"):
            answer = await talk.answer(who, word)
            assert words(answer) == ("已取消。" if word == "/cancel" else "现在没有正在填写的内容。")
        assert forms(talk) == 0
    with talk.reading() as session:
        assert session.exec(select(Draw.state)).one() == "drawn"


@pytest.mark.parametrize("leaves", ["the office", "a role"])
async def test_the_right_is_that_of_the_moment(talk: Talk, leaves: str) -> None:
    """Who leaves the office, or loses a role, is refused at the next press, though the button is still there."""
    listed = await talk.answer(talk.clerk, "/draw", talk.group)
    with talk.writing() as session:
        person = session.exec(select(Person).where(Person.name == "示例工作人员甲")).one()
        if leaves == "the office":
            person.active = False
            session.add(person)
        else:
            from models.people import Grant

            for grant in session.exec(select(Grant).where(Grant.person_id == person.id)):
                session.delete(grant)
    said = await talk.clerk.presses(f"{talk.office.clock().year}001", talk.group, message=listed)
    assert said["show_alert"]
    assert ("没有绑定" if leaves == "the office" else "没有办理这项工作的权限") in said["text"]
    asked = await talk.clerk.says("/draw")
    sentence = "还没有绑定" if leaves == "the office" else "由工作人员办理，您没有这项权限"
    await talk.clerk.until(sentence, after=asked)


# --- pieces ----------------------------------------------------------------------------------------------------------


async def first_words(who: ChatPerson) -> str:
    said = await who.starts(BOT)
    return words(await who.until(lambda m: m["from"]["is_bot"], after=said))


async def token(admin: ChatPerson, name: str) -> str:
    """A fresh link's token for somebody."""
    before = admin.messages()[-1] if admin.messages() else 0
    await admin.presses(f"{name} · 发链接")
    sent = await admin.until(lambda m: "/start " in words(m) and name in words(m), after=before)
    return words(sent).rpartition("/start ")[2].split()[0]


def forms(talk: Talk) -> int:
    with talk.reading() as session:
        return len(session.exec(select(Dialogue)).all())
