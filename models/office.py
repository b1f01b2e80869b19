"""Making an office: its units, its people, their one-time links, and the groups it works in (DESIGN §3)."""

import base64
from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import col, func, select

from models import people
from models.act import Act, NoRight, Refused, key
from models.people import Account, Grant, Group, Invitation, Person, Unit
from models.words import Role, chinese

LINK_DAYS = 14

# The order in which a person's roles give the public label (PROTOCOL §3).
_LABELS = (Role.ADMIN, Role.STAFF, Role.LEADER, Role.REVIEWER, Role.LIAISON, Role.INSPECTOR, Role.EXPERT)


class AlreadyFounded(Refused):
    """There is an office in this store."""


def establish(act: Act, *, name: str, policy: str, admin: str, sample: bool = False) -> tuple[Unit, Person, str]:
    """Make the office with its first administrator; returns the office, the person and the token of the first link."""
    if people.root(act.session) is not None:
        raise AlreadyFounded("这里已经有一个办公室，没有改动。要另建一个，请换一个数据文件夹。")
    office = Unit(name=name.strip(), kind="office", policy=policy, sample=sample)
    act.session.add(office)
    act.session.flush()
    act.record("establish", "unit", office.id, after={"name": name, "policy": policy})
    person = add_person(act, name=admin, unit=office, roles=[Role.ADMIN, Role.STAFF], key_name="admin")
    return office, person, invite(act, person)


def add_unit(act: Act, *, name: str, parent: Unit, kind: str = "department", policy: str | None = None) -> Unit:
    """Put a unit below another."""
    _administrator(act, key(parent))
    if people.unit_named(act.session, name) is not None:
        raise Refused(f"已经有名为「{name}」的单位，请换一个名称。")
    unit = Unit(name=name, parent_id=parent.id, kind=kind, policy=policy, sample=parent.sample)
    act.session.add(unit)
    act.session.flush()
    act.record("add_unit", "unit", unit.id, after={"name": name, "parent": parent.id, "kind": kind})
    return unit


def add_person(act: Act, *, name: str, unit: Unit, roles: Iterable[Role], key_name: str | None = None) -> Person:
    """Add somebody with roles in a unit; the public label (工作人员1, …) is given here once and never changes."""
    _administrator(act, key(unit))
    wanted = list(roles)
    title = next((chinese(role) for role in _LABELS if role in wanted), "见证人")
    taken = act.session.exec(select(func.count()).where(col(Person.label).startswith(title))).one()
    number = act.session.exec(select(func.count()).select_from(Person)).one() + 1
    person = Person(
        key=key_name or f"p{number}",
        name=name.strip(),
        label=f"{title}{taken + 1}",
        unit_id=key(unit),
    )
    act.session.add(person)
    act.session.flush()
    for role in wanted:
        act.session.add(Grant(person_id=key(person), unit_id=key(unit), role=role))
    act.session.flush()
    act.record("add_person", "person", person.id, after={"unit": unit.id, "roles": [str(role) for role in wanted]})
    return person


def grant(act: Act, person: Person, unit: Unit, role: Role) -> None:
    """Give a role in a unit."""
    _administrator(act, key(unit))
    act.session.add(Grant(person_id=key(person), unit_id=key(unit), role=role))
    act.record("grant", "person", person.id, after={"unit": unit.id, "role": str(role)})


def invite(act: Act, person: Person) -> str:
    """Make a one-time link for a person; returns its token. Earlier unused links of the person end."""
    _administrator(act, person.unit_id)
    for old in act.session.exec(
        select(Invitation).where(Invitation.person_id == person.id, col(Invitation.used_at).is_(None))
    ):
        act.session.delete(old)
    token = base64.urlsafe_b64encode(act.entropy(18)).decode()
    act.session.add(
        Invitation(
            token_hash=people.token_hash(token),
            person_id=key(person),
            made_at=act.now,
            expires_at=act.now + timedelta(days=LINK_DAYS),
        )
    )
    act.record("invite", "person", person.id)
    return token


def admit(act: Act, person: Person) -> None:
    """Note that a personal link into the office's own chat is handed out for a person: an administrator's act."""
    _administrator(act, person.unit_id)
    act.record("admit", "person", person.id)


def accept(act: Act, token: str, user_id: int) -> Person:
    """Bind a chat account by a one-time link."""
    found = act.session.exec(select(Invitation).where(Invitation.token_hash == people.token_hash(token))).first()
    if found is None or found.used_at is not None or found.expires_at < act.now:
        raise Refused("这个链接已经用过、过期或者不正确。请向管理员要一个新的链接。")
    person = act.session.get_one(Person, found.person_id)
    bound = people.of_account(act.session, user_id)
    if bound is not None and bound.id != person.id:
        raise Refused(f"您的账号已经绑定为「{bound.name}」。如需更换，请联系管理员。")
    bind(act, person, user_id)
    found.used_at = act.now
    act.session.add(found)
    return person


def bind(act: Act, person: Person, user_id: int) -> Account:
    """Bind a chat account to a person, in place of an earlier one."""
    account = people.account_of(act.session, key(person)) or Account(
        user_id=user_id, person_id=key(person), bound_at=act.now
    )
    account.user_id, account.bound_at, account.reachable = user_id, act.now, True
    act.session.add(account)
    act.session.flush()
    act.record("bind_account", "person", person.id)
    return account


def bind_group(act: Act, *, chat_id: int, title: str, unit: Unit) -> Group:
    """Bind a group chat to a unit (/bind by an administrator of it)."""
    act.require({Role.ADMIN}, key(unit))
    group = people.group_of_chat(act.session, chat_id)
    if group is not None and group.unit_id == unit.id:
        raise Refused(f"本群已经绑定「{unit.name}」，不用再绑定。")
    group = group or Group(chat_id=chat_id, unit_id=key(unit), bound_by=act.person_id, bound_at=act.now)
    group.unit_id, group.title, group.bound_by, group.bound_at = key(unit), title, act.person_id, act.now
    act.session.add(group)
    act.session.flush()
    act.record("bind_group", "group", group.id, after={"unit": unit.id})
    return group


def _administrator(act: Act, unit_id: int) -> None:
    # The command line and the making of the sample office act before there is anybody.
    if act.actor is None and act.source in {"cli", "sample"}:
        return
    if not act.may({Role.ADMIN}, unit_id):
        raise NoRight
