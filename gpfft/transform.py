"""The target: the discrete Fourier transform, by its definition.

X[k] = sum over j of x[j] W^(j k), W = exp(-2 pi i / N): the sign of the forward transform,
unnormalised. This is all that a search is told. Letters: N size, j input, k output.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np
from numpy.typing import NDArray
from primitives import twiddle

from gpfft.errors import GpfftError, short

LARGEST = 4096  # points of a program
LARGEST_SEARCH = 64  # a set of inputs is one 64-bit word in the compiled search


def is_power_of_two(number: int) -> bool:
    """Tells whether a number of 1 or more is 1, 2, 4, 8 ..."""
    return number & (number - 1) == 0


def check_size(size: object, largest: int = LARGEST, what: str = "size") -> int:
    """Returns `size` when it is a whole number from 1 to `largest`, else raises GpfftError."""
    if isinstance(size, (int, np.integer)) and not isinstance(size, bool) and 1 <= size <= largest:
        return int(size)
    raise GpfftError(f"{what} must be a whole number from 1 to {largest}, not {short(size)}")


def exponents(size: int) -> NDArray[np.int64]:
    """Returns the (N, N) integers j k mod N: entry [k, j] is the power of W at output k, input j."""
    j = np.arange(size)
    return np.outer(j, j) % size


def matrix(size: int) -> NDArray[np.complex128]:
    """Returns the (N, N) matrix of the transform, rows are outputs."""
    return np.array(twiddle.table(size))[exponents(size)]


def definition(x: Sequence[Any], table: Sequence[Any]) -> list[Any]:
    """Returns the transform of `x` in any number system; `table` begins with W^0 .. W^(N-1) in it."""
    points = range(len(x))
    return [reduce(add, map(mul, x, [table[j * k % len(x)] for j in points])) for k in points]


def definition_flops(size: int) -> int:
    """Returns the operations of the definition taken literally: 2N(N-1) + 6(N-1)^2."""
    return 2 * size * (size - 1) + 6 * (size - 1) ** 2
