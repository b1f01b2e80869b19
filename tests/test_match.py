"""The random match: that of a plain one, feasible whenever possible, best balanced, the same for any input order."""

import hmac
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.manning import feasible, unmannable
from models.match import Demand, Person, Teams, Unmatchable, constraints, match, optimal
from models.substitution import substitute

KEY = bytes(range(32))
TAG = frozenset({"食品"})


class Instance(NamedTuple):
    """One thing to match."""

    order: list[str]
    demands: list[Demand]
    people: list[Person]
    recusals: set[tuple[str, str]]


def plain_match(key: bytes, order: list[str], demands: list[Demand], people: list[Person], recusals: set) -> list:
    """Protocol §6 word for word: one search for each seat, no shortcut. Rows as in teams.tsv."""

    def t(entity: str, name: str) -> bytes:
        return hmac.digest(key, f"{entity}\t{name}\x01".encode(), "sha256")

    lines = [
        line
        for entity in order
        for line in sorted((d for d in demands if d.entity == entity), key=lambda d: (d.key, id(d)))
    ]
    on: list[set[str]] = [set() for _ in lines]

    def load(name: str) -> int:
        return sum(name in members for members in on)

    for seat_line, line in enumerate(lines):
        for _ in range(line.count):
            queue, noted = [seat_line], {}
            reached: dict[str, int] = {}
            for m in queue:
                entity = lines[m].entity
                able = [
                    p.label
                    for p in people
                    if p.unit == lines[m].unit and p.tags >= lines[m].tags and (entity, p.label) not in recusals
                ]
                for i in sorted(able, key=lambda name: t(entity, name)):
                    if i in on[m]:
                        continue
                    siblings = [x for x in range(len(lines)) if x != m and lines[x].entity == entity and i in on[x]]
                    if siblings:
                        if siblings[0] not in queue:
                            queue.append(siblings[0])
                            noted[siblings[0]] = (i, m)
                    elif i not in reached:
                        reached[i] = m
                        for x in range(len(lines)):
                            if i in on[x] and x not in queue:
                                queue.append(x)
                                noted[x] = (i, m)
            if not reached:
                raise Unmatchable(line.entity)
            best = min(reached, key=load)
            at = reached[best]
            on[at].add(best)
            while at != seat_line:
                mover, to = noted[at]
                on[at].discard(mover)
                on[to].add(mover)
                at = to
    rows = [(line.entity, line.unit, name) for line, members in zip(lines, on, strict=True) for name in members]
    return sorted(rows, key=lambda row: (order.index(row[0]), row[1].encode(), row[2].encode()))


def every_match(instance: Instance) -> Iterator[list[tuple[int, str]]]:
    """Every way to fill all seats, as (line, inspector) pairs."""
    lines = [d for entity in instance.order for d in instance.demands if d.entity == entity]

    def fill(at: int, so_far: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
        if at == len(lines):
            yield so_far
            return
        line = lines[at]
        busy = {name for x, name in so_far if lines[x].entity == line.entity}
        able = [
            p.label
            for p in instance.people
            if p.fits(line) and p.label not in busy and (line.entity, p.label) not in instance.recusals
        ]
        for team in combinations(able, line.count):
            yield from fill(at + 1, so_far + [(at, name) for name in team])

    yield from fill(0, [])


def squares(names: list[str]) -> int:
    return sum(load * load for load in Counter(names).values())


@st.composite
def instances(draw: st.DrawFn, entities: int = 4, staff: int = 5) -> Instance:
    """Small and tight: few people, tags, recusals, several lines for one entity and unit, two units."""
    people = [
        Person(f"I{n}", draw(st.sampled_from(["甲", "甲", "乙"])), draw(st.sampled_from([frozenset(), TAG])))
        for n in range(draw(st.integers(2, staff)))
    ]
    order = [f"E{n}" for n in range(draw(st.integers(1, entities)))]
    line = st.tuples(st.sampled_from(["甲", "甲", "乙"]), st.integers(1, 2), st.sampled_from([frozenset(), TAG]))
    demands = [Demand(entity, *of) for entity in order for of in draw(st.lists(line, min_size=1, max_size=3))]
    pairs = [(entity, person.label) for entity in order for person in people]
    recusals = set(draw(st.lists(st.sampled_from(pairs), max_size=5)))
    return Instance(order, demands, people, recusals)


ON_A_SIBLING = Instance(
    ["E0"],
    [Demand("E0", "甲", 1), Demand("E0", "甲", 1, TAG)],
    [Person("I0", "甲", TAG), Person("I1", "甲")],
    set(),
)


@settings(max_examples=400, deadline=None)
@given(instances())
@example(ON_A_SIBLING)
def test_whatever_can_be_matched_is_matched_and_balanced_best(instance: Instance) -> None:
    best = min((squares([name for _, name in way]) for way in every_match(instance)), default=None)
    if best is None:
        with pytest.raises(Unmatchable):
            match(KEY, *instance)
        with pytest.raises(Unmatchable):
            plain_match(KEY, *instance)
        return
    teams = match(KEY, *instance)
    assert squares([name for team in teams.members for name in team]) == best
    assert constraints(teams, instance.people, instance.recusals) == []
    assert optimal(teams, instance.people, instance.recusals)
    assert teams.rows() == plain_match(KEY, *instance)


@settings(max_examples=200, deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_matter(instance: Instance, shuffler: Random) -> None:
    demands, people = list(instance.demands), list(instance.people)
    shuffler.shuffle(demands)
    shuffler.shuffle(people)
    try:
        teams = match(KEY, *instance)
    except Unmatchable:
        with pytest.raises(Unmatchable):
            match(KEY, instance.order, demands, people, instance.recusals)
    else:
        assert match(KEY, instance.order, demands, people, instance.recusals).rows() == teams.rows()


@settings(max_examples=300, deadline=None)
@given(instances())
def test_the_optimality_check_tells_the_best_matches_from_the_others(instance: Instance) -> None:
    ways = [way for _, way in zip(range(300), every_match(instance), strict=False)]
    best = min((squares([name for _, name in way]) for way in every_match(instance)), default=0)
    lines = tuple(d for entity in instance.order for d in instance.demands if d.entity == entity)
    for way in ways:
        members: list[list[str]] = [[] for _ in lines]
        for at, name in way:
            members[at].append(name)
        teams = Teams(lines, tuple(map(tuple, members)))
        assert optimal(teams, instance.people, instance.recusals) == (squares([name for _, name in way]) == best)


@settings(max_examples=300, deadline=None)
@given(instances(entities=2, staff=6))
def test_an_entity_is_unmannable_exactly_when_it_has_no_match_alone(instance: Instance) -> None:
    found = unmannable([(entity, "*") for entity in instance.order], *instance[1:])
    for entity in instance.order:
        own = [d for d in instance.demands if d.entity == entity]
        alone = Instance([entity], own, instance.people, instance.recusals)
        possible = any(True for _ in every_match(alone)) and sum(d.count for d in own) >= 2
        assert (entity in found) != possible


@pytest.mark.parametrize("seed", range(12))
def test_larger_tight_offices_agree_with_the_plain_match(seed: int) -> None:
    """Experts are scarce, some people may visit almost nothing, a third of the entities need two lines of a unit."""
    chance = Random(seed)
    people = [Person(f"I{n:02d}", "甲乙"[n % 2], TAG if n < 6 else frozenset()) for n in range(14)]
    order = [f"E{n:02d}" for n in range(30)]
    demands = []
    for n, entity in enumerate(order):
        demands += [Demand(entity, "甲", 1 + n % 2), Demand(entity, "乙", 1, TAG if n % 4 else frozenset())]
        if n % 3 == 0:
            demands.append(Demand(entity, "甲", 1, TAG))
    recusals = {(entity, f"I{n:02d}") for entity in order for n in (8, 9, 10) if chance.random() < 0.9}
    teams = match(KEY, order, demands, people, recusals)
    assert teams.rows() == plain_match(KEY, order, demands, people, recusals)
    assert optimal(teams, people, recusals)
    assert constraints(teams, people, recusals) == []


def test_a_county_with_exactly_two_people_sends_both_everywhere() -> None:
    order = [f"E{n}" for n in range(5)]
    people = [Person("I1", "县"), Person("I2", "县")]
    teams = match(KEY, order, [Demand(e, "县", 2) for e in order], people)
    assert teams.loads == {"I1": 5, "I2": 5}
    assert unmannable([("E0", "*")], [Demand("=*", "县", 2)], people, {("E0", "I1")})["E0"].lacks[0].eligible == ("I2",)


def test_reasons_name_what_is_lacking() -> None:
    people = [Person("I1", "甲"), Person("I2", "甲", TAG), Person("I3", "乙")]
    demands = [
        Demand("=A", "甲", 2),
        Demand("=B", "甲", 1, TAG),
        Demand("=B", "甲", 2),
        Demand("=C", "乙", 1),
        Demand("E5", "丙", 2),
    ]
    pool = [("E1", "A"), ("E2", "B"), ("E3", "C"), ("E4", "无"), ("E5", "A"), ("E6", "A")]
    found = unmannable(pool, demands, people, {("E6", "I1")})
    assert {entity: str(reason) for entity, reason in found.items()} == {
        "E2": "“甲”需派出具备“食品”的检查人员 3 人，现在能派的只有 2 人",
        "E3": "派员要求一共只有 1 人，每户应当不少于 2 人",
        "E4": "没有派员要求，不知道由哪个单位派人",
        "E5": "“丙”需派出检查人员 2 人，现在能派的只有 0 人",
        "E6": "“甲”需派出检查人员 2 人，现在能派的只有 1 人",
    }


def test_constraints_name_each_fault() -> None:
    lines = (Demand("E1", "甲", 2), Demand("E1", "甲", 1, TAG))
    people = [Person("I1", "甲"), Person("I2", "甲", TAG), Person("I3", "乙")]
    found = constraints(Teams(lines, (("I1",), ("I1",))), people, {("E1", "I1")})
    assert len(found) == 5


class TestSubstitutes:
    """Who steps in: lowest load, then lowest t; nobody who would leave another place empty."""

    people = (Person("I1", "甲"), Person("I2", "甲"), Person("I3", "甲", TAG))
    line = Demand("E1", "甲", 1)

    def test_the_lowest_load_comes_first(self) -> None:
        seats = {"E2": [(Demand("E2", "甲", 1), "I1")], "E3": [(Demand("E3", "甲", 1), "I3")], "E1": []}
        assert substitute(KEY, [self.line], seats, self.people, set()) == ["I2"]

    def test_then_the_lowest_t(self) -> None:
        lowest = min(("I1", "I2", "I3"), key=lambda name: hmac.digest(KEY, f"E1\t{name}\x01".encode(), "sha256"))
        assert substitute(KEY, [self.line], {"E1": []}, self.people, set()) == [lowest]

    def test_neither_those_barred_nor_those_away_nor_those_there(self) -> None:
        seats = {"E1": [(self.line, "I2")]}
        assert substitute(KEY, [self.line], seats, self.people, {("E1", "I1")}) == ["I3"]
        with pytest.raises(Unmatchable, match="补充人员名单"):
            substitute(KEY, [self.line], seats, self.people, {("E1", "I1")}, {"I3"})

    def test_nobody_is_taken_who_alone_can_fill_another_place(self) -> None:
        places = [self.line, Demand("E1", "甲", 1, TAG)]
        seats = {"E9": [(Demand("E9", "甲", 1), name) for name in ("I1", "I2")], "E1": []}
        first, second = substitute(KEY, places, seats, self.people, set())
        assert second == "I3" and first in {"I1", "I2"}

    def test_someone_lent_counts_once_in_the_loads(self) -> None:
        lent = (*self.people, Person("J1", "乙"), Person("J1", "甲"))
        seats = {"E2": [(Demand("E2", "乙", 1), "J1")], "E1": []}
        barred = {("E1", "I1"), ("E1", "I2"), ("E1", "I3")}
        assert substitute(KEY, [self.line], seats, lent, barred) == ["J1"]


@pytest.mark.parametrize(
    ("wanted", "possible"),
    [([], True), ([("ab", 2)], True), ([("ab", 1), ("a", 1)], True), ([("a", 1), ("a", 1)], False), ([("", 1)], False)],
)
def test_feasible(wanted: list[tuple[str, int]], possible: bool) -> None:
    assert feasible(wanted) is possible
