"""What the search reaches over consecutive seeds, misses included: by size, encoding and part."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace

from gpfft.config import Config, PoolMoves, PoolStage, default_stage
from gpfft.records import published
from gpfft.run import Run, evolve

ABLATION_SIZES = (8, 16)
COMPARED_SIZES = (2, 4, 8, 15, 16)
Plan = Callable[[int], list[Config]]  # seed -> the runs of one trial, of which the best counts


def records(size: int, seeds: range) -> Iterator[str]:
    """Yields what each seed reaches, then the share that reaches the best published count."""
    yield from _reached(f"N = {size}", size, seeds, lambda seed: [Config(size, seed)], each=True)


def encodings(seeds: range) -> Iterator[str]:
    """Yields what each encoding reaches from random chromosomes at several sizes.

    `rescaled` alone works on the definition of the DFT, `auto` is `pool` and then `rescaled`.
    """
    for size in COMPARED_SIZES:
        for name in ("plain", "rescaled", "pool", "auto"):
            label = f"N = {size:2} {name:8}"
            yield from _reached(label, size, seeds, lambda seed: [Config(size, seed, name)])


def ablation(seeds: range) -> Iterator[str]:
    """Yields what the pool encoding reaches with each of its parts switched off.

    Every pool variant may make the same number of proposals; how many it made until it had the
    record tells variants apart that all reach it. Reference readout off is the plain encoding.
    """
    for size in ABLATION_SIZES:
        for label, stage, restarts in _variants(size):

            def plan(seed: int) -> list[Config]:
                return [Config(size, seed + 10**6 * i, "pool", (stage,)) for i in range(restarts)]

            yield from _reached(f"N = {size:2} {label:40}", size, seeds, plan)
        label = f"N = {size:2} {'no reference readout (plain, NSGA-II)':40}"
        yield from _reached(label, size, seeds, lambda seed: [Config(size, seed, "plain")])


def _variants(size: int) -> list[tuple[str, PoolStage, int]]:
    """Returns (label, settings, independent runs): the pool encoding, and with less of it."""
    full = default_stage("pool", size)
    assert isinstance(full, PoolStage)
    k = full.population
    alone = replace(full, population=1, crossover=0.0)
    blind = PoolMoves(insert_random=4, insert_pair=0, replace=0)
    guided = PoolMoves(insert_guided=4, insert_pair=0, replace=0)
    return [
        ("all parts", full, 1),
        ("no crossover", replace(full, crossover=0.0), 1),
        ("always crossover", replace(full, crossover=1.0), 1),
        ("children replace parents, always", replace(full, plus=False), 1),
        (f"{k} restarts of one", alone, k),
        ("one, bursts as long together", replace(alone, steps=k * full.steps), 1),
        ("one, more generations", replace(alone, generations=k * full.generations), 1),
        ("no neutral rescaling", replace(full, phase_steps=0), 1),
        ("no pairs from readouts, guided twiddles", replace(full, moves=guided), 1),
        ("no pairs from readouts, random twiddles", replace(full, moves=blind), 1),
    ]


def _reached(label: str, size: int, seeds: range, plan: Plan, each: bool = False) -> Iterator[str]:
    """Yields one line over all seeds, before it one for each if wanted.

    Seconds are those of the whole search, compiled code cached; a first run is thrown away.
    """
    _evolved(plan(seeds[0])[0])
    record = published(size)
    goal = record.flops if record else 0
    best, seconds, work = [], [], []
    for seed in seeds:
        trial = [_evolved(config) for config in plan(seed)]
        best.append(min(trial, key=lambda run: run.champion.worth))
        seconds.append(sum(run.seconds for run in trial))
        work.append(_proposals(trial, goal))
        if each:
            yield f"  seed {seed}: {_result(best[-1])} in {seconds[-1]:.2f} s"
    exact = [run.champion.cost.flops for run in best if run.verdict.exact]
    hits = sum(flops <= goal for flops in exact)
    reach = f"{hits} of {len(best)} reach {record}" if record else "no published count"
    spent = statistics.median(work)
    reach += f" (median after {spent:.0f} proposals)" if spent < math.inf else ""
    found = f"best {min(exact)}, median {statistics.median(exact):g}" if exact else "none"
    if len(exact) < len(best):
        found += f"; least error {min(run.champion.error for run in best):.3g}"
    yield (
        f"{label}: {len(exact)} of {len(best)} exact, {reach}; flops of the exact: {found}; "
        f"median {statistics.median(seconds):.2f} s"
    )


def _evolved(config: Config) -> Run:
    """Returns a whole run; where it is interrupted, so is the measurement."""
    run = evolve(config=config)
    if run.stopped == "interrupted":
        raise KeyboardInterrupt
    return run


def _proposals(trial: list[Run], goal: int) -> float:
    """Returns how many moves were proposed until the goal was reached, infinity if it was not.

    A mutation of the plain encoding is one proposal; the others' are bursts of many. The phase
    moves of neutral rescaling inside the pool encoding do not count, they are far cheaper.
    """
    made = 0
    for run in trial:
        for row in run.history:
            stage = run.config.stage(row["stage"])
            if row["generation"]:
                made += stage.population * getattr(stage, "steps", 1)
            if row["champion_error"] == 0 and row["champion_flops"] <= goal:
                return made
    return math.inf


def _result(run: Run) -> str:
    exact = "exact" if run.verdict.exact else f"error {run.champion.error:.3g}"
    return f"{run.champion.cost}, {exact}"
