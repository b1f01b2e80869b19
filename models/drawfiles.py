"""The plain text files of a draw: pool, inspectors, demands, recusals, excluded and results (protocol §§2, 8)."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from models.form import digest
from models.match import Demand, Person
from models.positions import Selected, valid_label

NAMES = ("pool.tsv", "inspectors.tsv", "demands.tsv", "recusals.tsv", "excluded.tsv")
SALT_BYTES = 32

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


def parse_table(data: bytes, width: int, name: str, *, in_order: bool = False) -> Iterator[tuple[int, list[str]]]:
    """(line number, fields) of each line after the salt line, read one by one.

    Raises `FileFault` for a missing salt line or final newline, a wrong encoding or number of fields, or, unless
    `in_order`, for lines that are not sorted as bytes.
    """
    previous = b""
    lines = iter(io.BytesIO(data))
    first = next(lines, b"")
    if not first.endswith(b"\n") or not _SALT_LINE.fullmatch(first[:-1]):
        raise FileFault(f"{name} 第 1 行应当是“# ”加 64 位小写十六进制的盐值。")
    for at, line in enumerate(lines, 2):
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


def pool_rows(data: bytes) -> Iterator[tuple[str, str]]:
    """(label, stratum) of each line of pool.tsv, one by one; `FileFault` at the first that is wrong."""
    name, before = "pool.tsv", ""
    for at, (label, stratum) in parse_table(data, 2, name):
        _named(label, name, at)
        _named(stratum, name, at)
        if label == before:
            raise FileFault(f"{name} 第 {at} 行的“{label}”重复。")
        before = label
        yield label, stratum


class Pool:
    """The rows of a pool.tsv that can be gone through more than once without holding them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return pool_rows(self._data)

    def sizes(self) -> dict[str, int]:
        """How many labels each stratum has."""
        sizes: dict[str, int] = {}
        for _, stratum in self:
            sizes[stratum] = sizes.get(stratum, 0) + 1
        return sizes


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
