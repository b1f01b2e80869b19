"""Imported rows held against the register's: new, changed or the same, what is refused for it, what is said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models import platformdraw
from models.act import Act
from models.base import KEYRING
from models.cells import Doubt, Judged, Refusal
from models.judge import PLAN_FIELDS
from models.rows import Table
from models.words import TaskState

# Registers whose rows may come without a number: its field, the letter of our own ones, what it is called.
NUMBERED = {"item": ("code", "S", "事项编码"), "expert": ("label", "Z", "专家编号")}


@dataclass(frozen=True)
class Entry:
    """One row that can be taken: `change` is new, changed or same, `before` the stored values that would change."""

    number: int
    key: tuple[str, ...]
    values: Mapping[str, Any]
    change: str
    id: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)


class Comparison:
    """Holds judged rows against the register's, gathering what is refused and said on the way."""

    def __init__(self, act: Act, table: Table, stored: Mapping[tuple[str, ...], Any]) -> None:
        self.refused: list[Refusal] = []
        self.doubts: list[Doubt] = []
        self._act, self._table, self._stored = act, table, stored
        # ID numbers of the register, found once.
        self._numbers = {row.id_hash: row for row in stored.values()} if table.kind == "inspector" else {}

    def entry(self, each: Judged) -> Entry | None:
        """The row as it would be written; None where it is refused."""
        row = self._stored.get(each.key)
        entry = _new_entry(each) if row is None else self._known(each, row)
        refusal = self._clash(each) or (self._fixed(row, entry) if row is not None else self._closed(entry))
        if refusal is not None:
            self.refused.append(refusal)
            return None
        if row is not None:
            self._say(each, row, entry)
        return entry

    def _known(self, each: Judged, row: Any) -> Entry:
        values = dict(each.values)
        if self._table.kind in NUMBERED:
            field = NUMBERED[self._table.kind][0]
            values[field] = getattr(row, field)
        compared = _compared(self._table.kind, values)
        before = {name: old for name in compared if differs(old := getattr(row, name), values[name])}
        return Entry(each.row.number, each.key, values, "changed" if before else "same", row.id, before)

    def _fixed(self, row: Any, entry: Entry) -> Refusal | None:
        """What is drawn or done stays as it is."""
        if not entry.before:
            return None
        if self._table.kind == "plan" and row.state not in (TaskState.WRITTEN, TaskState.COMPLETED):
            reason = "这项任务已经抽取或者办结，不能再改。需要调整时请另增批次或者撤销。"
            return self._refusal(entry.number, "plan_no", row.plan_no, reason)
        if self._table.kind == "platform" and platformdraw.fixed(row.state):
            reason = "这一户已经录入结果，检查组和期限不能再改。"
            return self._refusal(entry.number, "entity", entry.key[-1], reason)
        return None

    def _closed(self, entry: Entry) -> Refusal | None:
        """A task that is done takes no further visits."""
        if self._table.kind != "platform" or not platformdraw.closed(self._act, entry.values["task_id"]):
            return None
        return self._refusal(entry.number, "entity", entry.key[-1], "这项任务已经办结，不能再增加检查对象。")

    def _say(self, each: Judged, row: Any, entry: Entry) -> None:
        title = self._table.titles.get
        if self._table.kind == "plan" and entry.before and row.state == TaskState.COMPLETED:
            said = "这项任务已经补全，内容改动后要重新补全"
            self.doubts.append(Doubt(entry.number, title("plan_no", ""), row.plan_no, "", said))
        if self._table.kind == "platform" and entry.before:
            said = "检查组或者期限与上次导入的不同，按平台的新名单调整，并通知有关人员"
            self.doubts.append(Doubt(entry.number, title("entity", ""), entry.key[-1], "", said))
        if self._table.kind == "entity" and entry.before.get("risk_class"):
            # S1: 基于信用风险指数变化的预警.
            now = each.values["risk_class"] or "（空）"
            said = f"{each.values['name']}的信用风险等级由 {entry.before['risk_class']} 变为 {now}"
            self.doubts.append(Doubt(entry.number, title("risk_class", ""), each.row.get("risk_class"), "", said))

    def _clash(self, each: Judged) -> Refusal | None:
        """An ID number that another inspector of the register has already; a person who is known in another unit."""
        known = self._stored.get(each.key)
        if self._table.kind == "people" and known and known.unit != each.values["unit"]:
            given = each.values["unit"]
            reason = f"执法证号「{known.label}」的「{known.name}」在「{known.unit}」，这里写的是「{given}」。请核对。"
            return self._refusal(each.row.number, "unit", given, reason)
        number = each.values.get("id_number")
        other = self._numbers.get(KEYRING.hash(number)) if number else None
        if other is None or other.label == each.values["label"]:
            return None
        reason = f"身份证号码与名录库中执法证号「{other.label}」的人员相同。请核对：是换了新证，还是抄错了号码。"
        return self._refusal(each.row.number, "id_number", "", reason)

    def _refusal(self, number: int, name: str, value: str, reason: str) -> Refusal:
        return Refusal(number, self._table.titles.get(name, ""), value, reason)


def _new_entry(each: Judged) -> Entry:
    return Entry(each.row.number, each.key, dict(each.values), "new")


def _compared(kind: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The values that tell whether a row changed."""
    if kind == "plan":
        # 补全 may have set other days than the row's own words: only the words tell.
        return PLAN_FIELDS
    if kind == "platform":
        return ("people", "due") if values["due"] else ("people",)
    return tuple(values)


def differs(old: Any, new: Any) -> bool:
    """Whether a cell says something else than the register; an empty cell says what no value says."""
    return bool(old != new and not (old in (None, "") and new in (None, "")))
