"""采用外部结论 as a rule: by the profile alone, never without source, day and document, shown on the papers."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models import backfill, papers, result
from models.act import Refused
from models.words import Method
from templates.policies import load
from tests.sample_office import SampleOffice
from tests.test_papers import on_paper

TANGSHAN = load("tangshan-gaoxin-2017")


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    return SampleOffice.opened(tmp_path)


def named(digest: str) -> dict[str, Any]:
    given = {
        "kind": "agency",
        "source": "示例检测技术有限公司",
        "number": "示例检〔2026〕18号",
        "day": "2026-02-27",
        "digest": digest,
    }
    return {"categories": ["no_problem"], "methods": [], "external": given}


def submit(office: SampleOffice, visit_id: int, who: str, fields: dict[str, Any], name: str = "") -> None:
    with office.act(who) as act:
        policy = load(name) if name else TANGSHAN
        result.submit(replace(act, policy=policy), visit_id, fields)


def test_it_is_named_in_the_form_the_table_and_the_platforms_fields(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    visits = office.visits(draw_id)
    for number, each in enumerate(visits):
        visit_id = each.id or 0
        who = office.team(visit_id)[0]
        if number == 0:
            submit(office, visit_id, who, named(office.photo(visit_id, who, "report")))
        else:
            office.submit(visit_id)
        office.confirm(visit_id)
        office.review(visit_id)
    text = "示例检测技术有限公司2026年2月27日的结论（示例检〔2026〕18号）"
    with office.act("staff1") as act:
        row = result.latest(act.session, visits[0].id or 0)
        assert row is not None and row.methods == [Method.OTHER_AUTHORITY]
        assert (row.external_on, result.external_text(row)) == (date(2026, 2, 27), text)
        form = papers.check_form(replace(act, policy=TANGSHAN), visits[0].id or 0)
        table = papers.publication(act, draw_id)
        values = backfill.values(act.session, visits[0])
    assert form.external_source == text and form.methods == ("行政部门检查结果或专业意见",)
    assert "☑行政部门检查结果或专业意见" in on_paper("check_form", form)
    assert [each.external for each in table.rows] == [text, "", "", ""]
    page = on_paper("publication", table)
    assert f"（采用{text}）" in page and "未发现问题4户" in page, "it counts like any other result"
    assert values["methods"] == "行政部门检查结果或专业意见"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source": " "}, "哪个部门或者机构"),
        ({"day": ""}, "哪一天作出"),
        ({"day": "2026-03-03"}, "还没有到"),
        ({"digest": "f" * 64}, "须附结论文书"),
        ({"number": "号" * 61}, "编号太长"),
    ],
)
def test_what_is_missing_is_asked_for(office: SampleOffice, changes: dict[str, Any], why: str) -> None:
    visit_id = office.visits(office.dispatched("001"))[0].id or 0
    who = office.team(visit_id)[0]
    digest = office.photo(visit_id, who, "report")
    with pytest.raises(Refused, match=why):
        submit(office, visit_id, who, named(digest) | {"external": named(digest)["external"] | changes})


@pytest.mark.parametrize("name", ["hebei-gxt-2020", "qinhuangdao-2022", "xiping-2020", "sjz-yingji-2024"])
def test_a_profile_that_does_not_name_it_refuses_it(office: SampleOffice, name: str) -> None:
    visit_id = office.visits(office.dispatched("001"))[0].id or 0
    who = office.team(visit_id)[0]
    digest = office.photo(visit_id, who, "report")
    with pytest.raises(Refused, match="没有采用外部结论这一项"):
        submit(office, visit_id, who, named(digest), name)


def test_a_method_of_another_profile_is_refused(office: SampleOffice) -> None:
    visit_id = office.visits(office.dispatched("001"))[0].id or 0
    who = office.team(visit_id)[0]
    office.photo(visit_id, who)
    fields = {"categories": ["no_problem"], "methods": ["受理举报"]}
    with pytest.raises(Refused, match="没有「受理举报」这种检查方式"):
        submit(office, visit_id, who, fields)
    submit(office, visit_id, who, fields, "xiping-2020")
