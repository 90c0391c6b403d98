"""Slow twins: the same results in the most obvious way, sharing no code with what they check."""

from __future__ import annotations

import cmath
import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from primitives import BY_NAME


def dft(x: Sequence[complex]) -> list[complex]:
    """Returns the DFT of a list by its definition."""
    n = len(x)
    return [
        sum((x[j] * cmath.exp(-2j * cmath.pi * (j * k % n) / n) for j in range(n)), 0j)
        for k in range(n)
    ]


def evaluate(program: Any, inputs: Sequence[Any], table: Sequence[Any]) -> list[Any]:
    """Returns the outputs of a program, run line by line, dead lines too, nothing forgotten."""
    values = list(inputs)
    for name, *operands in program.lines:
        if name == "twiddle":
            values.append(table[operands[0]])
        elif name == "add":
            values.append(values[operands[0]] + values[operands[1]])
        elif name == "multiply":
            values.append(values[operands[0]] * values[operands[1]])
        elif name == "reference":
            values.append(values[operands[0]])
        else:  # a primitive that was added to the table
            values.append(BY_NAME[name].value(*(values[operand] for operand in operands)))
    return [values[address] for address in program.outputs]


def computes_dft(program: Any, tolerance: float = 1e-9) -> bool:
    """Tells, in floating point, whether a program is the DFT at 0, impulses and random inputs."""
    size = program.size
    random = np.random.default_rng(1).standard_normal((2, 3, size))
    inputs = np.vstack([np.zeros(size), np.eye(size), random[0] + 1j * random[1]]).astype(complex)
    table = [cmath.exp(-2j * cmath.pi * k / size) for k in range(size)]
    table += [complex(constant) for constant in program.constants]
    found = np.array([out + 0 * inputs[:, 0] for out in evaluate(program, list(inputs.T), table)])
    wanted = np.array([dft(row) for row in inputs.tolist()]).T
    return bool(np.abs(found - wanted).max() < tolerance)


class Tracer:
    """A real number that writes into `tally` how often it and its like are added and multiplied."""

    def __init__(self, value: float, tally: dict[str, int]) -> None:
        self.value, self.tally = value, tally

    def _made(self, kind: str, value: float) -> Tracer:
        self.tally[kind] += 1
        return Tracer(value, self.tally)

    def __add__(self, other: Any) -> Tracer:
        return self._made("adds", self.value + _plain(other))

    def __sub__(self, other: Any) -> Tracer:
        return self._made("adds", self.value - _plain(other))

    def __mul__(self, other: Any) -> Tracer:
        return self._made("muls", self.value * _plain(other))

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Tracer:
        return self._made("adds", _plain(other) - self.value)

    def __neg__(self) -> Tracer:
        return Tracer(-self.value, self.tally)  # free


def _plain(number: Any) -> float:
    return number.value if isinstance(number, Tracer) else number


def count(function: Callable[[list[Any], list[Any]], Any], size: int) -> tuple[int, int]:
    """Returns the (additions, multiplications) that function(re, im) does on N points."""
    tally = {"adds": 0, "muls": 0}
    numbers = [Tracer(float(n), tally) for n, _ in zip(itertools.count(2), range(2 * size))]
    function(numbers[:size], numbers[size:])
    return tally["adds"], tally["muls"]


def recurse(
    recursion: Any, x: Sequence[complex], answer: Callable[[list[complex]], list[complex]] | None = None
) -> list[complex]:
    """Returns what a recursive program makes of a list, element by element, in complex numbers.

    `answer` says what a call to itself returns; by default what the program does.
    """
    n = len(x)
    if n == 1:
        return list(x)
    body = [body for body in recursion.bodies if _works(body, n)][-1]
    call = answer or (lambda vector: recurse(recursion, vector))
    values: dict[int, list[complex]] = {0: list(x)}

    def value(number: int) -> list[complex]:
        if number not in values:
            name, *terms = body.lines[number - 1]
            vectors = [read(term) for term in terms]
            values[number] = call(*vectors) if name == "self" else [a + b for a, b in zip(*vectors)]
        return values[number]

    def read(term: Any) -> list[complex]:
        number, view, (k, shift, turn) = term
        vector = value(number)
        return [
            vector[place] * cmath.exp(-2j * cmath.pi * float(((k * j + shift) / Fraction(n) + turn) % 1))
            for j, place in enumerate(_places(view, len(vector)))
        ]

    out = [0j] * n
    for slot, term in body.outputs:
        for place, element in zip(_places(slot, n), read(term)):
            out[place] = element
    return out


def _works(body: Any, n: int) -> bool:
    """Tells whether all views that outputs need, and those of the outputs, divide their vectors."""
    lengths: dict[int, int] = {0: n}

    def length(number: int, view: Any) -> int:
        if number not in lengths:
            lengths[number] = [length(*term[:2]) for term in body.lines[number - 1][1:]][0]
        if lengths[number] % view[3]:
            raise ValueError("no whole number of elements")
        return lengths[number] // view[3]

    try:
        return all(length(*term[:2]) == length(0, slot) for slot, term in body.outputs)
    except ValueError:
        return False


def _places(view: Any, length: int) -> list[int]:
    offset, start, stride, parts = view
    count = length // parts
    return [(offset + start * count + stride * j) % length for j in range(count)]
