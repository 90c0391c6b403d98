"""Exact numbers: the cyclotomic field Q(zeta), zeta = exp(-2 pi i / M), M = lcm(4, N).

It holds every twiddle W^k = zeta^(k M/N), the imaginary unit, and the cosines and sines of all
those angles. A number is a rational polynomial in zeta modulo the M-th cyclotomic polynomial
(python-flint). Powers of zeta are recognised and multiplied by adding exponents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import count, islice
from typing import Any

from flint import acb, arb, ctx, fmpq, fmpq_poly, fmpz, fmpz_poly, nmod
from primitives import twiddle

from gpfft.errors import GpfftError

MOST_BITS = 50_000  # of a numerator or denominator
DIGITS = 50  # decimal digits of `Exact.ball`


class Field:
    """The field for one size; get it from `field_of`, so that equal fields are one object."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.order = math.lcm(4, size)
        self.modulus = fmpq_poly(fmpz_poly.cyclotomic(self.order))
        self._known: dict[tuple[Any, ...], Exact] = {}
        self.powers: list[Exact] = []
        for k in range(self.order):
            number = Exact(self, fmpq_poly([0] * k + [1]) % self.modulus, k)
            self._known[number.key] = number
            self.powers.append(number)
        self.zero = self._number(fmpq_poly([0]))
        self.one, self.i = self.powers[0], self.powers[3 * self.order // 4]  # zeta turns clockwise

    def _number(self, polynomial: fmpq_poly) -> Exact:
        """Returns the one object that stands for the number `polynomial` in zeta."""
        number = Exact(self, polynomial % self.modulus, None)
        return self._known.setdefault(number.key, number)

    def twiddle(self, k: int) -> Exact:
        """Returns W^k."""
        return self.powers[k % self.size * (self.order // self.size)]

    def rational(self, number: int | Fraction) -> Exact:
        """Returns a rational number as an element of the field."""
        fraction = Fraction(number)
        return self._number(fmpq_poly([fmpq(fraction.numerator, fraction.denominator)]))

    def polynomial(self, coefficients: dict[int, Fraction]) -> Exact:
        """Returns the sum of coefficient * zeta^exponent."""
        dense = [fmpq(0)] * self.order
        for exponent, coefficient in coefficients.items():
            dense[exponent % self.order] += fmpq(coefficient.numerator, coefficient.denominator)
        return self._number(fmpq_poly(dense))


class Exact:
    """One number of a `Field`: exact `+ - *`, conjugate, parts, value in other systems.

    A field makes one object of each number, so equal numbers are the same object.
    """

    def __init__(self, field: Field, polynomial: fmpq_poly, power: int | None) -> None:
        self.field, self.polynomial, self.power = field, polynomial, power
        self.key = tuple((int(c.p), int(c.q)) for c in polynomial.coeffs())
        if any(max(abs(p), q).bit_length() > MOST_BITS for p, q in self.key):
            raise GpfftError(f"an exact constant grows beyond {MOST_BITS} bits")

    def __add__(self, other: Exact) -> Exact:
        return self.field._number(self.polynomial + other.polynomial)

    def __sub__(self, other: Exact) -> Exact:
        return self.field._number(self.polynomial - other.polynomial)

    def __neg__(self) -> Exact:
        return self * self.field.powers[self.field.order // 2]

    def __mul__(self, other: Exact) -> Exact:
        if self.power is not None and other.power is not None:
            return self.field.powers[(self.power + other.power) % self.field.order]
        return self.field._number(self.polynomial * other.polynomial)

    def __repr__(self) -> str:
        return f"Exact({complex(self)!r})"

    def __complex__(self) -> complex:
        if self.power is not None:
            return twiddle.power(self.power, self.field.order)
        return complex(self.ball())

    @property
    def is_zero(self) -> bool:
        """Tells whether the number is 0."""
        return not self.key

    @property
    def quarter(self) -> int | None:
        """Returns q when the number is (-i)^q, 0 <= q < 4, else None."""
        if self.power is None or self.power % (self.field.order // 4):
            return None
        return self.power // (self.field.order // 4)

    @cached_property
    def conjugate(self) -> Exact:
        """Returns the complex conjugate: zeta and 1/zeta change places."""
        return self.field.polynomial({-k: Fraction(p, q) for k, (p, q) in enumerate(self.key)})

    @cached_property
    def real(self) -> Exact:
        """Returns the real part, a number of the same field."""
        return (self + self.conjugate) * self.field.rational(Fraction(1, 2))

    @cached_property
    def imag(self) -> Exact:
        """Returns the imaginary part, a number of the same field."""
        return (self - self.conjugate) * -self.field.i * self.field.rational(Fraction(1, 2))

    def ball(self) -> acb:
        """Returns the number as a complex ball of 50 digits or better, relative to its size."""
        digits = DIGITS + 10
        while True:
            with ctx.workdps(digits):
                total = self._ball()
                if self.is_zero or abs(total).rel_accuracy_bits() > 3.33 * DIGITS:
                    return total
            digits *= 2

    def _ball(self) -> acb:
        """Returns the number as a complex ball at the precision that is set."""
        total = acb(0)
        for exponent, (p, q) in enumerate(self.key):
            if p:
                angle = arb(-2 * exponent) / self.field.order
                total += acb(angle.cos_pi(), angle.sin_pi()) * arb(fmpq(p, q))
        return total

    def residue(self, zeta: nmod) -> nmod:
        """Returns the number in a finite field in which `zeta` is of order M."""
        if self.power is not None:
            return zeta**self.power
        one, total = zeta**0, zeta * 0
        for p, q in reversed(self.key):
            total = total * zeta + one * p / (one * q)
        return total


@lru_cache(maxsize=None)
def field_of(size: int) -> Field:
    """Returns the field of the `size`-point transform, always the same object."""
    return Field(size)


def residue_root(size: int, constants: Sequence[Exact] = ()) -> nmod:
    """Returns an element of order M = lcm(4, size) in a field of p elements, p a prime near 2^60.

    The prime is the first in a fixed order in which no constant is zero or divides by zero, unless
    it does so in truth.
    """
    for nth in count():
        root = nth_residue_root(size, nth)
        p = int(root.modulus())
        if all(
            number.is_zero or (all(q % p for _, q in number.key) and int(number.residue(root)))
            for number in constants
        ):
            break
    return root


@lru_cache(maxsize=None)
def nth_residue_root(size: int, nth: int) -> nmod:
    """Returns a root of order M modulo the (nth + 1)-th largest fit prime below 2^60."""
    order = math.lcm(4, size)
    largest = (2**60 - 1) // order * order + 1
    p = next(islice((p for p in count(largest, -order) if fmpz(p).is_prime()), nth, None))
    factors = [int(q) for q, _ in fmpz(order).factor()]
    for candidate in count(2):
        root: nmod = nmod(candidate, p) ** ((p - 1) // order)
        if all(root ** (order // q) != nmod(1, p) for q in factors):
            break
    return root
