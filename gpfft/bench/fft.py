"""gpfft.fft beside numpy, scipy and FFTW, one vector at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gpfft.bench.timing import Call, is_installed, medians, not_measured
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
        mine, *theirs = medians(calls, ROUNDS, SECONDS)
        ratios = ", ".join(f"{name} {mine / seconds:.2f}" for name, seconds in zip(others, theirs))
        yield f"n = {n:7}: {mine * 1e6:9.1f} us; {ratios}; relative difference to numpy {error:.1e}"
        n *= 2
    yield from not_measured(missing)


def _others() -> tuple[dict[str, Callable[[Any], Call]], list[str]]:
    """Returns the libraries, each a function of x that returns a call, and the names of missing ones."""
    found: dict[str, Callable[[Any], Call]] = {"numpy": lambda x: lambda: np.fft.fft(x)}
    missing = [name for name in ("scipy", "pyfftw") if not is_installed(name)]
    if "scipy" not in missing:
        import scipy.fft

        found["scipy"] = lambda x: lambda: scipy.fft.fft(x)
    if "pyfftw" not in missing:
        import pyfftw

        def planned(x: Any) -> Call:
            plan = pyfftw.builders.fft(x.copy(), planner_effort="FFTW_MEASURE", threads=1)
            return lambda: plan(x, np.empty_like(x))

        found["FFTW"] = planned
    return found, missing
