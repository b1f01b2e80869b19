"""`doctor`: looks at the settings, the data and the machine; says what is wrong and what to do. Changes nothing."""

import http.client
import json
import os
import shutil
import socket
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ColumnElement, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from bot import migrate
from bot.settings import Clock, Settings
from models import audit, holidays, people
from models.base import KEYRING, WrongKey, open_store, reading
from models.draw import Draw
from models.inspector import Inspector
from models.outbox import Outbox
from models.people import Account, Unit
from models.policy import PolicyError
from models.words import InspectorState, OutboxState
from templates import policies

OLDEST_PYTHON = (3, 11)
LEAST_SPACE = 500 * 1024 * 1024
# How far ahead a certificate's end is told, and how far back messages that did not arrive.
CERTIFICATE_DAYS, OUTBOX_DAYS = 60, 30
STUCK = timedelta(hours=1)
PAUSE = 2.0
"""Seconds to wait for an answer from the chat's address."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `detail` says what is so and, where it should not be, what to do about it."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """Everything that is looked at, in order; later checks are left out where an earlier one makes them impossible."""
    now = Clock(settings.clock)()
    found = [_python(), _settings(settings), _folder(settings), _space(settings)]
    if not settings.telegram_token:
        found.append(_address(settings))
    found += _store(settings, now)
    return found


# --- the machine -----------------------------------------------------------------------------------------------------


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python 版本", False, f"现在是 {version}，至少需要 {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]}。")
    return Finding("Python 版本", True, version)


def _settings(settings: Settings) -> Finding:
    where = "Telegram" if settings.telegram_token else f"本地聊天 {settings.chat_address}"
    clock = f"，模拟时钟 {settings.clock}（所有记录都会注明）" if settings.clock else ""
    return Finding("设置", True, f"已读取：{where}，数据文件夹 {settings.data}{clock}")


def _folder(settings: Settings) -> Finding:
    folder = settings.data
    if not folder.exists():
        above = _existing(folder)
        if os.access(above, os.W_OK):
            return Finding("数据文件夹", True, f"{folder} 还没有建立，第一次运行时会建立。")
        return Finding("数据文件夹", False, f"{folder} 还没有建立，而 {above} 不能写入。请换一个 QIANTONG_DATA。")
    if not folder.is_dir():
        return Finding("数据文件夹", False, f"{folder} 不是文件夹。请换一个 QIANTONG_DATA。")
    try:
        # Asking for permission is not enough: a full or read-only disk shows only when something is written.
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"doctor")
    except OSError as error:
        return Finding("数据文件夹", False, f"{folder} 不能写入（{error.strerror}）。请检查权限和磁盘。")
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o022:
        return Finding(
            "数据文件夹", False, f"{folder} 的权限是 {mode:o}，其他用户可以改动数据。请运行 chmod 700 {folder}。"
        )
    advice = f"，其他用户可以查看，建议运行 chmod 700 {folder}" if mode & 0o055 else ""
    return Finding("数据文件夹", True, f"{folder} 可以写入，权限 {mode:o}{advice}")


def _space(settings: Settings) -> Finding:
    free = shutil.disk_usage(_existing(settings.data)).free
    shown = f"剩余 {free / 1024**3:.1f} GB"
    if free < LEAST_SPACE:
        return Finding("磁盘空间", False, f"{shown}，不足 0.5 GB。请清理磁盘或者换一个数据文件夹。")
    return Finding("磁盘空间", True, shown)


def _address(settings: Settings) -> Finding:
    """Free, or taken by this very program: asking while the office is open is the usual case."""
    if settings.port == 0:
        return Finding("聊天地址", True, "端口为 0，运行时自动选用空闲端口")
    try:
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        if _is_ours(settings):
            return Finding("聊天地址", True, f"{settings.chat_address} 正由本助手使用，办公室已经打开")
        return Finding(
            "聊天地址",
            False,
            f"{settings.chat_address} 不能使用（{error.strerror}）。"
            "请停止占用它的程序，或者设置 QIANTONG_CHAT_ADDRESS。",
        )
    return Finding("聊天地址", True, f"{settings.chat_address} 空闲")


def _is_ours(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=PAUSE)
    try:
        connection.request("GET", "/auth/mode")
        answer = connection.getresponse()
        return answer.status == 200 and "sample" in json.loads(answer.read(10_000))["result"]
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError):
        return False
    finally:
        connection.close()


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


# --- the data --------------------------------------------------------------------------------------------------------


def _store(settings: Settings, now: datetime) -> Iterator[Finding]:
    url = make_url(settings.store_url)
    shown = url.render_as_string(hide_password=True)
    there = url.get_backend_name() != "sqlite" or (url.database is not None and Path(url.database).exists())
    key, finding = _key(settings, there)
    yield finding
    if not there:
        yield Finding("数据库", True, f"{shown} 还没有建立，第一次运行时会建立。")
        yield _founding(settings)
        return
    if key is None:
        return
    KEYRING.use(key)
    engine = open_store(settings.store_url)
    try:
        with reading(engine) as session:
            if url.get_backend_name() == "sqlite":
                answer = session.connection().execute(text("PRAGMA quick_check(1)")).scalar()
                if answer != "ok":
                    yield Finding("数据库", False, f"{shown} 已损坏（{answer}）。请用 python -m bot restore 恢复备份。")
                    return
        yield Finding("数据库", True, f"{shown} 可以打开")
        yield (version := _version(engine))
        if version.ok:
            yield from _office(settings, engine, now)
    except (SQLAlchemyError, sqlite3.Error) as error:
        # The driver's own words may hold the address with its password.
        yield Finding(
            "数据库",
            False,
            f"{shown} 读不出来（{type(error).__name__}）。请检查 QIANTONG_DATABASE_URL、数据库服务和文件权限。",
        )
    finally:
        engine.dispose()


def _key(settings: Settings, there: bool) -> tuple[str | None, Finding]:
    """The key, where there is one; none is made here."""
    path = settings.data / "key"
    if settings.key:
        return settings.key, Finding("密钥", True, "来自 QIANTONG_KEY")
    if path.exists():
        mode = stat.S_IMODE(path.stat().st_mode)
        try:
            key = path.read_text("ascii").strip()
        except (OSError, ValueError):
            return None, Finding("密钥", False, f"{path} 读不出来。请检查权限，或者恢复备份中的密钥。")
        if mode & 0o077:
            detail = f"{path} 的权限是 {mode:o}，其他用户可以读取。请运行 chmod 600 {path}。"
            return key, Finding("密钥", False, detail)
        return key, Finding("密钥", True, f"在数据文件夹里（{path}，权限 {mode:o}），请另行备份")
    if settings.telegram_token:
        return None, Finding("密钥", False, "没有设置 QIANTONG_KEY。连接 Telegram 时请自己保管一把密钥。")
    if there:
        detail = f"数据库已经建立，但没有密钥：{path} 不见了。请恢复备份中的密钥，或者设置 QIANTONG_KEY。"
        return None, Finding("密钥", False, detail)
    return None, Finding("密钥", True, "还没有，第一次运行时会生成并存放在数据文件夹里")


def _founding(settings: Settings) -> Finding:
    if settings.telegram_token:
        return Finding(
            "办公室", False, "还没有建立。请运行 python -m bot init --policy 名称 --unit 单位 --admin 姓名。"
        )
    return Finding("办公室", True, "还没有建立。直接运行会打开示例办公室；正式使用请先运行 python -m bot init。")


def _version(engine: Engine) -> Finding:
    script = ScriptDirectory.from_config(migrate.config(engine))
    newest = script.get_current_head()
    with engine.execution_options(qiantong_reading=True).connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present == newest:
        return Finding("数据库版本", True, f"{present or '初始'}，是最新的")
    if present is not None and present not in {each.revision for each in script.walk_revisions()}:
        return Finding("数据库版本", False, f"{present} 比本程序新。请升级本程序，或者恢复旧版本的备份。")
    return Finding(
        "数据库版本",
        False,
        f"现在是 {present or '空的'}，最新是 {newest}。运行 python -m bot run 时会自动升级（先留副本）。",
    )


def _office(settings: Settings, engine: Engine, now: datetime) -> Iterator[Finding]:
    """What an office's own rows say. Each check stands for itself: one that fails does not hide the others."""
    with reading(engine) as session:
        root = people.root(session)
        if root is None:
            yield _founding(settings)
            return
        yield Finding("办公室", True, root.name + ("（示例）" if root.sample else ""))
        checks: tuple[Callable[[Session, Settings, datetime], Finding], ...] = (
            _opens,
            _profiles,
            _audit,
            _outbox,
            _accounts,
            _certificates,
            _workdays,
        )
        for check in checks:
            yield check(session, settings, now)


def _opens(session: Session, settings: Settings, now: datetime) -> Finding:
    """Whether the key opens what was sealed with it."""
    try:
        session.exec(select(col(Inspector.id_number)).where(col(Inspector.id_number).is_not(None)).limit(1)).first()
        sealed = session.exec(select(col(Draw.secret)).order_by(col(Draw.id).desc()).limit(1)).first()
        if sealed is not None:
            KEYRING.open(sealed)
    except WrongKey:
        return Finding("加密数据", False, "现在的密钥打不开已加密的数据。请换回原来的 QIANTONG_KEY 或者密钥文件。")
    return Finding("加密数据", True, "可以用现在的密钥打开")


def _profiles(session: Session, settings: Settings, now: datetime) -> Finding:
    named = sorted({name for name in session.exec(select(col(Unit.policy))) if name})
    if not named:
        return Finding("政策配置", False, "本单位没有指定政策配置，请重新建立办公室并用 --policy 指定。")
    for name in named:
        try:
            policies.load(name, settings.policies)
        except (PolicyError, ValueError, OSError) as error:
            return Finding("政策配置", False, f"{name} 不能使用：{error}")
    return Finding("政策配置", True, "、".join(named))


def _audit(session: Session, settings: Settings, now: datetime) -> Finding:
    faults = list(audit.check(session))
    count, head = audit.size(session), audit.head(session)
    if faults:
        return Finding("留痕", False, f"有 {len(faults)} 处问题：{faults[0][1]}。请运行 python -m bot audit 查看全部。")
    return Finding("留痕", True, f"{count} 条，链条完整，末条摘要 {head[:16]}…")


def _outbox(session: Session, settings: Settings, now: datetime) -> Finding:
    def count(*conditions: ColumnElement[bool] | bool) -> int:
        return session.exec(select(func.count()).select_from(Outbox).where(*conditions)).one()

    recent = Outbox.created_at >= now - timedelta(days=OUTBOX_DAYS)
    failed = count(Outbox.state == OutboxState.FAILED, recent)
    uncertain = count(Outbox.state == OutboxState.UNCERTAIN, recent)
    waiting = count(Outbox.state == OutboxState.QUEUED, Outbox.not_before <= now - STUCK)
    parts = []
    if failed:
        parts.append(f"{failed} 条没有送达（对方没有绑定、停用了聊天或者退出了群），请联系本人")
    if uncertain:
        parts.append(f"{uncertain} 条不知是否送达，请与收件人核对")
    if waiting:
        parts.append(f"{waiting} 条已经等待 1 小时以上，请确认 python -m bot run 正在运行")
    if parts:
        return Finding("消息", False, f"最近 {OUTBOX_DAYS} 天有" + "；".join(parts) + "。")
    return Finding("消息", True, f"最近 {OUTBOX_DAYS} 天没有未送达的消息")


def _accounts(session: Session, settings: Settings, now: datetime) -> Finding:
    missing = len(people.unbound(session))
    lost = session.exec(select(func.count()).select_from(Account).where(col(Account.reachable).is_(False))).one()
    parts = []
    if missing:
        parts.append(f"{missing} 人还没有绑定账号，收不到消息，请管理员用 /people 发给绑定链接")
    if lost:
        parts.append(f"{lost} 人停用了与本助手的私聊，收不到消息，请联系本人")
    return Finding("账号", True, "注意：" + "；".join(parts) if parts else "所有人员都已绑定")


def _certificates(session: Session, settings: Settings, now: datetime) -> Finding:
    today = now.date()
    ends = session.exec(select(col(Inspector.valid_until)).where(Inspector.state == InspectorState.ACTIVE)).all()
    over = sum(day < today for day in ends)
    soon = sum(today <= day <= today + timedelta(days=CERTIFICATE_DAYS) for day in ends)
    parts = []
    if over:
        parts.append(f"{over} 人的执法证已经过期，不会被派出，请更新人员名录库")
    if soon:
        parts.append(f"{soon} 人的执法证在 {CERTIFICATE_DAYS} 天内到期，请及时换证")
    return Finding(
        "执法证", True, "注意：" + "；".join(parts) if parts else f"{len(ends)} 名在岗人员的执法证都在有效期内"
    )


def _workdays(session: Session, settings: Settings, now: datetime) -> Finding:
    known = holidays.calendar(session).known_until
    shown = f"{known.year}年{known.month}月{known.day}日"
    if known < now.date():
        detail = f"放假安排只到 {shown}，现在的期限都是暂估。请导入今年的放假安排。"
        return Finding("工作日", False, detail)
    return Finding("工作日", True, f"放假安排到 {shown}，之后的期限标为暂估；新一年的安排公布后请导入")
