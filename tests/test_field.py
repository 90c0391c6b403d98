"""Exact numbers meet the laws of a field, and of the maps into other number systems."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
from flint import ctx, fmpz, nmod
from hypothesis import given
from hypothesis import strategies as st

from gpfft.field import Exact, field_of, nth_residue_root, residue_root, residue_roots
from tests.strategies import exact_numbers, fractions, number_systems, sizes


@st.composite
def some_numbers(draw, count: int) -> list[Exact]:
    """Draws numbers of one field."""
    size = draw(sizes)
    return [draw(exact_numbers(size)) for _ in range(count)]


@given(some_numbers(3))
def test_equal_numbers_are_one_object_however_they_were_made(numbers: list[Exact]) -> None:
    a, b, c = numbers
    assert a + b is b + a
    assert a * b is b * a
    assert (a + b) + c is a + (b + c)
    assert (a * b) * c is a * (b * c)
    assert a * (b + c) is a * b + a * c
    assert (a - b) + b is a
    assert -(-a) is a
    assert a - b is a + (-b)


@given(some_numbers(1))
def test_zero_and_one_are_neutral(numbers: list[Exact]) -> None:
    (a,) = numbers
    field = a.field
    assert a + field.zero is a
    assert a * field.one is a
    assert a * field.zero is field.zero
    assert (a - a).is_zero
    assert a.is_zero == (a is field.zero)


@given(sizes, fractions, fractions)
def test_rationals_compute_as_fractions(size: int, a: Fraction, b: Fraction) -> None:
    field = field_of(size)
    assert field.rational(a) + field.rational(b) is field.rational(a + b)
    assert field.rational(a) * field.rational(b) is field.rational(a * b)


@pytest.mark.parametrize("size", range(1, 65))
def test_twiddles_are_roots_of_one_that_turn_clockwise(size: int) -> None:
    field = field_of(size)
    assert field.order == math.lcm(4, size)
    assert field.i * field.i is -field.one
    assert complex(field.i) == 1j
    for k in range(size):
        assert field.twiddle(k) * field.twiddle(1) is field.twiddle(k + 1)
        assert abs(complex(field.twiddle(k)) - complex(mpmath.expjpi(-2 * k / size))) < 1e-14
    assert field.twiddle(size) is field.one
    assert len(set(field.powers)) == field.order
    total = field.zero
    for k in range(size):
        total = total + field.twiddle(k)
    assert total is (field.one if size == 1 else field.zero)


@pytest.mark.parametrize("size", [1000, 4093, 4095, 4096])
def test_twiddles_of_thousands_of_points_are_so_too(size: int) -> None:
    field = field_of(size)
    for k in (1, size // 3, size // 2 + 1, size - 1):
        w = field.twiddle(k)
        turned = mpmath.expjpi(mpmath.mpf(-2 * k) / size)
        assert abs(complex(w) - complex(turned)) < 1e-14
        assert abs(complex(w.real) - float(turned.real)) < 1e-14
        assert abs(complex(w.imag) - float(turned.imag)) < 1e-14
        assert w.real + field.i * w.imag is w
        assert w.real * w.real + w.imag * w.imag is field.one
        assert field.polynomial(w.terms) is w
        assert -(-w.real) is w.real is w.conjugate.real


@pytest.mark.parametrize("size", [1, 4, 9, 1024])
def test_numbers_that_agree_modulo_a_prime_are_told_apart(size: int) -> None:
    field = field_of(size)
    for nth in range(3):
        p = int(nth_residue_root(size, nth).modulus())
        assert field.rational(p) is field.rational(p)
        assert field.rational(p) is not field.zero
        assert field.rational(1 + p) is not field.one
        assert field.rational(Fraction(1 + p, 2)) is not field.rational(Fraction(1, 2))


def test_a_field_is_always_the_same_object() -> None:
    assert field_of(8) is field_of(8)
    assert field_of(8) is not field_of(4)


@given(some_numbers(2))
def test_the_conjugate_respects_sums_and_products(numbers: list[Exact]) -> None:
    a, b = numbers
    assert (a + b).conjugate is a.conjugate + b.conjugate
    assert (a * b).conjugate is a.conjugate * b.conjugate
    assert a.conjugate.conjugate is a
    assert abs(complex(a.conjugate) - complex(a).conjugate()) < 1e-12


@given(some_numbers(1))
def test_a_number_is_its_real_part_plus_i_times_its_imaginary_part(numbers: list[Exact]) -> None:
    (a,) = numbers
    assert a.real + a.field.i * a.imag is a
    assert a.real.conjugate is a.real
    assert a.imag.conjugate is a.imag
    assert abs(complex(a.real) - complex(a).real) < 1e-12
    assert abs(complex(a.imag) - complex(a).imag) < 1e-12


@given(some_numbers(1))
def test_a_quarter_is_a_power_of_minus_i(numbers: list[Exact]) -> None:
    (a,) = numbers
    turns = [a.field.one, -a.field.i, -a.field.one, a.field.i]
    assert a.quarter == (turns.index(a) if a in turns else None)


@given(some_numbers(2))
def test_every_other_number_system_keeps_sums_differences_and_products(numbers: list[Exact]) -> None:
    a, b = numbers
    for system in number_systems(a.field.size):
        x, y = system.of(a), system.of(b)
        assert system.same(x + y, system.of(a + b))
        assert system.same(x - y, system.of(a - b))
        assert system.same(x * y, system.of(a * b))
        assert system.same(-x, system.of(-a))


@given(some_numbers(1))
def test_the_ball_holds_50_digits(numbers: list[Exact]) -> None:
    (a,) = numbers
    with mpmath.workdps(70), ctx.workdps(70):
        turn = mpmath.expjpi(mpmath.mpf(-2) / a.field.order)
        terms = a.terms.items()
        wanted = sum((mpmath.mpf(c.numerator) / c.denominator * turn**k for k, c in terms), mpmath.mpc(0))
        for ball in (a.ball(), a.ball(60)):
            parts = (ball.real - _arb(wanted.real), ball.imag - _arb(wanted.imag))
            assert all(abs(part) < 1e-50 for part in parts)


def _arb(number: mpmath.mpf):
    from flint import arb

    return arb(mpmath.nstr(number, 65))


@given(some_numbers(1))
def test_a_number_is_the_polynomial_of_its_terms(numbers: list[Exact]) -> None:
    (a,) = numbers
    assert a.field.polynomial(a.terms) is a
    assert all(a.terms.values())


def test_exponents_of_a_polynomial_are_taken_modulo_the_order() -> None:
    field = field_of(3)  # of order 12
    assert field.polynomial({13: Fraction(1)}) is field.powers[1]
    assert field.polynomial({-1: Fraction(1)}) is field.powers[11]
    assert field.polynomial({0: Fraction(1), 6: Fraction(1)}) is field.zero
    assert field.polynomial({}) is field.zero


@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 16, 31, 60, 64])
def test_the_finite_fields_are_the_largest_with_a_root_of_the_order(size: int, nth: int) -> None:
    root, order = nth_residue_root(size, nth), math.lcm(4, size)
    p = int(root.modulus())
    assert fmpz(p).is_prime()
    assert p < 2**60
    assert sum(fmpz(q).is_prime() for q in range(p + order, 2**60, order)) == nth
    assert root**order == nmod(1, p)
    assert all(root**k != nmod(1, p) for k in range(1, order))


def test_a_tiny_difference_keeps_its_sign_as_a_float() -> None:
    close = Fraction(math.isqrt(2 * 10**180), 10**90)  # the square root of 2, rounded down
    tiny = field_of(8).polynomial({1: Fraction(1), 7: Fraction(1), 0: -close})
    assert 0 < complex(tiny).real < 1e-89


def test_the_primes_of_finite_fields_go_on_without_those_in_which_a_constant_vanishes() -> None:
    p, q, r = (int(nth_residue_root(8, nth).modulus()) for nth in range(3))
    field = field_of(8)
    roots = residue_roots(8, [field.rational(p), field.zero, field.rational(Fraction(1, r))])
    assert [int(next(roots).modulus()) for _ in range(2)] == [q, int(nth_residue_root(8, 3).modulus())]
    assert residue_root(8) == nth_residue_root(8, 0)
