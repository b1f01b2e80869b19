"""A selection from 10⁴ to 10⁷ labels beside the bare loop of HMACs and another sampler, on the same labels."""

import hashlib
import mmap
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figure import Figure
from models.drawfiles import Pool
from models.positions import draw_order

SIZES = (10**4, 10**5, 10**6, 10**7)
_KEY = b"k" * 32
_STRATA = "ABCD"
_SHARE = 50
"""One in so many is drawn. More cost more: of 1 in 20 at 10⁷ half a million selected stand in memory."""


def measure(work: Path) -> list[Figure]:
    """Processor time; memory is the growth of the peak of a process of its own, the mapped file taken off."""
    figures = []
    each = {}
    for size in SIZES:
        path = work / "pool.tsv"
        with path.open("wb") as file:
            file.write(b"# " + b"0" * 64 + b"\n")
            file.writelines(b"%s\t%s\n" % (label, _STRATA[n % 4].encode()) for n, label in enumerate(_labels(size)))
        seconds, memory = _apart(path, size)
        each[size] = seconds / size
        held = size == SIZES[-1]
        figures.append(
            Figure(
                f"selection of {size:,} labels: form, digest, positions",
                f"{seconds:.2f} s, {memory / 2**20:.0f} MB over the input",
                "at most 150 MB" if held else "",
                memory <= 150 * 2**20 if held else None,
                f"{each[size] * 1e6:.2f} µs for each label; 1 in {_SHARE} of four strata",
            )
        )
        if size == 10**6:
            figures += _beside(path, size)
        path.unlink()
    growth = each[SIZES[-1]] / each[10**6]
    figures.append(Figure("ten times as many labels, time for each", f"{growth:.2f} ×", "at most 1.3 ×", growth <= 1.3))
    return figures


def _labels(size: int) -> Iterator[bytes]:
    return (b"9113%013dX" % n for n in range(size))


def _select(path: Path, size: int) -> float:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = time.process_time()
        pool = Pool(data)
        sizes = {name: len(range(n, size, 4)) for n, name in enumerate(_STRATA)}
        found = draw_order(_KEY, pool, {name: many // _SHARE for name, many in sizes.items()}, sizes)
        if not found or len(pool.digest) != 64:
            raise AssertionError("nothing was selected")
        return time.process_time() - at


def _apart(path: Path, size: int) -> tuple[float, int]:
    """Seconds, and bytes over the input at the peak, in a forked process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = _select(path, size)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 - path.stat().st_size
        os.write(writing, f"{seconds} {max(grown, 0)}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        seconds, memory = answer.read().split()
    os.waitpid(child, 0)
    return float(seconds), int(memory)


_TURNS = 7


def _beside(path: Path, size: int) -> list[Figure]:
    """Peers at 10⁶, turn by turn with ours: the middle of the ratios of each turn."""
    labels = list(_labels(size))
    ours, bare = [], []
    for _ in range(_TURNS):
        ours.append(_select(path, size))
        bare.append(_bare(labels))
    ratio = sorted(mine / theirs for mine, theirs in zip(ours, bare, strict=True))[_TURNS // 2]
    mine = sorted(ours)[_TURNS // 2]
    note = f"{mine:.2f} s against {sorted(bare)[_TURNS // 2]:.2f} s; the middle of {_TURNS} turns"
    name = "beside the bare loop of HMACs at 1,000,000"
    figures = [Figure(name, f"{ratio:.2f} ×", "at most 1.3 ×", ratio <= 1.3, note)]
    peers = {"consistent_sampler": (_sampler, "at most 0.25 ×", 0.25), "DuckDB's ORDER BY sha256": (_duckdb, "", None)}
    for name, (peer, wanted, most) in peers.items():
        name = f"beside {name} at 1,000,000"
        try:
            theirs = peer(labels, size // _SHARE)
        except ImportError as error:
            figures.append(Figure(name, "not measured", "", None, f"{error.name} is not installed"))
            continue
        met = None if most is None else mine / theirs <= most
        figures.append(Figure(name, f"{mine / theirs:.2f} ×", wanted, met, f"{mine:.2f} s against {theirs:.2f} s"))
    return figures


def _sampler(labels: list[bytes], take: int) -> float:
    import consistent_sampler

    ids = [label.decode() for label in labels]
    at = time.process_time()
    list(consistent_sampler.sampler(ids, seed=_KEY.hex(), take=take, output="id"))
    return time.process_time() - at


def _duckdb(labels: list[bytes], take: int) -> float:
    """The HMAC written out as two nested `sha256`, which it can take of text alone; reading the labels included."""
    import duckdb

    with TemporaryDirectory() as folder:
        path = Path(folder) / "labels.csv"
        path.write_bytes(b"\n".join(labels))
        at = time.process_time()
        with duckdb.connect() as session:
            session.execute("SET threads = 1")
            found = session.execute(
                "SELECT column0 FROM read_csv(?, header = false, columns = {'column0': 'VARCHAR'}) "
                "ORDER BY sha256(? || sha256(? || column0)) LIMIT ?",
                [str(path), _KEY.hex(), _KEY.hex(), take],
            ).fetchall()
        if len(found) != take:
            raise AssertionError("the peer selected another number")
        return time.process_time() - at


def _bare(labels: list[bytes]) -> float:
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in _KEY.ljust(64, b"\0"))).copy
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in _KEY.ljust(64, b"\0"))).copy
    at = time.process_time()
    for label in labels:
        first = inner()
        first.update(label + b"\x01")
        second = outer()
        second.update(first.digest())
        second.digest()
    return time.process_time() - at
