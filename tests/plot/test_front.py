"""Accuracy against cost, and what nothing is better than."""

from __future__ import annotations

import math

import pytest

from gpfft import GpfftError, plot
from gpfft.plot.front import best
from tests.plot.test_history import ROWS

POINTS = [
    (0.5, 10, "median"), (0.1, 30, "champion"), (0.0, 60, "champion"), (0.2, 40, "median"),
    (0.5, 12, "best in search"),
]  # fmt: skip


def test_what_is_dominated_is_not_on_the_front():
    assert best(POINTS) == [(0.0, 60), (0.1, 30), (0.5, 12)]  # a median is no program


def test_the_front_is_drawn_with_exact_at_the_left():
    figure, axes = plot.front(POINTS)
    figure.canvas.draw()
    (line,) = axes.lines
    assert list(line.get_ydata()) == [60, 30, 12, 12]
    ticks = {tick.get_text(): tick.get_position()[0] for tick in axes.get_xticklabels()}
    assert ticks["exact"] == line.get_xdata()[0] == min(ticks.values())


def test_the_points_of_a_history_are_medians_bests_and_champions():
    points = plot.points_of(ROWS)
    assert len(points) == 3 * len(ROWS)
    assert (0.5, 100, "champion") in points and (0.6, 110.0, "median") in points


@pytest.mark.parametrize("points", [[], [(math.inf, 3, "median")]])
def test_no_finite_points_are_nothing_to_draw(points):
    with pytest.raises(GpfftError, match="no points"):
        plot.front(points)
