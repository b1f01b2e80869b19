"""录入与确认: numbers of a lottery or of real dice become a draw once a second person has compared them (DESIGN §3)."""

from datetime import datetime

from sqlmodel import Session, col, select

from models import ceremony, draw, drawing, lottery
from models.act import Act, NoRight, Refused, key
from models.base import SHANGHAI
from models.ceremony import Ceremony
from models.draw import Draw
from models.people import Group, Person
from models.plan import Task
from models.source import Entered
from models.throws import CHAT_DICE
from models.words import DrawState, Role

_STAFF = {Role.STAFF, Role.ADMIN}


def get(session: Session, entered_id: int) -> Entered:
    """The numbers, or a polite refusal."""
    found = session.get(Entered, entered_id)
    if found is None:
        raise Refused("没有找到这份录入的号码。")
    return found


def waiting(session: Session, ceremony_id: int) -> Entered | None:
    """The numbers that wait to be confirmed."""
    found = select(Entered).where(Entered.ceremony_id == ceremony_id, Entered.state == "waiting")
    return session.exec(found).first()


def of_ceremony(session: Session, ceremony_id: int) -> list[Entered]:
    """All numbers that were ever entered, the refused ones too, oldest first."""
    return list(session.exec(select(Entered).where(Entered.ceremony_id == ceremony_id).order_by(col(Entered.id))))


def standing(act: Act, ceremony_id: int) -> tuple[Ceremony, list[Draw]]:
    """What waits for numbers now; refused before a lottery is drawn, after the deadline, and for dice in the chat."""
    row = ceremony.get(act.session, ceremony_id)
    found = select(Draw).where(Draw.ceremony_id == row.id, Draw.state == DrawState.OPEN).order_by(col(Draw.serial))
    draws = list(act.session.exec(found))
    if not draws:
        raise Refused("这份公告已经结束，不能再录入号码。")
    if row.rule.get("kind", CHAT_DICE[0]) in CHAT_DICE:
        raise Refused("这份公告由见证人在群里掷骰，不用录入号码。")
    if any(draw.under_way(act.session, each) for each in draws):
        raise Refused("号码已经确认，正在抽取，不能再录入。")
    if draws[0].deadline <= act.now:
        raise Refused("已经过了截止时间，不能再录入号码。")
    if row.opens_at is not None and act.now < row.opens_at:
        raise Refused(f"这一期{row.rule['game']}还没有开奖（{_moment(row.opens_at)}开奖），开奖后再录入。")
    return row, draws


def may_enter(act: Act, ceremony_id: int) -> Ceremony:
    """Whether the actor can enter numbers now; refused with the reason where not."""
    row, draws = standing(act, ceremony_id)
    task = act.session.get_one(Task, draws[0].task_id)
    act.require(_STAFF, task.unit_id or 0)
    if (there := waiting(act.session, ceremony_id)) is not None:
        who = act.session.get_one(Person, there.entered_by)
        raise Refused(f"{who.name}录入的号码正在等待另一人确认。如果有误，请先在工作群里点「不同意」，再重新录入。")
    return row


def enter(act: Act, ceremony_id: int, text: str) -> Entered:
    """录入: kept as they are, shown in the group, and of no effect before somebody else confirms them."""
    row = may_enter(act, ceremony_id)
    try:
        numbers = read(row, text)
    except ValueError as error:
        raise Refused(str(error)) from error
    made = Entered(ceremony_id=key(row), numbers=numbers, entered_by=act.person_id, entered_at=act.now)
    act.session.add(made)
    act.session.flush()
    first = announced(act.session, key(row))[0]
    act.record("enter_numbers", "draw", first.id, after={"entered": made.id, "numbers": numbers})
    act.tell(
        "numbers",
        f"numbers:{made.id}",
        group=act.session.get_one(Group, row.group_id),
        dispatcher=act.actor,
        replies=f"announce:{first.id}",
        entered=made.id,
    )
    return made


def read(row: Ceremony, text: str) -> list[list[int]]:
    """A text as the numbers that a ceremony asks for. Raises ValueError, one Chinese sentence."""
    if row.rule["kind"] == "hand":
        return lottery.read_dice(int(row.rule["dice"][1:]), row.rule["count"], text)
    game = lottery.game(row.rule["game"])
    if game is None:
        raise ValueError(f"不认识「{row.rule['game']}」的号码，请联系管理员。")
    return lottery.read(game, text)


def confirm(act: Act, entered_id: int, group_id: int | None) -> list[Draw]:
    """确认 by somebody else, in the group where it was announced: the draws are made by it."""
    found, _, draws = _decided(act, entered_id, group_id)
    if found.entered_by == act.person_id:
        raise Refused("号码是您录入的，请由另一人对照公开的结果核对后确认。", alert=True)
    found.state, found.decided_by, found.decided_at = "confirmed", act.person_id, act.now
    act.session.add(found)
    act.record("confirm_numbers", "draw", draws[0].id, after={"entered": found.id, "numbers": found.numbers})
    for each in draws:
        drawing.make_confirmed(act, each)
    return draws


def refuse(act: Act, entered_id: int, group_id: int | None) -> Entered:
    """不同意: the numbers stay on the record and are entered anew; whoever entered them may take them back so too."""
    found, _, draws = _decided(act, entered_id, group_id)
    found.state, found.decided_by, found.decided_at = "refused", act.person_id, act.now
    act.session.add(found)
    act.record("refuse_numbers", "draw", draws[0].id, after={"entered": found.id, "numbers": found.numbers})
    return found


def _decided(act: Act, entered_id: int, group_id: int | None) -> tuple[Entered, Ceremony, list[Draw]]:
    """Numbers that somebody bound decides on now, before everybody's eyes."""
    found = get(act.session, entered_id)
    if act.actor is None:
        raise NoRight
    if found.state != "waiting":
        done = "确认" if found.state == "confirmed" else "退回"
        raise Refused(f"这份号码已经{done}，不用再办理。")
    row, draws = standing(act, found.ceremony_id)
    if group_id is None or group_id != row.group_id:
        raise Refused("请在发布公告的工作群里办理。")
    return found, row, draws


def announced(session: Session, ceremony_id: int) -> list[Draw]:
    """All announcements that the numbers decide, by serial, also those that were withdrawn."""
    return list(session.exec(select(Draw).where(Draw.ceremony_id == ceremony_id).order_by(col(Draw.serial))))


def _moment(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.month} 月 {local.day} 日 {local:%H:%M}"
