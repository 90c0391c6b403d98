"""The order in which the operations of a real program are done, so that few values wait in registers.

What is computed, and how many operations it takes, does not depend on it. Two orders are made: one
takes at each step an operation that leaves fewest values waiting, the other halves the graph of
operations again and again (Frigo 1999, A fast Fourier transform compiler, PLDI 169-180, section 6), which
suits a machine with any number of registers. The one that loads less often is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush

from gpfft.emit.lower import RealProgram, Signed

REGISTERS = 32  # vector registers of AVX-512 and of 64-bit ARM
NEVER = 1 << 60


def schedule(program: RealProgram) -> RealProgram:
    """Returns the same operations in an order that needs few registers."""
    return _ordered(program, _graph(program).order())


def alive(program: RealProgram) -> int:
    """Returns how many values are alive at once, at most: inputs from their first use, results, no constants.

    A value is alive until its last use; an output is stored at once.
    """
    return _graph(program).alive


def loads(program: RealProgram, registers: int = REGISTERS) -> int:
    """Returns how often a value is fetched to a register once more, or put away to be fetched later.

    The value that is needed last makes room (Belady's rule); constants are operands in memory.
    """
    return _graph(program).loads(registers)


class Graph:
    """What operations use, and what uses them.

    Values have addresses: inputs from 0 on, constants perhaps, then from `begin` on what the operations
    make, in their order. Operations are numbered from 0 on.

    Attributes:
        operands: the values, not constants, that each operation uses.
        begin: the address of the first result.
        users: the operations that use each value.
    """

    def __init__(self, operands: Sequence[set[int]], begin: int) -> None:
        self.operands, self.begin = operands, begin
        self.users: dict[int, list[int]] = {}
        for number, values in enumerate(operands):
            for value in values:
                self.users.setdefault(value, []).append(number)

    def order(self) -> list[int]:
        """Returns the operations in an order that needs few registers."""
        orders = self.frugal(), self.halved(), list(range(len(self.operands)))

        def expense(order: list[int]) -> tuple[int, int]:
            graph = self._ordered(order)
            return graph.loads(REGISTERS), graph.alive

        return min(orders, key=expense)

    def _ordered(self, order: Sequence[int]) -> Graph:
        place = {self.begin + number: self.begin + position for position, number in enumerate(order)}
        return Graph([{place.get(v, v) for v in self.operands[number]} for number in order], self.begin)

    @property
    def alive(self) -> int:
        """Returns how many values are alive at once, at most."""
        now, most, seen = 0, 0, set[int]()
        for number, values in enumerate(self.operands):
            now += sum(value < self.begin for value in values - seen)
            seen |= values
            now += self.begin + number in self.users
            most = max(most, now)
            now -= sum(self.users[value][-1] == number for value in values)
        return most

    def loads(self, registers: int) -> int:
        """Returns how often a value is fetched once more, or put away to be fetched later."""
        uses = {value: users[::-1] for value, users in self.users.items()}
        held, stored, count = set[int](), {value for value in uses if value < self.begin}, 0
        first = len(stored)

        def hold(value: int, needed: set[int]) -> int:
            """Puts a value in a register; returns 1 where another one had to be stored for that."""
            put_away = False
            if len(held) >= registers:
                late = max(held - needed, key=lambda v: (uses[v][-1] if uses[v] else NEVER, v))
                held.discard(late)
                put_away = late not in stored and bool(uses[late])
                stored.add(late)
            held.add(value)
            return int(put_away)

        for number, values in enumerate(self.operands):
            for value in sorted(values - held):
                count += 1 + hold(value, values)
            for value in values:
                uses[value].pop()
                if not uses[value]:
                    held.discard(value)
            if self.begin + number in uses:
                count += hold(self.begin + number, set())  # its operands are read by now
        return count - first

    def before(self, number: int) -> list[int]:
        """Returns the operations whose results an operation uses."""
        return [value - self.begin for value in self.operands[number] if value >= self.begin]

    def after(self, number: int) -> list[int]:
        """Returns the operations that use an operation's result."""
        return self.users.get(self.begin + number, [])

    def frugal(self) -> list[int]:
        """Returns the order that takes what leaves fewest values alive, and uses what was made last."""
        waiting = [len(self.before(number)) for number in range(len(self.operands))]
        left = {value: len(users) for value, users in self.users.items()}
        made: dict[int, int] = {}  # when a value came to a register
        order: list[int] = []
        queue: list[tuple[int, int, int]] = []
        done = set[int]()

        def rank(number: int) -> tuple[int, int, int]:
            values = self.operands[number]
            more = int(self.begin + number in left) + sum(v not in made for v in values)
            latest = max((made.get(v, -1) for v in values), default=-1)
            return more - sum(left[v] == 1 for v in values), -latest, number

        for number, missing in enumerate(waiting):
            if not missing:
                heappush(queue, rank(number))
        while queue:
            entry = heappop(queue)
            number = entry[2]
            if number in done or entry != rank(number):  # it was entered anew when its rank changed
                continue
            done.add(number)
            order.append(number)
            touched = set[int]()
            for value in self.operands[number]:
                left[value] -= 1
                if value not in made or left[value] == 1:
                    touched.update(self.users[value])
                made.setdefault(value, len(order))
            made[self.begin + number] = len(order)
            for user in self.after(number):
                waiting[user] -= 1
                touched.add(user)
            for user in touched - done:
                if not waiting[user]:
                    heappush(queue, rank(user))
        return order

    def halved(self) -> list[int]:
        """Returns the order that does the half near the inputs first, and each part of it in the same way."""
        order: list[int] = []
        stack = [list(range(len(self.operands)))]
        while stack:
            numbers = stack.pop()
            pieces = self._components(numbers)
            if len(pieces) == 1:
                pieces = self._halves(numbers)
            if len(pieces) == 1:
                order += numbers
            else:
                stack += reversed(pieces)
        return order

    def _components(self, numbers: Sequence[int]) -> list[list[int]]:
        """Returns the operations by connected component."""
        rest, pieces = set(numbers), []
        for first in numbers:
            if first in rest:
                rest.discard(first)
                piece = [first]
                for number in piece:  # grows meanwhile
                    near = [n for n in (*self.before(number), *self.after(number)) if n in rest]
                    rest.difference_update(near)
                    piece += dict.fromkeys(near)
                pieces.append(sorted(piece))
        return pieces

    def _halves(self, numbers: Sequence[int]) -> list[list[int]]:
        """Returns two halves, layers being taken from the inputs' side and the outputs' side in turn."""
        rest = set(numbers)
        sides = (self.before, self.after), (self.after, self.before)
        missing = [{n: sum(m in rest for m in before(n)) for n in numbers} for before, _ in sides]
        layers = [[n for n in numbers if not missing[side][n]] for side in (0, 1)]
        halves: tuple[list[int], list[int]] = [], []
        inside, side = set(numbers), 0
        while rest:
            layer = [n for n in layers[side] if n in rest]
            rest.difference_update(layer)
            halves[side].extend(layer)
            following = []
            for number in layer:
                for other in sides[side][1](number):
                    if other in inside:
                        missing[side][other] -= 1
                        if not missing[side][other]:
                            following.append(other)
            layers[side] = following
            side = 1 - side
        return [sorted(half) for half in halves if half]


def _graph(program: RealProgram) -> Graph:
    constants = range(program.inputs, program.inputs + len(program.constants))
    operands = [{v for v in line[1:] if v not in constants} for line in program.operations]
    return Graph(operands, constants.stop)


def _ordered(program: RealProgram, order: Sequence[int]) -> RealProgram:
    """Returns the program with its operations in another order."""
    begin = program.inputs + len(program.constants)
    place = {address: address for address in range(begin)}
    place.update((begin + number, begin + position) for position, number in enumerate(order))

    def moved(signed: Signed) -> Signed:
        sign, address = signed
        return (sign, place[address]) if sign else signed

    lines = (program.operations[number] for number in order)
    return replace(
        program,
        operations=tuple((sign, place[a], place[b]) for sign, a, b in lines),
        outputs=tuple((moved(re), moved(im)) for re, im in program.outputs),
    )
