"""Arriving and finding one's way: /start with a one-time link, /help by role, /cancel anywhere."""

from handlers import registry
from handlers.answer import Answer
from handlers.registry import Ask, command
from models import dialogue, office, people
from models.act import Act, Refused
from models.outbox import Outbox
from models.words import Role, chinese
from templates.texts import Html, lines, names, say


@command("start", "开始", "绑定账号，开始使用", who="持有链接的人员", open=True)
def start(ask: Ask) -> Answer | None:
    """Bind by a one-time link; greet whoever is bound already."""
    if not ask.private:
        return None
    if ask.text:
        person = office.accept(ask.act, ask.text, ask.user_id)
        return Answer(
            lines(say("start.bound", name=person.name), _commands(people.roles(ask.act.session, person.id or 0)))
        )
    known = people.of_account(ask.act.session, ask.user_id)
    if known is None:
        return Answer(say("common.unknown"))
    return Answer(lines(say("start.again", name=known.name), _commands(people.roles(ask.act.session, known.id or 0))))


@command("help", "帮助", "查看我能办理的事项", who="已绑定人员")
def help_(ask: Ask) -> Answer | None:
    """What this person can do, each line a command with its word."""
    person = ask.act.person
    mine = people.roles(ask.act.session, ask.act.person_id)
    titles = "、".join(chinese(role) for role in Role if role in mine)
    return Answer(
        lines(
            say("start.who", name=person.name, roles=titles or "见证人"),
            _commands(mine),
            say("start.how_group", bot=ask.kit.bot_username) if not ask.private else say("start.how_private"),
        )
    )


@command("cancel", "取消", "放弃正在填写的内容", who="已绑定人员")
def cancel(ask: Ask) -> Answer | None:
    """Leave the open form; what was written into the database stays."""
    if dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id):
        return Answer(say("start.cancelled"))
    return Answer(say("start.nothing_open"))


@registry.button("cancel")
def press_cancel(ask: Ask) -> Answer | None:
    """取消 under a form or a preview; where it names a person, only that person clears it away."""
    if ask.args and ask.number() != ask.act.person_id:
        owner = ask.act.session.get(people.Person, ask.number())
        raise Refused(f"这是{owner.name if owner else '其他人员'}正在办理的事项，您不能代为取消。", alert=True)
    dialogue.end(ask.act.session, ask.chat_id, ask.act.person_id)
    return Answer(say("start.cancelled"), edit=True)


@registry.notice("undelivered")
def undelivered(act: Act, row: Outbox) -> Answer | None:
    """Tell whoever sent something out that it did not arrive, and why."""
    lost = act.session.get(Outbox, row.data["row"])
    if lost is None:
        return None
    person = act.session.get(people.Person, lost.person_id) if lost.person_id else None
    group = act.session.get(people.Group, lost.group_id) if lost.group_id else None
    name = person.name if person else group.title if group else ""
    text = say("start.undelivered", name=name, what=say(f"start.kind_{_kind(lost.kind)}"), reason=lost.reason)
    return Answer(text)


def _kind(kind: str) -> str:
    return kind if f"start.kind_{kind}" in names() else "other"


def _commands(mine: set[Role]) -> Html:
    return lines(
        *(
            say("start.command", name=each.name, word=each.word, help=each.help)
            for each in registry.COMMANDS.values()
            if each.roles & mine or each.roles == registry.EVERYONE
        )
    )
