"""Figures from arrays and programs; every function returns (figure, axes)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpfft.emit.listing import constant_text
from gpfft.errors import GpfftError
from gpfft.program import Program
from gpfft.scaling import KNOWN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FREE, PAID, NODE = "#7f8c99", "#d55e00", "#0072b2"  # colour-blind safe (Okabe & Ito)
LINES = ((FREE, ":"), ("black", "--"), (NODE, "-"), ("#009e73", "-."))  # of the known algorithms
Edge = tuple[int, int, str, bool]  # from value, to value, text of its factor, whether it costs


def history(rows: Sequence[dict[str, Any]], record: int | None = None) -> tuple[Figure, Axes]:
    """Draws the champion's flops, and the best and median of the search, by generation.

    `rows` is a run's history; `record` the published count, drawn as a line. Raises GpfftError
    when there are no rows.
    """
    import matplotlib.pyplot as plt

    if not rows:
        raise GpfftError("the history is empty: there is nothing to draw")
    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    x = range(len(rows))
    axes.plot(x, [row["median_flops"] for row in rows], color=FREE, label="median")
    axes.step(x, [row["flops"] for row in rows], where="post", color=NODE, label="best in search")
    lowered = [row["champion_flops"] for row in rows]
    axes.step(x, lowered, where="post", color=PAID, label="champion, lowered")
    if record is not None:
        axes.axhline(record, color="black", linestyle=":", label=f"published: {record}")
    for place, row in enumerate(rows):
        if place and row["stage"] != rows[place - 1]["stage"]:
            axes.axvline(place, color=FREE, linewidth=0.8)
            axes.text(place, 1, row["stage"], transform=axes.get_xaxis_transform(), va="bottom")
    axes.set(xlabel="generation", ylabel="flops")
    axes.legend()
    return figure, axes


def scaling(rows: Sequence[dict[str, Any]]) -> tuple[Figure, Axes]:
    """Draws flops / (n lg n) against n: what was evolved as points, the known algorithms as lines.

    `rows` is what `scaling.table` returns. The definition soon leaves the frame. Raises GpfftError
    when there are no rows.
    """
    import matplotlib.pyplot as plt

    if not rows:
        raise GpfftError("there are no sizes to draw")
    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    sizes = [row["n"] for row in rows]
    tops = []
    for (column, known), (colour, style) in zip(KNOWN.items(), LINES):
        if rows[0][column] is not None:
            counts = [row[column] / (row["n"] * math.log2(row["n"])) for row in rows]
            axes.plot(sizes, counts, color=colour, linestyle=style, label=known.label)
            tops += [max(counts)] if column != "definition" else []
    evolved = [row["evolved"] / (row["n"] * math.log2(row["n"])) for row in rows]
    axes.scatter(sizes, evolved, s=22, color=PAID, zorder=3, label="evolved")
    axes.set_xscale("log", base=round(sizes[0]))
    axes.set_ylim(0, 1.25 * max(tops + evolved))
    axes.set(xlabel="n", ylabel="flops / (n lg n)")
    axes.legend(loc="lower right")
    return figure, axes


def flow(program: Program) -> tuple[Figure, Axes]:
    """Draws the signal-flow graph: inputs on the left, outputs on the right, a column a depth.

    Free edges are grey; edges whose factor costs operations are orange, with the factor written
    beside them up to 16 points.
    """
    import matplotlib.pyplot as plt

    edges, depth = graph(program)
    largest = max(program.inputs, len(program.outputs))
    place = layout(edges, depth)
    columns, tallest = max(depth.values()) + 1, max(y for _, y in place.values()) + 1
    size = (min(2.0 + 1.8 * columns, 24.0), min(1.0 + 0.42 * tallest, 30.0))
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    for a, b, text, paid in edges:
        (xa, ya), (xb, yb) = place[a], place[b]
        colour = PAID if paid else FREE
        axes.plot([xa, xb], [ya, yb], color=colour, linewidth=1.1 if paid else 0.7, zorder=1)
        if text and (largest <= 8 or (paid and largest <= 16)):
            spot = (xa + 0.3 * (xb - xa), ya + 0.3 * (yb - ya))
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
            axes.text(*spot, text, fontsize=6, color=colour, ha="center", va="center", bbox=box)
    xs, ys = zip(*place.values())
    axes.scatter(xs, ys, s=9, color=NODE, zorder=2)
    for j in range(program.inputs):
        if j in place:
            axes.annotate(f"x{j}", place[j], (-6, 0), textcoords="offset points", ha="right", va="center")
    for k in range(len(program.outputs)):
        end = place[-1 - k]
        axes.annotate(f"X{k}", end, (6, 0), textcoords="offset points", ha="left", va="center")
    axes.invert_yaxis()
    axes.set_axis_off()
    return figure, axes


def graph(program: Program) -> tuple[list[Edge], dict[int, int]]:
    """Returns the edges between live sums, and the depth of each value.

    Products with constants are edges. Output k is value -1 - k, in a column of its own.
    """
    table: dict[int, int] = {}  # address of a constant -> its place in the table
    scaled: dict[int, tuple[int, int]] = {}  # address of a product -> (place, value)
    depth = {j: 0 for j in range(program.inputs) if j in program.last_use}
    edges: list[Edge] = []

    def connect(address: int, target: int) -> int:
        """Draws an edge to `target` and returns the depth that it comes from."""
        text, paid, value = "", False, address
        if address in scaled:
            place, value = scaled[address]
            text, paid = constant_text(program, place)
        if value in depth:
            edges.append((value, target, text, paid))
        return depth.get(value, 0)

    for address, (name, *operands) in enumerate(program.lines, start=program.inputs):
        if address not in program.last_use:
            continue
        if name == "twiddle":
            table[address] = operands[0]
        elif name == "multiply" and operands[0] in table and operands[1] not in scaled:
            scaled[address] = table[operands[0]], operands[1]
        else:
            values = program.operands(address - program.inputs)
            depth[address] = 1 + max(connect(value, address) for value in values)
    last = 1 + max(depth.values(), default=0)
    for k, address in enumerate(program.outputs):
        connect(address, -1 - k)
        depth[-1 - k] = last
    return edges, depth


def layout(edges: Sequence[Edge], depth: dict[int, int]) -> dict[int, tuple[float, float]]:
    """Returns the place (column, row) of each value, rows ordered to keep edges short.

    Outputs stay in their order; each column is sorted by the mean row of its neighbours on the
    right, from right to left, and then from left to right (Sugiyama's barycentre heuristic).
    """
    columns: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for value, place in depth.items():
        columns[place].append(value)
    columns[-1].sort(reverse=True)  # -1 - k: X0 on top
    tallest = max(map(len, columns))
    neighbours: dict[int, list[int]] = {value: [] for value in depth}
    for a, b, _, _ in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    row: dict[int, float] = {}

    def spread(column: list[int]) -> None:
        for i, value in enumerate(column):
            row[value] = (i + 0.5) * tallest / len(column)

    for column in columns:
        spread(column)
    sweeps: list[tuple[list[list[int]], int]] = [(columns[-2::-1], 1), (columns[1:-1], -1)]
    for _ in range(4):
        for order, side in sweeps:
            for column in order:
                column.sort(key=lambda value: _mean(value, neighbours, depth, row, side))
                spread(column)
    return {value: (float(depth[value]), row[value]) for value in depth}


def _mean(
    value: int, neighbours: dict[int, list[int]], depth: dict[int, int], row: dict[int, float], side: int
) -> float:
    """Returns the mean row of the neighbours on one side: 1 right, -1 left."""
    rows = [row[other] for other in neighbours[value] if (depth[other] - depth[value]) * side > 0]
    return sum(rows) / len(rows) if rows else row[value]


def save(figure: Figure, path: Path) -> None:
    """Writes a figure in the format that the file's ending names. Raises GpfftError."""
    import matplotlib.pyplot as plt

    known = figure.canvas.get_supported_filetypes()
    if path.suffix[1:] not in known:
        raise GpfftError(f"cannot save {path}: use an ending of {', '.join(sorted(known))}")
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise GpfftError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        plt.close(figure)
