"""Factors that make values conjugates of each other change no output, and halve what real input costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from gpfft import Program, champions, judge, simplify
from gpfft.codelet import Codelet
from gpfft.conjugate import conjugated
from gpfft.emit.lower import lower
from gpfft.emit.transpose import transpose
from gpfft.field import field_of
from gpfft.judge import judge_lowering
from gpfft.program import Builder
from tests import programs
from tests.strategies import shaped_programs, sized_programs


@settings(max_examples=200)
@given(sized_programs("any", 12) | shaped_programs("any", 12))
def test_no_output_changes(program: Program) -> None:
    assert judge_lowering(program, lower(conjugated(program))).exact


def decimated_in_frequency(size: int) -> Program:
    """Returns radix 2 the other way round: the twiddles come after the butterflies."""
    return simplify(transpose(programs.radix2(size)))


@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_decimation_in_frequency_costs_half_for_real_input(size: int) -> None:
    program = decimated_in_frequency(size)
    tied = conjugated(program)
    assert judge(tied).exact
    half = (lower(program).cost.flops - 2 * (size - 2)) // 2
    assert lower(tied, real=True).cost.flops <= half
    assert size < 64 or half < lower(program, real=True).cost.flops


@pytest.mark.parametrize("size, flops", [(32, 198), (64, 514)])
def test_champions_whose_factors_come_from_a_search_cost_half(size: int, flops: int) -> None:
    folder = champions.committed()[size]
    codelet = Codelet.from_json((folder / "champion.json").read_text(encoding="utf-8"))
    tied = conjugated(codelet.program)
    assert judge(tied).exact
    assert lower(tied, real=True).cost.flops == flops == (codelet.cost.flops - 2 * (size - 2)) // 2


def test_some_outputs_of_a_dft_padded_with_zeros_cost_less_too() -> None:
    whole = decimated_in_frequency(32)
    kept = simplify(transpose(replace(transpose(whole), outputs=transpose(whole).outputs[:20])))
    program = replace(kept, outputs=kept.outputs[::4])  # 20 inputs, X[0], X[4] .. X[28]
    tied = conjugated(program)
    assert (tied.inputs, len(tied.outputs)) == (20, 8)
    assert judge_lowering(program, lower(tied)).exact
    assert lower(tied, real=True).cost.flops <= lower(program, real=True).cost.flops


def test_the_same_program_always() -> None:
    program = decimated_in_frequency(32)
    assert conjugated(program) == conjugated(program)


def test_values_that_are_no_conjugates_stay_as_they_are() -> None:
    build = Builder(4)
    one = build.line("add", 0, build.turned(1, 1))  # x0 - i x1, and nothing like x0 + i x1
    program = build.program([one, 1, 2, 3])
    assert conjugated(program) is program


def test_a_program_with_other_constants_or_products_stays_as_it_is() -> None:
    build = Builder(4)
    third = build.constant(field_of(4).polynomial({0: 3, 1: 1}))
    other = build.line("add", 0, build.line("multiply", third, 1))
    program = build.program([other, 1, 2, 3])
    assert conjugated(program) is program
    for wrong in (programs.plus_product(4), programs.plus_constant(4)):
        assert conjugated(wrong) is wrong
