"""Matrices of well-known transforms, as NumPy arrays, rows being outputs: targets for `--matrix`.

>>> import numpy as np, gpfft
>>> np.save("dct8.npy", gpfft.matrices.dct2(8))  # and then: gpfft evolve --matrix dct8.npy
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft.errors import GpfftError, short
from gpfft.matrix_file import MOST, check_matrix
from gpfft.transform import check_size, exponents, is_power_of_two


def walsh_hadamard(n: int) -> NDArray[np.float64]:
    """Returns the (n, n) Walsh-Hadamard matrix in natural order, n a power of two up to 64.

    H[k, j] = (-1)^(number of ones common to k and j in binary): Sylvester's construction,
    H_2n = [[H_n, H_n], [H_n, -H_n]] (Sylvester 1867, Philosophical Magazine 34, 461-475).

    Raises GpfftError for another n.

    >>> import gpfft
    >>> gpfft.matrices.walsh_hadamard(2)
    array([[ 1.,  1.],
           [ 1., -1.]])
    """
    if not is_power_of_two(check_size(n, MOST, "n")):
        raise GpfftError(f"a Walsh-Hadamard matrix in natural order needs a power of two, not {n}")
    matrix = np.ones((1, 1))
    while len(matrix) < n:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def hartley(n: int) -> NDArray[np.float64]:
    """Returns the (n, n) matrix of the discrete Hartley transform, unnormalised, n up to 64.

    H[k, j] = cas(2 pi j k / n), cas t = cos t + sin t (Bracewell 1983, Journal of the Optical Society
    of America 73, 1832-1835).

    Raises GpfftError for another n.

    >>> import gpfft
    >>> gpfft.matrices.hartley(2).round()
    array([[ 1.,  1.],
           [ 1., -1.]])
    """
    angle = exponents(check_size(n, MOST, "n")) * (2 * np.pi / n)
    return np.asarray(np.cos(angle) + np.sin(angle), dtype=np.float64)


def dct2(n: int, unitary: bool = True, scale: float = 1.0) -> NDArray[np.float64]:
    """Returns the (n, n) matrix of the discrete cosine transform of type II, n up to 64.

    C[k, j] = cos(pi (2 j + 1) k / (2 n)); unitary: times sqrt(2 / n), in row 0 times sqrt(1 / n)
    (Ahmed, Natarajan & Rao 1974, IEEE Trans. Computers C-23, 90-93; Shao & Johnson 2008,
    arXiv:cs/0703150, for both normalisations). All of it is multiplied by `scale`.

    The 8-point program of 29 additions and 11 multiplications (Loeffler, Ligtenberg & Moschytz 1989,
    Proc. ICASSP, 988-991), whose outputs have one common scale, computes `dct2(8, scale=math.sqrt(8))`:
    row 0 is of ones, row k of sqrt(2) cos(pi (2 j + 1) k / 16).

    Raises GpfftError for another n.

    >>> import gpfft
    >>> gpfft.matrices.dct2(2, unitary=False).round(3)
    array([[ 1.   ,  1.   ],
           [ 0.707, -0.707]])
    """
    j = np.arange(check_size(n, MOST, "n"))
    matrix = np.cos(np.pi / (2 * n) * (np.outer(j, 2 * j + 1) % (4 * n)))
    if unitary:
        matrix *= math.sqrt(2 / n)
        matrix[0] = math.sqrt(1 / n)
    return np.asarray(scale * matrix, dtype=np.float64)


def circulant(h: ArrayLike) -> NDArray[np.float64] | NDArray[np.complex128]:
    """Returns the (n, n) matrix of cyclic convolution with h, n numbers, n up to 64.

    C[k, j] = h[(k - j) mod n], so that X[k] = sum over j of h[(k - j) mod n] x[j].

    Raises GpfftError for what is no list of numbers.

    >>> import gpfft
    >>> gpfft.matrices.circulant([1, 2, 3])
    array([[1., 3., 2.],
           [2., 1., 3.],
           [3., 2., 1.]])
    """
    row = np.asarray(h)
    if row.ndim != 1:
        raise GpfftError(f"a cyclic convolution is with a list of numbers, not {short(h)}")
    row = check_matrix(row[None, :])[0]
    j = np.arange(len(row))
    matrix: NDArray[np.float64] | NDArray[np.complex128] = row[(j[:, None] - j) % len(row)]
    return matrix


def rounded_dft(n: int) -> NDArray[np.complex128]:
    """Returns the (n, n) DFT with both parts of each entry rounded to 0, 1 or -1, n up to 64.

    Multiplierless approximations of 8, 16 and 32 points that were made by hand are this matrix (Cintra 2024,
    arXiv:2407.12708, which rounds to the nearest in the Frobenius norm). 1/2 is rounded to 0.

    Raises GpfftError for another n.

    >>> import gpfft
    >>> gpfft.matrices.rounded_dft(8)[1, :3]
    array([1.+0.j, 1.-1.j, 0.-1.j])
    """
    turns = exponents(check_size(n, MOST, "n")) / n
    nearest = [np.where(np.abs(part) > 0.5 + 1e-9, np.sign(part), 0.0)
               for part in (np.cos(2 * np.pi * turns), -np.sin(2 * np.pi * turns))]  # fmt: skip
    return nearest[0] + 1j * nearest[1] + 0.0
