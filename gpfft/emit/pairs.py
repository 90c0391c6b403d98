"""A program's complex operations, for registers that hold a real and an imaginary part.

A sum or a product with a constant is a sum of terms: a factor for both parts of a value, or factors
(-q, q) for its parts exchanged, which is the product with i q. Units are carried along, and cost nothing
until an addition takes them in.
"""

from __future__ import annotations

from typing import NamedTuple

from gpfft.emit.schedule import Graph
from gpfft.field import Exact
from gpfft.program import Program

UNITS = (1, 1j, -1, -1j)
Value = tuple[int, int]  # (number of a value, u): i^u times it


class Term(NamedTuple):
    """factor * value, or where it is swapped i * factor * value."""

    value: int
    swapped: bool
    factor: float


class Pairs(NamedTuple):
    """Values are numbered: 0 .. inputs - 1 are the inputs, inputs + i is the sum of sums[i].

    Each output is the sum of its terms; of one that is always zero there are none.
    """

    inputs: int
    sums: tuple[tuple[Term, ...], ...]
    outputs: tuple[tuple[Term, ...], ...]


def pairs(program: Program) -> Pairs:
    """Returns the operations of a simplified program on whole complex values, in an order of few registers.

    Raises ValueError for one that adds a constant to a value, or multiplies two: no linear one does that.
    """
    try:
        return _pairs(program)
    except KeyError:
        raise ValueError("a sum takes two values that are no constants") from None


def _pairs(program: Program) -> Pairs:
    values: dict[int, Value] = {j: (j, 0) for j in range(program.inputs)}
    constants: dict[int, Exact] = {}
    sums: list[tuple[Term, ...]] = []

    def new(*terms: Term) -> Value:
        sums.append(terms)
        return program.inputs + len(sums) - 1, 0

    for number, (name, *operands) in enumerate(program.lines):
        address = program.inputs + number
        if address not in program.last_use:
            continue
        if name == "twiddle":
            constants[address] = program.exact_table[operands[0]]
        elif name == "multiply":
            known = [operand for operand in operands if operand in constants]
            if len(known) != 1:
                raise ValueError("a product of a constant and a value is needed")
            (value, turn), factor = values[sum(operands) - known[0]], complex(constants[known[0]])
            if factor in UNITS:
                values[address] = value, (turn + UNITS.index(factor)) % 4
            else:
                values[address] = new(*_times(value, factor * UNITS[turn]))
        else:
            (a, turn), (b, other) = sorted((values[o] for o in operands), key=lambda value: value[1] % 2)
            value, _ = new(Term(a, False, 1.0), *_times(b, UNITS[(other - turn) % 4]))
            values[address] = value, turn
    zero = {address for address, constant in constants.items() if constant.is_zero}
    outputs = [() if o in zero else _times(values[o][0], UNITS[values[o][1]]) for o in program.outputs]
    return _ordered(program.inputs, sums, outputs)


def _times(value: int, factor: complex) -> tuple[Term, ...]:
    """Returns factor * value as terms."""
    parts = (False, factor.real), (True, factor.imag)
    return tuple(Term(value, swapped, part) for swapped, part in parts if part)


def _ordered(inputs: int, sums: list[tuple[Term, ...]], outputs: list[tuple[Term, ...]]) -> Pairs:
    order = Graph([{term.value for term in terms} for terms in sums], inputs).order()
    place = {inputs + number: inputs + position for position, number in enumerate(order)}

    def moved(terms: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(term._replace(value=place.get(term.value, term.value)) for term in terms)

    return Pairs(inputs, tuple(moved(sums[number]) for number in order), tuple(map(moved, outputs)))
