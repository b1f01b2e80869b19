"""Figures against a small office that was counted by hand, and what people read of a share."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlmodel import select

from models import figures, people, publication
from models.entity import Entity
from models.figures import Figures, Reached
from models.followup import Followup
from models.people import Unit
from models.policy import Target
from models.visit import Visit
from models.words import DrawMode, EntityState
from templates.policies import load
from tests.sample_office import SampleOffice, policy

FIRST, LAST, TODAY = date(2026, 1, 1), date(2026, 12, 31), date(2026, 3, 2)
PROBLEM = {"categories": ["own_rules"], "methods": ["on_site"], "measures": ["rectify"], "findings": "台账不全"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SampleOffice]:
    found = SampleOffice.opened(tmp_path)
    yield found
    found.engine.dispose()


def units(office: SampleOffice, first: date = FIRST, last: date = LAST, today: date = TODAY) -> dict[str, Figures]:
    with office.read() as session:
        ids = people.below(session, office.made.office_id)
        found = figures.of_units(session, ids, first, last, today)
        return {session.get_one(Unit, unit_id).name: each for unit_id, each in found.items()}


def counted(found: Figures) -> dict[str, int]:
    return {name: count for name, count in asdict(found).items() if count}


def test_an_office_without_draws_lists_every_unit_with_nothing(office: SampleOffice) -> None:
    found = units(office)
    assert set(found) == set(office.made.units)
    assert set(found.values()) == {Figures()}


def test_three_tasks_by_hand(office: SampleOffice) -> None:
    """A plain task drawn and published, a joint one drawn and sent out, one by risk class drawn."""
    plain = office.dispatched("001")
    n = len(office.visits(plain))
    office.checked(plain, **PROBLEM)
    joint = len(office.visits(office.dispatched("003")))
    classes = len(office.visits(office.draw("004")))
    found = units(office)
    done = {"tasks": 1, "entities": n, "due": n, "checked": n, "entered": n, "problems": 1, "followups": 1}
    assert counted(found["安全生产处"]) == done
    assert counted(found["盐业处"]) == {
        "tasks": 1,
        "joint_tasks": 1,
        "entities": joint,
        "joint_entities": joint,
        "due": joint,
    }
    assert counted(found["频率台站与监督检查处"]) == {
        "tasks": 1,
        "credit_tasks": 1,
        "entities": classes,
        "due": classes,
    }
    assert found["示例甲县"] == Figures()
    whole = figures.total(found.values())
    assert (whole.joint_share, whole.credit_share) == (Fraction(1, 3), Fraction(1, 3))
    assert whole.joint_entity_share == Fraction(joint, n + joint + classes)
    assert (whole.published_share, whole.completion, whole.closure) == (0, 0, None)

    # The day after the results should have been public, and after the measure should have been closed.
    with office.read() as session:
        due = max(row.due for row in session.exec(select(publication.Publication)))
        measure = session.exec(select(Followup)).one()
    later = max(due, measure.due) + timedelta(days=1)
    late = units(office, today=later)["安全生产处"]
    assert (late.unpublished_late, late.followups_late) == (n, 1)
    with office.act("staff1") as act:
        publication.register(act, plain, channel="网站", link="")
    shown = units(office, today=later)["安全生产处"]
    assert (shown.published, shown.unpublished_late, shown.finished) == (n, 0, n - 1)
    assert (shown.published_share, shown.completion, shown.closure) == (1, 1, Fraction(n - 1, n))
    office.rectified(measure.id or 0)
    closed = units(office, today=later)["安全生产处"]
    assert (closed.followups_closed, closed.followups_late, closed.closure) == (1, 0, 1)


def test_a_period_holds_what_was_drawn_in_it_by_the_calendar_here(office: SampleOffice) -> None:
    office.draw("001")
    day = date(2026, 3, 2)
    assert figures.total(units(office, day, day).values()).tasks == 1
    assert figures.total(units(office, FIRST, day - timedelta(days=1)).values()).tasks == 0
    assert figures.total(units(office, day + timedelta(days=1), LAST).values()).tasks == 0


def test_a_rehearsal_is_in_no_figure(office: SampleOffice) -> None:
    office.draw("001")
    with office.act("staff1") as act:
        task = office.task(act.session, "001")
        task.mode = DrawMode.REHEARSAL
        act.session.add(task)
    assert set(units(office).values()) == {Figures()}
    with office.read() as session:
        assert figures.yearly(session, people.below(session, office.made.office_id), 2026)[0] == 0


def test_the_yearly_ratio_counts_an_entity_once_and_the_register_as_it_stands(office: SampleOffice) -> None:
    draw_id = office.draw("001")
    with office.act("staff1") as act:
        rows = list(act.session.exec(select(Visit).where(Visit.draw_id == draw_id)))
        drawn = {row.entity_id for row in rows}
        register = len(act.session.exec(select(Entity.id).where(Entity.state == EntityState.ACTIVE)).all())
        gone = act.session.get_one(Entity, rows[0].entity_id)
        gone.state = EntityState.CLOSED
        act.session.add(gone)
        act.session.flush()
        ids = people.below(act.session, office.made.office_id)
        assert figures.yearly(act.session, ids, 2026) == (len(drawn), register)
        assert figures.yearly(act.session, ids, 2025)[0] == 0


def test_the_targets_of_the_profile_come_with_their_clause(office: SampleOffice) -> None:
    office.draw("001")
    office.draw("003")
    with office.read() as session:
        found = figures.targets(session, policy(), people.below(session, office.made.office_id), TODAY)
    by_code = {each.target.code: each for each in found}
    assert list(by_code) == ["ratio", "published", "joint_tasks", "joint_entities", "credit_risk"]
    assert (by_code["joint_tasks"].figure, by_code["joint_tasks"].reached) == (Fraction(1, 2), True)
    assert (by_code["credit_risk"].figure, by_code["credit_risk"].reached) == (0, False)
    assert by_code["published"].reached is None
    assert "不低于总数的20%" in by_code["joint_tasks"].clause
    assert by_code["ratio"].missing > 0


@pytest.mark.parametrize(
    ("part", "whole", "at_least", "reached", "missing"),
    [
        (5, 100, "5%", True, 0),
        (4, 100, "5%", False, 1),
        (7, 100, "7%", True, 0),
        (0, 101, "5%", False, 6),
        (80, 100, "80%", True, 0),
        (79, 99, "80%", False, 1),
        (0, 0, "5%", None, 0),
        (3, 3, "100%", True, 0),
    ],
)
def test_a_target_is_exact(part: int, whole: int, at_least: str, reached: bool | None, missing: int) -> None:
    target = Target("ratio", "年度抽查比例", Fraction(int(at_least[:-1]), 100))
    found = Reached(target, part, whole, "")
    assert (found.reached, found.missing) == (reached, missing)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "—"), (0, 3, "0%"), (3, 3, "100%"), (2, 3, "66.6%"), (9999, 10000, "99.9%"), (1, 8, "12.5%")],
)
def test_a_share_is_never_rounded_up(part: int, whole: int, text: str) -> None:
    assert figures.shown(figures.share(part, whole)) == text


@pytest.mark.parametrize(
    ("profile", "wanted"),
    [
        ("hebei-gxt-2020", {"ratio": "5%", "published": "100%"}),
        (
            "qinhuangdao-2022",
            {"ratio": "5%", "published": "100%", "joint_tasks": "20%", "joint_entities": "10%", "credit_risk": "80%"},
        ),
        ("xiping-2020", {"ratio": "5%", "published": "100%"}),
        ("tangshan-gaoxin-2017", {"ratio": "5%", "published": "100%"}),
        (
            "sjz-yingji-2024",
            {"ratio": "5%", "published": "100%", "joint_tasks": "100%", "joint_entities": "100%", "credit_risk": "90%"},
        ),
    ],
)
def test_each_profiles_targets_are_held_against_the_figures(
    office: SampleOffice, profile: str, wanted: dict[str, str]
) -> None:
    """Joint 20/10 and 100/100, credit risk 80 and 90 %, 5 % and 100 %: part of whole, exactly, with the clause."""
    for number in ("001", "003", "004"):
        office.draw(number)
    with office.read() as session:
        ids = people.below(session, office.made.office_id)
        found = figures.targets(session, load(profile), ids, TODAY)
        whole = figures.total(units(office).values())
        drawn, register = figures.yearly(session, ids, 2026)
    assert {each.target.code: figures.shown(each.target.at_least) for each in found} == wanted
    pairs = {
        "ratio": (drawn, register),
        "published": (whole.published, whole.entered),
        "joint_tasks": (1, 3),
        "joint_entities": (whole.joint_entities, whole.entities),
        "credit_risk": (1, 3),
    }
    for each in found:
        if each.target.per == "office":
            assert (each.part, each.whole) == pairs[each.target.code]
        if load(profile).assumed(f"targets.{each.target.code}") is None:
            assert each.clause
    own = [(each.unit, each.part, each.whole, each.reached) for each in found if each.target.per == "unit"]
    if profile == "sjz-yingji-2024":
        # Of each 科室, in the order of the tree; 90 % is reached or not by each alone.
        assert own == [
            ("安全生产处", 0, 1, False),
            ("盐业处", 0, 1, False),
            ("频率台站与监督检查处", 1, 1, True),
        ]


def test_units_stand_in_the_order_of_the_tree_and_not_of_their_figures(office: SampleOffice) -> None:
    before = list(units(office))
    for number in ("004", "001", "003"):
        office.draw(number)
        assert list(units(office)) == before
    assert before == sorted(before, key=lambda name: office.made.units.get(name, 0))
