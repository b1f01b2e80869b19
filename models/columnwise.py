"""Judges the register of entities by whole columns; only rows in which something stands out go row by row (judge)."""

import unicodedata
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, compress
from operator import attrgetter
from typing import Any

from models import codes, judge, spellings
from models.cells import Judged, Known, register_number
from models.comparison import Entry
from models.rows import Lines, Row, Table

_TEXTS = ("kind", "industry", "district", "address", "contact", "licences")
# Columns of few different texts: each is read once, by the judge itself.
_WORDS = ("risk_class", "tags", "state", "as_of")
# Letters and digits in the longest word for nothing, and more.
_WORD = 8
# So many are few in any table, beyond them a quarter of the rows.
_FEW = 1_000


@dataclass(frozen=True)
class Plain:
    """Rows that are taken as they stand: their numbers and, by column, the values to be stored, in the file's order.

    `ids` are those of the register's rows with the same labels, 0 for new ones, empty where all are new. `before` are,
    by column and place, the stored values that would change.
    """

    numbers: Sequence[int]
    values: Mapping[str, Sequence[Any]]
    ids: Sequence[int] = ()
    before: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)

    @property
    def labels(self) -> Sequence[str]:
        """What tells the rows apart."""
        return self.values["label"]

    @property
    def changed(self) -> set[int]:
        """The places of rows that would change."""
        return set().union(*self.before.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, changed and the same."""
        new, changed = self.ids.count(0) if self.ids else len(self.numbers), len(self.changed)
        return {"new": new, "changed": changed, "same": len(self.numbers) - new - changed}

    def only(self, places: Collection[int]) -> "Plain":
        """The rows at these places."""
        return self._kept(places, bytearray(len(self.numbers)), 1)

    def without(self, places: Collection[int]) -> "Plain":
        """The same but for the rows at these places."""
        return self._kept(places, bytearray(b"\x01") * len(self.numbers), 0) if places else self

    def _kept(self, places: Collection[int], keep: bytearray, mark: int) -> "Plain":
        for at in places:
            keep[at] = mark
        rank = array("q", accumulate(keep))
        return Plain(
            list(compress(self.numbers, keep)),
            {name: list(compress(column, keep)) for name, column in self.values.items()},
            array("q", compress(self.ids, keep)),
            {name: {rank[at] - 1: was for at, was in old.items() if keep[at]} for name, old in self.before.items()},
        )

    def entry(self, at: int) -> Entry:
        """The row at a place."""
        values = {name: column[at] for name, column in self.values.items()}
        own = self.ids[at] if self.ids else 0
        if not own:
            return Entry(self.numbers[at], (values["label"],), values, "new")
        before = {name: old[at] for name, old in self.before.items() if at in old}
        return Entry(self.numbers[at], (values["label"],), values, "changed" if before else "same", own, before)


class Taken(Sequence[Entry]):
    """Entries in the file's order; those of plain rows are made when they are asked for."""

    def __init__(self, plain: Plain, entries: Iterable[Entry]) -> None:
        self._plain, self._judged = plain, sorted(entries, key=attrgetter("number"))
        # Where the others stand among the plain rows.
        self._places = [bisect_left(plain.numbers, each.number) + at for at, each in enumerate(self._judged)]

    def __len__(self) -> int:
        return len(self._plain.numbers) + len(self._judged)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        at = range(len(self))[at]
        others = bisect_left(self._places, at)
        if others < len(self._places) and self._places[others] == at:
            return self._judged[others]
        return self._plain.entry(at - others)

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """All that are not taken as they stand: plain rows that would change, and those judged row by row."""
        changed = self._plain.changed
        return Taken(self._plain.only(changed), self._judged) if changed else self._judged

    @cached_property
    def changed(self) -> Sequence[Entry]:
        """Those that would change, made when they are asked for: it may be every row, where each has a new date."""
        changed = self._plain.changed
        judged = [each for each in self._judged if each.change == "changed"]
        return Taken(self._plain.only(changed), judged) if changed else judged

    def new(self, name: str, default: Any) -> Sequence[Any]:
        """A column of all new rows; the default for rows that say nothing of it."""
        column = self._plain.values.get(name)
        if not self._judged and not self._plain.ids:
            return [default] * len(self) if column is None else column
        return [
            each.values.get(name, default) if isinstance(each, Entry) else default if column is None else column[each]
            for each in self._new
        ]

    def __iter__(self) -> Iterator[Entry]:
        return (each if isinstance(each, Entry) else self._plain.entry(each) for each in self._order())

    @cached_property
    def _new(self) -> list[int | Entry]:
        ids = self._plain.ids
        return [
            each
            for each in self._order()
            if (each.change == "new" if isinstance(each, Entry) else not ids or not ids[each])
        ]

    def _order(self) -> Iterator[int | Entry]:
        """All rows: of plain ones their places, the others as they are."""
        start = 0
        for others, (at, each) in enumerate(zip(self._places, self._judged, strict=True)):
            yield from range(start, at - others)
            yield each
            start = at - others
        yield from range(start, len(self._plain.numbers))


def entity(table: Table, known: Known) -> tuple[Plain, list[Judged]]:
    """What judge.entity says, by columns: the rows that need no word, and all others judged row by row.

    No two of the plain rows have the same label, and none has that of another row.
    """
    lines = table.rows
    if not isinstance(lines, Lines) or "name" not in lines.places:
        return Plain((), {"label": ()}), judge.entity(table, known)
    odd = {at for at, number in enumerate(lines.numbers) if number in lines.flaws} if lines.flaws else set()
    labels, unlike = _labels(lines)
    odd |= unlike
    values: dict[str, Sequence[Any]] = {"label": labels, "name": lines.column("name")}
    odd |= _not_as(_is_text, values["name"])
    odd |= {at for at, name in enumerate(values["name"]) if _is_nothing(name)}
    for name in _TEXTS:
        if name in lines.places:
            values[name] = lines.column(name)
            odd |= _not_as(_is_text, values[name])
    if "phone" in lines.places:
        values["phone"] = lines.column("phone")
        odd |= _not_as(_is_phone, values["phone"])
    for name in _WORDS:
        if name not in lines.places:
            continue
        texts = lines.column(name)
        different = set(texts)
        if len(different) > _FEW and len(different) * 4 > len(texts):
            return Plain((), {"label": ()}), judge.entity(table, known)
        if name == "as_of" and different <= {""}:
            continue
        meanings = _meanings(table, known, name, different)
        if len(meanings) < len(different):
            odd.update(at for at, text in enumerate(texts) if text not in meanings)
        values[name] = list(map(meanings.get, texts))
    return _apart(table, known, Plain(lines.numbers, values), odd)


def _labels(lines: Lines) -> tuple[list[str], set[int]]:
    """The credit codes, or the register's own numbers where there are none, and where neither is in its one form."""
    labels = lines.column("label") if "label" in lines.places else [""] * len(lines)
    unlike = codes.not_credit_codes(labels)
    if unlike and "register_no" in lines.places:
        numbers = lines.column("register_no")
        own = {at for at in unlike if _is_nothing(labels[at]) and _is_number(numbers[at])}
        labels = [numbers[at] if at in own else label for at, label in enumerate(labels)]
        unlike -= own
    return labels, unlike


def row_by_row(table: Table, known: Known, plain: Plain, places: set[int]) -> tuple[Plain, list[Judged]]:
    """Take the rows at these places out of the plain ones and judge them row by row."""
    numbers = {plain.numbers[at] for at in places}
    lines = table.rows
    assert isinstance(lines, Lines)
    rows = [lines[at] for at, number in enumerate(lines.numbers) if number in numbers]
    return plain.without(places), judge.entity(replace(table, rows=rows), known)


def _apart(table: Table, known: Known, plain: Plain, odd: set[int]) -> tuple[Plain, list[Judged]]:
    """Judge odd rows row by row, and those whose label occurs twice."""
    judged = judge.entity(replace(table, rows=[table.rows[at] for at in sorted(odd)]), known)
    plain = plain.without(odd)
    twice = {each.values["label"] for each in judged}.intersection(plain.labels)
    if len(set(plain.labels)) < len(plain.labels):
        twice.update(label for label, count in Counter(plain.labels).items() if count > 1)
    if twice:
        places = {at for at, label in enumerate(plain.labels) if label in twice}
        plain, more = row_by_row(table, known, plain, places)
        judged = sorted(judged + more, key=lambda each: each.row.number)
    return plain, judged


def _meanings(table: Table, known: Known, name: str, texts: set[str]) -> dict[str, Any]:
    """What each text of a column means; without those of which there is something to say."""
    in_order = sorted(texts)
    rows = [Row(1, {"label": codes.make_credit_code(0), "name": "示例", name: text}) for text in in_order]
    judged = judge.entity(replace(table, rows=rows), known)
    return {
        text: each.values[name]
        for text, each in zip(in_order, judged, strict=True)
        if name in each.values and not each.refusals and not each.doubts
    }


def _not_as(wanted: Callable[[str], bool], texts: Sequence[str]) -> set[int]:
    """Where in a column a text is not as wanted, or has blanks around it.

    Nearly all columns pass as one text: what is wanted of a text holds of its parts as well.
    """
    joined = "".join(texts)
    if wanted(joined) and (" " not in joined or all(map(str.__eq__, texts, map(str.strip, texts)))):
        return set()
    return {at for at, text in enumerate(texts) if not wanted(text) or text != text.strip()}


def _is_text(text: str) -> bool:
    """Stored as it is written: printable, so that no blank but the space is in it, and in NFC."""
    return text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))


def _is_nothing(text: str) -> bool:
    """Where a cell only says that there is nothing; no word for that is as long as most names."""
    return not (len(text) > _WORD and text.isalnum()) and (not text or spellings.nothing(text))


def _is_number(text: str) -> bool:
    """A number of the register's own in its one form."""
    try:
        return register_number(text) == text and not _is_nothing(text)
    except ValueError:
        return False


def _is_phone(text: str) -> bool:
    """Of ASCII, where NFKC changes nothing, and without the E that a spoilt number has."""
    return text.isascii() and text.isprintable() and "E" not in text and "e" not in text
