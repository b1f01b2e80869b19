"""录入、确认、复核: what a team found, confirmed by a colleague, passed by somebody outside it (DESIGN §5.3)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint, cast, or_
from sqlmodel import Field, Session, SQLModel, col, func, select

from models import attachment, change, conclusion, draw, followup, people, publication, visit
from models.act import Act, NoRight, Refused, key
from models.base import Instant
from models.entity import Entity
from models.people import Person
from models.plan import Task
from models.policy import Policy
from models.visit import Visit
from models.words import (
    PROBLEMS,
    Category,
    Measure,
    Method,
    Role,
    SeatState,
    VisitState,
    chinese,
    is_on_site,
    method_code,
    method_word,
)


class Result(SQLModel, table=True):
    """One version of a visit's result; a returned one is followed by a new version, never changed."""

    __table_args__ = (UniqueConstraint("visit_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    version: int
    categories: list[str] = Field(default_factory=list, sa_type=JSON)
    methods: list[str] = Field(default_factory=list, sa_type=JSON)
    measures: list[str] = Field(default_factory=list, sa_type=JSON)
    # Findings in the inspector's words.
    findings: str = ""
    # 采用外部结论: whose, of which sort (`External`), its number, day and the file that shows it; empty: our own check.
    external_source: str = ""
    external_kind: str = ""
    external_number: str = ""
    external_on: date | None = None
    external_digest: str = ""
    checked_on: date
    entered_by: int = Field(foreign_key="person.id")
    entered_at: datetime = Field(sa_type=Instant)


class Opinion(SQLModel, table=True):
    """One person's word on a result: a colleague's 确认 or 有异议, a reviewer's 通过 or 退回."""

    __table_args__ = (UniqueConstraint("result_id", "person_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    result_id: int = Field(foreign_key="result.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    kind: str
    agrees: bool
    reason: str = ""
    at: datetime = Field(sa_type=Instant)


def latest(session: Session, visit_id: int) -> Result | None:
    """The newest version of a visit's result."""
    return session.exec(
        select(Result).where(Result.visit_id == visit_id).order_by(col(Result.version).desc()).limit(1)
    ).first()


def opinions(session: Session, result_id: int) -> list[Opinion]:
    """What was said about a result, oldest first."""
    return list(session.exec(select(Opinion).where(Opinion.result_id == result_id).order_by(col(Opinion.id))))


def with_problems(act: Act, limit: int) -> list[tuple[Visit, Entity, str]]:
    """Passed visits of the actor's units with problems, corrected ones included, the newest first.

    With the entity and the names of the follow-ups that there are: what staff choose from to add another one.
    """
    newest = select(Result.visit_id, func.max(Result.version).label("version")).group_by(col(Result.visit_id))
    last = newest.subquery()
    kinds = cast(col(Result.categories), String)
    rows = (
        select(Visit, Entity, Task.unit_id)
        .join(Entity, col(Entity.id) == col(Visit.entity_id))
        .join(Task, col(Task.id) == col(Visit.task_id))
        .join(Result, col(Result.visit_id) == col(Visit.id))
        .join(last, (last.c.visit_id == Result.visit_id) & (last.c.version == Result.version))
        .where(col(Visit.state).in_([VisitState.PASSED, VisitState.PUBLISHED]))
        .where(or_(*(kinds.like(f'%"{each}"%') for each in (*PROBLEMS, Category.CORRECTED))))
        .order_by(col(Visit.passed_at).desc(), col(Visit.id).desc())
    )
    found: list[tuple[Visit, Entity, str]] = []
    for one, entity, unit_id in act.session.exec(rows):
        if len(found) == limit:
            break
        if act.may(followup.STAFF, unit_id or 0):
            labels = "、".join(followup.words_of(each) for each in followup.of_visit(act.session, key(one)))
            found.append((one, entity, labels))
    return found


def may_enter(act: Act, visit_id: int) -> Visit:
    """The visit, if the actor is on its team and its result is still to be entered."""
    found = visit.get(act.session, visit_id)
    visit.seat_of(act, visit_id)
    if found.state == VisitState.DRAWN:
        raise Refused("这项检查还没有派发，不能录入结果。")
    if found.state not in visit.OPEN or found.state == VisitState.ENTERED:
        raise Refused("这项检查的结果已经提交，不能再录入。需要更正时请复核人退回。")
    for seat, inspector in visit.team(act.session, visit_id):
        if seat.state in {SeatState.RECUSAL_ASKED, SeatState.ABSENCE_ASKED}:
            raise Refused(f"{inspector.name}的{chinese(SeatState(seat.state))}还没有答复，检查组未定，不能录入结果。")
    if change.standing(act.session, visit_id):
        raise Refused("这一户已报告对象不在，还没有答复，不能录入结果。")
    return found


def submit(act: Act, visit_id: int, fields: dict[str, Any]) -> Result:
    """提交: a new version, shown to the colleagues. `fields` are those of the form (handlers/result.py)."""
    found = may_enter(act, visit_id)
    categories = [Category(each) for each in fields.get("categories", [])]
    taken = conclusion.named(act, visit_id, fields.get("external") or {})
    methods = _methods(act, fields.get("methods", []), taken)
    measures = [Measure(each) for each in fields.get("measures", [])]
    if not categories:
        raise Refused("请至少选择一项检查结果。")
    if Category.NO_PROBLEM in categories and len(categories) > 1:
        raise Refused("「未发现问题」不能与其他结果同时选择，请重新选择。")
    problems = [each for each in categories if each in PROBLEMS]
    if problems and not [each for each in measures if each != Measure.NONE]:
        raise Refused("发现问题待后续处理的，必须选择后续处置措施（后续处置无例外）。")
    if problems and not str(fields.get("findings", "")).strip():
        raise Refused("发现问题的，请写明发现了什么问题。")
    photos = [each for each in attachment.of(act.session, "visit", visit_id) if each.kind in {"photo", "video"}]
    on_site = next((method_word(each) for each in methods if is_on_site(each)), "")
    if act.policy.photo_required and on_site and not photos:
        raise Refused(f"{on_site}须留存影像资料。请先回复任务卡片发一张照片，再提交。")
    before = latest(act.session, visit_id)
    row = Result(
        visit_id=visit_id,
        version=before.version + 1 if before else 1,
        categories=[str(each) for each in categories],
        methods=methods,
        measures=[str(each) for each in measures or [Measure.NONE]],
        findings=str(fields.get("findings", "")).strip(),
        external_kind=str(taken.kind) if taken else "",
        external_source=taken.source if taken else "",
        external_number=taken.number if taken else "",
        external_on=taken.day if taken else None,
        external_digest=taken.digest if taken else "",
        checked_on=act.now.date(),
        entered_by=act.person_id,
        entered_at=act.now,
    )
    act.session.add(row)
    found.state = VisitState.ENTERED
    act.session.add(found)
    act.session.flush()
    after: dict[str, Any] = {"version": row.version, "categories": row.categories}
    if taken:
        after["external"] = conclusion.text(taken.source, taken.day, taken.number)
    act.record("submit", "visit", visit_id, after=after)
    _ask_colleagues(act, found, row)
    return row


def methods_of(policy: Policy) -> list[str]:
    """What the form offers, in the profile's order: our codes where a word has one, else the profile's own word."""
    return [method_code(each) for each in policy.methods]


def external_text(row: Result) -> str:
    """采用外部结论 in words; empty where the team made the check itself."""
    return conclusion.text(row.external_source, row.external_on, row.external_number)


def _methods(act: Act, given: Sequence[str], taken: conclusion.Conclusion | None) -> list[str]:
    """The ways in which the check was made: ours or the profile's own; its first one where none is named."""
    offered = methods_of(act.policy)
    methods = [str(each) for each in given]
    if unknown := [each for each in methods if each not in offered and each not in set(Method)]:
        raise Refused(f"没有「{'」「'.join(unknown)}」这种检查方式，请重新选择。")
    if taken and Method.OTHER_AUTHORITY not in methods:
        methods.append(Method.OTHER_AUTHORITY.value)
    return methods or offered[:1]


def colleagues(session: Session, found: Visit, row: Result) -> list[tuple[int, Person]]:
    """Who can confirm: the other members of the team, with the id of their unit."""
    members = []
    for seat, inspector in visit.team(session, key(found)):
        person = session.get(Person, inspector.person_id) if inspector.person_id else None
        if person is not None and person.id != row.entered_by:
            members.append((seat.unit_id, person))
    return members


def confirm(act: Act, visit_id: int) -> bool:
    """确认 by a colleague; tells whether the team has confirmed as a whole (one of each unit, never the enterer)."""
    found, row = _entered(act, visit_id)
    _say(act, row, "confirm", agrees=True)
    act.record("confirm", "visit", visit_id, after={"version": row.version})
    agreed = {each.person_id for each in opinions(act.session, key(row)) if each.kind == "confirm" and each.agrees}
    members = colleagues(act.session, found, row)
    units = {unit_id for unit_id, _ in members}
    if {unit_id for unit_id, person in members if person.id in agreed} != units:
        return False
    found.state = VisitState.CONFIRMED
    act.session.add(found)
    _ask_reviewers(act, found, row)
    return True


def dispute(act: Act, visit_id: int, reason: str) -> None:
    """有异议: back to the enterer, and the dispatcher is told."""
    found, row = _entered(act, visit_id)
    if not reason.strip():
        raise Refused("请写明有什么异议。")
    _say(act, row, "confirm", agrees=False, reason=reason.strip())
    found.state = VisitState.DISPUTED
    act.session.add(found)
    act.record("dispute", "visit", visit_id, after={"version": row.version})
    enterer = act.session.get_one(Person, row.entered_by)
    told = {key(person): person for person in [enterer, *visit.deciders(act.session, found)]}
    for person in told.values():
        act.tell(
            "disputed",
            f"disputed:{row.id}:{act.person_id}:{person.id}",
            person=person,
            visit=visit_id,
            by=act.person.name,
            reason=reason.strip(),
        )


def waiting_for_review(act: Act) -> list[Visit]:
    """Visits that the actor may review now."""
    found = act.session.exec(select(Visit).where(Visit.state == VisitState.CONFIRMED).order_by(col(Visit.id)))
    return [each for each in found if _may_review(act, each)]


def review(act: Act, visit_id: int, *, passes: bool, reason: str = "") -> bool:
    """通过 or 退回 by a reviewer outside the team; tells whether the whole draw is now checked."""
    found = visit.get(act.session, visit_id)
    task = act.session.get_one(Task, found.task_id)
    act.require({Role.REVIEWER}, task.unit_id or 0)
    if not _may_review(act, found):
        raise NoRight("复核人不能是检查组成员，请由其他复核人办理。")
    row = latest(act.session, visit_id)
    if found.state != VisitState.CONFIRMED or row is None:
        raise Refused("这项结果已经复核过，或者还没有确认，不能复核。")
    if not passes and not reason.strip():
        raise Refused("退回请写明理由。")
    _say(act, row, "review", agrees=passes, reason=reason.strip())
    act.record("pass" if passes else "return", "visit", visit_id, after={"version": row.version})
    if not passes:
        found.state = VisitState.RETURNED
        act.session.add(found)
        act.tell(
            "returned",
            f"returned:{row.id}:{act.person_id}",
            person=act.session.get_one(Person, row.entered_by),
            dispatcher=act.actor,
            visit=visit_id,
            reason=reason.strip(),
        )
        return False
    found.state, found.passed_at = VisitState.PASSED, act.now
    act.session.add(found)
    act.session.flush()
    followup.open_for(act, found, row.measures, row.categories)
    publication.owe(act, found, row.checked_on)
    return draw.finished(act, found.draw_id) if found.draw_id else False


def _may_review(act: Act, found: Visit) -> bool:
    task = act.session.get_one(Task, found.task_id)
    if not act.may({Role.REVIEWER}, task.unit_id or 0):
        return False
    own = visit.inspector_of(act.session, act.person_id)
    return own is None or own.id not in visit.ever_on(act.session, key(found))


def _entered(act: Act, visit_id: int) -> tuple[Visit, Result]:
    """A result that waits for the actor's word."""
    found = visit.get(act.session, visit_id)
    visit.seat_of(act, visit_id)
    row = latest(act.session, visit_id)
    if found.state != VisitState.ENTERED or row is None:
        raise Refused("这项结果现在不需要确认：可能已经确认、退回或者重新录入。")
    if row.entered_by == act.person_id:
        raise Refused("结果是您自己录入的，须由同组另一位检查人员确认。", alert=True)
    return found, row


def _say(act: Act, row: Result, kind: str, *, agrees: bool, reason: str = "") -> None:
    said = [each for each in opinions(act.session, key(row)) if each.kind == kind and each.person_id == act.person_id]
    if said:
        raise Refused("您已经表示过意见了。")
    act.session.add(
        Opinion(result_id=key(row), person_id=act.person_id, kind=kind, agrees=agrees, reason=reason, at=act.now)
    )
    act.session.flush()


def _ask_colleagues(act: Act, found: Visit, row: Result) -> None:
    asked = colleagues(act.session, found, row)
    sender = act.session.get(Person, found.dispatcher_id) if found.dispatcher_id else None
    for _, person in asked:
        act.tell(
            "confirm",
            f"confirm:{row.id}:{person.id}",
            person=person,
            dispatcher=sender or act.actor,
            visit=found.id,
            version=row.version,
        )
    if not asked:
        # Nobody of the team has an account: the dispatcher must see to it (代办).
        for person in visit.deciders(act.session, found):
            act.tell("nobody_confirms", f"nobody_confirms:{row.id}:{person.id}", person=person, visit=found.id)


def _ask_reviewers(act: Act, found: Visit, row: Result) -> None:
    task = act.session.get_one(Task, found.task_id)
    members = {
        inspector.person_id for _, inspector in visit.team(act.session, key(found)) if inspector.person_id is not None
    }
    reviewers = people.holders(act.session, Role.REVIEWER, task.unit_id or 0, without=members)
    sender = act.session.get(Person, found.dispatcher_id) if found.dispatcher_id else None
    for person in reviewers:
        act.tell(
            "review",
            f"review:{row.id}:{person.id}",
            person=person,
            dispatcher=sender,
            visit=found.id,
            version=row.version,
        )
    if not reviewers:
        for person in visit.deciders(act.session, found):
            act.tell("nobody_reviews", f"nobody_reviews:{row.id}:{person.id}", person=person, visit=found.id)
