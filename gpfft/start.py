"""Where a search starts from: random chromosomes, or a champion that was passed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gpfft.algorithm import Algorithm
from gpfft.codelet import Codelet
from gpfft.config import COLD, Config
from gpfft.errors import GpfftError, short
from gpfft.matrix_file import read_matrix
from gpfft.record import read_champion
from gpfft.recursion import check_unrolled
from gpfft.transform import is_power_of_two


def matrix_of(config: Config) -> NDArray[Any] | None:
    """Returns the matrix that is sought, None for the DFT. Raises GpfftError when there is none."""
    return read_matrix(config.matrix) if config.matrix else None


def start_of(config: Config) -> Codelet | None:
    """Returns the champion that the search starts from, an algorithm unrolled, or None.

    Raises GpfftError when it is not exact, or of a size that does not go with the run's.
    """
    if not config.start or config.size is None:
        return None
    champion = read_champion(Path(config.start))
    codelet: Codelet = champion.unroll(config.size) if isinstance(champion, Algorithm) else champion
    _check_dft(codelet, config.start)
    what = f"{config.start} holds a program of {codelet.size} points"
    if config.encoding in ("rescaled", COLD) and codelet.size != config.size:
        raise GpfftError(f"{what}, not {config.size}")
    if config.encoding == "unrolled" and (codelet.size >= config.size or config.size % codelet.size):
        raise GpfftError(f"{what}: unrolled starts from one of {config.size}/2, {config.size}/4 ... points")
    if not codelet.verdict.exact:
        raise GpfftError(f"{config.start} is no exact DFT to start from ({codelet.verdict})")
    return codelet


def _check_dft(codelet: Codelet, path: str | Path) -> None:
    """Raises GpfftError for a program for a matrix: no search starts from one."""
    if not codelet.sought.is_dft:
        raise GpfftError(f"{path} holds a program for a matrix: searches start from one for the DFT only")


def started(path: str | Path, size: int | None = None, **settings: Any) -> Config:
    """Returns the configuration of a search that starts from a champion.

    Args:
        path: a run folder or a champion's file: a program of N points, or of N/2, N/4 ..., or an
            algorithm.
        size: number of points N; by default the program's.
        settings: further fields of `Config`.

    Raises GpfftError when there is no champion, or no search from it.
    """
    file = Path(path) / "champion.json" if Path(path).is_dir() else Path(path)
    champion = read_champion(Path(path))
    if isinstance(champion, Algorithm):
        if settings.get("front"):
            raise GpfftError(f"{path} holds an algorithm: gpfft unroll it, a front starts from one size")
        if size is None:
            raise GpfftError(f"{path} holds an algorithm: say with --size at how many points to refine it")
        check_unrolled(size, champion.radix)
        return Config(size, encoding="rescaled", start=str(file), **settings)
    _check_dft(champion, path)
    size = champion.size if size is None else size
    if settings.get("front"):
        return Config(size, encoding=COLD, start=str(file), **settings)
    larger = type(size) is int and size > champion.size
    if larger and is_power_of_two(champion.size) and is_power_of_two(size):
        return Config(size, encoding="unrolled", start=str(file), **settings)
    if size != champion.size:
        found = f"{path} holds a program of {champion.size} points"
        hint = "give that size or, for powers of two, a larger one"
        raise GpfftError(f"{found}: no search for {short(size)} points starts from it, {hint}")
    return Config(size, encoding="rescaled", start=str(file), **settings)
