"""Pictures of programs, rows and arrays; every function returns (figure, axes)."""

from gpfft.plot.flow import flow
from gpfft.plot.history import history
from gpfft.plot.scaling import scaling
from gpfft.plot.style import save

__all__ = ["flow", "history", "save", "scaling"]
