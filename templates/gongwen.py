"""The Word templates of all documents: their wording and fields. `python -m templates.gongwen` rebuilds word/*.docx.

Fields have Chinese names, since staff edit the templates in Word; `templates/word.py` says where each comes from. The
look is in `templates/paper.py`.
"""

import sys
from pathlib import Path

from templates.paper import (
    CELL,
    FORM,
    FORM_HEAD,
    FORM_PAGE,
    LETTER,
    LEVEL2,
    SMALL,
    TITLE,
    WIDE,
    Role,
    addressee,
    attachment,
    blank,
    cell,
    closing,
    control_row,
    head_row,
    level1,
    level2,
    list_table,
    package,
    pairs_table,
    paragraph,
    red_head,
    row,
    signature,
    table,
    text,
    title,
    when,
)

FOLDER = Path(__file__).parent / "word"

DISCIPLINE = (
    "严格依法检查，不得超出本通知书载明的事项和范围，不得妨碍检查对象正常的生产经营活动。",
    "不得索取或者收受检查对象的财物，不得接受宴请、娱乐、旅游等安排，不得谋取其他利益。",
    "检查时应当主动出示执法证件，执法检查人员不得少于两人；没有执法证件的人员不得实施检查。",
    "与检查对象有利害关系的，应当主动申请回避。",
    "对检查中知悉的国家秘密、商业秘密和个人隐私负有保密义务；检查开始前不得向检查对象以及无关人员透露抽查名单。",
    "如实记录、如实录入，不得隐瞒、更改检查结果。",
)


CONTACT = "联系人：{{ 联系人 }}，联系电话：{{ 联系电话 }}。"


def _contact(number: str) -> str:
    return level1(f"{number}、联系方式") + text(CONTACT, keep=True)


def _form_title(words: str) -> str:
    office = paragraph("{{ 发文机关 }}", role=Role(TITLE.font, 36), align="center", line=560, grid=False, keep=True)
    return office + paragraph(words, role=TITLE, align="center", line=680, grid=False, keep=True, after=160)


def _form_level(words: str) -> str:
    return paragraph(words, role=Role(FORM_HEAD.font, 28), line=480, before=160, grid=False, align="left", keep=True)


def _form_text(words: str, *, keep: bool = False) -> str:
    return paragraph(words, role=FORM, first=150, line=420, grid=False, keep=keep)


def announcement() -> bytes:
    """抽取公告."""
    strata = list_table(
        [
            ("分层", 2600, "{{ 行.分层 }}", "center"),
            ("列入户数", 2000, "{{ 行.户数 }}", "center"),
            ("抽取比例或者数量", 2244, "{{ 行.规则 }}", "center"),
            ("应抽取户数", 2000, "{{ 行.应抽 }}", "center"),
        ],
        "分层",
        foot=("合计", "{{ 合计户数 }}", "—", "{{ 合计应抽 }}"),
        role=FORM,
        head=FORM_HEAD,
    )
    files = list_table(
        [
            ("文件", 1700, "{{ 行.文件 }}", "left"),
            ("内容", 2744, "{{ 行.内容 }}", "left"),
            ("摘要（SHA-256）", 4400, "{{ 行.摘要 }}", "left"),
        ],
        "固定文件",
    )
    body = [
        red_head(),
        title("{{ 标题 }}"),
        blank(),
        text(
            "本次随机抽取的检查对象范围、抽取数量和执法检查人员名单，在产生随机数之前已经全部固定。现公告如下，请予监督。"
        ),
        level1("一、抽查任务"),
        text("抽查计划：{{ 任务.计划编号 }}　{{ 任务.计划名称 }}。"),
        text("抽查任务：{{ 任务.编号 }}　{{ 任务.名称 }}（{{ 任务.类型 }}，第{{ 任务.批次 }}批）。"),
        text("发起单位：{{ 任务.发起单位 }}。联合单位：{{ 任务.联合单位 }}。"),
        text(
            "本公告为本单位第{{ 公告号 }}号抽取公告，是本任务的第{{ 次数 }}次抽取，由{{ 发布人 }}于{{ 发布时间 }}发布。"
            "{{ 时钟说明 }}"
        ),
        level1("二、抽取范围和数量"),
        text(
            "检查对象名录库数据截至{{ 截止日期 }}。列入本次抽取{{ 合计户数 }}户，应当抽取{{ 合计应抽 }}户，"
            "分层情况如下："
        ),
        strata,
        text("{{ 未列入说明 }}"),
        when("另抽名单", text("{{ 另抽名单 }}")),
        level1("三、执法检查人员"),
        text(
            "列入本次匹配的执法检查人员共{{ 人员数 }}人，执法证件在任务期内均有效；已登记回避关系{{ 回避数 }}对。"
            "{{ 派员规则 }}。人员由同一组随机数匹配，工作量尽量均衡。"
        ),
        level1("四、怎样见证"),
        text("{{ 见证方法 }}"),
        when("见证规则", text("{{ 见证规则 }}")),
        text(
            "达到要求后当场自动抽取，任何人不能叫停、更换或者重来。公告只能在产生第一个有效数值之前撤回；"
            "到期未达到要求的，本公告失效，另行公告。撤回、失效的公告同样留存备查。"
        ),
        level1("五、怎样核对"),
        level2("（一）现在核对公告。"),
        text(
            "下列摘要是文件的“指纹”：内容改动一个字，摘要就完全不同。请将公告摘要与工作群内发布的摘要逐组核对并留存。"
        ),
        text("公告摘要："),
        paragraph("{{ 公告摘要 }}", left=200, align="left"),
        text("上一号公告摘要："),
        paragraph("{{ 上号摘要 }}", left=200, align="left"),
        text("公开码链首（链长{{ 链长 }}）："),
        paragraph("{{ 链首 }}", left=200, align="left"),
        level2("（二）抽取后核对结果。"),
        text(
            "每个检查对象的位置，由“公开码”与“随机数”合成的密钥和检查对象自己的代码计算得出；"
            "每一层按位置从小到大取足应抽户数。公开码在抽取前已经由链首锁定，不能更换；"
            "为防止检查对象提前知晓，在最后一户检查完成后公布，最迟于{{ 公布期限 }}公布。"
            "届时任何人都可以在结果页面上重新计算，也可以用通用工具自行计算，结果应当与抽取记录完全一致。"
        ),
        _contact("六"),
        paragraph("", keep=True),
        text("附件：固定文件及其摘要", keep=True),
        signature(),
        attachment("固定文件及其摘要"),
        files,
        closing(after_table=True),
    ]
    return package("".join(body), LETTER, "抽取公告")


def draw_record() -> bytes:
    """抽取记录."""
    throws = list_table(
        [
            ("序号", 700, "{{ 行.序号 }}", "center"),
            ("{{ 见证人栏 }}", 2400, "{{ 行.见证人 }}", "center"),
            ("消息编号", 1500, "{{ 行.消息 }}", "center"),
            ("{{ 数值栏 }}", 2000, "{{ 行.数值 }}", "center"),
            ("时间", 2585, "{{ 行.时间 }}", "center"),
        ],
        "掷骰",
    )
    strata = list_table(
        [
            ("分层", 2785, "{{ 行.分层 }}", "center"),
            ("列入户数", 2000, "{{ 行.户数 }}", "center"),
            ("抽取比例或者数量", 2400, "{{ 行.规则 }}", "center"),
            ("抽取户数", 2000, "{{ 行.应抽 }}", "center"),
        ],
        "分层",
        foot=("合计", "{{ 合计户数 }}", "—", "{{ 合计应抽 }}"),
    )
    selected = list_table(
        [
            ("序号", 650, "{{ 行.序号 }}", "center"),
            ("检查对象及代码", 3700, "{{ 行.名称 }}\n{{ 行.代码 }}", "left"),
            ("分层", 900, "{{ 行.分层 }}", "center"),
            ("检查人员", 1800, "{{ 行.检查组 }}", "center"),
            ("位置（前16位）", 2135, "{{ 行.位置 }}", "center"),
        ],
        "抽中名单",
    )
    changes = list_table(
        [
            ("公开码序号", 900, "{{ 行.序号 }}", "center"),
            ("时间", 1500, "{{ 行.时间 }}", "center"),
            ("事由及批准人", 1900, "{{ 行.事由 }}", "left"),
            ("变动", 2685, "{{ 行.变动 }}", "left"),
            ("随机数和摘要", 2200, "{{ 行.依据 }}", "left"),
        ],
        "递补",
    )
    widths = (2600, 4185, 2400)
    signatures = table(
        widths,
        [
            head_row(("身份", "签名", "日期"), widths, FORM_HEAD),
            control_row("for 行 in 签名人", widths),
            row(
                (cell("{{ 行 }}", 2600, role=FORM, align="center", keep=True), cell("", 4185), cell("", 2400)),
                height=620,
            ),
            control_row("endfor", widths),
        ],
    )
    body = [
        _form_title("随机抽取记录"),
        _form_level("一、基本情况"),
        pairs_table(
            (1500, 3100, 1500, 3085),
            [
                ("抽查计划", "{{ 任务.计划编号 }}　{{ 任务.计划名称 }}"),
                ("抽查任务", "{{ 任务.编号 }}　{{ 任务.名称 }}"),
                ("抽查类型", "{{ 任务.类型 }}", "批次", "第{{ 任务.批次 }}批"),
                ("发起单位", "{{ 任务.发起单位 }}", "联合单位", "{{ 任务.联合单位 }}"),
                ("公告", "第{{ 公告号 }}号（本任务第{{ 次数 }}次）", "状态", "{{ 状态 }}"),
                ("公告时间", "{{ 公告时间 }}", "抽取时间", "{{ 抽取时间 }}"),
                ("数据截至", "{{ 截止日期 }}", "主持人", "{{ 主持人 }}"),
                ("公告摘要", "{{ 公告摘要 }}"),
            ],
        ),
        _form_level("二、分层和数量"),
        strata,
        _form_level("三、随机数"),
        _form_text("{{ 随机数来源 }}"),
        throws,
        _form_text("随机数：{{ 随机数 }}"),
        _form_level("四、公开码和计算方法"),
        pairs_table(
            (1500, 3100, 1500, 3085),
            [
                ("链首", "{{ 链首 }}"),
                ("公开码", "{{ 公开码 }}"),
                ("公布期限", "{{ 公布期限 }}"),
                ("抽取密钥", "{{ 抽取密钥 }}"),
                ("链底", "{{ 链底 }}"),
            ],
        ),
        _form_text(
            "公开码经规定次数的SHA-256计算后等于链首，链首已在公告中发布，因此公开码不能事后更换。"
            "抽取密钥（PRK）＝HMAC-SHA256（公开码，随机数）；每个检查对象的位置＝HMAC-SHA256（抽取密钥，代码后接字节01）。"
            "每一层按位置从小到大取足应抽户数，全部抽中对象再按位置从小到大排定检查次序；检查人员由同一抽取密钥匹配。"
            "{{ 时钟说明 }}"
        ),
        _form_level("五、抽取结果"),
        _form_text("{{ 结果说明 }}"),
        when("列出名单", selected, paragraph("", role=SMALL, line=160, grid=False)),
        pairs_table(
            (1500, 3100, 1500, 3085),
            [
                ("抽中名单摘要", "{{ 名单摘要 }}"),
                ("检查组摘要", "{{ 检查组摘要 }}"),
                ("抽取结果摘要", "{{ 结果摘要 }}"),
            ],
        ),
        _form_level("六、递补情况"),
        when("递补", changes),
        when("not 递补", _form_text("截至本记录打印时，没有发生递补。")),
        _form_level("七、签名"),
        _form_text("下列人员见证了上述抽取过程，记录与现场情况一致。", keep=True),
        signatures,
    ]
    return package("".join(body), FORM_PAGE, "抽取记录")


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
        _contact("五"),
        paragraph("", keep=True),
        text("附件：检查对象名单", keep=True),
        signature(),
        attachment("检查对象名单"),
        entities,
        closing(after_table=True),
    ]
    return package(_loops(body), LETTER, "任务通知书")


def _loops(body: list[str]) -> str:
    """The body as one text; a bare Jinja statement becomes a paragraph of its own."""
    return "".join(paragraph(part, grid=False) if part.startswith("{%p") else part for part in body)


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
    return package(_loops(body), LETTER, "检查通知书")


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
        _form_title("检查记录表") + number + first + join + items + join + rest + note, FORM_PAGE, "检查记录表"
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
        _form_title("{{ 标题 }}"),
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


def chase() -> bytes:
    """催报通知."""
    missing = list_table(
        [
            ("序号", 700, "{{ 行.序号 }}", "center"),
            ("应报送的材料", 2744, "{{ 行.名称 }}", "left"),
            ("所属时期", 1600, "{{ 行.时期 }}", "center"),
            ("报送期限", 2050, "{{ 行.期限 }}", "center"),
            ("目前状态", 1750, "{{ 行.状态 }}", "center"),
        ],
        "未报",
        role=FORM,
        head=FORM_HEAD,
    )
    body = [
        red_head(),
        title("{{ 标题 }}"),
        addressee("{{ 主送 }}"),
        text("根据{{ 依据 }}，你单位应当报送下列材料。截至本通知发出时，尚未收到："),
        missing,
        text("这是第{{ 次数 }}次提醒。请于{{ 回复期限 }}前通过{{ 渠道 }}报送。{{ 零报告 }}"),
        text(
            "已经报送的，请告知报送的时间和方式，以便核对；确有困难不能按期报送的，请说明原因和可以报送的时间。各单位报送情况将列入汇总，报负责人审阅。"
        ),
        text(CONTACT, keep=True),
        signature(),
        closing(),
    ]
    return package("".join(body), LETTER, "催报通知")


BUILDERS = {
    "announcement": announcement,
    "draw_record": draw_record,
    "assignment": assignment,
    "notice": notice,
    "check_form": check_form,
    "publication": publication,
    "chase": chase,
}


def build() -> dict[str, bytes]:
    """All templates, by kind."""
    return {kind: builder() for kind, builder in BUILDERS.items()}


def main() -> None:
    """Write all templates into the package's own folder."""
    FOLDER.mkdir(exist_ok=True)
    for kind, data in build().items():
        (FOLDER / f"{kind}.docx").write_bytes(data)
        sys.stdout.write(f"{FOLDER / kind}.docx\n")


if __name__ == "__main__":
    main()
