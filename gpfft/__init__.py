"""gpfft evolves programs that compute the discrete Fourier transform with few operations."""

from gpfft.codelet import Codelet
from gpfft.config import Config
from gpfft.errors import GpfftError
from gpfft.judge import Verdict, judge
from gpfft.program import Program
from gpfft.run import Listener, Run, evolve, load
from gpfft.search.toolbox import toolbox
from gpfft.simplify import simplify
from gpfft.version import __version__

__all__ = [
    "Codelet",
    "Config",
    "GpfftError",
    "Listener",
    "Program",
    "Run",
    "Verdict",
    "__version__",
    "evolve",
    "judge",
    "load",
    "simplify",
    "toolbox",
]
