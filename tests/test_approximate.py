"""Approximate chromosomes: real sums and products, constants on a ladder, error and cost both scored."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gpfft
from gpfft.config import ApproximateStage, Conditions
from gpfft.emit.halfcomplex import for_complex_input
from gpfft.emit.lower import lower
from gpfft.encodings.approximate import Approximate, kernel
from gpfft.encodings.approximate.constants import dyadic, ladder
from gpfft.encodings.approximate.reader import parts
from gpfft.field import field_of
from gpfft.search.evolve import Evolution
from gpfft.transform import matrix

STAGE = ApproximateStage(population=8, generations=3, rows=30, steps=120)


def start(size: int) -> gpfft.Program:
    """Returns the committed champion's program for real input, as one for complex input."""
    return for_complex_input(gpfft.codelet(size).real_input)


def case(size: int, warm: bool = True, cost: str = "flops", *conditions: Any) -> Approximate:
    return Approximate(size, STAGE, start(size) if warm else None, cost, Conditions(*conditions))


CASES = [
    pytest.param(case(1, False), id="1 point, random"),
    pytest.param(case(2, False), id="2 points, random"),
    pytest.param(case(5, False), id="5 points, random"),
    pytest.param(case(8, False, "adds,muls", True), id="8 points, random, real"),
    pytest.param(case(3), id="3 points"),
    pytest.param(case(8), id="8 points"),
    pytest.param(case(12, True, "flops", False, True), id="12 points, scaled"),
    pytest.param(case(8, True, "adds,muls", True, True), id="8 points, real, scaled"),
    pytest.param(case(16, True, "adds,muls", True, False, 0), id="16 points, real, no multiplications"),
    pytest.param(case(7, True, "adds,muls", False, False, 3), id="7 points, three multiplications"),
]
every_case = pytest.mark.parametrize("encoding", CASES)


def family(encoding: Approximate, seed: int = 0) -> list[Any]:
    """Returns random chromosomes, their children, and what bursts make of them."""
    rng = np.random.default_rng(seed)
    drawn = [encoding.random(rng) for _ in range(6)]
    children = [encoding.mate(a, b, seed) for a, b in zip(drawn, drawn[1:])]
    return drawn + children + [encoding.mutate(genes, seed + i) for i, genes in enumerate(drawn + children)]


def approximation(encoding: Approximate, genes: Any) -> gpfft.Approximation:
    real, scaled, _ = encoding.conditions
    return gpfft.Approximation(encoding.decode(genes), real=real, scaled=scaled)


# What a chromosome is worth


@every_case
def test_the_error_is_that_of_the_decoded_program(encoding):
    chromosomes = family(encoding)
    for genes, (error, *_) in zip(chromosomes, encoding.evaluate(chromosomes)):
        assert error == pytest.approx(approximation(encoding, genes).error, rel=1e-9, abs=1e-12)


@every_case
def test_the_counts_are_never_below_those_of_the_lowered_program(encoding):
    chromosomes = family(encoding)
    for genes, (_, *counts) in zip(chromosomes, encoding.counts(chromosomes)):
        assert all(mine >= its for mine, its in zip(counts, approximation(encoding, genes).counts))


@every_case
def test_what_bursts_find_is_counted_as_it_is_lowered(encoding):
    """Nothing is there twice: additions and multiplications are then the same on both sides."""
    genes = encoding.mutate(encoding.random(np.random.default_rng(3)), 5)
    (_, adds, muls, _), its = encoding.counts([genes])[0], approximation(encoding, genes).counts
    assert (adds, muls) == its[:2]


@pytest.mark.parametrize("size", [2, 3, 4, 5, 8, 9, 12, 16])
def test_a_start_is_exact_and_counted_like_the_champion_for_real_input(size):
    encoding = Approximate(size, start=start(size), conditions=Conditions(real=True))
    worth = encoding.evaluate([encoding._start])[0]
    assert worth == (0.0, gpfft.codelet(size).real_input.cost.flops)
    assert gpfft.judge(encoding.decode(encoding._start)).exact


@pytest.mark.parametrize("size, flops", [(8, 56), (16, 168), (32, 456)])
def test_for_complex_input_a_start_costs_what_is_published(size, flops):
    """gpfft.records has the sources; twice the real operations and 2(N - 2) additions make these counts."""
    encoding = Approximate(size, start=start(size))
    assert encoding.evaluate([encoding._start])[0] == (0.0, flops)


def test_the_zero_program_has_error_one_and_costs_nothing():
    encoding = case(4, False)
    genes = np.array([[kernel.OUT, 0, kernel.NOTHING]] * 4, dtype=np.int32)
    assert encoding.evaluate([genes]) == [(1.0, 0.0)]


def test_scaled_outputs_are_compared_with_the_best_factors():
    """X[k] = x[0] alone: with the factor that fits best the error is sqrt(1 - 1/N), without it too."""
    genes = np.array([[kernel.OUT, 0, kernel.PLUS if not imaginary else kernel.NOTHING]
                      for _, imaginary in parts(4)], dtype=np.int32)  # fmt: skip
    scale = np.array([[kernel.TIMES, 0, ladder(4).one + 1], *genes.tolist()], dtype=np.int32)
    scale[1:, 1] = 4
    for scaled, same in ((True, True), (False, False)):
        plain, larger = case(4, False, "flops", False, scaled).evaluate([genes, scale])
        assert plain[0] == pytest.approx(np.sqrt(1 - 1 / 4))
        assert (larger[0] == pytest.approx(plain[0])) == same


def test_complex_input_does_everything_twice_and_puts_pairs_together():
    genes = [[kernel.OUT, 0, kernel.PLUS], [kernel.OUT, 1, kernel.PLUS], [kernel.OUT, 2, kernel.PLUS]]
    rows = np.array([[kernel.ADD, 0, 1], *genes], dtype=np.int32)
    rows[1, 1] = 3
    (_, *real), (_, *both) = (case(3, False, "flops", kind).counts([rows])[0] for kind in (True, False))
    assert real == [1, 0, 0] and both == [2 + 4, 0, 0]


# Variation


@every_case
def test_children_are_valid_and_few_enough(encoding):
    for genes in family(encoding, 7):
        assert genes.dtype == np.int32 and len(genes) <= encoding.rows + encoding.size
        assert np.array_equal(encoding.checked(genes.tolist()), genes)


@every_case
def test_bursts_keep_to_the_most_multiplications(encoding):
    most = encoding.conditions.max_muls
    for seed, genes in enumerate(family(encoding, 9)):
        before, after = encoding.counts([genes, encoding.mutate(genes, seed)])
        assert most < 0 or after[2] <= max(most, before[2])


@every_case
def test_tidying_up_changes_nothing_that_is_computed_and_costs_nothing(encoding):
    for genes in family(encoding, 11):
        tidy = encoding._tidied(genes)
        (error, *costs), (tidy_error, *tidy_costs) = encoding.counts([genes, tidy])
        assert tidy_error == pytest.approx(error, abs=1e-12)
        assert all(a <= b for a, b in zip(tidy_costs, costs)) and len(tidy) <= len(genes)
        assert np.array_equal(encoding._tidied(tidy), tidy)


def test_tidying_up_finds_copies_signs_and_zeros():
    one = ladder(2).one
    rows = [
        [kernel.ADD, 1, 0],  # 2: x0 + x1
        [kernel.ADD, 0, 1],  # 3: the same
        [kernel.MINUS, 3, one],  # 4: its negative
        [kernel.ADD, 2, 4],  # 5: nothing
        [kernel.SUB, 5, 2],  # 6: the negative once more
        [kernel.OUT, 6, kernel.NEGATIVE], [kernel.OUT, 5, kernel.PLUS],
    ]  # fmt: skip
    tidy = case(2, False)._tidied(np.array(rows, dtype=np.int32))
    outputs = [[kernel.OUT, 2, kernel.PLUS], [kernel.OUT, 0, kernel.NOTHING]]
    assert tidy.tolist() == [[kernel.ADD, 0, 1], *outputs]


@pytest.mark.parametrize("rows", [
    [[0, 0, 0]], [[4, 0, 3], [4, 0, 0]], [[4, 2, 1], [4, 0, 0]], [[5, 0, 0], [4, 0, 0], [4, 0, 0]],
    [[0, 0, 2], [4, 0, 0], [4, 0, 0]], [[2, 0, 10**6], [4, 0, 0], [4, 0, 0]],
    [[4, 0, 0], [0, 0, 1], [4, 0, 0]],
])  # fmt: skip
def test_rows_that_no_verb_makes_are_refused(rows):
    with pytest.raises(gpfft.GpfftError):
        case(2, False).checked(rows)


def test_without_multiplications_no_constant_that_needs_one_is_known():
    encoding = case(8, False, "adds,muls", True, False, 0)
    dear = [[kernel.TIMES, 0, len(dyadic())], *[[kernel.OUT, 0, kernel.NOTHING]] * 8]
    with pytest.raises(gpfft.GpfftError):
        encoding.checked(dear)
    assert all(muls == 0 for _, _, muls, _ in encoding.counts(family(encoding)))


# The ladder of constants


def test_dyadic_constants_are_sums_of_their_digits_with_none_side_by_side():
    values = [value for value, _ in dyadic()]
    assert len(set(values)) == len(values) and all(0 < value <= 2 for value in values)
    for value, digits in dyadic():
        assert sum(sign * Fraction(2) ** e for sign, e in digits) == value
        assert all(a - b >= 2 for (_, a), (_, b) in zip(digits, digits[1:]))


@given(st.integers(1, 1024))
def test_every_dyadic_number_of_few_digits_is_there_with_the_fewest_digits(numerator):
    """The non-adjacent form has the fewest digits: Reitwiesner 1960."""
    value, n, digits = Fraction(numerator, 512), numerator, 0
    while n:
        if n % 2:
            n -= 2 - n % 4
            digits += 1
        n //= 2
    known = dict(dyadic())
    if digits <= 4:
        assert len(known[value]) == digits
    else:
        assert value not in known


def test_the_ladder_of_eight_points_ends_with_its_cosine():
    its = ladder(8)
    assert [complex(number).real for number in its.exact] == pytest.approx([np.sqrt(0.5)])
    assert its.values[its.one] == 1 and its.prices[its.one].tolist() == [0, 0, 0]
    assert its.prices[-1].tolist() == [0, 1, 0] and len(its.values) == len(its.prices) == its.firsts[-1]


def test_a_constant_that_is_none_of_the_ladder_has_no_place():
    with pytest.raises(ValueError):
        ladder(8).place(field_of(8).rational(Fraction(1, 3)))


# Search


def test_random_chromosomes_become_better_programs():
    stage = ApproximateStage(population=20, generations=10, rows=40, steps=500)
    encoding = Approximate(4, stage, conditions=Conditions(real=True))
    evolution = Evolution(encoding, stage, 0)
    first, *_, last = [evolution.step() for _ in range(11)]
    best = min(one.fitness.values for one in first.front)
    assert min(one.fitness.values for one in last.front) < best


def test_the_programs_that_no_other_is_better_than_are_all_kept():
    """Whatever an evolution evaluates: afterwards something in its archive is as good in everything."""
    stage = ApproximateStage(population=12, generations=6, rows=30, steps=50)
    encoding = Approximate(4, stage, start(4))
    evolution = Evolution(encoding, stage, 1)
    met = []
    evaluate = encoding.evaluate
    object.__setattr__(encoding, "evaluate", lambda *args: (met.extend(found := evaluate(*args)), found)[1])
    for _ in range(7):
        generation = evolution.step()
    kept = [one.fitness.values for one in generation.front]
    assert len(met) == 12 * 7
    assert all(any(all(a <= b for a, b in zip(k, m)) for k in kept) for m in met)
    assert not any(a != b and all(x <= y for x, y in zip(a, b)) for a in kept for b in kept)


def test_what_was_evolved_without_multiplications_is_the_dft_of_four_points_exactly():
    """4 points need none: 6 additions for real input."""
    encoding = Approximate(4, STAGE, start(4), "adds,muls", Conditions(True, False, 0))
    genes = encoding._start
    assert encoding.evaluate([genes]) == [(0.0, 6.0, 0.0)]
    x = np.random.default_rng(0).standard_normal(4)
    assert encoding.decode(genes)(x) == pytest.approx(matrix(4) @ x)
    assert lower(encoding.decode(genes), real=True).cost.flops == 6
