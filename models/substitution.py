"""Substitution events: the notice, the roster addendum, and who steps in (protocol §7)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models import form, throws
from models.form import Json
from models.manning import feasible, unmannable
from models.match import Demand, Demands, Person, Recusals, Teams, Unmatchable
from models.positions import Selected, expander, lowest

REASONS = ("recusal", "unable", "gone")
"""An inspector is recused, an inspector cannot go, an entity turns out to be gone."""
WAIVED = "operator could foresee"


@dataclass
class Standing:
    """Who sits where at one moment, and all that decides who may step in. Changed by `apply` alone."""

    demands: Demands
    people: list[Person]
    recused: set[tuple[str, str]]
    selected: dict[str, str]
    """Every entity that ever was selected and its stratum."""
    seats: dict[str, list[tuple[Demand, str]]]
    """Of each entity to be visited, in draw order, its seats: demand line and inspector."""
    ever: set[tuple[str, str]] = field(default_factory=set)
    """(entity, inspector) of everyone who ever was on it."""

    @classmethod
    def after_draw(
        cls,
        selected: Sequence[Selected],
        teams: Teams,
        demands: Iterable[Demand],
        people: Iterable[Person],
        recusals: Iterable[tuple[str, str]],
    ) -> "Standing":
        """The standing that the draw itself leaves."""
        seats: dict[str, list[tuple[Demand, str]]] = {row.label: [] for row in selected}
        for line, members in zip(teams.lines, teams.members, strict=True):
            seats[line.entity] += [(line, member) for member in members]
        return cls(
            Demands(demands),
            list(people),
            set(recusals),
            {row.label: row.stratum for row in selected},
            seats,
            {(entity, member) for entity, team in seats.items() for _, member in team},
        )

    def rows(self) -> list[tuple[str, str, str]]:
        """(entity, unit, inspector) as in teams.tsv, for the teams as they are now."""
        return [
            row
            for entity, team in self.seats.items()
            for row in sorted(
                ((entity, line.unit, member) for line, member in team), key=lambda row: [part.encode() for part in row]
            )
        ]

    def eligible(self, line: Demand, away: Collection[str], recused: Collection[tuple[str, str]] = ()) -> list[str]:
        """Who may step in on this line, in byte order of the labels."""
        found = {
            person.label
            for person in self.people
            if person.fits(line)
            and person.label not in away
            and (line.entity, person.label) not in self.ever
            and (line.entity, person.label) not in self.recused
            and (line.entity, person.label) not in recused
        }
        return sorted(found, key=str.encode)

    def seat(self, entity: str, inspector: str) -> tuple[Demand, str]:
        """The seat of an inspector on an entity; ValueError if he has none there now."""
        for line, member in self.seats.get(entity, ()):
            if member == inspector:
                return line, member
        raise ValueError(f"检查人员“{inspector}”现在不在检查对象“{entity}”的检查组里。")

    def left_in(self, stratum: str, pool: Iterable[tuple[str, str]]) -> list[str]:
        """The labels of a stratum that were never selected."""
        return [label for label, of in pool if of == stratum and label not in self.selected]


def _either(of_entity: form.Form, of_person: form.Form) -> form.Form:
    """One form for what is about an entity, which names its stratum, another for what is about a person."""

    def check(value: Any, at: str) -> Iterator[str]:
        yield from (of_entity if isinstance(value, dict) and "stratum" in value else of_person)(value, at)

    return check


def _or_empty(of: form.Form) -> form.Form:
    def check(value: Any, at: str) -> Iterator[str]:
        if value != "":
            yield from of(value, at)

    return check


_place_form = _either(
    form.fields({"entity": form.label, "stratum": form.label, "eligible": form.number(0)}),
    form.fields({"entity": form.label, "unit": form.label, "out": form.label, "eligible": form.array(form.label)}),
)

notice_form = form.fields(
    {
        "protocol": form.fixed(form.PROTOCOL),
        "announcement": form.hex32,
        "k": form.number(2, 4096),
        "previous": form.hex32,
        "reason": form.fixed(*REASONS),
        "explanation": form.text,
        "approved_by": form.label,
        "announced_by": form.label,
        "announced_at": form.time,
        "deadline": form.time,
        "places": form.array(_place_form, at_least=1),
        "away": form.array(form.label),
        "recusals": form.array(
            form.fields({"entity": form.label, "inspector": form.label, "reason": form.label}),
        ),
        "addenda": form.array(form.hex32),
        "randomness": throws.randomness_form(throws.EVENT_BITS, waivable=True),
        "salt": form.hex32,
    },
    # Counts up where a notice of the same event lapsed before this one; the first has none.
    {"attempt": form.number(2, 1000)},
)
addendum_form = form.fields(
    {
        "protocol": form.fixed(form.PROTOCOL),
        "announcement": form.hex32,
        "k": form.number(2, 4096),
        "people": form.array(
            form.fields(
                {"label": form.label, "unit": form.label, "tags": form.array(form.label), "from": form.label},
            ),
            at_least=1,
        ),
        "reason": form.text,
        "approved_by": form.label,
        "announced_by": form.label,
        "announced_at": form.time,
        "salt": form.hex32,
    }
)

changes_form = form.array(
    _either(
        form.fields(
            {
                "stratum": form.label,
                "out": form.label,
                "in": _or_empty(form.label),
                "position": _or_empty(form.hex32),
            }
        ),
        form.fields({"entity": form.label, "unit": form.label, "out": _or_empty(form.label), "in": form.label}),
    )
)


def check_notice(notice: Any) -> list[str]:
    """What is wrong with the form of a notice; [] if nothing."""
    found = list(notice_form(notice, "notice"))
    if found:
        return found
    if notice["announced_at"] >= notice["deadline"]:
        found.append("notice.deadline 应当晚于 announced_at。")
    rule = notice["randomness"]
    if rule["kind"] == "hand" and not throws.hand_bits_enough(rule, throws.EVENT_BITS):
        found.append(f"notice.randomness 规定的掷骰少于 {throws.EVENT_BITS} 比特。")
    gone = [place for place in notice["places"] if "stratum" in place]
    if (notice["reason"] == "gone") != bool(gone) or len(gone) not in (0, len(notice["places"])):
        found.append("notice.places 与 reason 不符：一次递补只能有一个原因。")
    return found


def addendum(
    *,
    announcement_sha256: str,
    k: int,
    people: Iterable[tuple[Person, str]],
    reason: str,
    approved_by: str,
    announced_by: str,
    announced_at: str,
    salt: bytes,
) -> Json:
    """A roster addendum for event k: people added with the unit whose places they may take, and their home unit."""
    made: Json = {
        "protocol": form.PROTOCOL,
        "announcement": announcement_sha256,
        "k": k,
        "people": [
            {
                "label": person.label,
                "unit": person.unit,
                "tags": sorted(person.tags, key=str.encode),
                "from": home,
            }
            for person, home in sorted(people, key=lambda pair: (pair[0].label.encode(), pair[0].unit.encode()))
        ],
        "reason": reason,
        "approved_by": approved_by,
        "announced_by": announced_by,
        "announced_at": announced_at,
        "salt": salt.hex(),
    }
    for problem in addendum_form(made, "addendum"):
        raise ValueError(problem)
    return made


def added(addenda: Iterable[Mapping[str, Any]]) -> list[Person]:
    """The people that addenda add."""
    return [
        Person(entry["label"], entry["unit"], frozenset(entry["tags"])) for made in addenda for entry in made["people"]
    ]


@dataclass(frozen=True)
class Place:
    """What is to be filled: the seat of `inspector` on `entity`, or the whole entity where `inspector` is None."""

    entity: str
    inspector: str | None = None


def notice(
    standing: Standing,
    pool: Iterable[tuple[str, str]],
    *,
    announcement_sha256: str,
    previous: str,
    k: int,
    places: Sequence[Place],
    reason: str,
    explanation: str,
    approved_by: str,
    announced_by: str,
    announced_at: str,
    deadline: str,
    randomness: Mapping[str, Any],
    salt: bytes,
    away: Collection[str] = (),
    recusals: Iterable[tuple[str, str, str]] = (),
    addenda: Sequence[Json] = (),
    attempt: int = 1,
) -> Json:
    """The notice of event k, whose digest is posted before its throws.

    `standing` already has the people of `addenda`. `away` are those who cannot step in now; `recusals` are (entity,
    inspector, reason) that became known since the announcement and hold from now on; `attempt` counts up where a
    notice of this event lapsed. Raises `Unmatchable` where nobody is left for a place: the event cannot be announced
    then, an addendum or another way out is needed.
    """
    recusals = sorted(recusals, key=lambda row: [part.encode() for part in row])
    pairs = {(entity, inspector) for entity, inspector, _ in recusals}
    made: Json = {
        "protocol": form.PROTOCOL,
        "announcement": announcement_sha256,
        "k": k,
        "previous": previous,
        "reason": reason,
        "explanation": explanation,
        "approved_by": approved_by,
        "announced_by": announced_by,
        "announced_at": announced_at,
        "deadline": deadline,
        "places": _stated(standing, pool, places, away, pairs),
        "away": sorted(set(away), key=str.encode),
        "recusals": [{"entity": e, "inspector": i, "reason": why} for e, i, why in recusals],
        "addenda": [form.digest_of(item) for item in addenda],
        "randomness": dict(randomness),
        "salt": salt.hex(),
    }
    if attempt > 1:
        made["attempt"] = attempt
    for problem in check_notice(made):
        raise ValueError(problem)
    for problem in lacking(standing, pool, made):
        raise Unmatchable(problem)
    return made


def _stated(
    standing: Standing,
    pool: Iterable[tuple[str, str]],
    places: Sequence[Place],
    away: Collection[str],
    recused: Collection[tuple[str, str]],
) -> list[Json]:
    """The places as the notice states them, in draw order, then in byte order of who leaves."""
    order = {entity: at for at, entity in enumerate(standing.seats)}
    for place in places:
        if place.entity not in order:
            raise ValueError(f"检查对象“{place.entity}”现在不在抽取结果里。")
    if len(set(places)) != len(places):
        raise ValueError("同一个位置写了两次。")
    stated: list[Json] = []
    for place in sorted(places, key=lambda p: (order[p.entity], (p.inspector or "").encode())):
        if place.inspector is None:
            stratum = standing.selected[place.entity]
            left = len(standing.left_in(stratum, pool))
            stated.append({"entity": place.entity, "stratum": stratum, "eligible": left})
        else:
            line, _ = standing.seat(place.entity, place.inspector)
            stated.append(
                {
                    "entity": place.entity,
                    "unit": line.unit,
                    "out": place.inspector,
                    "eligible": standing.eligible(line, away, recused),
                }
            )
    return stated


def restated(standing: Standing, pool: Iterable[tuple[str, str]], notice: Mapping[str, Any]) -> list[Json]:
    """The places as a notice must state them, recomputed from what it names; ValueError where one does not exist."""
    places = [Place(place["entity"], place.get("out")) for place in notice["places"]]
    recused = {(row["entity"], row["inspector"]) for row in notice["recusals"]}
    return _stated(standing, pool, places, notice["away"], recused)


def lacking(standing: Standing, pool: Iterable[tuple[str, str]], notice: Mapping[str, Any]) -> list[str]:
    """Why a notice's places cannot be filled whatever is thrown: one Chinese sentence for each entity."""
    places = [Place(place["entity"], place.get("out")) for place in notice["places"]]
    recused = {(row["entity"], row["inspector"]) for row in notice["recusals"]}
    return lacking_places(standing, pool, places, set(notice["away"]), recused)


def lacking_places(
    standing: Standing,
    pool: Iterable[tuple[str, str]],
    places: Sequence[Place],
    away: Collection[str],
    recused: Collection[tuple[str, str]],
) -> list[str]:
    """The same for places that stand in no notice yet."""
    found = [
        f"检查对象“{entity}”已没有可以递补的检查人员，请先补充人员名单，或改期、撤回。"
        for entity in short(standing, places, away, recused)
    ]
    strata = {standing.selected[place.entity] for place in places if place.inspector is None}
    if strata:
        candidates = [(label, of) for label, of in pool if of in strata and label not in standing.selected]
        everyone = [person for person in standing.people if person.label not in away]
        reasons = unmannable(candidates, standing.demands.all(), everyone, standing.recused | set(recused))
        found += [f"可能递补的检查对象“{entity}”派不出检查组：{reason}。" for entity, reason in reasons.items()]
    return found


def short(
    standing: Standing, places: Sequence[Place], away: Collection[str], recused: Collection[tuple[str, str]]
) -> list[str]:
    """The entities whose vacated seats nobody left can fill, in the order of the places."""
    lines: dict[str, list[Demand]] = defaultdict(list)
    for place in places:
        if place.inspector is not None:
            lines[place.entity].append(standing.seat(place.entity, place.inspector)[0])
    return [
        entity
        for entity, wanted in lines.items()
        if not feasible([(standing.eligible(line, away, recused), 1) for line in wanted])
    ]


def fill(
    standing: Standing, pool: Iterable[tuple[str, str]], notice: Mapping[str, Any], prk: bytes
) -> tuple[list[Json], Standing]:
    """The changes that an event makes under its PRK, and the standing after it; `standing` itself is not changed.

    Raises ValueError where the notice names a seat that does not exist, `Unmatchable` where nobody is left.
    """
    after = Standing(
        standing.demands,
        list(standing.people),
        standing.recused | {(row["entity"], row["inspector"]) for row in notice["recusals"]},
        dict(standing.selected),
        {entity: list(team) for entity, team in standing.seats.items()},
        set(standing.ever),
    )
    changes: list[Json] = []
    wanted: list[tuple[Demand, str]] = []
    gone: dict[str, list[str]] = defaultdict(list)
    for place in notice["places"]:
        entity = place["entity"]
        if "stratum" in place:
            if entity not in after.seats:
                raise ValueError(f"检查对象“{entity}”现在不在抽取结果里。")
            gone[after.selected[entity]].append(entity)
            del after.seats[entity]
        else:
            seat = after.seat(entity, place["out"])
            after.seats[entity].remove(seat)
            wanted.append(seat)
    replaced: dict[str, tuple[bytes, str] | None] = {}
    for stratum, entities in gone.items():
        found = lowest(prk, standing.left_in(stratum, pool), len(entities))
        for at, entity in enumerate(entities):
            replaced[entity] = found[at] if at < len(found) else None
    for place in notice["places"]:
        entity = place["entity"]
        if entity not in replaced:
            continue
        stratum = standing.selected[entity]
        new = replaced[entity]
        position, label = (new[0].hex(), new[1]) if new else ("", "")
        changes.append({"stratum": stratum, "out": entity, "in": label, "position": position})
        if label:
            after.selected[label] = stratum
            after.seats[label] = []
            wanted += [(line, "") for line in after.demands.of(label, stratum) for _ in range(line.count)]
    names = substitute(
        prk, [line for line, _ in wanted], after.seats, after.people, after.recused | after.ever, notice["away"]
    )
    for (line, out), name in zip(wanted, names, strict=True):
        changes.append({"entity": line.entity, "unit": line.unit, "out": out, "in": name})
        after.seats[line.entity].append((line, name))
        after.ever.add((line.entity, name))
    return changes, after


def enlarged(standing: Standing, addenda: Iterable[Mapping[str, Any]]) -> Standing:
    """The standing with the people of addenda added."""
    return Standing(
        standing.demands,
        standing.people + added(addenda),
        standing.recused,
        standing.selected,
        standing.seats,
        standing.ever,
    )


def substitute(
    prk: bytes,
    places: Sequence[Demand],
    teams: Mapping[str, Sequence[tuple[Demand, str]]],
    people: Collection[Person],
    barred: Recusals,
    away: Collection[str] = (),
) -> list[str]:
    """Who takes each vacated place, in the order given (§7): lowest load first, then lowest t under this PRK.

    `places` holds one line for each place; `teams` is who sits where now, the vacated seats taken off; `barred` holds
    those recused and those who ever were on the entity. Someone is passed over only if taking him would leave
    another place of the same entity with nobody. Raises `Unmatchable` where nobody is left.
    """
    token = expander(prk)
    load: dict[str, int] = defaultdict(int)
    taken: dict[str, set[str]] = defaultdict(set)
    for entity, seats in teams.items():
        for _, name in seats:
            load[name] += 1
            taken[entity].add(name)
    gone, never = frozenset(away), frozenset(barred)

    def choice(line: Demand) -> set[str]:
        return {
            person.label
            for person in people
            if person.fits(line)
            and person.label not in gone
            and person.label not in taken[line.entity]
            and (line.entity, person.label) not in never
        }

    filled = []
    for at, line in enumerate(places):
        later = [other for other in places[at + 1 :] if other.entity == line.entity]
        prefix = line.entity.encode() + b"\t"
        for name in sorted(choice(line), key=lambda name: (load[name], token(prefix + name.encode()))):
            if feasible([(choice(other) - {name}, 1) for other in later]):
                break
        else:
            raise Unmatchable(
                f"检查对象“{line.entity}”在“{line.unit}”已没有可以递补的检查人员，请先补充人员名单，或改期、撤回。"
            )
        load[name] += 1
        taken[line.entity].add(name)
        filled.append(name)
    return filled
