"""doctor: a healthy office is told so, and each thing that can be wrong is named with what to do about it."""

import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from bot import migrate, sample, settings
from bot.chat import server
from bot.doctor import Finding, examine
from models import outbox
from models.act import Act
from models.audit import Audit
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.inspector import Inspector
from models.people import Person, Unit
from models.words import OutboxState
from templates.policies import load

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
KEY = "the key of the tests"
ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty place with a clock that stands still; nothing of the machine's own settings reaches it."""
    for name in [each for each in os.environ if each.startswith("QIANTONG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clock").write_text(NOW.isoformat())
    yield tmp_path
    KEYRING.use(KEY)


def given(folder: Path, **changes: object) -> settings.Settings:
    fixed: dict[str, object] = {"data": folder / "data", "clock": folder / "clock", "chat_address": "127.0.0.1:0"}
    return settings.load(**(fixed | changes))


@pytest.fixture
def office(folder: Path) -> settings.Settings:
    """The sample office in a data folder, as a first run leaves it."""
    found = given(folder)
    found.data.mkdir(mode=0o700)
    key, made = settings.key_of(found)
    assert made
    KEYRING.use(key)
    engine = open_store(found.store_url)
    migrate.upgrade(engine, found)
    with writing(engine) as session:
        sample.build(session, NOW, load("qinhuangdao-2022"))
    engine.dispose()
    return found


def told(found: list[Finding]) -> dict[str, Finding]:
    assert len({each.name for each in found}) == len(found), "each thing has its own name"
    assert all(each.detail for each in found)
    return {each.name: each for each in found}


def wrong(office: settings.Settings) -> dict[str, str]:
    return {each.name: each.detail for each in examine(office) if not each.ok}


def test_a_healthy_office_is_told_so(office: settings.Settings) -> None:
    found = told(examine(office))
    assert [each.name for each in found.values() if not each.ok] == []
    assert list(found) == [
        *(
            "Python 版本",
            "设置",
            "数据文件夹",
            "磁盘空间",
            "聊天地址",
            "密钥",
            "数据库",
            "数据库版本",
            "办公室",
            "加密数据",
        ),
        *("政策配置", "留痕", "消息", "账号", "执法证", "工作日"),
    ]
    assert "示例市双随机办（示例）" in found["办公室"].detail
    assert "模拟时钟" in found["设置"].detail
    assert "人还没有绑定账号" in found["账号"].detail and "/people" in found["账号"].detail
    assert "2026年12月31日" in found["工作日"].detail and "暂估" in found["工作日"].detail


def test_looking_changes_nothing(folder: Path) -> None:
    assert [each.name for each in examine(given(folder)) if not each.ok] == []
    assert sorted(each.name for each in folder.iterdir()) == ["clock"]


def test_without_an_office_telegram_asks_for_init_and_a_key(folder: Path) -> None:
    bad = wrong(given(folder, telegram_token="1:a", clock=None))
    assert "python -m bot init" in bad["办公室"] and "QIANTONG_KEY" in bad["密钥"]


def test_a_key_that_others_can_read_and_a_folder_that_others_can_change(office: settings.Settings) -> None:
    (office.data / "key").chmod(0o644)
    office.data.chmod(0o777)
    bad = wrong(office)
    assert "chmod 600" in bad["密钥"] and "chmod 700" in bad["数据文件夹"]


def test_a_lost_key_and_another_key(office: settings.Settings) -> None:
    other = office.model_copy(update={"key": "another key than that"})
    assert set(wrong(other)) == {"加密数据"}
    (office.data / "key").unlink()
    assert "备份" in wrong(office)["密钥"]


def test_a_data_folder_that_is_a_file(folder: Path) -> None:
    (folder / "data").write_text("")
    assert "不是文件夹" in wrong(given(folder))["数据文件夹"]


@pytest.mark.parametrize("damage", ["not a database at all", "cut"])
def test_a_damaged_database(office: settings.Settings, damage: str) -> None:
    path = office.data / "office.db"
    if damage == "cut":
        data = path.read_bytes()
        path.write_bytes(data[:8192] + bytes(len(data) - 8192))
    else:
        path.write_text(damage * 100)
    assert set(wrong(office)) == {"数据库"}


def test_a_database_that_does_not_answer_keeps_its_password(folder: Path) -> None:
    url = "postgresql+psycopg://someone:hushhush@127.0.0.1:1/office?connect_timeout=2"
    bad = wrong(given(folder, database_url=url, key=KEY))
    assert "QIANTONG_DATABASE_URL" in bad["数据库"] and "hushhush" not in json.dumps(bad)


@pytest.mark.parametrize(("present", "sentence"), [("9999", "比本程序新"), (None, "自动升级")])
def test_a_database_of_another_version(office: settings.Settings, present: str | None, sentence: str) -> None:
    with sqlite3.connect(office.data / "office.db") as connection:
        connection.execute("DELETE FROM alembic_version")
        if present:
            connection.execute("INSERT INTO alembic_version VALUES (?)", (present,))
    assert sentence in wrong(office)["数据库版本"]


def test_a_rewritten_past_is_noticed(office: settings.Settings) -> None:
    engine = open_store(office.store_url)
    with writing(engine) as session:
        row = session.exec(select(Audit).order_by(col(Audit.id)).offset(5)).first()
        assert row is not None
        session.execute(text("UPDATE audit SET verb = 'nothing' WHERE id = :id"), {"id": row.id})
    engine.dispose()
    assert "python -m bot audit" in wrong(office)["留痕"]


def test_messages_that_did_not_arrive_are_counted(office: settings.Settings) -> None:
    engine = open_store(office.store_url)
    with writing(engine) as session:
        act = Act(session, NOW - timedelta(hours=2), None, load("qinhuangdao-2022"), bytes, "test")
        person = session.get_one(Person, 1)
        for number in range(6):
            act.tell("note", f"note:{number}", person=person)
        rows = session.exec(select(outbox.Outbox).order_by(col(outbox.Outbox.id))).all()
        for row, state in zip(rows, [OutboxState.FAILED] * 3 + [OutboxState.UNCERTAIN] * 2, strict=False):
            row.state = state
            session.add(row)
    engine.dispose()
    detail = wrong(office)["消息"]
    assert "3 条没有送达" in detail and "2 条不知是否送达" in detail and "1 条已经等待" in detail


def test_certificates_that_end_are_told_ahead(office: settings.Settings) -> None:
    engine = open_store(office.store_url)
    with writing(engine) as session:
        rows = session.exec(select(Inspector).order_by(col(Inspector.id))).all()
        for row in rows:
            row.valid_until = NOW.date() + timedelta(days=400)
        rows[0].valid_until = NOW.date() - timedelta(days=1)
        rows[1].valid_until = NOW.date()
        rows[2].valid_until = NOW.date() + timedelta(days=60)
        rows[3].valid_until = NOW.date() + timedelta(days=61)
        session.add_all(rows)
    engine.dispose()
    detail = told(examine(office))["执法证"].detail
    assert "1 人的执法证已经过期" in detail and "2 人的执法证在 60 天内到期" in detail


def test_a_profile_that_cannot_be_read_is_named(office: settings.Settings) -> None:
    engine = open_store(office.store_url)
    with writing(engine) as session:
        root = session.get_one(Unit, 1)
        root.policy = "nowhere-2026"
        session.add(root)
    with reading(engine) as session:
        assert session.get_one(Unit, 1).policy == "nowhere-2026"
    engine.dispose()
    assert "nowhere-2026" in wrong(office)["政策配置"]


def test_years_without_a_notice_are_estimates(office: settings.Settings, folder: Path) -> None:
    (folder / "clock").write_text("2027-02-01T09:00:00+08:00")
    assert "暂估" in wrong(office)["工作日"]


def test_an_address_in_use(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = given(folder, chat_address=f"127.0.0.1:{taken.getsockname()[1]}")
        assert "QIANTONG_CHAT_ADDRESS" in wrong(busy)["聊天地址"]


async def test_the_offices_own_chat_is_no_stranger(folder: Path) -> None:
    app = server.build(folder / "chat", admin_key="0" * 32, sample=True, test=False, clock=lambda: NOW)
    served = await server.serve(app, "127.0.0.1", 0)
    try:
        port = served.address.rstrip("/").rpartition(":")[2]
        found = await asyncio.to_thread(examine, given(folder, chat_address=f"127.0.0.1:{port}"))
        assert told(found)["聊天地址"] == Finding("聊天地址", True, f"127.0.0.1:{port} 正由本助手使用，办公室已经打开")
    finally:
        await served.stop()


def test_the_command_line_says_it_as_text_and_as_data(office: settings.Settings, folder: Path) -> None:
    environment = os.environ | {"QIANTONG_DATA": str(office.data), "QIANTONG_CHAT_ADDRESS": "127.0.0.1:0"}
    environment["QIANTONG_CLOCK"] = str(folder / "clock")
    environment["PYTHONPATH"] = str(ROOT)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", "doctor", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    shown = run()
    assert shown.returncode == 0 and "正常  留痕" in shown.stdout
    (office.data / "key").chmod(0o644)
    data = run("--json")
    assert data.returncode == 1
    parsed = json.loads(data.stdout)
    assert parsed["ok"] is False and [each["name"] for each in parsed["checks"] if not each["ok"]] == ["密钥"]
