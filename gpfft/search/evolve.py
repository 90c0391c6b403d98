"""The loop: evolution with one encoding. It yields a record a generation and prints nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import numpy as np
from deap import tools

from gpfft.config import Stage
from gpfft.encodings.base import Encoding
from gpfft.search.toolbox import Individual, toolbox

Record = dict[str, Any]  # one generation; the columns are the keys of `Evolution.record`


class Evolution:
    """One stage of a run: iterate to let it happen, a `Record` a generation.

    With `endless` it goes on for ever, its schedule at its end.

    Attributes:
        hall: DEAP's hall of fame, the best individual so far; `champion` is its only place.
        evaluations: individuals evaluated so far.
    """

    def __init__(
        self, encoding: Encoding, stage: Stage, seed: int, threads: int = 1, endless: bool = False
    ) -> None:
        self.stage, self.endless = stage, endless
        self.hall = tools.HallOfFame(1)
        self.evaluations = 0
        self._best: list[Individual] = []  # of the epochs so far, since they were last brought together
        self._outside = random.getstate()
        self.box = toolbox(seed=seed, encoding=encoding, threads=threads)
        self._inside = random.getstate()
        random.setstate(self._outside)
        self._statistics = tools.Statistics(lambda individual: individual.fitness.values)
        self._statistics.register("median", np.median, axis=0)

    @property
    def champion(self) -> Individual:
        """Returns the best individual so far."""
        return self.hall[0]  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Record]:
        population: list[Individual] = []
        for generation in count() if self.endless else range(self.stage.generations + 1):
            with self._own_random():
                progress = min(1.0, generation / max(1, self.stage.generations))
                if generation and self.stage.epoch and generation % self.stage.epoch == 0:
                    population = self._another(population)
                population = self._step(population, progress)
            yield self._record(generation, population)

    @property
    def encoding(self) -> Encoding:
        """Returns the encoding at its present place in the schedule."""
        return self.box.verbs.encoding  # type: ignore[no-any-return]

    def _step(self, population: list[Individual], progress: float) -> list[Individual]:
        """Returns the next population; the first one from none."""
        self._turn_to(progress, population)
        if not population:
            population = self.box.population(self.stage.population)
            self._evaluate(population)
            return population
        children = self._vary(self.box.select(population, len(population)))
        self._evaluate(children)
        if self.stage.plus:
            return self.box.select(population + children, len(population))  # type: ignore[no-any-return]
        return children

    def _another(self, population: list[Individual]) -> list[Individual]:
        """Returns the population of the next epoch: a new one, or the best of those before it."""
        self._best.append(min(population, key=lambda individual: individual.fitness.values))
        if len(self._best) >= self.stage.islands:
            merged, self._best = self._best, []
            if len(merged) > self.stage.population:
                merged = sorted(merged, key=lambda individual: individual.fitness.values)
            return [self.box.clone(merged[i % len(merged)]) for i in range(self.stage.population)]
        population = self.box.population(self.stage.population)
        self._evaluate(population)
        return population

    def _turn_to(self, progress: float, population: list[Individual]) -> None:
        """Moves the schedule; where that changes what chromosomes are worth, weighs them anew."""
        before = self.encoding.meaning
        self.box.verbs.encoding = self.encoding.at(progress)
        if population and self.encoding.meaning != before:
            champions = [self.box.clone(individual) for individual in self.hall]
            self.hall.clear()
            self._evaluate(population + champions + self._best)

    def _vary(self, parents: list[Individual]) -> list[Individual]:
        """Returns a child of each parent: crossed with a neighbour by chance, always mutated."""
        children = [self.box.clone(parent) for parent in parents]
        for a, b in zip(children[::2], children[1::2]):
            if random.random() < self.stage.crossover:
                self.box.mate(a, b)
        self.box.map(self.box.mutate, children)
        return children

    def _evaluate(self, individuals: list[Individual]) -> None:
        fitnesses = self.box.map(self.box.evaluate, individuals)
        for individual, fitness in zip(individuals, fitnesses):
            individual.fitness.values = fitness
        self.evaluations += len(individuals)
        self.hall.update(individuals)

    def _record(self, generation: int, population: list[Individual]) -> Record:
        error, flops = self.champion.fitness.values
        median_error, median_flops = self._statistics.compile(population)["median"].tolist()
        return {
            "stage": self.encoding.name,
            "generation": generation,
            "evaluations": self.evaluations,
            "error": error,
            "flops": int(flops),
            "median_error": median_error,
            "median_flops": median_flops,
            "median_length": float(np.median([len(individual) for individual in population])),
        }

    @contextmanager
    def _own_random(self) -> Iterator[None]:
        """DEAP draws from Python's global `random`: lends it this run's state meanwhile."""
        self._outside = random.getstate()
        random.setstate(self._inside)
        try:
            yield
        finally:
            self._inside = random.getstate()
            random.setstate(self._outside)
