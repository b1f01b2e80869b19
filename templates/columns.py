"""The columns of each kind of table that offices exchange: titles, usual synonyms, how a header is recognised."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.rows import KIND_NAMES as KIND_NAMES


@dataclass(frozen=True)
class Column:
    """One column: field name, title as exported, other titles it goes by, and width in an exported sheet."""

    name: str
    title: str
    synonyms: tuple[str, ...] = ()
    width: int = 16


def _w(words: str) -> tuple[str, ...]:
    """Titles one after the other."""
    return tuple(words.split())


# The eleven columns of S0 exactly, in their order; synonyms from the plan tables in DOMAIN §2.7.
PLAN = (
    Column("plan_no", "抽查计划编号", _w("计划编号 计划编码 年度计划编号 计划号"), 17),
    Column("plan_name", "抽查计划名称", _w("计划名称 年度计划名称"), 36),
    Column("task_no", "抽查任务编号", _w("任务编号 任务编码 任务号"), 14),
    Column("name", "抽查任务名称", _w("任务名称"), 36),
    Column("kind", "抽查类型", _w("任务类型 计划类型"), 15),
    Column(
        "ratio_text",
        "抽查比例",
        _w("""抽查比例数量 抽查比例及数量 抽查比例或数量 抽查比例户数 比例 比例数量 抽取比例 拟抽查比例
        计划抽查比例 年度抽查比例 抽查比例及频次 抽查比例和频次 抽查比例频次 抽查数量 抽查户数"""),
        14,
    ),
    Column("item_text", "抽查事项", _w("事项 检查事项 抽查内容 检查内容 抽查检查事项 抽查项目 检查项目"), 40),
    Column(
        "scope_text",
        "抽查对象范围",
        _w("抽查对象 对象范围 检查对象 检查对象范围 抽查范围 抽查主体范围 抽查对象及范围 检查范围"),
        32,
    ),
    Column(
        "lead_text",
        "发起处室",
        _w("""发起部门 发起科室 发起单位 发起股室 牵头处室 牵头科室 牵头股室 牵头部门 牵头单位 检查主体 抽查主体
        股室 责任处室 责任科室 责任股室 责任部门 主办科室 主办处室 承办科室 承办处室 承办机构 实施科室
        实施处室 组织单位"""),
        18,
    ),
    Column(
        "joint_text",
        "联合处室",
        _w("""参与部门 参与处室 参与科室 参与单位 联合部门 联合科室 联合股室 联合单位 配合部门 配合处室 配合科室
        配合单位 协办科室 协办处室 参加部门 联查部门 联合检查部门"""),
        22,
    ),
    Column(
        "period_text",
        "抽查时间",
        _w("""起止时间 计划开展时间 开展时间 实施时间 检查时间 检查时间安排 抽查时间安排 时间安排 抽查起止时间
        检查起止时间 任务起止时间 任务时间 计划时间 完成时间 抽查期限 抽查时限 实施期限"""),
        18,
    ),
)

ITEM = (
    Column("code", "事项编码", _w("抽查事项编码 事项编号 抽查事项编号 检查事项编码 检查事项编号 事项代码"), 14),
    Column(
        "name",
        "抽查事项名称",
        _w("""抽查事项 事项名称 检查事项 检查事项名称 抽查检查事项 随机抽查事项 随机抽查事项名称 抽查项目
        抽查项目名称 检查项目 检查项目名称 项目名称"""),
        32,
    ),
    Column("category", "事项类别", _w("类别 检查事项类别 抽查事项类别 事项类型 事项分类"), 12),
    Column(
        "subject",
        "抽查主体",
        _w("""执法主体 检查主体 实施主体 实施部门 实施机构 检查机关 抽查机关 抽查部门 检查部门 责任部门 责任单位
        责任科室 责任处室"""),
        20,
    ),
    Column(
        "basis",
        "抽查依据",
        _w("""法律依据 检查依据 依据 实施依据 设定依据 法律法规依据 抽查法律依据 检查法律依据 执法依据 法规依据
        依据名称"""),
        48,
    ),
    Column("content", "抽查内容", _w("检查内容 内容 抽查检查内容 检查内容项目 检查内容和方法"), 40),
    Column("method", "抽查方式", _w("检查方式 方式 抽查方式及要求 抽查方法 检查方法"), 16),
    Column(
        "ratio",
        "抽查比例",
        _w("随机抽查的比例 比例 年度抽查比例 抽查比例及频次 抽查比例和频次 抽查比例频次 随机抽查的比例和频次"),
        12,
    ),
    Column("frequency", "抽查频次", _w("频次 抽查频率 检查频次 检查频次和上限"), 12),
    Column("superior_code", "上级事项编码", _w("上级编码 互联网监管事项编码"), 16),
    Column("guide", "工作指引", _w("抽查指引 检查指引"), 24),
    Column("form", "检查表单", _w("检查表 表单"), 20),
    Column("published_on", "公布日期", _w("公开日期 公布时间"), 14),
)

ENTITY = (
    Column(
        "label",
        "统一社会信用代码",
        _w("""信用代码 社会信用代码 统一信用代码 统一社会代码 统一代码 社会统一信用代码 企业信用代码
        单位信用代码 企业统一社会信用代码 单位统一社会信用代码 企业社会信用代码 单位社会信用代码
        市场主体统一社会信用代码 统一社会信用代码号 统一社会信用代码证号 统一社会信用代码注册号
        信用代码证号 机构代码 营业执照号 营业执照号码 纳税人识别号 税号"""),
        24,
    ),
    Column(
        "register_no",
        "名录库编号",
        _w("自编号 档案号 档案编号 对象编号 企业编号 单位编号 主体编号 库内编号 注册号 工商注册号 营业执照注册号"),
        16,
    ),
    Column(
        "name",
        "检查对象名称",
        _w("""检查对象 抽查对象 抽查对象名称 对象名称 监管对象 监管对象名称 企业名称 企业全称 企业名
        企业单位名称 单位名称 单位全称 公司名称 主体名称 检查主体名称 市场主体 市场主体名称 经营主体
        经营主体名称 机构名称 场所名称 项目名称 商户名称 业户名称 字号名称 店名 个体工商户名称 名称
        用户名称 用户单位 设台单位 设台用户 台站用户 受检单位 被检查单位 被检查单位名称 被检查对象
        被检查对象名称 被抽查单位 被抽查对象 被抽查对象名称 生产经营单位 生产经营单位名称 行政相对人
        行政相对人名称 管理相对人 管理相对人名称"""),
        32,
    ),
    Column(
        "kind",
        "对象类别",
        _w("""对象类型 对象分类 主体类型 主体类别 主体分类 市场主体类型 企业类型 企业类别 单位类型 单位类别
        监管类别 监管类型 类别 专项库"""),
        18,
    ),
    Column("industry", "行业", _w("所属行业 行业类别 行业类型 行业分类 行业领域 行业门类 国民经济行业 经营行业"), 16),
    Column(
        "district",
        "所在区县",
        _w("""区县 县区 县市区 县 所属县区 所在县区 所属区县 所属县市区 所在县市区 辖区 所属辖区 管辖区域
        所在地区 所属地区 地区 所属区域 区域 行政区划 属地 所在地 所属街道 街道 乡镇 乡镇街道 镇街"""),
        14,
    ),
    Column(
        "address",
        "地址",
        _w("""住所 登记住所 企业住所 经营场所 经营地址 经营地点 住所经营场所 注册地址 注册地 单位地址 企业地址
        详细地址 所在地址 通讯地址 生产地址 生产经营地址 生产经营场所 实际经营地址"""),
        36,
    ),
    Column(
        "contact",
        "联系人",
        _w("""联络人 联络员 企业联系人 单位联系人 负责人 主要负责人 企业负责人 单位负责人 法定代表人
        法定代表人负责人 法定代表人经营者 法人代表 法人 法人姓名 经营者"""),
        18,
    ),
    Column(
        "phone",
        "联系电话",
        _w("""电话 电话号码 手机 手机号 手机号码 联系方式 联系号码 联系人电话 联系人手机 联系人联系方式 企业电话
        单位电话 办公电话 固定电话 法人电话 负责人电话"""),
        16,
    ),
    Column(
        "risk_class",
        "信用风险等级",
        _w("""信用风险分类 信用风险类别 信用风险级别 信用风险分类等级 信用风险分类结果 企业信用风险分类
        企业信用风险等级 信用等级 信用分类 企业信用等级 风险等级 风险级别 风险分类 风险类别 企业风险等级
        监管等级 分类等级"""),
        14,
    ),
    Column("tags", "风险标签", _w("标签 对象标签 主体标签 企业标签 风险标注 分类标注"), 18),
    Column(
        "licences",
        "许可证",
        _w("许可证号 许可证编号 许可证名称 许可证名称及编号 经营许可证 行政许可 许可证件 资质 资质证书"),
        24,
    ),
    Column("state", "状态", _w("经营状态 经营情况 营业状态 存续状态 登记状态 主体状态 企业状态 单位状态 对象状态"), 10),
    Column("as_of", "截止日期", _w("数据截止日期 统计截止日期 更新日期 更新时间 数据日期 入库日期 入库时间"), 14),
)

_CERTIFICATE = _w("""执法证 执法证号码 执法证编号 执法证件 执法证件号 执法证件号码 执法证件编号 执法编号 行政执法证
        行政执法证号 行政执法证号码 行政执法证编号 行政执法证件号 行政执法证件号码 行政执法证件编号
        执法人员证号 行政执法人员证号 执法资格证号""")

INSPECTOR = (
    Column("label", "执法证号", (*_CERTIFICATE, *_w("证件号 证件号码 证件编号 证号 监督证号 执法人员编号")), 16),
    Column(
        "name",
        "姓名",
        _w("执法人员姓名 检查人员姓名 执法检查人员姓名 人员姓名 执法人员 检查人员 执法检查人员"),
        18,
    ),
    Column("sex", "性别", (), 8),
    Column(
        "id_number",
        "身份证号码",
        _w("身份证号 身份证 身份证件号码 居民身份证号 居民身份证号码 公民身份号码 公民身份证号码 身份号码"),
        24,
    ),
    Column("kind", "执法种类", _w("执法类别 执法类型 执法领域 执法范围 执法事项 执法事项范围"), 18),
    Column("post", "岗位职务", _w("职务 岗位 岗位及职务 担任职务 现任职务 行政职务 职务职级"), 14),
    Column(
        "unit",
        "所在单位",
        _w("""单位 单位名称 所属单位 工作单位 执法单位 执法机构 所属机构 处室 所在处室 所属处室 部门 所在部门
        所属部门 工作部门 所在业务部门 科室 所在科室 所属科室 股室 所在股室 所属股室"""),
        20,
    ),
    Column("specialties", "执法专长", _w("专长 执法特长 专业 业务专长 业务特长 专业特长 擅长领域"), 20),
    Column("phone", "联系电话", _w("电话 电话号码 手机 手机号 手机号码 联系方式"), 16),
    Column(
        "valid_until",
        "证件有效期至",
        _w("""有效期至 有效期 有效期限 有效日期 有效期截止 有效截止日期 证件有效期 证件有效期限 执法证有效期
        执法证有效期至 执法证件有效期 到期日期 到期时间 证件到期日 证件到期日期"""),
        14,
    ),
    Column("away_from", "离岗起始日", _w("请假开始 离岗开始"), 14),
    Column("away_to", "离岗截止日", _w("请假结束 离岗结束"), 14),
    Column("state", "状态", _w("在岗状态 在岗情况 人员状态 执法人员状态 是否在岗"), 10),
)

RECUSAL = (
    Column("entity", "统一社会信用代码", _w("信用代码 社会信用代码 企业信用代码 检查对象代码"), 24),
    Column(
        "entity_name",
        "检查对象名称",
        _w("检查对象 企业名称 单位名称 对象名称 被检查单位 被检查单位名称 被检查对象 回避对象 回避单位"),
        32,
    ),
    Column("inspector", "执法证号", (*_CERTIFICATE, "证件号"), 16),
    Column(
        "inspector_name",
        "检查人员姓名",
        _w("检查人员 执法人员 执法人员姓名 执法检查人员 姓名 人员姓名 回避人 回避人员 回避人员姓名 申请人"),
        18,
    ),
    Column(
        "reason",
        "回避原因",
        _w("回避事由 回避理由 回避情形 申请回避理由 申请回避事由 申请回避原因 利害关系 原因 事由 理由"),
        32,
    ),
)

PEOPLE = (
    Column("name", "姓名", _w("人员姓名"), 18),
    Column(
        "unit",
        "所在单位",
        _w("单位 所属单位 处室 所在处室 工作单位 部门 所在部门 所属部门 科室 所在科室 所属科室 股室"),
        20,
    ),
    Column("roles", "角色", _w("系统角色 用户角色 岗位角色 权限 工作角色 担任角色"), 24),
    Column("label", "执法证号", _CERTIFICATE, 16),
    Column("phone", "联系电话", _w("电话 电话号码 手机 手机号 手机号码 联系方式"), 16),
)

EXPERT = (
    Column("label", "专家编号", _w("编号 专家库编号 专家证号 聘书编号"), 14),
    Column("name", "姓名", _w("专家姓名"), 16),
    Column(
        "field",
        "专业领域",
        _w("专业 专业类别 专业方向 专业特长 擅长领域 专家类别 专家领域 行业领域 所属领域 从事专业 研究方向"),
        24,
    ),
    Column("title", "职称", _w("技术职称 专业技术职称 职称等级 职称职务 专业技术职务"), 16),
    Column("employer", "工作单位", _w("单位 现工作单位 所在单位 所属单位 单位名称"), 30),
    Column("phone", "联系电话", _w("电话 电话号码 手机 手机号 手机号码 联系方式"), 16),
    Column(
        "valid_until",
        "聘期至",
        _w("聘任期限 聘用期限 聘期截止 聘期截止日期 有效期至 聘期 聘任截止 聘任截止日期"),
        14,
    ),
    Column("unit", "聘用单位", _w("聘请单位 管理单位 所属专家库"), 20),
    Column("state", "状态", _w("在库状态 是否在库"), 10),
)

# A list as a province's platform hands it out: one row for each entity, or one for each entity and person.
PLATFORM = (
    Column("plan_no", "抽查计划编号", _w("计划编号 年度计划编号"), 17),
    Column("task_no", "抽查任务编号", _w("任务编号 任务编码 任务号"), 18),
    Column("task_name", "抽查任务名称", _w("任务名称 抽查任务"), 34),
    Column(
        "drawn_on",
        "抽取日期",
        _w("抽取时间 随机抽取时间 随机抽取日期 派发时间 派发日期 摇号时间 摇号日期"),
        14,
    ),
    Column(
        "entity",
        "统一社会信用代码",
        _w("信用代码 社会信用代码 统一信用代码 企业信用代码 注册号 统一社会信用代码注册号"),
        24,
    ),
    Column(
        "entity_name",
        "检查对象名称",
        _w("""检查对象 企业名称 单位名称 主体名称 市场主体名称 经营主体名称 对象名称 被检查单位 被检查单位名称
        被检查对象 被检查对象名称 抽查对象 抽查对象名称 被抽查单位 被抽查对象 被抽查对象名称"""),
        32,
    ),
    Column("leader", "检查组长", _w("组长 主检人员 主检人"), 14),
    Column(
        "inspectors",
        "检查人员",
        _w("""执法人员 检查人员姓名 检查人员名单 执法检查人员 执法检查人员姓名 执法人员姓名 抽取检查人员
        匹配检查人员 匹配执法人员 检查组 检查小组 检查组成员 检查人员1 执法人员1 组员"""),
        26,
    ),
    Column("second", "检查人员2", _w("执法人员2 协检人员 副检人员"), 14),
    Column("third", "检查人员3", _w("执法人员3"), 14),
    Column("certificates", "执法证号", (*_CERTIFICATE, *_w("检查人员执法证号 执法人员证件号 执法证号1")), 26),
    Column("second_certificate", "执法证号2", _w("执法证件号2"), 16),
    Column(
        "due",
        "检查截止日期",
        _w("""检查期限 完成时限 检查完成时限 截止日期 截止时间 检查截止时间 任务截止日期 任务截止时间
        要求完成时间"""),
        14,
    ),
)

# A single day a row, or a notice's own table: 节日, 放假时间, 调休上班.
HOLIDAYS = (
    Column("day", "日期", _w("公历日期 年月日"), 14),
    Column(
        "working",
        "类型",
        _w("日期类型 性质 放假或上班 是否上班 是否放假 是否工作日 是否节假日 休班 安排"),
        12,
    ),
    Column("name", "节日", _w("名称 节日名称 节假日名称 假日 节假日 说明"), 14),
    Column("off", "放假时间", _w("放假日期 休假时间 放假安排 放假起止 放假起止时间"), 30),
    Column("work", "调休上班", _w("调休 调休日期 调休上班日期 补班日期 调休上班时间 补班 上班日 上班日期"), 24),
    Column("source", "来源", _w("文件 依据 文号 通知"), 40),
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
    Column("findings", "发现问题情况", (), 40),
    Column("methods", "核查方式", (), 18),
    Column("categories", "检查结果", (), 36),
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

# The last column of a marked copy.
REASONS = "未导入原因"

# The hidden sheet of a table to fill in that holds what its drop-down lists offer.
CHOICES = "下拉选项"

# Columns that nobody needs to explain: they are said not to be imported, and not asked about.
REMARKS = frozenset({"备注", "说明", "附注", "备考", "放假天数", "天数"})

# What stands in a counting column of a row that only shows how to fill in the others; the first is what we write.
EXAMPLE = "示例"
EXAMPLES = frozenset(_w("示例 例 样例 范例 例如 （示例） (示例) （例） (例) 示例： 示例: 例： 例:"))

_BRACKETED = re.compile(r"[(\[【〔].*?[)\]】〕]")
_NOT_WORD = re.compile(r"[\W_]+")
# 1.截止日期, （3）截止日期: the number that a form gives its columns.
_NUMBERED = re.compile(
    r"^\s*(?:[(（]?\d{1,2}\s*[.)）、．:：]|[(（][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+、)(?!\d)"
)


def folded(title: str) -> str:
    """A header as compared: NFKC, no blanks, line breaks or punctuation."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", title)).lower()


def _readings(title: str) -> Iterator[str]:
    """A title as it may be compared: whole, without what stands in brackets, without the number before it."""
    yield folded(title)
    yield folded(_BRACKETED.sub("", title))
    if _NUMBERED.match(title):
        yield from _readings(_NUMBERED.sub("", title))


def _spellings(column: Column) -> set[str]:
    return {folded(column.title), *(folded(s) for s in column.synonyms), folded(column.name)}


_KNOWN: dict[str, dict[str, str]] = {
    kind: {spelling: column.name for column in reversed(columns) for spelling in _spellings(column)}
    for kind, columns in SHAPES.items()
}


def match(kind: str, header: Sequence[str], learnt: Mapping[str, str] | None = None) -> dict[str, int]:
    """Find a kind's fields in a header row: field name → index from 0.

    A title is compared whole, then without what stands in brackets and without its number. What the office once said
    of a title (`learnt`: folded title → field) goes first, then the exported title, then a synonym.
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
            name = next((spellings[each] for each in _readings(plain) if each in spellings), None)
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
