"""Pool chromosomes: genes (ka, a, kb, b), each a value W^ka value[a] + W^kb value[b].

Outputs are not genes: each is completed by *reference readout*, from the largest values that are
part of it. So every chromosome is a correct DFT as long as the number of values an output may sum
is not limited, the empty one is the definition, and each shared partial sum lowers the cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gpfft.config import PoolMoves, PoolStage
from gpfft.encodings import rescaling
from gpfft.encodings.base import (
    Chromosome, Fitness, Gains, check_range, evaluate_packed, in_words, integers, kinds, no_gains, prices,
)  # fmt: skip
from gpfft.encodings.pool import kernel
from gpfft.program import Builder, Program

# Of the neutral rescaling after a burst: temperature at first and last, share of moves that change
# scales, and of moves of one butterfly, reach and warmth of the others: see `rescaling.burst`.
RESCALING = (3.0, 0.3, 0.0, 0.3, 3.0, 2.0)


@dataclass(frozen=True)
class Pool:
    """The encoding; `progress` is the place in the stage's schedule, 0 to 1."""

    size: int
    stage: PoolStage = field(default_factory=PoolStage)
    progress: float = 1.0

    name = "pool"
    objectives, is_front = 2, False
    first = "random"
    moves = (*in_words(PoolMoves), "turn twiddles")  # their gains are in complex additions
    given = (
        "random chromosomes, and the rows of the DFT: outputs are completed from them, and new "
        "genes join values that one of them adds"
    )

    @property
    def terms(self) -> int:
        """Returns the most values that an output sums; 0 is no limit."""
        first, last = self.stage.terms_first or self.size, self.stage.terms_last or self.size
        terms = round(first + (last - first) * self.progress)
        return terms if terms < self.size else 0

    @property
    def heat(self) -> float:
        """Returns the temperature at which bursts begin, in complex additions."""
        return float(self.stage.hot * (self.stage.cold / self.stage.hot) ** self.progress)

    @property
    def meaning(self) -> int:
        """Returns the limit of terms: with another one a chromosome has another value."""
        return self.terms

    def at(self, progress: float) -> Pool:
        """Returns the encoding at a place in its schedule."""
        return replace(self, progress=progress)

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns up to 2N random genes: operands and twiddles uniform over all there are."""
        rows = int(rng.integers(2 * self.size + 1))
        genes = np.empty((rows, 4), dtype=np.int32)
        genes[:, 0::2] = rng.integers(self.size, size=(rows, 2))
        for i in range(rows):
            genes[i, 1::2] = rng.integers(self.size + i, size=2)
        return genes

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns `a` with a live value of `b` and all that it is made of; references renumbered."""
        child: Chromosome = kernel.graft(a, b, self.size, seed)
        return child

    def mutate(self, genes: Chromosome, seed: int, gains: Gains | None = None) -> Chromosome:
        """Returns what a burst of accepted moves makes of it, its values then neutrally rescaled.

        The burst looks for few additions; only after its twiddles were moved to where they are
        cheap can a structure be compared with another by its flops.
        """
        stage, moves = self.stage, np.array(astuple(self.stage.moves))
        gains = no_gains(self.moves) if gains is None else gains
        schedule = (seed, stage.steps, self.heat, stage.rest)
        changed = kernel.burst(genes, self.size, self.terms, moves, *schedule, gains)
        turns = no_gains(rescaling.MOVES)
        child = self._rescaled(changed, seed, turns)
        gains[-1] += turns.sum() / 2
        return child

    def _rescaled(self, genes: Chromosome, seed: int, gains: Gains) -> Chromosome:
        """Returns genes that make the same values up to phases, with cheaper twiddles."""
        count, values, turns = kernel.readout(genes, self.size, self.terms)
        used = np.arange(self.size) < count[:, None]
        outputs = np.stack([values[used], turns[used]], axis=1).astype(np.int32)
        graph = rescaling.layout(genes, outputs, *rescaling.unfixed(genes, outputs), self.size, False)
        steps = self.stage.phase_steps * len(genes)
        labels = np.zeros((len(graph[3]) - 1, 2), dtype=np.int64)
        sizes: NDArray[np.int64] = np.full((2, rescaling.period(self.size)), rescaling.NEVER)
        priced = self.size, sizes, kinds("flops"), graph, seed
        labels = rescaling.cross(labels, rescaling.burst(labels, *priced, steps, *RESCALING, gains), *priced)
        g = labels[graph[0], 0] + graph[1]
        turned = genes.copy()
        for side in (0, 2):
            turned[:, side] = (genes[:, side] + g[self.size :] - g[genes[:, side + 1]]) % self.size
        return turned

    def live(self, genes: Chromosome) -> float:
        """Returns the share of genes that the outputs are made of."""
        return kernel.live_genes(genes, self.size, self.terms) / len(genes) if len(genes) else 1.0

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (relative Frobenius distance to the DFT matrix, flops) of each.

        The distance counts the entries that the limit of terms left uncovered, each of size 1.
        """
        arguments = (self.size, prices(self.size), self.terms)
        return evaluate_packed(kernel.evaluate, chromosomes, threads, *arguments)

    def decode(self, genes: Chromosome) -> Program:
        """Returns the program: the genes, then the sums of the readout."""
        build = Builder(self.size)
        values = list(range(self.size))
        for ka, a, kb, b in genes.tolist():
            values.append(build.total([build.turned(values[a], ka), build.turned(values[b], kb)]))
        counts, chosen, phases = kernel.readout(genes, self.size, self.terms)
        outputs = []
        for count, row, turns in zip(counts, chosen.tolist(), phases.tolist()):
            terms = [build.turned(values[v], k) for v, k in zip(row[:count], turns)]
            outputs.append(build.total(terms))
        return build.program(outputs)

    def checked(self, rows: object) -> Chromosome:
        """Returns the chromosome of these rows. Raises GpfftError."""
        genes = integers(rows, 4, kernel.capacity(self.size))
        check_range(genes[:, 0::2], self.size)
        check_range(genes[:, 1::2], self.size + np.arange(len(genes))[:, None])
        return genes
