"""Judges the register of entities by whole columns; only rows in which something stands out go row by row (judge)."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from models import codes, judge
from models.cells import Judged, Known
from models.comparison import Entry
from models.rows import Lines, Row, Table

_TEXTS = ("kind", "industry", "district", "address", "contact", "licences")
# Columns of few different texts: each is read once, by the judge itself.
_WORDS = ("risk_class", "tags", "state", "as_of")
# So many are few in any table, beyond them a quarter of the rows.
_FEW = 1_000


@dataclass(frozen=True)
class Plain:
    """Rows that are taken as they stand: their numbers and, by column, the values to be stored, in the file's order."""

    numbers: Sequence[int]
    values: Mapping[str, Sequence[Any]]

    @property
    def labels(self) -> Sequence[str]:
        """What tells the rows apart."""
        return self.values["label"]

    def without(self, places: set[int]) -> "Plain":
        """The same but for the rows at these places."""
        if not places:
            return self
        left = [at for at in range(len(self.numbers)) if at not in places]
        return Plain(
            [self.numbers[at] for at in left],
            {name: [column[at] for at in left] for name, column in self.values.items()},
        )


class Taken(Sequence[Entry]):
    """Entries in the file's order; those of plain rows, all of them new, are made when they are asked for."""

    def __init__(self, plain: Plain, entries: Iterable[Entry]) -> None:
        self.plain, self.entries = plain, list(entries)
        self._order: Sequence[int | Entry] = range(len(plain.numbers))
        if self.entries:
            numbered: list[tuple[int, int | Entry]] = [
                *zip(plain.numbers, self._order, strict=True),
                *((each.number, each) for each in self.entries),
            ]
            self._order = [each for _, each in sorted(numbered, key=itemgetter(0))]

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._entry(each) for each in self._order[at]]
        return self._entry(self._order[at])

    def new(self, name: str, default: Any) -> Sequence[Any]:
        """A column of all new rows; the default for rows that say nothing of it."""
        column = self.plain.values.get(name)
        if not self.entries:
            return [default] * len(self) if column is None else column
        return [
            each.values.get(name, default) if isinstance(each, Entry) else default if column is None else column[each]
            for each in self._order
            if not isinstance(each, Entry) or each.change == "new"
        ]

    def _entry(self, each: int | Entry) -> Entry:
        if isinstance(each, Entry):
            return each
        values = {name: column[each] for name, column in self.plain.values.items()}
        return Entry(self.plain.numbers[each], (values["label"],), values, "new")


def entity(table: Table, known: Known) -> tuple[Plain, list[Judged]]:
    """What judge.entity says, by columns: the rows that need no word, and all others judged row by row.

    No two of the plain rows have the same label, and none has that of another row.
    """
    lines = table.rows
    if not isinstance(lines, Lines) or not {"label", "name"} <= lines.places.keys():
        return Plain((), {"label": ()}), judge.entity(table, known)
    odd = {at for at, number in enumerate(lines.numbers) if number in lines.flaws} if lines.flaws else set()
    values: dict[str, Sequence[Any]] = {"label": lines.column("label"), "name": lines.column("name")}
    odd |= codes.not_credit_codes(values["label"])
    odd |= _not_as(_is_text, values["name"])
    odd |= {at for at, name in enumerate(values["name"]) if not name} if not all(values["name"]) else set()
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


def row_by_row(table: Table, known: Known, plain: Plain, labels: set[str]) -> tuple[Plain, list[Judged]]:
    """Take the rows with these labels out of the plain ones and judge them row by row."""
    places = {at for at, label in enumerate(plain.labels) if label in labels}
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
        plain, more = row_by_row(table, known, plain, twice)
        judged = sorted(judged + more, key=lambda each: each.row.number)
    return plain, judged


def _meanings(table: Table, known: Known, name: str, texts: set[str]) -> dict[str, Any]:
    """What each text of a column means; without those of which there is something to say."""
    in_order = sorted(texts)
    rows = [Row(1, {"label": codes.make_credit_code(0), "name": "-", name: text}) for text in in_order]
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


def _is_phone(text: str) -> bool:
    """Of ASCII, where NFKC changes nothing, and without the E that a spoilt number has."""
    return text.isascii() and text.isprintable() and "E" not in text and "e" not in text
