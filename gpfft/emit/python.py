"""A program as a Python function in real arithmetic on named temporaries."""

from __future__ import annotations

from collections.abc import Iterator

from gpfft.emit.lower import RealProgram, Signed


def python(program: RealProgram, name: str, header: list[str], text: str = "") -> str:
    """Returns a module with one public function `name(re, im) -> (re, im)`.

    It takes two sequences of as many scalars as there are inputs, of any type that knows `+`, `-`, `*`
    with floats and unary minus (`decimal.Decimal` refuses floats), and returns two lists. Every
    intermediate value keeps a name, so it is computed once. `text` says what it returns, by default the DFT.
    """
    doc = text or f"Returns the {program.size}-point DFT of re + i im as (re, im)."
    values = [f"{part}{j}" for j in range(program.inputs // 2) for part in ("a", "b")]
    taken = {"re": values[::2], "im": values[1::2]}
    return _module(program, f"{name}(re, im)", doc, header, values, taken, ["re", "im"])


def real_python(
    program: RealProgram, name: str, header: list[str], text: str, complex_output: bool = False
) -> str:
    """Returns a module with one public function `name(x) -> X` of reals, like `python` does.

    With `complex_output` it is `name(x) -> (re, im)`.
    """
    values = [f"a{j}" for j in range(program.inputs)]
    parts = ["re", "im"] if complex_output else ["re"]
    return _module(program, f"{name}(x)", text, header, values, {"x": values}, parts)


def real_input_python(program: RealProgram, name: str, header: list[str]) -> str:
    """Returns a module with one public function `name(x) -> (re, im)`, like `python` does.

    It takes N scalars, and returns the real and the imaginary parts of X[0] .. X[N/2].
    """
    size = program.size
    doc = f"Returns X[0] .. X[{size // 2}] of the {size}-point DFT of real x as (re, im)."
    return real_python(program, name, header, doc, complex_output=True)


def real_output_python(program: RealProgram, name: str, header: list[str]) -> str:
    """Returns a module with one public function `name(re, im) -> x`, like `python` does.

    It takes the real and the imaginary parts of N/2 + 1 numbers, and returns N reals.
    """
    size = program.size
    half, pairs = size // 2, range(1, (size + 1) // 2)
    doc = f"""Returns the {size} sums over k of re[k] cos(2 pi j k / N) - im[k] sin(2 pi j k / N), N = {size}.

    k goes from 0 to {half}; im[k] is not read where the sine is 0. With re[k] and im[k] doubled for
    0 < k < N/2 this is N times the inverse of rdft{size}.
    """
    taken = {
        "re": [f"a{k}" for k in range(half + 1)],
        "im": [f"b{k}" if k in pairs else "_" for k in range(half + 1)],
    }
    inputs = [name for pair in zip(*taken.values()) for name in pair if name != "_"]
    return _module(program, f"{name}(re, im)", doc, header, inputs, taken, ["x"])


def _module(
    program: RealProgram,
    signature: str,
    doc: str,
    header: list[str],
    inputs: list[str],
    taken: dict[str, list[str]],
    returned: list[str],
) -> str:
    """Returns a module with one function.

    Args:
        inputs: the names of the program's inputs.
        taken: for each argument the names of its items.
        returned: names for the outputs' real, and imaginary, parts.
    """
    values = inputs + [f"_C{i}" for i in range(len(program.constants))]
    text = [f"# {line}" for line in header] + [""]
    for i, constant in enumerate(program.constants):
        text.append(f"_C{i} = {complex(constant).real!r}")
    text += ["", "", f"def {signature}:", f'    """{doc}"""']
    text += [f"    [{', '.join(names)}] = {argument}" for argument, names in taken.items()]
    text += _lines(program, values)
    for side, part in enumerate(returned):
        items = ", ".join(_signed(values, output[side]) for output in program.outputs)
        text.append(f"    out_{part} = [{items}]")
    text += [f"    return {', '.join(f'out_{part}' for part in returned)}", ""]
    return "\n".join(text)


def _lines(program: RealProgram, values: list[str]) -> Iterator[str]:
    """Yields a line an operation, and adds its name to the values."""
    for i, (sign, a, b) in enumerate(program.operations):
        x, y = values[a], values[b]
        left, right = (y, x) if x.startswith("_C") else (x, y)  # the value first: its type decides
        yield f"    t{i} = {left} {sign} {right}" if sign == "*" else f"    t{i} = {x} {sign} {y}"
        values.append(f"t{i}")


def _signed(values: list[str], signed: Signed) -> str:
    sign, address = signed
    return "0.0" if sign == 0 else values[address] if sign > 0 else "-" + values[address]
