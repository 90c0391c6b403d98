"""Prunes a network of real operations: same outputs, never more operations.

Real values are numbered by a fingerprint, their value at random inputs in a field of about 2^60
elements, up to their sign: values of equal fingerprint are one, however they were computed, and each way
in which one was computed is a *definition* of it. So are the sums, differences and products of any two
other values that have its fingerprint (resubstitution, as in logic synthesis: Mishchenko, Chatterjee and
Brayton, DAC 2006). Of the definitions those are kept with which fewest operations reach the outputs, by
descent: a value is defined anew where that lets more operations die than come to life.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 4096  # in larger networks no pairs are tried, and values are made of those before them only
SWEEPS = 8

Part = tuple[int, int]  # (+1 or -1, number of a value); (0, 0) is zero
Operation = tuple[str, int, int]
Definition = tuple[str, Part, Part]  # "+" or "*"


def prune(
    base: Sequence[int], inputs: int, operations: Sequence[Operation], outputs: Sequence[Part], p: int
) -> tuple[list[Operation], list[Part]]:
    """Returns operations, and outputs, that compute the same.

    Args:
        base: the residues of the values that are there without an operation: inputs, then constants.
        inputs: how many of these are inputs.
        operations: (sign, number, number), each making the next value after `base`.
        outputs: signed values.
        p: the prime.
    """
    network = _Network(base, inputs, operations, outputs, p)
    network.descend()
    if len(network.residues) <= MOST_VALUES:
        network.resubstitute()
        network.descend()
    found, signed = network.written()
    if len(found) > len(operations):
        return list(operations), list(outputs)
    return found, signed


class _Network:
    """Values without repetition, numbered as they come, and the definition chosen for each.

    Attributes:
        residues: of each value; the first ones are `base`.
        definitions: of each value that is no base, [definition, ...]; `chosen` says which holds.
        uses: how often a live value is used, by live values and outputs; missing or 0 where it is dead.
    """

    def __init__(
        self,
        base: Sequence[int],
        inputs: int,
        operations: Sequence[Operation],
        outputs: Sequence[Part],
        p: int,
    ) -> None:
        self.p, self.base, self.inputs = p, len(base), inputs
        self.residues: list[int] = []
        self.parts: dict[int, Part] = {0: (0, 0)}  # residue -> signed value
        self.definitions: dict[int, list[Definition]] = {}
        signed: list[Part] = []
        for residue in base:
            self.residues.append(residue)
            self.parts.setdefault(residue, (1, len(signed)))
            self.parts.setdefault(-residue % p, (-1, len(signed)))
            signed.append(self.parts[residue])
        for sign, a, b in operations:
            signed.append(self._value(sign, signed[a], signed[b]))
        parts = ((s * signed[a][0], signed[a][1]) if s else (0, 0) for s, a in outputs)
        self.outputs = [part if part[0] else (0, 0) for part in parts]
        self.chosen = dict.fromkeys(self.definitions, 0)
        self.uses: dict[int, int] = {}
        for s, value in self.outputs:
            if s:
                self._use(value)

    def _value(self, sign: str, x: Part, y: Part) -> Part:
        """Returns the signed value of an operation, and keeps how it came about."""
        if sign == "-":
            sign, y = "+", (-y[0], y[1])
        (s, a), (t, b) = x, y
        whole = s * self.residues[a], t * self.residues[b]
        residue = (whole[0] + whole[1] if sign == "+" else whole[0] * whole[1]) % self.p
        if residue not in self.parts:
            self.definitions[len(self.residues)] = []
            self.parts[residue] = 1, len(self.residues)
            self.parts.setdefault(-residue % self.p, (-1, len(self.residues)))
            self.residues.append(residue)
        found = self.parts[residue]
        self._define(found, sign, x, y)
        return found

    def _define(self, value: Part, sign: str, x: Part, y: Part) -> None:
        """Adds the definition "x + y" or "x * y" of a signed value, unless it leads nowhere."""
        turn, number = value
        if number not in self.definitions or turn == 0 or number in (x[1], y[1]) or 0 in (x[0], y[0]):
            return
        first, second = (x[0] * turn, x[1]), (y[0] * turn if sign == "+" else y[0], y[1])
        if sign == "*":
            first, second = (first[0] * second[0], first[1]), (1, second[1])
        if first[1] > second[1]:
            first, second = second, first
        if (sign, first, second) not in self.definitions[number]:
            self.definitions[number].append((sign, first, second))

    def _operands(self, value: int) -> list[int]:
        """Returns the values, no base ones, that a value is made of."""
        _, (_, a), (_, b) = self.definitions[value][self.chosen[value]]
        return [operand for operand in (a, b) if operand in self.definitions]

    def _use(self, value: int) -> int:
        """Counts one more use of a value; returns how many operations come to life."""
        stack, born = [value], 0
        while stack:
            value = stack.pop()
            if value in self.definitions:
                self.uses[value] = self.uses.get(value, 0) + 1
                if self.uses[value] == 1:
                    born += 1
                    stack.extend(self._operands(value))
        return born

    def _drop(self, value: int) -> int:
        """Counts one use less of a value; returns how many operations die."""
        stack, dead = [value], 0
        while stack:
            value = stack.pop()
            self.uses[value] -= 1
            if self.uses[value] == 0:
                dead += 1
                stack.extend(self._operands(value))
        return dead

    def _may_need(self, value: int, other: int) -> bool:
        """Tells whether a value is made of another one, however far away; in large networks, may be."""
        if len(self.residues) > MOST_VALUES:
            return value > other
        seen, stack = {value}, [value]
        while stack:
            value = stack.pop()
            if value == other:
                return True
            for operand in self._operands(value):
                if operand not in seen:
                    seen.add(operand)
                    stack.append(operand)
        return False

    def descend(self) -> None:
        """Chooses definitions as long as operations die; where as many come to life, by lot."""
        dice = random.Random(0)
        for sweep in range(SWEEPS):
            gained = 0
            values = [value for value, uses in self.uses.items() if uses and self._is_open(value)]
            dice.shuffle(values)
            for value in values:
                for which in range(len(self.definitions[value])):
                    if self.uses[value] and which != self.chosen[value]:
                        gained += self._redefined(value, which, dice)
            if sweep and not gained:
                return

    def _is_open(self, value: int) -> bool:
        return len(self.definitions[value]) > 1

    def _redefined(self, value: int, which: int, dice: random.Random) -> int:
        """Takes another definition of a live value, unless it costs; returns how many operations it saves."""
        _, (_, a), (_, b) = self.definitions[value][which]
        wanted = [operand for operand in (a, b) if operand in self.definitions]
        if any(self._may_need(operand, value) for operand in wanted):
            return 0
        given = self._operands(value)
        saved = -sum(self._use(operand) for operand in wanted) + sum(self._drop(o) for o in given)
        if saved > 0 or saved == 0 and dice.random() < 0.5:
            self.chosen[value] = which
            return saved
        for operand in given:
            self._use(operand)
        for operand in wanted:
            self._drop(operand)
        return 0

    def resubstitute(self) -> None:
        """Adds all definitions as a sum, a difference or a constant times another value."""
        values = [v for v in range(len(self.residues)) if not self.inputs <= v < self.base]
        residues = np.array([self.residues[v] for v in values], dtype=np.uint64)
        known = np.array(sorted(self.parts), dtype=np.uint64)
        for at, a in enumerate(values):
            for s in (1, -1):
                sums = (residues[at + 1 :] + np.uint64(s * self.residues[a] % self.p)) % np.uint64(self.p)
                for place, found in self._among(known, sums):
                    self._define(found, "+", (s, a), (1, values[at + 1 + place]))
        for constant in range(self.inputs, self.base):
            products = [residue * self.residues[constant] % self.p for residue in residues.tolist()]
            for place, found in self._among(known, np.array(products, dtype=np.uint64)):
                self._define(found, "*", (1, constant), (1, values[place]))

    def _among(self, known: NDArray[np.uint64], residues: NDArray[np.uint64]) -> Iterator[tuple[int, Part]]:
        """Yields (place, signed value) for those of the residues that are known; `known` is sorted."""
        places = np.minimum(np.searchsorted(known, residues), len(known) - 1)
        for place in np.nonzero(known[places] == residues)[0].tolist():
            yield place, self.parts[int(residues[place])]

    def written(self) -> tuple[list[Operation], list[Part]]:
        """Returns the live operations, each after its operands, and the outputs."""
        place: dict[int, Part] = {value: (1, value) for value in range(self.base)}
        operations: list[Operation] = []
        for _, output in self.outputs:
            stack = [output]
            while stack:
                value = stack[-1]
                missing = [] if value in place else [o for o in self._operands(value) if o not in place]
                stack.extend(missing)
                if not missing:
                    stack.pop()
                    if value not in place:
                        sign, *operands = self.definitions[value][self.chosen[value]]
                        (s, a), (t, b) = ((s * place[a][0], place[a][1]) for s, a in operands)
                        turn = s * t if sign == "*" else s if s == t else 1
                        if sign == "+" and s != t:
                            sign, (a, b) = "-", (a, b) if s > 0 else (b, a)
                        place[value] = turn, self.base + len(operations)
                        operations.append((sign, a, b))
        return operations, [(s * place[v][0], place[v][1]) if s else (0, 0) for s, v in self.outputs]
