"""文书: hands documents out as Word files, to whoever may have them, and keeps on the record who got which."""

from handlers import followup_paper
from handlers.answer import Answer, Key, column, key
from handlers.issue import hand_out as _hand_out
from handlers.registry import Ask, button
from models import draw, followup, papers, visit
from models.act import Refused
from models.entity import Entity
from models.letterhead import OVERSEERS, STAFF
from models.plan import Task
from models.words import VisitState
from templates.texts import say


@button("doc_announcement")
def announcement(ask: Ask) -> Answer | None:
    """抽取公告: public, also in the group."""
    number = ask.number()
    view = papers.announcement(ask.act, number)
    return _hand_out(ask, view, "draw", number, say("paper.announcement", serial=view.serial), public=True)


@button("doc_record")
def record(ask: Ask) -> Answer | None:
    """抽取记录: without names in the group; with names in private for those who may see them."""
    number = ask.number()
    task = ask.act.session.get_one(Task, draw.get(ask.act.session, number).task_id)
    names = ask.private and ask.act.may(OVERSEERS, task.unit_id or 0)
    view = papers.draw_record(ask.act, number, names=names)
    text = say("paper.record_named" if names else "paper.record", serial=view.serial)
    return _hand_out(ask, view, "draw", number, text, public=not names)


@button("doc_assignment")
def assignment(ask: Ask) -> Answer | None:
    """任务通知书: the presser's own, or that of an inspector who is named, for those who oversee."""
    number = ask.number()
    inspector_id = ask.number(1) if len(ask.args) > 1 else 0
    if not inspector_id:
        inspector = visit.inspector_of(ask.act.session, ask.act.person_id)
        if inspector is None or inspector.id is None:
            raise Refused(str(say("paper.not_inspector")))
        inspector_id = inspector.id
    view = papers.assignment(ask.act, number, inspector_id)
    return _hand_out(ask, view, "draw", number, say("paper.assignment", n=len(view.entities)))


@button("doc_notice")
def notice(ask: Ask) -> Answer | None:
    """检查通知书 of a visit."""
    number = ask.number()
    return _hand_out(ask, papers.notice(ask.act, number), "visit", number, say("paper.notice"))


@button("doc_form")
def form(ask: Ask) -> Answer | None:
    """检查记录表 of a visit: blank before the result, filled after it."""
    number = ask.number()
    view = papers.check_form(ask.act, number)
    text = say("paper.form_filled" if view.checked_on else "paper.form_blank")
    return _hand_out(ask, view, "visit", number, text)


@button("doc_publication")
def publication(ask: Ask) -> Answer | None:
    """结果公示表 of a draw."""
    number = ask.number()
    view = papers.publication(ask.act, number)
    return _hand_out(ask, view, "draw", number, say("paper.publication", n=len(view.rows)))


@button("doc_chase")
def chase(ask: Ask) -> Answer | None:
    """催报通知 to the unit of a deadline."""
    number = ask.number()
    view = papers.chase(ask.act, number)
    return _hand_out(ask, view, "deadline", number, say("paper.chase", unit=view.unit))


@button("papers")
def menu(ask: Ask) -> Answer | None:
    """文书: what there is for one visit, as far as the presser may have it."""
    act, found = ask.act, visit.get(ask.act.session, ask.number())
    task = act.session.get_one(Task, found.task_id)
    staff = act.may(STAFF, task.unit_id or 0)
    team = {each.person_id for _, each in visit.team(act.session, found.id or 0)}
    if act.person_id not in team and not act.may(papers.SEES_VISITS, task.unit_id or 0):
        raise Refused(str(say("paper.not_yours")), alert=True)
    keys: list[Key] = []
    if found.state not in {VisitState.DRAWN, VisitState.CANCELLED}:
        keys += [key("检查通知书", "doc_notice", found.id or 0), key("检查记录表", "doc_form", found.id or 0)]
        if found.draw_id and act.person_id in team:
            keys.append(key("任务通知书", "doc_assignment", found.draw_id))
    if found.draw_id:
        if draw.get(act.session, found.draw_id).announced:
            keys.append(key("抽取公告", "doc_announcement", found.draw_id))
            keys.append(key("抽取记录", "doc_record", found.draw_id))
        if staff and found.state in {VisitState.PASSED, VisitState.PUBLISHED}:
            keys.append(key("结果公示表", "doc_publication", found.draw_id))
    for row in followup.of_visit(act.session, found.id or 0):
        if followup.may_see(act, found):
            keys += followup_paper.paper_keys(row)
    if not keys:
        raise Refused(str(say("paper.none")))
    entity = act.session.get_one(Entity, found.entity_id)
    text = say("paper.menu", what=visit.label(found), name=entity.name)
    return Answer(text, column(*keys), privately=True, toast="" if ask.private else str(say("paper.sent_privately")))
