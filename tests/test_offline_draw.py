"""`python -m bot draw` and `verify`: what they print, and how they leave."""

import hmac
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.__main__ import main
from models import record
from models.public_edition import public_edition
from tests.draws import SECRET, drawn_story, salt, substituted

CODE = "1e6750d20957e49e2cd9827a2197a8b321fff95b07dfe02f20661a91de8d4cdd"
RANDOMNESS = "17.64.3./22.9.41./"


class Done(NamedTuple):
    """What a command left."""

    returncode: int
    stdout: bytes
    stderr: bytes


def shell(*args: object, stdin: bytes = b"") -> Done:
    """Run the command line in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bot", *map(str, args)], input=stdin, capture_output=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def standard_streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard input, output and error in memory."""
    before = sys.stdin, sys.stdout, sys.stderr
    output, errors = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    sys.stdout, sys.stderr = (io.TextIOWrapper(stream, "utf-8", write_through=True) for stream in (output, errors))
    try:
        yield output, errors
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def bot(*args: object, stdin: bytes = b"") -> Done:
    """Run the command line in this process, where it is fast; that `shell` does the same is tested below."""
    with standard_streams(stdin) as (output, errors):
        try:
            code = main([str(arg) for arg in args])
        except SystemExit as left:
            code = int(left.code or 0)
        return Done(code, output.getvalue(), errors.getvalue())


def draw(pool: bytes, *args: object, code: str = CODE) -> Done:
    return bot("draw", "--pool", "-", "--randomness", RANDOMNESS, "--code", code, *args, stdin=pool)


def position(label: str) -> str:
    key = hmac.digest(bytes.fromhex(CODE), RANDOMNESS.encode(), "sha256")
    return hmac.digest(key, label.encode() + b"\x01", "sha256").hex()


def in_order(labels: list[str]) -> str:
    return "".join(f"{place} {label}\n" for place, label in sorted((position(label), label) for label in labels))


@pytest.mark.parametrize("run", [bot, shell])
def test_the_vector_of_the_protocol(run: Callable[..., Done]) -> None:
    given = ["draw", "--pool", "-", "--randomness", RANDOMNESS, "--code", CODE, "--count", "2"]
    done = run(*given, stdin=b"A\nB\nC\nD\nE\n")
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.decode() == "".join(
        f"{place} {label}\n" for label in "BC" for place in [position(label)]
    ) and done.stdout.startswith(b"484559096faa")


def test_strata_have_quotas_of_their_own_and_the_order_of_lines_is_free(tmp_path: Path) -> None:
    pool = tmp_path / "pool.tsv"
    names = [f"企业{n}" for n in range(12)]
    lines = [f"{name}\t{'A=1' if n < 8 else 'D'}\n" for n, name in enumerate(names)]
    pool.write_text("".join(["# " + "0" * 64 + "\n", *lines]))
    common = ["draw", "--pool", pool, "--randomness", RANDOMNESS, "--code", CODE]
    done = bot(*common, "--ratio", "A=1=25%", "--count", "3")
    low = sorted(names[:8], key=position)[:2] + sorted(names[8:], key=position)[:3]
    assert (done.returncode, done.stdout.decode()) == (0, in_order(low))
    pool.write_text("".join(reversed(lines)))
    assert bot(*common, "--ratio", "A=1=1/4", "--count", "D=3").stdout == done.stdout


@pytest.mark.parametrize(
    ("pool", "args"),
    [
        (b"", ["--count", "1"]),
        (b"# " + b"0" * 64 + b"\n", ["--count", "1"]),
        (b"A\nA\n", ["--count", "1"]),
        (b"A\r\nB\r\n", ["--count", "1"]),
        (b"A\n\nB\n", ["--count", "1"]),
        (b"#A\n", ["--count", "1"]),
        (b"A\n# " + b"0" * 64 + b"\n", ["--count", "1"]),
        (b"\xef\xbb\xbfA\n", ["--count", "1"]),
        ("企业".encode("gbk"), ["--count", "1"]),
        (b"A\nB\tD\n", ["--count", "1"]),
        (b"A\tD\nB\n", ["--count", "1"]),
        (b"A\tD\tE\n", ["--count", "1"]),
        (b"A\nB\n", []),
        (b"A\nB\n", ["--count", "0"]),
        (b"A\nB\n", ["--count", "-1"]),
        (b"A\nB\n", ["--count", "1.5"]),
        (b"A\nB\n", ["--count", "9" * 5000]),
        (b"A\nB\n", ["--count"]),
        (b"A\nB\n", ["--ratio", "0%"]),
        (b"A\nB\n", ["--ratio", "0/5"]),
        (b"A\nB\n", ["--ratio", "101%"]),
        (b"A\nB\n", ["--ratio", "0.05"]),
        (b"A\nB\n", ["--ratio", "1"]),
        (b"A\nB\n", ["--ratio", "1/0"]),
        (b"A\nB\n", ["--ratio", "5%", "--count", "1"]),
        (b"A\tX\nB\tY\n", ["--count", "X=1"]),
        (b"A\tX\nB\tY\n", ["--count", "Z=1", "--count", "1"]),
        (b"A\tX\nB\tY\n", ["--count", "X=1", "--ratio", "X=5%", "--count", "1"]),
        (b"A\nB\n", ["--count", "1", "--nonsense"]),
    ],
)
def test_bad_input_is_one_line_and_exit_2(pool: bytes, args: list[str]) -> None:
    done = draw(pool, *args)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1 and done.stderr.decode().strip()


@pytest.mark.parametrize("code", ["", "ab", "g" * 64, CODE + "0", CODE[:-1] + "\n"])
def test_a_code_is_64_hex_digits(code: str) -> None:
    done = draw(b"A\nB\n", "--count", "1", code=code)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


def test_a_pool_that_is_not_there() -> None:
    done = bot("draw", "--pool", "no/such", "--randomness", "1./", "--code", CODE, "--count", "1")
    assert (done.returncode, done.stdout) == (2, b"") and "读不到" in done.stderr.decode()


def test_help_is_in_chinese() -> None:
    for command in ("draw", "verify"):
        done = bot(command, "--help")
        assert done.returncode == 0 and ("抽取" in done.stdout.decode())


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A record with its files in one folder."""
    story = substituted(drawn_story())
    for name, data in story.named.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "record.json").write_bytes(record.canonical(story.record))
    (tmp_path / "posted").write_text("\n".join(story.posted))
    return tmp_path


def test_a_true_record_leaves_with_0(kept: Path, tmp_path: Path) -> None:
    done = shell("verify", kept / "record.json")
    assert done == bot("verify", kept / "record.json")
    assert done.returncode == 0 and done.stdout.decode().splitlines()[-1].startswith("核验通过")
    posted = [arg for seen in (kept / "posted").read_text().split() for arg in ("--posted", seen.upper())]
    as_json = json.loads(bot("verify", kept / "record.json", "--json", *posted).stdout)
    assert as_json["ok"] is True
    assert {check["result"] for check in as_json["checks"]} == {"ok"}
    assert set(as_json["checks"][0]) == {"name", "result", "detail"}


def test_files_may_lie_elsewhere_and_what_lacks_is_said(kept: Path) -> None:
    alone = kept / "alone"
    alone.mkdir()
    (kept / "record.json").rename(alone / "record.json")
    done = bot("verify", alone / "record.json")
    assert done.returncode == 0 and "[未检查]" in done.stdout.decode()
    assert "不能断定" in done.stdout.decode().splitlines()[-1]
    assert "[未检查]" not in bot("verify", alone / "record.json", "--files", kept).stdout.decode()


def test_a_changed_record_leaves_with_1_and_names_the_check(kept: Path) -> None:
    path = kept / "record.json"
    path.write_bytes(path.read_bytes().replace(b'"quota":8', b'"quota":9'))
    done = bot("verify", path)
    assert done.returncode == 1 and done.stdout.decode().splitlines()[-1].startswith("核验不通过")
    assert json.loads(bot("verify", path, "--json").stdout)["ok"] is False


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (b"", 2),
        (b"{", 2),
        (b"\xff\xfe", 2),
        (b"[]", 1),
        (b"null", 1),
        (b'{"a":1,"a":2}', 1),
        (b"[NaN]", 1),
        (b"[" * 100_000 + b"]" * 100_000, 1),
    ],
)
def test_what_is_no_json_leaves_with_2_and_what_is_no_record_with_1(tmp_path: Path, content: bytes, left: int) -> None:
    (tmp_path / "record.json").write_bytes(content)
    done = bot("verify", tmp_path / "record.json")
    assert done.returncode == left
    assert done.stderr.count(b"\n") == (1 if left == 2 else 0)
    assert bool(done.stdout) == (left == 1)


def test_what_cannot_be_read_leaves_with_2(tmp_path: Path, kept: Path) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(2**30)
    for args in (
        [tmp_path / "none.json"],
        [tmp_path],
        [huge],
        [kept / "record.json", "--files", tmp_path / "none"],
        [kept / "record.json", "--posted", "ab"],
        [],
    ):
        done = bot("verify", *args)
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


def test_the_public_edition_can_be_checked_too(tmp_path: Path) -> None:
    story = substituted(drawn_story())
    story.record = record.with_state(story.record, "closed", SECRET)
    made, files = public_edition(story.record, story.named, show_pool=True, salts=[salt("p"), salt("q")])
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "record.json").write_bytes(record.canonical(made))
    done = bot("verify", tmp_path / "record.json")
    assert done.returncode == 0 and "[相符] 公开版" in done.stdout.decode()
