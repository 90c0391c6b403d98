"""A DEAP toolbox for any encoding, on which DEAP's own algorithms run unchanged.

DEAP's algorithms and operators draw from Python's global `random`, from which any thread may draw
meanwhile; what is drawn here comes from generators of the toolbox's own. `gpfft.toolbox` seeds all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from deap import base, tools

from gpfft.config import ANY_SIZE, COLD, ENCODINGS, Conditions, Config, Stage, default_stage
from gpfft.encodings.approximate import Approximate
from gpfft.encodings.base import Chromosome, Encoding, in_threads, no_gains
from gpfft.encodings.base import Fitness as Worth
from gpfft.encodings.inlined import Inlined
from gpfft.encodings.plain import Plain
from gpfft.encodings.pool import Pool
from gpfft.encodings.recursive import Recursive
from gpfft.encodings.rescaled import Rescaled
from gpfft.encodings.two_sided import TwoSided
from gpfft.errors import GpfftError
from gpfft.program import Program
from gpfft.recursion import Recursion, check_radix
from gpfft.search import front
from gpfft.search.descent import Line, named_gains
from gpfft.simplify import simplify
from gpfft.target import Target, dft
from gpfft.transform import LARGEST, LARGEST_SEARCH, check_size


class Fitness(base.Fitness):  # type: ignore[misc]
    """(error, flops), both minimised; compared in this order, dominated in both."""

    weights = (-1.0, -1.0)


class FrontFitness(base.Fitness):  # type: ignore[misc]
    """(error, additions, multiplications), all minimised."""

    weights = (-1.0, -1.0, -1.0)


FITNESSES: dict[int, type[Any]] = {2: Fitness, 3: FrontFitness}  # by how many numbers they have


class Individual:
    """A chromosome and its fitness. Operators replace `genes`, they never write into the array.

    Attributes:
        genes: the chromosome.
        fitness: what it is worth.
        done: what was done to it since that was known, or since it was cloned, in words.
        line: the gains on its line of descent, empty where nobody follows it.
    """

    __slots__ = ("done", "fitness", "genes", "line")

    def __init__(self, genes: Chromosome, done: str = "", line: Line = (), objectives: int = 2) -> None:
        self.genes, self.done, self.line = genes, done, line
        self.fitness = FITNESSES[objectives]()

    def __len__(self) -> int:
        return len(self.genes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Individual) and np.array_equal(self.genes, other.genes)

    __hash__ = None  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict[int, Any]) -> Individual:
        twin = Individual(self.genes, "", self.line, len(self.fitness.weights))  # nothing was done to it
        twin.fitness.wvalues = self.fitness.wvalues
        return twin


def encoding_for(
    name: str,
    size: int | None,
    stage: Stage | None = None,
    start: Program | Recursion | None = None,
    radix: int = 2,
    cost: str = "flops",
    target: Target | None = None,
    conditions: Conditions = Conditions(),
) -> Encoding:
    """Returns an encoding by name, with default settings unless a stage is given.

    `rescaled` works on `start`, without one on the definition of the DFT, and counts `cost`.
    `recursive` is for the sizes radix^k, and `inlined` for those of its `start`, which it needs.
    `two-sided` is for a `target`, by default the DFT of `size` points.
    Raises GpfftError for a name that does not exist, or a start of the wrong kind.
    """
    check_radix(radix)
    settings: Any = default_stage(name, size or 1, radix) if stage is None else stage
    if name == "recursive":
        return Recursive(radix, settings)
    if name == "inlined":
        if not isinstance(start, Recursion):
            raise GpfftError("inlined needs a recursive program to start from")
        return Inlined(start, settings)
    if name == "two-sided" and target is not None:
        return TwoSided(target, settings)
    if size is None:
        raise GpfftError(f"{name} needs a size")
    if isinstance(start, Recursion):
        raise GpfftError(f"{name} works on programs of one size: unroll the recursive program")
    if name == "two-sided":
        return TwoSided(dft(size), settings)
    if name == "approximate":
        return Approximate(size, settings, start, cost, conditions)
    if name == "plain":
        return Plain(size, settings)
    if name == "pool":
        return Pool(size, settings)
    if name == "rescaled":
        return Rescaled(simplify(definition(size) if start is None else start), settings, cost)
    every = (*ENCODINGS.values(), *ANY_SIZE.values(), (COLD,))
    single = dict.fromkeys(name for names in every for name in names)
    raise GpfftError(f"encoding must be one of {', '.join(sorted(single))}, not {name!r}")


def definition(size: int) -> Program:
    """Returns the DFT by its definition, N(N-1) additions: what an empty pool chromosome decodes to."""
    return Pool(size).decode(np.empty((0, 4), dtype=np.int32))


class _Verbs:
    """The toolbox's own operators.

    Attributes:
        rng: the generator of random chromosomes, and of the seeds of variation.
        dice: that of selection.
    """

    def __init__(self, encoding: Encoding, seed: int, threads: int) -> None:
        self.encoding, self.threads = encoding, threads
        self.rng, self.dice = np.random.default_rng(seed), random.Random(seed)

    def seed(self) -> int:
        return int(self.rng.integers(2**31))

    def individual(self) -> Individual:
        genes = self.encoding.random(self.rng)
        return Individual(genes, self.encoding.first, objectives=self.encoding.objectives)

    def evaluate(self, individual: Individual) -> Worth:
        return self.encoding.evaluate([individual.genes])[0]

    def mate(self, a: Individual, b: Individual) -> tuple[Individual, Individual]:
        genes = a.genes, b.genes
        a.genes = self.encoding.mate(*genes, self.seed())
        b.genes = self.encoding.mate(*genes[::-1], self.seed())
        a.done = b.done = "crossover"
        return a, b

    def select(self, individuals: list[Individual], k: int) -> list[Individual]:
        """Returns k individuals: by NSGA-II or III as survivors of more, else by binary tournaments.

        NSGA-II only truncates, so selecting all of a population with it (as `eaSimple` would) chooses
        nothing. `nd="log"` ranks a thousand individuals about a hundred times as fast as the default.
        """
        if k < len(individuals):
            if self.encoding.is_front:
                return front.survivors(individuals, k, self.seed)
            return tools.selNSGA2(individuals, k, nd="log")  # type: ignore[no-any-return]
        if self.encoding.is_front:
            return [self._winner(*(self.dice.choice(individuals) for _ in range(2))) for _ in range(k)]
        pairs = [(self.dice.choice(individuals), self.dice.choice(individuals)) for _ in range(k)]
        return [max(pair, key=lambda individual: individual.fitness) for pair in pairs]

    def _winner(self, a: Individual, b: Individual) -> Individual:
        """Returns the one that dominates, or any of the two."""
        if a.fitness.dominates(b.fitness) or b.fitness.dominates(a.fitness):
            return a if a.fitness.dominates(b.fitness) else b
        return a if self.dice.random() < 0.5 else b

    def mutate(self, individual: Individual, seed: int | None = None) -> tuple[Individual]:
        gains = no_gains(self.encoding.moves)
        seed = self.seed() if seed is None else seed
        individual.genes = self.encoding.mutate(individual.genes, seed, gains)
        individual.done = ", ".join(filter(None, (individual.done, named_gains(self.encoding.moves, gains))))
        return (individual,)


def toolbox(
    size: int = 8,
    seed: int = 0,
    encoding: str | Encoding = "pool",
    *,
    start: Program | Recursion | None = None,
    radix: int = 2,
    target: Target | None = None,
    threads: int = 1,
) -> base.Toolbox:
    """Returns a DEAP toolbox: individual, population, evaluate, mate, mutate, select, clone, map.

    Args:
        size: number of points N, 1 to 64; no matter for the recursive encodings.
        seed: seeds the toolbox's generator, and Python's global `random`, from which DEAP draws.
        encoding: "plain", "pool", "rescaled", "two-sided", "approximate", "recursive" or "inlined", or an
            encoding with settings of your own.
        start: the program that `rescaled` works on, by default the definition; what `approximate` begins
            with, by default random chromosomes; the recursive one that `inlined` works on.
        radix: 2, 3 or 5; "recursive" is for the sizes radix^k.
        target: what "two-sided" should compute, see `gpfft.recognise`; by default the DFT.
        threads: over how many `map` spreads evaluation and mutation; no result depends on it.

    `toolbox.map(toolbox.evaluate, individuals)` evaluates them all in one compiled call. Fitness
    is (error, flops). Raises GpfftError for a size or an encoding that does not exist.

    >>> import gpfft
    >>> toolbox = gpfft.toolbox(size=4, seed=1)
    >>> population = toolbox.population(n=3)
    >>> fitnesses = toolbox.map(toolbox.evaluate, population)
    >>> [error for error, flops in fitnesses]  # whatever is in it, a readout completes it
    [0.0, 0.0, 0.0]
    """
    Config(seed=seed)  # which refuses what is none
    given = start is not None or encoding not in ("plain", "pool", "rescaled", COLD)
    check_size(size, LARGEST if given else LARGEST_SEARCH)
    if threads < 1:
        raise GpfftError(f"threads must be 1 or more, not {threads}")
    if radix != 2 and encoding != "recursive":
        raise GpfftError("a radix is for the recursive encoding only")
    if target is not None and encoding != "two-sided":
        raise GpfftError("a target is for the two-sided encoding only")
    if isinstance(encoding, str):
        encoding = encoding_for(encoding, size, start=start, radix=radix, target=target)
    random.seed(seed)  # for DEAP
    return box_of(encoding, seed, threads)


def box_of(encoding: Encoding, seed: int, threads: int = 1) -> base.Toolbox:
    """Returns the toolbox of an encoding; nothing outside of it is seeded, or drawn from."""
    verbs = _Verbs(encoding, seed, threads)
    box = base.Toolbox()
    box.verbs = verbs
    box.register("individual", verbs.individual)
    box.register("population", lambda n: [box.individual() for _ in range(n)])
    box.register("evaluate", verbs.evaluate)
    box.register("mate", verbs.mate)
    box.register("mutate", verbs.mutate)
    box.register("select", verbs.select)
    box.register("map", _batched, box, verbs)
    return box


def _batched(
    box: base.Toolbox, verbs: _Verbs, function: Callable[..., Any], *sequences: Iterable[Any]
) -> list[Any]:
    """Returns list(map(function, ...)); evaluate and mutate of whole populations run compiled."""
    if function is box.evaluate and function.func == verbs.evaluate:
        genes = [individual.genes for individual in sequences[0]]
        return verbs.encoding.evaluate(genes, verbs.threads)
    if function is box.mutate and function.func == verbs.mutate:
        seeded = [(individual, verbs.seed()) for individual in sequences[0]]
        return in_threads(lambda pair: verbs.mutate(*pair), seeded, verbs.threads)
    return list(map(function, *sequences))
