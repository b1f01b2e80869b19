"""docs/verify.zh-CN.md does what it says: each command in it runs on a true public record and reaches its selection."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models import record
from models.codes import make_credit_code
from models.match import Demand, Person
from models.positions import code, positions, prk
from models.public_edition import public_edition
from models.quota import Quota
from models.record import Drawn, Files
from tests.draws import AT, SECRET, made_announcement, made_throws, salt

DOC = Path(__file__).resolve().parents[1] / "docs" / "verify.zh-CN.md"
BLOCK = re.compile(r"<!-- (\w+) -->\n```sh\n(.*?)```", re.DOTALL)
LOOKED_UP = "91990000000000017T"


def drawn_in(folder: Path, *, show_pool: bool) -> tuple[dict[str, object], Drawn, dict[str, bytes]]:
    """A public edition laid out in a folder as its archive unpacks: credit codes, numbers, names; two strata."""
    labels = [LOOKED_UP, *(make_credit_code(serial) for serial in range(20)), "某某公司（示例）", "-n", "a  b", "%s\\n"]
    files = Files.of(
        pool=[(label, "甲类" if at % 3 else "乙类") for at, label in enumerate(labels)],
        inspectors=[Person(name, "市局") for name in ("甲", "乙", "丙")],
        demands=[Demand(f"={name}", "市局", 2) for name in ("甲类", "乙类")],
        salts=[salt(name) for name in record.NAMES],
    )
    strata = {"甲类": Quota(count=12), "乙类": Quota(count=3)}
    announced = made_announcement(files, strata=strata, task_name='示例"任务","head":"x"')
    drawn = record.make_draw(
        announced,
        files,
        code=code(SECRET, 64, 1),
        throws=made_throws(),
        drawn_at=AT.format(11),
        salts=[salt("selected"), salt("teams")],
    )
    full = record.record(announced, state="drawn", randomness=drawn.randomness, draws=[drawn.entry])
    made, named = public_edition(full, files.named() | drawn.named(), show_pool=show_pool, salts=[salt("p"), salt("q")])
    for name, data in (named | {"record.json": record.canonical(made)}).items():
        (folder / name).write_bytes(data)
    return made, drawn, named


def by_hand(folder: Path, *kinds: str) -> subprocess.CompletedProcess[str]:
    """Run the blocks of these kinds one after the other, as a reader does."""
    script = "set -eu\n" + "\n".join(text for kind, text in BLOCK.findall(DOC.read_text("utf-8")) if kind in kinds)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": path, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_block_is_run() -> None:
    text = DOC.read_text("utf-8")
    blocks = BLOCK.findall(text)
    assert {kind for kind, _ in blocks} == {"all", "pool", "selected"}
    assert len(blocks) == text.count("```") // 2


@pytest.mark.parametrize("show_pool", [True, False])
def test_a_citizen_reaches_the_same_selection(show_pool: bool, tmp_path: Path) -> None:
    made, drawn, named = drawn_in(tmp_path, show_pool=show_pool)
    done = by_hand(tmp_path, "all", "pool" if show_pool else "selected")
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()

    head = made["announcement"]["chain"]["head"]  # type: ignore[index]
    assert f"链头 {head}" in said and f"密码 {code(SECRET, 64, 1).hex()}" in said
    assert said.count(head) == 2, "the code, hashed once, and the head"
    assert made["announcement_sha256"] in said and drawn.digest in said
    key = prk(code(SECRET, 64, 1), drawn.randomness["value"])
    assert f"钥匙 {key.hex()}" in said
    assert next(iter(positions(key, [LOOKED_UP])))[0].hex() in said

    assert "抽取结果相符" in said
    name = "pool.tsv" if show_pool else "selected.public.tsv"
    assert record.digest(named[name]) in said
    mine = (tmp_path / "mine.tsv").read_text("utf-8").splitlines()
    wanted = [[row.position.hex(), row.label, *([row.stratum] if show_pool else [])] for row in drawn.selected]
    assert [line.split("\t") for line in mine] == wanted
    assert "不能断定整份记录属实" in said[-1]


@pytest.mark.parametrize("name", ["pool.tsv", "selected.tsv"])
def test_a_changed_result_is_noticed(name: str, tmp_path: Path) -> None:
    drawn_in(tmp_path, show_pool=True)
    rows = (tmp_path / "selected.tsv").read_bytes().splitlines(keepends=True)
    changed = (tmp_path / name).read_bytes().replace(rows[1].split(b"\t")[1], b"91990000000000099X")
    (tmp_path / name).write_bytes(changed)
    done = by_hand(tmp_path, "all", "pool")
    assert done.returncode == 1
    assert "抽取结果相符" not in done.stdout and "核验不通过" in done.stdout
