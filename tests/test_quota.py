"""How many are taken, and what offices mean by the ratios in their plans."""

import time
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.quota import PlanRatio, Quota, parse_exact, parse_ratio, percent


@pytest.mark.parametrize(
    ("ratio", "n", "taken"),
    [
        ("7%", 100, 7),  # 100 × 0.07 is 7.000000000000001 in floating point, and its ceiling 8
        ("5%", 1, 1),
        ("5%", 20, 1),
        ("5%", 21, 2),
        ("2.5%", 1000, 25),
        ("1/50", 812, 17),
        ("100%", 9, 9),
        ("0.1%", 0, 0),
        ("1/3", 10, 4),
    ],
)
def test_a_ratio_is_exact(ratio: str, n: int, taken: int) -> None:
    assert Quota(ratio=parse_exact(ratio)).of(n) == taken


def test_a_count_is_capped_by_the_pool() -> None:
    assert [Quota(count=9).of(n) for n in (0, 3, 9, 100)] == [0, 3, 9, 9]


@settings(deadline=None)
@given(st.fractions(min_value=0, max_value=1).filter(bool), st.integers(0, 10**9))
def test_a_ratio_is_the_ceiling_of_the_exact_product(ratio: Fraction, n: int) -> None:
    taken = Quota(ratio=ratio).of(n)
    assert taken == ceil(ratio * n)
    assert (taken >= 1) == (n > 0) and taken <= n


@pytest.mark.parametrize(
    "given", [{"count": 0}, {"ratio": Fraction(0)}, {"ratio": Fraction(11, 10)}, {"count": -1}, {}]
)
def test_a_quota_that_takes_nothing_or_too_much_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"。$"):
        Quota(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "0.05", "5", "5％", "0%", "0/5", "6/5", "101%", "1/0", "-5%", "5 %", "五%", "1e1%", "1/2/3", "%", "9" * 40],
)
def test_programs_write_ratios_exactly(text: str) -> None:
    with pytest.raises(ValueError, match=r"。$"):
        parse_exact(text)


FIVE = Quota(ratio=Fraction(1, 20))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("5%", PlanRatio(FIVE, "register", False, None, "5%")),
        (" ５％ ", PlanRatio(FIVE, "register", False, None, "５％")),
        ("不少于5%", PlanRatio(FIVE, "register", True, None, "不少于5%")),
        ("不低于 5 %", PlanRatio(FIVE, "register", True, None, "不低于 5 %")),
        ("5%以上", PlanRatio(FIVE, "register", True, None, "5%以上")),
        ("达到5%及以上", PlanRatio(FIVE, "register", True, None, "达到5%及以上")),
        (">=5%", PlanRatio(FIVE, "register", True, None, ">=5%")),
        ("年度监管任务的5%", PlanRatio(FIVE, "typed", False, None, "年度监管任务的5%")),
        ("不少于年度监管任务的5%", PlanRatio(FIVE, "typed", True, None, "不少于年度监管任务的5%")),
        ("检查对象总数的5%", PlanRatio(FIVE, "register", False, None, "检查对象总数的5%")),
        ("10% (20户)", PlanRatio(Quota(ratio=Fraction(1, 10)), "register", False, None, "10% (20户)", 20)),
        ("10%（约20家）", PlanRatio(Quota(ratio=Fraction(1, 10)), "register", False, None, "10%（约20家）", 20)),
        ("1户", PlanRatio(Quota(count=1), "register", False, None, "1户")),
        ("不少于３家企业", PlanRatio(Quota(count=3), "register", True, None, "不少于３家企业")),
        ("3%；2次/年", PlanRatio(Quota(ratio=Fraction(3, 100)), "register", False, 2, "3%；2次/年")),
        ("15%;1次/年", PlanRatio(Quota(ratio=Fraction(3, 20)), "register", False, 1, "15%;1次/年")),
        ("每年2次，3%", PlanRatio(Quota(ratio=Fraction(3, 100)), "register", False, 2, "每年2次，3%")),
        ("1次/年", PlanRatio(None, "register", False, 1, "1次/年")),
        ("=1", PlanRatio(None, "register", False, 1, "=1")),
        (">=1", PlanRatio(None, "register", True, 1, ">=1")),
        ("＞＝１", PlanRatio(None, "register", True, 1, "＞＝１")),
        ("2.5%", PlanRatio(Quota(ratio=Fraction(1, 40)), "register", False, None, "2.5%")),
        ("5‰", PlanRatio(Quota(ratio=Fraction(1, 200)), "register", False, None, "5‰")),
        ("百分之五", PlanRatio(FIVE, "register", False, None, "百分之五")),
        ("百分之二点五", PlanRatio(Quota(ratio=Fraction(1, 40)), "register", False, None, "百分之二点五")),
        ("百分之二十", PlanRatio(Quota(ratio=Fraction(1, 5)), "register", False, None, "百分之二十")),
        ("1/20", PlanRatio(FIVE, "register", False, None, "1/20")),
        ("全覆盖", PlanRatio(Quota(ratio=Fraction(1)), "register", False, None, "全覆盖")),
        ("100%", PlanRatio(Quota(ratio=Fraction(1)), "register", False, None, "100%")),
    ],
)
def test_a_plan_cell_is_read_as_offices_mean_it(text: str, meant: PlanRatio) -> None:
    assert parse_ratio(text) == meant


def said(text: str) -> tuple[str | None, int | None, dict[str, str], tuple[int | None, int | None], tuple[str, ...]]:
    """What a cell means in short: quota, times a year, parts, bounds in entities, what is left to be asked."""
    found = parse_ratio(text)
    parts = {name: each.text for name, each in found.parts}
    return found.quota and found.quota.text, found.times_per_year, parts, (found.least, found.most), found.rest


NO_BOUND = (None, None)
# What each must mean: quota, times a year, parts with a ratio of their own, bounds, what is kept and asked.
MEANT = [
    ("5%（重点企业100%）", "5%", None, {"重点企业": "100%"}, NO_BOUND, ()),
    ("5%（重点企业100%，投诉举报多的20%）", "5%", None, {"重点企业": "100%", "投诉举报多": "20%"}, NO_BOUND, ()),
    ("5%，其中重点企业100%", "5%", None, {"重点企业": "100%"}, NO_BOUND, ()),
    ("一般3%、重点10%", "3%", None, {"重点": "10%"}, NO_BOUND, ()),
    ("重点企业全覆盖，其他企业不少于5%", "5%", None, {"重点企业": "100%"}, NO_BOUND, ()),
    ("对重点企业100%，其余5%", "5%", None, {"重点企业": "100%"}, NO_BOUND, ()),
    ("A级2%、B级5%、D级100%", None, None, {"A级": "2%", "B级": "5%", "D级": "100%"}, NO_BOUND, ()),
    ("A、B级5%，C、D级20%", None, None, {"A、B级": "5%", "C、D级": "20%"}, NO_BOUND, ()),
    ("重点企业100%", "100%", None, {}, NO_BOUND, ()),
    ("不低于3%", "3%", None, {}, NO_BOUND, ()),
    ("≥5%", "5%", None, {}, NO_BOUND, ()),
    ("超过5%", "5%", None, {}, NO_BOUND, ()),
    ("约5%", "5%", None, {}, NO_BOUND, ()),
    ("不超过5%", "5%", None, {}, NO_BOUND, ()),
    ("3‰", "0.3%", None, {}, NO_BOUND, ()),
    ("千分之三", "0.3%", None, {}, NO_BOUND, ()),
    ("百分之五", "5%", None, {}, NO_BOUND, ()),
    ("按5%比例", "5%", None, {}, NO_BOUND, ()),
    ("按5%的比例随机抽取", "5%", None, {}, NO_BOUND, ()),
    ("抽查比例5%", "5%", None, {}, NO_BOUND, ()),
    ("在册企业3%", "3%", None, {}, NO_BOUND, ()),
    ("不少于库内企业的5%", "5%", None, {}, NO_BOUND, ()),
    ("5%（含）以上", "5%", None, {}, NO_BOUND, ()),
    ("5户", "5户", None, {}, NO_BOUND, ()),
    ("不少于2家", "2户", None, {}, NO_BOUND, ()),
    ("两户", "2户", None, {}, NO_BOUND, ()),
    ("抽取10家企业", "10户", None, {}, NO_BOUND, ()),
    ("1户/月", "1户", 12, {}, NO_BOUND, ()),
    ("每季度5%", "5%", 4, {}, NO_BOUND, ()),
    ("5%/年", "5%", None, {}, NO_BOUND, ()),
    ("每季度1次", None, 4, {}, NO_BOUND, ()),
    ("每月1次", None, 12, {}, NO_BOUND, ()),
    ("一年两次", None, 2, {}, NO_BOUND, ()),
    ("1次/半年", None, 2, {}, NO_BOUND, ()),
    ("每两年一次", None, 1, {}, NO_BOUND, ()),
    ("全覆盖（每季度1次）", "100%", 4, {}, NO_BOUND, ()),
    ("100%全覆盖", "100%", None, {}, NO_BOUND, ()),
    ("5%，不少于3户", "5%", None, {}, (3, None), ()),
    ("5%（不少于3户）", "5%", None, {}, (3, None), ()),
    ("10%，最多20户", "10%", None, {}, (None, 20), ()),
    ("5%（不含上年已抽）", "5%", None, {}, NO_BOUND, ("不含上年已抽",)),
    ("5%（2025年为3%）", "5%", None, {}, NO_BOUND, ("2025年为3%",)),
    ("5%（10%）", "5%", None, {}, NO_BOUND, ("10%",)),
    ("5%，重点企业每年2次", "5%", None, {}, NO_BOUND, ("重点企业每年2次",)),
    ("5%，分两批", "5%", None, {}, NO_BOUND, ("分两批",)),
    ("20户，不少于5%", "20户", None, {}, NO_BOUND, ("不少于5%",)),
    ("1次/年/单位；上限2次/年/单位", None, 1, {}, NO_BOUND, ("上限2次/年/单位",)),
    ("100%；1次/年（全覆盖），2次/年（30%）", "100%", 1, {}, NO_BOUND, ("2次/年(30%)",)),
]


@pytest.mark.parametrize(("text", "quota", "times", "parts", "bounds", "rest"), MEANT)
def test_nothing_that_a_cell_says_in_numbers_is_lost(
    text: str,
    quota: str | None,
    times: int | None,
    parts: dict[str, str],
    bounds: tuple[int | None, int | None],
    rest: tuple[str, ...],
) -> None:
    assert said(text) == (quota, times, parts, bounds, rest)
    remarks = "；".join(parse_ratio(text).remarks)
    for word in (*parts, *rest):
        assert word in remarks
    assert all(f" {bound} 户" in remarks for bound in bounds if bound)


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("超过5%", "「超过5%」按 5% 理解"),
        ("约5%", "「约5%」按 5% 理解"),
        ("1户/月", "按每年 12 次、每次 1户 理解"),
        ("每两年一次", "按今年 1 次理解"),
        ("2次/月", "一年最多分 12 次抽取"),
        ("重点企业100%", "补全时请把范围选成这些对象"),
    ],
)
def test_how_a_cell_was_understood_is_said(text: str, remark: str) -> None:
    assert remark in "；".join(parse_ratio(text).remarks)


@pytest.mark.parametrize(
    ("text", "n", "taken"),
    [
        ("5%，不少于3户", 20, "3户"),
        ("5%，不少于3户", 100, "5%"),
        ("5%，不少于3户", 2, "3户"),
        ("10%，最多20户", 1000, "20户"),
        ("10%，最多20户", 50, "10%"),
        ("5%", 7, "5%"),
    ],
)
def test_a_bound_in_entities_weighs_once_the_register_is_known(text: str, n: int, taken: str) -> None:
    found = parse_ratio(text).of(n)
    assert found is not None and found.text == taken


@pytest.mark.parametrize("text", [None, "", "  ", "/", "—"])
def test_an_empty_cell_is_said_to_lack_its_ratio(text: str | None) -> None:
    with pytest.raises(ValueError, match="没有写抽查比例"):
        parse_ratio(text)


@pytest.mark.parametrize("text", ["0.05", "5", "20"])
def test_a_bare_number_is_asked_about(text: str) -> None:
    with pytest.raises(ValueError, match="没有写百分号或单位"):
        parse_ratio(text)


@pytest.mark.parametrize(
    "text",
    [
        "5%-10%",
        "3%～5%",
        "按需",
        "5%,6%",
        "百分之",
        "百分之十百",
        "0%",
        "101%",
        "0户",
        "的",
        "1/0",
        "9" * 30 + "%",
        "()%",
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_ratio(text)
    assert str(refusal.value).endswith("。") and "\n" not in str(refusal.value)


@settings(deadline=None)
@given(
    st.text(max_size=40)
    | st.from_regex(r"[不少于约0-9０%％.户次/年;；()（）的以上百分之=><一二十点]{1,12}", fullmatch=True)
)
def test_any_cell_gets_an_answer_or_a_sentence(text: str) -> None:
    try:
        found = parse_ratio(text)
    except ValueError as refusal:
        assert str(refusal).endswith("。")
    else:
        assert found.quota is not None or found.times_per_year is not None or found.parts


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(Fraction(1, 20), "5%"), (Fraction(1, 40), "2.5%"), (Fraction(1, 3), "1/3"), (Fraction(1), "100%")],
)
def test_a_ratio_is_shown_as_people_write_it(ratio: Fraction, shown: str) -> None:
    assert percent(ratio) == shown


@pytest.mark.parametrize(
    "text",
    ["抽查比例" * 200 + "5", "检查对象" * 300 + "5%x", "5%检查对象" + "检查对象" * 300 + "x", "全市企业" * 200 + "5"],
)
def test_no_cell_takes_long_to_be_refused(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ValueError, match="看不懂"):
        parse_ratio(text)
    assert time.perf_counter() - begun < 1
