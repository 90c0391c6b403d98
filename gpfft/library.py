"""Transforms for use: `fft` and `ifft` with numpy's interface, by what was evolved.

Lengths 2^k run the committed algorithm `runs/anysize`, compiled, with committed codelets for its shortest
calls. Which lengths these take over is measured once for each n in a process; results differ by no more
than rounding. Other lengths run the committed codelet of that length, where there is one.
"""

from __future__ import annotations

import operator
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft import champions
from gpfft.algorithm import Algorithm
from gpfft.codelet import Codelet
from gpfft.compiled import Engine, twiddles
from gpfft.errors import GpfftError, short
from gpfft.recursion import Recursion

LEAVES = (32, 64)  # points that codelets of the algorithm's shortest calls may have
LONGEST = 2**24
LARGEST_CODELET = 64  # points up to which a codelet is compiled as a whole
ROUNDS, SECONDS = 5, 0.002  # of the measurement that chooses among LEAVES
NORMS = ("backward", "ortho", "forward")
Complex = NDArray[np.complex128]


def fft(x: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Complex:
    """Returns the discrete Fourier transform along an axis, like numpy.fft.fft, always of complex128.

    Args:
        x: numbers of any shape.
        n: the length of the transform: x is cut, or filled up with zeros, along the axis.
        axis: over which axis.
        norm: "backward", the default (nothing), "ortho" (times 1 / sqrt n) or "forward" (times 1 / n).

    Raises GpfftError for a length that is neither a power of 2, up to 2^24, nor that of a committed codelet.
    """
    return _transform(x, n, axis, norm, False)


def ifft(x: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Complex:
    """Returns the inverse of `fft`, like numpy.fft.ifft: by default it multiplies by 1 / n."""
    return _transform(x, n, axis, norm, True)


def codelet(n: int) -> Codelet:
    """Returns the best committed codelet of n points. Raises GpfftError where there is none."""
    sizes = _sizes()
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or int(n) not in sizes:
        raise GpfftError(f"no codelet of {short(n)} points: there are {', '.join(map(str, sizes))}")
    return _codelet(int(n))


def _transform(x: ArrayLike, n: int | None, axis: int, norm: str | None, is_inverse: bool) -> Complex:
    """Returns the transform, or its inverse."""
    lines, place = _lines(x, n, axis)
    length = lines.shape[-1]
    scale = _scale(norm, is_inverse, length)
    out = np.empty(lines.shape, np.complex128)
    if lines.size:
        _plan(length)(lines.reshape(-1), out.reshape(-1), scale, is_inverse)
    return out if place == out.ndim - 1 else np.moveaxis(out, -1, place)


def _scale(norm: str | None, is_inverse: bool, n: int) -> float:
    if norm is not None and norm not in NORMS:
        raise GpfftError(f"norm is one of {', '.join(NORMS)}, not {short(norm)}")
    if norm == "ortho":
        return float(n**-0.5)
    return 1.0 / n if is_inverse == (norm != "forward") else 1.0


def _lines(x: ArrayLike, n: int | None, axis: int) -> tuple[Complex, int]:
    """Returns (contiguous lines of n elements along the last axis, where that axis was)."""
    try:
        array = np.asarray(x)
        if array.dtype != object and array.dtype.kind not in "biufc":
            raise TypeError(f"of type {array.dtype}")
        array = array.astype(np.complex128, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise GpfftError(f"an array of numbers is needed ({error})") from None
    if array.ndim == 0:
        raise GpfftError("an array of one axis or more is needed, not a single number")
    try:
        place = range(array.ndim)[operator.index(axis)]
    except (TypeError, IndexError):
        raise GpfftError(f"axis is a whole number within {array.ndim} axes, not {short(axis)}") from None
    try:
        length = array.shape[place] if n is None else operator.index(n)
    except TypeError:
        raise GpfftError(f"n is a whole number of points, not {short(n)}") from None
    _check(length)
    moved = array if place == array.ndim - 1 else np.moveaxis(array, place, -1)
    if moved.shape[-1] > length:
        moved = moved[..., :length]
    elif moved.shape[-1] < length:
        filled = np.zeros((*moved.shape[:-1], length), np.complex128)
        filled[..., : moved.shape[-1]] = moved
        moved = filled
    return np.require(moved, requirements=["C", "A", "W"]), place  # as what is compiled takes it


def _check(n: int) -> None:
    """Raises GpfftError where there is nothing for n points."""
    if n < 1 or n > LONGEST or n & (n - 1) and n not in _sizes():
        others = ", ".join(str(size) for size in _sizes() if size & (size - 1))
        there = f"there are all powers of 2 up to 2^24, and {others}"
        raise GpfftError(f"no transform of {short(n)} points: {there}")


class Plan:
    """An engine with the table of twiddles for one length."""

    def __init__(self, engine: Engine, n: int, table: NDArray[np.float64]) -> None:
        self.n, self.table = n, table
        self.rows, self.work = engine.rows, 2 * n * (1 + engine.scratch)

    def __call__(self, x: Complex, out: Complex, scale: float, is_inverse: bool) -> None:
        """Writes the transforms of the rows of x, one after the other, to `out`; both are contiguous."""
        self.rows(self.n, x.view(np.float64), out, np.empty(self.work), self.table, scale, is_inverse)


@lru_cache(maxsize=32)
def _plan(n: int) -> Plan:
    """Returns what transforms n points, the fastest of some by measurement."""
    if n & (n - 1) or n <= LARGEST_CODELET and n in _sizes():
        return Plan(_engine((n,)), n, np.zeros(1))
    leaves: list[tuple[int, ...]] = [(leaf // 2, leaf) for leaf in LEAVES if leaf <= n] or [()]
    table = twiddles(_algorithm(), n)
    plans = [Plan(_engine(sizes), n, table) for sizes in leaves]
    return min(plans, key=_seconds) if len(plans) > 1 else plans[0]


def _seconds(plan: Plan) -> float:
    """Returns how long a plan takes, the least of some rounds."""
    x, out = np.ones(plan.n, np.complex128), np.empty(plan.n, np.complex128)
    plan(x, out, 1.0, False)
    begin = time.perf_counter()
    plan(x, out, 1.0, False)
    calls = 1 + int(SECONDS / (time.perf_counter() - begin + 1e-9))
    seconds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(calls):
            plan(x, out, 1.0, False)
        seconds.append(time.perf_counter() - begin)
    return min(seconds) / calls


@lru_cache(maxsize=None)
def _engine(sizes: tuple[int, ...]) -> Engine:
    """Returns the committed algorithm, compiled, with codelets of these sizes."""
    return Engine(_algorithm(), {size: codelet(size).scheduled for size in sizes})


@lru_cache(maxsize=None)
def _sizes() -> dict[int, Path]:
    """Returns the run folders of the committed codelets, looked up once."""
    return champions.committed()


@lru_cache(maxsize=None)
def _algorithm() -> Recursion:
    """Returns the committed algorithm for powers of 2."""
    folder = next((folder for folder in champions.algorithms() if folder.name == "anysize"), None)
    if folder is None:
        raise GpfftError("the runs that come with gpfft are missing: install it again")
    return Algorithm.from_json((folder / "champion.json").read_text(encoding="utf-8")).program


@lru_cache(maxsize=None)
def _codelet(n: int) -> Codelet:
    text: Any = (_sizes()[n] / "champion.json").read_text(encoding="utf-8")
    return Codelet.from_json(text)
