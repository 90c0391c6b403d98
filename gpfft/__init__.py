"""gpfft evolves programs that compute the discrete Fourier transform with few operations."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpfft import champions, matrices, records
    from gpfft.public import *

__all__ = [
    "Algorithm",
    "Approximation",
    "Bound",
    "Codelet",
    "Config",
    "Front",
    "GpfftError",
    "Listener",
    "Options",
    "Program",
    "Recursion",
    "Run",
    "Target",
    "Verdict",
    "__version__",
    "bound",
    "champions",
    "codelet",
    "compose",
    "evolve",
    "fft",
    "front_of",
    "ifft",
    "judge",
    "load",
    "matrices",
    "recognise",
    "records",
    "refine",
    "resume",
    "simplify",
    "toolbox",
    "unroll",
]
_MODULES = ("champions", "matrices", "records")  # of these names; the others are what gpfft.public has


class _Package(ModuleType):
    """Imports what is public, which takes seconds, when it is asked for: the command hears of Ctrl-C before.

    A module's `__getattr__` would not do: it is not asked for codelet, judge and other functions that are
    called like their modules, once these were imported.
    """

    def __getattribute__(self, name: str) -> Any:
        if name in _MODULES:
            import_module(f"gpfft.{name}")
        elif name in __all__:
            public = vars(import_module("gpfft.public"))
            vars(self).update({each: public[each] for each in __all__ if each not in _MODULES})
            self.__class__ = ModuleType  # type: ignore[assignment]
        return ModuleType.__getattribute__(self, name)  # super() is gone with the class

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
