"""Plans as real offices write them: every form of cell with the reading that is expected, through a whole file."""

import io
from datetime import date

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cells import Known
from models.judge import JUDGES, units_in
from models.quota import parse_ratio
from templates import columns, sheets, workbook
from tests.test_intake import plan_row

TODAY = Known(today=date(2026, 1, 5))


def judged(**cells: str) -> tuple[dict[str, object], list[str], list[str]]:
    """One plan row through a file: its values, the sentences of refusals, those of doubts."""
    table = sheets.read("a.xlsx", workbook.write_xlsx("plan", [plan_row(**cells)]))
    (each,) = JUDGES["plan"](table, TODAY)
    return each.values, [r.reason for r in each.refusals], [d.sentence for d in each.doubts]


def span(first: tuple[int, int, int], last: tuple[int, int, int]) -> tuple[date, date]:
    return date(*first), date(*last)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026年3月到10月", (2026, 3, 1), (2026, 10, 31)),
        ("3月至11月", (2026, 3, 1), (2026, 11, 30)),
        ("2026年3-11月", (2026, 3, 1), (2026, 11, 30)),
        ("2026年1月- 2026年11月", (2026, 1, 1), (2026, 11, 30)),
        ("2026年2月24日 -2026年11月30日", (2026, 2, 24), (2026, 11, 30)),
        ("1月—12月", (2026, 1, 1), (2026, 12, 31)),
        ("全年", (2026, 1, 1), (2026, 12, 31)),
        ("2026年度", (2026, 1, 1), (2026, 12, 31)),
        ("1月—12月（分两批）", (2026, 1, 1), (2026, 12, 31)),
        ("2026年\n3月-11月", (2026, 3, 1), (2026, 11, 30)),
        ("２０２６年３月～１１月", (2026, 3, 1), (2026, 11, 30)),
        ("3月初至11月底", (2026, 3, 1), (2026, 11, 30)),
        ("三月至十一月", (2026, 3, 1), (2026, 11, 30)),
        ("2026年3月1日至15日", (2026, 3, 1), (2026, 3, 15)),
        ("2026.3-2026.11", (2026, 3, 1), (2026, 11, 30)),
        ("2026/3/1-2026/11/30", (2026, 3, 1), (2026, 11, 30)),
        ("2026-03", (2026, 3, 1), (2026, 3, 31)),
        ("2026年11月-次年2月", (2026, 11, 1), (2027, 2, 28)),
        ("第三季度", (2026, 7, 1), (2026, 9, 30)),
        ("上半年", (2026, 1, 1), (2026, 6, 30)),
    ],
)
def test_periods(written: str, first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    values, refused, _ = judged(period_text=written)
    assert refused == []
    assert (values["starts"], values["ends"]) == span(first, last)


@pytest.mark.parametrize(
    ("written", "quota", "base", "times", "planned"),
    [
        ("5%", "5%", "register", None, None),
        ("5％", "5%", "register", None, None),
        ("不少于5%", "5%", "register", None, None),
        ("5%以上", "5%", "register", None, None),
        ("百分之五", "5%", "register", None, None),
        ("2.5%", "2.5%", "register", None, None),
        ("年度监管任务的5%", "5%", "typed", None, None),
        ("10% (20户)", "10%", "register", None, 20),
        ("10%（约20户）", "10%", "register", None, 20),
        ("1户", "1户", "register", None, None),
        ("20家", "20户", "register", None, None),
        ("3%；2次/年", "3%", "register", 2, None),
        ("100%；1次/年（全覆盖）", "100%", "register", 1, None),
        ("5%（不含上年已抽）", "5%", "register", None, None),
        ("=1", None, "register", 1, None),
        (">=1", None, "register", 1, None),
        ("≥1", None, "register", 1, None),
    ],
)
def test_ratios(written: str, quota: str | None, base: str, times: int | None, planned: int | None) -> None:
    values, refused, doubts = judged(ratio_text=written)
    assert refused == []
    assert values["ratio_text"] == written, "kept as written"
    read = parse_ratio(str(values["ratio_text"]))
    assert (read.quota and read.quota.text, read.base, read.times_per_year, read.planned) == (
        quota,
        base,
        times,
        planned,
    )
    assert any("补全时要填写" in doubt for doubt in doubts) == (quota is None or base == "typed")


@pytest.mark.parametrize(
    ("written", "units"),
    [
        ("监督检查科、监测站、综合科", ["监督检查科", "监测站", "综合科"]),
        ("监督检查科\n监测站", ["监督检查科", "监测站"]),
        ("监督检查科，监测站；综合科", ["监督检查科", "监测站", "综合科"]),
        ("监督检查科（牵头）、监测站", ["监督检查科", "监测站"]),
        ("无", []),
        ("—", []),
        ("/", []),
        ("", []),
    ],
)
def test_units(written: str, units: list[str]) -> None:
    values, refused, _ = judged(joint_text=written)
    assert refused == []
    assert units_in(str(values["joint_text"])) == units


@pytest.mark.parametrize(
    ("column", "written", "says"),
    [
        ("period_text", "随时", "抽查时间「随时」看不懂"),
        ("ratio_text", "5%-10%", "写了一个范围"),
        ("period_text", "11月至3月", "结束早于开始"),
        ("period_text", "46082", "变成了数字，可能是 2026-03-01"),
        ("ratio_text", "0.05", "没有写百分号或单位"),
        ("ratio_text", "按需", "看不懂"),
        ("ratio_text", "120%", "大于 0 且不超过 100%"),
        ("ratio_text", "", "没有写抽查比例"),
    ],
)
def test_what_has_no_reading_is_refused_with_what_to_write(column: str, written: str, says: str) -> None:
    _, refused, _ = judged(**{column: written})
    assert len(refused) == 1
    assert says in refused[0]
    assert "请" in refused[0] or "应当" in refused[0]


@pytest.mark.parametrize(
    ("column", "written", "says"),
    [
        ("period_text", "11月底前", "「11月底前」没有写从哪天开始，按 2026-01-01 至 2026-11-30 理解"),
        ("period_text", "适时", "「适时」没有写明起止时间，按 2026-01-01 至 2026-12-31 理解"),
        ("ratio_text", "5%（重点企业100%）", "另写了「重点企业 100%」，补全时请选定是哪些对象，单独抽取"),
        ("ratio_text", "5%，不少于3户", "另写了不少于 3 户"),
        ("ratio_text", "1户/月", "按每年 12 次、每次 1户 理解"),
    ],
)
def test_what_is_understood_is_taken_and_said(column: str, written: str, says: str) -> None:
    values, refused, doubts = judged(**{column: written})
    assert refused == []
    assert values[column] == written, "kept as written"
    assert any(says in doubt for doubt in doubts)


def test_a_row_without_a_year_takes_the_one_that_the_others_name() -> None:
    without = {"plan_no": "7", "plan_name": "盐业抽查", "name": "盐业抽查", "period_text": "11月底前"}
    table = sheets.read("a.xlsx", workbook.write_xlsx("plan", [plan_row(), plan_row(**without)]))
    first, second = JUDGES["plan"](table, TODAY)
    assert first.values["year"] == second.values["year"] == 2026
    assert not second.refusals and second.values["ends"] == date(2026, 11, 30)


HEADERS = {each.name: (each.title, *each.synonyms) for each in columns.PLAN}


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_columns_in_any_order_number_and_wording(data: st.DataObject) -> None:
    """Whatever columns beside the two that make a plan, in whatever order and of whatever usual wording."""
    more = data.draw(
        st.lists(st.sampled_from([n for n in HEADERS if n not in ("ratio_text", "period_text")]), unique=True)
    )
    names = data.draw(st.permutations(["ratio_text", "period_text", *more]))
    titles = [data.draw(st.sampled_from(HEADERS[name])) for name in names]
    if len({columns.folded(title) for title in titles}) < len(titles):
        return  # one word for two columns: no office writes that
    spaced = [data.draw(st.sampled_from([title, f" {title} ", "\n".join(title), f"{title}（注）"])) for title in titles]
    row = plan_row()
    lines = [spaced, [row[name] for name in names]]
    above = data.draw(st.sampled_from([[], [["某局2026年度抽查计划"]], [["附件1"], ["某局计划", "", ""]]]))
    made = docx.Document()
    table = made.add_table(rows=0, cols=len(names))
    for line in (*above, *lines):
        cells = table.add_row().cells
        for cell, text in zip(cells, [*line, *[""] * len(names)], strict=False):
            cell.text = text
    out = io.BytesIO()
    made.save(out)
    found = sheets.read("a.docx", out.getvalue(), "plan")
    assert {name: found.rows[0].get(name) for name in names} == {name: row[name] for name in names}
