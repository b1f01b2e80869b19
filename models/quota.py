"""How many are taken: counts and exact ratios, and what plan cells such as 不少于5% mean."""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True)
class Quota:
    """A count or a ratio, exactly one of them (protocol §1). No floating point: ceil(100 × 7 %) is 7, not 8."""

    count: int | None = None
    ratio: Fraction | None = None

    def __post_init__(self) -> None:
        """Raise ValueError, one Chinese sentence, for a quota that takes nothing or more than everything."""
        if (self.count is None) == (self.ratio is None):
            raise ValueError("抽取数量和抽取比例应当写一个，且只写一个。")
        if self.count is not None and self.count < 1:
            raise ValueError(f"抽取数量是 {self.count}，应当不少于 1。")
        if self.ratio is not None and not 0 < self.ratio <= 1:
            raise ValueError(f"抽取比例是 {percent(self.ratio)}，应当大于 0 且不超过 100%。")

    def of(self, n: int) -> int:
        """How many of `n` are taken: min(count, n), or ceil(ratio · n), which is at least 1 where n > 0."""
        if self.count is not None:
            return min(self.count, n)
        assert self.ratio is not None
        return -(-self.ratio.numerator * n // self.ratio.denominator)

    @property
    def text(self) -> str:
        """As people write it: 5%, 2.5%, 1/3, 9户."""
        return f"{self.count}户" if self.ratio is None else percent(self.ratio)


@dataclass(frozen=True)
class PlanRatio:
    """What a plan cell says. `quota` is None where the cell gives a frequency alone (`=1`, `1次/年`)."""

    quota: Quota | None
    base: Literal["register", "typed"]
    at_least: bool
    times_per_year: int | None
    text: str
    planned: int | None = None
    """The number in brackets of `10% (20户)`: what the office expected, not what is drawn."""


def percent(ratio: Fraction) -> str:
    """`ratio` as a percentage where that is exact within four decimals, else as p/q."""
    scaled = ratio * 1_000_000
    if scaled.denominator != 1:
        return f"{ratio.numerator}/{ratio.denominator}"
    whole, rest = divmod(scaled.numerator, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"


_EXACT = re.compile(r"(?P<p>[0-9]{1,18})/(?P<q>[0-9]{1,18})|(?P<percent>[0-9]{1,18}(?:\.[0-9]{1,18})?)%")


def parse_exact(text: str) -> Fraction:
    """A ratio as programs write it: `p/q` or `p%`, decimals allowed before the sign, never a bare decimal (§9).

    Raises ValueError, one Chinese sentence, for anything else and for 0 or more than 1.
    """
    found = _EXACT.fullmatch(text)
    if not found or (found["q"] is not None and int(found["q"]) == 0):
        raise ValueError(f"比例“{text[:40]}”看不懂，请写成 5%、2.5% 或 1/20 这样的形式。")
    ratio = Fraction(found["percent"]) / 100 if found["percent"] else Fraction(int(found["p"]), int(found["q"]))
    if not 0 < ratio <= 1:
        raise ValueError(f"比例“{text[:40]}”应当大于 0 且不超过 100%。")
    return ratio


_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE = f"[{''.join(_DIGITS)}十百点]+"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_COUNTERS = "户家个所处人件台辆名批组次宗份"
_LEAST_BEFORE = re.compile(r"^(?:不得?少于|不得?低于|不小于|至少|最少|大于等于|大于或等于|达到|达|>=|≥|⩾)")
_LEAST_AFTER = re.compile(r"(?:及?以上|或以上)$")
# A note in brackets that says nothing in numbers: （不含上年已抽）, （全覆盖）.
_NOTE = re.compile(r"[(\[【〔][^()\[\]【】〔〕0-9%‰一二三四五六七八九十百]*[)\]】〕]")
_TIMES = re.compile(r"(?:每年(?:度)?|年)?(?:抽查|检查)?([0-9]+)次(?:/年|每年|/每年|/年度|/1年)?")
_BRACKETS = re.compile(rf"^(.*?)\((?:约|共|即|计)?([0-9]+)[{_COUNTERS}](?:企业|单位|主体)?\)$")
_COUNT = re.compile(rf"^(?:抽取|抽查)?([0-9]+)[{_COUNTERS}](?:企业|单位|主体|检查对象)?$")
_RATIO = re.compile(rf"^(?:({_NUMBER})([%‰])|百分之({_NUMBER}|{_CHINESE})|([0-9]+)/([0-9]+))$")
_TYPED = re.compile(r"任务|计划|工作量|检查数|检查总数|检查量")
_ALL = {"全覆盖", "全部", "全数", "全量", "全部检查"}


def parse_ratio(text: str | None) -> PlanRatio:
    """Read a plan's ratio cell as offices write it (S0 and the plans collected in DOMAIN §2).

    `不少于5%` and `5%以上` are at least 5 % of the register; `年度监管任务的5%` has a base that someone must type;
    `3%；2次/年` has a frequency beside it; `=1` and `>=1` are frequencies. Raises ValueError, one Chinese sentence.
    """
    raw = (text or "").strip()
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw)).replace("﹪", "%").rstrip("。;,")
    flat = _NOTE.sub("", flat).rstrip("。;,") or flat
    if not flat or flat in {"-", "—", "/", "无"}:
        raise ValueError("没有写抽查比例，请补上，例如 5%、不少于5% 或 20户。")
    unreadable = f"抽查比例“{raw[:40]}”看不懂，请写成 5%、不少于5%、20户 或 3%；2次/年 这样的形式。"
    frequency = re.fullmatch(r"(=|>=|≥)([0-9]{1,3})", flat)
    if frequency:
        return PlanRatio(None, "register", frequency[1] != "=", _at_least_one(frequency[2], raw), raw)
    if re.fullmatch(_NUMBER, flat):
        raise ValueError(f"抽查比例“{raw[:40]}”没有写百分号或单位，请写明是百分比（例如 5%）还是户数（例如 5户）。")
    quota: Quota | None = None
    base: Literal["register", "typed"] = "register"
    least = False
    times = planned = None
    for part in re.split(r"[;,、，；]", flat):
        if _TIMES.fullmatch(part):
            if times is not None:
                raise ValueError(unreadable)
            times = _at_least_one(_TIMES.fullmatch(part)[1], raw)  # type: ignore[index]
            continue
        if quota is not None or not part:
            raise ValueError(unreadable)
        bracketed = _BRACKETS.match(part)
        if bracketed:
            part, planned = bracketed[1], int(bracketed[2])
        head, of, tail = part.rpartition("的")
        if of:
            base = "typed" if _TYPED.search(head) or not re.search("库|对象|主体|企业|单位|总数|户数", head) else base
            least = bool(_LEAST_BEFORE.match(head))
            part = tail
        quota, bound = _quota(part, raw, unreadable)
        least = least or bound
    return PlanRatio(quota, base, least, times, raw, planned)


def _quota(part: str, raw: str, unreadable: str) -> tuple[Quota, bool]:
    """The quota of one part and whether the words make it a lower bound."""
    if part in _ALL:
        return Quota(ratio=Fraction(1)), False
    core = _LEAST_AFTER.sub("", _LEAST_BEFORE.sub("", part))
    least = core != part
    core = core.removeprefix("=")
    counted = _COUNT.match(core)
    if counted:
        return Quota(count=_at_least_one(counted[1], raw)), least
    found = _RATIO.match(core)
    if not found or any(len(group or "") > 18 for group in found.groups()):
        raise ValueError(unreadable)
    if found[1]:
        ratio = Fraction(found[1]) / (100 if found[2] == "%" else 1000)
    elif found[3]:
        hundredths = Fraction(found[3]) if found[3][0].isascii() else _chinese(found[3])
        if hundredths is None:
            raise ValueError(unreadable)
        ratio = hundredths / 100
    elif int(found[5]) == 0:
        raise ValueError(unreadable)
    else:
        ratio = Fraction(int(found[4]), int(found[5]))
    if not 0 < ratio <= 1:
        raise ValueError(f"抽查比例“{raw[:40]}”应当大于 0 且不超过 100%。")
    return Quota(ratio=ratio), least


def _at_least_one(digits: str, raw: str) -> int:
    """`digits` as a number from 1 to a million, else ValueError."""
    if len(digits) > 7 or not 1 <= int(digits) <= 1_000_000:
        raise ValueError(f"抽查比例“{raw[:40]}”里的数目应当在 1 到 1000000 之间。")
    return int(digits)


def _chinese(text: str) -> Fraction | None:
    """A Chinese numeral up to 一百, 点 allowed; None where it is none."""
    if text in {"百", "一百"}:
        return Fraction(100)
    whole, point, rest = text.partition("点")
    tens, ten, ones = whole.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or (not ten and not ones) or (point and not rest):
        return None
    if any(c not in _DIGITS for c in tens + ones + rest):
        return None
    value = Fraction(10 * (_DIGITS[tens] if tens else 1) if ten else 0) + (_DIGITS[ones] if ones else 0)
    return value + sum((Fraction(_DIGITS[c], 10**at) for at, c in enumerate(rest, 1)), Fraction(0))
