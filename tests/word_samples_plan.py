"""Samples of the plan's papers: tables, adjustment, work plans, rules, training."""

from datetime import date

from models import views_plan as views
from tests.word_samples_shared import ITEMS, TASK

PLAN_TABLE = views.PlanTableView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    unit="示例市工业和信息化局",
    year=2026,
    version=2,
    rows=tuple(
        views.PlanRowView(
            plan_no=f"2026{number:03d}",
            plan_name=f"2026年示例市工业和信息化局{what}{number:03d}",
            task_no=f"{number:03d}",
            name=f"2026年示例市工业和信息化局{what}",
            kind="不定向抽查" if number % 2 else "定向抽查",
            ratio="不少于5%" if number % 3 else "年度监管任务的5%",
            items=f"{what}事项：1.制度建立情况；2.台账 & 记录；3.设施 <运行> 情况",
            scope=f"2026年{number % 11 + 1}月28日前审批的全市{what}对象",
            lead=f"示例{number}科",
            joint="监督检查科、监测站\n综合科" if number % 4 else "无",
            period="2026年3月至11月",
        )
        for number, what in enumerate(
            ("无线电台（站）使用情况随机抽查", "民爆企业安全生产随机抽查", "盐业行业管理随机抽查") * 5, 1
        )
    ),
    made_by="政策法规科",
    made_on=date(2026, 1, 9),
)

PLAN_RETURN = views.PlanReturnView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    unit="示例县市场监督管理局",
    year=2026,
    rows=(
        views.PlanReturnRowView(
            name="电动自行车销售企业抽查",
            kind="定向抽查",
            scope="全县电动自行车销售企业",
            base="186户",
            ratio="10%（19户）",
            frequency="1次/年",
            items="产品质量 & 强制性认证",
            method="实地检查、检验检测",
            lead="示例县市场监督管理局",
            joint="示例县公安局",
            period="2026年4月至6月",
            note="联合",
        ),
        views.PlanReturnRowView(
            name="年报公示信息抽查",
            kind="不定向抽查",
            scope="全县企业",
            base="12000户",
            ratio="3%",
            frequency="1次/年",
            items="公示信息的真实性",
            method="书面检查、网络监测",
            lead="示例县市场监督管理局",
            joint="",
            period="2026年7月至10月",
            note="",
        ),
    ),
    filled_by="示例填报人",
    phone="0000-0000003",
    filled_on=date(2026, 1, 20),
)

PLAN_CHANGE = views.PlanChangeView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    number="示双随机办〔2026〕5号",
    number_word="示双随机办",
    issued=date(2026, 5, 12),
    addressees=("各县（区）双随机办", "市有关部门"),
    unit="示例市工业和信息化局",
    year=2026,
    version=2,
    reason="开展安全生产大检查，需要增加民爆企业抽查、压减一般事项抽查",
    requested_by="示例市工业和信息化局安全生产科",
    requested_on=date(2026, 5, 6),
    approved_by="示例市双随机办负责人",
    approved_on=date(2026, 5, 11),
    edits=(
        views.PlanEditView(
            how="新增",
            plan_no="2026016",
            name="民爆企业安全生产专项抽查",
            changes=(("抽查比例", "", "20%"), ("抽查时间", "", "2026年6月至8月")),
            reason="安全生产大检查",
        ),
        views.PlanEditView(
            how="变更",
            plan_no="2026002",
            name="监控化学品企业随机抽查",
            changes=(("抽查比例", "5%", "10%"), ("联合处室", "无", "监督检查科 & 监测站")),
            reason="风险等级上升",
        ),
        views.PlanEditView(
            how="取消",
            plan_no="2026009",
            name="盐业行业管理抽查 <第2批>",
            changes=(("抽查比例", "5%", ""),),
            reason="与2026008重复",
        ),
    ),
    channels=("示例市人民政府门户网站", "国家企业信用信息公示系统"),
    contact_name="示例联系人",
    contact_phone="0000-0000000",
)

QUOTAS = (
    views.QuotaView(name="A", size=840, rule="2%"),
    views.QuotaView(name="B", size=260, rule="5%"),
    views.QuotaView(name="C", size=61, rule="10%"),
    views.QuotaView(name="D", size=16, rule="16户"),
)
STAGES = (
    views.StageView(what="公示本方案，开展业务培训", when="3月上旬", who="示例市双随机办", standard="参检人员全部培训"),
    views.StageView(what="抽取检查对象、匹配检查人员", when="3月中旬", who="无线电管理科", standard="见证人不少于2名"),
    views.StageView(what="组织现场检查 & 录入结果", when="3月至4月", who="各检查组", standard="一企一表，留存影像"),
    views.StageView(what="公示结果，落实后续处置", when="5月底前", who="", standard="公示率100%"),
)
DISCIPLINE = "不得妨碍检查对象正常的生产经营活动，不得索取或者收受检查对象的财物，不得谋取其他利益。"

WORK_PLAN = views.WorkPlanView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    number="示双随机办〔2026〕2号",
    number_word="示双随机办",
    issued=date(2026, 2, 26),
    task=TASK,
    addressees=("示例市工业和信息化局", "示例市市场监督管理局", "示例市应急管理局"),
    basis=("《中华人民共和国无线电管理条例》", "《示例市2026年度“双随机、一公开”监管工作方案》"),
    scope="2026年2月28日前审批的全市无线电设台用户 <不含注销>",
    quotas=QUOTAS,
    frequency="对同一检查对象每年不超过2次",
    items=ITEMS,
    methods=("实地检查", "书面检查"),
    draw="在工作群内公告后，由见证人当场掷骰产生随机数，按公开的算法计算抽取结果",
    team_rule="每户派出执法检查人员2名",
    experts="从专家库40人中随机抽取2人伴随检查",
    starts=date(2026, 3, 4),
    ends=date(2026, 4, 10),
    stages=STAGES,
    result_days="检查结束后5个工作日内",
    publish_days=20,
    publish_anchor="自检查结束之日起",
    channels=("示例市人民政府门户网站", "国家企业信用信息公示系统"),
    discipline=DISCIPLINE,
    contact_name="示例联系人",
    contact_phone="0000-0000000",
)

TARGETS = (
    views.TargetView(name="年度抽查比例", at_least="5%", reached="3.2%", holds=False),
    views.TargetView(name="部门联合抽查任务占比", at_least="20%", reached="57.6%", holds=True),
    views.TargetView(name="抽查结果公示率", at_least="100%", reached="", holds=None),
)

YEAR_PLAN = views.YearPlanView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    number="",
    number_word="示工信",
    issued=None,
    unit="示例市工业和信息化局",
    year=2026,
    addressees=("局机关各科室", "局属各单位"),
    basis=("《关于做好2026年度“双随机、一公开”监管工作的通知》（示双随机办〔2026〕1号）",),
    targets=TARGETS,
    tasks=15,
    joint_tasks=6,
    duties=(
        views.StageView(what="月报表", when="每月20日前", who="信息联络员", standard="报送市双随机办"),
        views.StageView(
            what="季度工作总结", when="4月2日、7月2日、10月9日", who="信息联络员", standard="一式2份 & 电子版"
        ),
        views.StageView(what="年度工作总结", when="12月20日前", who="综合科", standard="经负责人签发"),
    ),
    channels=("示例市人民政府门户网站",),
    publish_days=20,
    publish_anchor="自检查结束之日起",
    leader="示例局长",
    liaison="示例联络员𠮷",
    contact_name="示例联系人",
    contact_phone="0000-0000000",
)

RULES = views.RulesView(
    office="示例市商务局",
    sample=True,
    rehearsal=False,
    number="示商字〔2026〕6号",
    number_word="示商字",
    issued=date(2026, 2, 27),
    unit="示例市商务局",
    addressees=("局机关各科室",),
    basis=("《国务院办公厅关于推广随机抽查规范事中事后监管的通知》（国办发〔2015〕58号）",),
    subjects=("示例市商务局市场秩序科", "示例市商务局综合执法队"),
    objects=("单用途商业预付卡发卡企业", "成品油零售企业 & 加油站", "拍卖企业"),
    items=("发卡企业资金存管情况检查", "成品油经营 <批准证书> 检查"),
    quotas=(*QUOTAS[:3], views.QuotaView(name="列入异常名录", size=None, rule="30%")),
    caps=(("A", 1), ("B", 1), ("C", 2)),
    ratio_floor="5%",
    methods=("实地检查", "书面检查", "网络监测"),
    team_size=2,
    draw="抽取由见证人当场掷骰产生随机数。",
    experts=True,
    publish_days=20,
    publish_anchor="自检查结束之日起",
    channels=("示例市人民政府门户网站", "国家企业信用信息公示系统"),
    discipline=DISCIPLINE,
    effective=date(2026, 3, 1),
)

TRAINING_PLAN = views.TrainingPlanView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    unit="示例市工业和信息化局",
    year=2026,
    rows=(
        views.TrainingRowView(
            when="2026年3月上旬",
            topic="无线电管理条例 & 检查记录表填写",
            people="全体执法检查人员",
            count=30,
            how="集中授课",
            organiser="政策法规科",
            place="示例市政务中心3楼",
        ),
        views.TrainingRowView(
            when="2026年9月",
            topic="后续处置 <责令改正、复查、移送> 文书制作",
            people="各科室骨干",
            count=None,
            how="线上",
            organiser="综合科",
            place="",
        ),
    ),
    filled_by="示例填报人",
    phone="0000-0000003",
    filled_on=date(2026, 2, 9),
)
