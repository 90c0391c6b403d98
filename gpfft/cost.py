"""What operations cost: the price of an exact constant, and the count of a lowered program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from primitives import multiply

from gpfft.field import Exact


@dataclass(frozen=True)
class Cost:
    """Counts real operations. Negation, swaps, permutation and loading are free.

    >>> from gpfft.cost import Cost
    >>> print(Cost(52, 4))
    52 additions + 4 multiplications = 56 flops
    """

    adds: int
    muls: int

    @property
    def flops(self) -> int:
        """Returns additions + multiplications."""
        return self.adds + self.muls

    def __str__(self) -> str:
        return f"{self.adds} additions + {self.muls} multiplications = {self.flops} flops"


@lru_cache(maxsize=None)
def price(number: Exact) -> int:
    """Returns the real operations in number * value, by the rate of `primitives.multiply`."""
    real, imag, one = number.real, number.imag, number.field.one
    return multiply.rate(
        real.is_zero or imag.is_zero,
        number.is_zero or real in (one, -one) or imag in (one, -one),
        real in (imag, -imag),
    )
