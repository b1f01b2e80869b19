"""The five profiles: what their documents say, where they differ, and how a wrong value is refused."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from models.duty import due_after
from models.holidays import calendar
from models.policy import DueRule, Policy, PolicyError
from templates.policies import FOLDER, ProfileError, load, names
from tests import parts

HEBEI, QINHUANGDAO, XIPING, TANGSHAN, SHIJIAZHUANG = (
    "hebei-gxt-2020",
    "qinhuangdao-2022",
    "xiping-2020",
    "tangshan-gaoxin-2017",
    "sjz-yingji-2024",
)
ALL = (HEBEI, QINHUANGDAO, XIPING, TANGSHAN, SHIJIAZHUANG)


def test_five_profiles_ship_and_load() -> None:
    assert names() == tuple(sorted(ALL))
    for name in ALL:
        assert load(name).name == name


# --- where they differ -----------------------------------------------------------------------------------------------

# What is asked of a policy, and the answer of each profile in the order of ALL.
DIFFERENCES: list[tuple[str, Callable[[Policy], Any], tuple[Any, ...]]] = [
    (
        "document",
        lambda p: p.source.number,
        ("〔2020〕42号", "秦双随机办〔2022〕1号", "西科工〔2020〕60号", "", "石应急〔2024〕20号"),
    ),
    ("letter code", lambda p: p.office.letter_code, ("", "秦双随机办", "西科工", "", "石应急")),
    ("where a task is drawn", lambda p: p.draw_mode, ("bot", "platform", "platform", "bot", "platform")),
    ("may the bot draw", lambda p: p.bot_draw, ("allowed", "with_reason", "with_reason", "allowed", "refused")),
    ("backfill", lambda p: p.backfill_days, (None, 5, 5, None, 5)),
    ("joint tasks", lambda p: at_least(p, "joint_tasks"), (None, "1/5", None, None, "1")),
    ("joint entities", lambda p: at_least(p, "joint_entities"), (None, "1/10", None, None, "1")),
    ("credit risk", lambda p: at_least(p, "credit_risk"), (None, "4/5", None, None, "9/10")),
    ("credit risk of whom", lambda p: per(p, "credit_risk"), (None, "office", None, None, "unit")),
    ("published", lambda p: at_least(p, "published"), ("1",) * 5),
    ("classes", lambda p: "".join(c.code for c in p.classes), ("ABCDE", "ABCD", "", "", "ABCD")),
    ("blacklist", lambda p: p.blacklist_ratio, (Fraction(1, 5), None, Fraction(1, 2), None, None)),
    ("experts", lambda p: p.expert_pool, (True, False, False, False, False)),
    ("anchor", lambda p: p.publication.anchor, ("visit_done", "visit_done", "task_done", "visit_done", "visit_done")),
    ("photos", lambda p: p.photo_required, (False, False, True, False, False)),
    ("conclusions of others", lambda p: p.external_conclusions, (False, False, False, True, False)),
    ("confirmation of the draw", lambda p: p.confirm_stage, (False, False, False, False, True)),
    ("revisits", lambda p: p.revisit_ratio, (None, Fraction(1, 20), None, None, None)),
    ("monthly report", lambda p: p.duty("monthly_report") is not None, (False, True, False, False, False)),
    ("ratio in the item list", lambda p: "ratio" in p.item_fields, (False, False, False, True, False)),
    ("listing", lambda p: p.followup("listing") is not None, (True, False, False, False, False)),
    ("guidance", lambda p: p.followup("guidance") is not None, (False, False, True, False, False)),
    ("closing down", lambda p: p.followup("close_down") is not None, (False, False, False, False, True)),
    (
        "where results are published",
        lambda p: p.publication.channels[0],
        (
            "厅门户网站",
            "官方网站",
            "门户网站",
            "高新区门户网站",
            "局门户网站",
        ),
    ),
    ("methods", lambda p: p.methods[0], ("实地检查", "实地检查", "实地巡查", "实地检查", "实地检查")),
    ("whose law it is", lambda p: "agency" in p.item_fields, (False, False, True, False, False)),
    ("who leads", lambda p: p.office.lead_unit[:4], ("政策法规", "", "", "“双随机", "综合执法")),
    ("criminal cases", lambda p: p.followup("judicial") is not None, (False, True, False, False, True)),
    ("credit record", lambda p: p.followup("credit_record") is not None, (False, True, True, False, True)),
    ("exposure", lambda p: p.followup("exposure") is not None, (False, False, False, False, True)),
    ("work plan published", lambda p: "work_plan" in p.publication.subjects, (False, True, False, False, True)),
]


def seed(number: int) -> str:
    """The text of one of the five documents."""
    [path] = (parts.SHARED / "seeds").glob(f"{number:03d}_*.txt")
    return path.read_text(encoding="utf-8")


def plain(text: str) -> str:
    """Without line breaks, blanks and emphasis; one comma for both kinds."""
    return re.sub(r"[\s*]", "", text).replace(",", "，")


def at_least(policy: Policy, code: str) -> str | None:
    target = policy.target(code)
    return str(target.at_least) if target else None


def per(policy: Policy, code: str) -> str | None:
    target = policy.target(code)
    return target.per if target else None


@pytest.mark.parametrize(("what", "asked", "answers"), DIFFERENCES, ids=[row[0] for row in DIFFERENCES])
def test_profiles_differ_where_their_clauses_do(
    what: str, asked: Callable[[Policy], Any], answers: tuple[Any, ...]
) -> None:
    assert tuple(asked(load(name)) for name in ALL) == answers


@pytest.mark.parametrize("name", ALL)
def test_every_profile_keeps_the_common_floor(name: str) -> None:
    policy = load(name)
    assert policy.team_size == 2
    assert policy.ratio_floor == Fraction(1, 20)
    assert policy.publication.days == 20
    assert policy.reminders.stages == (5, 3, 1, 0)
    assert (policy.reminders.leader_after, policy.reminders.hour) == (1, 9)
    assert (policy.throws.emoji, policy.throws.min_bits, policy.throws.min_witnesses) == ("🎰", 36, 2)
    assert policy.throws.substitute_bits == 12
    assert policy.substitute_throws
    assert not policy.group_shows_names
    assert not policy.public_shows_pool


@pytest.mark.parametrize("name", ALL)
def test_the_publication_duty_and_the_publication_setting_are_one(name: str) -> None:
    policy = load(name)
    duty = policy.duty("publication")
    assert duty is not None
    assert (duty.rule.days, duty.rule.after) == (policy.publication.days, policy.publication.anchor)


def test_the_reports_of_qinhuangdao() -> None:
    policy = load(QINHUANGDAO)
    limits = {
        duty.code: [f"{limit:%m-%d}" for _, limit in duty.rule.limits(2022)]
        for duty in policy.duties
        if duty.who == "liaison"
    }
    assert limits == {
        "monthly_report": [f"{month:02d}-20" for month in range(1, 13)],
        "summary_report": ["04-02", "07-02", "10-09", "12-20"],
        "work_plan": ["02-15"],
        "platform_setup": ["03-31"],
    }


def test_results_of_xiping_are_due_20_working_days_after_the_end_of_the_task() -> None:
    policy = load(XIPING)
    duty = policy.duty("publication")
    assert duty is not None
    assert duty.rule.after == "task_done"
    assert str(due_after(duty.rule, date(2022, 9, 16), calendar())) == "2022-10-19"


def test_risk_classes_of_qinhuangdao() -> None:
    found = {c.code: (c.ratio, c.yearly_cap) for c in load(QINHUANGDAO).classes}
    assert found == {"A": (Fraction(1, 50), 1), "B": (Fraction(1, 20), 1), "C": (Fraction(1, 10), 2), "D": (1, 4)}


# --- every value has its reason --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_each_value_has_a_clause_or_says_that_it_is_assumed(name: str) -> None:
    policy = load(name)
    assert len(policy.origins) >= 50
    for path, origin in policy.origins.items():
        assert origin.clause or origin.assumed, path
        assert bool(origin.clause) == bool(policy.clause(path))
        assert policy.assumed(path) == origin.assumed


@pytest.mark.needs("shared")
@pytest.mark.parametrize(("number", "name"), list(enumerate(ALL)))
def test_each_clause_is_quoted_from_its_document_word_for_word(number: int, name: str) -> None:
    document = plain(seed(number))
    for path, origin in load(name).origins.items():
        for piece in origin.clause.split("……"):
            assert plain(piece) in document, path


def test_a_clause_is_shown_with_document_and_place() -> None:
    policy = load(SHIJIAZHUANG)
    assert (
        policy.clause("draw_mode") == "石应急〔2024〕20号 二、(三)：“组织实施随机抽查时，要在双随机监管工作平台上进行”"
    )
    assert policy.clause("throws.emoji") == ""
    assert policy.assumed("throws.emoji")
    assert load(XIPING).assumed("team_size") is None
    assert "至少应由2名" in load(XIPING).clause("team_size")
    assert load(TANGSHAN).clause("methods").startswith("《“双随机、一公开”监管工作实施方案》")
    with pytest.raises(KeyError):
        policy.clause("no_such_value")


def test_the_source_is_named_with_its_date_where_it_has_one() -> None:
    assert str(load(QINHUANGDAO).source) == "秦双随机办〔2022〕1号（2022年1月20日）"
    assert str(load(SHIJIAZHUANG).source) == "石应急〔2024〕20号"
    assert str(load(TANGSHAN).source) == "《“双随机、一公开”监管工作实施方案》（2017年2月27日）"


# --- a wrong value ---------------------------------------------------------------------------------------------------


def spoilt(tmp_path: Path, old: str, new: str, source: str = QINHUANGDAO) -> tuple[ProfileError, list[str]]:
    """Load a copy of a profile in which one passage was changed; the refusal and the copy's lines."""
    text = (FOLDER / f"{source}.toml").read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    (tmp_path / "mine.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(ProfileError) as refused:
        load("mine", tmp_path)
    return refused.value, changed.splitlines()


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('[ratio_floor]\nvalue = "5%"', "[ratio_floor]\nvalue = 5", "value = 5", "比例应写成"),
        ('[ratio_floor]\nvalue = "5%"', '[ratio_floor]\nvalue = "0.05"', 'value = "0.05"', "看不懂"),
        ('[ratio_floor]\nvalue = "5%"', '[ratio_floor]\nvalue = "120%"', 'value = "120%"', "不超过 100%"),
        ("[team_size]\nvalue = 2", "[team_size]\nvalue = 1", "value = 1", "至少 2 名"),
        ("[team_size]\nvalue = 2", '[team_size]\nvalue = "2"', 'value = "2"', "应是整数"),
        ("[team_size]\nvalue = 2", "[team_size]\nvalue = true", "value = true", "应是整数"),
        ("[team_size]", "[team_sice]", "value = 2", "没有这个设定"),
        ('value = "platform"', 'value = "cloud"', 'value = "cloud"', "不认识「cloud」"),
        ('value = "with_reason"', 'value = "perhaps"', 'value = "perhaps"', "不认识「perhaps」"),
        ('ratio = "10%"', 'ratio = "0%"', 'ratio = "0%"', "大于 0"),
        ("yearly_cap = 4", "yearly_cap = 0", "yearly_cap = 0", "不小于 1"),
        ('code = "D"', 'code = "C"', 'code = "C"', "代码重复：C"),
        ("days = { value = 20,", "days = { value = 0,", "days = { value = 0,", "1 到 250"),
        ('anchor = { value = "visit_done"', 'anchor = { value = "some_day"', 'anchor = { value = "some_day"', "不认识"),
        ("stages = { value = [5, 3, 1, 0]", "stages = { value = [0, 5]", "stages = { value = [0, 5]", "从大到小"),
        ("hour = { value = 9", "hour = { value = 22", "hour = { value = 22", "免打扰"),
        ('value = "20:00"', 'value = "8pm"', 'quiet_from = { value = "8pm"', "时刻应写成"),
        ("min_bits = { value = 36", "min_bits = { value = 20", "min_bits = { value = 20", "24 到 256"),
        ('kind = "monthly", day = 20', 'kind = "monthly", day = 31', "day = 31", "1 到 28"),
        ('dates = ["02-15"]', 'dates = ["02-30"]', 'dates = ["02-30"]', "没有 02-30"),
        ('kind = "monthly", day = 20', 'kind = "weekly", day = 20', 'kind = "weekly"', "期限规则要有 kind"),
        ('who = "liaison"', 'who = "somebody"', 'who = "somebody"', "不认识「somebody」"),
        ('leads_to = ["recheck"]', 'leads_to = ["recheque"]', 'leads_to = ["recheque"]', "没有代码为「recheque」"),
        ('"basis", ', "", 'value = ["subject", "content", "method"]', "没有依据，不得检查"),
        ("day = 2022-01-20", 'day = "2022-01-20"', 'day = "2022-01-20"', "日期应写成"),
        ("[team_size]\nvalue = 2", "[team_size]\nvalue = = 2", "value = = 2", "写法不对（TOML）"),
        ("[revisit_ratio]\n", '[revisit_ratio]\nunit = "percent"\n', 'unit = "percent"', "没有这个设定"),
    ],
)
def test_a_wrong_value_is_refused_with_file_line_and_reason(
    tmp_path: Path, old: str, new: str, line: str, says: str
) -> None:
    refused, lines = spoilt(tmp_path, old, new)
    assert says in str(refused)
    assert str(refused).startswith(f"mine.toml 第 {refused.line} 行：")
    assert line in lines[refused.line - 1]


def test_a_value_without_clause_or_reason_is_refused(tmp_path: Path) -> None:
    refused, lines = spoilt(
        tmp_path, '[draw_mode]\nvalue = "platform"\nclause', '[draw_mode]\nvalue = "platform"\n# clause'
    )
    assert "要写明依据" in str(refused)
    assert "draw_mode" in str(refused)
    assert "platform" in lines[refused.line - 1]


def test_a_missing_value_is_refused_by_name(tmp_path: Path) -> None:
    text = (FOLDER / f"{QINHUANGDAO}.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(re.sub(r"\[methods\]\n(.+\n)+", "", text), encoding="utf-8")
    with pytest.raises(ProfileError, match="methods：缺少这个设定"):
        load("mine", tmp_path)


def test_a_bot_profile_may_not_forbid_the_bot(tmp_path: Path) -> None:
    refused, _ = spoilt(tmp_path, '[bot_draw]\nvalue = "allowed"', '[bot_draw]\nvalue = "refused"', HEBEI)
    assert "bot_draw" in str(refused)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes("title = 1\nname = '秦皇岛'".encode("gbk"))
    with pytest.raises(ProfileError, match=r"mine.toml 第 2 行：文件不是 UTF-8"):
        load("mine", tmp_path)


def test_an_unknown_profile_names_those_there_are() -> None:
    for name in ("xiping", "", "../policies/xiping-2020"):
        with pytest.raises(ProfileError, match=r"^.*\.toml：没有这个政策配置。现有：.*xiping-2020"):
            load(name)


def test_a_bureau_copies_one_and_edits_it(tmp_path: Path) -> None:
    text = (FOLDER / f"{QINHUANGDAO}.toml").read_text(encoding="utf-8")
    mine = text.replace('kind = "monthly", day = 20', 'kind = "monthly", day = 25')
    (tmp_path / "mine.toml").write_text(mine, encoding="utf-8")
    policy = load("mine", tmp_path)
    duty = policy.duty("monthly_report")
    assert policy.name == "mine"
    assert duty is not None
    assert duty.rule == DueRule("monthly", day=25)
    assert names(tmp_path) == tuple(sorted([*ALL, "mine"]))
    assert load(XIPING, tmp_path) == load(XIPING)


# --- the checks of the model itself ----------------------------------------------------------------------------------


def test_quiet_hours_span_midnight() -> None:
    rules = load(QINHUANGDAO).reminders
    asked = [time(7, 59), time(8, 0), time(12), time(19, 59), time(20, 0), time(23, 59), time(0)]
    assert [rules.is_quiet(at) for at in asked] == [True, False, False, False, True, True, True]
    noon = replace(rules, quiet_from=time(12), quiet_until=time(14))
    assert [noon.is_quiet(at) for at in (time(11, 59), time(12), time(13, 59), time(14))] == [False, True, True, False]


def test_a_profile_in_memory_is_checked_too() -> None:
    with pytest.raises(PolicyError, match="team_size"):
        replace(load(XIPING), team_size=1)
    with pytest.raises(PolicyError, match="backfill_days"):
        replace(load(XIPING), backfill_days=None)
