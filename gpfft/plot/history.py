"""Cost and accuracy by generation, of one run or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from gpfft.errors import GpfftError
from gpfft.plot.style import COLUMN, SMALL, cost_axis, exact_axis, exact_floor, number, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Both = tuple[Axes, Axes]  # of cost, and of accuracy

Rows = Sequence[Mapping[str, Any]]
CHAMPION = ("champion_flops", "champion_error")
ERRORS = ("champion_error", "median_error")
EXACT = 0.3  # the height of the errors, where that of the costs is 2.4, when all are 0


def history(
    rows: Rows | Sequence[Rows], record: int | None = None, dark: bool = False
) -> tuple[Figure, Sequence[Axes]]:
    """Draws cost and accuracy by generation, one above the other; stages follow each other.

    `rows` is a run's history: the champion, with a mark where each new one was found, the best and the
    median of the search are drawn. Or it is a sequence of histories, of runs that differ by their seeds: then
    it is the median of their champions, in a band from the best to the worst. `record`, the published count,
    is a line. Returns the figure and its two axes. Raises GpfftError when there are no rows.
    """
    import matplotlib.pyplot as plt

    one = bool(rows) and isinstance(rows[0], Mapping)
    histories = [cast(Rows, rows)] if one else list(cast(Sequence[Rows], rows))
    if not histories or not all(histories):
        raise GpfftError("the history is empty: there is nothing to draw")
    with styled(dark) as colours:
        exact = not any(row[key] for its in histories for row in its for key in ERRORS)
        ratios = (2.4, EXACT if exact else 1.0)
        figure, (cost, accuracy) = plt.subplots(
            2, 1, sharex=True, figsize=(COLUMN, 3.5), layout="constrained", height_ratios=ratios
        )
        floor = exact_floor(row[key] for its in histories for row in its for key in ERRORS)
        draw = _one if len(histories) == 1 else _several
        draw((cost, accuracy), histories, floor, colours)
        if record is not None:
            line = {"color": colours["known"][0], "linestyle": ":", "zorder": 1}
            cost.axhline(record, label=f"published: {record}", **line)
        _stages((cost, accuracy), max(histories, key=len), colours)
        _finish(figure, cost, accuracy, floor)
    return figure, (cost, accuracy)


def running(rows: Rows) -> list[int]:
    """Returns the generation of each row counted through all stages, from 0."""
    places: list[int] = []
    begin = 0
    for i, row in enumerate(rows):
        if i and row["stage"] != rows[i - 1]["stage"]:
            begin = places[-1] + 1 - int(row["generation"])
        places.append(begin + int(row["generation"]))
    return places


def found(rows: Rows) -> list[int]:
    """Returns which rows brought a new champion: less error, or as little at less cost."""
    worth = [(row["champion_error"], row["champion_flops"]) for row in rows]
    return [i for i in range(len(rows)) if i == 0 or worth[i] < worth[i - 1]]


def _one(both: Both, histories: Sequence[Rows], floor: float, colours: dict[str, Any]) -> None:
    """Draws the search and the champion of one run."""
    (cost, accuracy), (rows,) = both, histories
    zero = {cost: 0.0, accuracy: floor}  # where a 0 is drawn
    x, new = running(rows), found(rows)
    curves = [
        (cost, "median_flops", "median", 1.0, "median"),
        (cost, "flops", "best", 1.0, "best in search"),
        (cost, "champion_flops", "champion", 1.6, "champion"),
        (accuracy, "median_error", "median", 1.0, ""),
        (accuracy, "champion_error", "champion", 1.6, ""),
    ]
    for axes, column, colour, width, label in curves:
        y = [number(row[column]) or zero[axes] for row in rows]
        axes.step(x, y, where="post", color=colours[colour], linewidth=width, label=label or None)
    for axes, column in zip(both, CHAMPION):
        axes.scatter(
            [x[i] for i in new], [number(rows[i][column]) or zero[axes] for i in new], s=14, zorder=5,
            clip_on=False, color=colours["champion"], edgecolors=colours["paper"], linewidths=0.5,
            label="new champion" if axes is cost else None,
        )  # fmt: skip


def _several(both: Both, histories: Sequence[Rows], floor: float, colours: dict[str, Any]) -> None:
    """Draws the champions of several runs: their median, and a band from best to worst."""
    zero = dict(zip(both, (0.0, floor)))
    places = sorted({place for rows in histories for place in running(rows)})
    for axes, column in zip(both, CHAMPION):
        values = [[number(row[column]) for row in rows] for rows in histories]
        curves = [_carried(running(rows), its, places) for rows, its in zip(histories, values)]
        at = list(zip(*curves))
        low, high, middle = ([f(its) or zero[axes] for its in at] for f in (min, max, median))
        band = {"color": colours["champion"], "alpha": 0.25, "linewidth": 0}
        axes.fill_between(places, low, high, step="post", label=f"{len(histories)} runs", **band)
        line = {"color": colours["champion"], "linewidth": 1.6}
        axes.step(places, middle, where="post", label="median champion", **line)


def _carried(x: Sequence[int], y: Sequence[float], places: Sequence[int]) -> list[float]:
    """Returns the last known value at each place; the first one before that."""
    values, i = [], 0
    for place in places:
        while i + 1 < len(x) and x[i + 1] <= place:
            i += 1
        values.append(y[i])
    return values


def _stages(both: Both, rows: Rows, colours: dict[str, Any]) -> None:
    """Marks where each stage begins, with its name above; names that would overlap are left out."""
    x, (cost, _) = running(rows), both
    wide = max(x[-1], 1)
    after = 1.2 * wide
    for i in reversed(range(len(rows))):
        name = rows[i]["stage"]
        if i and name == rows[i - 1]["stage"]:
            continue
        begin = x[i] - 0.5 if i else 0
        if i:
            for axes in both:
                axes.axvline(begin, color=colours["faint"], linewidth=0.8, zorder=0)
        if after - begin > 0.026 * wide * len(name):
            after = begin
            look = {"fontsize": SMALL, "color": colours["quiet"], "parse_math": False}
            cost.annotate(name, (begin, 1), (1, 2), xycoords=("data", "axes fraction"),
                          textcoords="offset points", **look)  # fmt: skip


def _finish(figure: Figure, cost: Axes, accuracy: Axes, floor: float) -> None:
    """Labels the axes."""
    from matplotlib.ticker import MaxNLocator

    cost_axis(cost)
    handles, words = cost.get_legend_handles_labels()
    figure.legend(handles, words, loc="outside lower center", ncols=3, handlelength=1.6, columnspacing=1.0,
                  borderaxespad=0.2)  # fmt: skip
    exact_axis(accuracy, floor, accuracy.yaxis)
    accuracy.set(xlabel="generation", ylabel="error")
    accuracy.xaxis.set_major_locator(MaxNLocator(6, integer=True))
