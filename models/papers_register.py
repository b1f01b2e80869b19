"""The registers' lists as views: 抽查事项清单, 检查对象, 执法检查人员, 专家. Reads only.

Whoever may import a register may have it on paper. ID numbers come masked, telephones and contacts not at all.
"""

from datetime import date
from typing import TypedDict

from sqlmodel import Session, col, func, select

from models import intake, people
from models.act import Act, Refused
from models.base import SHANGHAI
from models.entity import Entity
from models.expert import Expert
from models.inspector import Inspector
from models.item import Item
from models.lookup import masked
from models.people import Unit
from models.views_register import (
    EntityListView,
    EntityRowView,
    ExpertListView,
    ExpertRowView,
    InspectorListView,
    InspectorRowView,
    ItemListView,
    ItemRowView,
)
from models.words import EntityState, InspectorState, chinese

LIMIT = 2000
"""Entities on one paper: more make a file that nobody prints."""


def item_list(act: Act) -> ItemListView:
    """抽查事项清单: the items in force, by code."""
    office = _office(act, "item")
    found = list(act.session.exec(select(Item).where(col(Item.active)).order_by(col(Item.code))))
    if not found:
        raise Refused("抽查事项清单里还没有内容，请先导入。")
    published = [each.published_on for each in found if each.published_on]
    return ItemListView(
        **_head(act, office, _today(act)),
        version="",
        published_on=max(published, default=None),
        rows=tuple(
            ItemRowView(
                code=each.code,
                name=each.name,
                category=each.category,
                subject=each.subject,
                object="",
                basis=each.basis,
                content=each.content,
                method=each.method,
                ratio=each.ratio,
                frequency=each.frequency,
                guide=each.guide,
                superior_code=each.superior_code,
            )
            for each in found
        ),
    )


def entity_parts(act: Act) -> list[tuple[str, int]]:
    """The kinds of entities with their counts, the largest first; empty ones are called 未分类."""
    intake.may_import(act, "entity")
    counted = act.session.exec(select(Entity.kind, func.count()).group_by(col(Entity.kind))).all()
    return sorted(((kind, count) for kind, count in counted), key=lambda each: (-each[1], each[0]))


def entity_list(act: Act, kind: str | None = None) -> EntityListView:
    """检查对象名录库, all of it or one kind of entities (S3: 分行业), by code. Refused where it is too long."""
    office = _office(act, "entity")
    wanted = select(Entity) if kind is None else select(Entity).where(Entity.kind == kind)
    count = act.session.exec(select(func.count()).select_from(wanted.subquery())).one()
    if not count:
        raise Refused("检查对象名录库里还没有内容，请先导入。")
    if count > LIMIT:
        raise Refused(f"共 {count:,} 户，超过一份文书能列的 {LIMIT:,} 户。请导出为 Excel 表格。")
    found = list(act.session.exec(wanted.order_by(col(Entity.label))))
    days = [each.as_of for each in found if each.as_of]
    return EntityListView(
        **_head(act, office, max(days, default=_today(act))),
        part=kind or ("" if kind is None else "未分类"),
        rows=tuple(
            EntityRowView(
                code=each.label,
                name=each.name,
                kind=each.kind,
                industry=each.industry,
                district=each.district,
                address=each.address,
                risk_class=each.risk_class,
                tags=tuple(each.tags),
                licences=each.licences,
                state=chinese(EntityState(each.state)),
            )
            for each in found
        ),
    )


def inspector_list(act: Act) -> InspectorListView:
    """执法检查人员名录库, by certificate; those who left are not on it."""
    office = _office(act, "inspector")
    units = _units(act.session)
    there = select(Inspector).where(Inspector.state != InspectorState.LEFT).order_by(col(Inspector.label))
    found = list(act.session.exec(there))
    if not found:
        raise Refused("执法检查人员名录库里还没有内容，请先导入。")
    return InspectorListView(
        **_head(act, office, _today(act)),
        rows=tuple(
            InspectorRowView(
                certificate=each.label,
                name=each.name,
                sex=each.sex,
                id_masked=masked(each.id_number),
                kind=each.kind,
                post=each.post,
                unit=units[each.unit_id],
                specialties=tuple(each.specialties),
                valid_until=each.valid_until,
                state=chinese(InspectorState(each.state)),
            )
            for each in found
        ),
    )


def expert_list(act: Act) -> ExpertListView:
    """专家库, by number."""
    office = _office(act, "expert")
    found = list(act.session.exec(select(Expert).where(col(Expert.active)).order_by(col(Expert.label))))
    if not found:
        raise Refused("专家库里还没有内容，请先导入。")
    return ExpertListView(
        **_head(act, office, _today(act)),
        rows=tuple(
            ExpertRowView(
                label=each.label,
                name=f"{each.name}（{each.title}）" if each.title else each.name,
                field=each.field,
                employer=each.employer,
                state=_term(each.valid_until, _today(act)),
            )
            for each in found
        ),
    )


def _term(last: date | None, today: date) -> str:
    if last is None:
        return "在聘"
    return f"聘期至{last.year}年{last.month}月" if last >= today else "聘期已满"


def _office(act: Act, kind: str) -> Unit:
    intake.may_import(act, kind)
    root = people.root(act.session)
    if root is None:
        raise Refused("还没有建立办公室，不能出具文书。")
    return root


class _Head(TypedDict):
    office: str
    sample: bool
    rehearsal: bool
    unit: str
    as_of: date
    made_by: str
    made_on: date


def _head(act: Act, office: Unit, as_of: date) -> _Head:
    """What the paper of every register says about itself."""
    return _Head(
        office=office.name,
        sample=office.sample,
        rehearsal=False,
        unit=office.name,
        as_of=as_of,
        made_by=act.policy.office.lead_unit or office.name,
        made_on=_today(act),
    )


def _today(act: Act) -> date:
    return act.now.astimezone(SHANGHAI).date()


def _units(session: Session) -> dict[int, str]:
    return {unit.id or 0: unit.name for unit in session.exec(select(Unit))}
