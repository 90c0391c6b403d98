"""A body of a recursive program as loops and calls: what is compiled, whatever the language.

Vectors are cut into blocks of n/D elements, D the same for all that happens in one loop, so that a
loop runs over the places j of a block and does with them all sums, products and outputs that read
nothing else than place j of blocks. Their values are then scalars of the loop. Only what a call gets
or returns, and what is read at other places than those it was made at, goes through memory.

Three memories hold complex vectors: "x" the input, which may have a stride and is never written, "X" the
output, and "t" the body's own scratch memory. Calls leave their results in X, where the loop that
writes the output reads each place before it writes there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from primitives import twiddle

from gpfft.emit.recursive import has_gaps
from gpfft.recursion import Body, Factor, Recursion, Term, View

QUARTER = Fraction(1, 4)


@dataclass(frozen=True)
class Stream:
    """The places `base n + (start n + offset + stride j)` of a memory, j counting through a loop.

    Attributes:
        memory: "x", "X" or "t".
        start: 0 unless it wraps, so that equal places are equal streams.
        wraps: None, or the share of n modulo which the part in brackets is taken.
    """

    memory: str
    base: Fraction
    start: Fraction = Fraction(0)
    offset: int = 0
    stride: int = 1
    wraps: Fraction | None = None


@dataclass(frozen=True)
class Roots:
    """Row `row` of the table of twiddles, from its element `start n` on."""

    row: int
    start: Fraction


@dataclass(frozen=True)
class Turned:
    """An operand: the result of step `number` of its loop, times exp(-2 pi i quarters / 4)."""

    number: int
    quarters: int = 0


@dataclass(frozen=True)
class Sum:
    """A step: the sum of two operands."""

    a: Turned
    b: Turned


@dataclass(frozen=True)
class Product:
    """A step: an operand times a twiddle of the table, or times a constant."""

    a: Turned
    factor: Roots | complex


Step = Stream | Sum | Product  # a stream as a step is read


@dataclass(frozen=True)
class Loop:
    """Does the steps, and then writes, for j = 0 .. n/parts - 1. No place is written and read at two j."""

    parts: int
    steps: tuple[Step, ...]
    writes: tuple[tuple[Stream, Turned], ...]

    @property
    def streams(self) -> list[Stream]:
        """Returns the streams, each once."""
        read = [step for step in self.steps if isinstance(step, Stream)]
        return list(dict.fromkeys([*read, *(stream for stream, _ in self.writes)]))

    @property
    def roots(self) -> list[Roots]:
        """Returns what is read of the table, each once."""
        factors = [step.factor for step in self.steps if isinstance(step, Product)]
        return list(dict.fromkeys(factor for factor in factors if isinstance(factor, Roots)))


@dataclass(frozen=True)
class Call:
    """The program itself on n/parts elements, from a stream that does not wrap to consecutive places."""

    parts: int
    source: Stream
    target: Stream


@dataclass(frozen=True)
class Routine:
    """What is done for lengths from `first` on, one after the other.

    Attributes:
        first: the shortest length that it serves.
        clears: whether the output is set to 0 before its last loops.
        actions: loops and calls.
        scratch: the elements of "t" that it needs itself, as a multiple of n.
        rows: (factor, parts): the rows of the table, n/parts elements each.
    """

    first: int
    clears: bool
    actions: tuple[Loop | Call, ...]
    scratch: Fraction
    rows: tuple[tuple[Factor, int], ...]

    @property
    def loops(self) -> list[Loop]:
        """Returns the loops in their order."""
        return [action for action in self.actions if isinstance(action, Loop)]


def routines(recursion: Recursion) -> list[Routine]:
    """Returns a routine for each body that is used, that of the longest lengths first."""
    found: list[Routine] = []
    for body in reversed(recursion.bodies):
        first = recursion.radix
        while first < body.least:
            first *= recursion.radix
        if not found or first < found[-1].first:
            found.append(_Writer(body, first, recursion.radix).routine())
    return found


def scratch(found: Sequence[Routine], radix: int) -> int:
    """Returns how many elements of "t" a call of n and all calls below it need, as a multiple of n."""
    most = max(routine.scratch for routine in found)
    return -(-most * radix // (radix - 1)).__floor__() if most else 0


def table_width(found: Sequence[Routine]) -> int:
    """Returns how many real numbers the table has for length n, as a multiple of n."""
    return max(-(-sum((Fraction(2, parts) for _, parts in r.rows), Fraction(0)) // 1) for r in found)


def row_start(routine: Routine, row: int) -> Fraction:
    """Returns where a row's real parts begin, of what the table has for n; its imaginary ones follow."""
    return sum((Fraction(2, parts) for _, parts in routine.rows[:row]), Fraction(0))


class _Writer:
    """Puts a body's sums, copies and outputs into loops, and their values into memory where needed."""

    def __init__(self, body: Body, first: int, radix: int) -> None:
        self.body, self.first = body, first
        self.parts = dict(enumerate(body.parts))
        self.made: dict[int, tuple[Term, ...]] = {}  # sums and copies: their terms
        self.calls: dict[int, tuple[int, View]] = {}  # what is called on, always without a factor
        for value in sorted(body.live - {0}):
            name, *terms = body.lines[value - 1]
            if name == "add":
                self.made[value] = tuple(terms)
            else:
                self.calls[value] = self._argument(terms[0])
        self.gaps = has_gaps(body, first, radix)
        self.apart = _disjoint([slot for slot, _ in body.outputs])
        self._place_in_time()
        self._place_in_memory()

    def _argument(self, term: Term) -> tuple[int, View]:
        """Returns (value, view) to call on; a copy where there is a factor, or the view wraps."""
        if term.factor.is_one and not term.view.wraps and term.view.stride > 0:
            return term.value, term.view
        value = max(self.parts) + 1
        self.parts[value] = self.parts[term.value] * term.view.parts
        self.made[value] = (term,)
        return value, View()

    # When: (level, turn) of each value; calls of level l come before the loops of level l

    def _place_in_time(self) -> None:
        """Finds the loop in which each sum, copy and output is made, as late as calls allow."""
        order = sorted(self.parts, key=self._rank)
        level = {0: 0}
        for value in order:
            if value in self.calls:
                level[value] = level[self.calls[value][0]] + 1
            elif value in self.made:
                level[value] = max(level[term.value] for term in self.made[value])
        last = max(level.values())
        self.level = {value: level[value] if value in self.calls else last for value in level}
        self.level[0] = 0
        for value in reversed(order):
            if value in self.calls and self.calls[value][0] in self.made:
                used = self.calls[value][0]
                self.level[used] = min(self.level[used], self.level[value] - 1)
            for term in self.made.get(value, ()):
                if term.value in self.made:
                    self.level[term.value] = min(self.level[term.value], self.level[value])
        self.when: dict[int, tuple[int, int]] = {}
        for value in order:
            if value in self.made:
                self.when[value] = self._after(self.level[value], self.made[value])
        self.written: list[tuple[int, int]] = []
        turn = 0
        for _, term in self.body.outputs:
            when = self._after(last, [term])
            turn = max(turn, when[1])
            self.written.append((last, turn))
            turn += 0 if self.apart else 1
        if self.apart:
            self.written = [(last, turn)] * len(self.written)

    def _rank(self, value: int) -> tuple[int, int]:
        """Returns what sorts values so that each comes after those that it reads: copies have new numbers."""
        if value in self.made and value > len(self.body.lines):
            return self.made[value][0].value, 1
        return value, 0

    def _after(self, level: int, terms: Sequence[Term]) -> tuple[int, int]:
        """Returns the first loop of a level in which the terms can be read."""
        turn = 0
        for term in terms:
            if term.value in self.made and self.when[term.value][0] == level:
                turn = max(turn, self.when[term.value][1] + (not _in_place(term.view)))
        return level, turn

    # Where

    def _place_in_memory(self) -> None:
        """Finds the place of each call's result, and of what other loops or calls read."""
        stored = {used for used, _ in self.calls.values() if used in self.made}
        readers = [(self.when[value], term) for value, terms in self.made.items() for term in terms]
        readers += [(when, term) for when, (_, term) in zip(self.written, self.body.outputs)]
        stored |= {t.value for when, t in readers if t.value in self.made and self.when[t.value] != when}
        self.where: dict[int, tuple[str, Fraction]] = {0: ("x", Fraction(0))}
        used = {"X": Fraction(0), "t": Fraction(0)}
        memory = "X" if self._may_overwrite(readers) else "t"
        for value in sorted({*self.calls, *stored}, key=lambda value: (self.parts[value], value)):
            name = memory if value in self.calls else "t"
            self.where[value] = name, used[name]
            used[name] += Fraction(1, self.parts[value])
        self.scratch = used["t"]

    def _may_overwrite(self, readers: Sequence[tuple[tuple[int, int], Term]]) -> bool:
        """Tells whether calls can leave their results where the output goes."""
        last = self.written[-1] if self.written else None
        whole = sum((Fraction(1, self.parts[value]) for value in self.calls), Fraction(0))
        fits = whole <= 1 and not self.gaps and self.apart and all(_in_place(s) for s, _ in self.body.outputs)
        read = [(when, term) for when, term in readers if term.value in self.calls]
        return fits and all(when == last and _in_place(term.view) for when, term in read)

    # Loops

    def routine(self) -> Routine:
        """Returns the whole."""
        self.rows: dict[tuple[Factor, int], int] = {}
        times = sorted({*self.when.values(), *self.written})
        actions: list[Loop | Call] = []
        for level in range(1 + max(self.level.values())):
            actions += [self._call(value) for value in self.calls if self.level[value] == level]
            actions += [self._loop(when) for when in times if when[0] == level]
        return Routine(self.first, self.gaps, tuple(actions), self.scratch, tuple(self.rows))

    def _call(self, value: int) -> Call:
        used, view = self.calls[value]
        parts = self.parts[value]
        memory, base = self.where[used]
        begin = base + Fraction(view.start, parts)
        source = Stream(memory, begin, Fraction(0), view.offset, view.stride)
        return Call(parts, source, Stream(*self.where[value]))

    def _loop(self, when: tuple[int, int]) -> Loop:
        values = [value for value in sorted(self.parts, key=self._rank) if self.when.get(value) == when]
        outputs = [output for output, time in zip(self.body.outputs, self.written) if time == when]
        lengths = [self.parts[value] for value in values] + [slot.parts for slot, _ in outputs]
        return _LoopWriter(self, max(lengths)).loop(values, outputs)


class _LoopWriter:
    """Writes the steps of one loop over blocks of n/whole elements, equal steps once."""

    def __init__(self, writer: _Writer, whole: int) -> None:
        self.writer, self.whole = writer, whole
        self.steps: dict[Step, int] = {}
        self.blocks: dict[tuple[int, int], Turned] = {}  # (value, block): where it is made here

    def loop(self, values: Sequence[int], outputs: Sequence[tuple[View, Term]]) -> Loop:
        """Returns the loop that makes values and outputs."""
        writes: list[tuple[Stream, Turned]] = []
        for value in values:
            parts, terms = self.writer.parts[value], self.writer.made[value]
            for block in range(self.whole // parts):
                operands = [self.term(term, parts, block) for term in terms]
                made = self.step(Sum(*operands)) if len(operands) == 2 else operands[0]
                self.blocks[value, block] = made
                if value in self.writer.where:
                    memory, base = self.writer.where[value]
                    writes.append((Stream(memory, base + Fraction(block, self.whole)), made))
        for slot, term in outputs:
            for block in range(self.whole // slot.parts):
                operand = self.term(term, slot.parts, block)
                writes.append((self.stream("X", Fraction(0), slot, slot.parts, block, 1), operand))
        return Loop(self.whole, *_needed(list(self.steps), writes))

    def step(self, step: Step) -> Turned:
        """Returns the result of a step."""
        return Turned(self.steps.setdefault(step, len(self.steps)))

    def term(self, term: Term, parts: int, block: int) -> Turned:
        """Returns a block of a term of n/parts elements."""
        turned = self.read(term, parts, block)
        factor = term.factor
        quarters, rest = divmod(factor.turn, QUARTER)
        if factor.k == factor.shift == 0:
            if rest:
                number = twiddle.power(rest.numerator, rest.denominator)
                turned = self.step(Product(turned, number))
        else:
            row = (factor._replace(turn=rest), parts)
            number = self.writer.rows.setdefault(row, len(self.writer.rows))
            turned = self.step(Product(turned, Roots(number, Fraction(block, self.whole))))
        return Turned(turned.number, (turned.quarters + int(quarters)) % 4)

    def read(self, term: Term, parts: int, block: int) -> Turned:
        """Returns a block of a term without its factor: made here, or read from memory."""
        own = self.writer.parts[term.value]
        if _in_place(term.view):
            place = (term.view.start * (self.whole // parts) + block) % (self.whole // own)
            if (term.value, place) in self.blocks:
                return self.blocks[term.value, place]
        memory, base = self.writer.where[term.value]
        return self.step(self.stream(memory, base, term.view, parts, block, own))

    def stream(self, memory: str, base: Fraction, view: View, parts: int, block: int, own: int) -> Stream:
        """Returns a block of a view of n/parts elements, of a vector of n/own elements in memory."""
        if _in_place(view):
            place = (view.start * (self.whole // parts) + block) % (self.whole // own)
            return Stream(memory, base + Fraction(place, self.whole))
        start = Fraction(view.start, parts) + Fraction(view.stride * block, self.whole)
        if view.wraps or view.stride < 1:
            return Stream(memory, base, start, view.offset, view.stride, Fraction(1, own))
        return Stream(memory, base + start, Fraction(0), view.offset, view.stride)


def _needed(
    steps: Sequence[Step], writes: Sequence[tuple[Stream, Turned]]
) -> tuple[tuple[Step, ...], tuple[tuple[Stream, Turned], ...]]:
    """Returns the steps that something written needs, and what is written, by their new numbers."""
    needed = {turned.number for _, turned in writes}
    for number in reversed(range(len(steps))):
        if number in needed:
            needed.update(operand.number for operand in _operands(steps[number]))
    place = {number: position for position, number in enumerate(sorted(needed))}

    def moved(turned: Turned) -> Turned:
        return replace(turned, number=place[turned.number])

    kept: list[Step] = []
    for number in sorted(needed):
        step = steps[number]
        if isinstance(step, Sum):
            step = Sum(moved(step.a), moved(step.b))
        elif isinstance(step, Product):
            step = replace(step, a=moved(step.a))
        kept.append(step)
    return tuple(kept), tuple((stream, moved(turned)) for stream, turned in writes)


def _operands(step: Step) -> tuple[Turned, ...]:
    return (step.a, step.b) if isinstance(step, Sum) else (step.a,) if isinstance(step, Product) else ()


def _in_place(view: View) -> bool:
    """Tells whether its element j is place j of a block, in any cut into blocks."""
    return view.offset == 0 and view.stride == 1


def _disjoint(slots: Sequence[View]) -> bool:
    """Tells whether slots surely share no place: blocks, or every d-th elements, apart from each other."""
    if all(_in_place(slot) for slot in slots):
        whole = max((slot.parts for slot in slots), default=1)
        taken = [b % whole for s in slots for b in _blocks(s, whole)]
        return len(taken) == len(set(taken))
    if all(slot.start == 0 and slot.stride == slot.parts and 0 <= slot.offset < slot.parts for slot in slots):
        whole = max(slot.parts for slot in slots)
        places = [place for s in slots for place in range(s.offset, whole, s.parts)]
        return len(places) == len(set(places))
    return False


def _blocks(slot: View, whole: int) -> Iterator[int]:
    """Yields the blocks of n/whole elements that a slot of consecutive places has."""
    yield from range(slot.start * (whole // slot.parts), (slot.start + 1) * (whole // slot.parts))
