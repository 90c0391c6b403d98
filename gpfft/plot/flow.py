"""The signal-flow graph of a program, as books on signal processing draw it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from gpfft.plot.placed import Drawing, Point, placed
from gpfft.plot.style import SMALL, styled
from gpfft.program import Program

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAID = "paid"
UNITS = ("1", "-i", "-1", "i")  # by quarters
DASHES: dict[Any, Any] = {  # by quarters
    0: "-", 2: (0, (4.0, 2.0)), 3: (0, (1.0, 1.3)), 1: (0, (4.0, 1.5, 1.0, 1.5)), PAID: "-",
}  # fmt: skip
LABELLED = 0.16  # inches a row has where edges have labels
UNITS_UP_TO = 8  # points of graphs of butterflies that have room for i and -i


def flow(program: Program, dark: bool = False) -> tuple[Figure, Axes]:
    """Draws the signal-flow graph: inputs on the left, outputs on the right, live values only.

    Points are sums. Thin lines are free factors: 1, -1 dashed, i dotted, -i dashed and dotted. Thick lines
    are products with the constant beside them, which cost operations. Where all sums come in butterflies,
    each is drawn in the two rows of its operands. Raises GpfftError when there are too many for a picture.
    """
    import matplotlib.pyplot as plt

    drawing = placed(program)
    with styled(dark) as colours:
        figure = plt.figure(figsize=drawing.size)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, drawing.size[0]), ylim=(drawing.size[1], 0))
        axes.set_axis_off()
        paint(axes, drawing, colours)
        _legend(axes, drawing, colours)
    return figure, axes


def paint(axes: Axes, drawing: Drawing, colours: dict[str, Any]) -> None:
    """Draws lines, nodes, names and labels on axes that are in inches."""
    from matplotlib.collections import LineCollection

    thin = min(0.9, 0.2 + 3.0 * drawing.row)
    axes.add_collection(LineCollection(drawing.rails, colors=colours["ink"], linewidths=thin, zorder=1))
    lines = defaultdict(list)
    for edge, points in drawing.lines:
        lines[PAID if edge.paid else edge.quarter].append(points)
    for kind, its in sorted(lines.items(), key=str):
        axes.add_collection(LineCollection(
            its, colors=colour_of(kind, colours), linestyles=[DASHES[kind]], gid=f"factor {kind}",
            linewidths=2.2 * thin if kind == PAID else thin, zorder=2 if kind == PAID else 1,
        ))  # fmt: skip
    _nodes(axes, drawing, colours)
    _names(axes, drawing, colours)
    if drawing.row >= LABELLED:
        _labels(axes, drawing, colours)


def colour_of(kind: Any, colours: dict[str, Any]) -> str:
    """Returns the colour of a line: paid, or by the quarter of its factor."""
    name = "paid" if kind == PAID else "turn" if kind % 2 else "ink"
    return str(colours[name])


def _nodes(axes: Axes, drawing: Drawing, colours: dict[str, Any]) -> None:
    """Draws sums as points, products as triangles in their lines; what is neither, by its sign or name."""
    size = min(13.0, 200 * drawing.row**2)
    looks = {"add": ("o", size, "node"), "product": (">", size, "paid"), "input": ("o", 0.4 * size, "ink")}
    for kind in sorted(set(drawing.graph.kinds.values()) - {"output"}):
        marker, area, colour = looks.get(kind, ("s", 4 * size, "node"))
        xs, ys = zip(*(drawing.place[node] for node in drawing.graph.of(kind)))
        axes.scatter(xs, ys, s=area, marker=marker, color=colours[colour], linewidths=0, zorder=3)
        if kind not in looks:
            for x, y in zip(xs, ys):
                sign = "$\\times$" if kind == "multiply" else kind
                axes.text(x, y - 0.5 * drawing.row, sign, ha="center", va="center", fontsize=SMALL)


def _names(axes: Axes, drawing: Drawing, colours: dict[str, Any]) -> None:
    """Writes the names of inputs and outputs beside them."""
    size = min(SMALL + 1.0, 58 * drawing.row)
    for node in drawing.graph.of("input"):
        x, y = drawing.place[node]
        axes.text(x - 0.06, y, f"$x_{{{node}}}$", ha="right", va="center_baseline", fontsize=size)
    for node in drawing.graph.of("output"):
        x, y = drawing.place[node]
        axes.text(x + 0.04, y, f"$X_{{{-1 - node}}}$", ha="left", va="center_baseline", fontsize=size)


def _labels(axes: Axes, drawing: Drawing, colours: dict[str, Any]) -> None:
    """Writes constants beside the lines of products, and i and -i where there is room."""
    room = drawing.in_place and len(drawing.graph.of("output")) <= UNITS_UP_TO
    size = min(SMALL, 32 * drawing.row)
    for edge, points in drawing.lines:
        if edge.paid:
            spot, ha, va = _beside(points)
            look = {"ha": ha, "va": va, "fontsize": size, "color": colours["paid"]}
            text = axes.text(*spot, edge.label, gid="label", zorder=4, **look)
            if not drawing.in_place:  # where lines go anywhere, none crosses the digits
                text.set_bbox({"facecolor": colours["paper"], "edgecolor": "none", "pad": 0.4})
        elif room and edge.quarter % 2:
            (xa, ya), (_, yb) = points
            spot, va = ((xa + 0.05, ya + 0.02), "top") if ya == yb else ((xa + 0.01, ya - 0.03), "bottom")
            axes.text(*spot, f"${UNITS[edge.quarter]}$", ha="left" if ya == yb else "right", va=va,
                      fontsize=SMALL - 1, color=colours["turn"], gid="label", zorder=4)  # fmt: skip


def _beside(points: list[Point]) -> tuple[Point, str, str]:
    """Returns where the label of a line stands and which of its corners is there: off all that is slanted."""
    (xa, ya), (xb, yb) = points[0], points[-1]
    if abs(yb - ya) < 0.02:
        return ((xa + xb) / 2, yb - 0.03), "center", "bottom"
    return (xb - 0.04, yb + (0.03 if yb > ya else -0.03)), "right", "top" if yb > ya else "bottom"


def _legend(axes: Axes, drawing: Drawing, colours: dict[str, Any]) -> None:
    """Draws below the picture what its lines stand for."""
    used = {PAID if edge.paid else edge.quarter for edge, _ in drawing.lines}
    entries = {  # with the widths of the words in inches
        0: ("1", 0.06), 2: ("$-1$", 0.15), 3: ("$i$", 0.05), 1: ("$-i$", 0.12), PAID: ("a product", 0.5),
    }  # fmt: skip
    shown = [(kind, *entry) for kind, entry in entries.items() if kind in used]
    between = 0.2
    x = (drawing.size[0] - sum(0.32 + width for _, _, width in shown) - between * (len(shown) - 1)) / 2
    y = drawing.size[1] - 0.15
    for kind, words, width in shown:
        axes.plot([x, x + 0.26], [y, y], color=colour_of(kind, colours), linestyle=DASHES[kind],
                  linewidth=1.8 if kind == PAID else 0.9, gid="legend")  # fmt: skip
        axes.text(x + 0.32, y, words, va="center_baseline", fontsize=SMALL, color=colours["quiet"])
        x += 0.32 + width + between
