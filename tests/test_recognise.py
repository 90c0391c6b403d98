"""Numbers that were meant exactly are recognised, others are not taken for them."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpfft import GpfftError, judge, matrices, recognise
from gpfft.field import field_of
from gpfft.recognise import RATIOS, TOLERANCE, root, roots

EXACT = {  # with the order of the smallest field that has them all
    "Walsh-Hadamard 8": (matrices.walsh_hadamard(8), 4),
    "whole numbers": (matrices.circulant([3, -1, 4, 1, -5]), 4),
    "large whole numbers": (np.array([[2**53, 1], [-3, 10**15]]), 4),
    "fractions": (np.array([[1 / 3, 0.25], [-5 / 7, 0]]), 4),
    "decimals": (np.array([[0.299, 0.587, 0.114], [-0.14713, -0.28886, 0.436]]), 4),
    "unitary DCT-II 2": (matrices.dct2(2), 8),
    "unitary DCT-II 4": (matrices.dct2(4), 16),
    "unitary DCT-II 8": (matrices.dct2(8), 32),
    "unitary DCT-II 16": (matrices.dct2(16), 64),
    "unitary DCT-II 7": (matrices.dct2(7), 56),
    "unitary DCT-II 64": (matrices.dct2(64), 256),
    "DCT-II 8": (matrices.dct2(8, unitary=False), 32),
    "DCT-II 8 times sqrt 8": (matrices.dct2(8) * math.sqrt(8), 32),
    "Hartley 8": (matrices.hartley(8), 8),
    "Hartley 16": (matrices.hartley(16), 16),
    "Hartley 7": (matrices.hartley(7), 56),
    "DFT 5": (np.fft.fft(np.eye(5)), 20),
    "DFT 7": (np.fft.fft(np.eye(7)), 28),
    "DFT 12": (np.fft.fft(np.eye(12)), 12),
    "DFT 63, unitary": (np.fft.fft(np.eye(63), norm="ortho"), 252),
    "square roots": (np.sqrt([[2, 3], [5, 1]]) / 3, 120),
    "rounding all over": (matrices.dct2(8) @ matrices.dct2(8).T @ matrices.dct2(8), 32),
}


@pytest.mark.parametrize("matrix, order", EXACT.values(), ids=EXACT)
def test_it_is_recognised_in_the_smallest_field(matrix: np.ndarray, order: int) -> None:
    target = recognise(matrix, "known")
    assert target.exact
    assert target.size == order
    assert np.allclose(target.matrix, matrix, rtol=0, atol=1e-14 * np.abs(matrix).max())
    assert target.real == (not np.iscomplexobj(matrix))


def test_what_is_recognised_is_exact_and_not_near() -> None:
    """The rows of a unitary transform are orthonormal in exact arithmetic."""
    target = recognise(matrices.dct2(16))
    field = field_of(target.size)
    for a in range(16):
        for b in range(16):
            total = field.zero
            for j in range(16):
                total += target.entry(a, j) * target.entry(b, j)
            assert total is (field.one if a == b else field.zero)


def test_the_dft_given_as_a_matrix_has_twiddles_as_entries() -> None:
    target = recognise(np.fft.fft(np.eye(12)))
    assert all(target.entry(k, j) is field_of(12).twiddle(j * k) for k in range(12) for j in range(12))


def test_a_real_matrix_has_real_input_unless_it_is_asked_for_complex_input() -> None:
    assert recognise(np.eye(2)).real
    assert not recognise(np.eye(2), complex_input=True).real
    assert not recognise(np.eye(2, dtype=complex)).real


@given(st.integers(1, 512), st.data())
def test_square_roots_lie_in_the_fields_that_are_said_to_have_them(quarter: int, data) -> None:
    order = 4 * (1 + quarter % 32)
    n = data.draw(st.sampled_from(roots(order)))
    number = root(field_of(order), n)
    assert number * number is field_of(order).rational(n)
    assert complex(number).real > 0


@settings(max_examples=20)
@given(st.integers(1, 128), st.data())
def test_any_candidate_is_recognised(quarter: int, data) -> None:
    order = 4 * quarter
    n, k = data.draw(st.sampled_from(roots(order))), data.draw(st.integers(0, order // 4 - 1))
    p, q = data.draw(st.sampled_from(RATIOS))
    value = p / q * math.sqrt(n) * math.cos(2 * math.pi * k / order)
    target = recognise([[value, -value]])
    assert target.exact
    assert order % target.size == 0 or target.size <= order
    assert complex(target.entry(0, 0)).real == pytest.approx(value, rel=1e-12)
    assert target.entry(0, 1) is -target.entry(0, 0)


@pytest.mark.parametrize("seed, scale", [(0, 1), (1, 1), (2, 1e-30), (3, 1e3), (4, 1e9), (5, 1e50)])
def test_no_random_matrix_is_recognised(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    for matrix in (rng.standard_normal((8, 8)), rng.random((3, 5)) + 1j * rng.random((3, 5))):
        target = recognise(scale * matrix)
        assert not target.exact or scale == 1e50  # doubles beyond 2^53 are whole numbers
        assert target.size == 4
        assert np.abs(target.matrix - scale * matrix).max() <= TOLERANCE * np.abs(scale * matrix).max()


def test_of_4096_random_numbers_none_is_taken_for_an_exact_one() -> None:
    target = recognise(np.random.default_rng(0).random((64, 64)))
    assert not target.exact and target.size == 4
    assert min(number.terms[0].denominator for number in target.numbers) > 10**6


def test_numbers_that_are_equal_up_to_sign_and_rounding_are_one_number() -> None:
    a = 0.123456789012345678
    target = recognise([[a, -a, a * (1 + 1e-14)], [-a * (1 - 3e-14), math.pi, math.pi]])
    assert not target.exact
    assert len(target.numbers) == 3  # a, -a, pi
    assert target.entry(0, 1) is -target.entry(0, 0)


def test_among_known_numbers_an_unknown_one_is_the_only_one_that_is_not_exact() -> None:
    matrix = matrices.dct2(8)
    matrix[3, 3] += 1e-3
    target = recognise(matrix)
    assert not target.exact and target.tolerance == 1e-12
    known = recognise(matrices.dct2(8))
    assert target.size == known.size == 32
    different = [(k, j) for k in range(8) for j in range(8) if target.entry(k, j) is not known.entry(k, j)]
    assert different == [(3, 3)]


def test_a_number_off_by_more_than_the_tolerance_is_not_taken_for_the_exact_one() -> None:
    assert recognise([[1, 0.5 + 1e-13]]).exact
    assert not recognise([[1, 0.5 + 1e-11]]).exact
    assert not recognise([[1, math.cos(math.pi / 8) + 1e-11]]).exact


def test_what_is_far_below_the_largest_entry_is_zero() -> None:
    target = recognise([[1, 6.1e-17]])
    assert target.exact and target.entry(0, 1).is_zero


def test_a_matrix_that_is_not_exact_gets_an_honest_verdict() -> None:
    target = recognise([[math.pi, math.e], [1, 0]])
    verdict = judge(target.definition(), target=target)
    assert verdict.accepted and not verdict.exact
    assert str(verdict).startswith("to 1e-12: all 2 impulse responses equal the matrix's")


def test_the_grid_is_within_the_tolerance_and_dyadic() -> None:
    target = recognise([[math.pi, math.e]])
    for number, given_ in zip(target.numbers, (math.pi, math.e)):
        value = number.terms[0]
        assert math.log2(value.denominator).is_integer()
        assert abs(value - Fraction(given_)) <= 1e-12 * math.pi


def test_what_is_no_matrix_is_refused() -> None:
    with pytest.raises(GpfftError, match="NaN or infinity"):
        recognise([[1, float("nan")]])
