"""The judge accepts the DFT and nothing else, and says what is missing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from flint import ctx
from hypothesis import given
from hypothesis import strategies as st

from gpfft import GpfftError, Program, judge, simplify
from gpfft.champions import committed
from gpfft.config import RescaledStage
from gpfft.emit.lower import RealProgram, lower
from gpfft.encodings.rescaled import Rescaled
from gpfft.field import field_of, nth_residue_root
from gpfft.judge import judge_lowering, rounding_error
from gpfft.program import Builder
from gpfft.record import read_champion
from gpfft.target import Target, dft
from tests import naive, programs
from tests.strategies import shaped_programs, sized_programs, targets
from tests.test_rescaling import at_random, fft


# What must be refused


@pytest.mark.parametrize("size", [3, 4, 5, 8, 12])
@pytest.mark.parametrize("name", programs.WRONG)
def test_a_wrong_program_is_refused_with_the_property_that_it_lacks(name: str, size: int) -> None:
    make, failed = programs.WRONG[name]
    for proof in (None, True, False):
        verdict = judge(make(size), proof)
        assert not verdict.exact
        assert verdict.failed == failed
        assert str(verdict).startswith(f"refused: {failed}: ")
        assert "\n" not in str(verdict)


def test_an_error_of_1e_minus_300_in_one_twiddle_is_refused() -> None:
    assert judge(programs.almost(8, Fraction(1, 10**300))).failed == "impulse response"
    assert judge(programs.almost(8, Fraction(1, 10**300)), proof=False).failed == "impulse response"
    assert judge(programs.almost(8, Fraction(0))).exact
    assert judge(programs.almost(8, Fraction(0)), proof=False).exact


def test_common_mistakes_are_named() -> None:
    for proof in (True, False):
        assert "inverse DFT" in judge(programs.inverse(8), proof).detail
        assert "another order" in judge(programs.permuted(8), proof).detail


def test_the_first_output_and_input_that_differ_are_named() -> None:
    assert judge(programs.almost(8)).detail.startswith("X[7] holds ")
    assert " x[1], not W^7" in judge(programs.almost(8)).detail
    assert judge(programs.almost(8), proof=False).detail.startswith("X[7] is not the DFT's")
    for proof in (True, False):
        assert judge(programs.plus_constant(3), proof).detail == "X[0] is 0.5+0j for the input 0"


def test_the_line_of_a_live_product_of_two_values_is_named() -> None:
    lines = (("add", 0, 1), ("reference", 0), ("multiply", 3, 2), ("add", 4, 1))
    for proof in (True, False):
        verdict = judge(Program(2, lines, (5, 2)), proof)
        assert verdict.failed == "linearity"
        assert verdict.detail.startswith("line 2 (value 4) multiplies two values")


def test_the_first_live_product_is_named_even_after_dead_lines() -> None:
    lines = (("multiply", 0, 0), ("multiply", 0, 1), ("multiply", 1, 1), ("add", 3, 4))
    for proof in (True, False):
        assert judge(Program(2, lines, (5, 0)), proof).detail.startswith("line 1 (value 3)")


def test_a_dead_product_of_two_values_is_ignored() -> None:
    good = programs.fft4()
    lines = (*good.lines, ("multiply", 0, 1), ("multiply", 13, 14))
    for proof in (True, False):
        assert judge(Program(4, lines, good.outputs), proof).exact


def test_a_product_of_constants_is_no_product_of_values() -> None:
    lines = (
        ("twiddle", 1),  # 2: -1
        ("multiply", 2, 2),  # 3: 1
        ("multiply", 1, 2),  # 4: -x1
        ("multiply", 3, 0),  # 5: x0
        ("add", 5, 4),  # 6: x0 - x1
        ("add", 0, 1),  # 7: x0 + x1
    )
    for proof in (True, False):
        assert judge(Program(2, lines, (7, 6)), proof).exact


def test_a_product_with_a_difference_of_equal_values_is_a_product_with_zero() -> None:
    lines = (
        ("twiddle", 1),  # 2: -1
        ("multiply", 2, 0),  # 3: -x0
        ("add", 0, 3),  # 4: 0
        ("multiply", 4, 1),  # 5: 0 x1
        ("multiply", 2, 1),  # 6: -x1
        ("add", 0, 6),  # 7: x0 - x1
        ("add", 0, 1),  # 8: x0 + x1
        ("add", 8, 5),  # 9: x0 + x1 + 0
    )
    for proof in (True, False):
        assert judge(Program(2, lines, (9, 7)), proof).exact


@given(sized_programs())
def test_a_random_program_gets_the_word_that_floats_give_it(program: Program) -> None:
    assert judge(program).exact == naive.computes_dft(program)


@given(sized_programs())
def test_a_random_program_gets_the_same_word_by_trial_as_by_proof(program: Program) -> None:
    proved, tried = judge(program, proof=True), judge(program, proof=False)
    assert tried.exact == proved.exact
    assert tried.failed == proved.failed
    if proved.failed != "impulse response" and not proved.exact:
        assert tried.detail == proved.detail


# What must be accepted


@pytest.mark.parametrize("size", [*range(1, 17), 24, 32])
def test_the_definition_is_accepted(size: int) -> None:
    verdict = judge(programs.definition(size))
    assert verdict.exact
    assert verdict.failed == ""
    assert str(verdict).startswith(f"exact: all {size} impulse responses")


@pytest.mark.parametrize("size", [2, 4, 8, 16, 32, 64])
def test_the_textbook_fft_is_accepted(size: int) -> None:
    assert judge(programs.radix2(size)).exact
    assert judge(programs.fft4()).exact


# Any matrix


@given(targets())
def test_the_definition_of_a_matrix_is_accepted_before_and_after_it_is_simplified(target: Target) -> None:
    for program in (target.definition(), simplify(target.definition())):
        proved, tried = (judge(program, proof, target) for proof in (True, False))
        assert proved.exact and tried.exact
        count = f"all {target.inputs} impulse responses equal the matrix's in Q(zeta_"
        assert proved.detail.startswith(count)
        assert tried.detail.startswith("agrees with the matrix at random inputs")


@given(targets(), st.data())
def test_a_matrix_with_one_entry_changed_is_refused_at_that_entry(target: Target, data) -> None:
    k, j = data.draw(st.integers(0, target.outputs - 1)), data.draw(st.integers(0, target.inputs - 1))
    tiny = field_of(target.size).rational(Fraction(1, 10**60))
    changed = [list(row) for row in target.places or ()]
    changed[k][j] = len(target.numbers)
    numbers = (*target.numbers, target.entry(k, j) + tiny)
    other = replace(target, numbers=numbers, places=tuple(map(tuple, changed)))
    for proof in (True, False):
        verdict = judge(target.definition(), proof, other)
        assert verdict.failed == "impulse response" and not verdict.accepted
        assert verdict.detail.startswith(f"X[{k}] ")
    assert f" x[{j}], not " in judge(target.definition(), True, other).detail


def test_rows_in_another_order_are_refused_and_named() -> None:
    one, two = field_of(4).one, field_of(4).rational(2)
    target = Target(4, (one, two), ((0, 1, 1), (1, 0, 1)), name="my")
    other = replace(target, places=((1, 0, 1), (0, 1, 1)))
    for proof in (True, False):
        detail = judge(other.definition(), proof, target).detail
        assert "these are the matrix's outputs in another order" in detail


def test_a_matrix_program_that_is_not_linear_or_not_zero_at_zero_is_refused() -> None:
    target = Target(4, (field_of(4).one,), ((0, 0, 0),), name="my")
    good = (("add", 0, 1), ("add", 3, 2))
    for proof in (True, False):
        product = Program(4, (*good, ("multiply", 0, 1), ("add", 4, 5)), (6,), inputs=3)
        assert judge(product, proof, target).failed == "linearity"
        assert "line 2 (value 5)" in judge(product, proof, target).detail
        constant = Program(4, (*good, ("twiddle", 0), ("add", 4, 5)), (6,), inputs=3)
        assert judge(constant, proof, target).failed == "zero response"


def test_the_dft_is_the_target_when_none_is_given() -> None:
    assert judge(programs.fft4(), target=dft(4)) == judge(programs.fft4())


def test_a_matrix_is_no_dft_and_has_no_inverse_by_name() -> None:
    matrix = Target(4, dft(4).numbers, tuple(map(tuple, map(dft(4).row, range(4)))), name="dft4")
    assert judge(programs.fft4(), target=matrix).exact
    assert "inverse" not in judge(programs.inverse(4), target=matrix).detail


def test_a_program_of_another_shape_is_no_matter_for_judgement() -> None:
    with pytest.raises(GpfftError, match="the program has 3 inputs and 1 outputs, the DFT 4 and 4"):
        judge(Program(4, (), (0,), inputs=3))


def test_entries_known_to_a_tolerance_are_accepted_as_that_and_not_as_exact() -> None:
    numbers = (field_of(4).rational(Fraction(22, 7)), field_of(4).one)
    target = Target(4, numbers, ((0, 1),), tolerance=1e-12, name="my")
    for proof in (True, False):
        verdict = judge(target.definition(), proof, target)
        assert verdict.accepted and not verdict.exact and verdict.failed == ""
        assert str(verdict).startswith("to 1e-12: ")
        assert str(verdict).endswith("its entries are the given numbers to 1e-12 of the largest")
    assert not judge(replace(target, numbers=numbers[::-1]).definition(), target=target).accepted


@given(shaped_programs("linear"))
def test_a_lowering_to_real_input_is_accepted_and_one_operation_more_is_not(program: Program) -> None:
    lowered = lower(program, real=True)
    assert judge_lowering(program, lowered, real=True).exact
    (re, im), *rest = lowered.outputs
    wrong = replace(lowered, outputs=(((-re[0], re[1]) if re[0] else (1, 0), im), *rest))
    assert judge_lowering(program, wrong, real=True).failed == "lowering"


@given(targets())
def test_the_rounding_error_of_a_matrix_is_that_of_doubles(target: Target) -> None:
    lowered = lower(target.definition(), target.real)
    assert rounding_error(lowered, target.size, target=target) < 1e-14


def test_a_rounding_that_is_none_counts_as_none_among_others() -> None:
    field = field_of(4)
    third = field.polynomial({0: Fraction(1, 3)})
    target = Target(4, (field.one, field.zero, third), ((0, 2),), real=True, name="thirds")
    assert 1e-18 < rounding_error(lower(target.definition(), True), 4, target=target) < 1e-15


# Many points


def test_up_to_256_points_are_proved_and_more_are_tried() -> None:
    assert judge(programs.radix2(256)).detail.startswith("all 256 impulse responses")
    tried = "agrees with the DFT at random inputs modulo two primes near 2^60 and to 50 digits"
    assert str(judge(programs.radix2(512))) == f"exact: {tried}"
    assert str(judge(programs.radix2(256), proof=False)) == f"exact: {tried}"


@pytest.mark.parametrize("name", programs.SPOILT)
@pytest.mark.parametrize("size", [8, 512])
def test_a_spoilt_program_is_refused_with_the_property_that_it_lacks(name: str, size: int) -> None:
    spoil, failed = programs.SPOILT[name]
    for program in (programs.radix2(size), simplify(programs.radix2(size))):
        verdict = judge(spoil(program))
        assert (verdict.exact, verdict.failed) == (False, failed)


@pytest.mark.slow
@pytest.mark.parametrize("size", [512, 1024, 4096])
def test_a_proof_can_be_demanded_at_any_size(size: int) -> None:
    program = simplify(programs.radix2(size))
    assert judge(program, proof=True).detail.startswith(f"all {size} impulse responses")
    for spoil, failed in programs.SPOILT.values():
        assert judge(spoil(program), proof=True).failed == failed


@pytest.mark.slow
def test_4096_points_are_tried() -> None:
    assert judge(programs.radix2(4096)).exact


def test_an_error_that_vanishes_modulo_the_primes_is_refused_by_its_digits() -> None:
    p, q = (int(nth_residue_root(8, nth).modulus()) for nth in (1, 2))
    verdict = judge(programs.almost(8, Fraction(p * q)), proof=False)
    assert verdict.failed == "impulse response"
    assert verdict.detail == "X[7] is not the DFT's within 50 digits at a random input"
    assert "modulo" in judge(programs.almost(8, Fraction(p)), proof=False).detail


def test_a_constant_that_a_prime_divides_is_tried_modulo_others() -> None:
    build = Builder(2)
    value = build.line("add", 0, 1)
    for nth in range(4):
        p = int(nth_residue_root(2, nth).modulus())
        for factor in (Fraction(p), Fraction(1, p)):
            value = build.line("multiply", build.constant(field_of(2).rational(factor)), value)
    minus = build.turned(1, 1)
    assert judge(build.program([value, build.line("add", 0, minus)]), proof=False).exact


# Scales


def factored(size: int) -> Program:
    """Returns an unrolled FFT that a mutation made of random factors: powers of sines all over."""
    encoding = Rescaled(fft(size), RescaledStage(steps=20))
    return encoding.decode(encoding.mutate(at_random(encoding, 0), 0))


def constants_changed(program: Program, number: int) -> Iterator[Program]:
    """Yields the program with one constant turned, or with one power of a sine in it raised or lowered."""
    turn, sines = program.constants[number].polar
    for change in ({"turn": 1}, {"turn": -1}, *({b: e} for b, _ in sines for e in (1, -1))):
        powers = {b: e + change.get(b, 0) for b, e in sines}
        other = field_of(program.size).scaled(turn + change.get("turn", 0), powers)
        constants = (*program.constants[:number], other, *program.constants[number + 1 :])
        yield replace(program, constants=constants)


@pytest.mark.parametrize("size", [16, 32, 64])
def test_a_program_with_scales_is_accepted_and_refused_with_one_of_them_changed(size: int) -> None:
    program = factored(size)
    assert judge(program, proof=True).exact and judge(program, proof=False).exact
    scaled = [n for n, constant in enumerate(program.constants) if constant.polar[1]]
    assert len(scaled) >= 5
    for number in scaled[:: max(1, len(scaled) // 8)]:
        others = list(constants_changed(program, number))
        assert len(others) >= 4
        for other in others:
            assert judge(other, proof=True).failed == judge(other, proof=False).failed == "impulse response"


@pytest.mark.parametrize("size", [128, 256])
def test_hundreds_of_points_with_scales_are_proved_in_seconds(size: int) -> None:
    program = factored(size)
    assert sum(bool(constant.polar[1]) for constant in program.constants) > 50
    begin = time.perf_counter()
    assert judge(program, proof=True).detail.startswith(f"all {size} impulse responses")
    other = next(constants_changed(program, len(program.constants) - 1))
    assert judge(other, proof=True).failed == "impulse response"
    assert time.perf_counter() - begin < 30


def test_the_lowering_of_a_program_with_scales_is_accepted_and_not_with_one_constant_off() -> None:
    program = factored(32)
    lowered = lower(program)
    assert judge_lowering(program, lowered).exact
    assert judge_lowering(program, lower(simplify(program))).exact
    for number, constant in enumerate(lowered.constants):
        other = constant * field_of(32).scaled(0, {1: 1})
        constants = (*lowered.constants[:number], other, *lowered.constants[number + 1 :])
        assert judge_lowering(program, replace(lowered, constants=constants)).failed == "lowering"


# Every change of one line


def _changes_of_a_line(program: Program, number: int) -> Iterator[tuple]:
    name, *operands = program.lines[number]
    if name in ("add", "multiply"):
        yield ("multiply" if name == "add" else "add", *operands)
    valid = range(program.size if name == "twiddle" else program.size + number)
    for place, operand in enumerate(operands):
        for other in valid:
            if other != operand:
                yield (name, *operands[:place], other, *operands[place + 1 :])


def single_changes(program: Program) -> Iterator[Program]:
    """Yields the program with each line, then each output, changed in every way that is valid."""
    for number in range(len(program.lines)):
        for line in _changes_of_a_line(program, number):
            lines = (*program.lines[:number], line, *program.lines[number + 1 :])
            yield replace(program, lines=lines)
    for k, output in enumerate(program.outputs):
        for other in range(program.size + len(program.lines)):
            if other != output:
                outputs = (*program.outputs[:k], other, *program.outputs[k + 1 :])
                yield replace(program, outputs=outputs)


CHAMPIONS = [read_champion(committed()[size]).program for size in (4, 8)]


@pytest.mark.parametrize(
    "program",
    [programs.fft4(), programs.fft8(), *CHAMPIONS],
    ids=["4 points", "8 points", "champion of 4 points", "champion of 8 points"],
)
def test_every_change_of_a_line_is_refused_if_and_only_if_it_changes_the_meaning(
    program: Program,
) -> None:
    verdicts = []
    for number, other in enumerate(single_changes(program)):
        verdicts.append(judge(other).exact)
        assert verdicts[-1] == naive.computes_dft(other), f"change {number}: {other}"
        assert verdicts[-1] == judge(other, proof=False).exact, f"change {number}: {other}"
    assert len(verdicts) > 200
    assert verdicts.count(False) > 0.9 * len(verdicts)


# The lowering


@given(sized_programs())
def test_a_lowering_is_accepted(program: Program) -> None:
    assert judge_lowering(program, lower(program)).exact


def _changed_operations(lowered: RealProgram) -> Iterator[RealProgram]:
    operations, known = lowered.operations, 2 * lowered.size + len(lowered.constants)
    for number, (sign, a, b) in enumerate(operations):
        others = [("-" if sign == "+" else "+", a, b), (sign, a ^ 1, b), (sign, a, b ^ 1)]
        for other in (other for other in others if max(other[1:]) < known + number):
            changed = (*operations[:number], other, *operations[number + 1 :])
            yield replace(lowered, operations=changed)


@pytest.mark.parametrize("program", [programs.fft4(), programs.fft8()], ids=["4 points", "8 points"])
def test_a_lowering_with_one_operation_changed_is_refused(program: Program) -> None:
    lowered = lower(program)
    refused = 0
    for other in _changed_operations(lowered):
        wrong = _differs(lowered, other)
        assert judge_lowering(program, other).exact is not wrong
        refused += wrong
    assert refused >= 2 * len(lowered.operations)


def _differs(a: RealProgram, b: RealProgram) -> bool:
    """Tells in floating point whether two real programs of equal constants differ."""
    inputs = [float(n * n % 17) + 0.1 * n for n in range(2 * a.size)]
    constants = [complex(c).real for c in a.constants]
    pairs = zip(a.run(inputs, constants, 0.0), b.run(inputs, constants, 0.0))
    return max(abs(x - y) for x, y in pairs) > 1e-9


def test_a_lowering_of_1024_points_is_judged_like_a_small_one() -> None:
    program = simplify(programs.radix2(1024))
    lowered = lower(program)
    assert judge_lowering(program, lowered).exact
    changed = list(_changed_operations(replace(lowered, operations=lowered.operations[:3])))
    for other in changed:
        operations = (*other.operations, *lowered.operations[3:])
        assert judge_lowering(program, replace(lowered, operations=operations)).failed == "lowering"
    assert len(changed) >= 6


def test_a_lowering_with_a_sign_or_an_output_changed_is_refused() -> None:
    program = programs.fft4()
    lowered = lower(program)
    (re, im), *rest = lowered.outputs
    for first in ((im, re), ((-re[0], re[1]), im), (re, (0, 0))):
        verdict = judge_lowering(program, replace(lowered, outputs=(first, *rest)))
        assert not verdict.exact
        assert verdict.failed == "lowering"
        assert verdict.detail == "the real program differs at X[0]"


def test_a_lowering_with_a_constant_off_is_refused() -> None:
    program = programs.fft8()
    lowered = lower(program)
    (constant,) = lowered.constants
    off = constant + constant.field.rational(Fraction(1, 10**12))
    assert not judge_lowering(program, replace(lowered, constants=(off,))).exact


# Rounding


def test_the_rounding_error_of_an_fft_is_that_of_doubles() -> None:
    assert 1e-17 < rounding_error(lower(programs.fft8()), 8) < 1e-15
    assert rounding_error(lower(programs.definition(1)), 1) == 0
    assert 1e-17 < rounding_error(lower(programs.radix2(512)), 512) < 1e-15


def test_the_rounding_error_of_a_wrong_program_is_its_error() -> None:
    # the error 10^-12 is in one of 64 entries of size 1, so 10^-12 / 8 relative
    assert rounding_error(lower(programs.almost(8)), 8) == pytest.approx(1.25e-13, rel=0.5)
    assert rounding_error(lower(programs.inverse(8)), 8) > 0.1


def test_measuring_the_rounding_error_leaves_the_users_precision_alone() -> None:
    before = ctx.dps
    rounding_error(lower(programs.fft4()), 4)
    assert ctx.dps == before
