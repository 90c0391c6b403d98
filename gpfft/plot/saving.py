"""Pictures as files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gpfft.errors import GpfftError, one_line
from gpfft.plot.animation import FRAMES_PER_SECOND
from gpfft.plot.style import styled

if TYPE_CHECKING:
    from matplotlib.animation import Animation
    from matplotlib.figure import Figure

DPI = 200  # of what is made of pixels
STILL, MOVING = ("pdf", "png", "svg"), ("gif", "mp4")


def save(picture: Figure | Animation, path: str | Path) -> None:
    """Writes a figure, or an animation, in the format that the file's ending names, and closes it.

    Equal pictures give equal bytes. Figures are .svg, .pdf or .png, animations .gif or .mp4. Raises
    GpfftError when the ending is another, the file cannot be written, or ffmpeg is not there or fails.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    path = Path(path)
    figure = picture if isinstance(picture, Figure) else picture._fig  # type: ignore[attr-defined]
    try:
        write = _still(picture, path) if isinstance(picture, Figure) else _moving(picture, path)
        with styled():
            write()
    except OSError as error:
        raise GpfftError(f"cannot write {path}: {error.strerror or error}") from None
    except (subprocess.CalledProcessError, RuntimeError) as error:
        raise GpfftError(f"cannot write {path}: {one_line(str(error))}") from None
    finally:
        plt.close(figure)


def _still(figure: Figure, path: Path) -> Callable[[], object]:
    """Returns what writes a figure."""
    ending = path.suffix[1:]
    _check(path, STILL)
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending)
    return lambda: figure.savefig(path, dpi=DPI, metadata=undated, facecolor=figure.get_facecolor())


def _moving(animation: Animation, path: Path) -> Callable[[], object]:
    """Returns what writes an animation."""
    from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter

    animation._draw_was_started = True  # type: ignore[attr-defined]  # or it warns that it was not shown
    _check(path, MOVING)
    writer: AbstractMovieWriter = PillowWriter(FRAMES_PER_SECOND)
    if path.suffix == ".mp4":
        if shutil.which("ffmpeg") is None:
            raise GpfftError("an .mp4 is made by ffmpeg, which is not installed: save a .gif")
        writer = FFMpegWriter(FRAMES_PER_SECOND)
    path.open("wb").close()  # what cannot be written is told before all is drawn
    return lambda: animation.save(path, writer=writer, dpi=DPI * 0.65)


def _check(path: Path, known: Sequence[str]) -> None:
    """Raises GpfftError when a file's ending is none of these."""
    if path.suffix[1:] not in known:
        raise GpfftError(f"cannot save {one_line(str(path))}: use an ending of {', '.join(known)}")
