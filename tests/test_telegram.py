"""The same application with a token, on a chat server in Telegram's place: each edge that Telegram has (TOOLBOX)."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, col, select

from bot import run, settings
from bot.chat import server
from bot.chat.client import ChatAdmin, ChatPerson, buttons, words
from bot.settings import SettingError
from models import office as offices
from models import outbox, people
from models.act import Act
from models.audit import Audit
from models.base import SHANGHAI, reading, writing
from models.draw import Draw
from models.entity import Entity
from models.outbox import Outbox
from models.people import Account, Group, Person
from models.plan import Task
from models.visit import Visit
from models.words import OutboxState
from templates import policies
from tests.talk import of

ADMIN = "admin-key-of-the-telegram-stand-in"


@dataclass
class Stand:
    """A chat server in Telegram's place, the bot's token on it, and some people of the office."""

    address: str
    admin: ChatAdmin
    token: str
    bot_id: int
    people: dict[str, ChatPerson]
    group: int
    settings: settings.Settings

    def __getitem__(self, key: str) -> ChatPerson:
        return self.people[key]


@asynccontextmanager
async def stand(data: Path, tmp_path: Path, *, group: str = "supergroup", privacy: bool = True) -> AsyncIterator[Stand]:
    """Set the stage: people bound, the group bound; the office itself is started by each test."""
    app = server.build(
        tmp_path / "telegram", admin_key=ADMIN, sample=False, test=True, clock=lambda: datetime.now(SHANGHAI)
    )
    served = await server.serve(app, "127.0.0.1", 0)
    address = served.address.rstrip("/")
    admin = ChatAdmin(address, ADMIN)
    try:
        made = await admin.bot("qiantong_test_bot", "签筒", privacy=privacy)
        office_settings = of(
            data, key=(data / "key").read_text().strip(), telegram_token=made["token"], telegram_base_url=address
        )
        engine, _ = run.open_office(office_settings)
        cast: dict[str, ChatPerson] = {}
        with reading(engine) as session:
            wanted = {person.key: person.name for person in session.exec(select(Person))}
        for key, name in wanted.items():
            if key.startswith(("staff", "witness", "inspector", "reviewer", "admin")) or "检查人员" in name:
                cast[key] = await admin.person(name)
        chat = await admin.group("双随机工作群", [cast["staff1"], *cast.values()], [made["id"]], type=group)
        with writing(engine) as session:
            for account in session.exec(select(Account)).all():
                session.delete(account)
            bound = session.exec(select(Group)).one()
            bound.chat_id = chat
            session.add(bound)
            session.flush()
            act = Act(
                session, datetime.now(SHANGHAI), None, policies.load("qinhuangdao-2022"), secrets.token_bytes, "cli"
            )
            for key, person in cast.items():
                row = session.exec(select(Person).where(Person.key == key)).one()
                offices.bind(act, row, person.id)
        engine.dispose()
        for person in cast.values():
            await person.starts("qiantong_test_bot")
        yield Stand(address, admin, made["token"], made["id"], cast, chat, office_settings)
    finally:
        for person in [*locals().get("cast", {}).values(), admin]:
            await person.aclose()
        await served.stop()


@pytest.fixture
async def telegram(sample_data: Path, tmp_path: Path) -> AsyncIterator[Stand]:
    """The stage with a supergroup."""
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    async with stand(data, tmp_path) as ready:
        yield ready


def act_of(running: run.Office, session: Session, actor: Person | None = None) -> Act:
    """An act in the running office, for what no conversation does by itself."""
    policy = policies.load("qinhuangdao-2022")
    return Act(session, running.clock(), actor, policy, secrets.token_bytes, "cli", "telegram")


async def announced(stage: Stand) -> dict[str, object]:
    """An announcement in the group."""
    clerk = stage["staff1"]
    asked = await clerk.says("/draw", stage.group)
    listed = await clerk.until("可以抽取的任务", stage.group, after=asked)
    label = next(b["text"] for b in buttons(listed) if b["text"].split()[0].endswith("001"))
    await clerk.presses(label, stage.group, message=listed)
    preview = await clerk.until("预览", stage.group, after=asked)
    await clerk.presses("发布公告", stage.group, message=preview)
    return await clerk.until("公告 第", stage.group, after=preview)


async def test_a_draw_on_telegram(telegram: Stand) -> None:
    """With a token: announcement, throws, result; the record says `telegram` and `dice`."""
    async with run.office(telegram.settings) as running:
        announcement = await announced(telegram)
        assert "本机" not in words(announcement)
        for at in range(6):
            who = telegram[f"witness{1 + at % 2}"]
            await who.throws("🎰", telegram.group, reply_to=announcement)
        await telegram["staff1"].until("抽取完成", telegram.group)
        with reading(running.engine) as session:
            drawn = session.exec(select(Draw)).one()
            assert '"chat":"telegram"' in drawn.announcement and '"kind":"dice"' in drawn.announcement


async def test_an_edited_command_is_not_a_command(telegram: Stand) -> None:
    """Editing `hello` into `/draw` draws nothing: the bot asks for no edited messages at all."""
    clerk = telegram["staff1"]
    async with run.office(telegram.settings):
        said = await clerk.says("hello", telegram.group)
        await clerk.edits(said, "/draw")
        asked = await clerk.says("/help", telegram.group)
        await clerk.until("您可以办理", telegram.group, after=asked)
        assert not [m for m in clerk.messages(telegram.group) if "可以抽取的任务" in words(m)]
        calls = await telegram.admin.calls(method="getUpdates")
        assert "edited_message" not in str(calls[-1]["params"]["allowed_updates"])


async def test_anyone_can_press_but_only_the_right_is_heard(telegram: Stand) -> None:
    """An inspector and a stranger press the staff's button: an alert each, and no announcement."""
    clerk, other = telegram["staff1"], telegram["witness1"]
    stranger = await telegram.admin.person("陌生人")
    await telegram.admin.change(telegram.group, add=[stranger.id])
    async with run.office(telegram.settings) as running:
        asked = await clerk.says("/draw", telegram.group)
        listed = await clerk.until("可以抽取的任务", telegram.group, after=asked)
        label = buttons(listed)[0]["text"]
        await other.look()
        refused = await other.presses(label, telegram.group, message=listed)
        assert refused["show_alert"] and "没有办理这项工作的权限" in refused["text"]
        unknown = await stranger.presses(
            label, telegram.group, message=listed, data=buttons(listed)[0]["callback_data"]
        )
        assert unknown["show_alert"] and "没有绑定" in unknown["text"]
        with reading(running.engine) as session:
            assert session.exec(select(Draw)).first() is None
    await stranger.aclose()


async def test_a_press_too_old_to_answer_is_still_done(telegram: Stand) -> None:
    """The query expired while the bot was away: the work is done, and the missing answer is no error."""
    clerk = telegram["staff1"]
    async with run.office(telegram.settings):
        asked = await clerk.says("/draw", telegram.group)
        listed = await clerk.until("可以抽取的任务", telegram.group, after=asked)
        await telegram.admin.limits(answer_within=0)
        await clerk.presses(buttons(listed)[0]["text"], telegram.group, message=listed, wait=1)
        await clerk.until("预览", telegram.group)


async def test_a_group_that_becomes_a_supergroup(sample_data: Path, tmp_path: Path) -> None:
    """The group's id moves in every table, and the office goes on in the new one."""
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    async with stand(data, tmp_path, group="group") as stage:
        clerk = stage["staff1"]
        async with run.office(stage.settings) as running:
            asked = await clerk.says("/draw", stage.group)
            listed = await clerk.until("可以抽取的任务", stage.group, after=asked)
            await clerk.presses(buttons(listed)[0]["text"], stage.group, message=listed)
            preview = await clerk.until("预览", stage.group)
            refused = await clerk.presses("发布公告", stage.group, message=preview)
            assert "升级为超级群" in refused["text"]
            moved = await stage.admin.migrate(stage.group)
            stage.group = moved
            await announced(stage)
            with reading(running.engine) as session:
                assert session.exec(select(Group.chat_id)).one() == moved


async def test_a_blocked_bot_is_told_to_the_dispatcher_once(telegram: Stand) -> None:
    """403 is final: the account is marked, the row failed, whoever sent it out is told."""
    clerk = telegram["staff1"]
    async with run.office(telegram.settings) as running:
        with writing(running.engine) as session:
            victim = session.exec(select(Person).where(Person.name == "示例检查人员01")).one()
            sender = session.exec(select(Person).where(Person.key == "staff1")).one()
        person = telegram[victim.key]
        await person.blocks("qiantong_test_bot")
        with writing(running.engine) as session:
            act = Act(
                session,
                running.clock(),
                sender,
                policies.load("qinhuangdao-2022"),
                secrets.token_bytes,
                "test",
                "telegram",
            )
            for at in range(2):
                act.tell("leave_refused", f"test:{at}", person=victim, dispatcher=sender, visit=_any_visit(session))
        running.sender.wake()
        await clerk.until("没有收到")
        with reading(running.engine) as session:
            rows = session.exec(select(Outbox).where(Outbox.person_id == victim.id)).all()
            assert {row.state for row in rows} == {OutboxState.FAILED}
            account = people.account_of(session, victim.id or 0)
            assert account is not None and not account.reachable
        await person.blocks("qiantong_test_bot", blocked=False)
        greeted = await person.says("/tasks")
        await person.until("没有待办", after=greeted)
        with reading(running.engine) as session:
            account = people.account_of(session, victim.id or 0)
            assert account is not None and account.reachable


async def test_privacy_mode(telegram: Stand) -> None:
    """In groups the bot hears commands, mentions and replies to it, and nothing else."""
    clerk = telegram["staff1"]
    async with run.office(telegram.settings):
        first = await clerk.says("抽取", telegram.group)
        await clerk.throws("🎰", telegram.group)
        by_mention = await clerk.says("@qiantong_test_bot 抽取", telegram.group)
        heard = await clerk.until("可以抽取的任务", telegram.group, after=by_mention)
        between = [
            m
            for m in clerk.messages(telegram.group)
            if first["message_id"] < m["message_id"] < by_mention["message_id"]
        ]
        assert not [m for m in between if m["from"]["is_bot"]]
        reply = await clerk.says("进度", telegram.group, reply_to=heard)
        await clerk.until("还没有抽取过任务", telegram.group, after=reply)


async def test_a_proxy_in_the_environment_does_not_catch_loopback(
    telegram: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With HTTP_PROXY set, a server on loopback is still reached directly."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with run.office(telegram.settings):
        said = await telegram["staff1"].says("/help")
        await telegram["staff1"].until("您可以办理", after=said)


async def test_429_is_obeyed_and_nothing_is_lost(telegram: Stand) -> None:
    """Told to wait, the sender waits and sends again; every row ends as sent, once."""
    await telegram.admin.fault("sendMessage", "429", times=2, chat=telegram["staff1"].id, seconds=1)
    async with run.office(telegram.settings) as running:
        with writing(running.engine) as session:
            person = session.exec(select(Person).where(Person.key == "staff1")).one()
            act = Act(
                session,
                running.clock(),
                None,
                policies.load("qinhuangdao-2022"),
                secrets.token_bytes,
                "test",
                "telegram",
            )
            for at in range(3):
                act.tell("leave_refused", f"test:{at}", person=person, visit=_any_visit(session))
        running.sender.wake()
        await telegram["staff1"].until(lambda m: True)
        async with asyncio.timeout(30):
            while True:
                with reading(running.engine) as session:
                    states = list(session.exec(select(Outbox.state).where(col(Outbox.key).startswith("test:"))))
                if set(states) == {OutboxState.SENT}:
                    break
                await telegram["staff1"].look(wait=0.5)
        await telegram["staff1"].look()
        assert len([m for m in telegram["staff1"].messages() if "申请没有获得同意" in words(m)]) == 3


async def test_a_request_without_an_answer_is_uncertain_and_not_sent_again(telegram: Stand) -> None:
    """The connection broke after the message went out: the row says so, the dispatcher is told, once."""
    async with run.office(telegram.settings) as running:
        with writing(running.engine) as session:
            victim = session.exec(select(Person).where(Person.name == "示例检查人员01")).one()
            sender = session.exec(select(Person).where(Person.key == "staff1")).one()
            visit_id = _any_visit(session)
        person = telegram[victim.key]
        await telegram.admin.fault("sendMessage", "reset_after", chat=person.id)
        with writing(running.engine) as session:
            act = Act(
                session,
                running.clock(),
                sender,
                policies.load("qinhuangdao-2022"),
                secrets.token_bytes,
                "test",
                "telegram",
            )
            act.tell("leave_refused", "test:once", person=victim, dispatcher=sender, visit=visit_id)
        running.sender.wake()
        told = await telegram["staff1"].until("是否送达不明")
        assert "示例检查人员01" in words(told)
        with reading(running.engine) as session:
            row = outbox.by_key(session, "test:once")
            assert row is not None and row.state == OutboxState.UNCERTAIN
        await person.look()
        assert len([m for m in person.messages() if "申请没有获得同意" in words(m)]) == 1


async def test_two_pollers_are_one_too_many(telegram: Stand) -> None:
    """While another process polls with the token, the office says so and goes on trying."""
    async with run.office(telegram.settings):
        said = await telegram["staff1"].says("/help")
        await telegram["staff1"].until("您可以办理", after=said)
        async with httpx.AsyncClient(trust_env=False) as http:
            for _ in range(20):
                await http.get(f"{telegram.address}/bot{telegram.token}/getUpdates", params={"timeout": 1})
                statuses = [call["status"] for call in await telegram.admin.calls(method="getUpdates")]
                if 409 in statuses:
                    break
        said = await telegram["staff1"].says("/help")
        await telegram["staff1"].until("您可以办理", after=said)
        assert 409 in statuses, statuses


async def test_a_wrong_token_is_named(telegram: Stand) -> None:
    """A token that the chat does not know ends the start with one sentence."""
    wrong = telegram.settings.model_copy(update={"telegram_token": "123:wrong"})
    with pytest.raises(SettingError, match="QIANTONG_TELEGRAM_TOKEN"):
        async with run.office(wrong):
            pass


async def test_no_token_and_no_personal_data_in_the_log(telegram: Stand, caplog: pytest.LogCaptureFixture) -> None:
    """Logs are one line per event, without token, names or numbers."""
    caplog.set_level("INFO")
    async with run.office(telegram.settings) as running:
        await announced(telegram)
        with reading(running.engine) as session:
            assert session.exec(select(Audit).where(Audit.verb == "announce")).one()
    mine = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("qiantong"))
    assert telegram.token not in mine and "示例" not in mine


def _any_visit(session: Session) -> int:
    """A visit to write about; made by hand, since these tests are about sending."""
    found = session.exec(select(Visit)).first()
    if found is None:
        entity, task = session.exec(select(Entity)).first(), session.exec(select(Task)).first()
        assert entity is not None and task is not None
        now = datetime.now(SHANGHAI)
        found = Visit(
            task_id=task.id or 0, entity_id=entity.id or 0, order=1, stratum="*", due=now.date(), drawn_at=now
        )
        session.add(found)
        session.flush()
    return found.id or 0
