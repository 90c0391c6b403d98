"""Approximate chromosomes: real additions, and products with constants from exact down to free.

What they stand for is a program for real input, N real numbers in and the N real numbers out that are the
whole DFT of it; complex input goes through the same program, and X[k] and X[N-k] are put together from
what comes out. Error and operations are both scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from gpfft.config import PRICE_LISTS, ApproximateMoves, ApproximateStage, Conditions
from gpfft.encodings.approximate import kernel
from gpfft.encodings.approximate.constants import Ladder, dyadic, ladder
from gpfft.encodings.approximate.reader import parts, read
from gpfft.encodings.base import (
    Chromosome, Fitness, Gains, check_range, evaluate_packed, in_words, integers, no_gains, one_point,
)  # fmt: skip
from gpfft.errors import GpfftError
from gpfft.program import Builder, Program


@dataclass(frozen=True)
class Approximate:
    """The encoding.

    Attributes:
        size: number of points N.
        stage: its settings.
        start: a program to start from; None for random chromosomes.
        cost: the price list: what is minimised besides the error, see `PRICE_LISTS`.
        conditions: what the programs are for.
    """

    size: int
    stage: ApproximateStage = field(default_factory=ApproximateStage)
    start: Program | None = None
    cost: str = "flops"
    conditions: Conditions = Conditions()

    name = "approximate"
    is_front = True
    moves = in_words(ApproximateMoves)  # their gains are in operations
    meaning = None

    @property
    def first(self) -> str:
        """Returns what `random` returns, in words."""
        return "start" if self.start else "random"

    @property
    def objectives(self) -> int:
        """Returns how many numbers a fitness has."""
        return 1 + len(self._prices_of)

    @property
    def given(self) -> str:
        """Returns what the search is told."""
        start = "a start program for real input" if self.start else "random chromosomes"
        told = "constants from a ladder of sums of signed powers of two, and cosines of twiddles"
        kind = "X[k] and X[N-k] put together from the real and the imaginary part for real input"
        return f"{start}; {told}; {kind}, scored by the definition of the DFT"

    @property
    def _prices_of(self) -> NDArray[np.int64]:
        return np.array(PRICE_LISTS[self.cost], dtype=np.int64)

    @cached_property
    def ladder(self) -> Ladder:
        """Returns the constants that there are."""
        return ladder(self.size, () if self.start is None else read(self.start)[0].constants)

    @cached_property
    def _target(self) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
        """Returns wanted, owner and weight, as in the kernel's legend."""
        places = parts(self.size)
        j = np.arange(self.size)
        angles = [2 * np.pi * (k * j % self.size) / self.size for k, _ in places]
        wanted = np.array([-np.sin(a) if im else np.cos(a) for a, (_, im) in zip(angles, places)])
        owner = np.array([k for k, _ in places])
        return wanted, owner, np.where((owner > 0) & (2 * owner < self.size), 2.0, 1.0)

    @property
    def _classes(self) -> int:
        """Returns how many classes of constants there are."""
        return kernel.EXACT + (self.conditions.max_muls != 0)

    @property
    def _last(self) -> int:
        """Returns how many constants there are."""
        return int(self.ladder.firsts[self._classes])

    @cached_property
    def _start(self) -> Chromosome:
        """Returns the start as a chromosome."""
        assert self.start is not None
        known, outputs = read(self.start)
        places = [self.ladder.place(number) for number in known.constants]
        rows = [(op, a, places[b] if op == kernel.TIMES else b) for op, a, b in known.rows]
        signs = {1: kernel.PLUS, -1: kernel.NEGATIVE, 0: kernel.NOTHING}
        genes = np.array([*rows, *((kernel.OUT, a, signs[s]) for s, a in outputs)], dtype=np.int32)
        return self._tidied(genes.reshape(-1, 3))

    def _cheapened(self, genes: Chromosome, kind: int) -> Chromosome:
        """Returns a copy in which constants are of a class, each the nearest, or of a cheaper one."""
        genes, values, firsts = genes.copy(), self.ladder.values, self.ladder.firsts
        dear = (genes[:, 0] == kernel.TIMES) & (genes[:, 2] >= firsts[kind + 1])
        for row in np.flatnonzero(dear).tolist():
            genes[row, 2] = kernel.nearest(values, firsts, kind, values[genes[row, 2]])
        return genes

    def _is_allowed(self, genes: Chromosome) -> bool:
        """Tells whether a chromosome has no more multiplications than there may be."""
        most = self.conditions.max_muls
        return most < 0 or self.counts([genes])[0][2] <= most

    def _tidied(self, genes: Chromosome) -> Chromosome:
        found: Chromosome = kernel.tidied(genes, len(genes) - self.size, self.size, self.ladder.one)
        return found

    @property
    def rows(self) -> int:
        """Returns the most rows of a chromosome, outputs apart."""
        return self.stage.rows + (len(self._start) - self.size if self.start else 0)

    def at(self, progress: float) -> Approximate:
        """Returns itself: a burst cools down by itself."""
        return self

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns the start; without one, from no rows to the most, and random outputs."""
        if self.start is not None:
            genes = self._cheapened(self._start, int(rng.integers(self._classes)))
            return genes if self._is_allowed(genes) else self._cheapened(genes, kernel.EXACT - 1)
        rows = int(rng.integers(self.stage.rows + 1))
        drawn: Chromosome = kernel.draw(int(rng.integers(2**31)), rows, self.size, self._last)
        return drawn

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns the first rows of `a`, then the last rows and the outputs of `b`."""
        return one_point(a, b, seed, self.size, self.size, self.rows, _addresses)

    def mutate(self, genes: Chromosome, seed: int, gains: Gains | None = None) -> Chromosome:
        """Returns the best chromosome of an annealed burst, which aims at one error that it draws."""
        stage = self.stage
        schedule = (stage.steps, stage.hot, stage.cold, stage.pull, stage.gentle, stage.steep, stage.floor)
        rates = np.array(list(accumulate(astuple(stage.moves))))
        ladder = self.ladder
        limits = (rates, self.rows, self.conditions.max_muls, ladder.one, ladder.values, ladder.firsts)
        gains = no_gains(self.moves) if gains is None else gains
        rest = (self.conditions.scaled, not self.conditions.real, self._prices_of, gains)
        child: Chromosome = kernel.burst(
            genes, seed, *schedule, *limits, ladder.prices, *self._target, *rest
        )
        return child

    def live(self, genes: Chromosome) -> float:
        """Returns the share of rows that the outputs are made of."""
        return float(kernel.live_share(genes, self.size))

    def counts(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[tuple[float, ...]]:
        """Returns (error, additions, multiplications, shifts) of each."""
        constants = self.ladder.values, self.ladder.prices
        rest = (*constants, *self._target, self.conditions.scaled, not self.conditions.real)
        return evaluate_packed(kernel.evaluate, chromosomes, threads, *rest, columns=4)

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (error, cost ...) of each, as many costs as the price list has.

        With more multiplications than there may be the error is `kernel.WORST`.
        """
        found = np.array(self.counts(chromosomes, threads)).reshape(-1, 4)
        if self.conditions.max_muls >= 0:
            found[found[:, 2] > self.conditions.max_muls, 0] = kernel.WORST
        costs = found[:, 1:] @ self._prices_of.T
        return [(error, *cost) for error, cost in zip(found[:, 0].tolist(), costs.tolist())]

    def decode(self, genes: Chromosome) -> Program:
        """Returns the program, its constants real but for the i in X[k] = re + i im."""
        genes = self._tidied(genes)
        rows = len(genes) - self.size
        build, number = Builder(self.size), self.ladder.field
        minus = number.rational(-1)
        values = list(range(self.size))

        def product(place: int, a: int) -> int:
            exact = place - len(dyadic())
            if exact >= 0:
                return build.line("multiply", build.constant(self.ladder.exact[exact]), a)
            terms = []
            for sign, e in dyadic()[place][1]:
                shift = number.rational(sign * Fraction(2) ** e)
                terms.append(a if shift is number.one else build.line("multiply", build.constant(shift), a))
            return build.total(terms)

        for op, a, b in genes[:rows].tolist():
            if op == kernel.TIMES:
                values.append(product(b, values[a]))
            else:
                second = values[b]
                if op == kernel.SUB:
                    second = build.line("multiply", build.constant(minus), second)
                values.append(build.line("add", values[a], second))
        return build.program(self._outputs(build, genes[rows:], values))

    def _outputs(self, build: Builder, outputs: Chromosome, values: Sequence[int]) -> list[int]:
        """Returns the addresses of X[0] .. X[N-1]."""
        number, found = self.ladder.field, [-1] * self.size
        known: dict[int, list[tuple[int, int]]] = {}  # k -> (sign, address) of its parts
        signs = {kernel.PLUS: 1, kernel.NEGATIVE: -1, kernel.NOTHING: 0}
        for (k, _), (_, a, s) in zip(parts(self.size), outputs.tolist()):
            known.setdefault(k, []).append((signs[s], values[a]))
        for k, real_parts in known.items():
            for mirrored in (1, -1) if 0 < 2 * k < self.size else (1,):
                terms = []
                for unit, (sign, address) in zip((number.one, number.i), real_parts):
                    turn = unit * number.rational(sign * (mirrored if unit is number.i else 1))
                    if turn is number.one:
                        terms.append(address)
                    elif not turn.is_zero:
                        terms.append(build.line("multiply", build.constant(turn), address))
                found[k * mirrored % self.size] = build.total(terms or [build.constant(number.zero)])
        return found

    def checked(self, rows: object) -> Chromosome:
        """Returns the chromosome of these rows. Raises GpfftError."""
        genes = integers(rows, 3, self.rows + self.size)
        inner = len(genes) - self.size
        if inner < 0 or np.any(genes[inner:, 0] != kernel.OUT) or np.any(genes[:inner, 0] > kernel.MINUS):
            raise GpfftError(f"an approximate chromosome ends with {self.size} outputs")
        check_range(genes[:, 0], kernel.OUT + 1)
        made = self.size + np.minimum(np.arange(len(genes)), inner)  # values that may be read
        check_range(genes[:, 1], made)
        products = genes[:, 0] >= kernel.TIMES
        check_range(genes[:, 2], np.where(products, self._last, made))
        check_range(genes[inner:, 2], kernel.NEGATIVE + 1)
        return genes


def _addresses(rows: Chromosome) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Returns a view of the operands, and which are addresses of values."""
    sums = rows[:, 0] < kernel.TIMES
    return rows[:, 1:], np.stack([np.ones(len(rows), dtype=bool), sums], axis=1)
