"""Exact numbers meet the laws of a field, and of the maps into other number systems."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import mpmath
import pytest
from flint import ctx, fmpz, nmod
from hypothesis import given
from hypothesis import strategies as st

from gpfft.errors import GpfftError
from gpfft.field import MOST_EXPONENT, Exact, Field, field_of, nth_residue_root, residue_root, residue_roots
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
def test_a_number_times_its_inverse_is_one(numbers: list[Exact]) -> None:
    (a,) = numbers
    if not a.is_zero:
        assert a * a.inverse is a.field.one
        assert a.inverse.inverse is a


@given(some_numbers(1), st.integers(0, 200))
def test_a_power_of_zeta_times_a_positive_number_is_told_from_others(numbers: list[Exact], turn: int) -> None:
    (a,) = numbers
    positive = a * a.conjugate
    field = a.field
    if a.is_zero:
        assert a.turned is None
        return
    assert (positive * field.powers[turn % field.order]).turned == (turn % field.order, positive)
    if a.turned is None:
        assert not any((a * power).imag.is_zero for power in field.powers)
    else:
        turn, modulus = a.turned
        assert a is modulus * field.powers[turn] and complex(modulus).real > 0 and modulus.imag.is_zero


@given(st.integers(1, 8), st.integers(1, 5), st.data())
def test_numbers_of_a_divisor_s_field_compute_as_they_did(size: int, times: int, data: st.DataObject) -> None:
    field = field_of(size * times)
    a, b = (data.draw(exact_numbers(size)) for _ in range(2))
    assert complex(field.embedded(a)) == pytest.approx(complex(a), abs=1e-12)
    assert field.embedded(a) + field.embedded(b) is field.embedded(a + b)
    assert field.embedded(a) * field.embedded(b) is field.embedded(a * b)
    assert (field.embedded(a) is field.embedded(b)) == (a is b)


@pytest.mark.parametrize("size, times", [(8, 2), (16, 4), (8, 3), (32, 5)])
def test_powers_of_sines_are_found_in_the_field_of_a_multiple(size: int, times: int) -> None:
    field, larger = field_of(size), field_of(size * times)
    for b in range(1, field.order // 4 + 1):
        number = field.scaled(3, {b: -2})
        embedded = larger.embedded(number)
        assert complex(embedded) == pytest.approx(complex(number), rel=1e-12)
        assert (embedded.polar is not None) == (times in (2, 4) or number.power is not None)


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


# Powers of sines


POLAR = [4, 8, 16, 32, 64]
OTHERS = [5, 12, 24]


def by_parts(field: Field, turn: int, sines: dict[int, int]) -> mpmath.mpc:
    """Returns zeta^turn times the product of (2 sin(2 pi b / M))^e, at the precision that is set."""
    product = mpmath.expjpi(mpmath.mpf(-2 * turn) / field.order)
    for b, e in sines.items():
        product *= (2 * mpmath.sinpi(mpmath.mpf(2 * b) / field.order)) ** e
    return product


@st.composite
def scaled_numbers(draw, count: int, sizes_: list[int]) -> list[tuple[Exact, mpmath.mpc]]:
    """Draws products of powers of sines of one field, with their values."""
    field = field_of(draw(st.sampled_from(sizes_)))
    exponents = st.dictionaries(st.integers(1, field.order // 4), st.integers(-3, 3), max_size=3)
    drawn = [(draw(st.integers(-field.order, field.order)), draw(exponents)) for _ in range(count)]
    return [(field.scaled(turn, sines), by_parts(field, turn, sines)) for turn, sines in drawn]


def is_close(number: Exact, value: mpmath.mpc) -> bool:
    return abs(mpmath.mpc(complex(number)) - value) <= 1e-13 * (abs(value) + 1e-30)


@pytest.mark.parametrize("sizes_", [POLAR, OTHERS], ids=["powers of two", "other sizes"])
@given(data=st.data())
def test_powers_of_sines_compute_as_the_complex_numbers_that_they_are(
    sizes_: list[int], data: st.DataObject
) -> None:
    (a, x), (b, y) = data.draw(scaled_numbers(2, sizes_))
    assert is_close(a, x) and is_close(b, y)
    assert is_close(a * b, x * y)
    assert is_close(-a, -x)
    assert is_close(a.conjugate, mpmath.conj(x))
    assert abs(complex(a.real) - float(x.real)) <= 1e-13 * abs(x)
    assert abs(complex(a.imag) - float(x.imag)) <= 1e-13 * abs(x)
    assert a.real + a.field.i * a.imag is a
    assert a.real.conjugate is a.real and a.imag.conjugate is a.imag
    assert a * a.conjugate is a.real * a.real + a.imag * a.imag
    if a.polar is not None:
        assert is_close(a.inverse, 1 / x) and a * a.inverse is a.field.one
        assert is_close(a.scale, abs(x)) and a.scale.imag.is_zero


@pytest.mark.parametrize("sizes_", [POLAR, OTHERS], ids=["powers of two", "other sizes"])
@given(data=st.data())
def test_a_power_of_sines_and_its_polynomial_are_one_object(
    sizes_: list[int], data: st.DataObject
) -> None:
    (a, _), (b, _) = data.draw(scaled_numbers(2, sizes_))
    for number in (a, a * b, -a, a.conjugate, a.real, a.imag):
        assert number.field._number(number.polynomial) is number
        assert number.field.polynomial(number.terms) is number
    assert a.field._number(a.polynomial * b.polynomial) is a * b
    assert (a is b) == (a.polynomial == b.polynomial)
    assert (a + b) - b is a


@given(scaled_numbers(2, POLAR))
def test_powers_of_sines_stay_in_polar_form(numbers: list[tuple[Exact, mpmath.mpc]]) -> None:
    field = Field(numbers[0][0].field.size)  # a new one, which has seen no sum
    for known, _ in numbers:
        assert known.polar is not None
        a = field.scaled(known.polar[0], dict(known.polar[1]))
        found = [a, -a, a.conjugate, a * a, a.inverse, a.scale, a.real, a.imag]
        assert all(number.polar is not None or number.is_zero for number in found)
        assert a.polar == known.polar


@pytest.mark.parametrize("sizes_", [POLAR, OTHERS], ids=["powers of two", "other sizes"])
@given(data=st.data())
def test_residues_of_powers_of_sines_are_those_of_their_polynomials(
    sizes_: list[int], data: st.DataObject
) -> None:
    """At a root, at its conjugate, and modulo another prime."""
    (a, _), (b, _) = data.draw(scaled_numbers(2, sizes_))
    plain = Exact(a.field, a.polynomial)
    for root in (nth_residue_root(a.field.size, 0), nth_residue_root(a.field.size, 1)):
        for zeta in (root, 1 / root):
            assert a.residue(zeta) == plain.residue(zeta)
            assert a.residue(zeta) * b.residue(zeta) == (a * b).residue(zeta)
        assert a.residue(1 / root) == a.conjugate.residue(root)
        assert (a.real.residue(root) + a.field.i.residue(root) * a.imag.residue(root)) == a.residue(root)


@given(scaled_numbers(1, [*POLAR, *OTHERS]))
def test_the_ball_of_a_power_of_sines_holds_50_digits_of_its_size(
    numbers: list[tuple[Exact, mpmath.mpc]]
) -> None:
    ((a, value),) = numbers
    field = a.field
    with mpmath.workdps(90), ctx.workdps(90):
        turn = mpmath.expjpi(mpmath.mpf(-2) / field.order)
        exact = mpmath.fsum(
            mpmath.mpf(c.numerator) / c.denominator * turn**k for k, c in a.terms.items()
        )
        parts = (a.ball().real - _arb(exact.real), a.ball().imag - _arb(exact.imag))
        assert all(abs(part) < 1e-48 * float(abs(value)) for part in parts)


@pytest.mark.parametrize("size", [4, 8, 16, 64, 128])
def test_what_is_known_of_sines_and_cosines_is_known_of_powers_of_them(size: int) -> None:
    field = field_of(size)
    m, quarter = field.order, field.order // 4

    def sine(b: int) -> Exact:
        return field.scaled(0, {b: 1})

    def cosine(k: int) -> Exact:
        found = field.cosine(k)
        return field.zero if found is None else field.scaled(*found)

    two = field.rational(2)
    assert sine(quarter) is two
    for k in range(1, quarter):
        assert sine(k) is two * field.powers[k].conjugate.imag
        assert cosine(k) is field.powers[k].real
        assert cosine(k + m // 2) is cosine(m // 2 - k) is -cosine(k)
        assert sine(quarter - k) is two * cosine(k)
        assert sine(k) * sine(k) + sine(quarter - k) * sine(quarter - k) is two * two
        if 2 * k <= quarter:
            assert sine(2 * k) is sine(k) * sine(quarter - k)  # 2 sin 2x = (2 sin x) (2 cos x)
        tangent = sine(k) * sine(quarter - k).inverse
        assert field.one + field.i * tangent is field.powers[-k] * cosine(k).inverse
        assert (tangent is field.one) == (2 * k == quarter)
    numbers = [sine(k) for k in range(1, quarter + 1)] + [cosine(k) for k in range(1, quarter)]
    assert len(set(numbers)) == len({round(complex(n).real, 12) for n in numbers})


@pytest.mark.parametrize("size", [16, 64])
def test_products_of_sines_that_are_close_are_told_apart(size: int) -> None:
    field, seen = field_of(size), {}
    dice = random.Random(0)
    for _ in range(2000):
        chosen = {dice.randrange(1, size // 4 + 1): dice.randrange(-4, 5) for _ in range(3)}
        number = field.scaled(0, chosen)
        assert math.isclose(complex(number).real, float(by_parts(field, 0, chosen).real), rel_tol=1e-12)
        assert seen.setdefault(number.ball().real.str(40), number) is number
    assert len(seen) > 200


def test_a_sum_that_is_met_first_is_the_power_of_sines_that_it_equals() -> None:
    field = Field(16)
    root = field.twiddle(2) + field.twiddle(2).conjugate  # 2 cos 45 degrees
    half = field.rational(Fraction(1, 2))
    assert field.scaled(0, {2: 1}) is root
    assert field.scaled(0, {4: -1}) is half
    assert root * root * half is field.one
    assert field.scaled(3, {2: 1}) is field.twiddle(3) * root


def test_a_power_of_sines_has_its_polar_form_though_a_sum_was_met_first() -> None:
    field = Field(16)
    field.twiddle(2) + field.twiddle(2).conjugate
    field.rational(Fraction(1, 2))
    assert field.scaled(0, {2: 1}).polar == (0, ((2, 1),))
    assert field.scaled(0, {4: -1}).inverse is field.rational(2)


@pytest.mark.parametrize("size", [8, 12])
@pytest.mark.parametrize(
    "sines, names",
    [
        ({0: 1}, "the sine 0 of .* to the power 1"),
        ({-1: 2}, "the sine -1 of .* to the power 2"),
        ({4: 1}, "the sine 4 of . to the power 1"),
        ({1: MOST_EXPONENT + 1}, "the sine 1 of . to the power 1001"),
        ({1: -MOST_EXPONENT - 1}, "the sine 1 of . to the power -1001"),
        ({1: 10**30}, "to the power 1000000"),
    ],
    ids=str,
)
def test_a_sine_that_is_none_or_a_power_beyond_all_measure_is_refused(
    size: int, sines: dict[int, int], names: str
) -> None:
    with pytest.raises(GpfftError, match=f"no constant: {names}" if "the sine" in names else names):
        field_of(size).scaled(0, sines)
    assert field_of(size).scaled(0, {1: 0}) is field_of(size).one


def test_powers_at_the_limit_are_exact_and_have_their_inverse() -> None:
    field = field_of(64)
    number = field.scaled(5, {b: MOST_EXPONENT // 8 * (-1) ** b for b in range(1, 9)})
    assert number * number.inverse is field.one
    with pytest.raises(GpfftError, match="grows beyond a product of"):
        number * number
    with pytest.raises(GpfftError, match="not expanded"):
        number + number
    assert number.residue(nth_residue_root(64, 1)) * number.inverse.residue(nth_residue_root(64, 1)) == 1
