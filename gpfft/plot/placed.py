"""Where the nodes of a flow graph are drawn, and the lines between them, in inches; nothing of how."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from gpfft.plot import butterflies, layers, straight
from gpfft.plot.graph import Edge, Graph, graph
from gpfft.plot.style import COLUMN, PAGE
from gpfft.program import Program

Point = tuple[float, float]

LEFT, RIGHT, TOP, BOTTOM = 0.3, 0.34, 0.14, 0.36  # inches around the nodes, for names and the legend
TALLEST, LOWEST = 0.28, 0.04  # inches from row to row
SEVERAL = 0.38  # and where rows have several products, with labels
HEIGHT = 7.5  # inches that many rows share
QUICK = 400  # nodes that are placed in a moment where not all are butterflies
NARROW = 0.62  # inches a layer that fit into one column
LEAD, PLAIN = 0.45, 0.15  # parts of a layer up to where butterflies begin: with products, without
LAST = 0.25  # and for the way to the outputs, as parts of a layer


@dataclass
class Drawing:
    """A flow graph in inches, y downwards.

    Attributes:
        graph: what is drawn.
        place: node -> (x, y).
        lines: for each edge, in the order of the graph, the points of its line: from its source, or from
            where it leaves that value's rail, to its target.
        rails: lines that carry a value on before its uses branch off.
        size: width and height.
        row: height of a row.
        in_place: whether all are butterflies, each in the two rows of its operands.
    """

    graph: Graph
    place: dict[int, Point] = field(default_factory=dict)
    lines: list[tuple[Edge, list[Point]]] = field(default_factory=list)
    rails: list[list[Point]] = field(default_factory=list)
    size: Point = (COLUMN, 1.0)
    row: float = TALLEST
    in_place: bool = False


def placed(program: Program) -> Drawing:
    """Returns the drawing of a program. Raises GpfftError when it is too large for one."""
    its = graph(program)
    row = butterflies.rows(its)
    drawing = _layered(its) if row is None else _in_place(its, row)
    _apart(drawing)
    return drawing


def is_quick(program: Program) -> bool:
    """Tells whether placing a program is a matter of a moment. Raises GpfftError when it is too large."""
    its = graph(program)
    return len(its.kinds) <= QUICK or butterflies.rows(its) is not None


def _frame(drawing: Drawing, steps: list[float], rows: float, tallest: float = TALLEST) -> list[float]:
    """Sets the size for columns so many parts of a layer apart; returns their places."""
    width = COLUMN if LEFT + RIGHT + NARROW * sum(steps) <= COLUMN else PAGE
    unit = (width - LEFT - RIGHT) / max(sum(steps), LAST)
    drawing.row = min(tallest, max(LOWEST, HEIGHT / max(rows, 1)))
    drawing.size = width, TOP + BOTTOM + drawing.row * rows
    columns = [LEFT]
    for step in steps:
        columns.append(columns[-1] + unit * step)
    return columns


def _in_place(its: Graph, row: dict[int, int]) -> Drawing:
    """Returns butterflies between the rows of their operands, a column a depth."""
    drawing, depth = Drawing(its, in_place=True), its.depths(products=False)
    last = max(depth.values())
    paid = {depth[edge.source] for edge in its.edges if edge.paid}
    steps = [1.0 + (LEAD - PLAIN) * (d in paid) for d in range(last - 1)] + [LAST]
    several = any(sum(edge.paid for edge in uses) > 1 for uses in its.uses.values())
    x = _frame(drawing, steps, max(row.values()) + 1, SEVERAL if several else TALLEST)

    def lead(d: int) -> float:
        """Returns how far from a column its butterflies begin."""
        if d == last - 1:
            return 0.0
        part = LEAD / (1.0 + LEAD - PLAIN) if d in paid else PLAIN
        return part * (x[d + 1] - x[d])

    for node, r in row.items():
        drawing.place[node] = x[depth[node]], TOP + drawing.row * (r + 0.5)
    for node in its.kinds:
        products = [edge.target for edge in its.uses[node] if edge.paid]
        for i, product in enumerate(products):
            aside = 0.4 * (i - (len(products) - 1) / 2) * drawing.row
            px, py = drawing.place[node]
            drawing.place[product] = px + lead(depth[node]), py + aside
    reached: dict[int, float] = {}
    for edge in its.edges:
        source, target = drawing.place[edge.source], drawing.place[edge.target]
        before = depth[edge.target] - 1
        branch = max(source[0], x[before] + lead(before)) if not edge.paid else source[0]
        reached[edge.source] = max(reached.get(edge.source, 0.0), branch)
        drawing.lines.append((edge, [(branch, source[1]), target]))
    for node, end in reached.items():
        if end > drawing.place[node][0]:
            drawing.rails.append([drawing.place[node], (end, drawing.place[node][1])])
    return drawing


def _layered(its: Graph) -> Drawing:
    """Returns values in layers, what is used later carried on by rails."""
    drawing, layered = Drawing(its), layers.layered(its)
    row = straight.rows(layered)
    depth = {node[0]: node[1] for node in reversed(list(row))}  # the first of each
    paid = {depth[edge.target] for edge in its.edges if edge.paid}
    steps = [1.25 if i in paid else 1.0 for i in range(1, len(layered.columns))]
    x = _frame(drawing, steps, max(row.values(), default=0.0) + 1)

    def point(node: layers.Node) -> Point:
        return x[node[1]], TOP + drawing.row * (row[node] + 0.5)

    rails: dict[int, list[Point]] = defaultdict(list)
    for node in sorted(row, key=lambda node: node[1]):
        rails[node[0]].append(point(node))
    drawing.place = {node: rails[node][0] for node in its.kinds}
    drawing.rails = [rail for rail in rails.values() if len(rail) > 1]
    for edge in its.edges:
        source = point((edge.source, depth[edge.target] - 1))
        drawing.lines.append((edge, [source, drawing.place[edge.target]]))
    return drawing


def _apart(drawing: Drawing) -> None:
    """Bends lines between the same two nodes apart from each other."""
    met: dict[tuple[int, int], int] = defaultdict(int)
    for edge, points in drawing.lines:
        number = met[edge.source, edge.target]
        met[edge.source, edge.target] += 1
        if number:
            (xa, ya), (xb, yb) = points
            points.insert(1, ((xa + xb) / 2, (ya + yb) / 2 + 0.3 * number * drawing.row))
