"""Slow twins: the same results in the most obvious way, sharing no code with what they check."""

from __future__ import annotations

import cmath
import itertools
from collections.abc import Callable, Sequence
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
