"""The office's own chat: started in the same process, with its people, its group and the bot in place (DESIGN §10)."""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from bot.settings import Clock, SettingError, Settings
from models import office, people
from models.act import Act, key
from models.base import writing
from models.people import Group, Person
from models.policy import Policy
from models.words import Role, chinese

BOT_NAME = "签筒"
BOT_USERNAME = "qiantong_bot"
GROUP = "双随机工作群"
SAMPLE_POLICY = "qinhuangdao-2022"


@dataclass
class LocalChat:
    """The running chat as the wiring sees it; `api` is the address that the bot is pointed at."""

    address: str
    token: str
    bot_id: int
    store: Any
    last_tick: Callable[[], datetime | None] = lambda: None

    @property
    def api(self) -> str:
        """Where the Bot API is served."""
        return f"{self.address.rstrip('/')}/bot"


def admin_key(settings: Settings) -> str:
    """The chat's admin key: from the settings, or kept in the data folder (mode 0600)."""
    if settings.chat_admin_key:
        return settings.chat_admin_key
    path = settings.data / "chat" / "admin.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
    return path.read_text("ascii").strip()


@asynccontextmanager
async def chat(settings: Settings, *, clock: Clock, sample: bool, title: str) -> AsyncIterator[LocalChat]:
    """Serve the chat and make sure that the bot exists in it."""
    from bot.chat import people as accounts
    from bot.chat import server

    running: LocalChat | None = None
    app = server.build(
        settings.data / "chat",
        admin_key=admin_key(settings),
        sample=sample,
        test=settings.chat_test,
        clock=clock,
        last_tick=lambda: running.last_tick() if running else None,
        title=title,
    )
    try:
        served = await server.serve(app, settings.host, settings.port)
    except OSError as error:
        raise SettingError(
            f"地址 {settings.chat_address} 已被占用。请先停止占用它的程序，或者设置 QIANTONG_CHAT_ADDRESS。"
        ) from error
    except ValueError as error:
        raise SettingError(
            "设置 QIANTONG_CHAT_ADDRESS 不正确：本地聊天只能在本机地址上提供，例如 127.0.0.1:8086。"
        ) from error
    try:
        bot_id, token = accounts.ensure_bot(app.state.store, BOT_USERNAME, BOT_NAME)
        running = LocalChat(address=served.address, token=token, bot_id=bot_id, store=app.state.store)
        yield running
    finally:
        await served.stop()


def found_sample(engine: Engine, clock: Clock, policy: Policy, chat: LocalChat) -> None:
    """Make the sample office, give its people accounts in the chat, and bind its group."""
    from bot import sample

    with writing(engine) as session:
        made = sample.build(session, clock(), policy, chat="local", simulated=clock.simulated)
        admin = session.get_one(Person, made.people["admin"])
        act = Act(
            session=session,
            now=clock(),
            actor=admin,
            policy=policy,
            entropy=secrets.token_bytes,
            source="sample",
            simulated=clock.simulated,
        )
        members = [
            welcome(act, chat, session.get_one(Person, person_id), sample=True, bound=name not in made.unbound)
            for name, person_id in made.people.items()
        ]
        bind_group(act, chat, made.group_title, members)


def welcome_administrators(engine: Engine, clock: Clock, policy: Policy, chat: LocalChat) -> list[tuple[str, str]]:
    """In a real office: an account and the group for each administrator who has none. Returns names and links.

    Everybody else gets their link from an administrator, in the chat.
    """
    from bot.chat import people as accounts
    from bot.chat.keys import personal_link

    with writing(engine) as session:
        administrators = people.with_role(session, Role.ADMIN)
        missing = [person for person in administrators if people.account_of(session, key(person)) is None]
        act = Act(
            session=session,
            now=clock(),
            actor=None,
            policy=policy,
            entropy=secrets.token_bytes,
            source="cli",
            simulated=clock.simulated,
        )
        members = [welcome(act, chat, person, sample=False, bound=True) for person in missing]
        root = people.root(session)
        if members and root is not None:
            accounts.ensure_chat(chat.store, "supergroup", _title(session, key(root)), members, [chat.bot_id])
        welcomed = list(zip(missing, members, strict=True))
        # Nobody could hand an administrator a new link whose first one was lost before it was opened.
        for person in administrators:
            account = people.account_of(session, key(person))
            if account is not None and account.user_id not in members and not _came(chat, account.user_id):
                welcomed.append((person, account.user_id))
        address = chat.address.rstrip("/")
        return [(person.name, address + personal_link(chat.store, user_id)) for person, user_id in welcomed]


def linker(chat: LocalChat) -> Callable[[Act, Person], str | None]:
    """Hands out personal links while the office runs; None in the sample office, where a visitor picks whom to be."""
    from bot.chat import people as accounts
    from bot.chat.keys import personal_link

    def link(act: Act, person: Person) -> str | None:
        root = people.root(act.session)
        if root is None or root.sample:
            return None
        account = people.account_of(act.session, key(person))
        user_id = account.user_id if account else welcome(act, chat, person, sample=False, bound=True)
        title = _title(act.session, person.unit_id)
        accounts.ensure_chat(chat.store, "supergroup", title, [user_id], [chat.bot_id])
        return chat.address.rstrip("/") + personal_link(chat.store, user_id)

    return link


def _title(session: Session, unit_id: int) -> str:
    """The group that people of a unit work in: the one that is bound, or the one that is made for a new office."""
    group = people.group_for(session, unit_id)
    return group.title if group else GROUP


def _came(chat: LocalChat, user_id: int) -> bool:
    """Whether somebody has opened their personal link and set a PIN."""
    row = chat.store.one("SELECT pin FROM person WHERE id = ?", user_id)
    return row is not None and row["pin"] is not None


def welcome(act: Act, chat: LocalChat, person: Person, *, sample: bool, bound: bool) -> int:
    """An account in the chat for a person, with the private chat open where they are bound; returns its user id."""
    from bot.chat import people as accounts
    from bot.chat.accounts import open_private

    session = act.session
    unit = session.get_one(people.Unit, person.unit_id)
    titles = [chinese(role) for role in sorted(people.roles(session, key(person)))] or ["见证人"]
    user_id, _ = accounts.ensure_user(
        chat.store, person.name, username=f"{'s' if sample else 'p'}_{person.key}", unit=unit.name, roles=titles
    )
    if bound:
        office.bind(act, person, user_id)
        open_private(chat.store, user_id, chat.bot_id)
    return user_id


def bind_group(act: Act, chat: LocalChat, title: str, members: list[int]) -> Group:
    """The office's group in the chat, bound to the office."""
    from bot.chat import people as accounts

    chat_id = accounts.ensure_chat(chat.store, "supergroup", title, members, [chat.bot_id])
    root = people.root(act.session)
    if root is None:
        raise ValueError("there is no office")
    return office.bind_group(act, chat_id=chat_id, title=title, unit=root)
