"""Reads a program as the graph that is rescaled."""

from __future__ import annotations

import cmath
import math

import numpy as np

from gpfft.encodings.rescaled.graph import Graph
from gpfft.encodings.rescaled.scales import apart, scale_of
from gpfft.errors import GpfftError
from gpfft.field import Exact, field_of
from gpfft.program import Program

Term = tuple[Exact, int]  # constant and value: their product


def graph_of(program: Program) -> Graph:
    """Returns the graph of a program, whose lines must be sums of values times constants.

    Raises GpfftError, with the line, for anything else.
    """
    if not program.size == program.inputs == len(program.outputs):
        raise GpfftError("only a program with as many inputs and outputs as its size is rescaled")
    reader = _Reader(program.size)
    table = program.exact_table
    constants: dict[int, Exact] = {}  # address -> number
    terms: dict[int, Term] = {j: (reader.field.one, j) for j in range(program.size)}
    for address, (name, *operands) in enumerate(program.lines, start=program.size):
        if name == "twiddle" and not table[operands[0]].is_zero:
            constants[address] = table[operands[0]]
        elif name == "multiply" and operands[0] in constants and operands[1] in terms:
            constant, value = terms[operands[1]]
            terms[address] = constants[operands[0]] * constant, value
        elif name == "add" and operands[0] in terms and operands[1] in terms:
            terms[address] = reader.field.one, reader.add(*(terms[operand] for operand in operands))
        else:
            line = f"line {address - program.size} of the start program ({name})"
            raise GpfftError(f"{line} is no twiddle, product with one, or sum of such")
    if not all(address in terms for address in program.outputs):
        raise GpfftError("an output of the start program is a constant")
    return reader.graph([terms[address] for address in program.outputs])


class _Reader:
    """Writes down the nodes of a graph.

    A value of the program is a scale times the graph's. The scale of a sum is the modulus of what its
    lower operand is multiplied by, so that in the graph this one is multiplied by a power of zeta.
    """

    def __init__(self, size: int) -> None:
        self.size, self.field = size, field_of(size)
        self.nodes: list[tuple[int, int, int, int]] = []
        self.fixed: list[tuple[int, int]] = []
        self.numbers: dict[Exact, int] = {self.field.one: 0}  # with their places
        self.scales: list[Exact] = [self.field.one] * size
        self.products: dict[Term, int] = {}
        self.polar = True  # whether all constants are

    def add(self, a: Term, b: Term) -> int:
        """Returns the value that is the sum of two terms."""
        (turn, scale, value), (other_turn, other_scale, other) = self._part(*a), self._part(*b)
        lower = scale if value <= other else other_scale
        ka, fa = self._constant(turn, scale, lower)
        kb, fb = self._constant(other_turn, other_scale, lower)
        return self._node((ka, value, kb, other), (fa, fb), lower)

    def _node(self, node: tuple[int, int, int, int], fixed: tuple[int, int], scale: Exact) -> int:
        self.nodes.append(node)
        self.fixed.append(fixed)
        self.scales.append(scale)
        return len(self.scales) - 1

    def _part(self, constant: Exact, value: int) -> tuple[int, Exact, int]:
        """Returns (turn, modulus, value): zeta^turn modulus times the graph's value is the term.

        A constant that is no power of zeta times a real number makes a product, powers of i apart.
        """
        self.polar = self.polar and constant.polar is not None
        if constant.turned:
            turn, modulus = constant.turned
            return turn, modulus * self.scales[value], value
        turn = int(cmath.phase(complex(constant)) // (math.pi / 2)) * 3 * self.field.order // 4
        number = constant * self.field.powers[-turn % self.field.order]
        if (number, value) not in self.products:
            place = self.numbers.setdefault(number, len(self.numbers))
            made = self._node((0, value, 0, -1), (place, 0), self.scales[value])
            self.products[number, value] = made
        return turn, self.scales[value], self.products[number, value]

    def _constant(self, turn: int, scale: Exact, over: Exact) -> tuple[int, int]:
        """Returns k, and the place of a number that makes zeta^turn scale / over of W^k."""
        k, q = apart(self.size, turn)
        modulus = self.field.one if scale is over else scale * over.inverse
        number = modulus * self.field.powers[q * self.field.order // 4]
        return k, self.numbers.setdefault(number, len(self.numbers))

    def graph(self, outputs: list[Term]) -> Graph:
        """Returns the graph with these outputs."""
        ends = []
        for turn, modulus, value in [self._part(*term) for term in outputs]:
            k, place = self._constant(turn, modulus, self.field.one)
            ends.append((value, k))
            self.fixed.append((place, 0))
        moduli = (number.turned[1] for number in self.numbers if number.turned)
        reals: dict[Exact, None] = {}
        for real in (*self.scales, *moduli):
            if real.polar is None and real.inverse not in reals:
                reals[real] = None
        own = tuple(reals)
        known = {real: scale_of(real, own) for real in dict.fromkeys(self.scales)}
        return Graph(
            size=self.size,
            nodes=np.array(self.nodes, dtype=np.int32).reshape(-1, 4),
            outputs=np.array(ends, dtype=np.int32),
            fixed=np.array(self.fixed, dtype=np.int32).reshape(-1, 2),
            numbers=tuple(self.numbers),
            scales=tuple(known[scale] for scale in self.scales),
            reals=own,
            discrete=not self.polar,
        )
