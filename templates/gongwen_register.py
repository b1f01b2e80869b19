"""The templates of 抽查事项清单, 检查对象名录库, 执法检查人员名录库 and 专家库."""

from collections.abc import Sequence

from templates.gongwen_parts import form_name, plain_line
from templates.paper import BROAD, CELL, FORM, FORM_HEAD, FORM_PAGE, HEAD, Page, Role, list_table, package, when

Columns = Sequence[tuple[str, int, str, str]]


def _list(
    name: str, words: str, columns: Columns, page: Page, *, above: str = "", cells: tuple[Role, Role] = (CELL, HEAD)
) -> bytes:
    rows = list_table(
        [(head, width, f"{{{{ 行.{field} }}}}", side) for head, width, field, side in columns],
        "名录",
        role=cells[0],
        head=cells[1],
    )
    body = [
        form_name(words),
        plain_line(f"数据截至：{{{{ 截止日期 }}}}{above}\t共{{{{ 数量 }}}}条", tab=page.inner),
        rows,
        when("not 名录", plain_line("目前没有内容。")),
        plain_line("制表：{{ 制表 }}\t制表日期：{{ 制表日期 }}", before=120, tab=page.inner),
    ]
    return package("".join(body), page, name)


def item_list() -> bytes:
    """抽查事项清单."""
    columns = (
        ("序号", 550, "序号", "center"),
        ("事项编码", 1000, "编码", "center"),
        ("抽查事项名称", 1900, "名称", "left"),
        ("事项\n类别", 700, "类别", "center"),
        ("抽查主体", 1250, "主体", "left"),
        ("抽查对象", 1150, "对象", "left"),
        ("抽查依据", 2500, "依据", "left"),
        ("抽查内容", 1990, "内容", "left"),
        ("抽查\n方式", 900, "方式", "center"),
        ("抽查\n比例", 750, "比例", "center"),
        ("抽查\n频次", 800, "频次", "center"),
        ("要求和\n上级编码", 1250, "要求", "left"),
    )
    return _list(
        "抽查事项清单",
        "{{ 标题 }}",
        columns,
        BROAD,
        above="　　版本：{{ 版本 }}　　公布日期：{{ 公布日期 }}",
    )


def entity_list() -> bytes:
    """检查对象名录库."""
    columns = (
        ("序号", 650, "序号", "center"),
        ("统一社会信用代码\n（登记号）", 2100, "代码", "center"),
        ("检查对象名称", 3000, "名称", "left"),
        ("类别", 1150, "类别", "center"),
        ("行业", 1100, "行业", "center"),
        ("所在\n区县", 1000, "区县", "center"),
        ("地址", 2340, "地址", "left"),
        ("风险\n等级", 700, "等级", "center"),
        ("标签", 900, "标签", "left"),
        ("许可", 1000, "许可", "left"),
        ("状态", 800, "状态", "center"),
    )
    return _list("检查对象名录库", "{{ 标题 }}", columns, BROAD, above="　　范围：{{ 范围 }}")


def inspector_list() -> bytes:
    """执法检查人员名录库."""
    columns = (
        ("序号", 650, "序号", "center"),
        ("执法证号", 1700, "证号", "center"),
        ("姓名", 1150, "姓名", "center"),
        ("性别", 650, "性别", "center"),
        ("身份证号码\n（部分隐去）", 2340, "身份证号", "center"),
        ("执法种类", 1300, "种类", "center"),
        ("岗位职务", 1250, "岗位", "center"),
        ("所在单位", 2200, "单位", "left"),
        ("执法专长", 1500, "专长", "left"),
        ("证件有效期至", 1300, "有效期", "center"),
        ("状态", 700, "状态", "center"),
    )
    return _list("执法检查人员名录库", "{{ 标题 }}", columns, BROAD)


def expert_list() -> bytes:
    """专家库."""
    columns = (
        ("序号", 700, "序号", "center"),
        ("专家编号", 1500, "编号", "center"),
        ("姓名", 1385, "姓名", "center"),
        ("专业领域", 2000, "领域", "left"),
        ("工作单位", 2700, "单位", "left"),
        ("状态", 900, "状态", "center"),
    )
    return _list("专家库", "{{ 标题 }}", columns, FORM_PAGE, cells=(FORM, FORM_HEAD))
