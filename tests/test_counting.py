"""The operations of a recursive program, counted from its recurrence and never below the truth."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpfft import GpfftError
from gpfft.cost import price
from gpfft.counting import factor_flops, own_flops, recurrence
from gpfft.emit.lower import lower
from gpfft.field import field_of
from gpfft.recursion import WHOLE, Body, Factor, Recursion, Term, View, family
from gpfft.simplify import simplify
from tests.recursions import EVEN, HIGH, KNOWN, LOW, MINUS, MINUS_I, ODD, dif, recursions, split_radix


def unrolled(recursion: Recursion, n: int) -> int:
    """Returns the operations of the unrolled program, simplified and lowered."""
    return lower(simplify(recursion.unroll(n))).cost.flops


@pytest.mark.parametrize("n", [2**k for k in range(9)])
@pytest.mark.parametrize("name", ["dif", "dit", "split radix"])
def test_the_recurrence_counts_what_the_unrolled_program_does(name: str, n: int) -> None:
    assert recurrence(KNOWN[name], n) == unrolled(KNOWN[name], n)


@pytest.mark.parametrize("n", [2**k for k in range(1, 21)])
def test_split_radix_takes_4_n_lg_n_minus_6_n_plus_8(n: int) -> None:
    assert recurrence(split_radix(), n) == 4 * n * (n.bit_length() - 1) - 6 * n + 8  # Yavne 1968


@given(recursions())
@settings(max_examples=150, deadline=None)
def test_the_recurrence_is_never_below_what_the_unrolled_program_does(recursion: Recursion) -> None:
    for n in family(recursion.radix, 27):
        assert recurrence(recursion, n) >= unrolled(recursion, n)


@given(
    st.sampled_from([2, 4, 8, 16, 32, 64, 3, 9, 27, 5, 25]),
    st.integers(-40, 40),
    st.integers(-40, 40),
    st.data(),
)
@settings(deadline=None)
def test_a_factor_costs_what_its_twiddles_cost_one_by_one(n, k, shift, data) -> None:
    field = field_of(n)
    turn = Fraction(data.draw(st.integers(0, field.order - 1)), field.order)
    numerators, denominator = Factor(k, shift, turn).turns(n, n)
    prices = [price(field.powers[int(t) * field.order // denominator]) for t in numerators]
    for m in {1, 2, n // 2, n} - {0}:
        assert factor_flops(Factor(k, shift, turn), n, m) == sum(prices[:m])


def one_call(*terms: Term) -> int:
    """Returns what a call of 16 elements costs which calls itself on these terms."""
    lines = tuple(("self", term) for term in terms)
    outputs = ((EVEN, Term(1)), (ODD, Term(len(terms))))
    return own_flops(Recursion(2, (Body(lines, outputs),)), 16)


CASES = {
    "nothing": ([Term(0, LOW)], 0),
    "quarters of a turn": ([Term(0, LOW, MINUS_I), Term(0, LOW, MINUS)], 0),
    "eighths of a turn": ([Term(0, LOW, Factor(2))], 4 * 4),
    "a power": ([Term(0, LOW, Factor(1))], 32),  # j = 0 .. 7: free at 0 and 4, 4 at 2 and 6, else 6
    "the same twice": ([Term(0, LOW, Factor(1)), Term(0, LOW, Factor(1))], 32),
    "the same, turned": ([Term(0, LOW, Factor(1)), Term(0, LOW, Factor(1).times(MINUS_I))], 32),
    "the same, turned by places": ([Term(0, LOW, Factor(1)), Term(0, LOW, Factor(1, 4))], 32),
    "the same, i^j": ([Term(0, LOW, Factor(1)), Term(0, LOW, Factor(5))], 32),
    "the same view in other words": (
        [Term(0, LOW, Factor(1)), Term(0, View(-8, 3, 1, 2), Factor(1))],
        32,
    ),
    "another view": ([Term(0, LOW, Factor(1)), Term(0, HIGH, Factor(1))], 64),
    "another factor": ([Term(0, LOW, Factor(1)), Term(0, LOW, Factor(-1))], 64),
    "another value": ([Term(0, LOW, Factor(1)), Term(1, WHOLE, Factor(1))], 64),
}


@pytest.mark.parametrize("terms, flops", CASES.values(), ids=CASES)
def test_what_a_call_multiplies_is_paid_once(terms: list[Term], flops: int) -> None:
    assert one_call(*terms) == flops


def test_dead_lines_cost_nothing() -> None:
    body = dif().bodies[0]
    dead = (("add", Term(0), Term(0, WHOLE, Factor(1))), ("self", Term(0, LOW, Factor(3))))
    more = Recursion(2, (Body(body.lines + dead, body.outputs),))
    assert [recurrence(more, n) for n in family(2, 64)] == [recurrence(dif(), n) for n in family(2, 64)]


def test_nothing_is_done_for_one_element() -> None:
    assert {recurrence(recursion, 1) for recursion in KNOWN.values()} == {0}


def test_a_length_outside_the_family_is_refused() -> None:
    for n in (0, -2, 3, 6):
        with pytest.raises(GpfftError, match="the length must be a power of 2"):
            recurrence(dif(), n)


def test_a_million_points_are_counted_in_no_time() -> None:
    begin = time.perf_counter()
    recurrence(split_radix(), 2**20)
    assert time.perf_counter() - begin < 1


def test_counts_have_no_largest_size() -> None:
    """Radix 2 takes 5 n lg n - 10 n + 16, split radix 4 n lg n - 6 n + 8 (Yavne 1968)."""
    n = 2**100
    assert recurrence(dif(), n) == 500 * n - 10 * n + 16
    assert recurrence(split_radix(), n) == 400 * n - 6 * n + 8
