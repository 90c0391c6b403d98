"""A program as a function that Numba compiles, of one vector or of many."""

from __future__ import annotations

from gpfft.emit.job import Job
from gpfft.emit.statements import DTYPES, constants, docstring, operations, signed


def numba(job: Job) -> str:
    """Returns a module with one public function `name(x)` of a vector, compiled when it is called first.

    With the option batch `x` is an array (transforms, elements), and so is what is returned.
    """
    real_type, complex_type = DTYPES[job.options.precision]
    batch, single = job.options.batch, job.options.precision == "single"
    result = real_type if job.real_result else complex_type
    count, outputs = len(job.elements), len(job.lowered.outputs)
    shape = f"(len(x), {outputs})" if batch else str(outputs)
    row, column = ("row, ", "x[row, {}]") if batch else ("", "x[{}]")
    wanted = f"(transforms, {count})" if batch else f"({count},)"
    body = []
    for j, element in enumerate(job.elements):
        for part, place in zip(("real", "imag"), element):
            if place >= 0:
                value = column.format(j) + ("" if job.real_argument else f".{part}")
                body.append(f"{job.inputs[place]} = {_typed(value, real_type)}")
    values: list[str] = []
    body += operations(job, values)
    for k, (re, im) in enumerate(job.lowered.outputs):
        both = f"complex({signed(values, re)}, {signed(values, im)})"
        body.append(f"X[{row}{k}] = {signed(values, re) if job.real_result else both}")
    rows = ", a row a transform" if batch else ""
    note = f"x is an array {wanted}, and what is returned one of {result}{rows}."
    indent = " " * (8 if batch else 4)
    lines = [
        *job.commented("#"),
        "",
        "import numba",
        "import numpy as np",
        "",
        *(line.replace("= ", f"= np.{real_type}(") + ")" if single else line for line in constants(job)),
        "",
        "",
        "# what is compiled is kept beside this file; where there is no file it is compiled each time",
        '@numba.njit(cache="__file__" in globals())',
        f"def {job.name}(x):",
        *docstring(job, job.text, note),
        f"    if x.shape[{'1' if batch else '0'}] != {count}:",
        f'        raise ValueError("an array {wanted} is needed")',
        f"    X = np.empty({shape}, np.{result})",
        *(["    for row in range(len(x)):"] if batch else []),
        *(indent + line for line in body),
        "    return X",
    ]
    return "\n".join(lines) + "\n"


def _typed(value: str, real_type: str) -> str:
    return f"np.{real_type}({value})"
