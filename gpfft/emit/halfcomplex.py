"""Programs for real input, and their transposes for real output.

Half-complex: for real x, X[N-k] is the conjugate of X[k], so that re X[0] .. re X[N/2] and im X[1] ..
im X[(N-1)/2] are the whole transform: N real numbers.

The transpose takes such numbers, r[0], r[1], i[1], r[2], i[2] .. in turn, and returns, for each j, the sum
over k of r[k] cos(2 pi j k / N) - i[k] sin(2 pi j k / N), in as many operations. The unnormalised inverse
transform has a factor 2 there on all but r[0] and r[N/2], because it sums over X[k] and X[N-k]: it is the
transpose applied to numbers of which those with 0 < k < N/2 were doubled. That is left to the caller, so
that no operation is added (FFTW's hc2r doubles them itself).
"""

from __future__ import annotations

from collections.abc import Iterator

from gpfft.conjugate import conjugated
from gpfft.emit.lower import RealProgram, compact, lower
from gpfft.emit.transpose import transpose, transposed
from gpfft.errors import GpfftError
from gpfft.judge import judge_lowering, judge_transposed
from gpfft.field import Exact, field_of
from gpfft.program import Builder, Program
from gpfft.simplify import simplify

LARGE = 1024  # points from which on one way only is tried


def real_input(program: Program) -> RealProgram:
    """Returns a real program for the outputs 0 .. N/2 of a program of N points, N real inputs given.

    Of several ways the one with fewest operations: the program as it is, with values made conjugates of
    each other (`conjugated`), and both transposed, which is the same for a symmetric matrix like the
    DFT's. Only what the judge finds to be the same is taken.
    Raises GpfftError when there is nothing of that kind, or when the program has not N inputs and outputs.
    """
    shape = program.inputs, len(program.outputs)
    if shape != (program.size, program.size):
        found = f"the program has {shape[0]} inputs and {shape[1]} outputs, not {program.size} of each"
        raise GpfftError(f"outputs past N/2 are left out of a DFT only: {found}")
    best: RealProgram | None = None
    for candidate in _candidates(program):
        lowered = halved(lower(candidate, real=True))
        if best is None or lowered.cost.flops < best.cost.flops:
            if judge_lowering(program, lowered, real=True, outputs=len(lowered.outputs)).exact:
                best = lowered
    if best is None:
        raise GpfftError("no program for real input was found that the judge accepts")
    return best


def _candidates(program: Program) -> Iterator[Program]:
    yield program
    yield conjugated(program)
    if program.size < LARGE:
        try:
            turned = simplify(transpose(program))
        except GpfftError:  # not linear
            return
        yield turned
        yield conjugated(turned)


def for_complex_input(program: RealProgram) -> Program:
    """Returns a program for complex input through one for real input of N points, `real_input`.

    Its constants are real, but for the i with which X[k] and X[N-k] are put together from two of its values:
    twice the real operations, and 4 additions for each such pair.
    """
    field, build = field_of(program.size), Builder(program.size)
    values = [*range(program.inputs), *(build.constant(number) for number in program.constants)]

    def times(number: Exact, address: int) -> int:
        return address if number is field.one else build.line("multiply", build.constant(number), address)

    for sign, a, b in program.operations:
        if sign == "*":
            values.append(build.line("multiply", values[a], values[b]))
        else:
            second = values[b] if sign == "+" else times(field.rational(-1), values[b])
            values.append(build.line("add", values[a], second))
    found = [-1] * program.size
    for k, pair in enumerate(program.outputs):
        for mirrored in (1, -1):
            units = field.one, field.i * field.rational(mirrored)
            terms = [times(unit * field.rational(s), values[a]) for unit, (s, a) in zip(units, pair) if s]
            found[mirrored * k % program.size] = build.total(terms or [build.constant(field.zero)])
    return build.program(found)


def halved(program: RealProgram) -> RealProgram:
    """Returns the program without the outputs past N/2, and without operations for them alone."""
    return compact(program, program.operations, program.parts[: 2 * (program.size // 2 + 1)])


def real_output(program: RealProgram) -> RealProgram:
    """Returns the transpose of a program for real input, as the judge accepts it.

    Raises GpfftError when the program is not linear.
    """
    turned = transposed(program)
    verdict = judge_transposed(program, turned)
    if not verdict.exact:
        raise GpfftError(str(verdict))
    return turned
