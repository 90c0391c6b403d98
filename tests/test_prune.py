"""Pruning a real program: the same outputs, never more operations, each value computed once."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpfft.emit.lower import RealProgram, lower, pruned
from gpfft.field import Exact, field_of, nth_residue_root
from tests.strategies import sized_programs

kinds = st.sampled_from(["linear", "affine", "any"])


def outputs(program: RealProgram) -> list[Exact]:
    """Returns the outputs for some exact real inputs."""
    field = field_of(program.size)
    inputs = [field.polynomial({0: Fraction(2 * j + 3, 1 + j)}) for j in range(program.inputs)]
    return program.run(inputs, program.constants, field.zero)


def real(inputs: int, operations: list[tuple[str, int, int]], *outputs: int) -> RealProgram:
    """Returns a real program of so many inputs and the constant 1/3 after them."""
    third = field_of(4).rational(Fraction(1, 3))
    pairs = tuple(((1, address), (0, 0)) for address in outputs)
    return RealProgram(4, (third,), tuple(operations), pairs, inputs)


@settings(max_examples=200)
@given(kinds.flatmap(lambda kind: sized_programs(kind, 8)))
def test_it_has_the_same_outputs_exactly_and_no_more_operations(program: RealProgram) -> None:
    lowered = lower(program)
    less = pruned(lowered)
    assert all(a is b for a, b in zip(outputs(less), outputs(lowered), strict=True))
    assert less.cost.flops <= lowered.cost.flops
    assert less.inputs == lowered.inputs


@given(kinds.flatmap(lambda kind: sized_programs(kind, 20)))
def test_no_two_operations_have_one_value_up_to_its_sign_and_none_is_dead(program: RealProgram) -> None:
    less = pruned(lower(program))
    root = nth_residue_root(less.size, 3)
    dice = random.Random(0)
    values = [root**0 * dice.getrandbits(59) for _ in range(less.inputs)]
    values += [c.residue(root) for c in less.constants]
    for sign, a, b in less.operations:
        x, y = values[a], values[b]
        values.append(x + y if sign == "+" else x - y if sign == "-" else x * y)
    made = [min(int(x), int(-x)) for x in values[less.inputs + len(less.constants) :]]
    assert len(set(made)) == len(made) and 0 not in made
    read = {a for _, *pair in less.operations for a in pair} | {a for s, a in less.parts if s}
    assert set(range(less.inputs, len(values))) <= read


@given(kinds.flatmap(sized_programs))
def test_pruned_again_it_has_as_many_operations_or_fewer(program: RealProgram) -> None:
    once = pruned(lower(program, real=True))
    assert pruned(once).cost.flops <= once.cost.flops


CASES = {
    "a sum in two orders": (real(3, [("+", 0, 1), ("+", 4, 2), ("+", 1, 2), ("+", 0, 6)], 5, 7), 2),
    "a difference and its negative": (real(2, [("-", 0, 1), ("-", 1, 0)], 3, 4), 1),
    "what comes back": (real(2, [("+", 0, 1), ("-", 3, 1)], 4), 0),
    "what vanishes": (real(2, [("+", 0, 1), ("-", 3, 1), ("-", 4, 0)], 5), 0),
    "three thirds": (real(1, [("*", 1, 0), ("+", 2, 2), ("+", 3, 2)], 4), 0),
    "a product of a sum, and the sum of products": (
        real(2, [("*", 2, 0), ("*", 2, 1), ("+", 3, 4), ("+", 0, 1), ("*", 2, 6)], 5, 7, 6), 2
    ),
    "a sum of what is there (resubstitution)": (
        real(4, [("+", 0, 1), ("+", 2, 3), ("+", 0, 2), ("+", 7, 1), ("+", 8, 3)], 5, 6, 9), 3
    ),
    "an output that is an input": (real(2, [("+", 0, 1)], 0, 1), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_so_many_operations_are_left_of(case: str) -> None:
    program, flops = CASES[case]
    less = pruned(program)
    assert less.cost.flops == flops
    assert all(a is b for a, b in zip(outputs(less), outputs(program), strict=True))


def test_the_way_is_taken_that_shares_most_though_it_came_last() -> None:
    chain = [("+", 0, 1), ("+", 5, 2), ("+", 6, 3)]  # x0 + x1 + x2 + x3, one after the other
    pairs = [("+", 0, 2), ("+", 1, 3), ("+", 8, 9), ("-", 8, 9)]  # and by halves, whose difference counts
    program = real(4, chain + pairs, 7, 11)
    assert pruned(program).cost.flops == 4
