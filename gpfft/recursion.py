"""The recursive program: vectors, views of them, sums, and the program itself on shorter vectors.

It is to every size of a family n = r^k what `program.Program` is to one size: what the recursive
encodings decode to, and what is judged, counted, listed, exported, stored and called. Value 0 is
the input vector x, line i makes value i + 1. A line is a sum of two terms or the program itself
on one; a term is a view of an earlier value, times a twiddle.

Everything that is done to it is done by running it on a numpy array of one number system or
another: complex numbers, or objects that know `+` and `*`.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from primitives import add, multiply

from gpfft import html
from gpfft.errors import GpfftError, short
from gpfft.field import field_of
from gpfft.program import Builder, Program, json_object
from gpfft.transform import LARGEST, matrix

FORMAT, VERSION = "gpfft algorithm", 1
RADICES = (2, 3, 5)
MOST_LINES = 10_000
MOST_BODIES = 20
MOST_PARTS = 125  # a vector's length is n over at most so much: every body is met by short calls
LARGEST_NUMBER = 10_000  # in a view or an exponent: they differ at a million points if they differ at all
MOST_WORK = 2**28  # elements of all vectors of a call and of all below it: a dozen n log n at a million
MOST_TRACED = 2**20  # likewise, where a program is unrolled
Vector = NDArray[Any]


class View(NamedTuple):
    """Reads a vector of length L: element j is its element offset + start m + stride j, modulo L.

    The view has m = L / parts elements. Every second element is View(0, 0, 2, 2), the high half
    View(0, 1, 1, 2).
    """

    offset: int = 0
    start: int = 0
    stride: int = 1
    parts: int = 1

    def then(self, inner: View) -> View:
        """Returns the view `inner` of this view."""
        o, p, s, d = inner
        start = self.start * d + self.stride * p
        return View(self.offset + self.stride * o, start, self.stride * s, self.parts * d)

    @property
    def wraps(self) -> bool:
        """Tells whether it runs over an end of some vector, to the other end."""
        first, end = self.start + self.offset, self.start + self.stride  # where m is 1; and per m
        return not (0 <= first < self.parts and 0 <= self.start <= self.parts and 0 <= end <= self.parts)

    def places(self, length: int) -> NDArray[np.int64]:
        """Returns the places of its elements in a vector of a length that `parts` divides."""
        m = length // self.parts
        return (self.offset + self.start * m + self.stride * np.arange(m)) % length

    def of(self, length: int) -> slice | NDArray[np.int64]:
        """Returns the places as a slice where they are one, else as an array."""
        m = length // self.parts
        first, last = self.offset + self.start * m, self.offset + self.start * m + self.stride * (m - 1)
        if self.stride > 0 and 0 <= first <= last < length:
            return slice(first, last + 1, self.stride)
        return self.places(length)

    def __str__(self) -> str:
        """Returns it as a slice, where it is one, of a vector of length n."""
        if self == WHOLE:
            return ""
        if self.start == 0 and self.stride == self.parts and 0 <= self.offset < self.stride:
            return f"[{self.offset}::{self.stride}]"
        if self.offset == 0 and self.stride == 1 and 0 <= self.start < self.parts:
            low, high = (share_of_n(Fraction(p, self.parts)) for p in (self.start, self.start + 1))
            return f"[{low}:{high}]".replace("[0:", "[:").replace(":n]", ":]")
        terms = [str(self.offset)] if self.offset else []
        terms += [share_of_n(Fraction(self.start, self.parts))] if self.start else []
        return f"[{' + '.join([*terms, 'j' if self.stride == 1 else f'{self.stride} j'])}]"


def share_of_n(share: Fraction) -> str:
    """Returns that share of n as text."""
    top = "n" if share.numerator == 1 else f"{share.numerator}n"
    return "0" if not share else top if share.denominator == 1 else f"{top}/{share.denominator}"


WHOLE = View()


def given_views(radix: int) -> list[View]:
    """Returns every r-th element, and each r-th part."""
    every = [View(o, 0, radix, radix) for o in range(radix)]
    return every + [View(0, p, 1, radix) for p in range(radix)]


def given_views_text(radix: int) -> str:
    """Returns the given views in words."""
    return {
        2: "views of even and odd elements and of the low and high half",
        3: "views of every third element and of each third",
        5: "views of every fifth element and of each fifth",
    }[radix]


class Factor(NamedTuple):
    """Multiplies element j by W_n^(k j + shift) exp(-2 pi i turn), n the length of the whole call.

    For the length n/r of a shorter call, W_(n/r)^j is W_n^(r j). The turn is from 0 to below 1.
    """

    k: int = 0
    shift: int = 0
    turn: Fraction = Fraction(0)

    def times(self, other: Factor) -> Factor:
        """Returns the product."""
        return Factor(self.k + other.k, self.shift + other.shift, (self.turn + other.turn) % 1)

    def inverse(self) -> Factor:
        """Returns 1 / it."""
        return Factor(-self.k, -self.shift, -self.turn % 1)

    def through(self, view: View, parts: int = 1) -> Factor:
        """Returns what it does to a view of a vector of n / parts elements that it multiplies."""
        turn = self.turn + Fraction(self.k * view.start, parts * view.parts)
        return Factor(self.k * view.stride, self.shift + self.k * view.offset, turn % 1)

    @property
    def is_one(self) -> bool:
        """Tells whether it changes nothing at any length."""
        return self.k == 0 and self.shift == 0 and not self.turn

    def turns(self, n: int, m: int) -> tuple[NDArray[np.int64], int]:
        """Returns (numerators, denominator): the parts of a turn for j = 0 .. m-1."""
        denominator = math.lcm(n, self.turn.denominator)
        step = denominator // n
        constant = self.shift * step + self.turn.numerator * (denominator // self.turn.denominator)
        return (self.k * np.arange(m) % n * step + constant % denominator) % denominator, denominator

    def __str__(self) -> str:
        """Returns it as text, "" for 1; W stands for W_n."""
        quarters = {Fraction(0): "", Fraction(1, 4): "-i", Fraction(1, 2): "-", Fraction(3, 4): "i"}
        terms = [{1: "j", -1: "-j"}.get(self.k, f"{self.k}j")] if self.k else []
        terms += [str(self.shift)] if self.shift else []
        terms += [share_of_n(self.turn)] if self.turn not in quarters else []
        power, sign = "+".join(terms).replace("+-", "-"), quarters.get(self.turn, "")
        if not power:
            return sign
        space = " " if sign.endswith("i") else ""
        return f"{sign}{space}W^{power if len(power) == 1 else f'({power})'}"


ONE = Factor()


class Term(NamedTuple):
    """A view of value number `value`, times a factor."""

    value: int
    view: View = WHOLE
    factor: Factor = ONE


Line = tuple[Any, ...]  # ("add", term, term) or ("self", term)


@dataclass(frozen=True)
class Body:
    """What the program does to a vector that is long enough.

    Attributes:
        lines: ("add", term, term), or ("self", term): the program itself on a shorter vector.
        outputs: (view of X, term): what is written where; where nothing is written X is 0.
    """

    lines: tuple[Line, ...]
    outputs: tuple[tuple[View, Term], ...]

    @cached_property
    def parts(self) -> tuple[int, ...]:
        """Returns for each value, x first, which part of n its length is: n / parts."""
        parts = [1]
        for line in self.lines:
            parts.append(parts[line[1].value] * line[1].view.parts)
        return tuple(parts)

    @property
    def terms(self) -> list[Term]:
        """Returns the terms of all lines, dead ones too, and then those of the outputs."""
        return [*(term for line in self.lines for term in line[1:]), *(term for _, term in self.outputs)]

    @cached_property
    def least(self) -> int:
        """Returns the shortest length that it works on: all live views have an element there."""
        read: list[int] = [self.parts[term.value] * term.view.parts for term in self.live_terms]
        return max([2, *read, *(slot.parts for slot, _ in self.outputs)])

    @cached_property
    def live(self) -> frozenset[int]:
        """Returns the values that reach an output."""
        live = {term.value for _, term in self.outputs}
        for value in range(len(self.lines), 0, -1):
            if value in live:
                live.update(term.value for term in self.lines[value - 1][1:])
        return frozenset(live)

    @property
    def live_terms(self) -> list[Term]:
        """Returns the terms of the live lines, and then those of the outputs."""
        lines = [self.lines[value - 1] for value in sorted(self.live - {0})]
        return [*(term for line in lines for term in line[1:]), *(term for _, term in self.outputs)]

    @cached_property
    def vectors(self) -> Fraction:
        """Returns how long x, all live values and all that is written are together, as a multiple of n."""
        values = sum((Fraction(1, self.parts[value]) for value in self.live | {0}), Fraction(0))
        return values + sum(Fraction(1, slot.parts) for slot, _ in self.outputs)

    @cached_property
    def schedule(self) -> tuple[tuple[int, ...], ...]:
        """Returns the live lines in an order that lets calls of one length happen together.

        Each step is one sum, or all calls of the greatest length that are ready: `Recursion.run`
        stacks what they get along a new first axis and makes one call of them.
        """
        done, waiting = {0}, [v for v in range(1, len(self.lines) + 1) if v in self.live]
        steps: list[tuple[int, ...]] = []
        while waiting:
            ready = [v for v in waiting if all(t.value in done for t in self.lines[v - 1][1:])]
            now: list[tuple[int, ...]] = [(v,) for v in ready if self.lines[v - 1][0] == "add"]
            if not now:
                longest = min(self.parts[v] for v in ready)
                now = [tuple(v for v in ready if self.parts[v] == longest)]
            steps += now
            done.update(v for step in now for v in step)
            waiting = [v for v in waiting if v not in done]
        return tuple(steps)

    @cached_property
    def spent(self) -> tuple[tuple[int, ...], ...]:
        """Returns for each step of the schedule the values that nothing reads after it."""
        needed = {term.value for _, term in self.outputs}
        steps: list[tuple[int, ...]] = []
        for step in reversed(self.schedule):
            read = {term.value for value in step for term in self.lines[value - 1][1:]}
            steps.append(tuple(read - needed))
            needed |= read
        return tuple(reversed(steps))

    @cached_property
    def clutter(self) -> int:
        """Returns how much there is to read beside the structure: factors other than 1."""
        return sum(abs(f.k) + abs(f.shift) + (f.turn != 0) for _, _, f in self.terms)

    @cached_property
    def tidied(self) -> Body:
        """Returns it without dead lines, equal lines once, everything else as it was."""
        writer, places = BodyWriter(), {0: 0}
        for value, (name, *terms) in enumerate(self.lines, start=1):
            if value in self.live:
                moved = [term._replace(value=places[term.value]) for term in terms]
                places[value] = writer.line(name, *moved)
        return writer.body([(slot, term._replace(value=places[term.value])) for slot, term in self.outputs])

    def check(self, radix: int) -> None:
        """Raises GpfftError when a line or an output does not make sense, naming it."""
        if len(self.lines) > MOST_LINES or len(self.outputs) > MOST_LINES:
            most = max(len(self.lines), len(self.outputs))
            raise GpfftError(f"a body has at most {MOST_LINES} lines and outputs, not {most}")
        parts = [1]
        for number, line in enumerate(self.lines):
            where = f"line {number}"
            if not line or line[0] not in ("add", "self") or len(line) != 2 + (line[0] == "add"):
                raise GpfftError(f"{where}: {short(line)} is neither a sum of two terms nor a call")
            lengths = [_check_term(term, parts, radix, where) for term in line[1:]]
            if lengths[0] != lengths[-1]:
                raise GpfftError(f"{where} adds vectors of n/{lengths[0]} and n/{lengths[1]} elements")
            if line[0] == "self" and lengths[0] == 1:
                raise GpfftError(f"{where}: a program may call itself on shorter vectors only")
            parts.append(lengths[0])
        for number, (slot, term) in enumerate(self.outputs):
            where = f"output {number}"
            _check_view(slot, radix, where)
            if _check_term(term, parts, radix, where) != slot.parts:
                raise GpfftError(f"{where}: what is written there has another length")


class BodyWriter:
    """Writes the lines of a body, equal ones once; the order of two terms of a sum does not matter."""

    def __init__(self) -> None:
        self.lines: dict[Line, int] = {}

    def line(self, name: str, *terms: Term) -> int:
        """Returns the number of the value that a line makes."""
        return self.lines.setdefault((name, *sorted(terms)), len(self.lines) + 1)

    def body(self, outputs: Sequence[tuple[View, Term]]) -> Body:
        """Returns the body with the lines written so far."""
        return Body(tuple(self.lines), tuple(outputs))


def _check_view(view: View, radix: int, where: str) -> None:
    if not all(type(number) is int and abs(number) <= LARGEST_NUMBER for number in view) or not view.stride:
        small = f"four whole numbers up to {LARGEST_NUMBER}, the stride not 0"
        raise GpfftError(f"{where}: a view is {small}; not {short(tuple(view))}")
    whole = view.parts
    while whole > 1 and whole % radix == 0:
        whole //= radix
    if whole != 1:
        raise GpfftError(f"{where}: a view has n / {radix}^d elements, not n / {view.parts}")


def _check_term(term: Term, parts: list[int], radix: int, where: str) -> int:
    """Returns which part of n the term's length is. Raises GpfftError."""
    if not type(term.value) is int or not 0 <= term.value < len(parts):
        raise GpfftError(f"{where} reads value {short(term.value)}, earlier are 0 to {len(parts) - 1}")
    _check_view(term.view, radix, where)
    k, shift, _ = term.factor
    if max(abs(k), abs(shift)) > LARGEST_NUMBER:
        raise GpfftError(f"{where}: an exponent is at most {LARGEST_NUMBER}, not {short((k, shift))}")
    length = int(parts[term.value] * term.view.parts)
    if length > MOST_PARTS:
        raise GpfftError(f"{where}: a vector has at least n/{MOST_PARTS} elements, not n/{length}")
    return length


@dataclass(frozen=True)
class Recursion:
    """A recursive program for all n = radix^k.

    Attributes:
        radix: 2, 3 or 5.
        bodies: what to do; the last one whose `least` is not above n is used. For n = 1 the
            program returns its input.

    Raises GpfftError for an unknown radix, or a body that does not make sense.

    >>> import gpfft
    >>> program = gpfft.load(gpfft.champions.algorithms()[0]).champion.program
    >>> program.radix, [body.least for body in program.bodies]
    (2, [2, 4])
    >>> program([1, 0, 0, 0]).real
    array([1., 1., 1., 1.])
    >>> program.calls(16)
    [8, 4, 4]
    """

    radix: int
    bodies: tuple[Body, ...]

    def __post_init__(self) -> None:
        check_radix(self.radix)
        if not 1 <= len(self.bodies) <= MOST_BODIES:
            raise GpfftError(f"a recursive program has 1 to {MOST_BODIES} bodies, not {len(self.bodies)}")
        for body in self.bodies:
            body.check(self.radix)
        if min(body.least for body in self.bodies) > self.radix:
            raise GpfftError(f"no body works on {self.radix} elements")

    @property
    def tidied(self) -> Recursion:
        """Returns the program without dead lines, equal lines once."""
        return Recursion(self.radix, tuple(body.tidied for body in self.bodies))

    def body(self, n: int) -> Body:
        """Returns the body for length n."""
        return next(body for body in reversed(self.bodies) if body.least <= n)

    def calls(self, n: int) -> list[int]:
        """Returns the lengths of the calls that a call of length n makes."""
        if n == 1:
            return []
        body = self.body(n)
        return [
            n // body.parts[v] for v in sorted(body.live) if v and body.lines[v - 1][0] == "self"
        ]

    def total(
        self, n: int, own: Callable[[int], int], whole: Callable[[int], int | None] = lambda length: None
    ) -> int:
        """Returns the sum of own(length) over a call of length n and all calls below it.

        `whole(length)` returns that sum for a length where it is known otherwise, else None.
        """
        totals: dict[int, int] = {}
        for length in family(self.radix, n):
            known = whole(length)
            if known is None:
                calls = Counter(self.calls(length)).items()
                known = own(length) + sum(times * totals[shorter] for shorter, times in calls)
            totals[length] = known
        return totals[n]

    def work(self, n: int) -> int:
        """Returns how many elements all vectors of a call of length n, and of all calls below it, have."""
        return self.total(n, lambda m: math.ceil(self.body(m).vectors * m) if m > 1 else 1)

    def _check_work(self, n: int, most: int) -> None:
        if self.work(n) > most:
            raise GpfftError(f"it does too much for {n} points: on more than {most} elements in all")

    def run(self, x: Vector, constants: Callable[[Factor, int, int], Vector]) -> Vector:
        """Returns X for vectors along the last axis of `x`, in any number system.

        `constants(factor, n, m)` returns the factor for elements 0 .. m-1 in a call of length n.
        """
        n = x.shape[-1]
        if n == 1:
            return x
        body = self.body(n)
        values: dict[int, Vector] = {0: x}

        def read(term: Term) -> Vector:
            vector = values[term.value]
            if term.view != WHOLE:
                vector = vector[..., term.view.of(vector.shape[-1])]
            if term.factor.is_one:
                return vector
            factor = constants(term.factor, n, vector.shape[-1])
            return multiply.value(factor, vector)  # type: ignore[no-any-return]

        for step, spent in zip(body.schedule, body.spent):
            operands = [[read(term) for term in body.lines[v - 1][1:]] for v in step]
            for value in spent:
                del values[value]
            if body.lines[step[0] - 1][0] == "add":
                values[step[0]] = add.value(*operands[0])
            else:
                stack = np.stack([vector for [vector] in operands])
                del operands
                answers = self.run(stack, constants)
                values.update(zip(step, answers))
        out = x * 0 if leaves_gaps(body, n) else np.empty_like(x)
        for slot, term in body.outputs:
            out[..., slot.of(n)] = read(term)
        return out

    def unroll(self, n: int) -> Program:
        """Returns the straight-line program for n points, nothing simplified.

        Raises GpfftError when n is not of the family, or when the program would be too large.
        """
        n = check_unrolled(n, self.radix)
        self._check_work(n, MOST_TRACED)
        builder = Builder(n)

        def constants(factor: Factor, length: int, m: int) -> Vector:
            numerators, denominator = factor.turns(length, m)
            return _array([_power(builder, int(k), denominator) for k in numerators])

        outputs = self.run(_array([_Traced(builder, j) for j in range(n)]), constants)
        return builder.program([traced.address for traced in outputs])

    def __call__(self, x: ArrayLike) -> NDArray[np.complex128]:
        """Returns the transform of a vector, complex.

        Raises GpfftError when its length is not of the family, when it is no vector of numbers, or
        when the program calls itself so often that it would take for ever.
        """
        try:
            vector = np.asarray(x, dtype=np.complex128)
        except (TypeError, ValueError, OverflowError) as error:
            raise GpfftError(f"a vector of numbers is needed ({error})") from None
        if vector.ndim != 1:
            raise GpfftError(f"a vector is needed, of one axis; the shape is {vector.shape}")
        n = check_length(len(vector), self.radix)
        self._check_work(n, max(MOST_WORK, 256 * n))
        with np.errstate(all="ignore"):  # a vector may hold what is no number
            return self.run(vector, _floats).copy()

    @cached_property
    def error(self) -> float:
        """Returns the relative Frobenius distance to the DFT matrices of the sizes that fitness sees."""
        sizes = seen_sizes(self.radix)
        if sizes[-1] * self.work(sizes[-1]) > MOST_WORK:
            return math.inf
        with np.errstate(all="ignore"):
            distances = [np.linalg.norm(self.run(np.eye(n) + 0j, _floats) - matrix(n)) / n for n in sizes]
        distance = math.hypot(*distances) / math.sqrt(len(sizes))
        return distance if distance > 1e-12 else 0.0

    def _repr_html_(self) -> str:
        bodies = ", ".join(f"{len(body.lines)} lines" for body in self.bodies)
        rows = [("recursive program", f"bodies of {bodies}"), ("n", f"any power of {self.radix}")]
        more = ("more", "gpfft.Algorithm(program)")
        return html.facts([*rows, more]) + html.folded("lines", self.to_json())

    def to_json(self, **header: object) -> str:
        """Returns the program in the format that `runs/README.md` documents, a line to a row."""
        head = {"format": FORMAT, "version": VERSION, **header, "radix": self.radix}
        parts = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
        bodies = ",\n".join(_body_text(body) for body in self.bodies)
        return "{\n" + ",\n".join(parts) + f',\n "bodies": [\n{bodies}\n ]\n' + "}\n"

    @classmethod
    def from_json(cls, text: str) -> Recursion:
        """Returns the program that `to_json` wrote.

        Raises GpfftError, with what is wrong, for anything else: nothing in it is executed.
        """
        data = json_object(text, "an algorithm", FORMAT, VERSION)
        try:
            bodies = tuple(_body(body) for body in data["bodies"])
        except (KeyError, TypeError, ValueError, ZeroDivisionError, RecursionError):
            raise GpfftError("not an algorithm: its bodies are damaged") from None
        return cls(check_radix(data.get("radix")), bodies)


@lru_cache(maxsize=1024)
def leaves_gaps(body: Body, n: int) -> bool:
    """Tells whether some output is written by nothing."""
    written = np.zeros(n, dtype=bool)
    for slot, _ in body.outputs:
        written[slot.of(n)] = True
    return not written.all()


def _floats(factor: Factor, n: int, m: int) -> NDArray[np.complex128]:
    """Returns the elements of a factor in double precision; short ones are kept."""
    return (_kept_floats if m <= 2**15 else _new_floats)(factor, n, m)


def _new_floats(factor: Factor, n: int, m: int) -> NDArray[np.complex128]:
    numerators, denominator = factor.turns(n, m)
    elements: NDArray[np.complex128] = np.exp(-2j * np.pi / denominator * numerators)
    return elements


_kept_floats = lru_cache(maxsize=256)(_new_floats)


class _Traced:
    """An address in a program that is being written; arithmetic writes lines."""

    __slots__ = ("address", "builder")

    def __init__(self, builder: Builder, address: int) -> None:
        self.builder, self.address = builder, address

    def __add__(self, other: _Traced) -> _Traced:
        return _Traced(self.builder, self.builder.line("add", self.address, other.address))

    def __mul__(self, other: _Traced | int) -> _Traced:
        if isinstance(other, int):  # x * 0, where an output is written by nothing
            other = _power(self.builder, 0, 0)
        return _Traced(self.builder, self.builder.line("multiply", self.address, other.address))


def _power(builder: Builder, k: int, denominator: int) -> _Traced:
    """Returns exp(-2 pi i k / denominator) in a program; 0 where the denominator is 0."""
    field = field_of(builder.size)
    if denominator == 0:
        return _Traced(builder, builder.constant(field.zero))
    place = Fraction(k * field.order, denominator)
    if place.denominator != 1:
        turn = Fraction(k, denominator)
        raise GpfftError(f"exp(-2 pi i {turn}) is no constant of a program of {builder.size} points")
    return _Traced(builder, builder.constant(field.powers[int(place) % field.order]))


def _array(items: Sequence[Any]) -> Vector:
    """Returns a vector of objects."""
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def check_radix(radix: object) -> int:
    """Returns `radix` when it is 2, 3 or 5, else raises GpfftError."""
    if type(radix) is int and radix in RADICES:
        return radix
    raise GpfftError(f"radix must be one of {', '.join(map(str, RADICES))}, not {short(radix)}")


def check_length(n: object, radix: int) -> int:
    """Returns `n` when it is a power of `radix`, 1 included, else raises GpfftError."""
    if isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n >= 1:
        if int(n) in family(radix, int(n)):
            return int(n)
    raise GpfftError(f"the length must be a power of {radix}, not {short(n)}")


def check_unrolled(n: object, radix: int) -> int:
    """Returns `n` when it is a power of `radix` that a program can have, else raises GpfftError."""
    length = check_length(n, radix)
    if length > LARGEST:
        raise GpfftError(f"{length} points are too many to unroll: a program has at most {LARGEST}")
    return length


def family(radix: int, most: int) -> list[int]:
    """Returns 1, r, r^2 ... up to `most`."""
    sizes = [1]
    while sizes[-1] * radix <= most:
        sizes.append(sizes[-1] * radix)
    return sizes


def seen_sizes(radix: int) -> tuple[int, int]:
    """Returns the two lengths at which fitness measures errors; the larger tells all twiddles apart."""
    return (4, 8) if radix == 2 else (radix, radix**2)


def reference_size(radix: int) -> int:
    """Returns the length at which algorithms are compared: the largest of the family up to 1024."""
    return family(radix, 1024)[-1]


def _term_data(term: Term) -> list[Any]:
    k, shift, turn = term.factor
    return [term.value, list(term.view), [k, shift, str(turn)]]


def _body_text(body: Body) -> str:
    lines = ",\n    ".join(json.dumps([name, *map(_term_data, terms)]) for name, *terms in body.lines)
    outputs = ",\n    ".join(json.dumps([list(slot), _term_data(term)]) for slot, term in body.outputs)
    return f'  {{"lines": [\n    {lines}\n   ],\n   "outputs": [\n    {outputs}\n   ]}}'


def _term(data: Any) -> Term:
    value, view, (k, shift, turn) = data
    if type(k) is not int or type(shift) is not int or max(abs(k), abs(shift)) > 10**9:
        raise ValueError
    if not isinstance(turn, str) or not re.fullmatch(r"[0-9]{1,9}(/[0-9]{1,9})?", turn):
        raise ValueError
    return Term(value, _view(view), Factor(k, shift, Fraction(turn) % 1))


def _view(data: Any) -> View:
    offset, start, stride, parts = data
    return View(offset, start, stride, parts)


def _body(data: Any) -> Body:
    lines = tuple((name, *map(_term, terms)) for name, *terms in data["lines"])
    return Body(lines, tuple((_view(slot), _term(term)) for slot, term in data["outputs"]))
