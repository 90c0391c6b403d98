"""Lowers a program to real operations. The count that users see is taken here.

The complex program is run in a number system of pairs of real values, whose operations are
written down as they happen, each once: a sum, a difference or a product that exists already, up
to its sign, is used again. Signs cost nothing: they travel with the operands into the next
addition, and what is left at an output is a unary minus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from gpfft.cost import Cost
from gpfft.emit.prune import prune
from gpfft.field import Exact, field_of, residue_root
from gpfft.program import Program

Signed = tuple[int, int]  # (+1 or -1, address of a real value); (0, 0) is zero
ZERO: Signed = (0, 0)


@dataclass(frozen=True)
class RealProgram:
    """A straight-line program over real values.

    Values are numbered: first the inputs, which for complex input are the real and imaginary part of
    x[0], x[1] .. in turn, then the constants, then the results of the operations.

    Attributes:
        size: N, whose twiddles' field holds the constants; for the DFT the number of points.
        constants: positive real numbers.
        operations: (sign, address, address), the sign one of "+", "-" and "*".
        outputs: for each output the real and the imaginary part, signed.
        inputs: how many real inputs there are; by default 2N, for complex input.
    """

    size: int
    constants: tuple[Exact, ...]
    operations: tuple[tuple[str, int, int], ...]
    outputs: tuple[tuple[Signed, Signed], ...]
    inputs: int = -1

    def __post_init__(self) -> None:
        if self.inputs < 0:
            object.__setattr__(self, "inputs", 2 * self.size)

    @property
    def parts(self) -> tuple[Signed, ...]:
        """Returns the real and imaginary parts of the outputs in turn."""
        return tuple(part for pair in self.outputs for part in pair)

    @property
    def cost(self) -> Cost:
        """Returns the operations, counted."""
        muls = sum(sign == "*" for sign, _, _ in self.operations)
        return Cost(len(self.operations) - muls, muls)

    @cached_property
    def shifts(self) -> int:
        """Returns how many of the multiplications are by powers of two."""
        powers = set()
        for place, number in enumerate(self.constants, start=self.inputs):
            terms = number.terms
            if not terms.keys() - {0}:
                p, q = terms[0].numerator, terms[0].denominator
                if p & (p - 1) == 0 and q & (q - 1) == 0:
                    powers.add(place)
        return sum(sign == "*" and (a in powers or b in powers) for sign, a, b in self.operations)

    @cached_property
    def fused(self) -> int:
        """Returns how many of the multiplications can be done by the additions that use them.

        A fused multiply-add takes one product in, so a product vanishes where each of its uses is an
        addition that has not taken in another one; products are tried in their order.
        """
        begin = self.inputs + len(self.constants)
        uses: dict[int, list[int]] = {}
        for number, (_, a, b) in enumerate(self.operations):
            for address in {a, b}:
                uses.setdefault(address, []).append(number)
        final = {address for s, address in self.parts if s}
        taken: set[int] = set()
        count = 0
        for number, (sign, _, _) in enumerate(self.operations):
            users = uses.get(begin + number, [])
            sums = [self.operations[u] for u in users if u not in taken]
            free = users and len(sums) == len(users) and all(s != "*" and a != b for s, a, b in sums)
            if sign == "*" and free and begin + number not in final:
                taken.update(users)
                count += 1
        return count

    def count(self, cost: str) -> int:
        """Returns "flops", "muls" (multiplications), "fma" (flops, fused operations once), or "adds,muls".

        The last are flops without multiplications by powers of two.
        """
        whole = self.cost
        if cost == "adds,muls":
            return whole.flops - self.shifts
        return {"flops": whole.flops, "muls": whole.muls, "fma": whole.flops - self.fused}[cost]

    def run(self, inputs: Sequence[Any], constants: Sequence[Any], zero: Any) -> list[Any]:
        """Returns the outputs, real and imaginary parts in turn, in any number system.

        Args:
            inputs: as many numbers as `self.inputs`.
            constants: `self.constants` in that number system.
            zero: what an output that no operation reaches is.
        """
        values = [*inputs, *constants]
        for sign, a, b in self.operations:
            x, y = values[a], values[b]
            values.append(x + y if sign == "+" else x - y if sign == "-" else x * y)
        return [zero if s == 0 else values[a] if s > 0 else -values[a] for s, a in self.parts]


IDENTITY = RealProgram(2, (), (), (((1, 0), (1, 1)),))  # X[0] = x[0]


def lower(program: Program, real: bool = False) -> RealProgram:
    """Returns the real program that computes what `program` does.

    With `real`, for real inputs: values that are conjugates of each other, up to their sign,
    are then computed once, see `prune`.
    """
    step = 1 if real else 2
    pool = Writer(program.size, step * program.inputs)
    inputs = [_Pair(pool, (1, step * j), ZERO if real else (1, 2 * j + 1)) for j in range(program.inputs)]
    table = [_Pair(pool, ZERO, ZERO, constant) for constant in program.exact_table]
    outputs = [value.loaded() for value in program.run(inputs, table)]
    lowered = pool.program([(value.re, value.im) for value in outputs])
    return pruned(lowered) if real else lowered


def pruned(program: RealProgram) -> RealProgram:
    """Returns a real program with the same outputs and as many operations or fewer, see `prune`."""
    root, dice = residue_root(program.size, program.constants), Random(0)
    base = [dice.randrange(1, int(root.modulus())) for _ in range(program.inputs)]
    base += [int(constant.residue(root)) for constant in program.constants]
    operations, parts = prune(base, program.inputs, program.operations, program.parts, int(root.modulus()))
    return compact(program, operations, parts)


def compact(
    program: RealProgram, operations: Sequence[tuple[str, int, int]], parts: Sequence[Signed]
) -> RealProgram:
    """Returns the program with other operations and outputs, less what reaches no output."""
    first, begin = program.inputs, program.inputs + len(program.constants)
    live = {address for s, address in parts if s}
    for number in reversed(range(len(operations))):
        if begin + number in live:
            live.update(operations[number][1:])
    kept = [address for address in range(first, begin + len(operations)) if address in live]
    place = {address: address for address in range(first)}
    place.update((address, first + i) for i, address in enumerate(kept))
    lines = (operations[address - begin] for address in kept if address >= begin)
    moved = [(s, place[a]) if s else ZERO for s, a in parts]
    return RealProgram(
        program.size,
        tuple(program.constants[address - first] for address in kept if address < begin),
        tuple((sign, place[a], place[b]) for sign, a, b in lines),
        tuple(zip(moved[::2], moved[1::2])),
        program.inputs,
    )


class _Pair:
    """A complex value as two real ones, or as a constant that is known before the input."""

    __slots__ = ("im", "known", "pool", "re")

    def __init__(self, pool: Writer, re: Signed, im: Signed, known: Exact | None = None) -> None:
        self.pool, self.re, self.im, self.known = pool, re, im, known

    def loaded(self) -> _Pair:
        """Returns the value as two real ones in any case."""
        if self.known is None:
            return self
        return _Pair(self.pool, self.pool.load(self.known.real), self.pool.load(self.known.imag))

    def __add__(self, other: _Pair) -> _Pair:
        if self.known is not None and other.known is not None:
            return _Pair(self.pool, ZERO, ZERO, self.known + other.known)
        a, b, add = self.loaded(), other.loaded(), self.pool.add
        return _Pair(self.pool, add(a.re, b.re), add(a.im, b.im))

    def __neg__(self) -> _Pair:
        if self.known is not None:
            return _Pair(self.pool, ZERO, ZERO, -self.known)
        return _Pair(self.pool, negative(self.re), negative(self.im))

    def __sub__(self, other: _Pair) -> _Pair:
        return self + (-other)

    def __mul__(self, other: _Pair) -> _Pair:
        if self.known is not None and other.known is not None:
            return _Pair(self.pool, ZERO, ZERO, self.known * other.known)
        if self.known is not None:
            return other.scaled(self.known)
        if other.known is not None:
            return self.scaled(other.known)
        add, multiply = self.pool.add, self.pool.multiply
        re = add(multiply(self.re, other.re), negative(multiply(self.im, other.im)))
        return _Pair(self.pool, re, add(multiply(self.re, other.im), multiply(self.im, other.re)))

    def scaled(self, constant: Exact) -> _Pair:
        """Returns constant * value; equal parts, as in (1+i)/sqrt 2, are multiplied last."""
        add, multiply, load = self.pool.add, self.pool.multiply, self.pool.load
        c, s = constant.real, constant.imag
        if c in (s, -s) and not c.is_zero:
            minus, plus = add(self.re, negative(self.im)), add(self.re, self.im)
            re, im = (minus, plus) if c is s else (plus, negative(minus))
            return _Pair(self.pool, multiply(load(c), re), multiply(load(c), im))
        c_re, c_im = multiply(load(c), self.re), multiply(load(c), self.im)
        s_re, s_im = multiply(load(s), self.re), multiply(load(s), self.im)
        return _Pair(self.pool, add(c_re, negative(s_im)), add(c_im, s_re))


def negative(value: Signed) -> Signed:
    """Returns minus a signed value."""
    return -value[0], value[1]


class Writer:
    """Writes real operations on a number of inputs down, each once.

    Constants get negative addresses until the end.
    """

    def __init__(self, size: int, inputs: int) -> None:
        self.size, self.inputs = size, inputs
        self.one = field_of(size).one
        self.constants: dict[Exact, int] = {}
        self.operations: dict[tuple[str, int, int], int] = {}

    def load(self, number: Exact) -> Signed:
        """Returns a real constant as a signed value, its sign taken off."""
        if number.is_zero:
            return ZERO
        sign = 1 if complex(number).real > 0 else -1
        magnitude = number if sign > 0 else -number
        return sign, self.constants.setdefault(magnitude, -1 - len(self.constants))

    def _operation(self, sign: str, a: int, b: int) -> int:
        return self.operations.setdefault((sign, a, b), self.inputs + len(self.operations))

    def add(self, x: Signed, y: Signed) -> Signed:
        """Returns x + y."""
        (s, a), (t, b) = x, y
        if s == 0 or t == 0:
            return y if s == 0 else x
        if s == t:
            return s, self._operation("+", min(a, b), max(a, b))
        if a == b:
            return ZERO
        if ("-", b, a) in self.operations:
            return t, self.operations["-", b, a]
        return s, self._operation("-", a, b)

    def multiply(self, x: Signed, y: Signed) -> Signed:
        """Returns x * y; a factor of 1 is left out."""
        (s, a), (t, b) = x, y
        one = self.constants.get(self.one)
        if s == 0 or t == 0:
            return ZERO
        if one is not None and one in (a, b):
            return s * t, b if a == one else a
        return s * t, self._operation("*", min(a, b), max(a, b))

    def program(self, outputs: list[tuple[Signed, Signed]]) -> RealProgram:
        """Returns the operations that reach `outputs`, renumbered."""
        operations = list(self.operations)
        live = {address for pair in outputs for s, address in pair if s}
        for number in reversed(range(len(operations))):
            if self.inputs + number in live:
                live.update(operations[number][1:])
        constants = [c for c, address in self.constants.items() if address in live]
        place = {address: address for address in range(self.inputs)}
        place.update((self.constants[c], self.inputs + i) for i, c in enumerate(constants))
        kept: list[tuple[str, int, int]] = []
        for number, (sign, a, b) in enumerate(operations):
            if self.inputs + number in live:
                place[self.inputs + number] = self.inputs + len(constants) + len(kept)
                kept.append((sign, place[a], place[b]))
        moved = [
            ((s, place[a] if s else 0), (t, place[b] if t else 0)) for (s, a), (t, b) in outputs
        ]
        return RealProgram(self.size, tuple(constants), tuple(kept), tuple(moved), self.inputs)
