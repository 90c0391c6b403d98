"""The benchmarks of what leaves gpfft: they say what they measured, and what they could not."""

from __future__ import annotations

import importlib.util
import shutil
from typing import Any

import pytest

from gpfft import GpfftError
from gpfft.bench import codelet, fft
from gpfft.champions import algorithms, committed, committed_matrices

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)


@pytest.fixture(autouse=True)
def short(monkeypatch: Any) -> None:
    """Makes the measurements short."""
    for module in (codelet, fft):
        monkeypatch.setattr(module, "ROUNDS", 1)
        monkeypatch.setattr(module, "SECONDS", 0.0)


def without(monkeypatch: Any, *missing: str) -> None:
    """Makes libraries look as if they were not installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else found(name))


@needs_compiler
def test_a_codelet_is_measured_in_batches_alone_and_for_its_rounding(monkeypatch):
    without(monkeypatch, "pyfftw", "scipy")
    first, _, peak, *lines = codelet.measure(committed()[4])
    assert first.startswith("dft4, 16 additions + 0 multiplications = 16 flops, 8 values alive")
    assert peak.startswith("peak: ")
    begins = ["batch of 4096, split: ", "batch of 4096, interleaved: ", "not measured: pyfftw and scipy",
              "one transform: ", "rounding: relative RMS error "]  # fmt: skip
    assert [line[: len(begin)] for line, begin in zip(lines, begins, strict=True)] == begins
    assert "numpy on its transpose" in lines[1] and "FFTW" not in "".join(lines).replace("pyfftw", "")


@needs_compiler
def test_fftw_and_scipy_are_measured_where_they_are_installed():
    pytest.importorskip("pyfftw", reason="pyfftw is not installed")
    pytest.importorskip("scipy", reason="scipy is not installed")
    text = "\n".join(codelet.measure(committed()[8]))
    assert text.count("FFTW") == 4 and "scipy" in text and "ratio" in text


@needs_compiler
def test_only_codelets_of_a_dft_are_measured():
    for run in (algorithms()[0], next(iter(committed_matrices().values()))):
        with pytest.raises(GpfftError, match="holds no codelet of a DFT: for an algorithm there is"):
            list(codelet.measure(run))


@needs_compiler
@pytest.mark.slow
def test_the_fft_is_measured_beside_what_is_installed(monkeypatch):
    without(monkeypatch, "pyfftw", "scipy")
    first, *lines, last = fft.measure(longest=2048)
    assert "below 1 it is faster" in first and last.startswith("not measured: scipy and pyfftw")
    assert [line.partition(":")[0].split()[-1] for line in lines] == ["1024", "2048"]
    assert all("numpy" in line and "the exported C" in line for line in lines)


def test_without_a_compiler_the_rest_of_the_fft_is_measured(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    text = list(fft.measure(longest=1024))
    assert "not measured: the exported C (the C compiler no-such-compiler, named by CC," in text[1]
    assert "numpy" in text[2]
