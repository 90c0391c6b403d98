"""The order of operations: what is computed and counted stays, fewer values wait in registers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpfft.emit.lower import RealProgram, lower
from gpfft.emit.schedule import Graph, alive, loads, schedule
from gpfft.simplify import simplify

from . import programs


def results(program: RealProgram) -> list[Any]:
    """Returns the outputs for random inputs."""
    inputs = np.random.default_rng(0).standard_normal(program.inputs).tolist()
    return program.run(inputs, [complex(c).real for c in program.constants], 0.0)


@pytest.mark.parametrize("size", [2, 4, 8, 16, 32, 64])
def test_a_schedule_computes_the_same_with_the_same_operations_and_waits_for_fewer_values(size):
    program = lower(simplify(programs.radix2(size)))
    found = schedule(program)
    assert results(found) == results(program) and found.cost == program.cost
    assert (loads(found), alive(found)) <= (loads(program), alive(program))


def test_sixteen_points_need_no_more_than_their_own_parts_in_registers():
    program = schedule(lower(simplify(programs.radix2(16))))
    assert alive(program) == 32 and loads(program) == 0


def chain(length: int) -> RealProgram:
    """Returns ((x0 + x1) + x1) + x1 .. with two inputs."""
    lines = (("+", 0, 1), *(("+", 1 + i, 1) for i in range(1, length)))
    return RealProgram(1, (), lines, (((1, 1 + length), (0, 0)),), inputs=2)


def test_what_is_alive_is_counted_until_its_last_use():
    assert alive(chain(1)) == 2  # both inputs; the sum is stored at once
    assert alive(chain(5)) == 3  # x0 or a sum, x1, and the sum that is made


def test_with_too_few_registers_values_are_fetched_again():
    # s = x0 + x1, d = x0 - x1, then s + d: two inputs and s are wanted at the same time
    lines = (("+", 0, 1), ("-", 0, 1), ("+", 2, 3))
    program = RealProgram(1, (), lines, (((1, 4), (0, 0)),), inputs=2)
    assert loads(program, registers=3) == 0 < loads(program, registers=2)


@st.composite
def graphs(draw: Any) -> Graph:
    inputs = draw(st.integers(1, 4))
    operands = [
        {draw(st.integers(0, inputs + number - 1)), draw(st.integers(0, inputs + number - 1))}
        for number in range(draw(st.integers(0, 30)))
    ]
    return Graph(operands, inputs)


@given(graphs())
def test_every_order_holds_each_operation_once_after_what_it_uses(graph: Graph):
    for order in (graph.frugal(), graph.halved(), graph.order()):
        assert sorted(order) == list(range(len(graph.operands)))
        place = {number: position for position, number in enumerate(order)}
        assert all(place[b] < place[n] for n in order for b in graph.before(n))


@given(graphs())
def test_with_a_register_for_all_that_is_alive_nothing_is_fetched_again(graph: Graph):
    assert graph.loads(graph.alive + 1) == 0
