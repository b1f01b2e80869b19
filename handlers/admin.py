"""The administrator's desk: binding a group, handing out links, and the list of who is not bound yet."""

from handlers.answer import Answer, Key, column, key
from handlers.registry import Ask, button, command
from models import office, people
from models.act import NoRight, Refused
from models.people import Person, Unit
from models.words import Role
from templates.texts import lines, say

# A list of people shows so many at once.
_SHOWN = 40


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
    _private(ask)
    mine = people.below(ask.act.session, _own_unit(ask).id or 0)
    missing = [person for person in people.unbound(ask.act.session) if person.unit_id in mine]
    again = key("已绑定人员：重新发链接", "people_bound", 0)
    if not missing:
        return Answer(lines(say("admin.all_bound"), say("admin.add_people")), column(again))
    more = say("admin.more", n=len(missing) - _SHOWN) if len(missing) > _SHOWN else ""
    return Answer(
        lines(say("admin.unbound", n=len(missing)), more, say("admin.add_people")),
        column(*(_invitation(person) for person in missing[:_SHOWN]), again),
    )


@button("people_bound")
def show_bound(ask: Ask) -> Answer | None:
    """Those who have an account: a new link for whoever lost theirs or changes the account."""
    _private(ask)
    mine = people.below(ask.act.session, _own_unit(ask).id or 0)
    found = [person for person in people.bound(ask.act.session) if person.unit_id in mine]
    first = ask.number()
    keys = [_invitation(person) for person in found[first : first + _SHOWN]]
    if first + _SHOWN < len(found):
        keys.append(key("后面的人员", "people_bound", first + _SHOWN))
    return Answer(say("admin.bound_list", n=len(found)), column(*keys))


@button("invite")
def invite(ask: Ask) -> Answer | None:
    """A new one-time link for one person, to be handed over by the administrator."""
    _private(ask)
    person = ask.act.session.get(Person, ask.number())
    if person is None:
        raise Refused("没有找到这个人。")
    if not ask.act.may({Role.ADMIN}, person.unit_id):
        raise NoRight
    own = ask.kit.link(ask.act, person)
    if own is not None:
        office.admit(ask.act, person)
        return Answer(say("admin.own_link", name=person.name, link=own, days=office.LINK_DAYS))
    token = office.invite(ask.act, person)
    if ask.act.chat == "local":
        return Answer(say("admin.token", name=person.name, token=token, days=office.LINK_DAYS))
    link = f"https://t.me/{ask.kit.bot_username}?start={token}"
    return Answer(say("admin.link", name=person.name, link=link, token=token, days=office.LINK_DAYS))


def _invitation(person: Person) -> Key:
    return key(f"{person.name} · 发链接", "invite", person.id or 0)


def _private(ask: Ask) -> None:
    if not ask.private:
        raise Refused("请在与我的私聊里办理：链接不能发在群里。")


def _own_unit(ask: Ask) -> Unit:
    """The highest unit in which the asker is administrator."""
    unit = people.unit_of_role(ask.act.session, ask.act.person_id, Role.ADMIN)
    if unit is None:
        raise NoRight
    return unit
