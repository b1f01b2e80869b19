"""A PostgreSQL server of a test's own: started in a folder under /tmp, reached by its socket, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.parts import postgres_bin

_numbers = count(1)


def fresh(address: str) -> str:
    """The address of a new, empty database on the same server."""
    name = f"office{next(_numbers)}"
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(address).set(database=name).render_as_string(hide_password=False)


@contextmanager
def server() -> Iterator[str]:
    """The address of an empty database. PostgreSQL refuses to run as root and then runs as `postgres`."""
    programs = postgres_bin()
    assert programs is not None
    # Its own short path: a socket's is limited to 107 bytes, and pytest's folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="qt-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, user)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, user=user, cwd=folder, env={"LC_ALL": "C.UTF-8"})

    data = str(folder / "data")
    # Nothing of it outlives the test, so it need not reach the disk.
    options = f"-c listen_addresses='' -c fsync=off -k {folder}"
    try:
        run(str(programs / "initdb"), "-D", data, "-U", "office", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(str(programs / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://office@/postgres?host={folder}"
        finally:
            run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
