"""The leader's picture: targets against figures, and the coming deadlines as a strip, for a phone (PNG)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from importlib import resources

from PIL import Image, ImageDraw, ImageFont

# Two colours that people with any kind of colour blindness tell apart; what is short is hatched and marked as well.
_REACHED, _SHORT, _NONE = "#0072B2", "#D55E00", "#8A8A8A"
_INK, _SOFT, _LINE, _PAPER, _TRACK = "#1A1A1A", "#5A5A5A", "#C8C8C8", "#FFFFFF", "#ECECEC"
# Narrow, so that the letters are large where a chat shows the picture in the width of a phone.
_WIDTH, _EDGE = 720, 28
_BAR = 34
# How many bars and lines a phone shows without scrolling.
_BARS, _MARKS = 10, 7
STRIP_DAYS = 60


@dataclass(frozen=True)
class Bar:
    """One target: the exact share (None: nothing to count yet), what it has to reach, and the counts as text."""

    label: str
    figure: Fraction | None
    at_least: Fraction
    counts: str


@dataclass(frozen=True)
class Mark:
    """So many of something that fall due on a day; before today it is overdue."""

    day: date
    text: str
    count: int
    estimated: bool = False


def draw(title: str, today: date, points: str, bars: Sequence[Bar], marks: Sequence[Mark]) -> bytes:
    """The picture as PNG; what does not fit is counted, never left out in silence. Same values, same bytes."""
    shown = sorted(marks, key=lambda each: (each.day, each.text))
    height = 330 + 118 * min(len(bars), _BARS) + 330 + 52 * min(len(shown), _MARKS) + 120
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    pen = ImageDraw.Draw(image)
    y = _EDGE
    pen.text((_EDGE, y), _fit(title, 38, _WIDTH - 2 * _EDGE), _INK, _font(38))
    y += 60
    for each in _wrap(points, 28, _WIDTH - 2 * _EDGE)[:3]:
        pen.text((_EDGE, y), each, _SOFT, _font(28))
        y += 42
    y += 16
    y = _section(pen, y, "目标完成情况（竖线为目标）")
    for bar in bars[:_BARS]:
        y = _bar(pen, y, bar)
    if len(bars) > _BARS:
        pen.text((_EDGE, y), _known(f"另有 {len(bars) - _BARS} 项目标，请看文字。"), _SOFT, _font(28))
        y += 44
    if not bars:
        pen.text((_EDGE, y), _known("没有设定目标。"), _SOFT, _font(30))
        y += 56
    y = _section(pen, y + 14, f"今后 {STRIP_DAYS} 天的期限")
    y = _strip(pen, y, today, shown)
    for mark in shown[:_MARKS]:
        y = _line(pen, y, today, mark)
    if len(shown) > _MARKS:
        pen.text((_EDGE, y), _known(f"另有 {len(shown) - _MARKS} 项，请按下面的按钮查看。"), _SOFT, _font(28))
        y += 48
    if not shown:
        pen.text((_EDGE, y), _known("没有将到期的事项。"), _SOFT, _font(30))
        y += 56
    out = io.BytesIO()
    image.crop((0, 0, _WIDTH, min(height, y + 30))).save(out, "PNG", optimize=True)
    return out.getvalue()


def _section(pen: ImageDraw.ImageDraw, y: int, text: str) -> int:
    pen.line((_EDGE, y, _WIDTH - _EDGE, y), _LINE, 2)
    pen.text((_EDGE, y + 18), _known(text), _INK, _font(34))
    return y + 84


def _bar(pen: ImageDraw.ImageDraw, y: int, bar: Bar) -> int:
    """Label and figure over a track of 0–100 %, with a line where the target is."""
    reached = None if bar.figure is None else bar.figure >= bar.at_least
    colour = {True: _REACHED, False: _SHORT, None: _NONE}[reached]
    mark = {True: "✓", False: "△", None: "○"}[reached]
    figure = "暂无数据" if bar.figure is None else percent(bar.figure)
    room = _WIDTH - 2 * _EDGE
    right = f"{mark} {figure} {bar.counts}".rstrip()
    # The counts stand in the text as well; the name of the target is worth more.
    if _font(30).getlength(_known(f"{bar.label}　{right}")) > room:
        right = f"{mark} {figure}"
    wide = _font(30).getlength(_known(right))
    pen.text((_EDGE, y), _fit(bar.label, 30, room - wide - 20), _INK, _font(30))
    pen.text((_WIDTH - _EDGE, y), _known(right), colour, _font(30), anchor="ra")
    top, bottom = y + 50, y + 50 + _BAR
    pen.rectangle((_EDGE, top, _EDGE + room, bottom), _TRACK)
    if bar.figure:
        end = _EDGE + int(room * min(bar.figure, Fraction(1)))
        pen.rectangle((_EDGE, top, end, bottom), colour)
        if reached is False:
            for x in range(_EDGE, end, 16):
                pen.line((x, bottom, min(x + _BAR, end), bottom - min(_BAR, end - x)), _PAPER, 3)
    at = _EDGE + int(room * bar.at_least)
    at = min(at, _EDGE + room - 2)
    pen.line((at, top - 8, at, bottom + 8), _INK, 5)
    return y + 118


def _strip(pen: ImageDraw.ImageDraw, y: int, today: date, marks: Sequence[Mark]) -> int:
    """A line of days: a tick each week, a dot where something falls due, what is overdue before the line."""
    left, right, middle = _EDGE + 96, _WIDTH - _EDGE - 28, y + 46
    pen.line((left, middle, right, middle), _INK, 4)

    def at(day: date) -> float:
        return left + (right - left) * min((day - today).days, STRIP_DAYS) / STRIP_DAYS

    for days in range(0, STRIP_DAYS + 1, 15):
        x = at(today + timedelta(days=days))
        pen.line((x, middle - 10, x, middle + 10), _INK, 2)
        day = today + timedelta(days=days)
        pen.text(
            (x, middle + 22), _known("今天" if not days else f"{day.month}.{day.day}"), _SOFT, _font(26), anchor="ma"
        )
    for mark in marks:
        if today <= mark.day <= today + timedelta(days=STRIP_DAYS):
            x = at(mark.day)
            pen.ellipse((x - 13, middle - 13, x + 13, middle + 13), _REACHED, _PAPER, 3)
    late = sum(mark.count for mark in marks if mark.day < today)
    if late:
        pen.polygon(((_EDGE + 24, middle - 26), (_EDGE, middle + 18), (_EDGE + 48, middle + 18)), _SHORT)
        pen.text((_EDGE + 24, middle + 22), _known(f"逾期{late}"), _SHORT, _font(26), anchor="ma")
    return y + 116


def _line(pen: ImageDraw.ImageDraw, y: int, today: date, mark: Mark) -> int:
    late = mark.day < today
    colour = _SHORT if late else _INK
    when = f"{'△' if late else '●'} {mark.day.month}月{mark.day.day}日{'暂估' if mark.estimated else ''}"
    pen.text((_EDGE, y), _known(when), colour, _font(28))
    amount = f"{mark.count} 项" + ("逾期" if late else "")
    wide, start = _font(28).getlength(_known(amount)), max(_font(28).getlength(_known(when)) + 18, 210)
    pen.text((_EDGE + start, y), _fit(mark.text, 28, _WIDTH - 2 * _EDGE - start - wide - 16), colour, _font(28))
    pen.text((_WIDTH - _EDGE, y), _known(amount), colour, _font(28), anchor="ra")
    return y + 52


def percent(figure: Fraction) -> str:
    """A tenth of a percent, cut off: what is not reached must not read as reached."""
    tenths = figure * 1000 // 1
    return f"{tenths // 10}.{tenths % 10}%".replace(".0%", "%")


def _wrap(text: str, size: int, room: float) -> list[str]:
    """The text in lines that fit."""
    found = [""]
    for each in _known(text):
        if found[-1] and _font(size).getlength(found[-1] + each) > room:
            found.append("")
        found[-1] += each
    return found


def _fit(text: str, size: int, room: float) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    text = _known(text)
    if _font(size).getlength(text) <= room:
        return text
    while text and _font(size).getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


def _known(text: str) -> str:
    """What the shipped font has; a character that it lacks becomes 〓, the printers' sign for a missing type."""
    return "".join(each if ord(each) in _characters() else "〓" for each in text)


@cache
def _characters() -> frozenset[int]:
    listed = (resources.files("templates") / "fonts" / "characters.txt").read_text("utf-8")
    return frozenset(map(ord, listed))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    data = (resources.files("templates") / "fonts" / "NotoSansCJKsc-subset.otf").read_bytes()
    return ImageFont.truetype(io.BytesIO(data), size)
