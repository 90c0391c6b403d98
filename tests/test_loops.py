"""Loops made of a recursive program compute what the program itself computes."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import tempfile
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
from gpfft.emit.events import AT, CODE, LENGTH, TO, events, is_direct
from gpfft.emit.job import Options, RecursiveJob
from gpfft.emit.loops import Call, Loop, Stream, routines, scratch
from gpfft.emit.loops_python import LANES, loops_python
from gpfft.emit.lower import IDENTITY, RealProgram, lower
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
    programs = {1: IDENTITY, **programs}
    names: dict = {"UNSIGNED": int, "ONE": 1}
    exec(loops_python(recursion, [], programs), names)
    found, largest = routines(recursion), max(programs)
    made, places = events(found, x.size, programs, largest, LANES)
    real, imag = np.full((2, x.size * (1 + scratch(found, recursion.radix))), np.nan)
    room = np.full(4 * LANES * largest, np.nan)
    reals = np.ascontiguousarray(x).view(float)
    names["execute"](made, places, reals, real, imag, twiddles(recursion, x.size), room)
    return real[: x.size] + 1j * imag[: x.size]


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
        out, room = np.empty(n, complex), np.empty(engine.room)
        work, table = np.empty(2 * n * (1 + engine.scratch)), twiddles(ALL[name], n)
        engine.rows(n, n, *engine.events(n, 1), vector(n).view(float), out, work, table, room, 1.0, False)
        assert close(out, run(ALL[name], vector(n))), n


# Events


@pytest.mark.parametrize("largest", [1, 4, 16])
def test_a_program_in_which_calls_read_the_input_begins_with_all_its_codelets(largest: int) -> None:
    sizes = {1, 2, 4, 8, 16}
    made, places = events(routines(library._algorithm()), 256, sizes, largest, 8)
    is_leaf = made[:, CODE] <= len(sizes)
    count = int(is_leaf.sum())
    assert 1 <= count <= 2 and is_leaf[:count].all()
    lengths = np.repeat(made[:count, LENGTH], made[:count, TO])
    assert lengths.sum() == 256 and lengths.max() == largest, "they make the whole output"
    assert places.shape[1] % 8 == 0
    for event in made[:count]:
        at = places[0, event[AT] : event[AT] + event[TO]]
        assert (np.diff(at) > 0).all(), "neighbours are beside each other"


def test_a_program_that_sums_before_it_calls_does_its_codelets_where_they_are_called() -> None:
    made, _ = events(routines(dif()), 16, {1, 2, 4}, 4, 8)
    assert not is_direct(routines(dif())) and is_direct(routines(dit()))
    assert made[0, CODE] > 3, "its first event is a loop"
    assert (made[made[:, CODE] <= 3, TO] == 1).all()


@given(recursions())
@settings(max_examples=60, deadline=None)
def test_what_a_loop_writes_lies_apart_from_all_else_that_it_is_given(recursion: Recursion) -> None:
    """Compilers are told so (restrict, noalias): a place that is written is read by its own stream only."""
    for routine in routines(recursion):
        n = 4 * recursion.radix * routine.first
        for loop in routine.loops:
            for stream, _ in loop.writes:
                mine = addresses(stream, n, loop.parts)
                for other in loop.streams:
                    if other != stream and other.memory == stream.memory:
                        assert not mine & addresses(other, n, loop.parts), (stream, other)


def addresses(stream: Stream, n: int, parts: int) -> set[Fraction]:
    """Returns the places of a stream in a loop."""
    inner = [stream.start * n + stream.offset + stream.stride * j for j in range(n // parts)]
    return {stream.base * n + (k % (stream.wraps * n) if stream.wraps is not None else k) for k in inner}


# Loops


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


class Plan:
    """A plan of a C library."""

    def __init__(self, library: ctypes.CDLL, name: str, n: int, real: type = np.float64) -> None:
        self.library, self.name, self.real = library, name, real
        create = library[f"{name}_create"]
        create.restype = ctypes.c_void_p
        self.pointer = ctypes.c_void_p(create(ctypes.c_size_t(n)))
        assert self.pointer

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Returns what the function of split arrays computes; that of interleaved ones does the same."""
        out, pairs = np.empty((2, x.size), self.real), np.empty(2 * x.size, self.real)
        self._called("execute", x.real.astype(self.real), x.imag.astype(self.real), *out)
        self._called("execute_interleaved", x.view(float).astype(self.real), pairs)
        assert np.array_equal(pairs.reshape(-1, 2).T, out)
        return out[0] + 1j * out[1]

    def _called(self, what: str, *arrays: np.ndarray) -> None:
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
        assert self.library[f"{self.name}_{what}"](self.pointer, *pointers) == 0

    def __del__(self) -> None:
        self.library[f"{self.name}_destroy"](self.pointer)


def c(recursion: Recursion, name: str, programs: Any, precision: str = "double") -> str:
    """Returns the C of a recursive program."""
    options = Options(precision=precision)
    return recursive_c(RecursiveJob(recursion, name, ["made: by hand"], str, programs, options))


@every
def test_c_does_what_the_program_does(name: str, compiler: str, tmp_path: Path) -> None:
    recursion = ALL[name]
    found = built(c(recursion, "fft", {}), tmp_path, compiler)
    for n in family(recursion.radix, 256):
        assert close(Plan(found, "fft", n)(vector(n)), run(recursion, vector(n))), n


@given(recursion=recursions())
@settings(max_examples=6, deadline=None)
def test_c_of_any_program_does_what_the_program_does(recursion: Recursion) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    with tempfile.TemporaryDirectory() as folder:
        found = built(c(recursion, "fft", {}), Path(folder), "gcc")
        for n in family(recursion.radix, 27):
            assert close(Plan(found, "fft", n)(vector(n)), run(recursion, vector(n))), n


@pytest.mark.parametrize("precision", ["double", "single"])
def test_c_with_codelets_is_the_dft(precision: str, compiler: str, tmp_path: Path) -> None:
    real, tolerance = (np.float64, 1e-15) if precision == "double" else (np.float32, 1e-6)
    for number, recursion in enumerate((split_radix(), library._algorithm())):
        text = c(recursion, "my_fft", leaves(recursion, 8, 16), precision)
        (tmp_path / str(number)).mkdir()
        found = built(text, tmp_path / str(number), compiler)
        for n in family(2, 4096):
            assert close(Plan(found, "my_fft", n, real)(vector(n)), np.fft.fft(vector(n)), tolerance), n


def test_no_constant_of_c_in_single_precision_is_a_double(tmp_path: Path) -> None:
    text = c(turned(dif(), EIGHTH), "fft", leaves(dif(), 16), "single")
    source = tmp_path / "fft.c"
    source.write_text(text)
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("neither gcc nor clang is installed")
    loops = text[: text.index("void row_(")].replace("(real)", "")
    assert re.search(r"[0-9]\.[0-9]{6}", loops), "it has constants"
    flags = [flag for flag in FLAGS if flag != "-shared"]
    without_twiddles = ["-Wdouble-promotion", "-Wno-error=double-promotion", "-c", "-o", str(tmp_path / "o")]
    words = [compiler, *flags, *without_twiddles, str(source)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stderr
    lines = {int(number) for number in re.findall(r"fft\.c:(\d+):\d+: warning", told)}
    last = text[: text.index("static void row_(")].count("\n")
    assert all(line > last for line in lines), told


def test_c_refuses_other_lengths(compiler: str, tmp_path: Path) -> None:
    found = built(c(KNOWN["radix 3"], "fft", {}), tmp_path, compiler)
    found.fft_create.restype = ctypes.c_void_p
    for n in (0, 2, 6, 10, 2**64 - 1, 3**40):
        assert found.fft_create(ctypes.c_size_t(n)) is None
    found.fft_destroy(None)
