"""Settings: each wrong one is named in one line and exit 2; the key is made once, kept closed, and never mistaken."""

import shutil
import socket
import stat
from pathlib import Path

import pytest

from bot import migrate, run, settings
from bot.__main__ import main
from bot.settings import SettingError
from models.base import KEYRING, open_store
from tests.process import typed

TOKEN = "12345:abcdefghij"
KEY = "a key of enough characters"

WRONG = [
    ("DATA", "{file}", "文件夹"),
    ("DATABASE_URL", "mysql://host/name", "postgresql+psycopg://"),
    ("KEY", "short", "16"),
    ("TELEGRAM_TOKEN", "no token", "BotFather"),
    ("TELEGRAM_BASE_URL", "127.0.0.1:8081", "http://"),
    ("TELEGRAM_BASE_FILE_URL", "ftp://host", "http://"),
    ("CHAT_ADDRESS", "8086", "主机:端口"),
    ("CHAT_ADDRESS", "127.0.0.1:99999", "主机:端口"),
    ("CHAT_ADDRESS", "127.0.0.1:８０", "主机:端口"),
    ("CHAT_ADDRESS", "0.0.0.0:0", "本机地址"),
    ("CHAT_ADMIN_KEY", "two words", "空格"),
    ("CHAT_TEST", "perhaps", "1（是）"),
    ("CLOCK", "{missing}", "带时区的时间"),
    ("CLOCK", "{file}", "带时区的时间"),
    ("TICK_SECONDS", "0", "大于 0"),
    ("TICK_SECONDS", "soon", "大于 0"),
    ("TICK_SECONDS", "inf", "大于 0"),
    ("POLICIES", "{missing}", "文件夹"),
    ("LOG_LEVEL", "LOUD", "DEBUG"),
    ("MIRRORS", "wecombot://abcdef1234 nonsense", "第 2 个地址看不懂"),
]


@pytest.mark.parametrize(("name", "value", "says"), WRONG, ids=[f"{name}={value}" for name, value, _ in WRONG])
def test_a_wrong_setting_is_named_in_one_line(
    name: str,
    value: str,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("not a time")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANTONG_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("QIANTONG_CHAT_ADDRESS", "127.0.0.1:0")
    monkeypatch.setenv(f"QIANTONG_{name}", value.format(file=tmp_path / "file", missing=tmp_path / "missing"))
    assert main(["run"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if " WARNING " not in line]
    assert len(lines) == 1 and f"QIANTONG_{name} 不正确" in lines[0] and says in lines[0], err


def test_every_setting_has_a_case() -> None:
    assert {name.lower() for name, _, _ in WRONG} == set(settings.Settings.model_fields)


def test_the_process_itself_ends_with_exit_2_and_no_traceback(tmp_path: Path) -> None:
    done = typed(tmp_path, "run", tick_seconds="-1")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == ["设置 QIANTONG_TICK_SECONDS 不正确：应是大于 0 的秒数。"]
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_name_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIANTONG_TELEGRAM_TOKENN", "x")
    monkeypatch.setenv("QIANTONG_DATA", "data")
    assert "QIANTONG_TELEGRAM_TOKENN" in settings.unknown()
    assert "QIANTONG_DATA" not in settings.unknown()


def test_settings_come_from_a_file_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("QIANTONG_TICK_SECONDS=7\nQIANTONG_CHAT_ADDRESS=127.0.0.1:1234\n# 说明\n", "utf-8")
    monkeypatch.setenv("QIANTONG_CHAT_ADDRESS", "127.0.0.1:4321")
    monkeypatch.setenv("QIANTONG_CLOCK", "")
    found = settings.load()
    assert (found.tick_seconds, found.host, found.port, found.clock) == (7.0, "127.0.0.1", 4321, None)


@pytest.mark.parametrize(
    ("line", "says"),
    [(b"QIANTONG_TICK_SECONDS=never\n", "QIANTONG_TICK_SECONDS 不正确"), (b"# \xb2\xe2\xca\xd4\n", "UTF-8")],
)
def test_a_wrong_file_is_named_too(line: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(line)
    with pytest.raises(SettingError, match=says):
        settings.load()


def test_the_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    found = settings.load(data=tmp_path / "data")
    key, made = settings.key_of(found)
    assert made and len(key) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "key").stat().st_mode) == 0o600
    assert settings.key_of(found) == (key, False)
    assert settings.key_of(settings.load(data=tmp_path / "data", key=KEY)) == (KEY, False)


@pytest.mark.parametrize("kept", [b"", b"short\n", "密钥".encode()])
def test_a_damaged_key_file_is_never_replaced(kept: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(kept)
    with pytest.raises(SettingError, match="密钥文件"):
        settings.key_of(settings.load(data=tmp_path))
    assert (tmp_path / "key").read_bytes() == kept


def test_another_key_than_the_data_was_sealed_with_ends_the_start(sample_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    done = typed(tmp_path, "run", data=data, key="another key of enough characters", chat_address="127.0.0.1:0")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "设置 QIANTONG_KEY 不正确：数据是用另一把密钥加密的。请换回原来的密钥。",
    ]
    right = settings.load(data=data)
    run.open_office(right)[0].dispose()
    KEYRING.use("another key of enough characters")
    engine = open_store(right.store_url)
    with pytest.raises(SettingError, match="QIANTONG_KEY"):
        migrate.check_key(engine)
    engine.dispose()


async def test_telegram_needs_a_key_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="没有设置 QIANTONG_KEY"):
        async with run.office(settings.load(data=tmp_path, telegram_token=TOKEN)):
            pass


async def test_telegram_and_an_empty_folder_names_init(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"python -m bot init --policy"):
        async with run.office(settings.load(data=tmp_path, telegram_token=TOKEN, key=KEY)):
            pass


def test_telegram_knows_only_the_real_time(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2026-03-15T09:00:00+08:00")
    assert settings.Clock(settings.load(clock=clock).clock)().isoformat() == "2026-03-15T09:00:00+08:00"
    with pytest.raises(SettingError, match=r"QIANTONG_CLOCK 不正确.*令牌"):
        settings.load(clock=clock, telegram_token=TOKEN, key=KEY)


async def test_an_address_that_is_taken_is_named(sample_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(SettingError, match=rf"{taken} 已被占用.*QIANTONG_CHAT_ADDRESS"):
            async with run.office(settings.load(data=data, chat_address=taken)):
                pass


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql+psycopg://office:secret@127.0.0.1:1/none", "QIANTONG_DATABASE_URL"),
        ("sqlite:////proc/no/such/folder/office.db", "QIANTONG_DATABASE_URL"),
    ],
)
def test_a_store_out_of_reach_is_one_line_without_the_password(url: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=says) as refused:
        run.open_office(settings.load(data=tmp_path, database_url=url))
    assert "secret" not in str(refused.value) and "\n" not in str(refused.value)


def test_a_store_of_a_newer_version_is_left_alone(sample_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    found = settings.load(data=data)
    engine = open_store(found.store_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingError, match="更新的版本"):
        migrate.upgrade(engine, found)
    engine.dispose()
