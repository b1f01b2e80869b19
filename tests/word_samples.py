"""One rich sample of each document's view: awkward names, long lists, every field with a value of its own."""

from dataclasses import replace
from datetime import date, timedelta

from models import views
from tests.word_samples_followup import RECHECK, RECTIFICATION, TRANSFER
from tests.word_samples_plan import PLAN_CHANGE, PLAN_RETURN, PLAN_TABLE, RULES, TRAINING_PLAN, WORK_PLAN, YEAR_PLAN
from tests.word_samples_register import ENTITY_LIST, EXPERT_LIST, INSPECTOR_LIST, ITEM_LIST
from tests.word_samples_report import MONTHLY, ROLLUP, SUMMARY
from tests.word_samples_shared import ENTITY, INSPECTORS, ITEMS, TASK, digest, moment

STRATA = (
    views.StratumView(name="A", size=840, rule="2%", quota=17),
    views.StratumView(name="B", size=260, rule="5%", quota=13),
    views.StratumView(name="C", size=61, rule="10%", quota=7),
    views.StratumView(name="D", size=16, rule="16户", quota=16),
)
THROWS = tuple(
    views.ThrowView(
        by=f"见证人{1 + at % 2}", message=201 + at, value=str(value), at=moment(2, 10, 5 + at, 7), confirmed_by=""
    )
    for at, value in enumerate((17, 22, 64, 9, 3, 41))
)

ANNOUNCEMENT = views.AnnouncementView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    number="示双随机办〔2026〕3号",
    number_word="示双随机办",
    issued=date(2026, 3, 2),
    task=TASK,
    serial=17,
    attempt=1,
    as_of=date(2026, 3, 1),
    announced_by="工作人员1",
    announced_at=moment(2, 9, 30),
    deadline=moment(2, 18),
    reveal_by=moment(31, 17, 30),
    simulated_clock=False,
    strata=STRATA,
    excluded=(
        views.ReasonCountView(reason="年度上限", count=9),
        views.ReasonCountView(reason="本年已查", count=11),
        views.ReasonCountView(reason="已注销", count=3),
    ),
    inspectors=30,
    recusals=4,
    team_rule="每户派出执法检查人员2名",
    lists=(views.ExtraListView(name="专家", size=40, quota=2),),
    randomness=views.RandomnessView(kind="local-dice", throws=6, symbol="🎰", min_bits=36, min_witnesses=2),
    files=tuple(
        views.FileDigestView(file=name, sha256=digest(name))
        for name in ("pool.tsv", "inspectors.tsv", "demands.tsv", "recusals.tsv", "excluded.tsv")
    ),
    digest=digest("announcement"),
    previous=digest("previous"),
    head=digest("head"),
    chain_length=64,
    contact_name="示例联系人",
    contact_phone="0000-0000000",
)

SELECTED = tuple(
    views.SelectedView(
        order=order,
        name=f"示例市第{order}通信有限公司",
        code=f"91990100MA{order:08d}",
        stratum="ABCD"[order % 4],
        team=("示例检查员甲", "示例检查员𠮷"),
        position=digest(f"position {order}"),
    )
    for order in range(1, 54)
)
DRAW_RECORD = views.DrawRecordView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    task=TASK,
    serial=17,
    attempt=1,
    state="已抽取",
    as_of=date(2026, 3, 1),
    announced_at=moment(2, 9, 30),
    announcement_digest=digest("announcement"),
    head=digest("head"),
    strata=STRATA,
    randomness_kind="dice",
    randomness_source="",
    throws=THROWS,
    randomness="17.64.3./22.9.41./",
    drawn_at=moment(2, 10, 10, 8),
    code=digest("code"),
    prk=digest("prk"),
    reveal_by=moment(31, 17, 30),
    names_included=True,
    selected=SELECTED,
    inspectors=30,
    expert_count=2,
    experts=("示例专家甲（示例大学，教授）", "示例专家𠮷"),
    substitutions=(
        views.SubstitutionView(
            k=2,
            at=moment(3, 9, 15),
            reason="与检查对象有利害关系",
            approver="示例负责人",
            notice_digest=digest("notice"),
            throws=(views.ThrowView(by="见证人2", message=233, value="58", at=moment(3, 9, 14), confirmed_by=""),),
            changes=(
                views.ChangeView(
                    entity="示例市第7通信有限公司",
                    unit="示例市市场监督管理局",
                    out="示例检查员𠮷",
                    into="示例检查员丙",
                ),
            ),
            digest=digest("draw 2"),
        ),
    ),
    selected_digest=digest("selected"),
    teams_digest=digest("teams"),
    digest=digest("draw 1"),
    secret="",
    simulated_clock=False,
    host="工作人员1",
    witnesses=("见证人1", "见证人2", "见证人3"),
)

ASSIGNMENT = views.AssignmentView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    number="",
    number_word="示双随机办",
    issued=None,
    task=TASK,
    serial=2,
    inspectors=INSPECTORS,
    origin="年度抽查计划，经随机抽取、随机匹配确定",
    starts=date(2026, 3, 4),
    ends=date(2026, 4, 10),
    items=ITEMS,
    entities=tuple(
        views.AssignedView(
            order=order,
            name=f"示例市第{order}通信有限公司" if order > 1 else ENTITY.name,
            code=f"91990100MA{order:08d}",
            address=f"示例市示例区示例大街{order}号",
            contact=f"示例联系人{order}",
            phone=f"0000-{order:07d}",
            colleagues=("示例检查员甲", "示例检查员𠮷"),
            until=date(2026, 4, 10),
        )
        for order in range(1, 5)
    ),
    methods=("实地检查", "书面检查"),
    reply_by=moment(4, 17),
    result_due=date(2026, 4, 15),
    publish_due=date(2026, 5, 11),
    record_digest=digest("draw 1"),
    contact_name="示例联系人",
    contact_phone="0000-0000000",
)

NOTICE = views.NoticeView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    number="示工信检通〔2026〕3号",
    number_word="示工信检通",
    issued=date(2026, 3, 4),
    task=TASK,
    serial=3,
    entity=ENTITY,
    items=ITEMS,
    origin="年度抽查计划，经随机抽取确定",
    frequency="本年度对你单位的第1次检查，年度上限2次",
    starts=date(2026, 3, 9),
    ends=date(2026, 3, 13),
    methods=("实地检查", "书面检查"),
    materials=("营业执照副本", "无线电台执照及频率使用许可文件", "上一年度设备运行 & 维护记录"),
    inspectors=INSPECTORS,
    contact_name="示例联系人",
    contact_phone="0000-0000000",
    complaint_phone="0000-0000009",
    review_organ="示例市人民政府",
    court="示例区人民法院",
)

CHECK_FORM = views.CheckFormView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    task=TASK,
    serial=3,
    entity=ENTITY,
    items=tuple(
        views.CheckItemView(
            name=item.name,
            basis=item.basis,
            content=item.content,
            finding=f"发现{item.code}号问题：执照过期 3 日 <详见照片>",
            measure="当场责令改正",
        )
        for item in ITEMS
    ),
    inspectors=INSPECTORS,
    checked_on=date(2026, 3, 10),
    place="示例区示例大街1号院机房",
    method_options=views.METHODS,
    methods=("实地检查", "书面检查", "无人机巡查"),
    result_options=views.RESULTS,
    results=("发现问题经责令已改正",),
    disposal_options=views.DISPOSALS,
    disposals=("责令改正，后续跟踪",),
    rectify_by=date(2026, 3, 20),
    external_source="示例检测中心 & 第2026-7号报告",
    notes="现场核对台站 3 座。\n执照过期的 1 座已当场补办。",
    evidence=(
        views.EvidenceView(name="照片1", at=moment(10, 14, 2, 11), sha256=digest("photo 1")),
        views.EvidenceView(name="照片2", at=moment(10, 14, 5, 40), sha256=digest("photo 2")),
    ),
    entity_opinion="情况属实。",
    leader_opinion="同意。",
    publication_opinion="同意公示。",
)
BLANK_FORM = replace(
    CHECK_FORM,
    items=tuple(replace(item, finding="", measure="") for item in CHECK_FORM.items),
    checked_on=None,
    place="",
    methods=(),
    results=(),
    disposals=(),
    rectify_by=None,
    external_source="",
    notes="",
    evidence=(),
    entity_opinion="",
    leader_opinion="",
    publication_opinion="",
)

PUBLICATION = views.PublicationView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    task=TASK,
    starts=date(2026, 3, 4),
    ends=date(2026, 4, 10),
    rows=tuple(
        views.PublicationRowView(
            name=f"示例市第{order}通信有限公司" if order > 1 else ENTITY.name,
            code=f"91990100MA{order:08d}",
            items=("无线电频率使用情况检查", "无线电台（站）设置、使用情况检查"),
            agencies=("示例市工业和信息化局",),
            checked_on=date(2026, 3, 5) + timedelta(days=order % 30),
            result="未发现问题" if order % 5 else "发现问题经责令已改正",
            disposal="" if order % 5 else "已责令改正",
        )
        for order in range(1, 201)
    ),
    channels=("示例市人民政府门户网站", "国家企业信用信息公示系统"),
    published_on=date(2026, 4, 20),
    due=date(2026, 5, 11),
    due_estimated=True,
    announcement_digest=digest("announcement"),
    record_digest=digest("draw 1"),
    code=digest("code"),
    contact_name="示例联系人",
    contact_phone="0000-0000000",
)

CHASE = views.ChaseView(
    office="示例市双随机办",
    sample=True,
    rehearsal=True,
    number="",
    number_word="",
    issued=date(2026, 3, 23),
    unit="示例县市场监督管理局",
    times=2,
    basis="《关于做好2026年度双随机监管工作的通知》（示双随机办〔2026〕1号）第五条",
    missing=(
        views.MissingReportView(
            name="2026年3月月报表", period="2026年3月", due=date(2026, 3, 20), estimated=False, overdue_workdays=1
        ),
        views.MissingReportView(
            name="2026年第一季度工作总结",
            period="2026年第一季度",
            due=date(2026, 4, 2),
            estimated=True,
            overdue_workdays=0,
        ),
    ),
    reply_by=date(2026, 3, 24),
    channel="工作群私聊按钮或者电子邮件",
    zero_allowed=True,
    contact_name="示例联系人",
    contact_phone="0000-0000000",
)

SAMPLES = {
    "announcement": ANNOUNCEMENT,
    "draw_record": DRAW_RECORD,
    "assignment": ASSIGNMENT,
    "notice": NOTICE,
    "check_form": CHECK_FORM,
    "blank_form": BLANK_FORM,
    "publication": PUBLICATION,
    "rectification": RECTIFICATION,
    "recheck": RECHECK,
    "transfer": TRANSFER,
    "plan_table": PLAN_TABLE,
    "plan_return": PLAN_RETURN,
    "plan_change": PLAN_CHANGE,
    "work_plan": WORK_PLAN,
    "year_plan": YEAR_PLAN,
    "rules": RULES,
    "training_plan": TRAINING_PLAN,
    "chase": CHASE,
    "monthly": MONTHLY,
    "summary": SUMMARY,
    "rollup": ROLLUP,
    "item_list": ITEM_LIST,
    "entity_list": ENTITY_LIST,
    "inspector_list": INSPECTOR_LIST,
    "expert_list": EXPERT_LIST,
}

UPWARD = replace(
    CHASE,
    rehearsal=False,
    number="示双随机办〔2026〕8号",
    copy_no="000012",
    secrecy="秘密★1年",
    urgency="特急",
    signer="示例负责人",
    remark="此件公开发布",
    copies_to=("示例市人民政府办公室", "示例市市场监督管理局"),
    printed_by="示例市双随机办",
    printed_on=date(2026, 3, 24),
)
