"""留痕: the chain holds through a whole task; whatever is done to it afterwards is named, row by row."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import Session, select

from bot import migrate
from bot.__main__ import main
from models import audit
from models.audit import START, Audit, digest_of
from models.base import reading, writing
from models.people import Person
from tests.sample_office import KEY, SampleOffice


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of an office that has drawn, sent out and inspected."""
    folder = tmp_path_factory.mktemp("worked")
    office = SampleOffice.opened(folder)
    office.checked(office.dispatched("003"))
    command.stamp(migrate.config(office.engine), "head")
    office.engine.dispose()
    return folder / "office.db"


@pytest.fixture
def office(worked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SampleOffice]:
    opened = SampleOffice.opened(tmp_path)
    shutil.copy(worked, tmp_path / "office.db")
    monkeypatch.setenv("QIANTONG_DATA", str(tmp_path))
    monkeypatch.setenv("QIANTONG_KEY", KEY)
    yield opened
    opened.engine.dispose()


def faults(office: SampleOffice, *posted: str) -> list[tuple[int, str]]:
    with office.read() as session:
        return [*audit.check(session), *audit.missing(session, posted)]


def tampered(office: SampleOffice, statement: str, **values: object) -> None:
    """What somebody with the file and a database tool does."""
    with writing(office.engine) as session:
        session.execute(text(statement), values)


def rehashed(session: Session, row: Audit) -> None:
    row.digest = digest_of(row)
    session.add(row)
    session.flush()


def test_the_chain_holds_through_a_whole_task(office: SampleOffice) -> None:
    assert faults(office) == []
    with office.read() as session:
        assert audit.size(session) > 50
        verbs = set(session.exec(select(Audit.verb)))
    assert {"establish", "announce", "throw", "dispatch"} <= verbs


@pytest.mark.parametrize(
    "change",
    [
        "at = '2020-01-01 00:00:00'",
        "actor_id = 1",
        "behalf_id = 1",
        "verb = 'other'",
        "subject = 'other'",
        "subject_id = 99999",
        "source = 'elsewhere'",
        "clock = 'simulated'",
        "before = '{\"a\": 1}'",
        "after = '{}'",
    ],
)
def test_a_changed_field_is_named(change: str, office: SampleOffice) -> None:
    with office.read() as session:
        number = session.exec(select(Audit.id).where(Audit.actor_id != 1).where(Audit.verb == "throw")).first()
    tampered(office, f"UPDATE audit SET {change} WHERE id = :id", id=number)
    assert faults(office) == [(number, f"第 {number} 条的内容与它的摘要不一致：这条记录被改过")]


def test_a_changed_row_with_a_new_digest_breaks_the_link_to_the_next(office: SampleOffice) -> None:
    with writing(office.engine) as session:
        row = session.get_one(Audit, 20)
        row.verb = "other"
        rehashed(session, row)
    assert faults(office) == [(21, "第 21 条没有接在第 20 条之后：中间有记录被删除、插入或者调换")]


def test_a_deleted_row_is_named(office: SampleOffice) -> None:
    tampered(office, "DELETE FROM audit WHERE id = 20")
    assert [number for number, _ in faults(office)] == [21]


def test_an_inserted_row_is_named(office: SampleOffice) -> None:
    tampered(office, "UPDATE audit SET id = 100000 + id WHERE id >= 20")
    with writing(office.engine) as session:
        before, after = session.get_one(Audit, 19), session.get_one(Audit, 100020)
        made = Audit(**after.model_dump(exclude={"id", "previous", "digest"}), previous=before.digest, digest="")
        made.id, made.verb = 20, "invented"
        rehashed(session, made)
    assert [number for number, _ in faults(office)] == [100020]


def test_rows_that_change_places_are_named(office: SampleOffice) -> None:
    tampered(office, "UPDATE audit SET id = -1 WHERE id = 20")
    tampered(office, "UPDATE audit SET id = 20 WHERE id = 21")
    tampered(office, "UPDATE audit SET id = 21 WHERE id = -1")
    assert [number for number, _ in faults(office)] == [20, 21, 22]


def test_a_tail_cut_off_shows_only_against_a_head_that_was_posted(office: SampleOffice) -> None:
    with office.read() as session:
        head = audit.head(session)
    tampered(office, "DELETE FROM audit WHERE id > (SELECT max(id) - 3 FROM audit)")
    assert faults(office) == []
    assert [number for number, _ in faults(office, head)] == [0]


def test_a_past_that_was_rewritten_throughout_shows_only_against_a_head_that_was_posted(office: SampleOffice) -> None:
    with writing(office.engine) as session:
        posted = audit.head(session)
        rows = session.exec(select(Audit).order_by(text("id"))).all()
        rows[10].verb = "other"
        previous = START
        for row in rows:
            row.previous = previous
            rehashed(session, row)
            previous = row.digest
    assert faults(office) == []
    assert [sentence for _, sentence in faults(office, posted)] == [
        f"公布过的末条摘要 {posted} 不在留痕里：它和它以后的记录被删除或者改过"
    ]


def test_an_act_and_its_row_stand_or_fall_together(office: SampleOffice) -> None:
    with office.read() as session:
        size, head = audit.size(session), audit.head(session)

    def rename(fail: bool) -> None:
        with office.act("admin") as act:
            act.person.name = "示例新名"
            act.session.add(act.person)
            act.record("rename", "person", act.person_id, before={"name": "示例管理员"})
            if fail:
                raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        rename(fail=True)
    with office.read() as session:
        assert (audit.size(session), audit.head(session)) == (size, head)
        assert session.exec(select(Person).where(Person.name == "示例新名")).first() is None
    rename(fail=False)
    with office.read() as session:
        assert audit.size(session) == size + 1
        assert session.exec(select(Person).where(Person.name == "示例新名")).one()
    assert faults(office, head) == []


def test_the_digest_covers_everything_but_the_number_and_itself(office: SampleOffice) -> None:
    with reading(office.engine) as session:
        row = session.get_one(Audit, 20)
        known = digest_of(row)
        changes: dict[str, Callable[[], object]] = {
            "at": lambda: row.at + timedelta(microseconds=1),
            "previous": lambda: "f" * 64,
            "before": lambda: {"x": 1},
            "after": lambda: {"x": 1},
        }
        for name in set(Audit.model_fields) - {"id", "digest"}:
            kept = getattr(row, name)
            setattr(row, name, changes.get(name, lambda: 12345)())
            assert digest_of(row) != known, name
            setattr(row, name, kept)
        assert digest_of(row) == known
        session.rollback()


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_that_the_chain_holds(office: SampleOffice, capsys: pytest.CaptureFixture[str]) -> None:
    with office.read() as session:
        size, head = audit.size(session), audit.head(session)
    assert main(["audit"]) == 0
    assert capsys.readouterr().out == f"留痕 {size} 条，链条完整。末条摘要 {head}\n"
    assert main(["audit", "--json", "--posted", head]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "rows": size, "head": head, "faults": []}


def test_the_command_names_each_fault_in_a_line(office: SampleOffice, capsys: pytest.CaptureFixture[str]) -> None:
    tampered(office, "UPDATE audit SET verb = 'other' WHERE id IN (20, 30)")
    assert main(["audit", "--posted", "a" * 64]) == 1
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 4
    assert out[0].startswith("第 20 条的内容") and out[1].startswith("第 30 条的内容")
    assert out[2].startswith("公布过的末条摘要 aaaa") and "有 3 处问题" in out[3]
    assert main(["audit", "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["ok"] is False and [fault["row"] for fault in shown["faults"]] == [20, 30]


def test_what_was_posted_must_look_like_a_digest(office: SampleOffice, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--posted", "zz"]) == 2
    assert capsys.readouterr() == ("", "--posted 后面应当是 64 位十六进制的摘要。\n")


@pytest.mark.parametrize("url", ["", "sqlite:///{folder}/other.db"])
def test_where_there_is_no_office_it_is_exit_2(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIANTONG_DATA", str(tmp_path / "empty"))
    monkeypatch.setenv("QIANTONG_DATABASE_URL", url.format(folder=tmp_path))
    assert main(["audit"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("还没有办公室") and err.count("\n") == 1
