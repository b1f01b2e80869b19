"""One row by hand as a rule: who may, what is refused, what it leaves on the record, and taking it back."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from models import audit, importrun, intake, singlerow, upkeep
from models.act import NoRight, Refused
from models.entity import Entity
from models.importrun import ImportRun, RunState
from models.inspector import Inspector
from models.words import EntityState
from templates.columns import SHAPES
from tests.sample_office import SampleOffice

TITLES = {kind: {each.name: each.title for each in SHAPES[kind]} for kind in singlerow.CORRECTED}


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    return SampleOffice.opened(tmp_path)


def first(office: SampleOffice, model: type, number: int = 0) -> int:
    """The id of a row of a register."""
    with office.read() as session:
        return session.exec(select(model.id).order_by(col(model.id)).offset(number).limit(1)).one()


def corrected(office: SampleOffice, field: str, text: str, kind: str = "entity", number: int = 0) -> int:
    """A correction by the staff; the id of its run."""
    row_id = first(office, {"entity": Entity, "inspector": Inspector}[kind], number)
    with office.act("staff1") as act:
        return singlerow.correct(act, kind, row_id, field, text, TITLES[kind])[1].id or 0


def test_only_staff_correct_and_enter(office: SampleOffice) -> None:
    row_id = first(office, Entity)
    for who in ("reviewer1", "leader1", "liaison1"):
        with pytest.raises(NoRight), office.act(who) as act:
            singlerow.correct(act, "entity", row_id, "address", "甲路 1 号", TITLES["entity"])
        with pytest.raises(NoRight), office.act(who) as act:
            singlerow.enter(act, "entity", {"register_no": "X-1", "name": "示例甲厂"}, TITLES["entity"])


def test_what_was_corrected_goes_back_the_same_day_alone(office: SampleOffice) -> None:
    row_id = first(office, Entity)
    with office.read() as session:
        old = session.get_one(Entity, row_id).phone
    run = corrected(office, "phone", "0311-1234567")
    office.later(days=1)
    with pytest.raises(Refused, match="只有当天登记的可以撤回"), office.act("staff1") as act:
        singlerow.take_back(act, run)
    run = corrected(office, "phone", "0311-7654321")
    with office.act("staff1") as act:
        singlerow.take_back(act, run)
    with pytest.raises(Refused, match="已经撤回过了"), office.act("staff1") as act:
        singlerow.take_back(act, run)
    with office.read() as session:
        assert session.get_one(Entity, row_id).phone == "0311-1234567" != old
        assert list(audit.check(session)) == []


def test_what_was_built_on_it_stands_in_the_way(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        row, run = singlerow.enter(act, "entity", {"register_no": "X-1", "name": "示例甲厂"}, TITLES["entity"])
        number, run_id = row.id or 0, run.id or 0
    with office.act("staff1") as act:
        upkeep.change_state(act, number, EntityState.SUSPENDED)
    with pytest.raises(Refused, match="不能撤回，之后已经办理了别的事项：「示例甲厂」"), office.act("staff1") as act:
        singlerow.take_back(act, run_id)
    corrected(office, "name", "示例乙厂", number=1)
    again = corrected(office, "address", "甲路 1 号", number=1)
    with office.act("staff1") as act:
        assert singlerow.take_back(act, again).undone_at is not None


def test_a_number_of_somebody_else_is_refused(office: SampleOffice) -> None:
    corrected(office, "id_number", "110101199003077758", kind="inspector")
    with pytest.raises(Refused, match="身份证号码与名录库中执法证号"):
        corrected(office, "id_number", "110101199003077758", kind="inspector", number=1)
    with office.read() as session:
        row = session.get_one(Inspector, first(office, Inspector))
        assert row.id_number == "110101199003077758" and row.id_hash


def test_the_number_of_a_row_is_not_corrected(office: SampleOffice) -> None:
    with pytest.raises(Refused, match="编号是抽取记录里的名称，不能更正"):
        corrected(office, "label", "91990000MA0TUE2DA9")


def test_nothing_is_entered_while_a_large_import_is_being_written(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        act.session.add(
            ImportRun(kind="entity", at=act.now, source="chat", digest="", new=0, changed=0, audit_id=1, total=9)
        )
        act.session.flush()
        run = act.session.exec(select(ImportRun)).one()
        run.state = RunState.WRITING
        act.session.add(run)
    with pytest.raises(Refused, match="正在写入导入的检查对象名录库"):
        corrected(office, "address", "甲路 1 号")
    with pytest.raises(Refused, match="正在写入导入的检查对象名录库"), office.act("staff1") as act:
        singlerow.enter(act, "entity", {"register_no": "X-1", "name": "示例甲厂"}, TITLES["entity"])


def test_the_record_says_what_was_changed_and_nothing_personal(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        cells = {"register_no": "X-1", "name": "示例甲厂", "contact": "示例联系人", "phone": "0311-1234567"}
        row, _ = singlerow.enter(act, "entity", cells, TITLES["entity"])
        told = act.session.exec(select(audit.Audit).where(audit.Audit.verb == "enter")).one()
        assert told.subject_id == row.id and told.after is not None
        assert (told.after["name"], told.after["contact"], told.after["phone"]) == ("示例甲厂", "***", "***")
        kept = importrun.changes_of(act.session, act.session.exec(select(ImportRun.id)).one() or 0)
        assert [(each.place, each.id, each.before) for each in kept] == [("entity", row.id, None)]


def test_what_waits_is_sealed(office: SampleOffice) -> None:
    sealed = singlerow.seal({"phone": "0311-1234567"})
    assert "1234567" not in sealed and singlerow.unseal(sealed) == {"phone": "0311-1234567"}
    assert singlerow.shown("phone", "0311-1234567") == "031*******67"
    assert singlerow.shown("name", "示例甲厂") == "示例甲厂"
    assert "phone" in intake.PERSONAL
