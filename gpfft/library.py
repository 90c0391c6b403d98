"""Transforms for use: `fft` and `ifft` with numpy's interface, by what was evolved.

Lengths 2^k run the committed algorithm `runs/anysize`, compiled, with committed codelets for its shortest
calls. Which lengths these take over is measured once for each n in a process; results differ by no more
than rounding. Other lengths run the committed codelet of that length, where there is one.
"""

from __future__ import annotations

import mmap
import operator
import threading
import time
from contextlib import suppress
from functools import lru_cache
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gpfft import champions
from gpfft.algorithm import Algorithm
from gpfft.codelet import Codelet
from gpfft.compiled import Engine, twiddles
from gpfft.emit.events import TO, Events
from gpfft.emit.loops_python import LANES
from gpfft.errors import GpfftError, short
from gpfft.recursion import Recursion

LONGEST = 2**24
LARGEST = 32  # points of the codelets that are compiled for powers of 2
CHOICES = 3  # of the longest codelets that the algorithm may use: it is measured which
MEASURED = 2**18  # the most points that are measured
ROUNDS, SECONDS = 5, 0.002  # of that measurement
ROWS = 2**14  # elements that are transformed beside each other by one codelet
NORMS = ("backward", "ortho", "forward")
MOST_KEPT = 2**23  # real numbers of memory that a thread keeps
LARGE_PAGE = 2**18  # real numbers in 2 MB
_NOTHING = np.empty(0)
Complex = NDArray[np.complex128]
Places = NDArray[np.int64]


def fft(x: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Complex:
    """Returns the discrete Fourier transform along an axis, like numpy.fft.fft, always of complex128.

    Args:
        x: numbers of any shape.
        n: the length of the transform: x is cut, or filled up with zeros, along the axis.
        axis: over which axis.
        norm: "backward", the default (nothing), "ortho" (times 1 / sqrt n) or "forward" (times 1 / n).

    Raises GpfftError for a length that is neither a power of 2, up to 2^24, nor that of a committed codelet.

    >>> import gpfft
    >>> gpfft.fft([1, 0, 0, 0])
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    >>> gpfft.fft([[1, 2], [3, 4]], axis=0).real
    array([[ 4.,  6.],
           [-2., -2.]])
    """
    return _transform(x, n, axis, norm, False)


def ifft(x: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Complex:
    """Returns the inverse of `fft`, like numpy.fft.ifft: by default it multiplies by 1 / n.

    Raises GpfftError as `fft` does.

    >>> import gpfft
    >>> gpfft.ifft([4, 0, 0, 0]).real
    array([1., 1., 1., 1.])
    """
    return _transform(x, n, axis, norm, True)


def codelet(n: int) -> Codelet:
    """Returns the best committed codelet of n points. Raises GpfftError where there is none.

    >>> import gpfft
    >>> print(gpfft.codelet(11).cost)
    136 additions + 56 multiplications = 192 flops
    """
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
        if array.dtype == object and not all(isinstance(number, Number) for number in array.flat):
            raise TypeError("of other things than numbers")
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
        if isinstance(n, bool):
            raise TypeError
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
    if not (moved.flags.c_contiguous and moved.flags.behaved):
        moved = moved.copy()  # as what is compiled takes it
    return moved, place


def _check(n: int) -> None:
    """Raises GpfftError where there is nothing for n points."""
    if n < 1 or n > LONGEST or n & (n - 1) and n not in _sizes():
        others = ", ".join(str(size) for size in _sizes() if size & (size - 1))
        there = f"there are all powers of 2 up to 2^24, and {others}"
        raise GpfftError(f"no transform of {short(n)} points: {there}")


class Plan:
    """What an engine does for one length, with codelets of up to `largest` points.

    Where n is itself the length of a codelet many rows are transformed beside each other.
    """

    def __init__(self, engine: Engine, n: int, largest: int, table: NDArray[np.float64]) -> None:
        self.engine, self.n, self.largest, self.table = engine, n, largest, table
        self.events, self.places = engine.events(n, largest)
        self.most = max(n, ROWS - ROWS % n) if n in engine.sizes and n <= largest else 0

    def __call__(self, x: Complex, out: Complex, scale: float, is_inverse: bool) -> None:
        """Writes the transforms of the rows of x, one after the other, to `out`; both are contiguous."""
        if not self.most or out.size == self.n:
            self._run(self.n, self.events, self.places, x, out, scale, is_inverse)
            return
        for first in range(0, out.size, self.most):  # rows that are one vector
            part = out[first : first + self.most]
            made = self.events.copy()
            made[0, TO] = part.size // self.n
            begins = np.arange(0, part.size + self.n * LANES, self.n)
            begins = np.minimum(begins, part.size - self.n)  # the last again and again
            places = np.array([begins, begins])
            self._run(part.size, made, places, x[first : first + self.most], part, scale, is_inverse)

    def _run(
        self, n: int, made: Events, places: Places, x: Complex, out: Complex, scale: float, is_inverse: bool
    ) -> None:
        """Transforms vectors of n elements, which are one transform each, or some."""
        room, work = self.engine.room, 2 * n * (1 + self.engine.scratch)
        memory = _memory(room + work)
        numbers, table = x.view(np.float64), self.table
        given = numbers, out, memory[room : room + work], table, memory[:room], scale, is_inverse
        self.engine.rows(n, self.n, made, places, *given)


_kept = threading.local()


def _memory(count: int) -> NDArray[np.float64]:
    """Returns at least so many numbers of memory, the same again in each thread unless they are very many."""
    if count > MOST_KEPT:
        return _large(count)
    memory: NDArray[np.float64] = getattr(_kept, "memory", _NOTHING)
    if memory.size < count:
        memory = _kept.memory = _large(count)
    return memory


def _large(count: int) -> NDArray[np.float64]:
    """Returns memory in large pages where the system has them: twice as fast from 2^18 points on."""
    if count < LARGE_PAGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.empty(count)
    pages = mmap.mmap(-1, 8 * (count + LARGE_PAGE))
    with suppress(OSError):  # a system built without them
        pages.madvise(mmap.MADV_HUGEPAGE)
    memory = np.frombuffer(pages, np.float64)
    first = -memory.ctypes.data // 8 % LARGE_PAGE
    return memory[first : first + count]


@lru_cache(maxsize=32)
def _plan(n: int) -> Plan:
    """Returns what transforms n points, the fastest of some by measurement.

    Of very many points it has the codelets that are the fastest for a quarter as many, which is measured
    in a moment.
    """
    engine = _engine(n)
    if n in engine.sizes:
        return Plan(engine, n, n, np.zeros(1))
    table = twiddles(engine.recursion, n)
    if n > MEASURED:
        return Plan(engine, n, _plan(n // 4).largest, table)
    return min((Plan(engine, n, size, table) for size in engine.sizes[-CHOICES:]), key=_seconds)


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


def _engine(n: int) -> Engine:
    """Returns what is compiled for n points."""
    if n & (n - 1):
        return _compiled((n,))
    return _compiled(tuple(size for size in _sizes() if size & (size - 1) == 0 and size <= LARGEST))


@lru_cache(maxsize=None)
def _compiled(sizes: tuple[int, ...]) -> Engine:
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
