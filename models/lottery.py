"""彩票: the public lotteries whose numbers can decide a draw, and how their numbers are written (PROTOCOL §4)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from math import comb, log2

from models.act import Refused
from models.base import SHANGHAI
from models.form import Json


@dataclass(frozen=True)
class Balls:
    """One group of balls: so many different ones out of a range; each group is one source, ascending."""

    name: str
    count: int
    low: int
    high: int


@dataclass(frozen=True)
class Game:
    """One lottery, drawn in public by machine, with more than 2²⁴ outcomes (no draw takes fewer bits)."""

    name: str
    groups: tuple[Balls, ...]

    @property
    def bits(self) -> int:
        """How many bits an issue carries at least, rounded down."""
        return int(sum(log2(comb(each.high - each.low + 1, each.count)) for each in self.groups))

    @property
    def how(self) -> str:
        """How its numbers are written, e.g. 红球 6 个，蓝球 1 个."""
        return "，".join(f"{each.name} {each.count} 个（{each.low}–{each.high}）" for each in self.groups)


# As their operators' published rules have them (中国福利彩票, 中国体育彩票). Games of few outcomes are left out:
# 福彩3D and 排列3 have a thousand, 排列5 a hundred thousand.
GAMES = (
    Game("双色球", (Balls("红球", 6, 1, 33), Balls("蓝球", 1, 1, 16))),
    Game("大乐透", (Balls("前区", 5, 1, 35), Balls("后区", 2, 1, 12))),
    Game("快乐8", (Balls("号码", 20, 1, 80),)),
)


def game(name: str) -> Game | None:
    """The game of that name."""
    return next((each for each in GAMES if each.name == name), None)


def numbers(text: str) -> list[int]:
    """All numbers of a text in their order, however they are parted: `03 08 15`, `3、8、15`, full-width digits too."""
    return [int(each) for each in re.findall(r"[0-9]{1,9}", unicodedata.normalize("NFKC", text))]


def read(of: Game, text: str) -> list[list[int]]:
    """The numbers of an issue as its groups, each ascending. Raises ValueError, one Chinese sentence.

    Groups follow each other in the game's own order; what parts them (`+`, `|`, a line) does not matter.
    """
    given = numbers(text)
    wanted = sum(each.count for each in of.groups)
    if len(given) != wanted:
        raise ValueError(f"{of.name}应有 {wanted} 个号码（{of.how}），收到 {len(given)} 个。请重新发送。")
    found, at = [], 0
    for group in of.groups:
        part = sorted(given[at : at + group.count])
        at += group.count
        wrong = [each for each in part if not group.low <= each <= group.high]
        if wrong:
            raise ValueError(
                f"{group.name}没有 {wrong[0]} 这个号码，应在 {group.low} 到 {group.high} 之间。请重新发送。"
            )
        if len(set(part)) != len(part):
            raise ValueError(f"{group.name}的号码有重复，请核对后重新发送。")
        found.append(part)
    return found


def read_dice(sides: int, count: int, text: str) -> list[list[int]]:
    """Throws of real dice, one source, in the order thrown. Raises ValueError, one Chinese sentence."""
    plain = unicodedata.normalize("NFKC", text).strip()
    # 36142… written without anything between, where no face has two digits.
    joined = sides <= 9 and len(plain) == count and re.fullmatch("[0-9]+", plain)
    given = [int(each) for each in plain] if joined else numbers(plain)
    if len(given) != count:
        raise ValueError(f"应有 {count} 次点数，收到 {len(given)} 次。请按掷出的顺序一次发全，例如：3 6 1。")
    if wrong := [each for each in given if not 1 <= each <= sides]:
        raise ValueError(f"点数 {wrong[0]} 不对，应在 1 到 {sides} 之间。请重新发送。")
    return [given]


_ISSUE = re.compile(
    r"(?:第)?(?P<issue>[0-9]{5,8})期?\s*[,;、，；]?\s*"
    r"(?:(?P<year>[0-9]{4})[年.\-/])?(?P<month>[0-9]{1,2})[月.\-/](?P<day>[0-9]{1,2})日?\s*"
    r"(?P<hour>[0-9]{1,2})[:时点](?P<minute>[0-9]{1,2})?分?"
)


def issue(name: str, text: str, now: datetime) -> tuple[Json, datetime]:
    """`2026031 3月3日 21:15` as the `randomness` of an announcement and when the issue is drawn.

    Refused where the text cannot be read so, or the issue has been drawn already.
    """
    found = _ISSUE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise Refused("看不懂期号和开奖时间，请写成「2026031 3月3日 21:15」这样。")
    local = now.astimezone(SHANGHAI)
    try:
        at = datetime(
            int(found["year"] or local.year),
            int(found["month"]),
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"] or 0),
            tzinfo=SHANGHAI,
        )
    except ValueError:
        raise Refused("没有这个日期或者时间，请核对后重新填写。") from None
    if found["year"] is None and (local - at).days > 180:
        # 1月2日 written in December.
        at = at.replace(year=at.year + 1)
    if at <= now:
        raise Refused(f"第 {found['issue']} 期在公告之前已经开奖，不能再用来抽取。请换还没有开奖的一期。")
    if (at - now).days > 30:
        raise Refused("开奖时间在 30 天以后，请核对；抽取宜用最近一期。")
    return {"kind": "lottery", "game": name, "issue": found["issue"]}, at
