"""What a recursive program does for one length, as a list: codelets and loops, with their places.

A compiled program is one loop over such a list. The list is made once for a length; where every call reads
the input and writes to the output, codelets come first in it, many to an event, for neighbours read
neighbouring places and are computed beside each other in vector registers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from gpfft.emit.loops import Call, Routine, Stream

Events = NDArray[np.int64]  # (events, 7)

# columns: what is done; for which length; whether "x" is the input (0) or in the work memory (1), where it
# begins there, and its step; where the output and the scratch memory begin in the work memory.
# Of a codelet: AT is the first of its places in the list of them, TO how many there are.
CODE, LENGTH, MEMORY, AT, STEP, TO, SCRATCH = range(7)
# one more column while the list is made: whether the output goes to the caller's, or to its scratch memory
TARGET = 7
INPUT, OUTPUT, OWN = range(3)
MEMORIES = {"x": INPUT, "X": OUTPUT, "t": OWN}
CLEAR, FIRST = 0, 1  # codes: the output is set to 0; codelets, the shortest first, and then loops


def codes(
    found: Sequence[Routine], sizes: Collection[int]
) -> tuple[dict[int, int], dict[tuple[int, int], int]]:
    """Returns the codes of codelets, {size: code}, and of loops, {(routine, its loop): code}."""
    leaves = {size: FIRST + i for i, size in enumerate(sorted(sizes))}
    pairs = [(number, place) for number, routine in enumerate(found) for place in range(len(routine.loops))]
    return leaves, {pair: FIRST + len(leaves) + i for i, pair in enumerate(pairs)}


def is_direct(found: Sequence[Routine]) -> bool:
    """Tells whether every call reads the input and leaves its result where the output goes."""
    calls = [action for routine in found for action in routine.actions if isinstance(action, Call)]
    return all(call.source.memory == "x" and call.target.memory == "X" for call in calls)


def events(
    found: Sequence[Routine], n: int, sizes: Collection[int], largest: int, lanes: int
) -> tuple[Events, NDArray[np.int64]]:
    """Returns what is done for n points.

    Args:
        sizes: of the codelets that there are, 1 among them.
        largest: of those that are used.
        lanes: how many are computed beside each other.

    Returns:
        The events, and the places of codelets: where their input begins and where their output, a row
        each, the last place of an event again and again up to a multiple of `lanes`.
    """
    made = _Maker(found, sizes, largest).made(n)
    for memory, place in ((MEMORY, AT), (TARGET, TO)):
        made[made[:, memory] == OWN, place] += n  # the scratch memory lies behind the output
    made[:, SCRATCH] += n
    made[:, MEMORY] = made[:, MEMORY] != INPUT
    made = np.ascontiguousarray(made[:, :TARGET])
    is_leaf = (made[:, CODE] >= FIRST) & (made[:, CODE] < FIRST + len(sizes))
    if not is_direct(found):  # a codelet at a time, where it is called
        places = np.repeat(made[is_leaf][:, [AT, TO]], lanes, axis=0)
        made[is_leaf, AT], made[is_leaf, TO] = np.arange(0, len(places), lanes), 1
        return made, np.ascontiguousarray(places.T)
    leaves, groups, many, first = made[is_leaf], [np.zeros((0, 2), np.int64)], list[Events](), 0
    for step, code in np.unique(leaves[:, [STEP, CODE]], axis=0):
        group = leaves[(leaves[:, STEP] == step) & (leaves[:, CODE] == code)]
        group = group[np.argsort(group[:, AT])]
        event = group[:1].copy()
        event[0, AT], event[0, TO] = first, len(group)
        many.append(event)
        groups.append(np.pad(group[:, [AT, TO]], ((0, -len(group) % lanes), (0, 0)), mode="edge"))
        first += len(groups[-1])
    return np.concatenate([*many, made[~is_leaf]]), np.ascontiguousarray(np.concatenate(groups).T)


class _Maker:
    """Makes the events of each length once: those of a call are moved to where its vectors are."""

    def __init__(self, found: Sequence[Routine], sizes: Collection[int], largest: int) -> None:
        self.found, self.largest = found, largest
        self.leaves, self.loops = codes(found, sizes)
        self.known: dict[int, Events] = {}

    def made(self, n: int) -> Events:
        """Returns the events for n points, x being the input from 0 on, the output and scratch at 0."""
        if n not in self.known:
            self.known[n] = self._made(n)
        return self.known[n].copy()

    def _made(self, n: int) -> Events:
        if n <= self.largest and n in self.leaves:
            return self._event(self.leaves[n], n)
        number, routine = next((i, r) for i, r in enumerate(self.found) if r.first <= n)
        parts = [self._event(CLEAR, n)] if routine.clears else []
        place = 0
        for action in routine.actions:
            if isinstance(action, Call):
                parts.append(self._call(action, routine, n))
            else:
                parts.append(self._event(self.loops[number, place], n))
                place += 1
        return np.concatenate(parts)

    def _event(self, code: int, n: int) -> Events:
        return np.array([[code, n, INPUT, 0, 1, 0, 0, OUTPUT]], np.int64)

    def _call(self, call: Call, routine: Routine, n: int) -> Events:
        made = self.made(n // call.parts)
        begins = {OUTPUT: begin(call.target, n), OWN: int(routine.scratch * n)}
        target, step, read = MEMORIES[call.target.memory], call.source.stride, made[:, MEMORY] == INPUT
        for memory, place in ((MEMORY, AT), (TARGET, TO)):
            rows = {kind: made[:, memory] == kind for kind in begins}
            for kind, start in begins.items():
                made[rows[kind], place] += start
            made[rows[OUTPUT], memory] = target
        made[:, SCRATCH] += begins[OWN]
        made[read, AT] = begin(call.source, n) + step * made[read, AT]
        made[read, STEP] *= step
        made[read, MEMORY] = MEMORIES[call.source.memory]
        return made


def begin(stream: Stream, n: int) -> int:
    """Returns where a stream that does not wrap begins, for length n."""
    return int((stream.base + stream.start) * n) + stream.offset
