"""Known programs, right and wrong. Values are numbered: inputs 0 .. N-1, then the lines."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from gpfft import Program
from gpfft.field import Exact, field_of
from gpfft.program import Builder


def definition(size: int) -> Program:
    """Returns the definition of the DFT, term by term."""
    build = Builder(size)
    return build.program(_definition(build, lambda j, k: build.turned(j, j * k)))


def _definition(build: Builder, term) -> list[int]:
    points = range(build.size)
    return [build.total([term(j, k) for j in points]) for k in points]


def fft4() -> Program:
    """Returns the 4-point FFT: 8 complex additions, 16 flops."""
    lines = (
        ("twiddle", 2),  # 4: -1
        ("twiddle", 1),  # 5: -i
        ("add", 0, 2),  # 6: x0 + x2
        ("multiply", 4, 2),  # 7: -x2
        ("add", 0, 7),  # 8: x0 - x2
        ("add", 1, 3),  # 9: x1 + x3
        ("multiply", 4, 3),  # 10: -x3
        ("add", 1, 10),  # 11: x1 - x3
        ("multiply", 5, 11),  # 12: -i (x1 - x3)
        ("add", 6, 9),  # 13: X0
        ("add", 8, 12),  # 14: X1
        ("multiply", 4, 9),  # 15: -(x1 + x3)
        ("add", 6, 15),  # 16: X2
        ("multiply", 4, 12),  # 17: i (x1 - x3)
        ("add", 8, 17),  # 18: X3
    )
    return Program(4, lines, (13, 14, 16, 18))


def radix2(size: int) -> Program:
    """Returns the textbook decimation in time for a power of two (Cooley & Tukey 1965)."""
    build = Builder(size)
    return build.program(_radix2(build, list(range(size))))


def _radix2(build: Builder, points: list[int]) -> list[int]:
    if len(points) == 1:
        return points
    even, odd = _radix2(build, points[::2]), _radix2(build, points[1::2])
    step = build.size // len(points)
    turned = [build.turned(value, step * k) for k, value in enumerate(odd)]
    sums = [build.line("add", a, b) for a, b in zip(even, turned)]
    minus = [build.turned(b, build.size // 2) for b in turned]
    return sums + [build.line("add", a, b) for a, b in zip(even, minus)]


def fft8() -> Program:
    """Returns the 8-point FFT: 24 complex additions and two products that cost, 56 flops."""
    return radix2(8)


def plus_product(size: int) -> Program:
    """Returns F x + x0 x1: right on every impulse and on 0."""
    build = Builder(size)
    outputs = _definition(build, lambda j, k: build.turned(j, j * k))
    product = build.line("multiply", 0, 1)
    return build.program([build.line("add", output, product) for output in outputs])


def permuted(size: int) -> Program:
    """Returns the DFT with its last two outputs exchanged: linear, and every row is right."""
    *first, a, b = definition(size).outputs
    return Program(size, definition(size).lines, (*first, b, a))


def inverse(size: int) -> Program:
    """Returns the inverse DFT without its factor 1/N."""
    build = Builder(size)
    return build.program(_definition(build, lambda j, k: build.turned(j, -j * k)))


def almost(size: int, error: Fraction = Fraction(1, 10**12)) -> Program:
    """Returns the DFT with W^1 off by 10^-12 in the last output, which doubles hardly show."""
    build = Builder(size)
    wrong = build.line("multiply", build.constant(_off(size, error)), 1)
    last = size - 1
    outputs = _definition(
        build, lambda j, k: wrong if (j, k) == (1, last) else build.turned(j, j * k)
    )
    return build.program(outputs)


def _off(size: int, error: Fraction) -> Exact:
    field = field_of(size)
    power = (size - 1) * field.order // size  # of zeta, W^(size - 1)
    return field.polynomial({power: Fraction(1)}) + field.polynomial({0: error})


def plus_constant(size: int) -> Program:
    """Returns F x + 1/2: its linear part is right."""
    build = Builder(size)
    half = build.constant(field_of(size).rational(Fraction(1, 2)))
    outputs = _definition(build, lambda j, k: build.turned(j, j * k))
    return build.program([build.line("add", output, half) for output in outputs])


# What the judge must refuse, and the property that each lacks.
WRONG = {
    "plus a product": (plus_product, "linearity"),
    "outputs permuted": (permuted, "impulse response"),
    "inverse": (inverse, "impulse response"),
    "a twiddle off by 1e-12": (almost, "impulse response"),
    "plus a constant": (plus_constant, "zero response"),
}


def twiddle_changed(program: Program) -> Program:
    """Returns the program with the last product that has a twiddle W^1 made one with W^2."""
    first, second = (program.size + program.lines.index(("twiddle", k)) for k in (1, 2))
    number = max(i for i, line in enumerate(program.lines) if line[:2] == ("multiply", first))
    wrong = ("multiply", second, program.lines[number][2])
    return replace(program, lines=(*program.lines[:number], wrong, *program.lines[number + 1 :]))


def outputs_exchanged(program: Program) -> Program:
    """Returns the program with its first and its last output exchanged."""
    first, *middle, last = program.outputs
    return replace(program, outputs=(last, *middle, first))


def product_added(program: Program) -> Program:
    """Returns the program with x0 x1 added to its last output."""
    return _last_output_plus(program, ("multiply", 0, 1))


def constant_added(program: Program) -> Program:
    """Returns the program with 1 added to its last output."""
    return _last_output_plus(program, ("twiddle", 0))


def _last_output_plus(program: Program, line: tuple) -> Program:
    *outputs, last = program.outputs
    place = program.size + len(program.lines)
    lines = (*program.lines, line, ("add", last, place))
    return replace(program, lines=lines, outputs=(*outputs, place + 1))


# What spoils any program of 8 points or more, and the property that it then lacks.
SPOILT = {
    "a twiddle changed": (twiddle_changed, "impulse response"),
    "two outputs exchanged": (outputs_exchanged, "impulse response"),
    "a product added": (product_added, "linearity"),
    "a constant added": (constant_added, "zero response"),
}
