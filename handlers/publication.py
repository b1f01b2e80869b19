"""公示: what waits to be published, its table, and 登记公示 (DESIGN §5.5); 后续处置 and its 销号."""

from handlers.answer import Answer, column, key
from handlers.registry import Ask, button, command, form, notice
from models import backfill, dialogue, draw, followup, papers_followup, publication, visit
from models.act import Act, NoRight, Refused
from models.entity import Entity
from models.outbox import Outbox
from models.plan import Task
from models.visit import Visit
from models.words import Measure, Role, chinese
from templates.texts import Html, lines, say


@command("publish", "公示", "查看待公示的结果，登记公示", roles={Role.STAFF, Role.ADMIN}, who="工作人员")
def pending(ask: Ask) -> Answer | None:
    """One 待公示 list, by draw."""
    found = publication.pending(ask.act)
    backfill.owe(ask.act)
    waiting = len(backfill.pending(ask.act))
    platform = [key(f"平台回填（{waiting} 项）", "backfills")] if waiting else []
    if not found:
        return Answer(say("publication.none"), column(*platform))
    shown = [
        say("publication.line", no=task.plan_no, name=task.name, n=n, due=f"{due.month} 月 {due.day} 日")
        for _, task, n, due in found
    ]
    keys = []
    for draw_id, task, _, _ in found:
        keys.append(key(f"{task.plan_no} 公示表 .docx", "doc_publication", draw_id))
        keys.append(key(f"{task.plan_no} 登记公示", "publish", draw_id))
    return Answer(lines(say("publication.list"), *shown), column(*keys, *platform))


@notice("all_checked")
def all_checked(act: Act, row: Outbox) -> Answer | None:
    """To the staff: everything is checked, the table is ready."""
    drawn = draw.get(act.session, int(row.data["draw"]))
    task = act.session.get_one(Task, drawn.task_id)
    keys = column(key("公示表 .docx", "doc_publication", drawn.id or 0), key("登记公示", "publish", drawn.id or 0))
    return Answer(say("publication.ready", no=task.plan_no, name=task.name), keys)


@button("publish")
def where(ask: Ask) -> Answer | None:
    """登记公示: through which channel."""
    if not ask.private:
        raise Refused("请在与我的私聊里登记公示。")
    drawn = draw.get(ask.act.session, ask.number())
    task = ask.act.session.get_one(Task, drawn.task_id)
    if not ask.act.may({Role.STAFF, Role.ADMIN}, task.unit_id or 0):
        raise NoRight
    channels = ask.act.policy.publication.channels
    keys = [key(name, "publish_on", ask.number(), n) for n, name in enumerate(channels)]
    return Answer(say("publication.where", no=task.plan_no), column(*keys, key("取消", "cancel")))


@button("publish_on")
def link(ask: Ask) -> Answer | None:
    """The link, or 没有链接."""
    dialogue.begin(
        ask.act.session,
        ask.chat_id,
        ask.act.person_id,
        "publish",
        {"draw": ask.number(), "channel": ask.act.policy.publication.channels[ask.number(1)]},
        ask.act.now,
    )
    return Answer(say("publication.link"), column(key("没有链接", "publish_done"), key("取消", "cancel")), edit=True)


@form("publish")
def link_text(ask: Ask) -> Answer | None:
    """The link as text."""
    if not ask.text.startswith(("http://", "https://")):
        return Answer(say("publication.link_wrong"))
    return _register(ask, ask.text)


@button("publish_done")
def without_link(ask: Ask) -> Answer | None:
    """Registered without a link."""
    return _register(ask, "")


@command(
    "followup",
    "后续处置",
    "查看后续处置，办理销号",
    roles={Role.STAFF, Role.ADMIN, Role.INSPECTOR},
    who="工作人员、检查人员",
)
def followups(ask: Ask) -> Answer | None:
    """Open follow-ups, the most urgent first."""
    found = followup.pending(ask.act.session)
    mine = [each for each in found if followup.may_see(ask.act, each[1])]
    if not mine:
        return Answer(say("publication.no_followups"), privately=not ask.private)
    shown = [
        say(
            "publication.followup",
            entity=ask.act.session.get_one(Entity, one.entity_id).name,
            measure=chinese(Measure(row.measure)),
            due=f"{row.due.month} 月 {row.due.day} 日",
            late=say("publication.late") if row.due < ask.act.now.date() else "",
        )
        for row, one in mine[:30]
    ]
    # 销号 is the staff's; inspectors see what became of their findings.
    keys = [
        key(f"销号 · {ask.act.session.get_one(Entity, one.entity_id).name[:14]}", "close_followup", row.id or 0)
        for row, one in mine[:30]
        if _may_close(ask, one)
    ]
    # Papers of several are one button each, beside their 销号.
    keys += [
        key(f"文书 · {ask.act.session.get_one(Entity, one.entity_id).name[:14]}", "followup_papers", row.id or 0)
        for row, one in mine[:30]
        if papers_followup.kinds(row)
    ]
    more = say("publication.more", n=len(mine) - 30) if len(mine) > 30 else ""
    return Answer(
        lines(say("publication.followups", n=len(mine)), *shown, more), column(*keys), privately=not ask.private
    )


@button("close_followup")
def close_followup(ask: Ask) -> Answer | None:
    """销号: asks what was done."""
    if not ask.private:
        raise Refused("请在与我的私聊里办理销号。")
    row = ask.act.session.get(followup.Followup, ask.number())
    if row is None:
        raise Refused("没有找到这项后续处置，请重新发送 /followup。")
    one = visit.get(ask.act.session, row.visit_id)
    if not _may_close(ask, one):
        raise NoRight("后续处置由工作人员销号，您没有这项权限。")
    if row.closed_at is not None:
        raise Refused("这项后续处置已经销号。")
    dialogue.begin(
        ask.act.session, ask.chat_id, ask.act.person_id, "close_followup", {"followup": ask.number()}, ask.act.now
    )
    entity = ask.act.session.get_one(Entity, one.entity_id)
    text = say("publication.ask_note", entity=entity.name, measure=chinese(Measure(row.measure)))
    return Answer(text, column(key("取消", "cancel")))


@form("close_followup")
def close_note(ask: Ask) -> Answer | None:
    """The note that closes a follow-up; the task closes with the last of them."""
    if ask.dialogue is None or not ask.text:
        return Answer(say("visit.reason_as_text"))
    row = followup.close(ask.act, int(ask.dialogue.data["followup"]), ask.text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    closed = publication.close_after(ask.act, row.visit_id)
    one = visit.get(ask.act.session, row.visit_id)
    rest = say("publication.closed") if closed else _left(ask, one.draw_id or 0)
    return Answer(lines(say("publication.followup_closed"), rest))


def _register(ask: Ask, text: str) -> Answer:
    if ask.dialogue is None or ask.dialogue.form != "publish":
        raise Refused("这次登记已经完成或者取消。请重新发送 /publish。")
    data = dict(ask.dialogue.data)
    count, closed = publication.register(ask.act, int(data["draw"]), channel=str(data["channel"]), link=text)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    rest = say("publication.closed") if closed else _left(ask, int(data["draw"]))
    return Answer(lines(say("publication.registered", n=count, channel=data["channel"]), rest))


def _left(ask: Ask, draw_id: int) -> Html:
    """What keeps a task from being closed, in figures, and where to go on."""
    unpublished, measures = publication.left(ask.act.session, draw_id)
    return lines(
        say("publication.left_visits", n=unpublished) if unpublished else "",
        say("publication.left_followups", n=measures) if measures else "",
    )


def _may_close(ask: Ask, one: Visit) -> bool:
    task = ask.act.session.get_one(Task, one.task_id)
    return ask.act.may({Role.STAFF, Role.ADMIN}, task.unit_id or 0)
