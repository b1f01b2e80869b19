"""Files of a gigabyte in the place of a draw's: the fault is named in little memory, and nothing is said to hold."""

import subprocess
import sys
from pathlib import Path

import pytest

from models import record
from tests.draws import drawn_story

GIGABYTE = 2**30
# Of the process, what is mapped of files left out: with a file held in whole it would die.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_DATA, (400 * 2**20, 400 * 2**20))
{body}
"""


def run(body: str, *args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LIMITED.format(body=body), *map(str, args)], capture_output=True, text=True, check=False
    )


def huge(path: Path, head: bytes = b"") -> None:
    """A gigabyte of zero bytes behind a head; it takes no room on the disk."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(GIGABYTE)


@pytest.mark.parametrize("name", ["pool.tsv", "teams.tsv"])
def test_verify_names_the_file(tmp_path: Path, name: str) -> None:
    story = drawn_story()
    for each, data in story.named.items():
        (tmp_path / each).write_bytes(data)
    (tmp_path / "record.json").write_bytes(record.canonical(story.record))
    huge(tmp_path / name, b"# " + b"0" * 64 + b"\n")
    done = run("from bot.__main__ import main\nsys.exit(main(sys.argv[1:]))", "verify", tmp_path / "record.json")
    assert done.returncode == 1, done.stderr
    failed = [line for line in done.stdout.splitlines() if line.startswith("[不符]")]
    assert failed and name in failed[0]
    assert done.stdout.splitlines()[-1].startswith("核验不通过")


READ = """
import mmap
from models import drawfiles
readers = {
    "pool.tsv": lambda data: list(drawfiles.Pool(data).blocks()),
    "inspectors.tsv": drawfiles.inspector_rows,
    "demands.tsv": drawfiles.demand_rows,
    "recusals.tsv": drawfiles.recusal_rows,
    "excluded.tsv": drawfiles.excluded_rows,
    "selected.tsv": drawfiles.selected_rows,
    "teams.tsv": drawfiles.team_rows,
}
with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
    for name, read in readers.items():
        try:
            read(data)
        except drawfiles.FileFault as fault:
            print(fault)
"""


def test_a_line_without_an_end_is_no_line_whatever_file_it_is_in(tmp_path: Path) -> None:
    huge(tmp_path / "huge.tsv", b"# " + b"0" * 64 + b"\n")
    done = run(READ, tmp_path / "huge.tsv")
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert len(said) == 7 and all("第 2 行" in line for line in said)


def test_draw_names_the_first_line_that_is_none(tmp_path: Path) -> None:
    huge(tmp_path / "huge.tsv")
    body = "from bot.__main__ import main\nsys.exit(main(sys.argv[1:]))"
    done = run(body, "draw", "--pool", tmp_path / "huge.tsv", "--randomness", "1./", "--code", "0" * 64, "--count", 1)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("名单第 1 行")
