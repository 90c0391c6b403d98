"""The statements of loops and of leaves, in the syntax that Python and C share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from gpfft.emit.loops import Loop, Product, Roots, Stream, Sum, Turned
from gpfft.emit.lower import RealProgram
from gpfft.emit.statements import signed

Statement = tuple[str, str]  # what is set, and to what
Part = tuple[str, str]  # sign, "" or "-", and the name of a real value
# of each memory the arrays, where a vector begins there, and its step, "" for 1
ARRAYS = {"x": ("x", "y", "at", "step"), "X": ("X", "Y", "o", ""), "t": ("X", "Y", "t", "")}
Number = Callable[[float], str]  # how a constant is written


def share_text(share: Fraction, division: str) -> str:
    """Returns a share of n, `division` being the operator of whole numbers."""
    top = "n" if share.numerator == 1 else f"{share.numerator} * n"
    return "0" if not share else top if share.denominator == 1 else f"{top} {division} {share.denominator}"


def place_text(stream: Stream, origin: str, step: str, division: str) -> str:
    """Returns where a stream begins: origin + step * (its start), `step` being "" for 1."""
    terms = [share_text(share, division) for share in [stream.base + stream.start] if share]
    terms += [str(stream.offset)] if stream.offset else []
    if not terms:
        return origin
    inside = " + ".join(terms).replace("+ -", "- ")
    inside = f"{step} * ({inside})" if step and inside != "1" else step or inside
    return f"{origin} + {inside}".replace("+ -", "- ")


def loop_statements(loop: Loop, number_text: Number) -> Iterator[Statement]:
    """Yields what is done at place j.

    Stream s is the arrays r<s>, i<s>, at (k<s> + stride j) % m<s> where it wraps; roots f are c<f>, s<f>.
    """
    streams, roots = loop.streams, loop.roots
    for number, step in enumerate(loop.steps):
        if isinstance(step, Stream):
            index = _index(step, streams.index(step))
            yield f"p{number}", f"r{streams.index(step)}[{index}]"
            yield f"q{number}", f"i{streams.index(step)}[{index}]"
        elif isinstance(step, Sum):
            (a, b), (c, d) = _parts(step.a), _parts(step.b)
            yield f"p{number}", _sum(a, c)
            yield f"q{number}", _sum(b, d)
        else:
            yield from _product(step, number, roots, number_text)
    for stream, operand in loop.writes:
        for array, part in zip("ri", _parts(operand)):
            place = streams.index(stream)
            yield f"{array}{place}[{_index(stream, place)}]", "".join(part)


def _index(stream: Stream, number: int) -> str:
    if stream.wraps is None:
        return "j"
    return f"(k{number} + {stream.stride} * j) % m{number}" if stream.stride > 0 else (
        f"(k{number} - {-stream.stride} * j) % m{number}"
    )


def _product(
    step: Product, number: int, roots: list[Roots], number_text: Number
) -> Iterator[Statement]:
    (s, a), (t, b) = _parts(step.a)
    if isinstance(step.factor, Roots):
        place = roots.index(step.factor)
        c, d = f"c{place}[j]", f"s{place}[j]"
    else:
        c, d = f"({number_text(step.factor.real)})", f"({number_text(step.factor.imag)})"
    yield f"p{number}", _sum((s, f"{a} * {c}"), ("" if t else "-", f"{b} * {d}"))
    yield f"q{number}", _sum((s, f"{a} * {d}"), (t, f"{b} * {c}"))


def _parts(operand: Turned) -> tuple[Part, Part]:
    """Returns the real and the imaginary part of an operand."""
    p, q = f"p{operand.number}", f"q{operand.number}"
    turned: list[tuple[Part, Part]] = [
        (("", p), ("", q)), (("", q), ("-", p)), (("-", p), ("-", q)), (("-", q), ("", p))
    ]  # fmt: skip
    return turned[operand.quarters]


def _sum(a: Part, b: Part) -> str:
    """Returns a + b, minus signs folded."""
    if a[0] and not b[0]:
        a, b = b, a
    return f"{a[0]}{a[1]} {'-' if b[0] else '+'} {b[1]}"


def leaf_statements(program: RealProgram, number_text: Number) -> Iterator[Statement]:
    """Yields the operations of a program of N complex inputs a<j> + i b<j>; see `leaf_outputs`."""
    values = _values(program, number_text)
    for number, (sign, a, b) in enumerate(program.operations):
        yield f"t{number}", f"{values[a]} {sign} {values[b]}"


def _values(program: RealProgram, number_text: Number) -> list[str]:
    """Returns how the inputs, constants and results of a program are written."""
    values = [f"{part}{j}" for j in range(program.inputs // 2) for part in ("a", "b")]
    values += [f"({number_text(complex(constant).real)})" for constant in program.constants]
    return values + [f"t{number}" for number in range(len(program.operations))]


def leaf_outputs(program: RealProgram, number_text: Number) -> Iterator[tuple[str, str]]:
    """Yields the real and the imaginary part of each output."""
    values = _values(program, number_text)
    for re, im in program.outputs:
        yield signed(values, re), signed(values, im)
