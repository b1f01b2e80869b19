"""The templates of 年度抽查计划表, 计划申报表, 计划调整, 工作方案 (of a task and of a year) and 培训计划表."""

from templates.gongwen_parts import CONTACT, DISCIPLINE, filled_foot, form_name, issued, listed, loops, plain_line
from templates.paper import (
    BROAD,
    FORM,
    FORM_HEAD,
    LETTER,
    WIDE,
    addressee,
    attachment,
    closing,
    level1,
    level2,
    list_table,
    package,
    red_head,
    signature,
    text,
    title,
    when,
)


def plan_table() -> bytes:
    """年度抽查计划表: the eleven columns of S0."""
    columns = (
        ("抽查计划\n编号", 1200, "计划编号", "center"),
        ("抽查计划名称", 2034, "计划名称", "left"),
        ("抽查任务\n编号", 1000, "任务编号", "center"),
        ("抽查任务名称", 2050, "任务名称", "left"),
        ("抽查\n类型", 830, "类型", "center"),
        ("抽查\n比例", 900, "比例", "center"),
        ("抽查\n事项", 2200, "事项", "left"),
        ("抽查对象范围", 1733, "范围", "left"),
        ("发起\n处室", 900, "发起", "center"),
        ("联合\n处室", 950, "联合", "center"),
        ("抽查\n时间", 1000, "时间", "center"),
    )
    rows = list_table([(head, width, f"{{{{ 行.{field} }}}}", side) for head, width, field, side in columns], "计划")
    body = [
        form_name("{{ 标题 }}"),
        when("版次 > 1", plain_line("（第{{ 版次 }}版，经调整）", align="center")),
        rows,
        when("not 计划", plain_line("本年度没有抽查任务。")),
        plain_line("编制处室：{{ 编制 }}\t时间：{{ 编制日期 }}", before=160, tab=BROAD.inner),
    ]
    return package("".join(body), BROAD, "年度抽查计划表")


def plan_return() -> bytes:
    """计划申报表."""
    columns = (
        ("序号", 550, "序号", "center"),
        ("抽查任务名称", 2050, "名称", "left"),
        ("抽查\n类型", 850, "类型", "center"),
        ("抽查对象范围", 1700, "范围", "left"),
        ("抽查\n基数", 950, "基数", "center"),
        ("抽查比例\n（数量）", 1250, "比例", "center"),
        ("抽查\n频次", 850, "频次", "center"),
        ("抽查事项", 2000, "事项", "left"),
        ("检查\n方式", 900, "方式", "center"),
        ("发起\n单位", 1000, "发起", "center"),
        ("参与\n单位", 1000, "参与", "center"),
        ("起止时间", 1000, "时间", "center"),
        ("备注", 840, "备注", "left"),
    )
    rows = list_table([(head, width, f"{{{{ 行.{field} }}}}", side) for head, width, field, side in columns], "申报")
    body = [
        form_name("{{ 年度 }}年度随机抽查计划申报表"),
        plain_line("申报单位（盖章）：{{ 单位 }}\t申报任务：{{ 任务数 }}项", tab=BROAD.inner),
        rows,
        when("not 申报", plain_line("本单位本年度没有需要申报的抽查任务（零报告）。")),
        plain_line(
            "注：抽查事项应当在已经公布的抽查事项清单之内，有明确的法律、法规、规章依据；"
            "抽查频次不得超过公布的年度上限。",
            before=100,
        ),
        filled_foot(BROAD),
    ]
    return package("".join(body), BROAD, "计划申报表")


def training_plan() -> bytes:
    """培训计划表."""
    columns = (
        ("序号", 700, "序号", "center"),
        ("培训时间", 1700, "时间", "center"),
        ("培训内容", 3556, "内容", "left"),
        ("培训对象", 2000, "对象", "left"),
        ("人数", 800, "人数", "center"),
        ("培训方式", 1300, "方式", "center"),
        ("组织单位", 1500, "组织", "center"),
        ("地点", 1200, "地点", "center"),
    )
    rows = list_table(
        [(head, width, f"{{{{ 行.{field} }}}}", side) for head, width, field, side in columns],
        "培训",
        role=FORM,
        head=FORM_HEAD,
    )
    body = [
        form_name("{{ 年度 }}年度“双随机、一公开”监管培训计划表"),
        plain_line("填报单位（盖章）：{{ 单位 }}"),
        rows,
        when("not 培训", plain_line("本单位本年度没有安排培训。")),
        filled_foot(WIDE),
    ]
    return package("".join(body), WIDE, "培训计划表")


def plan_change() -> bytes:
    """计划调整."""
    edits = list_table(
        [
            ("序号", 720, "{{ 行.序号 }}", "center"),
            ("方式", 760, "{{ 行.方式 }}", "center"),
            ("抽查任务", 2300, "{{ 行.任务 }}", "left"),
            ("调整内容", 3264, "{{ 行.内容 }}", "left"),
            ("调整理由", 1800, "{{ 行.理由 }}", "left"),
        ],
        "调整",
        role=FORM,
        head=FORM_HEAD,
        split=True,
    )
    body = [
        red_head(),
        title("{{ 标题 }}"),
        addressee("{{ 主送 }}"),
        text("按照规定的程序，对《{{ 计划名称 }}》作出调整。现将有关事项通知如下："),
        level1("一、调整原因"),
        text("{{ 原因 }}。"),
        level1("二、调整程序"),
        text("{{ 申请单位 }}于{{ 申请日期 }}提出调整申请，{{ 批准人 }}于{{ 批准日期 }}批准。"),
        level1("三、调整内容"),
        text(
            "本次共调整{{ 总数 }}项：新增{{ 新增 }}项，变更{{ 变更 }}项，取消{{ 取消 }}项，逐项内容见附件。"
            "调整后的计划为第{{ 版次 }}版；没有列入附件的任务，按照原计划执行。"
        ),
        level1("四、公开和执行"),
        text("调整后的年度抽查计划通过{{ 渠道 }}及时向社会公开。原计划和历次调整情况一并留存备查。"),
        text("各承办单位应当严格按照调整后的计划组织抽查，不得在计划之外擅自开展检查，避免重复检查、多头检查。"),
        text(CONTACT, keep=True),
        listed("计划调整明细表"),
        signature(),
        attachment("计划调整明细表"),
        edits,
        closing(after_table=True),
    ]
    return package("".join(body), LETTER, "计划调整")


def _quotas(name: str) -> str:
    return list_table(
        [
            ("抽查范围", 3944, "{{ 行.范围 }}", "center"),
            ("户数", 2200, "{{ 行.户数 }}", "center"),
            ("抽取比例或者数量", 2700, "{{ 行.规则 }}", "center"),
        ],
        name,
        role=FORM,
        head=FORM_HEAD,
    )


def _stages(name: str) -> str:
    return list_table(
        [
            ("工作内容", 2700, "{{ 行.内容 }}", "left"),
            ("时间", 2144, "{{ 行.时间 }}", "center"),
            ("责任单位", 1800, "{{ 行.责任 }}", "center"),
            ("工作标准", 2200, "{{ 行.标准 }}", "left"),
        ],
        name,
        role=FORM,
        head=FORM_HEAD,
    )


PUBLISH = "检查结果{{ 公示起算 }}{{ 公示期限 }}个工作日内，通过{{ 渠道 }}向社会公示，公示率应当达到100%。"


DISCIPLINE_OF_PLAN = tuple(words.replace("本通知书", "本方案") for words in DISCIPLINE)


def work_plan() -> bytes:
    """工作方案 of one task."""
    plan = [
        level1("一、目的和依据"),
        text(
            "为规范行政检查行为，落实随机抽取检查对象、随机选派执法检查人员、及时公开抽查情况和查处结果的要求，"
            "根据{{ 依据 }}和《{{ 任务.计划名称 }}》（抽查计划编号：{{ 任务.计划编号 }}），制定本方案。"
        ),
        level1("二、检查任务和检查主体"),
        text("抽查任务：{{ 任务.编号 }}　{{ 任务.名称 }}（{{ 任务.类型 }}，第{{ 任务.批次 }}批）。"),
        text("发起单位：{{ 任务.发起单位 }}。联合单位：{{ 任务.联合单位 }}。"),
        level1("三、检查对象和抽查比例频次"),
        text("检查对象范围：{{ 范围 }}。抽查比例如下："),
        _quotas("比例"),
        text("{{ 频次 }}"),
        level1("四、检查事项和检查方式"),
        "{%p for 行 in 事项 %}",
        text("{{ loop.index }}.{{ 行.名称 }}（{{ 行.代码 }}）。检查依据：{{ 行.依据 }}。检查内容：{{ 行.内容 }}。"),
        "{%p endfor %}",
        text("检查方式：{{ 方式 }}。同一检查对象涉及多个检查事项的，一次性完成检查。"),
        level1("五、抽取和派员"),
        text("{{ 抽取 }}"),
        text(
            "{{ 派员规则 }}，执法检查人员从执法检查人员名录库中随机匹配，应当持有有效的执法证件。"
            "与检查对象有利害关系的，应当回避；因回避等原因需要更换的，按照已经确定的随机次序递补，并记录原因。"
        ),
        when("专家", text("{{ 专家 }}")),
        level1("六、时间安排"),
        text("检查时间：{{ 开始 }}至{{ 结束 }}。具体安排如下："),
        _stages("步骤"),
        level1("七、结果公示和后续处置"),
        text(
            "检查人员应当如实填写检查记录表，{{ 录入期限 }}录入检查结果，经同组人员确认、检查组以外的人员复核后生效。"
            + PUBLISH
        ),
        text(
            "对发现的问题依法责令改正、立案查处或者移送有管辖权的机关；责令改正的，应当组织复查，验收合格后销号。"
            "需要后续处置的必须处置到位，处置结果及时回填。"
        ),
        level1("八、工作纪律和检查对象的权利"),
        when("纪律", text("{{ 纪律 }}")),
        when("not 纪律", *(text(f"{number}.{words}") for number, words in enumerate(DISCIPLINE_OF_PLAN, 1))),
        text(
            "检查前应当依法告知检查对象检查的依据、任务来源和频次，出示执法证件；"
            "检查对象有权申请回避、陈述申辩，对检查行为不服的，可以依法申请行政复议或者提起行政诉讼。",
            keep=True,
        ),
        text(CONTACT),
    ]
    return package(issued("工作方案", loops(plan)), LETTER, "工作方案")


def year_plan() -> bytes:
    """年度工作方案."""
    plan = [
        level1("一、工作目标"),
        text("根据{{ 依据 }}，结合本单位实际，制定本方案。{{ 年度 }}年度的工作目标是："),
        "{%p for 行 in 目标 %}",
        text("{{ loop.index }}.{{ 行 }}。"),
        "{%p endfor %}",
        when("not 目标", text("随机抽查工作依法、规范、公开开展，抽查结果全部公示。")),
        level1("二、主要任务"),
        level2("（一）完善抽查事项清单和名录库。"),
        text(
            "逐项明确抽查主体、依据、内容、方式、比例和频次，没有法律、法规、规章依据的不得列入；"
            "动态更新检查对象名录库和执法检查人员名录库并分类标注，清单和名录库变动后及时公布。"
        ),
        level2("（二）落实年度抽查计划。"),
        text(
            "本年度安排抽查任务{{ 任务数 }}项，其中部门联合抽查{{ 联合任务数 }}项。"
            "抽查任务以计划为准，调整计划应当履行程序并向社会公开；"
            "同一检查对象的多个检查事项应当合并，一次性完成，不得超过公布的年度检查频次上限。"
        ),
        level2("（三）规范抽取和检查。"),
        text(
            "检查对象和执法检查人员均随机确定，抽取过程全程留痕，接受见证和监督。"
            "检查应当由两名以上执法检查人员实施，出示执法证件，告知检查依据、任务来源和频次，如实填写检查记录表并留存影像资料。"
        ),
        level2("（四）及时公示和后续处置。"),
        text(
            PUBLISH + "发现的问题依法处置，责令改正的必须复查销号，"
            "应当移送的及时移送，后续处置结果按期回填，做到后续处置无例外。"
        ),
        level2("（五）加强培训和督查。"),
        text(
            "在组织抽查前开展业务培训；对计划制定和落实、结果按时录入、后续处置等环节开展督查，对已办结的检查开展回访。"
        ),
        level1("三、时间安排和责任分工"),
        _stages("安排"),
        level1("四、组织保障"),
        text("组长：{{ 组长 }}。信息联络员：{{ 联络员 }}。"),
        text(
            "严格遵守工作纪律，不得妨碍检查对象正常的生产经营活动，不得索取、收受财物。"
            "不下达检查数量、罚款数额等指标，不以检查次数、罚款数额对单位和个人考核排名。"
        ),
        text(CONTACT),
    ]
    return package(issued("工作方案", loops(plan)), LETTER, "年度工作方案")
