"""Slow twins of two-sided chromosomes, and hypothesis strategies for small ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gpfft.field import residue_root

PRIME = int(residue_root(12).modulus())
Number = tuple[int, int]  # the real and imaginary part of a residue
Matrix = dict[tuple[int, int], Number]  # by row and column, without zeros
UNITS: tuple[Number, ...] = ((1, 0), (0, 1), (-1, 0), (0, -1))  # i^u


def times(x: Number, y: Number, p: int = PRIME) -> Number:
    return (x[0] * y[0] - x[1] * y[1]) % p, (x[0] * y[1] + x[1] * y[0]) % p


def forms(rows: Any, side: int, base: int, p: int = PRIME) -> list[dict[int, Number]]:
    """Returns each value of a side as {base value: factor}."""
    made: list[dict[int, Number]] = [{v: (1, 0)} for v in range(base)]
    for kind, a, u, b, w in rows.tolist():
        if kind == side:
            total: dict[int, Number] = {}
            for operand, unit in ((a, u), (b, w)):
                for v, factor in made[operand].items():
                    re, im = times(UNITS[unit], factor, p)
                    old = total.get(v, (0, 0))
                    total[v] = (old[0] + re) % p, (old[1] + im) % p
            made.append(total)
    return made


def product(rows: Any, shape: tuple[int, int], p: int = PRIME) -> Matrix:
    """Returns A X B of a chromosome, multiplied out number by number."""
    inputs, outputs = forms(rows, 0, shape[1], p), forms(rows, 1, shape[0], p)
    total: Matrix = {}
    for kind, row, column, re, im in rows.tolist():
        if kind == 2:
            for k, above in outputs[row].items():
                for j, below in inputs[column].items():
                    term = times(times(above, (re, im), p), below, p)
                    old = total.get((k, j), (0, 0))
                    total[k, j] = (old[0] + term[0]) % p, (old[1] + term[1]) % p
    return {place: number for place, number in total.items() if any(number)}


def price(number: Number, prices: Any, p: int = PRIME) -> int:
    """Returns what a constant costs."""
    re, im = (min(part % p, -part % p) for part in number)  # up to sign
    if not re and not im:
        kind = 0
    elif not re or not im:
        kind = 1 if re + im == 1 else 2
    elif re == im:
        kind = 3 if re == 1 else 4
    else:
        kind = 5 if 1 in (re, im) else 6
    return int(prices[kind])


def count(rows: Any, shape: tuple[int, int], prices: Any, p: int = PRIME) -> int:
    """Returns what a chromosome costs: its constants, and the gates on the way to them."""
    total, used = 0, [set(), set()]  # type: tuple[int, list[set[int]]]
    for kind, row, column, re, im in rows.tolist():
        if kind == 2:
            total += price((re, im), prices, p)
            used[0].add(column)
            used[1].add(row)
    for side in (0, 1):
        gates = [row for row in rows.tolist() if row[0] == side]
        for n, (_, a, _, b, _) in reversed(list(enumerate(gates, start=shape[1 - side]))):
            if n in used[side]:
                total += int(prices[7])
                used[side] |= {a, b}
    return total


def entries(matrix: Matrix) -> Any:
    """Returns a matrix as a chromosome without gates."""
    return np.array([(2, *place, *number) for place, number in sorted(matrix.items())], np.int64)


def residues(real: bool) -> st.SearchStrategy[Number]:
    """Draws numbers of all kinds but 0, few different ones."""
    small = st.sampled_from([1, PRIME - 1, 12345, PRIME - 12345, 2**55 + 3])
    if real:
        return st.tuples(small, st.just(0))
    zero = st.just(0)
    return st.one_of(st.tuples(small, zero), st.tuples(zero, small), st.tuples(small, small))


@st.composite
def matrices(draw: Any, most: int = 4) -> tuple[Any, tuple[int, int], int]:
    """Draws (a matrix as a chromosome, its shape, how many units there are)."""
    shape = draw(st.integers(1, most)), draw(st.integers(1, most))
    real = draw(st.booleans())
    places = [(r, c) for r in range(shape[0]) for c in range(shape[1])]
    some = st.lists(st.sampled_from(places), min_size=1, unique=True)
    chosen = draw(some) if draw(st.booleans()) else places
    return entries({place: draw(residues(real)) for place in chosen}), shape, 2 if real else 4
