"""Codes: what is taken, what is refused and in which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import codes


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("91350100M000100Y43", "91350100M000100Y43"),  # the example of GB 32100-2015 itself
        (" 91350100m000100y43\n", "91350100M000100Y43"),
        ("９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43"),
        ("9135 0100 M000 100Y 43", "91350100M000100Y43"),
        ("\ufeff91350100M000100Y43\u200b", "91350100M000100Y43"),
    ],
)
def test_a_credit_code_is_brought_into_its_one_form(written: str, taken: str) -> None:
    assert codes.credit_code(written) == taken


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("9.113E+17", "是科学计数法，后几位已经丢失。请把该列设为文本后重新粘贴。"),
        ("９．１１３Ｅ＋１７", "是科学计数法"),
        ("91350100M000100Y44", "校验码不对"),
        ("91350100M000100Y4", "有 17 位，应当是 18 位"),
        ("91350100M0001OOY43", "不应当有「O」"),
        ("91350100M000100Y4*", "不应当有「*」"),
    ],
)
def test_a_wrong_credit_code_gets_a_sentence(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        codes.credit_code(written)
    assert says in str(refusal.value)


@given(st.text(alphabet=codes.CREDIT_ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.data())
def test_one_wrong_character_never_passes(first17: str, place: int, data: st.DataObject) -> None:
    code = first17 + codes.credit_check_character(first17)
    assert codes.credit_code(code) == code
    other = data.draw(st.sampled_from([c for c in codes.CREDIT_ALPHABET if c != code[place]]))
    with pytest.raises(ValueError, match="校验码不对"):
        codes.credit_code(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(
    ("written", "taken"),
    [("990101001", "990101001"), ("冀A", None), ("jc-0001", "JC-0001"), ("1.2E+10", None), ("", None)],
)
def test_the_certificate_number_has_a_form(written: str, taken: str | None) -> None:
    if taken is not None:
        assert codes.certificate_no(written) == taken
    else:
        with pytest.raises(ValueError, match="执法证号"):
            codes.certificate_no(written)


def test_an_id_number_is_checked_and_never_repeated_in_the_sentence() -> None:
    assert codes.id_number("11010519491231002x") == "11010519491231002X"  # the example of GB 11643-1999
    assert codes.id_number_doubt("11010519491231002X") is None
    for wrong in ("110105194912310021", "1101051949123100", "1.10105E+17"):
        with pytest.raises(ValueError, match="身份证号码") as refusal:
            codes.id_number(wrong)
        assert wrong not in str(refusal.value)


@given(st.integers(0, 10**8 - 1))
def test_sample_credit_codes_are_valid_and_of_no_region(serial: int) -> None:
    code = codes.make_credit_code(serial)
    assert codes.credit_code(code) == code
    assert code[2:4] == codes.SAMPLE_REGION
    assert codes.organisation_check_character(code[8:16]) == code[16]


def test_sample_id_numbers_pass_the_form_and_cannot_exist() -> None:
    made = {codes.make_id_number(n) for n in range(40)}
    assert len(made) == 40
    for number in made:
        assert codes.id_number(number) == number
        assert "示例" in (codes.id_number_doubt(number) or "")
        assert number[10:12] == "13"


def test_an_id_number_born_on_no_day_is_doubted() -> None:
    first17 = "11010519490230002"
    assert "出生日期不存在" in (codes.id_number_doubt(first17 + codes.id_check_character(first17)) or "")
