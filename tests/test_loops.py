"""Loops made of a recursive program compute what the program itself computes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from gpfft import Recursion, library
from gpfft.compiled import Engine, twiddles
from gpfft.emit.c_recursive import recursive_c
from gpfft.emit.job import Options, RecursiveJob
from gpfft.emit.loops import Call, Loop, Stream, routines
from gpfft.emit.loops_python import loops_python
from gpfft.emit.lower import RealProgram, lower
from gpfft.recursion import family
from tests.recursions import KNOWN, dif, dit, odd, recursions, reversed_, split_radix, turned
from tests.test_recursive_emit import close, run, vector

EIGHTH = Fraction(1, 8)
ALL = {**KNOWN, "odd": odd(), "turned": turned(dif(), EIGHTH), "reversed": reversed_(split_radix())}
every = pytest.mark.parametrize("name", ALL)
COMPILERS = ("gcc", "clang")
FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-shared", "-fPIC")


def leaves(recursion: Recursion, *sizes: int) -> Mapping[int, RealProgram]:
    """Returns the unrolled programs of these sizes."""
    return {size: lower(recursion.unroll(size)) for size in sizes}


def executed(recursion: Recursion, x: np.ndarray, programs: Mapping[int, RealProgram]) -> np.ndarray:
    """Returns what the Python text computes, executed as plain Python."""
    names: dict = {"UNSIGNED": int, "ONE": 1}
    exec(loops_python(recursion, [], programs), names)
    reals = np.ascontiguousarray(x).view(float)
    re, im = np.full((2, x.size * (1 + names["SCRATCH"])), np.nan)
    names["run"](x.size, reals, reals[1:], 0, 2, re, im, 0, x.size, twiddles(recursion, x.size))
    return re[: x.size] + 1j * im[: x.size]


@every
def test_plain_python_does_what_the_program_does(name: str) -> None:
    for n in family(ALL[name].radix, 81):
        assert close(executed(ALL[name], vector(n), {}), run(ALL[name], vector(n))), n


@given(recursions())
@settings(max_examples=40, deadline=None)
def test_plain_python_of_any_program_does_what_the_program_does(recursion: Recursion) -> None:
    for n in family(recursion.radix, 27):
        assert close(executed(recursion, vector(n), {}), run(recursion, vector(n))), n


@pytest.mark.parametrize("name", ["dif", "split radix", "radix 3"])
def test_leaves_take_the_place_of_short_calls(name: str) -> None:
    recursion = KNOWN[name]
    programs = leaves(recursion, recursion.radix, recursion.radix**2)
    for n in family(recursion.radix, 81):
        assert close(executed(recursion, vector(n), programs), run(recursion, vector(n))), n


@pytest.mark.parametrize("name", ["split radix", "odd"])
def test_compiled_code_does_what_the_program_does(name: str) -> None:
    engine = Engine(ALL[name], {})
    for n in family(2, 256):
        out, work = np.empty(n, complex), np.empty(2 * n * (1 + engine.scratch))
        engine.rows(n, vector(n).view(float), out, work, twiddles(ALL[name], n), 1.0, False)
        assert close(out, run(ALL[name], vector(n))), n


def test_decimation_in_time_is_one_loop_in_place() -> None:
    (routine,) = routines(dit())
    first, second, loop = routine.actions
    assert isinstance(first, Call) and isinstance(second, Call) and isinstance(loop, Loop)
    assert first.source == Stream("x", Fraction(0), stride=2)
    assert second.target == Stream("X", Fraction(1, 2))
    assert routine.scratch == 0 and not routine.clears
    assert {stream.memory for stream in loop.streams} == {"X"} and len(loop.streams) == 2


def test_the_committed_algorithm_needs_no_memory_of_its_own() -> None:
    assert all(routine.scratch == 0 for routine in routines(library._algorithm()))


# C


@pytest.fixture(params=COMPILERS)
def compiler(request: pytest.FixtureRequest) -> str:
    """Returns a C compiler."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


def built(text: str, folder: Path, compiler: str) -> ctypes.CDLL:
    """Returns the library that C compiles to without a warning."""
    source, target = folder / "fft.c", folder / "fft.so"
    source.write_text(text)
    subprocess.run([compiler, *FLAGS, str(source), "-o", str(target), "-lm"], check=True)
    return ctypes.CDLL(str(target))


def called(function: object, x: np.ndarray, real: type = np.float64) -> np.ndarray:
    """Returns what the C function of split arrays computes."""
    re, im = x.real.astype(real), x.imag.astype(real)
    out = np.empty((2, x.size), real)
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (re, im, out[0], out[1])]
    assert function(ctypes.c_size_t(x.size), *pointers) == 0
    return out[0] + 1j * out[1]


def c(recursion: Recursion, name: str, programs: Any, precision: str = "double") -> str:
    """Returns the C of a recursive program."""
    options = Options(precision=precision)
    return recursive_c(RecursiveJob(recursion, name, ["made: by hand"], str, programs, options))


@every
def test_c_does_what_the_program_does(name: str, compiler: str, tmp_path: Path) -> None:
    recursion = ALL[name]
    found = built(c(recursion, "fft", {}), tmp_path, compiler)
    for n in family(recursion.radix, 256):
        assert close(called(found.fft, vector(n)), run(recursion, vector(n))), n


@pytest.mark.parametrize("precision", ["double", "single"])
def test_c_with_codelets_is_the_dft(precision: str, compiler: str, tmp_path: Path) -> None:
    programs = leaves(split_radix(), 8, 16)
    found = built(c(split_radix(), "my_fft", programs, precision), tmp_path, compiler)
    real, tolerance = (np.float64, 1e-15) if precision == "double" else (np.float32, 1e-6)
    for n in family(2, 4096):
        wanted = np.fft.fft(vector(n))
        assert close(called(found.my_fft, vector(n), real), wanted, tolerance), n
        pairs = vector(n).view(float).astype(real)
        out = np.empty(2 * n, real)
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (pairs, out)]
        assert found.my_fft_interleaved(ctypes.c_size_t(n), *pointers) == 0
        assert close(out[::2] + 1j * out[1::2], wanted, tolerance), n


def test_c_refuses_other_lengths(compiler: str, tmp_path: Path) -> None:
    found = built(c(KNOWN["radix 3"], "fft", {}), tmp_path, compiler)
    empty = ctypes.c_void_p()
    for n in (0, 2, 6, 10):
        assert found.fft(ctypes.c_size_t(n), empty, empty, empty, empty) != 0
