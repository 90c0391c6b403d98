"""Recursive programs for tests: known ones, which the search is never shown, and random ones."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from gpfft.recursion import ONE, WHOLE, Body, Factor, Line, Recursion, Term, View

LOW, HIGH = View(0, 0, 1, 2), View(0, 1, 1, 2)
EVEN, ODD = View(0, 0, 2, 2), View(1, 0, 2, 2)
I, MINUS, MINUS_I = (Factor(turn=Fraction(quarters, 4)) for quarters in (3, 2, 1))


def dif() -> Recursion:
    """Returns radix 2, decimation in frequency (Gentleman & Sande 1966)."""
    return Recursion(2, (_dif(),))


def _dif() -> Body:
    lines = (
        ("add", Term(0, LOW), Term(0, HIGH)),
        ("add", Term(0, LOW), Term(0, HIGH, MINUS)),
        ("self", Term(1)),
        ("self", Term(2, WHOLE, Factor(1))),
    )
    return Body(lines, ((EVEN, Term(3)), (ODD, Term(4))))


def dit() -> Recursion:
    """Returns radix 2, decimation in time (Cooley & Tukey 1965)."""
    lines = (
        ("self", Term(0, EVEN)),
        ("self", Term(0, ODD)),
        ("add", Term(1), Term(2, WHOLE, Factor(1))),
        ("add", Term(1), Term(2, WHOLE, Factor(1).times(MINUS))),
    )
    return Recursion(2, (Body(lines, ((LOW, Term(3)), (HIGH, Term(4)))),))


def split_radix() -> Recursion:
    """Returns split radix, decimation in frequency (Duhamel & Hollmann 1984)."""
    lines = (
        ("add", Term(0, LOW), Term(0, HIGH)),  # 1
        ("add", Term(0, LOW), Term(0, HIGH, MINUS)),  # 2
        ("add", Term(2, LOW), Term(2, HIGH, MINUS_I)),  # 3: a quarter
        ("add", Term(2, LOW), Term(2, HIGH, I)),  # 4: a quarter
        ("self", Term(1)),
        ("self", Term(3, WHOLE, Factor(1))),
        ("self", Term(4, WHOLE, Factor(3))),
    )
    outputs = ((EVEN, Term(5)), (View(1, 0, 4, 4), Term(6)), (View(3, 0, 4, 4), Term(7)))
    return Recursion(2, (_dif(), Body(lines, outputs)))


def by_radix(radix: int) -> Recursion:
    """Returns decimation in frequency for any radix, each sum of r parts term by term."""
    lines: list[Line] = []
    outputs = []
    for k in range(radix):
        for p in range(1, radix):
            turned = Term(0, View(0, p, 1, radix), Factor(turn=Fraction(k * p, radix) % 1))
            lines.append(("add", Term(len(lines)) if p > 1 else Term(0, View(0, 0, 1, radix)), turned))
        lines.append(("self", Term(len(lines), WHOLE, Factor(k))))
        outputs.append((View(k, 0, radix, radix), Term(len(lines))))
    return Recursion(radix, (Body(tuple(lines), tuple(outputs)),))


def odd() -> Recursion:
    """Returns a recursive program of no use, with all that known ones do not have: see the comments."""
    eighth = Factor(turn=Fraction(1, 8))
    lines = (
        ("add", Term(0, View(-1, 0, -1, 1)), Term(0, View(1), Factor(-1, 2))),  # 1: reversed, conjugates
        ("add", Term(1, View(-1, 0, 4, 4)), Term(0, View(1, 3, 3, 4), I)),  # 2: over the end
        ("self", Term(2, WHOLE, Factor(0, 1))),  # 3: W^1
        ("add", Term(3, WHOLE, eighth.times(MINUS)), Term(2, WHOLE, eighth)),  # 4
        ("add", Term(3, WHOLE, Factor(5, -1)), Term(3, WHOLE, Factor(5, -1).times(I))),  # 5: paid once
        ("add", Term(3, WHOLE, Factor(1).times(eighth)), Term(5, WHOLE, MINUS)),  # 6
        ("self", Term(0, LOW, Factor(-2, 0, Fraction(1, 4)))),  # 7
        ("add", Term(0), Term(0)),  # 8: dead
    )
    outputs = (
        (View(-1, 0, 4, 4), Term(4, WHOLE, MINUS_I)),  # gaps, and over the end
        (View(1, 1, 4, 4), Term(6, WHOLE, Factor(-1, 1))),
        (View(0, 0, 4, 4), Term(7, ODD, MINUS)),
    )
    first = Body((("add", Term(0), Term(0, WHOLE, MINUS_I)),), ((WHOLE, Term(1)),))
    return Recursion(2, (first, Body(lines, outputs)))


def reversed_(recursion: Recursion) -> Recursion:
    """Returns the program with what it computes in other places, so that it is no transform."""
    bodies = []
    for body in recursion.bodies:
        slots, terms = zip(*body.outputs)
        by_length = sorted(range(len(slots)), key=lambda i: (slots[i].parts, i))
        swapped = sorted(range(len(slots)), key=lambda i: (slots[i].parts, -i))
        outputs = tuple((slots[i], terms[j]) for i, j in zip(by_length, swapped))
        bodies.append(Body(body.lines, outputs))
    return Recursion(recursion.radix, tuple(bodies))


def turned(recursion: Recursion, turn: Fraction) -> Recursion:
    """Returns the program with what each call gets turned by so much, so that it is no transform."""
    def line(name: str, *terms: Term) -> Line:
        factors = [t.factor.times(Factor(turn=turn)) if name == "self" else t.factor for t in terms]
        return name, *(t._replace(factor=factor) for t, factor in zip(terms, factors))

    bodies = [Body(tuple(line(*old) for old in body.lines), body.outputs) for body in recursion.bodies]
    return Recursion(recursion.radix, tuple(bodies))


KNOWN = {
    "dif": dif(),
    "dit": dit(),
    "split radix": split_radix(),
    "radix 3": by_radix(3),
    "radix 5": by_radix(5),
}


def factors(radix: int) -> st.SearchStrategy[Factor]:
    """Draws a factor that is a constant of the programs of every length of the family."""
    power = st.sampled_from([0, 0, 1, -1, 2, 3, -3, 4])
    turn = st.sampled_from([Fraction(p, d) for d in (1, 4, radix) for p in range(d)])
    return st.one_of(st.just(ONE), st.builds(Factor, power, st.sampled_from([0, 0, 1, -1, 2]), turn))


@st.composite
def views(draw: st.DrawFn, radix: int, parts: int) -> View:
    """Draws a view of length / parts elements; it may repeat elements, and run over the end."""
    stride = draw(st.sampled_from([1, parts, parts, -1, radix]))
    offset, start = draw(st.integers(-1, radix)), draw(st.integers(0, parts))
    return draw(st.sampled_from([View(0, start, 1, parts), View(offset, 0, parts, parts),
                                 View(offset, start, stride, parts)]))  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn, radix: int, least: int) -> Body:
    """Draws a body of some lines that works on `least` elements, with calls on parts of them."""
    parts = [1]
    lines: list[Line] = []

    def term(wanted: int) -> Term:
        values = st.sampled_from([v for v, p in enumerate(parts) if wanted % p == 0])
        value = max(draw(values), draw(values))
        view = draw(views(radix, wanted // parts[value])) if wanted > parts[value] else WHOLE
        return Term(value, view, draw(factors(radix)))

    choices = [radix, radix, least, 1]
    for _ in range(draw(st.integers(1, 6))):
        wanted = draw(st.sampled_from(choices))
        if wanted > 1 and draw(st.booleans()):
            lines.append(("self", term(wanted)))
        else:
            lines.append(("add", term(wanted), term(wanted)))
        parts.append(wanted)
    slots = st.sampled_from([
        [View(o, 0, radix, radix) for o in range(radix)],
        [View(0, p, 1, radix) for p in range(radix)],
        [WHOLE],
        [View(1, 0, radix, radix)],  # leaves gaps
    ])  # fmt: skip
    return Body(tuple(lines), tuple((slot, term(slot.parts)) for slot in draw(slots)))


@st.composite
def recursions(draw: st.DrawFn, radices: tuple[int, ...] = (2, 3, 5)) -> Recursion:
    """Draws a small recursive program of one or two bodies; what it computes is anything."""
    radix = draw(st.sampled_from(radices))
    least = [radix, radix**2][: draw(st.integers(1, 2))]
    return Recursion(radix, tuple(draw(bodies(radix, length)) for length in least))
