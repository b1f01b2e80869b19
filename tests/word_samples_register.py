"""Samples of the lists of items, entities, inspectors and experts."""

from datetime import date

from models import views_register as views

ITEM_LIST = views.ItemListView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    unit="示例市工业和信息化局",
    as_of=date(2026, 3, 1),
    made_by="政策法规科",
    made_on=date(2026, 3, 2),
    version="2026年第2版",
    published_on=date(2026, 2, 27),
    rows=tuple(
        views.ItemRowView(
            code=f"SX-{number:02d}",
            name=f"无线电台（站）设置、使用情况检查{number}",
            category="重点" if number % 3 == 0 else "一般",
            subject="无线电管理科",
            object="无线电设台用户",
            basis=f"《中华人民共和国无线电管理条例》第{number + 10}条 & 第{number + 40}条",
            content="台站执照、识别码和 <参数>",
            method="实地检查",
            ratio="5%",
            frequency="1次/年",
            guide="按指引第3节" if number % 2 else "",
            superior_code=f"HB-{number:04d}",
        )
        for number in range(1, 13)
    ),
)

ENTITY_LIST = views.EntityListView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    unit="示例市工业和信息化局",
    as_of=date(2026, 3, 1),
    made_by="无线电管理科",
    made_on=date(2026, 3, 2),
    part="通信业",
    rows=tuple(
        views.EntityRowView(
            code=f"91990100MA{number:08d}",
            name="示例市𠮷星通信<A&B>有限责任公司" if number == 1 else f"示例市第{number}通信有限公司",
            kind="设台用户",
            industry="通信业",
            district="示例区" if number % 2 else "示例县",
            address=f"示例市示例区示例大街{number}号",
            risk_class="ABCD"[number % 4],
            tags=("黑名单", "投诉举报多") if number % 50 == 0 else (),
            licences="频率许可" if number % 7 == 0 else "",
            state="存续" if number % 20 else "停业",
        )
        for number in range(1, 201)
    ),
)

INSPECTOR_LIST = views.InspectorListView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    unit="示例市工业和信息化局",
    as_of=date(2026, 3, 1),
    made_by="政策法规科",
    made_on=date(2026, 3, 2),
    rows=tuple(
        views.InspectorRowView(
            certificate=f"示例X{number:04d}",
            name="示例检查员𠮷" if number == 2 else f"示例检查员{number}",
            sex="女" if number % 2 else "男",
            id_masked=f"1301************{number:02d}",
            kind="无线电 & 工业",
            post="科员",
            unit="示例市工业和信息化局 <无线电管理科>",
            specialties=("无线电", "民爆") if number % 3 == 0 else (),
            valid_until=date(2027, number % 12 + 1, 15),
            state="在岗",
        )
        for number in range(1, 31)
    ),
)

EXPERT_LIST = views.ExpertListView(
    office="示例市应急管理局",
    sample=True,
    rehearsal=False,
    unit="示例市应急管理局",
    as_of=date(2026, 3, 1),
    made_by="综合科",
    made_on=date(2026, 3, 2),
    rows=tuple(
        views.ExpertRowView(
            label=f"ZJ{number:03d}",
            name="示例专家𠮷" if number == 3 else f"示例专家{number}",
            field="危险化学品 & 烟花爆竹" if number % 2 else "",
            employer="示例大学 <安全工程系>",
            state="可用",
        )
        for number in range(1, 25)
    ),
)
