"""A program as a Python function in real arithmetic on named temporaries."""

from __future__ import annotations

from gpfft.emit.lower import RealProgram, Signed


def python(program: RealProgram, name: str, header: list[str], text: str = "") -> str:
    """Returns a module with one public function `name(re, im) -> (re, im)`.

    Of real input it is `name(x) -> X`, a list, or `(re, im)` where outputs have imaginary parts. `text`
    says what it returns, by default the DFT.

    It takes two sequences of N scalars of any type that knows `+`, `-`, `*` with floats and unary
    minus (`decimal.Decimal` refuses floats), and returns two lists. Every intermediate value keeps
    a name, so it is computed once.
    """
    names = "a" if program.real else "ab"
    values = [f"{part}{j}" for j in range(program.inputs) for part in names]
    loaded = list(values)
    values += [f"_C{i}" for i in range(len(program.constants))]
    lines = [f"# {line}" for line in header] + [""]
    for i, constant in enumerate(program.constants):
        lines.append(f"_C{i} = {complex(constant).real!r}")
    arguments = ["x"] if program.real else ["re", "im"]
    lines += ["", "", f"def {name}({', '.join(arguments)}):"]
    lines.append(f'    """{text or f"Returns the {program.size}-point DFT of re + i im as (re, im)."}"""')
    for i, argument in enumerate(arguments):
        lines.append(f"    [{', '.join(loaded[i :: len(arguments)])}] = {argument}")
    for i, (sign, a, b) in enumerate(program.operations):
        x, y = values[a], values[b]
        left, right = (y, x) if x.startswith("_C") else (x, y)  # the value first: its type decides
        lines.append(f"    t{i} = {left} {sign} {right}" if sign == "*" else f"    t{i} = {x} {sign} {y}")
        values.append(f"t{i}")
    parts = ["re"] if program.is_real else ["re", "im"]
    for side, part in enumerate(parts):
        items = ", ".join(_signed(values, output[side]) for output in program.outputs)
        lines.append(f"    out_{part} = [{items}]")
    lines += [f"    return {', '.join(f'out_{part}' for part in parts)}", ""]
    return "\n".join(lines)


def _signed(values: list[str], signed: Signed) -> str:
    sign, address = signed
    return "0.0" if sign == 0 else values[address] if sign > 0 else "-" + values[address]
