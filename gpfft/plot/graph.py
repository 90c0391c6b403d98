"""What a flow graph shows: live values as nodes, their uses as edges; nothing of where they are drawn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from primitives import BY_NAME

from gpfft.cost import price
from gpfft.errors import GpfftError
from gpfft.field import Exact
from gpfft.program import Program

MOST_EDGES = 20_000  # a program of 1024 points has more


class Edge(NamedTuple):
    """A use of a value by another: free with the factor (-i)^quarter, or paid with what `label` says."""

    source: int
    target: int
    quarter: int = 0
    label: str = ""

    @property
    def paid(self) -> bool:
        """Tells whether the factor costs operations."""
        return bool(self.label)


@dataclass
class Graph:
    """The nodes of a program that are drawn, and the edges between them.

    Nodes are numbered as values are: an input or a line by its address, output k as -1 - k. A product with
    a constant that costs is one node for all its uses, up to 1, -1, i and -i, with one paid edge into it.

    Attributes:
        kinds: node -> "input", "output", "product" (with a constant), or the primitive's name; operands
            come first.
        edges: in the order of the program.
    """

    kinds: dict[int, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    @cached_property
    def operands(self) -> dict[int, list[Edge]]:
        """Returns the edges into each node."""
        return self._edges("target")

    @cached_property
    def uses(self) -> dict[int, list[Edge]]:
        """Returns the edges out of each node."""
        return self._edges("source")

    def _edges(self, end: str) -> dict[int, list[Edge]]:
        found = defaultdict(list)
        for edge in self.edges:
            found[getattr(edge, end)].append(edge)
        return {node: found[node] for node in self.kinds}

    def of(self, kind: str) -> list[int]:
        """Returns the nodes of a kind, in the order of the program."""
        return [node for node, its in self.kinds.items() if its == kind]

    def depths(self, products: bool) -> dict[int, int]:
        """Returns the longest way from an input to each node; outputs are all one step past the longest.

        A product is a step of its own, or with `products` false as deep as its value.
        """
        depth: dict[int, int] = {}
        for node, kind in self.kinds.items():
            step = 1 if products or kind != "product" else 0
            depth[node] = max((depth[edge.source] + step for edge in self.operands[node]), default=0)
        last = 1 + max((d for node, d in depth.items() if node >= 0), default=0)
        return {node: last if node < 0 else d for node, d in depth.items()}


def graph(program: Program) -> Graph:
    """Returns what is drawn of a program: live values and their uses.

    Constants that are added, or are outputs, are not drawn. Raises GpfftError for more than MOST_EDGES edges.
    """
    reader = _Reader(program)
    for address, (name, *operands) in enumerate(program.lines, start=program.inputs):
        if address in program.last_use:
            reader.line(address, name, operands)
    for k, address in enumerate(program.outputs):
        reader.node(-1 - k, "output", [address])
    return reader.graph


class _Reader:
    """Makes the graph, a line at a time."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.graph = Graph({j: "input" for j in range(program.inputs) if j in program.last_use})
        self.constants: dict[int, Exact] = {}  # address -> constant
        self.values = {j: (j, 0) for j in self.graph.kinds}  # address -> node, q: node * (-i)^q
        self.products: dict[tuple[int, Exact], tuple[int, int]] = {}  # (node, constant) -> the same

    def line(self, address: int, name: str, operands: list[int]) -> None:
        """Notes what a line makes."""
        if name == "twiddle":
            self.constants[address] = self.program.exact_table[operands[0]]
        elif name == "reference":
            self._same(address, operands[0])
        elif name == "multiply" and operands[0] in self.constants and operands[1] in self.values:
            self.product(address, self.constants[operands[0]], operands[1])
        elif name == "multiply" and operands[1] in self.constants and operands[0] in self.values:
            self.product(address, self.constants[operands[1]], operands[0])
        else:
            read = [o for kind, o in zip(BY_NAME[name].operands, operands) if kind == "value"]
            if any(o in self.values for o in read):  # else it is a constant
                self.node(address, name, read)

    def _same(self, address: int, value: int) -> None:
        if value in self.values:
            self.values[address] = self.values[value]
        elif value in self.constants:
            self.constants[address] = self.constants[value]

    def node(self, address: int, kind: str, operands: list[int]) -> None:
        """Notes a node, and the edges into it."""
        self.graph.kinds[address] = kind
        self.values[address] = address, 0
        for node, quarter in (self.values[o] for o in operands if o in self.values):
            self._edge(Edge(node, address, quarter))

    def product(self, address: int, number: Exact, value: int) -> None:
        """Notes number * value: a turn of what there is, or a node that all its turns share."""
        node, quarter = self.values[value]
        if price(number) == 0:
            self.values[address] = node, (quarter + (number.quarter or 0)) % 4
            return
        if (node, number) not in self.products:
            text, first = label(self.program.size, number)
            for q in range(4):
                self.products[node, first] = address, q
                first = first * -first.field.i
            self.graph.kinds[address] = "product"
            self._edge(Edge(node, address, label=text))
        node, turn = self.products[node, number]
        self.values[address] = node, (quarter + turn) % 4

    def _edge(self, edge: Edge) -> None:
        if len(self.graph.edges) == MOST_EDGES:
            raise GpfftError(
                f"more than {MOST_EDGES} edges are too many for one picture: draw a smaller size"
            )
        self.graph.edges.append(edge)


def label(size: int, number: Exact) -> tuple[str, Exact]:
    """Returns how a constant is written beside an edge, and the number so written: that times a unit.

    A real or imaginary number is written as a positive real one, others as scale * W^k with 0 < k < N/2, or
    0 < k < N for odd N, or where that is not their form as a + b i.
    """
    if number.turned is None:
        value = complex(number)
        return f"${value.real:.3g}{value.imag:+.3g}\\,i$", number
    turn, scale = number.turned
    order = number.field.order
    step, half = order // size, order // (2 if size % 2 == 0 else 1)
    places = [(turn - q * order // 4) % order for q in (0, 2, 1, 3)]  # of the number * i^q
    place = 0 if 0 in places else next(p for p in places if p % step == 0 and p < half)
    written = number.field.powers[place] * scale
    modulus = "" if place and scale is number.field.one else f"{complex(scale).real:.3g}"
    power = f"W^{{{place // step}}}" if place else ""
    return f"${modulus}{' ' if modulus and power else ''}{power}$".replace(" ", "\\,"), written
