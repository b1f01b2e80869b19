"""Strata of tags and classes: who belongs to which, in which order, which words mean which."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import codes, pool, strata
from models.entity import Entity
from models.quota import Quota
from models.words import DrawMode
from tests.test_profiles import Bureau, bureau

__all__ = ["bureau"]

REST = strata.REST
CLASSES = {"A": "信用风险低", "B": "信用风险一般", "D": "信用风险高"}
TAGS = ["重点", "投诉举报多", "经营异常", "投诉"]


@pytest.mark.parametrize(
    ("names", "risk_class", "tags", "own"),
    [
        (["重点", "投诉举报多", REST], "A", ["投诉举报多", "重点"], "重点"),
        (["投诉举报多", "重点", REST], "A", ["投诉举报多", "重点"], "投诉举报多"),
        (["重点", REST], "A", [], REST),
        (["D", "投诉举报多", REST], "D", ["投诉举报多"], "D"),
        (["投诉举报多", "D"], "D", ["投诉举报多"], "投诉举报多"),
        (["A", "B"], "D", ["重点"], None),
        ([REST], "A", ["黑名单"], REST),
    ],
)
def test_an_entity_belongs_to_the_first_stratum_that_fits(
    names: list[str], risk_class: str, tags: list[str], own: str | None
) -> None:
    assert strata.of(names, risk_class, tags) == own


@pytest.mark.parametrize(
    ("names", "order", "asked"),
    [
        (["D", "A", REST], [], ["A", "D", REST]),
        (["A", "黑名单", REST], [], ["黑名单", "A", REST]),
        (["重点", "投诉", REST], ["投诉", "重点"], ["投诉", "重点", REST]),
        (["重点", REST], ["走了", "重点", REST], ["重点", REST]),
    ],
)
def test_the_order_is_as_chosen_and_the_rest_comes_last(names: list[str], order: list[str], asked: list[str]) -> None:
    assert strata.ordered(names, order) == asked


def test_the_stricter_stratum_is_asked_first_unless_somebody_says_otherwise() -> None:
    rules = {"重点": Quota(ratio=Fraction(1)), "投诉": Quota(ratio=Fraction(1, 5)), "D": Quota(ratio=Fraction(1, 2))}
    order: list[str] = []
    known: dict[str, Quota] = {}
    for name in ("投诉", "重点", "D"):
        order = strata.put(known, order, name, rules[name])
        known[name] = rules[name]
    assert order == ["重点", "D", "投诉"]
    assert strata.put(known, order, "异常", Quota(count=5)) == [*order, "异常"]
    assert strata.put(known, order, "投诉", Quota(ratio=Fraction(1))) == order


@given(st.lists(st.sampled_from(["A", "B", "重点", "投诉", REST]), unique=True), st.text("AB", max_size=1), st.data())
def test_everybody_belongs_to_one_stratum_or_to_none(names: list[str], risk_class: str, data: st.DataObject) -> None:
    tags = data.draw(st.lists(st.sampled_from(["重点", "投诉", "别的"]), unique=True))
    asked = strata.ordered(names, data.draw(st.permutations(names)))
    own = strata.of(asked, risk_class, tags)
    fits = [name for name in names if name in (REST, risk_class) or name in tags]
    assert (own in fits) if fits else own is None
    assert own != REST or fits == [REST]


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("重点企业", ["重点"]),
        ("重点", ["重点"]),
        ("投诉举报多的市场主体", ["投诉举报多"]),
        ("列入经营异常名录的企业", ["经营异常"]),
        ("A级", ["A"]),
        ("A、B级", ["A", "B"]),
        ("A类", ["A"]),
        ("信用风险高的企业", ["D"]),
        ("社会关注度高", []),
        ("重点和投诉举报多的", []),
        ("食盐企业", []),
    ],
)
def test_a_plans_word_is_found_among_classes_and_tags_or_asked(word: str, names: list[str]) -> None:
    assert strata.meant(word, CLASSES, TAGS) == names


def test_what_was_said_of_a_word_goes_first() -> None:
    assert strata.meant("重点企业", CLASSES, TAGS, {"重点企业": "D、投诉"}) == ["D", "投诉"]
    assert strata.meant("重点企业", CLASSES, TAGS, {"重点企业": "没有了"}) == ["重点"]


def test_a_pool_is_frozen_with_strata_of_tags_and_classes(bureau: Bureau) -> None:
    with bureau.act() as act:
        for serial, (risk_class, tags) in enumerate(
            [("A", ["投诉举报多"]), ("D", ["投诉举报多"]), ("D", []), ("A", ["重点", "投诉举报多"])], start=2
        ):
            label = codes.make_credit_code(serial)
            act.session.add(Entity(label=label, name=f"示例{serial}公司", risk_class=risk_class, tags=tags))
    layers = {"重点": "1/1", "D": "1/2", "投诉举报多": "1", REST: "1/20"}
    assert bureau.complete(mode=DrawMode.REHEARSAL, strata=layers) == "ok"
    with bureau.act() as act:
        task = bureau.get(act.session)[0]
        task.strata_order = ["重点", "D", "投诉举报多"]
        frozen = pool.build(act, task, already=set())
    own = dict(frozen.pool)
    wanted = [REST, "投诉举报多", "D", "D", "重点"]
    assert own == {codes.make_credit_code(serial): name for serial, name in enumerate(wanted, start=1)}
    assert [(each.name, each.size, each.quota) for each in frozen.strata] == [
        ("重点", 1, 1),
        ("D", 2, 1),
        ("投诉举报多", 1, 1),
        (REST, 1, 1),
    ]


def test_who_fits_no_stratum_is_left_out_and_said_so(bureau: Bureau) -> None:
    assert bureau.complete(mode=DrawMode.REHEARSAL, strata={"重点": "1/1", "D": "1/2"}) == "ok"
    with bureau.act() as act:
        frozen = pool.build(act, bureau.get(act.session)[0], already=set())
        assert dict(frozen.reasons) == {pool.OUTSIDE: 1} and frozen.pool == ()
