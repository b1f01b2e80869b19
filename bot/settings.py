"""Settings from the environment or a `.env` file, prefixed QIANTONG_; a wrong one is named at start (DESIGN §11)."""

import os
import secrets
from datetime import datetime
from pathlib import Path

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.base import SHANGHAI

_PREFIX = "QIANTONG_"
SHORTEST_KEY = 16

_REASONS = {
    "policies": "应是一个已有的文件夹，里面是政策配置（.toml）",
    "log_level": "应是 DEBUG、INFO、WARNING、ERROR 或者 CRITICAL",
    "chat_admin_key": "不能有空格和换行",
    "chat_test": "应是 1（是）或者 0（否）",
    "telegram_base_url": "应以 http:// 或者 https:// 开头",
    "telegram_base_file_url": "应以 http:// 或者 https:// 开头",
    "chat_address": "应写成 主机:端口，例如 127.0.0.1:8086",
    "tick_seconds": "应是大于 0 的秒数",
    "key": "至少 16 个字符",
    "telegram_token": "应是 BotFather 给出的「数字:字母」形式",
    "clock": "应是一个文件，内容是带时区的时间，例如 2026-03-15T09:00:00+08:00；设置了 Telegram 令牌时不能使用",
    "database_url": "应以 sqlite:/// 或者 postgresql+psycopg:// 开头",
}


class SettingError(Exception):
    """One setting is wrong; the message is one Chinese line naming it."""


class Settings(BaseSettings):
    """What the office runs with."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    data: Path = Path("data")
    database_url: str = ""
    key: str = ""
    telegram_token: str = ""
    # A Bot API server other than Telegram's own, and its file address.
    telegram_base_url: str = ""
    telegram_base_file_url: str = ""
    chat_address: str = "127.0.0.1:8086"
    chat_admin_key: str = ""
    chat_test: bool = False
    clock: Path | None = None
    tick_seconds: float = Field(default=20.0, gt=0, allow_inf_nan=False)
    policies: Path | None = None
    log_level: str = "INFO"
    # Addresses of other channels as apprise writes them, separated by blanks; they hold tokens.
    mirrors: str = ""

    @field_validator("policies")
    @classmethod
    def _existing_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("policies")
        return value

    @field_validator("telegram_base_url", "telegram_base_file_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("url")
        return value

    @field_validator("chat_admin_key")
    @classmethod
    def _one_word(cls, value: str) -> str:
        if value.split() not in ([], [value]):
            raise ValueError("key")
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
            raise ValueError("level")
        return value.upper()

    @field_validator("chat_address")
    @classmethod
    def _address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
            raise ValueError("address")
        return value

    @field_validator("key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < SHORTEST_KEY:
            raise ValueError("key")
        return value

    @field_validator("telegram_token")
    @classmethod
    def _token(cls, value: str) -> str:
        number, _, rest = value.partition(":")
        if value and not (number.isdigit() and rest):
            raise ValueError("token")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("database")
        return value

    @model_validator(mode="after")
    def _real_clock_on_telegram(self) -> "Settings":
        if self.clock is not None and self.telegram_token:
            raise ValueError("clock")
        return self

    @property
    def host(self) -> str:
        """Where the local chat listens."""
        return self.chat_address.rpartition(":")[0]

    @property
    def port(self) -> int:
        """Port of the local chat; 0 takes a free one."""
        return int(self.chat_address.rpartition(":")[2])

    @property
    def store_url(self) -> str:
        """The database; by default a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data / 'office.db'}"


def load(**changes: object) -> Settings:
    """Read the settings; SettingError names the first wrong one."""
    try:
        return Settings(**changes)  # type: ignore[arg-type]
    except UnicodeDecodeError as error:
        raise SettingError("当前文件夹里的 .env 不是 UTF-8 编码的文本，请改用 UTF-8 保存。") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "clock"
        reason = _REASONS.get(name, "值不正确")
        raise SettingError(f"设置 QIANTONG_{name.upper()} 不正确：{reason}。") from error


def make_folder(settings: Settings) -> None:
    """The data folder, made where it is missing; SettingError where it cannot be used."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        if not os.access(settings.data, os.W_OK):
            raise PermissionError(None, "没有权限")
    except OSError as error:
        reason = "不是文件夹" if settings.data.exists() and not settings.data.is_dir() else f"{error.strerror}"
        raise SettingError(f"设置 QIANTONG_DATA 不正确：文件夹 {settings.data} 不能使用（{reason}）。") from error


def unknown() -> list[str]:
    """Names in the environment that begin like a setting and are none: most likely misspelt."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | {"QIANTONG_ALL_PARTS"}
    return sorted(name for name in os.environ if name.upper().startswith(_PREFIX) and name.upper() not in known)


def key_of(settings: Settings) -> tuple[str, bool]:
    """The encryption key: from the settings, or kept in the data folder (mode 0600). Tells whether it was made now."""
    if settings.key:
        return settings.key, False
    path = settings.data / "key"
    if path.exists():
        try:
            kept = path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"密钥文件 {path} 读不了。请检查权限，或者用备份恢复这个文件。") from error
        if len(kept) < SHORTEST_KEY:
            raise SettingError(f"密钥文件 {path} 不完整。请用备份恢复这个文件，或者设置 QIANTONG_KEY。")
        return kept, False
    if settings.telegram_token:
        raise SettingError("没有设置 QIANTONG_KEY。连接 Telegram 时请自己保管一把密钥（至少 16 个字符）。")
    make_folder(settings)
    key = secrets.token_urlsafe(32)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key + "\n")
    return key, True


class Clock:
    """The office's time in Asia/Shanghai: the real one, or what the clock file says at each tick."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._at: datetime | None = None
        self.refresh()

    @property
    def simulated(self) -> bool:
        """Whether records must say `clock: simulated`."""
        return self._file is not None

    def refresh(self) -> None:
        """Read the clock file again."""
        if self._file is None:
            return
        try:
            at = datetime.fromisoformat(self._file.read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise SettingError(f"设置 QIANTONG_CLOCK 不正确：{_REASONS['clock']}。") from error
        self._at = (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI)

    def __call__(self) -> datetime:
        """Now."""
        return self._at or datetime.now(SHANGHAI)
