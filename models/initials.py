"""拼音首字母: names found by the first letters of their syllables (`sjzms` finds 石家庄民生…), whatever the reading."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice


def written(text: str) -> bool:
    """Whether a search text can be initials at all: two letters or more, nothing but ASCII letters and digits."""
    return len(text) >= 2 and text.isascii() and text.isalnum() and any(each.isalpha() for each in text)


def pattern(text: str) -> re.Pattern[str]:
    """What matches a name with these initials one after the other anywhere in it; signs between them do not count."""
    return re.compile(r"\W*".join(_one(each) for each in text.lower()))


def matching(text: str, named: Iterable[tuple[int, str]], limit: int) -> Iterator[int]:
    """The ids of the first pairs of id and name, `limit` at most, whose name has these initials."""
    search = pattern(text).search
    return islice((id_ for id_, name in named if search(name)), limit)


def _one(letter: str) -> str:
    """A letter stands for itself and for every character of which one reading begins with it."""
    own = letter + letter.upper() if letter.isalpha() else letter
    return f"[{own}{_characters().get(letter, '')}]"


@cache
def _characters() -> dict[str, str]:
    """Letter → all characters with a reading that begins with it (重 under c and z).

    Only those of the Basic Multilingual Plane: `re` looks such a class up in a table, one with rarer characters in a
    list, which takes a hundred times as long.
    """
    # Loaded when somebody first searches so; `bot` asks it to leave out the readings of phrases.
    from pypinyin.constants import PINYIN_DICT

    found: dict[str, list[str]] = {}
    for code, readings in PINYIN_DICT.items():
        if code <= 0xFFFF:
            for letter in {_TONES.get(each[0], each[0]) for each in readings.split(",") if each}:
                found.setdefault(letter, []).append(chr(code))
    return {letter: "".join(characters) for letter, characters in found.items()}


_TONES = {
    tone: plain
    for plain, tones in (("a", "āáǎà"), ("e", "ēéěèêếề"), ("o", "ōóǒò"), ("n", "ńňǹ"), ("m", "ḿ"))
    for tone in tones
}
