"""The templates of 责令改正通知书, 复查意见书 and 移送函."""

from templates.gongwen_parts import CLEAN, CONTACT, REMEDY, form_text, listed, loops, receipt_line
from templates.paper import (
    FORM,
    FORM_HEAD,
    LETTER,
    LEVEL2,
    addressee,
    attachment,
    blank,
    closing,
    level1,
    list_table,
    package,
    paragraph,
    red_head,
    signature,
    text,
    title,
    when,
)

WHO = "统一社会信用代码（登记号）：{{ 对象.代码 }}。地址：{{ 对象.地址 }}。"
TASK = "抽查任务：{{ 任务.编号 }}　{{ 任务.名称 }}，第{{ 任务.批次 }}批"
RECEIPT = "被检查单位签收：　　　　　　　　　年　　月　　日"


def _rights(number: str, paper: str, hearing: str) -> list[str]:
    return [
        level1(f"{number}、你单位的权利"),
        text(("（一）陈述申辩。", LEVEL2), hearing),
        text(
            ("（二）申请回避。", LEVEL2),
            "认为检查人员与检查事项有直接利害关系或者有其他关系可能影响公正处理的，有权申请其回避。",
        ),
        text(
            ("（三）权利救济。", LEVEL2),
            f"对{paper}不服的，{REMEDY.format(paper=paper)}"
            f"行政复议、行政诉讼期间不停止执行{paper}，法律另有规定的除外。",
        ),
    ]


def _end(number: str, who: str) -> list[str]:
    return [
        level1(f"{number}、{who}和联系方式"),
        text(f"{who}：{{{{ 人员 }}}}。"),
        text(CLEAN),
        text(CONTACT, keep=True),
        signature(receipt=RECEIPT),
        closing(),
    ]


def rectification() -> bytes:
    """责令改正通知书."""
    body = [
        red_head(),
        title("责令改正通知书"),
        addressee("{{ 对象.名称 }}"),
        text(WHO, align="left"),
        text(f"本机关执法检查人员于{{{{ 检查日期 }}}}对你单位实施检查（{TASK}），发现下列问题，现依法责令改正。"),
        level1("一、存在的问题和改正要求"),
        "{%p for 行 in 问题 %}",
        text(
            "{{ loop.index }}.问题：{{ 行.情况 }}。涉及的规定：{{ 行.规定 }}。改正要求：{{ 行.要求 }}。", align="left"
        ),
        "{%p endfor %}",
        level1("二、改正的依据和期限"),
        text(
            "根据{{ 依据 }}，责令你单位于{{ 改正期限 }}前改正上述问题；能够当场改正的，应当立即改正。"
            "有正当理由不能按期改正的，应当在期限届满前书面提出延期申请，经本机关同意后方可延期。"
        ),
        level1("三、整改报告和复查"),
        text(
            "请在改正期限届满前，将整改报告书面送{{ 报送 }}。"
            "整改报告应当逐项写明改正措施和完成时间，并附能够证明已经改正的材料。"
        ),
        text(
            "本机关收到整改报告后组织复查：验收合格的，予以销号；"
            "逾期不改正或者改正后仍不符合要求的，依法作出进一步处理。处理结果依照规定向社会公示。"
        ),
        *_rights(
            "四", "本通知书", "对本通知书认定的问题和提出的要求，有权向本机关陈述和申辩，本机关应当听取并予以核实。"
        ),
        *_end("五", "检查人员"),
    ]
    return package(loops(body), LETTER, "责令改正通知书")


def recheck() -> bytes:
    """复查意见书."""
    found = list_table(
        [
            ("序号", 650, "{{ 行.序号 }}", "center"),
            ("存在的问题", 2450, "{{ 行.问题 }}", "left"),
            ("改正要求", 2150, "{{ 行.要求 }}", "left"),
            ("复查情况", 2244, "{{ 行.情况 }}", "left"),
            ("是否改正", 1350, "{{ 行.改正 }}", "center"),
        ],
        "复查",
        role=FORM,
        head=FORM_HEAD,
        split=True,
    )
    passed = "责令改正的问题已经全部改正，符合要求，验收合格，予以销号。"
    failed = "责令改正的问题没有全部改正或者改正后仍不符合要求，验收不合格，不予销号。下一步处理：{{ 下一步 }}。"
    body = [
        red_head(),
        title("复查意见书"),
        addressee("{{ 对象.名称 }}"),
        text(WHO, align="left"),
        text(
            "本机关于{{ 责令日期 }}向你单位发出《责令改正通知书》（{{ 责令文号 }}），"
            f"责令你单位于{{{{ 改正期限 }}}}前改正检查中发现的问题（{TASK}，检查日期：{{{{ 检查日期 }}}}）。"
            "本机关于{{ 报告日期 }}收到你单位的整改报告，于{{ 复查日期 }}组织复查。现将复查意见通知如下："
        ),
        level1("一、复查情况"),
        found,
        level1("二、复查意见"),
        when("意见 == 1", text(f"经复查，{passed}")),
        when("意见 == 2", text(f"经复查，{failed}")),
        when("意见 == 0", text(f"□ 经复查，{passed}"), text(f"□ 经复查，{failed}")),
        *_rights("三", "本意见书", "对复查情况和复查意见有异议的，有权向本机关陈述和申辩，本机关应当听取并予以核实。"),
        *_end("四", "复查人员"),
    ]
    return package(loops(body), LETTER, "复查意见书")


def transfer() -> bytes:
    """移送函."""
    materials = list_table(
        [
            ("序号", 800, "{{ 行.序号 }}", "center"),
            ("材料名称", 4444, "{{ 行.名称 }}", "left"),
            ("份数和页数", 1700, "{{ 行.份数 }}", "center"),
            ("备注", 1900, "{{ 行.备注 }}", "left"),
        ],
        "材料",
        role=FORM,
        head=FORM_HEAD,
        split=True,
    )
    body = [
        red_head(),
        title("{{ 标题 }}"),
        addressee("{{ 主送 }}"),
        text(
            "{{ 检查日期 }}，本机关在随机抽查中对{{ 对象.名称 }}实施检查"
            f"（{TASK}），发现的部分问题{{{{ 缘由 }}}}。现将有关问题线索和材料移送你单位，请依法处理。"
        ),
        level1("一、当事人基本情况"),
        text(
            "名称：{{ 对象.名称 }}；统一社会信用代码（登记号）：{{ 对象.代码 }}；地址：{{ 对象.地址 }}；"
            "法定代表人（负责人）：{{ 对象.法定代表人 }}；联系电话：{{ 对象.联系电话 }}。",
            align="left",
        ),
        level1("二、发现的问题"),
        text("{{ 事实 }}"),
        text("涉嫌违反的规定：{{ 涉嫌 }}。"),
        level1("三、移送的依据"),
        text("移送依据：{{ 依据 }}。"),
        text("检查人员：{{ 人员 }}。"),
        level1("四、移送的材料"),
        text("随函移送材料共{{ 材料数 }}项，清单见附件1，请核对后签收。"),
        level1("五、有关事项"),
        text(
            "请在收到本函后出具回执（附件2），于{{ 回复期限 }}前告知是否受理；不予受理的，请说明理由并退回材料。"
            "{{ 犯罪说明 }}处理结果也请一并函告，以便本机关如期录入后续处置结果并依法公示。"
        ),
        text(CONTACT, keep=True),
        listed("移送材料清单", "移送回执"),
        signature(),
        attachment("移送材料清单", 1),
        materials,
        receipt_line("移送人（签名）：　　　　　　　　　　　　接收人（签名）："),
        receipt_line("移送日期：　　　　年　　月　　日　　　　接收日期：　　　　年　　月　　日"),
        attachment("移送回执", 2),
        paragraph("{{ 发文机关 }}：", role=FORM, line=620, grid=False, align="left"),
        form_text("你单位移送的{{ 对象.名称 }}有关问题线索和材料（{{ 本函文号 }}）收到，共＿＿项。经审查："),
        form_text("□ 予以受理，承办部门：＿＿＿＿＿＿＿＿，承办人：＿＿＿＿＿＿。"),
        form_text("□ 不予受理，材料退回。理由：＿＿＿＿＿＿＿＿＿＿＿＿。"),
        form_text("□ 应当由其他单位处理，已转送：＿＿＿＿＿＿＿＿＿＿＿。"),
        blank(),
        receipt_line("经办人：　　　　　　　　　　　　　　　　联系电话："),
        paragraph("（接收单位盖章）", role=FORM, line=620, grid=False, align="center", left=1350),
        paragraph("　　　　年　　月　　日", role=FORM, line=620, grid=False, align="center", left=1350),
        closing(),
    ]
    return package(loops(body), LETTER, "移送函")
