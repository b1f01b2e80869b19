"""Bringing the store up to date at start, with a copy of a SQLite file taken first (DESIGN §11)."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import models
from bot.settings import Settings
from models import tables

SCRIPTS = Path(models.__file__).parent / "migrations"


def config(engine: Engine) -> Config:
    """Alembic's configuration, without a file."""
    found = Config()
    found.set_main_option("script_location", str(SCRIPTS))
    found.attributes["engine"] = engine
    found.attributes["metadata"] = tables.METADATA
    return found


def upgrade(engine: Engine, settings: Settings) -> None:
    """Run what is missing; nothing where the store is new enough."""
    wanted = ScriptDirectory.from_config(config(engine)).get_current_head()
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present == wanted:
        return
    if present is not None and engine.dialect.name == "sqlite" and engine.url.database:
        copy = settings.data / f"office.db.before-{wanted}"
        # SQLite's own copy is consistent even while others read.
        with sqlite3.connect(engine.url.database) as source, sqlite3.connect(copy) as target:
            source.backup(target)
    command.upgrade(config(engine), "head")
