"""A program as SymPy expressions that keep temporaries, in the form of `sympy.cse`."""

from __future__ import annotations

from collections.abc import Iterator

from gpfft.emit.closed import Product, closed_form
from gpfft.emit.job import Job
from gpfft.emit.lower import Signed
from gpfft.emit.statements import docstring


def sympy(job: Job) -> str:
    """Returns a module with one public function `name() -> (replacements, reduced_exprs)`.

    Replacements are pairs (symbol, expression): the constants, exactly, and then an operation each. The
    expressions are the outputs: the real and the imaginary part of each in turn, or where the result is
    real the real parts. The symbols of the inputs are a0, b0, a1, b1 .. for the parts of x[0], x[1] ..
    """
    values = [*job.inputs, *(f"c{i}" for i in range(len(job.lowered.constants)))]
    replacements = [
        f"(c{i}, {' + '.join(map(_text, closed_form(constant)))})"
        for i, constant in enumerate(job.lowered.constants)
    ]
    replacements += _operations(job, values)
    sides = 1 if job.real_result else 2
    reduced = [_signed(values, part) for output in job.lowered.outputs for part in output[:sides]]
    parts = "the outputs" if job.real_result else "the real and the imaginary part of each output in turn"
    inputs = "a0, a1 .." if job.real_argument else "a0 + I b0, a1 + I b1 .."
    note = f"x is {inputs}; the expressions are {parts}."
    lines = [
        *job.commented("#"),
        "",
        "import sympy",
        "",
        "",
        f"def {job.name}():",
        *docstring(job, f"{job.text}, as sympy.cse does: (replacements, reduced_exprs)", note),
        f"    [{', '.join(values)}] = map(sympy.Symbol, {' '.join(values)!r}.split())",
        "    replacements = [",
        *(f"        {pair}," for pair in replacements),
        "    ]",
        f"    return replacements, [{', '.join(reduced)}]",
    ]
    return "\n".join(lines) + "\n"


def _operations(job: Job, values: list[str]) -> Iterator[str]:
    """Yields a pair an operation, and adds the names of the results to the values."""
    for i, (sign, a, b) in enumerate(job.lowered.operations):
        x, y = values[a], values[b]
        values.append(f"t{i}")
        twice = a == b and sign == "+"  # what would become 2 x, a multiplication
        yield f"(t{i}, {f'sympy.Add({x}, {y}, evaluate=False)' if twice else f'{x} {sign} {y}'})"


def _signed(values: list[str], value: Signed) -> str:
    sign, address = value
    return "sympy.Integer(0)" if sign == 0 else values[address] if sign > 0 else "-" + values[address]


def _text(product: Product) -> str:
    """Returns a product as an expression of SymPy."""
    texts = [f"sympy.Rational({product.ratio.numerator}, {product.ratio.denominator})"]
    if product.square != 1:
        texts.append(f"sympy.sqrt({product.square})")
    for function, angle, exponent in product.factors:
        power = f"**{exponent}" if exponent != 1 else ""
        times = f"{angle.numerator}*" if angle.numerator != 1 else ""
        texts.append(f"sympy.{function}({times}sympy.pi/{angle.denominator}){power}")
    return "*".join(texts[1:] if product.ratio == 1 and len(texts) > 1 else texts)
