"""撤销导入: everything as before within the day, or a sentence that names the later act which stands in the way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, col, select

from models import audit, codes, importrun, intake, upkeep, visit
from models.act import NoRight, Refused, key
from models.entity import Entity
from models.importrun import ImportChange, ImportRun
from models.inspector import Inspector
from models.people import Grant, Person
from models.plan import Task
from models.rows import Table
from models.words import EntityState, TaskState
from templates import samples, sheets, workbook
from tests.test_export_command import completed, drawn
from tests.test_intake import A, B, C, Office, act_of, bureau, entity, inspector, plan_row, table

__all__ = ["bureau"]

# What an undo may leave: the run itself and the record of it.
OWN = {"import_run", "import_change", "audit", "import_word"}


def take(bureau: Office, given: Table) -> ImportRun:
    """Import as the administrator of the machine; returns the run."""
    with bureau.act() as act:
        done = intake.write(act_of(act), intake.preview(act_of(act), given))
    assert done.run is not None
    return done.run


def undo(bureau: Office, run: ImportRun) -> None:
    with bureau.act() as act:
        intake.undo(act_of(act), key(run))


def everything(bureau: Office) -> dict[str, Any]:
    """All rows of all tables but those of the record and of the runs."""
    with bureau.act() as act:
        names = [t.name for t in SQLModel.metadata.sorted_tables if t.name not in OWN]
        single = [name for name in names if len(SQLModel.metadata.tables[name].primary_key.columns) == 1]
        return {name: importrun.rows_of(act.session, name) for name in single}


def listed(kind: str, rows: list[dict[str, str]]) -> Table:
    return sheets.read("a.csv", workbook.write_csv(kind, rows), kind)


KINDS: dict[str, list[dict[str, str]]] = {
    "plan": samples.plan()["row"],
    "item": samples.items(),
    "entity": samples.entities()[:5],
    "inspector": [each | {"unit": "盐业处"} for each in samples.inspectors()[:3]],
    "expert": [{"label": "Z001", "name": "示例专家", "field": "民爆", "phone": "0001"}],
    "people": [{"name": "示例新人", "unit": "示例新处", "roles": "工作人员、复核人", "phone": "0002"}],
    "holidays": [{"day": "2027-01-01", "working": "放假", "source": "示例通知"}],
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_import_of_the_day_is_undone_whole(bureau: Office, kind: str) -> None:
    before = everything(bureau)
    run = take(bureau, listed(kind, KINDS[kind]))
    assert everything(bureau) != before
    undo(bureau, run)
    assert everything(bureau) == before
    with bureau.act() as act:
        assert list(audit.check(act.session)) == []
        assert act.session.exec(select(audit.Audit).order_by(col(audit.Audit.id).desc())).first().verb == "undo_import"  # type: ignore[union-attr]


def test_a_recusal_and_a_platforms_list_are_undone_whole(bureau: Office) -> None:
    for kind in ("entity", "inspector", "plan"):
        take(bureau, listed(kind, KINDS[kind]))
    completed(bureau, "2020001")
    people, who = KINDS["inspector"], KINDS["entity"][0]["label"]
    before = everything(bureau)
    recusal = take(bureau, listed("recusal", [{"entity": who, "inspector": people[0]["label"], "reason": "近亲属"}]))
    undo(bureau, recusal)
    listed_ = take(bureau, listed("platform", [drawn(who, people)]))
    undo(bureau, listed_)
    assert everything(bureau) == before


def test_changed_rows_get_their_old_values_back_personal_ones_too(bureau: Office) -> None:
    take(bureau, table("entity", entity(A, phone="0001", risk_class="A", tags="黑名单"), entity(B, "示例乙公司")))
    run = take(bureau, table("entity", entity(A, "改了名", phone="0002", risk_class="D", tags=""), entity(C, "示例丙")))
    undo(bureau, run)
    first, second = bureau.all(Entity)
    assert (first.name, first.phone, first.risk_class, first.tags) == ("示例甲公司", "0001", "A", ["黑名单"])
    assert second.label == B
    with bureau.engine.connect() as connection:
        raw = connection.exec_driver_sql("SELECT rows FROM import_change").scalars().all()
    assert raw and not any(b"0001" in each or "示例甲公司".encode() in each for each in raw)


def test_inspectors_go_with_the_people_that_they_became(bureau: Office) -> None:
    count = len(bureau.all(Person))
    run = take(bureau, table("inspector", inspector()))
    assert len(bureau.all(Person)) == count + 1
    undo(bureau, run)
    assert (bureau.all(Inspector), len(bureau.all(Person))) == ([], count)


# --- what stands in the way -------------------------------------------------------------------------------------------


def refused(bureau: Office, run: ImportRun, says: str) -> None:
    before = everything(bureau)
    with pytest.raises(Refused, match=says) as refusal:
        undo(bureau, run)
    assert "没有改动" in refusal.value.sentence
    assert everything(bureau) == before


def test_only_on_the_same_day_and_only_once(bureau: Office) -> None:
    run = take(bureau, table("entity", entity(A)))
    with bureau.act() as act:
        with pytest.raises(Refused, match="只有当天的导入可以撤销"):
            intake.undo(replace(act, now=act.now + timedelta(days=1)), key(run))
        assert intake.undoable(replace(act, now=act.now + timedelta(days=1))) == []
        assert [each.id for each in intake.undoable(act)] == [run.id]
    undo(bureau, run)
    with pytest.raises(Refused, match="已经撤销过了"):
        undo(bureau, run)
    with bureau.act() as act:
        assert intake.undoable(act) == []


def test_only_who_may_import_may_undo(bureau: Office) -> None:
    run = take(bureau, table("entity", entity(A)))
    with bureau.act("检查人员") as act, pytest.raises(NoRight):
        intake.undo(act, key(run))
    with bureau.act("工作人员") as act:
        assert intake.undo(act, key(run)).undone_by == act.person_id


def test_a_later_edit_stands_in_the_way_by_name(bureau: Office) -> None:
    run = take(bureau, table("entity", entity(A)))
    with bureau.act() as act:
        upkeep.change_state(act, key(bureau.all(Entity)[0]), EntityState.CLOSED)
    refused(bureau, run, "「示例甲公司」已于 09:00 由工作人员变更状态")


def test_a_later_import_stands_in_the_way_until_it_is_undone(bureau: Office) -> None:
    first = take(bureau, table("entity", entity(A), entity(B, "示例乙公司")))
    second = take(bureau, table("entity", entity(A, "改了名")))
    refused(bureau, first, "09:00 又导入了检查对象名录库，动到其中 1 条，请先撤销那一次")
    undo(bureau, second)
    undo(bureau, first)
    assert bureau.all(Entity) == []


def test_a_recusal_stands_in_the_way_of_the_registers(bureau: Office) -> None:
    entities = take(bureau, table("entity", entity(A)))
    people = take(bureau, table("inspector", inspector()))
    take(bureau, table("recusal", {"entity": A, "inspector": "990000001", "reason": "近亲属"}))
    refused(bureau, entities, "「示例甲公司」已经登记回避")
    refused(bureau, people, "「示例检查人员」已经登记回避")


def test_a_visit_stands_in_the_way_and_so_does_sending_it_out(bureau: Office) -> None:
    for kind in ("inspector", "plan"):
        take(bureau, listed(kind, KINDS[kind]))
    register = take(bureau, listed("entity", KINDS["entity"]))
    completed(bureau, "2020001")
    run = take(bureau, listed("platform", [drawn(KINDS["entity"][0]["label"], KINDS["inspector"])]))
    refused(bureau, register, "已经列入检查任务")
    with bureau.act() as act:
        found = act.session.exec(select(visit.Visit)).one()
        visit.dispatch(act, found.draw_id or 0)
    refused(bureau, run, "已于 09:00 由工作人员派发")


def test_a_completed_plan_row_stands_in_the_way(bureau: Office) -> None:
    run = take(bureau, table("plan", plan_row("001"), plan_row("002")))
    with bureau.act() as act:
        first = act.session.exec(select(Task).order_by(col(Task.id))).first()
        assert first is not None
        first.state = TaskState.COMPLETED
        act.session.add(first)
        act.record("complete", "task", first.id)
    refused(bureau, run, "任务 2026001 已于 09:00 由工作人员补全")


def test_whoever_has_an_account_by_now_stands_in_the_way(bureau: Office) -> None:
    run = take(bureau, listed("people", KINDS["people"]))
    with bureau.act() as act:
        person = act.session.exec(select(Person).where(Person.name == "示例新人")).one()
        act.session.add(Grant(person_id=key(person), unit_id=bureau.root_id, role="leader"))
    refused(bureau, run, "「示例新人」")


def test_what_changed_nothing_leaves_no_run(bureau: Office) -> None:
    take(bureau, table("entity", entity(A)))
    with bureau.act() as act:
        done = intake.write(act, intake.preview(act, table("entity", entity(A))))
    assert done.run is None
    assert len(bureau.all(ImportRun)) == 1


def test_thousands_of_rows_are_kept_in_a_few_sealed_texts(bureau: Office) -> None:
    count = 12_000
    rows = [entity(codes.make_credit_code(n), f"示例{n}") for n in range(count)]
    run = take(bureau, table("entity", *rows))
    assert len(bureau.all(ImportChange)) == 3
    undo(bureau, run)
    assert bureau.all(Entity) == []


NAMES = st.sampled_from(["示例甲", "示例乙", "示例丙"])
ROWS = st.lists(
    st.fixed_dictionaries({"label": st.sampled_from([A, B, C]), "name": NAMES, "risk_class": st.sampled_from("ABC")}),
    min_size=1,
    max_size=3,
    unique_by=lambda row: row["label"],
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(ROWS, min_size=1, max_size=4))
def test_undoing_in_reverse_order_always_leads_back(bureau: Office, files: list[list[dict[str, str]]]) -> None:
    before = everything(bureau)
    runs = []
    for rows in files:
        with bureau.act() as act:
            ready = intake.preview(act, table("entity", *rows))
            done = intake.write(act, ready)
            runs += [done.run] if done.run else []
    for run in reversed(runs):
        undo(bureau, run)
    assert everything(bureau) == before
