"""What a target falls into: the parts put together again are the whole, and like parts are one."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpfft import matrices
from gpfft.config import TwoSidedStage
from gpfft.encodings.two_sided import TwoSided, kernel, parts
from gpfft.encodings.two_sided.encoding import PRICES
from gpfft.recognise import recognise
from gpfft.target import dft

from . import two_sided
from .two_sided import PRIME, UNITS, entries, product, times

NO_GATES = np.empty((0, 5), dtype=np.int64)
EVEN = np.arange(1, 7) / 6
units = st.integers(0, 3)


def whole_of(found: Any, gates: Any, shape: tuple[int, int], p: int = PRIME) -> two_sided.Matrix:
    """Returns the product of parts as they are, put into their places behind gates."""
    return product(parts.assembled(gates, shape, [(part, part.entries) for part in found], p), shape, p)


def shuffled(blocks: list[two_sided.Matrix], order: Any) -> tuple[Any, tuple[int, int]]:
    """Returns matrices on the diagonal, in a random order of rows and columns, and the shape of it all."""
    corner, total = [0, 0], {}
    for block in blocks:
        total.update({(corner[0] + r, corner[1] + c): number for (r, c), number in block.items()})
        corner = [corner[side] + 1 + max(place[side] for place in block) for side in (0, 1)]
    rows, columns = (order.sample(range(count), count) for count in corner)
    return entries({(rows[r], columns[c]): number for (r, c), number in total.items()}), tuple(corner)


def disguised(block: two_sided.Matrix, order: Any) -> two_sided.Matrix:
    """Returns a matrix with rows and columns in a random order and times random units."""
    shape = [1 + max(place[side] for place in block) for side in (0, 1)]
    places = [order.sample(range(count), count) for count in shape]
    turns = [[order.randrange(4) for _ in range(count)] for count in shape]
    return {
        (places[0][r], places[1][c]): times(UNITS[(turns[0][r] + turns[1][c]) % 4], number)
        for (r, c), number in block.items()
    }


@st.composite
def blocks(draw: Any) -> two_sided.Matrix:
    """Draws a connected matrix, mostly of different numbers."""
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    number = st.tuples(*[st.sampled_from([0, 1, PRIME - 1]) | st.integers(2, PRIME - 1)] * 2)
    numbers = draw(st.lists(number.filter(any), min_size=sum(shape), max_size=sum(shape)))
    matrix = {(r, 0): n for r, n in zip(range(shape[0]), numbers)}
    matrix.update({(0, c): n for c, n in zip(range(shape[1]), numbers[shape[0] :])})
    extra = st.dictionaries(
        st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1)), number.filter(any)
    )
    return {**matrix, **draw(extra)}


# Components


def test_components_are_what_rows_and_columns_connect():
    rows = np.array([(2, r, c, 1, 0) for r, c in [(0, 0), (2, 1), (0, 3), (1, 2), (3, 2), (3, 4)]])
    found = sorted(sorted(map(tuple, part[:, 1:3].tolist())) for part in parts.components(rows))
    assert found == [[(0, 0), (0, 3)], [(1, 2), (3, 2), (3, 4)], [(2, 1)]]
    assert parts.components(rows[:0]) == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), unique=True))
def test_every_entry_is_in_one_component_and_components_share_no_row_and_no_column(places: Any):
    rows = np.array([(2, r, c, 1, 0) for r, c in places], np.int64).reshape(-1, 5)
    found = [part.tolist() for part in parts.components(rows)]
    assert sorted(row for part in found for row in part) == sorted(rows.tolist())
    for side in (1, 2):
        lines = [{row[side] for row in part} for part in found]
        assert sum(map(len, lines)) == len(set().union(*lines))
    for part in found:  # connected: from the first entry all are reached
        reached, waiting = [], [part[0]]
        while waiting:
            row = waiting.pop()
            if row not in reached:
                reached.append(row)
                waiting += [other for other in part if other[1] == row[1] or other[2] == row[2]]
        assert len(reached) == len(part)


@given(blocks(), st.integers(0, 7))
def test_turning_by_a_unit_is_multiplication_by_it(block: two_sided.Matrix, u: int):
    for number in block.values():
        assert parts.turned(number, u, PRIME) == times(UNITS[u % 4], number)


# Like parts


@settings(max_examples=60)
@given(blocks(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_the_same_matrix_in_other_orders_and_with_other_units_is_one_part(block: Any, count: int, order: Any):
    distinct = {place: (1000 + number, 77 * (2 + number)) for number, place in enumerate(block)}
    rows, shape = shuffled([disguised(distinct, order) for _ in range(count)], order)
    (part,) = parts.parts(rows, PRIME)
    assert len(part.places) == count
    assert whole_of([part], NO_GATES, shape) == product(rows, shape)


@settings(max_examples=60)
@given(st.lists(blocks(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_parts_in_their_places_are_the_whole_whatever_they_are(found: Any, order: Any):
    """Numbers that are equal may hide that parts are alike; nothing else may come of it."""
    twins = [disguised(block, order) for block in found]
    rows, shape = shuffled(found + twins, order)
    split = parts.parts(rows, PRIME)
    assert sum(len(part.places) for part in split) == 2 * len(found)
    assert whole_of(split, NO_GATES, shape) == product(rows, shape)


@settings(max_examples=60)
@given(blocks(), st.randoms(use_true_random=False), st.data())
def test_matrices_that_differ_in_one_number_are_two_parts(block: Any, order: Any, data: Any):
    place = data.draw(st.sampled_from(sorted(block)))
    other = {**block, place: (424243, 171717)}
    rows, shape = shuffled([block, disguised(other, order)], order)
    assert len(parts.parts(rows, PRIME)) == 2


def test_units_that_no_rows_and_columns_bring_make_another_part():
    """All entries are alike up to units, but the units multiply to -1 around the square in one of them."""
    numbers = {(0, 0): (5, 3), (0, 1): (7, 1), (1, 0): (11, 2), (1, 1): (13, 4)}
    turned = {**numbers, (1, 1): (PRIME - 13, PRIME - 4)}
    shape = (4, 4)
    rows = entries({**numbers, **{(r + 2, c + 2): number for (r, c), number in turned.items()}})
    found = parts.parts(rows, PRIME)
    assert len(found) == 2
    assert whole_of(found, NO_GATES, shape) == product(rows, shape)


def test_shapes_and_numbers_of_entries_tell_parts_apart():
    full = {(r, c): (10 * r + c + 2, 1) for r in range(2) for c in range(3)}
    less = {place: number for place, number in full.items() if place != (1, 1)}
    turned = {(c, r): number for (r, c), number in full.items()}
    rows, _ = shuffled([full, less, turned, full], Random(0))
    assert sorted(len(part.places) for part in parts.parts(rows, PRIME)) == [1, 1, 2]


@given(blocks(), st.randoms(use_true_random=False))
def test_a_part_is_real_where_units_make_it_so(block: two_sided.Matrix, order: Any):
    real = {place: (1 + number[0] % 1000, 0) for place, number in block.items()}
    rows, shape = shuffled([disguised(real, order)], order)
    (part,) = parts.parts(rows, PRIME)
    assert part.real and not part.entries[:, 4].any()
    assert whole_of([part], NO_GATES, shape) == product(rows, shape)
    mixed = {**real, (0, 0): (3, 4)}
    (part,) = parts.parts(entries(mixed), PRIME)
    assert not part.real


def test_a_square_with_one_i_is_not_real():
    rows = entries({(0, 0): (1, 0), (0, 1): (1, 0), (1, 0): (1, 0), (1, 1): (0, 1)})
    (part,) = parts.parts(rows, PRIME)
    assert not part.real


def test_a_comparison_of_large_parts_that_look_all_alike_ends():
    """All entries are units: rows could stand for one another in 10! ways."""
    order = np.random.default_rng(1)
    block = {(r, c): UNITS[order.integers(4)] for r in range(10) for c in range(10)}
    other = {(r, c): UNITS[order.integers(4)] for r in range(10) for c in range(10)}
    block, other = ({place: (n[0] % PRIME, n[1] % PRIME) for place, n in m.items()} for m in (block, other))
    rows = entries({**block, **{(r + 10, c + 10): number for (r, c), number in other.items()}})
    found = parts.parts(rows, PRIME)
    assert whole_of(found, NO_GATES, (20, 20)) == product(rows, (20, 20))


# Splitting, and what a solution of a part is in its places


def test_only_butterflies_that_lead_to_different_parts_are_kept():
    """The first splits, the second needs the first, the third stays within the first part."""
    done = np.array([
        (0, 1, 0, 0, 6, 7),  # to different parts
        (0, 6, 1, 2, 8, 9),  # to different parts, of a value of the first
        (1, 1, 0, 0, 6, 7),  # both in one part
    ])  # fmt: skip
    core = entries({(6, 8): (5, 1), (7, 8): (6, 1), (2, 9): (5, 5), (3, 7): (9, 9)})
    assert parts.splitting(done, core).tolist() == done[:2].tolist()


def test_a_butterfly_that_another_one_needs_is_kept():
    """Sum and difference of the first are in one part, but what the second makes of its sum splits."""
    done = np.array([(0, 1, 0, 0, 4, 5), (0, 4, 0, 2, 6, 7)])
    core = entries({(0, 5): (5, 1), (0, 6): (6, 1), (1, 7): (5, 5)})
    assert parts.splitting(done, core).tolist() == done.tolist()
    assert parts.splitting(done, entries({(0, 5): (5, 1), (0, 6): (6, 1), (0, 7): (5, 5)})).shape == (0, 6)


def test_a_butterfly_of_which_only_the_sum_is_used_is_kept():
    done = np.array([(0, 1, 0, 0, 2, 3)])
    assert parts.splitting(done, entries({(0, 2): (1, 0)})).tolist() == done.tolist()


TARGETS: list[Any] = [
    *(pytest.param(dft(size), id=f"dft {size}") for size in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16)),
    pytest.param(recognise(matrices.dct2(8)), id="dct"),
    pytest.param(recognise(matrices.hartley(8)), id="hartley"),
    pytest.param(recognise(matrices.walsh_hadamard(8)), id="walsh-hadamard"),
    pytest.param(recognise(matrices.circulant([1, 2, 3, 4, 5, 6])), id="circulant"),
    pytest.param(recognise(matrices.hartley(5)[:, :3]), id="narrow"),
    pytest.param(recognise(np.fft.fft(np.eye(6))[:2]), id="wide, complex"),
    pytest.param(recognise([[0, 0, 0], [1, 2, 0]]), id="zeros"),
]


@pytest.mark.parametrize("target", TARGETS)
def test_the_gates_around_and_the_parts_between_make_up_the_target(target: Any):
    encoding = TwoSided(target)
    shape, p = (target.outputs, target.inputs), encoding.prime
    wanted = product(encoding._entries, shape, p)
    gates = encoding.frame[encoding.frame[:, 0] < 2]
    assert product(encoding.frame, shape, p) == wanted
    assert whole_of(encoding.parts, gates, shape, p) == wanted
    apart = replace(encoding, stage=TwoSidedStage(apart=False))
    assert whole_of(apart.parts, NO_GATES, shape, p) == wanted


@pytest.mark.parametrize("target", TARGETS)
def test_a_solution_of_each_part_is_right_in_all_its_places(target: Any):
    encoding = TwoSided(target)
    shape, p = (target.outputs, target.inputs), encoding.prime
    gates = encoding.frame[encoding.frame[:, 0] < 2]
    solved = []
    for part in encoding.parts:
        problem = part.shape, 2 if part.real else 4, PRICES, p
        last, _ = kernel.burst(part.entries, *problem, 3, EVEN, 300, 1.0, 0.5, 12, 0, np.zeros(6))
        solved.append((part, last))
    found = parts.assembled(gates, shape, solved, p)
    assert product(found, shape, p) == product(encoding._entries, shape, p)
    costs = [len(part.places) * kernel.cost(rows, part.shape, 4, PRICES, p) for part, rows in solved]
    assert two_sided.count(found, shape, PRICES, p) == len(gates) + sum(costs)


@pytest.mark.parametrize("size, count", [(6, 2), (10, 2), (12, 4), (20, 4)])
def test_coprime_factors_leave_so_many_like_parts(size: int, count: int):
    """N1 N2 points are N1 times N2 points without twiddles (Good 1958, J. Royal Stat. Soc. B 20, 361-372)."""
    assert max(len(part.places) for part in TwoSided(dft(size)).parts) >= count


def test_of_several_draws_of_butterflies_the_one_that_leaves_most_to_evolution_is_taken():
    def gates(frames: int) -> int:
        frame = TwoSided(dft(30), TwoSidedStage(frames=frames)).frame
        return int(np.sum(frame[:, 0] < 2))

    counts = [gates(frames) for frames in (1, 4, 8)]
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[-1]
    shapes = sorted(part.shape for part in TwoSided(dft(30)).parts)  # those of 15 points, each twice
    assert shapes == sorted(part.shape for part in TwoSided(dft(15)).parts)
