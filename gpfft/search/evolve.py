"""Evolution of one population with one encoding, a generation at a time. It prints nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from deap import tools

from gpfft.config import Stage
from gpfft.encodings.base import Encoding, Fitness
from gpfft.search.descent import after
from gpfft.search.front import Archive
from gpfft.search.toolbox import Individual, box_of

SAMPLE = 16  # individuals whose live genes are counted each generation
PARTS = ("evaluation", "variation", "selection")  # what a generation spends its time on


@dataclass(frozen=True)
class Generation:
    """What one generation of one population was like.

    Attributes:
        number: 0, 1, 2 ...
        evaluations: individuals evaluated up to now.
        champion: the best individual up to now.
        fitness: (error, flops) of each of the population.
        lengths: the genes of each.
        live: the share of them that outputs are made of, of the first `SAMPLE` individuals.
        different: how many different chromosomes there are.
        front: the individuals up to now that none is better than, where these are sought.
    """

    number: int
    evaluations: int
    champion: Individual
    fitness: list[Fitness]
    lengths: list[int]
    live: list[float]
    different: int
    front: list[Individual]


@dataclass(frozen=True)
class State:
    """All that an evolution goes on from: what it does next depends on nothing else.

    Attributes:
        generation: the last one, -1 before the first.
        evaluations: individuals evaluated so far.
        population: the individuals.
        hall: the best one so far, none before the first generation.
        best: of the populations so far, since they were last brought together.
        front: the individuals so far that none is better than, where these are sought.
        python: the state of the toolbox's dice, see `random.Random.getstate`.
        numpy: that of its generator, see `numpy.random.BitGenerator.state`.
    """

    generation: int
    evaluations: int
    population: list[Individual]
    hall: list[Individual]
    best: list[Individual]
    front: list[Individual]
    python: tuple[Any, ...]
    numpy: dict[str, Any]


class Evolution:
    """One population in one stage of a run, from a seed or a state; `step` makes a generation.

    The schedule reads the number of the generation: past the stage's last one it stays at its end.

    Attributes:
        seconds: time spent, by `PARTS`.
    """

    def __init__(self, encoding: Encoding, stage: Stage, origin: int | State, threads: int = 1) -> None:
        self.stage = stage
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self.hall = tools.HallOfFame(1)
        self.box = box_of(encoding, origin if isinstance(origin, int) else 0, threads)
        self._verbs = self.box.verbs
        self.generation, self.evaluations = -1, 0
        self._population: list[Individual] = []
        self._best: list[Individual] = []
        self._front = Archive()
        if isinstance(origin, State):
            self.generation, self.evaluations = origin.generation, origin.evaluations
            self._population, self._best = list(origin.population), list(origin.best)
            self.hall.update(origin.hall)
            self._front.add(origin.front)
            self._verbs.dice.setstate(origin.python)
            self._verbs.rng.bit_generator.state = origin.numpy
        if self.generation >= 0:
            self._verbs.encoding = encoding.at(progress(self.generation, stage))

    @property
    def state(self) -> State:
        """Returns what to go on from."""
        return State(
            self.generation, self.evaluations, list(self._population), list(self.hall), list(self._best),
            list(self._front), self._verbs.dice.getstate(), self._verbs.rng.bit_generator.state,
        )  # fmt: skip

    @property
    def encoding(self) -> Encoding:
        """Returns the encoding at its present place in the schedule."""
        return self._verbs.encoding  # type: ignore[no-any-return]

    def step(self) -> Generation:
        """Returns the next generation, the first one of random chromosomes."""
        number = self.generation + 1
        population = self._population
        if number and self.stage.epoch and number % self.stage.epoch == 0:
            population = self._another(population)
        self._population = population = self._next(population, progress(number, self.stage))
        self.generation = number
        return Generation(
            number, self.evaluations, self.hall[0],
            [individual.fitness.values for individual in population],
            [len(individual) for individual in population],
            self._live(population),
            len({individual.genes.tobytes() for individual in population}), list(self._front),
        )  # fmt: skip

    def _live(self, population: list[Individual]) -> list[float]:
        with self._timed("evaluation"):
            return [self.encoding.live(individual.genes) for individual in population[:SAMPLE]]

    def _next(self, population: list[Individual], place: float) -> list[Individual]:
        """Returns the next population; the first one from none."""
        self._turn_to(place, population)
        if not population:
            return self._new()
        with self._timed("selection"):
            parents = self.box.select(population, len(population))
        with self._timed("variation"):
            children = self._vary(parents)
        self._evaluate(children)
        if self.stage.plus:
            with self._timed("selection"):
                return self.box.select(population + children, len(population))  # type: ignore[no-any-return]
        return children

    def _new(self) -> list[Individual]:
        """Returns a population of random chromosomes."""
        with self._timed("variation"):
            population: list[Individual] = self.box.population(self.stage.population)
        self._evaluate(population)
        return population

    def _another(self, population: list[Individual]) -> list[Individual]:
        """Returns the population of the next epoch: a new one, or the best of those before it."""
        self._best.append(min(population, key=lambda individual: individual.fitness.values))
        if len(self._best) < self.stage.populations:
            return self._new()
        merged, self._best = self._best, []
        if len(merged) > self.stage.population:
            merged = sorted(merged, key=lambda individual: individual.fitness.values)
        return [self.box.clone(merged[i % len(merged)]) for i in range(self.stage.population)]

    def _turn_to(self, place: float, population: list[Individual]) -> None:
        """Moves the schedule; where that changes what chromosomes are worth, weighs them anew."""
        before = self.encoding.meaning
        self._verbs.encoding = self.encoding.at(place)
        if population and self.encoding.meaning != before:
            champions = [self.box.clone(individual) for individual in self.hall]
            self.hall.clear()
            self._evaluate(population + champions + self._best, anew=True)

    def _vary(self, parents: list[Individual]) -> list[Individual]:
        """Returns a child of each parent: crossed with a neighbour by chance, always mutated."""
        children = [self.box.clone(parent) for parent in parents]
        for a, b in zip(children[::2], children[1::2]):
            if self._verbs.dice.random() < self.stage.crossover:
                self.box.mate(a, b)
        self.box.map(self.box.mutate, children)
        return children

    def _evaluate(self, individuals: list[Individual], anew: bool = False) -> None:
        with self._timed("evaluation"):
            fitnesses = self.box.map(self.box.evaluate, individuals)
        for individual, fitness in zip(individuals, fitnesses):
            individual.fitness.values = fitness
            done = "weighed anew" if anew else individual.done
            individual.line = after(individual.line, self.generation + 1, done, fitness, anew)
            individual.done = ""
        self.evaluations += len(individuals)
        self.hall.update(individuals)
        if self.encoding.is_front:
            self._front.add(self.box.clone(individual) for individual in individuals)

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begin = perf_counter()
        yield
        self.seconds[part] += perf_counter() - begin


def progress(generation: int, stage: Stage) -> float:
    """Returns the place of a generation in its stage's schedule, 0 to 1."""
    return min(1.0, generation / max(1, stage.generations))
