"""Lines of descent: what is kept of how a champion came about."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from deap import algorithms
from hypothesis import given
from hypothesis import strategies as st

import gpfft
from gpfft.encodings.inlined import Inlined
from gpfft.encodings.plain import Plain
from gpfft.encodings.pool import Pool
from gpfft.encodings.recursive import Recursive
from gpfft.encodings.rescaled import Rescaled
from gpfft.encodings.two_sided import TwoSided
from gpfft.record import read_ancestry
from gpfft.search import descent
from gpfft.search.descent import Line, Step, after, named_gains

from .test_engine import few, of_any_size, short, unrolled

FIRST = Step(0, "random", 0.5, 10)
LINE = (FIRST, Step(3, "delete", 0.0, 12))

KINDS = {kind.name: kind for kind in (Inlined, Plain, Pool, Recursive, Rescaled, TwoSided)}
RUNS = {
    **{name: short(few(name), 2, name) for name in ("plain", "pool", "two-sided", "auto")},
    "unrolled": unrolled(seed=2),
    "any size": of_any_size(3),
    "islands": replace(short(8, 1), islands=3, interval=2),
    "terms that come and go": short(8, 1, "pool", generations=8, terms_first=2),
}


@pytest.fixture(scope="module", params=RUNS)
def run(request, tmp_path_factory):
    return gpfft.evolve(config=RUNS[request.param], out=tmp_path_factory.mktemp("run") / "run", workers=1)


def test_the_first_step_is_a_random_chromosome_or_the_start(run):
    first = "start" if run.config.stage_names[0] == "two-sided" else "random"
    assert (run.ancestry[0]["move"], run.ancestry[0]["stage"]) == (first, run.config.stage_names[0])


def test_each_step_is_a_gain_unless_the_schedule_moved_or_the_stage_counts_otherwise(run):
    for before, step in zip(run.ancestry, run.ancestry[1:]):
        same_count = before["stage"] == step["stage"]
        if same_count and step["move"] != "weighed anew" and not step["move"].startswith("unrolled"):
            assert (step["error"], step["flops"]) < (before["error"], before["flops"])
            assert step["generation"] >= before["generation"]


def test_the_last_step_is_the_champion_as_the_search_counted_it(run):
    row, last = run.champions[-1][0], run.ancestry[-1]
    assert last["generation"] <= row["generation"]
    if "unrolled" not in last["move"] and last["stage"] == row["stage"]:
        assert (last["error"], last["flops"]) == (row["error"], row["flops"])


def test_every_move_is_one_of_its_encoding(run):
    others = {"random", "start", "varied start", "crossover", "weighed anew"}
    others.add(f"unrolled at {run.config.size} points")
    for step in run.ancestry:
        for words in step["move"].split(", "):
            move = re.sub(r" [0-9]+%$", "", words)
            assert move in others or move in KINDS[step["stage"]].moves


def test_a_run_folder_keeps_it(run):
    assert gpfft.load(run.folder).ancestry == read_ancestry(run.folder) == run.ancestry


def test_an_unrolled_algorithm_has_the_descent_of_the_algorithm(tmp_path):
    whole = gpfft.evolve(config=of_any_size(3), out=tmp_path / "any")
    run = gpfft.unroll(tmp_path / "any", 4, tmp_path / "four")
    assert run.ancestry[:-1] == whole.ancestry
    assert run.ancestry[-1]["move"] == "unrolled at 4 points"
    assert gpfft.load(tmp_path / "four").ancestry == run.ancestry


@pytest.mark.parametrize("worth", [(0.0, 13), (0.0, 12), (0.1, 3)])
def test_what_is_no_gain_adds_no_step(worth):
    assert after(LINE, 5, "delete", worth) is LINE


@pytest.mark.parametrize("worth", [(0.0, 11), (0.0, 0)])
def test_a_gain_adds_a_step(worth):
    assert after(LINE, 5, "delete", worth) == (*LINE, Step(5, "delete", *worth))


def test_another_worth_of_the_same_chromosome_adds_a_step_even_if_it_is_worse():
    assert after(LINE, 5, "weighed anew", (0.5, 20), anew=True)[-1] == Step(5, "weighed anew", 0.5, 20)
    assert after(LINE, 5, "weighed anew", (0.0, 12), anew=True) is LINE


def test_a_line_does_not_grow_for_ever_and_its_end_is_always_there():
    line: Line = ()
    for flops in range(3000, 0, -1):
        line = after(line, 3000 - flops, "delete", (0.0, flops))
    assert len(line) == descent.MOST_STEPS and line[0].flops == 3000 and line[-1].flops == 1


def test_moves_are_named_with_their_shares_the_most_profitable_first():
    moves = ("insert", "delete", "change", "swap", "turn")
    assert named_gains(moves, np.array([0.0, 0.0, 3.0, 0.0, 0.0])) == "change"
    assert named_gains(moves, np.array([1.0, 0.0, 3.0, 0.0, 0.0])) == "change 75%, insert 25%"
    assert named_gains(moves, np.array([1.0, 2.0, 3.0, 4.0, 0.0])) == "swap 40%, change 30%, delete 20%"
    assert named_gains(moves, np.zeros(5)) == ""


@st.composite
def families(draw: Any) -> list[Line]:
    """Lines that have beginnings in common, as descendants have."""
    lines: list[Line] = [()]
    for number in range(draw(st.integers(0, 12))):
        step = Step(number, draw(st.sampled_from(["a", "b"])), 0.0, draw(st.integers(0, 3)))
        lines.append((*draw(st.sampled_from(lines)), step))
    return draw(st.lists(st.sampled_from(lines), max_size=8))


@given(families())
def test_lines_are_the_same_after_json_and_what_they_share_is_there_once(lines):
    nodes, ends = descent.as_json(lines)
    assert descent.from_json(nodes, ends) == lines
    assert len(nodes) == len({tuple(map(id, line[:n])) for line in lines for n in range(1, len(line) + 1)})


@pytest.mark.parametrize(
    "nodes, ends",
    [
        pytest.param([[0, 1, "a", 0.0, 1]], [0], id="a step before itself"),
        pytest.param([[-1, 1, "a", 0.0, 1]], [1], id="a step that is not there"),
        pytest.param([[-1, 1, "a", 0.0, 1]], [-2], id="a place before the first"),
        pytest.param([[-1, 1, "a", 0.0]], [0], id="a number missing"),
        pytest.param([[-1, 1, "a", float("nan"), 1]], [0], id="an error that is no number"),
        pytest.param([[-1, 1, "a" * 201, 0.0, 1]], [0], id="a long text"),
        pytest.param([[-1, -1, "a", 0.0, 1]], [0], id="a negative generation"),
        pytest.param([[-1, True, "a", 0.0, 1]], [0], id="a generation that is true"),
        pytest.param([[n - 1, 1, "a", 0.0, 1] for n in range(1001)], [1000], id="a line that is too long"),
    ],
)
def test_lines_that_no_search_makes_are_refused(nodes, ends):
    with pytest.raises((ValueError, TypeError)):
        descent.from_json(nodes, ends)


def test_many_that_share_a_long_line_share_it_in_memory():
    nodes = [[n - 1, n, "a", 0.0, 1] for n in range(1000)]
    first, *others = descent.from_json(nodes, [999] * 1000)
    assert len(first) == 1000 and all(line is first for line in others)


def test_what_was_done_is_forgotten_by_deaps_own_algorithms_too():
    """They clone before they vary, and know nothing of it."""
    box = gpfft.toolbox(4, 1, encoding="plain")
    population, _ = algorithms.eaSimple(box.population(20), box, 0.5, 1.0, 30, verbose=False)
    assert max(len(individual.done) for individual in population) < 100
