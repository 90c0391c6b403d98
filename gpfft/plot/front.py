"""Accuracy against cost of what a search met, and what nothing it met is better than in both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gpfft.errors import GpfftError
from gpfft.plot.style import COLUMN, cost_axis, exact_axis, exact_floor, number, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float, str]  # error, flops, what it is
OF_FRONT, BY_HAND = "evolved", "published, made by hand"  # programs of a front, and beside it
LOOKS = {
    "median": (8, "median"), "best in search": (10, "best"), "champion": (20, "champion"),
    OF_FRONT: (12, "champion"), BY_HAND: (26, "best"),
}  # fmt: skip
APART = ("median", BY_HAND)  # not on the line
OF_ROWS = (
    ("median", "median_error", "median_flops"),
    ("best in search", "error", "flops"),
    ("champion", "champion_error", "champion_flops"),
)


def front(
    points: Sequence[Point], dark: bool = False, unit: str = ""
) -> tuple[Figure, Axes]:
    """Draws points (error, cost, what) by what they are, with a line through those nothing is better than.

    Medians, which are no programs, and what was published are not on that line. With the
    `unit` of the cost given its axis is linear and begins at 0.
    The axis of errors is logarithmic, an error of 0 at its left end as "exact". `points_of` has those of a
    run. Raises GpfftError when no point has a finite error.
    """
    import matplotlib.pyplot as plt

    its = sorted({(number(e), number(flops), what) for e, flops, what in points if math.isfinite(e)})
    if not its:
        raise GpfftError("there are no points to draw")
    with styled(dark) as colours:
        figure, axes = plt.subplots(figsize=(COLUMN, 2.6), layout="constrained")
        floor = exact_floor(error for error, _, _ in its)
        for kind in dict.fromkeys([*LOOKS, *(what for _, _, what in its)]):
            size, colour = LOOKS.get(kind, (14, "node"))
            places = [(error or floor, flops) for error, flops, what in its if what == kind]
            if places:
                x, y = zip(*places)
                axes.scatter(x, y, s=size, color=colours[colour], label=kind, linewidths=0,
                             zorder=2 + size / 10, clip_on=False)  # fmt: skip
        line = best(its)
        high = max(error or floor for error, _, _ in its)
        if line and high > floor:
            x, y = zip(*((error or floor, flops) for error, flops in line))
            axes.step([*x, high], [*y, y[-1]], where="post", color=colours["ink"], linewidth=0.9,
                      label="not dominated", zorder=2)  # fmt: skip
        exact_axis(axes, floor, axes.xaxis)
        if unit:
            axes.set_ylabel(unit)
            axes.set_ylim(bottom=0)
        else:
            cost_axis(axes)
        axes.set_xlabel("error")
        figure.legend(loc="outside lower center", ncols=2)
    return figure, axes


def best(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Returns (error, flops) of the points that no other is better than in both, the most exact first.

    Medians and what was published do not count.
    """
    kept: list[tuple[float, float]] = []
    for error, flops, what in sorted(points):
        if what not in APART and (not kept or flops < kept[-1][1]):
            kept.append((error, flops))
    return kept


def points_of(rows: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Returns the points of a run's history: of each generation the median, the best and the champion."""
    return [(row[error], row[flops], what) for row in rows for what, error, flops in OF_ROWS]
