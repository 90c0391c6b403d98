"""The compiler behind `gpfft.fft`: generated functions as machine code, made once in a process.

What is compiled is generated here from committed programs; nothing else is executed.
Nothing is kept on disk: numba's cache of functions that call themselves gave code back that crashed, for
programs that sum before they call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import boolean, complex128, float64, int64, njit, void
from numba.core.compiler import Compiler
from numpy.typing import NDArray

from gpfft.emit.loops import routines, table_width
from gpfft.emit.loops_python import loops_python
from gpfft.emit.lower import RealProgram
from gpfft.recursion import Recursion, family

REALS = float64[::1]
SIGNATURE = void(int64, REALS, REALS, int64, int64, REALS, REALS, int64, int64, REALS)
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
ROWS = void(int64, REALS, complex128[::1], REALS, REALS, float64, boolean)
HEAD = """import numpy as np

ONE, UNSIGNED = np.uint64(1), np.uint64


def loop_interleaved(re, im, scale, out):
    for j in range(out.size):
        out[j] = complex(scale * re[j], scale * im[j])


def rows(n, x, out, work, w, scale, is_inverse):
    X, Y = work[: work.size // 2], work[work.size // 2 :]
    for first in range(0, out.size, n):
        re, im = x[2 * first :], x[2 * first + 1 :]
        if is_inverse:  # real and imaginary parts in each other's place, on both sides
            run(n, im, re, 0, 2, X, Y, 0, n, w)
            loop_interleaved(Y, X, scale, out[first : first + n])
        else:
            run(n, re, im, 0, 2, X, Y, 0, n, w)
            loop_interleaved(X, Y, scale, out[first : first + n])
"""


class Apart(Compiler):
    """Numba's compiler, told that the arrays that a function gets share no memory that it writes.

    The loops and leaves of `loops_python` are called so; without that knowledge they are not vectorised.
    """

    def define_pipelines(self) -> Any:
        """Returns the pipelines of numba's own compiler."""
        self.state.flags.noalias = True
        return super().define_pipelines()  # type: ignore[no-untyped-call]


class Engine:
    """A recursive program compiled, with programs for the shortest lengths.

    Attributes:
        scratch: how many complex numbers of memory it needs beside n of them, as a multiple of n.
        rows: transforms consecutive rows of n numbers; rows(n, x, out, work, table, scale, is_inverse) with
            x as real numbers, out as complex ones, 2 n (1 + scratch) real numbers of work and `twiddles`.
    """

    def __init__(self, recursion: Recursion, leaves: Mapping[int, RealProgram]) -> None:
        text = HEAD + "\n" + loops_python(recursion, [], leaves)
        names = _module(text)
        self.scratch: int = names["SCRATCH"]
        self.rows: Callable[..., None] = names["rows"]


def twiddles(recursion: Recursion, n: int) -> NDArray[np.float64]:
    """Returns the table of a recursive program for n and all shorter lengths, see `loops_python`."""
    found = routines(recursion)
    radix, width = recursion.radix, table_width(found)
    table = np.zeros(max(1, width * ((radix * n - 1) // (radix - 1))))
    for length in family(radix, n)[1:]:
        place = width * ((length - 1) // (radix - 1))
        routine = next(r for r in found if r.first <= length)
        for factor, parts in routine.rows:
            numerators, denominator = factor.turns(length, length // parts)
            roots = np.exp(-2j * np.pi / denominator * numerators)
            for row in (roots.real, roots.imag):
                table[place : place + row.size] = row
                place += row.size
    return table


def _module(text: str) -> dict[str, Any]:
    """Returns the names that a generated text defines, its functions compiled."""
    names: dict[str, Any] = {}
    exec(compile(text, "gpfft_generated", "exec"), names)
    for name in [key for key in names if key.startswith(("leaf", "loop"))]:
        names[name] = njit(pipeline_class=Apart, **OPTIONS)(names[name])
    names["run"] = njit(SIGNATURE, **OPTIONS)(names["run"])
    names["rows"] = njit(ROWS, **OPTIONS)(names["rows"])
    return names
