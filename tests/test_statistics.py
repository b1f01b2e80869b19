"""Whether draws are fair: frequencies over 20,000 draws against what is expected, and a biased draw that is caught."""

from collections import Counter
from hashlib import sha256
from itertools import combinations
from math import sqrt
from random import Random
from statistics import NormalDist

import pytest

from models.match import Demand, Person, match
from models.positions import draw_order

DRAWS = 20_000
LABELS = [f"E{n:02d}" for n in range(12)]
STAFF = [f"I{n}" for n in range(8)]
TAKEN = 3
# A fair draw fails a test of this kind once in a million; the seeds are fixed, so it never does.
BEYOND = NormalDist().inv_cdf(1 - 1e-6)


def critical(freedom: int, beyond: float = BEYOND) -> float:
    """Chi-square beyond which a fair draw comes once in a million (Wilson and Hilferty 1931)."""
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + beyond * sqrt(part)) ** 3)


def chi_square(found: Counter, cells: list, expected: float) -> float:
    """How far counts are from being all as expected."""
    return sum((found[cell] - expected) ** 2 / expected for cell in cells)


@pytest.fixture(scope="module")
def counted() -> tuple[Counter, Counter, Counter]:
    """Entities, (entity, place) and pairs of inspectors over all draws; each draw has a key of its own."""
    entities, places, pairs = Counter[str](), Counter[tuple[str, int]](), Counter[tuple[str, str]]()
    people = [Person(name, "甲") for name in STAFF]
    pool = [(label, "*") for label in LABELS]
    for number in range(DRAWS):
        key = sha256(b"statistics %d" % number).digest()
        order = [row.label for row in draw_order(key, pool, {"*": TAKEN}, {"*": len(pool)})]
        entities.update(order)
        places.update((label, place) for place, label in enumerate(order))
        teams = match(key, order, [Demand(label, "甲", 2) for label in order], people)
        # One team of each draw, as the teams of one draw depend on each other; the place varies.
        first, second = sorted(teams.members[number % TAKEN])
        pairs[first, second] += 1
    return entities, places, pairs


def test_every_entity_is_drawn_as_often_the_last_of_the_pool_too(counted: tuple[Counter, Counter, Counter]) -> None:
    entities = counted[0]
    share = TAKEN / len(LABELS)
    # Counts of a sample without replacement vary less than independent ones; scaled to a true chi-square.
    scale = (len(LABELS) - 1) / (len(LABELS) - TAKEN)
    assert chi_square(entities, LABELS, DRAWS * share) * scale < critical(len(LABELS) - 1)
    assert abs(entities[LABELS[-1]] - DRAWS * share) < BEYOND * sqrt(DRAWS * share * (1 - share))


@pytest.mark.parametrize("place", range(TAKEN))
def test_every_entity_comes_as_often_at_each_place(counted: tuple[Counter, Counter, Counter], place: int) -> None:
    cells = [(label, place) for label in LABELS]
    assert chi_square(counted[1], cells, DRAWS / len(LABELS)) < critical(len(LABELS) - 1)


def test_every_pair_of_inspectors_is_sent_as_often(counted: tuple[Counter, Counter, Counter]) -> None:
    cells = list(combinations(STAFF, 2))
    assert set(counted[2]) == set(cells)
    assert chi_square(counted[2], cells, DRAWS / len(cells)) < critical(len(cells) - 1)


def test_a_biased_draw_is_caught() -> None:
    """As a platform did it: a random start that leaves the tail out, then pairs by turns from a random start."""
    chance = Random(1)
    entities, pairs = Counter[str](), Counter[tuple[str, str]]()
    for _ in range(DRAWS):
        start = chance.randrange(len(LABELS) - TAKEN)
        entities.update(LABELS[start : start + TAKEN])
        first = chance.randrange(len(STAFF))
        one, other = sorted((STAFF[first], STAFF[(first + 1) % len(STAFF)]))
        pairs[one, other] += 1
    assert entities[LABELS[-1]] == 0 and len(pairs) == 8
    assert chi_square(entities, LABELS, DRAWS * TAKEN / len(LABELS)) > 10 * critical(len(LABELS) - 1)
    assert chi_square(pairs, list(combinations(STAFF, 2)), DRAWS / 28) > 10 * critical(27)


def test_a_slight_bias_is_caught_too() -> None:
    """One entity in twelve drawn a tenth less often than the others."""
    chance = Random(2)
    weights = [1.0] * (len(LABELS) - 1) + [0.9]
    found = Counter(chance.choices(LABELS, weights, k=DRAWS * TAKEN))
    assert chi_square(found, LABELS, DRAWS * TAKEN / len(LABELS)) > critical(len(LABELS) - 1)


@pytest.mark.parametrize(("freedom", "known"), [(11, 31.264), (27, 55.476)])
def test_the_critical_value_is_that_of_the_tables(freedom: int, known: float) -> None:
    assert critical(freedom, NormalDist().inv_cdf(0.999)) == pytest.approx(known, rel=0.01)
