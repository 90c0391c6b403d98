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
LARGEST, SMALLEST = 1e100, 1e-100  # that are drawn: margins, and powers of them, are floats too
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


def number(value: float) -> float:
    """Returns a count or an error as a float that can be drawn, of whatever size it is."""
    if 0 < value < SMALLEST:
        return SMALLEST
    return float(min(value, LARGEST)) if value != math.inf else math.inf


def count(value: float) -> str:
    """Returns a count as text: all its digits while they are few."""
    return str(value) if abs(value) < 10**12 else f"{number(value):.3g}"


def cost_axis(axes: Axes, axis: Any = None, most: int = 8) -> None:
    """Makes an axis of costs, y by default, logarithmic where they are far apart.

    It is linear below 10 where there is a 0. There are ticks at whole numbers only, `most` or fewer.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    axis = axis or axes.yaxis
    name = axis.axis_name
    low, high = getattr(axes.dataLim, f"interval{name}")
    axis.set_label_text("flops")
    if high - low < 2 and high < 10**9:
        getattr(axes, f"set_{name}lim")(low - 1, high + 1)
    if not math.isfinite(high) or high <= max(LOGARITHMIC * max(low, 1), 10):
        axis.set_major_locator(MaxNLocator(most, integer=True))
        return
    top = 1.3 * high
    least = low / 1.15 if low >= 1 else 10.0
    steps = (1, 2, 5) if low >= 1 and high < 100 * low else (1,)
    decades = range(math.floor(math.log10(least)), math.floor(math.log10(top)) + 1)
    ticks = [step * 10.0**k for k in decades for step in steps if least <= step * 10.0**k <= top]
    ticks = ticks[:: max(1, math.ceil(len(ticks) / most))]
    if low < 1:
        getattr(axes, f"set_{name}scale")("symlog", linthresh=10)
        getattr(axes, f"set_{name}lim")(-1, top)
        ticks = [0.0, *ticks]
    else:
        getattr(axes, f"set_{name}scale")("log")
        getattr(axes, f"set_{name}lim")(least, top)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(_power))


def _power(value: float, _: object) -> str:
    """Returns a cost as a tick says it: large powers of ten as such."""
    exponent = math.log10(value) if 0 < value < math.inf else 0.0
    whole = round(exponent)
    return f"$10^{{{whole}}}$" if whole >= 5 and abs(exponent - whole) < 1e-9 else f"{value:g}"


def exact_floor(errors: Iterable[float]) -> float:
    """Returns where an error of 0 is drawn on a logarithmic axis: a decade below the least of the others."""
    others = [error for error in errors if 0 < error < math.inf]
    return max(SMALLEST, 10.0 ** (math.floor(math.log10(min(others))) - 1)) if others else 0.1


def exact_axis(axes: Axes, floor: float, axis: Any) -> None:
    """Makes an axis of errors logarithmic, its low end named exact; where all are, that is all there is."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    name = axis.axis_name
    getattr(axes, f"set_{name}scale")("log")
    high = max(getattr(axes, f"get_{name}lim")()[1], 10 * floor)
    getattr(axes, f"set_{name}lim")(floor / 1.6, high)
    if getattr(axes.dataLim, f"interval{name}")[1] <= floor:
        high = 3 * floor
        getattr(axes, f"set_{name}lim")(floor / 3, high)
    decades = range(round(math.log10(floor)) + 1, math.floor(math.log10(high)) + 1)
    kept = list(decades)[:: max(1, math.ceil(len(decades) / 4))]
    axis.set_major_locator(FixedLocator([floor, *(10.0**k for k in kept)]))
    axis.set_major_formatter(FixedFormatter(["exact", *(f"$10^{{{k}}}$" for k in kept)]))
    axis.set_minor_locator(NullLocator())
