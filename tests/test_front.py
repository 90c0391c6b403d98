"""Fronts: programs that no other is better than; how far each is from the DFT is proved."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace

import moocore
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gpfft
from gpfft.approximation import Approximation, up
from gpfft.field import field_of
from gpfft.front import COLUMNS, Front, front_of, worth
from gpfft.judge import Bound, bound
from gpfft.program import Builder
from gpfft.search.front import LEAST, Archive, hypervolume, survivors
from gpfft.search.toolbox import Individual

from . import programs


def rounded(size: int) -> gpfft.Program:
    """Returns the DFT with the parts of its entries rounded to 0, 1 and -1, by definition."""
    field, build = field_of(size), Builder(size)
    outputs = []
    for k in range(size):
        terms = []
        for j in range(size):
            w = np.exp(-2j * np.pi * (k * j % size) / size)
            number = field.rational(round(w.real)) + field.i * field.rational(round(w.imag))
            terms.append(build.line("multiply", build.constant(number), j))
        outputs.append(build.total(terms))
    return build.program(outputs)


EXACT = gpfft.codelet(8).program
ROUGH = rounded(8)


def zero(size: int) -> gpfft.Program:
    build = Builder(size)
    return build.program([build.constant(field_of(size).zero)] * size)


# The judge's bounds


def test_an_exact_program_has_the_bound_zero():
    assert bound(EXACT) == Bound(0.0, 0.0)


@mpmath.workdps(40)
def test_rounding_the_entries_of_eight_points_is_off_by_what_paper_and_pencil_say():
    """To 40 digits: 16 of 64 entries are sqrt 2 - 1 too long, 4 of a row of 8 or none."""
    off = mpmath.mpf("0.41421356237309504880168872420969807857")
    its = bound(ROUGH)
    assert off / 2 <= its.error < off / 2 * (1 + 1e-14)
    assert off / mpmath.sqrt(2) <= its.worst < off / mpmath.sqrt(2) * (1 + 1e-14)


def test_the_zero_program_is_off_by_one():
    assert bound(zero(5)).error == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("size", [2, 3, 8, 12])
@pytest.mark.parametrize("scaled", [False, True])
def test_the_bound_is_no_less_than_the_distance_in_double_precision(size, scaled):
    its = Approximation(rounded(size), scaled=scaled)
    proved = its.bound
    assert its.error <= proved.error + 1e-15 and proved.error == pytest.approx(its.error, abs=1e-12)
    assert proved.worst == pytest.approx(its.worst, abs=1e-12)


def test_a_program_that_multiplies_inputs_has_no_bound_but_a_refusal():
    lines = [*EXACT.lines, ("multiply", 0, 1), ("add", EXACT.outputs[0], 8 + len(EXACT.lines))]
    outputs = (8 + len(lines) - 1, *EXACT.outputs[1:])
    crooked = gpfft.Program(8, tuple(lines), outputs, EXACT.constants)
    verdict = bound(crooked)
    assert not isinstance(verdict, Bound) and verdict.failed == "linearity"
    assert not Approximation(crooked).verdict.accepted


def test_a_program_that_adds_a_constant_is_refused():
    lines = [*EXACT.lines, ("twiddle", 0), ("add", EXACT.outputs[0], 8 + len(EXACT.lines))]
    shifted = gpfft.Program(8, tuple(lines), (8 + len(lines) - 1, *EXACT.outputs[1:]), EXACT.constants)
    assert bound(shifted).failed == "zero response"


@given(st.floats(1e-300, 1e300))
def test_numbers_are_rounded_up_where_a_bound_is_printed(number):
    assert float(up(number)) >= number and float(up(number)) <= number * (1 + 2.1e-5)


# Approximate programs


def test_an_approximate_program_is_accepted_and_never_called_exact():
    verdict = Approximation(ROUGH).verdict
    assert verdict.accepted and not verdict.exact
    assert str(verdict).startswith("approximate: error at most 2.07107e-1, of the worst output 2.92894e-1")


def test_as_a_codelet_the_same_program_is_refused():
    assert gpfft.Codelet(ROUGH).verdict.failed == "impulse response"


def test_an_exact_one_is_proved_to_be_so():
    assert Approximation(EXACT).verdict.exact and Approximation(EXACT, real=True).verdict.exact


@pytest.mark.parametrize("size", [4, 8, 9, 16])
def test_for_real_input_it_is_counted_so(size):
    codelet = gpfft.codelet(size)
    its = Approximation(codelet.program, real=True)
    assert its.cost.flops <= codelet.cost.flops / 2 and len(its.lowered.outputs) == size // 2 + 1
    assert its.verdict.exact


def test_shifts_are_told_from_other_multiplications():
    build, field = Builder(2), field_of(2)
    half = build.line("multiply", build.constant(field.rational(1) * field.rational(2).inverse), 0)
    third = build.line("multiply", build.constant(field.rational(3).inverse), 1)
    assert Approximation(build.program([half, third]), real=True).counts == (0, 1, 1)


def test_signal_to_noise_is_the_error_in_decibels():
    """White input: the noise is |A x - F x|, whose mean square by that of F x is the squared error."""
    its = Approximation(ROUGH)
    random = np.random.default_rng(0)
    x = random.standard_normal((40_000, 8)) + 1j * random.standard_normal((40_000, 8))
    right = np.fft.fft(x)
    ratio = np.sum(np.abs(right) ** 2) / np.sum(np.abs(its(x) - right) ** 2)
    assert its.decibels == pytest.approx(10 * np.log10(ratio), abs=0.05)


def test_the_factors_of_scaled_outputs_are_the_best_ones():
    its = Approximation(ROUGH, scaled=True)
    factors = np.array(its.factors)
    assert factors[0] == 1 and its.error < Approximation(ROUGH).error
    for step in (-1e-3, 1e-3):
        other = np.linalg.norm((factors + step)[:, None] * its.matrix - its.sought.matrix) / 8
        assert other > its.error


def halved(program: gpfft.Program, size: int, by: int) -> gpfft.Program:
    """Returns the program with its outputs divided by a number."""
    lines, constants = list(program.lines), [*program.constants, field_of(size).rational(by).inverse]
    lines.append(("twiddle", size + len(constants) - 1))
    divisor, outputs = program.inputs + len(lines) - 1, []
    for address in program.outputs:
        lines.append(("multiply", divisor, address))
        outputs.append(program.inputs + len(lines) - 1)
    return gpfft.Program(size, tuple(lines), tuple(outputs), tuple(constants))


@pytest.mark.parametrize("size, by", [(3, 2), (8, 3), (4, -2)])
def test_what_is_exact_but_for_its_factors_is_accepted_and_not_called_exact(size, by):
    its = Approximation(halved(gpfft.codelet(size).program, size, by), scaled=True)
    assert its.error == 0 and its.factors == pytest.approx([by] * size)
    assert its.verdict.accepted and not its.verdict.exact and its.bound.error < 1e-15
    assert "it is exact" not in "\n".join(its.header) and its.export("c")


def test_what_is_off_by_less_than_rounding_is_not_called_exact():
    build, field = Builder(1), field_of(1)
    near = field.rational(10**13 + 1) * field.rational(10**13).inverse
    its = Approximation(build.program([build.line("multiply", build.constant(near), 0)]))
    assert its.error == 0 and its.verdict.accepted and not its.verdict.exact
    assert Front((its,)).table().rows[0][0] == "<1e-12" and "below 1e-12" in "\n".join(its.header)
    assert not any("rounding" in line for line in its.account)
    assert its.bound.error == pytest.approx(1e-13) and not its.is_exact


def test_what_overflows_is_neither_exact_nor_bounded():
    build, field = Builder(2), field_of(2)
    huge = build.constant(field.rational(10**200))
    x = build.line("multiply", huge, build.line("multiply", huge, 0))
    both = build.line("add", x, build.line("multiply", build.constant(field.rational(-1)), x))
    its = Approximation(build.program([both, both]))
    assert its.error > 0 and not its.is_exact


@pytest.mark.parametrize("its", [Approximation(ROUGH), Approximation(EXACT, real=True, scaled=True)])
def test_it_is_read_as_it_was_written_and_can_be_copied(its):
    again = Approximation.from_json(its.to_json())
    assert again == its and pickle.loads(pickle.dumps(its)) == its and copy.deepcopy(its) == its


@pytest.mark.parametrize("said", [1, {}, {"real": True}, {"real": 1, "scaled": False}])
def test_what_is_said_wrongly_of_one_is_refused(said):
    data = json.loads(Approximation(ROUGH).to_json())
    with pytest.raises(gpfft.GpfftError, match='"approximate" must say'):
        Approximation.from_json(json.dumps({**data, "approximate": said}))


@pytest.mark.parametrize("language", ["python", "numpy", "c", "latex"])
def test_it_is_exported_with_its_error_in_the_header(language):
    its = Approximation(ROUGH)
    assert "0.207107" in its.export(language)


def test_one_for_real_input_is_exported_for_that():
    names: dict[str, object] = {}
    exec(Approximation(ROUGH, real=True).export("numpy"), names)
    x = np.random.default_rng(0).standard_normal(8)
    assert names["rdft8"](x) == pytest.approx(ROUGH(x)[:5])


def test_one_for_real_input_has_no_inverse():
    with pytest.raises(gpfft.GpfftError, match="a program for real input has no export with --inverse"):
        Approximation(ROUGH, real=True).export("c", gpfft.Options(inverse=True))


def test_a_language_without_real_input_says_that_the_program_is_for_that():
    with pytest.raises(gpfft.GpfftError, match="it is a program for real input: latex takes no --real"):
        Approximation(ROUGH, real=True).export("latex")


@pytest.mark.parametrize("factors", [[1.0, 1.0], [1.0] * 7 + [float("nan")], [float("inf")] * 8])
def test_factors_are_finite_numbers_one_for_each_output(factors):
    with pytest.raises(gpfft.GpfftError, match="factors must be 8 finite numbers"):
        gpfft.bound(ROUGH, factors)


# Fronts


CHOICE = [Approximation(program) for program in (EXACT, ROUGH, zero(8))]


def test_a_front_holds_what_nothing_is_better_than_the_most_exact_first():
    front = front_of([CHOICE[2], CHOICE[0], CHOICE[1], Approximation(programs.radix2(8))])
    errors, costs = zip(*front.worths)
    assert list(front)[0].cost.flops == 56 and list(errors) == sorted(errors)
    assert all(a > b for a, b in zip(costs, costs[1:])) and costs[-1] == 0


@pytest.mark.parametrize("error, flops", [(0, 56), (0.01, 56), (0.99, 56), (1, 0), (5, 0)])
def test_within_an_error_it_has_the_cheapest_program(error, flops):
    assert front_of([CHOICE[0], CHOICE[2]]).within(error).cost.flops == flops


def test_what_cannot_be_compared_is_no_front():
    with pytest.raises(gpfft.GpfftError, match="of one size, and for one kind of input"):
        front_of([CHOICE[0], Approximation(EXACT, real=True)])
    with pytest.raises(gpfft.GpfftError, match="counted in flops or adds,muls, not 'muls'"):
        front_of(CHOICE, "muls")


def test_a_front_that_is_not_in_the_order_of_its_errors_is_refused():
    head, *lines = front_of(CHOICE).to_text().splitlines()
    with pytest.raises(gpfft.GpfftError, match="line 3: its error is less than that of the program before"):
        Front.from_text("\n".join([head, *reversed(lines)]))


def test_within_too_small_an_error_there_is_nothing():
    with pytest.raises(gpfft.GpfftError, match="no program with an error of 0.5 or less: the least is 1"):
        front_of(CHOICE[2:]).within(0.5)
    with pytest.raises(gpfft.GpfftError, match="it is empty"):
        Front(()).within(1)


def test_a_long_front_is_shown_in_24_rows_both_ends_among_them():
    many = [Approximation(zero(size + 1)) for size in range(60)]
    table = Front(tuple(many)).table()
    assert len(table.rows) == 24 and "60 programs, 24 of them shown" in str(table)
    few = front_of(CHOICE)
    first, *_, last, _ = str(few).splitlines()[1:]
    assert first.split()[0] == "exact" and last.split()[-3:] == ["0"] * 3


def test_a_front_is_read_as_it_was_written():
    its = [replace(program, made="so", given="this", measure="adds,muls") for program in CHOICE]
    front = front_of(its, "adds,muls")
    assert Front.from_text(front.to_text()) == front
    assert front.as_csv().splitlines()[0] == ",".join(COLUMNS)


@pytest.mark.parametrize("text, wrong", [
    (front_of(CHOICE).to_text() + front_of([Approximation(zero(4))]).to_text().split("\n")[1], "of one size"),
    ("", "its first line"), ("[]", "its first line"),
    ('{"format": "gpfft front", "version": 2}', "its first line"),
    (front_of(CHOICE).to_text() + "{}\n", '"format" must be'),
    (front_of(CHOICE).to_text() + json.dumps(json.loads(gpfft.codelet(2).to_json())), "no approximate"),
])  # fmt: skip
def test_what_is_no_front_is_refused(text, wrong):
    with pytest.raises(gpfft.GpfftError, match=wrong):
        Front.from_text(text)


def test_three_objectives_keep_what_two_do_not():
    """One addition more and one multiplication less: as flops it is the same."""
    front = front_of(CHOICE, "adds,muls")
    assert [len(worth(program, "adds,muls")) for program in front] == [3] * len(front)


# Hypervolume, archive, selection


def test_the_hypervolume_of_an_exact_program_for_half_of_the_nominal_count_is_half():
    """Nominal are 5 N log2 N flops: 120 at 8 points, 60 for real input."""
    assert hypervolume([(0.0, 60.0)], 8, False) == pytest.approx(0.5)
    assert hypervolume([(0.0, 30.0)], 8, True) == pytest.approx(0.5)
    assert hypervolume([(1e-3, 0.0)], 8, True) == pytest.approx(0.5)
    assert hypervolume([(1.0, 0.0), (0.0, 120.0)], 8, False) == 0
    assert hypervolume([], 8, False) == 0


points = st.lists(
    st.tuples(st.floats(0, 2), st.integers(0, 200), st.integers(0, 50)), min_size=1, max_size=40
)


def individual(values: tuple[float, ...]) -> Individual:
    one = Individual(np.array([[hash(values) % 2**31]]), objectives=len(values))
    one.fitness.values = values
    return one


@given(points)
def test_an_archive_holds_the_non_dominated_ones_whatever_their_order(values):
    values = [tuple(map(float, v)) for v in values]
    archive = Archive()
    for one in values:
        archive.add([individual(one)])
    kept = {one.fitness.values for one in archive}
    expected = np.unique(np.array(values), axis=0)
    expected = expected[moocore.is_nondominated(expected)]
    assert kept == set(map(tuple, expected.tolist()))
    assert [one.fitness.values for one in archive] == sorted(kept)


@given(points, st.integers(1, 20))
def test_survivors_are_as_many_as_asked_for_and_the_best_are_among_them(values, k):
    everyone = [individual(tuple(map(float, v[:2]))) for v in values]
    k = min(k, len(everyone))
    chosen = survivors(everyone, k, lambda: 0)
    assert len(chosen) == k and all(any(one is other for other in everyone) for one in chosen)
    least = min(one.fitness.values for one in everyone)
    assert least[0] < LEAST or any(one.fitness.values == least for one in chosen) or k == 1


def test_nsga_iii_leaves_the_global_generator_as_it_was():
    everyone = [individual((float(i), float(-i % 7), float(i % 5))) for i in range(40)]
    np.random.seed(5)
    first = np.random.random(3)
    np.random.seed(5)
    chosen = [survivors(everyone, 9, lambda: 3) for _ in range(2)]
    assert np.array_equal(np.random.random(3), first)
    assert [id(one) for one in chosen[0]] == [id(one) for one in chosen[1]]
