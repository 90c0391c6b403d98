"""Rows of a graph that is all butterflies: each pair of values stands where the two it is made of stood."""

from __future__ import annotations

from collections import defaultdict

from gpfft.plot.graph import Graph

Pair = tuple[int, int]


def rows(graph: Graph) -> dict[int, int] | None:
    """Returns the row of each node, output k in row k, or None where the graph is not all butterflies.

    It is where sums come in pairs made of the same two values, and each value is used by one such pair, or
    is one output. So all can be done in place, in as many rows as there are inputs. Of two operands the one
    that is multiplied, or subtracted, stands below. A product stands in the row of its value.
    """
    base = bases(graph)
    pairs = _pairs(graph, base)
    if pairs is None:
        return None
    row = {base[node]: -1 - node for node in graph.of("output")}
    if len(row) < len(graph.of("output")):
        return None
    for made, (u, v) in sorted(pairs.items(), key=lambda item: -min(item[1])):
        if u not in row or v not in row:
            return None
        upper, lower = sorted(made, key=lambda node: _weight(graph, base, node))
        row[upper], row[lower] = sorted((row[u], row[v]))
    if len(row) != len(graph.of("input")) + 2 * len(pairs):
        return None
    return {node: row[base[node]] for node in graph.kinds}


def bases(graph: Graph) -> dict[int, int]:
    """Returns for each node the value that stands in its row: itself, or for products and outputs theirs."""
    base: dict[int, int] = {}
    for node, kind in graph.kinds.items():
        edges = graph.operands[node]
        base[node] = base[edges[0].source] if kind in ("product", "output") and edges else node
    return base


def _pairs(graph: Graph, base: dict[int, int]) -> dict[Pair, Pair] | None:
    """Returns {two values: the two made of them} where each value is used by one pair, or one output."""
    made: dict[Pair, list[int]] = defaultdict(list)
    used: dict[int, list[Pair]] = defaultdict(list)
    for node, kind in graph.kinds.items():
        if kind == "add":
            operands = sorted(base[edge.source] for edge in graph.operands[node])
            if len(operands) != 2 or operands[0] == operands[1]:
                return None
            made[operands[0], operands[1]].append(node)
        elif kind == "output":
            used[base[node]].append((node, node))
        elif kind not in ("input", "product"):
            return None
    for operands_, nodes in made.items():
        if len(nodes) != 2:
            return None
        for value in operands_:
            used[value].append(operands_)
    if any(len(its) != 1 for its in used.values()):
        return None
    return {operands_: (nodes[0], nodes[1]) for operands_, nodes in made.items()}


def _weight(graph: Graph, base: dict[int, int], node: int) -> tuple[int, int, int]:
    """Returns what an operand is sorted by: products, then factors that are not 1, then its place."""
    products = [edge.target for edge in graph.uses[node] if edge.paid]
    edges = [edge for source in (node, *products) for edge in graph.uses[source]]
    return len(products), sum(edge.quarter > 0 for edge in edges), node
