"""The incremental bookkeeping of a pool burst equals working everything out anew."""

import numpy as np
import pytest

from gpfft.encodings.pool import Pool, kernel

WEIGHTS = np.ones(kernel.MOVES)


class Walk:
    """A burst's state, and the same steps as its loop: propose, refresh, accept or take back."""

    def __init__(self, size, terms, seed):
        self.size, self.terms = size, terms
        genes = Pool(size).random(np.random.default_rng(seed))
        rows = 2 * kernel.capacity(size)
        self.length = len(genes)
        self.now = np.zeros((rows, 4), np.int32)
        self.now[: self.length] = genes
        self.trial = self.now.copy()
        self.order = np.zeros(size + rows, np.int64)
        self.live = np.zeros(size + rows, np.bool_)
        self.dirty = np.zeros(size + rows, np.bool_)
        self.state, self.tried, self.fresh = (kernel.new_state(rows, size) for _ in range(3))

    def sweep(self):
        """Drops what is dead, as a burst does now and then: the chromosome gets shorter."""
        kernel.build(self.now, self.length, self.size, self.terms, self.order, self.state)
        kernel.energy(self.now, self.length, self.size, self.terms, self.state, self.live)
        self.length = kernel.sweep(self.now, self.length, self.size, self.live, self.trial)
        self.now[:] = self.trial
        for state in (self.state, self.tried):
            kernel.build(self.now, self.length, self.size, self.terms, self.order, state)

    def step(self):
        """Makes one proposal; returns its energy as refreshed, and as worked out anew."""
        more = self.length + 1
        kernel.propose(self.trial, self.length, self.size, WEIGHTS, self.state)
        arguments = (self.size, self.terms, self.order)
        touched = kernel.refresh(self.now, self.trial, more, *arguments, self.dirty, self.tried)
        kernel.build(self.trial, more, *arguments, self.fresh)
        energies = [
            kernel.energy(self.trial, more, self.size, self.terms, state, self.live)
            for state in (self.tried, self.fresh)
        ]
        accepted = np.random.random() < 0.5
        pair = (self.tried, self.state) if accepted else (self.state, self.tried)
        kernel.copy_dirty(*pair, self.dirty, touched, self.size + more, self.size)
        if accepted:
            self.now[:more] = self.trial[:more]
            self.length += int(self.trial[self.length, 1] != self.trial[self.length, 3])
        else:
            self.trial[:more] = self.now[:more]
        return energies


@pytest.mark.parametrize("terms", [0, 2])
@pytest.mark.parametrize("size", [2, 4, 8, 12])
def test_the_energy_of_every_proposal_is_that_of_a_fresh_build(size, terms):
    walk = Walk(size, terms, seed=0)
    for number in range(600):
        if number % 50 == 0:
            walk.sweep()
        refreshed, anew = walk.step()
        assert refreshed == anew
