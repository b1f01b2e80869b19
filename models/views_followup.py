"""Read models of the papers of 后续处置: 责令改正通知书, 复查意见书, 移送函. Conventions as in models.views."""

from dataclasses import dataclass
from datetime import date

from models.views import EntityView, InspectorView, LetterView, TaskView


@dataclass(frozen=True, kw_only=True)
class ProblemView:
    """One problem that was found, the rule it breaks, and what has to be done about it."""

    found: str
    rule: str  # the law it breaks, with article; empty: to be written
    demand: str  # 改正要求; empty: 依法改正


@dataclass(frozen=True, kw_only=True)
class FollowupLetterView(LetterView):
    """What every letter of 后续处置 has."""

    task: TaskView
    serial: int  # visit number within the task, from 1; part of the file name
    entity: EntityView
    checked_on: date
    inspectors: tuple[InspectorView, ...]
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True)
class RectificationView(FollowupLetterView):
    """责令改正通知书 to one entity."""

    problems: tuple[ProblemView, ...]
    basis: str  # the law under which correction is ordered; empty: to be written
    rectify_by: date | None
    report_to: str  # where the 整改报告 goes; empty: the office
    complaint_phone: str
    review_organ: str  # as in NoticeView
    court: str


@dataclass(frozen=True, kw_only=True)
class RecheckRowView:
    """One problem and what the recheck found."""

    problem: str
    demand: str
    found: str  # 复查情况
    done: bool | None  # 已改正; None: to be written


@dataclass(frozen=True, kw_only=True)
class RecheckView(FollowupLetterView):
    """复查意见书: whether what was ordered is done (验收合格的予以销号)."""

    order_number: str  # 文号 of the 责令改正通知书; empty: to be written
    order_date: date | None
    rectify_by: date | None
    reported_on: date | None  # 整改报告 received
    rechecked_on: date | None
    rows: tuple[RecheckRowView, ...]
    passed: bool | None  # None: not decided yet, to be ticked
    next_step: str  # where it did not pass: 立案查处; empty: to be written
    complaint_phone: str
    review_organ: str
    court: str


@dataclass(frozen=True, kw_only=True)
class MaterialView:
    """One thing handed over with a transfer."""

    name: str
    count: str  # 1份3页; empty: to be written
    note: str  # 原件, 复印件, digest


@dataclass(frozen=True, kw_only=True)
class TransferView(FollowupLetterView):
    """移送函 to another office, with the list of materials and the receipt that comes back."""

    receiver: str  # 主送
    criminal: bool  # 涉嫌犯罪: to the judicial organs, which says so and asks for their decision
    facts: str  # what was found
    basis: str  # the law under which it is handed over; empty: to be written
    suspected: str  # what rule seems broken; empty: to be written
    materials: tuple[MaterialView, ...]
    reply_by: date | None
