"""Rewriting the body of a recursive program changes nothing that it computes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gpfft.counting import recurrence
from gpfft.encodings.inlined import moves
from gpfft.encodings.inlined.moves import Stuck, inline, rescale
from gpfft.recursion import WHOLE, Body, Factor, Recursion, Term, View, family
from tests import naive
from tests.recursions import (
    EVEN,
    HIGH,
    KNOWN,
    LOW,
    MINUS,
    ODD,
    by_radix,
    dif,
    dit,
    factors,
    recursions,
    reversed_,
    split_radix,
)


def assert_the_same(a: Recursion, b: Recursion) -> None:
    """The two programs compute the same at r, r^2, r^3, and r^4 where that is small."""
    for n in family(a.radix, 128)[1:]:
        parts = np.random.default_rng(n).standard_normal((2, n))
        x = parts[0] + 1j * parts[1]
        wanted = a(x)
        assert np.allclose(b(x), wanted, rtol=0, atol=1e-10 * (1 + abs(wanted).max()))


def assert_written_out(body: Body, other: Body) -> None:
    """The only call of a body, answered by `other`, is what it is when written out."""
    program = Recursion(2, (other,))
    written = inline(body, 1, other, 2)
    for n in (4, 8, 16):
        x = list(np.random.default_rng(n).standard_normal(n) + 0j)
        both = [
            naive.recurse(Recursion(2, (other, some)), x, lambda vector: list(program(vector)))
            for some in (body, written)
        ]
        assert np.allclose(*both, rtol=0, atol=1e-10)


def with_body(start: Recursion, body: Body) -> Recursion:
    """Returns the start with a further body, for all lengths that it works on."""
    return Recursion(start.radix, (*start.bodies, body))


@st.composite
def starts(draw: st.DrawFn) -> Recursion:
    """Draws a known algorithm, or any recursion; what it writes may overlap, and leave gaps."""
    start = draw(st.one_of(st.sampled_from(list(KNOWN.values())), recursions()))
    if draw(st.booleans()):
        return start
    r = start.radix
    slots = [View(o, 0, r, r) for o in range(r)] + [View(0, p, 1, r) for p in range(r)]
    moved = [
        Body(
            body.lines,
            tuple(
                (draw(st.sampled_from(slots)) if slot.parts == r else slot, term)
                for slot, term in body.outputs
            ),
        )
        for body in start.bodies
    ]
    return Recursion(r, tuple(moved))


def moved(body: Body, own: Body, radix: int, data: st.DataObject) -> Body:
    """Returns the body after a move that is drawn. Raises Stuck."""
    if moves.calls(body) and data.draw(st.booleans()):
        return inline(body, data.draw(st.sampled_from(moves.calls(body))), own, radix)
    if not moves.sums(body):
        raise Stuck
    value = data.draw(st.sampled_from(moves.sums(body)))
    freeing = moves.freeing(body, value)
    factor = data.draw(st.sampled_from(freeing) if freeing and data.draw(st.booleans()) else factors(radix))
    for twin in moves.butterfly(body, value) if data.draw(st.booleans()) else [value]:
        body = rescale(body, twin, factor)
    return body


@given(starts(), st.data())
@settings(max_examples=150, deadline=None)
def test_no_series_of_moves_changes_what_is_computed(start: Recursion, data: st.DataObject) -> None:
    own = body = start.bodies[-1]
    for _ in range(3):
        try:
            body = moved(body, own, start.radix, data)
        except Stuck:
            continue
        if body.least > start.radix**3:
            break
        assert_the_same(start, with_body(start, body))


@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong"])
@pytest.mark.parametrize("name", KNOWN)
def test_every_call_of_a_known_algorithm_can_be_written_out(name: str, wrong: bool) -> None:
    start = reversed_(KNOWN[name]) if wrong else KNOWN[name]
    own = start.bodies[-1]
    for value in moves.calls(own):
        body = inline(own, value, own, start.radix)
        assert len(moves.calls(body)) == 2 * len(moves.calls(own)) - 1
        assert body.least == own.parts[value] * own.least
        assert_the_same(start, with_body(start, body))


@pytest.mark.parametrize("name", ["dif", "dit", "radix 3", "radix 5"])
def test_writing_out_calls_leaves_the_operation_count_as_it_is(name: str) -> None:
    start = KNOWN[name]
    own = body = start.bodies[-1]
    n = family(start.radix, 5000)[-1]
    while any(body.parts[value] == start.radix for value in moves.calls(body)):
        value = next(value for value in moves.calls(body) if body.parts[value] == start.radix)
        body = inline(body, value, own, start.radix)
        assert recurrence(with_body(start, body), n) == recurrence(start, n)
    assert body.least == start.radix**2
    assert len(moves.calls(body)) == start.radix**2


@pytest.mark.parametrize("factor", [Factor(1), Factor(-2, 3, Fraction(1, 4)), Factor(0, 1)], ids=str)
@pytest.mark.parametrize("name", KNOWN)
def test_a_sum_that_is_multiplied_is_divided_again_wherever_it_is_used(name: str, factor: Factor) -> None:
    start = KNOWN[name]
    (*_, body) = start.bodies
    for value in moves.sums(body):
        turned = rescale(body, value, factor)
        assert turned.parts == body.parts and len(turned.lines) == len(body.lines)
        assert turned.lines[value - 1] != body.lines[value - 1]
        assert_the_same(start, with_body(start, turned))
        assert rescale(turned, value, factor.inverse()) == body


@pytest.mark.parametrize("name", KNOWN)
def test_a_freeing_factor_leaves_a_term_or_a_use_without_one(name: str) -> None:
    (*_, body) = KNOWN[name].bodies
    for value in moves.sums(body):
        for factor in moves.freeing(body, value):
            turned = rescale(body, value, factor)
            pairs = zip(body.terms, turned.terms)
            assert any(not old.factor.is_one and new.factor.is_one for old, new in pairs)


def test_the_two_sums_of_a_butterfly_are_found_together() -> None:
    body = dif().bodies[0]
    assert moves.sums(body) == [1, 2] and moves.calls(body) == [3, 4]
    assert moves.butterfly(body, 1) == moves.butterfly(body, 2) == [1, 2]
    longer = split_radix().bodies[1]
    assert [moves.butterfly(longer, value) for value in (1, 3)] == [[1, 2], [3, 4]]


# What cannot be carried through


def body_of(*lines: Any, outputs: Any) -> Body:
    return Body(lines, tuple(outputs))


def test_a_sum_that_is_read_over_its_end_is_not_rescaled() -> None:
    rotated = View(1, 0, 1, 1)
    body = body_of(("add", Term(0), Term(0)), outputs=[(WHOLE, Term(1, rotated))])
    assert rotated.wraps
    with pytest.raises(Stuck):
        rescale(body, 1, Factor(1))


def test_a_sum_that_is_read_from_before_its_beginning_is_not_rescaled() -> None:
    """W^j times a vector, read from element -1 on, is not W^(j - 1) times the vector so read."""
    before = View(-1, 0, 2, 2)
    body = body_of(("add", Term(0), Term(0)), outputs=[(EVEN, Term(1, before)), (ODD, Term(1, EVEN))])
    with pytest.raises(Stuck):
        rescale(body, 1, Factor(1))


def test_a_call_on_a_part_is_not_written_out_as_one_that_reads_over_its_end() -> None:
    """The element after the last of the low half is the first of it, and not that of the high half."""
    rotate = body_of(outputs=[(EVEN, Term(0, View(2, 0, 2, 2))), (ODD, Term(0, EVEN))])
    for view in (EVEN, ODD):  # every second of what goes round goes round with it
        body = body_of(("self", Term(0, view)), outputs=[(LOW, Term(1)), (HIGH, Term(1))])
        assert_written_out(body, rotate)
    for view in (LOW, HIGH):
        body = body_of(("self", Term(0, view)), outputs=[(LOW, Term(1)), (HIGH, Term(1))])
        with pytest.raises(Stuck):
            inline(body, 1, rotate, 2)


def test_a_call_whose_answer_is_read_in_parts_that_were_not_written_so_is_not_written_out() -> None:
    """Halves of elements 0, 3, 6 ... of a third are no view of views of a third."""
    (*_, own) = by_radix(3).bodies
    odd = View(1, 1, 2, 3)
    body = body_of(("self", Term(0, View(0, 0, 1, 3))), outputs=[(View(0, 0, 1, 9), Term(1, odd))])
    with pytest.raises(Stuck):
        inline(body, 1, own, 3)


@pytest.mark.parametrize("slots", [(LOW, LOW), (EVEN, LOW), (LOW,), ()], ids=str)
def test_an_answer_that_is_not_written_everywhere_once_is_not_added_to_in_pieces(slots: Any) -> None:
    other = body_of(outputs=[(slot, Term(0, HIGH)) for slot in slots])
    body = body_of(
        ("self", Term(0, LOW)), ("add", Term(1), Term(0, HIGH)), outputs=[(LOW, Term(2)), (HIGH, Term(2))]
    )
    with pytest.raises(Stuck):
        inline(body, 1, other, 2)


def test_a_call_that_would_get_several_pieces_is_not_reached() -> None:
    body = body_of(("self", Term(0, LOW)), ("self", Term(1, EVEN)), outputs=[(View(0, 0, 4, 4), Term(2))])
    with pytest.raises(Stuck):
        inline(body, 1, dit().bodies[0], 2)
    assert moves.calls(inline(body, 1, dif().bodies[0], 2))  # even and odd outputs: one piece is enough


def test_what_is_written_out_keeps_off_lengths_that_are_too_short_for_it() -> None:
    """Of a call that works on 4 elements only half is used: at 4 points it would work on 2."""
    quarter = View(0, 0, 1, 4)
    first = body_of(outputs=[(WHOLE, Term(0, WHOLE, MINUS))])
    second = body_of(
        ("self", Term(0, EVEN)),
        outputs=[
            (LOW, Term(0, HIGH)),
            (View(0, 2, 1, 4), Term(0, quarter)),
            (View(0, 3, 1, 4), Term(1, LOW)),
        ],
    )
    assert (first.least, second.least) == (2, 4)
    with pytest.raises(Stuck):
        inline(second, 1, second, 2)


@given(factors(2), st.sampled_from([LOW, HIGH, EVEN, ODD]))
@example(Factor(3, 1, Fraction(1, 4)), HIGH)
def test_a_call_on_a_turned_part_is_written_out_with_its_twiddles(factor: Factor, view: View) -> None:
    (own,) = dif().bodies
    body = body_of(("self", Term(0, view, factor)), outputs=[(LOW, Term(1)), (HIGH, Term(1))])
    assert_written_out(body, own)
