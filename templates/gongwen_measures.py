"""What the clauses of GB/T 9704-2012 are held against: fonts by role, sizes, forms of numbers; and a broken one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from templates.word_read import Look, Paragraph, Run

MM = 1440 / 25.4

# Fonts by role; the same typeface has a name for each of its makers and encodings.
BODY = re.compile("仿宋|fangsong", re.I)
HEAD1 = re.compile("黑体|黑_GBK|simhei", re.I)
HEAD2 = re.compile("楷体|楷_GBK|kaiti", re.I)
TITLE = re.compile("小标宋")
PAGE = re.compile("宋体|simsun", re.I)
ANY = re.compile("|".join(each.pattern for each in (BODY, HEAD1, HEAD2, TITLE, PAGE)), re.I)
NAMES = {BODY: "仿宋", HEAD1: "黑体", HEAD2: "楷体", TITLE: "小标宋", PAGE: "宋体"}

NUMBER = re.compile(r"\S+〔\d{4}〕[1-9]\d*号")
NUMBER_BLANK = re.compile(r"[^〔〕\[\]]*〔(\d{4}|[\s　]+)〕[\s　]*号")
NUMBER_LIKE = re.compile(r"[^。，；：\n]{0,60}号([\s　]*签发人.*)?")
_HAN_NUMBER = "[一二三四五六七八九十]+"
DATE = re.compile(
    r"[\s　]*(\d{4}年\d{1,2}月\d{1,2}日|\d{4}年?[-.．/]\d{1,2}[-.．/]\d{1,2}日?"
    rf"|[〇○零一二三四五六七八九十]{{4}}年{_HAN_NUMBER}月{_HAN_NUMBER}日)[\s　]*"
)
DATE_BLANK = re.compile(r"[\s　]*(\d{4})?[\s　]*年[\s　]*月[\s　]*日[\s　]*")
HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
LEVELS = (
    (re.compile("[一二三四五六七八九十]+、"), HEAD1, "一、"),
    (re.compile("（[一二三四五六七八九十]+）"), HEAD2, "（一）"),
    (re.compile(r"\d+\."), BODY, "1."),
    (re.compile(r"（\d+）"), BODY, "（1）"),
)
WRONG_LEVELS = (
    (re.compile(r"[一二三四五六七八九十]+[.．,，]"), "一、"),
    (re.compile(r"\([一二三四五六七八九十]+\)|（[一二三四五六七八九十]+）[、.．]"), "（一）"),
    (re.compile(r"\d+[、．](?!\d)"), "1."),
    (re.compile(r"\(\d+\)|（\d+）[、.．]"), "（1）"),
)


@dataclass(frozen=True)
class Break:
    """One broken clause."""

    clause: str
    name: str
    place: str
    value: str
    should: str


def mm(twips: float) -> str:
    """Twips in millimetres, as a report says them."""
    return f"{twips / MM:.1f} mm"


def place_of(paragraph: Paragraph) -> str:
    """Which paragraph, with its first words."""
    words = re.sub(r"\s+", " ", paragraph.text.strip())
    return f"第{paragraph.number}段" + (f"“{words[:12]}{'…' if len(words) > 12 else ''}”" if words else "")


SIZES = {
    84: "初号",
    72: "小初",
    52: "一号",
    48: "小一",
    44: "2号",
    36: "小二",
    32: "3号",
    30: "小三",
    28: "4号",
    24: "小四",
    21: "5号",
    18: "小五",
}


def size_name(half_points: int) -> str:
    """A size in half points by its name: 3号."""
    return SIZES.get(half_points) or f"{half_points / 2:g} 磅"


def han_runs(paragraph: Paragraph) -> Iterator[Run]:
    """The runs of a paragraph that hold Chinese characters."""
    return (run for run in paragraph.runs if HAN.search(run.text))


def wrong_font(look: Look, role: "re.Pattern[str]", size: int) -> tuple[str, str] | None:
    """(value, should) where a look is not of its role; size 0 is any."""
    right = role.search(look.east) and (not size or look.size == size)
    if right:
        return None
    should = "".join([f"{size_name(size)} " if size else "", NAMES[role], "（中文字体）"])
    return f"{size_name(look.size)} {look.east or '没有指定中文字体'}", should


def wrong_in(paragraph: Paragraph, role: "re.Pattern[str]", size: int) -> tuple[str, str] | None:
    """(value, should) of the first Chinese characters of a paragraph that are not of its role."""
    return next((found for run in han_runs(paragraph) if (found := wrong_font(run.look, role, size))), None)


def red(look: Look) -> bool:
    """Whether text is red."""
    return look.color == "FF0000"
