"""Hypothesis strategies: exact numbers, number systems, programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from gpfft import Program
from gpfft.field import Exact, field_of, nth_residue_root
from gpfft.target import Target

sizes = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16])
small_sizes = st.sampled_from([2, 3, 4, 5, 8])
fractions = st.fractions(min_value=-3, max_value=3, max_denominator=8)


@st.composite
def exact_numbers(draw, size: int) -> Exact:
    """Draws a twiddle, or a short rational combination of powers of zeta."""
    field = field_of(size)
    if draw(st.booleans()):
        return field.twiddle(draw(st.integers(0, size - 1)))
    exponents = st.integers(0, field.order - 1)
    return field.polynomial(draw(st.dictionaries(exponents, fractions, max_size=3)))


@dataclass(frozen=True)
class NumberSystem:
    """Where an exact number goes in another number system, and when two numbers there are equal."""

    name: str
    of: Callable[[Exact], Any]
    same: Callable[[Any, Any], bool]


def _close(a: complex, b: complex) -> bool:
    return abs(a - b) <= 1e-9 * (1 + abs(b))


def number_systems(size: int) -> list[NumberSystem]:
    """Returns the systems in which programs are run: floats, finite fields, the exact field."""
    root, other = nth_residue_root(size, 0), nth_residue_root(size, 1)
    return [
        NumberSystem("complex128", complex, _close),
        NumberSystem("F_p, p near 2^60", lambda n: n.residue(root), lambda a, b: a == b),
        NumberSystem("F_p, zeta conjugated", lambda n: n.residue(1 / root), lambda a, b: a == b),
        NumberSystem("F_p, the next p", lambda n: n.residue(other), lambda a, b: a == b),
        NumberSystem("exact", lambda n: n, lambda a, b: a is b),
    ]


@st.composite
def programs(
    draw, size: int, kind: str = "any", most: int = 14, inputs: int = 0, outputs: int = 0
) -> Program:
    """Draws a straight-line program of up to `most` lines, with `size` inputs and outputs unless given.

    kind: "linear" (products with a constant only, no constant added), "affine" (products with a
    constant only) or "any".
    """
    constants = tuple(draw(st.lists(exact_numbers(size), max_size=2, unique=True)))
    lines: list[tuple[Any, ...]] = []
    loaded: list[int] = []  # addresses that hold a twiddle or a constant
    begin = inputs or size
    values = list(range(begin))  # addresses that may be added
    for address in range(begin, begin + draw(st.integers(0, most))):
        name = draw(st.sampled_from(["twiddle", "add", "multiply", "multiply", "reference"]))
        if name == "multiply" and kind != "any" and not loaded:
            name = "twiddle"
        first = loaded if name == "multiply" and kind != "any" else values
        if name == "twiddle":
            lines.append((name, draw(st.integers(0, size + len(constants) - 1))))
            loaded.append(address)
        else:
            rest = [draw(st.sampled_from(values))] if name != "reference" else []
            lines.append((name, draw(st.sampled_from(first)), *rest))
        if name != "twiddle" or kind != "linear":
            values.append(address)
    read = tuple(draw(st.sampled_from(values)) for _ in range(outputs or size))
    return Program(size, tuple(lines), read, constants, inputs)


def sized_programs(kind: str = "any", most: int = 14) -> st.SearchStrategy[Program]:
    """Draws a size, then a program."""
    return small_sizes.flatmap(lambda size: programs(size, kind, most))


@st.composite
def shaped_programs(draw, kind: str = "any", most: int = 14) -> Program:
    """Draws a program with its own numbers of inputs and outputs, 1 to 5 each."""
    sides = st.integers(1, 5)
    return draw(programs(draw(small_sizes), kind, most, draw(sides), draw(sides)))


@st.composite
def targets(draw) -> Target:
    """Draws a small matrix of exact numbers."""
    size = draw(st.sampled_from([4, 8, 12, 20]))
    one = field_of(size).one
    numbers = tuple(dict.fromkeys([one, *draw(st.lists(exact_numbers(size), max_size=4))]))
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    place = st.integers(0, len(numbers) - 1)
    places = [[draw(place) for _ in range(columns)] for _ in range(rows)]
    places[draw(st.integers(0, rows - 1))][0] = 0  # not all zero
    real = all(number.imag.is_zero for number in numbers) and draw(st.booleans())
    return Target(size, numbers, tuple(map(tuple, places)), real, name="drawn")
