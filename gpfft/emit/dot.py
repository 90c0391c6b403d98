"""A program as a flow graph for Graphviz: sums are nodes, factors stand beside edges."""

from __future__ import annotations

from gpfft.emit.job import Job
from gpfft.emit.listing import constant_text
from gpfft.program import Program

FREE, PAID = "#7f8c99", "#d55e00"  # edges: grey, and orange where the factor costs operations


def dot(job: Job) -> str:
    """Returns a directed graph, inputs on the left and outputs on the right; only what is live."""
    graph = _Graph(job.program)
    inputs = [f"x{j}" for j in range(job.program.inputs) if j in job.program.last_use]
    outputs = [f"X{k}" for k in range(len(job.program.outputs))]
    lines = [
        *job.commented("//"),
        f'digraph "{job.name}" {{',
        "  rankdir=LR;",
        '  node [shape=circle, fontsize=10, width=0.3, fixedsize=true, label="+"];',
        f'  edge [color="{FREE}", fontcolor="{PAID}", fontsize=9, arrowsize=0.5];',
        f"  {{ rank=source; {_nodes(inputs)} }}",
        f"  {{ rank=sink; {_nodes(outputs)} }}",
        *(f"  {line};" for line in graph.lines),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _nodes(names: list[str]) -> str:
    return " ".join(f'{name} [shape=plaintext, label="{name}"];' for name in names)


class _Graph:
    """Collects nodes and edges; a product with a constant is an edge."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[str] = []
        self.constants: dict[int, int] = {}  # address -> place in the table
        self.products: dict[int, tuple[int, int]] = {}  # address -> place in the table, value
        for address, (name, *operands) in enumerate(program.lines, start=program.inputs):
            if address not in program.last_use:
                continue
            if name == "twiddle":
                self.constants[address] = operands[0]
            elif name == "multiply" and self.plain(operands[1]) and operands[0] in self.constants:
                self.products[address] = self.constants[operands[0]], operands[1]
            else:
                if name != "add":
                    self.lines.append(f'v{address} [label="{"*" if name == "multiply" else name}"]')
                for operand in operands:
                    self.edge(operand, f"v{address}")
        for k, address in enumerate(program.outputs):
            self.edge(address, f"X{k}")

    def plain(self, address: int) -> bool:
        """Tells whether a value is a node already."""
        return address not in self.constants and address not in self.products

    def factor(self, place: int) -> tuple[str, bool]:
        """Returns how a constant is written, values with six digits, and whether it costs."""
        text, paid = constant_text(self.program, place)
        if not text.startswith("("):
            return text, paid
        value = complex(self.program.exact_table[place])
        re, im = f"{value.real:.6g}", f"{value.imag:.6g}i"
        return (re if not value.imag else im if not value.real else f"{re} + {im}".replace("+ -", "- ")), paid

    def edge(self, address: int, target: str) -> None:
        """Writes the edge from a value; a constant that is added is a node of its own."""
        if address in self.constants:
            text, _ = self.factor(self.constants[address])
            self.lines.append(f'c{address} [shape=plaintext, label="{text}"]')
            self.lines.append(f"c{address} -> {target}")
            return
        label = ""
        if address in self.products:
            place, address = self.products[address]
            text, paid = self.factor(place)
            label = f' [label="{text}"' + (f', color="{PAID}"]' if paid else "]")
        name = f"x{address}" if address < self.program.inputs else f"v{address}"
        self.lines.append(f"{name} -> {target}{label}")
