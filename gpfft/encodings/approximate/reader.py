"""Reads a program as real operations on real input: the rows of a chromosome."""

from __future__ import annotations

from dataclasses import dataclass, field

from gpfft.encodings.approximate import kernel
from gpfft.errors import GpfftError
from gpfft.field import Exact
from gpfft.program import Program

Signed = tuple[int, int]  # (+1, -1, or 0 for zero; address of a real value)
ZERO: Signed = (0, 0)


@dataclass
class Rows:
    """Rows as they are written, equal ones once; a product has the place of its constant."""

    inputs: int
    constants: dict[Exact, int] = field(default_factory=dict)
    rows: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def row(self, op: int, a: int, b: int) -> int:
        """Returns the address of a row."""
        return self.rows.setdefault((op, a, b), self.inputs + len(self.rows))

    def add(self, x: Signed, y: Signed) -> Signed:
        """Returns x + y."""
        (s, a), (t, b) = x, y
        if not s or not t:
            return y if not s else x
        if a > b:
            (s, a), (t, b) = y, x
        if a == b and s != t:
            return ZERO
        return s, self.row(kernel.ADD if s == t else kernel.SUB, a, b)

    def times(self, number: Exact, x: Signed) -> Signed:
        """Returns a real number times x."""
        if number.is_zero or not x[0]:
            return ZERO
        sign = 1 if complex(number).real > 0 else -1
        size = number if sign > 0 else -number
        if size is size.field.one:
            return sign * x[0], x[1]
        place = self.constants.setdefault(size, len(self.constants))
        return sign * x[0], self.row(kernel.TIMES, x[1], place)


class _Value:
    """A complex value as two real ones, or a constant."""

    __slots__ = ("im", "known", "re", "rows")

    def __init__(self, rows: Rows, re: Signed, im: Signed, known: Exact | None = None) -> None:
        self.rows, self.re, self.im, self.known = rows, re, im, known

    def __add__(self, other: _Value) -> _Value:
        if self.known is not None and other.known is not None:
            return _Value(self.rows, ZERO, ZERO, self.known + other.known)
        if self.known is not None or other.known is not None:
            known = self.known if self.known is not None else other.known
            assert known is not None
            if not known.is_zero:
                raise GpfftError("a search for approximate programs starts from a linear one")
            return other if self.known is not None else self
        return _Value(self.rows, self.rows.add(self.re, other.re), self.rows.add(self.im, other.im))

    def __mul__(self, other: _Value) -> _Value:
        if self.known is not None and other.known is not None:
            return _Value(self.rows, ZERO, ZERO, self.known * other.known)
        known, value = (self.known, other) if self.known is not None else (other.known, self)
        if known is None:
            raise GpfftError("a search for approximate programs starts from a linear one")
        c, s, times = known.real, known.imag, self.rows.times
        re = self.rows.add(times(c, value.re), times(-s, value.im))
        return _Value(self.rows, re, self.rows.add(times(s, value.re), times(c, value.im)))


def read(program: Program) -> tuple[Rows, list[Signed]]:
    """Returns the rows of a program for real input, and its outputs: see `parts`.

    Raises GpfftError for a program that is not linear.
    """
    rows = Rows(program.inputs)
    inputs = [_Value(rows, (1, j), ZERO) for j in range(program.inputs)]
    table = [_Value(rows, ZERO, ZERO, number) for number in program.exact_table]
    found = program.run(inputs, table)
    if any(value.known is not None and not value.known.is_zero for value in found):
        raise GpfftError("a search for approximate programs starts from a linear one")
    return rows, [found[k].im if imaginary else found[k].re for k, imaginary in parts(program.size)]


def parts(size: int) -> list[tuple[int, bool]]:
    """Returns (k, whether it is the imaginary part) of the N real numbers that X is of real input."""
    whole = [(k, imaginary) for k in range(size // 2 + 1) for imaginary in (False, True)]
    return [(k, imaginary) for k, imaginary in whole if not imaginary or 0 < 2 * k < size]
