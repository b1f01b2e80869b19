"""The match beside an independent solver: OR-Tools' min-cost flow on random and tight offices, seeds fixed."""

from random import Random

import pytest
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from models.match import Demand, Demands, Unmatchable, constraints, match, optimal
from models.match import Person as Inspector
from tests.test_match import KEY, Instance, plain_match

TAGS = ("食品", "药品", "计量")


def least_squares(instance: Instance) -> int | None:
    """The least sum of squared loads by min-cost flow, or None where not every seat can be filled.

    Line → (entity, inspector) → inspector → sink; the n-th seat of an inspector costs 2n − 1.
    """
    flow = SimpleMinCostFlow()
    nodes: dict[object, int] = {}

    def node(what: object) -> int:
        return nodes.setdefault(what, len(nodes))

    known, used, seats = Demands(instance.demands), set(), 0
    for entity in instance.order:
        pairs = set()
        for at, line in enumerate(known.of(entity, "")):
            seats += line.count
            flow.set_node_supply(node((entity, at)), line.count)
            for person in instance.people:
                if person.fits(line) and (entity, person.label) not in instance.recusals:
                    pairs.add(person.label)
                    flow.add_arc_with_capacity_and_unit_cost(node((entity, at)), node((entity, person.label, "")), 1, 0)
        for name in sorted(pairs):
            flow.add_arc_with_capacity_and_unit_cost(node((entity, name, "")), node(name), 1, 0)
        used |= pairs
    for name in sorted(used):
        for nth in range(1, len(instance.order) + 1):
            flow.add_arc_with_capacity_and_unit_cost(node(name), node("sink"), 1, 2 * nth - 1)
    flow.set_node_supply(node("sink"), -seats)
    return int(flow.optimal_cost()) if flow.solve() == flow.OPTIMAL else None


def random_office(chance: Random) -> Instance:
    """Up to two units, tags, recusals, entities with one to three lines; many of them cannot be manned."""
    people = [
        Inspector(f"I{n:02d}", chance.choice("甲甲乙"), frozenset(tag for tag in TAGS if chance.random() < 0.4))
        for n in range(chance.randint(6, 12))
    ]
    order = [f"E{n:02d}" for n in range(chance.randint(1, 10))]
    demands = []
    for entity in order:
        for _ in range(chance.choice((1, 1, 2, 3))):
            tags = frozenset(chance.sample(TAGS, chance.choice((0, 0, 1))))
            demands.append(Demand(entity, chance.choice("甲甲乙"), chance.choice((1, 1, 2)), tags))
    recusals = {(chance.choice(order), chance.choice(people).label) for _ in range(chance.randint(0, 8))}
    return Instance(order, demands, people, recusals)


def tight_office(chance: Random) -> Instance:
    """A hidden full match, everyone else recused but for a few: plain greed gets stuck, and loads are lopsided."""
    people = [Inspector(f"I{n:02d}", "甲", frozenset(TAGS[: n % 3])) for n in range(chance.randint(4, 8))]
    order = [f"E{n:02d}" for n in range(chance.randint(4, 12))]
    demands, recusals = [], set()
    for entity in order:
        team = chance.sample(people, 3)
        special = team[0]
        demands += [Demand(entity, "甲", 1, special.tags), Demand(entity, "甲", 2)]
        spare = {chance.choice(people).label for _ in range(chance.choice((0, 0, 1, 2)))}
        kept = {person.label for person in team} | spare
        recusals |= {(entity, person.label) for person in people if person.label not in kept}
    return Instance(order, demands, people, recusals)


@pytest.mark.parametrize("office", [random_office, tight_office])
def test_the_peer_finds_no_better_match_and_no_match_that_we_miss(office: object) -> None:
    matched = 0
    for seed in range(600):
        chance = Random(seed)
        instance = office(chance)  # type: ignore[operator]
        least = least_squares(instance)
        demands, people = list(instance.demands), list(instance.people)
        chance.shuffle(demands)
        chance.shuffle(people)
        if least is None:
            for way in (match, plain_match):
                with pytest.raises(Unmatchable):
                    way(KEY, *instance)
            continue
        matched += 1
        teams = match(KEY, *instance)
        assert sum(load * load for load in teams.loads.values()) == least, seed
        assert optimal(teams, instance.people, instance.recusals), seed
        assert constraints(teams, instance.people, instance.recusals) == [], seed
        assert match(KEY, instance.order, demands, people, instance.recusals).rows() == teams.rows(), seed
        assert plain_match(KEY, *instance) == teams.rows(), seed
    assert matched >= (600 if office is tight_office else 150)


def test_a_larger_office_where_one_inspector_may_go_almost_nowhere() -> None:
    """He keeps the lowest load for ever; the search must neither wait for him nor send too much elsewhere."""
    chance = Random(7)
    people = [Inspector(f"I{n:02d}", "甲", frozenset(TAGS[: n % 3])) for n in range(25)]
    order = [f"E{n:03d}" for n in range(120)]
    demands = [Demand(entity, "甲", 2, frozenset(TAGS[: chance.randint(0, 2)])) for entity in order]
    recusals = {(entity, "I02") for entity in order[3:]}
    instance = Instance(order, demands, people, recusals)
    teams = match(KEY, *instance)
    assert sum(load * load for load in teams.loads.values()) == least_squares(instance)
    assert teams.rows() == plain_match(KEY, *instance)
