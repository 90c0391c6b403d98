"""The compiled rescaling: what it prices, and that bursts and crossings keep their promises.

Helpers for the starts and the labels are here, too; `test_rescaled_graph` uses them.
"""

from __future__ import annotations

import cmath
import itertools
import math
from collections import Counter
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from primitives import multiply

from gpfft import Program, judge, simplify
from gpfft.config import PoolStage, RescaledStage
from gpfft.emit.lower import lower
from gpfft.encodings import rescaling
from gpfft.encodings.base import SUMS
from gpfft.encodings.pool import Pool
from gpfft.encodings.rescaled import Rescaled
from gpfft.encodings.rescaled.scales import UNIT
from gpfft.record import read_algorithm
from gpfft.search.toolbox import definition

RUNS = Path(__file__).parent.parent / "runs"


# Starts: programs to rescale


@lru_cache(maxsize=None)
def fft(size: int) -> Program:
    """Returns the evolved algorithm for powers of two, unrolled."""
    return simplify(read_algorithm(RUNS / "anysize").unroll(size).program)


@lru_cache(maxsize=None)
def grown(size: int, seed: int) -> Program:
    """Returns a simplified program that two bursts of the pool made of random genes."""
    pool = Pool(size, PoolStage(steps=400))
    genes = pool.mutate(pool.random(np.random.default_rng(seed)), seed)
    return simplify(pool.decode(pool.mutate(genes, seed + 1)))


@lru_cache(maxsize=None)
def start_of(name: str) -> Program:
    """Returns a start by its name: what made it, its size."""
    made, size, *seed = name.split()
    if made == "grown":
        return grown(int(size), int(seed[0]))
    return fft(int(size)) if made == "fft" else simplify(definition(int(size)))


@lru_cache(maxsize=None)
def encoding_of(name: str, cost: str = "flops") -> Rescaled:
    """Returns the encoding with that start, its bursts short."""
    return Rescaled(start_of(name), RescaledStage(steps=3000), cost)


# The definition's inputs have a bundle of many edges each; N of all residues modulo 4 and 8.
STARTS = [
    *(f"fft {size}" for size in (8, 16, 32, 64)),
    *(f"definition {size}" for size in (3, 5, 6, 7, 8)),
    *(f"grown {size} {seed}" for size in (6, 8, 12, 15, 16) for seed in range(2)),
]
COSTS = [*SUMS]
starts, costs = st.sampled_from(STARTS), st.sampled_from(COSTS)
few = st.integers(0, 40)  # seeds, so that what one example made is known to the next


# Labels


def at_random(encoding: Rescaled, seed: int) -> Any:
    """Returns labels with each phase drawn, and each scale a cosine, a sine, or one of their inverses."""
    dice = np.random.default_rng(seed)
    labels = np.zeros_like(encoding.graph.start)
    sizes = encoding.graph.table
    sizes = sizes[sizes < rescaling.NEVER]
    labels[1:, 0] = dice.integers(rescaling.period(encoding.size), size=len(labels) - 1)
    labels[1:, 1] = dice.choice(sizes, size=len(labels) - 1) * dice.integers(-1, 2, size=len(labels) - 1)
    return labels


def wandered(encoding: Rescaled, seed: int) -> Any:
    """Returns what a short burst, too hot to look at prices, makes of the start's labels."""
    hot = (100, 5.0, 5.0, 0.7, 0.3, 3.0, 2.0, np.zeros(4))
    return rescaling.burst(encoding.graph.start, *encoding._priced, seed, *hot)


def annealed(encoding: Rescaled, seed: int) -> Any:
    """Returns what a mutation makes of the start's labels."""
    return encoding.mutate(encoding.graph.start, seed)


LABELS = {"random": at_random, "wandered": wandered, "annealed": annealed}
ways = st.sampled_from(sorted(LABELS))


def count(encoding: Rescaled, labels: Any) -> float:
    """Returns what the search believes labels to cost."""
    return encoding.evaluate([labels])[0][1]


# The price, by a slow twin that knows complex numbers only


class Twin:
    """A graph's values, in butterflies by their definition."""

    def __init__(self, encoding: Rescaled) -> None:
        self.size = encoding.size
        self.nodes, self.outputs = encoding.graph.nodes.tolist(), encoding.graph.outputs.tolist()
        self.free = next(p for p in (4, 2, 1) if self.size % p == 0)  # turns that are free of charge
        self.period = self.size // self.free

    @cached_property
    def groups(self) -> dict[tuple[int, int, int], dict[int, int]]:
        """Returns {what its products are: {value: k}}, value = W^k (a + W^d b) for the key (a, b, d)."""
        groups: dict[tuple[int, int, int], dict[int, int]] = {}
        for value, (ka, a, kb, b) in enumerate(self.nodes, start=self.size):
            (a, ka), (b, kb) = sorted([(a, ka), (b, kb)], key=lambda pair: pair[0])
            groups.setdefault((a, b, (kb - ka) % self.period), {})[value] = ka
        return groups

    def is_final(self, group: dict[int, int]) -> bool:
        """Tells whether a butterfly makes outputs only, two values or more, turned alike."""
        used = {value for _, a, _, b in self.nodes for value in (a, b)}
        turns = [[k for value, k in self.outputs if value == v] for v in group]
        whole = {(k + group[v]) % self.period for v, ks in zip(group, turns) for k in ks}
        return len(group) > 1 and not used & set(group) and all(turns) and len(whole) == 1

    def constant(self, k: int, scale: int) -> complex:
        """Returns the constant of a phase and a scale, less free turns."""
        turned = cmath.exp(-2j * cmath.pi * (k % self.period) / self.size)
        return turned * math.exp(max(-9.0, min(scale / UNIT, 9.0)))  # the prices beyond are the same


def price(c: complex, cost: str) -> int:
    """Returns what a constant costs: on an axis, on a diagonal, with a part of size 1, any other."""
    flops, axis = multiply.price(c), multiply.price(c / abs(c)) == 0
    if cost == "flops":
        return flops
    if cost == "muls":
        return flops if axis else flops - 2  # all others add the parts, in some way
    return 0 if axis else 4 if flops == 6 else 2  # a product that an addition takes in is no operation


def waits(c: complex) -> bool:
    """Tells whether a product is real or has a real factor."""
    return (multiply.price(c / abs(c)), multiply.price(c)) in ((0, 2), (4, 4))


def twin_cost(encoding: Rescaled, labels: Any) -> int:
    """Returns what labels cost, by the legend of `rescaling`."""
    twin, cost = Twin(encoding), encoding.cost
    member, turn = (column.tolist() for column in encoding.graph.layout[:2])
    phase = [int(labels[member[v], 0]) + turn[v] for v in range(len(member))]
    scale = [int(labels[member[v], 1]) for v in range(len(member))]
    uses: dict[tuple[int, int, int], complex] = {}

    def use(value: int, k: int, into: int, size: int) -> complex:
        phase_, scale_ = (k + into - phase[value]) % twin.period, size - scale[value]
        return uses.setdefault((value, phase_, scale_), twin.constant(phase_, scale_))

    both: dict[int, list[complex]] = {}
    for value, (ka, a, kb, b) in enumerate(twin.nodes, start=twin.size):
        both[value] = [use(v, k, phase[value], scale[value]) for k, v in ((ka, a), (kb, b))]
    out = [use(value, k, 0, 0) for value, k in twin.outputs]
    total = SUMS[cost] * len(twin.nodes)
    total += sum(price(c, cost) for c in uses.values())
    if cost == "fma":
        total += 2 * sum(waits(c) for c in out)
        for group in twin.groups.values():  # of what makes outputs only, each value is charged
            meets = all(map(waits, both[min(group)]))
            total += 2 * meets * (len(group) if twin.is_final(group) else 1)
    return total


@pytest.mark.parametrize("name", STARTS)
def test_values_made_of_the_same_products_are_one_butterfly(name: str) -> None:
    encoding = encoding_of(name)
    twin, (member, turn) = Twin(encoding), encoding.graph.layout[:2]
    numbers = []
    for group in twin.groups.values():
        final = twin.is_final(group)
        assert {int(member[v]) for v in group} == {0} if final else len({int(member[v]) for v in group}) == 1
        assert len({int(turn[v] + k) % twin.period for v, k in group.items()}) == 1
        numbers += [] if final else [int(member[min(group)])]
    assert sorted(numbers) == list(range(1, encoding.graph.butterflies))
    assert not member[: twin.size].any() and not turn[: twin.size].any()
    for value, k in twin.outputs:
        assert member[value] or (turn[value] - k) % twin.period == 0


@settings(max_examples=150)
@given(starts, costs, ways, few)
def test_the_cost_is_that_of_a_slow_twin(name: str, cost: str, way: str, seed: int) -> None:
    encoding = encoding_of(name, cost)
    labels = LABELS[way](encoding, seed)
    if encoding.size & (encoding.size - 1) == 0:
        assert count(encoding, labels) == twin_cost(encoding, labels)
    else:  # sines are not independent: equal products of them may have integers that differ
        assert count(encoding, labels) >= twin_cost(encoding, labels)
        labels[:, 1] = 0
        assert count(encoding, labels) == twin_cost(encoding, labels)


# The search's count is an upper bound of the real one


def shares_a_product(program: Program) -> bool:
    """Tells whether some real product, or sum of parts, is of use to two products of complex values.

    A value times c takes the real products of its parts with |Re c| and |Im c|, where these are not 1;
    if they are equal, it takes the sum and the difference of its parts first.
    """
    table_ = program.exact_table
    taken: dict[int, dict[frozenset[Any], set[Any]]] = {}
    for name, *operands in program.lines:
        if name == "multiply":
            c, value = table_[program.lines[operands[0] - program.size][1]], operands[1]
            turned = frozenset(c * turn for turn in c.field.powers[:: c.field.order // 4])
            parts = {part if complex(part).real > 0 else -part for part in (c.real, c.imag)}
            parts = {"sums"} if len(parts) == 1 else parts - {c.field.zero, c.field.one}
            taken.setdefault(value, {})[turned] = parts
    return any(
        sum(map(len, products.values())) > len(set().union(*products.values())) for products in taken.values()
    )


@settings(max_examples=150)
@given(starts, costs, ways, few)
def test_no_lowered_program_needs_more_than_its_search_counted(
    name: str, cost: str, way: str, seed: int
) -> None:
    encoding = encoding_of(name, cost)
    labels = LABELS[way](encoding, seed)
    program = encoding.decode(labels)
    assert lower(program).count(cost) <= count(encoding, labels)
    assert lower(simplify(program)).count(cost) <= count(encoding, labels)


@pytest.mark.parametrize("cost", ["flops", "muls"])
def test_the_count_is_the_lowered_one_where_no_real_product_and_no_sum_is_shared(cost: str) -> None:
    """With turns alone; scales, which no edge may tell, are first read back from the program."""
    compared = Counter[str]()
    for name, way, seed in itertools.product(STARTS, LABELS, range(4)):
        encoding = encoding_of(name, cost)
        labels = LABELS[way](encoding, seed)
        if encoding.size & (encoding.size - 1) or seed % 2:
            labels[:, 1] = 0
        program = simplify(encoding.decode(labels))
        sums = sum(line[0] == "add" for line in program.lines)
        if sums == len(encoding.graph.nodes) and not shares_a_product(program):
            if labels.any(axis=0)[1]:
                encoding = Rescaled(program, encoding.stage, cost)
                labels = encoding.graph.start
            assert lower(program).count(cost) == count(encoding, labels), (name, way, seed)
            compared[way] += 1
    assert compared["annealed"] >= 3 * 4  # of all FFTs, at least
    assert min(compared[way] for way in LABELS) >= 4


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_what_a_mutation_makes_of_an_fft_is_worth_what_it_counted(size: int, cost: str) -> None:
    encoding = encoding_of(f"fft {size}", cost)
    for seed in range(3):
        labels = annealed(encoding, seed)
        program = simplify(encoding.decode(labels))
        found = lower(program).count(cost)
        if cost == "fma":  # a product that meets two others is charged twice
            assert found <= count(encoding, labels)
        else:
            assert found == count(encoding, labels) and not shares_a_product(program)


@settings(max_examples=60)
@given(starts, ways, few)
def test_no_factors_change_what_is_computed(name: str, way: str, seed: int) -> None:
    encoding = encoding_of(name)
    program = encoding.decode(LABELS[way](encoding, seed))
    assert judge(program).exact
    assert judge(simplify(program)).exact


# Bursts


@settings(max_examples=25)
@given(starts, costs, few, st.sampled_from([0.3, 1e8]))
def test_a_burst_that_accepts_no_rise_gets_cheaper_with_every_change(
    name: str, cost: str, seed: int, warmth: float
) -> None:
    """Bursts of one seed begin alike: what is kept of costs on the way is what they are worked out to be.

    A spreading that is a million times hotter than acceptance draws clusters at random.
    """
    encoding = encoding_of(name, cost)
    labels = wandered(encoding, seed)
    before = labels.copy()
    costs_: list[int] = []
    for steps in range(0, 160):
        gains = np.zeros(len(rescaling.MOVES))
        cold = (1e-6, 1e-6, 0.7, 0.3, 5.0, warmth, gains)
        child = rescaling.burst(labels, *encoding._priced, seed, steps, *cold)
        costs_.append(rescaling.cost(child, *encoding._priced))
        assert costs_[0] - costs_[-1] == gains.sum()
        assert not child[0].any()
    assert np.array_equal(labels, before)
    assert costs_ == sorted(costs_, reverse=True) and costs_[0] == rescaling.cost(labels, *encoding._priced)


@settings(max_examples=60)
@given(starts, costs, few)
def test_what_is_around_a_butterfly_is_all_that_its_label_changes(name: str, cost: str, seed: int) -> None:
    encoding = encoding_of(name, cost)
    size, sizes, prices, graph = encoding._priced
    dice = np.random.default_rng(seed)
    labels, others = at_random(encoding, seed), at_random(encoding, seed + 1)
    p = rescaling.period(size)
    for c in dice.integers(1, len(labels), size=20).tolist():
        changed = labels.copy()
        changed[c] = others[c]
        parts = [
            rescaling.around(c, *map(np.ascontiguousarray, array.T), p, *sizes, prices, *graph[2:])
            for array in (labels, changed)
        ]
        whole = [rescaling.cost(array, *encoding._priced) for array in (labels, changed)]
        assert whole[1] - whole[0] == parts[1] - parts[0]
        labels = changed


@pytest.mark.parametrize("name", ["fft 16", "definition 7", "grown 12 0"])
@pytest.mark.parametrize("cost", COSTS)
def test_equal_seeds_give_equal_bursts_and_others_do_not(name: str, cost: str) -> None:
    encoding = encoding_of(name, cost)
    labels = at_random(encoding, 0)
    hot = (200, 3.0, 1.0, 0.5, 0.3, 3.0, 2.0, np.zeros(4))
    a, b, c = (rescaling.burst(labels, *encoding._priced, seed, *hot) for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    assert np.array_equal(encoding.mutate(labels, 1), encoding.mutate(labels, 1))


@pytest.mark.parametrize("name", ["fft 32", "grown 16 0"])
def test_a_burst_without_scales_turns_only_and_one_of_scales_alone_turns_nothing(name: str) -> None:
    encoding = encoding_of(name)
    for scaling, still in ((0.0, 1), (1.0, 0)):
        labels = rescaling.burst(
            encoding.graph.start, *encoding._priced, 3, 2000, 3.0, 3.0, scaling, 0.3, 3.0, 2.0, np.zeros(4)
        )
        if scaling == 0:
            assert not labels[:, still].any() and labels[:, 1 - still].any()
        else:  # a constant may be freed from both at once
            assert labels[:, 1].any()


# Crossing


@settings(max_examples=60)
@given(starts, costs, ways, ways, few)
def test_a_child_has_each_label_from_a_parent_and_costs_no_more(
    name: str, cost: str, way: str, other: str, seed: int
) -> None:
    encoding = encoding_of(name, cost)
    a, b = LABELS[way](encoding, seed), LABELS[other](encoding, seed + 1)
    copies = a.copy(), b.copy()
    child = rescaling.cross(a, b, *encoding._priced, seed)
    assert ((child == a).all(axis=1) | (child == b).all(axis=1)).all()
    assert np.array_equal(child, rescaling.cross(a, b, *encoding._priced, seed))
    assert np.array_equal(a, copies[0]) and np.array_equal(b, copies[1])
    assert count(encoding, child) <= count(encoding, a)
    if not encoding._priced[3][4].size:  # every value of one use, and no meetings
        assert count(encoding, child) <= count(encoding, b)
    assert np.array_equal(rescaling.cross(a, a, *encoding._priced, seed), a)
    for child in (encoding.mate(a, b, seed), encoding.mutate(a, seed)):
        assert count(encoding, child) <= count(encoding, a)


def few_differences(encoding: Rescaled, seed: int) -> tuple[Any, Any, list[int]]:
    """Returns labels, others that differ in a chain of eight butterflies, and which these are."""
    dice = np.random.default_rng(seed)
    a, other = wandered(encoding, seed), at_random(encoding, seed)
    _, _, near, start, *_ = encoding.graph.layout
    chosen = [int(dice.integers(1, len(a)))]
    while len(chosen) < 8:
        c = chosen[dice.integers(len(chosen))]
        near_c = near[start[c] : start[c + 1], 0]
        w = int(dice.choice(near_c)) if dice.random() < 0.9 else int(dice.integers(1, len(a)))
        chosen += [w] if w > 0 and w not in chosen else []
    b = a.copy()
    b[chosen] = other[chosen]
    return a, b, chosen


def test_a_child_is_the_cheapest_of_all_mixes_where_edges_favour_whole_parents() -> None:
    """Where, for each pair of butterflies, mixed parents cost no less than whole ones: all mixes, tried."""
    compared = 0
    for seed in range(300):
        encoding = encoding_of(("fft 16", "fft 32")[seed % 2], ("flops", "muls")[seed // 2 % 2])
        a, b, chosen = few_differences(encoding, seed)

        def mixed(taken: list[int]) -> int:
            labels = a.copy()
            labels[taken] = b[taken]
            return rescaling.cost(labels, *encoding._priced)

        base, own = mixed([]), {c: mixed([c]) for c in chosen}
        pairs = itertools.combinations(chosen, 2)
        if all(base + mixed([c, w]) <= own[c] + own[w] for c, w in pairs):
            all_of_them = itertools.chain.from_iterable(itertools.combinations(chosen, n) for n in range(9))
            best = min(mixed(list(taken)) for taken in all_of_them)
            child = rescaling.cross(a, b, *encoding._priced, seed)
            assert rescaling.cost(child, *encoding._priced) == best
            compared += best < min(base, mixed(chosen))
    assert compared >= 10
