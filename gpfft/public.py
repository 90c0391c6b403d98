"""What `import gpfft` offers."""

from gpfft.algorithm import Algorithm
from gpfft.approximation import Approximation
from gpfft.codelet import Codelet
from gpfft.compose import compose
from gpfft.config import Config
from gpfft.emit.job import Options
from gpfft.errors import GpfftError
from gpfft.front import Front, front_of
from gpfft.judge import Bound, Verdict, bound, judge
from gpfft.library import codelet, fft, ifft
from gpfft.outcome import Listener, Run
from gpfft.program import Program
from gpfft.recognise import recognise
from gpfft.recursion import Recursion
from gpfft.run import evolve, load, refine, resume, unroll
from gpfft.search.toolbox import toolbox
from gpfft.simplify import simplify
from gpfft.target import Target
from gpfft.version import __version__
