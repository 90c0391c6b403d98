"""A user's own primitive: the same laws, and evolution without another edit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from primitives import BY_NAME, TABLE, Primitive, add

from gpfft import Codelet, simplify
from gpfft.config import PlainStage
from gpfft.emit.lower import lower
from gpfft.encodings.plain import Plain
from gpfft.field import field_of
from gpfft.search.evolve import Evolution
from tests import naive
from tests.primitives import laws

SUBTRACT = Primitive(
    "subtract", ("value", "value"), lambda a, b: a - b, add.flops, "a subtraction is an addition"
)
TWICE_LESS = Primitive(
    "twice_less", ("value", "value"), lambda a, b: a - b - b, lambda a, p, b, q: 4, "two subtractions"
)
NEGATE = Primitive("negate", ("value",), lambda a: -a, lambda a, p: 0, "a sign is free")
OWN = pytest.mark.parametrize("own", [SUBTRACT, TWICE_LESS, NEGATE], ids=lambda row: row.name)


def numbers(size: int) -> list:
    """Returns a few numbers of the field, none special."""
    field = field_of(size)
    terms = ({0: Fraction(2, 3), 1: Fraction(-5, 2)}, {1: Fraction(7)}, {0: Fraction(1), 3: Fraction(1, 5)})
    return [field.polynomial(term) for term in terms]


@OWN
def test_it_meets_every_law(own: Primitive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BY_NAME, own.name, own)
    laws.all_laws(own, numbers(8), 8)


@OWN
def test_its_chromosomes_decode_to_what_was_evaluated(
    own: Primitive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BY_NAME, own.name, own)
    encoding = Plain(4, PlainStage(), (*TABLE, own))
    chromosomes = [encoding.random(np.random.default_rng(seed)) for seed in range(60)]
    programs = [encoding.decode(genes) for genes in chromosomes]
    live = [name for program in programs for name, *_ in _live_lines(program)]
    assert live.count(own.name) >= 10
    inputs, target = encoding.samples
    for program, (error, flops) in zip(programs, encoding.evaluate(chromosomes)):
        with np.errstate(all="ignore"):
            found = np.linalg.norm(program(inputs.T).T - target) / np.linalg.norm(target)
        if found < 1e6:
            assert error == pytest.approx(found, rel=1e-9, abs=1e-12)
        assert lower(program).cost.flops <= flops


def _live_lines(program):
    return [line for a, line in enumerate(program.lines, program.size) if a in program.last_use]


def test_it_evolves_into_an_exact_program_that_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BY_NAME, SUBTRACT.name, SUBTRACT)
    table = tuple(row for row in TABLE if row.name in ("add", "reference")) + (SUBTRACT,)
    stage = PlainStage(generations=30, population=200)
    evolution = Evolution(Plain(2, stage, table), stage, 0)
    champions = [evolution.step().champion for _ in range(31)]
    errors = [champion.fitness.values[0] for champion in champions]
    assert errors == sorted(errors, reverse=True)
    program = Plain(2, stage, table).decode(champions[-1].genes)
    assert "subtract" in [name for name, *_ in _live_lines(program)]  # no other way to subtract
    assert naive.computes_dft(simplify(program))
    assert Codelet(program).verdict.exact
    assert Codelet(program).cost.flops == 4


@pytest.mark.parametrize(
    "wrong, law",
    [
        pytest.param(
            Primitive("wrong", ("value", "value"), lambda a, b: a - b - b, add.flops, "too cheap"),
            "declared",
            id="flops too low",
        ),
        pytest.param(
            Primitive("wrong", ("value",), lambda a: a + a, lambda a, p: 0, "too cheap"),
            "declared",
            id="an addition for nothing",
        ),
        pytest.param(
            Primitive(
                "wrong",
                ("value", "value"),
                lambda a, b: a - b if isinstance(a, complex) else a + b,
                add.flops,
                "another value in floats",
            ),
            "differs in complex128",
            id="value differs between systems",
        ),
        pytest.param(
            Primitive("wrong", ("value", "value"), lambda a, b: a + b, add.flops, " "),
            "no source",
            id="no source",
        ),
        pytest.param(
            Primitive("wrong", ("value", "index"), lambda a, b: a, add.flops, "mixed"),
            "operands",
            id="operands of two kinds",
        ),
    ],
)
def test_a_wrong_one_is_caught(wrong: Primitive, law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BY_NAME, wrong.name, wrong)
    with pytest.raises(AssertionError, match=law):
        laws.all_laws(wrong, numbers(4), 4)
