"""The library's transforms are numpy's, and their laws hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gpfft
from gpfft import GpfftError, champions, library
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


@pytest.mark.parametrize("leaf", library.LEAVES)
def test_every_plan_that_is_measured_is_right(leaf: int) -> None:
    x, out = np.random.default_rng(0).standard_normal(512).view(np.complex128), np.empty(256, np.complex128)
    table = twiddles(library._algorithm(), 256)
    library.Plan(library._engine((leaf // 2, leaf)), 256, table)(x, out, 1.0, False)
    assert np.allclose(out, np.fft.fft(x))
