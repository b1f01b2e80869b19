"""Imported tables against the registers: a preview that writes nothing, then the writing of what can be taken."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import col, select

from models import people, staff
from models.act import Act, NoRight, Refused, key
from models.base import KEYRING
from models.entity import Entity
from models.inspector import Inspector, Recusal, enrol
from models.item import Item
from models.judge import JUDGES, PLAN_FIELDS, Doubt, Judged, Known, Refusal
from models.plan import Plan, Task, open_to_import
from models.rows import Table
from models.words import Role, TaskState

KINDS = tuple(JUDGES)

# Sealed or personal columns: their values stay out of the audit and out of what a preview prints.
PERSONAL = frozenset({"id_number", "id_hash", "phone", "contact"})

# An audit entry lists at most so many changed rows by name; the counts are always whole.
_LISTED = 500


@dataclass(frozen=True)
class Entry:
    """One row that can be taken: `change` is new, changed or same, `before` the stored values that would change."""

    number: int
    key: tuple[str, ...]
    values: Mapping[str, Any]
    change: str
    id: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """What an import would do. `gone` counts rows of the register that the file lacks; they are left as they are.

    `new`, `changed`, `same` and `gone` are counts of rows; `refused` has one entry for each bad cell, so one row may
    occur twice; `taken` are the rows to be written.
    """

    kind: str
    new: int
    changed: int
    same: int
    gone: int
    refused: tuple[Refusal, ...]
    warnings: tuple[Doubt, ...]
    notes: tuple[str, ...]
    taken: tuple[Entry, ...]
    year: int | None = None

    @property
    def refused_rows(self) -> int:
        """How many rows cannot be taken."""
        return len({refusal.row for refusal in self.refused})

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that can be taken, as plain data: dates in ISO form, personal data only as `***`."""
        return [
            {"row": e.number, "change": e.change, **{k: _plain(k, v) for k, v in e.values.items()}} for e in self.taken
        ]

    def as_json(self) -> dict[str, Any]:
        """For `import --json`."""
        return {
            "kind": self.kind,
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
            "gone": self.gone,
            "refused": [{"row": r.row, "column": r.column, "value": r.value, "reason": r.reason} for r in self.refused],
            "warnings": [
                {"row": d.row, "column": d.column, "value": d.value, "meant": d.guess, "reason": d.sentence}
                for d in self.warnings
            ],
            "notes": list(self.notes),
            "rows": self.rows,
        }


@dataclass(frozen=True)
class Written:
    """What an import did: counts of rows, the plan that it went into, people who are new to the office."""

    kind: str
    new: int
    changed: int
    plan_id: int | None = None
    enrolled: int = 0


def preview(act: Act, table: Table) -> Preview:
    """Judge a table against the registers. Writes nothing; NoRight for whoever may not import."""
    may_import(act, table.kind)
    known = _known(act, table.kind)
    judged = JUDGES[table.kind](table, known)
    refused = [refusal for each in judged for refusal in each.refusals]
    good = [each for each in judged if not each.refusals]
    good, doubled = _doubled(table, good)
    refused.extend(doubled)
    stored, year = _stored(act, table.kind, good)
    entries: list[Entry] = []
    warnings = [doubt for each in good for doubt in each.doubts]
    for each in good:
        entry, refusal, doubt = _compare(act, table, each, stored)
        if refusal is not None:
            refused.append(refusal)
            continue
        if doubt is not None:
            warnings.append(doubt)
        entries.append(entry)
    if table.kind == "item":
        entries = _numbered(entries, stored, table, warnings)
    kept = {entry.number for entry in entries}
    counts = Counter(entry.change for entry in entries)
    seen = {stored[each.key].id for each in judged if each.key in stored}
    return Preview(
        kind=table.kind,
        new=counts["new"],
        changed=counts["changed"],
        same=counts["same"],
        gone=len({row.id for row in stored.values()} - seen),
        refused=tuple(sorted(refused, key=lambda r: r.row)),
        warnings=tuple(sorted((w for w in warnings if w.row in kept), key=lambda w: w.row)),
        notes=table.notes,
        taken=tuple(entries),
        year=year,
    )


def write(act: Act, ready: Preview) -> Written:
    """Write what a preview of the same transaction's state can take: new rows and changed ones. Refused if none."""
    may_import(act, ready.kind)
    if not ready.taken:
        raise Refused("没有可以导入的行，没有改动。请按标注改正后重新发送文件。")
    if ready.kind == "people":
        return _write_people(act, ready)
    if ready.kind == "plan":
        return _write_plan(act, ready)
    model: Any = {"item": Item, "entity": Entity, "inspector": Inspector, "recusal": Recusal}[ready.kind]
    fresh = [_columns(act, ready.kind, entry) for entry in ready.taken if entry.change == "new"]
    if fresh:
        # One shape for all rows, so that the database takes them in one statement.
        defaults = _defaults(model)
        act.session.execute(insert(model), [defaults | row for row in fresh])
    altered = [entry for entry in ready.taken if entry.change == "changed"]
    for entry in altered:
        act.session.execute(
            update(model)
            .where(col(model.id) == entry.id)
            .values(**_columns(act, ready.kind, entry, altering=True))
            .execution_options(synchronize_session=False)
        )
    act.session.expire_all()
    _record(act, ready, altered)
    enrolled = enrol(act) if ready.kind == "inspector" else 0
    return Written(ready.kind, len(fresh), len(altered), enrolled=enrolled)


def may_import(act: Act, kind: str) -> None:
    """NoRight unless the actor may bring this kind of table in, and so take it out."""
    if act.actor is None and act.source in {"cli", "sample"}:
        return
    office = people.root(act.session)
    if kind == "people" and (office is None or not act.may({Role.ADMIN}, key(office))):
        raise NoRight("人员表由管理员导入，您没有这项权限。")
    if office is None or not act.may({Role.STAFF, Role.ADMIN}, key(office)):
        raise NoRight


def _known(act: Act, kind: str) -> Known:
    session = act.session
    office = people.root(session)
    units: dict[str, int] = {}
    for unit in session.exec(select(people.Unit).order_by(col(people.Unit.id))):
        units.setdefault(unit.name, key(unit))
    own = act.actor.unit_id if act.actor else (office.id if office else None)
    known: dict[str, dict[str, tuple[int, str]]] = {"entities": {}, "inspectors": {}}
    if kind == "people":
        known["inspectors"] = {label: (id_ or 0, name) for id_, label, name in session.exec(_names(Inspector))}
    if kind == "recusal":
        known["entities"] = {label: (id_ or 0, name) for id_, label, name in session.exec(_names(Entity))}
        known["inspectors"] = {label: (id_ or 0, name) for id_, label, name in session.exec(_names(Inspector))}
    return Known(
        today=act.now.date(),
        classes={each.code: each.label for each in act.policy.classes},
        units=units,
        own_unit=own,
        entities=known["entities"],
        inspectors=known["inspectors"],
    )


def _names(model: Any) -> Any:
    return select(model.id, model.label, model.name)


def _doubled(table: Table, judged: Iterable[Judged]) -> tuple[list[Judged], list[Refusal]]:
    """The first row of each key is taken, each later one refused with the number of the first."""
    first: dict[tuple[str, ...], int] = {}
    good, refused = [], []
    name = {"plan": "plan_no", "item": "code", "entity": "label", "inspector": "label", "recusal": "entity"}.get(
        table.kind, "name"
    )
    for each in judged:
        if each.key in first:
            shown = "、".join(part for part in each.key if part)
            reason = f"「{shown}」与第 {first[each.key]} 行重复。同一编号只能有一行，请删去多余的一行或者改正编号。"
            refused.append(Refusal(each.row.number, table.titles.get(name, ""), each.row.get(name), reason))
            continue
        first[each.key] = each.row.number
        good.append(each)
    return good, refused


def _stored(act: Act, kind: str, judged: list[Judged]) -> tuple[dict[tuple[str, ...], Any], int | None]:
    """The rows of the register by key; for a plan those of the same year's newest version."""
    session = act.session
    if kind == "plan":
        year = next((each.values["year"] for each in judged if each.values.get("year")), None)
        plan = _plan_of(act, year) if year else None
        if plan is None:
            return {}, year
        tasks = session.exec(select(Task).where(Task.plan_id == plan.id))
        return {(task.plan_no, task.task_no): task for task in tasks}, year
    if kind == "item":
        found: dict[tuple[str, ...], Any] = {}
        for item in session.exec(select(Item)):
            # Under its code, and under its name for files that have no codes.
            found[(item.code,)] = item
            found["", item.name] = item
        return found, None
    if kind == "people":
        return staff.standing(session, judged), None
    if kind == "recusal":
        pairs = session.exec(
            select(Recusal, Entity.label, Inspector.label)
            .join(Entity, col(Entity.id) == Recusal.entity_id)
            .join(Inspector, col(Inspector.id) == Recusal.inspector_id)
            .where(col(Recusal.task_id).is_(None))
        )
        return {(entity, inspector): row for row, entity, inspector in pairs}, None
    model: Any = Entity if kind == "entity" else Inspector
    return {(row.label,): row for row in session.exec(select(model))}, None


def _compare(
    act: Act, table: Table, each: Judged, stored: Mapping[tuple[str, ...], Any]
) -> tuple[Entry, Refusal | None, Doubt | None]:
    row = stored.get(each.key)
    values = dict(each.values)
    year = values.pop("year", None)
    if row is None:
        clash = _clash(table, each, stored)
        entry = Entry(each.row.number, each.key, values | ({"year": year} if year else {}), "new")
        return entry, clash, None
    if table.kind == "item":
        values["code"] = row.code
    # 补全 may have set other days than the row's own words: only the words tell whether a plan row changed.
    compared = PLAN_FIELDS if table.kind == "plan" else tuple(values)
    before = {name: old for name in compared if _differs(old := getattr(row, name), values[name])}
    change = "changed" if before else "same"
    entry = Entry(each.row.number, each.key, values | ({"year": year} if year else {}), change, row.id, before)
    if table.kind == "plan" and before:
        title = table.titles.get("plan_no", "")
        if row.state not in (TaskState.WRITTEN, TaskState.COMPLETED):
            reason = "这项任务已经抽取或者办结，不能再改。需要调整时请另增批次或者撤销。"
            return entry, Refusal(each.row.number, title, row.plan_no, reason), None
        if row.state == TaskState.COMPLETED:
            said = "这项任务已经补全，内容改动后要重新补全"
            return entry, None, Doubt(each.row.number, title, row.plan_no, "", said)
    return entry, _clash(table, each, stored), _class_change(table, each, before)


def _differs(old: Any, new: Any) -> bool:
    """Whether a cell says something else than the register; an empty cell says what no value says."""
    return bool(old != new and not (old in (None, "") and new in (None, "")))


def _class_change(table: Table, each: Judged, before: Mapping[str, Any]) -> Doubt | None:
    """Say when an entity's risk class is another one than last time (S1: 基于信用风险指数变化的预警)."""
    if table.kind != "entity" or not before.get("risk_class"):
        return None
    now = each.values["risk_class"] or "（空）"
    said = f"{each.values['name']}的信用风险等级由 {before['risk_class']} 变为 {now}"
    return Doubt(each.row.number, table.titles.get("risk_class", ""), each.row.get("risk_class"), "", said)


def _clash(table: Table, each: Judged, stored: Mapping[tuple[str, ...], Any]) -> Refusal | None:
    """An ID number that another inspector of the register has already; a person who is known in another unit."""
    if table.kind == "people" and (known := stored.get(each.key)) and known.unit != each.values["unit"]:
        given = each.values["unit"]
        reason = f"执法证号「{known.label}」的「{known.name}」在「{known.unit}」，这里写的是「{given}」。请核对。"
        return Refusal(each.row.number, table.titles.get("unit", ""), given, reason)
    number = each.values.get("id_number")
    if table.kind != "inspector" or not number:
        return None
    digest = KEYRING.hash(number)
    other = next((row for row in stored.values() if row.id_hash == digest and row.label != each.values["label"]), None)
    if other is None:
        return None
    reason = f"身份证号码与名录库中执法证号「{other.label}」的人员相同。请核对：是换了新证，还是抄错了号码。"
    return Refusal(each.row.number, table.titles.get("id_number", ""), "", reason)


def _numbered(
    entries: list[Entry], stored: Mapping[tuple[str, ...], Any], table: Table, warnings: list[Doubt]
) -> list[Entry]:
    """Give items without a code the register's next own number, and say so."""
    taken = {stored_key[0] for stored_key in stored} | {str(entry.values.get("code", "")) for entry in entries}
    numbered, serial = [], 0
    for entry in entries:
        if entry.change == "new" and not entry.values["code"]:
            while (code := f"S{serial + 1:03d}") in taken:
                serial += 1
            taken.add(code)
            entry = Entry(entry.number, entry.key, {**entry.values, "code": code}, "new")
            said = f"没有事项编码，导入时编为「{code}」"
            warnings.append(Doubt(entry.number, table.titles.get("code", ""), "", "", said))
        numbered.append(entry)
    return numbered


def _columns(act: Act, kind: str, entry: Entry, *, altering: bool = False) -> dict[str, Any]:
    """The values of an entry as columns of its table; of a changed row only what changes."""
    names = entry.before.keys() if altering else entry.values.keys()
    values = {name: entry.values[name] for name in names}
    if kind == "inspector" and "id_number" in values:
        values["id_hash"] = KEYRING.hash(values["id_number"])
    if kind == "entity" and not altering:
        values.setdefault("as_of", act.now.date())
    return values


def _defaults(model: Any) -> dict[str, Any]:
    """Every column but the id with its default, None where it has none."""
    return {
        name: None if info.is_required() else info.get_default(call_default_factory=True)
        for name, info in model.model_fields.items()
        if name != "id"
    }


def _plan_of(act: Act, year: int) -> Plan | None:
    """The newest version of the office's plan of a year."""
    office = people.root(act.session)
    found = select(Plan).where(Plan.unit_id == (office.id if office else None), Plan.year == year)
    return act.session.exec(found.order_by(col(Plan.version).desc())).first()


def _write_plan(act: Act, ready: Preview) -> Written:
    office = people.root(act.session)
    if office is None or ready.year is None:
        raise Refused("看不出这是哪一年的计划。请在编号、名称或者抽查时间里写明年份。")
    plan = _plan_of(act, ready.year)
    if plan is None:
        title = f"{office.name}{ready.year}年度抽查计划"
        plan = Plan(unit_id=key(office), year=ready.year, title=title, made_at=act.now)
        act.session.add(plan)
        act.session.flush()
    elif ready.new or ready.changed:
        open_to_import(plan)
    fresh, altered = 0, []
    for entry in ready.taken:
        values = {name: entry.values[name] for name in (*PLAN_FIELDS, "starts", "ends")}
        if entry.change == "new":
            act.session.add(Task(plan_id=key(plan), row=entry.number, mode=act.policy.draw_mode, **values))
            fresh += 1
        elif entry.change == "changed":
            task = act.session.get_one(Task, entry.id)
            days = ("starts", "ends") if "period_text" in entry.before else ()
            for name in (*entry.before, *days):
                setattr(task, name, values[name])
            # What 补全 decided was decided about other words.
            task.state, task.completed_at = TaskState.WRITTEN, None
            act.session.add(task)
            altered.append(entry)
    act.session.flush()
    _record(act, ready, altered, plan.id)
    return Written(ready.kind, fresh, len(altered), plan.id)


def _write_people(act: Act, ready: Preview) -> Written:
    """Units first, then people, then their certificates; each is recorded as the same act done by hand would be."""
    altered = [entry for entry in ready.taken if entry.change == "changed"]
    for entry in ready.taken:
        if entry.change != "same":
            staff.take(act, entry.id, entry.values)
    _record(act, ready, altered)
    fresh = sum(entry.change == "new" for entry in ready.taken)
    return Written(ready.kind, fresh, len(altered), enrolled=fresh)


def _record(act: Act, ready: Preview, altered: list[Entry], subject_id: int | None = None) -> None:
    listed = altered[:_LISTED]
    act.record(
        "import",
        ready.kind,
        subject_id,
        before={" ".join(e.key): _shown(e.before) for e in listed} or None,
        after={
            "new": ready.new,
            "changed": ready.changed,
            "refused": ready.refused_rows,
            "kept": ready.gone,
            "rows": {" ".join(e.key): _shown({n: e.values[n] for n in e.before}) for e in listed},
        },
    )


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(name, value) for name, value in values.items()}


def _plain(name: str, value: Any) -> Any:
    if name in PERSONAL:
        return "***" if value else ""
    return value.isoformat() if isinstance(value, date) else value
