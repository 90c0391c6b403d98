"""The moves of a recursive burst make valid chromosomes, and what is kept of values is right."""

from dataclasses import replace

import numpy as np
import pytest

from gpfft.config import RecursiveStage
from gpfft.encodings.recursive import Recursive, kernel

from .test_encodings import assert_valid

STAGE = RecursiveStage(steps=1000, genes=8)
ENCODINGS = [
    pytest.param(Recursive(2, STAGE), id="radix 2"),
    pytest.param(Recursive(3, STAGE), id="radix 3"),
    pytest.param(Recursive(5, STAGE), id="radix 5"),
    pytest.param(Recursive(2, replace(STAGE, self_taught=True)), id="self-taught"),
    pytest.param(Recursive(3, replace(STAGE, self_taught=True, free_views=True)), id="radix 3, by itself"),
]
MOVES = (kernel.INSERT, kernel.GUIDED, kernel.REFIT, kernel.DELETE, kernel.CHANGE, kernel.OUTPUT)


class Walk:
    """A burst's state, and the same steps as its loop: propose, refresh, accept or take back."""

    def __init__(self, encoding, seed):
        self.encoding = encoding
        self.places, self.factors, self.wanted, self.answers = encoding._target
        self.genes = encoding.random(np.random.default_rng(seed))  # seeds the kernel's generator, too
        capacity = encoding.stage.genes
        rooms = kernel.room(capacity, self.wanted, self.answers)
        self.values, self.results, self.own = (tuple(room) for room in rooms)
        self.refresh(self.genes, 0)

    def refresh(self, genes, row):
        """Returns the squared error, with the values from a row on worked out anew."""
        return kernel.set_values(
            genes, len(genes) - self.encoding.radix, row, self.values, self.results, self.places,
            self.factors, self.wanted, self.own, self.encoding.stage.self_taught, self.encoding.weights,
        )  # fmt: skip

    def proposed(self, move):
        """Returns (chromosome, row), row -1 where the move is impossible."""
        genes, values = self.genes, self.values[-1]
        length = len(genes) - self.encoding.radix
        places, factors, wanted = self.places[-1], self.factors[-1], self.wanted[-1]
        views, (powers, turns, _) = len(self.encoding.views), factors.shape
        full = length == self.encoding.stage.genes
        if move == kernel.INSERT and not full:
            return kernel.inserted(genes, length, views, powers, turns)
        if move == kernel.GUIDED and length and not full:
            return kernel.guided(genes, length, values, places, wanted, powers, turns)
        if move == kernel.REFIT:
            return kernel.refit(genes, length, values, places, factors, wanted, powers, turns)
        if move == kernel.DELETE and length:
            return kernel.deleted(genes, length, powers, turns)
        if move == kernel.CHANGE and length:
            return kernel.changed(genes, length, views, powers, turns)
        if move == kernel.OUTPUT:
            return kernel.led(genes, length, views, 0 if self.encoding.stage.free_views else 2)
        return genes, -1


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("seed", range(2))
def test_every_move_makes_a_valid_chromosome_and_its_error_is_the_one_worked_out_anew(encoding, seed):
    walk, dice = Walk(encoding, seed), np.random.default_rng(seed)
    made = dict.fromkeys(MOVES, 0)
    for step in range(1000):
        if step % 100 == 0:  # evolves a little, so that outputs hold something
            walk.genes = encoding.mutate(walk.genes, step)
            walk.refresh(walk.genes, 0)
        move = MOVES[dice.integers(len(MOVES))]
        before = walk.genes.copy()
        child, row = walk.proposed(move)
        assert np.array_equal(walk.genes, before)
        if row < 0:
            continue
        made[move] += 1
        assert_valid(encoding, child)
        error = encoding.evaluate([child])[0][0]
        assert walk.refresh(child, row) == pytest.approx(error**2, rel=1e-9, abs=1e-15)
        if dice.random() < 0.5:
            walk.genes = child
        else:
            walk.refresh(walk.genes, row)
    assert all(made.values()) or encoding.stage.self_taught  # whose outputs seldom hold anything


@pytest.mark.parametrize("powers, turns", [(8, 4), (9, 3), (25, 5)])
def test_the_factor_that_fits_is_found(powers, turns):
    has = np.array([0.3 - 1j, -2 + 0.1j])
    for k in range(powers):
        for c in range(turns):
            lacks = has * np.exp(-2j * np.pi * (k * np.arange(2) / powers + c / turns))
            assert kernel.fitting(lacks, has, powers, turns) == (k, c)
    assert kernel.fitting(np.zeros(2, complex), has, powers, turns) == (-1, -1)
    assert kernel.fitting(has, np.array([1, 0j]), powers, turns) == (-1, -1)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_room_for_a_gene_leaves_the_program_as_it_was(encoding):
    rng = np.random.default_rng(1)
    for _ in range(10):
        genes = encoding.random(rng)
        length = len(genes) - encoding.radix
        for place in range(length + 1):
            wider = kernel.open_row(genes, length, place)
            assert not wider[place].any()  # a sum, which nothing reads
            assert encoding.decode(wider).tidied == encoding.decode(genes).tidied


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_gene_that_nothing_reads_is_deleted_without_a_trace(encoding):
    rng = np.random.default_rng(2)
    for _ in range(10):
        genes = encoding.random(rng)
        length = len(genes) - encoding.radix
        if 0 < length < encoding.stage.genes:
            gone = [kernel.deleted(wider, length + 1, encoding.sizes[-1], encoding.turns)
                    for wider in [kernel.open_row(genes, length, place) for place in range(length + 1)]
                    for _ in range(9)]  # fmt: skip
            assert any(np.array_equal(child, genes) for child, _ in gone)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_complexity_is_1_a_live_sum_and_2_a_live_call(encoding):
    rng = np.random.default_rng(0)
    for _ in range(20):
        genes = encoding.random(rng)
        length = len(genes) - encoding.radix
        (body,) = encoding.decode(genes).bodies
        wanted = sum(2 if body.lines[value - 1][0] == "self" else 1 for value in body.live - {0})
        assert kernel.complexity(genes, length, np.zeros(length + 1, dtype=np.bool_)) == wanted


def test_a_missing_call_is_joined_to_the_output_that_lacks_it():
    """Two outputs hold the half that the even inputs make: the odd half, rightly turned, completes them."""
    encoding = Recursive(2)
    known = [
        (kernel.SELF, 0, 0, 0, 0, 0, 0, 0, 0),  # v1 = the program on even elements
        (kernel.SELF, 0, 1, 0, 0, 0, 0, 0, 0),  # v2 = the program on odd elements
        (kernel.OUT, 1, 2, 0, 0, 0, 0, 0, 0),  # low half
        (kernel.OUT, 1, 3, 0, 0, 0, 0, 0, 0),  # high half
    ]
    found = set()
    for seed in range(60):
        walk = Walk(encoding, seed)
        walk.genes = np.array(known, dtype=np.int32)
        walk.refresh(walk.genes, 0)
        child, row = walk.proposed(kernel.GUIDED)
        if row >= 0 and walk.refresh(child, row) < 0.3:
            found.add(tuple(child[row].tolist()))
    assert found == {(0, 1, 0, 0, 0, 2, 0, 1, 0), (0, 1, 0, 0, 0, 2, 0, 1, 2)}  # v1 + W^j v2, v1 - W^j v2
