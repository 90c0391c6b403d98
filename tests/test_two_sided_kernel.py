"""Moves on two-sided chromosomes leave the product as it is, and the books that they keep are right."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gpfft.encodings.two_sided import TwoSided, kernel
from gpfft.encodings.two_sided.encoding import PRICES
from gpfft.target import dft

from . import two_sided
from .two_sided import PRIME, matrices

# splitmix64 wraps around, of which numpy warns where it runs as plain Python
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered in scalar")
EVEN = np.arange(1, 7) / 6  # all moves are equally frequent
MOVES = {
    "flip": kernel.try_flip, "gate": kernel.try_gate, "butterfly": kernel.try_butterfly,
    "remove": kernel.try_remove, "regroup": kernel.try_regroup, "resum": kernel.try_resum,
}  # fmt: skip
seeds = st.integers(0, 2**62)
numbers = st.integers(0, PRIME - 1)


def grown(problem: Any, seed: int, steps: int = 80, heat: float = 1.5, price: Any = PRICES) -> kernel.State:
    """Returns a state after some proposals."""
    rows, shape, units = problem
    state = kernel.State(*kernel.fresh(rows, shape, units, price, PRIME, seed))
    for _ in range(steps):
        kernel.propose(state, EVEN, heat)
    return state


def books(state: kernel.State) -> tuple[Any, ...]:
    """Returns what must come back when a move is taken back: the core, the cost, gates and their uses."""
    gates = tuple(
        sorted((n, *state.value[side, :, n].tolist()[:9]) for n in gates_of(state, side)) for side in (0, 1)
    )
    return state.core.tolist(), int(state.info[kernel.COST]), gates, state.value[:, kernel.REF].tolist()


def gates_of(state: kernel.State, side: int) -> list[int]:
    return state.value[side, kernel.LIST, : state.info[kernel.GATES + side]].tolist()


def assert_books_are_right(state: kernel.State) -> None:
    """Counts all anew: the uses of values, the gates that are there, and the cost."""
    info, value = state.info, state.value
    cost = 0
    for row, column in np.argwhere(state.core.any(axis=2)).tolist():
        cost += two_sided.price(tuple(state.core[row, column].tolist()), info[kernel.PRICE :])
    for side in (0, 1):
        gates, base = gates_of(state, side), int(info[kernel.BASE + side])
        assert np.flatnonzero(value[side, kernel.KEPT]).tolist() == sorted([*range(base), *gates])
        assert [value[side, kernel.PLACE, n] for n in gates] == list(range(len(gates)))
        operands = {n: value[side, kernel.A : kernel.B + 1, n].tolist() for n in gates}
        users, uses = ([0] * int(info[kernel.SPACE]) for _ in range(2))
        for v, line in enumerate(state.core.any(axis=2).sum(axis=side).tolist()):
            uses[v] = line
        alive: set[int] = set()
        waiting = [n for n in gates if uses[n]]
        while waiting:
            n = waiting.pop()
            if n not in alive:
                alive.add(n)
                waiting += [v for v in operands[n] if v >= base]
        for n in gates:
            for v in operands[n]:
                users[v] += 1
                uses[v] += n in alive
        assert value[side, kernel.USERS].tolist() == users
        kept = [*range(base), *gates]
        assert value[side, kernel.REF, kept].tolist() == [uses[v] for v in kept]
        assert not any(uses[v] for v in range(int(info[kernel.SPACE])) if v not in kept)
        cost += len(alive) * int(info[kernel.PRICE + kernel.GATE])
    assert info[kernel.COST] == cost


def slow_mark(state: kernel.State, side: int, v: int) -> tuple[int, int]:
    """Returns the fingerprint of a value, worked out from those of the base values."""
    marks = state.value[side, kernel.RE : kernel.IM + 1]
    if v < state.info[kernel.BASE + side]:
        return tuple(marks[:, v].tolist())
    a, b, u, w = state.value[side, : kernel.UB + 1, v].tolist()
    x = two_sided.times(two_sided.UNITS[u], slow_mark(state, side, a))
    y = two_sided.times(two_sided.UNITS[w], slow_mark(state, side, b))
    return (x[0] + y[0]) % PRIME, (x[1] + y[1]) % PRIME


# Numbers


def test_the_dice_are_those_of_splitmix64():
    """Vigna, splitmix64.c, public domain, 2015; the values for seed 1234567 are those of Rosetta Code."""
    state = grown((two_sided.entries({(0, 0): (1, 0)}), (1, 1), 4), 1234567, steps=0)
    wanted = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [int(kernel.draw(state)) for _ in wanted] == [number >> 1 for number in wanted]


@given(seeds, st.integers(1, 2**31 - 1))
def test_dice_stay_in_their_range(seed: int, most: int):
    state = grown((two_sided.entries({(0, 0): (1, 0)}), (1, 1), 2), seed, steps=0)
    for _ in range(5):
        assert 0 <= kernel.below(state, most) < most
        assert 0 <= kernel.uniform(state) < 1
        assert kernel.any_unit(state) in (0, 2)
        assert kernel.allowance(state, 1.0) >= 0 == kernel.allowance(state, 0.0)


@given(numbers, numbers)
def test_sums_and_halves_are_those_modulo_the_prime(x: int, y: int):
    x, y = np.int64(x), np.int64(y)
    assert kernel.plus(x, y, PRIME) == int(x + y) % PRIME
    assert kernel.minus(x, y, PRIME) == int(x - y) % PRIME
    half = kernel.half(x, PRIME)
    assert 0 <= half < PRIME and 2 * int(half) % PRIME == x


@given(st.sampled_from([0, 1, PRIME - 1, 5, PRIME - 5]) | numbers, numbers, st.integers(0, 3))
def test_turning_is_multiplication_by_a_unit(re: int, im: int, u: int):
    assert kernel.turned(re, im, u, PRIME) == two_sided.times(two_sided.UNITS[u], (re, im))


small = st.sampled_from([0, 1, PRIME - 1, 5, PRIME - 5, 7])


@given(small, small)
def test_the_kind_of_a_number_is_that_of_its_size_up_to_sign(re: int, im: int):
    assert kernel.kind(re, im, PRIME) == two_sided.price((re, im), range(8))


# Moves


@pytest.mark.parametrize("move", MOVES)
@settings(max_examples=15)
@given(matrices(), seeds)
def test_a_move_changes_no_product_and_keeps_its_books(move: str, problem: Any, seed: int):
    state = grown(problem, seed)
    wanted = two_sided.product(*problem[:2])
    for _ in range(6):
        for _ in range(5):
            MOVES[move](state, 2.0)
        assert_books_are_right(state)
        assert two_sided.product(kernel.kept(state), problem[1]) == wanted


@pytest.mark.parametrize("move", MOVES)
def test_every_kind_of_move_is_accepted_at_times_and_taken_back_at_others(move: str):
    encoding = TwoSided(dft(5))
    state = grown((encoding._entries, (5, 5), 4), 3, price=PRICES)
    outcomes = set()
    for _ in range(400):
        before = [state.core.copy(), state.value[:, : kernel.UB + 1].copy()]
        MOVES[move](state, 1.0)
        outcomes.add(all(map(np.array_equal, before, (state.core, state.value[:, : kernel.UB + 1]))))
        kernel.propose(state, EVEN, 1.0)
    assert outcomes == {True, False}


@settings(max_examples=40)
@given(matrices(), seeds, st.lists(st.integers(0, 9), min_size=7, max_size=7))
def test_the_books_are_right_whatever_things_cost(problem: Any, seed: int, prices: list[int]):
    state = grown(problem, seed, steps=150, heat=3.0, price=np.array([0, *prices]))
    assert_books_are_right(state)
    assert two_sided.product(kernel.kept(state), problem[1]) == two_sided.product(*problem[:2])


@settings(max_examples=40)
@given(matrices(), seeds)
def test_fingerprints_are_those_of_the_sums_that_values_stand_for(problem: Any, seed: int):
    state = grown(problem, seed)
    for side in (0, 1):
        marks = {}
        for v in gates_of(state, side):
            mark = marks[v] = slow_mark(state, side, v)
            assert tuple(state.value[side, kernel.RE : kernel.IM + 1, v].tolist()) == mark
            for u in range(4):
                assert kernel.find(state, side, *two_sided.times(two_sided.UNITS[u], mark)) == (v, u)
        assert kernel.find(state, side, 1, 2) == (-1, 0)


@settings(max_examples=40)
@given(matrices(), seeds)
def test_dependence_is_that_of_the_operands(problem: Any, seed: int):
    state = grown(problem, seed)
    for side in (0, 1):
        base = int(state.info[kernel.BASE + side])
        below: dict[int, set[int]] = {v: {v} for v in range(base)}

        def made_from(v: int, side: int = side, below: dict[int, set[int]] = below) -> set[int]:
            if v not in below:
                a, b = state.value[side, : kernel.B + 1, v].tolist()
                below[v] = {v} | made_from(a) | made_from(b)
            return below[v]

        values = [*range(base), *gates_of(state, side)]
        for v in values:
            for n in values:
                assert kernel.depends(state, side, v, n) == (n in made_from(v))


@settings(max_examples=40)
@given(matrices(), seeds, seeds)
def test_what_is_taken_back_leaves_no_trace(problem: Any, seed: int, more: int):
    state = grown(problem, seed)
    before, rng = books(state), np.random.default_rng(more)
    for _ in range(3):
        side, n = kernel.any_gate(state)
        if n >= 0:
            lines = [*range(state.info[kernel.BASE + 1 - side]), *gates_of(state, 1 - side)]
            number = rng.integers(PRIME, size=2)
            kernel.flip(state, side, n, rng.choice(lines), *number)
    assert_books_are_right(state)
    kernel.undo(state)
    assert books(state) == before
    assert state.info[kernel.LOGGED] == 0


@settings(max_examples=40)
@given(matrices(), seeds, st.integers(0, 1), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_a_butterfly_is_taken_back_without_a_trace(
    problem: Any, seed: int, side: int, a: int, b: int, u: int
):
    state = grown(problem, seed, steps=30)
    assume(a != b and max(a, b) < problem[1][1 - side])
    before = books(state)
    n, m = kernel.move_butterfly(state, side, a, b, u)
    if n >= 0:
        assert_books_are_right(state)
        kernel.undo(state)
        kernel.free(state, side, n)
        kernel.free(state, side, m)
    assert books(state)[:3] == before[:3]
    assert_books_are_right(state)


@settings(max_examples=40)
@given(matrices(), seeds)
def test_without_heat_the_cost_never_rises(problem: Any, seed: int):
    state = grown(problem, seed)
    for _ in range(60):
        before = state.info[kernel.COST]
        kernel.propose(state, EVEN, 0.0)
        assert state.info[kernel.COST] <= before


@settings(max_examples=40)
@given(matrices(), seeds, seeds, two_sided.residues(False))
def test_a_change_costs_no_less_than_is_foretold(problem: Any, seed: int, more: int, number: Any):
    state, rng = grown(problem, seed), np.random.default_rng(more)
    for _ in range(10):
        column, row = (
            rng.choice([*range(state.info[kernel.BASE + side]), *gates_of(state, side)]) for side in (0, 1)
        )
        worse, maybe_less = kernel.surely(state, row, column, *number)
        before = state.info[kernel.COST]
        kernel.change(state, 0, row, column, *number)
        assert state.info[kernel.COST] - before >= worse or maybe_less
        kernel.undo(state)


@settings(max_examples=30)
@given(matrices(), seeds)
def test_where_all_room_is_taken_by_gates_in_use_none_is_made(problem: Any, seed: int):
    """Those that nothing uses are swept away first."""
    state = grown(problem, seed)
    wanted = two_sided.product(*problem[:2])
    for side in (0, 1):
        last = 0
        while (new := kernel.make(state, side, last, 0, 0, 0)) >= 0:
            kernel.hold(state, side, new)
            last = new
        assert kernel.count(state, side) == state.info[kernel.SPACE]
        assert state.value[side, kernel.REF, gates_of(state, side)].all()
    before = books(state)
    kernel.try_gate(state, 1.0)
    kernel.try_butterfly(state, 1.0)
    assert books(state) == before
    for _ in range(30):
        kernel.propose(state, EVEN, 1.0)
    assert two_sided.product(kernel.kept(state), problem[1]) == wanted


# Chromosomes


@settings(max_examples=40)
@given(matrices(), seeds)
def test_a_chromosome_is_loaded_and_stored_as_it_was(problem: Any, seed: int):
    _, shape, units = problem
    state = grown(problem, seed)
    rows = kernel.kept(state)
    again = kernel.kept(kernel.fresh(rows, shape, units, PRICES, PRIME, seed))
    gates = rows[:, 0] < 2
    assert np.array_equal(again[: gates.sum()], rows[gates])
    assert sorted(again.tolist()) == sorted(rows.tolist())
    third = kernel.kept(kernel.fresh(again, shape, units, PRICES, PRIME, seed))
    assert np.array_equal(third, again)


@settings(max_examples=40)
@given(matrices(), seeds)
def test_the_cost_kept_is_that_of_the_chromosome_counted_by_hand(problem: Any, seed: int):
    _, shape, units = problem
    state = grown(problem, seed)
    rows = kernel.kept(state)
    assert kernel.cost(rows, shape, units, PRICES, PRIME) == state.info[kernel.COST]
    assert two_sided.count(rows, shape, PRICES) == state.info[kernel.COST]


def test_a_gate_that_nothing_uses_costs_nothing_and_is_not_stored():
    rows = np.array([
        (0, 0, 0, 1, 0),  # x0 + x1 (value 2), used by value 3 only
        (0, 2, 0, 0, 1),  # (x0 + x1) + i x0 (value 3), dead
        (1, 0, 0, 1, 2),  # to X0 and to -X1 (accumulator 2)
        (2, 2, 0, 1, 0),  # x0 into accumulator 2
    ])  # fmt: skip
    assert kernel.cost(rows, (2, 2), 4, PRICES, PRIME) == 2 == two_sided.count(rows, (2, 2), PRICES)
    kept = kernel.kept(kernel.fresh(rows, (2, 2), 4, PRICES, PRIME, 0))
    assert np.array_equal(kept, rows[2:])
    assert two_sided.product(kept, (2, 2)) == {(0, 0): (1, 0), (1, 0): (PRIME - 1, 0)}


@settings(max_examples=40)
@given(matrices(), seeds)
@example((two_sided.entries({(0, 0): (1, 0)}), (1, 1), 4), 0)
def test_a_burst_keeps_the_product_and_finds_nothing_dearer(problem: Any, seed: int):
    rows, shape, units = problem
    rows.flags.writeable = False
    given_ = rows.copy()
    setting = shape, units, PRICES, PRIME
    for drift in (0, 3):
        last, best = kernel.burst(rows, *setting, seed, EVEN, 300, 1.0, 0.2, drift, 0, np.zeros(6))
        for found in (last, best):
            assert two_sided.product(found, shape) == two_sided.product(rows, shape)
            assert kernel.cost(found, *setting) == two_sided.count(found, shape, PRICES)
        assert kernel.cost(best, *setting) <= min(kernel.cost(rows, *setting), kernel.cost(last, *setting))
        again = kernel.burst(rows, *setting, seed, EVEN, 300, 1.0, 0.2, drift, 0, np.zeros(6))
        assert np.array_equal(again[0], last) and np.array_equal(again[1], best)
        assert np.array_equal(rows, given_)


@pytest.mark.parametrize("size", [3, 5])
def test_compiled_and_plain_bursts_are_the_same(size: int):
    encoding = TwoSided(dft(size))
    problem = encoding._entries, (size, size), 4, PRICES, encoding.prime
    compiled, interpreted = (
        module.burst(*problem, 5, EVEN, 400, 1.0, 0.2, 6, 0, np.zeros(6))
        for module in (kernel, plain_kernel())
    )
    for a, b in zip(compiled, interpreted):
        assert np.array_equal(a, b)
    done, slow = (module.butterflies(*problem, 5) for module in (kernel, plain_kernel()))
    assert np.array_equal(done, slow)


def plain_kernel() -> Any:
    """Returns the module anew, its functions as plain Python."""
    source = Path(kernel.__file__).read_text().replace("@cached\n", "")
    names = {"__name__": kernel.__name__}
    exec(compile(source, kernel.__file__, "exec"), names)
    return SimpleNamespace(**names)


def test_a_burst_of_no_steps_is_a_copy():
    problem = TwoSided(dft(3))._entries, (3, 3), 4, PRICES, PRIME
    last, best = kernel.burst(*problem, 1, EVEN, 0, 1.0, 0.2, 5, 0, np.zeros(6))
    assert np.array_equal(last, problem[0]) and np.array_equal(best, problem[0])


# Butterflies


@settings(max_examples=40)
@given(matrices(), seeds)
def test_butterflies_lower_the_cost_and_keep_the_product(problem: Any, seed: int):
    rows, shape, units = problem
    setting = shape, units, PRICES, PRIME
    done = kernel.butterflies(rows, *setting, seed)
    wanted = two_sided.product(rows, shape)
    costs = [kernel.cost(rows, *setting)]
    for length in range(1, len(done) + 1):
        found = kernel.applied(rows, *setting, done[:length], False)
        assert two_sided.product(found, shape) == wanted
        costs.append(kernel.cost(found, *setting))
    assert costs == sorted(costs, reverse=True) and len(set(costs)) == len(costs)
    every = kernel.applied(rows, *setting, done, True)
    assert two_sided.product(every, shape) == wanted
    for side in (0, 1):
        values = every[every[:, 0] == side]
        mine = done[done[:, 0] == side]
        assert mine[:, 4:].ravel().tolist() == list(range(shape[1 - side], shape[1 - side] + len(values)))
        assert values[::2, 1].tolist() == mine[:, 1].tolist()
        assert values[1::2, 3].tolist() == mine[:, 3].tolist()


@pytest.mark.parametrize("size", [2, 4])
def test_butterflies_alone_are_the_fast_walsh_hadamard_transform(size: int):
    """N log2 N additions (Fino & Algazi 1976, IEEE Trans. Computers 25(11), 1142-1146)."""
    signs = {(k, j): (PRIME - 1 if bin(k & j).count("1") % 2 else 1, 0)
             for k in range(size) for j in range(size)}  # fmt: skip
    setting = (size, size), 2, PRICES, PRIME
    done = kernel.butterflies(two_sided.entries(signs), *setting, 0)
    found = kernel.applied(two_sided.entries(signs), *setting, done, False)
    assert kernel.cost(found, *setting) - size == size * (size.bit_length() - 1)
