"""A recursive program runs on every length, is unrolled to any of them, and is never malformed."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gpfft import GpfftError, Recursion, judge, simplify
from gpfft.recursion import (
    MOST_LINES,
    MOST_WORK,
    ONE,
    WHOLE,
    Body,
    Factor,
    Term,
    View,
    check_length,
    check_radix,
    family,
    given_views,
    reference_size,
)
from tests import naive
from tests.recursions import (
    EVEN,
    HIGH,
    KNOWN,
    LOW,
    MINUS,
    MINUS_I,
    ODD,
    I,
    bodies,
    by_radix,
    dif,
    dit,
    factors,
    recursions,
    split_radix,
)

small = st.integers(-4, 9)
any_views = st.builds(View, small, st.integers(-2, 9), st.integers(-3, 10), st.integers(1, 9))
any_factors = st.builds(
    Factor, small, small, st.fractions(0, 1, max_denominator=12).filter(lambda turn: turn < 1)
)
several = settings(max_examples=60, deadline=None)


def vector(n: int, seed: int = 0) -> np.ndarray:
    """Returns a random complex vector."""
    parts = np.random.default_rng([seed, n]).standard_normal((2, n))
    return parts[0] + 1j * parts[1]


def close(found: Any, wanted: Any) -> bool:
    """Tells whether two vectors are equal but for rounding."""
    wanted = np.asarray(wanted)
    return bool(np.allclose(found, wanted, rtol=0, atol=1e-9 * (1 + abs(wanted).max(initial=0))))


def twiddles(factor: Factor, n: int, m: int) -> np.ndarray:
    """Returns W_n^(k j + shift) exp(-2 pi i turn) for j = 0 .. m-1, by the definition."""
    k, shift, turn = factor
    return np.exp([-2j * np.pi * float(((k * j + shift) / Fraction(n) + turn) % 1) for j in range(m)])


# Views


@given(any_views, any_views, st.integers(1, 6))
def test_a_view_of_a_view_reads_what_indexing_twice_does(outer: View, inner: View, m: int) -> None:
    assume(not inner.wraps)
    length = outer.parts * inner.parts * m
    x = np.arange(length)
    twice = x[outer.places(length)][inner.places(length // outer.parts)]
    assert np.array_equal(x[outer.then(inner).places(length)], twice)


@given(any_views)
def test_a_view_wraps_if_it_leaves_a_vector_of_some_length(view: View) -> None:
    offset, start, stride, parts = view
    leaves = [
        not 0 <= offset + start * m + stride * j < parts * m for m in range(1, 40) for j in range(m)
    ]
    assert view.wraps == any(leaves)


@given(any_views, any_views, any_views)
def test_views_of_views_are_associative_and_the_whole_changes_nothing(a: View, b: View, c: View) -> None:
    assert a.then(b).then(c) == a.then(b.then(c))
    assert a.then(WHOLE) == WHOLE.then(a) == a


@pytest.mark.parametrize("radix", [2, 3, 5])
def test_the_given_views_cut_a_vector_in_two_ways(radix: int) -> None:
    views = given_views(radix)
    assert not any(view.wraps for view in views)
    n = radix**3
    every, part = ([view.places(n).tolist() for view in half] for half in (views[:radix], views[radix:]))
    assert every == [list(range(o, n, radix)) for o in range(radix)]
    assert part == [list(range(p * radix**2, (p + 1) * radix**2)) for p in range(radix)]


VIEWS = {
    "": WHOLE,
    "[0::2]": EVEN,
    "[1::2]": ODD,
    "[:n/2]": LOW,
    "[n/2:]": HIGH,
    "[3::4]": View(3, 0, 4, 4),
    "[n/4:n/2]": View(0, 1, 1, 4),
    "[3n/4:]": View(0, 3, 1, 4),
    "[2n/9:n/3]": View(0, 2, 1, 9),
    "[n/2 + 2 j]": ODD.then(HIGH)._replace(offset=0),
    "[1 + n/2 + 2 j]": ODD.then(HIGH),
    "[-1 + 3 j]": View(-1, 0, 3, 3),
    "[1 + j]": View(1, 0, 1, 2),
}


@pytest.mark.parametrize("text, view", VIEWS.items())
def test_a_view_is_written_as_a_slice_where_it_is_one(text: str, view: View) -> None:
    assert str(view) == text


@pytest.mark.parametrize("text", [text for text in VIEWS if text.count(":")])
@pytest.mark.parametrize("n", [36, 72])
def test_a_view_that_is_written_as_a_slice_is_that_slice(text: str, n: int) -> None:
    code = text.replace("3n", "3*n").replace("2n", "2*n").replace("/", "//")
    assert eval(f"x{code}", {"x": list(range(n)), "n": n}) == VIEWS[text].places(n).tolist()


# Factors


@given(any_factors, any_factors, st.integers(1, 30), st.integers(1, 12))
def test_factors_multiply_as_their_elements_do(a: Factor, b: Factor, n: int, m: int) -> None:
    assert close(twiddles(a.times(b), n, m), twiddles(a, n, m) * twiddles(b, n, m))
    assert close(twiddles(a.inverse(), n, m), 1 / twiddles(a, n, m))
    assert a.times(a.inverse()) == ONE and a.times(ONE) == a
    assert 0 <= a.times(b).turn < 1 and 0 <= a.inverse().turn < 1


@given(any_factors, any_views, st.integers(1, 6), st.integers(1, 5))
def test_a_factor_seen_through_a_view_is_what_the_view_sees(
    factor: Factor, view: View, parts: int, m: int
) -> None:
    assume(not view.wraps)
    n = parts * view.parts * m
    whole = twiddles(factor, n, n // parts)
    assert close(twiddles(factor.through(view, parts), n, m), whole[view.places(n // parts)])


@given(
    st.integers(-(10**9), 10**9),
    st.integers(-(10**9), 10**9),
    st.fractions(0, 1, max_denominator=10**9),
    st.sampled_from([1, 2, 8, 2**20, 3**12, 5**8]),
)
@example(10**9 - 1, 7, Fraction(1, 10**9 - 1), 2**20)
def test_the_turns_of_a_factor_are_exact_however_large_its_numbers(
    k: int, shift: int, turn: Fraction, n: int
) -> None:
    numerators, denominator = Factor(k, shift, turn % 1).turns(n, n)
    for j in {0, min(1, n - 1), n // 3, n - 1}:
        assert Fraction(int(numerators[j]), denominator) == ((k * j + shift) / Fraction(n) + turn) % 1


FACTORS = {
    "": ONE,
    "-": MINUS,
    "i": I,
    "-i": MINUS_I,
    "W^j": Factor(1),
    "W^(-j)": Factor(-1),
    "W^(3j)": Factor(3),
    "-W^j": Factor(1).times(MINUS),
    "-i W^j": Factor(1).times(MINUS_I),
    "i W^(3j)": Factor(3).times(I),
    "W^2": Factor(0, 2),
    "W^(-2)": Factor(0, -2),
    "W^(j+1)": Factor(1, 1),
    "W^(2j-1)": Factor(2, -1),
    "W^(n/3)": Factor(turn=Fraction(1, 3)),
    "W^(j+5n/8)": Factor(1, 0, Fraction(5, 8)),
}


@pytest.mark.parametrize("text, factor", FACTORS.items())
def test_a_factor_is_written_as_a_power_of_w(text: str, factor: Factor) -> None:
    assert str(factor) == text
    assert factor.is_one == (text == "")


# Bodies


def test_a_body_knows_the_lengths_of_its_values_and_the_shortest_vector_it_works_on() -> None:
    long = split_radix().bodies[1]
    assert long.parts == (1, 2, 2, 4, 4, 2, 4, 4)
    assert (dif().bodies[0].least, long.least, by_radix(5).bodies[0].least) == (2, 4, 5)
    assert Body((), ((WHOLE, Term(0)),)).least == 2
    assert Body((), ((LOW, Term(0, EVEN)), (View(0, 2, 1, 4), Term(0, View(0, 0, 4, 4))))).least == 4


def test_a_body_knows_which_values_reach_an_output() -> None:
    assert split_radix().bodies[1].live == frozenset(range(8))
    lines = (("add", Term(0), Term(0)), ("self", Term(0, LOW)), ("add", Term(1), Term(1)))
    assert Body(lines, ((WHOLE, Term(1)),)).live == {0, 1}
    assert Body(lines, ((WHOLE, Term(3)),)).live == {0, 1, 3}
    assert Body(lines, ()).live == frozenset()


def test_what_reaches_no_output_does_not_make_a_body_need_a_longer_vector() -> None:
    dead = ("self", Term(0, View(0, 0, 1, 16)))
    body = Body((dead,), ((EVEN, Term(0, LOW)),))
    assert body.least == body.tidied.least == 2


@given(st.sampled_from([2, 3, 5]).flatmap(lambda radix: bodies(radix, radix**2)))
def test_the_schedule_runs_each_live_line_once_after_what_it_reads(body: Body) -> None:
    ran = {0}
    for step in body.schedule:
        lines = [body.lines[value - 1] for value in step]
        assert {term.value for line in lines for term in line[1:]} <= ran
        assert len(step) == 1 or {line[0] for line in lines} == {"self"}
        assert len({body.parts[value] for value in step}) == 1
        assert not ran & set(step)
        ran.update(step)
    assert ran == body.live | {0}


def test_calls_of_one_length_that_are_ready_happen_together() -> None:
    assert dif().bodies[0].schedule == ((1,), (2,), (3, 4))
    assert dit().bodies[0].schedule == ((1, 2), (3,), (4,))
    assert split_radix().bodies[1].schedule == ((1,), (2,), (3,), (4,), (5,), (6, 7))


@given(recursions())
@several
def test_a_tidied_program_computes_the_same_and_is_never_longer(recursion: Recursion) -> None:
    tidied = recursion.tidied
    assert [body.least for body in tidied.bodies] == [body.least for body in recursion.bodies]
    for n in family(recursion.radix, 27):
        assert close(tidied(vector(n)), recursion(vector(n)))
    for before, after in zip(recursion.bodies, tidied.bodies):
        assert len(after.lines) <= len(before.lines)
        assert len(set(after.lines)) == len(after.lines)
        assert after.live | {0} == set(range(len(after.lines) + 1))
    assert tidied.tidied == tidied


def test_equal_lines_and_sums_of_the_same_terms_are_written_once() -> None:
    a, b = Term(0, LOW), Term(0, HIGH)
    lines = (("add", a, b), ("add", b, a), ("add", Term(1), Term(2)), ("add", Term(2), Term(1)))
    body = Body(lines, ((LOW, Term(3)), (HIGH, Term(4)))).tidied
    assert body.lines == (("add", a, b), ("add", Term(1), Term(1)))
    assert body.outputs == ((LOW, Term(2)), (HIGH, Term(2)))


# What makes no sense


def body_of(*lines: Any, outputs: Any = ((WHOLE, Term(0)),)) -> Body:
    return Body(lines, tuple(outputs))


HALF = ("self", Term(0, LOW))
MALFORMED: list[Any] = [
    pytest.param(4, body_of(), "radix must be one of 2, 3, 5, not 4", id="radix 4"),
    pytest.param(True, body_of(), "radix must be one of 2, 3, 5, not True", id="radix True"),
    pytest.param(2.0, body_of(), "radix must be one of 2, 3, 5, not 2.0", id="radix 2.0"),
    pytest.param(None, body_of(), "radix must be one of 2, 3, 5, not None", id="no radix"),
    pytest.param(
        2,
        body_of(("self", Term(0))),
        "line 0: a program may call itself on shorter vectors only",
        id="a call on the whole vector",
    ),
    pytest.param(
        2,
        body_of(HALF, ("add", Term(1), Term(0))),
        "line 1 adds vectors of n/2 and n/1 elements",
        id="unequal lengths",
    ),
    pytest.param(
        2, body_of(("add", Term(0), Term(1))), "line 0 reads value 1, earlier are 0 to 0", id="its own value"
    ),
    pytest.param(
        2, body_of(HALF, ("add", Term(1), Term(3)), HALF), "line 1 reads value 3", id="a later value"
    ),
    pytest.param(2, body_of(("self", Term(-1, LOW))), "line 0 reads value -1", id="value -1"),
    pytest.param(2, body_of(("self", Term(0.0, LOW))), "line 0 reads value 0.0", id="value 0.0"),
    pytest.param(2, body_of(("self", Term(False, LOW))), "line 0 reads value False", id="value False"),
    pytest.param(
        2,
        body_of(("self", Term(0, View(0, 0, 1, 3)))),
        "line 0: a view has n / 2^d elements, not n / 3",
        id="a third",
    ),
    pytest.param(
        3,
        body_of(("self", Term(0, View(0, 0, 1, 6)))),
        "line 0: a view has n / 3^d elements, not n / 6",
        id="a sixth",
    ),
    pytest.param(2, body_of(("self", Term(0, View(0, 0, 1, 0)))), "elements, not n / 0", id="no part"),
    pytest.param(2, body_of(("self", Term(0, View(0, 0, 1, -2)))), "elements, not n / -2", id="part -2"),
    pytest.param(
        2, body_of(("self", Term(0, View(0, 0, 1.0, 2)))), "four whole numbers up to", id="a stride of 1.0"
    ),
    pytest.param(
        2, body_of(("self", Term(0, View(10**5, 0, 1, 2)))), "four whole numbers up to", id="a vast offset"
    ),
    pytest.param(2, body_of(("self", Term(0, View(0, 0, 0, 2)))), "the stride not 0", id="a stride of 0"),
    pytest.param(
        2, body_of(("self", Term(0, LOW, Factor(2**20 + 1)))), "an exponent is at most", id="a vast exponent"
    ),
    pytest.param(
        2, body_of(("add", Term(0, View(0, 0, 1, 128)), Term(0, View(0, 0, 1, 128)))), "at least n/125",
        id="a vector too short",
    ),
    pytest.param(2, body_of(("twice", Term(0))), "neither a sum of two terms nor a call", id="no such line"),
    pytest.param(2, body_of(()), "neither a sum of two terms nor a call", id="an empty line"),
    pytest.param(
        2, body_of(("add", Term(0))), "neither a sum of two terms nor a call", id="a sum of one term"
    ),
    pytest.param(
        2, body_of(("self", Term(0, LOW), Term(0, LOW))), "neither a sum of", id="a call on two terms"
    ),
    pytest.param(2, body_of(outputs=[(WHOLE, Term(1))]), "output 0 reads value 1", id="output of no value"),
    pytest.param(
        2,
        body_of(outputs=[(WHOLE, Term(0)), (LOW, Term(0))]),
        "output 1: what is written there has another length",
        id="output of another length",
    ),
    pytest.param(
        2,
        body_of(outputs=[(View(0, 0, 3, 3), Term(0))]),
        "output 0: a view has n / 2^d elements, not n / 3",
        id="output in a third",
    ),
    pytest.param(
        2,
        body_of(outputs=[(View(0, 0, 4, 4), Term(0, View(0, 0, 4, 4)))]),
        "no body works on 2 elements",
        id="quarters of two",
    ),
    pytest.param(
        2,
        body_of(*[("add", Term(0), Term(0))] * (MOST_LINES + 1)),
        "a body has at most 10000 lines and outputs, not 10001",
        id="too many lines",
    ),
]


@pytest.mark.parametrize("radix, body, message", MALFORMED)
def test_a_malformed_program_is_refused_with_what_is_wrong(radix: Any, body: Body, message: str) -> None:
    with pytest.raises(GpfftError) as refusal:
        Recursion(radix, (body,))
    assert message in str(refusal.value) and len(str(refusal.value).splitlines()) == 1


def test_a_program_needs_a_body() -> None:
    with pytest.raises(GpfftError, match="a recursive program has 1 to 20 bodies, not 0"):
        Recursion(2, ())


def test_a_body_that_needs_a_longer_vector_is_for_longer_vectors() -> None:
    quarters = body_of(outputs=[(View(0, 0, 4, 4), Term(0, View(0, 0, 4, 4)))])
    recursion = Recursion(2, (body_of(), quarters))
    assert recursion([1, 2]).tolist() == [1, 2]
    assert recursion([1, 2, 3, 4]).tolist() == [1, 0, 0, 0]


# Running


@given(recursions())
@several
def test_running_is_the_same_as_evaluating_element_by_element(recursion: Recursion) -> None:
    for n in family(recursion.radix, 27):
        x = vector(n)
        assert close(recursion(x), naive.recurse(recursion, x.tolist()))


@given(recursions())
@several
def test_vectors_run_together_as_one_by_one(recursion: Recursion) -> None:
    n = recursion.radix**2
    x = np.array([[vector(n, 2 * row + col) for col in range(2)] for row in range(3)])

    def constants(factor: Factor, length: int, m: int) -> np.ndarray:
        return twiddles(factor, length, m)

    together = recursion.run(x, constants)
    assert together.shape == x.shape
    for place in np.ndindex(3, 2):
        assert close(together[place], recursion(x[place]))


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_algorithm_is_the_dft_at_every_length(name: str) -> None:
    recursion = KNOWN[name]
    for n in family(recursion.radix, 5000):
        assert close(recursion(vector(n)), np.fft.fft(vector(n)))
    assert recursion.error == 0


def test_one_point_is_returned_as_a_copy() -> None:
    x = np.array([3 + 4j])
    found = dif()(x)
    assert found.tolist() == [3 + 4j] and not np.shares_memory(found, x)


def test_an_input_is_never_written_into() -> None:
    for recursion in KNOWN.values():
        x = vector(recursion.radix**3)
        x.flags.writeable = False
        assert recursion(x).flags.writeable


def test_integers_and_lists_are_transformed_too() -> None:
    assert close(dif()([1, 2, 3, 4]), np.fft.fft([1, 2, 3, 4]))
    assert close(dif()((1, True)), [2, 0])


def test_where_nothing_is_written_there_is_zero() -> None:
    some = Recursion(2, (body_of(outputs=[(ODD, Term(0, HIGH))]),))
    assert some([1, 2, 3, 4]).tolist() == [0, 3, 0, 4]
    assert some([7]).tolist() == [7]
    assert some.unroll(4)([1, 2, 3, 4]).tolist() == [0, 3, 0, 4]
    nothing = Recursion(3, (body_of(outputs=()),))
    assert nothing(vector(9)).tolist() == [0] * 9 == nothing.unroll(9)(vector(9)).tolist()


def test_what_is_written_later_wins() -> None:
    twice = Recursion(2, (body_of(outputs=[(WHOLE, Term(0)), (LOW, Term(0, HIGH))]),))
    assert twice([1, 2, 3, 4]).tolist() == [3, 4, 3, 4] == twice.unroll(4)([1, 2, 3, 4]).tolist()


NO_VECTORS: list[Any] = [
    pytest.param([], "the length must be a power of 2, not 0", id="nothing"),
    pytest.param([1, 2, 3], "the length must be a power of 2, not 3", id="three"),
    pytest.param(np.zeros(48), "the length must be a power of 2, not 48", id="forty-eight"),
    pytest.param(5, "a vector is needed, of one axis; the shape is ()", id="a number"),
    pytest.param(None, "a vector is needed", id="None"),
    pytest.param(np.zeros((2, 2)), "a vector is needed, of one axis; the shape is (2, 2)", id="a matrix"),
    pytest.param(np.zeros((1, 4)), "a vector is needed, of one axis; the shape is (1, 4)", id="a row"),
    pytest.param("four", "a vector of numbers is needed", id="a word"),
    pytest.param(["a", "b"], "a vector of numbers is needed", id="letters"),
    pytest.param([[1], [2, 3]], "a vector of numbers is needed", id="a ragged list"),
    pytest.param({1: 2}, "a vector of numbers is needed", id="a dictionary"),
    pytest.param([10**400, 1], "a vector of numbers is needed", id="beyond any float"),
]


@pytest.mark.parametrize("x, message", NO_VECTORS)
def test_what_is_no_vector_of_the_family_is_refused_in_one_line(x: Any, message: str) -> None:
    with pytest.raises(GpfftError) as refusal:
        dif()(x)
    assert message in str(refusal.value) and len(str(refusal.value).splitlines()) == 1


def test_a_vector_of_what_is_no_number_gives_no_warning() -> None:
    assert np.isnan(dif()([np.nan, 1.0, 2.0, np.inf])).all()


def test_the_error_is_the_distance_from_the_dft_at_the_square_and_the_cube() -> None:
    for wrong in (Recursion(2, (body_of(),)), Recursion(3, (body_of(outputs=()),)), nine(dif())):
        shares = []
        for n in (wrong.radix**2, wrong.radix**3):
            rows = np.eye(n).astype(complex).tolist()
            lacks = [np.subtract(naive.recurse(wrong, row), naive.dft(row)) for row in rows]
            shares.append(np.linalg.norm(lacks) / n)
        wanted = np.hypot(*shares) / np.sqrt(2)
        assert wrong.error == pytest.approx(wanted, abs=1e-12)


def nine(recursion: Recursion) -> Recursion:
    """Returns the program with W^(9 j) where it has W^j: the same at 4 and 8 points."""
    (body,) = recursion.bodies
    lines = [
        (name, *(t._replace(factor=t.factor._replace(k=9 * t.factor.k)) for t in terms))
        for name, *terms in body.lines
    ]
    return Recursion(recursion.radix, (Body(tuple(lines), body.outputs),))


# How often it calls itself


def calling(times: int) -> Recursion:
    """Returns decimation in frequency with further calls on halves, each added and taken away again."""
    (body,) = dif().bodies
    lines = list(body.lines)
    odd = 4
    for k in range(times):
        lines.append(("self", Term(1, WHOLE, Factor(2 + k))))
        call = len(lines)
        lines.append(("add", Term(odd), Term(call)))
        lines.append(("add", Term(call + 1), Term(call, WHOLE, MINUS)))
        odd = len(lines)
    return Recursion(2, (Body(tuple(lines), ((EVEN, Term(3)), (ODD, Term(odd)))),))


@given(recursions())
@several
def test_the_work_is_all_elements_of_all_vectors_of_all_calls(recursion: Recursion) -> None:
    def elements(n: int) -> int:
        if n == 1:
            return 1
        body = recursion.body(n)
        own = sum(n // body.parts[value] for value in {0} | body.live)
        own += sum(n // slot.parts for slot, _ in body.outputs)
        return own + sum(elements(m) for m in recursion.calls(n))

    for n in family(recursion.radix, 9):
        assert recursion.work(n) == elements(n)


def test_a_program_that_calls_itself_too_often_is_refused_before_it_fills_the_memory() -> None:
    often = calling(2)  # four calls of n / 2: the work grows with the square of n
    assert often.error == 0
    assert close(often(vector(256)), np.fft.fft(vector(256)))
    with pytest.raises(GpfftError, match="does too much for 65536 points"):
        often(vector(65536))
    with pytest.raises(GpfftError, match="does too much for 1024 points"):
        often.unroll(1024)
    assert calling(500).error == np.inf


@pytest.mark.parametrize("name", KNOWN)
def test_no_known_algorithm_calls_itself_too_often(name: str) -> None:
    recursion = KNOWN[name]
    for n in family(recursion.radix, 2**20):
        assert recursion.work(n) <= MOST_WORK


# Unrolling


@given(recursions())
@several
def test_an_unrolled_program_does_what_the_recursive_one_does(recursion: Recursion) -> None:
    for n in family(recursion.radix, 16):
        program = recursion.unroll(n)
        assert program.size == n
        assert close(program(vector(n)), recursion(vector(n)))
        assert close(simplify(program)(vector(n)), recursion(vector(n)))


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_algorithm_unrolled_is_exact(name: str) -> None:
    for n in family(KNOWN[name].radix, 32):
        assert judge(KNOWN[name].unroll(n)).exact


@pytest.mark.parametrize(
    "radix, n, message",
    [
        (2, 0, "the length must be a power of 2, not 0"),
        (2, -2, "the length must be a power of 2, not -2"),
        (2, 6, "the length must be a power of 2, not 6"),
        (2, 4097, "the length must be a power of 2, not 4097"),
        (2, 8192, "8192 points are too many to unroll: a program has at most 4096"),
        (2, 2**60, "points are too many to unroll"),
        (3, 6561, "6561 points are too many to unroll"),
        (3, 8, "the length must be a power of 3, not 8"),
        (5, 15625, "15625 points are too many to unroll"),
        (2, True, "the length must be a power of 2, not True"),
        (2, 4.0, "the length must be a power of 2, not 4.0"),
        (2, "4", "the length must be a power of 2, not '4'"),
        (2, None, "the length must be a power of 2, not None"),
    ],
)
def test_a_length_that_no_program_has_is_not_unrolled(radix: int, n: Any, message: str) -> None:
    with pytest.raises(GpfftError, match=message):
        by_radix(radix).unroll(n)


def test_a_constant_that_no_program_of_the_size_has_is_refused() -> None:
    third = Recursion(2, (body_of(outputs=[(WHOLE, Term(0, WHOLE, Factor(turn=Fraction(1, 3))))]),))
    with pytest.raises(GpfftError, match=r"exp\(-2 pi i 1/3\) is no constant of a program of 8 points"):
        third.unroll(8)


def test_lengths_and_radices_are_checked() -> None:
    assert [check_length(n, 3) for n in (1, 9, np.int64(27))] == [1, 9, 27]
    assert [check_radix(radix) for radix in (2, 3, 5)] == [2, 3, 5]
    assert family(5, 130) == [1, 5, 25, 125] and family(2, 1) == [1]
    assert [reference_size(radix) for radix in (2, 3, 5)] == [1024, 729, 625]


# As a file


@given(recursions())
@several
def test_a_program_comes_back_from_its_json(recursion: Recursion) -> None:
    text = recursion.to_json(made="by hand")
    assert Recursion.from_json(text) == recursion
    assert text.isascii() and json.loads(text)["made"] == "by hand"
    assert Recursion.from_json(json.dumps(json.loads(text))).to_json(made="by hand") == text


GOOD = split_radix().to_json()
junk = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 12), st.integers(), st.floats(), st.text(max_size=4),
        st.sampled_from(["add", "self", "1/0", "1/3", "-1/2", 10**30, 2**63, -(10**9)]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)  # fmt: skip


def places_in(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Returns the path to every entry below."""
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else []
    return [deeper for key in keys for deeper in [(*path, key), *places_in(data[key], (*path, key))]]


def accepted_or_refused(text: str) -> None:
    """A text is a program, which runs and is written again, or it is refused in one line."""
    try:
        recursion = Recursion.from_json(text)
    except GpfftError as error:
        assert len(str(error).splitlines()) == 1 and len(str(error)) < 500
        return
    assert Recursion.from_json(recursion.to_json()) == recursion
    assert recursion(np.ones(recursion.radix**2)).shape == (recursion.radix**2,)
    assert recursion.error >= 0


@given(st.sampled_from(places_in(json.loads(GOOD))), st.one_of(junk, st.just(...)))
@settings(max_examples=400, deadline=None)
def test_a_file_with_anything_changed_is_a_program_or_refused(path: tuple[Any, ...], value: Any) -> None:
    data = json.loads(GOOD)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    accepted_or_refused(json.dumps(data))


@given(st.integers(0, len(GOOD) - 1), st.sampled_from(['"', "9", "-", "[", "]", ",", "}", "0", ".", "/", ""]))
@settings(max_examples=300, deadline=None)
def test_a_file_with_any_character_changed_is_a_program_or_refused(place: int, character: str) -> None:
    accepted_or_refused(GOOD[:place] + character + GOOD[place + 1 :])


@given(st.text(max_size=60))
def test_any_text_is_a_program_or_refused(text: str) -> None:
    accepted_or_refused(text)


DAMAGED = [
    pytest.param("", "no valid JSON", id="empty"),
    pytest.param("[" * 100_000, "no valid JSON", id="a hundred thousand brackets"),
    pytest.param("null", '"format" must be "gpfft algorithm"', id="null"),
    pytest.param(GOOD.replace("gpfft algorithm", "gpfft program"), '"format" must be', id="another format"),
    pytest.param(GOOD.replace('"version": 1', '"version": 2'), "this is version 2", id="version 2"),
    pytest.param(GOOD.replace('"version": 1', '"version": true'), "this is version True", id="version true"),
    pytest.param(GOOD.replace('"radix": 2', '"radix": 4'), "radix must be one of 2, 3, 5", id="radix 4"),
    pytest.param(GOOD.replace('"radix": 2', '"radix": []'), "radix must be one of", id="radix a list"),
    pytest.param(GOOD.replace('"bodies"', '"body"'), "its bodies are damaged", id="no bodies"),
    pytest.param(GOOD.replace('"1/2"', '"1/0"'), "its bodies are damaged", id="a turn of 1/0"),
    pytest.param(GOOD.replace('"1/2"', '"1e9"'), "its bodies are damaged", id="a turn of 1e9"),
    pytest.param(GOOD.replace('"1/2"', "0.5"), "its bodies are damaged", id="a turn of a half, no text"),
    pytest.param(GOOD.replace('[1, 0, "0"]', '[1.0, 0, "0"]'), "its bodies are damaged", id="a power of 1.0"),
    pytest.param(
        GOOD.replace('[1, 0, "0"]', f'[{10**10}, 0, "0"]'), "its bodies are damaged", id="a vast power"
    ),
    pytest.param(GOOD.replace('[1, 0, "0"]', "[1, 0]"), "its bodies are damaged", id="no turn"),
    pytest.param(GOOD.replace("[0, 1, 1, 2]", "[0, 1, 1]"), "its bodies are damaged", id="a view of three"),
    pytest.param(GOOD.replace('"self"', '"exec"'), "neither a sum of two terms nor a call", id="exec"),
    pytest.param(GOOD.replace('"self"', "[]"), "neither a sum of two terms nor a call", id="no name"),
]


@pytest.mark.parametrize("text, message", DAMAGED)
def test_a_damaged_file_is_refused_with_what_is_wrong(text: str, message: str) -> None:
    assert text != GOOD
    with pytest.raises(GpfftError, match=message):
        Recursion.from_json(text)


@given(factors(2))
def test_a_turn_in_a_file_may_be_more_than_one(factor: Factor) -> None:
    term = Term(0, WHOLE, factor._replace(turn=Fraction(1, 4)))
    text = Recursion(2, (body_of(outputs=[(WHOLE, term)]),)).to_json()
    assert Recursion.from_json(text.replace('"1/4"', '"9/4"')) == Recursion.from_json(text)
