"""The templates of 任务通知书, 检查通知书, 检查记录表 and 结果公示表."""

from templates.gongwen_parts import CONTACT, DISCIPLINE, contact, form_title, loops
from templates.paper import (
    CELL,
    FORM,
    FORM_HEAD,
    FORM_PAGE,
    LETTER,
    LEVEL2,
    SMALL,
    WIDE,
    Role,
    addressee,
    attachment,
    cell,
    closing,
    level1,
    list_table,
    package,
    paragraph,
    red_head,
    row,
    signature,
    table,
    text,
    title,
    when,
)


def assignment() -> bytes:
    """任务通知书."""
    entities = list_table(
        [
            ("序号", 620, "{{ 行.序号 }}", "center"),
            ("检查对象及代码", 2500, "{{ 行.名称 }}\n{{ 行.代码 }}", "left"),
            ("地址", 1874, "{{ 行.地址 }}", "left"),
            ("联系人及电话", 1550, "{{ 行.联系人 }}\n{{ 行.电话 }}", "left"),
            ("检查人员", 1200, "{{ 行.检查组 }}", "center"),
            ("完成期限", 1100, "{{ 行.期限 }}", "center"),
        ],
        "检查对象",
    )
    body = [
        red_head(),
        title("{{ 标题 }}"),
        addressee("{{ 主送 }}"),
        text("现将下列检查任务派发给你们，请按本通知书的要求组织实施。"),
        level1("一、任务内容"),
        text("抽查任务：{{ 任务.编号 }}　{{ 任务.名称 }}（{{ 任务.类型 }}，第{{ 任务.批次 }}批）。"),
        text("发起单位：{{ 任务.发起单位 }}。联合单位：{{ 任务.联合单位 }}。"),
        text("任务来源：{{ 来源 }}。"),
        text("检查对象：共{{ 户数 }}户，名单见附件。"),
        text("检查人员：{{ 人员 }}。"),
        when("抽取摘要", text("抽取结果摘要：{{ 抽取摘要 }}。")),
        level1("二、检查事项"),
        "{%p for 行 in 事项 %}",
        text(
            "{{ loop.index }}.{{ 行.名称 }}（{{ 行.代码 }}）。"
            "检查依据：{{ 行.依据 }}。检查内容：{{ 行.内容 }}。检查方式：{{ 行.方式 }}。"
        ),
        "{%p endfor %}",
        level1("三、时间要求"),
        text("检查时间：{{ 开始 }}至{{ 结束 }}，检查方式：{{ 方式 }}。"),
        text("请于{{ 回复期限 }}前确认收到；需要回避或者因故不能参加的，应当同时提出并说明理由。"),
        text("检查结果于{{ 录入期限 }}前录入并提交复核，于{{ 公示期限 }}前向社会公示。"),
        level1("四、纪律要求"),
        *(text(f"{number}.{words}") for number, words in enumerate(DISCIPLINE, 1)),
        contact("五"),
        paragraph("", keep=True),
        text("附件：检查对象名单", keep=True),
        signature(),
        attachment("检查对象名单"),
        entities,
        closing(after_table=True),
    ]
    return package(loops(body), LETTER, "任务通知书")


def notice() -> bytes:
    """检查通知书."""
    inspectors = list_table(
        [
            ("姓名", 1700, "{{ 行.姓名 }}", "center"),
            ("执法证号", 2700, "{{ 行.证号 }}", "center"),
            ("所在单位", 3144, "{{ 行.单位 }}", "center"),
            ("职责", 1300, "{{ 行.职责 }}", "center"),
        ],
        "检查人员",
        role=FORM,
        head=FORM_HEAD,
    )
    body = [
        red_head(),
        title("检查通知书"),
        addressee("{{ 对象.名称 }}"),
        text("统一社会信用代码（登记号）：{{ 对象.代码 }}。地址：{{ 对象.地址 }}。"),
        text("根据有关法律、法规、规章的规定，本机关决定对你单位实施行政检查。现将有关事项通知如下："),
        level1("一、检查事项和依据"),
        "{%p for 行 in 事项 %}",
        text("{{ loop.index }}.{{ 行.名称 }}。检查依据：{{ 行.依据 }}。检查内容：{{ 行.内容 }}。"),
        "{%p endfor %}",
        level1("二、任务来源和检查频次"),
        text("任务来源：{{ 来源 }}（抽查任务编号：{{ 任务.编号 }}，{{ 任务.名称 }}，第{{ 任务.批次 }}批）。"),
        text("检查频次：{{ 频次 }}。"),
        level1("三、检查时间和方式"),
        text("检查时间：{{ 开始 }}至{{ 结束 }}。检查方式：{{ 方式 }}。"),
        level1("四、需要准备的资料"),
        "{%p for 行 in 资料 %}",
        text("{{ loop.index }}.{{ 行 }}"),
        "{%p endfor %}",
        when("not 资料", text("无需事先准备资料。")),
        level1("五、检查人员"),
        inspectors,
        text("执法检查人员不少于两人，检查时应当主动出示执法证件；未出示执法证件的，你单位有权拒绝检查。"),
        level1("六、你单位的权利和义务"),
        text(
            ("（一）申请回避。", LEVEL2),
            "认为检查人员与检查事项有直接利害关系或者有其他关系可能影响公正检查的，有权申请其回避。",
        ),
        text(("（二）陈述申辩。", LEVEL2), "有权对检查情况进行陈述和申辩，并在检查记录上签署意见。"),
        text(
            ("（三）权利救济。", LEVEL2),
            "认为检查行为侵犯你单位合法权益的，可以自知道该行为之日起六十日内依法向{{ 复议机关 }}申请行政复议，"
            "或者在六个月内依法向{{ 法院 }}提起行政诉讼；也可以向本机关投诉举报。",
        ),
        text(
            ("（四）配合义务。", LEVEL2),
            "请如实提供有关情况和资料，为检查提供必要的便利。无正当理由拒绝、阻碍检查或者提供虚假资料的，依法处理，并向社会公示。",
        ),
        level1("七、廉洁纪律和联系方式"),
        text(
            "检查人员不得妨碍你单位正常的生产经营活动，不得索取、收受财物，不得接受宴请或者谋取其他利益，"
            "对知悉的商业秘密和个人隐私予以保密。如有违反，请拨打监督举报电话：{{ 监督电话 }}。"
        ),
        text(CONTACT, keep=True),
        signature(receipt="被检查单位签收：　　　　　　　　　年　　月　　日"),
        closing(),
    ]
    return package(loops(body), LETTER, "检查通知书")


def check_form() -> bytes:
    """检查记录表 (一企一表)."""
    w = (1500, 3100, 1600, 2985)
    total = sum(w)
    head = Role(FORM_HEAD.font, 21)

    def line(name: str, *content: str, height: int = 480, align: str = "left") -> str:
        inner = [paragraph(part, role=CELL, line=320, grid=False, align=align) for part in content]
        return row(
            (cell(name, w[0], role=head, align="center"), cell(inner, total - w[0], span=3)),
            height=height,
            split=True,
        )

    def pair(first: str, one: str, second: str, two: str) -> str:
        return row(
            (
                cell(first, w[0], role=head, align="center"),
                cell(one, w[1]),
                cell(second, w[2], role=head, align="center"),
                cell(two, w[3]),
            ),
            height=480,
        )

    def ticks(name: str, field: str) -> str:
        options = [
            paragraph(f"{{%p for 行 in {field} %}}", grid=False),
            paragraph("{{ 行 }}", role=CELL, line=310, grid=False, align="left", tab=3800),
            paragraph("{%p endfor %}", grid=False),
        ]
        return row((cell(name, w[0], role=head, align="center"), cell(options, total - w[0], span=3)), split=True)

    def signed(name: str, field: str, hint: str) -> str:
        inner = [
            paragraph(field, role=CELL, line=320, grid=False, align="left", first=100),
            paragraph(hint, role=CELL, line=320, grid=False, align="right", before=420),
        ]
        return row(
            (cell(name, w[0], role=head, align="center"), cell(inner, total - w[0], span=3)), height=1500, split=True
        )

    first = table(
        w,
        [
            pair("任务编号", "{{ 任务.编号 }}", "任务名称", "{{ 任务.名称 }}"),
            pair("检查单位", "{{ 任务.发起单位 }}", "联合单位", "{{ 任务.联合单位 }}"),
            pair("被检查单位", "{{ 对象.名称 }}", "统一社会\n信用代码", "{{ 对象.代码 }}"),
            line("住所", "{{ 对象.地址 }}"),
            pair("法定代表人\n（负责人）", "{{ 对象.法定代表人 }}", "联系电话", "{{ 对象.法定代表人电话 }}"),
            pair("联络员", "{{ 对象.联络员 }}", "联系电话", "{{ 对象.联络员电话 }}"),
            pair("检查日期", "{{ 检查日期 }}", "检查地点", "{{ 检查地点 }}"),
        ],
    )
    items = list_table(
        [
            ("序号", 600, "{{ 行.序号 }}", "center"),
            ("检查事项", 1700, "{{ 行.名称 }}", "left"),
            ("检查依据和内容", 2585, "{{ 行.依据 }}", "left"),
            ("发现问题情况", 2150, "{{ 行.问题 }}", "left"),
            ("处置情况", 2150, "{{ 行.处置 }}", "left"),
        ],
        "事项",
        height=1000,
        split=True,
    )
    rest = table(
        w,
        [
            ticks("核查方式\n（可多选）", "核查方式"),
            ticks("检查结果\n（可多选）", "检查结果"),
            ticks("后续处置\n措施", "后续处置"),
            pair("责令改正\n期限", "{{ 改正期限 }}", "采用外部\n结论的来源", "{{ 外部结论 }}"),
            line("检查情况\n说明", "{{ 情况说明 }}", height=1700),
            line("影像资料", "{{ 影像资料 }}", height=800),
            signed("被检查单位\n意见", "{{ 单位意见 }}", "签名（盖章）：　　　　　　　　　　　　年　　月　　日"),
            row(
                (
                    cell("检查人员\n签名", w[0], role=head, align="center"),
                    cell(
                        [
                            paragraph("{%p for 行 in 检查人员 %}", grid=False),
                            paragraph("{{ 行 }}　签名：", role=CELL, line=640, grid=False, align="left"),
                            paragraph("{%p endfor %}", grid=False),
                        ],
                        total - w[0],
                        span=3,
                    ),
                ),
                height=900,
            ),
            signed("组长审核\n意见", "{{ 组长意见 }}", "签名：　　　　　　　　　　　　年　　月　　日"),
            signed("结果公示\n审批意见", "{{ 公示意见 }}", "签名：　　　　　　　　　　　　年　　月　　日"),
        ],
    )
    join = paragraph("", role=SMALL, line=20, grid=False)
    note = paragraph(
        "注：一个检查对象填写一份。未填写的栏目由检查人员现场填写，改动处应当由被检查单位确认。",
        role=SMALL,
        line=320,
        grid=False,
        align="left",
        before=80,
    )
    number = paragraph("表号：{{ 表号 }}", role=CELL, line=320, grid=False, align="right", keep=True)
    return package(
        form_title("检查记录表") + number + first + join + items + join + rest + note, FORM_PAGE, "检查记录表"
    )


def publication() -> bytes:
    """结果公示表."""
    rows = list_table(
        [
            ("序号", 600, "{{ 行.序号 }}", "center"),
            ("检查对象", 2300, "{{ 行.名称 }}", "left"),
            ("统一社会信用代码\n（登记号）", 2420, "{{ 行.代码 }}", "center"),
            ("抽查事项", 2230, "{{ 行.事项 }}", "left"),
            ("检查机关", 1450, "{{ 行.机关 }}", "center"),
            ("检查日期", 1150, "{{ 行.日期 }}", "center"),
            ("检查结果", 1406, "{{ 行.结果 }}", "center"),
            ("后续处置", 1200, "{{ 行.处置 }}", "center"),
        ],
        "结果",
    )

    def line(words: str, *, keep: bool = False) -> str:
        return paragraph(words, role=FORM, line=420, grid=False, align="left", keep=keep)

    body = [
        form_title("{{ 标题 }}"),
        line("抽查计划：{{ 任务.计划编号 }}　{{ 任务.计划名称 }}", keep=True),
        line("抽查任务：{{ 任务.编号 }}　{{ 任务.名称 }}（{{ 任务.类型 }}，第{{ 任务.批次 }}批）", keep=True),
        line("发起单位：{{ 任务.发起单位 }}　　联合单位：{{ 任务.联合单位 }}", keep=True),
        line("检查时间：{{ 开始 }}至{{ 结束 }}", keep=True),
        rows,
        paragraph("{{ 小结 }}", role=FORM, line=420, before=120, grid=False, align="left"),
        line("公示渠道：{{ 渠道 }}"),
        line("公示日期：{{ 公示日期 }}　　公示期限：{{ 公示期限 }}"),
        when("公告摘要", line("抽取公告摘要：{{ 公告摘要 }}")),
        when(
            "抽取摘要",
            line("抽取结果摘要：{{ 抽取摘要 }}"),
            line("公开码：{{ 公开码 }}"),
            line("任何人都可以凭公开码和抽取记录重新计算抽取结果。"),
        ),
        line("对公示内容有异议的，请联系：{{ 联系人 }}，{{ 联系电话 }}。"),
    ]
    return package("".join(body), WIDE, "结果公示表")
