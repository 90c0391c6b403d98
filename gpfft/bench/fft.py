"""gpfft.fft beside numpy, scipy and FFTW, one vector at a time."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gpfft.library import fft

SHORTEST, LONGEST, ROUNDS = 2**10, 2**20, 11
SECONDS = 0.005  # of repeated calls in a round


def measure(longest: int = LONGEST) -> Iterator[str]:
    """Yields how long gpfft.fft takes, by length, as ratios to the times of the libraries installed."""
    yield f"one core, medians of {ROUNDS} rounds; gpfft.fft's time by theirs: below 1 it is faster"
    others, missing = _others()
    n = SHORTEST
    while n <= longest:
        x = np.random.default_rng(0).standard_normal(2 * n).view(np.complex128)
        wanted = np.fft.fft(x)
        error = float(np.linalg.norm(fft(x) - wanted) / np.linalg.norm(wanted))
        calls = [lambda: fft(x), *(make(x) for make in others.values())]
        mine, *theirs = _medians(calls)
        ratios = ", ".join(f"{name} {mine / seconds:.2f}" for name, seconds in zip(others, theirs))
        yield f"n = {n:7}: {mine * 1e6:9.1f} us; {ratios}; relative difference to numpy {error:.1e}"
        n *= 2
    if missing:
        yield f"not measured: {' and '.join(missing)} (pip install 'gpfft[bench]')"


def _others() -> tuple[dict[str, Callable[[Any], Callable[[], Any]]], list[str]]:
    """Returns the libraries, each a function of x that returns a call, and the names of missing ones."""
    found: dict[str, Callable[[Any], Callable[[], Any]]] = {"numpy": lambda x: lambda: np.fft.fft(x)}
    missing = [name for name in ("scipy", "pyfftw") if importlib.util.find_spec(name) is None]
    if "scipy" not in missing:
        import scipy.fft

        found["scipy"] = lambda x: lambda: scipy.fft.fft(x)
    if "pyfftw" not in missing:
        import pyfftw

        def planned(x: Any) -> Callable[[], Any]:
            plan = pyfftw.builders.fft(x.copy(), planner_effort="FFTW_MEASURE", threads=1)
            return lambda: plan(x, np.empty_like(x))

        found["FFTW"] = planned
    return found, missing


def _medians(calls: list[Callable[[], Any]]) -> list[float]:
    """Returns the median seconds of each call."""
    seconds: list[list[float]] = [[] for _ in calls]
    calls[0]()
    begin = time.perf_counter()
    calls[0]()
    repeat = 1 + int(SECONDS / (time.perf_counter() - begin))
    for _ in range(ROUNDS):
        for call, row in zip(calls, seconds):
            begin = time.perf_counter()
            for _ in range(repeat):
                call()
            row.append((time.perf_counter() - begin) / repeat)
    return [statistics.median(row) for row in seconds]
