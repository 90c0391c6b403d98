"""The library's transforms are numpy's, and their laws hold."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import gpfft
from gpfft import GpfftError, champions, compiled, library
from gpfft.compiled import twiddles
from tests.test_recursive_emit import close, vector

PAIRS = pytest.mark.parametrize("name", ["fft", "ifft"])


def both(name: str, x: Any, **how: Any) -> bool:
    """Tells whether gpfft and numpy agree."""
    found, wanted = getattr(gpfft, name)(x, **how), getattr(np.fft, name)(x, **how)
    return found.shape == wanted.shape and found.dtype == np.complex128 and close(found, wanted, 1e-14)


@PAIRS
def test_every_length_that_there_is_equals_numpys(name: str) -> None:
    for n in [*(2**k for k in range(15)), 3, 12, 15]:
        assert both(name, vector(n)), n


@PAIRS
@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("n", [None, 2, 8])
def test_axes_norms_and_lengths_are_numpys(name: str, norm: str | None, axis: int, n: int | None) -> None:
    assert both(name, vector(64).reshape(4, 4, 4), n=n, axis=axis, norm=norm)


@PAIRS
@pytest.mark.parametrize(
    "x",
    [range(8), np.arange(8), np.ones(8, bool), np.ones(8, np.float32), vector(64)[::-8], vector(16)[1::2]],
    ids=["range", "integers", "booleans", "single precision", "reversed", "every second"],
)  # fmt: skip
def test_it_takes_what_numpy_takes(name: str, x: Any) -> None:
    assert both(name, x)


def test_the_input_is_left_as_it_was() -> None:
    x = vector(128)
    gpfft.ifft(gpfft.fft(x), norm="ortho")
    assert np.array_equal(x, vector(128))


def test_no_lines_have_no_transforms() -> None:
    assert gpfft.fft(np.ones((0, 8))).shape == (0, 8)


@pytest.mark.parametrize("n", [1, 16, 28, 256])
def test_linearity_parseval_and_inverse(n: int) -> None:
    x, y = vector(n), vector(n)[::-1]
    assert close(gpfft.fft(2 * x + 1j * y), 2 * gpfft.fft(x) + 1j * gpfft.fft(y), 1e-14)
    assert np.linalg.norm(gpfft.fft(x, norm="ortho")) == pytest.approx(np.linalg.norm(x), rel=1e-14)
    assert close(gpfft.ifft(gpfft.fft(x)), x, 1e-14)


@pytest.mark.parametrize(
    ("x", "how", "message"),
    [
        (np.ones(19), {}, "no transform of 19 points: .* powers of 2 up to 2\\^24, and 3, 5, "),
        (np.ones(0), {}, "no transform of 0 points"),
        (np.ones(4), {"n": -1}, "no transform of -1 points"),
        (np.ones(4), {"n": 2.5}, "n is a whole number of points, not 2.5"),
        (np.ones(4), {"axis": 1}, "axis is a whole number within 1 axes, not 1"),
        (np.ones(4), {"norm": "best"}, "norm is one of backward, ortho, forward, not 'best'"),
        (3.0, {}, "an array of one axis or more is needed"),
        (["a", "b"], {}, "an array of numbers is needed"),
        ([None, 1], {}, "an array of numbers is needed"),
        (np.array(["1", "2"], object), {}, "an array of numbers is needed"),
        ([1, 2], {"n": True}, "n is a whole number of points, not True"),
    ],
)
def test_wrong_input_is_refused_in_one_line(x: Any, how: dict[str, Any], message: str) -> None:
    with pytest.raises(GpfftError, match=message) as caught:
        gpfft.fft(x, **how)
    assert "\n" not in str(caught.value)


def test_codelets_are_the_best_committed_champions() -> None:
    claim = int(champions.committed()[16].name.rpartition("_flops")[2])
    assert gpfft.codelet(16).cost.flops == claim
    with pytest.raises(GpfftError, match="no codelet of 19 points: there are 2, 3, 4"):
        gpfft.codelet(19)


def test_arrays_that_cannot_be_written_are_transformed() -> None:
    x = np.frombuffer(np.arange(16.0).tobytes(), np.complex128)
    assert not x.flags.writeable
    assert np.allclose(gpfft.fft(x), np.fft.fft(x))


@pytest.mark.parametrize("n", [64, 256, 4096])
def test_every_plan_that_is_measured_is_right(n: int) -> None:
    engine, table = library._engine(n), twiddles(library._algorithm(), n)
    for largest in engine.sizes:
        out = np.empty(3 * n, np.complex128)
        library.Plan(engine, n, largest, table)(vector(3 * n), out, 1.0, False)
        assert np.allclose(out.reshape(3, n), np.fft.fft(vector(3 * n).reshape(3, n))), largest


@pytest.mark.parametrize("n", [8, 15, 1024])
def test_threads_that_transform_at_the_same_time_do_not_meet(n: int) -> None:
    rows = np.random.default_rng(n).standard_normal((64, 300, 2 * n)).view(np.complex128)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(gpfft.fft, rows))
    assert np.allclose(found, np.fft.fft(rows))


@given(
    st.sampled_from([1, 2, 5, 8, 16, 28, 128]).flatmap(
        lambda n: arrays(np.complex128, (2, n), elements=st.complex_numbers(max_magnitude=1e3))
    )
)
@settings(max_examples=100, deadline=None)
def test_the_laws_of_the_transform_hold_for_any_numbers(x: np.ndarray) -> None:
    n, size = x.shape[1], np.linalg.norm(x) + 1e-300
    found = gpfft.fft(x)
    assert np.linalg.norm(gpfft.fft(x[0] - 2j * x[1]) - (found[0] - 2j * found[1])) <= 1e-13 * size * n
    assert np.linalg.norm(gpfft.fft(x, norm="ortho")) == pytest.approx(np.linalg.norm(x), rel=1e-13)
    assert np.linalg.norm(gpfft.ifft(found) - x) <= 1e-13 * size
    shifted = gpfft.fft(np.roll(x, 1, axis=1)) / np.exp(-2j * np.pi * np.arange(n) / n)
    assert np.linalg.norm(shifted - found) <= 1e-12 * size * n


# The compiled code on disk


def test_a_file_of_another_text_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "module.py"
    assert compiled._written("x = 1\n", path).read_text() == "x = 1\n"
    path.write_text("x = 2\n")
    assert compiled._written("x = 1\n", path).read_text() == "x = 1\n"
    path.write_bytes(b"\xff\xfe")
    assert compiled._written("x = 1\n", path).read_text() == "x = 1\n"
    assert [file.name for file in path.parent.iterdir()] == ["module.py"]


def test_where_no_file_can_be_written_it_is_compiled_all_the_same(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(compiled, "user_cache_path", lambda name: tmp_path / "file" / name)
    engine = compiled.Engine(library._algorithm(), {})
    out, room = np.empty(8, complex), np.empty(engine.room)
    table = twiddles(library._algorithm(), 8)
    engine.rows(8, 8, *engine.events(8, 1), vector(8).view(float), out, np.empty(16), table, room, 1.0, False)
    assert np.allclose(out, np.fft.fft(vector(8)))


@pytest.mark.slow
def test_a_second_process_finds_the_compiled_code(tmp_path: Path) -> None:
    command = """
import gpfft, gpfft.library
gpfft.fft([1, 2])
print(sum(gpfft.library._engine(2).rows.stats.cache_hits.values()))
"""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    words = [sys.executable, "-c", command]
    runs = [subprocess.run(words, env=environment, capture_output=True, text=True) for _ in range(2)]
    assert [run.stdout for run in runs] == ["0\n", "1\n"], runs


@pytest.mark.slow
def test_damaged_machine_code_is_made_anew(tmp_path: Path) -> None:
    command = "import gpfft; print(abs(gpfft.fft([1, 2, 3, 4])).round(3).tolist())"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)
    words = [sys.executable, "-c", command]
    wanted = f"{abs(np.fft.fft([1, 2, 3, 4])).round(3).tolist()}\n"
    for damage in (b"", b"x", None):
        run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert (run.stdout, run.stderr) == (wanted, "")
        kept = [file for file in tmp_path.rglob("*.nb?")]
        for file in kept:
            file.write_bytes(file.read_bytes()[:100] if damage is None else damage)
    run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert kept and (run.stdout, run.stderr) == (wanted, "")


def test_very_long_vectors_are_planned_as_shorter_ones_were_measured(monkeypatch) -> None:
    measured: list[int] = []
    seconds = library._seconds
    monkeypatch.setattr(library, "_seconds", lambda plan: (measured.append(plan.n), seconds(plan))[1])
    monkeypatch.setattr(library, "MEASURED", 2**8)
    library._plan.cache_clear()
    x = vector(2**11)
    assert np.allclose(gpfft.fft(x), np.fft.fft(x))
    assert set(measured) == {2**7}
    library._plan.cache_clear()
