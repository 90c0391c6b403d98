"""The graph that is rescaled: sums of values times constants, its factors, its images, its blocks.

A constant is a twiddle, times a power of i and a positive real number that stay where they are. A
product with any other constant is a value of its own, which has the factor of what it multiplies.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
from flint import nmod
from numpy.typing import NDArray

from gpfft.encodings import rescaling
from gpfft.encodings.base import Chromosome
from gpfft.encodings.rescaled.scales import (
    Sines,
    apart,
    forms,
    integer,
    logarithms_of,
    scale_of,
    signed,
    table,
)
from gpfft.field import Exact, field_of, joined, nth_residue_root
from gpfft.program import Builder, Program

# (whence, shift, turned, scaled): the label of a butterfly becomes that of another one, its phase times
# `turned` plus a shift, its scale times `scaled`, both 1 or -1
Image = tuple[NDArray[np.int64], NDArray[np.int64], int, int]


@dataclass(frozen=True, eq=False)
class Graph:
    """A program of N points as a graph, its values without their scales.

    Attributes:
        size: number of points N.
        nodes: (M, 4), a value a row: W^ka value[a] + W^kb value[b], its terms times numbers besides;
            or 0, a, 0, -1: value[a] times a number.
        outputs: (N, 2), value and k: W^k value, times a number.
        fixed: (M + N, 2), the places in `numbers` of what terms and outputs are multiplied by.
        numbers: powers of i times positive reals, and in products any other; numbers[0] is 1.
        scales: the scale that the program gave to each of the N + M values.
        reals: the positive real numbers that sines M/4 + 1, M/4 + 2 ... stand for.
        discrete: whether scales are discrete logarithms.
    """

    size: int
    nodes: NDArray[np.int32]
    outputs: NDArray[np.int32]
    fixed: NDArray[np.int32]
    numbers: tuple[Exact, ...]
    scales: tuple[Sines, ...]
    reals: tuple[Exact, ...]
    discrete: bool

    @cached_property
    def layout(self) -> Any:
        """Returns the butterflies and edges, see `rescaling.layout`."""
        return self._layout(False)

    @cached_property
    def meeting(self) -> Any:
        """Returns them with what `rescaling` calls meetings."""
        return self._layout(True)

    def _layout(self, meeting: bool) -> Any:
        places, moduli = self._moduli
        scales = np.array([self.integer(modulus) for modulus in moduli], dtype=np.int64)
        return rescaling.layout(self.nodes, self.outputs, places[self.fixed], scales, self.size, meeting)

    @cached_property
    def _moduli(self) -> tuple[NDArray[np.int32], list[Sines]]:
        """Returns the moduli of `numbers`, each once, and the place of each number's among them."""
        moduli: dict[Exact, int] = {}
        places = [
            moduli.setdefault(number.turned[1], len(moduli)) if number.turned else 0
            for number in self.numbers
        ]
        return np.array(places, dtype=np.int32), [scale_of(modulus, self.reals) for modulus in moduli]

    def integer(self, scale: Sines) -> int:
        """Returns a scale as it stands in chromosomes."""
        sines, own = self._told_apart(scale)
        total = integer(self.size, sines, self.discrete)
        return signed(total + sum(e * logarithms_of(self.size).of(real) for real, e in own))

    def _told_apart(self, scale: Sines) -> tuple[Sines, list[tuple[Exact, int]]]:
        """Returns the sines of a scale, and the own reals with their exponents."""
        quarter = field_of(self.size).order // 4
        own = [(self.reals[b - quarter - 1], e) for b, e in scale.items() if b > quarter]
        return {b: e for b, e in scale.items() if b <= quarter}, own

    @property
    def table(self) -> NDArray[np.int64]:
        """Returns `table` in the integers of this graph."""
        return table(self.size, self.discrete)

    @property
    def sums(self) -> int:
        """Returns how many nodes are sums: the others are products."""
        return int(np.count_nonzero(self.nodes[:, 3] >= 0))

    @property
    def butterflies(self) -> int:
        """Returns how many labels there are, that of the inputs included."""
        return len(self.layout[3]) - 1

    @cached_property
    def start(self) -> Chromosome:
        """Returns the labels that the program came with."""
        labels: Chromosome = np.zeros((self.butterflies, 2), dtype=np.int64)
        member = self.layout[0]
        for value, scale in enumerate(self.scales):
            labels[member[value], 1] = self.integer(scale)
        labels[0] = 0
        return labels

    def program(self, labels: Chromosome) -> Program:
        """Returns the program with its values multiplied by the factors of a chromosome."""
        size, field = self.size, field_of(self.size)
        member, turn = self.layout[0].tolist(), self.layout[1].tolist()
        scales, fixed = self._sines(labels), self.fixed.tolist()
        build = Builder(size)
        step = field.order // size
        factors: dict[tuple[int, int, int, int], Exact] = {}
        known: dict[object, Exact] = {}  # the same, by turn, scale and number
        phases = [labels[member[v], 0].item() + turn[v] for v in range(len(member))]

        def term(k: int, value: int, number: int, into: int, phase: int) -> int:
            """Returns the address of W^k number value, scaled as the butterfly `into` wants it."""
            key = (k + phase - phases[value]) % size, number, into, member[value]
            if key not in factors:
                sines = joined(scales[into], scales[member[value]], -1)
                alike = key[:2], tuple(sorted(sines.items()))
                if alike not in known:
                    known[alike] = self._factor(key[0] * step, sines, self.numbers[number])
                factors[key] = known[alike]
            if factors[key] is field.one:
                return addresses[value]
            return build.line("multiply", build.constant(factors[key]), addresses[value])

        addresses = list(range(size))
        for i, ((ka, a, kb, b), (fa, fb)) in enumerate(zip(self.nodes.tolist(), fixed), start=size):
            terms = [(ka, a, fa), (kb, b, fb)][: 1 if b < 0 else 2]
            addresses.append(build.total([term(*place, member[i], phases[i]) for place in terms]))
        outputs = zip(self.outputs.tolist(), fixed[len(self.nodes) :])
        return build.program([term(k, value, number, 0, 0) for (value, k), (number, _) in outputs])

    def _factor(self, turn: int, scale: Sines, number: Exact) -> Exact:
        """Returns zeta^turn times a scale times a number."""
        sines, own = self._told_apart(scale)
        factor = field_of(self.size).scaled(turn, sines)
        for real, e in own:
            for _ in range(abs(e)):
                factor *= real if e > 0 else real.inverse
        return factor if number.power == 0 else factor * number

    def _sines(self, labels: Chromosome) -> list[Sines]:
        """Returns the scale of each butterfly as exponents of sines.

        They follow from the inputs, whose scale is 1, along the edges whose constants say how the
        scales at their ends differ: equal, or by the cosine or sine of the constant's angle. What
        no such edge leads to may have any scale: it gets 1 somewhere. Ways are the shortest, so that
        products are.
        """
        count = self.butterflies
        found: list[Sines | None] = [{}, *[None] * (count - 1)]
        links: list[list[tuple[int, Sines, int]]] = [[] for _ in range(count)]
        for here, there, sines in self._links(labels):
            links[here].append((there, sines, 1))
            links[there].append((here, sines, -1))
        for root in range(count):
            if found[root] is None:
                found[root] = {}
            elif root:
                continue
            queue = deque([root])
            while queue:
                here = queue.popleft()
                for there, sines, sign in links[here]:
                    if found[there] is None:
                        found[there] = joined(found[here] or {}, sines, sign)
                        queue.append(there)
        return [scale or {} for scale in found]

    def _links(self, labels: Chromosome) -> Iterator[tuple[int, int, Sines]]:
        """Yields (butterfly, butterfly, scale of the second over that of the first) where known."""
        p, sizes, known = rescaling.period(self.size), self.table, forms(self.size)
        _, moduli = self._moduli
        reals = self.layout[-1].tolist()
        for bundle in self._edges():
            seen: dict[tuple[int, int], tuple[int, int]] = {}
            for s, d, k, f in bundle:
                k = int(k + labels[d, 0] - labels[s, 0]) % p
                x = signed(int(labels[d, 1]) - int(labels[s, 1]) + reals[f])
                if x == 0:
                    yield s, d, joined({}, moduli[f], -1)
                elif k and x in (sizes[0, k], sizes[1, k]):
                    yield s, d, joined(known[int(x != sizes[0, k])][k], moduli[f], -1)
                elif (k, x) in seen:
                    other, g = seen[k, x]
                    yield other, d, joined(moduli[g], moduli[f], -1)
                seen[k, x] = d, f

    def _edges(self) -> list[list[tuple[int, int, int, int]]]:
        """Returns the (source, target, k, place of its modulus) of each value that is used."""
        _, _, near, start, rare, *_ = self.layout
        target = np.repeat(np.arange(self.butterflies), np.diff(start))
        links = zip(target.tolist(), near.tolist())
        edges = [[(s, d, k, f)] for d, (s, k, way, f) in links if way > 0]
        at, parts = 0, rare.tolist()
        while at < len(parts):
            end = at + 3 + 3 * parts[at + 2]
            triples = zip(*(parts[at + 3 + i : end : 3] for i in range(3)))
            edges.append([(parts[at + 1], *triple) for triple in triples])
            at = end
        return edges

    @cached_property
    def fingerprints(self) -> _Fingerprints:
        """Returns what tells the graph's values apart."""
        return _Fingerprints(self)

    @cached_property
    def images(self) -> list[Image]:
        """Returns maps of the graph to itself under which constants stay, or become their conjugates.

        The DFT stays what it is when inputs x[j] change places with x[u j] and outputs X[k] with
        X[k / u], u coprime to N; when all constants are replaced by their conjugates and X[k] by
        X[-k]; and when the graph is transposed, as its matrix is symmetric: all edges turned round,
        sums and branches changing places. Whether the graph stays what it is, too, is found from
        fingerprints of its values.
        """
        size = self.size
        units = [u for u in range(2, size) if math.gcd(u, size) == 1]
        maps = [self._image(u, 1) for u in dict.fromkeys([*units[-1:], *units[:2]])]
        return [image for image in (*maps, self._image(1, -1), self._transposed()) if image is not None]

    def _image(self, u: int, sign: int) -> Image | None:
        """Returns the map for x[j] -> x[u j], and conjugate constants if sign is -1, or None."""
        inputs = [u * j % self.size for j in range(self.size)]
        pairs = [(there, here, shift) for here, there, shift in matches(self, self, inputs, sign)]
        return self._complete(pairs, sign, 1)

    def _transposed(self) -> Image | None:
        """Returns the map that turns all edges round, or None.

        The transposed graph computes for each value the sum, over the outputs, of what it adds to
        each, times the output's variable. Where the values v of a butterfly are sums of a and b, those
        of a and b are sums of those of v: their butterfly is the image, with the factor inverted.
        """
        if self.sums < len(self.nodes):
            return None
        prime, fixed = self.fingerprints, self.fixed.tolist()
        dual = [0] * (self.size + len(self.nodes))
        for (value, k), (f, _), y in zip(self.outputs.tolist(), fixed[len(self.nodes) :], prime.x):
            dual[value] += prime.constant(k, f) * y
        member, turn = self.layout[0].tolist(), self.layout[1].tolist()
        for i in reversed(range(len(self.nodes))):
            (ka, a, kb, b), (fa, fb) = self.nodes[i].tolist(), fixed[i]
            dual[self.size + i] %= prime.p
            dual[a] += prime.constant(ka, fa) * dual[self.size + i]
            dual[b] += prime.constant(kb, fb) * dual[self.size + i]
        pairs = []
        for i, (ka, a, kb, b) in enumerate(self.nodes.tolist(), start=self.size):
            for k, operand in ((ka, a), (kb, b)):
                match = prime.find(dual[operand] % prime.p)
                if match is None or match[0] < self.size:
                    return None
                u, ahead = match
                pairs.append((member[u], member[i], ahead - turn[u] - k - turn[i]))
        return self._complete([pair for pair in pairs if pair[0]], -1, -1)

    def _complete(self, pairs: list[tuple[int, int, int]], turned: int, scaled: int) -> Image | None:
        """Returns the image with these (butterfly, whence, shift) if they agree and none is missing."""
        whence = np.full(self.butterflies, -1, dtype=np.int64)
        shifts: NDArray[np.int64] = np.zeros(self.butterflies, dtype=np.int64)
        whence[0] = 0
        for there, here, shift in pairs:
            shift %= rescaling.period(self.size)
            if there == 0 or whence[there] >= 0 and (whence[there] != here or shifts[there] != shift):
                if there == here == shift == 0:
                    continue
                return None
            whence[there], shifts[there] = here, shift
        return (whence, shifts, turned, scaled) if (whence >= 0).all() else None

    def mirrored(self, labels: Chromosome, dice: Random) -> Chromosome:
        """Returns the labels' image under a random product of `images`: others, of like cost.

        The cost stays as it is, but where the map moves factors off the inputs or outputs.
        """
        p = rescaling.period(self.size)
        for image in self.images:
            whence, shifts, turned, scaled = self._power(image, dice)
            labels = np.stack([(turned * labels[whence, 0] + shifts) % p, scaled * labels[whence, 1]], axis=1)
            labels[0] = 0
        return labels

    def _power(self, image: Image, dice: Random) -> Image:
        """Returns a random power of an image: with an even chance none."""
        p, size = rescaling.period(self.size), self.butterflies
        result: Image = np.arange(size), np.zeros(size, dtype=np.int64), 1, 1
        times = dice.randrange(1, max(2, self.size // 2)) if dice.random() < 0.5 else 0
        while times:
            if times % 2:
                result = _after(image, result, p)
            image = _after(image, image, p)
            times //= 2
        return result

    def placed(self, small: Graph, theirs: Chromosome, inputs: list[int], labels: Chromosome) -> Chromosome:
        """Returns the labels, with those of a smaller graph on the block that has these inputs.

        Discrete logarithms say nothing in another field: then the phases alone.
        """
        placed: Chromosome = labels.copy()
        p, ratio = rescaling.period(self.size), self.size // small.size
        if small.discrete or self.discrete:
            theirs = theirs * np.array([1, 0])
        for here, there, shift in matches(small, self, inputs):
            if there:
                placed[there] = (ratio * theirs[here, 0] + shift) % p, theirs[here, 1]
        return placed


def _after(second: Image, first: Image, p: int) -> Image:
    """Returns the image that is `first` and then `second`."""
    whence, shifts, turned, scaled = second
    before, earlier, was_turned, was_scaled = first
    shift = (turned * earlier[whence] + shifts) % p
    return before[whence], shift, turned * was_turned, scaled * was_scaled


def matches(small: Graph, large: Graph, inputs: list[int], sign: int = 1) -> list[tuple[int, int, int]]:
    """Returns (butterfly of `small`, butterfly of `large`, shift of phase) for values that are alike.

    Input j of `small` is put in the place of input inputs[j] of `large`; a value of `small` is then
    a twiddle times one of `large`, or it is not found. The twiddle, with the turns of both, is the
    shift: phase there = sign * (phase here) * (large.size / small.size) + shift.
    """
    prime, ratio = large.fingerprints, large.size // small.size
    step = field_of(large.size).order // field_of(small.size).order
    own = _Constants(small, prime.root ** (sign * step))
    (member, turn), (to, to_turn) = small.layout[:2], large.layout[:2]
    pairs = []
    for v, value in enumerate(_values(small, [prime.x[j] for j in inputs], own)):
        match = prime.find(value)
        if v >= small.size and match is not None and match[0] >= large.size:
            u, k = match
            shift = int(sign * ratio * turn[v] + k - to_turn[u]) % rescaling.period(large.size)
            pairs.append((int(member[v]), int(to[u]), shift))
    return pairs


class _Constants:
    """The constants of a graph in a finite field.

    Attributes:
        root, p: what stands for zeta, and the field's prime.
    """

    def __init__(self, graph: Graph, root: nmod) -> None:
        self.root, self.p, self.size = root, int(root.modulus()), graph.size
        self._numbers = [int(number.residue(root)) for number in graph.numbers]
        w = int(root ** (field_of(graph.size).order // graph.size))
        self._powers = [pow(w, k, self.p) for k in range(graph.size)]

    def constant(self, k: int, number: int) -> int:
        """Returns W^k times one of the graph's numbers."""
        return self._powers[k % self.size] * self._numbers[number] % self.p


class _Fingerprints(_Constants):
    """The values of a graph at a random input, always the same, modulo a prime near 2^60.

    Attributes:
        x: the input.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph, nth_residue_root(graph.size, 0))
        self.order, dice = field_of(graph.size).order, Random(0)
        self.x = [dice.randrange(1, self.p) for _ in range(graph.size)]
        self._values = _values(graph, self.x, self)
        self._logs = {int(self.root**turn): turn for turn in range(self.order)}
        self._known = {pow(value, self.order, self.p): at for at, value in enumerate(self._values)}

    def find(self, number: int) -> tuple[int, int] | None:
        """Returns the (address, k) with number = W^k value but for a power of i, or None."""
        address = self._known.get(pow(number, self.order, self.p))
        if address is None or not number:
            return None
        turn = self._logs[number * pow(self._values[address], -1, self.p) % self.p]
        return address, apart(self.size, turn)[0]


def _values(graph: Graph, x: list[int], constants: _Constants) -> list[int]:
    """Returns all values of a graph in a finite field, for inputs x."""
    values = list(x)
    for (ka, a, kb, b), (fa, fb) in zip(graph.nodes.tolist(), graph.fixed.tolist()):
        value = constants.constant(ka, fa) * values[a]
        if b >= 0:
            value += constants.constant(kb, fb) * values[b]
        values.append(value % constants.p)
    return values
