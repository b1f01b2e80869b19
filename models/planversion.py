"""Versions of a year's plan: asked for by staff, approved by a leader, kept whole, owed to the public (DESIGN §4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from models import adjustment, holidays, people, publication
from models.act import Act, NoRight, Refused, key
from models.adjustment import Edit
from models.base import Instant
from models.people import Person
from models.plan import COLUMNS, Plan, Task
from models.publication import Publication
from models.words import PlanState, RequestState, Role, TaskState

_STAFF = frozenset({Role.STAFF, Role.ADMIN})


class PlanVersion(SQLModel, table=True):
    """A request for a version of the plan, and the version once it is approved; never changed after that.

    `number` counts the approved ones from 1. `code` and `reason` say why (empty for the first version), `changes` are
    the edits as `adjustment.Edit.stored` writes them. `rows` is the whole plan as this version has it: for each row
    the eleven columns by field name, and `state`. `paper` is the document by which it was approved outside the chat.
    """

    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id", index=True)
    number: int | None = None
    state: str = Field(default=RequestState.ASKED, index=True)
    code: str = ""
    reason: str = ""
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    rows: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    asked_by: int | None = Field(default=None, foreign_key="person.id")
    asked_at: datetime = Field(sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    answer: str = ""
    paper: str = ""


@dataclass(frozen=True)
class Waiting:
    """One request that waits for a leader; `may` says whether the actor can decide it."""

    version_id: int
    title: str
    # 首次发布, or the reason code of the adjustment.
    what: str
    changes: int
    asked_by: str
    asked_at: datetime
    may: bool


def ask(act: Act, plan: Plan, *, code: str = "", reason: str = "", edits: Sequence[Edit] = ()) -> PlanVersion:
    """送审: ask for the first version of a draft, or for an adjustment of a published plan with its reason code.

    Refused where a request waits already, where nobody could approve it, and where an edit cannot stand.
    """
    act.require(_STAFF, plan.unit_id)
    if open_request(act.session, key(plan)) is not None:
        raise Refused("这份计划已经有一份在等领导批准，批准或者撤回以后才能再送。")
    first = plan.state == PlanState.DRAFT
    if first and edits:
        raise Refused("计划还是草案，请直接修改后重新导入，不用调整。")
    if not first:
        if code not in act.policy.adjust_reasons:
            raise Refused("请选择调整的原因。")
        if not reason.strip():
            raise Refused("请写明调整的依据或者具体原因，例如开展大检查的文件名称和文号。")
        if not edits:
            raise Refused("还没有写要调整什么。请至少新增、变更或者取消一行。")
        adjustment.check(act, plan, edits)
    elif not _tasks(act.session, plan):
        raise Refused("计划里还没有任务，不能送审。请先导入计划表。")
    leaders = people.holders(act.session, Role.LEADER, plan.unit_id, without=(act.person_id,))
    if not leaders:
        raise Refused("还没有别的领导能批准这份计划。请管理员在人员表里写明领导，或者登记已经印发的文件。")
    row = PlanVersion(
        plan_id=key(plan),
        code=code,
        reason=reason.strip()[:500],
        changes=[each.stored(act.session) for each in edits],
        asked_by=act.person_id,
        asked_at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    act.record("ask_plan", "plan", plan.id, after={"request": row.id, "code": code, "changes": len(edits)})
    for leader in leaders:
        act.tell("plan_asked", f"plan_asked:{row.id}:{leader.id}", person=leader, dispatcher=act.actor, version=row.id)
    return row


def decide(act: Act, version_id: int, *, approves: bool, answer: str = "") -> PlanVersion:
    """通过 or 退回 by a leader who did not ask for it; with 通过 the edits are made and the version stands."""
    row = get(act.session, version_id)
    plan = act.session.get_one(Plan, row.plan_id)
    may_decide(act, row, plan)
    if not approves and not answer.strip():
        raise Refused("退回请写明原因。")
    row.decided_by, row.decided_at, row.answer = act.person_id, act.now, answer.strip()[:500]
    if approves:
        _stand(act, plan, row)
        act.record("approve_plan", "plan", plan.id, after={"version": row.number, "request": row.id})
    else:
        row.state = RequestState.RETURNED
        act.session.add(row)
        act.record("return_plan", "plan", plan.id, after={"request": row.id, "answer": row.answer})
    asker = act.session.get(Person, row.asked_by) if row.asked_by else None
    if asker is not None:
        act.tell("plan_decided", f"plan_decided:{row.id}", person=asker, dispatcher=act.actor, version=row.id)
    return row


def may_decide(act: Act, row: PlanVersion, plan: Plan) -> None:
    """NoRight for whoever is no leader of the plan's unit or asked for it; Refused where it is decided."""
    act.require({Role.LEADER}, plan.unit_id)
    if row.asked_by in (act.person_id, act.behalf.id if act.behalf else None):
        raise NoRight("自己送审的计划不能由自己批准，请由其他领导批准。")
    if row.state != RequestState.ASKED:
        raise Refused("这份申请已经办理过了。")


def drop(act: Act, version_id: int) -> PlanVersion:
    """撤回 a request that nobody has decided."""
    row = get(act.session, version_id)
    plan = act.session.get_one(Plan, row.plan_id)
    act.require(_STAFF, plan.unit_id)
    if row.state != RequestState.ASKED:
        raise Refused("这份申请已经办理过了，不能撤回。")
    row.state, row.decided_at = RequestState.DROPPED, act.now
    act.session.add(row)
    act.record("drop_plan_request", "plan", plan.id, after={"request": row.id})
    return row


def adopt(act: Act, plan: Plan, paper: str) -> PlanVersion:
    """登记印发: the draft was approved on paper, which is named by title and number; it stands as the first version."""
    act.require(_STAFF, plan.unit_id)
    if plan.state != PlanState.DRAFT:
        raise Refused("这份计划已经发布过了。要改动请按「调整计划」。")
    if not paper.strip():
        raise Refused("请写明批准或者印发这份计划的文件名称和文号。")
    if not _tasks(act.session, plan):
        raise Refused("计划里还没有任务，不能登记。请先导入计划表。")
    waiting = open_request(act.session, key(plan))
    if waiting is not None:
        waiting.state, waiting.decided_at = RequestState.DROPPED, act.now
        act.session.add(waiting)
    row = PlanVersion(
        plan_id=key(plan), asked_by=act.person_id, asked_at=act.now, decided_at=act.now, paper=paper.strip()[:200]
    )
    act.session.add(row)
    _stand(act, plan, row)
    act.record("adopt_plan", "plan", plan.id, after={"version": row.number, "paper": row.paper})
    return row


def pending(act: Act) -> list[Waiting]:
    """待批: the requests in the units where the actor is leader or staff, the oldest first."""
    found = (
        select(PlanVersion, Plan)
        .join(Plan, col(Plan.id) == col(PlanVersion.plan_id))
        .where(PlanVersion.state == RequestState.ASKED)
        .order_by(col(PlanVersion.asked_at), col(PlanVersion.id))
    )
    return [
        Waiting(
            version_id=key(row),
            title=plan.title,
            what=row.code or "首次发布",
            changes=len(row.changes),
            asked_by=name_of(act.session, row.asked_by),
            asked_at=row.asked_at,
            may=act.may({Role.LEADER}, plan.unit_id) and row.asked_by != act.person_id,
        )
        for row, plan in act.session.exec(found)
        if act.may({Role.LEADER, *_STAFF}, plan.unit_id)
    ]


def get(session: Session, version_id: int) -> PlanVersion:
    """The request or version, or a polite refusal."""
    found = session.get(PlanVersion, version_id)
    if found is None:
        raise Refused("没有找到这一份，请重新发送 /plan。")
    return found


def open_request(session: Session, plan_id: int) -> PlanVersion | None:
    """The request that waits."""
    asked = (PlanVersion.plan_id == plan_id, PlanVersion.state == RequestState.ASKED)
    return session.exec(select(PlanVersion).where(*asked)).first()


def of_plan(session: Session, plan_id: int) -> list[PlanVersion]:
    """The versions of a plan, the newest first; requests that became none are left out."""
    stands = (PlanVersion.plan_id == plan_id, PlanVersion.state == RequestState.APPROVED)
    return list(session.exec(select(PlanVersion).where(*stands).order_by(col(PlanVersion.number).desc())))


def name_of(session: Session, person_id: int | None) -> str:
    """The name of somebody who asked or decided."""
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else ""


def publication_of(session: Session, row: PlanVersion) -> Publication | None:
    """What is owed to the public for a version: subject `plan` for the first, `plan_change` for the later ones."""
    return publication.of(session, subject_of(row), key(row))


def subject_of(row: PlanVersion) -> str:
    """The subject under which a version is published, as profiles name it."""
    return "plan" if row.number == 1 else "plan_change"


def published(act: Act, version_id: int, *, channel: str, link: str) -> Publication:
    """登记公示 of a version; also where the profile does not ask for it."""
    row = get(act.session, version_id)
    plan = act.session.get_one(Plan, row.plan_id)
    act.require(_STAFF, plan.unit_id)
    if row.state != RequestState.APPROVED:
        raise Refused("还没有批准的计划不能公示。")
    if not channel.strip():
        raise Refused("请写明在哪里公示。")
    owed = publication_of(act.session, row)
    if owed is not None and owed.done_on is not None:
        raise Refused("这一版已经登记过公示。")
    owed = owed or Publication(subject=subject_of(row), subject_id=key(row), due=act.now.date())
    owed.done_on, owed.channel, owed.link, owed.registered_at = act.now.date(), channel.strip(), link.strip(), act.now
    owed.reason = ""
    act.session.add(owed)
    act.record("publish_plan", "plan", plan.id, after={"version": row.number, "channel": channel, "link": link})
    return owed


def unpublished(act: Act) -> list[tuple[PlanVersion, Plan, Publication]]:
    """Versions that the profile wants published and that are not, in the actor's units, the most urgent first."""
    found = (
        select(PlanVersion, Plan, Publication)
        .join(Plan, col(Plan.id) == col(PlanVersion.plan_id))
        .join(Publication, col(Publication.subject_id) == col(PlanVersion.id))
        .where(col(Publication.subject).in_(["plan", "plan_change"]), col(Publication.done_on).is_(None))
        .where(col(Publication.reason) == "")
        .order_by(col(Publication.due), col(PlanVersion.id))
    )
    return [(row, plan, owed) for row, plan, owed in act.session.exec(found) if act.may(_STAFF, plan.unit_id)]


def _stand(act: Act, plan: Plan, row: PlanVersion) -> None:
    """Make the edits, number the version, keep the whole plan in it, owe its publication."""
    adjustment.make(act, plan, [Edit.restored(each) for each in row.changes])
    last = act.session.exec(select(func.max(PlanVersion.number)).where(PlanVersion.plan_id == plan.id)).one()
    row.number, row.state = (last or 0) + 1, RequestState.APPROVED
    plan.state, plan.version = PlanState.PUBLISHED, row.number
    act.session.add(plan)
    act.session.flush()
    row.rows = [_snapshot(task) for task in _tasks(act.session, plan)]
    act.session.add(row)
    act.session.flush()
    if subject_of(row) in act.policy.publication.subjects:
        day = holidays.calendar(act.session).add(act.now.date(), act.policy.publication.days)
        act.session.add(
            Publication(subject=subject_of(row), subject_id=key(row), due=day.date, estimated=day.estimated)
        )
        act.session.flush()


def _snapshot(task: Task) -> dict[str, str]:
    return {name: getattr(task, name) for name in COLUMNS} | {"state": task.state}


def _tasks(session: Session, plan: Plan) -> list[Task]:
    """The rows that a version has: all but the withdrawn ones."""
    standing = (Task.plan_id == plan.id, Task.state != TaskState.WITHDRAWN)
    return list(session.exec(select(Task).where(*standing).order_by(col(Task.row), col(Task.id))))
