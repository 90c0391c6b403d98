"""Fronts: the individuals that no other is better than in error and all costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Any

import moocore
import numpy as np
from deap import tools
from numpy.typing import NDArray

from gpfft.encodings.approximate.kernel import WORST
from gpfft.encodings.base import Fitness

LEAST = 1e-6  # errors below count as this one where they are compared by their logarithm
DIVISIONS = 12  # of each axis, for the reference points of NSGA-III
POINTS = tools.uniform_reference_points(3, DIVISIONS)


class Scaled:
    """An individual as selection sees it: with the logarithm of its error, so that small ones tell."""

    __slots__ = ("fitness", "individual")

    def __init__(self, individual: Any) -> None:
        self.individual, self.fitness = individual, copy(individual.fitness)
        error, *costs = individual.fitness.values
        self.fitness.values = (float(np.log10(max(error, LEAST))), *costs)


def survivors(individuals: Sequence[Any], k: int, seed: Callable[[], int]) -> list[Any]:
    """Returns k of some individuals: by NSGA-II, or for three objectives that differ NSGA-III.

    Of those that are worth the same the last one takes part, a child rather than its parent; the others are
    there where these are too few.

    DEAP's NSGA-III draws from numpy's global generator, which gets a seed for that and its state back.
    """
    seen: set[Fitness] = set()
    new, again = list[Scaled](), list[Scaled]()
    for individual in reversed(individuals):
        worth = individual.fitness.values
        (again if worth in seen else new).append(Scaled(individual))
        seen.add(worth)
    if len(new) <= k:
        return [one.individual for one in (*new, *again[: k - len(new)])]
    *_, last = zip(*(one.fitness.values for one in new))
    if len(new[0].fitness.values) == 2 or len(set(last)) == 1:  # where no multiplication is allowed
        chosen = tools.selNSGA2(new, k, nd="log")
    else:
        state = np.random.get_state()
        np.random.seed(seed())
        try:
            chosen = tools.selNSGA3(new, k, POINTS, nd="log")
        finally:
            np.random.set_state(state)
    return [one.individual for one in chosen]


class Archive:
    """Every individual met that none is better than; of equal costs the one with the least error.

    Of those that are worth the same it is always the same one, whatever their order. As costs
    are whole numbers there are no more than there are costs.
    """

    def __init__(self, individuals: Iterable[Any] = ()) -> None:
        self._best: dict[tuple[float, ...], Any] = {}  # by costs
        self.add(individuals)

    def add(self, individuals: Iterable[Any]) -> None:
        """Takes in what none is better than, and lets go of what is not so any more."""
        changed = False
        for individual in individuals:
            error, *costs = individual.fitness.values
            if error >= WORST:  # which is not allowed, or overflows
                continue
            known = self._best.get(tuple(costs))
            if known is None or (error, _genes(individual)) < (known.fitness.values[0], _genes(known)):
                self._best[tuple(costs)] = individual
                changed = True
        if changed:
            everyone = list(self._best.values())
            kept = moocore.is_nondominated(worths(everyone))
            self._best = {costs: one for (costs, one), is_kept in zip(self._best.items(), kept) if is_kept}

    def __iter__(self) -> Any:
        """Iterates over the individuals, the most exact first."""
        return iter(sorted(self._best.values(), key=lambda individual: individual.fitness.values))

    def __len__(self) -> int:
        return len(self._best)


def _genes(individual: Any) -> bytes:
    return individual.genes.tobytes()  # type: ignore[no-any-return]


def worths(individuals: Iterable[Any]) -> NDArray[np.float64]:
    """Returns (error, cost ...) of individuals, (count, objectives)."""
    return np.array([individual.fitness.values for individual in individuals], dtype=np.float64)


def hypervolume(worth: Sequence[Fitness] | NDArray[np.float64], size: int, real: bool) -> float:
    """Returns how much of the unit square, or cube, is worse than some point of a front: 0 to 1.

    Its axes are the decades of the error from 1e-6, below which all counts as that, up to 1; and each cost as
    a share of 5 N log2 N, for real input 2.5 N log2 N: the nominal count of flops of an FFT (Frigo & Johnson,
    benchFFT). What lies beyond counts for nothing.
    """
    points = np.array(worth, dtype=np.float64)
    if not len(points):
        return 0.0
    nominal = (2.5 if real else 5) * size * max(1.0, np.log2(size))
    decades = 1 + np.log10(np.clip(points[:, :1], LEAST, None)) / -np.log10(LEAST)
    return float(moocore.hypervolume(np.hstack([decades, points[:, 1:] / nominal]), ref=1.0))
