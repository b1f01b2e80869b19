"""The leader's picture: what it shows is measured in its own pixels, and the shipped font writes all of it."""

import io
from datetime import date, timedelta
from fractions import Fraction
from importlib import resources

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from templates import picture
from templates.picture import Bar, Mark

TODAY = date(2026, 11, 21)
BLUE, ORANGE, TRACK = (0, 114, 178), (213, 94, 0), (236, 236, 236)


def opened(bars: list[Bar], marks: list[Mark]) -> Image.Image:
    return Image.open(io.BytesIO(picture.draw("示例市双随机办", TODAY, "逾期 0 项", bars, marks))).convert("RGB")


def row_of_bar(image: Image.Image) -> list[tuple[int, int, int]]:
    """The pixels of the first bar just under its upper edge, without the target's line."""
    y = 28 + 60 + 42 + 16 + 84 + 50 + 1
    found = []
    for x in range(28, 692):
        pixel = image.getpixel((x, y))
        assert isinstance(pixel, tuple)
        found.append((int(pixel[0]), int(pixel[1]), int(pixel[2])))
    return found


@pytest.mark.parametrize(
    ("figure", "at_least", "colour"),
    [
        (Fraction(5, 100), Fraction(5, 100), BLUE),
        (Fraction(1, 4), Fraction(1, 5), BLUE),
        (Fraction(999, 1000), Fraction(1), ORANGE),
        (Fraction(1, 12), Fraction(9, 10), ORANGE),
    ],
)
def test_a_bar_is_as_long_as_its_figure_and_says_whether_the_target_is_reached(
    figure: Fraction, at_least: Fraction, colour: tuple[int, int, int]
) -> None:
    row = row_of_bar(opened([Bar("公示率", figure, at_least, "1/2")], []))
    assert row[0] in (colour, (255, 255, 255))
    coloured = [x for x, pixel in enumerate(row) if pixel == colour]
    assert abs(len(row) * figure - max(coloured)) <= 16
    assert {BLUE, ORANGE} & set(row) == {colour}


def test_nothing_to_count_is_an_empty_track_and_no_zero() -> None:
    row = row_of_bar(opened([Bar("公示率", None, Fraction(1, 2), "")], []))
    assert set(row) <= {TRACK, (26, 26, 26)}


def test_same_values_same_bytes() -> None:
    marks = [Mark(TODAY + timedelta(days=9), "月报表", 8), Mark(TODAY - timedelta(days=2), "检查", 1)]
    bars = [Bar("抽查比例", Fraction(1, 20), Fraction(1, 20), "1/20")]
    assert picture.draw("甲", TODAY, "乙", bars, marks) == picture.draw("甲", TODAY, "乙", bars, marks[::-1])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.builds(
            Bar,
            st.text(max_size=60),
            st.none() | st.fractions(0, 2, max_denominator=999),
            st.fractions(0, 1, max_denominator=100),
            st.text(max_size=20),
        ),
        max_size=14,
    ),
    st.lists(
        st.builds(
            Mark,
            st.dates(date(2026, 9, 1), date(2027, 3, 1)),
            st.text(max_size=80),
            st.integers(1, 99999),
            st.booleans(),
        ),
        max_size=12,
    ),
)
def test_any_names_and_numbers_make_a_picture_for_a_phone(bars: list[Bar], marks: list[Mark]) -> None:
    image = opened(bars, marks)
    assert image.width == 720
    assert 560 < image.height < 2600


def test_a_percentage_never_reads_as_reached_before_it_is() -> None:
    assert [picture.percent(Fraction(9999, 10000)), picture.percent(Fraction(1)), picture.percent(Fraction(1, 12))] == [
        "99.9%",
        "100%",
        "8.3%",
    ]


def test_the_shipped_font_has_every_character_that_it_claims() -> None:
    folder = resources.files("templates") / "fonts"
    font = TTFont(io.BytesIO((folder / "NotoSansCJKsc-subset.otf").read_bytes()))
    claimed = set(map(ord, (folder / "characters.txt").read_text("utf-8")))
    assert claimed <= set(font.getBestCmap())
    assert len(claimed) > 7000
    assert "SIL Open Font License" in (folder / "OFL.txt").read_text("utf-8")
