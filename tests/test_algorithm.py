"""An algorithm is proved at small sizes, tried at large ones, counted at all, and refused when wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import gpfft
from gpfft import Algorithm, Codelet, GpfftError, Recursion, simplify
from gpfft.counting import recurrence
from gpfft.emit.lower import lower
from gpfft.recursion import WHOLE, Body, Factor, Term, family
from tests import naive
from tests.recursions import KNOWN, LOW, dif, recursions, split_radix
from tests.test_recursion import GOOD, calling


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes are compared with numpy up to 2^12 only."""
    monkeypatch.setattr("gpfft.algorithm.TRIED", 2**12)


def with_power(k: int) -> Recursion:
    """Returns decimation in frequency with W^(k j) in the place of W^j."""
    (body,) = dif().bodies
    *lines, (_, last) = body.lines
    lines.append(("self", last._replace(factor=Factor(k))))
    return Recursion(2, (Body(tuple(lines), body.outputs),))


def exchanged(recursion: Recursion) -> Recursion:
    """Returns the program with the places of its first two outputs exchanged."""
    (body,) = recursion.bodies
    (a, first), (b, second), *rest = body.outputs
    return Recursion(recursion.radix, (Body(body.lines, ((b, first), (a, second), *rest)),))


# The judge's word


@pytest.mark.parametrize("name", ["dit", "split radix"])
def test_a_known_algorithm_is_proved_to_64_points_and_right_to_a_million(name: str) -> None:
    verdict = Algorithm(KNOWN[name]).verdict
    assert (verdict.exact, verdict.failed) == (True, "")
    assert "at n = 1, 2, 4, 8, 16, 32, 64, proved in exact arithmetic" in verdict.detail
    assert "up to n = 1048576 relative error at most" in verdict.detail


@pytest.mark.parametrize("name", KNOWN)
def test_every_known_algorithm_is_exact(name: str, quick: None) -> None:
    algorithm = Algorithm(KNOWN[name])
    assert algorithm.verdict.exact
    assert algorithm.worth == (0, recurrence(KNOWN[name], family(algorithm.radix, 1024)[-1]))
    assert f"up to n = {family(algorithm.radix, 2**12)[-1]} " in str(algorithm.verdict)


@pytest.mark.parametrize("k, wrong_at", [(0, 4), (3, 4), (5, 8), (9, 16), (17, 32), (33, 64), (65, 128)])
def test_a_program_that_is_wrong_from_some_size_on_is_refused_at_that_size(
    k: int, wrong_at: int, quick: None
) -> None:
    """W_n^(k j) is W_n^j where n divides k - 1; half a vector of j does not tell n from n / 2."""
    wrong = Algorithm(with_power(k))
    for n in family(2, 256)[1:]:
        right = np.allclose(wrong(np.eye(n)[1]), naive.dft(np.eye(n)[1].tolist()))
        assert right == (n < wrong_at)
    assert not wrong.verdict.exact
    assert f"at {wrong_at} points: " in wrong.verdict.detail
    assert wrong.verdict.failed == ("impulse response" if wrong_at <= 64 else "large sizes")


def test_what_fitness_cannot_see_the_judge_does() -> None:
    """At 4 and 8 points W^(9 j) is W^j."""
    wrong = Algorithm(with_power(9))
    assert wrong.program.error == 0 and wrong.worth[0] == 0
    assert str(wrong.verdict).startswith("refused: impulse response: at 16 points: ")


def test_a_program_that_is_right_as_far_as_it_is_proved_is_compared_with_numpy() -> None:
    wrong = Algorithm(with_power(65))
    assert all(wrong.unroll(n).verdict.exact for n in family(2, 64))
    assert str(wrong.verdict).startswith("refused: large sizes: at 128 points: relative error ")
    assert str(wrong.verdict).endswith(" to numpy.fft")


WRONG: list[Any] = [
    pytest.param(exchanged(dif()), "impulse response", "at 2 points", id="outputs exchanged"),
    pytest.param(Recursion(2, (Body((), ()),)), "impulse response", "at 2 points", id="nothing"),
    pytest.param(
        Recursion(3, (Body((), ((WHOLE, Term(0)),)),)), "impulse response", "at 3 points", id="the input"
    ),
    pytest.param(
        Recursion(2, (Body((), ((WHOLE, Term(0, WHOLE, Factor(turn=Fraction(1, 3)))),)),)),
        "unrolling",
        "at 2 points: exp(-2 pi i 1/3) is no constant",
        id="a constant that no program has",
    ),
    pytest.param(
        Recursion(2, (Body((("self", Term(0, LOW)),) * 3000, ((LOW, Term(3000)),)),)),
        "impulse response",
        "at 2 points",
        id="dead calls",
    ),
]


@pytest.mark.parametrize("recursion, failed, detail", WRONG)
def test_a_wrong_program_is_refused_shown_counted_and_not_exported(
    recursion: Recursion, failed: str, detail: str
) -> None:
    wrong = Algorithm(recursion)
    assert (wrong.verdict.exact, wrong.verdict.failed) == (False, failed)
    assert detail in wrong.verdict.detail
    assert wrong.listing().startswith("# fft")
    assert len(wrong.account) == 2 and wrong.measured["error"] > 0
    with pytest.raises(GpfftError, match="not exported, because it is no exact DFT"):
        wrong.export("numpy")


@given(recursions())
@settings(max_examples=25, deadline=None)
def test_what_is_accepted_is_the_dft(recursion: Recursion) -> None:
    verdict = Algorithm(recursion).verdict
    n = recursion.radix**2
    rows = np.eye(n).astype(complex).tolist()
    right = all(np.allclose(naive.recurse(recursion, row), naive.dft(row)) for row in rows)
    assert right or not verdict.exact


def test_a_right_program_that_calls_itself_too_often_to_be_tried_is_refused_and_counted_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four calls of n / 2: a million points would be 10^12 elements."""
    monkeypatch.setattr("gpfft.algorithm.MOST_WORK", 2**20)
    monkeypatch.setattr("gpfft.recursion.MOST_TRACED", 2**17)
    often = Algorithm(calling(2))
    assert str(often.verdict).startswith("refused: large sizes: at ")
    assert str(often.verdict).endswith("it takes too much work to be tried")
    assert recurrence(calling(2), 1024) >= often.flops(1024) > 2 * often.flops(512) > 4 * often.flops(256)
    assert "at n = 256" in often.account[1] and len(often.scaling) == 20
    often = Algorithm(calling(98))  # a hundred
    assert str(often.verdict).startswith("refused: unrolling: at 8 points: it does too much")
    assert often.listing() and often.measured["size"] == 1024


# The count


@pytest.mark.parametrize("n", [2**k for k in range(1, 17)])
def test_split_radix_costs_4_n_lg_n_minus_6_n_plus_8(n: int) -> None:
    assert Algorithm(split_radix()).flops(n) == 4 * n * (n.bit_length() - 1) - 6 * n + 8  # Yavne 1968


@pytest.mark.parametrize("n, flops", [(1, 0), (2, 4), (4, 16), (8, 56), (16, 168), (32, 456), (64, 1160)])
def test_split_radix_costs_what_the_codelets_of_fftw_do(n: int, flops: int) -> None:
    """N = 2 to 64: FFTW 3.3.10, header comments of the shipped generated codelets."""
    assert Algorithm(split_radix()).flops(n) == flops


@pytest.mark.parametrize("n", [2048, pytest.param(4096, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["dif", "split radix"])
def test_past_1024_points_the_count_is_still_that_of_the_unrolled_program(name: str, n: int) -> None:
    algorithm = Algorithm(KNOWN[name])
    assert algorithm.flops(n) == lower(simplify(KNOWN[name].unroll(n))).cost.flops


@pytest.mark.parametrize("n", [0, -2, 3, 48, 2.0, "8", None, True])
def test_a_length_that_is_not_of_the_family_is_not_counted(n: Any) -> None:
    with pytest.raises(GpfftError, match="the length must be a power of 2, not "):
        Algorithm(dif()).flops(n)


def test_scaling_is_a_row_a_size_with_the_known_algorithms_beside() -> None:
    algorithm = Algorithm(split_radix())
    rows = algorithm.scaling
    assert [row["n"] for row in rows] == family(2, 2**20)[1:]
    assert all(row["evolved"] == row["split_radix"] == algorithm.flops(row["n"]) for row in rows)
    assert algorithm.tables["scaling.csv"].splitlines()[10].startswith("1024,34824,")


# Unrolled


@pytest.mark.parametrize("name", KNOWN)
def test_unrolled_it_is_a_codelet_that_says_so(name: str) -> None:
    algorithm = Algorithm(KNOWN[name], "made so", "told that")
    n = family(algorithm.radix, 64)[-1]
    codelet = algorithm.unroll(n)
    assert isinstance(codelet, Codelet)
    assert (codelet.size, codelet.made, codelet.given) == (n, "made so, unrolled", "told that")
    assert codelet.verdict.exact and codelet.error == 0
    assert codelet.cost.flops == algorithm.flops(n)
    assert simplify(codelet.program) == codelet.program


@pytest.mark.parametrize(
    "n, message",
    [
        (0, "the length must be a power of 2, not 0"),
        (48, "the length must be a power of 2, not 48"),
        (8192, "8192 points are too many to unroll"),
    ],
)
def test_a_length_that_it_has_not_is_not_unrolled(n: int, message: str) -> None:
    with pytest.raises(GpfftError, match=message):
        Algorithm(dif()).unroll(n)


# Called, said, written


def test_it_is_called_on_vectors_of_any_length_of_the_family() -> None:
    algorithm = Algorithm(KNOWN["radix 3"])
    for n in (1, 3, 9, 729):
        x = np.random.default_rng(n).standard_normal(n)
        assert np.allclose(algorithm(x), np.fft.fft(x))
    with pytest.raises(GpfftError, match="the length must be a power of 3, not 8"):
        algorithm(np.ones(8))


def test_the_header_says_what_it_is_and_what_it_costs_beside_what_is_known() -> None:
    made = Algorithm(split_radix(), "gpfft evolve --any-size --seed 0", "little").header
    assert made[0].startswith("fft: X[k] = ") and "n any power of 2" in made[0]
    assert made[1:3] == ["made: gpfft evolve --any-size --seed 0", "given: little"]
    # Yavne 1968; Johnson & Frigo 2007
    assert made[3].startswith("cost: 34824 flops at n = 1024; ")
    assert made[3].endswith("split radix 34824, tangent FFT 33968")
    assert Algorithm(KNOWN["radix 5"]).name == "fft_radix5"
    assert "flops at n = 625; definition" in Algorithm(KNOWN["radix 5"]).header[3]


def test_the_account_gives_counts_and_the_rounding_error(quick: None) -> None:
    counted, rounding = Algorithm(split_radix()).account
    assert counted.startswith("counted: 4, 16, 56, 168, 456, 1160, ")
    assert counted.endswith(" 34824 flops at n = 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024")
    assert rounding.startswith("rounding: relative error ") and rounding.endswith(" at n = 4096")
    measured = Algorithm(split_radix()).measured
    assert (measured["size"], measured["flops"], measured["error"]) == (1024, 34824, 0)
    assert 0 < measured["rounding"] < 1e-14


def test_it_is_exported_when_it_is_right(quick: None) -> None:
    module: dict[str, Any] = {}
    exec(Algorithm(split_radix()).export("numpy"), module)
    x = np.arange(32) * (1 + 2j)
    assert np.allclose(module["fft"](x), np.fft.fft(x))


@pytest.mark.parametrize("name", KNOWN)
def test_it_comes_back_from_its_json(name: str) -> None:
    algorithm = Algorithm(KNOWN[name], "a line", 'what "was" said')
    assert Algorithm.from_json(algorithm.to_json()) == algorithm
    assert replace(algorithm, made="by hand") != algorithm


def test_a_file_that_does_not_say_how_it_was_made_is_read() -> None:
    algorithm = Algorithm.from_json(GOOD)
    assert (algorithm.program, algorithm.made, algorithm.given) == (split_radix(), "unknown", "unknown")


def test_what_a_file_says_of_itself_is_one_line() -> None:
    data = {**json.loads(GOOD), "made": "a\nb\x1b[2J", "given": ["c"] * 1000}
    algorithm = Algorithm.from_json(json.dumps(data))
    assert algorithm.made == "a b\\x1b[2J"
    assert len(algorithm.given) <= 5000 and algorithm.given.isprintable()


@pytest.mark.parametrize("text", ["", "{}", GOOD.replace("gpfft algorithm", "gpfft program")])
def test_a_text_that_is_no_algorithm_is_refused(text: str) -> None:
    with pytest.raises(GpfftError, match="not an algorithm"):
        Algorithm.from_json(text)


def test_an_algorithm_is_what_the_package_names_so() -> None:
    assert gpfft.Algorithm is Algorithm and gpfft.Recursion is Recursion
