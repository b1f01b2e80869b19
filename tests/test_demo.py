"""`python -m bot demo`: the whole story in one command, a record that verifies, and another draw each time."""

import json
import time
from pathlib import Path

import pytest

from tests.process import typed

NAMES = {"pool.tsv", "inspectors.tsv", "demands.tsv", "recusals.tsv", "excluded.tsv", "selected.tsv", "teams.tsv"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, float, str]:
    """Two folders that the demonstration filled, how long the first took, and what it printed."""
    work = tmp_path_factory.mktemp("demo")
    began = time.monotonic()
    first = typed(work, "demo", "--out", "one")
    took = time.monotonic() - began
    assert first.returncode == 0, first.stderr
    second = typed(work, "demo", "--out", "two")
    assert second.returncode == 0, second.stderr
    return work / "one", work / "two", took, first.stdout


def test_it_leaves_record_documents_public_edition_and_transcript(played: tuple[Path, Path, float, str]) -> None:
    out, _, took, printed = played
    assert took < 60
    assert {path.name for path in out.iterdir()} == NAMES | {"record.json", "documents", "public", "transcript.md"}
    kinds = {path.name.split("-")[0] for path in (out / "documents").iterdir()}
    assert kinds == {"抽取公告", "抽取记录", "任务通知书", "检查通知书", "检查记录表", "结果公示表"}
    assert {path.name for path in (out / "public").iterdir()} >= {"record.json", "teams.public.tsv", "verify.html"}
    transcript = (out / "transcript.md").read_text("utf-8")
    for scene in ("抽取：预览与公告", "派发任务", "申请回避", "公示、办结", "复核"):
        assert scene in printed and scene in transcript


def test_the_task_is_closed_with_one_recusal_and_its_substitute(played: tuple[Path, Path, float, str]) -> None:
    record = json.loads((played[0] / "record.json").read_text("utf-8"))
    assert record["state"] == "closed" and "secret" in record
    assert [entry["reason"] for entry in record["draws"]] == ["draw", "recusal"]
    (change,) = record["draws"][1]["changes"]
    assert change["out"] != change["in"]


def test_the_record_verifies_and_a_changed_one_does_not(played: tuple[Path, Path, float, str], tmp_path: Path) -> None:
    out, _, _, _ = played
    assert typed(tmp_path, "verify", str(out / "record.json")).returncode == 0
    assert typed(tmp_path, "verify", str(out / "public" / "record.json")).returncode == 0
    record = json.loads((out / "record.json").read_text("utf-8"))
    record["randomness"]["throws"][0]["value"] = record["randomness"]["throws"][0]["value"] % 64 + 1
    changed = tmp_path / "record.json"
    changed.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    answer = typed(tmp_path, "verify", str(changed), "--files", str(out))
    assert answer.returncode == 1


def test_every_run_draws_anew(played: tuple[Path, Path, float, str]) -> None:
    records = [json.loads((folder / "record.json").read_text("utf-8")) for folder in played[:2]]
    heads = {record["announcement"]["chain"]["head"] for record in records}
    digests = {record["draws"][0]["selected"]["sha256"] for record in records}
    assert len(heads) == len(digests) == 2


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "here"
    kept.mkdir()
    (kept / "mine.txt").write_text("keep", "utf-8")
    answer = typed(tmp_path, "demo", "--out", "here")
    assert answer.returncode == 2 and "不是空的" in answer.stderr and len(answer.stderr.splitlines()) == 1
    assert [path.name for path in kept.iterdir()] == ["mine.txt"]
