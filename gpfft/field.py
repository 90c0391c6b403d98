"""Exact numbers: the cyclotomic field Q(zeta), zeta = exp(-2 pi i / M), M = lcm(4, N).

It holds every twiddle W^k = zeta^(k M/N), the imaginary unit, and the cosines and sines of all
those angles. A number is a rational polynomial in zeta modulo the M-th cyclotomic polynomial
(python-flint), or in polar form: a power of zeta times a product of powers of the sines
2 sin(2 pi b / M), whose exponents are added where numbers are multiplied. Where M is a power of two,
as for all N = 2^m, polar forms are unique, so that equality is decided by comparing exponents: by
2 sin 2x = (2 sin x)(2 cos x) all these sines are products of the M/8 with b up to M/8, and those are
independent, because all sines with odd b are: they are |1 - z^b|, z a root of unity of order M/2, and
there are M/8 of them (Washington, Introduction to Cyclotomic Fields, 2nd edition 1997, theorem 8.2).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import count, islice

from flint import acb, arb, ctx, fmpq, fmpq_poly, fmpz, fmpz_poly, nmod, nmod_poly
from primitives import twiddle

from gpfft.errors import GpfftError
from gpfft.transform import is_power_of_two

MOST_BITS = 50_000  # of a numerator or the common denominator
MOST_EXPONENT = 1000  # of a sine, and of all those of a product together
MOST_FACTORS = 300  # sines of a product that has to be expanded
DIGITS = 50  # decimal digits of `Exact.ball`
Sines = tuple[tuple[int, int], ...]  # (b, e), ascending: the product of (2 sin(2 pi b / M))^e


class Field:
    """The field for one size; get it from `field_of`, so that equal fields are one object."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.order = math.lcm(4, size)
        self.modulus = fmpq_poly(fmpz_poly.cyclotomic(self.order))
        self._root = nth_residue_root(size, 0)
        self._known: dict[object, list[Exact]] = {}  # by fingerprint
        self._polar: dict[tuple[int, Sines], Exact] = {}
        self._parts: dict[int, dict[int, int]] = {}  # b -> exponents of independent sines
        self.has_polar = is_power_of_two(self.order)  # whether polar forms are unique
        self.powers = [self._of_polar(k, ()) for k in range(self.order)]
        self.zero = self._number(fmpq_poly([0]))
        self.one, self.i = self.powers[0], self.powers[3 * self.order // 4]  # zeta turns clockwise

    def _number(self, polynomial: fmpq_poly) -> Exact:
        """Returns the one object that stands for the number `polynomial` in zeta."""
        polynomial %= self.modulus
        numerator, denominator = polynomial.numer(), int(polynomial.denom())
        if max(numerator.height_bits(), denominator.bit_length()) > MOST_BITS:
            raise GpfftError(f"an exact constant grows beyond {MOST_BITS} bits")
        p = self._root.modulus()
        residue, divisor = nmod_poly(numerator, p)(self._root), nmod(denominator, p)
        key = int(residue / divisor) if int(divisor) else (int(residue), denominator)
        return self._one_of(key, Exact(self, polynomial))

    def _of_polar(self, turn: int, sines: Sines) -> Exact:
        """Returns the one object that stands for a number in polar form."""
        place = turn % self.order, sines
        if place not in self._polar:
            if sum(abs(e) for _, e in sines) > MOST_EXPONENT:
                raise GpfftError(f"an exact constant grows beyond a product of {MOST_EXPONENT} sines")
            number = Exact(self, polar=place)
            self._polar[place] = self._one_of(int(number.residue(self._root)), number)
        return self._polar[place]

    def _one_of(self, fingerprint: object, number: Exact) -> Exact:
        """Returns the number, or the equal one met before: it has the same value modulo a prime."""
        alike = self._known.setdefault(fingerprint, [])
        for known in alike:
            if number.polar is not None and known.polar is not None:
                continue  # polar forms are unique
            if known.polynomial == number.polynomial:
                if known.polar is None and number.polar is not None:  # now it is known in polar form, too
                    known.polar, known.power = number.polar, number.power
                    for derived in ("_negative", "conjugate", "real", "imag", "inverse", "turned"):
                        known.__dict__.pop(derived, None)  # these have polar forms now
                return known
        alike.append(number)
        return number

    def scaled(self, turn: int, sines: Mapping[int, int]) -> Exact:
        """Returns zeta^turn times the product of (2 sin(2 pi b / M))^e for b, e in `sines`.

        Raises GpfftError for a b outside 1 .. M/4, or exponents beyond `MOST_EXPONENT`.
        """
        for b, e in sines.items():
            if not 1 <= b <= self.order // 4 or abs(e) > MOST_EXPONENT:
                raise GpfftError(f"no constant: the sine {b} of {self.order // 4} to the power {e}")
        kept = tuple(sorted(self.independent(sines).items()))
        if self.has_polar or not kept:
            return self._of_polar(turn, kept)
        return self._number(_expanded(self, turn % self.order, kept))

    def independent(self, sines: Mapping[int, int]) -> dict[int, int]:
        """Returns the same product made of independent sines, see `sine_parts`."""
        total: dict[int, int] = {}
        for b, e in sines.items():
            total = joined(total, self.sine_parts(b), e)
        return total

    def sine_parts(self, b: int) -> dict[int, int]:
        """Returns 2 sin(2 pi b / M) as a product of independent sines, {b: exponent}.

        Where M is no power of two, sines are not told apart from products of others: it is itself.
        """
        if b not in self._parts:
            eighth = self.order // 8
            parts = {b: 1}
            if self.has_polar and eighth and b == 2 * eighth:
                parts = {eighth: 2}
            elif self.has_polar and eighth and b > eighth:
                rest = 2 * eighth - b  # 2 cos x = (2 sin 2x) / (2 sin x)
                parts = joined(self.sine_parts(2 * rest), {rest: -1})
            self._parts[b] = parts
        return self._parts[b]

    def cosine(self, k: int) -> tuple[int, dict[int, int]] | None:
        """Returns cos(2 pi k / M) as (turn, sines) for `scaled`, or None where it is 0."""
        quarter = self.order // 4
        k = abs((k + 2 * quarter) % self.order - 2 * quarter)  # 0 .. M/2
        if k == quarter:
            return None
        turn, k = (2 * quarter, 2 * quarter - k) if k > quarter else (0, k)
        sines = {quarter: -1}
        sines[quarter - k] = sines.get(quarter - k, 0) + 1
        return turn, sines

    def embedded(self, number: Exact) -> Exact:
        """Returns a number of the field of a divisor of the size as one of this field."""
        ratio = self.order // number.field.order
        if number.polar is not None:
            turn, sines = number.polar
            return self.scaled(turn * ratio, {b * ratio: e for b, e in sines})
        return self.polynomial({k * ratio: coefficient for k, coefficient in number.terms.items()})

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
        self,
        field: Field,
        polynomial: fmpq_poly | None = None,
        polar: tuple[int, Sines] | None = None,
    ) -> None:
        self.field, self.polar = field, polar
        self.power = polar[0] if polar and not polar[1] else None  # k, when the number is zeta^k
        if polynomial is not None:
            self.polynomial = polynomial

    @cached_property
    def polynomial(self) -> fmpq_poly:
        """Returns the number as a reduced polynomial in zeta; only polar ones are made without."""
        turn, sines = self.polar or (0, ())
        return _expanded(self.field, turn, sines)

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
        if self.polar is not None:
            return self.field._of_polar(self.polar[0] + self.field.order // 2, self.polar[1])
        return self.field._number(-self.polynomial)

    def __mul__(self, other: Exact) -> Exact:
        if self.power is not None and other.power is not None:
            return self.field.powers[(self.power + other.power) % self.field.order]
        if self.polar is not None and other.polar is not None:
            (turn, sines), (other_turn, other_sines) = self.polar, other.polar
            product = joined(dict(sines), dict(other_sines))
            return self.field._of_polar(turn + other_turn, tuple(sorted(product.items())))
        return self.field._number(self.polynomial * other.polynomial)

    def __repr__(self) -> str:
        return f"Exact({complex(self)!r})"

    def __complex__(self) -> complex:
        if self.power is not None:
            return twiddle.power(self.power, self.field.order)
        return self._complex

    @cached_property
    def _complex(self) -> complex:
        value = complex(self.ball())
        noise = 1e-40 * abs(value)  # a part that is 0 comes out as less
        return complex(*(0.0 if abs(part) < noise else part for part in (value.real, value.imag)))

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
        if self.polar is not None:
            return self.field._of_polar(-self.polar[0], self.polar[1])
        first, *rest = self.polynomial.coeffs() or [fmpq(0)]
        gap = [fmpq(0)] * (self.field.order - 1 - len(rest))
        return self.field._number(fmpq_poly([first, *gap, *reversed(rest)]))

    @cached_property
    def real(self) -> Exact:
        """Returns the real part, a number of the same field."""
        if self.polar is not None and self.field.has_polar:
            cosine = self.field.cosine(self.polar[0])
            return self.field.zero if cosine is None else self.scale * self.field.scaled(*cosine)
        return self.field._number((self.polynomial + self.conjugate.polynomial) * fmpq(1, 2))

    @cached_property
    def imag(self) -> Exact:
        """Returns the imaginary part, a number of the same field."""
        return (self * -self.field.i).real

    @property
    def scale(self) -> Exact:
        """Returns the modulus of a number in polar form."""
        assert self.polar is not None
        return self.field._of_polar(0, self.polar[1])

    @cached_property
    def inverse(self) -> Exact:
        """Returns 1 / number, for any but 0."""
        if self.polar is not None:
            turn, sines = self.polar
            return self.field._of_polar(-turn, tuple((b, -e) for b, e in sines))
        _, inverse, _ = self.polynomial.xgcd(self.field.modulus)  # the modulus is irreducible
        return self.field._number(inverse)

    @cached_property
    def turned(self) -> tuple[int, Exact] | None:
        """Returns the (turn, modulus) of a number that is zeta^turn times a real number, else None."""
        if self.polar is not None:
            return self.polar[0], self.scale
        turn = round(-cmath.phase(complex(self)) * self.field.order / (2 * math.pi)) % self.field.order
        modulus = self * self.field.powers[-turn]
        return (turn, modulus) if modulus.imag.is_zero and not self.is_zero else None

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
        if self.polar is not None:
            turn, sines = self.polar
            angle = arb(-2 * turn) / self.field.order
            product = acb(angle.cos_pi(), angle.sin_pi())
            for b, e in sines:
                product *= (2 * (arb(2 * b) / self.field.order).sin_pi()) ** e
            return product
        total = acb(0)
        for exponent, coefficient in self.terms.items():
            angle = arb(-2 * exponent) / self.field.order
            ratio = fmpq(coefficient.numerator, coefficient.denominator)
            total += acb(angle.cos_pi(), angle.sin_pi()) * arb(ratio)
        return total

    def residue(self, zeta: nmod) -> nmod:
        """Returns the number in a finite field in which `zeta` is of order M."""
        if self.polar is not None:
            turn, sines = self.polar
            i = zeta ** (3 * self.field.order // 4)
            residue: nmod = zeta**turn
            for b, e in sines:  # 2 sin t = (exp(i t) - exp(-i t)) / i
                residue *= ((zeta**-b - zeta**b) / i) ** e
            return residue
        p = zeta.modulus()
        return nmod_poly(self.polynomial.numer(), p)(zeta) / nmod(int(self.polynomial.denom()), p)


def joined(a: Mapping[int, int], b: Mapping[int, int], times: int = 1) -> dict[int, int]:
    """Returns the exponents of a * b^times, none of them 0."""
    total = dict(a)
    for part, e in b.items():
        total[part] = total.get(part, 0) + times * e
    return {part: e for part, e in total.items() if e}


def _expanded(field: Field, turn: int, sines: Sines) -> fmpq_poly:
    """Returns a number in polar form as a reduced polynomial in zeta.

    Sines divide by 1 / (1 - w) = -(w + 2 w^2 + ... + (n-1) w^(n-1)) / n, w a root of unity of order n.
    """
    if sum(abs(e) for _, e in sines) > MOST_FACTORS:
        raise GpfftError(f"an exact constant is a product of more than {MOST_FACTORS} sines: not expanded")
    half = field.order // 2  # zeta^half is -1
    turns, k = divmod(turn, half)
    total = fmpq_poly([0] * k + [(-1) ** turns]) % field.modulus
    for b, e in sines:
        base: list[fmpq] = [fmpq(0)] * field.order
        quarter = 3 * field.order // 4  # the exponent of i
        if e > 0:  # (zeta^-b - zeta^b) / i
            base[(-b - quarter) % field.order] += 1
            base[(b - quarter) % field.order] -= 1
        else:  # i zeta^b / (1 - zeta^2b)
            n = field.order // math.gcd(2 * b, field.order)
            for j in range(1, n):
                base[(quarter + b + 2 * b * j) % field.order] -= fmpq(j, n)
        factor = fmpq_poly(base) % field.modulus
        for _ in range(abs(e)):
            total = total * factor % field.modulus
    return total


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
            number.polar is not None
            or number.is_zero
            or (int(number.polynomial.denom()) % p and int(number.residue(root)))
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
