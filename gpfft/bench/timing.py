"""What benchmarks have in common: medians of rounds in which all take their turns, optional libraries."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

Call = Callable[[], Any]


def medians(calls: Sequence[Call], rounds: int, seconds: float = 0.0) -> list[float]:
    """Returns the median seconds of each call.

    Args:
        rounds: how many there are, after a first call that is not timed.
        seconds: how long a call is repeated in a round; once where it takes longer.
    """
    taken: list[list[float]] = [[] for _ in calls]
    repeats = []
    for call in calls:
        call()
        repeats.append(1 + int(seconds / _seconds(call, 1)) if seconds else 1)
    for _ in range(rounds):
        for call, repeat, row in zip(calls, repeats, taken):
            row.append(_seconds(call, repeat) / repeat)
    return [statistics.median(row) for row in taken]


def _seconds(call: Call, repeat: int) -> float:
    begin = time.perf_counter()
    for _ in range(repeat):
        call()
    return time.perf_counter() - begin


def is_installed(library: str) -> bool:
    """Tells whether a library of the extra `bench` is there."""
    return importlib.util.find_spec(library) is not None


def not_measured(missing: Sequence[str]) -> list[str]:
    """Returns the line that names what is missing, if anything is."""
    return [f"not measured: {' and '.join(missing)} (pip install 'gpfft[bench]')"] if missing else []
