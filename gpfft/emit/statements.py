"""What modules for Python have in common: a statement an operation, each result with a name of its own."""

from __future__ import annotations

from collections.abc import Iterator

from gpfft.emit.job import Job
from gpfft.emit.lower import Signed

# of real and of complex numbers, by precision
DTYPES = {"double": ("float64", "complex128"), "single": ("float32", "complex64")}


def constants(job: Job) -> list[str]:
    """Returns the statements that name the constants, _C0, _C1 ..., or nothing."""
    return [f"_C{i} = {value!r}" for i, value in enumerate(job.constants)]


def operations(job: Job, values: list[str]) -> Iterator[str]:
    """Yields a statement an operation: t0 = .., t1 = ..

    Adds all names to the empty list `values`: those of the inputs, the constants and the results.
    """
    values += [*job.inputs, *(f"_C{i}" for i in range(len(job.lowered.constants)))]
    for i, (sign, a, b) in enumerate(job.lowered.operations):
        x, y = values[a], values[b]
        left, right = (y, x) if sign == "*" and x.startswith("_C") else (x, y)  # its type decides
        values.append(f"t{i}")
        yield f"t{i} = {left} {sign} {right}"


def signed(values: list[str], value: Signed) -> str:
    """Returns an output: a name, with its sign."""
    sign, address = value
    return "0.0" if sign == 0 else values[address] if sign > 0 else "-" + values[address]


def docstring(job: Job, text: str, note: str = "") -> list[str]:
    """Returns the lines of the function's docstring: that it returns `text`, then notes."""
    notes = [line for line in (*note.splitlines(), *job.note.splitlines()) if line]
    if not notes:
        return [f'    """Returns {text}."""']
    return [f'    """Returns {text}.', "", *(f"    {line}" for line in notes), '    """']
