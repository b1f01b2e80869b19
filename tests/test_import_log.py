"""导入记录: what each kind of import changed, in the words under which it came in, without anything personal."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.importlog import workbook_of
from models import importlog, importrun, intake, statechange
from models.act import NoRight, Refused, key
from models.importlog import Line
from models.importrun import Change, ImportRun, RunState
from models.rows import KIND_NAMES
from models.words import EntityState
from templates import fields
from tests.test_export_command import completed, drawn
from tests.test_import_undo import KINDS, listed, take
from tests.test_intake import A, B, Office, act_of, bureau, entity, table

__all__ = ["bureau"]

SECOND: dict[str, dict[str, str]] = {
    "plan": {"ratio_text": "37%"},
    "item": {"content": "另外的内容"},
    "entity": {"risk_class": "D", "tags": "黑名单、示例", "state": "停业"},
    "inspector": {"post": "另外的职务", "specialties": "甲、乙", "phone": "00099", "id_number": ""},
    "expert": {"field": "无线电", "phone": "00099", "state": "退出"},
    "people": {"roles": "联络员", "phone": "00099"},
    "holidays": {"working": "上班"},
}
"""What a second import of the same rows says otherwise."""


def lines_of(bureau: Office, run: ImportRun) -> list[Line]:
    with bureau.act() as act:
        return list(importlog.lines(act_of(act), key(run)))


def said(line: Line) -> list[str]:
    return [f"{fields.title(line.place, cell.name)} {cell.before} → {cell.after}" for cell in line.cells]


@pytest.mark.parametrize("kind", KINDS)
def test_new_rows_are_listed_by_number_and_name(bureau: Office, kind: str) -> None:
    run = take(bureau, listed(kind, KINDS[kind]))
    found = lines_of(bureau, run)
    assert len(found) >= len(KINDS[kind]) and all(line.new for line in found)
    for line in found:
        assert line.place in fields.PLACES
        assert line.label or line.name, line


@pytest.mark.parametrize("kind", KINDS)
def test_changed_values_are_told_in_the_offices_words(bureau: Office, kind: str) -> None:
    first = KINDS[kind][:1]
    take(bureau, listed(kind, first))
    run = take(bureau, listed(kind, [first[0] | SECOND[kind]]))
    found = lines_of(bureau, run)
    text = "；".join(each for line in found for each in said(line))
    assert text if kind != "people" else found
    assert "00099" not in text and "None" not in text and "True" not in text
    for line in found:
        for cell in line.cells:
            assert not fields.title(line.place, cell.name).isascii()
            assert cell.before != cell.after or cell.before == importlog.MASK
    expected = {
        "plan": "抽查比例 5% → 37%",
        "item": "→ 另外的内容",
        "entity": "状态 存续 → 停业",
        "inspector": "→ 另外的职务",
        "expert": "状态 在库 → 退出",
        "people": "联系电话 *** → ***",
        "holidays": "类型 放假 → 上班",
    }
    assert expected[kind] in text.replace("不少于", "")
    if kind == "people":
        assert any(line.new and "联络员（示例新处）" in line.name for line in found)


def test_recusals_and_a_platforms_list_are_called_by_the_entity(bureau: Office) -> None:
    for kind in ("entity", "inspector", "plan"):
        take(bureau, listed(kind, KINDS[kind]))
    completed(bureau, "2020001")
    people, who = KINDS["inspector"], KINDS["entity"][0]
    recusal = take(
        bureau, listed("recusal", [{"entity": who["label"], "inspector": people[0]["label"], "reason": "近亲属"}])
    )
    (line,) = lines_of(bureau, recusal)
    assert (line.label, line.name) == (who["label"], f"{who['name']}　{people[0]['name']}")
    drawn_list = take(bureau, listed("platform", [drawn(who["label"], people)]))
    found = lines_of(bureau, drawn_list)
    places = [line.place for line in found]
    assert places.count("visit") == 1 and places.count("seat") == len(people) and "draw" in places
    assert any(said(line) == ["状态 待抽取 → 检查中"] for line in found if line.place == "task")


def test_rows_that_are_gone_are_called_by_what_was_kept(bureau: Office) -> None:
    item = take(bureau, listed("item", KINDS["item"][:1]))
    many = take(bureau, table("entity", entity(A)))
    for run in (item, many):
        with bureau.act() as act:
            intake.undo(act_of(act), key(run))
    (line,) = lines_of(bureau, item)
    assert line.name == KINDS["item"][0]["name"] and line.label == KINDS["item"][0]["code"]
    # Of a large register the new rows' ids alone are kept.
    assert lines_of(bureau, many) == [Line("entity", "", "", True)]


def test_only_what_the_actor_may_import_is_seen(bureau: Office) -> None:
    take(bureau, table("entity", entity(A)))
    people = take(bureau, listed("people", KINDS["people"]))
    with bureau.act("工作人员") as act:
        assert [run.kind for run in importlog.page(act).runs] == ["entity"]
        with pytest.raises(NoRight):
            importlog.run(act, key(people))
        with pytest.raises(NoRight):
            list(importlog.lines(act, key(people)))
        with pytest.raises(Refused, match="没有找到这次导入"):
            importlog.run(act, 99)
    with bureau.act("检查人员") as act:
        with pytest.raises(NoRight):
            importlog.page(act)
        with pytest.raises(NoRight):
            importlog.taken_out(act, key(people), 1)


def test_pages_begin_with_the_newest_and_end_with_the_first(bureau: Office) -> None:
    with bureau.act() as act:
        for number in range(23):
            importrun.keep(act, "entity", [], new=number, changed=0, digest="0")
        importrun.keep(act, "entity", [], new=1, changed=0, name="聊天里新增：某企业")
        pages = [importlog.page(act, number) for number in range(-1, 4)]
    assert [page.number for page in pages] == [0, 0, 1, 2, 2]
    assert [len(page.runs) for page in pages] == [10, 10, 10, 3, 3]
    assert [run.new for run in pages[3].runs] == [2, 1, 0], "what was typed in the chat is no import"
    assert (pages[3].first, pages[3].many, pages[3].pages) == (21, 23, 3)


def test_a_change_of_which_only_the_old_value_is_kept_says_so(bureau: Office) -> None:
    take(bureau, table("entity", entity(A)))
    with bureau.act() as act:
        run = importrun.keep(act, "entity", [Change("entity", 1, {"name": "旧名"})], new=0, changed=1)
    (line,) = lines_of(bureau, run)
    assert said(line) == ["检查对象名称 旧名 → （没有记录）"]


def test_the_file_of_a_run_is_the_same_each_time(bureau: Office) -> None:
    run = take(bureau, table("entity", entity(A), entity(B, "示例乙公司")))
    with bureau.act() as act:
        assert workbook_of(act, key(run)) == workbook_of(act, key(run))
        assert workbook_of(act, key(run))[1] == 2


def test_states_are_not_changed_while_the_register_is_being_written(bureau: Office) -> None:
    run = take(bureau, table("entity", entity(A)))
    with bureau.act() as act:
        _, number = statechange.change(act, [1], EntityState.CLOSED, "已注销")
        row: Any = act.session.get(ImportRun, run.id)
        row.state, row.total = RunState.WRITING, 10
        act.session.add(row)
        act.session.flush()
        assert importlog.run(act, key(run)).state == RunState.WRITING
        with pytest.raises(Refused, match=f"正在写入导入的{KIND_NAMES['entity']}"):
            statechange.change(act, [1], EntityState.MOVED, "已迁出")
        with pytest.raises(Refused, match="正在写入导入的"):
            statechange.restore(act, number)


def test_who_may_not_change_states_changes_none(bureau: Office) -> None:
    take(bureau, table("entity", entity(A)))
    with bureau.act("检查人员") as act:
        for step in (
            lambda: statechange.consider(act, [1], EntityState.CLOSED),
            lambda: statechange.change(act, [1], EntityState.CLOSED, "已注销"),
            lambda: statechange.restore(act, 1),
        ):
            with pytest.raises(NoRight):
                step()
    with bureau.act() as act:
        considered, _ = statechange.change(act, [1, 1, 7], EntityState.CLOSED, "已注销")
        assert (considered.many, considered.lost) == (1, 1)
        with pytest.raises(Refused, match="没有可以变更的"):
            statechange.change(replace(act), [1], EntityState.CLOSED, "已注销")
