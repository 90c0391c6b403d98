"""Laws that every encoding obeys, and what each of them promises besides.

A new encoding meets the laws by one row in CASES.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gpfft
from gpfft import Codelet, Config, matrices, simplify
from gpfft.config import (
    ApproximateStage, InlinedStage, PlainStage, PoolStage, RecursiveStage, RescaledStage, TwoSidedStage,
)  # fmt: skip
from gpfft.counting import recurrence
from gpfft.encodings.approximate import Approximate
from gpfft.encodings.base import Encoding
from gpfft.encodings.inlined import Inlined
from gpfft.encodings.plain import Plain
from gpfft.encodings.pool import Pool, kernel
from gpfft.encodings.recursive import Recursive
from gpfft.encodings.recursive.kernel import ADD, OUT, SELF
from gpfft.encodings.rescaled import Rescaled
from gpfft.encodings.rescaled.scales import UNIT
from gpfft.encodings.two_sided import TwoSided
from gpfft.field import Field
from gpfft.recognise import recognise
from gpfft.recursion import Recursion, reference_size
from gpfft.search.evolve import Evolution
from gpfft.search.toolbox import definition
from gpfft.target import Target, dft
from gpfft.transform import definition_flops, matrix
from primitives import multiply

from . import naive, programs, recursions

BURST = PoolStage(steps=150, phase_steps=8)
SCHEDULE = replace(BURST, terms_first=3, terms_last=1)
VECTORS = RecursiveStage(steps=60, genes=6)
FEW = InlinedStage(steps=8)
FACTORS = RescaledStage(steps=99)
TURNS = replace(FACTORS, scales="none")
SIDES = TwoSidedStage(steps=60)
SUMS = ApproximateStage(steps=60, rows=20)


def grown(size: int, seed: int) -> gpfft.Program:
    """Returns a simplified program of shared sums, made by two bursts of the pool."""
    pool = Pool(size, PoolStage(steps=400))
    genes = pool.mutate(pool.mutate(pool.random(np.random.default_rng(seed)), seed), seed + 1)
    return simplify(pool.decode(genes))


CASES: list[Any] = [
    pytest.param(Plain(1, PlainStage(rows=3)), id="plain, 1 point"),
    pytest.param(Plain(4, PlainStage(rows=10)), id="plain, 4 points"),
    pytest.param(Plain(5, PlainStage(rows=24, changes=1)), id="plain, 5 points, single changes"),
    pytest.param(Pool(1, BURST), id="pool, 1 point"),
    pytest.param(Pool(2, BURST), id="pool, 2 points"),
    pytest.param(Pool(5, BURST), id="pool, 5 points"),
    pytest.param(Pool(8, BURST), id="pool, 8 points"),
    pytest.param(Pool(12, replace(BURST, phase_steps=0)), id="pool, 12 points, no rescaling"),
    pytest.param(Pool(8, SCHEDULE, 0.0), id="pool, 8 points, 3 terms an output"),
    pytest.param(Pool(6, SCHEDULE, 1.0), id="pool, 6 points, 1 term an output"),
    pytest.param(Rescaled(definition(1), FACTORS), id="rescaled, 1 point"),
    pytest.param(Rescaled(simplify(definition(4)), FACTORS), id="rescaled, 4 points"),
    pytest.param(Rescaled(grown(8, 3), FACTORS), id="rescaled, 8 points, grown"),
    pytest.param(Rescaled(grown(6, 1), FACTORS), id="rescaled, 6 points, grown"),
    pytest.param(Rescaled(grown(9, 1), FACTORS), id="rescaled, 9 points, grown"),
    pytest.param(Rescaled(simplify(programs.radix2(16)), FACTORS), id="rescaled, 16 points"),
    pytest.param(Rescaled(simplify(programs.radix2(16)), TURNS), id="rescaled, 16 points, no scales"),
    pytest.param(Rescaled(simplify(programs.radix2(16)), FACTORS, "muls"), id="rescaled, products"),
    pytest.param(Rescaled(simplify(programs.radix2(16)), FACTORS, "fma"), id="rescaled, fused"),
    pytest.param(Recursive(2, VECTORS), id="recursive, radix 2"),
    pytest.param(Recursive(3, VECTORS), id="recursive, radix 3"),
    pytest.param(Recursive(5, replace(VECTORS, steps=20, genes=4)), id="recursive, radix 5"),
    pytest.param(Recursive(2, replace(VECTORS, self_taught=True)), id="recursive, self-taught"),
    pytest.param(Recursive(2, replace(VECTORS, free_views=True)), id="recursive, free views"),
    pytest.param(
        Recursive(3, replace(VECTORS, self_taught=True, free_views=True)), id="recursive, radix 3, by itself"
    ),
    pytest.param(Inlined(recursions.dif(), FEW), id="inlined, in frequency"),
    pytest.param(Inlined(recursions.dit(), replace(FEW, inline_rate=0.3)), id="inlined, in time, often"),
    pytest.param(Inlined(recursions.by_radix(3), FEW), id="inlined, radix 3"),
    pytest.param(Inlined(recursions.reversed_(recursions.dif()), FEW), id="inlined, a wrong start"),
    pytest.param(Approximate(1, SUMS), id="approximate, 1 point"),
    pytest.param(Approximate(4, SUMS), id="approximate, 4 points"),
    pytest.param(Approximate(6, SUMS), id="approximate, 6 points"),
    pytest.param(TwoSided(dft(1), SIDES), id="two-sided, 1 point"),
    pytest.param(TwoSided(dft(5), SIDES), id="two-sided, 5 points"),
    pytest.param(TwoSided(dft(8), SIDES), id="two-sided, 8 points"),
    pytest.param(TwoSided(dft(9), replace(SIDES, apart=False)), id="two-sided, 9 points, as one"),
    pytest.param(TwoSided(dft(12), SIDES), id="two-sided, 12 points"),
    pytest.param(TwoSided(recognise(matrices.dct2(4)), SIDES), id="two-sided, cosine transform"),
    pytest.param(TwoSided(recognise(matrices.hartley(7)[:, :4]), SIDES), id="two-sided, 7 x 4"),
    pytest.param(TwoSided(recognise(np.fft.fft(np.eye(5))[:3]), SIDES), id="two-sided, 3 x 5, complex"),
    pytest.param(TwoSided(recognise([[0, 0], [2, 0]]), replace(SIDES, apart=False)), id="two-sided, 1 entry"),
]
OF_ONE_SIZE = (Plain, Pool, Rescaled, TwoSided, Approximate)
STARTED = (Rescaled, TwoSided)  # their random chromosomes are one
every_encoding = pytest.mark.parametrize("encoding", CASES)


def only(*kinds: type) -> Any:
    """Marks a test to run on the cases of some encodings."""
    return pytest.mark.parametrize("encoding", [case for case in CASES if isinstance(case.values[0], kinds)])


def drawn(encoding: Encoding, seed: int, count: int = 6) -> list[Any]:
    """Returns random chromosomes that nobody can write into.

    All random ones of `rescaled` and `two-sided` are their start: they are mutated.
    """
    rng = np.random.default_rng(seed)
    chromosomes = [encoding.random(rng) for _ in range(count)]
    if isinstance(encoding, STARTED):
        chromosomes = [encoding.mutate(genes, 100 * seed + i) for i, genes in enumerate(chromosomes)]
    for genes in chromosomes:
        genes.flags.writeable = False
    return chromosomes


def family(encoding: Encoding, seed: int) -> list[Any]:
    """Returns random chromosomes, children of two of them, and mutated ones."""
    parents = drawn(encoding, seed)
    pairs = list(zip(parents, parents[1:]))
    children = [encoding.mate(a, b, seed + i) for i, (a, b) in enumerate(pairs)]
    return parents + children + [encoding.mutate(genes, seed) for genes in parents + children]


def assert_valid(encoding: Encoding, genes: Any) -> None:
    """A valid chromosome is an integer array that decodes; operands are earlier values."""
    wide = isinstance(encoding, STARTED)
    assert isinstance(genes, np.ndarray) and genes.dtype == (np.int64 if wide else np.int32)
    assert genes.min(initial=0) >= 0 or wide or isinstance(encoding, Inlined)  # scales, and powers of W
    program = encoding.decode(genes)  # refuses a line that reads no earlier value, or no twiddle
    if isinstance(encoding, OF_ONE_SIZE):
        assert isinstance(program, gpfft.Program)
        sought(encoding).check(program)
    else:
        assert isinstance(program, Recursion) and program.radix == encoding.radix
    if isinstance(encoding, Recursive):
        assert_valid_vectors(encoding, genes)
    if isinstance(encoding, Inlined):
        body = program.bodies[-1]
        assert body == body.tidied and body.least <= encoding.radix**encoding.stage.depth
        assert np.array_equal(encoding._encode(body), genes)
    if isinstance(encoding, Pool):
        earlier = encoding.size + np.arange(len(genes))[:, None]
        assert genes.ndim == 2 and genes.shape[1] == 4
        assert len(genes) <= kernel.capacity(encoding.size)
        assert (genes[:, 1::2] < earlier).all()
        assert (genes[:, 0::2] < encoding.size).all()
    if isinstance(encoding, Plain):
        assert genes.ndim == 2 and genes.shape[1] == 3
        assert encoding.size <= len(genes) <= encoding.size + encoding.stage.rows
        assert (genes[-encoding.size :, 0] == encoding._reference).all()
    if isinstance(encoding, TwoSided):
        assert_valid_sides(encoding, genes)
    if isinstance(encoding, Rescaled):
        assert genes.shape == (encoding.graph.butterflies, 2)
        assert (genes[:, 0] >= 0).all() and (genes[:, 0] < period(encoding.size)).all()
        assert not genes[0].any()
        assert encoding.stage.scales == "cosine" or not genes[:, 1].any()


def sought(encoding: Any) -> Target:
    """Returns what an encoding of one size should compute."""
    return encoding.target if isinstance(encoding, TwoSided) else dft(encoding.size)


def assert_valid_sides(encoding: TwoSided, genes: Any) -> None:
    """Of each part there are two: gates of earlier values, then a core; residues are below the prime."""
    assert genes.ndim == 2 and genes.shape[1] == 6
    assert np.array_equal(np.unique(genes[:, 0]), np.arange(2 * len(encoding.parts)))
    assert (np.diff(genes[:, 0]) >= 0).all()
    for number, part in enumerate([*encoding.parts] * 2):
        rows = genes[genes[:, 0] == number, 1:]
        assert (np.diff((rows[:, 0] == 2).astype(int)) >= 0).all() and set(rows[:, 0]) <= {0, 1, 2}
        counts = list(part.shape[::-1])
        for side, a, u, b, w in rows[rows[:, 0] < 2].tolist():
            assert 0 <= min(a, b) and max(a, b) < counts[side] and 0 <= min(u, w) and max(u, w) < 4
            counts[side] += 1
        core = rows[rows[:, 0] == 2]
        assert (core[:, 1] < counts[1]).all() and (core[:, 2] < counts[0]).all()
        assert (core[:, 3:] < encoding.prime).all() and core[:, 3:].any(axis=1).all()
        assert len({(r, c) for r, c in core[:, 1:3].tolist()}) == len(core)


def period(size: int) -> int:
    """Returns how many classes the powers of W fall into, those that differ by 1, -1, i or -i in one."""
    return size // 4 if size % 4 == 0 else size // 2 if size % 2 == 0 else size


def assert_valid_vectors(encoding: Recursive, genes: Any) -> None:
    """Genes are sums and calls of earlier values, then come the outputs; all columns are in range."""
    count = len(genes) - encoding.radix
    assert genes.ndim == 2 and genes.shape[1] == 9 and 0 <= count <= encoding.stage.genes
    assert set(genes[:count, 0]) <= {ADD, SELF} and (genes[count:, 0] == OUT).all()
    assert (genes[:count, 1::4] <= np.arange(count)[:, None]).all() and (genes[count:, 1] <= count).all()
    views = len(encoding.views)
    assert (genes[:count, 2::4] < views).all() and (genes[count:, 2] < views).all()
    assert (genes[:, 3::4] < encoding.sizes[-1]).all() and (genes[:, 4::4] < encoding.turns).all()
    assert not genes[count:, 3:].any()


# Laws of all encodings


@every_encoding
def test_random_chromosomes_are_valid(encoding):
    for genes in drawn(encoding, 0, 40):
        assert_valid(encoding, genes)


@every_encoding
def test_the_same_seed_draws_the_same_chromosomes(encoding):
    for a, b in zip(drawn(encoding, 5), drawn(encoding, 5)):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("encoding", [case for case in CASES if not isinstance(case.values[0], STARTED)])
def test_different_seeds_draw_different_chromosomes(encoding):
    texts = {tuple(map(bytes, drawn(encoding, seed, 8))) for seed in range(10)}
    assert len(texts) == 10


@pytest.mark.parametrize("encoding", [case for case in CASES if "rescaled, 16" in case.id])
def test_different_seeds_make_different_mutations_of_a_rescaled_start(encoding):
    texts = {genes.tobytes() for seed in range(10) for genes in drawn(encoding, seed, 8)}
    assert len(texts) > 3  # there are few that no burst improves, fewest without scales


@pytest.mark.parametrize("encoding", [case for case in CASES if not isinstance(case.values[0], STARTED)])
def test_random_chromosomes_have_various_lengths(encoding):
    assert len({len(genes) for genes in drawn(encoding, 1, 60)}) >= 3


@every_encoding
@pytest.mark.parametrize("seed", range(6))
def test_children_are_valid(encoding, seed):
    for genes in family(encoding, seed):
        assert_valid(encoding, genes)


@every_encoding
def test_a_long_line_of_descendants_stays_valid(encoding):
    a, b = drawn(encoding, 2, 2)
    for seed in range(40):
        a, b = encoding.mutate(encoding.mate(a, b, seed), seed), encoding.mutate(b, seed + 1000)
        assert_valid(encoding, a)
        assert_valid(encoding, b)


@every_encoding
def test_parents_are_never_changed(encoding):
    parents = drawn(encoding, 3)  # read-only: writing into them would raise
    copies = [genes.copy() for genes in parents]
    for seed, (a, b) in enumerate(zip(parents, parents[1:])):
        for child in (encoding.mate(a, b, seed), encoding.mutate(a, seed)):
            assert not np.shares_memory(child, a) and not np.shares_memory(child, b)
            child[...] = 0
        encoding.evaluate([a, b])
        encoding.decode(a)
    for genes, copy in zip(parents, copies):
        assert np.array_equal(genes, copy)


@every_encoding
def test_what_moves_gain_is_told_without_another_result(encoding):
    for seed, genes in enumerate(family(encoding, 4)):
        gains = np.zeros(len(encoding.moves))
        assert np.array_equal(encoding.mutate(genes, seed, gains), encoding.mutate(genes, seed))
        assert np.all(gains >= 0) and np.all(np.isfinite(gains))


@every_encoding
def test_a_child_that_is_better_owes_it_to_a_move_that_gained(encoding):
    for seed, genes in enumerate(drawn(encoding, 6)):
        gains = np.zeros(len(encoding.moves))
        before, after = encoding.evaluate([genes, encoding.mutate(genes, seed, gains)])
        assert after >= before or gains.any()


@every_encoding
def test_the_share_of_live_genes_is_a_share(encoding):
    assert all(0 <= encoding.live(genes) <= 1 for genes in family(encoding, 5))


def test_live_genes_are_those_that_an_output_refers_to_in_the_end():
    plain = Plain(2, PlainStage(rows=4))
    add, reference = ([row.name for row in plain.table].index(name) for name in ("add", "reference"))
    rows = [
        [add, 0, 1],  # x0 + x1 (address 2), which output 0 is
        [add, 2, 2],  # twice that (address 3), which nothing uses
        [reference, 2, 0],
        [reference, 1, 0],
    ]
    assert plain.live(np.array(rows, np.int32)) == 0.5


@every_encoding
def test_the_same_seed_makes_the_same_children(encoding):
    for a, b in zip(family(encoding, 7), family(encoding, 7)):
        assert np.array_equal(a, b)


@every_encoding
def test_a_population_is_evaluated_like_its_members_one_by_one(encoding):
    chromosomes = family(encoding, 11)
    together = encoding.evaluate(chromosomes)
    assert together == [encoding.evaluate([genes])[0] for genes in chromosomes]
    assert encoding.evaluate(chromosomes[::-1]) == together[::-1]


@every_encoding
@pytest.mark.parametrize("threads", [2, 3, 50])
def test_threads_do_not_change_an_evaluation(encoding, threads):
    chromosomes = family(encoding, 12)
    assert encoding.evaluate(chromosomes, threads) == encoding.evaluate(chromosomes)


@every_encoding
def test_nobody_is_evaluated_to_nothing(encoding):
    assert encoding.evaluate([]) == []
    assert encoding.evaluate([], threads=4) == []


@every_encoding
def test_the_error_is_the_distance_of_the_decoded_program_from_what_is_sought(encoding):
    chromosomes = family(encoding, 13)
    for genes, (error, _) in zip(chromosomes, encoding.evaluate(chromosomes)):
        assert error == pytest.approx(slow_error(encoding, genes), rel=1e-9, abs=1e-12)


@only(*OF_ONE_SIZE)
@pytest.mark.parametrize("seed", range(4))
def test_flops_are_never_below_the_count_of_the_lowered_program(encoding, seed):
    chromosomes = family(encoding, 20 + seed)
    cost = encoding.cost if isinstance(encoding, Rescaled) else "flops"
    for genes, (_, count) in zip(chromosomes, encoding.evaluate(chromosomes)):
        program = simplify(encoding.decode(genes))
        assert count >= Codelet(program, measure=cost, target=sought(encoding)).worth[1]


@only(Recursive, Inlined)
def test_flops_are_those_of_the_recurrence_at_a_large_size_never_below_the_unrolled_program(encoding):
    chromosomes = family(encoding, 20)
    for genes, (_, flops) in zip(chromosomes, encoding.evaluate(chromosomes)):
        program = encoding.decode(genes)
        assert flops == recurrence(program, reference_size(encoding.radix))
        n = encoding.radix**2
        assert recurrence(program, n) >= Codelet(simplify(program.unroll(n))).cost.flops


def slow_error(encoding: Encoding, genes: Any) -> float:
    """Returns the error by the definition, from the decoded program run line by line."""
    if isinstance(encoding, (Recursive, Inlined)):
        return slow_error_of_two_sizes(encoding, genes)
    target = sought(encoding)
    size = target.size
    inputs = encoding.samples[0] if isinstance(encoding, Plain) else np.eye(target.inputs)
    wanted = np.array([naive.dft(column) for column in inputs.T.tolist()]).T
    if not target.is_dft:
        wanted = target.matrix
    program = encoding.decode(genes)
    table = [np.exp(-2j * np.pi * k / size) for k in range(size)] + [complex(c) for c in program.constants]
    with np.errstate(all="ignore"):
        rows = naive.evaluate(program, list(inputs.astype(complex)), table)
        found = np.array([row + np.zeros(inputs.shape[1]) for row in rows])
        error = np.linalg.norm(found - wanted) / np.linalg.norm(wanted)
    return float(error) if error < 1e9 else 1e9


def slow_error_of_two_sizes(encoding: Recursive | Inlined, genes: Any) -> float:
    """Returns the root mean square of the errors at two sizes, element by element."""
    r, program = encoding.radix, encoding.decode(genes)
    sizes = (r, r**2) if isinstance(encoding, Recursive) and r > 2 else (r**2, r**3)
    told = isinstance(encoding, Recursive) and not encoding.stage.self_taught
    squares = []
    for n in sizes:
        rows = np.eye(n).astype(complex).tolist()
        found = np.array([naive.recurse(program, row, naive.dft if told else None) for row in rows])
        squares.append(np.linalg.norm(found - [naive.dft(row) for row in rows]) ** 2 / n**2)
    return float(np.sqrt(sum(squares) / 2))


# The count of pool and rescaled, by a slow twin


Use = tuple[int, int, int]  # value; exponent of W, and scale, of the constant that it is multiplied by


def uses_of(encoding: Pool | Rescaled, genes: Any) -> tuple[int, list[Use]]:
    """Returns the number of complex additions, and each use of a value in one or in an output."""
    size = encoding.size
    if isinstance(encoding, Rescaled):
        graph = encoding.graph
        member, turn = (column.tolist() for column in graph.layout[:2])
        phase = [genes[c, 0].item() + t for c, t in zip(member, turn)]
        scale = [genes[c, 1].item() for c in member]
        uses = [(v, (k - phase[v]) % size, -scale[v]) for v, k in graph.outputs.tolist()]
        for own, (ka, a, kb, b) in enumerate(graph.nodes.tolist(), start=size):
            for v, k in ((a, ka), (b, kb)):
                uses.append((v, (k + phase[own] - phase[v]) % size, scale[own] - scale[v]))
        return len(graph.nodes), uses
    counts, values, turns = kernel.readout(genes, size, encoding.terms)
    uses = []
    for count, row, ks in zip(counts.tolist(), values.tolist(), turns.tolist()):
        uses += [(v, k, 0) for v, k in zip(row[:count], ks[:count])]
    additions = sum(counts.tolist()) - size
    for v in range(size + len(genes) - 1, size - 1, -1):
        if any(v == value for value, *_ in uses):
            ka, a, kb, b = genes[v - size].tolist()
            uses += [(a, ka, 0), (b, kb, 0)]
            additions += 1
    return additions, uses


def classes(uses: list[Use], size: int) -> dict[Use, int]:
    """Returns the price of each product, products equal up to a quarter turn once."""
    quarter = period(size)
    return {(v, k % quarter, x): multiply.price(constant(k, x, size)) for v, k, x in uses}


def constant(k: int, scale: int, size: int) -> complex:
    """Returns W^k times a scale."""
    return cmath.rect(math.exp(scale / UNIT), -2 * math.pi * k / size)


@only(Pool, Rescaled)
def test_flops_are_two_an_addition_and_the_price_of_each_different_product(encoding):
    if isinstance(encoding, Rescaled):
        encoding = replace(encoding, cost="flops")
    chromosomes = family(encoding, 30)
    for genes, (_, flops) in zip(chromosomes, encoding.evaluate(chromosomes)):
        additions, uses = uses_of(encoding, genes)
        assert flops == 2 * additions + sum(classes(uses, encoding.size).values())


@only(Rescaled)
def test_multiplications_are_those_of_each_different_product(encoding):
    """A product by a constant of two parts makes two additions as well."""
    encoding = replace(encoding, cost="muls")
    chromosomes = family(encoding, 31)
    for genes, (_, count) in zip(chromosomes, encoding.evaluate(chromosomes)):
        total = 0
        for (_, k, x), price in classes(uses_of(encoding, genes)[1], encoding.size).items():
            value = constant(k, x, encoding.size)
            total += price - 2 * (min(abs(value.real), abs(value.imag)) > 1e-9 * abs(value))
        assert count == total


@pytest.mark.parametrize("size", [2, 3, 4, 6, 8])
def test_flops_are_the_lowered_count_where_no_product_and_no_sum_is_shared(size):
    """No value times two constants that cost, and no sum that `simplify` finds to be made twice."""
    pool = Pool(size, replace(BURST, steps=400))
    compared = 0
    for seed in range(60):
        burst = pool.mutate(drawn(pool, seed, 1)[0], seed)
        rescaled = Rescaled(simplify(pool.decode(burst)), RescaledStage(steps=200))
        pairs = [(pool, burst), (rescaled, rescaled.mutate(drawn(rescaled, seed, 1)[0], seed))]
        for encoding, genes in pairs:
            additions, uses = uses_of(encoding, genes)
            paid = [v for (v, *_), price in classes(uses, size).items() if price]
            program = simplify(encoding.decode(genes))
            sums = sum(name == "add" for name, *_ in program.lines)
            if len(paid) == len(set(paid)) and sums == additions:
                assert encoding.evaluate([genes])[0][1] == Codelet(program).cost.flops
                compared += 1
    assert compared >= 5


# Plain


ALL_KNOWN = [
    (0, 1, 0),  # twiddle -> W^1 (address 2)
    (2, 2, 2),  # multiply -> W^1 W^1 (address 3)
    (1, 3, 2),  # add -> W^2 + W^1 (address 4)
    (3, 4, 0),  # reference -> X[0]
    (3, 3, 0),  # reference -> X[1]
]
BUTTERFLY = [
    (1, 0, 1),  # add -> x0 + x1 (address 2)
    (0, 1, 0),  # twiddle -> W^1 = -1 (address 3)
    (2, 3, 1),  # multiply -> -x1 (address 4)
    (1, 0, 4),  # add -> x0 - x1 (address 5)
    (2, 5, 5),  # multiply -> (x0 - x1)^2, dead (address 6)
    (3, 2, 0),  # reference -> X[0]
    (3, 5, 0),  # reference -> X[1]
]


def test_plain_lines_that_are_known_before_the_input_cost_nothing():
    (error, flops), = Plain(2).evaluate([np.array(ALL_KNOWN, dtype=np.int32)])
    assert flops == 0
    assert error > 0.5


def test_a_plain_butterfly_is_the_dft_of_two_points_for_four_operations():
    genes = np.array(BUTTERFLY, dtype=np.int32)
    assert Plain(2).evaluate([genes]) == [(0.0, 4.0)]
    assert gpfft.judge(Plain(2).decode(genes)).exact


def test_a_plain_output_beside_the_dft_has_an_error():
    genes = np.array(BUTTERFLY, dtype=np.int32)
    genes[-1] = 3, 2, 0  # X[1] refers to x0 + x1 as well
    assert Plain(2).evaluate([genes])[0][0] > 0.1


def test_plain_values_that_overflow_have_the_worst_error():
    rows = [(2, 0, 1)] + [(2, 2 + i, 2 + i) for i in range(12)]  # (x0 x1) squared twelve times
    genes = np.array([*rows, (3, 14, 0), (3, 14, 0)], dtype=np.int32)
    (error, _), = Plain(2).evaluate([genes])
    assert error == 1e9


# Pool


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8, 16, 64])
def test_an_empty_pool_chromosome_is_the_definition(size):
    empty = np.empty((0, 4), dtype=np.int32)
    pool = Pool(size)
    assert gpfft.judge(pool.decode(empty)).exact
    (error, flops), = pool.evaluate([empty])
    additions, uses = uses_of(pool, empty)
    assert error == 0
    assert additions == size * (size - 1)
    assert flops == 2 * additions + sum(classes(uses, size).values()) <= max(4, definition_flops(size))


def test_a_pool_gene_that_outputs_share_lowers_the_cost():
    gene = [
        (0, 0, 0, 2),  # x0 + x2 (address 4): a part of X[0] and X[2]
    ]
    none, one = Pool(4).evaluate([np.empty((0, 4), dtype=np.int32), np.array(gene, dtype=np.int32)])
    assert one == (0.0, none[1] - 2)


@pytest.mark.parametrize("size", [2, 3, 6, 8])
def test_without_a_limit_of_terms_every_descendant_is_exact(size):
    pool = Pool(size, BURST)
    chromosomes = family(pool, 40)
    assert {error for error, _ in pool.evaluate(chromosomes)} == {0.0}
    assert all(gpfft.judge(pool.decode(genes)).exact for genes in chromosomes[::3])


def test_a_limit_of_terms_leaves_random_chromosomes_wrong():
    pool = Pool(8, replace(BURST, terms_first=2, terms_last=2))
    assert all(error > 0.5 for error, _ in pool.evaluate(drawn(pool, 4)))


@pytest.mark.parametrize("seed", range(20))
def test_crossover_of_pool_keeps_the_values_of_the_first_parent(seed):
    pool = Pool(8)
    a, b = drawn(pool, seed, 2)
    child = pool.mate(a, b, seed)
    assert np.array_equal(child[: len(a)], a)
    assert len(child) <= len(a) + len(b)


def test_crossover_of_pool_brings_values_of_the_second_parent():
    pool = Pool(8, BURST)
    a, b = (pool.mutate(genes, 0) for genes in drawn(pool, 0, 2))
    assert any(len(pool.mate(a, b, seed)) > len(a) for seed in range(20))


def test_crossover_of_pool_keeps_a_limit_of_length():
    pool = Pool(4)
    most = kernel.capacity(4)
    a, b = (pool.random(np.random.default_rng(seed)) for seed in (1, 2))
    for seed in range(200):
        a = pool.mate(a, pool.random(np.random.default_rng(seed)), seed)
    assert len(a) <= most
    assert_valid(pool, pool.mate(a, b, 0))


def test_the_limit_of_terms_goes_from_first_to_last_and_the_size_is_no_limit():
    def limits(first: int, last: int) -> list[int]:
        stage = PoolStage(terms_first=first, terms_last=last)
        return [Pool(8, stage).at(progress / 6).terms for progress in range(7)]

    assert limits(0, 0) == [0] * 7
    assert limits(2, 0) == [2, 3, 4, 5, 6, 7, 0]
    assert limits(0, 2) == [0, 7, 6, 5, 4, 3, 2]
    assert limits(3, 3) == [3] * 7


@pytest.mark.parametrize("plus", [True, False], ids=["plus", "comma"])
@pytest.mark.parametrize("first, last", [(2, 0), (0, 2)], ids=["lifted", "tightened"])
def test_when_the_limit_of_terms_moves_the_hall_of_fame_is_weighed_anew(first, last, plus):
    stage = replace(BURST, generations=8, terms_first=first, terms_last=last, plus=plus)
    evolution = Evolution(Pool(8, stage), stage, 3)
    limits = set()
    for _ in range(9):
        champion = evolution.step().champion
        assert evolution.encoding.evaluate([champion.genes]) == [champion.fitness.values]
        limits.add(evolution.encoding.terms)
    assert len(limits) == 7  # every limit from 2 to none was met


@pytest.mark.parametrize("first, last", [(2, 0), (0, 2)], ids=["lifted", "tightened"])
def test_a_run_whose_limit_of_terms_moves_ends_with_an_exact_program(first, last):
    stage = replace(BURST, generations=8, steps=400, terms_first=first, terms_last=last)
    run = gpfft.evolve(config=Config(8, 1, "pool", (stage,)))
    assert run.verdict.exact
    errors = [row["error"] for row in run.history]
    assert (errors[0] > 0 and errors[-1] == 0) if first else errors[0] == 0


# Rescaled


@only(Rescaled)
def test_rescaling_changes_no_output(encoding):
    wanted = encoding.start(np.eye(encoding.size))
    for genes in family(encoding, 50):
        assert np.allclose(encoding.decode(genes)(np.eye(encoding.size)), wanted, atol=1e-12)


@only(Rescaled)
def test_every_rescaled_program_is_exact_to_the_judge(encoding):
    for genes in family(encoding, 51)[::4]:
        assert gpfft.judge(encoding.decode(genes)).exact


@only(Rescaled)
def test_a_rescaled_search_begins_at_the_labels_of_its_start(encoding):
    rng = np.random.default_rng(0)
    genes = encoding.random(rng)
    assert np.array_equal(genes, encoding.random(rng)) and not np.shares_memory(genes, encoding.random(rng))
    assert Codelet(simplify(encoding.decode(genes))).cost == Codelet(simplify(encoding.start)).cost


@only(Rescaled)
def test_a_rescaled_program_is_a_start_that_is_worth_as_much_with_its_factors(encoding):
    for genes in drawn(encoding, 52, 4):
        again = replace(encoding, start=simplify(encoding.decode(genes)))
        own = again.random(np.random.default_rng(0))
        assert again.evaluate([own])[0][1] <= encoding.evaluate([genes])[0][1]
        assert gpfft.judge(again.decode(own)).exact


@only(Rescaled)
def test_mutation_of_factors_never_raises_the_cost(encoding):
    for seed, genes in enumerate(drawn(encoding, 6, 20)):
        before, after = encoding.evaluate([genes, encoding.mutate(genes, seed)])
        assert after[1] <= before[1]


@only(Rescaled)
def test_a_rescaled_child_costs_no_more_than_its_first_parent(encoding):
    parents = drawn(encoding, 7, 8)
    for seed, (a, b) in enumerate(zip(parents, parents[1:])):
        before, after = encoding.evaluate([a, encoding.mate(a, b, seed)])
        assert after[1] <= before[1]


def test_crossover_of_rescaled_takes_what_is_cheaper_in_the_second_parent():
    encoding = Rescaled(simplify(programs.radix2(16)), RescaledStage(steps=20_000))
    start = encoding.random(np.random.default_rng(0))
    better = encoding.mutate(start, 0)
    before, after = encoding.evaluate([start, encoding.mate(start, better, 0)])
    assert after[1] < before[1]


def test_rescaling_brings_the_program_of_radix_2_down_to_that_of_split_radix():
    encoding = Rescaled(simplify(programs.radix2(16)), RescaledStage(steps=20_000))
    genes = encoding.random(np.random.default_rng(0))
    assert encoding.evaluate([genes])[0][1] == 176  # 5 N lg N - 10 N + 16, Cooley & Tukey 1965
    found = min(encoding.evaluate([encoding.mutate(genes, seed)])[0] for seed in range(4))
    assert found == (0.0, 168.0)  # 4 N lg N - 6 N + 8, Yavne 1968


@pytest.mark.parametrize("scales", ["cosine", "none"])
def test_rescaling_takes_a_program_of_more_points_than_a_set_of_bits_has(scales):
    encoding = Rescaled(simplify(programs.radix2(128)), RescaledStage(steps=20_000, scales=scales))
    genes = encoding.random(np.random.default_rng(0))
    child = encoding.mutate(genes, 0)
    before, after = encoding.evaluate([genes, child])
    assert (before[0], after[0]) == (0, 0)
    assert after[1] < before[1]
    assert gpfft.judge(encoding.decode(child)).exact
    assert child[:, 1].any() == (scales == "cosine")


def test_a_scaled_constant_is_recognised_whatever_was_computed_before():
    """Else it depended on what the process did earlier whether a program can be a start."""
    field = Field(64)
    number = field.twiddle(1) + field.twiddle(63)  # 2 cos(2 pi / 64), met as a sum first
    scaled = field.scaled(0, {15: 1})
    assert scaled is number and scaled.polar is not None


def test_the_factors_of_a_smaller_program_are_put_on_all_blocks_like_it():
    """Of 16 points, cheap ones of 168 flops, on the radix-2 program of 32 points."""
    large = Rescaled(simplify(programs.radix2(32)), TURNS)
    small = Rescaled(simplify(programs.radix2(16)), replace(TURNS, steps=20_000))
    genes = small.mutate(small.random(np.random.default_rng(0)), 0)
    sown = large.sown(simplify(small.decode(genes)))
    bare, own = (encoding.random(np.random.default_rng(0)) for encoding in (large, sown))
    before, after = large.evaluate([bare, own])
    assert small.evaluate([genes]) == [(0.0, 168.0)]  # Yavne 1968
    assert after[1] <= before[1] - 2 * (small.evaluate([small.graph.start])[0][1] - 168)
    assert gpfft.judge(sown.decode(own)).exact and sown.graph.butterflies == large.graph.butterflies


def test_a_wrong_start_keeps_its_error():
    """X[1] and X[0] of two points are swapped."""
    start = gpfft.Program(2, (("twiddle", 1), ("multiply", 2, 1), ("add", 0, 1), ("add", 0, 3)), (5, 4))
    encoding = Rescaled(start)
    error, _ = encoding.evaluate(drawn(encoding, 0, 1))[0]
    assert error == pytest.approx(np.linalg.norm(matrix(2) - matrix(2)[::-1]) / 2)


def test_rescaled_refuses_a_start_that_is_no_sum_of_values_times_twiddles():
    start = gpfft.Program(2, (("multiply", 0, 1),), (2, 2))
    with pytest.raises(gpfft.GpfftError, match=r"line 0 of the start program \(multiply\)"):
        Rescaled(start).random(np.random.default_rng(0))


def test_rescaled_refuses_an_output_that_is_a_constant():
    start = gpfft.Program(2, (("twiddle", 1), ("add", 0, 1)), (2, 3))
    with pytest.raises(gpfft.GpfftError, match="an output of the start program is a constant"):
        Rescaled(start).random(np.random.default_rng(0))


# Recursive


BUTTERFLIES = [
    (ADD, 0, 2, 0, 0, 0, 3, 0, 0),  # v1 = low half + high half
    (ADD, 0, 2, 0, 0, 0, 3, 0, 2),  # v2 = low half - high half
    (SELF, 1, 0, 0, 0, 0, 0, 0, 0),  # v3 = the program on v1
    (SELF, 2, 0, 1, 0, 0, 0, 0, 0),  # v4 = the program on W^j v2
    (OUT, 3, 0, 0, 0, 0, 0, 0, 0),  # even outputs
    (OUT, 4, 1, 0, 0, 0, 0, 0, 0),  # odd outputs
]


@pytest.mark.parametrize("self_taught", [False, True])
def test_decimation_in_frequency_is_a_recursive_chromosome_that_is_exact(self_taught):
    encoding = Recursive(2, RecursiveStage(self_taught=self_taught))
    genes = np.array(BUTTERFLIES, dtype=np.int32)
    assert encoding.decode(genes) == recursions.dif()
    assert encoding.evaluate([genes]) == [(0.0, 40976.0)]  # 5 n lg n - 10 n + 16, Cooley & Tukey 1965


def test_a_recursive_power_is_the_one_nearest_to_0_that_fitness_cannot_tell_from_it():
    encoding = Recursive(2)
    genes = np.array(BUTTERFLIES, dtype=np.int32)
    for power, wanted in ((0, 0), (3, 3), (4, 4), (5, -3), (7, -1)):
        genes[3, 3] = power
        body = encoding.decode(genes).bodies[0]
        assert body.lines[3][1].factor.k == wanted


def test_recursive_outputs_that_refer_to_the_input_write_nothing():
    encoding = Recursive(2)
    genes = np.array(BUTTERFLIES, dtype=np.int32)
    genes[4:, 1] = 0
    assert encoding.decode(genes).bodies[0].outputs == ()
    assert encoding.evaluate([genes]) == [(1.0, 0.0)]


def test_a_self_taught_error_is_that_of_the_decoded_program():
    encoding = Recursive(2, replace(VECTORS, self_taught=True))
    chromosomes = family(encoding, 60)
    for genes, (error, _) in zip(chromosomes, encoding.evaluate(chromosomes)):
        assert error == pytest.approx(encoding.decode(genes).error, rel=1e-9, abs=1e-12)


def test_a_call_answered_by_the_dft_and_one_answered_by_the_program_itself_differ():
    """What is wrong in the shorter call shows only to those who teach themselves."""
    taught, told = Recursive(2, replace(VECTORS, self_taught=True)), Recursive(2, VECTORS)
    genes = np.array(BUTTERFLIES, dtype=np.int32)
    genes[0, 8] = 1  # v1 = low half - i high half
    (told_error, _), (own_error, _) = told.evaluate([genes])[0], taught.evaluate([genes])[0]
    assert own_error > told_error + 0.01


@only(Recursive)
def test_a_recursive_mutation_never_gets_worse(encoding):
    """Worse: not exact any more, or more error and complexity together."""
    for seed, genes in enumerate(drawn(encoding, 8, 10)):
        assert energy(encoding, encoding.mutate(genes, seed)) <= energy(encoding, genes) * (1 + 1e-9)


def energy(encoding: Recursive, genes: Any) -> float:
    """Returns what a burst lowers: the squared error, 1 unless it is 0, and a bit for each live line."""
    error = encoding.evaluate([genes])[0][0]
    (body,) = encoding.decode(genes).bodies
    weights = [1 if body.lines[value - 1][0] == "add" else 2 for value in body.live - {0}]
    return error**2 + (error > 0) + encoding.stage.weight * sum(weights)


@only(Recursive)
def test_a_burst_of_no_steps_is_a_copy(encoding):
    still = Recursive(encoding.radix, replace(encoding.stage, steps=0))
    for genes in drawn(encoding, 9):
        assert np.array_equal(still.mutate(genes, 1), genes)


@only(Recursive)
@pytest.mark.parametrize("seed", range(20))
def test_recursive_crossover_keeps_the_first_genes_of_one_and_the_last_of_the_other(encoding, seed):
    a, b = drawn(encoding, seed, 2)
    child = encoding.mate(a, b, seed)
    assert_valid(encoding, child)
    from_a = 0
    while from_a < min(len(a), len(child)) - encoding.radix and np.array_equal(a[from_a], child[from_a]):
        from_a += 1
    assert len(child) - from_a <= len(b)
    # columns that are no references are those of b
    tail = child[max(from_a, len(child) - len(b)) :]
    rest = [col for col in range(9) if col not in (1, 5)]
    assert np.array_equal(tail[:, rest], b[len(b) - len(tail) :][:, rest])


def test_what_recursive_chromosomes_are_told_is_said():
    assert "at 4 and 8 points" in Recursive(2).given and "the true DFT" in Recursive(2).given
    assert "at 5 and 25 points" in Recursive(5).given
    taught = Recursive(2, RecursiveStage(self_taught=True, free_views=True))
    assert "at 4 and 8 points" in taught.given
    assert "answered by itself" in taught.given and "small whole numbers" in taught.given


# Inlined


@only(Inlined)
def test_no_inlined_chromosome_computes_anything_else_than_its_start(encoding):
    start = encoding.start
    for genes in family(encoding, 70):
        program = encoding.decode(genes)
        for n in (encoding.radix**k for k in range(6)):
            x = np.random.default_rng(n).standard_normal(n)
            assert np.allclose(program(x), start(x), rtol=0, atol=1e-12 * n)


@only(Inlined)
def test_an_inlined_mutation_never_raises_the_cost(encoding):
    for seed, genes in enumerate(drawn(encoding, 6, 12)):
        before, after = encoding.evaluate([genes, encoding.mutate(genes, seed)])
        assert after[1] <= before[1]


@pytest.mark.parametrize("start", [recursions.dif(), recursions.by_radix(3)], ids=["radix 2", "radix 3"])
def test_a_hot_inlined_burst_returns_the_cheapest_and_plainest_that_it_met(start):
    encoding = Inlined(start, InlinedStage(steps=40, hot=100, cold=50))
    genes = encoding._encode(start.bodies[-1].tidied)
    before = recurrence(start, reference_size(start.radix)), start.bodies[-1].clutter
    for seed in range(10):
        program = encoding.decode(encoding.mutate(genes, seed))
        assert (recurrence(program, reference_size(start.radix)), program.bodies[-1].clutter) <= before


def test_an_inlined_wrong_start_keeps_its_error():
    encoding = Inlined(recursions.reversed_(recursions.split_radix()), FEW)
    assert encoding.start.error > 0.5
    for error, _ in encoding.evaluate(family(encoding, 71)):
        assert error == pytest.approx(encoding.start.error)


def test_an_inlined_start_may_have_any_turns_and_any_depth():
    """Turns of 1/7, quarters where a vector is to be halved at most: nothing is rounded."""
    odd = recursions.turned(recursions.split_radix(), Fraction(1, 7))
    encoding = Inlined(odd, replace(FEW, depth=1))
    assert encoding.decode(encoding._encode(odd.bodies[-1].tidied)) == odd.tidied
    for genes in family(encoding, 72):
        program = encoding.decode(genes)
        for n in (2, 4, 8, 32):
            x = np.random.default_rng(n).standard_normal(n)
            assert np.allclose(program(x), odd(x), rtol=0, atol=1e-12 * n)


@pytest.mark.parametrize("start", [recursions.dif(), recursions.dit()], ids=["in frequency", "in time"])
def test_radix_2_inlined_and_rescaled_gets_to_split_radix(start):
    encoding = Inlined(start)
    genes = encoding._encode(start.bodies[0])
    assert encoding.evaluate([genes]) == [(0.0, 40976.0)]  # 5 n lg n - 10 n + 16, Cooley & Tukey 1965
    found = min(encoding.evaluate([encoding.mutate(genes, seed)])[0] for seed in range(8))
    assert found == (0.0, 34824.0)  # 4 n lg n - 6 n + 8, Yavne 1968


# Two-sided


@only(TwoSided)
def test_every_two_sided_chromosome_is_right_to_the_judge(encoding):
    for genes in family(encoding, 80)[::4]:
        assert gpfft.judge(encoding.decode(genes), target=encoding.target).accepted


def costs(encoding: TwoSided, genes: Any) -> list[int]:
    """Returns what each part costs, without the recessive ones."""
    return [encoding._cost(part, rows) for part, rows in zip(encoding.parts, encoding._split(genes))]


@only(TwoSided)
def test_a_two_sided_child_has_the_cheaper_of_each_part(encoding):
    """And the recessive parts of its first parent, whose own parts stay where none is cheaper."""
    parents = drawn(encoding, 81, 8)
    for seed, (a, b) in enumerate(zip(parents, parents[1:])):
        child = encoding.mate(a, b, seed)
        assert costs(encoding, child) == list(map(min, costs(encoding, a), costs(encoding, b)))
        before, after = encoding.evaluate([a, child])
        assert after <= before
        for number, rows in enumerate(encoding._split(child)):
            mine, other = (encoding._split(genes)[number] for genes in (a, b))
            if number >= len(encoding.parts) or costs(encoding, a)[number] <= costs(encoding, b)[number]:
                assert np.array_equal(rows, mine)
            else:
                assert np.array_equal(rows, other)
        assert np.array_equal(encoding.mate(a, a, seed), a)


@only(TwoSided)
def test_a_two_sided_mutation_is_never_dearer_and_changes_one_part(encoding):
    for seed, genes in enumerate(drawn(encoding, 82, 8)):
        child = encoding.mutate(genes, seed)
        before, after = encoding.evaluate([genes, child])
        assert after <= before
        pairs = zip(encoding._split(genes), encoding._split(child))
        changed = {i % len(encoding.parts) for i, pair in enumerate(pairs) if not np.array_equal(*pair)}
        assert len(changed) <= 1


def test_a_two_sided_mutation_goes_on_from_the_recessive_part_though_the_other_one_is_cheaper():
    encoding = TwoSided(dft(7), replace(SIDES, steps=300, hot=2.0, cold=2.0))
    genes = encoding.random(np.random.default_rng(0))
    for seed in range(6):
        genes = encoding.mutate(genes, seed)
    recessive = encoding._split(genes)[len(encoding.parts) :]
    assert sum(map(encoding._cost, encoding.parts, recessive)) > sum(costs(encoding, genes))


def test_like_parts_are_solved_once():
    """12 points fall into blocks of two kinds, four of each: two kinds of parts evolve."""
    encoding = TwoSided(dft(12))
    assert [len(part.places) for part in encoding.parts] == [4, 4]
    assert len(TwoSided(dft(12), TwoSidedStage(apart=False)).parts) == 1


@pytest.mark.parametrize("matrix", [[[3]], [[3, 0], [0, 5]], [[1, 1]], [[1], [2]]])
def test_where_nothing_can_be_varied_a_two_sided_mutation_is_a_copy(matrix):
    encoding = TwoSided(recognise(matrix), SIDES)
    genes = encoding.random(np.random.default_rng(0))
    child = encoding.mutate(genes, 0)
    assert np.array_equal(child, genes) and not np.shares_memory(child, genes)


def test_as_one_the_start_is_the_matrix_itself():
    """6 points: 30 additions, and 16 products by what is neither 1 nor -1 for 6 operations each."""
    encoding = TwoSided(dft(6), replace(SIDES, apart=False))
    assert encoding.evaluate([encoding.random(np.random.default_rng(0))]) == [(0.0, 2 * 30 + 6 * 16)]


@pytest.mark.parametrize("apart", [True, False])
def test_two_sided_bursts_are_as_long_as_the_settings_say(apart, monkeypatch):
    """So many steps an entry of the matrix of the part, up to a limit."""
    from gpfft.encodings.two_sided import kernel as two_sided_kernel

    steps = []
    burst = two_sided_kernel.burst
    monkeypatch.setattr(two_sided_kernel, "burst", lambda *given: steps.append(given[7]) or burst(*given))
    encoding = TwoSided(dft(5), replace(SIDES, steps=7, most_steps=60, apart=apart))
    for seed in range(8):
        encoding.mutate(encoding.random(np.random.default_rng(0)), seed)
    assert set(steps) == ({60, 28} if apart else {60})
