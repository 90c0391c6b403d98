"""The target is the DFT, by its definition."""

from __future__ import annotations

import numpy as np
import pytest

from gpfft.emit.lower import lower
from gpfft.errors import GpfftError
from gpfft.field import field_of
from gpfft.transform import LARGEST_SEARCH, check_size, definition, definition_flops, exponents, matrix
from tests import naive, programs


@pytest.mark.parametrize("size", [1, 64, 65, 4096, np.int64(8), np.uint8(3)], ids=repr)
def test_a_whole_number_from_1_to_4096_is_a_size(size: object) -> None:
    assert check_size(size) == size
    assert type(check_size(size)) is int


@pytest.mark.parametrize(
    "wrong", [0, -1, 4097, 2**70, True, 8.0, float("nan"), "8", None, [8], np.bool_(True)], ids=repr
)
def test_anything_else_is_refused_in_a_line_that_shows_it(wrong: object) -> None:
    with pytest.raises(GpfftError) as error:
        check_size(wrong)
    assert str(error.value) == f"size must be a whole number from 1 to 4096, not {wrong!r}"


def test_the_size_of_a_search_goes_to_64() -> None:
    assert check_size(64, LARGEST_SEARCH) == 64
    with pytest.raises(GpfftError, match="^size must be a whole number from 1 to 64, not 65$"):
        check_size(65, LARGEST_SEARCH)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 30, 64])
def test_the_matrix_is_that_of_numpy_and_of_the_definition(size: int) -> None:
    assert np.allclose(matrix(size), np.fft.fft(np.eye(size)), rtol=0, atol=1e-12)
    columns = [naive.dft(row) for row in np.eye(size).tolist()]
    assert np.allclose(matrix(size).T, columns, rtol=0, atol=1e-12)


def test_rows_are_outputs_and_the_first_twiddle_turns_clockwise() -> None:
    assert matrix(4)[1].tolist() == [1, -1j, -1, 1j]
    assert exponents(4).tolist() == [[0, 0, 0, 0], [0, 1, 2, 3], [0, 2, 0, 2], [0, 3, 2, 1]]


@pytest.mark.parametrize("size", [1, 2, 3, 8, 12])
def test_the_definition_is_the_matrix_in_any_number_system(size: int) -> None:
    x = [complex(j, 1 - j * j) for j in range(size)]
    assert np.allclose(definition(x, matrix(size)[1 % size].tolist()), matrix(size) @ x)
    field = field_of(size)
    table = [field.twiddle(k) for k in range(size)]
    impulse = [field.one if j == size - 1 else field.zero for j in range(size)]
    assert all(a is field.twiddle(-k) for k, a in enumerate(definition(impulse, table)))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 12])
def test_the_definition_taken_literally_is_not_cheaper_than_lowered(size: int) -> None:
    assert definition_flops(size) == 2 * size * (size - 1) + 6 * (size - 1) * (size - 1)
    assert lower(programs.definition(size)).cost.flops <= definition_flops(size)
