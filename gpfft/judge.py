"""The judge: decides exactly whether a program computes the transform, and says why not.

It runs the program itself, not the state of a search, in exact arithmetic (`field`) over linear
forms in the inputs. A product of two values that both depend on the input is not linear: it is
refused, with its line. Without one, outputs are affine in the inputs, so the response to zero
and the N impulse responses are the whole truth, and comparing them is a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from flint import acb, arb, ctx, nmod

from gpfft.field import DIGITS, Exact, Field, field_of, residue_root
from gpfft.program import Program
from gpfft.transform import exponents


@dataclass(frozen=True)
class Verdict:
    """The judge's word on a program.

    Attributes:
        exact: whether it computes the transform, proved in exact arithmetic.
        failed: the property that it lacks: "linearity", "zero response", "impulse response",
            "lowering", or "" when it is exact.
        detail: one line: where it fails, or how it was proved.
    """

    exact: bool
    failed: str
    detail: str

    def __str__(self) -> str:
        return f"exact: {self.detail}" if self.exact else f"refused: {self.failed}: {self.detail}"


class Lowered(Protocol):
    """What the judge needs to know of a program lowered to real arithmetic."""

    @property
    def constants(self) -> tuple[Exact, ...]: ...

    def run(self, inputs: Sequence[Any], constants: Sequence[Any], zero: Any) -> list[Any]: ...


class _NotLinear(Exception):
    """Two values that both depend on the input were multiplied."""


class _Form:
    """A linear form: exact coefficients by input; input -1 stands for the constant part."""

    __slots__ = ("coefficients",)

    def __init__(self, coefficients: dict[int, Exact]) -> None:
        self.coefficients = {j: c for j, c in coefficients.items() if not c.is_zero}

    def __add__(self, other: _Form) -> _Form:
        total = dict(self.coefficients)
        for j, c in other.coefficients.items():
            total[j] = total[j] + c if j in total else c
        return _Form(total)

    def __neg__(self) -> _Form:
        return _Form({j: -c for j, c in self.coefficients.items()})

    def __sub__(self, other: _Form) -> _Form:
        return self + (-other)

    def __mul__(self, other: _Form) -> _Form:
        if self.coefficients.keys() <= {-1}:
            scale, form = self, other
        elif other.coefficients.keys() <= {-1}:
            scale, form = other, self
        else:
            raise _NotLinear
        if not scale.coefficients:
            return scale
        factor = scale.coefficients[-1]
        return _Form({j: factor * c for j, c in form.coefficients.items()})


def judge(program: Program) -> Verdict:
    """Returns the verdict on a program: a proof, or the property that it lacks and where."""
    field = field_of(program.size)
    inputs = [_Form({j: field.one}) for j in range(program.size)]
    table = [_Form({-1: constant}) for constant in program.exact_table]
    number, outputs = -1, list[_Form]()
    try:
        for number, outputs in program.steps(inputs, table):
            pass
    except _NotLinear:
        guilty = _line_after(program, number)
        product = f"line {guilty} (value {program.size + guilty}) multiplies two values"
        return Verdict(False, "linearity", f"{product} that both depend on the input")
    return _compare(field, [form.coefficients for form in outputs])


def _line_after(program: Program, number: int) -> int:
    """Returns the live line that comes after line `number`."""
    return min(
        a - program.size for a in program.last_use if a - program.size > number and a >= program.size
    )


def _compare(field: Field, rows: list[dict[int, Exact]]) -> Verdict:
    """Returns the verdict on the outputs' coefficients, row k for output k."""
    size = field.size
    wanted = exponents(size)
    for k, row in enumerate(rows):
        if -1 in row:
            value = complex(row[-1])
            return Verdict(False, "zero response", f"X[{k}] is {value:.6g} for the input 0")
    for k, row in enumerate(rows):
        for j in range(size):
            found, power = row.get(j, field.zero), int(wanted[k, j])
            if found is not field.twiddle(power):
                place = f"X[{k}] holds {complex(found):.15g} x[{j}], not W^{power}"
                return Verdict(False, "impulse response", place + _hint(field, rows))
    proof = f"all {size} impulse responses equal the DFT's in Q(zeta_{field.order})"
    return Verdict(True, "", proof)


def _hint(field: Field, rows: list[dict[int, Exact]]) -> str:
    """Returns what the outputs are, when they are a common mistake, else nothing."""
    size = field.size
    columns = range(size)
    wanted = exponents(size)
    target = [tuple(field.twiddle(int(p)) for p in row) for row in wanted]
    found = [tuple(row.get(j, field.zero) for j in columns) for row in rows]
    if found == [target[-k % size] for k in columns]:
        return " (this is the inverse DFT, unscaled)"
    if set(found) == set(target):
        return " (these are the DFT's outputs in another order)"
    return ""


def judge_lowering(program: Program, lowered: Lowered) -> Verdict:
    """Returns whether the real program computes what `program` does, checked in a finite field.

    Both run on random residues modulo a prime near 2^60, once with zeta and once with its
    conjugate, so that real and imaginary parts are told apart. Two different linear programs agree
    by chance with probability below 2^-55.
    """
    root = residue_root(program.size, (*program.constants, *lowered.constants))
    one, zero = root**0, root * 0
    random = np.random.default_rng(0)
    numbers = [one * int(n) for n in random.integers(2**59, size=2 * program.size)]
    constants = [c.residue(root) for c in lowered.constants]
    real = lowered.run(numbers, constants, zero)
    for zeta in (root, one / root):
        i = field_of(program.size).i.residue(zeta)
        table = [c.residue(zeta) for c in program.exact_table]
        inputs = [a + i * b for a, b in zip(numbers[::2], numbers[1::2])]
        outputs: list[nmod] = program.run(inputs, table)
        for k, (out, a, b) in enumerate(zip(outputs, real[::2], real[1::2])):
            if out != a + i * b:
                return Verdict(False, "lowering", f"the real program differs at X[{k}]")
    return Verdict(True, "", f"the real program agrees modulo {int(root.modulus())}")


def rounding_error(lowered: Lowered, size: int, trials: int = 20) -> float:
    """Returns the relative RMS error of the real program in double precision.

    Inputs are normal random numbers; the reference is the definition at 50 digits.
    """
    inputs = np.random.default_rng(0).standard_normal((2 * size, trials))
    constants = [complex(c).real for c in lowered.constants]
    with np.errstate(all="ignore"):  # a program that is not a transform may overflow
        outputs = lowered.run(list(inputs), constants, np.zeros(trials))
    found = [np.broadcast_to(output, trials) for output in outputs]
    with ctx.workdps(DIGITS):
        twiddles = [field_of(size).twiddle(k).ball() for k in range(size)]
        wrong = total = arb(0)
        for trial in range(trials):
            x = [acb(inputs[2 * j, trial], inputs[2 * j + 1, trial]) for j in range(size)]
            for k, row in enumerate(exponents(size)):
                exact = sum((x[j] * twiddles[p] for j, p in enumerate(row)), acb(0))
                got = acb(float(found[2 * k][trial]), float(found[2 * k + 1][trial]))
                wrong += abs(got - exact) ** 2
                total += abs(exact) ** 2
        return float((wrong / total).sqrt())
