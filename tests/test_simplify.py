"""Simplify keeps what is computed, and never makes it dearer."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from primitives import TABLE

from gpfft import Program, judge, simplify
from gpfft.emit.lower import lower
from gpfft.field import field_of, residue_root
from tests import programs
from tests.strategies import shaped_programs, sized_programs
from tests.test_judge import single_changes
from tests.test_program import residues

kinds = st.sampled_from(["linear", "affine", "any"])


@settings(max_examples=150)
@given(kinds.flatmap(sized_programs))
def test_simplify_keeps_the_outputs_in_another_finite_field(program: Program) -> None:
    simple = simplify(program)
    inputs, table = residues(program)
    found = simple.run(inputs, residues(simple)[1])
    assert found == [inputs[0] * 0 + out for out in program.run(inputs, table)]


@given(kinds.flatmap(shaped_programs))
def test_simplify_keeps_inputs_and_outputs_whatever_their_number(program: Program) -> None:
    simple, root = simplify(program), residue_root(program.size, program.constants)
    assert (simple.inputs, len(simple.outputs)) == (program.inputs, len(program.outputs))
    x = [root**0 * (7 * j * j + 3) for j in range(program.inputs)]
    found, wanted = (
        [root * 0 + out for out in one.run(x, [number.residue(root) for number in one.exact_table])]
        for one in (simple, program)
    )
    assert found == wanted


@given(sized_programs("affine"))
def test_simplify_keeps_the_outputs_in_floating_point(program: Program) -> None:
    parts = np.random.default_rng(0).standard_normal((2, 3, program.size))
    x = parts[0] + 1j * parts[1]
    wanted = program(x)
    assert np.allclose(simplify(program)(x), wanted, rtol=1e-9, atol=1e-9 * (1 + np.abs(wanted).max()))


@settings(max_examples=200)
@given(sized_programs("linear", 12))
def test_simplify_never_raises_the_count_of_a_short_linear_program(program: Program) -> None:
    assert lower(simplify(program)).cost.flops <= lower(program).cost.flops


@pytest.mark.parametrize("seventh", range(7))
def test_near_an_fft_simplify_never_raises_the_count_and_once_is_enough(seventh: int) -> None:
    for program in list(single_changes(programs.fft8()))[seventh::35]:  # a fifth of them in all
        if judge(program).failed != "linearity":
            simplifies_in_one_go(program)


def simplifies_in_one_go(program: Program) -> None:
    """The count does not rise, and does not change when simplified again."""
    once = simplify(program)
    assert lower(once).cost.flops <= lower(program).cost.flops
    assert lower(simplify(once)).cost == lower(once).cost


@example(Program(3, (("add", 0, 0), ("multiply", 3, 1)), (3, 4, 3)))  # 2 x0 and (2 x0) x1
@given(kinds.flatmap(lambda kind: sized_programs(kind, 20)))
def test_simplify_never_raises_the_count(program: Program) -> None:
    assert lower(simplify(program)).cost.flops <= lower(program).cost.flops


@example(Program(2, (("twiddle", 0), ("add", 1, 1), ("multiply", 2, 3), ("add", 4, 4)), (5, 0)))  # 4 x1
@given(kinds.flatmap(sized_programs))
def test_simplifying_twice_costs_the_same_as_once(program: Program) -> None:
    once = simplify(program)
    assert lower(simplify(once)).cost == lower(once).cost


@given(kinds.flatmap(sized_programs))
def test_what_is_simplified_is_live_unrepeated_and_made_of_the_core_primitives(program: Program) -> None:
    simple = simplify(program)
    assert {name for name, *_ in simple.lines} <= {row.name for row in TABLE} - {"reference"}
    assert len(set(simple.lines)) == len(simple.lines)
    assert all(simple.size + number in simple.last_use for number in range(len(simple.lines)))


@given(sized_programs(), sized_programs())
def test_a_dead_line_costs_nothing(program: Program, dead: Program) -> None:
    moved = [(name, *operands) for name, *operands in dead.lines if name != "twiddle"]
    extra = [(name, *(o % program.size for o in operands)) for name, *operands in moved]
    longer = Program(program.size, (*program.lines, *extra), program.outputs, program.constants)
    assert lower(longer) == lower(program)
    assert simplify(longer) == simplify(program)


# Lines over the inputs 0 .. 3, then the lines that are expected.
@pytest.mark.parametrize(
    "lines, output, expected",
    [
        pytest.param([("reference", 0), ("reference", 4)], 5, [], id="a reference is its value"),
        pytest.param([("twiddle", 2), ("multiply", 4, 0), ("multiply", 4, 5)], 6, [], id="- -x is x"),
        pytest.param(
            [("twiddle", 1), ("twiddle", 3), ("multiply", 4, 0), ("multiply", 5, 6)],
            7,
            [],
            id="i (-i) x is x",
        ),
        pytest.param([("twiddle", 0), ("multiply", 0, 4)], 5, [], id="1 x is x"),
        pytest.param(
            [
                ("add", 0, 1),
                ("add", 1, 0),
                ("twiddle", 2),
                ("multiply", 6, 5),
                ("add", 4, 7),
                ("add", 8, 2),
            ],
            9,
            [],
            id="(a + b) - (b + a) + c is c",
        ),
        pytest.param([("add", 1, 0)], 4, [("add", 0, 1)], id="the lower input comes first"),
    ],
)
def test_a_small_program_becomes_smaller(lines: list, output: int, expected: list) -> None:
    simple = simplify(Program(4, tuple(lines), (output,) * 4))
    assert list(simple.lines) == expected


def test_equal_sums_in_another_order_are_computed_once() -> None:
    lines = (("add", 0, 1), ("add", 4, 2), ("add", 1, 2), ("add", 0, 6))
    assert lower(simplify(Program(4, lines, (5, 7, 5, 7)))).cost.flops == 4


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 8, 16])
def test_the_definition_simplified_is_still_the_dft(size: int) -> None:
    assert judge(simplify(programs.definition(size))).exact


def test_the_fft_keeps_its_56_operations() -> None:
    assert lower(simplify(programs.fft8())).cost.flops == 56


def test_an_fft_of_1024_points_is_simplified_like_a_small_one() -> None:
    program = programs.radix2(1024)
    simple = simplify(program)
    x = np.random.default_rng(0).standard_normal(1024)
    assert np.allclose(simple(x), program(x), rtol=0, atol=1e-11)
    assert lower(simple).cost.flops <= lower(program).cost.flops
    assert simplify(simple) == simple


@pytest.mark.parametrize("name", programs.WRONG)
def test_simplify_does_not_mend_a_wrong_program(name: str) -> None:
    make, failed = programs.WRONG[name]
    assert judge(simplify(make(5))).failed == failed


def test_a_constant_that_is_the_fingerprints_prime_is_not_taken_for_zero() -> None:
    p = field_of(4).rational(int(residue_root(4).modulus()))
    program = Program(4, (("twiddle", 4), ("multiply", 4, 0), ("add", 1, 5)), (6,) * 4, (p,))
    assert simplify(program)([1, 0, 0, 0])[0] == program([1, 0, 0, 0])[0] != 0


def test_a_constant_divided_by_the_fingerprints_prime_is_simplified_too() -> None:
    part = field_of(4).rational(Fraction(1, int(residue_root(4).modulus())))
    program = Program(4, (("twiddle", 4), ("multiply", 4, 0)), (5,) * 4, (part,))
    assert simplify(program)([1, 0, 0, 0])[0] == program([1, 0, 0, 0])[0]
