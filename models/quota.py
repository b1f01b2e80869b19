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
    """What a plan cell says. `quota` is None where the cell gives a frequency alone (`=1`, `1次/年`) or only `parts`.

    Nothing that the cell says in numbers is left out: what is no quota of all stands in `parts`, `planned`, `least`,
    `most` or, as it is written, in `rest`; `remarks` say so, each a clause in Chinese without full stop.
    """

    quota: Quota | None
    base: Literal["register", "typed"]
    at_least: bool
    times_per_year: int | None
    text: str
    planned: int | None = None
    """The number in brackets of `10% (20户)`: what the office expected, not what is drawn."""
    parts: tuple[tuple[str, Quota], ...] = ()
    """Those with a ratio of their own, as the cell calls them: `5%（重点企业100%）`."""
    least: int | None = None
    """`5%，不少于3户`: never fewer than so many."""
    most: int | None = None
    rest: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def of(self, n: int) -> Quota | None:
        """The quota of a register of `n`: a count where `least` or `most` weigh more than the ratio."""
        if self.quota is None or not n:
            return self.quota
        taken = self.quota.of(n)
        if self.least is not None and taken < min(self.least, n):
            return Quota(count=self.least)
        return Quota(count=self.most) if self.most is not None and taken > self.most else self.quota


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
_COUNTERS = "户家个所处人件台辆名批组宗份"
_WHO = "企业|单位|市场主体|主体|检查对象|对象|经营者|经营主体"
_ALL = "全覆盖|全部|全数|全量|全查|全检|逐户|逐一"
_LEAST = "不得?少于|不得?低于|不小于|至少|最少|大于等于|大于或等于|达到|达|>=|≥|⩾"
_MOST = "不得?超过|不多于|不得?高于|最多|至多|上限为?|小于等于|<=|≤|⩽"
_ROUGH = "超过|大于|高于|>|小于|低于|少于|<|大约|约"
_VALUE = (
    rf"(?:{_NUMBER}[%‰]|[百千]分之(?:{_NUMBER}|{_CHINESE})|[0-9]+/[0-9]+|"
    rf"(?:[0-9]+|[一二两三四五六七八九十百]+)[{_COUNTERS}]次?(?:{_WHO})?|{_ALL})"
)
# What is said around a value without changing it: 按5%的比例随机抽取. Possessive, so that no cell takes long to fail.
_PLAIN_BEFORE = r"(?:比例|数量|户数|按照?|以|随机|抽取|抽查|检查|抽|每次|每批次?|为|:|=)*+"
_PLAIN_AFTER = rf"(?:的?(?:比例|{_WHO})|随机|抽取|抽查|检查|进行|开展|实施|执行|全覆盖|/[次批])*+"
_PART = re.compile(
    rf"(?P<name>.*?){_PLAIN_BEFORE}(?P<bound>{_LEAST}|{_MOST}|{_ROUGH})?=?(?P<value>{_VALUE})"
    rf"(?P<after>及?以上|或以上|以内|以下|左右|上下)?{_PLAIN_AFTER}"
)
_TIMES = re.compile(
    rf"(?:每[户家](?:{_WHO})?)?(?:(?:每个?|按|1|一)?(?P<per>年度?|月度?|季度?|半年|[二两三23]年))?内?(?P<bound>{_LEAST})?(?:抽查|检查|开展|组织)*"
    rf"(?P<n>[0-9]+|[一二两三四五六七八九十])次(?:抽查|检查)?(?:/?每?个?1?(?P<of>年度?|月度?|季度?|半年|[二两三23]年))?(?:/[户家单位]+)?"
)
_EVERY = re.compile(
    r"(?:每个?|按|逐)(?P<per>年度?|月度?|季度?|半年)(?P<rest>.*)|(?P<first>.+)/(?P<of>年度?|月度?|季度?|半年)"
)
_A_YEAR = {"年": 1, "月": 12, "季": 4, "半": 2}
_RANGE = re.compile(rf"[0-9][%‰{_COUNTERS}]?[-~—–到至]+{_NUMBER}[%‰{_COUNTERS}]")
_TYPED = re.compile(r"任务|计划|工作量|检查数|检查总数|检查量")
_REST = re.compile(rf"(?:其[他它余]|剩余|一般|普通|常规|非重点)(?:的?(?:{_WHO}|检查事项|事项|领域|类))?")
_EVERYBODY = re.compile(
    rf"(?:全[市县区省]|本?辖区内?|在库|在册|库内|名录库|应检|所有|全体|各类)*(?:的?(?:{_WHO})|总户?数|户数|存量|名录库)*"
)
_AROUND = re.compile(r"^(?:对于?|将|其中|另外|另|和|及|:)+|(?:的|按照?|为|应当?|实行|实施|进行|:)+$")
_SEPARATORS = re.compile(r"[;,、](?![^(]*\))")


def parse_ratio(text: str | None) -> PlanRatio:
    """Read a plan's ratio cell as offices write it (S0 and the plans collected in DOMAIN §2).

    `不少于5%` and `5%以上` are at least 5 % of the register; `年度监管任务的5%` has a base that someone must type;
    `3%；2次/年` has a frequency beside it; `=1` and `>=1` are frequencies; `5%（重点企业100%）` and `一般3%、重点10%`
    have parts. Raises ValueError, one Chinese sentence, where the cell says nothing that can be drawn by.
    """
    raw = (text or "").strip()
    flat = re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw)).replace("﹪", "%").rstrip("。;,")
    flat = re.sub(r"[\[【〔{]", "(", re.sub(r"[\]】〕}]", ")", flat))
    if not flat or flat in {"-", "—", "/", "无"}:
        raise ValueError("没有写抽查比例，请补上，例如 5%、不少于5% 或 20户。")
    frequency = re.fullmatch(r"(=|>=|≥)([0-9]{1,3})", flat)
    if frequency:
        return PlanRatio(None, "register", frequency[1] != "=", _at_least_one(frequency[2], raw), raw)
    if re.fullmatch(_NUMBER, flat):
        raise ValueError(f"抽查比例“{raw[:40]}”没有写百分号或单位，请写明是百分比（例如 5%）还是户数（例如 5户）。")
    return _Cell(raw).read(flat)


class _Cell:
    """Reads one cell part by part, so that nothing of it is lost."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.quota: Quota | None = None
        self.named_whole = ""
        self.base: Literal["register", "typed"] = "register"
        self.at_least = False
        self.times: int | None = None
        self.planned: int | None = None
        self.least: int | None = None
        self.most: int | None = None
        self.parts: list[tuple[str, Quota]] = []
        self.rest: list[str] = []
        self.remarks: list[str] = []

    def read(self, flat: str) -> PlanRatio:
        """The whole cell, NFKC without blanks, all brackets round."""
        outside = re.sub(r"\([^()]*\)", "", flat)
        if _RANGE.search(outside):
            raise ValueError(f"抽查比例“{self.raw[:40]}”写了一个范围，请写明抽多少，例如 5% 或者不少于5%。")
        batches = re.compile(r"分[两二三四五六0-9]{1,2}批次?")
        self.rest += batches.findall(flat)
        flat = batches.sub("", flat)
        flat = re.sub(r"(?<=.)[;,]?其中[:,]?(?![^(]*\))", ";", flat)
        flat = re.sub(rf"[;,]?(?:并且|且|并)(?={_LEAST}|{_MOST})", ";", flat)
        for part in self._pieces(flat):
            notes = re.findall(r"\(([^()]*)\)", part)
            if not self._take(re.sub(r"\([^()]*\)", "", part), inside=False):
                self.rest.append(part)
                continue
            for note in notes:
                self._note(note)
        if self.quota is None and len(self.parts) == 1:
            ((name, self.quota),) = self.parts
            self.parts = []
            self.remarks.append(f"比例前写了「{name}」，补全时请把范围选成这些对象")
        if self.quota is None and self.times is None and not self.parts:
            raise self._unreadable()
        return PlanRatio(
            self.quota,
            self.base,
            self.at_least,
            self.times,
            self.raw,
            self.planned,
            tuple(self.parts),
            self.least,
            self.most,
            tuple(self.rest),
            tuple(self._said()),
        )

    def _pieces(self, flat: str) -> list[str]:
        """What the separators outside of brackets part; names without a value belong to the next: A、B级5%."""
        found: list[str] = []
        waiting = ""
        for each in filter(None, _SEPARATORS.split(flat)):
            piece = f"{waiting}{each}"
            if re.search(rf"[0-9%‰次]|分之|{_ALL}|[一二两三四五六七八九十][{_COUNTERS}]", each):
                found.append(piece)
                waiting = ""
            else:
                waiting = f"{piece}、"
        return [*found, waiting[:-1]] if waiting else found

    def _note(self, note: str) -> None:
        """What stands in brackets beside a part; kept as it is written where it is no quota."""
        pieces = self._pieces(note)
        counts = sum(bool(re.search(rf"[0-9][{_COUNTERS}]", each)) for each in pieces)
        for each in pieces:
            try:
                taken = (counts < 2 or not re.search("总|共", each)) and self._take(each, inside=True)
            except ValueError:
                taken = False
            if not taken and each not in ("含", "含本数", "不含", "左右"):
                self.rest.append(each)

    def _take(self, part: str, *, inside: bool) -> bool:
        """Read one part; False where it is none that can be read. ValueError where it can be read and is wrong."""
        if (often := _TIMES.fullmatch(part)) is not None:
            return self._take_times(often)
        per = 1
        every = _EVERY.fullmatch(part)
        if every is not None:
            per, part = _A_YEAR[(every["per"] or every["of"])[0]], every["rest"] or every["first"] or ""
            if not part and self.times is None:
                self.times = per
                return True
        found = _PART.fullmatch(part)
        if found is None:
            return False
        wanted = self._quota(found["value"])
        # 不少于监管任务的5% has its bound before the name.
        ahead = re.match(f"{_LEAST}|{_MOST}", found["name"])
        name = _AROUND.sub("", found["name"][ahead.end() :] if ahead else found["name"])
        bound = found["bound"] or (ahead[0] if ahead else "")
        lower = bool(re.fullmatch(_LEAST, bound)) or (found["after"] or "").endswith("以上")
        upper = bool(re.fullmatch(_MOST, bound)) or found["after"] in ("以内", "以下")
        if name and not (_REST.fullmatch(name) or _EVERYBODY.fullmatch(name) or _TYPED.search(name)):
            if re.search(r"\d年|上年|去年|往年|原", name) or per > 1 or any(name == each for each, _ in self.parts):
                return False
            self.parts.append((name, wanted))
            return True
        if self.quota is not None:
            return self._beside(wanted, lower=lower, upper=upper, inside=inside)
        if per > 1:
            if self.times is not None:
                return False
            self.times = per
            self.remarks.append(f"按每年 {per} 次、每次 {wanted.text} 理解")
        if inside and wanted.ratio is None:
            return False
        if upper or found["after"] in ("左右", "上下") or re.fullmatch(_ROUGH, bound or "-"):
            self.remarks.append(f"「{bound}{found['value']}{found['after'] or ''}」按 {wanted.text} 理解")
        if _TYPED.search(name):
            self.base = "typed"
        self.quota, self.at_least = wanted, lower
        return True

    def _beside(self, wanted: Quota, *, lower: bool, upper: bool, inside: bool) -> bool:
        """A second quota for all: a bound in entities, what the office expected, or the same again."""
        if wanted == self.quota:
            return True
        count = wanted.count
        if count is not None and lower and self.least is None:
            self.least = count
            return True
        if count is not None and upper and self.most is None:
            self.most = count
            return True
        if inside and count is not None and not lower and not upper and self.planned is None:
            self.planned = count
            return True
        if inside or lower or upper:
            return False
        raise self._unreadable()

    def _take_times(self, found: re.Match[str]) -> bool:
        per, count = found["per"] or found["of"] or "年", found["n"]
        if self.times is not None or (found["per"] and found["of"]):
            return False
        number = _at_least_one(count if count.isascii() else str(_chinese(count)), self.raw)
        if per[0] in "二两三23":
            self.remarks.append(f"「{found[0]}」按今年 {number} 次理解")
        self.times = number * _A_YEAR.get(per[0], 1)
        return True

    def _quota(self, value: str) -> Quota:
        """A value as quota. ValueError where it takes nothing or more than everything."""
        if re.fullmatch(_ALL, value):
            return Quota(ratio=Fraction(1))
        if any(len(digits) > 18 for digits in re.findall("[0-9]+", value)):
            raise self._unreadable()
        whole = 1000 if value[0] == "千" or value[-1] == "‰" else 100
        if "分之" in value:
            number = value[3:]
            share = Fraction(number) if number[0].isascii() else _chinese(number)
        elif value[-1] in "%‰":
            share = Fraction(value[:-1])
        elif "/" in value:
            part, of = value.split("/")
            share, whole = (Fraction(int(part), int(of)), 1) if int(of) else (None, 1)
        else:
            digits = re.match(r"[0-9]+|[一二两三四五六七八九十百]+", value)
            number = digits[0] if digits else ""
            count = number if number.isascii() else str(_chinese(number) or "")
            if not count.isdigit():
                raise self._unreadable()
            return Quota(count=_at_least_one(count, self.raw))
        if share is None:
            raise self._unreadable()
        if not 0 < share / whole <= 1:
            raise ValueError(f"抽查比例“{self.raw[:40]}”应当大于 0 且不超过 100%。")
        return Quota(ratio=share / whole)

    def _said(self) -> list[str]:
        """How the cell was understood where it is not plain."""
        said = list(dict.fromkeys(self.remarks))
        if self.parts:
            named = "、".join(f"「{name} {each.text}」" for name, each in self.parts)
            said.append(f"{'另写了' if self.quota else '分别写了'}{named}，补全时请选定是哪些对象，单独抽取")
        if self.least is not None:
            said.append(f"另写了不少于 {self.least} 户，补全时按两者中多的计算")
        if self.most is not None:
            said.append(f"另写了不超过 {self.most} 户，补全时按两者中少的计算")
        if self.times is not None and self.times > _MOST_TIMES:
            said.append(f"每年 {self.times} 次，一年最多分 {_MOST_TIMES} 次抽取，补全时请核对频次")
        said += [f"另写了「{each}」，没有计入，补全时请核对" for each in self.rest]
        return said

    def _unreadable(self) -> ValueError:
        return ValueError(
            f"抽查比例“{self.raw[:40]}”看不懂，请写成 5%、不少于5%、20户、3%；2次/年 或者 5%（重点100%）这样的形式。"
        )


# What a task can be drawn in a year (models.plan).
_MOST_TIMES = 12


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
