"""合并抽取: the tasks that are announced in one message and share its throws, and how their randomness is got."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from models.act import Act, Refused
from models.base import Instant
from models.people import Person

MOST = 8
"""As many announcements as one message of the chat can carry."""


class Ceremony(SQLModel, table=True):
    """One message with one announcement or several; before 发布公告 it is a draft that staff change by buttons."""

    id: int | None = Field(default=None, primary_key=True)
    # None until it is announced.
    group_id: int | None = Field(default=None, foreign_key="group_chat.id")
    made_by: int = Field(foreign_key="person.id", index=True)
    made_at: datetime = Field(sa_type=Instant)
    announced_at: datetime | None = Field(default=None, sa_type=Instant)
    # Task ids, in the order in which they are announced.
    tasks: list[int] = Field(default_factory=list, sa_type=JSON)
    # By task id as text: `share` of what is due that this batch takes, `experts` to be drawn along.
    choices: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    # The `randomness` of lottery or hand as it will be announced; empty: dice in the chat by the profile's rule.
    rule: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    # When the lottery is drawn: no number is taken before.
    opens_at: datetime | None = Field(default=None, sa_type=Instant)


def get(session: Session, ceremony_id: int) -> Ceremony:
    """The ceremony, or a polite refusal."""
    found = session.get(Ceremony, ceremony_id)
    if found is None:
        raise Refused("这次抽取的预览已经取消，请重新发送 /draw。")
    return found


def still_draft(session: Session, ceremony_id: int) -> Ceremony:
    """The ceremony while it is a draft; refused once it was announced."""
    found = get(session, ceremony_id)
    if found.announced_at is not None:
        raise Refused("这次抽取的公告已经发布，不能再改。")
    return found


def draft(act: Act, tasks: list[int]) -> Ceremony:
    """A new draft; those that the same person left lying are cleared away."""
    made = Ceremony(made_by=act.person_id, made_at=act.now, tasks=tasks)
    keep(act, made)
    return made


def alone(act: Act, task_id: int) -> Ceremony:
    """A draft of one task as it would be, not kept: a preview writes nothing and can be asked for again."""
    return Ceremony(made_by=act.person_id, made_at=act.now, tasks=[task_id])


def keep(act: Act, row: Ceremony) -> None:
    """Write a draft down. A new one clears away those that the same person left lying."""
    if row.id is None:
        for old in act.session.exec(
            select(Ceremony).where(Ceremony.made_by == act.person_id, col(Ceremony.announced_at).is_(None))
        ):
            act.session.delete(old)
    act.session.add(row)
    act.session.flush()


def mark(act: Act, row: Ceremony, task_id: int) -> None:
    """Take a task in, or out again."""
    _own(act, row)
    if task_id in row.tasks:
        row.tasks = [each for each in row.tasks if each != task_id]
    elif len(row.tasks) >= MOST:
        raise Refused(f"一次最多合并 {MOST} 项任务，其余的请另外抽取。")
    else:
        row.tasks = [*row.tasks, task_id]
    keep(act, row)


def choose(act: Act, row: Ceremony, task_id: int, name: str, value: Any) -> None:
    """What staff choose for one task: `share` of what is due (`1/2`, empty for all), `experts` to be drawn along."""
    _own(act, row)
    row.choices = row.choices | {str(task_id): row.choices.get(str(task_id), {}) | {name: value}}
    keep(act, row)


def ask_for(act: Act, row: Ceremony, rule: dict[str, Any], opens_at: datetime | None = None) -> None:
    """How the randomness is got: a `randomness` of lottery or hand, or empty for dice in the chat."""
    _own(act, row)
    if rule and rule["kind"] not in act.policy.throws.sources:
        raise Refused("本单位的规定不允许用这种方式取得随机数。")
    row.rule, row.opens_at = rule, opens_at
    keep(act, row)


def _own(act: Act, row: Ceremony) -> None:
    """Only whoever opened a preview changes it."""
    if row.made_by != act.person_id:
        owner = act.session.get_one(Person, row.made_by)
        raise Refused(f"这是{owner.name}正在办理的抽取，您不能代为更改。请自己发送 /draw。", alert=True)
