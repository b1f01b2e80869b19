"""How offices spell what a register holds: nothing, a state, a class, a day, a span of which the last day counts."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from models import cells

T = TypeVar("T")

_NOTHING = frozenset({"", "无", "暂无", "没有", "空", "未填", "不详", "未知", "n/a", "na", "null", "none"})
_DASHES = re.compile(r"[-—–―－/\\_.·]+")
_BRACKETS = re.compile(r"\([^()]*\)")
_UNRATED = frozenset({"未评级", "未分类", "未定级", "未评定", "未评价", "未分级"})
_DAY = r"\d{4}(?:年\d{1,2}月\d{1,2}[日号]?|[-./]\d{1,2}[-./]\d{1,2}|\d{4})"
_SPAN = re.compile(rf"(?:自|从)?({_DAY})(?:起)?(?:至|到|~|-|—|–)+({_DAY})(?:止)?")
_UNTIL = re.compile(rf"(?:有效期)?(?:至|到)?({_DAY})止?")


def nothing(text: str) -> bool:
    """Whether a cell only says that there is nothing: a dash, 无, 暂无, N/A."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain.lower() in _NOTHING or _DASHES.fullmatch(plain) is not None


def state(words: Mapping[T, Sequence[str]], text: str, title: str, examples: str) -> T:
    """A state by the words that stand for it, with or without what is in brackets. ValueError in Chinese."""
    by_word = {_plain(word): found for found, spellings in words.items() for word in spellings}
    for reading in ("",) if nothing(text) else _readings(text):
        if reading in by_word:
            return by_word[reading]
    return cells.read_state(words, text, title, examples)


def _readings(text: str) -> Iterator[str]:
    whole = unicodedata.normalize("NFKC", text)
    for each in (whole, _BRACKETS.sub("", whole)):
        yield _plain(each)
        yield re.sub(r"(企业|单位|人员|状态|中)$", "", _plain(each))


def _plain(text: str) -> str:
    return re.sub(r"[\s,，、;；。/]", "", unicodedata.normalize("NFKC", text))


def risk_class(classes: Mapping[str, str], text: str) -> str | None:
    """A class by its code or its label, with or without 级, 类, 风险; empty where a cell says that there is none.

    `classes` are code → label; without them whatever is written. None where it is none of them.
    """
    whole = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if nothing(text) or whole in _UNRATED:
        return ""
    if not classes:
        return re.sub(r"(级|类|等)$", "", whole)
    if whole in classes:
        return whole
    by_label = {_bare(label): code for code, label in classes.items()}
    by_code = {_bare(code): code for code in classes}
    return by_code.get(_bare(whole)) or by_label.get(_bare(whole))


def _bare(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return re.sub(r"(?:信用)?(?:风险)?(?:等级|级别|类别|级|类|等)?(?:企业|主体)?$", "", plain)


def day(text: str) -> date | None:
    """A date as people write it, None for nothing; a time of day after it is left out. ValueError in Chinese."""
    return None if nothing(text) else cells.read_date(text)


def last_day(text: str) -> date | None:
    """The day until which something is valid, also as the end of a span: 2023-01-01至2028-12-31, 至2028年12月31日止.

    None for nothing. ValueError in Chinese.
    """
    plain = "".join(unicodedata.normalize("NFKC", cells.without_time(text)).split())
    if span := _SPAN.fullmatch(plain):
        first, last = cells.read_date(span[1]), cells.read_date(span[2])
        if first is not None and last is not None and first > last:
            raise ValueError(f"有效期「{text.strip()}」起止颠倒。请核对后重填。")
        return last
    if until := _UNTIL.fullmatch(plain):
        return cells.read_date(until[1])
    return day(text)
