"""Rescaled: one phase on each value of a given program; what it computes stays, its cost changes."""

from gpfft.encodings.rescaled.encoding import Rescaled

__all__ = ["Rescaled"]
