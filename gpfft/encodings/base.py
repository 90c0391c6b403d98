"""The few verbs that every encoding has, and how a population reaches its compiled evaluator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from random import Random
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from primitives import multiply, twiddle

from gpfft.errors import GpfftError
from gpfft.program import Program
from gpfft.recursion import Recursion

Chromosome = NDArray[Any]  # integers
Fitness = tuple[float, ...]  # (error, flops), or (error, cost ...) of a front, all to be minimised
Gains = NDArray[np.float64]  # (moves,): by how much each got below what there was; units are the encoding's


class Encoding(Protocol):
    """A kind of chromosome: how to make one at random, vary, evaluate and decode it.

    Chromosomes are integer arrays of a row a gene; no verb changes the arrays it is given. All
    randomness comes from the generator or the seed passed in, and every result is valid.

    Attributes:
        name: the word for it in commands, files and folders.
        given: what a search with it is told beyond the definition of the DFT; for listings.
        first: what `random` returns, in words: "random", "start" where that is a given program, "varied
            start" where moves were made from one, whatever they cost.
        objectives: how many numbers a fitness has.
        is_front: whether all that no other is better than in all of them are sought, not the best one.
        moves: what variation does, in words; their places are those in `Gains`.
        meaning: what the value of a chromosome depends on besides its genes: when it changes
            with the schedule, everyone is evaluated again.
    """

    @property
    def name(self) -> str: ...

    @property
    def given(self) -> str: ...

    @property
    def first(self) -> str: ...

    @property
    def objectives(self) -> int: ...

    @property
    def is_front(self) -> bool: ...

    @property
    def moves(self) -> tuple[str, ...]: ...

    @property
    def meaning(self) -> object: ...

    def at(self, progress: float) -> Encoding:
        """Returns the encoding with its schedule at `progress`, 0 at the start, 1 at the end."""
        ...

    def random(self, rng: np.random.Generator) -> Chromosome:
        """Returns a random chromosome of random length."""
        ...

    def mate(self, a: Chromosome, b: Chromosome, seed: int) -> Chromosome:
        """Returns a child of two parents."""
        ...

    def mutate(self, genes: Chromosome, seed: int, gains: Gains | None = None) -> Chromosome:
        """Returns a changed copy; to `gains`, if there are any, is added what each of `moves` gained."""
        ...

    def live(self, genes: Chromosome) -> float:
        """Returns the share of the genes that the outputs are made of, 0 to 1."""
        ...

    def evaluate(self, chromosomes: Sequence[Chromosome], threads: int = 1) -> list[Fitness]:
        """Returns (error, flops) of each; compiled, the result does not depend on `threads`."""
        ...

    def decode(self, genes: Chromosome) -> Program | Recursion:
        """Returns the program that the chromosome stands for."""
        ...

    def checked(self, rows: object) -> Chromosome:
        """Returns the chromosome of these rows, lists of whole numbers from a file.

        Raises GpfftError for anything that the verbs above could not have made.
        """
        ...


def in_words(moves: type) -> tuple[str, ...]:
    """Returns the names of moves, the fields of their frequencies, in words."""
    return tuple(item.name.replace("_", " ") for item in fields(moves))


def no_gains(moves: Sequence[str]) -> Gains:
    """Returns room for what each of some moves gains."""
    return np.zeros(len(moves))


def integers(rows: object, columns: int, most: int, dtype: type = np.int32) -> Chromosome:
    """Returns rows from a file as an array, (rows, columns). Raises GpfftError when they are none."""
    if not isinstance(rows, list) or len(rows) > most:
        raise GpfftError(f"a chromosome is a list of up to {most} rows")
    if not all(type(row) is list and len(row) == columns for row in rows):
        raise GpfftError(f"a row of a chromosome has {columns} numbers")
    limits = np.iinfo(dtype)
    if not all(type(n) is int and limits.min <= n <= limits.max for row in rows for n in row):
        raise GpfftError("a chromosome is made of whole numbers, and not of large ones")
    return np.array(rows, dtype=dtype).reshape(-1, columns)


def check_range(numbers: Chromosome, end: object) -> None:
    """Raises GpfftError unless all numbers are 0 or more, and below `end`, which may be an array."""
    if not bool(np.all((numbers >= 0) & (numbers < end))):
        raise GpfftError("a chromosome refers to what there is not")


def prices(size: int) -> NDArray[np.int64]:
    """Returns the real operations in W^k * value for k = 0 .. N-1."""
    return np.array([multiply.price(w) for w in twiddle.table(size)], dtype=np.int64)


def kinds(cost: str) -> NDArray[np.int64]:
    """Returns what the kinds of constants cost, in the order of `rescaling`.

    Their flops are those that `primitives.multiply` gives an example of each kind.
    """
    examples = (1, 2, 1 + 1j, 2 + 2j, 1 + 2j, 2 + 3j)
    flops = [multiply.price(example) for example in examples]
    sums = (0, 0, 2, 2, 2, 2)  # the additions among them
    if cost == "flops":
        return np.array([*flops, 0], dtype=np.int64)
    if cost == "muls":
        return np.array([*(a - b for a, b in zip(flops, sums)), 0], dtype=np.int64)
    return np.array([0, 0, 2, 2, 2, 4, 2], dtype=np.int64)  # products go into additions where they can


SUMS = {"flops": 2, "muls": 0, "fma": 2}  # what an addition of two values costs


def one_point(
    a: Chromosome, b: Chromosome, seed: int, inputs: int, outputs: int, most: int,
    addresses: Callable[[Chromosome], tuple[NDArray[np.int32], NDArray[np.bool_]]],
) -> Chromosome:  # fmt: skip
    """Returns the first rows of `a`, then the last rows and the outputs of `b`; at most `most` rows.

    Row i makes value inputs + i, the last `outputs` rows make none. `addresses(rows)` returns a view
    of the operands, and which of them are addresses of values. References into the part of `b` that
    was left out are led to an address that exists.
    """
    dice = Random(seed)
    cut = dice.randrange(len(a) - outputs + 1)
    shortest = max(0, len(b) - outputs + cut - most)
    start = dice.randrange(shortest, len(b) - outputs + 1)
    tail = b[start:].copy()
    operands, values = addresses(tail)
    kept, lost = operands >= inputs + start, operands >= inputs
    operands[values & kept] += cut - start
    lost &= values & ~kept
    operands[lost] = operands[lost] % (inputs + cut)
    return np.concatenate([a[:cut], tail])


def evaluate_packed(
    kernel: Callable[..., None], chromosomes: Sequence[Chromosome], threads: int, *arguments: Any,
    columns: int = 2,
) -> list[Fitness]:  # fmt: skip
    """Returns (error, flops) of each chromosome, a whole population in one compiled call a thread.

    `kernel(genes, bounds, *arguments, out)` takes P chromosomes one after the other, (rows,
    columns), and the P + 1 rows at which they begin and end, and fills `out`, (P, columns). It must
    release the GIL; threads write their own rows.
    """
    if not chromosomes:
        return []
    genes = np.concatenate(chromosomes)
    bounds = np.zeros(len(chromosomes) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, chromosomes), np.int64, len(chromosomes)), out=bounds[1:])
    out = np.empty((len(chromosomes), columns))
    cuts = np.linspace(0, len(chromosomes), min(threads, len(chromosomes)) + 1).astype(int).tolist()
    in_threads(
        lambda part: kernel(genes, bounds[part[0] : part[1] + 1], *arguments, out[slice(*part)]),
        list(zip(cuts, cuts[1:])),
        threads,
    )
    return [tuple(worth) for worth in out.tolist()]


def in_threads(function: Callable[[Any], Any], items: Sequence[Any], threads: int) -> list[Any]:
    """Returns [function(item) for item in items], spread over threads."""
    if threads < 2 or len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, items))
