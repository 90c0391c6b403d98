"""Plain chromosomes: rows (opcode, operand, operand), the opcodes are the table of primitives.

The baseline: the formulation as people first think of it, and where a primitive of your own
evolves. The last N rows are references: what they refer to are the outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from primitives import TABLE, Primitive, twiddle

from gpfft.config import PlainStage
from gpfft.encodings.base import (
    Chromosome, Fitness, Gains, check_range, evaluate_packed, integers, no_gains, one_point,
)  # fmt: skip
from gpfft.encodings.plain.kernel import make_kernel
from gpfft.errors import GpfftError
from gpfft.program import Line, Program
from gpfft.transform import matrix

RANDOM_VECTORS = 8  # samples besides the N impulses


@lru_cache(maxsize=None)
def _kernel(table: tuple[Primitive, ...]) -> Any:
    return make_kernel(table)


@dataclass(frozen=True)
class Plain:
    """The encoding; `table` may hold primitives of your own, "reference" must be among them."""

    size: int
    stage: PlainStage = PlainStage()
    table: tuple[Primitive, ...] = TABLE

    name = "plain"
    objectives, is_front = 2, False
    first = "random"
    moves = ("insert a row", "delete a row", "change rows")
    given = "random chromosomes, scored by the definition of the DFT"
    meaning = None

    @cached_property
    def _reference(self) -> int:
        return [primitive.name for primitive in self.table].index("reference")

    @cached_property
    def _reads(self) -> NDArray[np.bool_]:
        """Returns (opcodes, 2): whether the operand is the address of a value."""
        reads = np.zeros((len(self.table), 2), dtype=bool)
        for opcode, primitive in enumerate(self.table):
            for side, kind in enumerate(primitive.operands):
                reads[opcode, side] = kind == "value"
        return reads

    @cached_property
    def _twiddles(self) -> NDArray[np.complex128]:
        return np.array(twiddle.table(self.size))

    @cached_property
    def samples(self) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Returns inputs and wanted outputs, (N, S): the impulses, then fixed random vectors."""
        parts = np.random.default_rng(0).standard_normal((2, self.size, RANDOM_VECTORS))
        inputs = np.hstack([np.eye(self.size), parts[0] + 1j * parts[1]])
        return inputs, matrix(self.size) @ inputs

    def at(self, progress: float) -> Plain:
        """Returns itself: nothing here follows a schedule."""
        return self

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns random rows, from none to the stage's most, and random outputs."""
        rows = int(rng.integers(self.stage.rows + 1))
        dice = Random(int(rng.integers(2**31)))
        drawn = [self._random_row(dice, i, rows) for i in range(rows + self.size)]
        return np.array(drawn, dtype=np.int32)

    def _random_row(
        self, dice: Random, i: int, rows: int, opcode: int | None = None
    ) -> tuple[int, int, int]:
        """Returns a random row for place i of a chromosome with `rows` rows before its outputs."""
        if opcode is None:
            opcode = dice.randrange(len(self.table)) if i < rows else self._reference
        kinds = (*self.table[opcode].operands, "unused")[:2]
        bounds = [self.size + (min(i, rows) if kind == "value" else 0) for kind in kinds]
        return opcode, dice.randrange(bounds[0]), dice.randrange(bounds[1])

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns the first rows of `a`, then the last rows and the outputs of `b`."""
        shape = (self.size, self.size, self.stage.rows)
        return one_point(a, b, seed, *shape, lambda rows: (rows[:, 1:], self._reads[rows[:, 0]]))

    def mutate(self, genes: Chromosome, seed: int, gains: Gains | None = None) -> Chromosome:
        """Returns a copy with a row inserted, a row deleted, or a few rows drawn anew.

        What that gains is not known here: 1 is added to the gains of what was done.
        """
        dice, gains = Random(seed), no_gains(self.moves) if gains is None else gains
        rows = len(genes) - self.size
        kind = dice.random()
        if kind < self.stage.insert_rate and rows < self.stage.rows:
            gains[0] += 1
            return self._inserted(genes, dice, dice.randrange(rows + 1))
        if kind > 1 - self.stage.delete_rate and rows:
            gains[1] += 1
            return self._deleted(genes, dice.randrange(rows))
        gains[2] += 1
        child = genes.copy()
        while True:
            i = dice.randrange(len(genes))
            if dice.random() < 0.5:
                child[i] = self._random_row(dice, i, rows)
            else:
                side = dice.randrange(1, 3)
                child[i, side] = self._random_row(dice, i, rows, int(child[i, 0]))[side]
            if dice.random() * self.stage.changes < 1:
                return child

    def _inserted(self, genes: Chromosome, dice: Random, place: int) -> Chromosome:
        child = np.insert(genes, place, 0, axis=0)
        operands = child[place + 1 :, 1:]
        operands[self._reads[child[place + 1 :, 0]] & (operands >= self.size + place)] += 1
        child[place] = self._random_row(dice, place, len(genes) - self.size + 1)
        return child

    def _deleted(self, genes: Chromosome, place: int) -> Chromosome:
        """Returns a copy without a row; who referred to it gets its first operand instead."""
        opcode, a, _ = genes[place]
        heir = a if self._reads[opcode, 0] else 0
        child = np.delete(genes, place, axis=0)
        operands, values = child[place:, 1:], self._reads[child[place:, 0]]
        operands[values & (operands == self.size + place)] = heir
        operands[values & (operands > self.size + place)] -= 1
        return child

    def live(self, genes: Chromosome) -> float:
        """Returns the share of rows that the outputs are made of."""
        rows = len(genes) - self.size
        return float(np.mean(_kernel(self.table).live(genes, self._reads, self.size))) if rows else 1.0

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (relative error over the samples, flops of the live rows) of each."""
        arguments = (self._reads, self._twiddles, *self.samples)
        return evaluate_packed(_kernel(self.table).evaluate, chromosomes, threads, *arguments)

    def decode(self, genes: Chromosome) -> Program:
        """Returns the program: a line a row, and the outputs."""
        rows = len(genes) - self.size
        lines: list[Line] = []
        for opcode, *operands in genes[:rows].tolist():
            primitive = self.table[opcode]
            lines.append((primitive.name, *operands[: primitive.arity]))
        return Program(self.size, tuple(lines), tuple(genes[rows:, 1].tolist()))

    def checked(self, rows: object) -> Chromosome:
        """Returns the chromosome of these rows. Raises GpfftError."""
        genes = integers(rows, 3, self.stage.rows + self.size)
        inner = len(genes) - self.size
        if inner < 0 or not np.all(genes[inner:, 0] == self._reference):
            raise GpfftError(f"a plain chromosome ends with {self.size} references")
        check_range(genes[:, 0], len(self.table))
        made = np.minimum(np.arange(len(genes)), inner)[:, None]  # rows before, whose values may be read
        check_range(genes[:, 1:], self.size + np.where(self._reads[genes[:, 0]], made, 0))
        return genes
