"""gpfft.fft beside numpy, scipy, FFTW and the C of the same algorithm, one vector at a time."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gpfft.bench.timing import Call, is_installed, medians, not_measured
from gpfft.build import build
from gpfft.champions import algorithms
from gpfft.errors import GpfftError
from gpfft.library import fft
from gpfft.record import read_algorithm

SHORTEST, LONGEST, ROUNDS = 2**10, 2**20, 11
SECONDS = 0.005  # of repeated calls in a round


def measure(longest: int = LONGEST) -> Iterator[str]:
    """Yields how long gpfft.fft takes, by length, as ratios to the times of the libraries installed."""
    yield f"one core, medians of {ROUNDS} rounds; gpfft.fft's time by theirs: below 1 it is faster"
    others, missing = _others()
    with tempfile.TemporaryDirectory() as folder:
        try:
            others["the exported C"] = _exported(Path(folder) / "exported")
        except GpfftError as error:
            yield f"not measured: the exported C ({error})"
        yield from _lengths(longest, others)
    yield from not_measured(missing)


def _lengths(longest: int, others: dict[str, Callable[[Any], Call]]) -> Iterator[str]:
    """Yields the line of each length."""
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


def _exported(folder: Path) -> Callable[[Any], Call]:
    """Returns the function of the package that `gpfft build` makes of the algorithm."""
    algorithm = read_algorithm(algorithms()[0])
    build(algorithm, folder)
    spec = importlib.util.spec_from_file_location(folder.name, folder / "__init__.py")
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, algorithm.name)
    return lambda x: lambda: function(x)


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
