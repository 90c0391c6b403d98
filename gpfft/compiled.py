"""The compiler behind `gpfft.fft`: generated functions as machine code, kept on disk for the next process.

What is compiled is generated here from committed programs; nothing else is executed. Numba keeps machine
code for functions that stand in a file, so the generated text is written to one, in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numba import boolean, complex128, float64, int64, njit, void
from numba.core.compiler import Compiler
from numpy.typing import NDArray
from platformdirs import user_cache_path

from gpfft.emit.events import Events, events
from gpfft.emit.loops import routines, scratch, table_width
from gpfft.emit.loops_python import LANES, loops_python
from gpfft.emit.lower import IDENTITY, RealProgram
from gpfft.recursion import Recursion, family

HEAD = """import numpy as np

ONE, UNSIGNED = np.uint64(1), np.uint64


def loop_interleaved(re, im, scale, out):
    for k in range(out.size):
        out[k] = complex(scale * re[k], scale * im[k])


def loop_reversed(re, im, scale, out):
    out[0] = complex(scale * re[0], scale * im[0])
    last = out.size - 1
    for k in range(last):
        out[last - k] = complex(scale * re[1 + k], scale * im[1 + k])


def rows(n, length, events, places, numbers, out, work, w, room, scale, is_inverse):
    X, Y = work[: work.size // 2], work[work.size // 2 :]
    for first in range(0, out.size, n):
        execute(events, places, numbers[2 * first :], X, Y, w, room)
        for begin in range(0, n, length):
            end = begin + length
            line = out[first + begin : first + end]
            if is_inverse:  # the same outputs, the other way round
                loop_reversed(X[begin:end], Y[begin:end], scale, line)
            else:
                loop_interleaved(X[begin:end], Y[begin:end], scale, line)
"""
REALS, LIST = float64[::1], int64[:, ::1]
ROWS = void(int64, int64, LIST, LIST, REALS, complex128[::1], REALS, REALS, REALS, float64, boolean)
EXECUTE = void(LIST, LIST, REALS, REALS, REALS, REALS, REALS)
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


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
        sizes: the lengths of those programs, 1 among them.
        scratch: how many complex numbers of memory it needs beside n of them, as a multiple of n.
        room: how many real numbers of memory its codelets need.
        rows: transforms consecutive rows: rows(n, length, events, places, numbers, out, work, table, room,
            scale, is_inverse) with the input as real numbers, out as complex ones, and 2 n (1 + scratch) real
            numbers of work; n elements at a time, which are one transform of n, or some of `length`.
    """

    def __init__(self, recursion: Recursion, leaves: Mapping[int, RealProgram]) -> None:
        leaves = {1: IDENTITY, **leaves}
        self.recursion = recursion
        self.found, self.sizes = routines(recursion), sorted(leaves)
        self.scratch = scratch(self.found, recursion.radix)
        self.room = 4 * LANES * self.sizes[-1]
        self.rows: Callable[..., None] = _compiled(HEAD + "\n" + loops_python(recursion, [], leaves))

    def events(self, n: int, largest: int) -> tuple[Events, NDArray[np.int64]]:
        """Returns what `rows` does for n points with codelets of up to `largest` points, see `events`."""
        return events(self.found, n, self.sizes, largest, LANES)


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


def _compiled(text: str) -> Callable[..., None]:
    """Returns the function `rows` of a generated text, compiled with all that it calls."""
    module = _module(text)
    names = vars(module)
    if module.__file__ is None:
        return _jitted(names, False)
    plain = dict(names)
    try:
        return _jitted(names, True)
    except Exception:  # whatever numba says of machine code that was damaged: it is made anew
        for file in (Path(module.__file__).parent / "__pycache__").glob(f"{module.__name__}.*"):
            with suppress(OSError):
                file.unlink()
        names.update(plain)
        return _jitted(names, False)


def _jitted(names: dict[str, Any], is_kept: bool) -> Callable[..., None]:
    """Returns the function `rows` of a module's names compiled, its machine code kept if wanted."""
    for name in [key for key in names if key.startswith(("leaf", "loop"))]:
        names[name] = njit(pipeline_class=Apart, cache=is_kept, **OPTIONS)(names[name])
    names["execute"] = njit(EXECUTE, cache=is_kept, **OPTIONS)(names["execute"])
    return njit(ROWS, cache=is_kept, **OPTIONS)(names["rows"])


def _module(text: str) -> ModuleType:
    """Returns the module of a generated text: from a file, or from memory where none can be written."""
    name = f"gpfft_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    try:
        path = _written(text, user_cache_path("gpfft") / f"{name}.py")
    except OSError:
        module = ModuleType(name)
        module.__file__ = None
        exec(compile(text, name, "exec"), vars(module))
        return module
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # numba looks there for what it kept
    spec.loader.exec_module(module)
    return module


def _written(text: str, path: Path) -> Path:
    """Returns the file, after it was made sure that it holds this text and no other."""
    if not path.is_file() or path.read_bytes() != text.encode():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
            file.write(text.encode())
        os.replace(file.name, path)
    return path
