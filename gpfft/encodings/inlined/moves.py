"""Rewriting the body of a recursive program so that it computes the same.

A self-reference can be inlined: the body's own lines, on the shorter vector, take its place. A
sum can be rescaled: it carries a twiddle that is divided out again wherever it is used. Neither
knows anything of the DFT.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from gpfft.recursion import ONE, WHOLE, Body, BodyWriter, Factor, Line, Term, View, given_views

Pieces = list[tuple[View, Term]]  # a vector: what is where in it


class Stuck(Exception):
    """A rewriting that cannot be carried through."""


def calls(body: Body) -> list[int]:
    """Returns the values that the program makes by calling itself."""
    return [v for v, line in enumerate(body.lines, start=1) if line[0] == "self"]


def sums(body: Body) -> list[int]:
    """Returns the values that are sums."""
    return [v for v, line in enumerate(body.lines, start=1) if line[0] == "add"]


def butterfly(body: Body, value: int) -> list[int]:
    """Returns the sums of the same two views of values as a sum, itself among them."""
    operands = [[term[:2] for term in line[1:]] for line in body.lines]
    return [v for v in sums(body) if operands[v - 1] == operands[value - 1]]


def rescale(body: Body, value: int, factor: Factor) -> Body:
    """Returns the body with a sum multiplied by a factor, which its users divide out.

    Raises Stuck when a user reads over its end.
    """
    parts = body.parts[value]

    def user(term: Term) -> Term:
        if term.value != value:
            return term
        if term.view.wraps:
            raise Stuck
        return term._replace(factor=term.factor.times(factor.inverse().through(term.view, parts)))

    lines: list[Line] = []
    for v, (name, *terms) in enumerate(body.lines, start=1):
        if v == value:
            terms = [term._replace(factor=term.factor.times(factor)) for term in terms]
        lines.append((name, *map(user, terms)))
    return Body(tuple(lines), tuple((slot, user(term)) for slot, term in body.outputs))


def inline(body: Body, value: int, other: Body, radix: int) -> Body:
    """Returns the body with the lines of `other` in place of a self-reference.

    Values that were one vector may become several pieces. Raises Stuck when a piece would have to
    be a part of what a call gets, when outputs write anything twice, when a view runs over the end
    of the shorter vector, or when the result would work on lengths for which the call is too short
    for `other`.
    """
    child = _Inliner(body, value, other, radix).run()
    if child.least < body.parts[value] * other.least:
        raise Stuck
    return child


class _Inliner:
    """Writes the new body; `pieces` says what each old value has become."""

    def __init__(self, body: Body, value: int, other: Body, radix: int) -> None:
        self.body, self.value, self.other = body, value, other
        self.radix = radix
        self.writer = BodyWriter()
        self.parts = {0: 1}  # of the new values
        self.pieces: dict[int, Pieces] = {0: [(WHOLE, Term(0))]}

    def run(self) -> Body:
        if not _are_apart(tuple(slot for slot, _ in self.body.outputs)):
            raise Stuck
        for value, (name, *terms) in enumerate(self.body.lines, start=1):
            if value == self.value:
                self.pieces[value] = self._written_out(self._single(terms[0]))
            elif name == "self":
                self.pieces[value] = [(WHOLE, self._line("self", self._single(terms[0])))]
            else:
                self.pieces[value] = self._sum(*terms)
        outputs = [
            (slot.then(place), term)
            for slot, source in self.body.outputs
            for place, term in self._read(source)
        ]
        return self.writer.body(outputs).tidied

    def _line(self, name: str, *terms: Term) -> Term:
        value = self.writer.line(name, *terms)
        self.parts[value] = self.parts[terms[0].value] * terms[0].view.parts
        return Term(value)

    def _single(self, term: Term) -> Term:
        pieces = self._read(term)
        if len(pieces) > 1:
            raise Stuck
        return pieces[0][1]

    def _written_out(self, operand: Term) -> Pieces:
        """Returns the pieces that `other` makes of `operand`."""
        scale = self.parts[operand.value] * operand.view.parts  # a call of length n / scale
        written = {0: operand}

        def read(term: Term) -> Term:
            """A term of the shorter call, as one of the whole call."""
            source = written[term.value]
            k, shift, turn = term.factor
            own = Factor(k * scale, shift * scale, turn)
            if term.view.wraps and not (source.factor.is_one and source.view.stride % source.view.parts == 0):
                raise Stuck
            seen = source.factor.through(term.view, self.parts[source.value] * source.view.parts)
            return Term(source.value, source.view.then(term.view), seen.times(own))

        for value, (name, *terms) in enumerate(self.other.lines, start=1):
            written[value] = self._line(name, *map(read, terms))
        return _covering([(slot, read(term)) for slot, term in self.other.outputs])

    def _read(self, term: Term) -> Pieces:
        """Returns the pieces of what an old term is now."""
        parts = self.body.parts[term.value] * term.view.parts
        found: Pieces = []
        for place, piece in self.pieces[term.value]:
            meeting = _meet(term.view, place, self.radix)
            if meeting is not None:
                there, here = meeting  # term.view.then(there) == place.then(here)
                own = term.factor.through(there, parts)
                seen = self._through(piece, here)
                found.append((there, seen._replace(factor=seen.factor.times(own))))
        return _covering(found)

    def _through(self, term: Term, view: View) -> Term:
        """Returns a view of a new term."""
        if view.wraps:
            raise Stuck
        parts = self.parts[term.value] * term.view.parts
        return Term(term.value, term.view.then(view), term.factor.through(view, parts))

    def _sum(self, a: Term, b: Term) -> Pieces:
        """Returns the sums of the pieces of two terms, cut where either is cut."""
        total: Pieces = []
        for place_a, term_a in self._read(a):
            for place_b, term_b in self._read(b):
                meeting = _meet(place_a, place_b, self.radix)
                if meeting is not None:
                    in_a, in_b = meeting
                    terms = self._through(term_a, in_a), self._through(term_b, in_b)
                    total.append((place_a.then(in_a), self._line("add", *terms)))
        return _covering(total)


@lru_cache(maxsize=1 << 16)
def _meet(a: View, b: View, radix: int) -> tuple[View, View] | None:
    """Returns the largest (p, q) with a.then(p) == b.then(q); None where a and b are apart."""
    return next(((p, q) for p, q in _pairs(radix) if a.then(p) == b.then(q)), None)


def _covering(pieces: Pieces) -> Pieces:
    """Returns the pieces. Raises Stuck when they are not the whole vector, or some of it twice."""
    if not _are_whole(tuple(place for place, _ in pieces)):
        raise Stuck
    return pieces


@lru_cache(maxsize=1 << 16)
def _are_whole(places: tuple[View, ...]) -> bool:
    """Tells whether each element of a vector is at one of the places, and at no other."""
    return sum(Fraction(1, place.parts) for place in places) == 1 and _are_apart(places)


@lru_cache(maxsize=1 << 16)
def _are_apart(places: tuple[View, ...]) -> bool:
    """Tells whether no element of a vector is at two of the places."""
    most = max([1, *(place.parts for place in places)])
    for length in (most, most**2, most**3):
        elements = [element for place in places for element in place.places(length).tolist()]
        if len(set(elements)) < len(elements):
            return False
    return True


@lru_cache(maxsize=None)
def _pairs(radix: int) -> list[tuple[View, View]]:
    """Returns all pairs of views, up to views of views, large ones first."""
    single = given_views(radix)
    views = dict.fromkeys([WHOLE, *single, *(a.then(b) for a in single for b in single)])
    pairs = [(p, q) for p in views for q in views]
    return sorted(pairs, key=lambda pair: pair[0].parts * pair[1].parts)


def freeing(body: Body, value: int) -> list[Factor]:
    """Returns the factors of a sum that leave one of its terms, or one of its uses, without one."""
    parts = body.parts[value]
    found = [term.factor.inverse() for term in body.lines[value - 1][1:]]
    for term in body.terms:
        if term.value == value and term.factor.k % term.view.stride == 0:
            lifted = Factor(term.factor.k // term.view.stride)
            rest = term.factor.times(lifted.through(term.view, parts).inverse())
            found.append(Factor(lifted.k, rest.shift, rest.turn))
    return [factor for factor in found if factor != ONE]
