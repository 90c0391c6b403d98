"""The laws that every row of `primitives.TABLE` meets, as plain functions that assert."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from primitives import Primitive, twiddle

from gpfft import Program
from gpfft.emit.lower import lower
from gpfft.encodings.plain.kernel import compiled
from gpfft.field import Exact, field_of
from tests.strategies import number_systems


def it_is_well_formed(primitive: Primitive) -> None:
    """A row has one index or one or two values as operands, and says where its count is from."""
    assert primitive.operands in (("index",), ("value",), ("value", "value")), "operands"
    assert primitive.name.isidentifier()
    assert primitive.source.strip(), "no source"


def apply(primitive: Primitive, k: int, numbers: list[Any], table: Any) -> Any:
    """Returns the value for twiddle k or for the first numbers, as many as it has operands."""
    if primitive.operands == ("index",):
        return primitive.value(k, table)
    return primitive.value(*numbers[: primitive.arity])


def its_value_agrees_between_systems(
    primitive: Primitive, size: int, k: int, numbers: list[Exact]
) -> None:
    """Computing exactly and then changing the number system is the same as changing first."""
    powers = [field_of(size).twiddle(j) for j in range(size)]
    exact = apply(primitive, k, numbers, powers)
    for system in number_systems(size):
        table = [system.of(power) for power in powers]
        found = apply(primitive, k, [system.of(number) for number in numbers], table)
        assert system.same(found, system.of(exact)), f"{primitive.name} differs in {system.name}"


def it_works_on_arrays(primitive: Primitive, numbers: list[complex]) -> None:
    """On arrays it does element by element what it does on numbers."""
    array = np.array(numbers)
    table = twiddle.table(8)
    found = apply(primitive, 3, [array, array[::-1]], np.array(table))
    pairs = zip(numbers, reversed(numbers))
    wanted = [apply(primitive, 3, [a, b], table) for a, b in pairs]
    assert np.allclose(np.broadcast_to(found, array.shape), wanted, rtol=1e-12, atol=1e-12)


def it_compiles(primitive: Primitive, numbers: list[complex]) -> None:
    """Compiled, its value and its flops are what they are in plain Python."""
    value, flops = compiled(primitive.value), compiled(primitive.flops)
    table = np.array(twiddle.table(8))
    for k, (a, b) in enumerate(itertools.product(numbers, repeat=2)):
        found, wanted = (
            value(k, table) if primitive.operands == ("index",) else value(*(a, b)[: primitive.arity]),
            apply(primitive, k, [a, b], table),
        )
        assert abs(found - wanted) <= 1e-12 * (1 + abs(wanted))
        for known in ((False, False), (True, False), (False, True)):
            arguments = (a, known[0], b, known[1])[: 2 * _values(primitive)]
            assert flops(*arguments) == primitive.flops(*arguments)


def its_flops_cover_the_lowered_line(primitive: Primitive, size: int) -> None:
    """It declares no fewer operations than a program of that one line has when lowered."""
    for program, declared in one_line_programs(primitive, size):
        counted = lower(program).cost.flops
        assert counted <= declared, f"{primitive.name}: {declared} declared, {program} has {counted}"


def one_line_programs(primitive: Primitive, size: int) -> list[tuple[Program, int]]:
    """Returns programs of one such line, with the flops it declares: for each choice of inputs and
    twiddles as operands, not all of them twiddles."""
    if primitive.operands == ("index",):
        return [_one_line(size, [], (primitive.name, k), primitive.flops()) for k in range(size)]
    inputs = [(address, 0j, False) for address in range(min(size, 2))]
    twiddles = [(size, twiddle.power(k, size), True) for k in range(size)]
    found = []
    for operands in itertools.product(inputs + twiddles, repeat=primitive.arity):
        known = [number for _, number, is_known in operands if is_known]
        if len(known) < primitive.arity:
            loads = [("twiddle", twiddle.table(size).index(number)) for number in known]
            declared = primitive.flops(*(part for operand in operands for part in operand[1:]))
            line = (primitive.name, *(address for address, _, _ in operands))
            found.append(_one_line(size, loads, line, declared))
    return found


def _one_line(size: int, loads: list[Any], line: Any, declared: int) -> tuple[Program, int]:
    lines = (*loads, line)
    return Program(size, lines, (size + len(lines) - 1,) * size), declared


def _values(primitive: Primitive) -> int:
    return sum(kind == "value" for kind in primitive.operands)


def all_laws(primitive: Primitive, numbers: list[Exact], size: int) -> None:
    """Every law above, on numbers of the field of `size`."""
    it_is_well_formed(primitive)
    its_value_agrees_between_systems(primitive, size, 1, numbers)
    it_works_on_arrays(primitive, [complex(number) for number in numbers])
    it_compiles(primitive, [complex(number) for number in numbers])
    its_flops_cover_the_lowered_line(primitive, size)
