"""Rescaled chromosomes: one phase on each value of a given program.

Multiplying a value by W^g and dividing it out wherever it is used changes nothing that is
computed, but moves twiddles along the edges, to places where they cost less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gpfft.config import RescaledStage
from gpfft.encodings import phases
from gpfft.encodings.base import Chromosome, Fitness, prices
from gpfft.errors import GpfftError
from gpfft.program import Builder, Program
from gpfft.transform import matrix


@dataclass(frozen=True)
class Rescaled:
    """The encoding; `start` is made of sums of values times twiddles, as `simplify` leaves them.

    Raises GpfftError when a value of `start` is anything else.
    """

    start: Program
    stage: RescaledStage = field(default_factory=RescaledStage)

    name = "rescaled"
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
    def graph(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Returns (nodes, outputs): rows (ka, a, kb, b), a value each, and rows (value, k)."""
        return _graph(self.start)

    @cached_property
    def error(self) -> float:
        """Returns the start's relative Frobenius distance to the DFT matrix; no phase changes it."""
        size = self.size
        distance = np.linalg.norm(self.start(np.eye(size)).T - matrix(size)) / size
        return float(distance) if distance > 1e-12 else 0.0

    def at(self, progress: float) -> Rescaled:
        """Returns itself: a burst cools down by itself."""
        return self

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns random phases, one a value; those of the inputs are 0 and stay so."""
        turns = rng.integers(self.size, size=self.size + len(self.graph[0]), dtype=np.int32)
        turns[: self.size] = 0
        return turns

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns the phases of `a` with a connected block from `b`, turned to fit its border."""
        child: Chromosome = phases.cross(a, b, self.graph[0], self.size, seed)
        return child

    def mutate(self, genes: Chromosome, seed: int) -> Chromosome:
        """Returns the cheapest phases met in an annealed burst."""
        stage = self.stage
        moves = np.array(astuple(stage.moves))
        arguments = (self.size, prices(self.size), moves, seed, stage.steps, stage.hot, stage.cold)
        child: Chromosome = phases.burst(genes, *self.graph, *arguments)
        return child

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (the start's error, flops) of each."""
        if not chromosomes:
            return []
        out = np.empty(len(chromosomes), dtype=np.int64)
        phases.evaluate(np.stack(chromosomes), *self.graph, self.size, prices(self.size), out)
        return [(self.error, float(flops)) for flops in out]

    def decode(self, genes: Chromosome) -> Program:
        """Returns the start program with its values turned by the phases."""
        size, turns = self.size, genes.tolist()
        nodes, outputs = self.graph
        build = Builder(size)
        values = list(range(size))
        for i, (ka, a, kb, b) in enumerate(nodes.tolist()):
            turn = turns[size + i]
            terms = [(a, ka + turn - turns[a]), (b, kb + turn - turns[b])]
            values.append(build.total([build.turned(values[v], k) for v, k in terms]))
        return build.program(
            [build.turned(values[v], k - turns[v]) for v, k in outputs.tolist()]
        )


def _graph(program: Program) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Returns the sums of a program, and its outputs, as integers; see `Rescaled.graph`."""
    size = program.size
    twiddles: dict[int, int] = {}  # address of a twiddle -> its exponent
    terms = {j: (0, j) for j in range(size)}  # address -> (k, value): W^k * value
    nodes: list[tuple[int, int, int, int]] = []
    for address, (name, *operands) in enumerate(program.lines, start=size):
        if name == "twiddle" and operands[0] < size:
            twiddles[address] = operands[0]
        elif name == "multiply" and operands[0] in twiddles and operands[1] in terms:
            k, value = terms[operands[1]]
            terms[address] = (k + twiddles[operands[0]]) % size, value
        elif name == "add" and operands[0] in terms and operands[1] in terms:
            terms[address] = 0, size + len(nodes)
            nodes.append((*terms[operands[0]], *terms[operands[1]]))
        else:
            what = f"line {address - size} of the start program ({name})"
            raise GpfftError(f"{what} is no twiddle, product with one, or sum of such")
    if not all(address in terms for address in program.outputs):
        raise GpfftError("an output of the start program is a constant")
    outputs = [terms[address][::-1] for address in program.outputs]
    rows = np.array(nodes, dtype=np.int32).reshape(-1, 4)
    return rows, np.array(outputs, dtype=np.int32)
