"""What was built on an import since: the later acts that stand in the way of undoing it, each as a sentence."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel, col, select

from models.act import Act, key
from models.audit import Audit
from models.base import SHANGHAI
from models.draw import Draw, DrawFile
from models.entity import Entity
from models.importrun import METADATA, Change, ImportRun, changes_of, rows_of
from models.people import Person
from models.plan import Task
from models.rows import KIND_NAMES
from models.visit import Visit

# Acts that only took something out and changed nothing.
_LOOKED = frozenset(
    {
        *("export", "hand_out", "hand_out_record", "import_word"),
        *("begin_import", "import", "stop_import", "undo_import", "stop_undo_import"),
    }
)

# How the audit calls the rows of a table, where it does not call them by the table's own name.
_SUBJECTS = {"calendar_day": "calendar", "calendar_year": "calendar"}

# What it means that a row of a table points to an imported one.
_USED = {
    "visit": "已经列入检查任务",
    "seat": "已经编入检查组",
    "drawn_expert": "已经抽为专家",
    "recusal": "已经登记回避",
    "task_item": "已经用于补全任务",
    "task_unit": "已经用于补全任务",
    "draw": "已经抽取",
    "account": "已经绑定账号",
    "invitation": "已经发了绑定链接",
    "outbox": "已经收到消息",
    "audit": "已经办理过事项",
    "dialogue": "正在填写内容",
    "plan_version": "已经送审或者发布，不能整份撤销：草案请重新导入改好的表，发布了的请在 /plan 里按「调整计划」",
    "task": "已经有计划任务",
    "person": "已经有人员",
    "inspector": "已经有检查人员",
}

# Which frozen files of a draw name the rows of a table, by the label in their first column.
_FROZEN = {"entity": ("pool.tsv", "excluded.tsv"), "inspector": ("inspectors.tsv",)}


def obstacles(act: Act, run: ImportRun, changes: list[Change]) -> list[str]:
    """Sentences, without full stop, that say which later act stands in the way; none where nothing does."""
    found: dict[str, None] = {}
    for sentence in (
        *_later_runs(act, run, changes),
        *_edits(act, run, changes),
        *_frozen(act, run, changes),
        *_references(act, changes),
    ):
        found.setdefault(sentence)
    return list(found)


def _later_runs(act: Act, run: ImportRun, changes: list[Change]) -> Iterator[str]:
    """Later imports that touched the same rows."""
    ours = {(each.place, each.id) for each in changes}
    later = select(ImportRun).where(col(ImportRun.id) > key(run), col(ImportRun.undone_at).is_(None))
    for other in act.session.exec(later.order_by(col(ImportRun.id))):
        both = sum((each.place, each.id) in ours for each in changes_of(act.session, key(other)))
        if both:
            yield f"{_clock(other.at)} 又导入了{KIND_NAMES[other.kind]}，动到其中 {both} 条，请先撤销那一次"


def _edits(act: Act, run: ImportRun, changes: list[Change]) -> Iterator[str]:
    """Rows that are no longer as the import left them, and rows that a later act names."""
    ids: dict[str, dict[Any, Change]] = {}
    for each in changes:
        ids.setdefault(each.place, {})[each.id] = each
    named: dict[tuple[str, Any], Audit] = {}
    for row in act.session.exec(select(Audit).where(col(Audit.id) > run.audit_id).order_by(col(Audit.id))):
        for place in ids:
            if row.subject == _SUBJECTS.get(place, place) and row.subject_id in ids[place] and row.verb not in _LOOKED:
                named[place, row.subject_id] = row
    for place, row_id in named:
        yield f"{_called(act, place, row_id)}{_done(act, named[place, row_id])}"
    for place, rows in ids.items():
        kept = {
            row_id: each for row_id, each in rows.items() if each.after is not None and (place, row_id) not in named
        }
        now = rows_of(act.session, place, kept)
        for row_id, each in kept.items():
            present = now.get(row_id)
            if present is None:
                yield f"{_called(act, place, row_id)}已经不在库中"
            elif any(present[name] != value for name, value in (each.after or {}).items()):
                yield f"{_called(act, place, row_id)}之后又改动过"


def _frozen(act: Act, run: ImportRun, changes: list[Change]) -> Iterator[str]:
    """Announcements since, whose frozen lists hold imported rows."""
    announced = select(Audit.subject_id).where(col(Audit.id) > run.audit_id, Audit.verb == "announce")
    draws = act.session.exec(select(Draw).where(col(Draw.id).in_(announced)).order_by(col(Draw.id))).all()
    for place, names in _FROZEN.items():
        ids = [each.id for each in changes if each.place == place]
        if not ids or not draws:
            continue
        labels = {row["label"] for row in rows_of(act.session, place, ids).values()}
        for drawn in draws:
            files = select(DrawFile).where(DrawFile.draw_id == drawn.id, col(DrawFile.name).in_(names))
            held = {label for file in act.session.exec(files) for label in _labels(file.body)}
            if both := len(held & labels):
                yield f"{_clock(drawn.announced_at)} 发布的第 {drawn.serial} 号公告已经用到其中 {both} 条"


def _labels(body: bytes) -> Iterator[str]:
    """The first column of a frozen file; its first line is the salt."""
    for line in body.decode().splitlines()[1:]:
        yield line.split("\t", 1)[0]


def _references(act: Act, changes: list[Change]) -> Iterator[str]:
    """Rows of others that point to new rows."""
    new: dict[str, set[Any]] = {}
    for each in changes:
        if each.before is None:
            new.setdefault(each.place, set()).add(each.id)
    for table in METADATA.sorted_tables:
        own = list(table.primary_key.columns)
        for link in table.foreign_keys:
            ids = new.get(link.column.table.name)
            if not ids or table.name == "import_change":
                continue
            rows = act.session.execute(
                select(*own, link.parent).where(link.parent.is_not(None))  # type: ignore[call-overload]
            )
            ours = new.get(table.name, set())
            hits = {row[-1] for row in rows if row[-1] in ids and row[0] not in ours}
            for row_id in sorted(hits)[:5]:
                used = _USED.get(table.name, "已经被后来的登记用到")
                yield f"{_called(act, link.column.table.name, row_id)}{used}"


def _called(act: Act, place: str, row_id: Any) -> str:
    """How a row is called in a sentence."""
    model = next(
        (m.class_ for m in SQLModel._sa_registry.mappers if m.local_table is METADATA.tables[place]),
        None,
    )
    row = act.session.get(model, row_id) if model is not None and isinstance(row_id, int) else None
    if isinstance(row, Task):
        return f"任务 {row.plan_no or row.task_no} "
    if isinstance(row, Visit):
        row = act.session.get(Entity, row.entity_id)
    name = getattr(row, "name", "") or getattr(row, "title", "")
    return f"「{name}」" if name else _PLACES.get(place, "其中一条")


_PLACES = {
    "draw": "这份名单",
    "seat": "检查组",
    "calendar_day": "放假安排",
    "calendar_year": "放假安排",
    "recusal": "一条回避",
    "role_grant": "一项角色",
}


def _done(act: Act, row: Audit) -> str:
    person = act.session.get(Person, row.actor_id) if row.actor_id else None
    who = f"由{person.name}" if person else ""
    return f"已于 {_clock(row.at)} {who}{_VERBS.get(row.verb, '办理了别的事项')}"


# What was done, as it is said in the middle of a sentence.
_VERBS = {
    "complete": "补全",
    "ask_plan": "送审",
    "approve_plan": "批准",
    "return_plan": "退回",
    "drop_plan_request": "撤回送审",
    "adopt_plan": "登记印发",
    "publish_plan": "登记公示",
    "change_state": "变更状态",
    "announce": "发布公告",
    "dispatch": "派发",
    "draw": "抽取",
    "grant": "授予角色",
    "invite": "发绑定链接",
    "admit": "开通账号",
    "bind_account": "绑定账号",
    "link": "对应执法证",
    "accept": "收到任务",
    "withdraw_task": "撤销任务",
    "change_post": "调整在岗状态",
    "mark_leave": "登记请假",
    "end_leave": "登记销假",
    "change_expert": "调整专家在库状态",
    "renew": "登记换证",
    "correct": "更正",
    "enter": "新增",
    "recuse": "登记回避",
    "lift_recusal": "解除回避",
    "give_basis": "补写依据",
    "publish_item": "登记公布",
    "calendar_days": "更正",
    "calendar_year": "登记",
    "platform_change": "调整检查组",
}


def _clock(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%H:%M}"
