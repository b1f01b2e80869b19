"""Public randomness: dice thrown by witnesses, lotteries, dice by hand, and which throws count (protocol §4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from models import form
from models.form import Form, Json

SIDES = {"🎰": 64, "🎲": 6}
CHAT_DICE = ("dice", "local-dice")
"""The kinds of randomness whose dice are thrown in the chat."""
DRAW_BITS = 24
"""A draw never takes fewer bits than this."""
EVENT_BITS = 12
"""A substitution event never takes fewer bits than this, unless fresh throws are waived."""


@dataclass(frozen=True)
class Throw:
    """One throw of the chat's dice: by whom (stable label), message id, value, time as `form.stamp` writes it."""

    by: str
    message: int
    value: int
    at: str
    emoji: str | None = None


@dataclass(frozen=True)
class Source:
    """Numbers of a lottery or of dice in the room, entered by one person and confirmed by another."""

    numbers: tuple[int, ...]
    entered_by: str
    confirmed_by: str


def dice(emoji: str = "🎰", min_bits: int = 36, min_witnesses: int = 2, *, local: bool = False) -> Json:
    """The `randomness` of an announcement or notice whose dice are thrown in the chat."""
    return {
        "kind": "local-dice" if local else "dice",
        "emoji": emoji,
        "min_bits": min_bits,
        "min_witnesses": min_witnesses,
    }


def enough(count: int, emoji: str, min_bits: int) -> bool:
    """Whether so many throws carry so many bits: 36 bits are 6 🎰 or 14 🎲."""
    return SIDES[emoji] ** count >= 2**min_bits


def throws_needed(emoji: str, min_bits: int) -> int:
    """The fewest throws that carry `min_bits`."""
    needed = 1
    while not enough(needed, emoji, min_bits):
        needed += 1
    return needed


def counting(
    throws: Iterable[Throw], *, emoji: str, min_bits: int, min_witnesses: int, announcer: str
) -> list[Throw] | None:
    """The counting throws: the shortest prefix, by message id, with enough bits and witnesses; None if there is none.

    `throws` are the valid ones in any order. Witnesses are throwers other than the announcer, whose throws count too.
    """
    prefix: list[Throw] = []
    witnesses: set[str] = set()
    for throw in sorted(throws, key=lambda throw: throw.message):
        if throw.emoji not in (None, emoji) or not 1 <= throw.value <= SIDES[emoji]:
            raise ValueError(f"消息 {throw.message} 的骰子不是 {emoji}，不能计入。")
        prefix.append(throw)
        witnesses |= {throw.by} - {announcer}
        if len(witnesses) >= min_witnesses and enough(len(prefix), emoji, min_bits):
            return prefix
    return None


def encoded(sources: Iterable[Sequence[int]]) -> str:
    """RFC 3797 §4: the numbers of each source in decimal, each followed by `.`, then `/`."""
    return "".join("".join(f"{number}." for number in source) + "/" for source in sources)


def randomness(throws: Iterable[Throw]) -> str:
    """The counting throws as the public randomness: one source per person, in order of first throw."""
    by: dict[str, list[int]] = {}
    for throw in sorted(throws, key=lambda throw: throw.message):
        by.setdefault(throw.by, []).append(throw.value)
    return encoded(by.values())


def as_json(items: Iterable[Throw | Source]) -> list[Json]:
    """Throws or sources as they stand in the record; its canonical form is what `throws_sha256` digests."""
    found: list[Json] = []
    for item in items:
        entry: Json = asdict(item)
        entry.pop("emoji", None)
        if isinstance(item, Source):
            entry["numbers"] = list(item.numbers)
        found.append(entry)
    return found


def from_json(entries: Iterable[Mapping[str, Any]]) -> list[Throw]:
    """Throws from their form in the record."""
    return [Throw(e["by"], e["message"], e["value"], e["at"]) for e in entries]


def sources_from_json(entries: Iterable[Mapping[str, Any]]) -> list[Source]:
    """Sources from their form in the record."""
    return [Source(tuple(e["numbers"]), e["entered_by"], e["confirmed_by"]) for e in entries]


def _dice_form(min_bits: int) -> Form:
    return form.fields(
        {
            "kind": form.fixed("dice", "local-dice"),
            "emoji": form.fixed(*SIDES),
            "min_bits": form.number(min_bits, 256),
            "min_witnesses": form.number(1, 100),
        }
    )


def randomness_form(min_bits: int, *, waivable: bool = False) -> Form:
    """The form of `randomness` in an announcement (24 bits) or a notice (12 bits, may be waived)."""
    forms: dict[str, Form] = {
        "dice": _dice_form(min_bits),
        "local-dice": _dice_form(min_bits),
        "hand": form.fields(
            {
                "kind": form.fixed("hand"),
                "dice": form.matching("d([2-9]|[1-9][0-9]|100)", "“d6”这样的骰子"),
                "count": form.number(1, 1000),
            }
        ),
        "lottery": form.fields({"kind": form.fixed("lottery"), "game": form.label, "issue": form.label}),
    }
    if waivable:
        forms["waived"] = form.fields({"kind": form.fixed("waived")})
    return form.by_key("kind", forms)


def hand_bits_enough(rule: Mapping[str, Any], min_bits: int) -> bool:
    """Whether the dice that a `hand` rule asks for carry enough bits."""
    return int(rule["dice"][1:]) ** rule["count"] >= 2**min_bits


throws_form: Form = form.array(
    form.fields(
        {"by": form.label, "message": form.number(0), "value": form.number(1, 64), "at": form.time},
    )
)
sources_form: Form = form.array(
    form.fields(
        {
            "numbers": form.array(form.number(0), at_least=1),
            "entered_by": form.label,
            "confirmed_by": form.label,
        }
    ),
)


def problems(
    rule: Mapping[str, Any],
    items: Sequence[Throw | Source],
    *,
    announcer: str,
    deadline: str,
    complete: bool = True,
) -> list[str]:
    """What is wrong with the counting throws, or sources, of a draw or event: Chinese sentences, [] if nothing.

    `rule` is the `randomness` of its announcement or notice, `deadline` as `form.stamp` writes it. Without `complete`
    there may be too few, as for an announcement that lapsed.
    """
    kind = rule["kind"]
    if kind == "waived":
        return ["本次已声明不再掷骰，却有掷骰记录。"] if items else []
    if kind in ("dice", "local-dice"):
        throws = [item for item in items if isinstance(item, Throw)]
        if len(throws) != len(items):
            return ["公告规定掷骰，记录里却是录入的号码。"]
        return _throw_problems(rule, throws, announcer, deadline, complete)
    sources = [item for item in items if isinstance(item, Source)]
    if not items and not complete:
        return []
    if len(sources) != len(items) or not sources:
        return ["公告规定由两人录入号码，记录里没有这样的号码。"]
    found = [
        f"号码由“{source.entered_by}”录入，又由同一人确认，应当由另一人确认。"
        for source in sources
        if source.entered_by == source.confirmed_by
    ]
    if kind == "lottery":
        found += [
            f"号码 {list(source.numbers)} 没有按从小到大排列。"
            for source in sources
            if list(source.numbers) != sorted(source.numbers)
        ]
        return found
    numbers = [number for source in sources for number in source.numbers]
    if len(numbers) != rule["count"] and complete:
        found.append(f"公告规定掷 {rule['count']} 次，记录里有 {len(numbers)} 次。")
    if any(not 1 <= number <= int(rule["dice"][1:]) for number in numbers):
        found.append(f"点数应当在 1 到 {rule['dice'][1:]} 之间。")
    return found


def _throw_problems(
    rule: Mapping[str, Any], throws: Sequence[Throw], announcer: str, deadline: str, complete: bool
) -> list[str]:
    sides = SIDES[rule["emoji"]]
    for throw in throws:
        if not 1 <= throw.value <= sides:
            return [f"消息 {throw.message} 的点数 {throw.value} 不是 {rule['emoji']} 的点数。"]
        if throw.at >= deadline:
            return [f"消息 {throw.message} 的掷骰不早于截止时间，不能计入。"]
    if any(a.message >= b.message for a, b in pairwise(throws)):
        return ["掷骰没有按消息编号排列，或有重复的消息编号。"]
    counted = counting(
        throws,
        emoji=rule["emoji"],
        min_bits=rule["min_bits"],
        min_witnesses=rule["min_witnesses"],
        announcer=announcer,
    )
    if counted is None and not complete:
        return []
    if counted is None:
        return [f"掷骰不够：应当至少 {rule['min_bits']} 比特、{rule['min_witnesses']} 位见证人。"]
    if len(counted) != len(throws):
        return [f"只有前 {len(counted)} 次掷骰计入，记录里多出了 {len(throws) - len(counted)} 次。"]
    return []
