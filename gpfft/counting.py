"""Counts the real operations of a recursive program from its recurrence, without unrolling it."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from primitives import multiply

from gpfft.recursion import Factor, Recursion, Term, check_length

FREE = multiply.rate(on_axis=True, has_free_part=True, on_diagonal=False)  # quarters of a turn
DIAGONAL = multiply.rate(on_axis=False, has_free_part=False, on_diagonal=True)  # odd eighths
OTHER = multiply.rate(on_axis=False, has_free_part=False, on_diagonal=False)


def recurrence(recursion: Recursion, n: int) -> int:
    """Returns the real operations of a call of length n, calls to itself included.

    It is never below what the unrolled program costs once it is simplified: what two calls, or
    two lines, compute twice is counted twice.
    """
    return recursion.total(check_length(n, recursion.radix), lambda length: own_flops(recursion, length))


def own_flops(recursion: Recursion, n: int) -> int:
    """Returns the real operations that one call of length n makes itself.

    A sum of m elements is 2m, a product what its twiddles cost. The same view of the same value
    times the same twiddles, up to quarters of a turn, is paid once. Dead lines cost nothing.
    """
    if check_length(n, recursion.radix) == 1:
        return 0
    body = recursion.body(n)
    values = [value for value in body.live - {0} if body.lines[value - 1][0] == "add"]
    sums = sum(2 * (n // body.parts[value]) for value in values)
    paid = {_product(t, n, n // body.parts[t.value]) for t in body.live_terms if not t.factor.is_one}
    return sums + sum(product[-1] for product in paid)


@lru_cache(maxsize=1 << 16)
def _product(term: Term, n: int, length: int) -> tuple[int, int, int, int, int, Fraction, int]:
    """Returns what tells a product from others in a call of length n, and last what it costs.

    `length` is that of the value which the term views. Twiddles differ when they do so by more
    than quarters of a turn.
    """
    offset, start, stride, parts = term.view
    m = length // parts
    k = term.factor.k % (n // math.gcd(4, n))
    constant = (Fraction(term.factor.shift, n) + term.factor.turn) % Fraction(1, 4)
    price = factor_flops(Factor(k, 0, constant), n, m)
    return term.value, (offset + start * m) % length, stride % length, m, k, constant, price


def factor_flops(factor: Factor, n: int, m: int) -> int:
    """Returns the real operations in the factor times a vector of m elements, in a call of length n."""
    free, eighths = (_on_grid(factor, n, m, parts) for parts in (4, 8))
    return FREE * free + DIAGONAL * (eighths - free) + OTHER * (m - eighths)


def _on_grid(factor: Factor, n: int, m: int, parts: int) -> int:
    """Returns how many of the m twiddles are a whole number of turns / parts.

    These are the j with step j + first = 0 modulo the denominator: every so many, from one on.
    """
    constant = Fraction(factor.shift, n) + factor.turn
    denominator = math.lcm(n, constant.denominator)
    step = parts * factor.k * (denominator // n)
    first = parts * constant.numerator * (denominator // constant.denominator)
    common = math.gcd(step, denominator)
    if first % common:
        return 0
    period = denominator // common
    j = -(first // common) * pow(step // common, -1, period) % period
    return max(0, -((j - m) // period))
