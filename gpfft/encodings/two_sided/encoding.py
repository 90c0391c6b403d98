"""Two-sided chromosomes: sum and difference gates on inputs and outputs, constants between them.

W = A X B is true of every chromosome, from the start X = W without gates: a move changes gates and
constants so that it stays true, and what is scored is the count alone. What the greedy butterflies of
`parts` leave are independent parts: each evolves apart, and a child takes the best of each.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Any

import numpy as np
from primitives import multiply

from gpfft.config import TwoSidedMoves, TwoSidedStage
from gpfft.encodings.base import (
    Chromosome, Fitness, Gains, check_range, in_threads, in_words, integers, no_gains,
)  # fmt: skip
from gpfft.encodings.two_sided import exact, kernel
from gpfft.encodings.two_sided.parts import Part, Rows, assembled, outcome, parts, splitting, whole
from gpfft.errors import GpfftError
from gpfft.field import residue_root
from gpfft.program import Program
from gpfft.target import Target


MOST_VALUES = 2000  # of a part in a file; a search keeps far fewer
MOST_ROWS = 200_000


@dataclass(frozen=True)
class TwoSided:
    """The encoding for one target.

    A chromosome is an array (rows, 6). The first column is the number of a part, the others are a row of
    that part as `kernel` takes it: an input gate (0, a, u, b, w), an output gate (1, a, u, b, w) or an
    entry of the core (2, row, column, real, imaginary part), residues modulo a prime. A number q from P,
    the number of parts, on is a recessive copy of part q - P: where its next mutation begins.
    """

    target: Target
    stage: TwoSidedStage = field(default_factory=TwoSidedStage)

    name = "two-sided"
    objectives, is_front = 2, False
    first = "start"
    moves = in_words(TwoSidedMoves)  # their gains are in half flops of complex input
    meaning = None

    @property
    def given(self) -> str:
        """Returns what the search is told: the target itself, and what is done before it begins."""
        first = ", after its most profitable butterflies, chosen greedily" if self.stage.apart else ""
        return f"gates of sums and differences, and the matrix to begin with{first}"

    def at(self, progress: float) -> TwoSided:
        """Returns itself: a burst cools down by itself."""
        return self

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns the start: the parts of the target as they are, without gates in them."""
        return self._joined([part.entries for part in self.parts] * 2)

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns `a` with those parts of `b` that cost less."""
        mine, other = self._split(a), self._split(b)
        for number, part in enumerate(self.parts):
            if self._cost(part, other[number]) < self._cost(part, mine[number]):
                mine[number] = other[number]
        return self._joined(mine)

    def mutate(self, genes: Chromosome, seed: int, gains: Gains | None = None) -> Chromosome:
        """Returns a copy in which a part's recessive copy was annealed, and expressed where it costs less."""
        dice, stage, split = Random(seed), self.stage, self._split(genes)
        if not self._weights:
            return genes.copy()
        (number,) = dice.choices(range(len(self.parts)), self._weights)
        part, recessive = self.parts[number], number + len(self.parts)
        steps = min(stage.steps * len(part.entries), stage.most_steps)
        expressed = self._cost(part, split[number])
        split[recessive], best = kernel.burst(
            split[recessive], *self._problem(part), dice.getrandbits(62), self._moves, steps,
            stage.hot, stage.cold, stage.drift, expressed, no_gains(self.moves) if gains is None else gains,
        )  # fmt: skip
        if self._cost(part, best) < expressed:
            split[number] = best
        return self._joined(split)

    def live(self, genes: Chromosome) -> float:
        """Returns 1: what a burst leaves is used."""
        return 1.0

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (0, operations) of each."""
        return [(0.0, float(count)) for count in in_threads(self._flops, chromosomes, threads)]

    def decode(self, genes: Chromosome) -> Program:
        """Returns the program, its constants solved exactly."""
        return exact.program(self._whole(genes), self.target, self.prime)

    def checked(self, rows: object) -> Chromosome:
        """Returns the chromosome of these rows. Raises GpfftError.

        That each part's A X B is what it should be is seen at inputs that nobody can foresee.
        """
        genes = integers(rows, 6, MOST_ROWS, np.int64)
        check_range(genes[:, 0], 2 * len(self.parts))
        if np.any(np.diff(genes[:, 0]) < 0):
            raise GpfftError("the parts of a two-sided chromosome stand one after the other")
        for part, copy in zip(self.parts * 2, self._split(genes)):
            _check_references(copy, part.shape, self.prime)
            x = [(secrets.randbelow(self.prime), secrets.randbelow(self.prime)) for _ in range(part.shape[1])]
            wanted, found = (outcome(each, part.shape, x, self.prime) for each in (part.entries, copy))
            if found != wanted:
                raise GpfftError("a two-sided chromosome makes another matrix")
        return genes

    @cached_property
    def prime(self) -> int:
        """Returns the prime modulo which constants are residues."""
        return int(self._root.modulus())

    @cached_property
    def frame(self) -> Rows:
        """Returns the target with the most profitable butterflies around it, as a chromosome of `kernel`.

        Equally profitable ones are drawn by dice; of several draws the one with the fewest gates is taken,
        which leaves the most to evolution.
        """
        if not self.stage.apart:
            return self._entries
        return min(map(self._framed, range(self.stage.frames)), key=_gates)

    def _framed(self, dice: int) -> Rows:
        problem = self._problem(whole(self._entries, self._shape, self._real))
        done = kernel.butterflies(self._entries, *problem, dice)
        core = kernel.applied(self._entries, *problem, done, True)
        rows: Rows = kernel.applied(self._entries, *problem, splitting(done, core), False)
        return rows

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Returns the independent parts of what is to be computed."""
        if not self.stage.apart:
            return (whole(self._entries, self._shape, self._real),)
        return parts(self.frame, self.prime)

    @cached_property
    def _root(self) -> Any:
        return residue_root(self.target.size, self.target.numbers)

    @cached_property
    def _entries(self) -> Rows:
        """Returns the target as entries of a core without gates."""
        target, root = self.target, self._root
        residues = {n: (int(n.real.residue(root)), int(n.imag.residue(root))) for n in target.numbers}
        places = [(k, j) for k in range(target.outputs) for j in range(target.inputs)]
        entries = [(2, k, j, *residues[target.entry(k, j)]) for k, j in places]
        return np.array([entry for entry in entries if any(entry[3:])], dtype=np.int64)

    @property
    def _shape(self) -> tuple[int, int]:
        return self.target.outputs, self.target.inputs

    @property
    def _real(self) -> bool:
        return bool(np.all(self._entries[:, 4] == 0))

    def _problem(self, part: Part) -> tuple[Any, ...]:
        return part.shape, 2 if part.real else 4, PRICES, self.prime

    def _cost(self, part: Part, rows: Rows) -> int:
        return int(kernel.cost(rows, *self._problem(part)))

    @cached_property
    def _weights(self) -> list[int]:
        """Returns how often each part is varied: by its entries, one alone never is; none for nothing."""
        weights = [len(part.entries) if len(part.entries) > 1 else 0 for part in self.parts]
        return weights if any(weights) else []

    @property
    def settled(self) -> bool:
        """Tells whether there is nothing to vary."""
        return not self._weights

    @cached_property
    def _moves(self) -> Any:
        shares = list(accumulate(astuple(self.stage.moves)))
        return np.array(shares) / shares[-1]

    def _flops(self, genes: Chromosome) -> int:
        """Returns the count: an addition a gate and a term, less one for each output that has terms.

        Of real input and complex entries it is a bound that may be too low: a target is one or the other.
        """
        gates = _gates(self.frame)
        outputs = len(np.unique(self._entries[:, 1]))
        costs = zip(self.parts, self._split(genes))
        total = gates - outputs + sum(len(part.places) * self._cost(part, rows) for part, rows in costs)
        return total if self.target.real else 2 * total

    def _whole(self, genes: Chromosome) -> Rows:
        gates = self.frame[self.frame[:, 0] < 2]
        return assembled(gates, self._shape, list(zip(self.parts, self._split(genes))), self.prime)

    def _split(self, genes: Chromosome) -> list[Rows]:
        """Returns the rows of each part, then those of the recessive copies."""
        bounds = np.searchsorted(genes[:, 0], range(2 * len(self.parts) + 1))
        return [np.ascontiguousarray(genes[a:b, 1:]) for a, b in zip(bounds, bounds[1:])]

    def _joined(self, split: Sequence[Rows]) -> Chromosome:
        numbers = np.repeat(np.arange(len(split)), [len(rows) for rows in split])
        return np.column_stack([numbers, np.concatenate(split)])


def _gates(rows: Rows) -> int:
    return int(np.sum(rows[:, 0] < 2))


def _check_references(rows: Rows, shape: tuple[int, int], prime: int) -> None:
    """Raises GpfftError when a row of a part refers to what does not stand before it."""
    check_range(rows[:, 0], 3)
    made = [shape[1], shape[0]]  # values of the input and of the output side
    for kind, a, u, b, w in rows.tolist():
        if kind < 2:
            check_range(np.array([a, b, u, w]), np.array([made[kind], made[kind], 4, 4]))
            made[kind] += 1
        else:
            check_range(np.array([a, u, b, w]), np.array([made[1], made[0], prime, prime]))
    places = rows[rows[:, 0] == 2][:, 1:3]
    if sum(made) > MOST_VALUES or len(np.unique(places, axis=0)) < len(places):
        raise GpfftError("a two-sided chromosome has too many gates, or two constants in one place")


KINDS = {  # of constants that are not 0: (on an axis, with a part of 1 or -1, on a diagonal)
    kernel.UNIT: (True, True, False),
    kernel.AXIS: (True, False, False),
    kernel.UNIT_DIAGONAL: (False, True, True),
    kernel.DIAGONAL: (False, False, True),
    kernel.UNIT_PART: (False, True, False),
    kernel.GENERAL: (False, False, False),
}


def _prices() -> Rows:
    """Returns what a product and its addition cost by kind of constant, and a gate.

    Real operations of a complex value, halved.
    """
    prices = np.zeros(8, dtype=np.int64)
    for kind, known in KINDS.items():
        prices[kind] = (multiply.rate(*known) + 2) // 2
    prices[kernel.GATE] = 1
    return prices


PRICES = _prices()
