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
COMPARED_SIZES = (2, 4, 8, 16)


def records(size: int, seeds: range) -> Iterator[str]:
    """Yields what each seed reaches, then the share that reaches the best published count."""
    yield from _reached(f"N = {size}", size, seeds, lambda seed: Config(size, seed), each=True)


def encodings(seeds: range) -> Iterator[str]:
    """Yields what each encoding reaches from random chromosomes at N = 2, 4, 8, 16."""
    for size in COMPARED_SIZES:
        for name in ("plain", "pool", "auto"):
            yield from _reached(
                f"N = {size:2} {name:5}", size, seeds, lambda seed: Config(size, seed, name)
            )


def ablation(seeds: range) -> Iterator[str]:
    """Yields what the pool encoding reaches with each of its parts switched off.

    Every variant may make the same number of proposals; how many it made until it had the record
    tells variants apart that all reach it. Reference readout off is the plain encoding.
    """
    for size in ABLATION_SIZES:
        for label, stage in _variants(size):
            yield from _reached(
                f"N = {size:2} {label:44}",
                size,
                seeds,
                lambda seed: Config(size, seed, "pool", (stage,)),
            )
        yield from _reached(
            f"N = {size:2} {'no reference readout (plain, NSGA-II)':44}",
            size,
            seeds,
            lambda seed: Config(size, seed, "plain"),
        )


def _variants(size: int) -> list[tuple[str, PoolStage]]:
    """Returns (label, settings): the pool encoding by default, and with less of it."""
    full = default_stage("pool", size)
    assert isinstance(full, PoolStage)
    alone = replace(full, population=1, crossover=0.0)
    proposals = full.population * full.steps
    blind = PoolMoves(insert_random=4, insert_pair=0, replace=0)
    guided = PoolMoves(insert_guided=4, insert_pair=0, replace=0)
    return [
        ("all parts", full),
        ("no crossover", replace(full, crossover=0.0)),
        ("always crossover", replace(full, crossover=1.0)),
        ("no selection: children replace parents", replace(full, plus=False)),
        ("population of 1, bursts as long together", replace(alone, steps=proposals)),
        ("population of 1, more generations", replace(alone, generations=full.generations * full.population)),
        ("no neutral rescaling", replace(full, phase_steps=0)),
        ("no pairs from readouts, guided twiddles", replace(full, moves=guided)),
        ("no pairs from readouts, random twiddles", replace(full, moves=blind)),
    ]


def _reached(
    label: str, size: int, seeds: range, config: Callable[[int], Config], each: bool = False
) -> Iterator[str]:
    """Yields one line over all seeds, before it one for each if wanted.

    Seconds are those of the whole search, compiled code cached; a first run is thrown away.
    """
    evolve(config=config(seeds[0]))
    runs = []
    for seed in seeds:
        runs.append(evolve(config=config(seed)))
        if each:
            yield f"  seed {seed}: {_result(runs[-1])} in {runs[-1].seconds:.2f} s"
    exact = [run.champion.cost.flops for run in runs if run.verdict.exact]
    record = published(size)
    hits = sum(record is not None and flops <= record.flops for flops in exact)
    goal = f"{hits} of {len(runs)} reach {record.flops}" if record else "no published count"
    found = f"best {min(exact)}, median {statistics.median(exact):g}" if exact else "-"
    least = min(run.champion.error for run in runs)
    rest = "" if len(exact) == len(runs) else f", least error {least:.3g}"
    seconds = statistics.median(run.seconds for run in runs)
    work = statistics.median(_proposals(run, record.flops if record else 0) for run in runs)
    spent = f", median of {work:.0f} proposals until then" if work < math.inf else ""
    yield (
        f"{label}: {len(exact)} of {len(runs)} exact, {goal}{spent}; flops of the exact: {found}{rest}; "
        f"median {seconds:.2f} s"
    )


def _proposals(run: Run, goal: int) -> float:
    """Returns how many moves were proposed until the goal was reached, infinity if it was not.

    A mutation of the plain encoding is one proposal; the others' are bursts of many.
    """
    made = 0
    for row in run.history:
        stage = run.config.stages[run.config.stage_names.index(row["stage"])]
        if row["generation"]:
            made += stage.population * getattr(stage, "steps", 1)
        if row["champion_error"] == 0 and row["champion_flops"] <= goal:
            return made
    return math.inf


def _result(run: Run) -> str:
    exact = "exact" if run.verdict.exact else f"error {run.champion.error:.3g}"
    return f"{run.champion.cost}, {exact}"
