"""Flops against n for a recursive program, beside those of the known algorithms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from gpfft.recursion import family
from gpfft.table import Table, csv_text
from gpfft.transform import definition_flops

MOST = 2**20  # points

Row = dict[str, Any]  # column -> flops, None where there is no formula; "n" -> points


class Known(NamedTuple):
    """A known algorithm, and the real operations that it takes for complex input."""

    label: str
    flops: Callable[[int], int]
    source: str
    radix: int | None = None  # the formula is for powers of it; None: for every n


def radix_2(n: int) -> int:
    """Returns 5 n lg n - 10 n + 16, less where the butterflies have no twiddle that costs."""
    return 5 * n * _lg(n) - 10 * n + 16 if n >= 4 else 2 * n * _lg(n)


def split_radix(n: int) -> int:
    """Returns 4 n lg n - 6 n + 8."""
    return 4 * n * _lg(n) - 6 * n + 8 if n >= 2 else 0


def tangent(n: int) -> int:
    """Returns 34/9 n lg n - 124/27 n - 2 lg n - 2/9 (-1)^lg n lg n + 16/27 (-1)^lg n + 8."""
    lg, sign = _lg(n), (-1) ** _lg(n)
    leading = Fraction(34, 9) * n * lg - Fraction(124, 27) * n - 2 * lg
    return int(leading - Fraction(2, 9) * sign * lg + Fraction(16, 27) * sign + 8) if n >= 2 else 0


KNOWN = {
    "definition": Known("definition", definition_flops, "2 n (n - 1) + 6 (n - 1)^2, taken literally"),
    "radix2": Known("radix 2", radix_2, "Cooley & Tukey 1965; 5 n lg n - 10 n + 16", 2),
    "split_radix": Known(
        "split radix", split_radix, "Yavne 1968; Duhamel & Hollmann 1984; 4 n lg n - 6 n + 8", 2
    ),
    "tangent": Known(
        "tangent FFT", tangent, "Johnson & Frigo 2007, IEEE Trans. Signal Processing 55(1) 111-119", 2
    ),
}
COLUMNS = ("n", "evolved", *KNOWN)


def known(n: int, radix: int) -> dict[str, int]:
    """Returns the flops of the known algorithms for n points, a power of the radix, by their names.

    >>> from gpfft import scaling
    >>> scaling.known(8, 2)
    {'definition': 406, 'radix 2': 56, 'split radix': 56, 'tangent FFT': 56}
    """
    return {row.label: row.flops(n) for row in KNOWN.values() if row.radix in (None, radix)}


def table(flops: Callable[[int], int], radix: int, most: int = MOST) -> list[Row]:
    """Returns a row for each n = r, r^2 ... up to `most`; `flops` counts what was evolved.

    >>> from gpfft import scaling
    >>> [row["evolved"] for row in scaling.table(scaling.split_radix, 2, most=16)]
    [4, 16, 56, 168]
    """
    counts = {column: row.flops for column, row in KNOWN.items() if row.radix in (None, radix)}
    return [
        {"n": n, "evolved": flops(n), **{c: counts[c](n) if c in counts else None for c in KNOWN}}
        for n in family(radix, most)[1:]
    ]


def as_text(rows: list[Row]) -> str:
    """Returns the rows as a table that a person reads; columns without a number are left out."""
    columns = [c for c in COLUMNS if any(row[c] is not None for row in rows)]
    titles = {column: known.label for column, known in KNOWN.items()}
    cells = (tuple("" if row[c] is None else str(row[c]) for c in columns) for row in rows)
    return f"{Table(tuple(titles.get(c, c) for c in columns), tuple(cells), 'r' * len(columns))}\n"


def as_csv(rows: list[Row]) -> str:
    """Returns the rows as comma-separated values; where there is no formula nothing is written."""
    return csv_text(rows, COLUMNS)


def _lg(n: int) -> int:
    """Returns the binary logarithm of a power of 2."""
    return n.bit_length() - 1
