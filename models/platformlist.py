"""Judges a list that was drawn on a platform: which task, which entity, who goes; several rows may be one visit."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models import codes, spellings
from models.cells import Cells, Judged, Known, Refusal, label_in, names_in, same_name
from models.rows import Row, Table

# Columns that hold people, in the order in which a team is read.
PEOPLE = ("leader", "inspectors", "second", "third")
CERTIFICATES = ("certificates", "second_certificate")
# One character and another alone: a name of two characters that was spaced out to the width of three.
_SPACED = re.compile(r"(?<![^\s、,，;；/(（])([\u4e00-\u9fff])[ \u3000]+([\u4e00-\u9fff])(?![^\s、,，;；/)）(（])")
_WITH_CODE = re.compile(r"(?P<name>[^()（）]*)[(（](?P<code>[\u4e00-\u9fff]?[0-9A-Za-z-]{5,30})[)）]")
_ROLE = r"(?:组长|副组长|组员|主检|主检人员|协检|协检人员|检查人员)"


@dataclass(frozen=True)
class Numbered:
    """A task as a platform's list may name it."""

    id: int
    plan_no: str
    task_no: str
    name: str


def platform(table: Table, known: Known) -> list[Judged]:
    """Judge the rows; rows of one entity in one task are one visit, of whose first row the result bears the number."""
    found: dict[tuple[str, ...], Judged] = {}
    rows: dict[tuple[str, ...], list[Row]] = {}
    loose: list[Judged] = []
    by_name = _by_name(known.inspectors)
    for row in table.rows:
        each = _row(table, row, known, by_name)
        rows.setdefault(each.key, []).append(row)
        if not all(each.key):
            loose.append(each)
        elif each.key in found:
            _join(found[each.key], each)
        else:
            found[each.key] = each
    judged = [*found.values(), *loose]
    for order, each in enumerate(found.values(), start=1):
        each.values["order"] = order
        _team(table, each, known)
        _whole(table, each, rows[each.key])
    return sorted(judged, key=lambda each: each.row.number)


def task_of(row: Row, tasks: Iterable[Numbered]) -> Numbered | None:
    """The task that a row names, by both numbers, by one that only one task has, or by its name."""
    plan_no, task_no, name = (_plain(row.get(each)) for each in ("plan_no", "task_no", "task_name"))
    known = list(tasks)
    exact = [each for each in known if plan_no and task_no and (each.plan_no, each.task_no) == (plan_no, task_no)]
    for candidates in (
        exact,
        [each for each in known if plan_no and each.plan_no == plan_no],
        [each for each in known if task_no and task_no in (each.task_no, each.plan_no)],
        [each for each in known if name and same_name(each.name, name)],
    ):
        if len(candidates) == 1:
            return candidates[0]
    return None


def _row(table: Table, row: Row, known: Known, by_name: Mapping[str, list[str]]) -> Judged:
    cells = Cells(table, row)
    values = cells.judged.values
    task_id = known.task_id
    if task_id is None:
        task = task_of(row, known.tasks)
        task_id = task.id if task else None
        if task is None:
            name = next((n for n in ("task_no", "plan_no", "task_name") if cells.has(n)), "task_no")
            cells.refuse(name, "计划里没有这项任务，或者有几项同名。请改成计划里的任务编号，或者先导入计划。")
    label, entity_id = _entity(cells, known)
    values.update(task_id=task_id, entity_id=entity_id, people=_people(cells, known, by_name))
    values["drawn_on"] = cells.parse("drawn_on", spellings.day) if cells.text("drawn_on") else None
    values["due"] = cells.parse("due", spellings.day) if cells.text("due") else None
    if values["drawn_on"] is not None and values["drawn_on"] > known.today:
        cells.refuse("drawn_on", f"抽取日期 {values['drawn_on'].isoformat()} 还没有到。请核对后重填。")
    cells.judged.key = (str(task_id or ""), label)
    return cells.judged


def _entity(cells: Cells, known: Known) -> tuple[str, int | None]:
    """Label and id of the entity; the name must be the register's."""
    label = label_in(cells, "entity", "entity_name", known.entities, "检查对象名录库")
    found = known.entities.get(label)
    if found is None:
        return "", None
    given = cells.line("entity_name")
    if given and not same_name(given, found[1]):
        cells.doubt("entity_name", f"名称与名录库中的「{found[1]}」不同，按代码对应")
    if gone := known.unfit.get(("entity", found[0])):
        cells.doubt("entity", f"名录库中的状态是{gone}，请核对是否需要检查")
    return label, found[0]


def _people(cells: Cells, known: Known, by_name: Mapping[str, list[str]]) -> list[str]:
    """Certificates of the people of a row, in its order."""
    written = [code for name in CERTIFICATES for code in names_in(cells.text(name))]
    named: list[tuple[str, str, str]] = []
    for column in PEOPLE:
        for token in _tokens(cells.text(column)):
            code = _WITH_CODE.fullmatch(token)
            named.append((column, code["name"] if code else token, code["code"] if code else ""))
    if not named:
        column = next((name for name in CERTIFICATES if cells.has(name)), "inspectors")
        named = [(column, "", code) for code in written]
    elif len(written) == len(named):
        named = [(column, name, code or other) for (column, name, code), other in zip(named, written, strict=True)]
    elif written:
        cells.refuse(
            next(name for name in CERTIFICATES if cells.text(name)),
            f"写了 {len(named)} 个姓名、{len(written)} 个执法证号，对不上。请使两者一一对应。",
        )
    found = [_person(cells, known, by_name, *each) for each in named]
    return list(dict.fromkeys(label for label in found if label))


def _person(cells: Cells, known: Known, by_name: Mapping[str, list[str]], column: str, name: str, code: str) -> str:
    """One person's certificate; empty where the row is refused for it."""
    label = codes.plain_code(code)
    if label and label not in known.inspectors:
        cells.refuse(column, f"执法检查人员名录库里没有执法证号「{code}」。请核对证号，或者先导入人员名录库。")
        return ""
    if label and name and not same_name(known.inspectors[label][1], name):
        real = known.inspectors[label][1]
        cells.refuse(column, f"执法证号「{label}」在名录库中是「{real}」，不是「{name}」。请核对。")
        return ""
    if label:
        return label
    same = by_name.get(_plain(name), [])
    if len(same) == 1:
        return same[0]
    reason = f"有 {len(same)} 名「{name}」，请在姓名后面的括号里写明执法证号" if same else f"没有「{name}」"
    more = "。" if same else "。请核对姓名，或者先导入人员名录库。"
    cells.refuse(column, f"执法检查人员名录库里{reason}{more}")
    return ""


def _tokens(text: str) -> list[str]:
    """Names with what stands in brackets behind them: 张 三 → 张三, 李四(990001) stays whole, 王五（组长） → 王五."""
    plain = _SPACED.sub(r"\1\2", unicodedata.normalize("NFKC", text))
    plain = re.sub(r"\s+(?=[(（])", "", plain)
    plain = re.sub(rf"\({_ROLE}\)", "", re.sub(rf"{_ROLE}[:：]", "、", plain))
    return names_in(plain)


def _join(first: Judged, other: Judged) -> None:
    """Another row of the same visit: its people join the team, whatever is wrong with it is wrong with the visit."""
    first.values["people"] = list(dict.fromkeys([*first.values["people"], *other.values["people"]]))
    for name in ("due", "drawn_on"):
        first.values[name] = first.values[name] or other.values[name]
    first.refusals.extend(other.refusals)
    seen = {doubt.sentence for doubt in first.doubts}
    first.doubts.extend(doubt for doubt in other.doubts if doubt.sentence not in seen)


def _team(table: Table, each: Judged, known: Known) -> None:
    """At least two certified people (S2); what speaks against one of them is said, the platform has decided."""
    labels = each.values["people"] = sorted(each.values["people"])
    cells = Cells(table, each.row)
    cells.judged.refusals.clear()
    if not each.refusals and len(labels) < known.team_size:
        column = next((name for name in (*PEOPLE, *CERTIFICATES) if cells.has(name)), "inspectors")
        cells.refuse(
            column, f"只有 {len(labels)} 名持证人员，每户至少要 {known.team_size} 名。请在平台补齐后重新导出。"
        )
    for label in labels:
        person_id, name = known.inspectors[label]
        if reason := known.unfit.get(("inspector", person_id)):
            cells.doubt("inspectors", f"{name}{reason}，请在平台调整")
        if (each.values["entity_id"], person_id) in known.recusals:
            cells.doubt("inspectors", f"{name}与这一户登记了回避，请在平台调整")
    each.refusals.extend(cells.judged.refusals)
    each.doubts.extend(cells.judged.doubts)


def _whole(table: Table, each: Judged, rows: Iterable[Row]) -> None:
    """A visit is taken whole or not at all: its other rows are told which one keeps it out."""
    wrong = {refusal.row for refusal in each.refusals}
    for row in rows:
        if wrong and row.number not in wrong:
            reason = f"同一户的第 {min(wrong)} 行不能导入，这一行一起没有导入。"
            each.refusals.append(Refusal(row.number, table.titles.get("entity", ""), row.get("entity"), reason))


def _by_name(inspectors: Mapping[str, tuple[int, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, (_, name) in inspectors.items():
        found.setdefault(_plain(name), []).append(label)
    return found


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
