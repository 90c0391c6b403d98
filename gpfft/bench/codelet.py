"""An exported codelet, compiled as C, beside numpy, scipy and FFTW on the same arrays.

FFTW is the library that comes with pyfftw, planned with FFTW_PATIENT. It is called as the codelet is,
from C, so that no Python is timed. Times are medians of rounds in which all take their turns.
"""

from __future__ import annotations

import ctypes
import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gpfft.bench.timing import Call, is_installed, medians, not_measured
from gpfft.codelet import Codelet
from gpfft.compiler import compile_library
from gpfft.emit.job import Options
from gpfft.emit.schedule import alive
from gpfft.errors import GpfftError
from gpfft.judge import rounding_of
from gpfft.record import read_champion

BATCH, ROUNDS = 4096, 31
SECONDS = 0.002  # of repeated calls in a round
PATIENT, FORWARD = 1 << 5, -1  # FFTW_PATIENT, FFTW_FORWARD
Complex = NDArray[np.complex128]

HARNESS = """
void repeat_codelet(const double *x, double *X, long calls)
{
    for (long i = 0; i < calls; ++i)
        NAME_interleaved(x, X, 1, 1);
}

void repeat_plan(void (*execute)(void *), void *plan, long calls)
{
    for (long i = 0; i < calls; ++i)
        execute(plan);
}

/* LANES fused multiply-adds a step, which depend on those of the step before only */
double multiply_add(double factor, double term, long steps)
{
    double sums[LANES], total = 0.0;
    for (int i = 0; i < LANES; ++i)
        sums[i] = i;
    for (long step = 0; step < steps; ++step)
        for (int i = 0; i < LANES; ++i)
            sums[i] = sums[i] * factor + term;
    for (int i = 0; i < LANES; ++i)
        total += sums[i];
    return total;
}
"""
LANES = 128


def measure(run: Path) -> Iterator[str]:
    """Yields the times of a run's codelet, as ratios to those of the libraries that are installed.

    Raises GpfftError for what is no codelet of a DFT, or where there is no C compiler.
    """
    champion = read_champion(run)
    if not isinstance(champion, Codelet) or not champion.sought.is_dft:
        raise GpfftError(f"{run} holds no codelet of a DFT: for an algorithm there is gpfft bench fft")
    if not champion.trial.accepted:
        raise GpfftError(f"not compiled, because it is no exact DFT ({champion.trial})")
    with tempfile.TemporaryDirectory() as folder:
        library = _compiled(champion, Path(folder))
        n, name = champion.size, champion.name
        yield f"{name}, {champion.cost}, {alive(champion.scheduled)} values alive at once, at most"
        yield f"one core, medians of {ROUNDS} rounds"
        fftw = _Fftw.found()
        peak = _peak(library)
        yield f"peak: {peak / 1e9:.1f} Gflop/s in fused multiply-adds"
        yield from _batches(champion, library, fftw, peak)
        yield from _single(champion, library, fftw)
        yield from _rounding(champion, n, fftw)


def _compiled(codelet: Codelet, folder: Path) -> ctypes.CDLL:
    text = codelet.export("c", Options(name=codelet.name, batch=True))
    source, library = folder / "codelet.c", folder / "codelet.library"
    harness = HARNESS.replace("NAME", codelet.name).replace("LANES", str(LANES))
    source.write_text(text + harness, encoding="utf-8")
    compile_library(source, library)
    return ctypes.CDLL(str(library))


def _batches(codelet: Codelet, library: ctypes.CDLL, fftw: _Fftw | None, peak: float) -> Iterator[str]:
    """Yields the times for a batch, element j of transform b at [j, b], split and interleaved."""
    n, name = codelet.size, codelet.name
    random = np.random.default_rng(0)
    split = [_aligned((2, n, BATCH)) for _ in range(3)]
    split[0][:] = random.standard_normal(split[0].shape)
    x, found, theirs = (_aligned((n, BATCH, 2)).view(np.complex128)[..., 0] for _ in range(3))
    save = split[0][0] + 1j * split[0][1]
    strides = [ctypes.c_ssize_t(BATCH)] * 3
    ours = partial(library[f"{name}_batch"], *map(_pointer, (*split[0], *split[1])), *strides)
    pairs = partial(library[f"{name}_interleaved_batch"], _pointer(x), _pointer(found), *strides)
    others: dict[str, Call] = {"copying": lambda: np.copyto(split[1], split[0])}
    if fftw:
        others["FFTW"] = fftw.split(n, BATCH, split[0], split[2])
        split[0][0], split[0][1] = save.real, save.imag  # planning wrote over it
    wanted = np.fft.fft(save, axis=0)
    _checked(ours, lambda: split[1][0] + 1j * split[1][1], wanted)
    yield _compared(f"batch of {BATCH}, split", ours, others, codelet.cost.flops * BATCH, peak)
    others = {"copying": lambda: np.copyto(found, x)}
    if fftw:
        others["FFTW"] = fftw.interleaved(n, BATCH, x, theirs)
    x[:] = save
    others["numpy"] = lambda: np.fft.fft(x, axis=0)
    scipy = _scipy()
    if scipy:
        others["scipy"] = lambda: scipy(x, axis=0)
    rows = np.ascontiguousarray(x.T)
    others["numpy on its transpose"] = lambda: np.fft.fft(rows, axis=-1)
    _checked(pairs, lambda: found, wanted)
    yield _compared(f"batch of {BATCH}, interleaved", pairs, others, codelet.cost.flops * BATCH, peak)
    yield from not_measured([name for name, there in (("pyfftw", fftw), ("scipy", scipy)) if not there])


def _checked(call: Call, found: Callable[[], Complex], wanted: Complex) -> None:
    """Raises GpfftError when the call does not write what is wanted."""
    call()
    if not np.allclose(found(), wanted):
        raise GpfftError("the compiled codelet computes something else: its compiler made a mistake")


def _single(codelet: Codelet, library: ctypes.CDLL, fftw: _Fftw | None) -> Iterator[str]:
    """Yields the times of one transform, interleaved, in cache."""
    n, calls = codelet.size, ctypes.c_long(100)
    x, found, theirs = (_aligned((n, 2)) for _ in range(3))
    x[:] = np.random.default_rng(0).standard_normal(x.shape)
    ours = partial(library.repeat_codelet, _pointer(x), _pointer(found), calls)
    others: dict[str, Call] = {}
    if fftw:
        plan = fftw.plan(n, 1, x, theirs)
        others["FFTW"] = partial(library.repeat_plan, fftw.execute, plan, calls)
    yield _compared("one transform", ours, others, codelet.cost.flops, None, calls.value)


def _rounding(codelet: Codelet, n: int, fftw: _Fftw | None) -> Iterator[str]:
    """Yields the rounding errors."""
    line = f"rounding: relative RMS error {codelet.rounding:.2e}"
    if fftw:
        theirs = rounding_of(partial(_transformed, fftw, n), codelet.sought)
        line += f"; FFTW {theirs:.2e}, ratio {codelet.rounding / theirs:.2f}"
    yield line


def _transformed(fftw: _Fftw, n: int, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns FFTW's outputs for (2n, trials) parts, in the same form."""
    trials = inputs.shape[1]
    x, theirs = _aligned((2, n, trials)), _aligned((2, n, trials))
    execute = fftw.split(n, trials, x, theirs)
    x[:] = inputs.reshape(n, 2, trials).swapaxes(0, 1)
    execute()
    return theirs.swapaxes(0, 1).reshape(2 * n, trials)


def _compared(
    label: str, ours: Call, others: dict[str, Call], flops: int, peak: float | None, calls: int = 1
) -> str:
    """Returns the line of one comparison: the time of the codelet, the others' as multiples of it."""
    mine, *theirs = (seconds / calls for seconds in medians([ours, *others.values()], ROUNDS, SECONDS))
    rate = flops / mine
    share = f", {100 * rate / peak:.0f} % of the peak" if peak else ""
    ratios = ", ".join(f"{name} {seconds / mine:.2f}" for name, seconds in zip(others, theirs))
    times = f"{mine * 1e6:.2f} us" if mine > 1e-6 else f"{mine * 1e9:.1f} ns"
    return f"{label}: {times}, {rate / 1e9:.1f} Gflop/s{share}; times its time: {ratios or 'none'}"


def _peak(library: ctypes.CDLL) -> float:
    """Returns the floating-point operations a second of a loop of fused multiply-adds: the best of some."""
    steps = 20_000
    library.multiply_add.restype = ctypes.c_double
    arguments = ctypes.c_double(0.5), ctypes.c_double(1.0), ctypes.c_long(steps)
    best = 0.0
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        library.multiply_add(*arguments)
        best = max(best, 2 * LANES * steps / (time.perf_counter() - begin))
    return best


def _aligned(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Returns an array of zeros that begins at a multiple of 64 bytes."""
    count = int(np.prod(shape))
    raw = np.zeros(count + 8)
    first = -raw.ctypes.data // 8 % 8
    return raw[first : first + count].reshape(shape)


def _pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _scipy() -> Callable[..., Any] | None:
    if not is_installed("scipy"):
        return None
    from scipy.fft import fft

    function: Callable[..., Any] = fft
    return function


class _Dimension(ctypes.Structure):
    """fftw_iodim: a length and its strides."""

    _fields_ = [("n", ctypes.c_int), ("input", ctypes.c_int), ("output", ctypes.c_int)]


class _Fftw:
    """The library that pyfftw brings along, by its own interface (fftw3.h)."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        self.execute = ctypes.cast(library.fftw_execute, ctypes.c_void_p)
        for name in ("fftw_plan_guru_split_dft", "fftw_plan_guru_dft"):
            getattr(library, name).restype = ctypes.c_void_p

    @classmethod
    def found(cls) -> _Fftw | None:
        """Returns it, or None where pyfftw is not installed."""
        spec = importlib.util.find_spec("pyfftw")
        if spec is None or spec.origin is None:
            return None
        place = Path(spec.origin).parent
        candidates = sorted(place.parent.glob("pyfftw.libs/libfftw3-*")) + sorted(place.glob("*fftw3-3*"))
        return cls(ctypes.CDLL(str(candidates[0]))) if candidates else None

    def _dimensions(self, n: int, batch: int) -> tuple[Any, ...]:
        length, many = _Dimension(n, batch, batch), _Dimension(batch, 1, 1)
        return 1, ctypes.byref(length), 1, ctypes.byref(many)

    def split(self, n: int, batch: int, x: NDArray[Any], out: NDArray[Any]) -> Call:
        """Returns the call that transforms (2, n, batch) parts; planning writes over them."""
        plan = self.library.fftw_plan_guru_split_dft(
            *self._dimensions(n, batch), *map(_pointer, (*x, *out)), PATIENT
        )
        return partial(self.library.fftw_execute, ctypes.c_void_p(plan))

    def interleaved(self, n: int, batch: int, x: NDArray[Any], out: NDArray[Any]) -> Call:
        """Returns the call that transforms (n, batch) complex numbers; planning writes over them."""
        return partial(self.library.fftw_execute, self.plan(n, batch, x, out))

    def plan(self, n: int, batch: int, x: NDArray[Any], out: NDArray[Any]) -> ctypes.c_void_p:
        """Returns the plan for (n, batch) complex numbers."""
        planned = self.library.fftw_plan_guru_dft(
            *self._dimensions(n, batch), _pointer(x), _pointer(out), FORWARD, PATIENT
        )
        return ctypes.c_void_p(planned)
