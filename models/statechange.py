"""变更状态 of many entities at once: those that a new list of the register lacks, with a reason, and back again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models import audit, importlog, importrun, lookup
from models.act import Act, Refused
from models.audit import Audit
from models.called import parts
from models.entity import Entity
from models.visit import FINISHED, Visit
from models.words import EntityState, chinese

VERB, BACK = "change_states", "restore_states"
"""How the record calls the change and its undoing; both name every entity by its id."""

GONE = (EntityState.CLOSED, EntityState.MOVED)
"""What an entity may become that a list no longer has."""

MOST = 20_000
"""Entities at once: so many take a third of a second. A table with their states brings any number."""

LONGEST_REASON = 200

# Changes shown at once.
_PAST = 10


@dataclass(frozen=True)
class Considered:
    """What a change would do: ids by the state they have now, and whom it leaves as they are.

    `open` are names of entities with a visit that is not finished, `same` counts those that have the state already,
    `lost` those that are no longer in the register.
    """

    state: EntityState
    ids: dict[str, list[int]] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    same: int = 0
    lost: int = 0

    @property
    def many(self) -> int:
        """How many entities it would change."""
        return sum(map(len, self.ids.values()))


@dataclass(frozen=True)
class Past:
    """One change that was made: by whom, for how many, and whether it was undone."""

    id: int
    at: datetime
    who: str
    many: int
    state: EntityState
    reason: str
    undone: bool


@dataclass(frozen=True)
class Restored:
    """What undoing did: how many have their former state again, and the names of those changed otherwise since."""

    many: int
    left: tuple[str, ...]
    lost: int


def consider(act: Act, ids: Iterable[int], state: EntityState) -> Considered:
    """What it would mean to give these entities a state; NoRight for whoever may not change it.

    Whoever has a visit that is not finished stays: its result says what became of them.
    """
    lookup.may_look(act)
    if state not in GONE:
        raise Refused(f"这里只能改为{'或者'.join(chinese(each) for each in GONE)}。")
    wanted = sorted(set(ids))
    if len(wanted) > MOST:
        raise Refused(f"一次最多改 {MOST:,} 户，这里有 {len(wanted):,} 户。请导出名录库，改好「状态」一列再导入。")
    unfinished = set(act.session.exec(select(Visit.entity_id).where(col(Visit.state).not_in(FINISHED)).distinct()))
    changing: dict[str, list[int]] = {}
    names, same, there = [], 0, 0
    for part in parts(wanted):
        columns = select(Entity.id, Entity.name, Entity.state).where(col(Entity.id).in_(part)).order_by(col(Entity.id))
        for entity_id, name, old in act.session.exec(columns):
            there += 1
            if old == state:
                same += 1
            elif entity_id in unfinished:
                names.append(name)
            else:
                changing.setdefault(old, []).append(entity_id or 0)
    return Considered(state, changing, tuple(names), same, len(wanted) - there)


def change(act: Act, ids: Iterable[int], state: EntityState, reason: str) -> tuple[Considered, int]:
    """Give entities a state, as one act of the record that names them all; returns what was done and the act's number.

    Refused without a reason, where nobody is left to change, and while the register is being imported.
    """
    found = consider(act, ids, state)
    if not reason.strip():
        raise Refused("请写明变更状态的理由，例如：省平台 3 月名单中已经没有这些企业。")
    importrun.idle(act.session, "entity")
    if not found.many:
        raise Refused("没有可以变更的检查对象，没有改动。")
    for changing in found.ids.values():
        _set(act.session, changing, state)
    after = {"state": str(state), "reason": reason.strip()[:LONGEST_REASON], "kept": len(found.open)}
    act.record("change_states", "entity", None, before=dict(found.ids), after=after)
    return found, audit.last(act.session)


def changed(act: Act, number: int) -> tuple[Audit, int]:
    """The act of a change that can be undone, and how many entities it changed; refused for any other act."""
    lookup.may_look(act)
    row = act.session.get(Audit, number)
    if row is None or row.verb != VERB:
        raise Refused("没有找到这次批量变更。")
    if any((each.after or {}).get("of") == number for each in _acts(act.session, BACK)):
        raise Refused("这次批量变更已经撤销过了，没有再改动。")
    return row, sum(len(ids) for ids in (row.before or {}).values())


def past(act: Act) -> list[Past]:
    """The last changes, the newest first; NoRight for whoever may not look."""
    lookup.may_look(act)
    undone = {(each.after or {}).get("of") for each in _acts(act.session, BACK)}
    return [
        Past(
            id=row.id or 0,
            at=row.at,
            who=importlog.who(act.session, row.actor_id),
            many=sum(map(len, (row.before or {}).values())),
            state=EntityState((row.after or {})["state"]),
            reason=(row.after or {}).get("reason", ""),
            undone=row.id in undone,
        )
        for row in _acts(act.session, VERB)[: -_PAST - 1 : -1]
    ]


def restore(act: Act, number: int) -> Restored:
    """Undo a change: whoever still has the state that it gave has the former one again; all others stay as they are."""
    row, _ = changed(act, number)
    importrun.idle(act.session, "entity")
    given, back = (row.after or {})["state"], {}
    left: list[str] = []
    lost = 0
    for old, ids in (row.before or {}).items():
        standing: list[int] = []
        for part in parts(ids):
            columns = select(Entity.id, Entity.name, Entity.state).where(col(Entity.id).in_(part))
            present = {entity_id: (name, state) for entity_id, name, state in act.session.exec(columns)}
            lost += len(part) - len(present)
            left += [name for name, state in present.values() if state != given]
            standing += [entity_id or 0 for entity_id, (_, state) in present.items() if state == given]
        _set(act.session, standing, EntityState(old))
        if standing:
            back[old] = sorted(standing)
    if not back:
        raise Refused("这些检查对象之后都另行变更过，没有可以恢复的，没有改动。")
    act.record("restore_states", "entity", None, before={"state": given}, after={"of": number, **back})
    return Restored(sum(map(len, back.values())), tuple(left), lost)


def concerning(session: Session, entity_id: int) -> Iterator[tuple[Audit, str, str]]:
    """The acts over many entities that changed this one, each with the state before and after."""
    for row in _acts(session, VERB):
        for old, ids in (row.before or {}).items():
            if entity_id in ids:
                yield row, old, (row.after or {})["state"]
    for row in _acts(session, BACK):
        for old, ids in (row.after or {}).items():
            if isinstance(ids, list) and entity_id in ids:
                yield row, (row.before or {})["state"], old


def _acts(session: Session, verb: str) -> Sequence[Audit]:
    """Few: each was confirmed by somebody for many entities. No single row is their subject, which is indexed."""
    own = select(Audit).where(col(Audit.subject_id).is_(None), Audit.subject == "entity", Audit.verb == verb)
    return session.exec(own.order_by(col(Audit.id))).all()


def _set(session: Session, ids: Sequence[int], state: EntityState) -> None:
    for part in parts(ids):
        statement: Any = update(Entity).where(col(Entity.id).in_(part)).values(state=str(state))
        session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()
