"""How operations grow with the size, beside the known algorithms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gpfft.errors import GpfftError
from gpfft.plot.style import COLUMN, styled
from gpfft.scaling import KNOWN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DASHES = (":", "--", "-", "-.")  # of the known algorithms


def scaling(rows: Sequence[dict[str, Any]], dark: bool = False) -> tuple[Figure, Axes]:
    """Draws flops / (n lg n) against n: what was evolved as points, the known algorithms as lines.

    `rows` is what `gpfft.scaling.table` returns. The definition soon leaves the frame. Raises GpfftError
    when there are no rows.
    """
    import matplotlib.pyplot as plt

    if not rows:
        raise GpfftError("there are no sizes to draw")
    with styled(dark) as colours:
        figure, axes = plt.subplots(figsize=(COLUMN, 2.6), layout="constrained")
        sizes = [row["n"] for row in rows]
        tops = []
        for (column, known), dashes, colour in zip(KNOWN.items(), DASHES, colours["known"]):
            if rows[0][column] is not None:
                counts = _by_n_lg_n(rows, column)
                axes.plot(sizes, counts, color=colour, linestyle=dashes, label=known.label)
                tops += [max(counts)] if column != "definition" else []
        evolved = _by_n_lg_n(rows, "evolved")
        axes.scatter(sizes, evolved, s=16, color=colours["champion"], zorder=3, label="evolved",
                     edgecolors=colours["paper"], linewidths=0.5)  # fmt: skip
        axes.set_xscale("log", base=round(sizes[0]))
        axes.set_ylim(0, 1.12 * max(tops + evolved))
        axes.set(xlabel="n", ylabel=r"flops / ($n\,\lg n$)")
        axes.legend(loc="lower right")
    return figure, axes


def _by_n_lg_n(rows: Sequence[dict[str, Any]], column: str) -> list[float]:
    return [row[column] / (row["n"] * math.log2(row["n"])) for row in rows]
