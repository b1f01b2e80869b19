"""Units, people, their roles, accounts and groups, and who may do what (DESIGN §3)."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import BigInteger, UniqueConstraint, bindparam, literal, update
from sqlmodel import Field, Session, SQLModel, col, func, select

from models.base import Instant, Sealed
from models.words import Role


class Unit(SQLModel, table=True):
    """A unit of the tree: 市、县区、部门、处室/科室. The root is the office and names its policy."""

    id: int | None = Field(default=None, primary_key=True)
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    name: str
    kind: str = "department"
    policy: str | None = None
    sample: bool = False


class Person(SQLModel, table=True):
    """Somebody of the office. `label` is the stable public name in announcements and throws (PROTOCOL §3)."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    label: str = Field(unique=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    phone: str | None = Field(default=None, sa_type=Sealed)
    active: bool = True


class Grant(SQLModel, table=True):
    """One role of one person in one unit; it holds for the units below it too."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_id", "unit_id", "role"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    role: str = Field(index=True)


class Account(SQLModel, table=True):
    """A person's account in the chat. `reachable` is False once the chat says that it is blocked."""

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(unique=True, sa_type=BigInteger)
    person_id: int = Field(foreign_key="person.id", unique=True)
    bound_at: datetime = Field(sa_type=Instant)
    reachable: bool = True


class Invitation(SQLModel, table=True):
    """A one-time link for a person; only the hash of its token is kept."""

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class Group(SQLModel, table=True):
    """A group chat bound to a unit."""

    __tablename__ = "group_chat"

    id: int | None = Field(default=None, primary_key=True)
    chat_id: int = Field(unique=True, sa_type=BigInteger)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    title: str = ""
    bound_by: int = Field(foreign_key="person.id")
    bound_at: datetime = Field(sa_type=Instant)


def _above(*columns: Any) -> Any:
    """A unit and all above it, nearest first: the tree is climbed inside the store."""
    here = select(Unit.id, Unit.parent_id, literal(0).label("height")).where(Unit.id == bindparam("unit_id"))
    climb = here.cte("climb", recursive=True)
    above = select(Unit.id, Unit.parent_id, climb.c.height + 1).join(climb, col(Unit.id) == climb.c.parent_id)
    climb = climb.union_all(above)
    return select(*columns).join(climb, col(Unit.id) == climb.c.id).order_by(climb.c.height)


def _beneath() -> Any:
    """A unit and all below it: the tree is descended inside the store."""
    descent = select(Unit.id).where(Unit.id == bindparam("unit_id")).cte("descent", recursive=True)
    return select(descent.union_all(select(Unit.id).join(descent, col(Unit.parent_id) == descent.c.id)).c.id)


# What every update asks, put together once: building such a statement costs as much as running it.
_OF_ACCOUNT = (
    select(Person)
    .join(Account, col(Account.person_id) == col(Person.id))
    .where(Account.user_id == bindparam("user_id"), col(Person.active))
)
_ROLES = select(Grant.role).where(Grant.person_id == bindparam("person_id"))
_LINEAGE = _above(Unit)
_BELOW = _beneath()
# Below the only unit without one above it is every unit: no tree has to be descended.
_UNITS = SQLModel.metadata.tables["unit"].c
_TOPS, _ALL = sqlalchemy.select(_UNITS.id).where(_UNITS.parent_id.is_(None)).limit(2), sqlalchemy.select(_UNITS.id)
_POLICY = _above(Unit.policy).where(col(Unit.policy) != "").limit(1)
_GROUP_OF_CHAT = select(Group).where(Group.chat_id == bindparam("chat_id"))


def token_hash(token: str) -> str:
    """What is kept of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def of_account(session: Session, user_id: int) -> Person | None:
    """The person behind a chat account, if bound and still in the office."""
    return session.exec(_OF_ACCOUNT, params={"user_id": user_id}).first()


def account_of(session: Session, person_id: int) -> Account | None:
    """The chat account of a person."""
    return session.exec(select(Account).where(Account.person_id == person_id)).first()


def account_of_user(session: Session, user_id: int) -> Account | None:
    """The account with a chat's user id."""
    return session.exec(select(Account).where(Account.user_id == user_id)).first()


def group_of_chat(session: Session, chat_id: int) -> Group | None:
    """The bound group behind a chat id."""
    return session.exec(_GROUP_OF_CHAT, params={"chat_id": chat_id}).first()


def group_for(session: Session, unit_id: int) -> Group | None:
    """The group of a unit, or of the nearest unit above it that has one; of several the one that was bound last."""
    for ancestor in lineage(session, unit_id):
        newest = select(Group).where(Group.unit_id == ancestor.id).order_by(col(Group.bound_at).desc(), col(Group.id))
        found = session.exec(newest).first()
        if found:
            return found
    return None


def lineage(session: Session, unit_id: int) -> list[Unit]:
    """A unit and all above it, nearest first."""
    return list(session.exec(_LINEAGE, params={"unit_id": unit_id}))


def below(session: Session, unit_id: int) -> set[int]:
    """Ids of a unit and of all units below it."""
    if list(session.execute(_TOPS).scalars()) == [unit_id]:
        return set(session.execute(_ALL).scalars())
    return set(session.execute(_BELOW, {"unit_id": unit_id}).scalars()) | {unit_id}


def among(session: Session, column: Any, unit_ids: Iterable[int]) -> Any:
    """A condition that a column is one of these units; of all units it is said without naming thousands of them."""
    ids = set(unit_ids)
    if len(ids) > 1 and session.exec(select(func.count()).select_from(Unit)).one() == len(ids):
        return column.is_not(None)
    return column.in_(ids)


def under(session: Session, column: Any, tops: Collection[int]) -> Any:
    """A condition that a column is one of these units or below; of a whole office no unit has to be read for it."""
    roots = list(session.execute(_TOPS).scalars())
    if len(roots) == 1 and roots[0] in tops:
        return column.is_not(None)
    return column.in_({unit_id for top in tops for unit_id in below(session, top)})


def root(session: Session) -> Unit | None:
    """The office itself."""
    return session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))).first()


def unit_named(session: Session, name: str) -> Unit | None:
    """A unit by its full name."""
    return session.exec(select(Unit).where(Unit.name == name).order_by(col(Unit.id))).first()


def policy_name(session: Session, unit_id: int) -> str | None:
    """The profile of a unit, inherited down the tree (DESIGN §2)."""
    found: str | None = session.exec(_POLICY, params={"unit_id": unit_id}).first()
    return found


def roles(session: Session, person_id: int) -> set[Role]:
    """All roles of a person, in whatever unit."""
    return {Role(role) for role in session.exec(_ROLES, params={"person_id": person_id})}


def unit_of_role(session: Session, person_id: int, role: Role) -> Unit | None:
    """The highest unit in which a person has a role."""
    found = session.exec(
        select(Unit)
        .join(Grant, col(Grant.unit_id) == col(Unit.id))
        .where(Grant.person_id == person_id, Grant.role == role)
    ).all()
    return min(found, key=lambda unit: (len(lineage(session, unit.id or 0)), unit.id), default=None)


def may(session: Session, person_id: int, wanted: Iterable[Role], unit_id: int) -> bool:
    """Whether a person has one of the roles in a unit or in one above it."""
    above = [unit.id for unit in lineage(session, unit_id)]
    found = select(Grant.id).where(
        Grant.person_id == person_id, col(Grant.role).in_(list(wanted)), col(Grant.unit_id).in_(above)
    )
    return session.exec(found.limit(1)).first() is not None


def holders(session: Session, role: Role, unit_id: int, *, without: Iterable[int] = ()) -> list[Person]:
    """Active people with a role, in the unit or in the nearest one above that has any, less those named."""
    left_out = set(without)
    for unit in lineage(session, unit_id):
        found = session.exec(
            select(Person)
            .join(Grant, col(Grant.person_id) == col(Person.id))
            .where(Grant.role == role, Grant.unit_id == unit.id, col(Person.active))
            .order_by(col(Person.id))
        )
        people = [person for person in found if person.id not in left_out]
        if people:
            return people
    return []


def with_role(session: Session, role: Role) -> list[Person]:
    """Active people who have a role anywhere."""
    found = select(Person).join(Grant, col(Grant.person_id) == col(Person.id)).where(Grant.role == role)
    return list(session.exec(found.where(col(Person.active)).distinct().order_by(col(Person.id))))


def bound(session: Session) -> list[Person]:
    """Active people with a chat account."""
    found = select(Person).join(Account, col(Account.person_id) == col(Person.id)).where(col(Person.active))
    return list(session.exec(found.order_by(col(Person.unit_id), col(Person.id))))


def unbound(session: Session) -> list[Person]:
    """Active people without a chat account: nothing can reach them yet."""
    return list(
        session.exec(
            select(Person)
            .join(Account, col(Account.person_id) == col(Person.id), isouter=True)
            .where(col(Account.id).is_(None), col(Person.active))
            .order_by(col(Person.unit_id), col(Person.id))
        )
    )


def move_chat(session: Session, old: int, new: int) -> None:
    """A group became a supergroup: its id changes in every table that holds one (TOOLBOX)."""
    for table in SQLModel.metadata.tables.values():
        if "chat_id" in table.c:
            session.execute(update(table).where(table.c.chat_id == old).values(chat_id=new))


def unreachable(session: Session, user_id: int) -> Person | None:
    """Mark an account that blocked the bot; returns the person the first time."""
    account = session.exec(select(Account).where(Account.user_id == user_id, col(Account.reachable))).first()
    if account is None:
        return None
    account.reachable = False
    session.add(account)
    return session.get(Person, account.person_id)
