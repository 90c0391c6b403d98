"""The graph of a program: read, written out with factors, its images, the blocks that it has of others."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpfft import GpfftError, Program, judge, simplify
from gpfft.compose import composed
from gpfft.config import RescaledStage
from gpfft.emit.lower import lower
from gpfft.encodings import rescaling
from gpfft.encodings.base import SUMS
from gpfft.encodings.rescaled import Rescaled
from gpfft.encodings.rescaled.reader import graph_of
from gpfft.encodings.rescaled.scales import UNIT, apart, integer, logarithms_of, table
from gpfft.field import field_of, residue_root
from gpfft.program import Builder
from gpfft.record import read_champion

from . import programs, short
from .strategies import exact_numbers
from .strategies import programs as linear_programs
from .test_rescaling import (
    COSTS, LABELS, RUNS, STARTS, annealed, at_random, costs, count, encoding_of, few, fft, price, start_of,
    starts, wandered, ways,
)  # fmt: skip

POWERS = [name for name in STARTS if name.split()[1] in ("8", "16", "32", "64")]
FFTS = [name for name in STARTS if name.startswith("fft")]


# Reading a program


def refused(program: Program) -> str:
    """Returns why a program has no graph."""
    with pytest.raises(GpfftError) as error:
        graph_of(program)
    assert "\n" not in str(error.value)
    return str(error.value)


def written(size: int, *lines: tuple, constants: tuple = ()) -> Program:
    """Returns a program whose outputs are all its last value."""
    return Program(size, lines, (size + len(lines) - 1,) * size, constants)


SINE = field_of(8).scaled(0, {1: 1})  # 2 sin(2 pi / 8)
TERM = "is no twiddle, product with one, or sum of such"
NO_GRAPH = {
    "a product of values": (written(2, ("add", 0, 1), ("multiply", 0, 2)), f"line 1 .*(multiply) {TERM}"),
    "a sum with a constant": (written(2, ("twiddle", 1), ("add", 0, 2)), f"line 1 .*(add) {TERM}"),
    "a product of constants": (
        written(2, ("twiddle", 1), ("multiply", 2, 2), ("multiply", 3, 0)), f"line 1 .*(multiply) {TERM}"
    ),
    "a reference": (written(2, ("reference", 0)), f"line 0 .*(reference) {TERM}"),
    "nought": (
        written(2, ("twiddle", 2), ("multiply", 2, 0), constants=(field_of(2).zero,)),
        f"line 0 .*(twiddle) {TERM}",
    ),
    "a constant output": (written(2, ("twiddle", 1)), "an output of the start program is a constant"),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_GRAPH)
def test_what_is_no_sum_of_constants_times_values_is_refused_by_its_line(case: str) -> None:
    program, wanted = NO_GRAPH[case]
    before, _, after = wanted.partition(".*")
    found = refused(program)
    assert found.startswith(before) and found.find(after) >= 0


def same(a: Program, b: Program) -> bool:
    """Tells whether programs have equal outputs for a random input in a field of about 2^60 elements."""
    root = residue_root(a.size, (*a.constants, *b.constants))
    x = [root**0 * (7**50 + j * j + 3 * j**5) for j in range(a.size)]
    first, second = (p.run(x, [c.residue(root) for c in p.exact_table]) for p in (a, b))
    return bool(first == second)


# name: program, the numbers that stay on its edges
FIXED = {
    "a third": (
        written(8, ("twiddle", 8), ("multiply", 8, 0), constants=(field_of(8).rational(Fraction(1, 3)),)),
        [1 / 3],
    ),
    "values of different scales": (
        written(8, ("twiddle", 8), ("multiply", 8, 1), ("add", 0, 9), constants=(SINE,)), [math.sqrt(2)]
    ),
    "a lower operand's scale is the sum's": (
        written(8, ("twiddle", 8), ("multiply", 8, 0), ("add", 9, 1), constants=(SINE,)),
        [1 / math.sqrt(2), math.sqrt(2)],
    ),
    "half a twiddle, which is a twiddle times i": (
        written(3, ("twiddle", 3), ("multiply", 3, 1), ("add", 0, 4), constants=(field_of(3).powers[1],)),
        [1j],
    ),
    "an output with a scale": (
        written(8, ("twiddle", 8), ("add", 0, 1), ("multiply", 8, 9), constants=(SINE,)), [math.sqrt(2)]
    ),
    "a real number times i times a twiddle": (
        written(5, ("twiddle", 5), ("multiply", 5, 0), ("add", 1, 6),
                constants=(field_of(5).powers[11] * field_of(5).rational(3),)),
        [1 / 3, 1j, 3],
    ),
    "neither real nor a twiddle": (
        written(4, ("twiddle", 4), ("multiply", 4, 0), ("add", 5, 1),
                constants=(field_of(4).rational(2) + field_of(4).i,)),
        [2 + 1j],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FIXED)
def test_other_constants_stay_on_their_edges(case: str) -> None:
    program, numbers = FIXED[case]
    graph = graph_of(program)
    assert graph.numbers[0] is field_of(program.size).one
    found = sorted(map(complex, graph.numbers[1:]), key=abs)
    assert found == pytest.approx(sorted(numbers, key=abs))
    assert same(graph.program(graph.start), program)
    labels = at_random(Rescaled(program), 3)
    assert same(graph.program(labels), program)


def test_a_product_with_any_other_constant_has_the_label_of_what_is_multiplied_and_is_made_once() -> None:
    field, build = field_of(4), Builder(4)
    number = field.rational(2) + field.i
    value = build.line("add", 0, 1)
    terms = [build.line("multiply", build.constant(number * turn), value) for turn in field.powers]
    sums = [build.line("add", 2 + i % 2, term) for i, term in enumerate(terms)]
    graph = graph_of(build.program(sums))
    assert graph.nodes[:, 3].tolist().count(-1) == 1 and graph.sums == 5
    (product,) = 4 + np.flatnonzero(graph.nodes[:, 3] < 0)
    member, turn = graph.layout[:2]
    assert member[product] == member[value] > 0 and turn[product] == turn[value]
    encoding = Rescaled(graph.program(graph.start))
    assert count(encoding, encoding.graph.start) == 2 * 5 + 6


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([2, 3, 4, 5, 6, 8, 12]).flatmap(lambda size: linear_programs(size, "linear")), few)
def test_every_linear_program_keeps_its_outputs_whatever_the_labels(program: Program, seed: int) -> None:
    program = simplify(program)
    try:
        encoding = Rescaled(program, RescaledStage(steps=200))
        labels = encoding.graph.start
    except GpfftError as error:
        assert "is a constant" in str(error) or "(twiddle)" in str(error)  # 0, as an output
        return
    for genes in (labels, at_random(encoding, seed), wandered(encoding, seed), annealed(encoding, seed)):
        assert same(encoding.decode(genes), program)
        assert lower(simplify(encoding.decode(genes))).cost.flops <= count(encoding, genes)
    assert count(encoding, annealed(encoding, seed)) <= count(encoding, labels)


def test_products_are_collected_until_they_are_added_and_scales_may_differ_by_a_twiddle() -> None:
    field, build = field_of(8), Builder(8)
    back = build.constant(SINE.inverse)
    twice = build.line("multiply", build.constant(SINE * field.twiddle(1)), build.turned(0, 3))
    value = build.line("add", twice, build.line("multiply", build.constant(SINE), 1))
    graph = graph_of(build.program([build.turned(build.line("multiply", back, value), 5)] * 8))
    assert graph.nodes.tolist() == [[4, 0, 0, 1]]
    assert graph.outputs.tolist() == [[8, 5]] * 8
    assert graph.scales == (*[{}] * 8, dict(SINE.polar[1]))
    assert graph.numbers == (field.one,) and not graph.fixed.any() and not graph.discrete


# Composed programs, whose constants are fixed real numbers, twiddles, and what refining makes of them

COMPOSED = {
    "3 x 3": (short.dft3, short.dft3), "3 x 5": (short.dft3, short.dft5),
    "3 x 4": (short.dft3, programs.fft4), "5 x 5": (short.dft5, short.dft5),
    "3 x 9": (short.dft3, short.dft9), "8 x 3": (programs.fft8, short.dft3),
}  # fmt: skip


@lru_cache(maxsize=None)
def composed_of(name: str, cost: str = "flops") -> Rescaled:
    """Returns the encoding of two short programs put together."""
    return Rescaled(composed(*(part() for part in COMPOSED[name])), RescaledStage(steps=3000), cost)


def worth(program: Program, cost: str) -> int:
    """Returns what is written, product by product, equal ones once: flops or multiplications."""
    products = {}
    for name, *operands in program.lines:
        if name == "multiply":
            c = program.exact_table[program.lines[operands[0] - program.size][1]]
            turns = frozenset(c * turn for turn in c.field.powers[:: c.field.order // 4])
            products[operands[1], turns] = price(complex(c), cost)
    sums = sum(name == "add" for name, *_ in program.lines)
    return SUMS[cost] * sums + sum(products.values())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(COMPOSED)), st.sampled_from(["flops", "muls"]), ways, few)
def test_what_is_written_of_a_composed_program_costs_no_more_product_by_product_than_was_counted(
    name: str, cost: str, way: str, seed: int
) -> None:
    encoding = composed_of(name, cost)
    assert encoding.graph.discrete
    labels = LABELS[way](encoding, seed)
    program = encoding.decode(labels)
    assert same(program, encoding.start)
    assert worth(program, cost) <= count(encoding, labels)
    assert lower(simplify(program)).count(cost) <= count(encoding, labels)


@pytest.mark.parametrize("cost", ["flops", "muls"])
@pytest.mark.parametrize("name", COMPOSED)
def test_a_composed_program_is_counted_as_what_it_costs_product_by_product(name: str, cost: str) -> None:
    encoding = composed_of(name, cost)
    assert count(encoding, encoding.graph.start) == worth(encoding.start, cost)
    found = [annealed(encoding, seed) for seed in range(6)]
    assert any(count(encoding, labels) == worth(encoding.decode(labels), cost) for labels in found)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(COMPOSED)), st.sampled_from(COSTS), ways, few)
def test_what_was_refined_is_read_again_at_no_more_than_it_cost(
    name: str, cost: str, way: str, seed: int
) -> None:
    encoding = composed_of(name, cost)
    labels = LABELS[way](encoding, seed)
    again = Rescaled(simplify(encoding.decode(labels)), encoding.stage, cost)
    assert count(again, again.graph.start) <= count(encoding, labels)
    assert same(again.decode(again.graph.start), encoding.start)


@pytest.mark.parametrize("name", COMPOSED)
def test_the_images_of_a_composed_program_cost_the_same(name: str) -> None:
    encoding = composed_of(name)
    labels = annealed(encoding, 0)
    for image in encoding.graph.images:
        if image[3] > 0:
            assert count(encoding, pictured(encoding, image, labels)) == count(encoding, labels)
        assert same(encoding.decode(pictured(encoding, image, labels)), encoding.start)
    assert encoding.graph.images


# Scales


@settings(max_examples=60)
@given(st.sampled_from([3, 5, 8, 9, 20]), st.data())
def test_logarithms_make_products_sums_whatever_the_numbers_were_made_from(size: int, data: Any) -> None:
    logarithms, numbers = logarithms_of(size), exact_numbers(size).filter(lambda number: not number.is_zero)
    a, b = (number * number.conjugate for number in (data.draw(numbers), data.draw(numbers)))
    assert (logarithms.of(a) + logarithms.of(b) - logarithms.of(a * b)) % 2**64 == 0
    assert (logarithms.of(a) + logarithms.of(a.inverse)) % 2**64 == 0
    assert (logarithms.of(a) == logarithms.of(b)) == (a is b)


@pytest.mark.parametrize("size", [5, 9, 12, 25, 49])
def test_equal_products_of_sines_have_equal_discrete_logarithms(size: int) -> None:
    """2 sin 2x = (2 sin x)(2 sin(pi/2 - x)), for any size; as rounded logarithms they may differ."""
    quarter = field_of(size).order // 4
    for b in range(1, (quarter + 1) // 2):
        assert integer(size, {b: 1, quarter - b: 1}, True) == integer(size, {2 * b: 1}, True)
    of = logarithms_of(size).of
    sines = {b: field_of(size).scaled(0, {b: 1}) for b in range(1, quarter + 1)}
    assert {b: of(number) for b, number in sines.items()} == {b: logarithms_of(size).sine(b) for b in sines}
    assert len({integer(size, {b: 1}, True) for b in sines}) == len(set(sines.values()))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 9, 12])
def test_every_power_of_zeta_is_a_twiddle_times_a_power_of_i(size: int) -> None:
    field = field_of(size)
    for turn in range(field.order):
        k, q = apart(size, turn)
        assert field.twiddle(k) * field.powers[q * field.order // 4] is field.powers[turn]
        assert q == 0 or turn % (field.order // size)


@settings(max_examples=60)
@given(st.sampled_from(POWERS), ways, few, costs)
def test_a_program_with_factors_is_a_graph_that_gives_this_program_again(
    name: str, way: str, seed: int, cost: str
) -> None:
    encoding = encoding_of(name, cost)
    labels = LABELS[way](encoding, seed)
    program = encoding.decode(labels)
    again = Rescaled(program, encoding.stage, cost)
    assert again.graph.program(again.graph.start) == program
    assert again.graph.butterflies == encoding.graph.butterflies
    assert count(again, again.graph.start) <= count(encoding, labels)
    assert not again.graph.start[:, 0].any()


@pytest.mark.parametrize("size", [4, 8, 16, 64, 256, 4096])
def test_scales_are_the_logarithms_of_cosines_and_sines(size: int) -> None:
    sizes, p = table(size), rescaling.period(size)
    assert sizes.shape == (2, p) and sizes[:, 0].tolist() == [0, rescaling.NEVER]
    for k in range(1, p, max(1, p // 64)):
        t = 2 * math.pi * k / size
        assert sizes[0, k] / UNIT == pytest.approx(-math.log(abs(math.cos(t))), abs=1e-12)
        assert sizes[1, k] / UNIT == pytest.approx(-math.log(abs(math.sin(t))), abs=1e-12)
    if size >= 16:  # sin 2x = 2 sin x cos x, with no rounding at all
        two = integer(size, field_of(size).sine_parts(size // 4))
        doubles = [sizes[1, 2 * k] + two - sizes[1, k] - sizes[0, k] for k in range(1, p // 2)]
        assert not any(doubles)


@pytest.mark.parametrize("name", POWERS)
def test_the_scales_that_are_written_are_those_of_the_labels_wherever_an_edge_tells(name: str) -> None:
    encoding, told = encoding_of(name), 0
    for seed in range(8):
        labels = wandered(encoding, seed)
        scales = encoding.graph._sines(labels)
        for source, target, sines in encoding.graph._links(labels):
            difference = integer(encoding.size, scales[target]) - integer(encoding.size, scales[source])
            assert difference == integer(encoding.size, sines) == labels[target, 1] - labels[source, 1]
            told += difference != 0
    assert told > 0


def test_huge_scales_are_factors_like_others() -> None:
    encoding = encoding_of("fft 16")
    labels = encoding.graph.start.copy()
    labels[1:, 1] = 400 * table(16)[0, 1] * np.arange(1, len(labels))
    assert judge(encoding.decode(labels)).exact


# Images


def pictured(encoding: Rescaled, image: Any, labels: Any) -> Any:
    """Returns what an image makes of labels."""
    whence, shifts, turned, scaled = image
    p = rescaling.period(encoding.size)
    picture = np.stack([(turned * labels[whence, 0] + shifts) % p, scaled * labels[whence, 1]], axis=1)
    picture[0] = 0
    return picture


@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_an_unrolled_fft_is_its_own_image_with_other_units_conjugated_and_transposed(size: int) -> None:
    images = encoding_of(f"fft {size}").graph.images
    assert [image[2:] for image in images] == [(1, 1), (1, 1), (1, 1), (-1, 1), (-1, -1)]
    for whence, *_, scaled in images:
        assert whence[0] == 0
        assert scaled < 0 or sorted(whence.tolist()) == list(range(len(whence)))


@settings(max_examples=60)
@given(starts, costs, ways, few)
def test_an_image_that_is_not_transposed_costs_the_same(name: str, cost: str, way: str, seed: int) -> None:
    encoding = encoding_of(name, cost)
    labels = LABELS[way](encoding, seed)
    for image in encoding.graph.images:
        if image[3] > 0:
            assert count(encoding, pictured(encoding, image, labels)) == count(encoding, labels)
            assert not (image[1][0] or pictured(encoding, image, labels)[0].any())


@settings(max_examples=60)
@given(st.sampled_from(FFTS), st.sampled_from(["flops", "muls"]), ways, few)
def test_a_transposed_image_costs_the_same_once_no_factor_is_on_the_inputs(
    name: str, cost: str, way: str, seed: int
) -> None:
    """Outputs have no factors, and become inputs: so the image of an image."""
    encoding = encoding_of(name, cost)
    *_, transposed = encoding.graph.images
    once = pictured(encoding, transposed, LABELS[way](encoding, seed))
    assert count(encoding, pictured(encoding, transposed, once)) == count(encoding, once)
    for dice in range(3):
        assert count(encoding, encoding.graph.mirrored(once, Random(dice))) == count(encoding, once)


@settings(max_examples=40)
@given(starts, ways, few)
def test_every_image_computes_the_dft(name: str, way: str, seed: int) -> None:
    encoding = encoding_of(name)
    labels = LABELS[way](encoding, seed)
    for image in encoding.graph.images:
        assert judge(encoding.decode(pictured(encoding, image, labels)), proof=False).exact
    mirrored = encoding.graph.mirrored(labels, Random(seed))
    assert mirrored.shape == labels.shape and not mirrored[0].any()
    assert judge(encoding.decode(mirrored), proof=False).exact


def test_a_power_of_an_image_is_the_image_as_many_times() -> None:
    encoding = encoding_of("fft 32")
    image, seen = encoding.graph.images[1], set()
    labels = at_random(encoding, 0)
    powers = [labels]
    for _ in range(encoding.size // 2):
        powers.append(pictured(encoding, image, powers[-1]))
    for seed in range(40):
        power = pictured(encoding, encoding.graph._power(image, Random(seed)), labels)
        seen |= {next(n for n, wanted in enumerate(powers) if np.array_equal(power, wanted))}
    assert 0 in seen and len(seen) > 3


def test_a_program_without_symmetry_has_few_images_or_none_and_is_searched_all_the_same() -> None:
    kinds = Counter[int]()
    for name in STARTS:
        encoding = encoding_of(name)
        kinds[len(encoding.graph.images)] += 1
        labels = encoding.graph.start
        child = encoding.mate(encoding.mutate(labels, 1), encoding.mutate(labels, 2), 3)
        assert count(encoding, child) <= count(encoding, labels)
    assert kinds[0] > 0 and kinds[5] >= 4


# Blocks


def textbook(size: int, cost: str = "flops") -> Rescaled:
    """Returns the encoding of the textbook program of radix 2, which has two blocks of half its size."""
    return Rescaled(simplify(programs.radix2(size)), RescaledStage(steps=10_000), cost)


def own(encoding: Rescaled) -> float:
    """Returns what the labels cost that a search begins at."""
    return count(encoding, encoding.random(np.random.default_rng(0)))


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("size", [32, 64])
def test_factors_put_on_both_blocks_save_in_each_what_they_save_in_the_smaller_program(
    size: int, cost: str
) -> None:
    large, small = textbook(size, cost), textbook(size // 2, cost)
    labels = annealed(small, 0)
    saved = count(small, small.graph.start) - count(small, labels)
    for program in (small.decode(labels), simplify(small.decode(labels))):
        sown = large.sown(program)
        assert own(sown) <= own(large) - 2 * saved
        assert judge(sown.decode(sown.random(np.random.default_rng(0))), proof=False).exact
    assert saved > 0


@pytest.mark.parametrize("cost", COSTS)
def test_a_block_of_all_points_gets_all_factors(cost: str) -> None:
    small = encoding_of("fft 32", cost)
    labels = annealed(small, 1)
    sown = small.sown(simplify(small.decode(labels)))
    assert own(sown) <= count(small, labels)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("size", [32, 64, 128])
def test_sowing_never_makes_a_program_dearer_nor_other(size: int, cost: str) -> None:
    record = read_champion(RUNS / "dft16_flops168").program
    block = encoding_of("fft 32", cost)
    for seed in (record, block.decode(annealed(block, 0)), block.decode(at_random(block, 0))):
        for encoding in (Rescaled(fft(size), RescaledStage(), cost), textbook(size, cost)):
            sown = encoding.sown(seed)
            assert own(sown) <= own(encoding)
            assert sown.graph.butterflies == encoding.graph.butterflies and sown.start is encoding.start
            assert judge(sown.decode(sown.random(np.random.default_rng(0))), proof=False).exact


def test_the_factors_of_the_record_of_16_points_are_found_on_larger_programs() -> None:
    """A program that lost all factors on its twiddles gets them back, on both of its blocks."""
    block = encoding_of("fft 16")
    dear = textbook(32)
    assert own(dear) > own(dear.sown(simplify(block.decode(annealed(block, 0)))))


def test_the_lowered_program_is_as_cheap_as_the_sown_labels() -> None:
    large, small = textbook(64), textbook(32)
    sown = large.sown(simplify(small.decode(annealed(small, 0))))
    labels = sown.random(np.random.default_rng(0))
    assert lower(simplify(sown.decode(labels))).cost.flops == count(sown, labels)


def test_starts_are_what_their_names_say() -> None:
    assert all(judge(start_of(name), proof=False).exact for name in STARTS)
