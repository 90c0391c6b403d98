"""The ladder of constants: sums of few signed powers of two, and above them what needs a multiplication."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from gpfft.field import Exact, Field, field_of

FINEST, COARSEST = -9, 1  # exponents of the powers of two
MOST_DIGITS = 4  # powers of two in a sum
LARGEST = 2  # value of such a sum
Digits = tuple[tuple[int, int], ...]  # (sign, exponent) of each power of two, the largest first


@lru_cache(maxsize=1)
def dyadic() -> tuple[tuple[Fraction, Digits], ...]:
    """Returns the sums of few signed powers of two, positive ones, by how many powers they need.

    They are in canonic signed digits, no two of which are neighbours: no sum of fewer is the same number
    (Reitwiesner 1960, Advances in Computers 1, 231-308).
    """
    found: list[tuple[Fraction, Digits]] = []
    exponents = range(COARSEST, FINEST - 1, -1)
    for count in range(1, MOST_DIGITS + 1):
        sums: list[tuple[Fraction, Digits]] = []
        for places in combinations(exponents, count):
            if any(a - b < 2 for a, b in zip(places, places[1:])):
                continue
            for signs in product((1, -1), repeat=count - 1):
                digits = tuple(zip((1, *signs), places))
                value = sum((sign * Fraction(2) ** e for sign, e in digits), Fraction(0))
                if value <= LARGEST:
                    sums.append((value, digits))
        found += sorted(sums)
    return tuple(found)


@dataclass(frozen=True)
class Ladder:
    """The constants of one search, see the legend of the kernel.

    Attributes:
        size: N, in whose field they are.
        exact: those that cost a multiplication, ascending.
    """

    size: int
    exact: tuple[Exact, ...]

    @property
    def field(self) -> Field:
        """Returns the field that they are numbers of."""
        return field_of(self.size)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Returns all of them in double precision."""
        return np.array([*(float(v) for v, _ in dyadic()), *(complex(number).real for number in self.exact)])

    @cached_property
    def firsts(self) -> NDArray[np.int64]:
        """Returns where each class begins, and at last where the last one ends."""
        lengths = [sum(len(digits) == n for _, digits in dyadic()) for n in range(1, MOST_DIGITS + 1)]
        return np.cumsum([0, *lengths, len(self.exact)]).astype(np.int64)

    @cached_property
    def prices(self) -> NDArray[np.int64]:
        """Returns the additions, multiplications and shifts that a product with each takes."""
        cheap = [(len(digits) - 1, 0, sum(e != 0 for _, e in digits)) for _, digits in dyadic()]
        return np.array([*cheap, *[(0, 1, 0)] * len(self.exact)], dtype=np.int64)

    @cached_property
    def one(self) -> int:
        """Returns the place of 1."""
        return [value for value, _ in dyadic()].index(Fraction(1))

    def place(self, number: Exact) -> int:
        """Returns the place of a positive number, as it is cheapest in flops.

        A sum of two powers of two takes more of them than a multiplication. Raises ValueError where the
        number is not there.
        """
        terms = number.terms
        powers = {value: place for place, (value, digits) in enumerate(dyadic()) if len(digits) == 1}
        if not terms.keys() - {0} and terms.get(0) in powers:
            return powers[terms[0]]
        return len(dyadic()) + self.exact.index(number)


def ladder(size: int, numbers: Iterable[Exact] = ()) -> Ladder:
    """Returns the ladder of a size: the cosines of its twiddles, and more numbers, all positive and real."""
    field = field_of(size)
    cosines = [field.powers[k].real for k in range(field.order)]
    cheap = {field.rational(value) for value, digits in dyadic() if len(digits) == 1}
    exact = {number for number in (*cosines, *numbers) if complex(number).real > 0} - cheap
    return Ladder(size, tuple(sorted(exact, key=lambda number: complex(number).real)))
