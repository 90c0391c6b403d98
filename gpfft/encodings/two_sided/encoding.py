"""Two-sided chromosomes; for now without gates: the one chromosome there is stands for the definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from gpfft.config import TwoSidedStage
from gpfft.cost import price
from gpfft.encodings.base import Chromosome, Fitness
from gpfft.program import Program
from gpfft.target import Target


@dataclass(frozen=True)
class TwoSided:
    """The encoding for one target."""

    target: Target
    stage: TwoSidedStage = field(default_factory=TwoSidedStage)

    name = "two-sided"
    given = "the matrix"
    meaning = None

    def at(self, progress: float) -> TwoSided:
        """Returns itself."""
        return self

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns the chromosome without gates."""
        return np.empty((0, 4), dtype=np.int32)

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns a copy of `a`."""
        return a.copy()

    def mutate(self, genes: Chromosome, seed: int) -> Chromosome:
        """Returns a copy."""
        return genes.copy()

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (0, the operations of the definition, an upper bound) for each."""
        return [(0.0, self._cost)] * len(chromosomes)

    @cached_property
    def _cost(self) -> float:
        target = self.target
        entries = [target.entry(k, j) for k in range(target.outputs) for j in range(target.inputs)]
        return float(sum(price(entry) + 2 for entry in entries if not entry.is_zero))

    def decode(self, genes: Chromosome) -> Program:
        """Returns the definition."""
        return self.target.definition()
