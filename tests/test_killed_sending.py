"""The process is killed while it sends: nothing is lost, and nothing known to be sent goes out twice."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, select

from bot import settings
from bot.chat.client import ChatAdmin, ChatPerson, words
from models import outbox
from models.act import key
from models.base import KEYRING, open_store, reading, writing
from models.entity import Entity
from models.outbox import Outbox
from models.people import Account, Person
from models.plan import Task
from models.visit import Visit
from models.words import OutboxState
from tests.process import started
from tests.sample_office import NOW
from tests.talk import ADMIN_KEY

SENT_BEFORE = 7


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[tuple[ChatAdmin, dict[str, ChatPerson], Callable[[], None]]]:
    """The office as a process: its chat, its people, and what kills it."""
    given = {"data": data, "chat_address": "127.0.0.1:0", "chat_admin_key": ADMIN_KEY, "chat_test": 1}
    with started(data, "run", log_level="ERROR", tick_seconds=3600, **given) as process:
        assert process.stdout is not None
        address = await asyncio.to_thread(process.stdout.readline)
        admin = ChatAdmin(address.strip().rstrip("/"), ADMIN_KEY)
        people = await admin.sample()
        try:
            yield admin, people, process.kill
        finally:
            for person in [*people.values(), admin]:
                await person.aclose()


async def until(wanted: Callable[[], bool]) -> None:
    """Wait for something in the store that another process writes."""
    async with asyncio.timeout(30):
        while not wanted():
            await asyncio.sleep(0.01)


def queue(engine: Engine) -> list[Person]:
    """One message to everybody who is bound but the dispatcher, all of one kind; who gets them, in order."""
    with writing(engine) as session:
        staff = session.exec(select(Person).where(Person.key == "staff1")).one()
        bound = select(Person).join(Account, col(Account.person_id) == col(Person.id)).order_by(col(Person.id))
        receivers = [person for person in session.exec(bound) if person.id != staff.id]
        task, entity = session.exec(select(Task)).first(), session.exec(select(Entity)).first()
        assert task is not None and entity is not None
        visit = Visit(
            task_id=key(task), entity_id=key(entity), order=1, stratum="*", due=date(2099, 1, 1), drawn_at=NOW
        )
        session.add(visit)
        session.flush()
        for person in receivers:
            row = Outbox(
                key=f"m:{person.id}",
                kind="leave_refused",
                person_id=person.id,
                dispatcher_id=staff.id,
                data={"visit": visit.id},
                created_at=NOW,
                not_before=NOW,
            )
            outbox.put(session, row)
    return receivers


async def heard(person: ChatPerson, text: str) -> int:
    """How often somebody heard something."""
    await person.look()
    return sum(text in words(message) for message in person.messages())


async def test_killed_while_it_sends(sample_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    found = settings.load(data=data)
    KEYRING.use(settings.key_of(found)[0])
    engine = open_store(found.store_url)

    def states() -> dict[str, str]:
        with reading(engine) as session:
            return {row.key: row.state for row in session.exec(select(Outbox).where(col(Outbox.key).startswith("m:")))}

    def open_rows() -> int:
        with reading(engine) as session:
            waiting = [OutboxState.QUEUED, OutboxState.TAKEN, OutboxState.SENDING]
            return len(session.exec(select(Outbox.id).where(col(Outbox.state).in_(waiting))).all())

    async with running(data) as (admin, people, kill):
        with reading(engine) as session:
            bound = select(Person).join(Account, col(Account.person_id) == col(Person.id)).order_by(col(Person.id))
            names = [person.name for person in session.exec(bound) if person.key != "staff1"]
        # The request to this one is out and has no answer when the process dies.
        last = people[names[SENT_BEFORE]]
        await admin.fault("sendMessage", "delay", chat=last.id, seconds=60)
        receivers = queue(engine)
        victim = f"m:{receivers[SENT_BEFORE].id}"
        await until(lambda: states()[victim] == OutboxState.SENDING)
        kill()
    assert Counter(states().values()) == {
        OutboxState.SENT: SENT_BEFORE,
        OutboxState.SENDING: 1,
        OutboxState.TAKEN: len(receivers) - SENT_BEFORE - 1,
    }

    async with running(data) as (_, people, _):
        await until(lambda: open_rows() == 0)
        after = states()
        assert after.pop(victim) == OutboxState.UNCERTAIN
        assert set(after.values()) == {OutboxState.SENT}
        counts = {who.name: await heard(people[who.name], "申请没有获得同意") for who in receivers}
        assert counts.pop(receivers[SENT_BEFORE].name) == 0
        assert set(counts.values()) == {1}
        assert await heard(people["示例工作人员甲"], "没有收到申请未获同意的答复：发送时程序中断，是否送达不明") == 1

    async with running(data) as (_, people, _):
        await until(lambda: open_rows() == 0)
        assert await heard(people["示例工作人员甲"], "是否送达不明") == 1
    engine.dispose()
