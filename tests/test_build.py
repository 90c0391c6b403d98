"""gpfft build: a folder that is a Python package, with a shared library that its functions call."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpfft import Codelet, GpfftError
from gpfft.build import build
from gpfft.champions import algorithms, committed
from gpfft.emit.job import Options
from gpfft.record import read_champion

from . import programs

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)


def imported(folder: Path) -> Any:
    """Returns a built folder as a module."""
    spec = importlib.util.spec_from_file_location(folder.name, folder / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("size", [2, 7, 32])
def test_a_codelet_is_built_and_works_along_any_axis(tmp_path, size, precision):
    files = build(read_champion(committed()[size]), tmp_path / "made", Options(precision=precision))
    assert [path.name for path in files[:3]] == [f"dft{size}.c", f"dft{size}.h", "__init__.py"]
    function = getattr(imported(tmp_path / "made"), f"dft{size}")
    random = np.random.default_rng(0)
    for shape, axis in (((size,), 0), ((3, size), -1), ((2, size, 40), 1), ((0, size), 1), ((size, 1), 0)):
        x = random.standard_normal(shape) + 1j * random.standard_normal(shape)
        tolerance = 1e-12 if precision == "double" else 1e-4
        assert np.allclose(function(x, axis=axis), np.fft.fft(x, axis=axis), atol=tolerance)
    with pytest.raises(ValueError, match=f"has {size + 1} elements, {size} are needed"):
        function(np.ones(size + 1))


def test_real_input_and_output_are_built_too(tmp_path):
    champion, x = read_champion(committed()[8]), np.random.default_rng(0).standard_normal((3, 8))
    build(champion, tmp_path / "there", Options(real="input"))
    half = imported(tmp_path / "there").rdft8(x)
    assert np.allclose(half, np.fft.rfft(x))
    build(champion, tmp_path / "back", Options(real="output", name="back"))
    half[:, 1:-1] *= 2
    assert np.allclose(imported(tmp_path / "back").back(half), 8 * x)


@pytest.mark.parametrize("folder", algorithms(), ids=lambda folder: folder.name)
def test_an_algorithm_is_built_for_all_its_lengths(tmp_path, folder):
    champion = read_champion(folder)
    build(champion, tmp_path / "made")
    function, radix = getattr(imported(tmp_path / "made"), champion.name), champion.radix
    for n in (1, radix, radix**2, radix**4):
        x = np.random.default_rng(n).standard_normal((2, n, 2)) + 1j
        assert np.allclose(function(x, axis=1), np.fft.fft(x, axis=1))
    with pytest.raises(ValueError, match=f"a power of {radix}"):
        function(np.ones(radix + 1))


@pytest.mark.parametrize("inverse", [False, True])
def test_the_inverse_of_an_algorithm_is_not_scaled(tmp_path, inverse):
    build(read_champion(algorithms()[0]), tmp_path / "made", Options(inverse=inverse, name="transform"))
    x = np.random.default_rng(0).standard_normal(64) + 1j
    wanted = 64 * np.fft.ifft(x) if inverse else np.fft.fft(x)
    assert np.allclose(imported(tmp_path / "made").transform(x), wanted)


def test_a_folder_that_exists_is_kept_unless_told_otherwise(tmp_path):
    champion = read_champion(committed()[2])
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("mine")
    with pytest.raises(GpfftError, match="made exists already: choose another folder, or --force"):
        build(champion, tmp_path / "made")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["mine.txt"]
    build(champion, tmp_path / "made", force=True)
    assert (tmp_path / "made" / "mine.txt").read_text() == "mine"
    with pytest.raises(GpfftError, match="mine.txt exists already: choose another name"):
        build(champion, tmp_path / "made" / "mine.txt", force=True)


def test_a_wrong_program_is_not_built_unless_told_otherwise(tmp_path):
    wrong = Codelet(programs.inverse(4))
    with pytest.raises(GpfftError, match="not exported, because it is no exact DFT"):
        build(wrong, tmp_path / "made")
    assert not (tmp_path / "made").exists()
    build(wrong, tmp_path / "made", unchecked=True)
    assert np.allclose(imported(tmp_path / "made").dft4(np.arange(4)), 4 * np.fft.ifft(np.arange(4)))


@pytest.mark.skipif(sys.platform == "win32", reason="there the path is looked up otherwise")
def test_without_a_compiler_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GpfftError, match="a C compiler was not found: install gcc or clang"):
        build(read_champion(committed()[2]), tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_what_the_compiler_refuses_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("CC", "false")
    with pytest.raises(GpfftError, match="false refused dft2.c: it made no library, exit code 1"):
        build(read_champion(committed()[2]), tmp_path / "made")
    monkeypatch.setenv("CC", '"')
    with pytest.raises(GpfftError, match="the variable CC is no command"):
        build(read_champion(committed()[2]), tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_folder_may_begin_with_a_dash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    build(read_champion(committed()[2]), "-x")
    assert np.allclose(imported(tmp_path / "-x").dft2(np.array([1.0, 2])), [3, -1])


def test_complex_numbers_are_no_real_input(tmp_path):
    build(read_champion(committed()[4]), tmp_path / "made", Options(real="input"))
    with pytest.raises(TypeError, match="real numbers are needed"):
        imported(tmp_path / "made").rdft4(np.ones(4) + 0j)


def test_no_elements_are_no_power(tmp_path):
    build(read_champion(algorithms()[0]), tmp_path / "made")
    with pytest.raises(ValueError, match="0 elements"):
        imported(tmp_path / "made").fft(np.ones(0))


def test_a_library_that_is_in_use_stays_what_it_was_when_it_is_built_again(tmp_path):
    code = """
import sys; sys.path.insert(0, sys.argv[1])
import made, numpy, gpfft
from gpfft.build import build
before = made.dft8(numpy.arange(8))
build(gpfft.codelet(8), sys.argv[1] + "/made", force=True)
build(gpfft.codelet(16), sys.argv[1] + "/made", force=True)
print(numpy.array_equal(made.dft8(numpy.arange(8)), before))
"""
    build(read_champion(committed()[8]), tmp_path / "made")
    words = [sys.executable, "-c", code, str(tmp_path)]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "True\n", "")
    assert not list((tmp_path / "made").glob("*.partial"))


def test_a_folder_in_the_place_of_a_file_is_refused_and_nothing_is_made(tmp_path):
    (tmp_path / "made" / "dft2.c").mkdir(parents=True)
    with pytest.raises(GpfftError, match="cannot write .*dft2.c: it is a folder"):
        build(read_champion(committed()[2]), tmp_path / "made", force=True)
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["dft2.c"]
