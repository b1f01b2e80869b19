"""The templates of 催报通知, 月报表, 季度和年度总结 and 汇总表."""

from itertools import groupby

from templates.gongwen_parts import CONTACT, form_name, listed, loops, plain_line
from templates.paper import (
    BROAD,
    FONT_BODY,
    FONT_LEVEL1,
    FORM,
    FORM_HEAD,
    LETTER,
    Role,
    addressee,
    attachment,
    cell,
    closing,
    control_row,
    head_row,
    level1,
    level2,
    list_table,
    package,
    red_head,
    row,
    signature,
    table,
    text,
    title,
    when,
)
from templates.report_columns import COLUMNS

TINY = Role(FONT_BODY, 16)
TINY_HEAD = Role(FONT_LEVEL1, 16)
SHARE, COUNT, PERIOD, STATE = 545, 425, 560, 800


def _figures_table(name: str, head: str, *, state: bool = False) -> str:
    """Two lines for each entry of `name`, the period's and the year's, under a head of two lines; then their sum."""
    kept = ((head, BROAD.inner),) if not state else ((head, BROAD.inner), ("报送情况", STATE))
    figures = [SHARE if column.whole else COUNT for column in COLUMNS]
    rest = BROAD.inner - sum(figures) - PERIOD - (STATE if state else 0)
    fixed = [rest, *([STATE] if state else []), PERIOD]
    names = [words for words, _ in kept] + ["时期"]
    widths = [*fixed, *figures]

    def centred(words: str, width: int, role: Role = TINY, span: int = 1, merge: str = "") -> str:
        return cell(words, width, role=role, align="center", span=span, merge=merge)

    top, at = [centred(words, width, TINY_HEAD, merge="start") for words, width in zip(names, fixed, strict=True)], 0
    for group, columns in groupby(COLUMNS, lambda column: column.group):
        count = len(list(columns))
        top.append(centred(group, sum(figures[at : at + count]), TINY_HEAD, span=count))
        at += count
    under = [centred("", width, TINY_HEAD, merge="more") for width in fixed]
    under += [centred(column.head, width, TINY_HEAD) for column, width in zip(COLUMNS, figures, strict=True)]

    def lines(entry: str) -> list[str]:
        out = []
        for part, merge in (("本期", "start"), ("累计", "more")):
            own = [f"{{{{ {entry}.单位 }}}}", *([f"{{{{ {entry}.报送 }}}}"] if state else [])]
            cells = [
                centred(words if merge == "start" else "", width, merge=merge)
                for words, width in zip(own, fixed, strict=False)
            ]
            cells.append(centred(f"{{{{ {part}名称 }}}}", PERIOD))
            cells += [
                centred(f"{{{{ {entry}.{part}.{column.field} }}}}", width)
                for column, width in zip(COLUMNS, figures, strict=True)
            ]
            out.append(row(cells, height=360))
        return out

    rows = [
        row(top, head=True),
        row(under, head=True),
        control_row(f"for 行 in {name}", widths),
        *lines("行"),
        control_row("endfor", widths),
        control_row("if 合计", widths),
        *lines("合计"),
        control_row("endif", widths),
    ]
    return table(widths, rows, margin=8, pad=20)


def monthly() -> bytes:
    """月报表."""
    body = [
        form_name("{{ 标题 }}"),
        plain_line("填报单位（盖章）：{{ 单位 }}\t{{ 期间 }}", tab=BROAD.inner),
        _figures_table("各单位", "{{ 单位栏 }}"),
        plain_line("注：{{ 说明 }}", before=100),
        plain_line(
            "填报人：{{ 填报人 }}　　审核人：{{ 审核人 }}　　联系电话：{{ 联系电话 }}\t填报日期：{{ 填报日期 }}",
            before=100,
            tab=BROAD.inner,
        ),
    ]
    return package("".join(body), BROAD, "月报表")


def rollup() -> bytes:
    """汇总表."""
    body = [
        form_name("{{ 标题 }}"),
        plain_line("{{ 期间 }}\t{{ 报送合计 }}", tab=BROAD.inner),
        _figures_table("各单位", "单位", state=True),
        plain_line("注：{{ 说明 }}", before=100),
        plain_line("制表：{{ 制表 }}\t制表日期：{{ 制表日期 }}", before=100, tab=BROAD.inner),
    ]
    return package("".join(body), BROAD, "汇总表")


def _paragraphs(field: str) -> list[str]:
    return [f"{{%p for 行 in {field} %}}", text("{{ 行 }}"), "{%p endfor %}"]


def summary() -> bytes:
    """季度总结 and 年度总结: a letter to the office above."""
    widths = (1900, 3144, 1900, 1900)
    rows = [head_row(("类别", "项目", "{{ 本期名称 }}", "累计"), widths)]
    for at, column in enumerate(COLUMNS):
        first = at == 0 or COLUMNS[at - 1].group != column.group
        words = column.head + (f"（{column.unit}）" if column.unit else "")
        cells = (
            cell(column.group if first else "", widths[0], align="center", merge="start" if first else "more"),
            cell(words, widths[1]),
            cell(f"{{{{ 本期.{column.field} }}}}", widths[2], align="center"),
            cell(f"{{{{ 累计.{column.field} }}}}", widths[3], align="center"),
        )
        rows.append(row(cells))
    figures = table(widths, rows, pad=12)
    body = [
        red_head(),
        title("{{ 标题 }}"),
        addressee("{{ 主送 }}"),
        text("现将{{ 单位 }}{{ 时期 }}（{{ 起 }}至{{ 止 }}）“双随机、一公开”监管工作情况报告如下："),
        level1("一、工作开展情况"),
        level2("（一）抽查任务落实情况。"),
        text("{{ 任务情况 }}"),
        level2("（二）检查和公示情况。"),
        text("{{ 检查情况 }}"),
        level2("（三）发现问题和后续处置情况。"),
        text("{{ 处置情况 }}"),
        level2("（四）计划调整、培训和回访情况。"),
        text("{{ 其他情况 }}"),
        when("目标", level2("（五）年度目标完成情况。")),
        *_paragraphs("目标"),
        level1("二、主要做法"),
        *_paragraphs("做法"),
        level1("三、存在的问题"),
        *_paragraphs("问题"),
        level1("四、下一步工作"),
        *_paragraphs("打算"),
        text("特此报告。"),
        text(CONTACT, keep=True),
        listed("监管工作数据表"),
        signature(),
        attachment("监管工作数据表"),
        figures,
        closing(after_table=True),
    ]
    return package(loops(body), LETTER, "工作总结")


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
