"""How a row became what it is: each kind of edit in the office's words, the newest first, imports of a run once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models import codes, importlog, importrun, rowhistory, singlerow, staff, statechange, upkeep
from models.act import Act, NoRight, key
from models.importlog import Cell
from models.importrun import Change
from models.inspector import Inspector
from models.item import Item
from models.people import Person
from models.words import EntityState
from templates.columns import SHAPES
from tests.test_intake import A, B, Office, bureau, entity, inspector, table

__all__ = ["bureau"]

ITEM = {"code": "S9", "name": "示例事项", "basis": "某法第一条", "published_on": "2026-01-05"}


def later(act: Act, minutes: int) -> Act:
    return replace(act, now=act.now + timedelta(minutes=minutes))


def test_every_edit_of_an_inspector_is_a_step(bureau: Office) -> None:
    bureau.take(table("inspector", inspector()))
    with bureau.act() as act:
        row = bureau.all(Inspector)[0]
        upkeep.leave(later(act, 1), key(row), date(2026, 4, 1), date(2026, 4, 3))
        upkeep.end_leave(later(act, 2), key(row))
        upkeep.renew(later(act, 3), key(row), date(2031, 1, 1))
        other = Person(key="x", name="另一人", label="另一人", unit_id=row.unit_id)
        act.session.add(other)
        act.session.flush()
        values = {"name": "另一人", "unit": "盐业处", "roles": [], "label": row.label, "phone": ""}
        staff.take(later(act, 4), key(other), values)
        found = rowhistory.of_row(act, "inspector", key(row))
    assert found.until is None
    assert [(step.verb, step.cells, step.who) for step in found.steps[:-1]] == [
        ("link", (Cell("person_id", row.name, "另一人"),), "工作人员"),
        ("renew", (Cell("valid_until", "2030-12-31", "2031-01-01"),), "工作人员"),
        ("end_leave", (Cell("away", "2026-04-01 至 2026-04-03", ""),), "工作人员"),
        ("mark_leave", (Cell("away", "", "2026-04-01 至 2026-04-03"),), "工作人员"),
    ]
    assert (found.steps[-1].verb, found.steps[-1].new) == (rowhistory.IMPORT, True)


def test_an_item_and_an_entity_have_theirs(bureau: Office) -> None:
    bureau.take(table("item", ITEM))
    bureau.take(table("entity", entity(A)))
    with bureau.act() as act:
        row = bureau.all(Item)[0]
        upkeep.give_basis(later(act, 1), key(row), "某法第二条")
        upkeep.publish_item(later(act, 2), key(row))
        published, basis, _ = rowhistory.of_row(act, "item", key(row)).steps
        assert published.cells == (Cell("published_on", "", "2026-03-02"),)
        assert basis.cells[0] == Cell("basis", "某法第一条", "某法第二条") and basis.cells[1].name == "version"
        _, number = statechange.change(later(act, 3), [1], EntityState.MOVED, "已迁出")
        statechange.restore(later(act, 4), number)
        back, moved, new = rowhistory.of_row(act, "entity", 1).steps
        assert (back.verb, back.cells) == ("restore_states", (Cell("state", "迁出", "存续"),))
        assert (moved.verb, moved.cells, moved.reason) == ("change_states", (Cell("state", "存续", "迁出"),), "已迁出")
        assert new.new and not new.undone
        # Another row knows nothing of it.
        assert rowhistory.of_row(act, "entity", 99).steps == ()


def test_a_row_among_thousands_is_found_and_a_small_budget_says_where_it_ended(bureau: Office) -> None:
    labels = [codes.make_credit_code(n) for n in range(1, 12_001)]
    bureau.take(table("entity", *(entity(label, f"示例{at}") for at, label in enumerate(labels))))
    with bureau.act() as act:
        changes = [
            Change("entity", n, {"district": f"{n}区"}, {"district": f"]],[{n + 1},"}) for n in range(12_000, 0, -1)
        ]
        importrun.keep(later(act, 1), "entity", changes, new=0, changed=len(changes), digest="0")
        for row_id in (1, 4_999, 5_000, 5_001, 12_000):
            changed, made = rowhistory.of_row(act, "entity", row_id).steps
            assert changed.cells == (Cell("district", f"{row_id}区", f"]],[{row_id + 1},"),) and made.new
        short = rowhistory.of_row(act, "entity", 1, within=600_000)
        assert short.steps == () and short.until == later(act, 1).now


def test_the_newest_steps_are_kept_where_there_are_many(bureau: Office) -> None:
    bureau.take(table("entity", entity(A), entity(B, "示例乙公司")))
    with bureau.act() as act:
        for n in range(rowhistory.LIMIT + 5):
            change = Change("entity", 1, {"name": str(n)}, {"name": str(n + 1)})
            importrun.keep(later(act, n + 1), "entity", [change], new=0, changed=1, digest="0")
        found = rowhistory.of_row(act, "entity", 1)
    assert len(found.steps) == rowhistory.LIMIT and found.steps[0].cells[0].after == str(rowhistory.LIMIT + 5)


def test_who_may_not_look_sees_nothing(bureau: Office) -> None:
    with bureau.act("检查人员") as act, pytest.raises(NoRight):
        rowhistory.of_row(act, "entity", 1)


def test_what_was_typed_in_the_chat_is_told_once_and_as_that(bureau: Office) -> None:
    titles = {column.name: column.title for column in SHAPES["entity"]}
    with bureau.act() as act:
        row, _ = singlerow.enter(act, "entity", {"label": A, "name": "示例甲公司"}, titles)
        singlerow.correct(later(act, 1), "entity", key(row), "district", "示例一区", titles)
        _, run = singlerow.correct(later(act, 2), "entity", key(row), "phone", "00011112222", titles)
        singlerow.take_back(later(act, 3), key(run))
        back, moved, made = rowhistory.of_row(act, "entity", key(row)).steps
        assert (back.verb, back.cells, back.undone) == ("correct", (Cell("phone", "", "***"),), True)
        assert (moved.verb, moved.cells) == ("correct", (Cell("district", "", "示例一区"),))
        assert (made.verb, made.new) == ("enter", True)
        assert importlog.page(act).runs == ()
