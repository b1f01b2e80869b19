"""Codes that the field writes: 统一社会信用代码, 执法证号 and ID numbers, checked and brought into their one form."""

import re
import sys
import unicodedata
from array import array
from collections.abc import Sequence
from datetime import date
from operator import mul

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015: no I, O, S, V, Z."""

SAMPLE_REGION = "99"
"""First two digits of a region that GB/T 2260 has given to nobody; everything made for the sample office uses it."""

# GB/T 2260: the leading digit pairs that stand for a province-level region.
_PROVINCES = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83]
)
_CREDIT_VALUES = {character: value for value, character in enumerate(CREDIT_ALPHABET)}
_CREDIT_CHARACTERS = frozenset(CREDIT_ALPHABET)
# Byte of a character → its value; 255 for what is not in the alphabet.
_CREDIT_BYTES = bytes(_CREDIT_VALUES.get(chr(byte), 255) for byte in range(256))
_NO_CODE = "-" * 18
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[Ee]\+?\d+")
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}
# Letters that no code has and digits that look like them.
_MISREAD = str.maketrans("IOSZ", "1052")
# What codes of other lengths were before 2015.
_OLDER = {
    15: "15 位的是旧注册号，请换成营业执照上的 18 位代码；没有的，把这一列的表头改成「名录库编号」。",
    9: "9 位的是组织机构代码，请换成 18 位的统一社会信用代码。",
}
# Older certificates begin with the one-character name of a province.
_CERTIFICATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]?[0-9A-Z](?:[0-9A-Z-]{3,28})[0-9A-Z]"
)


def plain_code(text: str) -> str:
    """Bring a code into its one form: NFKC (full-width becomes ASCII), no blanks or invisible characters, capitals.

    The apostrophe by which spreadsheets keep a number as text goes too.
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if unicodedata.category(c) not in _INVISIBLE).lstrip("'‘’`").upper()


def is_scientific(text: str) -> bool:
    """Tell whether a spreadsheet has turned this number into scientific notation (`9.113E+17`): its end is lost."""
    if text.isascii() and "E" not in text and "e" not in text:
        return False
    return _SCIENTIFIC.fullmatch(plain_code(text)) is not None


def scientific_sentence(title: str, text: str) -> str:
    """Say what happened to a code in scientific notation and what to do about it."""
    return f"{title}「{text.strip()}」是科学计数法，后几位已经丢失。请把该列设为文本后重新粘贴。"


def credit_check_character(first17: str) -> str:
    """Compute the last character of a 统一社会信用代码 from its first 17 (GB 32100-2015, clause 4.6).

    Raises ValueError if one of the 17 is not in the alphabet.
    """
    if len(first17) != 17:
        raise ValueError("a credit code has 17 characters before its check character")
    try:
        total = sum(map(mul, map(_CREDIT_VALUES.__getitem__, first17), _CREDIT_WEIGHTS))
    except KeyError as error:
        raise ValueError(f"not in the alphabet of credit codes: {error}") from error
    return CREDIT_ALPHABET[-total % 31]


def organisation_check_character(first8: str) -> str:
    """Compute the 9th character of an organisation code (GB 11714), which is characters 9 to 17 of a credit code."""
    if len(first8) != 8:
        raise ValueError("an organisation code has 8 characters before its check character")
    total = sum(int(c, 36) * w for c, w in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def credit_code(text: str) -> str:
    """Check a 统一社会信用代码 and return its one form, 18 ASCII capitals.

    Raises ValueError with a sentence in Chinese: scientific notation, length, a character that cannot occur, or a
    check character that does not fit (GB 32100-2015).
    """
    if is_scientific(text):
        raise ValueError(scientific_sentence("统一社会信用代码", text))
    code = plain_code(text)
    if len(code) != 18:
        said = _OLDER.get(len(code.replace("-", "")), "请核对后重填。")
        raise ValueError(f"统一社会信用代码「{text.strip()}」有 {len(code)} 位，应当是 18 位。{said}")
    if not _CREDIT_CHARACTERS.issuperset(code):
        wrong = sorted(set(code) - _CREDIT_CHARACTERS)
        hint = "（字母 I、O、S、V、Z 不用于代码，可能是数字 1、0、5、2 之误）" if set(wrong) & set("IOSVZ") else ""
        meant = code.translate(_MISREAD)
        if _CREDIT_CHARACTERS.issuperset(meant) and credit_check_character(meant[:17]) == meant[17]:
            hint = f"，可能是「{meant}」"
        raise ValueError(f"统一社会信用代码「{code}」中不应当有「{'、'.join(wrong)}」{hint}。请核对后重填。")
    if credit_check_character(code[:17]) != code[17]:
        raise ValueError(f"统一社会信用代码「{code}」的校验码不对，可能抄错了一位。请对照营业执照核对。")
    return code


def not_credit_codes(texts: Sequence[str]) -> set[int]:
    """Where in a column something else stands than a credit code in its one form (see credit_code).

    The check sums of all rows are one sum of large integers, with sixteen bits for each row: 17 × 30 × 30 + 30 fits.
    """
    wrong = {at for at, text in enumerate(texts) if len(text) != 18}
    whole = [_NO_CODE if at in wrong else text for at, text in enumerate(texts)] if wrong else texts
    values = "".join(whole).encode("ascii", "replace").translate(_CREDIT_BYTES)
    wrong.update(found.start() // 18 for found in re.finditer(b"\xff", values))
    values = values.replace(b"\xff", b"\x00")
    total = 0
    for place, weight in enumerate((*_CREDIT_WEIGHTS, 1)):
        pairs = bytearray(2 * len(texts))
        pairs[::2] = values[place::18]
        total += int.from_bytes(pairs, "little") * weight
    sums = array("H", total.to_bytes(2 * len(texts), "little"))
    if sys.byteorder == "big":
        sums.byteswap()
    faults = {each for each in set(sums) if each % 31}
    if faults:
        wrong.update(at for at, each in enumerate(sums) if each in faults)
    if re.search(r"(?m)^\d+E\d+$", "\n".join(texts)):
        wrong.update(at for at, text in enumerate(texts) if is_scientific(text))
    return wrong


class PersonalNumber(ValueError):
    """An ID number where something else belongs; the sentence does not repeat it."""


def certificate_no(text: str) -> str:
    """Check a 执法证号 and return its one form: 5 to 30 ASCII letters, digits and hyphens, in capitals.

    One character of a province may stand before them. Provinces and ministries number differently, so that only the
    form is checked, and that it is no ID number. Raises PersonalNumber or ValueError in Chinese.
    """
    if is_scientific(text):
        raise ValueError(scientific_sentence("执法证号", text))
    code = plain_code(text)
    if _CERTIFICATE.fullmatch(code) is None:
        raise ValueError(f"执法证号「{text.strip()}」不对：应当是 5 至 30 位数字、字母或短横线。请对照证件核对。")
    if re.fullmatch(r"\d{17}[\dX]", code) and id_check_character(code[:17]) == code[17] and not id_number_doubt(code):
        raise PersonalNumber("执法证号这一格像是身份证号码。请换成执法证上的证号，身份证号码请填在「身份证号码」一列。")
    return code


def id_check_character(first17: str) -> str:
    """Compute the last character of an 18-digit ID number from its first 17 digits (GB 11643-1999)."""
    total = sum(int(d) * w for d, w in zip(first17, _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def id_number(text: str) -> str:
    """Check the form and check character of an ID number and return its one form.

    The sentence never repeats the number: it is personal data and errors are shown in chats. Raises ValueError.
    """
    if is_scientific(text):
        raise ValueError("身份证号码是科学计数法，后几位已经丢失。请把该列设为文本后重新粘贴。")
    code = plain_code(text)
    if re.fullmatch(r"\d{17}[\dX]", code) is None:
        raise ValueError(f"身份证号码有 {len(code)} 位或含有其他字符，应当是 17 位数字加 1 位校验码。请核对后重填。")
    if id_check_character(code[:17]) != code[17]:
        raise ValueError("身份证号码的校验码不对，可能抄错了一位。请核对后重填。")
    return code


def id_number_doubt(code: str) -> str | None:
    """Say why a well-formed ID number can belong to nobody (region, date of birth), or None; without the number."""
    if code[:2] == SAMPLE_REGION:
        return "身份证号码的地区码 99 没有分配给任何地方，是示例号码"
    if int(code[:2]) not in _PROVINCES:
        return "身份证号码的地区码不存在，请核对"
    try:
        date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return "身份证号码中的出生日期不存在，请核对"
    return None


def make_credit_code(serial: int) -> str:
    """Make the `serial`th (0 to 99,999,999) credit code of the sample region: valid in form, given to nobody.

    `91` enterprise, region `990000`, the serial as organisation code, and both check characters.
    """
    if not 0 <= serial < 10**8:
        raise ValueError("a sample serial has at most 8 digits")
    body = f"{serial:08d}"
    first17 = f"91{SAMPLE_REGION}0000{body}{organisation_check_character(body)}"
    return first17 + credit_check_character(first17)


def make_id_number(serial: int) -> str:
    """Make the `serial`th (0 to 999) ID number that cannot exist: region 99, born in the 13th month."""
    if not 0 <= serial < 1000:
        raise ValueError("a sample serial has at most 3 digits")
    first17 = f"{SAMPLE_REGION}000019001300{serial:03d}"
    return first17 + id_check_character(first17)
