"""Laws of the primitives: a new row of the table meets them at once."""

from __future__ import annotations

import ast
import cmath
from pathlib import Path

import mpmath
import primitives
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from primitives import BY_NAME, TABLE, Primitive, multiply, twiddle

from tests.primitives import laws
from tests.strategies import exact_numbers, sizes

every_primitive = pytest.mark.parametrize("primitive", TABLE, ids=lambda row: row.name)
SAMPLES = [1 + 0j, -2.5j, 0.3 - 4j, 0j]


@every_primitive
def test_a_row_is_well_formed_and_has_a_source(primitive: Primitive) -> None:
    laws.it_is_well_formed(primitive)


@every_primitive
@settings(max_examples=40)
@given(st.data())
def test_its_value_is_the_same_in_floats_in_finite_fields_and_exactly(
    primitive: Primitive, data: st.DataObject
) -> None:
    size = data.draw(sizes)
    numbers = data.draw(st.lists(exact_numbers(size), min_size=2, max_size=2))
    k = data.draw(st.integers(0, size - 1))
    laws.its_value_agrees_between_systems(primitive, size, k, numbers)


@every_primitive
def test_it_works_on_arrays(primitive: Primitive) -> None:
    laws.it_works_on_arrays(primitive, SAMPLES)


@every_primitive
def test_it_compiles_and_gives_the_same(primitive: Primitive) -> None:
    laws.it_compiles(primitive, SAMPLES)


@every_primitive
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 12, 16, 24])
def test_its_declared_flops_are_never_below_its_lowered_line(primitive: Primitive, size: int) -> None:
    laws.its_flops_cover_the_lowered_line(primitive, size)


def test_names_are_unique_and_found_by_name() -> None:
    assert BY_NAME == {row.name: row for row in TABLE}
    assert len(BY_NAME) == len(TABLE)


def test_the_primitives_import_nothing_of_gpfft_and_no_numba() -> None:
    folder = Path(primitives.__file__).parent
    roots = {root for file in folder.glob("*.py") for root in _imported(file)}
    assert "dataclasses" in roots  # that imports are found at all
    assert not roots & {"gpfft", "numba", "numpy", "flint", "deap"}


def _imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


# Real operations to multiply by a constant. Johnson & Frigo 2007, IEEE Trans. Signal Processing
# 55(1), p. 111 and section II: 6 for a generic twiddle, 4 for (1+i)/sqrt 2, 4 for 1 + i tan t.
@pytest.mark.parametrize(
    "constant, flops",
    [
        pytest.param(1, 0, id="1 is free"),
        pytest.param(-1, 0, id="-1 is free"),
        pytest.param(1j, 0, id="i is free"),
        pytest.param(-1j, 0, id="-i is free"),
        pytest.param(0, 0, id="0 is free"),
        pytest.param(0.5, 2, id="a power of two counts"),
        pytest.param(0.3, 2, id="real"),
        pytest.param(-0.3j, 2, id="imaginary"),
        pytest.param(1 + 1j, 2, id="1 + i"),
        pytest.param(-1 + 1j, 2, id="i - 1"),
        pytest.param((1 + 1j) * 0.5**0.5, 4, id="an eighth of a turn"),
        pytest.param((1 - 1j) * 0.3, 4, id="an eighth of a turn, scaled"),
        pytest.param(1 + 0.3j, 4, id="1 + i tan t"),
        pytest.param((1 + 0.3j) * 1j, 4, id="1 + i tan t, turned by i"),
        pytest.param((1 + 0.3j) * -1, 4, id="1 + i tan t, turned by -1"),
        pytest.param(cmath.exp(0.3j), 6, id="generic twiddle"),
        pytest.param(2 + 0.3j, 6, id="generic with a scale"),
    ],
)
def test_a_product_with_a_constant_costs_what_is_published(constant: complex, flops: int) -> None:
    number = complex(constant)
    assert multiply.price(number) == flops
    assert multiply.flops(number, True, 0j, False) == flops
    assert multiply.flops(0j, False, number, True) == flops


def test_a_product_of_two_values_costs_six() -> None:
    assert multiply.flops(1 + 0j, False, 1 + 0j, False) == 6


@pytest.mark.parametrize("size", range(1, 65))
def test_a_twiddle_is_within_an_ulp_of_1_of_the_truth(size: int) -> None:
    with mpmath.workdps(40):
        for k in range(size):
            found, true = twiddle.power(k, size), mpmath.expjpi(mpmath.mpf(-2 * k) / size)
            for part, wanted in ((found.real, true.real), (found.imag, true.imag)):
                assert abs(part - wanted) <= 2.0**-52


@pytest.mark.parametrize("size", range(1, 65))
def test_quarters_are_exact_and_mirrored_twiddles_have_equal_parts(size: int) -> None:
    for k in range(size):
        number = twiddle.power(k, size)
        if 4 * k % size == 0:
            assert number == (1, -1j, -1, 1j)[4 * k // size]
        assert twiddle.power(-k, size) == number.conjugate()
        if 8 * k % size == 0 and 4 * k % size:
            assert abs(number.real) == abs(number.imag) == 0.5**0.5
        if size % 4 == 0:
            assert twiddle.power(k + size // 4, size) == number * -1j


def test_a_twiddle_index_is_taken_modulo_the_size() -> None:
    assert twiddle.power(11, 8) == twiddle.power(3, 8) == twiddle.power(-5, 8)
    assert twiddle.value(11, twiddle.table(8)) == twiddle.power(3, 8)


def test_the_table_holds_the_powers_in_order() -> None:
    assert twiddle.table(6) == [twiddle.power(k, 6) for k in range(6)]
    assert twiddle.table(1) == [1]
