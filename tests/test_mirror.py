"""Mirrors: real plugins against a server of this machine; figures only, lengths kept, errors inside a 200 noticed."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from bot.mirror import Channel, Mirrors, actor, channels, parts
from bot.settings import SettingError
from models.act import key
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.mirror import Mirrored, MirrorState
from models.outbox import Outbox
from models.people import Grant, Person, Unit
from models.words import Role
from templates.policies import load

NINE = datetime(2022, 4, 12, 9, 0, tzinfo=SHANGHAI)


@dataclass
class Far:
    """The other side: keeps what it got, answers as it is told."""

    address: str
    got: list[dict[str, Any]] = field(default_factory=list)
    answer: bytes = b'{"errcode":0,"errmsg":"ok"}'
    status: int = 200


@pytest.fixture
def far() -> Iterator[Far]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(json.loads(body))
            self.send_response(found.status)
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Far(f"127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def wecom(far: Far) -> Channel:
    """The WeCom plugin as it ships, its address turned to this machine."""
    channel = channels(["wecombot://abcdef1234"])[0]
    channel.plugin._plugin.api_url = f"http://{far.address}/cgi-bin/webhook/send"
    return channel


def test_an_error_inside_a_200_answer_is_noticed(far: Far) -> None:
    channel = wecom(far)
    assert channel.send("逾期 0 项") == ""
    far.answer = '{"errcode":45009,"errmsg":"接口调用超过限制"}'.encode()
    assert channel.send("逾期 0 项") == "对方答复 errcode=45009 接口调用超过限制"
    far.answer, far.status = b"", 500
    assert channel.send("逾期 0 项") == "对方没有接受"
    far.answer, far.status = b"not json", 200
    assert channel.send("逾期 0 项") == ""


def test_a_long_text_arrives_whole_in_parts_that_the_channel_takes(far: Far) -> None:
    text = "\n".join(f"第 {n} 项目标：{'甲' * 40}（目标不低于 5%）" for n in range(60))
    assert wecom(far).send(text) == ""
    told = [each["text"]["content"] for each in far.got]
    assert len(told) > 1
    assert max(len(each.encode()) for each in told) <= 2048
    assert "\n".join(told) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), st.integers(8, 90))
def test_parts_lose_nothing_and_are_never_too_long(text: str, limit: int) -> None:
    found = parts(text, limit)
    assert all(0 < len(each.encode()) <= limit for each in found)
    assert "".join(found).replace("\n", "") == text.replace("\n", "")


def test_an_address_that_cannot_be_read_is_named_by_number_and_not_shown() -> None:
    with pytest.raises(SettingError, match="第 2 个地址看不懂") as caught:
        channels(["wecombot://abcdef1234", "nonsense-with-secret"])
    assert "secret" not in str(caught.value)


@dataclass
class Office:
    """A small office with a leader and an administrator, and mirrors on one channel."""

    engine: Engine
    mirrors: Mirrors
    now: datetime = NINE


@pytest.fixture
def office(tmp_path: Path, far: Far) -> Iterator[Office]:
    KEYRING.use("a key for tests alone")
    engine = open_store(f"sqlite:///{tmp_path / 'office.db'}")
    SQLModel.metadata.create_all(engine)
    with writing(engine) as session:
        root = Unit(name="示例市双随机办", kind="office", policy="qinhuangdao-2022")
        session.add(root)
        session.flush()
        for name, role in (("领导", Role.LEADER), ("管理员", Role.ADMIN)):
            person = Person(key=name, name=name, label=name, unit_id=key(root))
            session.add(person)
            session.flush()
            session.add(Grant(person_id=key(person), unit_id=key(root), role=role))

    def clock() -> datetime:
        return made.now

    mirrors = Mirrors(
        channels([f"json://{far.address}/"]), engine=engine, act=actor(load, clock, "local", simulated=True)
    )
    made = Office(engine, mirrors)
    yield made
    engine.dispose()


def rows(session: Session) -> list[Mirrored]:
    return list(session.exec(select(Mirrored)))


def test_the_figures_go_out_once_on_a_working_day_at_nine(office: Office, far: Far) -> None:
    office.now = NINE - timedelta(minutes=1)
    assert office.mirrors.once() == 0
    office.now = NINE
    assert [office.mirrors.once(), office.mirrors.once()] == [1, 0]
    assert far.got[0]["message"].split("\n")[:2] == [
        "【示例市双随机办】双随机监管 2022年4月12日",
        "逾期 0 项，3 个工作日内到期 0 项，待批 0 项。",
    ]
    office.now = NINE + timedelta(days=4)
    assert office.mirrors.once() == 0, "the 16th is a Saturday"


def test_what_failed_is_told_to_the_administrator_and_not_sent_again(office: Office, far: Far) -> None:
    far.answer = b'{"errcode":310000,"errmsg":"keywords not in content"}'
    assert [office.mirrors.once(), office.mirrors.once()] == [0, 0]
    assert len(far.got) == 1
    with reading(office.engine) as session:
        assert [each.state for each in rows(session)] == [MirrorState.FAILED]
        told = session.exec(select(Outbox).where(Outbox.kind == "mirror_failed")).one()
        assert told.data["error"] == "对方答复 errcode=310000 keywords not in content"


def test_killed_in_the_middle_it_is_uncertain_and_told(office: Office, far: Far) -> None:
    with writing(office.engine) as session:
        session.add(Mirrored(day=NINE.date(), channel=office.mirrors.channels[0].mark, at=NINE))
    office.mirrors._recover()
    assert office.mirrors.once() == 0
    assert far.got == []
    with reading(office.engine) as session:
        assert [each.state for each in rows(session)] == [MirrorState.UNCERTAIN]
        assert (
            session.exec(select(Outbox).where(Outbox.kind == "mirror_failed")).one().data["error"].startswith("发送时")
        )
