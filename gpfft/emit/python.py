"""A program as a Python function of sequences, in real arithmetic on named temporaries."""

from __future__ import annotations

from gpfft.emit.job import Job
from gpfft.emit.statements import constants, docstring, operations, signed


def python(job: Job) -> str:
    """Returns a module with one public function `name(re, im) -> (re, im)`.

    It takes two sequences of as many scalars as there are inputs, of any type that knows `+`, `-`, `*`
    with floats and unary minus (`decimal.Decimal` refuses floats), and returns two lists. Where the
    argument is real it is `name(x)`, where the result is, one list is returned.
    """
    parts = ["re"] if job.real_result else ["re", "im"]
    arguments = ["x"] if job.real_argument else ["re", "im"]
    given = "" if job.real_argument else ", x being re + i im"
    text = f"{job.text}{given}{'' if job.real_result else ', as (re, im)'}"
    values: list[str] = []
    body = list(operations(job, values))
    for side, argument in enumerate(arguments):
        names = [values[element[side]] if element[side] >= 0 else "_" for element in job.elements]
        body.insert(side, f"[{', '.join(names)}] = {argument}")
    for side, part in enumerate(parts):
        items = ", ".join(signed(values, output[side]) for output in job.lowered.outputs)
        body.append(f"out_{part} = [{items}]")
    lines = [
        *job.commented("#"),
        "",
        *constants(job),
        "",
        "",
        f"def {job.name}({', '.join(arguments)}):",
        *docstring(job, text),
        *(f"    {line}" for line in body),
        f"    return {', '.join(f'out_{part}' for part in parts)}",
    ]
    return "\n".join(lines) + "\n"
