"""The exact program of a two-sided chromosome: its constants solved for in the cyclotomic field.

A chromosome's gates are exact as they stand; its constants are residues, of which only the kind is taken:
units stay, and each other entry of the core is an unknown real number, or two. That A X B is the target
is then a linear system with small rational coefficients, whose right sides are numbers of the field: it
is solved over the rationals, coefficient by coefficient of zeta. Unknowns that it leaves free are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpq_mat, nmod_mat

from gpfft.encodings.two_sided import kernel
from gpfft.encodings.two_sided.parts import Rows
from gpfft.field import Exact, Field, field_of
from gpfft.program import Builder, Program
from gpfft.target import Target

Terms = dict[int, complex]  # a form: base value -> a Gaussian integer
CHECKED = 2**31 - 1  # a prime modulo which independent equations are chosen


def program(rows: Rows, target: Target, p: int) -> Program:
    """Returns the program that a chromosome for the target stands for; `p` is the prime."""
    field = field_of(target.size)
    core = _solved(rows, target, p)
    build = Builder(target.size, 0 if target.is_dft else target.inputs)
    units = [field.powers[-u * (field.order // 4)] for u in range(4)]  # i^u; zeta turns clockwise

    def times(number: Exact, value: int) -> int:
        if number is field.one:
            return value
        return build.line("multiply", build.constant(number), value)

    values = list(range(target.inputs))
    for _, a, u, b, w in rows[rows[:, 0] == 0].tolist():
        values.append(build.total([times(units[u], values[a]), times(units[w], values[b])]))
    gates = rows[rows[:, 0] == 1].tolist()
    terms: list[list[int]] = [[] for _ in range(target.outputs + len(gates))]
    for (row, column), number in core.items():
        if not number.is_zero:
            terms[row].append(times(number, values[column]))
    for n, (_, a, u, b, w) in reversed(list(enumerate(gates, start=target.outputs))):
        if terms[n]:
            total = build.total(terms[n])
            terms[a].append(times(units[u], total))
            terms[b].append(times(units[w], total))
    zero = [] if all(terms[: target.outputs]) else [build.constant(field.zero)]
    return build.program([build.total(row or zero) for row in terms[: target.outputs]])


def _forms(rows: Rows, side: int, base: int) -> list[Terms]:
    """Returns each value of a side as a form in the base values."""
    forms: list[Terms] = [{v: 1} for v in range(base)]
    for _, a, u, b, w in rows[rows[:, 0] == side].tolist():
        total: Terms = {}
        for operand, unit in ((a, 1j**u), (b, 1j**w)):
            for v, factor in forms[operand].items():
                total[v] = total.get(v, 0) + factor * unit
        forms.append({v: factor for v, factor in total.items() if factor})
    return forms


def _solved(rows: Rows, target: Target, p: int) -> dict[tuple[int, int], Exact]:
    """Returns the exact entries of the core by row and column."""
    field = field_of(target.size)
    entries = [
        ((row, column), _directions(re, im, p)) for _, row, column, re, im in rows[rows[:, 0] == 2].tolist()
    ]
    right, left = _forms(rows, 0, target.inputs), _forms(rows, 1, target.outputs)
    sums: dict[tuple[int, int, int], dict[int, int]] = {}  # (output, input, part) -> unknown -> factor
    known: dict[tuple[int, int, int], int] = {}
    unknowns: list[tuple[tuple[int, int], complex]] = []
    result = {place: field.zero for place, _ in entries}
    for place, (fixed, free) in entries:
        numbers = [*([(fixed, -1)] if fixed else []),
                   *((direction, len(unknowns) + i) for i, direction in enumerate(free))]  # fmt: skip
        unknowns += [(place, direction) for direction in free]
        for k, above in left[place[0]].items():
            for j, below in right[place[1]].items():
                for direction, unknown in numbers:
                    factor = above * direction * below
                    for part, share in enumerate((int(factor.real), int(factor.imag))):
                        if share and unknown < 0:
                            known[k, j, part] = known.get((k, j, part), 0) + share
                        elif share:
                            row = sums.setdefault((k, j, part), {})
                            row[unknown] = row.get(unknown, 0) + share
        if fixed:
            result[place] = _gaussian(field, fixed)
    for equations, members in _systems(sums):
        wanted = [_part(target.entry(k, j), part) - field.rational(known.get((k, j, part), 0))
                  for k, j, part in equations]  # fmt: skip
        coefficients = [[sums[equation].get(unknown, 0) for unknown in members] for equation in equations]
        for unknown, number in zip(members, _solution(coefficients, wanted, field)):
            place, direction = unknowns[unknown]
            result[place] = result[place] + _gaussian(field, direction) * number
    return result


def _directions(re: int, im: int, p: int) -> tuple[complex, list[complex]]:
    """Returns (what is fixed, the directions that are free) of an entry of its kind."""
    kind = kernel.kind(re, im, p)
    small = {0: 0, 1: 1, p - 1: -1}
    if kind in (kernel.UNIT, kernel.UNIT_DIAGONAL):
        return complex(small[re], small[im]), []
    if kind == kernel.AXIS:
        return 0, [1 if im == 0 else 1j]
    if kind == kernel.DIAGONAL:
        return 0, [1 + 1j if re == im else 1 - 1j]
    if kind == kernel.UNIT_PART:
        return (small[re], [1j]) if re in small else (1j * small[im], [1])
    return 0, [1, 1j]


def _gaussian(field: Field, number: complex) -> Exact:
    real, imag = field.rational(int(number.real)), field.rational(int(number.imag))
    return real + imag * field.i if number.imag else real


def _part(number: Exact, part: int) -> Exact:
    return number.imag if part else number.real


def _systems(
    sums: dict[tuple[int, int, int], dict[int, int]],
) -> list[tuple[list[tuple[int, int, int]], list[int]]]:
    """Returns (equations, unknowns) of each independent part of a system."""
    parent: dict[int, int] = {}

    def root(x: int) -> int:
        while parent.setdefault(x, x) != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for row in sums.values():
        first, *others = row
        for other in others:
            parent[root(other)] = root(first)
    systems: dict[int, tuple[list[tuple[int, int, int]], set[int]]] = {}
    for equation, row in sums.items():
        equations, members = systems.setdefault(root(next(iter(row))), ([], set()))
        equations.append(equation)
        members.update(row)
    return [(equations, sorted(members)) for equations, members in systems.values()]


def _solution(coefficients: list[list[int]], wanted: Sequence[Exact], field: Field) -> list[Exact]:
    """Returns a solution of a consistent system with integer coefficients; free unknowns are 0."""
    rows, columns = len(coefficients), len(coefficients[0])
    matrix = nmod_mat(rows, columns, [c % CHECKED for row in coefficients for c in row], CHECKED)
    chosen, equations = _pivots(matrix), _pivots(matrix.transpose())
    count = len(chosen)
    square = fmpq_mat(count, count, [coefficients[e][u] for e in equations for u in chosen])
    terms = [wanted[e].terms for e in equations]
    exponents = sorted({exponent for row in terms for exponent in row})
    if not exponents:
        return [field.zero] * columns
    fractions = [row.get(exponent, Fraction(0)) for row in terms for exponent in exponents]
    right = fmpq_mat(count, len(exponents), [fmpq(f.numerator, f.denominator) for f in fractions])
    solved = square.solve(right)
    result = [field.zero] * columns
    for number, unknown in enumerate(chosen):
        parts = {exponent: solved[number, place] for place, exponent in enumerate(exponents)}
        result[unknown] = field.polynomial({e: _fraction(f) for e, f in parts.items()})
    return result


def _fraction(number: fmpq) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def _pivots(matrix: nmod_mat) -> list[int]:
    """Returns the columns in which the rows of the echelon form begin."""
    reduced, rank = matrix.rref()
    numbers = np.array([[int(c) for c in row] for row in reduced.tolist()[:rank]])
    return [int(np.flatnonzero(row)[0]) for row in numbers]
