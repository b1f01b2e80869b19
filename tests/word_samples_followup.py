"""Samples of 责令改正通知书, 复查意见书 and 移送函."""

from datetime import date

from models import views_followup as views
from tests.word_samples_shared import ENTITY, INSPECTORS, TASK, digest

RECTIFICATION = views.RectificationView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    number="示工信责改〔2026〕2号",
    number_word="示工信责改",
    issued=date(2026, 3, 11),
    task=TASK,
    serial=3,
    entity=ENTITY,
    checked_on=date(2026, 3, 10),
    inspectors=INSPECTORS,
    contact_name="示例联系人",
    contact_phone="0000-0000000",
    problems=(
        views.ProblemView(
            found="1 座基站的无线电台执照于2026年3月7日到期 <未办理延续>",
            rule="《中华人民共和国无线电管理条例》第二十七条",
            demand="停止使用该基站，依法办理执照延续手续",
        ),
        views.ProblemView(found="台站巡检 & 维护记录缺失", rule="", demand=""),
    ),
    basis="《中华人民共和国无线电管理条例》第七十条",
    rectify_by=date(2026, 3, 27),
    report_to="示例市工业和信息化局无线电管理科",
    complaint_phone="0000-0000009",
    review_organ="示例市人民政府",
    court="示例区人民法院",
)

RECHECK = views.RecheckView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    number="",
    number_word="示工信复查",
    issued=date(2026, 4, 2),
    task=TASK,
    serial=3,
    entity=ENTITY,
    checked_on=date(2026, 3, 10),
    inspectors=INSPECTORS,
    contact_name="示例联系人",
    contact_phone="0000-0000000",
    order_number="示工信责改〔2026〕2号",
    order_date=date(2026, 3, 11),
    rectify_by=date(2026, 3, 27),
    reported_on=date(2026, 3, 26),
    rechecked_on=date(2026, 4, 1),
    rows=(
        views.RecheckRowView(
            problem="1 座基站的无线电台执照到期 <未办理延续>",
            demand="依法办理执照延续手续",
            found="已取得新执照，有效期至2029年3月",
            done=True,
        ),
        views.RecheckRowView(
            problem="台站巡检 & 维护记录缺失", demand="补齐记录", found="仍缺2026年1月的记录", done=False
        ),
    ),
    passed=False,
    next_step="责令于2026年4月10日前补齐记录，逾期立案查处",
    complaint_phone="0000-0000009",
    review_organ="示例市人民政府",
    court="示例区人民法院",
)

TRANSFER = views.TransferView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    number="示工信移〔2026〕1号",
    number_word="示工信移",
    issued=date(2026, 3, 13),
    task=TASK,
    serial=3,
    entity=ENTITY,
    checked_on=date(2026, 3, 10),
    inspectors=INSPECTORS,
    contact_name="示例联系人",
    contact_phone="0000-0000000",
    receiver="示例市市场监督管理局",
    criminal=False,
    facts="现场发现该单位在登记的住所以外设立经营场所 & 未办理登记，并存放未标明生产者名称和地址的无线电发射设备 12 台",
    basis="《市场监督管理行政处罚程序规定》关于移送的规定",
    suspected="《中华人民共和国市场主体登记管理条例》第三条",
    materials=(
        views.MaterialView(name="检查记录表", count="1份3页", note="复印件，与原件核对一致"),
        views.MaterialView(name="现场照片", count="2张", note=f"摘要 {digest('photo 1')[:16]}"),
        views.MaterialView(name="询问笔录 <第1次>", count="1份2页", note=""),
    ),
    reply_by=date(2026, 3, 27),
)
