"""The real program computes what the complex one does, with the operations that are counted."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from primitives import BY_NAME

import gpfft
from gpfft import Config, Program
from gpfft.emit.lower import RealProgram, lower
from gpfft.field import Exact, field_of, nth_residue_root
from gpfft.program import Builder
from tests import naive, programs
from tests.strategies import sized_programs

kinds = st.sampled_from(["linear", "affine", "any"])


def run_exactly(lowered: RealProgram, inputs: list[Exact]) -> list[Exact]:
    """Returns the outputs of a real program for exact complex inputs, put together again."""
    parts = [part for number in inputs for part in (number.real, number.imag)]
    field = field_of(lowered.size)
    found = lowered.run(parts, lowered.constants, field.zero)
    return [a + field.i * b for a, b in zip(found[::2], found[1::2])]


@given(kinds.flatmap(lambda kind: sized_programs(kind, 8)))
def test_it_computes_exactly_what_the_program_does(program: Program) -> None:
    field = field_of(program.size)
    inputs = [field.polynomial({0: Fraction(j + 2), 1: Fraction(1 - j, 3)}) for j in range(program.size)]
    wanted = program.run(inputs, program.exact_table)
    assert all(a is b for a, b in zip(run_exactly(lower(program), inputs), wanted))


@given(sized_programs("affine"))
def test_it_computes_in_doubles_what_the_program_does(program: Program) -> None:
    parts = np.random.default_rng(0).standard_normal((program.size, 2))
    lowered = lower(program)
    found = lowered.run(parts.ravel().tolist(), [complex(c).real for c in lowered.constants], 0.0)
    wanted = program(parts[:, 0] + 1j * parts[:, 1])
    assert np.allclose(np.array(found).reshape(-1, 2) @ [1, 1j], wanted, rtol=1e-9, atol=1e-9)


@given(kinds.flatmap(sized_programs))
def test_the_cost_is_the_number_of_operations_done(program: Program) -> None:
    lowered = lower(program)
    cost = lowered.cost
    assert cost.adds == sum(sign in "+-" for sign, _, _ in lowered.operations)
    constants = [complex(c).real for c in lowered.constants]
    done = naive.count(
        lambda re, im: lowered.run([x for pair in zip(re, im) for x in pair], constants, 0.0),
        program.size,
    )
    assert done == (cost.adds, cost.muls)


@given(kinds.flatmap(sized_programs))
def test_every_operation_is_live_and_done_once_and_constants_are_positive(program: Program) -> None:
    lowered = lower(program)
    first = 2 * lowered.size + len(lowered.constants)
    read = {a for _, *pair in lowered.operations for a in pair}
    read |= {address for pair in lowered.outputs for sign, address in pair if sign}
    assert set(range(first, first + len(lowered.operations))) <= read
    assert set(range(2 * lowered.size, first)) <= read
    unordered = [(s, *(pair if s == "-" else sorted(pair))) for s, *pair in lowered.operations]
    assert len(set(unordered)) == len(unordered)
    assert not any(("-", b, a) in lowered.operations for s, a, b in lowered.operations if s == "-")
    assert all(complex(c).real > 0 and c.imag.is_zero for c in lowered.constants)
    assert len(set(lowered.constants)) == len(lowered.constants)


@settings(max_examples=200)
@given(kinds.flatmap(lambda kind: sized_programs(kind, 20)))
def test_the_flops_that_lines_declare_are_an_upper_bound(program: Program) -> None:
    assert lower(program).cost.flops <= declared(program)


def declared(program: Program) -> int:
    """Returns the flops that the live lines declare, as a search counts them."""
    known = {}  # address: the constant that it holds
    total = 0
    table = [complex(constant) for constant in program.exact_table]
    for number, (name, *operands) in enumerate(program.lines):
        address = program.size + number
        if name == "twiddle":
            known[address] = table[operands[0]]
        elif all(o in known for o in operands):
            known[address] = BY_NAME[name].value(*(known[o] for o in operands))
        elif address in program.last_use:
            arguments = [(known.get(o, 0j), o in known) for o in operands]
            total += BY_NAME[name].flops(*(part for pair in arguments for part in pair))
    return total


def products(size: int, *constants: Exact) -> int:
    """Returns the operations in the products of input 0 with some constants, all of them output."""
    build = Builder(size)
    values = [build.line("multiply", build.constant(constant), 0) for constant in constants]
    return lower(build.program([*values, *[0] * (size - len(values))])).cost.flops


def test_a_product_costs_what_its_constant_does() -> None:
    field = field_of(16)
    one, i, eighth = field.one, field.i, field.twiddle(2)
    tangent = eighth + eighth.conjugate - one  # the square root of 2, less 1: tan(2 pi / 16)
    third = field.rational(Fraction(1, 3))
    assert [products(16, c) for c in (one, -one, i, -i)] == [0, 0, 0, 0]
    assert products(16, third) == products(16, third * i) == 2
    assert products(16, field.rational(2)) == 2
    assert products(16, one + i) == products(16, i - one) == 2
    assert products(16, eighth) == products(16, eighth * third * i) == 4
    assert products(16, one + i * tangent) == products(16, i * (one + i * tangent)) == 4
    assert products(16, field.twiddle(1)) == 6


def test_a_constant_and_its_conjugate_on_one_value_share_their_products() -> None:
    w = field_of(16).twiddle(1)
    assert products(16, w, w.conjugate) == 8
    assert products(16, w, w * field_of(16).i, -w) == 6


def test_a_sign_costs_nothing_wherever_it_is() -> None:
    lines = (
        ("twiddle", 1),  # 2: -1
        ("multiply", 2, 0),  # 3: -x0
        ("multiply", 2, 1),  # 4: -x1
        ("add", 3, 4),  # 5: -x0 - x1
        ("add", 0, 4),  # 6: x0 - x1
        ("add", 1, 3),  # 7: x1 - x0, once more
    )
    assert lower(Program(2, lines, (5, 6))).cost.flops == 4
    assert lower(Program(2, lines, (7, 6))).cost.flops == 2


def test_an_output_that_is_zero_or_constant_needs_no_operation() -> None:
    lines = (("twiddle", 1), ("multiply", 2, 0), ("add", 0, 3))
    lowered = lower(Program(2, lines, (4, 2)))
    assert lowered.outputs[0] == ((0, 0), (0, 0))
    assert lowered.operations == ()
    constants = [complex(c).real for c in lowered.constants]
    assert lowered.run([1.0, 2.0, 3.0, 4.0], constants, 0.0) == [0.0, 0.0, -1.0, 0.0]


# Cooley & Tukey's radix 2 with free quarters, 4 for eighths; 56 at 8 is Yavne's count, too.
@pytest.mark.parametrize("size, flops", [(2, 4), (4, 16), (8, 56)])
def test_the_textbook_fft_has_its_known_count(size: int, flops: int) -> None:
    assert lower(programs.radix2(size)).cost.flops == flops


@given(sized_programs())
def test_it_agrees_with_the_program_in_a_finite_field_that_the_judge_does_not_use(
    program: Program,
) -> None:
    root = nth_residue_root(program.size, 3)
    i = field_of(program.size).i.residue(root)
    parts = [root**0 * (3 + n * n) for n in range(2 * program.size)]
    lowered = lower(program)
    found = lowered.run(parts, [c.residue(root) for c in lowered.constants], root * 0)
    inputs = [a + i * b for a, b in zip(parts[::2], parts[1::2])]
    wanted = program.run(inputs, [c.residue(root) for c in program.exact_table])
    assert [a + i * b for a, b in zip(found[::2], found[1::2])] == [root * 0 + w for w in wanted]


# Fused multiply-adds


def real(*operations: tuple[str, int, int], outputs: tuple[int, ...] = ()) -> RealProgram:
    """Returns a real program with inputs 0 .. 3 and the constant 4; by default its last value is output."""
    kept = outputs or (4 + len(operations),)
    signed = [(1, address) for address in kept] + [(0, 0)] * (4 - len(kept))
    third = field_of(2).rational(Fraction(1, 3))
    return RealProgram(2, (third,), operations, ((signed[0], signed[1]), (signed[2], signed[3])))


FUSED = {
    "a product that is added": (real(("*", 4, 0), ("+", 5, 1)), 1),
    "one that is taken away": (real(("*", 4, 0), ("-", 1, 5)), 1),
    "one that both signs of a butterfly take in": (
        real(("*", 4, 0), ("+", 5, 1), ("-", 1, 5), outputs=(6, 7)), 1
    ),
    "an output": (real(("*", 4, 0)), 0),
    "an output that is added, too": (real(("*", 4, 0), ("+", 5, 1), outputs=(5, 6)), 0),
    "two that meet": (real(("*", 4, 0), ("*", 4, 1), ("+", 5, 6)), 1),
    "two that meet twice": (real(("*", 4, 0), ("*", 4, 1), ("+", 5, 6), ("-", 5, 6), outputs=(7, 8)), 1),
    "four that meet in pairs": (
        real(("*", 4, 0), ("*", 4, 1), ("*", 4, 2), ("*", 4, 3), ("+", 5, 6), ("+", 7, 8), ("+", 9, 10)), 2
    ),
    "a product of a product": (real(("*", 4, 0), ("*", 4, 5), ("+", 6, 1)), 1),
    "a product of an addition and its square": (real(("*", 4, 0), ("*", 5, 5)), 0),
    "one that is added and multiplied": (
        real(("*", 4, 0), ("+", 5, 1), ("*", 5, 2), ("+", 6, 7)), 1
    ),
    "one that meets two others": (
        real(("*", 4, 0), ("*", 4, 1), ("*", 4, 2), ("+", 5, 6), ("+", 6, 7), outputs=(8, 9)), 2
    ),
    "no product": (real(("+", 0, 1), ("-", 5, 2)), 0),
    "one that is added to itself": (real(("*", 4, 0), ("+", 5, 5)), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", FUSED)
def test_a_product_is_fused_where_every_use_is_an_addition_that_has_taken_in_no_other(case: str) -> None:
    program, fused = FUSED[case]
    muls, adds = program.cost.muls, program.cost.adds
    assert program.fused == fused
    counted = [program.count(cost) for cost in ("flops", "muls", "fma")]
    assert counted == [adds + muls, muls, adds + muls - fused]


def sets_that_fuse(program: RealProgram) -> Iterator[int]:
    """Yields the size of every set of products that additions can take in, each addition one at most."""
    begin = 2 * program.size + len(program.constants)
    outputs = {address for pair in program.outputs for sign, address in pair if sign}
    uses: dict[int, list[int]] = {}
    for number, (sign, *pair) in enumerate(program.operations):
        if sign == "*" and begin + number not in outputs:
            own = begin + number
            users = [u for u, (_, *read) in enumerate(program.operations) for a in read if a == own]
            if len(set(users)) == len(users) and all(program.operations[u][0] != "*" for u in users):
                uses[number] = users
    for many in range(len(uses) + 1):
        for chosen in combinations(uses.values(), many):
            takers = [u for users in chosen for u in users]
            if len(set(takers)) == len(takers):
                yield many


@settings(max_examples=150)
@given(kinds.flatmap(lambda kind: sized_programs(kind, 7)))
def test_as_many_products_are_fused_as_can_be_or_a_few_less(program: Program) -> None:
    lowered = lower(program)
    if lowered.cost.muls <= 12:
        most = max(sets_that_fuse(lowered))
        assert (most > 0) <= lowered.fused <= most
        assert lowered.count("fma") == lowered.cost.flops - lowered.fused


# FFTW 3.3.10, dft/scalar/codelets: n1_8.c "44 additions, 8 fused multiply/add" up to n1_64.c "520 additions,
# 392 fused multiply/add". Real additions are as many in all: a multiplication is free where it is fused.
FFTW = [(8, 52), (16, 144)]
LARGER = [(32, 372), (64, 912)]


@pytest.mark.parametrize(
    "size, operations", [*FFTW, *(pytest.param(*row, marks=pytest.mark.slow) for row in LARGER)]
)
def test_a_search_for_fused_operations_reaches_those_of_fftw(size: int, operations: int) -> None:
    champion = gpfft.evolve(config=Config(size, cost="fma"), threads=1).champion
    lowered = lower(champion.program)
    assert champion.verdict.exact
    assert lowered.count("fma") == lowered.cost.adds == operations
    assert lowered.fused == lowered.cost.muls == lowered.count("muls")
