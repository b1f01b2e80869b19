"""`docs verify` on the command line: what it says of a document, and its exit codes."""

import json
from pathlib import Path

import pytest

from bot import migrate, settings
from bot.__main__ import main
from handlers.issue import register
from models import letter, papers
from models.base import open_store
from tests.sample_office import KEY, SampleOffice, founded
from tests.test_talk_documents import saved_anew
from tests.test_word_check import changed


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A signed 检查通知书 of an office in the folder that the settings name."""
    from templates import word

    folder = tmp_path / "data"
    folder.mkdir()
    found = settings.load(data=folder, key=KEY)
    engine = open_store(found.store_url)
    migrate.upgrade(engine, found)
    office = SampleOffice(engine, founded(engine))
    draw_id = office.dispatched("003")
    number = office.visits(draw_id)[0].id or 0
    with office.act("staff1") as act:
        view, row = letter.sign(act, papers.notice(act, number), "visit", number, "检查通知书-003-01")
        data = word.fill(view)
        register(act, data, "visit", number, title="检查通知书-003-01", row=row)
    engine.dispose()
    monkeypatch.setenv("QIANTONG_DATA", str(folder))
    monkeypatch.setenv("QIANTONG_KEY", KEY)
    return data


def verified(tmp_path: Path, data: bytes, *more: str) -> int:
    (tmp_path / "文书.docx").write_bytes(data)
    return main(["docs", "verify", *more, str(tmp_path / "文书.docx")])


def test_it_says_where_a_document_comes_from(tmp_path: Path, signed: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(tmp_path, signed) == 0
    said = capsys.readouterr().out
    assert "原件，没有改动" in said and "示例检通〔2026〕1号" in said and "检查对象：" in said
    assert verified(tmp_path, saved_anew(signed), "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "saved"
    assert verified(tmp_path, changed(signed, "检查频次：", "检查次数：")) == 1
    assert "文字已被改动" in capsys.readouterr().out


def test_what_cannot_be_told_is_said(tmp_path: Path, signed: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    from templates import word

    assert verified(tmp_path, word.shipped("notice")) == 1
    assert "不是本办公室" in capsys.readouterr().out
    assert verified(tmp_path, b"no document") == 2
    assert "无法核验" in capsys.readouterr().err
    assert main(["docs", "verify", str(tmp_path / "没有.docx")]) == 2


def test_without_an_office_nothing_is_made(
    tmp_path: Path, signed: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIANTONG_DATA", str(tmp_path / "empty"))
    assert verified(tmp_path, signed) == 2
    assert "还没有办公室" in capsys.readouterr().err
    assert not (tmp_path / "empty" / "office.db").exists()
