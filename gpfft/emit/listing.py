"""A program as text that a person reads: a line a sum, free factors as signs."""

from __future__ import annotations

from gpfft.cost import price
from gpfft.program import Program


def listing(program: Program, header: list[str], real: bool = False) -> str:
    """Returns the listing: `header` as comments, then a line a value, then the outputs.

    Products with constants are written where they are used. W is exp(-2 pi i / N). `real` says that
    all constants are real numbers.
    """
    names = {j: f"x{j}" for j in range(program.inputs)}
    constants: dict[int, str] = {}
    rows: list[tuple[str, str]] = []
    for address, (name, *operands) in enumerate(program.lines, start=program.inputs):
        if address not in program.last_use:
            continue
        if name == "twiddle":
            constants[address] = constant_text(program, operands[0], real)[0]
            names[address] = constants[address]
        elif name == "multiply" and operands[0] in constants:
            names[address] = _product(constants[operands[0]], names[operands[1]])
        elif name == "reference":
            names[address] = names[operands[0]]
        else:
            terms = [names[o] for o in operands]
            rows.append((f"v{address}", _expression(name, terms)))
            names[address] = f"v{address}"
    for k, address in enumerate(program.outputs):
        rows.append((f"X{k}", names[address]))
    width = max(len(name) for name, _ in rows)
    lines = [f"# {line}" for line in header]
    return "\n".join([*lines, *(f"{name:<{width}} = {text}" for name, text in rows)]) + "\n"


def constant_text(program: Program, place: int, real: bool = False) -> tuple[str, bool]:
    """Returns how entry `place` of the table is written, and whether a product with it costs.

    A unit, a power of W with its sign taken out, or the value of a constant of the program's own,
    which is real if `real` says so.
    """
    number = program.exact_table[place]
    if number.quarter is not None:
        return ("1", "-i", "-1", "i")[number.quarter], False
    if place < program.size:
        half = program.size // 2 if program.size % 2 == 0 else program.size
        return (f"W^{place}" if place < half else f"-W^{place - half}"), True
    value = complex(number)
    return f"{value.real:.17g}" if real else f"({value:.17g})", price(number) > 0


def sum_text(a: str, b: str) -> str:
    """Returns a + b, the sign of b folded."""
    return f"{a} - {b[1:]}" if b.startswith("-") else f"{a} + {b}"


def _product(constant: str, value: str) -> str:
    sign = "-" if constant.startswith("-") != value.startswith("-") else ""
    size, rest = constant.removeprefix("-"), value.removeprefix("-")
    return sign + (rest if size == "1" else f"{size} {rest}")


def _expression(name: str, terms: list[str]) -> str:
    if name == "add":
        return sum_text(*terms)
    if name == "multiply":
        return " * ".join(f"({term})" for term in terms)
    return f"{name}({', '.join(terms)})"
