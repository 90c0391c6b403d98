"""Rescaled chromosomes: one factor, a twiddle times a real scale, on each butterfly of a given program.

Multiplying a value by a factor and dividing it out wherever it is used changes nothing that is
computed, but moves constants along the edges, to places where they cost less. The scales are
products of powers of cosines and sines of the angles of twiddles, and of the program's own real
constants: with them a constant can become 1 + i tan t, real or 1, which cost less than a twiddle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random

import numpy as np

from gpfft.config import RescaledStage
from gpfft.encodings import rescaling
from gpfft.encodings.base import (
    SUMS, Chromosome, Fitness, Gains, check_range, in_threads, integers, kinds, no_gains,
)  # fmt: skip
from gpfft.encodings.rescaled.graph import Graph
from gpfft.encodings.rescaled.reader import graph_of
from gpfft.errors import GpfftError
from gpfft.program import Program
from gpfft.transform import matrix


@dataclass(frozen=True)
class Rescaled:
    """The encoding; `start` is made of sums of values times constants, as `simplify` leaves them.

    A chromosome is an array (butterflies, 2): phase and scale, see `rescaling`; row 0 is (0, 0). The
    search begins at `origin`, by default at the labels that `start` has. `cost` is what is counted:
    "flops", "muls" or "fma".
    Raises GpfftError when a value of `start` is anything else.
    """

    start: Program
    stage: RescaledStage = field(default_factory=RescaledStage)
    cost: str = "flops"
    origin: Chromosome | None = None

    name = "rescaled"
    objectives, is_front = 2, False
    first = "start"
    moves = (*rescaling.MOVES, "mix with images")  # their gains are in flops
    meaning = None

    @property
    def given(self) -> str:
        """Returns what the search is told: the program that it starts from."""
        return f"a start program of {len(self.start.lines)} lines"

    @property
    def size(self) -> int:
        """Returns the number of points."""
        return self.start.size

    @cached_property
    def graph(self) -> Graph:
        """Returns the start as sums of values times constants, with the scales that it has."""
        return graph_of(self.start)

    @cached_property
    def error(self) -> float:
        """Returns the start's relative Frobenius distance to the DFT matrix; no factor changes it."""
        size = self.size
        distance = np.linalg.norm(self.start(np.eye(size)).T - matrix(size)) / size
        return float(distance) if distance > 1e-12 else 0.0

    def at(self, progress: float) -> Rescaled:
        """Returns itself: a burst cools down by itself."""
        return self

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns the labels that the search begins at: what a burst makes of them is what varies."""
        return (self.graph.start if self.origin is None else self.origin).copy()

    def sown(self, smaller: Program) -> Rescaled:
        """Returns the encoding with the factors of a program of fewer points on all blocks like it.

        Block r is what depends on the inputs r, r + N/n, r + 2 N/n ... alone; where n points are put
        in their place, the DFT's block and the smaller DFT are the same. Of the factors, those parts
        are taken that make the whole cheaper or leave it as it is.
        """
        seed = graph_of(smaller)
        labels, ratio = self.random(np.random.default_rng(0)), self.size // seed.size
        for first in range(ratio):
            inputs = list(range(first, self.size, ratio))
            placed = self.graph.placed(seed, seed.start, inputs, labels)
            labels = rescaling.cross(labels, placed, *self._priced, first)
        return replace(self, origin=labels)

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns the best mix of `a` and images of `b` that cuts find, see `rescaling.cross`.

        An image is what a random map of the graph to itself makes of a chromosome.
        """
        dice, child = Random(seed), a
        for _ in range(self.stage.mates):
            child = self._cross(child, self.graph.mirrored(b, dice), dice)
        return child

    def mutate(self, genes: Chromosome, seed: int, gains: Gains | None = None) -> Chromosome:
        """Returns the best mix of the genes, what an annealed burst makes of them, and their images."""
        stage, dice = self.stage, Random(seed)
        gains = no_gains(self.moves) if gains is None else gains
        schedule = (seed, stage.steps, stage.hot, stage.cold)
        moves = (stage.scaling if stage.scales == "cosine" else 0.0, stage.single, stage.reach, stage.warmth)
        changed = rescaling.burst(genes, *self._priced, *schedule, *moves, gains)
        child = self._cross(genes, changed, dice)
        before = rescaling.cost(child, *self._priced)
        for _ in range(stage.images):
            child = self._cross(child, self.graph.mirrored(child, dice), dice)
        gains[-1] += before - rescaling.cost(child, *self._priced)
        return child

    def _cross(self, a: Chromosome, b: Chromosome, dice: Random) -> Chromosome:
        child: Chromosome = rescaling.cross(a, b, *self._priced, dice.getrandbits(31))
        return child

    @cached_property
    def _priced(self) -> tuple[object, ...]:
        """Returns what the kernels need besides chromosomes."""
        graph = self.graph.meeting if self.cost == "fma" else self.graph.layout
        return self.size, self.graph.table, kinds(self.cost), graph

    def live(self, genes: Chromosome) -> float:
        """Returns 1: every butterfly of the start is used, and each has a factor."""
        return 1.0

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (the start's error, operations) of each."""
        nodes, sums = len(self.graph.nodes), self.graph.sums
        fixed = SUMS[self.cost] * sums + kinds(self.cost)[rescaling.OTHER] * (nodes - sums)
        costs = in_threads(lambda genes: rescaling.cost(genes, *self._priced), chromosomes, threads)
        return [(self.error, float(fixed + cost)) for cost in costs]

    def decode(self, genes: Chromosome) -> Program:
        """Returns the start program with its values multiplied by the factors."""
        return self.graph.program(genes)

    def checked(self, rows: object) -> Chromosome:
        """Returns the chromosome of these rows. Raises GpfftError."""
        genes = integers(rows, 2, self.graph.butterflies, np.int64)
        if len(genes) != self.graph.butterflies or genes[0].any():
            raise GpfftError(f"a rescaled chromosome has {self.graph.butterflies} labels here, first 0, 0")
        check_range(genes[:, 0], rescaling.period(self.size))
        if np.abs(genes[:, 1]).max() >= rescaling.NEVER:
            raise GpfftError("a rescaled chromosome has scales below 2^62")
        return genes
