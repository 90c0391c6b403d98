"""Recursive chromosomes: values that are vectors, one r-th as long as the input.

A gene is the sum of two terms, or the program itself on one; a term is a view of the input or an
earlier value, times a twiddle W_n^(k j) exp(-2 pi i c / C). The last rows arrange the outputs.
Fitness sees two sizes of the family only, the judge sees the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpfft.config import RecursiveMoves, RecursiveStage
from gpfft.counting import recurrence
from gpfft.encodings.base import (
    Chromosome, Fitness, Gains, check_range, evaluate_packed, in_words, integers, no_gains, one_point,
)  # fmt: skip
from gpfft.encodings.recursive import kernel
from gpfft.errors import GpfftError
from gpfft.recursion import (
    WHOLE, Body, Factor, Line, Recursion, Term, View, given_views, given_views_text, reference_size,
    seen_sizes,
)  # fmt: skip
from gpfft.transform import matrix


@dataclass(frozen=True)
class Recursive:
    """The encoding for the family n = radix^k."""

    radix: int = 2
    stage: RecursiveStage = field(default_factory=RecursiveStage)

    name = "recursive"
    objectives, is_front = 2, False
    first = "random"
    moves = in_words(RecursiveMoves)  # their gains are in shares of the squared error
    meaning = None

    @property
    def given(self) -> str:
        """Returns what the search is told."""
        sizes = " and ".join(str(n) for n, weight in zip(self.sizes, self.weights) if weight)
        answer = "itself" if self.stage.self_taught else "the true DFT of the shorter vector"
        views = given_views_text(self.radix)
        if self.stage.free_views:
            views = "views (offset, start, stride) of small whole numbers"
        return (
            f"random chromosomes, scored by the definition of the DFT at {sizes} points; vectors of n/"
            f"{self.radix} elements; {views}, for outputs too; twiddles W_n^(kj) at multiples of 1/"
            f"{self.turns} of a turn; self-references answered by {answer}"
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Returns the sizes that the evaluator works on: those seen, and those that must answer them."""
        sizes = seen_sizes(self.radix)
        return (2, *sizes) if self.stage.self_taught and self.radix == 2 else sizes

    @property
    def weights(self) -> NDArray[np.float64]:
        """Returns what the error counts at each size: two sizes count."""
        weights = np.full(len(self.sizes), 0.5)
        weights[:-2] = 0  # only there to answer the others
        return weights

    @property
    def turns(self) -> int:
        """Returns C: constant factors are multiples of 1/C of a turn."""
        return 4 if self.radix == 2 else self.radix

    @cached_property
    def views(self) -> list[View]:
        """Returns the views of the input, and of the output, that there are."""
        r = self.radix
        if not self.stage.free_views:
            return given_views(r)
        small = [(o, p, s) for o in range(-1, r + 1) for p in range(r) for s in range(1, 2 * r + 1)]
        return [View(o, p, s, r) for o, p, s in small]

    @cached_property
    def _target(self) -> tuple[Any, ...]:
        """Returns places, factors, wanted, answers, as in the kernel's legend."""
        largest, places, factors, answers = self.sizes[-1], [], [], []
        for n in self.sizes:
            m = n // self.radix
            places.append(np.array([view.places(n) for view in self.views]))
            k, c, j = np.ogrid[:largest, : self.turns, :m]
            factors.append(np.exp(-2j * np.pi * (k * j % n / n + c / self.turns)))
            answers.append(matrix(m))
        return tuple(places), tuple(factors), tuple(matrix(n) for n in self.sizes), tuple(answers)

    def at(self, progress: float) -> Recursive:
        """Returns itself: a burst cools down by itself."""
        return self

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns random genes, from none to the stage's most, and random outputs."""
        genes = int(rng.integers(self.stage.genes + 1))
        shape = (self.radix, len(self.views), self.sizes[-1], self.turns)
        drawn: Chromosome = kernel.draw(int(rng.integers(2**31)), genes, *shape)
        return drawn

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns the first genes of `a`, then the last genes and the outputs of `b`."""
        shape = (1, self.radix, self.stage.genes)
        return one_point(a, b, seed, *shape, lambda rows: (rows[:, 1::4], rows[:, 1::4] >= 0))

    def mutate(self, genes: Chromosome, seed: int, gains: Gains | None = None) -> Chromosome:
        """Returns the best chromosome met in an annealed burst."""
        stage = self.stage
        schedule = (stage.steps, stage.hot, stage.cold, stage.weight, stage.genes)
        kinds = 0 if stage.free_views else 2
        moves = np.array(astuple(stage.moves))
        child: Chromosome = kernel.burst(
            genes, seed, *schedule, moves, kinds, self.radix, *self._target, stage.self_taught, self.weights,
            no_gains(self.moves) if gains is None else gains,
        )  # fmt: skip
        return child

    def live(self, genes: Chromosome) -> float:
        """Returns the share of genes that the outputs are made of."""
        count = len(genes) - self.radix
        return kernel.live_genes(genes, self.radix) / count if count else 1.0

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (root of the squared error over the sizes, flops at `reference_size`) of each."""
        arguments = (self.radix, *self._target, self.stage.self_taught, self.weights)
        errors = evaluate_packed(kernel.evaluate, chromosomes, threads, *arguments)
        size = reference_size(self.radix)
        return [
            (error, float(recurrence(self.decode(genes), size)))
            for (error, _), genes in zip(errors, chromosomes)
        ]

    def decode(self, genes: Chromosome) -> Recursion:
        """Returns the recursive program: a line a gene; outputs that read nothing are left out."""
        rows = genes.tolist()
        lines: list[Line] = []
        for op, *terms in rows[: -self.radix]:
            read = [self._term(*terms[:4]), self._term(*terms[4:])]
            lines.append(("self", read[0]) if op == kernel.SELF else ("add", *read))
        outputs = [(self.views[row[2]], Term(row[1])) for row in rows[-self.radix :] if row[1]]
        return Recursion(self.radix, (Body(tuple(lines), tuple(outputs)),))

    def checked(self, rows: object) -> Chromosome:
        """Returns the chromosome of these rows. Raises GpfftError."""
        genes = integers(rows, 9, self.stage.genes + self.radix)
        inner = len(genes) - self.radix
        if inner < 0 or not np.all((genes[:, 0] == kernel.OUT) == (np.arange(len(genes)) >= inner)):
            raise GpfftError(f"a recursive chromosome ends with {self.radix} outputs")
        check_range(genes[:, 0], kernel.OUT + 1)
        for column in (1, 5):
            check_range(genes[:, column], np.minimum(np.arange(len(genes)), inner) + 1)
            check_range(genes[:, column + 1], len(self.views))
            check_range(genes[:, column + 2], self.sizes[-1])
            check_range(genes[:, column + 3], self.turns)
        return genes

    def _term(self, value: int, view: int, k: int, c: int) -> Term:
        """Returns a term; k stands for the exponent nearest to 0 that is the same at all sizes."""
        largest = self.sizes[-1]
        signed = k - largest if k > largest // 2 else k
        factor = Factor(signed, 0, Fraction(c, self.turns))
        return Term(value, self.views[view] if value == 0 else WHOLE, factor)
