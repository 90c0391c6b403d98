"""Pictures of a thing as methods of it: `codelet.plot.flow()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpfft.plot.flow import flow
from gpfft.program import Program

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ProgramPlots:
    """The pictures of one program; see `gpfft.plot`."""

    program: Program

    def flow(self, dark: bool = False) -> tuple[Figure, Axes]:
        """Draws the signal-flow graph; see `gpfft.plot.flow`. Raises GpfftError for one that is too large."""
        return flow(self.program, dark)
