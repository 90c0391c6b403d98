"""The exported algorithm, compiled, beside numpy's FFT and beside recursions written by hand.

Those by hand are the textbooks' and are here for comparison only: no search sees them.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gpfft.bench.timing import medians
from gpfft.emit.recursive import python
from gpfft.record import read_algorithm
from gpfft.recursion import Recursion, family

SHORTEST, LONGEST, ROUNDS = 2**10, 2**20, 7
SECONDS = 0.01  # of repeated calls in one round
Vector = NDArray[np.complex128]


def measure(algorithm: Path | Recursion, longest: int = LONGEST) -> Iterator[str]:
    """Yields how long the algorithm takes, by length, as ratios to numpy.fft.fft.

    `algorithm` is a run's folder, its champion file, or the recursive program itself. Medians of
    several rounds, in which all take their turns. Raises GpfftError.
    """
    recursion = algorithm if isinstance(algorithm, Recursion) else read_algorithm(algorithm).program
    lengths = [n for n in family(recursion.radix, longest) if n >= min(SHORTEST, longest)]
    with compiled_export(recursion) as export:
        functions: dict[str, Callable[[Vector], Any]] = {"evolved": export}
        if recursion.radix == 2:
            roots = table(lengths[-1])
            functions["radix 2 by hand"] = lambda x: radix_2_by_hand(x, roots)
            functions["split radix by hand"] = lambda x: split_radix_by_hand(x, roots)
        yield f"compiled with numba, one core, medians of {ROUNDS} rounds; ratios to numpy.fft.fft"
        for n in lengths[(len(lengths) - 1) % 2 :: 2]:
            parts = np.random.default_rng(0).standard_normal((2, n))
            x = parts[0] + 1j * parts[1]
            wanted = np.fft.fft(x)
            errors = {name: distance(function(x), wanted) for name, function in functions.items()}
            calls = [partial(function, x) for function in (np.fft.fft, *functions.values())]
            numpy, *others = medians(calls, ROUNDS, SECONDS)
            ratios = ", ".join(f"{name} {t / numpy:.2f}" for name, t in zip(functions, others))
            yield f"n = {n:7}: {numpy * 1e3:8.3f} ms; {ratios}; relative error {errors['evolved']:.1e}"


@contextmanager
def compiled_export(recursion: Recursion) -> Iterator[Callable[[Vector], Vector]]:
    """Gives the exported function, compiled as the export says: numba wants a module from a file."""
    name = "gpfft_exported"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.py"
        path.write_text(python(recursion, "fft", []), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
            module.fft = njit(module.fft)
            yield module.fft
        finally:
            del sys.modules[name]


def distance(found: Vector, wanted: Vector) -> float:
    """Returns the relative error."""
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def table(longest: int) -> Vector:
    """Returns exp(-2 pi i j / n) at n + j, for every power of 2 up to the longest."""
    turns = [np.arange(n) / n for n in family(2, longest)]
    return np.exp(-2j * np.pi * np.concatenate([[0.0], *turns]))


# By hand


def compiled(function: Any) -> Any:
    """Returns the function compiled."""
    return njit(function)


@compiled
def radix_2_by_hand(x: Vector, roots: Vector) -> Vector:
    """Returns the transform by decimation in frequency, the sums and products in one loop."""
    n = x.size
    out = np.empty(n, np.complex128)
    if n == 1:
        out[0] = x[0]
        return out
    if n == 2:
        out[0], out[1] = x[0] + x[1], x[0] - x[1]
        return out
    m = n // 2
    sums, differences = np.empty(m, np.complex128), np.empty(m, np.complex128)
    for j in range(m):
        sums[j] = x[j] + x[j + m]
        differences[j] = roots[n + j] * (x[j] - x[j + m])
    even, odd = radix_2_by_hand(sums, roots), radix_2_by_hand(differences, roots)
    for k in range(m):
        out[2 * k], out[2 * k + 1] = even[k], odd[k]
    return out


@compiled
def split_radix_by_hand(x: Vector, roots: Vector) -> Vector:
    """Returns the transform by split radix, the sums and products in one loop."""
    n = x.size
    out = np.empty(n, np.complex128)
    if n == 1:
        out[0] = x[0]
        return out
    if n == 2:
        out[0], out[1] = x[0] + x[1], x[0] - x[1]
        return out
    q = n // 4
    sums = np.empty(2 * q, np.complex128)
    ones, threes = np.empty(q, np.complex128), np.empty(q, np.complex128)
    for j in range(q):
        sums[j], sums[j + q] = x[j] + x[j + 2 * q], x[j + q] + x[j + 3 * q]
        a, b = x[j] - x[j + 2 * q], x[j + q] - x[j + 3 * q]
        turned = complex(b.imag, -b.real)
        ones[j] = roots[n + j] * (a + turned)
        threes[j] = roots[n + 3 * j] * (a - turned)
    even = split_radix_by_hand(sums, roots)
    first, third = split_radix_by_hand(ones, roots), split_radix_by_hand(threes, roots)
    for k in range(q):
        out[4 * k], out[4 * k + 2] = even[2 * k], even[2 * k + 1]
        out[4 * k + 1], out[4 * k + 3] = first[k], third[k]
    return out
