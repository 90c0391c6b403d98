"""Short DFTs from the literature, as test data only: what is composed in practice is evolved.

3 and 5 points as in FFTW's codelets (Frigo & Johnson 2005, Proc. IEEE 93(2)), with real sums and
differences of conjugate pairs; 7 and 9 points after Winograd 1978, in the form of Nussbaumer, Fast
Fourier Transform and Convolution Algorithms, 1981.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from gpfft import Program
from gpfft.field import Exact, field_of
from gpfft.program import Builder


class Value:
    """A line of a program that is being written: values are added, and multiplied by constants."""

    def __init__(self, build: Builder, address: int) -> None:
        self.build, self.address = build, address

    def __add__(self, other: Value) -> Value:
        return Value(self.build, self.build.line("add", self.address, other.address))

    def __mul__(self, c: Exact) -> Value:
        return Value(self.build, self.build.line("multiply", self.build.constant(c), self.address))

    def __neg__(self) -> Value:
        return self * -field_of(self.build.size).one

    def __sub__(self, other: Value) -> Value:
        return self + -other


class Numbers:
    """Cosines, sines and fractions in the field of N points, angles in units of 2 pi / N."""

    def __init__(self, size: int) -> None:
        self.field = field_of(size)

    def over(self, number: Exact, divisor: int) -> Exact:
        return number * self.field.rational(Fraction(1, divisor))

    def fraction(self, a: int, b: int) -> Exact:
        return self.field.rational(Fraction(a, b))

    def cos(self, k: int) -> Exact:
        return self.over(self.field.twiddle(k) + self.field.twiddle(-k), 2)

    def jsin(self, k: int) -> Exact:
        """Returns i sin(2 pi k / N)."""
        return self.over(self.field.twiddle(-k) - self.field.twiddle(k), 2)


def written(size: int, function: Callable[[list[Value], Numbers], list[Value]]) -> Program:
    """Returns the program that a function of values writes."""
    build = Builder(size)
    outputs = function([Value(build, j) for j in range(size)], Numbers(size))
    return build.program([value.address for value in outputs])


def dft2() -> Program:
    """4 flops."""
    return written(2, lambda x, c: [x[0] + x[1], x[0] - x[1]])


def dft3() -> Program:
    """16 flops."""

    def lines(x: list[Value], c: Numbers) -> list[Value]:
        t = x[1] + x[2]
        m, d = x[0] - t * c.fraction(1, 2), (x[1] - x[2]) * c.jsin(1)
        return [x[0] + t, m - d, m + d]

    return written(3, lines)


def dft5() -> Program:
    """44 flops."""

    def lines(x: list[Value], c: Numbers) -> list[Value]:
        t1, t2, t3, t4 = x[1] + x[4], x[1] - x[4], x[2] + x[3], x[2] - x[3]
        t5 = t1 + t3
        m, u = x[0] - t5 * c.fraction(1, 4), (t1 - t3) * c.over(c.cos(1) - c.cos(2), 2)
        a, b = m + u, m - u
        d = t2 * c.jsin(1) + t4 * c.jsin(2)
        e = t2 * c.jsin(2) - t4 * c.jsin(1)
        return [x[0] + t5, a - d, b - e, b + e, a + d]

    return written(5, lines)


def dft7() -> Program:
    """88 flops."""

    def lines(x: list[Value], c: Numbers) -> list[Value]:
        t1, t2, t3 = x[1] + x[6], x[2] + x[5], x[3] + x[4]
        t5, t6, t7 = x[1] - x[6], x[2] - x[5], x[4] - x[3]
        t4, t8, t9 = t1 + t2 + t3, t1 - t3, t3 - t2
        t10, t11, t12 = t5 + t6 + t7, t7 - t5, t6 - t7
        c1, c2, c3 = (c.cos(k) for k in (1, 2, 3))
        s1, s2, s3 = (c.jsin(k) for k in (1, 2, 3))
        m0 = x[0] + t4
        m1 = t4 * (c.over(c1 + c2 + c3, 3) - c.fraction(1, 1))
        m2 = t8 * c.over(c1 + c1 - c2 - c3, 3)
        m3 = t9 * c.over(c1 - c2 - c2 + c3, 3)
        m4 = -(t8 + t9) * c.over(c1 + c2 - c3 - c3, 3)
        m5 = t10 * -c.over(s1 + s2 - s3, 3)
        m6 = t11 * c.over(s1 + s1 - s2 + s3, 3)
        m7 = t12 * c.over(s1 - s2 - s2 - s3, 3)
        m8 = -(t11 + t12) * c.over(s1 + s2 + s3 + s3, 3)
        a, b, d, e = -m2 - m3, -m2 - m4, -m6 - m7, m6 + m8
        m = m0 + m1
        p, q, r = m - a, m + b, m + a - b
        u, v, w = m5 - d, m5 - e, m5 + d + e
        return [m0, p + u, q + v, r - w, r + w, q - v, p - u]

    return written(7, lines)


def dft9() -> Program:
    """104 flops."""

    def lines(x: list[Value], c: Numbers) -> list[Value]:
        t1, t2, t3, t4 = x[1] + x[8], x[2] + x[7], x[3] + x[6], x[4] + x[5]
        t6, t7, t8, t9 = x[1] - x[8], x[7] - x[2], x[3] - x[6], x[4] - x[5]
        t5, t10 = t1 + t2 + t4, t6 + t7 + t9
        t11, t12, t13, t14 = t1 - t2, t2 - t4, t7 - t6, t7 - t9
        c1, c2, c4 = (c.cos(k) for k in (1, 2, 4))
        s = x[0] + t3
        c1, c2, c4 = (c.cos(k) for k in (1, 2, 4))  # their sum is 0
        m3, m4, m5 = t11 * c1, t12 * -c4, (t11 + t12) * c2
        m6, m7 = t10 * c.jsin(3), t8 * c.jsin(3)
        m8, m9, m10 = t13 * c.jsin(1), t14 * c.jsin(4), (t14 - t13) * c.jsin(2)
        a, b, d, e = m3 + m4, m5 - m4, m8 + m9, m10 - m9
        v, w = x[0] - t3 * c.fraction(1, 2), s - t5 * c.fraction(1, 2)
        p, q, r = v + a, v + b, v - a - b
        f, g, h = m7 - d, e - m7, e + d + m7
        return [s + t5, p - f, q - g, w - m6, r - h, r + h, w + m6, q + g, p + f]

    return written(9, lines)
