"""平台抽取结果: a platform's list in every shape that offices export becomes visits, and goes on as after a draw."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from handlers import catalog, registry
from models import (
    backfill,
    batch,
    change,
    draw,
    event,
    export,
    followup,
    intake,
    minutes,
    office,
    outbox,
    papers,
    people,
    result,
    visit,
)
from models.act import Act, Refused, key
from models.backfill import Backfill
from models.base import SHANGHAI
from models.draw import Draw
from models.inspector import Inspector
from models.people import Person
from models.plan import Task
from models.platformdraw import WhichTask
from models.rows import Table
from models.visit import Seat, Visit
from models.words import DrawMode, Role, SeatState, TaskState, VisitState
from templates import columns, sheets, workbook
from tests.test_intake import A, B, C, Office, act_of, bureau, entity, inspector, plan_row, table

__all__ = ["bureau"]

catalog.load()

P1, P2, P3 = "990000001", "990000002", "990000003"
NAMES = {P1: "张三", P2: "李四四", P3: "王五"}


@pytest.fixture
def ready(bureau: Office) -> Office:
    """Registers, and two tasks that are drawn on the platform and wait for their lists."""
    take(bureau, table("entity", entity(A), entity(B, "示例乙公司"), entity(C, "示例丙公司", state="注销")))
    take(bureau, table("inspector", *(inspector(label, name=name) for label, name in NAMES.items())))
    take(bureau, table("plan", plan_row("001"), plan_row("002", name="另一项抽查")))
    with bureau.act() as act:
        for task in act.session.exec(select(Task)):
            task.unit_id, task.state, task.mode = bureau.root_id, TaskState.COMPLETED, DrawMode.PLATFORM
            act.session.add(task)
    return bureau


def take(bureau: Office, given: Table, task_id: int | None = None) -> Any:
    with bureau.act() as act:
        return intake.write(act_of(act), intake.preview(act_of(act), given, task_id=task_id))


def look(bureau: Office, given: Table, task_id: int | None = None) -> intake.Preview:
    with bureau.act() as act:
        return intake.preview(act, given, task_id=task_id)


def exported(header: list[str], *rows: list[str]) -> Table:
    """A list as a platform hands it out, its kind recognised by its columns."""
    made = sheets.read("导出.xlsx", workbook.xlsx(header, rows, title="双随机抽查结果"))
    assert made.kind == "platform"
    return made


def teams(bureau: Office) -> dict[str, set[str]]:
    """Label of each entity and who goes there."""
    with bureau.act() as act:
        found = {}
        for each in act.session.exec(select(Visit)):
            label = str(act.session.get_one(intake.Entity, each.entity_id).label)
            found[label] = {one.name for _, one in visit.team(act.session, key(each))}
        return found


ONE_ROW = ["抽查任务编号", "统一社会信用代码", "企业名称", "检查人员"]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (ONE_ROW, [["001", A, "示例甲公司", "张三、李四四"]]),
        (ONE_ROW, [["2026001", A, "示例甲公司", "张 三，李四四"]]),
        (ONE_ROW, [["001", A, "示例甲公司", f"张三({P1}) 李四四（{P2}）"]]),
        (ONE_ROW, [["001", A, "示例甲公司", "组长：张三\n组员：李四四"]]),
        (ONE_ROW, [["001", A, "示例甲公司", "张三"], ["001", A, "示例甲公司", "李四四"]]),
        (["任务编号", "信用代码", "执法证号"], [["001", A, f"{P1}、{P2}"]]),
        (["任务编号", "被检查单位", "执法人员"], [["001", "示例甲公司", "张三、李四四"]]),
        (["任务名称", "信用代码", "检查人员", "执法证号"], [["2026年某某随机抽查", A, "张三、李四四", f"{P1},{P2}"]]),
        (["任务编号", "信用代码", "组长", "检查人员1", "检查人员2"], [["001", A, "张三", "李四四", ""]]),
        (
            ["任务编号", "注册号", "检查人员1", "执法证号1", "检查人员2", "执法证号2"],
            [["001", A, "张三", P1, "李四四", P2]],
        ),
        (
            ["序号", "任务编号", "统一社会信用代码", "企业名称", "住所", "联系电话", "信用风险等级", "执法人员"],
            [["1", "001", A, "示例甲公司", "某路", "0", "A", "张三、李四四"]],
        ),
    ],
)  # fmt: skip
def test_every_shape_of_list_gives_the_same_team(ready: Office, header: list[str], rows: list[list[str]]) -> None:
    given = look(ready, exported(header, *rows))
    assert (given.new, given.refused) == (1, ())
    take(ready, exported(header, *rows))
    assert teams(ready) == {A: {"张三", "李四四"}}


def test_the_task_stands_as_after_a_draw_and_its_cards_go_out(ready: Office) -> None:
    done = take(
        ready,
        exported(
            [*ONE_ROW, "抽取日期", "检查截止日期"],
            ["001", A, "示例甲公司", "张三、李四四", "2026-02-27", "2026-04-30"],
            ["001", B, "示例乙公司", "李四四、王五", "2026-02-27", ""],
        ),
    )
    (drawn,) = done.draws
    assert not drawn.announced and drawn.batch == 1
    with ready.act() as act:
        first, second = visit.of_draw(act.session, key(drawn))
        task = act.session.get_one(Task, drawn.task_id)
        assert (first.order, first.due, first.drawn_at.date()) == (1, date(2026, 4, 30), date(2026, 2, 27))
        assert second.due == date(2026, 11, 30)
        assert (task.state, first.state, first.origin) == (TaskState.DRAWN, VisitState.DRAWN, "抽取")
        assert draw.newest(act.session) == [], "nothing of ours was announced, so nothing of ours can be verified"
        visits, inspectors, missing = visit.dispatch(act, key(drawn))
        assert (visits, inspectors, missing) == (2, 3, [])
        assert {row.kind for row in act.session.exec(select(outbox.Outbox))} >= {"cards"}
        with pytest.raises(Refused, match="在平台抽取，这里没有公告"):
            draw.record_of(drawn)
        with pytest.raises(Refused, match="在平台抽取，这里没有公告"):
            minutes.announcement(act, key(drawn))


def test_the_team_has_its_papers_and_asks_to_leave_on_the_platform(ready: Office) -> None:
    drawn = take(ready, exported(ONE_ROW, ["001", A, "示例甲公司", "张三、李四四"])).draws[0]
    with ready.act() as act:
        visit.dispatch(act, key(drawn))
        assert [(each.id, n) for each, _, n in batch.dispatched(act)] == [(drawn.id, 1)]
        found = act.session.exec(select(Inspector).where(Inspector.label == P1)).one()
        view = papers.assignment(act, key(drawn), key(found))
        assert (view.record_digest, [each.name for each in view.entities]) == ("", ["示例甲公司"])
        seat = act.session.exec(select(Seat).where(Seat.inspector_id == found.id)).one()
        asked = change.ask_to_remove(replace(act, actor=_colleague(act)), key(seat), recusal=True, reason="近亲属")
        with pytest.raises(Refused, match="在平台上调整，再把名单重新导入"):
            event.approve(act, key(asked))
    # The platform's new list settles it.
    take(ready, exported(ONE_ROW, ["001", A, "示例甲公司", "李四四、王五"]))
    with ready.act() as act:
        assert change.get(act.session, key(asked)).state == "settled"
        assert change.standing(act.session, seat.visit_id) == []


def _colleague(act: Act) -> Person:
    root = people.root(act.session)
    assert root is not None
    return office.add_person(act_of(act), name="另一工作人员", unit=root, roles=[Role.STAFF])


def test_a_list_that_does_not_name_its_task_is_asked_for(ready: Office) -> None:
    given = exported(["统一社会信用代码", "检查人员"], [A, "张三、李四四"])
    with pytest.raises(WhichTask, match="2026001、2026002") as asked:
        look(ready, given)
    chosen = asked.value.tasks[1]
    assert look(ready, given, chosen.id).new == 1
    take(ready, given, chosen.id)
    with ready.act() as act:
        assert act.session.exec(select(Visit.task_id)).all() == [chosen.id]


def test_without_a_completed_task_it_says_what_to_do(bureau: Office) -> None:
    take(bureau, table("plan", plan_row("001")))
    with pytest.raises(Refused, match="有 1 项平台抽取的任务还没有补全。请先在 /plan 补全"):
        look(bureau, exported(ONE_ROW, ["001", A, "甲", "张三、李四四"]))


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (["009", A, "示例甲公司", "张三、李四四"], "抽查任务编号", "计划里没有这项任务"),
        (["001", "9.113E+17", "示例甲公司", "张三、李四四"], "统一社会信用代码", "是科学计数法"),
        (["001", A[:-1], "示例甲公司", "张三、李四四"], "统一社会信用代码", "名录库里没有"),
        (["001", A, "示例甲公司", "张三"], "检查人员", "只有 1 名持证人员，每户至少要 2 名"),
        (["001", A, "示例甲公司", "张三、赵六"], "检查人员", "执法检查人员名录库里没有「赵六」"),
        (["001", A, "示例甲公司", f"张三({P2})、王五"], "检查人员", f"「{P2}」在名录库中是「李四四」，不是「张三」"),
        (["001", A, "示例甲公司", ""], "检查人员", "只有 0 名持证人员"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named(ready: Office, row: list[str], column: str, says: str) -> None:
    good = ["001", B, "示例乙公司", "张三、王五"]
    given = look(ready, exported(ONE_ROW, row, good))
    assert [(each.row, each.column) for each in given.refused] == [(3, column)]
    assert says in given.refused[0].reason
    assert given.new == 1


def test_a_visit_of_several_rows_is_taken_whole_or_not_at_all(ready: Office) -> None:
    rows = (["001", A, "示例甲公司", "张三"], ["001", A, "示例甲公司", "赵六"], ["001", B, "示例乙公司", "张三、王五"])
    given = look(ready, exported(ONE_ROW, *rows))
    assert given.new == 1
    assert [each.row for each in given.refused] == [3, 4]
    assert "同一户的第 4 行不能导入" in given.refused[0].reason


def test_what_speaks_against_a_row_is_said_and_the_platform_has_its_way(ready: Office) -> None:
    take(ready, table("recusal", {"entity": B, "inspector": P1, "reason": "近亲属"}))
    take(ready, table("inspector", inspector(P3, name="王五", valid_until="2026-01-31")))
    given = look(
        ready,
        exported(ONE_ROW, ["001", B, "示例乙公司（新名）", "张三、王五"], ["001", C, "示例丙公司", "张三、李四四"]),
    )
    said = "\n".join(doubt.sentence for doubt in given.warnings)
    assert given.new == 2
    assert "张三与这一户登记了回避" in said
    assert "王五的执法证已在 2026-01-31 到期" in said
    assert "名称与名录库中的「示例乙公司」不同，按代码对应" in said
    assert "名录库中的状态是「注销」" in said


def test_another_team_on_the_platform_is_transcribed_and_told(ready: Office) -> None:
    drawn = take(ready, exported(ONE_ROW, ["001", A, "示例甲公司", "张三、李四四"])).draws[0]
    with ready.act() as act:
        visit.dispatch(act, key(drawn))
    changed = exported(ONE_ROW, ["001", A, "示例甲公司", "张三、王五"])
    assert look(ready, changed).changed == 1
    assert "按平台的新名单调整" in look(ready, changed).warnings[0].sentence
    take(ready, changed)
    assert teams(ready) == {A: {"张三", "王五"}}
    with ready.act() as act:
        seats = act.session.exec(select(Seat, Inspector.name).join(Inspector).order_by(col(Seat.id))).all()
        assert [(name, seat.state, seat.reason, seat.since) for seat, name in seats] == [
            ("张三", SeatState.WAITING, "", 1),
            ("李四四", SeatState.LEFT, "平台调整", 1),
            ("王五", SeatState.WAITING, "", 2),
        ]
        cards = act.session.exec(select(outbox.Outbox).where(outbox.Outbox.kind == "cards")).all()
        assert len(cards) == 3
        (told,) = act.session.exec(select(outbox.Outbox).where(outbox.Outbox.kind == "platform_left")).all()
        answer = registry.NOTICES["platform_left"](act, told)
        assert answer is not None and "示例甲公司的检查不再由您参加，请不要前往" in answer.text
    assert look(ready, changed).same == 1


def test_more_entities_later_are_another_batch(ready: Office) -> None:
    take(ready, exported(ONE_ROW, ["001", A, "示例甲公司", "张三、李四四"]))
    both = exported(ONE_ROW, ["001", A, "示例甲公司", "李四四、张三"], ["001", B, "示例乙公司", "张三、王五"])
    assert (look(ready, both).new, look(ready, both).same) == (1, 1)
    assert take(ready, both).draws[0].batch == 2
    with ready.act() as act:
        assert act.session.exec(select(Draw.batch).order_by(col(Draw.id))).all() == [1, 2]


def test_a_checked_visit_keeps_its_team(ready: Office) -> None:
    take(ready, exported(ONE_ROW, ["001", A, "示例甲公司", "张三、李四四"]))
    with ready.act() as act:
        found = act.session.exec(select(Visit)).one()
        found.state = VisitState.CONFIRMED
        act.session.add(found)
    (refusal,) = look(ready, exported(ONE_ROW, ["001", A, "示例甲公司", "张三、王五"])).refused
    assert "已经录入结果" in refusal.reason


def test_a_passed_result_and_a_closed_measure_are_owed_to_the_platform(ready: Office) -> None:
    take(ready, exported(ONE_ROW, ["001", A, "示例甲公司", "张三、李四四"]))
    with ready.act() as act:
        found = act.session.exec(select(Visit)).one()
        act.session.add(
            result.Result(
                visit_id=key(found),
                version=1,
                categories=["own_rules"],
                methods=["on_site"],
                measures=["rectify"],
                findings="台账不全",
                checked_on=date(2026, 3, 2),
                entered_by=act.person_id,
                entered_at=act.now,
            )
        )
        found.state, found.passed_at = VisitState.PASSED, act.now
        act.session.add(found)
        measure = followup.Followup(visit_id=key(found), measure="rectify", due=date(2026, 3, 30), opened_at=act.now)
        act.session.add(measure)
        act.session.flush()
        (row,) = backfill.owe(act)
        assert backfill.owe(act) == []
        # Five working days after Monday, 2 March.
        assert (row.due, row.estimated) == (date(2026, 3, 9), False)
        values = backfill.values(act.session, found)
        assert [values[name] for name in ("task_no", "label", "inspectors", "categories", "measures", "state")] == [
            "001",
            A,
            "张三、李四四",
            "违反本部门相关规定",
            "责令改正，后续跟踪",
            "未完结",
        ]
        measure.closed_at, measure.note = datetime(2026, 3, 20, 10, tzinfo=SHANGHAI), "复查合格"
        act.session.add(measure)
        (second,) = backfill.owe(act)
        assert (second.subject, second.due) == ("followup", date(2026, 3, 27))
        values = backfill.values(act.session, found, measure.id)
        assert (values["state"], values["closed"]) == ("已完结", "2026-03-20 复查合格")
        (listed,) = export.records(act, "result")
        assert listed == backfill.values(act.session, found)
        assert list(listed) == [column.name for column in columns.EXPORTS["result"]], "the platform's own order"
        assert [each.id for each, *_ in backfill.pending(act)] == [row.id, second.id]
        backfill.done(act, key(row))
        with pytest.raises(Refused, match="已经登记为回填"):
            backfill.done(act, key(row))
        assert [each.id for each, *_ in backfill.pending(act)] == [second.id]
    assert len(ready.all(Backfill)) == 2
    # The results that went out, dropped back: the visits are there, what was found is not entered by a table.
    again = look(ready, sheets.read("检查结果.xlsx", workbook.write_xlsx("result", [listed])))
    assert (again.kind, again.new, again.changed, again.same) == ("platform", 0, 0, 1)
    assert "不认识的列没有导入：检查日期、发现问题情况" in again.notes[0]
