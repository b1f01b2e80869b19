"""成批文书: the papers of all visits of one draw, put together with few questions to the store."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import insert, update
from sqlmodel import Session, col, func, select

from models import draw, letter, letterhead, papers, people, visit
from models.act import Act, NoRight, Refused, key
from models.base import SHANGHAI
from models.draw import Draw
from models.entity import Entity
from models.inspector import Inspector
from models.issued import Issued, Print
from models.letter import Letter
from models.letterhead import OVERSEERS
from models.papers import entity_view, frequency_text, origin_text
from models.people import Unit
from models.plan import Task
from models.views import InspectorView, LetterView, NoticeView
from models.visit import Seat, Visit
from models.words import SeatState, VisitState

_NOT_OUT = (VisitState.DRAWN, VisitState.CANCELLED)
_NEWEST = 30  # draws that are offered
_BLOCK = 500  # parameters of one question; SQLite takes some thousands


def dispatched(act: Act) -> list[tuple[Draw, Task, int]]:
    """Draws that were sent out and are the actor's to oversee, the platform's too, newest first, with their visits."""
    found = []
    for drawn, task in draw.latest(act.session, _NEWEST):
        if act.may(OVERSEERS, task.unit_id or 0) and (n := _count(act.session, key(drawn))):
            found.append((drawn, task, n))
    return found


def counts(act: Act, draw_id: int) -> tuple[int, int]:
    """How many visits of a draw were sent out, and how many of them have a signed 检查通知书; for who oversees it."""
    task = act.session.get_one(Task, draw.get(act.session, draw_id).task_id)
    act.require(OVERSEERS, task.unit_id or 0)
    signed = (
        select(func.count())
        .select_from(Letter)
        .join(Visit, col(Visit.id) == col(Letter.subject_id))
        .where(Letter.paper == "Notice", Letter.subject == "visit", col(Letter.void_at).is_(None))
        .where(Visit.draw_id == draw_id, col(Visit.state).not_in(_NOT_OUT))
    )
    return _count(act.session, draw_id), act.session.exec(signed).one()


def visits_of(act: Act, draw_id: int) -> list[tuple[Visit, Entity]]:
    """The visits of a draw that were sent out, in draw order, with their entities; for those who oversee it."""
    task = act.session.get_one(Task, draw.get(act.session, draw_id).task_id)
    act.require(OVERSEERS, task.unit_id or 0)
    found = _visits(act.session, draw_id)
    entities = _by_id(act.session, Entity, {each.entity_id for each in found})
    return [(each, entities[each.entity_id]) for each in found]


def notices(act: Act, draw_id: int) -> Iterator[tuple[int, NoticeView]]:
    """Visit id and 检查通知书 of each visit that was sent out: the views that `papers.notice` gives one by one."""
    session = act.session
    pairs = visits_of(act, draw_id)
    if not pairs:
        raise Refused("这次抽取还没有派发，没有检查通知书。")
    task = session.get_one(Task, pairs[0][0].task_id)
    same = session.exec(select(Visit.id).where(Visit.task_id == task.id).order_by(col(Visit.id)))
    serials = {number: at for at, number in enumerate(same, 1)}
    nth = _nth(session, {one.entity_id for one, _ in pairs})
    teams = _teams(session, draw_id)
    first = papers.notice(act, key(pairs[0][0]))
    contacts = {each.dispatcher_id: letterhead.contact(session, each.dispatcher_id) for each, _ in _firsts(pairs)}
    for one, entity in pairs:
        sent = one.sent_at or one.drawn_at
        name, phone = contacts[one.dispatcher_id]
        yield (
            key(one),
            replace(
                first,
                serial=serials[key(one)],
                entity=entity_view(entity),
                origin=origin_text(one),
                frequency=frequency_text(act, nth[key(one)], entity),
                starts=max(task.starts or sent.date(), sent.date()),
                ends=one.due,
                inspectors=tuple(teams[key(one)]),
                contact_name=name,
                contact_phone=phone,
            ),
        )


def sign_all(act: Act, draw_id: int, views: Iterable[tuple[int, LetterView, str]]) -> dict[int, Letter]:
    """签发 of a letter for each of many visits (visit id, view, title), with one entry in the record.

    Numbers follow the order of the views; a letter that has one keeps it. Returns all that hold, by visit.
    """
    rows = list(views)
    if not rows:
        return {}
    view = rows[0][1]
    root = people.root(act.session)
    if root is None or view.rehearsal:
        raise Refused("演练的文书不编发文字号。" if root else "还没有建立办公室，不能编号。")
    if not letter.may_sign(act, "draw", draw_id):
        raise NoRight
    code = letter.code_of(act, view)
    kind = letter.SERIES.get(type(view), letter.GENERAL)[0]
    paper = letter.paper_of(view)
    letter.lock(act, code)
    found = letter.signed(act, paper, "visit", (number for number, _, _ in rows))
    year = act.now.astimezone(SHANGHAI).year
    serial = letter.last_serial(act.session, key(root), kind, year)
    fresh = [
        Letter(
            unit_id=key(root),
            kind=kind,
            year=year,
            serial=serial + at,
            code=code,
            paper=paper,
            subject="visit",
            subject_id=number,
            title=title,
            recipient=letter.recipient_of(one),
            given_at=act.now,
            giver_id=act.person_id,
        )
        for at, (number, one, title) in enumerate((each for each in rows if each[0] not in found), 1)
    ]
    if fresh:
        act.session.add_all(fresh)
        act.session.flush()
        after = {"kind": kind, "count": len(fresh), "from": fresh[0].number, "to": fresh[-1].number}
        act.record("number", "draw", draw_id, after=after)
    return found | {each.subject_id: each for each in fresh}


def keep(act: Act, digests: Mapping[int, str]) -> None:
    """Note the documents that were signed, by letter."""
    rows = [{"id": number, "digest": digest} for number, digest in digests.items()]
    if rows:
        act.session.execute(update(Letter), rows)


def issue_all(act: Act, made: Iterable[tuple[int, Print, str, Letter | None]]) -> int:
    """Note many documents (visit id, print, title, letter) that went out; returns how many were new."""
    had = set(act.session.exec(select(Issued.digest).where(Issued.subject == "visit")))
    fresh = {
        one.digest: {
            "mark": one.mark,
            "digest": one.digest,
            "words": one.words,
            "title": title,
            "subject": "visit",
            "subject_id": number,
            "made_at": act.now,
            "maker_id": act.actor.id if act.actor else None,
            "letter_id": row.id if row else None,
        }
        for number, one, title, row in made
        if one.digest not in had
    }
    if fresh:
        act.session.execute(insert(Issued), list(fresh.values()))
    return len(fresh)


# --- pieces ----------------------------------------------------------------------------------------------------------


def _count(session: Session, draw_id: int) -> int:
    out = select(func.count()).select_from(Visit).where(Visit.draw_id == draw_id, col(Visit.state).not_in(_NOT_OUT))
    return session.exec(out).one()


def _visits(session: Session, draw_id: int) -> list[Visit]:
    return [each for each in visit.of_draw(session, draw_id) if each.state not in _NOT_OUT]


def _firsts(pairs: list[tuple[Visit, Entity]]) -> Iterable[tuple[Visit, Entity]]:
    return {one.dispatcher_id: (one, entity) for one, entity in pairs}.values()


def _by_id(session: Session, table: type[Entity], ids: set[int]) -> dict[int, Entity]:
    found: dict[int, Entity] = {}
    wanted = sorted(ids)
    for at in range(0, len(wanted), _BLOCK):
        some = select(table).where(col(table.id).in_(wanted[at : at + _BLOCK]))
        found |= {key(each): each for each in session.exec(some)}
    return found


def _nth(session: Session, entities: set[int]) -> dict[int, int]:
    """Which visit of its entity's year each visit is, cancelled ones left out (papers.notice counts so too)."""
    counts: dict[tuple[int, int], int] = {}
    out: dict[int, int] = {}
    wanted = select(Visit.id, Visit.entity_id, Visit.drawn_at, Visit.state).order_by(col(Visit.id))
    for number, entity_id, drawn_at, state in session.exec(wanted):
        if entity_id not in entities:
            continue
        year = drawn_at.year
        if state != VisitState.CANCELLED:
            counts[entity_id, year] = counts.get((entity_id, year), 0) + 1
        out[number or 0] = counts.get((entity_id, year), 0)
    return out


def _teams(session: Session, draw_id: int) -> dict[int, list[InspectorView]]:
    """The present team of each visit of a draw, by unit and certificate."""
    found: dict[int, list[InspectorView]] = {}
    shown: dict[int, InspectorView] = {}
    units = dict(session.exec(select(Unit.id, Unit.name)).all())
    rows = session.exec(
        select(Seat.visit_id, Inspector)
        .join(Inspector, col(Inspector.id) == col(Seat.inspector_id))
        .join(Visit, col(Visit.id) == col(Seat.visit_id))
        .where(Visit.draw_id == draw_id, Seat.state != SeatState.LEFT)
        .order_by(col(Seat.visit_id), col(Seat.unit_id), col(Inspector.label))
    )
    for number, one in rows:
        if key(one) not in shown:
            shown[key(one)] = InspectorView(name=one.name, certificate=one.label, unit=units[one.unit_id], role="")
        found.setdefault(number, []).append(shown[key(one)])
    return found
