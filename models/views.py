"""Plain read models: what each kind of document needs, as frozen values that know nothing of rows or files.

Conventions, which hold for every field unless its comment says otherwise:
`str` is text as it is to be read; an empty one means "there is none" and is printed as — (in letters and finished
tables) or as a blank to write on (in forms). `date` and `datetime` are local civil time and are printed as 2026年3月2日
and 2026年3月2日18:00. `| None` means "not known yet, to be written by hand". Lists are tuples, in the order in which
they are printed. Digests and codes are 64 hex digits.
"""

from dataclasses import dataclass
from datetime import date, datetime

from models.words import Category, Measure, Method, chinese

# What a check form offers to tick; a caller may hand in a profile's own words instead.
METHODS = tuple(chinese(method) for method in Method)
RESULTS = tuple(chinese(category) for category in Category)
DISPOSALS = tuple(chinese(measure) for measure in Measure)


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """One 抽查任务 and its batch, as every document names it."""

    plan_no: str
    plan_name: str
    no: str  # 抽查任务编号; part of the file name
    name: str
    kind: str  # 不定向抽查, 定向抽查
    unit: str  # 发起单位
    joint_units: tuple[str, ...]  # 联合单位; empty: 部门内抽查
    batch: int  # from 1


@dataclass(frozen=True, kw_only=True)
class ItemView:
    """One 抽查事项 with its legal basis."""

    code: str
    name: str
    basis: str
    content: str
    method: str


@dataclass(frozen=True, kw_only=True)
class InspectorView:
    """One person of a team. Never an ID number."""

    name: str
    certificate: str  # 执法证号
    unit: str
    role: str  # 组长, 成员, 专家; empty where teams have no roles


@dataclass(frozen=True, kw_only=True)
class EntityView:
    """One 检查对象 with what is needed to find it."""

    name: str
    code: str  # 统一社会信用代码 or the register's own number
    address: str
    legal_person: str
    legal_person_phone: str
    liaison: str  # 联络员
    liaison_phone: str


@dataclass(frozen=True, kw_only=True)
class StratumView:
    """One stratum of the pool and its quota."""

    name: str  # `*` of a plain draw is printed as 全部
    size: int  # entities in the stratum
    rule: str  # "2%" or "9户"
    quota: int  # entities to be drawn


@dataclass(frozen=True, kw_only=True)
class ExtraListView:
    """One more list drawn along, e.g. experts."""

    name: str
    size: int
    quota: int


@dataclass(frozen=True, kw_only=True)
class ReasonCountView:
    """How many entities were left out of the pool for one reason."""

    reason: str
    count: int


@dataclass(frozen=True, kw_only=True)
class FileDigestView:
    """One frozen file of an announcement."""

    file: str  # pool.tsv
    sha256: str


@dataclass(frozen=True, kw_only=True)
class RandomnessView:
    """Which public randomness an announcement asks for (PROTOCOL §4)."""

    kind: str  # dice, local-dice, hand, lottery
    throws: int  # throws that are enough; 0 for lottery
    symbol: str  # 🎰 or 🎲, "六面骰子" for hand, game and issue for lottery
    min_bits: int
    min_witnesses: int


@dataclass(frozen=True, kw_only=True)
class ThrowView:
    """One counting throw; for hand and lottery `by` names who entered it and `confirmed_by` who confirmed."""

    by: str  # 见证人1
    message: int  # message id in the group; 0 where there is none
    value: str  # "17"; for hand and lottery the numbers of the source, "3 8 15"
    at: datetime
    confirmed_by: str  # empty for throws in the chat


@dataclass(frozen=True, kw_only=True)
class SelectedView:
    """One drawn entity with its team."""

    order: int  # draw order, from 1
    name: str
    code: str
    stratum: str
    team: tuple[str, ...]  # inspectors' names
    position: str  # 64 hex digits; empty while the code is withheld


@dataclass(frozen=True, kw_only=True)
class ChangeView:
    """One seat that changed hands in a substitution; for an entity that was replaced, `entity` is the new one."""

    entity: str
    unit: str
    out: str
    into: str


@dataclass(frozen=True, kw_only=True)
class SubstitutionView:
    """One substitution event (PROTOCOL §7)."""

    k: int  # its code's number, from 2
    at: datetime
    reason: str
    approver: str
    notice_digest: str
    throws: tuple[ThrowView, ...]  # empty where the profile waives fresh throws
    changes: tuple[ChangeView, ...]
    digest: str


@dataclass(frozen=True, kw_only=True)
class AssignedView:
    """One line of a 任务通知书: an entity this team goes to."""

    order: int  # visit number within the task, from 1
    name: str
    code: str
    address: str
    contact: str
    phone: str
    colleagues: tuple[str, ...]  # everybody of the team
    until: date  # visit by


@dataclass(frozen=True, kw_only=True)
class CheckItemView:
    """One item of a check form with what was found; both texts empty before the visit."""

    name: str
    basis: str
    content: str
    finding: str  # 发现问题情况
    measure: str  # 处置情况


@dataclass(frozen=True, kw_only=True)
class EvidenceView:
    """One photo or file kept with a result."""

    name: str  # 照片1
    at: datetime
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PublicationRowView:
    """One inspected entity as the public sees it."""

    name: str
    code: str
    items: tuple[str, ...]
    agencies: tuple[str, ...]  # 检查机关
    checked_on: date
    result: str
    disposal: str
    external: str = ""  # 采用外部结论: whose, of which day and number; empty: our own check


@dataclass(frozen=True, kw_only=True)
class MissingReportView:
    """One report that has not come in."""

    name: str  # 2026年3月月报表
    period: str  # 2026年3月
    due: date  # outer limit
    estimated: bool  # the working-day calendar of that year is not published yet: 暂估
    overdue_workdays: int  # 0: not overdue yet


@dataclass(frozen=True, kw_only=True)
class PaperView:
    """What every document has."""

    office: str  # full name: 发文机关标志 and 署名
    sample: bool  # 示例 on every page
    rehearsal: bool  # 演练 on every page


@dataclass(frozen=True, kw_only=True)
class LetterView(PaperView):
    """What every official letter has. The number is given at signing: until then its line has blanks to write in."""

    number: str  # 秦双随机办〔2026〕3号; empty: not given yet
    number_word: str  # 机关代字, printed before the blanks; empty: unknown
    issued: date | None  # 成文日期
    # What only some letters have; what is empty leaves no trace on the page.
    copy_no: str = ""  # 份号, six digits, for letters with 密级
    secrecy: str = ""  # 密级和保密期限: 秘密★1年
    urgency: str = ""  # 紧急程度: 特急, 加急
    signer: str = ""  # 签发人, which makes it 上行文: a letter to an office above
    remark: str = ""  # 附注 without its parentheses: 此件公开发布
    copies_to: tuple[str, ...] = ()  # 抄送机关
    printed_by: str = ""  # 印发机关; empty, and no 抄送机关: no 版记
    printed_on: date | None = None  # 印发日期


@dataclass(frozen=True, kw_only=True)
class AnnouncementView(LetterView):
    """抽取公告: what is fixed before any randomness exists."""

    task: TaskView
    serial: int  # 公告 number of the office
    attempt: int  # from 1
    as_of: date  # the register's as-of date
    announced_by: str  # label, 工作人员1
    announced_at: datetime
    deadline: datetime  # throws count until then
    reveal_by: datetime  # the code is published at the latest then
    simulated_clock: bool
    strata: tuple[StratumView, ...]
    excluded: tuple[ReasonCountView, ...]
    inspectors: int  # people in the frozen roster
    recusals: int  # pairs in the frozen list of recusals
    team_rule: str  # 每户派出2名执法检查人员
    lists: tuple[ExtraListView, ...]
    randomness: RandomnessView
    files: tuple[FileDigestView, ...]
    digest: str
    previous: str  # digest of the office's announcement before this one; 64 zeros for the first
    head: str
    chain_length: int
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True)
class DrawRecordView(PaperView):
    """抽取记录: what happened, for the file and for whoever checks."""

    task: TaskView
    serial: int
    attempt: int
    state: str  # 已抽取, 已办结, 已撤回, 已失效 …
    as_of: date
    announced_at: datetime
    announcement_digest: str
    head: str
    strata: tuple[StratumView, ...]
    randomness_kind: str  # dice, local-dice, hand, lottery
    randomness_source: str  # game and issue for lottery, kind and number of dice for hand; empty for dice in the chat
    throws: tuple[ThrowView, ...]
    randomness: str  # 17.64.3./22.9.41./
    drawn_at: datetime
    code: str  # empty: withheld
    prk: str  # empty while the code is withheld
    reveal_by: datetime
    names_included: bool  # False: neither entities nor inspectors are named, `selected` is not printed
    selected: tuple[SelectedView, ...]
    inspectors: int  # people who got at least one entity
    expert_count: int = 0  # experts drawn along
    experts: tuple[str, ...] = ()  # their names; empty where names are not included
    substitutions: tuple[SubstitutionView, ...]
    selected_digest: str  # of selected.tsv
    teams_digest: str  # of teams.tsv
    digest: str  # of draws[0], as posted in the group
    secret: str  # empty until the task is closed
    simulated_clock: bool
    host: str  # who announced, label or name
    witnesses: tuple[str, ...]  # a line to sign for each


@dataclass(frozen=True, kw_only=True)
class AssignmentView(LetterView):
    """任务通知书: sends one team or one inspector to its entities."""

    task: TaskView
    serial: int  # within the task, from 1; part of the file name
    inspectors: tuple[InspectorView, ...]  # whom it is addressed to
    origin: str  # 任务来源, as in NoticeView
    starts: date
    ends: date
    items: tuple[ItemView, ...]
    entities: tuple[AssignedView, ...]
    methods: tuple[str, ...]
    reply_by: datetime  # 收到 by
    result_due: date  # results entered by
    publish_due: date  # results published by
    record_digest: str  # of the draw; empty where it was not drawn here (platform, 举报, 交办, 专项)
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True)
class NoticeView(LetterView):
    """检查通知书 to one entity, with the elements of 国办发〔2024〕54号."""

    task: TaskView
    serial: int  # visit number within the task, from 1; part of the file name
    entity: EntityView
    items: tuple[ItemView, ...]
    origin: str  # 任务来源: 年度抽查计划随机抽取, 举报, 交办, 专项, with its reason
    frequency: str  # 检查频次: 本年度第1次，年度上限2次
    starts: date
    ends: date
    methods: tuple[str, ...]
    materials: tuple[str, ...]  # 需准备的资料; empty: none
    inspectors: tuple[InspectorView, ...]
    contact_name: str
    contact_phone: str
    complaint_phone: str  # 监督举报电话
    review_organ: str  # 行政复议机关; empty: 有管辖权的行政复议机关
    court: str  # 有管辖权的人民法院 is printed where empty


@dataclass(frozen=True, kw_only=True)
class CheckFormView(PaperView):
    """检查记录表 (一企一表), blank to take along or filled in; empty texts are blanks to write on."""

    task: TaskView
    serial: int  # visit number within the task, from 1; part of the file name
    entity: EntityView
    items: tuple[CheckItemView, ...]
    inspectors: tuple[InspectorView, ...]
    checked_on: date | None
    place: str
    method_options: tuple[str, ...]
    methods: tuple[str, ...]  # ticked; one that is no option is added to the list
    result_options: tuple[str, ...]
    results: tuple[str, ...]
    disposal_options: tuple[str, ...]
    disposals: tuple[str, ...]
    rectify_by: date | None  # 责令改正期限; None: none, or to be written
    external_source: str  # 采用外部结论: whose, of which day and number; empty: none
    notes: str  # 检查情况说明
    evidence: tuple[EvidenceView, ...]
    entity_opinion: str
    leader_opinion: str  # 组长审核意见
    publication_opinion: str  # 结果公示审批意见


@dataclass(frozen=True, kw_only=True)
class PublicationView(PaperView):
    """结果公示表 of one batch."""

    task: TaskView
    starts: date
    ends: date
    rows: tuple[PublicationRowView, ...]
    channels: tuple[str, ...]  # 公示渠道; empty: to be decided
    published_on: date | None
    due: date
    due_estimated: bool  # 暂估
    announcement_digest: str  # empty for tasks drawn on the platform
    record_digest: str
    code: str  # empty: not published yet
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True)
class ChaseView(LetterView):
    """催报通知 to one unit that has not reported."""

    unit: str  # 主送
    times: int  # this is the n-th reminder for it
    basis: str  # the document and clause that ask for the report
    missing: tuple[MissingReportView, ...]
    reply_by: date
    channel: str  # how to hand it in
    zero_allowed: bool  # 零报告 is possible
    contact_name: str
    contact_phone: str
