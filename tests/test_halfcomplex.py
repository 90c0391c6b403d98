"""Programs for real input compute half of the DFT; their transposes the transposed matrix."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from gpfft import Codelet, GpfftError, Program, champions
from gpfft.emit.halfcomplex import real_input, real_output
from gpfft.emit.lower import RealProgram, lower
from gpfft.field import field_of
from gpfft.judge import judge_lowering
from gpfft.program import Builder
from tests import programs
from tests.strategies import sized_programs

SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12]


def codelet_of(size: int) -> Codelet:
    """Returns the champion of a size that comes with gpfft."""
    folder = champions.committed()[size]
    return Codelet.from_json((folder / "champion.json").read_text(encoding="utf-8"))


def fft(size: int) -> Program:
    """Returns a right program."""
    return programs.radix2(size) if size & (size - 1) == 0 else programs.definition(size)


@pytest.mark.parametrize("size", SIZES)
def test_impulse_responses_are_the_dfts_exactly(size: int) -> None:
    program, field = real_input(fft(size)), field_of(size)
    assert (program.inputs, len(program.outputs)) == (size, size // 2 + 1)
    for j in range(size):
        impulse = [field.one if i == j else field.zero for i in range(size)]
        parts = [field.zero + part for part in program.run(impulse, program.constants, field.zero)]
        wanted = [field.twiddle(j * k) for k in range(size // 2 + 1)]
        assert all(a is w.real for a, w in zip(parts[::2], wanted, strict=True))
        assert all(b is w.imag for b, w in zip(parts[1::2], wanted, strict=True))


@pytest.mark.parametrize("size", SIZES)
def test_n_outputs_are_real_numbers_and_the_others_zero(size: int) -> None:
    real, imag = real_input(fft(size)).parts[::2], real_input(fft(size)).parts[1::2]
    assert all(s for s, _ in real)
    assert [k for k, (s, _) in enumerate(imag) if s] == list(range(1, (size + 1) // 2))


@pytest.mark.parametrize("size", SIZES)
def test_the_transpose_sums_cosines_and_sines_exactly(size: int) -> None:
    program, field = real_output(real_input(fft(size))), field_of(size)
    assert (program.inputs, len(program.outputs)) == (size, size)
    assert all(s == 0 for s, _ in program.parts[1::2])
    columns = []  # cosines, and what is minus the sines
    for k in range(size // 2 + 1):
        twiddles = [field.twiddle(j * k) for j in range(size)]
        columns.append([w.real for w in twiddles])
        if 2 * k % size:
            columns.append([w.imag for w in twiddles])
    for number, wanted in enumerate(columns):
        impulse = [field.one if i == number else field.zero for i in range(size)]
        parts = program.run(impulse, program.constants, field.zero)[::2]
        assert all(field.zero + a is b for a, b in zip(parts, wanted, strict=True))


@pytest.mark.parametrize("size", [2, 5, 8, 9])
def test_with_paired_numbers_doubled_the_transpose_is_n_times_the_inverse(size: int) -> None:
    x = np.random.default_rng(0).standard_normal(size)
    half = np.fft.rfft(x)
    pairs = np.array([1 if 2 * k % size == 0 else 2 for k in range(size // 2 + 1)])
    program = Codelet(fft(size)).real_output
    parts = np.stack([pairs * half.real, pairs * half.imag], axis=1).ravel().tolist()
    inputs = [part for i, part in enumerate(parts) if i % 2 == 0 or (i - 1) % size]
    found = program.run(inputs, [complex(c).real for c in program.constants], 0.0)[::2]
    assert np.allclose(found, size * x)


# Sorensen, Jones, Heideman & Burrus 1987, IEEE Trans. ASSP 35(6) 849-863: half of the complex count, less
# N - 2, here 2 N lg N - 4 N + 6; from 64 points on the same of Johnson & Frigo 2007.
COUNTS = {2: 2, 4: 6, 8: 22, 16: 70, 32: 198, 64: 514}
LARGER = {128: 1270, 256: 3018, 512: 7000}  # published: 1270, 3022, 7014


@pytest.mark.parametrize(
    "size, flops", [*COUNTS.items(), *(pytest.param(*row, marks=pytest.mark.slow) for row in LARGER.items())]
)
def test_champions_reach_the_published_counts_both_ways(size: int, flops: int) -> None:
    codelet = codelet_of(size)
    assert codelet.real_input.cost.flops == flops
    assert codelet.real_output.cost == codelet.real_input.cost


def test_a_program_in_either_decimation_reaches_what_half_of_it_costs() -> None:
    assert real_input(programs.radix2(8)).cost.flops == 22
    assert real_input(programs.radix2(16)).cost.flops == 70  # of 176: (176 - 28) / 2 is 74


@settings(max_examples=60)
@given(sized_programs("any", 10))
def test_it_is_never_dearer_than_the_complex_program_and_computes_the_same(program: Program) -> None:
    found = real_input(program)
    assert found.cost.flops <= lower(program, real=True).cost.flops <= lower(program).cost.flops
    assert judge_lowering(program, found, real=True, outputs=program.size // 2 + 1).exact


@given(sized_programs("any", 12))
def test_lowered_for_real_input_it_computes_exactly_what_the_program_does(program: Program) -> None:
    field, lowered = field_of(program.size), lower(program, real=True)
    inputs = [field.polynomial({0: Fraction(2 * j + 3, 1 + j)}) for j in range(program.size)]
    parts = lowered.run(inputs, lowered.constants, field.zero)
    wanted = program.run(inputs, program.exact_table)
    found = [a + field.i * b for a, b in zip(parts[::2], parts[1::2])]
    assert all(a is field.zero + b for a, b in zip(found, wanted, strict=True))


def test_conjugate_outputs_cost_nothing() -> None:
    lowered = lower(programs.fft8(), real=True)
    assert lowered.cost.flops == 22
    for k in range(1, 8):
        (s, a), (t, b) = lowered.outputs[k]
        assert lowered.outputs[8 - k] == ((s, a), (-t, b))


def test_a_real_matrix_has_real_outputs_alone() -> None:
    build, field = Builder(8), field_of(8)
    rows = [[field.twiddle(j * k).real + field.twiddle(j * k).imag for j in range(8)] for k in range(8)]
    sums = [
        [build.line("multiply", build.constant(c), j) for j, c in enumerate(row) if not c.is_zero]
        for row in rows
    ]
    lowered = lower(build.program([build.total(terms) for terms in sums]), real=True)
    assert all(part == (0, 0) for part in lowered.parts[1::2])
    assert all(s for s, _ in lowered.parts[::2])


# What the judge must refuse


def spoilt(program: RealProgram) -> dict[str, RealProgram]:
    """Returns programs that are not what they were."""
    *rest, (re, im), last = program.outputs
    sign, x, y = program.operations[-1]
    third = field_of(program.size).rational(Fraction(1, 3))
    return {
        "an output conjugated": replace(program, outputs=(*rest, (re, (-im[0], im[1])), last)),
        "two outputs exchanged": replace(program, outputs=(*rest, last, (re, im))),
        "a sum made a difference": replace(
            program, operations=(*program.operations[:-1], ("-" if sign == "+" else "+", x, y))
        ),
        "a constant changed": replace(program, constants=(third, *program.constants[1:])),
        "an output less": replace(program, outputs=program.outputs[:-1]),
        "an output more": replace(program, outputs=(*program.outputs, last)),
        "an input more": replace(program, inputs=program.inputs + 1),
    }


@pytest.mark.parametrize("how", spoilt(real_input(programs.fft8())))
def test_the_judge_refuses_a_wrong_program_for_real_input(how: str) -> None:
    program = programs.fft8()
    wrong = spoilt(real_input(program))[how]
    verdict = judge_lowering(program, wrong, real=True, outputs=5)
    assert not verdict.exact and verdict.failed == "lowering"


def test_the_judge_refuses_half_of_the_outputs_for_complex_input() -> None:
    program = programs.fft8()
    half = replace(lower(program), outputs=lower(program).outputs[:5])
    assert not judge_lowering(program, half).exact
    assert not judge_lowering(program, real_input(program)).exact
    assert not judge_lowering(program, real_input(program), real=True).exact
    assert not judge_lowering(program, lower(program), real=True).exact


@pytest.mark.parametrize("inputs, outputs", [(4, 3), (3, 4), (2, 2)])
def test_a_program_of_another_shape_has_no_half(inputs: int, outputs: int) -> None:
    program = Program(4, (), (0,) * outputs, inputs=inputs)
    words = f"of a DFT only: the program has {inputs} inputs and {outputs} outputs, not 4 of each"
    with pytest.raises(GpfftError, match=words):
        real_input(program)


def test_a_program_that_is_not_linear_has_no_transpose() -> None:
    with pytest.raises(GpfftError, match="not transposed"):
        real_output(real_input(programs.plus_product(4)))
