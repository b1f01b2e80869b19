"""Large imports in parts: the same as in one go, whoever writes in between; cut off anywhere, gone on with or named."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, col, select

from handlers import import_large
from handlers.outside import Outside
from models import audit, codes, importparts, importrun, intake, upkeep
from models.act import Refused, key
from models.base import KEYRING, open_store
from models.entity import Entity
from models.importrun import ImportChange, ImportRun, RunState
from models.inspector import Inspector
from models.outbox import Outbox
from models.people import Person
from models.rows import Table
from tests.test_import_undo import everything
from tests.test_intake import Office, entity, inspector, table

CODES = [codes.make_credit_code(number) for number in range(7101, 7120)]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))])
def bureau(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    KEYRING.use("a key for tests only")
    url = f"sqlite:///{tmp_path / 'office.db'}"
    engine = open_store(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    SQLModel.metadata.create_all(engine)
    yield Office(engine)
    engine.dispose()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importparts, "PART", 4)
    monkeypatch.setattr(importparts, "_CHANGED", 3)
    monkeypatch.setattr(import_large, "_PAUSE", 0)


def companies(count: int = 9, word: str = "示例企业", **more: str) -> Table:
    return table("entity", *(entity(code, f"{word}{n}", **more) for n, code in enumerate(CODES[:count])))


class Writer:
    """Whoever writes a run: an office, or a command."""

    def __init__(self, bureau: Office, given: Table, holder: str = importparts.OFFICE) -> None:
        with bureau.act() as act:
            self.ready = intake.preview(act, given)
            run = importparts.begin(act, "entity", importparts.counts(self.ready), digest="0" * 64, name="名录.xlsx")
            self.run_id = key(run)
        self.bureau = bureau
        self.takes_up(holder)

    def takes_up(self, holder: str = importparts.OFFICE, *, alone: bool = True) -> int | None:
        with self.bureau.act() as act:
            attempt = importparts.claim(act, self.run_id, holder, alone=alone)
            if attempt is not None:
                self.attempt = attempt
                self.outside = Outside(act)
        return attempt

    def parts(self) -> Iterator[int]:
        return import_large.put(self.outside, self.run_id, self.attempt, self.ready)

    def judges_anew(self, given: Table) -> None:
        with self.bureau.act() as act:
            self.ready = intake.preview(act, given)

    def undoes(self) -> Iterator[int]:
        with self.bureau.act() as act:
            importparts.begin_undo(act, importrun.get(act.session, self.run_id))
        self.takes_up()
        return import_large.put_back(self.outside, self.run_id, self.attempt)

    @property
    def run(self) -> ImportRun:
        with self.bureau.act() as act:
            return importrun.get(act.session, self.run_id)


def names(bureau: Office) -> dict[str, str]:
    return {each.label: each.name for each in bureau.all(Entity)}


def messages(bureau: Office) -> list[str]:
    return [row.data["said"] for row in bureau.all(Outbox) if row.kind == importparts.TOLD]


def last_act(bureau: Office) -> audit.Audit:
    return bureau.all(audit.Audit)[-1]  # type: ignore[no-any-return]


def test_a_run_counts_what_it_writes_and_is_one_act(bureau: Office) -> None:
    writer = Writer(bureau, companies())
    assert list(writer.parts()) == [4, 8, 9]
    run = writer.run
    assert (run.state, run.new, run.changed, run.left, run.total) == (RunState.DONE, 9, 0, 0, 9)
    assert (last_act(bureau).verb, (last_act(bureau).after or {})["new"]) == ("import", 9)
    assert messages(bureau) == ["writing", "writing", "done"]
    with bureau.act() as act:
        assert len(importrun.changes_of(act.session, writer.run_id)) == 9 and list(audit.check(act.session)) == []


def test_the_same_rows_in_one_go_and_in_parts(bureau: Office) -> None:
    bureau.take(companies(3, "示例旧名", phone="03350000001", risk_class="A"))
    before = everything(bureau)
    given = companies(9, phone="03350000002", contact="示例联系人", risk_class="B")
    writer = Writer(bureau, given)
    list(writer.parts())
    in_parts = everything(bureau)
    list(writer.undoes())
    assert everything(bureau)["entity"] == before["entity"]
    bureau.take(given)
    assert [*everything(bureau)["entity"].values()] == [*in_parts["entity"].values()]
    assert writer.run.undone_at is not None and messages(bureau)[-1] == "undone"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_wherever_it_is_cut_off_the_rest_is_gone_on_with(bureau: Office, data: Any) -> None:
    """By another office that judges anew, as after a restart; and an undoing alike."""
    stem = data.draw(st.text("甲乙丙丁", min_size=1, max_size=3), label="names")
    known, cut, back = (
        data.draw(st.integers(0, most), label=what) for most, what in ((9, "known"), (3, "cut"), (2, "back"))
    )
    if known:
        with bureau.act() as act:
            ready = intake.preview(act, companies(known, "示例" + stem))
            if ready.new or ready.changed:
                intake.write(act, ready)
    before = names(bureau)
    given = companies(9, f"示例{stem}之")
    with bureau.act() as act:
        if not intake.preview(act, given).taken or intake.preview(act, given).same == 9:
            return
    writer = Writer(bureau, given)
    parts = writer.parts()
    for _ in range(cut):
        next(parts, None)
    parts.close()  # type: ignore[attr-defined]
    if writer.run.state == RunState.WRITING:
        assert writer.takes_up() is not None
        writer.judges_anew(given)
        list(writer.parts())
    assert names(bureau) == before | {code: f"示例{stem}之{n}" for n, code in enumerate(CODES[:9])}
    undoing = writer.undoes()
    for _ in range(back):
        next(undoing, None)
    undoing.close()  # type: ignore[attr-defined]
    if writer.run.state == RunState.UNDOING:
        assert writer.takes_up() is not None
        list(import_large.put_back(writer.outside, writer.run_id, writer.attempt))
    assert names(bureau) == before


def test_what_others_enter_or_change_meanwhile_stays_and_is_counted(bureau: Office) -> None:
    bureau.take(companies(2, "示例旧名"))
    writer = Writer(bureau, companies())
    parts = writer.parts()
    next(parts)
    with bureau.act() as act:
        act.session.add(Entity(label=CODES[8], name="示例他人录入"))
        own = act.session.exec(select(Entity).where(Entity.label == CODES[0])).one()
        own.name = "示例他人更正"
        act.session.add(own)
    list(parts)
    found = names(bureau)
    assert (found[CODES[8]], found[CODES[0]], found[CODES[1]]) == ("示例他人录入", "示例他人更正", "示例企业1")
    run = writer.run
    assert (run.new, run.changed, run.left, run.total) == (6, 1, 2, 9)
    list(writer.undoes())
    assert names(bureau) == {CODES[8]: "示例他人录入", CODES[0]: "示例他人更正", CODES[1]: "示例旧名1"}


def test_only_who_took_it_up_last_may_go_on(bureau: Office) -> None:
    writer = Writer(bureau, companies())
    old = writer.parts()
    next(old)
    assert writer.takes_up() == 2
    with pytest.raises(Refused, match="由别的程序接着办"):
        next(old)
    assert len(names(bureau)) == 4
    with bureau.act() as act:
        # What the old one says of its end is not heard.
        importparts.stop(act, writer.run_id, 1, "程序出错")
    assert writer.run.state == RunState.WRITING


def test_what_a_command_writes_is_left_to_it_until_it_is_silent(bureau: Office) -> None:
    writer = Writer(bureau, companies(), importparts.COMMAND)
    with bureau.act() as act:
        assert importparts.waiting(act, alone=True) == []
    assert writer.takes_up() is None
    with bureau.act() as act:
        run = importrun.get(act.session, writer.run_id)
        assert run.wrote_at is not None
        run.wrote_at -= timedelta(minutes=2)
        act.session.add(run)
    with bureau.act() as act:
        assert importparts.waiting(act, alone=True) == [writer.run_id]


def test_another_office_on_the_same_store_waits_too(bureau: Office) -> None:
    writer = Writer(bureau, companies())
    assert writer.takes_up(alone=False) is None and writer.takes_up(alone=True) == 2


def test_a_run_that_ends_its_process_again_and_again_is_stopped(bureau: Office) -> None:
    writer = Writer(bureau, companies())
    while writer.takes_up() is not None:
        pass
    run = writer.run
    assert (run.state, run.attempt, run.reason) == (RunState.STOPPED, 5, "程序几次异常结束，请联系管理员")
    assert messages(bureau)[-1] == "stopped" and last_act(bureau).verb == "stop_import"


def test_while_one_is_written_no_other_begins_and_none_is_undone(bureau: Office) -> None:
    bureau.take(table("inspector", inspector()))
    writer = Writer(bureau, companies())
    next(writer.parts())
    with pytest.raises(Refused, match="正在写入导入的检查对象名录库（4/9 行）"):
        bureau.take(companies(12, "示例另一份"))
    with bureau.act() as act, pytest.raises(Refused, match="正在写入导入的检查对象名录库"):
        importparts.begin(act, "entity", [1, 0, 0, 0], digest="1" * 64, name="另一份.xlsx")
    bureau.take(table("inspector", inspector("990000002")))
    with bureau.act() as act:
        run = next(each for each in intake.undoable(act))
        assert run.kind == "inspector"
    with bureau.act() as act, pytest.raises(Refused, match="请等它完成以后再办"):
        intake.undo(act, key(run))


def test_a_stopped_run_can_be_undone(bureau: Office) -> None:
    writer = Writer(bureau, companies())
    next(writer.parts())
    with bureau.act() as act:
        importparts.stop(act, writer.run_id, writer.attempt, "程序出错")
    with bureau.act() as act:
        assert [each.id for each in intake.undoable(act)] == [writer.run_id]
    list(writer.undoes())
    assert names(bureau) == {}


def test_an_undo_is_refused_as_a_whole_where_something_was_built_on_it(bureau: Office) -> None:
    bureau.take(table("inspector", inspector()))
    writer = Writer(bureau, companies())
    list(writer.parts())
    _recuse(bureau, CODES[3])
    with pytest.raises(Refused, match="「示例企业3」已经登记回避"):
        list(writer.undoes())
    with bureau.act() as act:
        importparts.stop(act, writer.run_id, writer.attempt, "不能撤销")
    assert writer.run.state == RunState.DONE and len(names(bureau)) == 9 and messages(bureau)[-1] == "undo_stopped"


def test_what_is_used_while_it_is_undone_stays_and_is_told(bureau: Office) -> None:
    bureau.take(table("inspector", inspector()))
    writer = Writer(bureau, companies())
    list(writer.parts())
    undoing = writer.undoes()
    assert next(undoing) == 1  # the last part goes first
    _recuse(bureau, CODES[2])
    list(undoing)
    run = writer.run
    assert names(bureau) == {CODES[2]: "示例企业2"}
    assert (run.done, run.new, run.undone_at is not None) == (8, 9, True)


def test_a_command_that_was_cut_off_goes_on_with_the_same_file_only(bureau: Office) -> None:
    with bureau.act() as act:
        ready = intake.preview(act, companies())
        run = importparts.begin(act, "entity", importparts.counts(ready), digest="a" * 64, name="名录.xlsx")
        run.source = "cli"
        importparts.claim(act, key(run), importparts.COMMAND, alone=False)
    with bureau.act() as act:
        assert importparts.resume(act, "entity", "b" * 64) is None
        assert importparts.resume(act, "inspector", "a" * 64) is None
        assert importparts.resume(act, "entity", "a" * 64) == run.id
        assert importparts.claim(act, key(run), importparts.COMMAND, alone=False) == 2
        silent = importrun.get(act.session, key(run))
        silent.wrote_at = act.now - timedelta(minutes=2)
        assert importparts.resume(act, "entity", "b" * 64) is None
    with bureau.act() as act:
        assert importrun.get(act.session, key(run)).state == RunState.STOPPED


def test_the_administrator_hears_of_a_command_that_nobody_goes_on_with(bureau: Office) -> None:
    writer = Writer(bureau, companies())
    with bureau.act() as act:
        run = importrun.get(act.session, writer.run_id)
        run.person_id, run.source = None, "cli"
        act.session.add(run)
    with bureau.act() as act:
        importparts.stop(act, writer.run_id, writer.attempt, "写入的命令中途结束")
    told = bureau.all(Outbox)[-1]
    with bureau.act() as act:
        assert told.data["said"] == "stopped" and act.session.get_one(Person, told.person_id).name == "管理员"


def test_what_is_kept_of_a_part_is_sealed(bureau: Office) -> None:
    bureau.take(companies(2, phone="03350000001"))
    list(Writer(bureau, companies(6, phone="03350000002")).parts())
    with bureau.act() as act:
        place = ImportChange.__table__  # type: ignore[attr-defined]
        raw = [bytes(row[0]) for row in act.session.connection().exec_driver_sql(f"SELECT rows FROM {place.name}")]
    assert raw and not any(b"03350000001" in each for each in raw)


def _recuse(bureau: Office, label: str) -> None:
    with bureau.act() as act:
        person = act.session.exec(select(Inspector.id).order_by(col(Inspector.id))).one()
        company = act.session.exec(select(Entity.id).where(Entity.label == label)).one()
        upkeep.recuse(act, company or 0, person or 0, "示例亲属关系")
