"""拼音首字母: a name is found by the first letters of its syllables, in whatever reading, wherever they stand in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import Style, pinyin

from models import initials


@pytest.mark.parametrize(
    ("letters", "name"),
    [
        ("cqlqc", "重庆乐器厂"),
        ("zqyqc", "重庆乐器厂"),
        ("sjzms", "石家庄（民生）超市"),
        ("SJZ", "石家庄市"),
        ("xmsy", "厦门食盐公司"),
        ("003h", "示例爆破器材003号有限公司"),
        ("acgs", "A厂公司"),
        ("emr", "峨嵋日化"),
    ],
)
def test_a_name_is_found(letters: str, name: str) -> None:
    assert initials.pattern(letters).search(name)


@pytest.mark.parametrize(("letters", "name"), [("cqs", "重庆乐器厂"), ("cc", "重庆厂"), ("sz", "石家庄")])
def test_another_name_is_not(letters: str, name: str) -> None:
    assert not initials.pattern(letters).search(name)


@pytest.mark.parametrize(
    ("text", "can"), [("sj", True), ("003h", True), ("s", False), ("123", False), ("石家", False), ("s.*", False)]
)
def test_what_can_be_initials_at_all(text: str, can: bool) -> None:
    assert initials.written(text) is can


# The first example waits until the table of readings is made.
@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=8), st.data())
def test_every_reading_of_every_character_leads_to_the_name(name: str, data: st.DataObject) -> None:
    readings = pinyin(name, style=Style.FIRST_LETTER, heteronym=True, strict=False)
    letters = "".join(data.draw(st.sampled_from(each)) for each in readings)
    if letters.isascii() and letters.isalpha():
        assert initials.pattern(letters).search(f"某{name}公司")
