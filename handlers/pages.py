"""前一页 and 后一页: the buttons that turn the pages of a long list."""

from collections.abc import Callable

from handlers.answer import Key, key

PAGE = 20
"""A page of a list has so many lines and buttons."""


def turns(total: int, first: int, name: Callable[[int], tuple[str | int, ...]]) -> tuple[Key, ...]:
    """The buttons to the pages beside the one that begins at `first`, where there are such; `name`: what they do."""
    found = []
    if first > 0:
        found.append(_named("前一页", name(max(0, first - PAGE))))
    if first + PAGE < total:
        found.append(_named("后一页", name(first + PAGE)))
    return tuple(found)


def _named(label: str, parts: tuple[str | int, ...]) -> Key:
    return key(label, str(parts[0]), *parts[1:])
