"""The form of what is published: canonical JSON, digests, times, and checks of an object's shape (protocol §1)."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from models.positions import valid_label

BEIJING = timezone(timedelta(hours=8))
PROTOCOL = "qiantong-draw/1"

Json = dict[str, Any]
Form = Callable[[Any, str], Iterator[str]]
"""A check of one value: takes the value and where it stands, yields what is wrong with it in Chinese."""


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no insignificant whitespace, non-ASCII unescaped, no trailing newline."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(data: bytes | memoryview) -> str:
    """SHA-256 in lower-case hex: what `sha256sum` prints."""
    return hashlib.sha256(data).hexdigest()


def digest_of(value: Any) -> str:
    """The digest of a value's canonical JSON."""
    return digest(canonical(value))


def stamp(moment: datetime) -> str:
    """A time as the protocol writes it, `YYYY-MM-DDThh:mm:ss+08:00`; fractions of a second are cut off."""
    if moment.tzinfo is None:
        raise ValueError("时间必须带有时区。")
    return moment.astimezone(BEIJING).replace(microsecond=0).isoformat()


class FormError(ValueError):
    """JSON that can be read but is not what the protocol allows; the message is one Chinese sentence."""


class NotJson(ValueError):
    """Bytes that are no JSON text in UTF-8; the message is one Chinese sentence."""


def load(data: bytes) -> Any:
    """Read JSON strictly: no doubled key, NaN, fraction, lone surrogate or number beyond 64 bits, no deep nesting.

    Raises `NotJson` for what is no JSON at all and `FormError` for JSON that the protocol does not allow.
    """

    def pairs(items: list[tuple[str, Any]]) -> Json:
        found = dict(items)
        if len(found) != len(items):
            names = [name for name, _ in items]
            raise FormError(f"“{next(n for n in names if names.count(n) > 1)[:40]}”出现了两次。")
        return found

    def no_float(text: str) -> Any:
        raise FormError(f"数值“{text[:40]}”不是整数。")

    def whole_number(text: str) -> int:
        if len(text) > 19:
            raise FormError("有一个数值过大。")
        return int(text)

    try:
        text = bytes(data).decode()
    except UnicodeDecodeError:
        raise NotJson("不是 UTF-8 编码的文本。") from None
    try:
        value = json.loads(
            text, object_pairs_hook=pairs, parse_float=no_float, parse_constant=no_float, parse_int=whole_number
        )
    except FormError:
        raise
    except RecursionError:
        raise FormError("嵌套层数过多。") from None
    except ValueError:
        raise NotJson("不是 JSON 格式。") from None
    check_plain(value)
    return value


def check_plain(value: Any) -> None:
    """Raise `FormError` unless `value` has a canonical JSON form: str keys, no floats, no lone surrogates, not deep."""
    waiting = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > 16:
            raise FormError("嵌套层数过多。")
        if isinstance(item, str):
            if not item.isascii() and any("\ud800" <= c <= "\udfff" for c in item):
                raise FormError("含有不成对的代理字符。")
        elif isinstance(item, dict):
            waiting += [(key, depth) for key in item] + [(part, depth + 1) for part in item.values()]
            if not all(isinstance(key, str) for key in item):
                raise FormError("键名必须是文字。")
        elif isinstance(item, (list, tuple)):
            waiting += [(part, depth + 1) for part in item]
        elif isinstance(item, float):
            raise FormError(f"数值“{item}”不是整数。")
        elif item is not None and not isinstance(item, int):
            raise FormError(f"有一处是 {type(item).__name__}，不是 JSON 的类型。")


def text(value: Any, at: str) -> Iterator[str]:
    """Text of at most 2,000 characters, maybe empty, without control characters."""
    if not isinstance(value, str):
        yield f"{at} 应当是文字。"
    elif len(value) > 2000 or any(unicodedata.category(c) in {"Cc", "Cs"} for c in value):
        yield f"{at} 过长或含有控制字符。"


def label(value: Any, at: str) -> Iterator[str]:
    """A label by §1."""
    if not isinstance(value, str):
        yield f"{at} 应当是文字。"
    elif (reason := valid_label(value)) is not None:
        yield f"{at} {reason}。"


def fixed(*values: str) -> Form:
    """One of some words."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or value not in values:
            yield f"{at} 应当是 {' 或 '.join(values)}。"

    return check


def number(low: int, high: int = 2**53 - 1) -> Form:
    """A whole number within bounds; true and false are none."""

    def check(value: Any, at: str) -> Iterator[str]:
        if type(value) is not int or not low <= value <= high:
            yield (
                f"{at} 应当是 {low} 到 {high} 之间的整数。" if high < 2**53 - 1 else f"{at} 应当是不小于 {low} 的整数。"
            )

    return check


def matching(pattern: str, words: str) -> Form:
    """Text that a pattern matches whole."""
    compiled = re.compile(pattern)

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield f"{at} 应当是{words}。"

    return check


hex32 = matching("[0-9a-f]{64}", " 64 位小写十六进制")


def time(value: Any, at: str) -> Iterator[str]:
    """A time as `stamp` writes it, of a day that exists."""
    good = isinstance(value, str) and bool(_TIME.fullmatch(value))
    if good:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            good = False
    if not good:
        yield f"{at} 应当是“2026-03-01T09:00:00+08:00”这样的时间。"


_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00")


def day(value: Any, at: str) -> Iterator[str]:
    """A date `YYYY-MM-DD` that exists."""
    good = isinstance(value, str) and bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value))
    if good:
        try:
            date.fromisoformat(value)
        except ValueError:
            good = False
    if not good:
        yield f"{at} 应当是“2026-03-01”这样的日期。"


def array(of: Form, at_least: int = 0) -> Form:
    """An array whose every element has one form."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at} 应当是数组。"
            return
        if len(value) < at_least:
            yield f"{at} 至少应当有 {at_least} 项。"
        for i, item in enumerate(value):
            yield from of(item, f"{at}[{i}]")

    return check


def fields(required: Mapping[str, Form], optional: Mapping[str, Form] | None = None) -> Form:
    """An object with these keys and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at} 应当是对象。"
            return
        for key in required:
            if key not in value:
                yield f"{at} 缺少“{key}”。"
        for key, item in value.items():
            if key in known:
                yield from known[key](item, f"{at}.{key}")
            else:
                yield f"{at} 有不认识的“{str(key)[:40]}”。"

    return check


def by_key(key: str, forms: Mapping[str, Form]) -> Form:
    """An object whose form depends on the word under one of its keys."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at} 应当是对象。"
            return
        kind = value.get(key)
        if not isinstance(kind, str) or kind not in forms:
            yield f"{at}.{key} 应当是 {' 或 '.join(forms)}。"
            return
        yield from forms[kind](value, at)

    return check
