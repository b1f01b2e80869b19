"""合并抽取: the tasks that are announced in one message and share its throws, and how their randomness is got."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel

from models.act import Refused
from models.base import Instant


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
