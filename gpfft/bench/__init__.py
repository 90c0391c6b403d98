"""Measurements that print their figures; none of them is a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from gpfft.bench import any_size, evaluate, search, speed

Measure = Callable[[int, range, Path], Iterator[str]]  # (size, seeds, run of an algorithm) -> lines

MEASURES: dict[str, Measure] = {
    "evaluate": lambda size, seeds, run: evaluate.measure(),
    "search": lambda size, seeds, run: search.ablation(seeds),
    "encodings": lambda size, seeds, run: search.encodings(seeds),
    "records": lambda size, seeds, run: search.records(size, seeds),
    "any-size": lambda size, seeds, run: any_size.measure(seeds),
    "speed": lambda size, seeds, run: speed.measure(run),
}
