"""One row of a register entered or corrected by hand: judged as an import would be, kept so that it can go back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import SQLModel, col, func, select

from models import builton, importrun, intake, lookup, people
from models.act import Act, Refused, key
from models.base import KEYRING
from models.called import Wording
from models.cells import Judged, same_name
from models.comparison import Comparison, Entry
from models.entity import Entity
from models.expert import Expert
from models.importrun import Change, ImportRun, Watch
from models.inspector import Inspector, enrol
from models.item import Item
from models.judge import JUDGES
from models.people import Person
from models.plan import Task, matching
from models.rows import Row, Table
from models.words import TaskState

ENTERED = {
    "entity": (
        *("label", "name", "kind", "district", "address", "risk_class", "contact", "phone"),
        *("industry", "tags", "licences"),
    ),
    "inspector": (
        *("label", "name", "unit", "valid_until", "specialties", "phone"),
        *("kind", "sex", "id_number", "post"),
    ),
}
"""What a new row is asked for, by register, in this order."""

REQUIRED = {"entity": ("label", "name"), "inspector": ("label", "name", "unit", "valid_until")}
"""What a new row must have."""

CORRECTED = {
    "entity": ENTERED["entity"][1:],
    "inspector": ENTERED["inspector"][1:],
    "expert": ("name", "field", "title", "employer", "phone", "valid_until", "unit"),
    "item": ("name", "category", "subject", "content", "method", "ratio", "frequency"),
}
"""What of a row can be corrected. Its number stays: draws know the row by it."""

_MODELS: dict[str, Any] = {"entity": Entity, "inspector": Inspector, "expert": Expert, "item": Item}


@dataclass(frozen=True)
class Draft:
    """A new row as judged: what it would be, what is odd in it; `there` is a row that has this number already."""

    values: Mapping[str, Any]
    refused: tuple[tuple[str, str], ...]
    """Field and sentence of each cell that cannot be taken."""
    doubts: tuple[str, ...]
    there: int | None


@dataclass(frozen=True)
class Correction:
    """One value of a row: in words as it is and as it would be; personal ones show only their ends."""

    name: str
    before: str
    after: str
    doubts: tuple[str, ...]
    entry: Entry


def draft(act: Act, kind: str, cells: Mapping[str, str], titles: Mapping[str, str]) -> Draft:
    """What a new row of these cells (field → text as written) would be. `titles` says what each field is called."""
    lookup.may_look(act)
    table, judged = _judged(act, kind, cells, titles)
    there = act.session.exec(select(_MODELS[kind]).where(_MODELS[kind].label == judged.values["label"])).first()
    compare = Comparison(act, table, _others(act, kind, judged))
    compare.entry(judged)
    refusals = [*judged.refusals, *compare.refused]
    names = {title: name for name, title in table.titles.items()}
    doubts = [each.sentence for each in judged.doubts] + _odd_phone(judged.values.get("phone"))
    if kind == "entity" and judged.values["name"]:
        doubts += _same_name(act, judged.values["name"], judged.values["label"])
    return Draft(
        judged.values,
        tuple((names.get(each.column, ""), each.reason) for each in refusals),
        tuple(doubts),
        key(there) if there is not None else None,
    )


def enter(act: Act, kind: str, cells: Mapping[str, str], titles: Mapping[str, str]) -> tuple[Any, ImportRun]:
    """新增 one row; returns it with the run by which it can be taken back. Refused with the first sentence."""
    ready = draft(act, kind, cells, titles)
    importrun.idle(act.session, kind)
    if ready.there is not None:
        raise Refused(f"名录库里已经有编号「{ready.values['label']}」，没有重复登记。要改动请在卡片上按「更正」。")
    if ready.refused:
        raise Refused(ready.refused[0][1])
    model = _MODELS[kind]
    watch = Watch(act.session, ("inspector", "person", "role_grant") if kind == "inspector" else ())
    columns = intake.columns_of(act, kind, Entry(1, (ready.values["label"],), ready.values, "new"))
    row = model(**intake.defaults_of(model) | columns)
    act.session.add(row)
    act.session.flush()
    act.record("enter", kind, row.id, after={name: _recorded(name, value) for name, value in columns.items() if value})
    if kind == "inspector":
        enrol(act)
    changes = watch.changes() or [Change(kind, key(row), None)]
    run = importrun.keep(act, kind, changes, new=1, changed=0, name=f"聊天里新增：{row.name}")
    return row, run


def value(act: Act, kind: str, row_id: int, field: str) -> tuple[str, str]:
    """The name of a row and what one of its fields says now, in words."""
    row = _row(act, kind, row_id)
    _correctable(kind, field)
    return row.name, _said(act, kind, field, row)


def correction(act: Act, kind: str, row_id: int, field: str, text: str, titles: Mapping[str, str]) -> Correction:
    """What a correction would change; Refused with what is wrong with the text, or where nothing would change."""
    row = _row(act, kind, row_id)
    _correctable(kind, field)
    table, judged = _judged(act, kind, _standing(kind, row) | {field: text}, titles)
    compare = Comparison(act, table, {judged.key: row} | _others(act, kind, judged))
    compare.entry(judged)
    refusals = [each.reason for each in (*judged.refusals, *compare.refused) if each.column == titles[field]]
    if refusals:
        raise Refused(refusals[0])
    name = _column(field)
    old, new = getattr(row, name), judged.values[name]
    if old == new or (old in (None, "", []) and new in (None, "", [])):
        raise Refused(f"「{row.name}」的{titles[field]}本来就是这样，没有改动。")
    entry = Entry(1, judged.key, {name: new}, "changed", key(row), {name: old})
    doubts = [each.sentence for each in judged.doubts if each.column == titles[field]]
    doubts += _odd_phone(new) if field == "phone" else []
    return Correction(row.name, _said(act, kind, field, row), _worded(act, kind, name, new), tuple(doubts), entry)


def correct(
    act: Act, kind: str, row_id: int, field: str, text: str, titles: Mapping[str, str]
) -> tuple[Correction, ImportRun]:
    """更正 one field of one row; returned with the run by which it can be taken back."""
    found = correction(act, kind, row_id, field, text, titles)
    importrun.idle(act.session, kind)
    row = _row(act, kind, row_id)
    columns = intake.columns_of(act, kind, found.entry, altering=True)
    before = {name: importrun.plain(getattr(row, name)) for name in columns}
    changes = []
    person = act.session.get(Person, row.person_id) if kind == "inspector" and field == "name" else None
    if person is not None and person.name == row.name:
        # The same human being under both names: letters and tasks name the person.
        person.name = columns["name"]
        act.session.add(person)
        changes.append(Change("person", key(person), before, {"name": columns["name"]}))
    for name, new in columns.items():
        setattr(row, name, new)
    act.session.add(row)
    act.session.flush()
    act.session.refresh(row)
    after = {name: importrun.plain(getattr(row, name)) for name in columns}
    shown = {name for name in columns if name != "id_hash"}
    act.record(
        "correct",
        kind,
        row.id,
        before={name: _recorded(name, before[name]) for name in shown},
        after={name: _recorded(name, after[name]) for name in shown},
    )
    changes.insert(0, Change(kind, key(row), before, after))
    return found, importrun.keep(act, kind, changes, new=0, changed=1, name=f"聊天里更正：{titles[field]}")


def take_back(act: Act, run_id: int) -> ImportRun:
    """撤回 what was entered or corrected by hand, the same day, as long as nothing was built on it."""
    run = importrun.get(act.session, run_id)
    intake.may_import(act, run.kind)
    if run.undone_at is not None:
        raise Refused("已经撤回过了，没有再改动。")
    if run.at.date() != act.now.date():
        raise Refused("只有当天登记的可以撤回。要改回去，请在卡片上再更正一次。")
    importrun.idle(act.session, run.kind)
    changes = importrun.changes_of(act.session, key(run))
    if found := builton.obstacles(act, run, changes):
        raise Refused(f"不能撤回，之后已经办理了别的事项：{'；'.join(found[:5])}。没有改动。")
    importrun.put_back(act.session, changes)
    return importrun.undone(act, run)


def _judged(act: Act, kind: str, cells: Mapping[str, str], titles: Mapping[str, str]) -> tuple[Table, Judged]:
    table = Table(kind, {name: titles[name] for name in cells}, [Row(1, cells)])
    return table, JUDGES[kind](table, intake.known(act))[0]


def _others(act: Act, kind: str, judged: Judged) -> dict[tuple[str, ...], Any]:
    """Rows of the register with which this one could clash: whoever has the same ID number."""
    number = judged.values.get("id_number")
    if kind != "inspector" or not number:
        return {}
    found = act.session.exec(select(Inspector).where(Inspector.id_hash == KEYRING.hash(number)))
    return {(row.label,): row for row in found}


def _same_name(act: Act, name: str, label: str) -> list[str]:
    named = select(Entity).where(Entity.name == name, Entity.label != label)
    return [
        f"名录库里另有一家「{each.name}」（{each.label}），请核对是不是同一家"
        for each in act.session.exec(named.limit(3))
        if same_name(each.name, name)
    ]


_DIGITS = range(7, 16)
"""How many a telephone number has, with area code and extension."""


def _odd_phone(number: str | None) -> list[str]:
    """Said of a number that is shown to nobody: whether it can be one at all."""
    digits = sum(each.isdigit() for each in number or "")
    return [f"联系电话里有 {digits} 位数字，不像完整的号码，请核对"] if number and digits not in _DIGITS else []


def _row(act: Act, kind: str, row_id: int) -> Any:
    lookup.may_look(act)
    row: SQLModel | None = act.session.get(_MODELS[kind], row_id) if kind in _MODELS else None
    if row is None:
        raise Refused("没有找到这一条，请重新查找。")
    return row


def _correctable(kind: str, field: str) -> None:
    if field not in CORRECTED[kind]:
        raise Refused("编号是抽取记录里的名称，不能更正；写错了的，请把这一条改为注销或者离岗，再按正确的编号新增。")


def _standing(kind: str, row: Any) -> dict[str, str]:
    """The cells without which a row of this kind is not taken, as they stand."""
    if kind == "entity":
        return {"register_no": row.label, "name": row.name}
    if kind == "inspector":
        return {"label": row.label, "name": row.name, "valid_until": row.valid_until.isoformat()}
    if kind == "expert":
        return {"label": row.label, "name": row.name}
    return {"code": row.code, "name": row.name, "basis": row.basis}


def _column(field: str) -> str:
    return "unit_id" if field == "unit" else field


def _said(act: Act, kind: str, field: str, row: Any) -> str:
    return _worded(act, kind, _column(field), getattr(row, _column(field)))


def _worded(act: Act, kind: str, name: str, found: Any) -> str:
    if name in intake.PERSONAL:
        return lookup.masked(found)
    return Wording(act.session).text(kind, name, importrun.plain(found))


def _recorded(name: str, found: Any) -> Any:
    """A value as 留痕 keeps it."""
    if name in intake.PERSONAL:
        return "***" if found else ""
    return importrun.plain(found)


SCOPED = frozenset({"kind", "district", "industry", "tags"})
"""What of an entity decides in whose scope it lies."""


def waiting_tasks(act: Act, entity_id: int) -> list[str]:
    """The plan numbers of the tasks that wait to be drawn and in whose scope an entity lies."""
    waiting = select(Task).where(Task.state == TaskState.COMPLETED).order_by(col(Task.plan_no))
    found = []
    for task in act.session.exec(waiting):
        wanted = set(task.scope.get("tags", ()))
        tags = act.session.execute(
            matching(task.scope).where(Entity.id == entity_id).with_only_columns(col(Entity.tags))
        )
        if any(not wanted or wanted & set(each) for each in tags.scalars()):
            found.append(task.plan_no)
    return found


_OFFERED = 12


def seal(cells: Mapping[str, str]) -> str:
    """Cells that wait for 确认, sealed as they will be in the register: there are telephone numbers among them."""
    return KEYRING.seal(json.dumps(cells, ensure_ascii=False).encode()).decode()


def unseal(sealed: str) -> dict[str, str]:
    """The cells again."""
    cells: dict[str, str] = json.loads(KEYRING.open(sealed.encode()))
    return cells


def shown(field: str, text: str) -> str:
    """A cell that waits for 确认 as it is shown; of a personal one the ends alone."""
    return lookup.masked(text) if field in intake.PERSONAL else text


def options(act: Act, kind: str, field: str) -> list[str]:
    """What a field is usually filled with, to choose from; empty where it is written freely."""
    if (kind, field) in {("entity", "kind"), ("entity", "district")}:
        column = col(getattr(Entity, field))
        found = select(column).where(column != "").group_by(column).order_by(func.count().desc(), column)
        return list(act.session.exec(found.limit(_OFFERED)))
    if (kind, field) == ("entity", "risk_class"):
        return [each.code for each in act.policy.classes]
    if field == "unit":
        ids = select(Inspector.unit_id).distinct()
        mine = act.actor.unit_id if act.actor else 0
        units = select(people.Unit).where(col(people.Unit.id).in_(ids) | (col(people.Unit.id) == mine))
        return [unit.name for unit in act.session.exec(units.order_by(col(people.Unit.id)).limit(2 * _OFFERED))]
    return {("inspector", "sex"): ["男", "女"], ("item", "category"): ["重点", "一般"]}.get((kind, field), [])
