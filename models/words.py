"""The field's vocabulary: roles, kinds and states, each with the word that the office uses for it."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do in a unit (DESIGN §3)."""

    ADMIN = "admin"
    STAFF = "staff"
    INSPECTOR = "inspector"
    LIAISON = "liaison"
    LEADER = "leader"
    REVIEWER = "reviewer"
    EXPERT = "expert"


class EntityState(StrEnum):
    """Whether an entity can be inspected at all."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CLOSED = "closed"
    MOVED = "moved"


class InspectorState(StrEnum):
    """Whether an inspector is in post (S4: 实际在岗)."""

    ACTIVE = "active"
    LEFT = "left"


class DrawMode(StrEnum):
    """Where a task is drawn (DOMAIN §0.1)."""

    BOT = "bot"
    PLATFORM = "platform"
    REHEARSAL = "rehearsal"


class TaskState(StrEnum):
    """Life of a plan row: as written, completed (补全), drawn, closed."""

    WRITTEN = "written"
    COMPLETED = "completed"
    DRAWN = "drawn"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class PlanState(StrEnum):
    """Life of a year's plan: a draft cannot be drawn from, a published one changes only by adjustment."""

    DRAFT = "draft"
    PUBLISHED = "published"


class RequestState(StrEnum):
    """Where a request for a version of the plan stands; an approved one is a version."""

    ASKED = "asked"
    APPROVED = "approved"
    RETURNED = "returned"
    DROPPED = "dropped"


class DrawState(StrEnum):
    """State of one announcement (PROTOCOL §8)."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    LOST = "lost"
    DRAWN = "drawn"
    CLOSED = "closed"


class VisitState(StrEnum):
    """Where one visit (一次上门) stands."""

    DRAWN = "drawn"
    SENT = "sent"
    ENTERED = "entered"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    PASSED = "passed"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class SeatState(StrEnum):
    """Where one inspector of a team stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    RECUSAL_ASKED = "recusal_asked"
    ABSENCE_ASKED = "absence_asked"
    LEFT = "left"


class ChangeKind(StrEnum):
    """Why who or what is visited has to change (PROTOCOL §7); the values are the protocol's reasons."""

    RECUSAL = "recusal"
    UNABLE = "unable"
    GONE = "gone"


class ChangeState(StrEnum):
    """Where such a request stands; `settled` is by another way than a substitution."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    SETTLED = "settled"


class Ended(StrEnum):
    """How a visit that was drawn ended without being made; what was selected is never erased."""

    REPLACED = "replaced"
    UNFILLED = "unfilled"
    WITHDRAWN = "withdrawn"


class OutboxState(StrEnum):
    """Where one message stands (DESIGN §8)."""

    QUEUED = "queued"
    # Taken by a sender, nothing of it has gone out yet.
    TAKEN = "taken"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Category(StrEnum):
    """Results of a visit; several may apply (DOMAIN §2.2)."""

    NO_PROBLEM = "no_problem"
    CORRECTED = "corrected"
    NO_ACTIVITY = "no_activity"
    CLOSED_DOWN = "closed_down"
    UNCOOPERATIVE = "uncooperative"
    DEREGISTERED = "deregistered"
    NOT_PUBLISHED = "not_published"
    FALSE_INFORMATION = "false_information"
    UNREACHABLE = "unreachable"
    OWN_RULES = "own_rules"
    OTHER_RULES = "other_rules"


class Method(StrEnum):
    """How a visit was made (DOMAIN §2.2)."""

    ON_SITE = "on_site"
    WRITTEN = "written"
    OTHER_AUTHORITY = "other_authority"
    TESTING = "testing"
    NETWORK = "network"
    AGENCY = "agency"


class External(StrEnum):
    """Whose conclusion is taken as the result of a check (S3: 依法利用其他部门…或专业机构做出的专业结论)."""

    AUTHORITY = "authority"
    AGENCY = "agency"


class Measure(StrEnum):
    """What follows from a result (DOMAIN §2.2, 后续处置措施)."""

    NONE = "none"
    STOP = "stop"
    RECTIFY = "rectify"
    CASE = "case"
    TRANSFER = "transfer"
    GUIDANCE = "guidance"
    OTHER = "other"


class StepKind(StrEnum):
    """One step that was taken in a follow-up."""

    TERM = "term"
    PLACE = "place"
    SENT = "sent"
    RECEIPT = "receipt"
    APPROVED = "approved"
    FILED = "filed"
    REPORT = "report"
    APPOINTED = "appointed"
    RECHECKED = "rechecked"
    CLOSED = "closed"
    LED_ON = "led_on"


class Stage(StrEnum):
    """Where a follow-up stands: what has to be done next."""

    TERM = "term"
    CORRECTING = "correcting"
    REPORTED = "reported"
    APPOINTED = "appointed"
    FAILED = "failed"
    RECEIVER = "receiver"
    SEND = "send"
    RECEIPT = "receipt"
    APPROVAL = "approval"
    PLACE = "place"
    FILE = "file"
    READY = "ready"
    CLOSED = "closed"
    LED_ON = "led_on"


class Outcome(StrEnum):
    """How a closed follow-up ended: settled (销号), failed at its recheck, or changed for another kind."""

    SETTLED = ""
    FAILED = "failed"
    CHANGED = "changed"


# As pairs, not as one mapping: members of different kinds with the same value (`closed`) are equal as keys.
_WORDS: tuple[tuple[StrEnum, str], ...] = (
    (Role.ADMIN, "管理员"),
    (Role.STAFF, "工作人员"),
    (Role.INSPECTOR, "检查人员"),
    (Role.LIAISON, "联络员"),
    (Role.LEADER, "领导"),
    (Role.REVIEWER, "复核人"),
    (Role.EXPERT, "专家"),
    (EntityState.ACTIVE, "存续"),
    (EntityState.SUSPENDED, "停业"),
    (EntityState.REVOKED, "吊销"),
    (EntityState.CLOSED, "注销"),
    (EntityState.MOVED, "迁出"),
    (InspectorState.ACTIVE, "在岗"),
    (InspectorState.LEFT, "离岗"),
    (DrawMode.BOT, "本群抽取"),
    (DrawMode.PLATFORM, "平台抽取"),
    (DrawMode.REHEARSAL, "演练"),
    (TaskState.WRITTEN, "待补全"),
    (TaskState.COMPLETED, "待抽取"),
    (TaskState.DRAWN, "检查中"),
    (TaskState.CLOSED, "已办结"),
    (TaskState.WITHDRAWN, "已撤销"),
    (PlanState.DRAFT, "草案"),
    (PlanState.PUBLISHED, "已发布"),
    (RequestState.ASKED, "待批"),
    (RequestState.APPROVED, "已通过"),
    (RequestState.RETURNED, "已退回"),
    (RequestState.DROPPED, "已撤回"),
    (DrawState.OPEN, "公告中"),
    (DrawState.WITHDRAWN, "已撤回"),
    (DrawState.LAPSED, "已失效"),
    (DrawState.LOST, "密钥遗失"),
    (DrawState.DRAWN, "已抽取"),
    (DrawState.CLOSED, "已办结"),
    (VisitState.DRAWN, "待派发"),
    (VisitState.SENT, "待检查"),
    (VisitState.ENTERED, "待确认"),
    (VisitState.DISPUTED, "有异议"),
    (VisitState.CONFIRMED, "待复核"),
    (VisitState.RETURNED, "已退回"),
    (VisitState.PASSED, "待公示"),
    (VisitState.PUBLISHED, "已公示"),
    (VisitState.CANCELLED, "已取消"),
    (SeatState.WAITING, "未收到"),
    (SeatState.ACCEPTED, "已收到"),
    (SeatState.RECUSAL_ASKED, "申请回避"),
    (SeatState.ABSENCE_ASKED, "无法参加"),
    (SeatState.LEFT, "已调整"),
    (ChangeKind.RECUSAL, "申请回避"),
    (ChangeKind.UNABLE, "无法参加"),
    (ChangeKind.GONE, "对象已不在"),
    (ChangeState.ASKED, "待答复"),
    (ChangeState.DONE, "已递补"),
    (ChangeState.REFUSED, "不同意"),
    (ChangeState.SETTLED, "已另行办理"),
    (Ended.REPLACED, "已更换"),
    (Ended.UNFILLED, "名额空缺"),
    (Ended.WITHDRAWN, "已撤回检查"),
    (OutboxState.QUEUED, "待发送"),
    (OutboxState.TAKEN, "待发送"),
    (OutboxState.SENDING, "发送中"),
    (OutboxState.SENT, "已发送"),
    (OutboxState.FAILED, "未送达"),
    (OutboxState.UNCERTAIN, "是否送达不明"),
    (Category.NO_PROBLEM, "未发现问题"),
    (Category.CORRECTED, "发现问题经责令已改正"),
    (Category.NO_ACTIVITY, "未发现开展本次抽查涉及的经营活动"),
    (Category.CLOSED_DOWN, "已关闭停业或正在组织清算"),
    (Category.UNCOOPERATIVE, "不配合检查情节严重"),
    (Category.DEREGISTERED, "注销、被吊销、被撤销或迁出"),
    (Category.NOT_PUBLISHED, "未按规定公示应当公示的信息"),
    (Category.FALSE_INFORMATION, "公示信息隐瞒真实情况、弄虚作假"),
    (Category.UNREACHABLE, "通过登记的住所（经营场所）无法联系"),
    (Category.OWN_RULES, "违反本部门相关规定"),
    (Category.OTHER_RULES, "违反其他部门相关规定"),
    (Method.ON_SITE, "实地检查"),
    (Method.WRITTEN, "书面检查"),
    (Method.OTHER_AUTHORITY, "行政部门检查结果或专业意见"),
    (Method.TESTING, "检验检测"),
    (Method.NETWORK, "网络监测"),
    (Method.AGENCY, "委托专业机构辅助"),
    (External.AUTHORITY, "其他部门的检查、核查结果"),
    (External.AGENCY, "专业机构的专业结论"),
    (Measure.NONE, "无需后续处置"),
    (Measure.STOP, "停止检查，反馈至日常监管部门"),
    (Measure.RECTIFY, "责令改正，后续跟踪"),
    (Measure.CASE, "固定证据后移送办案机构"),
    (Measure.TRANSFER, "抄告或者移送其他部门"),
    (Measure.GUIDANCE, "行政指导"),
    (Measure.OTHER, "其他"),
    (StepKind.TERM, "定期限"),
    (StepKind.PLACE, "写明列入、公开的地方"),
    (StepKind.SENT, "送出"),
    (StepKind.RECEIPT, "收到回执"),
    (StepKind.APPROVED, "审批"),
    (StepKind.FILED, "存入文件"),
    (StepKind.REPORT, "收到整改报告"),
    (StepKind.APPOINTED, "安排复查"),
    (StepKind.RECHECKED, "复查"),
    (StepKind.CLOSED, "销号"),
    (StepKind.LED_ON, "转为另一种处置"),
    (Stage.TERM, "待定期限"),
    (Stage.CORRECTING, "整改中，待整改报告"),
    (Stage.REPORTED, "已收整改报告，待复查"),
    (Stage.APPOINTED, "已安排复查"),
    (Stage.FAILED, "复查不合格，待定下一步"),
    (Stage.RECEIVER, "待写明接收单位"),
    (Stage.SEND, "待送出"),
    (Stage.RECEIPT, "已送出，待回执"),
    (Stage.APPROVAL, "待审批"),
    (Stage.PLACE, "待写明列入、公开的地方"),
    (Stage.FILE, "待存入文件"),
    (Stage.READY, "待销号"),
    (Stage.CLOSED, "已销号"),
    (Stage.LED_ON, "已转为另一种处置"),
)

CHINESE: dict[tuple[type[StrEnum], str], str] = {(type(word), word.value): text for word, text in _WORDS}

# 发现问题待后续处理: the categories that may not be closed without a measure (S4: 后续处置无例外).
PROBLEMS: tuple[Category, ...] = (
    Category.UNCOOPERATIVE,
    Category.NOT_PUBLISHED,
    Category.FALSE_INFORMATION,
    Category.UNREACHABLE,
    Category.OWN_RULES,
    Category.OTHER_RULES,
)


def chinese(word: StrEnum) -> str:
    """The office's word for a state, role or kind."""
    return CHINESE[type(word), word.value]


def method_word(method: str) -> str:
    """A method in words: one of ours by its code, one of a profile as it stands."""
    return CHINESE.get((Method, method), method)


def method_code(word: str) -> str:
    """The other way round: what a result keeps for a profile's word."""
    return next((each.value for each in Method if chinese(each) == word), word)


def is_on_site(method: str) -> bool:
    """Whether a method takes people to the place, so that a photo can be asked for (实地检查, 实地巡查, 现场检查)."""
    return method_word(method).startswith(("实地", "现场"))
