"""The scales of factors: products of powers of real numbers, as the integers that stand in chromosomes.

The real numbers are the sines of a `field.Field`, and those that a program brought along. As integers,
scales are added and subtracted exactly. Where the program's constants all have a polar form the integer is
the sum of the logarithms of the sines in units of 2^-44, each rounded once: equal products have equal
integers where N is a power of two, so that sines are independent; for other N equal scales may be taken
for different ones, which costs more. For other programs it is the logarithm of `Logarithms`, the same
for equal numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import count

import numpy as np
from flint import fmpz
from numpy.typing import NDArray

from gpfft.encodings import rescaling
from gpfft.field import Exact, Field, field_of, joined

UNIT = 2.0**44  # of a scale
Sines = Mapping[int, int]  # {b: exponent}, see `Field.scaled`; b past M/4 stands for a graph's own reals


def apart(size: int, turn: int) -> tuple[int, int]:
    """Returns (k, q) with zeta^turn = W^k (-i)^q; q is 0 wherever it can be."""
    order = field_of(size).order
    step = order // size
    q = next(q for q in range(4) if (turn - q * order // 4) % step == 0)
    return (turn - q * order // 4) // step % size, q


class Logarithms:
    """A map of the positive real numbers of a field to integers modulo 2^64 that makes products sums.

    It is the discrete logarithm, modulo 2^64, of residues modulo a prime p = 1 + c M 2^64. Equal numbers
    have equal logarithms, whatever they were made from; different ones by chance, once in 2^64.
    """

    def __init__(self, size: int) -> None:
        self.order = field_of(size).order
        step = self.order << 64
        self.p = next(p for p in count(step + 1, step) if fmpz(p).is_prime())
        self.zeta = next(z for z in map(self._root, count(2)) if self._is_primitive(z))
        odd = next(n for n in count(2) if pow(n, self.p // 2, self.p) != 1)  # no square: its logarithm is odd
        self._back = pow(odd, -(self.p >> 64), self.p)
        last = pow(self._back, -(1 << 56), self.p)
        self._digits = {pow(last, digit, self.p): digit for digit in range(256)}
        self._sines: dict[int, int] = {}
        self._known: dict[Exact, int] = {}

    def _root(self, n: int) -> int:
        return pow(n, self.p // self.order, self.p)

    def _is_primitive(self, z: int) -> bool:
        return all(pow(z, self.order // int(q), self.p) != 1 for q, _ in fmpz(self.order).factor())

    def of(self, number: Exact) -> int:
        """Returns the logarithm of a number."""
        if number not in self._known:
            total = 0
            for k, c in number.terms.items():
                total += c.numerator * pow(c.denominator, -1, self.p) * pow(self.zeta, k, self.p)
            self._known[number] = self._log(total)
        return self._known[number]

    def sine(self, b: int) -> int:
        """Returns that of 2 sin(2 pi b / M)."""
        if b not in self._sines:
            i = pow(self.zeta, 3 * self.order // 4, self.p)
            difference = pow(self.zeta, -b, self.p) - pow(self.zeta, b, self.p)
            self._sines[b] = self._log(difference * pow(i, -1, self.p))
        return self._sines[b]

    def _log(self, residue: int) -> int:
        """Returns the logarithm, eight bits at a time (Pohlig and Hellman 1978)."""
        rest, log = pow(residue, self.p >> 64, self.p), 0
        for shift in range(0, 64, 8):
            digit = self._digits[pow(rest, 1 << (56 - shift), self.p)]
            log += digit << shift
            rest = rest * pow(self._back, digit << shift, self.p) % self.p
        return log


@lru_cache(maxsize=None)
def logarithms_of(size: int) -> Logarithms:
    """Returns the logarithms in the field of the `size`-point transform."""
    return Logarithms(size)


def signed(number: int) -> int:
    """Returns the number modulo 2^64 that a signed 64-bit integer can be."""
    return (number + 2**63) % 2**64 - 2**63


def scale_of(real: Exact, reals: Sequence[Exact]) -> Sines:
    """Returns a positive real number as a scale: it has a polar form, or it or its inverse is in `reals`."""
    if real.polar is not None:
        return dict(real.polar[1])
    past = real.field.order // 4 + 1
    return {past + reals.index(real): 1} if real in reals else {past + reals.index(real.inverse): -1}


@lru_cache(maxsize=None)
def forms(size: int) -> tuple[list[Sines], list[Sines]]:
    """Returns 1 / |cos| and 1 / |sin| of the angle of W^k as sines, for k below the period."""
    field = field_of(size)
    step, period = field.order // size, rescaling.period(size)
    cosines, sines = (
        [_inverse(field, k * step - turned) for k in range(period)] for turned in (0, field.order // 4)
    )
    return cosines, sines


def _inverse(field: Field, k: int) -> Sines:
    cosine = field.cosine(k)
    return {} if cosine is None else joined({}, field.independent(cosine[1]), -1)


@lru_cache(maxsize=None)
def table(size: int, discrete: bool = False) -> NDArray[np.int64]:
    """Returns (2, p): the scales that turn W^k into 1 + i tan t or a free turn of it; see `rescaling`."""
    integers = [[integer(size, sines, discrete) for sines in row] for row in forms(size)]
    rows = np.array(integers, dtype=np.int64)
    rows[:, 0] = (0, rescaling.NEVER)
    return rows


def integer(size: int, sines: Sines, discrete: bool = False) -> int:
    """Returns a product of sines as an integer: its logarithm, or a discrete one."""
    if discrete:
        return signed(sum(e * logarithms_of(size).sine(b) for b, e in sines.items()))
    order = field_of(size).order
    return sum(
        e * round(math.log(2 * math.sin(2 * math.pi * b / order)) * UNIT) for b, e in sines.items()
    )
