"""The cells of one imported row as they are read, with refusals and doubts gathered; readers of usual cells."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from models import codes
from models.importword import folded
from models.positions import valid_label
from models.rows import Row, Table

T = TypeVar("T")


@dataclass(frozen=True)
class Refusal:
    """A cell for which its row is not taken. `column` is the file's own title, empty where the whole row is meant.

    `asks` is the scope (models.importword) in which somebody can say what `value` means, empty where nobody can.
    """

    row: int
    column: str
    value: str
    reason: str
    asks: str = ""


@dataclass(frozen=True)
class Doubt:
    """Something odd that is taken as written. `guess` is what was probably meant, empty where nobody can tell."""

    row: int
    column: str
    value: str
    guess: str
    sentence: str


@dataclass(frozen=True)
class Known:
    """What the office has already: units by name, entities and inspectors by label, risk classes code → label.

    `words` are units' and classes' names that somebody has explained: scope → folded word → meaning.
    """

    today: date
    classes: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    own_unit: int | None = None
    entities: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    inspectors: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # Days as the calendar has them, of the years that matter.
    standing: Mapping[date, bool] = field(default_factory=dict)
    # For lists drawn on a platform: the tasks that wait for one, the one that was chosen, people to a visit, why
    # somebody or something is not fit, by (`entity` or `inspector`, id), and who may not meet whom.
    tasks: Sequence[Any] = ()
    task_id: int | None = None
    team_size: int = 2
    unfit: Mapping[tuple[str, int], str] = field(default_factory=dict)
    recusals: Set[tuple[int | None, int]] = frozenset()

    def meant(self, scope: str, word: str) -> str:
        """What was said that a word means; empty where nobody said it."""
        return self.words.get(scope, {}).get(folded(word), "")


@dataclass
class Judged:
    """One row read: its key within the register and the values to be stored, for the columns that the file has."""

    row: Row
    key: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


class Cells:
    """Reads the cells of one row, gathering refusals and doubts on the way."""

    def __init__(self, table: Table, row: Row) -> None:
        self._table = table
        self.judged = Judged(row)
        for name, reason in row.flaws.items():
            self.refuse(name, reason)

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self._table.titles

    def text(self, name: str) -> str:
        """A cell in NFC."""
        return unicodedata.normalize("NFC", self.judged.row.get(name))

    def line(self, name: str) -> str:
        """A cell as one line: line breaks inside a name are leftovers of a narrow column."""
        return "".join(self.text(name).split("\n")).strip()

    def refuse(self, name: str, reason: str, value: str | None = None, *, asks: str = "") -> None:
        """The row is not taken for this cell."""
        shown = self.judged.row.get(name) if value is None else value
        if name == "id_number":
            shown = ""  # personal data is not repeated in a preview
        self.judged.refusals.append(
            Refusal(self.judged.row.number, self._table.titles.get(name, ""), shown, reason, asks)
        )

    def doubt(self, name: str, sentence: str, guess: str = "") -> None:
        """The row is taken, and this is said of the cell."""
        shown = "" if name == "id_number" else self.judged.row.get(name)
        self.judged.doubts.append(
            Doubt(self.judged.row.number, self._table.titles.get(name, ""), shown, guess, sentence)
        )

    def parse(self, name: str, parser: Callable[[str], T], *, asks: str = "") -> T | None:
        """A cell through a parser whose ValueError is the sentence."""
        try:
            return parser(self.text(name))
        except ValueError as error:
            if name not in self.judged.row.flaws:
                self.refuse(name, str(error), asks=asks)
            return None

    def required(self, name: str, reason: str) -> str:
        """A cell as one line that must not be empty."""
        text = self.line(name)
        if not text and name not in self.judged.row.flaws:
            self.refuse(name, reason)
        return text

    def optional(self, *names: str) -> None:
        """Take cells as text where the file has the column."""
        for name in names:
            if self.has(name):
                self.judged.values[name] = self.text(name)


def doubt_of(table: Table, row: Row, name: str, sentence: str, guess: str = "") -> Doubt:
    """A doubt about a cell; a guess that says the same is none."""
    value = row.get(name)
    guess = "" if guess == value else guess
    return Doubt(
        row.number, table.titles.get(name, ""), value, guess, f"{sentence}，可能是「{guess}」" if guess else sentence
    )


def read_state(words: Mapping[T, Sequence[str]], text: str, title: str, examples: str) -> T:
    """A state by the words that stand for it. ValueError in Chinese."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for state, spellings in words.items():
        if plain in spellings or text.strip() in spellings:
            return state
    raise ValueError(f"{title}「{text.strip()}」看不懂。请写{examples}。")


def register_number(text: str, title: str = "名录库编号") -> str:
    """A register's own number, which is the label of the draw where there is no credit code (PROTOCOL §1)."""
    if codes.is_scientific(text):
        raise ValueError(codes.scientific_sentence(title, text))
    label = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text)).strip()
    if (fault := valid_label(label)) is not None:
        raise ValueError(f"{title}「{text.strip()[:40]}」{fault}。请改一个编号。")
    return label


def read_phone(text: str) -> str:
    """A telephone number as it is written. ValueError where a spreadsheet has spoilt it."""
    if codes.is_scientific(text):
        raise ValueError(codes.scientific_sentence("联系电话", text))
    return unicodedata.normalize("NFKC", text).strip()


def read_tags(text: str) -> list[str]:
    """Tags of a cell, sorted, each one a name by PROTOCOL §1 (no comma, no invisible character)."""
    found = {unicodedata.normalize("NFC", part.strip()) for part in re.split(r"[、,，;；\n]", text)} - {"", "无"}
    for tag in found:
        if (fault := valid_label(tag)) is not None:
            raise ValueError(f"标签「{tag[:20]}」{fault}。请改一个写法。")
    return sorted(found)


_DATE = re.compile(r"(\d{4})(?:年|[-./])(\d{1,2})(?:月|[-./])(\d{1,2})[日号]?")
_TIME = re.compile(r"(?:[ \u3000T]+|(?<=[日号]))(?:[上下]午)?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\.\d+)?$")


def without_time(text: str) -> str:
    """The text of a date without a time of day behind it."""
    return _TIME.sub("", text.strip())


@lru_cache(maxsize=4096)
def read_date(text: str) -> date | None:
    """A date as people write it, a time of day after it left out; None for an empty cell. ValueError in Chinese."""
    plain = "".join(unicodedata.normalize("NFKC", without_time(text)).split())
    if not plain:
        return None
    if plain in ("长期", "长期有效"):
        return date.max
    found = _DATE.fullmatch(plain) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", plain)
    if found:
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError as error:
            raise ValueError(f"日期「{text.strip()}」不存在。请核对后重填。") from error
    if re.fullmatch(r"[2-6]\d{4}", plain):
        # 1900-based serial number: what Excel shows where a date column was set to 常规.
        meant = (datetime(1899, 12, 30) + timedelta(days=int(plain))).date()  # noqa: DTZ001 — a calendar day
        raise ValueError(
            f"日期「{plain}」变成了数字，可能是 {meant.isoformat()}。请把该列设为日期格式，或者写成 2026-03-01。"
        )
    raise ValueError(f"日期「{text.strip()}」看不懂。请写成 2026-03-01 或者 2026年3月1日。")


def label_in(cells: Cells, code_field: str, name_field: str, register: Mapping[str, tuple[int, str]], what: str) -> str:
    """The label that a row means in a register: by its code, else by a name that only one has. Empty where refused.

    `what` is how the register is called. Names that do not fit the code are for the caller to judge.
    """
    written = cells.text(code_field)
    label = codes.plain_code(written)
    if label not in register:
        label = unicodedata.normalize("NFKC", written).strip()
    if label in register:
        return label
    if codes.is_scientific(label):
        cells.refuse(code_field, codes.scientific_sentence("编号", label))
        return ""
    if label or code_field in cells.judged.row.flaws:
        if code_field not in cells.judged.row.flaws:
            cells.refuse(code_field, f"{what}里没有「{label}」。请核对编号，或者先导入{what}。")
        return ""
    name = cells.line(name_field)
    same = [each for each, (_, known) in register.items() if name and same_name(known, name)]
    if len(same) == 1:
        return same[0]
    column = name_field if cells.has(name_field) else code_field
    if column not in cells.judged.row.flaws:
        reason = f"{what}里有 {len(same)} 个「{name}」，请写明编号" if same else f"{what}里没有「{name}」，请核对"
        cells.refuse(column, f"{reason}。" if name else f"没有写是{what}里的哪一个。请写明编号或者名称。")
    return ""


def names_in(text: str) -> list[str]:
    """Names of a cell in their order, each once, joined by 、, blanks or line breaks; 无 and dashes are none."""
    parts = re.split(r"[、,，;；/|\n\t]|\s+", unicodedata.normalize("NFKC", text))
    found = (part.strip() for part in parts)
    return list(dict.fromkeys(each for each in found if each and each not in ("无", "-", "—", "——")))


def same_name(first: str, second: str) -> bool:
    """Whether two names are the same but for width, brackets' width and blanks."""
    return "".join(unicodedata.normalize("NFKC", first).split()) == "".join(
        unicodedata.normalize("NFKC", second).split()
    )
