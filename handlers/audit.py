"""留痕: whether the chain of the record is whole, and the last acts in plain words, of all or of one task."""

from sqlmodel import col, or_, select

from handlers.answer import Answer, column, key
from handlers.registry import Ask, button, command
from models import audit, people
from models.act import Act, NoRight, Refused
from models.act import key as id_of
from models.audit import Audit
from models.draw import Draw
from models.people import Person
from models.plan import Task
from models.visit import Visit
from models.words import Role
from templates.texts import Html, lines, say

_MAY = frozenset({Role.ADMIN, Role.LEADER})
_SHOWN = 20


@command("audit", "留痕", "检查留痕是否完整，查看最近办理的事项", roles=_MAY, who="管理员、领导")
def show(ask: Ask) -> Answer | None:
    """The chain as it is now, the last acts, and a button for each task that has some."""
    _may(ask)
    session = ask.act.session
    breaks = [sentence for _, sentence in audit.check(session)]
    whole = say("audit.whole", n=f"{audit.size(session):,}", head=audit.head(session))
    rows = session.exec(select(Audit).order_by(col(Audit.id).desc()).limit(_SHOWN)).all()
    drawn = session.exec(select(Task).where(col(Task.id).in_(select(Draw.task_id))).order_by(col(Task.plan_no)))
    keys = [key(f"{task.plan_no} {task.name[:20]}", "audit_task", id_of(task)) for task in drawn]
    state = [say("audit.broken"), *breaks[:_SHOWN]] if breaks else [whole]
    return Answer(lines(*state, say("audit.last"), *_told(ask.act, rows)), column(*keys[:_SHOWN]))


@button("audit_task")
def of_task(ask: Ask) -> Answer | None:
    """The last acts that concern one task, its draws and its visits."""
    _may(ask)
    session = ask.act.session
    task = session.get(Task, ask.number())
    if task is None:
        raise Refused("没有找到这项任务。")
    own = or_(
        (col(Audit.subject) == "task") & (col(Audit.subject_id) == task.id),
        (col(Audit.subject) == "draw") & col(Audit.subject_id).in_(select(Draw.id).where(Draw.task_id == task.id)),
        (col(Audit.subject) == "visit") & col(Audit.subject_id).in_(select(Visit.id).where(Visit.task_id == task.id)),
    )
    rows = session.exec(select(Audit).where(own).order_by(col(Audit.id).desc()).limit(_SHOWN)).all()
    return Answer(lines(say("audit.of_task", no=task.plan_no, name=task.name), *_told(ask.act, rows)))


def _told(act: Act, rows: object) -> list[Html]:
    found = []
    for row in rows:  # type: ignore[attr-defined]
        actor = act.session.get(Person, row.actor_id) if row.actor_id else None
        found.append(
            say(
                "audit.line",
                n=row.id,
                at=f"{row.at:%m-%d %H:%M}",
                who=actor.name if actor else "签筒",
                verb=say(f"audit.verb_{row.verb}"),
            )
        )
    return found


def _may(ask: Ask) -> None:
    if not ask.private:
        raise Refused("留痕里有姓名，请在与我的私聊里查看。")
    office = people.root(ask.act.session)
    if office is None or not ask.act.may(_MAY, id_of(office)):
        raise NoRight
