"""公示: what waits to be published, its table, and 登记公示 (DESIGN §5.5)."""

from handlers.answer import Answer, column, key
from handlers.registry import Ask, button, command, form, notice
from models import backfill, dialogue, draw, publication
from models.act import Act, NoRight, Refused
from models.outbox import Outbox
from models.plan import Task
from models.words import Role
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
