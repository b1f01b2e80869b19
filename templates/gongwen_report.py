"""The templates of 催报通知, 月报表, 总结 and 汇总表."""

from templates.gongwen_parts import CONTACT
from templates.paper import (
    FORM,
    FORM_HEAD,
    LETTER,
    addressee,
    closing,
    list_table,
    package,
    red_head,
    signature,
    text,
    title,
)


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
