"""What the search for a front reaches with and without a warm start, beside random search."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter

import numpy as np

from gpfft.bench.search import evolved
from gpfft.config import COLD, Config
from gpfft.search.front import Archive, hypervolume, worths
from gpfft.search.toolbox import Individual, encoding_for

TRIAL = 20.0  # seconds of a run without a budget
BATCH = 1000  # random chromosomes evaluated at once


def measure(config: Config, seeds: range) -> Iterator[str]:
    """Yields the hypervolume and the least error of each seed: warm, cold, and of random chromosomes alone.

    All three have the same time, compiling apart. The price list is "adds,muls", input real.
    """
    base = replace(
        Config(config.size, front=True, real=True, cost="adds,muls"), budget=config.budget or TRIAL
    )
    cold = replace(base, encoding=COLD, stages=())
    for trial in (base, cold):
        evolved(replace(trial, budget=0.0, generations=1))  # compiled by then
    reached: dict[str, list[float]] = {"warm": [], "cold": [], "random": []}
    for seed in seeds:
        runs = {"warm": _run(replace(base, seed=seed)), "cold": _run(replace(cold, seed=seed)),
                "random": _random(replace(cold, seed=seed))}  # fmt: skip
        for name, (volume, _) in runs.items():
            reached[name].append(volume)
        texts = (f"{name} {volume:.4f} (least error {error:.3g})" for name, (volume, error) in runs.items())
        yield f"N = {base.size}, seed {seed}: " + ", ".join(texts)
    medians = (f"{name} {statistics.median(volumes):.4f} ({min(volumes):.4f} to {max(volumes):.4f})"
               for name, volumes in reached.items())  # fmt: skip
    what = f"N = {base.size}, real input, {base.budget:g} s, {len(seeds)} seeds"
    yield f"{what}, median hypervolume: " + ", ".join(medians)


def _run(config: Config) -> tuple[float, float]:
    """Returns the hypervolume of a search, and its least error."""
    run = evolved(config)
    return (run.front.hypervolume, run.front[0].error) if run.front else (0.0, 1.0)


def _random(config: Config) -> tuple[float, float]:
    """Returns the same of random chromosomes that are evaluated and nothing else."""
    encoding = encoding_for(COLD, config.size, cost=config.cost, conditions=config.conditions)
    rng, archive, begin = np.random.default_rng(config.seed), Archive(), perf_counter()
    while perf_counter() - begin < config.budget:
        chromosomes = [encoding.random(rng) for _ in range(BATCH)]
        individuals = [Individual(genes, objectives=encoding.objectives) for genes in chromosomes]
        for individual, worth in zip(individuals, encoding.evaluate(chromosomes)):
            individual.fitness.values = worth
        archive.add(individuals)
    found = worths(archive)
    return hypervolume(found, config.size or 1, config.real), float(found[:, 0].min())
