"""The pictures of a run, as methods: `run.plot.history()`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpfft import plot
from gpfft.algorithm import Algorithm
from gpfft.champion import Champion
from gpfft.codelet import Codelet
from gpfft.config import LIMITS
from gpfft.errors import GpfftError
from gpfft.front import rounded_error
from gpfft.plot.front import BY_HAND, OF_FRONT

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


PICTURES = ("flow", "history", "ancestry", "front", "scaling", "animation")  # of a run


@dataclass(frozen=True)
class RunPlots:
    """The pictures of one run, each (figure, axes) but for the animation; see `gpfft.plot`."""

    run: Any  # a `gpfft.Run`, which is above

    def flow(self, dark: bool = False) -> tuple[Figure, Axes]:
        """Draws the champion's signal-flow graph. Raises GpfftError for an algorithm, or too many points."""
        return plot.flow(one_size(self.run.champion).program, dark)

    def history(self, dark: bool = False) -> tuple[Figure, Sequence[Axes]]:
        """Draws cost and accuracy by generation, and the published count. Raises GpfftError without rows."""
        return plot.history(self.run.history, record_of(self.run), dark)

    def ancestry(self, dark: bool = False) -> tuple[Figure, Axes]:
        """Draws how the champion came about. Raises GpfftError when the run did not note it."""
        return plot.ancestry(self.run.ancestry, dark)

    def front(self, dark: bool = False) -> tuple[Figure, Axes]:
        """Draws accuracy against cost of all generations, or the front of a run for one.

        For real input without multiplications a published point stands beside it, where there is one. Raises
        GpfftError when there is nothing finite.
        """
        front = self.run.front
        if front is None:
            return plot.front(plot.points_of(self.run.history), dark)
        points = [(error, sum(costs), OF_FRONT) for error, *costs in front.worths]
        if by_hand := front.by_hand:
            points.append((rounded_error(by_hand.size), by_hand.flops, BY_HAND))
        return plot.front(points, dark, "operations" if front.cost != "flops" else "flops")

    def scaling(self, dark: bool = False) -> tuple[Figure, Axes]:
        """Draws an algorithm's flops against n. Raises GpfftError for a program of one size."""
        champion = self.run.champion
        if not isinstance(champion, Algorithm):
            raise GpfftError("a program of one size has no scaling: that is of algorithms, --any-size")
        return plot.scaling(champion.scaling, dark)

    def animation(self, dark: bool = False) -> FuncAnimation:
        """Animates the run's champions that are no algorithms. Raises GpfftError when all are."""
        its = [(row, one) for row, one in self.run.archive() if isinstance(one, Codelet)]
        if not its:
            one_size(self.run.champion)
        record = record_of(self.run)
        captions = [_caption(row, codelet, record) for row, codelet in its]
        return plot.animation([codelet.program for _, codelet in its], captions, dark)


def one_size(champion: Champion) -> Codelet:
    """Returns the champion. Raises GpfftError when it is an algorithm."""
    if not isinstance(champion, Codelet):
        raise GpfftError("an algorithm has a flow graph at one size only: gpfft unroll it first")
    return champion


def check_seeds(runs: Sequence[Any]) -> None:
    """Raises GpfftError when runs that were loaded differ by more than their seeds and limits."""
    first, *others = runs
    met = {first.folder.resolve()}
    for run in others:
        if run.folder.resolve() in met:
            raise GpfftError(f"{run.folder} is named twice: a history is of runs that differ by their seeds")
        met.add(run.folder.resolve())
        a, b = _settings(first.config), _settings(run.config)
        differing = [name for name in a if a[name] != b[name]]
        if differing:
            raise GpfftError(
                f"{first.folder} and {run.folder} differ by more than their seeds: by {differing[0]}"
            )


def _settings(config: Any) -> dict[str, Any]:
    """Returns what runs that differ by their seeds have in common; of files what is in them."""
    its = {name: value for name, value in asdict(config).items() if name not in ("seed", *LIMITS)}
    for name in ("start", "matrix"):
        its[name] = Path(its[name]).read_bytes() if its[name] else b""
    return its


def record_of(run: Any) -> int | None:
    """Returns the published count that a run is measured by, None where there is none."""
    champion = run.champion
    counted = isinstance(champion, Codelet) and run.config.cost == "flops"
    record = champion.record if counted else None
    return record.flops if record else None


def _caption(row: dict[str, Any], champion: Codelet, record: int | None) -> str:
    """Returns what is written below a champion."""
    best = f", best published {record}" if record is not None else ""
    off = f", error {champion.error:.2g}" if champion.error else ""
    return f"{row['stage']} generation {row['generation']}: {champion.cost.flops} flops{off}{best}"
