"""The plain text files of a draw: pool, inspectors, demands, recusals, excluded and results (protocol §§2, 8)."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice, pairwise
from mmap import mmap
from operator import lt

from models.form import digest
from models.match import Demand, Person
from models.positions import LONGEST_LABEL, Block, Selected, valid_label

NAMES = ("pool.tsv", "inspectors.tsv", "demands.tsv", "recusals.tsv", "excluded.tsv")
SALT_BYTES = 32
PIECE = 2**15
"""How many bytes of a file are looked at together: enough to be fast, few enough for the processor's cache."""

LONGEST_LINE = 2**20
"""More bytes than any line of a draw's files has."""

Bytes = bytes | memoryview | mmap
"""The content of a file, read or mapped."""

_SALT_LINE = re.compile(rb"# [0-9a-f]{64}")
_COUNT = re.compile(r"[1-9][0-9]{0,5}")
_POSITION = re.compile(r"[0-9a-f]{64}")


class FileFault(ValueError):
    """A file that is not as §2 says; the message is one Chinese sentence that names file and line."""


def table(rows: Iterable[Sequence[str]], salt: bytes, *, in_order: bool = False) -> bytes:
    """The file of `rows`: salt line, fields separated by tabs, sorted as bytes unless `in_order` keeps their order."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"盐值必须是 {SALT_BYTES} 个字节。")
    lines = ["\t".join(row).encode() for row in rows]
    if not in_order:
        lines.sort()
    return b"\n".join([b"# " + salt.hex().encode(), *lines, b""])


def parse_table(data: Bytes, width: int, name: str, *, in_order: bool = False) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each line after the salt line, read one by one.

    Raises `FileFault` for a missing salt line or final newline, a wrong encoding or number of fields, or, unless
    `in_order`, for lines that are not sorted as bytes.
    """
    lines = _lines(data)
    first = next(lines, b"")
    if not first.endswith(b"\n") or not _SALT_LINE.fullmatch(first[:-1]):
        raise _no_salt(name)
    yield from _rows(lines, width, name, in_order=in_order)


def _rows(
    lines: Iterable[bytes], width: int, name: str, *, first: int = 2, previous: bytes = b"", in_order: bool = False
) -> Iterator[tuple[int, list[str]]]:
    for at, line in enumerate(lines, first):
        if not line.endswith(b"\n"):
            raise FileFault(f"{name} 第 {at} 行末尾没有换行。")
        line = line[:-1]
        if line < previous and not in_order:
            raise FileFault(f"{name} 第 {at} 行没有按字节排序。")
        previous = line
        try:
            parts = line.decode().split("\t")
        except UnicodeDecodeError:
            raise FileFault(f"{name} 第 {at} 行不是 UTF-8 编码。") from None
        if len(parts) != width:
            raise FileFault(f"{name} 第 {at} 行应当有 {width} 栏，实际 {len(parts)} 栏。")
        yield at, parts


def _no_salt(name: str) -> FileFault:
    return FileFault(f"{name} 第 1 行应当是“# ”加 64 位小写十六进制的盐值。")


def pieces(data: Bytes, start: int = 0, size: int = PIECE) -> Iterator[bytes]:
    """`data` from `start` on in whole lines, about `size` bytes at a time; the last line may lack its newline.

    `data` may be mapped from a file: no more than a piece of it is held. A line longer than `LONGEST_LINE` is cut,
    and so is found to be no line of any file of ours.
    """
    while start < len(data):
        piece = bytes(data[start : start + size])
        end = piece.rfind(b"\n") + 1
        if start + len(piece) < len(data):
            if not end and size < LONGEST_LINE:
                size *= 2
                continue
            piece = piece[:end] or piece
        start += len(piece)
        yield piece


def _lines(data: Bytes) -> Iterator[bytes]:
    return (line for piece in pieces(data) for line in io.BytesIO(piece))


def _named(value: str, name: str, at: int) -> str:
    reason = valid_label(value)
    if reason is not None:
        raise FileFault(f"{name} 第 {at} 行的“{value[:40]!s}”{reason}。")
    return value


def _tags(value: str, name: str, at: int) -> frozenset[str]:
    tags = value.split(",") if value else []
    for tag in tags:
        _named(tag, name, at)
    if any(a.encode() >= b.encode() for a, b in pairwise(tags)):
        raise FileFault(f"{name} 第 {at} 行的标签应当排序且不重复。")
    return frozenset(tags)


def pool_rows(data: Bytes) -> Iterator[tuple[str, str]]:
    """(label, stratum) of each line of pool.tsv; `FileFault` at the first that is wrong."""
    return iter(Pool(data))


class Pool:
    """The rows of a pool.tsv, gone through as often as wanted without holding them (`InBlocks` of positions).

    Each passage checks the whole form anew and raises `FileFault` at the first line that is wrong. `seen` is told
    after each block how many bytes of how many are done.
    """

    def __init__(self, data: Bytes, seen: Callable[[int, int], None] | None = None) -> None:
        self._data = data
        self._seen = seen
        self.digest = ""
        """What `sha256sum` prints, once `blocks` has come to the end."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for infos, strata in self.blocks():
            for info, stratum in zip(infos, strata, strict=True):
                yield info[:-1].decode(), stratum.decode()

    def sizes(self) -> dict[str, int]:
        """How many labels each stratum has."""
        sizes: Counter[bytes] = Counter()
        for _, strata in self.blocks():
            sizes.update(strata)
        return {name.decode(): many for name, many in sizes.items()}

    def blocks(self) -> Iterator[Block]:
        """The rows in blocks, digested on the way."""
        name = "pool.tsv"
        salted = bytes(self._data[:67])
        if not salted.endswith(b"\n") or not _SALT_LINE.fullmatch(salted[:-1]):
            raise _no_salt(name)
        digested = sha256(salted)
        last, at, done = b"\x01", 2, len(salted)
        for piece in pieces(self._data, len(salted)):
            digested.update(piece)
            block = columns(piece)
            if block is None or not increasing(last, block.infos):
                block = _slowly(piece, at, last[:-1].decode())
            last, at, done = block.infos[-1], at + len(block.infos), done + len(piece)
            yield block
            if self._seen is not None:
                self._seen(done, len(self._data))
        self.digest = digested.hexdigest()


def columns(piece: bytes) -> Block | None:
    """The two columns of whole lines, or None where a label needs a closer look: not plain ASCII, or not a label.

    At a register's size this must cost a fraction of the HMACs, hence no loop over lines. Each TAB becomes 01 and an
    end of line. Then every other part ends with 01 and the labels together have as many 01 as there are labels only
    if each line has one TAB: with a TAB less or more somewhere, a stratum's name would have an 01 and be no label.
    """
    parts = piece.replace(b"\t", b"\x01\n").split(b"\n")
    infos, names = parts[0:-1:2], parts[1::2]
    if len(infos) != len(names) or parts[-1]:
        return None
    if b"".join(infos).translate(None, PLAIN) != b"\x01" * len(infos) or len(max(infos, key=len)) > LONGEST_LABEL + 1:
        return None
    try:
        if any(valid_label(each.decode()) is not None for each in set(names)):
            return None
    except UnicodeDecodeError:
        return None
    return Block(infos, names)


PLAIN = bytes(byte for byte in range(0x21, 0x7F) if byte not in b"#=@")
"""Of these, in any order, a label can be made; the rest may be allowed, but where depends."""


def increasing(last: bytes, infos: Sequence[bytes]) -> bool:
    """Whether labels (with their 01) follow `last` in ascending order, none twice.

    As no label has a byte below 20, lines and labels have the same order.
    """
    return last < infos[0] and all(map(lt, infos, islice(infos, 1, None)))


def _slowly(piece: bytes, at: int, before: str) -> Block:
    """A part of pool.tsv line by line; raises `FileFault` for the first that is wrong. `at` is its first line."""
    name, infos, strata = "pool.tsv", [], []
    for line, (label, stratum) in _rows(io.BytesIO(piece), 2, name, first=at, previous=before.encode()):
        if label == before:
            raise FileFault(f"{name} 第 {line} 行的“{label}”重复。")
        infos.append(_named(label, name, line).encode() + b"\x01")
        strata.append(_named(stratum, name, line).encode())
        before = label
    return Block(infos, strata)


def inspector_rows(data: bytes) -> list[Person]:
    """The people of inspectors.tsv."""
    name = "inspectors.tsv"
    people: list[Person] = []
    for at, (label, unit, tags) in parse_table(data, 3, name):
        if people and people[-1].label == label:
            raise FileFault(f"{name} 第 {at} 行的“{label}”重复。")
        people.append(Person(_named(label, name, at), _named(unit, name, at), _tags(tags, name, at)))
    return people


def demand_rows(data: bytes) -> list[Demand]:
    """The lines of demands.tsv; a label `=S` is kept as it is."""
    name, demands = "demands.tsv", []
    for at, (label, unit, count, tags) in parse_table(data, 4, name):
        _named(label.removeprefix("="), name, at)
        if not _COUNT.fullmatch(count):
            raise FileFault(f"{name} 第 {at} 行的人数“{count[:20]}”应当是不小于 1 的整数。")
        demands.append(Demand(label, _named(unit, name, at), int(count), _tags(tags, name, at)))
    return demands


def recusal_rows(data: bytes) -> list[tuple[str, str, str]]:
    """(entity, inspector, reason) of recusals.tsv."""
    name, rows = "recusals.tsv", []
    for at, parts in parse_table(data, 3, name):
        entity, inspector, reason = (_named(part, name, at) for part in parts)
        rows.append((entity, inspector, reason))
    return rows


def excluded_rows(data: bytes) -> list[tuple[str, str]]:
    """(entity, reason) of excluded.tsv."""
    name = "excluded.tsv"
    rows: list[tuple[str, str]] = []
    for at, (entity, reason) in parse_table(data, 2, name):
        if rows and rows[-1][0] == entity:
            raise FileFault(f"{name} 第 {at} 行的“{entity}”重复。")
        rows.append((_named(entity, name, at), _named(reason, name, at)))
    return rows


def list_rows(data: bytes, name: str) -> list[str]:
    """The labels of another list (experts): one field a line."""
    labels: list[str] = []
    for at, (label,) in parse_table(data, 1, list_file(name)):
        if labels and labels[-1] == label:
            raise FileFault(f"{list_file(name)} 第 {at} 行的“{label}”重复。")
        labels.append(_named(label, list_file(name), at))
    return labels


def selected_rows(data: bytes) -> list[Selected]:
    """The rows of selected.tsv, in the order of the file."""
    name, rows = "selected.tsv", []
    for at, (position, label, stratum) in parse_table(data, 3, name, in_order=True):
        rows.append(Selected(_position(position, name, at), _named(label, name, at), _named(stratum, name, at)))
    return rows


def position_rows(data: bytes, name: str) -> list[tuple[bytes, str]]:
    """(position, label) of a file that names no stratum: selected.public.tsv and results of other lists."""
    return [
        (_position(position, name, at), _named(label, name, at))
        for at, (position, label) in parse_table(data, 2, name, in_order=True)
    ]


def _position(value: str, name: str, at: int) -> bytes:
    if not _POSITION.fullmatch(value):
        raise FileFault(f"{name} 第 {at} 行的位置应当是 64 位小写十六进制。")
    return bytes.fromhex(value)


def team_rows(data: bytes, name: str = "teams.tsv") -> list[tuple[str, str, str]]:
    """(entity, unit, inspector) of teams.tsv, or (entity, unit, number) of teams.public.tsv, in the file's order."""
    rows = []
    for at, parts in parse_table(data, 3, name, in_order=True):
        entity, unit, inspector = (_named(part, name, at) for part in parts)
        rows.append((entity, unit, inspector))
    return rows


def loads(teams: bytes) -> list[int]:
    """How many entities each inspector of a teams.tsv has; the file is taken to be true."""
    return list(Counter(line[line.rfind(b"\t") :] for line in teams.split(b"\n")[1:-1]).values())


def list_file(name: str) -> str:
    """The file name of another list."""
    return f"list.{name}.tsv"


def list_result_file(name: str) -> str:
    """The file name of what was selected of another list: position hex, label."""
    return f"list.{name}.selected.tsv"


@dataclass(frozen=True)
class Files:
    """The five files of a draw as bytes, and the files of other lists by list name."""

    pool: bytes
    inspectors: bytes
    demands: bytes
    recusals: bytes
    excluded: bytes
    lists: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        pool: Iterable[tuple[str, str]],
        inspectors: Iterable[Person],
        demands: Iterable[Demand],
        recusals: Iterable[tuple[str, str, str]] = (),
        excluded: Iterable[tuple[str, str]] = (),
        salts: Sequence[bytes],
        lists: Mapping[str, tuple[Iterable[str], bytes]] | None = None,
    ) -> "Files":
        """Write the files. `salts` are five times 32 fresh random bytes, in the order of `NAMES`.

        `lists` maps a list's name to its labels and salt. Raises `FileFault` for a bad or doubled label.
        """
        files = cls(
            table(pool, salts[0]),
            table(((p.label, p.unit, _joined(p.tags)) for p in inspectors), salts[1]),
            table(((d.entity, d.unit, str(d.count), _joined(d.tags)) for d in demands), salts[2]),
            table(recusals, salts[3]),
            table(excluded, salts[4]),
            {name: table(((label,) for label in labels), salt) for name, (labels, salt) in (lists or {}).items()},
        )
        files.check()
        return files

    @classmethod
    def from_names(cls, named: Mapping[str, bytes], lists: Iterable[str] = ()) -> "Files":
        """From bytes by file name; raises KeyError for one that is not there."""
        pool, inspectors, demands, recusals, excluded = (named[name] for name in NAMES)
        return cls(pool, inspectors, demands, recusals, excluded, {name: named[list_file(name)] for name in lists})

    def named(self) -> dict[str, bytes]:
        """Bytes by file name, other lists included."""
        five = dict(zip(NAMES, (self.pool, self.inspectors, self.demands, self.recusals, self.excluded), strict=True))
        return five | {list_file(name): data for name, data in self.lists.items()}

    def digests(self) -> dict[str, str]:
        """The digest of each of the five files by name."""
        named = self.named()
        return {name: digest(named[name]) for name in NAMES}

    def check(self) -> None:
        """Raise `FileFault` for the first thing that is not as §2 says."""
        excluded = {entity for entity, _ in excluded_rows(self.excluded)}
        for label, _ in pool_rows(self.pool):
            if label in excluded:
                raise FileFault(f"“{label}”同时在 pool.tsv 和 excluded.tsv 里。")
        inspector_rows(self.inspectors)
        demand_rows(self.demands)
        recusal_rows(self.recusals)
        for name, data in self.lists.items():
            list_rows(data, name)


def _joined(tags: Iterable[str]) -> str:
    return ",".join(sorted(tags, key=str.encode))
