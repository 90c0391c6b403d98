"""How a champion came about: the gains on its line of descent, from its first ancestor on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gpfft.errors import GpfftError
from gpfft.plot.style import COLUMN, SMALL, cost_axis, count, number, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Step = Mapping[str, Any]
MOST = 24  # steps that are drawn
LONGEST, MINUS = 110, "\u2212"  # letters of a move
ROW, LETTER = 0.19, 0.056  # inches: the height of a step, and the width of a letter beside it, at most
STAGES, STAIRS = 0.95, 1.0  # inches: the widths of what is left of the stairs, and of these at least


def ancestry(steps: Sequence[Step], dark: bool = False) -> tuple[Figure, Axes]:
    """Draws a champion's line of descent as a staircase: a row a step, what it cost along x.

    `steps` have "stage", "generation", "move", "error" and "flops"; the first is the random ancestor, or a
    start, and each other one a gain. Steps that are not exact yet are hollow, with their error. Of more than
    24 the first, the last, those to another size or stage and the largest gains are drawn, and it is said how
    many are not. Raises GpfftError when there are no steps.
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
        x, y = [number(steps[i]["flops"]) for i in kept], list(range(len(kept)))
        axes.step(x, y, where="post", color=colours["champion"], linewidth=1.2, zorder=2)
        faces = [colours["paper"] if steps[i]["error"] else colours["champion"] for i in kept]
        axes.scatter(x, y, s=16, c=faces, edgecolors=colours["champion"], linewidths=1.0, zorder=3)
        beside.set_axis_off()
        for place, text in enumerate(texts):
            beside.text(0, place, text, va="center", fontsize=SMALL, parse_math=False)
        axes.set_ylim(len(kept) - 0.4, -0.6)
        axes.set_yticks(y, [f"{steps[i]['stage']} {steps[i]['generation']}" for i in kept])
        for name in axes.get_yticklabels():
            name.set_parse_math(False)
        axes.tick_params(axis="y", length=0, labelcolor=colours["quiet"])
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.1)
        cost_axis(axes, axes.xaxis, 3)
        low, high = axes.get_xlim()
        axes.set_xticks([tick for tick in axes.get_xticks() if low <= tick <= high])
        axes.set_xlabel(_below(steps, kept), loc="left")
    return figure, axes


def shown(steps: Sequence[Step], most: int = MOST) -> list[int]:
    """Returns which steps are drawn: the first, the last, those that are no gains, and the largest gains."""
    kept = {0, len(steps) - 1, *(i for i in range(1, len(steps)) if _is_new(steps, i))}
    others = sorted(set(range(len(steps))) - kept, key=lambda i: _gain(steps, i), reverse=True)
    return sorted({*kept, *others[: max(0, most - len(kept))]})


def _is_new(steps: Sequence[Step], i: int) -> bool:
    """Tells whether a step begins a stage, or is to another size: what was before is counted otherwise."""
    return steps[i]["stage"] != steps[i - 1]["stage"] or str(steps[i]["move"]).startswith("unrolled")


def move(steps: Sequence[Step], i: int) -> str:
    """Returns what is written beside a step: the move, and what it gained.

    It is the count beside the first, one at another size and, after what it gained, the last.
    """
    name, error, flops = str(steps[i]["move"]), steps[i]["error"], steps[i]["flops"]
    if len(name) > LONGEST:
        name = name[: LONGEST - 1] + "\u2026"
    counted = f"{count(flops)} flops"
    if error:
        return f"{name}  error {error:.2g}"
    if i == 0 or name.startswith("unrolled"):
        return f"{name}  {counted}"
    change = flops - steps[i - 1]["flops"]
    signed = f"{'+' if change > 0 else MINUS}{count(abs(change))}" if change else ""
    gained = "exact" if steps[i - 1]["error"] else signed
    said = [gained, counted] if i == len(steps) - 1 else [gained]
    return f"{name}  {', '.join(filter(None, said))}".rstrip()


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
    return f"flops\n{len(left_out)} smaller gains, {count(gain)} flops in all, are folded in"
