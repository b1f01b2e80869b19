"""Fills the lists of items, entities, inspectors and experts: their read models as the fields of their templates."""

from models.views_register import EntityListView, ExpertListView, InspectorListView, ItemListView, RegisterView
from templates.values import (
    NONE,
    Fields,
    Kinds,
    broken_title,
    day,
    joined,
    meaningful,
    or_none,
    paper_fields,
)

WIDE_TITLE = 30  # characters of 2号 on a line of a broad page


def _register(view: RegisterView, name: str, rows: list[Fields], width: int = WIDE_TITLE) -> Fields:
    return paper_fields(view) | {
        "标题": broken_title((*meaningful(view.unit, width), name), width),
        "截止日期": day(view.as_of),
        "数量": len(rows),
        "制表": view.made_by,
        "制表日期": day(view.made_on),
        "名录": [{"序号": number} | row for number, row in enumerate(rows, 1)],
    }


def _items(view: ItemListView) -> Fields:
    rows: list[Fields] = [
        {
            "编码": one.code,
            "名称": one.name,
            "类别": or_none(one.category),
            "主体": or_none(one.subject),
            "对象": or_none(one.object),
            "依据": or_none(one.basis),
            "内容": or_none(one.content),
            "方式": or_none(one.method),
            "比例": or_none(one.ratio),
            "频次": or_none(one.frequency),
            "要求": "\n".join(text for text in (one.guide, one.superior_code) if text) or NONE,
        }
        for one in view.rows
    ]
    return _register(view, "随机抽查事项清单", rows) | {
        "版本": or_none(view.version),
        "公布日期": day(view.published_on) if view.published_on else NONE,
    }


def _entities(view: EntityListView) -> Fields:
    rows: list[Fields] = [
        {
            "代码": one.code,
            "名称": one.name,
            "类别": or_none(one.kind),
            "行业": or_none(one.industry),
            "区县": or_none(one.district),
            "地址": or_none(one.address),
            "等级": or_none(one.risk_class),
            "标签": joined(one.tags),
            "许可": or_none(one.licences),
            "状态": or_none(one.state),
        }
        for one in view.rows
    ]
    return _register(view, "检查对象名录库", rows) | {"范围": or_none(view.part, "全部")}


def _inspectors(view: InspectorListView) -> Fields:
    rows: list[Fields] = [
        {
            "证号": one.certificate,
            "姓名": one.name,
            "性别": or_none(one.sex),
            "身份证号": or_none(one.id_masked),
            "种类": or_none(one.kind),
            "岗位": or_none(one.post),
            "单位": or_none(one.unit),
            "专长": joined(one.specialties),
            "有效期": day(one.valid_until),
            "状态": or_none(one.state),
        }
        for one in view.rows
    ]
    return _register(view, "执法检查人员名录库", rows)


def _experts(view: ExpertListView) -> Fields:
    rows: list[Fields] = [
        {
            "编号": one.label,
            "姓名": one.name,
            "领域": or_none(one.field),
            "单位": or_none(one.employer),
            "状态": or_none(one.state),
        }
        for one in view.rows
    ]
    return _register(view, "专家库", rows, 20)


KINDS: Kinds = {
    ItemListView: ("item_list", lambda view: f"抽查事项清单-{view.unit}", _items),
    EntityListView: ("entity_list", lambda view: f"检查对象名录库-{view.unit}", _entities),
    InspectorListView: ("inspector_list", lambda view: f"执法检查人员名录库-{view.unit}", _inspectors),
    ExpertListView: ("expert_list", lambda view: f"专家库-{view.unit}", _experts),
}
