"""Exact real numbers in closed form: sums of products of rationals, square roots, sines and cosines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gpfft.field import Exact, Field
from gpfft.recognise import root, roots

DENOMINATORS = range(1, 17)  # of the rational factor beside a square root, a cosine or a tangent
CLOSE = 1e-12
Trigonometric = tuple[str, int]  # "cos", "sin" or "tan", and k: at the angle 2 pi k / M


@dataclass(frozen=True)
class Product:
    """A rational number times a square root times powers of sines, cosines and tangents.

    Attributes:
        ratio: the rational number.
        square: what the square root is taken of.
        factors: (function, angle / pi, exponent).
    """

    ratio: Fraction
    square: int = 1
    factors: tuple[tuple[str, Fraction, int], ...] = ()


def closed_form(number: Exact) -> list[Product]:
    """Returns the products that a real number of a field is the sum of; of 0 none.

    It is one product where the number is p/q times a square root, a cosine, a tangent or 1 over a
    cosine, or where it is known as a product of sines; else a sum of cosines.
    """
    if number.is_zero:
        return []
    field = number.field
    simple = _simple(number)
    if simple is not None:
        return [simple]
    if number.polar is not None:
        turn, sines = number.polar
        return [_sines(field, -1 if turn else 1, sines)]
    total: dict[int, Fraction] = {}
    half = field.order // 2
    for k, coefficient in number.terms.items():  # zeta^k and its conjugate, in equal parts
        k = min(k, field.order - k)
        sign, k = (-1, half - k) if 2 * k > half else (1, k)
        total[k] = total.get(k, Fraction(0)) + sign * coefficient
    return [
        Product(c, factors=() if k == 0 else (("cos", Fraction(2 * k, field.order), 1),))
        for k, c in sorted(total.items())
        if c and 4 * k != field.order
    ]


def _sines(field: Field, sign: int, sines: tuple[tuple[int, int], ...]) -> Product:
    """Returns a product of powers of 2 sin(2 pi b / M)."""
    eighths = sum(e for b, e in sines if 8 * b == field.order)  # 2 sin(pi / 4) is the root of 2
    rest = [(b, e) for b, e in sines if 8 * b != field.order]
    ratio = sign * Fraction(2) ** (eighths // 2 + sum(e for _, e in rest))
    factors = tuple(("sin", Fraction(2 * b, field.order), e) for b, e in rest)
    return Product(ratio, 2 if eighths % 2 else 1, factors)


def _simple(number: Exact) -> Product | None:
    """Returns the number as p/q times one root or function, or None."""
    field = number.field
    value, (bases, sizes) = complex(number).real, _bases(field)
    ratios = value / sizes
    for q in DENOMINATORS:
        near = np.abs(ratios * q - np.rint(ratios * q)) < CLOSE * q
        for place in np.flatnonzero(near & (np.abs(ratios) * q > 0.5)).tolist():
            ratio = Fraction(round(ratios[place] * q), q)
            square, factor, exponent = bases[place]
            if _exact(field, ratio, square, factor, exponent) is number:
                if factor is None:
                    return Product(ratio, square)
                function, k = factor
                return Product(ratio, square, ((function, Fraction(2 * k, field.order), exponent),))
    return None


Base = tuple[int, "Trigonometric | None", int]  # square, function, exponent


@lru_cache(maxsize=8)
def _bases(field: Field) -> tuple[list[Base], NDArray[np.float64]]:
    """Returns what may stand beside a rational number, short ones first, and their sizes."""
    places = range(1, (field.order + 3) // 4)
    bases: list[Base] = [(square, None, 1) for square in roots(field.order)]
    sizes = [math.sqrt(square) for square, _, _ in bases]
    for function, exponent in (("cos", 1), ("tan", 1), ("cos", -1)):
        for k in places:
            bases.append((1, (function, k), exponent))
            sizes.append(getattr(math, function)(2 * math.pi * k / field.order) ** exponent)
    return bases, np.array(sizes)


def _exact(field: Field, ratio: Fraction, square: int, factor: Trigonometric | None, exponent: int) -> Exact:
    """Returns a base times a rational number, exactly."""
    number = root(field, square)
    if factor is not None:
        function, k = factor
        number = _cosine(field, k) if exponent > 0 else _cosine(field, k).inverse
        if function == "tan":
            number = _cosine(field, field.order // 4 - k) * _cosine(field, k).inverse
    return number if ratio == 1 else number * field.rational(ratio)


def _cosine(field: Field, k: int) -> Exact:
    """Returns cos(2 pi k / M), 0 < k < M/4."""
    cosine = field.cosine(k)
    assert cosine is not None
    return field.scaled(*cosine)
