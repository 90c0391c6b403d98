"""A program as a Python function in real arithmetic on named temporaries."""

from __future__ import annotations

from gpfft.emit.lower import RealProgram, Signed


def python(program: RealProgram, name: str, header: list[str]) -> str:
    """Returns a module with one public function `name(re, im) -> (re, im)`.

    It takes two sequences of N scalars of any type that knows `+`, `-`, `*` with floats and unary
    minus (`decimal.Decimal` refuses floats), and returns two lists. Every intermediate value keeps
    a name, so it is computed once.
    """
    size = program.size
    values = [f"{part}{j}" for j in range(size) for part in ("a", "b")]
    values += [f"_C{i}" for i in range(len(program.constants))]
    text = [f"# {line}" for line in header] + [""]
    for i, constant in enumerate(program.constants):
        text.append(f"_C{i} = {complex(constant).real!r}")
    text += ["", "", f"def {name}(re, im):"]
    text.append(f'    """Returns the {size}-point DFT of re + i im as (re, im)."""')
    text.append(f"    [{', '.join(values[: 2 * size : 2])}] = re")
    text.append(f"    [{', '.join(values[1 : 2 * size : 2])}] = im")
    for i, (sign, a, b) in enumerate(program.operations):
        x, y = values[a], values[b]
        left, right = (y, x) if x.startswith("_C") else (x, y)  # the value first: its type decides
        text.append(f"    t{i} = {left} {sign} {right}" if sign == "*" else f"    t{i} = {x} {sign} {y}")
        values.append(f"t{i}")
    for part, side in (("re", 0), ("im", 1)):
        items = ", ".join(_signed(values, output[side]) for output in program.outputs)
        text.append(f"    out_{part} = [{items}]")
    text += ["    return out_re, out_im", ""]
    return "\n".join(text)


def _signed(values: list[str], signed: Signed) -> str:
    sign, address = signed
    return "0.0" if sign == 0 else values[address] if sign > 0 else "-" + values[address]
