"""Lists as anyone writes them: what is in them, in any order and any size, and what is refused."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import drawfiles
from models.plainlist import ListFault, PlainList
from models.positions import draw_order, draw_order_uncounted, prk
from tests.test_offline_draw import CODE, RANDOMNESS

KEY = prk(bytes.fromhex(CODE), RANDOMNESS)


def rows(data: bytes) -> list[tuple[str, str]]:
    return [
        (info[:-1].decode(), stratum.decode())
        for infos, strata in PlainList(data).blocks()
        for info, stratum in zip(infos, strata, strict=True)
    ]


names = st.lists(st.text("abcXYZ019-甲乙丙", min_size=1, max_size=5), unique=True, min_size=1, max_size=40)


@settings(deadline=None)
@given(names, st.booleans(), st.booleans(), st.booleans(), st.sampled_from([3, 7, 40, 4096]))
def test_any_order_one_column_or_two_with_or_without_salt_and_last_newline(
    labels: list[str], two: bool, salted: bool, ended: bool, size: int
) -> None:
    wanted = [(label, "甲A"[n % 2] if two else "*") for n, label in enumerate(labels)]
    data = b"# " + b"0" * 64 + b"\n" if salted else b""
    data += "\n".join(f"{label}\t{stratum}" if two else label for label, stratum in wanted).encode()
    data += b"\n" if ended else b""
    with pytest.MonkeyPatch.context() as patch:
        # However the list is cut into pieces, it holds the same.
        patch.setattr(drawfiles.pieces, "__defaults__", (0, size))
        assert rows(data) == wanted


@settings(deadline=None)
@given(names, st.data())
def test_a_label_that_stands_twice_is_named_with_its_line(labels: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(labels) - 1))
    second = data.draw(st.integers(first + 1, len(labels)))
    doubled = [*labels[:second], labels[first], *labels[second:]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawfiles.pieces, "__defaults__", (0, 8))
        with pytest.raises(ListFault, match=f"^名单第 {second + 1} 行的“{labels[first]}”重复。$"):
            rows("\n".join(doubled).encode())


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"A\nB\n\nC\n", 3),
        (b"A\tX\n\tY\n", 2),
        (b"A\tX\nB\t\n", 2),
        (b"A\tX\nB\n", 2),
        (b"A\nB\tX\n", 2),
        (b"A\tX\tY\n", 1),
        (b"A\n" + b"x" * 129, 2),
        (b"A\nB \n", 2),
        ("A\n丙\n乙".encode() + b"\xff\n", 3),
        (b"A\n# " + b"0" * 64 + b"\n", 2),
        (b"# " + b"0" * 64 + b"\n\nA\n", 2),
        (b"x" * 3_000_000, 1),
    ],
)
def test_the_first_line_that_is_no_label_is_named(data: bytes, line: int) -> None:
    with pytest.raises(ListFault, match=f"^名单第 {line} 行"):
        rows(data)


@pytest.mark.parametrize("data", [b"", b"# " + b"0" * 64, b"# " + b"0" * 64 + b"\n"])
def test_an_empty_list_has_no_blocks(data: bytes) -> None:
    assert rows(data) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6000), st.integers(1, 80), st.sampled_from([64, 2048]), st.binary(min_size=32, max_size=32))
def test_a_list_that_nobody_counted_gives_the_same_draw(n: int, k: int, size: int, key: bytes) -> None:
    labels = [(f"E{number}", "AB"[number % 3 == 0]) for number in range(n)]
    data = "".join(f"{label}\t{stratum}\n" for label, stratum in labels).encode()
    quotas = {"A": lambda many: min(k, many), "B": lambda many: -(-many // 7)}
    sizes = {name: sum(stratum == name for _, stratum in labels) for name in "AB"}
    sizes = {name: many for name, many in sizes.items() if many}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawfiles.pieces, "__defaults__", (0, size))
        found, counted = draw_order_uncounted(key, PlainList(data), lambda name, many: quotas[name](many))
    assert counted == sizes
    assert found == draw_order(key, labels, {name: quotas[name](many) for name, many in sizes.items()}, sizes)


def test_a_large_list_in_any_order_costs_little_memory(tmp_path: Path) -> None:
    labels = [f"9113{number:013d}X" for number in range(400_000)]
    random.Random(1).shuffle(labels)
    pool = tmp_path / "pool.txt"
    pool.write_text("\n".join(labels))
    program = (
        "import resource, sys\n"
        "from bot.__main__ import main\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "code = main(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    args = ["draw", "--pool", "-", "--randomness", RANDOMNESS, "--code", CODE, "--count", "20"]
    with pool.open("rb") as given:
        done = subprocess.run(
            [sys.executable, "-c", program, *args], stdin=given, capture_output=True, check=True, env=dict(os.environ)
        )
    key = KEY
    wanted = draw_order(key, [(label, "*") for label in labels], {"*": 20}, {"*": len(labels)})
    assert done.stdout.decode() == "".join(f"{row.position.hex()} {row.label}\n" for row in wanted)
    # The labels alone would be 30 MB as Python holds them; the bound includes the modules that load on the way.
    assert int(done.stderr) * 1024 < 90 * 2**20 + pool.stat().st_size
