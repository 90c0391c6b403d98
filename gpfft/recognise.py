"""Floating-point numbers that were meant exactly: which exact numbers they are, in which field.

A real number is looked for among the candidates of a field Q(zeta), zeta of order M, M a multiple of
4 up to 512: rationals, and p/q sqrt(n) cos(2 pi k / M), p q up to 64, sqrt(n) in the field. The real
and the imaginary part of an entry are looked for apart. The field is the smallest one that has them
all. That holds the DFT, Hartley and cosine transforms of up to 64 points with their usual scales.

How often chance does it: a field has at most 2 x 10^5 candidates, most of them below 1, each accepted
within half of 10^-12 of the largest entry and never beyond half of 10^-12. A random number of size 1 is
therefore taken for one of them with a probability below 2 x 10^-7 in one field, 3 x 10^-5 in any of the
128; for a rational, of which there are 1.1 x 10^5 in each unit, with 10^-7 (for a whole number, below
2 x 10^-6 at any scale). A matrix counts as exact only where all its numbers are found in one field, which
two different random numbers are with a probability below 10^-11.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft.field import Exact, Field, field_of
from gpfft.matrix_file import check_matrix
from gpfft.target import Target

TOLERANCE = 1e-12  # of the largest entry; also the most, but for whole numbers
NOISE = 1 / 64  # of the tolerance: what is less stands for 0
WHOLE = 1e-6  # the most for whole numbers
LARGEST_ORDER = 512
SMALL, BINARY, DECIMAL = 64, 2**12, 10**5  # denominators: up to the first, dividing the others
RATIOS = [(p, q) for p in range(1, 65) for q in range(1, 64 // p + 1) if math.gcd(p, q) == 1]


def recognise(matrix: ArrayLike, name: str = "matrix", complex_input: bool = False) -> Target:
    """Returns the target that a matrix in double precision stands for, see the top of this file.

    A matrix of a complex type has complex input, another one if `complex_input` says so. Where numbers
    are not recognised, they become multiples of a power of two, equal ones, up to sign and within the
    tolerance, the same; the target is then not exact. Its field is the one in which most numbers were
    recognised, if that is at least half of those that are not rational; else only rationals count.
    Raises GpfftError as `matrix_file.check_matrix` does.

    >>> import gpfft
    >>> target = gpfft.recognise(gpfft.matrices.dct2(4))
    >>> target.exact, target.real
    (True, True)
    >>> gpfft.recognise([[0.123456789, 1]]).tolerance
    1e-12
    """
    array = check_matrix(matrix)
    parts = np.stack([array.real, array.imag])
    tolerance = TOLERANCE * float(np.abs(array).max())
    noise, width = (min(share * tolerance, TOLERANCE / 2) for share in (NOISE, 0.5))
    sizes, at = _merged(np.abs(parts).ravel(), noise, width)
    guesses = [_rational(size, min(tolerance / 2, TOLERANCE), min(tolerance / 2, WHOLE)) for size in sizes]
    unknown = [i for i, guess in enumerate(guesses) if guess is None]
    order, forms = _search(np.array([sizes[i] for i in unknown]), min(tolerance / 2, TOLERANCE))
    field, missed = field_of(order), False
    numbers: list[Exact] = [field.rational(guess or 0) for guess in guesses]
    for i, form in zip(unknown, forms):
        missed |= form is None
        numbers[i] = _gridded(field, sizes[i], tolerance) if form is None else form.number(field)
    places: dict[Exact, int] = {}
    real, imag = (_signed(parts[side], at.reshape(parts.shape)[side], numbers) for side in (0, 1))
    rows = tuple(
        tuple(places.setdefault(a + field.i * b, len(places)) for a, b in zip(*pair))
        for pair in zip(real, imag)
    )
    is_real = array.dtype.kind != "c" and not complex_input
    return Target(order, tuple(places), rows, is_real, TOLERANCE if missed else 0.0, name)


def _signed(part: NDArray[np.float64], at: NDArray[np.int64], numbers: Sequence[Exact]) -> list[list[Exact]]:
    """Returns the exact numbers in the place of the real or imaginary parts."""
    return [
        [-numbers[i] if value < 0 else numbers[i] for value, i in zip(values, row)]
        for values, row in zip(part.tolist(), at.tolist())
    ]


def _merged(sizes: NDArray[np.float64], noise: float, width: float) -> tuple[list[float], NDArray[np.int64]]:
    """Returns the distinct sizes, 0 first, and for each size given its place among them.

    Sizes within `width` of the least of them are one, and stand for their middle; up to `noise` they are 0.
    """
    order = np.argsort(sizes, kind="stable")
    at = np.zeros(len(sizes), dtype=np.int64)
    groups: list[list[float]] = [[0.0, 0.0]]
    for i in order.tolist():
        size = float(sizes[i])
        if size - groups[-1][0] > (width if len(groups) > 1 else noise):
            groups.append([size, size])
        groups[-1][1] = size
        at[i] = len(groups) - 1
    return [0.0, *((a + b) / 2 for a, b in groups[1:])], at


def _rational(size: float, tolerance: float, whole: float) -> Fraction | None:
    """Returns the rational number with a small denominator that is meant, or None."""
    exact = Fraction(size)
    if abs(exact - round(size)) <= whole:
        return Fraction(round(size))
    tries = [exact.limit_denominator(SMALL), *(Fraction(round(size * d), d) for d in (BINARY, DECIMAL))]
    return next((guess for guess in tries if abs(exact - guess) <= tolerance), None)


@dataclass(frozen=True)
class _Form:
    """The number p/q sqrt(n) cos(2 pi k / M)."""

    ratio: tuple[int, int]
    n: int
    k: int

    def number(self, field: Field) -> Exact:
        """Returns it in the field of order M."""
        half = Fraction(*self.ratio) / 2
        cosine = field.polynomial({self.k: half}) + field.polynomial({-self.k: half})
        return root(field, self.n) * cosine


def _search(sizes: NDArray[np.float64], tolerance: float) -> tuple[int, list[_Form | None]]:
    """Returns the order M of the field, and what each of the sizes is in it."""
    best: tuple[int, list[_Form | None]] = (4, [None] * len(sizes))
    most = max(1, (len(sizes) + 1) // 2) - 1  # found must be more
    for order in range(4, LARGEST_ORDER + 1, 4):
        if most == len(sizes) or not len(sizes):
            break
        found = _in_field(order, sizes, tolerance)
        count = sum(form is not None for form in found)
        if count > most:
            best, most = (order, found), count
    return best


def _in_field(order: int, sizes: NDArray[np.float64], tolerance: float) -> list[_Form | None]:
    """Returns for each size the candidate of a field that is nearest, if it is near enough."""
    bases = [(n, k) for n in roots(order) for k in range(order // 4)]
    n, k = np.array(bases).T
    ratios = np.array([p / q for p, q in RATIOS])
    values = np.outer(np.sqrt(n) * np.cos(2 * np.pi * k / order), ratios).ravel()
    ranked = np.sort(values)
    above = np.searchsorted(ranked, sizes).clip(1, len(ranked) - 1)
    nearest = np.where(ranked[above] - sizes < sizes - ranked[above - 1], above, above - 1)
    close = np.abs(ranked[nearest] - sizes) <= tolerance
    forms: list[_Form | None] = []
    if not close.any():
        return [None] * len(sizes)
    ascending = np.argsort(values, kind="stable")
    for place, near in zip(ascending[nearest].tolist(), close.tolist()):
        base, ratio = divmod(place, len(RATIOS))
        forms.append(_Form(RATIOS[ratio], *bases[base]) if near else None)
    return forms


@lru_cache(maxsize=None)
def roots(order: int) -> list[int]:
    """Returns the square-free n > 0 whose square roots lie in the field of order M, 4 | M.

    Q(sqrt(n)) lies in the field of order n or 4n (8m for n = 2m): the odd square-free divisors of M, and
    twice those of M/8 (Washington, Introduction to Cyclotomic Fields, 2nd edition 1997, exercise 4.3).
    """
    odd = [n for n in range(1, order + 1, 2) if order % n == 0 and all(n % p**2 for p in range(3, n, 2))]
    return sorted([*odd, *(2 * n for n in odd if order % 8 == 0)])


def root(field: Field, n: int) -> Exact:
    """Returns the positive square root of one of `roots`, by Gauss sums.

    sqrt(2) = 2 cos(2 pi / 8); for an odd prime p the sum of (a/p) exp(2 pi i a / p), a = 1 .. p-1, is
    sqrt(p) where p = 1 mod 4 and i sqrt(p) where p = 3 mod 4 (Gauss 1811).
    """
    total, rest = field.one, n
    for p in range(2, n + 1):
        if rest % p:
            continue
        rest //= p
        step = field.order // (8 if p == 2 else p)
        if p == 2:
            total *= field.polynomial({step: Fraction(1), -step: Fraction(1)})
            continue
        squares = {a * a % p for a in range(1, p)}
        signs = {-a * step: Fraction(1 if a in squares else -1) for a in range(1, p)}  # zeta turns clockwise
        total *= field.polynomial(signs) * (field.one if p % 4 == 1 else -field.i)
    return total


def _gridded(field: Field, size: float, tolerance: float) -> Exact:
    """Returns the nearest multiple of a power of two that is at most a quarter of the tolerance."""
    step = Fraction(2) ** math.floor(math.log2(tolerance / 4))
    return field.rational(round(Fraction(size) / step) * step)
