"""Two-sided chromosomes become programs that the judge accepts, of no more operations than they say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gpfft
from gpfft import Codelet, Config, matrices, simplify
from gpfft.config import TwoSidedStage
from gpfft.encodings.two_sided import TwoSided, exact, kernel
from gpfft.encodings.two_sided.encoding import PRICES
from gpfft.field import field_of
from gpfft.recognise import recognise
from gpfft.target import Target, dft

from .strategies import targets

SHORT = TwoSidedStage(steps=100, most_steps=1500, hot=1.2, cold=0.4)
WHOLE = replace(SHORT, apart=False)
EVEN = np.arange(1, 7) / 6
seeds = st.integers(0, 2**62)
TARGETS: list[Any] = [
    *(pytest.param(dft(size), id=f"dft {size}") for size in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12)),
    pytest.param(recognise(matrices.dct2(4)), id="dct"),
    pytest.param(recognise(matrices.dct2(4), complex_input=True), id="dct of complex input"),
    pytest.param(recognise(matrices.dct2(8, unitary=False)), id="dct 8"),
    pytest.param(recognise(matrices.hartley(8)), id="hartley"),
    pytest.param(recognise(matrices.walsh_hadamard(4)), id="walsh-hadamard"),
    pytest.param(recognise(matrices.circulant([1, -2, 3, 0.5])), id="circulant"),
    pytest.param(recognise(np.random.default_rng(0).standard_normal((3, 3))), id="random"),
    pytest.param(recognise(matrices.hartley(5)[:, :3]), id="narrow"),
    pytest.param(recognise(np.fft.fft(np.eye(6))[:2]), id="wide, complex"),
    pytest.param(recognise([[1, 2], [0, 0], [2, 1]]), id="a row of zeros"),
    pytest.param(recognise([[0, 1, 2j], [0, 1j, 2]]), id="a column of zeros"),
    pytest.param(recognise([[0.5]]), id="one number"),
    pytest.param(recognise([[3, 0], [0, 5]]), id="diagonal"),
]
every_target = pytest.mark.parametrize("target", TARGETS)


def walked(encoding: TwoSided, seed: int, heat: float = 1.0) -> Any:
    """Returns a chromosome of what bursts ended with, cheap or not."""
    split = encoding._split(encoding.random(np.random.default_rng(0)))
    for number, part in enumerate(encoding.parts):
        problem = part.shape, 2 if part.real else 4, PRICES, encoding.prime
        walk = 200, heat, heat, 40, 0, np.zeros(6)
        split[number], _ = kernel.burst(split[number], *problem, seed, EVEN, *walk)
    return encoding._joined(split)


def assert_accepted(encoding: TwoSided, genes: Any) -> None:
    """The program is right, and costs no more than the chromosome was said to."""
    program = simplify(encoding.decode(genes))
    verdict = gpfft.judge(program, target=encoding.target)
    assert verdict.accepted, verdict
    ((error, flops),) = encoding.evaluate([genes])
    assert error == 0
    assert flops >= Codelet(program, target=encoding.target).cost.flops


@every_target
def test_the_start_is_the_target(target: Target):
    for stage in (SHORT, WHOLE):
        encoding = TwoSided(target, stage)
        assert_accepted(encoding, encoding.random(np.random.default_rng(0)))


@every_target
@settings(max_examples=6)
@given(seeds, st.booleans())
def test_every_descendant_is_accepted_and_costs_no_more_than_was_said(target: Target, seed: int, apart: bool):
    encoding = TwoSided(target, SHORT if apart else WHOLE)
    genes = encoding.random(np.random.default_rng(0))
    for more in range(4):
        genes = encoding.mutate(genes, seed + more)
    assert_accepted(encoding, genes)


@every_target
@settings(max_examples=6)
@given(seeds, st.booleans(), st.sampled_from([0.5, 1.5, 4.0]))
def test_chromosomes_off_the_path_are_accepted_too(target: Target, seed: int, apart: bool, heat: float):
    """Hot walks end with gates that gain nothing, constants of all kinds, and unknowns left free."""
    encoding = TwoSided(target, SHORT if apart else WHOLE)
    assert_accepted(encoding, walked(encoding, seed, heat))


@settings(max_examples=40)
@given(targets(), seeds)
@example(Target(4, (field_of(4).zero, field_of(4).i), ((0, 0), (0, 1)), name="one"), 0)
def test_any_small_matrix_is_solved_for(target: Target, seed: int):
    for stage in (SHORT, WHOLE):
        encoding = TwoSided(target, stage)
        assert_accepted(encoding, walked(encoding, seed))


def test_a_chromosome_by_hand_has_the_constants_that_its_kinds_allow():
    """X0 and X1 of 4 points as c (x0 + x2) and so on: of each entry only the kind is read."""
    target = recognise([[2, 2, 0], [3j, 3j, 0.5]])
    rows = np.array([
        (0, 0, 0, 1, 0),  # x0 + x1 (value 3)
        (2, 0, 3, 7, 0),  # a real number times it
        (2, 1, 3, 0, 7),  # an imaginary one
        (2, 1, 2, 9, 0),
    ])  # fmt: skip
    program = exact.program(rows, target, 2**31 - 1)
    assert gpfft.judge(program, target=target).exact
    assert {complex(number) for number in program.constants} == {2, 3j, 0.5}


def test_units_are_taken_as_they_stand():
    """X = x0 - i x1, where another unit in the core is not made right by anything."""
    target = recognise([[1, -1j]])
    p = 2**31 - 1
    right, wrong = (np.array([(2, 0, 0, 1, 0), (2, 0, 1, 0, im)]) for im in (p - 1, 1))
    assert gpfft.judge(exact.program(right, target, p), target=target).exact
    assert gpfft.judge(exact.program(wrong, target, p), target=target).failed == "impulse response"


@pytest.mark.parametrize("number", [2 + 2j, 2 - 2j, 1 + 3j, -1 + 3j, 3 + 1j, 3 - 1j, 2 + 3j, 1 - 1j, -1 + 1j])
def test_numbers_of_two_parts_are_solved_for_in_the_directions_of_their_kind(number: complex):
    target = recognise([[number]])
    p = 2**31 - 1
    rows = np.array([(2, 0, 0, int(number.real) % p, int(number.imag) % p)])
    assert gpfft.judge(exact.program(rows, target, p), target=target).exact


def test_a_constant_that_is_twice_in_a_sum_is_shared_out():
    """The second of two like unknowns is left free, so it is 0; the first has it all."""
    target = recognise([[5, 0]])
    rows = np.array([
        (0, 0, 0, 1, 0),  # x0 + x1 (value 2)
        (0, 0, 0, 1, 2),  # x0 - x1 (value 3)
        (2, 0, 0, 7, 0), (2, 0, 2, 7, 0), (2, 0, 3, 7, 0),
    ])  # fmt: skip
    program = exact.program(rows, target, 2**31 - 1)
    assert gpfft.judge(program, target=target).exact
    assert [complex(number) for number in program.constants] == [5]


# Published counts, by short searches; sources as in gpfft/records.json


def found(seed: int, size: int | None = None, matrix: str = "", **settings: Any) -> Any:
    """Returns the champion of a run."""
    config = Config(size, seed, matrix=matrix, stages=(TwoSidedStage(**settings),))
    return gpfft.evolve(config=config, threads=1).champion


@pytest.mark.parametrize(
    "size, flops, steps, generations",
    [
        (3, 16, 500, 1),  # FFTW 3.3.10
        (5, 44, 2000, 2),  # FFTW 3.3.10
        (6, 44, 500, 1),  # FFTW 3.3.10
        (7, 86, 8000, 2),  # below the 88 of Winograd's (Burrus & Selesnick, Short DFT Algorithms)
        (12, 112, 500, 1),  # FFTW 3.3.10
    ],
)
def test_published_counts_are_reached_in_seconds(size: int, flops: int, steps: int, generations: int):
    champion = found(0, size, steps=steps, generations=generations)
    assert champion.verdict.exact
    assert champion.cost.flops == flops


@pytest.mark.parametrize(
    "matrix, flops",
    [
        (matrices.walsh_hadamard(8), 24),  # N log2 N: Fino & Algazi 1976, IEEE Trans. Computers 25(11)
        (matrices.hartley(8), 24),  # Sorensen, Jones, Burrus & Heideman 1985, IEEE Trans. ASSP 33(4)
        (matrices.dct2(4), 14),  # 2 N log2 N - N + 2, as in Shao & Johnson 2008, arXiv:cs/0703150
    ],
    ids=["walsh-hadamard", "hartley", "dct"],
)
def test_published_counts_of_other_matrices_are_reached_in_seconds(matrix, flops: int, tmp_path):
    np.save(tmp_path / "matrix.npy", matrix)
    champion = found(0, matrix=str(tmp_path / "matrix.npy"), steps=2000, generations=2)
    assert champion.verdict.exact
    assert champion.cost.flops == flops == champion.record.flops


@pytest.mark.slow
@pytest.mark.parametrize(
    "size, seed, flops",
    [
        (9, 3, 104),  # Winograd (Burrus & Selesnick, Short DFT Algorithms)
        (14, 0, 200),  # below the 204 of HSpiral (Mainland & Johnson)
        (15, 0, 196),  # HSpiral
    ],
)
def test_published_counts_are_reached_with_default_settings(size: int, seed: int, flops: int):
    champion = found(seed, size)
    assert champion.verdict.exact
    assert champion.cost.flops == flops
