"""Read models of the lists that go out on paper: 抽查事项清单, 检查对象, 执法检查人员, 专家.

Conventions as in models.views. What is sealed (ID numbers, telephones) comes masked or not at all.
"""

from dataclasses import dataclass
from datetime import date

from models.views import PaperView


@dataclass(frozen=True, kw_only=True)
class RegisterView(PaperView):
    """What every list has."""

    unit: str  # whose list it is; part of the title
    as_of: date  # 数据截至
    made_by: str  # who took it out; a unit or 处室
    made_on: date


@dataclass(frozen=True, kw_only=True)
class ItemRowView:
    """One 抽查事项 (S0, S2, S3: 主体、依据、内容、方式、比例、频次、要求; S1: 一般 or 重点, 上级编码)."""

    code: str
    name: str
    category: str
    subject: str
    object: str  # 抽查对象; empty where the list does not name it
    basis: str
    content: str
    method: str
    ratio: str
    frequency: str
    guide: str  # 要求
    superior_code: str


@dataclass(frozen=True, kw_only=True)
class ItemListView(RegisterView):
    """抽查事项清单, landscape."""

    version: str  # 2026年第2版; empty: not counted
    published_on: date | None
    rows: tuple[ItemRowView, ...]


@dataclass(frozen=True, kw_only=True)
class EntityRowView:
    """One 检查对象."""

    code: str
    name: str
    kind: str
    industry: str
    district: str
    address: str
    risk_class: str
    tags: tuple[str, ...]
    licences: str
    state: str


@dataclass(frozen=True, kw_only=True)
class EntityListView(RegisterView):
    """检查对象名录库, landscape; `part` says which part of the register it is (S3: 分行业), empty: all of it."""

    part: str
    rows: tuple[EntityRowView, ...]


@dataclass(frozen=True, kw_only=True)
class InspectorRowView:
    """One 执法检查人员 (S3); the ID number comes masked."""

    certificate: str
    name: str
    sex: str
    id_masked: str
    kind: str  # 执法种类
    post: str  # 岗位职务
    unit: str
    specialties: tuple[str, ...]
    valid_until: date
    state: str


@dataclass(frozen=True, kw_only=True)
class InspectorListView(RegisterView):
    """执法检查人员名录库, landscape."""

    rows: tuple[InspectorRowView, ...]


@dataclass(frozen=True, kw_only=True)
class ExpertRowView:
    """One 专家."""

    label: str
    name: str
    field: str
    employer: str
    state: str


@dataclass(frozen=True, kw_only=True)
class ExpertListView(RegisterView):
    """专家库, upright."""

    rows: tuple[ExpertRowView, ...]
