"""Composition: a program for n1 n2 points out of evolved ones for n1 and for n2 points.

It is a start for further evolution (`gpfft refine`), never an end: how the two are put together is known
mathematics and not evolved, which the result's `given` says. Good-Thomas (Good 1958, Thomas 1963) needs
coprime sizes and no twiddles; Cooley-Tukey (1965) takes any two and puts twiddles between them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

from gpfft.codelet import Codelet
from gpfft.emit.lower import lower
from gpfft.errors import GpfftError, short
from gpfft.field import field_of
from gpfft.program import Builder, Program
from gpfft.record import read_champion
from gpfft.simplify import simplify
from gpfft.transform import LARGEST

NAMES = {"good-thomas": "Good-Thomas", "cooley-tukey": "Cooley-Tukey"}
Source = Codelet | Program | str | Path
Transform = Callable[[list[int]], list[int]]  # addresses of inputs -> addresses of outputs


def compose(a: Source, b: Source, how: str = "auto") -> Codelet:
    """Returns a codelet for as many points as those of `a` times those of `b`.

    Args:
        a, b: codelets, programs, or where they are: run folders or champions' files.
        how: "good-thomas", "cooley-tukey", or "auto": Good-Thomas if the sizes are coprime.

    Raises GpfftError when one is no exact DFT of one size, or there are too many points.

    >>> import gpfft
    >>> fifteen = gpfft.compose(gpfft.codelet(3), gpfft.codelet(5))
    >>> fifteen.size, fifteen.cost.flops, fifteen.verdict.exact
    (15, 212, True)
    """
    (first, name), (second, other) = _read(a), _read(b)
    how = _how(first.size, second.size, how)
    for part, where in ((first, name), (second, other)):
        if not part.verdict.exact:
            raise GpfftError(f"{where} is no exact DFT to compose with ({part.verdict})")
    program = composed(first.program, second.program, how)
    own = f"{NAMES[how]} over programs of {first.size} and {second.size} points"
    given = dict.fromkeys([own, *(clause for part in (first, second) for clause in composition(part.given))])
    made = f"composed of {first.name} ({first.made}) and {second.name} ({second.made})"
    return Codelet(program, made, "; ".join(given))


def composition(given: str) -> list[str]:
    """Returns what the `given` of a codelet says of compositions that it came from."""
    return re.findall(rf"(?:{'|'.join(NAMES.values())}) over programs of \d+ and \d+ points", given)


def _read(given: Source) -> tuple[Codelet, str]:
    """Returns a codelet, and what to call it in errors. Raises GpfftError when there is none."""
    if isinstance(given, Program):
        return Codelet(given), f"the program of {given.size} points"
    champion = read_champion(Path(given)) if isinstance(given, (str, Path)) else given
    name = str(given) if isinstance(given, (str, Path)) else given.name
    if not isinstance(champion, Codelet):
        raise GpfftError(f"{name} is an algorithm: unroll it at the number of points to compose with")
    if not champion.sought.is_dft:
        raise GpfftError(f"{name} holds a program for a matrix: programs for the DFT alone are composed")
    return champion, name


def _how(n1: int, n2: int, how: str) -> str:
    """Returns the way to compose programs of n1 and n2 points. Raises GpfftError when there is none."""
    if n1 * n2 > LARGEST:
        raise GpfftError(f"{n1} times {n2} points are {n1 * n2}: a program has at most {LARGEST}")
    coprime = math.gcd(n1, n2) == 1
    if how == "auto":
        return "good-thomas" if coprime else "cooley-tukey"
    if how not in NAMES:
        raise GpfftError(f"how must be one of auto, {', '.join(NAMES)}, not {short(how)}")
    if how == "good-thomas" and not coprime:
        raise GpfftError(f"Good-Thomas needs coprime sizes, not {n1} and {n2}: cooley-tukey takes any")
    return how


def composed(a: Program, b: Program, how: str = "auto") -> Program:
    """Returns the simplified program for the product of the sizes, the cheaper of both orders.

    Both programs must compute the DFT. Raises GpfftError as `compose`.
    """
    how = _how(a.size, b.size, how)
    compose_by = _good_thomas if how == "good-thomas" else _cooley_tukey
    both = [simplify(compose_by(*pair)) for pair in ((a, b), (b, a))]
    return min(both, key=lambda program: lower(program).cost.flops)


def _good_thomas(a: Program, b: Program) -> Program:
    """Returns `a` on the inputs j = n2 j1 + n1 j2, for each j2, then `b`.

    As W^(jk) = W_n1^(j1 k) W_n2^(j2 k), output k is where both indices are k modulo the sizes.
    """
    n1, n2, size = a.size, b.size, a.size * b.size
    build = Builder(size)
    inner, outer = _applied(a, build), _applied(b, build)
    columns = [inner([(n2 * j1 + n1 * j2) % size for j1 in range(n1)]) for j2 in range(n2)]
    rows = [outer([column[k1] for column in columns]) for k1 in range(n1)]
    return build.program([rows[k % n1][k % n2] for k in range(size)])


def _cooley_tukey(a: Program, b: Program) -> Program:
    """Returns `a` on the inputs j = n2 j1 + j2, for each j2, then twiddles W^(j2 k1), then `b`.

    Output k is k1 + n1 k2. j2 and k1 are the residues of least size, so that twiddles come in pairs of
    conjugates, whose cosines and sines are the same.
    """
    n1, n2, size = a.size, b.size, a.size * b.size
    build = Builder(size)
    inner, outer = _applied(a, build), _applied(b, build)
    columns = {j2: inner([(n2 * j1 + j2) % size for j1 in range(n1)]) for j2 in _residues(n2)}
    outputs = [0] * size
    for k1 in _residues(n1):
        inputs = [0] * n2
        for j2, column in columns.items():
            inputs[j2] = build.turned(column[k1], j2 * k1)
        for k2, address in enumerate(outer(inputs)):
            outputs[(k1 + n1 * k2) % size] = address
    return build.program(outputs)


def _residues(n: int) -> range:
    """Returns the n residues of least size; as indices of a list of n they are those below n."""
    return range(-((n - 1) // 2), n // 2 + 1)


def _applied(program: Program, build: Builder) -> Transform:
    """Returns what writes a program of fewer points into a larger one, its constants embedded."""
    plain = simplify(program)  # its lines are core primitives
    field = field_of(build.size)

    def transform(inputs: list[int]) -> list[int]:
        addresses = list(inputs)
        for name, *operands in plain.lines:
            if name == "twiddle":
                addresses.append(build.constant(field.embedded(plain.exact_table[operands[0]])))
            else:
                addresses.append(build.line(name, *(addresses[operand] for operand in operands)))
        return [addresses[output] for output in plain.outputs]

    return transform
