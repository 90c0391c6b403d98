"""How often evolution finds an algorithm for every size, over consecutive seeds, misses included."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from gpfft.algorithm import TRIED, Algorithm
from gpfft.config import Config
from gpfft.recursion import family, reference_size
from gpfft.outcome import Listener, Run
from gpfft.run import evolve
from gpfft.scaling import split_radix
from gpfft.search.descent import Record

COMPARED = 2**16  # split radix must be reached at every size up to here
VARIANTS: list[tuple[str, int, dict[str, Any]]] = [  # label, radix, settings of the recursive stage
    ("radix 2", 2, {}),
    ("radix 2, self-taught", 2, {"self_taught": True}),
    ("radix 2, free views", 2, {"free_views": True}),
    ("radix 3", 3, {}),
    ("radix 3, self-taught", 3, {"self_taught": True}),
    ("radix 3, free views", 3, {"free_views": True}),
    ("radix 5", 5, {}),
    ("radix 5, self-taught", 5, {"self_taught": True}),
]


class _Watch(Listener):
    """Notes when a run had its first champion without error at the sizes that fitness sees."""

    def __init__(self) -> None:
        self.begin = time.perf_counter()
        self.seconds = self.proposals = float("inf")

    def generation(self, run: Run, row: Record) -> None:
        if row["champion_error"] == 0 and self.seconds == float("inf"):
            self.seconds = time.perf_counter() - self.begin
            stage: Any = run.config.stage(row["stage"])
            self.proposals = row["generation"] * stage.population * stage.steps


def measure(seeds: range) -> Iterator[str]:
    """Yields, for each variant, what each seed reaches, and the shares.

    Seconds are those of the search, compiled code cached; a first run is thrown away.
    """
    for label, radix, settings in VARIANTS:
        yield from _variant(label, radix, settings, seeds)


def _variant(label: str, radix: int, settings: dict[str, Any], seeds: range) -> Iterator[str]:
    size, largest = reference_size(radix), family(radix, TRIED)[-1]
    exact, split, flops, worst = 0, 0, [], 0.0
    whole, first, proposals = [], [], []
    _evolved(radix, settings, seeds[0], generations=1)
    for seed in seeds:
        run, watch = _evolved(radix, settings, seed)
        champion: Algorithm = run.champion
        whole.append(run.seconds)
        found = champion.verdict.exact
        if found:
            exact += 1
            flops.append(champion.flops(size))
            first.append(watch.seconds)
            proposals.append(watch.proposals)
            worst = max(worst, champion.rounding(largest))
            split += radix == 2 and _is_split_radix(champion)
        what = f"{champion.flops(size)} flops at n = {size}" if found else str(champion.verdict)
        yield f"  {label}, seed {seed}: {what}; {run.seconds:.2f} s"
    yield f"{label}: {exact} of {len(seeds)} exact; search {statistics.median(whole):.2f} s (median)"
    if not exact:
        return
    yield (
        f"{label}: exact after {statistics.median(first):.2f} s and {statistics.median(proposals):.0f} "
        f"proposals (medians); relative error at n = {largest} at most {worst:.1e}; "
        f"flops at n = {size}: best {min(flops)}, median {statistics.median(flops):g}"
    )
    if radix == 2:
        yield f"{label}: {split} of {len(seeds)} at the split-radix count at every n up to {COMPARED}"


def _is_split_radix(champion: Algorithm) -> bool:
    return all(champion.flops(n) <= split_radix(n) for n in family(2, COMPARED)[1:])


def _evolved(radix: int, settings: dict[str, Any], seed: int, **more: Any) -> tuple[Run, _Watch]:
    """Returns a whole run; where it is interrupted, so is the measurement."""
    config = Config(seed=seed, any_size=True, radix=radix).with_settings("recursive", **settings, **more)
    watch = _Watch()
    run = evolve(config=config, listeners=(watch,))
    if run.stopped == "interrupted":
        raise KeyboardInterrupt
    return run, watch
