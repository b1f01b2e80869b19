"""Wiring: one python-telegram-bot application, on Telegram or on the local chat, with its sender and its tick."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    Update,
)
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot import apart, migrate, poll
from bot.files import Files
from bot.importer import Importer
from bot.loopback import LoopbackRequest, is_loopback
from bot.mirror import Channel, Mirrors, actor, channels
from bot.sender import Sender
from bot.settings import Clock, SettingError, Settings, key_of, make_folder
from bot.tick import Tick
from bot.work import Worker
from handlers import aside, catalog, registry
from handlers.desk import Desk
from models import people
from models.act import Act
from models.base import KEYRING, open_store, reading
from models.people import Person
from models.policy import Policy
from templates import policies

log = logging.getLogger("qiantong.run")


@dataclass
class Office:
    """A running office, as tests and the demo see it."""

    engine: Engine
    clock: Clock
    address: str
    sample: bool
    chat_store: Any = None
    application: Any = None
    sender: Any = None
    tick: Any = None
    worker: Any = None
    # Set when polling or sending ended by itself.
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    # Where a key was made at this start.
    new_key: Path | None = None
    # In a real office on the local chat: names and personal links made at this start.
    personal: list[tuple[str, str]] = field(default_factory=list)


def open_office(settings: Settings) -> tuple[Engine, bool]:
    """The store, migrated and with its key in use; tells whether a key was made now."""
    make_folder(settings)
    key, made = key_of(settings)
    KEYRING.use(key)
    engine = open_store(settings.store_url)
    migrate.upgrade(engine, settings)
    return engine, made


def policy_loader(settings: Settings) -> Callable[[str], Policy]:
    """Profiles by name, each read once; a bureau's own folder comes before those that ship."""
    known: dict[str, Policy] = {}

    def load(name: str) -> Policy:
        if name not in known:
            known[name] = policies.load(name, settings.policies)
        return known[name]

    return load


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Office]:
    """A whole office: store, chat, application, sender and tick, started; stopped in order at the end."""
    catalog.load()
    mirrored = channels(settings.mirrors.split())
    clock = Clock(settings.clock)
    engine, made = open_office(settings)
    policy = policy_loader(settings)
    with reading(engine) as session:
        root = people.root(session)
        sample, founded = bool(root and root.sample), root is not None
    if settings.telegram_token:
        if not founded:
            raise SettingError("这里还没有办公室。请先运行：python -m bot init --policy 名称 --unit 单位 --admin 姓名")
        async with _application(
            settings, engine, clock, policy, "telegram", settings.telegram_token, "", mirrored
        ) as running:
            yield running
        return
    from bot import local

    title = root.name if root else "示例市双随机办"
    async with local.chat(settings, clock=clock, sample=sample or not founded, title=title) as chat:
        if not founded:
            local.found_sample(engine, clock, policy(local.SAMPLE_POLICY), chat)
            sample = True
        personal = []
        if not sample and root is not None:
            personal = local.welcome_administrators(engine, clock, policy(root.policy or ""), chat)
        async with _application(
            settings,
            engine,
            clock,
            policy,
            "local",
            chat.token,
            chat.api,
            mirrored,
            address=chat.address,
            link=local.linker(chat),
        ) as running:
            running.sample, running.chat_store, running.personal = sample, chat.store, personal
            running.new_key = settings.data / "key" if made else None
            chat.last_tick = lambda: running.tick.last
            yield running


@asynccontextmanager
async def _application(
    settings: Settings,
    engine: Engine,
    clock: Clock,
    policy: Callable[[str], Policy],
    chat: str,
    token: str,
    api: str,
    mirrored: list[Channel],
    *,
    address: str = "",
    link: Callable[[Act, Person], str | None] = lambda act, person: None,
) -> AsyncIterator[Office]:
    files = Files(settings.data / "files")
    application = build(settings, token, api)
    sender = Sender(
        engine=engine,
        bot=application.bot,
        clock=clock,
        policy=policy,
        chat=chat,
        simulated=clock.simulated,
        paced=chat == "telegram",
    )
    worker = Worker(engine=engine, clock=clock, policy=policy, chat=chat, simulated=clock.simulated, after=sender.wake)
    importer = Importer(
        engine=engine,
        clock=clock,
        policy=policy,
        chat=chat,
        simulated=clock.simulated,
        read_file=files.read,
        after=sender.wake,
    )

    mirrors = Mirrors(
        mirrored,
        engine=engine,
        act=actor(policy, clock, chat, simulated=clock.simulated),
    )

    def wake() -> None:
        sender.wake()
        worker.wake()
        importer.wake()

    def ticked() -> None:
        wake()
        mirrors.wake()

    desk = Desk(
        engine=engine,
        clock=clock,
        policy=policy,
        chat=chat,
        simulated=clock.simulated,
        read_file=files.read,
        keep_file=files.keep,
        wake=wake,
        link=link,
        apart=partial(apart.run, engine),
    )
    tick = Tick(engine=engine, clock=clock, policy=policy, chat=chat, seconds=settings.tick_seconds, after=ticked)

    async def handle(update: Update) -> None:
        try:
            await desk.handle(update, application.bot)
        except Exception:
            # One update that cannot be handled must not stop the office; the desk has told whoever asked.
            log.exception("update failed id=%s", update.update_id)

    running = Office(
        engine=engine,
        clock=clock,
        address=address,
        sample=False,
        application=application,
        sender=sender,
        tick=tick,
        worker=worker,
    )

    if sender.recover():
        log.warning("some messages were being sent when the process ended")
    try:
        await application.initialize()
    except InvalidToken as error:
        raise SettingError("设置 QIANTONG_TELEGRAM_TOKEN 不正确：聊天服务不认识这个令牌。") from error
    await application.bot.delete_webhook(drop_pending_updates=False)
    await _menus(application.bot)
    tick.start()
    jobs = (sender.run(), worker.run(), importer.run(), mirrors.run(), poll.poll(application.bot, handle))
    working = [asyncio.create_task(job) for job in jobs]
    for task in working:
        task.add_done_callback(lambda done: running.stopped.set())
    try:
        yield running
        for task in working:
            if task.done():
                task.result()
    except poll.Stopped as error:
        raise SettingError(f"已停止：{error}。请检查 QIANTONG_TELEGRAM_TOKEN。") from error
    finally:
        tick.stop()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await aside.end()
        await application.shutdown()


def build(settings: Settings, token: str, api: str) -> Application[Any, Any, Any, Any, Any, Any]:
    """The application; a server on loopback is never reached through a proxy (TOOLBOX)."""
    base = api or settings.telegram_base_url
    root = base.removesuffix("/bot").removesuffix("/")
    files = settings.telegram_base_file_url or f"{root}/file/bot"
    near = is_loopback(base) and is_loopback(files)
    builder = (
        Application.builder()
        .token(token)
        .request(LoopbackRequest() if near else HTTPXRequest(connection_pool_size=32))
        .get_updates_request(LoopbackRequest() if near else HTTPXRequest())
        .updater(None)
        .job_queue(None)
    )
    if base:
        builder = builder.base_url(f"{root}/bot").base_file_url(files)
    return builder.build()


async def _menus(bot: Any) -> None:
    """The chat's menu, from the registry: all commands in private, the group's own in groups."""
    commands = [BotCommand(each.name, f"{each.word}：{each.help}") for each in registry.COMMANDS.values()]
    group = [each for each in commands if each.command in catalog.IN_GROUPS]
    try:
        await bot.set_my_commands(commands, scope=BotCommandScopeAllPrivateChats())
        await bot.set_my_commands(group, scope=BotCommandScopeAllGroupChats())
    except TelegramError as error:
        log.warning("menus not set: %s", type(error).__name__)


async def serve(settings: Settings) -> int:
    """Run until a signal; returns the exit code."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with office(settings) as running:
        if running.address:
            print(running.address, flush=True)
            print(say_where(running), flush=True)
        waits = [asyncio.create_task(stop.wait()), asyncio.create_task(running.stopped.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()
    return 0


def say_where(running: Office) -> str:
    """What the terminal says once the office is open."""
    if running.sample:
        lines = ["示例办公室已经打开，请用浏览器访问上面的地址，选择身份。按 Ctrl+C 停止。"]
    else:
        lines = ["办公室已经打开。按 Ctrl+C 停止。"]
    if running.new_key is not None:
        lines.append(f"已生成加密密钥，保存在 {running.new_key}。请另存一份：丢了它，加密的数据打不开。")
    if running.personal:
        lines.append("以下是个人登录链接（14 天内有效，只能打开一次，请分别交给本人）：")
        lines += [f"  {name}  {link}" for name, link in running.personal]
    return "\n".join(lines)
