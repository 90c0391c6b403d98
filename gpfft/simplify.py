"""Simplifies a program: same outputs, never more operations.

The program is run in a number system of terms factor * node, so that factors are collected until
an addition needs the product. Dead lines vanish, lines of equal value become one, and so do lines
that differ by a free factor (1, -1, i or -i). Sums are turned by quarters so that the first input
in them has no free factor left, which empties most lines of signs and i's.

Equality is decided by a fingerprint: the value at a random input in a field of about 2^60
elements, where different polynomials agree by chance once in about 2^55 pairs; the judge decides
afterwards, and exactly.
"""

from __future__ import annotations

import math
import random
from typing import Any

from flint import nmod

from gpfft.cost import price
from gpfft.field import Exact, Field, field_of, residue_root
from gpfft.program import Builder, Program
from gpfft.transform import LARGEST


def simplify(program: Program) -> Program:
    """Returns a program with the same outputs, made of the core primitives alone.

    It computes the same, with never more operations.

    >>> import gpfft
    >>> lines = ("add", 0, 1), ("add", 1, 0), ("twiddle", 1), ("multiply", 4, 1), ("add", 0, 5), ("add", 6, 3)
    >>> program = gpfft.Program(2, lines, outputs=(3, 6))
    >>> len(program.lines), len(gpfft.simplify(program).lines)
    (6, 4)
    """
    graph = _Graph(field_of(program.size), residue_root(program.size, program.constants))
    inputs = [graph.add_node("input", j) for j in range(program.inputs)]
    table = [_Term(graph, constant, 0) for constant in program.exact_table]
    outputs = [graph.settle(term) for term in program.run(inputs, table)]
    return _Writer(graph, program).write(outputs)


class _Term:
    """A value factor * node; the number system in which a program is run to simplify it."""

    __slots__ = ("factor", "graph", "node")

    def __init__(self, graph: _Graph, factor: Exact, node: int) -> None:
        self.graph, self.factor, self.node = graph, factor, node

    def __add__(self, other: _Term) -> _Term:
        return self.graph.sum(self, other)

    def __sub__(self, other: _Term) -> _Term:
        return self.graph.sum(self, -other)

    def __neg__(self) -> _Term:
        return _Term(self.graph, -self.factor, self.node)

    def __mul__(self, other: _Term) -> _Term:
        if self.node == 0:
            return self.graph.scaled(other, self.factor)
        if other.node == 0:
            return self.graph.scaled(self, other.factor)
        product = self.graph.add_node("multiply", self.node, other.node)
        return self.graph.scaled(product, self.factor * other.factor)


class _Graph:
    """Nodes without repetition; node 0 is the constant 1."""

    def __init__(self, field: Field, root: nmod) -> None:
        self.field, self.root = field, root
        self.random = random.Random(0)
        self.nodes: list[tuple[Any, ...]] = []
        self.residues: list[nmod] = []
        self.leads: list[tuple[int, Exact]] = []  # lowest input in a node, its coefficient
        self.found: dict[int, tuple[Exact, int]] = {0: (field.zero, 0)}
        self.add_node("one")

    def add_node(self, kind: str, *operands: Any) -> _Term:
        """Returns the new node, or the one that has its value up to a free factor."""
        residue = self._residue(kind, operands)
        if int(residue) not in self.found:
            node = len(self.nodes)
            self.nodes.append((kind, *operands))
            self.residues.append(residue)
            self.leads.append(self._lead(kind, operands))
            for turn in self.field.powers[:: self.field.order // 4]:
                self.found[int(residue * turn.residue(self.root))] = (turn, node)
        return _Term(self, *self.found[int(residue)])

    def _lead(self, kind: str, operands: tuple[Any, ...]) -> tuple[int, Exact]:
        """Returns the lowest input that a new node depends on, with its coefficient, as guessed.

        It only decides how terms are ordered and turned, so that a guess does no harm.
        """
        if kind == "input":
            return operands[0], self.field.one
        if kind in ("add", "scale"):
            return min((self._lead_of(term) for term in operands), key=lambda lead: lead[0])
        return LARGEST, self.field.one  # none: after all inputs

    def _lead_of(self, term: _Term) -> tuple[int, Exact]:
        j, coefficient = self.leads[term.node]
        return j, coefficient * term.factor

    def _residue(self, kind: str, operands: tuple[Any, ...]) -> nmod:
        residue: nmod = self.root**0
        if kind == "input":
            residue *= self.random.getrandbits(60)
        elif kind == "multiply":
            residue = self.residues[operands[0]] * self.residues[operands[1]]
        elif kind in ("add", "scale"):
            residue = sum((self.residue_of(term) for term in operands), self.root * 0)
        return residue

    def residue_of(self, term: _Term) -> nmod:
        """Returns the fingerprint of a term."""
        residue: nmod = term.factor.residue(self.root) * self.residues[term.node]
        return residue

    def settle(self, term: _Term) -> _Term:
        """Returns the term as it is to be used: without a factor that costs, where one exists."""
        if price(term.factor):
            return _Term(self, *self.found.get(int(self.residue_of(term)), (term.factor, term.node)))
        return term

    def sum(self, a: _Term, b: _Term) -> _Term:
        """Returns a + b."""
        a, b = self.settle(a), self.settle(b)
        if a.node == b.node and price(a.factor + b.factor) == 0:
            return _Term(self, a.factor + b.factor, a.node)
        if a.factor.is_zero or b.factor.is_zero:
            return b if a.factor.is_zero else a
        a, b = sorted((a, b), key=lambda term: self.leads[term.node][0])
        step = self.field.order // math.gcd(4, self.field.size)  # only by turns that are twiddles
        turn = (self._lead_of(a)[1].power or 0) // step * step
        forth, back = self.field.powers[-turn], self.field.powers[turn]
        turned = [_Term(self, term.factor * forth, term.node) for term in (a, b)]
        return self.scaled(self.add_node("add", *turned), back)

    def scaled(self, term: _Term, factor: Exact) -> _Term:
        """Returns factor * term, with the two factors joined where that costs no more."""
        joined = factor * term.factor
        if factor.quarter is None and term.factor.quarter is None and price(joined) > price(factor):
            term = self.add_node("scale", self.settle(term))
            joined = factor * term.factor
        return _Term(self, joined, term.node)


class _Writer:
    """Writes the live nodes of a graph as the lines of a program."""

    def __init__(self, graph: _Graph, program: Program) -> None:
        self.graph = graph
        self.build = Builder(program.size, program.inputs)
        self.address: dict[int, int] = {}

    def write(self, outputs: list[_Term]) -> Program:
        """Returns the program that computes `outputs`."""
        live = self._live(outputs)
        for node, (kind, *operands) in enumerate(self.graph.nodes):
            if kind == "input":
                self.address[node] = operands[0]
            elif live[node] and kind == "multiply":
                self.address[node] = self.build.line(kind, *(self.address[o] for o in operands))
            elif live[node] and kind == "add":
                self.address[node] = self.build.line(kind, *(self._term(o) for o in operands))
            elif live[node] and kind == "scale":
                self.address[node] = self._term(operands[0])
        return self.build.program([self._term(term) for term in outputs])

    def _live(self, outputs: list[_Term]) -> list[bool]:
        live = [False] * len(self.graph.nodes)
        for term in outputs:
            live[term.node] = True
        for node in reversed(range(len(live))):
            kind, *operands = self.graph.nodes[node]
            if live[node] and kind != "input":
                for operand in operands:
                    live[operand.node if isinstance(operand, _Term) else operand] = True
        return live

    def _term(self, term: _Term) -> int:
        """Returns the address of factor * node."""
        if term.node == 0:
            return self.build.constant(term.factor)
        address = self.address[term.node]
        if term.factor is self.graph.field.one:
            return address
        return self.build.line("multiply", self.build.constant(term.factor), address)
