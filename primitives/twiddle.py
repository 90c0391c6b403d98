"""Twiddle look-up: W^k = exp(-2 pi i k / n), kept as the integer k mod n, never as a float."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

SOURCE = "a constant is loaded, not computed: no operation"


def value(k: int, table: Sequence[Any]) -> Any:
    """Returns entry k of the table, k taken modulo its length."""
    return table[k % len(table)]


def flops() -> int:
    """Returns 0: loading is free."""
    return 0


def power(k: int, n: int) -> complex:
    """Returns W^k = exp(-2 pi i k / n) in double precision, exact at every quarter of a turn."""
    quarter, rest = divmod(4 * (k % n), n)  # k/n of a turn = quarter/4 + rest/(4n)
    if 2 * rest == n:
        cosine = sine = math.sqrt(0.5)
    elif 2 * rest < n:
        cosine, sine = math.cos(math.tau * rest / (4 * n)), math.sin(math.tau * rest / (4 * n))
    else:  # measured from the nearer axis, so that mirrored twiddles have equal parts
        rest = n - rest
        sine, cosine = math.cos(math.tau * rest / (4 * n)), math.sin(math.tau * rest / (4 * n))
    turned = ((cosine, -sine), (-sine, -cosine), (-cosine, sine), (sine, cosine))
    return complex(*turned[quarter])


def table(n: int) -> list[complex]:
    """Returns W^0 ... W^(n-1), the table handed to an evaluator that computes in complex128."""
    return [power(k, n) for k in range(n)]
