"""A program as a function of NumPy arrays, along any axis."""

from __future__ import annotations

from collections.abc import Iterator

from gpfft.emit.job import Job
from gpfft.emit.statements import DTYPES, constants, docstring, operations, signed


def numpy(job: Job) -> str:
    """Returns a module with one public function `name(x, axis=-1)` of arrays of any other axes.

    It works on the real and the imaginary parts, of which it makes copies only where they are of another
    type. Values are given up after their last use, so that little memory is needed and what is needed
    stays in cache.
    """
    real_type, complex_type = DTYPES[job.options.precision]
    result = real_type if job.real_result else complex_type
    count, outputs = len(job.elements), len(job.lowered.outputs)
    note = f"It is an array of {result}, and its memory has that axis first."
    lines = [
        *job.commented("#"),
        "",
        "import numpy as np",
        "",
        *constants(job),
        "",
        "",
        f"def {job.name}(x, axis=-1):",
        *docstring(job, f"{job.text}, along an axis", note),
        "    x = np.moveaxis(np.asarray(x), axis, 0)",
        f"    if len(x) != {count}:",
        f'        raise ValueError(f"the axis must have length {count}, not {{len(x)}}")',
    ]
    if job.real_argument:
        lines += ["    if np.iscomplexobj(x):", '        raise TypeError("real numbers are needed")']
    for side, part in enumerate(["real"] if job.real_argument else ["real", "imag"]):
        names = [job.inputs[element[side]] if element[side] >= 0 else "_" for element in job.elements]
        lines.append(f"    [{', '.join(names)}] = x.{part}.astype(np.{real_type}, copy=False)")
    lines.append(f"    X = np.empty(({outputs}, *x.shape[1:]), np.{result})")
    lines += [f"    {line}" for line in _body(job)]
    lines.append("    return np.moveaxis(X, 0, axis)")
    return "\n".join(lines) + "\n"


def _body(job: Job) -> Iterator[str]:
    """Yields the operations, each followed by the outputs that it makes and by what is no longer needed."""
    program = job.lowered
    begin = program.inputs + len(program.constants)
    last = {a: number for number, (_, *operands) in enumerate(program.operations) for a in operands}
    written: dict[int, list[tuple[str, int, int]]] = {}
    for k, output in enumerate(program.outputs):
        for part, (sign, address) in zip(("real",) if job.real_result else ("real", "imag"), output):
            written.setdefault(address if sign else -1, []).append((part, k, sign))
    values: list[str] = []
    statements = list(operations(job, values))

    def outputs(address: int) -> Iterator[str]:
        for part, k, sign in written.get(address, []):
            yield f"X.{part}[{k}] = {signed(values, (sign, address))}"

    for address in (-1, *range(begin)):
        yield from outputs(address)
    for number, statement in enumerate(statements):
        yield statement
        yield from outputs(begin + number)
        used = {*program.operations[number][1:], begin + number}
        done = sorted(a for a in used if a >= begin and last.get(a, number) == number)
        if done:
            yield f"del {', '.join(values[a] for a in done)}"
