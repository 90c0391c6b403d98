"""Multiplication of two values; what it costs depends on the constant, when there is one."""

from __future__ import annotations

from typing import Any

SOURCE = (
    "Johnson & Frigo 2007, IEEE Trans. Signal Processing 55(1) 111-119: 4 real multiplications "
    "and 2 additions, less what a special constant saves"
)


def value(a: Any, b: Any) -> Any:
    """Returns a * b."""
    return a * b


def flops(a: complex, a_known: bool, b: complex, b_known: bool) -> int:
    """Returns the price of the constant operand, or 6 where neither is known."""
    if a_known:
        return price(a)
    if b_known:
        return price(b)
    return 6


def price(c: complex) -> int:
    """Returns the real operations in c * value, for a constant c in floating point."""
    real, imag = abs(c.real), abs(c.imag)
    return rate(
        real <= 1e-9 * imag or imag <= 1e-9 * real,
        abs(real - 1) < 1e-9 or abs(imag - 1) < 1e-9 or real + imag == 0,
        abs(real - imag) <= 1e-9 * real,
    )


def rate(on_axis: bool, has_free_part: bool, on_diagonal: bool) -> int:
    """Returns the real operations in c * value from what is known of the constant c.

    `on_axis`: real or imaginary: 2 multiplications.
    `on_diagonal`: parts of equal size, (1+i)/sqrt 2 at any scale: 2 of each.
    `has_free_part`: a part is 1 or -1, as in 1 + i tan t: its 2 multiplications are saved, which
    leaves 0 for 1, -1, i and -i: signs and swaps of the parts are free. (0 counts among these.)
    Any other constant: 4 multiplications and 2 additions.
    """
    if on_axis:
        return 0 if has_free_part else 2
    if on_diagonal:
        return 2 if has_free_part else 4
    return 4 if has_free_part else 6
