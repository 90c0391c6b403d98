"""C: it compiles without warnings, and computes the DFT, or the matrix, wherever the arrays stand."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpfft import Codelet, GpfftError, matrices, simplify
from gpfft.champions import committed
from gpfft.compiler import compile_library, compiler
from gpfft.emit.job import Options
from gpfft.emit.pairs import pairs
from gpfft.program import Program
from gpfft.recognise import recognise

from . import programs

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
COMPILERS = [
    pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed"))
    for name in ("gcc", "clang")
]
SIZES = [1, 2, 3, 4, 5, 7, 8, 12, 16, 21, 32, 64]
TYPES = {"double": (np.float64, 1e-13), "single": (np.float32, 1e-5)}

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)


def codelet(size: int) -> Codelet:
    """Returns the committed champion of a size; of one point the program that does nothing."""
    if size == 1:
        return Codelet(Program(1, (), (0,)))
    return Codelet.from_json((committed()[size] / "champion.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: Any) -> Any:
    """Returns a function that compiles a codelet's C, once for the same options."""
    made: dict[Any, ctypes.CDLL] = {}

    def compiled(codelet: Codelet, **options: Any) -> ctypes.CDLL:
        text = codelet.export("c", Options(**options))
        if text not in made:
            folder = tmp_path_factory.mktemp("c")
            (folder / "x.c").write_text(text, encoding="utf-8")
            compile_library(folder / "x.c", folder / "x.so")
            made[text] = ctypes.CDLL(str(folder / "x.so"))
        return made[text]

    return compiled


def call(function: Any, *arguments: Any) -> None:
    """Calls a C function with arrays, and numbers that are strides or counts."""
    function(*(
        ctypes.c_ssize_t(a) if isinstance(a, int) else ctypes.c_void_p(a.ctypes.data) for a in arguments
    ))  # fmt: skip


def numbers(shape: Any, precision: str = "double") -> Any:
    return np.random.default_rng(0).standard_normal(shape).astype(TYPES[precision][0])


@pytest.mark.parametrize("precision", TYPES)
@pytest.mark.parametrize("size", SIZES)
def test_split_arrays_are_transformed_with_any_strides(library, size, precision):
    function = getattr(library(codelet(size), precision=precision), f"dft{size}")
    for i, o in ((1, 1), (3, 2)):
        x, found = numbers((2, size, i), precision), numbers((2, size, o), precision)
        untouched = found[:, :, 1:].copy()
        call(function, x[0], x[1], found[0], found[1], i, o)
        wanted = np.fft.fft(x[0, :, 0].astype(float) + 1j * x[1, :, 0])
        assert np.allclose(found[0, :, 0] + 1j * found[1, :, 0], wanted, atol=TYPES[precision][1] * size)
        assert np.array_equal(found[:, :, 1:], untouched)


@pytest.mark.parametrize("precision", TYPES)
@pytest.mark.parametrize("size", SIZES)
def test_interleaved_arrays_are_transformed_with_any_strides(library, size, precision):
    function = getattr(library(codelet(size), precision=precision), f"dft{size}_interleaved")
    for i, o in ((1, 1), (3, 2)):
        x, found = numbers((size, i, 2), precision), numbers((size, o, 2), precision)
        untouched = found[:, 1:].copy()
        call(function, x, found, i, o)
        wanted = np.fft.fft(x[:, 0, 0].astype(float) + 1j * x[:, 0, 1])
        assert np.allclose(found[:, 0, 0] + 1j * found[:, 0, 1], wanted, atol=TYPES[precision][1] * size)
        assert np.array_equal(found[:, 1:], untouched)


@pytest.mark.parametrize("count", [0, 1, 5, 16, 37])
@pytest.mark.parametrize("size", [2, 7, 16, 21, 32])
def test_batches_of_any_number_are_transformed(library, size, count):
    made, room = library(codelet(size), batch=True), count + 3
    x, found = numbers((2, size, room)), np.zeros((2, size, room))
    call(getattr(made, f"dft{size}_batch"), x[0], x[1], found[0], found[1], room, room, count)
    wanted = np.fft.fft(x[0] + 1j * x[1], axis=0)
    wanted[:, count:] = 0  # what stands behind the batch is left alone
    assert np.allclose(found[0] + 1j * found[1], wanted)
    y, out = np.ascontiguousarray(x[0] + 1j * x[1]), np.zeros((size, room), np.complex128)
    call(getattr(made, f"dft{size}_interleaved_batch"), y, out, room, room, count)
    assert np.allclose(out, wanted)


def test_the_inverse_is_not_scaled(library):
    made, x, found = library(codelet(8), inverse=True), numbers((2, 8)), np.zeros((2, 8))
    wanted = 8 * np.fft.ifft(x[0] + 1j * x[1])
    call(made.idft8, x[0], x[1], found[0], found[1], 1, 1)
    assert np.allclose(found[0] + 1j * found[1], wanted)
    out = np.zeros(8, np.complex128)
    call(made.idft8_interleaved, x[0] + 1j * x[1], out, 1, 1)
    assert np.allclose(out, wanted)


@pytest.mark.parametrize("size", [2, 5, 8, 12])
def test_real_input_gives_half_of_the_outputs(library, size):
    x, found = numbers(size), np.zeros((2, size // 2 + 1))
    call(getattr(library(codelet(size), real="input"), f"rdft{size}"), x, found[0], found[1], 1, 1)
    assert np.allclose(found[0] + 1j * found[1], np.fft.rfft(x))


@pytest.mark.parametrize("size", [2, 5, 8, 12])
def test_real_output_is_the_transpose_of_that(library, size):
    parts, found = numbers((2, size // 2 + 1)), np.zeros(size)
    name = f"rdft{size}_transposed"
    call(getattr(library(codelet(size), real="output"), name), parts[0], parts[1], found, 1, 1)
    angles = 2 * np.pi / size * np.outer(np.arange(size), np.arange(size // 2 + 1))
    assert np.allclose(found, np.cos(angles) @ parts[0] - np.sin(angles) @ parts[1])


@pytest.mark.parametrize(
    "matrix", [matrices.walsh_hadamard(4), matrices.dct2(4), [[0.0, 0, 0], [1, 2, 0]], [[0.0, 1j], [1, 0]]]
)
def test_a_real_matrix_has_real_arrays(library, matrix):
    target = recognise(matrix)
    made = library(Codelet(simplify(target.definition()), target=target), name="product", batch=True)
    outputs, inputs = np.shape(matrix)
    if target.real:
        x, found = numbers((inputs, 5)), np.zeros((outputs, 5))
        call(made.product_batch, x, found, 5, 5, 5)
        assert np.allclose(found, np.asarray(matrix) @ x)
    else:
        z, out = numbers((inputs, 5)) + 0j, np.zeros((outputs, 5), np.complex128)
        call(made.product_interleaved_batch, z, out, 5, 5, 5)
        assert np.allclose(out, np.asarray(matrix) @ z)


@pytest.mark.parametrize("command", COMPILERS)
@pytest.mark.parametrize("options", [
    {}, {"batch": True}, {"batch": True, "precision": "single"}, {"real": "input", "batch": True},
    {"real": "output"}, {"inverse": True, "batch": True},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("size", [2, 5, 8, 21, 32])
def test_compilers_have_nothing_to_say(tmp_path, command, size, options):
    (tmp_path / "x.c").write_text(codelet(size).export("c", Options(**options)), encoding="utf-8")
    (tmp_path / "x.h").write_text(codelet(size).export("h", Options(**options)), encoding="utf-8")
    (tmp_path / "y.c").write_text('#include "x.h"\n#include "x.c"\n', encoding="utf-8")
    for file in ("x.c", "y.c"):
        words = [command, *STRICT, "-c", "-O1", file, "-o", "x.o"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("size", SIZES[1:])
def test_the_file_holds_as_many_operations_as_its_header_says(size):
    text, cost = codelet(size).export("c"), codelet(size).cost
    body = text[text.index(f"void dft{size}_("):].split("\n}\n")[0]
    lines = re.findall(r"const double t\d+ = \S+ ([-+*]) \S+;", body)
    assert lines.count("*") == cost.muls and len(lines) == cost.flops
    assert f"cost: {cost}" in text and "temporaries: at most" in text


@pytest.mark.parametrize("size", SIZES)
def test_operations_on_whole_numbers_compute_the_same(size):
    program = codelet(size).program
    found = pairs(program)
    x = numbers(size) + 1j * numbers(2 * size)[size:]
    values = list(x)

    def total(terms: Any) -> complex:
        return sum(values[term.value] * term.factor * (1j if term.swapped else 1) for term in terms)

    for terms in found.sums:
        values.append(total(terms))
    assert np.allclose([total(terms) for terms in found.outputs], np.fft.fft(x))


def test_the_text_of_a_champion_cannot_leave_its_comment(tmp_path):
    text = codelet(2).to_json().replace('"made": "', '"made": "*/ int x; /*')
    assert "*/ int x" not in Codelet.from_json(text).export("c")


def test_a_compiler_that_is_not_there_is_one_clear_line(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    with pytest.raises(GpfftError, match="no-such-compiler, named by CC, was not found: install gcc"):
        compiler()
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GpfftError, match="a C compiler was not found: install gcc or clang"):
        compiler()


def test_what_a_compiler_refuses_is_one_clear_line(tmp_path: Path):
    (tmp_path / "x.c").write_text("int main(void) { return nothing; }\n", encoding="utf-8")
    with pytest.raises(GpfftError, match="refused x.c: .*nothing") as caught:
        compile_library(tmp_path / "x.c", tmp_path / "x.so")
    assert "\n" not in str(caught.value)


def test_a_wrong_program_is_not_exported():
    with pytest.raises(GpfftError, match="not exported, because it is no exact DFT"):
        Codelet(programs.inverse(4)).export("c")
