"""Layers and their order for a graph that is not all butterflies, after Sugiyama, Tagawa & Toda 1981.

A node is (value, layer). A value that is used beyond the next layer is carried on by a rail: nodes of the
same value in the layers between, which all its uses share.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field

from gpfft.errors import GpfftError
from gpfft.plot.graph import Graph

Node = tuple[int, int]  # value, layer
MOST_NODES = 3000  # rails and all; a chain of uses has as many as the square of its length
SWEEPS, IDLE = 24, 4  # at most, and those in a row that bring nothing after which it is over
MANY = 500  # nodes from which on there are fewer sweeps
MOST_SWAPS = 20  # rounds of exchanges of neighbours after a sweep


@dataclass
class Layers:
    """Nodes in layers from left to right, each from top to bottom, and what joins neighbouring layers.

    Attributes:
        columns: the nodes of each layer in their order.
        left, right: the neighbours of each node in the layer before, and the one after.
    """

    columns: list[list[Node]]
    left: dict[Node, list[Node]] = field(default_factory=dict)
    right: dict[Node, list[Node]] = field(default_factory=dict)

    def places(self) -> dict[Node, int]:
        """Returns for each node how many are above it in its layer."""
        return {node: i for column in self.columns for i, node in enumerate(column)}

    def crossings(self) -> int:
        """Returns how many pairs of edges cross."""
        place, total = self.places(), 0
        for column in self.columns:
            seen: list[int] = []
            for node in column:
                ends = sorted(place[other] for other in self.right[node])
                total += sum(len(seen) - bisect_right(seen, end) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total


def layered(graph: Graph) -> Layers:
    """Returns the graph in layers, inputs in the first, outputs in order in the last; few edges cross.

    Raises GpfftError for more than MOST_NODES nodes.
    """
    _check(graph, graph.depths(products=True), 4 * MOST_NODES)  # depths makes rails shorter
    layer = depths(graph)
    _check(graph, layer, MOST_NODES)
    layers = Layers([[] for _ in range(1 + max(layer.values(), default=0))])
    for value, first in layer.items():
        for place in range(first, _end(graph, layer, value)):
            layers.columns[place].append((value, place))
            layers.left[value, place], layers.right[value, place] = [], []
    for value, place in list(layers.left):
        if (value, place + 1) in layers.left:
            _join(layers, (value, place), (value, place + 1))
    for edge in graph.edges:
        place = layer[edge.target]
        _join(layers, (edge.source, place - 1), (edge.target, place))
    layers.columns[-1].sort(reverse=True)  # -1 - k: X0 on top
    _order(layers)
    return layers


def _end(graph: Graph, layer: dict[int, int], value: int) -> int:
    """Returns the first layer that a value is not carried on to."""
    return max((layer[edge.target] for edge in graph.uses[value]), default=layer[value] + 1)


def _check(graph: Graph, layer: dict[int, int], most: int) -> None:
    """Raises GpfftError when there are more nodes than this."""
    if sum(_end(graph, layer, value) - first for value, first in layer.items()) > most:
        raise GpfftError("the program is too deep and wide for one picture: draw a smaller size")


def depths(graph: Graph) -> dict[int, int]:
    """Returns the layer of each value: as early as its operands allow, or later where rails get shorter."""
    layer = graph.depths(products=True)
    for _ in range(3):
        for value in reversed(list(graph.kinds)):
            if graph.uses[value] and graph.operands[value]:
                later = min(layer[edge.target] for edge in graph.uses[value]) - 1
                places = range(layer[value], later + 1)
                layer[value] = min(places, key=lambda place: (_rails(graph, layer, value, place), place))
    return layer


def _rails(graph: Graph, layer: dict[int, int], value: int, place: int) -> int:
    """Returns how long the rails of a value's operands, and its own, are when it is in a layer."""
    total = -place
    for edge in graph.operands[value]:
        others = [layer[use.target] for use in graph.uses[edge.source] if use.target != value]
        total += max([place, *others])
    return total


def _join(layers: Layers, a: Node, b: Node) -> None:
    layers.right[a].append(b)
    layers.left[b].append(a)


def _order(layers: Layers) -> None:
    """Orders all layers but the last: sweeps to and fro by barycentres, then exchanges of neighbours."""
    best, least, found = [list(column) for column in layers.columns], None, 0
    for sweep in range(max(IDLE, min(SWEEPS, SWEEPS * MANY // max(1, len(layers.left))))):
        side = layers.right if sweep % 2 == 0 else layers.left
        inner = range(len(layers.columns) - 1)
        for i in reversed(inner) if sweep % 2 == 0 else inner[1:]:
            other = layers.columns[i + 1 if sweep % 2 == 0 else i - 1]
            place = {node: j for j, node in enumerate(other)}
            old = {node: j for j, node in enumerate(layers.columns[i])}
            if sweep % 4 > 1:
                old = {node: -j for node, j in old.items()}  # of equal ones, the lower first
            layers.columns[i].sort(key=lambda node: (_mean(place[n] for n in side[node]), old[node]))
        for _ in range(MOST_SWAPS):
            if not any([_exchange(layers, i) for i in inner]):
                break
        crossings = layers.crossings()
        if least is None or crossings < least:
            best, least, found = [list(column) for column in layers.columns], crossings, sweep
        elif sweep - found == IDLE:
            break
    layers.columns[:] = best


def _mean(places: Iterable[int]) -> float:
    its = list(places)
    return sum(its) / len(its) if its else 0.0


def _exchange(layers: Layers, i: int) -> bool:
    """Exchanges neighbours in a layer where fewer edges cross then; tells whether any were."""
    column, changed = layers.columns[i], False
    sides = []
    for side, j in ((layers.left, i - 1), (layers.right, i + 1)):
        if 0 <= j < len(layers.columns):
            place = {node: k for k, node in enumerate(layers.columns[j])}
            sides.append({node: sorted(place[n] for n in side[node]) for node in column})
    for k in range(len(column) - 1):
        a, b = column[k], column[k + 1]
        if sum(_crossed(s[a], s[b]) - _crossed(s[b], s[a]) for s in sides) > 0:
            column[k], column[k + 1], changed = b, a, True
    return changed


def _crossed(a: list[int], b: list[int]) -> int:
    """Returns how many edges to `a` from above cross edges to `b` from below; both are sorted."""
    total, j = 0, 0
    for end in a:
        while j < len(b) and b[j] < end:
            j += 1
        total += j
    return total
