"""What a target falls into: sums and differences found greedily, and the independent parts between them.

The most profitable butterflies of inputs and of outputs, applied until none helps, leave a core whose
nonzero entries fall into connected components: independent problems. Parts that are alike, up to the
order and units of rows and columns, are one problem, solved once and used in several places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]  # a chromosome of `kernel`, see there
Pair = tuple[int, int]  # the real and imaginary part of a residue
MOST_TRIES = 2000  # rows tried for one another while two parts are compared


@dataclass(frozen=True)
class Place:
    """Where a part stands in the core: its rows and columns there, and i^unit on each of them."""

    rows: tuple[Pair, ...]  # (row of the core, unit)
    columns: tuple[Pair, ...]


@dataclass(frozen=True)
class Part:
    """An independent problem: entries of a matrix, without gates, and the places where it stands."""

    entries: Rows
    shape: tuple[int, int]
    real: bool
    places: tuple[Place, ...]


def whole(entries: Rows, shape: tuple[int, int], real: bool) -> Part:
    """Returns everything as one part."""
    place = Place(*(tuple((v, 0) for v in range(count)) for count in shape))
    return Part(entries, shape, real, (place,))


def parts(rows: Rows, p: int) -> tuple[Part, ...]:
    """Returns the components of a chromosome's core, those alike as one; `p` is the prime."""
    found: list[tuple[dict[Pair, Pair], Part]] = []
    for entries in components(rows[rows[:, 0] == 2]):
        matrix, part = _part(entries, p)
        for number, (other, known) in enumerate(found):
            place = _alike(other, known, matrix, part, p)
            if place is not None:
                joined = Part(known.entries, known.shape, known.real, (*known.places, place))
                found[number] = (other, joined)
                break
        else:
            found.append((matrix, part))
    return tuple(part for _, part in found)


def splitting(done: Rows, core: Rows) -> Rows:
    """Returns those butterflies whose sum and difference lead to different parts, and those these need.

    `done` is what `kernel.butterflies` notes, `core` the chromosome after all of them, with values named as
    there. The others only rewrite a part, which is better left to its evolution.
    """
    reached: dict[Pair, set[int]] = {}  # (side, value) -> numbers of parts
    for number, part in enumerate(components(core[core[:, 0] == 2])):
        for side in (0, 1):
            for v in np.unique(part[:, 2 - side]).tolist():
                reached.setdefault((side, v), set()).add(number)
    kept: list[tuple[int, ...]] = []
    needed: set[Pair] = set()
    for side, a, u, b, n, m in reversed(done.tolist()):
        of_n, of_m = reached.pop((side, n), set()), reached.pop((side, m), set())
        reached[side, a] = reached[side, b] = of_n | of_m
        if not of_n & of_m or {(side, n), (side, m)} & needed:
            needed |= {(side, a), (side, b)}
            kept.append((side, a, u, b, n, m))
    return np.array(kept[::-1], dtype=np.int64).reshape(-1, 6)


def components(entries: Rows) -> list[Rows]:
    """Returns the entries by connected component, rows and columns being what they connect."""
    groups: dict[int, set[int]] = {}  # by row, then merged: the columns
    members: list[tuple[set[int], set[int]]] = []
    for row, column in entries[:, 1:3].tolist():
        groups.setdefault(row, set()).add(column)
    for row, columns in groups.items():
        touched = [member for member in members if member[1] & columns]
        members = [member for member in members if not member[1] & columns]
        joined = {row}.union(*(rows for rows, _ in touched)), columns.union(*(c for _, c in touched))
        members.append(joined)
    return [entries[np.isin(entries[:, 1], sorted(rows))] for rows, _ in members]


def turned(number: Pair, u: int, p: int) -> Pair:
    """Returns i^u times a number."""
    re, im = number
    return ((re, im), (-im % p, re), (-re % p, -im % p), (im, -re % p))[u % 4]


def outcome(rows: Rows, shape: tuple[int, int], x: Sequence[Pair], p: int) -> list[Pair]:
    """Returns A X B times `x`, what a chromosome makes of inputs; `shape` is (outputs, inputs)."""
    values = list(x)
    for _, a, u, b, w in rows[rows[:, 0] == 0].tolist():
        values.append(_plus(turned(values[a], u, p), turned(values[b], w, p), p))
    gates = rows[rows[:, 0] == 1].tolist()
    sums = [(0, 0)] * (shape[0] + len(gates))
    for _, row, column, re, im in rows[rows[:, 0] == 2].tolist():
        real, imag = values[column]
        sums[row] = _plus(sums[row], (re * real - im * imag, re * imag + im * real), p)
    for n, (_, a, u, b, w) in reversed(list(enumerate(gates, start=shape[0]))):
        sums[a] = _plus(sums[a], turned(sums[n], u, p), p)
        sums[b] = _plus(sums[b], turned(sums[n], w, p), p)
    return sums[: shape[0]]


def _plus(x: Pair, y: Pair, p: int) -> Pair:
    return (x[0] + y[0]) % p, (x[1] + y[1]) % p


def _part(entries: Rows, p: int) -> tuple[dict[Pair, Pair], Part]:
    """Returns a component as a problem of its own, real where units make it so."""
    rows, columns = (np.unique(entries[:, side]).tolist() for side in (1, 2))
    matrix = {
        (rows.index(r), columns.index(c)): (re, im) for r, c, re, im in entries[:, 1:].tolist()
    }
    quarters = {
        place: 1 if number[0] == 0 else 0 for place, number in matrix.items() if 0 in number
    }
    units = _units(len(rows), len(columns), quarters, 2) if len(quarters) == len(matrix) else None
    real = units is not None
    of_rows, of_columns = units or ([0] * len(rows), [0] * len(columns))
    matrix = {(r, c): turned(number, -of_rows[r] - of_columns[c], p) for (r, c), number in matrix.items()}
    own = np.array([(2, r, c, *number) for (r, c), number in matrix.items()], dtype=np.int64)
    place = Place(tuple(zip(rows, of_rows)), tuple(zip(columns, of_columns)))
    return matrix, Part(own, (len(rows), len(columns)), real, (place,))


def _units(
    rows: int, columns: int, wanted: dict[Pair, int], order: int
) -> tuple[list[int], list[int]] | None:
    """Returns units of rows and columns whose sums are as wanted, modulo `order`, or None."""
    near: dict[Pair, list[tuple[Pair, int]]] = {}
    for (r, c), unit in wanted.items():
        near.setdefault((0, r), []).append(((1, c), unit))
        near.setdefault((1, c), []).append(((0, r), unit))
    units: dict[Pair, int] = {}
    for first in near:
        waiting = [] if first in units else [first]
        units.setdefault(first, 0)
        while waiting:
            node = waiting.pop()
            for other, unit in near[node]:
                needed = (unit - units[node]) % order
                if units.setdefault(other, needed) != needed:
                    return None
                if other not in waiting and needed == units[other] and not _done(units, near, other):
                    waiting.append(other)
    return [units.get((0, r), 0) for r in range(rows)], [units.get((1, c), 0) for c in range(columns)]


def _done(units: dict[Pair, int], near: dict[Pair, list[tuple[Pair, int]]], node: Pair) -> bool:
    return all(other in units for other, _ in near[node])


def _alike(
    matrix: dict[Pair, Pair], part: Part, other: dict[Pair, Pair], there: Part, p: int
) -> Place | None:
    """Returns the place of `there` as one of `part`, when they are alike, else None."""
    if part.shape != there.shape or part.real != there.real or len(matrix) != len(other):
        return None
    for rows, columns in _orders(matrix, other, part.shape, p):
        wanted = {}
        for (r, c), number in matrix.items():
            found = other[rows[r], columns[c]]
            wanted[r, c] = next(u for u in range(4) if turned(number, u, p) == found)
        units = _units(*part.shape, wanted, 4)
        if units is not None:
            (place,) = there.places
            return Place(
                tuple((place.rows[rows[r]][0], place.rows[rows[r]][1] + u) for r, u in enumerate(units[0])),
                tuple((place.columns[columns[c]][0], place.columns[columns[c]][1] + u)
                      for c, u in enumerate(units[1])),
            )  # fmt: skip
    return None


def _orders(
    a: dict[Pair, Pair], b: dict[Pair, Pair], shape: tuple[int, int], p: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Yields orders of b's rows and columns in which its entries are those of a up to units.

    Rows are matched one after the other; columns are told apart by what they hold in the rows so far.
    """
    keys = [[[min(turned(m.get((r, c), (0, 0)), u, p) for u in range(4)) for c in range(shape[1])]
             for r in range(shape[0])] for m in (a, b)]  # fmt: skip
    tries = [0]

    def extended(rows: list[int], classes: list[list[int]]) -> Iterator[tuple[list[int], list[int]]]:
        r = len(rows)
        if r == shape[0]:
            by_class: dict[int, list[int]] = {}
            for c, name in enumerate(classes[1]):
                by_class.setdefault(name, []).append(c)
            yield rows, [by_class[name].pop() for name in classes[0]]
            return
        mine = list(zip(classes[0], keys[0][r]))
        for s in set(range(shape[0])) - set(rows):
            tries[0] += 1
            if tries[0] > MOST_TRIES:
                return
            its = list(zip(classes[1], keys[1][s]))
            if sorted(mine) == sorted(its):
                names = {name: number for number, name in enumerate(sorted(set(mine)))}
                yield from extended([*rows, s], [[names[n] for n in side] for side in (mine, its)])

    yield from extended([], [[0] * shape[1]] * 2)


def assembled(gates: Rows, shape: tuple[int, int], solved: Sequence[tuple[Part, Rows]], p: int) -> Rows:
    """Returns one chromosome for the whole: the gates, then each part's solution in all its places.

    `shape` is that of the whole, (outputs, inputs).
    """
    rows = gates.tolist()
    count = [shape[1] + int(np.sum(gates[:, 0] == 0)), shape[0] + int(np.sum(gates[:, 0] == 1))]
    core = []
    for part, solution in solved:
        for place in part.places:
            names = [list(place.columns), list(place.rows)]
            for kind, a, b, c, d in solution.tolist():
                if kind < 2:
                    (v, u), (w, t) = names[kind][a], names[kind][c]
                    rows.append([kind, v, (u + b) % 4, w, (t + d) % 4])
                    names[kind].append((count[kind], 0))
                    count[kind] += 1
                else:
                    (row, u), (column, t) = names[1][a], names[0][b]
                    core.append([2, row, column, *turned((c, d), u + t, p)])
    return np.array([*rows, *core], dtype=np.int64).reshape(-1, 5)
