"""The compiled evaluator of plain chromosomes, made from a table of primitives.

Letters: N size, j input, k output, W twiddle, P population, L rows, S samples; axes always in the
order P, L, S. Values 0 .. N-1 are the inputs, row i makes value N + i.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from primitives import Primitive

ROUNDING = 1e-12  # a smaller error is none: programs that are exact are equally good
WORST = 1e9  # the error of a chromosome whose values overflow


def compiled(function: Any) -> Any:
    """Returns a plain Python function compiled, with the plain functions that it calls."""
    called = {
        name: compiled(function.__globals__[name])
        for name in function.__code__.co_names
        if isinstance(function.__globals__.get(name), FunctionType)
    }
    return njit(FunctionType(function.__code__, {**function.__globals__, **called}))


def make_run(table: tuple[Primitive, ...]) -> Any:
    """Returns a compiled run(rows, live, twiddles, known, values) -> flops, written from `table`.

    It sets values[v, :] and known[v] for each live row. Each primitive gets a branch with a loop
    over the samples of its own, which the compiler turns into vector instructions; a chain of
    calls in their place took 1.5 times as long. A value that is known before the input is the
    same on every sample, so its first sample is the constant.
    """
    text = """
def run(rows, live, twiddles, known, values):
    paid = 0
    for i in range(len(rows)):
        if live[i]:
            op, a, b, v = rows[i, 0], uintp(rows[i, 1]), uintp(rows[i, 2]), uintp(len(twiddles) + i)
"""
    names: dict[str, Any] = {"uintp": np.uintp}
    for opcode, primitive in enumerate(table):
        names[f"value{opcode}"] = compiled(primitive.value)
        names[f"flops{opcode}"] = compiled(primitive.flops)
        text += f"            {'elif' if opcode else 'if'} op == {opcode}:\n"
        text += _branch(opcode, primitive.operands)
    exec(text + "    return paid\n", names)
    return njit(names["run"])


def _branch(opcode: int, operands: tuple[str, ...]) -> str:
    """Returns the lines of `run` that are one primitive."""
    if operands == ("index",):
        return f"""
                constant = value{opcode}(a, twiddles)
                for s in range(values.shape[1]):
                    values[v, s] = constant
                known[v] = True
"""
    read = "ab"[: len(operands)]
    samples = ", ".join(f"values[{x}, s]" for x in read)
    constants = ", ".join(f"values[{x}, 0], known[{x}]" for x in read)
    return f"""
                for s in range(values.shape[1]):
                    values[v, s] = value{opcode}({samples})
                known[v] = {' and '.join(f'known[{x}]' for x in read)}
                if not known[v]:
                    paid += flops{opcode}({constants})
"""


class Kernel(NamedTuple):
    """The compiled functions for one table."""

    evaluate: Callable[..., None]
    live: Callable[..., NDArray[np.bool_]]


def make_kernel(table: tuple[Primitive, ...]) -> Kernel:
    """Returns the evaluator of chromosomes whose opcodes are the rows of `table`, and what tells live rows.

    evaluate(genes, bounds, reads, twiddles, inputs, target, out): genes (rows, 3), P chromosomes one
    after the other, the last N rows of each being its outputs; bounds (P + 1,), where each begins and
    ends; reads (opcodes, 2), whether an opcode reads values; twiddles (N,); inputs and target (N, S)
    complex; out (P, 2) receives the relative error over the samples and the flops of the live rows.

    live(rows, reads, size) returns which rows of one chromosome, outputs apart, an output is made of.
    """
    run = make_run(table)

    @njit
    def mark_live(rows, reads, size, live):
        live[: len(rows) - size] = False
        live[len(rows) - size : len(rows)] = True
        for i in range(len(rows) - 1, -1, -1):
            if live[i]:
                for side in range(2):
                    if reads[rows[i, 0], side] and rows[i, 1 + side] >= size:
                        live[rows[i, 1 + side] - size] = True

    @njit
    def distance(found, target):
        real = imag = 0.0  # two sums, which the processor adds up side by side
        for k in range(target.shape[0]):
            for s in range(target.shape[1]):
                difference = found[k, s] - target[k, s]
                real += difference.real**2
                imag += difference.imag**2
        return np.sqrt(real + imag)

    @njit(nogil=True)
    def evaluate(genes, bounds, reads, twiddles, inputs, target, out):
        size, most = len(twiddles), np.max(bounds[1:] - bounds[:-1])
        live = np.empty(most, dtype=np.bool_)
        known = np.zeros(size + most, dtype=np.bool_)
        values = np.zeros((size + most, inputs.shape[1]), dtype=np.complex128)
        values[:size] = inputs
        whole = distance(np.zeros_like(target), target)
        for p in range(len(out)):
            rows = genes[bounds[p] : bounds[p + 1]]
            mark_live(rows, reads, size, live)
            out[p, 1] = run(rows, live, twiddles, known, values)
            error = distance(values[len(rows) : len(rows) + size], target) / whole
            out[p, 0] = 0.0 if error < ROUNDING else error if error < WORST else WORST

    @njit(nogil=True)
    def live_rows(rows, reads, size):
        live = np.empty(len(rows), dtype=np.bool_)
        mark_live(rows, reads, size, live)
        return live[: len(rows) - size].copy()

    return Kernel(evaluate, live_rows)
