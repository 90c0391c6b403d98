"""How a champion came about: the gains on its line of descent, from its first ancestor on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gpfft.errors import GpfftError
from gpfft.plot.style import COLUMN, LOGARITHMIC, SMALL, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Step = Mapping[str, Any]
MOST = 24  # steps that are drawn
ROW, LETTER = 0.19, 0.056  # inches: the height of a step, and the width of a letter beside it, at most
STAGES, STAIRS = 0.95, 1.0  # inches: the widths of what is left of the stairs, and of these at least


def ancestry(steps: Sequence[Step], dark: bool = False) -> tuple[Figure, Axes]:
    """Draws a champion's line of descent as a staircase: a row a step, what it cost along x.

    `steps` have "stage", "generation", "move", "error" and "flops"; the first is the random ancestor, or a
    start, and each other one a gain. Steps that are not exact yet are hollow, with their error. Of more than
    24 the first, the last and the largest gains are drawn, and it is said how many are not. Raises GpfftError
    when there are no steps.
    """
    import matplotlib.pyplot as plt

    if not steps:
        raise GpfftError("the ancestry is empty: there is nothing to draw")
    kept = shown(steps)
    texts = [move(steps, i) for i in kept]
    words = 0.25 + LETTER * max(map(len, texts))
    size = max(COLUMN, STAGES + STAIRS + words), 0.75 + ROW * len(kept)
    with styled(dark) as colours:
        widths = [size[0] - STAGES - words, words]
        figure, (axes, beside) = plt.subplots(
            1, 2, sharey=True, figsize=size, width_ratios=widths, layout="constrained"
        )
        x, y = [steps[i]["flops"] for i in kept], list(range(len(kept)))
        axes.step(x, y, where="post", color=colours["champion"], linewidth=1.2, zorder=2)
        faces = [colours["paper"] if steps[i]["error"] else colours["champion"] for i in kept]
        axes.scatter(x, y, s=16, c=faces, edgecolors=colours["champion"], linewidths=1.0, zorder=3)
        beside.set_axis_off()
        for place, text in enumerate(texts):
            beside.text(0, place, text, va="center", fontsize=SMALL)
        axes.set_ylim(len(kept) - 0.4, -0.6)
        axes.set_yticks(y, [f"{steps[i]['stage']} {steps[i]['generation']}" for i in kept])
        axes.tick_params(axis="y", length=0, labelcolor=colours["quiet"])
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.1)
        if max(x) > LOGARITHMIC * max(min(x), 1):
            axes.set_xscale("symlog", linthresh=10)
            axes.set_xticks([0, 100, 10_000] if min(x) < 10 else [10, 100, 1000, 10_000])
            axes.set_xlim(min(x) / 1.2 - 2, 1.5 * max(x))
        else:
            axes.locator_params(axis="x", nbins=3)
            low, high = axes.get_xlim()
            axes.set_xticks([tick for tick in axes.get_xticks() if low <= tick <= high])
        axes.set_xlabel(_below(steps, kept), loc="left")
    return figure, axes


def shown(steps: Sequence[Step], most: int = MOST) -> list[int]:
    """Returns which steps are drawn: the first, the last, and of the others the largest gains."""
    inner = sorted(range(1, len(steps) - 1), key=lambda i: _gain(steps, i), reverse=True)
    return sorted({0, len(steps) - 1, *inner[: most - 2]})


def move(steps: Sequence[Step], i: int) -> str:
    """Returns what is written beside a step: the move, and what it gained; or the count, at another size."""
    name, error = str(steps[i]["move"]), steps[i]["error"]
    if name.startswith("unrolled"):
        return f"{name}  {steps[i]['flops']} flops"
    if error:
        return f"{name}  error {error:.2g}"
    if i == 0:
        return name
    if steps[i - 1]["error"]:
        return f"{name}  exact"
    change = steps[i]["flops"] - steps[i - 1]["flops"]
    return f"{name}  {change:+d}".replace("-", "\u2212") if change else name


def _gain(steps: Sequence[Step], i: int) -> tuple[float, float]:
    """Returns what a step gained in accuracy, and then in flops: more is better."""
    before, after = steps[i - 1], steps[i]
    return before["error"] - after["error"], before["flops"] - after["flops"]


def _below(steps: Sequence[Step], kept: Sequence[int]) -> str:
    """Returns the name of the axis, and how many steps are not drawn."""
    left_out = [i for i in range(len(steps)) if i not in set(kept)]
    if not left_out:
        return "flops"
    gain = sum(steps[i - 1]["flops"] - steps[i]["flops"] for i in left_out)
    return f"flops\n{len(left_out)} smaller gains, {gain} flops in all, are folded in"
