"""The judge: decides exactly whether a program computes its target, the DFT or a matrix, and why not.

It runs the program itself, not the state of a search, in exact arithmetic (`field`) over linear
forms in the inputs. A product of two values that both depend on the input is not linear: it is
refused, with its line. Without one, outputs are affine in the inputs, so the response to zero
and the impulse responses are the whole truth, and comparing them with the target's entries is a proof.

A proof for the DFT compares N^2 coefficients. Where all of them are twiddles on the way, as in most
FFTs, 1024 points take a second; where they are not, half a minute, and eight times that for each
doubling.
Programs of more than `PROVED` points are therefore tried at random inputs, unless a proof is
demanded; the verdict says which it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
from flint import acb, arb, ctx, nmod
from numpy.typing import NDArray

from gpfft import html
from gpfft.errors import GpfftError
from gpfft.field import DIGITS, Exact, Field, field_of, residue_root, residue_roots
from gpfft.program import Program
from gpfft.target import Target, dft

PROVED = 256  # points up to which a program is proved unasked


@dataclass(frozen=True)
class Verdict:
    """The judge's word on a program.

    Attributes:
        exact: whether it computes the target: proved in exact arithmetic, or tried. False where the
            target is only known to a tolerance.
        failed: the property that it lacks: "linearity", "zero response", "impulse response",
            "lowering", or "" when it is accepted.
        detail: one line: where it fails, or how it was proved or tried; first of all the tolerance,
            where there is one.

    >>> import gpfft
    >>> verdict = gpfft.judge(gpfft.Program(2, (), outputs=(0, 1)))
    >>> verdict.accepted, verdict.failed
    (False, 'impulse response')
    >>> print(gpfft.codelet(2).verdict)
    exact: all 2 impulse responses equal the DFT's in Q(zeta_4); the real program agrees modulo 115...
    """

    exact: bool
    failed: str
    detail: str

    @property
    def accepted(self) -> bool:
        """Tells whether it computes the target, as exactly as that is known."""
        return not self.failed

    def __str__(self) -> str:
        if self.failed:
            return f"refused: {self.failed}: {self.detail}"
        return f"exact: {self.detail}" if self.exact else self.detail

    def _repr_html_(self) -> str:
        rows = [("verdict", str(self).partition(":")[0]), ("property", self.failed), ("detail", self.detail)]
        return html.facts((what, text) for what, text in rows if text)


def _accepted(target: Target, detail: str) -> Verdict:
    """Returns the verdict on a program that computes the target's entries."""
    if target.exact:
        return Verdict(True, "", detail)
    known = f"its entries are the given numbers to {target.tolerance:g} of the largest"
    return Verdict(False, "", f"to {target.tolerance:g}: {detail}; {known}")


class Lowered(Protocol):
    """What the judge needs to know of a program lowered to real arithmetic."""

    @property
    def size(self) -> int: ...

    @property
    def inputs(self) -> int: ...

    @property
    def constants(self) -> tuple[Exact, ...]: ...

    @property
    def parts(self) -> tuple[tuple[int, int], ...]: ...

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


class _Sample:
    """The value of an affine form at a random input, its constant part apart, modulo a prime."""

    __slots__ = ("constant", "linear")

    def __init__(self, constant: nmod, linear: nmod) -> None:
        self.constant, self.linear = constant, linear

    def __add__(self, other: _Sample) -> _Sample:
        return _Sample(self.constant + other.constant, self.linear + other.linear)

    def __neg__(self) -> _Sample:
        return _Sample(-self.constant, -self.linear)

    def __sub__(self, other: _Sample) -> _Sample:
        return _Sample(self.constant - other.constant, self.linear - other.linear)

    def __mul__(self, other: _Sample) -> _Sample:
        if int(self.linear) and int(other.linear):
            raise _NotLinear
        linear = self.constant * other.linear + self.linear * other.constant
        return _Sample(self.constant * other.constant, linear)


def judge(program: Program, proof: bool | None = None, target: Target | None = None) -> Verdict:
    """Returns the verdict on a program: a proof, or the property that it lacks and where.

    Args:
        proof: True demands a proof at any size, False is content with a trial at random inputs;
            by default programs of up to `PROVED` points are proved and larger ones tried.
        target: what it should compute; by default the DFT of the program's size.

    Raises GpfftError for a program with other numbers of inputs and outputs than the target.

    >>> import gpfft
    >>> print(gpfft.judge(gpfft.codelet(8).program))
    exact: all 8 impulse responses equal the DFT's in Q(zeta_8)
    """
    target = dft(program.size) if target is None else target
    target.check(program)
    if proof is None:
        proof = max(target.inputs, target.outputs) <= PROVED
    try:
        return _proved(program, target) if proof else _tried(program, target)
    except _NotLinear as product:
        return Verdict(False, "linearity", str(product))


@dataclass(frozen=True)
class Bound:
    """Upper bounds of what a program lacks of its target, proved.

    Attributes:
        error: of the Frobenius distance between the two matrices, relative to the target's norm.
        worst: of the distance between two rows, relative to the target's row: the largest one.

    >>> import gpfft
    >>> gpfft.bound(gpfft.Program(2, (), outputs=(0, 0))).error  # half of what is to be computed
    0.7071...
    """

    error: float
    worst: float


def bound(program: Program, factors: Sequence[float] = (), target: Target | None = None) -> Bound | Verdict:
    """Returns how far a program is from its target at most, or the verdict on one that is not linear.

    The impulse responses are exact; what they lack of the target's entries is summed up in ball arithmetic
    at `DIGITS` digits (arb: Johansson 2017, IEEE Trans. Computers 66(8) 1281-1292) and rounded up.

    Args:
        program: it has as many inputs and outputs as the target.
        factors: real numbers that the outputs are multiplied by first, where there are any.
        target: what it should compute; by default the DFT of the program's size.

    Raises GpfftError for factors that are not finite, or not one for each output.

    >>> import gpfft
    >>> gpfft.bound(gpfft.codelet(4).program)
    Bound(error=0.0, worst=0.0)
    """
    target = dft(program.size) if target is None else target
    target.check(program)
    if len(factors) not in (0, len(program.outputs)) or not all(map(math.isfinite, factors)):
        raise GpfftError(f"factors must be {len(program.outputs)} finite numbers, one for each output")
    field = field_of(program.size)
    inputs = [_Form({j: field.one}) for j in range(program.inputs)]
    table = [_Form({-1: constant}) for constant in program.exact_table]
    try:
        rows = [form.coefficients for form in _outputs(program, inputs, table)]
    except _NotLinear as product:
        return Verdict(False, "linearity", str(product))
    with ctx.workdps(DIGITS):
        whole, over, worst = arb(0), arb(0), arb(0)
        for k, row in enumerate(rows):
            if -1 in row:
                return _not_zero(k, row[-1])
            factor = arb(factors[k]) if factors else arb(1)
            lacking, size = arb(0), arb(0)
            for j, place in enumerate(target.row(k)):
                wanted, found = target.numbers[place], row.get(j, field.zero)
                size += _square(wanted.ball())
                if found is not wanted or factor != 1:
                    lacking += _square(found.ball() * factor - wanted.ball())
            whole, over = whole + size, over + lacking
            if not size.contains(0):
                worst = worst.max(lacking / size)
        error, most = _root(over / whole), _root(worst)
    if not math.isfinite(error) or not math.isfinite(most):
        return Verdict(False, "impulse response", "it holds numbers that are too large to be bounded")
    return Bound(error, most)


def _square(number: acb) -> arb:
    return number.real * number.real + number.imag * number.imag


def _root(square: arb) -> float:
    """Returns a double that is no less than the root of what a ball holds, and 0 for an exact 0."""
    if square == 0:
        return 0.0
    return math.nextafter(float(arb(square.upper()).sqrt().upper()), math.inf)


def _outputs(program: Program, inputs: Sequence[Any], table: Sequence[Any]) -> list[Any]:
    """Returns the outputs of a program. Raises _NotLinear with the line that multiplies two values."""
    number, outputs = -1, list[Any]()
    try:
        for number, outputs in program.steps(inputs, table):
            pass
    except _NotLinear:
        guilty = _line_after(program, number)
        product = f"line {guilty} (value {program.inputs + guilty}) multiplies two values"
        raise _NotLinear(f"{product} that both depend on the input") from None
    return outputs


def _line_after(program: Program, number: int) -> int:
    """Returns the live line that comes after line `number`."""
    begin = program.inputs
    return min(a - begin for a in program.last_use if a - begin > number and a >= begin)


def _proved(program: Program, target: Target) -> Verdict:
    """Returns the verdict by comparing the outputs' coefficients, all of them, exactly."""
    field = field_of(program.size)
    inputs = [_Form({j: field.one}) for j in range(program.inputs)]
    table = [_Form({-1: constant}) for constant in program.exact_table]
    rows = [form.coefficients for form in _outputs(program, inputs, table)]
    for k, row in enumerate(rows):
        if -1 in row:
            return _not_zero(k, row[-1])
    for k, row in enumerate(rows):
        for j, place in enumerate(target.row(k)):
            found, wanted = row.get(j, field.zero), target.numbers[place]
            if found is not wanted:
                right = f"W^{place}" if target.is_dft else f"{complex(wanted):.15g}"
                where = f"X[{k}] holds {complex(found):.15g} x[{j}], not {right}"
                return Verdict(False, "impulse response", where + _exact_hint(field, target, rows))
    proof = f"all {target.inputs} impulse responses equal {target.noun}'s in Q(zeta_{field.order})"
    return _accepted(target, proof)


def _tried(program: Program, target: Target) -> Verdict:
    """Returns the verdict by comparing the outputs at random inputs, in three number systems."""
    random = np.random.default_rng(0)
    constants = (*program.constants, *target.numbers)
    for root in islice(residue_roots(program.size, constants), 1, 3):  # `simplify` used the first
        refusal = _differs_modulo(program, target, root, random)
        if refusal:
            return refusal
    with ctx.workdps(2 * DIGITS):
        x = [acb(*parts) for parts in random.standard_normal((program.inputs, 2)).tolist()]
        table = [constant.ball(2 * DIGITS) for constant in program.exact_table]
        numbers = [number.ball(2 * DIGITS) for number in target.numbers]
        largest = max(abs(complex(number)) for number in target.numbers)
        for k, (found, wanted) in enumerate(zip(program.run(x, table), target.apply(x, numbers))):
            if not abs(found - wanted) < arb(10) ** -DIGITS * largest:
                place = f"X[{k}] is not {target.noun}'s within {DIGITS} digits at a random input"
                return Verdict(False, "impulse response", place)
    trial = f"modulo two primes near 2^60 and to {DIGITS} digits"
    return _accepted(target, f"agrees with {target.noun} at random inputs {trial}")


def _differs_modulo(
    program: Program, target: Target, root: nmod, random: np.random.Generator
) -> Verdict | None:
    """Returns the verdict when the outputs are not the target's in a finite field, else None.

    Outputs that differ there agree at a random input by chance with probability below 2^-59.
    """
    p, zero = int(root.modulus()), root * 0
    x = [root**0 * int(n) for n in random.integers(p, size=program.inputs)]
    table = [constant.residue(root) for constant in program.exact_table]
    constants = [_Sample(constant, zero) for constant in table]
    outputs = _outputs(program, [_Sample(zero, number) for number in x], constants)
    for k, output in enumerate(outputs):
        if int(output.constant):
            exact = program.run([field_of(program.size).zero] * program.inputs, program.exact_table)
            return _not_zero(k, exact[k])
    found = [int(output.linear) for output in outputs]
    wanted = [int(n) for n in target.apply(x, [number.residue(root) for number in target.numbers])]
    for k in range(target.outputs):
        if found[k] != wanted[k]:
            place = f"X[{k}] is not {target.noun}'s at a random input modulo {p}"
            return Verdict(False, "impulse response", place + _hint(target, found, wanted))
    return None


def _not_zero(k: int, found: Exact) -> Verdict:
    """Returns the verdict on a program whose output k is not 0 for the input 0."""
    return Verdict(False, "zero response", f"X[{k}] is {complex(found):.6g} for the input 0")


def _exact_hint(field: Field, target: Target, rows: list[dict[int, Exact]]) -> str:
    """Returns the hint on the outputs' coefficients, row k for output k."""
    columns = range(target.inputs)
    wanted = [tuple(target.entry(k, j) for j in columns) for k in range(target.outputs)]
    return _hint(target, [tuple(row.get(j, field.zero) for j in columns) for row in rows], wanted)


def _hint(target: Target, found: list[Any], wanted: list[Any]) -> str:
    """Returns what the outputs are, when they are a common mistake, else nothing."""
    if target.is_dft and found == [wanted[-k] for k in range(len(wanted))]:
        return " (this is the inverse DFT, unscaled)"
    if set(found) == set(wanted):
        return f" (these are {target.noun}'s outputs in another order)"
    return ""


def judge_lowering(
    program: Program, lowered: Lowered, real: bool = False, outputs: int | None = None
) -> Verdict:
    """Returns whether the real program computes what `program` does, checked in a finite field.

    Both run on random residues modulo a prime near 2^60, once with zeta and once with its
    conjugate, so that real and imaginary parts are told apart. Two different linear programs agree
    by chance with probability below 2^-55.
    With `real` inputs are real, and the prime is another one than that of the fingerprints which
    `emit.prune` takes. The real program must have the first `outputs` outputs, by default all.
    """
    known = (*program.constants, *lowered.constants)
    root = _other_root(program.size, known) if real else residue_root(program.size, known)
    one, zero = root**0, root * 0
    step = 1 if real else 2
    random = np.random.default_rng(0)
    numbers = [one * int(n) for n in random.integers(2**59, size=step * program.inputs)]
    constants = [c.residue(root) for c in lowered.constants]
    found, wanted = len(lowered.parts) // 2, len(program.outputs) if outputs is None else outputs
    if (lowered.inputs, found) != (len(numbers), wanted):
        shape = f"{lowered.inputs} inputs and {found} outputs"
        return Verdict(False, "lowering", f"the real program has {shape}")
    parts = lowered.run(numbers, constants, zero)
    for zeta in (root, one / root):
        i = field_of(program.size).i.residue(zeta)
        table = [c.residue(zeta) for c in program.exact_table]
        inputs = numbers if real else [a + i * b for a, b in zip(numbers[::2], numbers[1::2])]
        for k, (out, a, b) in enumerate(zip(program.run(inputs, table), parts[::2], parts[1::2])):
            if out != a + i * b:
                return Verdict(False, "lowering", f"the real program differs at X[{k}]")
    return Verdict(True, "", f"the real program agrees modulo {int(root.modulus())}")


def judge_transposed(program: Lowered, transposed: Lowered) -> Verdict:
    """Returns whether a real program computes another one's transposed matrix, checked in a finite field.

    For random x and y, y . A x must be x . B y, which for B other than the transpose of A is so by
    chance with probability below 2^-58. y are the outputs' parts that are not zero.
    """
    root = _other_root(program.size, (*program.constants, *transposed.constants))
    zero, random = root * 0, np.random.default_rng(0)
    places = [place for place, (sign, _) in enumerate(program.parts) if sign]
    if (transposed.inputs, len(transposed.parts)) != (len(places), 2 * program.inputs):
        shape = f"{transposed.inputs} inputs and {len(transposed.parts) // 2} outputs"
        return Verdict(False, "transposition", f"the transposed program has {shape}")
    x, y = (
        [zero + int(n) for n in random.integers(2**59, size=count)] for count in (program.inputs, len(places))
    )
    forth = program.run(x, [c.residue(root) for c in program.constants], zero)
    back = transposed.run(y, [c.residue(root) for c in transposed.constants], zero)
    left = sum((a * forth[place] for a, place in zip(y, places)), zero)
    right = sum((a * b for a, b in zip(x, back[::2])), zero)
    if left != right or any(int(part) for part in back[1::2]):
        return Verdict(False, "transposition", "the transposed program computes another matrix")
    return Verdict(True, "", f"the transposed program agrees modulo {int(root.modulus())}")


def _other_root(size: int, constants: Sequence[Exact]) -> nmod:
    """Returns a root modulo another prime than `residue_root` does, with which fingerprints are taken."""
    return next(islice(residue_roots(size, constants), 1, None))


def rounding_error(
    lowered: Lowered, size: int, trials: int | None = None, target: Target | None = None
) -> float:
    """Returns the relative RMS error of the real program in double precision, see `rounding_of`.

    The reference is `target`, by default the DFT of `size` points.
    """
    constants = [complex(c).real for c in lowered.constants]

    def outputs(inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        trials = inputs.shape[1]
        with np.errstate(all="ignore"):  # a program that is not a transform may overflow
            parts = lowered.run(list(inputs), constants, np.zeros(trials))
        return np.array([np.broadcast_to(part, trials) for part in parts])

    return rounding_of(outputs, dft(size) if target is None else target, trials)


def rounding_of(
    transform: Callable[[NDArray[np.float64]], NDArray[np.float64]], target: Target, trials: int | None = None
) -> float:
    """Returns the relative RMS error of a transform in double precision.

    Inputs are normal random numbers, by default 20 times N of them, fewer above 256 points; the
    reference is the definition of `target` at 50 digits. The transform takes an array
    (inputs, trials) and returns (outputs, trials): the real and imaginary part of each in turn, of
    real input the real parts alone.
    """
    trials = trials or max(1, min(20, 20 * 256 // target.inputs))
    count = target.inputs if target.real else 2 * target.inputs
    inputs = np.random.default_rng(0).standard_normal((count, trials))
    found = transform(inputs)
    with ctx.workdps(DIGITS):
        numbers = [number.ball() for number in target.numbers]
        wrong = total = 0.0
        for x, y in zip(inputs.T.tolist(), found.T.tolist()):
            pairs = [(value, 0.0) for value in x] if target.real else zip(x[::2], x[1::2])
            wanted = target.apply([acb(*parts) for parts in pairs], numbers)
            for exact, *parts in zip(wanted, y[::2], y[1::2]):
                error, size = float(abs(acb(*parts) - exact)), float(abs(exact))
                wrong += error * error  # of floats: a ball about 0 has no power
                total += size * size
        return math.sqrt(wrong / total)
