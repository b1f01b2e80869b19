"""What an entity's and an inspector's card tell of their visits: when drawn, who went, what came of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from models import followup, lookup, publication
from models.act import NoRight
from models.entity import Entity
from models.plan import Task
from models.visit import Visit
from models.words import VisitState
from tests.sample_office import SampleOffice
from tests.talk import Talk, words

PROBLEM = {
    "categories": ["own_rules"],
    "methods": ["on_site"],
    "findings": "仓库未设防护网",
    "measures": ["rectify"],
}


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    return SampleOffice.opened(tmp_path)


def test_a_visit_is_told_whole_from_the_draw_to_its_publication(office: SampleOffice) -> None:
    draw_id = office.dispatched("001")
    first = office.checked(draw_id, **PROBLEM)[0]
    with office.act("staff1") as act:
        (told,), total = lookup.visits(act, "entity", first.entity_id, 0, 5)
        assert total == 1 and told.past.serial and told.past.result == "违反本部门相关规定"
        assert (told.findings, told.checked) == ("仓库未设防护网", office.now.date().isoformat())
        assert len(told.team.split("、")) == 2
        (handled,) = told.followups
        assert (handled.kind, handled.closed) == ("责令改正", "") and not told.published
        number = followup.of_visit(act.session, first.id or 0)[0].id or 0
    office.rectified(number)
    with office.act("staff1") as act:
        publication.register(act, draw_id, channel="门户网站", link="")
        (told,), _ = lookup.visits(act, "entity", first.entity_id, 0, 5)
        assert told.followups == (replace(handled, closed=office.now.date().isoformat()),)
        assert told.published == office.now.date().isoformat()
        member = office.inspector(act.session, office.team(first.id or 0)[0])
        mine, number = lookup.visits(act, "inspector", member.id or 0, 0, 50)
        assert len(mine) == number and all(each.past.other for each in mine)
    with pytest.raises(NoRight), office.act(office.team(first.id or 0)[0]) as act:
        lookup.visits(act, "entity", first.entity_id, 0, 5)


async def test_a_card_names_the_newest_visits_and_leads_to_all(talk: Talk) -> None:
    with talk.writing() as session:
        entity = session.exec(select(Entity).order_by(col(Entity.id))).first()
        task = session.exec(select(Task)).first()
        assert entity is not None and task is not None
        now = talk.office.clock()
        for number in range(8):
            at = now - timedelta(days=30 * number)
            session.add(
                Visit(
                    task_id=task.id or 0,
                    entity_id=entity.id or 0,
                    origin="举报",
                    reason="示例",
                    order=number + 1,
                    stratum="",
                    state=VisitState.CANCELLED if number == 7 else VisitState.PUBLISHED,
                    ended_reason="示例：企业已经搬走" if number == 7 else "",
                    due=at.date(),
                    drawn_at=at,
                )
            )
        label = entity.label
    card = await talk.answer(talk.clerk, f"/find {label}")
    assert words(card).count("举报") == 5 and "更早的见「历次检查」" in words(card)
    await talk.clerk.presses("历次检查", message=card)
    listed = await talk.clerk.until("共 8 次，第 1 至 6 次", after=card)
    assert words(listed).count("▪") == 6
    await talk.clerk.presses("更早的", message=listed)
    older = words(await talk.clerk.until("共 8 次，第 7 至 8 次", after=listed))
    assert older.count("▪") == 2 and "取消原因：示例：企业已经搬走" in older
