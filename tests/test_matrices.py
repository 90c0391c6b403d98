"""The matrices of well-known transforms are what their names say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gpfft import GpfftError, matrices, recognise


@pytest.mark.parametrize("n", [1, 2, 8, 64])
def test_walsh_hadamard_counts_common_ones_in_binary(n: int) -> None:
    signs = [[(-1) ** (j & k).bit_count() for j in range(n)] for k in range(n)]
    assert np.array_equal(matrices.walsh_hadamard(n), signs)


@pytest.mark.parametrize("n", [1, 2, 7, 16, 64])
def test_hartley_is_the_real_less_the_imaginary_part_of_the_dft_and_its_own_inverse(n: int) -> None:
    dft = np.fft.fft(np.eye(n))
    assert np.allclose(matrices.hartley(n), dft.real - dft.imag, atol=1e-12)
    assert np.allclose(matrices.hartley(n) @ matrices.hartley(n), n * np.eye(n), atol=1e-11)


@pytest.mark.parametrize("n", [1, 2, 5, 8, 64])
def test_the_cosine_transform_is_its_sum_and_unitary_where_it_says_so(n: int) -> None:
    unitary, plain = matrices.dct2(n), matrices.dct2(n, unitary=False)
    assert np.allclose(unitary @ unitary.T, np.eye(n))
    wanted = [[np.cos(np.pi * (j + 0.5) * k / n) for j in range(n)] for k in range(n)]
    assert np.allclose(plain, wanted)
    assert np.allclose(unitary[1:], np.sqrt(2 / n) * plain[1:])


def test_the_cosine_transform_of_the_published_40_operations_is_that_of_a_row_of_ones() -> None:
    scaled = matrices.dct2(8, scale=math.sqrt(8))  # Loeffler, Ligtenberg & Moschytz 1989
    assert np.allclose(scaled[0], 1) and np.allclose(scaled @ scaled.T, 8 * np.eye(8))
    angles = [[(2 * j + 1) * k * np.pi / 16 for j in range(8)] for k in range(1, 8)]
    assert np.allclose(scaled[1:], math.sqrt(2) * np.cos(angles))
    assert recognise(scaled).exact


@pytest.mark.parametrize("h", [[1], [1, 2, 3, -4], [1, 2j, 0]])
def test_a_circulant_convolves(h: list) -> None:
    x = np.random.default_rng(0).standard_normal(len(h))
    found = matrices.circulant(h) @ x
    assert np.allclose(found, np.fft.ifft(np.fft.fft(h) * np.fft.fft(x)))
    assert np.iscomplexobj(found) == np.iscomplexobj(h)


@pytest.mark.parametrize("make", [matrices.walsh_hadamard, matrices.hartley, matrices.dct2])
@pytest.mark.parametrize("n", [0, -1, 65, 2.0, True, "8", None])
def test_a_size_that_is_none_is_refused(make, n: object) -> None:
    with pytest.raises(GpfftError, match="n must be a whole number from 1 to 64"):
        make(n)


def test_a_walsh_hadamard_matrix_of_12_is_refused() -> None:
    with pytest.raises(GpfftError, match="needs a power of two, not 12"):
        matrices.walsh_hadamard(12)


@pytest.mark.parametrize("h", [[], [[1, 2]], 3, ["a"], [1, float("nan")], [0, 0], [1] * 65])
def test_a_convolution_with_no_list_of_numbers_is_refused(h: object) -> None:
    with pytest.raises(GpfftError) as error:
        matrices.circulant(h)
    assert "\n" not in str(error.value)
