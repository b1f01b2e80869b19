"""Imported tables against the registers: a preview that writes nothing, then the writing of what can be taken."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import col, select

from models import (
    builton,
    bulk,
    columnwise,
    holidays,
    importrun,
    importword,
    people,
    platformdraw,
    platformlist,
    staff,
    standing,
)
from models.act import Act, NoRight, Refused, key
from models.base import KEYRING
from models.cells import Doubt, Judged, Known, Refusal
from models.columnwise import Plain, Taken
from models.comparison import NUMBERED, Comparison, Entry
from models.draw import Draw
from models.entity import Entity
from models.expert import Expert
from models.importrun import Change, ImportRun, Watch
from models.inspector import Inspector, Recusal, enrol
from models.item import Item
from models.judge import JUDGES, PLAN_FIELDS
from models.plan import Plan, Task, open_to_import
from models.rows import Table
from models.words import Role, TaskState

KINDS = tuple(JUDGES)

# Sealed or personal columns: their values stay out of the audit and out of what a preview prints.
PERSONAL = frozenset({"id_number", "id_hash", "phone", "contact"})

# The register of a kind whose rows are single rows of one table, told apart by their keys.
_REGISTERS: dict[str, Any] = {
    "item": Item,
    "entity": Entity,
    "inspector": Inspector,
    "expert": Expert,
    "recusal": Recusal,
}

# Small tables whose rows an import of a kind may change: they are compared before and after, so that it can be undone.
_TOUCHED = {
    "item": ("item",),
    "inspector": ("inspector", "person", "role_grant"),
    "expert": ("expert",),
    "recusal": ("recusal",),
    "people": ("unit", "person", "role_grant", "inspector"),
    "plan": ("plan", "task"),
    "holidays": ("calendar_day", "calendar_year"),
}

# What of an item the public reads.
_ITEM_SAYS = frozenset({"name", "category", "subject", "basis", "content", "method", "ratio", "frequency"})

# An audit entry lists at most so many changed rows by name; the counts are always whole.
_LISTED = 500


@dataclass(frozen=True)
class Preview:
    """What an import would do.

    `new`, `changed`, `same` and `gone` are counts of rows; `refused` has one entry for each bad cell, so one row may
    occur twice; `taken` are the rows to be written. `gone_ids` say which rows of the register the file lacks, in order;
    they are left as they are.
    """

    kind: str
    new: int
    changed: int
    same: int
    gone_ids: Sequence[int | str]
    refused: tuple[Refusal, ...]
    warnings: tuple[Doubt, ...]
    notes: tuple[str, ...]
    taken: Sequence[Entry]
    year: int | None = None

    @property
    def gone(self) -> int:
        """How many rows of the register the file lacks."""
        return len(self.gone_ids)

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
        """For `import --json`: counts as integers, each refused cell, each row that can be taken."""
        return {
            "kind": self.kind,
            "new": self.new,
            "changed": self.changed,
            "gone": self.gone,
            "refused": [{"row": r.row, "column": r.column, "value": r.value, "reason": r.reason} for r in self.refused],
            "rows": self.rows,
        }


@dataclass(frozen=True)
class Written:
    """What an import did: counts of rows, people who are new to the office, draws of a platform, the run to undo."""

    kind: str
    new: int
    changed: int
    enrolled: int = 0
    draws: tuple[Draw, ...] = ()
    run: ImportRun | None = None


def preview(act: Act, table: Table, *, task_id: int | None = None, adjusting: bool = False) -> Preview:
    """Judge a table against the registers. Writes nothing; NoRight for whoever may not import.

    `task_id` says which task a list drawn on a platform belongs to; WhichTask where neither it nor the list does.
    A published plan is compared only for an adjustment (`adjusting`), which a leader then approves.
    """
    may_import(act, table.kind)
    held = _known(act, table, task_id)
    plain, judged = _judged(table, held)
    good, doubled = _doubled(table, [each for each in judged if not each.refusals])
    lacking: Sequence[int | str] | None = None
    if plain is not None:
        plain, lacking = standing.held(act.session, plain, {each.key[0] for each in judged})
        if speaking := standing.speaking(plain):
            plain, more = columnwise.row_by_row(table, held, plain, speaking)
            judged = sorted(judged + more, key=lambda each: each.row.number)
            good = sorted(good + more, key=lambda each: each.row.number)
    stored, year = _stored(act, table.kind, good)
    refused = [refusal for each in judged for refusal in each.refusals]
    refused.extend(doubled)
    compare = Comparison(act, table, stored)
    entries = [entry for each in good if (entry := compare.entry(each)) is not None]
    refused.extend(compare.refused)
    warnings = [doubt for each in good for doubt in each.doubts] + compare.doubts
    if table.kind in NUMBERED:
        entries = _numbered(entries, stored, table, warnings)
    kept = {entry.number for entry in entries}
    counts = Counter(entry.change for entry in entries)
    counts.update(plain.counts if plain is not None else {})
    if lacking is None:
        seen = {stored[each.key].id for each in judged if each.key in stored}
        # What was withdrawn is no row of the plan any more, whatever the file has.
        standing_rows = (row for row in stored.values() if table.kind != "plan" or row.state != TaskState.WITHDRAWN)
        lacking = sorted({row.id for row in standing_rows} - seen)
    fresh = table.kind == "plan" and not adjusting and bool(counts["new"] or counts["changed"])
    if fresh and year and (plan := _plan_of(act, year)):
        open_to_import(plan)
    return Preview(
        kind=table.kind,
        new=counts["new"],
        changed=counts["changed"],
        same=counts["same"],
        gone_ids=tuple(lacking),
        refused=tuple(sorted(refused, key=lambda r: r.row)),
        warnings=tuple(sorted((w for w in warnings if w.row in kept), key=lambda w: w.row)),
        notes=(*table.notes, *_notes(table, entries, {refusal.row for refusal in refused})),
        taken=tuple(entries) if plain is None or not plain.numbers else Taken(plain, entries),
        year=year,
    )


def write(act: Act, ready: Preview, *, digest: str = "", name: str = "") -> Written:
    """Write what a preview of the same transaction's state can take: new rows and changed ones. Refused if none.

    `digest` is the file's SHA-256, hex, `name` what it is called. What was there before is kept, so that the run can be
    undone (undo).
    """
    may_import(act, ready.kind)
    importrun.idle(act.session, ready.kind)
    if not ready.taken:
        raise Refused("没有可以导入的行，没有改动。请按标注改正后重新发送文件。")
    watch = Watch(act.session, _TOUCHED.get(ready.kind, ()))
    done, changes = _WRITERS.get(ready.kind, _write_register)(act, ready)
    if act.source == "sample" or not (done.new or done.changed):
        return done  # the sample office was made, not imported
    changes.extend(watch.changes())
    run = importrun.keep(act, ready.kind, changes, new=done.new, changed=done.changed, digest=digest, name=name)
    return replace(done, run=run)


def found(act: Act, run_id: int) -> ImportRun:
    """An import that was made, for whoever may import that kind."""
    run = importrun.get(act.session, run_id)
    may_import(act, run.kind)
    return run


def undo(act: Act, run_id: int) -> ImportRun:
    """撤销导入 of the same day, by whoever may import that kind; refused with what stands in the way."""
    return importrun.undo(act, found(act, run_id), builton.obstacles)


def undoable(act: Act) -> list[ImportRun]:
    """Today's imports that were not undone, the newest first, of kinds that the actor may import."""
    found = []
    for run in importrun.of_today(act.session, act.now.date()):
        try:
            may_import(act, run.kind)
        except NoRight:
            continue
        found.append(run)
    return found


def may_import(act: Act, kind: str) -> None:
    """NoRight unless the actor may bring this kind of table in, and so take it out."""
    if act.actor is None and act.source in {"cli", "sample"}:
        return
    office = people.root(act.session)
    if kind == "people" and (office is None or not act.may({Role.ADMIN}, key(office))):
        raise NoRight("人员表由管理员导入，您没有这项权限。")
    if office is None or not act.may({Role.STAFF, Role.ADMIN}, key(office)):
        raise NoRight


def _judged(table: Table, known: Known) -> tuple[Plain | None, list[Judged]]:
    """The rows judged; of entities, of which there are a million, those apart that need no word."""
    if table.kind == "entity":
        return columnwise.entity(table, known)
    return None, JUDGES[table.kind](table, known)


def known(act: Act) -> Known:
    """What every row of a table is held against, whatever its kind."""
    office = people.root(act.session)
    units: dict[str, int] = {}
    for unit in act.session.exec(select(people.Unit).order_by(col(people.Unit.id))):
        units.setdefault(unit.name, key(unit))
    own = act.actor.unit_id if act.actor else (office.id if office else None)
    scopes = (importword.UNIT, importword.RISK_CLASS)
    return Known(
        today=act.now.date(),
        classes={each.code: each.label for each in act.policy.classes},
        units=units,
        own_unit=own,
        words={scope: importword.meanings(act.session, scope) for scope in scopes},
    )


def _known(act: Act, table: Table, task_id: int | None) -> Known:
    kind, found = table.kind, known(act)
    if kind in {"people", "recusal", "platform"}:
        found = replace(found, inspectors=_by_label(act, Inspector))
    if kind in {"recusal", "platform"}:
        found = replace(found, entities=_by_label(act, Entity))
    if kind == "holidays":
        found = replace(found, standing=holidays.calendar(act.session).days)
    return _platform_known(act, table, found, task_id) if kind == "platform" else found


def _platform_known(act: Act, table: Table, known: Known, task_id: int | None) -> Known:
    """What a list drawn on a platform is held against; WhichTask where nothing says which task it is."""
    waiting = platformdraw.waiting(act)
    if not waiting:
        raise Refused(platformdraw.why_none(act.session))
    tasks = platformdraw.numbered(waiting)
    if task_id is not None and task_id not in {each.id for each in tasks}:
        raise Refused("这项任务不是平台抽取的任务，或者还没有补全。")
    if task_id is None and not any(platformlist.task_of(row, tasks) for row in table.rows):
        raise platformdraw.WhichTask(platformdraw.open_ones(waiting))
    return replace(
        known,
        tasks=tasks,
        task_id=task_id,
        team_size=act.policy.team_size,
        unfit=platformdraw.unfit(act),
        recusals=platformdraw.recusals(act.session),
    )


def _by_label(act: Act, model: Any) -> dict[str, tuple[int, str]]:
    found = act.session.exec(select(model.id, model.label, model.name))
    return {label: (row_id or 0, name) for row_id, label, name in found}


def _notes(table: Table, entries: list[Entry], refused: set[int]) -> list[str]:
    """What is to be said of the table as a whole."""
    if table.kind == "platform" and (rows := sum(row.number not in refused for row in table.rows)) > len(entries) > 0:
        return [f"{rows} 行合并为 {len(entries)} 户：同一户写了几行的，检查人员并为一组。"]
    if table.kind == "holidays":
        return holidays.said_of({e.values["day"]: e.values["working"] for e in entries if e.change != "same"})
    return []


_KEYED = {
    "plan": "plan_no",
    "item": "code",
    "entity": "label",
    "inspector": "label",
    "expert": "label",
    "recusal": "entity",
    "platform": "entity",
    "holidays": "day",
}


def _doubled(table: Table, judged: Iterable[Judged]) -> tuple[list[Judged], list[Refusal]]:
    """The first row of each key is taken, each later one refused with the number of the first."""
    first: dict[tuple[str, ...], int] = {}
    good, refused = [], []
    name = _KEYED.get(table.kind, "name")
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
    """The rows of the register by key; for a plan those of the same year's newest version.

    Of entities only those that the rows mean: the register may hold a million.
    """
    session = act.session
    if kind == "plan":
        year = next((each.values["year"] for each in judged if each.values.get("year")), None)
        plan = _plan_of(act, year) if year else None
        if plan is None:
            return {}, year
        tasks = session.exec(select(Task).where(Task.plan_id == plan.id))
        return {(task.plan_no, task.task_no): task for task in tasks}, year
    if kind in NUMBERED:
        found: dict[tuple[str, ...], Any] = {}
        for row in session.exec(select(_REGISTERS[kind])):
            # Under its number, and under its name for files that have no numbers.
            found[(getattr(row, NUMBERED[kind][0]),)] = row
            found["", row.name] = row
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
    if kind == "platform":
        return dict(platformdraw.standing(session, {each.values["task_id"] for each in judged})), None
    if kind == "holidays":
        return dict(holidays.entered(session)), None
    if kind == "entity":
        return standing.rows(session, [each.key[0] for each in judged]), None
    model = _REGISTERS[kind]
    return {(row.label,): row for row in session.exec(select(model))}, None


def _numbered(
    entries: list[Entry], stored: Mapping[tuple[str, ...], Any], table: Table, warnings: list[Doubt]
) -> list[Entry]:
    """Give rows without a number the register's next own one, and say so."""
    field, letter, what = NUMBERED[table.kind]
    taken = {stored_key[0] for stored_key in stored} | {str(entry.values.get(field, "")) for entry in entries}
    numbered, serial = [], 0
    for entry in entries:
        if entry.change == "new" and not entry.values[field]:
            while (code := f"{letter}{serial + 1:03d}") in taken:
                serial += 1
            taken.add(code)
            entry = Entry(entry.number, entry.key, {**entry.values, field: code}, "new")
            said = f"没有{what}，导入时编为「{code}」"
            warnings.append(Doubt(entry.number, table.titles.get(field, ""), "", "", said))
        numbered.append(entry)
    return numbered


def columns_of(act: Act, kind: str, entry: Entry, *, altering: bool = False) -> dict[str, Any]:
    """The values of an entry as columns of its table; of a changed row only what changes."""
    names = entry.before.keys() if altering else entry.values.keys()
    values = {name: entry.values[name] for name in names}
    if kind == "inspector" and "id_number" in values:
        values["id_hash"] = KEYRING.hash(values["id_number"])
    if kind == "entity" and not altering:
        values.setdefault("as_of", act.now.date())
    if kind == "item" and altering and _ITEM_SAYS & values.keys():
        # S0: 动态调整，及时向社会公布. What is said anew is to be published anew, unless the file says that it was.
        values["version"] = Item.version + 1
        if "published_on" not in entry.values:
            values["published_on"] = None
    return values


def defaults_of(model: Any) -> dict[str, Any]:
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


_Wrote = tuple[Written, list[Change]]


def _write_register(act: Act, ready: Preview) -> _Wrote:
    """Rows of one table: the new ones in one statement, of the changed ones what changes."""
    model = _REGISTERS[ready.kind]
    taken = ready.taken
    changes: list[Change] = []
    defaults = defaults_of(model)
    labels: set[str] = set()
    if isinstance(taken, Taken):
        defaults["as_of"] = act.now.date()
        bulk.put(act, model, {name: taken.new(name, default) for name, default in defaults.items()})
        labels = set(taken.new("label", ""))
    elif fresh := [columns_of(act, ready.kind, entry) for entry in taken if entry.change == "new"]:
        # One shape for all rows, so that the database takes them in one statement.
        act.session.execute(insert(model), [defaults | row for row in fresh])
        labels = {row["label"] for row in fresh} if ready.kind not in _TOUCHED else set()
    if labels:
        changes.extend(_inserted(act, model, labels))
    altered = taken.changed if isinstance(taken, Taken) else [each for each in taken if each.change == "changed"]
    for entry in altered:
        values = columns_of(act, ready.kind, entry, altering=True)
        if ready.kind not in _TOUCHED:
            before = {name: importrun.plain(entry.before[name]) for name in values}
            after = {name: importrun.plain(value) for name, value in values.items()}
            changes.append(Change(model.__tablename__, entry.id or 0, before, after))
        act.session.execute(
            update(model).where(col(model.id) == entry.id).values(**values).execution_options(synchronize_session=False)
        )
    act.session.expire_all()
    record(act, ready, altered)
    enrolled = enrol(act) if ready.kind == "inspector" else 0
    return Written(ready.kind, ready.new, len(altered), enrolled=enrolled), changes


def _inserted(act: Act, model: Any, labels: set[str]) -> list[Change]:
    """The new rows of a large register: their ids alone are kept, whatever names them later is on the record."""
    statement = select(model.id, model.label).order_by(model.id.desc()).limit(len(labels))
    found = act.session.execute(statement.execution_options(yield_per=5_000))
    changes = [Change(model.__tablename__, row_id, None) for row_id, label in found if label in labels]
    return changes[::-1]


def _write_plan(act: Act, ready: Preview) -> _Wrote:
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
    record(act, ready, altered, plan.id)
    return Written(ready.kind, fresh, len(altered)), []


def _write_people(act: Act, ready: Preview) -> _Wrote:
    """Units first, then people, then their certificates; each is recorded as the same act done by hand would be."""
    altered = [entry for entry in ready.taken if entry.change == "changed"]
    for entry in ready.taken:
        if entry.change != "same":
            staff.take(act, entry.id, entry.values)
    record(act, ready, altered)
    fresh = sum(entry.change == "new" for entry in ready.taken)
    return Written(ready.kind, fresh, len(altered), enrolled=fresh), []


def _write_platform(act: Act, ready: Preview) -> _Wrote:
    new = [{**entry.values, "label": entry.key[-1]} for entry in ready.taken if entry.change == "new"]
    altered = [entry for entry in ready.taken if entry.change == "changed"]
    draws, changes = platformdraw.write(act, new, [(entry.id or 0, entry.values) for entry in altered])
    record(act, ready, altered)
    return Written(ready.kind, len(new), len(altered), draws=tuple(draws)), changes


def _write_holidays(act: Act, ready: Preview) -> _Wrote:
    wanted = [entry for entry in ready.taken if entry.change != "same"]
    holidays.take(act, {e.values["day"]: (e.values["working"], e.values["source"]) for e in wanted})
    altered = [entry for entry in wanted if entry.change == "changed"]
    record(act, ready, altered)
    return Written(ready.kind, len(wanted) - len(altered), len(altered)), []


_WRITERS: dict[str, Callable[[Act, Preview], _Wrote]] = {
    "plan": _write_plan,
    "people": _write_people,
    "platform": _write_platform,
    "holidays": _write_holidays,
}


def record(
    act: Act, ready: Preview, altered: Sequence[Entry], subject_id: int | None = None, *, run: ImportRun | None = None
) -> None:
    """Record an import; of one in parts what its run wrote, which is less where others wrote the same meanwhile."""
    listed = altered[:_LISTED]
    act.record(
        "import",
        ready.kind,
        subject_id,
        before={" ".join(e.key): _shown(e.before) for e in listed} or None,
        after={
            "new": ready.new if run is None else run.new,
            "changed": ready.changed if run is None else run.changed,
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
