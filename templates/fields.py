"""What stored columns and tables are called where a change is shown: their titles as imported, and a few more."""

from templates.columns import SHAPES

PLACES = {
    "item": "抽查事项",
    "entity": "检查对象",
    "inspector": "检查人员",
    "expert": "专家",
    "recusal": "回避",
    "unit": "单位",
    "person": "人员",
    "role_grant": "角色",
    "plan": "年度计划",
    "task": "抽查任务",
    "draw": "抽取名单",
    "visit": "检查",
    "seat": "检查组",
    "calendar_day": "放假安排",
    "calendar_year": "放假年份",
}
"""The tables that an import may touch."""

# Tables whose columns come in under the titles of a kind.
_KINDS = {"task": "plan", "person": "people", "calendar_day": "holidays"}

# Columns that come in under another name, or not at all.
_MORE = {
    ("item", "version"): "版本",
    ("item", "active"): "状态",
    ("inspector", "unit_id"): "所在单位",
    ("inspector", "person_id"): "对应人员",
    ("expert", "unit_id"): "聘用单位",
    ("expert", "active"): "状态",
    ("expert", "person_id"): "对应人员",
    ("recusal", "entity_id"): "检查对象",
    ("recusal", "inspector_id"): "检查人员",
    ("recusal", "task_id"): "只限任务",
    ("unit", "name"): "单位名称",
    ("unit", "kind"): "单位类别",
    ("unit", "parent_id"): "上级单位",
    ("unit", "policy"): "制度",
    ("unit", "sample"): "示例",
    ("person", "unit_id"): "所在单位",
    ("person", "label"): "公开名称",
    ("person", "active"): "状态",
    ("role_grant", "person_id"): "人员",
    ("role_grant", "unit_id"): "单位",
    ("role_grant", "role"): "角色",
    ("plan", "unit_id"): "单位",
    ("plan", "year"): "年份",
    ("plan", "title"): "计划名称",
    ("plan", "version"): "版本",
    ("plan", "state"): "状态",
    ("plan", "made_at"): "编制时间",
    ("task", "state"): "状态",
    ("task", "starts"): "开始日期",
    ("task", "ends"): "截止日期",
    ("task", "completed_at"): "补全时间",
    ("visit", "due"): "检查截止日期",
    ("visit", "state"): "状态",
    ("seat", "state"): "状态",
    ("seat", "reason"): "调整原因",
    ("calendar_year", "source"): "来源",
    # As the record has them.
    ("inspector", "away"): "请假",
}


def title(place: str, name: str) -> str:
    """What a column of a table is called; its own name where nobody ever shows it."""
    found = _MORE.get((place, name))
    if found is not None:
        return found
    shape = SHAPES.get(_KINDS.get(place, place), ())
    return next((column.title for column in shape if column.name == name), name)


def side_by_side(before: str, after: str, width: int, nothing: str) -> tuple[str, str]:
    """Two values to be read beside each other in at most about `width` characters each, from where they differ.

    `nothing` stands for an empty one. What is cut is shown by ….
    """
    old, new = (" ".join(text.split()) for text in (before, after))
    if max(len(old), len(new)) <= width:
        return old or nothing, new or nothing
    same = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
    start = max(0, same - width // 4)
    return tuple(_cut(text, start, width) or nothing for text in (old, new))  # type: ignore[return-value]


def _cut(text: str, start: int, width: int) -> str:
    """A stretch of a text, with … where something was before and after it."""
    if start and len(text) > start:
        text = f"…{text[start:]}"
    return text if len(text) <= width else f"{text[: width - 1]}…"
