"""Who is sent where: the random match `match/1` of protocol §6, and whether teams are as it wants them."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, count

from models.positions import hmacs


@dataclass(frozen=True)
class Demand:
    """One demand line: `unit` sends `count` people who hold all `tags`. As `entity`, `=S` stands for stratum S."""

    entity: str
    unit: str
    count: int
    tags: frozenset[str] = frozenset()

    @property
    def key(self) -> bytes:
        """The line as in demands.tsv without its label: lines of one entity are taken in the order of this."""
        return f"{self.unit}\t{self.count}\t{','.join(sorted(self.tags, key=str.encode))}".encode()


@dataclass(frozen=True)
class Person:
    """An inspector as the draw knows him. Someone lent to another unit is a second `Person` with the same label."""

    label: str
    unit: str
    tags: frozenset[str] = frozenset()

    def fits(self, line: Demand) -> bool:
        """Whether unit and tags are those the line asks for."""
        return self.unit == line.unit and self.tags >= line.tags


Recusals = Collection[tuple[str, str]]
"""(entity, inspector) pairs."""


class Unmatchable(ValueError):
    """An entity cannot be manned; the message is one Chinese sentence."""


class Demands:
    """Demand lines found by entity: an entity's own lines, or else those of its stratum."""

    def __init__(self, lines: Iterable[Demand]) -> None:
        found: dict[str, list[Demand]] = defaultdict(list)
        for line in lines:
            found[line.entity].append(line)
        self._lines = {entity: tuple(sorted(own, key=lambda line: line.key)) for entity, own in found.items()}

    def named(self, entity: str) -> bool:
        """Whether the entity has lines of its own."""
        return entity in self._lines

    def all(self) -> list[Demand]:
        """Every line, `=S` lines included."""
        return [line for own in self._lines.values() for line in own]

    def of(self, entity: str, stratum: str) -> tuple[Demand, ...]:
        """The lines of an entity in byte order, with its own label in them; empty if it has none."""
        own = self._lines.get(entity)
        if own is not None:
            return own
        return tuple(Demand(entity, d.unit, d.count, d.tags) for d in self._lines.get("=" + stratum, ()))


@dataclass(frozen=True)
class Teams:
    """The teams of a draw: demand lines in line order (draw order, then bytes) and who serves each."""

    lines: tuple[Demand, ...]
    members: tuple[tuple[str, ...], ...]

    def rows(self) -> list[tuple[str, str, str]]:
        """(entity, unit, inspector) in draw order, and within an entity as bytes: the rows of teams.tsv."""
        by_entity: dict[str, list[tuple[str, str, str]]] = {}
        for line, members in zip(self.lines, self.members, strict=True):
            by_entity.setdefault(line.entity, []).extend((line.entity, line.unit, member) for member in members)
        return [
            row
            for rows in by_entity.values()
            for row in sorted(rows, key=lambda row: (row[1].encode(), row[2].encode()))
        ]

    @cached_property
    def loads(self) -> dict[str, int]:
        """Seats of each inspector who has any."""
        loads: dict[str, int] = defaultdict(int)
        for members in self.members:
            for member in members:
                loads[member] += 1
        return dict(loads)


def match(
    prk: bytes, order: Sequence[str], demands: Iterable[Demand], people: Iterable[Person], recusals: Recusals = ()
) -> Teams:
    """The teams of `match/1`, the same whatever the order of `demands`, `people` and `recusals`.

    `order` is the draw order of the entities; `demands` are concrete lines (no `=S`) of these entities. Raises
    `Unmatchable` for the first seat that nobody can take, which `manning.unmannable` tells before any draw.
    """
    by_entity = Demands(demands)
    lines = tuple(line for entity in order for line in by_entity.of(entity, ""))
    roster: dict[str, list[Person]] = defaultdict(list)
    for person in sorted(people, key=lambda person: person.label.encode()):
        roster[person.unit].append(person)
    recused: dict[str, set[str]] = defaultdict(set)
    for entity, name in recusals:
        recused[name].add(entity)
    tokens = hmacs(prk)
    members: list[tuple[str, ...]] = [()] * len(lines)
    of_unit: dict[str, list[int]] = defaultdict(list)
    for at, line in enumerate(lines):
        of_unit[line.unit].append(at)
    for unit, places in of_unit.items():
        found = _Unit([lines[at] for at in places], roster[unit], recused, tokens).fill()
        for at, team in zip(places, found, strict=True):
            members[at] = team
    return Teams(lines, tuple(members))


class _Unit:
    """The match of one unit. Chains of exchanges never leave a unit, so each is matched alone.

    Inspectors are numbers in byte order of their labels; sets of them are the bits of an int, so that "who of these
    has the lowest load" costs a few machine operations however many they are. Lines with the same tags are one kind.
    What is left to pay for is one t(e, i) for each inspector who could be the lowest, which no program can avoid.
    """

    def __init__(
        self,
        lines: Sequence[Demand],
        people: Sequence[Person],
        recused: Mapping[str, Collection[str]],
        tokens: Callable[[bytes, Iterable[bytes]], list[bytes]],
    ) -> None:
        self.lines = lines
        self.names = [person.label for person in people]
        self.infos = [name.encode() + b"\x01" for name in self.names]
        self.tokens = tokens
        barred: dict[str, int] = defaultdict(int)
        for i, name in enumerate(self.names):
            for entity in recused.get(name, ()):
                barred[entity] |= 1 << i
        self.eligible: list[int] = []
        self.kind: list[int] = []
        self.wide: list[int] = []
        """For each kind, whoever holds its tags."""
        kinds: dict[frozenset[str], int] = {}
        self.siblings: dict[str, list[int]] = defaultdict(list)
        for at, line in enumerate(lines):
            kind = kinds.setdefault(line.tags, len(kinds))
            if kind == len(self.wide):
                self.wide.append(sum(1 << i for i, person in enumerate(people) if person.tags >= line.tags))
            self.eligible.append(self.wide[kind] & ~barred.get(line.entity, 0))
            self.kind.append(kind)
            self.siblings[line.entity].append(at)
        self.on_line = [0] * len(lines)
        self.on_entity: dict[str, int] = dict.fromkeys(self.siblings, 0)
        self.serves: list[set[int]] = [set() for _ in people]
        self.load = [0] * len(people)
        self.at_load = [(1 << len(people)) - 1]
        """The inspectors with each load."""
        self.lowest = 0
        """No inspector has a lower load."""
        self.serving = [0] * len(self.wide)
        """For each kind, who serves at least one line of it."""
        self.seats_of_kind = [[0] * len(self.wide) for _ in people]
        self.begun = 0
        """The lines before this one were begun."""
        self.opened = [0] * len(self.wide)
        """How many lines of each kind were begun."""
        self.kinds_of = [[kind for kind, who in enumerate(self.wide) if who >> i & 1] for i in range(len(people))]
        self.shut = [0] * len(people)
        """For each inspector, how many begun lines of his kinds he cannot join: recused, or on the entity."""
        self._known: tuple[str, dict[int, bytes]] = ("", {})

    def fill(self) -> list[tuple[str, ...]]:
        """Fill seat after seat; the members of each line in byte order."""
        for at, line in enumerate(self.lines):
            self._open(at)
            for _ in range(line.count):
                free = self.eligible[at] & ~self.on_entity[line.entity]
                bound = self.lowest
                if not free & self.at_load[bound]:
                    bound = self._lowest_load_in_reach(at)
                direct = free & self.at_load[bound]
                if direct:
                    known = self._t(line.entity, direct)
                    self._join(min(_bits(direct), key=known.__getitem__), at)
                else:
                    self._search(at, bound)
        return [tuple(self.names[i] for i in _bits(on)) for on in self.on_line]

    def _t(self, entity: str, who: int) -> dict[int, bytes]:
        """t(e, i) of §6 by inspector, for `who` at least. Those of the last entity are kept for its next seat."""
        if self._known[0] != entity:
            self._known = (entity, {})
        known = self._known[1]
        fresh = [i for i in _bits(who) if i not in known] if known else _bits(who)
        known.update(zip(fresh, self.tokens(entity.encode() + b"\t", [self.infos[i] for i in fresh]), strict=True))
        return known

    def _lowest_load_in_reach(self, start: int) -> int:
        """A lower bound of the loads that a search from this line can meet.

        It follows kinds of lines instead of lines and leaves recusals and teams out of account, so that it sees at
        least everyone whom the search reaches; of these it passes over whoever has no line left that he could join.
        The search may stop at the first whose load is as low.
        """
        waiting = [self.kind[start]]
        seen = {self.kind[start]}
        reached = 0
        while waiting:
            fresh = self.wide[waiting.pop()] & ~reached
            reached |= fresh
            for kind, serving in enumerate(self.serving):
                if kind not in seen and serving & reached:
                    seen.add(kind)
                    waiting.append(kind)
        for load in range(self.lowest, len(self.at_load)):
            who = self.at_load[load] & reached
            while who:
                low = who & -who
                i = low.bit_length() - 1
                if self.shut[i] < sum(self.opened[kind] for kind in self.kinds_of[i]):
                    return load
                who ^= low
        return self.lowest

    def _search(self, start: int, bound: int) -> None:
        """The breadth-first search of §6 for one seat of line `start`, and the moves that it ends in.

        The queue holds (mover, line he would move to, lines he would leave). The lines of one inspector are gone
        through only when their turn comes, which is rare: most searches end after a few lines.
        """
        moves: dict[int, tuple[int, int]] = {}
        queue: deque[tuple[int, int, Collection[int]]] = deque([(-1, -1, (start,))])
        reached_from: dict[int, int] = {}
        reached = 0
        best, least = -1, len(self.lines) + 1
        while queue and least > bound:
            mover, to, lines = queue.popleft()
            for at in sorted(lines):
                if at in moves:
                    continue
                moves[at] = (mover, to)
                entity, on = self.lines[at].entity, self.on_line[at]
                on_siblings = self.on_entity[entity] & ~on
                worth = self.eligible[at] & ~on & (~reached | on_siblings)
                if not worth:
                    continue
                for i in sorted(_bits(worth), key=self._t(entity, worth).__getitem__):
                    if on_siblings >> i & 1:
                        sibling = next(other for other in self.siblings[entity] if self.on_line[other] >> i & 1)
                        queue.append((i, at, (sibling,)))
                        continue
                    reached |= 1 << i
                    reached_from[i] = at
                    queue.append((i, at, self.serves[i]))
                    if self.load[i] < least:
                        best, least = i, self.load[i]
                        if least <= bound:
                            break
                if least <= bound:
                    break
        if best < 0:
            line = self.lines[start]
            raise Unmatchable(f"检查对象“{line.entity}”在“{line.unit}”找不到足够的检查人员。")
        at = reached_from[best]
        self._join(best, at)
        while at != start:
            mover, to = moves[at]
            self._leave(mover, at)
            self._join(mover, to)
            at = to

    def _open(self, at: int) -> None:
        """Begin a line: from now on people can join it."""
        kind = self.kind[at]
        self.begun = at + 1
        self.opened[kind] += 1
        for i in _bits(self.wide[kind] & (~self.eligible[at] | self.on_entity[self.lines[at].entity])):
            self.shut[i] += 1

    def _join(self, i: int, at: int) -> None:
        bit, kind = 1 << i, self.kind[at]
        self.on_line[at] |= bit
        self.on_entity[self.lines[at].entity] |= bit
        self.serves[i].add(at)
        self.seats_of_kind[i][kind] += 1
        self.serving[kind] |= bit
        self._shut(i, at, 1)
        self._reload(i, self.load[i] + 1)

    def _leave(self, i: int, at: int) -> None:
        bit, kind = 1 << i, self.kind[at]
        self.on_line[at] &= ~bit
        self.on_entity[self.lines[at].entity] &= ~bit
        self.serves[i].discard(at)
        self.seats_of_kind[i][kind] -= 1
        if not self.seats_of_kind[i][kind]:
            self.serving[kind] &= ~bit
        self._shut(i, at, -1)
        self._reload(i, self.load[i] - 1)

    def _shut(self, i: int, at: int, change: int) -> None:
        """Someone comes to an entity or leaves it: he cannot, or can, join its begun lines."""
        for line in self.siblings[self.lines[at].entity]:
            if line < self.begun and self.eligible[line] >> i & 1:
                self.shut[i] += change

    def _reload(self, i: int, load: int) -> None:
        self.at_load[self.load[i]] &= ~(1 << i)
        if load == len(self.at_load):
            self.at_load.append(0)
        self.at_load[load] |= 1 << i
        self.load[i] = load
        if load < self.lowest:
            self.lowest = load
        while not self.at_load[self.lowest]:
            self.lowest += 1


def _bits(mask: int) -> list[int]:
    """The numbers of the bits that are set, ascending."""
    if mask.bit_count() > 6:
        return list(compress(count(), f"{mask:b}"[::-1].encode().translate(_DIGITS)))
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


_DIGITS = bytes(byte == ord("1") for byte in range(256))


def optimal(teams: Teams, people: Iterable[Person], recusals: Recusals = ()) -> bool:
    """Whether no chain of exchanges lowers the sum of squared loads (§6), judged apart from how the match is made.

    Searches backwards from the least loaded: a line is marked when its seat could be freed in the end by someone of
    load v, and its members are then reached with v. Each line is marked once, in ascending v: the first is the lowest.
    """
    lines, members = teams.lines, [frozenset(team) for team in teams.members]
    barred = frozenset(recusals)
    on_entity: dict[str, set[str]] = defaultdict(set)
    siblings: dict[str, list[int]] = defaultdict(list)
    serves: dict[str, list[int]] = defaultdict(list)
    open_lines: dict[tuple[str, frozenset[str]], list[int]] = defaultdict(list)
    for at, line in enumerate(lines):
        on_entity[line.entity] |= members[at]
        siblings[line.entity].append(at)
        open_lines[line.unit, line.tags].append(at)
        for name in members[at]:
            serves[name].append(at)
    roster: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        roster[person.label].append(person)
    marked = [False] * len(lines)
    reached: set[str] = set()
    for source in sorted(roster, key=lambda name: len(serves[name])):
        if source in reached:
            continue
        lowest = len(serves[source])
        reached.add(source)
        waiting = [source]
        while waiting:
            name = waiting.pop()
            freed: list[int] = []
            for (unit, tags), unmarked in open_lines.items():
                if not any(person.unit == unit and person.tags >= tags for person in roster[name]):
                    continue
                kept = []
                for at in unmarked:
                    entity = lines[at].entity
                    if marked[at]:
                        continue
                    if name in on_entity[entity] or (entity, name) in barred:
                        kept.append(at)
                    else:
                        marked[at] = True
                        freed.append(at)
                open_lines[unit, tags] = kept
            for at in freed:
                entity = lines[at].entity
                for other in siblings[entity]:
                    if not marked[other] and any(
                        person.fits(lines[other]) for member in members[at] for person in roster[member]
                    ):
                        marked[other] = True
                        freed.append(other)
                for member in members[at]:
                    if len(serves[member]) >= lowest + 2:
                        return False
                    if member not in reached:
                        reached.add(member)
                        waiting.append(member)
    return True


def constraints(teams: Teams, people: Iterable[Person], recusals: Recusals = ()) -> list[str]:
    """What is wrong with the teams apart from their optimality, one Chinese sentence each; [] if nothing is."""
    roster: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        roster[person.label].append(person)
    barred = frozenset(recusals)
    on_entity: dict[str, set[str]] = defaultdict(set)
    wrong = []
    for line, members in zip(teams.lines, teams.members, strict=True):
        if len(members) != line.count:
            wrong.append(f"检查对象“{line.entity}”应当由“{line.unit}”派 {line.count} 人，实际 {len(members)} 人。")
        for name in members:
            if not any(person.fits(line) for person in roster.get(name, ())):
                wrong.append(f"检查人员“{name}”不符合检查对象“{line.entity}”的派员要求。")
            if (line.entity, name) in barred:
                wrong.append(f"检查人员“{name}”应当回避检查对象“{line.entity}”。")
            if name in on_entity[line.entity]:
                wrong.append(f"检查人员“{name}”在检查对象“{line.entity}”上出现了两次。")
            on_entity[line.entity].add(name)
    return wrong
