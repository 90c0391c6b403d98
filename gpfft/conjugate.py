"""Rescales a program for real input: values that could be conjugates of each other become so.

For real x the value v = sum c_j x_j has the conjugate sum conj(c_j) x_j. In an FFT that is another
value of the program, times a factor: W^k where decimation in frequency multiplies late, something more
where the factors come from a search. Multiplying a value by a factor and dividing it out wherever it is
used changes nothing that is computed; with fit factors each such pair is computed once. Then factors
are changed, those of conjugates together, as long as the real operations become fewer: descent.

The values of a butterfly, which share the products of the same two operands, have one factor.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import lru_cache

from flint import nmod

from gpfft.cost import price
from gpfft.field import Exact, field_of, joined, residue_root
from gpfft.program import Builder, Program

SWEEPS = 5
Term = tuple[Exact, int]  # constant, value


def conjugated(program: Program) -> Program:
    """Returns a program with the same outputs, for real input of fewer operations or as many, as a rule.

    It is `program` itself where it is not made of sums of values times polar constants, or where some
    sum is no conjugate, up to a factor, of any.
    """
    graph = _Graph(program)
    if not graph.is_paired():
        return program
    graph.tie()
    graph.descend()
    return graph.program()


class _Graph:
    """The sums of a program, their butterflies, and which are conjugates of which for real input.

    Attributes:
        inputs: how many there are.
        nodes: of each sum its two terms; values are numbered, inputs and then the sums.
        outputs: a term each.
        uses: of each value, (number of a sum, 0 or 1) or (-1 - number of an output, 0).
        member: butterfly of each value, -1 for inputs.
        butterflies: the values of each.
        image: butterfly -> (butterfly, k): the conjugate of a value there is k times the one here.
        factors: of each butterfly.
    """

    def __init__(self, program: Program) -> None:
        self.size, self.inputs, self.field = program.size, program.inputs, field_of(program.size)
        self.quarter = self.field.order // 4
        self.nodes: list[tuple[Term, Term]] = []
        self.outputs: list[Term] = []
        self.image: dict[int, tuple[int, Exact]] = {}
        if self._read(program):
            self._gather()
            self._pair(residue_root(program.size, program.constants))
        self.factors = [self.field.one] * len(self.butterflies) if self.image else []

    def _read(self, program: Program) -> bool:
        """Takes the lines of a program in; tells whether all are sums of values times polar constants."""
        constants: dict[int, Exact] = {}
        terms: dict[int, Term] = {j: (self.field.one, j) for j in range(self.inputs)}
        for address, (name, *operands) in enumerate(program.lines, start=self.inputs):
            if address not in program.last_use:
                continue
            if name == "twiddle":
                constants[address] = program.exact_table[operands[0]]
                continue
            if name == "multiply" and operands[1] in constants:
                operands.reverse()
            if name == "multiply" and operands[0] in constants and operands[1] in terms:
                constant, value = terms[operands[1]]
                terms[address] = constants[operands[0]] * constant, value
            elif name == "reference" and operands[0] in terms:
                terms[address] = terms[operands[0]]
            elif name == "add" and operands[0] in terms and operands[1] in terms:
                a, b = sorted((terms[o] for o in operands), key=lambda term: term[1])
                terms[address] = self.field.one, self.inputs + len(self.nodes)
                self.nodes.append((a, b))
            else:
                return False
        if any(address not in terms for address in program.outputs):
            return False
        self.outputs = [terms[address] for address in program.outputs]
        used = [term for pair in self.nodes for term in pair] + self.outputs
        return all(constant.polar is not None for constant, _ in used)

    def _gather(self) -> None:
        """Finds uses and butterflies."""
        self.uses: list[list[tuple[int, int]]] = [[] for _ in range(self.inputs + len(self.nodes))]
        self.member = [-1] * self.inputs
        self.butterflies: list[list[int]] = []
        numbers: dict[object, int] = {}
        for value, ((c, a), (d, b)) in enumerate(self.nodes, start=self.inputs):
            key = a, b, _class(c), _class(d)
            if key not in numbers:
                numbers[key] = len(self.butterflies)
                self.butterflies.append([])
            self.member.append(numbers[key])
            self.butterflies[numbers[key]].append(value)
            self.uses[a].append((value, 0))
            self.uses[b].append((value, 1))
        for k, (_, value) in enumerate(self.outputs):
            self.uses[value].append((-1 - k, 0))

    def _pair(self, root: nmod) -> None:
        """Finds `image` from fingerprints of the values divided by the coefficient of their first input.

        That coefficient is guessed from one way there; a wrong guess hides a pair and does no harm.
        """
        dice, inverse = random.Random(0), 1 / root
        here = [root**0 * dice.getrandbits(60) for _ in range(self.inputs)]
        there = list(here)  # the conjugates
        leads = [(j, self.field.one) for j in range(self.inputs)]
        for (c, a), (d, b) in self.nodes:
            here.append(c.residue(root) * here[a] + d.residue(root) * here[b])
            there.append(c.residue(inverse) * there[a] + d.residue(inverse) * there[b])
            terms = [(leads[value][0], constant * leads[value][1]) for constant, value in ((c, a), (d, b))]
            leads.append(min(terms, key=lambda term: term[0]))
        known: dict[tuple[int, int], int] = {}
        for value, (j, lead) in enumerate(leads):
            known.setdefault((j, int(here[value] / lead.residue(root))), value)
        self.mate: dict[int, int] = {}
        for butterfly, values in enumerate(self.butterflies):
            found = []
            for value in values:
                j, lead = leads[value]
                mate = known.get((j, int(there[value] / lead.residue(inverse))), -1)
                if mate < self.inputs:
                    break
                self.mate[value] = mate
                found.append((self.member[mate], lead.conjugate * leads[mate][1].inverse))
            else:
                if len({(number, _class(k)) for number, k in found}) == 1:
                    self.image[butterfly] = found[0]

    def is_paired(self) -> bool:
        """Tells whether every butterfly is the image of one, and that one its image."""
        if not self.image or len(self.image) < len(self.butterflies):
            return False
        for butterfly, (image, k) in self.image.items():
            if self.image[image][0] != butterfly:
                return False
            if image == butterfly and self._turned(butterfly) is None:
                return False
        return True

    def _is_real(self, value: int) -> bool:
        """Tells whether a value is its own conjugate, up to a factor."""
        return value < self.inputs or self.mate[value] == value

    def _turned(self, butterfly: int) -> Exact | None:
        """Returns the factor that makes a butterfly its own conjugate, its real values real or imaginary."""
        real, k = self._is_real(self.butterflies[butterfly][0]), self.image[butterfly][1]
        assert k.polar is not None
        if _class(k) is self.field.one and not (real and (k.quarter or 0) % 2):
            return self.field.one
        for turn in range(k.polar[0], k.polar[0] + 4 * self.quarter, self.quarter):
            factor = self.field.powers[turn // 2 % self.field.order]
            left = factor.conjugate * k * factor.inverse
            if turn % 2 == 0 and left.quarter is not None and not (real and left.quarter % 2):
                return factor
        return None

    def tie(self) -> None:
        """Sets the factors with which all values have conjugates: one of two parts becomes the other's.

        What butterflies that are their own images leave of the graph falls into parts, which are images
        of each other as a rule.
        """
        parts = self._parts()
        for butterfly, (image, k) in self.image.items():
            if image == butterfly:
                self.factors[butterfly] = self._turned(butterfly) or self.field.one
            elif (parts[butterfly], butterfly) < (parts[image], image):
                self.factors[image] = k

    def _parts(self) -> dict[int, int]:
        """Returns the part that each butterfly belongs to, if it is not its own image."""
        parts: dict[int, int] = {}
        for butterfly in range(len(self.butterflies)):
            stack = [butterfly]
            while stack:
                number = stack.pop()
                if number not in parts and self.image[number][0] != number:
                    parts[number] = butterfly
                    stack.extend(self._neighbours(number))
        return parts

    def _neighbours(self, butterfly: int) -> Iterator[int]:
        for value in self.butterflies[butterfly]:
            near = [operand for _, operand in self.nodes[value - self.inputs]]
            near += [user for user, _ in self.uses[value]]
            yield from (self.member[other] for other in near if other >= self.inputs)

    def _factor(self, value: int) -> Exact:
        return self.field.one if value < self.inputs else self.factors[self.member[value]]

    def _constant(self, user: int, side: int) -> Exact:
        """Returns the constant of a use, with the factors at both ends."""
        constant, value = self.outputs[-1 - user] if user < 0 else self.nodes[user - self.inputs][side]
        return _between(constant, self.field.one if user < 0 else self._factor(user), self._factor(value))

    def _products(self, value: int) -> int:
        """Returns twice the real operations in the products of a value, if its conjugate has as many."""
        constants = [self._constant(*use) for use in self.uses[value]]
        if self._is_real(value):
            return 2 * len({part for constant in constants for part in _paid(constant)})
        return sum(price(constant) for constant in {_class(constant) for constant in constants})

    def _sums(self, value: int) -> int:
        """Returns twice the real additions in a sum, if its conjugate has as many."""
        if self._is_real(value):
            return 2
        sides = []
        for side, (_, operand) in enumerate(self.nodes[value - self.inputs]):
            constant = self._constant(value, side)
            whole = not self._is_real(operand)
            sides.append((whole or not constant.real.is_zero, whole or not constant.imag.is_zero))
        (re, im), (other_re, other_im) = sides
        return (re and other_re) + (im and other_im)

    def _around(self, butterfly: int) -> tuple[set[int], set[int]]:
        """Returns the values, and the sums, whose operations the factors of a pair have a say in."""
        values: set[int] = set()
        sums: set[int] = set()
        for number in {butterfly, self.image[butterfly][0]}:
            for value in self.butterflies[number]:
                values.update((value, *(operand for _, operand in self.nodes[value - self.inputs])))
                sums.update((value, *(user for user, _ in self.uses[value] if user >= 0)))
        return values, sums

    def _cost(self, around: tuple[Iterable[int], Iterable[int]]) -> int:
        return sum(map(self._products, around[0])) + sum(map(self._sums, around[1]))

    def _multiply(self, butterfly: int, factor: Exact) -> None:
        """Multiplies the factor of a butterfly, and that of its image by the conjugate."""
        image = self.image[butterfly][0]
        self.factors[butterfly] *= factor
        if image != butterfly:
            self.factors[image] *= factor.conjugate

    def descend(self) -> None:
        """Changes the factors of one pair after another, to those of least cost; equal ones by lot."""
        dice = random.Random(0)
        pairs = [butterfly for butterfly, (image, _) in self.image.items() if butterfly <= image]
        for _ in range(SWEEPS):
            dice.shuffle(pairs)
            for butterfly in pairs:
                self._improve(butterfly, dice)

    def _improve(self, butterfly: int, dice: random.Random) -> None:
        around = self._around(butterfly)
        tried = [(self._cost(around), 1.0, self.field.one)]
        for factor in self._choices(butterfly):
            self._multiply(butterfly, factor)
            tried.append((self._cost(around), dice.random(), factor))
            self._multiply(butterfly, factor.inverse)
        self._multiply(butterfly, min(tried, key=lambda row: row[:2])[2])

    def _choices(self, butterfly: int) -> list[Exact]:
        """Returns factors that give one of the constants around another form."""
        found: set[Exact] = set()
        for value in self.butterflies[butterfly]:
            for side in (0, 1):
                found.update(self._forms(self._constant(value, side)))
            for use in self.uses[value]:
                found.update(form.inverse for form in self._forms(self._constant(*use)))
        if self.image[butterfly][0] == butterfly:
            found = {factor.scale for factor in found}
            if not self._is_real(self.butterflies[butterfly][0]) and self.quarter % 2 == 0:
                eighth = self.field.powers[self.quarter // 2]
                found |= {eighth * factor for factor in found}
        kept = {_class(factor) for factor in found} - {self.field.one}
        return sorted(kept, key=lambda factor: factor.polar or (0, ()))

    def _forms(self, constant: Exact) -> Iterator[Exact]:
        """Yields factors that make a constant 1, real, 1 + i tan t, of modulus 1, or of equal parts."""
        assert constant.polar is not None
        turn = constant.polar[0]
        yield constant.inverse
        yield self.field.powers[-turn % self.field.order]
        yield constant.scale.inverse
        for angle in (turn, turn + self.quarter):
            cosine = self.field.cosine(angle)
            if cosine is not None and self.field.has_polar:
                yield self.field.scaled(0, joined({}, cosine[1], -1)) * constant.scale.inverse
        if self.quarter % 2 == 0:
            yield self.field.powers[(self.quarter // 2 - turn) % self.field.order]

    def program(self) -> Program:
        """Returns the program with its values multiplied by the factors."""
        build = Builder(self.size, self.inputs)
        addresses = list(range(self.inputs))

        def term(user: int, side: int, value: int) -> int:
            constant = self._constant(user, side)
            if constant is self.field.one:
                return addresses[value]
            return build.line("multiply", build.constant(constant), addresses[value])

        for user, terms in enumerate(self.nodes, start=self.inputs):
            addresses.append(build.total([term(user, side, value) for side, (_, value) in enumerate(terms)]))
        return build.program([term(-1 - k, 0, value) for k, (_, value) in enumerate(self.outputs)])


@lru_cache(maxsize=1 << 20)
def _between(constant: Exact, there: Exact, here: Exact) -> Exact:
    """Returns a constant on the way from a value with the factor `here` to one with `there`."""
    return constant * there * here.inverse


@lru_cache(maxsize=None)
def _class(constant: Exact) -> Exact:
    """Returns a polar constant without quarters of a turn, which are free."""
    assert constant.polar is not None
    turn, sines = constant.polar
    return constant.field.scaled(turn % (constant.field.order // 4), dict(sines))


@lru_cache(maxsize=None)
def _paid(constant: Exact) -> tuple[Exact, ...]:
    """Returns the numbers, up to their signs, that a real value is multiplied by for its product."""
    parts = [part for part in (constant.real, constant.imag) if not part.is_zero]
    sizes = {part if complex(part).real > 0 else -part for part in parts}
    return tuple(sizes - {constant.field.one})
