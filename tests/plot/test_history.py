"""Cost and accuracy by generation, of one run or of several."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gpfft import GpfftError, plot
from gpfft.plot.history import found, running


def row(stage: str, generation: int, error: float, flops: int) -> dict[str, object]:
    """Returns a row of a history."""
    return {
        "stage": stage, "generation": generation, "error": error, "flops": flops,
        "median_error": error + 0.1, "median_flops": flops + 10.0,
        "champion_error": error, "champion_flops": flops,
    }  # fmt: skip


ROWS = [
    row("pool", 0, 0.5, 100), row("pool", 1, 0.5, 90), row("pool", 5, 0.0, 120),
    row("rescaled", 0, 0.0, 120), row("rescaled", 1, 0.0, 56),
]  # fmt: skip


def test_history_draws_the_champion_the_search_and_the_record():
    figure, axes = plot.history(ROWS, 56)
    assert isinstance(figure, Figure) and all(isinstance(its, Axes) for its in axes)
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes[0].lines}
    assert set(drawn["published: 56"]) == {56}
    assert drawn["champion"] == [100, 90, 120, 120, 56]
    assert drawn["median"] == [110, 100, 130, 130, 66]
    figure.canvas.draw()


def test_history_without_a_record_draws_no_line_for_it():
    _, axes = plot.history(ROWS)
    assert not any("published" in str(line.get_label()) for line in axes[0].lines)


def test_generations_are_counted_through_all_stages():
    assert running(ROWS) == [0, 1, 5, 6, 7]


def test_each_new_champion_has_a_mark():
    assert found(ROWS) == [0, 1, 2, 4]
    _, axes = plot.history(ROWS)
    (marks,) = axes[0].collections
    assert marks.get_offsets().tolist() == [[0, 100], [1, 90], [5, 120], [7, 56]]


def test_an_error_of_0_is_drawn_as_exact_at_the_bottom():
    figure, axes = plot.history(ROWS)
    figure.canvas.draw()
    ticks = {tick.get_text(): tick.get_position()[1] for tick in axes[1].get_yticklabels()}
    assert ticks["exact"] == min(ticks.values())
    champion = max(axes[1].lines, key=lambda line: (len(line.get_xdata()), line.get_linewidth()))
    assert champion.get_ydata()[-1] == ticks["exact"]


def test_several_histories_are_a_median_in_a_band():
    costs = (90, 60), (80, 70, 50), (60, 56)
    others = [[row("pool", g, 0.0, flops) for g, flops in enumerate(its)] for its in costs]
    _, axes = plot.history(others)
    (line,) = (line for line in axes[0].lines if line.get_label() == "median champion")
    assert list(line.get_ydata()) == [80, 60, 56]
    (band,) = axes[0].collections
    assert (band.get_datalim(axes[0].transData).y0, band.get_datalim(axes[0].transData).y1) == (50, 90)
    assert band.get_label() == "3 runs"


@pytest.mark.parametrize("rows", [[], [[]], [ROWS, []]])
def test_a_history_of_no_generations_is_nothing_to_draw(rows):
    with pytest.raises(GpfftError, match="nothing to draw"):
        plot.history(rows, 4)
    assert not plt.get_fignums()


@pytest.mark.parametrize("rows", [ROWS, ROWS[3:], [ROWS, ROWS[:4]]])
def test_the_legend_of_a_record_of_many_digits_is_inside_of_the_picture(rows):
    figure, _ = plot.history(rows, 15048)
    figure.canvas.draw()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 and figure.bbox.y0 <= box.y0
    for text in legend.get_texts():
        assert text.get_window_extent().x1 <= figure.bbox.x1, text.get_text()


def test_where_all_is_exact_the_errors_take_little_room():
    figure, axes = plot.history([{**its, "error": 0.0, "median_error": 0.0} for its in ROWS[3:]])
    figure.canvas.draw()
    assert [tick.get_text() for tick in axes[1].get_yticklabels()] == ["exact"]
    assert axes[0].get_window_extent().height > 4 * axes[1].get_window_extent().height


def test_numbers_of_any_size_and_names_of_any_letters_are_drawn():
    rows = [row("$\\frac$", 0, 1e300, 10**60), row("_$^$_", 1, math.inf, 10**300), row("x", 2, 1e-320, 0)]
    for its in (rows, rows[:1]):
        figure, _ = plot.history(its, 10**60)
        figure.canvas.draw()
        figure, _ = plot.front(plot.points_of(its))
        figure.canvas.draw()


def test_counts_have_ticks_at_whole_numbers():
    figure, axes = plot.history([row("pool", g, 0.0, 17 - g) for g in range(2)])
    figure.canvas.draw()
    assert all(float(tick).is_integer() for tick in axes[0].get_yticks())
