"""Imports against the registers: new, changed, gone, refused with a reason, odd and kept; nothing before the write."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, event
from sqlmodel import Session, SQLModel, col, func, select

from models import audit, codes, importword, intake, office, people, tables
from models.act import Act, NoRight, Refused, key
from models.base import KEYRING, SHANGHAI, open_store, reading, writing
from models.entity import Entity
from models.expert import Expert
from models.inspector import Inspector, Recusal
from models.intake import Preview
from models.item import Item
from models.people import Person
from models.plan import Plan, Task
from models.rows import Table
from models.words import EntityState, Role, TaskState
from templates import columns, samples, sheets, workbook
from templates.policies import load

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
A, B, C = (codes.make_credit_code(n) for n in (1, 2, 3))


class Office:
    """An office with a clerk, an inspector without rights, and one department."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with writing(engine) as session:
            founding = self._act(session, None)
            root, _, _ = office.establish(founding, name="某市双随机办", policy="qinhuangdao-2022", admin="管理员")
            unit = office.add_unit(founding, name="盐业处", parent=root)
            self.ids = {
                name: key(office.add_person(founding, name=name, unit=root, roles=roles))
                for name, roles in (("工作人员", [Role.STAFF]), ("检查人员", [Role.INSPECTOR]))
            }
            self.unit_id, self.root_id = key(unit), key(root)

    def _act(self, session: Session, actor: Person | None) -> Act:
        return Act(session, NOW, actor, load("qinhuangdao-2022"), lambda n: bytes(n), "cli")

    @contextmanager
    def act(self, who: str = "工作人员") -> Iterator[Act]:
        with writing(self.engine) as session:
            yield self._act(session, session.get_one(Person, self.ids[who]))

    def look(self, table: Table, who: str = "工作人员") -> Preview:
        with self.act(who) as act:
            return intake.preview(act, table)

    def take(self, table: Table) -> Preview:
        with self.act() as act:
            ready = intake.preview(act, table)
            intake.write(act, ready)
            return ready

    def all(self, model: Any) -> list[Any]:
        with reading(self.engine) as session:
            return list(session.exec(select(model).order_by(model.id)))


def act_of(act: Act) -> Act:
    """The same, as the command line before anybody has rights."""
    return replace(act, actor=None)


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Office]:
    assert tables
    KEYRING.use("a key for tests only")
    engine = open_store(f"sqlite:///{tmp_path / 'office.db'}")
    SQLModel.metadata.create_all(engine)
    yield Office(engine)
    engine.dispose()


def table(kind: str, *records: dict[str, str]) -> Table:
    """A table as it would come out of a file that has just the columns of these records."""
    names = list(dict.fromkeys(name for record in records for name in record))
    by_name = {column.name: column.title for column in columns.SHAPES[kind]}
    lines = [[by_name[name] for name in names], *([record.get(name, "") for name in names] for record in records)]
    return sheets.read("a.xlsx", workbook.xlsx(lines[0], lines[1:]), kind)


def entity(label: str = A, name: str = "示例甲公司", **more: str) -> dict[str, str]:
    return {"label": label, "name": name, **more}


def inspector(label: str = "990000001", **more: str) -> dict[str, str]:
    return {"label": label, "name": "示例检查人员", "unit": "盐业处", "valid_until": "2030-12-31", **more}


def plan_row(number: str = "001", **more: str) -> dict[str, str]:
    return {
        "plan_no": f"2026{number}",
        "plan_name": f"2026年某某随机抽查{number}",
        "task_no": number,
        "name": "2026年某某随机抽查",
        "kind": "不定向抽查",
        "ratio_text": "5%",
        "item_text": "某事项",
        "scope_text": "全部企业",
        "lead_text": "盐业处",
        "joint_text": "无",
        "period_text": "2026年3月至11月",
        **more,
    }


# --- preview and write ------------------------------------------------------------------------------------------------


def test_a_preview_counts_and_writes_nothing(bureau: Office) -> None:
    before = bureau.all(audit.Audit)
    ready = bureau.look(table("entity", entity(A), entity(B, "示例乙公司"), entity("9.113E+17", "示例丙公司")))
    assert (ready.new, ready.changed, ready.same, ready.gone, ready.refused_rows) == (2, 0, 0, 0, 1)
    assert bureau.all(Entity) == []
    assert len(bureau.all(audit.Audit)) == len(before)


def test_a_wrong_row_loses_only_itself(bureau: Office) -> None:
    ready = bureau.take(table("entity", entity(A), entity("123", "示例乙公司"), entity(C, "示例丙公司")))
    assert [each.label for each in bureau.all(Entity)] == [A, C]
    (refusal,) = ready.refused
    assert (refusal.row, refusal.column, refusal.value) == (3, "统一社会信用代码", "123")


def test_the_second_import_tells_new_changed_same_and_gone(bureau: Office) -> None:
    bureau.take(table("entity", entity(A, district="一区"), entity(B, "示例乙公司", district="一区")))
    second = table("entity", entity(A, district="二区"), entity(C, "示例丙公司", district="二区"))
    ready = bureau.take(second)
    assert (ready.new, ready.changed, ready.same, ready.gone) == (1, 1, 0, 1)
    assert {each.label: each.district for each in bureau.all(Entity)} == {A: "二区", B: "一区", C: "二区"}
    again = bureau.look(second)
    assert (again.new, again.changed, again.same) == (0, 0, 2)


# Two rows of each kind of table; the second is then left out.
TWO: dict[str, tuple[Any, list[dict[str, str]]]] = {
    "entity": (Entity, [entity(A), entity(B, "示例乙公司")]),
    "item": (Item, [{"name": "甲事项", "basis": "某法"}, {"name": "乙事项", "basis": "某法"}]),
    "inspector": (Inspector, [inspector("990000001"), inspector("990000002", name="示例第二人")]),
    "expert": (Expert, [{"name": f"示例专家{n}", "field": "民爆", "employer": "示例大学"} for n in "甲乙"]),
    "plan": (Task, [plan_row("001"), plan_row("002")]),
}


@pytest.mark.parametrize("kind", TWO)
def test_a_preview_says_which_rows_of_the_register_the_file_lacks(bureau: Office, kind: str) -> None:
    model, rows = TWO[kind]
    bureau.take(table(kind, *rows))
    first, second = bureau.all(model)
    for lacks, listed in ((second, rows[:1]), (first, rows[1:])):
        ready = bureau.look(table(kind, *listed))
        assert (ready.gone_ids, ready.gone, ready.same) == ((lacks.id,), 1, 1)
    assert bureau.look(table(kind, *rows)).gone_ids == ()


def test_recusals_people_and_days_that_a_file_lacks_are_named_too(bureau: Office) -> None:
    bureau.take(table("entity", entity(A), entity(B, "示例乙公司")))
    bureau.take(table("inspector", inspector()))
    recusals = [{"entity": each, "inspector": "990000001", "reason": "近亲属"} for each in (A, B)]
    bureau.take(table("recusal", *recusals))
    assert bureau.look(table("recusal", recusals[1])).gone_ids == (bureau.all(Recusal)[0].id,)
    days = [{"day": day, "working": "休息", "source": "某通知"} for day in ("2026-05-01", "2026-05-02")]
    bureau.take(table("holidays", *days))
    assert bureau.look(table("holidays", days[1])).gone_ids == ("2026-05-01",)
    with bureau.act() as act:
        people_ = [{"name": "示例丁", "unit": "盐业处", "roles": "工作人员"}]
        ready = intake.preview(act_of(act), table("people", *people_))
        assert ready.gone_ids == tuple(each.id for each in bureau.all(Person))


def test_a_row_that_is_refused_is_none_that_the_file_lacks(bureau: Office) -> None:
    bureau.take(table("entity", entity(A), entity(B, "示例乙公司")))
    ready = bureau.look(table("entity", entity(A, ""), entity(A), entity(A, "又一个")))
    assert (ready.same, ready.refused_rows) == (1, 2)
    assert ready.gone_ids == (bureau.all(Entity)[1].id,)


def test_columns_that_the_file_lacks_stay_as_they_are(bureau: Office) -> None:
    bureau.take(table("entity", entity(A, address="某路1号", phone="000", risk_class="B", tags="黑名单")))
    bureau.take(table("entity", entity(A, "示例甲公司（新名）")))
    (stored,) = bureau.all(Entity)
    assert stored.name == "示例甲公司（新名）"
    assert (stored.address, stored.phone, stored.risk_class, stored.tags) == ("某路1号", "000", "B", ["黑名单"])


def test_a_risk_class_that_changed_is_said(bureau: Office) -> None:
    bureau.take(table("entity", entity(A, risk_class="A"), entity(B, "示例乙公司", risk_class="B")))
    ready = bureau.take(table("entity", entity(A, risk_class="D"), entity(B, "示例乙公司", risk_class="B")))
    assert [(doubt.row, doubt.sentence) for doubt in ready.warnings] == [(2, "示例甲公司的信用风险等级由 A 变为 D")]


def test_the_import_is_one_act_on_the_record_without_personal_data(bureau: Office) -> None:
    bureau.take(table("entity", entity(A, phone="13900000000", district="一区")))
    bureau.take(table("entity", entity(A, phone="13911111111", district="二区")))
    rows = [row for row in bureau.all(audit.Audit) if row.verb == "import"]
    assert [row.after["new"] for row in rows] == [1, 0]
    assert rows[1].before == {A: {"district": "一区", "phone": "***"}}
    assert rows[1].after["rows"] == {A: {"district": "二区", "phone": "***"}}
    with reading(bureau.engine) as session:
        assert list(audit.check(session)) == []


def test_only_staff_and_administrators_import(bureau: Office) -> None:
    with pytest.raises(NoRight):
        bureau.look(table("entity", entity()), "检查人员")
    ready = bureau.look(table("entity", entity()))
    with bureau.act("检查人员") as act, pytest.raises(NoRight):
        intake.write(act, ready)
    assert bureau.all(Entity) == []


def test_a_file_without_a_single_good_row_is_refused_whole(bureau: Office) -> None:
    ready = bureau.look(table("entity", entity("1")))
    with bureau.act() as act, pytest.raises(Refused, match="没有可以导入的行"):
        intake.write(act, ready)


def test_the_preview_as_data_has_counts_rows_and_no_personal_data(bureau: Office) -> None:
    data = bureau.look(table("entity", entity(A, phone="13900000000"), entity("1"))).as_json()
    assert {name: data[name] for name in ("kind", "new", "changed", "gone")} == {
        "kind": "entity",
        "new": 1,
        "changed": 0,
        "gone": 0,
    }
    assert data["refused"][0].keys() == {"row", "column", "value", "reason"}
    assert data["rows"][0]["label"] == A
    assert "13900000000" not in str(data)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "record", "column", "says"),
    [
        ("entity", entity("9.113E+17"), "统一社会信用代码", "是科学计数法，后几位已经丢失。请把该列设为文本后重新粘贴"),
        ("entity", entity(A[:17] + ("0" if A[17] != "0" else "1")), "统一社会信用代码", "校验码不对"),
        ("entity", entity(""), "统一社会信用代码", "没有统一社会信用代码，也没有名录库编号"),
        ("entity", entity(A, ""), "检查对象名称", "没有检查对象名称"),
        ("entity", entity(A, risk_class="Z"), "信用风险等级", "不在本单位的等级（A、B、C、D）之中"),
        ("entity", entity(A, state="好"), "状态", "请写存续、停业、吊销、注销或者迁出"),
        ("entity", entity(A, phone="1.39E+10"), "联系电话", "科学计数法"),
        ("entity", entity(A, tags="#x"), "风险标签", "不能以“#”开头"),
        ("entity", entity(A, as_of="46082"), "截止日期", "变成了数字，可能是 2026-03-01"),
        ("entity", entity(A, as_of="2026-02-30"), "截止日期", "不存在"),
        ("entity", {"label": "", "register_no": "@1", "name": "甲"}, "名录库编号", "不能以“@”开头"),
        ("inspector", inspector(""), "执法证号", "没有执法证号"),
        ("inspector", inspector("1"), "执法证号", "5 至 30 位"),
        ("inspector", inspector(unit="甲处"), "所在单位", "没有名为「甲处」的单位。请改成已有的单位（某市双随机办、"),
        ("inspector", inspector(valid_until=""), "证件有效期至", "没有写证件有效期"),
        ("inspector", inspector(valid_until="明年"), "证件有效期至", "看不懂"),
        ("inspector", inspector(id_number="11010519491231002"), "身份证号码", "17 位"),
        ("item", {"code": "X", "name": "某事项", "basis": ""}, "抽查依据", "没有依据的事项不得检查"),
        ("item", {"name": "某事项", "basis": "某法", "category": "特殊"}, "事项类别", "请写「一般」或者「重点」"),
        ("recusal", {"entity": A, "inspector": "99001", "reason": "近亲属"}, "统一社会信用代码", "名录库里没有"),
        ("plan", plan_row(ratio_text=""), "抽查比例", "没有写抽查比例"),
        ("plan", plan_row(ratio_text="0.05"), "抽查比例", "没有写百分号或单位"),
        ("plan", plan_row(period_text="随时"), "抽查时间", "看不懂"),
        ("plan", plan_row(plan_no="", task_no=""), "抽查计划编号", "没有抽查计划编号，也没有抽查任务编号"),
        ("plan", plan_row(name="", plan_name=""), "抽查任务名称", "没有抽查任务名称"),
        ("plan", plan_row(plan_no="2.026E+6"), "抽查计划编号", "科学计数法"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_row_column_value_and_reason(
    bureau: Office, kind: str, record: dict[str, str], column: str, says: str
) -> None:
    ready = bureau.look(table(kind, record, *([record] if not any(record.values()) else [])))
    refusal = next(each for each in ready.refused if each.column == column)
    assert refusal.row == 2
    assert says in refusal.reason
    assert ready.taken == ()


def test_a_formula_cell_is_refused_with_its_row(bureau: Office) -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for line in (["统一社会信用代码", "企业名称"], [A, '="甲"&"乙"'], [B, "乙"]):
        sheet.append(line)
    out = io.BytesIO()
    made.save(out)
    ready = bureau.look(sheets.read("a.xlsx", out.getvalue()))
    assert ready.new == 1
    assert "公式" in ready.refused[0].reason
    assert ready.refused[0].column == "企业名称"


def test_a_code_twice_in_a_file_is_taken_once_and_the_second_row_named(bureau: Office) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in A)
    ready = bureau.look(table("entity", entity(A), entity(B, "乙"), entity(wide, "又一个")))
    assert ready.new == 2
    assert [(each.row, "与第 2 行重复" in each.reason) for each in ready.refused] == [(4, True)]


def test_an_id_number_belongs_to_one_person(bureau: Office) -> None:
    number = codes.make_id_number(1)
    double = table("inspector", inspector("990000001", id_number=number), inspector("990000002", id_number=number))
    assert "与第 2 行重复" in bureau.look(double).refused[0].reason
    bureau.take(table("inspector", inspector("990000001", id_number=number)))
    (refusal,) = bureau.look(table("inspector", inspector("990000009", id_number=number))).refused
    assert "990000001" in refusal.reason
    assert number not in f"{refusal}"


# --- what is taken ----------------------------------------------------------------------------------------------------


def test_full_width_codes_and_words_come_in_their_one_form(bureau: Office) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in A)
    bureau.take(
        table("entity", entity(wide, risk_class="ｂ级", state="已注销", tags="黑名单，投诉、黑名单", phone="１３９"))
    )
    (stored,) = bureau.all(Entity)
    assert (stored.label, stored.risk_class, stored.state) == (A, "B", EntityState.CLOSED)
    assert (stored.tags, stored.phone, stored.as_of) == (["投诉", "黑名单"], "139", NOW.date())


def test_an_entity_without_credit_code_goes_by_the_registers_own_number(bureau: Office) -> None:
    bureau.take(table("entity", {"label": "", "register_no": "冀台-0007", "name": "示例设台用户"}))
    assert bureau.all(Entity)[0].label == "冀台-0007"


def test_an_inspector_is_kept_with_sealed_number_and_unit(bureau: Office) -> None:
    number = codes.make_id_number(7)
    ready = bureau.take(
        table("inspector", inspector(id_number=number, specialties="盐业、无线电", sex="女", post="科长"))
    )
    (stored,) = bureau.all(Inspector)
    assert (stored.unit_id, stored.specialties, stored.valid_until) == (
        bureau.unit_id,
        ["无线电", "盐业"],
        date(2030, 12, 31),
    )
    assert stored.id_number == number
    assert stored.id_hash == KEYRING.hash(number)
    with bureau.engine.connect() as connection:
        raw = connection.exec_driver_sql("SELECT id_number FROM inspector").scalar_one()
    assert number.encode() not in raw
    assert any("示例号码" in each.sentence for each in ready.warnings)


def test_inspectors_become_people_of_the_office_once(bureau: Office) -> None:
    with bureau.act() as act:
        root = people.root(act.session)
        assert root is not None
        colleague = office.add_person(act_of(act), name="示例同名", unit=root, roles=[Role.LIAISON])
        known = key(colleague)
    bureau.take(
        table(
            "inspector",
            inspector("990000001", name="示例新人"),
            inspector("990000002", name="示例同名", unit="某市双随机办"),
            inspector("990000003", name="示例离岗", state="调离"),
        )
    )
    first, second, gone = bureau.all(Inspector)
    by_id = {person.id: person for person in bureau.all(Person)}
    assert (by_id[first.person_id].name, by_id[first.person_id].unit_id) == ("示例新人", bureau.unit_id)
    assert by_id[first.person_id].label == "检查人员2"
    assert second.person_id == known
    assert gone.person_id is None
    with reading(bureau.engine) as session:
        assert people.roles(session, known) == {Role.LIAISON, Role.INSPECTOR}
        assert by_id[first.person_id].id in {person.id for person in people.unbound(session)}
    count = len(by_id)
    bureau.take(table("inspector", inspector("990000001", name="示例新人", post="科长")))
    assert len(bureau.all(Person)) == count


def test_an_expired_certificate_is_taken_and_said(bureau: Office) -> None:
    ready = bureau.take(table("inspector", inspector(valid_until="2025-12-31")))
    assert "已在 2025-12-31 到期" in ready.warnings[0].sentence


def test_items_without_codes_get_the_registers_next_number_and_are_known_by_name(bureau: Office) -> None:
    listed = table("item", {"name": "甲事项", "basis": "某法"}, {"name": "乙事项", "basis": "某法"})
    ready = bureau.take(listed)
    assert [item.code for item in bureau.all(Item)] == ["S001", "S002"]
    assert "没有事项编码，导入时编为「S001」" in ready.warnings[0].sentence
    again = bureau.look(listed)
    assert (again.new, again.same, again.gone) == (0, 2, 0)
    bureau.take(table("item", {"name": "丙事项", "basis": "某法"}))
    assert [item.code for item in bureau.all(Item)] == ["S001", "S002", "S003"]


def test_a_changed_item_is_a_new_version_to_be_published_again(bureau: Office) -> None:
    listed = {"code": "X1", "name": "甲事项", "basis": "某法"}
    bureau.take(table("item", listed | {"published_on": "2026-01-05"}))
    bureau.take(table("item", listed | {"guide": "新指引"}))
    (stored,) = bureau.all(Item)
    assert (stored.version, stored.published_on) == (1, date(2026, 1, 5)), "the guide is the office's own"
    bureau.take(table("item", listed | {"basis": "某法第三条"}))
    (stored,) = bureau.all(Item)
    assert (stored.version, stored.published_on, stored.guide) == (2, None, "新指引")
    bureau.take(table("item", listed | {"basis": "某法第四条", "published_on": "2026-02-05"}))
    (stored,) = bureau.all(Item)
    assert (stored.version, stored.published_on) == (3, date(2026, 2, 5))


def test_recusals_bind_the_two_registers_and_names_must_fit(bureau: Office) -> None:
    bureau.take(table("entity", entity(A)))
    bureau.take(table("inspector", inspector()))
    good = {"entity": A, "inspector": "990000001", "reason": "近亲属", "inspector_name": "示例检查人员"}
    assert (
        "与名录库中的「示例甲公司」不符"
        in bureau.look(table("recusal", good | {"entity_name": "别的公司"})).refused[0].reason
    )
    bureau.take(table("recusal", good | {"entity_name": "示例甲公司"}))
    (stored,) = bureau.all(Recusal)
    assert (stored.reason, stored.task_id) == ("近亲属", None)
    assert bureau.look(table("recusal", good)).same == 1


def test_recusals_go_by_names_where_there_are_no_numbers(bureau: Office) -> None:
    bureau.take(table("entity", entity(A), entity(B, "示例乙公司"), entity(C, "示例乙公司")))
    bureau.take(table("inspector", inspector()))
    by_name = {"entity_name": "示例甲公司", "inspector_name": "示例检查人员", "reason": "近亲属"}
    bureau.take(table("recusal", by_name))
    (stored,) = bureau.all(Recusal)
    assert (stored.reason, stored.entity_id) == ("近亲属", bureau.all(Entity)[0].id)
    said = [
        bureau.look(table("recusal", by_name | {"entity_name": name})).refused[0].reason
        for name in ("示例乙公司", "示例丁公司", "")
    ]
    assert "检查对象名录库里有 2 个「示例乙公司」，请写明编号" in said[0]
    assert "检查对象名录库里没有「示例丁公司」，请核对" in said[1]
    assert "请写明编号或者名称" in said[2]


def test_experts_without_numbers_get_the_registers_next_one(bureau: Office) -> None:
    rows = [{"name": name, "field": "民爆", "employer": "示例大学"} for name in ("示例专家甲", "示例专家乙")]
    ready = bureau.take(table("expert", *rows))
    assert [each.label for each in bureau.all(Expert)] == ["Z001", "Z002"]
    assert "没有专家编号，导入时编为「Z001」" in ready.warnings[0].sentence
    assert bureau.look(table("expert", *rows)).same == 2
    changed = bureau.take(table("expert", rows[0] | {"title": "高工", "valid_until": "2025-12-31", "state": "解聘"}))
    assert "聘期已在 2025-12-31 届满" in changed.warnings[0].sentence
    assert [(each.title, each.active) for each in bureau.all(Expert)] == [("高工", False), ("", True)]


def test_a_unit_s_other_name_makes_no_second_unit(bureau: Office) -> None:
    with bureau.act() as act:
        importword.learn(act, importword.UNIT, "盐业科", "盐业处")
        root = act_of(act)
        ready = intake.preview(root, table("people", {"name": "示例丁", "unit": "盐业科", "roles": "工作人员"}))
        assert ready.warnings == ()
        intake.write(root, ready)
    assert [each.name for each in bureau.all(people.Unit)] == ["某市双随机办", "盐业处"]


# --- the plan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plan-2020.docx", "plan-2020.xlsx"])
def test_the_real_plan_comes_in_as_written_and_its_slips_are_reported(bureau: Office, name: str) -> None:
    ready = bureau.take(sheets.read(name, samples.read(name)))
    assert (ready.new, ready.refused) == (15, ())
    stored = {task.plan_no: task for task in bureau.all(Task)}
    # A name broken by a narrow column is one line again; everything else is letter by letter as in the document.
    kept = ("plan_no", "task_no", "name", "kind", "ratio_text", "item_text", "scope_text", "lead_text", "joint_text")
    assert [tuple(getattr(task, field) for field in kept) for task in stored.values()] == [
        tuple(row[field].strip() for field in kept) for row in samples.plan()["row"]
    ]
    assert stored["2020008"].starts == date(2020, 3, 1)
    assert stored["2020008"].ends == date(2020, 11, 30)
    assert {task.state for task in stored.values()} == {TaskState.WRITTEN}
    meant = {(doubt.value, doubt.guess) for doubt in ready.warnings}
    assert ("202009", "2020009") in meant
    assert ("011号", "011") in meant
    assert ("2020年民爆安省工业和信息化厅全生产随机抽查", "2020年省工业和信息化厅民爆安全生产随机抽查") in meant
    assert any("不一致" in doubt.sentence and "衡水" in doubt.value for doubt in ready.warnings)
    # Tasks that start in February, and 005号 in a plan's name, are odd to nobody.
    assert {doubt.row for doubt in ready.warnings}.isdisjoint(
        {entry.number for entry in ready.taken if entry.key[0] in ("2020005", "2020006", "2020012")}
    )


def test_a_plan_row_without_ratio_is_refused_by_its_number_and_the_others_come_in(bureau: Office) -> None:
    ready = bureau.take(table("plan", plan_row("001"), plan_row("002", ratio_text=""), plan_row("003")))
    assert [(each.row, each.column) for each in ready.refused] == [(3, "抽查比例")]
    assert [task.plan_no for task in bureau.all(Task)] == ["2026001", "2026003"]


@pytest.mark.parametrize(
    ("ratio", "doubt"),
    [
        ("不少于5%", None),
        ("10% (20户)", None),
        ("1户", None),
        ("3%；2次/年", None),
        ("=1", "只写了频次"),
        ("年度监管任务的5%", "基数不是名录库"),
    ],
)
def test_ratios_as_offices_write_them(bureau: Office, ratio: str, doubt: str | None) -> None:
    ready = bureau.look(table("plan", plan_row(ratio_text=ratio)))
    assert ready.new == 1
    assert len(ready.warnings) == (0 if doubt is None else 1)
    assert doubt is None or doubt in ready.warnings[0].sentence


def test_a_bureau_with_numbers_of_its_own_is_not_told_that_they_are_odd(bureau: Office) -> None:
    rows = [plan_row(f"00{n}", plan_no=f"西科工-{n}", task_no=f"R{n}") for n in (1, 2, 3)]
    assert bureau.look(table("plan", *rows)).warnings == ()


def test_a_plan_comes_once_a_year_and_changes_go_back_to_be_completed(bureau: Office) -> None:
    bureau.take(table("plan", plan_row("001"), plan_row("002")))
    with bureau.act() as act:
        first, second = act.session.exec(select(Task).order_by(col(Task.id)))
        first.state, first.starts = TaskState.COMPLETED, date(2026, 4, 1)
        second.state = TaskState.DRAWN
        act.session.add_all([first, second])
    # The same words again change nothing, whatever days 补全 has set.
    assert bureau.look(table("plan", plan_row("001"), plan_row("002"))).same == 2
    ready = bureau.take(table("plan", plan_row("001", scope_text="新的范围"), plan_row("002", scope_text="新的范围")))
    assert (ready.changed, [each.row for each in ready.refused]) == (1, [3])
    assert "已经抽取或者办结" in ready.refused[0].reason
    assert "要重新补全" in ready.warnings[0].sentence
    first, second = bureau.all(Task)
    assert (first.state, first.scope_text, first.starts) == (TaskState.WRITTEN, "新的范围", date(2026, 4, 1))
    assert second.scope_text == "全部企业"
    assert [plan.year for plan in bureau.all(Plan)] == [2026]


def test_thousands_of_rows_are_written_in_a_few_statements(bureau: Office) -> None:
    count = 2_000
    big = table("entity", *(entity(codes.make_credit_code(n), f"示例{n}") for n in range(count)))
    statements: list[str] = []
    event.listen(bureau.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    bureau.take(big)
    with reading(bureau.engine) as session:
        assert session.exec(select(func.count()).select_from(Entity)).one() == count
        assert people.root(session) is not None
    assert len(statements) < 60
