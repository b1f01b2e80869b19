"""Bringing the store up to date at start, with a copy of a SQLite file taken first (DESIGN §11)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, select, text
from sqlalchemy.exc import OperationalError

import models
from bot.settings import SettingError, Settings
from models import tables
from models.base import Sealed, WrongKey, reading

_LOCK = 7270

SCRIPTS = Path(models.__file__).parent / "migrations"


def config(engine: Engine) -> Config:
    """Alembic's configuration, without a file."""
    found = Config()
    found.set_main_option("script_location", str(SCRIPTS))
    found.attributes["engine"] = engine
    found.attributes["metadata"] = tables.METADATA
    return found


def upgrade(engine: Engine, settings: Settings) -> None:
    """Run what is missing; nothing where the store is new enough. SettingError where the store cannot be used."""
    try:
        with _alone(engine):
            _upgrade(engine, settings)
        check_key(engine)
    except OperationalError as error:
        name = "QIANTONG_DATABASE_URL" if settings.database_url else "QIANTONG_DATA"
        raise SettingError(f"打不开数据库（设置 {name}）：{_first_line(error)}") from error


def _upgrade(engine: Engine, settings: Settings) -> None:
    scripts = ScriptDirectory.from_config(config(engine))
    wanted = scripts.get_current_head()
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present == wanted:
        return
    if present is not None and present not in {each.revision for each in scripts.walk_revisions()}:
        raise SettingError(f"数据由更新的版本写成（{present}），这个版本读不了。请换用新版本，或者用升级前的备份。")
    if present is not None and engine.dialect.name == "sqlite" and engine.url.database:
        copy = settings.data / f"office.db.before-{wanted}"
        # SQLite's own copy is consistent even while others read.
        with closing(sqlite3.connect(engine.url.database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    command.upgrade(config(engine), "head")


def check_key(engine: Engine) -> None:
    """SettingError where the key in use opens nothing of what is sealed: better at the start than in the middle."""
    refused = False
    with reading(engine) as session:
        for column in _sealed():
            try:
                if session.execute(select(column).where(column.is_not(None)).limit(1)).first() is not None:
                    return
            except WrongKey:
                refused = True
    if refused:
        raise SettingError("设置 QIANTONG_KEY 不正确：数据是用另一把密钥加密的。请换回原来的密钥。")


def _sealed() -> list[Column[Any]]:
    """All columns whose text is encrypted."""
    columns = (column for table in tables.METADATA.sorted_tables for column in table.columns)
    return [column for column in columns if isinstance(column.type, Sealed)]


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Several processes may start on one PostgreSQL at once: the first migrates, the others wait for it."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        try:
            yield
        finally:
            connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))


def _first_line(error: OperationalError) -> str:
    # What follows holds the statement, or the address with its password.
    return str(error.orig or error).strip().split("\n", 1)[0]
