"""Measurements that print their figures; none of them is a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from gpfft.bench import any_size, codelet, evaluate, fft, front, long_runs, search, speed
from gpfft.config import Config

Measure = Callable[[Config, range, Path], Iterator[str]]  # (search, seeds, run of an algorithm) -> lines

MEASURES: dict[str, Measure] = {
    "evaluate": lambda config, seeds, run: evaluate.measure(),
    "search": lambda config, seeds, run: search.ablation(seeds),
    "encodings": lambda config, seeds, run: search.encodings(seeds),
    "factors": lambda config, seeds, run: search.factors(config, seeds),
    "parts": lambda config, seeds, run: search.parts(config, seeds),
    "records": lambda config, seeds, run: search.records(config, seeds),
    "front": lambda config, seeds, run: front.measure(config, seeds),
    "codelet": lambda config, seeds, run: codelet.measure(run),
    "fft": lambda config, seeds, run: fft.measure(),
    "any-size": lambda config, seeds, run: any_size.measure(seeds),
    "islands": lambda config, seeds, run: long_runs.islands(config),
    "progress": lambda config, seeds, run: long_runs.progress(config),
    "soak": lambda config, seeds, run: long_runs.soak(config),
    "speed": lambda config, seeds, run: speed.measure(run),
}
OF_SEEDS = ("search", "encodings", "factors", "parts", "records", "front", "any-size")  # over several seeds
# searches that have a time each: number of points by default
TIMED = {"factors": 256, "parts": 11, "front": 8, "islands": 64, "progress": 64, "soak": 64}
