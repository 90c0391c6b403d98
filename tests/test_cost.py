"""The price of an exact constant is that of its float, and counts add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from primitives import multiply, twiddle

from gpfft.cost import Cost, price
from gpfft.field import Exact, field_of
from tests.strategies import exact_numbers, sizes


@pytest.mark.parametrize("size", range(1, 65))
def test_a_twiddle_has_one_price_exactly_and_in_floats(size: int) -> None:
    exact = [price(field_of(size).twiddle(k)) for k in range(size)]
    assert exact == [multiply.price(number) for number in twiddle.table(size)]


@given(sizes.flatmap(exact_numbers))
def test_a_number_has_one_price_exactly_and_in_floats(number: Exact) -> None:
    assert price(number) == multiply.price(complex(number))


@given(sizes.flatmap(exact_numbers), st.integers(0, 3))
def test_turning_by_a_quarter_and_mirroring_keep_the_price(number: Exact, quarters: int) -> None:
    turned = number
    for _ in range(quarters):
        turned = turned * number.field.i
    assert price(turned) == price(number) == price(number.conjugate) == price(-number)


def test_the_prices_of_sixteenths_are_those_of_split_radix() -> None:
    # Yavne 1968, as told in Johnson & Frigo 2007: free, generic 6, eighth 4
    assert [price(field_of(16).twiddle(k)) for k in range(8)] == [0, 6, 4, 6, 0, 6, 4, 6]


def test_a_cost_reads_as_a_sum() -> None:
    assert Cost(52, 4).flops == 56
    assert str(Cost(52, 4)) == "52 additions + 4 multiplications = 56 flops"
