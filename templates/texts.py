"""Message texts: kept in texts/*.toml, filled with values that are always escaped (DESIGN §1, §9)."""

import html
import string
import tomllib
from functools import cache
from importlib import resources
from typing import Any


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


class _Escaping(string.Formatter):
    """`str.format` in which every value that is not Html is escaped; a missing value is an error."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        return text if isinstance(value, Html) else html.escape(text, quote=False)


_FORMATTER = _Escaping()


@cache
def _texts() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(resources.files("templates").joinpath("texts").iterdir(), key=lambda each: each.name):
        if path.name.endswith(".toml"):
            room = path.name.removesuffix(".toml")
            for name, text in tomllib.loads(path.read_text("utf-8")).items():
                found[f"{room}.{name}"] = text.strip("\n")
    return found


def say(name: str, /, **values: Any) -> Html:
    """The text `file.key`, filled. Raises KeyError where the text or one of its values is missing."""
    return Html(_FORMATTER.vformat(_texts()[name], (), values))


def lines(*parts: str) -> Html:
    """Parts one below the other, empty ones left out; parts that are no Html are escaped."""
    return Html("\n".join(escape(part) for part in parts if part))


def escape(text: str) -> Html:
    """Text from people, made safe."""
    return text if isinstance(text, Html) else Html(html.escape(text, quote=False))


def names() -> set[str]:
    """All texts there are."""
    return set(_texts())
