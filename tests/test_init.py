"""`init`: an office of one's own from nothing, on the local chat and for Telegram."""

import os
import re
from pathlib import Path

import httpx
import pytest

from bot.__main__ import main
from models import office, people
from models.base import KEYRING, open_store, reading
from templates import policies
from tests.process import started, typed

WORDS = ("init", "--policy", "xiping-2020", "--unit", "西平县示例局", "--admin", "示例局管理员")
KEY = "a key of enough characters"
TOKEN = "12345:abcdefghij"


def test_first_the_office_then_its_address_and_the_personal_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    made = typed(tmp_path, *WORDS, data=data)
    assert (made.returncode, made.stderr) == (0, "")
    assert "已建立「西平县示例局」，政策配置 xiping-2020。" in made.stdout
    monkeypatch.setenv("QIANTONG_DATA", str(data))
    assert main(WORDS) == 1
    assert capsys.readouterr() == ("", "这里已经有一个办公室，没有改动。要另建一个，请换一个数据文件夹。\n")
    with started(tmp_path, data=data, chat_address="127.0.0.1:0") as running:
        assert running.stdout is not None
        address = running.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]*/", address)
        assert running.stdout.readline() == "办公室已经打开。按 Ctrl+C 停止。\n"
        assert "个人登录链接" in running.stdout.readline()
        name, link = running.stdout.readline().split()
        assert name == "示例局管理员" and link.startswith(f"{address}link/")
        assert "签筒" in httpx.get(link, trust_env=False, follow_redirects=True).text


def test_for_telegram_it_prints_what_to_send_to_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANTONG_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("QIANTONG_KEY", KEY)
    assert main(WORDS) == 0
    out = capsys.readouterr().out
    found = re.search(r"示例局管理员 .*发送：/start ([A-Za-z0-9_-]{1,64})\n", out)
    assert found is not None
    KEYRING.use(KEY)
    engine = open_store(f"sqlite:///{tmp_path / 'data' / 'office.db'}")
    with reading(engine) as session:
        root = people.root(session)
        assert root is not None and (root.name, root.policy, root.sample) == ("西平县示例局", "xiping-2020", False)
        invited = session.get(people.Invitation, 1)
        assert invited is not None and invited.token_hash == people.token_hash(found[1])
        assert f"（{office.LINK_DAYS} 天内有效，只能用一次。）" in out
    engine.dispose()
    assert "key" not in os.listdir(tmp_path / "data")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--policy", "nowhere-1999", "--unit", "某局", "--admin", "某人"), "、".join(policies.names())),
        (("--policy", "xiping-2020", "--unit", " ", "--admin", "某人"), "--unit 不能为空"),
        (("--policy", "xiping-2020", "--unit", "某局", "--admin", ""), "--admin 不能为空"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_makes_nothing(
    words: tuple[str, ...],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and says in err and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_profile_of_the_bureaus_own_with_a_wrong_value_is_named_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    shipped = (policies.FOLDER / "xiping-2020.toml").read_text("utf-8").splitlines()
    at = shipped.index("[team_size]") + 1
    shipped[at] = "value = 0"
    (own / "ours.toml").write_text("\n".join(shipped), "utf-8")
    monkeypatch.setenv("QIANTONG_POLICIES", str(own))
    assert main(["init", "--policy", "ours", "--unit", "某局", "--admin", "某人"]) == 2
    err = capsys.readouterr().err
    assert f"ours.toml 第 {at + 1} 行" in err and err.count("\n") == 1
    assert not (tmp_path / "data").exists()
