"""The match beside OR-Tools' min-cost flow on the same office: one arc for each eligible pair, building included."""

import time
from collections import defaultdict
from pathlib import Path
from random import Random

from bench.figure import Figure
from models.match import Demand, Demands, Person, match, optimal

SIZES = ((2_000, 40), (20_000, 300))
TARGET = 1.0
_TAGS = ("食品", "药品", "特种设备", "计量")


def measure(work: Path) -> list[Figure]:
    """Ratios of processor time, both in this process and one after the other."""
    figures = []
    for entities, staff in SIZES:
        order, demands, people, recusals = office(entities, staff)
        at = time.process_time()
        teams = match(b"k" * 32, order, demands, people, recusals)
        ours = time.process_time() - at
        if not optimal(teams, people, recusals):
            raise AssertionError("a better match exists")
        name = f"match of {entities:,} entities and {staff} inspectors in one unit"
        try:
            at = time.process_time()
            least, arcs = peer(order, demands, people, recusals)
            theirs = time.process_time() - at
        except ImportError:
            figures.append(Figure(name, f"{ours:.2f} s", "", None, "OR-Tools is not installed: not compared"))
            continue
        if least != sum(load * load for load in teams.loads.values()):
            raise AssertionError("the peer found another optimum")
        held = entities == SIZES[-1][0]
        figures.append(
            Figure(
                name,
                f"{ours / theirs:.2f} × OR-Tools",
                f"at most {TARGET:.0f} ×" if held else "",
                ours <= TARGET * theirs if held else None,
                f"processor time {ours:.2f} s against {theirs:.2f} s, {arcs:,} arcs, building included; same optimum",
            )
        )
    return figures


def office(
    entities: int, staff: int, seed: int = 1
) -> tuple[list[str], list[Demand], list[Person], set[tuple[str, str]]]:
    """One unit; half the entities want two people, the others one with a tag and one more; some recusals."""
    chance = Random(seed)
    people = [
        Person(f"03{n:08d}", "县局", frozenset(tag for tag in _TAGS if chance.random() < 0.5)) for n in range(staff)
    ]
    order = [f"9113{n:013d}X" for n in range(entities)]
    chance.shuffle(order)
    demands = []
    for entity in order:
        if chance.random() < 0.5:
            demands.append(Demand(entity, "县局", 2))
        else:
            demands += [Demand(entity, "县局", 1, frozenset({chance.choice(_TAGS)})), Demand(entity, "县局", 1)]
    return order, demands, people, {(chance.choice(order), chance.choice(people).label) for _ in range(entities // 10)}


def peer(
    order: list[str], demands: list[Demand], people: list[Person], recusals: set[tuple[str, str]]
) -> tuple[int, int]:
    """The least sum of squared loads and the number of arcs from lines; the n-th seat of an inspector costs 2n − 1.

    Where an entity has several lines, an inspector's arcs meet in a node that lets him be on it once.
    """
    import numpy as np
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    known, staff = Demands(demands), len(people)
    number = {person.label: at for at, person in enumerate(people)}
    able: dict[frozenset[str], np.ndarray] = {}
    barred: dict[str, list[int]] = defaultdict(list)
    for entity, name in recusals:
        barred[entity].append(number[name])
    tails, heads, supplies, seats = [], [], [0] * (staff + 1), 0
    for entity in order:
        lines = known.of(entity, "")
        meeting = 1
        if len(lines) > 1:
            meeting = len(supplies)
            supplies += [0] * staff
        for line in lines:
            if line.tags not in able:
                able[line.tags] = np.array(
                    [at for at, person in enumerate(people) if person.fits(line)], dtype=np.int64
                )
            who = able[line.tags]
            if entity in barred:
                who = np.setdiff1d(who, barred[entity])
            tails.append(np.full(len(who), len(supplies)))
            heads.append(meeting + who)
            supplies.append(line.count)
            seats += line.count
        if meeting > 1:
            tails.append(meeting + np.arange(staff))
            heads.append(1 + np.arange(staff))
    arcs = sum(map(len, tails))
    most = 2 * seats // staff + 50
    tails.append(np.repeat(1 + np.arange(staff), most))
    heads.append(np.zeros(staff * most, dtype=np.int64))
    costs = np.concatenate([np.zeros(arcs, dtype=np.int64), np.tile(2 * np.arange(most) + 1, staff)])
    supplies[0] = -seats
    flow = SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate(tails), np.concatenate(heads), np.ones(len(costs), dtype=np.int64), costs
    )
    flow.set_nodes_supplies(np.arange(len(supplies)), np.array(supplies, dtype=np.int64))
    if flow.solve() != flow.OPTIMAL:
        raise AssertionError("the peer found no match")
    return int(flow.optimal_cost()), arcs
