"""The inverse of a transform, without its factor 1/N: all constants conjugated, at the same count."""

from __future__ import annotations

from dataclasses import replace

from gpfft.program import Program
from gpfft.recursion import Body, Line, Recursion, Term


def inverse(program: Program) -> Program:
    """Returns the program with all constants conjugated."""
    size = program.size
    lines = tuple(
        ("twiddle", -line[1] % size) if line[0] == "twiddle" and line[1] < size else line
        for line in program.lines
    )
    return replace(program, lines=lines, constants=tuple(c.conjugate for c in program.constants))


def inverse_recursion(recursion: Recursion) -> Recursion:
    """Returns the recursive program with all factors conjugated."""
    return Recursion(recursion.radix, tuple(map(_inverse_body, recursion.bodies)))


def _inverse_body(body: Body) -> Body:
    lines: tuple[Line, ...] = tuple((name, *map(_inverse_term, terms)) for name, *terms in body.lines)
    return Body(lines, tuple((slot, _inverse_term(term)) for slot, term in body.outputs))


def _inverse_term(term: Term) -> Term:
    return term._replace(factor=term.factor.inverse())
