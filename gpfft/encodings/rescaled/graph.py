"""The graph that is rescaled: sums of values times twiddles, its factors, its images, its blocks.

Factors are twiddles times products of powers of the sines of a `field.Field`. In a chromosome a scale
is an integer, the sum of the logarithms of those sines in units of 2^-44, each rounded once: sums and
differences of scales are exact, and equal products have equal integers where N is a power of two, so
that sines are independent. For other N equal scales may be taken for different ones, which costs more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpfft.encodings import rescaling
from gpfft.encodings.base import Chromosome
from gpfft.errors import GpfftError
from gpfft.field import Exact, Field, field_of, joined, nth_residue_root
from gpfft.program import Builder, Program

UNIT = 2.0**44  # of a scale
Sines = Mapping[int, int]  # {b: exponent}, see `Field.scaled`
# (whence, shift, turned, scaled): the label of a butterfly becomes that of another one, its phase times
# `turned` plus a shift, its scale times `scaled`, both 1 or -1
Image = tuple[NDArray[np.int64], NDArray[np.int64], int, int]


@dataclass(frozen=True, eq=False)
class Graph:
    """A program of N points as a graph, its values without their scales.

    Attributes:
        size: number of points N.
        nodes: (M, 4), a value a row: W^ka value[a] + W^kb value[b].
        outputs: (N, 2), value and k: W^k value.
        scales: the scale that the program gave to each of the N + M values.
    """

    size: int
    nodes: NDArray[np.int32]
    outputs: NDArray[np.int32]
    scales: tuple[Sines, ...]

    @cached_property
    def layout(self) -> Any:
        """Returns the butterflies and edges, see `rescaling.layout`."""
        return rescaling.layout(self.nodes, self.outputs, self.size, False)

    @cached_property
    def meeting(self) -> Any:
        """Returns them with what `rescaling` calls meetings."""
        return rescaling.layout(self.nodes, self.outputs, self.size, True)

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
            labels[member[value], 1] = integer(self.size, scale)
        labels[0] = 0
        return labels

    def program(self, labels: Chromosome) -> Program:
        """Returns the program with its values multiplied by the factors of a chromosome."""
        size, field = self.size, field_of(self.size)
        member, turn = self.layout[0].tolist(), self.layout[1].tolist()
        scales = self._sines(labels)
        build = Builder(size)
        step = field.order // size
        factors: dict[tuple[int, int, int], Exact] = {}
        phases = [labels[member[v], 0].item() + turn[v] for v in range(len(member))]

        def term(k: int, value: int, into: int, phase: int) -> int:
            """Returns the address of W^k value, scaled as the butterfly `into` wants it."""
            key = (k + phase - phases[value]) % size, into, member[value]
            if key not in factors:
                sines = joined(scales[into], scales[member[value]], -1)
                factors[key] = field.scaled(key[0] * step, sines)
            if factors[key] is field.one:
                return addresses[value]
            return build.line("multiply", build.constant(factors[key]), addresses[value])

        addresses = list(range(size))
        for i, (ka, a, kb, b) in enumerate(self.nodes.tolist(), start=size):
            terms = [term(k, value, member[i], phases[i]) for k, value in ((ka, a), (kb, b))]
            addresses.append(build.total(terms))
        return build.program([term(k, value, 0, 0) for value, k in self.outputs.tolist()])

    def _sines(self, labels: Chromosome) -> list[Sines]:
        """Returns the scale of each butterfly as exponents of sines.

        They follow from the inputs, whose scale is 1, along the edges whose constants say how the
        scales at their ends differ: equal, or by the cosine or sine of the constant's angle. What
        no such edge leads to may have any scale: it gets 1 somewhere.
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
            stack = [root]
            while stack:
                here = stack.pop()
                for there, sines, sign in links[here]:
                    if found[there] is None:
                        found[there] = joined(found[here] or {}, sines, sign)
                        stack.append(there)
        return [scale or {} for scale in found]

    def _links(self, labels: Chromosome) -> Iterator[tuple[int, int, Sines]]:
        """Yields (butterfly, butterfly, scale of the second over that of the first) where known."""
        p, sizes, known = rescaling.period(self.size), table(self.size), forms(self.size)
        for bundle in self._edges():
            seen: dict[tuple[int, int], int] = {}
            for s, d, k in bundle:
                k = int(k + labels[d, 0] - labels[s, 0]) % p
                x = int(labels[d, 1]) - int(labels[s, 1])
                if x == 0:
                    yield s, d, {}
                elif k and x in (sizes[0, k], sizes[1, k]):
                    yield s, d, known[int(x != sizes[0, k])][k]
                elif (k, x) in seen:
                    yield seen[k, x], d, {}
                seen[k, x] = d

    def _edges(self) -> list[list[tuple[int, int, int]]]:
        """Returns the (source, target, k) of each value that is used."""
        _, _, near, start, rare, *_ = self.layout
        target = np.repeat(np.arange(self.butterflies), np.diff(start))
        edges = [[(s, d, k)] for d, (s, k, way) in zip(target.tolist(), near.tolist()) if way > 0]
        at, parts = 0, rare.tolist()
        while at < len(parts):
            end = at + 3 + 2 * parts[at + 2]
            pairs = zip(parts[at + 3 : end : 2], parts[at + 4 : end : 2])
            edges.append([(parts[at + 1], d, k) for d, k in pairs])
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
        prime = self.fingerprints
        dual = [0] * (self.size + len(self.nodes))
        for (value, k), y in zip(self.outputs.tolist(), prime.x):
            dual[value] += prime.powers[k % self.size] * y
        member, turn = self.layout[0].tolist(), self.layout[1].tolist()
        for i in reversed(range(len(self.nodes))):
            ka, a, kb, b = self.nodes[i].tolist()
            dual[self.size + i] %= prime.p
            dual[a] += prime.powers[ka % self.size] * dual[self.size + i]
            dual[b] += prime.powers[kb % self.size] * dual[self.size + i]
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
        """Returns the labels, with those of a smaller graph on the block that has these inputs."""
        placed: Chromosome = labels.copy()
        p, ratio = rescaling.period(self.size), self.size // small.size
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
    own = [prime.powers[sign * k * ratio % large.size] for k in range(small.size)]
    (member, turn), (to, to_turn) = small.layout[:2], large.layout[:2]
    pairs = []
    for v, value in enumerate(_values(small, [prime.x[j] for j in inputs], own, prime.p)):
        match = prime.find(value)
        if v >= small.size and match is not None and match[0] >= large.size:
            u, k = match
            shift = int(sign * ratio * turn[v] + k - to_turn[u]) % rescaling.period(large.size)
            pairs.append((int(member[v]), int(to[u]), shift))
    return pairs


class _Fingerprints:
    """The values of a graph at a random input, always the same, modulo a prime near 2^60.

    Attributes:
        p, powers: the prime, and W^0 .. W^(N-1) modulo it.
        x: the input.
    """

    def __init__(self, graph: Graph) -> None:
        root = nth_residue_root(graph.size, 0)
        self.size, self.p = graph.size, int(root.modulus())
        w, dice = int(root ** (math.lcm(4, graph.size) // graph.size)), Random(0)
        self.powers = [pow(w, k, self.p) for k in range(graph.size)]
        self.x = [dice.randrange(1, self.p) for _ in range(graph.size)]
        self._values = _values(graph, self.x, self.powers, self.p)
        self._logs = {power: k for k, power in enumerate(self.powers)}
        self._known = {pow(value, self.size, self.p): at for at, value in enumerate(self._values)}

    def find(self, number: int) -> tuple[int, int] | None:
        """Returns the (address, k) with number = W^k value, or None."""
        address = self._known.get(pow(number, self.size, self.p))
        if address is None or not number:
            return None
        return address, self._logs[number * pow(self._values[address], -1, self.p) % self.p]


def _values(graph: Graph, x: list[int], powers: list[int], p: int) -> list[int]:
    """Returns all values of a graph modulo p, for inputs x and W^k = powers[k]."""
    values = list(x)
    for ka, a, kb, b in graph.nodes.tolist():
        values.append((powers[ka % graph.size] * values[a] + powers[kb % graph.size] * values[b]) % p)
    return values


@lru_cache(maxsize=None)
def forms(size: int) -> tuple[list[Sines], list[Sines]]:
    """Returns 1 / |cos| and 1 / |sin| of the angle of W^k as sines, for k below the period."""
    field = field_of(size)
    step, period = field.order // size, rescaling.period(size)
    cosines, sines = (
        [_inverse(field, k * step - turned) for k in range(period)] for turned in (0, field.order // 4)
    )
    return cosines, sines


def _inverse(field: Field, k: int) -> Sines:
    cosine = field.cosine(k)
    return {} if cosine is None else joined({}, field.independent(cosine[1]), -1)


@lru_cache(maxsize=None)
def table(size: int) -> NDArray[np.int64]:
    """Returns (2, p): the scales that turn W^k into 1 + i tan t or a free turn of it; see `rescaling`."""
    rows = np.array([[integer(size, sines) for sines in row] for row in forms(size)], dtype=np.int64)
    rows[:, 0] = (0, rescaling.NEVER)
    return rows


def integer(size: int, sines: Sines) -> int:
    """Returns a scale as an integer."""
    order = field_of(size).order
    return sum(
        e * round(math.log(2 * math.sin(2 * math.pi * b / order)) * UNIT) for b, e in sines.items()
    )


def graph_of(program: Program) -> Graph:
    """Returns the graph of a program, whose lines must be sums of values times constants.

    The constants may have scales, as long as what they multiply then has one modulus in all its
    terms: then each value is a scale times a sum of values times twiddles.
    Raises GpfftError, with the line, for anything else.
    """
    size, field = program.size, field_of(program.size)
    if not size == program.inputs == len(program.outputs):
        raise GpfftError("only a program with as many inputs and outputs as its size is rescaled")
    step = field.order // size
    table_ = program.exact_table
    constants: dict[int, Exact] = {}  # address -> number
    terms: dict[int, tuple[Exact, int]] = {j: (field.one, j) for j in range(size)}  # constant, value
    nodes: list[tuple[int, int, int, int]] = []
    scales: list[Exact] = [field.one] * size
    for address, (name, *operands) in enumerate(program.lines, start=size):
        line = f"line {address - size} of the start program ({name})"
        if name == "twiddle" and table_[operands[0]].polar is not None:
            constants[address] = table_[operands[0]]
        elif name == "twiddle" and not field.has_polar:
            raise GpfftError(f"{line}: scales can be taken up again for powers of two only")
        elif name == "multiply" and operands[0] in constants and operands[1] in terms:
            constant, value = terms[operands[1]]
            terms[address] = constants[operands[0]] * constant, value
        elif name == "add" and operands[0] in terms and operands[1] in terms:
            (c, a), (d, b) = terms[operands[0]], terms[operands[1]]
            first, second = c * scales[a], d * scales[b]
            if first.scale is not second.scale:
                raise GpfftError(f"{line} adds values of different scales: not rescaled")
            turns = [number.polar[0] for number in (first, second) if number.polar]
            if any(turn % step for turn in turns):
                raise GpfftError(f"{line} turns a value by no power of W")
            nodes.append((turns[0] // step, a, turns[1] // step, b))
            terms[address] = field.one, len(scales)
            scales.append(first.scale)
        else:
            raise GpfftError(f"{line} is no twiddle, product with one, or sum of such")
    outputs = []
    for k, address in enumerate(program.outputs):
        if address not in terms:
            raise GpfftError("an output of the start program is a constant")
        constant, value = terms[address]
        whole = constant * scales[value]
        if whole.scale is not field.one or whole.polar is None or whole.polar[0] % step:
            raise GpfftError(f"output {k} of the start program is no twiddle times a sum of such")
        outputs.append((value, whole.polar[0] // step))
    sines = tuple(dict(scale.polar[1]) if scale.polar else {} for scale in scales)
    rows = np.array(nodes, dtype=np.int32).reshape(-1, 4)
    return Graph(size, rows, np.array(outputs, dtype=np.int32), sines)
