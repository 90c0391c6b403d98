"""Inlined chromosomes: the body of a recursive program, rewritten so that it costs less.

What evolves is one more body beside those of the program that it starts from, which still serve
where the vector is too short for views of views. Every move is neutral: nothing computed changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from random import Random

import numpy as np

from gpfft.config import InlinedStage
from gpfft.counting import recurrence
from gpfft.encodings.base import Chromosome, Fitness, Gains, check_range, in_threads, integers, no_gains
from gpfft.encodings.inlined import moves
from gpfft.errors import GpfftError
from gpfft.recursion import (
    MOST_LINES, Body, Factor, Line, Recursion, Term, View, given_views_text, reference_size,
)  # fmt: skip

OPS = ("add", "self", "output")
TERM = 8  # columns of a term: value, offset, start, stride, parts, k, shift, turn


@dataclass(frozen=True)
class Inlined:
    """The encoding; `start` is an algorithm, right or wrong, which no move makes any different."""

    start: Recursion
    stage: InlinedStage = field(default_factory=InlinedStage)

    name = "inlined"
    objectives, is_front = 2, False
    first = "varied start"
    moves = ("inline", "move a twiddle", "move a butterfly's twiddle")  # their gains are in flops / (n lg n)
    meaning = None

    @property
    def given(self) -> str:
        """Returns what the search is told: the program that it starts from, and how vectors are cut."""
        lines = sum(len(body.lines) for body in self.start.bodies)
        return f"a start algorithm of {lines} lines; {self.cuts}"

    @property
    def cuts(self) -> str:
        """Returns how vectors may be cut when a self-reference is written out."""
        return f"vectors may be cut into {given_views_text(self.radix)}"

    @cached_property
    def turns(self) -> int:
        """Returns the unit in which turns are kept in a chromosome, as a part of a turn."""
        given = [term.factor.turn.denominator for term in self._own.terms]
        return math.lcm(4, self.radix**self.stage.depth, self._own.least, *given)

    @property
    def radix(self) -> int:
        """Returns the radix of the family."""
        return self.start.radix

    @cached_property
    def _own(self) -> Body:
        return self.start.bodies[-1].tidied

    def at(self, progress: float) -> Inlined:
        """Returns itself: a burst cools down by itself."""
        return self

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns the start's last body after some random moves, whatever they cost."""
        dice, body = Random(int(rng.integers(2**31))), self._own
        for _ in range(dice.randrange(8)):
            body = self._moved(body, dice)[1] or body
        return self._encode(body)

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns `a` with one of its self-references written out as `b`."""
        child = self._inlined(self._body(a), self._body(b), Random(seed))
        return a.copy() if child is None else self._encode(child)

    def mutate(self, genes: Chromosome, seed: int, gains: Gains | None = None) -> Chromosome:
        """Returns the cheapest body met in an annealed burst of neutral moves, the plainest of them."""
        dice, stage = Random(seed), self.stage
        gains = no_gains(self.moves) if gains is None else gains
        body = best = self._body(genes)
        cost = self._cost(body)
        least = cost, body.clutter
        for step in range(stage.steps):
            temperature = stage.hot * (stage.cold / stage.hot) ** (step / stage.steps)
            move, child = self._moved(body, dice)
            if child is None:
                continue
            found = self._cost(child)
            if found <= cost or dice.random() < math.exp((cost - found) / temperature):
                body, cost = child, found
                if (cost, body.clutter) < least:
                    gains[move] += least[0] - cost
                    best, least = body, (cost, body.clutter)
        return self._encode(best)

    def live(self, genes: Chromosome) -> float:
        """Returns 1: a body is tidied."""
        return 1.0

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (the relative distance to the DFT at two sizes, flops at a larger one) of each."""
        return in_threads(self._fitness, chromosomes, threads)

    def _fitness(self, genes: Chromosome) -> Fitness:
        recursion = self.decode(genes)
        return recursion.error, float(recurrence(recursion, reference_size(self.radix)))

    def decode(self, genes: Chromosome) -> Recursion:
        """Returns the recursive program: the start's bodies and the evolved one."""
        return self._with(self._body(genes))

    def checked(self, rows: object) -> Chromosome:
        """Returns the chromosome of these rows. Raises GpfftError."""
        genes = integers(rows, 1 + 2 * TERM, 2 * MOST_LINES)
        check_range(genes[:, 0], len(OPS))
        if np.any(np.diff(genes[:, 0] == OPS.index("output")) & (genes[1:, 0] != OPS.index("output"))):
            raise GpfftError("the outputs of an inlined chromosome stand at its end")
        self.decode(genes)  # which is checked line by line
        return genes

    def _with(self, body: Body) -> Recursion:
        """Returns the program with a body beside those of the start that are still needed."""
        shorter = [other for other in self.start.bodies if other.least < body.least]
        return Recursion(self.radix, (*shorter, body))

    def _cost(self, body: Body) -> float:
        """Returns the flops over n log n, at the length where algorithms are compared."""
        n = reference_size(self.radix)
        return recurrence(self._with(body), n) / (n * math.log2(n))

    def _moved(self, body: Body, dice: Random) -> tuple[int, Body | None]:
        """Returns the place of a random move in `moves`, and the body after it, None if it is impossible."""
        if dice.random() < self.stage.inline_rate:
            return 0, self._inlined(body, self._own, dice)
        values = moves.sums(body)
        if not values:
            return 1, None
        value = dice.choice(values)
        factors = moves.freeing(body, value)
        if not factors:
            return 1, None
        factor = dice.choice(factors)
        twins = [value] if dice.random() < 0.5 else moves.butterfly(body, value)
        move = 1 if len(twins) == 1 else 2
        try:
            for twin in twins:
                body = moves.rescale(body, twin, factor)
        except moves.Stuck:
            return move, None
        return move, body.tidied

    def _inlined(self, body: Body, other: Body, dice: Random) -> Body | None:
        """Returns the body with `other` in place of a random self-reference, if that is possible."""
        calls = moves.calls(body)
        if not calls:
            return None
        try:
            child = moves.inline(body, dice.choice(calls), other, self.radix)
        except moves.Stuck:
            return None
        return child if child.least <= self.radix**self.stage.depth else None

    def _encode(self, body: Body) -> Chromosome:
        """Returns the rows (op, term, term): a line each, then the outputs with their places."""
        lines = [*body.lines, *(("output", term, Term(0, slot)) for slot, term in body.outputs)]
        rows = [[OPS.index(op), *self._columns(terms[0]), *self._columns(terms[-1])] for op, *terms in lines]
        return np.array(rows, dtype=np.int32)

    def _columns(self, term: Term) -> list[int]:
        k, shift, turn = term.factor
        return [term.value, *term.view, k, shift, int(turn * self.turns)]

    def _body(self, genes: Chromosome) -> Body:
        """Returns the body that a chromosome is."""
        lines: list[Line] = []
        outputs: list[tuple[View, Term]] = []
        for op, *columns in genes.tolist():
            first, second = self._term(columns[:TERM]), self._term(columns[TERM:])
            if OPS[op] == "output":
                outputs.append((second.view, first))
            else:
                lines.append(("self", first) if OPS[op] == "self" else ("add", first, second))
        return Body(tuple(lines), tuple(outputs))

    def _term(self, columns: list[int]) -> Term:
        value, *view = columns[:5]
        k, shift, turn = columns[5:]
        return Term(value, View(*view), Factor(k, shift, Fraction(turn, self.turns) % 1))
