"""What the search reaches over consecutive seeds, misses included: by size, encoding and part."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpfft import champions
from gpfft.config import ENDLESS, UNSCALED, Config, PoolMoves, PoolStage, default_stage
from gpfft.errors import GpfftError
from gpfft.record import clear_errors, environment, read_text
from gpfft.records import published
from gpfft.outcome import Run
from gpfft.run import evolve
from gpfft.signals import SIGNALS

ABLATION_SIZES = (8, 16)
COMPARED_SIZES = (2, 4, 8, 15, 16)
TRIAL = 5.0  # seconds of a run of `factors` without a budget
LEDGER = Path("runs/records.csv")
FIELDS = (
    "date", "commit", "size", "seed", "encoding", "scales", "cost", "budget", "generations", "exact",
    "flops", "found_after", "seconds",
)  # fmt: skip
Plan = Callable[[int], list[Config]]  # seed -> the runs of one trial, of which the best counts


def records(config: Config, seeds: range) -> Iterator[str]:
    """Yields what each seed reaches, then the share that reaches the best published count.

    Each seed becomes a row of `LEDGER`, which is made where the command runs if it is not there.
    """
    scales = "" if _scales(config) in ("", "cosine") else ", twiddles only"
    label = f"N = {config.size}{scales}" + (f", {config.budget:g} s" if config.budget else "")
    yield from _reached(label, config.size or 0, seeds, lambda seed: [replace(config, seed=seed)], each=True)


def _scales(config: Config) -> str:
    return getattr(config.stage("rescaled"), "scales") if "rescaled" in config.stage_names else ""


def _note(run: Run) -> None:
    """Adds a run to the ledger."""
    config, ran = run.config, environment()
    row = {
        "date": ran["date"][:10], "commit": ran["commit"][:12] + ran["commit"][40:], "size": config.size,
        "seed": config.seed, "encoding": config.encoding, "scales": _scales(config),
        "cost": config.cost, "budget": f"{config.budget:g}",
        "generations": len(run.history), "exact": run.verdict.exact, "flops": run.champion.cost.flops,
        "found_after": f"{run.found:.2f}", "seconds": f"{run.seconds:.2f}",
    }  # fmt: skip
    with clear_errors(LEDGER, "write"):
        new = not LEDGER.exists()
        if not new and read_text(LEDGER).partition("\n")[0] != ",".join(FIELDS):
            raise GpfftError(f"{LEDGER} has other columns than {', '.join(FIELDS)}: move it away")
        LEDGER.parent.mkdir(exist_ok=True)
        with LEDGER.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(row)


def encodings(seeds: range) -> Iterator[str]:
    """Yields what each encoding reaches from random chromosomes at several sizes.

    `rescaled` alone works on the definition of the DFT.
    """
    for size in COMPARED_SIZES:
        for name in ("plain", "rescaled", "pool", "two-sided"):
            label = f"N = {size:2} {name:9}"
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


def factors(config: Config, seeds: range) -> Iterator[str]:
    """Yields what `rescaled` reaches from an evolved algorithm with each of its parts switched off.

    All variants have the same time: the budget, by default `TRIAL` seconds.
    """
    size = config.size or 0
    base = Config(size, encoding="unrolled", budget=config.budget or TRIAL)
    variants: list[tuple[str, dict[str, Any]]] = [
        ("all parts", {}),
        ("no crossover with mates", {"crossover": 0.0}),
        ("no crossover with own images", {"images": 0}),
        ("no crossover but with the burst's start", {"crossover": 0.0, "images": 0}),
        ("restarts of one, images of its own", {"population": 1, "crossover": 0.0}),
        ("one population, no epochs", {"epoch": 0}),
        ("moves of one butterfly only", {"single": 1.0}),
        ("twiddles only", dict(UNSCALED)),
    ]
    for label, settings in variants:
        trial = base.with_settings("rescaled", **settings)
        yield from _reached(f"N = {size} {label:40}", size, seeds, lambda seed: [replace(trial, seed=seed)])
    smaller = champions.committed().get(size // 2)
    if smaller is not None:
        trial = replace(base, start=str(smaller / "champion.json"))
        label = f"grown from {smaller.name}"
        yield from _reached(f"N = {size} {label:40}", size, seeds, lambda seed: [replace(trial, seed=seed)])


def parts(config: Config, seeds: range) -> Iterator[str]:
    """Yields what `two-sided` reaches from the DFT's matrix with less of its populations.

    All variants have the same time: the budget, by default `TRIAL` seconds.
    """
    size = config.size or 0
    base = Config(size, encoding="two-sided", budget=config.budget or TRIAL)
    alone = {"population": 1, "crossover": 0.0}
    variants: list[tuple[str, dict[str, Any]]] = [
        ("parts apart, the best of each crossed", {}),
        ("parts apart, no crossover", {"crossover": 0.0}),
        ("parts apart, one individual", alone),
        ("all as one part", {"apart": False}),
        ("all as one part, one individual", {"apart": False, **alone}),
    ]
    for label, settings in variants:
        trial = base.with_settings("two-sided", **settings)
        yield from _reached(f"N = {size} {label:40}", size, seeds, lambda seed: [replace(trial, seed=seed)])


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
    first = plan(seeds[0])[0]
    for name in set(ENDLESS) & set(first.stage_names):
        first = replace(first, budget=0.0).with_settings(name, generations=1)
    evolved(first)
    record = published(size)
    goal = record.flops if record else 0
    best, seconds, work = [], [], []
    for seed in seeds:
        trial = [evolved(config) for config in plan(seed)]
        best.append(min(trial, key=lambda run: run.champion.worth))
        seconds.append(sum(run.seconds for run in trial))
        work.append(_proposals(trial, goal))
        if each:
            _note(best[-1])
            when = f"found after {best[-1].found:.2f} s of {seconds[-1]:.2f} s"
            yield f"  seed {seed}: {_result(best[-1])}, {when}"
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


def evolved(config: Config) -> Run:
    """Returns a whole run; where it is interrupted, so is the measurement."""
    run = evolve(config=config)
    if run.stopped in SIGNALS.values():
        raise KeyboardInterrupt
    return run


def _proposals(trial: list[Run], goal: int) -> float:
    """Returns how many moves were proposed until the goal was reached, infinity if it was not.

    A mutation of the plain encoding is one proposal; the others' are bursts of many. The phase
    moves of neutral rescaling inside the pool encoding do not count, they are far cheaper. Those of
    two-sided are as many as its parts ask for: they are not counted.
    """
    made = 0
    if "two-sided" in trial[0].config.stage_names:
        return math.inf
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
