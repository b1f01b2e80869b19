"""Whether an entity can be manned at all, taken alone, and what is lacking where it cannot (protocol §3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.match import Demand, Demands, Person, Recusals


@dataclass(frozen=True)
class Lack:
    """Demand lines of one unit that cannot all be met: `seats` wanted from `eligible` different people."""

    unit: str
    tags: tuple[frozenset[str], ...]
    seats: int
    eligible: tuple[str, ...]

    def __str__(self) -> str:
        wants = sorted({"、".join(sorted(tags)) for tags in self.tags if tags})
        skill = f"具备“{'”或“'.join(wants)}”的" if wants else ""
        return f"“{self.unit}”需派出{skill}检查人员 {self.seats} 人，现在能派的只有 {len(self.eligible)} 人"


@dataclass(frozen=True)
class Unmannable:
    """Why an entity cannot be manned: `seats` in all (below 2 is too few), and what is lacking."""

    seats: int
    lacks: tuple[Lack, ...] = field(default=())

    def __str__(self) -> str:
        if not self.seats:
            return "没有派员要求，不知道由哪个单位派人"
        if self.seats < 2:
            return f"派员要求一共只有 {self.seats} 人，每户应当不少于 2 人"
        return "；".join(map(str, self.lacks))


def unmannable(
    entities: Iterable[tuple[str, str]], demands: Iterable[Demand], people: Iterable[Person], recusals: Recusals = ()
) -> dict[str, Unmannable]:
    """The entities, of (label, stratum) pairs, that cannot be manned when taken alone, each with its reason.

    There are no load caps, so a pool without such an entity can be matched whatever is drawn (§3). Entities with
    the same lines and the same recusals are judged once.
    """
    of_entity = Demands(demands)
    by_unit: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        by_unit[person.unit].append(person)
    barred: dict[str, set[str]] = defaultdict(set)
    for entity, name in recusals:
        barred[entity].add(name)
    usual: dict[str, Unmannable | None] = {}
    seen: dict[tuple[tuple[bytes, ...], frozenset[str]], Unmannable | None] = {}
    found: dict[str, Unmannable] = {}
    for entity, stratum in entities:
        if entity in barred or of_entity.named(entity):
            lines = of_entity.of(entity, stratum)
            key = tuple(line.key for line in lines), frozenset(barred.get(entity, ()))
            if key not in seen:
                seen[key] = _judge(lines, by_unit, key[1])
            reason = seen[key]
        else:
            if stratum not in usual:
                usual[stratum] = _judge(of_entity.of(entity, stratum), by_unit, frozenset())
            reason = usual[stratum]
        if reason:
            found[entity] = reason
    return found


def _judge(
    lines: Sequence[Demand], by_unit: Mapping[str, Sequence[Person]], barred: Collection[str]
) -> Unmannable | None:
    """None if these lines, of one entity alone, can be met by different people."""
    seats = sum(line.count for line in lines)
    if seats < 2:
        return Unmannable(seats)
    lacks = []
    for unit in dict.fromkeys(line.unit for line in lines):
        own = [line for line in lines if line.unit == unit]
        choices = [
            {person.label for person in by_unit.get(unit, ()) if person.fits(line) and person.label not in barred}
            for line in own
        ]
        short = _shortage([(choice, line.count) for choice, line in zip(choices, own, strict=True)])
        if short:
            eligible = sorted(set().union(*(choices[at] for at in short)), key=str.encode)
            lacks.append(
                Lack(unit, tuple(own[at].tags for at in short), sum(own[at].count for at in short), tuple(eligible))
            )
    return Unmannable(seats, tuple(lacks)) if lacks else None


def _shortage(wanted: Sequence[tuple[Collection[str], int]]) -> list[int]:
    """The numbers of the lines that together want more different people than there are; [] if all can be met.

    Augmenting paths over (choice, count) pairs; when one fails, the lines that it tried are such a set (Hall).
    """
    taken: dict[str, int] = {}
    for line, (_, seats) in enumerate(wanted):
        for _ in range(seats):
            tried = [line]
            came: dict[str, int] = {}
            free = None
            for at in tried:
                for name in sorted(wanted[at][0]):
                    if name in came:
                        continue
                    came[name] = at
                    if name not in taken:
                        free = name
                        break
                    if taken[name] not in tried:
                        tried.append(taken[name])
                if free is not None:
                    break
            if free is None:
                return sorted(tried)
            while True:
                at = came[free]
                moved = next((name for name, of in came.items() if of != at and taken.get(name) == at), None)
                taken[free] = at
                if at == line:
                    break
                assert moved is not None
                free = moved
    return []


def feasible(wanted: Sequence[tuple[Collection[str], int]]) -> bool:
    """Whether lines, each a choice of people and a count, can be met by different people."""
    return not _shortage(wanted)
