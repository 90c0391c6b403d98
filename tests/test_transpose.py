"""Transposed programs compute the transposed matrix, with the operations that the theorem says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings

from gpfft import Codelet, GpfftError, Program, judge, simplify
from gpfft.emit.lower import RealProgram, lower
from gpfft.emit.transpose import transpose, transposed
from gpfft.field import Exact, field_of
from gpfft.judge import judge_transposed
from gpfft.target import Target
from tests import programs
from tests.strategies import shaped_programs, sized_programs, targets


def matrix(program: RealProgram) -> list[list[Exact]]:
    """Returns the rows of a real program's matrix, for the parts of outputs that are not zero."""
    field = field_of(program.size)
    columns = []
    for j in range(program.inputs):
        impulse = [field.one if i == j else field.zero for i in range(program.inputs)]
        parts = program.run(impulse, program.constants, field.zero)
        columns.append([field.zero + part for part, (s, _) in zip(parts, program.parts) if s])
    return [list(row) for row in zip(*columns)]


def complex_matrix(program: Program) -> list[list[Exact]]:
    """Returns the columns of a program's matrix."""
    field, points = field_of(program.size), range(program.inputs)
    impulses = [[field.one if i == j else field.zero for i in points] for j in points]
    return [[field.zero + x for x in program.run(row, program.exact_table)] for row in impulses]


def is_same(a: list[list[Exact]], b: list[list[Exact]]) -> bool:
    """Tells whether two exact matrices are equal."""
    return [[id(x) for x in row] for row in a] == [[id(x) for x in row] for row in b]


# Real programs


@settings(max_examples=150)
@given(sized_programs("linear") | shaped_programs("linear"))
def test_a_real_program_becomes_one_of_the_transposed_matrix(program: Program) -> None:
    for lowered in (lower(program), lower(program, real=True)):
        turned = transposed(lowered)
        wanted = [list(row) for row in zip(*matrix(lowered))]
        found = [row for row, (s, _) in zip(_rows(turned), turned.parts[::2]) if s]
        reached = [row for row in wanted if not all(x.is_zero for x in row)]
        assert is_same([row for row in found if not all(x.is_zero for x in row)], reached)
        assert judge_transposed(lowered, turned).exact


def _rows(program: RealProgram) -> list[list[Exact]]:
    """Returns the matrix, with rows for real parts that are zero, too."""
    field = field_of(program.size)
    rows = iter(matrix(program))
    return [next(rows) if s else [field.zero] * program.inputs for s, _ in program.parts[::2]]


@settings(max_examples=150)
@given(sized_programs("linear", 20))
def test_it_has_the_multiplications_and_m_minus_n_additions_more_or_fewer_yet(program: Program) -> None:
    lowered = lower(program)
    turned = transposed(lowered)
    used = {a for _, *pair in lowered.operations for a in pair} | {a for s, a in lowered.parts if s}
    n, m = len(used & set(range(lowered.inputs))), turned.inputs
    assert m == sum(s != 0 for s, _ in lowered.parts)
    assert turned.cost.muls <= lowered.cost.muls
    assert turned.cost.adds <= lowered.cost.adds + m - n  # equal sums are made once: never more


@pytest.mark.parametrize("size", [2, 4, 8, 16, 32])
def test_the_lowered_dft_transposed_has_as_many_operations(size: int) -> None:
    lowered = lower(simplify(programs.radix2(size)))
    assert transposed(lowered).cost == lowered.cost
    again = transposed(transposed(lowered))
    assert again.cost == lowered.cost
    assert is_same(matrix(again), matrix(lowered))


def real(inputs: int, operations: list[tuple[str, int, int]], *outputs: tuple[int, int]) -> RealProgram:
    """Returns a real program of so many inputs, the constant 1/3 after them, with signed real outputs."""
    third = field_of(4).rational(Fraction(1, 3))
    return RealProgram(4, (third,), tuple(operations), tuple((part, (0, 0)) for part in outputs), inputs)


CASES = {  # additions of the program and of its transpose: m - n more
    "a value that two outputs are, one with a sign": (real(2, [("+", 0, 1)], (1, 3), (-1, 3)), 1, 1),
    "outputs that are inputs": (real(2, [], (-1, 1), (1, 0), (1, 1)), 0, 1),
    "a sum of three": (real(3, [("+", 0, 1), ("-", 4, 2)], (1, 5)), 2, 0),
    "a value of three uses": (real(1, [("*", 1, 0), ("-", 0, 2)], (1, 2), (1, 3), (-1, 0)), 1, 3),
    "a value and itself": (real(1, [("+", 0, 0)], (1, 2)), 1, 1),
    "an output that is zero": (real(2, [("-", 0, 1)], (0, 0), (1, 3)), 1, 0),
    "an input that nothing uses": (real(3, [("+", 0, 2)], (1, 4)), 1, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_signs_cost_nothing_and_the_additions_are_those_of(case: str) -> None:
    program, adds, turned_adds = CASES[case]
    turned = transposed(program)
    assert (program.cost.adds, turned.cost.adds) == (adds, turned_adds)
    assert turned.cost.muls == program.cost.muls
    assert judge_transposed(program, turned).exact


NOT_LINEAR = {
    "multiplies no constant": real(2, [("*", 0, 1)], (1, 3)),
    "adds a constant": real(1, [("+", 0, 1)], (1, 2)),
    "adds a constant ": real(1, [], (1, 1)),
    "multiplies no constant ": real(1, [("*", 1, 1), ("+", 0, 2)], (1, 3)),
}


@pytest.mark.parametrize("what", NOT_LINEAR)
def test_a_real_program_that_is_not_linear_is_refused(what: str) -> None:
    with pytest.raises(GpfftError, match=f"not transposed: the program {what.strip()}"):
        transposed(NOT_LINEAR[what])


# What the judge must refuse


def spoilt(program: RealProgram) -> dict[str, RealProgram]:
    """Returns programs that are not what they were."""
    first, *rest = program.outputs
    (s, a), zero = first
    sign, x, y = program.operations[-1]
    third = field_of(program.size).rational(Fraction(1, 3))
    return {
        "a sign changed": replace(program, outputs=(((-s, a), zero), *rest)),
        "two outputs exchanged": replace(program, outputs=(rest[0], first, *rest[1:])),
        "a sum made a difference": replace(
            program, operations=(*program.operations[:-1], ("-" if sign == "+" else "+", x, y))
        ),
        "a constant changed": replace(program, constants=(third, *program.constants[1:])),
        "an imaginary part": replace(program, outputs=((first[0], (1, 0)), *rest)),
        "an output more": replace(program, outputs=(*program.outputs, first)),
        "an input more": replace(program, inputs=program.inputs + 1),
    }


@pytest.mark.parametrize("how", spoilt(Codelet(programs.fft8()).real_output))
def test_the_judge_refuses_a_wrong_transposed_program(how: str) -> None:
    codelet = Codelet(programs.fft8())
    assert judge_transposed(codelet.real_input, codelet.real_output).exact
    wrong = spoilt(codelet.real_output)[how]
    verdict = judge_transposed(codelet.real_input, wrong)
    assert not verdict.exact and verdict.failed == "transposition"


def test_the_judge_refuses_a_program_as_its_own_transpose_where_the_matrix_is_not_symmetric() -> None:
    program = real(2, [("+", 0, 1)], (1, 3), (1, 1))
    assert judge_transposed(program, transposed(program)).exact
    assert not judge_transposed(program, program).exact


# Complex programs


@settings(max_examples=150)
@given(sized_programs("linear") | shaped_programs("linear"))
def test_a_program_becomes_one_of_the_transposed_matrix(program: Program) -> None:
    turned = transpose(program)
    wanted = [list(row) for row in zip(*complex_matrix(program))]
    assert is_same(complex_matrix(turned), wanted)


@given(targets())
def test_a_definition_becomes_that_of_the_transposed_matrix(target: Target) -> None:
    """Rows of zeros are constants there, and inputs that nothing uses in the transpose."""
    assert target.places is not None
    other = replace(target, places=tuple(zip(*target.places)))
    for program in (target.definition(), simplify(target.definition())):
        assert judge(transpose(program), target=other).exact


@pytest.mark.parametrize("size", [2, 4, 8, 16, 32, 64])
def test_the_dft_transposed_is_the_dft_again_in_as_many_operations(size: int) -> None:
    program = simplify(programs.radix2(size))
    turned = transpose(program)
    assert judge(turned).exact
    assert lower(turned).cost == lower(program).cost
    assert turned != program or size == 2


@pytest.mark.parametrize("wrong", [programs.plus_product, programs.plus_constant])
def test_a_program_that_is_not_linear_is_refused(wrong) -> None:
    with pytest.raises(GpfftError, match="not transposed: line .* is not linear"):
        transpose(wrong(4))
    with pytest.raises(GpfftError, match="not transposed: an output is a constant"):
        transpose(Program(2, (("twiddle", 1),), (0, 2)))
