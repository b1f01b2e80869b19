"""The administrator's desk: binding a group, handing out links, and the list of who is not bound yet."""

from handlers.answer import Answer, column, key
from handlers.registry import Ask, button, command
from models import office, people
from models.act import NoRight, Refused
from models.people import Person, Unit
from models.words import Role
from templates.texts import lines, say


@command("bind", "绑定", "把本群绑定到我的单位", roles={Role.ADMIN}, who="管理员")
def bind(ask: Ask) -> Answer | None:
    """Bind the group where it is said to the administrator's unit."""
    if ask.private:
        raise Refused("请在要绑定的群里发送 /bind。")
    unit = _own_unit(ask)
    office.bind_group(ask.act, chat_id=ask.chat_id, title=ask.chat_title, unit=unit)
    note = "" if ask.kit.supergroup else say("admin.not_supergroup")
    return Answer(lines(say("admin.bound", unit=unit.name), note))


@command("people", "人员", "查看未绑定人员，发放绑定链接", roles={Role.ADMIN}, who="管理员")
def show_people(ask: Ask) -> Answer | None:
    """Who cannot be reached yet, with a button for a link to each."""
    if not ask.private:
        raise Refused("请在与我的私聊里办理：链接不能发在群里。")
    session = ask.act.session
    mine = people.below(session, _own_unit(ask).id or 0)
    missing = [person for person in people.unbound(session) if person.unit_id in mine]
    if not missing:
        return Answer(say("admin.all_bound"))
    keys = [key(f"{person.name} · 发链接", "invite", person.id or 0) for person in missing[:40]]
    more = say("admin.more", n=len(missing) - 40) if len(missing) > 40 else ""
    return Answer(lines(say("admin.unbound", n=len(missing)), more), column(*keys))


@button("invite")
def invite(ask: Ask) -> Answer | None:
    """A new one-time link for one person, to be handed over by the administrator."""
    person = ask.act.session.get(Person, ask.number())
    if person is None:
        raise Refused("没有找到这个人。")
    token = office.invite(ask.act, person)
    link = f"https://t.me/{ask.kit.bot_username}?start={token}"
    return Answer(say("admin.link", name=person.name, link=link, token=token, days=office.LINK_DAYS))


def _own_unit(ask: Ask) -> Unit:
    """The highest unit in which the asker is administrator."""
    unit = people.unit_of_role(ask.act.session, ask.act.person_id, Role.ADMIN)
    if unit is None:
        raise NoRight
    return unit
