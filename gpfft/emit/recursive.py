"""A recursive program as text that a person reads, and as a Python module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction

from primitives import twiddle

from gpfft.errors import GpfftError
from gpfft.field import Exact
from gpfft.program import Program
from gpfft.recursion import WHOLE, Body, Recursion, Term, View, family, leaves_gaps, share_of_n
from gpfft.simplify import simplify

LONGEST_TABLE = 2**16  # points; the roots of longer transforms are products of two
LONGEST_LEAF = 9  # points that are written out, one by one
QUARTERS = ("", "-1j * ", "-", "1j * ")
Share = Callable[[Fraction], str]  # how a share of n is written


def listing(recursion: Recursion, name: str, header: list[str]) -> str:
    """Returns the listing: `header` as comments, then a block for each body, from short to long n.

    Products are written where they are used, and so are calls whose result is used once.
    """
    text = [f"# {line}" for line in header]
    text.append("# W = exp(-2 pi i / n); W^j v is v with each element j times W^j")
    text.append(f"{name}(x), n = 1:  X = x")
    for body, first, last in reversed(list(_ranges(recursion))):
        lengths = f"n = {first}" if first == last else f"n >= {first}"
        lengths += f", n <= {last}" if last and last > first else ""
        text.append(f"{name}(x), {lengths}:")
        text += [f"  {line}" for line in _Listed(body, first).write(name, recursion.radix)]
    return "\n".join(text) + "\n"


def python(
    recursion: Recursion, name: str, header: list[str], leaf: int = LONGEST_LEAF, compiled: bool = False
) -> str:
    """Returns a module with one public function `name(x)`, for vectors of a length of the family.

    It needs numpy alone, and is written so that numba can compile it as it is; `compiled` says that it
    asks for that itself. Lengths of at most `leaf` points, where calls take longer than what they do,
    are written out value by value.
    """
    radix = recursion.radix
    blocks: list[str] = []
    uses_roots = False
    for body, first, _ in _ranges(recursion):
        code = _Code(body, first)
        lines = [*code.write(name, radix), "return X"]
        uses_roots |= code.uses_roots
        if first > radix:
            lines = [f"if n >= {first}:", *(f"    {line}" for line in lines)]
        blocks += lines
    text = [
        *(f"# {line}" for line in header),
        f'"""{name}(x): a recursive transform of vectors of 1, {radix}, {radix**2}, {radix**3} ... elements.',
        *(_COMPILED if compiled else _DOCUMENTED.format(name=name)).splitlines(),
        *(_table(radix) if uses_roots else []),
        "",
        "",
        *(["@numba.njit"] if compiled else []),
        f"def {name}(x):",
        '    """Returns the transform of a vector: a new one, of complex128."""',
        "    x = np.asarray(x, np.complex128)",
        "    n = x.size",
        f"    if x.ndim != 1 or n < 1 or {radix}**{len(family(radix, 2**63 - 1)) - 1} % n:",
        f'        raise ValueError("a vector is needed, its length a power of {radix}")',
        "    if n == 1:",
        "        return x.copy()",
        *(f"    {line}" for line in _leaves(recursion, leaf)),
        *(f"    {line}" for line in (_roots(radix) if uses_roots else [])),
        *(f"    {line}" for line in blocks),
    ]
    return "\n".join(text) + "\n"


_DOCUMENTED = """
It needs numpy alone. Numba compiles it as it is; where this is saved as dft.py,

    import numba
    import dft

    dft.{name} = numba.njit(dft.{name})

makes its calls to itself, too, calls to what was compiled.
\"\"\"

import numpy as np
"""

_COMPILED = """
Numba compiles it when it is called first, in each process: loaded from Numba's cache, a function that
calls itself crashes (numba 0.68.1).
\"\"\"

import numba
import numpy as np
"""


def _table(radix: int) -> list[str]:
    """Returns the statements that make the table of roots, one length after the other."""
    lengths = family(radix, LONGEST_TABLE)
    return [
        "",
        f"_LONGEST = {lengths[-1]}",
        f"_LENGTHS = {radix} ** np.arange({len(lengths)})",
        "# exp(-2 pi i j / n), j = 0 .. n-1, for n = 1, for the next n, and so on up to the longest",
        "_ROOTS = np.exp(-2j * np.pi * np.concatenate([np.arange(n) / n for n in _LENGTHS]))",
    ]


def _roots(radix: int) -> list[str]:
    """Returns the statements that look up the roots for n elements, or multiply them from two."""
    first = "{} - 1" if radix == 2 else f"({{}} - 1) // {radix - 1}"
    return [
        "if n <= _LONGEST:  # w[j] is exp(-2 pi i j / n)",
        f"    w = _ROOTS[{first.format('n')} :][:n]",
        "else:",
        f"    w = _ROOTS[{first.format('_LONGEST')} :].reshape(-1, 1)",
        "    w = (w * np.exp(-2j * np.pi / n * np.arange(n // _LONGEST))).ravel()",
    ]


def _ranges(recursion: Recursion) -> Iterator[tuple[Body, int, int | None]]:
    """Yields (body, shortest length, longest or None), for those that are used, longest lengths first."""
    last: int | None = None
    for body in reversed(recursion.bodies):
        first = recursion.radix
        while first < body.least:
            first *= recursion.radix
        if last is None or first <= last:
            yield body, first, last
            last = first // recursion.radix


# Places: share n + offset


def _n_floor(share: Fraction) -> str:
    top = "n" if share.numerator == 1 else f"{share.numerator} * n"
    return top if share.denominator == 1 else f"{top} // {share.denominator}"


def _place(share: Fraction, offset: int, write: Share) -> str:
    """Returns share n + offset as text, "" for 0."""
    terms = [write(share) if share else "", str(offset) if offset else ""]
    return " + ".join(term for term in terms if term).replace("+ -", "- ")


def _slice(
    start: Fraction, offset: int, stride: int, count: Fraction, length: Fraction, first: int, write: Share
) -> str | None:
    """Returns begin:end:step for the places start n + offset + stride j, j = 0 .. count n - 1.

    Returns None where some of them are outside of the vector, of length n elements, for an n from
    the first one on.
    """
    end = start + stride * count
    inside = _never_negative(start, offset, first)
    inside &= _never_negative(length - end, stride - 1 - offset, first)
    if stride < 1 or not inside:
        return None
    begin = _place(start, offset, write) or ("0" if stride > 1 else "")
    stop = "" if end == length and offset >= 0 else _place(end, 0 if 0 <= offset < stride else offset, write)
    parts = [begin, stop, *([str(stride)] if stride > 1 else [])]
    return (" : " if "//" in begin + stop else ":").join(parts).strip()


def _never_negative(slope: Fraction, constant: int, first: int) -> bool:
    """Tells whether slope n + constant is at least 0 for every n from the first on."""
    return slope >= 0 and slope * first + constant >= 0


# Bodies


class _Listed:
    """Writes a body as lines of a listing."""

    share: Share = staticmethod(share_of_n)
    everything = ""  # what stands in brackets after X where all of it is written

    def __init__(self, body: Body, first: int) -> None:
        self.body, self.first = body, first
        self.names = {value: f"v{value}" if value else "x" for value in body.live | {0}}
        self.lines: list[str] = []

    def write(self, function: str, radix: int) -> list[str]:
        """Returns the lines.

        What is used once is written where it is used: a call anywhere, a sum where it is an output.
        """
        body = self.body
        uses = Counter(term.value for term in body.live_terms)
        plain = {term.value for _, term in body.outputs if term == Term(term.value)}
        for value in sorted(body.live - {0}):
            name, *terms = body.lines[value - 1]
            texts = [self.term(term) for term in terms]
            text = _sum(*texts) if name == "add" else f"{function}({texts[0]})"
            if uses[value] == 1 and (name == "self" or value in plain):
                self.names[value] = text
            else:
                self.lines.append(f"v{value} = {text}")
        self.lines += self.new(has_gaps(body, self.first, radix))
        for slot, term in body.outputs:
            text = self.term(term)
            self.lines.append(f"X{self.read(slot, 1) or self.everything} = {text}")
        return self.lines

    def new(self, has_gaps: bool) -> list[str]:
        """Returns the lines that come before outputs are written."""
        return ["X = 0"] if has_gaps else []

    def term(self, term: Term) -> str:
        """Returns the term, with at most one minus sign in front."""
        factor = str(term.factor)
        return factor + (" " if factor not in ("", "-") else "") + self.vector(term)

    def vector(self, term: Term) -> str:
        """Returns the term without its factor."""
        return self.names[term.value] + self.read(term.view, self.body.parts[term.value])

    def read(self, view: View, parts: int) -> str:
        """Returns the view of a vector of n / parts elements, in brackets."""
        if view == WHOLE:
            return ""
        count, length = Fraction(1, parts * view.parts), Fraction(1, parts)
        start = view.start * count % length
        text = _slice(start, view.offset, view.stride, count, length, self.first, self.share)
        return f"[{text or self.places(start, view.offset, view.stride, count, length)}]"

    def places(self, start: Fraction, offset: int, stride: int, count: Fraction, length: Fraction) -> str:
        """Returns the places start n + offset + stride j modulo length n, where they are no slice."""
        step = {0: "0", 1: "j", -1: "-j"}.get(stride, f"{stride}j")
        place = _place(start, offset, self.share)
        place = f"{step} + {place}".replace("+ -", "- ") if place else step
        return f"({place}) mod {self.share(length)}, j < {self.share(count)}"


class _Code(_Listed):
    """Writes a body as statements; a product that is used again gets a line and a name."""

    share: Share = staticmethod(_n_floor)
    everything = "[:]"

    def __init__(self, body: Body, first: int) -> None:
        super().__init__(body, first)
        self.uses = Counter(_product(term) for term in body.live_terms)
        self.known: dict[Term, tuple[str, Fraction]] = {}  # name, and the turn that is in it
        self.uses_roots = False

    def new(self, has_gaps: bool) -> list[str]:
        return [f"X = np.{'zeros' if has_gaps else 'empty'}(n, np.complex128)"]

    def term(self, term: Term) -> str:
        product, turn = _product(term), term.factor.turn
        if product.factor.is_one:
            return QUARTERS[int(4 * turn)] + self.vector(term)
        if product not in self.known:
            rest = turn % Fraction(1, 2)
            text = f"{self.factor(term, rest)} * {self.vector(term)}"
            if self.uses[product] == 1:
                return ("-" if rest != turn else "") + text
            self.known[product] = f"t{1 + len(self.known)}", rest
            self.lines.append(f"{self.known[product][0]} = {text}")
        name, known = self.known[product]
        return QUARTERS[int(4 * ((turn - known) % 1))] + name

    def factor(self, term: Term, turn: Fraction) -> str:
        """Returns the twiddles of a term, its turn replaced: a number, entries of w, or a product."""
        k, shift, _ = term.factor
        number = repr(twiddle.power(turn.numerator, turn.denominator))
        if k == shift == 0:
            return number
        self.uses_roots = True
        count = Fraction(1, self.body.parts[term.value] * term.view.parts)
        if self.first % turn.denominator:
            return f"{number} * {self.roots(k, shift, Fraction(0), count)}"
        return self.roots(k, shift, turn, count)

    def roots(self, k: int, shift: int, turn: Fraction, count: Fraction) -> str:
        """Returns W^(k j + shift + turn n) as entries of w; where k is negative as conjugates."""
        if k < 0:
            return f"np.conj({self.roots(-k, -shift, -turn % 1, count)})"
        if k == 0:
            return f"w[({_place(turn, shift, self.share)}) % n]"
        text = _slice(turn, shift, k, count, Fraction(1), self.first, self.share)
        return f"w[{text or self.places(turn, shift, k, count, Fraction(1))}]"

    def places(self, start: Fraction, offset: int, stride: int, count: Fraction, length: Fraction) -> str:
        step = "" if stride == 1 else "-" if stride == -1 else f"{stride} * "
        place, modulus = _place(start, offset, self.share), self.share(length)
        place = f" + {place}".replace("+ -", "- ") if place else ""
        modulus = f"({modulus})" if " " in modulus else modulus
        return f"({step}np.arange({self.share(count)}){place}) % {modulus}"


def has_gaps(body: Body, first: int, radix: int) -> bool:
    """Tells whether some output may be written by nothing, at some length."""
    if any(abs(number) > 64 for slot, _ in body.outputs for number in slot):
        return True
    lengths = [n for n in family(radix, 4096) if n >= first]
    return any(leaves_gaps(body, n) for n in lengths)


def _sum(a: str, b: str) -> str:
    """Returns a + b, minus signs folded."""
    if a.startswith("-") and not b.startswith("-"):
        a, b = b, a
    return f"{a} - {b[1:]}" if b.startswith("-") else f"{a} + {b}"


def _product(term: Term) -> Term:
    """Returns what is the same for terms that differ by a quarter of a turn alone."""
    return term._replace(factor=term.factor._replace(turn=term.factor.turn % Fraction(1, 4)))


# The shortest lengths, written out


def _leaves(recursion: Recursion, most: int) -> list[str]:
    """Returns the statements for the short lengths that calls of longer ones arrive at.

    There are none for one point, or where it has constants that no program can have.
    """
    long = [n for n in family(recursion.radix, most * recursion.radix**3) if n > max(most, 1)]
    lines: list[str] = []
    for size in sorted({m for n in long for m in recursion.calls(n) if 1 < m <= most}):
        try:
            program = simplify(recursion.unroll(size))
        except GpfftError:
            continue
        lines += [f"if n == {size}:", *(f"    {line}" for line in _straight(program))]
    return lines


def _straight(program: Program) -> Iterator[str]:
    """Yields the statements of a simplified program, from a vector x to a vector X.

    Values are named with the quarters of a turn that they are to be turned by.
    """
    names = {j: (0, f"x{j}") for j in range(program.size)}
    yield f"{', '.join(name for _, name in names.values())} = {', '.join(f'x[{j}]' for j in names)}"
    products: dict[tuple[str, str], str] = {}
    for address, (name, *operands) in enumerate(program.lines, start=program.size):
        if name == "twiddle":
            names[address] = _constant(program.exact_table[operands[0]])
        elif name == "add":
            yield f"v{address} = {_sum(*(QUARTERS[q] + text for q, text in (names[o] for o in operands)))}"
            names[address] = 0, f"v{address}"
        else:
            (p, number), (q, text) = (names[operand] for operand in operands)
            if number and (number, text) not in products:
                products[number, text] = f"v{address}"
                yield f"v{address} = {number} * {text}"
            names[address] = (p + q) % 4, products[number, text] if number else text
    yield f"X = np.empty({program.size}, np.complex128)"
    for k, address in enumerate(program.outputs):
        quarter, text = names[address]
        yield f"X[{k}] = {QUARTERS[quarter]}{text}"
    yield "return X"


def _constant(number: Exact) -> tuple[int, str]:
    """Returns a constant as quarters of a turn and the rest of it, "" for 1."""
    if number.power is None:
        return 0, repr(complex(number))
    quarter, rest = divmod(4 * number.power, number.field.order)
    turned = number.field.powers[rest // 4]
    return quarter, "" if rest == 0 else repr(complex(turned))
