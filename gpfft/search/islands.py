"""Islands: populations that evolve apart and exchange migrants. An ordinary run has one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from time import perf_counter
from typing import Any

import numpy as np
from deap import tools

from gpfft.config import Conditions, Config, Stage
from gpfft.encodings.base import Encoding
from gpfft.encodings.rescaled import Rescaled
from gpfft.errors import GpfftError
from gpfft.program import Program
from gpfft.recursion import Recursion
from gpfft.search.descent import Record
from gpfft.search.front import Archive, hypervolume, worths
from gpfft.search.evolve import PARTS, Evolution, Generation, State, progress
from gpfft.search.toolbox import Individual, encoding_for
from gpfft.search.workers import Workers
from gpfft.simplify import simplify
from gpfft.target import Target

WORK = 0.5  # seconds of work that a worker is sent at once, or a generation where that takes longer
Advanced = tuple[list[Generation], State, dict[str, float]]  # what a worker sends back


@dataclass(frozen=True)
class Task:
    """What all islands of a stage work on; plain data, that other processes understand.

    Attributes:
        name: the encoding.
        stage: its settings.
        size, radix, cost: see `Config`.
        start: the program, or the algorithm, that it starts from, as JSON; "" for none.
        sown: a program of fewer points whose factors `rescaled` begins with, as JSON; "" for none.
        target: what "two-sided" should compute, (size, data) as JSON; "" for the DFT.
        conditions: what the programs of a front are for.
    """

    name: str
    stage: Stage
    size: int | None
    radix: int = 2
    cost: str = "flops"
    start: str = ""
    sown: str = ""
    target: str = ""
    conditions: Conditions = Conditions()

    def __getstate__(self) -> dict[str, Any]:
        """Returns what goes to another process: the data, from which that makes the encoding anew."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @cached_property
    def encoding(self) -> Encoding:
        """Returns the encoding. Raises GpfftError where nothing can be made of the data."""
        kind: type[Program] | type[Recursion] = Recursion if self.name == "inlined" else Program
        start = kind.from_json(self.start) if self.start else None
        target = Target.from_json(*json.loads(self.target)) if self.target else None
        if isinstance(start, Program) and start.size != (target.size if target else self.size):
            raise GpfftError(f"a stage for {self.size} points starts from a program of {start.size}")
        encoding = encoding_for(
            self.name, self.size, self.stage, start, self.radix, self.cost, target, self.conditions
        )
        if self.sown and isinstance(encoding, Rescaled):
            return encoding.sown(simplify(Program.from_json(self.sown)))
        return encoding


@lru_cache(maxsize=2)
def _known(task: Task) -> Task:
    """Returns an equal task: the same as before, which has its encoding."""
    return task


def advance(task: Task, origin: int | State, generations: int, threads: int) -> Advanced:
    """Returns the next generations of one island, how it goes on, and where the time went."""
    evolution = Evolution(_known(task).encoding, task.stage, origin, threads)
    return [evolution.step() for _ in range(generations)], evolution.state, evolution.seconds


class Archipelago:
    """All islands in one stage of a run: iterate to let it happen, a `Record` a generation.

    Migrants go over between two generations, when `interval` of them have passed. How many generations
    a worker makes at once follows the clock, which no result depends on.

    Attributes:
        champion: the best individual of all islands so far, with its line of descent.
        front: the individuals of all islands so far that none is better than, where these are sought.
        encoding: at its present place in the schedule.
        seconds: time spent by all islands, by `PARTS`.
    """

    def __init__(
        self, task: Task, config: Config, seed: int, workers: Workers, states: Sequence[State] = (),
        endless: bool = False,
    ) -> None:  # fmt: skip
        self.task, self.config, self.endless = task, config, endless
        self._workers, self._seed = workers, seed
        self._islands: list[int | State] = list(states) or [_seed_of(seed, i) for i in range(config.islands)]
        self._ahead = 0  # generations that were yielded since `_islands` were as they are
        self._pace = 0.0  # seconds a generation took
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self.encoding = task.encoding
        self.front = Archive()
        if states:
            self._turn_to(states[0].generation)
            self.champion = _best([state.hall[0] for state in states])
            self.front = Archive(one for state in states for one in state.front)

    def __iter__(self) -> Iterator[Record]:
        while (wanted := self._wanted()) > 0:
            self._migrate()
            begin = perf_counter()
            advanced = self._advanced(wanted)
            self._pace = (perf_counter() - begin) / wanted
            for generations in zip(*(each for each, _, _ in advanced)):
                self._turn_to(generations[0].number)
                self.champion = _best([generation.champion for generation in generations])
                self.front.add(one for generation in generations for one in generation.front)
                self._ahead += 1
                if self._ahead == wanted:
                    self._rest(advanced)
                yield self._record(generations)

    @property
    def at_rest(self) -> bool:
        """Tells whether the islands' states are at hand; between two they would be worked out anew."""
        return self._ahead == 0

    @property
    def states(self) -> list[State]:
        """Returns the islands as they were at the generation yielded last."""
        if self._ahead:
            self._rest(self._advanced(self._ahead))
        return [island for island in self._islands if isinstance(island, State)]

    @property
    def _generation(self) -> int:
        first = self._islands[0]
        return first.generation if isinstance(first, State) else -1

    def _wanted(self) -> int:
        """Returns how many generations to make at once: none where the stage is over."""
        now, interval = self._generation, self.config.interval
        left = self.task.stage.generations - now
        if self.endless:
            left = max(left, interval)
        if len(self._islands) > 1:
            left = min(left, interval - now % interval if now >= 0 else interval + 1)
        return min(left, max(1, int(WORK / self._pace)) if self._pace and self._workers.far else 1)

    def _advanced(self, generations: int) -> list[Advanced]:
        return self._workers.run(advance, [(self.task, island, generations) for island in self._islands])

    def _rest(self, advanced: list[Advanced]) -> None:
        """Takes over how the islands go on."""
        self._islands = [state for _, state, _ in advanced]
        self._ahead = 0
        for _, _, seconds in advanced:
            for part in PARTS:
                self.seconds[part] += seconds[part]

    def _turn_to(self, generation: int) -> None:
        self.encoding = self.encoding.at(progress(generation, self.task.stage))

    def _migrate(self) -> None:
        """Sends copies of each island's best to the next one, in the place of its worst.

        The next one is that of a ring: always the same, or drawn anew each time.
        """
        states = [island for island in self._islands if isinstance(island, State)]
        now, config = self._generation, self.config
        if len(states) < 2 or now <= 0 or now % config.interval:
            return
        ring = np.arange(len(states))
        if config.migration == "random":
            ring = np.random.default_rng([self._seed, now]).permutation(ring)
        next_one = np.empty_like(ring)
        next_one[ring] = np.roll(ring, -1)
        count = min(config.migrants, self.task.stage.population)
        populations = [state.population for state in states]
        tools.migRing(populations, count, _copies, tools.selWorst, next_one.tolist())

    def _record(self, generations: Sequence[Generation]) -> Record:
        """Returns what is kept of a generation: the best, the sum and the median of all islands."""
        error, *costs = self.champion.fitness.values
        fitness = np.array([values for each in generations for values in each.fitness])
        median_error, median_flops = np.median([(e, sum(cost)) for e, *cost in fitness], axis=0).tolist()
        task, of_front = self.task, dict[str, float]()
        if self.encoding.is_front:
            volume = hypervolume(worths(self.front), task.size or 1, task.conditions.real)
            of_front = {"hypervolume": volume}
        return {
            "stage": self.task.name,
            "generation": generations[0].number,
            "evaluations": sum(each.evaluations for each in generations),
            "error": error,
            "flops": int(sum(costs)),
            "median_error": median_error,
            "median_flops": median_flops,
            "median_length": float(np.median([n for each in generations for n in each.lengths])),
            "median_live": float(np.median([share for each in generations for share in each.live])),
            "diversity": sum(each.different for each in generations) / len(fitness),
            **of_front,
        }


def _seed_of(seed: int, island: int) -> int:
    """Returns the seed of an island; the first has the stage's own, as if it were alone."""
    if island == 0:
        return seed
    return int(np.random.SeedSequence(seed, spawn_key=(island,)).generate_state(1)[0])


def _best(individuals: Sequence[Individual]) -> Individual:
    """Returns the best individual, of equal ones the first."""
    return min(individuals, key=lambda individual: individual.fitness.values)


def _copies(individuals: list[Individual], count: int) -> list[Individual]:
    """Returns copies of the best: those who stay and those who go are two."""
    return [deepcopy(individual) for individual in tools.selBest(individuals, count)]
