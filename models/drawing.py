"""The draw being made: the throw that is enough, or confirmed numbers, and what is written then (PROTOCOL §§4, 5)."""

import json

from models import draw as draws
from models import form, pool, record
from models.act import Act, Refused, key
from models.base import KEYRING
from models.draw import Die, Draw, DrawFile
from models.making import Making, large
from models.people import Person
from models.plan import Task
from models.seating import Seating, seat_experts, seating
from models.words import DrawState, TaskState


def throw(act: Act, draw_id: int, die: Die) -> bool:
    """A witness's throw in reply to the announcement; tells whether a draw was made by it.

    Where the message carries several announcements it counts for each of them that still waits, by its own conditions.
    """
    carried = draws.together(act.session, draws.get(act.session, draw_id))
    waiting = [each for each in carried if each.state == DrawState.OPEN]
    if not waiting:
        raise Refused("这份公告的掷骰已经结束，这次不计入。")
    kept: list[Draw] = []
    refused: Refused | None = None
    for draw in waiting:
        if draws.under_way(act.session, draw):
            refused = refused or Refused("掷骰已经够了，正在抽取，这次不计入。")
            continue
        try:
            draws.check_throw(die, rule=draws.rule_of(draw), deadline=draw.deadline)
        except Refused as error:
            refused = refused or error
        else:
            draws.keep_throw(act, draw, 1, die)
            kept.append(draw)
    if refused is not None and not kept:
        raise refused
    enough = [draw for draw in kept if draws.under_way(act.session, draw)]
    at_once = [draw for draw in enough if not large(json.loads(draw.announcement))]
    for draw in at_once:
        _make(act, draw)
    # The same one from the first throw to the last: what was withdrawn was so before them.
    lead = next(each for each in carried if each.state != DrawState.WITHDRAWN)
    number = len(draws.thrown(act.session, key(lead), 1))
    target = f"receipts:{lead.id}:1"
    act.tell(
        "receipts",
        target if number == 1 else f"{target}:{number}",
        group=draws.group_of(act.session, lead),
        edits=None if number == 1 else target,
        replies=f"announce:{carried[0].id}" if number == 1 else None,
        draw=lead.id,
        k=1,
        number=number,
    )
    for draw in at_once:
        tell_result(act, draw)
    return bool(enough)


def make_confirmed(act: Act, draw: Draw) -> None:
    """Make the draw from numbers that one person entered and another confirmed; a large one is made beside the chat."""
    if large(json.loads(draw.announcement)):
        return
    _make(act, draw)
    tell_result(act, draw)


def _make(act: Act, draw: Draw) -> None:
    """Make the draw: selection, teams, visits; all in one transaction."""
    given = prepared(act, draw)
    if given is None:
        raise ValueError("not enough throws")
    made = given.made()
    keep_made(act, draw, given, made, seated(act, draw, given, made))


def prepared(act: Act, draw: Draw) -> Making | None:
    """All that decides the draw, once there are enough throws or confirmed numbers."""
    announced = json.loads(draw.announcement)
    throws_, sources = draws.given(act.session, draw, announced)
    if not throws_ and not sources:
        return None
    return Making(
        key(draw),
        announced,
        draws.frozen_files(act.session, draw),
        draws.code(draw, 1),
        tuple(throws_),
        tuple(sources),
        form.stamp(act.now),
        tuple(act.entropy(32) for _ in range(2 + len(announced.get("lists", ())))),
    )


def seated(act: Act, draw: Draw, given: Making, made: record.Drawn) -> Seating | None:
    """The visits and seats that follow from a draw; none from a rehearsal."""
    if draws.is_rehearsal(draw):
        return None
    due = pool.last_day(act, act.session.get_one(Task, draw.task_id))
    return seating(act.session, made, draw_id=key(draw), task_id=draw.task_id, due=due, drawn_at=given.at)


def keep_made(act: Act, draw: Draw, given: Making, made: record.Drawn, seats: Seating | None) -> bool:
    """Write down what was made; False where it was written already, or no longer stands to be made."""
    if not draws.under_way(act.session, draw):
        return False
    draw.state, draw.drawn_at = DrawState.DRAWN, given.at
    draw.randomness = form.canonical(made.randomness).decode()
    draw.draws = [form.canonical(made.entry).decode()]
    act.session.add(draw)
    for name, body in made.named().items():
        act.session.add(DrawFile(draw_id=key(draw), name=name, body=body))
    act.record("draw", "draw", draw.id, after={"digest": made.digest, "selected": len(made.selected)})
    if seats is None:
        # Nothing is to be done after a rehearsal: nobody gets a visit, and everything can be checked at once.
        draw.revealed_at, draw.state, draw.closed_at = act.now, DrawState.CLOSED, act.now
        act.record("close", "draw", draw.id, after={"secret": KEYRING.open(draw.secret).hex()})
        return True
    task = act.session.get_one(Task, draw.task_id)
    task.state = TaskState.DRAWN
    act.session.add(task)
    act.session.flush()
    seats.write(act.session, key(draw))
    seat_experts(act.session, key(draw), made)
    return True


def tell_progress(act: Act, draw: Draw, step: str, done: int = 0) -> None:
    """How far a draw is that is made beside the chat, in the message with the receipts; dice have one alone."""
    lead = next(each for each in draws.together(act.session, draw) if each.state != DrawState.WITHDRAWN)
    number = len(draws.thrown(act.session, key(lead), 1))
    if not number:
        return
    target = f"receipts:{lead.id}:1"
    act.tell(
        "receipts",
        f"{target}:{number}:{draw.id}:{step}:{done}",
        group=draws.group_of(act.session, lead),
        edits=target,
        draw=lead.id,
        k=1,
        number=number,
        making=draw.id,
        step=step,
        done=done,
    )


def tell_result(act: Act, draw: Draw) -> None:
    """The result of a draw goes to the group where it was announced."""
    group = draws.group_of(act.session, draw)
    act.tell(
        "draw_result",
        f"drawn:{draw.id}",
        group=group,
        dispatcher=act.session.get_one(Person, draw.announced_by),
        draw=draw.id,
    )
