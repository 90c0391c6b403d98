"""One look for all pictures: colours for those who see few of them, sizes for a paper's column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMN, PAGE = 3.4, 7.0  # widths in inches: one column of a paper, or both
FONT, SMALL = 8.0, 7.0  # points
LOGARITHMIC = 4  # times the least cost: from here on an axis of costs is logarithmic

# After Okabe & Ito 2008, "Color Universal Design": told apart with any kind of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, VERMILION, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"

LIGHT = {
    "paper": "#ffffff", "ink": "#1b1f24", "quiet": "#6b7480", "faint": "#d9dde2",
    "node": BLUE, "paid": VERMILION, "turn": GREEN,
    "best": BLUE, "champion": VERMILION, "median": "#6b7480", "known": (PURPLE, BLACK, BLUE, GREEN),
}  # fmt: skip
DARK = {
    "paper": "#14171c", "ink": "#e8eaed", "quiet": "#9aa4b1", "faint": "#363c45",
    "node": SKY, "paid": ORANGE, "turn": "#2fc79a",
    "best": SKY, "champion": ORANGE, "median": "#9aa4b1", "known": (PURPLE, "#e8eaed", SKY, GREEN),
}  # fmt: skip


def colours(dark: bool) -> dict[str, Any]:
    """Returns the colours by what they stand for."""
    return DARK if dark else LIGHT


def settings(dark: bool) -> Any:
    """Returns matplotlib's settings for a picture, to be used in an `rc_context`."""
    its = colours(dark)
    return {
        "font.size": FONT, "axes.labelsize": FONT, "axes.titlesize": FONT,
        "xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "legend.fontsize": SMALL,
        "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "mathtext.fontset": "dejavusans",
        "figure.facecolor": its["paper"], "savefig.facecolor": its["paper"], "axes.facecolor": its["paper"],
        "text.color": its["ink"], "axes.labelcolor": its["ink"], "axes.edgecolor": its["quiet"],
        "xtick.color": its["quiet"], "ytick.color": its["quiet"],
        "xtick.labelcolor": its["ink"], "ytick.labelcolor": its["ink"],
        "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
        "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4,
        "ytick.minor.width": 0.4, "grid.color": its["faint"], "grid.linewidth": 0.5,
        "lines.linewidth": 1.2, "legend.frameon": False, "legend.labelcolor": its["ink"],
        "legend.handlelength": 2.2, "svg.fonttype": "none", "svg.hashsalt": "gpfft", "pdf.fonttype": 42,
    }  # fmt: skip


@contextmanager
def styled(dark: bool = False) -> Iterator[dict[str, Any]]:
    """Sets matplotlib's settings while a picture is drawn, and yields the colours."""
    import matplotlib

    with matplotlib.rc_context(settings(dark)):
        yield colours(dark)


def cost_axis(axes: Axes) -> None:
    """Makes the axis of costs logarithmic where they are far apart, linear below 10 where there is a 0."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

    low, high = axes.dataLim.intervaly
    axes.set_ylabel("flops")
    if high <= LOGARITHMIC * max(low, 1):
        return
    top = 1.3 * high
    decades = range(1, math.floor(math.log10(top)) + 1)
    if low < 1:
        axes.set_yscale("symlog", linthresh=10)
        axes.set_ylim(-1, top)
        axes.yaxis.set_major_locator(FixedLocator([0, *(10**k for k in decades)]))
    else:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.15, top)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_power))


def _power(value: float, _: object) -> str:
    """Returns a cost as a tick says it: large powers of ten as such."""
    exponent = math.log10(value) if value > 0 else 0.0
    return f"$10^{{{exponent:.0f}}}$" if exponent >= 5 and exponent == int(exponent) else f"{value:g}"


def exact_floor(errors: Iterable[float]) -> float:
    """Returns where an error of 0 is drawn on a logarithmic axis: a decade below the least of the others."""
    others = [error for error in errors if 0 < error < math.inf]
    return float(10.0 ** (math.floor(math.log10(min(others))) - 1)) if others else 0.1


def exact_axis(axes: Axes, floor: float, axis: Any) -> None:
    """Makes an axis of errors logarithmic, its low end named exact."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    name = axis.axis_name
    getattr(axes, f"set_{name}scale")("log")
    high = max(getattr(axes, f"get_{name}lim")()[1], 10 * floor)
    getattr(axes, f"set_{name}lim")(floor / 1.6, high)
    decades = range(round(math.log10(floor)) + 1, math.floor(math.log10(high)) + 1)
    kept = list(decades)[:: max(1, math.ceil(len(decades) / 4))]
    axis.set_major_locator(FixedLocator([floor, *(10.0**k for k in kept)]))
    axis.set_major_formatter(FixedFormatter(["exact", *(f"$10^{{{k}}}$" for k in kept)]))
    axis.set_minor_locator(NullLocator())
