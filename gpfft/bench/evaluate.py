"""The hot loop against a numpy loop over rows and against DEAP's compile-and-evaluate."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

import numpy as np
from deap import gp
from numpy.typing import NDArray
from primitives import BY_NAME, TABLE, twiddle

from gpfft.bench.timing import Call, medians
from gpfft.config import PlainStage
from gpfft.encodings.base import Chromosome, Encoding
from gpfft.encodings.plain import Plain
from gpfft.encodings.pool import Pool

SIZE, ROWS, POPULATION, ROUNDS = 8, 24, 1000, 7


def measure() -> Iterator[str]:
    """Yields the figures: seconds and ratios, medians over several rounds on one core."""
    plain = Plain(SIZE, PlainStage(rows=ROWS))
    rng = np.random.default_rng(0)
    chromosomes = [live_chromosome(SIZE, rng) for _ in range(POPULATION)]
    yield (
        f"{POPULATION} plain chromosomes of {ROWS} live rows, {SIZE} points, "
        f"{plain.samples[0].shape[1]} samples, one core, medians of {ROUNDS}"
    )
    plain.evaluate(chromosomes[:2])  # compiles
    compiled = timed(lambda: plain.evaluate(chromosomes))
    yield f"compiled, whole population      {compiled * 1e3:9.2f} ms"
    rows = timed(lambda: [numpy_error(plain, genes) for genes in chromosomes])
    yield f"numpy, a loop over rows         {rows * 1e3:9.2f} ms  {rows / compiled:8.1f} times as long"
    pset = primitive_set()
    trees = [as_trees(genes, pset) for genes in chromosomes]
    nodes = statistics.median(sum(len(tree) for tree in forest) for forest in trees)
    deap = timed(lambda: [deap_error(plain, forest, pset) for forest in trees], rounds=3)
    yield f"DEAP gp.compile and evaluate    {deap * 1e3:9.2f} ms  {deap / compiled:8.1f} times as long"
    yield f"(as trees, the same programs have {nodes:.0f} nodes, median; rows are {ROWS})"
    errors = [fitness[0] for fitness in plain.evaluate(chromosomes)]
    assert np.allclose(errors, [numpy_error(plain, genes) for genes in chromosomes])
    assert np.allclose(errors, [deap_error(plain, forest, pset) for forest in trees])
    yield "all three give the same errors"
    for size in (8, 16, 32):
        pool = Pool(size)
        yield f"pool, N = {size:2}: {rate(pool, rng):10.0f} evaluations/s"


def timed(function: Call, rounds: int = ROUNDS) -> float:
    """Returns the median seconds of several calls."""
    return medians([function], rounds)[0]


def rate(pool: Encoding, rng: np.random.Generator) -> float:
    """Returns evaluations a second of mutated pool chromosomes, the genes that a search meets."""
    chromosomes = [pool.mutate(pool.random(rng), seed) for seed in range(20)] * 25
    return len(chromosomes) / timed(lambda: pool.evaluate(chromosomes))


def live_chromosome(size: int, rng: np.random.Generator) -> Chromosome:
    """Returns a random plain chromosome of ROWS rows that are all live.

    Rows are drawn until at most N of them are used by no later row; these become outputs.
    """
    genes = np.zeros((ROWS + size, 3), dtype=np.int32)
    genes[ROWS:, 0] = TABLE.index(BY_NAME["reference"])
    while True:
        unused = set(range(ROWS))
        for i in range(ROWS):
            opcode = int(rng.integers(len(TABLE)))
            kinds = TABLE[opcode].operands
            operands = [int(rng.integers(size + (i if kind == "value" else 0))) for kind in kinds]
            genes[i] = (opcode, *operands, 0)[:3]
            if kinds != ("index",):
                unused -= {operand - size for operand in operands}
        if 0 < len(unused) <= size:
            genes[ROWS:, 1] = size + np.resize(sorted(unused), size)
            return genes


def numpy_error(plain: Plain, genes: Chromosome) -> float:
    """Returns the error of one chromosome, by a numpy operation a row."""
    inputs, target = plain.samples
    twiddles = np.array(twiddle.table(plain.size))
    values: list[Any] = list(inputs)
    for opcode, a, b in genes.tolist():
        primitive = TABLE[opcode]
        if primitive.operands == ("index",):
            values.append(primitive.value(a, twiddles))
        elif primitive.arity == 1:
            values.append(primitive.value(values[a]))
        else:
            values.append(primitive.value(values[a], values[b]))
    return distance(values[-plain.size :], target)


def distance(found: list[Any], target: NDArray[np.complex128]) -> float:
    """Returns the relative distance of the outputs, arrays or constants, from the target."""
    stacked = np.array([np.broadcast_to(row, target.shape[1]) for row in found])
    return float(np.linalg.norm(stacked - target) / np.linalg.norm(target))


def primitive_set() -> gp.PrimitiveSet:
    """Returns DEAP's primitives: those of the table that take values, the inputs, the twiddles."""
    pset = gp.PrimitiveSet("dft", SIZE)
    for primitive in TABLE:
        if primitive.operands != ("index",):
            pset.addPrimitive(primitive.value, primitive.arity, name=primitive.name)
    for k, w in enumerate(twiddle.table(SIZE)):
        pset.addTerminal(w, name=f"W{k}")
    return pset


def as_trees(genes: Chromosome, pset: gp.PrimitiveSet) -> list[gp.PrimitiveTree]:
    """Returns a DEAP tree for each output: what is referred to twice is written twice."""
    flat: list[list[Any]] = [[pset.mapping[f"ARG{j}"]] for j in range(SIZE)]
    for opcode, *operands in genes.tolist():
        primitive = TABLE[opcode]
        if primitive.operands == ("index",):
            flat.append([pset.mapping[f"W{operands[0]}"]])
        elif primitive.name == "reference":
            flat.append(flat[operands[0]])
        else:
            parts = [flat[operand] for operand in operands[: primitive.arity]]
            flat.append([pset.mapping[primitive.name], *(node for part in parts for node in part)])
    return [gp.PrimitiveTree(nodes) for nodes in flat[-SIZE:]]


def deap_error(plain: Plain, trees: list[gp.PrimitiveTree], pset: gp.PrimitiveSet) -> float:
    """Returns the error of one chromosome, each output compiled by DEAP and run on the samples."""
    inputs, target = plain.samples
    return distance([gp.compile(tree, pset)(*inputs) for tree in trees], target)
