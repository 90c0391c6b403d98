"""How the hot loops are compiled: one decorator, so that all of them follow the same rules.

Numba looks only at a function's own file to see whether its cached machine code is stale. So a
kernel and everything that it calls stay in one file.
"""

from __future__ import annotations

from typing import Any

from numba import njit


def cached(function: Any) -> Any:
    """Returns the function compiled without the GIL, and kept on disk where a place is writable."""
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return njit(nogil=True)(function)
