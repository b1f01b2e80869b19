"""A list of labels as anyone may write it: any order of lines, salt line or not, one column or two (protocol §9)."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat

from models.drawfiles import PLAIN, Bytes, columns, increasing, pieces
from models.positions import LONGEST_LABEL, Block, valid_label

_SALT_LINE = re.compile(rb"# [0-9a-f]{64}\n?")
_PARTS = 64


class ListFault(ValueError):
    """A list that cannot be drawn from; the message is one Chinese sentence."""


class PlainList:
    """The labels of a list, gone through in blocks (`InBlocks` of positions) without holding them.

    A label that stands twice is found by eight bytes kept of each, unless the lines are sorted, which shows it
    without. `seen` is told after each block how many bytes of how many were read. Raises `ListFault`.
    """

    def __init__(self, data: Bytes, seen: Callable[[int, int], None] = lambda done, of: None) -> None:
        self._data = data
        self._seen = seen

    def blocks(self) -> Iterator[Block]:
        """The labels in blocks; that none stands twice is known once the end is reached."""
        last, hashes = b"\x01", None
        done = 0
        for _, block, size in self._parts():
            if hashes is None and not increasing(last, block.infos):
                hashes = [array("q") for _ in range(_PARTS)]
                for _, before, _ in self._parts(until=done):
                    _spread(hashes, before.infos)
            if hashes is not None:
                _spread(hashes, block.infos)
            last, done = block.infos[-1], done + size
            yield block
            self._seen(done, len(self._data))
        if hashes is not None:
            self._none_twice(hashes)

    def _parts(self, until: int | None = None) -> Iterator[tuple[int, Block, int]]:
        """(first line number, block, its bytes) of each piece, up to byte `until`; each label checked."""
        at, start, two, done = 1, 0, False, 0
        for piece in pieces(self._data):
            size = len(piece)
            if not done:
                salted = _SALT_LINE.match(piece)
                if salted and (salted[0].endswith(b"\n") or len(salted[0]) == len(self._data)):
                    piece, at, start = piece[salted.end() :], 2, salted.end()
                two = b"\t" in (piece or bytes(self._data[start : start + 4096])).partition(b"\n")[0]
            if until is not None and done >= until:
                return
            done += size
            if not piece:
                continue
            whole = piece if piece.endswith(b"\n") else piece + b"\n"
            block = columns(whole) if two else _column(whole)
            if block is None or b"\x01" in block.infos:
                block = _slowly(whole, at, two)
            yield at, block, size
            at += len(block.infos)

    def _none_twice(self, hashes: Sequence["array[int]"]) -> None:
        """Raise `ListFault` for the first label that stands twice; two labels of one hash are told apart."""
        doubtful: set[int] = set()
        for part in hashes:
            if len(set(part)) < len(part):
                doubtful |= {value for value, times in Counter(part).items() if times > 1}
        if not doubtful:
            return
        known: set[bytes] = set()
        for at, block, _ in self._parts():
            for line, info in enumerate(block.infos, at):
                if hash(info) in doubtful:
                    if info in known:
                        raise ListFault(f"名单第 {line} 行的“{info[:-1].decode()}”重复。")
                    known.add(info)


def _spread(hashes: Sequence["array[int]"], infos: Sequence[bytes]) -> None:
    for value in map(hash, infos):
        hashes[value % _PARTS].append(value)


def _column(piece: bytes) -> Block | None:
    """The one column of whole lines, or None where a label needs a closer look (as `columns` of drawfiles)."""
    infos = piece.replace(b"\n", b"\x01\n").split(b"\n")
    infos.pop()
    if b"".join(infos).translate(None, PLAIN) != b"\x01" * len(infos):
        return None
    if len(max(infos, key=len)) > LONGEST_LABEL + 1:
        return None
    return Block(infos, list(repeat(b"*", len(infos))))


def _slowly(piece: bytes, at: int, two: bool) -> Block:
    """A piece line by line; raises `ListFault` at the first that is wrong. `at` is the number of its first line."""
    infos, strata = [], []
    for line, raw in enumerate(piece[:-1].split(b"\n"), at):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise ListFault(f"名单第 {line} 行不是 UTF-8 编码。") from None
        label, tab, stratum = text.partition("\t") if two else (text, "", "*")
        if two and not tab:
            raise ListFault(f"名单第 {line} 行没有类别一栏。")
        for value in (label, stratum):
            if (reason := valid_label(value)) is not None:
                raise ListFault(f"名单第 {line} 行的“{_shown(value)}”{reason}。")
        infos.append(label.encode() + b"\x01")
        strata.append(stratum.encode())
    return Block(infos, strata)


def _shown(value: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in value[:40])
