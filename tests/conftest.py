"""What all tests share: parts that a machine may lack, and a running sample office to talk to."""

import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests import parts, postgres
from tests.talk import Talk, talking

ALL = os.environ.get("QIANTONG_ALL_PARTS") == "1"
_missing: dict[str, int] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the machine cannot run, and remember what that was. With QIANTONG_ALL_PARTS=1 nothing is."""
    kept, left = [], []
    for item in items:
        wanted = [str(part) for marker in item.iter_markers("needs") for part in marker.args]
        lacking = [part for part in wanted if not parts.there(part)]
        if lacking and not ALL:
            left.append(item)
            for part in lacking:
                _missing[part] = _missing.get(part, 0) + 1
        else:
            kept.append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where all parts are demanded, a missing one fails the test that needs it."""
    for marker in item.iter_markers("needs"):
        for part in marker.args:
            if not parts.there(str(part)):
                pytest.fail(f"missing part {part}: {parts.HOW[str(part)]}", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was left out and how to get it."""
    for part, count in sorted(_missing.items()):
        terminalreporter.write_line(f"没有运行 {count} 项测试：缺少 {part}。安装方法：{parts.HOW[part]}")


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Any connection that leaves this machine is an error, and settings of the one who tests do not count."""
    for name in list(os.environ):
        if name.startswith("QIANTONG_") and name != "QIANTONG_ALL_PARTS":
            monkeypatch.delenv(name)
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the sample office in it, made once; tests work on copies."""
    from tests.talk import make_sample

    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of the tests' own, started when the first test asks for it."""
    with postgres.server() as address:
        yield address


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """An empty PostgreSQL database for one test."""
    return postgres.fresh(postgres_server)


@pytest.fixture
async def talk(sample_data: Path, tmp_path: Path) -> AsyncIterator[Talk]:
    """The sample office, running, with its people."""
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)
    async with talking(data) as running:
        yield running


@pytest.fixture
def talk_on(sample_data: Path, tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Talk]]:
    """For tests that stop and start the office: `async with talk_on(): …` again and again on one data folder."""
    data = tmp_path / "data"
    shutil.copytree(sample_data, data)

    def again(**settings: object) -> AbstractAsyncContextManager[Talk]:
        return talking(data, **settings)

    return again
