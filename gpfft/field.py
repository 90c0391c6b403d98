"""Exact numbers: the cyclotomic field Q(zeta), zeta = exp(-2 pi i / M), M = lcm(4, N).

It holds every twiddle W^k = zeta^(k M/N), the imaginary unit, and the cosines and sines of all
those angles. A number is a rational polynomial in zeta modulo the M-th cyclotomic polynomial
(python-flint). Powers of zeta are recognised and multiplied by adding exponents.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate, count, islice

from flint import acb, arb, ctx, fmpq, fmpq_poly, fmpz, fmpz_poly, nmod, nmod_poly
from primitives import twiddle

from gpfft.errors import GpfftError

MOST_BITS = 50_000  # of a numerator or the common denominator
DIGITS = 50  # decimal digits of `Exact.ball`


class Field:
    """The field for one size; get it from `field_of`, so that equal fields are one object."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.order = math.lcm(4, size)
        self.modulus = fmpq_poly(fmpz_poly.cyclotomic(self.order))
        self.powers = [Exact(self, power=k) for k in range(self.order)]
        self._root = nth_residue_root(size, 0)
        residues = accumulate(self.powers[1:], lambda r, _: r * self._root, initial=self._root**0)
        self._known = {(int(r), 1): [power] for r, power in zip(residues, self.powers)}  # by fingerprint
        self.zero = self._number(fmpq_poly([0]))
        self.one, self.i = self.powers[0], self.powers[3 * self.order // 4]  # zeta turns clockwise

    def _number(self, polynomial: fmpq_poly) -> Exact:
        """Returns the one object that stands for the number `polynomial` in zeta.

        It is looked for among the numbers with its fingerprint: the value modulo a prime, of the
        numerator, and the denominator.
        """
        polynomial %= self.modulus
        numerator, denominator = polynomial.numer(), int(polynomial.denom())
        if max(numerator.height_bits(), denominator.bit_length()) > MOST_BITS:
            raise GpfftError(f"an exact constant grows beyond {MOST_BITS} bits")
        residue = nmod_poly(numerator, self._root.modulus())(self._root)
        alike = self._known.setdefault((int(residue), denominator), [])
        for number in alike:
            if number.polynomial == polynomial:
                return number
        alike.append(Exact(self, polynomial))
        return alike[-1]

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

    def __init__(
        self, field: Field, polynomial: fmpq_poly | None = None, power: int | None = None
    ) -> None:
        self.field, self.power = field, power
        if polynomial is not None:
            self.polynomial = polynomial

    @cached_property
    def polynomial(self) -> fmpq_poly:
        """Returns the number as a reduced polynomial in zeta; all but powers are made with theirs."""
        half = self.field.order // 2  # zeta^half is -1
        turns, k = divmod(self.power or 0, half)
        return fmpq_poly([0] * k + [(-1) ** turns]) % self.field.modulus

    @property
    def terms(self) -> dict[int, Fraction]:
        """Returns {exponent of zeta: coefficient}, what `Field.polynomial` takes."""
        coefficients = self.polynomial.coeffs()
        return {k: Fraction(int(c.p), int(c.q)) for k, c in enumerate(coefficients) if c}

    def __add__(self, other: Exact) -> Exact:
        return self.field._number(self.polynomial + other.polynomial)

    def __sub__(self, other: Exact) -> Exact:
        return self.field._number(self.polynomial - other.polynomial)

    def __neg__(self) -> Exact:
        return self._negative

    @cached_property
    def _negative(self) -> Exact:
        if self.power is not None:
            return self.field.powers[(self.power + self.field.order // 2) % self.field.order]
        return self.field._number(-self.polynomial)

    def __mul__(self, other: Exact) -> Exact:
        if self.power is not None and other.power is not None:
            return self.field.powers[(self.power + other.power) % self.field.order]
        return self.field._number(self.polynomial * other.polynomial)

    def __repr__(self) -> str:
        return f"Exact({complex(self)!r})"

    def __complex__(self) -> complex:
        if self.power is not None:
            return twiddle.power(self.power, self.field.order)
        return self._complex

    @cached_property
    def _complex(self) -> complex:
        return complex(self.ball())

    @property
    def is_zero(self) -> bool:
        """Tells whether the number is 0."""
        return self is self.field.zero

    @property
    def quarter(self) -> int | None:
        """Returns q when the number is (-i)^q, 0 <= q < 4, else None."""
        if self.power is None or self.power % (self.field.order // 4):
            return None
        return self.power // (self.field.order // 4)

    @cached_property
    def conjugate(self) -> Exact:
        """Returns the complex conjugate: zeta and 1/zeta change places."""
        if self.power is not None:
            return self.field.powers[-self.power]
        first, *rest = self.polynomial.coeffs() or [fmpq(0)]
        gap = [fmpq(0)] * (self.field.order - 1 - len(rest))
        return self.field._number(fmpq_poly([first, *gap, *reversed(rest)]))

    @cached_property
    def real(self) -> Exact:
        """Returns the real part, a number of the same field."""
        return self.field._number((self.polynomial + self.conjugate.polynomial) * fmpq(1, 2))

    @cached_property
    def imag(self) -> Exact:
        """Returns the imaginary part, a number of the same field."""
        return (self * -self.field.i).real

    def ball(self, digits: int = DIGITS) -> acb:
        """Returns the number as a complex ball of so many digits or better, relative to its size."""
        working = digits + 10
        while True:
            with ctx.workdps(working):
                total = self._ball()
                if self.is_zero or abs(total).rel_accuracy_bits() > 3.33 * digits:
                    return total
            working *= 2

    def _ball(self) -> acb:
        """Returns the number as a complex ball at the precision that is set."""
        total = acb(0)
        for exponent, coefficient in self.terms.items():
            angle = arb(-2 * exponent) / self.field.order
            ratio = fmpq(coefficient.numerator, coefficient.denominator)
            total += acb(angle.cos_pi(), angle.sin_pi()) * arb(ratio)
        return total

    def residue(self, zeta: nmod) -> nmod:
        """Returns the number in a finite field in which `zeta` is of order M."""
        if self.power is not None:
            return zeta**self.power
        p = zeta.modulus()
        return nmod_poly(self.polynomial.numer(), p)(zeta) / nmod(int(self.polynomial.denom()), p)


@lru_cache(maxsize=None)
def field_of(size: int) -> Field:
    """Returns the field of the `size`-point transform, always the same object."""
    return Field(size)


def residue_root(size: int, constants: Sequence[Exact] = ()) -> nmod:
    """Returns the first of `residue_roots`."""
    return next(residue_roots(size, constants))


def residue_roots(size: int, constants: Sequence[Exact] = ()) -> Iterator[nmod]:
    """Yields elements of order M = lcm(4, size), each in a field of p elements, p a prime near 2^60.

    The primes come in a fixed order, without those in which a constant is zero or divides by zero,
    unless it does so in truth.
    """
    for nth in count():
        root = nth_residue_root(size, nth)
        p = int(root.modulus())
        if all(
            number.is_zero or (int(number.polynomial.denom()) % p and int(number.residue(root)))
            for number in constants
        ):
            yield root


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
