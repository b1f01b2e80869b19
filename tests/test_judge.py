"""What single cells of a list or a register mean, as offices write them, and what is refused in which words."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models import cells, codes, judge
from models.cells import Judged, Known
from models.rows import Row, Table

CODE = [codes.make_credit_code(n) for n in range(200, 210)]
KNOWN = Known(
    today=date(2026, 3, 10),
    classes={"A": "低", "B": "中", "C": "中高", "D": "高"},
    units={"盐业处": 1, "某局": 2},
    own_unit=2,
    entities={CODE[0]: (1, "示例甲公司")},
    inspectors={"990000001": (1, "示例一"), "990000002": (2, "示例二")},
)
# A row of each kind that is taken as it stands.
GOOD = {
    "entity": {"label": CODE[0], "name": "示例甲公司"},
    "inspector": {"label": "990000003", "name": "示例三", "unit": "盐业处", "valid_until": "2028-12-31"},
    "item": {"code": "X1", "name": "示例事项", "basis": "某条例第二条"},
    "expert": {"label": "Z001", "name": "示例专家", "field": "民爆"},
    "recusal": {"entity": CODE[0], "inspector": "990000001", "reason": "近亲属"},
    "holidays": {"day": "2027-01-01", "working": "放假", "source": "某通知"},
}


def judged(kind: str, **cells: str) -> Judged:
    """A good row with some cells of its own, judged."""
    row = GOOD[kind] | cells
    return judge.JUDGES[kind](Table(kind, {name: name for name in row}, [Row(2, row)]), KNOWN)[0]


TAKEN = [
    # A code's own form.
    ("entity", "label", f"'{CODE[1]}", CODE[1]),
    ("entity", "label", f"’{CODE[1].lower()}", CODE[1]),
    ("entity", "register_no", "档-007", CODE[0]),
    # States, as registers of enterprises and of other offices have them.
    *(
        ("entity", "state", text, "active")
        for text in (
            "", "存续", "存续(在营)", "存续（在营、开业、在册）", "在营（开业）企业", "在业（正常）", "正常经营",
            "营业中", "开业", "—", "登记成立", "有效", "正常 经营", "存续企业",
        )
    ),
    *(("entity", "state", text, "suspended") for text in ("停业", "歇业", "停产停业", "暂停营业", "关停")),
    *(("entity", "state", text, "revoked") for text in ("吊销", "吊销，未注销", "吊销企业", "已吊销")),
    *(("entity", "state", text, "closed") for text in ("注销", "注销企业", "已注销", "吊销，已注销", "吊销后注销")),
    *(("entity", "state", text, "moved") for text in ("迁出", "已迁出", "迁出企业", "迁往异地")),
    # Risk classes by code and by label.
    *(("entity", "risk_class", text, "A") for text in ("A", "a", "Ａ级", "A类", "低", "低风险", "低风险等级")),
    *(("entity", "risk_class", text, "") for text in ("", "—", "/", "无", "未评级", "未分类")),
    ("entity", "risk_class", "中高风险", "C"),
    ("entity", "as_of", "2026.3.1", date(2026, 3, 1)),
    ("entity", "as_of", "20260301", date(2026, 3, 1)),
    ("entity", "as_of", "2026/3/1 10:00", date(2026, 3, 1)),
    ("entity", "as_of", "2026-3-1 12:30:00", date(2026, 3, 1)),
    ("entity", "as_of", "2026-03-01T00:00:00", date(2026, 3, 1)),
    ("entity", "as_of", "2026/3/11 0:00", date(2026, 3, 11)),
    ("entity", "as_of", "２０２６年３月１日", date(2026, 3, 1)),
    # Certificates.
    ("inspector", "label", "'990000009", "990000009"),
    ("inspector", "label", "jc-0001", "JC-0001"),
    ("inspector", "label", "冀A-12345", "冀A-12345"),
    ("inspector", "label", "豫 Ｒ１２３４-５６７", "豫R1234-567"),
    ("inspector", "valid_until", "2028年12月31日", date(2028, 12, 31)),
    ("inspector", "valid_until", "2023-01-01至2028-12-31", date(2028, 12, 31)),
    ("inspector", "valid_until", "2023.1.1—2028.12.31", date(2028, 12, 31)),
    ("inspector", "valid_until", "2023年1月1日-2028年12月31日", date(2028, 12, 31)),
    ("inspector", "valid_until", "2023-01-01 - 2028-12-31", date(2028, 12, 31)),
    ("inspector", "valid_until", "至2028年12月31日止", date(2028, 12, 31)),
    ("inspector", "valid_until", "长期", date.max),
    ("inspector", "away_from", "—", None),
    ("inspector", "unit_id", "", 1),
    *(
        ("inspector", "state", text, "active")
        for text in ("", "在岗", "在编在岗", "在职在编", "在岗（在编）", "有效", "/")
    ),
    *(("inspector", "state", text, "left") for text in ("离岗", "已退休", "调离", "失效", "注销", "不在岗")),
    ("inspector", "sex", "男性", "男"),
    ("item", "category", "重点检查事项", "重点"),
    ("item", "category", "一般事项", "一般"),
    ("item", "published_on", "—", None),
    ("expert", "valid_until", "2024年1月1日至2027年12月31日", date(2027, 12, 31)),
    *(("expert", "active", text, True) for text in ("在库", "在聘", "聘任中")),
    ("holidays", "working", "休息", False),
    ("holidays", "working", "补班", True),
    ("holidays", "day", "2027年1月1日", date(2027, 1, 1)),
]  # fmt: skip
# Where the value has another name than the column.
_COLUMN = {"unit_id": "unit", "active": "state"}


@pytest.mark.parametrize(("kind", "name", "text", "value"), TAKEN)
def test_what_a_cell_means(kind: str, name: str, text: str, value: Any) -> None:
    cells = {_COLUMN.get(name, name): text} if text or name != "unit_id" else {"unit": "盐 业 处"}
    found = judged(kind, **cells)
    assert found.refusals == []
    assert found.values.get("label" if name == "register_no" else name) == value


REFUSED = [
    ("entity", "label", "9.113E+17", "科学计数法"),
    ("entity", "label", "", "没有统一社会信用代码，也没有名录库编号"),
    ("entity", "label", "无", "没有统一社会信用代码，也没有名录库编号"),
    ("entity", "label", "/", "没有统一社会信用代码，也没有名录库编号"),
    ("entity", "label", "130300000012345", "15 位的是旧注册号"),
    ("entity", "label", "00000001-X", "9 位的是组织机构代码"),
    ("entity", "label", CODE[1].replace("0", "O", 1), f"可能是「{CODE[1]}」"),
    ("entity", "name", "—", "没有检查对象名称"),
    ("entity", "state", "查无下落", "状态「查无下落」看不懂"),
    ("entity", "risk_class", "E", "不在本单位的等级（A、B、C、D）之中"),
    ("entity", "as_of", "46082", "变成了数字，可能是 2026-03-01"),
    ("entity", "as_of", "2026-02-30", "不存在"),
    ("inspector", "label", "无", "没有执法证号"),
    ("inspector", "label", "11010519491231002X", "像是身份证号码"),
    ("inspector", "label", "9.9E+08", "科学计数法"),
    ("inspector", "label", "执法证", "应当是 5 至 30 位"),
    ("inspector", "valid_until", "/", "没有写证件有效期"),
    ("inspector", "valid_until", "2028-12-31至2023-01-01", "起止颠倒"),
    ("inspector", "unit", "不存在科", "没有名为「不存在科」的单位"),
    ("item", "basis", "无", "没有抽查依据"),
    ("item", "basis", "——", "没有抽查依据"),
    ("item", "basis", "暂无", "没有抽查依据"),
    ("item", "name", "", "没有抽查事项名称"),
    ("recusal", "reason", "/", "没有写回避原因"),
    ("recusal", "entity", CODE[5], "检查对象名录库里没有"),
    ("holidays", "day", "2027.2.30", "不存在"),
    ("holidays", "day", "46388", "变成了数字，可能是 2027-01-01"),
    ("holidays", "day", "1月1日", "没有写年份"),
]


@pytest.mark.parametrize(("kind", "name", "text", "says"), REFUSED)
def test_what_is_refused_and_why(kind: str, name: str, text: str, says: str) -> None:
    (refusal,) = judged(kind, **{name: text}).refusals
    assert says in refusal.reason
    assert "请" in refusal.reason or "不得" in refusal.reason
    assert refusal.reason.endswith("。")


def test_an_id_number_in_the_wrong_column_is_never_repeated() -> None:
    (refusal,) = judged("inspector", label="11010519491231002X").refusals
    assert "1949" not in refusal.value + refusal.reason


def test_an_odd_sex_is_taken_and_said() -> None:
    found = judged("inspector", sex="M")
    assert not found.refusals
    assert [doubt.sentence for doubt in found.doubts] == ["性别「M」不是男，也不是女"]


@pytest.mark.parametrize(
    "team",
    [
        "示例一、示例二",
        "示例一（组长）、示例二（组员）",
        "组长：示例一\n组员：示例二",
        "示例一(990000001)；示例二（990000002）",
        "示例一 示例二",
        "示例二/示例一",
    ],
)
def test_a_team_as_platforms_write_it(team: str) -> None:
    row = {"entity": CODE[0], "inspectors": team}
    known = replace(KNOWN, task_id=1)
    (found,) = judge.JUDGES["platform"](Table("platform", {name: name for name in row}, [Row(2, row)]), known)
    assert found.refusals == []
    assert found.values["people"] == ["990000001", "990000002"]


@pytest.mark.parametrize(
    "text",
    ["2026/3/1 10:00", "2026年3月1日 08:30:00", "2026年3月1日08:30", "2026-03-01T00:00:00.000", "2026.3.1 下午3:00"],
)
def test_a_time_of_day_is_no_part_of_the_day(text: str) -> None:
    assert cells.read_date(text) == date(2026, 3, 1)


def test_a_day_that_runs_into_a_time_is_no_day() -> None:
    with pytest.raises(ValueError, match="看不懂"):
        cells.read_date("2026/3/110:00")
