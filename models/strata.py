"""Strata of a task (S0, PROTOCOL §1): who belongs to which, in what order they are asked, which are named by a word."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from models.quota import Quota

REST = "*"
"""The stratum of all that belong to no other; alone it is a plain draw."""
BLACKLIST = "黑名单"

# What people add to a class or a tag when they write of those that have it.
_ENDING = re.compile(r"(?:等?级|类|风险|的|企业|单位|市场主体|经营主体|主体|检查对象|对象)+$")


def ordered(strata: Iterable[str], order: Sequence[str] = ()) -> list[str]:
    """The strata in the order in which an entity is asked: as chosen, then 黑名单, then by name, the rest last."""
    names = set(strata) - {REST}
    chosen = [name for name in dict.fromkeys(order) if name in names]
    others = sorted(names.difference(chosen), key=lambda name: (name != BLACKLIST, name))
    return [*chosen, *others, *([REST] if REST in strata else [])]


def of(names: Sequence[str], risk_class: str, tags: Sequence[str]) -> str | None:
    """The one stratum of an entity: the first of `names` that is its class or one of its tags; None for no stratum."""
    return next((name for name in names if name in (REST, risk_class) or name in tags), None)


def put(strata: Mapping[str, Quota], order: Sequence[str], name: str, wanted: Quota) -> list[str]:
    """The order with a stratum added where it is not in it yet: before the first that takes a smaller part.

    So whoever has two marks is drawn by the stricter one unless somebody says otherwise; counts come after ratios.
    """
    if name == REST or name in order:
        return list(order)
    at = next(
        (n for n, each in enumerate(order) if each not in strata or _part(strata[each]) < _part(wanted)), len(order)
    )
    return [*order[:at], name, *order[at:]]


def _part(wanted: Quota) -> Fraction:
    return wanted.ratio if wanted.ratio is not None else Fraction(0)


def meant(
    word: str, classes: Mapping[str, str], tags: Iterable[str], learned: Mapping[str, str] | None = None
) -> list[str]:
    """The classes or tags that a plan's word means (重点企业, A、B级); empty where it is not clear.

    `classes` are code → label. `learned` are words that somebody has explained (folded word → names joined by 、).
    """
    known = {*classes, *(tags := list(tags))}
    plain = "".join(unicodedata.normalize("NFKC", word).split())
    if learned and (found := [each for each in learned.get(plain, "").split("、") if each in known]):
        return found
    by_name = {_bare(name): code for code, label in classes.items() for name in (code, label)}
    parts = [_bare(each) for each in re.split("[、和及]", plain)]
    if parts and all(each in by_name for each in parts):
        return list(dict.fromkeys(by_name[each] for each in parts))
    if plain in tags:
        return [plain]
    held = [tag for tag in tags if _bare(tag) and (_bare(tag) in plain or _bare(plain) == _bare(tag))]
    longest = [tag for tag in held if not any(tag != other and tag in other for other in held)]
    return longest if len(longest) == 1 else []


def _bare(name: str) -> str:
    return _ENDING.sub("", name) or name
