"""The columns of each kind of table that offices exchange: titles, usual synonyms, how a header is recognised."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.rows import KIND_NAMES as KIND_NAMES


@dataclass(frozen=True)
class Column:
    """One column: field name, title as exported, other titles it goes by, and width in an exported sheet."""

    name: str
    title: str
    synonyms: tuple[str, ...] = ()
    width: int = 16


# The eleven columns of S0 exactly, in their order; synonyms from the plan tables in DOMAIN §2.7.
PLAN = (
    Column("plan_no", "抽查计划编号", ("计划编号", "计划编码", "年度计划编号"), 17),
    Column("plan_name", "抽查计划名称", ("计划名称", "年度计划名称"), 36),
    Column("task_no", "抽查任务编号", ("任务编号", "任务编码"), 14),
    Column("name", "抽查任务名称", ("任务名称",), 36),
    Column("kind", "抽查类型", ("任务类型", "计划类型"), 15),
    Column("ratio_text", "抽查比例", ("抽查比例数量", "比例", "抽查比例及频次", "抽查比例和频次"), 14),
    Column("item_text", "抽查事项", ("事项", "检查事项", "抽查内容", "检查内容"), 40),
    Column("scope_text", "抽查对象范围", ("抽查对象", "对象范围", "检查对象", "检查对象范围", "抽查范围"), 32),
    Column(
        "lead_text", "发起处室", ("发起部门", "发起科室", "发起单位", "牵头处室", "牵头科室", "检查主体", "股室"), 18
    ),
    Column("joint_text", "联合处室", ("参与部门", "联合部门", "配合部门", "联合科室", "配合处室", "参与处室"), 22),
    Column("period_text", "抽查时间", ("起止时间", "计划开展时间", "检查时间", "检查时间安排", "抽查起止时间"), 18),
)

ITEM = (
    Column("code", "事项编码", ("抽查事项编码", "事项编号", "抽查事项编号", "检查事项编码"), 14),
    Column("name", "抽查事项名称", ("抽查事项", "事项名称", "检查事项", "检查事项名称"), 32),
    Column("category", "事项类别", ("类别", "检查事项类别", "抽查事项类别"), 12),
    Column("subject", "抽查主体", ("执法主体", "检查主体", "实施主体"), 20),
    Column("basis", "抽查依据", ("法律依据", "检查依据", "依据", "实施依据"), 48),
    Column("content", "抽查内容", ("检查内容", "内容"), 40),
    Column("method", "抽查方式", ("检查方式", "方式", "抽查方式及要求"), 16),
    Column(
        "ratio", "抽查比例", ("随机抽查的比例", "比例", "抽查比例及频次", "抽查比例和频次", "随机抽查的比例和频次"), 12
    ),
    Column("frequency", "抽查频次", ("频次", "检查频次", "检查频次和上限"), 12),
    Column("superior_code", "上级事项编码", ("上级编码", "互联网监管事项编码"), 16),
    Column("guide", "工作指引", ("抽查指引", "检查指引"), 24),
    Column("form", "检查表单", ("检查表", "表单"), 20),
    Column("published_on", "公布日期", ("公开日期", "公布时间"), 14),
)

ENTITY = (
    Column("label", "统一社会信用代码", ("信用代码", "社会信用代码", "统一信用代码", "统一代码"), 24),
    Column("register_no", "名录库编号", ("自编号", "档案号", "对象编号"), 16),
    Column(
        "name", "检查对象名称", ("企业名称", "单位名称", "主体名称", "市场主体名称", "对象名称", "名称", "用户名称"), 32
    ),
    Column("kind", "对象类别", ("对象类型", "主体类型", "企业类型", "监管类别", "类别"), 18),
    Column("industry", "行业", ("所属行业", "行业类别"), 16),
    Column("district", "所在区县", ("区县", "县区", "辖区", "所在地区", "所属区域", "行政区划"), 14),
    Column("address", "地址", ("住所", "经营场所", "经营地址", "住所经营场所", "注册地址", "单位地址"), 36),
    Column("contact", "联系人", ("联络人", "负责人", "法定代表人"), 18),
    Column("phone", "联系电话", ("电话", "手机", "联系方式", "手机号"), 16),
    Column("risk_class", "信用风险等级", ("风险等级", "风险分类", "信用风险分类", "信用等级", "风险类别"), 14),
    Column("tags", "风险标签", ("标签", "风险标注", "分类标注"), 18),
    Column("licences", "许可证", ("许可证号", "行政许可", "许可证件"), 24),
    Column("state", "状态", ("经营状态", "登记状态", "主体状态", "企业状态"), 10),
    Column("as_of", "截止日期", ("数据截止日期", "更新日期", "数据日期"), 14),
)

INSPECTOR = (
    Column(
        "label",
        "执法证号",
        ("执法证号码", "执法证件号", "执法证件号码", "执法证编号", "行政执法证号", "证件编号"),
        16,
    ),
    Column("name", "姓名", ("执法人员姓名", "检查人员姓名", "人员姓名"), 18),
    Column("sex", "性别", (), 8),
    Column("id_number", "身份证号码", ("身份证号", "身份证", "公民身份号码"), 24),
    Column("kind", "执法种类", ("执法类别", "执法类型", "执法领域"), 18),
    Column("post", "岗位职务", ("职务", "岗位", "职务职级"), 14),
    Column("unit", "所在单位", ("单位", "所属单位", "处室", "所在处室", "工作单位", "部门", "所属部门", "科室"), 20),
    Column("specialties", "执法专长", ("专长", "专业", "业务专长", "专业特长"), 20),
    Column("phone", "联系电话", ("电话", "手机", "手机号", "联系方式"), 16),
    Column("valid_until", "证件有效期至", ("有效期至", "有效期", "证件有效期", "执法证有效期"), 14),
    Column("away_from", "离岗起始日", ("请假开始", "离岗开始"), 14),
    Column("away_to", "离岗截止日", ("请假结束", "离岗结束"), 14),
    Column("state", "状态", ("在岗状态", "人员状态", "是否在岗"), 10),
)

RECUSAL = (
    Column("entity", "统一社会信用代码", ("信用代码", "社会信用代码", "检查对象代码"), 24),
    Column("entity_name", "检查对象名称", ("检查对象", "企业名称", "单位名称", "对象名称"), 32),
    Column("inspector", "执法证号", ("执法证号码", "执法证件号", "执法证编号"), 16),
    Column("inspector_name", "检查人员姓名", ("检查人员", "执法人员", "姓名", "人员姓名"), 18),
    Column("reason", "回避原因", ("回避事由", "回避理由", "原因", "事由", "理由"), 32),
)

PEOPLE = (
    Column("name", "姓名", ("人员姓名",), 18),
    Column(
        "unit", "所在单位", ("单位", "所属单位", "处室", "所在处室", "工作单位", "部门", "所属部门", "科室", "股室"), 20
    ),
    Column("roles", "角色", ("系统角色", "权限", "工作角色", "担任角色"), 24),
    Column("label", "执法证号", ("执法证号码", "执法证件号", "执法证件号码", "执法证编号", "行政执法证号"), 16),
    Column("phone", "联系电话", ("电话", "手机", "手机号", "联系方式"), 16),
)

EXPERT = (
    Column("label", "专家编号", ("编号", "专家库编号", "专家证号", "聘书编号"), 14),
    Column("name", "姓名", ("专家姓名",), 16),
    Column("field", "专业领域", ("专业", "专业特长", "擅长领域", "专家类别", "从事专业", "研究方向"), 24),
    Column("title", "职称", ("技术职称", "职称职务", "专业技术职务"), 16),
    Column("employer", "工作单位", ("单位", "所在单位", "单位名称"), 30),
    Column("phone", "联系电话", ("电话", "手机", "手机号", "联系方式"), 16),
    Column("valid_until", "聘期至", ("聘任期限", "聘期截止", "有效期至", "聘期", "聘任截止日期"), 14),
    Column("unit", "聘用单位", ("聘请单位", "管理单位", "所属专家库"), 20),
    Column("state", "状态", ("在库状态", "是否在库"), 10),
)

# A list as a province's platform hands it out: one row for each entity, or one for each entity and person.
PLATFORM = (
    Column("plan_no", "抽查计划编号", ("计划编号", "年度计划编号"), 17),
    Column("task_no", "抽查任务编号", ("任务编号", "任务编码"), 18),
    Column("task_name", "抽查任务名称", ("任务名称", "抽查任务"), 34),
    Column("drawn_on", "抽取日期", ("抽取时间", "随机抽取时间", "派发时间", "派发日期", "摇号时间"), 14),
    Column("entity", "统一社会信用代码", ("信用代码", "社会信用代码", "注册号", "统一社会信用代码注册号"), 24),
    Column(
        "entity_name",
        "检查对象名称",
        ("检查对象", "企业名称", "单位名称", "主体名称", "市场主体名称", "对象名称", "被检查单位", "抽查对象"),
        32,
    ),
    Column("leader", "检查组长", ("组长", "主检人员", "主检人"), 14),
    Column(
        "inspectors",
        "检查人员",
        ("执法人员", "检查人员姓名", "执法检查人员", "执法人员姓名", "抽取检查人员", "检查人员1", "执法人员1", "组员"),
        26,
    ),
    Column("second", "检查人员2", ("执法人员2", "协检人员", "副检人员"), 14),
    Column("third", "检查人员3", ("执法人员3",), 14),
    Column(
        "certificates",
        "执法证号",
        ("执法证号码", "执法证件号", "检查人员执法证号", "执法人员证号", "执法证号1"),
        26,
    ),
    Column("second_certificate", "执法证号2", ("执法证件号2",), 16),
    Column("due", "检查截止日期", ("检查期限", "完成时限", "截止日期", "检查截止时间", "要求完成时间"), 14),
)

# A single day a row, or a notice's own table: 节日, 放假时间, 调休上班.
HOLIDAYS = (
    Column("day", "日期", ("公历日期",), 14),
    Column("working", "类型", ("放假或上班", "是否上班", "是否放假", "是否工作日", "是否节假日", "休班", "安排"), 12),
    Column("name", "节日", ("名称", "节日名称", "假日", "节假日", "说明"), 14),
    Column("off", "放假时间", ("放假日期", "休假时间", "放假安排"), 30),
    Column("work", "调休上班", ("调休上班日期", "补班日期", "调休上班时间", "补班", "上班日期"), 24),
    Column("source", "来源", ("文件", "依据", "文号", "通知"), 40),
)

# What a platform asks for of each result, in its order (DOMAIN §2.2, §2.6): goes out only.
RESULT = (
    Column("plan_no", "抽查计划编号", (), 17),
    Column("task_no", "抽查任务编号", (), 14),
    Column("task_name", "抽查任务名称", (), 34),
    Column("label", "统一社会信用代码", (), 24),
    Column("name", "检查对象名称", (), 32),
    Column("inspectors", "检查人员", (), 22),
    Column("certificates", "执法证号", (), 26),
    Column("checked_on", "检查日期", (), 14),
    Column("methods", "核查方式", (), 18),
    Column("categories", "检查结果", (), 36),
    Column("findings", "发现问题情况", (), 40),
    Column("measures", "后续处置措施", (), 30),
    Column("state", "后续处置状态", (), 14),
    Column("closed", "后续处置结果", (), 36),
)

SHAPES: dict[str, tuple[Column, ...]] = {
    "plan": PLAN,
    "item": ITEM,
    "entity": ENTITY,
    "inspector": INSPECTOR,
    "expert": EXPERT,
    "recusal": RECUSAL,
    "platform": PLATFORM,
    "holidays": HOLIDAYS,
    "people": PEOPLE,
}
"""The tables that come in, in the order in which they are offered."""

EXPORTS: dict[str, tuple[Column, ...]] = SHAPES | {"result": RESULT}
"""The tables that go out."""

EXPORT_NAMES = KIND_NAMES | {"result": "检查结果"}

# What must be in a header for its kind to be recognised: one column at least of each group.
KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "plan": (("ratio_text",), ("period_text",)),
    "item": (("name",), ("basis",)),
    "entity": (("label", "register_no"), ("name",)),
    "inspector": (("label",), ("name",)),
    "recusal": (("entity", "entity_name"), ("inspector", "inspector_name"), ("reason",)),
    "expert": (("name",), ("field", "title"), ("label", "employer", "valid_until")),
    "platform": (("entity", "entity_name"), ("leader", "inspectors", "certificates")),
    "holidays": (("day", "off"), ("working", "off")),
    "people": (("name",), ("unit",), ("roles",)),
}

# A header that fits the first kind fits those behind it too, and means the first.
_MORE_SPECIAL = {
    "platform": frozenset({"entity", "inspector", "plan"}),
    "recusal": frozenset({"entity", "inspector", "platform"}),
    "people": frozenset({"inspector"}),
}

# Columns that only count rows or remark on them; leaving them out needs no word.
COUNTERS = frozenset({"序号", "行次", "编号"})

# Columns that nobody needs to explain: they are said not to be imported, and not asked about.
REMARKS = frozenset({"备注", "说明", "附注", "备考", "放假天数", "天数"})

# What stands in a counting column of a row that only shows how to fill in the others.
EXAMPLE = "示例"

_BRACKETED = re.compile(r"[(\[【〔].*?[)\]】〕]")
_NOT_WORD = re.compile(r"[\W_]+")


def folded(title: str) -> str:
    """A header as compared: NFKC, no blanks, line breaks or punctuation."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", title)).lower()


def _spellings(column: Column) -> set[str]:
    return {folded(column.title), *(folded(s) for s in column.synonyms), folded(column.name)}


_KNOWN: dict[str, dict[str, str]] = {
    kind: {spelling: column.name for column in reversed(columns) for spelling in _spellings(column)}
    for kind, columns in SHAPES.items()
}


def match(kind: str, header: Sequence[str], learnt: Mapping[str, str] | None = None) -> dict[str, int]:
    """Find a kind's fields in a header row: field name → index from 0.

    A title is compared whole, then without what stands in brackets. What the office once said of a title (`learnt`:
    folded title → field) goes first, then the exported title, then a synonym.
    """
    known = _KNOWN[kind]
    exact = {folded(column.title): column.name for column in SHAPES[kind]}
    said = {title: name for title, name in (learnt or {}).items() if name in set(known.values())}
    ignored = {title for title, name in (learnt or {}).items() if title not in said}
    found: dict[str, int] = {}
    for spellings in (said, exact, known):
        for index, title in enumerate(header):
            if not title or index in found.values():
                continue
            plain = unicodedata.normalize("NFKC", title)
            if folded(plain) in ignored:
                continue
            name = spellings.get(folded(plain)) or spellings.get(folded(_BRACKETED.sub("", plain)))
            if name and name not in found:
                found[name] = index
    return found


def recognise(
    header: Sequence[str], learnt: Mapping[str, Mapping[str, str]] | None = None
) -> list[tuple[str, dict[str, int]]]:
    """The kinds that a header row may be of, best first, each with its fields found; none that a better one is too."""
    candidates = {}
    for kind in SHAPES:
        found = match(kind, header, (learnt or {}).get(kind))
        if not missing(kind, found):
            candidates[kind] = found
    less = {other for kind in candidates for other in _MORE_SPECIAL.get(kind, ())}
    kept = [(kind, found) for kind, found in candidates.items() if kind not in less]
    return sorted(kept, key=lambda candidate: -len(candidate[1]))


def missing(kind: str, found: Mapping[str, int]) -> list[str]:
    """Titles of the key columns that a header lacks; where one of several would do, joined by 或者."""
    by_name = {column.name: column.title for column in SHAPES[kind]}
    return ["或者".join(by_name[n] for n in group) for group in KEYS[kind] if not any(n in found for n in group)]


def lacking(kind: str, found: Mapping[str, int]) -> list[str]:
    """Names of the key fields that a header lacks, the first of each group."""
    return [group[0] for group in KEYS[kind] if not any(name in found for name in group)]


def title(kind: str, name: str) -> str:
    """What a field is called as exported."""
    return next((column.title for column in SHAPES[kind] if column.name == name), name)


def titles(kind: str) -> list[str]:
    """The titles of a kind as exported."""
    return [column.title for column in EXPORTS[kind]]
