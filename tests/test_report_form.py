"""The figures of the report forms: how typed ones are read, what is asked about, how they add up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.plausibility import doubts, unlike
from models.report_form import BY_NAME, FIGURES, NAMES, SHARES, Pair, added, figure_named, typed

ASKED = ("plan_changes", "trainings", "revisits")
pairs = st.fixed_dictionaries({name: st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)) for name in NAMES})


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("5 3 2", ASKED, {"plan_changes": (5, None), "trainings": (3, None), "revisits": (2, None)}),
        ("５，３，２", ASKED, {"plan_changes": (5, None), "trainings": (3, None), "revisits": (2, None)}),
        ("5/12 3/9 0", ASKED, {"plan_changes": (5, 12), "trainings": (3, 9), "revisits": (0, None)}),
        ("7", ("checked",), {"checked": (7, None)}),
        ("检查户数 5", (), {"checked": (5, None)}),
        ("检查户数：5，培训 2 次", (), {"checked": (5, None), "trainings": (2, None)}),
        ("已公示户数=18/40", (), {"published": (18, 40)}),
        ("抽查任务数 3 累计 12", (), {"tasks": (3, 12)}),
        ("其中联合 1", (), {"joint_tasks": (1, None)}),
        ("联合户数 0", (), {"joint_entities": (0, None)}),
        ("出动 12\n回访 1", (), {"person_times": (12, None), "revisits": (1, None)}),
    ],
)
def test_figures_are_read_as_people_type_them(text: str, asked: tuple[str, ...], found: dict[str, Pair]) -> None:
    assert typed(text, asked) == found


@pytest.mark.parametrize(
    ("text", "asked", "sentence"),
    [
        ("", ASKED, "没有读到数字"),
        ("马上发", ASKED, "没有读到数字"),
        ("5 3", ASKED, "待补的有 3 项（计划调整次数、培训次数、回访户数），收到 2 个数"),
        ("5", (), "没有待补的项目"),
        ("-5 3 2", ASKED, "不小于 0 的整数"),
        ("检查户数 5.5", (), "不小于 0 的整数"),
        ("检查户数 5 检查户数 6", (), "写了两次"),
        ("罚款金额 5", (), "没有「罚款金额」这一项"),
        ("联合 5", (), "是不是：联合抽查任务数、联合抽查户数"),
        ("检查户数 99999999999", (), "数字太大"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(text: str, asked: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        typed(text, asked)


def test_every_figure_is_known_by_its_own_label() -> None:
    assert [figure_named(figure.label) for figure in FIGURES] == list(FIGURES)
    assert [figure_named(f"其中：{figure.label}（{figure.unit}）") for figure in FIGURES] == list(FIGURES)
    assert len({word for figure in FIGURES for word in (figure.label, *figure.words)}) == sum(
        1 + len(figure.words) for figure in FIGURES
    )


def plain(**changed: Pair) -> dict[str, Pair]:
    """A report without anything odd, but for what is changed."""
    return dict.fromkeys(NAMES, (2, 4)) | {"unpublished_late": (0, 0), "backfill_late": (0, 0)} | changed


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, None),
        ({"joint_tasks": (2, 4)}, None),
        ({"joint_tasks": (3, 4)}, "本期联合抽查任务数 3 多于抽查任务数 2。"),
        ({"joint_entities": (2, 5)}, "累计联合抽查户数 5 多于抽查户数 4。"),
        ({"checked": (3, 4)}, None),  # some of last month's: only the year must not exceed
        ({"checked": (2, 5), "due": (2, 4)}, "累计已检查户数 5 多于应检查户数 4。"),
        ({"published": (2, 5)}, "累计已公示户数 5 多于已录入户数 4。"),
        ({"rectified": (2, 5)}, "累计已整改销号 5 多于责令改正 4。"),
        ({"trainings": (5, 4)}, "培训次数本期 5 多于累计 4。"),
        ({"unpublished_late": (1, 1)}, "超期未公示 1 户，多于已录入而未公示的 0 户。"),
        ({"backfill_late": (1, 1)}, "后续处置超期 1 项，多于应回填而未回填的 0 项。"),
        ({"trainings": (None, None)}, None),
    ],
)
def test_parts_and_wholes(changed: dict[str, Pair], sentence: str | None) -> None:
    assert doubts(plain(**changed)) == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    ("pair", "before", "sentence"),
    [
        ((2, 4), (2, 2), None),
        ((2, 5), (2, 2), "培训次数累计 5，而上期累计 2 加本期 2 是 4。"),
        ((2, 3), (2, 2), "培训次数累计 3，而上期累计 2 加本期 2 是 4。"),
        ((40, 52), (12, 12), "培训次数本期 40，上期 12，相差较大。"),
        ((36, 48), (12, 12), None),
        ((0, 12), (12, 12), "培训次数本期 0，上期 12，相差较大。"),
        ((9, 9), (0, 0), None),
        ((10, 10), (0, 0), "培训次数本期 10，上期 0，相差较大。"),
    ],
)
def test_unlike_the_last_report(pair: Pair, before: Pair, sentence: str | None) -> None:
    assert doubts({"trainings": pair}, {"trainings": before}) == ([sentence] if sentence else [])


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_jump_is_one_in_both_directions(a: int, b: int) -> None:
    assert unlike(FIGURES[0], a, b) == unlike(FIGURES[0], b, a)


@given(st.lists(pairs, max_size=6))
def test_the_sum_is_the_sum(reports: list[dict[str, Pair]]) -> None:
    whole = added(reports)
    for name in NAMES:
        assert whole[name] == tuple(sum((each[name][at] or 0) for each in reports) for at in (0, 1))


@given(st.lists(pairs, min_size=1, max_size=5), st.integers(0, 5))
def test_sums_of_parts_are_the_sum_of_all(reports: list[dict[str, Pair]], cut: int) -> None:
    assert added([added(reports[:cut]), added(reports[cut:])]) == added(reports)


@given(pairs)
def test_shares_are_exact(values: dict[str, Pair]) -> None:
    for each in SHARES:
        part, whole = values[each.part][0] or 0, values[each.whole][0] or 0
        assert each.of(values, 0) == (Fraction(part, whole) if whole else None)


def test_what_is_part_of_what_has_a_name() -> None:
    assert all(each in BY_NAME for figure in FIGURES for each in (figure.within, figure.after) if each)
