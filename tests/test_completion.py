"""What 补全 proposes from a plan row's own words, and what a 人员表 may say."""

import pytest

from models import completion
from models.act import Refused
from models.judge import read_roles
from models.people import Unit
from models.plan import stratum_quota

UNITS = [
    Unit(id=n, name=name)
    for n, name in enumerate(("示例市工信局", "安全生产处", "盐业处", "政策法规处", "示例甲县"), 1)
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("盐业处", ["盐业处"]),
        ("盐业处、政策法规处", ["盐业处", "政策法规处"]),
        ("盐业处\n政策法规处（牵头）", ["盐业处", "政策法规处"]),
        ("市工信局盐业处", ["盐业处"]),
        ("甲县", ["示例甲县"]),
        ("无", []),
        ("", []),
        ("市场监管局", []),
        ("盐业处，盐业处", ["盐业处"]),
    ],
)
def test_units_are_found_by_their_name_in_the_cell(text: str, meant: list[str]) -> None:
    assert [unit.name for unit in completion.named(text, UNITS)] == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("全市民爆企业", ["民爆企业"]),
        ("食盐企业、民爆企业", ["民爆企业", "食盐企业"]),
        ("全市 民爆\n企业", ["民爆企业"]),
        ("民爆", ["民爆企业"]),
        ("", []),
        ("无线电台站", []),
    ],
)
def test_kinds_and_items_are_found_where_the_cell_mentions_them(text: str, meant: list[str]) -> None:
    assert completion.mentioned(text, ["民爆企业", "食盐企业"]) == meant


@pytest.mark.parametrize(
    ("text", "stored"),
    [("5%", "1/20"), ("不少于5%", "1/20"), ("20户", "20"), ("10% (20户)", "1/10"), ("3%；2次/年", "3/100")],
)
def test_a_written_ratio_is_kept_exactly_and_read_back(text: str, stored: str) -> None:
    found = completion.quota(text)
    assert found is not None
    assert completion.stored(found) == stored
    assert stratum_quota(stored) == found


@pytest.mark.parametrize("text", ["年度监管任务的5%", "=1", "1次/年", "", "若干", "0%", "5"])
def test_what_is_no_ratio_of_the_register_must_be_asked_for(text: str) -> None:
    assert completion.quota(text) is None


def test_a_period_that_cannot_be_read_is_refused_with_how_to_write_it() -> None:
    with pytest.raises(Refused, match="2026年3月至11月"):
        completion.days("待定", 2026)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("工作人员、复核人", ["reviewer", "staff"]),
        ("管理员，工作人员", ["admin", "staff"]),
        ("检查人员\n联络员", ["inspector", "liaison"]),
        ("领导/专家", ["expert", "leader"]),
        ("见证人", []),
        ("见证人、工作人员", ["staff"]),
        ("工作人员、工作人员", ["staff"]),
    ],
)
def test_roles_are_read_as_offices_join_them(text: str, roles: list[str]) -> None:
    assert read_roles(text) == roles


@pytest.mark.parametrize("text", ["局长", "工作人员、科长", "", "、"])
def test_an_unknown_role_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="管理员、工作人员、检查人员"):
        read_roles(text)


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("240，2026年度监管任务清单", 240, "2026年度监管任务清单"),
        ("240 2026年度监管任务清单", 240, "2026年度监管任务清单"),
        ("共1,200户；台账", 1200, "台账"),
        (" 36 户，见任务书\n第三条", 36, "见任务书\n第三条"),
    ],
)
def test_a_base_is_a_number_with_its_reason(text: str, number: int, reason: str) -> None:
    assert completion.base(text) == (number, reason)


@pytest.mark.parametrize("text", ["240", "任务清单", "0，台账", "", "240，", "二百四十，台账"])
def test_a_base_without_a_number_or_without_a_reason_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="先写数目，再写依据"):
        completion.base(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2020年度全市民爆企业", "2026年度全市民爆企业", True),
        ("全市 民爆\n企业", "全市民爆企业", True),
        ("监督检查科（牵头）", "监督检查科(牵头)", True),
        ("全市民爆企业", "全市食盐企业", False),
    ],
)
def test_the_same_wording_is_known_again_in_another_year(one: str, other: str, same: bool) -> None:
    assert (completion.same_wording(one) == completion.same_wording(other)) is same
