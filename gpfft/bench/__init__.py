"""Measurements that print their figures; none of them is a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gpfft.bench.evaluate import measure as evaluate
from gpfft.bench.search import ablation, encodings, records

Measure = Callable[[int, range], Iterator[str]]  # (size, seeds) -> lines

MEASURES: dict[str, Measure] = {
    "evaluate": lambda size, seeds: evaluate(),
    "search": lambda size, seeds: ablation(seeds),
    "encodings": lambda size, seeds: encodings(seeds),
    "records": records,
}
