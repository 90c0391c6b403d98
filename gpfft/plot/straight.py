"""Rows for a layered graph: rails are straight, and values as near to their neighbours as others let them."""

from __future__ import annotations

from collections import defaultdict

from gpfft.plot.layers import Layers, Node

RAIL = 0.7  # rows that a rail is away from its neighbours at least, where values are 1 away
ROUNDS, PUSHES = 80, 4


def rows(layers: Layers) -> dict[Node, float]:
    """Returns the row of each node, in the order of its layer and far enough from its neighbours.

    The nodes of one value share a row, but where its rail crosses another. The first row is 0.
    """
    row = _settled(layers, _blocks(layers))
    top = min(row.values(), default=0.0)
    return {node: y - top for node, y in row.items()}


def is_rail(layers: Layers, node: Node) -> bool:
    """Tells whether a node only carries a value on."""
    return (node[0], node[1] - 1) in layers.left


def _blocks(layers: Layers) -> dict[Node, Node]:
    """Returns for each node the first of its value that shares its row: all do but where rails cross."""
    block = {node: node for column in layers.columns for node in column}
    place = layers.places()
    for column in layers.columns[1:]:
        limit = -1
        for node in column:
            before = node[0], node[1] - 1
            if place.get(before, -1) > limit:
                block[node], limit = block[before], place[before]
    return block


def _settled(layers: Layers, block: dict[Node, Node]) -> dict[Node, float]:
    """Returns rows for blocks: each is drawn to its neighbours, and pushed off those above and below it."""
    above: dict[Node, dict[Node, float]] = defaultdict(dict)  # block -> those above it -> their distance
    joined: dict[Node, list[Node]] = defaultdict(list)
    for column in layers.columns:
        for a, b in zip(column, column[1:]):
            apart = RAIL if is_rail(layers, a) or is_rail(layers, b) else 1.0
            known = above[block[b]]
            known[block[a]] = max(apart, known.get(block[a], 0.0))
        for node in column:
            others = [*layers.left[node], *layers.right[node]]
            joined[block[node]] += [block[n] for n in others if block[n] != block[node]]
    row: dict[Node, float] = {}
    order = _sorted(list(dict.fromkeys(block.values())), above)
    _push_down(row, order, above)
    pairs = [(a, b, apart) for b in order for a, apart in above[b].items()]
    for turn in range(ROUNDS):
        pull = 1.0 - turn / ROUNDS
        wanted = {its: sum(row[n] for n in joined[its]) / len(joined[its]) for its in order if joined[its]}
        for its, y in wanted.items():
            row[its] += pull * (y - row[its])
        for _ in range(PUSHES):
            for a, b, apart in pairs:
                lacking = apart - (row[b] - row[a])
                if lacking > 0:
                    row[a], row[b] = row[a] - lacking / 2, row[b] + lacking / 2
    _push_down(row, order, above)
    return {node: row[its] for node, its in block.items()}


def _push_down(row: dict[Node, float], order: list[Node], above: dict[Node, dict[Node, float]]) -> None:
    """Moves blocks down until all are far enough from those above them."""
    for its in order:
        row[its] = max([row.get(its, 0.0), *(row[other] + apart for other, apart in above[its].items())])


def _sorted(blocks: list[Node], above: dict[Node, dict[Node, float]]) -> list[Node]:
    """Returns the blocks in an order in which each comes after those above it."""
    below = defaultdict(list)
    for its in blocks:
        for other in above[its]:
            below[other].append(its)
    waiting = {its: len(above[its]) for its in blocks}
    order = [its for its in blocks if not waiting[its]]
    for its in order:
        for other in below[its]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order
