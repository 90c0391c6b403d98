"""What it costs to leave a run alone: islands on cores, checkpoints, memory."""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from gpfft.bench.timing import is_installed, not_measured
from gpfft.config import Config
from gpfft.errors import GpfftError
from gpfft.outcome import Listener, Run
from gpfft.progress import EVERY, Table
from gpfft.run import evolve
from gpfft.search.descent import Record

ROUNDS = 3
TOGETHER = 0.005  # seconds between generations that a worker sent back at once
SPAN = 20.0  # seconds of a run without a budget
SOAK = 30 * 60.0  # likewise, of the soak


class _Rate(Listener):
    """Counts evaluations and seconds of the last stage, from its third generation on: all is compiled."""

    def __init__(self) -> None:
        self.first: tuple[float, int] | None = None
        self.rate = 0.0

    def stage(self, run: Run, name: str) -> None:
        self.first = None

    def generation(self, run: Run, row: Record) -> None:
        now = time.perf_counter(), row["evaluations"]
        if row["generation"] == 3 or (self.first is not None and now[0] - self.first[0] < TOGETHER):
            self.first = now
        elif self.first is not None:
            self.rate = (now[1] - self.first[1]) / (now[0] - self.first[0])


def islands(config: Config) -> Iterator[str]:
    """Yields how many evaluations a second two islands make in two processes, by those of one in one thread.

    Both are measured in turn, in several rounds; the median counts.
    """
    config = replace(config, budget=config.budget or SPAN)
    ratios = []
    for number in range(ROUNDS):
        rates = []
        for count in (1, 2):
            ear = _Rate()
            trial = replace(config, islands=count, seed=number)
            evolve(config=trial, workers=count, threads=1, listeners=(ear,))
            rates.append(ear.rate)
        if not all(rates):
            raise GpfftError("that is too short to measure: give more time with --budget")
        ratios.append(rates[1] / rates[0])
        yield f"  seed {number}: one island {rates[0]:.4g} evaluations a second, two {rates[1]:.4g}"
    label = f"N = {config.size}, {config.budget:g} s"
    times = f"{statistics.median(ratios):.2f} times"
    yield f"{label}: two islands on two cores make {times} the evaluations of one"


class _Drawn(Table):
    """Draws itself as often as on a terminal, in this thread, and notes the time that it takes."""

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO(), force_terminal=True, width=100))
        self._live.auto_refresh = False
        self.drawing, self.pictures = 0.0, 0

    def show(self) -> None:
        begin = time.thread_time()
        super().show()
        self._live.refresh()
        self.drawing += time.thread_time() - begin
        self.pictures += 1


def progress(config: Config) -> Iterator[str]:
    """Yields what the live table takes of a run's time."""
    ear = _Drawn()
    run = evolve(config=replace(config, budget=config.budget or SPAN), listeners=(ear,))
    each = 1e3 * ear.drawing / max(1, ear.pictures)
    share = 100 * each / 1e3 / EVERY
    label = f"N = {config.size}, {run.seconds:.0f} s"
    yield f"{label}: a picture takes {each:.2f} ms, and one each {EVERY:g} s is {share:.2f} % of the time"


class _Memory(Listener):
    """Notes how much memory this process and its workers have, ten times a run."""

    def __init__(self, budget: float) -> None:
        self.step, self.notes = budget / 10, list[str]()
        self.last = time.perf_counter()

    def generation(self, run: Run, row: Record) -> None:
        import psutil

        now = time.perf_counter()
        if now - self.last < self.step:
            return
        self.last = now
        mine = psutil.Process()
        size = sum(each.memory_info().rss for each in (mine, *mine.children(recursive=True)))
        place = f"generation {row['generation']}, {len(run.history)} rows of history"
        self.notes.append(f"  {run.elapsed:6.0f} s: {size / 2**20:.0f} MB, {place}")


def soak(config: Config) -> Iterator[str]:
    """Yields the memory of a long run as it goes on, and what checkpoints took of its time."""
    if not is_installed("psutil"):
        yield from not_measured(["psutil"])
        return
    config = replace(config, budget=config.budget or SOAK)
    ear = _Memory(config.budget)
    with tempfile.TemporaryDirectory() as place:
        run = evolve(config=config, out=Path(place) / "run", listeners=(ear,))
    yield from ear.notes
    share = 100 * run.spent["checkpoints"] / run.seconds
    yield f"N = {config.size}, {run.seconds:.0f} s: checkpoints took {share:.2f} % of the time"
